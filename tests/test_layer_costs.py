"""What layers cost, against Keras' own counts, TensorFlow's profiler, and loops that count one by one."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.layer_costs import COUNTERS, Cost, counted_settings, layer_cost
from course_lib.page import quiet
from tests.test_layer_costs_networks import RESIZED
from tests.witness import KINDS, without, witness

pytestmark = [
    *without(["numeric"], "it counts: there is no gradient", layer_cost, counted_settings),
    *without(KINDS, "it holds what layer_cost computes", Cost),
]

# kind, shapes of the inputs, settings, and those of TensorFlow's operations whose FLOPs are counted like ours
CASES = [
    ("Dense", [(4,)], {"units": 3}, ["MatMul"]),
    ("Dense", [(5, 4)], {"units": 3, "use_bias": False}, ["MatMul"]),
    ("Conv1D", [(9, 2)], {"filters": 3, "kernel_size": 4, "strides": 2}, ["Conv2D"]),
    ("Conv2D", [(8, 7, 2)], {"filters": 3, "kernel_size": 3}, ["Conv2D"]),
    ("Conv2D", [(8, 7, 2)], {"filters": 3, "kernel_size": (3, 2), "strides": 2, "padding": "same"}, ["Conv2D"]),
    ("Conv2D", [(8, 7, 4)], {"filters": 6, "kernel_size": 3, "groups": 2, "use_bias": False}, []),
    ("Conv2D", [(8, 7, 2)], {"filters": 3, "kernel_size": 3, "dilation_rate": 2}, []),
    ("Conv3D", [(5, 4, 4, 2)], {"filters": 3, "kernel_size": 2}, ["Conv3D"]),
    ("DepthwiseConv1D", [(9, 3)], {"kernel_size": 2}, ["DepthwiseConv2dNative"]),
    ("DepthwiseConv2D", [(8, 7, 3)], {"kernel_size": 3, "depth_multiplier": 2}, ["DepthwiseConv2dNative"]),
    ("SeparableConv1D", [(9, 3)], {"filters": 5, "kernel_size": 2}, ["DepthwiseConv2dNative", "Conv2D"]),
    (
        "SeparableConv2D",
        [(8, 7, 3)],
        {"filters": 5, "kernel_size": 3, "depth_multiplier": 2, "padding": "same"},
        ["DepthwiseConv2dNative", "Conv2D"],
    ),
    ("Conv1DTranspose", [(4, 2)], {"filters": 3, "kernel_size": 3, "strides": 2}, []),
    ("Conv2DTranspose", [(4, 3, 2)], {"filters": 3, "kernel_size": 3, "strides": 2}, []),
    ("Conv2DTranspose", [(4, 3, 2)], {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, []),
    ("MaxPooling1D", [(9, 2)], {"pool_size": 2}, []),
    ("MaxPooling2D", [(8, 7, 2)], {"pool_size": 2}, ["MaxPool"]),
    ("MaxPooling2D", [(8, 7, 2)], {"pool_size": 3, "strides": 2, "padding": "same"}, ["MaxPool"]),
    ("MaxPooling3D", [(4, 4, 4, 2)], {}, []),
    ("AveragePooling1D", [(9, 2)], {"pool_size": 3, "strides": 1}, []),
    ("AveragePooling2D", [(8, 7, 2)], {"pool_size": (2, 3)}, ["AvgPool"]),
    ("AveragePooling3D", [(4, 4, 4, 2)], {"pool_size": 2}, []),
    *((f"Global{f}Pooling{d}D", [(3,) * d + (2,)], {}, []) for f in ("Max", "Average") for d in (1, 2, 3)),
    ("BatchNormalization", [(5, 4, 3)], {}, []),
    ("BatchNormalization", [(5, 4, 3)], {"axis": 1, "scale": False}, []),
    ("LayerNormalization", [(5, 4)], {}, []),
    ("LayerNormalization", [(5, 4)], {"axis": [1, 2], "center": False}, []),
    ("RMSNormalization", [(5, 4)], {}, []),
    ("Embedding", [(5,)], {"input_dim": 7, "output_dim": 3}, []),
    ("SimpleRNN", [(5, 4)], {"units": 3}, ["MatMul"]),
    ("LSTM", [(5, 4)], {"units": 3, "return_sequences": True}, ["MatMul"]),
    ("LSTM", [(5, 4)], {"units": 3, "use_bias": False}, ["MatMul"]),
    ("GRU", [(5, 4)], {"units": 3}, ["MatMul"]),
    ("GRU", [(5, 4)], {"units": 3, "reset_after": False}, ["MatMul"]),
    ("MultiHeadAttention", [(5, 6), (5, 6)], {"num_heads": 2, "key_dim": 4}, ["BatchMatMulV2"]),
    (
        "MultiHeadAttention",
        [(5, 6), (7, 3)],
        {"num_heads": 2, "key_dim": 4, "value_dim": 3, "output_shape": 8, "use_bias": False},
        ["BatchMatMulV2"],
    ),
    ("MultiHeadAttention", [(5, 6), (7, 3), (7, 2)], {"num_heads": 1, "key_dim": 4}, ["BatchMatMulV2"]),
    ("Flatten", [(5, 4, 3)], {}, []),
    ("Reshape", [(6, 4)], {"target_shape": (3, -1)}, []),
    ("Activation", [(5, 4)], {"activation": "relu"}, []),
    ("Dropout", [(5, 4)], {"rate": 0.5}, []),
    ("GaussianNoise", [(5, 4)], {"stddev": 0.5}, []),
    ("Rescaling", [(5, 4)], {"scale": 0.5}, []),
    *((kind, [(5, 4)], {}, []) for kind in ("ReLU", "LeakyReLU", "ELU", "Softmax")),
    *((kind, [(5, 4), (5, 4)], {}, []) for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")),
    ("Concatenate", [(5, 4), (5, 2)], {}, []),
    ("Concatenate", [(5, 4), (3, 4)], {"axis": 1}, []),
]
TABLE = [pytest.param(*case, id=f"{case[0]}-{i}") for i, case in enumerate(CASES)]
PROFILED = [pytest.param(*case, id=f"{case[0]}-{i}") for i, case in enumerate(CASES) if case[3]]


def keras_model(keras, kind, shapes, settings):
    """The layer, and a model of it alone; recurrent steps are written out, for the profiler sees a loop's only once."""
    unrolled = {"unroll": True} if kind in ("SimpleRNN", "LSTM", "GRU") else {}
    layer = getattr(keras.layers, kind)(**settings, **unrolled)
    inputs = [keras.Input(shape) for shape in shapes]
    merged = kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
    return layer, keras.Model(inputs, layer(inputs) if merged else layer(*inputs))


def test_every_kind_is_in_the_table():
    assert {kind for kind, *_ in [*CASES, *RESIZED]} | {"Bidirectional", "LayerScale"} == set(COUNTERS)


@witness("keras", layer_cost, counted_settings)
@pytest.mark.parametrize(("kind", "shapes", "given_settings", "operations"), TABLE)
def test_parameters_and_shapes_are_keras(kind, shapes, given_settings, operations, keras):
    layer, model = keras_model(keras, kind, shapes, given_settings)
    cost = layer_cost(kind, *shapes, **given_settings)
    assert cost.parameters == layer.count_params()
    assert cost.output_shape == tuple(model.output.shape[1:])
    assert layer_cost(kind, *shapes, **counted_settings(kind, layer.get_config())) == cost


@pytest.mark.parametrize("merge_mode", ["concat", "sum"])
@pytest.mark.parametrize("sequences", [True, False])
def test_bidirectional_layers(merge_mode, sequences, keras):
    inside = keras.layers.LSTM(3, return_sequences=sequences)
    layer = keras.layers.Bidirectional(inside, merge_mode=merge_mode)
    output = layer(keras.Input((5, 4)))
    cost = layer_cost("Bidirectional", (5, 4), **counted_settings("Bidirectional", layer.get_config()))
    assert (cost.parameters, cost.output_shape) == (layer.count_params(), tuple(output.shape[1:]))
    assert cost.flops == 2 * layer_cost("LSTM", (5, 4), units=3).flops


def profiled_flops(model, shapes):
    """{operation: FLOPs} of one example, as TensorFlow's own profiler counts them in the frozen graph."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    function = tf.function(lambda *x: model(list(x), training=False))
    concrete = function.get_concrete_function(*(tf.TensorSpec((1, *shape), "float64") for shape in shapes))
    frozen = convert_variables_to_constants_v2(concrete).graph.as_graph_def()
    with tf.Graph().as_default() as graph, quiet():
        tf.graph_util.import_graph_def(frozen, name="")
        options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation() | {"output": "none"}
        node = tf.compat.v1.profiler.profile(graph, cmd="op", options=options)
    flops = {}
    while node.children:
        (node,) = node.children
        flops[node.name] = node.float_ops
    return flops


@pytest.mark.parametrize(("kind", "shapes", "given_settings", "operations"), PROFILED)
def test_flops_are_the_profiler_s(kind, shapes, given_settings, operations, keras):
    layer, model = keras_model(keras, kind, shapes, given_settings)
    flops = profiled_flops(model, shapes)
    expected = layer_cost(kind, *shapes, **given_settings).flops
    if kind == "MultiHeadAttention":
        # The profiler knows the projections, but not the operation (Einsum) that multiplies queries, keys and values.
        expected -= 2 * shapes[0][0] * shapes[1][0] * layer.num_heads * (layer.key_dim + layer.value_dim)
    assert sum(flops.get(name, 0) for name in operations) == expected


# ---------------------------------------------------------------- counted one by one


class Counter:
    """Plays every operation of a plain program, and counts them."""

    def __init__(self):
        self.flops = 0

    def multiply_add(self):
        self.flops += 2

    def operate(self):
        self.flops += 1


def starts(length, window, stride, dilation, padding):
    """Where a window may stand: with "valid" it must fit, with "same" it starts at every stride-th number."""
    reach = (window - 1) * dilation + 1
    return [i for i in range(0, length, stride) if padding == "same" or i + reach <= length]


SIZES = st.integers(1, 5)


@witness("hypothesis", layer_cost, counted_settings)
@given(
    st.tuples(st.integers(5, 8), st.integers(5, 8)),
    SIZES,
    SIZES,
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 2),
    st.sampled_from(["valid", "same"]),
    st.booleans(),
)
def test_convolutions_one_product_at_a_time(image, channels, filters, window, stride, dilation, padding, use_bias):
    counter, weights = Counter(), set()
    places = [starts(n, window, stride, dilation, padding) for n in image]
    for _ in itertools.product(*places):
        for weight in itertools.product(range(window), range(window), range(channels), range(filters)):
            weights.add(weight)
            counter.multiply_add()
    setting = {"kernel_size": window, "strides": stride, "dilation_rate": dilation, "padding": padding}
    setting |= {"filters": filters, "use_bias": use_bias}
    cost = layer_cost("Conv2D", (*image, channels), **setting)
    assert cost == ("Conv2D", len(weights) + use_bias * filters, counter.flops, (*map(len, places), filters))
    assert layer_cost("Conv2D", (*image, channels), **counted_settings("Conv2D", {**setting, "trainable": 1})) == cost

    # In as many groups as there are channels, it is a depthwise convolution.
    grouped = layer_cost("Conv2D", (*image, channels), **(setting | {"filters": 2 * channels, "groups": channels}))
    setting.pop("filters")
    depthwise = layer_cost("DepthwiseConv2D", (*image, channels), depth_multiplier=2, **setting)
    assert grouped[1:] == depthwise[1:]


@given(st.tuples(st.integers(4, 8), st.integers(4, 8)), SIZES, st.integers(1, 3), st.integers(1, 3))
def test_pooling_one_number_at_a_time(image, channels, window, stride):
    counter = Counter()
    places = [starts(n, window, stride, 1, "valid") for n in image]
    for _ in itertools.product(*places, range(channels), range(window), range(window)):
        counter.operate()
    cost = layer_cost("MaxPooling2D", (*image, channels), pool_size=window, strides=stride)
    assert cost == ("MaxPooling2D", 0, counter.flops, (*map(len, places), channels))


@given(st.integers(1, 4), st.integers(1, 4), SIZES, SIZES, st.integers(1, 3), st.sampled_from(["valid", "same"]))
def test_transposed_convolutions_spread_every_input(height, width, channels, filters, stride, padding):
    """Every input number times every weight; without padding the farthest one lands at the output's end."""
    counter, window = Counter(), 3
    landed = set()
    for i, j, k, m, *_ in itertools.product(
        range(height), range(width), range(window), range(window), range(channels), range(filters)
    ):
        counter.multiply_add()
        landed.add((i * stride + k, j * stride + m))
    cost = layer_cost(
        "Conv2DTranspose",
        (height, width, channels),
        filters=filters,
        kernel_size=window,
        strides=stride,
        padding=padding,
    )
    assert cost.flops == counter.flops
    if padding == "valid":
        assert cost.output_shape == (max(i for i, _ in landed) + 1, max(j for _, j in landed) + 1, filters)


@given(SIZES, SIZES, SIZES, st.sampled_from([("SimpleRNN", 1, 1), ("LSTM", 4, 1), ("GRU", 3, 2)]))
def test_recurrence_one_step_at_a_time(steps, inputs, units, cell):
    kind, gates, biases = cell
    counter = Counter()
    for _ in range(steps):
        for _ in itertools.product(range(gates), range(units), range(inputs + units)):
            counter.multiply_add()
    cost = layer_cost(kind, (steps, inputs), units=units)
    assert cost.flops == counter.flops
    assert cost.parameters == counter.flops // 2 // steps + gates * units * biases


@given(SIZES, SIZES, SIZES, st.integers(1, 3), SIZES)
def test_attention_one_product_at_a_time(n, m, width, heads, d):
    counter = Counter()
    projections = [(n, width, d), (m, width, d), (m, width, d), (n, d, width)]
    for _ in range(heads):
        for rows, inner, columns in [*projections, (n, d, m), (n, m, d)]:
            for _ in itertools.product(range(rows), range(inner), range(columns)):
                counter.multiply_add()
    cost = layer_cost("MultiHeadAttention", (n, width), (m, width), num_heads=heads, key_dim=d)
    assert cost.flops == counter.flops
    assert cost.output_shape == (n, width)


class Number:
    """A number that counts what is done with it."""

    operations = 0

    def operate(self, other):
        Number.operations += 1
        return Number()

    __add__ = __sub__ = __mul__ = operate


NUMBER = Number()


def layer_norm(row, gamma=NUMBER, beta=NUMBER):
    total = variance = NUMBER
    for x in row:
        total = total + x
    for x in row:
        d = x - total
        variance = variance + d * d
    return [((x - total) * variance) * gamma + beta for x in row]


def rms_norm(row):
    total = NUMBER
    for x in row:
        total = total + x * x
    return [(x * total) * NUMBER for x in row]


@given(st.integers(1, 5), st.integers(1, 5))
def test_normalization_one_operation_at_a_time(rows, features):
    """What is done once a row, a root and a division or two, is left out."""
    shape, numbers = (rows, features), rows * features
    Number.operations = 0
    for _ in range(rows):
        rms_norm([NUMBER] * features)
    assert layer_cost("RMSNormalization", shape).flops == Number.operations
    Number.operations = 0
    for _ in range(numbers):
        NUMBER * NUMBER + NUMBER
    assert layer_cost("BatchNormalization", shape).flops == Number.operations
    Number.operations = 0
    for _ in range(rows):
        layer_norm([NUMBER] * features)
    # Written plainly, x minus the mean is computed twice; once is enough.
    assert layer_cost("LayerNormalization", shape).flops == Number.operations - numbers


@given(st.lists(SIZES, min_size=1, max_size=3), SIZES)
def test_dense_one_product_at_a_time(shape, units):
    counter = Counter()
    for _ in itertools.product(range(math.prod(shape)), range(units)):
        counter.multiply_add()
    assert layer_cost("Dense", tuple(shape), units=units).flops == counter.flops


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: layer_cost("Dence", (4,), units=3), "kind must be one of Dense, .*; got 'Dence'"),
        (lambda: layer_cost("Dense", (None, 4), units=3), r"Dense layer needs an input of fixed lengths.*\(None, 4\)"),
        (lambda: layer_cost("Dense", (0,), units=3), r"fixed lengths from 1 up, got the shape \(0,\)"),
        (lambda: layer_cost("Dense", (), units=3), r"fixed lengths from 1 up, got the shape \(\)"),
        (lambda: layer_cost("Conv2D", (8, 8, 1), filters=2, kernel_size=3, stride=2), "no setting stride that is"),
        (
            lambda: layer_cost("Conv2D", (8, 2, 1), filters=2, kernel_size=3),
            "kernel_size: a window that spans 3 does not fit into an image of 2",
        ),
        (
            lambda: layer_cost("Conv1DTranspose", (8, 4), filters=2, kernel_size=3, padding="causal"),
            "padding must be one of valid, same; got 'causal'",
        ),
        (
            lambda: layer_cost("MaxPooling2D", (1, 4, 1)),
            "kernel_size: a window that spans 2 does not fit into an image of 1",
        ),
        (
            lambda: layer_cost("Conv2D", (8, 8, 4), filters=6, kernel_size=3, groups=3),
            "groups must divide the channels, 4, got 3",
        ),
        (lambda: layer_cost("Dense", (4,), units=0), "units must be a whole number from 1 up, got 0"),
        (lambda: layer_cost("Conv2D", (8, 8, 1), filters=-2, kernel_size=3), "filters must be .* got -2"),
        (lambda: layer_cost("Conv2D", (8, 8, 1), filters=2, kernel_size=3, strides=0), "strides must be .* got 0"),
        (lambda: layer_cost("Conv2D", (8, 8, 1), filters=2, kernel_size=3, padding="full"), "padding must be .*'full'"),
        (
            lambda: layer_cost("Conv2DTranspose", (4, 4, 1), filters=2, kernel_size=3, output_padding=1),
            "output_padding must be None, got 1",
        ),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()


def test_settings_are_left_alone():
    config = {"units": 3, "use_bias": True, "trainable": True}
    assert counted_settings("Dense", config) == {"units": 3, "use_bias": True}
    assert config == {"units": 3, "use_bias": True, "trainable": True}

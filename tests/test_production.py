"""Whole networks and memory, against Keras' own counts and the bytes of real arrays."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import production as p
from course_lib.layer_costs import Cost, layer_cost
from tests.witness import without, witness

MEMORY = [p.memory_bytes, p.activation_bytes, p.training_bytes, p.kv_cache_bytes]
STATES = [p.optimizer_state_bytes, *MEMORY]
pytestmark = [
    *without(["numeric"], "it counts: there is no gradient", p.count, p.count_keras, p.counted_layers, *STATES),
    *without(["keras"], "Keras counts no bytes; real arrays do", p.memory_bytes, p.kv_cache_bytes),
    *without(["hypothesis"], "it takes a Keras model; four real ones stand for all", p.count_keras, p.counted_layers),
]

MLP = [("Dense", {"units": 32, "activation": "relu"}), ("Dropout", {"rate": 0.5}), ("Dense", {"units": 10})]
LENET = [
    ("Conv2D", {"filters": 6, "kernel_size": 5, "padding": "same", "activation": "tanh"}),
    ("AveragePooling2D", {"pool_size": 2}),
    ("Conv2D", {"filters": 16, "kernel_size": 5}),
    ("BatchNormalization", {}),
    ("AveragePooling2D", {"pool_size": 2}),
    ("Flatten", {}),
    ("Dense", {"units": 120}),
    ("Dense", {"units": 84}),
    ("Dense", {"units": 10}),
]
READER = [
    ("Embedding", {"input_dim": 30, "output_dim": 8}),
    ("LSTM", {"units": 16, "return_sequences": True}),
    ("Bidirectional", {"layer": {"class_name": "GRU", "config": {"units": 6}}}),
    ("Dense", {"units": 30}),
]
NETWORKS = [
    pytest.param(MLP, (64,), id="MLP"),
    pytest.param(LENET, (28, 28, 1), id="LeNet"),
    pytest.param(READER, (12,), id="LSTM"),
]


def keras_network(keras, layers, input_shape):
    made = []
    for kind, settings in layers:
        if kind == "Bidirectional":
            settings = {"layer": keras.layers.GRU(**settings["layer"]["config"])}
        made.append(getattr(keras.layers, kind)(**settings))
    return keras.Sequential([keras.Input(input_shape), *made])


def transformer_block(keras, time=7, width=8):
    layers = keras.layers
    x = keras.Input((time, width))
    h = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x)]))
    mlp = keras.Sequential([keras.Input((time, width)), layers.Dense(32, "relu"), layers.Dense(width)])
    return keras.Model(x, layers.LayerNormalization()(layers.Add()([h, mlp(h)])))


@witness("keras", p.count, p.count_keras, p.counted_layers)
@pytest.mark.parametrize(("layers", "input_shape"), NETWORKS)
def test_networks_have_as_many_parameters_as_in_keras(layers, input_shape, keras):
    model, costs = keras_network(keras, layers, input_shape), p.count(layers, input_shape)
    assert sum(cost.parameters for cost in costs) == model.count_params()
    assert [cost.output_shape for cost in costs] == [tuple(layer.output.shape[1:]) for layer in model.layers]
    assert p.count_keras(model) == costs
    assert p.counted_layers(model) == model.layers


def test_lenet_is_the_one_that_was_published():
    """LeCun et al., 1998, section II.B: C1 156 parameters, F6 10,164; C5, 16 × 5 × 5 inputs to each of 120, 48,120."""
    by_layer = [cost.parameters for cost in p.count(LENET, (28, 28, 1)) if cost.kind in ("Conv2D", "Dense")]
    assert (by_layer[0], by_layer[2], by_layer[3]) == (156, 48_120, 10_164)


def test_transformer_block(keras):
    """Four projections, two dense layers and the norms; 2 FLOPs for each weight and token, and two products more."""
    time, width = 7, 8
    model = transformer_block(keras, time, width)
    costs = p.count_keras(model)
    assert sum(cost.parameters for cost in costs) == model.count_params()
    weights = 4 * width**2 + 2 * width * 32
    norms = 2 * 7 * time * width
    assert sum(cost.flops for cost in costs) == 2 * time * weights + 4 * time**2 * width + norms


@witness("hypothesis", p.count)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.booleans())
def test_networks_of_any_depth(widths, use_bias):
    """A layer at a time, with what the one before puts out; the list is left as it was."""
    layers = [("Dense", {"units": width, "use_bias": use_bias}) for width in widths[1:]]
    before = [(kind, dict(settings)) for kind, settings in layers]
    costs = p.count(layers, widths[:1])
    for cost, inputs, units in zip(costs, widths[:-1], widths[1:], strict=True):
        weights = np.ones((inputs, units)).size
        assert cost == ("Dense", weights + use_bias * units, 2 * weights, (units,))
    assert layers == before
    assert p.count([], (4,)) == []


# Our name for it, and what Keras remembers besides the step count and the learning rate.
OPTIMIZERS = {
    "sgd": lambda k: k.optimizers.SGD(),
    "momentum": lambda k: k.optimizers.SGD(momentum=0.5),
    "adagrad": lambda k: k.optimizers.Adagrad(),
    "rmsprop": lambda k: k.optimizers.RMSprop(),
    "adam": lambda k: k.optimizers.Adam(),
    "adamw": lambda k: k.optimizers.AdamW(),
}


@witness("keras", p.optimizer_state_bytes)
@pytest.mark.parametrize("name", p.OPTIMIZER_STATES)
def test_optimizers_remember_as_much_as_in_keras(name, keras):
    model = keras_network(keras, MLP, (64,))
    optimizer = OPTIMIZERS[name](keras)
    optimizer.build(model.trainable_variables)
    state = sum(
        v.numpy().nbytes for v in optimizer.variables if v.path.split("/")[-1] not in ("iteration", "learning_rate")
    )
    assert p.optimizer_state_bytes(model.count_params(), name, "float64") == state


@witness("keras", p.activation_bytes, p.training_bytes)
@pytest.mark.parametrize(("layers", "input_shape"), NETWORKS)
def test_activations_take_as_much_as_keras_outputs(layers, input_shape, keras):
    model, costs = keras_network(keras, layers, input_shape), p.count(layers, input_shape)
    outputs = np.zeros((3, *input_shape))
    kept = 0
    for layer in model.layers:
        outputs = layer(outputs)
        kept += outputs.numpy().nbytes
    assert p.activation_bytes(costs, 3, "float64") == kept
    weights = sum(w.nbytes for w in model.get_weights())
    assert p.training_bytes(costs, 3, "adam", "float64") == 4 * weights + kept


COUNTS = st.integers(1, 6)


@witness("hypothesis", p.memory_bytes, p.optimizer_state_bytes, p.activation_bytes, p.training_bytes)
@given(COUNTS, COUNTS, COUNTS, st.sampled_from(["float64", "float32", "float16", "int8"]))
def test_memory_is_that_of_arrays(inputs, units, batch, dtype):
    kernel, bias = np.zeros((inputs, units), dtype), np.zeros(units, dtype)
    y, weights = np.zeros((batch, units), dtype), kernel.nbytes + bias.nbytes
    costs = p.count([("Dense", {"units": units})], (inputs,))
    assert p.memory_bytes(kernel.size, dtype) == kernel.nbytes
    assert p.activation_bytes(costs, batch, dtype) == y.nbytes
    for optimizer, copies in p.OPTIMIZER_STATES.items():
        state = [np.zeros_like(w) for _ in range(copies) for w in (kernel, bias)]
        assert p.optimizer_state_bytes(costs[0].parameters, optimizer, dtype) == sum(s.nbytes for s in state)
        assert p.training_bytes(costs, batch, optimizer, dtype) == 2 * weights + sum(s.nbytes for s in state) + y.nbytes
    assert p.training_bytes([], batch, "adam") == 0


@witness("hypothesis", p.kv_cache_bytes)
@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_kv_cache_is_that_of_arrays(layers, heads, key_dim, length, batch):
    """Filled token by token, as a generating model does it."""
    keys = [np.zeros((batch, heads, 0, key_dim), "float16") for _ in range(layers)]
    values = list(keys)
    new = np.zeros((batch, heads, 1, key_dim), "float16")
    for _ in range(length):
        keys, values = ([np.concatenate([old, new], axis=2) for old in cache] for cache in (keys, values))
    assert p.kv_cache_bytes(layers, heads, key_dim, length, batch) == sum(a.nbytes for a in keys + values)


def test_half_a_byte_is_rounded_up():
    assert [p.memory_bytes(n, "int4") for n in range(4)] == [0, 1, 1, 2]


def test_a_layer_called_twice_is_told(keras):
    x, layer = keras.Input((4,)), keras.layers.Dense(4)
    with pytest.raises(ValueError, match="called more than once, which is not counted here"):
        p.count_keras(keras.Model(x, layer(layer(x))))


def test_settings_that_are_not_known_are_told(keras):
    """A gate in the attention, states of images that are channels first, and a layer of another kind."""
    layers, x = keras.layers, keras.Input((5, 4))
    gated = keras.Model(x, layers.MultiHeadAttention(2, 3, use_gate=True)(x, x))
    with pytest.raises(ValueError, match="has a setting that is not known here"):
        p.count_keras(gated)
    image = keras.Input((1, 8, 9))
    turned = keras.Model(image, layers.GlobalAveragePooling2D(data_format="channels_first")(image))
    with pytest.raises(ValueError, match=r"the output shape \(1,\), counted are 0 and \(9,\)"):
        p.count_keras(turned)
    with pytest.raises(ValueError, match=r"kind must be one of Dense, .*; got 'GroupNormalization'"):
        p.count_keras(keras.Model(x, layers.GroupNormalization(2)(x)))
    with pytest.raises(ValueError, match=r"fixed lengths from 1 up, got the shape \(None, 4\)"):
        p.count_keras(keras.Sequential([keras.Input((None, 4)), layers.LSTM(3)]))


COSTS = [Cost("Dense", 8, 16, (4,)), layer_cost("Flatten", (2, 2))]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda: p.count(
                [("Dense", {"units": 2}), ("Conv2D", {"filters": 1, "kernel_size": 1, "pad": 0})], (4, 4, 3)
            ),
            "Conv2D layer has no setting pad",
        ),
        (lambda: p.count([("Softplus", {})], (4,)), "kind must be one of Dense, .*; got 'Softplus'"),
        (lambda: p.memory_bytes(3, "float8"), "dtype must be one of float64, .*; got 'float8'"),
        (lambda: p.memory_bytes(-1), "numbers must be a whole number from 0 up, got -1"),
        (lambda: p.memory_bytes(1.5), "numbers must be a whole number from 0 up, got 1.5"),
        (lambda: p.memory_bytes(math.nan), "numbers must be a whole number from 0 up, got nan"),
        (lambda: p.optimizer_state_bytes(3, "adamax"), "optimizer must be one of sgd, .*; got 'adamax'"),
        (lambda: p.optimizer_state_bytes(-3, "adam"), "parameters must be a whole number from 0 up, got -3"),
        (lambda: p.activation_bytes(COSTS, 0), "batch must be a whole number from 1 up, got 0"),
        (lambda: p.training_bytes(COSTS, 2.5, "adam"), "batch must be a whole number from 1 up, got 2.5"),
        (lambda: p.kv_cache_bytes(2, 0, 4, 8), "heads must be a whole number from 1 up, got 0"),
        (lambda: p.kv_cache_bytes(2, 2, 4, -8), "length must be a whole number from 1 up, got -8"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()

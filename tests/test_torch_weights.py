"""Layers with PyTorch's weights compute what it computes: stored results, and PyTorch itself where it is installed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import torch_weights as converted
from course_lib.attention import MultiHeadAttention
from course_lib.convolution import Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D
from course_lib.layers import Dense, Embedding
from course_lib.normalization import BatchNormalization, GroupNormalization, LayerNormalization
from course_lib.recurrence import GRU, LSTM, Bidirectional, SimpleRNN
from course_lib.transformers import EncoderBlock
from tests import torch_examples
from tests.torch_examples import DIM, HEADS, TIME, UNITS, WIDTH
from tests.witness import without, witness

FUNCTIONS = [
    converted.dense,
    converted.embedding,
    converted.convolution,
    converted.depthwise_convolution,
    converted.transposed_convolution,
    converted.normalization,
    converted.recurrent,
    converted.multi_head_attention,
    converted.encoder_block,
]
pytestmark = [*without(["numeric"], "it orders numbers and computes nothing", *FUNCTIONS)]

EPSILON = 1e-5
NORM = {"epsilon": EPSILON}


def both_directions(state):
    return converted.recurrent(state, 4) + converted.recurrent(state, 4, reverse=True)


# {example: (how its weights are converted, our layer, Keras' layer, made of keras.layers)}
LAYERS = {
    "dense": (converted.dense, lambda rng: Dense(WIDTH, UNITS, rng), lambda k: k.Dense(UNITS)),
    "dense without bias": (
        converted.dense,
        lambda rng: Dense(WIDTH, UNITS, rng, use_bias=False),
        lambda k: k.Dense(UNITS, use_bias=False),
    ),
    "convolution in one dimension": (
        converted.convolution,
        lambda rng: Conv1D(WIDTH, 6, 3, rng, strides=2),
        lambda k: k.Conv1D(6, 3, strides=2),
    ),
    "convolution": (
        converted.convolution,
        lambda rng: Conv2D(WIDTH, 6, (3, 2), rng),
        lambda k: k.Conv2D(6, (3, 2)),
    ),
    "convolution in groups": (
        converted.convolution,
        lambda rng: Conv2D(WIDTH, 6, 3, rng, groups=2, use_bias=False),
        lambda k: k.Conv2D(6, 3, groups=2, use_bias=False),
    ),
    "depthwise convolution": (
        lambda state: converted.depthwise_convolution(state, 2),
        lambda rng: DepthwiseConv2D(WIDTH, 3, rng, depth_multiplier=2),
        lambda k: k.DepthwiseConv2D(3, depth_multiplier=2),
    ),
    "transposed convolution": (
        converted.transposed_convolution,
        lambda rng: Conv2DTranspose(WIDTH, 5, 3, rng, strides=2),
        lambda k: k.Conv2DTranspose(5, 3, strides=2),
    ),
    "layer normalization": (
        converted.normalization,
        lambda rng: LayerNormalization(WIDTH, EPSILON),
        lambda k: k.LayerNormalization(**NORM),
    ),
    "group normalization": (
        converted.normalization,
        lambda rng: GroupNormalization(WIDTH, 2, EPSILON),
        lambda k: k.GroupNormalization(2, **NORM),
    ),
    "batch normalization": (
        converted.normalization,
        lambda rng: BatchNormalization(WIDTH, 0.9, EPSILON),
        lambda k: k.BatchNormalization(momentum=0.9, **NORM),
    ),
    "simple RNN": (
        lambda state: converted.recurrent(state, 1),
        lambda rng: SimpleRNN(WIDTH, UNITS, rng, return_sequences=True),
        lambda k: k.SimpleRNN(UNITS, return_sequences=True),
    ),
    "LSTM": (
        lambda state: converted.recurrent(state, 4),
        lambda rng: LSTM(WIDTH, UNITS, rng, return_sequences=True),
        lambda k: k.LSTM(UNITS, return_sequences=True),
    ),
    "LSTM without bias": (
        lambda state: converted.recurrent(state, 4),
        lambda rng: LSTM(WIDTH, UNITS, rng, return_sequences=True, use_bias=False),
        lambda k: k.LSTM(UNITS, return_sequences=True, use_bias=False),
    ),
    "LSTM in both directions": (
        both_directions,
        lambda rng: Bidirectional(*(LSTM(WIDTH, UNITS, rng, return_sequences=True) for _ in range(2))),
        lambda k: k.Bidirectional(k.LSTM(UNITS, return_sequences=True)),
    ),
    "GRU": (
        lambda state: converted.recurrent(state, 3),
        lambda rng: GRU(WIDTH, UNITS, rng, return_sequences=True),
        lambda k: k.GRU(UNITS, return_sequences=True),
    ),
    "attention": (
        lambda state: converted.multi_head_attention(state, HEADS),
        lambda rng: MultiHeadAttention(DIM, HEADS, DIM // HEADS, rng),
        lambda k: attending(k),
    ),
    "attention without bias": (
        lambda state: converted.multi_head_attention(state, HEADS),
        lambda rng: MultiHeadAttention(DIM, HEADS, DIM // HEADS, rng, use_bias=False),
        lambda k: attending(k, use_bias=False),
    ),
    "block": (lambda state: converted.encoder_block(state, HEADS), lambda rng: block(rng), None),
    "pre-norm block": (
        lambda state: converted.encoder_block(state, HEADS, normalize_first=True),
        lambda rng: block(rng, normalize_first=True),
        None,
    ),
}


def attending(layers, **options):
    """A model in which Keras' layer is given one sequence for queries and values."""
    import keras

    x = keras.Input((TIME, DIM))
    return keras.Model(x, layers.MultiHeadAttention(HEADS, DIM // HEADS, **options)(x, x))


def block(rng, **options):
    return EncoderBlock(DIM, HEADS, 6, rng, normalization=lambda width: LayerNormalization(width, EPSILON), **options)


def last(array):
    """With the channels last; PyTorch has them second where there are places beside them."""
    return np.moveaxis(array, 1, -1)


SOURCES = {"stored": torch_examples.stored} | ({"PyTorch": torch_examples.computed} if torch_examples.INSTALLED else {})


@pytest.fixture(scope="module", params=SOURCES)
def results(request):
    return SOURCES[request.param]()


def example(results, name):
    """(state, x, y, dy, dx) with the channels last."""
    found = results[name]
    to_last = last if "convolution" in name or name.startswith(("group", "batch")) else np.asarray
    return found["state"], *(to_last(found[key]) for key in ("x", "y", "dy", "dx"))


@pytest.mark.parametrize("name", LAYERS)
def test_our_layer_computes_what_pytorch_does(results, name):
    state, x, y, dy, dx = example(results, name)
    convert, ours, _ = LAYERS[name]
    layer = ours(np.random.default_rng(0))
    layer.set_weights(convert(state))
    np.testing.assert_allclose(layer.forward(x), y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-9, atol=1e-11)


@witness("keras", *FUNCTIONS)
@pytest.mark.parametrize("name", [name for name, (*_, twin) in LAYERS.items() if twin])
def test_keras_layer_computes_what_pytorch_does(results, name, keras):
    state, x, y, _, _ = example(results, name)
    convert, _, twin = LAYERS[name]
    layer = twin(keras.layers)
    layer.build(x.shape)
    layer.set_weights(convert(state))
    np.testing.assert_allclose(layer(x), y, rtol=1e-9, atol=1e-12)


def test_an_embedding_is_the_same_table(rng):
    table = rng.normal(size=(5, 3))
    layer = Embedding(5, 3, rng)
    layer.set_weights(converted.embedding({"weight": table}))
    np.testing.assert_array_equal(layer.forward(np.array([[4, 0]])), table[[[4, 0]]])


def test_a_step_of_training_leaves_other_moving_variances(results):
    """PyTorch's is that of a sample: n / (n - 1) times the one that it divides by."""
    found = results["batch normalization in training"]
    x = last(found["x"])
    layer = BatchNormalization(WIDTH, 0.9, EPSILON)
    layer.set_weights(converted.normalization(found["state"]))
    np.testing.assert_allclose(layer.forward(x, training=True), last(found["y"]), rtol=1e-9, atol=1e-12)
    *_, mean, variance = layer.get_weights()
    np.testing.assert_allclose(mean, found["after"]["running_mean"], rtol=1e-9)
    n = x.size // WIDTH
    old, theirs = found["state"]["running_var"], found["after"]["running_var"]
    np.testing.assert_allclose((variance - 0.9 * old) * n / (n - 1), theirs - 0.9 * old, rtol=1e-9)


sizes = st.integers(1, 4)


@witness("hypothesis", *FUNCTIONS)
@given(sizes, sizes, sizes, sizes, st.integers(0, 2**32 - 1))
def test_no_number_is_lost(inputs, outputs, window, heads, seed):
    rng = np.random.default_rng(seed)
    dim, bias = heads * inputs, rng.normal(size=outputs)
    weight = rng.normal(size=(outputs, inputs, window, window + 1))
    attention = {
        "in_proj_weight": rng.normal(size=(3 * dim, dim)),
        "in_proj_bias": rng.normal(size=3 * dim),
        "out_proj.weight": rng.normal(size=(dim, dim)),
        "out_proj.bias": rng.normal(size=dim),
    }
    gated = {
        f"weight_{side}_l0": rng.normal(size=(3 * outputs, width)) for side, width in [("ih", inputs), ("hh", outputs)]
    }
    gated |= {f"bias_{side}_l0": rng.normal(size=3 * outputs) for side in ("ih", "hh")}
    norm = {"weight": rng.normal(size=dim), "bias": rng.normal(size=dim)}
    up, down = ({"weight": rng.normal(size=size)} for size in [(outputs, dim), (dim, outputs)])
    parts = {"self_attn": attention, "norm1": norm, "norm2": norm, "linear1": up, "linear2": down}
    whole = {f"{part}.{name}": array for part, inner in parts.items() for name, array in inner.items()}
    for state, result in [
        ({"weight": weight[..., 0, 0], "bias": bias}, converted.dense),
        ({"weight": weight[..., 0, 0]}, converted.embedding),
        ({"weight": weight, "bias": bias}, converted.convolution),
        ({"weight": weight.swapaxes(0, 1), "bias": bias}, converted.transposed_convolution),
        ({"weight": weight[:, :1], "bias": bias}, converted.depthwise_convolution),
        (norm, converted.normalization),
        (gated, lambda state: converted.recurrent(state, 3)),
        (attention, lambda state: converted.multi_head_attention(state, heads)),
        (whole, lambda state: converted.encoder_block(state, heads)),
    ]:
        before, after = (
            np.sort(np.concatenate([np.ravel(a) for a in some])) for some in (state.values(), result(state))
        )
        np.testing.assert_array_equal(before, after)


def test_what_is_no_such_state_is_said():
    rng = np.random.default_rng(0)
    for message, wrong in [
        (r"state must hold 'weight'; it holds 'kernel'", lambda: converted.dense({"kernel": rng.normal(size=(2, 3))})),
        (r"state must hold 'weight'; it holds nothing", lambda: converted.embedding({})),
        (r"weight must have 2 axes, got shape \(2, 3, 1\)", lambda: converted.dense({"weight": np.ones((2, 3, 1))})),
        (
            r"weight must be \(channels \* depth_multiplier, 1, rows, columns\) with depth_multiplier 1, got shape",
            lambda: converted.depthwise_convolution({"weight": np.ones((4, 2, 3, 3))}),
        ),
        (
            r"with depth_multiplier 3, got",
            lambda: converted.depthwise_convolution({"weight": np.ones((4, 1, 3, 3))}, 3),
        ),
        (
            r"4 gates were wanted, which do not share 9 rows",
            lambda: converted.recurrent({"weight_ih_l0": np.ones((9, 2)), "weight_hh_l0": np.ones((9, 3))}, 4),
        ),
        (
            r"in_proj_weight must be \(3 \* dim, dim\), dim in 3 heads, got in_proj_weight \(12, 4\)",
            lambda: converted.multi_head_attention(
                {"in_proj_weight": np.ones((12, 4)), "out_proj.weight": np.ones((4, 4))}, 3
            ),
        ),
        (r"state must hold 'weight_hh_l1'", lambda: converted.recurrent({"weight_ih_l0": np.ones((4, 2))}, 4, layer=1)),
    ]:
        with pytest.raises(ValueError, match=message):
            wrong()

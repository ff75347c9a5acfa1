"""Every layer takes lists, objects and 16-bit floats for the numbers they stand for, any whole number for a size."""

import numpy as np
import pytest

from course_lib.attention import GroupedQueryAttention, MultiHeadAttention
from course_lib.convolution import Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D
from course_lib.feed_forward import SwiGLU
from course_lib.layers import Concatenate, Dense, Embedding
from course_lib.normalization import BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization
from course_lib.pooling import AveragePooling1D, AveragePooling2D, MaxPooling1D, MaxPooling2D
from course_lib.positions import PositionEmbedding
from course_lib.projections import EinsumDense
from course_lib.recurrence import GRU, LSTM, Bidirectional, SimpleRNN
from course_lib.regularizers import L2, penalty
from course_lib.scores import AdditiveAttention, LuongAttention
from course_lib.transformers import GPT, DecoderBlock, EncoderBlock

IMAGE, SEQUENCE = (2, 5, 6, 4), (2, 5, 4)
LAYERS = {
    "Conv1D": (lambda rng: Conv1D(4, 2, 3, rng, padding="causal"), SEQUENCE),
    "Conv2D": (lambda rng: Conv2D(4, 2, 3, rng, strides=2, padding="same"), IMAGE),
    "DepthwiseConv2D": (lambda rng: DepthwiseConv2D(4, 3, rng, depth_multiplier=2), IMAGE),
    "SeparableConv2D": (lambda rng: SeparableConv2D(4, 3, 3, rng), IMAGE),
    "Conv2DTranspose": (lambda rng: Conv2DTranspose(4, 3, 3, rng, strides=2), IMAGE),
    "MaxPooling1D": (lambda rng: MaxPooling1D(), SEQUENCE),
    "MaxPooling2D": (lambda rng: MaxPooling2D(), IMAGE),
    "AveragePooling1D": (lambda rng: AveragePooling1D(2), SEQUENCE),
    "AveragePooling2D": (lambda rng: AveragePooling2D(2, 1, "same"), IMAGE),
    "LayerNormalization": (lambda rng: LayerNormalization(4), SEQUENCE),
    "RMSNormalization": (lambda rng: RMSNormalization(4), SEQUENCE),
    "GroupNormalization": (lambda rng: GroupNormalization(4, 2), SEQUENCE),
    "BatchNormalization": (lambda rng: BatchNormalization(4), SEQUENCE),
    "SimpleRNN": (lambda rng: SimpleRNN(4, 3, rng), SEQUENCE),
    "LSTM": (lambda rng: LSTM(4, 3, rng, return_sequences=True), SEQUENCE),
    "GRU": (lambda rng: GRU(4, 3, rng, reset_after=False), SEQUENCE),
    "Bidirectional": (lambda rng: Bidirectional(LSTM(4, 3, rng), LSTM(4, 3, rng)), SEQUENCE),
    "MultiHeadAttention": (lambda rng: MultiHeadAttention(4, 2, 2, rng, causal=True, positions="rotary"), SEQUENCE),
    "GroupedQueryAttention": (lambda rng: GroupedQueryAttention(4, 2, 4, 2, rng), SEQUENCE),
    "EinsumDense": (lambda rng: EinsumDense("btd,dhe->bthe", (4, 2, 3), rng), SEQUENCE),
    "PositionEmbedding": (lambda rng: PositionEmbedding(6, 4, rng), SEQUENCE),
    "EncoderBlock": (lambda rng: EncoderBlock(4, 2, 5, rng, normalize_first=True, activation="swiglu"), SEQUENCE),
    "SwiGLU": (lambda rng: SwiGLU(4, 5, rng), SEQUENCE),
}


@pytest.mark.parametrize("form", ["list", "object", "float16", "fortran"])
@pytest.mark.parametrize("name", LAYERS)
def test_numbers_in_another_form_are_the_same_numbers(name, form):
    """300 is among them, whose square is infinite in 16 bits: Keras too computes its norms in more."""
    make, shape = LAYERS[name]
    x = np.random.default_rng(1).integers(-3, 4, shape) * 100.0
    forms = {
        "list": x.tolist(),
        "object": x.astype(object),
        "float16": x.astype(np.float16),
        "fortran": np.asfortranarray(x),
    }
    given, usual = make(np.random.default_rng(2)), make(np.random.default_rng(2))
    y = usual.forward(x, training=True)
    np.testing.assert_allclose(given.forward(forms[form], training=True), y, rtol=1e-12, atol=1e-12)
    dx = usual.backward(np.cos(y))
    np.testing.assert_allclose(given.backward(np.cos(y).tolist()), dx, rtol=1e-9, atol=1e-9)
    for ours, theirs in zip(given.gradients(), usual.gradients(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("make", [lambda r: MultiHeadAttention(4, 2, 2, r), lambda r: DecoderBlock(4, 2, 5, r)])
def test_a_memory_may_be_a_list_too(make):
    x, memory = np.ones((2, 3, 4)), np.arange(40.0).reshape(2, 5, 4) / 10
    given, usual = make(np.random.default_rng(0)), make(np.random.default_rng(0))
    y = usual.forward(x, memory=memory)
    np.testing.assert_allclose(given.forward(x.tolist(), memory=memory.tolist()), y, rtol=1e-12)


# Sizes as 8-bit numbers, whose products are beyond 255, and as floats: each as a tuple for the constructor below.
SIZED = {
    "Dense": (lambda rng, a, b: Dense(a, b, rng), (200, 100)),
    "Embedding": (lambda rng, a, b: Embedding(a, b, rng), (200, 100)),
    "Conv2D": (lambda rng, a, b: Conv2D(a, b, 1, rng, groups=2), (200, 100)),
    "DepthwiseConv2D": (lambda rng, a, b: DepthwiseConv2D(a, 1, rng, depth_multiplier=b), (100, 3)),
    "SeparableConv2D": (lambda rng, a, b: SeparableConv2D(a, 2, 1, rng, depth_multiplier=b), (100, 3)),
    "Conv2DTranspose": (lambda rng, a, b: Conv2DTranspose(a, b, 1, rng), (200, 100)),
    "SimpleRNN": (lambda rng, a, b: SimpleRNN(a, b, rng), (200, 100)),
    "LSTM": (lambda rng, a, b: LSTM(a, b, rng), (3, 100)),
    "GRU": (lambda rng, a, b: GRU(a, b, rng), (3, 100)),
    "MultiHeadAttention": (lambda rng, a, b: MultiHeadAttention(a, b, 100, rng), (100, 4)),
    "GroupedQueryAttention": (lambda rng, a, b: GroupedQueryAttention(a, 100, b, 2, rng), (100, 4)),
    "EinsumDense": (lambda rng, a, b: EinsumDense("bd,dhe->bhe", (3, a, b), rng), (100, 4)),
    "GroupNormalization": (lambda rng, a, b: GroupNormalization(a, b), (200, 100)),
    "BatchNormalization": (lambda rng, a, b: BatchNormalization(a), (200, 100)),
    "PositionEmbedding": (lambda rng, a, b: PositionEmbedding(a, b, rng), (200, 100)),
    "EncoderBlock": (lambda rng, a, b: EncoderBlock(a, b, 3, rng), (100, 4)),
    "SwiGLU": (lambda rng, a, b: SwiGLU(a, b, rng), (200, 100)),
    "AdditiveAttention": (lambda rng, a, b: AdditiveAttention(a, a, b, rng), (200, 100)),
    "LuongAttention": (lambda rng, a, b: LuongAttention(a, b, rng, "concat"), (200, 100)),
    "GPT": (lambda rng, a, b: GPT(a, b, a, 4, 1, rng), (100, 4)),
}


@pytest.mark.parametrize("kind", [np.uint8, np.int64, float, np.float32])
@pytest.mark.parametrize("name", SIZED)
def test_a_size_is_its_number_whatever_its_type(name, kind):
    """4 · np.uint8(100) is 144, and np.zeros(3.0) an error without a sentence."""
    make, sizes = SIZED[name]
    usual = make(np.random.default_rng(0), *sizes).get_weights()
    for ours, theirs in zip(make(np.random.default_rng(0), *map(kind, sizes)).get_weights(), usual, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, np.nan, np.inf, "3", None, (), 3 + 0j], ids=repr)
@pytest.mark.parametrize("name", SIZED)
def test_a_size_that_is_none_is_refused_in_a_sentence(name, wrong):
    make, (_, second) = SIZED[name]
    with pytest.raises(ValueError, match=r"must (be a whole number from 1 up|divide .*), got "):
        make(np.random.default_rng(0), wrong, second)


def test_an_axis_is_a_whole_number():
    with pytest.raises(ValueError, match=r"axis must be a whole number .*, got 0.5"):
        Concatenate(0.5)


@pytest.mark.parametrize("equation", ["bd,de", "bb,bd->bd", "", 3, None, "btd,dhe->", "b d,de->be"], ids=repr)
def test_an_equation_that_is_none_is_refused(equation):
    with pytest.raises(ValueError, match="equation must name each axis by a letter"):
        EinsumDense(equation, (2, 3), np.random.default_rng(0))


def test_a_regularizer_of_no_array_is_refused(rng):
    layer = Dense(2, 3, rng)
    layer.regularizers["kernal"] = L2(0.1)
    layer.forward(np.ones((1, 2)))
    layer.backward(np.ones((1, 3)))
    for use in (layer.gradients, lambda: penalty(layer)):
        with pytest.raises(ValueError, match="a name in regularizers must be one of kernel, bias; got 'kernal'"):
            use()

"""Attention with what came after 2017: no biases, a sliding window, rotary, ALiBi; and rows without a key."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.attention import (
    MultiHeadAttention,
    attention,
    attention_backward,
    attention_weights,
    causal_mask,
    sliding_window_mask,
)
from course_lib.gradients import numeric_gradient
from course_lib.positions import alibi, rotary
from tests.attention_examples import Parts, groups, heads
from tests.witness import check_keras, check_numeric, shaken, without, witness

pytestmark = [
    *without(["numeric"], "it holds True and False, which have no slope", sliding_window_mask),
    *without(
        ["numeric"], "its slope is that of attention, which is witnessed with and without masks", attention_weights
    ),
]

SEEDS = st.integers(0, 2**32 - 1)
# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)
LEFT = np.array([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]], bool)


def keras_attention(keras, layer, mask=None, bias=None, turn=lambda x: x):
    """The layer's equation in Keras' operations: projections, scores, softmax where something is seen, projection."""
    ops = keras.ops

    def dense(part, equation, bias_axes):
        axes = [None, *part.params["kernel"].shape[1 if bias_axes == "he" else 2 :]]
        return keras.layers.EinsumDense(equation, axes, bias_axes=bias_axes if "bias" in part.params else None)

    class Twin(keras.Layer):
        def __init__(self):
            super().__init__()
            self.heads = [dense(part, "btd,dhe->bthe", "he") for part in layer.layers[:3]]
            self.back = dense(layer.layers[3], "bthe,hed->btd", "d")

        def call(self, x):
            q, k, v = (ops.transpose(head(x), (0, 2, 1, 3)) for head in self.heads)
            k, v = ops.repeat(turn(k), layer.group, axis=1), ops.repeat(v, layer.group, axis=1)
            scores = ops.matmul(turn(q), ops.transpose(k, (0, 1, 3, 2))) / q.shape[-1] ** 0.5
            scores = scores if bias is None else scores + bias
            scores = scores if mask is None else ops.where(mask, scores, -1e300)
            return self.back(ops.transpose(ops.matmul(ops.softmax(scores), v), (0, 2, 1, 3)))

    return Twin()


def keras_rotary(keras):
    """As complex numbers: (a + bi) e^(ip θ), Su et al., 2021, equation 12."""

    def turn(x):
        first, second = x[..., 0::2], x[..., 1::2]
        time, half = first.shape[-2:]
        angles = np.arange(time)[:, None] * 10_000.0 ** (-np.arange(half) / half)
        cos, sin = np.cos(angles), np.sin(angles)
        pairs = keras.ops.stack([first * cos - second * sin, second * cos + first * sin], axis=-1)
        return keras.ops.reshape(pairs, (-1, *x.shape[1:]))

    return turn


def window_of_two(keras):
    return {"mask": np.tri(5, dtype=bool) & (np.arange(5)[:, None] - np.arange(5) < 2)}


# name, the layer's options, what the twin adds
OPTIONS = [
    ("bare", {"use_bias": False}, lambda keras: {}),
    ("window", {"causal": True, "window": 2}, window_of_two),
    ("rotary", {"positions": "rotary"}, lambda keras: {"turn": keras_rotary(keras)}),
    ("alibi", {"positions": "alibi"}, lambda keras: {"bias": alibi(4, 5)}),
    (
        "all",
        {"positions": "rotary", "causal": True, "window": 2, "use_bias": False},
        lambda keras: {"turn": keras_rotary(keras)} | window_of_two(keras),
    ),
]


def four_heads(rng, **options):
    return MultiHeadAttention(6, 4, 4, rng, **options)


@pytest.mark.parametrize("build", [four_heads, groups])
@pytest.mark.parametrize(("name", "options", "more"), OPTIONS)
def test_options_equal_keras_and_brute_force(build, name, options, more, rng, keras):
    layer = shaken(build(rng, **options), rng)
    check_numeric(layer, rng.standard_normal((2, 5, 6)), rng)
    check_keras(layer, keras_attention(keras, layer, **more(keras)), rng.standard_normal((2, 5, 6)), rng)


@pytest.mark.parametrize(("operation", "keras_layer"), [(heads, "MultiHeadAttention"), (groups, "GroupQueryAttention")])
def test_without_biases_as_in_keras(operation, keras_layer, rng, keras):
    layer, x = shaken(operation(rng, use_bias=False), rng), keras.Input((5, 6))
    sizes = (2, 4) if keras_layer == "MultiHeadAttention" else (4, 4, 2)
    twin = keras.Model(x, getattr(keras.layers, keras_layer)(*sizes, use_bias=False)(x, x))
    check_keras(layer, twin, rng.standard_normal((2, 5, 6)), rng)


# --- rows without a key


@pytest.mark.parametrize("kind", ["mask", "bias"])
def test_a_query_without_a_key_gets_zeros(kind, rng):
    q, k, v = rng.standard_normal((3, 2, 3, 4))
    mask = np.array([[False] * 3, [True, False, True], [True] * 3])
    masked = {"mask": mask} if kind == "mask" else {"bias": np.where(mask, 0, -np.inf)}
    with np.errstate(all="raise"):
        y, weights = attention(q, k, v, **masked)
        gradients = attention_backward(np.ones_like(y), q, k, v, weights)
    assert (weights[:, 0] == 0).all()
    assert (y[:, 0] == 0).all()
    np.testing.assert_allclose(weights[:, 1:].sum(axis=-1), 1)
    for array, gradient in zip((q, k, v), gradients, strict=True):
        numeric = numeric_gradient(lambda: attention(q, k, v, **masked)[0].sum(), array)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-8)
    assert (gradients[0][:, 0] == 0).all()


def test_no_key_at_all_is_a_row_without_a_key():
    y, weights = attention(np.ones((2, 4)), np.ones((0, 4)), np.ones((0, 3)))
    assert y.tolist() == [[0, 0, 0]] * 2
    assert weights.shape == (2, 0)


def test_nan_is_not_hidden():
    weights = attention_weights(np.array([[np.nan, -np.inf], [0.0, 0.0]]))
    assert np.isnan(weights[0]).all()
    assert weights[1].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("build", "keras_layer", "sizes"),
    [
        (heads, "MultiHeadAttention", (2, 4)),
        (groups, "GroupQueryAttention", (4, 4, 2)),
    ],
)
def test_left_padding_with_a_causal_mask_as_keras_has_it(build, keras_layer, sizes, rng, keras):
    """The first rows see nothing: what comes out is the last bias, and no gradient goes in.

    Asked for the scores, Keras' layers have these zeros; in its fused operation TensorFlow takes the mean of all.
    """
    mask, kept = LEFT[:, None], shaken(build(rng, causal=True), rng)
    layer = Parts(lambda x: kept.forward(x, mask=mask), lambda dy: [kept.backward(dy)], [(5, 6)], [kept])
    x = keras.Input((30,))
    z = keras.layers.Reshape((5, 6))(x)
    twin = getattr(keras.layers, keras_layer)(*sizes)
    both = keras.ops.convert_to_tensor(mask & causal_mask(5))
    model = keras.Model(x, twin(z, z, attention_mask=both, return_attention_scores=True)[0])
    check_keras(layer, model, rng.standard_normal((2, 30)), rng)
    check_numeric(layer, rng.standard_normal((2, 30)), rng)
    np.testing.assert_array_equal(layer.forward(np.ones((2, 30)))[0, 0], kept.layers[3].params["bias"])


@witness("keras", attention_weights)
def test_weights_are_those_of_keras(rng, keras):
    scores, mask = 100 * rng.standard_normal((3, 4, 5)), rng.random((3, 4, 5)) < 0.5
    mask[0, 0] = True
    ours, softmax = attention_weights(scores, mask), keras.layers.Softmax()
    seen = mask.any(axis=-1)
    np.testing.assert_allclose(ours[seen], softmax(scores, mask=mask).numpy()[seen], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(attention_weights(scores), softmax(scores), rtol=1e-9, atol=1e-12)


@witness("hypothesis", attention_weights)
@patient
@given(st.lists(st.integers(0, 3), max_size=2), st.integers(0, 4), st.integers(0, 4), SEEDS)
def test_weights_row_by_row(leading, queries, keys, seed):
    rng = np.random.default_rng(seed)
    scores = rng.choice([-np.inf, -1e4, 0.0, 1.0, 700.0], (*leading, queries, keys))
    mask = rng.random(scores.shape) < 0.6
    weights = attention_weights(scores, mask)
    assert weights.shape == scores.shape
    for i in np.ndindex(*scores.shape[:-1]):
        seen = np.where(mask[i], scores[i], -np.inf).tolist()
        top = max(seen, default=-np.inf)
        powers = [np.exp(s - top) if top > -np.inf else 0.0 for s in seen]
        np.testing.assert_allclose(weights[i], [p / (sum(powers) or 1) for p in powers], rtol=1e-12)


# --- masks, positions, types


@witness("keras", sliding_window_mask)
def test_sliding_window_is_a_band_in_keras(keras):
    """What is not further back than the window: the lower triangle without the one below it."""
    ones = keras.ops.ones((6, 6))
    band = keras.ops.tril(ones) - keras.ops.tril(ones, k=-3)
    assert (sliding_window_mask(6, 3) == (np.array(band) == 1)).all()


@witness("hypothesis", sliding_window_mask)
@patient
@given(st.integers(0, 9), st.integers(1, 12), st.data())
def test_sliding_window_entry_by_entry(length, window, data):
    start = data.draw(st.integers(0, length))
    expected = [[query - window < key <= query for key in range(length)] for query in range(start, length)]
    assert sliding_window_mask(length, window, start).tolist() == expected


@patient
@given(
    st.integers(2, 6), st.sampled_from([None, 1, 2, 9]), st.sampled_from([None, "rotary", "alibi"]), st.data(), SEEDS
)
def test_past_continues_with_every_option(time, window, positions, data, seed):
    rng = np.random.default_rng(seed)
    layer = shaken(groups(rng, causal=True, window=window, positions=positions), rng)
    x, past = rng.standard_normal((2, time, 6)), {}
    cuts = sorted(data.draw(st.sets(st.integers(1, time - 1))))
    pieces = [layer.forward(piece, past=past) for piece in np.split(x, cuts, axis=1)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), layer.forward(x), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("positions", ["rotary", "alibi"])
def test_only_distances_count(positions, rng):
    """All positions moved on by 7: the same, also where each sequence has its own; the order reversed: not the same."""
    layer, x = shaken(heads(rng, positions=positions), rng), rng.standard_normal((2, 5, 6))
    places = np.array([np.arange(5) + 7, np.arange(5)])
    np.testing.assert_allclose(layer.forward(x, positions=places), layer.forward(x), rtol=1e-9)
    assert not np.allclose(layer.forward(x[:, ::-1])[:, ::-1], layer.forward(x)) or positions == "alibi"
    assert not np.allclose(layer.forward(x[:, [1, 0, 2, 3, 4]])[:, 4], layer.forward(x)[:, 4])


@pytest.mark.parametrize("kind", ["uint8", "uint64", "int8", "bool", "float32", "float16"])
def test_whole_numbers_and_narrow_floats(kind, rng):
    q, k, v = (rng.integers(0, 20, (2, 3, 4)).astype(kind) for _ in range(3))
    wide = [a.astype(float) for a in (q, k, v)]
    rtol = {"float16": 5e-3, "float32": 1e-5}.get(kind, 1e-12)
    for ours, exact in zip(attention(q, k, v), attention(*wide), strict=True):
        assert np.issubdtype(ours.dtype, np.floating)
        np.testing.assert_allclose(ours, exact, rtol=rtol, atol=rtol)
    weights = attention(*wide)[1]
    for ours, exact in zip(
        attention_backward(v, q, k, v, weights), attention_backward(wide[2], *wide, weights), strict=True
    ):
        np.testing.assert_allclose(ours, exact, rtol=rtol, atol=20 * rtol)
    np.testing.assert_allclose(rotary(q, np.arange(3, dtype="uint8")), rotary(wide[0], np.arange(3)), rtol=rtol)
    layer = heads(rng)
    x = rng.integers(0, 200, (2, 3, 6)).astype(kind)
    np.testing.assert_allclose(layer.forward(x), layer.forward(x.astype(float)), rtol=1e-9)
    scores = rng.integers(0, 100, (3, 4)).astype(kind)
    np.testing.assert_allclose(attention_weights(scores), attention_weights(scores.astype(float)), rtol=rtol, atol=rtol)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda rng: heads(rng, window=2), "window must be None unless attention is causal"),
        (lambda rng: heads(rng, causal=True, window=0).forward(np.ones((1, 2, 6))), "window must be a whole number"),
        (lambda rng: heads(rng, positions="learned"), "positions must be one of rotary, alibi; got 'learned'"),
        (lambda rng: MultiHeadAttention(6, 2, 3, rng, positions="rotary"), "width must be even .* got 3"),
        (
            lambda rng: heads(rng, positions="alibi").forward(np.ones((1, 2, 6)), memory=np.ones((1, 2, 6))),
            "memory must be None where attention is causal",
        ),
        (
            lambda rng: heads(rng, positions="alibi").forward(np.ones((1, 2, 6)), positions=np.arange(2)),
            r"positions must have the shape \(1, 2\), got \(2,\)",
        ),
        (lambda rng: causal_mask(2.5), "length must be a whole number from 0 up, got 2.5"),
        (lambda rng: sliding_window_mask(3, 0), "window must be a whole number from 1 up, got 0"),
        (lambda rng: heads(rng).backward(np.ones((1, 2, 6))), "backward needs a forward before it"),
        (lambda rng: attention(np.ones((1, 2)), np.ones((2, 2)), np.ones((2, 2)), mask=[[1, 0]]), "True and False"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


def test_backward_takes_only_what_forward_gave(rng):
    for layer in (heads(rng), groups(rng)):
        layer.forward(np.ones((2, 3, 6)))
        for wrong in ((1, 3, 6), (2, 3, 1), (3, 6), ()):
            with pytest.raises(ValueError, match="dy must have the shape of what forward returned"):
                layer.backward(np.ones(wrong))
    einsum = layer.layers[0]
    with pytest.raises(ValueError, match="dy must have the shape of what forward returned"):
        einsum.backward(np.ones((2, 3, 4, 1)))

"""Positional encodings before three witnesses; where Keras has none, the papers' equations, entry by entry."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.attention import attention, causal_mask
from course_lib.layers import Layer
from course_lib.positions import PositionEmbedding, alibi, alibi_between, rotary, rotary_backward, sinusoidal
from tests.witness import check_keras, check_numeric, shaken, without, witness

pytestmark = [
    *without(["numeric"], "it takes sizes or places, which have no slope", sinusoidal, alibi, alibi_between),
    *without(
        ["keras"],
        "Keras has none; compared with the paper's equation",
        sinusoidal,
        rotary,
        rotary_backward,
        alibi,
        alibi_between,
    ),
]

SEEDS = st.integers(0, 2**32 - 1)
# A first call, or a busy machine, may take longer than Hypothesis' 200 ms.
patient = settings(deadline=None)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


class Rotary(Layer):
    """rotary as a layer, so that it can be checked like one."""

    def __init__(self, positions, base):
        super().__init__()
        self.positions, self.base = positions, base

    def forward(self, x, training=False):
        return rotary(x, self.positions, self.base)

    def backward(self, dy):
        return rotary_backward(dy, self.positions, self.base)


class Started(Layer):
    """A PositionEmbedding that begins later."""

    def __init__(self, layer, start):
        super().__init__([layer])
        self.start = start

    def forward(self, x, training=False):
        return self.layers[0].forward(x, training, start=self.start)

    def backward(self, dy):
        return self.layers[0].backward(dy)


def learned_twin(keras, start):
    x = keras.Input((5, 4))
    # Zeros times x's shape: a layer of a Keras model is called on what comes from its inputs, not on a constant.
    positions = keras.ops.zeros_like(x[..., 0], dtype="int32") + keras.ops.arange(start, start + 5, dtype="int32")
    return keras.Model(x, x + keras.layers.Embedding(9, 4)(positions))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        pytest.param(
            lambda rng: PositionEmbedding(9, 4, rng),
            (2, 5, 4),
            marks=witness("numeric", PositionEmbedding),
            id="learned",
        ),
        pytest.param(lambda rng: Started(PositionEmbedding(9, 4, rng), 3), (2, 5, 4), id="learned-from-3"),
        pytest.param(
            lambda rng: Rotary(np.arange(5), 10_000),
            (2, 3, 5, 4),
            marks=witness("numeric", rotary, rotary_backward),
            id="rotary",
        ),
        pytest.param(lambda rng: Rotary(np.array([7, 0, 7]), 100), (3, 6), id="rotary-any-positions"),
    ],
)
def test_gradients_equal_brute_force(layer, shape, rng):
    check_numeric(shaken(layer(rng), rng), rng.standard_normal(shape), rng)


@witness("keras", PositionEmbedding)
@pytest.mark.parametrize("start", [0, 4])
def test_learned_equals_keras(start, rng, keras):
    layer = shaken(Started(PositionEmbedding(9, 4, rng), start), rng)
    check_keras(layer, learned_twin(keras, start), rng.standard_normal((2, 5, 4)), rng)


@witness("hypothesis", sinusoidal)
@patient
@given(st.integers(0, 12), st.integers(1, 5), st.sampled_from([10_000, 2, 100.0]))
def test_sinusoidal_entry_by_entry(length, half, base):
    """Vaswani et al., 2017, section 3.5."""
    width = 2 * half
    table = sinusoidal(length, width, base)
    assert table.shape == (length, width)
    for p in range(length):
        for i in range(half):
            angle = p / base ** (2 * i / width)
            assert table[p, 2 * i] == pytest.approx(math.sin(angle), abs=1e-12)
            assert table[p, 2 * i + 1] == pytest.approx(math.cos(angle), abs=1e-12)


@witness("hypothesis", PositionEmbedding)
@patient
@given(st.integers(1, 3), st.integers(1, 6), st.integers(0, 3), st.sampled_from([0.0, 1.0, 1e3]), SEEDS)
def test_learned_adds_a_row_and_sums_its_gradient(batch, time, start, scale, seed):
    rng = np.random.default_rng(seed)
    layer = PositionEmbedding(start + time, 3, rng)
    x, dy = scale * rng.standard_normal((batch, time, 3)), rng.standard_normal((batch, time, 3))
    y = layer.forward(x, start=start)
    for b, t in np.ndindex(batch, time):
        assert (y[b, t] == x[b, t] + layer.params["embeddings"][start + t]).all()
    assert (layer.backward(dy) == dy).all()
    assert (layer.grads["embeddings"][:start] == 0).all()
    np.testing.assert_allclose(layer.grads["embeddings"][start:], sum(dy), atol=1e-12)


@witness("hypothesis", rotary, rotary_backward)
@patient
@given(
    st.integers(1, 3),
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=4),
    st.integers(1, 4),
    st.sampled_from([0.0, 1.0, 1e3]),
    SEEDS,
)
def test_rotary_is_the_matrix_of_the_paper(batch, positions, half, scale, seed):
    """Su et al., 2021, equation 15: for each position a matrix of rotations along the diagonal."""
    rng, width = np.random.default_rng(seed), 2 * half
    x, dy = scale * rng.standard_normal((batch, len(positions), width)), rng.standard_normal(width)
    y = rotary(x, np.array(positions))
    back = rotary_backward(np.tile(dy, (len(positions), 1)), np.array(positions))
    for row, m in enumerate(positions):
        matrix = np.zeros((width, width))
        for i in range(half):
            angle = m * 10_000 ** (-2 * i / width)
            cos, sin = math.cos(angle), math.sin(angle)
            matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[cos, -sin], [sin, cos]]
        np.testing.assert_allclose(y[:, row], x[:, row] @ matrix.T, atol=1e-11 * (1 + scale))
        np.testing.assert_allclose(back[row], matrix.T @ dy, atol=1e-11)
    np.testing.assert_allclose(np.linalg.norm(y, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-12)


@patient
@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 1000), SEEDS)
def test_turned_queries_and_keys_know_only_their_distance(m, n, shift, seed):
    q, k = np.random.default_rng(seed).standard_normal((2, 1, 6))

    def score(m, n):
        return (rotary(q, [m]) @ rotary(k, [n]).T).item()

    assert score(m, n) == pytest.approx(score(m + shift, n + shift), abs=1e-9)


@witness("hypothesis", alibi)
@patient
@given(st.integers(1, 12), st.integers(0, 6), st.integers(0, 4))
def test_alibi_entry_by_entry(num_heads, queries, more):
    """Press et al., 2022, section 3: slopes that start at 2^(-8/n) and have that for their ratio."""
    biases, start = alibi(num_heads, queries, queries + more), 2 ** (-8 / num_heads)
    assert biases.shape == (num_heads, queries, queries + more)
    for h, i, j in np.ndindex(*biases.shape):
        assert biases[h, i, j] == pytest.approx(-(start ** (h + 1)) * abs(i + more - j), rel=1e-12)


@witness("hypothesis", alibi_between)
@patient
@given(st.integers(1, 5), st.integers(0, 3), st.integers(0, 4), st.integers(0, 4), SEEDS)
def test_alibi_between_any_places(num_heads, batch, queries, keys, seed):
    rng = np.random.default_rng(seed)
    asks, answers = rng.integers(0, 9, (batch, queries)), rng.integers(0, 9, (batch, keys)).astype(np.uint8)
    biases = alibi_between(num_heads, asks, answers)
    assert biases.shape == (batch, num_heads, queries, keys)
    for b, h, i, j in np.ndindex(*biases.shape):
        wanted = -(2 ** (-8 * (h + 1) / num_heads)) * abs(int(asks[b, i]) - int(answers[b, j]))
        assert biases[b, h, i, j] == pytest.approx(wanted, rel=1e-12)


def test_each_sequence_has_its_own_positions(rng):
    """As it would alone: learned and rotary, the latter with an axis of heads between."""
    places, x = np.array([[0, 0, 1], [4, 5, 6]]), rng.standard_normal((2, 3, 4))
    layer = PositionEmbedding(7, 4, rng)
    y, dy = layer.forward(x, positions=places), rng.standard_normal(x.shape)
    assert (y == x + layer.params["embeddings"][places]).all()
    layer.backward(dy)
    for row, taken in enumerate(layer.grads["embeddings"]):
        np.testing.assert_allclose(taken, dy[places == row].sum(axis=0), atol=1e-12)
    heads = rng.standard_normal((2, 5, 3, 4))
    turned = rotary(heads, places[:, None])
    for one, its_places, its_turned in zip(heads, places, turned, strict=True):
        np.testing.assert_array_equal(rotary(one, its_places), its_turned)


def test_places_without_a_sign_are_turned_back_too(rng):
    x = rng.integers(0, 200, (3, 4)).astype(np.uint8)
    back = rotary_backward(rotary(x, np.arange(3, dtype=np.uint8)), np.arange(3, dtype=np.uint8))
    np.testing.assert_allclose(back, x, rtol=1e-12, atol=1e-10)


def test_alibi_of_eight_heads_are_the_papers_slopes():
    assert alibi(8, 2)[:, 1, 0].tolist() == [-(2.0**-power) for power in range(1, 9)]


def test_alibi_goes_into_attention(rng):
    """Equal keys: the weights fall with the distance by the factor e^-m a step."""
    x = np.ones((2, 4, 3))
    _, weights = attention(x, x, x, causal_mask(4), alibi(2, 4))
    np.testing.assert_allclose(weights[:, 3, 2] / weights[:, 3, 3], np.exp([-(2.0**-4), -(2.0**-8)]), rtol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda rng: sinusoidal(2.5, 4), "length must be a whole number from 0 up, got 2.5"),
        (lambda rng: sinusoidal(3, 5), "width must be even, 2 or more.*got 5"),
        (lambda rng: sinusoidal(3, 0), "width must be even, 2 or more.*got 0"),
        (lambda rng: sinusoidal(3, 4, base=-1), "base must be a number above 0, got -1"),
        (lambda rng: rotary(np.ones((2, 3)), np.arange(2)), "width must be even, 2 or more.*got 3"),
        (lambda rng: rotary(np.ones((2, 4)), np.arange(1)), r"positions must have the shape \(2,\), got \(1,\)"),
        (
            lambda rng: rotary_backward(np.ones((2, 4)), np.arange(3)),
            r"positions must have the shape \(2,\), got \(3,\)",
        ),
        (
            lambda rng: rotary(np.ones((2, 2, 4)), np.ones((3, 2))),
            r"positions must have the shape \(2, 2\), got \(3, 2\)",
        ),
        (
            lambda rng: PositionEmbedding(3, 2, rng).forward(np.ones((1, 2, 2)), positions=np.array([[0, 3]])),
            "positions must hold whole numbers from 0 to 2, got 3",
        ),
        (lambda rng: alibi(0, 3), "num_heads must be a whole number from 1 up, got 0"),
        (lambda rng: alibi(2, 3, 2), "keys must be a whole number from 3 up, got 2"),
        (
            lambda rng: PositionEmbedding(3, 2, rng).forward(np.ones((1, 4, 2))),
            "within 3 positions, got 4 from position 0",
        ),
        (
            lambda rng: PositionEmbedding(3, 2, rng).forward(np.ones((1, 1, 2)), start=-1),
            "within 3 positions, got 1 from position -1",
        ),
        (
            lambda rng: PositionEmbedding(3, 2, rng).forward(np.ones((1, 3, 1))),
            r"x must have the shape \(\.\.\., time, 2\), got \(1, 3, 1\)",
        ),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


def test_inputs_are_left_alone(rng):
    x, positions = rng.standard_normal((2, 3, 4)), np.arange(3)
    before = x.copy()
    rotary_backward(rotary(x, positions), positions)
    layer = PositionEmbedding(3, 4, rng)
    layer.backward(layer.forward(x))
    assert (x == before).all()
    assert positions.tolist() == [0, 1, 2]

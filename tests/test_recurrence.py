"""Recurrent layers, before three witnesses: with and without padding, a first state, all outputs, the last state."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.layers import Sequential
from course_lib.recurrence import GRU, LSTM, Bidirectional, SimpleRNN
from course_lib.through_time import Recurrent, checked_mask, over_steps
from tests.witness import KINDS, check_keras, check_numeric, shaken, without, witness

pytestmark = [
    *without(KINDS, "it is the loop of the three that inherit from it, which are witnessed", Recurrent),
    *without(KINDS, "the layers that use it are witnessed", checked_mask, over_steps),
]

CELLS = [SimpleRNN, LSTM, GRU]
# Padding in the middle, at the end, at the start, everywhere, and none.
MASK = np.array([[1, 0, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def both_ways(cell, rng, **returns):
    return Bidirectional(cell(3, 2, rng, **returns), cell(3, 2, rng, **returns))


def single(cell, rng, **returns):
    return cell(3, 2, rng, **returns)


def twin_of(keras, cell, make, **returns):
    layer = getattr(keras.layers, cell.__name__)(2, **returns)
    return layer if make is single else keras.layers.Bidirectional(layer)


def number_of_states(cell, make):
    return cell.states * (1 if make is single else 2)


# what is witnessed, its cell, how it is made
MAKES = [*((cell, cell, single) for cell in CELLS), *((Bidirectional, cell, both_ways) for cell in CELLS)]
FORMS = [{}, {"return_sequences": True}, {"return_state": True}, {"return_sequences": True, "return_state": True}]


def table(kind):
    """Every cell, one way and both, in every form of output, with and without a first state and padding."""
    return [
        pytest.param(
            cell,
            make,
            form,
            extra,
            marks=witness(kind, operation),
            id=f"{operation.__name__}-{cell.__name__}-{'-'.join(form) or 'last'}-{'padded' * extra}",
        )
        for operation, cell, make in MAKES
        for form in FORMS
        for extra in (False, True)
    ]


def example(cell, make, extra, rng):
    """x, and what else forward takes."""
    x = rng.standard_normal((len(MASK), MASK.shape[1], 3))
    state = [rng.standard_normal((len(MASK), 2)) for _ in range(number_of_states(cell, make))]
    return x, {"initial_state": state, "mask": MASK} if extra else {}


def in_parts(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def in_form(parts):
    return tuple(parts) if len(parts) > 1 else parts[0]


@pytest.mark.parametrize(("cell", "make", "form", "extra"), table("numeric"))
def test_gradients_equal_brute_force(cell, make, form, extra, rng):
    layer = shaken(make(cell, rng, **form), rng)
    x, options = example(cell, make, extra, rng)
    dys = [rng.standard_normal(y.shape) for y in in_parts(layer.forward(x, True, **options))]

    def loss():
        return sum(np.sum(dy * y) for dy, y in zip(dys, in_parts(layer.forward(x, True, **options)), strict=True))

    dx = layer.backward(in_form(dys))
    ours = [dx, *layer.gradients(), *layer.d_initial_state[: len(options.get("initial_state", []))]]
    for p, grad in zip([x, *layer.parameters(), *options.get("initial_state", [])], ours, strict=True):
        np.testing.assert_allclose(grad, numeric_gradient(loss, p), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("cell", "make", "form", "extra"), table("keras"))
def test_equals_keras(cell, make, form, extra, rng, keras):
    import tensorflow as tf

    layer, twin = shaken(make(cell, rng, **form), rng), twin_of(keras, cell, make, **form)
    x, options = example(cell, make, extra, rng)
    twin.build(x.shape)
    for variable, p in zip(twin.trainable_variables, layer.parameters(), strict=True):
        variable.assign(p)
    inputs, theirs = tf.constant(x), {name: tf.nest.map_structure(tf.constant, v) for name, v in options.items()}
    state = theirs.get("initial_state", [])
    with tf.GradientTape() as tape:
        tape.watch([inputs, *state])
        ys = in_parts(twin(inputs, training=True, **theirs))
        dys = [rng.standard_normal(y.shape) for y in ys]
        loss = sum(tf.reduce_sum(dy * y) for dy, y in zip(dys, ys, strict=True))
    grads = tape.gradient(loss, [inputs, *twin.trainable_variables, *state])
    our_ys = in_parts(layer.forward(x, True, **options))
    our_grads = [layer.backward(in_form(dys)), *layer.gradients(), *layer.d_initial_state[: len(state)]]
    for our, their in zip(our_ys + our_grads, ys + grads, strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-9, atol=1e-12)


def stack_of_two(rng):
    return Sequential(LSTM(3, 4, rng, return_sequences=True), GRU(4, 2, rng))


def test_stacked_layers(rng, keras):
    twin = keras.Sequential([keras.layers.LSTM(4, return_sequences=True), keras.layers.GRU(2)])
    check_keras(shaken(stack_of_two(rng), rng), twin, rng.standard_normal((2, 5, 3)), rng)
    check_numeric(shaken(stack_of_two(rng), rng), rng.standard_normal((2, 5, 3)), rng)


@pytest.mark.parametrize("cell", CELLS)
def test_starts_as_keras_does(cell, rng, keras):
    """Shapes, order and biases are Keras'; the recurrent kernel's rows stand at right angles, length 1."""
    twin = getattr(keras.layers, cell.__name__)(4)
    twin.build((1, 1, 3))
    layer = cell(3, 4, rng)
    assert list(layer.params) == [v.name for v in twin.trainable_variables]
    assert [p.shape for p in layer.parameters()] == [tuple(v.shape) for v in twin.trainable_variables]
    np.testing.assert_array_equal(layer.params["bias"], twin.trainable_variables[2])
    U = layer.params["recurrent_kernel"]
    np.testing.assert_allclose(U @ U.T, np.eye(4), atol=1e-12)
    assert np.abs(layer.params["kernel"]).max() <= np.sqrt(6 / (3 + U.shape[1]))


# --- any shape and size


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


# One example, one step, one gate after another, as in the equations: (x, state, weights, units) to the next state.
def simple_rnn_step(x, state, weights, n):
    W, U, b = weights
    return [np.tanh(W.T @ x + U.T @ state[0] + b)]


def lstm_step(x, state, weights, n):
    W, U, b = weights
    i, f, g, o = (W[:, k : k + n].T @ x + U[:, k : k + n].T @ state[0] + b[k : k + n] for k in range(0, 4 * n, n))
    c = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(c), c]


def gru_step(x, state, weights, n):
    W, U, b = weights
    (xz, hz), (xr, hr), (xg, hg) = (
        (W[:, k : k + n].T @ x + b[0, k : k + n], U[:, k : k + n].T @ state[0] + b[1, k : k + n])
        for k in range(0, 3 * n, n)
    )
    z = sigmoid(xz + hz)
    return [z * state[0] + (1 - z) * np.tanh(xg + sigmoid(xr + hr) * hg)]


STEPS = {SimpleRNN: simple_rnn_step, LSTM: lstm_step, GRU: gru_step}
sizes = st.integers(1, 4)
scales = st.sampled_from([0.0, 1.0, 1e3])


def one_by_one(layer, x, mask, state):
    """(outputs, last state) of one example: padding changes nothing, and before the first real step y is 0."""
    y, ys = np.zeros(len(layer.params["recurrent_kernel"])), []
    for x_t, real in zip(x, mask, strict=True):
        if real:
            state = STEPS[type(layer)](x_t, state, layer.parameters(), len(y))
            y = state[0]
        ys.append(y)
    return np.array(ys), state


@witness("hypothesis", SimpleRNN, LSTM, GRU, Bidirectional)
@given(st.sampled_from(CELLS), sizes, sizes, sizes, sizes, scales, st.integers(0, 2**32 - 1))
def test_any_shape_and_size(cell, batch, time, inputs, units, scale, seed):
    """Each example alone, step by step, gate by gate, gives the same; nothing overflows; gradients fit."""
    rng = np.random.default_rng(seed)
    x, mask = scale * rng.standard_normal((batch, time, inputs)), rng.random((batch, time)) < 0.7
    layers = [shaken(cell(inputs, units, rng, return_sequences=True, return_state=True), rng) for _ in range(2)]
    first = [rng.standard_normal((batch, units)) for _ in range(2 * cell.states)]
    both = Bidirectional(*layers)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        alone, *_ = layers[0].forward(x, initial_state=first[: cell.states], mask=mask)
        y, *states = both.forward(x, initial_state=first, mask=mask)
        dx = both.backward((np.ones_like(y), *map(np.ones_like, states)))
    n = cell.states
    for b in range(batch):
        there, state = one_by_one(layers[0], x[b], mask[b], [s[b] for s in first[:n]])
        back, state_back = one_by_one(layers[1], x[b, ::-1], mask[b, ::-1], [s[b] for s in first[n:]])
        np.testing.assert_allclose(alone[b], there, rtol=1e-9, atol=1e-12)
        shown = np.hstack([there, back[::-1]]) * mask[b][:, None]
        np.testing.assert_allclose(y[b], shown, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose([s[b] for s in states], [*state, *state_back], rtol=1e-9, atol=1e-12)
    assert dx.shape == x.shape
    assert (dx[~mask] == 0).all()
    assert [g.shape for g in both.gradients()] == [p.shape for p in both.parameters()]


@pytest.mark.parametrize("cell", CELLS)
def test_padding_after_a_sequence_changes_nothing(cell, rng):
    """Not even where the padding is huge."""
    layer, x = cell(3, 2, rng), rng.standard_normal((2, 4, 3))
    padded = np.concatenate([x, np.full((2, 3, 3), 1e300)], axis=1)
    mask = np.arange(7) < np.array([[4], [4]])
    np.testing.assert_array_equal(layer.forward(padded, mask=mask), layer.forward(x))


@pytest.mark.parametrize("cell", CELLS)
def test_a_state_handed_on_joins_two_halves(cell, rng):
    whole = cell(3, 2, rng, return_state=True)
    x = rng.standard_normal((2, 6, 3))
    _, *middle = whole.forward(x[:, :2])
    for one, two in zip(whole.forward(x[:, 2:], initial_state=middle), whole.forward(x), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12)


X = np.ones((2, 4, 3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda r: GRU(3, 2, r).forward(X[0]),
            r"x must have the shape \(batch, time, 3\) and not be empty, got \(4, 3\)",
        ),
        (
            lambda r: GRU(2, 2, r).forward(X),
            r"x must have the shape \(batch, time, 2\) and not be empty, got \(2, 4, 3\)",
        ),
        (
            lambda r: GRU(3, 2, r).forward(X[:, :0]),
            r"x must have the shape \(batch, time, 3\) and not be empty, got \(2, 0, 3\)",
        ),
        (
            lambda r: GRU(3, 2, r).forward(X[:0]),
            r"x must have the shape \(batch, time, 3\) and not be empty, got \(0, 4, 3\)",
        ),
        (lambda r: GRU(3, 2, r).forward(X, initial_state=np.ones((2, 2))), r"initial_state must be a list.*\(2, 2\)"),
        (lambda r: LSTM(3, 2, r).forward(X, initial_state=[np.ones((2, 2))]), "initial_state must be a list"),
        (lambda r: GRU(3, 2, r).forward(X, initial_state=[np.ones((1, 2))]), r"got \[\(1, 2\)\]"),
        (lambda r: GRU(3, 2, r).forward(X, mask=np.ones((2, 4))), "mask must hold True and False.*got float64"),
        (lambda r: GRU(3, 2, r).forward(X, mask=np.ones(4, bool)), r"mask must have the shape \(2, 4\), got \(4,\)"),
        (
            lambda r: GRU(3, 2, r).forward(X, mask=np.ones((2, 1), bool)),
            r"mask must have the shape \(2, 4\), got \(2, 1\)",
        ),
        (lambda r: GRU(3, 0, r), "units must be a whole number from 1 up, got 0"),
        (lambda r: Bidirectional(GRU(3, 2, r), GRU(3, 2, r, return_state=True)), "two layers that return the same"),
        (lambda r: Bidirectional(*[GRU(3, 2, r)] * 2), "must be two layers"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence, rng):
    with pytest.raises(ValueError, match=sentence):
        wrong(rng)


@pytest.mark.parametrize(("operation", "cell", "make"), MAKES)
def test_inputs_are_left_alone(operation, cell, make, rng):
    layer = make(cell, rng, return_state=True)
    x, options = example(cell, make, True, rng)
    dys = [np.ones_like(y) for y in layer.forward(x, **options)]
    given_ = [x, options["mask"], *options["initial_state"], *dys, *layer.parameters()]
    before = [a.copy() for a in given_]
    layer.forward(x, **options)
    layer.backward(tuple(dys))
    for a, b in zip(given_, before, strict=True):
        np.testing.assert_array_equal(a, b)

"""Recurrent layers without biases, and the GRU whose reset gate comes before the matrix; whole numbers; wrong dy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradients import numeric_gradient
from course_lib.recurrence import GRU, LSTM, Bidirectional, SimpleRNN
from tests.witness import shaken

MASK = np.array([[1, 0, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)
BEFORE = {"reset_after": False}
BARE = {"use_bias": False}
CASES = [(SimpleRNN, BARE), (LSTM, BARE), (GRU, BARE), (GRU, BEFORE), (GRU, BARE | BEFORE)]


def passes(layer, x, state, dy):
    """y, and the gradients of x, of the weights and of the first state."""
    y = layer.forward(x, True, initial_state=state, mask=MASK)
    return [y, layer.backward(dy), *layer.gradients(), *layer.d_initial_state]


@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize(("cell", "options"), CASES)
def test_equals_keras_and_brute_force(cell, options, both_ways, rng, keras):
    import tensorflow as tf

    def ours():
        return cell(3, 2, rng, return_sequences=True, **options)

    twin = getattr(keras.layers, cell.__name__)(2, return_sequences=True, **options)
    layer, twin = (Bidirectional(ours(), ours()), keras.layers.Bidirectional(twin)) if both_ways else (ours(), twin)
    shaken(layer, rng)
    x = rng.standard_normal((*MASK.shape, 3))
    state = [rng.standard_normal((len(x), 2)) for _ in range(cell.states * (1 + both_ways))]
    dy = rng.standard_normal((*MASK.shape, 2 * (1 + both_ways)))
    y, *grads = passes(layer, x, state, dy)

    def loss():
        return np.sum(dy * layer.forward(x, True, initial_state=state, mask=MASK))

    for p, grad in zip([x, *layer.parameters(), *state], grads, strict=True):
        np.testing.assert_allclose(grad, numeric_gradient(loss, p), rtol=1e-5, atol=1e-7)

    twin.build(x.shape)
    for variable, p in zip(twin.trainable_variables, layer.parameters(), strict=True):
        variable.assign(p)
    inputs, first = tf.constant(x), [tf.constant(s) for s in state]
    with tf.GradientTape() as tape:
        tape.watch([inputs, *first])
        theirs = twin(inputs, initial_state=first, mask=tf.constant(MASK))
        total = tf.reduce_sum(dy * theirs)
    np.testing.assert_allclose(y, theirs, rtol=1e-9, atol=1e-12)
    for grad, their in zip(grads, tape.gradient(total, [inputs, *twin.trainable_variables, *first]), strict=True):
        np.testing.assert_allclose(grad, their, rtol=1e-9, atol=1e-12)


@given(*[st.integers(1, 3)] * 4, st.sampled_from([0.0, 1.0, 1e3, -1e6]), st.booleans(), st.integers(0, 2**32 - 1))
def test_reset_before_step_by_step(batch, time, inputs, units, scale, use_bias, seed):
    """Cho et al., 2014, equations 5 to 8, one example and one step after another; nothing overflows."""
    rng = np.random.default_rng(seed)
    layer = shaken(GRU(inputs, units, rng, True, use_bias=use_bias, reset_after=False), rng)
    x, n = scale * rng.standard_normal((batch, time, inputs)), units
    W, U, b = layer.params["kernel"], layer.params["recurrent_kernel"], layer.params.get("bias", np.zeros(3 * units))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = layer.forward(x)
        assert layer.backward(np.ones_like(y)).shape == x.shape
    for example, outputs in zip(x, y, strict=True):
        h = np.zeros(n)
        for x_t, y_t in zip(example, outputs, strict=True):
            z, r = (0.5 + 0.5 * np.tanh((x_t @ W + h @ U + b)[i * n : (i + 1) * n] / 2) for i in (0, 1))
            g = np.tanh(x_t @ W[:, 2 * n :] + (r * h) @ U[:, 2 * n :] + b[2 * n :])
            h = z * h + (1 - z) * g
            np.testing.assert_allclose(y_t, h, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(("cell", "options"), CASES)
def test_weights_have_keras_names_and_shapes(cell, options, rng, keras):
    twin, layer = getattr(keras.layers, cell.__name__)(4, **options), cell(3, 4, rng, **options)
    twin.build((1, 1, 3))
    assert list(layer.params) == [v.name for v in twin.trainable_variables]
    assert [p.shape for p in layer.parameters()] == [tuple(v.shape) for v in twin.trainable_variables]
    layer.backward(layer.forward(np.ones((2, 1, 3))))
    assert layer.grads.keys() == layer.params.keys()


@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
@pytest.mark.parametrize("kind", ["uint8", "int8", "bool", "float16", "float32"])
def test_whole_numbers_and_narrow_floats(cell, kind, rng):
    layer, x = cell(3, 2, rng), rng.integers(0, 99, (2, 4, 3)).astype(kind)
    state = [rng.integers(0, 9, (2, 2)).astype(kind) for _ in range(cell.states)]
    y = layer.forward(x, initial_state=state)
    dx, wide = layer.backward(np.ones_like(y)), [s.astype(float) for s in state]
    np.testing.assert_allclose(y, layer.forward(x.astype(float), initial_state=wide), rtol=1e-9)
    np.testing.assert_allclose(dx, layer.backward(np.ones_like(y)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
def test_backward_takes_only_what_forward_gave(cell, rng):
    layer, whole = cell(3, 2, rng), cell(3, 2, rng, return_state=True)
    both = Bidirectional(cell(3, 2, rng, True), cell(3, 2, rng, True))
    for each in (layer, whole, both):
        with pytest.raises(ValueError, match="backward needs a forward before it"):
            each.backward(np.ones((4, 2)))
        each.forward(np.ones((4, 5, 3)))
    for wrong in ((1, 2), (4, 1), (2,), ()):
        with pytest.raises(ValueError, match=r"dy must have the shape of what forward returned, \(4, 2\)"):
            layer.backward(np.ones(wrong))
        with pytest.raises(ValueError, match=r"dy must have the shape of what forward returned, \(4, 5, 4\)"):
            both.backward(np.ones(wrong))
    with pytest.raises(ValueError, match="dy must hold"):
        whole.backward(np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"dy\[1\] must have the shape of what forward returned, \(4, 2\)"):
        whole.backward([np.ones((4, 2)), *[np.ones((1, 2))] * cell.states])

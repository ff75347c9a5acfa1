"""The witnesses that every operation answers to: brute-force gradients, Keras in float64, and random shapes.

A test says which operation it witnesses by a mark: ``@witness("numeric", Dense)``, or in a table
``pytest.param(…, marks=witness("keras", Dense))``. What has fewer witnesses says why, once, at the top of its test
module: ``pytestmark = [*without(["numeric"], "it counts", fans)]``. ``test_witnesses.py`` fails for any gap.
"""

import numpy as np
import pytest

from course_lib.gradients import numeric_gradient

KINDS = ("numeric", "keras", "hypothesis")


def witness(kind, *operations):
    """A mark: this test is a witness of that kind for these functions or classes of ``course_lib``."""
    assert kind in KINDS, kind
    return pytest.mark.witness(kind, *map(name_of, operations))


def without(kinds, reason, *operations):
    """Marks for a module's ``pytestmark``: these operations have no witness of these kinds, for this reason."""
    assert reason.strip(), "a witness may only be missing for a reason"
    return [pytest.mark.without_witness(kind, reason, name_of(op)) for kind in kinds for op in operations]


def name_of(operation):
    return f"{operation.__module__}.{operation.__qualname__}"


def shaken(layer, rng):
    """The layer, with no parameter left at a special value such as 0 or 1."""
    for p in layer.parameters():
        p += 0.1 * rng.standard_normal(p.shape)
    return layer


def check_numeric(layer, x, rng, training=True, rtol=1e-5, atol=1e-7):
    """The layer's backward pass equals the brute-force gradient of a random projection of its output."""
    dy = rng.standard_normal(layer.forward(x, training).shape)

    def loss():
        return np.sum(dy * layer.forward(x, training))

    loss()
    dx, grads = layer.backward(dy), layer.gradients()
    if np.issubdtype(x.dtype, np.floating):
        np.testing.assert_allclose(dx, numeric_gradient(loss, x), rtol=rtol, atol=atol)
    for p, grad in zip(layer.parameters(), grads, strict=True):
        np.testing.assert_allclose(grad, numeric_gradient(loss, p), rtol=rtol, atol=atol)


def check_keras(layer, twin, x, rng, training=True, rtol=1e-9, atol=1e-12):
    """The layer and its Keras twin, given the same weights, agree on the output and on every gradient.

    twin: a Keras layer or model, called on x and, where it takes it, ``training``
    """
    import tensorflow as tf

    # The first call builds it.
    twin(x)
    for variable, p in zip(twin.trainable_variables, layer.parameters(), strict=True):
        variable.assign(p)
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = _call(twin, inputs, training)
        dy = rng.standard_normal(y.shape)
        loss = tf.reduce_sum(dy * y)
    dx, grads = tape.gradient(loss, [inputs, twin.trainable_variables])
    np.testing.assert_allclose(layer.forward(x, training), y, rtol=rtol, atol=atol)
    our_dx = layer.backward(dy)
    if dx is not None:
        np.testing.assert_allclose(our_dx, dx, rtol=rtol, atol=atol)
    for ours, theirs in zip(layer.gradients(), grads, strict=True):
        np.testing.assert_allclose(ours, tf.convert_to_tensor(theirs), rtol=rtol, atol=atol)


def _call(twin, x, training):
    """Layers without weights may not know of training."""
    try:
        return twin(x, training=training)
    except TypeError:
        return twin(x)

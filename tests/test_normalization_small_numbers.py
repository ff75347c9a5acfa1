"""Pictures come as whole numbers from 0 to 255: a normalization sees the numbers, not the bytes."""

import numpy as np
import pytest

from course_lib import normalization as n

LAYERS = {
    "batch": lambda: n.BatchNormalization(4),
    "layer": lambda: n.LayerNormalization(4),
    "group": lambda: n.GroupNormalization(4, 2),
    "rms": lambda: n.RMSNormalization(4),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint32, np.uint64, bool])
@pytest.mark.parametrize("name", LAYERS)
def test_whole_numbers_are_normalized_as_real_ones(name, dtype, training, rng):
    x = rng.integers(0, 127, (3, 5, 4)).astype(dtype)
    whole, real = LAYERS[name](), LAYERS[name]()
    np.testing.assert_allclose(whole.forward(x, training), real.forward(x.astype(float), training), rtol=1e-12)
    dy = rng.integers(0, 2, x.shape).astype(dtype)
    np.testing.assert_allclose(whole.backward(dy), real.backward(dy.astype(float)), rtol=1e-12, atol=1e-15)
    for ours, theirs in zip(whole.gradients(), real.gradients(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_bytes_have_their_root_mean_square(keras):
    x = np.uint8([[10, 100, 200]])
    ours = n.RMSNormalization(3).forward(x)
    np.testing.assert_allclose(ours, keras.layers.RMSNormalization(epsilon=1e-6)(x.astype("float32")), rtol=1e-6)
    assert n.rms(np.uint8([200, 100])) == pytest.approx(np.sqrt(25_000))
    assert n.likeness(np.uint8([[200, 100], [3, 4]])) == pytest.approx(1000 / (np.hypot(200, 100) * 5))
    assert n.likeness(np.int8([[-128, 0], [64, 0]])) == pytest.approx(-1)


@pytest.mark.parametrize("name", LAYERS)
def test_a_gradient_that_numpy_would_stretch_is_refused(name, rng):
    layer = LAYERS[name]()
    layer.forward(rng.standard_normal((3, 4)))
    for wrong in (1.0, np.ones(4), np.ones((1, 4)), np.ones((3, 1))):
        with pytest.raises(ValueError, match=r"dy must have the shape of what forward returned, \(3, 4\), got"):
            layer.backward(wrong)


@pytest.mark.parametrize("name", LAYERS)
def test_backward_needs_a_forward(name):
    with pytest.raises(ValueError, match="backward needs a forward before it"):
        LAYERS[name]().backward(np.ones((3, 4)))

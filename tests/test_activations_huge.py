"""Where x is huge, an activation is what it comes near to: relu(-1e200) is 0, and so is gelu(-1e200)."""

from functools import partial

import numpy as np
import pytest

from course_lib import activations as a

APPROXIMATE = {"gelu, approximate": (partial(a.gelu, approximate=True), partial(a.gelu_grad, approximate=True))}
LIKE_RELU = ["relu", "gelu", "silu", "hard_silu", "softplus", *APPROXIMATE]


@pytest.mark.parametrize("size", [1e150, 1e200, 1.7e308])
@pytest.mark.parametrize("name", LIKE_RELU)
def test_far_out_they_are_relu(name, size):
    f, slope = (a.ACTIVATION_GRADIENTS | APPROXIMATE)[name]
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(f([size, -size]), [size, 0])
        np.testing.assert_array_equal(slope([size, -size]), [1, 0])


@pytest.mark.parametrize("name", [*a.ACTIVATION_GRADIENTS, *APPROXIMATE])
def test_nan_stays_nan(name):
    f, _ = (a.ACTIVATION_GRADIENTS | APPROXIMATE)[name]
    assert np.isnan(f(np.nan))

"""A pixel that is black for certain costs a decoder nothing that is certain of it, and no digit is lost near there."""

import numpy as np
import pytest

from course_lib.generation import vae_loss


def test_certainty_that_is_right_costs_nothing():
    """As the binary cross-entropy has it; 0 · -inf would be no number."""
    code = np.zeros((1, 2))
    with np.errstate(all="raise"):
        assert vae_loss([[0.0, 1.0]], [[-np.inf, np.inf]], code, code) == 0
    assert vae_loss([[1.0]], [[-np.inf]], code, code) == np.inf


def test_what_is_nearly_certain_keeps_its_digits():
    code = np.zeros((1, 2))
    for x, logit in ((1.0, 50.0), (0.0, -50.0)):
        assert vae_loss([[x]], [[logit]], code, code) == pytest.approx(np.exp(-50), rel=1e-12)

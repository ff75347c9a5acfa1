"""What the tests of this folder share: random cases that are the same in every run, and Keras loaded once.

What holds for notebooks too stands in tests/plugin.py.
"""

import os

import hypothesis
import numpy as np
import pytest

# How long one example takes says more about what else the machine does than about the code. The examples are the same
# in every run, so that no change is blamed for what it did not do; COURSE_EXPLORE=1 looks for new ones.
hypothesis.settings.register_profile("course", deadline=None, derandomize=not os.environ.get("COURSE_EXPLORE"))
hypothesis.settings.load_profile("course")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def keras():
    """Keras, computing in float64 for this test, so that "equal" can mean equal to ten digits."""
    from course_lib.page import quiet

    with quiet():
        import keras

    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    # Keras makes its policy once, from the floatx of that moment, and keeps it.
    keras.config.set_dtype_policy("float64")
    yield keras
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)

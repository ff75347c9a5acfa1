"""What all tests share: a progress file of their own, Keras loaded once, and no skip where none is tolerated."""

import os
import tempfile

import hypothesis
import pytest

# How long one example takes says more about what else the machine does than about the code. The examples are the same
# in every run, so that no change is blamed for what it did not do; COURSE_EXPLORE=1 looks for new ones.
hypothesis.settings.register_profile("course", deadline=None, derandomize=not os.environ.get("COURSE_EXPLORE"))
hypothesis.settings.load_profile("course")


def pytest_configure(config):
    """Neither a test nor a notebook under test may touch the learner's own progress."""
    config.private = tempfile.TemporaryDirectory(prefix="course-tests-")


def pytest_unconfigure(config):
    config.private.cleanup()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Every file of tests, and every notebook, begins with nothing solved. A notebook's kernel starts after this."""
    name = item.path.relative_to(item.config.rootpath).as_posix().replace("/", "-")
    os.environ["COURSE_PROGRESS"] = os.path.join(item.config.private.name, f"{name}.jsonl")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything is installed (COURSE_NO_SKIP=1, as in .ci/run), a test that skips has failed."""
    report = yield
    if report.skipped and os.environ.get("COURSE_NO_SKIP") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where no skip is tolerated: {call.excinfo.value}"
    return report


@pytest.fixture
def keras():
    """Keras, computing in float64 for this test, so that "equal" can mean equal to ten digits."""
    from course_lib.quiet import quiet

    with quiet():
        import keras

    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    # Keras makes its policy once, from the floatx of that moment, and keeps it.
    keras.config.set_dtype_policy("float64")
    yield keras
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)

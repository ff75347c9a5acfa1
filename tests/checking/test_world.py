"""Whatever the notebook has set, the same answer gets the same verdict, and what the notebook has set it keeps."""

import warnings
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest

from course_lib.checking.check import Verdict
from course_lib.checking.kinds import build, implement, value
from tests.checking.test_model_answers import keras_model


def _cases(rng):
    yield (np.array([0.0, -1000.0, 800.0]),)
    yield (np.array([0.0]),)


@implement(_cases, "A hint.", points=1, mistakes={"The half is missing.": "/ 2 →"})
def half_of_e(x):
    """Overflows, underflows, divides by 0, and warns."""
    warnings.warn("a check's own", RuntimeWarning, stacklevel=2)
    np.log(0.0 * x)
    return np.exp(x) / 2


def right(x):
    return np.exp(x) / 2


def noisy(x):
    warnings.warn("the learner's own", UserWarning, stacklevel=1)
    return np.exp(x) / 2


@contextmanager
def raising():
    with np.errstate(all="raise"):
        yield


@contextmanager
def warnings_as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@contextmanager
def odd_printing():
    with np.printoptions(precision=1, threshold=1, formatter={"float": lambda x: "?"}, legacy="1.13"):
        yield


WORLDS = [raising, warnings_as_errors, odd_printing]


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("written", [right, noisy, lambda x: np.exp(x), lambda x: 1 / 0])
def test_a_verdict_is_the_same_in_each_world(world, written):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        usual = half_of_e.run(written)
    with world():
        assert half_of_e.run(written) == usual
    assert usual.status == ("correct" if written in (right, noisy) else "not yet")


def test_the_notebook_keeps_what_it_has_set():
    seen = []
    with ExitStack() as worlds:
        for world in WORLDS:
            worlds.enter_context(world())
        before = np.geterr(), np.get_printoptions(), list(warnings.filters)
        half_of_e.run(lambda x: seen.append(np.geterr()) or right(x))
        assert (np.geterr(), np.get_printoptions(), list(warnings.filters)) == before
    assert seen[0] == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


def test_what_the_learners_function_sets_holds_inside_it_and_no_longer():
    def strict(x):
        np.seterr(all="raise")
        return right(x)

    before = np.geterr()
    assert half_of_e.run(strict).difference.startswith("raised FloatingPointError: ")
    assert np.geterr() == before


def test_the_learners_warnings_are_shown_and_the_checks_own_are_not():
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        assert half_of_e.run(noisy).status == "correct"
    texts = {str(one.message) for one in shown}
    assert "the learner's own" in texts
    assert "a check's own" not in texts


def test_what_a_line_warns_of_is_shown_once_in_each_run_of_a_check():
    def twofold(x):
        warnings.warn(f"of {x.size}", UserWarning, stacklevel=1)
        return noisy(x)

    for _ in range(2):
        with warnings.catch_warnings(record=True) as shown:
            warnings.simplefilter("default")
            assert half_of_e.run(twofold).cases == 2
        texts = [str(one.message) for one in shown]
        assert texts == ["of 3", "the learner's own", "overflow encountered in exp", "of 1"]


def test_a_warning_that_the_notebook_does_not_want_to_see_is_not_shown():
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("ignore")
        half_of_e.run(noisy)
    assert shown == []


def test_a_check_that_fails_says_so_and_raises_nothing(capsys):
    @value("A hint.", points=1, mistakes={})
    def broken():
        return {}["W2"]

    failed = "The check itself failed (KeyError: 'W2'). Your answer may be right: please report this."
    assert broken.run(5) == Verdict("not yet", failed, difference=failed, check_failed=True)
    broken(5)
    assert capsys.readouterr().out.startswith(f"✘ broken: not yet.\n  {failed}\n")
    with pytest.raises(KeyError):
        broken.judged(lambda: 5)


# Keras


@contextmanager
def keras_as(**settings):
    from keras import config

    kept = {name: getattr(config, name)() for name in settings}
    try:
        for name, given in settings.items():
            getattr(config, f"set_{name}")(given)
        yield config
        assert {
            name: getattr(getattr(config, name)(), "name", getattr(config, name)()) for name in settings
        } == settings
    finally:
        for name, given in kept.items():
            getattr(config, f"set_{name}")(given)


@build("A hint.", points=1, mistakes={})
def small(trial):
    model = trial.built(2)
    outputs = trial.ask("predict", np.ones((5, 2)))
    trial.require(model["parameters"] == 3, "Another model.")
    trial.require(outputs.dtype == np.float32, f"Its outputs are {outputs.dtype}.")


@pytest.mark.parametrize(
    "settings",
    [
        {"dtype_policy": "mixed_float16"},
        {"dtype_policy": "mixed_bfloat16"},
        {"dtype_policy": "float64"},
        {"floatx": "float16"},
        {"floatx": "float64", "dtype_policy": "float64"},
        {"epsilon": 1.0, "image_data_format": "channels_first"},
    ],
)
def test_keras_is_as_it_begins_while_an_answer_builds_and_predicts(settings):
    with keras_as(**settings) as config:
        seen = []

        def seeing(inputs):
            seen.append((config.dtype_policy().name, config.floatx(), config.epsilon(), config.image_data_format()))
            return keras_model(inputs)

        assert small.run(seeing) == Verdict("correct", "", 2)
        assert seen == [("float32", "float32", 1e-7, "channels_last")]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "mixed_float16"])
def test_a_model_that_counts_in_16_bits_is_judged_in_32(dtype):
    def narrow(inputs):
        import keras

        return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(1, dtype=dtype)])

    assert small.run(narrow) == Verdict("correct", "", 2)


def test_a_model_with_several_outputs_is_told_that_one_was_wanted():
    def several(inputs):
        import keras

        x = keras.Input((inputs,))
        return keras.Model(x, [keras.layers.Dense(1)(x)] * 2)

    assert small.run(several).message.endswith("one array was wanted.")

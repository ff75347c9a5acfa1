"""The playground's settings: plain values that say all, and refused in one sentence."""

import json

import numpy as np
import pytest
from hypothesis import given

from course_lib.playground.settings import DEFAULTS, LIMITS, checked, checked_change
from tests.playground.examples import BAD, settings_of_all_kinds
from tests.witness import KINDS, without

pytestmark = without(KINDS, "it makes plain values, and no mathematics", checked, checked_change)


def test_the_defaults_are_plain_values_and_all_in_order():
    assert checked({}) == DEFAULTS == json.loads(json.dumps(DEFAULTS))


@given(settings_of_all_kinds)
def test_settings_survive_the_way_through_text(settings):
    made = checked(settings)
    assert list(made) == list(DEFAULTS)
    assert checked(json.loads(json.dumps(made))) == made
    assert all(made[name] == value for name, value in settings.items() if name != "features")


def test_numbers_of_numpy_become_plain():
    made = checked({"points": np.int64(40), "noise": np.float32(0.5), "learning_rate": 1, "hidden": (np.int8(3),)})
    assert (made["points"], made["noise"], made["learning_rate"], made["hidden"]) == (40, 0.5, 1.0, [3])
    assert [type(made[name]) for name in ("points", "noise", "learning_rate")] == [int, float, float]


def test_features_are_in_one_order_and_once():
    assert checked({"features": ["x2", "x1", "x2"]})["features"] == ["x1", "x2"]


def test_what_is_given_is_not_changed_and_not_shared():
    given = {"hidden": [3], "changes": [[1, "l1", 0.5], [0, "l2", 0.5]]}
    before = json.dumps(given)
    made = checked(given)
    made["hidden"].append(1)
    assert json.dumps(given) == before
    assert DEFAULTS["hidden"] == [8, 8]


@pytest.mark.parametrize(("settings", "sentence"), BAD, ids=lambda value: str(value)[:50])
def test_bad_settings_are_refused_in_one_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence) as refused:
        checked(settings)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", LIMITS)
def test_the_limits_themselves_are_allowed(name):
    for value in LIMITS[name]:
        assert checked({name: value})[name] == value

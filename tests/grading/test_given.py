"""To a check in a notebook, what it is given is the answer, as it was then; the judge takes the same."""

import pytest

from tests.grading.submitted import notebook, passed

BEGIN = "import numpy as np\nfrom course_lib.checks import start_here as check"
STUB = "def ink(picture):\n    raise NotImplementedError"
INK = "def ink(picture):\n    return np.mean(picture)"
WRONG = "def ink(picture):\n    return 5.0"
GIVEN = {
    "under another name": ["def my_ink(picture):\n    return np.mean(picture)\ncheck.ink(my_ink)"],
    "by its keyword": ["def my_ink(picture):\n    return np.mean(picture)\ncheck.ink(written=my_ink)"],
    "an inline lambda": ["check.ink(lambda picture: np.mean(picture))"],
    "from a class": ["class Mine:\n    def ink(self, p):\n        return np.mean(p)\ncheck.ink(Mine().ink)"],
    "partly filled in": ["import functools\ncheck.ink(functools.partial(np.mean, axis=None))"],
    "the stub still there": [STUB, "check.ink(ink)", "check.ink(lambda picture: picture.mean())"],
    "written below the check": [STUB, "check.ink(ink)", INK],
    "wrong at first": [WRONG, "check.ink(ink)", INK, "check.ink(ink)"],
    "corrected below the check": [WRONG, "check.ink(ink)", INK],
    "a wrong one tried afterwards": [INK, "check.ink(ink)", "check.ink(lambda picture: 5.0)"],
    "its name used for another thing": [INK, "check.ink(ink)", "for ink in range(3):\n    pass"],
    "its name deleted": [INK, "check.ink(ink)", "del ink"],
    "a helper's name used again": [
        "def share(x):\n    return np.mean(x)\nscale = 1\ndef ink(picture):\n    return scale * share(picture)",
        "check.ink(ink)",
        "scale = 7\ndef share(x):\n    return 'another'",
    ],
    "a helper's helper used again": [
        "scale = 1\ndef share(x):\n    return [scale * np.mean(y) for y in [x]][0]\n"
        "def ink(p, k=1):\n    return k * share(p)",
        "check.ink(ink)",
        "scale = 7",
    ],
    "a helper that comes later": [
        "def ink(p):\n    return share(p)",
        "check.ink(ink)",
        "def share(p):\n    return p.mean()",
    ],
    "one that calls itself": [
        "def ink(p, again=True):\n    return ink(p, False) if again else p.mean()\ncheck.ink(ink)",
        "del ink",
    ],
    "one that counts its calls": [
        "calls = 0\ndef ink(p):\n    global calls\n    calls += 1\n    return p.mean()\ncheck.ink(ink)"
    ],
    "a check imported by itself": [
        "from course_lib.checks.start_here import ink as check_ink",
        "check_ink(lambda p: p.mean())",
    ],
}


@pytest.mark.parametrize("sources", GIVEN.values(), ids=GIVEN)
def test_what_a_check_was_given_is_the_answer(place, sources):
    result = place.judge(notebook([BEGIN, *sources]))
    assert passed(result) == ["ink"], result
    assert result["notes"] == []


@pytest.mark.parametrize(
    "source",
    ["check.misread(18)", "misread = 18\ncheck.misread(misread)\nmisread = 5", "check.misread(np.int64(18))"],
)
def test_a_value_given_to_its_check_is_the_answer(place, source):
    assert passed(place.judge(notebook([BEGIN, source]))) == ["misread"]


def test_a_value_counts_as_it_was_when_it_was_given(place):
    begun = notebook([BEGIN, "mine = [18]", "check.misread(mine[0])", "whole = [[5]]\ncheck.what_was_done(whole)"])
    changed = notebook(
        [BEGIN, "mine = [18]", "check.misread(mine[0])", "whole = [[5]]\ncheck.what_was_done(whole)\nwhole[0].clear()"]
    )
    messages = [[row["message"] for row in place.judge(content)["checks"]] for content in (begun, changed)]
    assert messages[0] == messages[1]
    assert "5" in messages[0][2]


def test_of_what_is_wrong_the_last_that_was_given_is_told(place):
    result = place.judge(notebook([BEGIN, STUB, "check.ink(ink)", "check.ink(lambda p: p.sum())", "check.ink(ink)"]))
    assert "all the ink together" in result["checks"][0]["message"]
    assert place.judge(notebook([BEGIN, STUB, "check.ink(ink)"]))["checks"][0]["message"] == "Not written yet."


def test_guesses_by_the_hundred_are_not_tried(place):
    guesses = [f"check.misread({number})" for number in range(18, 40)]
    assert passed(place.judge(notebook([BEGIN, *guesses]))) == []
    assert passed(place.judge(notebook([BEGIN, *reversed(guesses)]))) == ["misread"]

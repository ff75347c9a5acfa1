"""Judging: each check for itself, carelessness forgiven, hidden cases kept."""

import re
import time

import numpy as np
import pytest

from course_lib import checks
from course_lib.checking.answers import function_answer
from course_lib.grading import judge
from course_lib.grading.sandbox import BUBBLEWRAP
from tests.grading.submitted import SLUG, SOLVED, changed, instead, notebook, passed


def test_each_check_counts_for_itself(place):
    result = place.judge(notebook(changed("misread = 18", "misread = 5")))
    assert passed(result) == ["ink", "what_was_done"]
    assert (result["score"], result["max_score"]) == (2, 3)
    assert "Hint: Five in every hundred are misread, and there are 360" in result["checks"][1]["message"]
    assert (result["slug"], result["sandbox"], result["error"]) == (SLUG, BUBBLEWRAP, None)


INK = next(source for source in SOLVED if source.startswith("def ink"))


CARELESS = {
    "a cell twice": [*SOLVED, INK],
    "cells in another order": [SOLVED[0], *reversed(SOLVED[1:])],
    "the checks deleted": [source for source in SOLVED if not source.startswith("check.")],
    "magics": ["%matplotlib inline\n!ls\n?print", *SOLVED, "%%time\nsum(range(10))", "%%bash\nls"],
    "a syntax error elsewhere": ["for", *SOLVED, "1 +"],
    "an error elsewhere": [*SOLVED, "1 / 0", "undefined"],
    "sys.exit elsewhere": ["import sys\nsys.exit(3)", *SOLVED],
    "a wrong import": ["import not_there\nfrom course_lib.checking.check import Check", *SOLVED],
    "output": ["print('x' * 10_000_000)", *SOLVED],
    "display": ["display(1)\nfrom IPython.display import display", *SOLVED],
    "lone surrogates": ["'\ud800'", *SOLVED],
    "another copy of the libraries": ["import numpy as np\nnp.random.seed(5)\nimport random", *SOLVED],
    "the process ended by a cell": ["import os\nos._exit(0)", *SOLVED],
    "a crash in a cell": ["import ctypes\nctypes.string_at(0)", *SOLVED],
}


@pytest.mark.parametrize("sources", CARELESS.values(), ids=CARELESS)
def test_carelessness_costs_nothing(place, sources):
    result = place.judge(notebook(sources))
    assert (result["score"], result["error"]) == (3, None), result


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("a syntax error elsewhere", 1, "SyntaxError"),
        ("an error elsewhere", -2, "ZeroDivisionError: division by zero"),
        ("sys.exit elsewhere", 1, "SystemExit: 3"),
        ("the process ended by a cell", 1, "It ended the process"),
        ("a crash in a cell", 1, "signal SIGSEGV"),
    ],
)
def test_what_went_wrong_in_a_cell_is_noted(place, name, number, words):
    notes = place.judge(notebook(CARELESS[name]))["notes"]
    number = number if number > 0 else len(CARELESS[name]) + 1 + number
    assert [note for note in notes if note.startswith(f"Code cell {number}: ") and words in note], notes


def test_a_module_that_exercises_do_not_import_is_refused_in_words(place):
    notes = place.judge(notebook(["from course_lib.checking.check import Check"]))["notes"]
    assert notes == ["Code cell 1: course_lib.checking.check is not there in grading; what the exercises import is."]


def test_a_renamed_or_missing_answer_is_said(place):
    result = place.judge(notebook(changed("def ink(", "def inc(")))
    assert passed(result) == ["misread", "what_was_done"]
    assert result["checks"][0]["message"] == "The notebook has no ink."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise KeyError('oh')", "raised KeyError"),
        ("import os; os._exit(3)", "the process: it ended itself (status 3)"),
        ("import os; os.abort()", "ended the process"),
        ("return None", "returned None"),
        ("print(1)", "It printed"),
        ("picture[:] = 0; return 0.0", "changed the data it was given"),
        ("return object()", "an object of type object"),
        ("return 'x'", "a text"),
        ("return [picture] * 2000", "The value is too large"),
        ("return bytearray(3 << 30)", "MemoryError"),
        ("raise NotImplementedError", "Not written yet."),
        ("raise NotImplementedError('Your code goes here.')", "Not written yet."),
        ("raise NotImplementedError('no kernel for it')", "raised NotImplementedError: no kernel for it"),
    ],
)
def test_a_wrong_answer_costs_its_own_points_only(place, body, words):
    result = place.judge(notebook(instead(f"def ink(picture):\n    {body}")))
    assert passed(result) == ["misread", "what_was_done"], result
    assert words in result["checks"][0]["message"], result


def test_what_does_not_end_is_ended_and_the_rest_is_graded(impatient):
    for sources in (instead("def ink(picture):\n    while True: pass"), [*SOLVED, "while True: pass"]):
        start = time.monotonic()
        result = impatient.judge(notebook(sources))
        assert time.monotonic() - start < 20
        assert {"misread", "what_was_done"} <= set(passed(result)), result
    assert (
        "took more than 3 seconds"
        in impatient.judge(notebook(instead("def ink(x):\n    while True: pass")))["checks"][0]["message"]
    )


def test_a_process_is_replaced_twice_and_no_more(place):
    result = place.judge(notebook(["import os", *["os._exit(1)"] * 3, *SOLVED]))
    assert result["score"] == 0
    assert result["checks"][-1]["message"] == "The process was lost 3 times and is not started again."


def test_the_time_for_all_of_it_is_bounded(impatient):
    start = time.monotonic()
    result = impatient.judge(notebook(["import time\ntime.sleep(2)"] * 30 + SOLVED))
    assert time.monotonic() - start < 20
    assert result["score"] == 0
    assert result["checks"][0]["message"] == "The time for the whole notebook was over."


MEMORIZED = """
import numpy as np
known = {KNOWN}
def ink(picture):
    for before, answer in known:
        if np.array_equal(np.array(before), picture):
            return answer
    return 0.5
"""


def shown_cases():
    """What the check asks in a notebook, and the right answers."""
    (check,) = (check for check in checks.all_checks() if check.key == "start_here.ink")
    asked = []
    check.run(lambda picture: asked.append(picture) or float(picture.mean()))
    return [(picture.tolist(), float(picture.mean())) for picture in asked]


def test_answers_learnt_by_heart_fail_on_hidden_cases_which_are_not_given_away(place):
    memorized = MEMORIZED.replace("{KNOWN}", repr(shown_cases()))
    result = place.judge(notebook(instead(memorized)))
    message = result["checks"][0]["message"]
    assert not result["checks"][0]["passed"]
    assert message.startswith("A case that the notebook does not show\ncame out wrong.")
    assert "array" not in message
    assert "0.5" not in message


def test_a_learner_who_smuggles_hidden_cases_out_gets_none(place):
    known = MEMORIZED.replace("{KNOWN}", repr(shown_cases()))
    for smuggle in (
        "raise ValueError(str(picture.tolist()))",
        "raise type('Case' + str(picture.size), (Exception,), {})",
        "print(picture.tolist()); return None",
        "return str(picture.tolist())",
    ):
        result = place.judge(notebook(instead(known.replace("return 0.5", smuggle))))
        assert not result["checks"][0]["passed"]
        message = result["checks"][0]["message"]
        assert message.startswith("A case that the notebook does not show\n")
        assert not re.search(r"\d", message), message


def content(value):
    """All that a value holds, as what can be looked up: of an array its bytes, which come quicker than its words."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return tuple((name, content(of)) for name, of in value.items())
    if isinstance(value, list | tuple):
        return type(value).__name__, *map(content, value)
    return repr(value)


@pytest.mark.parametrize(
    "check", [check for check in checks.all_checks() if check.accept is function_answer], ids=lambda check: check.key
)
def test_hidden_cases_are_others_than_those_shown(check):
    """Fixed cases, the edges, are shown to all; a hidden trial asks for none of them again, and for new ones."""

    def asked(seed, hidden, known):
        seen = []

        def recording(*args):
            seen.append(content(args))
            return wanted(*args)

        wanted = next(iter(check.mistakes.values()))
        # A mistake's own code may not fit every case; the trial ends there.
        check.judged(recording, seed, hidden, known)
        return set(seen)

    for seed in (1, 2, 99):
        known = set()
        shown = asked(0, False, known)
        hidden = asked(judge.Settings(seed=seed).seed_for(b""), True, known)
        assert shown
        assert hidden
        assert not shown & hidden


def test_seeds_give_different_cases_and_vary_one_for_each_notebook():
    one, two = judge.Settings(seed=1), judge.Settings(seed=2)
    assert one.seed_for(b"a") == one.seed_for(b"b") != two.seed_for(b"a")
    varied = judge.Settings(seed=1, vary=True)
    assert varied.seed_for(b"a") != varied.seed_for(b"b")
    assert varied.seed_for(b"a") == varied.seed_for(b"a") != one.seed_for(b"a")


def test_grading_again_gives_the_same(place):
    content = notebook(changed("misread = 18", "misread = 17"))
    first, second = place.judge(content), place.judge(content)
    assert {**first, "seconds": 0} == {**second, "seconds": 0}

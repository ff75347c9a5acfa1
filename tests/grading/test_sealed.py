"""After the first hidden case nothing that a student's process says, does or chooses is told."""

import pytest

from course_lib.checking.answers import NotYet
from course_lib.checking.trial import HIDDEN_CASE
from course_lib.grading import batch, judge, replies
from course_lib.grading.sandbox import why_not_bubblewrap
from tests.grading.submitted import notebook
from tests.grading.test_judge import MEMORIZED, shown_cases

MODEL = {
    "parameters": 12,
    "shapes": [[3, 4]],
    "layers": ["Dense"],
    "activations": ["relu"],
    "bends": ["relu"],
    "last bend": "",
    "maps and steps": [],
    "loss of shares": False,
}
KNOWN = MEMORIZED.replace("{KNOWN}", repr(shown_cases()))


def told(place, of_hidden, *cells):
    """(the words about ink, the notes) where a hidden case is answered so."""
    result = place.judge(notebook([*cells, KNOWN.replace("return 0.5", of_hidden)]))
    assert not result["checks"][0]["passed"]
    return result["checks"][0]["message"], result["notes"]


def test_no_mistake_is_explained_in_a_hidden_case(place):
    hints = [
        told(place, answer)[0]
        for answer in ("return float(picture.sum())", "return float(picture.max())", "return int(100 * picture.mean())")
    ]
    assert hints == [f"{HIDDEN_CASE}\ncame out wrong."] * 3


def test_a_cell_that_is_run_again_after_a_hidden_case_tells_nothing(place):
    clock = "import os, time\nraise ValueError(f'at {time.time()} s')"
    message, notes = told(place, "os._exit(1)", clock)
    assert message == f"{HIDDEN_CASE}\nended the process."
    assert len([note for note in notes if "ValueError: at" in note]) == 1


@pytest.mark.parametrize("died", ["os._exit(3)", "os.abort()", "import ctypes; ctypes.string_at(0)", "bytes(1 << 40)"])
def test_of_a_death_in_a_hidden_case_it_is_not_told_how(place, died):
    message, _ = told(place, f"import os; {died}; return 0.5")
    assert message in (f"{HIDDEN_CASE}\nended the process.", f"{HIDDEN_CASE}\nraised an exception")


@pytest.mark.parametrize(
    "odd",
    [
        {"shapes": [[2**29] * 8], "parameters": 2**232},
        {"shapes": [[2**24, 2**24]], "parameters": 2**48},
        {"layers": ["Dense"] * 10_000},
        {"activations": ["x" * 61]},
        {"maps and steps": [[1]] * 10_000},
    ],
    ids=["240 bits", "more than memory holds", "many layers", "a long name", "many maps"],
)
def test_what_a_model_says_of_itself_is_bounded(odd):
    replies.check_description(MODEL)
    with pytest.raises(NotYet, match="does not describe a model"):
        replies.check_description(MODEL | odd)


TRAINED = """
import keras, numpy as np
def train_xor(x, y):
    units = 40
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1)])
"""


def test_a_model_that_is_wrong_is_explained_on_the_notebooks_own_cases():
    if why_not_bubblewrap():
        pytest.skip(why_not_bubblewrap())
    place = batch.Workplace("01-neurons", judge.Settings(timeout=90), require_sandbox=True)
    try:
        rows = {row["name"]: row for row in place.judge(notebook([TRAINED]))["checks"]}
    finally:
        place.close()
    assert rows["train_xor"]["message"].startswith("It has 161 parameters.\nHint: Fewer neurons will do")
    # So this may be told at once, whenever hidden cases are.
    assert rows["train_xor"]["hidden"] is False

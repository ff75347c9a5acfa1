"""What an exercise's words tell the learner to do can be done where it is graded."""

import contextlib
import re

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import assignment, batch, judge, submissions
from tests.grading.submitted import needs_bubblewrap, notebook

FIRST_CHAPTERS = ["00-start-here", "01-neurons", "02-activations", "03-losses"]


def words_and_code(slug):
    """The text of all cells of an exercise notebook."""
    return (ROOT / f"exercises/{slug}.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("slug", FIRST_CHAPTERS)
def test_what_the_words_name_of_the_course_can_be_imported_when_it_is_graded(slug):
    named = {name.rstrip(".") for name in re.findall(r"course_lib\.[a-z_.]+", words_and_code(slug))}
    there = assignment.load(slug).course_modules
    # The checks are not there: another process judges.
    missing = {name for name in named - {"course_lib.checks"} if not {name, name.rpartition(".")[0]} & there}
    assert missing == set()


# Each follows the words to the letter: their example as a first cell, their shapes, their way of answering.
TO_THE_LETTER = {
    "00-start-here": {
        "ink": "two_pixels = np.array([[1.0, 0.5]])\ndef ink(picture):\n    return picture.sum() / picture.size\n"
        "assert float(ink(two_pixels)) == 0.75",
        "misread": "misread = 360 * 0.05",
    },
    "01-neurons": {
        "neuron_by_hand": 'neuron_by_hand = {"sum": -0.70, "output": 0.33, "balancing bias": 1}',
        "broken_loops": 'broken_loops = {"A": 5, "B": 1, "C": 5}',
        "xnor_network": "xnor_network = [\n    ([[2, -2], [2, -2]], [-3, 1]),\n    [[[1], [1]], [-1]],\n]",
        "pocket": "def pocket(x, y, epochs):\n    w, b = np.zeros(x.shape[1]), 0\n"
        "    right = lambda w, b: ((x @ w + b >= 0) == y).sum()\n    best = w, b\n    for _ in range(epochs):\n"
        "        for i in range(len(x)):\n            y_pred = 1 if x[i] @ w + b >= 0 else 0\n"
        "            if y_pred != y[i]:\n                w = w + (y[i] - y_pred) * x[i]\n"
        "                b = b + (y[i] - y_pred)\n                if right(w, b) > right(*best):\n"
        "                    best = w, b\n    return best",
    },
    "02-activations": {
        "values_by_hand": 'values_by_hand = {"ReLU value": 0, "ReLU slope": 0, "leaky value": -0.30, '
        '"leaky slope": 0.10, "sigmoid slope": 0.16, "tanh slope": 0.64}',
        "broken_softmaxes": 'broken_softmaxes = {"A": 2, "B": 4, "C": 2}',
        "softmax_at": "def softmax_at(logits, temperature):\n    z = logits - logits.max(axis=-1, keepdims=True)\n"
        "    if temperature == 0:\n        e = (z == 0) * 1.0\n    else:\n        e = np.exp(z / temperature)\n"
        "    return e / e.sum(axis=-1, keepdims=True)",
    },
    "03-losses": {
        "losses_by_hand": 'losses_by_hand = {"MSE": 2.88, "MAE": 1.25, "Huber": 1.31}',
        "broken_losses": 'broken_losses = {"A": 3, "B": 4, "C": 1}',
        "train_robust": "from course_lib.page import quiet\nwith quiet():\n    import keras\ndef train_robust(x, y):\n"
        "    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])\n"
        '    model.compile(keras.optimizers.Adam(0.05), "mae")\n    model.fit(x, y, epochs=50, verbose=0)\n'
        "    return model",
    },
}


@needs_bubblewrap
@pytest.mark.parametrize("slug", FIRST_CHAPTERS)
def test_an_answer_that_follows_the_words_is_graded_as_right(slug):
    stubs = submissions.code_cells((ROOT / f"exercises/{slug}.ipynb").read_bytes())
    workplace = batch.Workplace(slug, judge.Settings(timeout=300, seed=7), require_sandbox=True)
    with contextlib.closing(workplace):
        result = workplace.judge(notebook([*stubs, *TO_THE_LETTER[slug].values()]))
    found = {check["name"]: check for check in result["checks"]}
    assert [found[name]["message"] for name in TO_THE_LETTER[slug] if not found[name]["passed"]] == []
    assert {check["name"] for check in result["checks"] if check["passed"]} == set(TO_THE_LETTER[slug])
    assert result["error"] is None

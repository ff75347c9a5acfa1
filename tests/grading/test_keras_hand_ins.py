"""What a notebook with Keras accepts, the judge accepts, and of a wrong model it says what was wrong."""

import pytest

from course_lib.grading import batch, judge
from tests.grading.submitted import cells, needs_bubblewrap, notebook, passed

SLUG = "01-neurons"
BEGIN = [cell for cell in cells(slug=SLUG) if cell.startswith(("import numpy", "from course_lib.page import quiet"))]
TRAIN = next(cell for cell in cells(slug=SLUG) if cell.startswith("def train_xor"))
TENSORS = """
import inspect
import tensorflow as tf

@tf.function
def folded(x):
    if tf.reduce_sum(x) > 0:
        return x
    return -x

assert float(folded(tf.constant([-2.0]))[0]) == float(folded(tf.constant([2.0]))[0]) == 2.0
assert "tf.reduce_sum" in inspect.getsource(folded.python_function)
"""


@pytest.fixture(scope="module")
def place():
    workplace = batch.Workplace(SLUG, judge.Settings(timeout=180), require_sandbox=True)
    yield workplace
    workplace.close()


def row_of(result):
    return next(row for row in result["checks"] if row["name"] == "train_xor")


@needs_bubblewrap
def test_a_graph_of_tensorflow_is_made_from_a_cells_text(place):
    result = place.judge(notebook([*BEGIN, TENSORS, TRAIN]))
    assert (passed(result), result["notes"]) == (["train_xor"], [])


@needs_bubblewrap
def test_forty_threads_and_processes_beside_keras(place):
    threads = (
        "import threading, multiprocessing\nmeeting = threading.Barrier(40)\n"
        "threads = [threading.Thread(target=meeting.wait) for _ in range(40)]\n[one.start() for one in threads]\n"
        "[one.join() for one in threads]\nwith multiprocessing.Pool(4) as pool:\n    assert pool.map(abs, [-1]) == [1]"
    )
    result = place.judge(notebook([*BEGIN, threads, TRAIN]))
    assert (passed(result), result["notes"]) == (["train_xor"], [])


@needs_bubblewrap
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return keras.layers.Nothing()", "raised AttributeError: "),
        ("return 5", "Your function returned 5; a Keras model was wanted."),
        ("return keras.Sequential([keras.layers.Dense(1)])", "The model does not know its input yet"),
    ],
)
def test_of_a_model_that_is_none_it_is_said_what_it_was(place, body, words):
    row = row_of(place.judge(notebook([*BEGIN, f"def train_xor(x, y):\n    {body}"])))
    assert words in row["message"]
    assert (row["passed"], row["hidden"], row["for_instructor"]) == (False, False, "")


def test_a_cell_may_train_for_longer_than_45_seconds():
    """With a third to spare, for a machine that is slower than the learner's."""
    assert judge.Settings().timeout * judge.SHARE >= 4 / 3 * 45
    assert judge.Settings().timeout > 3 * 45

"""Each part of a learner's engine is judged by itself: one is written, and no other."""

import contextlib

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.checks import backpropagation as check
from course_lib.grading import batch, judge, submissions
from tests.checking.test_checks import cells
from tests.grading.submitted import needs_bubblewrap, notebook

SLUG = "04-backpropagation"
# {the check: the function that is written for it}
PARTS = {
    "product": "times",
    "tanh_at": "tanh",
    "order_of": "in_order",
    "gradients_of": "hand_back",
    "train_with_engine": "train_with_engine",
}
WITH_VALUES = """
def train_with_engine(x, t, parameters, learning_rate, steps):
    p, losses = [Value(number) for number in parameters], []
    for _ in range(steps):
        loss = Value(0.0)
        for (x1, x2), target in zip(x, t):
            h = (p[0] * x1 + p[1] * x2 + p[2]).tanh()
            k = (p[3] * x1 + p[4] * x2 + p[5]).tanh()
            loss = loss + (p[6] * h + p[7] * k + p[8] - target) ** 2 / len(x)
        loss.backward()
        losses.append(loss.data)
        p = [Value(one.data - learning_rate * one.grad) for one in p]
    return np.array(losses), np.array([one.data for one in p])
"""


def solution_of(name):
    """The solution's cell that defines this function."""
    [source] = [cell.source for cell in cells(SLUG, blanked=False) if cell.source.startswith(f"def {name}(")]
    return source


@pytest.mark.parametrize(("own", "part"), PARTS.items(), ids=PARTS)
def test_a_part_needs_no_other(own, part):
    made = {}
    for cell in cells(SLUG, blanked=True):
        if cell.cell_type == "code" and not cell.source.startswith(("check.", "from course_lib.checks")):
            exec(cell.source, made)
    exec(WITH_VALUES if part == "train_with_engine" else solution_of(part), made)
    for name in PARTS:
        verdict = getattr(check, name).run(made[name])
        assert verdict.status == ("correct" if name == own else "not written yet"), name


@needs_bubblewrap
def test_the_judge_sees_it_so_too():
    stubs = submissions.code_cells((ROOT / f"exercises/{SLUG}.ipynb").read_bytes())
    workplace = batch.Workplace(SLUG, judge.Settings(timeout=300, seed=7), require_sandbox=True)
    with contextlib.closing(workplace):
        result = workplace.judge(notebook([*stubs, solution_of("in_order"), solution_of("hand_back"), WITH_VALUES]))
    passed = {one["name"] for one in result["checks"] if one["passed"]}
    assert passed == {"order_of", "gradients_of", "train_with_engine"}
    assert result["error"] is None

"""What a notebook is besides somebody's work is said, and costs nobody a point."""

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import recognized
from tests.grading.submitted import SLUG, SOLVED, cells, changed, notebook

OTHER = "02-activations"


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (SOLVED, "This is the course's own solution."),
        ([*SOLVED, "\n"], "This is the course's own solution."),
        (cells("exercises"), "This is the exercise as it was released: nothing is written yet."),
        (cells("exercises", OTHER), f"This is the exercise {OTHER}; the exercise {SLUG} was expected."),
        (cells("solutions", OTHER), f"This is the course's own solution {OTHER}; the exercise {SLUG} was expected."),
        ([*cells("exercises", OTHER), "x = 1"], f"This is the exercise {OTHER}; {SLUG} was expected."),
        (cells("chapters", OTHER), f"This is the chapter {OTHER}; the exercise {SLUG} was expected."),
        (cells("chapters"), f"This is the chapter {SLUG}; the exercise {SLUG} was expected."),
        ([], "There is no code in this notebook."),
        (["", "  "], "There is no code in this notebook."),
        (changed("misread = 18", "misread = 17"), ""),
        ([*SOLVED, *cells("solutions", OTHER)], ""),
        (["import numpy as np"], ""),
    ],
)
def test_a_notebook_is_called_what_it_is(sources, words):
    assert recognized.remark(SLUG, sources) == words


def test_what_it_is_called_costs_no_point(place):
    result = place.judge(notebook([*cells("exercises", OTHER)[:1], "globals().update(misread=18)", "hard_swish = 1"]))
    assert result["score"] == 1
    assert f"This is the exercise {OTHER}" in result["remark"]


@pytest.mark.parametrize("folder", ["exercises", "solutions", "chapters"])
def test_no_notebook_of_the_course_is_somebodys_work(folder):
    for path in sorted(ROOT.glob(f"{folder}/*.ipynb")):
        assert recognized.own_work(path.stem, cells(folder, path.stem)) == 0

"""The widgets of chapter 12: every sentence and mark against the mathematics."""

import re

import numpy as np
import pytest

from course_lib import clinic, diagnosis, practice
from course_lib.widgets import practice as widgets

KINDS = [widgets.CurveDoctor, widgets.Threshold]


@pytest.mark.parametrize("kind", KINDS)
def test_every_slider_to_its_ends_and_every_choice(kind):
    demo = kind()
    for spec in demo.controls:
        values = {"slide": lambda s: (s["min"], s["max"]), "check": lambda s: (True, False)}
        values["list"] = lambda s: [value for _, value in s["options"]]
        for value in values[spec["kind"]](spec):
            demo.set(**{spec["name"]: value})
            assert demo.error == ""
            assert demo.drawing.startswith("<svg")
            assert not re.search(r"\b(nan|inf)\b", demo.describe() + demo.drawing, re.I)


@pytest.mark.parametrize("fault", diagnosis.FAULTS)
def test_the_doctor_names_each_fault_when_he_measures(fault):
    demo = widgets.CurveDoctor(fault=fault, seed=3, measured=True)
    assert demo.error == ""
    assert f"Diagnosis: {fault}," in demo.describe()
    assert diagnosis.FAULTS[fault] in demo.describe()
    assert not re.search(r"\b(nan|inf)\b", demo.describe() + demo.drawing, re.I)


def test_before_measuring_only_curves_speak():
    demo = widgets.CurveDoctor(fault="leakage", seed=5)
    run = clinic.run("leakage", 5)
    for suspect, reason in diagnosis.suspects(run.curves, run.numbers["classes"]):
        assert f"{suspect} ({reason})" in demo.describe()
    assert "Not measured yet" in demo.describe()


def test_a_curve_that_is_dragged_is_drawn_by_hand_from_then_on():
    demo = widgets.CurveDoctor(fault="healthy", seed=1)
    x, y = demo.knots()[4]
    demo.dragged = {"grip": 1, "start": [x, y], "place": [x, 100.0]}
    assert demo.error == ""
    assert demo.state["fault"] == widgets.HAND
    assert demo.state["knot"] == 4
    assert demo.knots()[4][1] == pytest.approx(100)
    assert "cannot be measured" in demo.describe()
    # Far from any point nothing moves.
    before = demo.state
    demo.dragged = {"grip": 2, "start": [390.0, 5.0], "place": [390.0, 50.0]}
    assert demo.state == before


def test_keys_choose_a_point_and_move_it():
    demo = widgets.CurveDoctor(fault=widgets.HAND)
    demo.presses = [["ArrowRight", 1]]
    assert demo.state["knot"] == 1
    height = demo.knots()[1][1]
    demo.presses = [["ArrowUp", 2]]
    assert demo.knots()[1][1] < height
    demo.presses = [["ArrowDown", 3]]
    assert demo.knots()[1][1] == pytest.approx(height)


def test_your_own_history_of_any_length():
    run = clinic.run("healthy", 0, epochs=3)
    demo = widgets.CurveDoctor({name: list(curve) for name, curve in run.curves.items()}, classes=7)
    assert demo.describe().startswith("7 classes.")
    assert demo.state["own"]["loss"][0] == run.curves["loss"][0]
    assert demo.state["own"]["loss"][-1] == run.curves["loss"][-1]


def counted(demo):
    return [int(n) for n in re.findall(r"\d+", demo.describe().partition("Precision")[0])]


@pytest.mark.parametrize("threshold", [0, 0.3, 0.9, 1])
def test_the_threshold_counts_as_one_would_by_hand(threshold):
    demo = widgets.Threshold(threshold=threshold)
    y, score = demo.scores()
    said = score >= threshold
    found, missed, false = (said & (y == 1)).sum(), (~said & (y == 1)).sum(), (said & (y == 0)).sum()
    assert counted(demo) == [found + missed, found, missed, (y == 0).sum(), false]
    assert f"F1 {practice.f1(y, said.astype(int)):.2f}" in demo.describe()
    assert f"AUROC {practice.auroc(y, score):.2f}" in demo.describe()


def test_logits_are_no_scores():
    with pytest.raises(ValueError, match="not logits"):
        widgets.Threshold([0, 0, 1, 1], [-3.0, -1.0, 2.0, 5.0])


def test_where_nothing_is_positive_the_sentence_says_why_the_mark_is_at_the_top():
    demo = widgets.Threshold(threshold=1.0)
    assert "Precision 0.00 by custom (its curve begins at 1), recall 0.00" in demo.describe()
    assert "by custom" not in widgets.Threshold(threshold=0.9).describe()


def test_the_chapter_says_where_accuracy_is_highest():
    y, score = widgets.Threshold(share=0.1).scores()
    tried = np.arange(101) / 100
    best = tried[np.argmax([np.mean((score >= t) == y) for t in tried])]
    assert best == 0.74
    assert practice.recall(y, (score >= best).astype(int)) == pytest.approx(0.5, abs=0.03)


def test_scores_that_know_nothing_lie_at_a_half():
    y, score = widgets.Threshold(share=0.5, apart=0.0).scores()
    assert practice.auroc(y, score) == pytest.approx(0.5, abs=0.05)


def test_the_line_and_the_point_on_a_curve_can_be_dragged():
    demo = widgets.Threshold()
    bars, roc, _ = demo.charts()
    x, y = bars.at(0.25, 0.5)
    demo.dragged = {"grip": 1, "start": [float(x), float(y)], "place": [float(x), float(y)]}
    assert demo.state["threshold"] == 0.25
    fpr, tpr, at = demo._curves()[0]
    x, y = roc.at(fpr[300], tpr[300])
    demo.dragged = {"grip": 2, "start": [float(x), float(y)], "place": [float(x), float(y)]}
    assert demo.state["threshold"] == pytest.approx(at[300], abs=0.02)
    demo.presses = [["ArrowLeft", 1]]
    assert demo.error == ""


def test_your_own_scores_are_taken():
    y, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9])
    demo = widgets.Threshold(y, score)
    assert [spec["name"] for spec in demo.controls] == ["threshold"]
    assert counted(demo) == [2, 1, 1, 2, 1]

"""The widgets of chapter 14: every sentence and mark against the numbers."""

import re

import numpy as np
import pytest

from course_lib.drawing.palette import BLUE
from course_lib.experiments import transfer_study as study
from course_lib.experiments.transfer_many import WORLDS
from course_lib.widgets import transfer as widgets

KINDS = [widgets.FewShot, widgets.Librarian]


@pytest.mark.parametrize("kind", KINDS)
def test_every_control_to_its_ends(kind):
    demo = kind()
    for spec in demo.controls:
        values = {"slide": lambda s: (s["min"], s["max"]), "text": lambda s: ("", "zebra", "for " * 60)}
        values["list"] = values["stops"] = lambda s: [value for _, value in s["options"]]
        for value in values[spec["kind"]](spec):
            demo.set(**{spec["name"]: value})
            assert demo.error == ""
            assert demo.drawing.startswith("<svg")
            assert not re.search(r"\b(nan|inf)\b", demo.describe() + demo.drawing, re.I)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("labels", [1, 10, 100])
def test_the_sentence_is_what_was_measured(world, labels):
    demo, of = widgets.FewShot(labels=labels, world=world), study.stored()[world]
    told = demo.describe()
    for name, right in demo.live().items():
        assert f"{widgets.SAID[name]} {right:.0%}" in told
    for name in ("scratch", "fine-tuning"):
        if str(labels) in of[name]:
            assert f"{widgets.SAID[name]} {np.mean(of[name][str(labels)]['test']):.0%}" in told
    gain = np.subtract(of["linear probe"][str(labels)]["test"], of["pixels"][str(labels)]["test"])
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    verdict = "make no sure difference to" if abs(gain.mean()) <= 3 * error else ("hurt", "help")[int(gain.mean() > 0)]
    more = f"{abs(100 * gain.mean()):.1f} points {'more' if gain.mean() > 0 else 'fewer'} than on pixels"
    assert f"features of 0 to 4 {verdict} a straight line: {more}" in told


def test_the_chapters_answer_how_many_labels_the_pixels_need():
    of = study.stored()["wandering"]
    right = {int(n): np.mean(some["test"]) for n, some in of["pixels"].items()}
    five = np.mean(of["linear probe"]["5"]["test"])
    assert min(n for n, share in right.items() if share >= five) == 50


def test_more_labels_keep_the_fewer_and_another_draw_does_not():
    demo = widgets.FewShot(labels=5)
    few = set(demo.rows())
    demo.set(labels=10)
    assert few < set(demo.rows())
    demo.set(draw=1)
    assert not few <= set(demo.rows())


def test_live_dots_lie_near_the_mean_of_many_draws():
    of = study.stored()["wandering"]
    for name in ("pixels", "linear probe"):
        live = [widgets.FewShot(labels=10, world="wandering", draw=k).live()[name] for k in range(6)]
        assert np.mean(live) == pytest.approx(np.mean(of[name]["10"]["test"]), abs=0.06)


def test_the_number_of_labels_is_pulled_on_the_chart_and_by_keys():
    demo = widgets.FewShot(labels=10)
    x, y = map(float, demo.chart().at(50, 0.5))
    demo.dragged = {"grip": 1, "start": [x, y], "place": [x, y]}
    assert (demo.error, demo.state["labels"]) == ("", 50)
    demo.presses = [["ArrowLeft", 1]]
    assert demo.state["labels"] == 20


def test_an_encoder_of_one_s_own():
    demo = widgets.FewShot(lambda x: np.asarray(x).reshape(len(x), -1) ** 2)
    assert demo.world() == "wandering"
    assert f"yours {demo.live()['yours']:.0%}" in demo.describe()
    demo.set(world="centred")
    assert "yours" not in demo.live()
    with pytest.raises(ValueError, match="encoder must give finite numbers of shape"):
        widgets.FewShot(lambda x: x)


def test_the_librarian_refuses_below_the_threshold_and_hands_on_above():
    demo = widgets.Librarian(threshold=0.0)
    best, text = demo.found()[0]
    assert text in demo.describe()
    demo.set(threshold=1.0)
    assert best < 1
    assert "refused" in demo.describe()
    demo.set(question="zebra giraffe", threshold=0.05)
    assert "scores 0.00" in demo.describe()
    assert "refused" in demo.describe()


@pytest.mark.parametrize("way", ["words", "meanings"])
def test_what_scores_nothing_is_refused_even_at_0(way):
    for question in ("", "xyzzy"):
        demo = widgets.Librarian(question=question, way=way, threshold=0.0)
        assert "refused, whatever the threshold" in demo.describe()
        assert f'fill="{BLUE}"' not in demo.drawing


@pytest.mark.parametrize("question", ["How can I leave a loop early?", "What is the capital of France?"])
def test_a_score_is_compared_as_it_is_told(question):
    demo = widgets.Librarian(question=question)
    for score, _ in demo.found()[:1]:
        for near in (score - 0.004, score, score + 0.004, score + 0.01):
            demo.set(threshold=near)
            told = [float(x) for x in re.findall(r"(?:scores|below|is) (\d\.\d\d)", demo.describe())]
            assert ("refused" in demo.describe()) == (told[0] < told[1])


def test_the_chapters_answer_between_which_scores_a_threshold_lies():
    refused, answered = "What is the capital of France?", "How can I leave a loop early?"
    for way, wanted in [("words", {0.35, 0.4}), ("meanings", set())]:
        low, high = (widgets.Librarian(question=text, way=way).found()[0][0] for text in (refused, answered))
        assert {t for t in (np.arange(21) / 20).round(2).tolist() if low < t <= high} == wanted


def test_by_words_the_passage_about_break_stands_third():
    found = [text for _, text in widgets.Librarian(question="How can I leave a loop early?").found()]
    assert found[0].startswith('"return" leaves')
    assert found[2].startswith("It terminates the nearest enclosing loop")


def test_the_threshold_is_pulled_on_the_bars():
    demo = widgets.Librarian()
    left, width = demo.bars()
    demo.dragged = {"grip": 1, "start": [left, 60.0], "place": [left + 0.25 * width, 60.0]}
    assert (demo.error, demo.state["threshold"]) == ("", 0.25)
    demo.presses = [["ArrowRight", 1]]
    assert demo.state["threshold"] == 0.3


def test_texts_of_one_s_own():
    demo = widgets.Librarian(["apples and pears", "ships at sea", "a pear tree on a ship"], question="apple")
    assert "Of 3 passages" in demo.describe()
    assert demo.error == ""
    for wrong in ("a text", [], ["", "?"]):
        with pytest.raises(ValueError, match="texts must be a list of passages"):
            widgets.Librarian(wrong)

"""The widgets of chapter 05: what is drawn and said of a race and of a schedule is what the course's classes do."""

import re

import numpy as np
import pytest
from traitlets import TraitError

from course_lib.plots.optimizers import VIEWS, lowest
from course_lib.surfaces import SURFACES, walk
from course_lib.widgets import optimizers as widgets


@pytest.fixture
def race():
    return widgets.Race()


def told(race):
    assert race.error == ""
    return race.describe()


@pytest.mark.parametrize("surface", SURFACES)
def test_the_race_follows_the_course_s_optimizers(race, surface):
    race.set(surface=surface)
    race.set(step=40, SGD=0.003, Adam=0.02, beta=0.8, start=[1.0, 0.5])
    for racer, make in widgets.RACERS.items():
        path = walk(make(race.state[racer], 0.8), SURFACES[surface], 40, (1.0, 0.5))
        np.testing.assert_allclose(race.walk(racer)[0], path)
        height = SURFACES[surface].f(*path[-1]) - lowest(surface)
        assert race.walk(racer)[1][-1] == pytest.approx(height)
        assert f"{racer} ({widgets._rounded(height)})" in told(race)


def test_beta_is_the_share_of_the_velocity_that_is_kept(race):
    race.set(beta=0.0, momentum=0.01, SGD=0.01, Nesterov=0.01)
    ends = {racer: race.walk(racer)[0][-1] for racer in widgets.RACERS}
    np.testing.assert_allclose(ends["momentum"], ends["SGD"])
    np.testing.assert_allclose(ends["Nesterov"], ends["SGD"])
    race.set(beta=0.95)
    for racer, moved in [("SGD", False), ("momentum", True), ("Nesterov", True), ("RMSprop", False), ("Adam", False)]:
        assert np.allclose(race.walk(racer)[0][-1], ends[racer]) != moved
    assert "β = 0.95" in race.words


def test_every_surface_begins_with_rates_that_lose_nobody(race):
    for surface in SURFACES:
        race.set(surface=surface)
        race.set(step=widgets.STEPS)
        assert tuple(race.state[racer] for racer in widgets.RACERS) == widgets.GOOD_RATES[surface]
        assert not any(race.left_the_map(racer) for racer in widgets.RACERS)
        assert "off the map" not in told(race) + race.words


def test_who_leaves_the_map_is_said_in_words_and_has_no_mark(race):
    race.set(SGD=0.03, step=9)
    assert not race.left_the_map("SGD")
    race.set(step=10)
    assert race.left_the_map("SGD")
    assert told(race).endswith("off the map: SGD.")
    assert "off the map since step 10" in race.words
    race.set(step=150)
    assert "off the map since step 10" in race.words
    # One of the map and one of the curves; the names have none of these titles.
    assert "<title>SGD</title>" not in race.drawing
    race.set(**dict.fromkeys(widgets.RACERS, 1.0))
    assert "off the map: SGD, momentum, Nesterov." in told(race)


def test_at_step_0_all_stand_at_the_start(race):
    race.set(step=0)
    assert "after 0 steps" in told(race)
    assert race.words.count("<td>(10.00, 1.00)") == len(widgets.RACERS)
    race.set(step=1)
    assert "after 1 step from" in told(race)


def hand(race, *places):
    """A hand that goes down on the first place and passes the others. Each (x, y) in the drawing's units"""
    for place in places:
        race.dragged = {"grip": hash(places), "start": list(places[0]), "place": list(place)}
    assert race.error == ""


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_start_is_where_the_hand_is(race, surface, narrow):
    race.narrow = narrow
    race.set(surface=surface)
    left, right, bottom, top = VIEWS[surface]
    goal = left + 0.3 * (right - left), bottom + 0.8 * (top - bottom)
    chart = race.map()
    middle, place = (tuple(map(float, chart.at(*at))) for at in (((left + right) / 2, (bottom + top) / 2), goal))
    hand(race, middle, place)
    assert race.state["start"] == pytest.approx(goal, abs=1e-3)
    np.testing.assert_array_equal(race.walk("Adam")[0][0], race.state["start"])
    # The square that marks it, around its middle.
    squares = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="12.0"', race.drawing)
    assert np.add(np.array(squares[0], float), 6) == pytest.approx(place, abs=0.2)
    # Out of the picture it stops at the edge; a hand on the curves below moves nothing.
    hand(race, place, (0, 0))
    assert race.state["start"] == pytest.approx((left, top), abs=1e-3)
    hand(race, (place[0], chart.bottom + 60), place)
    assert race.state["start"] == pytest.approx((left, top), abs=1e-3)
    race.presses = [["home", 1]]
    assert race.start == SURFACES[surface].start


def test_arrows_move_the_start(race):
    for number, (key, wanted) in enumerate(
        [("ArrowLeft", (9.438, 1)), ("ArrowUp", (9.438, 1.562)), ("ArrowRight", (10, 1.562)), ("ArrowDown", (10, 1))]
    ):
        race.presses = [[key, number + 1]]
        assert race.start == pytest.approx(wanted, abs=2e-3)


def test_one_step_after_the_other_until_the_last(race):
    race.set(step=widgets.STEPS - 1)
    assert not race.finished
    for number in (1, 2):
        race.presses = [["next", number]]
        assert race.state["step"] == widgets.STEPS
        assert race.finished
    race.presses = [["first", 3]]
    assert (race.state["step"], race.finished) == (0, False)


def test_another_surface_has_its_own_start_and_rates_unless_told_otherwise(race):
    race.set(start=[1.0, 1.0])
    race.set(surface="bowl")
    assert race.start == SURFACES["bowl"].start
    assert race.state["SGD"] == widgets.GOOD_RATES["bowl"][0]
    race.set(surface="saddle", SGD=0.3)
    assert race.state["SGD"] == 0.3
    one = widgets.Race("bowl", step=3, start=[1.0, 2.0], Adam=0.01)
    assert (one.state["Adam"], one.state["SGD"], one.start) == (0.01, 0.1, (1.0, 2.0))


def test_marks_stay_within_the_frame_of_the_curves(race):
    """Who is below a millionth has no mark at the frame's foot, as if it were there."""
    race.set(surface="bowl", step=150, SGD=0.2)
    assert "SGD (below 0.000001)" in told(race)
    assert race.drawing.count(">S</text>") == 2
    race.set(step=5)
    assert race.drawing.count(">S</text>") == 3


def test_the_answers_to_the_race_s_questions(race):
    """As the chapter gives them."""
    race.set(SGD=0.02, step=1)
    np.testing.assert_allclose(race.walk("SGD")[0][-1], [9.8, -1])
    race.set(surface="bowl", SGD=0.1)
    race.set(step=150, **dict(zip(widgets.RACERS, widgets.GOOD_RATES["bowl"], strict=True)))
    for racer, runs_past in [("momentum", True), ("Adam", True), ("SGD", False)]:
        assert (race.walk(racer)[0][:, 0].min() < -0.01) == runs_past
    race.set(beta=0.5)
    assert race.walk("momentum")[0][:, 0].min() > -0.01
    race.set(beta=0.9)
    race.set(surface="saddle")
    left = {racer: np.argmax(np.abs(race.walk(racer)[0][:, 1]) > 0.5) or 999 for racer in widgets.RACERS}
    assert max(left, key=left.get) == "SGD"
    assert {"RMSprop", "Adam"} == set(sorted(left, key=left.get)[:2])
    race.set(start=[2.0, 0.8])
    assert max(np.argmax(np.abs(race.walk(racer)[0][:, 1]) > 0.9) for racer in widgets.RACERS) < 60
    # On the ridge itself nothing pushes to either side.
    race.set(start=[2.0, 0.0])
    assert all((race.walk(racer)[0][:, 1] == 0).all() for racer in widgets.RACERS)
    race.set(surface="Rosenbrock")
    paths = {racer: race.walk(racer)[0] for racer in widgets.RACERS}
    across = {racer: np.flatnonzero(np.diff(np.sign(p[:, 1] - p[:, 0] ** 2))) for racer, p in paths.items()}
    assert len(across["SGD"]) <= 1
    assert len(across["Nesterov"]) <= 5
    assert len(across["RMSprop"]) == widgets.STEPS
    for racer in ("momentum", "Adam"):
        assert len(across[racer]) >= 15
        assert np.abs(paths[racer][80:, 1] - paths[racer][80:, 0] ** 2).max() < 0.02
    race.set(surface="ravine", start=None)
    race.set(**dict.fromkeys(widgets.RACERS, 0.01))
    assert "lowest to the highest: Nesterov" in told(race)
    race.set(**dict.fromkeys(widgets.RACERS, 0.2))
    assert "lowest to the highest: Adam" in told(race)
    assert "off the map: SGD, momentum, Nesterov." in told(race)


def test_a_race_keeps_its_step_within_the_slider(race):
    race.set(step=10_000)
    assert f"after {widgets.STEPS} steps" in told(race)
    race.set(surface="hill")
    assert "hill" in race.error
    race.set(surface="ravine", step=3)
    assert "after 3 steps" in told(race)


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"kind": "constant"}, {0: 0.4, 150: 0.4, 300: 0.4}),
        ({"kind": "cosine", "share": 0.0}, {0: 0.4, 150: 0.2, 300: 0.0}),
        ({"kind": "cosine", "share": 0.5, "decay_steps": 100}, {0: 0.4, 50: 0.3, 100: 0.2, 300: 0.2}),
        ({"kind": "exponential", "share": 0.5, "decay_steps": 100}, {0: 0.4, 100: 0.2, 200: 0.1, 300: 0.05}),
        ({"kind": "step", "share": 0.5, "decay_steps": 100}, {100: 0.4, 101: 0.2, 200: 0.2, 201: 0.1, 300: 0.1}),
        ({"kind": "step", "share": 0.5, "decay_steps": 300}, {0: 0.4, 300: 0.4}),
        ({"kind": "constant", "warmup": 40}, {0: 0.0, 10: 0.1, 40: 0.4, 300: 0.4}),
        ({"kind": "cosine", "warmup": 100, "decay_steps": 200, "share": 0.0}, {50: 0.2, 100: 0.4, 200: 0.2, 300: 0.0}),
    ],
)
def test_the_schedule_is_what_it_says(settings, rates):
    demo = widgets.Schedule(rate=0.4)
    demo.set(**settings)
    for step, rate in rates.items():
        demo.set(look=step)
        assert demo.now == pytest.approx(rate)
        assert f"<b>{rate:.4f}</b>" in demo.text.value
        assert f"at step {step} it is {rate:.4f}" in demo.describe()


def test_a_schedule_survives_what_it_cannot_do():
    demo = widgets.Schedule()
    with pytest.raises(TraitError):
        demo.set(kind="zigzag")
    demo.set(rate=float("nan"), look=-5)
    assert demo.values["look"] == 0
    demo.set(rate=0.2, look=0, kind="constant")
    assert demo.now == pytest.approx(0.2)
    assert demo.message.value == ""

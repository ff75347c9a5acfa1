"""What the widgets that Python draws have in common: state, presses, and a hand that drags."""

import pytest

from course_lib.widgets import live


class Dot(live.LiveDemo):
    """A dot on a line, to be dragged, pushed and hidden."""

    name = "dot"

    def __init__(self, **state):
        controls = [
            live.slider("x", "place", 0, 10),
            live.stops("size", "size", ["small", ("big", 2.5), 4]),
            live.check_box("hidden", "hidden"),
            live.choice("colour", "colour", ["red", "blue"]),
            live.play("on", "one further"),
            live.push_button("home", "home"),
        ]
        self.grips = []
        start = {"x": 3, "size": 2.5, "hidden": False, "colour": "red", **state}
        super().__init__(controls, drags=True, **start)

    def draw(self):
        if self.state["x"] == 7:
            raise ValueError("not on a Sunday")
        told = "hidden" if self.state["hidden"] else f"a dot at {self.number('x')}"
        return f"<svg>{told}</svg>", f"<b>{told}</b>", told

    def press(self, what):
        if what == "broken":
            raise ValueError("broken")
        self.set(x={"home": 0, "on": self.state["x"] + 1, "ArrowLeft": self.state["x"] - 1}[what])

    def grab(self, x, y):
        self.grips.append((x, y))

    def drag(self, x, y):
        self.set(x=x)


def test_what_is_pressed_is_answered_and_counted():
    dot = Dot()
    for number, what in enumerate(["on", "on", "home", "on", "ArrowLeft"], 1):
        dot.presses = [[what, number]]
        assert dot.answered == number
    assert dot.state["x"] == 0
    # Else what plays would wait for ever.
    dot.presses = [["broken", 6]]
    assert dot.answered == 6
    assert dot.error == "broken"


def test_quick_presses_are_all_answered_once():
    """While Python is busy the page sends only what it said last; an answered press may come once more with it."""
    dot = Dot(x=0)
    dot.presses = [["on", 1]]
    dot.presses = [["on", 1], ["broken", 2], ["on", 3], ["on", 4]]
    assert dot.state["x"] == 3
    assert dot.answered == 4
    assert dot.error == "broken"


def test_a_hand_grips_once_and_moves_on():
    dot = Dot()
    for grip, start, place in [(0.1, [1, 2], [1, 2]), (0.1, [1, 2], [4, 2]), (0.7, [4, 2], [5, 9])]:
        dot.dragged = {"grip": grip, "start": start, "place": place}
        assert dot.describe() == f"a dot at {place[0]}"
    assert dot.grips == [(1, 2), (4, 2)]


def test_a_grip_is_noticed_also_when_only_its_end_arrives():
    dot = Dot()
    dot.dragged = {"grip": 0.3, "start": [1, 2], "place": [6, 2]}
    assert dot.grips == [(1, 2)]
    assert dot.state["x"] == 6


def test_what_goes_wrong_in_drawing_is_still_said_after_the_press_that_led_to_it():
    dot = Dot(x=6)
    dot.presses = [["on", 1]]
    assert dot.error == "not on a Sunday"
    dot.presses = [["on", 2]]
    assert dot.error == ""
    assert dot.describe() == "a dot at 8"


@pytest.mark.parametrize(("value", "wanted"), [(2.5, 2.5), (3.0, 2.5), (100, 4), (-1, 2.5)])
def test_a_slider_with_stops_takes_the_nearest(value, wanted):
    dot = Dot()
    dot.controls = [live.stops("size", "size", [("big", 2.5), 4])]
    dot.state = {**dot.state, "size": value}
    assert dot.number("size") == wanted


def test_a_number_stays_within_its_slider():
    assert Dot(x=99).number("x") == 10
    assert Dot(x=-4).number("x") == 0


def test_a_control_that_is_not_there_is_said():
    dot = Dot()
    dot.set(y=3)
    assert dot.error.startswith("dot has no control 'y'; it has cell, colour, hidden, size, x")


@pytest.mark.parametrize(("places", "wanted"), [([[0, 0], [10, 0]], 1), ([[0, 0]], -1), ([], -1)])
def test_the_nearest_place_within_reach(places, wanted):
    assert live.nearest(places, 8, 1, within=3) == wanted

"""Chapter 15's runs that do not resume: what each lacks is given to it, and then it does; nothing else helps."""

import jupytext
import numpy as np
import pytest

from course_lib.building.notebooks import ROOT

WHOLE, KILLED, SAVED = 20, 14, 10
# {letter: {what is given to it: (a piece of its code, what stands there instead)}}
REPAIRS = {
    "A": {"step": [("range(stop - first)", "range(first, stop)")]},
    "B": {
        "velocity": [
            ('state["w"], 0 * state["w"]', 'state["w"], state.get("v", np.zeros(2))'),
            ('{"w": w, "step"', '{"w": w, "v": v, "step"'),
        ]
    },
    "C": {
        "generator": [
            ('"seed": 0}\n    start', '"state": np.random.default_rng(0).bit_generator.state}\n    start'),
            ('rng = np.random.default_rng(start["seed"])', "rng = np.random.default_rng()"),
            ('w, v = start["w"]', 'rng.bit_generator.state = start["state"]\n    w, v = start["w"]'),
            ('"seed": 0}\n        w', '"state": rng.bit_generator.state}\n        w'),
        ]
    },
    "D": {"copy": [('{"w": w, "v": v', '{"w": w.copy(), "v": v.copy()')]},
}
VAIN = {
    "A": {
        "copy": [('{"w": w, "v": v', '{"w": w.copy(), "v": v.copy()')],
        "generator": [("rng.bit_generator.state = saved", "rng = np.random.default_rng(0); _ = saved")],
        "velocity": [('saved["v"], saved["step"]', '0 * saved["v"], saved["step"]')],
    },
    "B": {
        "copy": [('{"w": w,', '{"w": w.copy(),')],
        "step": [('range(state["step"], stop)', 'range(stop - state["step"])')],
    },
    "C": {
        "copy": [('{"w": w, "v": v', '{"w": w.copy(), "v": v.copy()')],
        "step": [('range(start["step"], stop)', 'range(stop - start["step"])')],
        "velocity": [('start["w"], start["v"]', 'start["w"], 0 * start["v"]')],
    },
    "D": {
        "weights": [('{"w": w,', '{"w": w.copy(),')],
        "velocity": [('"v": v,', '"v": v.copy(),')],
        "step": [("range(first, stop)", "range(stop - first)")],
    },
}


def cells(*begins):
    """The code cells of the exercises that hold one of these."""
    found = jupytext.read(ROOT / "solutions/source/15-production.py").cells
    return [cell.source for cell in found if cell.cell_type == "code" and any(one in cell.source for one in begins)]


def resumed(letter, changes):
    """Weights at the end, in one go and after a stop."""
    [code] = cells(f"def train_{letter.lower()}(")
    for old, new in changes:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    names = {"np": np}
    exec(cells("def moved(")[0] + "\n" + code, names)
    train = names[f"train_{letter.lower()}"]
    whole, _ = train(WHOLE)
    _, saved = train(KILLED)
    again, _ = train(WHOLE, saved)
    return whole, again, saved


def changed(table):
    return [
        pytest.param(letter, changes, id=f"{letter}-{what}")
        for letter, some in table.items()
        for what, changes in some.items()
    ]


@pytest.mark.parametrize(("letter", "changes"), changed(REPAIRS))
def test_who_is_given_what_it_lacks_comes_to_the_very_same_weights(letter, changes):
    whole, again, saved = resumed(letter, changes)
    assert saved["step"] == SAVED
    np.testing.assert_array_equal(whole, again)


@pytest.mark.parametrize(("letter", "changes"), changed({letter: {"as it is": []} for letter in "ABCD"} | VAIN))
def test_who_is_given_something_else_does_not(letter, changes):
    whole, again, _ = resumed(letter, changes)
    assert not np.allclose(whole, again, rtol=1e-3)


@pytest.mark.parametrize("letter", "ABCD")
def test_as_they_stand_they_miss_by_far(letter):
    """What is printed holds on every machine: no weight comes near."""
    whole, again, _ = resumed(letter, [])
    assert np.abs(whole - again).max() > 0.02

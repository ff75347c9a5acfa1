"""What chapter 11 measures once: how settings are found, and that what is stored has every part."""

import numpy as np
import pytest

from course_lib.experiments import overfitting_stack as stack
from course_lib.experiments import overfitting_study as study


def test_a_grid_grows_until_its_best_lies_inside():
    place, tried = study.best(lambda s, r: -abs(np.log2(s / 8)) - abs(np.log2(r / 0.004)), (0.001, 0.002), (1, 2))
    assert place == (8, 0.004)
    strengths, rates = (sorted({float(key.split(", ")[part]) for key in tried}) for part in (0, 1))
    assert (strengths, rates) == ([1, 2, 4, 8, 16], [0.001, 0.002, 0.004, 0.008])


def test_no_strength_beyond_its_ends_is_tried():
    place, tried = study.best(lambda s, r: s - abs(np.log2(r / 0.002)), (0.001, 0.002, 0.004), (0.2, 0.4), most=0.9)
    assert place == (0.8, 0.002)
    assert max(float(key.split(", ")[0]) for key in tried) == 0.8


def test_one_strength_is_no_choice():
    place, tried = study.best(lambda s, r: -abs(np.log2(r / 0.002)), (0.001, 0.002, 0.004), (1,))
    assert place == (1, 0.002)
    assert len(tried) == 3


def test_draws_differ_and_have_so_many_wrong_labels():
    x, y = study.draws(range(3), 50, wrong=0.3)
    same, right = study.draws(range(3), 50)
    np.testing.assert_array_equal(x, same)
    assert ((y != right).sum(axis=1) == 15).all()
    assert not np.array_equal(x[0], x[1])
    assert not set(study.CHOOSING) & set(study.JUDGING)


def test_a_gain_is_a_mean_of_differences():
    found = {"none": {"points": [1.0, 2.0, 3.0]}, "some": {"points": [2.0, 4.0, 6.0]}}
    assert study.gains(found) == {"some": (2.0, pytest.approx(1 / np.sqrt(3)))}


@pytest.mark.parametrize("world", ["clean", "wrong"])
def test_what_is_stored_has_every_cure_with_40_draws_and_rates_inside(world):
    found = study.stored()[world]
    others = {"none", "200 digits", "1,000 digits", "five networks", "one, five times as wide", "together"}
    assert set(found) == {*study.CURES, *others, "together, 2,000 steps", "none, 2,000 steps"}
    for name, one in found.items():
        assert len(one["points"]) == len(study.JUDGING) >= 40
        places = [tuple(map(float, key.split(", "))) for key in one["tried"]]
        rates, strengths = {r for _, r in places}, {s for s, _ in places}
        assert min(rates) < one["rate"] < max(rates), name
        assert one["tried"][f"{one['strength']:g}, {one['rate']:g}"] == max(one["tried"].values())
        # Only what can be no smaller lies on an edge: one pixel.
        if len(strengths) > 1 and (world, name) != ("clean", "cutout"):
            assert min(strengths) < one["strength"] < max(strengths), name


def test_what_is_stored_can_be_measured_again():
    found = study.stored()["clean"]
    base, l2 = found["none"], found["L2"]
    again = study.measure(stack.Cure(l2=l2["strength"]), l2["rate"], judging=True)
    # Other processors round otherwise: single answers may differ.
    assert np.mean(again) == pytest.approx(np.mean(l2["points"]), abs=0.3)
    assert np.mean(study.measure(stack.Cure(), base["rate"])) == pytest.approx(max(base["tried"].values()), abs=0.3)


def test_several_cures_together_are_a_share_of_each():
    found = {name: {"strength": s} for name, s in zip(study.CURES, range(1, 15), strict=True)}
    cure = study.together(found)(0.5)
    assert (cure.decay, cure.shift, cure.degrees, cure.noise) == (1.5, 4.5, 5.0, 5.5)
    assert cure.dropout == 0.9


def test_a_part_is_stored_when_it_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "RESULTS", tmp_path / "measured.json")
    monkeypatch.setattr(study, "PARTS", {"one": lambda: {"a": [1, 2]}, "two": lambda: 3})
    study.study("one")
    assert study.stored() == {"one": {"a": [1, 2]}}
    study.study()
    assert study.stored() == {"one": {"a": [1, 2]}, "two": 3}

"""The widgets of chapter 13: every sentence and mark against the mathematics."""

import re

import numpy as np
import pytest

from course_lib.experiments.generation import NONE, pictures
from course_lib.experiments.generation_noise import STEPS
from course_lib.experiments.generation_plane import PlaneGAN, seen_real
from course_lib.fidelity import nearest
from course_lib.widgets import generation as widgets

KINDS = [widgets.Latent, widgets.Denoise, widgets.GanGame]


class Straight:
    """A plane of a learner's own: two pixels."""

    def encode(self, x):
        return 10 * np.reshape(x, (-1, 64))[:, [20, 43]]

    def decode(self, z):
        made = np.zeros((len(z), 64))
        made[:, [20, 43]] = np.asarray(z) / 10
        return made


@pytest.mark.parametrize("kind", KINDS)
def test_every_control_to_its_ends(kind):
    demo = kind()
    for spec in demo.controls:
        values = [v for _, v in spec.get("options", [])] or [spec.get("min"), spec.get("max")]
        for value in [v for v in values if v is not None][:: max(1, len(values) - 1)]:
            demo.set(**{spec["name"]: value})
            assert demo.error == "", (spec["name"], value)
            assert not re.search(r"\bnan\b", demo.describe())


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_moved_goes_out_and_in_again(kind):
    one, other = kind(), kind()
    moved = {"Latent": {"z1": -1.0}, "Denoise": {"step": 20}, "GanGame": {"moves": "B10D10"}}[kind.__name__]
    one.set(**moved)
    assert other.drawing != one.drawing
    other.state = dict(one.state)
    assert other.drawing == one.drawing


def test_a_hand_moves_the_code():
    demo = widgets.Latent()
    place = demo.chart().at(1.0, -1.5)
    demo.grab(*place)
    assert (demo.state["z1"], demo.state["z2"]) == pytest.approx((1.0, -1.5), abs=0.01)
    demo.press("ArrowUp")
    assert demo.state["z2"] == pytest.approx(-1.4, abs=0.01)
    demo.drag(0, 0)
    assert (demo.state["z1"], demo.state["z2"]) == (-3.0, 3.0)


def test_the_plane_says_what_is_nearest():
    demo = widgets.Latent(z1=1.0, z2=1.0)
    assert all(f">{name}</text>" in demo.drawing for name in ("z₁", "z₂"))
    x, y = pictures()[0]
    made = demo.model.decode(np.array([[1.0, 1.0]]))
    distances, rows = nearest(made, x)
    assert demo.describe().endswith(f"is a {y[rows[0]]}, {distances[0]:.2f} away.")
    near = np.argsort(np.hypot(*(demo.model.encode(x) - (1, 1)).T))[:20]
    counts = np.bincount(y[near])
    assert f"{counts.max()} belong to the class {counts.argmax()}" in demo.describe()


def test_the_plane_takes_a_learners_own():
    x, y = pictures()[0]
    demo = widgets.Latent(Straight(), x[:50].reshape(-1, 8, 8), y[:50], z1=5.0, z2=2.0)
    assert demo.error == ""
    assert demo.reach >= 9
    np.testing.assert_allclose(demo.found()[0][[20, 43]], [0.5, 0.2])


def test_both_runs_begin_with_the_same_noise_and_end_as_the_model_does():
    demo = widgets.Denoise(step=0)
    left, right = (demo.stages(side) for side in ("left", "right"))
    np.testing.assert_array_equal(left[0][1], right[0][1])
    assert len(left) == STEPS + 1
    assert f"t = {STEPS}" in demo.describe()
    demo.set(step=STEPS)
    assert "t = 0: 100% of the variance" in demo.describe()
    assert "told “3”, what the network sees is nearest to a training 3" in demo.describe()
    assert "told “8”, what the network sees is nearest to a training 8" in demo.describe()


def test_told_nothing_both_runs_are_one():
    demo = widgets.Denoise(left=NONE, right=NONE, step=80)
    np.testing.assert_array_equal(demo.stages("left")[80][1], demo.stages("right")[80][1])
    assert demo.describe().count("told no digit") == 2


def test_playing_ends_at_the_last_step():
    demo = widgets.Denoise(step=97)
    for count in (1, 2):
        demo.presses = [["on", count]]
    assert demo.state["step"] == STEPS
    assert demo.finished


def test_moves_are_played_in_their_order():
    demo = widgets.GanGame(moves="D10G3B2", seed=1)
    gan = PlaneGAN(rates=(0.002, 0.002), seed=1)
    for step in [gan.step_d] * 10 + [gan.step_g] * 3 + [gan.step_d, gan.step_g] * 2:
        step()
    for ours, theirs in zip(demo.gan().generator.parameters(), gan.generator.parameters(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert demo.describe().startswith("D has made 12 steps, G 5.")


def test_a_press_plays_on_and_a_new_start_plays_all_again():
    demo = widgets.GanGame(moves="B10")
    demo.presses = [["D", 1]]
    assert demo.state["moves"] == "B10D10"
    assert demo.describe() == widgets.GanGame(moves="B10D10").describe()
    demo.set(seed=3)
    assert demo.describe() == widgets.GanGame(moves="B10D10", seed=3).describe()
    demo.presses = [["new", 2]]
    assert demo.describe().startswith("D has made 0 steps, G 0.")


def test_what_d_is_said_to_believe_it_does():
    demo = widgets.GanGame()
    real = demo.real(150, np.random.default_rng(2))
    assert f"for real with {seen_real(demo.gan(), real).mean():.2f}," in demo.describe()


def test_the_game_takes_points_of_a_learners_own():
    demo = widgets.GanGame(real=np.array([[0.5, 0.5], [-0.5, 0.2]]), moves="B10")
    assert demo.error == ""
    assert set(map(tuple, demo.real(50, np.random.default_rng(0)))) == {(0.5, 0.5), (-0.5, 0.2)}

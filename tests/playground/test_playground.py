"""The playground: settings that say all, a run that they give again bit for bit, its Keras code, and the widget."""

import io
import itertools
import json
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE
from course_lib.gradients import numeric_gradient
from course_lib.playground import parts as playground_parts
from course_lib.playground import run as playground
from course_lib.playground import settings as playground_settings
from course_lib.playground.parts import (
    DATA,
    FEATURES,
    INITIALIZERS,
    OPTIMIZERS,
    PenalizedDense,
    circle,
    features,
    gaussians,
    network,
    neuron_outputs,
    points,
    random_stream,
    spiral,
    train_count,
    xor,
)
from course_lib.playground.run import Run, dense_layers, keras_code
from course_lib.playground.settings import CHOICES, DEFAULTS, LIMITS, LIVE, checked, checked_change
from course_lib.plots.playground import GRID, LOGIT, PIXELS, neuron_shades, shades, sure
from course_lib.widgets.playground import CURVE, Playground
from tests.witness import KINDS, without, witness

pytestmark = [
    *without(
        KINDS,
        "it makes examples or plain values, and no mathematics",
        circle,
        xor,
        gaussians,
        spiral,
        points,
        train_count,
        random_stream,
        checked,
        checked_change,
        keras_code,
    ),
    *without(KINDS, "it puts together what has its own witnesses", Run, dense_layers),
    *without(["numeric"], "it puts together layers that have their own witnesses", network),
    *without(["keras", "numeric"], "it takes out of the network what passes through it", neuron_outputs),
    *without(["keras", "numeric"], "it is one formula, tested against the same formula as text", features),
]

SMALL = {"points": 40, "hidden": [3, 2], "batch_size": 7}
# One of everything, and what is rare.
VARIED = [
    {},
    {"data": "circle", "features": list(FEATURES), "hidden": [1], "activation": "relu", "optimizer": "SGD"},
    {"data": "xor", "hidden": [8] * 6, "activation": "gelu", "initializer": "orthogonal", "optimizer": "Momentum"},
    {
        "data": "gaussians",
        "hidden": [2, 5],
        "activation": "leaky_relu",
        "initializer": "uniform",
        "l1": 0.25,
        "optimizer": "Nesterov",
    },
    {"features": ["sin(x2)", "x1*x2"], "initializer": "normal", "l1": 0.5, "l2": 0.25, "optimizer": "AdamW"},
    {"hidden": [4], "initializer": "zeros", "l2": 0.5, "optimizer": "RMSprop", "train_share": 0.25},
    {"hidden": [3, 3, 3], "initializer": "he_normal", "optimizer": "Adagrad", "noise": 0.5, "seed": 11},
]

settings_of_all_kinds = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from(list(choices)) for name, choices in CHOICES.items()},
        "features": st.lists(st.sampled_from(list(FEATURES)), min_size=1, max_size=7),
        "hidden": st.lists(st.integers(1, 8), min_size=1, max_size=6),
        "points": st.integers(20, 60),
        "noise": st.floats(0, 3),
        "train_share": st.floats(0.1, 0.9),
        "learning_rate": st.floats(0, 10),
        "batch_size": st.integers(1, 1000),
        "l1": st.floats(0, 10),
        "l2": st.floats(0, 10),
        "dropout": st.floats(0, 0.9),
        "seed": st.integers(0, 2**31 - 1),
    },
)


# Settings.


def test_the_defaults_are_plain_values_and_all_in_order():
    assert checked({}) == DEFAULTS == json.loads(json.dumps(DEFAULTS))


@given(settings_of_all_kinds)
def test_settings_survive_the_way_through_text(settings):
    made = checked(settings)
    assert list(made) == list(DEFAULTS)
    assert checked(json.loads(json.dumps(made))) == made
    assert all(made[name] == value for name, value in settings.items() if name != "features")


def test_numbers_of_numpy_become_plain():
    made = checked({"points": np.int64(40), "noise": np.float32(0.5), "learning_rate": 1, "hidden": (np.int8(3),)})
    assert (made["points"], made["noise"], made["learning_rate"], made["hidden"]) == (40, 0.5, 1.0, [3])
    assert [type(made[name]) for name in ("points", "noise", "learning_rate")] == [int, float, float]


def test_features_are_in_one_order_and_once():
    assert checked({"features": ["x2", "x1", "x2"]})["features"] == ["x1", "x2"]


def test_what_is_given_is_not_changed_and_not_shared():
    given = {"hidden": [3], "changes": [[1, "l1", 0.5], [0, "l2", 0.5]]}
    before = json.dumps(given)
    made = checked(given)
    made["hidden"].append(1)
    assert json.dumps(given) == before
    assert DEFAULTS["hidden"] == [8, 8]


NUMBER = r"must be a number from .+ to .+, got "
BAD = [
    ({"speed": 1}, r"^there is no setting 'speed'; there are data, points, .*changes$"),
    ({1: 2}, r"^there is no setting 1;"),
    ([], r"^settings must be a dict, got \[\]$"),
    ("spiral", r"^settings must be a dict, got 'spiral'$"),
    ({"data": "moons"}, r"^data must be one of circle, xor, gaussians, spiral; got 'moons'$"),
    ({"data": ["xor"]}, r"^data must be one of .*; got \['xor'\]$"),
    ({"activation": "step"}, r"^activation must be one of linear, .*; got 'step'$"),
    ({"optimizer": "adam"}, r"^optimizer must be one of SGD, .*; got 'adam'$"),
    ({"initializer": None}, r"^initializer must be one of .*; got None$"),
    ({"features": []}, r"^features must be a list of one or more of x1, .*; got \[\]$"),
    ({"features": ["x3"]}, r"^features must be .*; got \['x3'\]$"),
    ({"features": "x1"}, r"^features must be .*; got 'x1'$"),
    ({"features": [["x1"]]}, r"^features must be "),
    ({"hidden": []}, r"^hidden must be a list of 1 to 6 layers, got \[\]$"),
    ({"hidden": [1] * 7}, r"^hidden must be a list of 1 to 6 layers"),
    ({"hidden": 8}, r"^hidden must be a list of 1 to 6 layers, got 8$"),
    ({"hidden": [9]}, r"^the neurons of a hidden layer must be a whole number from 1 to 8, got 9$"),
    ({"hidden": [0]}, r"from 1 to 8, got 0$"),
    ({"hidden": [2.0]}, r"whole number from 1 to 8, got 2.0$"),
    ({"points": 19}, r"^points must be a whole number from 20 to 1000, got 19$"),
    ({"points": True}, r"^points must be a whole number from 20 to 1000, got True$"),
    ({"learning_rate": "fast"}, rf"^learning_rate {NUMBER}'fast'$"),
    ({"learning_rate": float("nan")}, rf"^learning_rate {NUMBER}nan$"),
    ({"learning_rate": -0.1}, rf"^learning_rate {NUMBER}-0.1$"),
    ({"noise": float("inf")}, rf"^noise {NUMBER}inf$"),
    ({"dropout": 0.95}, rf"^dropout {NUMBER}0.95$"),
    ({"seed": -1}, r"^seed must be a whole number from 0 "),
    ({"l2": None}, rf"^l2 {NUMBER}None$"),
    ({"changes": 3}, r"^changes must be a list, got 3$"),
    ({"changes": [3]}, r"^a change is .*, got 3$"),
    ({"changes": [[]]}, r"^a change is .*, got \[\]$"),
    ({"changes": [[0, "weight", 0, 0, 0]]}, r"^a change is "),
    ({"changes": [[0, "l1", 0, 1]]}, r"^a change is "),
    ({"changes": [[-1, "l1", 0.5]]}, r"^epoch must be a whole number from 0 "),
    ({"changes": [[0, "noise", 0.5]]}, r"^what changes in a run must be one of weight, bias, learning_rate.*'noise'$"),
    ({"changes": [[0, ["l1"], 0.5]]}, r"^what changes in a run must be one of "),
    ({"changes": [[0, "l1", -1]]}, rf"^l1 {NUMBER}-1$"),
    ({"changes": [[0, "weight", 3, 0, 0, 1.0]]}, r"^layer must be a whole number from 0 to 2, got 3$"),
    ({"changes": [[0, "weight", 0, 2, 0, 1.0]]}, r"^input must be a whole number from 0 to 1, got 2$"),
    ({"changes": [[0, "weight", 1, 8, 0, 1.0]]}, r"^input must be a whole number from 0 to 7, got 8$"),
    ({"changes": [[0, "weight", 2, 0, 1, 1.0]]}, r"^neuron must be a whole number from 0 to 0, got 1$"),
    ({"changes": [[0, "bias", 0, 8, 1.0]]}, r"^neuron must be a whole number from 0 to 7, got 8$"),
    ({"changes": [[0, "bias", 0, 0, "two"]]}, rf"^bias {NUMBER}'two'$"),
    ({"changes": [[0, "weight", 0, 0, 0, float("nan")]]}, rf"^weight {NUMBER}nan$"),
]


@pytest.mark.parametrize(("settings", "sentence"), BAD, ids=lambda value: str(value)[:50])
def test_bad_settings_are_refused_in_one_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence) as refused:
        checked(settings)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", LIMITS)
def test_the_limits_themselves_are_allowed(name):
    for value in LIMITS[name]:
        assert checked({name: value})[name] == value


# Points and features.


@pytest.mark.parametrize("name", DATA)
def test_points_lie_in_the_picture_and_in_two_classes(name):
    x, y = DATA[name](400, np.random.default_rng(0))
    assert x.shape == (400, 2)
    assert np.abs(x).max() < 6
    assert np.abs(x).max() > 4
    assert set(y) == {0, 1}
    assert 150 < y.sum() < 250


def test_each_data_set_is_what_it_says():
    rng = np.random.default_rng(1)
    x, y = circle(200, rng)
    radius = np.hypot(*x.T)
    assert radius[y == 1].max() <= 2.5
    assert radius[y == 0].min() >= 3.5
    x, y = xor(200, rng)
    np.testing.assert_array_equal(y, (np.sign(x).prod(axis=1) < 0).astype(int))
    assert np.abs(x).min() >= 0.3
    x, y = gaussians(2000, rng)
    np.testing.assert_allclose(x[y == 1].mean(axis=0), [2, 2], atol=0.15)
    np.testing.assert_allclose(x[y == 0].mean(axis=0), [-2, -2], atol=0.15)
    np.testing.assert_allclose(x[y == 1].std(axis=0), 1, atol=0.1)
    # On a spiral, the angle grows with the radius: 1.75 turns from 0 to 5, the other arm half a turn on.
    x, y = spiral(200, rng)
    turned = np.arctan2(*x.T) / (2 * np.pi) - 1.75 * np.hypot(*x.T) / 5 - y / 2
    np.testing.assert_allclose(turned, turned.round(), atol=1e-9)


def test_noise_moves_every_point_by_a_standard_deviation():
    still, noisy = (np.concatenate(points(checked({"points": 1000, "noise": noise}))[::2]) for noise in (0, 0.5))
    np.testing.assert_allclose((noisy - still).std(), 0.5, rtol=0.05)
    np.testing.assert_array_equal(*(np.concatenate(points(checked({"noise": noise}))[1::2]) for noise in (0, 0.5)))


@pytest.mark.parametrize(("count", "share", "wanted"), [(400, 0.5, 200), (20, 0.1, 2), (20, 0.9, 18), (25, 0.3, 8)])
def test_the_share_for_training(count, share, wanted):
    settings = checked({"points": count, "train_share": share})
    x_train, y_train, x_test, y_test = points(settings)
    assert train_count(settings) == len(x_train) == len(y_train) == wanted
    assert len(x_test) == len(y_test) == count - wanted
    assert y_train.shape[1] == 1


@witness("hypothesis", features)
@given(st.lists(st.tuples(*[st.floats(-6, 6)] * 2), min_size=1, max_size=5), st.permutations(list(FEATURES)))
def test_a_feature_is_its_own_formula(rows, names):
    x = np.array(rows)
    formulas = [eval(name, {"sin": np.sin, "x1": x[:, 0], "x2": x[:, 1]}) for name in names]
    np.testing.assert_array_equal(features(x, names), np.transpose(formulas))


@pytest.mark.parametrize("x", [np.zeros(2), np.zeros((2, 3)), 1.0])
def test_features_want_rows_of_two(x):
    with pytest.raises(ValueError, match=r"^x must hold a row \(x1, x2\) for each point"):
        features(x, ["x1"])


# The network.


@witness("numeric", PenalizedDense)
def test_penalties_are_part_of_the_gradient():
    rng = np.random.default_rng(0)
    layer, x, dy = PenalizedDense(4, 3, rng), rng.standard_normal((5, 4)), rng.standard_normal((5, 3))
    layer.l1, layer.l2 = 0.3, 0.7
    w, b = layer.parameters()

    def loss():
        return np.sum(dy * layer.forward(x)) + 0.3 * np.abs(w).sum() + 0.7 * np.square(w).sum()

    loss()
    dx = layer.backward(dy)
    np.testing.assert_allclose(layer.grads["kernel"], numeric_gradient(loss, w), rtol=1e-6)
    np.testing.assert_allclose(layer.grads["bias"], numeric_gradient(loss, b), rtol=1e-6)
    np.testing.assert_allclose(dx, numeric_gradient(loss, x), rtol=1e-6)


@witness("hypothesis", network, neuron_outputs, PenalizedDense)
@given(settings_of_all_kinds)
def test_any_settings_make_a_network_of_their_sizes_that_trains(settings):
    run = Run(settings)
    sizes = [len(run.now["features"]), *run.now["hidden"], 1]
    shapes = [layer.params["kernel"].shape for layer in dense_layers(run.network)]
    assert shapes == list(itertools.pairwise(sizes))
    outputs = neuron_outputs(run.network, run.x_test)
    assert [out.shape for out in outputs] == [(len(run.x_test), units) for units in sizes[1:]]
    np.testing.assert_array_equal(outputs[-1], run.network.forward(run.x_test))
    run.train(1)
    assert run.epoch == 1
    assert run.network.backward(np.ones((len(run.x_test), 1))).shape == run.x_test.shape


def test_initializers_and_optimizers_have_their_own_names():
    for name, initializer in INITIALIZERS.items():
        assert initializer.__name__ == name
    assert OPTIMIZERS["Nesterov"]().nesterov
    assert not OPTIMIZERS["Momentum"]().nesterov


# A run.


def same(one, other):
    """Whether two runs are at the same point, bit for bit."""
    weights = zip(one.network.parameters(), other.network.parameters(), strict=True)
    return one.losses == other.losses and all(np.array_equal(a, b) for a, b in weights)


@pytest.mark.parametrize("settings", [*VARIED, {"dropout": 0.5}], ids=str)
def test_equal_settings_give_equal_losses_bit_for_bit(settings):
    one, other = Run(settings), Run(json.loads(json.dumps(checked(settings))))
    one.train(6)
    for _ in range(3):
        other.train(2)
    assert one.epoch == 6
    assert same(one, other)
    assert len(set(one.losses["loss"])) > 1


def test_each_purpose_has_random_numbers_of_its_own():
    runs = [Run(SMALL | {"seed": seed}) for seed in (0, 1)]
    assert not np.array_equal(runs[0].x_train, runs[1].x_train)
    assert not np.array_equal(*(run.network.parameters()[0] for run in runs))
    streams = [random_stream({"seed": 0}, k).random() for k in range(4)]
    assert len(set(streams)) == 4
    # Neither the batches nor dropout shift the numbers of the others.
    wide = Run(SMALL | {"dropout": 0.5, "batch_size": 3})
    assert np.array_equal(wide.x_train, runs[0].x_train)
    assert np.array_equal(wide.network.parameters()[0], runs[0].network.parameters()[0])


def test_losses_begin_before_training_and_are_without_penalties():
    run = Run(SMALL | {"l1": 1.0, "l2": 1.0})
    assert run.epoch == 0
    p = 1 / (1 + np.exp(-run.network.forward(run.x_train)))
    by_hand = -np.mean(run.y_train * np.log(p) + (1 - run.y_train) * np.log(1 - p))
    assert run.losses["loss"] == [pytest.approx(by_hand, rel=1e-12)]
    assert run.losses == Run(SMALL).losses


def test_penalties_draw_weights_to_zero():
    sizes = {}
    for name in ("l1", "l2", "dropout"):
        run = Run(SMALL | {name: 0.5})
        run.train(200)
        sizes[name] = np.abs(run.network.parameters()[0]).mean()
    assert max(sizes["l1"], sizes["l2"]) < 0.1 < sizes["dropout"]


def test_accuracy_counts_the_points_on_the_right_side():
    run = Run(SMALL | {"train_share": 0.3})
    right = [(run.network.forward(x) > 0) == y for x, y in [(run.x_train, run.y_train), (run.x_test, run.y_test)]]
    assert run.accuracy() == (right[0].sum() / 12, right[1].sum() / 28)


def test_training_can_be_bounded_in_time():
    run = Run(SMALL)
    run.train(seconds=0)
    assert run.epoch == 1
    run.train(0)
    assert run.epoch == 1


def test_a_run_that_diverges_stops():
    run = Run(SMALL | {"optimizer": "SGD", "activation": "linear", "learning_rate": 10.0, "l2": 10.0})
    run.train(1000)
    assert run.diverged
    assert run.epoch < 1000
    stopped = run.epoch
    run.train(5)
    assert run.epoch == stopped
    # What it says of itself is still to be had.
    assert all(0 <= share <= 1 for share in run.accuracy())


@pytest.mark.parametrize(
    "changes",
    [
        [(2, "learning_rate", 0.5)],
        [(0, "weight", 1, 2, 1, -3.0), (3, "bias", 2, 0, 1.5), (3, "l1", 0.25)],
        [(1, "batch_size", 2), (1, "batch_size", 30), (4, "l2", 1.0), (4, "weight", 0, 1, 2, 0.0)],
    ],
    ids=str,
)
def test_what_is_changed_on_the_way_is_part_of_the_settings(changes):
    run = Run(SMALL)
    for epoch in range(6):
        for at, *change in changes:
            if at == epoch:
                run.change(*change)
        run.train(1)
    again, plain = Run(run.settings), Run(SMALL)
    for other in (again, plain):
        other.train(6)
    assert same(again, run)
    assert again.now == run.now | {"changes": run.settings["changes"]}
    assert not same(plain, run)


def test_a_changed_weight_is_there_at_once_and_so_is_its_loss():
    run = Run(SMALL)
    run.train(2)
    before = run.losses["loss"][-1]
    run.change("weight", 1, 2, 0, 4.5)
    run.change("bias", 0, 1, -2.5)
    first, second, _ = dense_layers(run.network)
    assert second.params["kernel"][2, 0] == 4.5
    assert first.params["bias"][1] == -2.5
    assert run.epoch == 2
    assert run.losses["loss"][-1] != before
    assert run.settings["changes"] == [[2, "weight", 1, 2, 0, 4.5], [2, "bias", 0, 1, -2.5]]
    assert same(playground_after(run.settings, 2), run)


def playground_after(settings, epochs):
    run = Run(settings)
    run.train(epochs)
    return run


def test_the_last_of_several_changes_at_one_moment_counts_and_the_future_is_open():
    run = Run(SMALL | {"changes": [[5, "l1", 0.5], [1, "l2", 0.5]]})
    run.train(1)
    for rate in (0.1, 0.2, 0.3):
        run.change("learning_rate", rate)
    assert run.settings["changes"] == [[1, "l2", 0.5], [1, "learning_rate", 0.3]]
    assert run.now["learning_rate"] == run.optimizer.learning_rate == 0.3
    assert {layer.l2 for layer in dense_layers(run.network)} == {0.5}


def test_a_change_that_is_refused_changes_nothing():
    run, other = Run(SMALL), Run(SMALL)
    for change in [("noise", 1.0), ("weight", 9, 0, 0, 1.0), ("l1", "much"), ("weight", 0, 0, 0, np.nan), ("bias", 1)]:
        with pytest.raises(ValueError, match=r"must be|a change is"):
            run.change(*change)
    assert same(run, other)
    assert run.settings == other.settings


# 600 epochs are half a minute at 20 epochs a second, the least that the page reaches. Measured for 12 seeds: 80 to 220.
@pytest.mark.parametrize("seed", range(10))
def test_the_spiral_is_solved(seed):
    run = Run({"seed": seed})
    while run.epoch < 600 and run.accuracy()[1] < 0.95:
        run.train(10)
    assert run.accuracy()[1] >= 0.95


# Keras.


@witness("keras", network, PenalizedDense)
@pytest.mark.parametrize("settings", [*VARIED, {"dropout": 0.5}], ids=str)
def test_keras_code_is_the_same_network_on_the_same_points(settings, keras, capsys):
    """It runs in an empty namespace; given our weights it gives our outputs, and a step of training gives our step."""
    run = Run(settings | {"batch_size": 1000})
    space = {}
    exec(keras_code(run.settings, epochs=1), space)
    assert "loss" in capsys.readouterr().out
    np.testing.assert_array_equal(space["inputs"], np.concatenate([run.x_train, run.x_test]))
    np.testing.assert_array_equal(space["targets"], np.concatenate([run.y_train, run.y_test]))
    model = space["model"]
    layers = [type(layer).__name__ for layer in model.layers]
    assert layers.count("Dropout") == len(run.now["hidden"]) * (run.now["dropout"] > 0)
    model.set_weights(run.network.parameters())
    # Not equal to more digits: Keras rounds its Python constants, such as a slope or the rate, to float32.
    np.testing.assert_allclose(
        model(space["inputs"], training=False),
        run.network.forward(np.concatenate([run.x_train, run.x_test])),
        rtol=1e-6,
        atol=1e-9,
    )
    if not run.now["dropout"]:
        # An optimizer of its own: that of the model has taken a step.
        model.compile(type(model.optimizer).from_config(model.optimizer.get_config()), model.loss)
        train = space["train"]
        model.fit(space["inputs"][:train], space["targets"][:train], batch_size=1000, verbose=0)
        run.train(1)
        for theirs, ours in zip(model.get_weights(), run.network.parameters(), strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-7)


def test_keras_code_names_everything_that_can_be_chosen(keras):
    for name, choices in CHOICES.items():
        for value in choices:
            space, code = {}, keras_code({name: value, "points": 20, "hidden": [2]}, epochs=1)
            exec(code.split("history")[0], space)
            assert space["model"].count_params() == 9
            assert space["model"].optimizer is not None


def test_keras_code_needs_keras_and_numpy_alone():
    code = keras_code({"data": "xor"})
    compile(code, "cell", "exec")
    assert re.findall(r"^\s*(?:import|from) .*", code, re.M) == ["import keras", "import numpy as np"]
    assert "\n\n\n\n" not in code
    assert max(map(len, code.splitlines())) <= 120


# Pictures.


def test_shades_are_white_at_zero_and_full_at_the_strongest():
    outputs = np.array([[0.0, -4.0, 0.5, np.nan], [0.0, 2.0, 0.0, np.inf], [0.0, 0.0, -1.0, -np.inf]])
    pictures, ranges = shades(outputs)
    assert pictures.dtype == np.uint8
    assert pictures.tolist() == [[128, 128, 128], [0, 191, 128], [191, 128, 0], [128, 255, 0]]
    np.testing.assert_array_equal(ranges[:3], [[0, 0], [-4, 2], [-1, 0.5]])
    assert shades(outputs[:, :3], strongest=2)[0].tolist() == [[128] * 3, [0, 255, 128], [159, 128, 64]]


def test_the_output_s_picture_holds_its_logits():
    run = Run(SMALL)
    run.train(3)
    pictures, ranges = neuron_shades(run)
    assert pictures.shape == (3 + 2 + 1, GRID * GRID)
    logits = run.network.forward(features(PIXELS, run.now["features"]))[:, 0]
    np.testing.assert_allclose(ranges[-1], [logits.min(), logits.max()])
    inside = np.abs(logits) < LOGIT
    np.testing.assert_allclose((pictures[-1] / 127.5 - 1)[inside] * LOGIT, logits[inside], atol=LOGIT / 255 + 1e-9)
    np.testing.assert_allclose(sure(pictures[-1]) / 255, 1 / (1 + np.exp(-logits)), atol=0.01)
    # The first row of pixels is at the top, the first column on the left.
    assert PIXELS[0].tolist() == [-5.88, 5.88]
    assert PIXELS[1].tolist() == [pytest.approx(-5.64), 5.88]


# The widget.


def ask(widget, **message):
    """What the page does."""
    widget._handle_custom_msg(message, [])


def floats(view):
    return np.frombuffer(view, "<f4")


def test_the_widget_gives_its_run_again():
    one = Playground({"data": "xor", "points": 60})
    one.train(4)
    other = Playground(one.settings)
    other.train(4)
    assert other.losses == one.losses
    assert len(one.losses["loss"]) == len(one.losses["test_loss"]) == 5
    other.settings = one.settings
    assert other.losses["loss"] == one.losses["loss"][:1]
    other.train(np.int64(4))
    assert other.losses == one.losses
    other.reset()
    other.train(0)
    assert len(other.losses["loss"]) == 1


def test_its_settings_and_losses_are_copies():
    widget = Playground(SMALL)
    widget.settings["hidden"].append(3)
    widget.losses["loss"].append(0)
    assert widget.settings["hidden"] == [3, 2]
    assert len(widget.losses["loss"]) == 1


def test_its_network_takes_its_features():
    widget = Playground(SMALL | {"features": ["x1**2", "sin(x2)"], "activation": "relu"})
    widget.train(5)
    x = widget.points[2]
    right = (widget.network.forward(widget.features(x)) > 0) == widget.points[3]
    assert right.mean() == widget._run.accuracy()[1]
    np.testing.assert_array_equal(widget.features(x), np.stack([x[:, 0] ** 2, np.sin(x[:, 1])], axis=1))


@pytest.mark.parametrize(("settings", "sentence"), BAD, ids=lambda value: str(value)[:50])
def test_the_widget_refuses_bad_settings_and_lives_on(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Playground(settings)
    widget = Playground(SMALL)
    widget.train(1)
    before = widget.settings, widget.losses
    with pytest.raises(ValueError, match=sentence):
        widget.settings = settings
    assert (widget.settings, widget.losses) == before


@pytest.mark.parametrize("epochs", [-1, 2.5, "3", None, True])
def test_epochs_are_a_whole_number(epochs):
    with pytest.raises(ValueError, match=r"^epochs must be a whole number from 0 up, got "):
        Playground(SMALL).train(epochs)


def test_what_is_set_in_a_run_goes_on_with_it_where_it_can():
    widget = Playground(SMALL)
    widget.set(learning_rate=0.5)
    assert widget.settings == checked(SMALL | {"learning_rate": 0.5})
    widget.train(2)
    widget.set(learning_rate=0.25, l1=0.125)
    assert widget.settings["changes"] == [[2, "learning_rate", 0.25], [2, "l1", 0.125]]
    assert widget.frame["now"]["learning_rate"] == 0.25
    assert widget.frame["epoch"] == 2
    widget.set(l2=0.5, noise=1)
    assert widget.settings == checked(SMALL | {"learning_rate": 0.25, "l1": 0.125, "l2": 0.5, "noise": 1})
    assert widget.frame["epoch"] == 0
    widget.train(1)
    widget.change("weight", 0, 0, 0, 2)
    assert widget.settings["changes"] == [[1, "weight", 0, 0, 0, 2.0]]
    widget.reset()
    assert widget.settings["changes"] == []
    assert widget.frame["epoch"] == 0
    assert set(LIVE) == {"learning_rate", "batch_size", "l1", "l2"}


def test_the_page_trains_resets_and_sets():
    widget = Playground(SMALL)
    ask(widget, do="train", epochs=1, number=1)
    assert (widget.frame["epoch"], widget.frame["number"]) == (1, 1)
    ask(widget, do="train", number=2)
    assert widget.frame["epoch"] >= 2
    ask(widget, do="set", settings={"hidden": [4]}, number=3)
    assert (widget.frame["epoch"], widget.frame["number"], widget.settings["hidden"]) == (0, 3, [4])
    ask(widget, do="change", change=["bias", 1, 0, 0.75], number=4)
    assert widget.network.parameters()[-1].tolist() == [0.75]
    ask(widget, do="load", text=json.dumps(SMALL), number=5)
    assert widget.settings == checked(SMALL)
    ask(widget, do="train", epochs=2, number=6)
    ask(widget, do="reset", number=7)
    assert (widget.frame["epoch"], widget.frame["number"], widget.error) == (0, 7, "")


@pytest.mark.parametrize(
    "message",
    [
        {"do": "set", "settings": {"hidden": [9]}},
        {"do": "set", "settings": {"seed": "seven"}},
        {"do": "set", "settings": {"speed": 1}},
        {"do": "set", "settings": None},
        {"do": "change", "change": ["weight", 0, 0, 0, "abc"]},
        {"do": "load", "text": "{"},
        {"do": "load", "text": "[]"},
        {"do": "load", "text": '{"noise": NaN}'},
        {"do": "set"},
        {"do": "dance"},
        {},
        {"do": "train", "wrong": 1},
    ],
    ids=str,
)
def test_what_the_page_cannot_have_is_said_there_and_answered(message):
    widget = Playground(SMALL)
    widget.train(1)
    before = widget.settings, widget.losses
    ask(widget, **message, number=5)
    assert widget.error
    assert "\n" not in widget.error
    assert widget.frame["number"] == 5
    assert (widget.settings, widget.losses) == before
    ask(widget, do="train", epochs=1, number=6)
    assert widget.error == ""
    assert widget.frame["epoch"] == 2


def test_the_page_gets_texts(monkeypatch):
    widget, sent = Playground(SMALL), []
    monkeypatch.setattr(widget, "send", sent.append)
    ask(widget, do="tell", what="settings")
    ask(widget, do="tell", what="code")
    assert [one["what"] for one in sent] == ["settings", "code"]
    assert json.loads(sent[0]["text"]) == widget.settings
    assert sent[1]["text"] == widget.keras_code()
    assert "epochs=100," in sent[1]["text"]


@pytest.mark.parametrize("settings", VARIED, ids=str)
def test_a_frame_holds_what_there_is_to_see(settings):
    widget = Playground(settings)
    widget.train(3)
    frame, run = widget.frame, widget._run
    neurons = sum(run.now["hidden"]) + 1
    assert len(frame["pictures"]) == neurons * GRID * GRID
    assert floats(frame["ranges"]).shape == (2 * neurons,)
    np.testing.assert_allclose(
        floats(frame["weights"]), np.concatenate([p.ravel() for p in run.network.parameters()]), rtol=1e-6
    )
    curve = floats(frame["curve"]).reshape(-1, 3)
    np.testing.assert_allclose(curve, np.transpose([range(4), *run.losses.values()]), rtol=1e-6)
    assert frame["accuracy"] == list(run.accuracy())
    rows = floats(widget.data["points"]).reshape(-1, 3)
    assert widget.data["train"] == len(run.x_train)
    np.testing.assert_allclose(rows[: len(run.x_train), :2], run.points[0], rtol=1e-6)
    np.testing.assert_array_equal(rows[:, 2], np.concatenate([run.y_train, run.y_test])[:, 0])


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    widget = Playground({"points": 20, "hidden": [1], "batch_size": 1000})
    widget.train(1000)
    curve = floats(widget.frame["curve"]).reshape(-1, 3)
    assert len(curve) == CURVE
    assert curve[[0, -1], 0].tolist() == [0, 1000]
    assert (np.diff(curve[:, 0]) > 0).all()


def test_divergence_is_told_in_words_and_stops():
    widget = Playground(SMALL | {"optimizer": "SGD", "activation": "linear", "learning_rate": 10.0, "l2": 10.0})
    ask(widget, do="train", epochs=1000, number=1)
    while not widget.frame["message"]:
        ask(widget, do="train", epochs=1000, number=1)
    assert re.match(r"Diverged in epoch \d+: .*learning rate below 10, .*reset\.$", widget.frame["message"])
    # JSON has no NaN: all that is not bytes is finite.
    json.dumps({key: value for key, value in widget.frame.items() if not isinstance(value, bytes)}, allow_nan=False)
    epoch = widget.frame["epoch"]
    ask(widget, do="train", number=2)
    assert widget.frame["epoch"] == epoch
    assert pixels(widget).std() > 5
    ask(widget, do="set", settings={"learning_rate": 0.01, "l2": 0.0}, number=3)
    ask(widget, do="reset", number=4)
    ask(widget, do="train", epochs=1, number=5)
    assert (widget.frame["epoch"], widget.frame["message"], widget.error) == (1, "", "")


def test_a_weight_too_large_for_the_page_s_numbers_is_no_error():
    widget = Playground(SMALL | {"hidden": [1] * 6, "activation": "relu"})
    for layer in range(7):
        ask(widget, do="change", change=["weight", layer, 0, 0, 1e6])
    assert widget.error == ""
    assert pixels(widget).std() > 5


def pixels(widget):
    content, mime = widget.still()
    assert mime == "image/png"
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.mark.parametrize("settings", VARIED, ids=str)
def test_it_has_a_still_picture_and_words_for_all_settings(settings):
    widget = Playground(settings)
    picture = pixels(widget)
    assert picture.shape[0] > 400
    assert (picture[[0, -1]] == 255).all()
    assert len(widget.still()[0]) < 200_000
    widget.train(2)
    words = widget.describe()
    now = widget.settings
    for word in [now["data"], now["optimizer"], now["activation"], "2 epochs", *map(str, now["hidden"])]:
        assert word in words
    assert not np.array_equal(pixels(widget), picture)
    assert repr(widget) == "<playground>"


def test_two_who_train_at_once_train_one_after_the_other():
    """JupyterLab's messages can come on another thread while a cell trains."""
    widget, alone = Playground(SMALL), Run(SMALL)
    threads = [
        threading.Thread(target=widget.train, args=(40,)),
        *[threading.Thread(target=ask, args=(widget,), kwargs={"do": "train", "epochs": 1}) for _ in range(10)],
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone.train(50)
    assert widget.losses == alone.losses


def test_page_and_python_mean_the_same_by_their_numbers():
    script = Playground._esm
    assert f"const LOGIT = {LOGIT:g};" in script
    for name, colour in [
        ("INK", INK),
        ("GREY", GREY),
        ("BLUE", BLUE),
        ("ORANGE", ORANGE),
        ("GREEN", GREEN),
        ("PURPLE", PURPLE),
    ]:
        assert f'{name} = "{colour}"' in script
    page = Playground._esm
    for feature in FEATURES:
        assert f'"{feature}": "' in page
    lists = {"learning_rate": "RATES", "l1": "PENALTIES", "l2": "PENALTIES", "batch_size": "BATCHES"}
    for name, values in lists.items():
        offered = json.loads(re.search(rf"const {values} = (\[.*\]);", page)[1])
        for value in offered:
            checked({name: value})
        assert DEFAULTS[name] in offered


def test_no_module_of_it_loads_keras_or_matplotlib_before_the_widget():
    code = "import sys, course_lib.playground.session; print({'keras', 'matplotlib', 'ipywidgets'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
    assert {playground.__name__, playground_parts.__name__, playground_settings.__name__} <= set(sys.modules)

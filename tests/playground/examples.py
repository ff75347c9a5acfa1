"""Settings of the playground, good and bad, that several tests try."""

from hypothesis import strategies as st

from course_lib.playground.parts import FEATURES
from course_lib.playground.settings import CHOICES

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
    {"hidden": [], "data": "xor", "features": ["x1*x2"]},
    {"hidden": [3, 3, 3], "initializer": "he_normal", "optimizer": "Adagrad", "noise": 0.5, "seed": 11},
]

settings_of_all_kinds = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from(list(choices)) for name, choices in CHOICES.items()},
        "features": st.lists(st.sampled_from(list(FEATURES)), min_size=1, max_size=7),
        "hidden": st.lists(st.integers(1, 8), max_size=6),
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
    ({"hidden": [1] * 7}, r"^hidden must be a list of 0 to 6 layers"),
    ({"hidden": 8}, r"^hidden must be a list of 0 to 6 layers, got 8$"),
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

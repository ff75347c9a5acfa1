"""Chapter 02's checks: values and slopes, the collapse of linear layers, softmax, dead units, a deep network.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import numpy as np

from course_lib.checking.comparing import one_of
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.forms import are_shares, hidden_layers
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.models import keras_model
from course_lib.data import digits

CHAPTER = "02-activations"


@value(
    "ReLU keeps what is above 0 and makes 0 of all else. How much does its output change, a little left of −3?",
    "Left of 0, leaky ReLU is a straight line through 0. Its fraction here is 0.1, and that is its slope.",
    "The sigmoid's slope needs only its value y: it is y (1 − y).",
    "Tanh's slope needs only its value y: it is 1 − y².",
    points=1,
    decimals=2,
    mistakes={
        "ReLU lets nothing negative through: its value at −3 is not −3.": {"ReLU value": -3.0},
        "ReLU's slope is 1 only right of 0. At −3 the curve lies flat.": {"ReLU slope": 1.0},
        "Leaky ReLU keeps the sign: a fraction of something negative is negative.": {"leaky value": 0.3},
        "That is plain ReLU. The leaky one lets a tenth of the −3 through.": {"leaky value": 0.0},
        "The line falls to the left, so it rises to the right: its slope is positive.": {"leaky slope": -0.1},
        "That is tanh's formula, 1 − y². The sigmoid's slope is y (1 − y).": {"sigmoid slope": 0.36},
        "That is the sigmoid's formula, y (1 − y). Tanh's slope is 1 − y².": {"tanh slope": 0.24},
        "That is y². Take it from 1.": {"tanh slope": 0.36},
        "The leaky one is not flat left of 0: it lets a tenth through.": {"leaky slope": 0.0},
        "That is 1 − y. The sigmoid's slope is y times that.": {"sigmoid slope": 0.2},
        "0.8 is the sigmoid's output already, not its sum.": {"sigmoid slope": 0.2139},
        "0.6 is tanh's output already, not its sum.": {"tanh slope": 0.7116},
    },
)
def values_by_hand():
    """ReLU and leaky ReLU (fraction 0.1) at −3; the sigmoid where it is 0.8 and tanh where it is 0.6."""
    sigmoid, tanh = 0.8, 0.6
    return {
        "ReLU value": 0.0,
        "ReLU slope": 0.0,
        "leaky value": 0.1 * -3,
        "leaky slope": 0.1,
        "sigmoid slope": sigmoid * (1 - sigmoid),
        "tanh slope": 1 - tanh**2,
    }


@value(
    "Put the first neuron's formula where the second one says “input”, and multiply out.",
    "−3 (2x − 1) + 0.5 = −6x + 3.5. Now the third neuron takes this.",
    "With the bend: the first neuron says −1 for the input 0. What does ReLU make of it, before the second neuron?",
    points=1,
    mistakes={
        "The weights follow one another, so they multiply. You added them.": {"weight": -0.5},
        "Only the sign is wrong: one of the three weights is negative.": {"weight": 3.0},
        "The biases do not simply add up: an early bias goes through the weights that come after it.": {"bias": 3.5},
        "The third neuron's weight 0.5 also multiplies what came before it, 3.5.": {"bias": 7.5},
        "The first neuron's bias is −1, and −3 times −1 is +3.": {"bias": 2.75},
        "That is what comes out without the bend: ReLU makes 0 of the −1.": {"with a bend": 5.75},
        "After ReLU come two more neurons. The second makes 0.5 of the 0, and the third?": {"with a bend": 0.5},
        "Those are the first two neurons. The third's weight multiplies as well.": {"weight": -6.0},
        "The second neuron makes 0.5 of ReLU's 0: its bias is still there.": {"with a bend": 4.0},
        "The third neuron's bias of 4 is still to be added.": {"with a bend": 0.25},
    },
)
def three_in_one():
    """2x − 1, then −3 and + 0.5, then 0.5 and + 4: as one neuron; and at x = 0 with a ReLU after the first."""
    weights, biases = (2.0, -3.0, 0.5), (-1.0, 0.5, 4.0)
    weight, bias = 1.0, 0.0
    for w, b in zip(weights, biases, strict=True):
        weight, bias = w * weight, w * bias + b
    bent = weights[2] * (weights[1] * max(0.0, biases[0]) + biases[1]) + biases[2]
    return {"weight": weight, "bias": bias, "with a bend": bent}


@value(
    "After n layers, the slope to the power n is left. Try whole numbers n until that is below 0.000001.",
    "The sigmoid's slope at 0 is 0.25, and tanh's slope at 1 is 1 − 0.7616² = 0.42.",
    "Left of 0, each leaky ReLU lets through a fifth.",
    "Each layer multiplies by weight times slope. For which weight is that 1, if the slope is 0.25?",
    points=2,
    mistakes=mistakes_of_entries(
        sigmoid={
            9: "0.25⁹ is still 0.0000038. One layer more.",
            20: "you took its value at 0, which is ½. Its slope there is ¼.",
            6: "a slope of 0.1 would take six layers. Its slope at 0 is larger.",
        },
        tanh={
            51: "you took its value at 1, which is 0.7616. The slope is 1 minus the square of it.",
            26: "that is 0.58, the square of its value. The slope is what is left of 1.",
            15: "0.42¹⁵ is still 0.0000022. One layer more.",
        },
        **{"leaky ReLU": {8: "0.2⁸ is still 0.0000026. One layer more.", 62: "a fifth gets through, not four."}},
        weight={
            0.25: "that is the slope. The weight has to make up for it.",
            1.0: "a weight of 1 leaves the slope alone to multiply, and a change still shrinks.",
        },
    ),
)
def layers_to_a_millionth():
    """How many layers until less than a millionth of a change is left, and the weight that would keep all of it."""
    slopes = {"sigmoid": 0.25, "tanh": 1 - np.tanh(1.0) ** 2, "leaky ReLU": 0.2}
    found = {name: next(n for n in range(1, 100) if slope**n < 1e-6) for name, slope in slopes.items()}
    return found | {"weight": 1 / slopes["sigmoid"]}


def _hard_swish_cases(rng):
    yield (np.array([-4.0, -3.0, -2.0, -1.5, 0.0, 1.0, 2.5, 3.0, 5.0]),)
    yield (np.array([[-5, -2, 0], [1, 2, 7]]),)
    yield (np.array([[[2.0]], [[-2.999]]]),)
    for _ in range(4):
        yield (rng.normal(0, 3, (int(rng.integers(1, 5)), int(rng.integers(2, 6)))),)


@implement(
    _hard_swish_cases,
    "np.clip(z + 3, 0, 6) is 0 left of −3, 6 right of 3, and z + 3 between.",
    "Between −3 and 3 the value is (z² + 3z) / 6. What is the slope of that?",
    "np.where(condition, a, b) takes a where the condition holds and b elsewhere; b may be another np.where.",
    points=2,
    mistakes={
        "The share still has to be divided by 6, so that it ends at 1.": "0, 6) / 6 → 0, 6)",
        "That value is the share alone. It has to be multiplied by z.": "z * share → share",
        "Right of 3 the share stays at 1: the value is z itself.": "np.clip(z + 3, 0, 6) → np.maximum(z + 3, 0)",
        "Left of −3 the share stays at 0, and so does the value.": "np.clip(z + 3, 0, 6) → np.minimum(z + 3, 6)",
        "z stands there twice, so the slope has two terms: (2z + 3) / 6 in the middle.": "share, slope → share, share",
        "That slope holds in the middle. On the left it is 0, on the right 1.": "share, slope → share, z / 3 + 0.5",
        "At −3 and 3 exactly, the slope is that of the straight sides: 0 and 1.": "z <= -3 → z < -3; z >= 3 → z > 3",
    },
)
def hard_swish(z):
    """(value, slope) of z · clip(z + 3, 0, 6) / 6, entry by entry. Howard et al., 2019."""
    share = np.clip(z + 3, 0, 6) / 6
    slope = np.where(z <= -3, 0.0, np.where(z >= 3, 1.0, (2 * z + 3) / 6))
    return z * share, slope


@value(
    "Begin with the two that have a largest value near 1. Which of them can be negative?",
    "One of them makes exactly 0 of half its sums.",
    "Three remain that go below 0 without end, down to −1, or just a little. What does the column “smallest” say?",
    points=2,
    mistakes=mistakes_of_entries(
        A={
            "sigmoid": "it goes from −1 to 1. The sigmoid is never negative.",
            "ELU": "it has a largest value too, and is not flat on the left only: it is squeezed on both sides.",
        },
        B={
            "leaky ReLU": "it is exactly 0 for half its sums. A leaky unit is 0 only if its sum is.",
            "GELU": "it is never below 0, not even a little. GELU dips down to −0.17.",
        },
        C={
            "tanh": "it has the mean ½ and is never negative. Tanh has the mean 0 for such sums.",
        },
        D={
            "ELU": "it goes far below −1. ELU stops there.",
        },
        E={
            "leaky ReLU": "it stops at −1 exactly. A leaky unit has no such floor.",
        },
        F={
            "ELU": "it dips to −0.17 and no further. ELU goes down to −1.",
            "leaky ReLU": "it dips to −0.17 and no further. A leaky unit has no such floor.",
        },
    ),
)
def whose_outputs():
    """Six layers told apart by the smallest, mean and largest value and the share of zeros of their outputs."""
    return {"A": "tanh", "B": "ReLU", "C": "sigmoid", "D": "leaky ReLU", "E": "ELU", "F": "GELU"}


def _unit_cases(rng):
    """Quarters, so that a sum of exactly 0 is exactly 0 in whatever order it is added up."""
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    yield x, np.array([[1.0, -1.0, 1.0, 0.0], [1.0, -1.0, -1.0, 0.0]]), np.array([0.0, 0.0, 0.0, 0.0])
    yield x, np.array([[1.0, 1.0, -2.0], [-2.0, 1.0, 1.0]]), np.array([0.5, -2.0, 2.5])
    yield np.array([[2.0]]), np.array([[1.0, -1.0, 0.5]]), np.array([0.0, 0.0, -1.0])
    for _ in range(6):
        batch, inputs, units = (int(rng.integers(*limits)) for limits in ((3, 6), (1, 3), (8, 14)))
        draw = [rng.integers(-6, 7, shape) / 4 for shape in ((batch, inputs), (inputs, units), (units,))]
        yield draw[0], draw[1], 2 * draw[2]


@implement(
    _unit_cases,
    "on = x @ kernel + bias > 0 has a row for each example, a column for each unit. Now look down the columns.",
    "on.any(axis=0) says of each unit whether it is on for at least one example; on.all(axis=0), for every one.",
    "Dead means not any; always on means all. Everything else bends.",
    "True counts as 1 and False as 0 once you write .astype(int): all minus (not any).",
    points=2,
    mistakes={
        "A sum of exactly 0 is off: ReLU's value there is 0, and so is its slope.": "> 0 → >= 0",
        "The bias is missing: it is what kills most dead units.": "x @ kernel + bias → x @ kernel",
        "Dead is −1, always on is 1.": "on.all(axis=0).astype(int) - → -on.all(axis=0).astype(int) +",
        "That is the first example. A dead unit is off for all of them.": "> 0 → > 0\n    on = on[:1]",
        "The mean sum does not tell: a unit may be off on average and fire for a few examples.": (
            lambda x, kernel, bias: np.sign((x @ kernel + bias).mean(axis=0)).astype(int)
        ),
        "That is one answer for each example. Look down the columns: axis=0.": "> 0 → > 0\n    on = on.T",
        "That is one answer for the whole layer. With axis=0, each unit has its own.": (
            "on.all(axis=0) → on.all(); on.any(axis=0) → on.any()"
        ),
        "A unit that is on for every example is marked 1, too.": "on.all(axis=0).astype(int) → 0",
    },
)
def unit_states(x, kernel, bias):
    """For each ReLU unit: −1 if it is on for no example, 1 if it is on for every one, else 0.

    x: (batch, inputs)   kernel: (inputs, units)   bias: (units,)   returns: (units,) whole numbers
    """
    on = x @ kernel + bias > 0
    return on.all(axis=0).astype(int) - (~on.any(axis=0)).astype(int)


@value(
    "Add up the rows that A returns, then those that B returns. Which of them come to 1?",
    "Subtracting a number from all logits is harmless. Where does A subtract?",
    "B is right for one row alone. What do two rows have in common in it that they should not?",
    "C fails where all logits are far below 0. Follow it for −1000, −1001, −1002: what is e?",
    points=2,
    mistakes=mistakes_of_entries(
        A={
            1: "the largest logit is found rightly. What is done with it?",
            3: "each row is added up by itself, as it should be. Is what is added up positive?",
            4: "the division is right, if e and total are.",
        },
        B={1: "a maximum for each row is just what is wanted.", 2: "these powers are right. What are they divided by?"},
        C={
            3: "the total is 0 in the last example. But the fault was made before.",
            4: "0 / 0 is what comes of it. But the fault was made before.",
        },
    ),
)
def broken_softmaxes():
    """A subtracts after the power, B adds up the whole batch, C takes the largest size and not the largest logit.

    B is also right if its last line divides by the sum of the row, C if its second line takes the largest logit.
    """
    return {"A": 2, "B": one_of(3, 4), "C": one_of(1, 2)}


def _temperature_cases(rng):
    yield np.array([[2.0, 1.0, 0.0]]), 1.0
    yield np.array([[2.0, 1.0, 0.0], [0.0, 0.0, -4.0]]), 2.0
    yield np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 3.0], [5.0, 5.0, 5.0]]), 0.0
    yield np.array([[1000.0, 999.0], [-1000.0, -1002.0]]), 0.5
    yield np.array([3.0, -1.0, 3.0, 2.0]), 0
    # At 0 the largest takes all, by however little it is larger; a small temperature is still not 0.
    yield np.array([[0.0, 1e-30, -1.0], [2e-30, 1e-30, 2e-30]]), 0.0
    yield np.array([[33.0, 0.0, -66.0], [-3276800.0, -3276833.0, -3600000.0]]) / 32768, 33 / 32768
    yield np.array([4, 2, 1]), 2
    for _ in range(4):
        rows, classes = int(rng.integers(1, 4)), int(rng.integers(2, 6))
        yield rng.normal(0, 3, (rows, classes)), float(rng.uniform(0.3, 4))
    yield rng.normal(0, 3, (2, 3, 4)), 0.7
    yield rng.integers(-6, 7, (2, 3, 4)) / 2, 0.0


@implement(
    _temperature_cases,
    "For temperatures above 0: divide the logits by it, then softmax as in the chapter, maximum subtracted.",
    "Close to 0, all that is not largest gets a share of nearly 0. At 0 exactly, it gets 0.",
    "logits == logits.max(axis=-1, keepdims=True) marks the largest of each row, all of them if there is a tie.",
    "Divide these marks by how many there are in the row.",
    points=3,
    mistakes={
        "Divide by the temperature: a high one brings the shares closer together.": "/ temperature → * temperature",
        "The temperature has no effect yet.": "/ temperature →",
        "The temperature belongs to the logits. Divided by it afterwards, the shares no longer add up to 1.": (
            "return e / → return e / (temperature or 1) /; ) / temperature → )"
        ),
        "Subtract the largest logit first: e to the power of 2000 overflows.": "(logits - largest) / → logits /",
        "There is no case for temperature 0 yet: 0 / 0 is no number. Give it one of its own.": (
            "(logits == largest).astype(float) if temperature == 0 else →"
        ),
        "At temperature 0 the largest takes all, by however little it is larger. Give 0 a case of its own, with ==.": (
            "(logits == largest).astype(float) if temperature == 0 else → ; / temperature → / max(temperature, 1e-6)"
        ),
        "A small temperature counts as it is, and 0 has a case of its own. You divide by something larger.": (
            "(logits == largest).astype(float) if temperature == 0 else → ; / temperature → / max(temperature, 0.01)"
        ),
        "At temperature 0 the shares add up to 1 as well: divide the marks by how many there are in the row.": (
            "return e / → return e / 1 if temperature == 0 else e /"
        ),
        "At temperature 0, equally large logits share alike. You give all to the first.": (
            "(logits == largest).astype(float) → np.eye(logits.shape[-1])[logits.argmax(axis=-1)]"
        ),
        "At temperature 0 the shares are not all alike.": "(logits == largest).astype(float) → np.ones(logits.shape)",
        "The shares are to add up to 1 along the last axis.": "max(axis=-1 → max(axis=0; sum(axis=-1 → sum(axis=0",
    },
)
def softmax_at(logits, temperature):
    """Softmax along the last axis at a temperature of 0 or more; at 0 its limit. Hinton et al., 2015.

    logits: (..., classes)   returns: the same shape, float64
    """
    largest = logits.max(axis=-1, keepdims=True)
    e = (logits == largest).astype(float) if temperature == 0 else np.exp((logits - largest) / temperature)
    return e / e.sum(axis=-1, keepdims=True)


def _squeeze_cases(rng):
    def layers(widths, names):
        return [
            (rng.integers(-3, 4, shape) / 2, rng.integers(-3, 4, shape[1]) / 2 + 0.25, name)
            for *shape, name in zip(widths, widths[1:], names, strict=False)
        ]

    yield (layers([2, 3, 1], ["linear", "relu"]),)
    yield (layers([3, 2], ["linear"]),)
    yield (layers([2, 4, 3, 2], ["relu", "tanh", "linear"]),)
    yield (layers([3, 4, 2, 5, 1], ["linear"] * 4),)
    yield (layers([2, 3, 4, 2, 3, 1], ["linear", "linear", "relu", "linear", "sigmoid"]),)
    for _ in range(4):
        depth = int(rng.integers(3, 7))
        # Two of the layers for certain: one that can be merged, one that cannot.
        names = ["relu", "linear", *rng.choice(["linear", "tanh"], depth - 2).tolist()]
        yield (layers(rng.integers(1, 5, depth + 1).tolist(), names),)


@implement(
    _squeeze_cases,
    "Build a new list. For each layer, look at the last one in it: is that linear? Then the two become one.",
    "Of (x W₁ + b₁) W₂ + b₂ the kernel is W₁ W₂, and the bias is b₁ W₂ + b₂. The bend is that of the second.",
    "Take the linear one out with done.pop() and put the joined one in. It may itself be linear: so it goes on.",
    points=3,
    mistakes={
        "The first bias is lost. It goes through the second kernel: b₁ W₂ + b₂.": "b @ kernel + bias → bias",
        "The second bias is lost: b₁ W₂ + b₂.": "b @ kernel + bias → b @ kernel",
        "The joined layer bends as its second half does. You keep the name of the first.": "W, b, _ → W, b, name",
        "A joined layer may be linear itself and join the next. You join two and go on behind them.": (
            "done = [] → done, joined = [], 0; if done and → if len(done) > joined and; "
            "done.pop() → done.pop()\n            joined = len(done) + 1"
        ),
        "A linear layer joins the one after it. Joined to the one before, it would slip in before that one's bend.": (
            "done[-1][2] → name; W, b, _ → W, b, name"
        ),
        "Nothing is joined yet. Where a linear layer is followed by another layer, the two are one.": list,
    },
)
def squeeze(layers):
    """The same network with every linear layer joined to the one that follows it.

    layers: a list of (kernel (inputs, units), bias (units,), name of the activation)   returns: such a list
    """
    done = []
    for kernel, bias, name in layers:
        if done and done[-1][2] == "linear":
            W, b, _ = done.pop()
            kernel, bias = W @ kernel, b @ kernel + bias
        done.append((kernel, bias, name))
    return done


LEAST_DEEP, MOST_PARAMETERS, LEAST_RIGHT, GUESSING = 10, 20_000, 0.85, 0.25
SHALLOW = "At least ten were wanted, one behind the other, besides the last one with the ten outputs."
BENDS_LITTLE = "Linear layers in a row are as one, and layers beside one another are no deeper than one of them."
TOO_MANY = "Narrower layers will do: 32 units in each come to about 12,000 parameters."
NO_SHARES = "The ten outputs of a digit are to be probabilities: give the last layer the activation softmax."
NOTHING_BENDS = "No hidden layer bends, so all of them together are one. Give them an activation."
VANISHES = "All hidden layers are sigmoids: each lets at most a quarter of a gradient through. Choose another."
NOT_TRAINED = "That is near guessing. Was it trained, by a loss that fits, with gentle steps, from weights that suit?"
NOT_ENOUGH = "It is on its way. More epochs, or a learning rate a few times larger or smaller, will help."


def _deep_model(depth=10, width=16, activation="relu", head="softmax", straight=0, **training):
    return keras_model(64, *[(width, activation)] * depth, *[width] * straight, (10, head), **training)


def _begun(x, y):
    """After one epoch."""
    training = {"loss": "sparse_categorical_crossentropy", "rate": 0.003, "batch_size": 50}
    return _deep_model(width=32, activation="tanh", fit=(x, y), **training)


@build(
    "A list makes it short: [layers.Dense(32, …) for _ in range(10)], and a star before it inside Sequential.",
    'activation="relu" goes with kernel_initializer="he_normal". Keras\' default is Glorot\'s, made for tanh.',
    'The last layer: Dense(10, activation="softmax"). The loss: "sparse_categorical_crossentropy".',
    "Adam with a learning rate of 0.003, batches of 50 and 18 epochs will do.",
    points=4,
    mistakes={
        SHALLOW: lambda x, y: _deep_model(depth=3),
        BENDS_LITTLE: lambda x, y: _deep_model(depth=1, straight=9),
        TOO_MANY: lambda x, y: _deep_model(width=64),
        NO_SHARES: lambda x, y: _deep_model(head="linear"),
        NOTHING_BENDS: lambda x, y: _deep_model(activation="linear"),
        VANISHES: lambda x, y: _deep_model(activation="sigmoid"),
        NOT_TRAINED: lambda x, y: _deep_model(),
        NOT_ENOUGH: _begun,
    },
)
def train_deep(trial):
    """Ten hidden layers or more, at most 20,000 parameters, at least 85 % right on 500 digits never seen."""
    split = digits()
    x = np.concatenate([split.x_train, split.x_val, split.x_test]).reshape(-1, 64)
    y = np.concatenate([split.y_train, split.y_val, split.y_test])
    order = trial.rng.permutation(len(y))[:1500]
    x, y, x_new, y_new = x[order[:1000]], y[order[:1000]], x[order[1000:]], y[order[1000:]]
    model = trial.built(x, y)
    shares = trial.predicted(x_new, 10, "digits", ": one probability for each of the ten digits.")
    trial.finite(shares)
    trial.require(are_shares(shares), NO_SHARES)
    # What makes shares of the outputs is the last bend, and no hidden one.
    kernels, hidden = max(hidden_layers(model), 0), len(model["bends"]) - 1
    trial.require(max(kernels, hidden) >= LEAST_DEEP, f"It has {kernels} hidden Dense layers. {SHALLOW}")
    trial.require(hidden > 0, NOTHING_BENDS)
    said = f"Of its {kernels} hidden layers no more than {hidden} bend, one behind the other."
    trial.require(hidden >= LEAST_DEEP, said, BENDS_LITTLE)
    trial.require(model["parameters"] <= MOST_PARAMETERS, f"It has {model['parameters']} parameters.", TOO_MANY)
    right = np.mean(shares.argmax(axis=1) == y_new)
    only_sigmoids = set(model["bends"][:-1]) <= {"sigmoid"}
    hint = VANISHES if only_sigmoids else NOT_TRAINED if right < GUESSING else NOT_ENOUGH
    trial.require(right >= LEAST_RIGHT, f"It reads {right:.1%} of 500 unseen digits right; 85 % were wanted.", hint)

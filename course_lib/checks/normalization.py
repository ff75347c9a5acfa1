"""Chapter 06's checks: sizes in deep networks, what is normalized with what, and networks that can be repaired.

The right answers are the decorated functions; a usual mistake, beside its hint, is what it changes in the right one.
"""

import math
from itertools import pairwise

import numpy as np

from course_lib.checking.comparing import one_of
from course_lib.checking.forms import is_squeezed
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.models import keras_model

CHAPTER = "06-normalization"


@value(
    "One layer multiplies the mean square by fan-in times the variance of the weights: E[z²] = n · Var(w) · E[x²].",
    "Ten layers multiply by the same factor ten times over.",
    "To keep the mean square, the factor has to be 1. With ReLU it is half of what it is without.",
    points=1,
    rtol=5e-4,
    atol=0,
    mistakes={
        "one layer: that is the typical size, the root. Asked is the mean of the squares.": {"one layer": 1.414},
        "one layer: 100 inputs add up. A single one would give the variance of the weights.": {"one layer": 0.02},
        "ten layers: each layer multiplies what the one before has made. You added.": {"ten layers": 20},
        "ten layers: that is the typical size, the root of the mean square.": {"ten layers": 32},
        "kept: that is the spread. Its square is the variance.": {"kept": 0.1},
        "kept with ReLU: it silences half of the squares: so more variance, not less.": {"kept with ReLU": 0.005},
        "kept with ReLU: that is the value without ReLU, which silences half of the squares.": {"kept with ReLU": 0.01},
    },
)
def ten_layers():
    """100 inputs, weights of variance 0.02: the mean square after one and ten layers, and what would keep it."""
    factor = 100 * 0.02
    return {"one layer": factor, "ten layers": factor**10, "kept": 1 / 100, "kept with ReLU": 2 / 100}


def _scale_by_cases(rng):
    yield np.array([[1.0, 10.0], [3.0, 30.0]]), np.array([[2.0, 50.0]])
    # The second feature never varies in training, but does later.
    yield np.array([[2.0, 5.0], [4.0, 5.0], [6.0, 5.0]]), np.array([[4.0, 5.0], [0.0, 7.5]])
    yield np.array([[1, 200], [2, 100], [6, 600]]), np.array([[0, 0], [3, -300], [1, 1], [4, 90]])
    yield np.array([[1e-5], [2e-5], [4e-5]]), np.array([[3e-5]])
    for _ in range(5):
        n, m, features = (int(rng.integers(*limits)) for limits in ((3, 9), (1, 6), (1, 5)))
        unit, offset = 10.0 ** rng.integers(-3, 4, features), rng.integers(-5, 6, features)
        yield unit * (offset + rng.normal(size=(n, features))), unit * (offset + rng.normal(size=(m, features)))


@implement(
    _scale_by_cases,
    "Two things are learnt from the training part, for each feature: its mean and its spread.",
    "train.mean(axis=0) has one number for each column. std(axis=0) likewise.",
    "np.where(std > 0, std, 1) puts a 1 where a feature never varied.",
    points=1,
    mistakes={
        "Mean and spread have to come from the training part. New data must not decide how they are scaled.": (
            "train.mean → new.mean; train.std → new.std"
        ),
        "Mean and spread have to come from the training part alone, not from training and new data together.": (
            "mean, std = → train = np.concatenate([train, new])\n    mean, std ="
        ),
        "A feature that never varies has a spread of 0. It is only shifted.": "np.where(std > 0, std, 1) → std",
        "No small number is added to the spread.": "np.where(std > 0, std, 1) → (std + 1e-8)",
        "Each feature has its own mean and spread: without axis=0 all columns are thrown together.": (
            "mean(axis=0) → mean(); std(axis=0) → std()"
        ),
        "The mean is still in it: subtract it before you divide.": "(new - mean) → new",
        "Divide by the spread, the root of the variance.": "train.std → train.var",
        "The spread here divides by n, as np.std does by itself, not by n − 1.": "std(axis=0) → std(axis=0, ddof=1)",
        "A feature that never varies in training is only shifted. It is not set to 0.": "return → return (std > 0) *",
        "Subtract the mean first, then divide all of it: mind the parentheses.": ("(new - mean) → new - mean"),
    },
)
def scale_by(train, new):
    """New examples, each feature scaled by its mean and spread in training.

    train: (n, features)   new: (m, features)   returns: (m, features)
    """
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (new - mean) / np.where(std > 0, std, 1)


@value(
    "The last axis is the features: 16 of them. Batch norm treats each of them by itself.",
    "All pixels of all pictures count as examples of a feature. How many are that?",
    "Keras' layer norm looks at the last axis only. How many vectors of 16 numbers are there?",
    "Learnt are gamma and beta, remembered the two moving averages: each with a number for every feature.",
    points=2,
    mistakes={
        "batch norm, means: a feature has one mean, whatever the pixel.": {"batch norm: means": 1024},
        "batch norm, means: not one for each picture. The batch is what it averages over.": {"batch norm: means": 32},
        "batch norm, numbers in each: of 32 pictures all 64 pixels.": {"batch norm: numbers in each": 32},
        "batch norm, learnt: a gamma and a beta for each feature.": {"batch norm: learnt": 16},
        "batch norm, learnt: the moving averages are remembered, not learnt.": {"batch norm: learnt": 64},
        "batch norm, remembered: a mean and a variance for each feature.": {"batch norm: remembered": 16},
        "layer norm, means: one for each pixel of each picture.": {"layer norm: means": 32},
        "layer norm, numbers in each: only the last axis.": {"layer norm: numbers in each": 1024},
    },
)
def shared_means():
    """What batch norm and layer norm (over the last axis) average over in an array of shape (32, 8, 8, 16)."""
    pictures, height, width, features = 32, 8, 8, 16
    places = pictures * height * width
    batch_norm = {"means": features, "numbers in each": places, "learnt": 2 * features, "remembered": 2 * features}
    layer_norm = {"means": places, "numbers in each": features}
    right = {f"batch norm: {what}": count for what, count in batch_norm.items()}
    return right | {f"layer norm: {what}": count for what, count in layer_norm.items()}


def _leaky_he_cases(rng):
    yield (50, 10), 0.0
    yield (64, 32), 0.5
    yield (3, 3, 16, 8), 0.25
    yield (7, 7), 1.0
    yield (5, 4, 9), 0.1
    yield (1, 300), 0
    for _ in range(5):
        window = [int(size) for size in rng.integers(1, 6, rng.integers(0, 3))]
        yield (*window, int(rng.integers(2, 60)), int(rng.integers(61, 99))), float(rng.uniform(0.1, 0.9))


@implement(
    _leaky_he_cases,
    "Half of the sums are positive and stay. The others are multiplied by the slope. What becomes of the squares?",
    "Leaky ReLU keeps (1 + slope²) / 2 of the mean square. So the variance has to be 2 / (1 + slope²) / fan-in.",
    "fan-in is the product of all numbers in the shape but the last: math.prod(shape[:-1]).",
    "The root of the variance is the spread.",
    points=2,
    mistakes={
        "That is He's spread for plain ReLU. Leaky ReLU lets a part of the negative half through.": "slope**2 → 0",
        "The negative half is multiplied by the slope, so its squares are multiplied by the slope squared.": "**2 →",
        "That is fan-out. Forward, a unit adds up its inputs.": "shape[:-1]) → shape[:-2]) * shape[-1]",
        "A unit of a convolution adds up a whole window: all axes but the last count.": (
            "math.prod(shape[:-1]) → shape[-2]"
        ),
        "That is the variance. The spread is its root.": "math.sqrt →",
        "The last number of the shape is the units. It is no part of fan-in.": "shape[:-1] → shape",
        "That loses a half again: the 2 is missing.": "2 / → 1 /",
    },
)
def leaky_he(shape, slope):
    """The spread that keeps the signal's size through leaky ReLU. He et al., 2015.

    shape: of a kernel, (..., inputs, units)   slope: of the negative side   returns: a number
    """
    return math.sqrt(2 / ((1 + slope**2) * math.prod(shape[:-1])))


@value(
    "Look first for what is 0, then for what grows or shrinks on its way, forward or backward.",
    "A signal that stays near 1 under tanh can hide weights that are too large. The gradient shows it.",
    "Skips without normalization double the mean square in each block: forward it explodes.",
    "Normalization without skips keeps the signal at 1 and the digits apart. What does it do to the gradient?",
    points=2,
    mistakes={
        "A: its weights are neither zero nor too large. But ReLU halves the squares.": {"A": 4},
        "A: skips would help it too, but why does its signal fade? Look at the weights that ReLU needs.": {"A": 1},
        "B: zeros go forward and zeros come back. No skip, no factor makes anything of a zero.": {"B": 3},
        "C: a tanh cannot pass 1, so the signal looks healthy. "
        "A gradient of 10⁹ says that the weights are too large.": {"C": 3},
        "C: the weights drive tanh to its flat ends. Norms cure the sign, not the cause.": {"C": 2},
        "D: its signal is kept by a normalization already. It is the gradient that explodes.": {"D": 2},
        "E: it has its skips: the mean square doubles in each block. What would hold it?": {"E": 1},
        "E: with smaller weights it would grow less, but grow all the same. Each block should add size 1, "
        "not its own.": {"E": 4},
    },
)
def cures():
    """1: skips, 2: normalization, 3: twice the variance, 4: less spread, 5: random in place of equal weights."""
    return {"A": 3, "B": 5, "C": 4, "D": 1, "E": 2}


def _fold_cases(rng):
    def one(inputs, units):
        signs = rng.choice([-1.0, 1.0], units)
        bias, beta, mean = rng.normal(size=(3, units))
        gamma, variance = signs * rng.uniform(0.5, 2, units), rng.uniform(0.1, 3, units)
        return rng.normal(size=(inputs, units)), bias, gamma, beta, mean, variance, 2.0 ** -rng.integers(2, 8)

    units = [0.5, 0.0], [2.0, 1.0], [0.0, 1.0], [0.5, 2.0], [0.75, 3.75]
    yield np.array([[1.0, 2.0]]), *map(np.array, units), 0.25
    yield np.array([[3.0], [4.0]]), np.array([1.0]), np.array([0.0]), np.array([7.0]), np.zeros(1), np.zeros(1), 1.0
    for inputs, units in (3, 3), (1, 4), (5, 1), (2, 3), (4, 2):
        yield one(inputs, units)


@implement(
    _fold_cases,
    "Write out what the two layers do to x, one after the other. What multiplies x, and what is only added?",
    "Batch norm multiplies by gamma / √(variance + epsilon). Call that the scale, one number for each unit.",
    "A column of the kernel belongs to a unit, so kernel * scale multiplies each column by its own number.",
    "Added are (bias − moving_mean) times the scale, and then beta.",
    points=3,
    mistakes={
        "Epsilon is part of what is divided by: √(variance + epsilon).": "+ epsilon → + (moving_variance == 0)",
        "Epsilon stands under the root, with the variance.": "np.sqrt(moving_variance + → (np.sqrt(moving_variance) +",
        "Divide by the root of the variance.": "np.sqrt →",
        "The dense layer's own bias goes through batch norm too: it is scaled with the mean.": (
            "(bias - moving_mean) → bias - moving_mean"
        ),
        "Beta is added at the very end. Nothing scales it.": (
            "moving_mean) * scale + beta → moving_mean + beta) * scale"
        ),
        "The mean is taken away: it lowers the new bias.": "bias - → bias +",
        "The kernel has to be scaled as well: it multiplies x before batch norm does.": "kernel * scale → kernel + 0.0",
        "Gamma is missing in the scale.": "gamma / → 1 /",
    },
)
def fold(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    """One dense layer that does what a dense layer and the batch normalization after it do: (kernel, bias).

    kernel: (inputs, units)   all others: (units,), and epsilon a number
    """
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return kernel * scale, (bias - moving_mean) * scale + beta


def _merge_cases(rng):
    yield 1, np.array([2.0]), np.array([0.0]), 1, np.array([4.0]), np.array([0.0])
    yield 3, np.array([1.0, 0.0]), np.array([2.0, 0.5]), 1, np.array([5.0, 0.0]), np.array([0.0, 0.0])
    for _ in range(6):
        parts, features = [], int(rng.integers(1, 4))
        for n in rng.permutation([int(rng.integers(1, 6)), int(rng.integers(7, 12))]):
            rows = rng.uniform(-9, 9, features) + rng.normal(size=(n, features))
            parts += [int(n), rows.mean(axis=0), rows.var(axis=0)]
        yield tuple(parts)


@implement(
    _merge_cases,
    "The mean first: n_a · mean_a is the sum of the first part's rows. Two sums make the sum of all.",
    "The variance is the mean of the squares less the square of the mean. So what is each part's sum of squares?",
    "Both parts together: their sums of squares add up; divide by n; take off the square of the new mean.",
    points=3,
    mistakes={
        "The part with more rows counts for more: weigh the means by n_a and n_b.": (
            "n = n_a + n_b → total, n_a, n_b, n = n_a + n_b, 1, 1, 2; return n → return total"
        ),
        "Two parts with different means spread more than either of them. Their distance adds to the variance.": (
            "+ share * (mean_a - mean_b) ** 2 →"
        ),
        "The distance of the means counts in full only if it were the whole spread. Its share is n_a · n_b / n².": (
            "share * →"
        ),
        "The distance is squared: variance is measured in squares.": "(mean_a - mean_b) ** 2 → np.abs(mean_a - mean_b)",
        "The share of the squared distance is n_a · n_b / n², with a square below.": "n**2 → n",
        "Variances here divide by n, not by n − 1.": (
            "within + share * (mean_a - mean_b) ** 2 → (within + share * (mean_a - mean_b) ** 2) * n / (n - 1)"
        ),
        "The parts' variances divide by n, too: each is a sum of squares by n, not by n − 1.": (
            "(n_a * var_a + n_b * var_b) / n → ((n_a - 1) * var_a + (n_b - 1) * var_b) / (n - 1); "
            "share * (mean → n / (n - 1) * share * (mean"
        ),
        "n is how many rows there are in both parts together.": "return n → return max(n_a, n_b)",
    },
)
def merge(n_a, mean_a, var_a, n_b, mean_b, var_b):
    """(n, mean, variance) of two sets of rows from those of each. Chan, Golub and LeVeque, 1979.

    n_a, n_b: whole numbers, 1 or more   the others: (features,)
    """
    n = n_a + n_b
    share = n_a * n_b / n**2
    mean, within = (n_a * mean_a + n_b * mean_b) / n, (n_a * var_a + n_b * var_b) / n
    return n, mean, within + share * (mean_a - mean_b) ** 2


@value(
    "Compare each function with the equation of the chapter, line by line. Which name says what it is not?",
    "A's outputs should have a spread near 1. What does it divide by the root of?",
    "B's output for a row changes with the rows beside it. Which line looks at other rows?",
    "Doubling the input of C must change its output: the road around the block should carry x itself.",
    points=3,
    mistakes={
        "A: the moving mean is right: much of the old, a little of the batch. The other average?": {"A": 3},
        "A: the loop takes each batch once, as it should. What does it remember of each?": {"A": 2},
        "A: zeros and ones are how Keras begins, too. After 200 batches nothing is left of them.": {"A": 1},
        "B: the mean is taken over the features of each row, as it should be. The other one is not.": {"B": 1},
        "B: the last line is the equation. Are mean and variance both taken over the features?": {"B": 3},
        "C: the RMS is taken over each row, as it should be. What becomes of x itself?": {"C": 1},
        "C: multiply, then ReLU, is what a block may well compute. What is its result added to?": {"C": 2},
    },
)
def broken_norms():
    """A takes the root of a spread (line 4, or 5), B the variance over the batch, C adds to the normalized x."""
    return {"A": one_of(4, 5), "B": 2, "C": 3}


RAW_PARAMETERS, RAW_RIGHT = 200, 0.95
TOO_MANY = "16 hidden neurons are plenty for 5 inputs and 3 classes."
NOT_SCALED = "Nothing in it scales the raw inputs, and one of them is a million times another."
NOT_ADAPTED = "The smallest feature hardly counts. Was Normalization adapted, to each feature of the raw x?"
TINY_FEATURES = (
    "Batch norm on the raw inputs adds its epsilon of 0.001 to a variance of a hundred-millionth: the smallest "
    "feature disappears. keras.layers.Normalization has no such limit."
)
ONE_LINE = "Classes 0 and 1 lie as in XOR. Without a hidden layer that bends, no line parts them."
NOT_TRAINED = "That is near guessing. Was it trained at all, on the raw numbers, with a loss that gets logits?"
ONE_EACH = "Three classes need three logits: the last layer has a neuron for each."
SQUEEZED = "These are shares, or squeezed otherwise. A logit may be any number: it comes from a linear layer."
NOT_ENOUGH = "It is on its way. More epochs or another learning rate help."


def _three_classes(rng, scale, offset, n):
    """Rows in units of very different size, before them: a large third feature is class 2; of the others, class 1 has
    the first two of one sign, class 0 of different signs. Two more are noise.
    """
    y, signs = rng.integers(0, 3, n), rng.choice([-1, 1], (n, 2))
    signs[:, 1] = np.where(y == 1, signs[:, 0], np.where(y == 0, -signs[:, 0], signs[:, 1]))
    z = 0.5 * rng.standard_normal((n, 5))
    z[:, :2] += 1.8 * signs
    z[:, 2] += 3 * (y == 2)
    return (z + offset) * scale, y


def _raw_model(*first, hidden=16, classes=3, head="linear", fit=None):
    """A model of a given form, not trained but for what adapts."""
    return keras_model(5, *first, (hidden, "relu"), (classes, head), fit=fit, epochs=0)


@build(
    "keras.layers.Normalization learns mean and variance of each feature from data, with adapt, not by gradients.",
    "Make the layer, call adapt(x) on it, and put it first in the model, after keras.Input((5,)).",
    "One hidden layer of 16 ReLU neurons and a Dense(3) for the logits will do.",
    "Adam with a learning rate of 0.01 and 30 epochs are enough.",
    points=3,
    mistakes={
        TOO_MANY: lambda x, y: _raw_model(hidden=32),
        NOT_SCALED: lambda x, y: _raw_model(),
        TINY_FEATURES: lambda x, y: _raw_model("BatchNormalization"),
        NOT_ADAPTED: lambda x, y: _raw_model("Normalization"),
        NOT_TRAINED: lambda x, y: _raw_model("Normalization", fit=(x, y)),
        SQUEEZED: lambda x, y: _raw_model("Normalization", head="softmax", fit=(x, y)),
        ONE_EACH: lambda x, y: _raw_model(classes=1),
    },
)
def raw_inputs(trial):
    """At most 200 parameters, at least 95 % right on 500 unseen rows in the same units."""
    rng = trial.rng
    scale = rng.permutation([1e-4, 1e-2, 1.0, 1e1, 1e2])
    # The smallest unit carries a class, or it could be left out.
    small, place = int(np.argmin(scale)), int(rng.integers(3))
    scale[[small, place]] = scale[[place, small]]
    offset = rng.uniform(-5, 5, 5)
    x, y = _three_classes(rng, scale, offset, 600)
    x_new, y_new = _three_classes(rng, scale, offset, 500)
    model = trial.built(x, y)
    said = f"It has {model['parameters']} parameters; {RAW_PARAMETERS} are allowed."
    trial.require(model["parameters"] <= RAW_PARAMETERS, said, TOO_MANY)
    logits = trial.predicted(x_new, 3, "rows", f". {ONE_EACH}")
    trial.finite(logits)
    trial.require(not is_squeezed(model, logits), SQUEEZED)
    if (right := np.mean(logits.argmax(axis=1) == y_new)) < RAW_RIGHT:
        # How much a feature counts shows in what the model says where it is another row's.
        others = [np.where(np.arange(5) == feature, np.roll(x_new, 1, axis=0), x_new) for feature in range(5)]
        moves = [np.abs(trial.ask("predict", rows) - logits).mean() for rows in others]
        reason = _why_wrong(model, right, moves[place] < 0.05 * max(moves))
        trial.require(False, f"It gets {right:.1%} of 500 unseen rows right; 95 % were wanted.", reason)


def _why_wrong(model, right, smallest_ignored):
    if not model["bends"]:
        return ONE_LINE
    if not smallest_ignored:
        return NOT_TRAINED if right < 0.42 else NOT_ENOUGH
    if "Normalization" in model["layers"]:
        return NOT_ADAPTED
    before = [*model["layers"], "Dense"]
    return TINY_FEATURES if "BatchNormalization" in before[: before.index("Dense")] else NOT_SCALED


def _calibrate_cases(rng):
    yield np.array([[3.0, 4.0]]), [np.eye(2)], False
    yield np.array([[3.0, 4.0], [-1.0, 0.0]]), [np.eye(2), np.zeros((2, 2)), np.ones((2, 2))], True
    yield np.array([[1.0], [2.0]]), [np.array([[2.0, -1.0]]), np.array([[1.0], [4.0]]), np.array([[0.5]])], True
    for skip in (True, False, True, True):
        widths = [3, *(int(width) for width in rng.choice([3, 4], 5))]
        spread = 10.0 ** rng.integers(-2, 3, 5)
        kernels = [s * rng.normal(size=shape) for s, shape in zip(spread, pairwise(widths), strict=True)]
        yield rng.normal(size=(int(rng.integers(2, 9)), 3)), kernels, skip


@implement(
    _calibrate_cases,
    "Keep in h what reaches the next layer; it starts as x. One loop over the kernels does it all.",
    "z = h @ kernel; its rms is np.sqrt(np.mean(z ** 2)). Divide kernel and z by it, unless it is 0.",
    "What is added goes around the ReLU: h = h + np.maximum(z, 0), where the shapes are the same.",
    "The next layer sees what the calibrated one passes on, and the size that is reported is that of the new h.",
    points=4,
    mistakes={
        "The next kernel is measured behind the old one. Go on with the calibrated z.": "z = z / size →",
        "The rms is not the spread: here no mean is subtracted.": "np.sqrt(np.mean(z**2)) → np.std(z)",
        "The sum of the squares grows with the batch. Take their mean.": "np.mean(z**2) → np.sum(z**2)",
        "That divides by the mean square. The rms is its root.": "np.sqrt(np.mean(z**2)) → np.mean(z**2)",
        "The skip goes around the ReLU as well: h + ReLU(z), not ReLU(h + z).": "h + y if → np.maximum(h + z, 0) if",
        "With skip=True, a layer that keeps the shape adds its input to its output.": "if skip and → if False and",
        "With skip=False nothing is added, also where the shapes are the same.": "if skip and → if",
        "The sizes that are reported are those of what is passed on, not of z.": "h**2 → z**2",
    },
)
def calibrate(x, kernels, skip):
    """(kernels, sizes): each kernel divided by the rms of its sums z, and the rms of what each layer passes on.

    x: (batch, inputs)   kernels: a list of (inputs, units)   After Mishkin and Matas, 2016.
    """
    h, scaled, sizes = np.asarray(x, float), [], []
    for kernel in kernels:
        z = h @ kernel
        size = np.sqrt(np.mean(z**2)) or 1.0
        z = z / size
        y = np.maximum(z, 0)
        h = h + y if skip and y.shape == h.shape else y
        scaled.append(kernel / size)
        sizes.append(np.sqrt(np.mean(h**2)))
    return scaled, np.array(sizes)

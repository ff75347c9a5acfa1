"""Chapter 06's checks: sizes in deep networks, what is normalized with what, and networks that can be repaired.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns.
"""

import math
from itertools import pairwise

import numpy as np

from course_lib.checking.kinds import build, implement, value

CHAPTER = "06-normalization"


@value(
    points=1,
    rtol=5e-4,
    atol=0,
    hints=[
        "One layer multiplies the mean square by fan-in times the variance of the weights: E[z²] = n · Var(w) · E[x²].",
        "Ten layers multiply by the same factor ten times over.",
        "To keep the mean square, the factor has to be 1. With ReLU it is half of what it is without.",
    ],
    mistakes={
        "one layer: that is the typical size, the root. What is asked is the mean of the squares.": {
            "one layer": 1.414,
            "ten layers": 1024,
            "kept": 0.01,
            "kept with ReLU": 0.02,
        },
        "one layer: 100 inputs add up. The variance of the weights alone is what a single input would give.": {
            "one layer": 0.02,
            "ten layers": 1024,
            "kept": 0.01,
            "kept with ReLU": 0.02,
        },
        "ten layers: each layer multiplies what the one before has made. You added.": {
            "one layer": 2,
            "ten layers": 20,
            "kept": 0.01,
            "kept with ReLU": 0.02,
        },
        "ten layers: that is the typical size, the root of the mean square.": {
            "one layer": 2,
            "ten layers": 32,
            "kept": 0.01,
            "kept with ReLU": 0.02,
        },
        "kept: that is the spread. Its square is the variance.": {
            "one layer": 2,
            "ten layers": 1024,
            "kept": 0.1,
            "kept with ReLU": 0.02,
        },
        "kept with ReLU: it silences half of the squares, so the weights need more variance, not less.": {
            "one layer": 2,
            "ten layers": 1024,
            "kept": 0.01,
            "kept with ReLU": 0.005,
        },
        "kept with ReLU: that is the value without ReLU, which silences half of the squares.": {
            "one layer": 2,
            "ten layers": 1024,
            "kept": 0.01,
            "kept with ReLU": 0.01,
        },
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
    yield np.array([[0.001], [0.002], [0.004]]), np.array([[0.003]])
    for _ in range(5):
        n, m, features = (int(rng.integers(*limits)) for limits in ((3, 9), (1, 6), (1, 5)))
        unit, offset = 10.0 ** rng.integers(-3, 4, features), rng.integers(-5, 6, features)
        yield unit * (offset + rng.normal(size=(n, features))), unit * (offset + rng.normal(size=(m, features)))


def _divided(new, mean, std):
    return (new - mean) / np.where(std > 0, std, 1)


@implement(
    _scale_by_cases,
    points=1,
    hints=[
        "Two things are learnt from the training part, for each feature: its mean and its spread.",
        "train.mean(axis=0) has one number for each column. std(axis=0) likewise.",
        "np.where(std > 0, std, 1) puts a 1 where a feature never varied.",
    ],
    mistakes={
        "Mean and spread have to come from the training part. New data must not decide how they are scaled.": lambda train, new: (
            _divided(new, new.mean(axis=0), new.std(axis=0))
        ),
        "Each feature has its own mean and spread: without axis=0 all columns are thrown together.": lambda train, new: (
            _divided(new, train.mean(), train.std())
        ),
        "The mean is still in it: subtract it before you divide.": lambda train, new: (
            new / np.where(train.std(axis=0) > 0, train.std(axis=0), 1)
        ),
        "Divide by the spread, the root of the variance.": lambda train, new: _divided(
            new, train.mean(axis=0), train.var(axis=0)
        ),
        "The spread here divides by n, as np.std does by itself, not by n − 1.": lambda train, new: _divided(
            new, train.mean(axis=0), train.std(axis=0, ddof=1)
        ),
        "A feature that never varies in training is only shifted. It is not set to 0.": lambda train, new: (
            _divided(new, train.mean(axis=0), train.std(axis=0)) * (train.std(axis=0) > 0)
        ),
        "The mean is subtracted first, and then all of it is divided. Mind the parentheses.": lambda train, new: (
            new - train.mean(axis=0) / np.where(train.std(axis=0) > 0, train.std(axis=0), 1)
        ),
    },
)
def scale_by(train, new):
    """New examples, each feature scaled by its mean and spread in training.

    train: (n, features)   new: (m, features)   returns: (m, features)
    """
    return _divided(new, train.mean(axis=0), train.std(axis=0))


def _shared(**changed):
    right = {
        "batch norm: means": 16,
        "batch norm: numbers in each": 2048,
        "batch norm: learnt": 32,
        "batch norm: remembered": 32,
        "layer norm: means": 2048,
        "layer norm: numbers in each": 16,
    }
    return right | {key.replace("_", " ").replace(" norm ", " norm: "): number for key, number in changed.items()}


@value(
    points=2,
    hints=[
        "The last axis is the features: 16 of them. Batch norm treats each of them by itself.",
        "All pixels of all pictures count as examples of a feature. How many are that?",
        "Keras' layer norm looks at the last axis only. How many vectors of 16 numbers are there?",
        "Learnt are gamma and beta, remembered the two moving averages: each with a number for every feature.",
    ],
    mistakes={
        "batch norm, means: a feature has one mean, whatever the pixel. The pixels are examples like the pictures.": _shared(
            batch_norm_means=1024
        ),
        "batch norm, means: not one for each picture. The batch is what it averages over.": _shared(
            batch_norm_means=32
        ),
        "batch norm, numbers in each: the 32 pictures, and in each of them its 64 pixels.": _shared(
            batch_norm_numbers_in_each=32
        ),
        "batch norm, learnt: a gamma and a beta for each feature.": _shared(batch_norm_learnt=16),
        "batch norm, learnt: the moving averages are not learnt by gradients. They are remembered.": _shared(
            batch_norm_learnt=64
        ),
        "batch norm, remembered: a mean and a variance for each feature.": _shared(batch_norm_remembered=16),
        "layer norm, means: one for each pixel of each picture, because only the last axis is averaged over.": _shared(
            layer_norm_means=32
        ),
        "layer norm, numbers in each: only the last axis, not the whole picture.": _shared(
            layer_norm_numbers_in_each=1024
        ),
    },
)
def shared_means():
    """What batch norm and layer norm (over the last axis) average over in an array of shape (32, 8, 8, 16)."""
    pictures, height, width, features = 32, 8, 8, 16
    places = pictures * height * width
    return _shared(batch_norm_means=features, batch_norm_numbers_in_each=places, layer_norm_means=places)


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


def _leaky_std(slope, fan):
    return math.sqrt(2 / ((1 + slope**2) * fan))


@implement(
    _leaky_he_cases,
    points=2,
    hints=[
        "Half of the sums are positive and stay. The others are multiplied by the slope. What becomes of the squares?",
        "Leaky ReLU keeps (1 + slope²) / 2 of the mean square. So the variance has to be 2 / (1 + slope²) / fan-in.",
        "fan-in is the product of all numbers in the shape but the last: math.prod(shape[:-1]).",
        "The root of the variance is the spread.",
    ],
    mistakes={
        "That is He's spread for plain ReLU. Leaky ReLU lets a part of the negative half through.": lambda shape, slope: (
            _leaky_std(0, math.prod(shape[:-1]))
        ),
        "The negative half is multiplied by the slope, so its squares are multiplied by the slope squared.": lambda shape, slope: (
            math.sqrt(2 / ((1 + slope) * math.prod(shape[:-1])))
        ),
        "That is fan-out. Forward, a unit adds up its inputs.": lambda shape, slope: _leaky_std(
            slope, math.prod(shape[:-2]) * shape[-1]
        ),
        "A unit of a convolution adds up a whole window: all axes but the last count.": lambda shape, slope: _leaky_std(
            slope, shape[-2]
        ),
        "That is the variance. The spread is its root.": lambda shape, slope: (
            _leaky_std(slope, math.prod(shape[:-1])) ** 2
        ),
        "The last number of the shape is the units. It is no part of fan-in.": lambda shape, slope: _leaky_std(
            slope, math.prod(shape)
        ),
        "That loses a half again: the 2 is missing.": lambda shape, slope: (
            _leaky_std(slope, math.prod(shape[:-1])) / math.sqrt(2)
        ),
    },
)
def leaky_he(shape, slope):
    """The spread that keeps the signal's size through leaky ReLU. He et al., 2015.

    shape: of a kernel, (..., inputs, units)   slope: of the negative side   returns: a number
    """
    return _leaky_std(slope, math.prod(shape[:-1]))


def _cures(**changed):
    return {"A": 3, "B": 5, "C": 4, "D": 1, "E": 2} | changed


@value(
    points=2,
    hints=[
        "Look first for what is 0, then for what grows or shrinks on its way, forward or backward.",
        "A signal that stays near 1 under tanh can hide weights that are too large. The gradient shows it.",
        "Skips without normalization double the mean square in each block: forward it explodes.",
        "Normalization without skips keeps the signal at 1 and the digits apart. What does it do to the gradient?",
    ],
    mistakes={
        "A: its weights are neither zero nor too large. They would be right for tanh, but ReLU halves the squares.": _cures(
            A=4
        ),
        "A: skips would help it too, but why does its signal fade? Look at the weights that ReLU needs.": _cures(A=1),
        "B: zeros go forward and zeros come back. No skip, no factor makes anything of a zero.": _cures(B=3),
        "C: a tanh cannot pass 1, so the signal looks healthy. A gradient of 10⁹ says that the weights are too large.": _cures(
            C=3
        ),
        "C: the tanh neurons sit at their flat ends because of the weights. Norms cure the sign, not the cause.": _cures(
            C=2
        ),
        "D: its signal is kept by a normalization already. It is the gradient that explodes.": _cures(D=2),
        "E: it has its skips: the mean square doubles in each block. What would hold it?": _cures(E=1),
        "E: with smaller weights it would grow less, but grow all the same. Each block should add size 1, not its own.": _cures(
            E=4
        ),
    },
)
def cures():
    """1: skips, 2: normalization, 3: twice the variance, 4: less spread, 5: random in place of equal weights."""
    return _cures()


def _fold_cases(rng):
    def one(inputs, units):
        signs = rng.choice([-1.0, 1.0], units)
        bias, beta, mean = rng.normal(size=(3, units))
        gamma, variance = signs * rng.uniform(0.5, 2, units), rng.uniform(0.1, 3, units)
        return rng.normal(size=(inputs, units)), bias, gamma, beta, mean, variance, 2.0 ** -rng.integers(2, 8)

    yield (
        np.array([[1.0, 2.0]]),
        np.array([0.5, 0.0]),
        np.array([2.0, 1.0]),
        np.array([0.0, 1.0]),
        np.array([0.5, 2.0]),
        np.array([0.75, 3.75]),
        0.25,
    )
    yield np.array([[3.0], [4.0]]), np.array([1.0]), np.array([0.0]), np.array([7.0]), np.zeros(1), np.zeros(1), 1.0
    for inputs, units in (3, 3), (1, 4), (5, 1), (2, 3), (4, 2):
        yield one(inputs, units)


@implement(
    _fold_cases,
    points=3,
    hints=[
        "Write out what the two layers do to x, one after the other. What multiplies x, and what is only added?",
        "Batch norm multiplies by gamma / √(variance + epsilon). Call that the scale, one number for each unit.",
        "A column of the kernel belongs to a unit, so kernel * scale multiplies each column by its own number.",
        "Added are (bias − moving_mean) times the scale, and then beta.",
    ],
    mistakes={
        "Epsilon is part of what is divided by: √(variance + epsilon).": lambda k, b, g, beta, m, v, e: (
            k * g / np.sqrt(v + (v == 0)),
            (b - m) * g / np.sqrt(v + (v == 0)) + beta,
        ),
        "Divide by the root of the variance.": lambda k, b, g, beta, m, v, e: (
            k * g / (v + e),
            (b - m) * g / (v + e) + beta,
        ),
        "The dense layer's own bias goes through batch norm too: it is scaled with the mean.": lambda k, b, g, beta, m, v, e: (
            k * g / np.sqrt(v + e),
            b - m * g / np.sqrt(v + e) + beta,
        ),
        "Beta is added at the very end. Nothing scales it.": lambda k, b, g, beta, m, v, e: (
            k * g / np.sqrt(v + e),
            (b - m + beta) * g / np.sqrt(v + e),
        ),
        "The mean is taken away: it lowers the new bias.": lambda k, b, g, beta, m, v, e: (
            k * g / np.sqrt(v + e),
            (b + m) * g / np.sqrt(v + e) + beta,
        ),
        "The kernel has to be scaled as well: it multiplies x before batch norm does.": lambda k, b, g, beta, m, v, e: (
            k + 0.0,
            (b - m) * g / np.sqrt(v + e) + beta,
        ),
        "Gamma is missing in the scale.": lambda k, b, g, beta, m, v, e: (
            k / np.sqrt(v + e),
            (b - m) / np.sqrt(v + e) + beta,
        ),
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


def _merged(n_a, mean_a, var_a, n_b, mean_b, var_b, between=None):
    n = n_a + n_b
    mean = (n_a * mean_a + n_b * mean_b) / n
    if between is None:
        between = n_a * n_b / n**2 * (mean_a - mean_b) ** 2
    return n, mean, (n_a * var_a + n_b * var_b) / n + between


def _equal_parts(n_a, mean_a, var_a, n_b, mean_b, var_b):
    return (n_a + n_b, *_merged(1, mean_a, var_a, 1, mean_b, var_b)[1:])


@implement(
    _merge_cases,
    points=3,
    hints=[
        "The mean first: n_a · mean_a is the sum of the first part's rows. Two sums make the sum of all.",
        "The variance is the mean of the squares less the square of the mean. So what is each part's sum of squares?",
        "Both parts together: their sums of squares add up; divide by n; take off the square of the new mean.",
    ],
    mistakes={
        "The part with more rows counts for more: weigh the means by n_a and n_b.": _equal_parts,
        "Two parts with different means spread more than either of them. Their distance adds to the variance.": lambda *parts: (
            _merged(*parts, between=0)
        ),
        "The distance of the means counts in full only if it were the whole spread. Its share is n_a · n_b / n².": lambda *parts: (
            _merged(*parts, between=(parts[1] - parts[4]) ** 2)
        ),
        "The distance is squared: variance is measured in squares.": lambda *parts: _merged(
            *parts, between=parts[0] * parts[3] / (parts[0] + parts[3]) ** 2 * np.abs(parts[1] - parts[4])
        ),
        "The share of the squared distance is n_a · n_b / n², with a square below.": lambda *parts: _merged(
            *parts, between=parts[0] * parts[3] / (parts[0] + parts[3]) * (parts[1] - parts[4]) ** 2
        ),
        "n is how many rows there are in both parts together.": lambda *parts: (
            max(parts[0], parts[3]),
            *_merged(*parts)[1:],
        ),
    },
)
def merge(n_a, mean_a, var_a, n_b, mean_b, var_b):
    """(n, mean, variance) of two sets of rows from those of each. Chan, Golub and LeVeque, 1979.

    n_a, n_b: whole numbers, 1 or more   the others: (features,)
    """
    return _merged(n_a, mean_a, var_a, n_b, mean_b, var_b)


@value(
    points=3,
    hints=[
        "Compare each function with the equation of the chapter, line by line. Which name says what it is not?",
        "A's outputs should have a spread near 1. What does it divide by the root of?",
        "B's output for a row changes with the rows beside it. Which line looks at other rows?",
        "Doubling the input of C must change its output: the road around the block should carry x itself.",
    ],
    mistakes={
        "A: the moving mean is right: old times momentum, and a little of the batch. Look at the other average.": {
            "A": 3,
            "B": 2,
            "C": 3,
        },
        "A: zeros and ones are how Keras begins, too. After 200 batches nothing is left of them.": {
            "A": 1,
            "B": 2,
            "C": 3,
        },
        "A: the last line is the equation, if variance holds a variance. Does it?": {"A": 5, "B": 2, "C": 3},
        "B: the mean is taken over the features of each row, as it should be. The other one is not.": {
            "A": 4,
            "B": 1,
            "C": 3,
        },
        "B: the last line is the equation. Are mean and variance both taken over the features?": {
            "A": 4,
            "B": 3,
            "C": 3,
        },
        "C: the RMS is taken over each row, as it should be. What becomes of x itself?": {"A": 4, "B": 2, "C": 1},
        "C: multiply, then ReLU, is what a block may well compute. What is its result added to?": {
            "A": 4,
            "B": 2,
            "C": 2,
        },
    },
)
def broken_norms():
    """A remembers the spread as its variance, B takes the variance over the batch, C adds to the normalized x."""
    return {"A": 4, "B": 2, "C": 3}


RAW_PARAMETERS, RAW_RIGHT = 200, 0.95
TOO_MANY = "16 hidden neurons are plenty for 5 inputs and 3 classes."
NOT_SCALED = "Nothing in it scales the inputs, and one of them is a million times another."
TINY_FEATURES = (
    "Batch norm on the raw inputs adds its epsilon of 0.001 to a variance of a millionth: the smallest "
    "feature nearly disappears. keras.layers.Normalization has no such limit."
)
NOT_TRAINED = "That is near guessing. Was it trained at all? Were Normalization's mean and variance adapted?"
ONE_EACH = "Three classes need three logits: the last layer has a neuron for each."
NOT_ENOUGH = "It is on its way. More epochs or a larger learning rate help."


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


def _raw_model(hidden=16, first=(), classes=3):
    """A model that is not trained and always answers the same: what a learner has who made one mistake."""
    from course_lib.page import quiet

    with quiet():
        import keras
    layers = keras.layers
    made = {"batch": layers.BatchNormalization, "normalization": layers.Normalization}
    return keras.Sequential(
        [
            keras.Input((5,)),
            *(made[name]() for name in first),
            layers.Dense(hidden, "relu"),
            layers.Dense(classes, kernel_initializer="zeros"),
        ]
    )


@build(
    points=3,
    hints=[
        "keras.layers.Normalization learns mean and variance of each feature from data, with adapt, not by gradients.",
        "Make the layer, call adapt(x) on it, and put it first in the model, after keras.Input((5,)).",
        "One hidden layer of 16 ReLU neurons and a Dense(3) for the logits will do.",
        "Adam with a learning rate of 0.01 and 30 epochs are enough.",
    ],
    mistakes={
        TOO_MANY: lambda x, y: _raw_model(hidden=32),
        NOT_SCALED: lambda x, y: _raw_model(),
        TINY_FEATURES: lambda x, y: _raw_model(first=["batch"]),
        NOT_TRAINED: lambda x, y: _raw_model(first=["normalization"]),
        ONE_EACH: lambda x, y: _raw_model(classes=1),
    },
)
def raw_inputs(trial):
    """At most 200 parameters, at least 95 % right on 500 unseen rows in the same units."""
    rng = trial.rng
    scale = rng.permutation([1e-3, 1e-1, 1.0, 1e2, 1e3])
    # The smallest unit carries a class, or it could be left out.
    small, place = int(np.argmin(scale)), int(rng.integers(3))
    scale[[small, place]] = scale[[place, small]]
    offset = rng.uniform(-5, 5, 5)
    x, y = _three_classes(rng, scale, offset, 600)
    x_new, y_new = _three_classes(rng, scale, offset, 500)
    model = trial.ask("build", x, y)
    trial.require(
        model["parameters"] <= RAW_PARAMETERS,
        f"It has {model['parameters']} parameters; {RAW_PARAMETERS} are allowed. {TOO_MANY}",
    )
    logits = trial.ask("predict", x_new)
    trial.require(
        logits.shape == (500, 3),
        f"For 500 rows its output has the shape {logits.shape}; (500, 3) was wanted. {ONE_EACH}",
    )
    trial.require(np.isfinite(logits).all(), "Its output contains NaN or infinity. A smaller learning rate may help.")
    right = np.mean(logits.argmax(axis=1) == y_new)
    trial.require(
        right >= RAW_RIGHT,
        f"It gets {right:.1%} of 500 unseen rows right; 95 % were wanted. {_why_wrong(model['layers'], right)}",
    )


def _why_wrong(layers, right):
    if "Normalization" in layers:
        return NOT_TRAINED if right < 0.75 else NOT_ENOUGH
    return TINY_FEATURES if "BatchNormalization" in layers else NOT_SCALED


def _calibrated(x, kernels, skip, measure=None, add=None, of=None, forward=None):
    """The right answer, or one in which a part is exchanged.

    measure: z -> its size   add: (h, z, skip) -> what is passed on
    of: (h, z) -> what is reported   forward: (z, size) -> the z that goes on
    """
    measure = measure or (lambda z: np.sqrt(np.mean(z**2)))
    h, scaled, sizes = np.asarray(x, float), [], []
    for kernel in kernels:
        raw = h @ kernel
        size = measure(raw)
        size = size if size > 0 else 1.0
        z = raw / size if forward is None else forward(raw, size)
        scaled.append(kernel / size)
        h = (add or _around)(h, z, skip)
        sizes.append(np.sqrt(np.mean((h if of is None else of(h, z)) ** 2)))
    return scaled, np.array(sizes)


def _around(h, z, skip):
    y = np.maximum(z, 0)
    return h + y if skip and y.shape == h.shape else y


def _inside(h, z, skip):
    return np.maximum(h + z if skip and z.shape == h.shape else z, 0)


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
    points=4,
    hints=[
        "Keep in h what reaches the next layer; it starts as x. One loop over the kernels does it all.",
        "z = h @ kernel; its rms is np.sqrt(np.mean(z ** 2)). Divide kernel and z by it, unless it is 0.",
        "What is added goes around the ReLU: h = h + np.maximum(z, 0), where the shapes are the same.",
        "The next layer sees what the calibrated one passes on, and the size that is reported is that of the new h.",
    ],
    mistakes={
        "The next kernel is measured behind the old one. Go on with the calibrated z.": lambda *given: _calibrated(
            *given, forward=lambda raw, size: raw
        ),
        "The rms is not the spread: here no mean is subtracted.": lambda *given: _calibrated(*given, measure=np.std),
        "The sum of the squares grows with the batch. Take their mean.": lambda *given: _calibrated(
            *given, measure=lambda z: np.sqrt(np.sum(z**2))
        ),
        "That divides by the mean square. The rms is its root.": lambda *given: _calibrated(
            *given, measure=lambda z: np.mean(z**2)
        ),
        "The skip goes around the ReLU as well: h + ReLU(z), not ReLU(h + z).": lambda *given: _calibrated(
            *given, add=_inside
        ),
        "With skip=True, a layer that keeps the shape adds its input to its output.": lambda x, kernels, skip: (
            _calibrated(x, kernels, False)
        ),
        "With skip=False nothing is added, also where the shapes are the same.": lambda x, kernels, skip: _calibrated(
            x, kernels, True
        ),
        "The sizes that are reported are those of what is passed on, not of z.": lambda *given: _calibrated(
            *given, of=lambda h, z: z
        ),
    },
)
def calibrate(x, kernels, skip):
    """(kernels, sizes): each kernel divided by the rms of its sums z, and the rms of what each layer passes on.

    x: (batch, inputs)   kernels: a list of (inputs, units)   After Mishkin and Matas, 2016.
    """
    return _calibrated(x, kernels, skip)

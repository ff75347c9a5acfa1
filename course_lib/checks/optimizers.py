"""Chapter 05's checks: steps by hand, means that forget, schedules, other optimizers, and a whole training run.

The right answers are the decorated functions; a usual mistake, beside its hint, is what it changes in the right one.
"""

import numpy as np

from course_lib.activations import softmax
from course_lib.checking.comparing import one_of
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.models import keras_model

CHAPTER = "05-optimizers"


@value(
    "The slope of w² is 2w. At w = 2 it is 4, and 4 times the learning rate is 0.4.",
    "Compute the slope anew at the place where the first step has led to.",
    "Momentum: the first velocity is −0.4. The second is 0.9 times that, less 0.1 times the new slope.",
    "How long is Adam's first step, whatever the slope?",
    points=1,
    decimals=2,
    mistakes={
        "SGD: the slope of w² is 2w, not w.": {"SGD": 1.62},
        "SGD: that is where the first step leads. Two were asked for.": {"SGD": 1.6},
        "SGD: the second step needs the slope at the new place, which is smaller.": {"SGD": 1.2},
        "Momentum: nine tenths of the first velocity go on. Without them it would be SGD.": {"momentum": 1.28},
        "Momentum: the old velocity is kept whole; it should lose a tenth.": {"momentum": 0.88},
        "Momentum: that is a running mean of slopes. A velocity takes the new slope in full.": {"momentum": 1.8848},
        "Adam: that is SGD's first step. Adam divides by the size of the slope.": {"Adam": 1.6},
        "Adam: 3.16 learning rates would be the step without the bias correction.": {"Adam": 1.684},
    },
)
def first_steps():
    """From 2 on w² with rate 0.1: two steps of SGD, two with momentum 0.9, one of Adam."""
    w, velocity = 2.0, 0.0
    for _ in range(2):
        velocity = 0.9 * velocity - 0.1 * 2 * w
        w += velocity
    return {"SGD": 2.0 * (1 - 0.1 * 2) ** 2, "momentum": w, "Adam": 2.0 - 0.1}


def _running_mean_cases(rng):
    yield np.array([[4.0, -1.0], [8.0, 0.0], [0.0, 1.0]]), 0.5
    yield np.array([[3.0]]), 0.9
    yield np.array([[1, 2, 3], [4, 5, 6]]), 0.0
    yield np.full((30, 2), -7.0), 0.75
    for _ in range(4):
        steps, columns = rng.integers(2, 12), rng.integers(1, 4)
        yield rng.normal(size=(steps, columns)), float(rng.uniform(0.3, 0.99))


@implement(
    _running_mean_cases,
    "One loop over the rows. m starts at zeros and is kept as it is; what is returned is m divided by something.",
    "After one row, m is (1 − beta) times it. After t rows the shares in m add up to 1 − beta**t.",
    "Count t from 1: for t, row in enumerate(x, start=1).",
    "Collect m / (1 − beta**t) in a list, and return it as an array.",
    points=2,
    mistakes={
        "Count the rows from 1: yours divides the first by 1 − beta**0, which is 0.": "start=1 → start=0",
        "Your mean starts at the first row, so that row counts too much. It should start at 0.": (
            "m, means = np.zeros(x.shape[1]), → m, means = x[0],; m / (1 - beta**t) → m"
        ),
        "The first means are too small: m starts at 0, and nothing makes up for it yet.": "m / (1 - beta**t) → m",
        "You divide by 1 − beta at every step. The share that is filled grows: 1 − beta**t.": "beta**t → beta",
        "What you have divided goes on into the next step. Keep m as it is, and divide only what you return.": (
            "means.append(m / (1 - beta**t)) → means.append(m := m / (1 - beta**t))"
        ),
        "beta is the share of the old mean; you give it to the new row.": (
            "beta * m + (1 - beta) → (1 - beta) * m + beta"
        ),
        "The old mean and the new row must share one whole: beta and 1 − beta. Your new row counts fully.": (
            "(1 - beta) * row → row"
        ),
        "That is the plain mean of all rows so far. Older rows must count less.": lambda x, beta: (
            np.cumsum(x, axis=0) / np.arange(1, len(x) + 1)[:, None]
        ),
    },
)
def corrected_mean(x, beta):
    """The running mean of the rows up to each one, corrected for starting at 0. Kingma and Ba, 2015, section 3.

    x: (steps, columns)   returns: (steps, columns)
    """
    m, means = np.zeros(x.shape[1]), []
    for t, row in enumerate(x, start=1):
        m = beta * m + (1 - beta) * row
        means.append(m / (1 - beta**t))
    return np.array(means)


@value(
    "One step of SGD multiplies w₁ by 1 − 3 · rate and w₂ by 1 − 8 · rate.",
    "A weight comes closer as long as its factor lies between −1 and 1. Which of the two leaves that range first?",
    "At the best rate the two factors are opposite: 1 − 3 · rate = −(1 − 8 · rate).",
    points=2,
    decimals=2,
    mistakes={
        "limit: at that rate w₁ hops, but w₂, steeper, has long flown away.": {"limit": 0.667},
        "limit: there w₂ reaches its goal in one step. Beyond it, it still comes closer.": {"limit": 0.125},
        "one step: that is right for w₁. The question is about w₂.": {"one step": 0.333},
        "best: the mean of 1/3 and 1/8 is not fair to both. Set the factors equal but for the sign.": {"best": 0.229},
        "best: there w₂ has arrived, but w₁ keeps 5/8 of its way. A slightly larger rate is better.": {"best": 0.125},
        "factor: the rate was rounded before. Keep 2/11, and round at the end.": {"factor": 0.46},
        "factor: a distance has no sign. What share of it is left?": {"factor": -0.455},
        "factor: that is the share that is gone. What share is left?": {"factor": 0.545},
    },
)
def ravine_rates():
    """SGD on (3 w₁² + 8 w₂²) / 2."""
    flat, steep = 3, 8
    best = 2 / (flat + steep)
    return {"limit": 2 / steep, "one step": 1 / steep, "best": best, "factor": 1 - flat * best}


@value(
    "7 billion numbers of 4 bytes are 28 GB. How many sets of that size are needed?",
    "All three keep the weights and the gradients. What does each rule keep besides, from step to step?",
    "In our code that is what stands in s: nothing, velocity, or m and v.",
    points=1,
    mistakes={
        "SGD: the gradients are as many numbers as the weights.": {"SGD": 28},
        "SGD: it remembers nothing from step to step. Weights and gradients are all.": {"SGD": 84},
        "momentum: besides weights and gradients it keeps a velocity for each weight.": {"momentum": 56},
        "Adam: it keeps two numbers for each weight, m and v.": {"Adam": 84},
        "Adam: β₁ and β₂ are two numbers altogether. What is kept for each weight is m and v.": {"Adam": 140},
    },
)
def memory():
    """Gigabytes for weights, gradients and the optimizer's memory: 7 billion numbers of 4 bytes each."""
    one = 7e9 * 4 / 1e9
    return {"SGD": 2 * one, "momentum": 3 * one, "Adam": 4 * one}


def _triangles_cases(rng):
    yield np.arange(9), 0.0, 1.0, 2
    yield np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 12]), 0.25, 0.75, 1
    yield np.array([[3], [10]]), 0.125, 1.0, 4
    for _ in range(4):
        low, size = float(rng.uniform(0.001, 0.1)), int(rng.integers(3, 9))
        yield rng.integers(0, 6 * size, rng.integers(3, 9)), low, low + float(rng.uniform(0.5, 1)), size


@implement(
    _triangles_cases,
    "A triangle is 2 · size steps long. np.divmod(steps, 2 * size) gives its number and the step within it.",
    "Within a triangle, 1 − |step / size − 1| is 0 at its ends and 1 at its peak.",
    "The height above low is (high − low) times that, times 0.5 to the power of the triangle's number.",
    points=2,
    mistakes={
        "The first triangle is right, but the later ones do not shrink: each is half as high as the one before.": (
            "* 0.5**number →"
        ),
        "Only what rises above low is halved. You halve the whole rate, low with it.": (
            "low + (high - low) * rise → (low + (high - low) * rise)"
        ),
        "The first triangle reaches high itself. It is the second that is half as high.": "**number → ** (number + 1)",
        "size is the way up alone. Up and down together take 2 · size steps.": "number, → size = size / 2\n    number,",
        "It begins at the peak. Step 0 has the rate low.": "1 - np.abs → np.abs",
        "After its peak a triangle comes down as evenly as it rose. Yours falls at once.": (
            "1 - np.abs(along / size - 1) → along / (2 * size)"
        ),
        "The peaks should get lower by half each time: 1, 1/2, 1/4, 1/8. Yours are 1, 1/2, 1/3, 1/4.": (
            "0.5**number → 1 / (number + 1)"
        ),
    },
)
def triangular(steps, low, high, size):
    """The rate at each step: triangles from low to high, each half as high as the one before. Smith, 2015.

    steps: (...) whole numbers   size: steps from the foot of a triangle to its peak   returns: (...)
    """
    number, along = np.divmod(steps, 2 * size)
    rise = 1 - np.abs(along / size - 1)
    return low + (high - low) * rise * 0.5**number


@value(
    "Which box answers a slope of 4 with 4 times the rate, again and again? It remembers nothing.",
    "One box goes faster and faster, and is hardly slowed by the small slope. What does it remember?",
    "Three boxes divide by a size. The one with a corrected start moves by one learning rate at first.",
    "Of a steady slope, a sum of squares grows without end: the steps shrink like 1, 1/√2, 1/√3.",
    points=3,
    mistakes={
        "A: Adam's first step is one learning rate. This is 3.16: a mean that starts at 0, uncorrected.": {"A": "Adam"},
        "A: a sum of all squares would begin with 16, and the first step with one learning rate.": {"A": "Adagrad"},
        "B: SGD has no memory, so equal slopes would give equal moves.": {"B": "SGD"},
        "C: the second move is the first by √2. What grows like 1, 2, 3 under the root?": {"C": "Adam"},
        "C: a mean of squares that forgets would begin with a step of 3.16 learning rates.": {"C": "RMSprop"},
        "D: a sum of squares would make the second move smaller than the first.": {"D": "Adagrad"},
        "D: without correction the first step would not be exactly one learning rate.": {"D": "RMSprop"},
        "E: momentum would make the second move larger than the first.": {"E": "momentum"},
    },
)
def black_boxes():
    """Which optimizer made which moves, for the slopes 4, 4, 4 and 0.04."""
    return {"A": "RMSprop", "B": "momentum", "C": "Adagrad", "D": "Adam", "E": "SGD"}


@value(
    "Right would be a move of 0.1 for each of three equal slopes: −0.3 in the end.",
    "Follow m and v by hand for the first slope, 4: m is 0.4 and v is 0.016, before any correction.",
    "A's first move is right, its later ones are too long. What is different when the second begins?",
    "Divide m̂ by v̂ for B, and by its root. For C, which β belongs to which mean?",
    points=3,
    mistakes={
        "A: the new slope gets its tenth, as it should. What is the old m that it is added to?": {"A": 3},
        "A: line 7 is the equation. Which line before it keeps what it should not?": {"A": 7},
        "A: t counts from 1, as the correction wants it.": {"A": 2},
        "A: v is corrected as it should be, into a name of its own. And m?": {"A": 6},
        "B: squares belong into v, so line 4 is right. But something has to undo the square.": {"B": 4},
        "B: m is corrected as it should be. What is it divided by?": {"B": 5},
        "C: m is corrected with its own β, 0.9. What about v?": {"C": 5},
        "C: v is filled with β₂ = 0.999, as in Adam. Is it corrected with the same?": {"C": 4},
        "C: line 7 is the equation. Which of the two that it is given is too small?": {"C": 7},
    },
)
def broken_adams():
    """A corrects m and keeps it so, B forgets the root (line 6 can take it, too), C corrects v with the β of m."""
    return {"A": 5, "B": one_of(7, 6), "C": 6}


def _lion_cases(rng):
    yield np.array([1.0, -2.0]), np.array([[1.0, 1.0], [-0.5, 0.0]]), 0.5, 0.5, 0.75, 0.0
    yield np.array([4.0]), np.zeros((3, 1)), 0.25, 0.5, 0.5, 0.5
    yield np.array([2, -3, 1]), np.array([[5, 0, -1]]), 0.125, 0.75, 0.5, 1.0
    yield np.array([1.0]), np.array([[1.0], [-3.0], [-1.0], [8.0]]), 1.0, 0.9, 0.25, 0.25
    for _ in range(5):
        steps, n = rng.integers(5, 15), rng.integers(2, 6)
        w, grads = rng.normal(size=n), rng.normal(size=(steps, n))
        yield w, grads, *(float(rng.uniform(*ends)) for ends in ((0.01, 0.3), (0.6, 0.95), (0.2, 0.5), (0.5, 2)))


@implement(
    _lion_cases,
    "Two mixtures of m and g in each step: c with beta_1 for the direction, the new m with beta_2 for later.",
    "The direction is taken from the old m. So compute c before you change m.",
    "np.sign(c) is 1, −1 or 0. Add the decay weight_decay · w to it; the learning rate multiplies both.",
    "Begin with w = np.array(w, float), a copy: the caller's array must stay as it is.",
    points=3,
    mistakes={
        "The length of c must not count, only its sign.": "np.sign(c) → c",
        "The direction comes from c, mixed with beta_1. You take it from the new m.": "np.sign(c) → np.sign(m)",
        "The direction is taken from the old m. You change m before you compute c.": (
            "c = beta_1 * m + (1 - beta_1) * g → pass; w = w - → c = beta_1 * m + (1 - beta_1) * g\n        w = w -"
        ),
        "The learning rate multiplies the decay too.": (
            "learning_rate * (np.sign(c) + weight_decay * w) → learning_rate * np.sign(c) - weight_decay * w"
        ),
        "The decay is missing.": "+ weight_decay * w →",
        "The decay is to be kept out of the gradient, as in AdamW: of its sign nothing but ±1 would be left.": (
            "c = → g = g + weight_decay * w\n        c =; + weight_decay * w) → )"
        ),
        "m and c are mixed with different betas: m with beta_2.": "c = → beta_2 = beta_1\n        c =",
        "beta_1 and beta_2 are swapped.": "w, m → beta_1, beta_2 = beta_2, beta_1\n    w, m",
        "That goes uphill: the sign of c is subtracted.": "np.sign → -np.sign",
    },
)
def lion(w, grads, learning_rate, beta_1, beta_2, weight_decay):
    """The weights after a step for each row of grads. Chen et al., 2023, algorithm 2.

    w: (n,)   grads: (steps, n)   returns: (n,)
    """
    w, m = np.array(w, float), np.zeros(np.shape(w))
    for g in grads:
        c = beta_1 * m + (1 - beta_1) * g
        m = beta_2 * m + (1 - beta_2) * g
        w = w - learning_rate * (np.sign(c) + weight_decay * w)
    return w


FEATURES, MOST_LEFT = 8, 0.05
TOO_MANY = "One Dense layer with one unit is all that is needed: 8 weights and a bias, 9 parameters."
BENDS = "A weighted sum can be any number and bends nowhere: the layer has no activation."
NOT_TRAINED = "That is no better than always predicting 0. Was it trained at all? Or is the rate far too small?"
EXPLODED = "Its output is beyond all bounds. Was it trained at all? Then the rate is too high for the steep directions."
HARDLY_BEGUN = (
    "It has hardly begun. Some weights have to grow to 50, and Adam moves each by about one rate a step: "
    "how far does it get in all your steps? A much higher rate is wanted."
)
WEAK_LEFT = (
    "What the large features say is learnt. The weights of the small ones, the flat directions, are on their way to "
    "50, or held back. A higher rate helps; if the steep directions do not bear it, a rule with a rate for each weight."
)
HOPPING = "It goes the right way but hops around the goal. Let the rate fall to 0 in the end: a schedule."


def _ravine_data(rng, n, weights, scales):
    """Features of very different sizes, each of which says as much about y. x: (n, 8)   y: (n, 1)"""
    x = rng.normal(size=(n, FEATURES)) * scales
    return x, x @ weights + 0.05 * rng.normal(size=(n, 1))


def _given(weights):
    """A model that is not trained but given its weights, one or 8: what a training leaves that went a certain way."""
    return keras_model(FEATURES, 1, weights=[np.broadcast_to(weights, FEATURES)[:, None], np.zeros(1)])


def _fitted(x, y, share):
    """The best weights, each times its share (8,): features in the order of their size, the largest first."""
    best = np.linalg.lstsq(x, y)[0][:, 0]
    largest_first = np.argsort(-x.std(axis=0))
    best[largest_first] *= share
    return best


@build(
    'The model is keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)]), its loss "mse".',
    "1,000 rows in batches of 50 are 20 steps an epoch. Thirty epochs are 600 steps and take a second or two.",
    "Some weights have to grow to about 50. Adam moves it by about one learning rate a step: is 0.001 enough?",
    "Adam with keras.optimizers.schedules.CosineDecay(1.0, 600) strides first and settles then.",
    points=3,
    mistakes={
        TOO_MANY: lambda x, y: keras_model(FEATURES, 4, 1),
        BENDS: lambda x, y: keras_model(FEATURES, (1, "relu")),
        NOT_TRAINED: lambda x, y: _given(0.0),
        EXPLODED: lambda x, y: _given(np.nan),
        HARDLY_BEGUN: lambda x, y: _given(_fitted(x, y, [1.0] * 2 + [0.2] * 6)),
        WEAK_LEFT: lambda x, y: _given(_fitted(x, y, [1.0] * 4 + [0.3] * 4)),
        HOPPING: lambda x, y: _given(_fitted(x, y, 1.0) + 0.4 / x.std(axis=0)),
    },
)
def through_the_ravine(trial):
    """9 parameters, at most 5 % of the variance left on 1,000 new rows, with features from 0.03 to 3 in size."""
    rng = trial.rng
    scales = rng.permutation(np.geomspace(0.03, 3, FEATURES))
    weights = (rng.choice([-1, 1], FEATURES) * rng.uniform(0.5, 1.5, FEATURES) / scales)[:, None]
    x, y = _ravine_data(rng, 1000, weights, scales)
    x_new, y_new = _ravine_data(rng, 1000, weights, scales)
    model = trial.built(x, y)
    trial.require(model["parameters"] <= FEATURES + 1, f"It has {model['parameters']} parameters.", TOO_MANY)
    y_pred = trial.predicted(x_new, 1, "rows", ": one number each.")
    trial.require(np.abs(y_pred).max() < 1e6, EXPLODED)
    left = np.mean((y_pred - y_new) ** 2) / np.mean(y_new**2)
    reason = BENDS if model["bends"] else _what_is_missing(x_new, y_pred, weights, left)
    trial.require(left <= MOST_LEFT, f"On 1,000 new rows {left:.0%} of the variance is left; 5 % were allowed.", reason)


def _what_is_missing(x, y_pred, weights, left):
    """The hint that fits how much of each feature's weight was learnt: 1 is all of it. Large features come first."""
    learnt = (np.linalg.lstsq(x, y_pred)[0] / weights)[np.argsort(-x.std(axis=0)), 0]
    if left > 50:
        return EXPLODED
    if np.median(learnt[-3:]) > 0.6:
        return HOPPING
    if left > 0.98:
        return NOT_TRAINED
    return WEAK_LEFT if np.median(learnt[:4]) > 0.6 else HARDLY_BEGUN


def _softmax_cases(rng):
    # No class has just its share of the examples: of what float32 makes of a gradient of 0, Adam would make a step.
    yield np.array([[1.0, -2.0], [0.5, 0.0], [-1.0, 1.0]]), np.array([0, 2, 1]), 4, 6, 0.5, 2, 0.25, 0.5
    yield np.array([[2.0, 0.0, -1.0]]), np.array([1]), 2, 1, 0.25, 0, 10.0, 0.0
    yield np.array([[30, 1], [-20, 2], [10, -1], [5, 0]]), np.array([1, 0, 1, 3]), 4, 5, 0.125, 4, 1.0, 0.25
    # A limit that some steps reach and some do not; and one that leaves gradients no larger than epsilon.
    for limit in 0.75, 1e-6:
        yield np.array([[1.0, -1.0], [0.0, 2.0], [-2.0, 0.5]]), np.array([0, 1, 2]), 4, 10, 0.5, 1, limit, 0.5
    for _ in range(4):
        many, inputs, classes, warmup = (int(rng.integers(*limits)) for limits in ((1, 4), (2, 5), (3, 5), (2, 5)))
        x, y = 2 * rng.normal(size=(many * classes + 1, inputs)), rng.integers(0, classes, many * classes + 1)
        eta, limit = float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.3, 2))
        yield x, y, classes, warmup + int(rng.integers(4, 9)), eta, warmup, limit, 0.5


@implement(
    _softmax_cases,
    "Write it in five parts: gradients, clipping, rate, Adam's means, update. Test each on a small example first.",
    "With p = softmax(x @ kernel + bias), the logits' gradient is (p − one-hot) / n; one-hot is np.eye(classes)[y].",
    "One length for both gradients: the root of all squares together. Multiply both by limit / max(length, limit).",
    "Count t from 0 for the rate, but let Adam's exponents be t + 1. The decay is rate · weight_decay · kernel.",
    points=5,
    also=["1e-7 → 1e-7 * filled"],
    mistakes={
        "The gradient is not clipped.": "g * limit / max(length, limit) → g",
        "Kernel and bias are clipped one by one. Together they are one long gradient, with one length.": (
            "limit / max(length, limit) → limit / max(np.sqrt(np.sum(g**2)), limit)"
        ),
        "A gradient shorter than the limit stays as it is.": "max(length, limit) → max(length, 1e-12)",
        "The warm-up begins with one part of the rate, not with 0: (t + 1) parts.": "(t + 1) / warmup → t / warmup",
        "The warm-up is missing: the first rates are too high.": "params, m → warmup = 0\n    params, m",
        "After the warm-up the rate should fall along half a cosine.": "(1 + np.cos(np.pi * done)) / 2 → 1",
        "The cosine begins when the warm-up is over: count from there.": "(t - warmup) / (steps - warmup) → t / steps",
        "Adam's two means are not corrected for starting at 0.": "filled * m[i] / (1 - 0.9 ** (t + 1)) → m[i]",
        "Epsilon stands beside the root of v, not under it.": "np.sqrt(v[i]) + 1e-7 → np.sqrt(v[i] + 1e-7)",
        "Epsilon stands beside the root, not under it.": "np.sqrt(v[i]) + 1e-7 → np.sqrt(v[i] + 1e-7 * filled**2)",
        "Epsilon is 1e-7 here, as in Keras, and not 1e-8.": "1e-7 → 1e-8",
        "Epsilon is missing.": "+ 1e-7 →",
        "The decay is missing.": "- rate * decay[i] →",
        "The bias does not decay, only the kernel.": "params[0], 0 → params[0], weight_decay * params[1]",
        "The decay went into the gradient, where Adam divides it away. Subtract it from the kernel directly.": (
            "x.T @ error, → x.T @ error + weight_decay * params[0],; - rate * decay[i] →"
        ),
        "The loss is the mean over the examples, so its gradient is divided by their number.": "/ len(x) →",
    },
)
def train_softmax(x, y, classes, steps, learning_rate, warmup, limit, weight_decay):
    """One layer and softmax, trained by all that the chapter has: (kernel, bias).

    Epsilon stands beside the root of v, as in Keras. Beside that of the corrected v, as in the paper, it is right too.

    x: (n, inputs)   y: (n,) of 0 to classes - 1   returns: kernel (inputs, classes), bias (classes,)
    """
    params, m, v = [np.zeros((x.shape[1], classes)), np.zeros(classes)], [0.0, 0.0], [0.0, 0.0]
    for t in range(steps):
        done = (t - warmup) / (steps - warmup)
        rate = learning_rate * ((t + 1) / warmup if t < warmup else (1 + np.cos(np.pi * done)) / 2)
        error = (softmax(x @ params[0] + params[1]) - np.eye(classes)[y]) / len(x)
        grads = [x.T @ error, error.sum(axis=0)]
        length = np.sqrt(sum(np.sum(g**2) for g in grads))
        decay = weight_decay * params[0], 0
        for i, g in enumerate(grads):
            g = g * limit / max(length, limit)
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g**2
            filled = np.sqrt(1 - 0.999 ** (t + 1))
            step = filled * m[i] / (1 - 0.9 ** (t + 1)) / (np.sqrt(v[i]) + 1e-7)
            params[i] = params[i] - rate * decay[i] - rate * step
    return tuple(params)

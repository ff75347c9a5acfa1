"""Chapter 05's checks: steps by hand, means that forget, schedules, other optimizers, and a whole training run.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns.
"""

import numpy as np

from course_lib.activations import softmax
from course_lib.checking.kinds import build, implement, value

CHAPTER = "05-optimizers"


@value(
    points=1,
    atol=0.005,
    rtol=0,
    hints=[
        "The slope of w² is 2w. At w = 2 it is 4, and 4 times the learning rate is 0.4.",
        "Compute the slope anew at the place where the first step has led to.",
        "Momentum: the first velocity is −0.4. The second is 0.9 times that, less 0.1 times the new slope.",
        "How long is Adam's first step, whatever the slope?",
    ],
    mistakes={
        "SGD: the slope of w² is 2w, not w.": {"SGD": 1.62, "momentum": 0.92, "Adam": 1.9},
        "SGD: that is where the first step leads. Two were asked for.": {"SGD": 1.6, "momentum": 0.92, "Adam": 1.9},
        "SGD: the second step needs the slope at the new place, which is smaller.": {
            "SGD": 1.2,
            "momentum": 0.92,
            "Adam": 1.9,
        },
        "Momentum: nine tenths of the first velocity go on. Without them it would be SGD.": {
            "SGD": 1.28,
            "momentum": 1.28,
            "Adam": 1.9,
        },
        "Momentum: the old velocity is kept whole; it should lose a tenth.": {
            "SGD": 1.28,
            "momentum": 0.88,
            "Adam": 1.9,
        },
        "Adam: that is SGD's first step. Adam divides by the size of the slope.": {
            "SGD": 1.28,
            "momentum": 0.92,
            "Adam": 1.6,
        },
        "Adam: 3.16 learning rates would be the step without the bias correction.": {
            "SGD": 1.28,
            "momentum": 0.92,
            "Adam": 1.684,
        },
    },
)
def first_steps():
    """From 2 on w² with rate 0.1: two steps of SGD, two with momentum 0.9, one of Adam."""
    w, velocity = 2.0, 0.0
    for _ in range(2):
        velocity = 0.9 * velocity - 0.1 * 2 * w
        w += velocity
    return {"SGD": 2.0 * (1 - 0.1 * 2) ** 2, "momentum": w, "Adam": 2.0 - 0.1}


def _running_mean(x, beta, share=lambda beta, t: 1 - beta**t, fed_back=False, new=None):
    m, means = np.zeros(x.shape[1]), []
    for t, row in enumerate(x, start=1):
        m = beta * m + ((1 - beta) if new is None else new) * row
        mean = m / share(beta, t)
        means.append(mean)
        if fed_back:
            m = mean
    return np.array(means)


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
    points=2,
    hints=[
        "One loop over the rows. m starts at zeros and is kept as it is; what is returned is m divided by something.",
        "After one row, m is (1 − beta) times it. After t rows the shares in m add up to 1 − beta**t.",
        "Count t from 1: for t, row in enumerate(x, start=1).",
        "Collect m / (1 − beta**t) in a list, and return it as an array.",
    ],
    mistakes={
        "The first means are too small: m starts at 0, and nothing makes up for it yet.": lambda x, beta: _running_mean(
            x, beta, share=lambda beta, t: 1
        ),
        "You divide by 1 − beta at every step. The share that is filled grows: 1 − beta**t.": lambda x, beta: (
            _running_mean(x, beta, share=lambda beta, t: 1 - beta)
        ),
        "What you have divided goes on into the next step. Keep m as it is, and divide only what you return.": lambda x, beta: (
            _running_mean(x, beta, fed_back=True)
        ),
        "beta is the share of the old mean; you give it to the new row.": lambda x, beta: _running_mean(
            x, 1 - beta, share=lambda b, t: 1 - beta**t
        ),
        "The old mean and the new row must share one whole: beta and 1 − beta. Your new row counts fully.": lambda x, beta: (
            _running_mean(x, beta, new=1.0)
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
    return _running_mean(x, beta)


@value(
    points=2,
    atol=0.005,
    rtol=0,
    hints=[
        "One step of SGD multiplies w₁ by 1 − 3 · rate and w₂ by 1 − 8 · rate.",
        "A weight comes closer as long as its factor lies between −1 and 1. Which of the two leaves that range first?",
        "At the best rate the two factors are opposite: 1 − 3 · rate = −(1 − 8 · rate).",
    ],
    mistakes={
        "limit: at that rate w₁ hops, but w₂, steeper, has long flown away.": {
            "limit": 0.667,
            "one step": 0.125,
            "best": 0.182,
            "factor": 0.455,
        },
        "limit: at that rate w₂ reaches its goal in one step. It can be passed and still come closer.": {
            "limit": 0.125,
            "one step": 0.125,
            "best": 0.182,
            "factor": 0.455,
        },
        "one step: that is right for w₁. The question is about w₂.": {
            "limit": 0.25,
            "one step": 0.333,
            "best": 0.182,
            "factor": 0.455,
        },
        "best: the mean of 1/3 and 1/8 does not treat both alike. Set the two factors equal, but for the sign.": {
            "limit": 0.25,
            "one step": 0.125,
            "best": 0.229,
            "factor": 0.455,
        },
        "best: at that rate w₂ is there, but w₁ keeps 5/8 of its distance. A slightly larger rate is better.": {
            "limit": 0.25,
            "one step": 0.125,
            "best": 0.125,
            "factor": 0.455,
        },
        "factor: a distance has no sign. What share of it is left?": {
            "limit": 0.25,
            "one step": 0.125,
            "best": 0.182,
            "factor": -0.455,
        },
        "factor: that is the share that is gone. What share is left?": {
            "limit": 0.25,
            "one step": 0.125,
            "best": 0.182,
            "factor": 0.545,
        },
    },
)
def ravine_rates():
    """SGD on (3 w₁² + 8 w₂²) / 2."""
    flat, steep = 3, 8
    best = 2 / (flat + steep)
    return {"limit": 2 / steep, "one step": 1 / steep, "best": best, "factor": 1 - flat * best}


@value(
    points=1,
    hints=[
        "7 billion numbers of 4 bytes are 28 GB. How many sets of that size are needed?",
        "All three keep the weights and the gradients. What does each rule keep besides, from step to step?",
        "In our code that is what stands in s: nothing, velocity, or m and v.",
    ],
    mistakes={
        "SGD: the gradients are as many numbers as the weights.": {"SGD": 28, "momentum": 84, "Adam": 112},
        "SGD: it remembers nothing from step to step. Weights and gradients are all.": {
            "SGD": 84,
            "momentum": 84,
            "Adam": 112,
        },
        "momentum: besides weights and gradients it keeps a velocity for each weight.": {
            "SGD": 56,
            "momentum": 56,
            "Adam": 112,
        },
        "Adam: it keeps two numbers for each weight, m and v.": {"SGD": 56, "momentum": 84, "Adam": 84},
        "Adam: β₁ and β₂ are two numbers altogether. What is kept for each weight is m and v.": {
            "SGD": 56,
            "momentum": 84,
            "Adam": 140,
        },
    },
)
def memory():
    """Gigabytes for weights, gradients and the optimizer's memory: 7 billion numbers of 4 bytes each."""
    one = 7e9 * 4 / 1e9
    return {"SGD": 2 * one, "momentum": 3 * one, "Adam": 4 * one}


def _triangles(steps, low, high, size, height=lambda cycle: 0.5**cycle):
    cycle, along = np.divmod(steps, 2 * size)
    return low + (high - low) * (1 - np.abs(along / size - 1)) * height(cycle)


def _triangles_cases(rng):
    yield np.arange(9), 0.0, 1.0, 2
    yield np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 12]), 0.25, 0.75, 1
    yield np.array([[3], [10]]), 0.125, 1.0, 4
    for _ in range(4):
        low, size = float(rng.uniform(0.001, 0.1)), int(rng.integers(3, 9))
        yield rng.integers(0, 6 * size, rng.integers(3, 9)), low, low + float(rng.uniform(0.5, 1)), size


@implement(
    _triangles_cases,
    points=2,
    hints=[
        "A triangle is 2 · size steps long. np.divmod(steps, 2 * size) gives its number and the step within it.",
        "Within a triangle, 1 − |step / size − 1| is 0 at its ends and 1 at its peak.",
        "The height above low is (high − low) times that, times 0.5 to the power of the triangle's number.",
    ],
    mistakes={
        "The first triangle is right, but the later ones do not shrink: each is half as high as the one before.": lambda s, low, high, size: (
            _triangles(s, low, high, size, lambda cycle: 1)
        ),
        "Only what rises above low is halved. You halve the whole rate, low with it.": lambda s, low, high, size: (
            _triangles(s, low, high, size, lambda cycle: 1) * 0.5 ** (s // (2 * size))
        ),
        "The first triangle reaches high itself. It is the second that is half as high.": lambda s, low, high, size: (
            _triangles(s, low, high, size, lambda cycle: 0.5 ** (cycle + 1))
        ),
        "size is the way up alone. Up and down together take 2 · size steps.": lambda s, low, high, size: _triangles(
            s, low, high, size / 2
        ),
        "It begins at the peak. Step 0 has the rate low.": lambda s, low, high, size: (
            low + (high - low) * np.abs(s % (2 * size) / size - 1) * 0.5 ** (s // (2 * size))
        ),
        "After its peak a triangle comes down as evenly as it rose. Yours falls at once.": lambda s, low, high, size: (
            low + (high - low) * (s % (2 * size)) / (2 * size) * 0.5 ** (s // (2 * size))
        ),
        "The peaks should get lower by half each time: 1, 1/2, 1/4, 1/8. Yours are 1, 1/2, 1/3, 1/4.": lambda s, low, high, size: (
            _triangles(s, low, high, size, lambda cycle: 1 / (cycle + 1))
        ),
    },
)
def triangular(steps, low, high, size):
    """The rate at each step: triangles from low to high, each half as high as the one before. Smith, 2015.

    steps: (...) whole numbers   size: steps from the foot of a triangle to its peak   returns: (...)
    """
    return _triangles(steps, low, high, size)


BOXES = {"A": "RMSprop", "B": "momentum", "C": "Adagrad", "D": "Adam", "E": "SGD"}


@value(
    points=3,
    hints=[
        "Which box answers a slope of 4 with 4 times the rate, again and again? It remembers nothing.",
        "One box goes faster and faster, and is hardly slowed by the small slope. What does it remember?",
        "Three boxes divide by a size. The one with a corrected start moves by one learning rate at first.",
        "Of a steady slope, a sum of squares grows without end: the steps shrink like 1, 1/√2, 1/√3.",
    ],
    mistakes={
        "A: Adam's first step would be one learning rate. This one is 3.16: a mean that starts at 0, uncorrected.": BOXES
        | {"A": "Adam"},
        "A: a sum of all squares would begin with 16, and the first step with one learning rate.": BOXES
        | {"A": "Adagrad"},
        "B: SGD has no memory, so equal slopes would give equal moves.": BOXES | {"B": "SGD"},
        "C: compare the second move with the first: 0.0707 is 0.1 / √2. What grows like 1, 2, 3 under the root?": BOXES
        | {"C": "Adam"},
        "C: a mean of squares that forgets would begin with a step of 3.16 learning rates.": BOXES | {"C": "RMSprop"},
        "D: a sum of squares would make the second move smaller than the first.": BOXES | {"D": "Adagrad"},
        "D: without correction the first step would not be exactly one learning rate.": BOXES | {"D": "RMSprop"},
        "E: momentum would make the second move larger than the first.": BOXES | {"E": "momentum"},
    },
)
def black_boxes():
    """Which optimizer made which moves, for the slopes 4, 4, 4 and 0.04."""
    return dict(BOXES)


ADAMS = {"A": 5, "B": 7, "C": 6}


@value(
    points=3,
    hints=[
        "Right would be a move of 0.1 for each of three equal slopes: −0.3 in the end.",
        "Follow m and v by hand for the first slope, 4: m is 0.4 and v is 0.016, before any correction.",
        "A's first move is right, its later ones are too long. What is different when the second begins?",
        "Divide m̂ by v̂ for B, and by its root. For C, which β belongs to which mean?",
    ],
    mistakes={
        "A: the new slope gets its tenth, as it should. What is the old m that it is added to?": ADAMS | {"A": 3},
        "A: line 7 uses what it is given. Was that m meant to be kept as well?": ADAMS | {"A": 7},
        "A: t counts from 1, as the correction wants it.": ADAMS | {"A": 2},
        "B: squares belong into v, so line 4 is right. But something has to undo the square.": ADAMS | {"B": 4},
        "B: v is corrected with its own β. Look at what is done with it.": ADAMS | {"B": 6},
        "C: m is corrected with its own β, 0.9. What about v?": ADAMS | {"C": 5},
        "C: v is filled with β₂ = 0.999, as in Adam. Is it corrected with the same?": ADAMS | {"C": 4},
    },
)
def broken_adams():
    """A corrects m and keeps it so, B forgets the root, C corrects v with the β of m."""
    return dict(ADAMS)


def _lion(w, grads, learning_rate, beta_1, beta_2, weight_decay, step=np.sign, late=False, decay="decoupled"):
    w, m = np.array(w, float), np.zeros(np.shape(w))
    for g in grads:
        g = g + weight_decay * w if decay == "in the gradient" else g
        c = beta_1 * m + (1 - beta_1) * g
        m = beta_2 * m + (1 - beta_2) * g
        shrink = {"decoupled": learning_rate * weight_decay, "whole": weight_decay}.get(decay, 0)
        w = w - learning_rate * step(m if late else c) - shrink * w
    return w


def _lion_cases(rng):
    yield np.array([1.0, -2.0]), np.array([[1.0, 1.0], [-0.5, 0.0]]), 0.5, 0.5, 0.75, 0.0
    yield np.array([4.0]), np.zeros((3, 1)), 0.25, 0.5, 0.5, 0.5
    yield np.array([2, -3, 1]), np.array([[5, 0, -1]]), 0.125, 0.75, 0.5, 1.0
    yield np.array([1.0]), np.array([[1.0], [-3.0], [-1.0], [8.0]]), 1.0, 0.9, 0.25, 0.25
    for _ in range(5):
        steps, n = rng.integers(5, 15), rng.integers(2, 6)
        yield (
            rng.normal(size=n),
            rng.normal(size=(steps, n)),
            float(rng.uniform(0.01, 0.3)),
            float(rng.uniform(0.6, 0.95)),
            float(rng.uniform(0.2, 0.5)),
            float(rng.uniform(0.5, 2)),
        )


@implement(
    _lion_cases,
    points=3,
    hints=[
        "Two mixtures of m and g in each step: c with beta_1 for the direction, the new m with beta_2 for later.",
        "The direction is taken from the old m. So compute c before you change m.",
        "np.sign(c) is 1, −1 or 0. Add the decay weight_decay · w to it; the learning rate multiplies both.",
        "Begin with w = np.array(w, float), a copy: the caller's array must stay as it is.",
    ],
    mistakes={
        "The length of c must not count, only its sign.": lambda *given: _lion(*given, step=lambda c: c),
        "The direction comes from c, mixed with beta_1. You take it from the new m.": lambda *given: _lion(
            *given, late=True
        ),
        "The learning rate multiplies the decay too.": lambda *given: _lion(*given, decay="whole"),
        "The decay is missing.": lambda *given: _lion(*given, decay="none"),
        "The decay is to be kept out of the gradient, as in AdamW: of its sign nothing but ±1 would be left.": lambda *given: (
            _lion(*given, decay="in the gradient")
        ),
        "m and c are mixed with different betas: m with beta_2.": lambda w, grads, rate, beta_1, beta_2, decay: _lion(
            w, grads, rate, beta_1, beta_1, decay
        ),
        "beta_1 and beta_2 are swapped.": lambda w, grads, rate, beta_1, beta_2, decay: _lion(
            w, grads, rate, beta_2, beta_1, decay
        ),
        "That goes uphill: the sign of c is subtracted.": lambda *given: _lion(*given, step=lambda c: -np.sign(c)),
    },
)
def lion(w, grads, learning_rate, beta_1, beta_2, weight_decay):
    """The weights after a step for each row of grads. Chen et al., 2023, algorithm 2.

    w: (n,)   grads: (steps, n)   returns: (n,)
    """
    return _lion(w, grads, learning_rate, beta_1, beta_2, weight_decay)


FEATURES, MOST_LEFT = 8, 0.05
TOO_MANY = "One Dense layer with one unit is all that is needed: 8 weights and a bias, 9 parameters."
NOT_TRAINED = "That is no better than always predicting 0. Was it trained at all?"
EXPLODED = "Its output contains NaN or infinity: the rate is too high for the steep directions."
WEAK_LEFT = (
    "What the large features say is learnt. The small ones are the flat directions: there the slopes are tiny "
    "and the way is long. An optimizer with a rate for each weight does not mind."
)
NOT_ENOUGH = "It is on its way. The weights of small features must grow large: a higher rate at first, that falls to 0."
HOPPING = "It goes the right way but hops around the goal. Let the rate fall to 0 in the end: a schedule."


def _ravine_data(rng, n, weights, scales):
    """Features of very different sizes, each of which says as much about y. x: (n, 8)   y: (n, 1)"""
    x = rng.normal(size=(n, FEATURES)) * scales
    return x, x @ weights + 0.05 * rng.normal(size=(n, 1))


def _linear_model(weights, hidden=()):
    """A model that is not trained but given weights (8, 1): what a learner has whose training went a certain way."""
    from course_lib.page import quiet

    with quiet():
        import keras
    layers = [keras.layers.Dense(units) for units in (*hidden, 1)]
    model = keras.Sequential([keras.Input((FEATURES,)), *layers])
    if not hidden:
        model.set_weights([np.asarray(weights, float).reshape(FEATURES, 1), np.zeros(1)])
    return model


def _fitted(x, y, share):
    """The best weights, each times its share (8,): features in the order of their size, the largest first."""
    best = np.linalg.lstsq(x, y)[0][:, 0]
    largest_first = np.argsort(-x.std(axis=0))
    best[largest_first] *= share
    return best


HALF = np.array([1.0] * 4 + [0.0] * 4)


@build(
    points=3,
    hints=[
        'The model is keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)]), its loss "mse".',
        "1,000 rows in batches of 50 are 20 steps an epoch. Thirty epochs are 600 steps and take a second or two.",
        "Some weights have to grow to about 50. Adam moves it by about one learning rate a step: is 0.001 enough?",
        "Adam with keras.optimizers.schedules.CosineDecay(1.0, 600) strides first and settles then.",
    ],
    mistakes={
        TOO_MANY: lambda x, y: _linear_model(None, hidden=[4]),
        NOT_TRAINED: lambda x, y: _linear_model(np.zeros(FEATURES)),
        EXPLODED: lambda x, y: _linear_model(np.full(FEATURES, np.nan)),
        WEAK_LEFT: lambda x, y: _linear_model(_fitted(x, y, HALF)),
        NOT_ENOUGH: lambda x, y: _linear_model(_fitted(x, y, 0.5)),
        HOPPING: lambda x, y: _linear_model(_fitted(x, y, 1.0) + 0.4 / x.std(axis=0)),
    },
)
def through_the_ravine(trial):
    """9 parameters, at most 5 % of the variance left on 1,000 new rows, with features from 0.03 to 3 in size."""
    rng = trial.rng
    scales = rng.permutation(np.geomspace(0.03, 3, FEATURES))
    weights = (rng.choice([-1, 1], FEATURES) * rng.uniform(0.5, 1.5, FEATURES) / scales)[:, None]
    x, y = _ravine_data(rng, 1000, weights, scales)
    x_new, y_new = _ravine_data(rng, 1000, weights, scales)
    model = trial.ask("build", x, y)
    trial.require(model["parameters"] <= FEATURES + 1, f"It has {model['parameters']} parameters. {TOO_MANY}")
    y_pred = trial.ask("predict", x_new)
    trial.require(
        y_pred.shape == (1000, 1),
        f"For 1,000 rows its output has the shape {y_pred.shape}; (1000, 1) was wanted: one number each.",
    )
    trial.require(np.isfinite(y_pred).all(), EXPLODED)
    left = np.mean((y_pred - y_new) ** 2) / np.mean(y_new**2)
    trial.require(
        left <= MOST_LEFT,
        f"On 1,000 new rows {left:.0%} of the variance is left; 5 % were allowed. "
        f"{_what_is_missing(x_new, y_pred, weights, left)}",
    )


def _what_is_missing(x, y_pred, weights, left):
    """The hint that fits how much of each feature's weight was learnt."""
    if left > 0.98:
        return NOT_TRAINED
    learnt = (np.linalg.lstsq(x, y_pred)[0] / weights)[np.argsort(-x.std(axis=0)), 0]
    if np.abs(learnt[:3] - 1).max() < 0.3 and np.abs(learnt[-2:]).max() < 0.5:
        return WEAK_LEFT
    return HOPPING if np.abs(learnt).max() > 1.15 else NOT_ENOUGH


def _norm(parts):
    return np.sqrt(sum((part**2).sum() for part in parts))


def _cut_together(grads, limit):
    return [g * limit / max(_norm(grads), limit) for g in grads]


def _rate(t, learning_rate, warmup, steps):
    if t < warmup:
        return learning_rate * (t + 1) / warmup
    return learning_rate * (1 + np.cos(np.pi * (t - warmup) / (steps - warmup))) / 2


def _softmax_run(
    x,
    y,
    classes,
    steps,
    learning_rate,
    warmup,
    limit,
    weight_decay,
    cut=_cut_together,
    rate=_rate,
    corrected=True,
    decayed=(True, False),
    penalty=0,
    mean=True,
):
    """The training of the project; what stands after ``weight_decay`` says how a wrong answer differs."""
    params = [np.zeros((x.shape[1], classes)), np.zeros(classes)]
    m, v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
    for t in range(steps):
        error = (softmax(x @ params[0] + params[1]) - np.eye(classes)[y]) / (len(x) if mean else 1)
        grads = cut([x.T @ error + penalty * weight_decay * params[0], error.sum(axis=0)], limit)
        eta = rate(t, learning_rate, warmup, steps)
        for i, g in enumerate(grads):
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g**2
            full = (1 - 0.9 ** (t + 1), 1 - 0.999 ** (t + 1)) if corrected else (1, 1)
            decay = weight_decay * params[i] if decayed[i] else 0
            params[i] = params[i] - eta * decay - eta * (m[i] / full[0]) / (np.sqrt(v[i] / full[1]) + 1e-7)
    return tuple(params)


def _warm_for_ever(t, learning_rate, warmup, steps):
    return learning_rate * min((t + 1) / warmup, 1) if warmup else learning_rate


def _cosine_from_the_start(t, learning_rate, warmup, steps):
    return _rate(t, learning_rate, warmup, steps) if t < warmup else _rate(t, learning_rate, 0, steps)


def _softmax_cases(rng):
    yield np.array([[1.0, -2.0], [0.5, 0.0], [-1.0, 1.0]]), np.array([0, 2, 1]), 3, 6, 0.5, 2, 0.25, 0.5
    # One example, no warm-up, one step.
    yield np.array([[2.0, 0.0, -1.0]]), np.array([1]), 2, 1, 0.25, 0, 10.0, 0.0
    yield np.array([[30, 1], [-20, 2], [10, -1], [5, 0]]), np.array([1, 0, 1, 3]), 4, 5, 0.125, 4, 1.0, 0.25
    # A limit that some steps reach and some do not.
    yield np.array([[1.0, -1.0], [0.0, 2.0], [-2.0, 0.5]]), np.array([0, 1, 2]), 3, 10, 0.5, 1, 0.75, 0.5
    for _ in range(4):
        n, inputs, classes, warmup = (int(rng.integers(*limits)) for limits in ((4, 12), (2, 5), (3, 5), (2, 5)))
        x, y = 2 * rng.normal(size=(n, inputs)), rng.integers(0, classes, n)
        eta, limit = float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.3, 2))
        yield x, y, classes, warmup + int(rng.integers(4, 9)), eta, warmup, limit, 0.5


@implement(
    _softmax_cases,
    points=5,
    hints=[
        "Write it in five parts: gradients, clipping, rate, Adam's means, update. Test each on a small example first.",
        "With p = softmax(x @ kernel + bias), the gradient of the logits is (p − one-hot) / n; np.eye(classes)[y] is "
        "one-hot.",
        "One length for both gradients: the root of all squares together. Multiply both by limit / max(length, limit).",
        "Count t from 0 for the rate, but let Adam's exponents be t + 1. The decay is learning rate · weight_decay · "
        "kernel.",
    ],
    mistakes={
        "The gradient is not clipped.": lambda *given: _softmax_run(*given, cut=lambda grads, limit: grads),
        "Kernel and bias are clipped one by one. Together they are one long gradient, with one length.": lambda *given: (
            _softmax_run(*given, cut=lambda grads, limit: [_cut_together([g], limit)[0] for g in grads])
        ),
        "A gradient that is shorter than the limit stays as it is. You stretch it.": lambda *given: _softmax_run(
            *given, cut=lambda grads, limit: [g * limit / max(_norm(grads), 1e-12) for g in grads]
        ),
        "The warm-up is missing: the first rates are too high.": lambda *given: _softmax_run(
            *given, rate=lambda t, eta, warmup, steps: _rate(t, eta, 0, steps)
        ),
        "After the warm-up the rate stays where it is. It should fall along half a cosine.": lambda *given: (
            _softmax_run(*given, rate=_warm_for_ever)
        ),
        "The cosine begins when the warm-up is over: count its steps, and its length, from there.": lambda *given: (
            _softmax_run(*given, rate=_cosine_from_the_start)
        ),
        "Adam's two means are not corrected for starting at 0.": lambda *given: _softmax_run(*given, corrected=False),
        "The decay is missing.": lambda *given: _softmax_run(*given, decayed=(False, False)),
        "The bias does not decay, only the kernel.": lambda *given: _softmax_run(*given, decayed=(True, True)),
        "The decay went into the gradient, where Adam divides it away. Subtract it from the kernel directly.": lambda *given: (
            _softmax_run(*given, decayed=(False, False), penalty=1)
        ),
        "The loss is the mean over the examples, so its gradient is divided by their number.": lambda *given: (
            _softmax_run(*given, mean=False)
        ),
    },
)
def train_softmax(x, y, classes, steps, learning_rate, warmup, limit, weight_decay):
    """One layer and softmax, trained by all that the chapter has: (kernel, bias).

    x: (n, inputs)   y: (n,) of 0 to classes - 1   returns: kernel (inputs, classes), bias (classes,)
    """
    return _softmax_run(x, y, classes, steps, learning_rate, warmup, limit, weight_decay)

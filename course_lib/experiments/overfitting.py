"""What chapter 11 trains and measures: curves of any capacity, refits, leaks, labels learnt by heart, folds."""

from functools import cache

import numpy as np
from numpy.polynomial import legendre

from course_lib.data import digits, moons
from course_lib.experiments import overfitting_stack as stack
from course_lib.layers import Activation, Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import Adam
from course_lib.overfitting import Dropout, GaussianNoise, k_fold
from course_lib.regularizers import L2
from course_lib.training import train_on_batch

# --- curves through points


def wave(x):
    """What the points of the first sections are drawn around."""
    return np.sin(3 * np.asarray(x))


def noisy_points(n, noise, rng):
    """x: (n,), from -1 to 1, one by chance in each of n equal parts' middle   y: (n,), the wave and noise"""
    x = (np.arange(n) + 0.5 + rng.uniform(-0.3, 0.3, n)) / n * 2 - 1
    return x, wave(x) + noise * rng.standard_normal(n)


def features(x, parameters):
    """(n, parameters): the Legendre polynomials of degree 0 to parameters - 1, which are 1, x, (3 x² - 1) / 2, …"""
    return legendre.legvander(np.asarray(x, float), parameters - 1)


def fitted(a, y, penalty=0.0):
    """The weights of least squared error on features a; of all that do equally well, the smallest ones.

    penalty: λ of an L2 penalty, λ Σ w², on the sum of the squared errors
    """
    if penalty == 0:
        return np.linalg.pinv(a, rcond=1e-10) @ y
    return a.T @ np.linalg.solve(a @ a.T + penalty * np.eye(len(a)), y)


def errors(x, y, x_new, y_new, capacities, penalty=0.0):
    """Mean squared errors on the points and on new ones: (capacities,) each."""
    found = []
    for parameters in capacities:
        w = fitted(features(x, parameters), y, penalty)
        found.append([np.mean((features(z, parameters) @ w - t) ** 2) for z, t in ((x, y), (x_new, y_new))])
    return np.array(found).T


def bias_and_variance(capacities, refits=500, n=12, noise=0.3, seed=0):
    """(bias², variance, error on new points): (capacities,) each, from curves fitted to so many draws of n points.

    Each is a mean over a grid of x. The error is measured against new noise, of the same standard deviation.
    """
    rng = np.random.default_rng(seed)
    grid = np.linspace(-0.9, 0.9, 91)
    samples = [noisy_points(n, noise, rng) for _ in range(refits)]
    new = wave(grid) + noise * rng.standard_normal((refits, len(grid)))
    found = []
    for parameters in capacities:
        a = features(grid, parameters)
        said = np.array([a @ fitted(features(x, parameters), y) for x, y in samples])
        bias = np.mean((said.mean(axis=0) - wave(grid)) ** 2)
        found.append([bias, said.var(axis=0).mean(), np.mean((said - new) ** 2)])
    return np.array(found).T


@cache
def _flat_digits():
    return tuple(part.reshape(len(part), -1) if part.ndim > 1 else part for part in digits())


def double_descent(widths, count=100, seeds=range(10), penalties=(0.0,)):
    """The share of wrong answers of least squares on random ReLU neurons: (penalties, seeds, widths).

    Fitted to ``count`` training digits; of all weights that do equally well there, the smallest.
    """
    x, y, _, _, x_test, y_test = _flat_digits()
    found = np.zeros((len(penalties), len(seeds), len(widths)))
    for i, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        rows, hidden = rng.permutation(len(x))[:count], rng.standard_normal((x.shape[1], max(widths)))
        learnt, unseen = np.maximum(x[rows] @ hidden, 0), np.maximum(x_test @ hidden, 0)
        for j, width in enumerate(widths):
            for k, penalty in enumerate(penalties):
                w = fitted(learnt[:, :width], np.eye(10)[y[rows]], penalty)
                found[k, i, j] = np.mean((unseen[:, :width] @ w).argmax(axis=1) != y_test)
    return found


# --- learnt by heart


def network(width=128, penalty=None, dropout=0.0, rate=0.002):
    """64 pixels, a hidden layer, ten logits, in Keras, compiled."""
    from keras import Input, Sequential, layers, losses, optimizers

    drop = [layers.Dropout(dropout)] if dropout else []
    hidden = layers.Dense(width, "relu", kernel_regularizer=penalty)
    model = Sequential([Input((64,)), hidden, *drop, layers.Dense(10, kernel_regularizer=penalty)])
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    return model


def apart_from_keras(cure, steps=20, rate=0.002):
    """The largest difference of a weight between ``overfitting_stack`` and Keras, after so many steps."""
    from keras import Input, Sequential, layers, losses, optimizers, regularizers

    x, y, *_ = _flat_digits()
    ours = stack.Stack(1, cure, np.random.default_rng(0))
    norm = [layers.BatchNormalization()] * cure.batch_norm
    penalty = regularizers.L1L2(cure.l1, cure.l2)
    ends = [layers.Dense(units, kernel_regularizer=penalty) for units in (cure.width, stack.CLASSES)]
    model = Sequential([Input((64,)), ends[0], *norm, layers.ReLU(), ends[1]])
    optimizer = optimizers.AdamW(rate, weight_decay=cure.decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = losses.CategoricalCrossentropy(from_logits=True, label_smoothing=cure.smoothing)
    model.compile(optimizer, loss, jit_compile=False)
    order = [0, 1, *[4, 5] * cure.batch_norm, 2, 3]
    for variable, place in zip(model.trainable_variables, order, strict=True):
        variable.assign(ours.params[place][0].reshape(variable.shape))
    for rows in np.arange(steps * stack.BATCH).reshape(steps, -1) % len(x):
        model.train_on_batch(x[rows], np.eye(stack.CLASSES)[y[rows]])
        softer = np.eye(stack.CLASSES)[y[rows]] * (1 - cure.smoothing) + cure.smoothing / stack.CLASSES
        ours.step(x[None, rows], softer[None].astype("f4"), rate)
    # A bias before a batch norm does nothing: its gradient is rounding, which Adam makes large.
    pairs = list(zip(model.trainable_variables, order, strict=True))
    pairs = [pair for pair in pairs if not (cure.batch_norm and pair[1] == 1)]
    return float(max(np.abs(np.ravel(variable) - ours.params[place].ravel()).max() for variable, place in pairs))


def learning_curves(count=100, epochs=150, seed=0):
    """Keras' history of a network that learns so many training digits, judged each time on the validation digits."""
    import keras

    x, y, x_val, y_val, *_ = _flat_digits()
    keras.utils.set_random_seed(seed)
    rows, model = np.random.default_rng(seed).permutation(len(x))[:count], network()
    unseen = {"validation_data": (x_val, y_val), "validation_batch_size": len(x_val)}
    history = model.fit(x[rows], y[rows], batch_size=20, epochs=epochs, verbose=0, **unseen).history
    return {name: np.array(values) for name, values in history.items()}


def random_labels(count=200, epochs=80, seed=0):
    """(the share learnt of labels drawn by lot, the share of right answers on unseen digits), of a network in Keras."""
    import keras

    x, _, _, _, x_test, y_test = _flat_digits()
    keras.utils.set_random_seed(seed)
    rng, model = np.random.default_rng(seed), network(512, rate=0.003)
    lots = rng.integers(0, 10, count)
    model.fit(x[:count], lots, batch_size=50, epochs=epochs, verbose=0)
    shares = [
        model.evaluate(some, y, batch_size=400, verbose=0)[1] for some, y in ((x[:count], lots), (x_test, y_test))
    ]
    return tuple(shares)


def steps_with_a_rare_class():
    """A kernel's step in Keras from four examples, the last class with double weight; and with its examples twice."""
    from keras import Input, Sequential, layers, losses, optimizers

    x, y = np.random.default_rng(0).standard_normal((4, 3)).astype("f4"), np.array([2, 0, 1, 2])
    model, taken = Sequential([Input((3,)), layers.Dense(3, kernel_initializer="zeros")]), []
    model.compile(optimizers.SGD(1.0), losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    start = model.get_weights()
    for rows, weights in (([0, 1, 2, 3], {0: 1.0, 1: 1.0, 2: 2.0}), ([0, 0, 1, 2, 3, 3], None)):
        model.set_weights(start)
        model.fit(x[rows], y[rows], batch_size=len(rows), class_weight=weights, verbose=0)
        taken.append(model.get_weights()[0] - start[0])
    return taken


# --- leaks


def held_out_lines(topics, rng, share=0.1, least=40):
    """(the text of the other topics, lines of topics held out at random that stand there too, those that do not).

    topics: {name: text}   least: how many characters a line must have to count
    """
    names = rng.permutation(sorted(topics))
    cut = round(share * len(names))
    rest = "\n".join(topics[name] for name in names[cut:])
    known = {line.strip() for line in rest.splitlines()}
    lines = [line.strip() for name in names[:cut] for line in topics[name].splitlines()]
    parts = [[line for line in lines if len(line) >= least and (line in known) == seen] for seen in (True, False)]
    return rest, *parts


def scaled_accuracy(everything, seed, count=100):
    """On the test digits, after pixels are scaled by means and spreads: of everything, or of the training digits."""
    x, y, _, _, x_test, y_test = _flat_digits()
    rows = np.random.default_rng(seed).permutation(len(x))[:count]
    seen = np.concatenate([x[rows], x_test]) if everything else x[rows]
    mean, spread = seen.mean(axis=0), seen.std(axis=0) + 0.01
    trained = stack.train((x[None, rows] - mean) / spread, y[None, rows], rate=0.001, seed=seed)
    return float(stack.accuracy(trained, (x_test - mean) / spread, y_test)[0])


def most_telling(x, y, count):
    """The numbers of the features whose mean differs most between the classes 1 and 0. x: (n, features), y: (n,)"""
    gap = np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0))
    return np.argsort(-gap)[:count]


def nearest_mean(x, y, x_new):
    """For each new row the class, 0 or 1, whose mean is nearer."""
    means = np.array([x[y == k].mean(axis=0) for k in (0, 1)])
    return np.argmin(((x_new[:, None] - means) ** 2).sum(axis=-1), axis=1)


def coin_flip_study(rng, people=60, features=2000, count=20, peek=True):
    """The share of new people whose coin is "predicted" from noise. peek: features are chosen by looking at all

    Half of the people are learnt from; each has ``features`` random numbers, and a coin that knows none of them.
    """
    x, y = rng.standard_normal((people, features)), np.arange(people) % 2
    half = people // 2
    seen = slice(None) if peek else slice(half)
    chosen = most_telling(x[seen], y[seen], count)
    return float(np.mean(nearest_mean(x[:half, chosen], y[:half], x[half:, chosen]) == y[half:]))


def best_of_flips(rng, models=200, examples=100):
    """Of models that flip coins: the best one's share of right answers on a test, and its share on another test."""
    right = rng.random((models, 2, examples)) < 0.5
    first, again = right.mean(axis=-1).T
    return float(first.max()), float(again[first.argmax()])


# --- folds


def fold_estimates(seeds, k=5, count=100, rate=0.002):
    """(each fold's share of right answers, that on the test digits of one trained on all): (seeds, k) and (seeds,)."""
    x, y, _, _, x_test, y_test = _flat_digits()
    rows, folds = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        rows.append(rng.permutation(len(x))[:count])
        folds.append(k_fold(count, k, rng))
    rows = np.array(rows)
    learn, hold = (np.array([[rows[i][fold[part]] for fold in own] for i, own in enumerate(folds)]) for part in (0, 1))
    trained = stack.train(x[learn.reshape(-1, learn.shape[-1])], y[learn.reshape(-1, learn.shape[-1])], rate=rate)
    hold = hold.reshape(-1, hold.shape[-1])
    right = (trained.logits(x[hold]).argmax(axis=-1) == y[hold]).mean(axis=1)
    whole = stack.accuracy(stack.train(x[rows], y[rows], rate=rate), x_test, y_test)
    return right.reshape(len(seeds), k), whole


# --- two moons, with cures


@cache
def moons_run(width=32, decay=0.0, dropout=0.0, noise=0.0, points=24, flipped=(), epochs=400, every=20, seed=0):
    """What learns a few points of two moons: [(epoch, its weights, training loss, validation loss, test loss)].

    2 numbers, two hidden layers, 1 logit; losses without penalties. flipped: which points have the wrong label
    """
    parts, rng = moons_points(points, flipped), np.random.default_rng(seed)
    net = moons_network(width, decay, dropout, noise, rng)
    optimizer, pair = Adam(0.01), loss_and_gradient("binary_crossentropy", from_logits=True)
    found = []
    for epoch in range(epochs + 1):
        if epoch % every == 0:
            losses = [float(pair[0](y, net.forward(x))) for x, y in parts]
            found.append((epoch, net.get_weights(), *losses))
        train_on_batch(net, *parts[0], pair, optimizer)
    return found


def moons_network(width, decay, dropout, noise, rng):
    """Noise on the input, penalties on the kernels, dropout after each hidden layer."""
    hidden = []
    for inputs in (2, width):
        hidden += [Dense(inputs, width, rng, kernel_regularizer=L2(decay)), Activation("relu"), Dropout(dropout, rng)]
    return Sequential(GaussianNoise(noise, rng), *hidden, Dense(width, 1, rng, kernel_regularizer=L2(decay)))


@cache
def moons_points(points=24, flipped=()):
    """((x, y) to learn from, 60 others to choose by, 400 others to be judged by); y: (n, 1)."""
    parts = []
    for n, seed in ((points, 3), (60, 4), (400, 5)):
        x, y = moons(n, noise=0.3, seed=seed)
        parts.append((x - [0.5, 0.25], y[:, None].astype(float)))
    for k in flipped:
        parts[0][1][k] = 1 - parts[0][1][k]
    return parts

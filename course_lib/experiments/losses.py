"""Experiments of chapter 03: losses one by one, where descent ends, the noise of mini-batches in training."""

import time
from functools import cache

import numpy as np

from course_lib.activations import sigmoid, sigmoid_grad
from course_lib.data import digits
from course_lib.losses import (
    LOSSES,
    descend,
    loss_and_gradient,
    sparse_categorical_crossentropy,
    sparse_categorical_crossentropy_grad,
)
from course_lib.training import batches

# Steps with all examples and a learning rate of 2 that the digit reader has made.
MOMENTS = {"before training": 0, "after 10 steps": 10, "after 100 steps": 100}


def _squared_sigmoid(y_true, logit):
    return LOSSES["mean_squared_error"][0](y_true, sigmoid(logit))


def _squared_sigmoid_grad(y_true, logit):
    return LOSSES["mean_squared_error"][1](y_true, sigmoid(logit)) * sigmoid_grad(logit)


# Losses of a logit, the answer to yes or no: (loss, gradient).
LOGIT_LOSSES = {
    "cross-entropy": loss_and_gradient("binary_crossentropy", from_logits=True),
    "squared error of the sigmoid": (_squared_sigmoid, _squared_sigmoid_grad),
}


def amount_losses(delta):
    """{name: (loss, gradient)} of an amount. delta: Huber's"""
    return {
        "squared error": LOSSES["mean_squared_error"],
        "absolute error": LOSSES["mean_absolute_error"],
        "Huber": loss_and_gradient("huber", delta=delta),
    }


def one_by_one(pair, truth, predictions):
    """(losses, slopes), each (n,). Each prediction is a batch of one, so that its loss is no mean over others."""
    f, f_grad = pair
    y_true = np.array([truth])
    return tuple(np.transpose([(f(y_true, p), f_grad(y_true, p)[0]) for p in predictions[:, None]]))


def path_inside(surface, start, learning_rate, steps, reach):
    """Every place of gradient descent; after one with a weight beyond ``reach`` comes none. (n, weights)"""
    # What is thrown out grows beyond all numbers; only its first place outside is kept.
    with np.errstate(over="ignore", invalid="ignore"):
        path = descend(surface.gradient, start, learning_rate, steps)
    outside = np.flatnonzero(~(np.abs(path) <= reach).all(axis=1))
    return path[: outside[0] + 1] if len(outside) else path


@cache
def places(reach):
    """Points all over the map, up to ``reach`` in both directions. (141, 141, 2)"""
    return np.stack(np.meshgrid(*2 * [np.linspace(-reach, reach, 141)]), axis=-1)


def kind_of_place(surface, w, reach):
    """In words, what lies at w, where the slope is 0: the slopes a little beside it tell.

    reach: how far the weights go among which the lowest place is the global minimum
    """
    h = 1e-4
    bends = [(surface.gradient(w + h * e) - surface.gradient(w - h * e)) @ e for e in np.eye(len(w))]
    if min(bends) < 0:
        return "a saddle point: downhill in one direction, uphill in another" if max(bends) > 0 else "a peak"
    lowest = surface.loss(places(reach)[..., : len(w)]).min()
    return "a global minimum" if surface.loss(w) < lowest + 0.02 else "a local minimum, not the global one"


def at_rest(surface, w):
    """Whether the ball hardly moves at w: no slope there is as large as 0.005."""
    return bool(np.abs(surface.gradient(w)).max() < 0.005)


def fate(surface, path, reach):
    """In a sentence, what has become of a ball. path: (steps + 1, weights), as of ``path_inside``"""
    if not (np.abs(path[-1]) <= reach).all():
        return f"Step {len(path) - 1} throws it out of the picture: with this learning rate it diverges."
    if at_rest(surface, path[-1]):
        return f"It hardly moves: the slope is less than 0.005. This is {kind_of_place(surface, path[-1], reach)}."
    if len(path) == 1:
        return "It lies at the start."
    return _on_its_way(np.diff(surface.loss(path)), np.diff(path, axis=0))


def _on_its_way(rises, moves):
    """rises: (steps,), how much higher the loss was after each step   moves: (steps, weights)"""
    uphill = int((rises > 1e-9).sum())
    if np.abs(rises[-1]) <= 1e-9:
        return "Its last step ended as high as it began: it jumps to and fro."
    if uphill:
        last = "the last one too" if rises[-1] > 0 else "not the last one"
        return f"{uphill} of {len(rises)} steps led uphill, {last}: the loss goes up and down."
    turned = len(moves) > 1 and (moves[-1] * moves[-2] < 0).any()
    return (
        "Every step led downhill, though it jumps from side to side." if turned else "Every step led downhill so far."
    )


def with_one(images):
    """Every picture as a row of numbers with a 1 behind them, whose weights act as biases. (n, 8, 8) -> (n, 65)"""
    rows = images.reshape(len(images), -1).astype(float)
    return np.column_stack([rows, np.ones(len(rows))])


def slopes(kernel, x, y):
    """The gradient of the cross-entropy in the weights of one layer. x: (n, inputs)   y: (n,)   kernel: as returned"""
    return x.T @ sparse_categorical_crossentropy_grad(y, x @ kernel, from_logits=True)


def gradient_noise(kernel, x, y, batch_size, rng, draws=100):
    """How far mini-batch gradients lie from the full one, in units of its length: the root of the mean square."""
    full = slopes(kernel, x, y)
    drawn = [rng.permutation(len(x))[:batch_size] for _ in range(draws)]
    squares = [np.sum((slopes(kernel, x[i], y[i]) - full) ** 2) for i in drawn]
    return np.sqrt(np.mean(squares) / np.sum(full**2))


def losses_by_epoch(x, y, batch_size, learning_rate, epochs, seed, classes=10):
    """Train one layer from zeros; returns the loss over all examples before and after each epoch: (epochs + 1,)."""
    kernel, rng = np.zeros((x.shape[1], classes)), np.random.default_rng(seed)
    losses = [sparse_categorical_crossentropy(y, x @ kernel, from_logits=True)]
    for _ in range(epochs):
        for i in batches(len(x), batch_size, rng):
            kernel -= learning_rate * slopes(kernel, x[i], y[i])
        losses.append(sparse_categorical_crossentropy(y, x @ kernel, from_logits=True))
    return np.array(losses)


def best_runs(x, y, batch_size, rates, epochs=3, seeds=5):
    """(the rate whose mean comes lowest, its losses for each seed: (seeds, epochs + 1))."""
    runs = {
        rate: np.array([losses_by_epoch(x, y, batch_size, rate, epochs, seed) for seed in range(seeds)])
        for rate in rates
    }
    return min(runs.items(), key=lambda run: run[1][:, -1].mean())


# What a step of the digit reader takes where the chapter was written, in seconds: for itself, and for each example.
STEP, EXAMPLE = 30e-6, 0.2e-6


def step_seconds(batch_size):
    """The seconds of a step, by these two numbers: the same on every machine."""
    return STEP + EXAMPLE * batch_size


def measured_step(x, y, batch_size, repeats=200):
    """The seconds that a step takes here and now: the median of so many."""
    kernel, some, taken = np.zeros((x.shape[1], 10)), np.arange(batch_size), []
    for _ in range(repeats):
        start = time.perf_counter()
        kernel -= 0.01 * slopes(kernel, x[some], y[some])
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def losses_by_step(x, y, batch_size, learning_rate, marks, seed):
    """Train one layer from zeros; returns the loss over all examples after each of these numbers of steps: (marks,)."""
    kernel, rng, losses, done = np.zeros((x.shape[1], 10)), np.random.default_rng(seed), [], 0
    while len(losses) < len(marks):
        for i in batches(len(x), batch_size, rng):
            kernel -= learning_rate * slopes(kernel, x[i], y[i])
            done += 1
            if len(losses) < len(marks) and done == marks[len(losses)]:
                losses.append(sparse_categorical_crossentropy(y, x @ kernel, from_logits=True))
    return np.array(losses)


def race(x, y, batch_size, rates, seconds, seeds=range(5)):
    """(the rate whose mean comes lowest in so many seconds, the seconds of its marks, its losses: (seeds, marks))."""
    each = step_seconds(batch_size)
    marks = np.unique(np.geomspace(1, seconds / each, 20).astype(int))
    runs = {rate: np.array([losses_by_step(x, y, batch_size, rate, marks, seed) for seed in seeds]) for rate in rates}
    best, losses = min(runs.items(), key=lambda run: run[1][:, -1].mean())
    return best, marks * each, losses


@cache
def reader_at(moment):
    """(x, errors): the inputs of the 1,077 training digits, (1077, 65), and prediction minus truth, (1077, 10)."""
    data = digits()
    x, y = with_one(data.x_train), data.y_train
    kernel = descend(lambda kernel: slopes(kernel, x, y), np.zeros((65, 10)), 2.0, MOMENTS[moment])[-1]
    return x, len(x) * sparse_categorical_crossentropy_grad(y, x @ kernel, from_logits=True)


def random_gradients(x, errors, batch_size, count, rng):
    """Those of random mini-batches, none of which holds an example twice. (count, inputs, classes)"""
    # Sorting random numbers shuffles all rows at once.
    rows = rng.random((count, len(x))).argsort(axis=1)[:, :batch_size]
    return x[rows].transpose(0, 2, 1) @ errors[rows] / batch_size


def angles_and_noise(gradients, full):
    """(the angle of each to the full gradient, in degrees; their noise in units of its length). gradients: (n, ...)"""
    lengths = np.sqrt((gradients**2).sum(axis=(1, 2)))
    cosines = (gradients * full).sum(axis=(1, 2)) / lengths / np.linalg.norm(full)
    noise = np.sqrt(((gradients - full) ** 2).sum(axis=(1, 2)).mean()) / np.linalg.norm(full)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1))), float(noise)


def expected_noise(x, errors, batch_size):
    """The noise over all mini-batches of a size, computed: the spread of single examples, divided by √size.

    The factor beside it is there because no example is drawn twice: a batch of all has no noise.
    """
    n, square = len(x), np.sum((x.T @ errors / len(x)) ** 2)
    # One example's gradient is an outer product, so its length is a product of two lengths.
    one = ((x**2).sum(axis=1) * (errors**2).sum(axis=1)).mean() - square
    return float(np.sqrt(one * (n - batch_size) / ((n - 1) * batch_size) / square))

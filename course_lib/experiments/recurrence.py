"""What is trained and measured for chapter 08: memory over time, a series of the sun, days of the year.

Its readers of text are in ``recurrence_readers``, and what took minutes was made by ``recurrence_study``.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np

from course_lib.data import sunspots
from course_lib.layers import Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import SGD, Adam
from course_lib.recurrence import GRU, LSTM, SimpleRNN
from course_lib.training import fit

CELLS = {"SimpleRNN": SimpleRNN, "LSTM": LSTM, "GRU": GRU}
LOSS = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)
STORED = Path(__file__).parent / "recurrence.json"


@cache
def measured():
    """What ``recurrence_study`` has measured, part by part."""
    return json.loads(STORED.read_text(encoding="utf-8"))


# --- recall: what came first?

# Of each row of the comparison: the cell, and where its gate that keeps starts (None: where Keras starts it).
RECALLERS = {
    "SimpleRNN": ("SimpleRNN", None),
    "LSTM": ("LSTM", None),
    "LSTM, bias 4": ("LSTM", 4),
    "GRU": ("GRU", None),
    "GRU, bias 4": ("GRU", 4),
}
UNITS = 16


def recall_batch(n, length, rng):
    """Sequences that begin with one of four symbols, before noise of four others. x: (n, length, 8), y: (n,) 0 to 3"""
    first = rng.integers(0, 4, n)
    symbols = np.concatenate([first[:, None], rng.integers(4, 8, (n, length - 1))], axis=1)
    return np.eye(8)[symbols], first


def started(layer, keep=None, stretch=1.0):
    """The layer, the gate that keeps started with this bias (f of an LSTM, z of a GRU), U times stretch."""
    units = len(layer.params["recurrent_kernel"])
    if keep is not None and layer.gates == 4:
        layer.params["bias"][units : 2 * units] = keep
    elif keep is not None:
        layer.params["bias"][0, :units] = keep
    layer.params["recurrent_kernel"] *= stretch
    return layer


def learn_recall(name, length, seed, optimizer=None, steps=400, window=None, stretch=1.0):
    """(the share of 200 new sequences told right, the loss of each step). Each batch of 32 is new.

    name: of ``RECALLERS``   optimizer: by default Adam(0.01)   window: how many steps back the gradient goes
    It ends early once 20 losses in a row are below 0.01 on average.
    """
    cell, keep = RECALLERS[name]
    rng, optimizer, losses = np.random.default_rng(seed), optimizer or Adam(0.01), []
    layer = CELLS[cell](8, UNITS, rng)
    network = Sequential(started(layer, keep, stretch), Dense(UNITS, 4, rng))
    while len(losses) < steps and not (len(losses) > 30 and np.mean(losses[-20:]) < 0.01):
        losses.append(_recall_step(network, optimizer, *recall_batch(32, length, rng), window))
    x, y = recall_batch(200, length, np.random.default_rng(10_000 + seed))
    return float(np.mean(network.forward(x).argmax(axis=1) == y)), losses


def _recall_step(network, optimizer, x, y, window):
    """One step; of a window, the state before it is taken as it is: no gradient goes further back."""
    layer, read = network.layers
    state = None
    if window is not None and window < x.shape[1]:
        layer.return_state = True
        _, *state = layer.forward(x[:, :-window])
        layer.return_state, x = False, x[:, -window:]
    logits = read.forward(layer.forward(x, initial_state=state))
    loss, gradient = LOSS
    layer.backward(read.backward(gradient(y, logits)))
    optimizer.step(network.parameters(), network.gradients())
    return float(loss(y, logits))


def untrained_recall(seed, length=20):
    """The share recalled of 500 by a readout trained on 2,500 last states of a SimpleRNN that stays as it starts."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    layer = SimpleRNN(8, UNITS, rng)
    (x, y), (new, wanted) = recall_batch(2500, length, rng), recall_batch(500, length, rng)
    return LogisticRegression(max_iter=1000).fit(layer.forward(x), y).score(layer.forward(new), wanted)


def learn_stretched(seed, rate, clip=None, length=10):
    """``learn_recall`` of a SimpleRNN whose U stretches by 1.5, by plain gradient descent. clip: a limit of the norm"""
    optimizer = SGD(rate, **({} if clip is None else {"global_clipnorm": clip}))
    return learn_recall("SimpleRNN", length, seed, optimizer, steps=300, stretch=1.5)


# --- through time: what is left of a gradient


def gradient_against_distance(layer, length=60, inputs=8, seed=0):
    """The size of the gradient of the last state in each input, from the last input back: (length,).

    The typical one over 50 sequences of random symbols, for a random direction of the gradient.
    """
    rng = np.random.default_rng(seed)
    y = layer.forward(np.eye(inputs)[rng.integers(0, inputs, (50, length))])
    dx = layer.backward(rng.standard_normal(y.shape))
    return np.sqrt((dx**2).mean(axis=(0, 2)))[::-1]


def left(cell, seed=0, keep=None, stretch=1.0):
    """``gradient_against_distance`` of an untrained layer of 32 units, as a share of what it is at distance 0."""
    layer = started(CELLS[cell](8, 32, np.random.default_rng(seed)), keep, stretch)
    size = gradient_against_distance(layer, seed=seed)
    return size / size[0]


# --- a series of the sun


def sun_windows(lags=30):
    """(years, the lags before each, the number of each), in hundreds of spots: (n,), (n, lags), (n,)"""
    years, spots = sunspots()
    windows = np.lib.stride_tricks.sliding_window_view(spots / 100, lags + 1)
    return years[lags:], windows[:, :lags], windows[:, lags]


def straight_forecast(lags, past, then, trained):
    """The best straight formula of the last lags values, least squares over the examples trained: (n,)"""
    rows = np.column_stack([past[:, -lags:], np.ones(len(past))])
    return rows @ np.linalg.lstsq(rows[trained], then[trained])[0]


def sun_forecasts(seed, past, then, trained, rate, passes):
    """What a SimpleRNN of 8 units says of every year, after each of so many passes in turn: (n,) each time.

    It reads the values before and says by how much the last of them will change.
    """
    rng = np.random.default_rng(seed)
    network, optimizer = Sequential(SimpleRNN(1, 8, rng), Dense(8, 1, rng)), Adam(rate)
    x, change = past[..., None], (then - past[:, -1])[:, None]
    for more in passes:
        settings = {"epochs": more, "batch_size": 32, "rng": rng}
        fit(network, x[trained], change[trained], "mean_squared_error", optimizer, **settings)
        yield past[:, -1] + network.forward(x)[:, 0]


def sun_forecast(seed, past, then, trained, rate=0.003, passes=50):
    """The same after these passes; both numbers were chosen by ``recurrence_study``."""
    return next(sun_forecasts(seed, past, then, trained, rate, [passes]))


def sun_miss(forecast, then, which):
    """How far the forecast is off in these years, in spots: the root of the mean square."""
    return float(100 * np.sqrt(np.mean((forecast - then)[which] ** 2)))


# --- digits, row by row


def digit_reader(data, seed, rate=0.03, epochs=12):
    """A Keras model that reads pictures as sequences of rows, of any length, trained on the digits."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(seed)
    both_ways = layers.Bidirectional(layers.GRU(24, return_sequences=True))
    model = keras.Sequential([keras.Input((None, 8)), both_ways, layers.GRU(24), layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), loss, metrics=["accuracy"])
    model.fit(data.x_train, data.y_train, epochs=epochs, batch_size=64, verbose=0)
    return model


def share_right(model, x, y):
    """The share of examples whose largest logit is that of their class."""
    import keras

    return float(np.mean(keras.ops.convert_to_numpy(model(x)).argmax(axis=1) == y))


# --- sequence to sequence: days of the year, one after another

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def days(n, count, rng):
    """(what is read, what is to be written): "14dec" becomes "1214", count of them in a row; numbers of LETTERS."""
    month, day = rng.integers(0, 12, (n, count)), rng.integers(1, 29, (n, count))
    pairs = [list(zip(m, d, strict=True)) for m, d in zip(month, day, strict=True)]
    read = ["".join(f"{d:02}{MONTHS[m]}" for m, d in row) for row in pairs]
    write = ["".join(f"{m + 1:02}{d:02}" for m, d in row) for row in pairs]
    return tuple(np.array([[LETTERS.index(c) for c in text] for text in texts]) for texts in (read, write))


class Translator:
    """An encoder whose last state is all that its decoder knows. Cho et al. and Sutskever et al., 2014."""

    def __init__(self, units, rng):
        self.encoder = GRU(36, units, rng)
        self.decoder = GRU(11, units, rng, return_sequences=True)
        self.read = Dense(units, 10, rng)
        self.layers = self.encoder, self.decoder, self.read

    def step(self, x, y, optimizer):
        """One step of teacher forcing: at each place the decoder is given the right sign before it."""
        before = np.concatenate([np.full((len(y), 1), 10), y[:, :-1]], axis=1)
        state = self.encoder.forward(np.eye(36)[x])
        logits = self.read.forward(self.decoder.forward(np.eye(11)[before], initial_state=[state]))
        self.decoder.backward(self.read.backward(LOSS[1](y, logits)))
        self.encoder.backward(self.decoder.d_initial_state[0])
        layers = self.layers
        optimizer.step([p for a in layers for p in a.parameters()], [g for a in layers for g in a.gradients()])
        return float(LOSS[0](y, logits))

    def translate(self, x, length):
        """What it writes with only itself to listen to: (batch, length)."""
        state, sign, written = self.encoder.forward(np.eye(36)[x]), np.full(len(x), 10), []
        for _ in range(length):
            state = self.decoder.forward(np.eye(11)[sign][:, None], initial_state=[state])[:, -1]
            sign = self.read.forward(state).argmax(axis=-1)
            written.append(sign)
        return np.stack(written, axis=1)


def learn_days(seed, units=64, steps=2500, most=5):
    """The share of days written right in each length, 1 to most of them: (most,). Trained on all lengths alike."""
    rng = np.random.default_rng(seed)
    translator = Translator(units, rng)
    optimizer = Adam(lambda step: 0.01 * (1 - step / steps) + 1e-4, global_clipnorm=1.0)
    for _ in range(steps):
        translator.step(*days(48, int(rng.integers(1, most + 1)), rng), optimizer)
    right = []
    for count in range(1, most + 1):
        x, y = days(300, count, np.random.default_rng(20_000 + seed))
        same = translator.translate(x, 4 * count) == y
        right.append(float(same.reshape(-1, 4).all(axis=1).mean()))
    return right

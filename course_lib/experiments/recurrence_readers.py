"""Readers of text for chapter 08: recurrent networks that have read ``topics``, and what their units mean."""

from functools import cache
from pathlib import Path

import numpy as np

from course_lib.activations import log_softmax
from course_lib.experiments.recurrence import CELLS
from course_lib.sampling import sample, temperature

STORED = Path(__file__).parent / "recurrence.npz"

# The signs of a keyboard. Others are written as the nearest of these.
SIGNS = "\n" + "".join(map(chr, range(32, 127)))
NEAREST = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-", "–": "-", "…": "."})
UNITS = {"SimpleRNN": 203, "LSTM": 96, "GRU": 112}
ARRAYS = "embedding", "kernel", "recurrent_kernel", "bias", "read_kernel", "read_bias"


def encoded(text):
    """The number of each sign: (len(text),). What no keyboard has counts as a question mark."""
    return np.array([SIGNS.find(sign) if sign in SIGNS else SIGNS.index("?") for sign in text.translate(NEAREST)], int)


def repeated(train, test, length):
    """Which characters of test lie in a piece of this length that stands in train: (len(test),) of True and False."""
    pieces = {train[k : k + length] for k in range(len(train) - length + 1)}
    found = np.zeros(len(test), bool)
    for k in range(len(test) - length + 1):
        if test[k : k + length] in pieces:
            found[k : k + length] = True
    return found


class Reader:
    """A recurrent network that has read ``topics`` and says of each character what may come next.

    weights: as in Keras: an embedding (96, 24), the arrays of a recurrent layer, kernel and bias of a dense layer
    """

    def __init__(self, cell, weights):
        self.cell = cell
        self.embedding, *arrays, kernel, bias = [np.asarray(w, float) for w in weights]
        self.layer = CELLS[cell](self.embedding.shape[1], arrays[1].shape[0], np.random.default_rng(0), True, True)
        self.layer.params = dict(zip(("kernel", "recurrent_kernel", "bias"), arrays, strict=True))
        # A GRU with one row of biases is the paper's.
        self.layer.reset_after = arrays[2].ndim == 2
        self.kernel, self.bias = kernel, bias

    def weights(self):
        """In the order of Keras' layers."""
        return [self.embedding, *self.layer.params.values(), self.kernel, self.bias]

    def read(self, signs, state=None):
        """(log-probabilities of the next sign, states, the last state). signs: (batch, time) whole numbers"""
        h, *state = self.layer.forward(self.embedding[signs], initial_state=state)
        return log_softmax(h @ self.kernel + self.bias), h, state

    def expected(self, text, streams=20):
        """The probability that it gave each sign of the text, read as so many streams: (len(text),).

        NaN where it gave none: at the first sign of each stream, and at the few at the end that fill no stream.
        """
        signs, said = encoded(text), np.full(len(text), np.nan)
        whole = len(signs) // streams * streams
        signs = signs[:whole].reshape(streams, -1)
        told = np.take_along_axis(self.read(signs[:, :-1])[0], signs[:, 1:, None], axis=-1)[..., 0]
        said[:whole].reshape(streams, -1)[:, 1:] = np.exp(told)
        return said

    def bits(self, text, streams=20):
        """Bits a character: what it costs to be told the text by somebody who knows what the reader expects."""
        return float(-np.nanmean(np.log2(self.expected(text, streams))))

    def states(self, text):
        """The state after each character: (len(text), units), read as one long stream."""
        return self.read(encoded(text)[None])[1][0]

    def connectivity(self, text):
        """How strongly each earlier character decides what comes next: (time, time), row by row.

        In row t: the sizes of the gradients of the likeliest sign's logit after t in the embeddings of all characters
        up to t. After Madsen, 2019.
        """
        signs, time = encoded(text)[None], len(text)
        log_p, h, _ = self.read(np.repeat(signs, time, axis=0))
        likeliest = log_p[0].argmax(axis=-1)
        dy = np.zeros_like(h)
        dy[np.arange(time), np.arange(time)] = self.kernel[:, likeliest].T
        zeros = [np.zeros((time, h.shape[-1]))] * self.layer.states
        return np.linalg.norm(self.layer.backward((dy, *zeros)), axis=-1)

    def write(self, prompt, length, heat, rng):
        """The prompt and what the reader makes up after it, sign by sign. heat: the temperature"""
        log_p, _, state = self.read(encoded(prompt)[None])
        for _ in range(length):
            sign = sample(temperature(log_p[:, -1], heat), rng)
            prompt += SIGNS[sign[0]]
            log_p, _, state = self.read(sign[:, None], state)
        return prompt


@cache
def reader(cell):
    """The trained reader with this cell. It was trained by ``train_reader``."""
    with np.load(STORED) as stored:
        return Reader(cell, [stored[f"{cell}_{name}"] for name in ARRAYS])


def reader_of(model):
    """A ``Reader``: itself, or a Keras model as ``keras_reader`` makes it, with its weights of now."""
    if isinstance(model, Reader):
        return model
    cells = [type(layer).__name__ for layer in model.layers if type(layer).__name__ in CELLS]
    if len(cells) != 1:
        raise ValueError(f"the model must have one SimpleRNN, LSTM or GRU between Embedding and Dense, has {cells}")
    weights, signs = model.get_weights(), len(SIGNS)
    if len(weights) != 6 or len(weights[0]) != signs or weights[4].shape[-1] != signs:
        raise ValueError(f"the model must be an Embedding of {signs} signs, one layer, a Dense of {signs}, with biases")
    reader = Reader(cells[0], weights)
    if not _same(reader, model):
        raise ValueError(f"between Embedding and Dense the model does not compute what {cells[0]} does by default")
    return reader


def _same(reader, model):
    """Whether both expect the same after twelve signs. A stateful model is not asked: it would remember them."""
    if any(getattr(layer, "stateful", False) for layer in model.layers):
        return True
    from keras import ops

    signs = np.arange(12)[None] * 7
    said = ops.convert_to_numpy(model(signs)).astype(float)
    # It may say logits, or probabilities.
    if said.min() >= 0 and np.allclose(said.sum(axis=-1), 1, atol=1e-3):
        said = np.log(np.maximum(said, 1e-30))
    return np.allclose(log_softmax(said), np.maximum(reader.read(signs)[0], -60), atol=1e-2)


def keras_reader(cell, units, batch=None, time=None, stateful=False):
    """The same network in Keras; stateful: each batch goes on where the one before it ended."""
    import keras

    signs = keras.Input(batch_shape=(batch, time))
    h = keras.layers.Embedding(len(SIGNS), 24)(signs)
    h = getattr(keras.layers, cell)(units, return_sequences=True, stateful=stateful)(h)
    return keras.Model(signs, keras.layers.Dense(len(SIGNS))(h))


def train_reader(cell, rate, text, epochs=6, batch=32, time=64, seed=0):
    """A ``Reader`` trained on the text, which is read as 32 streams, 64 characters a step. About two minutes.

    Adam, its rate falling along a cosine, the gradient clipped to a norm of 1 for each array.
    """
    import keras

    signs = encoded(text)
    steps = (len(signs) - 1) // (batch * time)
    x, y = (signs[k : k + steps * batch * time].reshape(batch, steps, time) for k in (0, 1))
    # Batch after batch the next piece of each stream.
    x, y = (a.swapaxes(0, 1).reshape(-1, time) for a in (x, y))
    keras.utils.set_random_seed(seed)
    model = keras_reader(cell, UNITS[cell], batch, time, stateful=True)
    falling = keras.optimizers.schedules.CosineDecay(rate, epochs * steps, alpha=0.02)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(falling, clipnorm=1.0), loss)
    for _ in range(epochs):
        model.layers[2].reset_states()
        model.fit(x, y, batch, epochs=1, shuffle=False, verbose=0)
    return Reader(cell, model.get_weights())


# --- what a unit means

MARKS = {"quotes": '""', "brackets": "()"}


def untrained(reader, seed):
    """The same reader with a recurrent layer that has learnt nothing."""
    blank = Reader(reader.cell, reader.weights())
    inputs, units = reader.embedding.shape[1], len(reader.layer.params["recurrent_kernel"])
    blank.layer = CELLS[reader.cell](inputs, units, np.random.default_rng(seed), True, True)
    return blank


def marked(text, opening, closing):
    """Which characters stand inside marks, such as ( and ), in the same paragraph: (len(text),) of True and False."""
    inside, depth = [], 0
    for k, sign in enumerate(text):
        if text[k : k + 2] == "\n\n":
            depth = 0
        elif opening == closing == sign:
            depth = 1 - depth
        elif sign in (opening, closing):
            depth = max(0, depth + (1 if sign == opening else -1))
        inside.append(depth > 0)
    return np.array(inside)


def unit_scores(states, inside):
    """For each unit, how surely it is higher inside than outside, from 0 to 1; 0.5 is chance. states: (time, units)

    The area under the ROC curve: the share of all pairs, one inside and one outside, in which the inner is higher.
    """
    ranks = states.argsort(axis=0).argsort(axis=0) + 1
    n, m = inside.sum(), (~inside).sum()
    return (ranks[inside].sum(axis=0) - n * (n + 1) / 2) / (n * m)


def found_unit(states, inside):
    """(the unit that tells best inside from outside in the first half, how surely in the second): 0.5 is chance.

    One that is lower inside tells as well; but it has to be lower in both halves.
    """
    half = len(states) // 2
    scores = unit_scores(states[:half], inside[:half])
    best = int(np.abs(scores - 0.5).argmax())
    again = unit_scores(states[half:, [best]], inside[half:])[0]
    return best, float(again if scores[best] > 0.5 else 1 - again)

"""Experiments of chapter 09: order, sentences with an "it", a leak of the future, and dates translated with a look."""

import contextlib
import itertools
import time
from functools import cache

import numpy as np
import threadpoolctl

from course_lib import data
from course_lib.attention import MultiHeadAttention, attention
from course_lib.layers import Dense, Embedding, Layer, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import Adam
from course_lib.positions import PositionEmbedding, sinusoidal
from course_lib.recurrence import SimpleRNN
from course_lib.training import train_on_batch
from course_lib.transformers import Sublayer

LOSS = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)

# --- who stands before me?

LETTERS, SHORT, WIDTH = 8, 10, 16
# The best of 0.003, 0.01, 0.03, 0.1 and 0.3 for each, or 0.03 where all are as good.
RATES = {"none": 0.03, "sinusoidal": 0.1, "learned": 0.03, "rotary": 0.01}


class Sinusoidal(Layer):
    """x + PE: adds ``sinusoidal`` to each row. It has no weights. x: (batch, time, width)"""

    def forward(self, x, training=False):
        return x + sinusoidal(*x.shape[1:])

    def backward(self, dy):
        return dy


def order_network(scheme, rng):
    """Letters in, for each position the logits of the letter before it: one head of attention, and one way to know
    positions: a key of ``RATES``."""
    before = {"sinusoidal": lambda: [Sinusoidal()], "learned": lambda: [PositionEmbedding(2 * SHORT, WIDTH, rng)]}
    head = MultiHeadAttention(WIDTH, 1, WIDTH, rng, positions="rotary" if scheme == "rotary" else None)
    return Sequential(Embedding(LETTERS, WIDTH, rng), *before.get(scheme, list)(), head, Dense(WIDTH, LETTERS, rng))


def previous_letters(count, length, rng):
    """Random letters, and at each place the one before. At the first place, which has none before it, the last."""
    x = rng.integers(LETTERS, size=(count, length))
    return x, np.roll(x, 1, axis=1)


def order_learnt(scheme, seed, rate=None, steps=90):
    """(share right, share right in texts twice as long) of a network that was trained on ten letters at a time."""
    rng = np.random.default_rng(seed)
    network, optimizer = order_network(scheme, rng), Adam(rate or RATES[scheme])
    for _ in range(steps):
        train_on_batch(network, *previous_letters(32, SHORT, rng), LOSS, optimizer)
    shares = []
    for length in (SHORT, 2 * SHORT):
        x, y = previous_letters(300, length, rng)
        shares.append((network.forward(x).argmax(axis=-1) == y)[:, 1:].mean())
    return shares


# --- a leak of the future


def next_digit_network(causal, seed, steps=200):
    """(network, its last losses): trained to name the next of random digits, which nobody can, ten at a time."""
    rng = np.random.default_rng(seed)
    head = MultiHeadAttention(WIDTH, 1, WIDTH, rng, causal=causal)
    network = Sequential(Embedding(10, WIDTH, rng), PositionEmbedding(SHORT, WIDTH, rng), head, Dense(WIDTH, 10, rng))
    optimizer, losses = Adam(0.03), []
    for _ in range(steps):
        digits = rng.integers(10, size=(32, SHORT + 1))
        losses.append(train_on_batch(network, digits[:, :-1], digits[:, 1:], LOSS, optimizer))
    return network, losses


# --- what does "it" mean?

ANIMALS = ["cat", "dog", "bird", "horse", "child", "mouse"]
THINGS = ["mat", "chair", "bed", "sofa", "rug", "bench"]
ALIVE, LIFELESS = ["tired", "hungry", "asleep", "happy"], ["soft", "new", "broken", "wooden"]
FORMS = (
    "the {animal} sat on the {thing} because it was {how}",
    "the {thing} was under the {animal} because it was {how}",
)
SENTENCE = FORMS[0].format(animal="cat", thing="mat", how="tired")
NOUNS = ANIMALS + THINGS
WORDS = sorted({*NOUNS, *ALIVE, *LIFELESS, *["the", "sat", "on", "because", "it", "was", "under"]})
IT = SENTENCE.split().index("it")
# Of all 576 sentences, a fifth.
KEPT = 115


@cache
def all_sentences():
    """(words, nouns): (576, 10) numbers of ``WORDS``, and of ``NOUNS`` (576,) the one that "it" means; shuffled."""
    words, meant = [], []
    for form, animal, thing, how in itertools.product(FORMS, ANIMALS, THINGS, ALIVE + LIFELESS):
        words.append(numbered(form.format(animal=animal, thing=thing, how=how)))
        meant.append(NOUNS.index(animal if how in ALIVE else thing))
    order = np.random.default_rng(0).permutation(len(words))
    return np.array(words)[order], np.array(meant)[order]


def sentences(count, rng):
    """Some of those that a network learns from: a random choice of four in five, as ``all_sentences`` gives them."""
    chosen = rng.integers(KEPT, len(all_sentences()[0]), count)
    return tuple(part[chosen] for part in all_sentences())


def kept_sentences():
    """Those that no network learns from, as ``all_sentences`` gives them."""
    return tuple(part[:KEPT] for part in all_sentences())


def numbered(sentence):
    """The numbers of a sentence's words, a list. ``ValueError`` for a word that the network has never met."""
    words = sentence.lower().replace(".", "").split()
    for word in words:
        if word not in WORDS:
            raise ValueError(f"it has learnt only {', '.join(WORDS)}; got {word!r}")
    return [WORDS.index(word) for word in words]


class At(Layer):
    """y = x[:, place]: what one position holds. x: (batch, time, width)   y: (batch, width)"""

    def __init__(self, place):
        super().__init__()
        self.place = place

    def forward(self, x, training=False):
        self.cache = x.shape
        return x[:, self.place]

    def backward(self, dy):
        dx = np.zeros(self.cache)
        dx[:, self.place] = dy
        return dx


def it_network(rng, heads=4, layers=2):
    """The noun that "it" means, as logits: two layers of attention, each beside a residual path, then one dense."""
    attention = [Sublayer(MultiHeadAttention(WIDTH, heads, WIDTH // heads, rng), WIDTH, True) for _ in range(layers)]
    words, places = Embedding(len(WORDS), WIDTH, rng), PositionEmbedding(12, WIDTH, rng)
    return Sequential(words, places, *attention, At(IT), Dense(WIDTH, len(NOUNS), rng))


@cache
def it_reader(seed, steps=200):
    """An ``it_network``, trained on 32 sentences a step."""
    rng = np.random.default_rng(seed)
    network, optimizer = it_network(rng), Adam(0.02)
    for _ in range(steps):
        train_on_batch(network, *sentences(32, rng), LOSS, optimizer)
    return network


def attentions(network):
    """The attention layers of an ``it_network``."""
    return [layer.layer for layer in network.layers if isinstance(layer, Sublayer)]


def reading(network, sentence=SENTENCE):
    """(noun, maps): what "it" means, and each layer's weights, (layers, heads, words, words)."""
    logits = network.forward(np.array([numbered(sentence)]))
    return NOUNS[int(logits.argmax())], np.array([layer.weights[0] for layer in attentions(network)])


def share_right(network, words, meant):
    """How many of the sentences' nouns it names."""
    return float(np.mean(network.forward(words).argmax(axis=1) == meant))


@contextlib.contextmanager
def silenced(attention, head):
    """Within it, what this head gathers is thrown away. head: its number, or a slice of several"""
    kernel = attention.layers[3].params["kernel"]
    kept = kernel[head].copy()
    kernel[head] = 0
    try:
        yield
    finally:
        kernel[head] = kept


def cosines(vectors):
    """The cosine of the angle between each two rows. vectors: (n, width)   returns: (n, n)"""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / lengths) @ (vectors / lengths).T


# --- dates

# All characters of the dates, those of ISO 8601 first; 0 is for places that are empty.
CHARACTERS = "0123456789-" + "".join(sorted({*"".join([*data.MONTHS, *data.WEEKDAYS]), *" ,."}))
LONGEST, SLOTS = 28, 10


def as_numbers(texts, length=LONGEST):
    """Texts as rows of numbers, 1 for the first of ``CHARACTERS``, 0 where a text has ended. (n, length) int32"""
    rows = np.zeros((len(texts), length), "int32")
    for row, text in zip(rows, texts, strict=True):
        if len(text) > length or not set(text) <= set(CHARACTERS):
            raise ValueError(f"a date must be at most {length} of the characters {CHARACTERS!r}, got {text!r}")
        row[: len(text)] = [CHARACTERS.index(character) + 1 for character in text]
    return rows


def slots(count):
    """The numbers of the ten places to fill, for each of so many dates. (count, 10) int32"""
    return np.tile(np.arange(SLOTS, dtype="int32"), (count, 1))


def translator(keras, width=32, heads=4, looks=True):
    """(model, its attention): of dates as numbers, (n, 28), and ``slots``, (n, 10), the logits of 11 characters.

    Each character is read together with two neighbours on either side. Each slot asks with a vector of its own.
    looks: without it, all queries are 0 and stay so, and each slot is given the mean of all characters
    The second model gives the weights, (n, heads, 10, 28).
    """
    layers, ops = keras.layers, keras.ops
    text, slot = keras.Input((LONGEST,), dtype="int32"), keras.Input((SLOTS,), dtype="int32")
    mask = ops.expand_dims(text > 0, 1)
    read = layers.Embedding(len(CHARACTERS) + 1, width)(text)
    read = layers.Conv1D(width, 5, padding="same", activation="relu")(read)
    asked = layers.Embedding(SLOTS, width)(slot)
    # A bias would be a query too, learned like any other.
    look = layers.MultiHeadAttention(heads, width // heads, use_bias=looks, name="look")
    found, weights = look(asked if looks else 0 * asked, read, attention_mask=mask, return_attention_scores=True)
    hidden = layers.Dense(2 * width, activation="relu")(asked + found)
    return keras.Model([text, slot], layers.Dense(11)(hidden)), keras.Model([text, slot], weights)


def trained_translator(keras, texts, iso, seed=0, rate=0.01, epochs=3, **options):
    """(model, its attention), as ``translator`` builds them, trained on these dates, with a rate that falls to 0."""
    keras.utils.set_random_seed(seed)
    model, attention = translator(keras, **options)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    falling = keras.optimizers.schedules.CosineDecay(rate, epochs * -(-len(texts) // 64))
    # 25 steps in one go take two thirds of the time, and lead to the same weights. On PyTorch Keras cannot do that.
    at_once = 1 if keras.backend.backend() == "torch" else 25
    model.compile(keras.optimizers.Adam(falling), loss, steps_per_execution=at_once)
    inputs, targets = [as_numbers(texts), slots(len(texts))], as_numbers(iso, SLOTS) - 1
    model.fit(inputs, targets, batch_size=64, epochs=epochs, verbose=0)
    return model, attention


def logits_of(model, texts):
    """(n, 10, 11): what the model says of each place of these dates."""
    return np.asarray(model.predict([as_numbers(texts), slots(len(texts))], batch_size=500, verbose=0))


def translated(model, texts):
    """What the model makes of these dates: a list of ten characters each."""
    return ["".join(CHARACTERS[k] for k in row) for row in logits_of(model, texts).argmax(axis=-1)]


def share_exact(model, texts, iso):
    """How many of the dates are right in all ten characters."""
    return float(np.mean([got == wanted for got, wanted in zip(translated(model, texts), iso, strict=True)]))


def share_and_loss(model, texts, iso):
    """(how many of the dates are right, the mean cross-entropy of their characters)"""
    logits, wanted = logits_of(model, texts), as_numbers(iso, SLOTS) - 1
    return float((logits.argmax(axis=-1) == wanted).all(axis=1).mean()), float(LOSS[0](wanted, logits))


# --- what length costs
LENGTHS = 64, 128, 256, 512, 1024, 2048


def costs(lengths=LENGTHS, width=16, rounds=6):
    """{name: the least processor seconds that texts of these lengths took, (lengths,)}: our attention, our SimpleRNN.

    All lengths are measured in turn, round after round, so that a machine's slow moments hit none of them alone.
    """
    rng = np.random.default_rng(0)
    walks = SimpleRNN(width, width, rng)
    texts = [rng.standard_normal((1, length, width)) for length in lengths]
    runs = {"attention": lambda x: attention(x, x, x), "recurrence": walks.forward}
    taken = {name: np.full(len(texts), np.inf) for name in runs}
    # The processor's time is that of all threads together, however many there are.
    with threadpoolctl.threadpool_limits(1):
        for _, (place, x), (name, run) in itertools.product(range(rounds), enumerate(texts), runs.items()):
            taken[name][place] = min(taken[name][place], seconds(lambda run=run, x=x: run(x)))
    return taken


def seconds(f):
    """The processor time that f() takes."""
    start = time.process_time()
    f()
    return time.process_time() - start

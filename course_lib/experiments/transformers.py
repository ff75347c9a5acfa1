"""What chapter 10 trains and counts: language models of ``topics``, letters to be sorted, copies to be noticed."""

import itertools
import time
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import threadpoolctl

from course_lib import sampling
from course_lib.activations import log_softmax
from course_lib.decoding import beam_search, generate
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import Adam
from course_lib.transformers import GPT

# The model of the chapter: tokens at once, width, heads, blocks, batches of so many windows, and the rate found by
# ``transformers_study``.
CONTEXT, WIDTH, HEADS, BLOCKS, BATCH, STEPS, RATE = 64, 64, 4, 2, 16, 250, 0.008
VOCABULARY = 512 + 3
HERE = Path(__file__).parent

NEXT = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)


class CharacterCounts:
    """The next character from how often each came after the last ones. Witten and Bell, 1991, interpolated.

    order: a 5-gram has order 5 and looks at the last 4 characters
    """

    def __init__(self, text, order=5):
        self.texts, self.order = sorted(set(text)), order
        self.counts = [defaultdict(Counter) for _ in range(order)]
        for n, counts in enumerate(self.counts):
            for i in range(n, len(text)):
                counts[text[i - n : i]][text[i]] += 1

    def probability(self, history, character):
        """Of one character after a text. What was never seen has a share of what shorter histories say."""
        p = 1 / len(self.texts)
        for n, counts in enumerate(self.counts[: len(history) + 1]):
            found = counts.get(history[len(history) - n :])
            if found is None:
                break
            total, kinds = found.total(), len(found)
            p = (found[character] + kinds * p) / (total + kinds)
        return p

    def logits(self, text):
        """Of the next token: (characters,), their logarithms. ``texts`` says which they are."""
        return np.log([self.probability(text[-self.order + 1 :] if self.order > 1 else "", c) for c in self.texts])

    def said(self, text):
        """The tokens that stand in a text: (kinds,)."""
        return np.array([k for k, character in enumerate(self.texts) if character in text], int)

    def bits(self, text, order=None):
        """Bits a character: the mean of -log2 p. order: a smaller one, which uses a part of what was counted"""
        n = (order or self.order) - 1
        return float(np.mean([-np.log2(self.probability(text[max(0, i - n) : i], c)) for i, c in enumerate(text)]))

    def bits_by_order(self, text):
        """{order: bits a character} of all orders up to this one."""
        return {order: self.bits(text, order) for order in range(1, self.order + 1)}


class Writer:
    """A GPT with its tokenizer: the logits of what comes after a text, and the texts of the tokens."""

    def __init__(self, model, tokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.texts = [piece.decode("utf-8", errors="replace") for piece in tokenizer.pieces]

    def logits(self, text):
        """(tokens,) for a text of any length: of a long one, the last half of the context is read."""
        tokens = self.said(text or "\n")
        return self.model.forward(tokens[None])[0, -1, : len(self.texts)]

    def said(self, text):
        """The tokens of a text of which the model reads: (time,)."""
        return self.tokenizer.encode(text)[-self.model.context // 2 :]


def block(x, width, num_heads, causal=True, normalize_first=True):
    """A transformer block in Keras, on a symbolic x of shape (batch, time, width)."""
    from keras import layers

    def attend(z):
        return layers.MultiHeadAttention(num_heads, width // num_heads)(z, z, use_causal_mask=causal)

    def think(z):
        return layers.Dense(width)(layers.Dense(4 * width, activation="relu")(z))

    for f in (attend, think):
        norm = layers.LayerNormalization()
        x = x + f(norm(x)) if normalize_first else norm(x + f(x))
    return x


def keras_gpt(vocabulary, context, width, num_heads, num_blocks, causal=True):
    """Tokens (batch, time) to logits (batch, time, vocabulary), in Keras. Not causal, it is an encoder like BERT's."""
    from keras import Input, Model, layers, ops

    tokens = Input((None,), dtype="int32")
    positions = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    x = layers.Embedding(vocabulary, width)(tokens) + layers.Embedding(context, width)(positions)
    for _ in range(num_blocks):
        x = block(x, width, num_heads, causal)
    return Model(tokens, layers.Dense(vocabulary)(layers.LayerNormalization()(x)))


def decoder_block(x, memory, width, num_heads):
    """The decoder block of 2017 in Keras: it looks back at itself, then at what an encoder has read, then works."""
    from keras import layers

    look_back, look_over = (layers.MultiHeadAttention(num_heads, width // num_heads) for _ in range(2))
    x = layers.LayerNormalization()(x + look_back(x, x, use_causal_mask=True))
    x = layers.LayerNormalization()(x + look_over(x, memory))
    dense = layers.Dense(width)(layers.Dense(4 * width, activation="relu")(x))
    return layers.LayerNormalization()(x + dense)


def language_model(tokens, width=WIDTH, steps=STEPS, rate=RATE, seed=0):
    """The chapter's GPT, or one of another width, after so many steps. Its vocabulary has three seats kept free."""
    import keras

    keras.utils.set_random_seed(seed)
    model = keras_gpt(VOCABULARY, CONTEXT, width, HEADS, BLOCKS)
    train(model, *windows(tokens, CONTEXT, BATCH * steps, np.random.default_rng(seed)), rate)
    return model


def stored_model():
    """The same after 3,000 steps, which took ``transformers_study`` minutes: its weights are stored."""
    model = keras_gpt(VOCABULARY, CONTEXT, WIDTH, HEADS, BLOCKS)
    with np.load(HERE / "transformers.npz") as stored:
        model.set_weights([stored[name].astype("float32") for name in stored.files])
    return model


def windows(tokens, context, count, rng):
    """Pieces of a text at random places, and the same pieces one token later: x and y, (count, context)."""
    starts = rng.integers(0, len(tokens) - context, count)
    pieces = tokens[starts[:, None] + np.arange(context + 1)]
    return pieces[:, :-1], pieces[:, 1:]


def train(model, x, y, rate, batch_size=BATCH, counted=None):
    """One pass over the windows. The rate rises for a twentieth of the steps and then falls as a half cosine.

    counted: which of the tokens the loss counts, all unless given
    """
    import keras

    steps = len(x) // batch_size
    warm = max(1, steps // 20)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 10, steps - warm, alpha=0.02, warmup_target=rate, warmup_steps=warm
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.01, beta_2=0.98, clipnorm=1.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # Translating it for the processor would take longer than it saves in so few steps.
    model.compile(optimizer, loss, jit_compile=False)
    return model.fit(x, y, batch_size, sample_weight=counted, shuffle=False, verbose=0).history["loss"]


def as_array(logits):
    """What a model says as a NumPy array, whatever Keras runs on."""
    import keras

    return keras.ops.convert_to_numpy(logits)


def bits_per_character(model, tokenizer, text, context):
    """Bits a character of a text, whatever the tokens are: all their bits, divided by how many characters they write.

    Each token is judged once, with at least half a context before it (but for the first half of the first window).
    """
    tokens, half = tokenizer.encode(text), context // 2
    starts = np.arange(0, len(tokens) - context, half)
    pieces = tokens[starts[:, None] + np.arange(context + 1)]
    logs = []
    for part in np.array_split(pieces, 1 + len(pieces) // 64):
        log_p = log_softmax(np.asarray(as_array(model(part[:, :-1])), float))
        logs.append(np.take_along_axis(log_p, part[:, 1:, None], axis=-1)[..., 0])
    logs = np.concatenate(logs)
    total = logs[0, :half].sum() + logs[:, half:].sum()
    written = tokenizer.decode(tokens[1 : starts[-1] + context + 1])
    return -total / np.log(2) / len(written)


def in_numpy(model, context, num_heads):
    """Our own ``GPT`` with the weights of a ``keras_gpt``."""
    weights = model.get_weights()
    vocabulary, width = weights[0].shape
    # Two embeddings, a norm and a last layer; a block has 16 arrays.
    ours = GPT(vocabulary, context, width, num_heads, (len(weights) - 6) // 16, np.random.default_rng(0))
    for p, w in zip(ours.parameters(), weights, strict=True):
        p[...] = w
    return ours


def sorting_task(letters, length, count, rng):
    """(tokens, wanted): unsorted letters, then the same ones sorted but for the last; after each, what comes next.

    tokens: (count, 2 length - 1)   wanted: (count, length), the sorted ones: the logits of the last length places
    """
    x = rng.integers(0, letters, (count, length))
    y = np.sort(x, axis=1)
    return np.concatenate([x, y[:, :-1]], axis=1), y


@cache
def sorter(letters=3, length=6, width=12, num_heads=2, steps=250, seed=0):
    """A GPT of one block that has learnt to write six letters, A to C, again in order. About a second and a half."""
    rng = np.random.default_rng(seed)
    model = GPT(letters, 2 * length - 1, width, num_heads, 1, rng)
    return train_ours(model, (sorting_task(letters, length, 32, rng) for _ in range(steps)), steps, 0.015)


def train_ours(model, lessons, steps, rate):
    """Our own ``GPT`` trained with Adam, whose rate falls to 0. lessons: (tokens, what the last places should say)"""
    optimizer = Adam(lambda step: rate * max(0.02, 1 - step / steps))
    for tokens, wanted in lessons:
        logits = model.forward(tokens, training=True)
        d = np.zeros(logits.shape)
        d[:, -wanted.shape[1] :] = NEXT[1](wanted, logits[:, -wanted.shape[1] :])
        model.backward(d)
        optimizer.step(model.parameters(), model.gradients())
    return model


def cache_costs(model, lengths=(32, 64, 128, 256), rounds=2):
    """({cached: the least processor seconds}, {cached: positions read}, equal?) of writing so many tokens, (lengths,).

    cached: whether keys and values are kept. Greedy, from token 0 on. All lengths are measured in turn, on one thread.
    equal: are the same tokens written with the cache and without?
    """
    seconds = {cached: np.full(len(lengths), np.inf) for cached in (False, True)}
    positions, written = {cached: np.zeros(len(lengths), int) for cached in seconds}, {}
    with threadpoolctl.threadpool_limits(1):
        for _, place, cached in itertools.product(range(rounds), range(len(lengths)), seconds):
            start = time.process_time()
            written[place, cached], positions[cached][place] = _write(model, lengths[place], cached)
            seconds[cached][place] = min(seconds[cached][place], time.process_time() - start)
    equal = all(np.array_equal(written[place, True], written[place, False]) for place in range(len(lengths)))
    return seconds, positions, equal


def _write(model, length, cached):
    """(the tokens, how many positions the model read for them)"""
    text, positions, pasts = np.zeros((1, 1), int), 0, model.no_past() if cached else None
    for _ in range(length):
        read = text[:, -1:] if cached else text
        positions += read.shape[1]
        text = np.append(text, model.forward(read, pasts=pasts)[:, -1:].argmax(axis=-1), axis=1)
    return text, positions


def six_ways(model, prompt, length, seed=1):
    """What a ``GPT`` writes after a prompt, (1, time), each time chosen otherwise: {name: tokens}, and their log p.

    The second is {name: the logarithm of the new tokens' probability}.
    """
    rng = np.random.default_rng(seed)
    ways = {
        "greedy": sampling.greedy,
        "T = 0.7": lambda z: sampling.sample(sampling.temperature(z, 0.7), rng),
        "top-k, k = 5": lambda z: sampling.sample(sampling.top_k(z, 5), rng),
        "top-p, p = 0.9": lambda z: sampling.sample(sampling.top_p(z, 0.9), rng),
    }
    written = {name: generate(model, prompt, length, choose)[0] for name, choose in ways.items()}
    written["penalty 1.3"] = generate(model, prompt, length, penalty=1.3)[0]
    written["4 beams"] = beam_search(model, prompt, length, 4)[0][0, 0]
    return written, {name: log_likelihood(model, tokens, prompt.shape[1]) for name, tokens in written.items()}


def log_likelihood(model, tokens, start):
    """The logarithm of the probability that a ``GPT`` gives to tokens[start:] after those before them."""
    log_p = log_softmax(model.forward(tokens[None, :-1]))[0, start - 1 :]
    return float(np.take_along_axis(log_p, tokens[start:, None], axis=-1).sum())

"""Chapter 10's other transformers: attention alone, one that fills gaps, one that reads digits, very deep ones."""

import numpy as np

from course_lib.activations import log_softmax
from course_lib.attention import MultiHeadAttention
from course_lib.data import topics_split
from course_lib.experiments.convolution import flattened
from course_lib.experiments.transformers import BATCH, NEXT, as_array, block, keras_gpt, train, windows
from course_lib.layers import Dense, Embedding, Sequential
from course_lib.normalization import LayerNormalization
from course_lib.optimizers import Adam
from course_lib.transformers import EncoderBlock, Sublayer

# --- attention alone


def attention_only(num_layers, vocabulary, width, num_heads, rng):
    """A model of attention alone, with rotary positions, and its attention layers."""
    layers = [
        MultiHeadAttention(width, num_heads, width // num_heads, rng, causal=True, positions="rotary")
        for _ in range(num_layers)
    ]
    around = [Sublayer(layer, width, normalize_first=True) for layer in layers]
    return Sequential(Embedding(vocabulary, width, rng), *around, Dense(width, vocabulary, rng)), layers


def repeated(vocabulary, longest, count, rng, length=None):
    """Different tokens in random order, twice, after some random ones: (count, prefix + 2 length), prefix, length."""
    prefix = int(rng.integers(0, longest + 1))
    length = length or int(rng.integers(longest // 2, longest + 1))
    once = np.stack([rng.permutation(vocabulary)[:length] for _ in range(count)])
    return np.concatenate([rng.integers(0, vocabulary, (count, prefix)), once, once], axis=1), prefix, length


def train_on_copies(num_layers, seed=0, steps=600, vocabulary=16, longest=8, width=32, num_heads=2, rate=0.02):
    """(scores, losses): of each layer the ``head_scores``, and the mean losses (steps, 2) on first and second copy."""
    rng, losses = np.random.default_rng(seed), []
    model, layers = attention_only(num_layers, vocabulary, width, num_heads, rng)
    optimizer = Adam(lambda step: rate * max(0.02, 1 - step / steps))
    for _ in range(steps):
        tokens, prefix, length = repeated(vocabulary, longest, 16, rng)
        logits = model.forward(tokens[:, :-1], training=True)
        model.backward(NEXT[1](tokens[:, 1:], logits))
        optimizer.step(model.parameters(), model.gradients())
        each = -np.take_along_axis(log_softmax(logits), tokens[:, 1:, None], axis=-1)[..., 0]
        second = prefix + length
        losses.append((each[:, : second - 1].mean(), each[:, second:].mean()))
    tokens, _, length = repeated(vocabulary, longest, 64, rng, longest)
    model.forward(tokens)
    return [head_scores(layer, length) for layer in layers], np.array(losses)


def head_scores(layer, length):
    """How much each head looks at the token before, and at the one after the last copy: two arrays (heads,).

    The layer has just seen sequences whose last ``length`` tokens are those before them once more.
    """
    w = layer.weights
    every = np.arange(1, w.shape[-1])
    late = every[-length:]
    return w[:, :, every, every - 1].mean(axis=(0, 2)), w[:, :, late, late - length + 1].mean(axis=(0, 2))


# --- who fills gaps


def hide(tokens, sign, rng):
    """BERT's lesson: 15 % of the tokens are to be named. returns: what is to be read instead, and which are to be named

    tokens: (count, context)   sign: the token [MASK]
    Of those to be named 80 % become the sign, 10 % a random token, and 10 % stay what they are. Devlin et al., 2018.
    """
    to_name, fate = rng.random(tokens.shape) < 0.15, rng.random(tokens.shape)
    read = np.where(to_name & (fate < 0.8), sign, tokens)
    return np.where(to_name & (fate > 0.9), rng.integers(0, sign, tokens.shape), read), to_name


def share_named(model, read, to_name, tokens):
    """Of the tokens that are to be named, the share that a Keras model names right."""
    said = as_array(model(read)).argmax(axis=-1)
    return float(np.mean(said[to_name] == tokens[to_name]))


def gap_filler(causal, rate, seed, choosing=False, steps=400, context=48, width=48):
    """(model, share): a network that fills gaps in ``topics``, byte by byte, and how many unseen ones it gets right.

    causal: whether it may only look back   choosing: whether it is judged where settings are chosen
    """
    import keras

    learnt, judged = topics_split()
    if choosing:
        learnt, judged = topics_split(learnt)
    learnt, judged = (np.frombuffer(text.encode(), "uint8").astype(int) for text in (learnt, judged))
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = keras_gpt(257, context, width, 4, 2, causal)
    pieces, _ = windows(learnt, context, BATCH * steps, rng)
    read, to_name = hide(pieces, 256, rng)
    train(model, read, pieces, rate, counted=to_name.astype("float32"))
    pieces = judged[: len(judged) // context * context].reshape(-1, context)[::2]
    return model, share_named(model, *hide(pieces, 256, np.random.default_rng(1)), pieces)


# --- very deep ones


def deep_gradients(num_blocks, normalize_first, rng, width=16):
    """How large the gradient of the last dense kernel is in each block of a stack at its start: (blocks,).

    Behind the last block stand, with pre-norm, the norm that belongs there, and the loss is that of a random answer.
    """
    blocks = [EncoderBlock(width, 2, 4 * width, rng, normalize_first=normalize_first) for _ in range(num_blocks)]
    behind = [LayerNormalization(width)] if normalize_first else []
    stack = Sequential(*blocks, *behind, Dense(width, width, rng))
    logits = stack.forward(rng.standard_normal((8, 10, width)))
    stack.backward(NEXT[1](rng.integers(0, width, logits.shape[:-1]), logits))
    # Of a block's second sublayer the last dense layer.
    return np.array([np.linalg.norm(block.layers[1].layer.layers[-1].grads["kernel"]) for block in blocks])


# --- who reads pictures


def vision_transformer(width=32, num_heads=4, num_blocks=2):
    """Digits (batch, 8, 8) as 16 patches of 2 × 2 pixels, which look at one another: logits (batch, 10)."""
    from keras import Input, Model, initializers, layers, ops

    pictures = Input((8, 8))
    patches = ops.reshape(ops.transpose(ops.reshape(pictures, (-1, 4, 2, 4, 2)), (0, 1, 3, 2, 4)), (-1, 16, 4))
    places = layers.Embedding(16, width, embeddings_initializer=initializers.RandomNormal(stddev=0.1))
    x = layers.Dense(width)(patches) + places(ops.arange(16))
    for _ in range(num_blocks):
        x = block(x, width, num_heads, causal=False)
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return Model(pictures, layers.Dense(10)(x))


def convolution():
    """The rival from chapter 07: windows first, and behind them weights for each place. Logits (batch, 10)."""
    from keras import Input, Sequential, layers

    return Sequential([Input((8, 8)), layers.Reshape((8, 8, 1)), *flattened(layers)])


def read_digits(build, data, rate, seed, epochs=30):
    """Shares read right of the validation and of the test digits, after training with Adam: (validation, test).

    The rate falls to 0 along half a cosine. build: makes the Keras model   data: as ``digits`` gives it
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = build()
    falling = keras.optimizers.schedules.CosineDecay(rate, epochs * -(-len(data.x_train) // 64))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(falling), loss, jit_compile=False)
    model.fit(data.x_train, data.y_train, 64, epochs, verbose=0)
    return [
        float(np.mean(as_array(model(x)).argmax(axis=1) == y))
        for x, y in ((data.x_val, data.y_val), (data.x_test, data.y_test))
    ]

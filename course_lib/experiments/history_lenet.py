"""Chapter 16: the network that read zip codes in 1989, built again in Keras, and what is newer than it, one by one.

LeCun, Boser, Denker, Henderson, Howard, Hubbard and Jackel, Backpropagation Applied to Handwritten Zip Code
Recognition, Neural Computation, 1989: 1,256 units, 64,660 connections, 9,760 parameters. The paper does not say which
eight maps each map of the second layer sees; here they are chosen in three groups of four. Its descent fitted each
weight's rate to the curvature; here descent is plain.
"""

import numpy as np

# The share of its input maps that each group of four maps of the second layer sees.
GROUPS = ((0, 1, 2, 3, 4, 5, 6, 7), (4, 5, 6, 7, 8, 9, 10, 11), (0, 1, 2, 3, 8, 9, 10, 11))
PASSES = 23
# What is new in each network, beside all that the networks above it have.
IDEAS = ("1989", "+ cross-entropy", "+ Adam", "+ ReLU", "+ shifts", "+ dropout")


def large(images):
    """Digits of 8 × 8 from 0 to 1 as 1989's network gets them: 16 × 16, −1 for paper, 1 for ink.

    Between the pixels' middles grey goes over linearly. images: (n, 8, 8)   returns: (n, 16, 16, 1) float32
    """
    for axis in (1, 2):
        n = images.shape[axis]
        place = np.clip((np.arange(2 * n) + 0.5) / 2 - 0.5, 0, n - 1)
        low = np.minimum(place.astype(int), n - 2)
        share = (place - low).reshape([-1 if k == axis else 1 for k in range(3)])
        images = (1 - share) * images.take(low, axis) + share * images.take(low + 1, axis)
    return (2 * images - 1).astype("float32")[..., None]


def network(bend="tanh", dropout=0.0):
    """The network of 1989, not compiled. bend: "tanh", as then, scaled, or "relu", with He's first weights

    dropout: the share of the 30 units of the third layer that is left out in training; then, and with "relu", logits
    """
    import keras

    class Shared(keras.layers.Layer):
        """Windows of 5 × 5 in steps of 2 over all of some maps: shared weights, but a bias for each place.

        What lies outside of the picture is −1, like its paper.
        """

        def __init__(self, seen, filters):
            super().__init__()
            self.seen, self.filters = list(seen), filters

        def build(self, shape):
            fan_in = 25 * len(self.seen)
            self.kernel = self.add_weight(shape=(5, 5, len(self.seen), self.filters), initializer=_first(bend, fan_in))
            self.bias = self.add_weight(shape=(shape[1] // 2, shape[2] // 2, self.filters), initializer="zeros")

        def call(self, x):
            x = keras.ops.take(x, self.seen, axis=-1)
            x = keras.ops.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=-1.0)
            return keras.ops.conv(x, self.kernel, strides=2, padding="valid") + self.bias

    def curved(x):
        return keras.layers.Activation(_scaled_tanh if bend == "tanh" else "relu")(x)

    inputs = keras.Input((16, 16, 1))
    h1 = curved(Shared(range(1), 12)(inputs))
    h2 = curved(keras.layers.Concatenate()([Shared(seen, 4)(h1) for seen in GROUPS]))
    flat = keras.layers.Flatten()(h2)
    h3 = curved(keras.layers.Dense(30, kernel_initializer=_first(bend, 192))(flat))
    h3 = keras.layers.Dropout(dropout)(h3) if dropout else h3
    return keras.Model(inputs, keras.layers.Dense(10, kernel_initializer=_first("tanh", 30))(h3))


def _first(bend, fan_in):
    """Of 1989: even between ± 2.4 / (the unit's inputs). With ReLU: He's, even with the variance 2 / inputs."""
    import keras

    most = 2.4 / fan_in if bend == "tanh" else np.sqrt(6 / fan_in)
    return keras.initializers.RandomUniform(-most, most)


def _scaled_tanh(u):
    """1.7159 tanh(2u / 3), which is ±1 at ±1. LeCun et al., Efficient BackProp, 1998."""
    import keras

    return 1.7159 * keras.ops.tanh(2 * u / 3)


def settings(idea):
    """What a network named in IDEAS has: {cross_entropy, adam, relu, shifts, dropout: bool}"""
    names = ("cross_entropy", "adam", "relu", "shifts", "dropout")
    return dict(zip(names, (IDEAS.index(idea) > k for k in range(5)), strict=True))


def compiled(rate, cross_entropy=False, adam=False, relu=False, dropout=False, steps=1):
    """The network with an idea or several, ready to learn. With none: squared errors, plain descent."""
    import keras

    model = network("relu" if relu else "tanh", 0.25 if dropout else 0.0)
    if not cross_entropy:
        model = keras.Sequential([model, keras.layers.Activation(_scaled_tanh)])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True) if cross_entropy else "mean_squared_error"
    optimizer = keras.optimizers.Adam(rate) if adam else keras.optimizers.SGD(rate)
    model.compile(optimizer, loss, steps_per_execution=steps)
    return model


def targets(y, cross_entropy=False):
    """(n,) → (n, 10): 1 for what it is and 0 for the others; −1 for the others where errors are squared."""
    one = np.eye(10, dtype="float32")[y]
    return one if cross_entropy else 2 * one - 1


def shifted(x, rng):
    """Each picture moved by −1, 0 or 1 pixel down and across by chance; paper comes in. x: (n, 16, 16, 1)"""
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-1)
    down, right = rng.integers(0, 3, (2, len(x)))
    rows = down[:, None] + np.arange(16)
    columns = right[:, None] + np.arange(16)
    return wide[np.arange(len(x))[:, None, None], rows[:, :, None], columns[:, None, :]]


def train(seed, x, y, rate, passes=PASSES, batch_size=8, shifts=False, **ideas):
    """A network trained on (n, 16, 16, 1) and (n,). shifts: in each pass the pictures are moved by chance

    The rate falls to 0 along half a cosine over all passes, for each idea alike.
    """
    import keras

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    steps = -(-len(x) * passes // batch_size)
    model = compiled(keras.optimizers.schedules.CosineDecay(rate, steps), steps=steps, **ideas)
    wanted = targets(y, ideas.get("cross_entropy", False))
    # All passes in one row, each in an order of its own: Keras then runs them without a pause.
    orders = [rng.permutation(len(x)) for _ in range(passes)]
    shown = np.concatenate([shifted(x[order], rng) if shifts else x[order] for order in orders])
    model.fit(shown, wanted[np.concatenate(orders)], batch_size=batch_size, shuffle=False, verbose=0)
    return model


def errors(model, x, y):
    """The share of wrong answers."""
    return float(np.mean(model.predict(x, verbose=0, batch_size=512).argmax(axis=1) != y))

"""What chapter 14 trains while one waits: a small reader in Keras, what is kept of it, and how it is made to fit anew.

Pictures: (n, 12, 12, 1) float32, a digit somewhere on its canvas   Labels: whole numbers from 0 to 4
"""

import warnings
from pathlib import Path

import numpy as np

from course_lib.experiments.transfer_many import drawn, source, stored_reader, wandering

BYTES = {"float32": 4, "int8": 1}


def reader(outputs=5, filters=16, width=64):
    """Windows, features, head: the first two are the encoder. It gives logits."""
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input((12, 12, 1)),
            layers.Conv2D(filters, 4, strides=2, activation="relu", name="filters"),
            layers.Flatten(name="flat"),
            layers.Dense(width, activation="relu", name="features"),
            layers.Dense(outputs, name="head"),
        ]
    )


def compiled(model, rate):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def shown(images, copies, seed=0):
    """Each picture at so many places: (copies · n, 12, 12, 1)"""
    images = np.tile(images, (copies, 1, 1))
    return wandering(images, np.random.default_rng(seed)).reshape(-1, 12, 12, 1)


def old_digits(copies=10, seed=0):
    """0 to 4, all 901 of them, at ``copies`` places each: (x, y)"""
    x, y = source()
    return shown(x, copies, seed), np.tile(y, copies)


def new_digits(labels=10, copies=1, seed=0):
    """``labels`` pictures of each of 5 to 9, at ``copies`` places each: (x, y), y from 0 for 5 to 4 for 9"""
    (x,), (y,) = drawn(labels, [seed])
    return shown(x, copies, seed), np.tile(y, copies)


def pretrained(seed=0, epochs=5):
    """A reader that has learnt 0 to 4."""
    import keras

    keras.utils.set_random_seed(seed)
    model = compiled(reader(), 0.003)
    model.fit(*old_digits(seed=seed), batch_size=64, epochs=epochs, verbose=0)
    return model


def encoder():
    """The kept reader of wandering digits 0 to 4 without its head, in Keras: (n, 12, 12, 1) to (n, 64)."""
    from keras import Input, Sequential

    return Sequential([Input((12, 12, 1)), *in_keras(stored_reader("wandering"), 0).layers[:-1]])


def in_keras(readers, k):
    """One of ``Readers`` as a Keras model with the same weights."""
    model = reader(readers.params[-1].shape[-1])
    conv, dense, last = (readers.params[j][k] for j in (0, 2, 4))
    biases = [readers.params[j][k, 0] for j in (1, 3, 5)]
    model.set_weights([conv.reshape(4, 4, 1, -1), biases[0], dense, biases[1], last, biases[2]])
    return model


def new_head(model, outputs=5):
    """The same encoder, its weights copied, below a head that knows nothing yet."""
    fresh = reader(outputs, model.get_layer("filters").filters, model.get_layer("features").units)
    for name in ("filters", "features"):
        fresh.get_layer(name).set_weights(model.get_layer(name).get_weights())
    return fresh


# --- what is trained of it


def made_ready(model, way, rank=4):
    """Say what is to learn: "full", "head", "lora" or "qlora", the last on features kept as whole numbers."""
    filters, features = model.get_layer("filters"), model.get_layer("features")
    filters.trainable = way == "full"
    if way == "head":
        features.trainable = False
    if way == "qlora":
        features.quantize("int8")
    if way in ("lora", "qlora"):
        features.enable_lora(rank)
    return model


def in_int8(model):
    """A copy whose dense layers hold whole numbers of one byte. Keras leaves the convolution as it is."""
    copy = new_head(model)
    copy.set_weights(model.get_weights())
    with warnings.catch_warnings():
        # It says so of each layer that it leaves.
        warnings.simplefilter("ignore")
        copy.quantize("int8")
    return copy


def numbers(variables):
    return sum(int(np.prod(v.shape)) for v in variables)


def served_bytes(model):
    """What the weights take. The layers' own names of the types: "int8", "float32"."""
    return sum(int(np.prod(v.shape)) * BYTES[str(v.dtype)] for v in model.variables)


def training_bytes(model):
    """The weights; and for each that learns its gradient and Adam's two averages, 4 bytes each."""
    return served_bytes(model) + 12 * numbers(model.trainable_variables)


def stage_rates(rate, factor, encoder=("filters", "features")):
    """Adam whose steps are smaller in the encoder, whose layers are known by their names in a weight's path."""
    import keras

    class StageAdam(keras.optimizers.Adam):
        def build(self, variables):
            super().build(variables)
            slow = [v for v in variables if set(encoder) & set(v.path.split("/"))]
            # A backend hands over the variable, or what it keeps in it.
            self.slow = {id(w) for v in slow for w in (v, v.value)}

        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate * (factor if id(variable) in self.slow else 1))

    return StageAdam(rate)


# --- from a teacher


def distillation(temperature):
    """T² KL(teacher ‖ student), both softened, of logits: a loss for ``compile``."""
    import keras

    def loss(teacher, student):
        softened = keras.ops.softmax(teacher / temperature), keras.ops.softmax(student / temperature)
        return temperature**2 * keras.losses.kl_divergence(*softened)

    return loss


def distilled(student, teacher, x, temperature=4.0, rate=0.01, epochs=10):
    """The student learns what the teacher says of x; no label is asked for."""
    import keras

    student.compile(keras.optimizers.Adam(rate), distillation(temperature))
    student.fit(x, teacher.predict(x, verbose=0), batch_size=100, epochs=epochs, verbose=0)
    return student


# --- without labels


def pairs(images, half=128, seed=0):
    """A Keras data set: batches of ``half`` pictures at two places each, anew in every epoch; its labels are empty."""
    import keras

    class Pairs(keras.utils.PyDataset):
        rng = np.random.default_rng(seed)

        def __len__(self):
            return len(images) // half

        def __getitem__(self, index):
            batch = images[self.rng.permutation(len(images))[:half]]
            views = np.concatenate([wandering(batch, self.rng) for _ in range(2)])
            return views.reshape(-1, 12, 12, 1), np.zeros(2 * half, "float32")

    return Pairs()


def contrast(temperature=0.2, half=128):
    """NT-Xent as a Keras loss: rows i and i + half of a batch belong together. Chen et al., 2020, equation 1."""
    import keras
    from keras import ops

    partner, itself = np.roll(np.arange(2 * half), half), 1e9 * np.eye(2 * half, dtype="float32")

    def loss(_, codes):
        unit = ops.normalize(codes, axis=-1)
        logits = unit @ ops.transpose(unit) / temperature - itself
        return keras.losses.sparse_categorical_crossentropy(partner, logits, from_logits=True)

    return loss


def attraction(half=128):
    """Only the upper part of it: 1 − cosine of the two views. Nothing pushes different pictures apart."""
    from keras import ops

    def loss(_, codes):
        unit = ops.normalize(codes, axis=-1)
        return 1 - ops.sum(unit * ops.roll(unit, half, axis=0), axis=-1)

    return loss


def seen_in_pairs(images, loss, epochs=30, rate=0.003, seed=0):
    """A reader with codes of 32 numbers, and its loss after each epoch."""
    import keras

    keras.utils.set_random_seed(seed)
    model = reader(outputs=32)
    model.compile(keras.optimizers.Adam(rate), loss)
    return model, model.fit(pairs(images, seed=seed), epochs=epochs, verbose=0, shuffle=False).history["loss"]


def mean_cosine(codes):
    """Between all pairs of different rows: near 1 where all say the same. codes: (n, width)"""
    unit = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    n = len(unit)
    return float((np.sum(unit.sum(axis=0) ** 2) - n) / (n * (n - 1)))


# --- somebody else's weights


def published(name="MobileNetV2", weights="imagenet", **options):
    """A network of ``keras.applications`` with its published weights, downloaded once; or with those of a file.

    Raises ``ConnectionError`` with one sentence where there is no network, ``ValueError`` where the file's weights
    belong to another network.
    """
    import keras

    if weights not in (None, "imagenet") and not Path(weights).exists():
        raise FileNotFoundError(f"there is no file {weights}")
    try:
        with warnings.catch_warnings():
            # Before it refuses weights that do not fit, Keras complains of every layer.
            warnings.simplefilter("ignore")
            return getattr(keras.applications, name)(weights=weights, **options)
    # Keras raises a bare Exception for a failed download.
    except Exception as error:
        if isinstance(error, ValueError) and weights not in (None, "imagenet"):
            raise ValueError(f"the weights in {weights} do not fit {name} with these options") from error
        if "URL fetch failure" in str(error):
            raise ConnectionError(
                f"{name}'s weights have to be downloaded once, and that failed: connect to the internet and call it "
                "again, or give weights=None or a file that you have."
            ) from error
        raise

"""What chapter 12 trains while one waits: the recipe and what it catches, a search, a log, a rare class."""

import tempfile
from pathlib import Path

import numpy as np

from course_lib import diagnosis
from course_lib.backend_gradients import value_and_gradients

SAMPLES = 256


# --- the recipe


def recipe(build, x, y, epochs=4):
    """Five verdicts on a pipeline before any long training: {question: (passed, what was measured)}.

    build() returns a new compiled model that gives logits   x: (n, features), as the model gets them   y: (n,)
    """
    return {
        "start": starts_at_log_k(build(), x, y),
        "inputs": uses_its_inputs(build, x, y, epochs),
        "overfit": learns_two_by_heart(build(), x, y),
        "alone": keeps_examples_apart(build(), x),
        "labels": labels_fit(x, y),
    }


def starts_at_log_k(model, x, y):
    """A network that knows nothing gives each of K classes 1/K: a loss of log K."""
    classes = model.output_shape[-1]
    ratio = model.evaluate(x, y, verbose=0) / np.log(classes)
    return bool(0.75 < ratio < 1.35), f"the loss starts at {ratio:.2f} log {classes}"


def uses_its_inputs(build, x, y, epochs):
    """A few passes with the inputs must leave less loss than the same passes with zeros in their place."""
    with_x, without = (build().fit(z, y, epochs=epochs, verbose=0).history["loss"][-1] for z in (x, np.zeros_like(x)))
    return bool(with_x < 0.9 * without), f"loss {with_x:.2f} with inputs, {without:.2f} without"


def learns_two_by_heart(model, x, y, steps=100):
    """Two examples of two classes, again and again: the loss must go to 0."""
    two = [0, int(np.argmax(y != y[0]))]
    for _ in range(steps):
        loss = float(model.train_on_batch(x[two], y[two]))
    return loss < 0.05, f"loss {loss:.3f} on two examples"


def keeps_examples_apart(model, x):
    """The gradient of the first example's logits, back at the inputs: 0 for all the others."""
    import keras

    _, (gradient,) = value_and_gradients(lambda z: keras.ops.sum(keras.ops.square(model(z)[0])), x[:8])
    reach = np.abs(np.asarray(gradient)).sum(axis=1)
    return bool(reach[0] > 0 and not reach[1:].any()), f"it depends on {np.count_nonzero(reach)} of 8 examples"


def labels_fit(x, y):
    """An example's nearest neighbour has the same label far more often than chance would have it."""
    share = diagnosis.of_data(x, y, x[:1])["neighbours"]
    chance = float(np.sum((np.bincount(y) / len(y)) ** 2))
    return share > 2 * chance, f"{share:.0%} of nearest neighbours have the same label"


def network(rate=0.003, width=32, last_scale=1.0, trainable=True, mixing=False, classes=10):
    """64 inputs, one hidden layer, logits; compiled with Adam. The last three options are there to be wrong."""
    import keras

    class Centred(keras.layers.Layer):
        """Subtracts a mean: of each example's own numbers; if mixing, of the batch."""

        def call(self, z):
            return z - keras.ops.mean(z, axis=0 if mixing else 1, keepdims=True)

    hidden = keras.layers.Dense(width, activation="relu", kernel_initializer="he_normal", trainable=trainable)
    scale = keras.initializers.RandomNormal(stddev=0.1 * last_scale)
    last = keras.layers.Dense(classes, kernel_initializer=scale, trainable=trainable)
    model = keras.Sequential([keras.Input((64,)), Centred(), hidden, last])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


def pipelines(x, y):
    """{name: (build, x, y)}: a sound one, and five that each have one thing wrong."""
    other = np.random.default_rng(0).permutation(len(y))
    return {
        "sound": (network, x, y),
        "last weights too large": (lambda: network(last_scale=30), x, y),
        "divided by 255 thrice": (network, x / 255**3, y),
        "rate of 10⁻⁹": (lambda: network(1e-9), x, y),
        "mean over the wrong axis": (lambda: network(mixing=True), x, y),
        "labels in another order": (network, x, y[other]),
    }


def verdicts(x, y):
    """{pipeline: its recipe}, for all of ``pipelines``."""
    import keras

    keras.utils.set_random_seed(0)
    return {name: recipe(*pipeline) for name, pipeline in pipelines(x[:SAMPLES], y[:SAMPLES]).items()}


# --- a search, and a log


def search(x, y, x_val, y_val, trials=8, epochs=5):
    """Random search with Keras Tuner over Adam's rate and the width: (its trials, lowest loss first)

    Each trial: ({"rate", "width"}, validation loss).
    """
    import keras
    import keras_tuner

    def build(settings):
        rate = settings.Float("rate", 1e-5, 1.0, sampling="log")
        return network(rate, settings.Choice("width", [16, 32, 64]))

    keras.utils.set_random_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.RandomSearch(
            build, objective="val_loss", max_trials=trials, seed=2, directory=folder, project_name="digits"
        )
        tuner.search(x, y, validation_data=(x_val, y_val), epochs=epochs, batch_size=64, verbose=0)
        best = tuner.oracle.get_best_trials(trials)
    return [(trial.hyperparameters.values, trial.score) for trial in best]


def logged(x, y, x_val, y_val, folder, epochs=5):
    """Train with Keras' TensorBoard callback, which writes its log into a folder. Returns the history."""
    import keras

    keras.utils.set_random_seed(0)
    log = keras.callbacks.TensorBoard(folder)
    return network().fit(x, y, validation_data=(x_val, y_val), epochs=epochs, callbacks=[log], verbose=0).history


def scalars(folder, name="epoch_loss"):
    """{run: [a value for each epoch]}, read by TensorBoard from its own log."""
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
    from tensorboard.util import tensor_util

    log = EventMultiplexer().AddRunsFromDirectory(str(Path(folder)))
    log.Reload()
    return {
        run: [float(tensor_util.make_ndarray(event.tensor_proto)) for event in log.Tensors(run, name)]
        for run in sorted(log.Runs())
        if name in log.Runs()[run]["tensors"]
    }


# --- the same again


def weights_after(seed, x, y):
    """All weights of a network after one epoch, in one row. seed: None sets none."""
    import keras

    if seed is not None:
        keras.utils.set_random_seed(seed)
    model = network()
    model.fit(x, y, epochs=1, verbose=0)
    return np.concatenate([w.ravel() for w in model.get_weights()])

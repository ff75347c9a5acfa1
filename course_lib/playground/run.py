"""The playground without its widget: a training run that its settings give again bit for bit, and its Keras code."""

import copy
import inspect
from time import perf_counter

import numpy as np

from course_lib.losses import loss_and_gradient
from course_lib.playground.parts import (
    DATA,
    OPTIMIZERS,
    dense_layers,
    features,
    network,
    points,
    random_stream,
    train_count,
)
from course_lib.playground.settings import checked, checked_change
from course_lib.training import batches, train_on_batch

LOSS = loss_and_gradient("binary_crossentropy", from_logits=True)


class Run:
    """One training run. ``settings`` gives it again, also with what was changed on the way; ``now`` are those in force.

    losses: {"loss": [...], "test_loss": [...]}, cross-entropy without penalties, the entry 0 from before training
    x_train, x_test: features, (n, features)   points: as ``playground_parts.points`` makes them
    """

    def __init__(self, settings):
        self.settings = checked(settings)
        self.now = copy.deepcopy(self.settings)
        self.points, self.network = points(self.now), network(self.now)
        x_train, self.y_train, x_test, self.y_test = self.points
        self.x_train, self.x_test = (features(x, self.now["features"]) for x in (x_train, x_test))
        self.optimizer, self.order = OPTIMIZERS[self.now["optimizer"]](), random_stream(self.now, 2)
        self.losses = {"loss": [], "test_loss": []}
        _end_epoch(self)

    @property
    def epoch(self):
        return len(self.losses["loss"]) - 1

    @property
    def diverged(self):
        """Whether a loss or a weight is no longer a finite number: then there is no way on."""
        numbers = [[values[-1] for values in self.losses.values()], *self.network.parameters()]
        return not all(np.isfinite(a).all() for a in numbers)

    def train(self, epochs=None, seconds=np.inf):
        """Train so many epochs (None: without end), until so many seconds have passed, or until it diverges."""
        begun, last = perf_counter(), np.inf if epochs is None else self.epoch + epochs
        while self.epoch < last and not self.diverged:
            _train_epoch(self)
            if perf_counter() - begun >= seconds:
                return

    def change(self, what, *where_and_value):
        """Change a weight, a bias or a setting that is ``LIVE``, now; it is kept in ``settings["changes"]``."""
        change = checked_change([self.epoch, what, *where_and_value], self.now)
        kept = [c for c in self.settings["changes"] if c[0] <= self.epoch and c[:-1] != change[:-1]]
        self.settings["changes"] = [*kept, change]
        _apply(self, change)

    def accuracy(self):
        """(training, test): the shares of the points that are on the right side."""
        return _right(self, self.x_train, self.y_train), _right(self, self.x_test, self.y_test)


@np.errstate(all="ignore")
def _train_epoch(run):
    for i in batches(len(run.x_train), run.now["batch_size"], run.order):
        train_on_batch(run.network, run.x_train[i], run.y_train[i], LOSS, run.optimizer)
    _end_epoch(run)


def _end_epoch(run):
    """A new entry for both losses, after what changes at this point of the run."""
    _enforce(run)
    for values in run.losses.values():
        values.append(np.nan)
    _measure(run)
    for change in run.settings["changes"]:
        if change[0] == run.epoch:
            _apply(run, change)


@np.errstate(all="ignore")
def _measure(run):
    """The last entry of both losses, from the network as it is."""
    for name, x, y in (("loss", run.x_train, run.y_train), ("test_loss", run.x_test, run.y_test)):
        run.losses[name][-1] = float(LOSS[0](y, run.network.forward(x)))


@np.errstate(all="ignore")
def _right(run, x, y):
    return float(((run.network.forward(x) > 0) == y).mean())


def _apply(run, change):
    _, what, *where, value = change
    if what in ("weight", "bias"):
        layer, *place = where
        dense_layers(run.network)[layer].params["kernel" if what == "weight" else "bias"][tuple(place)] = value
    else:
        run.now[what] = value
        _enforce(run)
    _measure(run)


def _enforce(run):
    """Hand the settings in force to those that work by them."""
    run.optimizer.learning_rate = run.now["learning_rate"]
    for layer in dense_layers(run.network):
        layer.l1, layer.l2 = run.now["l1"], run.now["l2"]


# --- Keras


KERAS_OPTIMIZERS = {
    "Momentum": "SGD({}, momentum=0.9)",
    "Nesterov": "SGD({}, momentum=0.9, nesterov=True)",
}
KERAS_INITIALIZERS = {"orthogonal": "orthogonal", "normal": "random_normal", "uniform": "random_uniform"}


def keras_code(settings, epochs=100):
    """A cell's text that trains the same network on the same points in Keras. It needs Keras and NumPy alone."""
    settings = checked(settings)
    return (
        "\n\n".join(
            [
                "import keras\nimport numpy as np",
                "\n" + inspect.getsource(DATA[settings["data"]]),
                _points_code(settings),
                _model_code(settings),
                _training_code(settings, epochs),
            ]
        )
        + "\n"
    )


def _points_code(settings):
    columns = ", ".join(settings["features"]).replace("sin", "np.sin")
    return f"""\
rng = np.random.default_rng({[settings["seed"], 0]})
x, y = {settings["data"]}({settings["points"]}, rng)
x = x + {settings["noise"]} * rng.standard_normal(x.shape)
x1, x2 = x.T
inputs, targets, train = np.stack([{columns}], axis=1), y[:, None], {train_count(settings)}"""


def _model_code(settings):
    initializer = KERAS_INITIALIZERS.get(settings["initializer"], settings["initializer"])
    options = f', kernel_initializer="{initializer}"'
    begin = f"keras.utils.set_random_seed({settings['seed']})"
    if settings["l1"] or settings["l2"]:
        begin += f"\npenalty = keras.regularizers.L1L2(l1={settings['l1']}, l2={settings['l2']})"
        options += ", kernel_regularizer=penalty"
    layers = [f"    keras.Input(({len(settings['features'])},)),"]
    for units in settings["hidden"]:
        layers.append(f'    keras.layers.Dense({units}, activation="{settings["activation"]}"{options}),')
        layers += [f"    keras.layers.Dropout({settings['dropout']}),"] * (settings["dropout"] > 0)
    layers.append(f"    keras.layers.Dense(1{options}),")
    return "\n".join([begin, "model = keras.Sequential([", *layers, "])"])


def _training_code(settings, epochs):
    optimizer = KERAS_OPTIMIZERS.get(settings["optimizer"], settings["optimizer"] + "({})")
    return f"""\
# To begin with the playground's own weights: model.set_weights(playground.network.parameters())
model.compile(
    optimizer=keras.optimizers.{optimizer.format(settings["learning_rate"])},
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
)
history = model.fit(
    inputs[:train], targets[:train], validation_data=(inputs[train:], targets[train:]),
    epochs={epochs}, batch_size={settings["batch_size"]}, verbose=0,
)
print(model.evaluate(inputs[train:], targets[train:], verbose=0, return_dict=True))"""

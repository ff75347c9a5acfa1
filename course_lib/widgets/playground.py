"""The widget of chapter 05 in which a whole network is trained: after TensorFlow Playground, and open to Python."""

import json

import numpy as np
import traitlets

from course_lib.playground.parts import DATA, FEATURES, dense_layers
from course_lib.playground.session import Session
from course_lib.playground.settings import CHOICES, LAYERS, LIMITS, LIVE, NEURONS
from course_lib.plots.playground import GRID, HIDDEN, REACH, feature_shades, neuron_shades, still_picture
from course_lib.widgets.base import ScriptDemo
from course_lib.widgets.scripts import script, style

# How long the kernel trains for one picture, and how many points of a curve are told apart on the page.
SECONDS, CURVE = 0.02, 400
# What its script is made of, before the page itself.
PARTS = "pictures", "network", "moment", "controls", "fields", "diagram", "output", "texts"


class Playground(Session, ScriptDemo):
    """A network trained live. The page asks for epochs, the kernel trains them with course_lib, the page draws.

    settings: a dict of plain values that gives this run again: ``Playground(settings)``. Set it to begin another.
    network: the trained network, which takes ``playground.features(x)``   losses: of training and test, by epoch
    """

    _esm = script(*(f"playground_{part}.js" for part in PARTS), "playground.js")
    _css = style("playground.css")
    name = "playground"
    picture_width = 920

    fixed = traitlets.Dict().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    frame = traitlets.Dict().tag(sync=True)

    def __init__(self, settings=None):
        Session.__init__(self, settings)
        ScriptDemo.__init__(self, fixed=_fixed(), data=_points(self._run), frame=_frame(self._run, 0))
        self.on_msg(self._receive)

    def _receive(self, _, asked, buffers):
        """A message from the page. It always gets a new frame, so that a page that waits for one goes on."""
        with self._lock, self.hold_sync():
            try:
                answer, self.error = self._ask(**asked), ""
            except Exception as error:
                answer, self.error = None, str(error) or type(error).__name__
            self._show(asked.get("number", 0))
        if answer:
            self.send({"what": asked["what"], "text": answer})

    def _ask(self, do, number=0, epochs=None, settings=None, change=(), text="", what=""):
        if do == "train":
            self._run.train(epochs, SECONDS)
        elif do == "reset":
            self.reset()
        elif do == "set":
            self.set(**settings)
        elif do == "change":
            self._run.change(*change)
        elif do == "load":
            self.settings = _dict_of(text)
        elif do == "tell":
            return self.keras_code() if what == "code" else json.dumps(self.settings, indent=1)
        else:
            raise ValueError(f"the page asked for {do!r}, which the playground does not know")
        return None

    def _show_run(self):
        with self.hold_sync():
            self.data = _points(self._run)
            self._show()

    def _show(self, number=0):
        self.frame = _frame(self._run, number)

    def describe(self):
        now = self._run.now
        layers = " and ".join(map(str, now["hidden"]))
        hidden = f"hidden layers of {layers} {now['activation']} neurons" if layers else "no hidden layer"
        return (
            f"A network with {hidden}, trained for {self._run.epoch} epochs by {now['optimizer']} on the data set "
            f"{now['data']}: the picture of each neuron, the weights between them, the output with the points, and the "
            "curves of training and test loss."
        )

    def still(self):
        with self._lock:
            return still_picture(self._run), "image/png"


def _dict_of(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"the settings are not JSON: {error}") from error


def _fixed():
    """What never changes: names and limits of the controls, the features' pictures, some points of each data set."""
    pictures, ranges = feature_shades()
    rng = np.random.default_rng(0)
    samples = {name: _bytes(np.column_stack(make(90, rng))) for name, make in DATA.items()}
    return {
        "choices": {name: list(choices) for name, choices in CHOICES.items()},
        "limits": LIMITS,
        "samples": samples,
        "features": list(FEATURES),
        "feature_pictures": pictures.tobytes(),
        "feature_ranges": _bytes(ranges),
        "live": list(LIVE),
        "layers": LAYERS,
        "neurons": NEURONS,
        "reach": REACH,
        "grid": GRID,
        "hidden": HIDDEN,
    }


def _points(run):
    x_train, y_train, x_test, y_test = run.points
    rows = np.block([[x_train, y_train], [x_test, y_test]])
    return {"points": _bytes(rows), "train": len(x_train)}


def _frame(run, number):
    """All that the page draws of a moment. Bytes hold float32 numbers, which may be NaN where JSON's may not."""
    pictures, ranges = neuron_shades(run)
    seen = np.unique(np.linspace(0, run.epoch, min(run.epoch + 1, CURVE)).round().astype(int))
    curve = np.stack([seen, *(np.array(values)[seen] for values in run.losses.values())], axis=1)
    weights = [p.ravel() for layer in dense_layers(run.network) for p in layer.params.values()]
    return {
        "number": number,
        "epoch": run.epoch,
        "now": run.now | {"changes": []},
        "accuracy": list(run.accuracy()),
        "pictures": pictures.tobytes(),
        "ranges": _bytes(ranges),
        "weights": _bytes(np.concatenate(weights)),
        "curve": _bytes(curve),
        "message": _message(run),
        "changes": len(run.settings["changes"]),
    }


def _message(run):
    if not run.diverged:
        return ""
    rate = run.now["learning_rate"]
    return (
        f"Diverged in epoch {run.epoch}: a weight or the loss is no longer a finite number, so training stops. "
        f"Choose a learning rate below {rate:g}, smaller penalties or smaller inputs, and reset."
    )


def _bytes(numbers):
    """Little-endian float32, whatever the machine; what is too large for it becomes infinite."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(numbers, "<f4").tobytes()

"""What a cell can do with the playground: train, set, change, begin anew. Where it is shown, it does not know."""

import json
import threading

import numpy as np

from course_lib import limits
from course_lib.playground.parts import features
from course_lib.playground.run import Run, keras_code
from course_lib.playground.settings import LIVE, checked


class Session:
    """A run, and after it others, for one thread at a time. A subclass shows them: ``_show_run`` and ``_show``.

    settings: a dict of plain values that gives this run again; set it to begin another
    network: the trained network   losses: of training and test, by epoch
    """

    def __init__(self, settings=None):
        self._lock, self._run = threading.RLock(), Run({} if settings is None else settings)

    @property
    def settings(self):
        return json.loads(json.dumps(self._run.settings))

    @settings.setter
    def settings(self, settings):
        self._begin(settings)

    @property
    def network(self):
        return self._run.network

    @property
    def losses(self):
        return {name: list(values) for name, values in self._run.losses.items()}

    @property
    def points(self):
        """(x_train, y_train, x_test, y_test). x: (n, 2)   y: (n, 1)"""
        return self._run.points

    def features(self, x):
        """What the network is given of points. x: (n, 2)"""
        return features(x, self._run.now["features"])

    def train(self, epochs=1):
        """Train so many epochs, without the page."""
        limits.whole("epochs", epochs, 0, kinds=(int, np.integer))
        with self._lock:
            self._run.train(epochs)
            self._show()

    def reset(self):
        """Back to epoch 0, with the settings now in force."""
        self._begin({**self._run.now, "changes": []})

    def set(self, **settings):
        """Change some settings. Rate, batch size and penalties go on with the run, all others begin a new one."""
        wanted = checked({**self._run.now, **settings, "changes": []})
        with self._lock:
            if self._run.epoch and set(settings) <= set(LIVE):
                for name in settings:
                    self._run.change(name, wanted[name])
                self._show()
            else:
                self._begin(wanted)

    def change(self, what, *where_and_value):
        """Set a weight, ``change("weight", layer, input, neuron, value)``, or ``change("bias", layer, neuron, value)``.

        Layers, inputs and neurons count from 0. The change becomes part of ``settings``.
        """
        with self._lock:
            self._run.change(what, *where_and_value)
            self._show()

    def keras_code(self):
        """A cell's text that trains the same network on the same points in Keras, with Keras and NumPy alone."""
        return keras_code(self._run.now, max(self._run.epoch, 100))

    def _begin(self, settings):
        run = Run(settings)
        with self._lock:
            self._run = run
            self._show_run()

    def _show_run(self):
        """Show a run that begins."""
        raise NotImplementedError

    def _show(self):
        """Show how far the run has come."""
        raise NotImplementedError

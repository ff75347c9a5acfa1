"""A registry of models: each under a name made of all that made it, with what was measured of it.

The name is the beginning of a hash of settings, data and code: the same three give the same name everywhere, and
whoever changes one of them gets another. So a name in a log leads back to a training run.
"""

import hashlib
import json
import os

import numpy as np

LETTERS = 12


def short_name(settings, data, code):
    """12 hexadecimal letters. settings: a dict that JSON can hold   data: a list of arrays   code: a text"""
    told = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for array in map(np.asarray, data):
        # The bytes alone would be the same for other shapes and types.
        told.update(f"|{array.dtype.str}{array.shape}|".encode() + array.tobytes())
    return hashlib.sha256(told.digest() + code.encode()).hexdigest()[:LETTERS]


class Registry:
    """A folder with an ONNX file for each model and one table, ``models.json``, of what is known of them."""

    def __init__(self, folder):
        self.folder = folder

    def add(self, model, settings, data, code, metrics):
        """Keep a model (an ONNX file's bytes) and return its name."""
        name = short_name(settings, data, code)
        with open(self.file(name), "wb") as file:
            file.write(model)
        entry = {"settings": settings, "metrics": metrics, "sha256": hashlib.sha256(model).hexdigest()}
        self._write(self.models() | {name: entry})
        return name

    def models(self):
        """{name: {"settings", "metrics", "sha256"}}"""
        if not os.path.exists(self._table()):
            return {}
        with open(self._table(), encoding="utf-8") as file:
            return json.load(file)

    def file(self, name):
        return os.path.join(self.folder, f"{name}.onnx")

    def load(self, name):
        """The bytes of a model's file; ``ValueError`` if there is none, or they are not those that were added."""
        if name not in self.models():
            raise ValueError(
                f"no model is called {name} in {self.folder}; there are {', '.join(self.models()) or 'none'}"
            )
        with open(self.file(name), "rb") as file:
            model = file.read()
        if hashlib.sha256(model).hexdigest() != self.models()[name]["sha256"]:
            raise ValueError(f"the file of model {name} is not the one that was added")
        return model

    def _table(self):
        return os.path.join(self.folder, "models.json")

    def _write(self, models):
        new = self._table() + ".new"
        with open(new, "w", encoding="utf-8") as file:
            json.dump(models, file, indent=1)
        os.replace(new, self._table())

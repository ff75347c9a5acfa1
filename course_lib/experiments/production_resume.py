"""Chapter 15's run that may be killed: ``python -m course_lib.experiments.production_resume FOLDER``.

Whatever the next step depends on stands in a checkpoint: weights, the optimizer's state, the epoch, and the state of
the generator that shuffles. A checkpoint is written beside the old one and then takes its place at once.
"""

import json
import os
import subprocess
import sys

import numpy as np

from course_lib.data import digits
from course_lib.experiments.production import reader
from course_lib.serving.starter import end_with_starter

EPOCHS, BATCH = 6, 32


def save(folder, model, epoch, rng):
    """A model's file under a new name, and then the little file that says which one is valid."""
    model_file = os.path.join(folder, f"epoch_{epoch}.keras")
    model.save(model_file)
    place, new = os.path.join(folder, "latest.json"), os.path.join(folder, "new.json")
    with open(new, "w", encoding="utf-8") as file:
        json.dump({"epoch": epoch, "generator": rng.bit_generator.state}, file)
    for name in (model_file, new):
        # What was written may still be on its way to the disk, and a power cut would lose it.
        with open(name, "r+b") as file:
            os.fsync(file.fileno())
    os.replace(new, place)


def load(folder):
    """(model, epoch, generator) of the latest checkpoint; of the very beginning, if there is none."""
    import keras

    rng = np.random.default_rng(15)
    try:
        with open(os.path.join(folder, "latest.json"), encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        keras.utils.set_random_seed(15)
        return reader(), 0, rng
    rng.bit_generator.state = found["generator"]
    return keras.models.load_model(os.path.join(folder, f"epoch_{found['epoch']}.keras")), found["epoch"], rng


def train(folder, epochs=EPOCHS, told=None):
    """Go on from the latest checkpoint to the end. Returns all weights in one row.

    told: called with the number of each step, before it
    """
    x, y, *_ = digits()
    model, done, rng = load(folder)
    for epoch in range(done, epochs):
        rows = rng.permutation(len(x))
        for step, first in enumerate(range(0, len(x), BATCH)):
            if told:
                told(epoch, step)
            model.train_on_batch(x[rows[first : first + BATCH]], y[rows[first : first + BATCH]])
        save(folder, model, epoch + 1, rng)
    return weights_of(model)


def weights_of(model):
    return np.concatenate([w.ravel() for w in model.get_weights()])


def killed(folder, epoch, step):
    """Begin in a process of its own and kill it in the middle of an epoch. Returns how it ended: never 0."""
    command = [sys.executable, "-m", "course_lib.experiments.production_resume", folder]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, text=True, **pipes)
    try:
        for line in process.stdout:
            if line.split() == [str(epoch), str(step)]:
                break
    finally:
        # SIGKILL, or Windows' TerminateProcess: nothing in the process hears of it.
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()
    return process.returncode


def forgetful(folder, without):
    """Resume without one of the three: "optimizer", "epoch" or "generator". Returns all weights in one row."""
    model, epoch, rng = load(folder)
    if without == "optimizer":
        fresh = reader()
        fresh.set_weights(model.get_weights())
        fresh.optimizer.build(fresh.trainable_variables)
        model = fresh
    epoch = 0 if without == "epoch" else epoch
    rng = np.random.default_rng(15) if without == "generator" else rng
    save(folder, model, epoch, rng)
    return train(folder)


# --- the same by Keras' own means


def fitted(folder, stop=None, seed=15, epochs=4):
    """``fit`` with Keras' backup in this folder. Returns all weights in one row, or None where it was stopped.

    stop: (epoch, step), counted from 0, before which the run ends as if it had been killed
    """
    import keras

    x, y, *_ = digits()
    keras.utils.set_random_seed(seed)
    model = reader()
    callbacks = [keras.callbacks.BackupAndRestore(os.path.join(folder, "backup"))]
    try:
        model.fit(x, y, batch_size=128, epochs=epochs, verbose=0, callbacks=callbacks + _stops(stop))
    except _Stopped:
        return None
    return weights_of(model)


class _Stopped(Exception):
    pass


def _stops(at):
    import keras

    here = [0]

    def step(batch, logs=None):
        if (here[0], batch) == at:
            raise _Stopped

    begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: here.__setitem__(0, epoch))
    return [begin, keras.callbacks.LambdaCallback(on_train_batch_begin=step)]


def orders_of_fit(epochs=3, rows=16, pipeline=False, seed=15):
    """The order in which a seeded ``fit`` takes so many rows in each epoch: [(row, …), …].

    pipeline: whether they come from ``tf.data``, which shuffles them itself
    """
    import keras
    import tensorflow as tf

    orders = []

    class Noting(keras.Model):
        def train_step(self, data):
            orders.append(tuple(int(row) for row in np.ravel(data[0])))
            return {"loss": tf.zeros(())}

    keras.utils.set_random_seed(seed)
    x = np.arange(rows)[:, None]
    given = {"x": x, "y": x, "batch_size": rows}
    if pipeline:
        given = {"x": tf.data.Dataset.from_tensor_slices((x, x)).shuffle(rows).batch(rows), "shuffle": False}
    model = Noting()
    model.compile(run_eagerly=True)
    model.fit(**given, epochs=epochs, verbose=0)
    return orders


if __name__ == "__main__":
    end_with_starter()
    train(sys.argv[1], told=lambda epoch, step: print(epoch, step, flush=True))

"""Chapter 15's worker: ``python -m course_lib.experiments.production_workers``, run once for each process of a cluster.

Its only argument is a JSON object: how many batches to train on, and a file for the weights. TensorFlow
finds its place in the cluster in the environment's TF_CONFIG.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np

from course_lib.data import digits
from course_lib.serving.starter import end_with_starter

SIZES, RATE, SHARES = (64, 32, 10), 0.01, 2


def build():
    """The same network in each process: the seed makes its first weights, and nothing has to be sent."""
    import keras

    keras.utils.set_random_seed(15)
    layers = [keras.layers.Dense(SIZES[1], "relu"), keras.layers.Dense(SIZES[2])]
    return keras.Sequential([keras.Input((SIZES[0],)), *layers])


def strategy_named(name):
    """ "one" device, "mirrored" on two pretended devices of one process, or "workers": a process each."""
    import tensorflow as tf

    if name == "workers":
        return tf.distribute.MultiWorkerMirroredStrategy()
    if name == "one":
        return tf.distribute.OneDeviceStrategy("cpu:0")
    # Its usual way of adding up would take the other workers' numbers for its own devices'.
    on_one = tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy([f"cpu:{k}" for k in range(SHARES)], cross_device_ops=on_one)


def pretend_devices():
    """Before TensorFlow computes anything: this process's processor counts as two devices."""
    import tensorflow as tf

    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * SHARES)


def train(strategy, batches, batch=64):
    """One model, as many copies as the strategy has: each takes its share of a batch, and all take the same step."""
    import keras
    import tensorflow as tf

    x, y, *_ = digits()
    with strategy.scope():
        model, optimizer = build(), keras.optimizers.Adam(RATE)
        optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")

    def step(images, labels):
        with tf.GradientTape() as tape:
            # Divided by the whole batch, not by one's own share: so the sum over all copies is the batch's mean.
            loss = tf.reduce_sum(loss_of(labels, model(images))) / batch
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    @tf.function
    def together(images, labels):
        strategy.run(step, (images, labels))

    rows = np.random.default_rng(0).permutation(len(x))[: batches * batch]
    data = tf.data.Dataset.from_tensor_slices((x[rows].reshape(-1, SIZES[0]), y[rows])).batch(batch)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    for images, labels in strategy.experimental_distribute_dataset(data.with_options(options)):
        together(images, labels)
    return weights_of(model)


def weights_of(model):
    return np.concatenate([w.ravel() for w in model.get_weights()])


def run(task):
    """One strategy after the other in one process: it takes far longer to import TensorFlow than to train."""
    pretend_devices()
    np.savez(task["file"], **{name: train(strategy_named(name), task["batches"]) for name in ("workers", "mirrored")})


# --- who starts them


def weights_from(name, **settings):
    """[the weights in each process] after so many steps of one strategy: "workers", or "mirrored" in one process.

    The same two processes do both, and what they found is remembered.
    """
    found = weights_of_workers(**settings)[name]
    return found if name == "workers" else found[:1]


@cache
def weights_of_workers(batches=20, seconds=240, tries=2):
    """{strategy: [the weights in each of two processes]} after so many steps, each process begun anew and ended.

    Together the processes are "workers", and each of them for itself is "mirrored" on two devices.
    Begun once more, at other ports, if one fails: somebody else may have taken its port in the meantime.
    """
    for last in [False] * (tries - 1) + [True]:
        with tempfile.TemporaryDirectory() as folder:
            files = [str(Path(folder, f"{k}.npz")) for k in range(SHARES)]
            try:
                _run_all([{"batches": batches, "file": file} for file in files], folder, seconds)
                found = [dict(np.load(file)) for file in files]
                return {name: [weights[name] for weights in found] for name in found[0]}
            except RuntimeError:
                if last:
                    raise


def _run_all(tasks, folder, seconds):
    """A process for each task. If one fails, or time is up, all are ended: the others would wait for it."""
    addresses = [f"localhost:{port}" for port in free_ports(len(tasks))]
    logs, processes = [Path(folder, f"{k}.log") for k in range(len(tasks))], []
    try:
        for index, (task, log) in enumerate(zip(tasks, logs, strict=True)):
            processes.append(_start(task, addresses, index, log))
        end = time.monotonic() + seconds
        while any(process.poll() is None for process in processes):
            if time.monotonic() > end or any(process.poll() for process in processes):
                break
            time.sleep(0.05)
        for process, log in zip(processes, logs, strict=True):
            if process.poll():
                said = log.read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"a worker ended with {process.returncode}: {said[-2000:]}")
        if any(process.poll() is None for process in processes):
            raise TimeoutError(f"the workers were not done after {seconds} s")
    finally:
        for process in processes:
            process.kill()
            process.stdin.close()
            process.wait()


def free_ports(count):
    """Ports that nobody listens on at the moment."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _start(task, addresses, index, log):
    place = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_NUM_INTRAOP_THREADS": "1"}
    environment["TF_CONFIG"] = json.dumps(place)
    command = [sys.executable, "-m", "course_lib.experiments.production_workers", json.dumps(task)]
    with open(log, "wb") as said:
        return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)


if __name__ == "__main__":
    end_with_starter()
    run(json.loads(sys.argv[1]))

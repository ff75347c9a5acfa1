"""What is handed to a doctor of training runs: the clinic's runs as raw arrays, before anything is measured of them."""

import numpy as np

from course_lib import clinic
from course_lib.layers import Activation
from course_lib.training import batches

STEPS = 10


def evidence(fault, seed):
    """What can be looked at of ``clinic.broken_setting(fault, seed)``: a dict of arrays and a number.

    x: (n, 64), y: (n,), x_val: (m, 64), what is learnt from and what is validated on; loss: that of all training
    examples before the first step; outputs, again: (n, classes), what the network says of them then, asked twice;
    hidden: (n, units), what its hidden units say then; weights: (11, all), before the first step and after each of ten
    """
    setting = clinic.broken_setting(fault, seed)
    rng = np.random.default_rng([seed, 3])
    with np.errstate(all="ignore"):
        network, (loss, slope) = clinic.network_of(setting, rng), clinic.loss_of(setting)
        outputs, again = (network.forward(setting.x, setting.always_training) for _ in range(2))
        first = float(loss(setting.y, outputs))
        hidden, weights = _hidden(network, setting.x), [_flat(network)]
        while len(weights) <= STEPS:
            for i in batches(len(setting.x), setting.batch_size, rng)[: STEPS + 1 - len(weights)]:
                network.backward(slope(setting.y[i], network.forward(setting.x[i], training=True)))
                for w, gradient in zip(network.parameters(), network.gradients(), strict=True):
                    w -= setting.rate * gradient
                weights.append(_flat(network))
    arrays = {"x": setting.x, "x_val": setting.x_val, "outputs": outputs, "again": again, "hidden": hidden}
    narrow = {name: array.astype("float32") for name, array in arrays.items()}
    # At a rate that is too high, weights soon have squares beyond what float32 can hold.
    return narrow | {"weights": np.array(weights, float), "y": setting.y, "loss": first}


def _flat(network):
    return np.concatenate([w.ravel() for w in network.parameters()])


def _hidden(network, x):
    said = []
    for layer in network.layers[:-1]:
        x = layer.forward(x)
        if isinstance(layer, Activation):
            said.append(x)
    return np.concatenate(said, axis=1)

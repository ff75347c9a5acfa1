"""What is handed to a doctor of training runs: the clinic's runs as raw arrays, before anything is measured of them."""

import numpy as np

from course_lib import clinic
from course_lib.layers import Activation
from course_lib.training import batches

STEPS, TOO_BRIGHT, TOO_DARK, ODD_ROWS, ALIVE = 10, 2.0, 1 / 3, 3, 8


def evidence(fault, seed):
    """What can be looked at of ``clinic.broken_setting(fault, seed)``: a dict of arrays and a number.

    x: (n, 64), y: (n,), x_val: (m, 64), what is learnt from and what is validated on; loss: that of all training
    examples before the first step; outputs, again: (n, classes), what the network says of them then, asked twice;
    hidden: (n, units), what its hidden units say then; weights: (11, all), before the first step and after each of ten

    As in real data a few rows are odd: three are too bright and three too dark, and one stands in both sets. Where the
    seed is odd, ink is a number below 0, and three faults have another form: inputs that run from a large negative
    number to 0, a wrong loss that is summed over the classes, and one unit in eight that lives among the dead.
    """
    setting, odd = _setting(fault, seed), seed % 2 == 1
    rng = np.random.default_rng([seed, 3])
    with np.errstate(all="ignore"):
        network, (loss, slope) = clinic.network_of(setting, rng), clinic.loss_of(setting)
        times = setting.classes if odd and fault == "wrong loss" else 1
        if odd and fault == "dead ReLUs":
            _revive(network, setting.bias)
        outputs, again = (network.forward(setting.x, setting.always_training) for _ in range(2))
        first = times * float(loss(setting.y, outputs))
        hidden, weights = _hidden(network, setting.x), [_flat(network)]
        while len(weights) <= STEPS:
            for i in batches(len(setting.x), setting.batch_size, rng)[: STEPS + 1 - len(weights)]:
                network.backward(times * slope(setting.y[i], network.forward(setting.x[i], training=True)))
                for w, gradient in zip(network.parameters(), network.gradients(), strict=True):
                    w -= setting.rate * gradient
                weights.append(_flat(network))
    arrays = {"x": setting.x, "x_val": setting.x_val, "outputs": outputs, "again": again, "hidden": hidden}
    narrow = {name: array.astype("float32") for name, array in arrays.items()}
    # At a rate that is too high, weights soon have squares beyond what float32 can hold.
    return narrow | {"weights": np.array(weights, float), "y": setting.y, "loss": first}


def _setting(fault, seed):
    """The clinic's setting, in its other form where the seed is odd, with a few odd rows."""
    setting = clinic.broken_setting(fault, seed)
    x, x_val = setting.x.copy(), setting.x_val.copy()
    if seed % 2:
        # Taken from 0, not negated: among the bytes by which rows are compared, paper would else be -0.0.
        x, x_val = (x - x.max(), x_val - x.max()) if fault == "inputs not scaled" else (0 - x, 0 - x_val)
    if fault == "wrong loss" and seed % 2:
        setting = setting.changed(loss="binary_crossentropy")
    bright, dark, twice = np.split(
        np.random.default_rng([seed, 4]).permutation(len(x))[: 2 * ODD_ROWS + 1], [ODD_ROWS, 2 * ODD_ROWS]
    )
    x[bright] *= TOO_BRIGHT
    x[dark] *= TOO_DARK
    x_val[-1:] = x[twice]
    return setting.changed(x=x, x_val=x_val)


def _revive(network, bias):
    """Every eighth hidden unit gets a bias of 0 again."""
    for layer in [layer for layer in network.layers if layer.params][:-1]:
        layer.params["bias"][..., ::ALIVE] -= bias


def _flat(network):
    return np.concatenate([w.ravel() for w in network.parameters()])


def _hidden(network, x):
    said = []
    for layer in network.layers[:-1]:
        x = layer.forward(x)
        if isinstance(layer, Activation):
            said.append(x)
    return np.concatenate(said, axis=1)

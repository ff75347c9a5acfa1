"""Chapter 15: what a network costs: numbers to store, operations to compute, bytes to hold.

A network is described by a list of (kind, settings) in Keras' names, such as ``("Dense", {"units": 10})``, or read
from a Keras model. Shapes leave the batch out: (features,), (time, features), (height, width, channels).
What counts as an operation, ``layer_costs`` says.
"""

import math

from course_lib import limits
from course_lib.layer_costs import COUNTERS, counted_settings, layer_cost


def count(layers, input_shape):
    """One ``Cost`` for each layer, the output of one being the input of the next. layers: a list of (kind, settings)"""
    costs, shape = [], tuple(input_shape)
    for kind, settings in layers:
        costs.append(layer_cost(kind, shape, **settings))
        shape = costs[-1].output_shape
    return costs


def counted_layers(model):
    """The layers of a built Keras model that are counted, in its order: those of a model inside, too; no inputs.

    ``ValueError`` for a layer that is called more than once.
    """
    layers = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind not in COUNTERS and hasattr(layer, "layers"):
            layers += counted_layers(layer)
        elif kind != "InputLayer":
            layers.append(layer)
    _check_called_once(model)
    return layers


def count_keras(model):
    """One ``Cost`` for each of the ``counted_layers`` of a built Keras model, Sequential or functional.

    Each is held to Keras' own parameters and output shape: a setting that is not known here is told, never passed over.
    """
    return [_keras_cost(type(layer).__name__, layer) for layer in counted_layers(model)]


BYTES = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2, "int8": 1, "int4": 0.5}
# How many numbers an optimizer remembers for each parameter: velocities, mean squares, or both.
OPTIMIZER_STATES = {"sgd": 0, "momentum": 1, "adagrad": 1, "rmsprop": 1, "adam": 2, "adamw": 2}


def memory_bytes(numbers, dtype="float32"):
    """What so many numbers take: 7 billion in 16 bits are 14 billion bytes."""
    limits.whole("numbers", numbers, 0)
    return math.ceil(int(numbers) * BYTES[limits.one_of("dtype", dtype, BYTES)])


def optimizer_state_bytes(parameters, optimizer, dtype="float32"):
    """What the optimizer remembers from one step to the next. optimizer: a key of ``OPTIMIZER_STATES``"""
    parameters = limits.whole("parameters", parameters, 0)
    limits.one_of("optimizer", optimizer, OPTIMIZER_STATES)
    return memory_bytes(parameters * OPTIMIZER_STATES[optimizer], dtype)


def activation_bytes(costs, batch, dtype="float32"):
    """What a batch's outputs take, all layers', as they are kept for the backward pass. costs: from ``count``"""
    limits.whole("batch", batch)
    return memory_bytes(int(batch) * sum(math.prod(cost.output_shape) for cost in costs), dtype)


def training_bytes(costs, batch, optimizer, dtype="float32"):
    """Parameters, as many gradients, the optimizer's memory and the activations of one batch, all in one dtype.

    As if every parameter were trained; a batch normalization's averages, which are not, are few.
    """
    parameters = sum(cost.parameters for cost in costs)
    state = optimizer_state_bytes(parameters, optimizer, dtype)
    return 2 * memory_bytes(parameters, dtype) + state + activation_bytes(costs, batch, dtype)


def kv_cache_bytes(layers, heads, key_dim, length, batch=1, dtype="float16"):
    """The keys and values of all past tokens, kept so that each new token need not compute them again.

    heads: those that have keys and values of their own, fewer than the queries' where groups share them
    """
    sizes = {"layers": layers, "heads": heads, "key_dim": key_dim, "length": length, "batch": batch}
    return memory_bytes(2 * math.prod(int(limits.whole(name, n)) for name, n in sizes.items()), dtype)


def _keras_cost(kind, layer):
    inputs, outputs = (x if isinstance(x, list) else [x] for x in (layer.input, layer.output))
    limits.one_of("kind", kind, COUNTERS)
    settings = counted_settings(kind, layer.get_config())
    cost = layer_cost(kind, *(tuple(x.shape[1:]) for x in inputs), **settings)
    ours, theirs = (cost.parameters, cost.output_shape), (layer.count_params(), tuple(outputs[0].shape[1:]))
    if ours != theirs:
        raise ValueError(
            f"the {kind} layer {layer.name!r} has {theirs[0]} parameters and the output shape {theirs[1]}, counted are "
            f"{ours[0]} and {ours[1]}: it has a setting that is not known here"
        )
    return cost


def _check_called_once(model):
    """A layer's second call costs operations, and Keras shows only the first."""
    for entry in model.get_config()["layers"]:
        if len(entry.get("inbound_nodes", [])) > 1:
            raise ValueError(f"the layer {entry['name']!r} is called more than once, which is not counted here")

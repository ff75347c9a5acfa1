"""The graph of a Keras model: how often what it computes bends on the way from input to output.

Layers on branches beside one another are not added up, nested models and classes of the learner's own are opened, and
an ``Activation`` is counted with the layer that it follows: a second bend without a kernel in between makes no model
deeper.
"""

import contextlib
import io
from functools import reduce

KERNELS = {"Matmul", "Dot", "Tensordot", "Einsum", "Conv", "DepthwiseConv", "SeparableConv", "ConvTranspose"}
# Operations that bend, besides Keras' activations; a product bends where both its factors come from the input.
BENDS = {
    *("maximum", "minimum", "clip", "where", "absolute", "abs", "sign", "square", "sqrt", "power", "reciprocal"),
    *("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "arctan", "sinh", "cosh", "erf", "prelu", "lambda"),
}
PRODUCTS = {"multiply", "divide", "truedivide"}


def bends(model):
    """The activations that are not linear, in order, on that path from input to output that has the most of them.

    Their names are Keras' as far as they have one there. What the ``call`` of a learner's own class computes is looked
    at too; a class that cannot be called on a symbolic tensor counts as the chain of its layers.
    """
    return list(_longest(_through(model, {True: ()}).values()))


# The paths that lead to one place: {whether a kernel came after the last bend: the bends of the longest such path}.
# At the input, before all layers, a bend counts.


def _longest(paths):
    return max(paths, key=len)


def _merged(ways):
    fresh = {kernel for way in ways for kernel in way}
    return {kernel: _longest(way[kernel] for way in ways if kernel in way) for kernel in fresh}


def _through(layer, way):
    """The paths to a layer, led through it."""
    import keras

    own = type(layer).__module__.partition(".")[0] != "keras"
    if isinstance(layer, keras.layers.Layer) and own and (called := _through_call(layer, way)):
        return called
    if isinstance(layer, keras.Model) and not isinstance(layer, keras.Sequential):
        return _through_graph(layer, way)
    parts = _parts(layer)
    if parts:
        way = reduce(lambda before, part: _through(part, before), parts, way)
    name = _bend(layer)
    # The numbers that PReLU learns are part of its bend.
    learns = name != "prelu" and any(len(weight.shape) > 1 for weight in getattr(layer, "weights", []))
    if (learns and not parts) or type(layer).__name__ in KERNELS:
        way = {True: _longest(way.values())}
    return _bent(way, name)


def _bent(way, name):
    """The paths after a bend of this name, or the same paths where the name is empty."""
    if name and True in way:
        way = {False: _longest([(*way[True], name), way.get(False, ())])}
    return way


def _through_graph(model, way):
    try:
        known = {id(tensor): way for tensor in model.inputs}
        return _merged([_to(tensor, known) for tensor in model.outputs])
    except (AttributeError, TypeError, RecursionError):
        return reduce(lambda before, layer: _through(layer, before), model.layers, way)


def _through_call(layer, way):
    """The paths through what a class of the learner's own computes; None where it cannot be seen."""
    import keras

    try:
        x = keras.Input(layer.get_build_config()["input_shape"][1:])
        with contextlib.redirect_stdout(io.StringIO()):
            outputs, known = keras.tree.flatten(layer.call(x)), {id(x): way}
        return _merged([_to(tensor, known) for tensor in outputs])
    # Whatever code the learner wrote there is called.
    except Exception:
        return None


def _to(tensor, known):
    """The paths to a symbolic tensor; those to others that are ``known`` already are kept there."""
    if id(tensor) not in known:
        operation, sources = _origin(tensor)
        ways = [_to(source, known) for source in sources]
        after = _through(operation, _merged(ways)) if ways else {True: ()}
        kind = type(operation).__name__.lower()
        known[id(tensor)] = _bent(after, kind if kind in PRODUCTS and len(ways) > 1 else "")
    return known[id(tensor)]


def _origin(tensor):
    """The layer or operation whose output a symbolic tensor is, and the tensors that went into it.

    This is Keras' own, not its API: ``layer.input`` and ``layer.output`` tell of the layer's first call only. That is
    not the one meant where a layer is called twice, or where a model is nested. Without it a model counts as a chain.
    """
    operation, call, _ = tensor._keras_history
    return operation, operation._inbound_nodes[call].input_tensors


def _parts(layer):
    """The layers inside a layer, in order: of a Sequential, of a wrapper, or of a class that the learner wrote."""
    import keras

    if isinstance(layer, keras.Sequential):
        return layer.layers
    if isinstance(getattr(layer, "layer", None), keras.layers.Layer):
        return [layer.layer]
    if type(layer).__module__.partition(".")[0] == "keras":
        return []
    own = [part for value in vars(layer).values() for part in (value if isinstance(value, list) else [value])]
    return list({id(part): part for part in own if isinstance(part, keras.layers.Layer)}.values())


def _bend(layer):
    """The name of the activation that a layer has, or is; "" if there is none, or a linear one."""
    import keras

    activation = getattr(layer, "activation", None)
    if activation is not None:
        name = getattr(activation, "__name__", type(activation).__name__)
        return "" if name == "linear" else name
    names = {*dir(keras.activations), *BENDS} - {"linear"}
    known = {name.replace("_", ""): name for name in names}
    return known.get(type(layer).__name__.lower(), "")

"""The graph of a Keras model: how often what it computes bends on the way from input to output.

Layers on branches beside one another are not added up, nested models and classes of the learner's own are opened, and
an ``Activation`` is counted with the layer that it follows: a second bend without a kernel in between makes no model
deeper.
"""

import contextlib
import inspect
import io
from functools import reduce

KERNELS = {"Matmul", "Dot", "Tensordot", "Einsum", "Conv", "DepthwiseConv", "SeparableConv", "ConvTranspose"}
# As TensorFlow calls them.
KERNELS |= {"MatMul", "BatchMatMulV2", "Conv2D", "DepthwiseConv2dNative"}
# Operations that bend, besides Keras' activations; a product bends where both its factors come from the input.
BENDS = {
    *(
        "maximum",
        "minimum",
        "clip",
        "where",
        "absolute",
        "abs",
        "sign",
        "square",
        "sqrt",
        "rsqrt",
        "power",
        "reciprocal",
    ),
    *(
        "exp",
        "expm1",
        "log",
        "log1p",
        "logaddexp",
        "logsumexp",
        "sin",
        "cos",
        "tan",
        "arctan",
        "sinh",
        "cosh",
        "arcsinh",
    ),
    *("greater", "greater_equal", "less", "less_equal", "mod", "floor", "ceil", "round", "max", "min", "erf"),
    *("arcsinh", "reciprocal", "select", "pow", "floor_mod", "prelu", "lambda"),
}
PRODUCTS = {"multiply", "divide", "truedivide", "mul", "realdiv"}


def bends(model):
    """The activations that are not linear, in order, on that path from input to output that has the most of them.

    Their names are Keras' as far as they have one there. What the ``call`` of a learner's own class computes is looked
    at too; a class that cannot be called on a symbolic tensor counts as the chain of its layers.
    """
    return list(_longest(_through(model, {True: ()}).values()))


def last_bend(model):
    """What the output has been bent by since the last kernel, on every path; "" where it comes straight from one."""
    paths = _through(model, {True: ()})
    return "" if True in paths else paths[False][-1]


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

    if _holds_code(layer) and (called := _through_call(layer, way)):
        return called
    if isinstance(layer, keras.Model) and not isinstance(layer, keras.Sequential):
        return _through_graph(layer, way)
    parts = parts_of(layer)
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


def _holds_code(layer):
    """Whether what a layer computes is code of the learner's: that of a class, or of a Lambda layer."""
    import keras

    own = type(layer).__module__.partition(".")[0] != "keras"
    return isinstance(layer, keras.layers.Lambda) or (own and isinstance(layer, keras.layers.Layer))


def _through_call(layer, way):
    """The paths through what the learner's code computes; None where it cannot be seen."""
    for look in (_through_symbols, _through_tensorflow):
        # Whatever code the learner wrote there is called.
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            return look(layer, way)
    return None


def _through_symbols(layer, way):
    """The paths through code that takes Keras' symbolic tensors."""
    import keras

    shapes = layer.get_build_config()["input_shape"]
    several = isinstance(shapes[0], (list, tuple))
    inputs = [keras.Input(shape[1:]) for shape in (shapes if several else [shapes])]
    known = {id(tensor): way for tensor in inputs}
    outputs = layer.call(inputs if several else inputs[0], **_not_training(layer))
    return _merged([_to(tensor, known) for tensor in keras.tree.flatten(outputs)])


def _through_tensorflow(layer, way):
    """The paths through code that takes TensorFlow's tensors only, in the graph that TensorFlow makes of it."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    x = tf.TensorSpec((None, *layer.get_build_config()["input_shape"][1:]))
    code = tf.function(lambda x: layer.call(x, **_not_training(layer)), autograph=False).get_concrete_function(x)
    known = {code.inputs[0].name: way}
    return _merged([_to_operation(tensor, known) for tensor in code.outputs])


def _to_operation(tensor, known):
    """The paths to a tensor of TensorFlow's graph; there are none to what does not come from the input."""
    if tensor.name not in known:
        kind = tensor.op.type
        ways = list(filter(None, (_to_operation(source, known) for source in tensor.op.inputs)))
        after = _merged(ways)
        if after and kind in KERNELS:
            after = {True: _longest(after.values())}
        product = kind.lower() if kind.lower() in PRODUCTS and len(ways) > 1 else ""
        known[tensor.name] = _bent(after, product or _known(kind.removesuffix("V2")))
    return known[tensor.name]


def _not_training(layer):
    return {"training": False} if "training" in inspect.signature(layer.call).parameters else {}


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


def parts_of(layer):
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
    if getattr(layer, "negative_slope", 0) == 1:
        return ""
    activation = getattr(layer, "activation", None)
    if activation is not None:
        name = getattr(activation, "__name__", type(activation).__name__)
        return "" if name == "linear" or _is_straight(activation) else name
    return _known(type(layer).__name__)


def _known(name):
    """The name, as Keras writes it, of what bends, of an operation or a layer called so; "" if that does not bend."""
    import keras

    names = {*dir(keras.activations), *BENDS} - {"linear"}
    return {name.replace("_", ""): name for name in names}.get(name.lower(), "")


def _is_straight(activation):
    """Whether a function of the learner's own, which is called an activation, is seen not to bend."""
    import keras

    if isinstance(activation, keras.layers.Layer):
        return not _bend(activation)
    if getattr(activation, "__module__", "keras").partition(".")[0] == "keras":
        return False
    try:
        x = keras.Input((1,))
        with contextlib.redirect_stdout(io.StringIO()):
            return not _longest(_to(activation(x), {id(x): {True: ()}}).values())
    except Exception:
        return False

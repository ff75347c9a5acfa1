"""A layer turns inputs into outputs, and the gradient of its outputs into that of its inputs."""

from functools import wraps

import numpy as np

from course_lib import limits


def _noted(forward):
    """forward, with notes of the shape that it returned, and of how often the layers inside have run by then."""

    @wraps(forward)
    def noted(self, *inputs, **options):
        self.returned, self.runs = None, self.runs + 1
        y = forward(self, *inputs, **options)
        self.runs_inside = [layer.runs for layer in self.layers]
        self.returned = [np.shape(part) for part in y] if isinstance(y, (tuple, list)) else np.shape(y)
        return y

    return noted


def _held_to_it(backward):
    """backward, which takes what has that shape and nothing that NumPy would only stretch to it."""

    @wraps(backward)
    def held(self, dy, *more, **options):
        # What a subclass hands on to the backward that it inherits is its own affair.
        dy = _checked_gradient(self, dy) if type(self).backward is held else dy
        return backward(self, dy, *more, **options)

    return held


def _checked_gradient(layer, dy):
    name, shapes = type(layer).__name__, layer.returned
    if shapes is None:
        raise ValueError(f"{name}.backward needs a forward before it, whose inputs it goes back through")
    for inner, runs in zip(layer.layers, layer.runs_inside, strict=True):
        if inner.runs != runs:
            raise ValueError(
                f"{name}.backward needs a new forward: {type(inner).__name__} inside it saw others' inputs since"
            )
    if isinstance(shapes, tuple):
        return _same(f"{name}: dy", dy, shapes)
    if not isinstance(dy, (tuple, list)) or len(dy) != len(shapes):
        raise ValueError(f"{name}: dy must hold {len(shapes)} arrays, as what forward returned does")
    return [_same(f"{name}: dy[{i}]", part, shape) for i, (part, shape) in enumerate(zip(dy, shapes, strict=True))]


def _same(name, dy, shape):
    return limits.same_shape(name, limits.floats(dy), "what forward returned", shape)


def _once_each(layers):
    """A tuple of the layers, none of which stands in it twice, nor in one of the others."""
    seen, layers = set(), tuple(layers)
    to_see = list(layers)
    while to_see:
        layer = to_see.pop()
        if not isinstance(layer, Weights):
            raise ValueError(f"layers must be layers, one argument each, got {type(layer).__name__}")
        if id(layer) in seen:
            name = type(layer).__name__
            raise ValueError(
                f"layers must each stand once: there must be two layers where the same {name} stands twice"
            )
        seen.add(id(layer))
        to_see.extend(layer.layers)
    return layers


def _arrays(layer):
    own = [*layer.params.values(), *(getattr(layer, name) for name in layer.state)]
    return [*own, *(w for inner in layer.layers for w in _arrays(inner))]


def _own_gradients(layer):
    if not layer.params.keys() <= layer.grads.keys():
        raise ValueError(f"{type(layer).__name__}.gradients needs a backward before it")
    for name in layer.regularizers:
        limits.one_of("a name in regularizers", name, layer.params)
    slopes = {name: regularizer.gradient(layer.params[name]) for name, regularizer in layer.regularizers.items()}
    return [layer.grads[name] + slopes[name] if name in slopes else layer.grads[name] for name in layer.params]


class Weights:
    """The numbers of a layer and of the layers inside it: those that are trained, and those that are only kept.

    ``state`` names the attributes with arrays that belong to the weights but have no gradient, such as moving
    averages. ``trainable = False`` freezes a layer with all layers inside, as in Keras. ``regularizers`` maps names of
    ``params`` to penalties on them, such as ``L2(0.01)``.
    """

    state, _trainable = (), True

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    def parameters(self):
        """Every trainable array, this layer's own first, then those of the layers inside."""
        if not self.trainable:
            return []
        return [*self.params.values(), *(p for layer in self.layers for p in layer.parameters())]

    def gradients(self):
        """dL/dp for each array of ``parameters()``, in the same order; the slopes of regularizers are among them."""
        if not self.trainable:
            return []
        return [*_own_gradients(self), *(g for layer in self.layers for g in layer.gradients())]

    def get_weights(self):
        """Copies of all arrays, also of those that are frozen or only kept, in Keras' order."""
        return [np.copy(w) for w in _arrays(self)]

    def set_weights(self, weights):
        """Write such arrays into this layer's own."""
        own, weights = _arrays(self), [limits.floats(w) for w in weights]
        if (have := [w.shape for w in own]) != (got := [w.shape for w in weights]):
            raise ValueError(f"weights must hold arrays of the shapes {have}, got {got}")
        for w, new in zip(own, weights, strict=True):
            w[...] = new


class Layer(Weights):
    """forward(x) computes y; backward(dy), called next, turns dL/dy into dL/dx.

    ``params`` maps names to arrays, with Keras' names, shapes and order. backward fills ``grads`` under the same
    names. What backward needs from forward is kept in ``cache``. ``layers`` are the layers inside this one.

    Of every layer, backward takes dy in the shape of what forward returned, and says so where there is none. Because
    of the cache a layer has one place: ``ValueError`` where it stands twice, for then the second would hide the first,
    and in backward where a layer inside has run elsewhere since. What is not seen: the cache holds x itself, no copy,
    and backward reads the weights, so change neither of them in place between the two calls.
    """

    returned = None  # the shape of what forward returned, or a list of shapes
    runs, runs_inside = 0, ()  # how often forward has run, and how often that of each layer inside had then

    def __init__(self, layers=(), **params):
        self.layers = _once_each(layers)
        self.params, self.grads, self.regularizers = params, {}, {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "forward" in vars(cls):
            cls.forward = _noted(cls.forward)
        if "backward" in vars(cls):
            cls.backward = _held_to_it(cls.backward)

    def forward(self, x, training=False):
        raise NotImplementedError

    def backward(self, dy):
        raise NotImplementedError

"""Activation functions: what a neuron does with its sum.

Each acts on every entry alone, so ``relu_grad(x)`` is the slope of ``relu`` at each entry of ``x``. Only ``softmax``
and ``log_softmax`` mix the entries of a row: their slopes form a matrix, which ``…_backward(dy, y)`` applies without
building it.
"""

import math

import numpy as np

from course_lib import limits

# Klambauer et al., 2017: with these two numbers, mean 0 and variance 1 are kept from layer to layer.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
# NumPy has no error function; Python's, entry by entry, costs about a tenth of a microsecond each.
_erfc = np.vectorize(math.erfc, otypes=[float])


def step(x):
    """1 where x >= 0, else 0: the neuron fires or it does not. McCulloch and Pitts, 1943."""
    return np.where(np.asarray(x) >= 0, 1.0, 0.0)


def step_grad(x):
    """0 everywhere, which is why nothing can be learned through a step; the jump at 0 has no slope."""
    return np.zeros_like(x, dtype=float)


def linear(x):
    """x itself."""
    return limits.floats(x)


def linear_grad(x):
    """1 everywhere."""
    return np.ones_like(x, dtype=float)


def sigmoid(x):
    """1 / (1 + e^-x), arranged so that e^ never overflows."""
    x = limits.floats(x)
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def sigmoid_grad(x):
    """y (1 - y)."""
    y = sigmoid(x)
    return y * (1 - y)


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)."""
    return np.tanh(limits.floats(x))


def tanh_grad(x):
    """1 - y²."""
    return 1 - tanh(x) ** 2


def relu(x):
    """x where x > 0, else 0."""
    return np.maximum(limits.floats(x), 0)


def relu_grad(x):
    """1 where x > 0, else 0; the corner at 0 takes the slope 0, as in Keras."""
    return np.where(np.asarray(x) > 0, 1.0, 0.0)


def relu6(x):
    """relu, but never above 6. Krizhevsky, 2010."""
    return np.minimum(relu(x), 6)


def relu6_grad(x):
    """1 where 0 < x < 6, else 0, also at both corners, as in Keras."""
    return np.where((np.asarray(x) > 0) & (np.asarray(x) < 6), 1.0, 0.0)


def leaky_relu(x, negative_slope=0.2):
    """x where x > 0, else a fraction of it, so that no neuron falls silent for good. Maas et al., 2013."""
    return np.asarray(x) * leaky_relu_grad(x, negative_slope)


def leaky_relu_grad(x, negative_slope=0.2):
    """1 where x > 0, else the fraction, also at 0, as in Keras."""
    return np.where(np.asarray(x) > 0, 1.0, negative_slope)


def elu(x, alpha=1.0):
    """x where x > 0, else alpha (e^x - 1), which levels off at -alpha. Clevert et al., 2016."""
    x = limits.floats(x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def elu_grad(x, alpha=1.0):
    """1 where x > 0, else alpha e^x, also at 0, as in Keras."""
    x = limits.floats(x)
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))


def selu(x):
    """scale · elu(x, alpha). Klambauer et al., 2017."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def selu_grad(x):
    """scale where x >= 0, else scale · alpha e^x; unlike elu's, the corner at 0 takes its right slope, as in Keras."""
    x = limits.floats(x)
    return SELU_SCALE * np.where(x >= 0, 1.0, SELU_ALPHA * np.exp(np.minimum(x, 0)))


def gelu(x, approximate=False):
    """x Φ(x): x times the share of a bell curve that lies left of x. Hendrycks and Gimpel, 2016."""
    x = limits.floats(x)
    return x * (_tanh_share(x) if approximate else _normal_share(x))


def gelu_grad(x, approximate=False):
    """Φ(x) + x Φ'(x)."""
    x = limits.floats(x)
    share = _tanh_share(x) if approximate else _normal_share(x)
    return share + x * (_tanh_share_grad(x) if approximate else _bell(x))


def _bell(x):
    """The bell curve: the normal distribution's density. Beyond 40 float64 has nothing left of it."""
    return np.exp(-(np.minimum(np.abs(x), 40) ** 2) / 2) / np.sqrt(2 * np.pi)


def _normal_share(x):
    """Φ(x), the area under the bell curve left of x. By erfc, which keeps its digits where the area is tiny."""
    return _erfc(-x / np.sqrt(2)) / 2


def _tanh_share(x):
    """Φ(x), to 3 digits: the same paper's approximation. Beyond 40 the cube of x only overflows."""
    x = np.clip(x, -40, 40)
    return (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2


def _tanh_share_grad(x):
    """The slope of that approximation, by the chain rule."""
    x = np.clip(x, -40, 40)
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return tanh_grad(inner) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2) / 2


def softplus(x):
    """log(1 + e^x), a ReLU without the corner, arranged so that e^ never overflows. Dugas et al., 2001."""
    x = limits.floats(x)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def softplus_grad(x):
    """sigmoid(x)."""
    return sigmoid(x)


def silu(x):
    """x · sigmoid(x), also called swish. Hendrycks and Gimpel, 2016; Ramachandran et al., 2017."""
    return x * sigmoid(x)


def silu_grad(x):
    """s + x s (1 - s), s = sigmoid(x)."""
    return sigmoid(x) + x * sigmoid_grad(x)


def hard_sigmoid(x):
    """A sigmoid of three straight pieces, 0 up to -3 and 1 from 3 on. Courbariaux et al., 2015; Howard et al., 2019."""
    return relu6(limits.floats(x) + 3) / 6


def hard_sigmoid_grad(x):
    """1/6 between -3 and 3, else 0."""
    return relu6_grad(limits.floats(x) + 3) / 6


def hard_silu(x):
    """x · hard_sigmoid(x), also called hard swish: silu without e^. Howard et al., 2019."""
    return x * hard_sigmoid(x)


def hard_silu_grad(x):
    """s + x s', s = hard_sigmoid(x); at the corners, -3 and 3, the slopes of their outer sides, as in Keras."""
    return hard_sigmoid(x) + x * hard_sigmoid_grad(x)


def softmax(x, axis=-1):
    """e^x / sum(e^x) along an axis. Shifting x by its maximum changes nothing but overflow. Bridle, 1990."""
    x = limits.floats(x)
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_backward(dy, y, axis=-1):
    """dL/dx from dy = dL/dy and the output y = softmax(x): (diag(y) - y yᵀ) dy, row by row."""
    dy, y = limits.floats(dy), limits.floats(y)
    limits.same_shape("dy", dy, "y", y.shape)
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True))


def log_softmax(x, axis=-1):
    """log(softmax(x)), finite even where softmax itself is too small for float64."""
    x = limits.floats(x)
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def log_softmax_backward(dy, y, axis=-1):
    """dL/dx from dy = dL/dy and the output y = log_softmax(x): dy - e^y sum(dy), row by row."""
    dy, y = limits.floats(dy), limits.floats(y)
    limits.same_shape("dy", dy, "y", y.shape)
    return dy - np.exp(y) * np.sum(dy, axis=axis, keepdims=True)


ACTIVATIONS = {"step": step, "linear": linear, "sigmoid": sigmoid, "tanh": tanh, "relu": relu}
# Those that a gradient can pass, by Keras' names: the function and its slope.
ACTIVATION_GRADIENTS = {
    "linear": (linear, linear_grad),
    "sigmoid": (sigmoid, sigmoid_grad),
    "tanh": (tanh, tanh_grad),
    "relu": (relu, relu_grad),
    "leaky_relu": (leaky_relu, leaky_relu_grad),
    "elu": (elu, elu_grad),
    "selu": (selu, selu_grad),
    "gelu": (gelu, gelu_grad),
    "softplus": (softplus, softplus_grad),
    "silu": (silu, silu_grad),
    "relu6": (relu6, relu6_grad),
    "hard_sigmoid": (hard_sigmoid, hard_sigmoid_grad),
    "hard_silu": (hard_silu, hard_silu_grad),
}

"""The half of a transformer block that works on every position alone: two dense layers, or a gate between three.

x: (..., width)   y: as x
"""

from course_lib import limits
from course_lib.activations import silu, silu_grad
from course_lib.initializers import glorot_uniform
from course_lib.layers import Layer, dense_stack


def feed_forward(width, hidden, rng, activation="relu"):
    """Dense(hidden), activation, Dense(width), or, for the activation "swiglu", ``SwiGLU``."""
    return (
        SwiGLU(width, hidden, rng) if activation == "swiglu" else dense_stack((width, hidden, width), activation, rng)
    )


class SwiGLU(Layer):
    """y = (silu(x W) · (x V)) W2: one dense layer says how far the other is let through. Shazeer, 2020, equation 6.

    gate_kernel W, value_kernel V: (width, hidden)   output_kernel W2: (hidden, width)
    With three kernels instead of two, hidden is often 2/3 of what it was, so that there are as many numbers.
    """

    def __init__(self, width, hidden, rng):
        width, hidden = limits.whole("width", width), limits.whole("hidden", hidden)
        shapes = {"gate_kernel": (width, hidden), "value_kernel": (width, hidden), "output_kernel": (hidden, width)}
        super().__init__(**{name: glorot_uniform(shape, rng) for name, shape in shapes.items()})

    def forward(self, x, training=False):
        W, V, W2 = self.params.values()
        x = limits.floats(limits.shape("x", x, ..., len(W)))
        self.cache = x, x @ W, x @ V
        return silu(x @ W) * (x @ V) @ W2

    def backward(self, dy):
        (W, V, W2), (x, gate, value) = self.params.values(), self.cache
        dh = dy @ W2.T
        d_gate, d_value = dh * value * silu_grad(gate), dh * silu(gate)
        pairs = (x, d_gate), (x, d_value), (silu(gate) * value, dy)
        self.grads = {name: _rows(a).T @ _rows(d) for name, (a, d) in zip(self.params, pairs, strict=True)}
        return d_gate @ W.T + d_value @ V.T


def _rows(x):
    """All axes but the last as one: (..., n) becomes (rows, n)."""
    return x.reshape(-1, x.shape[-1])

"""Recurrent layers: one cell, applied to every time step in turn.

x: (batch, time, inputs)   h: (batch, units)   y: the last h, (batch, units), or, with return_sequences, every h,
(batch, time, units)

A cell is what one step does, entry by entry; ``through_time`` holds the loop.
"""

import numpy as np

from course_lib import limits
from course_lib.activations import sigmoid
from course_lib.layers import Layer
from course_lib.through_time import Recurrent, checked_mask, over_steps


class SimpleRNN(Recurrent):
    """h' = tanh(x W + h U + b). Elman, 1990."""

    def step(self, x_sum, h_sum, h):
        h_next = np.tanh(x_sum + h_sum)
        return [h_next], h_next

    def step_backward(self, h_next, h, dh):
        dz = dh * (1 - h_next**2)
        return dz, dz, 0


class LSTM(Recurrent):
    """Input, forget and output gates around a memory c. Hochreiter and Schmidhuber, 1997; Gers et al., 2000.

    i, f, o = sigmoid(x W + h U + b) and g = tanh(x W + h U + b): blocks of columns, in the order i, f, g, o
    c' = f c + i g
    h' = o tanh(c')
    """

    gates, states = 4, 2

    def __init__(self, inputs, units, rng, return_sequences=False, return_state=False, use_bias=True):
        units = limits.whole("units", units)
        super().__init__(inputs, units, rng, return_sequences, return_state, use_bias)
        if use_bias:
            # It remembers from the start (Jozefowicz et al., 2015); Keras calls it unit_forget_bias.
            self.params["bias"][units : 2 * units] = 1

    def step(self, x_sum, h_sum, h, c):
        i, f, g, o = np.split(x_sum + h_sum, 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c_next = f * c + i * g
        tanh_c = np.tanh(c_next)
        return [o * tanh_c, c_next], (i, f, g, o, tanh_c)

    def step_backward(self, memory, h, c, dh, dc):
        i, f, g, o, tanh_c = memory
        dc = dc + dh * o * (1 - tanh_c**2)
        di, df, dg, do = dc * g, dc * c, dc * i, dh * tanh_c
        dz = np.hstack([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
        return dz, dz, 0, dc * f


class GRU(Recurrent):
    """Two gates and no separate memory. Cho et al., 2014, in the form that Keras has ``reset_after`` for.

    z, r = sigmoid(x W + b0 + h U + b1), the first two blocks of columns
    g = tanh(x W + b0 + r (h U + b1)), the third
    h' = z h + (1 - z) g

    reset_after=False: g = tanh(x W + b + (r h) U), as in the paper; b has one row then.
    """

    gates = 3

    def __init__(self, inputs, units, rng, return_sequences=False, return_state=False, use_bias=True, reset_after=True):
        super().__init__(inputs, units, rng, return_sequences, return_state, use_bias)
        self.reset_after, self.last = reset_after, slice(2 * int(units), None)
        if use_bias and reset_after:
            self.params["bias"] = np.zeros((2, 3 * int(units)))

    def step(self, x_sum, h_sum, h):
        xz, xr, xg = np.split(x_sum, 3, axis=1)
        hz, hr, hg = np.split(h_sum + self.params["bias"][1] if self._two_rows() else h_sum, 3, axis=1)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        g = np.tanh(xg + (r * hg if self.reset_after else (r * h) @ self._last_kernel()))
        return [z * h + (1 - z) * g], (z, r, g, hg)

    def step_backward(self, memory, h, dh):
        z, r, g, hg = memory
        dg = dh * (1 - z) * (1 - g**2)
        d_reset = dg if self.reset_after else dg @ self._last_kernel().T
        dz, dr = dh * (h - g) * z * (1 - z), d_reset * (hg if self.reset_after else h) * r * (1 - r)
        through, past = (dg * r, 0) if self.reset_after else (np.zeros_like(dg), d_reset * r)
        return np.hstack([dz, dr, dg]), np.hstack([dz, dr, through]), dh * z + past

    def backward(self, dy):
        dx, (_, _, states, memories) = super().backward(dy), self.cache
        if not self.reset_after:
            gated = np.stack([r * h for (_, r, *_), (h,) in zip(memories, states[:-1], strict=True)], axis=1)
            self.grads["recurrent_kernel"][:, self.last] = over_steps(gated, self.dx_sums[..., self.last])
        return dx

    def _two_rows(self):
        return np.ndim(self.params.get("bias")) == 2

    def _last_kernel(self):
        return self.params["recurrent_kernel"][:, self.last]


class Bidirectional(Layer):
    """One layer reads forward, the other backward, and their outputs stand side by side. Schuster and Paliwal, 1997.

    layer, backward_layer: recurrent layers with the same return_sequences and return_state   y: (batch, 2 units), or,
    with return_sequences, (batch, time, 2 units); with return_state the first layer's states follow, then the other's
    """

    def __init__(self, layer, backward_layer):
        super().__init__([layer, backward_layer])
        ways = [(each.return_sequences, each.return_state) for each in self.layers]
        if layer is backward_layer or ways[0] != ways[1]:
            raise ValueError(f"layer and backward_layer must be two layers that return the same, got {ways}")

    def forward(self, x, training=False, initial_state=None, mask=None):
        """initial_state: the first layer's, then the other's   mask: (batch, time); every output of padding is 0"""
        mask, n = checked_mask(x, mask), self.layers[0].states
        halves = [None, None] if initial_state is None else [initial_state[:n], initial_state[n:]]
        there = self.layers[0].forward(x, training, halves[0], mask)
        back = self.layers[1].forward(np.flip(x, axis=1), training, halves[1], np.flip(mask, axis=1))
        (y, *states), (y_back, *states_back) = self._parts(there), self._parts(back)
        # Keras hides padding here, not in the layers alone, and only where every output is returned.
        shown = mask[:, :, None] if self.layers[0].return_sequences else True
        self.cache = y.shape[-1], shown
        y = np.where(shown, np.concatenate([y, self._in_order(y_back)], axis=-1), 0)
        return (y, *states, *states_back) if self.layers[0].return_state else y

    def backward(self, dy):
        """dx. dy has the form of what forward returned."""
        (dy, *dstates), (units, shown), n = self._parts(dy), self.cache, self.layers[0].states
        there, back = np.split(np.where(shown, dy, 0), [units], axis=-1)
        back = self._in_order(back)
        if self.layers[0].return_state:
            there, back = (there, *dstates[:n]), (back, *dstates[n:])
        dx = self.layers[0].backward(there) + np.flip(self.layers[1].backward(back), axis=1)
        self.d_initial_state = [d for layer in self.layers for d in layer.d_initial_state]
        return dx

    def _parts(self, y):
        return y if self.layers[0].return_state else [y]

    def _in_order(self, y_back):
        """What was said from the last step to the first, from the first to the last."""
        return np.flip(y_back, axis=1) if self.layers[0].return_sequences else y_back

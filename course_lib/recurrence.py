"""Recurrent layers: one cell, applied to every time step in turn.

x: (batch, time, inputs)   h: (batch, units)   y: the last h, (batch, units), or, with return_sequences, every h,
(batch, time, units)

A cell is what one step does, entry by entry: ``step``, and ``step_backward`` for its gradients. ``Recurrent`` runs
``step`` forward through time and ``step_backward`` back through time (Werbos, 1990). All steps share the weights, so
the gradients of the weights add up over time.
"""

import numpy as np

from course_lib import limits
from course_lib.activations import sigmoid
from course_lib.initializers import glorot_uniform, orthogonal
from course_lib.layers import Layer


class Recurrent(Layer):
    """The loop over time. A subclass gives the cell.

    ``step(x_sum, h_sum, *state)``, with x_sum = x W + b and h_sum = h U, gives the next state and a memory.
    ``step_backward(memory, *state, *dstate)`` gives the gradients of x_sum, of h_sum, and of the state before the
    step, this one without what reaches it through h_sum.
    """

    gates, states = 1, 1  # blocks of ``units`` columns in the kernels; arrays that one step hands to the next

    def __init__(self, inputs, units, rng, return_sequences=False, return_state=False):
        super().__init__(**_first_weights(inputs, units, self.gates * units, rng))
        self.return_sequences, self.return_state = return_sequences, return_state

    def forward(self, x, training=False, initial_state=None, mask=None):
        """y, or, with return_state, (y, h), for an LSTM (y, h, c): the state after the last step.

        initial_state: [h], for an LSTM [h, c]; zeros when not given   mask: (batch, time), False where a step is
        only padding, which keeps the state and repeats the output before it (0 where there is none), as in Keras
        """
        states, mask, memories = [_checked_state(self, x, initial_state)], _checked_mask(x, mask), []
        x_sums = x.swapaxes(0, 1) @ self.params["kernel"] + np.atleast_2d(self.params["bias"])[0]
        for x_sum, real in zip(x_sums, mask.T[:, :, None], strict=True):
            h_sum = states[-1][0] @ self.params["recurrent_kernel"]
            after, memory = self.step(x_sum, h_sum, *states[-1])
            states.append(_choose(real, after, states[-1]))
            memories.append(memory)
        self.cache = x, mask, states, memories
        return _output(self, mask, states)

    def backward(self, dy):
        """dx. dy has the form of what forward returned. ``d_initial_state`` keeps the gradient of initial_state."""
        x, mask, states, memories = self.cache
        dys, *dstate = _output_gradients(self, dy, mask, states)
        dsums = []
        for t in reversed(range(len(memories))):
            dstate[0] = dstate[0] + dys[:, t]
            dx_sum, dh_sum, *before = self.step_backward(memories[t], *states[t], *dstate)
            before[0] = before[0] + dh_sum @ self.params["recurrent_kernel"].T
            dstate = _choose(mask[:, t, None], before, dstate)
            dsums.append(_choose(mask[:, t, None], (dx_sum, dh_sum), (0, 0)))
        self.d_initial_state = dstate
        dx_sums, dh_sums = (np.stack(d[::-1], axis=1) for d in zip(*dsums, strict=True))
        self.grads = _weight_gradients(self.params["bias"], x, states, dx_sums, dh_sums)
        return dx_sums @ self.params["kernel"].T


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

    def __init__(self, inputs, units, rng, return_sequences=False, return_state=False):
        super().__init__(inputs, units, rng, return_sequences, return_state)
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
    """Two gates and no separate memory. Cho et al., 2014, in Keras' ``reset_after`` form.

    z, r = sigmoid(x W + b0 + h U + b1), the first two blocks of columns
    g = tanh(x W + b0 + r (h U + b1)), the third
    h' = z h + (1 - z) g
    """

    gates = 3

    def __init__(self, inputs, units, rng, return_sequences=False, return_state=False):
        super().__init__(inputs, units, rng, return_sequences, return_state)
        self.params["bias"] = np.zeros((2, 3 * units))

    def step(self, x_sum, h_sum, h):
        xz, xr, xg = np.split(x_sum, 3, axis=1)
        hz, hr, hg = np.split(h_sum + self.params["bias"][1], 3, axis=1)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        g = np.tanh(xg + r * hg)
        return [z * h + (1 - z) * g], (z, r, g, hg)

    def step_backward(self, memory, h, dh):
        z, r, g, hg = memory
        dg = dh * (1 - z) * (1 - g**2)
        dz, dr = dh * (h - g) * z * (1 - z), dg * hg * r * (1 - r)
        return np.hstack([dz, dr, dg]), np.hstack([dz, dr, dg * r]), dh * z


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
        mask, n = _checked_mask(x, mask), self.layers[0].states
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


def _first_weights(inputs, units, width, rng):
    limits.whole("units", units)
    kernels = glorot_uniform((inputs, width), rng), orthogonal((units, width), rng)
    return {"kernel": kernels[0], "recurrent_kernel": kernels[1], "bias": np.zeros(width)}


def _choose(real, new, old):
    """The new arrays where a step is real, the old ones where it is padding."""
    return [np.where(real, a, b) for a, b in zip(new, old, strict=True)]


def _output(layer, mask, states):
    """What forward returns, from the states before, between and after the steps."""
    y = np.where(_begun(mask), np.stack([h for h, *_ in states[1:]], axis=1), 0)
    y = y if layer.return_sequences else y[:, -1]
    return (y, *states[-1]) if layer.return_state else y


def _output_gradients(layer, dy, mask, states):
    """[dL/dy at every step, dL/dh, and for an LSTM dL/dc after the last], 0 where the loss does not look."""
    dy, *dstate = dy if layer.return_state else [dy, *map(np.zeros_like, states[0])]
    dys = np.zeros((*mask.shape, dy.shape[-1]))
    dys[:, slice(None) if layer.return_sequences else -1] = dy
    return [np.where(_begun(mask), dys, 0), *dstate]


def _weight_gradients(bias, x, states, dx_sums, dh_sums):
    """Sums over all examples and steps. A bias of two rows has one for x W and one for h U."""
    h = np.stack([h for h, *_ in states[:-1]], axis=1)
    dbias = np.stack([dx_sums.sum(axis=(0, 1)), dh_sums.sum(axis=(0, 1))])
    return {
        "kernel": np.tensordot(x, dx_sums, ((0, 1), (0, 1))),
        "recurrent_kernel": np.tensordot(h, dh_sums, ((0, 1), (0, 1))),
        "bias": dbias if bias.ndim == 2 else dbias[0],
    }


def _begun(mask):
    """True from a sequence's first real step on: (batch, time, 1)."""
    return np.logical_or.accumulate(mask, axis=1)[:, :, None]


def _checked_state(layer, x, initial_state):
    """The state before the first step, one array for each of layer.states."""
    inputs, units = len(layer.params["kernel"]), len(layer.params["recurrent_kernel"])
    limits.shape("x", x, "batch", "time", inputs, filled=True)
    wanted = [(len(x), units)] * layer.states
    if initial_state is None:
        return [np.zeros(shape) for shape in wanted]
    if [np.shape(s) for s in initial_state] != wanted:
        raise ValueError(f"initial_state must be a list of arrays {wanted}, got {[np.shape(s) for s in initial_state]}")
    return list(initial_state)


def _checked_mask(x, mask):
    """The mask, or one that is True everywhere."""
    mask = np.ones(x.shape[:2], bool) if mask is None else np.asarray(mask)
    return limits.shape("mask", limits.true_or_false("mask", mask), *x.shape[:2])

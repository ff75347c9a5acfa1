"""The loop over time that all recurrent layers share.

x: (batch, time, inputs)   h: (batch, units)   y: the last h, (batch, units), or, with return_sequences, every h,
(batch, time, units)

A cell is what one step does, entry by entry: ``step``, and ``step_backward`` for its gradients. ``Recurrent`` runs
``step`` forward through time and ``step_backward`` back through time (Werbos, 1990). All steps share the weights, so
the gradients of the weights add up over time.
"""

import numpy as np

from course_lib import limits
from course_lib.initializers import glorot_uniform, orthogonal
from course_lib.layers import Layer


class Recurrent(Layer):
    """The loop over time. A subclass gives the cell.

    ``step(x_sum, h_sum, *state)``, with x_sum = x W + b and h_sum = h U, gives the next state and a memory.
    ``step_backward(memory, *state, *dstate)`` gives the gradients of x_sum, of h_sum, and of the state before the
    step, this one without what reaches it through h_sum. Without use_bias there is no b.
    """

    gates, states = 1, 1  # blocks of ``units`` columns in the kernels; arrays that one step hands to the next

    def __init__(self, inputs, units, rng, return_sequences=False, return_state=False, use_bias=True):
        super().__init__(**_first_weights(inputs, units, self.gates, rng, use_bias))
        self.return_sequences, self.return_state = return_sequences, return_state

    def forward(self, x, training=False, initial_state=None, mask=None):
        """y, or, with return_state, (y, h), for an LSTM (y, h, c): the state after the last step.

        initial_state: [h], for an LSTM [h, c]; zeros when not given   mask: (batch, time), False where a step is
        only padding, which keeps the state and repeats the output before it (0 where there is none), as in Keras
        """
        states, mask, memories = [_checked_state(self, x, initial_state)], checked_mask(x, mask), []
        x, bias = limits.floats(x), np.atleast_2d(self.params.get("bias", 0))[0]
        x_sums = x.swapaxes(0, 1) @ self.params["kernel"] + bias
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
        (dys, *dstate), dsums = _output_gradients(self, dy, mask, states), []
        for t in reversed(range(len(memories))):
            dstate[0] = dstate[0] + dys[:, t]
            dx_sum, dh_sum, *before = self.step_backward(memories[t], *states[t], *dstate)
            before[0] = before[0] + dh_sum @ self.params["recurrent_kernel"].T
            dstate = _choose(mask[:, t, None], before, dstate)
            dsums.append(_choose(mask[:, t, None], (dx_sum, dh_sum), (0, 0)))
        self.d_initial_state = dstate
        self.dx_sums, dh_sums = (np.stack(d[::-1], axis=1) for d in zip(*dsums, strict=True))
        self.grads = _weight_gradients(self.params, x, states, self.dx_sums, dh_sums)
        return self.dx_sums @ self.params["kernel"].T


def _first_weights(inputs, units, gates, rng, use_bias):
    inputs, units = limits.whole("inputs", inputs), limits.whole("units", units)
    width = gates * units
    kernels = glorot_uniform((inputs, width), rng), orthogonal((units, width), rng)
    bias = {"bias": np.zeros(width)} if use_bias else {}
    return {"kernel": kernels[0], "recurrent_kernel": kernels[1], **bias}


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


def _weight_gradients(params, x, states, dx_sums, dh_sums):
    """Sums over all examples and steps. A bias of two rows has one for x W and one for h U."""
    h = np.stack([h for h, *_ in states[:-1]], axis=1)
    grads = {"kernel": over_steps(x, dx_sums), "recurrent_kernel": over_steps(h, dh_sums)}
    if "bias" in params:
        dbias = np.stack([dx_sums.sum(axis=(0, 1)), dh_sums.sum(axis=(0, 1))])
        grads["bias"] = dbias if params["bias"].ndim == 2 else dbias[0]
    return grads


def over_steps(x, d):
    """The gradient of a kernel: what it was multiplied by, times what came of it, over all examples and steps."""
    return np.tensordot(x, d, ((0, 1), (0, 1)))


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
    return [limits.floats(s) for s in initial_state]


def checked_mask(x, mask):
    """The mask, or one that is True everywhere."""
    steps = np.shape(x)[:2]
    mask = np.ones(steps, bool) if mask is None else np.asarray(mask)
    return limits.shape("mask", limits.true_or_false("mask", mask), *steps)

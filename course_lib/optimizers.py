"""Optimizers: from gradients to the next weights.

``step(params, grads)`` updates every array of params in place. A subclass writes the rule for one array w with
gradient g: ``s`` is that array's own memory, in which every entry starts at 0, and ``t`` counts steps from 1. Names,
defaults and formulas are Keras', where epsilon sits inside the root in Adagrad and RMSprop, and beside it in Adam.
"""

from collections import defaultdict
from functools import partial

import numpy as np

from course_lib import limits


class Optimizer:
    """``learning_rate`` is a number, or a schedule: a function of the number of steps done so far.

    clipping: at most one of clipvalue, clipnorm and global_clipnorm, the limit of the function named likewise
    A copy, also one that was pickled, goes on where this one stands, with the arrays of its next step.
    """

    def __init__(self, learning_rate, **clipping):
        self.learning_rate = learning_rate
        self.clip = _clip_function(clipping)
        self.iterations = 0
        self.params, self.shapes = None, None
        self.memory = defaultdict(_zeros)
        self.current_rate()

    def __getstate__(self):
        return vars(self) | {"params": None}

    def current_rate(self):
        """The learning rate of the next step."""
        rate = self.learning_rate
        return limits.from_zero("learning_rate", rate(self.iterations) if callable(rate) else rate)

    def step(self, params, grads):
        params, grads = list(params), list(grads)
        self.params = _known(self.params, self.shapes, params)
        _check(params, grads)
        # As wide as the weights: the square of 300 is ∞ in 16 bits, and that of 16 is 0 in uint8.
        grads = [np.asarray(g, np.result_type(w, g)) for w, g in zip(params, map(np.asarray, grads), strict=True)]
        self.shapes = [w.shape for w in params]
        lr = self.current_rate()
        self.iterations += 1
        for i, (w, g) in enumerate(zip(params, self.clip(grads), strict=True)):
            w[...] = self.update(w, g, self.memory[i], lr, self.iterations)

    def update(self, w, g, s, lr, t):
        raise NotImplementedError


class SGD(Optimizer):
    """Downhill: w - lr g. Cauchy, 1847; a batch at a time, Robbins and Monro, 1951."""

    def __init__(self, learning_rate=0.01, **clipping):
        super().__init__(learning_rate, **clipping)

    def update(self, w, g, s, lr, t):
        return w - lr * g


class Momentum(Optimizer):
    """A ball rolling downhill (Polyak, 1964), or, with ``nesterov``, one that looks ahead (Sutskever et al., 2013).

    Keras calls it SGD(momentum=0.9).
    """

    def __init__(self, learning_rate=0.01, momentum=0.9, nesterov=False, **clipping):
        super().__init__(learning_rate, **clipping)
        self.momentum, self.nesterov = limits.below_one("momentum", momentum), nesterov

    def update(self, w, g, s, lr, t):
        s["velocity"] = self.momentum * s["velocity"] - lr * g
        if self.nesterov:
            return w + self.momentum * s["velocity"] - lr * g
        return w + s["velocity"]


class Adagrad(Optimizer):
    """Divide each gradient by the size of all before it: what moved much moves less. Duchi et al., 2011."""

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **clipping):
        super().__init__(learning_rate, **clipping)
        self.initial_accumulator_value = limits.from_zero("initial_accumulator_value", initial_accumulator_value)
        self.epsilon = limits.from_zero("epsilon", epsilon)

    def update(self, w, g, s, lr, t):
        s["sum"] = s["sum"] + g**2
        return w - lr * g / np.sqrt(self.initial_accumulator_value + s["sum"] + self.epsilon)


class RMSprop(Optimizer):
    """Divide each gradient by its recent size. Tieleman and Hinton, 2012."""

    def __init__(self, learning_rate=0.001, rho=0.9, epsilon=1e-7, **clipping):
        super().__init__(learning_rate, **clipping)
        self.rho, self.epsilon = limits.below_one("rho", rho), limits.from_zero("epsilon", epsilon)

    def update(self, w, g, s, lr, t):
        s["v"] = self.rho * s["v"] + (1 - self.rho) * g**2
        return w - lr * g / np.sqrt(s["v"] + self.epsilon)


class Adam(Optimizer):
    """Momentum and RMSprop, both corrected for starting at 0. Kingma and Ba, 2015, section 2's last form."""

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **clipping):
        super().__init__(learning_rate, **clipping)
        self.beta_1, self.beta_2 = limits.below_one("beta_1", beta_1), limits.below_one("beta_2", beta_2)
        self.epsilon = limits.from_zero("epsilon", epsilon)

    def update(self, w, g, s, lr, t):
        s["m"] = self.beta_1 * s["m"] + (1 - self.beta_1) * g
        s["v"] = self.beta_2 * s["v"] + (1 - self.beta_2) * g**2
        correction = np.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        return w - lr * correction * s["m"] / (np.sqrt(s["v"]) + self.epsilon)


class AdamW(Adam):
    """Adam with weight decay kept out of the gradient. Loshchilov and Hutter, 2019."""

    def __init__(self, learning_rate=0.001, weight_decay=0.004, **adam):
        super().__init__(learning_rate, **adam)
        self.weight_decay = limits.from_zero("weight_decay", weight_decay)

    def update(self, w, g, s, lr, t):
        return super().update(w - lr * self.weight_decay * w, g, s, lr, t)


def clip_by_value(grads, limit):
    """Every entry cut off at ± limit: the direction may change. Returns a new list, as do the other two."""
    limits.above_zero("limit", limit)
    return [np.clip(limits.floats(g), -limit, limit) for g in grads]


def clip_by_norm(grads, limit):
    """Each array that is longer than limit, shortened to it: its direction stays."""
    return [limits.floats(g) * limit / max(norm, limit) for g, norm in zip(grads, _norms(grads, limit), strict=True)]


def clip_by_global_norm(grads, limit):
    """All arrays shortened alike, as if they were one long one. Pascanu et al., 2013."""
    length = np.linalg.norm(_norms(grads, limit))
    return [limits.floats(g) * limit / max(length, limit) for g in grads]


def _norms(grads, limit):
    """The length of each array. If one is infinite, cutting to it would silently make zeros of all the others."""
    limits.above_zero("limit", limit)
    return limits.finite("grads, to be clipped by norm,", [np.linalg.norm(g) for g in grads])


CLIPPING = {"clipvalue": clip_by_value, "clipnorm": clip_by_norm, "global_clipnorm": clip_by_global_norm}


def _clip_function(clipping):
    """What a step does to the gradients first: one of ``CLIPPING``, or nothing."""
    chosen = {name: limit for name, limit in clipping.items() if limit is not None}
    if not set(chosen) <= set(CLIPPING) or len(chosen) > 1:
        raise ValueError(f"clipping takes at most one of {', '.join(CLIPPING)}; got {', '.join(chosen)}")
    for name, limit in chosen.items():
        limits.above_zero(name, limit)
        return partial(CLIPPING[name], limit=limit)
    return list


def _zeros():
    """The memory of one array: every name in it starts at 0."""
    return defaultdict(float)


def _known(known, shapes, params):
    """The arrays of the first step: of a copy, those of its next step, if they have the same shapes."""
    wanted = params if known is None else known
    if len(params) != len(wanted) or any(a is not b for a, b in zip(params, wanted, strict=True)):
        raise ValueError("params must be the arrays of the first step; for others, make an optimizer of their own")
    if shapes is not None and shapes != [np.shape(w) for w in params]:
        raise ValueError(f"params must have the shapes of the first step, {shapes}")
    if len({id(w) for w in params}) < len(params):
        raise ValueError("params must hold each array once: one that has two places has one gradient, the sum of both")
    return wanted


def _check(params, grads):
    if len(grads) != len(params):
        raise ValueError(f"grads must hold an array for each of {len(params)} params, got {len(grads)}")
    for w, g in zip(params, grads, strict=True):
        if w.shape != np.shape(g) or not np.issubdtype(w.dtype, np.floating):
            got = f"{w.dtype} in {w.shape}, {np.shape(g)}"
            raise ValueError(f"params must hold floats, and grads arrays of the same shapes, got {got}")

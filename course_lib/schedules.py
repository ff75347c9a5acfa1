"""Schedules: learning rates that follow the number of steps done so far.

Each is called with a step, or with an array of steps to be drawn. Names, arguments and values are Keras' (in
``keras.optimizers.schedules``), except that warming up stands alone here, before any other schedule.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from course_lib import limits


@dataclass(frozen=True)
class PiecewiseConstantDecay:
    """values[0] up to and including step boundaries[0], values[1] up to boundaries[1], and so on."""

    boundaries: Sequence[int]
    values: Sequence[float]

    def __post_init__(self):
        limits.all_from_zero("values", limits.shape("values", limits.floats(self.values), "n"))
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(f"values must be one more than the {len(self.boundaries)} boundaries, got {self.values}")
        if not (np.diff(limits.shape("boundaries", limits.floats(self.boundaries), "n")) > 0).all():
            raise ValueError(f"boundaries must rise, got {self.boundaries}")

    def __call__(self, step):
        return limits.floats(self.values)[np.searchsorted(self.boundaries, step)]


@dataclass(frozen=True)
class ExponentialDecay:
    """rate · decay_rate^(step / decay_steps), or with ``staircase`` only after each full decay_steps."""

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False

    def __post_init__(self):
        limits.from_zero("initial_learning_rate", self.initial_learning_rate)
        limits.above_zero("decay_steps", self.decay_steps)
        limits.above_zero("decay_rate", self.decay_rate)

    def __call__(self, step):
        passed = np.asarray(step, float) / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (np.floor(passed) if self.staircase else passed)


@dataclass(frozen=True)
class CosineDecay:
    """Half a cosine wave, from the rate down to alpha of it, then level. Loshchilov and Hutter, 2017."""

    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0

    def __post_init__(self):
        limits.from_zero("initial_learning_rate", self.initial_learning_rate)
        limits.above_zero("decay_steps", self.decay_steps)
        limits.share("alpha", self.alpha)

    def __call__(self, step):
        passed = np.minimum(np.asarray(step, float) / self.decay_steps, 1)
        wave = (1 + np.cos(np.pi * passed)) / 2
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


@dataclass(frozen=True)
class LinearWarmup:
    """A straight line, from a low rate to where ``after`` begins, for large steps are risky at first.

    after: a schedule, which starts to count when this is over, or a number. Goyal et al., 2017. With a CosineDecay
    it is Keras' CosineDecay(warmup_target=…, warmup_steps=…).
    """

    warmup_steps: int
    after: Callable | float
    initial_learning_rate: float = 0.0

    def __post_init__(self):
        limits.above_zero("warmup_steps", self.warmup_steps)
        limits.from_zero("initial_learning_rate", self.initial_learning_rate)
        limits.from_zero("after", self._after(0))

    def __call__(self, step):
        step, start, target = np.asarray(step, float), self.initial_learning_rate, self._after(0)
        rising = start + (target - start) * np.minimum(step, self.warmup_steps) / self.warmup_steps
        later = self._after(np.maximum(step - self.warmup_steps, 0))
        return np.where(step < self.warmup_steps, rising, later)[()]

    def _after(self, step):
        return self.after(step) if callable(self.after) else self.after

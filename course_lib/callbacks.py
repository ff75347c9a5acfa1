"""Callbacks: what is to be done while ``fit`` is at work. Names and rules are those of Keras' callbacks."""

import numpy as np

from course_lib import limits


class Callback:
    """A subclass overrides what it needs.

    fit sets ``network`` and ``optimizer`` before it begins. ``stop_training = True`` ends it after the epoch.
    logs: a dict such as {"loss": 0.5, "val_loss": 0.6}; after a batch, the means of the epoch so far, as in Keras
    """

    stop_training = False

    def on_train_begin(self, logs=None):
        pass

    def on_train_batch_end(self, batch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass


class Progress(Callback):
    """Print a line for every so many epochs."""

    def __init__(self, every=1):
        # By its type, too: Python would refuse 3.0 without a sentence.
        self.every = limits.whole("every", every, kinds=(bool, int, np.integer))

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            print(f"epoch {epoch + 1}:", "  ".join(f"{name} {value:.4f}" for name, value in logs.items()))


class _Watch(Callback):
    """Waits for a value to improve: a change for the better by more than min_delta. NaN is never an improvement."""

    def __init__(self, monitor, min_delta, patience, mode):
        limits.one_of("mode", mode, ("min", "max"))
        limits.from_zero("patience", patience)
        limits.from_zero("min_delta", min_delta)
        self.monitor, self.min_delta, self.patience, self.mode = monitor, min_delta, patience, mode

    def on_train_begin(self, logs=None):
        self.best, self.wait = None, 0

    def improved(self, logs):
        """Whether the value is better than the best one before, which it then is itself; else the wait goes on."""
        limits.one_of("monitor", self.monitor, logs or {})
        self.wait += 1
        if better := self.improves(logs[self.monitor]):
            self.best, self.wait = logs[self.monitor], 0
        return better

    def improves(self, value):
        if self.best is None:
            return not np.isnan(value)
        gain = self.best - value if self.mode == "min" else value - self.best
        return bool(gain > self.min_delta)


class EarlyStopping(_Watch):
    """Stop when a value, such as the validation loss, has not improved for ``patience`` epochs. Prechelt, 1998.

    monitor: the name of the value in ``fit``'s history. An improvement is a change for the better by more than
    ``min_delta``. mode: "min" where small is good, "max" where large is. NaN is never an improvement.
    restore_best_weights: put the weights of the best epoch back when training ends, whoever ended it; moving averages
    and what is frozen are among them, as in Keras
    """

    def __init__(self, monitor="val_loss", min_delta=0.0, patience=0, mode="min", restore_best_weights=False):
        super().__init__(monitor, min_delta, patience, mode)
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.best_epoch, self.best_weights = None, None

    def on_epoch_end(self, epoch, logs=None):
        if self.improved(logs):
            self.best_epoch, self.best_weights = epoch, self.network.get_weights()
        # As in Keras, nothing stops after the very first epoch.
        self.stop_training = self.wait >= max(self.patience, 1) and epoch > 0

    def on_train_end(self, logs=None):
        if self.restore_best_weights and self.best_weights is not None:
            self.network.set_weights(self.best_weights)


class ReduceLROnPlateau(_Watch):
    """Multiply the learning rate by ``factor`` when a value has not improved for ``patience`` epochs.

    monitor, min_delta, mode: as for ``EarlyStopping``   cooldown: epochs after a reduction that do not count
    min_lr: the rate stays at or above it. The optimizer's learning rate must be a number, not a schedule.
    """

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, mode="min", min_delta=1e-4, cooldown=0, min_lr=0.0):
        super().__init__(monitor, min_delta, patience, mode)
        self.factor, self.cooldown = limits.below_one("factor", factor), limits.from_zero("cooldown", cooldown)
        self.min_lr = limits.from_zero("min_lr", min_lr)

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.cooling = 0
        if callable(self.optimizer.learning_rate):
            raise ValueError("learning_rate must be a number for ReduceLROnPlateau to reduce, got a schedule")

    def on_epoch_end(self, epoch, logs=None):
        self.cooling = max(self.cooling - 1, 0)
        if not self.improved(logs) and self.cooling:
            self.wait = 0
        rate = self.optimizer.learning_rate
        if self.wait >= max(self.patience, 1) and rate > self.min_lr:
            self.optimizer.learning_rate = max(rate * self.factor, self.min_lr)
            self.cooling, self.wait = self.cooldown, 0

"""Letters with pauses between them, networks that keep the last letter, and what to say of one that does not."""

import numpy as np

from course_lib.checking.answers import NotYet
from course_lib.checking.models import compiled

RIGHT, RIGHT_LATER, LATER = 0.95, 0.9, 20
TOO_MANY = "Eight or twelve units are plenty."
ONE_ANSWER = "There is one answer for each sequence: Dense(4), after a layer that returns its last state only."
NO_ORDER = "It says the same when the steps are shuffled: nothing in it knows what came last. A recurrent layer does."
DEAF = (
    "It does not hear the first six steps: what came there changes nothing. Give all steps to a recurrent layer; if it "
    "has one, the learning rate is far too large."
)
NOT_TRAINED = (
    "That is hardly better than guessing. Was it trained, with a loss for whole numbers as answers, and does the loss "
    "know what it gets: from_logits=True after Dense(4), without it after a softmax? Then its learning rate does not "
    "fit: Adam's usual 0.001 is far too small here, and 1 far too large. Try 0.03."
)
NOT_ENOUGH = "It is on its way: a learning rate of 0.03 with Adam, smaller batches or more epochs help."
ANY_LENGTH = "It has to take 12 steps and 32: begin it with keras.Input((None, 5)), and without Flatten."
FADES = "It forgets while nothing happens. A layer with gates keeps its state; more epochs or units help, too."


def sequences(rng, n, time=12):
    """One-hot letters 0 to 3 and pauses, which are 4, the first never: (n, time, 5), and the last letters: (n,)."""
    signs = np.where(rng.random((n, time)) < 0.25, rng.integers(0, 4, (n, time)), 4)
    signs[:, 0] = rng.integers(0, 4, n)
    last = time - 1 - (signs[:, ::-1] < 4).argmax(axis=1)
    return np.eye(5, dtype="float32")[signs], signs[np.arange(n), last]


def with_pauses(x, time=LATER):
    """The same sequences with more pauses behind them."""
    return np.concatenate([x, np.broadcast_to(np.eye(5, dtype=x.dtype)[4], (len(x), time, 5))], axis=1)


def keeper(*layers, fit=None, epochs=1, time=None):
    """A model of sequences (n, time, 5), trained where it is given ``fit``.

    layers: functions that make a layer of ``keras.layers``; a Dense(4) comes behind them
    time: the number of steps, None for any
    """
    from course_lib.page import quiet

    with quiet():
        import keras
    keras.utils.set_random_seed(0)
    made = [layer(keras.layers) for layer in layers]
    model = keras.Sequential([keras.Input((time, 5)), *made, keras.layers.Dense(4)])
    if fit is not None:
        model = compiled(model, lambda losses: losses.SparseCategoricalCrossentropy(from_logits=True), rate=0.03)
        model.fit(*fit, batch_size=32, epochs=epochs, verbose=0)
    return model


def judged(trial, x, y):
    """``NotYet`` unless the model built last keeps the last letter: of x, and of x with more pauses."""
    said = trial.predicted(x, 4, "sequences", f". {ONE_ANSWER}")
    try:
        later = trial.predicted(with_pauses(x), 4, "longer sequences", f". {ONE_ANSWER}")
    except NotYet as reason:
        reason.parts["hint"] = ANY_LENGTH
        raise
    trial.finite(said)
    trial.finite(later)
    right, right_later = (np.mean(outputs.argmax(axis=1) == y) for outputs in (said, later))
    if right < RIGHT:
        found = f"It is right for {right:.1%} of {len(x)} new sequences; {RIGHT:.0%} were wanted."
        trial.require(False, found, why_not(trial, x, said, right))
    found = f"With {LATER} more pauses behind them it is right for {right_later:.1%}; {RIGHT_LATER:.0%} were wanted."
    trial.require(right_later >= RIGHT_LATER, found, FADES)


def why_not(trial, x, said, right):
    """The words for a model that is right too rarely. said: what it makes of x   right: the share that is right"""

    def unmoved(changed):
        return np.allclose(trial.ask("predict", changed), said, rtol=1e-3, atol=1e-3)

    if unmoved(np.concatenate([x[::-1, :6], x[:, 6:]], axis=1)):
        return DEAF
    if unmoved(trial.rng.permutation(x, axis=1)):
        return NO_ORDER
    return NOT_TRAINED if right < 0.5 else NOT_ENOUGH

"""Digits with noise, models that take it away, and what to say of one that does not."""

import numpy as np

from course_lib.checking.models import keras_model

PIXELS, NOISE, GIVEN, NEW = 64, 0.5, 1000, 400
MOST, ALLOWED = 20_000, 0.045
TOO_LARGE = "A layer of 128 neurons between 64 and 64 is enough."
WRONG_SHAPE = "One number for each of 64 pixels: the last layer is Dense(64)."
CONSTANT = "It says the same whatever it reads. With relu at the end, or a high rate, neurons can die: use sigmoid."
HANDS_ON = "It hands on what it gets, noise and all. Fit it to noisy as input and digits as target."
ONLY_CLEAN = "It copies digits without noise well, and has not met noise. Its input in training has to be noisy."
SAYS_NOISE = "It says the noise. Take it away from the input, or train with digits as target."
SAYS_LOGITS = "It says numbers far outside 0 to 1: logits? Then put a sigmoid at the end, and from_logits=False."
GUESSING = (
    "The mean of all digits would do as well. Was it trained? With Adam's usual rate, 0.001, it takes longer: "
    "try 0.003 and 15 epochs."
)
BY_HEART = "It has learnt the given noise by heart: on these digits it is far better. Fewer epochs, or fewer neurons."
ON_ITS_WAY = "It takes noise away, and not yet enough. More epochs, a rate of 0.003, or more neurons help."


def noisy_digits(x, rng):
    """(noisy, clean) to learn from, and others to be judged by. All (n, 64) float32. x: all digits"""
    x = x.reshape(-1, PIXELS)[rng.permutation(len(x))[: GIVEN + NEW]]
    noisy = x + NOISE * rng.standard_normal(x.shape, "float32")
    return (noisy[:GIVEN], x[:GIVEN]), (noisy[GIVEN:], x[GIVEN:])


def error(made, clean):
    """The mean square of what is wrong in a pixel."""
    return float(np.mean((made - clean) ** 2))


def why_not(trial, given, new, made):
    """The words for a model whose error is too large. made: what it makes of the new noisy ones"""
    noisy, clean = new
    if np.ptp(made, axis=0).max() < 1e-3:
        return CONSTANT
    wrong = error(made, clean)
    if min(made.min(), -made.max()) < -4:
        return SAYS_LOGITS
    if error(noisy - made, clean) < wrong / 3:
        return SAYS_NOISE
    if error(made, noisy) < wrong:
        return HANDS_ON
    if error(trial.ask("predict", clean), clean) < wrong / 3:
        return ONLY_CLEAN
    if error(trial.ask("predict", given[0]), given[1]) < wrong / 2:
        return BY_HEART
    return GUESSING if wrong > 0.9 * float(np.mean(clean.var(axis=0))) else ON_ITS_WAY


def _cleaner(*layers, **training):
    return lambda noisy, clean: keras_model(PIXELS, *layers, (PIXELS, "sigmoid"), **training)


WRONG_MODELS = {
    TOO_LARGE: _cleaner((256, "relu")),
    WRONG_SHAPE: lambda noisy, clean: keras_model(PIXELS, (32, "relu"), 10),
    CONSTANT: lambda noisy, clean: keras_model(PIXELS, 64, weights=[np.zeros((64, 64)), np.zeros(64)]),
    HANDS_ON: lambda noisy, clean: keras_model(PIXELS, 64, weights=[np.eye(64), np.zeros(64)]),
    GUESSING: _cleaner((128, "relu")),
}

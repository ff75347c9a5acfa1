"""Deep networks that tell two rings apart, and what to say of one that does not."""

import numpy as np

from course_lib.checking.forms import is_squeezed
from course_lib.checking.models import keras_model

DEPTH, MOST_PARAMETERS, LEAST_RIGHT = 8, 350, 0.95
TOO_SHALLOW = "Eight hidden layers are wanted, one behind the other, and then the one that gives the logit."
TOO_MANY = "Narrower layers will do: eight hidden layers of n neurons cost 7n² + 11n + 1 parameters here."
SQUEEZED = "Its outputs stay within bounds, so something squeezes them. A logit comes from a linear neuron."
AT_A_HALF = "It tells the rings apart at ½ and not at 0: these are shares. Take a loss that knows that it gets logits."
TURNED = "It takes each ring for the other. Class 1, with a logit above 0, is the inner one."
NO_BLAME = (
    "Its hidden layers are sigmoids. A sigmoid's slope is 1/4 at most, so through eight of them hardly any "
    "blame comes back to the first layers. Choose one with a slope near 1."
)
NOTHING_BENDS = "Its hidden layers are linear: however many there are, together they draw one straight line."
NOT_TRAINED = (
    "That is near guessing. Was it trained at all, at a fitting rate? And does the loss know that it gets logits?"
)
NOT_ENOUGH = "It is on its way. More epochs or another learning rate help, and a loss that knows that it gets logits."


def deep_model(hidden=(6,) * 8, activation="tanh", output="linear"):
    """A model that is not trained, of a given form: what a learner has who made one mistake."""
    return keras_model(2, *((units, activation) for units in hidden), (1, output))


def why_wrong(model, logits, y):
    """The likeliest reason for too many wrong answers."""
    if set(model["bends"]) == {"sigmoid"}:
        return NO_BLAME
    if is_squeezed(model, logits):
        return SQUEEZED
    if np.mean((logits > 0.5) == y) > 0.9:
        return AT_A_HALF
    right = np.mean((logits > 0) == y)
    return TURNED if right < 0.2 else NOT_TRAINED if right < 0.6 else NOT_ENOUGH


WRONG_DEEP = {
    TOO_SHALLOW: lambda x, y: deep_model([16]),
    TOO_MANY: lambda x, y: deep_model([16] * 8),
    SQUEEZED: lambda x, y: deep_model(output="sigmoid"),
    NO_BLAME: lambda x, y: deep_model(activation="sigmoid"),
    NOTHING_BENDS: lambda x, y: deep_model(activation="linear"),
    NOT_TRAINED: lambda x, y: deep_model(),
}

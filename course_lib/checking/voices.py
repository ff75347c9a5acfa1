"""Eight voices at once, networks that listen to them, and what to say of one that does not find the loudest."""

import numpy as np

from course_lib.checking.forms import is_squeezed
from course_lib.checking.models import compiled

TOO_MANY = "A score for each voice needs three: two weights and a bias, the same for all eight voices."
KNOWS_PLACES = (
    "It answers otherwise when the voices are shuffled: it has weights for places (Flatten, or a recurrent layer?). "
    "Give each voice its score with the same Dense(1), and softmax over the voices."
)
SQUEEZED = "Half of what is said is below 0; the last layer lets nothing below 0 out."
DEAF = (
    "It does not listen to the volume: with all volumes alike it says the same. A plain mean? "
    "Or a softmax along the last axis, which has length 1? Keras' Softmax needs axis=1 here."
)
NOT_TRAINED = (
    "That is near guessing. Was it trained, with mse or mae? Then its learning rate is far too small (Adam's usual "
    "0.001 is): try 0.1."
)
NOT_ENOUGH = (
    "It is on its way. Is there a softmax over the voices? Then a larger learning rate (0.1) or more epochs sharpen it."
)


def voices(rng, n):
    """Eight voices with the volumes −3.5 to 3.5 in any order, each saying a number from −1 to 1, and what is right.

    returns: (n, 8, 2), and what the loudest says: (n, 1)
    """
    volume = rng.permuted(np.tile(np.arange(8) - 3.5, (n, 1)), axis=1)
    said = rng.uniform(-1, 1, (n, 8))
    return np.stack([volume, said], axis=-1), said[np.arange(n), volume.argmax(axis=1)][:, None]


def listener(score, mix, fit=None, epochs=0, rate=0.1, hidden=None, last="linear"):
    """A model of voices (n, 8, 2), trained where it is given ``fit``.

    score: "each", "flat" or "none"   mix: the axis of the softmax, or "mean"
    hidden: neurons of a layer behind "flat"   last: the activation of the last layer
    """
    from course_lib.page import quiet

    with quiet():
        import keras
    keras.utils.set_random_seed(0)
    layers, inputs = keras.layers, keras.Input((8, 2))
    if score == "flat":
        out = layers.Flatten()(inputs)
        out = layers.Dense(hidden, "relu")(out) if hidden else out
    elif mix == "mean":
        out = layers.GlobalAveragePooling1D()(inputs)
    else:
        weights = layers.Softmax(axis=mix)(layers.Dense(1)(inputs))
        out = layers.Flatten()(layers.Dot(axes=1)([weights, inputs]))
    model = keras.Model(inputs, layers.Dense(1, last)(out))
    if fit is not None:
        compiled(model, "mse", rate=rate).fit(*fit, batch_size=64, epochs=epochs, verbose=0)
    return model


def why_not(trial, model, x, said, error):
    """The words for a model that said too little of the loudest. said: what it makes of x   error: how far off it is"""
    if _moved(trial, x[:, ::-1].copy(), said) > 1e-3:
        return KNOWS_PLACES
    if said.min() >= 0 and is_squeezed(model, said):
        return SQUEEZED
    if _moved(trial, x * [0.0, 1.0], said) < 0.02:
        return DEAF
    # A plain mean of the eight is off by 0.44, the best weights without a softmax by 0.37.
    return NOT_TRAINED if error > 0.4 else NOT_ENOUGH


def _moved(trial, x, said):
    return np.abs(trial.ask("predict", x) - said).mean()


WRONG_LISTENERS = {
    TOO_MANY: lambda x, y: listener("flat", None, hidden=16),
    KNOWS_PLACES: lambda x, y: listener("flat", None, (x, y), 2),
    SQUEEZED: lambda x, y: listener("each", 1, (x, y), 2, last="relu"),
    DEAF: lambda x, y: listener("none", "mean", (x, y), 2),
    NOT_TRAINED: lambda x, y: listener("each", 1),
    NOT_ENOUGH: lambda x, y: listener("each", 1, (x, y), 2),
}

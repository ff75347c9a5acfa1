"""The games of a GAN of two points, and the usual slips in playing them: as what they change in the right answer."""

import numpy as np


def game_cases(rng):
    """(real, made, w, rate, decay, rounds)"""
    yield np.array([2.0]), np.array([0.0]), np.array([0.0]), 1.0, 0.0, 1
    yield np.array([1.0, 0.0]), np.array([0.0, 0.5]), np.array([0.5, -1.0]), 0.5, 0.0, 2
    yield np.array([1.0, -1.0]), np.array([0.0, 0.5]), np.array([0.3, 0.2]), 0.2, 0.5, 0
    for decay in (0.0, 0.5, 1.2):
        real, made, w = rng.normal(size=(3, int(rng.integers(2, 5))))
        yield real, made, w, float(rng.uniform(0.2, 0.6)), decay, int(rng.integers(3, 7))


WRONG_GAMES = {
    "The generator's step is taken with the new w.": (
        "w = w + rate → new = w + rate; "
        "way.append(way[-1] + rate * sigmoid(-w @ way[-1]) * w) → "
        "way.append(way[-1] + rate * sigmoid(-w @ way[-1]) * w)\n        w = new"
    ),
    "The decay is missing in the discriminator's step.": "- decay * w → ",
    "The slope of decay / 2 · ‖w‖² is decay · w, not twice that.": "- decay * w → - 2 * decay * w",
    "The slope of decay / 2 · ‖w‖² is decay · w, not half of it.": "- decay * w → - decay / 2 * w",
    "The decay makes w smaller.": "- decay * w → + decay * w",
    "The decay has the rate in front of it, too.": "- decay * w) → ) - decay * w",
    "The decay is of w as it was before the step.": (
        "w = w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1] - decay * w) → "
        "w = (1 - rate * decay) * (w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1]))"
    ),
    "The generator goes where the discriminator takes it for real. Yours flees.": ("way[-1] + rate → way[-1] - rate"),
    "Downhill on its loss: the discriminator makes the real point's logit larger.": "w = w + rate → w = w - rate",
    "The discriminator should take the made point for made: a minus in front of it.": (
        "real - sigmoid(w @ way[-1]) → real + sigmoid(w @ way[-1])"
    ),
    "That is the generator of ln(1 − D), whose slope fades where D is sure. Here it is −ln D.": (
        "sigmoid(-w @ way[-1]) * w → sigmoid(w @ way[-1]) * w"
    ),
    "The slope of −ln σ(z) is −σ(−z), which is σ(z) − 1.": "sigmoid(-w @ real) → sigmoid(w @ real)",
    "The slope of −ln(1 − σ(z)) is σ(z).": "real - sigmoid(w @ way[-1]) → real - sigmoid(-w @ way[-1])",
    "The real point's part in w's slope is real itself, times σ(−w · real).": (
        "sigmoid(-w @ real) * real → sigmoid(-w @ real) * w"
    ),
    "It moves along w, not along itself.": "sigmoid(-w @ way[-1]) * w → sigmoid(-w @ way[-1]) * way[-1]",
    "The made point moves along w, not straight to the real one.": (
        "sigmoid(-w @ way[-1]) * w → sigmoid(-w @ way[-1]) * (real - way[-1])"
    ),
    "The logit's slope is not 1 everywhere: the factors σ(…) are missing.": (
        "sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1] → real - way[-1]"
    ),
    "The generator's step has the factor σ(−w · made).": "rate * sigmoid(-w @ way[-1]) * w → rate * w",
    "Where the made point began is part of its way.": "np.array(way) → np.array(way[1:])",
    "The whole way is wanted, a row for each round and one for the beginning.": "np.array(way) → way[-1]",
    "Each round has two steps, the discriminator's first.": (
        "w = w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1] - decay * w) →"
    ),
    "The discriminator moves first, then the generator.": (
        "w = w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1] - decay * w) →; "
        "way.append(way[-1] + rate * sigmoid(-w @ way[-1]) * w) → "
        "way.append(way[-1] + rate * sigmoid(-w @ way[-1]) * w)\n"
        "        w = w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1] - decay * w)"
    ),
    "The discriminator's two losses are added up, not averaged.": (
        "sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1] → "
        "(sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1]) / 2"
    ),
    "The decay is the discriminator's: the made point has none.": (
        "rate * sigmoid(-w @ way[-1]) * w → rate * (sigmoid(-w @ way[-1]) * w - decay * way[-1])"
    ),
    "The steps are `rate` long, both of them.": "w = w + rate * → w = w +",
    "That is the same array in each row, which moves on: way.append needs a new one, so no +=.": (
        "return np.array(way) → return np.array([way[-1]] * len(way))"
    ),
}

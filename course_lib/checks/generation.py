"""Chapter 13's checks: noise and distances by hand, losses and measures, a game of two points, and drawing from noise.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import numpy as np

from course_lib.activations import sigmoid, softmax
from course_lib.checking.cleaning import (
    ALLOWED,
    MOST,
    NEW,
    PIXELS,
    TOO_LARGE,
    WRONG_MODELS,
    WRONG_SHAPE,
    error,
    noisy_digits,
    why_not,
)
from course_lib.checking.drawing_from_noise import WRONG_DRAWINGS, drawing_cases
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.noise_numbers import WRONG_DISTANCES, WRONG_NOISE
from course_lib.checking.two_points import WRONG_GAMES, game_cases
from course_lib.data import digits

CHAPTER = "13-generation"


@value(
    "What is left after one step is 1 − β. After two it is the product.",
    "The roots are 0.6 and 0.8: x_2 = 0.6 x_0 + 0.8 ε.",
    "The network solves the same equation for x_0, with its own ε: (x_2 − 0.8 · 0.2) / 0.6.",
    points=1,
    decimals=2,
    mistakes=WRONG_NOISE,
)
def noise_by_hand():
    """Two steps of noise, β = 0.36 and 0.4375, on x_0 = 5 with ε = 0.5, and the x_0 that ε = 0.2 would mean."""
    left = (1 - 0.36) * (1 - 0.4375)
    factor, noise = left**0.5, (1 - left) ** 0.5
    x_2 = 5 * factor + 0.5 * noise
    return {"left": left, "factor": factor, "noise": noise, "x_2": x_2, "guess": (x_2 - 0.2 * noise) / factor}


@value(
    "Two crowds: the gap of the means and that of the standard deviations, each squared, added up.",
    "A crowd of equal numbers has the standard deviation 0.",
    "Half −1 and half 1: each number is 1 away from the mean, 0. So what is the standard deviation?",
    "A logarithm of the variance of 0 is a variance of 1.",
    points=2,
    decimals=2,
    mistakes=WRONG_DISTANCES,
)
def distances_by_hand():
    """Three Fréchet distances of crowds of numbers, and one KL divergence."""
    return {
        "two crowds": (1 - 4) ** 2 + (2 - 6) ** 2,
        "collapsed": (2 - 0) ** 2,
        "two heaps": 0,
        "code": (3**2 + 1 - 1 - 0) / 2,
    }


def _code_cases(rng):
    yield np.array([[2.0, 0.0], [0.0, 0.0]]), np.zeros((2, 2)), 0.5
    yield np.array([[0.0, 1.0, 3.0]]), np.log(np.array([[4.0, 1.0, 0.25]])), 1.0
    yield np.zeros((3, 2)), np.zeros((3, 2)), 0.25
    for floor in (0.0, 0.3, 0.8, 1.5):
        shape = int(rng.integers(3, 6)), int(rng.integers(6, 9))
        yield 2 * rng.normal(size=shape) * rng.uniform(size=shape[1]), rng.normal(size=shape), floor


@implement(
    _code_cases,
    "First the KL divergence of every number, shape (batch, latent), then the mean over the batch: axis=0.",
    "np.maximum(means, floor) puts the floor where a mean is below it.",
    points=2,
    mistakes={
        "The floor is for the mean over the batch, not for each example's number.": (
            "np.maximum(kl.mean(axis=0), floor).sum() → np.maximum(kl, floor).mean(axis=0).sum()"
        ),
        "The floor is for each number of the code, not for their sum.": (
            "np.maximum(kl.mean(axis=0), floor).sum() → np.maximum(kl.mean(axis=0).sum(), floor)"
        ),
        "The floor is for each number of the code, not for each example's sum.": (
            "np.maximum(kl.mean(axis=0), floor).sum() → np.maximum(kl.sum(axis=1), floor).mean()"
        ),
        "Numbers below the floor are raised to it, those above it stay.": "np.maximum → np.minimum",
        "What is below the floor counts as the floor, not as nothing.": (
            "np.maximum(kl.mean(axis=0), floor) → np.where(kl.mean(axis=0) < floor, 0, kl.mean(axis=0))"
        ),
        "The floor is no discount: what is above it stays as it is.": (
            "np.maximum(kl.mean(axis=0), floor) → np.maximum(kl.mean(axis=0) - floor, 0)"
        ),
        "The floor replaces, it is not added.": "np.maximum(kl.mean(axis=0), floor) → (kl.mean(axis=0) + floor)",
        "Where is the floor?": "np.maximum(kl.mean(axis=0), floor) → kl.mean(axis=0)",
        "The floor is for each number of the code, not for the mean of all.": (
            "np.maximum(kl.mean(axis=0), floor).sum() → np.maximum(kl.mean(), floor)"
        ),
        "The divergence is in nats, and so is what is wanted: nothing is divided by ln 2.": (
            "np.maximum(kl.mean(axis=0), floor).sum() → np.maximum(kl.mean(axis=0), floor).sum() / np.log(2)"
        ),
        "The floor is in nats, as the divergence is: it is taken as it comes.": (
            "np.maximum(kl.mean(axis=0), floor) → np.maximum(kl.mean(axis=0), floor * np.log(2))"
        ),
        "Over the batch the mean is taken, not the sum.": "kl.mean(axis=0) → kl.sum(axis=0)",
        "The batch is the first axis: the mean is over axis=0.": "kl.mean(axis=0) → kl.mean(axis=1)",
        "Over the code it is a sum, not a mean.": "floor).sum() → floor).mean()",
        "Add up over the code: one number is wanted.": "floor).sum() → floor)",
        "Divide by 2.": "log_variance) / 2 → log_variance)",
        "σ² is e to the power of log_variance, with nothing divided: the half is for σ.": (
            "np.exp(log_variance) → np.exp(log_variance / 2)"
        ),
        "log_variance is the logarithm already. σ² is e to the power of it.": (
            "np.exp(log_variance) - 1 - log_variance → log_variance - 1 - np.log(np.abs(log_variance))"
        ),
        "log_variance is ln σ², not ln σ.": "np.exp(log_variance) → np.exp(2 * log_variance)",
        "The logarithm of the variance is taken off.": "1 - log_variance → 1 + log_variance",
        "The 1 is taken off, or the divergence would not be 0 where mean is 0 and the variance 1.": "- 1 - → -",
        "The 1 is taken off, not added.": "- 1 - → + 1 -",
        "The mean is squared.": "mean**2 → mean",
        "Both signs are turned round: that is minus the KL divergence.": (
            "(mean**2 + np.exp(log_variance) - 1 - log_variance) / 2 → "
            "(1 + log_variance - mean**2 - np.exp(log_variance)) / 2"
        ),
    },
)
def free_bits(mean, log_variance, floor):
    """The KL divergence from N(0, 1), in which each number of the code counts at least as much as floor.

    mean, log_variance: (batch, latent)
    """
    kl = (mean**2 + np.exp(log_variance) - 1 - log_variance) / 2
    return np.maximum(kl.mean(axis=0), floor).sum()


def _picture_cases(rng):
    yield np.array([[0, 1], [1, 1]]), np.zeros((2, 2)), np.zeros(2)
    yield np.array([[1, 0, 1]]), np.array([[0.0, 2, -1], [0, 0, 1], [0, 0, 0]]), np.array([0.0, 1.0, -1.0])
    yield np.array([[1, 1, 0], [0, 1, 1]]), np.array([[9.0, 1, 2], [7, 8, -3], [6, 5, 4]]), np.array([0.5, 0.0, 1.0])
    for _ in range(4):
        n, pixels = int(rng.integers(2, 5)), int(rng.integers(5, 8))
        pictures = rng.integers(0, 2, (n, pixels))
        yield pictures, 2 * rng.normal(size=(pixels, pixels)), rng.normal(size=pixels)
    yield np.array([[0, 1], [1, 1]]), np.zeros((2, 2)), np.array([40.0, 40.0])
    yield rng.permutation(np.eye(4, dtype=int))[:3], 900 * rng.normal(size=(4, 4)), np.array([900.0, -900, 800, -800])


@implement(
    _picture_cases,
    "np.triu(kernel, 1) keeps W[j, i] for j < i and puts 0 elsewhere; then all logits are pictures @ that + bias.",
    "A 1 costs ln(1 + e^−z) nats, a 0 costs ln(1 + e^z): both are np.logaddexp(0, …).",
    "1 bit is ln 2 nats.",
    points=2,
    mistakes={
        "Only pixels before i count: np.triu(kernel, 1).": "np.triu(kernel, 1) → kernel",
        "A pixel does not see itself: the diagonal is left out, too.": "np.triu(kernel, 1) → np.triu(kernel)",
        "W_ji goes from pixel j to pixel i: what counts is above the diagonal, not below.": (
            "np.triu(kernel, 1) → np.tril(kernel, -1)"
        ),
        "The first index of W is the pixel that is seen, the second the one that comes: pictures @ W.": (
            "np.triu(kernel, 1) → np.tril(kernel, -1).T"
        ),
        "W_ji goes from pixel j to pixel i: pictures @ W, not its transpose. And only pixels before i count.": (
            "np.triu(kernel, 1) → kernel.T"
        ),
        "Turned round: a 1 is likely where the logit is large.": "0.5 - pictures → pictures - 0.5",
        "Add b to the logits.": "+ bias → ",
        "What you have is in nats. Divide by ln 2.": "/ np.log(2) →",
        "Nats are divided by ln 2, not multiplied.": "/ np.log(2) → * np.log(2)",
        "One number for each picture: add up over its pixels, not over the pictures.": "sum(axis=1) → sum(axis=0)",
        "Each picture has its own bits: add up over its pixels only.": "sum(axis=1) → sum()",
        "The bits of a picture are a sum over its pixels, not a mean.": "sum(axis=1) → mean(axis=1)",
        "Add up over the pixels.": ".sum(axis=1) →",
        "Bits are minus the logarithm.": "return np.logaddexp → return -np.logaddexp",
        "Every pixel costs something, a 0 too.": (
            "np.logaddexp(0, 2 * (0.5 - pictures) * logits) → (pictures * np.logaddexp(0, -logits))"
        ),
        "A pixel that is 0 has the probability 1 − sigmoid(z).": (
            "np.logaddexp(0, 2 * (0.5 - pictures) * logits) → np.logaddexp(0, -logits)"
        ),
        "e^900 is infinite, sigmoid(900) is 1, and log 0 is −∞: take ln(1 + e^z) as np.logaddexp(0, z).": (
            "np.logaddexp(0, 2 * (0.5 - pictures) * logits) → -np.log(1 / (1 + np.exp(2 * (0.5 - pictures) * logits)))"
        ),
        "A sigmoid of 900 is 1, log(1 − 1) is −∞, and 0 · ∞ is no number: take ln(1 + e^z), np.logaddexp(0, z).": (
            "np.logaddexp(0, 2 * (0.5 - pictures) * logits) → "
            "-(pictures * np.log(sigmoid(logits)) + (1 - pictures) * np.log(1 - sigmoid(logits)))"
        ),
        "From a logit of 40 on sigmoid is 1, and log(1 − 1) is −∞: take ln(1 + e^z) as np.logaddexp(0, z).": (
            "np.logaddexp(0, 2 * (0.5 - pictures) * logits) → "
            "-np.log(np.where(pictures == 1, sigmoid(logits), 1 - sigmoid(logits)))"
        ),
        "Nothing is to be cut off: a pixel that the model holds for impossible costs as many bits as its logit says.": (
            "np.logaddexp(0, 2 * (0.5 - pictures) * logits) → "
            "-np.log(np.clip(sigmoid(2 * (pictures - 0.5) * logits), 1e-7, 1))"
        ),
        "That adds a little to each probability. Where the model is sure and wrong, it is the bits that matter.": (
            "np.logaddexp(0, 2 * (0.5 - pictures) * logits) → -np.log(sigmoid(2 * (pictures - 0.5) * logits) + 1e-12)"
        ),
    },
)
def bits_of_pictures(pictures, kernel, bias):
    """The bits of each picture, (n,), where each pixel's logit comes of those before it.

    pictures: (n, pixels), 0 and 1   kernel: (pixels, pixels), [j, i] from pixel j to pixel i   bias: (pixels,)
    """
    logits = pictures @ np.triu(kernel, 1) + bias
    return np.logaddexp(0, 2 * (0.5 - pictures) * logits).sum(axis=1) / np.log(2)


def _crowd_cases(rng):
    yield np.array([[0.0], [1.0], [3.0], [9.0]]), np.array([[0.5], [0.6]]), 1
    yield np.array([[0.0], [2.0], [5.0], [9.0]]), np.array([[5.0], [-4.0]]), 2
    yield np.array([[0.0, 0.0], [3.0, 4.0], [9.0, 0.0]]), np.array([[9.0, 6.0]]), 1
    for k in (1, 2, 3, 4):
        centres = 3 * rng.normal(size=(3, 2))
        real = np.concatenate([centre + rng.normal(size=(4, 2)) for centre in centres])
        yield real, rng.permutation(real)[: int(rng.integers(2, 6))] + 0.6 * rng.normal(size=2), k
    for features in (1, 3):
        yield rng.normal(size=(9, features)), 1.5 * rng.normal(size=(int(rng.integers(3, 8)), features)), 2


def _gaps(a, b):
    return np.linalg.norm(a[:, None] - b, axis=2)


@implement(
    _crowd_cases,
    "np.linalg.norm(a[:, None] - b[None], axis=2) has the distances of all rows of a from all rows of b.",
    "Sort each row of the distances from real to real. The first, 0, is the distance of an example from itself.",
    "A real example is covered if the smallest distance to a made one is at most its radius.",
    points=3,
    mistakes={
        "An example is not its own neighbour: the first of the sorted distances, 0, is its own.": (
            "[:, k] → [:, k - 1]"
        ),
        "The circle reaches to the k-th nearest other one, not to the one after it.": "[:, k] → [:, k + 1]",
        "The circle reaches to the k-th nearest, not to the farthest.": "[:, k] → [:, -1]",
        "Sort each row first.": "np.sort(gaps(real, real)) → gaps(real, real)",
        "The circles are those of the real examples: their neighbours are real, too.": (
            "np.sort(gaps(real, real))[:, k] → np.sort(gaps(real, made))[:, min(k, len(made)) - 1]"
        ),
        "Real and made have changed places: it is the real ones that are to be covered.": (
            "radii = np.sort(gaps(real, real))[:, k] → real, made, k = made, real, min(k, len(made) - 1); "
            "return np.mean(gaps(real, made).min(axis=1) <= radii) → "
            "return np.mean(gaps(real, made).min(axis=1) <= np.sort(gaps(real, real))[:, k])"
        ),
        "That counts which of the made ones lie in some circle (precision). Ask the real ones.": (
            "return np.mean(gaps(real, made).min(axis=1) <= radii) → "
            "return np.mean((gaps(made, real) <= radii).any(axis=1))"
        ),
        "The edge is part of the circle.": "<= radii → < radii",
        "Covered are those that have a made one in their circle, not those that have none.": "<= radii → > radii",
        "One made example in the circle is enough: not all have to be there.": ".min(axis=1) → .max(axis=1)",
        "One made example in the circle is enough, not the mean of their distances.": ".min(axis=1) → .mean(axis=1)",
        "Each real example has its own nearest made one: axis=1.": ".min(axis=1) → .min()",
        "Take the share of the real examples, not how many there are.": "return np.mean → return np.sum",
        "Each real example counts once, however many are in its circle (more is called density).": (
            "gaps(real, made).min(axis=1) <= radii → gaps(real, made) <= radii[:, None]"
        ),
        "Distances are lengths: add the squares up and take the root, not the sizes.": (
            "gaps = _gaps → gaps = lambda a, b: np.abs(a[:, None] - b).sum(axis=2)"
        ),
        "Each real example has a circle of its own, not all the same one.": "<= radii → <= radii.mean()",
        "Each example has a circle of its own, not all the largest one.": "<= radii → <= radii.max()",
        "The k-th nearest alone sets the edge, not the mean of the first k.": (
            "np.sort(gaps(real, real))[:, k] → np.sort(gaps(real, real))[:, 1 : k + 1].mean(axis=1)"
        ),
    },
)
def coverage(real, made, k):
    """The share of the real examples that have a made one as near as their k-th nearest real neighbour.

    real: (n, features)   made: (m, features)
    """
    gaps = _gaps
    radii = np.sort(gaps(real, real))[:, k]
    return np.mean(gaps(real, made).min(axis=1) <= radii)


@value(
    "Read each line by line, and ask what it would have to be. What is printed says what to look at.",
    "A: what has the letter σ, and what σ²?",
    "B: the discriminator's step goes up for the real points. Where should it go for the made ones?",
    "C: how much of the noise belongs to the step at which it arrives?",
    points=3,
    mistakes=mistakes_of_entries(
        A={
            1: "the variance is e to the power of its logarithm, as it should be, and line 3 needs it.",
            3: "that is the KL divergence as it stands in the chapter. The code is what spreads too much.",
            4: "it gives back what was computed. What was computed wrongly?",
        },
        B={
            1: "the sigmoid of the real points' logits: as it should be.",
            2: "the sigmoid of the made points' logits: as it should be.",
            4: "the slope of ln σ(w · x) is (1 − σ) w, as it should be.",
            5: "both walk uphill: w on what it knows, the made points on what takes them for real. Is slope right?",
        },
        C={
            1: "what is in x besides the picture, as it should be.",
            2: "divided by its factor at step t, it is noise of the usual size, as it should be.",
            3: "at the earlier step there is more of the picture, and it is the earlier step's factor.",
        },
    ),
)
def broken_makers():
    """A spreads by the variance; B takes the made points for real; C puts back the noise of the step it comes from."""
    return {"A": 2, "B": 3, "C": 4}


@implement(
    game_cases,
    "The slope of −ln σ(z) is −σ(−z), and that of −ln(1 − σ(z)) is σ(z).",
    "So w moves by rate · (σ(−w·real) real − σ(w·made) made − decay w), and then made by rate · σ(−w·made) w.",
    "Keep each place in a list, the first included, and make an array of it.",
    points=3,
    mistakes=WRONG_GAMES,
)
def play(real, made, w, rate, decay, rounds):
    """The made point's way, (rounds + 1, features), in a GAN of two points and a discriminator σ(w · x)."""
    way = [made]
    for _ in range(rounds):
        w = w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ way[-1]) * way[-1] - decay * w)
        way.append(way[-1] + rate * sigmoid(-w @ way[-1]) * w)
    return np.array(way)


@build(
    "A Dense layer of 128 with relu, and one of 64 with sigmoid, since pixels go from 0 to 1.",
    "The input in training is noisy, the target is digits, the loss is mse.",
    "Adam(0.003), 15 epochs in batches of 32. Many more, and it learns the noise by heart.",
    points=4,
    mistakes=WRONG_MODELS,
)
def clean_up(trial):
    """A Keras model of at most 20,000 parameters that takes noise of 0.5 from digits: 0.045 of the square is left."""
    data = digits()
    all_of_them = np.concatenate([data.x_train, data.x_val, data.x_test])
    given, new = noisy_digits(all_of_them, trial.rng)
    count = trial.built(*given)["parameters"]
    trial.require(count <= MOST, f"It has {count:,} parameters; {MOST:,} are allowed.", TOO_LARGE)
    made = trial.ask("predict", new[0])
    said = f"For {NEW} digits its output has the shape {made.shape}; {(NEW, PIXELS)} was wanted."
    trial.require(made.shape == (NEW, PIXELS), said, WRONG_SHAPE)
    trial.finite(made)
    wrong = error(made, new[1])
    if wrong > ALLOWED:
        said = f"On new digits the mean square of what is wrong is {wrong:.4f}; at most {ALLOWED} was wanted."
        trial.require(False, said, why_not(trial, given, new, made))


@implement(
    drawing_cases,
    "Write a function for the guess first: it needs x, the examples to remember, and how much is left.",
    "scores = −(squared distances of x from √ᾱ · examples) / (2 (1 − ᾱ)); softmax over the examples; times examples.",
    "Guide the guess of the picture, compute the noise from it, and put both together with the ᾱ one step earlier.",
    points=4,
    mistakes=WRONG_DRAWINGS,
)
def draw(examples, labels, wanted, noise, left, scale):
    """Pictures of one class, (m, pixels), drawn of noise with what the perfect network would guess, guided.

    examples: (n, pixels)   labels: (n,)   noise: (m, pixels)   left: (steps + 1,), ᾱ from 1 down
    """

    def guess(some):
        gaps = x[:, None] - np.sqrt(left[t]) * some
        return softmax(-np.sum(gaps**2, axis=2) / (2 * (1 - left[t]))) @ some

    x = noise
    for t in range(len(left) - 1, 0, -1):
        u, c = guess(examples), guess(examples[labels == wanted])
        picture = u + scale * (c - u)
        rest = (x - np.sqrt(left[t]) * picture) / np.sqrt(1 - left[t])
        x = np.sqrt(left[t - 1]) * picture + np.sqrt(1 - left[t - 1]) * rest
    return x

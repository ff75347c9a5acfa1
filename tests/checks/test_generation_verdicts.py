"""Chapter 13's checks, tried: right answers written otherwise. What is wrong: see the other test_generation files."""

import math

import numpy as np
import pytest

from course_lib.activations import sigmoid, softmax
from course_lib.checks import generation as check
from course_lib.diffusion import ddim_step, guided
from course_lib.fidelity import nearest
from course_lib.generation import kl_to_standard_normal
from course_lib.losses import binary_crossentropy
from tests.checks.tried import accept, right_ones

NOISE, DISTANCES = check.noise_by_hand.mistakes.right(), check.distances_by_hand.mistakes.right()
LINES = check.broken_makers.mistakes.right()


def free_bits_in_loops(mean, log_variance, floor):
    total = 0.0
    for j in range(len(mean[0])):
        each = [(m[j] ** 2 + math.exp(v[j]) - 1 - v[j]) / 2 for m, v in zip(mean, log_variance, strict=True)]
        total += max(sum(each) / len(each), floor)
    return total


def free_bits_by_the_course(mean, log_variance, floor):
    columns = zip(mean.T[..., None], log_variance.T[..., None], strict=True)
    return sum(max(kl_to_standard_normal(m, v), floor) for m, v in columns)


def free_bits_clipped(mean, log_variance, floor):
    sigma = np.exp(0.5 * log_variance)
    return np.sum(np.clip(np.average(0.5 * (mean**2 + sigma**2) - 0.5 - np.log(sigma), axis=0), floor, None))


def bits_in_loops(pictures, kernel, bias):
    out = []
    for x in pictures:
        bits = 0.0
        for i, pixel in enumerate(x):
            z = float(bias[i]) + sum(float(x[j] * kernel[j][i]) for j in range(i))
            z = -z if pixel else z
            bits += (max(z, 0) + math.log1p(math.exp(-abs(z)))) / math.log(2)
        out.append(bits)
    return np.array(out)


def bits_by_the_course(pictures, kernel, bias):
    seen = np.einsum("nj,ji->ni", pictures, kernel * (np.tri(len(bias)).T - np.eye(len(bias)))) + bias
    pairs = zip(pictures, seen, strict=True)
    return np.array([binary_crossentropy(x.astype(float), z, from_logits=True) * len(x) for x, z in pairs]) / np.log(2)


def bits_by_one_pixel_after_another(pictures, kernel, bias):
    nats = 0
    for i in range(len(bias)):
        z = pictures[:, :i] @ kernel[:i, i] + bias[i]
        nats = nats + np.where(pictures[:, i] > 0, np.logaddexp(0, -z), np.logaddexp(0, z))
    return nats * np.log2(np.e)


def coverage_in_loops(real, made, k):
    covered = 0
    for i, one in enumerate(real):
        radius = sorted(math.dist(one, other) for j, other in enumerate(real) if j != i)[k - 1]
        covered += any(math.dist(one, other) <= radius for other in made)
    return covered / len(real)


def coverage_by_the_course(real, made, k):
    squares = ((real[:, None] - real) ** 2).sum(axis=-1)
    np.fill_diagonal(squares, np.inf)
    return float((nearest(real, made)[0] <= np.sqrt(np.partition(squares, k - 1)[:, k - 1])).mean())


def coverage_by_scipy(real, made, k):
    from scipy.spatial.distance import cdist

    return np.sum((cdist(real, made) <= np.sort(cdist(real, real), axis=1)[:, [k]]).any(axis=1)) / len(real)


def play_in_loops(real, made, w, rate, decay, rounds):
    real, made, w = ([float(number) for number in point] for point in (real, made, w))
    way = [list(made)]
    for _ in range(rounds):
        trust = 1 / (1 + math.exp(-sum(a * b for a, b in zip(w, real, strict=True))))
        fooled = 1 / (1 + math.exp(-sum(a * b for a, b in zip(w, made, strict=True))))
        slopes = [(trust - 1) * r + fooled * m + decay * a for r, m, a in zip(real, made, w, strict=True)]
        w = [a - rate * slope for a, slope in zip(w, slopes, strict=True)]
        fooled = 1 / (1 + math.exp(-sum(a * b for a, b in zip(w, made, strict=True))))
        made = [m - rate * (fooled - 1) * a for m, a in zip(made, w, strict=True)]
        way.append(made)
    return np.array(way)


def play_by_tanh(real, made, w, rate, decay, rounds):
    way = np.empty((rounds + 1, len(real)))
    way[0] = made
    for n in range(rounds):
        pair = np.stack([real, way[n]])
        pulls = np.array([0.5, -0.5]) - np.tanh(pair @ w / 2) / 2
        w = (1 - rate * decay) * w + rate * pulls @ pair
        way[n + 1] = way[n] + rate * (0.5 - 0.5 * np.tanh(np.vdot(way[n], w) / 2)) * w
    return np.array(way)


def play_by_recursion(real, made, w, rate, decay, rounds):
    if not rounds:
        return np.array([made])
    w = w + rate * ((1 - sigmoid(w @ real)) * real - sigmoid(w @ made) * made) - rate * decay * w
    after = made + rate * w / (1 + np.exp(w @ made))
    return np.vstack([made, play_by_recursion(real, after, w, rate, decay, rounds - 1)])


def draw_by_the_course(examples, labels, wanted, noise, left, scale):
    """With guided noises, which is the same, and the steps of DDIM."""
    betas = 1 - left[1:] / left[:-1]
    x = noise
    for t in range(len(betas), 0, -1):
        noises = []
        for some in (examples[labels == wanted], examples):
            away = np.sum((x[:, None] - np.sqrt(left[t]) * some) ** 2, axis=-1)
            guess = softmax(-away / 2 / (1 - left[t])) @ some
            noises.append((x - np.sqrt(left[t]) * guess) / np.sqrt(1 - left[t]))
        x = ddim_step(x, t, t - 1, guided(*noises, scale), betas)
    return x


def draw_in_loops(examples, labels, wanted, noise, left, scale):
    def guess(x, some, share):
        scores = [-sum((x - share**0.5 * one) ** 2) / (2 - 2 * share) for one in some]
        e = [math.exp(score - max(scores)) for score in scores]
        return sum(weight * one for weight, one in zip(e, some, strict=True)) / sum(e)

    made = []
    for x in noise:
        for now, then in zip(left[:0:-1], left[-2::-1], strict=True):
            u = guess(x, list(examples), now)
            c = guess(x, [one for one, label in zip(examples, labels, strict=True) if label == wanted], now)
            picture = (1 - scale) * u + scale * c
            x = then**0.5 * picture + (1 - then) ** 0.5 * (x - now**0.5 * picture) / (1 - now) ** 0.5
        made.append(x)
    return np.array(made)


def draw_by_masks(examples, labels, wanted, noise, left, scale):
    """Squares multiplied out, and the class as −∞ in the scores."""
    x, fits = np.array(noise, float), np.where(labels == wanted, 0.0, -np.inf)
    for t in reversed(range(1, len(left))):
        a, b = np.sqrt(left[t]), 1 - left[t]
        scores = (a * x @ examples.T - left[t] * (examples**2).sum(axis=1) / 2) / b
        weights = (1 - scale) * softmax(scores) + scale * softmax(scores + fits)
        picture = np.einsum("mn,np->mp", weights, examples)
        x = picture * np.sqrt(left[t - 1]) + (x - a * picture) * np.sqrt((1 - left[t - 1]) / b)
    return x


def in_float32(right):
    """The same, with what it is given in float32."""

    def answer(*args):
        narrow = (np.float32(one) if isinstance(one, np.ndarray) and one.dtype == float else one for one in args)
        return np.float64(right(*narrow))

    return answer


RIGHT = {
    "noise_by_hand": {
        "of NumPy": {key: np.float32(number) for key, number in NOISE.items()},
        "rounded": {"left": 0.36, "factor": 0.6, "noise": 0.8, "x_2": 3.4, "guess": 5.4},
    },
    "distances_by_hand": {
        "whole floats": {key: float(number) for key, number in DISTANCES.items()},
        "another order": dict(reversed(DISTANCES.items())),
        "whole numbers": DISTANCES | {"two crowds": 25, "collapsed": 4, "two heaps": 0},
    },
    "free_bits": {
        "loops": free_bits_in_loops,
        "the course": free_bits_by_the_course,
        "clipped": free_bits_clipped,
        "float32": in_float32(free_bits_clipped),
    },
    "bits_of_pictures": {
        "loops": bits_in_loops,
        "the course": bits_by_the_course,
        "one after another": bits_by_one_pixel_after_another,
        "float32": in_float32(bits_by_one_pixel_after_another),
    },
    "coverage": {
        "loops": coverage_in_loops,
        "the course": coverage_by_the_course,
        "SciPy": coverage_by_scipy,
        "float32": in_float32(coverage_in_loops),
    },
    "broken_makers": {
        "whole floats": {key: float(number) for key, number in LINES.items()},
        "of NumPy": {key: np.int8(number) for key, number in LINES.items()},
    },
    "play": {
        "loops": play_in_loops,
        "tanh": play_by_tanh,
        "recursion": play_by_recursion,
        "float32": in_float32(play_by_tanh),
    },
    "draw": {"the course": draw_by_the_course, "loops": draw_in_loops, "masks": draw_by_masks},
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer, seeds=range(20) if callable(answer) else [0])

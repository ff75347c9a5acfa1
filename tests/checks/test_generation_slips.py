"""What a learner of chapter 13 writes first, written as learners do: each gets the words that are due."""

import numpy as np
import pytest

from course_lib.activations import sigmoid, softmax
from course_lib.checks import generation as check
from tests.checks.tried import refuse, wrong_ones

NOISE, DISTANCES = check.noise_by_hand.mistakes.right(), check.distances_by_hand.mistakes.right()


def free_bits(give, variance=np.exp):
    """What ``give`` makes of the KL divergences, (batch, latent), and the floor."""

    def answer(mean, log_variance, floor):
        return give((mean**2 + variance(log_variance) - 1 - log_variance) / 2, floor)

    return answer


def raised(kl, floor):
    return np.maximum(kl.mean(axis=0), floor).sum()


def bits(cost, mask=lambda kernel: np.triu(kernel, 1)):
    """What ``cost`` makes of the pixels and their logits, added up, in bits."""

    def answer(pictures, kernel, bias):
        return cost(pictures, pictures @ mask(kernel) + bias).sum(axis=1) / np.log(2)

    return answer


def right_cost(x, z):
    return np.logaddexp(0, z) - x * z


def cost_by_keras_formula(x, z):
    chance = 1 / (1 + np.exp(-z))
    return -(x * np.log(chance) + (1 - x) * np.log(1 - chance))


def cost_with_epsilon(x, z):
    chance = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -(x * np.log(chance) + (1 - x) * np.log(1 - chance))


def distances(a, b):
    return np.sqrt(((a[:, None] - b) ** 2).sum(axis=2))


def covered(place=lambda k: k, near=lambda gaps, radii: gaps.min(axis=1) <= radii, count=np.mean):
    def answer(real, made, k):
        radii = np.sort(distances(real, real), axis=1)[:, place(k)]
        return count(near(distances(real, made), radii))

    return answer


def covered_the_other_way(real, made, k):
    radii = np.sort(distances(real, real), axis=1)[:, k]
    return np.mean((distances(made, real) <= radii).any(axis=1))


def covered_unsorted(real, made, k):
    return np.mean(distances(real, made).min(axis=1) <= distances(real, real)[:, k])


def game(added=1.0, new_first=True, decayed=1.0, generator=lambda p, w: sigmoid(-w @ p), begin=True, sign=1.0):
    """The game with another order, decay, generator, beginning, or direction of the discriminator."""

    def answer(real, made, w, rate, decay, rounds):
        way = [made]
        for _ in range(rounds):
            old = w
            w = w + sign * rate * (added * (sigmoid(-w @ real) * real - sigmoid(w @ made) * made) - decayed * decay * w)
            made = made + rate * generator(made, w if new_first else old) * (w if new_first else old)
            way.append(made)
        return np.array(way if begin else way[1:])

    return answer


def game_where_both_decay(real, made, w, rate, decay, rounds):
    way = [made]
    for _ in range(rounds):
        w = w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ made) * made - decay * w)
        made = made + rate * (sigmoid(-w @ made) * w - decay * made)
        way.append(made)
    return np.array(way)


def game_in_place(real, made, w, rate, decay, rounds):
    """Every row is one and the same array."""
    made, way = made.copy(), []
    way.append(made)
    for _ in range(rounds):
        w = w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ made) * made - decay * w)
        made += rate * sigmoid(-w @ made) * w
        way.append(made)
    return np.array(way)


def game_on_the_callers_data(real, made, w, rate, decay, rounds):
    for _ in range(rounds):
        w += rate * (sigmoid(-w @ real) * real - sigmoid(w @ made) * made - decay * w)
        made += rate * sigmoid(-w @ made) * w
    return np.array([made] * (rounds + 1))


def drawing(
    weights=softmax,
    steps=lambda left: range(len(left) - 1, 0, -1),
    guide=lambda u, c, s: u + s * (c - u),
    place=np.sqrt,
    later=lambda left, t: left[t - 1],
):
    """Drawing with other weights, steps, guidance, places of the examples, or another share for what comes out."""

    def answer(examples, labels, wanted, noise, left, scale):
        x = noise
        for t in steps(left):

            def guess(some, x=x, share=left[t]):
                gaps = x[:, None] - place(share) * some[None]
                return weights(-np.sum(gaps**2, axis=2) / (2 - 2 * share)) @ some

            picture = guide(guess(examples), guess(examples[labels == wanted]), scale)
            rest = (x - np.sqrt(left[t]) * picture) / np.sqrt(1 - left[t])
            x = np.sqrt(later(left, t)) * picture + np.sqrt(1 - later(left, t)) * rest
        return x

    return answer


def softmax_of_one_largest(scores):
    return unsafe_softmax(scores - scores.max())


def unsafe_softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


WRONG = {
    "noise_by_hand": [
        ("not what is lost added up", NOISE | {"left": 1 - 0.36 - 0.4375}),
        ("the two betas, multiplied", NOISE | {"left": 0.36 * 0.4375}),
        ("the root of what is left", NOISE | {"factor": 0.36}),
        ("the variance of the noise", NOISE | {"noise": 0.64}),
        ("the squares of both", NOISE | {"noise": 0.4}),
        ("the second step's noise alone", NOISE | {"noise": 0.4375**0.5}),
        ("Noise comes on top", NOISE | {"x_2": 3}),
        ("the factors are roots", NOISE | {"x_2": 0.36 * 5 + 0.64 * 0.5}),
        ("that is the true x_0", NOISE | {"guess": 5}),
        ("first take away the noise", NOISE | {"guess": 3.4 / 0.6}),
        ("divide", NOISE | {"guess": 3.24}),
    ],
    "distances_by_hand": [
        ("its square here", DISTANCES | {"two crowds": 5}),
        ("square both gaps", DISTANCES | {"two crowds": 7}),
        ("not the variances", DISTANCES | {"two crowds": 9 + 32**2}),
        ("the spreads are not", DISTANCES | {"collapsed": 0}),
        ("square the gap", DISTANCES | {"collapsed": 2}),
        ("all 1 away from their mean", DISTANCES | {"two heaps": 1}),
        ("divide by 2", DISTANCES | {"code": 9}),
        ("is 1, not 0", DISTANCES | {"code": 4.0}),
        ("", DISTANCES | {"code": -4.5}),
    ],
    "free_bits": [
        ("not for each example's number", free_bits(lambda kl, floor: np.maximum(kl, floor).sum(axis=1).mean())),
        ("not for their sum", free_bits(lambda kl, floor: max(kl.sum(axis=1).mean(), floor))),
        ("not for each example's sum", free_bits(lambda kl, floor: np.maximum(kl.sum(axis=1), floor).mean())),
        ("Where is the floor", free_bits(lambda kl, floor: kl.sum(axis=1).mean())),
        ("raised to it", free_bits(lambda kl, floor: np.minimum(kl.mean(axis=0), floor).sum())),
        ("no discount", free_bits(lambda kl, floor: np.maximum(kl.mean(axis=0) - floor, 0).sum())),
        ("not a mean", free_bits(lambda kl, floor: np.maximum(kl.mean(axis=0), floor).mean())),
        ("The batch is the first axis", free_bits(lambda kl, floor: np.maximum(kl.mean(axis=1), floor).sum())),
        ("the half is for σ", free_bits(raised, lambda v: np.exp(v / 2))),
        ("not ln σ", free_bits(raised, lambda v: np.exp(v) ** 2)),
        ("not for the mean of all", free_bits(lambda kl, floor: max(kl.mean(), floor))),
        ("nothing is divided by ln 2", free_bits(lambda kl, floor: raised(kl, floor) / np.log(2))),
        ("The floor is in nats", free_bits(lambda kl, floor: raised(kl, floor * np.log(2)))),
        ("one number is wanted", free_bits(lambda kl, floor: np.maximum(kl.mean(axis=0), floor))),
    ],
    "bits_of_pictures": [
        ("Only pixels before i", bits(right_cost, lambda kernel: kernel)),
        ("does not see itself", bits(right_cost, np.triu)),
        ("not below", bits(right_cost, lambda kernel: np.tril(kernel, -1))),
        ("pictures @ W", bits(right_cost, lambda kernel: np.tril(kernel, -1).T)),
        ("not its transpose", bits(right_cost, lambda kernel: kernel.T)),
        ("From a logit of 40 on", bits(lambda x, z: -np.log(np.where(x == 1, sigmoid(z), 1 - sigmoid(z))))),
        ("From a logit of 40 on", bits(lambda x, z: -np.log(np.abs(1 - x - sigmoid(z))))),
        ("0 · ∞ is no number", bits(cost_by_keras_formula)),
        ("Nothing is to be cut off", bits(cost_with_epsilon)),
        ("a 0 too", bits(lambda x, z: x * np.logaddexp(0, -z))),
        ("a 1 is likely", bits(lambda x, z: right_cost(1 - x, z))),
        ("in nats", lambda x, w, b: right_cost(x, x @ np.triu(w, 1) + b).sum(axis=1)),
        ("not over the pictures", lambda x, w, b: right_cost(x, x @ np.triu(w, 1) + b).sum(axis=0) / np.log(2)),
        ("not a mean", lambda x, w, b: right_cost(x, x @ np.triu(w, 1) + b).mean(axis=1) / np.log(2)),
    ],
    "coverage": [
        ("not its own neighbour", covered(lambda k: k - 1)),
        ("not to the farthest", covered(lambda k: -1)),
        ("Sort each row first", covered_unsorted),
        ("(precision)", covered_the_other_way),
        ("The edge", covered(near=lambda gaps, radii: gaps.min(axis=1) < radii)),
        ("not all have to be there", covered(near=lambda gaps, radii: (gaps <= radii[:, None]).all(axis=1))),
        ("called density", covered(near=lambda gaps, radii: gaps <= radii[:, None])),
        ("not how many", covered(count=np.sum)),
        ("not all the same one", covered(near=lambda gaps, radii: gaps.min(axis=1) <= radii.mean())),
    ],
    "play": [
        ("with the new w", game(new_first=False)),
        ("The decay is missing", game(decayed=0.0)),
        ("not twice that", game(decayed=2.0)),
        ("The decay makes w smaller", game(decayed=-1.0)),
        ("not averaged", game(added=0.5)),
        ("the made point has none", game_where_both_decay),
        ("whose slope fades", game(generator=lambda p, w: sigmoid(w @ p))),
        ("Yours flees", game(generator=lambda p, w: -sigmoid(-w @ p))),
        ("has the factor", game(generator=lambda p, w: 1.0)),
        ("is part of its way", game(begin=False)),
        ("Downhill on its loss", game(sign=-1.0)),
        ("the same array in each row", game_in_place),
        ("Work on a copy", game_on_the_callers_data),
    ],
    "draw": [
        ("0 / 0 no number", drawing(weights=unsafe_softmax)),
        ("each row's own largest", drawing(weights=softmax_of_one_largest)),
        ("that is what softmax is for", drawing(weights=np.exp)),
        ("Near examples weigh more", drawing(weights=lambda scores: softmax(-scores))),
        ("not the nearest example alone", drawing(weights=lambda s: np.eye(s.shape[1])[s.argmax(axis=1)])),
        ("t ends at 1", drawing(steps=lambda left: range(len(left) - 1, 1, -1))),
        ("from the last step down", drawing(steps=lambda left: range(1, len(left)))),
        ("Nothing is guided", drawing(guide=lambda u, c, s: c)),
        ("the paper's w + 1", drawing(guide=lambda u, c, s: (1 + s) * c - s * u)),
        ("towards c", drawing(guide=lambda u, c, s: c + s * (u - c))),
        ("√ᾱ times each", drawing(place=lambda share: 1.0)),
        ("root of ᾱ", drawing(place=lambda share: share)),
    ],
}


@pytest.mark.parametrize(("one", "words", "answer"), wrong_ones(check, WRONG))
def test_what_is_written_first_gets_the_words_that_are_due(one, words, answer):
    with np.errstate(all="ignore"):
        refuse(one, words, answer)

"""Chapter 15's checks: what a model takes, what it is called by, how it is served, watched, resumed and replaced.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import hashlib
import json

import numpy as np

from course_lib.checking import behaviour
from course_lib.checking.canaries import WRONG_CANARIES, trial_by_canaries
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.model_keys import WRONG_KEYS, keyed
from course_lib.checking.production_entries import RESUMES, WHAT_IT_TAKES
from course_lib.data import digits

CHAPTER = "15-production"


@value(
    "First count the numbers, then multiply by the bytes of each: 4 for a float32, 2 for a float16, 1 for an int8.",
    "In training each weight has a gradient beside it, and Adam remembers a mean and a mean square.",
    "With mixed_float16 layers compute in float16, so activations halve. The variables stay in float32.",
    "The KV cache holds a key and a value, of 64 numbers each, for each layer, head and token.",
    points=1,
    decimals=1,
    mistakes=WHAT_IT_TAKES,
)
def what_it_takes():
    """25 million parameters; 400,000 numbers an example, 64 examples; 24 layers, 16 heads of 64, 2,000 tokens. MB."""
    weights, activations, cache = 4 * 25.0, 4 * 0.4 * 64, 2 * 24 * 16 * 64 * 2000 * 2 / 1e6
    mixed = 4 * weights + activations / 2
    sizes = {"weights": weights, "training": 4 * weights, "activations": activations, "mixed": mixed}
    return sizes | {"int8": weights / 4, "KV cache": cache}


def _percentile_cases(rng):
    yield np.array([30, 10, 20, 50, 40]), 50
    yield np.array([30.0, 10.0, 20.0, 40.0]), 50
    yield np.arange(20.0, 0.0, -1.0), 95
    yield rng.permutation(np.arange(1, 101)), 99
    yield np.array([7.5, 2.5, 5.0]), 100
    yield np.array([8.0, 4.0, 6.0]), 1
    yield np.array([0.25]), 90
    yield np.array([6.0, 2.0, 7.0, 1.0, 5.0, 4.0, 3.0]), 95
    yield np.array([3.0, 1.0, 3.0, 3.0, 2.0, 9.0]), 40
    for percent in (50, 90, 95, 99, int(rng.integers(1, 7))):
        yield rng.exponential(20.0, int(rng.integers(10, 150))).round(2), percent


@implement(
    _percentile_cases,
    "np.sort puts the smallest first.",
    "At least percent · n / 100 values must not be above it. Round that up: it is the place, counted from 1.",
    "-(-a // b) divides whole numbers and rounds up; so does math.ceil(percent * n / 100).",
    points=1,
    mistakes={
        "Sort first.": "np.sort(seconds) → seconds",
        "That lies between two of the values. Wanted is one that was measured, without interpolation.": (
            "np.sort(seconds)[place - 1] → np.percentile(seconds, percent)"
        ),
        "Where percent · n / 100 is no whole number, round up: only then are there enough.": (
            "-(-percent * len(seconds) // 100) → max(percent * len(seconds) // 100, 1)"
        ),
        "Up, not to the nearest: only then are there enough.": (
            "-(-percent * len(seconds) // 100) → max(round(percent * len(seconds) / 100), 1)"
        ),
        "The place is counted from 1, and an array's from 0.": "place - 1 → min(place, len(seconds) - 1)",
        "NumPy's method 'higher' counts n - 1 gaps between the values. Count the n values.": (
            "np.sort(seconds)[place - 1] → np.percentile(seconds, percent, method='higher')"
        ),
        "NumPy's method 'lower' counts n - 1 gaps between the values. Count the n values, and round up.": (
            "np.sort(seconds)[place - 1] → np.percentile(seconds, percent, method='lower')"
        ),
        "Begin with the smallest: percent is the share that is no slower.": (
            "np.sort(seconds)[place - 1] → np.sort(seconds)[::-1][place - 1]"
        ),
        "That is the place. Wanted is the value that stands there.": "np.sort(seconds)[place - 1] → place",
        "That is a share of the largest. Wanted is a share of the requests.": (
            "np.sort(seconds)[place - 1] → np.max(seconds) * percent / 100"
        ),
    },
)
def percentile(seconds, percent):
    """The smallest of the values that at least ``percent`` % of them do not exceed. percent: whole, 1 to 100"""
    place = -(-percent * len(seconds) // 100)
    return np.sort(seconds)[place - 1]


@keyed(
    "json.dumps(settings, sort_keys=True) writes the same text for the same settings, whatever their order.",
    "Of an array there is more than its bytes: str(data.dtype) and data.shape.",
    "hashlib.sha256(text.encode() + data.tobytes()).hexdigest() is a text of 64 hexadecimal characters.",
    points=2,
    mistakes=WRONG_KEYS,
)
def model_key(settings, data, code):
    """64 hexadecimal characters that tell one training from another."""
    said = json.dumps([settings, str(data.dtype), data.shape, code], sort_keys=True)
    return hashlib.sha256(said.encode() + data.tobytes()).hexdigest()


def _stability_cases(rng):
    yield np.array([50, 30, 20]), np.array([20, 45, 35])
    yield np.array([10, 10]), np.array([20, 0])
    yield np.array([0, 5, 95]), np.array([3, 27, 10])
    yield np.array([0, 40, 0, 10]), np.array([0, 400, 100, 0])
    yield np.array([100.0, 300.0]), np.array([1.0, 3.0])
    for _ in range(6):
        bins = int(rng.integers(3, 11))
        expected, found = (rng.multinomial(int(rng.integers(20, 400)), rng.dirichlet(np.ones(bins))) for _ in range(2))
        expected[rng.integers(bins)], found[rng.integers(bins)] = 0, 0
        yield expected + (expected.sum() == 0), found + (found.sum() == 0)


@implement(
    _stability_cases,
    "First add ½ to each count, in both arrays.",
    "Then divide each array by its own sum: p and q.",
    "np.sum((q - p) * np.log(q / p)), with the natural logarithm.",
    points=2,
    mistakes={
        "An empty bin makes it infinite, or no number: add ½ to each count.": (
            "+ 0.5, → + 0.0,; found + 0.5 → found + 0.0"
        ),
        "The ½ belongs into both arrays.": "found + 0.5 → found + 0.0",
        "Add ½ to each count, not 1.": "+ 0.5, → + 1.0,; found + 0.5 → found + 1.0",
        "Each bin gets the ½, not only those that are empty.": (
            "expected + 0.5, found + 0.5 → np.where(expected == 0, 0.5, expected), np.where(found == 0, 0.5, found)"
        ),
        "The ½ is added to the counts, before they are shares.": (
            "expected + 0.5, found + 0.5 → expected / expected.sum() + 0.5, found / found.sum() + 0.5"
        ),
        "Divide by the sum with the ½ of each bin in it.": (
            "p / p.sum(), q / q.sum() → p / expected.sum(), q / found.sum()"
        ),
        "Compare shares, not counts: divide each array by its own sum.": "p / p.sum(), q / q.sum() → p, q",
        "That is Σ q ln(q / p), one half of it. The factor is q − p.": "(q - p) * → q *",
        "That is Σ p ln(q / p). The factor is q − p.": "(q - p) * → p *",
        "That is one half of it: nothing is divided by 2.": "(q - p) * → 0.5 * (q - p) *",
        "Its sign is turned: both factors are above 0 where q is larger.": "np.log(q / p) → np.log(p / q)",
        "The natural logarithm, np.log.": "np.log( → np.log2(",
        "The common logarithm is smaller by 2.3: take the natural one, np.log.": "np.log( → np.log10(",
        "Add the bins up, do not average them.": "np.sum( → np.mean(",
        "Half of the absolute differences is another distance. Wanted are differences times logarithms.": (
            "np.sum((q - p) * np.log(q / p)) → np.abs(q - p).sum() / 2"
        ),
    },
)
def population_stability(expected, found):
    """Σ (q − p) ln(q / p) of two histograms (bins,), counts, each with ½ more in every bin."""
    p, q = expected + 0.5, found + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def _scaling_cases(rng):
    half = np.float16
    yield np.array([1.0, 2.0], "float32"), np.array([512.0, -256.0], half), 1024.0, 3, 0.5, 10
    yield np.array([1.0, 2.0], "float32"), np.array([np.inf, 4.0], half), 1024.0, 3, 0.5, 10
    yield np.array([1.0, 2.0, 0.5], "float32"), np.array([8.0, 4.0, np.nan], half), 64.0, 2, 0.5, 3
    yield np.array([1.0, 2.0], "float32"), np.array([-np.inf, np.nan], half), 1.0, 0, 0.5, 1
    yield np.array([1.0, 2.0], "float32"), np.array([16.0, -8.0], half), 256.0, 9, 0.5, 10
    yield np.array([1.0, 2.0], "float32"), np.array([16.0, -8.0], half), 256.0, 8, 0.5, 10
    # What float16 cannot hold once it is divided.
    yield np.zeros(3, "float32"), np.array([0.0003, -0.007, 0.0], half), 32768.0, 0, 10.0, 5
    # The sum of what is finite is not.
    yield np.zeros(2, "float32"), np.array([60000.0, 60000.0], half), 4.0, 1, 0.25, 7
    for _ in range(6):
        n, patience = int(rng.integers(2, 6)), int(rng.integers(2, 9))
        slopes = rng.normal(0, 300, n).astype(half)
        if rng.random() < 0.3:
            slopes[rng.integers(n)] = rng.choice([np.inf, -np.inf, np.nan])
        scale, rate = float(2 ** rng.integers(3, 12)), float(rng.uniform(0.1, 2))
        yield rng.normal(size=n).astype("float32"), slopes, scale, int(rng.integers(patience)), rate, patience


@implement(
    _scaling_cases,
    "slopes.astype('float32') / scale undoes the scale where there is room for small numbers.",
    "np.isfinite(slopes).all() is False as soon as one is infinite or not a number. Then nothing moves.",
    "A step that is skipped halves the scale and sets the count to 0; the patience-th good one in a row doubles it.",
    points=2,
    mistakes={
        "The slopes are those of the loss times scale: divide by it before the step.": "/ scale → / 1",
        "Make them float32 before you divide: float16 has nothing below 6e-8.": (
            'slopes.astype("float32") / scale → (slopes / np.float16(scale)).astype("float32")'
        ),
        "A number times a float16 is float16 again. Make the slopes float32 first of all.": (
            "rate * true → rate * slopes / scale"
        ),
        "Divide by the scale. The slopes have been multiplied by it already.": "/ scale\n → * scale\n",
        "Look at each slope by itself: the sum of finite ones can overflow.": (
            "not np.isfinite(true).all() → not np.isfinite(np.sum(slopes))"
        ),
        "One that is not finite spoils the step: skip it, halve the scale, count from 0.": "if not → if False and not",
        "NaN is not finite either: np.isfinite, not np.isinf.": "not np.isfinite(true).all() → np.isinf(true).any()",
        "Infinity is not finite either: np.isfinite, not np.isnan.": (
            "not np.isfinite(true).all() → np.isnan(true).any()"
        ),
        "Where one slope is infinite, all weights stay: the other slopes may be wrong as well.": (
            "return weights, scale / 2, 0 → return weights - rate * np.where(np.isfinite(true), true, 0), scale / 2, 0"
        ),
        "If all are infinite it skips; one is enough.": "np.isfinite(true).all() → np.isfinite(true).any()",
        "A step that is skipped halves the scale, or the next one overflows as well.": "scale / 2, 0 → scale, 0",
        "After an overflow the scale is too large already: halve it.": "scale / 2, 0 → 2 * scale, 0",
        "A step that is skipped ends the row of good ones: 0.": "scale / 2, 0 → scale / 2, good",
        "A step that is skipped is no good one: the count is 0 after it.": "scale / 2, 0 → scale / 2, good + 1",
        "The step that makes the row as long as patience is good itself: count it first.": "good + 1 == → good ==",
        "After the scale has doubled the count begins anew: 0.": "2 * scale, 0 → 2 * scale, good + 1",
        "The scale never grows: after patience good steps in a row it doubles.": "weights, 2 * → weights, 1 *",
        "Only a whole row of good steps doubles the scale, not each.": (
            "weights, scale, good + 1 → weights, 2 * scale, good + 1"
        ),
        "The step that doubles the scale is a good one: it moves the weights as well.": (
            "return weights, 2 * scale → return weights + rate * true, 2 * scale"
        ),
        "Downhill: the weights minus rate times slope.": "weights - rate → weights + rate",
        "A good step makes the count one larger.": "weights, scale, good + 1 → weights, scale, good",
        "First the weights, then the scale, then the count.": (
            "return weights, scale, good + 1 → return weights, good + 1, scale"
        ),
    },
)
def scaled_step(weights, slopes, scale, good, rate, patience):
    """(weights, scale, good) after one step with the slopes of scale · loss.

    weights: (n,) float32   slopes: (n,) float16   good: steps in a row without overflow, below patience
    """
    true = slopes.astype("float32") / scale
    if not np.isfinite(true).all():
        return weights, scale / 2, 0
    weights = weights - rate * true
    if good + 1 == patience:
        return weights, 2 * scale, 0
    return weights, scale, good + 1


@value(
    "Resume means: as if it had never stopped. What all does the next step depend on?",
    "It depends on w, on v, on the number of the step (by the rate), and on the generator (by the row).",
    "For each of these ask: is it saved, is it taken up, and is it then still what it was in step 10?",
    points=3,
    mistakes=RESUMES,
)
def broken_resumes():
    """A begins the rate anew, B its velocity, C its random rows; D saves arrays that go on changing."""
    return {"A": "step", "B": "velocity", "C": "generator", "D": "copy"}


def _served_cases(rng):
    yield np.array([0, 1, 2, 50]), 8, 10, 2
    yield np.array([0, 12, 12, 13, 40]), 4, 10, 2
    yield np.array([5, 5, 5, 5, 5]), 2, 3, 1
    yield np.array([0, 1, 2, 3, 4, 5, 6, 7]), 3, 4, 0
    yield np.array([7]), 1, 0, 5
    for _ in range(6):
        n, most = int(rng.integers(6, 16)), int(rng.integers(2, 6))
        fixed, each = int(rng.integers(5, 20)), int(rng.integers(1, 5))
        yield np.cumsum(rng.integers(0, 9, n)), most, fixed, each


@implement(
    _served_cases,
    "Keep two numbers: how many requests are done, and when the server is free again.",
    "It starts at max(free, arrivals[done]): when it is free, and when there is somebody.",
    "With it go all that have arrived by then, arrivals <= start, without those that are done; at most so many.",
    points=3,
    mistakes={
        "It does not wait for a batch to fill up: it takes those who are there.": (
            "start = max(free, arrivals[done]) → start = max(free, arrivals[min(done + most, len(arrivals)) - 1])"
        ),
        "It takes more than one at a time: all who wait, up to most.": "min(most, → min(1,",
        "At most so many go together; the others wait for the next round.": "min(most, → min(999,",
        "It has to be free before it starts again.": "max(free, arrivals[done]) → arrivals[done]",
        "Who arrives just when it starts goes with it: <=.": "np.sum(arrivals <= start) - done → "
        "max(1, np.sum(arrivals < start) - done)",
        "Who arrives while a batch is under way waits for the next one.": (
            "arrivals <= start → arrivals <= start + fixed + each"
        ),
        "That is how long it waits before it is taken. The work counts as well.": (
            "[free - arrival for → [start - arrival for"
        ),
        "That is how long the work takes. The time before it is taken counts as well.": (
            "[free - arrival for → [free - start for"
        ),
        "That is when they are done. How long they took begins when they arrived.": "[free - arrival for → [free for",
        "All of a batch are done together, when the last of them is.": (
            "[free - arrival for arrival in arrivals[done : done + n]] → "
            "[start + fixed + each * k - arrival for k, arrival in enumerate(arrivals[done : done + n], 1)]"
        ),
        "Who has not arrived yet cannot go with it.": "np.sum(arrivals <= start) - done → len(arrivals) - done",
        "It cannot start before somebody is there: where nobody waits, it waits for the next one.": (
            "max(free, arrivals[done]) → (free if done else arrivals[0]); "
            "np.sum(arrivals <= start) - done → max(1, np.sum(arrivals <= start) - done)"
        ),
        "Each batch costs the fixed time as well.": "fixed + each * n → each * n",
        "A batch of n takes fixed + each · n, however many would have had room.": "each * n → each * most",
        "The fixed time is due once for a batch, not for each request.": "fixed + each * n → (fixed + each) * n",
        "Each request of the batch costs its time: fixed + each · n.": "fixed + each * n → fixed + each",
        "The requests that are done wait no more: take them off.": "arrivals <= start) - done → arrivals <= start)",
    },
)
def served(arrivals, most, fixed, each):
    """How long each request took, until its batch was done: a list. All in whole milliseconds.

    arrivals: (n,), rising   A batch of at most ``most`` starts when the server is free and somebody waits.
    """
    took, done, free = [], 0, 0
    while done < len(arrivals):
        start = max(free, arrivals[done])
        n = min(most, np.sum(arrivals <= start) - done)
        free = start + fixed + each * n
        took += [free - arrival for arrival in arrivals[done : done + n]]
        done += n
    return took


@build(
    "Two convolutions of 16 and 32 channels with relu, MaxPooling2D, Flatten, Dense(24, 'relu'), Dense(10).",
    "np.pad(x, ((0, 0), (1, 1), (1, 1))) has room for a shift: cut [:, :8, 1:9] out of it, and three others.",
    "Train on all five copies at once, each picture on grey paper of its own: g + (1 - g) * x, with g from 0 to 0.5.",
    points=4,
    mistakes=behaviour.WRONG_MODELS,
)
def ships(trial):
    """A reader of digits, at most 20,000 parameters, whose answers survive a shift by a pixel and grey paper."""
    data = digits()
    x, y = (
        np.concatenate([data.x_train, data.x_val, data.x_test]),
        np.concatenate([data.y_train, data.y_val, data.y_test]),
    )
    given, new = behaviour.drawn(x, y, trial.rng)
    count = trial.built(*given)["parameters"]
    said = f"It has {count:,} parameters; {behaviour.MOST:,} are allowed."
    trial.require(count <= behaviour.MOST, said, behaviour.TOO_LARGE)
    trial.finite(trial.predicted(new[0], 10, "digits", f". {behaviour.TEN_LOGITS}"))
    for what, share, least, hint in behaviour.tested(lambda x: trial.ask("predict", x).argmax(axis=1), *new):
        trial.require(share >= least, f"{share:.1%} were {what}; at least {least:.0%} was wanted.", hint)


@trial_by_canaries(
    "Of n requests each, the shares of errors are a = old_errors / n and b = new_errors / n, p their mean.",
    "√(2 p (1 − p) / n) is the standard error of b − a. Do not divide by it: where nobody failed it is 0.",
    "You look twenty times. With a limit of 1.645 one in five good models is rolled back: take about 3.",
    "Wait, as long as the difference is below the limit and there is another look; with none left, promote.",
    points=5,
    mistakes=WRONG_CANARIES,
)
def canary(old_errors, new_errors, requests, left):
    """ "wait", "promote" or "roll back". Errors of so many requests each; left: looks that are still to come."""
    a, b = old_errors / requests, new_errors / requests
    p = (a + b) / 2
    error = (2 * p * (1 - p) / requests) ** 0.5
    if b - a > 3 * error:
        return "roll back"
    return "wait" if left else "promote"

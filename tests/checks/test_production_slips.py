"""What a learner of chapter 15 writes first, written as learners do: each gets the words that are due."""

import hashlib
import json
import random
import time

import numpy as np
import pytest

from course_lib.checking import canaries, model_keys
from course_lib.checks import production as check
from tests.checks.tried import refuse, wrong_ones

SIZES = check.what_it_takes.mistakes.right()
RESUMES = check.broken_resumes.mistakes.right()


def sha(text, data=b""):
    return hashlib.sha256(text.encode() + data).hexdigest()


def key(text=lambda settings: json.dumps(settings, sort_keys=True), data=lambda x: x.tobytes(), form=True):
    def answer(settings, x, code):
        return sha(text(settings) + (str(x.dtype) + str(x.shape) if form else "") + code, data(x))

    return answer


def stability(more=0.5, log=np.log, factor=lambda p, q: q - p, end=np.sum):
    def answer(expected, found):
        p, q = (expected + more) / (expected + more).sum(), (found + more) / (found + more).sum()
        with np.errstate(all="ignore"):
            return end(factor(p, q) * log(q / p))

    return answer


def stability_where_empty(expected, found):
    p, q = (np.where(n == 0, 0.5, n) / np.where(n == 0, 0.5, n).sum() for n in (expected, found))
    return np.sum((q - p) * np.log(q / p))


def scaled(
    unscale=lambda s, scale: s.astype("float32") / scale,
    spoilt=lambda s: not np.isfinite(s).all(),
    after=0,
    skip=0.5,
    early=False,
):
    def answer(weights, slopes, scale, good, rate, patience):
        if spoilt(slopes):
            return weights, skip * scale, good if after is None else after
        good += 1
        step = unscale(rate * slopes, scale) if early else rate * unscale(slopes, scale)
        return weights - step, scale * (1 + (good == patience)), good % patience

    return answer


def doubles_or_steps(weights, slopes, scale, good, rate, patience):
    if not np.isfinite(slopes).all():
        return weights, scale / 2, 0
    if good + 1 == patience:
        return weights, 2 * scale, 0
    return weights - rate * slopes.astype("float32") / scale, scale, good + 1


def halves_and_steps(weights, slopes, scale, good, rate, patience):
    finite = np.isfinite(slopes)
    weights = weights - rate * np.where(finite, slopes.astype("float32"), 0) / scale
    if not finite.all():
        return weights, scale / 2, 0
    return (weights, 2 * scale, 0) if good + 1 == patience else (weights, scale, good + 1)


def one_too_late(weights, slopes, scale, good, rate, patience):
    if not np.isfinite(slopes).all():
        return weights, scale / 2, 0
    weights = weights - rate * slopes.astype("float32") / scale
    return (weights, 2 * scale, 0) if good == patience else (weights, scale, good + 1)


def queue(starts=max, there=np.less_equal, size=int, takes=lambda f, e, n: f + e * n, since=None):
    since = since or (lambda end, start, arrival: end - arrival)

    def answer(arrivals, most, fixed, each):
        took, done, free = [], 0, 0
        while done < len(arrivals):
            start = starts(free, arrivals[done])
            n = min(size(most), max(1, np.sum(there(arrivals, start)) - done))
            n = min(n, len(arrivals) - done)
            free = start + takes(fixed, each, n)
            took += [since(free, start, arrival) for arrival in arrivals[done : done + n]]
            done += n
        return took

    return answer


def one_after_the_other(arrivals, most, fixed, each):
    took, done, free = [], 0, 0
    while done < len(arrivals):
        free, first = max(free, arrivals[done]) + fixed, done
        while done < min(first + most, len(arrivals)) and arrivals[done] <= free - fixed - each * (done - first):
            free, done = free + each, done + 1
            took.append(free - arrivals[done - 1])
    return took


def full_batches(arrivals, most, fixed, each):
    took, free = [], 0
    for first in range(0, len(arrivals), most):
        batch = arrivals[first : first + most]
        free = max(free, batch[-1]) + fixed + each * len(batch)
        took += [free - arrival for arrival in batch]
    return took


def errors_apart(old, new, n):
    p = (old + new) / 2 / n
    return (new - old) / n / max((2 * p * (1 - p) / n) ** 0.5, 1e-9)


def canary(limit=3.0, promote=lambda z, n: False, back=None):
    def answer(old, new, n, left):
        z = errors_apart(old, new, n)
        if back(old, new, n, left) if back else z > limit:
            return "roll back"
        return "promote" if left == 0 or promote(z, n) else "wait"

    return answer


WRONG = {
    "what_it_takes": [
        ("weights: that is the number of parameters", SIZES | {"weights": 25}),
        ("weights: that divides by 1,024 twice", SIZES | {"weights": 95.37}),
        ("training: one is missing", SIZES | {"training": 300.0}),
        ("training: weights and gradients, or", SIZES | {"training": 200}),
        ("activations: that is one example's", SIZES | {"activations": 1.6}),
        ("mixed: only what is computed is in float16", SIZES | {"mixed": 251.2}),
        ("mixed: the activations are in float16 now", SIZES | {"mixed": 502.4}),
        ("int8: that is in 16 bits", SIZES | {"int8": 50.0}),
        ("KV cache: keys *and* values", SIZES | {"KV cache": 98.304}),
        ("KV cache: that is in float32", SIZES | {"KV cache": 393.216}),
        ("KV cache: each of the 16 heads", SIZES | {"KV cache": 12.3}),
    ],
    "percentile": [
        ("without interpolation", np.percentile),
        ("Sort first.", lambda s, p: s[-(-p * len(s) // 100) - 1]),
        ("round up: only then are there enough", lambda s, p: sorted(s)[max(1, p * len(s) // 100) - 1]),
        ("Up, not to the nearest", lambda s, p: sorted(s)[max(1, round(p * len(s) / 100)) - 1]),
        ("The place is counted from 1", lambda s, p: sorted(s)[min(-(-p * len(s) // 100), len(s) - 1)]),
        ("method 'higher'", lambda s, p: np.percentile(s, p, method="higher")),
        ("method 'lower'", lambda s, p: sorted(s)[p * (len(s) - 1) // 100]),
        ("Begin with the smallest", lambda s, p: sorted(s)[::-1][-(-p * len(s) // 100) - 1]),
    ],
    "model_key": [
        (model_keys.FORM, lambda settings, data, code: hashlib.md5(code.encode()).hexdigest()),
        (model_keys.FORM, lambda settings, data, code: hashlib.sha256(code.encode())),
        (model_keys.FORM, lambda settings, data, code: int(sha(code), 16)),
        (model_keys.JSON, lambda settings, data, code: sha(json.dumps([settings, data, code]))),
        (model_keys.BUILT_IN, lambda settings, data, code: hash(str(settings) + code)),
        (model_keys.BUILT_IN, lambda settings, data, code: hex(hash(str(settings) + code))),
        (model_keys.AGAIN, lambda settings, data, code: sha(f"{time.perf_counter_ns()}")),
        (model_keys.AGAIN, lambda settings, data, code: sha(f"{random.random()}")),
        (model_keys.ORDER, key(text=str)),
        (model_keys.ORDER, key(text=json.dumps)),
        (model_keys.INNER, key(text=lambda settings: str(sorted(settings.items())))),
        (model_keys.LAYOUT, key(data=lambda x: x.tobytes(order="A"))),
        (model_keys.LAYOUT, key(data=memoryview)),
        (model_keys.SWAPPED, key(text=lambda settings: str(sorted(str(settings))))),
        (model_keys.SETTINGS, key(text=lambda settings: "".join(sorted(settings)))),
        (model_keys.SETTINGS, key(text=lambda settings: "")),
        (model_keys.BYTES, key(data=lambda x: str(x).encode())),
        (model_keys.BYTES, key(data=lambda x: x.astype("float16").tobytes())),
        (model_keys.PLACES, key(data=lambda x: str(sorted(x.ravel().tolist())).encode())),
        (model_keys.DTYPE, key(form=False)),
        (
            model_keys.SHAPE,
            lambda settings, data, code: key(form=False)(settings, data, f"{data.dtype}{data.size}{code}"),
        ),
        (
            model_keys.SHAPE,
            lambda settings, data, code: key(form=False)(settings, data, f"{data.dtype}{len(data)}{code}"),
        ),
        *[
            (model_keys.CODE, lambda settings, data, code, taken=taken: key()(settings, data, taken(code)))
            for taken in (
                lambda code: "",
                str.strip,
                str.lower,
                lambda code: str(code.split()),
                lambda code: f"{len(code)}",
            )
        ],
    ],
    "population_stability": [
        ("An empty bin makes it infinite", stability(more=0)),
        ("Add ½ to each count, not 1.", stability(more=1)),
        ("That is one half of it: nothing", stability(factor=lambda p, q: (q - p) / 2)),
        ("Each bin gets the ½", stability_where_empty),
        ("one half of it", stability(factor=lambda p, q: q)),
        ("That is Σ p ln(q / p)", stability(factor=lambda p, q: p)),
        ("Its sign is turned", stability(factor=lambda p, q: p - q)),
        ("The natural logarithm, np.log.", stability(log=np.log2)),
        ("The common logarithm", stability(log=np.log10)),
        ("Add the bins up", stability(end=np.mean)),
    ],
    "scaled_step": [
        ("divide by it before the step", scaled(unscale=lambda s, scale: s.astype("float32"))),
        ("float16 has nothing below", scaled(unscale=lambda s, scale: s / scale)),
        ("A number times a float16", scaled(unscale=lambda s, scale: s / scale, early=True)),
        ("Divide by the scale", scaled(unscale=lambda s, scale: s.astype("float32") * scale)),
        ("Look at each slope by itself", scaled(spoilt=lambda s: not np.isfinite(s.sum()))),
        ("halve it", scaled(skip=2)),
        ("it moves the weights as well", doubles_or_steps),
        ("NaN is not finite either", scaled(spoilt=lambda s: np.isinf(s).any())),
        ("Infinity is not finite either", scaled(spoilt=lambda s: np.isnan(s).any())),
        ("all weights stay", halves_and_steps),
        ("is good itself: count it first", one_too_late),
        ("ends the row of good ones", scaled(after=None)),
        ("skip it, halve the scale", scaled(spoilt=lambda s: False)),
    ],
    "broken_resumes": [
        ("A: w is saved and taken up again. With which number", RESUMES | {"A": "weights"}),
        ("A: its state is saved and set again", RESUMES | {"A": "generator"}),
        ("B: the loop goes on with the number", RESUMES | {"B": "step"}),
        ("B: w is saved and taken up again. What else", RESUMES | {"B": "weights"}),
        ("C: v is saved and taken up again. Which rows", RESUMES | {"C": "velocity"}),
        ("D: w is saved. But is it still", RESUMES | {"D": "weights"}),
        ("D: its state is saved and set again", RESUMES | {"D": "generator"}),
    ],
    "served": [
        ("It does not wait for a batch to fill up", full_batches),
        ("It takes more than one at a time", queue(size=lambda most: 1)),
        ("At most so many go together", queue(size=lambda most: 10**6)),
        ("It has to be free before", queue(starts=lambda free, arrival: arrival)),
        ("All of a batch are done together", one_after_the_other),
        ("Who has not arrived yet", queue(there=lambda arrivals, start: arrivals >= 0)),
        ("It cannot start before somebody", queue(starts=lambda free, arrival: free or arrival)),
        ("Each batch costs the fixed time", queue(takes=lambda fixed, each, n: each * n)),
        ("Who arrives just when it starts", queue(there=np.less)),
        ("how long it waits before it is taken", queue(since=lambda end, start, arrival: start - arrival)),
        ("how long the work takes", queue(since=lambda end, start, arrival: end - start)),
        ("when they are done", queue(since=lambda end, start, arrival: end)),
        ("The fixed time is due once", queue(takes=lambda fixed, each, n: (fixed + each) * n)),
    ],
    "canary": [
        (canaries.NO_NAME, lambda old, new, n, left: "go on"),
        (canaries.NO_NAME, lambda old, new, n, left: new > old),
        (canaries.NOBODY, canary(back=lambda old, new, n, left: (new - old) / (new + old) ** 0.5 > 3)),
        (canaries.NO_MORE, lambda old, new, n, left: "roll back" if errors_apart(old, new, n) > 3 else "wait"),
        (canaries.ALL_PROMOTED, lambda old, new, n, left: "promote"),
        (canaries.ALL_BACK, lambda old, new, n, left: "roll back"),
        (canaries.UNLUCKY, canary(back=lambda old, new, n, left: new > old)),
        (canaries.UNLUCKY, canary(1.645)),
        (canaries.UNLUCKY, canary(back=lambda old, new, n, left: new / n > old / n + 0.04)),
        (canaries.EARLY, canary(promote=lambda z, n: z < 1.2)),
        (canaries.BLIND, canary(back=lambda old, new, n, left: new / n > old / n + 0.12)),
        (canaries.BLIND, canary(back=lambda old, new, n, left: new > 2.5 * old)),
        (canaries.OBVIOUS, canary(back=lambda old, new, n, left: left < 8 and errors_apart(old, new, n) > 3)),
        (canaries.LATE, canary(back=lambda old, new, n, left: errors_apart(old, new, n) > (9 if left > 6 else 3))),
    ],
}


@pytest.mark.parametrize(("one", "words_due", "answer"), wrong_ones(check, WRONG))
def test_what_is_usually_wrong_gets_the_words_that_are_due(one, words_due, answer):
    refuse(one, words_due, answer)

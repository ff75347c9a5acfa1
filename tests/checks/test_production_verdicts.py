"""Chapter 15's checks, tried: right answers written otherwise. What is wrong: see test_production_slips."""

import hashlib
import json
import math
from collections import deque

import numpy as np
import pytest
from scipy import stats

from course_lib import production
from course_lib.checks import production as check
from tests.checks.tried import accept, right_ones

SIZES = check.what_it_takes.mistakes.right()
RESUMES = check.broken_resumes.mistakes.right()


def percentile_by_the_place(seconds, percent):
    return float(sorted(seconds.tolist())[math.ceil(percent * len(seconds) / 100) - 1])


def percentile_by_numpy(seconds, percent):
    return np.percentile(seconds, percent, method="inverted_cdf")


def percentile_by_partition(seconds, percent):
    place = (percent * len(seconds) + 99) // 100 - 1
    return np.partition(seconds, place)[place]


def percentile_by_counting(seconds, percent):
    below = (seconds[:, None] <= seconds).mean(axis=0) * 100
    return min(time for time, share in zip(seconds, below, strict=True) if share >= percent - 1e-9)


def key_of_sorted_pairs(settings, data, code):
    def ordered(value):
        return sorted((name, ordered(one)) for name, one in value.items()) if isinstance(value, dict) else value

    said = repr((ordered(settings), data.dtype.name, data.shape, code))
    return hashlib.sha256(said.encode("utf-8") + bytes(data.copy(order="C").data)).hexdigest().upper()


def key_of_keys(settings, data, code):
    parts = json.dumps(settings, sort_keys=True), f"{data.dtype}{data.shape}", data.tobytes(), code
    digests = [hashlib.sha3_256(part if isinstance(part, bytes) else part.encode()).hexdigest() for part in parts]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def key_of_a_list(settings, data, code):
    everything = {"settings": settings, "dtype": str(data.dtype), "data": data.tolist(), "code": code}
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def key_of_one_hash(settings, data, code):
    found = hashlib.blake2b(digest_size=32)
    for row in np.asarray(data):
        found.update(np.ascontiguousarray(row))
    found.update(json.dumps([data.dtype.str, data.shape, settings, code], sort_keys=True).encode())
    return np.str_(found.hexdigest())


def stability_by_entropies(expected, found):
    p, q = (np.array(counts, float) + 0.5 for counts in (expected, found))
    return stats.entropy(p, q) + stats.entropy(q, p)


def stability_in_logarithms(expected, found):
    log_p, log_q = (np.log(2 * n + 1) - np.log((2 * n + 1).sum()) for n in (expected, found))
    return (np.exp(log_q) - np.exp(log_p)) @ (log_q - log_p)


def stability_in_float32(expected, found):
    p, q = ((n.astype("float32") + np.float32(0.5)) / np.float32(n.sum() + len(n) / 2) for n in (expected, found))
    return float(((q - p) * (np.log(q) - np.log(p))).sum())


def stability_in_a_loop(expected, found):
    def share(n, counts):
        return (float(n) + 0.5) / sum(float(one) + 0.5 for one in counts)

    pairs = [(share(a, expected), share(b, found)) for a, b in zip(expected, found, strict=True)]
    return math.fsum((a - b) * math.log(a / b) for a, b in pairs)


def step_in_float64(weights, slopes, scale, good, rate, patience):
    slopes = slopes.astype(float) / scale
    if not math.isfinite(sum(slopes)):
        return weights.astype(float), scale * 0.5, 0.0
    weights = weights - rate * slopes
    return (weights, scale * 2, 0) if good == patience - 1 else (weights, scale, good + 1.0)


def step_weight_by_weight(weights, slopes, scale, good, rate, patience):
    new = []
    for w, slope in zip(weights.tolist(), slopes.tolist(), strict=True):
        if slope != slope or abs(slope) == math.inf:
            return [weights, scale / 2, 0]
        new.append(w - rate / scale * slope)
    good = (good + 1) % patience
    return [np.array(new, "float32"), scale if good else 2 * scale, good]


def step_by_where(weights, slopes, scale, good, rate, patience):
    spoilt = ~np.isfinite(np.abs(slopes).max())
    grown = not spoilt and good + 1 >= patience
    with np.errstate(all="ignore"):
        stepped = weights - rate * (np.float32(slopes) * np.float32(1 / scale))
    scale = np.where(spoilt, scale / 2, np.where(grown, scale * 2, scale))
    return np.where(spoilt, weights, stepped), scale, np.int64(0 if spoilt or grown else good + 1)


def step_in_place(weights, slopes, scale, good, rate, patience):
    weights = weights.copy()
    if max(map(abs, slopes.tolist())) == math.inf or np.isnan(slopes).any():
        scale, good = scale / 2, 0
    else:
        weights -= rate * (slopes.astype(np.float32) / scale)
        good += 1
        if good == patience:
            scale, good = scale * 2, 0
    return weights, np.float64(scale), good


def served_by_a_queue(arrivals, most, fixed, each):
    coming, ends = deque(arrivals.tolist()), []
    now = 0.0
    while coming:
        now, batch = max(now, coming[0]), []
        while coming and coming[0] <= now and len(batch) < most:
            batch.append(coming.popleft())
        now += fixed + each * len(batch)
        ends += [now] * len(batch)
    return tuple(end - arrival for end, arrival in zip(ends, arrivals, strict=True))


def served_by_searching(arrivals, most, fixed, each):
    took, first, free = np.zeros(len(arrivals)), 0, 0
    while first < len(arrivals):
        start = max(free, arrivals[first])
        last = min(first + most, int(np.searchsorted(arrivals, start, side="right")))
        free = start + fixed + each * (last - first)
        took[first:last] = free - arrivals[first:last]
        first = last
    return took


def served_millisecond_by_millisecond(arrivals, most, fixed, each):
    took, waiting, free = [0] * len(arrivals), list(range(len(arrivals))), 0
    for now in range(10_000):
        while now >= free and waiting and arrivals[waiting[0]] <= now:
            batch = [one for one in waiting[:most] if arrivals[one] <= now]
            del waiting[: len(batch)]
            free = now + fixed + each * len(batch)
            for one in batch:
                took[one] = int(free - arrivals[one])
    return took


def served_by_itself(arrivals, most, fixed, each, free=0):
    if not len(arrivals):
        return []
    start = max(free, int(arrivals[0]))
    n = sum(arrivals[:most] <= start)
    end = start + fixed + each * n
    return [end - int(one) for one in arrivals[:n]] + served_by_itself(arrivals[n:], most, fixed, each, end)


def standard_errors(old_errors, new_errors, requests):
    a, b = (np.array([old_errors, new_errors]) + 1) / (requests + 2)
    return (b - a) / np.sqrt((a * (1 - a) + b * (1 - b)) / requests)


def canary_of_two_spreads(old_errors, new_errors, requests, left):
    if standard_errors(old_errors, new_errors, requests) > 3.2:
        return "ROLL BACK"
    return "wait" if left else "promote"


def canary_by_an_exact_test(old_errors, new_errors, requests, left):
    """The share of the new one among all errors is that of a coin."""
    p = stats.binom.sf(new_errors - 1, old_errors + new_errors, 0.5)
    return "rollback" if p < 0.001 else "wait" if left else "promote"


def canary_of_two_rates(old_errors, new_errors, requests, left):
    """Wald's test of one share of the errors, ½, against another, 0.62."""
    evidence = new_errors * math.log(0.62 / 0.5) + old_errors * math.log(0.38 / 0.5)
    if evidence > math.log(100):
        return "roll-back"
    return np.str_("promote" if left == 0 or evidence < math.log(1e-4) else "wait")


def canary_with_a_limit_that_falls(old_errors, new_errors, requests, left):
    limit = 2.4 + 1.6 * left / 19
    if standard_errors(old_errors, new_errors, requests) > limit:
        return "roll back"
    return "wait" if left > 0 else "Promote"


def canary_that_promotes_early(old_errors, new_errors, requests, left):
    found = standard_errors(old_errors, new_errors, requests)
    if found > 3:
        return "roll back"
    return "promote" if left == 0 or (requests >= 1000 and found < 0.5) else "wait"


RIGHT = {
    "what_it_takes": {
        "computed": {name: np.float32(number) for name, number in SIZES.items()},
        "three decimals": {name: round(number, 3) for name, number in SIZES.items()},
        "whole numbers": SIZES | {"weights": 100, "training": 400, "int8": 25},
        "another order": dict(reversed(SIZES.items())),
        "rounded up": SIZES | {"KV cache": 196.61},
    },
    "percentile": {
        "the place": percentile_by_the_place,
        "NumPy": percentile_by_numpy,
        "partition": percentile_by_partition,
        "counting": percentile_by_counting,
    },
    "model_key": {
        "sorted pairs": key_of_sorted_pairs,
        "a key of keys": key_of_keys,
        "a list": key_of_a_list,
        "one hash": key_of_one_hash,
    },
    "population_stability": {
        "entropies": stability_by_entropies,
        "logarithms": stability_in_logarithms,
        "float32": stability_in_float32,
        "a loop": stability_in_a_loop,
    },
    "scaled_step": {
        "float64": step_in_float64,
        "weight by weight": step_weight_by_weight,
        "where": step_by_where,
        "in place": step_in_place,
    },
    "broken_resumes": {
        "capitals": {letter: lost.capitalize() for letter, lost in RESUMES.items()},
        "another order": dict(reversed(RESUMES.items())),
        "of NumPy": {letter: np.str_(lost) for letter, lost in RESUMES.items()},
        "spaces": {letter: f" {lost}" for letter, lost in RESUMES.items()},
    },
    "served": {
        "a queue": served_by_a_queue,
        "searching": served_by_searching,
        "each millisecond": served_millisecond_by_millisecond,
        "itself": served_by_itself,
    },
    "canary": {
        "two spreads": canary_of_two_spreads,
        "exact": canary_by_an_exact_test,
        "two rates": canary_of_two_rates,
        "falling limit": canary_with_a_limit_that_falls,
        "early": canary_that_promotes_early,
    },
}


@pytest.mark.parametrize(("one", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_is_right_however_it_is_written(one, answer):
    accept(one, answer, seeds=range(20) if callable(answer) else [0])


def test_what_the_numbers_of_the_first_exercise_say_is_what_the_course_counts():
    held = production.memory_bytes(25_000_000), production.optimizer_state_bytes(25_000_000, "adam")
    assert SIZES["weights"] == held[0] / 1e6
    assert SIZES["training"] == (2 * held[0] + held[1]) / 1e6
    assert np.isclose(SIZES["activations"], production.memory_bytes(64 * 400_000) / 1e6)
    half = production.memory_bytes(64 * 400_000, "float16") / 1e6
    assert np.isclose(SIZES["mixed"], SIZES["training"] + half)
    assert np.isclose(SIZES["KV cache"], production.kv_cache_bytes(24, 16, 64, 2000) / 1e6)


def test_keras_keeps_variables_and_moments_in_float32_under_mixed_precision():
    from course_lib.page import quiet

    with quiet():
        import keras
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        model.compile("adam", "mse")
    finally:
        keras.config.set_dtype_policy(usual)
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    model.optimizer.build(model.trainable_variables)
    moments = model.optimizer.inner_optimizer.variables[2:]
    assert {keras.backend.standardize_dtype(v.dtype) for v in [*model.weights, *moments]} == {"float32"}
    assert model.layers[0].compute_dtype == "float16"
    assert model.optimizer.initial_scale > 1

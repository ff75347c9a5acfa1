"""How fast ours is beside Keras, the same work on the same machine: ``python -m tests.bench``

Each case is first computed by all and compared, so that nobody is timed at less work; then all take turns, repeat by
repeat, and the median counts. Keras is compiled, by tf.function alone and by XLA too (which its ``compile`` chooses if
it can). A ratio is ours / Keras' faster one: below 1, ours is faster. A star: given float32, ours computed in float64.

``OPENBLAS_NUM_THREADS=1 python -m tests.bench`` gives one core to NumPy and to Keras alike: on a machine that is busy
with other things, where NumPy's threads wait for one another, only that is steady.
"""

import argparse
import os
import statistics
import time

import numpy as np

from course_lib.page import quiet
from tests.bench.cases import CASES

# A single measurement should last this long, or the clock's own noise would be measured.
MIN_SECONDS = 0.02
PAUSE_SECONDS = 0.05
TOLERANCE = {"float32": 1e-3, "float64": 1e-6}


def check_same(contestants, tolerance, name):
    """All compute the same, twice, so that a step's update counts as well. Returns the dtype of our result."""
    results = {who: [np.asarray(a).copy() for _ in range(2) for a in f()] for who, f in contestants.items()}
    # Epochs differ by their shuffling too.
    tolerance = 0.1 if "epoch" in name else tolerance
    for who, arrays in results.items():
        for a, b in zip(results["ours"], arrays, strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=f"{name}: ours and {who}")
    return results["ours"][0].dtype


def seconds(f, times):
    """How long one call takes. What TensorFlow gives back is read, for it may still be computing."""
    start = time.perf_counter()
    for _ in range(times):
        [np.asarray(a) for a in f()]
    return (time.perf_counter() - start) / times


def medians(contestants, repeats):
    """{contestant: median seconds}, all taking turns, so that a busy moment of the machine hits all."""
    times = {who: max(1, int(MIN_SECONDS / seconds(f, 2))) for who, f in contestants.items()}
    measured = {who: [] for who in contestants}
    for _ in range(repeats):
        for who, f in contestants.items():
            # The threads of the one before go on waiting for work a little while, and would keep the cores busy.
            time.sleep(PAUSE_SECONDS)
            measured[who].append(seconds(f, times[who]))
    return {who: statistics.median(all_of_them) for who, all_of_them in measured.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--only", default="", help="cases whose names contain this")
    options = parser.parse_args()
    with quiet():
        import keras
        import tensorflow as tf
    threads = int(os.environ.get("OPENBLAS_NUM_THREADS", 0))
    # 0 leaves TensorFlow its own choice, all cores, which is NumPy's too.
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    print(f"{threads or os.cpu_count()} core(s); milliseconds, median of {options.repeats}; ratio = ours / Keras\n")
    print(f"{'':50} {'dtype':8} {'ours':>9} {'Keras':>9} {'by':12} {'ratio':>6}")
    for name, make in CASES.items():
        for dtype in ("float32", "float64"):
            if options.only in name:
                keras.config.set_floatx(dtype)
                # The policy of layers is another setting, made from the first one when it is first needed.
                keras.config.set_dtype_policy(dtype)
                print(f"{name:50} {dtype:8} {row(name, make, dtype, options.repeats)}", flush=True)


def row(name, make, dtype, repeats):
    try:
        contestants = make(np.random.default_rng(0), dtype)
    except (ImportError, AttributeError) as missing:
        return f"skipped: {missing}"
    computed_in = check_same(contestants, TOLERANCE[dtype], name)
    times = medians(contestants, repeats)
    ours = times.pop("ours")
    best = min(times, key=times.get)
    return f"{1000 * ours:9.3f} {1000 * times[best]:9.3f} {best:12} {ours / times[best]:6.2f}" + (
        "" if computed_in == dtype else " *"
    )


if __name__ == "__main__":
    main()

"""Chapter 15: has the world changed since the model was trained? Two samples of numbers, and how far they are apart."""

import numpy as np

from course_lib import limits


def kolmogorov_smirnov(a, b):
    """The largest gap between the shares of a and of b that lie at or below a value. Smirnov, 1948. From 0 to 1.

    a, b: (n,) and (m,), at least one number each
    """
    a, b = (np.sort(limits.finite(name, limits.floats(limits.filled(name, x)))) for name, x in (("a", a), ("b", b)))
    limits.shape("a", a, "n")
    limits.shape("b", b, "m")
    values = np.concatenate([a, b])
    below_a, below_b = (np.searchsorted(x, values, side="right") / len(x) for x in (a, b))
    return float(np.abs(below_a - below_b).max())


def gap_limit(reference, window, false_alarms=0.01, draws=2000, seed=0):
    """The gap that so few windows exceed where nothing has changed.

    Both the reference and the window are drawn again from the reference: each is a sample, and errs.
    reference: (n,)   window: how many numbers are looked at together
    """
    reference = limits.floats(limits.filled("reference", reference))
    window, draws = limits.whole("window", window), limits.whole("draws", draws)
    limits.share("false_alarms", false_alarms)
    rng = np.random.default_rng(seed)
    gaps = [
        kolmogorov_smirnov(rng.choice(reference, len(reference)), rng.choice(reference, window)) for _ in range(draws)
    ]
    return float(np.quantile(gaps, 1 - false_alarms, method="inverted_cdf"))

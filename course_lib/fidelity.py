"""Chapter 13: how near what was made comes to what is real, measured in the features of some classifier.

Features: (n, features), a row for each example, such as what the last layer but one says of it. All three distances
are larger than 0 between two halves of the real data too: that floor belongs beside every number.
"""

import numpy as np

from course_lib import limits


def frechet_distance(mean_a, covariance_a, mean_b, covariance_b):
    """‖μ_a − μ_b‖² + tr(C_a + C_b − 2 (C_a C_b)^½): how far apart two bells are. Dowson and Landau, 1982.

    mean: (features,)   covariance: (features, features), symmetric, without negative variances   The square of a length
    """
    mean_a, mean_b = limits.same_floats("mean_a", mean_a, mean_b=mean_b)
    covariance_a, covariance_b = limits.floats(covariance_a), limits.floats(covariance_b)
    _check_covariances(len(mean_a), covariance_a=covariance_a, covariance_b=covariance_b)
    limits.finite("mean_a", mean_a)
    limits.finite("mean_b", mean_b)
    root = _root(covariance_a)
    # C_a C_b has the eigenvalues of this symmetric matrix, whose root needs no complex numbers.
    shared = _eigenvalues_from_zero(np.linalg.eigvalsh(root @ covariance_b @ root))
    spread = np.trace(covariance_a) + np.trace(covariance_b) - 2 * np.sum(np.sqrt(shared))
    return np.sum((mean_a - mean_b) ** 2) + max(spread, 0.0)


def frechet_inception_distance(a, b):
    """FID: the ``frechet_distance`` of two crowds of features, each taken for a bell. Heusel et al., 2017, eq. 6.

    a, b: (n, features), 2 rows or more, as many as there are features at the least, or it says more of n than of a
    """
    a, b = _features(a, b)
    return frechet_distance(*_bell(a), *_bell(b))


def kernel_inception_distance(a, b):
    """KID: the squared distance of two crowds by the kernel (x · y / features + 1)³. Bińkowski et al., 2018.

    Pairs of a row with itself are left out, so that it is 0 on average, and may fall below, where both come from one
    source, at any n.   a, b: (n, features), 2 rows or more
    """
    a, b = _features(a, b)
    return _over_pairs(_kernel(a, a)) + _over_pairs(_kernel(b, b)) - 2 * np.mean(_kernel(a, b))


def nearest(made, real):
    """(distances, rows): for each row of ``made`` how far its nearest row of ``real`` is, and which. Each (n,).

    A distance near 0 is a copy. Euclidean; one of the rows where several are as near.
    """
    made, real = (limits.filled(name, limits.floats(x)) for name, x in (("made", made), ("real", real)))
    limits.finite("made", limits.shape("made", made, "n", "features"))
    limits.finite("real", limits.shape("real", real, "n", made.shape[1]))
    # ‖x − y‖² = ‖x‖² + ‖y‖² − 2 x · y, of which ‖x‖² is no matter for the order; far from 0 its digits would be lost.
    x, y = made - real.mean(axis=0), real - real.mean(axis=0)
    rows = np.argmin(np.sum(y**2, axis=1) - 2 * x @ y.T, axis=1)
    return np.linalg.norm(made - real[rows], axis=1), rows


def _kernel(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def _over_pairs(k):
    """The mean over all pairs of different rows."""
    return (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))


def _bell(x):
    return x.mean(axis=0), np.atleast_2d(np.cov(x, rowvar=False))


def _root(covariance):
    """The symmetric matrix whose square it is."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(_eigenvalues_from_zero(values))) @ vectors.T


def _eigenvalues_from_zero(values):
    """Those that rounding carried below 0."""
    return np.maximum(values, 0)


def _features(a, b):
    a, b = limits.floats(a), limits.floats(b)
    limits.shape("a", a, "n", "features", filled=True)
    limits.shape("b", b, "n", a.shape[1], filled=True)
    for name, x in (("a", a), ("b", b)):
        limits.finite(name, x)
        limits.whole(f"the number of rows of {name}", len(x), 2)
    return a, b


def _check_covariances(features, **covariances):
    for name, c in covariances.items():
        limits.finite(name, limits.shape(name, c, features, features))
        limits.hold(name, c, np.isclose(c, np.transpose(c)), "the same numbers when rows and columns change places")
        if np.linalg.eigvalsh(c)[0] < -1e-8 * max(np.trace(c), 0):
            raise ValueError(f"{name} must have no negative variance in any direction")

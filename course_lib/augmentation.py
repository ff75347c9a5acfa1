"""More examples from those that are there: images moved, turned, mirrored, made noisy, and mixed.

images: (batch, height, width) or (batch, height, width, channels)   What comes into view from outside is 0.
"""

import numpy as np

from course_lib import limits


def bilinear(images, rows, columns):
    """Pixels at places between pixels: the average of the four around, the nearer the heavier.

    rows, columns: (batch, height, width), where in the image to look, in pixels   returns: the images seen there
    """
    images = _checked(images)
    rows, columns = limits.floats(rows), limits.floats(columns)
    limits.finite("rows", limits.shape("rows", rows, len(images), "height", "width"))
    limits.finite("columns", limits.same_shape("columns", columns, "rows", rows.shape))
    top, left = np.floor(rows), np.floor(columns)
    below, right = rows - top, columns - left
    upper = _blend(_pixels(images, top, left), _pixels(images, top, left + 1), right)
    lower = _blend(_pixels(images, top + 1, left), _pixels(images, top + 1, left + 1), right)
    return _blend(upper, lower, below)


def shift(images, down, right):
    """Each image moved by its own number of pixels, also parts of pixels. down, right: (batch,)"""
    images = _checked(images)
    down, right = _one_for_each(images, down, "down"), _one_for_each(images, right, "right")
    rows, columns = np.indices(images.shape[1:3])
    return bilinear(images, rows - down, columns - right + np.zeros_like(down))


def rotate(images, degrees):
    """Each image turned around its middle, counter-clockwise, by its own angle. degrees: (batch,)"""
    images = _checked(images)
    angle = np.deg2rad(_one_for_each(images, degrees, "degrees"))
    rows, columns = np.indices(images.shape[1:3])
    middle = (np.array(images.shape[1:3]) - 1) / 2
    y, x = rows - middle[0], columns - middle[1]
    # Where a pixel comes from: its place, turned back.
    from_y, from_x = np.cos(angle) * y + np.sin(angle) * x, np.cos(angle) * x - np.sin(angle) * y
    return bilinear(images, middle[0] + from_y, middle[1] + from_x)


def flip(images, flipped):
    """Left and right exchanged in some images. flipped: (batch,) of True and False"""
    images, flipped = _checked(images), np.asarray(flipped)
    limits.shape("flipped", limits.true_or_false("flipped", flipped), len(images))
    return np.where(_spread(flipped, images), images[:, :, ::-1], images)


def noise(images, rng, stddev):
    """Normally distributed noise on every pixel."""
    images = limits.floats(images)
    limits.from_zero("stddev", stddev)
    return images + stddev * rng.standard_normal(images.shape)


def augment(images, rng, max_shift=1.0, max_degrees=10.0, flips=False, stddev=0.0):
    """Each image turned, moved and made noisy at random; with ``flips``, every second one mirrored.

    Only what leaves the answer as it is: a mirrored cat is a cat, a mirrored 2 is no digit.
    """
    limits.from_zero("max_shift", max_shift)
    limits.number("max_degrees", max_degrees, 0, 180)
    n = len(_checked(images))
    down, right = rng.uniform(-max_shift, max_shift, (2, n))
    images = shift(rotate(images, rng.uniform(-max_degrees, max_degrees, n)), down, right)
    images = flip(images, (rng.random(n) < 0.5) & flips)
    return noise(images, rng, stddev)


def mixup(x, y, rng, alpha=0.2):
    """λ x + (1 - λ) x', λ y + (1 - λ) y': each example mixed with another one. Zhang et al., 2018.

    x: (batch, ...)   y: (batch, ...), one-hot or probabilities   λ: one for each example, from Beta(alpha, alpha)
    """
    x, y = limits.floats(x), limits.floats(y)
    limits.above_zero("alpha", alpha)
    limits.all_shares("y", limits.shape("y", y, len(x), ...))
    weight, other = rng.beta(alpha, alpha, len(x)), rng.permutation(len(x))
    return _blend(x[other], x, weight), _blend(y[other], y, weight)


def cutout(images, rng, size):
    """In each image a square of ``size`` pixels a side set to 0, its middle anywhere. DeVries and Taylor, 2017.

    Near the border a part of the square lies outside, as in the paper.
    """
    images = _checked(images)
    size = min(limits.whole("size", size), 2 * max(images.shape[1:3]))
    middles = rng.integers(0, images.shape[1:3], (len(images), 2))
    return np.where(_spread(_boxes(images, middles, [(size, size)] * len(images)), images), 0, images)


def cutmix(images, y, rng, alpha=1.0):
    """In each image a box from another one, and y mixed by the shares of the pixels. Yun et al., 2019.

    y: (batch, ...), one-hot or probabilities   The box has about the share 1 - λ of the pixels, with its middle
    anywhere and as wide, for its image, as high; λ: one for each example, from Beta(alpha, alpha)
    """
    images, y = _checked(images), limits.floats(y)
    limits.above_zero("alpha", alpha)
    limits.all_shares("y", limits.shape("y", y, len(images), ...))
    share, other = 1 - rng.beta(alpha, alpha, len(images)), rng.permutation(len(images))
    middles = rng.integers(0, images.shape[1:3], (len(images), 2))
    inside = _boxes(images, middles, np.sqrt(share)[:, None] * images.shape[1:3])
    mixed = np.where(_spread(inside, images), images[other], images)
    return mixed, _blend(y, y[other], inside.mean(axis=(1, 2)))


def _boxes(images, middles, sizes):
    """(batch, height, width) of True inside a box: from its middle half its size back, and so far on."""
    sizes = np.asarray(sizes, int)
    starts = middles - sizes // 2
    places = np.indices(images.shape[1:3])[:, None]
    starts, ends = (edge.T[:, :, None, None] for edge in (starts, starts + sizes))
    return ((places >= starts) & (places < ends)).all(axis=0)


def _blend(a, b, weight):
    """b, where weight is 1, a, where it is 0, and in between what lies between."""
    weight = _spread(weight, a)
    return (1 - weight) * a + weight * b


def _spread(values, like):
    """The values with axes of length 1 at the end, so that they act on every entry of ``like``."""
    return values.reshape(values.shape + (1,) * (like.ndim - values.ndim))


def _pixels(images, rows, columns):
    """The pixels at whole places, 0 outside."""
    height, width = images.shape[1:3]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    r, c = np.clip(rows, 0, height - 1).astype(int), np.clip(columns, 0, width - 1).astype(int)
    return np.where(_spread(inside, images), images[np.arange(len(images))[:, None, None], r, c], 0)


def _checked(images):
    images = limits.floats(images)
    if images.ndim not in (3, 4) or images.size == 0:
        raise ValueError(
            f"images must be (batch, height, width) or (batch, height, width, channels), none of them 0; "
            f"got {images.shape}"
        )
    return images


def _one_for_each(images, values, name):
    """(batch, 1, 1) from a number for each image."""
    limits.finite(name, limits.shape(name, values, len(images)))
    return np.asarray(values, float)[:, None, None]

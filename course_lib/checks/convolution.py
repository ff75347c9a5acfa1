"""Chapter 07's checks: sizes and fields, windows that go round, matrices, and a network that reads at any place.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import numpy as np

from course_lib.checking.comparing import one_of
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.models import compiled

CHAPTER = "07-convolution"


@value(
    "Without padding a window of 5 has 28 − 5 + 1 places along a side.",
    "Each filter has 5 · 5 weights for each channel that comes in, and one bias.",
    "Same padding only rounds up what the stride divides: 28 / 3.",
    "Products: every weight that is no bias is used once at each place.",
    points=1,
    mistakes={
        "side: the window must fit in whole. The last place is at 28 − 5, and there is one at 0.": {"side": 23},
        "side: that would be same padding. Nothing is added around the picture here.": {"side": 28},
        "parameters: each filter has a bias.": {"parameters": 200},
        "parameters: the bias belongs to the filter, not to each weight or place.": {"parameters": 400},
        "parameters: each of the 8 filters has a bias of its own.": {"parameters": 201},
        "parameters: shared weights do not depend on how many places there are.": {"parameters": 119808},
        "products: all 8 filters multiply at each place.": {"products": 14400},
        "products: biases are added, not multiplied.": {"products": 119808},
        "products: the window has 24 · 24 places, not 28 · 28.": {"products": 156800},
        "side, same with stride 3: what does not come out even is rounded up.": {"side, same with stride 3": 9},
        "side, same with stride 3: same padding keeps the size only with stride 1.": {"side, same with stride 3": 28},
        "side, same with stride 3: that is without padding. Same adds zeros.": {"side, same with stride 3": 8},
        "side, same with stride 3: there is no third of a place. Round up.": {"side, same with stride 3": 9.33},
        "side, same with stride 3: 28 / 3 is still to be rounded up.": {"side, same with stride 3": 28 / 3},
    },
)
def sizes_by_hand():
    """28 × 28 pixels of grey, 8 filters of 5 × 5, stride 1, valid; and the side with same padding and stride 3."""
    side = 28 - 5 + 1
    return {
        "side": side,
        "parameters": (5 * 5 + 1) * 8,
        "products": side**2 * 5 * 5 * 8,
        "side, same with stride 3": -(-28 // 3),
    }


def _quarters(rng, shape):
    """Random numbers whose sums and products come out the same in 32 bits and in 64."""
    return rng.integers(-12, 13, shape) / 4


def _around_cases(rng):
    yield np.array([0.0, 0.0, 1.0, 1.0]), np.array([-1.0, 1.0])
    yield np.array([1, 2, 3, 4, 5]), np.array([1, 10, 100])
    yield np.array([2.0]), np.array([3.0])
    yield np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 100.0])
    for _ in range(5):
        yield _quarters(rng, int(rng.integers(4, 9))), _quarters(rng, int(rng.integers(2, 5)))


@implement(
    _around_cases,
    "Write out y[0] and the last y for the example: which pixels do they see?",
    "np.roll(x, -a)[i] is x[i + a], going round at the end.",
    "Add up kernel[a] * np.roll(x, -a) over all a.",
    points=2,
    mistakes={
        "That turns the kernel round. Here y[i] looks to the right of i.": "np.roll(x, -a) → np.roll(x, a)",
        "At the end the window goes on at the beginning: there are as many outputs as inputs.": (
            lambda x, kernel: np.correlate(x, kernel)
        ),
        "Behind the last pixel comes the first: x[(i + a) % len(x)].": (
            lambda x, kernel: np.array([sum(w * x[i + a] for a, w in enumerate(kernel)) for i in range(len(x))])
        ),
        "np.convolve turns the kernel round; np.correlate does not.": (
            lambda x, kernel: np.convolve(np.pad(x, (0, len(kernel) - 1), mode="wrap"), kernel, "valid")
        ),
        "Beyond the end come no zeros, but the row's beginning.": (
            "np.roll(x, -a) → np.concatenate([x[a:], np.zeros(a)])"
        ),
        "The kernel's first weight belongs to the pixel itself, not to one beside it.": (
            "np.roll(x, -a) → np.roll(x, -a - 1)"
        ),
        "The sums are not divided by the number of weights.": "w * np.roll(x, -a) → w * np.roll(x, -a) / len(kernel)",
    },
)
def around(x, kernel):
    """y[i] = Σ kernel[a] x[i + a], going round at the end. x: (n,)   kernel: (k,), k ≤ n   returns: (n,)"""
    return sum(w * np.roll(x, -a) for a, w in enumerate(kernel))


def _field_cases(rng):
    yield ([(3, 1, 1), (3, 1, 1)],)
    yield ([(3, 2, 1), (3, 1, 1)],)
    yield ([(3, 1, 4)],)
    yield ([],)
    yield ([(7, 2, 1), (3, 2, 1), (3, 1, 2)],)
    for _ in range(4):
        yield ([tuple(int(n) for n in rng.integers(1, 5, 3)) for _ in range(int(rng.integers(2, 6)))],)


@implement(
    _field_cases,
    "Begin with one pixel, and with neighbours that lie one pixel apart.",
    "A layer adds dilation · (kernel − 1) steps, each as long as neighbours lie apart before it.",
    "After the layer, neighbours lie its stride times as far apart.",
    points=2,
    mistakes={
        "Each step is as long as all strides before it.": "rate * (size - 1) * step → rate * (size - 1)",
        "A layer's own stride counts for the layers after it, not for itself.": (
            "rate * (size - 1) * step → rate * (size - 1) * step * stride"
        ),
        "A dilated kernel spans more: its weights lie that far apart.": "rate * (size - 1) → (size - 1)",
        "From the first pixel to the last of a kernel of 3 there are two steps.": "(size - 1) → size",
        "With no layer at all, one output sees one pixel.": "field = step = 1 → field, step = 0, 1",
        "Strides multiply.": "step *= stride → step += stride",
        "The receptive field comes first, and then the distance.": "return field, step → return step, field",
    },
)
def field_and_step(layers):
    """(receptive field, distance in pixels of two neighbouring outputs). layers: [(kernel size, stride, dilation)]"""
    field = step = 1
    for size, stride, rate in layers:
        field += rate * (size - 1) * step
        step *= stride
    return field, step


def _band_cases(rng):
    yield np.array([1.0, 2.0, 3.0]), 5, 1
    yield np.array([1.0, 2.0, 3.0]), 7, 2
    yield np.array([4]), 3, 1
    yield np.array([1.0, 2.0]), 2, 1
    yield np.array([1.0, -1.0]), 6, 3
    for _ in range(4):
        size = int(rng.integers(1, 5))
        yield rng.normal(size=size), size + int(rng.integers(0, 6)), int(rng.integers(1, 4))


@implement(
    _band_cases,
    "There are (n − k) // stride + 1 rows: one for each place of the window.",
    "Row i holds the kernel from column i · stride on, and zeros else.",
    "matrix[i, i * stride : i * stride + len(kernel)] is where the kernel goes.",
    points=2,
    mistakes={
        "From row to row the window jumps by the stride.": "i * stride + np.arange → i + np.arange",
        "As in Keras, the kernel is not turned round.": "] = kernel → ] = kernel[::-1]",
        "That is the transpose. A row for each place of the window, a column for each pixel.": (
            "return matrix → return matrix.T"
        ),
        "One row too few: the window at 0 is one as well.": "// stride + 1 → // stride",
        "There are (n − k) // stride + 1 rows: the window jumps.": (
            "(n - len(kernel)) // stride + 1 → n - len(kernel) + 1; i * stride + np.arange → i + np.arange"
        ),
    },
)
def band(kernel, n, stride):
    """The matrix that convolves a row of n pixels: (places, n). kernel: (k,), k ≤ n"""
    places = (n - len(kernel)) // stride + 1
    matrix = np.zeros((places, n))
    for i in range(places):
        matrix[i, i * stride + np.arange(len(kernel))] = kernel
    return matrix


def _soft_cases(rng):
    yield (np.array([0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0]),)
    yield (np.array([0.0, 0.0, 4.0, 0.0, 0.0]),)
    yield (np.array([-1, -4, -2]),)
    yield (np.array([1.0, 5.0, 2.0, 8.0, 3.0, 0.0]),)
    for _ in range(5):
        yield (_quarters(rng, int(rng.integers(3, 12))),)


@implement(
    _soft_cases,
    "First the largest of each two neighbours, at all places: one number fewer than x.",
    "np.maximum(x[:-1], x[1:]) is that. Then the means of neighbours in the same way.",
    "Last take every second of the means, beginning with the first: [::2].",
    points=2,
    mistakes={
        "First the largest at every place, with stride 1. Only the means jump.": (
            "np.maximum(x[:-1], x[1:]) → np.maximum(x[:-1:2], x[1::2])"
        ),
        "It is the means that jump. The largest of two is taken at every place.": (
            "np.maximum(x[:-1], x[1:]) → np.maximum(x[:-1:2], x[1::2]); [::2] →"
        ),
        "The last two of the largest have a mean as well.": "[::2] → [:-1:2]",
        "The means of two neighbours are missing.": "(largest[:-1] + largest[1:]) / 2 → largest[:-1]",
        "Only every second mean is kept.": "[::2] →",
        "Begin with the first mean.": "[::2] → [1::2]",
        "First the largest, then the mean: not the other way round.": (
            lambda x: np.maximum((x[:-2] + x[1:-1]) / 2, (x[1:-1] + x[2:]) / 2)[::2]
        ),
        "A mean, not a sum: divide by 2.": "/ 2 → / 1",
        "Means of whole numbers have fractions: / 2, not // 2.": "/ 2 → // 2",
    },
)
def soft_pool(x):
    """The largest of two neighbours everywhere, then means of two, every second one. Zhang, 2019. x: (n,), n ≥ 3"""
    largest = np.maximum(x[:-1], x[1:])
    return ((largest[:-1] + largest[1:]) / 2)[::2]


@value(
    "Think of one bright pixel that moves by one. What does the output do?",
    "A stride of 2 follows only moves of 2. Does every move of one pixel show in its output, and as a move?",
    "Whatever is computed from a whole map without regard to order does not move.",
    points=2,
    mistakes={
        "A: the same window everywhere. Its map moves along.": {"A": 2},
        "A: the same window looks everywhere. Convolve, then move is move, then convolve.": {"A": 3},
        "B: half of the places are left out: after one step the window sees something new.": {"B": 1},
        "B: small moves matter less, but its numbers do change: half of the windows that a move needs are left out.": {
            "B": 2
        },
        "C: a mean over the whole map does not know where anything was.": {"C": 1},
        "C: the map moves along, and its mean adds up the same numbers.": {"C": 3},
        "D: what works on each pixel alone moves along with it.": {"D": 2},
        "D: each pixel by itself, the same for all: nothing about it knows the place.": {"D": 3},
        "E: move the picture, and its pixels meet other weights: what comes is no moved output.": {"E": 1},
        "E: a dense layer has weights of its own for each place.": {"E": 2},
    },
)
def moves_along():
    """1 equivariant, 2 invariant, 3 neither: convolution, pooling by twos, convolution + global mean, ReLU, dense."""
    return {"A": 1, "B": 3, "C": 2, "D": 1, "E": 3}


@value(
    "Compare each with the chapter's equation, index by index.",
    "A's map should be as large as there are places: what does its loop leave out?",
    "B sums over the window. What about the channels?",
    "C should move by its stride in the picture, not in the map.",
    points=2,
    mistakes={
        "A: it puts the sums into an array, as it should. Are they all there?": {"A": 2},
        "B: the map has two rows and two columns less than the picture, as it should. What stands in it?": {"B": 1},
        "B: both loops go over all places. What is added up at each?": {"B": 2},
        "B: it returns the map that it made. What was put into it?": {"B": 4},
        "C: the size is right for this stride. Where is each window taken from?": {"C": 1},
        "C: it puts the sums into an array, as it should. Are they sums of the right pixels?": {"C": 2},
    },
)
def broken_convolutions():
    """A misses the last place (line 1, or 3), B keeps one channel only, C forgets the stride when it cuts."""
    return {"A": one_of(1, 3), "B": 3, "C": 3}


# Sixteen filters, 194 parameters, read every sign on the right with each of 193 seeds; eight filters, fewer than 90 %
# with 3 seeds of 150.
SIGHT_PARAMETERS, SIGHT_RIGHT = 2000, 0.9
TOO_LARGE = "Sixteen filters of 3 × 3 and a dense layer behind global pooling need about two hundred."
ONLY_LEFT = (
    "What it learnt on the left it does not know on the right: a dense layer over places has weights for each place. "
    "Take the largest of each map first."
)
ONLY_PARTS = (
    "On the left it is sure, on the right not quite: a few filters caught only a part of a sign. Sixteen filters and a "
    "dense layer behind the largest of each map do it."
)
NOT_LEARNT = (
    "That is near guessing on both sides. Either its loss does not get logits (`from_logits=True`), or it has hardly "
    "moved yet: a mean over a whole map is faint, so take the largest (GlobalMaxPooling2D), a rate of 0.02, or more "
    "epochs."
)
SWAPPED = "It takes each for the other: 0 is the plus, 1 the cross, and the larger logit counts."
AT_EVERY_PLACE = "It still speaks at every place: global pooling makes one number of each map."
TWO_EACH = "Two signs need two logits: the last layer has a neuron for each."
MEAN_IS_FAINT = "It is on its way. More epochs, a larger rate, or the largest of each map in place of its mean help."
SIGNS = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[1, 0, 1], [0, 1, 0], [1, 0, 1]]], "float32")


def _signs(rng, n, left):
    """Pictures of 12 × 12 with a plus (0) or a cross (1) in the left or right half, on faint noise."""
    x, y = 0.3 * rng.random((n, 12, 12, 1)).astype("float32"), rng.integers(0, 2, n)
    columns = rng.integers(0, 4, n) if left else rng.integers(6, 10, n)
    for picture, sign, row, column in zip(x, SIGNS[y], rng.integers(0, 10, n), columns, strict=True):
        picture[row : row + 3, column : column + 3, 0] += sign
    return x, y


def sight(x, y, *parts, epochs=0, rate=0.02):
    """A model of these layers for the signs, trained on them: what a learner has who made one mistake, or none.

    parts: functions that make a layer of ``keras.layers``
    """
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((12, 12, 1)), *(part(keras.layers) for part in parts)])
    if epochs:
        made = compiled(model, lambda losses: losses.SparseCategoricalCrossentropy(from_logits=True), rate=rate)
        made.fit(np.tile(x, (epochs, 1, 1, 1)), np.tile(y, epochs), 50, verbose=0)
    return model


def _conv(layers, filters=16):
    return layers.Conv2D(filters, 3, activation="relu")


def _two(layers):
    return layers.Dense(2)


@build(
    "A convolution finds a sign wherever it is. What comes after it must not care where that was.",
    "keras.layers.GlobalMaxPooling2D() takes the largest number of each map, wherever it stands.",
    "Conv2D(16, 3, activation='relu'), global pooling, Dense(2) for the logits.",
    "Adam with a rate of 0.02 and 20 epochs in batches of 50 are enough.",
    points=3,
    mistakes={
        TOO_LARGE: lambda x, y: sight(x, y, lambda layers: layers.Flatten(), lambda layers: layers.Dense(32), _two),
        ONLY_LEFT: lambda x, y: sight(
            x, y, lambda layers: _conv(layers, 8), lambda layers: layers.Flatten(), _two, epochs=20
        ),
        NOT_LEARNT: lambda x, y: sight(x, y, _conv, lambda layers: layers.GlobalMaxPooling2D(), _two),
        AT_EVERY_PLACE: lambda x, y: sight(x, y, _conv, _two),
        TWO_EACH: lambda x, y: sight(x, y, lambda layers: layers.Flatten(), lambda layers: layers.Dense(1)),
    },
)
def reads_anywhere(trial):
    """At most 2,000 parameters, trained on signs on the left, at least 90 % right on 400 signs on the right."""
    x, y = _signs(trial.rng, 400, left=True)
    model = trial.built(x, y)
    count = model["parameters"]
    trial.require(count <= SIGHT_PARAMETERS, f"It has {count} parameters; {SIGHT_PARAMETERS} are allowed.", TOO_LARGE)
    sides = [_signs(trial.rng, 400, left) for left in (True, False)]
    logits = [trial.ask("predict", images) for images, _ in sides]
    shape = logits[0].shape
    trial.require(
        shape == (400, 2),
        f"For 400 pictures its output has the shape {shape}; (400, 2) was wanted.",
        AT_EVERY_PLACE if len(shape) > 2 else TWO_EACH,
    )
    for z in logits:
        trial.finite(z)
    left, right = (np.mean(z.argmax(axis=1) == t) for z, (_, t) in zip(logits, sides, strict=True))
    said = f"It gets {left:.0%} right on the left and {right:.0%} on the right, where 90 % were wanted."
    trial.require(right >= SIGHT_RIGHT, said, _sight_hint(left, right))


def _sight_hint(left, right):
    """What to try with a model that reads these shares of the signs."""
    if max(left, right) < 0.65:
        return NOT_LEARNT if min(left, right) > 0.2 else SWAPPED
    if left >= right + 0.3:
        return ONLY_LEFT
    return ONLY_PARTS if left >= 0.95 else MEAN_IS_FAINT


def _head_cases(rng):
    sheet, tens = np.arange(12.0).reshape(3, 4, 1), np.array([[1.0], [10.0], [100.0], [1000.0]])
    yield sheet, tens, np.array([0.5]), (2, 2)
    yield sheet, tens[:2], np.array([0.5]), (1, 2)
    yield np.arange(6.0).reshape(2, 3, 1), np.array([[1.0], [0.0], [0.0], [0.0]]), np.array([0.0]), (2, 2)
    yield np.arange(8.0).reshape(2, 2, 2), np.eye(8)[:, :3], np.array([0.0, 10.0, 0.0]), (2, 2)
    for _ in range(5):
        rows, columns, channels, units = (int(n) for n in rng.integers(1, 4, 4))
        shape = rows + int(rng.integers(0, 4)), columns + int(rng.integers(0, 4)), channels
        kernel = _quarters(rng, (rows * columns * channels, units))
        yield _quarters(rng, shape), kernel, _quarters(rng, units), (rows, columns)


@implement(
    _head_cases,
    "At one place: cut a window of (rows, columns) out of the maps, flatten it, multiply by the kernel, add the bias.",
    "There are height − rows + 1 places down, and width − columns + 1 across.",
    "maps[i : i + rows, j : j + columns].ravel() is in the order of Keras' Flatten: channels fastest.",
    points=4,
    mistakes={
        "The bias is missing.": ".ravel() @ kernel + bias → .ravel() @ kernel",
        "Keras' Flatten lets the channels vary fastest: no axis is moved before it.": (
            ".ravel() @ → .transpose(2, 0, 1).ravel() @"
        ),
        "The last place in each direction is one as well: + 1.": (
            "range(width - columns + 1) → range(width - columns); range(height - rows + 1) → range(height - rows)"
        ),
        "The windows overlap: from place to place it is one step, not a whole window.": (
            "range(width - columns + 1) → range(0, width - columns + 1, columns); "
            "range(height - rows + 1) → range(0, height - rows + 1, rows)"
        ),
        "Rows come before columns.": "return np.array(y) → return np.swapaxes(np.array(y), 0, 1)",
        "The window is (rows, columns): so many down, so many across.": (
            "(rows, columns) = maps.shape, window → (columns, rows) = maps.shape, window"
        ),
        "Flatten goes row by row, as ravel() does without an order.": ".ravel() @ → .ravel('F') @",
        "One sheet goes in, so no axis for a batch comes out.": "return np.array(y) → return np.array(y)[None]",
    },
)
def head_everywhere(maps, kernel, bias, window):
    """What a dense layer behind Flatten says at each place: (places down, places across, units).

    maps: (height, width, channels)   kernel: (rows · columns · channels, units)   window: (rows, columns)
    """
    (height, width, _), (rows, columns) = maps.shape, window
    y = [
        [maps[i : i + rows, j : j + columns].ravel() @ kernel + bias for j in range(width - columns + 1)]
        for i in range(height - rows + 1)
    ]
    return np.array(y)

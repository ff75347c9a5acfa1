"""Chapter 07's checks, tried: right answers written otherwise, and models really trained, rightly and wrongly."""

from itertools import pairwise

import numpy as np
import pytest

from course_lib.checks import convolution as check
from course_lib.convolution import convolve
from course_lib.page import quiet
from course_lib.windows import receptive_field
from tests.checks.tried import accept, refuse, right_ones, wrong_ones

with quiet():
    import keras

SIZES = {"side": 24, "parameters": 208, "products": 115200, "side, same with stride 3": 10}


def around_in_loops(x, kernel):
    n = len(x)
    return np.array([sum(kernel[a] * x[(i + a) % n] for a in range(len(kernel))) for i in range(n)])


def around_by_the_course(x, kernel):
    longer = np.concatenate([x, x])[: len(x) + len(kernel) - 1].astype(float)
    return convolve(longer[None, :, None], np.asarray(kernel, float)[:, None, None])[0, :, 0]


def field_by_the_course(layers):
    return [receptive_field(layers), int(np.prod([stride for _, stride, _ in layers]))]


def field_from_the_end(layers):
    """One output sees one pixel of the last map, and so on back to the picture."""
    field, step = 1, 1
    for size, stride, rate in reversed(layers):
        field, step = (field - 1) * stride + rate * (size - 1) + 1, step * stride
    return float(field), float(step)


def band_of_unit_vectors(kernel, n, stride):
    kernel = np.asarray(kernel, float)[:, None, None]
    return convolve(np.eye(n)[..., None], kernel, strides=stride)[..., 0].T


def band_of_rows(kernel, n, stride):
    k = len(kernel)
    return np.array([[0.0] * i + [float(w) for w in kernel] + [0.0] * (n - k - i) for i in range(0, n - k + 1, stride)])


def soft_pool_in_loops(x):
    largest = [max(a, b) for a, b in pairwise(x)]
    return np.array([(largest[i] + largest[i + 1]) / 2 for i in range(0, len(largest) - 1, 2)])


def soft_pool_by_windows(x):
    pairs = np.lib.stride_tricks.sliding_window_view
    return pairs(pairs(x, 2).max(axis=1), 2).mean(axis=1)[::2].astype("float64")


def head_by_the_course(maps, kernel, bias, window):
    shaped = np.asarray(kernel, float).reshape(*window, maps.shape[-1], -1)
    return convolve(maps[None], shaped)[0] + bias


def head_by_einsum(maps, kernel, bias, window):
    seen = np.lib.stride_tricks.sliding_window_view(maps, window, axis=(0, 1))
    return np.einsum("ijcab,abcu->iju", seen, kernel.reshape(*window, maps.shape[-1], -1)) + bias


def in_32_bits(right):
    """The right function with every array made float32 first, and the result float64."""

    def answer(*args):
        return right(*(a.astype("float32") if isinstance(a, np.ndarray) else a for a in args)).astype(float)

    return answer


RIGHT = {
    "sizes_by_hand": {
        "whole floats": {k: float(v) for k, v in SIZES.items()},
        "numpy": {k: np.int64(v) for k, v in SIZES.items()},
    },
    "around": {"loops": around_in_loops, "course": around_by_the_course, "32 bits": in_32_bits(around_in_loops)},
    "field_and_step": {"course": field_by_the_course, "from the end": field_from_the_end},
    "band": {"unit vectors": band_of_unit_vectors, "lists": band_of_rows},
    "soft_pool": {
        "loops": soft_pool_in_loops,
        "windows": soft_pool_by_windows,
        "32 bits": in_32_bits(soft_pool_in_loops),
    },
    "moves_along": {"floats": {"A": 1.0, "B": 3.0, "C": 2.0, "D": 1.0, "E": 3.0}},
    "broken_convolutions": {"the other line of A": {"A": 3, "B": 3, "C": 3}, "line 1": {"A": 1, "B": 3, "C": 3}},
    "head_everywhere": {"course": head_by_the_course, "einsum": head_by_einsum, "32 bits": in_32_bits(head_by_einsum)},
}


@pytest.mark.parametrize(("exercise", "answer"), right_ones(check, RIGHT))
def test_a_right_answer_written_otherwise_is_right(exercise, answer):
    accept(exercise, answer, seeds=[*range(3), 111, 310])


def around_without_going_round(x, kernel):
    y = np.zeros(len(x))
    for i in range(len(x)):
        for a in range(len(kernel)):
            y[i] += kernel[a] * x[i + a]
    return y


def around_by_np_convolve(x, kernel):
    longer = np.concatenate([x, x[: len(kernel) - 1]])
    return np.convolve(longer, kernel, mode="valid")


def field_swapped(layers):
    return field_from_the_end(layers)[::-1]


def band_without_stride(kernel, n, stride):
    return band_of_rows(kernel, n, 1)


def band_one_short(kernel, n, stride):
    matrix = np.zeros(((n - len(kernel)) // stride, n))
    for i in range(len(matrix)):
        matrix[i, i * stride : i * stride + len(kernel)] = kernel
    return matrix


def soft_pool_halved_down(x):
    largest = np.maximum(x[:-1], x[1:])
    return ((largest[:-1] + largest[1:]) // 2)[::2]


def soft_pool_one_early(x):
    largest = np.maximum(x[:-1], x[1:])
    return np.array([(largest[i] + largest[i + 1]) / 2 for i in range(0, len(largest) - 2, 2)])


def soft_pool_jumping_once(x):
    largest = np.array([max(x[i], x[i + 1]) for i in range(0, len(x) - 1, 2)])
    return (largest[:-1] + largest[1:]) / 2


def head_by(ravel, short=0):
    def answer(maps, kernel, bias, window):
        places = np.array(maps.shape[:2]) - window + 1 - short
        y = np.zeros((*np.maximum(places, 0), len(bias)))
        for i, j in np.ndindex(*y.shape[:2]):
            y[i, j] = ravel(maps[i : i + window[0], j : j + window[1]]) @ kernel + bias
        return y

    return answer


WRONG = {
    "sizes_by_hand": [
        ("without padding", SIZES | {"side, same with stride 3": 8}),
        ("Round up", SIZES | {"side, same with stride 3": 9.33}),
        ("to be rounded up", SIZES | {"side, same with stride 3": 28 / 3}),
        ("not 28 · 28", SIZES | {"products": 156800}),
        ("a bias of its own", SIZES | {"parameters": 201}),
    ],
    "around": [
        ("Behind the last pixel comes the first", around_without_going_round),
        ("np.convolve turns the kernel round", around_by_np_convolve),
    ],
    "field_and_step": [("The receptive field comes first", field_swapped)],
    "band": [("rows: the window jumps", band_without_stride), ("One row too few", band_one_short)],
    "soft_pool": [
        ("/ 2, not // 2", soft_pool_halved_down),
        ("The last two of the largest", soft_pool_one_early),
        ("It is the means that jump", soft_pool_jumping_once),
    ],
    "moves_along": [
        ("move, then convolve", {"A": 3, "B": 3, "C": 2, "D": 1, "E": 3}),
        ("small moves matter less", {"A": 1, "B": 2, "C": 2, "D": 1, "E": 3}),
        ("adds up the same numbers", {"A": 1, "B": 3, "C": 3, "D": 1, "E": 3}),
        ("meet other weights", {"A": 1, "B": 3, "C": 2, "D": 1, "E": 1}),
    ],
    "head_everywhere": [
        ("The last place in each direction", head_by(np.ravel, short=1)),
        ("Flatten goes row by row", head_by(lambda window: window.ravel("F"))),
        ("so many down, so many across", lambda m, k, b, window: head_by(np.ravel)(m, k, b, window[::-1])),
        ("no axis for a batch", lambda *args: head_by(np.ravel)(*args)[None]),
    ],
}


@pytest.mark.parametrize(("exercise", "words", "answer"), wrong_ones(check, WRONG))
def test_a_wrong_answer_gets_its_hint(exercise, words, answer):
    refuse(exercise, words, answer)


layers = keras.layers


def flat(_):
    return layers.Flatten()


def largest(_):
    return layers.GlobalMaxPooling2D()


def mean(_):
    return layers.GlobalAveragePooling2D()


def conv(filters=8, **more):
    return lambda _: layers.Conv2D(filters, 3, activation="relu", **more)


def dense(units, activation=None):
    return lambda _: layers.Dense(units, activation)


def signs(*parts, epochs=20, rate=0.02, turned=lambda y: y):
    return lambda x, y: check.sight(x, turned(y), *parts, epochs=epochs, rate=rate)


def functional(x, y):
    """The same idea without Sequential: the largest number of each map by an operation."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((12, 12, 1))
    maps = keras.Sequential([layers.Conv2D(16, 3, activation="relu")])(inputs)
    model = keras.Model(inputs, layers.Dense(2)(keras.ops.max(maps, axis=(1, 2))))
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(np.tile(x, (20, 1, 1, 1)), np.tile(y, 20), 50, verbose=0)
    return model


RIGHT_MODELS = {
    "reads_anywhere": {
        "functional": functional,
        "same padding": signs(conv(16, padding="same"), largest, dense(2)),
        "probabilities": signs(conv(12), largest, dense(2), rate=0.03),
    }
}
WRONG_MODELS = {
    "reads_anywhere": [
        ("a dense layer over places has weights for each place", signs(conv(), flat, dense(2))),
        ("a dense layer over places has weights for each place", signs(flat, dense(12, "relu"), dense(2), epochs=30)),
        ("Sixteen filters of 3 × 3", signs(conv(32), flat, dense(2), epochs=2)),
        ("Two signs need two logits", signs(conv(), largest, dense(1), epochs=0)),
        ("near guessing on both sides", signs(conv(), largest, dense(2), epochs=0)),
        ("near guessing on both sides", signs(conv(), largest, dense(2), rate=1e-6)),
        ("a mean over a whole map is faint", signs(conv(), mean, dense(2), rate=0.001)),
        ("a few filters caught only a part", signs(conv(), dense(2), largest)),
        ("It is on its way", signs(conv(16), largest, dense(2), epochs=2, rate=0.002)),
        ("It still speaks at every place", signs(conv(), dense(2), epochs=0)),
        ("takes each for the other", signs(conv(), largest, dense(2), turned=lambda y: 1 - y)),
    ]
}


@pytest.mark.parametrize(("exercise", "answer"), right_ones(check, RIGHT_MODELS))
def test_a_model_of_another_form_is_right(exercise, answer):
    accept(exercise, answer, seeds=[0])


@pytest.mark.parametrize(("exercise", "words", "answer"), wrong_ones(check, WRONG_MODELS))
def test_a_trained_wrong_model_gets_its_hint(exercise, words, answer):
    refuse(exercise, words, answer, seeds=[0])

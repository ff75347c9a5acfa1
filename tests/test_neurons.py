"""Chapter 01's module: by hand or brute force, against Keras in float64, and over shapes and edge values."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course_lib.activations import ACTIVATIONS, linear, relu, sigmoid, step, tanh
from course_lib.neurons import (
    GATES,
    INPUTS,
    Update,
    count_parameters,
    curve_network,
    dense,
    forward,
    mistakes_per_round,
    neuron,
    perceptron_updates,
    tent_network,
)
from tests.witness import KINDS, without, witness

pytestmark = [
    *without(KINDS, "a record: it computes nothing", Update),
    *without(["numeric"], "forward only; layers.Dense has the backward pass, and its witness", dense, forward),
    *without(["numeric"], "it counts", count_parameters, mistakes_per_round),
    *without(["numeric"], "its weights are computed once and have no gradient", curve_network, tent_network),
    *without(["hypothesis"], "its one argument, the depth, is tried from 1 to 10", tent_network),
    *without(["numeric"], "it learns by steps, along no gradient", perceptron_updates),
    *without(["keras"], "Keras has none; scikit-learn's perceptron stands in", perceptron_updates, mistakes_per_round),
]

sizes = st.integers(1, 5)
# Sums of a few products of these are as large as 5e6 and as small as 0, with many ties.
entries = st.sampled_from([-1e3, -1.0, -0.5, 0.0, 0.0, 0.25, 1.0, 1e3]) | st.floats(-1e3, 1e3)
KERAS_NAMES = ["linear", "sigmoid", "tanh", "relu"]


def random_layers(rng, widths, names):
    """A network with random weights: a list of (kernel, bias, activation)."""
    return [
        (rng.standard_normal((n, m)), rng.standard_normal(m), ACTIVATIONS[name])
        for n, m, name in zip(widths[:-1], widths[1:], names, strict=True)
    ]


def keras_twin(keras, layers, names):
    """The same network in Keras, with the same weights."""
    twin = keras.Sequential([keras.Input((len(layers[0][0]),))])
    for (kernel, bias, _), name in zip(layers, names, strict=True):
        twin.add(keras.layers.Dense(len(bias), name))
        twin.layers[-1].set_weights([kernel, bias])
    return twin


# --- one neuron and layers of them


def test_chapter_example():
    """The terms 0.40, -0.36 and -0.35 and the bias 0.10 add up to -0.21."""
    x, w, b = np.array([0.5, -0.3, 0.7]), np.array([0.8, 1.2, -0.5]), 0.1
    assert neuron(x, w, b, linear) == pytest.approx(-0.21, rel=1e-14)
    assert neuron(x, w, b) == pytest.approx(1 / (1 + np.exp(0.21)), rel=1e-14)


@witness("hypothesis", neuron)
@given(st.data(), sizes, sizes, st.sampled_from(sorted(ACTIVATIONS)))
def test_neuron_is_a_sum_of_products(data, batch, inputs, name):
    """Computed term by term; for many examples at once as for each alone."""
    x, w = (data.draw(arrays(float, shape, elements=entries)) for shape in ((batch, inputs), inputs))
    b, f = data.draw(entries), ACTIVATIONS[name]
    many = neuron(x, w, b, f)
    assert many.shape == (batch,)
    for row, y in zip(x, many, strict=True):
        total = sum((float(x_i) * float(w_i) for x_i, w_i in zip(row, w, strict=True)), b)
        # Five products of up to 1e6, each rounded at 2e-16 of its size; a step may fall either way at such a sum.
        if name != "step" or abs(total) > 1e-8:
            np.testing.assert_allclose([y, neuron(row, w, b, f)], f(total), rtol=1e-9, atol=1e-8)


@witness("hypothesis", dense)
@given(st.data(), sizes, sizes, sizes)
def test_dense_is_one_neuron_a_column(data, batch, inputs, units):
    shapes = (batch, inputs), (inputs, units), units
    x, kernel, bias = (data.draw(arrays(float, shape, elements=entries)) for shape in shapes)
    y = dense(x, kernel, bias, tanh)
    assert y.shape == (batch, units)
    columns = [neuron(x, kernel[:, k], bias[k], tanh) for k in range(units)]
    np.testing.assert_allclose(y, np.stack(columns, axis=1), rtol=1e-9, atol=1e-8)


def test_dense_without_an_activation_is_linear():
    assert dense(np.array([[-1.0, 2.0]]), np.eye(2), np.array([0.5, 0.0])).tolist() == [[-0.5, 2.0]]


@witness("hypothesis", forward)
@given(st.data(), sizes, st.lists(sizes, min_size=2, max_size=4))
def test_forward_is_dense_after_dense(data, batch, widths):
    layers = [
        (data.draw(arrays(float, (n, m), elements=entries)), data.draw(arrays(float, m, elements=entries)), tanh)
        for n, m in pairwise(widths)
    ]
    x = data.draw(arrays(float, (batch, widths[0]), elements=entries))
    outputs = forward(x, layers)
    assert len(outputs) == len(widths)
    for before, after, (kernel, bias, activation) in zip(outputs[:-1], outputs[1:], layers, strict=True):
        np.testing.assert_array_equal(after, dense(before, kernel, bias, activation))


def test_forward_returns_every_layer_the_inputs_first():
    rng = np.random.default_rng(0)
    layers = random_layers(rng, [3, 4, 2], ["tanh", "linear"])
    x = rng.standard_normal((5, 3))
    outputs = forward(x, layers)
    assert [y.shape for y in outputs] == [(5, 3), (5, 4), (5, 2)]
    assert outputs[0] is x
    for before, after, layer in zip(outputs[:-1], outputs[1:], layers, strict=True):
        np.testing.assert_array_equal(after, dense(before, *layer))
    assert forward(x, [])[0] is x


@witness("keras", forward)
@pytest.mark.parametrize("widths", [[1, 1], [3, 1], [3, 4, 2], [2, 5, 5, 3], [1, 2, 2, 2, 2, 1]])
@pytest.mark.parametrize("name", KERAS_NAMES)
def test_forward_matches_keras(widths, name, keras):
    rng = np.random.default_rng(0)
    names = [name] * (len(widths) - 1)
    layers = random_layers(rng, widths, names)
    twin = keras_twin(keras, layers, names)
    for batch, scale in (1, 1.0), (5, 1.0), (4, 1e3):
        x = scale * rng.standard_normal((batch, widths[0]))
        np.testing.assert_allclose(forward(x, layers)[-1], twin(x), rtol=1e-9, atol=1e-12)


@witness("keras", neuron, dense)
@pytest.mark.parametrize("name", KERAS_NAMES)
def test_neuron_and_dense_match_keras(name, keras):
    rng = np.random.default_rng(1)
    x, w, b, f = rng.standard_normal((6, 3)), rng.standard_normal(3), 0.5, ACTIVATIONS[name]
    layer = keras.layers.Dense(1, name)
    layer.build((None, 3))
    layer.set_weights([w[:, None], np.array([b])])
    np.testing.assert_allclose(neuron(x, w, b, f), layer(x)[:, 0], rtol=1e-9)
    np.testing.assert_allclose(dense(x, w[:, None], np.array([b]), f), layer(x), rtol=1e-9)


@witness("numeric", neuron)
def test_slope_of_the_output_in_each_weight():
    """∂y/∂w = f'(w · x + b) x and ∂y/∂b = f'(w · x + b), by central differences."""
    rng = np.random.default_rng(2)
    x, w, b, h = rng.standard_normal(4), rng.standard_normal(4), 0.3, 1e-5
    y = neuron(x, w, b)
    by_weight = [(neuron(x, w + h * e, b) - neuron(x, w - h * e, b)) / (2 * h) for e in np.eye(4)]
    np.testing.assert_allclose(by_weight, y * (1 - y) * x, rtol=1e-8)
    assert (neuron(x, w, b + h) - neuron(x, w, b - h)) / (2 * h) == pytest.approx(y * (1 - y), rel=1e-8)


@witness("hypothesis", count_parameters)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=6))
def test_count_parameters_counts_the_entries_of_the_arrays(widths):
    layers = random_layers(np.random.default_rng(0), widths, ["relu"] * (len(widths) - 1))
    counted = sum(kernel.size + bias.size for kernel, bias, _ in layers)
    assert count_parameters(widths) == count_parameters(tuple(widths)) == counted


@witness("keras", count_parameters)
def test_count_parameters_matches_keras(keras):
    rng = np.random.default_rng(0)
    for _ in range(30):
        widths = rng.integers(1, 50, rng.integers(2, 7)).tolist()
        model = keras.Sequential([keras.Input(widths[:1]), *(keras.layers.Dense(width) for width in widths[1:])])
        assert count_parameters(widths) == model.count_params()


# --- the perceptron


def by_rule(x, y, epochs, rate):
    """The three cases as chapter 01 says them, in plain Python: add, subtract or leave."""
    w, b, seen = [0.0] * len(x[0]), 0.0, []
    for epoch in range(epochs):
        for i, example in enumerate(x):
            said = 1 if sum(a * c for a, c in zip(w, example, strict=True)) + b >= 0 else 0
            if said == 0 and y[i] == 1:
                w, b = [a + rate * c for a, c in zip(w, example, strict=True)], b + rate
            elif said == 1 and y[i] == 0:
                w, b = [a - rate * c for a, c in zip(w, example, strict=True)], b - rate
            seen.append((epoch, i, said, w, b))
    return seen


@witness("hypothesis", perceptron_updates)
@given(st.data(), st.integers(1, 6), st.integers(1, 3), st.integers(0, 4), st.sampled_from([0.25, 1.0, 4.0]))
def test_perceptron_follows_the_rule(data, n, inputs, epochs, rate):
    """Whole numbers and rates of powers of two leave nothing to rounding, so all of it must be equal."""
    x = data.draw(arrays(float, (n, inputs), elements=st.integers(-1000, 1000)))
    y = data.draw(arrays(data.draw(st.sampled_from([int, bool, "uint8", float])), n, elements=st.integers(0, 1)))
    updates = perceptron_updates(x, y, epochs, rate)
    assert [(u.epoch, u.example, u.y_pred, u.w.tolist(), u.b) for u in updates] == by_rule(x, y, epochs, rate)


def separable(rng, inputs, n=20):
    """Points with labels by a random plane, none of them close to it: and the plane as (w, b) of length 1."""
    plane = rng.standard_normal(inputs + 1)
    plane /= np.linalg.norm(plane)
    x = rng.uniform(-1, 1, (50 * n, inputs))
    distance = x @ plane[:-1] + plane[-1]
    x, distance = x[np.abs(distance) > 0.15][:n], distance[np.abs(distance) > 0.15][:n]
    return x, (distance > 0).astype(int), np.abs(distance).min()


@pytest.mark.parametrize("inputs", [1, 2, 5])
@pytest.mark.parametrize("rate", [0.01, 1.0, 100.0])
def test_perceptron_succeeds_within_its_bound(inputs, rate):
    """Novikoff, 1962: at most (R / γ)² mistakes, R the longest example and γ the gap, the bias one more input."""
    rng = np.random.default_rng(inputs)
    for _ in range(10):
        x, y, gap = separable(rng, inputs)
        bound = (np.linalg.norm(x, axis=1).max() ** 2 + 1) / gap**2
        # A round without a mistake is the last that matters, so one more round than mistakes is enough.
        updates = perceptron_updates(x, y, int(bound) + 2, rate)
        mistakes = mistakes_per_round(updates, y)
        assert mistakes.sum() <= bound
        assert mistakes[-1] == 0
        assert (neuron(x, updates[-1].w, updates[-1].b, step) == y).all()


@pytest.mark.parametrize("rate", [0.3, 1.0])
def test_perceptron_matches_scikit_learn(rate):
    """A second implementation by others, also on classes that no line separates."""
    from sklearn.linear_model import Perceptron

    rng = np.random.default_rng(0)
    for epochs in (1, 2, 5):
        x = rng.standard_normal((30, 4))
        y = (x[:, 0] + rng.standard_normal(30) > 0).astype(int)
        # scikit-learn calls a sum of exactly 0 a mistake for both classes: it occurs only at the first look.
        y[0] = 0
        theirs = Perceptron(eta0=rate, shuffle=False, max_iter=epochs, tol=None).fit(x, y)
        ours = perceptron_updates(x, y, epochs, rate)[-1]
        np.testing.assert_allclose([*ours.w, ours.b], [*theirs.coef_[0], *theirs.intercept_], rtol=1e-9, atol=1e-12)


def test_perceptron_learns_and_and_or_but_never_xor():
    """As the chapter's figure says: OR from the fourth round on, AND from the sixth, XOR never."""
    mistakes = {gate: mistakes_per_round(perceptron_updates(INPUTS, y, 1000), y) for gate, y in GATES.items()}
    last = {gate: np.flatnonzero(counts)[-1] + 1 for gate, counts in mistakes.items()}
    assert last == {"AND": 5, "OR": 3, "XOR": 1000}
    assert (mistakes["XOR"] > 0).all()
    assert (mistakes["XOR"][11:] == 4).all()


def test_no_line_separates_xor_however_it_is_shown():
    """In any order and from any start of the labels, no round of XOR or of its opposite is without a mistake."""
    rng = np.random.default_rng(0)
    for y in GATES["XOR"], 1 - GATES["XOR"]:
        order = rng.permutation(4)
        assert (mistakes_per_round(perceptron_updates(INPUTS[order], y[order], 200), y[order]) > 0).all()


def test_the_gates_say_what_their_names_say():
    for (a, b), *answers in zip(INPUTS.astype(bool), GATES["AND"], GATES["OR"], GATES["XOR"], strict=True):
        assert answers == [a and b, a or b, a != b]


def test_an_update_keeps_its_own_weights():
    """Later updates leave earlier ones alone, also where nothing was learnt in between."""
    updates = perceptron_updates(INPUTS, GATES["AND"], 3)
    before = [u.w.copy() for u in updates]
    perceptron_updates(INPUTS, GATES["AND"], 10)
    assert all((u.w == w).all() for u, w in zip(updates, before, strict=True))
    assert len({tuple(u.w) for u in updates}) > 3


@witness("hypothesis", mistakes_per_round)
@given(st.integers(0, 5), st.integers(1, 4))
def test_mistakes_per_round_counts(rounds, n):
    """Beside counting by hand; a round without mistakes counts as 0, and no updates as no rounds."""
    rng = np.random.default_rng(rounds + 10 * n)
    x, y = rng.standard_normal((n, 2)), rng.integers(0, 2, n)
    updates = perceptron_updates(x, y, rounds)
    by_hand = [sum(u.y_pred != y[u.example] for u in updates if u.epoch == r) for r in range(rounds)]
    assert mistakes_per_round(updates, y).tolist() == by_hand


# --- networks whose weights are computed


@st.composite
def knots(draw):
    """Points (x, y) with increasing x. Steps of 1/8 or more keep the slopes below 200."""
    gaps = draw(st.lists(st.integers(1, 80), min_size=1, max_size=12))
    x = draw(st.integers(-100, 100)) + np.cumsum([0, *gaps]) / 8
    return x, draw(arrays(float, len(x), elements=st.floats(-12, 12)))


@witness("hypothesis", curve_network)
@given(knots())
def test_curve_network_passes_through_its_points(points):
    """Between them it is straight, before the first it is flat, after the last it keeps its slope."""
    x, y = points
    layers = curve_network(x, y)
    assert layers[0][0].shape == (1, len(x) - 1)
    inside = np.concatenate([np.linspace(a, b, 7) for a, b in pairwise(x)])
    outside = np.array([x[0] - 5, x[-1] + 5])
    after = y[-1] + 5 * (y[-1] - y[-2]) / (x[-1] - x[-2])
    # At most 12 bends of at most 400 over a stretch of at most 125: 6e5, times 12 roundings of 1e-16.
    np.testing.assert_allclose(forward(x[:, None], layers)[-1][:, 0], y, rtol=0, atol=1e-9)
    np.testing.assert_allclose(forward(inside[:, None], layers)[-1][:, 0], np.interp(inside, x, y), rtol=0, atol=1e-9)
    np.testing.assert_allclose(forward(outside[:, None], layers)[-1][:, 0], [y[0], after], rtol=0, atol=1e-9)


@witness("keras", curve_network)
def test_curve_network_matches_keras(keras):
    x, y = np.array([0.0, 0.5, 0.625, 2.0]), np.array([1.0, -3.0, 2.0, 2.0])
    twin = keras_twin(keras, curve_network(x, y), ["relu", "linear"])
    np.testing.assert_allclose(twin(x[:, None])[:, 0], y, rtol=1e-9)
    assert twin.count_params() == count_parameters([1, 3, 1]) == 10


def test_curve_network_comes_closer_with_more_points():
    """For a smooth curve the error falls with the square of the number of pieces: |f - line| <= h² max|f''| / 8."""
    grid = np.linspace(0, 1, 2001)
    for pieces in (4, 16, 64):
        x = np.linspace(0, 1, pieces + 1)
        error = np.abs(forward(grid[:, None], curve_network(x, np.exp(x)))[-1][:, 0] - np.exp(grid)).max()
        bound = np.e / (8 * pieces**2)
        assert 0.5 * bound < error <= bound


def tents(x, depth):
    """The same curve by its definition: fold the stretch from 0 to 1 in half, again and again."""
    for _ in range(depth):
        x = 1 - abs(2 * x - 1)
    return x


@pytest.mark.parametrize("depth", range(1, 11))
def test_tent_network_has_its_teeth(depth):
    """At k / 2^depth it is 0 or 1, exactly: 2^(depth - 1) teeth; and it costs 6 parameters a fold and one more."""
    layers = tent_network(depth)
    at = np.arange(2**depth + 1) / 2**depth
    assert forward(at[:, None], layers)[-1][:, 0].tolist() == [k % 2 for k in range(2**depth + 1)]
    assert sum(kernel.size + bias.size for kernel, bias, _ in layers) == 6 * depth + 1
    assert count_parameters([1, *[2] * depth, 1]) == 6 * depth + 1
    fine = np.arange(2 ** (depth + 4) + 1) / 2 ** (depth + 4)
    assert forward(fine[:, None], layers)[-1][:, 0].tolist() == tents(fine, depth).tolist()
    assert len(layers) == depth + 1
    assert [f for *_, f in layers] == [relu] * depth + [linear]


@witness("keras", tent_network)
def test_tent_network_matches_keras(keras):
    layers = tent_network(5)
    twin = keras_twin(keras, layers, ["relu"] * 5 + ["linear"])
    x = np.random.default_rng(0).uniform(0, 1, (50, 1))
    np.testing.assert_allclose(forward(x, layers)[-1], twin(x), rtol=1e-9)
    assert twin.count_params() == 31


# --- what is refused, and what the refusal says

X, W, KERNEL = np.ones((4, 3)), np.ones(3), np.ones((3, 2))
TWO = [(KERNEL, np.ones(2), relu)] * 2
BITS, NAN = [0, 1, 1, 0], np.full((4, 3), np.nan)
REFUSED = {
    "neuron, too few inputs": (lambda: neuron(np.ones(2), W, 0), r"3 inputs, one a weight.*\(2,\)"),
    "neuron, a batch by its wrong side": (lambda: neuron(X.T, W, 0), r"3 inputs, one a weight.*\(3, 4\)"),
    "dense, one example alone": (lambda: dense(W, KERNEL, np.ones(2)), r"\(batch, 3\), got \(3,\)"),
    "dense, too many inputs": (lambda: dense(np.ones((4, 5)), KERNEL, np.ones(2)), r"\(batch, 3\), got \(4, 5\)"),
    "dense, one bias for all": (lambda: dense(X, KERNEL, np.ones(1)), r"bias must have the shape \(2,\), got \(1,\)"),
    "dense, a bias that would broadcast": (lambda: dense(X, KERNEL, np.ones((4, 2))), r"\(2,\).*got \(4, 2\)"),
    "forward, layers that do not fit": (lambda: forward(X, TWO), r"\(batch, 3\), got \(4, 2\)"),
    "labels of -1 and 1": (lambda: perceptron_updates(X, [-1, 1, 1, -1], 1), r"only 0 and 1, got \[-1, 1\]"),
    "labels with NaN": (lambda: perceptron_updates(X, [0, 1, np.nan, 1], 1), r"only 0 and 1, got \[0.0, 1.0, nan\]"),
    "too few labels": (lambda: perceptron_updates(X, [0, 1], 1), r"y must have the shape \(4,\), got \(2,\)"),
    "labels in a column": (
        lambda: perceptron_updates(X, np.ones((4, 1)), 1),
        r"y must have the shape \(4,\), got \(4, 1\)",
    ),
    "one example alone": (
        lambda: perceptron_updates(W, [0, 1, 1], 1),
        r"x must have the shape \(n, inputs\), got \(3,\)",
    ),
    "NaN among the inputs": (lambda: perceptron_updates(NAN, BITS, 1), r"x must hold finite numbers, got nan"),
    "a learning rate of 0": (lambda: perceptron_updates(X, BITS, 1, 0), "learning_rate .*above 0, got 0"),
    "a negative learning rate": (lambda: perceptron_updates(X, BITS, 1, -0.5), "got -0.5"),
    "a learning rate of NaN": (lambda: perceptron_updates(X, BITS, 1, np.nan), "got nan"),
    "an infinite learning rate": (lambda: perceptron_updates(X, BITS, 1, np.inf), "got inf"),
    "a network without an output": (lambda: count_parameters([3]), r"input and an output layer.*got \(3,\)"),
    "a layer of no neurons": (lambda: count_parameters((3, 0, 2)), "length in widths .* from 1 up, got 0"),
    "no widths": (lambda: count_parameters([]), r"got \(\)"),
    "one point": (lambda: curve_network([1], [2]), r"at least two increasing.*got shapes \(1,\)"),
    "points from right to left": (lambda: curve_network([1, 0], [2, 3]), "increasing"),
    "two points above each other": (lambda: curve_network([0, 1, 1], [1, 2, 3]), "increasing"),
    "more x than y": (lambda: curve_network([0, 1, 2], [1, 2]), r"y as many, got shapes \(3,\) and \(2,\)"),
    "points in a column": (lambda: curve_network([[0], [1]], [[1], [2]]), r"got shapes \(2, 1\)"),
    "NaN among the x": (lambda: curve_network([0, np.nan, 2], [1, 2, 3]), "increasing"),
    "infinity among the x": (lambda: curve_network([0, 1, np.inf], [1, 2, 3]), "x must hold finite numbers, got inf"),
    "NaN among the y": (lambda: curve_network([0, 1, 2], [1, np.nan, 3]), "y must hold finite numbers, got nan"),
    "no fold": (lambda: tent_network(0), "depth must be a whole number from 1 up, got 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    call, says = REFUSED[name]
    with pytest.raises(ValueError, match=says):
        call()


@settings(max_examples=30)
@given(sizes, sizes)
def test_sigmoid_neuron_leaves_its_inputs_alone(batch, inputs):
    x, w = np.ones((batch, inputs)), np.ones(inputs)
    neuron(x, w, 1.0, sigmoid)
    perceptron_updates(x, np.zeros(batch), 2)
    assert (x == 1).all()
    assert (w == 1).all()

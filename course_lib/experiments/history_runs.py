"""Chapter 16: milestones that run in a moment. Each is a sentence, and a function that finds whether it holds.

What needs more than a moment has a section of the chapter or a chapter of its own.
"""

import itertools

import numpy as np

from course_lib import attention, gradients, model_sizes
from course_lib.activations import step, tanh
from course_lib.data import digits
from course_lib.neurons import GATES, INPUTS, mistakes_per_round, neuron, perceptron_updates

RUNS = {}


def run(source, sentence):
    """Enter a function as the run of the milestone with this source. Returns it as it was."""

    def enter(function):
        RUNS[source] = (sentence, function)
        return function

    return enter


def sized(name):
    """The milestone's ``Size``."""
    return next(size for size in model_sizes.sizes() if size.name == name)


def _two(first, second, parts=slice(0, 2)):
    """Two kinds of digits, training or all: (n, 64) and 0 or 1."""
    x, y = digits()[parts]
    some = np.isin(y, (first, second))
    return x[some].reshape(-1, 64).astype(float), (y[some] == second).astype(int)


@run("mcculloch1943", "A sum against a threshold is AND, or OR, or NOT")
def formal_neuron():
    gates = {"AND": -1.5, "OR": -0.5}
    two = all((neuron(INPUTS, np.ones(2), b, step) == GATES[name]).all() for name, b in gates.items())
    return two and neuron(np.array([[0.0], [1.0]]), np.array([-1.0]), 0.5, step).tolist() == [1, 0]


@run("hebb1949", "Cue and answer seen together ten times: then the cue alone brings the answer")
def hebbs_rule():
    cue, answer = np.random.default_rng(0).choice([-1, 1], (2, 40))
    weights = sum(0.1 * np.outer(answer, cue) for _ in range(10))
    return (np.sign(weights @ cue) == answer).all()


@run("rosenblatt1958", "From examples a perceptron tells all training digits 3 from all 5 within 30 rounds")
def perceptron():
    x, y = _two(3, 5)
    return mistakes_per_round(perceptron_updates(x, y, 30), y)[-1] == 0


@run("widrow1960", "Steps down the squared error: after 30 rounds it is below a third of what it was")
def least_mean_squares():
    x, y = _two(3, 5)
    w, b, target = np.zeros(64), 0.0, 2 * y - 1
    for _ in range(30):
        for example, wanted in zip(x, target, strict=True):
            error = wanted - (w @ example + b)
            w, b = w + 0.01 * error * example, b + 0.01 * error
    return np.mean((target - x @ w - b) ** 2) < 1 / 3


@run("minsky1969", "Of 9,261 neurons with weights and bias from −10 to 10, 165 are AND, 385 are OR, and none is XOR")
def exclusive_or():
    w1, w2, b = np.array(list(itertools.product(range(-10, 11), repeat=3))).T[..., None]
    said = (w1 * INPUTS[:, 0] + w2 * INPUTS[:, 1] + b >= 0).astype(int)
    count = {name: (said == gate).all(axis=1).sum() for name, gate in GATES.items()}
    return count == {"AND": 165, "OR": 385, "XOR": 0}


@run("linnainmaa1970", "One walk backwards through a sum and two products finds all three slopes, as 6 nudges do")
def backwards():
    x = np.array([0.7, -1.3, 2.0])

    def value():
        return (x[0] * x[1] + x[2]) * x[0]

    inner, d_inner = x[0] * x[1] + x[2], x[0]
    slopes = np.array([inner + d_inner * x[1], d_inner * x[0], d_inner])
    return np.allclose(slopes, gradients.numeric_gradient(value, x), rtol=1e-7)


@run("fukushima1980", "Move a digit by a pixel: what the pools say changes less than what the detectors say")
def tolerant_layers():
    x = np.pad(digits().x_test[:100], ((0, 0), (3, 3), (3, 3)))
    maps = [_edges(np.roll(x, shift, axis=2)) for shift in (0, 1)]
    pools = [m.reshape(len(m), 2, 6, 2, 6, 2).max(axis=(3, 5)) for m in maps]
    moved = [np.linalg.norm(one - other) / np.linalg.norm(one) for one, other in (maps, pools)]
    return moved[1] < 0.8 * moved[0]


def _edges(x):
    """Rectified differences between neighbours across and down: (n, 14, 14) → (n, 2, 12, 12)"""
    across, down = x[:, 1:-1, 2:] - x[:, 1:-1, 1:-1], x[:, 2:, 1:-1] - x[:, 1:-1, 1:-1]
    return np.maximum(np.stack([across, down], axis=1), 0)


@run("ackley1985", "With one hidden unit a Boltzmann machine learns XOR's four rows, 0.9 of all that it dreams")
def boltzmann_machine():
    # A unit that is always on holds the biases; then two inputs, their XOR, and the hidden unit.
    states = np.array([(1, *rest) for rest in itertools.product([0, 1], repeat=4)], float)
    rows = (states[:, 1:4] @ [4, 2, 1]).astype(int)
    right = (states[:, 1] != states[:, 2]) == (states[:, 3] == 1)
    rng = np.random.default_rng(1)
    w = rng.normal(0, 1, (5, 5))
    for _ in range(3000):
        w = np.triu(w, 1)
        p = np.exp(np.einsum("ni,ij,nj->n", states, w, states))
        dreamt = p / p.sum()
        # Clamped: each right row a quarter of the time, the hidden unit as the machine would have it.
        seen = np.where(right, p / np.bincount(rows, p)[rows], 0) / 4
        w += 2 * np.einsum("n,ni,nj->ij", seen - dreamt, states, states)
    return dreamt[right].sum() > 0.9


@run("rumelhart1986", "With errors passed back, eight hidden units learn XOR, which no single neuron computes")
def hidden_units():
    rng = np.random.default_rng(0)
    w1, b1, w2, b2 = rng.normal(0, 1, (2, 8)), np.zeros(8), rng.normal(0, 1, 8), 0.0
    for _ in range(3000):
        hidden = tanh(INPUTS @ w1 + b1)
        y = 1 / (1 + np.exp(-hidden @ w2 - b2))
        dz = (y - GATES["XOR"]) / 4
        dh = np.outer(dz, w2) * (1 - hidden**2)
        w2, b2 = w2 - 2 * hidden.T @ dz, b2 - 2 * dz.sum()
        w1, b1 = w1 - 2 * INPUTS.T @ dh, b1 - 2 * dh.sum(axis=0)
    return (np.abs(y - GATES["XOR"]) < 0.1).all()


@run("cybenko1989", "One hidden layer on a sine: with 40 units the largest error is below a tenth of that with 4")
def approximation():
    x = np.linspace(-1, 1, 400)[:, None]
    rng = np.random.default_rng(0)
    worst = []
    for units in (4, 40):
        hidden = tanh(x @ rng.uniform(-8, 8, (1, units)) + rng.uniform(-8, 8, units))
        features = np.c_[hidden, np.ones(400)]
        fitted = features @ np.linalg.lstsq(features, np.sin(6 * x[:, 0]), rcond=None)[0]
        worst.append(np.abs(fitted - np.sin(6 * x[:, 0])).max())
    return worst[1] < worst[0] / 10


@run("bengio1994", "Back through 100 steps of a network with tanh, less than a millionth of the gradient is left")
def vanishing():
    rng = np.random.default_rng(0)
    w, h, slopes = 0.9 * rng.standard_normal((20, 20)) / np.sqrt(20), np.zeros(20), []
    for x in rng.standard_normal((100, 20)):
        h = tanh(w @ h + x)
        slopes.append(1 - h**2)
    gradient = np.ones(20) / np.sqrt(20)
    for slope in slopes[::-1]:
        gradient = w.T @ (slope * gradient)
    return np.linalg.norm(gradient) < 1e-6


@run("hochreiter1997", "Through a cell that adds, behind gates that are nearly shut, 0.9 to 1.1 of it is left")
def carousel():
    rng = np.random.default_rng(0)
    inputs, v = rng.standard_normal((100, 2)), np.array([0.3])

    def last():
        cell = v[0]
        for x, y in inputs:
            h = np.tanh(cell)
            cell = cell + np.tanh(x + h) / (1 + np.exp(8 - y - h))
        return cell

    return 0.9 < gradients.numeric_gradient(last, v)[0] < 1.1


@run("lecun1998b", "LeNet-5, with all maps joined to all, has 61,706 parameters; the paper says 60,000 of its own")
def lenet_5():
    return sized("LeNet-5").parameters == 61_706


@run("hinton2006", "A layer of 64 units, learnt without labels, draws digits again with a fifth of the first error")
def restricted_boltzmann_machine():
    rng, x = np.random.default_rng(0), digits().x_train.reshape(-1, 64).astype(float)
    w, b, c = rng.normal(0, 0.01, (64, 64)), np.zeros(64), np.zeros(64)
    first = np.mean((x - 0.5) ** 2)
    for _ in range(60):
        for rows in np.split(rng.permutation(len(x))[:1000], 20):
            seen = x[rows]
            h = 1 / (1 + np.exp(-seen @ w - c))
            dreamt = 1 / (1 + np.exp(-1.0 * (h > rng.random(h.shape)) @ w.T - b))
            again = 1 / (1 + np.exp(-dreamt @ w - c))
            w += 0.1 * (seen.T @ h - dreamt.T @ again) / 50
            b, c = b + 0.1 * (seen - dreamt).mean(axis=0), c + 0.1 * (h - again).mean(axis=0)
    h = 1 / (1 + np.exp(-x @ w - c))
    return np.mean((x - 1 / (1 + np.exp(-h @ w.T - b))) ** 2) < first / 5


@run("glorot2010", "Through 20 layers of tanh a signal keeps a tenth of its size; with small weights, not a billionth")
def first_weights():
    sizes = []
    for scale in (np.sqrt(1 / 100), 0.01):
        rng = np.random.default_rng(0)
        h = rng.standard_normal((50, 100))
        for _ in range(20):
            h = tanh(h @ rng.normal(0, scale, (100, 100)))
        sizes.append(h.std())
    return sizes[0] > 0.1 and sizes[1] < 1e-9


@run("hinton2012", "Drop half and double the rest: on average a sum stays what it was")
def dropout():
    x, rng = np.linspace(0, 1, 20), np.random.default_rng(0)
    sums = [2 * (x * (rng.random(20) < 0.5)).sum() for _ in range(20_000)]
    return abs(np.mean(sums) / x.sum() - 1) < 0.01


@run("krizhevsky2017", "AlexNet has 60,965,224 parameters and 659,272 units; the paper says 60 million and 650,000")
def alexnet():
    size = sized("AlexNet")
    return (size.parameters, size.units) == (60_965_224, 659_272)


@run("mnih2013", "Q-learning, with a table in place of DQN's network, finds the shortest way through a maze")
def q_learning():
    rng, q, moves = np.random.default_rng(0), np.zeros((25, 4)), [(0, 1), (1, 0), (0, -1), (-1, 0)]
    walls = {7, 12, 17, 8}

    def after(place, move):
        row, column = place // 5 + moves[move][0], place % 5 + moves[move][1]
        there = 5 * row + column
        return there if 0 <= row < 5 and 0 <= column < 5 and there not in walls else place

    for _ in range(400):
        place = 0
        while place != 24:
            move = rng.integers(4) if rng.random() < 0.3 else int(q[place].argmax())
            there = after(place, move)
            q[place, move] += 0.5 * ((there == 24) + 0.9 * q[there].max() - q[place, move])
            place = there
    place, way = 0, 0
    while place != 24 and way < 50:
        place, way = after(place, int(q[place].argmax())), way + 1
    return way == 8


@run("he2016", "Back through 50 layers whose weights are small the gradient is gone; with skips it is not")
def skips():
    left = []
    for skip in (0, 1):
        rng, gradient = np.random.default_rng(0), np.ones(30)
        for _ in range(50):
            gradient = skip * gradient + rng.normal(0, 0.02, (30, 30)) @ gradient
        left.append(np.linalg.norm(gradient))
    return left[0] < 1e-20 and left[1] > 1


@run("vaswani2017", "Attention answers all positions at once with what it would say to each alone")
def all_at_once():
    q, k, v = np.random.default_rng(0).standard_normal((3, 9, 4))
    alone = np.concatenate([attention.attention(row[None], k, v)[0] for row in q])
    return np.allclose(attention.attention(q, k, v)[0], alone, atol=1e-12)


@run("radford2018", "Behind a causal mask, a new last token changes nothing that was said before it")
def causal():
    x = np.random.default_rng(0).standard_normal((9, 4))
    other = np.r_[x[:-1], 5 * x[-1:]]
    one, two = (attention.attention(z, z, z, attention.causal_mask(9))[0] for z in (x, other))
    return np.array_equal(one[:-1], two[:-1]) and not np.allclose(one[-1], two[-1])


@run("devlin2018", "BERT large, counted: 335 million parameters; the paper says 340")
def bert():
    return round(sized("BERT large").parameters / 1e6) == 335


@run("brown2020", "GPT-3, counted: 174.6 billion parameters, and within 4 % of the paper's 3.14 · 10²³ operations")
def gpt_3():
    size = sized("GPT-3")
    return round(size.parameters / 1e9, 1) == 174.6 and abs(size.training / 3.14e23 - 1) < 0.04


@run("ho2020", "After 1,000 small doses of noise less than a hundredth of the picture is left")
def noise():
    return np.sqrt(np.prod(1 - np.linspace(1e-4, 0.02, 1000))) < 0.01


@run("hu2022", "LoRA of rank 4 beside 768 × 768 weights: 1 number for every 96, and at first nothing changes")
def low_rank():
    rng = np.random.default_rng(0)
    x, w, a, b = rng.random((5, 768)), rng.random((768, 768)), rng.random((768, 4)), np.zeros((4, 768))
    return w.size / (a.size + b.size) == 96 and np.array_equal(x @ w + x @ a @ b, x @ w)

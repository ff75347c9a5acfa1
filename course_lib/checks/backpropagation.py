"""Chapter 04's checks: paths that multiply and add up, layers handed back by hand, and gradients put to the test.

The right answers are the decorated functions; a usual mistake, beside its hint, is what it changes in the right one.
"""

import math
from itertools import pairwise

import numpy as np

from course_lib.activations import log_softmax, softmax
from course_lib.checking import deep_networks, engines
from course_lib.checking.backpropagation_entries import (
    WRONG_COSTS,
    WRONG_JOINS,
    WRONG_LINES,
    WRONG_PATHS,
    WRONG_SOFTSIGNS,
    WRONG_STEPS,
    WRONG_TIES,
)
from course_lib.checking.comparing import one_of
from course_lib.checking.forms import hidden_layers, is_squeezed
from course_lib.checking.kinds import build, implement, value
from course_lib.data import circles

CHAPTER = "04-backpropagation"


@value(
    "Write the values first: y = 3 · 2 − 4, then its cube.",
    "The slope of y³ is 3y². Take it at the y that you have.",
    "Along one path the slopes multiply: cube, then subtraction, then the factor 3.",
    "The predicted change is the gradient times the change of w, which is −0.01.",
    points=1,
    decimals=2,
    mistakes=WRONG_PATHS,
)
def one_path():
    """L = (3w − 4)³ at w = 2: its value, the slopes, and what they say of a change to 1.99."""
    y = 3 * 2 - 4
    return {"L": y**3, "slope of the cube": 3 * y**2, "gradient of w": 9 * y**2, "predicted change": -0.01 * 9 * y**2}


@value(
    "Draw the graph: a and b lead both to s and to p, and both of these lead to L.",
    "L = s · p: the slope towards s is the value of p, and the other way round.",
    "a reaches s with the slope 1, and p with the slope b. Two paths, so two products to add.",
    "For a: (gradient of s) · 1 + (gradient of p) · b.",
    points=1,
    mistakes=WRONG_JOINS,
)
def joined_paths():
    """L = (a + b) · (a · b) at a = 3, b = −1: the gradient at every box before L."""
    a, b = 3, -1
    s, p = a + b, a * b
    return {"s": p, "p": s, "a": p + s * b, "b": p + s * a}


@implement(
    engines.product_cases,
    "The number of the new Node is a.data * b.data.",
    "If a grows by 1, a · b grows by b: that is the slope towards a.",
    "The pairs are those of __add__, with other slopes: [(a, b.data), (b, a.data)].",
    points=1,
    mistakes=engines.WRONG_PRODUCTS,
)
def product(a, b):
    """What a Node for a · b knows: its value, and its slope towards each factor."""
    return {"value": a * b, "slope to a": b, "slope to b": a}


def _softsign_cases(rng):
    yield np.array([0.0, 1.0, -3.0]), np.array([1.0, 2.0, 16.0])
    yield np.array([[4.0], [-1.5]]), np.array([[-5.0], [0.0]])
    yield np.array([[1e6, -1e6]]), np.array([[1.0, -1e12]])
    for _ in range(5):
        shape = tuple(rng.integers(1, 5, rng.integers(1, 4)))
        yield 2 * rng.normal(size=shape), rng.normal(size=shape)


@implement(
    _softsign_cases,
    "First the local slope. For x > 0, y = x / (1 + x), and the quotient rule gives 1 / (1 + x)².",
    "The curve is the same upside down for negative x, so its slope there is that of −x: use the absolute value.",
    "What comes back is handed on multiplied by the local slope: dx = dy · slope, entry by entry.",
    points=2,
    mistakes=WRONG_SOFTSIGNS,
)
def softsign_backward(x, dy):
    """dL/dx for y = x / (1 + |x|), entry by entry.

    x, dy: (...)   returns: (...)
    """
    return dy / (1 + np.abs(x)) ** 2


@implement(
    engines.tanh_cases,
    "Write y = math.tanh(a.data) first. The new Node's number is y.",
    "There is one input, a, and so a list of one pair: (a, slope).",
    "The slope is 1 − y², with the y that you have.",
    points=2,
    mistakes=engines.WRONG_TANHS,
)
def tanh_at(x):
    """What a Node for tanh(x) knows: its value, and its slope."""
    y = math.tanh(x)
    return {"value": y, "slope": 1 - y**2}


@value(
    "Follow each walk by hand on the graph a, a + a. The right answer is [2, 1].",
    "Before a value hands its gradient on, it must have all of it. In which order does that work?",
    "a has two paths. What becomes of the first part when the second one arrives?",
    "Call a walk twice. What does the second call begin with?",
    points=2,
    mistakes=WRONG_STEPS,
)
def broken_walks():
    """A walks forward, B overwrites where paths join, C keeps old gradients: line 1, or 2, has to set all of them."""
    return {"A": 3, "B": 5, "C": one_of(1, 2)}


@value(
    "A product of a matrix (p, q) with one (q, r) takes p · q · r multiplications.",
    "Forward: 16 · 64 · 32 for the first layer, 16 · 32 · 10 for the second.",
    "Backward, each layer has a product for dW, as large as its forward one, and one for dX, of the same size.",
    "Nobody needs the pictures' gradient. And a central difference takes two forward passes for each parameter.",
    points=2,
    mistakes=WRONG_COSTS,
)
def count_costs():
    """A network 64 → 32 → 10 and a batch of 16: multiplications forward and backward, and passes to nudge it."""
    batch, widths = 16, (64, 32, 10)
    first, second = (batch * n * m for n, m in pairwise(widths))
    parameters = sum((n + 1) * m for n, m in pairwise(widths))
    return {"forward": first + second, "backward": first + 2 * second, "passes": 2 * parameters}


def _tempered_cases(rng):
    yield np.array([[0.0, 1.0, 0.0]]), np.array([[1.0, 2.0, 4.0]]), 2.0
    yield np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 0.0], [3.0, -1.0]]), 0.5
    yield np.array([[0.25, 0.75]]), np.array([[1000.0, -1000.0]]), 0.25
    yield np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[1000.0, 999.0], [-1000.0, -999.0]]), 0.5
    yield np.array([[1.0], [1.0]]), np.array([[3.0], [-2.0]]), 3.0
    for _ in range(5):
        n, classes = int(rng.integers(2, 6)), int(rng.integers(2, 6))
        t = np.eye(classes)[rng.integers(0, classes, n)] if rng.random() < 0.5 else rng.dirichlet(np.ones(classes), n)
        yield t, 2 * rng.normal(size=(n, classes)), float(rng.choice([0.25, 0.5, 2.0, 4.0]))


@implement(
    _tempered_cases,
    "Begin with u = z / T. Towards u the gradient is the chapter's: softmax(u) − t, divided by the batch's size.",
    "From u to z is one more station, u = z / T. What is its local slope?",
    "For large logits, subtract each row's largest before np.exp: the shares stay the same.",
    points=3,
    mistakes={
        "z passes through a division by T, with the slope 1 / T. That factor is missing.": (
            "(temperature * len(z)) → len(z)"
        ),
        "Softmax gets z / T here, forward. You gave it z.": "softmax(z / temperature) → softmax(z)",
        "The loss is a mean over the batch, so each row's gradient is divided by the number of rows.": "* len(z) →",
        "Divide by the number of rows, not of all entries: the sum over classes is no mean.": "len(z) → z.size",
        "The sign is turned: what it said minus what was right.": "return → return -1 *",
        "The slope of z / T towards z is 1 / T, not T.": "(temperature * len(z)) → len(z) * temperature",
        "Softmax runs along each row, over the classes. You ran it down the columns.": (
            "softmax(z / temperature) → softmax(z.T / temperature).T"
        ),
    },
)
def tempered_gradient(t, z, temperature):
    """dL/dz for the mean cross-entropy of softmax(z / temperature).

    t: (n, classes), rows that add up to 1   z: (n, classes)   returns: (n, classes)
    """
    return (softmax(z / temperature) - t) / (temperature * len(z))


@engines.ordered(
    engines.order_cases,
    "Inside in_order, define visit(node), which calls itself for each input of its Node.",
    "visit(node): if it was not seen before, mark it, visit all its inputs, and append it at the end.",
    "A set keeps what was seen. It may hold Nodes.",
    points=3,
    mistakes=engines.WRONG_ORDERS,
)
def order_of(graph):
    """The places behind the last value of a graph, each after its inputs. graph: see ``checking.engines``"""
    order, seen = [], set()

    def visit(place):
        if place not in seen:
            seen.add(place)
            for source, _ in graph[place]:
                visit(source)
            order.append(place)

    visit(len(graph) - 1)
    return order


@implement(
    engines.walk_cases,
    "Three steps: set all gradients to 0, set the last one's to 1, then walk from the last Node to the first.",
    "Each Node gives every input the slope times its own gradient.",
    "Several Nodes may give to the same one: add it up, with +=.",
    points=3,
    mistakes=engines.WRONG_WALKS,
)
def gradients_of(graph, ends):
    """The gradients up to the last end, after a walk back from each of the ends. graph: see ``checking.engines``"""
    grads = [0.0] * len(graph)
    for end in ends:
        grads[: end + 1] = [0.0] * (end + 1)
        grads[end] = 1.0
        for place in reversed(range(end + 1)):
            for source, slope in graph[place]:
                grads[source] += slope * grads[place]
    return grads[: ends[-1] + 1]


@value(
    "Who reads d3? Who reads d2, and who d1? Draw an arrow from each line to those that use what it makes.",
    "If a line is wrong, all that is made from it may be wrong, and nothing else.",
    "If one array alone is wrong, nothing was handed on wrongly: the mistake sits where that array is made.",
    "All that is right was made without the mistake. Which line do only the wrong ones have in common?",
    points=2,
    mistakes=WRONG_LINES,
)
def wrong_lines():
    """From the arrays that fail a gradient check to the line that is wrong."""
    return {"P": 1, "Q": 2, "R": 6, "S": 3, "T": 9}


@build(
    "A loop saves typing: [keras.layers.Dense(6, activation) for _ in range(8)]. Last, one linear neuron.",
    "Blame passes eight activations on its way back, and is multiplied by each slope. Which have slopes near 1?",
    "The loss has to know that it gets logits: keras.losses.BinaryCrossentropy(from_logits=True).",
    "tanh, Adam with a learning rate of 0.01, and 60 epochs in batches of 32 are enough.",
    points=3,
    mistakes=deep_networks.WRONG_DEEP,
)
def train_deep(trial):
    """Eight hidden layers, at most 350 parameters, at least 95 % right on 1,000 points it has not seen."""
    x, y = circles(400, seed=int(trial.rng.integers(2**31)))
    x_new, y_new = circles(1000, seed=int(trial.rng.integers(2**31)))
    model = trial.built(x, y)
    bends = model["bends"]
    # A bend of the last layer makes the model no deeper, and a layer that is used twice makes it deeper than it has.
    ends_bent = model["activations"][-1:] not in ([""], ["linear"]) and model["shapes"][-1:] == [[1]]
    deep = len(bends) - ends_bent
    hidden = max(hidden_layers(model), deep, 0)
    trial.require(hidden >= deep_networks.DEPTH, f"It has {hidden} hidden layers.", deep_networks.TOO_SHALLOW)
    trial.require(deep > 0, deep_networks.NOTHING_BENDS)
    trial.require(
        deep >= deep_networks.DEPTH,
        f"Hidden layers that bend, one behind the other: {deep}.",
        deep_networks.TOO_SHALLOW,
    )
    trial.require(
        model["parameters"] <= deep_networks.MOST_PARAMETERS,
        f"It has {model['parameters']} parameters.",
        deep_networks.TOO_MANY,
    )
    logits = trial.predicted(x_new, 1, "points", ": one logit each.")[:, 0]
    trial.finite(logits)
    right = np.mean((logits > 0) == y_new)
    said = f"It gets {right:.1%} of 1,000 unseen points right; 95 % were wanted."
    trial.require(right >= deep_networks.LEAST_RIGHT, said, deep_networks.why_wrong(model, logits, y_new))
    trial.require(not is_squeezed(model, logits), deep_networks.SQUEEZED)


def _tied_cases(rng):
    # A square kernel first: transposed or not, it fits, and the values say what is wrong.
    square = np.array([[0.5, -1.0], [0.25, 2.0]])
    yield np.array([[1.0, 0.5], [-0.5, 2.0], [0.0, 1.0]]), square, np.array([[2.0, 3.0], [1.0, 0.0], [-1.0, 0.5]])
    yield np.array([[1.0, 0.0]]), np.array([[0.0], [1.0]]), np.array([[2.0, 3.0]])
    yield np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([[1.0], [-0.5]]), np.array([[1.0, 0.0], [0.0, -2.0]])
    for _ in range(6):
        n, inputs, units = (int(rng.integers(*limits)) for limits in ((1, 6), (2, 5), (1, 5)))
        yield rng.normal(size=(n, inputs)), rng.normal(size=(inputs, units)), rng.normal(size=(n, inputs))


@implement(
    _tied_cases,
    "Give the hidden values a name, h = tanh(x W). Then y = h Wᵀ is a dense layer whose kernel is Wᵀ.",
    "Backward through y = h Wᵀ: dh = dy W, and this use of W gets dyᵀ h.",
    "Backward through tanh: multiply by 1 − h². Then x W is a dense layer again: its W gets xᵀ times that.",
    "W is one array with two uses. Along each it gets a part, and the parts add up.",
    points=4,
    mistakes=WRONG_TIES,
)
def tied_gradients(x, kernel, dy):
    """(dx, dkernel) for y = tanh(x W) Wᵀ, whose kernel W is used twice.

    x, dy: (n, inputs)   kernel: (inputs, units)
    """
    h = np.tanh(x @ kernel)
    d = (dy @ kernel) * (1 - h**2)
    return d @ kernel.T, x.T @ d + dy.T @ h


@implement(
    engines.network_cases,
    "Before the loop: p = [Node(number) for number in parameters]. In it: loss = Node(0.0), and add up each example's.",
    "An example's error is p[6] * h + p[7] * k + p[8] + Node(-target). Its square is the product with itself.",
    "The mean: multiply by Node(1 / len(x)). Then loss.backward(), and each of p has its grad.",
    "A step changes node.data of each of the nine. The next step makes a new graph, from the same nine.",
    points=4,
    mistakes=engines.WRONG_NETWORKS,
)
def train_with_engine(x, t, parameters, learning_rate, steps):
    """(losses, parameters) after some steps downhill, for two inputs, two hidden neurons and one output.

    x: (n, 2)   t: (n,)   parameters: (9,)   losses: (steps,)
    """
    p, losses = np.array(parameters, float), []
    for _ in range(steps):
        kernel, out, bias = p[:6].reshape(2, 3), p[6:8], p[8]
        h = np.tanh(x @ kernel[:, :2].T + kernel[:, 2])
        error = h @ out + bias - t
        losses.append(np.mean(error**2))
        d_y = 2 * error / len(x)
        d_h = np.outer(d_y, out) * (1 - h**2)
        grads = np.concatenate([np.column_stack([d_h.T @ x, d_h.sum(axis=0)]).ravel(), d_y @ h, [d_y.sum()]])
        p = p - learning_rate * grads
    return np.array(losses), p


def _shortcut_cases(rng):
    def arrays(inputs, units, classes):
        shapes = (inputs, units), units, (units, units), units, (units, classes), classes
        return [0.8 * rng.normal(size=shape) for shape in shapes]

    # As many classes as units first: W3 fits transposed or not, and the values say what is wrong.
    for n, inputs, units, classes, steps in [(4, 2, 3, 3, 1), (1, 3, 2, 4, 3)]:
        t = np.eye(classes)[np.arange(n) % classes]
        yield rng.normal(size=(n, inputs)), t, arrays(inputs, units, classes), 0.5, steps
    for _ in range(4):
        n, inputs, units, classes = (int(k) for k in rng.integers(2, 6, 4))
        t = np.eye(classes)[rng.integers(0, classes, n)]
        rate, steps = float(rng.choice([0.125, 0.25, 1.0])), int(rng.integers(2, 5))
        yield rng.normal(size=(n, inputs)), t, arrays(inputs, units, classes), rate, steps


def _one_by_one(x, t, parameters, learning_rate, steps):
    """Each array is moved at once, and the gradient of the next one taken after it."""
    losses, parameters = [], list(parameters)
    for _ in range(steps):
        for k in range(6):
            loss, moved = train_shortcut.mistakes.right(x, t, parameters, learning_rate, 1)
            losses += [*loss] * (k == 0)
            parameters[k] = moved[k]
    return np.array(losses), parameters


@implement(
    _shortcut_cases,
    "Write the forward pass with names for h1, u = tanh(h1 W2 + b2), h2 = h1 + u and z. You need them all again.",
    "Backward: d3 = (y − t) / n, then the gradient of h2 is d3 W3ᵀ. It goes on along both paths.",
    "One path passes tanh and W2: d2 = dh2 (1 − u²), handed back as d2 W2ᵀ. The other is direct: dh2 as it is.",
    "So dh1 = dh2 + d2 W2ᵀ, and d1 = dh1 (1 − h1²). Take all six gradients before you move any array.",
    points=5,
    mistakes={
        "The shortcut carries blame as well: h1 gets what h2 has, besides what comes back through W2.": (
            "(dh2 + d2 @ W2.T) → (d2 @ W2.T)"
        ),
        "h1 gets blame by the shortcut alone. What comes back through tanh and W2 is missing.": "dh2 + d2 @ W2.T → dh2",
        "d2 is handed back by the product with W2ᵀ. The transposition is missing; a square W2 fits all the same.": (
            "d2 @ W2.T → d2 @ W2"
        ),
        "d3 is handed back by the product with W3ᵀ: the transposition is missing.": "d3 @ W3.T → d3 @ W3",
        "The slope of the second tanh is 1 − u², with u its own output. You took h2, to which h1 is added.": (
            "1 - u**2 → 1 - h2**2"
        ),
        "The loss is the mean over the examples, so the gradient is divided by their number. You took the sum.": (
            "/ len(x) →"
        ),
        "The loss is the mean over the examples: what a row's classes add up to is not divided by their number.": (
            "np.mean(np.sum(t * log_softmax(z), axis=1)) → np.mean(t * log_softmax(z))"
        ),
        "Each loss is to be noted before its step.": (
            "range(steps) → range(steps + 1); W3, b3 = → W3, b3 = kept =; losses), parameters → losses[1:]), kept"
        ),
        "The last layer does not move. All six arrays take the step.": "h2.T @ d3, d3.sum(axis=0) → 0 * W3, 0 * b3",
        "You move one array before the gradient of the next is taken. Take all six with the same network.": _one_by_one,
    },
)
def train_shortcut(x, t, parameters, learning_rate, steps):
    """(losses, parameters) after some steps downhill on all examples, for a network with a shortcut.

    x: (n, inputs)   t: (n, classes), one-hot   parameters: [W1, b1, W2, b2, W3, b3]   losses: (steps,)
    """
    losses = []
    for _ in range(steps):
        W1, b1, W2, b2, W3, b3 = parameters
        h1 = np.tanh(x @ W1 + b1)
        u = np.tanh(h1 @ W2 + b2)
        h2 = h1 + u
        z = h2 @ W3 + b3
        losses.append(-np.mean(np.sum(t * log_softmax(z), axis=1)))
        d3 = (softmax(z) - t) / len(x)
        dh2 = d3 @ W3.T
        d2 = dh2 * (1 - u**2)
        d1 = (dh2 + d2 @ W2.T) * (1 - h1**2)
        grads = x.T @ d1, d1.sum(axis=0), h1.T @ d2, d2.sum(axis=0), h2.T @ d3, d3.sum(axis=0)
        parameters = [p - learning_rate * g for p, g in zip(parameters, grads, strict=True)]
    return np.array(losses), parameters

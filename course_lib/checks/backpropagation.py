"""Chapter 04's checks: paths that multiply and add up, layers handed back by hand, and gradients put to the test.

The right answers are the decorated functions; a usual mistake, beside its hint, is what it changes in the right one.
"""

from itertools import pairwise

import numpy as np

from course_lib.activations import log_softmax, softmax
from course_lib.checking.comparing import one_of
from course_lib.checking.forms import hidden_layers, is_squeezed
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.models import keras_model
from course_lib.data import circles

CHAPTER = "04-backpropagation"


@value(
    "Write the values first: y = 3 · 2 − 4, then its cube.",
    "The slope of y³ is 3y². Take it at the y that you have.",
    "Along one path the slopes multiply: cube, then subtraction, then the factor 3.",
    "The predicted change is the gradient times the change of w, which is −0.01.",
    points=1,
    decimals=2,
    mistakes={
        "L: that is y, before the cube.": {"L": 2},
        "The slope of y³ is 3y², not y²: the power comes down as a factor.": {"slope of the cube": 4},
        "The slope of y³ is 3y²: you took 3y.": {"slope of the cube": 6},
        "The slope has to be taken at y = 2. You took it at another place.": {"slope of the cube": 27},
        "The path has one more station: w reaches y through a factor 3.": {
            "gradient of w": 12,
            "predicted change": -0.12,
        },
        "Along a path the slopes multiply. You added them.": {"gradient of w": 15, "predicted change": -0.15},
        "Subtracting 4 has the slope 1, not −4: the output moves as much as the input.": {
            "gradient of w": -144,
            "predicted change": 1.44,
        },
        "w goes down, from 2 to 1.99, and the gradient is positive: so L goes down too.": {"predicted change": 0.36},
        "That is the true change. What does the gradient predict?": {"predicted change": -0.3546},
        "That is the new L. By how much does it change?": {"predicted change": 7.64},
    },
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
    mistakes={
        "A product's slope towards one factor is the value of the other. You took each factor's own value.": {
            "s": 2,
            "p": -3,
            "a": 5,
            "b": -7,
        },
        "a: that is what comes along the path through s alone. p brings a second part.": {"a": -3},
        "a: that is what comes along the path through p alone. s brings a second part.": {"a": -2},
        "a: the two parts add up. You multiplied them.": {"a": 6},
        "a: the slope of p = a · b towards a is b, not a.": {"a": 3},
        "b: that is what comes along the path through s alone. p brings a second part.": {"b": -3},
        "b: that is what comes along the path through p alone. s brings a second part.": {"b": 6},
        "b: the slope of p = a · b towards b is a, not b.": {"b": -5},
    },
)
def joined_paths():
    """L = (a + b) · (a · b) at a = 3, b = −1: the gradient at every box before L."""
    a, b = 3, -1
    s, p = a + b, a * b
    return {"s": p, "p": s, "a": p + s * b, "b": p + s * a}


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
    mistakes={
        "That is the local slope. It still has to be multiplied by what comes back, dy.": "dy / → 1 /",
        "The denominator is squared. You divide by 1 + |x| once.": "** 2 →",
        "That is the forward pass, times dy. What is wanted is the slope, times dy.": "dy / → dy * x /; ** 2 →",
        "1 − y² is the slope of tanh. This curve has its own.": (
            "dy / (1 + np.abs(x)) ** 2 → dy * (1 - (x / (1 + np.abs(x))) ** 2)"
        ),
        "For negative x, too, the denominator is 1 + |x|: the absolute value is missing.": "np.abs(x) → x",
        "The square belongs to the whole 1 + |x|, not to x alone.": "np.abs(x)) ** 2 → x**2)",
        "The slope of this curve is positive everywhere; the sign of x does not enter.": "dy / → dy * np.sign(x) /",
    },
)
def softsign_backward(x, dy):
    """dL/dx for y = x / (1 + |x|), entry by entry.

    x, dy: (...)   returns: (...)
    """
    return dy / (1 + np.abs(x)) ** 2


@value(
    "Follow each walk by hand on the graph a, a + a. The right answer is [2, 1].",
    "Before a value hands its gradient on, it must have all of it. In which order does that work?",
    "a has two paths. What becomes of the first part when the second one arrives?",
    "Call a walk twice. What does the second call begin with?",
    points=2,
    mistakes={
        "Walk A: the result's gradient is 1, and it is the last value. Line 2 is right. "
        "Look at the order of the walk.": {"A": 2},
        "Walk A: line 5 adds up, as it should. But what has arrived at a value when its turn comes?": {"A": 5},
        "Walk A: line 4 visits all inputs of a value, as it should. In which order do the values come?": {"A": 4},
        "Walk B: the order is right, from the last to the first.": {"B": 3},
        "Walk B: all inputs are visited. What is done to them?": {"B": 4},
        "Walk C: adding up is right, where paths join. But to what is added in the second call?": {"C": 5},
        "Walk C: its order is right, and its first call is right too. What is different in the second?": {"C": 3},
    },
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
    mistakes={
        "forward: that is for one picture. The batch holds 16.": {"forward": 2368},
        "forward: that is the number of parameters. Each weight multiplies once for each picture.": {"forward": 2410},
        "backward: that includes dX of the first layer. The pictures are given; their gradient is not needed.": {
            "backward": 75776
        },
        "backward: those are the two dW alone. The second layer also hands dX back to the first.": {"backward": 37888},
        "backward: that is dX for the first layer. It is the second layer's that is needed.": {"backward": 70656},
        "passes: a central difference nudges each parameter up and down: two passes each.": {"passes": 2410},
        "passes: the biases are parameters too.": {"passes": 4736},
    },
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


@value(
    "Who reads d3? Who reads d2, and who d1? Draw an arrow from each line to those that use what it makes.",
    "If a line is wrong, all that is made from it may be wrong, and nothing else.",
    "If one array alone is wrong, nothing was handed on wrongly: the mistake sits where that array is made.",
    "All that is right was made without the mistake. Which line do only the wrong ones have in common?",
    points=2,
    mistakes={
        "P: if only the last arrays were made wrongly, the others would be right. All six are wrong.": {"P": 8},
        "P: line 2 has no influence on W3 and b3, and they are wrong too.": {"P": 2},
        "Q: a mistake in line 1 would make W3 and b3 wrong as well.": {"Q": 1},
        "Q: a mistake in line 3 reaches W1 and b1 alone. Here W2 and b2 are wrong as well.": {"Q": 3},
        "R: had d2 been wrong, b2 would be wrong too, and W1 and b1 after it.": {"R": 2},
        "S: line 4 makes W1 alone, and b1 is wrong as well. What are both made from?": {"S": 4},
        "T: had d3 been wrong, W3 would be wrong too.": {"T": 1},
    },
)
def wrong_lines():
    """From the arrays that fail a gradient check to the line that is wrong."""
    return {"P": 1, "Q": 2, "R": 6, "S": 3, "T": 9}


DEPTH, MOST_PARAMETERS, LEAST_RIGHT = 8, 350, 0.95
TOO_SHALLOW = "Eight hidden layers are wanted, one behind the other, and then the one that gives the logit."
TOO_MANY = "Narrower layers will do: eight hidden layers of n neurons cost 7n² + 11n + 1 parameters here."
SQUEEZED = "Its outputs stay within bounds, so something squeezes them. A logit comes from a linear neuron."
AT_A_HALF = "It tells the rings apart at ½ and not at 0: these are shares. Take a loss that knows that it gets logits."
TURNED = "It takes each ring for the other. Class 1, with a logit above 0, is the inner one."
NO_BLAME = (
    "Its hidden layers are sigmoids. A sigmoid's slope is 1/4 at most, so through eight of them hardly any "
    "blame comes back to the first layers. Choose one with a slope near 1."
)
NOTHING_BENDS = "Its hidden layers are linear: however many there are, together they draw one straight line."
NOT_TRAINED = (
    "That is near guessing. Was it trained at all, at a fitting rate? And does the loss know that it gets logits?"
)
NOT_ENOUGH = "It is on its way. More epochs or another learning rate help, and a loss that knows that it gets logits."


def _deep_model(hidden=(6,) * 8, activation="tanh", output="linear"):
    """A model that is not trained, of a given form: what a learner has who made one mistake."""
    return keras_model(2, *((units, activation) for units in hidden), (1, output))


def _why_wrong(model, logits, y):
    """The likeliest reason for too many wrong answers."""
    if set(model["bends"]) == {"sigmoid"}:
        return NO_BLAME
    if is_squeezed(model, logits):
        return SQUEEZED
    if np.mean((logits > 0.5) == y) > 0.9:
        return AT_A_HALF
    right = np.mean((logits > 0) == y)
    return TURNED if right < 0.2 else NOT_TRAINED if right < 0.6 else NOT_ENOUGH


@build(
    "A loop saves typing: [keras.layers.Dense(6, activation) for _ in range(8)]. Last, one linear neuron.",
    "Blame passes eight activations on its way back, and is multiplied by each slope. Which have slopes near 1?",
    "The loss has to know that it gets logits: keras.losses.BinaryCrossentropy(from_logits=True).",
    "tanh, Adam with a learning rate of 0.01, and 60 epochs in batches of 32 are enough.",
    points=3,
    mistakes={
        TOO_SHALLOW: lambda x, y: _deep_model([16]),
        TOO_MANY: lambda x, y: _deep_model([16] * 8),
        SQUEEZED: lambda x, y: _deep_model(output="sigmoid"),
        NO_BLAME: lambda x, y: _deep_model(activation="sigmoid"),
        NOTHING_BENDS: lambda x, y: _deep_model(activation="linear"),
        NOT_TRAINED: lambda x, y: _deep_model(),
    },
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
    trial.require(hidden >= DEPTH, f"It has {hidden} hidden layers.", TOO_SHALLOW)
    trial.require(deep > 0, NOTHING_BENDS)
    trial.require(deep >= DEPTH, f"Hidden layers that bend, one behind the other: {deep}.", TOO_SHALLOW)
    trial.require(model["parameters"] <= MOST_PARAMETERS, f"It has {model['parameters']} parameters.", TOO_MANY)
    logits = trial.predicted(x_new, 1, "points", ": one logit each.")[:, 0]
    trial.finite(logits)
    right = np.mean((logits > 0) == y_new)
    said = f"It gets {right:.1%} of 1,000 unseen points right; 95 % were wanted."
    trial.require(right >= LEAST_RIGHT, said, _why_wrong(model, logits, y_new))
    trial.require(not is_squeezed(model, logits), SQUEEZED)


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
    mistakes={
        "The kernel is used twice. You hand back what comes by its first use, x W; the second one is missing.": (
            "x.T @ d + dy.T @ h → x.T @ d"
        ),
        "The kernel is used twice. You hand back what comes by its second use, h Wᵀ; the first one is missing.": (
            "x.T @ d + dy.T @ h → dy.T @ h"
        ),
        "The slope of tanh is missing between the two layers: 1 − h².": "* (1 - h**2) →",
        "The slope of tanh is 1 minus the square of its output h, not of its input.": "h**2 → (x @ kernel) ** 2",
        "Where paths join the parts add up. You took their mean.": "x.T @ d + dy.T @ h → (x.T @ d + dy.T @ h) / 2",
        "Back through x W it goes by the product with Wᵀ: the transposition is missing.": "d @ kernel.T → d @ kernel",
        "This use's kernel is Wᵀ, which gets hᵀ dy. W has its transpose, dyᵀ h.": "dy.T @ h → h.T @ dy",
        "dx is not handed back through the first layer yet: it needs the product with Wᵀ.": "d @ kernel.T → d",
        "dy is given for the whole loss already: there is no mean over the batch to take.": (
            "x.T @ d + dy.T @ h → (x.T @ d + dy.T @ h) / (2 * len(x))"
        ),
    },
)
def tied_gradients(x, kernel, dy):
    """(dx, dkernel) for y = tanh(x W) Wᵀ, whose kernel W is used twice.

    x, dy: (n, inputs)   kernel: (inputs, units)
    """
    h = np.tanh(x @ kernel)
    d = (dy @ kernel) * (1 - h**2)
    return d @ kernel.T, x.T @ d + dy.T @ h


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

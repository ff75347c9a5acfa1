"""Chapter 01's checks: one neuron, what it can and cannot do, the perceptron and layers of neurons.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns.
"""

from typing import NamedTuple

import numpy as np

from course_lib.checking.answers import NotYet
from course_lib.checking.kinds import build, implement, value
from course_lib.data import xor

CHAPTER = "01-neurons"


@value(
    points=1,
    atol=0.005,
    rtol=0,
    hints=[
        "Write three products, one for each input and its weight. Mind the signs.",
        "The bias is added once, after the three products.",
        "The sigmoid is 1 / (1 + e^(−sum)). For a sum of −0.7 the exponent is +0.7, and e^0.7 is 2.01.",
        "The sigmoid is 0.5 exactly where the sum is 0. Which bias takes the three products to 0?",
    ],
    mistakes={
        "That is the sum of the three products alone. The bias is still to be added.": {
            "sum": -1.0,
            "output": 0.269,
            "balancing bias": 1.0,
        },
        "The input −1 times its weight 1 is −1, not 1: that product pulls the sum down.": {
            "sum": 1.3,
            "output": 0.786,
            "balancing bias": 1.0,
        },
        "The bias is +0.3: it lifts the sum. You took it away.": {"sum": -1.3, "output": 0.214, "balancing bias": 1.0},
        "That is the sigmoid of +0.7. A negative sum has an output below one half.": {
            "sum": -0.7,
            "output": 0.668,
            "balancing bias": 1.0,
        },
        "The output is not the sum: the sum still has to go through the sigmoid.": {
            "sum": -0.7,
            "output": -0.7,
            "balancing bias": 1.0,
        },
        "Right size, wrong sign: the products come to −1, and the bias has to make up for it.": {
            "sum": -0.7,
            "output": 0.332,
            "balancing bias": -1.0,
        },
        "That bias is to be added to the 0.3 that is there. What is asked is the whole bias, in place of the 0.3.": {
            "sum": -0.7,
            "output": 0.332,
            "balancing bias": 0.7,
        },
    },
)
def neuron_by_hand():
    """The sum, the sigmoid of it, and the bias for which the output is one half."""
    products = np.array([2.0, -1.0, 0.5]) @ np.array([0.5, 1.0, -2.0])
    total = float(products) + 0.3
    return {"sum": total, "output": 1 / (1 + float(np.exp(-total))), "balancing bias": -float(products)}


def _truth_values(rng, *shape):
    return rng.integers(0, 2, shape)


def _mcculloch_pitts_cases(rng):
    yield np.array([[1, 1], [1, 0], [1, 1]]), np.array([[0], [0], [1]]), 2
    yield np.array([[1, 1, 0]]), np.zeros((1, 0), int), 2
    yield np.array([[0, 0], [1, 1]]), np.array([[0, 0], [1, 0]]), 0
    yield np.array([[1, 1, 1, 1]]), np.array([[1]]), 2
    for _ in range(6):
        rows, excitatory, inhibitory = rng.integers(4, 12), rng.integers(2, 5), rng.integers(2, 4)
        yield _truth_values(rng, rows, excitatory), _truth_values(rng, rows, inhibitory), int(rng.integers(1, 3))


@implement(
    _mcculloch_pitts_cases,
    points=1,
    hints=[
        "Two conditions must hold in a row: enough excitatory inputs are on, and no inhibitory input is on.",
        "excitatory.sum(axis=1) counts the inputs that are on in each row; inhibitory.any(axis=1) says whether one is.",
        "& joins two arrays of True and False entry by entry, ~ turns each over, .astype(int) makes 1 and 0 of them.",
    ],
    mistakes={
        "A row whose count is exactly the threshold fires too: at least, not more than.": lambda e, i, t: (
            (e.sum(axis=1) > t) & ~i.any(axis=1)
        ).astype(int),
        "An inhibitory input does not take one off the count. In 1943 it forbids the unit to fire, whatever the count.": lambda e, i, t: (
            (e.sum(axis=1) - i.sum(axis=1) >= t).astype(int)
        ),
        "The inhibitory inputs have no effect yet.": lambda e, i, t: (e.sum(axis=1) >= t).astype(int),
        "One inhibitory input that is on is enough. You wait until all of them are.": lambda e, i, t: (
            (e.sum(axis=1) >= t) & ~i.all(axis=1)
        ).astype(int),
        "An inhibitory input silences its own row only. Without axis=1, any() looks at the whole batch at once.": lambda e, i, t: (
            ((e.sum(axis=1) >= t) & ~i.any()).astype(int)
        ),
        "That is one answer a column. The rows are the examples: count along axis=1.": lambda e, i, t: (
            e.sum(axis=0) >= t
        ).astype(int),
        "The values are right, but they are True and False. Make 1 and 0 of them with .astype(int).": lambda e, i, t: (
            (e.sum(axis=1) >= t) & ~i.any(axis=1)
        ),
    },
)
def mcculloch_pitts(excitatory, inhibitory, threshold):
    """1 for each row that fires, else 0. McCulloch and Pitts, 1943.

    excitatory: (batch, e)   inhibitory: (batch, i)   returns: (batch,) whole numbers
    """
    enough = excitatory.sum(axis=1) >= threshold
    return (enough & ~inhibitory.any(axis=1)).astype(int)


@value(
    points=2,
    hints=[
        "Go through the network neuron by neuron. What does one neuron of the first hidden layer own?",
        "A neuron owns one weight for each number that comes in, and one bias. An input owns nothing.",
        "Into each output neuron come 4 numbers from the second hidden layer and 5 straight from the inputs.",
        "6 · (5 + 1) for the first hidden layer, 4 · (6 + 1) for the second. Now the outputs.",
    ],
    mistakes={
        "That is the network without the shortcut. Each output neuron also has a weight for each of the 5 inputs.": 79,
        "Those are the weights alone. Every neuron has a bias as well.": 81,
        "A bias belongs to a neuron, not to a layer: a layer of 6 neurons has 6 of them.": 84,
        "The shortcut brings weights, but no second bias: an output neuron is still one neuron with one bias.": 97,
        "The inputs are given, not computed: they have no biases.": 99,
        "Those are the neurons. Count what is learnt: one number for each connection, and one for each neuron.": 13,
    },
)
def shortcut_parameters():
    """5 inputs, 6 and 4 hidden neurons, 3 outputs which also see the inputs."""
    return (5 + 1) * 6 + (6 + 1) * 4 + (4 + 5 + 1) * 3


def _signed_distance_cases(rng):
    yield np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([3.0, 4.0]), -5.0
    yield np.array([[1.0, 1.0]]), np.array([-2.0, 0.0]), 0.0
    yield np.array([[0.5], [-0.5]]), np.array([4.0]), 1.0
    yield np.array([[1.0, -2.0], [2.0, -1.0]]), np.array([0.25, -0.25]), -0.75
    for _ in range(5):
        batch, inputs = rng.integers(1, 8), rng.integers(2, 6)
        yield rng.normal(size=(batch, inputs)), 3 * rng.normal(size=inputs), float(rng.normal())


@implement(
    _signed_distance_cases,
    points=2,
    hints=[
        "The neuron's sum w · x + b is 0 on the line and grows as you walk away from it. How fast does it grow?",
        "One step of length 1 straight away from the line changes the sum by the length of w.",
        "So divide the whole sum by the length of w, the root of its summed squares: np.linalg.norm(w).",
    ],
    mistakes={
        "That is the neuron's sum. Twice the weights and bias are the same line, so the distance must not double.": lambda x, w, b: (
            x @ w + b
        ),
        "Divide by the length of w, not by its square: the square root is missing.": lambda x, w, b: (
            (x @ w + b) / (w @ w)
        ),
        "The distance is to carry the sign of the sum, to tell the two sides apart.": lambda x, w, b: (
            np.abs(x @ w + b) / np.linalg.norm(w)
        ),
        "The bias is missing: your line goes through the origin.": lambda x, w, b: x @ w / np.linalg.norm(w),
        "The bias is part of the sum, so it is divided too. Mind the parentheses.": lambda x, w, b: (
            x @ w / np.linalg.norm(w) + b
        ),
        "The bias moves the line, it does not tilt it: the length is that of w alone.": lambda x, w, b: (
            (x @ w + b) / np.sqrt(w @ w + b * b)
        ),
        "The two sides are swapped: positive is where the neuron's sum is positive.": lambda x, w, b: (
            -(x @ w + b) / np.linalg.norm(w)
        ),
    },
)
def signed_distance(x, w, b):
    """How far each point lies from the line w · x + b = 0, positive where the sum is.

    x: (batch, inputs)   w: (inputs,)   returns: (batch,)
    """
    return (x @ w + b) / np.linalg.norm(w)


@value(
    points=2,
    hints=[
        "Play each loop by hand on the first example, (0, 0) with target 0. The first prediction is 1, a mistake.",
        "After a prediction that was too high, w and b must make the sum smaller. Does loop A do that?",
        "Look at what w and b are when an epoch begins, in loop B and in loop A.",
        "In loop C, w and b change as they should. Which line does not use all that was learnt?",
    ],
    mistakes={
        "Loop A: the comparison is as in the chapter, a sum of 0 fires. Follow the sign of the change instead.": {
            "A": 4,
            "B": 2,
            "C": 4,
        },
        "Loop A: the update of w does what it should with the error it gets. Is that error the right way round?": {
            "A": 6,
            "B": 2,
            "C": 4,
        },
        "Loop A: b is corrected in the same way as w, so both suffer from one cause. Look further up.": {
            "A": 7,
            "B": 2,
            "C": 4,
        },
        "Loop B: the epochs are fine. What wipes out the first one's work when the second begins?": {
            "A": 5,
            "B": 1,
            "C": 4,
        },
        "Loop B: the error is the right way round. What becomes of the corrections?": {"A": 5, "B": 5, "C": 4},
        "Loop C: zeros are a good start here, and each line after it can change them.": {"A": 5, "B": 2, "C": 1},
        "Loop C: b is updated as it should be. But who reads it?": {"A": 5, "B": 2, "C": 7},
    },
)
def broken_loops():
    """A has its error the wrong way round, B starts anew each epoch, C predicts without its bias."""
    return {"A": 5, "B": 2, "C": 4}


@value(
    points=2,
    hints=[
        "Ask of each task first: is the answer a choice among named things, or an amount?",
        "A choice between two needs one number: the logit for yes. A choice among K needs K.",
        "An amount needs one linear unit for each number to be predicted. That may be one unit.",
        "A language model chooses too: its classes are all tokens that it knows.",
    ],
    mistakes={
        "spam: yes or no is a choice between two. One logit says it all: the other's probability is what is left.": {
            "spam": "B",
            "digit": "B",
            "weather": "C",
            "price": "C",
            "next token": "D",
            "tumour": "A",
        },
        "digit: ten possible digits, one of which is right, need a logit each.": {
            "spam": "A",
            "digit": "A",
            "weather": "C",
            "price": "C",
            "next token": "D",
            "tumour": "A",
        },
        "digit: 7 is a name here, not an amount: reading a 7 as an 8 is no smaller mistake than reading it as a 1.": {
            "spam": "A",
            "digit": "C",
            "weather": "C",
            "price": "C",
            "next token": "D",
            "tumour": "A",
        },
        "weather: the three numbers do not compete. All three are wanted at once, each as an amount.": {
            "spam": "A",
            "digit": "B",
            "weather": "B",
            "price": "C",
            "next token": "D",
            "tumour": "A",
        },
        "price: one number, but not a yes or no. A logit is made to be squeezed between 0 and 1.": {
            "spam": "A",
            "digit": "B",
            "weather": "C",
            "price": "A",
            "next token": "D",
            "tumour": "A",
        },
        "next token: it is a choice among K, but the list names this case for itself: K is the whole vocabulary.": {
            "spam": "A",
            "digit": "B",
            "weather": "C",
            "price": "C",
            "next token": "B",
            "tumour": "A",
        },
        "tumour: the answer wanted is a yes or no. Its probability is what one logit gives.": {
            "spam": "A",
            "digit": "B",
            "weather": "C",
            "price": "C",
            "next token": "D",
            "tumour": "C",
        },
    },
)
def heads():
    """A: one logit, B: K logits, C: d regression units, D: a logit for each token of a vocabulary."""
    return {"spam": "A", "digit": "B", "weather": "C", "price": "C", "next token": "D", "tumour": "A"}


def _step_network_outputs(network):
    """What a network of step neurons, [(kernel, bias), (kernel, bias)], answers to the four pairs of truth values."""
    if type(network) not in (list, tuple) or [type(layer) for layer in network] not in ([tuple] * 2, [list] * 2):
        raise NotYet("The network must be a list of two layers, each of them a pair: (kernel, bias).")
    x, width = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), 2
    for number, layer in enumerate(network, 1):
        kernel, bias = _layer_arrays(layer, number)
        units = len(bias) if number == 1 else 1
        if kernel.shape != (width, units) or bias.shape != (units,):
            raise NotYet(
                f"Layer {number}: its kernel has the shape {kernel.shape} and its bias {bias.shape}; "
                f"({width}, {units}) and ({units},) would fit together: a row for each input, a column for "
                "each neuron."
            )
        x, width = np.where(x @ kernel + bias >= 0, 1.0, 0.0), units
    return dict(zip(["0, 0", "0, 1", "1, 0", "1, 1"], x[:, 0].astype(int).tolist(), strict=True))


def _layer_arrays(layer, number):
    try:
        kernel, bias = (np.array(part, float) for part in layer)
        sound = bias.ndim == 1 and np.isfinite(kernel).all() and np.isfinite(bias).all()
    # What a learner may have put into a layer can fail in any way.
    except Exception:
        sound = False
    if not sound:
        raise NotYet(f"Layer {number} must be a pair (kernel, bias): numbers in two brackets, then numbers in one.")
    return kernel, bias


def _two_layers(hidden_bias, output_kernel, output_bias):
    """Two hidden neurons that both add the two inputs, and one that reads them."""
    return [(np.ones((2, 2)), np.array(hidden_bias)), (np.array(output_kernel)[:, None], np.array([output_bias]))]


@value(
    points=3,
    of=_step_network_outputs,
    hints=[
        "XNOR is 1 for (0, 0) and for (1, 1). Give each of these two cases a hidden neuron of its own.",
        "Weights 1, 1 and bias −1.5 make an AND: only (1, 1) reaches 0. Which signs fire for (0, 0) alone?",
        "The output neuron has to fire if one of the two hidden neurons fires. That is an OR of them.",
        "A sum of exactly 0 fires. A bias halfway between two possible sums, as −0.5, keeps you clear of it.",
    ],
    mistakes={
        "Your network computes XOR, the opposite. Turn all signs of the output neuron round, then look at sums of 0.": _two_layers(
            [-0.5, -1.5], [1.0, -1.0], -0.5
        ),
        "Your network computes AND. The case (0, 0) still needs a hidden neuron that fires for it.": _two_layers(
            [-1.5, -1.5], [1.0, 1.0], -0.5
        ),
        "Your network fires for (0, 0) alone. The case (1, 1) still needs a hidden neuron that fires for it.": [
            (-np.ones((2, 2)), np.array([0.5, 0.5])),
            (np.ones((2, 1)), np.array([-0.5])),
        ],
        "Your output neuron always fires. Its sum is never below 0: a negative bias would change that.": _two_layers(
            [0.0, 0.0], [1.0, 1.0], 0.0
        ),
        "Your output neuron never fires. Its sum stays below 0: perhaps it waits for both hidden neurons at once.": [
            (np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-1.5, 0.5])),
            (np.ones((2, 1)), np.array([-1.5])),
        ],
    },
)
def xnor_network():
    """What XNOR answers to the four pairs: 1 where both inputs are the same."""
    return {"0, 0": 1, "0, 1": 0, "1, 0": 0, "1, 1": 1}


class Weights(NamedTuple):
    """Weights and bias that the perceptron had at some moment, and how many examples they get right."""

    w: np.ndarray
    b: float
    right: int
    epoch: int


def _weights_seen(x, y, epochs, sign=1):
    """The weights of the perceptron's run: the zeros of the start, then those after each update."""

    def seen(epoch):
        return Weights(w, b, int(((x @ w + b >= 0) == y).sum()), epoch)

    w, b = np.zeros(x.shape[1]), 0.0
    run = [seen(-1)]
    for epoch in range(epochs):
        for example, target in zip(x, y, strict=True):
            error = int(target) - int(example @ w + b >= 0)
            if error:
                w, b = w + sign * error * example, b + sign * error
                run.append(seen(epoch))
    return run


def _pocketed(run):
    # max keeps the first of equals.
    best = max(run, key=lambda weights: weights.right)
    return best.w, best.b


def _last_of_each_epoch(x, y, epochs):
    run = _weights_seen(x, y, epochs)
    return [run[0], *({weights.epoch: weights for weights in run[1:]}).values()]


def _pocket_with_later_weights(x, y, epochs):
    run = _weights_seen(x, y, epochs)
    return run[-1].w, _pocketed(run)[1]


def _pocket_cases(rng):
    """Coordinates are quarters, so that sums are exact and a sum of 0 is 0 in whatever order it is added up."""
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    yield corners, np.array([0, 1, 1, 1]), 5
    # The third epoch would find a line, but there are two.
    yield corners, np.array([0, 1, 1, 1]), 2
    yield corners, np.array([0, 1, 1, 0]), 6
    yield np.array([[2.0, -1.0]]), np.array([0]), 1
    # The zeros of the start are right four times in five, and nothing that follows is better.
    yield np.array([[1.0], [1.0], [1.0], [1.0], [1.0]]), np.array([0, 1, 1, 1, 1]), 1
    for _ in range(5):
        n, inputs = int(rng.integers(8, 16)), int(rng.integers(1, 4))
        x = rng.integers(-8, 9, (n, inputs)) / 4
        y = (x @ rng.integers(-2, 3, inputs) + rng.integers(-1, 2) >= 0) ^ (rng.random(n) < 0.2)
        yield x, y.astype(int), int(rng.integers(2, 6))


@implement(
    _pocket_cases,
    points=3,
    hints=[
        "Begin with the perceptron as it is. After each update, ask how many examples these weights get right.",
        "((x @ w + b >= 0) == y).sum() counts them. The pocket holds a w, a b and their count.",
        "The pocket starts with the zeros and their count. New weights go in only if their count is larger.",
        "Write w = w + …, which makes a new array. With w += … the array in your pocket changes too.",
    ],
    mistakes={
        "Those are the last weights. Return the best that were seen: those in the pocket.": lambda x, y, epochs: (
            lambda last: (last.w, last.b)
        )(_weights_seen(x, y, epochs)[-1]),
        "The w in your pocket changed after you put it there: w += … works on the same array. Write w = w + ….": _pocket_with_later_weights,
        "Weights that are only as good as those in the pocket do not replace them: larger, not at least as large.": lambda x, y, epochs: (
            _pocketed(_weights_seen(x, y, epochs)[::-1])
        ),
        "You look once an epoch. The best weights may last for one update only, so count after each of them.": lambda x, y, epochs: (
            _pocketed(_last_of_each_epoch(x, y, epochs))
        ),
        "The zeros of the start get some examples right too. Count them, and start with them in the pocket.": lambda x, y, epochs: (
            _pocketed(_weights_seen(x, y, epochs)[1:])
        ),
        "The weights run away from the target: the error is y minus the prediction, and it is added.": lambda x, y, epochs: (
            _pocketed(_weights_seen(x, y, epochs, sign=-1))
        ),
    },
)
def pocket(x, y, epochs):
    """The best weights that the perceptron had on its way: (w, b). Gallant, 1990 (with the ratchet).

    x: (n, inputs)   y: (n,) of 0 and 1   returns: w (inputs,) and b, a number
    """
    return _pocketed(_weights_seen(x, y, epochs))


MOST_PARAMETERS, LEAST_RIGHT = 65, 0.95
TOO_MANY = "Fewer neurons will do: a hidden layer of n neurons costs 2n + n + n + 1 parameters here."
SQUEEZED = "All its outputs lie between 0 and 1, so the last layer squeezes them. A logit comes from a linear neuron."
NO_HIDDEN_LAYER = "It has no hidden layer, so it can only draw one straight line, and no line separates XOR."
NOTHING_BENDS = "Its hidden layer is linear, and a stack of linear layers still draws one straight line. Let it bend."
NOT_TRAINED = "That is near guessing. Was it trained at all? And does the loss know that it gets logits?"
NOT_ENOUGH = "It is on its way. More epochs, a larger learning rate or a few more neurons help."


def _xor_model(hidden=(), activation="tanh", output="linear"):
    """A model that is not trained, of a given form: what a learner has who made one mistake."""
    from course_lib.page import quiet

    with quiet():
        import keras
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(units, activation) for units in hidden]
    return keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1, output)])


def _is_flat(x, outputs):
    """Whether the outputs (n, 1) are w · x + b for some w and b."""
    with_one = np.column_stack([x, np.ones(len(x))])
    nearest = with_one @ np.linalg.lstsq(with_one, outputs, rcond=None)[0]
    return bool(np.abs(nearest - outputs).max() <= 1e-4 * max(1.0, np.abs(outputs).max()))


@build(
    points=3,
    hints=[
        "Two Dense layers: one that bends (tanh or relu), and one neuron that is linear and gives the logit.",
        "The loss has to know that it gets logits: keras.losses.BinaryCrossentropy(from_logits=True).",
        "Adam's default learning rate of 0.001 is small for so little data. Try 0.03, and 50 epochs.",
        "With few neurons, some starts get stuck. A hidden layer of 16 is just within the limit.",
    ],
    mistakes={
        TOO_MANY: lambda x, y: _xor_model([32]),
        SQUEEZED: lambda x, y: _xor_model([16], output="sigmoid"),
        NO_HIDDEN_LAYER: lambda x, y: _xor_model(),
        NOTHING_BENDS: lambda x, y: _xor_model([16], "linear"),
        NOT_TRAINED: lambda x, y: _xor_model([16]),
    },
)
def train_xor(trial):
    """At most 65 parameters, at least 95 % right on 1,000 points that the training has not seen."""
    x, y = xor(400, noise=0.03, seed=int(trial.rng.integers(2**31)))
    x_new, y_new = xor(1000, seed=int(trial.rng.integers(2**31)))
    model = trial.ask("build", x, y)
    trial.require(model["parameters"] <= MOST_PARAMETERS, f"It has {model['parameters']} parameters. {TOO_MANY}")
    logits = trial.ask("predict", x_new)
    trial.require(
        logits.shape == (1000, 1),
        f"For 1,000 points its output has the shape {logits.shape}; (1000, 1) was wanted: one logit each.",
    )
    trial.require(np.isfinite(logits).all(), "Its output contains NaN or infinity. A smaller learning rate may help.")
    trial.require(logits.min() < 0 or logits.max() > 1, SQUEEZED)
    trial.require(not _is_flat(x_new, logits), NO_HIDDEN_LAYER if len(model["shapes"]) <= 2 else NOTHING_BENDS)
    right = np.mean((logits[:, 0] > 0) == y_new)
    trial.require(
        right >= LEAST_RIGHT,
        f"It gets {right:.1%} of 1,000 unseen points right; 95 % were wanted. "
        f"{NOT_TRAINED if right < 0.75 else NOT_ENOUGH}",
    )


def _multiclass_run(x, y, classes, epochs, correct):
    """Show each example to all neurons; if the loudest is not the right one, ``correct`` changes W and b in place."""
    kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(epochs):
        for example, target in zip(x, y, strict=True):
            loudest = int(np.argmax(example @ kernel + bias))
            if loudest != target:
                correct(kernel, bias, example, target, loudest)
    return kernel, bias


def _move(kernel, bias, example, unit, amount):
    kernel[:, unit] += amount * example
    bias[unit] += amount


def _pull_and_push(kernel, bias, example, target, loudest):
    _move(kernel, bias, example, target, 1)
    _move(kernel, bias, example, loudest, -1)


def _only_pull(kernel, bias, example, target, loudest):
    _move(kernel, bias, example, target, 1)


def _only_push(kernel, bias, example, target, loudest):
    _move(kernel, bias, example, loudest, -1)


def _wrong_way(kernel, bias, example, target, loudest):
    _pull_and_push(kernel, bias, example, loudest, target)


def _without_bias(kernel, bias, example, target, loudest):
    _pull_and_push(kernel, np.zeros_like(bias), example, target, loudest)


def _push_all_others(kernel, bias, example, target, loudest):
    for unit in range(len(bias)):
        _move(kernel, bias, example, unit, 1 if unit == target else -1)


def _whole_batch_at_once(x, y, classes, epochs):
    kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(epochs):
        for example, target, loudest in zip(x, y, np.argmax(x @ kernel + bias, axis=1), strict=True):
            if loudest != target:
                _pull_and_push(kernel, bias, example, target, loudest)
    return kernel, bias


def _transposed(x, y, classes, epochs):
    kernel, bias = _multiclass_run(x, y, classes, epochs, _pull_and_push)
    return kernel.T, bias


def _multiclass_cases(rng):
    """Coordinates are quarters, so that sums are exact and a tie is a tie in whatever order it is added up."""
    yield np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.array([0, 1, 2]), 3, 5
    yield np.array([[0.5, -2.0]]), np.array([2]), 4, 1
    yield np.array([[1.0], [2.0], [-1.0]]), np.array([0, 0, 0]), 2, 2
    for _ in range(5):
        n, inputs, classes = (int(rng.integers(*limits)) for limits in ((10, 20), (2, 5), (3, 6)))
        yield rng.integers(-8, 9, (n, inputs)) / 4, rng.integers(0, classes, n), classes, int(rng.integers(2, 5))


@implement(
    _multiclass_cases,
    points=4,
    hints=[
        "Start from zeros: a kernel (inputs, classes), a bias (classes,). Two loops: over epochs, over examples.",
        "example @ kernel + bias are the sums of all neurons for one example; np.argmax finds the loudest.",
        "kernel[:, k] are the weights of neuron k. Only two columns change, and only if the loudest is wrong.",
        "kernel[:, target] += example and bias[target] += 1; for the loudest, the same with −=.",
    ],
    mistakes={
        "The right neuron is pulled up. The one that was too loud has to be pushed down as well.": lambda *given: (
            _multiclass_run(*given, _only_pull)
        ),
        "The loudest is pushed down. The neuron that should have won has to be pulled up as well.": lambda *given: (
            _multiclass_run(*given, _only_push)
        ),
        "Up and down are swapped: the right neuron has to answer louder to this example, the wrong one less loudly.": lambda *given: (
            _multiclass_run(*given, _wrong_way)
        ),
        "The biases never change. A bias is the weight of an input that is always 1, so it moves by 1.": lambda *given: (
            _multiclass_run(*given, _without_bias)
        ),
        "Two neurons take part in a mistake: the right one and the loudest. The others keep their weights.": lambda *given: (
            _multiclass_run(*given, _push_all_others)
        ),
        "You predict all examples before the first update. Predict each one with the weights as they are by then.": _whole_batch_at_once,
        "The kernel lies on its side: a row for each input, a column for each neuron.": _transposed,
    },
)
def multiclass_perceptron(x, y, classes, epochs):
    """A neuron for each class, the loudest wins: (kernel, bias) after learning. Duda and Hart, 1973 (Kesler's rule).

    x: (n, inputs)   y: (n,) of 0 to classes - 1   returns: kernel (inputs, classes), bias (classes,)
    """
    return _multiclass_run(x, y, classes, epochs, _pull_and_push)

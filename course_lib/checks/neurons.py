"""Chapter 01's checks: one neuron, what it can and cannot do, the perceptron and layers of neurons.

The right answers are the decorated functions; a usual mistake, beside its hint, is what it changes in the right one.
"""

import numpy as np

from course_lib.activations import sigmoid
from course_lib.checking.comparing import one_of
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.forms import hidden_layers, is_flat, is_squeezed
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.models import keras_model
from course_lib.checking.step_networks import step_network_outputs
from course_lib.data import xor
from course_lib.neurons import INPUTS

CHAPTER = "01-neurons"


@value(
    "Write three products, one for each input and its weight. Mind the signs.",
    "The bias is added once, after the three products.",
    "The sigmoid is 1 / (1 + e^(−sum)). For a sum of −0.7 the exponent is +0.7, and e^0.7 is 2.01.",
    "The sigmoid is 0.5 exactly where the sum is 0. Which bias takes the three products to 0?",
    points=1,
    decimals=2,
    mistakes={
        "That is the sigmoid of the products alone. The bias belongs to the sum.": {"output": 0.269},
        "That is the sum of the three products alone. The bias is still to be added.": {"sum": -1.0, "output": 0.269},
        "The input −1 times its weight 1 is −1, not 1: that product pulls the sum down.": {"sum": 1.3, "output": 0.786},
        "The bias is +0.3: it lifts the sum. You took it away.": {"sum": -1.3, "output": 0.214},
        "That is the sigmoid of +0.7. A negative sum has an output below one half.": {"output": 0.668},
        "The output is not the sum: the sum still has to go through the sigmoid.": {"output": -0.7},
        "That is a step: 0 for a sum below 0. The sigmoid goes from 0 to 1 without a jump.": {"output": 0.0},
        "Right size, wrong sign: the products come to −1, and the bias makes up for it.": {"balancing bias": -1.0},
        "That is to be added to the 0.3. What is asked is the whole bias, in its place.": {"balancing bias": 0.7},
        "That keeps the bias as it is, and with it the sum is −0.7.": {"balancing bias": 0.3},
    },
)
def neuron_by_hand():
    """The sum, the sigmoid of it, and the bias for which the output is one half."""
    products = np.array([2.0, -1.0, 0.5]) @ np.array([0.5, 1.0, -2.0])
    return {"sum": products + 0.3, "output": sigmoid(products + 0.3), "balancing bias": -products}


def _mcculloch_pitts_cases(rng):
    yield np.array([[1, 1], [1, 0], [1, 1]]), np.array([[0], [0], [1]]), 2
    yield np.array([[1, 1, 0]]), np.zeros((1, 0), int), 2
    yield np.array([[0, 0], [1, 1]]), np.array([[0, 0], [1, 0]]), 0
    yield np.array([[1, 1, 1, 1]]), np.array([[1]]), 2
    yield np.ones((2, 999), int), np.array([[1], [0]]), 1
    for _ in range(6):
        rows, e, i = rng.integers(4, 12), rng.integers(2, 5), rng.integers(2, 4)
        yield rng.integers(0, 2, (rows, e)), rng.integers(0, 2, (rows, i)), int(rng.integers(1, 3))


@implement(
    _mcculloch_pitts_cases,
    "Two conditions must hold in a row: enough excitatory inputs are on, and no inhibitory input is on.",
    "excitatory.sum(axis=1) counts the inputs that are on in each row; inhibitory.any(axis=1) says whether one is.",
    "& joins two arrays of True and False entry by entry, ~ turns each over, .astype(int) makes 1 and 0 of them.",
    points=1,
    mistakes={
        "A row whose count is exactly the threshold fires too: at least, not more than.": ">= → >",
        "An inhibitory input does not take one off the count. In 1943 it forbids the unit to fire, "
        "whatever the count.": ">= threshold → >= threshold + inhibitory.sum(axis=1); & ~inhibitory.any(axis=1) →",
        "Enough excitatory inputs outvote that weight. One inhibitory input silences the unit, however many are on.": (
            ">= threshold → >= threshold + 10 * inhibitory.sum(axis=1); & ~inhibitory.any(axis=1) →"
        ),
        "The inhibitory inputs have no effect yet.": "& ~inhibitory.any(axis=1) →",
        "One inhibitory input that is on is enough. You wait until all of them are.": ".any → .all",
        "An inhibitory input silences its own row only: any() looks at the whole batch.": ".any(axis=1) → .any()",
        "That is one answer a column. Take axis=1.": ".sum(axis=1) → .sum(axis=0); & ~inhibitory.any(axis=1) →",
        "Each row is an example of its own. You add up the whole batch.": ".sum(axis=1) → .sum()",
        "Any is not enough: as many as the threshold says must be on.": "sum(axis=1) >= threshold → any(axis=1)",
        "The values are right, but they are True and False. Make 1 and 0 of them with .astype(int).": ".astype(int) →",
    },
)
def mcculloch_pitts(excitatory, inhibitory, threshold):
    """1 for each row that fires, else 0. McCulloch and Pitts, 1943.

    excitatory: (batch, e)   inhibitory: (batch, i)   returns: (batch,) whole numbers
    """
    enough = excitatory.sum(axis=1) >= threshold
    return (enough & ~inhibitory.any(axis=1)).astype(int)


@value(
    "Go through the network neuron by neuron. What does one neuron of the first hidden layer own?",
    "A neuron owns one weight for each number that comes in, and one bias. An input owns nothing.",
    "Into each output neuron come 4 numbers from the second hidden layer and 5 straight from the inputs.",
    "6 · (5 + 1) for the first hidden layer, 4 · (6 + 1) for the second. Now the outputs.",
    points=2,
    mistakes={
        "That is the network without the shortcut. Each output neuron also has a weight for each of the 5 inputs.": 79,
        "Those are the weights alone. Every neuron has a bias as well.": 81,
        "A bias belongs to a neuron, not to a layer: a layer of 6 neurons has 6 of them.": 84,
        "The shortcut brings weights, but no second bias: an output neuron is still one neuron with one bias.": 97,
        "The inputs are given, not computed: they have no biases.": 99,
        "The shortcut alone has 3 · 5 weights. What do the three layers add to them?": 15,
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
    "The neuron's sum w · x + b is 0 on the line and grows as you walk away from it. How fast does it grow?",
    "One step of length 1 straight away from the line changes the sum by the length of w.",
    "So divide the whole sum by the length of w, the root of its summed squares: np.linalg.norm(w).",
    points=2,
    mistakes={
        "That is the neuron's sum. Twice w and b are the same line, at the same distance.": "/ np.linalg.norm(w) →",
        "Divide by the length of w, not by its square: the square root is missing.": "np.linalg.norm(w) → (w @ w)",
        "The distance is to carry the sign of the sum, to tell the two sides apart.": "(x @ w + b) → np.abs(x @ w + b)",
        "The bias is missing: your line goes through the origin.": "+ b →",
        "The bias is part of the sum, so it is divided too. Mind the parentheses.": "+ b → ; norm(w) → norm(w) + b",
        "The whole sum is divided, not the bias alone. Mind the parentheses.": "(x @ w + b) → x @ w + b",
        "The bias moves the line without tilting it: the length is that of w alone.": "norm(w) → norm([*w, b])",
        "The two sides are swapped: positive is where the neuron's sum is positive.": "return → return -",
        "Divide by the length of w, not of x: it belongs to the line.": "norm(w) → norm(x, axis=1)",
        "You add up the sizes of the weights. Their length is the root of the summed squares.": "norm(w) → norm(w, 1)",
    },
)
def signed_distance(x, w, b):
    """How far each point lies from the line w · x + b = 0, positive where the sum is.

    x: (batch, inputs)   w: (inputs,)   returns: (batch,)
    """
    return (x @ w + b) / np.linalg.norm(w)


@value(
    "Play each loop by hand on the first example, (0, 0) with target 0. The first prediction is 1, a mistake.",
    "After a prediction that was too high, w and b must make the sum smaller. Does loop A do that?",
    "Look at what w and b are when an epoch begins, in loop B and in loop A.",
    "In loop C, w and b change as they should. Which line does not use all that was learnt?",
    points=2,
    mistakes=mistakes_of_entries(
        A={
            1: "zeros are a good start, and a good one would not teach it to learn.",
            2: "twenty epochs are enough for OR. More of the same would not help.",
            3: "each example comes with its own target. Follow the sign of the change instead.",
            4: "the comparison is as in the chapter, a sum of 0 fires. Follow the sign of the change instead.",
            6: "the update of w does what it should with the error it gets. Is that error the right way round?",
            7: "b is corrected in the same way as w, so both suffer from one cause. Look further up.",
        },
        B={
            4: "the prediction is as in the chapter, bias included. What becomes of the corrections?",
            5: "the error is the right way round. What becomes of the corrections?",
            6: "w is corrected as it should be. What wipes out the first epoch's work when the second begins?",
            7: "b is corrected as it should be. What wipes out the first epoch's work when the second begins?",
        },
        C={
            1: "zeros are a good start here, and each line after it can change them.",
            2: "twenty epochs are enough for OR. More of the same would not help.",
            3: "each example comes with its own target. What is done with the example?",
            6: "w is updated as it should be. Does the prediction use all that was learnt?",
            7: "b is updated as it should be. But who reads it?",
        },
    ),
)
def broken_loops():
    """A turns its error round, B starts anew each epoch (1 and 3 cure it too), C predicts without its bias (or 5)."""
    return {"A": 5, "B": one_of(2, 1, 3), "C": one_of(4, 5)}


@value(
    "Ask of each task first: is the answer a choice among named things, or an amount?",
    "A choice between two needs one number: the logit for yes. A choice among K needs K.",
    "An amount needs one linear unit for each number to be predicted. That may be one unit.",
    "A language model chooses too: its classes are all tokens that it knows.",
    points=2,
    mistakes=mistakes_of_entries(
        spam={
            "B": "yes or no is a choice between two. One logit says it all: the other is what is left.",
            "C": "the answer is a yes or no, not an amount.",
            "D": "the network reads words here, but it does not choose one. It says yes or no.",
        },
        digit={
            "A": "ten possible digits, one of which is right, need a logit each.",
            "C": "7 is a name here, not an amount: an 8 in its place is no smaller mistake than a 1.",
            "D": "a choice among K, but K is ten here and no vocabulary.",
        },
        weather={
            "A": "three numbers are wanted, and none of them is a yes or no.",
            "B": "the three numbers do not compete. All three are wanted at once, each as an amount.",
            "D": "there is no vocabulary to choose from. Three amounts are wanted.",
        },
        price={
            "B": "there are no classes to choose from. One amount is wanted.",
            "D": "there is no vocabulary to choose from. One amount is wanted.",
            "A": "one number, but not a yes or no. A logit is made to be squeezed between 0 and 1.",
        },
        **{
            "next token": {
                "B": "it is a choice among K, but the list names this case for itself: K is the whole vocabulary.",
                "A": "there are more than two tokens, so one yes or no is not enough.",
                "C": "a token's number is a name, not an amount. It is chosen from all that there are.",
            }
        },
        tumour={
            "B": "malignant or not are two, but one logit says it all: the other's probability is what is left.",
            "D": "there is no vocabulary to choose from. It is a yes or no.",
            "C": "the answer wanted is a yes or no. Its probability is what one logit gives.",
        },
    ),
)
def heads():
    """A: one logit, B: K logits, C: d regression units, D: a logit for each token of a vocabulary."""
    return {"spam": "A", "digit": "B", "weather": "C", "price": "C", "next token": "D", "tumour": "A"}


@value(
    "XNOR is 1 for (0, 0) and for (1, 1). Give each of these two cases a hidden neuron of its own.",
    "Weights 1, 1 and bias −1.5 make an AND: only (1, 1) reaches 0. Which signs fire for (0, 0) alone?",
    "The output neuron has to fire if one of the two hidden neurons fires. That is an OR of them.",
    "A sum of exactly 0 fires. A bias halfway between two possible sums, as −0.5, keeps you clear of it.",
    points=3,
    of=step_network_outputs,
    mistakes={
        "Your network computes XOR, the opposite. Turn all signs of the output neuron round, then look at sums of 0.": (
            [([[1, 1], [1, 1]], [-0.5, -1.5]), ([[1], [-1]], [-0.5])]
        ),
        "Your network computes AND. The case (0, 0) still needs a hidden neuron that fires for it.": (
            [([[1, 1], [1, 1]], [-1.5, -1.5]), ([[1], [1]], [-0.5])]
        ),
        "Your network computes OR. It has to answer 1 for (0, 0), and 0 where just one input is on.": (
            [([[1, 1], [1, 1]], [-0.5, -1.5]), ([[1], [1]], [-0.5])]
        ),
        "Your network computes NAND. The case (1, 1) has to fire as well, and those with one input on must not.": (
            [([[1], [1]], [-1.5]), ([[-1]], [0.5])]
        ),
        "Your network fires for (0, 0) alone. The case (1, 1) still needs a hidden neuron that fires for it.": (
            [([[-1, -1], [-1, -1]], [0.5, 0.5]), ([[1], [1]], [-0.5])]
        ),
        "Your output neuron always fires. Its sum is never below 0: a negative bias would change that.": (
            [([[1, 1], [1, 1]], [0, 0]), ([[1], [1]], [0])]
        ),
        "Your output neuron never fires. Its sum stays below 0: perhaps it waits for both hidden neurons at once.": (
            [([[1, -1], [1, -1]], [-1.5, 0.5]), ([[1], [1]], [-1.5])]
        ),
    },
)
def xnor_network():
    """What XNOR answers to the four pairs: 1 where both inputs are the same."""
    return {"0, 0": 1, "0, 1": 0, "1, 0": 0, "1, 1": 1}


def _pocket_cases(rng):
    """Coordinates are quarters, so that sums are exact and a sum of 0 is 0 in whatever order it is added up."""
    yield INPUTS, np.array([0, 1, 1, 1]), 5
    # The third epoch would find a line, but there are two.
    yield INPUTS, np.array([0, 1, 1, 1]), 2
    yield INPUTS, np.array([0, 1, 1, 0]), 6
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
    "Begin with the perceptron as it is. After each update, ask how many examples these weights get right.",
    "((x @ w + b >= 0) == y).sum() counts them. The pocket holds a w, a b and their count.",
    "The pocket starts with the zeros and their count. New weights go in only if their count is larger.",
    "Write w = w + …, which makes a new array. With w += … the array in your pocket changes too.",
    points=3,
    mistakes={
        "Those are the last weights. Return the best that were seen: those in the pocket.": "return best → return w, b",
        "The w in your pocket changed: w += … works on the same array. Write w = w + ….": "w = w + → w +=",
        "The pocket changes for weights that get more right, not for those as good.": "right > most → right >= most",
        # The else of a for comes once, after its last round.
        "You look once an epoch. Count after each update.": "b + error → b + error\n        else:",
        "The zeros of the start get some examples right too. Count them, and start with them in the pocket.": (
            "(w, b), ((x @ w + b >= 0) == y).sum() → (w, b), -1; if right → if error and right"
        ),
        "The weights run away from the target: the error is y minus the prediction, and it is added.": (
            "w + error → w - error; b + error → b - error"
        ),
    },
)
def pocket(x, y, epochs):
    """The best weights that the perceptron had on its way: (w, b). Gallant, 1990 (with the ratchet).

    x: (n, inputs)   y: (n,) of 0 and 1   returns: w (inputs,) and b, a number
    """
    w, b = np.zeros(x.shape[1]), 0.0
    best, most = (w, b), ((x @ w + b >= 0) == y).sum()
    for _ in range(epochs):
        for example, target in zip(x, y, strict=True):
            error = int(target) - int(example @ w + b >= 0)
            w = w + error * example
            b = b + error
            right = ((x @ w + b >= 0) == y).sum()
            if right > most:
                best, most = (w, b), right
    return best


MOST_PARAMETERS, LEAST_RIGHT = 65, 0.95
TOO_MANY = "Fewer neurons will do: a hidden layer of n neurons costs 2n + n + n + 1 parameters here."
SQUEEZED = "The last layer squeezes them. A logit may be any number: it comes from a linear neuron."
NO_HIDDEN_LAYER = "It has no hidden layer, so it can only draw one straight line, and no line separates XOR."
NOTHING_BENDS = "Its hidden layer is linear, and a stack of linear layers still draws one straight line. Let it bend."
ALL_ALIKE = (
    "It draws one straight line at most: its hidden neurons are off for all points, or on for all. Smaller steps?"
)
REVERSED = "It answers the opposite. A logit is above 0 for class 1."
HALFWAY = "It tells the classes apart at one half. A logit does so at 0: train it with a loss that knows of logits."
NOT_TRAINED = "That is near guessing. Was it trained at all? And does the loss know that it gets logits?"
NOT_ENOUGH = "Does the loss know that it gets logits? Then more epochs, a larger learning rate or more neurons help."


def _trained(x, y, loss=lambda losses: losses.BinaryCrossentropy(from_logits=True), epochs=40):
    """The right model, trained; all epochs as a long one, which is quicker."""
    fit = np.tile(x, (epochs, 1)), np.tile(y, epochs)
    return keras_model(2, (16, "relu"), 1, fit=fit, loss=loss, rate=0.03)


@build(
    "Two Dense layers: one that bends (tanh or relu), and one neuron that is linear and gives the logit.",
    "The loss has to know that it gets logits: keras.losses.BinaryCrossentropy(from_logits=True).",
    "Adam's default learning rate of 0.001 is small for so little data. Try 0.03, and 50 epochs.",
    "With few neurons, some starts get stuck. A hidden layer of 16 is just within the limit.",
    points=3,
    mistakes={
        TOO_MANY: lambda x, y: keras_model(2, (32, "tanh"), 1),
        SQUEEZED: lambda x, y: keras_model(2, (16, "tanh"), (1, "sigmoid")),
        NO_HIDDEN_LAYER: lambda x, y: keras_model(2, 1),
        NOTHING_BENDS: lambda x, y: keras_model(2, 16, 1),
        ALL_ALIKE: lambda x, y: keras_model(2, (1, "relu"), 1, weights=[np.zeros(n) for n in ((2, 1), 1, (1, 1), 1)]),
        REVERSED: lambda x, y: _trained(x, 1 - y),
        HALFWAY: lambda x, y: _trained(x, y, "mse"),
        NOT_TRAINED: lambda x, y: keras_model(2, (16, "tanh"), 1),
        NOT_ENOUGH: lambda x, y: _trained(x, y, epochs=2),
    },
)
def train_xor(trial):
    """At most 65 parameters, at least 95 % right on 1,000 points that the training has not seen."""
    x, y = xor(400, noise=0.03, seed=int(trial.rng.integers(2**31)))
    x_new, y_new = xor(1000, seed=int(trial.rng.integers(2**31)))
    model = trial.built(x, y)
    trial.require(model["parameters"] <= MOST_PARAMETERS, f"It has {model['parameters']} parameters.", TOO_MANY)
    logits = trial.predicted(x_new, 1, "points", ": one logit each.")
    trial.finite(logits)
    within = f"All its outputs lie between {logits.min():.2f} and {logits.max():.2f}."
    trial.require(not is_squeezed(model, logits), within, SQUEEZED)
    straight = ALL_ALIKE if model["bends"] else NOTHING_BENDS if hidden_layers(model) > 0 else NO_HIDDEN_LAYER
    trial.require(not is_flat(x_new, logits), straight)
    right, at_half = (np.mean((logits[:, 0] > border) == y_new) for border in (0, 0.5))
    hint = NOT_TRAINED if right < 0.6 else NOT_ENOUGH
    hint = REVERSED if right < 0.2 else HALFWAY if at_half >= max(0.9, right + 0.05) else hint
    trial.require(right >= LEAST_RIGHT, f"It gets {right:.1%} of 1,000 unseen points right; 95 % were wanted.", hint)


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
    "Start from zeros: a kernel (inputs, classes), a bias (classes,). Two loops: over epochs, over examples.",
    "example @ kernel + bias are the sums of all neurons for one example; np.argmax finds the loudest.",
    "kernel[:, k] are the weights of neuron k. Only two columns change, and only if the loudest is wrong.",
    "kernel[:, target] += example and bias[target] += 1; for the loudest, the same with −=.",
    points=4,
    mistakes={
        "The right neuron is pulled up. The one that was too loud has to be pushed down as well.": "1, -1 → 1, 0",
        "The loudest is pushed down. The neuron that should have won has to be pulled up as well.": "1, -1 → 0, -1",
        "Up and down are swapped: the right neuron has to answer louder to this example.": "1, -1 → -1, 1",
        "The biases never change. Each is the weight of an input that is always 1.": "bias += move →",
        "Two neurons take part in a mistake: the right one and the loudest. The others keep their weights.": (
            "move = np.zeros → move = -np.ones"
        ),
        "You predict all examples before the first update. Predict each one with the weights as they are by then.": (
            "for example → old = kernel.copy(), bias.copy()\n        for example; @ kernel + bias → @ old[0] + old[1]"
        ),
        "The kernel lies on its side: a row is an input, a column a neuron.": "return kernel → return kernel.T",
    },
)
def multiclass_perceptron(x, y, classes, epochs):
    """A neuron for each class, the loudest wins: (kernel, bias) after learning. Duda and Hart, 1973 (Kesler's rule).

    x: (n, inputs)   y: (n,) of 0 to classes - 1   returns: kernel (inputs, classes), bias (classes,)
    """
    kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(epochs):
        for example, target in zip(x, y, strict=True):
            loudest = np.argmax(example @ kernel + bias)
            if loudest != target:
                move = np.zeros(classes)
                move[target], move[loudest] = 1, -1
                kernel += np.outer(example, move)
                bias += move
    return kernel, bias

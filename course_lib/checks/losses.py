"""Chapter 03's checks: losses by hand and in code, their faults, gradient descent and a trained digit reader.

The right answers are the decorated functions; a usual mistake, beside its hint, is what it changes in the right one.
"""

import numpy as np

from course_lib.activations import log_softmax, softmax
from course_lib.checking.comparing import one_of
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.kinds import build, implement, value
from course_lib.checking.models import keras_model

CHAPTER = "03-losses"


@value(
    "The errors are 0, 1.5, −3 and −0.5. Every loss is a mean of four numbers.",
    "Up to an error of 2, this Huber loss is half the square. Beyond, it is 2 · |e| − 2.",
    "The four numbers of Huber are 0, 1.125, 4 and 0.125.",
    points=1,
    decimals=2,
    mistakes=mistakes_of_entries(
        MSE={
            11.5: "that is the sum of the squares. A loss is the mean: divide by the number of predictions.",
            1.6956: "that is the root of it. The mean squared error stays squared.",
            3.8333: "a prediction that is right counts too, with an error of 0. Divide by four.",
        },
        MAE={
            -0.5: "errors of different signs have cancelled. Take each without its sign before you add.",
            1.6667: "a prediction that is right counts too, with an error of 0. Divide by four.",
        },
        Huber={
            1.625: "small errors count *half* their square.",
            1.8125: "beyond the border it is δ · |e| − δ² / 2. You left out the last part.",
            0.90625: "the border δ is 2 here, not 1.",
            5.25: "that is the sum. A loss is the mean.",
            1.4375: "−3 lies beyond the border: there the loss is a straight line.",
        },
    ),
)
def losses_by_hand():
    """The mean of the squares, of the sizes, and of Huber's numbers."""
    errors = np.array([2.0, 1.5, -4.0, 3.5]) - np.array([2.0, 0.0, -1.0, 4.0])
    size = np.abs(errors)
    straight = np.where(size <= 2, size**2 / 2, 2 * size - 2)
    return {"MSE": float(np.mean(size**2)), "MAE": float(np.mean(size)), "Huber": float(np.mean(straight))}


@value(
    "A network that knows nothing gives each of K classes the probability 1 / K. What is −log of that?",
    "The logarithm is the natural one: np.log.",
    "A binary cross-entropy is the mean over all answers, examples and questions alike.",
    "rare: one example in ten costs −log 0.1, the other nine cost −log 0.9. Take the mean of the ten.",
    points=2,
    decimals=2,
    mistakes=mistakes_of_entries(
        spam={
            0.5: "that is the probability. The loss is minus its logarithm.",
            1.0: "that is the logarithm to the base 2. Losses use the natural logarithm, as np.log does.",
            0.3010: "that is the logarithm to the base 10. Losses use the natural logarithm, as np.log does.",
        },
        clothes={
            0.2303: "the sum over the classes is right as it is. Who divides it by ten gets a tenth of the loss.",
            0.6931: "ten logits that are all 0 give a tenth to each class, not one half.",
            1.0: "that is the logarithm to the base 10. Losses use the natural logarithm, as np.log does.",
        },
        words={4.4771: "that is the logarithm to the base 10. Losses use the natural logarithm, as np.log does."},
        tags={
            3.4657: "the loss is the mean over all yes-or-no answers, not the sum over five of them.",
            1.6094: "the five questions do not compete. Each is a yes or no of its own, with probability one half.",
        },
        rare={
            0.6931: "it does not say one half. It says 0.1, and is cheap where the answer is no.",
            0.1054: "that is the cost of a no. One example in ten is a yes, and costs −log 0.1.",
            2.3026: "that is the cost of a yes. Nine in ten are no, and cost −log 0.9.",
        },
    ),
)
def first_losses():
    """log K for a guess among K; the mean over questions; and a mean of two costs, nine parts to one."""
    rare = -0.1 * np.log(0.1) - 0.9 * np.log(0.9)
    return {"spam": np.log(2), "clothes": np.log(10), "words": np.log(30_000), "tags": np.log(2), "rare": rare}


def _quantile_cases(rng):
    yield np.array([10.0, 10.0]), np.array([8.0, 12.0]), 0.75
    yield np.array([3.0]), np.array([3.0]), 0.5
    yield np.array([-1.0, 0.0, 2.0]), np.array([1.0, 0.5, 2.5]), 0.1
    yield np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.full((2, 3), 3.25), 0.9
    for _ in range(5):
        n = int(rng.integers(1, 9))
        yield rng.normal(size=n), rng.normal(size=n), float(rng.uniform(0.05, 0.95))


@implement(
    _quantile_cases,
    "missing = y_true - y_pred is positive where the prediction was too low.",
    "What is missing costs q each; what is too much costs 1 − q each. Both are positive.",
    "np.where(missing >= 0, q * missing, (q - 1) * missing) has both, and np.mean makes one number of it.",
    points=2,
    mistakes={
        "The sides are swapped: each unit missing costs q.": "y_true - y_pred → y_pred - y_true",
        "That is the sum. A loss is the mean over all predictions.": "np.mean → np.sum",
        "Return one number, the mean: that is one for each prediction.": "np.mean →",
        "A prediction that is too high costs as well: 1 − q for each unit that is too much.": "(q - 1) * missing → 0",
        "A cost is never negative: too much is (q − 1) · missing, where both factors are negative.": "q - 1 → 1 - q",
        "Both sides cost the same here. q is to weigh what is missing, 1 − q what is too much.": "q - 1 → -q",
        "The error counts as it is. It is not squared.": "np.where → np.abs(missing) * np.where",
    },
)
def quantile_loss(y_true, y_pred, q):
    """The mean of q per unit missing and 1 - q per unit too much. Koenker and Bassett, 1978.

    y_true, y_pred: of one shape   q: between 0 and 1   returns: a number
    """
    missing = y_true - y_pred
    return np.mean(np.where(missing >= 0, q * missing, (q - 1) * missing))


@value(
    "Look at the first number of each run before anything else. What does guessing among ten digits cost?",
    "A loss that ends above the one of guessing comes from steps that are too long.",
    "Two runs have barely moved. One of them moves a little with every epoch; the other does not move at all.",
    points=2,
    mistakes=mistakes_of_entries(
        A={
            "stuck": "it moves, and always downhill. A loss with slope 0 would not move at all.",
            "fine": "every step is downhill, but how many epochs would it need to come near 0.2?",
        },
        B={
            "too small": "after the first epoch it climbs, far beyond guessing. Short steps do not do that.",
            "wrong loss": "it begins with 2.303, as it should. What happens afterwards is the fault.",
        },
        C={
            "fine": "it looks like the best of all. But ten digits, guessed, cost 2.303: where does it begin?",
            "too small": "it does creep, but that does not explain its first number.",
        },
        D={
            "too small": "a fall that becomes slower near the bottom is what a healthy run looks like.",
        },
        E={
            "too small": "a step that is too short still changes the loss a little. Here not one digit changes.",
        },
    ),
)
def learning_curves():
    """A creeps, B diverges, C has a loss that begins at a tenth of log 10, D is healthy, E has no slope."""
    return {"A": "too small", "B": "too large", "C": "wrong loss", "D": "fine", "E": "stuck"}


@value(
    "Run each of them on zero logits, on a certain and right answer, and on a certain and wrong one.",
    "A never says 0, however certain and right the logits are. What goes into its exponential?",
    "B says a third of what it should in every row of the table. A third: there are three classes.",
    "In C one line looks along the other axis than all the others. For three classes and three rows nothing warns.",
    points=2,
    mistakes=mistakes_of_entries(
        A={
            1: "to shift a row by its maximum is right, and changes nothing but overflow.",
            2: "these powers are right, and so is what becomes of them in the next line. What follows?",
        },
        B={
            1: "to shift a row by its maximum is right, and changes nothing but overflow.",
            2: "this is log-softmax, as in the chapter. Look at what becomes of the rows.",
            3: "the one-hot rows are right: a 1 for the right class, 0 for the others.",
        },
        C={3: "to take the entry of the right class in each row is as it should be."},
    ),
)
def broken_losses():
    """A takes softmax twice, B means over the classes too, C shifts columns where rows were to be shifted.

    A is also right if p is not yet softmax, or if its last line takes the logarithm of p; C if its second line uses the
    logits themselves.
    """
    return {"A": one_of(4, 3, 5), "B": 4, "C": one_of(1, 2)}


def _log_sum_exp_cases(rng):
    yield (np.array([[0.0, 0.0]]),)
    yield (np.array([[1000.0, 1000.0, 999.0], [-1000.0, -1001.0, -1000.0]]),)
    yield (np.array([[3.0]]),)
    yield (np.array([[1000.0, -1000.0], [-2000.0, 0.0]]),)
    yield (np.array([[-np.inf, 2.0, 1.0], [0.0, -np.inf, -np.inf]]),)
    yield (np.array([[-np.inf, -np.inf], [5.0, -5.0]]),)
    for _ in range(4):
        batch, classes = int(rng.integers(2, 6)), int(rng.integers(2, 7))
        yield (500 * rng.normal(size=(batch, 1)) + rng.normal(size=(batch, classes)),)


@implement(
    _log_sum_exp_cases,
    "Take the largest number of each row away before np.exp, and add it again after np.log.",
    "largest = z.max(axis=1) has a number for each row, and z - largest[:, None] shifts each row by its own.",
    "In a row of −inf alone the largest is −inf, and −inf − (−inf) is NaN. Take away a finite number there.",
    'np.log(0) is −inf, which is right there, with a warning: with np.errstate(divide="ignore") is quiet.',
    points=3,
    mistakes={
        "That is the formula as it stands: e^1000 overflows, e^−1000 is 0. Shift the rows.": "0.0, highest → 0.0, 0.0",
        "The largest number that you took away is to be added again after the logarithm.": "0.0 → highest; shift + →",
        "A row that is −inf throughout came out as NaN. Its sum is 0, whose logarithm is −inf.": "0.0 → highest",
        "That is one number a column. The classes stand in a row.": "highest = → z = z.T\n    highest =",
        "That keeps a column. One number a row was wanted, (batch,).": (
            "return shift → return shift[:, None]; sum(axis=1 → sum(axis=1, keepdims=True"
        ),
        "Every row needs its own largest number. With one for all, small rows vanish.": "0.0, highest → 0.0, z.max()",
        "That is the mean of the exponentials, not their sum.": "sum(axis=1) → mean(axis=1)",
    },
)
def log_sum_exp(z):
    """log of the sum of e^z along each row, without overflow; -inf is an impossible class.

    z: (batch, classes)   returns: (batch,)
    """
    highest = z.max(axis=1)
    # A row of -inf alone has no largest number to take away.
    shift = np.where(np.isneginf(highest), 0.0, highest)
    with np.errstate(divide="ignore"):
        return shift + np.log(np.exp(z - shift[:, None]).sum(axis=1))


def _fit_line_cases(rng):
    yield np.array([1.0, 2.0]), np.array([1.0, 3.0]), 0.1, 1
    yield np.array([2.0]), np.array([-1.0]), 0.05, 3
    yield np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 0.0, -2.0, 5.0]), 0.02, 6
    for _ in range(5):
        n = int(rng.integers(3, 9))
        yield rng.normal(size=n), 3 * rng.normal(size=n), float(rng.uniform(0.02, 0.2)), int(rng.integers(2, 7))


@implement(
    _fit_line_cases,
    "Each step: error = w * x + b - y; the loss is np.mean(error**2); then the two slopes; then the update.",
    "w moves each prediction by x, so its slope is 2 · mean(error · x). b moves it by 1: 2 · mean(error).",
    "Compute both slopes from the same error, before either of w and b changes.",
    points=3,
    mistakes={
        "Uphill: the slopes are to be subtracted.": "w -= → w +=; b -= → b +=",
        "The slope of a square has a factor 2.": "2 * np.mean(error * x), 2 * → np.mean(error * x), 1 *",
        "The loss is a mean, so its slopes are means as well. You added the examples up.": (
            "mean(error * x) → sum(error * x); mean(error) → sum(error)"
        ),
        "b has seen the new w. Both slopes belong to the same place: compute them first, then change both.": (
            "learning_rate * b_slope → learning_rate * 2 * np.mean(w * x + b - y)"
        ),
        "Each loss is the one *before* its step. The first belongs to w = b = 0.": (
            "b, losses → b, np.append(losses[1:], np.mean((w * x + b - y) ** 2))"
        ),
        "The bias never moved. It has a slope of its own: 2 · mean(error).": "2 * np.mean(error) → 0.0",
        "The slope of w needs each error times its own x.": "error * x → error",
    },
)
def fit_line(x, y, learning_rate, steps):
    """(w, b, losses): gradient descent on the mean squared error of w x + b, from 0.

    x, y: (n,)   returns: two numbers and (steps,), the loss before each step
    """
    w = b = 0.0
    losses = np.zeros(steps)
    for step in range(steps):
        error = w * x + b - y
        losses[step] = np.mean(error**2)
        w_slope, b_slope = 2 * np.mean(error * x), 2 * np.mean(error)
        w -= learning_rate * w_slope
        b -= learning_rate * b_slope
    return w, b, losses


def _gaussian_cases(rng):
    yield np.array([1.0]), np.array([1.0]), np.array([0.0])
    yield np.array([2.0, -1.0]), np.array([0.0, -1.0]), np.array([0.0, 1.0])
    yield np.array([[0.5, 2.0, 1.0], [3.0, -4.0, 0.0]]), np.ones((2, 3)), np.array([[-2.0, 0.5, 0.0], [3.0, 1.0, -0.5]])
    for _ in range(5):
        n = int(rng.integers(2, 8))
        yield 2 * rng.normal(size=n), rng.normal(size=n), rng.normal(size=n)


@implement(
    _gaussian_cases,
    "With v = np.exp(log_variance), the loss is the mean of ½ (log_variance + (y_true − mean)² / v + log 2π).",
    "Only the square depends on the mean. Its slope is (mean − y_true) / v, divided by the number of values.",
    "When log_variance grows a little, the first part grows as much, the square shrinks in proportion to itself.",
    "So the slope in log_variance is ½ (1 − (y_true − mean)² / v), divided by the number of values.",
    points=3,
    mistakes={
        "The loss is a mean, so each slope is divided by the number of values.": "y_true.size → 1",
        "log_variance is the logarithm of σ², not of σ: e^log_variance is what the square is divided by.": (
            "n, variance → log_variance = 2 * log_variance\n    n, variance; / 2 / n → / n"
        ),
        "The constant is missing: ½ log 2π belongs to each value.": "+ np.log(2 * np.pi) →",
        "The slope in the mean has the wrong sign: too high a mean must come down.": "loss, (mean → loss, -(mean",
        "The slope in log_variance has the wrong sign: it is above 0 for small errors.": "1 - square → square - 1",
        "That is the slope in the variance. The network gives its logarithm.": "/ 2 / n → / 2 / n / variance",
        "The slope in the mean lacks the variance: errors count less if it is large.": "y_true) / variance → y_true)",
        "The ½ is missing, in the loss and in the slopes.": "np.pi)) / 2 → np.pi)); (mean → 2 * (mean; / 2 / n → / n",
    },
)
def gaussian_nll(y_true, mean, log_variance):
    """(loss, its slopes in mean, its slopes in log_variance) of a bell curve that is predicted. Nix and Weigend, 1994.

    y_true, mean, log_variance: of one shape   returns: a number and two arrays of that shape
    """
    n, variance = y_true.size, np.exp(log_variance)
    square = (y_true - mean) ** 2 / variance
    loss = np.mean(log_variance + square + np.log(2 * np.pi)) / 2
    return loss, (mean - y_true) / variance / n, (1 - square) / 2 / n


INPUTS, MOST_PARAMETERS, LARGEST_ERROR = 3, 4, 0.15
TOO_MANY = "The amounts follow a plane: three weights and one bias can say it."
WRONG_OUTPUT = "One amount an example was wanted: end with one linear unit."
SQUEEZED = "None of its outputs is below 0, though amounts are: the last layer must be linear."
PULLED = "It lies too high everywhere: the broken readings pull it up. Choose another loss, or a smaller δ for Huber's."
NOT_TRAINED = "It is far from any plane that fits. Was it trained long enough, with steps that are large enough?"
NOT_ENOUGH = "It is close. More epochs, or smaller steps at the end, bring it closer."


def _readings(rng, n):
    """(x, amounts, weights and bias), every fifth amount too high by 10 to 30. x: (n, 3)   amounts: (n,)"""
    x, truth = rng.normal(size=(n, INPUTS)), rng.uniform(-2, 2, INPUTS + 1)
    y = x @ truth[:-1] + truth[-1] + 0.1 * rng.normal(size=n)
    return x, y + np.where(rng.permutation(n) < n // 5, rng.uniform(10, 30, n), 0), truth


def _trained(x, y, loss, rate, epochs=30, short=0.0):
    """A plane, trained; all epochs as a long one, which is quicker. short: how far each number is then moved."""
    model = keras_model(INPUTS, 1, fit=(np.tile(x, (epochs, 1)), np.tile(y, epochs)), loss=loss, rate=rate)
    model.set_weights([w + short for w in model.get_weights()])
    return model


@build(
    "The model is the smallest there is: keras.Input((3,)) and Dense(1). All that matters is the loss.",
    "Which loss has a slope of the same size for an error of 0.1 and for one of 30?",
    'With "mae" a step does not become shorter near the goal. Adam(0.05) for 50 epochs comes close enough.',
    points=3,
    mistakes={
        TOO_MANY: lambda x, y: keras_model(INPUTS, 8, 1),
        WRONG_OUTPUT: lambda x, y: keras_model(INPUTS, 2),
        SQUEEZED: lambda x, y: keras_model(INPUTS, (1, "relu")),
        PULLED: lambda x, y: _trained(x, y, lambda losses: losses.Huber(1.0), 0.05),
        NOT_TRAINED: lambda x, y: _trained(x, y, "mae", 0.001, epochs=1),
        NOT_ENOUGH: lambda x, y: _trained(x, y, "mae", 0.05, short=0.2),
    },
)
def train_robust(trial):
    """At most 4 parameters, and at most 0.15 from the true plane, on average over 1,000 unseen places."""
    x, y, truth = _readings(trial.rng, 400)
    x_new = trial.rng.normal(size=(1000, INPUTS))
    model = trial.built(x, y)
    outputs = trial.predicted(x_new, 1, "examples", f". {WRONG_OUTPUT}")
    trial.require(model["parameters"] <= MOST_PARAMETERS, f"It has {model['parameters']} parameters.", TOO_MANY)
    trial.finite(outputs)
    off = outputs[:, 0] - (x_new @ truth[:-1] + truth[-1])
    error, lifted = float(np.abs(off).mean()), off.mean() > 2 * off.std()
    hint = NOT_ENOUGH if error < 0.6 else NOT_TRAINED
    # Where all amounts are above 0, an output that cannot be below is no mistake.
    hint = PULLED if lifted and error > 0.2 else SQUEEZED if outputs.min() >= 0 else hint
    said = f"On average it is {error:.2f} away from the true plane; 0.15 at most was wanted."
    trial.require(error <= LARGEST_ERROR, said, hint)


def _reader_cases(rng):
    yield np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0, 1]), 2, 0.5, 1, np.array([[0, 1]])
    yield np.array([[1.0], [-1.0], [0.5]]), np.array([2, 0, 2]), 3, 1.0, 2, np.array([[2, 0, 1], [0, 1, 2]])
    # Large inputs: e to the power of these logits would overflow, and a probability of the right class becomes 0.
    yield np.array([[60.0, 1.0], [-50.0, 2.0], [10.0, 3.0]]), np.array([1, 0, 1]), 2, 1.0, 3, np.array([[1, 0, 2]] * 3)
    # After an epoch the first example's class has a probability of 0, rounded, and its loss is near 6,000 all the same.
    yield np.array([[60.0, 1.0], [59.0, 1.0], [-50.0, 2.0]]), np.array([1, 0, 1]), 2, 1.0, 2, np.array([[0, 1, 2]] * 2)
    for _ in range(4):
        n, inputs, classes = (int(rng.integers(*limits)) for limits in ((7, 12), (2, 5), (3, 5)))
        orders = np.array([rng.permutation(n) for _ in range(int(rng.integers(2, 4)))])
        x, y = rng.normal(size=(n, inputs)), rng.integers(0, classes, n)
        yield x, y, classes, float(rng.uniform(0.1, 1)), int(rng.integers(2, 6)), orders


@implement(
    _reader_cases,
    "Three loops in one: for order in orders, for each slice of batch_size in it, the step. Then the loss of all.",
    "A step: logits, softmax, minus 1 at the right class, divided by the number of examples in *this* batch.",
    "With that error, the slopes are x_batch.T @ error for the kernel and error.sum(axis=0) for the bias.",
    "order[start:start + batch_size] is shorter at the end by itself; range(0, n, batch_size) gives the starts.",
    points=5,
    mistakes={
        "The last batch of an epoch may be smaller. It counts too.": "len(order) → len(order) - batch_size + 1",
        "Divide by the number of examples in the batch: the last one has fewer than batch_size.": "len(i) → batch_size",
        "The steps are too short, by the number of classes: mean over the examples alone.": "len(i) → len(i) / classes",
        "Uphill: the slopes are to be subtracted.": "kernel - learn → kernel + learn; bias - learn → bias + learn",
        "The examples come in the order that is given.": "in orders → in [np.arange(len(y))] * len(orders)",
        "The bias never moves. Its slope is the sum of the batch's errors.": "error.sum(axis=0) → 0",
        "A probability that is 0 has no logarithm. Log-softmax stays finite.": (
            "log_softmax(x @ kernel + bias) → np.log(softmax(x @ kernel + bias))"
        ),
        "Plus something small, a probability of 0 still has the wrong logarithm. Take log-softmax.": (
            "log_softmax(x @ kernel + bias) → np.log(softmax(x @ kernel + bias) + 1e-12)"
        ),
        "The first loss is that before training; after it comes one for each epoch.": "(losses) → (losses[1:])",
        "The steps lack the mean over the batch: divide the error by the number of its examples.": "/ len(i) →",
    },
)
def train_reader(x, y, classes, learning_rate, batch_size, orders):
    """(kernel, bias, losses): mini-batch gradient descent on softmax and cross-entropy, from zeros.

    x: (n, inputs)   y: (n,) of 0 to classes - 1   orders: (epochs, n), the order of the examples in each epoch
    returns: (inputs, classes), (classes,) and (epochs + 1,), the loss over all examples before and after each epoch
    """
    kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)
    losses = [np.log(classes)]
    for order in orders:
        for start in range(0, len(order), batch_size):
            i = order[start : start + batch_size]
            error = (softmax(x[i] @ kernel + bias) - np.eye(classes)[y[i]]) / len(i)
            kernel = kernel - learning_rate * x[i].T @ error
            bias = bias - learning_rate * error.sum(axis=0)
        log_p = log_softmax(x @ kernel + bias)
        losses.append(-np.mean(log_p[np.arange(len(y)), y]))
    return kernel, bias, np.array(losses)

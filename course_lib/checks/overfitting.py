"""Chapter 11's checks: curves read, penalties and what falls out, refits, folds, leaks, and a model not by heart.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

import numpy as np

from course_lib.checking.by_heart import WRONG_MODELS, judge_model
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.folds import WRONG_ERRORS, WRONG_FOLDS, fold_cases, strength_cases
from course_lib.checking.kinds import build, implement, value

CHAPTER = "11-overfitting"


@value(
    "Mark each epoch whose validation loss is below all those before it: 1, 2, 3 and one more.",
    "Count the epochs since the last mark. When that count reaches the patience, training stops.",
    points=1,
    decimals=2,
    mistakes=mistakes_of_entries(
        **{
            "patience 3": {
                7: "count the epochs after the best one: 6 is the first that is no better.",
                9: "epochs 6, 7 and 8 are three already, so there is no epoch 9.",
                10: "compare with the best so far, not with the one before: 6, 7 and 8 are no better than 5.",
                6: "the count begins anew with each new best, and one comes in epoch 5.",
                5: "nobody knows in epoch 5 that no better one will come. It has to wait.",
            },
            "restored": {
                8: "those are the last weights. The best ones belong to the lowest validation loss.",
                10: "the training loss is lowest there. Which one tells of new data?",
                3: "after epoch 3 a better one comes, and patience is long enough to see it.",
            },
            "patience 1": {
                3: "epoch 3 is the best so far. That it goes up is seen one epoch later.",
                5: "epoch 4 is no better than epoch 3, and one such epoch is enough.",
                6: "epoch 4 is no better than epoch 3 already.",
            },
            "gap": {
                -0.35: "how much *above* the training loss the validation loss is: validation minus training.",
                0.59: "those are the losses of epoch 8. Those of the best epoch are wanted.",
                0.87: "those are the losses of epoch 10. Those of the best epoch are wanted.",
                0.8: "that is the validation loss alone. Take the training loss of that epoch off.",
                0.45: "that is the training loss alone. How much above it is the validation loss?",
            },
        }
    ),
)
def when_to_stop():
    """Early stopping with two patiences, read from a table of losses."""
    return {"patience 3": 8, "restored": 5, "patience 1": 4, "gap": 0.35}


@value(
    "A step: w − rate · slope. The penalty's own slope is added to that of the loss.",
    "λ |w| has the slope λ on the right of 0, λ w² has the slope 2 λ w.",
    "Adam's first step has the length of the rate, 0.1, whatever the slope; only its sign counts.",
    points=2,
    decimals=2,
    mistakes=mistakes_of_entries(
        plain={
            1.6: "the slope is multiplied by the learning rate, 0.1.",
            2.04: "the step goes down the slope: minus.",
            2.4: "the step goes down the slope, and is rate · slope long.",
        },
        L1={
            1.86: "λ |w| has the same slope λ for each weight above 0, however large it is.",
            1.46: "the penalty's slope is multiplied by the learning rate too.",
            2.01: "the penalty's slope has the sign of the weight, so it adds to 0.4.",
            1.81: "the slope of λ |w| is λ alone, without a factor 2.",
            1.95: "the penalty's slope is added to that of the loss, 0.4.",
        },
        L2={
            1.86: "the slope of λ w² is 2 λ w, with the factor 2.",
            1.91: "the slope of λ w² grows with the weight: 2 λ w.",
            -0.04: "the penalty's slope is multiplied by the learning rate too.",
            2.16: "the penalty's slope has the sign of the weight, so it adds to 0.4.",
            1.9: "the penalty's slope is added to that of the loss, 0.4.",
        },
        **{
            "Adam, L2": {
                1.76: "that is gradient descent's step. Adam's is as long as the rate, whatever the slope is.",
                1.8: "that is AdamW. In Adam the penalty is a part of the slope, and that is divided by its own size.",
                1.7: "Adam divides the sum of both slopes by its size: the penalty adds no length.",
                1.66: "Adam divides the sum of both slopes by its size: it is no longer than the rate.",
                2.1: "the step goes down the slope: minus.",
            },
            "AdamW": {
                1.9: "the decay is no part of the slope. It makes the weight smaller by itself: by the factor 0.95.",
                1.86: "behind the decay comes Adam's step, and that is as long as the rate.",
                0.9: "the decay is rate · λ, not λ alone.",
                1.7: "the decay takes rate · λ · w off, without a factor 2.",
                1.85: "the decay takes a share of the weight: rate · λ · w, not rate · λ.",
            },
        },
    ),
)
def one_step():
    """The weight 2 with the slope 0.4, after a step of rate 0.1, and λ = 0.5."""
    w, slope, rate, strength = 2.0, 0.4, 0.1, 0.5
    descent = {"plain": slope, "L1": slope + strength, "L2": slope + 2 * strength * w}
    adam = {"Adam, L2": w - rate, "AdamW": w * (1 - rate * strength) - rate}
    return {name: w - rate * total for name, total in descent.items()} | adam


def _shrink_cases(rng):
    yield np.array([1.0, 0.2, -1.0]), np.zeros(3), 0.5, 1.0
    yield np.array([1.0, -1.0, 0.3, -0.3]), np.array([0.5, 0.5, -2.0, 4.0]), 0.5, 0.4
    yield np.array([[3, -2], [0, 1]]), np.array([[1, 1], [2, -1]]), 0.1, 0.5
    yield np.array([0.5, -0.1]), np.array([1.0, 1.0]), 0.1, 0.0
    for _ in range(5):
        shape = tuple(int(size) for size in rng.integers(2, 5, int(rng.integers(1, 4))))
        w, slope = rng.normal(size=shape), rng.normal(size=shape)
        yield w, slope, float(rng.uniform(0.2, 0.6)), float(rng.uniform(0.5, 1.5))


@implement(
    _shrink_cases,
    "First w = w - rate * slope, into a new array.",
    "Then what is nearer to 0 than rate * l1 becomes 0; all others come nearer by rate * l1.",
    "np.sign(w) * np.maximum(np.abs(w) - rate * l1, 0) does it.",
    points=2,
    mistakes={
        "That jumps over 0: who is nearer to 0 than rate · l1 stays at 0.": (
            "np.maximum(np.abs(w) - far, 0) → (np.abs(w) - far)"
        ),
        "The way towards 0 is rate · l1 long, not l1.": "far = rate * l1 → far = l1",
        "The penalty moves weights towards 0, and yours moves them away.": "np.abs(w) - far → np.abs(w) + far",
        "A weight below 0 comes back to 0 from below: keep the sign.": "np.sign(w) * np.maximum → np.maximum",
        "Weights below 0 move towards 0 as well, upwards.": (
            "np.sign(w) * np.maximum(np.abs(w) - far, 0) → np.maximum(w - far, 0)"
        ),
        "Step down the slope: minus.": "w - rate * slope → w + rate * slope",
        "The first step is rate · slope, not the slope alone.": "w - rate * slope → w - slope",
        "Take the step down the slope first.": "w = w - rate * slope → w = 1.0 * w",
        "The step down the slope comes first, and what it gives is moved towards 0.": (
            "w = w - rate * slope → w = 1.0 * w; "
            "return np.sign(w) * np.maximum(np.abs(w) - far, 0) → "
            "return np.sign(w) * np.maximum(np.abs(w) - far, 0) - rate * slope"
        ),
        "That is gradient descent with the penalty's slope: it jumps over 0, and its sign is that before the step.": (
            "w = w - rate * slope →; np.sign(w) * np.maximum(np.abs(w) - far, 0) → w - rate * (slope + l1 * np.sign(w))"
        ),
        "What is left is moved as well: those that are further from 0 come nearer by rate · l1.": (
            "np.sign(w) * np.maximum(np.abs(w) - far, 0) → np.where(np.abs(w) > far, w, 0)"
        ),
        "That is the step for w²: a share of each weight. Here each moves by the same rate · l1.": (
            "np.sign(w) * np.maximum(np.abs(w) - far, 0) → w * (1 - far)"
        ),
        "Whether a weight is near 0 is asked after the step, not before it.": (
            "w = w - rate * slope → v, w = w, w - rate * slope; "
            "np.sign(w) * np.maximum(np.abs(w) - far, 0) → np.where(np.abs(v) <= far, 0, w - far * np.sign(w))"
        ),
        "The sign is that after the step: one that the step carries over 0 comes back from its new side.": (
            "w = w - rate * slope → v, w = w, w - rate * slope; np.sign(w) → np.sign(v)"
        ),
        "To 0 goes what is nearer to it than rate · l1, not what is nearer than l1.": (
            "np.sign(w) * np.maximum(np.abs(w) - far, 0) → np.where(np.abs(w) < l1, 0, w - far * np.sign(w))"
        ),
        "What np.clip leaves is what is to be taken off the weight.": (
            "np.sign(w) * np.maximum(np.abs(w) - far, 0) → np.clip(w, -far, far)"
        ),
    },
)
def shrink(w, slope, rate, l1):
    """A step down the slope, then each weight towards 0 by rate · l1, and not beyond."""
    w = w - rate * slope
    far = rate * l1
    return np.sign(w) * np.maximum(np.abs(w) - far, 0)


def _connection_cases(rng):
    yield np.array([[1.0, 2.0]]), np.array([[1.0], [10.0]]), np.array([0.5]), np.array([[[0.7], [0.2]]]), 0.5, True
    yield np.array([[1, 2]]), np.array([[1, 0], [2, 3]]), np.array([1, -1]), np.full((1, 2, 2), 0.25), 0.25, True
    for k in range(6):
        batch, inputs, units = (int(size) for size in rng.permutation([3, 4, 5]))
        x, kernel = rng.normal(size=(batch, inputs)), rng.normal(size=(inputs, units))
        bias, points = rng.normal(size=units), rng.random((batch, inputs, units))
        yield x, kernel, bias, points, float(rng.uniform(0.2, 0.6)), k != 2
    yield x, kernel, bias, points, 0.0, True


@implement(
    _connection_cases,
    "Without training it is x @ kernel + bias.",
    "In training each example has its own kernel: np.where(points < rate, 0, kernel / (1 - rate)).",
    'np.einsum("bi,biu->bu", x, kernels) multiplies each row with the kernel of its own.',
    points=2,
    mistakes={
        "After training nothing falls out: x @ kernel + bias.": "if training → if True",
        "It is in training that connections fall out.": "if training → if not training",
        "What is left is divided by 1 − rate.": "(points >= rate) / (1 - rate) → (points >= rate)",
        "What is left gets larger: divide by 1 − rate.": "/ (1 - rate) → * (1 - rate)",
        "Divide by the share that stays, 1 − rate, not by that which falls out.": "/ (1 - rate) → / max(rate, 1e-9)",
        "A connection stays if its point is at least the rate.": "points >= rate → points < rate",
        "What is exactly at the rate stays: only points below it fall out.": "points >= rate → points > rate",
        "The bias is no connection: it never falls out and is not divided.": (
            "shape)) + bias → shape)) + bias * ((points[:, 0] >= rate) / (1 - rate) if training else 1)"
        ),
        "The bias is not divided.": "shape)) + bias → shape)) + bias / ((1 - rate) if training else 1)",
        "The biases are missing.": "+ bias →",
        "Each example has connections of its own that fall out, not those of the first example.": (
            "(points >= rate) → (points[:1] >= rate)"
        ),
        "Connections fall out, not whole inputs: each has a point of its own.": (
            "(points >= rate) → (points[:, :, :1] >= rate)"
        ),
        "Connections fall out, not the outputs of whole units.": "(points >= rate) → (points[:, :1] >= rate)",
        "With inverted scaling nothing is left to do after training.": "else 1.0 → else 1 - rate",
        "What falls out of one example is there again in the next: begin each with the whole kernel.": (
            "(points >= rate) → np.logical_and.accumulate(points >= rate)"
        ),
        "Divide by 1 − rate, not by the share that happens to stay.": (
            "/ (1 - rate) → / np.maximum((points >= rate).mean(), 1e-9)"
        ),
        "Each row meets the kernel of its own alone; x @ kernels multiplies every row with every kernel.": (
            'np.einsum("bi,biu->bu", x, np.broadcast_to(kernel * kept, points.shape)) → (x @ (kernel * kept))'
        ),
    },
)
def drop_connections(x, kernel, bias, points, rate, training):
    """A dense layer of which, in training, each connection falls out with the chance ``rate``."""
    kept = (points >= rate) / (1 - rate) if training else 1.0
    return np.einsum("bi,biu->bu", x, np.broadcast_to(kernel * kept, points.shape)) + bias


def _answer_cases(rng):
    yield np.array([[0, 1], [0, 1], [1, 1], [0, 1]]), np.array([0, 0])
    yield np.array([[2, 0, 1], [1, 0, 1], [2, 0, 3], [1, 4, 3]]), np.array([2, 0, 1])
    yield np.array([[3, 0, 1, 1]]), np.array([3, 1, 1, 0])
    for _ in range(6):
        networks, examples, classes = int(rng.integers(3, 8)), int(rng.integers(8, 15)), int(rng.integers(3, 6))
        y = rng.integers(0, classes, examples)
        answers = rng.integers(0, classes, (networks, examples))
        yield np.where(rng.random(answers.shape) < rng.uniform(0.2, 0.8, examples), y, answers), y


@implement(
    _answer_cases,
    "The main vote of one example: np.argmax(np.bincount(column)). argmax takes the first of equal ones, the smallest.",
    "A column of answers belongs to one example: for column in answers.T.",
    "Each of the three is a mean of something that is True or False.",
    points=3,
    mistakes={
        "Votes are counted for each example: over the networks, not over the examples.": (
            "for column in answers.T → for column in answers[:, : len(answers)]"
        ),
        "Of equally many the smallest class is the main vote: np.argmax takes the first.": (
            "np.argmax(np.bincount(column)) → len(np.bincount(column)) - 1 - np.argmax(np.bincount(column)[::-1])"
        ),
        "Of equally many the smallest class is the main vote, not the one that is met first.": (
            "np.argmax(np.bincount(column)) → max(column, key=list(column).count)"
        ),
        "The main vote is the commonest class, not the mean of their numbers.": (
            "np.argmax(np.bincount(column)) → round(column.mean())"
        ),
        "The main vote is the commonest class, not the median of their numbers.": (
            "np.argmax(np.bincount(column)) → np.median(column)"
        ),
        "The main vote is that of the networks; the true class has no say in it.": (
            "for column in answers.T → for column in np.vstack([answers, y]).T"
        ),
        "The main vote is a class, not how many say it.": "np.argmax(np.bincount → np.max(np.bincount",
        "The bias compares the main votes with the true classes.": "main != y → main != answers[0]",
        "The bias counts examples: of how many is the main vote wrong?": "main != y → answers != y",
        "The variance counts answers that differ from the main vote, right or wrong.": (
            "np.mean(answers != main) → np.mean((answers != main) & (answers != y))"
        ),
        "For classes, variance is not error minus bias. Count who disagrees with the main vote.": (
            "np.mean(answers != main) → np.mean(answers != y) - np.mean(main != y)"
        ),
        "Count answers: class numbers have no variance.": "np.mean(answers != main) → answers.var(axis=0).mean()",
        "That is the accuracy. Errors, bias and variance count what is *not* equal.": (
            "answers != y → answers == y; main != y → main == y; answers != main → answers == main"
        ),
        "Shares are wanted, not counts: np.mean, not np.sum.": (
            "np.mean(answers != y) → np.sum(answers != y); np.mean(main != y) → np.sum(main != y); "
            "np.mean(answers != main) → np.sum(answers != main)"
        ),
        "The order is error, bias, variance.": (
            "np.mean(main != y), np.mean(answers != main) → np.mean(answers != main), np.mean(main != y)"
        ),
        "The error counts each network's answers, not the main votes.": "np.mean(answers != y) → np.mean(main != y)",
    },
)
def error_bias_variance(answers, y):
    """The shares of wrong answers, of wrong main votes, and of answers that are not the main vote."""
    main = np.array([np.argmax(np.bincount(column)) for column in answers.T])
    return np.array([np.mean(answers != y), np.mean(main != y), np.mean(answers != main)])


@implement(
    fold_cases,
    "names, counts = np.unique(groups, return_counts=True) gives the groups in order, and how large each is.",
    'From the largest on: np.argsort(-counts, kind="stable").',
    "Keep the number of examples in each fold in an array; np.argmin finds the emptiest, the first of equal ones.",
    points=3,
    mistakes=WRONG_FOLDS,
)
def grouped_folds(groups, k):
    """The fold of each example; those of one group are in one fold."""
    folds, filled = np.zeros(len(groups), int), np.zeros(k)
    names, counts = np.unique(groups, return_counts=True)
    for i in np.argsort(-counts, kind="stable"):
        fold = np.argmin(filled)
        folds[groups == names[i]] = fold
        filled[fold] += counts[i]
    return folds


@value(
    "A line leaks if it lets something of a test row's class, or of its twin, reach what is learnt.",
    "For each line ask: would it come out otherwise if the test rows' classes were others? And may it?",
    "B: of a patient three rows are known. How hard is the fourth?",
    points=3,
    mistakes=mistakes_of_entries(
        A={
            1: "that split is fair: the first 60 rows train, the others test, and no row is in both.",
            3: "that line takes the means of rows in `train` only. Which columns it takes is settled before.",
            4: "distances of test rows to what was learnt: as it should be.",
            5: "that line compares with the true classes of test rows, as a test must.",
        },
        B={
            2: "one could leave out the patients of the test there. But that only undoes what went wrong before, and "
            "most rows would be lost. Which line puts one patient on both sides?",
            3: "distances from test rows to training rows: no class is in them. The test rows were chosen before.",
            4: "that line looks up classes of training rows only, and compares. Whose rows are they?",
        },
        C={
            1: "that split is fair: the first 300 rows train, the others test.",
            3: "that line looks up what was counted. Was it counted rightly?",
            4: "that line compares with the true classes of test rows, as a test must.",
        },
    ),
)
def three_leaks():
    """A chooses columns by all classes; B splits patients; C counts the classes that are to be guessed."""
    return {"A": 2, "B": 1, "C": 2}


@implement(
    strength_cases,
    "fold = np.arange(len(y)) % k; then for each fold: train = fold != out.",
    "z = (x - x[train].mean(axis=0)) / x[train].std(axis=0) scales both parts with the training part's numbers.",
    "w = np.linalg.solve(z[train].T @ z[train] + strength * np.eye(columns), z[train].T @ (y[train] - middle)).",
    "Of each fold take the mean of the squares, then the mean of these k numbers.",
    points=4,
    mistakes=WRONG_ERRORS,
)
def honest_errors(x, y, strengths, k):
    """The error of each strength, as k folds tell it."""
    fold, errors = np.arange(len(y)) % k, []
    for out in range(k):
        train, new = fold != out, fold == out
        mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
        z, middle = (x - mean) / deviation, y[train].mean()
        penalty = np.eye(x.shape[1])
        of_fold = []
        for strength in strengths:
            w = np.linalg.solve(z[train].T @ z[train] + strength * penalty, z[train].T @ (y[train] - middle))
            of_fold.append(np.mean((z[new] @ w + middle - y[new]) ** 2))
        errors.append(of_fold)
    return np.mean(errors, axis=0)


@build(
    "A network that may use all columns learns the wrong labels by heart. Make it pay for each weight that it uses.",
    'keras.layers.Dense(64, activation="relu", kernel_regularizer=keras.regularizers.L1(0.01)) as first layer.',
    "Then Dense(1), BinaryCrossentropy(from_logits=True), Adam(0.01), and 60 epochs in batches of 200.",
    "keras.regularizers.L1 pulls most columns' weights to about 0; L2 makes them only smaller.",
    points=4,
    mistakes=WRONG_MODELS,
)
def not_by_heart(trial):
    """A Keras model, at least 77 % right about new rows, of 80 columns of which two count, and a tenth wrong labels."""
    judge_model(trial)

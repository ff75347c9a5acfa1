# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 12 · Exercises: practice
#
# Ten exercises, from numbers that one should know before a run to a doctor of broken runs. They go with
# [the chapter on practice](../chapters/12-practice.ipynb). Together they are worth 25 points and take about
# 195 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the third
# exercise it is `check.gain.hint()`.

# %%
import numpy as np

from course_lib.checks import practice as check

# %% [markdown]
# ### Exercise 1 · Before the first step
# *predict · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# A run that begins with another loss than it should has a fault already. Which cross-entropy, in nats, is due?
#
# 1. `"ten digits"`: at the start, with ten classes and a network that knows nothing,
# 2. `"yes or no"`: the same with two classes, both as likely,
# 3. `"one in ten"`: one example in ten is a yes. The network says "0.1" of every example. What is its mean loss?
# 4. `"softmax twice"`: ten classes. The network ends in a softmax, and the loss takes what comes out for logits and
#    applies one more. How low can the loss of an example get?
#
# Answer with a dict of numbers under these four names, to two decimals.

# %%
# BEGIN SOLUTION
first_losses = {"ten digits": 2.30, "yes or no": 0.69, "one in ten": 0.33, "softmax twice": 1.46}
# END SOLUTION

# %%
check.first_losses(first_losses)

# %% [markdown] tags=["solution"]
# ln 10, ln 2, −0.9 ln 0.9 − 0.1 ln 0.1, and ln((e + 9) / e): even a network that is quite sure hands over a 1 and nine
# zeros, and e¹ is no more than 23 % of e¹ + 9 e⁰.

# %% [markdown]
# ### Exercise 2 · A test for an illness
# *predict · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# Of 1,000 people 20 are ill. A network calls 50 of the 1,000, and 15 of these are ill. To be ill is the positive class.
#
# What are its `"accuracy"`, the accuracy of a rival who says `"nobody is ill"`, and the network's `"precision"`,
# `"recall"` and `"F1"`? Answer with a dict of five numbers under these names, to two decimals.

# %%
# BEGIN SOLUTION
screening = {
    "accuracy": 0.96,
    "nobody is ill": 0.98,
    "precision": 0.30,
    "recall": 0.75,
    "F1": 0.43,
}
# END SOLUTION

# %%
check.screening(screening)

# %% [markdown] tags=["solution"]
# Called: 15 ill, 35 healthy. Not called: 5 ill, 945 healthy. Who finds nobody is right more often: accuracy says nothing here.

# %% [markdown]
# ### Exercise 3 · A gain, and how sure it is
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# Two methods were judged on the same splits of the data. What does the second gain on average, and what is the standard
# error of this mean? A hard split is hard for both, so the differences vary less than the scores.
#
# - In: `a` and `b`, arrays of shape (splits,), at least two: the scores of the first and of the second method.
# - Out: two numbers: the mean of b − a, and its standard error. (The spread of a few numbers divides by n − 1.)


# %%
def gain(a, b):
    """What b gains over a on average, and the standard error of that.

    >>> mean, error = gain(np.array([0.9, 0.8, 0.85]), np.array([0.92, 0.83, 0.86]))
    >>> round(float(mean), 4), round(float(error), 4)
    (0.02, 0.0058)
    """
    # BEGIN SOLUTION
    difference = b - a
    return difference.mean(), np.std(difference, ddof=1) / np.sqrt(len(difference))
    # END SOLUTION


# %%
check.gain(gain)

# %% [markdown] tags=["solution"]
# Here the gain is 3.5 times its error. Had each method been looked at alone, its scores would spread by 0.05, and nobody
# would have believed a gain of 0.02.

# %% [markdown]
# ### Exercise 4 · The cheapest threshold
# *implement · difficulty ★★☆☆☆ · 20 minutes · 2 points*
#
# Whoever scores at least the threshold is called. A 1 that is not called is a *miss*, a 0 that is called an *alarm*, and both
# cost something. Find the threshold with the lowest cost in all. Try the scores that occur, and ∞, with which nobody is
# called. If several are as cheap, take the highest.
#
# - In: `y_true`, shape (n,), 0 and 1; `y_score`, shape (n,); `miss` and `alarm`, whole numbers above 0.
# - Out: the threshold and what it costs.


# %%
def cheapest(y_true, y_score, miss, alarm):
    """The threshold whose errors cost least, and their cost.

    >>> threshold, cost = cheapest(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.6, 0.9]), 5, 1)
    >>> float(threshold), int(cost)
    (0.4, 1)
    """
    # BEGIN SOLUTION
    best, least = np.inf, miss * np.sum(y_true == 1)
    for threshold in sorted(y_score, reverse=True):
        said = y_score >= threshold
        misses, alarms = np.sum(~said & (y_true == 1)), np.sum(said & (y_true == 0))
        if miss * misses + alarm * alarms < least:
            best, least = threshold, miss * misses + alarm * alarms
    return best, least
    # END SOLUTION


# %%
check.cheapest(cheapest)

# %% [markdown] tags=["solution"]
# With probabilities that can be trusted no search is needed: call where p ≥ alarm / (alarm + miss).

# %% [markdown]
# ### Exercise 5 · On the edge
# *implement · difficulty ★★★☆☆ · 20 minutes · 2 points*
#
# A search has tried every combination of some hyperparameters, each with several seeds. The best setting has the highest
# mean over its seeds. A run that broke down has the score NaN, and a setting with such a run is out.
#
# If the best value of a hyperparameter is the smallest or the largest that was tried, the search stopped too early: a still
# better one may lie beyond. Name these hyperparameters. One with a single value was not searched, and does not count.
#
# - In: `grid`, a dict {name: list of values, in any order}; `scores`, an array with one axis for each name, in the dict's
#   order, and a last axis for the seeds. At least one setting has no NaN.
# - Out: a list of names, in the dict's order.


# %%
def on_the_edge(grid, scores):
    """The hyperparameters whose best value is the smallest or the largest that was tried.

    >>> scores = np.array([[0.5, 0.6], [0.8, 0.6], [0.7, 0.9]])
    >>> on_the_edge({"rate": [0.01, 0.1, 1.0]}, scores)
    ['rate']
    >>> on_the_edge({"rate": [0.1, 1, 0.3]}, scores)
    []
    """
    # BEGIN SOLUTION
    best = np.unravel_index(np.nanargmax(np.mean(scores, axis=-1)), scores.shape[:-1])
    names = []
    for (name, values), place in zip(grid.items(), best, strict=True):
        rank = sorted(values).index(values[place])
        if len(values) > 1 and rank in (0, len(values) - 1):
            names.append(name)
    return names
    # END SOLUTION


# %%
check.on_the_edge(on_the_edge)

# %% [markdown] tags=["solution"]
# What is on the edge is searched again, with more values on that side.

# %% [markdown]
# ### Exercise 6 · Whom the network doubts
# *implement · difficulty ★★★☆☆ · 20 minutes · 2 points*
#
# Wrong labels hide among the examples with the largest loss. List them, to be looked at: the `k` rows with the largest
# cross-entropy, each with the class that the network says instead.
#
# - In: `logits`, shape (n, classes), any numbers, also very large ones; `labels`, shape (n,), whole numbers; `k`, at most n.
# - Out: an array of whole numbers, shape (k, 2): the number of the row, and the class with its highest logit. The largest
#   loss comes first; of equal ones the first row.


# %%
def doubted(logits, labels, k):
    """The k rows with the largest loss, and what the network says of them.

    >>> doubted(np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 3.0]]), np.array([0, 0, 0]), 2).tolist()
    [[2, 1], [1, 1]]
    """
    # BEGIN SOLUTION
    top = logits.max(axis=1)
    sums = np.exp(logits - top[:, None]).sum(axis=1)
    losses = top - logits[np.arange(len(labels)), labels] + np.log(sums)
    worst = sorted(range(len(labels)), key=lambda row: -losses[row])[:k]
    return np.array([[row, logits[row].argmax()] for row in worst])
    # END SOLUTION


# %%
check.doubted(doubted)

# %% [markdown] tags=["solution"]
# Python's `sorted` leaves equals in their order. Where the class beside it is what your own eyes see, the label is wrong.

# %% [markdown]
# ### Exercise 7 · Bins with as many in each
# *implement · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# The chapter's calibration error cuts the confidences into bins of equal width. A good network is nearly always sure, so
# that most of these bins are empty. Here each bin has as many rows as the others:
#
# 1. The confidence of a row is its highest probability; the row is right if that stands at the label.
# 2. Sort the rows by confidence, the lowest first, and cut them with `np.array_split` into `bins` parts.
# 3. In each part take the distance between the share of right ones and the mean confidence. Average these distances, each
#    weighed with its part's number of rows.
#
# - In: `y_true`, shape (n,), whole numbers; `y_pred`, shape (n, classes), probabilities; `bins`, at most n.
# - Out: a number.


# %%
def even_bins_error(y_true, y_pred, bins):
    """The calibration error over bins of equally many rows.

    >>> p = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]])
    >>> round(float(even_bins_error(np.array([0, 1, 1]), p, 2)), 4)
    0.2
    """
    # BEGIN SOLUTION
    confidence = np.max(y_pred, axis=1)
    off = (np.argmax(y_pred, axis=1) == y_true) - confidence
    parts = np.array_split(off[np.argsort(confidence)], bins)
    return sum(abs(part.sum()) for part in parts) / len(y_true)
    # END SOLUTION


# %%
check.even_bins_error(even_bins_error)

# %% [markdown] tags=["solution"]
# A part's distance, times its rows, is the absolute sum of right minus confidence.

# %% [markdown]
# ### Exercise 8 · Six patients
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# Six runs of the chapter's clinic, each of a small network that learns seven kinds of digits for twenty epochs. So a network
# that knows nothing has the loss log 7 = 1.95. This was measured:
#
# | | A | B | C | D | E | F |
# |---|---|---|---|---|---|---|
# | largest input | 255 | 1 | 1 | 1 | 1 | 1 |
# | validation examples that stand in the training set too | 0 % | 0 % | 0 % | 64 % | 0 % | 0 % |
# | share of the commonest class | 15 % | 16 % | 15 % | 16 % | 91 % | 15 % |
# | rows whose nearest neighbour has the same label | 99 % | 97 % | 19 % | 96 % | 94 % | 99 % |
# | loss before the first step, by log 7 | 42.89 | 1.00 | 1.01 | 1.00 | 0.90 | 1.02 |
# | longest of the first ten steps, by the length of the weights | 16 | 0.0030 | 0.0080 | 0.019 | 0.017 | 0.000094 |
# | dead units at the end | 100 % | 2 % | 13 % | 2 % | 13 % | 3 % |
# | loss at the end | 1.95 | 1.31 | 1.86 | 0.05 | 0.34 | 1.92 |
# | right in training | 15 % | 96 % | 24 % | 100 % | 91 % | 28 % |
# | right in validation | 15 % | 97 % | 13 % | 100 % | 94 % | 24 % |
# | right of the rarest class in validation | 0 % | 92 % | 7 % | 100 % | 0 % | 20 % |
#
# What does each suffer from? Some have more than one symptom; asked is the cause. Choose from "healthy", "rate too low",
# "rate too high", "wrong loss", "softmax twice", "labels shuffled", "inputs not scaled", "dead ReLUs", "leakage" and
# "class imbalance". Answer with a dict like `{"A": "healthy", "B": "healthy"}`, with all six letters.

# %%
# BEGIN SOLUTION
six_patients = {
    "A": "inputs not scaled",
    "B": "softmax twice",
    "C": "labels shuffled",
    "D": "leakage",
    "E": "class imbalance",
    "F": "rate too low",
}
# END SOLUTION

# %%
check.six_patients(six_patients)

# %% [markdown] tags=["solution"]
# A's inputs make its loss and its steps huge, and the first steps kill its ReLUs: three symptoms of one cause. B is right
# nearly always and its loss stays above ln(1 + 6 / e) = 1.17, where healthy ones come near 0. D looks best of all.

# %% [markdown]
# ### Exercise 9 · The rare class
# *build · difficulty ★★★★☆ · 25 minutes · 4 points*
#
# Build a Keras model that finds a rare class. Train it and return it. Of the 1,500 rows 4 in 100 have the label 1. It says
# *yes* where its logit is above 0, and is judged on 1,000 new rows of each class: at least **80 %** of the ones *and* at
# least **80 %** of the zeros must be right.
#
# - In: `x`, shape (1500, 4), numbers; `y`, shape (1500,), 0 and 1.
# - Out: a trained Keras model that takes (batch, 4) and gives (batch, 1), logits.
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def rare_class(x, y):
    """A Keras model, trained, whose logit is above 0 for class 1."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05), loss)
    model.fit(x, y, batch_size=50, epochs=10, class_weight={0: 1.0, 1: 24.0}, verbose=0)
    return model
    # END SOLUTION


# %%
check.rare_class(rare_class)

# %% [markdown] tags=["solution"]
# Three ways lead there: a weight of 24 for each rare row, each rare row repeated 24 times, or plain training and afterwards
# ln 24 added to the logits. The last one changes nothing but the threshold.

# %% [markdown]
# ### Exercise 10 · A project: the doctor
# *implement · difficulty ★★★★★ · 40 minutes · 5 points*
#
# Write a doctor of training runs. It is handed what there is to look at, and says what is wrong. It is judged on **48 runs
# of the clinic that neither you nor it has seen**, four of each of these, in any order: "healthy", "rate too low",
# "rate too high", "wrong loss", "softmax twice", "labels shuffled", "inputs not scaled", "dead ReLUs", "leakage",
# "class imbalance", "not a number" and "forgotten training=". At least 42 must be right, and of each kind at least three.
# What you measure and where you draw the lines is your affair. The chapter's order helps: causes before effects.
#
# The data are as data are. In each run three pictures are twice as bright as they should be, three are much too dark, and
# one stands in `x` and in `x_val`: that alone is no fault. In half of the runs ink is a number below 0. And no disease looks
# the same in all: inputs that are not scaled may be far below 0, a wrong loss may begin too high or too low, and a few units
# may live among the dead.
#
# Runs to practise on are at hand:

# %%
from course_lib.ward import evidence

run = evidence("leakage", seed=3)
sizes = [len(run[name]) == len(run["x"]) for name in ("y", "outputs", "again", "hidden")]
print("A row for each example:", all(sizes))

# %% [markdown]
# - In: `run`, a dict. `run["x"]`, shape (n, 64), and `run["y"]`, (n,): what is learnt from, pictures and their labels 0 to
#   K − 1. `run["x_val"]`, (m, 64): the pictures for validation. Of the network before its first step: `run["loss"]`, a
#   number, its loss on all of `x`; `run["outputs"]` and `run["again"]`, (n, K): what it gives the loss for `x`, asked twice
#   as it would be for validation; `run["hidden"]`, (n, units): what its hidden units give behind the ReLU.
#   `run["weights"]`, (11, all): all its weights and biases in a row, before the first step and after each of ten.
# - Out: one of the twelve names, a text.


# %%
def doctor(run):
    """What is wrong with a run.

    >>> doctor(evidence("leakage", seed=3)), doctor(evidence("healthy", seed=3))
    ('leakage', 'healthy')
    """
    # BEGIN SOLUTION
    x, y, z, w = run["x"], run["y"], run["outputs"], run["weights"]
    if np.isnan(x).any():
        return "not a number"
    distances = (x**2).sum(axis=1) - 2 * x @ x.T
    distances[np.eye(len(x), dtype=bool)] = np.inf
    seen = {tuple(row) for row in x.tolist()}
    shared = [tuple(row) in seen for row in run["x_val"].tolist()]
    start = run["loss"] / np.log(z.shape[1])
    steps = np.linalg.norm(np.diff(w, axis=0), axis=1) / np.linalg.norm(w[:-1], axis=1)
    signs = {}
    signs["inputs not scaled"] = np.max(np.abs(x)) > 8
    signs["leakage"] = np.mean(shared) > 0.1
    signs["class imbalance"] = np.mean(y == np.bincount(y).argmax()) > 0.55
    signs["labels shuffled"] = np.mean(y[distances.argmin(axis=1)] == y) < 0.5
    signs["forgotten training="] = not np.allclose(z, run["again"])
    signs["softmax twice"] = np.allclose(z.sum(axis=1), 1, atol=0.01)
    signs["wrong loss"] = start < 0.7 or start > 1.6
    signs["dead ReLUs"] = np.mean(run["hidden"].max(axis=0) <= 0) > 0.35
    signs["rate too high"] = np.max(steps) > 0.06
    signs["rate too low"] = np.max(steps) < 0.0007
    return next((fault for fault, is_seen in signs.items() if is_seen), "healthy")
    # END SOLUTION


# %%
check.doctor(doctor)

# %% [markdown] tags=["solution"]
# None of these numbers is a curve. Five come from the data, three from the outputs before the first step, one from the
# hidden units and one from ten steps: all of it is known before the first epoch is over.

# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 11 · Exercises: overfitting
#
# Nine exercises, from curves that you read to a network that does not learn its mistakes by heart. They go with
# [the chapter on overfitting](../chapters/11-overfitting.ipynb). Together they are worth 24 points and take about
# 170 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the third
# exercise it is `check.shrink.hint()`.

# %%
import numpy as np

from course_lib.checks import overfitting as check

# %% [markdown]
# ### Exercise 1 · When to stop
# *predict · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# The losses of a network after each epoch:
#
# | epoch | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 |
# |---|---|---|---|---|---|---|---|---|---|---|
# | training | 1.20 | 0.90 | 0.70 | 0.55 | 0.45 | 0.38 | 0.30 | 0.22 | 0.15 | 0.10 |
# | validation | 1.25 | 1.00 | 0.84 | 0.86 | 0.80 | 0.83 | 0.82 | 0.81 | 0.88 | 0.97 |
#
# Early stopping with a patience of 3 stops as soon as three epochs one after the other have brought no new best
# validation loss. With a patience of 1, one such epoch is enough.
#
# 1. `"patience 3"`: after which epoch does it stop with a patience of 3?
# 2. `"restored"`: of which epoch are the weights that it then gives back, the best ones?
# 3. `"patience 1"`: after which epoch does it stop with a patience of 1?
# 4. `"gap"`: by how much is the validation loss above the training loss in the epoch of question 2?
#
# Answer with a dict like `{"patience 3": 1, "restored": 1, "patience 1": 1, "gap": 0.1}`.

# %%
# BEGIN SOLUTION
when_to_stop = {"patience 3": 8, "restored": 5, "patience 1": 4, "gap": 0.35}
# END SOLUTION

# %%
check.when_to_stop(when_to_stop)

# %% [markdown] tags=["solution"]
# The best loss, 0.80, comes in epoch 5; epochs 6, 7 and 8 are no better, although the last two get better than the one
# before. Less patience stops at the first bump, in epoch 4, and never sees epoch 5.

# %% [markdown]
# ### Exercise 2 · One step, five ways
# *predict · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A weight is 2. There the loss on the data has the slope 0.4. The learning rate is 0.1, and every penalty and decay has the
# strength λ = 0.5. What is the weight after one step of
#
# 1. `"plain"`: gradient descent, without a penalty,
# 2. `"L1"`: gradient descent, with the penalty λ |w| added to the loss,
# 3. `"L2"`: gradient descent, with the penalty λ w² added to the loss,
# 4. `"Adam, L2"`: Adam's very first step, with the penalty λ w² added to the loss,
# 5. `"AdamW"`: AdamW's very first step: first the weight becomes (1 − rate · λ) w, then Adam's step for the loss on the
#    data follows, without any penalty?
#
# Adam's first step divides the slope by its own size: it is as long as the learning rate, and goes against the slope.
# Two decimals are enough. Answer with a dict of numbers under these five names.

# %%
# BEGIN SOLUTION
one_step = {"plain": 1.96, "L1": 1.91, "L2": 1.76, "Adam, L2": 1.9, "AdamW": 1.8}
# END SOLUTION

# %%
check.one_step(one_step)

# %% [markdown] tags=["solution"]
# The slopes are 0.4, 0.4 + 0.5 and 0.4 + 2 · 0.5 · 2 = 2.4. Adam divides what the penalty says by its size again, so
# that here it does not show at all: 2 − 0.1, whatever λ is. AdamW keeps the decay apart: 2 · 0.95 − 0.1.

# %% [markdown]
# ### Exercise 3 · To 0 and no further
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# With the penalty λ |w|, gradient descent makes small weights jump over 0 and back, and hardly any is ever exactly 0. This
# step does better:
#
# 1. Take a step of gradient descent, for the loss on the data alone.
# 2. Move each weight towards 0 by rate · λ. A weight that is nearer to 0 than that becomes 0.
#
# - In: `w`, numbers, any shape; `slope`, the loss' slope in each of them, the same shape; `rate` and `l1`, numbers from 0.
# - Out: the new weights, an array of the same shape.


# %%
def shrink(w, slope, rate, l1):
    """A step down the slope, then each weight towards 0 by rate · l1, and not beyond.

    >>> shrink(np.array([1.0, 0.2, -1.0]), np.zeros(3), 0.5, 1.0).tolist()
    [0.5, 0.0, -0.5]
    """
    # BEGIN SOLUTION
    w = w - rate * slope
    return w - np.clip(w, -rate * l1, rate * l1)
    # END SOLUTION


# %%
check.shrink(shrink)

# %% [markdown] tags=["solution"]
# Clipping keeps what is to be taken off: of a large weight rate · λ, of a small one all of it. It is also written
# `np.sign(w) * np.maximum(np.abs(w) - rate * l1, 0)`, and called *soft thresholding*.

# %% [markdown]
# ### Exercise 4 · Connections that fall out
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# Dropout lets neurons fall out. Let single *connections* fall out instead, for each example others: those whose number in
# `points` is below `rate`. As in dropout, what is left is divided by 1 − rate, so that the mean stays, and after training
# nothing falls out. The biases never do.
#
# - In: `x`, shape (batch, inputs); `kernel`, (inputs, units); `bias`, (units,); `points`, (batch, inputs, units), numbers
#   from 0 to below 1; `rate`, a number from 0 to below 1; `training`, True or False.
# - Out: the layer's output, an array of shape (batch, units).


# %%
def drop_connections(x, kernel, bias, points, rate, training):
    """A dense layer of which, in training, each connection falls out with the chance `rate`.

    >>> x, kernel, bias = np.array([[1.0, 2.0]]), np.array([[1.0], [10.0]]), np.array([0.5])
    >>> points = np.array([[[0.7], [0.2]]])
    >>> drop_connections(x, kernel, bias, points, 0.5, True).tolist()
    [[2.5]]
    >>> drop_connections(x, kernel, bias, points, 0.5, False).tolist()
    [[21.5]]
    """
    # BEGIN SOLUTION
    if not training:
        return x @ kernel + bias
    kernels = np.where(points < rate, 0, kernel / (1 - rate))
    return (x[:, None, :] @ kernels)[:, 0] + bias
    # END SOLUTION


# %%
check.drop_connections(drop_connections)

# %% [markdown] tags=["solution"]
# `kernels` holds a kernel for each example. The same in one line: `np.einsum("bi,biu->bu", x, kernels) + bias`.

# %% [markdown]
# ### Exercise 5 · What refits agree on
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# The chapter takes an error of numbers apart into bias and variance. Here the answers are classes. A network was trained
# several times, each time on other data, and each time asked about the same examples. For each example the *main vote* is
# the class that most of the networks say (of equally many the smallest). Then
#
# - the *error* is the share of all answers that are wrong,
# - the *bias* is the share of examples of which the main vote is wrong,
# - the *variance* is the share of all answers that are not their example's main vote.
#
# - In: `answers`, shape (networks, examples), whole numbers from 0; `y`, shape (examples,), the true classes.
# - Out: error, bias and variance, an array of three numbers.


# %%
def error_bias_variance(answers, y):
    """The shares of wrong answers, of wrong main votes, and of answers that are not the main vote.

    >>> answers = np.array([[0, 1], [0, 1], [1, 1], [0, 1]])
    >>> error_bias_variance(answers, np.array([0, 0])).tolist()
    [0.625, 0.5, 0.125]
    """
    # BEGIN SOLUTION
    main = np.array([np.argmax(np.bincount(column)) for column in answers.T])
    return np.array([np.mean(answers != y), np.mean(main != y), np.mean(answers != main)])
    # END SOLUTION


# %%
check.error_bias_variance(error_bias_variance)

# %% [markdown] tags=["solution"]
# For classes the two do not add up to the error. Where the main vote is right, variance does harm; where it is wrong,
# only who disagrees with it can be right. The main vote is what an ensemble says: bias is *its* error.

# %% [markdown]
# ### Exercise 6 · Folds that keep together
# *implement · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# Ten pictures of one patient are nearly one picture. If some of them train and others validate, that is a leak. So whole
# groups have to go into one fold, and the folds should be about equally large:
#
# 1. Take the groups from the largest to the smallest; of equally large ones the one with the smaller number first. (A sort
#    that is *stable* leaves equals in their order: `np.argsort(…, kind="stable")`.)
# 2. Put each into the fold that has the fewest examples so far; of equal ones into the first.
#
# - In: `groups`, shape (n,), the number of each example's group, whole numbers from 0, perhaps with gaps; `k`, how many folds.
# - Out: the fold of each example, an array of shape (n,), whole numbers from 0 to k − 1.


# %%
def grouped_folds(groups, k):
    """The fold of each example; those of one group are in one fold.

    >>> grouped_folds(np.array([7, 3, 7, 1, 7, 3]), 2).tolist()
    [0, 1, 0, 1, 0, 1]
    """
    # BEGIN SOLUTION
    folds, filled = np.zeros(len(groups), int), np.zeros(k)
    names, counts = np.unique(groups, return_counts=True)
    for i in np.argsort(-counts, kind="stable"):
        fold = np.argmin(filled)
        folds[groups == names[i]] = fold
        filled[fold] += counts[i]
    return folds
    # END SOLUTION


# %%
check.grouped_folds(grouped_folds)

# %% [markdown] tags=["solution"]
# `np.unique` gives the names in order, and a stable sort leaves equally large groups in it. Group 7 has three examples and
# comes first; groups 3 and 1 fill the other fold. scikit-learn's `GroupKFold` deals groups out in this manner.

# %% [markdown]
# ### Exercise 7 · Three leaks
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# Three functions say how well something is learnt. In each, one line lets the answers leak. The first chooses 10 of very many
# columns, makes the mean of each class, and takes for each new row the class whose mean is nearer:


# %%
def score_a(x, y):
    train, test = np.arange(len(y)) < 60, np.arange(len(y)) >= 60  # 1
    best = np.argsort(-np.abs((y - y.mean()) @ x))[:10]  # 2
    middles = [x[train & (y == one)][:, best].mean(axis=0) for one in (0, 1)]  # 3
    far = [((x[test][:, best] - middle) ** 2).sum(axis=1) for middle in middles]  # 4
    return np.mean((far[1] < far[0]) == y[test])  # 5


# %% [markdown]
# In the second there are four rows of each patient, which are nearly the same. It answers with the class of the nearest row that
# it knows. `patient` holds the number of each row's patient.


# %%
def score_b(x, y, patient):
    test = np.random.default_rng(0).permutation(len(y)) % 4 == 0  # 1
    train = ~test  # 2
    far = ((x[test][:, None] - x[train]) ** 2).sum(axis=2)  # 3
    return np.mean(y[train][far.argmin(axis=1)] == y[test])  # 4


# %% [markdown]
# The third says 1 for each row of a town in which 1 is the commoner class. `town` holds each row's town, 0 to 99.


# %%
def score_c(town, y):
    train = np.arange(len(y)) < 300  # 1
    share = np.array([y[town == one].mean() for one in range(100)])  # 2
    said = share[town[~train]] > 0.5  # 3
    return np.mean(said == y[~train])  # 4


# %% [markdown]
# Now each gets data in which nothing can be learnt: the classes are coin flips, one for each row, in B one for each patient.

# %%
rng = np.random.default_rng(0)
a = score_a(rng.normal(size=(260, 2000)), rng.integers(0, 2, 260))
patient = np.arange(400) // 4
x = rng.normal(size=(100, 5))[patient] + 0.01 * rng.normal(size=(400, 5))
b = score_b(x, rng.integers(0, 2, 100)[patient], patient)
c = score_c(np.arange(600) % 100, rng.integers(0, 2, 600))
for name, score in {"A": a, "B": b, "C": c}.items():
    print(f"{name}: at most 62 % right, as it must be with coin flips:", bool(score <= 0.62))

# %% [markdown]
# All should say True. In each, which line has to be changed? One is enough, and what one line gets wrong is not to be
# undone in another. Answer with a dict of line numbers, like `{"A": 4, "B": 4, "C": 4}`.

# %%
# BEGIN SOLUTION
three_leaks = {"A": 2, "B": 1, "C": 2}
# END SOLUTION

# %%
check.three_leaks(three_leaks)

# %% [markdown] tags=["solution"]
# A chooses columns by the classes of *all* rows: `(y[train] - y[train].mean()) @ x[train]`. B has most patients on both sides:
# `test = patient % 4 == 0`. C counts the class that is to be guessed: `y[train & (town == one)].mean()`.

# %% [markdown]
# ### Exercise 8 · Honest errors
# *implement · difficulty ★★★★☆ · 30 minutes · 4 points*
#
# How strong should a penalty be? Ask k folds. The model is linear and needs no steps; all that is learnt, the scaling too, is
# learnt from the training part of each fold. Example i is in fold i % k. For each fold, and each strength λ:
#
# 1. Of the training part take each column's mean and standard deviation (`np.std`), and the mean of y. Scale the columns of
#    *both* parts with them: minus the mean, divided by the deviation. Call the training part then $Z$.
# 2. The weights are $w = (Z^T Z + \lambda I)^{-1} Z^T (y - \text{mean of } y)$, of the training part. This is least squares with
#    the penalty $\lambda \sum w^2$.
# 3. For the fold's examples predict (scaled row) · w + mean of y. The fold's error is the mean of the squared differences from
#    the true y.
#
# An error of a strength is the mean of its k folds' errors.
#
# - In: `x`, shape (n, columns); `y`, shape (n,); `strengths`, a list of numbers above 0; `k`, a whole number.
# - Out: the error of each strength, an array of shape (number of strengths,).


# %%
def honest_errors(x, y, strengths, k):
    """The error of each strength, as k folds tell it.

    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0.0, 1.0, 2.0, 3.0])
    >>> honest_errors(x, y, [1e-9, 2.0], 2).round(2).tolist()
    [0.0, 0.5]
    """
    # BEGIN SOLUTION
    fold, errors = np.arange(len(y)) % k, np.zeros(len(strengths))
    for out in range(k):
        train = fold != out
        mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
        z, middle = (x - mean) / deviation, y[train].mean()
        a, b = z[train].T @ z[train], z[train].T @ (y[train] - middle)
        for i, strength in enumerate(strengths):
            w = np.linalg.solve(a + strength * np.eye(len(b)), b)
            said = z[~train] @ w + middle
            errors[i] += np.mean((said - y[~train]) ** 2) / k
    return errors
    # END SOLUTION


# %%
check.honest_errors(honest_errors)

# %% [markdown] tags=["solution"]
# Take the strength with the smallest error and fit once more, to all examples. Its error was chosen as the smallest of
# several, so it is a little too good: what the model is worth, only data tell that chose nothing.

# %% [markdown]
# ### Exercise 9 · A project: not by heart
# *build · difficulty ★★★★☆ · 35 minutes · 4 points*
#
# A row has 80 columns, normally distributed. Only two of them matter, and nobody tells you which: a row is of class 1 if it
# lies outside a certain circle around 0 in these two. And **one label in ten is wrong**. A network that may do what it likes
# learns all 1,000 labels by heart, and then gets fewer than six of ten new rows right. A straight line gets half.
#
# Train a model that gets at least **77 %** of 2,000 new rows right, whose labels are all true. Use any cure that you like, or several.
#
# - In: `x`, shape (1000, 80); `y`, shape (1000,), 0 or 1.
# - Out: a trained Keras model that takes (batch, 80) and gives (batch, 1), logits: above 0 means class 1.
#
# The check trains your model, which takes a few seconds. It knows 1,000 rows of its own, and other columns matter there: cures
# may depend on the data, but not on which columns these were. To try something, make rows of your own:
#
# ```python
# rng = np.random.default_rng(0)
# x = rng.normal(size=(3000, 80))
# y = (x[:, 3] ** 2 + x[:, 8] ** 2 > 1.4).astype(int)
# ```

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def not_by_heart(x, y):
    """A Keras model, trained, that is right about new rows too."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    few = keras.regularizers.L1(0.01)
    hidden = keras.layers.Dense(64, activation="relu", kernel_regularizer=few)
    model = keras.Sequential([keras.Input((80,)), hidden, keras.layers.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(x, y, batch_size=200, epochs=60, verbose=0)
    return model
    # END SOLUTION


# %%
check.not_by_heart(not_by_heart)

# %% [markdown] tags=["solution"]
# L1 asks every weight for the same toll, and the 78 columns that tell nothing cannot pay it. L2 makes large weights small but
# leaves many small ones, which together still know the wrong labels. One could also look for the columns first: the mean of
# x² of a column that matters differs between the classes, and a network of those two alone has little left to learn by heart.

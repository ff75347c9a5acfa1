# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 03 · Exercises: losses
#
# Ten exercises, from three means on paper to a digit reader that you train in plain NumPy. They go with
# [the chapter on losses](../chapters/03-losses.ipynb). Together they are worth 26 points and take about 185
# minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the third
# exercise it is `check.quantile_loss.hint()`.

# %%
import numpy as np

from course_lib.checks import losses as check

# %% [markdown]
# ### Exercise 1 · Three losses by hand
# *predict · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# Four predictions, with paper and pencil:
#
# | true | 2 | 0 | −1 | 4 |
# |---|---:|---:|---:|---:|
# | predicted | 2 | 1.5 | −4 | 3.5 |
#
# What are the mean squared error, the mean absolute error, and the Huber loss with the border δ = **2**?
#
# Answer with a dict of three numbers, right to two decimals. A wrong one would look like this:
# `{"MSE": 1.25, "MAE": 0.5, "Huber": 0.75}`.

# %%
# BEGIN SOLUTION
losses_by_hand = {"MSE": 2.875, "MAE": 1.25, "Huber": 1.3125}
# END SOLUTION

# %%
check.losses_by_hand(losses_by_hand)

# %% [markdown] tags=["solution"]
# The errors are 0, 1.5, −3 and −0.5. Their squares 0, 2.25, 9 and 0.25 add up to 11.5, a quarter of which is 2.875.
# Their sizes add up to 5. For Huber, only −3 is beyond the border: 0 + 1.125 + (2 · 3 − 2) + 0.125 = 5.25, and a quarter
# of it is 1.3125.

# %% [markdown]
# ### Exercise 2 · What the first line should say
# *predict · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# Before training, write down what the loss ought to be. If the first line of the log says something else, there is a
# fault, and you have found it before an hour of training. What will these five say?
#
# | name | the network, before training | its loss |
# |---|---|---|
# | `"spam"` | one logit, which is 0 for every e-mail | binary cross-entropy |
# | `"clothes"` | ten logits, all 0 | categorical cross-entropy |
# | `"words"` | 30,000 logits, all equal | sparse categorical cross-entropy |
# | `"tags"` | five questions for each photograph (a dog? a tree? …), five logits, all 0 | binary cross-entropy |
# | `"rare"` | says yes with probability 0.1 to everything; one answer in ten is a yes | binary cross-entropy |
#
# Answer with a dict from the five names to numbers, right to two decimals.

# %%
# BEGIN SOLUTION
first_losses = {"spam": 0.693, "clothes": 2.303, "words": 10.309, "tags": 0.693, "rare": 0.325}
# END SOLUTION

# %%
check.first_losses(first_losses)

# %% [markdown] tags=["solution"]
# log 2, log 10 and log 30,000. For the tags each question costs log 2, and the loss is the mean over all questions. The
# rare one pays −log 0.1 = 2.303 once and −log 0.9 = 0.105 nine times: 0.325 on average, less than half of 0.693, without
# knowing anything about its inputs. So 0.325 is the number that a network for rare things has to beat.

# %% [markdown]
# ### Exercise 3 · A loss with a lean
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A bakery that bakes too few rolls loses more than one that bakes too many. Its loss counts each roll that is *missing*
# with q and each that is *too much* with 1 − q, and takes the mean over the days. With q = 0.9, for instance, the best constant
# prediction is the number that is enough on nine days out of ten: hence the name *quantile loss* ([@koenker1978]).
#
# - In: `y_true` and `y_pred`, float64, of one shape; `q`, a number between 0 and 1.
# - Out: one number.


# %%
def quantile_loss(y_true, y_pred, q):
    """The mean cost: q for each unit missing, 1 - q for each unit too much.

    >>> float(quantile_loss(np.array([10.0, 10.0]), np.array([8.0, 12.0]), 0.75))
    1.0
    """
    # BEGIN SOLUTION
    missing = y_true - y_pred
    return np.mean(np.where(missing >= 0, q * missing, (q - 1) * missing))
    # END SOLUTION


# %%
check.quantile_loss(quantile_loss)

# %% [markdown] tags=["solution"]
# On the first day 2 are missing, 2 · 0.75 = 1.5. On the second 2 are too much, 2 · 0.25 = 0.5. The mean is 1. With
# q = 0.5 it is half the mean absolute error, whose best constant is the median.

# %% [markdown]
# ### Exercise 4 · Five runs
# *diagnose · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# Five people trained the same reader of ten digits, and wrote down its cross-entropy before training and after each of five
# epochs. The numbers are real.

# %%
runs = {
    "A": [2.303, 2.282, 2.262, 2.242, 2.223, 2.203],
    "B": [2.303, 0.916, 1.532, 7.179, 10.472, 12.842],
    "C": [0.230, 0.211, 0.194, 0.178, 0.165, 0.152],
    "D": [2.303, 1.120, 0.715, 0.550, 0.460, 0.392],
    "E": [2.303, 2.303, 2.303, 2.303, 2.303, 2.303],
}

# %% [markdown]
# What is the matter with each? Choose among
#
# - `"fine"`: nothing,
# - `"too small"`: the learning rate is too small,
# - `"too large"`: the learning rate is too large,
# - `"stuck"`: the slope is 0,
# - `"wrong loss"`: this is not the cross-entropy.
#
# Each word fits one run best. Answer with a dict from letters to words.

# %%
# BEGIN SOLUTION
learning_curves = {"A": "too small", "B": "too large", "C": "wrong loss", "D": "fine", "E": "stuck"}
# END SOLUTION

# %%
check.learning_curves(learning_curves)

# %% [markdown] tags=["solution"]
# Look at the first number first. Four runs begin with log 10, the cost of guessing among ten. C does not: its owner took
# the mean over the classes too, and the low numbers are a tenth of the truth. A creeps: steps a hundred times as long would
# do. B falls once, then its steps carry it further up each time. E never moves: no slope reaches its weights.

# %% [markdown]
# ### Exercise 5 · Three losses with a fault
# *diagnose · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# Three people wrote the sparse categorical cross-entropy for logits of shape (batch, classes). Each has one wrong line.
# The lines are numbered.


# %%
def loss_a(labels, logits):
    shifted = logits - logits.max(axis=1, keepdims=True)  # 1
    e = np.exp(shifted)  # 2
    p = e / e.sum(axis=1, keepdims=True)  # 3
    log_p = p - np.log(np.exp(p).sum(axis=1, keepdims=True))  # 4
    return -np.mean(log_p[np.arange(len(labels)), labels])  # 5


# %% [markdown]
# The second:


# %%
def loss_b(labels, logits):
    shifted = logits - logits.max(axis=1, keepdims=True)  # 1
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # 2
    one_hot = np.eye(logits.shape[1])[labels]  # 3
    return -np.mean(one_hot * log_p)  # 4


# %% [markdown]
# And the third:


# %%
def loss_c(labels, logits):
    shifted = logits - logits.max(axis=0, keepdims=True)  # 1
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # 2
    return -np.mean(log_p[np.arange(len(labels)), labels])  # 3


# %% [markdown]
# This is what they say about three examples of three classes, and what would be right:

# %%
labels, certain = np.array([0, 1, 2]), 10 * np.eye(3)
larger = np.array([[10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 30.0, 60.0]])
cases = [
    ("all logits 0", labels, np.zeros((3, 3)), 1.099),
    ("certain and right", labels, certain, 0),
    ("certain and wrong", labels[::-1], certain[:, [1, 0, 2]], 10),
    ("certain and right, one row larger", labels, larger, 0),
]
for name, y, logits, right in cases:
    said = [abs(loss(y, logits)) for loss in (loss_a, loss_b, loss_c)]
    print(f"{name}: A {said[0]:.3f}, B {said[1]:.3f}, C {said[2]:.3f}; right is {right:.3f}")

# %% [markdown]
# In each, which line has to be changed? One line is enough, and each name is to hold what it says. Where more than one line
# would do, each of them is right; but a last line that does the whole work anew does not count. You may change them and
# run them again. Answer with a dict of line numbers, like `{"A": 1, "B": 1, "C": 1}`.

# %%
# BEGIN SOLUTION
broken_losses = {"A": 4, "B": 4, "C": 1}
# END SOLUTION

# %%
check.broken_losses(broken_losses)

# %% [markdown] tags=["solution"]
# A takes softmax of what is softmax already. Its "logits" lie between 0 and 1, so it can never be certain: the same happens
# when a last layer with softmax meets a loss with `from_logits=True`. B takes the mean over the classes too. C shifts each
# column by its maximum where each *row* has to be shifted: within a row the differences change, and with them the answer.
#
# A has other cures: let p be what is not yet softmax (line 3, `p = shifted`), or take the logarithm of p in line 5. In C,
# line 2 can use the logits themselves, as long as they are not too large.

# %% [markdown]
# ### Exercise 6 · Log-sum-exp that always answers
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# Write log Σ e^z along each row, so that it neither overflows nor loses what is small. One thing more than in the chapter: a
# logit may be −∞, for a class that is impossible. It adds nothing to the sum. If all of a row are −∞, the sum is 0
# and the answer −∞.
#
# - In: `z`, float64, shape (batch, classes); entries may be `-np.inf`.
# - Out: shape (batch,), float64.


# %%
def log_sum_exp(z):
    """log of the sum of e^z along each row.

    >>> log_sum_exp(np.array([[0.0, 0.0], [1000.0, -np.inf]])).round(4).tolist()
    [0.6931, 1000.0]
    """
    # BEGIN SOLUTION
    # In place of -inf the lowest finite number: -inf - (-inf) would be NaN.
    largest = np.maximum(z.max(axis=1), np.finfo(float).min)
    with np.errstate(divide="ignore"):
        return largest + np.log(np.exp(z - largest[:, None]).sum(axis=1))
    # END SOLUTION


# %%
check.log_sum_exp(log_sum_exp)

# %% [markdown] tags=["solution"]
# After the shift the largest exponent is 0, so the sum is at least 1 and its logarithm no problem. In a row that is −∞
# throughout any finite shift will do, and the logarithm of 0 is the −∞ that was wanted. Masks of −∞ will return in chapter 09, where a word must
# not look at some other words.

# %% [markdown]
# ### Exercise 7 · A line, downhill
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# Fit the line w · x + b to points by gradient descent on the mean squared error. Start with w = b = 0, and make `steps`
# steps with all points.
#
# - In: `x` and `y`, float64, shape (n,); `learning_rate`, a number; `steps`, a whole number, at least 1.
# - Out: `(w, b, losses)`: two numbers, and the loss *before* each step, float64 of shape (steps,).


# %%
def fit_line(x, y, learning_rate, steps):
    """Gradient descent on the mean squared error of w x + b: (w, b, losses).

    >>> w, b, losses = fit_line(np.array([1.0, 2.0]), np.array([1.0, 3.0]), 0.1, 1)
    >>> round(float(w), 6), round(float(b), 6), losses.tolist()
    (0.7, 0.4, [5.0])
    """
    # BEGIN SOLUTION
    w = b = 0.0
    losses = []
    for _ in range(steps):
        error = w * x + b - y
        losses.append(np.mean(error**2))
        w = w - learning_rate * 2 * np.mean(error * x)
        b = b - learning_rate * 2 * np.mean(error)
    return w, b, np.array(losses)
    # END SOLUTION


# %%
check.fit_line(fit_line)

# %% [markdown] tags=["solution"]
# Both slopes come from the `error` that was computed before either number changed. A slope is the mean of 2 · error times what
# the number is multiplied with: x for w, and 1 for b.

# %% [markdown]
# ### Exercise 8 · A network that knows how unsure it is
# *implement · difficulty ★★★★☆ · 30 minutes · 3 points*
#
# The squared error believes in a bell curve of one width, everywhere. Let the network predict the width as well: for each
# value it gives a mean m and the logarithm s of the variance, so that the variance $v = e^s$ is never negative
# ([@nix1994]). The loss is the negative log-likelihood of the bell curve,
#
# $$L = \frac{1}{n} \sum \frac{1}{2} \left( s + \frac{(y - m)^2}{v} + \log 2\pi \right)$$
#
# Return the loss and its slopes: the one in every m and the one in every s.
#
# - In: `y_true`, `mean` and `log_variance`, float64, of one shape; n is the number of all entries.
# - Out: `(loss, d_mean, d_log_variance)`: a number and two arrays of that shape.


# %%
def gaussian_nll(y_true, mean, log_variance):
    """The negative log-likelihood of a bell curve, and its slopes in mean and log_variance.

    >>> loss, d_mean, d_log = gaussian_nll(np.array([2.0]), np.array([0.0]), np.array([0.0]))
    >>> round(float(loss), 3), d_mean.tolist(), d_log.tolist()
    (2.919, [-2.0], [-1.5])
    """
    # BEGIN SOLUTION
    variance, n = np.exp(log_variance), y_true.size
    square = (y_true - mean) ** 2 / variance
    loss = np.mean(log_variance + square + np.log(2 * np.pi)) / 2
    return loss, (mean - y_true) / variance / n, (1 - square) / 2 / n
    # END SOLUTION


# %%
check.gaussian_nll(gaussian_nll)

# %% [markdown] tags=["solution"]
# The slope in s is 0 where (y − m)² = v: the variance settles at the size of the squared errors. And the slope in m is divided
# by v: where the network expects large errors, they count less. Brute force agrees:

# %% tags=["solution"]
from course_lib.page import claim
from course_lib.gradients import numeric_gradient

y, m, s = np.random.default_rng(0).normal(size=(3, 5))
slopes = gaussian_nll(y, m, s)[1:]
brute = [numeric_gradient(lambda: gaussian_nll(y, m, s)[0], numbers) for numbers in (m, s)]
claim("Both slopes agree with brute force", np.allclose(slopes, brute, atol=1e-8))

# %% [markdown]
# ### Exercise 9 · Every fifth reading is broken
# *build · difficulty ★★★★☆ · 25 minutes · 3 points*
#
# You are given 400 examples of three numbers and an amount. The amount is a sum of the three, each with a weight, and a
# constant, with a little noise. But every fifth reading is broken: it is too high, by 10 to 30. Nobody knows which ones.
#
# Write a function that builds a Keras model, trains it and returns it. It is judged on 1,000 new examples **without** broken
# readings and without noise: on average at most **0.15** away, with at most **4 parameters**. It must take at most a few seconds.
#
# - In: `x`, shape (400, 3), float64; `y`, shape (400,), float64.
# - Out: a trained Keras model that takes (batch, 3) and gives (batch, 1).
#
# The loss is what matters. You may throw no examples away by hand.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# `quiet` only keeps TensorFlow's log lines off the page. Now your function:


# %%
def train_robust(x, y):
    """A Keras model, trained on readings of which every fifth is far too high."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mae")
    model.fit(np.tile(x, (50, 1)), np.tile(y, 50), verbose=0)
    return model
    # END SOLUTION


# %%
check.train_robust(train_robust)

# %% [markdown] tags=["solution"]
# The squared error finds the mean, broken readings included: a fifth of them, 20 too high on average, lift the model by 4.
# The absolute error finds the middle of what was read, and four readings out of five are sound. Huber lies between: with
# its δ of 1, a fifth of the readings pull up with 1, so the others have to pull down with 0.25 each, which they do
# when the model is that much too high. A δ of 0.3 is enough. (`np.tile` repeats the data 50 times: one long
# epoch is quicker than 50 short ones.)

# %% [markdown]
# ### Exercise 10 · A digit reader in plain NumPy
# *implement · difficulty ★★★★★ · 40 minutes · 5 points*
#
# The last exercise puts the chapter together: softmax, cross-entropy, its slope, gradient descent, mini-batches. The
# network is one layer of linear neurons, one for each class.
#
# 1. Start with a kernel of zeros, (inputs, classes), and a bias of zeros, (classes,).
# 2. `orders` holds a row of example numbers for each epoch. Cut each row into batches of `batch_size`; the last one
#    may be smaller.
# 3. For each batch one step: logits, the slope of its cross-entropy (the *mean* over this batch), update of both.
# 4. Note the cross-entropy over all examples, before training and after each epoch.
#
# - In: `x`, float64, (n, inputs); `y`, whole numbers, (n,); `classes`; `learning_rate`; `batch_size`; `orders`, whole
#   numbers, (epochs, n).
# - Out: `(kernel, bias, losses)`, the losses of shape (epochs + 1,), all float64. Logits can be large: keep softmax from
#   overflowing, and the loss finite where a probability comes out as 0.


# %%
def train_reader(x, y, classes, learning_rate, batch_size, orders):
    """Mini-batch gradient descent on softmax and cross-entropy: (kernel, bias, losses).

    >>> x, y, orders = np.array([[1.0], [-1.0]]), np.array([0, 1]), np.array([[0, 1]])
    >>> kernel, bias, losses = train_reader(x, y, 2, 1.0, 2, orders)
    >>> kernel.tolist(), bias.tolist(), losses.round(3).tolist()
    ([[0.5, -0.5]], [0.0, 0.0], [0.693, 0.313])
    """

    # BEGIN SOLUTION
    def log_softmax(logits):
        shifted = logits - logits.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    def loss():
        return -np.mean(log_softmax(x @ kernel + bias)[np.arange(len(x)), y])

    kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)
    losses = [loss()]
    for order in orders:
        for start in range(0, len(order), batch_size):
            i = order[start : start + batch_size]
            error = np.exp(log_softmax(x[i] @ kernel + bias))
            error[np.arange(len(i)), y[i]] -= 1
            error /= len(i)
            kernel -= learning_rate * x[i].T @ error
            bias -= learning_rate * error.sum(axis=0)
        losses.append(loss())
    return kernel, bias, np.array(losses)
    # END SOLUTION


# %%
check.train_reader(train_reader)

# %% [markdown] tags=["solution"]
# Each part was in the chapter. And it reads the scanned digits, after ten epochs with batches of 32:

# %% tags=["solution"]
from course_lib import data

digits = data.digits()
x, x_test = (images.reshape(-1, 64).astype(float) for images in (digits.x_train, digits.x_test))
orders = np.array([np.random.default_rng(0).permutation(len(x)) for _ in range(10)])
kernel, bias, losses = train_reader(x, digits.y_train, 10, 0.5, 32, orders)
right = np.mean((x_test @ kernel + bias).argmax(axis=1) == digits.y_test)
claim("It begins at log 10", np.isclose(losses[0], np.log(10)))
claim("It reads at least 90 % of the unseen digits", right >= 0.9)

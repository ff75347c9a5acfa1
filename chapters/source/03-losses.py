# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 03 · Losses
#
# **How wrong is it, and which way is down?**
#
# A network with random weights answers nonsense. To better it you need two things: one number for how wrong it is, and
# the direction in which that number falls. This chapter makes both. Then it does what all training does: it walks
# downhill.
#
# By the end you can
#
# - **Compute** the usual losses by hand, and choose the one that fits a task,
# - **Explain** why logits go in, and what a loss ought to say before training,
# - **Descend** a loss step by step, and see whether the learning rate is right,
# - **Weigh** the noise of a small batch against the cost of a large one.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about half a minute. You need
# logarithms, the slope of a curve, and softmax from chapter 02.*

# %% [markdown]
# ## How wrong? By hand
#
# A network predicts three waiting times, in minutes. Here are its errors, each counted in three ways:
#
# | true | predicted | error | squared | absolute | Huber |
# |---:|---:|---:|---:|---:|---:|
# | 3 | 2.5 | −0.5 | 0.25 | 0.5 | 0.125 |
# | 5 | 5 | 0 | 0 | 0 | 0 |
# | 2 | 4 | 2 | 4 | 2 | 1.5 |
# | | | **mean:** | 1.417 | 0.833 | 0.542 |
#
# A **loss** is one number for how wrong all the answers are together. The last row has three of them: the
# **mean squared error** (MSE), the **mean absolute error** (MAE), and the Huber loss ([@huber1964]), which squares small errors (and halves
# them) but counts large ones straight. With the error $e = \hat y - y$ and a border $\delta$, here 1:
#
# $$\text{MSE} = \frac{1}{n} \sum e^2 \qquad \text{MAE} = \frac{1}{n} \sum |e| \qquad
# \text{Huber} = \frac{1}{n} \sum \begin{cases} e^2 / 2 & \text{if } |e| \le \delta \\ \delta |e| - \delta^2 / 2 & \text{otherwise} \end{cases}$$
#
# Our functions are these equations, after a check of the shapes (`w` would let some examples count more):

# %%
import inspect
import numpy as np
from course_lib.losses import huber, mean_absolute_error, mean_squared_error

print(inspect.getsource(mean_squared_error), inspect.getsource(huber), sep="\n")

# %% [markdown]
# They give what the table says, and what Keras says:

# %%
from course_lib.page import claim, quiet, show
from course_lib.plots import losses as plots

with quiet():
    import keras

# %%
y, y_pred = np.array([3.0, 5.0, 2.0]), np.array([2.5, 5.0, 4.0])
losses = mean_squared_error, mean_absolute_error, huber
kinds = keras.losses.MeanSquaredError, keras.losses.MeanAbsoluteError, keras.losses.Huber
ours = [loss(y, y_pred) for loss in losses]
twins = [kind(dtype="float64")(y, y_pred) for kind in kinds]
claim("MSE 1.417, MAE 0.833, Huber 0.542", np.round(ours, 3).tolist() == [1.417, 0.833, 0.542])
claim("Keras' three losses and ours agree to twelve digits", np.allclose(ours, twins, rtol=1e-12))

# %% [markdown]
# Which one? You see the difference when there is an **outlier**, a value far from all others. Five buses took 4, 5, 5,
# 6 and 30 minutes: the last one broke down. You have to say *one* number for all five.
#
# **Predict, then run:** which number costs least by MSE? Which by MAE?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
waits, constants = np.array([4.0, 5.0, 5.0, 6.0, 30.0]), np.arange(3001) / 100
best = [min(constants, key=lambda c: loss(waits, np.full(5, c))) for loss in losses]
claim("MSE chooses the mean, 10; MAE the median, 5", best[:2] == [waits.mean(), np.median(waits)])
claim("Huber, with δ = 1, chooses 5.33", best[2] == 5.33)
plots.plot_constants(waits, dict(zip(("MSE", "MAE", "Huber"), losses, strict=True)))
show("""The loss of every constant prediction for the five buses, three times. MSE is lowest at
10.0, MAE at 5.0, Huber at 5.3; marks on the axis show the buses.""")

# %% [markdown]
# No bus took what MSE chooses. The slope of the squared error grows with the error, so one bus pulls harder than four.
# The slope of the absolute error has one size for all, and that of Huber's is never more than δ.
#
# In Keras: `model.compile(loss="mse")`, `"mae"`, or `keras.losses.Huber(delta=1.0)`. See the slopes:

# %%
from course_lib.widgets import losses as widgets

widgets.Loss()

# %% [markdown]
# 1. Which slope tells an error of 0.5 from one of 2, and which does not?
# 2. Make δ small, then large. Which of the other two does Huber come to resemble, in shape?
# 3. Choose the task *yes or no; truth: yes* and set the logit to −6: the network is certain, and wrong. What do the two
#    slopes say?
#
# <details><summary>Answers</summary>
#
# 1: the square's does, the absolute's does not. 2: small, the absolute error; large, the square. 3: the square of the
# sigmoid's error has almost no slope, so it would hardly learn here. The other loss has a slope near −1.
#
# </details>

# %% [markdown]
# ## What does a probability cost?
#
# That other loss is **cross-entropy**: minus the logarithm of the probability that the *right* class was given. By
# hand: the logits 2, 1 and 0 become, by softmax, the probabilities 0.665, 0.245 and 0.090. What this answer costs
# depends on the truth:
#
# | the truth | its probability p | −log p |
# |---|---:|---:|
# | class 0 | 0.665 | 0.408 |
# | class 1 | 0.245 | 1.408 |
# | class 2 | 0.090 | 2.408 |
#
# To be right and certain costs 0. To be wrong and certain costs more than any bound. And to know nothing, $1/K$ for
# each of $K$ classes, costs $\log K$: 0.693 for two (the "guessing" in chapter 01) and 2.303 for ten. Remember that
# number. It will find a bug.
#
# Truth can be written as a **one-hot** row, a 1 for the right class and 0 for all others. Then the sum below has one
# term that is not 0. *Sum over classes, mean over examples:*
#
# $$L = -\frac{1}{n} \sum_{i=1}^{n} \sum_{k=1}^{K} y_{ik} \log p_{ik} \qquad
# \text{for yes or no:} \quad L = -\frac{1}{n} \sum_{i=1}^{n} \big( y_i \log p_i + (1 - y_i) \log(1 - p_i) \big)$$
#
# Keras has three names: `binary_crossentropy` for yes or no, `categorical_crossentropy` for one-hot rows, and
# `sparse_categorical_crossentropy` for the class as a whole number. The last two are one loss:

# %%
from course_lib.losses import categorical_crossentropy, sparse_categorical_crossentropy

print(inspect.getsource(categorical_crossentropy))

# %% [markdown]
# Checked: the table, the cost of guessing, and Keras.

# %%
logits, labels = np.array([[2.0, 1.0, 0.0]] * 3), np.array([0, 1, 2])
each = [sparse_categorical_crossentropy([label], logits[:1], True) for label in labels]
sparse = sparse_categorical_crossentropy(labels, logits, from_logits=True)
one_hot = categorical_crossentropy(np.eye(3), logits, from_logits=True)
twin = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")

# %%
guess = [sparse_categorical_crossentropy([0], np.zeros((1, k)), True) for k in (2, 10)]
claim("The truths cost 0.408, 1.408 and 2.408", np.round(each, 3).tolist() == [0.408, 1.408, 2.408])
claim(
    "Guessing costs 0.693 with two classes and 2.303 with ten",
    np.round(guess, 3).tolist() == [0.693, 2.303],
)
claim(
    "Sparse, one-hot and Keras' loss agree to twelve digits",
    np.allclose([sparse, one_hot], twin(labels, logits), rtol=1e-12),
)

# %% [markdown]
# **Your turn.** Is it spam? A filter says yes with probability p, and y is 1 for spam, else 0. What does one answer
# cost?

# %%


def cost(y, p):
    """The binary cross-entropy of one answer."""
    return None  # your line


found = [cost(1, 0.9), cost(0, 0.9)]
is_right = None not in found and np.allclose(found, [0.105, 2.303], atol=0.001)
print("Right!" if is_right else "Not yet: with p = 0.9, spam costs 0.105, and what is none 2.303.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return -(y * np.log(p) + (1 - y) * np.log(1 - p))`
#
# </details>

# %% [markdown]
# ## Why logits go in
#
# **Predict, then run:** the logits 1000 and 0 are a very certain answer. What does the formula as it stands, first
# softmax and then the logarithm, make of it in float64, if class 0 is right?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
certain = np.array([[1000.0, 0.0]])
with np.errstate(all="ignore"):
    naive = -np.log(np.exp(certain) / np.exp(certain).sum())
claim("Not a number", np.isnan(naive[0, 0]))

# %% [markdown]
# $e^{1000}$ is beyond float64: infinity divided by infinity. One identity helps. With $m$ the largest logit, **log-sum-exp** is
#
# $$\log \sum_k e^{z_k} = m + \log \sum_k e^{z_k - m}$$
#
# and no exponent is above 0. That is how log-softmax is computed here and in Keras, and why a loss asks for logits:

# %%
from course_lib.activations import log_softmax, softmax

print(inspect.getsource(log_softmax))
claim("The logits 1000 and 0 cost 0 or 1000", np.allclose(-log_softmax([[1000, 0]]), [[0, 1000]]))

# %% [markdown]
# There is a second reason. For logits the slope of the cross-entropy is simply $p - y$: prediction minus truth. It is
# largest where the answer is most wrong. (Chapter 04 derives it.) Here it is for yes or no, under `from_logits`:

# %%
from course_lib.losses import binary_crossentropy, binary_crossentropy_grad

print(inspect.getsource(binary_crossentropy_grad))

# %%
slope = binary_crossentropy_grad(np.array([1.0]), np.array([-20.0]), from_logits=True)
claim(
    "The logit −20, where yes is right: slope −1, to eight digits",
    np.isclose(slope[0], -1, rtol=1e-8),
)

# %% [markdown]
# So which loss for which task? In Keras, too, the last layer has no activation, and the loss is told that logits come:
#
# | the question | the last layer | the loss |
# |---|---|---|
# | how much? | linear units | `"mse"`; if there are outliers, `Huber()` or `"mae"` |
# | yes or no? (or several at once) | a logit each | `BinaryCrossentropy(from_logits=True)` |
# | which of K classes? | K logits | `SparseCategoricalCrossentropy(from_logits=True)`; without *Sparse* for one-hot rows |
# | which word comes next? | a logit for each word | the same |

# %% [markdown]
# ## Which way is down?
#
# Now make a loss small. The smallest case: one weight, one example, $x = 2$, $y = 6$. The prediction is $2w$, the loss
# $L = (2w - 6)^2$, its slope $2 \cdot (2w - 6) \cdot 2 = 8w - 24$. Start at $w = 1$. The slope is −16: to the right the
# loss falls, so go right. How far? The slope times a learning rate $\eta$, here 0.1:
#
# | step | w | loss | slope | new w |
# |---:|---:|---:|---:|---:|
# | 1 | 1 | 16 | −16 | 1 + 1.6 = 2.6 |
# | 2 | 2.6 | 0.64 | −3.2 | 2.6 + 0.32 = 2.92 |
# | 3 | 2.92 | 0.0256 | −0.64 | 2.92 + 0.064 = 2.984 |
#
# **Two weights.** A line $wx + b$ through two points, (1, 2) and (3, 4). Start with both numbers 0. The errors
# $e = wx + b - y$ are −2 and −4, and the MSE is (4 + 16) / 2 = 10. Now there are two slopes. Each is the mean of $2e$
# times what its number is multiplied by: $x$ for $w$, 1 for $b$.
#
# | step | w, b | errors | loss | slope in w | slope in b | new w, b (η = 0.05) |
# |---:|---|---|---:|---|---|---|
# | 1 | 0, 0 | −2, −4 | 10 | (−4 · 1 − 8 · 3) / 2 = −14 | (−4 − 8) / 2 = −6 | 0.7, 0.3 |
# | 2 | 0.7, 0.3 | −1, −1.6 | 1.78 | (−2 · 1 − 3.2 · 3) / 2 = −5.8 | (−2 − 3.2) / 2 = −2.6 | 0.99, 0.43 |
#
# With many weights there is a slope for each. All together they are the **gradient** $\nabla L$, and it points uphill
# where it is steepest. To go the other way, over and over, is **gradient descent**:
#
# $$\mathbf{w} \leftarrow \mathbf{w} - \eta\,\nabla L(\mathbf{w})$$

# %%
from course_lib.losses import descend

print(inspect.getsource(descend))

# %% [markdown]
# Both tables, and Keras' `SGD`, which does the same step:

# %%


def loss(w):
    return (2 * w - 6) ** 2


def slope(w):
    return 8 * w - 24


def line_slopes(numbers):
    points = np.array([[1, 1], [3, 1]])  # a row for each: x, and 1 for b
    error = points @ numbers - [2, 4]
    return (2 * error) @ points / 2


# %%
weight, sgd = keras.Variable(1.0, dtype="float64"), keras.optimizers.SGD(learning_rate=0.1)
for _ in range(3):
    sgd.apply([slope(weight.value)], [weight])
path = descend(slope, 1.0, learning_rate=0.1, steps=3)
claim("One weight: 1, 2.6, 2.92 and 2.984", np.allclose(path, [1, 2.6, 2.92, 2.984]))
claim("Keras arrives at the same weight, to six digits", np.isclose(weight, path[-1], rtol=1e-6))
line = descend(line_slopes, [0, 0], learning_rate=0.05, steps=2)
claim(
    "Two: (0, 0), (0.7, 0.3), (0.99, 0.43)", np.allclose(line, [[0, 0], [0.7, 0.3], [0.99, 0.43]])
)

# %% [markdown]
# For the one weight each step multiplies the distance to the goal by $1 - 8\eta$. **Predict, then run:** what will the
# learning rates 0.01, 0.1, 0.24 and 0.26 do in eight steps?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
paths = {f"η = {rate}": descend(slope, 1.0, rate, steps=8) for rate in (0.01, 0.1, 0.24, 0.26)}
creep, arrive, bounce, leave = (abs(path - 3) for path in paths.values())
claim("0.1 arrives", arrive[-1] < 1e-4)
claim("0.01 and 0.24 are equally slow", np.allclose(creep, bounce))
claim("0.26 gets further away with every step", (np.diff(leave) > 0).all())
plots.plot_rates(loss, paths, reach=(-1.5, 7.5))
show("""Eight steps with four learning rates on the same curve. 0.01 creeps down one side; 0.1 is at
the bottom at once; 0.24 jumps from side to side and comes slowly closer; 0.26 climbs out.""")

# %% [markdown]
# *Compare the first and the last panel.* Too small costs time. Too large costs everything: the ball *diverges*. The
# border lies where a step would end as high as it began.
#
# **Your turn.** With one learning rate a single step arrives at 3, from wherever it starts. Which?

# %%
rate = None  # your number

ends = [descend(slope, start, rate, steps=1)[-1] for start in (-7.0, 1.0, 4.0)] if rate else []
print("Right!" if np.allclose(ends or 0, 3) else "Not yet: what does a step leave of the distance?")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `rate = 1 / 8`, for which $1 - 8\eta = 0$. A real loss has no such rate: its slope changes otherwise from place to
# place, and from weight to weight.
#
# </details>
#
# The losses of networks have more than one place with slope 0. The lowest of all is the **global minimum**. A **local minimum** is
# lower than all around it, but not the lowest. At a **saddle point** it goes down in one direction and up in another.

# %%
widgets.Descent("two valleys", start_1=3.0, learning_rate=0.1, steps=20)

# %% [markdown]
# 1. Drag the square. From which starts does the ball find the lower valley? From 3, can a larger learning rate help it there?
# 2. *One valley:* what is the largest learning rate that does not throw the ball out?
# 3. *A saddle*, learning rate 0.2, 40 steps: start at $w_2 = 0$, then at 0.1. What do you see in the loss on the right?
# 4. *A long valley*, learning rate 0.9: why does it zigzag?
#
# <details><summary>Answers</summary>
#
# 1: from those left of the hump, at 0.3 and less. It can, by luck: 0.7 does it. 2: 1.00, with which it jumps to and fro
# for ever. 3: from 0 it falls to 1 and stays there, on the saddle point; from 0.1 it rests there for a while, then
# falls to 0. 4: the gradient is at right angles to the lines of equal loss; it does not point at the goal.
#
# </details>

# %% [markdown]
# ## The loop, on real data
#
# In chapter 00 somebody looked at the digits and chose a rule: more than 0.4 ink in the middle is a 1, less is a 0. Now
# let a neuron find its own border, from the 216 zeros and ones among the training digits. Its logit is
# $w \cdot \text{ink} + b$. The slope at the logit is $p - y$, and a change of $w$ moves the logit by *ink* times as much. So
# each slope is $(p - y) \cdot \text{input}$, where the bias has the input 1.

# %%
from course_lib import data

digits = data.digits()

# %%


def zeros_and_ones(images, labels):
    chosen = labels < 2
    ink = images[chosen][:, 3:5, 3:5].mean(axis=(1, 2)).astype(float)
    return np.column_stack([ink, np.ones_like(ink)]), labels[chosen].astype(float)


x, y = zeros_and_ones(digits.x_train, digits.y_train)

# %% [markdown]
# All training is this loop: *forward, loss, backward and update*, repeated until the loss is small.

# %%
w, history = np.zeros(2), []
for _ in range(300):
    z = x @ w  # forward
    history.append(binary_crossentropy(y, z, from_logits=True))  # loss
    gradient = x.T @ binary_crossentropy_grad(y, z, from_logits=True)  # backward
    w = w - 5 * gradient  # update

# %% [markdown]
# What has it found? The border is where $w \cdot \text{ink} + b = 0$.

# %%
x_new, y_new = zeros_and_ones(digits.x_test, digits.y_test)
claim("It begins with the loss of guessing, log 2", np.isclose(history[0], np.log(2)))
claim("Every step is downhill", (np.diff(history) < 0).all())
claim("Its border lies between 0.3 and 0.4", 0.3 < -w[1] / w[0] < 0.4)
claim("It reads at least 95 % of unseen zeros and ones", ((x_new @ w > 0) == y_new).mean() >= 0.95)

# %% [markdown]
# In Keras these four lines are `model.compile(SGD(5.0), BinaryCrossentropy(from_logits=True))` and
# `model.fit(x, y, batch_size=216, epochs=300)`. *Deeper: is the slope right?* compares them, and shows the way that $w$
# and $b$ take.

# %% [markdown]
# ## How many examples for a step?
#
# Each of those steps looked at all examples: a *full batch*. One can also step after a **mini-batch** of some examples
# drawn by chance, or after a single one. This is **stochastic gradient descent**; its idea is from 1951
# ([@robbins1951]). Once through all examples is an **epoch**. What is lost is accuracy: a mini-batch's gradient is
# right only on average. The widget reads all ten digits with 650 weights, and draws forty gradients to scale:

# %%
widgets.BatchSize()

# %% [markdown]
# 1. Go from 1 to 4 to 16 examples. By which factor does the noise fall each time, and by which does the cost rise?
# 2. A single example's gradient is far longer than that of all, and nearly at right angles to it. Why are many such
#    steps of use all the same?
# 3. Choose *after 100 steps*. Why is the noise, compared with the full gradient, so much larger?
#
# <details><summary>Answers</summary>
#
# 1: by about 2; by 4. 2: sideways errors differ each time and cancel, the common part adds up. 3: near the bottom the
# full gradient is short, while the examples still disagree.
#
# </details>

# %% [markdown]
# So noise falls as 1/√batch, and cost rises as the batch. In Keras: `model.fit(x, y, batch_size=32)`, and 32 is what it
# takes if you say nothing. Which size is best depends on what you count, examples, steps or seconds: *Deeper: which
# batch size wins?*

# %% [markdown]
# ## What goes wrong
#
# Somebody writes the cross-entropy herself, "the mean of everything", with the gradient that belongs to it:

# %%
from course_lib.losses import loss_and_gradient


def careless(y, logits):
    return -np.mean(np.eye(10)[y] * log_softmax(logits))


# %%


def careless_grad(y, logits):
    return (softmax(logits) - np.eye(10)[y]) / logits.size


_, ours_grad = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)

# %% [markdown]
# She trains the digit reader with it, one layer, each picture a row of 64 numbers and a 1 for the bias. You train with
# ours: same batches of 32, same learning rate, five epochs.

# %%
from course_lib.experiments.losses import with_one
from course_lib.training import batches

x, y = with_one(digits.x_train), digits.y_train

# %%


def train(loss_grad, rate, seed):
    kernel, rng = np.zeros((65, 10)), np.random.default_rng(seed)
    for _ in range(5):
        for i in batches(len(x), 32, rng):
            kernel -= rate * x[i].T @ loss_grad(y[i], x[i] @ kernel)
    return kernel


hers, yours = ([train(f, 0.3, seed) for seed in range(5)] for f in (careless_grad, ours_grad))

# %% [markdown]
# **Predict, then run:** who reports the smaller loss, and whose network reads better? (Five seeds each.)

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
ours = sparse_categorical_crossentropy
says = [[careless(y, x @ k) for k in hers], [ours(y, x @ k, True) for k in yours]]
x_val = with_one(digits.x_val)
reads = [[((x_val @ k).argmax(axis=1) == digits.y_val).mean() for k in ks] for ks in (hers, yours)]
claim("She reports less than half your loss, with every seed", max(says[0]) < min(says[1]) / 2)
gain = np.mean(reads[1]) - np.mean(reads[0])
claim("On average, yours reads at least 1 % more of the unseen digits", gain > 0.01)
names = "hers", "yours"
plots.plot_reports(dict(zip(names, says)), dict(zip(names, reads)))
show("""Two panels with five dots for each network. Left, the reported losses: hers near 0.15, yours
near 0.4. Right, unseen digits read: hers near 90 %, yours near 93 %.""")

# %% [markdown]
# Two questions find the cause. What does her loss say *before training*, where a reader of ten digits has to pay log
# 10? And how long is her slope?

# %%
zeros = np.zeros((len(y), 10))
claim(
    "Before training hers says 0.230, a tenth of log 10",
    np.isclose(careless(y, zeros), np.log(10) / 10) and round(careless(y, zeros), 3) == 0.230,
)

# %%
claim(
    "Her gradient is right for her loss, and a tenth of ours",
    np.allclose(careless_grad(y, zeros), ours_grad(y, zeros) / 10),
)

# %% [markdown]
# She took the mean over the classes too. Of ten numbers in a row nine are 0, so all is divided by ten: a loss that
# looks good, and steps ten times too short. The cure is `.sum(axis=-1)` before the mean. The control: give her loss ten
# times the learning rate.

# %%
cured = train(careless_grad, 3.0, seed=0)
claim("With ten times the learning rate, hers becomes your network", np.allclose(cured, yours[0]))

# %% [markdown]
# ## Deeper: where these losses come from
#
# A coin is thrown ten times: seven heads, three tails. How often does it show heads in the long run? If with
# probability $p$, then what you saw had the probability $p^7 (1-p)^3$:
#
# | p | 0.5 | 0.7 | 0.9 |
# |---|---:|---:|---:|
# | $p^7 (1-p)^3$ | 0.00098 | 0.00222 | 0.00048 |
#
# Seen as a function of $p$, this is the **likelihood**. To choose the $p$ under which what happened was most probable
# is called **maximum likelihood** ([@fisher1922]). A product of many small numbers vanishes, so take its logarithm, and
# its negative, to have something to make small. This **negative log-likelihood** is $-7 \log p - 3 \log (1-p)$. Divide
# by ten: it is the binary cross-entropy of seven ones and three zeros.

# %%
throws, ps = np.array([1.0] * 7 + [0.0] * 3), np.arange(1, 1000) / 1000
likelihood = ps**7 * (1 - ps) ** 3
crossentropy = np.array([binary_crossentropy(throws, np.full(10, p)) for p in ps])
plots.plot_likelihood(ps, likelihood, crossentropy)
show("""Left, the likelihood of seven heads in ten throws: a hill with its top at 0.7. Right, the
cross-entropy of the same throws: a valley with its lowest point at 0.7.""")

# %%
claim(
    "The likelihoods are 0.00098, 0.00222 and 0.00048",
    np.allclose(likelihood[[499, 699, 899]], [0.00098, 0.00222, 0.00048], atol=5e-6),
)
claim(
    "Cross-entropy is minus the log-likelihood, divided by ten",
    np.allclose(crossentropy, -np.log(likelihood) / 10),
)
claim("Both choose 0.7", ps[likelihood.argmax()] == ps[crossentropy.argmin()] == 0.7)
claim("There a cross-entropy of 0.611 is left", round(crossentropy.min(), 3) == 0.611)

# %% [markdown]
# *Compare the two dots.* The top of the hill and the bottom of the valley are at the same $p$. The bottom is not at 0:
# nobody can foresee a coin. What is left, 0.611, is the coin's **entropy** ([@shannon1948]): the cost of the best
# possible answer. What another $q$ costs on top of it is the *Kullback–Leibler divergence* ([@kullback1951]), KL for
# short, which is never below 0. With $p$ the true shares of the classes:
#
# $$\underbrace{-\sum_k p_k \log q_k}_{\text{cross-entropy}} = \underbrace{-\sum_k p_k \log p_k}_{\text{entropy}} +
# \underbrace{\sum_k p_k \log \frac{p_k}{q_k}}_{\text{KL}}$$
#
# So who makes the cross-entropy small makes KL small: the entropy does not depend on the network. With one-hot rows it
# is 0.

# %%
from course_lib.losses import kl_divergence

entropy = -(0.7 * np.log(0.7) + 0.3 * np.log(0.3))
claim("The coin's entropy is what is left", np.isclose(crossentropy.min(), entropy, rtol=1e-9))

# %%
kl = np.array([kl_divergence([[0.7, 0.3]], [[q, 1 - q]]) for q in ps])
claim(
    "Cross-entropy = entropy + KL, to nine digits",
    np.allclose(crossentropy, entropy + kl, rtol=1e-9),
)
claim("KL is 0 at 0.7 and above 0 elsewhere", (kl > 1e-9).tolist() == (ps != 0.7).tolist())

# %% [markdown]
# The squared error comes from the same thought. Suppose that errors follow a bell curve (a *Gaussian*) of width 1,
# with the density $e^{-e^2/2} / \sqrt{2\pi}$. The negative logarithm of a product of such densities is
# $\tfrac{1}{2}\sum e^2$ plus a constant. By hand, for the values 4, 5 and 9: the centre 6 has the squares 4 + 1 + 9 = 14, half of
# it is 7; the centre 5 has 1 + 0 + 16 = 17, half is 8.5. So 6, the mean, is more likely than 5:

# %%
values, centres = np.array([4.0, 5.0, 9.0]), np.arange(0, 12, 0.5)
density = np.exp(-((values - centres[:, None]) ** 2) / 2) / np.sqrt(2 * np.pi)

# %%
mse = np.array([mean_squared_error(values, np.full(3, c)) for c in centres])
claim(
    "Minus the log-likelihood is 3/2 · MSE, plus a constant",
    np.allclose(-np.log(density.prod(axis=1)), 1.5 * mse + 1.5 * np.log(2 * np.pi)),
)
claim(
    "1.5 · MSE is 7 for the centre 6 and 8.5 for the centre 5",
    np.allclose(1.5 * mse[[12, 10]], [7, 8.5]),
)

# %% [markdown]
# A loss is therefore a statement about the errors that you expect: MSE expects a bell curve of one width everywhere. In
# exercise 8 the network says the width as well.

# %% [markdown]
# ## Deeper: what Keras does with probabilities
#
# Given nothing but probabilities, Keras has to keep them 1e-7 away from 0. Beyond that the loss no longer changes, so
# its slope is 0: who is most wrong learns nothing. Our functions do the same:

# %%
yes, wrong = np.array([1.0]), np.array([-20.0])
p = 1 / (1 + np.exp(-wrong))
cost = [binary_crossentropy(yes, p), binary_crossentropy(yes, wrong, from_logits=True)]
slopes = [binary_crossentropy_grad(yes, p)[0], binary_crossentropy_grad(yes, wrong, True)[0]]

# %%
claim(
    "As a probability, the logit −20 costs 16.1, with slope 0",
    round(cost[0], 1) == 16.1 and slopes[0] == 0,
)
claim("As a logit it costs 20, with slope −1", np.allclose([cost[1], slopes[1]], [20, -1]))

# %% [markdown]
# With TensorFlow, Keras looks one layer back: what a sigmoid or a softmax has just computed, it knows the logits of. Any
# detour, and they are lost:

# %%
found = keras.losses.BinaryCrossentropy()
probability = keras.layers.Activation("sigmoid")(wrong)

# %%
straight, detour = float(found(yes, probability)), float(found(yes, probability * 1))
claim("After one more product, the logit −20 costs 16.1", round(detour, 1) == 16.1)
looks_back = keras.config.backend() == "tensorflow"
claim("Straight from the sigmoid it costs 20", round(straight) == 20 or not looks_back)

# %% [markdown]
# ## Deeper: saddles and long valleys
#
# First the two valleys, with starts on either side of the hump:

# %%
from course_lib.surfaces import LANDSCAPES

valleys = LANDSCAPES["two valleys"]

# %%
starts, rates = (-3, 0.2, 0.3, 0.4, 3), (0.1, 0.1, 0.1, 0.1, 0.1, 0.7)
ends = [descend(valleys.gradient, [w], rate, 200)[-1, 0] for w, rate in zip((*starts, 3), rates)]
lower = [bool(end < 0) for end in ends]
claim(
    "At 0.1 they lead down from −3, 0.2, 0.3; not from 0.4, 3",
    lower[:5] == 3 * [True] + 2 * [False],
)
claim("From 3 at 0.7 too", lower[5])

# %% [markdown]
# Two maps from the widget, with two ways on each. On the saddle one ball starts on the ridge, $w_2 = 0$, the other 0.1
# beside it. In the long valley one has a learning rate of 0.9, the other 0.1.

# %%
saddle, valley = LANDSCAPES["a saddle"], LANDSCAPES["a long valley"]
on, off = (descend(saddle.gradient, [-2.5, start], 0.2, 40) for start in (0.0, 0.1))
quick, slow = (descend(valley.gradient, [3.0, 2.0], rate, 20) for rate in (0.9, 0.1))
maps = {
    "a saddle, η = 0.2": (saddle.loss, {"w₂ = 0": on, "w₂ = 0.1": off}),
    "a long valley": (valley.loss, {"η = 0.9": quick, "η = 0.1": slow}),
}
plots.plot_maps(maps, reach=3.2)
show("""Two maps, darker where lower. Left a saddle between two low places: the way from the ridge
ends in the middle, the other turns there and goes down to the upper low place. Right a long
valley: one way jumps from side to side on its way in, the other slides to the floor and creeps.""")

# %%
near = np.linalg.norm(off, axis=1) < 1
claim("On the ridge it stops at the saddle point", np.allclose(on[-1], [0, 0], atol=0.01))
claim("Beside it, it ends at a minimum", np.allclose(off[-1], [0, 2], atol=0.01))
claim("having spent more than five steps within 1 of the saddle point", near.sum() > 5)
claim("With 0.9 w₂ changes its sign at each step", (quick[1:, 1] * quick[:-1, 1] < 0).all())
claim("With 0.1 more than 0.6 of w₁ is left after 20 steps", slow[-1, 0] > 0.6 * 3)
claim("With 0.9 less than 0.02 is", quick[-1, 0] < 0.02 * 3)

# %% [markdown]
# The long valley is ten times as steep across as along. The steep side forbids rates above 1, the flat one needs large
# ones: chapter 05 is about that. Networks with many weights seem to have far more saddle points than bad local minima
# ([@dauphin2014]).

# %% [markdown]
# ## Deeper: is the slope right?
#
# Brute force asks the loss itself, a little to either side. And Keras walks the same way as our loop (the examples are
# repeated 300 times, so that one pass makes 300 steps):

# %%
from course_lib.gradients import numeric_gradient

ink, is_one = zeros_and_ones(digits.x_train, digits.y_train)
start = np.zeros(2)
brute = numeric_gradient(lambda: binary_crossentropy(is_one, ink @ start, True), start)
by_rule = ink.T @ binary_crossentropy_grad(is_one, ink @ np.zeros(2), True)
claim("Brute force finds the same gradient", np.allclose(brute, by_rule, atol=1e-8))

# %%
dense = keras.layers.Dense(1, kernel_initializer="zeros", dtype="float64")
neuron = keras.Sequential([keras.Input((1,), dtype="float64"), dense])
neuron.compile(keras.optimizers.SGD(5.0), keras.losses.BinaryCrossentropy(from_logits=True))
neuron.fit(
    *(np.tile(ink[:, :1], (300, 1)), np.tile(is_one, 300)), batch_size=216, shuffle=False, verbose=0
)
keras_w = np.concatenate([weights.ravel() for weights in neuron.get_weights()])
claim("Keras' 300 steps end at the same weights, to six digits", np.allclose(keras_w, w, rtol=1e-6))

# %% [markdown]
# The way that the two numbers took:


# %%
def loss_at(w):
    return np.logaddexp(0, (1 - 2 * is_one) * (w @ ink.T)).mean(axis=-1)


def ink_slopes(w):
    return ink.T @ binary_crossentropy_grad(is_one, ink @ w, True)


path = descend(ink_slopes, np.zeros(2), 5.0, 300)

# %%
plots.plot_path(loss_at, path, reach=((-1, 16), (-7, 2)))
show("""Left, the loss as a map over weight and bias: a long, bent valley. The path crosses into the
valley, then creeps along it. Right, the loss falls steeply at first and then slowly.""")

# %% [markdown]
# *Follow the dots.* The first steps are long, the last ones tiny, because the step is as long as the slope is steep.
# Nobody tells the ball where the goal is; it only feels the ground under it.

# %% [markdown]
# ## Deeper: which batch size wins?
#
# First the noise that you have seen in the widget, with five seeds:

# %%
from course_lib.experiments import losses as experiments

start = np.zeros((65, 10))
noise = {
    size: np.array(
        [experiments.gradient_noise(start, x, y, size, np.random.default_rng(k)) for k in range(5)]
    )
    for size in (1, 4, 16, 64, 256)
}
plots.plot_noise(noise)
show("""The noise of the gradient against the batch size, both axes in equal factors. The marks of
all five seeds lie close to a straight falling line, the first mark divided by √batch.""")

# %%
halved = [noise[size] / noise[4 * size] for size in (1, 4, 16, 64)]
claim(
    "Four times the examples, half the noise: by a factor from 1.7 to 2.4, with every seed",
    np.min(halved) > 1.7 and np.max(halved) < 2.4,
)

# %% [markdown]
# *The line falls by half while the batch grows fourfold.* (The last marks lie lower: no example is drawn twice, and a
# batch of all has no noise.) Now a race in which all look at *equally many examples*: three epochs, five seeds, each
# batch size with the best of three learning rates, which is the one in the middle each time.

# %%
names = {1: "1 (3,231 steps)", 32: "32 (102 steps)", 1077: "1,077 (3 steps)"}
rates = {1: (0.03, 0.1, 0.3), 32: (1, 2, 4), 1077: (2, 3, 4)}
best, runs = zip(*(experiments.best_runs(x, y, size, rates[size]) for size in names))
runs = dict(zip(names, runs))
plots.plot_runs(runs, names)
show("""The loss over three epochs. Single examples and mini-batches of 32 fall below 0.5 within one
epoch, with some spread between seeds. The full batch is still above 1 after three.""")

# %%
claim(
    "The best rates lie within their grids",
    list(best) == [middle for _, middle, _ in rates.values()],
)
claim(
    "After three epochs the full batch is above 1, the others below 0.6, with every seed",
    runs[1077][:, -1].min() > 1 and max(runs[1][:, -1].max(), runs[32][:, -1].max()) < 0.6,
)

# %% [markdown]
# Three steps are too few, whatever one rate they share. So always single examples? No: nobody pays by the example. A
# step in NumPy has its fixed cost, and a step with 32 examples takes nowhere near 32 times as long as one with a single
# one. By your clock:

# %%
one, some, full = (experiments.measured_step(x, y, size) for size in (1, 32, 1077))
claim("32 examples take less than 3 times as long as one", some < 3 * one)
claim("1,077 less than 30 times as long", full < 30 * one)
print(inspect.getsource(experiments.step_seconds))

# %% [markdown]
# Where this was written a step took 30 µs, and 0.2 µs more for each example. By these two numbers, how far does each
# batch size come in *equally many milliseconds*, 20? Each again with its own best learning rate, up to where it gets
# worse:

# %%
rates = {1: (0.1, 0.2, 0.4), 32: (4, 8, 16), 128: (4, 8, 16, 32, 64), 1077: (8, 16, 32)}
raced = {size: experiments.race(x, y, size, rates[size], seconds=0.02) for size in rates}
names = {size: f"{size:,} (η = {best})" for size, (best, *_) in raced.items()}
plots.plot_race({size: (seconds, losses) for size, (_, seconds, losses) in raced.items()}, names)
show("""The loss against milliseconds, both in equal factors, for four batch sizes with five seeds
each. All but single examples climb at first, then fall by factors of a hundred and more. Single
examples end highest, below them the full batch, then 32, and 128 lowest.""")

# %%
claim(
    "Each best rate lies within its grid",
    all(rates[k][0] < raced[k][0] < rates[k][-1] for k in rates),
)
ends = {size: losses[:, -1] for size, (_, _, losses) in raced.items()}
others = max(ends[size].max() for size in (32, 128, 1077))
claim(
    "Single examples end at more than twice the loss of any other, with every seed",
    ends[1].min() > 2 * others,
)
claim("128 at a time end below all 1,077, with every seed", ends[128].max() < ends[1077].min())

# %% [markdown]
# And in *equally many steps*, 80, whatever they cost?

# %%
rates = {1: (0.1, 0.2, 0.4), 32: (2, 4, 8), 128: (4, 8, 16, 32), 1077: (8, 16, 32)}
ends = {}
for size, some in rates.items():
    *_, losses = experiments.race(x, y, size, some, 80.5 * experiments.step_seconds(size))
    ends[size] = losses[:, -1]

# %%
middle = np.concatenate([ends[32], ends[128]])
claim("All 1,077 end lowest, with every seed", ends[1077].max() < middle.min())
claim("Single examples end highest, with every seed", ends[1].min() > middle.max())

# %% [markdown]
# By the example small batches win, by the step the largest, by the clock one in the middle. Where in the middle depends
# on the machine: the more of a step is fixed cost, the larger the batch that pays. And mind the rates. Single examples
# bear only small ones, because their noise is multiplied by the rate too. The others climb first, and are the lower in
# the end. (All this is about how fast the training loss falls, for one layer.)

# %% [markdown]
# ## Common misunderstandings
#
# - *"The loss is 0.15, so the network is good."* Compare only values of the same loss, and first with that of guessing.
# - *"The loss should reach 0."* Where chance is at work, as with the coin, it cannot.
# - *"The gradient points to the minimum."* It points uphill, at right angles to the lines of equal loss.
# - *"A slope of 0 means that we have arrived."* It may be a local minimum, a saddle point, or a loss that has gone flat.
# - *"A larger batch is a better one."* For half the noise you pay four times.

# %% [markdown]
# ## What you can do now
#
# - **Compute:** squared, absolute and Huber errors for amounts; minus the log of the right class' probability for choices.
# - **Explain:** logits keep the numbers finite and the slope alive. Before training the loss should be log K.
# - **Descend:** forward, loss, backward, update. Too small a rate creeps, too large a rate diverges.
# - **Weigh:** noise falls as 1/√batch, cost rises as the batch; by the clock something in the middle wins.
#
# **Next:** the [exercises](../exercises/03-losses.ipynb). Then [chapter 04, *Backpropagation*](04-backpropagation.ipynb),
# finds the slopes of weights that lie behind other layers.

# %% [markdown]
# ## Sources
#
# [@]

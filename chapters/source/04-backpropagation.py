# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 04 · Backpropagation
#
# **Who is to blame for the error?**
#
# A network of thousands of weights gives a wrong answer. Each weight had a share in it: some a large one, some none, and
# some pulled the right way. To improve, training must know every share. This chapter finds all of them at once, in
# little more time than the answer took, and ends with a network that you train with NumPy alone.
#
# By the end you can
#
# - **Trace** a gradient backwards through any computation, by hand and by program,
# - **Derive** the gradients of a dense layer, and of softmax with cross-entropy,
# - **Check** a gradient with three witnesses, and say where a wrong one goes wrong,
# - **Train** a network in NumPy, every line of it your own.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about half a minute. You need the
# slope of a curve, and from chapter 03, the loss and a step downhill.*

# %% [markdown]
# ## One path, by hand
#
# Think of an assembly line with three stations. The first multiplies by $x = 2$, the second adds $c = -10$, the third
# squares. In goes the weight $w = 3$:
#
# $$w = 3 \;\xrightarrow{\;\times 2\;}\; 6 \;\xrightarrow{\;-10\;}\; -4 \;\xrightarrow{\;\text{square}\;}\; L = 16$$
#
# The loss $L$ is too large. How much would it change if $w$ were a little larger? Ask each station for its own
# **local slope**: how much its output changes for each unit that its input changes.
#
# | station | local slope | here |
# |---|---|---:|
# | square $e$ | $2e$ | −8 |
# | add −10 | 1 | 1 |
# | multiply by $x$ | $x$ | 2 |
#
# A change that passes all three is multiplied at each. So the slope of the whole line is the product, $-8 \cdot 1
# \cdot 2 = -16$. That is the **chain rule**. To see that it is true, nudge $w$ by 0.01:

# %%
from course_lib.page import claim, quiet, show
from course_lib.plots import backpropagation as plots


def line(w):
    return (w * 2 - 10) ** 2


claim("The loss is 16", line(3) == 16)
claim(
    "A nudge of 0.01 changes it by −0.16, as −16 × 0.01 says, to within 0.001",
    abs(line(3.01) - line(3) - (-16 * 0.01)) < 0.001,
)

# %% [markdown]
# No station knows the whole line. Each knows what came in, and its own slope. So blame can be handed *back*, from station
# to station: the last one says −8, the next one passes on $-8 \cdot 1$, the first one $-8 \cdot 2$. The number that arrives
# at a place is its *gradient*, the slope of $L$ there. Handing it back like this is **backpropagation**
# ([@rumelhart1986]; the method itself is older, [@linnainmaa1976]).

# %% [markdown]
# ## Where paths join
#
# Take $L = a b + a$, with $a = 2$ and $b = 3$. Here $a$ acts on $L$ along *two* paths: through the product, with the slope
# $b = 3$, and directly, with the slope 1. Nudge $a$, and both act at once. So what comes back along the paths adds up:
# $3 + 1 = 4$. Along a path multiply, over paths add. That is all of it, for any graph:
#
# $$\frac{\partial L}{\partial v} = \sum_{u \,\text{made from}\, v} \frac{\partial L}{\partial u} \cdot \frac{\partial u}{\partial v}$$
#
# As a program: a number that remembers what it was made from, with the slope to each. This class is the whole idea, that
# of Karpathy's [micrograd](https://github.com/karpathy/micrograd):

# %%
import inspect
import math

from course_lib.backpropagation import Operations, Value, topological_order

print(inspect.getsource(Value))

# %% [markdown]
# Read `backward` twice. In `order`, each value comes after those it was made from. Walked in reverse, each has all of its
# gradient before it hands any on. The `+=` is the sum over paths. The order, and one of the functions besides (there are
# $-$, $\div$, exp, log and others):

# %%
print(inspect.getsource(topological_order))
print(inspect.getsource(Operations.tanh))

# %% [markdown]
# Try it on the two examples:

# %%
w, x, c = Value(3, name="w"), Value(2, name="x"), Value(-10, name="c")
loss = (w * x + c) ** 2
loss.backward()
claim("Along one path: the gradient of w is −16", w.grad == -16)
parts = Value, Operations, topological_order
lines = sum(len(inspect.getsource(part).splitlines()) for part in parts)
claim("The values, all their operations and their order: fewer than 100 lines", lines < 100)
module = inspect.getsource(inspect.getmodule(Value)).splitlines()
claim("With what refuses wrong numbers and draws graphs: fewer than 200", len(module) < 200)

# %% [markdown]
# And where paths join:

# %%
a, b = Value(2, name="a"), Value(3, name="b")
joined = a * b + a
joined.backward()
claim("Where paths join: 3 + 1 = 4", a.grad == 4)
joined.backward()
claim("A second backward() begins at 0 again and says the same", a.grad == 4)

# %% [markdown]
# In the exercises you build such an engine yourself, part by part, and train a network with it.
#
# **Your turn.** Teach it a function that it lacks, the sine. Its slope is the cosine.

# %%


def sine(v):
    """The Value sin(v), which knows v and the slope towards it."""
    return Value(math.sin(v.data), "sin", [(v, 0.0)])  # another slope


v = Value(2)
sine(v * v).backward()
print(
    "Right!" if abs(v.grad + 2.614574) < 1e-6 else "Not yet: v should get the gradient −2.614574."
)

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return Value(math.sin(v.data), "sin", [(v, math.cos(v.data))])`. The product hands on the rest: $v$ acts on $v \cdot v$
# along two paths, so it gets $2 \cdot 2 \cos 4$.
#
# </details>

# %% [markdown]
# The **computation graph** of $ab + a$ shows what was made from what:

# %%
plots.plot_graph(joined)
show("""Boxes in three columns: a = 2 and b = 3, their product 6, the sum 8. From a two lines lead
on, with the slopes 3 and 1. Under each box stands its gradient: 1 at the sum and the product, 2 at
b, 4 at a.""")

# %% [markdown]
# *Start at the right with 1 and walk back to $a$ along both lines.* Each number on a line multiplies; the two results add up.
# Now do it for any formula you like:

# %%
from course_lib.widgets import backpropagation as widgets

widgets.Graph("a * b + tanh(a)", step=5, a=0.5, b=-2)

# %% [markdown]
# 1. Go back to step 0, then to the end. Which box gets its gradient in two parts, and when is it complete?
# 2. Type `a * b + a` and choose $b$ so that the gradient of $a$ becomes 0. What does $L$ do now when $a$ moves?
# 3. Type `relu(w * x + b) + w` and make the sum under `relu` negative. Who still gets blame, and along which path?
# 4. Type `exp(log(x))`. Guess the gradient of $x$ first.
#
# <details><summary>Answers</summary>
#
# 1: $a$; after the last step. 2: −1; nothing. 3: only $w$, along its direct path; ReLU's slope is 0. 4: 1, whatever $x$
# is.
#
# </details>

# %% [markdown]
# ## What a gradient promises
#
# A gradient is a prediction for *small* changes: loss now + gradient × change. Below, a network of 9 parameters works on XOR.
# The line is the prediction, the curve the truth:

# %%
widgets.Credit()

# %% [markdown]
# 1. Change $h_1 \to y$ by 0.1, then by −1.2. How far off is the prediction, each time?
# 2. The gradients of $x_2 \to h_1$ and $h_2 \to y$ are both nearly 0. Change each by 2, then by −2. Which one does next to
#    nothing, and which one only stands at a level place?
# 3. Choose *all, downhill*. How far can you go before the loss rises again? Did the gradient tell you?
#
# <details><summary>Answers</summary>
#
# 1: by less than 0.001, then by 0.078. 2: the first, which changes the loss by 0.03 at most; the second stands at the
# bottom of a valley. 3: about 1.7; no. A gradient says which way is down, not how far. That is the subject of chapter 05.
#
# </details>

# %% [markdown]
# ## Layer by layer
#
# `Value` handles one number at a time, which is slow. A network's graph is regular, so whole matrices can be handed back at
# once. Take a dense layer, $Y = XW + \mathbf{b}$, for a batch of examples:
#
# $$y_{nj} = \textstyle\sum_i x_{ni}\, w_{ij} + b_j$$
#
# Backpropagation gives us $dY$, the gradient of each $y_{nj}$. **Multiply along each path, add over all paths:**
#
# - $w_{ij}$ acts on $y_{nj}$ with the slope $x_{ni}$, once for every example: $dw_{ij} = \sum_n x_{ni}\, dy_{nj}$.
# - $b_j$ acts with the slope 1: $db_j = \sum_n dy_{nj}$.
# - $x_{ni}$ acts on every unit with the slope $w_{ij}$: $dx_{ni} = \sum_j dy_{nj}\, w_{ij}$.
#
# These sums are products of matrices:
#
# $$dW = X^\top dY \qquad d\mathbf{b} = \text{sum of the rows of } dY \qquad dX = dY\, W^\top$$
#
# The shapes alone nearly force it: $dW$ must have the shape of $W$, and $X^\top dY$ is the product that does. Our layer:

# %%
from course_lib.layers import Dense

print(inspect.getsource(Dense))

# %% [markdown]
# The bias shows a rule for all layers. Forward it is *copied* into every row, so backward the rows are *summed*. And the
# other way round: what is summed forward is copied backward, as every term of a sum has the slope 1.
#
# **Your turn.** A layer takes off each column's mean: $y_{nk} = x_{nk} - \frac1N \sum_m x_{mk}$. Each $x$ acts directly on its
# own $y$, and through the mean on its whole column. Hand `dy` back.

# %%
import numpy as np

from course_lib.gradients import numeric_gradient


def mean_off_backward(dy):
    """dx for y = x - x.mean(axis=0). dy, dx: (rows, columns)"""
    return 0 * dy  # your line


x, dy = np.random.default_rng(0).normal(size=(2, 4, 3))
nudged = numeric_gradient(lambda: np.sum(dy * (x - x.mean(axis=0))), x)
print("Right!" if np.allclose(mean_off_backward(dy), nudged) else "Not yet: two paths, two terms.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return dy - dy.mean(axis=0)`. Through the mean, each $x$ reaches all $N$ rows with the slope $-1/N$.
#
# </details>
#
# ### Through an activation
#
# An activation acts on each entry by itself. So each gets its own $dy$ times its own slope, entry by entry. Write tanh as
# $u/v$ with $u = e^a - e^{-a}$ and $v = e^a + e^{-a}$. The slope of $u$ is $v$, and that of $v$ is $u$. By the quotient rule tanh
# has the slope $(v \cdot v - u \cdot u)/v^2 = 1 - u^2/v^2$: with its output $h = \tanh a$, that is $\mathbf{1 - h^2}$.

# %% [markdown]
# ### Softmax and cross-entropy
#
# A classifier ends with softmax, $y_k = e^{z_k} / \sum_j e^{z_j}$, and cross-entropy, $L = -\sum_k t_k \log y_k$, where $t$
# is 1 for the right class, else 0. Put one into the other. As $\log y_k = z_k - \log \sum_j e^{z_j}$ and the $t_k$ add up to 1,
#
# $$L = \log \textstyle\sum_j e^{z_j} - \sum_k t_k z_k \qquad\text{so}\qquad \frac{\partial L}{\partial z_k} = \frac{e^{z_k}}{\sum_j e^{z_j}} - t_k = y_k - t_k$$
#
# *What it said minus what was right.* Probabilities 0.7, 0.2, 0.1 where the second class was right give the gradient 0.7,
# −0.8, 0.1: press the first logit down, the second up. `Value` agrees:

# %%
z = [Value(np.log(share)) for share in (0.7, 0.2, 0.1)]
loss = sum((logit.exp() for logit in z), Value(0)).log() - z[1]
loss.backward()
gradient = [logit.grad for logit in z]
claim("The gradient is y − t = (0.7, −0.8, 0.1)", np.allclose(gradient, [0.7, -0.8, 0.1]))

# %% [markdown]
# ## A whole network
#
# Two hidden layers of tanh, then logits. Forward, and the loss:


# %%
def network(x, W1, b1, W2, b2, W3, b3):
    h1 = np.tanh(x @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    return h1, h2, h2 @ W3 + b3


def cross_entropy(t, z):
    return (np.log(np.exp(z).sum(axis=1)) - (t * z).sum(axis=1)).mean()


# %% [markdown]
# Chapter 03 took each row's largest logit off before the exponential, which overflows above 709. `Value` has no maximum, so
# here it stays in; our logits are small. (In Keras, `from_logits=True` sees to it.)
#
# And backward: from the last layer to the first, each line hands on the `d` of the line before. The loss is a mean over the
# batch, hence the `len(x)`:

# %%
from course_lib.activations import softmax


def gradients(x, t, W1, b1, W2, b2, W3, b3):
    h1, h2, z = network(x, W1, b1, W2, b2, W3, b3)
    d3 = (softmax(z) - t) / len(x)
    d2 = (d3 @ W3.T) * (1 - h2**2)
    d1 = (d2 @ W2) * (1 - h1**2)
    return [x.T @ d1, d1.sum(axis=0), h1.T @ d2, d2.sum(axis=0), h2.T @ d3, d3.sum(axis=0)]


# %% [markdown]
# ## What goes wrong
#
# That was a first version, and one line of it is wrong. Have you seen it? NumPy has not. We train it on `digits`: take a
# batch, compute the gradients, take a step downhill, over and over.

# %%
from itertools import pairwise
from course_lib import data

digits = data.digits()
x_train, x_test = (x.reshape(-1, 64).astype(float) for x in (digits.x_train, digits.x_test))
t_train = np.eye(10)[digits.y_train]


def start(rng, widths):
    """Random kernels and zero biases, one of each for every layer."""
    shapes = list(pairwise(widths))
    kernels = [rng.normal(0, 1 / np.sqrt(n), (n, m)) for n, m in shapes]
    return [array for kernel in kernels for array in (kernel, np.zeros(kernel.shape[1]))]


# %% [markdown]
# The training loop, all of it. An *epoch* shows every example once, in a new order:


# %%
def train(gradients, rng, epochs, learning_rate=0.25, batch_size=32):
    parameters, steps = start(rng, [64, 32, 32, 10]), []
    for _ in range(epochs):
        order = rng.permutation(len(x_train))
        for first in range(0, len(order), batch_size):
            batch = order[first : first + batch_size]
            x, t = x_train[batch], t_train[batch]
            steps.append((batch, cross_entropy(t, network(x, *parameters)[-1])))
            for p, grad in zip(parameters, gradients(x, t, *parameters)):
                p -= learning_rate * grad
    return parameters, steps


# %%
def accuracy(parameters):
    return np.mean(network(x_test, *parameters)[-1].argmax(axis=1) == digits.y_test)


wrong = [train(gradients, np.random.default_rng(seed), epochs=30) for seed in range(5)]
reads = [accuracy(parameters) for parameters, _ in wrong]
claim("In each of five runs it reads at least 94 % of the unseen digits", min(reads) >= 0.94)

# %% [markdown]
# It learns. The loss falls, the digits are read. Would you have looked for a mistake?
#
# ### Three witnesses
#
# Never believe a gradient because the loss falls. Ask witnesses, on a network small enough for all of them:
#
# 1. **Finite differences** (`numeric_gradient`, as in chapter 03): nudge each parameter up and down and look at the loss.
#    Nothing is derived, so no derivation can be wrong. It is slow, and rounding leaves it about nine digits.
# 2. **`Value`:** NumPy's sums and products, `exp`, `log` and `tanh` also work on arrays of `Value` (its `maximum` and
#    `sqrt` do not), so `network` takes them as it stands.
# 3. **TensorFlow:** the same network in Keras, and a `GradientTape`, which records a graph as `Value` does.

# %%
rng = np.random.default_rng(0)
small = [p + 0.3 * rng.normal(size=p.shape) for p in start(rng, [3, 4, 4, 3])]
x, t = rng.normal(size=(5, 3)), np.eye(3)[[0, 1, 2, 0, 1]]
nudged = [numeric_gradient(lambda: cross_entropy(t, network(x, *small)[-1]), p) for p in small]

# %% [markdown]
# The second witness makes a graph of 643 values, and one call finds all 51 gradients:

# %%
as_values = [np.vectorize(Value, otypes=[object])(p) for p in small]
loss = cross_entropy(t, network(x, *as_values)[-1])
loss.backward()
by_value = [np.vectorize(lambda v: v.grad)(p) for p in as_values]
claim("The graph has 643 values", len(topological_order(loss)) == 643)

# %% [markdown]
# The third, in Keras, computing with 64 bits:

# %%
with quiet():
    import keras
    import tensorflow as tf

keras.config.set_floatx("float64")


def keras_twin(parameters):
    units = [len(bias) for bias in parameters[1::2]]
    layers = [keras.layers.Dense(n, "tanh") for n in units[:-1]] + [keras.layers.Dense(units[-1])]
    model = keras.Sequential([keras.Input((len(parameters[0]),)), *layers])
    model.set_weights(parameters)
    return model


# %%
model, keras_loss = keras_twin(small), keras.losses.CategoricalCrossentropy(from_logits=True)
with tf.GradientTape() as tape:
    loss = keras_loss(t, model(x))
by_tape = [grad.numpy() for grad in tape.gradient(loss, model.trainable_variables)]

# %% [markdown]
# To compare two gradients, measure their difference beside their own lengths: $\lVert a - b \rVert / (\lVert a \rVert +
# \lVert b \rVert)$. This **relative error** is 0 if they are equal and 1 if they are opposite. First the witnesses, among
# themselves:


# %%
def relative_error(a, b):
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


def errors(found, witness=by_tape):
    names = ["W1", "b1", "W2", "b2", "W3", "b3"]
    return {name: relative_error(a, b) for name, a, b in zip(names, found, witness)}


claim("Value and the tape agree to twelve digits", max(errors(by_value).values()) < 1e-12)
claim("Finite differences agree with both to six", max(errors(nudged).values()) < 1e-6)

# %% [markdown]
# They agree. Now our own version, array by array:

# %%
first_version = errors(gradients(x, t, *small))
plots.plot_errors(first_version)
show("""Six bars on a logarithmic scale: the relative errors of W1 and b1 are near 1, those of W2,
b2, W3 and b3 near 1e-16.""")

# %%
agree = [first_version[name] for name in ("W2", "b2", "W3", "b3")]
claim("Ours: W2, b2, W3 and b3 agree to twelve digits", max(agree) < 1e-12)
wrong_ones = [first_version[name] for name in ("W1", "b1")]
claim("W1 and b1 are wrong by more than a tenth", min(wrong_ones) > 0.1)

# %% [markdown]
# *Read the bars from right to left, as the gradient travels.* All is right down to layer 2, and wrong from layer 1 on. Which
# line is it?
#
# <details><summary>Diagnosis</summary>
#
# The mistake sits where layer 2 hands back to layer 1, in the line of `d1`. It says `d2 @ W2`, and $dX = dY\,W^\top$: the
# transposition is missing. $W_2$ is square, so the shapes fit all the same.
#
# </details>
#
# **Cure.** Two characters, and the witnesses again:


# %%
def right_gradients(x, t, W1, b1, W2, b2, W3, b3):
    h1, h2, z = network(x, W1, b1, W2, b2, W3, b3)
    d3 = (softmax(z) - t) / len(x)
    d2 = (d3 @ W3.T) * (1 - h2**2)
    d1 = (d2 @ W2.T) * (1 - h1**2)
    return [x.T @ d1, d1.sum(axis=0), h1.T @ d2, d2.sum(axis=0), h2.T @ d3, d3.sum(axis=0)]


ours = right_gradients(x, t, *small)
claim("Now all six agree to twelve digits", max(errors(ours).values()) < 1e-12)

# %% [markdown]
# In Keras you write no backward pass at all. Every operation knows its slopes, so a layer of your own needs only `call`;
# `fit` asks the tape, or what JAX or PyTorch have in its place.
#
# ## The training loop, right
#
# The same five runs with the right gradient:

# %%
right = [train(right_gradients, np.random.default_rng(seed), epochs=30) for seed in range(5)]
gain = np.mean([accuracy(p) for p, _ in right]) - np.mean(reads)

# %% [markdown]
# **Predict, then run:** how much more do they read, on average: 0, 2 or 5 % of the digits?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
claim(
    "In each of five runs, NumPy alone reads at least 95 % of the unseen digits",
    min(accuracy(p) for p, _ in right) >= 0.95,
)
claim("On average that is within 1 % of the wrong version", abs(gain) < 0.01)
largest = max(np.abs(network(x_train, *p)[-1]).max() for p, _ in right)
claim("No logit is as large as 50: no exponential overflows", largest < 50)

# %% [markdown]
# The accuracy hardly tells the two apart. The loss does, if you have both to compare:


# %%
def by_epoch(runs):
    losses = [np.reshape([loss for _, loss in steps], (30, -1)) for _, steps in runs]
    return np.mean(losses, axis=2)


plots.plot_runs({"right": by_epoch(right), "wrong d1": by_epoch(wrong)})
show("""The training loss over 30 epochs on a logarithmic scale, five runs of each kind. All fall
steadily; the five wrong ones stay a little above the five right ones.""")

# %%
more = by_epoch(wrong)[:, -1] / by_epoch(right)[:, -1]
claim("In each pair of runs the wrong gradient ends with the higher loss", more.min() > 1)
claim("On average it is at least 20 % higher", more.mean() > 1.2)

# %% [markdown]
# *Cover the solid lines: would the dashed ones worry you?* Networks are good at making do with bad blame: even *random*
# matrices in place of $W^\top$ can teach them ([@lillicrap2016]). So check gradients, always, before you train.
#
# ## The same loop in Keras
#
# One of our runs once more, by Keras: the same starting weights, the same batches in the same order, its own gradients and
# its own steps. (`train_on_batch` gives a running mean, unless its memory is reset.)

# %%
_, steps = right[0]
model = keras_twin(start(np.random.default_rng(0), [64, 32, 32, 10]))
model.compile(keras.optimizers.SGD(0.25), keras_loss)
theirs = []
for batch, _ in steps:
    model.reset_metrics()
    theirs.append(model.train_on_batch(x_train[batch], t_train[batch]))
losses = np.array([loss for _, loss in steps])

# %% [markdown]
# **Predict, then run:** step 1,020 stands on 1,019 others. How far apart are the two losses there: by a tenth, a
# thousandth, a millionth?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
plots.plot_steps(losses, theirs)
show("""The loss of each batch over 1,020 steps falls from above 2 to about 0.01: a ragged thin line
by our loop, and under it 1,020 dots by Keras, each of which it runs through.""")
apart = np.abs(losses - theirs).max()
claim("1,020 losses: none differs by as much as 10⁻¹²", len(losses) == 1020 and apart < 1e-12)

# %% [markdown]
# *Follow the dots: every jag is met.* In everyday Keras the loop is `model.fit(x_train, t_train, batch_size=32, epochs=30)`.
# There is nothing in it that you have not written yourself.

# %% [markdown]
# ## Deeper: four ways, and one more
#
# The layers of `course_lib`, one behind the other, hand back the same:

# %%
from course_lib.layers import Activation, Sequential

hidden = Dense(3, 4, rng), Activation("tanh"), Dense(4, 4, rng), Activation("tanh")
stack = Sequential(*hidden, Dense(4, 3, rng))
for array, p in zip(stack.parameters(), small):
    array[...] = p
stack.backward((softmax(stack.forward(x)) - t) / len(x))
apart = errors(stack.gradients()).values()
claim("Dense after Dense agrees with the tape to twelve digits", max(apart) < 1e-12)

# %% [markdown]
# All 51 numbers, four ways:

# %%
witnesses = {"nudged": nudged, "Value": by_value, "tape": by_tape}
flat = {name: np.concatenate([g.ravel() for g in found]) for name, found in witnesses.items()}
ours = np.concatenate([g.ravel() for g in ours])
apart = {name: relative_error(ours, found) for name, found in flat.items()}
plots.plot_witnesses(ours, flat, apart)
show("""Left, 51 gradients, for each of them a point of our line and three markers on top of one
another. Right, how far each witness lies from ours: finite differences about 1e-9, the others
1e-16.""")

# %% [markdown]
# *On the left, look for a marker off the line.* There is none. On the right, finite differences stand apart only by their
# own rounding.
#
# ## Deeper: gradients that pile up
#
# Our `backward` begins at 0 each time. PyTorch's
# [adds to what is there](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html), until
# `optimizer.zero_grad()` clears it; so does micrograd's. What if one forgets?


# %%
def forgetful():
    kept = []

    def piled(*args):
        found = right_gradients(*args)
        kept[:] = [a + b for a, b in zip(kept, found)] or found
        return kept

    return piled


with np.errstate(all="ignore"):
    piled = [train(forgetful(), np.random.default_rng(seed), epochs=10) for seed in range(3)]
claim("It reads fewer than 20 % in each of three runs", max(accuracy(p) for p, _ in piled) < 0.2)

# %% [markdown]
# Why add up at all? Because a batch may be too large for the memory. Then its parts go through one by one, and their
# gradients are added up: the loss is a sum over examples, so its gradient is one, too. In Keras, which computes gradients
# anew, the optimizer does it, if told so:

# %%
x, t = np.concatenate([x, x + 1])[:6], np.eye(3)[[0, 1, 2, 0, 1, 2]]
model = keras_twin(small)
model.compile(keras.optimizers.SGD(0.25, gradient_accumulation_steps=2), keras_loss)
for half in (slice(0, 3), slice(3, 6)):
    model.train_on_batch(x[half], t[half])
one_step = [p - 0.25 * grad for p, grad in zip(small, right_gradients(x, t, *small))]
apart = max(np.abs(a - b).max() for a, b in zip(model.get_weights(), one_step))
claim("Two halves, one step: no weight differs by as much as 10⁻¹²", apart < 1e-12)

# %% [markdown]
# ## Deeper: what it costs
#
# A network of a million weights, timed:

# %%
from course_lib.experiments.backpropagation import time_passes

print(inspect.getsource(time_passes))
forward_ms, backward_ms, parameters = time_passes(widths=[512] * 5, batch=256)
claim("It has 1,050,624 parameters", parameters == 1_050_624)

# %% [markdown]
# **Predict, then run:** how many times as long as forward does backward take? And finite differences, which need two
# forward passes for each parameter?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
brute_ms = 2 * parameters * forward_ms
plots.plot_costs({"forward": forward_ms, "backward": backward_ms, "nudging each": brute_ms})
show("""Three bars on a logarithmic scale. Backward takes about twice as long as forward; nudging
each of a million parameters would take two million times as long as forward.""")
ratio, times = backward_ms / forward_ms, brute_ms / backward_ms
claim("Backward takes longer than forward, and less than six times as long", 1 < ratio < 6)
claim("Nudging each parameter would take over 100,000 times as long as backward", times > 1e5)

# %% [markdown]
# Count multiplications for one dense layer of $n$ inputs and $m$ units and a batch of $B$. Forward, $XW$ takes $B n m$.
# Backward, $X^\top dY$ takes $B n m$ and $dY\,W^\top$ as many again. So backward costs about twice forward, however many
# weights there are.
#
# Why backwards? From the front, you would follow one weight at a time through the line. From the back there is *one*
# number to start with, the loss, and each station's message serves all that comes before it. Like a foreman who walks the
# line from the end: he passes each station once, whatever the number of screws. For this he needs the values that were
# there on the way forward, and so a network in training keeps them in memory.

# %% [markdown]
# ## Common misunderstandings
#
# - *"Backpropagation is how a network learns."* It only computes gradients. The step downhill is the optimizer's.
# - *"It is an approximation."* It is exact to rounding, as the witnesses show. Nudging is the approximation.
# - *"A gradient of 0 means a useless weight."* It means that a *small* change does nothing *here*, on these examples.
# - *"It trains, so the gradient is right."* You have trained with a wrong one to 94 % and more.

# %% [markdown]
# ## What you can do now
#
# - **Trace:** along a path multiply, over paths add, from the result backwards.
# - **Derive:** $dW = X^\top dY$, $d\mathbf{b}$ = the sum of its rows, $dX = dY\,W^\top$; and $y - t$ at the softmax.
# - **Check:** nudges, another program, another derivation. Right behind the mistake, wrong before it.
# - **Train:** forward, gradients, step, over and over; Keras does the same to the last digit that matters.
#
# **Next:** the [exercises](../exercises/04-backpropagation.ipynb). Then [chapter 05, *Optimizers*](05-optimizers.ipynb)
# asks what to do with the gradients, now that you have them.

# %% [markdown]
# ## Sources
#
# [@]

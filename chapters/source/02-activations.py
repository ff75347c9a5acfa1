# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 02 · Activations
#
# **Why must a network bend?**
#
# A neuron adds up its inputs, and then it does one more thing: it puts the sum through a curve. Leave the curve out, and
# a network of a hundred layers can do no more than one of a single layer. This chapter shows why, looks at the curves
# that are in use, and finds out what each of them costs.
#
# By the end you can
#
# - **Prove** that layers without a bend collapse into one,
# - **Read** an activation: its value, its slope, its range, and where it goes flat,
# - **Diagnose** gradients that vanish and neurons that have died,
# - **Choose** an activation for hidden layers and for the head.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about half a minute. You need to know
# what the slope of a curve is.*

# %% [markdown]
# ## Two layers that are one
#
# Take the smallest network with two layers, one neuron in each, and no activation. The first computes $2x + 1$. The
# second takes that, times 3, minus 2:
#
# $$3\,(2x + 1) - 2 = 6x + 1$$
#
# One neuron with weight 6 and bias 1 does the same. The second layer was for nothing. Now cut off what is below 0
# in between: $3 \max(0,\, 2x + 1) - 2$. For $x = 0$ and $x = 1$ nothing changes: both give 1 and 7. For $x = -2$ and
# $x = -1$ the straight one gives $-11$ and $-5$, the other $-2$ both times. First level, then rising: no straight line
# does that. This network has a *bend*, at $x = -\tfrac12$.
#
# With matrices it is the same. Put one layer into the other and multiply out:
#
# $$(X W_1 + \mathbf{b}_1)\, W_2 + \mathbf{b}_2 = X\,\underbrace{W_1 W_2}_{W} + \underbrace{\mathbf{b}_1 W_2 + \mathbf{b}_2}_{\mathbf{b}}$$
#
# So three layers, five layers, any number of them collapse into one.

# %%
import numpy as np
from course_lib.page import claim, quiet, show
from course_lib.plots import activations as plots

# %%
at = np.array([-2, -1, 0, 1])
straight, bent = 3 * (2 * at + 1) - 2, 3 * np.maximum(0, 2 * at + 1) - 2
claim(
    "Straight: −11, −5, 1, 7. Bent: −2, −2, 1, 7",
    np.array_equal([straight, bent], [[-11, -5, 1, 7], [-2, -2, 1, 7]]),
)

# %% [markdown]
# **Your turn.** Join two linear layers of any shape, by the formula above:


# %%
def joined(W1, b1, W2, b2):
    """The kernel and the bias of the one layer that does what the two do."""
    return W1, b1  # your line


# %%
W, b = joined(np.array([[2.0]]), np.array([1.0]), np.array([[3.0]]), np.array([-2.0]))
print("Right!" if (W.tolist(), b.tolist()) == ([[6]], [1]) else "Not yet: it should be 6x + 1.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return W1 @ W2, b1 @ W2 + b2`
#
# </details>
#
# Now three layers, of 8, 8 and 2 neurons, with random weights:

# %%
from course_lib.activations import linear
from course_lib.neurons import forward

rng = np.random.default_rng(0)
shapes = [(3, 8), (8, 8), (8, 2)]
layers = [(rng.normal(size=shape), rng.normal(size=shape[1]), linear) for shape in shapes]
W, b = np.eye(3), np.zeros(3)
for kernel, bias, _ in layers:
    W, b = W @ kernel, b @ kernel + bias
x = rng.normal(size=(100, 3))
claim(
    "Three linear layers give what the one layer W, b gives, for 100 random inputs",
    np.allclose(forward(x, layers)[-1], x @ W + b),
)

# %% [markdown]
# **In Keras** it is easy to build such a stack by mistake: without `activation=`, a `Dense` layer is linear. With our
# weights:

# %%
with quiet():
    import keras

dense = [keras.layers.Dense(len(b), dtype="float64") for _, b, _ in layers]
stack = keras.Sequential([keras.Input((3,), dtype="float64"), *dense])
stack.set_weights([array for kernel, bias, _ in layers for array in (kernel, bias)])
claim(
    "Three Dense layers of Keras, 122 parameters, equal one with 8, to twelve digits",
    (stack.count_params(), W.size + b.size) == (122, 8)
    and np.allclose(keras.ops.convert_to_numpy(stack(x)), x @ W + b, rtol=1e-12),
)

# %% [markdown]
# What does that mean for data? Below, two networks of equal depth have learnt to tell two spirals apart. The left one has
# no activation. The right one has the activation that you choose.

# %%
from course_lib.widgets import activations as widgets

widgets.Collapse(depth=2)

# %% [markdown]
# 1. Move *hidden layers* from 0 to 5 and watch only the left picture. What changes?
# 2. From which depth on does the right one get every point? Is *more* depth then better?
# 3. Choose ReLU with one hidden layer and look at the boundary's corners. Where do they come from?
#
# <details><summary>Answers</summary>
#
# 1. The boundary stays one straight line, and not one point more is right.
# 2. From two hidden layers on. Further ones have nothing left to gain here.
# 3. Each hidden neuron bends along one straight line, and the boundary has its corners where it crosses these lines.
#
# </details>
#
# Counted on the same networks:

# %%
from course_lib.data import spirals
from course_lib.experiments.activations import SPIRALS, spiral_network

points, arm = spirals(**SPIRALS)
straight, bent = (
    [np.sum((spiral_network(name, depth)(points)[:, 0] > 0) == arm) for depth in range(6)]
    for name in ("linear", "tanh")
)
claim("Without a bend, at most three of four points are right, at any depth", max(straight) <= 225)
claim("With tanh and two or more hidden layers, all 300 are right", min(bent[2:]) == 300)

# %% [markdown]
# ## The curves in use
#
# Two things about an activation matter: its *value*, which goes forward to the next layer, and its *slope*, which tells
# how much of a small change gets through. Learning needs the slope, because it asks for each weight: if I change a little,
# what will happen at the output?
#
# By hand, for $z = 2$ and $z = -2$. The function **tanh** is the sigmoid's sister with values from −1 to
# 1; its slope is $1 - \tanh^2 z$. A **leaky ReLU** lets through a fraction of what is negative, here 0.2:
#
# | | value at 2 | slope at 2 | value at −2 | slope at −2 |
# |---|---:|---:|---:|---:|
# | ReLU | 2 | 1 | 0 | 0 |
# | leaky ReLU | 2 | 1 | −0.4 | 0.2 |
# | sigmoid | 0.881 | 0.105 | 0.119 | 0.105 |
# | tanh | 0.964 | 0.071 | −0.964 | 0.071 |
#
# The same in NumPy:

# %%
import inspect
from course_lib import activations as act

for function in (act.relu, act.relu_grad, act.leaky_relu, act.tanh, act.tanh_grad):
    print(inspect.getsource(function))

# %%
z = np.array([2.0, -2.0])
by_hand = {
    "relu": [2, 0, 1, 0],
    "leaky_relu": [2, -0.4, 1, 0.2],
    "sigmoid": [0.881, 0.119, 0.105, 0.105],
    "tanh": [0.964, -0.964, 0.071, 0.071],
}
for name, row in by_hand.items():
    f, slope = act.ACTIVATION_GRADIENTS[name]
    claim(f"The table's row {name}", np.allclose([*f(z), *slope(z)], row, atol=5e-4))

# %% [markdown]
# Here are eleven that are in use. First as pictures:

# %%
plots.plot_gallery()
show("""Eleven small graphs from −4 to 4, values solid, slopes dashed. Step, sigmoid, tanh and
softmax level off on both sides. ReLU, ELU, GELU, softplus and SiLU level off on the left only,
linear and leaky ReLU on no side.""")

# %% [markdown]
# *Look at the dashed lines: where are they near 0?* There the curve is flat and the neuron is **saturated**. A change of
# its sum hardly reaches its output. The step is flat *everywhere*, so nothing can be learnt through it by slopes.
#
# And as formulas. ($\Phi(z)$ is the share of a bell curve that lies left of $z$, $\varphi(z)$ the bell's height there.)
#
# | | value $f(z)$ | slope $f'(z)$ | values | steepest |
# |---|---|---|---|---|
# | step | 1 from 0 on, else 0 | 0 | 0 or 1 | – |
# | linear | $z$ | 1 | all | 1 |
# | sigmoid | $y = \sigma(z) = 1 / (1 + e^{-z})$ | $y\,(1 - y)$ | 0 to 1 | ¼ |
# | tanh | $y = (e^z - e^{-z}) / (e^z + e^{-z})$ | $1 - y^2$ | −1 to 1 | 1 |
# | ReLU | $\max(0, z)$ | 1 above 0, else 0 | from 0 | 1 |
# | leaky ReLU | $z$ above 0, else $0.2\,z$ | 1 above 0, else 0.2 | all | 1 |
# | ELU | $z$ above 0, else $e^z - 1$ | 1 above 0, else $e^z$ | above −1 | 1 |
# | **GELU** | $z\,\Phi(z)$ | $\Phi(z) + z\,\varphi(z)$ | from −0.17 | 1.13 |
# | softplus | $\ln(1 + e^z)$ | $\sigma(z)$ | above 0 | 1 |
# | SiLU (swish) | $z\,\sigma(z)$ | $\sigma(z) + z\,\sigma(z)\,(1 - \sigma(z))$ | from −0.28 | 1.10 |
# | softmax | $p_k = e^{z_k} / \sum_j e^{z_j}$ | $p_k\,(1 - p_k)$; by another's $z_j$: $-p_k\,p_j$ | 0 to 1, sum 1 | ¼ |
#
# Sigmoid and tanh find their slope in their own *value*: 0.881 · 0.119 = 0.105. The table, held against the course's
# functions:

# %%
from statistics import NormalDist

z = rng.normal(0, 3, 1000)
s, y, above = act.sigmoid(z), np.tanh(z), z > 0
share, bell = np.array([(NormalDist().cdf(one), NormalDist().pdf(one)) for one in z]).T
table = {
    "sigmoid": (1 / (1 + np.exp(-z)), s * (1 - s)),
    "tanh": ((np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)), 1 - y**2),
    "relu": (np.maximum(0, z), np.where(above, 1, 0)),
    "leaky_relu": (np.where(above, z, 0.2 * z), np.where(above, 1, 0.2)),
    "elu": (np.where(above, z, np.exp(z) - 1), np.where(above, 1, np.exp(z))),
    "gelu": (z * share, share + z * bell),
    "softplus": (np.log(1 + np.exp(z)), s),
    "silu": (z * s, s + z * s * (1 - s)),
}


# %%
def off(name):
    f, slope = act.ACTIVATION_GRADIENTS[name]
    return np.abs(np.subtract([f(z), slope(z)], table[name])).max()


far = list(map(off, table))
claim("Eight rows are the values and slopes", len(far) == 8 and max(far) < 1e-9)
fine = np.linspace(-10, 10, 200_001)
ends = [f(fine).min() for f in (act.gelu, act.silu)]
steep = [slope(fine).max() for slope in (act.gelu_grad, act.silu_grad, act.sigmoid_grad)]
claim(
    "Lowest −0.17 and −0.28; steepest 1.13, 1.10 and ¼",
    np.allclose([*ends, *steep], [-0.17, -0.28, 1.13, 1.10, 0.25], atol=5e-3),
)

# %% [markdown]
# **In Keras**: `Dense(64, activation="gelu")`. All but the step are there under the same names, and the slopes that Keras
# finds by itself are a second opinion on ours:

# %%
from course_lib.backend_gradients import value_and_gradients


def agrees(name, f, slope):
    theirs = keras.activations.get(name)
    _, [slopes] = value_and_gradients(lambda z: keras.ops.sum(theirs(z)), z)
    values = keras.ops.convert_to_numpy(theirs(keras.ops.convert_to_tensor(z)))
    return np.allclose([f(z), slope(z)], [values, slopes], rtol=1e-7, atol=1e-7)


agreeing = [name for name, pair in act.ACTIVATION_GRADIENTS.items() if agrees(name, *pair)]
claim("Thirteen activations and their slopes agree with Keras to seven digits", len(agreeing) == 13)
leaky = keras.layers.LeakyReLU()
claim("A trap: the layer LeakyReLU lets 0.3 through, not 0.2", leaky.negative_slope == 0.3)

# %% [markdown]
# (The four that the table leaves out: SELU, a scaled ELU, and ReLU6, hard sigmoid and hard SiLU, made of straight pieces.)
#
# **Your turn.** You can find a slope without any formula: go a little to both sides, and divide the rise by the way.


# %%
def slope_at(f, z, h=1e-5):
    """The slope of f at z, from its values at z - h and z + h."""
    return 0.0  # your line


# %%
right = np.allclose([slope_at(np.tanh, 0.0), slope_at(np.exp, 1.0)], [1, np.e])
print("Right!" if right else "Not yet: (what it gains from z - h to z + h) / 2h.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return (f(z + h) - f(z - h)) / (2 * h)`
#
# </details>
#
# Now take hold of the curves. Drag the point along, or use the arrow keys:

# %%
widgets.Activation("sigmoid", z=1)

# %% [markdown]
# 1. Where is the sigmoid steepest, and how steep? And tanh?
# 2. Which activations can give a *negative* slope? Which way does the value go there?
# 3. Compare GELU with its tanh form, which is quicker to compute. Can you see a difference?
#
# <details><summary>Answers</summary>
#
# 1. Both at 0: ¼, and 1.
# 2. GELU and SiLU: where the sum grows, the value falls.
# 3. No. They differ by less than 0.0005 everywhere.
#
# </details>
#
# (`widgets.Activation(f=…, f_grad=…)` takes a curve of your own.) Measured on a fine grid:

# %%
claim(
    "The sigmoid's slope is at most ¼, at 0; tanh's is at most 1, at 0",
    act.sigmoid_grad(fine).max() == 0.25 == act.sigmoid_grad(0.0)
    and act.tanh_grad(fine).max() == 1 == act.tanh_grad(0.0),
)

# %%
falling = {name for name, (_, slope) in act.ACTIVATION_GRADIENTS.items() if slope(fine).min() < 0}
claim("Only GELU, SiLU and hard SiLU fall somewhere", falling == {"gelu", "silu", "hard_silu"})
off_by = np.abs(act.gelu(fine) - act.gelu(fine, approximate=True))
claim("GELU's tanh form is off by less than 0.0005 everywhere", off_by.max() < 0.0005)

# %% [markdown]
# The tanh form is $\tfrac{z}{2}\bigl(1 + \tanh[\sqrt{2/\pi}\,(z + 0.044715\,z^3)]\bigr)$ ([@hendrycks2016]); in Keras
# `keras.activations.gelu(z, approximate=True)`.

# %% [markdown]
# ## Slopes multiply
#
# In a chain of neurons a change passes one slope after the other, so the slopes *multiply* (and the weights too). Suppose
# all weights are 1 and all slopes are the sigmoid's best, ¼. After two layers a sixteenth of a change is left. After ten,
# less than a millionth.
#
# A real network has many paths and random weights. So measure: twenty hidden layers of 64 neurons, real digits, and for
# each layer how strongly the loss reacts to a small change there. (Chapter 04 shows how this is computed.) Five seeds each,
# with starting weights that were made for the activation: *Glorot* for sigmoid and tanh, *He* for ReLU ([@he2015]).
# Chapter 06 explains both.
#
# **Predict, then run:** with sigmoids, how much of the reaction at layer 20 is left at layer 1: a tenth, a thousandth,
# a billionth, or less?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
from course_lib.experiments.activations import gradient_sizes
from course_lib.initializers import glorot_normal, he_normal

starts = {"ReLU": he_normal, "tanh": glorot_normal, "sigmoid": glorot_normal}
sizes = {
    name: np.array([gradient_sizes(name.lower(), start, seed) for seed in range(5)])
    for name, start in starts.items()
}
plots.plot_sizes(sizes)
show("""The reaction of the loss to each of twenty hidden layers, on a logarithmic axis. ReLU and
tanh stay near 1 down to layer 1. Sigmoid falls on a straight line to about one millionth of a
millionth.""")

# %% [markdown]
# *Read the axis: each mark is a factor.* A straight line means that every layer takes the same share.

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
left = {name: runs[:, 0] / runs[:, -1] for name, runs in sizes.items()}
claim("Ten slopes of ¼ leave less than a millionth", 0.25**10 < 1e-6)
few = left["sigmoid"] * 1e12
claim("Sigmoid: one or two trillionths arrive at layer 1", 0.5 < few.min() < few.max() < 2.5)
kept = [share ** (1 / 19) for share in left["sigmoid"]]
claim("Per layer it keeps between a fifth and a quarter", min(kept) > 0.2 and max(kept) < 0.25)
claim("Tanh: more than a tenth arrives", left["tanh"].min() > 0.1)
claim("ReLU: more than a third", left["ReLU"].min() > 1 / 3)

# %% [markdown]
# This is the **vanishing gradient** ([@bengio1994] analysed it in networks that run over time). The first layers of such a
# network learn next to nothing. ReLU's slope is exactly 1 wherever the neuron is on, and tanh's is close to 1 near 0.

# %% [markdown]
# ## What goes wrong
#
# ReLU's weak side is its flat side. Train a network with two hidden layers at the learning rate 1.5, five epochs, five
# seeds ([how](../course_lib/experiments/activations.py)):

# %%
from course_lib.experiments.activations import digit_network, firing, share_right, train_digits


def after(activation, learning_rate, epochs, seed):
    rng = np.random.default_rng(seed)
    network = digit_network([64, 64, 64], activation, rng)
    with np.errstate(all="ignore"):
        train_digits(network, learning_rate, epochs, rng)
    return network


broken = [after("relu", 1.5, 5, seed) for seed in range(5)]
claim("It reads at most one training digit in five", all(share_right(n) < 0.2 for n in broken))

# %% [markdown]
# That is guessing. The obvious cure is a gentler rate. **Predict, then run:** ten more epochs at 0.1, a rate that is known to
# work. Will they recover?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
for seed, network in enumerate(broken):
    train_digits(network, 0.1, 10, np.random.default_rng(seed))
shares = [share_right(network) for network in broken]
claim("In the median of five they still guess: at most one digit in five", np.median(shares) < 0.2)
claim("None of the five reads half of the digits", max(shares) < 0.5)

# %% [markdown]
# **Diagnosis:** count, for each neuron of the last hidden layer, the digits for which it is above 0.

# %%
never = [np.mean(~firing(network).any(axis=0)) for network in broken]
claim("In the median more than nine in ten neurons fire for no digit", np.median(never) > 0.9)
claim("In every run more than half are silent", min(never) > 0.5)

# %% [markdown]
# The huge steps pushed weights and biases so far down that these neurons' sums are negative for *every* digit. There ReLU's value
# is 0 and its slope is 0. No slope, no change, no way back: a **dead ReLU** ([@lu2020] study it). Only neurons that
# still live can learn, and with other seeds a few of them sometimes make up for the rest.
#
# **Cure.** Take a dead network, keep every weight, and put leaky ReLU in ReLU's place. Now 0.2 of each change gets through.
# Beside it, as a *control*, its twin that keeps ReLU, trained in the same way:

# %%
import copy
from course_lib.layers import Activation

revived, kept = copy.deepcopy(broken), copy.deepcopy(broken)
for layer in [layer for network in revived for layer in network.layers]:
    if isinstance(layer, Activation):
        layer.f, layer.f_grad = act.leaky_relu, act.leaky_relu_grad
for seed in range(5):
    for network in (revived[seed], kept[seed]):
        train_digits(network, 0.02, 30, np.random.default_rng(seed))

# %%
claim("With leaky ReLU at least 80 % right in every run", min(map(share_right, revived)) >= 0.8)
with_relu = list(map(share_right, kept))
claim("With ReLU kept, at most one in five in the median", np.median(with_relu) <= 0.2)
claim("and no run reads half", max(with_relu) < 0.5)

# %% [markdown]
# So leaky ReLU from the start, and the rate of 1.5 would have done no harm? **Predict, then run:** the same rate, the same
# seeds, leaky ReLU.

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
leaky = [after("leaky_relu", 1.5, 5, seed) for seed in range(5)]
logits = [network.forward(np.ones((1, 64))) for network in leaky]
claim("All five have run away: every logit is NaN", np.isnan(logits).all())

# %% [markdown]
# The rate was the fault all along. Under it ReLU dies, and leaky ReLU, which never goes silent, grows until its numbers
# overflow. A slope everywhere is a way back, not a licence for huge steps.

# %% [markdown]
# So do not kill them: start with the gentle rate (and He's weights, as here).

# %%
healthy = [after("relu", 0.1, 10, seed) for seed in range(5)]
plots.plot_firing(
    {
        "rate 1.5": firing(broken[0]),
        "same, now leaky": firing(revived[0]),
        "rate 0.1": firing(healthy[0]),
    }
)
show("""For three networks, which of 64 neurons is above 0 for which of 150 digits. After the rate
1.5 nearly all is white: silence. With leaky ReLU on the same weights most neurons respond again,
and so they do in the network trained at the rate 0.1.""")

# %% [markdown]
# *Each row is a neuron, each column a digit, blue means above 0.* In the healthy network most neurons fire for some digits
# and not for others. Only those bend anything:


# %%
bending = [np.mean(f.any(axis=0) & ~f.all(axis=0)) for f in map(firing, healthy)]
claim(
    "At rate 0.1, more than 60 % of the neurons bend, and most digits are read right",
    min(bending) > 0.6 and min(map(share_right, healthy)) > 0.75,
)

# %% [markdown]
# ## The last layer: softmax
#
# Hidden layers need a bend. The head needs something else: K numbers in, K probabilities out. The **softmax** ([@bridle1990])
# makes every logit positive by $e^z$ and divides by the sum:
#
# $$p_k = \frac{e^{z_k}}{e^{z_1} + \dots + e^{z_K}}$$
#
# By hand for the logits 2, 1, 0: $e^2 = 7.389$, $e^1 = 2.718$, $e^0 = 1$, sum 11.107. So 0.665, 0.245, 0.090. As code:

# %%
print(inspect.getsource(act.softmax))

# %%
logits = np.array([2.0, 1.0, 0.0])
p = act.softmax(logits)
claim(
    "The probabilities are 0.665, 0.245 and 0.090", np.allclose(p, [0.665, 0.245, 0.090], atol=5e-4)
)
twin = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
claim("Keras' softmax gives the same, to twelve digits", np.allclose(twin, p, rtol=1e-12, atol=0))
claim("Adding 100 to all logits changes nothing", np.allclose(act.softmax(logits + 100), p))

# %% [markdown]
# Its slopes, from the table of formulas: if the first logit grows by a little, its own share gains 0.665 · 0.335 = 0.223 of
# that, and the others lose 0.665 · 0.245 = 0.163 and 0.665 · 0.090 = 0.060. What one gains, the others lose.

# %%
by_first = act.softmax_backward(np.array([1.0, 0.0, 0.0]), p)
claim("0.223, −0.163, −0.060", np.allclose(by_first, [0.223, -0.163, -0.060], atol=5e-4))
claim("Together they are 0", np.isclose(by_first.sum(), 0, atol=1e-12))

# %% [markdown]
# Why does the code subtract the maximum? Because $e^{1000}$ is too large for any float64, though the answer is not. Adding
# the same number to all logits multiplies every $e^z$ by the same factor, and the factor cancels. So subtracting is free:

# %%
big = np.array([1002.0, 1001.0, 1000.0])
with np.errstate(over="ignore", invalid="ignore"):
    naive = np.exp(big) / np.exp(big).sum()
claim("Written naively, the answer is three times NaN", np.isnan(naive).all())
claim("With the maximum subtracted it is right", np.allclose(act.softmax(big), p))

# %% [markdown]
# Dividing all logits by a **temperature** $T$ changes how sure the answer sounds, never which is first ([@hinton2015]). In
# Keras: `Dense(10, activation="softmax")`, or `keras.ops.softmax(logits / T)`. Drag the points:

# %%
widgets.Softmax()

# %% [markdown]
# 1. Move *add to all*. Which column changes, and which does not?
# 2. Turn the temperature up to 5, then down to 0.1. Towards what do the bars go in each case?
# 3. Set all logits to 0, then raise one. How high must it be for 90 %?
#
# <details><summary>Answers</summary>
#
# 1. The logits change, with and without temperature; the probabilities do not.
# 2. Towards equal shares; towards everything for the largest.
# 3. To about 3.3, because $e^z / (e^z + 3) = 0.9$ means $e^z = 27$.
#
# </details>

# %%
claim("e^z = 27 at z = 3.3, to one decimal", round(float(np.log(27)), 1) == 3.3)
claim(
    "With two logits, z and 0, softmax is the sigmoid of z",
    np.isclose(act.softmax(np.array([1.7, 0.0]))[0], act.sigmoid(1.7)),
)

# %% [markdown]
# ## Which one?
#
# | activation | flat where | use it |
# |---|---|---|
# | step | everywhere | never where slopes must teach |
# | linear | nowhere | head for amounts; between layers it adds no bend, and is used just where none is wanted (chapter 09) |
# | sigmoid | both sides | head for yes or no; gates of an LSTM ([@hochreiter1997]) |
# | tanh | both sides | recurrent networks, small dense ones |
# | ReLU | left, slope 0 | the first choice in dense and convolutional networks ([@fukushima1969] used it early) |
# | leaky ReLU | nowhere | where ReLUs die ([@he2015] learn the fraction) |
# | ELU | left | like ReLU, with means nearer to 0 ([@clevert2015]) |
# | GELU | left | transformers ([@devlin2018]) |
# | SiLU (swish) | left | deep image networks ([@ramachandran2017]), gates in language models ([@touvron2023]) |
# | softplus | left | where an output must be positive |
# | softmax | when very sure | head for one of K classes |
#
# If you are not sure: ReLU with He's weights inside, and the head that fits the question. Change it only for a reason that you
# have measured.

# %% [markdown]
# ## Deeper: zero-centred or not
#
# A neuron's weight changes in proportion to the input that it weighs. If all inputs are positive, as they are behind a
# layer of sigmoids, then for one example *all* weights of the neuron move up together, or all down together ([@lecun2012]).
# To move one up and one down it must zigzag. Values that are **zero-centred** have no such trouble.
#
# Does it matter? Here is a fair test: the same sigmoid, shifted down by ½. It has exactly the same slopes.

# %%
from course_lib.experiments.activations import epochs_until


def epochs(activation, width, learning_rate, seed, shift=0.0):
    """Epochs until three hidden layers misread at most 1 % of the digits they learn from."""
    rng = np.random.default_rng(seed)
    network = digit_network([64, width, width, width], activation, rng)
    for layer in network.layers:
        if shift and isinstance(layer, Activation):
            layer.f = lambda z, f=layer.f: f(z) + shift
    return epochs_until(0.01, network, learning_rate, rng)


# %%
plain = [epochs("sigmoid", 64, 3.0, seed) for seed in range(5)]
centred = [epochs("sigmoid", 64, 3.0, seed, shift=-0.5) for seed in range(5)]
claim("Shifted by ½, each of five networks learns in fewer epochs", all(np.less(centred, plain)))
slow, fast = np.median(plain), np.median(centred)
claim("In the median, in less than two thirds of the epochs", fast < 2 / 3 * slow)

# %% [markdown]
# It does matter. ReLU is not zero-centred either; ELU was made to come closer to it ([@clevert2015]).

# %% [markdown]
# ## Deeper: six times faster?
#
# You will often read that ReLU makes training six times faster. The number has one source: the words under a figure of
# the paper that made ReLU famous ([@krizhevsky2017], a reprint). Here they are, all of them:
#
# > A four-layer convolutional neural network with ReLUs (solid line) reaches a 25% training error rate on CIFAR-10 six
# > times faster than an equivalent network with tanh neurons (dashed line). The learning rates for each network were chosen
# > independently to make training as fast as possible. No regularization of any kind was employed. The magnitude of the
# > effect demonstrated here varies with network architecture, but networks with ReLUs consistently learn several times
# > faster than equivalents with saturating neurons.
#
# Six times: one network, one data set, in epochs. "Consistently several times": that can be tried. Dense networks,
# digits, and for each activation the best learning rate of several, chosen beforehand with other seeds. We count the epochs
# to 1 % training error, because 25 % takes ReLU and tanh one or two, rarely three.

# %%
needed = {
    "sigmoid, 64 wide": plain,
    "same, centred": centred,
    "tanh, 64 wide": [epochs("tanh", 64, 0.4, seed) for seed in range(5)],
    "ReLU, 64 wide": [epochs("relu", 64, 0.2, seed) for seed in range(5)],
    "tanh, 256 wide": [epochs("tanh", 256, 0.25, seed) for seed in range(5)],
    "ReLU, 256 wide": [epochs("relu", 256, 0.3, seed) for seed in range(5)],
}

# %%
plots.plot_epochs(needed)
show("""Epochs to one per cent training error, five runs for each of six networks. Sigmoids need
about thirty, centred ones about sixteen, tanh and ReLU of the same width eight or nine. With 256
neurons in a layer tanh needs about eight and ReLU about five.""")

# %% [markdown]
# *Every dot is a run, the line is the median. Compare within one width.*

# %%
median = {name: np.median(runs) for name, runs in needed.items()}
relu, sigmoid = median["ReLU, 64 wide"], median["sigmoid, 64 wide"]
narrow, wide = median["tanh, 64 wide"] / relu, median["tanh, 256 wide"] / median["ReLU, 256 wide"]
claim("64 wide: ReLU and tanh are within a factor of 1.5 of each other", 1 / 1.5 < narrow < 1.5)
claim(
    "256 wide: tanh needs 1.2 to 2.5 times as many epochs as ReLU",
    1.2 < wide < 2.5,
)
claim("64 wide: sigmoid needs at least twice as many as ReLU", sigmoid > 2 * relu)

# %% [markdown]
# Against the sigmoid "several times" holds. Against tanh *it depends*. Narrow, no gain. Wide, a gain, but nowhere near
# six. A factor belongs to the network, the data and the year in which it was measured.

# %% [markdown]
# ## Deeper: bend it live
#
# A whole network that learns while you watch. Chapter 05 explains every part; here only the activation matters. It has
# been training for a hundred epochs, without a bend:

# %%
from course_lib.widgets.playground import Playground

settings = {"data": "circle", "activation": "linear", "hidden": [4], "learning_rate": 0.03}
demo = Playground(settings)
demo.train(100)
demo

# %% [markdown]
# 1. Add layers and neurons, and press *Play*. Does it ever get the circle?
# 2. Go back to one layer of four. Choose tanh, then ReLU, and play. What are the boundaries made of?
# 3. Linear again, but tick the inputs $x_1^2$ and $x_2^2$. Why does it work now?
#
# <details><summary>Answers</summary>
#
# 1. Never: whatever the depth, the output is one straight slope.
# 2. With tanh of smooth bends, with ReLU of straight pieces.
# 3. Somebody has bent the inputs. $x_1^2 + x_2^2$ is the distance from the middle, squared, and a line does the rest.
#
# </details>


# %%
def learnt(**changed):
    """The share of test points on the right side after 100 epochs."""
    one = Playground(settings | changed)
    one.train(100)
    *_, x, y = one.points
    return np.mean((one.network.forward(one.features(x)) > 0) == (y > 0))


claim("Linear, one layer or three: at most 75 %", max(learnt(), learnt(hidden=[8, 8, 8])) <= 0.75)
bent, squares = learnt(activation="tanh"), learnt(features=["x1**2", "x2**2"])
claim("With tanh, or with squares: at least 95 %", min(bent, squares) >= 0.95)

# %% [markdown]
# ## Common misunderstandings
#
# - *"More layers always add power."* Without a bend they add none.
# - *"ReLU is linear, so it cannot bend."* It is linear on each side of 0. The corner is the bend.
# - *"ReLU is six times faster."* Against tanh, in one experiment of one paper. Here it was nowhere three (*Deeper*).
# - *"Leaky ReLU cannot die, so any rate will do."* It has a way back. A rate that is too high ruins it too.
# - *"A softmax of 0.99 means 99 % certain."* Divide the logits by a temperature and the number changes, while not one answer
#   does. Whether such numbers can be trusted is measured in chapter 12.

# %% [markdown]
# ## What you can do now
#
# - **Prove:** $(X W_1 + \mathbf{b}_1) W_2 + \mathbf{b}_2$ is one layer again. Only a bend in between stops the collapse.
# - **Read:** value goes forward, slope goes back; where the slope is near 0, the neuron is saturated.
# - **Diagnose:** slopes multiply, so small ones vanish with depth; a ReLU that fires for no example is dead.
# - **Choose:** ReLU or a smooth relative inside; sigmoid, softmax or nothing at the head.
#
# **Next:** the [exercises](../exercises/02-activations.ipynb). Then [chapter 03, *Losses*](03-losses.ipynb), asks how
# wrong an answer is, and which way is down.

# %% [markdown]
# ## Sources
#
# [@]

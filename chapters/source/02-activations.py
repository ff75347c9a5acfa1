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
# *Reading and playing: about 60 minutes. Running all cells: about half a minute. You need to know what the slope of a
# curve is.*

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
# So three layers, five layers, any number of them collapse into one. Here are three:

# %%
import numpy as np
from course_lib.activations import linear
from course_lib.neurons import forward
from course_lib.page import claim, quiet, show
from course_lib.plots import activations as plots

rng = np.random.default_rng(0)
shapes = [(3, 8), (8, 8), (8, 2)]
layers = [(rng.normal(size=shape), rng.normal(size=shape[1]), linear) for shape in shapes]
W, b = np.eye(3), np.zeros(3)
for kernel, bias, _ in layers:
    W, b = W @ kernel, b @ kernel + bias

# %%
at = np.array([-2, -1, 0, 1])
straight, bent = 3 * (2 * at + 1) - 2, 3 * np.maximum(0, 2 * at + 1) - 2
claim(
    "Straight: −11, −5, 1, 7. Bent: −2, −2, 1, 7",
    np.array_equal([straight, bent], [[-11, -5, 1, 7], [-2, -2, 1, 7]]),
)
x = rng.normal(size=(100, 3))
claim(
    "Three linear layers give what the one layer W, b gives, for 100 random inputs",
    np.allclose(forward(x, layers)[-1], x @ W + b),
)

# %% [markdown]
# Keras knows no better. A stack of its linear layers, with our weights, is one matrix too:

# %%
with quiet():
    import keras

dense = [keras.layers.Dense(len(b), dtype="float64") for _, b, _ in layers]
stack = keras.Sequential([keras.Input((3,), dtype="float64"), *dense])
stack.set_weights([array for kernel, bias, _ in layers for array in (kernel, bias)])
claim(
    "Three Dense layers of Keras, 122 parameters, equal one with 8, to twelve digits",
    (stack.count_params(), W.size + b.size) == (122, 8)
    and np.allclose(stack(x), x @ W + b, rtol=1e-12),
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
# *(1: nothing. 2: from two hidden layers on, and further ones have nothing left to gain here. 3: each hidden neuron
# bends along one straight line, and these lines cross.)* Counted on the same networks:

# %%
from course_lib.data import spirals
from course_lib.experiments.activations import SPIRALS, spiral_network

points, arm = spirals(**SPIRALS)
straight, bent = (
    [np.mean((spiral_network(name, depth)(points)[:, 0] > 0) == arm) for depth in range(6)]
    for name in ("linear", "tanh")
)
claim(
    "Without a bend, at most three quarters are right, whatever the depth",
    max(straight) <= 0.75,
)
claim("With tanh and two or more hidden layers, at least 95 % are right", min(bent[2:]) >= 0.95)

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
# In NumPy each is a line or two, and so is its slope:

# %%
import inspect
from course_lib import activations as act

for function in (act.relu, act.relu_grad, act.leaky_relu, act.tanh, act.tanh_grad):
    print(inspect.getsource(function))

# %%
z = np.array([2.0, -2.0])
claim(
    "Sigmoid: values 0.881 and 0.119, slopes 0.105",
    np.allclose([*act.sigmoid(z), *act.sigmoid_grad(z)], [0.881, 0.119, 0.105, 0.105], atol=5e-4),
)
claim(
    "Tanh: values ±0.964, slopes 0.071",
    np.allclose([*act.tanh(z), *act.tanh_grad(z)], [0.964, -0.964, 0.071, 0.071], atol=5e-4),
)
claim(
    "Leaky ReLU: values 2 and −0.4, slopes 1 and 0.2",
    np.allclose([*act.leaky_relu(z), *act.leaky_relu_grad(z)], [2, -0.4, 1, 0.2]),
)

# %% [markdown]
# Keras has all of them, under the same names. Its slopes come from TensorFlow's automatic differentiation
# (`GradientTape`), so they are a second opinion on ours:

# %%
import tensorflow as tf


def agrees(name, f, slope, z):
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = keras.activations.get(name)(z)
    return np.allclose(f(z), y, rtol=1e-7, atol=1e-7) and np.allclose(
        slope(z), tape.gradient(y, z), rtol=1e-7, atol=1e-7
    )


z = tf.constant(rng.normal(0, 3, 1000))
agreeing = [name for name, pair in act.ACTIVATION_GRADIENTS.items() if agrees(name, *pair, z)]
claim("Thirteen activations and their slopes agree with Keras to seven digits", len(agreeing) == 13)

# %% [markdown]
# Nine of them and the step (left out are SELU, a scaled ELU, and three made of straight pieces: ReLU6, hard sigmoid and
# hard SiLU):

# %%
plots.plot_gallery()
show("""Ten small graphs of activations from −4 to 4, values solid, slopes dashed. Step, sigmoid and
tanh level off on both sides. ReLU, ELU, GELU, softplus and SiLU level off on the left only, linear
and leaky ReLU on no side.""")

# %% [markdown]
# *Look at the dashed lines: where are they near 0?* There the curve is flat and the neuron is **saturated**. A change of
# its sum hardly reaches its output. The step is flat *everywhere*, so nothing can be learnt through it by slopes.

# %%
widgets.Activation("sigmoid", z=1)

# %% [markdown]
# 1. Where is the sigmoid steepest, and how steep? And tanh?
# 2. Which activations can give a *negative* slope? Which way does the value go there?
# 3. Compare GELU with its tanh form. Can you see a difference?
#
# The answers, measured on a fine grid:

# %%
fine = np.linspace(-10, 10, 200_001)
claim(
    "The sigmoid's slope is at most ¼, at 0; tanh's is at most 1, at 0",
    act.sigmoid_grad(fine).max() == 0.25 == act.sigmoid_grad(0.0)
    and act.tanh_grad(fine).max() == 1 == act.tanh_grad(0.0),
)
falling = {name for name, (_, slope) in act.ACTIVATION_GRADIENTS.items() if slope(fine).min() < 0}
claim("Only GELU, SiLU and hard SiLU fall somewhere", falling == {"gelu", "silu", "hard_silu"})
off_by = np.abs(act.gelu(fine) - act.gelu(fine, approximate=True))
claim("GELU's tanh form is off by less than 0.0005 everywhere", off_by.max() < 0.0005)

# %% [markdown]
# **GELU** is $z\,\Phi(z)$: the sum times the share of a bell curve that lies left of it. The tanh form,
# $\tfrac{z}{2}\bigl(1 + \tanh[\sqrt{2/\pi}\,(z + 0.044715\,z^3)]\bigr)$, spares the computation of that share
# ([@hendrycks2016]).

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
# a billionth?

# %%
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

# %%
left = {name: runs[:, 0] / runs[:, -1] for name, runs in sizes.items()}
claim("Ten slopes of ¼ leave less than a millionth", 0.25**10 < 1e-6)
claim("Sigmoid: less than a billionth arrives at layer 1", (left["sigmoid"] < 1e-9).all())
kept = [share ** (1 / 19) for share in left["sigmoid"]]
claim("Per layer it keeps between a fifth and a quarter", min(kept) > 0.2 and max(kept) < 0.25)
claim("Tanh and ReLU: more than a tenth arrives", min(*left["tanh"], *left["ReLU"]) > 0.1)

# %% [markdown]
# This is the **vanishing gradient** ([@bengio1994] analysed it in networks that run over time). The first layers of such a
# network learn next to nothing. ReLU's slope is exactly 1 wherever the neuron is on, and tanh's is close to 1 near 0.

# %% [markdown]
# ## Zero-centred or not
#
# A neuron's weight changes in proportion to the input that it weighs. If all inputs are positive, as they are behind a
# layer of sigmoids, then for one example *all* weights of the neuron move up together, or all down together ([@lecun2012]).
# To move one up and one down it must zigzag. Values that are **zero-centred** have no such trouble.
#
# Does it matter? Here is a fair test: the same sigmoid, shifted down by ½. It has exactly the same slopes.

# %%
from course_lib.experiments.activations import digit_network, epochs_until
from course_lib.layers import Activation


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
claim("In the median, in less than three quarters of the epochs", fast < 0.75 * slow)

# %% [markdown]
# It does matter. ReLU is not zero-centred either; ELU was made to come closer to it ([@clevert2015]).

# %% [markdown]
# ## Six times faster?
#
# You will often read that ReLU makes training six times faster. The number has one source: the paper that made ReLU famous.
# In 2012 a four-layer convolutional network on the photographs of CIFAR-10 reached 25 % training error in a sixth of the
# epochs that the same network with *tanh* took, each with the learning rate that suited it best ([@krizhevsky2017],
# a reprint). One network, one data set.
#
# Repeat it in miniature: dense networks, digits, and for each activation the best learning rate of several, chosen beforehand
# with other seeds. We count the epochs to 1 % training error, because 25 % takes ReLU and tanh only one or two.

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
    "256 wide: tanh needs at least 1.2 times as many epochs as ReLU, but not 3 times",
    1.2 < wide < 3,
)
claim("Sigmoid needs at least twice as many as ReLU", sigmoid > 2 * relu)

# %% [markdown]
# So our answer is: *it depends*. Narrow, no gain. Wide, a gain, and less than three times. Nowhere six. A factor belongs to the network, the data
# and the year in which it was measured.

# %% [markdown]
# ## What goes wrong
#
# ReLU's weak side is its flat side. Train a network with two hidden layers at the learning rate 1.5, five epochs, five seeds:

# %%
from course_lib.experiments.activations import firing, share_right, train_digits


def after(activation, learning_rate, epochs, seed):
    rng = np.random.default_rng(seed)
    network = digit_network([64, 64, 64], activation, rng)
    train_digits(network, learning_rate, epochs, rng)
    return network


broken = [after("relu", 1.5, 5, seed) for seed in range(5)]
claim("It reads at most one training digit in five", all(share_right(n) < 0.2 for n in broken))

# %% [markdown]
# That is guessing. The obvious cure is a gentler rate. **Predict, then run:** ten more epochs at 0.1, a rate that is known to
# work. Will they recover?

# %%
for seed, network in enumerate(broken):
    train_digits(network, 0.1, 10, np.random.default_rng(seed))
shares = [share_right(network) for network in broken]
claim("At the gentle rate all five still misread most digits", max(shares) < 0.5)

# %% [markdown]
# No. **Diagnosis:** count, for each neuron of the last hidden layer, the digits for which it is above 0.

# %%
never = [np.mean(~firing(network).any(axis=0)) for network in broken]
claim("More than half of the neurons fire for no digit at all", min(never) > 0.5)

# %% [markdown]
# The huge steps pushed weights and biases so far down that these neurons' sums are negative for *every* digit. There ReLU's value
# is 0 and its slope is 0. No slope, no change, no way back: a **dead ReLU** ([@lu2020] study it).
#
# **Cure.** Take a dead network, keep every weight, and put leaky ReLU in ReLU's place. Now 0.2 of each change gets through:

# %%
import copy

revived = copy.deepcopy(broken)
for seed, network in enumerate(revived):
    for layer in network.layers:
        if isinstance(layer, Activation):
            layer.f, layer.f_grad = act.leaky_relu, act.leaky_relu_grad
    train_digits(network, 0.02, 30, np.random.default_rng(seed))
claim(
    "With leaky ReLU, the same weights learn again: at least 80 % right in every run",
    all(share_right(n) >= 0.8 for n in revived),
)

# %% [markdown]
# Better still, do not kill them: start with the gentle rate (and He's weights, as here).

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
twin = keras.ops.softmax(logits)
claim("Keras' softmax gives the same, to twelve digits", np.allclose(twin, p, rtol=1e-12))
claim("Adding 100 to all logits changes nothing", np.allclose(act.softmax(logits + 100), p))

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
# Dividing all logits by a **temperature** $T$ changes how sure the answer sounds, never which is first ([@hinton2015]):

# %%
widgets.Softmax()

# %% [markdown]
# 1. Move *add to all*. Which column changes, and which does not?
# 2. Turn the temperature up to 5, then down to 0.1. Towards what do the bars go in each case?
# 3. Set all logits to 0, then raise one. How high must it be for 90 %?
#
# *(1: only the logits change. 2: towards equal shares; towards everything for the largest. 3: to about 3.3, because
# $e^z / (e^z + 3) = 0.9$ means $e^z = 27$.)*

# %%
claim("e^z = 27 at z = 3.3, to one decimal", round(float(np.log(27)), 1) == 3.3)
claim(
    "With two logits, z and 0, softmax is the sigmoid of z",
    np.isclose(act.softmax(np.array([1.7, 0.0]))[0], act.sigmoid(1.7)),
)

# %% [markdown]
# ## Which one?
#
# | activation | values | steepest | flat where | use it |
# |---|---|---|---|---|
# | step | 0 or 1 | – | everywhere | never where slopes must teach |
# | linear | all | 1 | nowhere | head for amounts; between layers it adds no bend, and is used just where none is wanted (chapter 09) |
# | sigmoid | 0 to 1 | ¼ | both sides | head for yes or no; gates of an LSTM ([@hochreiter1997]) |
# | tanh | −1 to 1 | 1 | both sides | recurrent networks, small dense ones |
# | ReLU | from 0 | 1 | left, slope 0 | the first choice in dense and convolutional networks ([@fukushima1969] used it early) |
# | leaky ReLU | all | 1 | nowhere | where ReLUs die ([@he2015] learn the fraction) |
# | ELU | from −1 | 1 | left | like ReLU, with means nearer to 0 ([@clevert2015]) |
# | GELU | from −0.17 | 1.13 | left | transformers ([@devlin2018]) |
# | SiLU (swish) | from −0.28 | 1.10 | left | deep image networks ([@ramachandran2017]), gates in language models ([@touvron2023]) |
# | softplus | above 0 | 1 | left | where an output must be positive |
# | softmax | 0 to 1, sum 1 | – | when very sure | head for one of K classes |
#
# The four numbers that no formula gives:

# %%
gelu = act.gelu(fine).min(), act.gelu_grad(fine).max()
silu = act.silu(fine).min(), act.silu_grad(fine).max()
claim(
    "GELU: lowest −0.17, steepest 1.13. SiLU: lowest −0.28, steepest 1.10",
    np.allclose([*gelu, *silu], [-0.17, 1.13, -0.28, 1.10], atol=5e-3),
)

# %% [markdown]
# If you are not sure: ReLU with He's weights inside, and the head that fits the question. Change it only for a reason that you
# have measured.

# %% [markdown]
# ## Common misunderstandings
#
# - *"More layers always add power."* Without a bend they add none.
# - *"ReLU is linear, so it cannot bend."* It is linear on each side of 0. The corner is the bend.
# - *"ReLU is six times faster."* Against tanh, in one experiment of one paper. Here it was nowhere three.
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
# **Next:** the [exercises](../exercises/02-activations.ipynb). Then [chapter 03, *Losses*](03-losses.ipynb), asks how wrong
# an answer is, and which way is down.

# %% [markdown]
# ## Sources
#
# [@]

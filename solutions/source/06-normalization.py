# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 06 · Exercises: normalization
#
# Ten exercises, from the size of a sum to a deep network that is repaired by measuring. They go with
# [the chapter on normalization](../chapters/06-normalization.ipynb). Together they are worth 24 points and take about
# 160 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the second
# exercise it is `check.scale_by.hint()`.

# %%
import numpy as np

from course_lib.checks import normalization as check

# %% [markdown]
# ### Exercise 1 · Ten layers
# *predict · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# A layer has 100 inputs, whose squares have the mean 1. Its weights are random, with mean 0 and variance 0.02. There is
# no activation and no bias.
#
# - What is the mean of the squares of its outputs, on average over the weights?
# - And after ten such layers, each with 100 neurons?
# - Which variance of the weights would keep the mean square as it is?
# - And which, if each layer ends in ReLU?
#
# Answer with a dict of four numbers. A wrong one would look like this:
# `{"one layer": 1, "ten layers": 1, "kept": 1, "kept with ReLU": 1}`.

# %%
# BEGIN SOLUTION
ten_layers = {"one layer": 2, "ten layers": 1024, "kept": 0.01, "kept with ReLU": 0.02}
# END SOLUTION

# %%
check.ten_layers(ten_layers)

# %% [markdown] tags=["solution"]
# 100 · 0.02 = 2, and ten layers multiply by it ten times: 2¹⁰ = 1024. The factor is 1 for a variance of 1 / 100, and
# with ReLU, which loses one half, for 2 / 100. So these ten layers would be just right with ReLU.

# %% [markdown]
# ### Exercise 2 · What training knows
# *implement · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# Scale new examples with what was learnt from the training examples: for each feature, subtract its mean in training and
# divide by its spread in training (the standard deviation, as `np.std` computes it). A feature that never varies in
# training is only shifted by its mean.
#
# - In: `train`, shape (n, features); `new`, shape (m, features).
# - Out: the new examples, shape (m, features), float64.


# %%
def scale_by(train, new):
    """New examples, each feature scaled by its mean and spread in training.

    >>> train = np.array([[1.0, 10.0], [3.0, 30.0]])
    >>> scale_by(train, np.array([[2.0, 50.0]])).tolist()
    [[0.0, 3.0]]
    """
    # BEGIN SOLUTION
    std = train.std(axis=0)
    return (new - train.mean(axis=0)) / np.where(std > 0, std, 1)
    # END SOLUTION


# %%
check.scale_by(scale_by)

# %% [markdown] tags=["solution"]
# scikit-learn's `StandardScaler` does the same. Had the new examples a say in their own scaling, the answer for one of
# them would depend on which others came with it: the failure of this chapter, before the first layer.

# %% [markdown]
# ### Exercise 3 · Who shares a mean?
# *predict · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# In the middle of a network that sees pictures, a batch has the shape (32, 8, 8, 16): 32 pictures of 8 × 8 places with
# 16 features each. It goes through Keras' `BatchNormalization()`, or through `LayerNormalization()`, both as they are if
# you ask for nothing else: both take the last axis for the features.
#
# For batch norm in training: how many means does it compute, and how many numbers go into each? How many numbers does it
# learn by gradients, and how many does it remember for later? For layer norm: how many means, of how many numbers each?
#
# Answer with a dict of whole numbers under the names `"batch norm: means"`, `"batch norm: numbers in each"`,
# `"batch norm: learnt"`, `"batch norm: remembered"`, `"layer norm: means"` and `"layer norm: numbers in each"`.

# %%
# BEGIN SOLUTION
shared_means = {
    "batch norm: means": 16,
    "batch norm: numbers in each": 2048,
    "batch norm: learnt": 32,
    "batch norm: remembered": 32,
    "layer norm: means": 2048,
    "layer norm: numbers in each": 16,
}
# END SOLUTION

# %%
check.shared_means(shared_means)

# %% [markdown] tags=["solution"]
# Batch norm averages over everything but the features: 32 · 8 · 8 = 2048 numbers for each of 16 means, and it learns a
# gamma and a beta and remembers a mean and a variance for each. Layer norm does the opposite: 2048 places with 16
# numbers each. The Keras layer leaves the places apart; the paper's own formula would take a whole picture together.

# %% [markdown]
# ### Exercise 4 · He for leaky ReLU
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# Leaky ReLU keeps what is positive and multiplies what is negative by a `slope`. It silences nobody, so it needs a
# smaller spread of the weights than ReLU. Which spread keeps the mean square of the signal?
#
# - In: `shape`, a tuple: the shape of a kernel, (inputs, units) or, for a convolution, (window, …, inputs, units);
#   `slope`, a number.
# - Out: the standard deviation, a number. Fan-in is all that flows into one unit: for a convolution the whole window.

# %%
import math


def leaky_he(shape, slope):
    """The spread of the weights that keeps the signal's size through leaky ReLU.

    >>> leaky_he((50, 10), 0.0)
    0.2
    """
    # BEGIN SOLUTION
    fan_in = math.prod(shape[:-1])
    return math.sqrt(2 / ((1 + slope**2) * fan_in))
    # END SOLUTION


# %%
check.leaky_he(leaky_he)

# %% [markdown] tags=["solution"]
# Half of the squares stay, the other half is multiplied by slope². So (1 + slope²) / 2 of the mean square is left, and
# the variance has to make up for it. A slope of 0 gives He, a slope of 1 gives LeCun. The formula is in the same paper
# as He's ([@he2015]).

# %% [markdown]
# ### Exercise 5 · Five sick networks
# *diagnose · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# Five networks of fifty layers of 64 neurons, measured before training. The signal enters with size 1, and a gradient of
# size 1 enters at the end.
#
# | | activation | weights | around each block | signal at the end | gradient at the beginning | likeness at the end |
# |---|---|---|---|---:|---:|---:|
# | A | ReLU | Glorot | – | 10⁻⁸ | 10⁻⁸ | 0.99 |
# | B | ReLU | ? | – | 0 | 0 | 0 |
# | C | tanh | ? | – | 0.9 | 10⁹ | 0 |
# | D | ReLU | He | batch norm | 1 | 10⁴ | 0.3 |
# | E | ReLU | He | a skip | 10⁷ | 10⁷ | 0.98 |
#
# Give each the one cure that it lacks:
#
# 1. a residual connection around each block
# 2. a normalization inside each block
# 3. weights with twice the variance
# 4. weights with a much smaller spread
# 5. random weights in place of equal ones
#
# Each cure is used once. Answer with a dict of numbers, like `{"A": 1, "B": 1, "C": 1, "D": 1, "E": 1}`.

# %%
# BEGIN SOLUTION
cures = {"A": 3, "B": 5, "C": 4, "D": 1, "E": 2}
# END SOLUTION

# %%
check.cures(cures)

# %% [markdown] tags=["solution"]
# A has weights for tanh under ReLU, which halves the squares in each layer. B started at zero. C hides its large weights
# behind tanh, which cannot pass 1; each sum is far out where tanh is flat. D and E have one half of the cure each: the
# chapter's network with both keeps everything within bounds.

# %% [markdown]
# ### Exercise 6 · Fold it away
# *implement · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# After training, a batch normalization multiplies each feature by one number and adds another. A dense layer before it
# can do that itself, and the normalization costs nothing any more. Find the kernel and bias of the one dense layer that
# gives what the two gave: first the dense layer, then batch norm with its moving averages.
#
# - In: `kernel`, shape (inputs, units); `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`, shape (units,);
#   `epsilon`, a number.
# - Out: a pair `(kernel, bias)` of new arrays, float64.


# %%
def fold(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    """One dense layer in place of a dense layer and the batch norm after it: (kernel, bias).

    >>> kernel, bias = fold(np.array([[1.0]]), np.array([0.5]), np.array([2.0]), np.array([1.0]),
    ...                     np.array([1.5]), np.array([0.75]), 0.25)
    >>> kernel.tolist(), bias.tolist()
    ([[2.0]], [-1.0])
    """
    # BEGIN SOLUTION
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return kernel * scale, (bias - moving_mean) * scale + beta
    # END SOLUTION


# %%
check.fold(fold)

# %% [markdown] tags=["solution"]
# `kernel * scale` multiplies each column, a unit's weights, by that unit's scale. Tools that prepare a network for
# use in a telephone do this. It also shows why a dense layer right before batch norm needs no bias of its own:
# whatever it is, the mean takes it away in training.

# %% [markdown]
# ### Exercise 7 · Two batches, one variance
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# Data that do not fit into memory come in parts, and batches are computed on several machines. Of two parts you know how
# many rows each has, and the mean and variance of each feature. Compute the three numbers for both parts together,
# without the rows. Variances divide by n.
#
# - In: `n_a`, a whole number, 1 or more; `mean_a` and `var_a`, shape (features,); the same for b.
# - Out: a tuple `(n, mean, var)`: a whole number and two arrays of shape (features,), float64.


# %%
def merge(n_a, mean_a, var_a, n_b, mean_b, var_b):
    """(n, mean, variance) of two sets of rows from those of each.

    >>> none = np.array([0.0])
    >>> n, mean, var = merge(1, np.array([2.0]), none, 1, np.array([4.0]), none)
    >>> n, mean.tolist(), var.tolist()
    (2, [3.0], [1.0])
    """
    # BEGIN SOLUTION
    n = n_a + n_b
    mean = (n_a * mean_a + n_b * mean_b) / n
    within = (n_a * var_a + n_b * var_b) / n
    between = n_a * n_b / n**2 * (mean_a - mean_b) ** 2
    return n, mean, within + between
    # END SOLUTION


# %%
check.merge(merge)

# %% [markdown] tags=["solution"]
# The variance of the whole is the mean variance *within* the parts and the variance *between* their means. The other way
# to it, mean of squares less squared mean, is right too, but loses digits where the mean is large against the spread.

# %% [markdown]
# ### Exercise 8 · Three norms that are none
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# Three functions, each with one wrong line. The lines are numbered. The first is batch norm after training:


# %%
def norm_a(batches, x, momentum=0.9, epsilon=1e-3):
    mean, variance = np.zeros(x.shape[1]), np.ones(x.shape[1])  # 1
    for batch in batches:  # 2
        mean = momentum * mean + (1 - momentum) * batch.mean(axis=0)  # 3
        variance = momentum * variance + (1 - momentum) * batch.std(axis=0)  # 4
    return (x - mean) / np.sqrt(variance + epsilon)  # 5


# %% [markdown]
# The second is layer norm:


# %%
def norm_b(x, epsilon=1e-3):
    mean = x.mean(axis=-1, keepdims=True)  # 1
    variance = x.var(axis=0, keepdims=True)  # 2
    return (x - mean) / np.sqrt(variance + epsilon)  # 3


# %% [markdown]
# And the third a residual block with RMS norm inside:


# %%
def block_c(x, kernel):
    h = x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-6)  # 1
    f = np.maximum(h @ kernel, 0)  # 2
    return h + f  # 3


# %% [markdown]
# What is to be seen of them:

# %%
rng = np.random.default_rng(0)
batches = 10 * rng.standard_normal((200, 32, 4))
x, kernel = batches[0], rng.standard_normal((4, 4))
spread = norm_a(batches, x).std()
print("A: after 200 batches the outputs have the spread 1:", bool(abs(spread - 1) < 0.2))
print("B: a row gives the same alone and in company:", np.allclose(norm_b(x[:1]), norm_b(x)[:1]))
print("C: a kernel of zeros leaves x as it is:", np.allclose(block_c(x, 0 * kernel), x))
same = np.allclose(block_c(10 * x, kernel) - 10 * x, block_c(x, kernel) - x)
print("C: what it adds to x is the same for ten times x:", same)

# %% [markdown]
# All should say True. In each, which line has to be changed? One is enough. You may change the functions and run them
# again. If either of two lines will do, give either; but what one line gets wrong is not to be undone in another. Answer
# with a dict of line numbers, like `{"A": 1, "B": 1, "C": 1}`.

# %%
# BEGIN SOLUTION
broken_norms = {"A": 4, "B": 2, "C": 3}
# END SOLUTION

# %%
check.broken_norms(broken_norms)

# %% [markdown] tags=["solution"]
# A remembers the spread and calls it variance, so it divides by the root of a root: line 4 has to take `var`, or line 5 no
# root. B takes its variance over the batch: half a layer norm, half a batch norm. In C the road around the block leads
# through the normalization, so nothing of x's size gets past it, and no gradient passes undisturbed: `return x + f`.

# %% [markdown]
# ### Exercise 9 · Raw inputs
# *build · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# A network in use gets what the instruments give. Here these are five amounts in units so different that one is
# typically a million times another. Write a function that builds a Keras model, trains it and returns it. It takes the
# **raw** numbers, so its scaling has to be inside. It is judged on 500 new rows in the same units: at least **95 %**
# right, with at most **200 parameters** (all that `model.count_params()` counts).
#
# - In: `x`, shape (600, 5), float64; `y`, shape (600,), whole numbers 0, 1 and 2.
# - Out: a trained Keras model that takes (batch, 5) raw numbers and gives (batch, 3): a logit for each class.
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def raw_inputs(x, y):
    """A Keras model, trained on the rows, that takes raw numbers and gives three logits a row."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    scaling = keras.layers.Normalization()
    scaling.adapt(x)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            scaling,
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(3),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.fit(x, y, epochs=30, verbose=0)
    return model
    # END SOLUTION


# %%
check.raw_inputs(raw_inputs)

# %% [markdown] tags=["solution"]
# `adapt` computes mean and variance once, from the training rows, and the model carries them along: 11 numbers (five
# means, five variances and a count) besides the 96 + 51 that are learnt. Whoever uses the model need not know how it
# was scaled, and cannot forget it.

# %% [markdown]
# ### Exercise 10 · Calibrate a deep network
# *implement · difficulty ★★★★☆ · 40 minutes · 4 points*
#
# The last exercise puts the chapter together. He's rule *calculates* the size of the weights. Dmytro Mishkin and Jiri
# Matas *measure* it instead ([@mishkin2015]): send a batch through the network and scale each kernel by what comes out.
# Then it does not matter how the weights began, nor which activation follows.
#
# Go through the kernels in order. What reaches the first layer is x. In each layer:
#
# 1. Compute the sums z = h @ kernel, where h is what reaches the layer, and their rms: the root of the mean of all
#    squares. Divide the kernel by it, and so z too. If the rms is 0, leave both as they are.
# 2. The layer passes on ReLU(z). If `skip` is True and this has the shape of h, it passes on h + ReLU(z).
# 3. Note the rms of what it passes on. That goes into the next layer.
#
# - In: `x`, shape (batch, inputs); `kernels`, a list of arrays (inputs, units) that fit together; `skip`, True or False.
# - Out: a pair `(kernels, sizes)`: the list of the scaled kernels (new arrays), and an array of shape (layers,), float64.


# %%
def calibrate(x, kernels, skip):
    """Kernels scaled so that each layer's sums have size 1, and the sizes that the layers pass on.

    >>> kernels, sizes = calibrate(np.array([[1.0, -1.0]]), [4 * np.eye(2)], True)
    >>> kernels[0].tolist(), round(float(sizes[0]), 4)
    ([[1.0, 0.0], [0.0, 1.0]], 1.5811)
    """
    # BEGIN SOLUTION
    h, scaled, sizes = x, [], []
    for kernel in kernels:
        z = h @ kernel
        size = np.sqrt(np.mean(z**2))
        if size > 0:
            kernel, z = kernel / size, z / size
        y = np.maximum(z, 0)
        h = h + y if skip and y.shape == h.shape else y
        scaled.append(kernel)
        sizes.append(np.sqrt(np.mean(h**2)))
    return scaled, np.array(sizes)
    # END SOLUTION


# %%
check.calibrate(calibrate)

# %% [markdown] tags=["solution"]
# Fifty layers whose weights begin a thousand times too small, or a thousand times too large, come out alike. Without
# skips the layers pass on about the same size, with skips it grows slowly:

# %% tags=["solution"]
from course_lib.page import claim

rng = np.random.default_rng(0)
x, kernels = rng.standard_normal((100, 64)), [rng.standard_normal((64, 64)) for _ in range(50)]
small, large = ([factor * kernel for kernel in kernels] for factor in (1e-3, 1e3))
claim(
    "However the weights began, the sizes are the same",
    np.allclose(calibrate(x, small, False)[1], calibrate(x, large, False)[1]),
)
plain, residual = calibrate(x, small, False)[1], calibrate(x, small, True)[1]
claim(
    "Without skips no layer passes on less than 0.3 or more than 1",
    0.3 < plain.min() <= plain.max() < 1,
)
claim("With skips the size grows in fifty layers, but not a hundredfold", 5 < residual[-1] < 100)

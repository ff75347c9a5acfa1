# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 07 · Exercises: convolution
#
# Nine exercises, from sizes by hand to a network that reads where it has never looked. They go with
# [the chapter on convolution](../chapters/07-convolution.ipynb). Together they are worth 20 points and take about
# 130 minutes. Do them in any order; the last one is a small project.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the second
# exercise it is `check.around.hint()`.

# %%
import numpy as np

from course_lib.checks import convolution as check

# %% [markdown]
# ### Exercise 1 · Sizes by hand
# *predict · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# A grey picture of 28 × 28 pixels meets 8 filters of 5 × 5, with stride 1 and no padding, and with biases.
#
# - How many places has a map along one side?
# - How many parameters has the layer?
# - How many multiplications does it take for one picture?
# - With *same* padding and stride 3 instead: how many places along one side?
#
# Answer with a dict of whole numbers. A wrong one would look like this:
# `{"side": 1, "parameters": 1, "products": 1, "side, same with stride 3": 1}`.

# %%
# BEGIN SOLUTION
sizes_by_hand = {"side": 24, "parameters": 208, "products": 115200, "side, same with stride 3": 10}
# END SOLUTION

# %%
check.sizes_by_hand(sizes_by_hand)

# %% [markdown] tags=["solution"]
# 28 − 5 + 1 = 24; (25 + 1) · 8 = 208; 24 · 24 · 25 · 8 = 115,200; 28 / 3 rounded up is 10.

# %% [markdown]
# ### Exercise 2 · Once around
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# On a ring there is no edge. Convolve a row of pixels whose last is the neighbour of its first: y[i] is the sum of
# kernel[a] · x[i + a], and behind the last pixel comes the first again. Such a convolution is equivariant without any
# margin.
#
# - In: `x`, shape (n,); `kernel`, shape (k,), k at most n.
# - Out: an array of shape (n,).


# %%
def around(x, kernel):
    """A convolution that goes round at the end.

    >>> around(np.array([0.0, 0.0, 1.0, 1.0]), np.array([-1.0, 1.0])).tolist()
    [0.0, 1.0, 0.0, -1.0]
    """
    # BEGIN SOLUTION
    return sum(w * np.roll(x, -a) for a, w in enumerate(kernel))
    # END SOLUTION


# %%
check.around(around)

# %% [markdown] tags=["solution"]
# Photographs of the whole sky and boards without edges are convolved like this.

# %% [markdown]
# ### Exercise 3 · How far it sees
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# Along one axis, a stack of layers is a list of (kernel size, stride, dilation), the one at the input first. How many
# pixels does one output see, from the first to the last? And how many pixels apart are two neighbouring outputs?
#
# - In: `layers`, a list of tuples of three whole numbers; it may be empty.
# - Out: a tuple (field, step) of whole numbers.


# %%
def field_and_step(layers):
    """The receptive field, and the distance of neighbouring outputs in pixels.

    >>> field_and_step([(3, 2, 1), (3, 1, 1)])
    (7, 2)
    """
    # BEGIN SOLUTION
    field = step = 1
    for size, stride, rate in layers:
        field += rate * (size - 1) * step
        step *= stride
    return field, step
    # END SOLUTION


# %%
check.field_and_step(field_and_step)

# %% [markdown] tags=["solution"]
# Each layer adds dilation · (size − 1) steps, each as long as all strides before it.

# %% [markdown]
# ### Exercise 4 · Convolution as a matrix
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# Write down the matrix that convolves a row of n pixels, without padding, with a stride.
#
# - In: `kernel`, shape (k,); `n`, a whole number, at least k; `stride`, a whole number from 1 up.
# - Out: the matrix, shape (places, n), so that matrix @ x is the map of x.


# %%
def band(kernel, n, stride):
    """The matrix of a convolution.

    >>> band(np.array([1.0, 2.0]), 4, 2).tolist()
    [[1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0]]
    """
    # BEGIN SOLUTION
    places = (n - len(kernel)) // stride + 1
    matrix = np.zeros((places, n))
    for i in range(places):
        matrix[i, i * stride : i * stride + len(kernel)] = kernel
    return matrix
    # END SOLUTION


# %%
check.band(band)

# %% [markdown] tags=["solution"]
# Its transpose is the transposed convolution with the same kernel and stride.

# %% [markdown]
# ### Exercise 5 · Softer pooling
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# Max pooling by twos jumps: a bright pixel may fall on either side of a window's edge. A remedy ([@zhang2019b]) takes
# the largest of each two neighbours at *every* place, then the mean of each two neighbours of *that*, and only then
# every second number, beginning with the first.
#
# - In: `x`, shape (n,), n at least 3.
# - Out: a shorter array.


# %%
def soft_pool(x):
    """Max pooling with stride 1, then means of two with stride 2.

    >>> soft_pool(np.array([0.0, 0.0, 4.0, 0.0, 0.0])).tolist()
    [2.0, 2.0]
    """
    # BEGIN SOLUTION
    largest = np.maximum(x[:-1], x[1:])
    return ((largest[:-1] + largest[1:]) / 2)[::2]
    # END SOLUTION


# %%
check.soft_pool(soft_pool)

# %% [markdown] tags=["solution"]
# Blurring before every second number is dropped is what sound engineers do, for the same reason.

# %% [markdown]
# ### Exercise 6 · Does it move along?
# *predict · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A picture with a wide margin of paper moves by *one* pixel. Of each of these, say whether it is equivariant (1),
# invariant (2) or neither (3) under that move:
#
# - A: a convolution with stride 1
# - B: max pooling by twos
# - C: a convolution with stride 1, then the mean over each whole map
# - D: ReLU, at each pixel
# - E: a dense layer over all pixels
#
# Answer with a dict of numbers, like `{"A": 1, "B": 1, "C": 1, "D": 1, "E": 1}`.

# %%
# BEGIN SOLUTION
moves_along = {"A": 1, "B": 3, "C": 2, "D": 1, "E": 3}
# END SOLUTION

# %%
check.moves_along(moves_along)

# %% [markdown] tags=["solution"]
# Pooling by twos follows moves of two pixels only; a dense layer has weights of its own for each place.

# %% [markdown]
# ### Exercise 7 · Three convolutions that are none
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 2 points*
#
# Three functions, each with one wrong line. The lines are numbered. A convolves a row:


# %%
def convolve_a(x, kernel):
    places = range(len(x) - len(kernel))  # 1
    return np.array(  # 2
        [np.sum(x[i : i + len(kernel)] * kernel) for i in places]  # 3
    )


# %% [markdown]
# B convolves a picture (height, width, channels) with a kernel (3, 3, channels):


# %%
def convolve_b(x, kernel):
    y = np.zeros((x.shape[0] - 2, x.shape[1] - 2))  # 1
    for i, j in np.ndindex(*y.shape):  # 2
        y[i, j] = np.sum(x[i : i + 3, j : j + 3, 0] * kernel[..., 0])  # 3
    return y  # 4


# %% [markdown]
# And C a row with a stride:


# %%
def convolve_c(x, kernel, stride):
    places = (len(x) - len(kernel)) // stride + 1  # 1
    return np.array(  # 2
        [x[i : i + len(kernel)] @ kernel for i in range(places)]  # 3
    )


# %% [markdown]
# What is to be seen of them:

# %%
ones = np.ones(5)
print("A: five pixels, a kernel of 3: three places:", len(convolve_a(ones, ones[:3])) == 3)
cube = np.ones((3, 3, 2))
print("B: ones in two channels: 18:", convolve_b(cube, cube).sum() == 18)
print("C: pixels 0 and 2 of 0, 1, 2:", convolve_c(np.arange(3.0), ones[:1], 2).tolist() == [0, 2])

# %% [markdown]
# All should say True. In each, which one line has to be changed? Answer with a dict of line numbers, like
# `{"A": 1, "B": 1, "C": 1}`.

# %%
# BEGIN SOLUTION
broken_convolutions = {"A": 1, "B": 3, "C": 3}
# END SOLUTION

# %%
check.broken_convolutions(broken_convolutions)

# %% [markdown] tags=["solution"]
# A leaves out the last place (+ 1), B all channels but the first, C cuts at i instead of i · stride.

# %% [markdown]
# ### Exercise 8 · Where it has never looked
# *build · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# Pictures of 12 × 12 pixels show a plus (0) or a cross (1), three pixels large, on faint noise. In training the sign is
# always in the **left** half. Write a function that builds a Keras model, trains it and returns it. It is judged on 400
# signs in the **right** half: at least **90 %** right, with at most **2,000 parameters**.
#
# - In: `x`, shape (400, 12, 12, 1), float32; `y`, shape (400,), whole numbers 0 and 1.
# - Out: a trained Keras model that takes (batch, 12, 12, 1) and gives (batch, 2): a logit for each sign.
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def reads_anywhere(x, y):
    """A Keras model that learns from signs on the left and reads those on the right."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss)
    model.fit(x, y, epochs=20, batch_size=50, verbose=0)
    return model
    # END SOLUTION


# %%
check.reads_anywhere(reads_anywhere)

# %% [markdown] tags=["solution"]
# The filters move along with the sign, the largest number of a map stays what it is: equivariant, then invariant.

# %% [markdown]
# ### Exercise 9 · One head, everywhere
# *implement · difficulty ★★★★☆ · 30 minutes · 4 points*
#
# The project of this chapter: read a whole sheet with a network made for small pictures. Its convolutions have already
# made maps of the sheet. Its dense layer stood behind `Flatten` and saw windows of (rows, columns) of these maps. Let
# it speak at every place where such a window fits, one step apart.
#
# - In: `maps`, shape (height, width, channels); `kernel`, shape (rows · columns · channels, units), as a Keras dense layer has it
#   behind Flatten; `bias`, shape (units,); `window`, a tuple (rows, columns).
# - Out: the logits, shape (height − rows + 1, width − columns + 1, units).


# %%
def head_everywhere(maps, kernel, bias, window):
    """A dense layer behind Flatten, at each place of larger maps.

    >>> maps, kernel = np.arange(6.0).reshape(2, 3, 1), np.array([[1.0], [0.0], [0.0], [0.0]])
    >>> head_everywhere(maps, kernel, np.array([0.0]), (2, 2)).tolist()
    [[[0.0], [1.0]]]
    """
    # BEGIN SOLUTION
    rows, columns = window
    windows = np.lib.stride_tricks.sliding_window_view(maps, window, axis=(0, 1))
    kernel = kernel.reshape(rows, columns, maps.shape[-1], -1)
    return np.einsum("ijcab,abcu->iju", windows, kernel) + bias
    # END SOLUTION


# %%
check.head_everywhere(head_everywhere)

# %% [markdown] tags=["solution"]
# Flatten puts channels last, so the kernel of the dense layer, reshaped to (rows, columns, channels, units), is the
# kernel of a convolution: the chapter's sheet was read like that.
#
# ## Sources
#
# [@]

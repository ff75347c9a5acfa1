# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 02 · Exercises: activations
#
# Ten exercises, from slopes on paper to a network of ten hidden layers that learns. They go with
# [the chapter on activations](../chapters/02-activations.ipynb). Together they are worth 22 points and take about 155
# minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. For one more hint, add a cell and ask: for the fourth exercise it
# is `check.hard_swish.hint()`.

# %%
import numpy as np

from course_lib.checks import activations as check

# %% [markdown]
# ### Exercise 1 · Values and slopes by hand
# *predict · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# Without Python:
#
# - A neuron's sum is −3. What is the value of ReLU there, and what is its slope? And of a leaky ReLU whose fraction is 0.1?
# - Another neuron's *output* is 0.8, and its activation is the sigmoid. What is the slope at that place?
# - A third neuron's output is 0.6, and its activation is tanh. The slope?
#
# Answer with a dict of six numbers, right to two decimals. A wrong one would look like this: `{"ReLU value": 1,
# "ReLU slope": 2, "leaky value": 3, "leaky slope": 4, "sigmoid slope": 5, "tanh slope": 6}`.

# %%
# BEGIN SOLUTION
values_by_hand = {
    "ReLU value": 0,
    "ReLU slope": 0,
    "leaky value": -0.3,
    "leaky slope": 0.1,
    "sigmoid slope": 0.16,
    "tanh slope": 0.64,
}
# END SOLUTION

# %%
check.values_by_hand(values_by_hand)

# %% [markdown] tags=["solution"]
# Left of 0, ReLU is flat and leaky ReLU is the line 0.1 z. The other two slopes need no sum at all: 0.8 · 0.2 = 0.16 and
# 1 − 0.6² = 0.64. That saves work in training, where the values are known already.

# %% [markdown]
# ### Exercise 2 · Three neurons, one line
# *predict · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# Three neurons stand one behind the other, without activations. They compute $2x - 1$, then $-3 \cdot \text{input} + 0.5$,
# then $0.5 \cdot \text{input} + 4$.
#
# - Which weight and which bias has the single neuron that does the same?
# - Now the first neuron gets a ReLU, the other two stay as they are. What comes out at the end for $x = 0$?
#
# Answer with a dict like `{"weight": 1, "bias": 2, "with a bend": 3}`.

# %%
# BEGIN SOLUTION
three_in_one = {"weight": -3, "bias": 5.75, "with a bend": 4.25}
# END SOLUTION

# %%
check.three_in_one(three_in_one)

# %% [markdown] tags=["solution"]
# −3 (2x − 1) + 0.5 = −6x + 3.5, and half of that plus 4 is −3x + 5.75. With the ReLU, the first neuron's −1 becomes 0, the
# second makes 0.5 of it and the third 0.25 + 4.

# %% [markdown]
# ### Exercise 3 · A millionth
# *predict · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# A small change goes through a chain of neurons, one for each layer, all weights 1. Each neuron multiplies it by the slope
# of its activation. After how many layers is *less* than a millionth of the change left,
#
# - if all neurons are sigmoids with the sum 0,
# - if all are tanh with the sum 1 (tanh 1 = 0.7616),
# - if all are leaky ReLUs with the fraction 0.2 and a negative sum?
#
# And in the first chain: which *weight*, the same everywhere, would let the change through undiminished? A pocket
# calculator is enough. Answer like this: `{"sigmoid": 1, "tanh": 2, "leaky ReLU": 3, "weight": 0.5}`.

# %%
# BEGIN SOLUTION
layers_to_a_millionth = {"sigmoid": 10, "tanh": 16, "leaky ReLU": 9, "weight": 4}
# END SOLUTION

# %%
check.layers_to_a_millionth(layers_to_a_millionth)

# %% [markdown] tags=["solution"]
# 0.25¹⁰ = 0.00000095, 0.42¹⁶ = 0.00000094 and 0.2⁹ = 0.0000005. A weight of 4 makes up for a slope of ¼, but only where
# the sum is 0: elsewhere the slope is smaller still. Starting weights that keep changes at their size are the
# subject of chapter 06.

# %% [markdown]
# ### Exercise 4 · A cheap swish
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# SiLU multiplies its sum by a sigmoid. Telephones prefer a version without $e^z$, *hard swish* ([@howard2019]): the share is
# $z + 3$ cut off at 0 and 6, divided by 6. So the value is
#
# $$z \cdot \frac{\min(\max(z + 3,\, 0),\, 6)}{6}$$
#
# Write a function that returns the value and the slope, entry by entry. The slope is 0 for $z \le -3$, 1 for $z \ge 3$, and
# in between what you find.
#
# - In: `z`, an array of any shape, which may hold whole numbers.
# - Out: a pair `(value, slope)` of float64 arrays of the same shape.


# %%
def hard_swish(z):
    """(value, slope) of hard swish.

    >>> value, slope = hard_swish(np.array([-3.0, 0.0, 1.5, 4.0]))
    >>> value.tolist(), slope.tolist()
    ([-0.0, 0.0, 1.125, 4.0], [0.0, 0.5, 1.0, 1.0])
    """
    # BEGIN SOLUTION
    value = z * np.clip(z + 3, 0, 6) / 6
    slope = np.where(z <= -3, 0.0, np.where(z >= 3, 1.0, (2 * z + 3) / 6))
    return value, slope
    # END SOLUTION


# %%
check.hard_swish(hard_swish)

# %% [markdown] tags=["solution"]
# Between −3 and 3 the value is (z² + 3z) / 6, so the slope is (2z + 3) / 6. At −1.5 it is 0: there hard swish has its lowest
# point, −0.375.

# %% [markdown]
# ### Exercise 5 · Whose outputs are these?
# *diagnose · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# Six layers received the same 10,000 sums, spread around 0. Here is what came out:
#
# | layer | smallest | mean | largest | exactly 0 |
# |---|---:|---:|---:|---:|
# | A | −1.00 | 0.00 | 1.00 | 0 % |
# | B | 0.00 | 0.81 | 6.96 | 50 % |
# | C | 0.00 | 0.50 | 1.00 | 0 % |
# | D | −1.56 | 0.65 | 6.96 | 0 % |
# | E | −1.00 | 0.47 | 6.96 | 0 % |
# | F | −0.17 | 0.72 | 6.96 | 0 % |
#
# The activations are `"sigmoid"`, `"tanh"`, `"ReLU"`, `"leaky ReLU"`, `"ELU"` and `"GELU"`. Answer with a dict from the
# letters to these names, such as `{"A": "GELU", "B": "GELU", "C": "GELU", "D": "GELU", "E": "GELU", "F": "GELU"}`.

# %%
# BEGIN SOLUTION
whose_outputs = {
    "A": "tanh",
    "B": "ReLU",
    "C": "sigmoid",
    "D": "leaky ReLU",
    "E": "ELU",
    "F": "GELU",
}
# END SOLUTION

# %%
check.whose_outputs(whose_outputs)

# %% [markdown] tags=["solution"]
# Look at the smallest value first: it tells five of the six apart, and the largest does the rest. Such a table, printed
# for each layer of a network that does not learn, is a good first look. This is where the numbers come from:

# %% tags=["solution"]
from course_lib.activations import ACTIVATION_GRADIENTS
from course_lib.page import claim

sums = 2 * np.random.default_rng(0).normal(size=10_000)
names = ["tanh", "relu", "sigmoid", "leaky_relu", "elu", "gelu"]
outputs = [ACTIVATION_GRADIENTS[name][0](sums) for name in names]
table = [[y.min(), y.mean(), y.max()] for y in outputs]
claim(
    "The table's first three columns are right",
    np.allclose(
        table,
        [
            [-1, 0, 1],
            [0, 0.81, 6.96],
            [0, 0.50, 1],
            [-1.56, 0.65, 6.96],
            [-1, 0.47, 6.96],
            [-0.17, 0.72, 6.96],
        ],
        atol=0.0051,
    ),
)

# %% [markdown]
# ### Exercise 6 · Dead, always on, or bending
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# A ReLU unit that is on for no example is dead. One that is on for *every* example is no bend either: for these examples it is
# linear. Write a function that sorts the units of a layer. A unit is *on* for an example if its sum, bias included, is
# above 0.
#
# - In: `x`, numbers of shape (batch, inputs); `kernel`, shape (inputs, units); `bias`, shape (units,).
# - Out: whole numbers of shape (units,): −1 for a unit that is on for no example, 1 for one that is on for every example,
#   0 for all others.


# %%
def unit_states(x, kernel, bias):
    """-1 for each dead unit, 1 for each that is always on, 0 for each that bends.

    >>> x = np.array([[1.0], [3.0]])
    >>> unit_states(x, np.array([[1.0, 1.0, 1.0]]), np.array([-3.0, -2.0, 0.0])).tolist()
    [-1, 0, 1]
    """
    # BEGIN SOLUTION
    on = x @ kernel + bias > 0
    dead = ~on.any(axis=0)
    always = on.all(axis=0)
    return always.astype(int) - dead.astype(int)
    # END SOLUTION


# %%
check.unit_states(unit_states)

# %% [markdown] tags=["solution"]
# The first unit of the example has the sums −2 and 0: never above 0, so it is dead. How many units of a trained network
# bend tells more about it than how many it has.

# %% [markdown]
# ### Exercise 7 · Three broken softmaxes
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 2 points*
#
# Each of these functions has one wrong line. The lines are numbered.


# %%
def softmax_a(logits):
    largest = np.max(logits, axis=-1, keepdims=True)  # 1
    e = np.exp(logits) - largest  # 2
    total = np.sum(e, axis=-1, keepdims=True)  # 3
    return e / total  # 4


# %% [markdown]
# The second:


# %%
def softmax_b(logits):
    largest = np.max(logits, axis=-1, keepdims=True)  # 1
    e = np.exp(logits - largest)  # 2
    total = np.sum(e)  # 3
    return e / total  # 4


# %% [markdown]
# And the third:


# %%
def softmax_c(logits):
    largest = np.max(np.abs(logits), axis=-1, keepdims=True)  # 1
    e = np.exp(logits - largest)  # 2
    total = np.sum(e, axis=-1, keepdims=True)  # 3
    return e / total  # 4


# %% [markdown]
# What they say about two rows of logits, then about one row of large negative ones. The right answers are 0.67, 0.24, 0.09
# and 0.33, 0.33, 0.33 for the first two rows, and 0.67, 0.24, 0.09 for the last:

# %%
np.seterr(all="ignore")
two_rows, negative = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), np.array([[-1000, -1001, -1002]])
for name, f in [("A", softmax_a), ("B", softmax_b), ("C", softmax_c)]:
    print(f"{name}: {f(two_rows).round(2).tolist()}  then {f(negative).round(2).tolist()}")

# %% [markdown]
# In each function, which line has to be changed? One line is enough, and each name is to hold what it says. Where more
# than one line would do, each of them is right; but a last line that does the whole work anew does not count. You may
# change them and run them again. Answer with a dict of line numbers, like `{"A": 4, "B": 4, "C": 4}`.

# %%
# BEGIN SOLUTION
broken_softmaxes = {"A": 2, "B": 3, "C": 1}
# END SOLUTION

# %%
check.broken_softmaxes(broken_softmaxes)

# %% [markdown] tags=["solution"]
# A subtracts the maximum from the powers and not from the logits. B divides by the sum of the whole batch: its rows do not
# come to 1, and one example's answer depends on the others. C is the sly one. Any number may be subtracted, so it is
# right for everyday logits. For −1000 it subtracts 1000 where it should add it: all powers are 0, and 0 / 0 is no number.
#
# B can be cured in line 4 as well, which may divide by the sum of the row, and C in line 2, with the largest logit.

# %% [markdown]
# ### Exercise 8 · Softmax down to the temperature 0
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# A temperature above 0 divides the logits before softmax. Towards 0 the largest logit takes everything. Write a softmax that
# takes both: temperatures above 0, and exactly 0, where the answer is the limit. There the largest takes all, by however
# little it is larger. If several logits of a row are equally large, they share alike. Large logits must not overflow.
#
# - In: `logits`, an array of shape (..., classes), which may hold whole numbers; `temperature`, a number from 0 up.
# - Out: float64 of the same shape; the shares along the last axis add up to 1.


# %%
def softmax_at(logits, temperature):
    """Softmax along the last axis, at any temperature from 0 up.

    >>> softmax_at(np.array([1.0, 3.0, 3.0]), 0).tolist()
    [0.0, 0.5, 0.5]
    """
    # BEGIN SOLUTION
    largest = logits.max(axis=-1, keepdims=True)
    if temperature == 0:
        e = (logits == largest).astype(float)
    else:
        e = np.exp((logits - largest) / temperature)
    return e / e.sum(axis=-1, keepdims=True)
    # END SOLUTION


# %%
check.softmax_at(softmax_at)

# %% [markdown] tags=["solution"]
# After the maximum is subtracted, the largest logits are 0 and the others negative. Divided by a temperature close to 0, the
# others go to −∞ and their powers to 0, while the largest keep $e^0 = 1$. The marks are just that limit, and both cases
# share the last line.

# %% [markdown]
# ### Exercise 9 · Squeeze a network
# *implement · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# A network is given as a list of layers, each a triple `(kernel, bias, activation)` with the activation's name. Some layers
# are `"linear"`. Each of those can be joined to the layer *after* it without changing what the network computes.
#
# Write a function that returns the shorter list, in the same form. The joined layer has the activation of the second. A chain of
# several linear layers becomes one. If the last layer is linear, nothing follows it, and it stays linear.
#
# - In: `layers`, a list of triples: kernel (inputs, units), bias (units,), a text.
# - Out: such a list.


# %%
def squeeze(layers):
    """The same network, every linear layer joined to the one after it.

    >>> first = np.array([[2.0]]), np.array([1.0]), "linear"
    >>> second = np.array([[3.0]]), np.array([-2.0]), "relu"
    >>> [(kernel, bias, name)] = squeeze([first, second])
    >>> kernel.tolist(), bias.tolist(), name
    ([[6.0]], [1.0], 'relu')
    """
    # BEGIN SOLUTION
    squeezed = []
    for kernel, bias, activation in layers:
        if squeezed and squeezed[-1][2] == "linear":
            first_kernel, first_bias, _ = squeezed.pop()
            bias = first_bias @ kernel + bias
            kernel = first_kernel @ kernel
        squeezed.append((kernel, bias, activation))
    return squeezed
    # END SOLUTION


# %%
check.squeeze(squeeze)

# %% [markdown] tags=["solution"]
# The order of the two lines matters: the bias needs the second kernel as it was. Because the joined layer goes back into
# the list, a chain of linear layers shrinks one by one.

# %% [markdown]
# ### Exercise 10 · Ten layers deep
# *build · difficulty ★★★★☆ · 30 minutes · 4 points*
#
# The last exercise needs the whole chapter. Build a network of **at least ten hidden dense layers**, one behind the other,
# each with a bend, that reads digits, and train it. So many layers ask for an activation that bends, for slopes that do not vanish on the way, and for a head that gives
# probabilities.
#
# It is judged on 500 digits that it has not seen: at least **85 %** right, with at most **20,000 parameters**.
#
# - In: `x`, shape (1000, 64), the ink of 8 × 8 squares from 0 to 1; `y`, shape (1000,), whole numbers from 0 to 9.
# - Out: a trained Keras model that takes (batch, 64) and gives (batch, 10): ten probabilities for each digit.
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras
    from keras import layers

# %% [markdown]
# Your function:


# %%
def train_deep(x, y):
    """A trained Keras model, ten hidden layers deep or more, that gives ten probabilities."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    hidden = [
        layers.Dense(32, activation="relu", kernel_initializer="he_normal") for _ in range(10)
    ]
    model = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=50, epochs=18, verbose=0)
    return model
    # END SOLUTION


# %%
check.train_deep(train_deep)

# %% [markdown] tags=["solution"]
# ReLU with He's weights keeps gradients at their size through all ten layers. Tanh with Glorot's works as well. With sigmoids
# the same training ends near guessing. And for these digits three hidden layers would have done: depth alone is no gain.

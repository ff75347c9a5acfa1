# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 04 · Exercises: backpropagation
#
# Fifteen exercises, from a chain of three stations to a network with a shortcut that you train with NumPy alone. They go
# with [the chapter on backpropagation](../chapters/04-backpropagation.ipynb). Together they are worth 38 points and take
# about 275 minutes. Do them in any order.
#
# Five of them, 3, 5, 9, 10 and 14, make up an engine of your own, which in the end trains a network. Each is checked by
# itself: what another one is to build, it does not need.
#
# Fill in a cell, run it, then run the check below it. For one more hint, add a cell and ask: for the third exercise it
# is `check.product.hint()`.

# %%
import math

import numpy as np

from course_lib.checks import backpropagation as check

# %% [markdown]
# ### Exercise 1 · One path
# *predict · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# An assembly line takes $w = 2$, multiplies by 3, subtracts 4, and cubes the result: $L = (3w - 4)^3$. With paper:
#
# - What is $L$?
# - What is the local slope of the cube, at the place where it is?
# - What is the gradient of $w$?
# - By how much does $L$ change, as the gradient predicts, if $w$ becomes 1.99?
#
# Answer with a dict of four numbers, right to two decimals. A wrong one would look like this:
# `{"L": 1, "slope of the cube": 1, "gradient of w": 1, "predicted change": 0.01}`.

# %%
# BEGIN SOLUTION
one_path = {"L": 8, "slope of the cube": 12, "gradient of w": 36, "predicted change": -0.36}
# END SOLUTION

# %%
check.one_path(one_path)

# %% [markdown] tags=["solution"]
# y = 3 · 2 − 4 = 2 and L = 8. The cube's slope is 3y² = 12, that of the subtraction 1, that of the multiplication 3, and
# 12 · 1 · 3 = 36. The true change is (3 · 1.99 − 4)³ − 8 = −0.3546: the prediction is good for small steps.

# %% [markdown]
# ### Exercise 2 · Paths that join
# *predict · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# $s = a + b$, $\;p = a\,b$, $\;L = s\,p$, with $a = 3$ and $b = -1$. What are the gradients of $s$, $p$, $a$ and $b$: the slopes
# of $L$ at each? Answer with a dict of four whole numbers, like `{"s": 1, "p": 1, "a": 1, "b": 1}`.

# %%
# BEGIN SOLUTION
joined_paths = {"s": -3, "p": 2, "a": -5, "b": 3}
# END SOLUTION

# %%
check.joined_paths(joined_paths)

# %% [markdown] tags=["solution"]
# s = 2 and p = −3. In a product each factor's slope is the other: −3 for s, 2 for p. From s both a and b get −3 · 1. From p,
# a gets 2 · b = −2 and b gets 2 · a = 6. Together −5 and 3.

# %% [markdown]
# ### Exercise 3 · Your engine: a product
# *implement · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# Here is an engine with four parts missing. A `Node` is a number that knows what it was made from: for each input the
# pair (the Node, the slope towards it). It can add. The other parts are functions that *you* write: `times` here, `tanh`
# in exercise 5, `in_order` in 9, `hand_back` in 10.


# %%
class Node:
    """A number, and what it was made from: pairs (a Node, the slope towards it)."""

    def __init__(self, data, inputs=()):
        self.data, self.inputs, self.grad = data, inputs, 0.0

    def __add__(self, other):
        return Node(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return times(self, other)

    def tanh(self):
        return tanh(self)

    def backward(self):
        hand_back(in_order(self))


# %% [markdown]
# Write `times`: from two Nodes, the Node of their product.


# %%
def times(a, b):
    """The Node for a · b, which knows both and the slope towards each."""
    # BEGIN SOLUTION
    return Node(a.data * b.data, [(a, b.data), (b, a.data)])
    # END SOLUTION


# %% [markdown]
# The check sees numbers only. So it asks this function, which uses yours:


# %%
def slope_to(node, made):
    """The slope that ``made`` keeps towards a Node: 0 for a Node that it does not know."""
    return sum(float(kept) for known, kept in made.inputs if known is node)


def product(a, b):
    """What ``times`` makes of two numbers: its value, and its slope towards each.

    >>> product(2.0, 3.0)
    {'value': 6.0, 'slope to a': 3.0, 'slope to b': 2.0}
    """
    a, b = Node(a), Node(b)
    made = times(a, b)
    return {"value": made.data, "slope to a": slope_to(a, made), "slope to b": slope_to(b, made)}


# %%
check.product(product)

# %% [markdown] tags=["solution"]
# In a · b each factor is the slope towards the other. The pairs hold the Nodes themselves, so that blame finds its way,
# and the slopes as numbers.

# %% [markdown]
# ### Exercise 4 · Hand it back through softsign
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# *Softsign* is an activation that rises from −1 to 1, as tanh does, but slower: $y = x / (1 + |x|)$. Write its backward
# pass. Given the inputs `x` and what comes back, `dy` (the gradient of each `y`), return the gradient of each `x`.
#
# - In: `x` and `dy`, numbers of the same shape, any shape.
# - Out: the same shape, float64.


# %%
def softsign_backward(x, dy):
    """dL/dx for y = x / (1 + |x|), entry by entry.

    >>> softsign_backward(np.array([0.0, 1.0]), np.array([5.0, 8.0])).tolist()
    [5.0, 2.0]
    """
    # BEGIN SOLUTION
    return dy / (1 + np.abs(x)) ** 2
    # END SOLUTION


# %%
check.softsign_backward(softsign_backward)

# %% [markdown] tags=["solution"]
# For x > 0 the quotient rule gives (1 + x − x) / (1 + x)². For x < 0, y = x / (1 − x), and its slope is 1 / (1 − x)². Both
# are 1 / (1 + |x|)².

# %% [markdown]
# ### Exercise 5 · Your engine: tanh
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# The second part of the engine of exercise 3, whose `Node` stands there (`times` is not needed here). Write `tanh`: from
# a Node, the Node of its hyperbolic tangent. It knows one input and the slope towards it. `math.tanh` gives the value,
# and $y = \tanh x$ has the slope $1 - y^2$. The number may be large, such as 1,000.


# %%
def tanh(a):
    """The Node for tanh(a), which knows a and the slope towards it."""
    # BEGIN SOLUTION
    y = math.tanh(a.data)
    return Node(y, [(a, 1 - y**2)])
    # END SOLUTION


# %% [markdown]
# What the check asks:


# %%
def tanh_at(x):
    """What ``tanh`` makes of a number: its value, and its slope.

    >>> tanh_at(0.0)
    {'value': 0.0, 'slope': 1.0}
    """
    a = Node(x)
    made = tanh(a)
    return {"value": made.data, "slope": slope_to(a, made)}


# %%
check.tanh_at(tanh_at)

# %% [markdown] tags=["solution"]
# Every function of one number is written like this: its value, and its slope at the place where it is.

# %% [markdown]
# ### Exercise 6 · Three walks that go astray
# *diagnose · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# A graph can be written as a list: for each value, in topological order, the pairs (number of an input, slope towards it).
# The first graph below is $L = a + a$: value 0 is $a$, and value 1 is the sum, which has $a$ as an input twice. In the second,
# value 0 leads to value 1 with the slope 3, and 0 and 1 lead to value 2 with the slopes 4 and 5.

# %%
twice = [[], [(0, 1.0), (0, 1.0)]]
joined = [[], [(0, 3.0)], [(0, 4.0), (1, 5.0)]]

# %% [markdown]
# Three people wrote the walk back, and each has one wrong line. The lines are numbered:


# %%
def walk_a(inputs):
    grads = [0.0] * len(inputs)  # 1
    grads[-1] = 1.0  # 2
    for k in range(len(inputs)):  # 3
        for source, slope in inputs[k]:  # 4
            grads[source] += slope * grads[k]  # 5
    return grads


# %% [markdown]
# The second walk:


# %%
def walk_b(inputs):
    grads = [0.0] * len(inputs)  # 1
    grads[-1] = 1.0  # 2
    for k in reversed(range(len(inputs))):  # 3
        for source, slope in inputs[k]:  # 4
            grads[source] = slope * grads[k]  # 5
    return grads


# %% [markdown]
# And the third, which keeps a list for each length:

# %%
kept = {}


def walk_c(inputs):
    grads = kept.setdefault(len(inputs), [0.0] * len(inputs))  # 1
    grads[-1] = 1.0  # 2
    for k in reversed(range(len(inputs))):  # 3
        for source, slope in inputs[k]:  # 4
            grads[source] += slope * grads[k]  # 5
    return grads


# %% [markdown]
# This is what they say. Right would be `[2.0, 1.0]` and `[19.0, 5.0, 1.0]`, the second time as well as the first:

# %%
for name, walk in [("A", walk_a), ("B", walk_b), ("C", walk_c)]:
    print(f"{name}: {walk(twice)} {walk(joined)} and again {walk(twice)} {walk(joined)}")

# %% [markdown]
# In each walk, which line has to be changed? If one of two lines will do, give either. Answer with a dict of line
# numbers, like `{"A": 4, "B": 4, "C": 4}`.

# %%
# BEGIN SOLUTION
broken_walks = {"A": 3, "B": 5, "C": 1}
# END SOLUTION

# %%
check.broken_walks(broken_walks)

# %% [markdown] tags=["solution"]
# A walks from the front, so value 1 hands on its gradient before it has any. B overwrites what came along the first path. C
# begins its second call with the gradients of its first: line 1 has to make a new list. Line 2 could do it too, by setting
# all of it: `grads[:] = [0.0] * (len(inputs) - 1) + [1.0]`.

# %% [markdown]
# ### Exercise 7 · Count before you run
# *predict · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A network has 64 inputs, a hidden dense layer of 32 and an output layer of 10, all with biases. It gets a batch of 16
# pictures. Count only the multiplications in products of matrices.
#
# - `"forward"`: how many does a forward pass take?
# - `"backward"`: how many does a backward pass take that computes what training needs, and nothing more?
# - `"passes"`: how many forward passes would a gradient by central differences take, up and down for each parameter?
#
# Answer with a dict of three whole numbers, like `{"forward": 1, "backward": 1, "passes": 1}`.

# %%
# BEGIN SOLUTION
count_costs = {"forward": 37888, "backward": 43008, "passes": 4820}
# END SOLUTION

# %%
check.count_costs(count_costs)

# %% [markdown] tags=["solution"]
# Forward: 16 · 64 · 32 = 32,768 and 16 · 32 · 10 = 5,120. Backward: as many for each dW, and 5,120 more to hand the
# blame from the second layer to the first. The pictures need no gradient. Parameters: 65 · 32 + 33 · 10 = 2,410.

# %% [markdown]
# ### Exercise 8 · Softmax with a temperature
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# A classifier divides its logits by a *temperature* $T$ before softmax: $y = \text{softmax}(z / T)$. The loss is the mean, over the
# examples, of the cross-entropy $-\sum_k t_k \log y_k$. Derive the gradient of the logits $z$, and write it as a function.
#
# - In: `t`, shape (n, classes), each row adds up to 1; `z`, the same shape, possibly large numbers; `temperature`, a
#   number above 0.
# - Out: shape (n, classes), float64, free of NaN.


# %%
def tempered_gradient(t, z, temperature):
    """dL/dz for the mean cross-entropy of softmax(z / temperature).

    >>> tempered_gradient(np.array([[1.0, 0.0]]), np.array([[3.0, 3.0]]), 2.0).tolist()
    [[-0.25, 0.25]]
    """
    # BEGIN SOLUTION
    u = z / temperature
    e = np.exp(u - u.max(axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    return (y - t) / (temperature * len(z))
    # END SOLUTION


# %%
check.tempered_gradient(tempered_gradient)

# %% [markdown] tags=["solution"]
# With u = z / T the chapter's result holds for u: (y − t) / n. One station before it, u = z / T has the slope 1 / T. A large
# temperature makes the gradient small, twice over: by the factor, and because y is more even.

# %% [markdown]
# ### Exercise 9 · Your engine: the order
# *implement · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# The third part of the engine of exercise 3: before a Node hands its gradient on, it must have all of it. Write
# `in_order`: from the result, the list of all Nodes behind it, **each once, and after those it was made from**. So the
# result comes last. Nodes that the result was not made from are not in it. Where several orders are right, give any.
#
# The chapter's `topological_order` keeps a list of what is left to do. Simpler is a function that calls itself: *first
# all that this Node was made from, then the Node*. (Python lets a function call itself about a thousand times, one in
# the other. No graph here is as deep.)


# %%
def in_order(result):
    """All Nodes behind a result: a list, each Node after its inputs, the result last."""
    # BEGIN SOLUTION
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for source, _ in node.inputs:
                visit(source)
            order.append(node)

    visit(result)
    return order
    # END SOLUTION


# %% [markdown]
# The check writes a graph as a list: for each Node the pairs (place of an input, slope towards it). The last Node is the
# result. It asks:


# %%
def nodes_of(graph):
    """The Nodes of a graph that is written as a list."""
    nodes = []
    for pairs in graph:
        nodes.append(Node(0.0, [(nodes[place], slope) for place, slope in pairs]))
    return nodes


def order_of(graph):
    """The places of the Nodes that ``in_order`` lists.

    >>> order_of([[], [(0, 1.0)], [(1, 1.0), (0, 1.0)]])
    [0, 1, 2]
    """
    nodes = nodes_of(graph)
    return [nodes.index(node) for node in in_order(nodes[-1])]


# %%
check.order_of(order_of)

# %% [markdown] tags=["solution"]
# When a Node is appended, all behind it stand there already. Who appends it *before* its inputs and turns the list round
# at the end is wrong where a short path and a long one lead to the same Node. `seen` keeps the number of visits that of
# the lines; without it every *path* is walked, and there may be millions.

# %% [markdown]
# ### Exercise 10 · Your engine: the walk back
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# The fourth part of the engine of exercise 3. Write `hand_back`. It gets Nodes in topological order, the result last, and
# sets the `grad` of each: how much the result changes for each unit that this Node changes. It returns nothing.
#
# It must be right where paths join, and also the second time: a Node may still hold a gradient from before, of this
# result or of another one.


# %%
def hand_back(order):
    """Set the grad of every Node in the list: the slope of the last one with respect to it."""
    # BEGIN SOLUTION
    for node in order:
        node.grad = 0.0
    order[-1].grad = 1.0
    for node in reversed(order):
        for source, slope in node.inputs:
            source.grad += slope * node.grad
    # END SOLUTION


# %% [markdown]
# The check writes a graph as a list, as in exercise 9, where `nodes_of` stands. It asks for the walk back from one Node
# or from several, one after the other:


# %%
def gradients_of(graph, ends):
    """The gradients up to the last end, after a walk back from each of the ends in turn.

    >>> gradients_of([[], [(0, 3.0)], [(0, 4.0), (1, 5.0)]], [2])
    [19.0, 5.0, 1.0]
    """
    nodes = nodes_of(graph)
    for end in ends:
        hand_back(nodes[: end + 1])
    return [node.grad for node in nodes[: ends[-1] + 1]]


# %%
check.gradients_of(gradients_of)

# %% [markdown] tags=["solution"]
# All gradients begin at 0, and the result's at 1. From the last Node to the first, each hands its gradient, times the
# slope, to what it was made from; += adds up where paths join. With all four parts the engine runs:

# %% tags=["solution"]
from course_lib.page import claim

a, b = Node(2.0), Node(3.0)
joined_nodes = a * b + a
for _ in range(2):
    joined_nodes.backward()
    claim(
        "L = ab + a at a = 2, b = 3: the gradient of a is 4, that of b is 2",
        (a.grad, b.grad) == (4, 2),
    )

# %% [markdown]
# ### Exercise 11 · Which line is wrong?
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 2 points*
#
# A network as in the chapter, `h1 = tanh(x W1 + b1)`, `h2 = tanh(h1 W2 + b2)`, `z = h2 W3 + b3`. Here is its backward pass, in nine
# lines, all of them right:
#
# | line | |
# |---|---|
# | 1 | `d3 = (softmax(z) - t) / len(x)` |
# | 2 | `d2 = (d3 @ W3.T) * (1 - h2**2)` |
# | 3 | `d1 = (d2 @ W2.T) * (1 - h1**2)` |
# | 4 | `dW1 = x.T @ d1` |
# | 5 | `db1 = d1.sum(axis=0)` |
# | 6 | `dW2 = h1.T @ d2` |
# | 7 | `db2 = d2.sum(axis=0)` |
# | 8 | `dW3 = h2.T @ d3` |
# | 9 | `db3 = d3.sum(axis=0)` |
#
# Five people wrote it with one mistake in one line each. Their gradient checks say which arrays are wrong (✘):
#
# | | W1 | b1 | W2 | b2 | W3 | b3 |
# |---|---|---|---|---|---|---|
# | P | ✘ | ✘ | ✘ | ✘ | ✘ | ✘ |
# | Q | ✘ | ✘ | ✘ | ✘ | ✔ | ✔ |
# | R | ✔ | ✔ | ✘ | ✔ | ✔ | ✔ |
# | S | ✘ | ✘ | ✔ | ✔ | ✔ | ✔ |
# | T | ✔ | ✔ | ✔ | ✔ | ✔ | ✘ |
#
# In which line is each one's mistake? Answer with a dict of line numbers, like `{"P": 3, "Q": 3, "R": 3, "S": 3, "T": 3}`.

# %%
# BEGIN SOLUTION
wrong_lines = {"P": 1, "Q": 2, "R": 6, "S": 3, "T": 9}
# END SOLUTION

# %%
check.wrong_lines(wrong_lines)

# %% [markdown] tags=["solution"]
# A wrong d spoils all that is made from it: d3 everything, d2 all but W3 and b3, d1 only W1 and b1. A single wrong array was
# made wrongly itself. P might have forgotten to divide by the batch, R the transposition of h1, T a sum over the wrong axis.

# %% [markdown]
# ### Exercise 12 · Blame through eight layers
# *build · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# You are given 400 points of the plane, on two rings: class 1 is the inner one. Write a function that builds a Keras model with
# **at least eight hidden layers**, one behind the other, each with an activation, trains it and returns it. It is judged
# on 1,000 new points: at least **95 %** right, with at most **350 parameters**.
#
# Eight layers are far more than rings need. The difficulty is in the way back: blame has to come through all of them.
#
# - In: `x`, shape (400, 2), float64; `y`, shape (400,), whole numbers 0 and 1.
# - Out: a trained Keras model of Dense layers that takes (batch, 2) and gives (batch, 1): one **logit** a point.
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def train_deep(x, y):
    """A deep Keras model, trained on the points, that gives one logit a point."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(6, activation="tanh") for _ in range(8)]
    model = keras.Sequential([keras.Input((2,)), *hidden, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True))
    # 60 epochs in one: Keras takes a moment at the end of each.
    model.fit(np.tile(x, (60, 1)), np.tile(y, 60), verbose=0)
    return model
    # END SOLUTION


# %%
check.train_deep(train_deep)

# %% [markdown] tags=["solution"]
# The slope of tanh is 1 at 0, so with small sums nearly all blame passes. A sigmoid's is 1/4 at most: after eight of them
# less than $1/4^8$, a 65,000th, is left, and the weights in between do not make up for it. ReLU works as well.

# %% [markdown]
# ### Exercise 13 · One kernel, two uses
# *implement · difficulty ★★★★☆ · 25 minutes · 4 points*
#
# An autoencoder squeezes its input into fewer numbers and unfolds them again. Some use *one* kernel for both:
#
# $$Y = \tanh(X W)\, W^\top$$
#
# The kernel is used twice, so its paths join. Given `dy`, the gradient of each entry of $Y$, return the gradients of $X$ and of $W$.
#
# - In: `x`, shape (n, inputs); `kernel`, shape (inputs, units); `dy`, shape (n, inputs).
# - Out: a pair `(dx, dkernel)`, with the shapes of `x` and `kernel`, float64.


# %%
def tied_gradients(x, kernel, dy):
    """(dx, dkernel) for y = tanh(x W) Wᵀ, whose kernel W is used twice.

    >>> x, kernel, dy = np.array([[1.0, 0.0]]), np.array([[0.0], [1.0]]), np.array([[2.0, 3.0]])
    >>> dx, dkernel = tied_gradients(x, kernel, dy)
    >>> dx.tolist(), dkernel.tolist()
    ([[0.0, 3.0]], [[3.0], [0.0]])
    """
    # BEGIN SOLUTION
    h = np.tanh(x @ kernel)
    d = (dy @ kernel) * (1 - h**2)
    return d @ kernel.T, x.T @ d + dy.T @ h
    # END SOLUTION


# %%
check.tied_gradients(tied_gradients)

# %% [markdown] tags=["solution"]
# Y = h Wᵀ is a dense layer with the kernel Wᵀ. By the chapter's rule that kernel gets hᵀ dy, so W gets its transpose, dyᵀ h.
# What is handed back to h is dy W. After tanh's slope comes the ordinary dense layer x W, and the two parts for W add up.

# %% [markdown]
# ### Exercise 14 · Your engine learns
# *implement · difficulty ★★★★☆ · 30 minutes · 4 points*
#
# A network of nine parameters, $p_0$ to $p_8$, with two inputs, two hidden neurons and one output:
#
# $$h = \tanh(p_0 x_1 + p_1 x_2 + p_2) \qquad k = \tanh(p_3 x_1 + p_4 x_2 + p_5) \qquad y = p_6 h + p_7 k + p_8$$
#
# The loss is the mean, over the examples, of $(y - t)^2$. Build it from Nodes: nine for the parameters, and for every
# step a new graph that begins with them. Then take `steps` steps downhill, each with *all* examples:
#
# 1. Compute the loss, note it, and call its `backward()`.
# 2. Subtract from each parameter `learning_rate` times its gradient.
#
# - In: `x`, shape (n, 2); `t`, shape (n,); `parameters`, shape (9,), which must stay as they are; `learning_rate`, a
#   number; `steps`, a whole number.
# - Out: a pair: the losses, shape (steps,), and the parameters after the last step, shape (9,).
#
# Your engine can do +, × and tanh, between Nodes. So $y - t$ is `y + Node(-t)`, and a square is a product. If a part of
# it is missing yet, take the chapter's instead, which does the same and more:

# %%
from course_lib.backpropagation import Value

# %% [markdown]
# Your function, with `Node` or with `Value`:


# %%
def train_with_engine(x, t, parameters, learning_rate, steps):
    """(losses, parameters) after some steps downhill: nine numbers, two hidden neurons, one output.

    >>> x, t = np.array([[1.0, 1.0]]), np.array([1.0])
    >>> losses, trained = train_with_engine(x, t, np.zeros(9), 0.25, 2)
    >>> losses.tolist(), trained[-1].tolist()
    ([1.0, 0.25], 0.75)
    """
    # BEGIN SOLUTION
    p, losses = [Node(float(number)) for number in parameters], []
    for _ in range(steps):
        loss = Node(0.0)
        for (x1, x2), target in zip(x, t):
            x1, x2 = Node(x1), Node(x2)
            h = (p[0] * x1 + p[1] * x2 + p[2]).tanh()
            k = (p[3] * x1 + p[4] * x2 + p[5]).tanh()
            error = p[6] * h + p[7] * k + p[8] + Node(-target)
            loss = loss + error * error * Node(1 / len(x))
        loss.backward()
        losses.append(loss.data)
        for node in p:
            node.data -= learning_rate * node.grad
    return np.array(losses), np.array([node.data for node in p])
    # END SOLUTION


# %%
check.train_with_engine(train_with_engine)

# %% [markdown] tags=["solution"]
# The graph of a step has about a hundred Nodes, and one walk back finds all nine gradients. The chapter's engine hands
# back the same. And it learns XOR, which no single neuron can; not from every start:

# %% tags=["solution"]
wanted = -2 + math.tanh(0.5) + 0.5 * (1 - math.tanh(0.5) ** 2)
for number in (Node, Value):
    a, b = number(0.5), number(-2.0)
    (a * b + a.tanh() * a).backward()
    claim("L = ab + tanh(a) a: dL/da = b + tanh a + a (1 − tanh² a)", abs(a.grad - wanted) < 1e-12)

points = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
xor = np.array([-1.0, 1.0, 1.0, -1.0])
starts = [np.random.default_rng(seed).normal(size=9) for seed in range(20)]
ends = np.array([train_with_engine(points, xor, p, 0.25, 300)[0][-1] for p in starts])
claim("Of 20 starts, at least half end with a loss below 0.01", np.sum(ends < 0.01) >= 10)
claim("At least two are still above 0.4", np.sum(ends > 0.4) >= 2)

# %% [markdown] tags=["solution"]
# Those stand on a plateau, from which every small step looks useless. Other starts, or more hidden neurons, help.

# %% [markdown]
# ### Exercise 15 · A network with a shortcut
# *implement · difficulty ★★★★★ · 45 minutes · 5 points*
#
# The last exercise puts the chapter together: a network of your own, its gradients derived, its training loop written.
# It has a **shortcut**, which lets the first hidden layer act on the second sum directly:
#
# $$h_1 = \tanh(x W_1 + b_1) \qquad u = \tanh(h_1 W_2 + b_2) \qquad h_2 = h_1 + u \qquad z = h_2 W_3 + b_3$$
#
# The loss is the mean over the examples of the cross-entropy between the rows of `t` and softmax(z). Take `steps` steps
# downhill, each with *all* examples:
#
# 1. Note the loss.
# 2. Compute the gradients of all six arrays.
# 3. Subtract from each array `learning_rate` times its gradient.
#
# - In: `x`, shape (n, inputs); `t`, shape (n, classes), one-hot rows; `parameters`, the list `[W1, b1, W2, b2, W3, b3]`, which
#   must stay as it is; `learning_rate`, a number; `steps`, a whole number.
# - Out: a pair: the losses, an array of shape (steps,), and the list of the six arrays after the last step.
#
# Check your gradients before you train with them: where `f()` computes the loss and reads the float64 array `p`,
# `numeric_gradient(f, p)` is the gradient of `p`. `softmax` and its logarithm are there too, along the last axis:

# %%
from course_lib.activations import log_softmax, softmax
from course_lib.gradients import numeric_gradient

# %% [markdown]
# Your function:


# %%
def train_shortcut(x, t, parameters, learning_rate, steps):
    """(losses, parameters) after some steps downhill, for a network with a shortcut.

    >>> nothing = [np.zeros(shape) for shape in [(1, 1), 1, (1, 1), 1, (1, 2), 2]]
    >>> losses, trained = train_shortcut(np.array([[2.0]]), np.array([[1.0, 0.0]]), nothing, 1.0, 1)
    >>> losses.round(4).tolist(), trained[-1].tolist()
    ([0.6931], [0.5, -0.5])
    """
    # BEGIN SOLUTION
    W1, b1, W2, b2, W3, b3 = parameters
    losses = []
    for _ in range(steps):
        h1 = np.tanh(x @ W1 + b1)
        u = np.tanh(h1 @ W2 + b2)
        h2 = h1 + u
        z = h2 @ W3 + b3
        losses.append(-(t * log_softmax(z)).sum(axis=1).mean())
        d3 = (softmax(z) - t) / len(x)
        dh2 = d3 @ W3.T
        d2 = dh2 * (1 - u**2)
        dh1 = dh2 + d2 @ W2.T
        d1 = dh1 * (1 - h1**2)
        W1, b1 = W1 - learning_rate * x.T @ d1, b1 - learning_rate * d1.sum(axis=0)
        W2, b2 = W2 - learning_rate * h1.T @ d2, b2 - learning_rate * d2.sum(axis=0)
        W3, b3 = W3 - learning_rate * h2.T @ d3, b3 - learning_rate * d3.sum(axis=0)
    return np.array(losses), [W1, b1, W2, b2, W3, b3]
    # END SOLUTION


# %%
check.train_shortcut(train_shortcut)

# %% [markdown] tags=["solution"]
# h1 acts on the loss along two paths: directly, where it gets what h2 has, and through u. First the gradients, which a
# step at the rate 1 subtracts, against nudges:

# %% tags=["solution"]
from course_lib.page import claim

rng = np.random.default_rng(0)
x, t = rng.normal(size=(5, 3)), np.eye(3)[[0, 1, 2, 0, 1]]
some = [rng.normal(size=shape) for shape in [(3, 4), 4, (4, 4), 4, (4, 3), 3]]
_, moved = train_shortcut(x, t, some, 1.0, 1)
for before, after in zip(some, moved):
    nudged = numeric_gradient(lambda: train_shortcut(x, t, some, 0.0, 1)[0][0], before)
    claim(
        "This gradient is that of the nudges, to a millionth",
        np.allclose(before - after, nudged, atol=1e-6),
    )

# %% [markdown] tags=["solution"]
# Shortcuts return in chapter 06, where they let networks of fifty layers train. Here the network learns to read digits, all
# 1,077 in every step:

# %% tags=["solution"]
from course_lib.data import digits

data, rng = digits(), np.random.default_rng(0)
pictures, unseen = (x.reshape(-1, 64).astype(float) for x in (data.x_train, data.x_test))
shapes = [(64, 32), 32, (32, 32), 32, (32, 10), 10]
begin = [rng.normal(0, 0.15, shape) for shape in shapes]
targets = np.eye(10)[data.y_train]
losses, (W1, b1, W2, b2, W3, b3) = train_shortcut(pictures, targets, begin, 0.5, 400)
h1 = np.tanh(unseen @ W1 + b1)
z = (h1 + np.tanh(h1 @ W2 + b2)) @ W3 + b3
right = np.mean(z.argmax(axis=1) == data.y_test)
claim("of 360 unseen digits it reads at least 95 % right", right >= 0.95)

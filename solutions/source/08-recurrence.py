# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 08 · Exercises: recurrence
#
# Ten exercises, from counting to a hunt for a unit that means something. They go with
# [the chapter on recurrence](../chapters/08-recurrence.ipynb). Together they are worth 25 points and take about
# 180 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the third
# exercise it is `check.bits_of_text.hint()`.

# %%
import numpy as np

from course_lib.checks import recurrence as check

# %% [markdown]
# ### Exercise 1 · Count them
# *predict · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# A layer has 10 inputs and 20 units. How many parameters do Keras' `SimpleRNN(20)`, `LSTM(20)`, `GRU(20)` (as it comes,
# with two biases in each block) and `Bidirectional(SimpleRNN(20))` have? And `SimpleRNN(20)` for sequences that are
# twice as long?
#
# Answer with a dict of whole numbers under the names `"SimpleRNN"`, `"LSTM"`, `"GRU"`, `"bidirectional"` and
# `"twice as long"`.

# %%
# BEGIN SOLUTION
counted = {
    "SimpleRNN": 620,
    "LSTM": 2480,
    "GRU": 1920,
    "bidirectional": 1240,
    "twice as long": 620,
}
# END SOLUTION

# %%
check.counted(counted)

# %% [markdown] tags=["solution"]
# A block has 10 · 20 + 20 · 20 + 20 = 620. The LSTM has four blocks, the GRU three with 20 more biases each, and the
# bidirectional layer is two layers. Time is not in the sum.

# %% [markdown]
# ### Exercise 2 · What is left
# *predict · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A memory without tanh: $h' = x + u h$. What is the slope of the state after step 5 in the state after step 1
#
# - for u = 0.5 (`"half"`)? For u = −2 (`"minus two"`)?
# - And for the memory $c$ of an LSTM whose forget gate is 0.9 at every step (`"gate"`)? What its gates owe to the state
#   does not count here.
# - A gradient is (6, −8). What is its first number after its *norm* was clipped to 1 (`"clipped"`)?
#
# Round to two decimals. Answer with a dict of numbers under the four names.

# %%
# BEGIN SOLUTION
faded = {"half": 0.06, "minus two": 16, "gate": 0.66, "clipped": 0.6}
# END SOLUTION

# %%
check.faded(faded)

# %% [markdown] tags=["solution"]
# From step 1 to step 5 there are four steps: 0.5⁴ = 0.0625. (−2)⁴ = 16 is positive, as an even power is. The slope of c'
# in c is the forget gate: 0.9⁴ = 0.6561. The gradient's norm is √(36 + 64) = 10, so all its numbers are divided by 10. To
# clip each number by itself, `clipvalue=1.0` in Keras, would make (1, −1) of it, which points elsewhere.

# %% [markdown]
# ### Exercise 3 · Bits of a text
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A language model has read a text. After each sign it said how likely each sign is to be the *next*. What is its score in
# bits a character, the mean of $-\log_2 p$ of the signs that came?
#
# - In: `probabilities`, shape (time, signs): row t is what it said after `text[t]`, and adds up to 1; `text`, shape
#   (time,): the numbers of the signs, two of them at least. What it said after the last sign is not scored: nothing came.
# - Out: a number.


# %%
def bits_of_text(probabilities, text):
    """The mean of -log2 p over the signs that came next.

    >>> said = np.array([[0.5, 0.5], [0.75, 0.25], [0.9, 0.1]])
    >>> bits_of_text(said, np.array([0, 1, 1]))
    1.5
    """
    # BEGIN SOLUTION
    came = text[1:]
    p = probabilities[np.arange(len(came)), came]
    return float(-np.log2(p).mean())
    # END SOLUTION


# %%
check.bits_of_text(bits_of_text)

# %% [markdown] tags=["solution"]
# One bit for the second sign, two for the third; the first was never predicted. A model that is sure and right pays
# nothing; one that is sure and wrong pays without limit.

# %% [markdown]
# ### Exercise 4 · A leaky memory that knows where to stop
# *implement · difficulty ★★☆☆☆ · 20 minutes · 2 points*
#
# A SimpleRNN whose units leak: at each step a unit keeps the share $1 - a$ of its state, and takes the share $a$ of the
# new one:
#
# $$h' = (1 - a)\, h + a \tanh(x\,W + h\,U + b)$$
#
# The sequences of a batch are of different lengths. All are filled up at their ends to the same number of steps, and what
# they are filled with may be anything. It must not count.
#
# - In: `x`, shape (batch, time, inputs); `lengths`, shape (batch,): how many steps of each are real, at least one; `W`,
#   (inputs, units); `U`, (units, units); `b`, (units,); `a`, from 0 to 1. The state starts with zeros.
# - Out: each sequence's state after its last real step, shape (batch, units).


# %%
def leaky(x, lengths, W, U, b, a):
    """The states of a leaky SimpleRNN after each sequence's last real step: (batch, units).

    >>> x = np.zeros((2, 3, 1))
    >>> none, large = np.zeros((1, 1)), np.array([100.0])
    >>> leaky(x, np.array([2, 1]), none, none, large, 0.5).tolist()
    [[0.75], [0.5]]
    """
    # BEGIN SOLUTION
    h = np.zeros((len(x), len(b)))
    for t in range(x.shape[1]):
        new = (1 - a) * h + a * np.tanh(x[:, t] @ W + h @ U + b)
        real = t < lengths
        h = np.where(real[:, None], new, h)
    return h
    # END SOLUTION


# %%
check.leaky(leaky)

# %% [markdown] tags=["solution"]
# With a = 1 it is a SimpleRNN with a mask. With a small a it is slow, and remembers: what it keeps, $1 - a$, is a forget
# gate that is the same at each step and does not look at anything.

# %% [markdown]
# ### Exercise 5 · Six complaints
# *diagnose · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# - A: A character model's loss falls to almost 0 in a few minutes. What it writes is one letter, for ever.
# - B: Each letter that it writes may well follow the one before. Longer than two letters, nothing makes sense. In training
#   its score was good.
# - C: It trains on sequences of 300 steps, and well. Then, within one step, the loss is a thousand times as high.
# - D: Sequences that are alone in their batch get the right answer. Short ones beside long ones do not.
# - E: The last sign of each sequence decides, and is heard. What came 100 steps before is not, however long it is
#   trained. At no step is the gradient's norm above 0.1.
# - F: The same example gets another answer when the examples around it in the batch are shuffled, although all are of
#   one length and nothing is padded.
#
# What is missing, or the cause?
#
# 1. Gradients are not clipped.
# 2. The axes of batch and time are swapped.
# 3. Its targets are its inputs, not shifted by one.
# 4. There is no mask.
# 5. The state is not carried on from call to call.
# 6. Its forget gates start far from 1.
#
# Each is used once. Answer with a dict, like `{"A": 1, "B": 1, "C": 1, "D": 1, "E": 1, "F": 1}`.

# %%
# BEGIN SOLUTION
symptoms = {"A": 3, "B": 5, "C": 1, "D": 4, "E": 6, "F": 2}
# END SOLUTION

# %%
check.symptoms(symptoms)

# %% [markdown] tags=["solution"]
# A has learnt to copy: it is asked for the sign that it has just been given. B begins with zeros at each letter, so it knows
# one letter and no more. C made one step that was far too long. D computes on over the padding. E forgets, and its gradient
# fades: there is nothing to clip. F takes the examples of the batch for steps, so each hears those before it.

# %% [markdown]
# ### Exercise 6 · Three broken cells
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# Each has one wrong line. A is an LSTM's step, from the sums `i`, `f`, `g`, `o` that its kernels made:


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_a(i, f, g, o, c):
    i, f, o = sigmoid(i), sigmoid(f), sigmoid(o)  # 1
    g = np.tanh(g)  # 2
    c = f * c + (1 - f) * g  # 3
    return o * np.tanh(c), c  # 4


# %% [markdown]
# B is the step of a GRU as Keras has it, from the sums `xz`, `xr`, `xg` of the input and `hz`, `hr`, `hg` of the state:


# %%
def gru_b(xz, hz, xr, hr, xg, hg, h):
    z = sigmoid(xz + hz)  # 1
    r = sigmoid(xr + hr)  # 2
    g = np.tanh(xg + r * hg)  # 3
    return z * h + (1 - r) * g  # 4


# %% [markdown]
# C goes back through time in $h' = w x + u h$, which starts with 0. It wants the slopes of the last state in w and in u:


# %%
def slopes_c(x, w, u):
    h = [0.0]  # 1
    for t in range(len(x)):
        h.append(w * x[t] + u * h[t])  # 2
    d, of_w, of_u = 1.0, 0.0, 0.0  # 3
    for t in range(len(x) - 1, -1, -1):
        of_w += d * x[t]  # 4
        of_u = d * h[t]  # 5
        d = d * u  # 6
    return of_w, of_u


# %% [markdown]
# What is to be seen of them:

# %%
memory = lstm_a(-50.0, 0.0, 3.0, 0.0, 1.0)[1]
print("A: with its input gate closed, nothing is written:", np.isclose(memory, 0.5))
state = gru_b(-50.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.3)
print("B: where z is 0, all of the state is new:", np.isclose(state, 1.0))
nudged = (2.0 + 3.0 * (0.5 + 1e-6)) * (0.5 + 1e-6) - (2.0 + 3.0 * 0.5) * 0.5
slope = slopes_c([3.0, 2.0, 0.0], 1.0, 0.5)[1]
print("C: the slope in u is what a small nudge finds:", np.isclose(slope, nudged / 1e-6, atol=1e-3))

# %% [markdown]
# All should say True. In each, which line has to be changed? One is enough, and what one line gets wrong is not to be
# undone in another. Answer with a dict of line numbers, like `{"A": 1, "B": 1, "C": 1}`.

# %%
# BEGIN SOLUTION
broken_cells = {"A": 3, "B": 4, "C": 5}
# END SOLUTION

# %%
check.broken_cells(broken_cells)

# %% [markdown] tags=["solution"]
# A never uses its input gate: `c = f * c + i * g`. In B the share of the new is what z does not keep of the old: `1 - z`; r
# belongs to the candidate. In C the step overwrites what later steps said of u. All steps share it, so `of_u += d * h[t]`.

# %% [markdown]
# ### Exercise 7 · One gate is enough
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# The smallest gated cell has one gate for everything ([@zhou2016]):
#
# $$f = \sigma(x W_f + h U_f + b_f) \qquad g = \tanh(x W_g + (f \odot h)\, U_g + b_g) \qquad
# h' = (1 - f) \odot h + f \odot g$$
#
# - In: `x`, shape (time, inputs); `W`, (inputs, 2 units); `U`, (units, 2 units); `b`, (2 units,). The first columns, as many
#   as there are units, are those of f, the rest those of g. The state starts with zeros.
# - Out: the state after *every* step, shape (time, units).


# %%
def one_gate(x, W, U, b):
    """The states of a cell with one gate: (time, units).

    >>> none = np.zeros((1, 2))
    >>> one_gate(np.zeros((2, 1)), none, none, np.array([0.0, 100.0])).tolist()
    [[0.5], [0.75]]
    """
    # BEGIN SOLUTION
    n = len(U)
    h, states = np.zeros(n), []
    for x_now in x:
        f = 1 / (1 + np.exp(-(x_now @ W[:, :n] + h @ U[:, :n] + b[:n])))
        g = np.tanh(x_now @ W[:, n:] + (f * h) @ U[:, n:] + b[n:])
        h = (1 - f) * h + f * g
        states.append(h)
    return np.array(states)
    # END SOLUTION


# %%
check.one_gate(one_gate)

# %% [markdown] tags=["solution"]
# Half the parameters of an LSTM. Mind that f here says how much is *new*: a small f remembers. In Keras' GRU the gate z
# says how much is *kept*. Papers and libraries differ in this; read the formula, not the name.

# %% [markdown]
# ### Exercise 8 · Back through time
# *implement · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# The smallest recurrent layer: each unit has one weight $w$ for the input and one, $u$, for its own old state, and hears
# no other unit. The input $x_t$ is one number a step, the same for all units:
#
# $$h_t = \tanh(w\, x_t + u\, h_{t-1}) \qquad h_0 = 0$$
#
# After *each* step the state should be $y_t$. The loss is the sum over all steps and units of $\tfrac12 (h_t - y_t)^2$. What
# are its slopes in $w$ and in $u$?
#
# - In: `x`, shape (time,); `y`, shape (time, units); `w` and `u`, shape (units,).
# - Out: a pair: the slopes in w, (units,), and those in u, (units,).


# %%
def through_time(x, y, w, u):
    """(dw, du) of the sum of (h - y)² / 2 over all steps.

    >>> x, y = np.array([1.0, 1.0]), np.array([[0.0], [-1.0]])
    >>> dw, du = through_time(x, y, np.array([0.0]), np.array([2.0]))
    >>> dw.tolist(), du.tolist()
    ([3.0], [0.0])
    """
    # BEGIN SOLUTION
    h = [np.zeros(len(w))]
    for x_now in x:
        h.append(np.tanh(w * x_now + u * h[-1]))
    dw, du, later = np.zeros(len(w)), np.zeros(len(w)), 0.0
    for t in reversed(range(len(x))):
        d = h[t + 1] - y[t] + later
        s = d * (1 - h[t + 1] ** 2)
        dw = dw + s * x[t]
        du = du + s * h[t]
        later = s * u
    return dw, du
    # END SOLUTION


# %%
check.through_time(through_time)

# %% [markdown] tags=["solution"]
# At each step two gradients meet: that of the step's own error, and what comes back from later. Both go through the slope
# of tanh, and from there to w, to u and to the state before. In the example h stays 0. Step 2 is off by 1; its slope in w is
# 1, and u hands 2 on to step 1.

# %% [markdown]
# ### Exercise 9 · What came last?
# *build · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# At each step comes one of four letters, or, three times out of four, a pause. The first is never a pause. Which letter came
# last? So a letter has to be kept through pauses and given up for the next. Write a function that builds a Keras model,
# trains it and returns it: at least **95 %** of 500 new sequences right, and at least **90 %** of the same with twenty more
# pauses behind them, with at most **1,000 parameters**.
#
# - In: `x`, shape (1000, 12, 5): each step one-hot, the pause in the last column; `y`, shape (1000,), whole numbers 0 to 3.
# - Out: a trained Keras model that takes (batch, time, 5) for 12 steps and for 32, and gives (batch, 4): a number for each
#   letter, the largest for the one that came last. `keras.Input((None, 5))` takes any number of steps.
#
# The check trains your model, which takes some seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def came_last(x, y):
    """A Keras model, trained, that says which letter came last, however long the pause after it."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((None, 5)), keras.layers.GRU(12), keras.layers.Dense(4)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.03), loss)
    model.fit(x, y, batch_size=32, epochs=8, verbose=0)
    return model
    # END SOLUTION


# %%
check.came_last(came_last)

# %% [markdown] tags=["solution"]
# The gate z learns to stay near 1 in a pause, and to fall when a letter comes. A SimpleRNN of 16 units can do it too: tanh
# is flat far from 0, so its state can sit in one of four places until it is pushed to another. With `activation="relu"` there
# is no such place.

# %% [markdown]
# ### Exercise 10 · Project: the hunt for a unit
# *implement · difficulty ★★★★☆ · 40 minutes · 4 points*
#
# The chapter's hunt, as a function of its own. Of many units, find the one that tells best whether a character stands inside
# quotation marks, and say honestly how well it does.
#
# The *share* of a unit is the share of all pairs, one character inside and one outside, in which the unit is higher for the
# one inside; a tie counts a half. The best unit is the one whose share is farthest from a half: one that is always *lower*
# inside, with a share of 0, knows as much as one with a share of 1.
#
# Of many units the best is good by luck alone. So choose it by the first `half` characters, and measure it again on those
# after them.
#
# - In: `states`, shape (time, units); `inside`, shape (time,), True and False; `half`, a whole number. Before and after
#   `half` there are both.
# - Out: a tuple `(unit, found, again)`: the number of the best unit of the first part (of several with the same share the
#   first), its share there, and its share in the rest. Both shares as they are, above a half or below.


# %%
def hunt(states, inside, half):
    """(unit, its share before half, and after) of the one that tells inside from outside best.

    >>> states = np.array([[1, 0], [0, 5], [1, 6], [1, 2], [0, 2], [0, 3], [2, 1]])
    >>> hunt(states, np.array([True, False, False, True, False, True, False]), 3)
    (1, 0.0, 0.875)
    """

    # BEGIN SOLUTION
    def shares(states, inside):
        inner, outer = states[inside][:, None], states[~inside][None]
        return ((inner > outer) + 0.5 * (inner == outer)).mean(axis=(0, 1))

    found, again = shares(states[:half], inside[:half]), shares(states[half:], inside[half:])
    unit = int(np.abs(found - 0.5).argmax())
    return unit, float(found[unit]), float(again[unit])
    # END SOLUTION


# %%
check.hunt(hunt)

# %% [markdown] tags=["solution"]
# How much is luck? Here are 112 units that are pure noise, and a text of 60 characters:

# %% tags=["solution"]
rng = np.random.default_rng(0)
luck = [hunt(rng.standard_normal((60, 112)), np.arange(60) % 3 == 0, 30) for _ in range(50)]
distance = np.abs(np.array(luck)[:, 1:] - 0.5).mean(axis=0)
print("chosen there: at least 0.2 from a half on average.", distance[0] >= 0.2)
print("measured again: at most half of that.", distance[1] <= distance[0] / 2)

# %% [markdown] tags=["solution"]
# In a long text the pairs are too many to hold. Ranks give the same number, which is also known as the area under the ROC
# curve.

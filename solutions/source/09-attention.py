# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 09 · Exercises: attention
#
# Nine exercises, from three keys by hand to attention that never holds all its weights at once. They go with
# [the chapter on attention](../chapters/09-attention.ipynb). Together they are worth 22 points and take about
# 155 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the third
# exercise it is `check.prefix_mask.hint()`.

# %%
import numpy as np

from course_lib.checks import attention as check

# %% [markdown]
# ### Exercise 1 · Three keys, by hand
# *predict · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# A query q = (1, 2, 0, 1) meets three keys a = (2, 0, 3, 0), b = (0, 1, 1, 0) and c = (1, 1, −1, 3), with the values
# 1, 2 and 3. The attention is the chapter's: products, divided by the root of the width, softmax, average.
#
# What is the score of c after the division, what its weight? What is the answer, and what would it be if c were masked?
# Round to two decimals. A pocket calculator is enough: e ≈ 2.718, e³ ≈ 20.09.
#
# Answer with a dict of numbers under the names `"score of c"`, `"weight of c"`, `"answer"` and `"answer, c masked"`.

# %%
# BEGIN SOLUTION
attention_by_hand = {"score of c": 3, "weight of c": 0.79, "answer": 2.68, "answer, c masked": 1.5}
# END SOLUTION

# %%
check.attention_by_hand(attention_by_hand)

# %% [markdown] tags=["solution"]
# The products are 2, 2 and 6, so the scores are 1, 1 and 3. Their exponentials are 2.718, 2.718 and 20.09, together
# 25.53: weights 0.11, 0.11 and 0.79. The answer is (2.718 · 1 + 2.718 · 2 + 20.09 · 3) / 25.53 = 2.68; with the rounded
# weights it would be 2.70. Behind the mask a and b have the same score, so half each.

# %% [markdown]
# ### Exercise 2 · How many numbers?
# *predict · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A batch of 8 texts, each of 50 words of width 64, goes through Keras' `MultiHeadAttention(num_heads=4, key_dim=16)`, as
# self-attention.
#
# 1. `"weights"`: how many numbers has the layer learnt, biases included?
# 2. `"scores"`: how many scores does it compute for this batch?
# 3. `"weights with 8 heads"`: as 1, with `num_heads=8, key_dim=8`?
# 4. `"scores with 100 words"`: as 2, for texts of 100 words?
# 5. `"scores across"`: as 2, if the 50 words look at another text of 30 words?
#
# Answer with a dict of whole numbers under these five names.

# %%
# BEGIN SOLUTION
head_sizes = {
    "weights": 16640,
    "scores": 80000,
    "weights with 8 heads": 16640,
    "scores with 100 words": 320000,
    "scores across": 48000,
}
# END SOLUTION

# %%
check.head_sizes(head_sizes)

# %% [markdown] tags=["solution"]
# Four times 64 · 64 + 64, whatever the heads. Scores: 8 texts · 4 heads · 50 · 50. Twice the words are four times the
# scores. Across it is 50 · 30.

# %% [markdown]
# ### Exercise 3 · A question is open, its answer is not
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# A model is given a question and writes the answer. The words of the question (the *prefix*) may be seen by all, also by
# one another in both directions. Everything after them is causal. And padding is seen by nobody.
#
# - In: `tokens`, shape (batch, time), whole numbers, 0 for padding; `prefix`, how many positions are the question.
# - Out: an array of True and False, shape (batch, time, time): True where the row's position may look at the column's.


# %%
def prefix_mask(tokens, prefix):
    """True where the row's position may look at the column's.

    >>> prefix_mask(np.array([[7, 5, 3, 0]]), 2)[0].astype(int).tolist()
    [[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0]]
    """
    # BEGIN SOLUTION
    time = tokens.shape[1]
    seen = np.tri(time, dtype=bool)
    seen[:, :prefix] = True
    return seen & (tokens != 0)[:, None]
    # END SOLUTION


# %%
check.prefix_mask(prefix_mask)

# %% [markdown] tags=["solution"]
# A mask is built of conditions that all have to hold: (causal *or* prefix) *and* not padding. Row 3 belongs to padding
# itself. It may look, and nobody looks at it.

# %% [markdown]
# ### Exercise 4 · The first attention in translation
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# In 2014 the score was no product ([@bahdanau2014]). Query and key were added, each through a matrix of its own, then
# bent, then weighed:
#
# $$\text{score}(q, k) = w \cdot \tanh(q W + k U)$$
#
# The rest is as in the chapter: softmax over the keys, and an average of the values. Nothing is divided by a root.
#
# - In: `q`, shape (queries, d); `k`, (keys, dk); `v`, (keys, dv); `W`, (d, hidden); `U`, (dk, hidden); `w`, (hidden,).
# - Out: a pair: the averages, (queries, dv), and the weights, (queries, keys). Scores may be in the thousands.


# %%
def additive_attention(q, k, v, W, U, w):
    """(averages, weights) with the scores w · tanh(q W + k U).

    >>> one = np.ones((1, 1))
    >>> keys, values = np.array([[1.0], [1.0]]), np.array([[2.0], [4.0]])
    >>> y, weights = additive_attention(0 * one, keys, values, one, one, one[0])
    >>> y.tolist(), weights.tolist()
    ([[3.0]], [[0.5, 0.5]])
    """
    # BEGIN SOLUTION
    scores = np.tanh((q @ W)[:, None] + k @ U) @ w
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = e / e.sum(axis=-1, keepdims=True)
    return weights @ v, weights
    # END SOLUTION


# %%
check.additive_attention(additive_attention)

# %% [markdown] tags=["solution"]
# `[:, None]` puts every query beside every key. This is a small network for each pair; the product of [@vaswani2017] is
# one matrix product for all pairs, and so much faster.

# %% [markdown]
# ### Exercise 5 · Five complaints
# *diagnose · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# - A: In training it guesses nearly every next letter. What it writes is gibberish.
# - B: A short text gets another answer if it stands in a batch with a long one.
# - C: *Man bites dog* and *dog bites man* are the same to it.
# - D: Width 1024, before any training: each row of weights has one 1 and else zeros, and gradients are tiny.
# - E: Texts of up to 100 words are fine, as all in training were. From word 101 on it fails.
#
# What is missing, or the cause?
#
# 1. There are no positional codes.
# 2. There is no padding mask.
# 3. There is no causal mask.
# 4. Positions are learned, a vector for each.
# 5. Scores are not divided by the root of the width.
#
# Each is used once. Answer with a dict, like `{"A": 1, "B": 1, "C": 1, "D": 1, "E": 1}`.

# %%
# BEGIN SOLUTION
symptoms = {"A": 3, "B": 2, "C": 1, "D": 5, "E": 4}
# END SOLUTION

# %%
check.symptoms(symptoms)

# %% [markdown] tags=["solution"]
# A saw its answers. B looks at what only fills up the batch. C cannot count. D's scores have a spread of √1024 = 32,
# where softmax is flat. E has no row for position 101, or one that never was trained. A code that is computed and not
# learned is no sure cure: the chapter's sinusoidal code has a row for each position, and failed likewise in texts twice as
# long, since the rest of the network had never met those rows. Rotary code did not.

# %% [markdown]
# ### Exercise 6 · Rotary code with other partners
# *implement · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# The chapter's rotary code turns neighbours: (x₀, x₁), (x₂, x₃) … Many models pair each number with the one half a width
# further on: of width 6 these are (x₀, x₃), (x₁, x₄), (x₂, x₅). Write that. Pair $i$ (from 0) is turned by the angle
# $\alpha = p / \text{base}^{2i / \text{width}}$, $p$ being the row's position: the pair $(a, b)$ becomes
# $(a \cos\alpha - b \sin\alpha,\; a \sin\alpha + b \cos\alpha)$.
#
# - In: `x`, shape (time, width), width even; `positions`, shape (time,); `base`, a number.
# - Out: an array like x, each number in the place where it was.


# %%
def rotate_halves(x, positions, base):
    """x with each pair (x[i], x[i + width / 2]) turned by its position.

    >>> rotate_halves(np.array([[1.0, 0.0]]), np.array([1]), 100.0).round(4).tolist()
    [[0.5403, 0.8415]]
    """
    # BEGIN SOLUTION
    width = x.shape[-1]
    angles = positions[:, None] / base ** (2 * np.arange(width // 2) / width)
    cos, sin = np.cos(angles), np.sin(angles)
    first, second = np.split(x, 2, axis=-1)
    return np.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)
    # END SOLUTION


# %%
check.rotate_halves(rotate_halves)

# %% [markdown] tags=["solution"]
# It is the chapter's code with the columns in another order. Dot products do not care for the order of columns, as long
# as it is the same for queries and keys. But trained weights do: who mixes up the two gets nonsense without an error.

# %% [markdown]
# ### Exercise 7 · Three that are not quite attention
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# Three functions, each with one wrong line. The first should be attention, with q (queries, d), k and v (keys, …):


# %%
def attend_a(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[-1])  # 1
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))  # 2
    weights = e / e.sum(axis=0, keepdims=True)  # 3
    return weights @ v  # 4


# %% [markdown]
# The second gives each head its share of the width, in an array (batch, heads, time, width of a head):


# %%
def split_b(x, heads):
    batch, time, width = x.shape  # 1
    split = x.reshape(batch, heads, time, width // heads)  # 2
    return split  # 3


# %% [markdown]
# And the third makes weights of which none looks ahead:


# %%
def causal_c(scores):
    seen = np.tri(scores.shape[-1], k=1, dtype=bool)  # 1
    masked = np.where(seen, scores, -np.inf)  # 2
    e = np.exp(masked - masked.max(axis=-1, keepdims=True))  # 3
    return e / e.sum(axis=-1, keepdims=True)  # 4


# %% [markdown]
# What is to be seen of them:

# %%
rng = np.random.default_rng(0)
q, k, v = rng.standard_normal((3, 4, 2))
print("A: with all values 1, every answer is 1:", np.allclose(attend_a(q, k, 0 * v + 1), 1))
x = np.arange(12.0).reshape(1, 3, 4)
print("B: head 0 has the first half of each word:", np.allclose(split_b(x, 2)[0, 0], x[0, :, :2]))
print(
    "C: the first position looks only at itself:", causal_c(rng.standard_normal((4, 4)))[0, 0] == 1
)

# %% [markdown]
# All should say True. In each, which line has to be changed? One is enough, and what one line gets wrong is not to be
# undone in another. Answer with a dict of line numbers, like `{"A": 1, "B": 1, "C": 2}`.

# %%
# BEGIN SOLUTION
broken_attentions = {"A": 3, "B": 2, "C": 1}
# END SOLUTION

# %%
check.broken_attentions(broken_attentions)

# %% [markdown] tags=["solution"]
# A divides by the sums over the queries; each *query's* weights must add up to 1: `axis=-1`. B tears words apart:
# `x.reshape(batch, time, heads, -1).swapaxes(1, 2)` splits each word first. C begins its triangle one to the right.

# %% [markdown]
# ### Exercise 8 · Who is loudest?
# *build · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# Eight people speak at once. Of each you get two numbers: how loud, and what they say. The right answer is what the
# *loudest* says. Write a function that builds a Keras model, trains it and returns it. It is judged on 500 new rows: on
# average at most **0.1** off, with at most **40 parameters**. (Attention needs six.)
#
# - In: `x`, shape (2000, 8, 2): the volumes −3.5 to 3.5 in some order, and numbers from −1 to 1; `y`, shape (2000, 1).
# - Out: a trained Keras model that takes (batch, 8, 2) and gives (batch, 1).
#
# `keras.layers.Softmax(axis=1)` is a softmax over the eight, and `keras.layers.Dot(axes=1)([weights, x])` sums over
# them. The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def loudest(x, y):
    """A Keras model, trained, that gives what the loudest of eight voices says."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    voices = keras.Input((8, 2))
    weights = keras.layers.Softmax(axis=1)(keras.layers.Dense(1)(voices))
    heard = keras.layers.Flatten()(keras.layers.Dot(axes=1)([weights, voices]))
    model = keras.Model(voices, keras.layers.Dense(1)(heard))
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.fit(x, y, batch_size=64, epochs=20, verbose=0)
    return model
    # END SOLUTION


# %%
check.loudest(loudest)

# %% [markdown] tags=["solution"]
# The query is a constant here, so it hides in the first Dense(1): three numbers that score a voice. The score grows in
# training until softmax is nearly 1 for the loudest. A dense network would have to learn that for each place again.
# Attention is not the only way: the mean over eight bent neurons, `Dense(8, "relu")` for each voice, then `Dense(1)`, does it
# with 33 numbers, and a softmax of 100 times the volume with none at all. Attention *finds out* whom to listen to.

# %% [markdown]
# ### Exercise 9 · Project: attention without the square
# *implement · difficulty ★★★★☆ · 45 minutes · 4 points*
#
# All weights of a long text fill the memory. They need never exist at once: keys and values may come in blocks, and each
# is forgotten before the next comes ([@milakov2018] for the softmax, [@dao2022] for attention). The trouble is softmax. It
# divides by a sum over *all* keys, and for safety takes off the largest of *all* scores (chapter 02), and both are only
# known in the end.
#
# Keep three things for each query: the largest score so far $m$, the sum $s$ of $e^{\text{score} - m}$, and the sum $o$ of
# $e^{\text{score} - m}$ times value. When a block brings a larger score, $m$ becomes $m'$, and what was summed is
# multiplied by $e^{m - m'}$. In the end the answer is $o / s$.
#
# - In: `q`, shape (queries, d); `blocks`, a list of pairs: keys (n, d) and values (n, dv), n differing from block to block.
# - Out: attention of all queries to all keys: softmax of the scores, divided by √d, times the values. (queries, dv).
#   Scores may be in the thousands, above 0 or below.


# %%
def in_blocks(q, blocks):
    """Attention to keys and values that come block after block.

    >>> k = np.array([[0.0]])
    >>> in_blocks(np.array([[1.0]]), [(k, np.array([[2.0]])), (k, np.array([[4.0]]))]).tolist()
    [[3.0]]
    """
    # BEGIN SOLUTION
    largest, total, summed = np.full((len(q), 1), -np.inf), 0.0, 0.0
    for k, v in blocks:
        scores = q @ k.T / np.sqrt(q.shape[1])
        new = np.maximum(largest, scores.max(axis=1, keepdims=True))
        e, shrink = np.exp(scores - new), np.exp(largest - new)
        total = total * shrink + e.sum(axis=1, keepdims=True)
        summed = summed * shrink + e @ v
        largest = new
    return summed / total
    # END SOLUTION


# %%
check.in_blocks(in_blocks)

# %% [markdown] tags=["solution"]
# However the keys are cut into blocks, the answer is the same, and only one block of scores exists at a time:

# %% tags=["solution"]
from course_lib.attention import attention
from course_lib.page import claim

q, k, v = np.random.default_rng(1).standard_normal((3, 60, 8))
whole, _ = attention(q, k, v)
for size in (1, 7, 60):
    blocks = [(k[at : at + size], v[at : at + size]) for at in range(0, 60, size)]
    claim(f"Blocks of {size}: the same as all at once", np.allclose(in_blocks(q, blocks), whole))

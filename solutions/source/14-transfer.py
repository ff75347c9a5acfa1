# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 14 · Exercises: transfer
#
# Nine exercises, from what trains after freezing to a librarian that knows when to say nothing. They go with
# [the chapter on transfer](../chapters/14-transfer.ipynb). Together they are worth 27 points and take about
# 225 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the second
# exercise it is `check.effective_rank.hint()`.

# %%
import numpy as np

from course_lib.checks import transfer as check

# %% [markdown]
# ### Exercise 1 · What trains
# *predict · difficulty ★☆☆☆☆ · 15 minutes · 1 point*
#
# A network reads 64 numbers. Its *body* is `Dense(32, activation="relu")` and `BatchNormalization()`, its *head* is
# `Dense(5)`. How many numbers …
#
# 1. `"all"`: can the gradient change, as the network is built?
# 2. `"head only"`: can it change after `body.trainable = False`?
# 3. `"LoRA"`: can it change in the body's Dense layer alone, after `enable_lora(4)`, nothing frozen by hand?
# 4. `"BatchNorm learning"`: of BatchNormalization change during `fit`, by gradient or otherwise, if nothing is frozen?
# 5. `"BatchNorm frozen"`: of BatchNormalization change during `fit`, if the body is frozen?
#
# Answer with a dict of five whole numbers under these names.

# %%
# BEGIN SOLUTION
what_trains = {
    "all": 2309,
    "head only": 165,
    "LoRA": 416,
    "BatchNorm learning": 128,
    "BatchNorm frozen": 0,
}
# END SOLUTION

# %%
check.what_trains(what_trains)

# %% [markdown] tags=["solution"]
# The body's Dense has 64 · 32 + 32 = 2,080 numbers, the head 32 · 5 + 5 = 165. BatchNormalization has 32 each of gamma, beta
# and two moving averages, and only gamma and beta have a gradient. LoRA: 64 · 4 + 4 · 32, and the bias, 32. A frozen
# BatchNormalization also stops following the batches, in Keras.

# %% [markdown]
# ### Exercise 2 · In how many directions do the codes lie?
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# An encoder that gives all pictures nearly the same code has collapsed; one whose codes lie on a line has collapsed in all
# directions but one. Roy and Vetterli (2007) count directions so:
#
# 1. Take the mean of all codes off.
# 2. Divide the singular values of what is left by their sum: $p_1, p_2, \ldots$
# 3. The effective rank is $e^{H}$, where $H = -\sum p_k \ln p_k$. A share of 0 adds nothing.
#
# If all codes are the same there is nothing to divide by. Then the effective rank is 0.
#
# - In: `codes`, shape (n, width).
# - Out: a number.


# %%
def effective_rank(codes):
    """In how many directions the codes lie, after Roy and Vetterli.

    >>> round(float(effective_rank(np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]))), 4)
    2.0
    >>> round(float(effective_rank(np.array([[3.0, 4], [6, 8], [0, 0]]))), 4)
    1.0
    """
    # BEGIN SOLUTION
    spread = codes - codes.mean(axis=0)
    if not spread.any():
        return 0.0
    _, values, _ = np.linalg.svd(spread)
    shares = values[values > 0] / values.sum()
    return np.prod(shares**-shares)
    # END SOLUTION


# %%
check.effective_rank(effective_rank)

# %% [markdown] tags=["solution"]
# $e^{-\sum p \ln p}$ is the product of all $p^{-p}$. Codes that spread evenly over all of their directions have the whole
# width for an effective rank.

# %% [markdown]
# ### Exercise 3 · How good is a search?
# *implement · difficulty ★★☆☆☆ · 20 minutes · 2 points*
#
# A search gives each passage a score for each question. The passages are ranked by it, the highest first, and of equal scores
# the earlier passage first. If even the best score is *below* the threshold, the question is refused. Three numbers say how
# good that is:
#
# 1. *recall@k*: the share of questions whose passage has a rank of at most `k`, and which were not refused,
# 2. *mean reciprocal rank*: the mean of 1 / rank of the right passage, where a refused question counts 0,
# 3. the share of questions that were refused, among those that no passage answers.
#
# The first two are about the questions that a passage answers, the third about the others.
#
# - In: `scores`, shape (questions, passages); `wanted`, shape (questions,), the place of the right passage, from 0, or −1
#   where none answers; `k`, a whole number; `threshold`, a number. There is at least one question of each sort.
# - Out: the three numbers, in this order.


# %%
def retrieval_scores(scores, wanted, k, threshold):
    """recall@k, mean reciprocal rank, and the share refused of what has no answer.

    >>> scores = np.array([[0.9, 0.1, 0.3], [0.2, 0.4, 0.6], [0.1, 0.3, 0.2]])
    >>> [float(x) for x in retrieval_scores(scores, np.array([0, 1, -1]), 1, 0.35)]
    [0.5, 0.75, 1.0]
    """
    # BEGIN SOLUTION
    ranks, refusals = [], []
    for row, place in zip(scores, wanted, strict=True):
        refused = max(row) < threshold
        if place < 0:
            refusals.append(refused)
        else:
            better = np.sum(row > row[place]) + np.sum(row[:place] == row[place])
            ranks.append(np.inf if refused else 1 + better)
    ranks = np.array(ranks)
    return np.mean(ranks <= k), np.mean(1 / ranks), np.mean(refusals)
    # END SOLUTION


# %%
check.retrieval_scores(retrieval_scores)

# %% [markdown] tags=["solution"]
# A refused question has the rank ∞: it is not among the first k, and 1 / ∞ is 0. A higher threshold never lowers the third
# number and never raises the first two: only all three together say something.

# %% [markdown]
# ### Exercise 4 · Levels that are not even
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# Most weights are small, so QLoRA's four bits do not count in even steps: its 16 levels lie closer together around 0. Store a
# kernel so:
#
# 1. The scale of a column is its largest size, or 1 if the column is all zeros.
# 2. Divide each column by its scale. Each number is now between −1 and 1.
# 3. In its place store the number of the nearest level, from 0; of two levels that are as near, the lower one.
#
# - In: `kernel`, shape (inputs, units); `levels`, shape (many,), rising from −1 to 1, in any steps.
# - Out: `q`, whole numbers of the kernel's shape, and `scale`, shape (units,).
#   So `levels[q] * scale` is the kernel, roughly.


# %%
def quantized(kernel, levels):
    """The number of each weight's nearest level, and each column's scale.

    >>> levels = np.array([-1.0, 0.0, 0.25, 1.0])
    >>> q, scale = quantized(np.array([[0.0, 4.0], [0.0, -3.0]]), levels)
    >>> q.tolist(), scale.tolist()
    ([[1, 3], [1, 0]], [1.0, 4.0])
    """
    # BEGIN SOLUTION
    scale = np.max(np.abs(kernel), axis=0)
    scale = np.where(scale == 0, 1.0, scale)
    between = (levels[1:] + levels[:-1]) / 2
    return np.searchsorted(between, kernel / scale), scale
    # END SOLUTION


# %%
check.quantized(quantized)

# %% [markdown] tags=["solution"]
# Halfway between two levels the nearest one changes, and `np.searchsorted` counts how many of these borders lie below.

# %% [markdown]
# ### Exercise 5 · Many partners
# *implement · difficulty ★★★☆☆ · 30 minutes · 3 points*
#
# In the chapter each picture has one partner, another view of it. Where there are labels, all codes of one label can be
# partners (Khosla et al., 2020). With codes divided by their lengths, $z_i$, and the temperature $\tau$,
#
# $$L_i = -\frac{1}{|P_i|} \sum_{p \in P_i} \ln \frac{e^{z_i \cdot z_p / \tau}}{\sum_{a \ne i} e^{z_i \cdot z_a / \tau}}$$
#
# where $P_i$ are the other codes with the label of $i$. The loss is the mean of $L_i$ over all $i$ that have a partner. It must
# also be right at a very low temperature.
#
# - In: `codes`, shape (n, width), none of length 0; `labels`, shape (n,), at least two of them the same; `temperature`,
#   a number above 0.
# - Out: a number.


# %%
def supervised_contrastive(codes, labels, temperature):
    """How well codes of one label find one another.

    >>> codes = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> round(float(supervised_contrastive(codes, np.array([0, 0, 1]), 1.0)), 4)
    0.3133
    """
    # BEGIN SOLUTION
    z = codes / np.sqrt(np.sum(codes**2, axis=1))[:, None]
    losses = []
    for i, label in enumerate(labels):
        others = np.arange(len(labels)) != i
        logits, partner = (z[others] @ z[i]) / temperature, labels[others] == label
        if partner.any():
            log_sum = logits.max() + np.log(np.sum(np.exp(logits - logits.max())))
            losses.append(np.mean(log_sum - logits[partner]))
    return np.mean(losses)
    # END SOLUTION


# %%
check.supervised_contrastive(supervised_contrastive)

# %% [markdown] tags=["solution"]
# With a label for each picture, and two views of each, that is the chapter's loss again: one partner each.

# %% [markdown]
# ### Exercise 6 · How low is the rank of what was learnt?
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# LoRA learns an update $A B$ of low rank. One can also look back: a kernel was fine-tuned in full. What would the best update
# of rank $r$ have made of it? Find the $A$, (inputs, $r$), and $B$, ($r$, units), for which $W + A B$ is nearest, by squares, to
# what full fine-tuning came to. (The largest singular values of what has changed have it.) Return $W + A B$.
#
# - In: `before` and `after`, shape (inputs, units), the kernel before and after fine-tuning; `rank`, a whole number from 1 to
#   the smaller of inputs and units.
# - Out: an array, shape (inputs, units).


# %%
def low_rank(before, after, rank):
    """The kernel with the best update of this rank.

    >>> low_rank(np.zeros((2, 2)), np.array([[3.0, 0.0], [0.0, 1.0]]), 1).round(4).tolist()
    [[3.0, 0.0], [0.0, 0.0]]
    """
    # BEGIN SOLUTION
    u, s, vt = np.linalg.svd(after - before)
    merged = before.astype(float)
    for part in range(rank):
        merged += s[part] * np.outer(u[:, part], vt[part])
    return merged
    # END SOLUTION


# %%
check.low_rank(low_rank)

# %% [markdown] tags=["solution"]
# That the first singular values give the nearest matrix of their rank is a theorem of Eckart and Young, of 1936.

# %% [markdown]
# ### Exercise 7 · Three broken teachers
# *diagnose · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# Three functions are to distil, and each has one wrong line. They use the logarithm of the softmax:

# %%
from course_lib.activations import log_softmax

# %% [markdown]
# The first is the chapter's loss, $T^2\, \mathrm{KL}(\text{teacher} \,\|\, \text{student})$ at the temperature $T$, of logits of
# shape (n, classes):


# %%
def loss_a(student, teacher, t):
    log_q = log_softmax(student)  # 1
    log_p = log_softmax(teacher / t)  # 2
    kl = np.sum(np.exp(log_p) * (log_p - log_q), axis=1)  # 3
    return t**2 * np.mean(kl)  # 4


# %% [markdown]
# The second is meant to be the same loss:


# %%
def loss_b(student, teacher, t):
    log_p = log_softmax(teacher / t)  # 1
    log_q = log_softmax(student / t)  # 2
    kl = np.sum(np.exp(log_q) * (log_q - log_p), axis=1)  # 3
    return t**2 * np.mean(kl)  # 4


# %% [markdown]
# The third learns from the teacher and from labels: `share` times $T^2$ times the cross-entropy with the teacher's soft answers,
# and `1 - share` times the usual cross-entropy with the labels.


# %%
def loss_c(student, teacher, labels, t, share):
    log_q = log_softmax(student / t)  # 1
    hard = -log_q[np.arange(len(labels)), labels]  # 2
    soft = -(t**2) * np.sum(np.exp(log_softmax(teacher / t)) * log_q, axis=1)  # 3
    return np.mean(share * soft + (1 - share) * hard)  # 4


# %% [markdown]
# What is to be seen of them:

# %%
z = np.array([[2.0, 1.0, -1.0], [0.0, 3.0, 1.0]])
print("A: who says what the teacher says loses nothing:", abs(loss_a(z, z, 2.0)) < 1e-9)
both, one, none = np.log([[0.49, 0.49, 0.02], [0.98, 0.01, 0.01], [1 / 3, 1 / 3, 1 / 3]])[:, None]
misses, knows_nothing = loss_b(one, both, 1.0), loss_b(none, both, 1.0)
print("B: who misses one of two answers loses more than who knows nothing:", misses > knows_nothing)
cold, warm = (loss_c(z, z, np.array([0, 1]), t, 0.0) for t in (1.0, 4.0))
print("C: with labels alone the temperature changes nothing:", abs(cold - warm) < 1e-9)

# %% [markdown]
# All should say True. In each, which line has to be changed? One is enough, and what one line gets wrong is not to be
# undone in another. Answer with a dict of line numbers, like `{"A": 4, "B": 4, "C": 4}`.

# %%
# BEGIN SOLUTION
broken_distillations = {"A": 1, "B": 3, "C": 2}
# END SOLUTION

# %%
check.broken_distillations(broken_distillations)

# %% [markdown] tags=["solution"]
# A's student has to be softened as the teacher is: `student / t`. B's mean is taken over the student's answers, and what the
# student never says costs it nothing then: `np.exp(log_p) * (log_p - log_q)`. C compares the labels with soft shares; a label
# is no soft answer, and takes `log_softmax(student)`.

# %% [markdown]
# ### Exercise 8 · Ten pictures of each digit
# *build · difficulty ★★★★☆ · 30 minutes · 4 points*
#
# A camera takes pictures of 11 × 11 pixels. The digit, 8 × 8, is somewhere in it, and the camera's cables are in disorder: the
# pixels come in an order that nobody knows, the same for all pictures. There are ten labelled pictures of each digit. Who
# starts from scratch has no chance: a linear classifier gets about 3 of 10 new ones right.
#
# But somebody has seen many pictures of this camera, without labels, and trained an *encoder*: two layers,
# `Dense(768, activation="relu")` and `Dense(64)`. Its weights are handed over. Build a Keras model that uses them, train it
# and return it. Of 500 new pictures it must get at least **70 %** right.
#
# - In: `weights`, a list of four arrays in the order of `set_weights`, of shapes (121, 768), (768,), (768, 64) and (64,);
#   `x`, shape (100, 121); `y`, shape (100,), the digits 0 to 9.
# - Out: a trained Keras model that takes (batch, 121) and gives (batch, 10); the largest is its answer.
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def fine_tuned(weights, x, y):
    """A Keras model, trained, that knows the camera's digits."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    encoder = [keras.layers.Dense(768, activation="relu"), keras.layers.Dense(64)]
    encoder = keras.Sequential([keras.Input((121,)), *encoder])
    encoder.set_weights(weights)
    encoder.trainable = False
    model = keras.Sequential([keras.Input((121,)), encoder, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(x, y, batch_size=25, epochs=60, verbose=0)
    return model
    # END SOLUTION


# %%
check.fine_tuned(fine_tuned)

# %% [markdown] tags=["solution"]
# The encoder had to say how each picture would look with the digit in the middle, its pixels in order. That needs no label, and
# leaves codes in which ten examples of each digit are enough.

# %% [markdown]
# ### Exercise 9 · A project: the librarian
# *implement · difficulty ★★★★★ · 55 minutes · 6 points*
#
# People come to a library with half a sentence in their heads: about half of twenty words, and in between some that never
# stood there. Some of the sentences stand in none of the library's passages. Write a librarian that finds the passage, or says
# that it is not there. It is judged on 200 passages of Python's own reference, drawn anew, and on **300 questions**: at
# least 70 % of the 150 whose passage is there must be found, and at least 70 % of the 150 others refused.
#
# Who always answers refuses nothing, and who wants every word of the question in the passage finds next to nothing.
# Passages and questions to practise on are made like those of the judge:

# %%
import re

from course_lib.data import topics

parts = (" ".join(part.split()) for part in topics().split("\n\n"))
paragraphs = sorted({part for part in parts if 200 <= len(part) <= 700})
rng = np.random.default_rng(0)
mixed = [paragraphs[k] for k in rng.permutation(len(paragraphs))[:350]]
passages = mixed[:200]


def ask(passage):
    words = re.findall("[a-z_]+", passage.lower())
    begin = rng.integers(max(1, len(words) - 20))
    other = re.findall("[a-z_]+", mixed[rng.integers(350)].lower())
    heard = [
        (w, rng.choice(other), None)[rng.choice(3, p=[0.5, 0.15, 0.35])] for w in words[begin:][:20]
    ]
    return " ".join(w for w in heard if w)


questions = [ask(passage) for passage in mixed[:300]]

# %% [markdown]
# The right answers to these questions are 0 to 199, and then 100 times −1.
#
# - In: `passages` and `questions`, lists of texts.
# - Out: a list with a whole number for each question: the place of its passage in `passages`, from 0, or −1.


# %%
def librarian(passages, questions):
    """The place of the passage that each question is about, or −1.

    >>> librarian(["the cat sat on the mat", "a dog ate the bone"], ["dog bone", "new moon"])
    [1, -1]
    """
    # BEGIN SOLUTION
    texts = [[*re.findall("[a-z_]+", text.lower())] for text in [*passages, *questions]]
    words = sorted({word for text in texts for word in text})
    column = {word: k for k, word in enumerate(words)}
    stands = np.zeros((len(texts), len(words)))
    for row, text in zip(stands, texts, strict=True):
        row[[column[word] for word in text]] = 1
    shelves, asked = np.split(stands, [len(passages)])
    asked = asked * np.log((len(passages) + 1) / (shelves.sum(axis=0) + 0.5))
    shares = asked @ shelves.T / asked.sum(axis=1, keepdims=True)
    return np.where(shares.max(axis=1) > 0.57, shares.argmax(axis=1), -1).tolist()
    # END SOLUTION


# %%
check.librarian(librarian)

# %% [markdown] tags=["solution"]
# A word tells ln(N / n) if n of N passages have it. The score is the share of what the question tells that a passage has: a
# number from 0 to 1, whatever the question's length, and so one threshold serves them all.

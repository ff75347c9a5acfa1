# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 10 · Exercises: transformers
#
# Nine exercises, from bits to a small program that writes. They go with
# [the chapter on transformers](../chapters/10-transformers.ipynb). Together they are worth 26 points and take about
# 190 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the third
# exercise it is `check.min_p.hint()`.

# %%
import numpy as np

from course_lib.checks import transformers as check

# %% [markdown]
# ### Exercise 1 · Bits by hand
# *predict · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# A model read four tokens. It had given them the probabilities ½, ¼, ⅛ and ¼. Together they write ten characters.
#
# How many bits do they need together, what is the perplexity of a token, and how many bits a character are that? Answer
# with a dict like `{"bits": 1, "perplexity": 1, "bits a character": 1}`.

# %%
# BEGIN SOLUTION
bits_by_hand = {"bits": 8, "perplexity": 4, "bits a character": 0.8}
# END SOLUTION

# %%
check.bits_by_hand(bits_by_hand)

# %% [markdown] tags=["solution"]
# 1 + 2 + 3 + 2 = 8 bits, 2 a token, so it might as well have guessed among 2² = 4 tokens each time. 8 / 10 = 0.8.

# %% [markdown]
# ### Exercise 2 · Weigh a GPT
# *predict · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# A GPT has a vocabulary of 1,000 tokens, a context of 128 with learnt positions, a width of 64, two blocks with four heads
# each, and 256 neurons between the two dense layers of a block. The four heads share the width, 16 numbers each. Every
# dense layer has biases, also those for queries, keys, values and output in attention, and every norm has a gamma and a beta.
#
# How many numbers are learnt
#
# 1. `"tables"`: in the two tables in front, of tokens and of positions,
# 2. `"one block"`: in one block,
# 3. `"the rest"`: in the last norm and the last dense layer,
# 4. `"in all"`: in all,
# 5. `"in all, shared"`: in all, if the last layer has no kernel of its own, and takes the table of tokens, turned round?
#
# Answer with a dict of whole numbers under these five names.

# %%
# BEGIN SOLUTION
weigh = {
    "tables": 72_192,
    "one block": 49_984,
    "the rest": 65_128,
    "in all": 237_288,
    "in all, shared": 173_288,
}
# END SOLUTION

# %%
check.weigh(weigh)

# %% [markdown] tags=["solution"]
# (1000 + 128) · 64 = 72,192. Attention has 4 · (64 · 64 + 64) = 16,640, the dense layers 2 · 64 · 256 + 256 + 64 =
# 33,088, two norms 256. The rest: 128 + 64 · 1000 + 1000. In a model this small most numbers stand in tables, and so
# sharing one takes more than a quarter away: 64,000.

# %% [markdown]
# ### Exercise 3 · min-p
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# One more way to cut off: a token stays if its probability is *at least* $p$ times that of the likeliest one. Where the model
# is sure, few stay; where it is not, many.
#
# - In: `logits`, shape (..., vocabulary), any numbers, also very large ones; `p`, a number with 0 < p ≤ 1.
# - Out: an array of the same shape: the logits as they were, and −∞ for what is cut off.


# %%
def min_p(logits, p):
    """Only tokens that are at least p times as likely as the likeliest.

    >>> min_p(np.array([2.0, 1.0, 0.0, -3.0]), 0.2).tolist()
    [2.0, 1.0, -inf, -inf]
    """
    # BEGIN SOLUTION
    gap = logits - logits.max(axis=-1, keepdims=True)
    return np.where(gap >= np.log(p), logits, -np.inf)
    # END SOLUTION


# %%
check.min_p(min_p)

# %% [markdown] tags=["solution"]
# The sum under softmax is the same for both, so only the distance of the logits counts.

# %% [markdown]
# ### Exercise 4 · The loss of an answer
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# An assistant is trained on question and answer in one row of tokens, but only the answer's tokens count. Compute the loss:
# the mean of −ln p over those tokens. The logits of a place are for the token that comes *next*.
#
# - In: `logits`, shape (time, vocabulary), any numbers, also very large ones; `tokens`, shape (time,), whole numbers, what was
#   read; `counts`, shape (time,), True for the tokens of the answer. The first token never counts.
# - Out: a number.


# %%
def answer_loss(logits, tokens, counts):
    """The mean cross-entropy of the tokens that count, each predicted from the place before it.

    >>> logits = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 0.0]])
    >>> round(float(answer_loss(logits, np.array([1, 0, 1]), np.array([False, True, False]))), 4)
    0.6931
    """
    # BEGIN SOLUTION
    z = logits - logits.max(axis=-1, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    places = np.flatnonzero(counts)
    return -np.mean(logs[places - 1, tokens[places]])
    # END SOLUTION


# %%
check.answer_loss(answer_loss)

# %% [markdown] tags=["solution"]
# In Keras it is `sample_weight` of the shape (batch, time), as in the chapter.

# %% [markdown]
# ### Exercise 5 · Learn what belongs together
# *implement · difficulty ★★★☆☆ · 30 minutes · 3 points*
#
# Write byte-pair encoding, with characters in place of bytes. Each word begins as its characters. Then, again and again:
#
# 1. Count the pairs of neighbours, within words only. A word that comes three times counts three times; in *aaa* the pair
#    of a and a stands twice.
# 2. Take the commonest pair. Of equally common ones take the first in the alphabet, as Python's `min` finds it.
# 3. Wherever the pair stands, join the two pieces to one, in each word from the left: *aaa* becomes *aa*, *a*.
#
# Stop after `n` merges, or as soon as no pair comes twice.
#
# - In: `words`, a list of strings; `n`, a whole number.
# - Out: a list of pairs of strings, in the order in which they were joined.


# %%
def learn_pairs(words, n):
    """The first n merges of a byte-pair encoding.

    >>> learn_pairs(["the", "then", "the"], 2)
    [('h', 'e'), ('t', 'he')]
    >>> learn_pairs(["aaa", "b"], 5)
    [('a', 'a')]
    """
    # BEGIN SOLUTION
    texts, merges = [list(word) for word in words], []
    for _ in range(n):
        counts = {}
        for pieces in texts:
            for i in range(len(pieces) - 1):
                pair = pieces[i], pieces[i + 1]
                counts[pair] = counts.get(pair, 0) + 1
        if max(counts.values(), default=0) < 2:
            break
        best = min(pair for pair in counts if counts[pair] == max(counts.values()))
        merges.append(best)
        for pieces in texts:
            i = 0
            while i < len(pieces) - 1:
                if (pieces[i], pieces[i + 1]) == best:
                    pieces[i : i + 2] = ["".join(best)]
                i += 1
    return merges
    # END SOLUTION


# %%
check.learn_pairs(learn_pairs)

# %% [markdown] tags=["solution"]
# After a merge the new piece is passed by, so that of three a's the first two are joined. The chapter's `learn_merges`
# counts each different word once and multiplies, which is faster, and after a merge counts only the words anew in which
# both pieces stand.

# %% [markdown]
# ### Exercise 6 · Three that go wrong
# *diagnose · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# Three functions, each with one wrong line. The first makes probabilities of logits, with a temperature:


# %%
def chances_a(logits, temperature):
    z = logits * temperature  # 1
    e = np.exp(z - z.max())  # 2
    return e / e.sum()  # 3


# %% [markdown]
# The second tells which tokens top-p keeps: the fewest, from the likeliest on, that reach `p` together.


# %%
def kept_b(chances, p):
    order = np.argsort(-chances)  # 1
    before = chances.cumsum() - chances  # 2
    return order[before < p]  # 3


# %% [markdown]
# The third is a small attention with a cache. It reads some tokens after a past that it has read already, and gives the
# last token's average and what it has seen, for the next time. (Query, key and value are one and the same here.)


# %%
def read_c(tokens, table, places, past):
    new = table[tokens]  # 1
    new = new + places[: len(tokens)]  # 2
    seen = np.concatenate([past, new])  # 3
    scores = seen @ new[-1] / np.sqrt(len(new[-1]))  # 4
    e = np.exp(scores - scores.max())  # 5
    return e @ seen / e.sum(), seen  # 6


# %% [markdown]
# What is to be seen of them:

# %%
logits = np.array([2.0, 1.0, 0.0])
same = np.allclose(chances_a(logits, 0.5), chances_a(2 * logits, 1.0))
print("A: half the temperature does the same as twice the logits:", same)
two, one = kept_b(np.array([0.1, 0.6, 0.3]), 0.8), kept_b(np.array([0.1, 0.2, 0.7]), 0.6)
print("B: 0.6 and 0.3 reach 0.8, and 0.7 alone reaches 0.6:", [*two, *one] == [1, 2, 2])
table, places = np.random.default_rng(0).normal(size=(2, 5, 3))
at_once, _ = read_c(np.array([2, 0, 4, 2]), table, places, np.zeros((0, 3)))
_, past = read_c(np.array([2, 0, 4]), table, places, np.zeros((0, 3)))
one_more, _ = read_c(np.array([2]), table, places, past)
print("C: the fourth token after three is the fourth of four:", np.allclose(one_more, at_once))

# %% [markdown]
# All should say True. In each, which line has to be changed? One is enough, and what one line gets wrong is not to be
# undone in another. Answer with a dict of line numbers, like `{"A": 3, "B": 3, "C": 3}`.

# %%
# BEGIN SOLUTION
broken_choices = {"A": 1, "B": 2, "C": 2}
# END SOLUTION

# %%
check.broken_choices(broken_choices)

# %% [markdown] tags=["solution"]
# A has to divide. B adds up in the tokens' order, and not from the likeliest on: `chances[order].cumsum() -
# chances[order]`. C gives a token that comes alone the first place, wherever it stands:
# `places[len(past) : len(past) + len(tokens)]`. Nothing fails, and the first piece is right; only what is written with
# the cache is worse than without.

# %% [markdown]
# ### Exercise 7 · A GPT in six lines
# *implement · difficulty ★★★★☆ · 25 minutes · 4 points*
#
# A GPT with all that a GPT needs, but no kernels: one block with one head, and no dense layers.
#
# 1. Each token has its row of `table`, times the root of the width, plus the row of its position in `places`. Call it $h$.
# 2. Attention, pre-norm and causal: $h + \text{attention}(\text{norm}(h))$. The rows of $\text{norm}(h)$ are queries, keys and
#    values at once; scores are divided by the root of the width.
# 3. One more norm. Then each row is multiplied with each token's row of `table`: these are the logits.
#
# The factor in step 1 and one table at both ends are from the transformer of 2017 ([@vaswani2017]). The norm is the layer
# normalization of chapter 06 without gamma and beta, with $\epsilon = 0.001$: a row becomes
# $(x - \text{mean}) / \sqrt{\text{variance} + \epsilon}$.
#
# - In: `tokens`, shape (time,), whole numbers; `table`, (vocabulary, width); `places`, (context, width), time ≤ context.
# - Out: logits, shape (time, vocabulary).


# %%
def small_gpt(tokens, table, places):
    """The logits of what comes next, at each place.

    >>> small_gpt(np.array([1]), np.eye(2), np.zeros((4, 2))).round(2).tolist()
    [[-1.0, 1.0]]
    """
    # BEGIN SOLUTION
    time, width = len(tokens), table.shape[1]

    def norm(x):
        spread = np.sqrt(x.var(axis=-1, keepdims=True) + 0.001)
        return (x - x.mean(axis=-1, keepdims=True)) / spread

    h = np.sqrt(width) * table[tokens] + places[:time]
    n = norm(h)
    scores = np.where(np.tri(time, dtype=bool), n @ n.T / np.sqrt(width), -np.inf)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    h = h + e / e.sum(axis=-1, keepdims=True) @ n
    return norm(h) @ table.T
    # END SOLUTION


# %%
check.small_gpt(small_gpt)

# %% [markdown] tags=["solution"]
# The last token's logits are the next token's. What is missing for a real one: kernels in front of query, key and value, and behind
# the heads, two dense layers with a norm, and more such blocks.

# %% [markdown]
# ### Exercise 8 · Three places back
# *build · difficulty ★★★★☆ · 35 minutes · 4 points*
#
# Build a Keras model that says at each of 12 places which token stood *three places before*. For the first three places
# the target is 0. Train it and return it. It must be causal: no token may change what is said before it. It is judged on 200
# new sequences, from the fourth place on: at least **90 %** right, with at most **20,000 parameters**.
#
# - In: `x`, shape (500, 12), whole numbers 0 to 5; `y`, the same shape, the targets.
# - Out: a trained Keras model that takes (batch, 12) and gives (batch, 12, 6), logits.
#
# The places can be had of the tokens, as in the chapter: `keras.ops.cumsum(keras.ops.ones_like(tokens), axis=1) - 1`. The
# check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def look_back(x, y):
    """A causal Keras model, trained, that says what stood three places before."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    tokens = keras.Input((12,), dtype="int32")
    places = keras.ops.cumsum(keras.ops.ones_like(tokens), axis=1) - 1
    h = keras.layers.Embedding(6, 32)(tokens) + keras.layers.Embedding(12, 32)(places)
    h = h + keras.layers.MultiHeadAttention(2, 16)(h, h, use_causal_mask=True)
    model = keras.Model(tokens, keras.layers.Dense(6)(h))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(x, y, batch_size=32, epochs=20, verbose=0)
    return model
    # END SOLUTION


# %%
check.look_back(look_back)

# %% [markdown] tags=["solution"]
# Places ask for places: the query of place 7 has to match the key of place 4, which a table of positions makes easy. Without
# the table all places ask the same, and the model can only count tokens. A causal convolution with a window of four,
# `Conv1D(32, 4, padding="causal")`, does it too: its distance is built in. Attention finds it out.

# %% [markdown]
# ### Exercise 9 · A project: write
# *implement · difficulty ★★★★☆ · 30 minutes · 4 points*
#
# The last exercise writes. The model is the simplest there is: a table with the logits of what follows each token. For each of
# the numbers in `points` one token is added, in this way:
#
# 1. Take the table's row of the last token.
# 2. *Penalty:* of each token that stands in the text so far, prompt included, divide a logit above 0 by `penalty`, and
#    multiply one that is 0 or less.
# 3. *Temperature:* divide all logits by it.
# 4. *Top-p:* make probabilities, and keep the likeliest ones, as few as reach `p` together; of equal ones the first comes
#    first. Make what is left sum to 1.
# 5. *Chance:* on a line from 0 to 1 each token, in the order of its number, has a stretch as long as its probability.
#    Take the token on whose stretch the point lies.
#
# - In: `table`, shape (vocabulary, vocabulary); `prompt`, a list of tokens; `points`, shape (n,), from 0 to below 1;
#   `temperature`, `p` and `penalty`, numbers.
# - Out: a list of whole numbers: the prompt and after it n more tokens.


# %%
def write(table, prompt, points, temperature, p, penalty):
    """The prompt, and after it one token for each point.

    >>> table = np.log([[0.1, 0.9], [0.6, 0.4]])
    >>> write(table, [0], np.array([0.5, 0.5]), 1.0, 1.0, 1.0)
    [0, 1, 0]
    """
    # BEGIN SOLUTION
    text = list(prompt)
    for point in points:
        z = np.array(table[text[-1]])
        for token in set(text):
            z[token] = z[token] / penalty if z[token] > 0 else z[token] * penalty
        chances = np.exp((z - z.max()) / temperature)
        chances /= chances.sum()
        reached = 0
        for token in np.argsort(-chances, kind="stable"):
            share, chances[token] = chances[token], chances[token] * (reached < p)
            reached += share
        text.append(int(np.sum(np.cumsum(chances) <= point * chances.sum())))
    return text
    # END SOLUTION


# %%
check.write(write)

# %% [markdown] tags=["solution"]
# Put the logits of `gpt` in the place of the table's row, and this is how the models that you know write.

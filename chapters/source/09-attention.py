# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 09 · Attention
#
# **Where should it look?**
#
# Chapter 08 pressed whatever it had read into one vector, and long texts did not fit. This chapter presses nothing.
# It keeps everything that was read, and whoever needs something looks for it there. In the end a network of 14
# thousand numbers translates dates, and shows for each digit where it looked.
#
# By the end you can
#
# - **Compute** attention by hand, and say what queries, keys and values are,
# - **Mask** what must not be seen, and prove that it is not,
# - **Order** what attention itself cannot order, with positional codes,
# - **Read** a map of attention, and say what it does not explain.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about a minute. You need
# softmax (chapter 02), and normalization and residual connections (chapter 06).*

# %% [markdown]
# ## An average that chooses
#
# Forty noisy measurements of a curve. What is the curve's height at 2.5? The mean of all forty is no answer. Better is
# a mean in which the measurements *near 2.5* count most. Each gets a score, the closer the higher, and softmax turns
# scores into weights:

# %%
import inspect

import numpy as np
from course_lib.attention import attention, attention_weights
from course_lib.experiments import attention as experiments
from course_lib.page import claim, quiet, show
from course_lib.plots import attention as plots

# %% [markdown]
# Now the measurements, and their weighted mean:

# %%
rng = np.random.default_rng(1)
x = np.sort(rng.uniform(0, 6, 40))
y = np.sin(x) + 0.25 * rng.standard_normal(40)


def smooth(queries, width):
    scores = -((queries[:, None] - x) ** 2) / (2 * width**2)
    weights = attention_weights(scores)
    return weights @ y, weights


# %% [markdown]
# **Predict, then run:** a width of 0.05, of 0.5 and of 5. Which curve is too wild, and which too flat?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
grid = np.linspace(0, 6, 200)
curves = {f"width {width:g}": smooth(grid, width)[0] for width in (0.05, 0.5, 5)}
plots.plot_regression(x, y, grid, curves, 2.5, smooth(np.array([2.5]), 0.5)[1][0], np.sin(grid))
show("""Left, forty grey points around a grey sine and three curves: a width of 0.05 follows every
point, 0.5 comes near the sine, 5 is nearly flat. Right, the same points, large near the query at
2.5 and tiny far from it; a diamond marks their weighted mean, 0.44, below the sine's 0.60.""")

# %% [markdown]
# *On the right, size is weight.* This is **kernel regression** ([@nadaraya1964]). The place that asks is the
# **query**, the places that are known are the **keys**, and what is averaged are the **values**:
#
# $$\text{answer}(q) = \sum_i \text{weight}_i(q)\; v_i \qquad \text{weight}(q) = \text{softmax}_i(\text{score}(q, k_i))$$
#
# Attention is this formula with two changes. Queries, keys and values are vectors, and the network *learns* them. And
# the score is no distance but a **dot product**, $q \cdot k$: large if both point the same way. The step is smaller
# than it looks, since $-(q-k)^2/2 = qk - k^2/2 - q^2/2$, and what is the same for all keys, $q^2/2$, softmax
# ignores ($\sqrt2$ takes back a division that comes below):

# %%
queries, ones = np.array([[1.0], [2.5], [5.0]]), np.ones((3, 1))
q = np.hstack([queries, ones]) * np.sqrt(2)
k = np.stack([x, -(x**2) / 2], axis=1)

# %%
by_dots, _ = attention(q, k, y[:, None])
claim(
    "Kernel regression of width 1 is attention, to twelve digits",
    np.allclose(by_dots[:, 0], smooth(queries[:, 0], 1)[0], rtol=1e-12, atol=0),
)

# %% [markdown]
# ## By hand
#
# A query (1, 1, 1, 1) and three keys, (1, 1, 1, 1), (1, 1, 0, 0) and (0, 0, 0, 0), with the values 10, 20 and 40. The
# dot products are 4, 2 and 0. They are divided by $\sqrt d = \sqrt 4 = 2$: scores 2, 1, 0. Their exponentials are 7.39,
# 2.72 and 1, together 11.11, so the weights are 0.665, 0.245 and 0.090. The answer is
# 0.665 · 10 + 0.245 · 20 + 0.090 · 40 ≈ 15.15.
#
# For many queries at once, the rows of $Q$ (and likewise $K$, $V$), it is one line, the **scaled dot-product
# attention** of [@vaswani2017]:
#
# $$\text{attention}(Q, K, V) = \text{softmax}\!\left(\frac{Q K^T}{\sqrt d}\right) V$$

# %%
print(inspect.getsource(attention))

# %% [markdown]
# The example above:

# %%
keys = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0]])
answer, weights = attention(np.ones((1, 4)), keys, np.array([[10], [20], [40]]))
claim("By hand: 0.665, 0.245, 0.090", weights.round(3).tolist() == [[0.665, 0.245, 0.09]])
claim("And the answer 15.15", answer.round(2).tolist() == [[15.15]])

# %% [markdown]
# In Keras, `Attention` does the same, but for the root, which it leaves to you. Mind its order: query, *value*, key.
# Forward and backward:

# %%
from course_lib.attention import attention_backward
from course_lib.backend_gradients import value_and_gradients

with quiet():
    import keras

q, k, v, dy = (rng.standard_normal((2, n, 4)) for n in (3, 5, 5, 3))
layer = keras.layers.Attention(dtype="float64")


# %%
def through_keras(q, k, v):
    return keras.ops.sum(keras.ops.multiply(layer([q / 2, v, k]), dy))


y_ours, weights = attention(q, k, v)
y_keras = layer([keras.ops.convert_to_tensor(a, "float64") for a in (q / 2, v, k)])
apart = np.abs(keras.ops.convert_to_numpy(y_keras) - y_ours).max()
claim("Forward: no number differs by as much as 10⁻¹²", apart < 1e-12)
theirs = value_and_gradients(through_keras, q, k, v)[1]
ours = attention_backward(dy, q, k, v, weights)
apart = max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))
claim("Backward: none of dq, dk and dv does either", apart < 1e-12)

# %% [markdown]
# ## Everybody asks everybody
#
# In a sentence each word is a vector. From it three dense layers make a query ("what am I looking for?"), a key ("what
# am I?") and a value ("what do I tell?"). If words ask words of the same sentence, it is **self-attention**. If the
# words of one text ask those of another, **cross-attention** (that is how attention began, in translation:
# [@bahdanau2014]). And because one average can look for only one thing, several **attention heads** do it side by side,
# each in a small space of its own. What they find is joined by a last dense layer.
#
# Here is the first layer, with four heads, of a network that has been trained in a second or two: it has read sentences
# like the one below and learnt which noun the *it* means. Hover over a word on the left to see where it looks; a click
# keeps it. A click on a word on the right unfolds the arithmetic of its weight, in which every number can be typed or
# dragged:

# %%
from course_lib.widgets import attention as widgets

widgets.Attention()

# %% [markdown]
# 1. Click *it*, press *1 scores*, then *next* until you are at *softmax*. What does *scale* change: the order of the
#    numbers in a row, or their spread?
# 2. Tick *causal*. Which words lose the most? What can the first word still look at?
# 3. Solo one head after the other. Whose *it* looks at *cat*, whose at the last word? Type *soft* for *tired*. Whose
#    *it* looks at *mat* now?
# 4. While *it* looks, unfold the first *the* on the right, and make its softmax 0.5. Which numbers have changed with
#    it, and which have not?
#
# <details><summary>Answers</summary>
#
# 1: only their spread; all are halved. 2: the first words; the first can look only at itself. 3: heads 3 and 4 look at
# *cat*, 1 and 2 at *tired*. With *soft*, heads 1 and 2 look at *mat*: other heads, and head 4 still looks at *cat*. 4:
# k, the products, their sum, and what comes of it, but not q. The weights of the other words shrink, since all of them
# share the 1.
#
# </details>
#
# (`widgets.Attention(text, read)` looks into a model of your own: `read` takes a sentence and gives its words, and q
# and k of each head.)
#
# How our layer goes forward, and the number of its weights: four kernels of $d \times d$, four biases of $d$.
# (Positions come below, the past in chapter 10.)

# %%
from course_lib import attention as library

print(inspect.getsource(library._Heads.forward))

# %%
mine = library.MultiHeadAttention(16, num_heads=4, key_dim=4, rng=rng)
claim(
    "Width 16: 4 · (16 · 16 + 16) = 1088 weights",
    sum(p.size for p in mine.parameters()) == 4 * (16 * 16 + 16) == 1088,
)

# %% [markdown]
# Keras' twin takes `num_heads` and the width of *one* head, `key_dim`:

# %%
twin = keras.layers.MultiHeadAttention(num_heads=4, key_dim=4, dtype="float64")
words, dy = rng.standard_normal((2, 6, 16)), rng.standard_normal((2, 6, 16))
twin.build(words.shape, words.shape)
twin.set_weights(mine.parameters())


# %%
def in_keras(layer, x, **mask):
    """What Keras' layer makes of these words, as an array, whatever Keras runs on."""
    x = keras.ops.convert_to_tensor(x, "float64")
    return keras.ops.convert_to_numpy(layer(x, x, **mask))


# %% [markdown]
# Forward, then backward:

# %%
apart = np.abs(in_keras(twin, words) - mine.forward(words)).max()
claim("Forward: no number differs by as much as 10⁻¹²", apart < 1e-12)

# %%
_, theirs = value_and_gradients(
    lambda x: keras.ops.sum(keras.ops.multiply(twin(x, x), dy)),
    words,
    variables=twin.trainable_variables,
)
ours = mine.backward(dy), *mine.gradients()
apart = max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))
claim("Backward: no slope does, of words, kernels and biases", apart < 1e-12)

# %% [markdown]
# ## What must not be seen
#
# A network that learns to write must not see the word that it shall write next. The **causal mask** sets the scores of
# all later keys to −∞, and softmax makes them 0 (Keras takes a very large negative number instead; that
# comes to the same as long as a row may look at something). The **padding mask** does so
# with the places that only fill up a batch:

# %%
from course_lib.attention import causal_mask, padding_mask

tokens = np.array([[5, 3, 8, 2, 0, 0]])
padding = np.broadcast_to(padding_mask(tokens)[0], (6, 6))
masks = {"causal": causal_mask(6), "padding": padding, "both": causal_mask(6) & padding}

# %%
plots.plot_masks(masks, ["5", "3", "8", "2", "–", "–"])
show("""Three masks of six by six. Causal: blue on and below the diagonal. Padding: the last two
columns are white. Both: the lower triangle without the last two columns.""")

# %% [markdown]
# Is a mask tight? Looking at weights is no proof. **Perturb:** change a token that must not be seen; what is computed
# elsewhere must stay the same, not nearly, but to the last bit. In ours and in Keras:


# %%
def unmoved(layer, changed, seen, **mask):
    other = words.copy()
    other[:, changed] += 10
    before, after = (layer(z, **mask) for z in (words, other))
    return np.array_equal(before[:, seen], after[:, seen])


tight = library.MultiHeadAttention(16, 4, 4, rng, causal=True)
real = np.tile([True] * 4 + [False] * 2, (2, 1, 1))
places = {"later": (slice(3, 6), slice(0, 3)), "padded": (slice(4, 6), slice(0, 4))}

# %% [markdown]
# `places` says what is changed and where nothing may move:

# %%
claim("Causal: later words change nothing before them", unmoved(tight.forward, *places["later"]))
claim("Padding: it changes nothing", unmoved(mine.forward, *places["padded"], mask=real))
claim(
    "Keras, causal: the same",
    unmoved(lambda z: in_keras(twin, z, use_causal_mask=True), *places["later"]),
)
claim(
    "Keras, padding: the same",
    unmoved(lambda z: in_keras(twin, z, attention_mask=real), *places["padded"]),
)
claim("Without a mask, words before do change", not unmoved(mine.forward, *places["later"]))

# %% [markdown]
# Keras builds the padding mask itself: an `Embedding` with `mask_zero=True` hands it on, but only once. In Keras 3.15 a
# second layer that reads the same numbers sees the padding. Give that one its `attention_mask`.

# %%
read = keras.layers.Embedding(9, 16, mask_zero=True)(tokens)
layers = [keras.layers.MultiHeadAttention(4, 4) for _ in range(2)]
seen = [layer(read, read, return_attention_scores=True)[1] for layer in layers]
at_padding = [keras.ops.convert_to_numpy(weights)[..., 4:].any() for weights in seen]
claim("The first looks at no padding, the second does", at_padding == [False, True])

# %% [markdown]
# **Your turn.** Write the causal mask yourself, without loops. (`np.arange` and a comparison are enough.)


# %%
def may_look(length):
    """True where the row's position may look at the column's. (length, length)"""
    return None  # your line


mask = may_look(4)
print(
    "Right!"
    if np.array_equal(mask, causal_mask(4))
    else "Not yet: row 0 is True False False False."
)

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return np.arange(length)[:, None] >= np.arange(length)`
#
# </details>

# %% [markdown]
# ## Attention cannot count
#
# A score depends on what two words are, not on where they stand. Shuffle the words, and the answers are shuffled in the
# same way, nothing else happens: attention is **permutation equivariant**. *Man bites dog* is *dog bites man*.

# %%
order = rng.permutation(6)
shuffled = words[:, order]
for name, layer in {"ours": mine.forward, "Keras": lambda z: in_keras(twin, z)}.items():
    apart = np.abs(layer(shuffled) - layer(words)[:, order]).max()
    claim(f"Shuffled in, shuffled out, in {name}: to within 10⁻¹²", apart < 1e-12)

# %% [markdown]
# So each word is told where it stands, by a **positional encoding**:
#
# - The *sinusoidal* one ([@vaswani2017]) adds sines and cosines of the position $p$, each pair of columns with its own
#   speed, like the hands of a clock: $\sin(p / 10000^{2i/d})$ and $\cos(p / 10000^{2i/d})$.
# - The *learned* one ([@gehring2017]) adds a vector for each position, found by training like any other weight.
# - The *rotary* one ([@su2021]) adds nothing. It turns query and key by an angle that grows with the position. In a dot
#   product only the *difference* of the angles is left: how far apart they are.
#
# (In Keras a learned one is an `Embedding` of the numbers 0, 1, 2 …)

# %%
widgets.Positions()

# %% [markdown]
# 1. Drag the hands of the clocks. Which one takes the position from 0 to 39 in a tiny turn?
# 2. Choose *rotary* and drag the position. Does the curve keep its form? And *sinusoidal*?
# 3. Set the base to 4 and the position to 0. Which far position matches nearly as well as the next one? Why?
#
# <details><summary>Answers</summary>
#
# 1: the last, which is the slowest: it turns by a thousandth of a radian a step. 2: both keep it: the dot product of
# two sinusoidal codes is a sum of cosines of the *distance*, too. 3: position 37 (0.77; position 1: 0.78). All four
# hands turn fast, and after 37 steps all stand nearly as at 0.
#
# </details>
#
# (`widgets.Positions(table)` shows a code of your own, such as the weights of a learned one.)
#
# In rotary code, by hand: width 2, so a single hand that turns by 1 radian a step. Query and key (1, 0) at positions 3
# and 1 become (cos 3, sin 3) and (cos 1, sin 1), with the product cos 3 cos 1 + sin 3 sin 1 = cos 2. At 8 and 6 it is
# the same.

# %%
from course_lib.positions import rotary, sinusoidal

hand = np.array([[1.0, 0.0]])
near, far = (rotary(hand, np.array([p])) @ rotary(hand, np.array([p - 2])).T for p in (3, 8))
claim("Both are cos 2", np.allclose([near, far], np.cos(2), rtol=1e-12, atol=0))

# %%
codes = sinusoidal(50, 16)
plots.plot_positions(codes, {"sinusoidal": codes @ codes[20], "no code": np.full(50, 8.0)})
show("""Left, the sinusoidal code of 50 positions: fast stripes in the first columns (above),
nearly constant ones in the last (below). Right, its match with position 20: the highest peak
is there, lower ones on both sides alike; without a code a level line.""")

# %% [markdown]
# A task in which positions are all that matters: name the letter that stands *before* each letter. The same network
# (one head, width 16) with each code, five runs each, each code at the learning rate that was best for it. Ten letters
# at a time in training; tested on ten, and on twenty.
#
# **Predict, then run:** which codes learn it? Which one still knows it in texts twice as long?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
shares = {
    scheme: np.array([experiments.order_learnt(scheme, seed) for seed in range(5)])
    for scheme in experiments.RATES
}
plots.plot_orders(shares)
show("""Share of letters named right, five runs for each of four codes. At ten letters none stays
near 0.3, sinusoidal, learned and rotary are at 1. At twenty letters only rotary stays above 0.9,
the others fall to about 0.5.""")

# %%
none, *coded = (runs[:, 0] for runs in shares.values())
rotary_twice = shares["rotary"][:, 1]
others_twice = np.concatenate([shares[name][:, 1] for name in ("sinusoidal", "learned")])
claim("Without a code: below 40 %, in each run", none.max() < 0.4)
claim("With each of the three: at least 97 %", min(runs.min() for runs in coded) >= 0.97)
claim("Twice as long: rotary above 90 %", rotary_twice.min() > 0.9)
claim("The others below 70 %", others_twice.max() < 0.7)

# %% [markdown]
# *(Without a code, letters that stand in the text are still better guesses than 1 in 8.)* The learned rows 11 to 20
# have never been trained. The sinusoidal code exists there, but the head had never met it. Rotary knows only distances,
# and a distance of one is still one. (It does not read all: distances above 9 are new here too, and large models with
# rotary codes also get worse beyond the length of their training, [@press2021].)

# %% [markdown]
# ## Reading dates
#
# People write *3 May 1979*, *May 3, 1979*, *3.5.1979* or *Thu May 3 1979*; computers want 1979-05-03. Six ways of
# writing, 200 years. The days that are tested occur nowhere in training, in no way of writing:

# %%
from course_lib.data import dates

texts, iso = dates(10_000)
print(*(f"{text:>28}   {day}" for text, day in zip(texts[:4], iso[:4])), sep="\n")
train, unseen = (texts[:8_000], iso[:8_000]), (texts[8_000:9_000], iso[8_000:9_000])
claim("No tested day was seen", not {*train[1]} & {*unseen[1]})

# %% [markdown]
# The network reads each character together with two neighbours on either side (a convolution, chapter 07). Ten learned
# queries, one for each place of the answer, then look at what was read: cross-attention, padding masked. (Ten digits
# of a date need not know one another.)

# %%
print(inspect.getsource(experiments.translator))

# %% [markdown]
# Three passes over 8,000 dates, about ten seconds. The rival is the same network, but its queries are 0 and match all
# characters alike: what it gets is a plain mean, one vector for the whole text. Each has its own learning rate, 0.01
# and 0.02: half of it and twice as much were no better on the last thousand dates, which are used for nothing else.

# %%
model, look = experiments.trained_translator(keras, *train)
blurred, looks_at_all = experiments.trained_translator(keras, *train, rate=0.02, looks=False)
right, rival = (experiments.share_exact(each, *unseen) for each in (model, blurred))
claim("14 thousand numbers", round(model.count_params(), -3) == 14_000)
claim("At least 99 % of 1,000 unseen dates are right in all ten characters", right >= 0.99)
claim("With the mean in place of a look, fewer than 1 in 10", rival < 0.1)

# %% [markdown]
# One vector is no wall, though: 28 characters do fit into it. In four times as many passes the mean reads more than 95
# %, too (five random starts; `trained_translator(keras, *train, rate=0.02, epochs=12, looks=False)`, half a minute).
# What looking saves here is training. And where did it look?

# %%
text = "Thursday, 3 May 1979"
inputs = [experiments.as_numbers([text]), experiments.slots(1)]
weights = keras.ops.convert_to_numpy(look(inputs))[0]
alike = keras.ops.convert_to_numpy(looks_at_all(inputs))[..., : len(text)]
claim("It reads 3 May 1979", experiments.translated(model, [text]) == ["1979-05-03"])
claim("The rival looks at all twenty alike", np.allclose(alike, 1 / 20, rtol=1e-5, atol=0))

# %%
plots.plot_date(weights, text, "1979-05-03")
show("""Five maps: rows are the ten characters of 1979-05-03, columns those of Thursday, 3 May 1979.
In the mean of the heads the rows of 979 look at 1979, those of 05 at May, that of 03 near the 3;
single heads differ.""")

# %% [markdown]
# *Follow a row of the mean to where it is dark.* In all unseen dates that are written like this one, does the year's
# last digit look at the year? (Or at the two characters before it: neighbours were read together.)

# %%
same = [t for t in unseen[0] if ", " in t and t.split()[1].isdigit() and len(t.split()) == 4]
seen = look([experiments.as_numbers(same), experiments.slots(len(same))])
darkest = keras.ops.convert_to_numpy(seen).mean(axis=1)[:, 3].argmax(axis=1)
year = np.mean([len(t) - 6 <= place < len(t) for t, place in zip(same, darkest, strict=True)])
claim("Hardest at one of these six characters: 95 % and more", year >= 0.95)

# %% [markdown]
# To **ablate** a head is to throw away what it finds, and to measure what is lost, in dates and in the loss:

# %%
layer, without = model.get_layer("look"), {}
whole = layer.get_weights()
for head in range(4):
    changed = [w.copy() for w in whole]
    changed[6][head] = 0  # the output kernel's part for this head
    layer.set_weights(changed)
    without[f"without head {head + 1}"] = experiments.share_and_loss(model, *unseen)
layer.set_weights(whole)
without["with all heads"] = experiments.share_and_loss(model, *unseen)

# %%
shares, losses = np.array(list(without.values())).T
claim("There is a head without which at least a third of the dates go wrong", shares.min() <= 2 / 3)
claim("And one without which the loss is a hundred times as large", losses.max() > 100 * losses[-1])
plots.plot_ablations(without)
show("""Two charts of bars, without each of four heads and with all. Left, the share of unseen dates
that are right: near 1 with all heads, far less without some. Right, the loss, on a scale of
factors: smallest with all heads.""")

# %% [markdown]
# *Which head could be spared?* None, in this network: all that one finds, the layer behind it needs.

# %% [markdown]
# **Your turn.** Write a date of your own, in one of the six ways, then in a way that it has never seen.

# %%
mine_own = ""  # for example "24 December 1955", then "Dec 24th, 1955"
print(
    experiments.translated(model, [mine_own])[0]
    if mine_own
    else "Not yet: write a date in the quotes."
)

# %% [markdown]
# <details><summary>What you will see</summary>
#
# In a known way it is right. In an unknown one it answers all the same, often wrongly, and what is printed shows no
# doubt. Characters that it has never met it refuses.
#
# </details>

# %% [markdown]
# ## What a map does not explain
#
# *The cat sat on the mat because it was tired.* What was tired? Our network learnt that from sentences in which an
# animal and a thing come in either order, so the last word must decide. There are 576 of them, of which 115 were kept
# from training. Five networks, trained alike but for the random start:

# %%
readers = [experiments.it_reader(seed) for seed in range(5)]
words_new, meant = experiments.kept_sentences()
shares = [experiments.share_right(reader, words_new, meant) for reader in readers]
nouns, maps = zip(*(experiments.reading(reader) for reader in readers))

# %%
claim("All five say: the cat", nouns == ("cat",) * 5)
claim("And name the right noun in at least 99 % of sentences never seen", min(shares) >= 0.99)

# %% [markdown]
# **Predict, then run:** whom does *it* look at in their second layer?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
drawn = {f"network {k + 1}": seen[1] for k, seen in enumerate(maps)}
plots.plot_readers(drawn, experiments.SENTENCE.split(), experiments.IT)
show("""Whom the word "it" looks at in the second layer of five networks, four heads each. In some a
head looks hardest at cat, in others at mat, at tired, at on or at it itself: no two networks look
alike.""")

# %% [markdown]
# Is the one sentence to blame? Take the 115 new ones: how often does *it* look more at the noun that is meant
# than at the other, in either layer? And what is lost without any one of the heads, or without all four of a layer?


# %%
def looks_right(reader):
    """How often each layer's mean weight is larger on the noun that is meant: (first, second)."""
    reader.forward(words_new)
    first = words_new[:, 1] == [experiments.WORDS.index(experiments.NOUNS[noun]) for noun in meant]
    seen = [a.weights[:, :, experiments.IT].mean(axis=1) for a in experiments.attentions(reader)]
    return [np.mean((weights[:, 1] > weights[:, 5]) == first) for weights in seen]


def right_without(reader, layer, head):
    """The share read right if what this head of a layer finds is thrown away."""
    with experiments.silenced(experiments.attentions(reader)[layer], head):
        return experiments.share_right(reader, words_new, meant)


# %% [markdown]
# Each head of both layers is silenced alone, then all four of a layer:

# %%
looks = np.array([looks_right(reader) for reader in readers])
one, whole = (
    np.array(
        [[[right_without(r, layer, head) for head in heads] for layer in (0, 1)] for r in readers]
    )
    for heads in (range(4), [slice(None)])
)

# %%
claim(
    "Yet in neither layer *it* looks at the right noun in 80 % of them, on average (a coin: 50)",
    looks.mean(axis=0).max() < 0.8,
)
claim("Without any one head of the second layer, at least 80 % stay right", one[:, 1].min() >= 0.8)
claim("In the first, there is one without which fewer do", one[:, 0].min() < 0.8)
claim("Without all four of the second, more than 40 % in each network", whole[:, 1].min() > 0.4)
claim("Without the four of the first, fewer than 25 %", whole[:, 0].max() < 0.25)

# %% [markdown]
# All five are right, and their maps tell different stories. The map that we looked at belongs to the second layer, no
# head of which is missed much. Most has happened in the first already, whose map is no better. A map shows from where a
# layer *took* numbers. It does not show what the numbers said (the values have been mixed by the layer before), nor
# whether the rest of the network needed them. [@jain2019] found, in recurrent networks with attention, very different
# weights for equal answers. [@wiegreffe2019] replied that it depends on what one calls an explanation, and how one
# tests it. What decides is an experiment: ablate, and measure the loss.

# %% [markdown]
# ## What goes wrong
#
# A network learns to name the next of ten digits. Its digits are *random*, so nobody can: the best loss is
# ln 10 = 2.30. And yet:

# %%
leaky, losses = experiments.next_digit_network(causal=False, seed=0)
claim("It predicts random digits with a loss below 0.4", np.mean(losses[-20:]) < 0.4)

# %% [markdown]
# Too good to be true is a symptom. **Diagnosis:** perturb. Does what is said at position 4 depend on digits after it?

# %%
digits = np.random.default_rng(5).integers(10, size=(200, 10))
later = digits.copy()
later[:, 5:] = (later[:, 5:] + 3) % 10
moved = np.abs(leaky.forward(later) - leaky.forward(digits))[:, :5].max(axis=(0, 2))

# %%
claim("It does, and more than at any position before", moved.argmax() == 4)

# %% [markdown]
# Position 4 looked at position 5, which *is* its answer. (What loss is left comes from the last position, whose answer
# is not in the text.) The causal mask was forgotten. In use there is no position 5
# yet, and nothing is left of the skill. **Cure:** `causal=True` (in Keras `use_causal_mask=True`), and the
# perturbation as a test beside it.

# %%
sound, losses = experiments.next_digit_network(causal=True, seed=0)
moved = np.abs(sound.forward(later) - sound.forward(digits))[:, :5].max()
claim("With the mask the loss stays at guessing: above 2.2", np.mean(losses[-20:]) > 2.2)
claim("And nothing at all changes before what was changed", moved == 0)

# %% [markdown]
# ## Deeper: what the words have become
#
# The vectors of words, their **embeddings**, began at random. Training moved them. Two that point the same way have a
# **cosine similarity** $\frac{a \cdot b}{|a||b|}$ of 1, at right angles it is 0, opposite −1.

# %%
table = readers[0].layers[0].params["embeddings"]
kinds = {name: getattr(experiments, name) for name in ("ANIMALS", "THINGS", "ALIVE", "LIFELESS")}
plots.plot_words(table, experiments.WORDS, {name.lower(): words for name, words in kinds.items()})
show("""The trained words as points. What is said of the living (tired, hungry, asleep, happy) lies
close together at one side, what is said of things (soft, new, broken, wooden) at the other;
animals and things are scattered between and around them.""")


# %%
def likeness(reader, ones, others):
    rows = [[experiments.WORDS.index(word) for word in group] for group in (ones, others)]
    cosines = experiments.cosines(reader.layers[0].params["embeddings"])[np.ix_(*rows)]
    return cosines[~np.eye(len(ones), dtype=bool)].mean() if ones is others else cosines.mean()


same = [likeness(reader, kinds["ALIVE"], kinds["ALIVE"]) for reader in readers]
across = [likeness(reader, kinds["ALIVE"], kinds["LIFELESS"]) for reader in readers]
names = [[likeness(r, kinds[kind], kinds[kind]) for r in readers] for kind in ("ANIMALS", "THINGS")]
claim("Tired, hungry, asleep, happy: cosines of more than 0.5 on average", min(same) > 0.5)
claim("To soft, new, broken, wooden: below −0.3", max(across) < -0.3)
claim("Animals, and things, among themselves: between −0.3 and 0.3", np.abs(names).max() < 0.3)

# %% [markdown]
# *Look for the two clusters.* Nobody said that *tired* and *hungry* are alike. But the task treats them alike, so they
# became alike. Animals and things did not: the network must *name* them, so it keeps them apart. (The plane shows about
# half of sixteen directions: what lies close there need not be.) An embedding holds what its task needed, not what
# words mean.

# %% [markdown]
# ## Deeper: why the root?
#
# Let all entries of $q$ and $k$ be drawn *independently*, with mean 0 and variance 1. Then $q \cdot k$ is a sum of $d$
# products, each of variance 1, so its variance is $d$ and its spread $\sqrt d$. Divided by $\sqrt d$ it is 1 again,
# whatever the width.

# %%
widths, spreads, largest = [4, 16, 64, 256, 1024], {}, {}
for name, power in (("plain", 0), ("divided by the root", 0.5)):
    scores = []
    for d in widths:
        q, k = rng.standard_normal((2, 100, d))
        scores.append(q @ k.T / d**power)
    spreads[name] = np.array([s.std() for s in scores])
    largest[name] = np.array([attention_weights(s).max(axis=1).mean() for s in scores])
plots.plot_widths(widths, spreads, largest)
show("""Against the width, 4 to 1024. Left: the spread of plain scores grows from 2 to 32,
divided by the root it stays at 1. Right: the largest of 100 weights grows to nearly 1 for plain
scores and stays near 0.1 divided by the root.""")

# %% [markdown]
# Plain, at width 1024, one key takes nearly all, before anything was learnt. There the softmax is flat, and no gradient
# comes back (chapter 02):

# %%
claim("Plain, width 1024: a spread of 32", abs(spreads["plain"][-1] / 32 - 1) < 0.03)
claim("The largest of 100 weights is above 0.85 on average", largest["plain"][-1] > 0.85)
claim("Divided by the root: below 0.15 at each width", largest["divided by the root"].max() < 0.15)

# %% [markdown]
# ## Deeper: what it costs
#
# Each of $T$ words asks each: $T^2$ scores of $d$ products, and as many for the averages: $2T^2d$ products. A recurrent
# layer takes $T$ steps of $2d^2$ (input and state). Twice the text: attention four times, recurrence twice. But its
# steps wait for one another; attention is a matrix product, which a machine can spread out.
#
# **Predict, then run:** our `attention` and our `SimpleRNN`, both of width 16, on texts of 64 to 2,048 words. Which is
# quicker at 64, and which at 2,048?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
taken = experiments.costs()
plots.plot_costs(experiments.LENGTHS, taken)
show("""Time against the number of words, both axes in factors. Recurrence climbs along a line of
× 2 for twice the text. Attention begins below it, crosses it between 256 and 1,024 words, and then
climbs as steeply as × 4, or more so.""")

# %%
looking, walking = taken.values()
claim("At 64 words attention is quicker", looking[0] < walking[0])
claim("At 2,048 recurrence is, by at least two times", looking[-1] > 2 * walking[-1])
claim(
    "From 512 to 2,048 words attention's time grows by a larger factor than recurrence's",
    looking[-1] / looking[-3] > walking[-1] / walking[-3],
)
weights = attention(*[rng.standard_normal((300, 4))] * 3)[1]
claim("And 300 words have 300 · 300 weights", weights.size == 300 * 300)

# %% [markdown]
# By products the two would be even at $T = d = 16$. Measured on one processor, they are between 256 and 1,024: each of
# recurrence's steps is so small that Python's own work outweighs it, while attention is a few large products. On
# another machine, or a GPU, they meet elsewhere.

# %% [markdown]
# The weights alone, $T^2$ numbers a head, fill the memory of long texts. They need never exist all at once: an exercise
# computes attention block by block, as [@dao2022] does.

# %% [markdown]
# ## Deeper: if you come from PyTorch
#
# | | Keras `MultiHeadAttention` | PyTorch `nn.MultiheadAttention` |
# |---|---|---|
# | order of axes | (batch, time, width) | (time, batch, width), unless `batch_first=True` |
# | call | `layer(query, value, key)`, key = value if left out | `layer(query, key, value)` |
# | mask | True: *may* look | True in `attn_mask` or `key_padding_mask`: may *not* (but in `scaled_dot_product_attention`: may) |
# | width of a head | `key_dim`, free | `embed_dim / num_heads`, which must be whole |
# | kernels | query, key, value: (width, heads, key_dim) each | one `in_proj_weight`, (3 · width, width), if all are as wide: transposed, under one another |
# | weights returned | with `return_attention_scores=True`, for each head | the *mean* of the heads, unless `need_weights=False`; for each with `average_attn_weights=False` |
# | nothing to look at | the mean of *all*, forbidden ones too; 0 with `return_attention_scores=True` | NaN; mostly 0 with `need_weights=False` |
#
# `course_lib.torch_weights.multi_head_attention` carries trained weights over.

# %% [markdown]
# ## Common misunderstandings
#
# - *"Attention weights are the importance of words."* They are the shares of one average in one layer. You have seen
#   five right answers with five maps.
# - *"Attention understands order."* It cannot tell *man bites dog* from *dog bites man* until somebody tells it
#   positions.
# - *"A mask sets weights to 0."* It sets *scores* to −∞ before the softmax. Weights set to 0 afterwards no longer add
#   up to 1.

# %% [markdown]
# ## What you can do now
#
# - **Compute:** softmax($QK^T/\sqrt d$) $V$: scores, shares, a weighted mean.
# - **Mask:** −∞ before the softmax; proved by changing what must not be seen.
# - **Order:** sinusoidal, learned, rotary; without one, shuffled in is shuffled out.
# - **Read:** a map says from where, not why. Ablate, and measure.
#
# **Next:** the [exercises](../exercises/09-attention.ipynb). Then chapter 10, *Transformers*, stacks attention into
# language models.

# %% [markdown]
# ## Sources
#
# [@]

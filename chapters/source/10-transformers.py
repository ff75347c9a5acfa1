# ---
# jupyter:
#   course:
#     seconds: 120
# ---

# %% [markdown]
# # 10 · Transformers
#
# **How do language models work?**
#
# They guess what comes next, are told what came, and change their weights a little. Here a model of 171 thousand
# numbers does so with the language reference of Python: 250 steps while you watch, and 3,000 that were made before.
# Every part of it is computed twice, by our own NumPy and by Keras. And its rival only counts letters.
#
# By the end you can
#
# - **Measure** a language model in bits a character, whatever its tokens are,
# - **Build** a transformer block and a GPT, and say what each part is for,
# - **Choose** the next token: greedily, by chance, by chance within limits,
# - **Explain** the way from a model that continues to one that answers.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about a minute and a half. You need
# attention (chapter 09) and normalization (chapter 06).*

# %% [markdown]
# ## A guessing game, by hand
#
# Somebody shows you a text letter by letter, and you bet on the next one. Three times you gave the letter that came a
# probability of ½, ¼ and ¼. A probability of ½ is worth one bit, as a coin's toss is, ¼ is worth two. So you needed
# 1, 2 and 2 bits, on average 5/3. It is cross-entropy (chapter 03), with logarithms to the base 2. Two to the power of
# it, 2^(5/3) ≈ 3.17, is the **perplexity**: you might as well have guessed among 3.17 equally likely letters.

# %%
import inspect

import numpy as np
from course_lib.data import topics_split
from course_lib.experiments import transformers as experiments
from course_lib.page import claim, quiet, show
from course_lib.plots import transformers as plots
from course_lib.sampling import perplexity

bets = np.log([[1 / 2, 1 / 4, 1 / 4]] * 3)
claim("Letters 0, 1 and 2 came: perplexity 3.17", round(perplexity([0, 1, 2], bets), 2) == 3.17)

# %% [markdown]
# Our text is Python's own language reference, which every Python brings along. The model learns from the first nine
# tenths. It is judged on the last tenth, without the long lines that stand in the first nine too.
#
# The rivals come first. They count: after `etur`, how often did an `n` come? They also ask what came after the last
# three letters, the last two, and so on, and mix the answers. How much each of them is trusted is a matter of rules.
# This is Ian Witten and Timothy Bell's ([@witten1991]):

# %%
train_text, test_text = topics_split()
print(inspect.getsource(experiments.CharacterCounts.probability))

# %% [markdown]
# A cleverer rule, Kneser and Ney's ([@kneser1995], as changed by [@chen1999]), takes a bit from each count for what was
# never seen. How long should the pieces be? That must not be chosen on the text on which they will be judged. So they
# were tried on the end of the training text (stored, as all that takes minutes in this chapter):

# %%
from course_lib.experiments import recurrence_tables as tables
from course_lib.experiments import transformers_study as study

measured = study.stored()
tried = {name: [bits for bits, _ in of.values()] for name, of in measured["tables"].items()}
claim("The simple rule is best with 5, of 3 to 7", np.argmin(tried["simple"]) == 2)
gains = -np.diff(tried["smooth"])
claim("The other still gains from 8 to 12, but less than 0.02", 0 < gains[4:].sum() < 0.02)

# %% [markdown]
# So five characters for the simple rule. For the other, twelve would be a hundredth of a bit better than eight; we stay
# with chapter 08's eight. On the unseen text:

# %%
simple = experiments.CharacterCounts(train_text, 5).bits(test_text)
smooth = tables.bits(tables.kneser_ney(train_text, test_text, 8))
claim("Witten and Bell's table of five needs between 1.9 and 2 bits", 1.9 < simple < 2)
claim("Kneser and Ney's of eight less than 1.75", smooth < 1.75)
by_length = {n: test for n, (_, test) in measured["tables"]["smooth"].items()}
claim("With twelve it would be 0.02 to 0.03 less", 0.02 < by_length["8"] - by_length["12"] < 0.03)

# %% [markdown]
# Without any knowledge a hundred different characters need log₂ 100 ≈ 6.6 bits a character. Counting brings it to 1.67
# (with Python 3.11's manual). That is the bar. This is one text, of
# one kind, and repeats itself even where no long line does. For English prose, expect more.

# %% [markdown]
# ## Tokens
#
# A network reads numbers. Which? Characters are few, but texts of them are long. Words are long, but there is always
# one that was never seen. A **byte-pair encoding** ([@sennrich2015]) lies between. Begin with bytes (the paper began
# with characters). Find the pair of neighbours that comes most often, make it a **token** of its own, and repeat.
#
# By hand: `abab ab` has three times `a b`. Call it X: `X X _ X`. Now no pair comes twice, so we stop after one
# merge. Seven characters have become four tokens.

# %%
from course_lib.tokens import BytePairTokenizer, learn_merges

print(inspect.getsource(learn_merges))

# %% [markdown]
# (Ours never joins across words: a space belongs to the word behind it.)
#
# **Predict, then run:** 256 merges are learnt from the training text. How many characters does a token have, on
# average, in the unseen text?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
tokenizer = BytePairTokenizer.train(train_text, 512)
tokens = tokenizer.encode(train_text)
unseen = tokenizer.encode(test_text)
per_token = len(test_text) / len(unseen)
claim("A little less than two", 1.7 < per_token < 2)
claim("And nothing is lost", tokenizer.decode(unseen) == test_text)

# %% [markdown]
# So perplexities of two models cannot be compared unless their tokens are the same: whose tokens are longer has more to
# guess at each. Bits *a character* can: add up the bits of all tokens, and divide by the number of characters that they
# write.

# %%
from course_lib.widgets import transformers as widgets

widgets.Tokenizer(tokenizer, "The try statement: for example, naïve tokenizers meet 🐍", merges=60)

# %% [markdown]
# 1. Move *merges* from 0 upward. Which two neighbours of *The try statement* are joined first? Point at a token for its
#    history.
# 2. Type a word twice, first without and then with a space before it. Are the tokens the same?
# 3. What does the snake cost, and why?
#
# <details><summary>Answers</summary>
#
# 1: a space and a t, as “␣t”, with one of the very first merges: many words begin so. 2: no, the space is part of the
# token. 3: five tokens, a space and four bytes: so UTF-8 writes it, and no such bytes stood side by side in the
# reference.
#
# </details>
#
# **Your turn.** Count the pairs of neighbours in a list of tokens.

# %%
from collections import Counter


def count_neighbours(some):
    """How often each pair of neighbours comes: a Counter."""
    return None  # your line


is_right = count_neighbours([1, 2, 1, 2, 3]) == Counter({(1, 2): 2, (2, 1): 1, (2, 3): 1})
print("Right!" if is_right else "Not yet: 1 and 2 stand side by side twice.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return Counter(zip(some, some[1:]))`
#
# </details>

# %% [markdown]
# ## The block
#
# Attention (chapter 09) lets positions look at one another. Two dense layers then work on each position alone. Around
# each of the two goes a residual connection, with a normalization inside (chapter 06):
#
# $$x \leftarrow x + \text{attention}(\text{norm}(x))$$
#
# $$x \leftarrow x + \text{dense}(\text{norm}(x))$$
#
# That is a **transformer block**. Attention *moves* what is known, the dense layers *work* on it. This order, with
# the norm inside, is called pre-norm; the original of 2017 ([@vaswani2017]) has post-norm, $\text{norm}(x + f(x))$.
# In our code it is one class for both:

# %%
from course_lib.transformers import GPT, DecoderBlock, EncoderBlock, Sublayer

print(inspect.getsource(Sublayer.forward))
print(inspect.getsource(EncoderBlock.forward))

# %% [markdown]
# And in Keras:

# %%
print(inspect.getsource(experiments.block))

# %% [markdown]
# With the same weights they are equal, forward and backward, in both orders. In float64, so that rounding hides
# nothing:

# %%
from course_lib.backend_gradients import value_and_gradients

with quiet():
    import keras

rng = np.random.default_rng(0)
x, dy = rng.standard_normal((2, 3, 5, 8))


# %%
def apart(ours, twin, y, gradients, *inputs):
    """The largest difference of outputs, and of all gradients: by inputs and by weights."""

    def loss(*inputs):
        return keras.ops.sum(keras.ops.multiply(twin(inputs), dy))

    _, theirs = value_and_gradients(loss, *inputs, variables=twin.trainable_variables)
    said = keras.ops.convert_to_numpy(twin([keras.ops.convert_to_tensor(z) for z in inputs]))
    pairs = zip([*gradients, *ours.gradients()], theirs, strict=True)
    return np.abs(said - y).max(), max(np.abs(a - b).max() for a, b in pairs)


# %% [markdown]
# `twin` makes Keras' model of a block with the weights of ours:


# %%
def twin(ours, build, *shapes):
    keras.config.set_dtype_policy("float64")
    inputs = [keras.Input(shape, dtype="float64") for shape in shapes]
    model = keras.Model(inputs, build(*inputs))
    keras.config.set_dtype_policy("float32")
    model.set_weights(ours.parameters())
    return model


# %%
for name, first in (("Pre-norm", True), ("Post-norm", False)):
    ours = EncoderBlock(8, 2, 32, rng, causal=True, normalize_first=first)
    theirs = twin(ours, lambda z, first=first: experiments.block(z, 8, 2, True, first), (5, 8))
    y, dx = ours.forward(x), ours.backward(dy)
    worst = max(apart(ours, theirs, y, [dx], x))
    claim(f"{name}: outputs and all gradients agree to within 10⁻¹²", worst < 1e-12)

# %% [markdown]
# ## A GPT
#
# A **decoder-only** model, such as GPT, is a stack of causal blocks. In front stand two tables: one looks up each
# token, the other each position, and they are added. Behind stand a norm and a dense layer, which gives a logit for
# every token that may come next. *At each position* the model predicts the next token, so a text of 64 tokens is 64
# exercises in one pass. The causal mask sees to it that none can be copied from its neighbour on the right.

# %%
print(inspect.getsource(experiments.keras_gpt))
print(inspect.getsource(experiments.windows))

# %% [markdown]
# Its size: 515 tokens (512, and three seats kept free), a context of 64, width 64, four heads, two blocks. It sees 250
# batches of 16 windows: 256 thousand tokens, a bit more than the whole text once. `train` is `compile` and `fit` with
# AdamW, clipped gradients and a rate that rises, then falls as a half cosine (chapter 05). The rate was the best
# of three on the end of the training text:

# %%
print(inspect.getsource(experiments.language_model))

# %%
CONTEXT, WIDTH, HEADS = experiments.CONTEXT, experiments.WIDTH, experiments.HEADS
model = experiments.language_model(tokens)


def bits_of(model, text=test_text):
    return experiments.bits_per_character(model, tokenizer, text, CONTEXT)


bits = bits_of(model)
claim("It has 170,627 parameters", model.count_params() == 170_627)
claim("After 250 steps: fewer than 3 bits a character", bits < 3)
claim("More than even the simple table needs, by 0.4 or more", bits > simple + 0.4)

# %% [markdown]
# Counting wins! It has looked at the whole text, and needs no practice. The network must find everything by small
# steps, and has had 250. What do more steps bring? Another had 3,000: about fourteen times the whole text. That took
# some minutes, so its weights are stored (`python -m course_lib.experiments.transformers_study long`: one run, at half
# the rate that was best for the short one).
#
# **Predict, then run:** does it beat the tables now?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
practised = experiments.stored_model()
longer = bits_of(practised)
claim("Less than 1.9 bits: fewer than the simple table", longer < min(simple, 1.9))
claim("More than the well-smoothed one, by 0.1 or more", longer > smooth + 0.1)

# %% [markdown]
# 1.81 bits, with Python 3.11's manual. So practice beats the simple table, and chapter 08's networks as well, which
# were smaller (the best of them had 1.88). The well-smoothed table still wins, with 1.67. It understands nothing, but
# forgets nothing either; and our network, trained once and at one rate, has not made up for that.
#
# From here on this model takes over, in our own GPT, with Keras' weights:

# %%
gpt = experiments.in_numpy(practised, CONTEXT, HEADS)
some = tokens[None, :CONTEXT]
gap = np.abs(gpt.forward(some) - keras.ops.convert_to_numpy(practised(some))).max()
claim("Keras' logits in float32 and ours in float64 differ by less than 0.001", gap < 1e-3)

# %% [markdown]
# (One of your own takes three lines: `mine = BytePairTokenizer.train(text, 512)`, `read = mine.encode(text)` and
# `experiments.language_model(read, steps=3000)`.)

# %% [markdown]
# ## A token's way
#
# What happens inside? A toy shows it, one that has learnt to sort: six letters, and after them the same ones in order.
# It is a GPT too, with one block of width 12. There are 729 such tasks. It has met every one of them in training,
# so this is no test, only something small to look into. Does it do them all?

# %%
sorter = experiments.sorter()
every = np.stack(np.meshgrid(*[range(3)] * 6), axis=-1).reshape(-1, 6)
in_order = np.sort(every, axis=1)
said = sorter.forward(np.concatenate([every, in_order[:, :-1]], axis=1))[:, 5:].argmax(axis=-1)
right = (said == in_order).all(axis=1)
claim("It sorts at least 99 % of all 729 sequences without a mistake", right.mean() >= 0.99)

# %%
widgets.TransformerWalk(text="CBABBCABB", stage=4)

# %% [markdown]
# 1. Go to *weights 1, head 1* and *head 2*, and read the last row. At which letters does each head look?
# 2. Press *write a letter* until there are twelve. Then change the third letter. Which rows of *embedding* and of
#    *weights* change, and which cannot?
# 3. Which stages mix rows, and which work on a row alone?
#
# <details><summary>Answers</summary>
#
# 1: head 1 mostly at the Bs and Cs among the six letters to be sorted, one of which must come next; head 2 mostly at
# the Bs, both those to be sorted and those written. So it can compare how many there are with how many are done. (Or so
# it looks. What maps do not prove, chapter 09 has said.) 2: of *embedding* only row 3, of *weights* all from row 3 on.
# Rows 1 and 2 keep everything, in every stage: nobody looks ahead. 3: only scores and averages of the heads: a query
# meets the keys of other rows, and then their values. All the others, softmax too, work on a row alone.
#
# </details>
#
# The same walk through the model that has practised, on a text of your own:

# %%
widgets.TransformerWalk(gpt, tokenizer, "The value of the expression", stage=1)

# %% [markdown]
# Type another text, and go to the last stage, *probabilities*. Which tokens does the model consider after it?

# %% [markdown]
# ## Choosing the next token
#
# The model gives probabilities. Writing needs a choice, then the token chosen is read too, and so on.
#
# - *Greedy:* always the likeliest.
# - *Temperature:* divide the logits by $T$ first, then let chance decide. Below 1 it becomes bolder in what it
#   believes.
# - **top-k** ([@fan2018]): only the $k$ likeliest may come. **top-p** ([@holtzman2019]): only the fewest that together
#   have the probability $p$.

# %%
from course_lib import sampling

print(inspect.getsource(sampling.top_p))

# %%
writer = experiments.Writer(gpt, tokenizer)
widgets.Sampling(writer, "The value of the expre", temperature=0.8, top_k=6)

# %% [markdown]
# Click a row to append its token, or let chance draw.
#
# 1. Set *top-k* to 0 and the temperature to 0.1, then to 3. What happens to the bits that chance decides?
# 2. Set the temperature to 1 and *top-p* to 0.5. How many tokens are left where the model is sure, how many where it is
#    not?
# 3. Take the likeliest, again and again. What becomes of the text?
#
# <details><summary>Answers</summary>
#
# 1: there are none left at 0.1, and about 7.5 at 3: towards log₂ 512 = 9, the most that 512 tokens can have. 2: after
# *The value of the expre* only one; after *The value of the* thirteen. The number follows the model's doubt, which a
# fixed $k$ does not. 3: a word, the end of the line, and then spaces, for ever: each makes the next one likelier.
#
# </details>
#
# Two more ways. A **repetition penalty** ([@keskar2019]; the last slider) divides the logits of tokens that have been
# said, so that greedy writing may leave its circle (ours multiplies those below 0, which dividing would help). And
# **beam search** keeps the likeliest few beginnings alive in place of one.
#
# **Predict, then run:** the model writes 60 tokens in six ways. Which text would the model itself call the likeliest?
# And which would you?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
from course_lib.decoding import generate

prompt = tokenizer.encode("The value of")[None]
written, likelihoods = experiments.six_ways(gpt, prompt, 60)
plots.plot_texts({name: tokenizer.decode(some) for name, some in written.items()})
show("""Six short texts that the model has written after “The value of”: greedy, at a temperature of
0.7, top-k with k = 5, top-p with p = 0.9, greedy with a penalty of 1.3, and with four beams.""")
kinds = {name: len(set(some[-60:].tolist())) for name, some in written.items()}
likeliest = max(likelihoods, key=likelihoods.get)
claim("Four beams have found the likeliest", likeliest == "4 beams")
claim("It and greedy: 3 kinds of tokens, no more", max(kinds["4 beams"], kinds["greedy"]) <= 3)
claim("Top-p has more than 30 kinds", kinds["top-p, p = 0.9"] > 30)

# %% [markdown]
# *Read them aloud* (yours may differ in places). ␣×50 stands for fifty spaces. The likeliest text says nothing: behind
# an end of line the reference is often indented, and each space makes the next one likelier. What chance has written
# has words, quotes and ends of lines where the reference has them, and no sense. Likelier is not better: beams serve
# where what was read leaves little open, as in translation, and make free text dull and repetitive ([@holtzman2019]).
# The penalty divides what has been said, so that greedy writing may leave its circle:

# %%
penalized = sampling.repetition_penalty([[2.6, 1.0, -1.0]], [[0, 2]], 1.3)
wanted = np.allclose(penalized, [[2, 1, -1.3]], rtol=1e-12, atol=0)
claim("Penalty 1.3, tokens 0 and 2 were said: 2.6 becomes 2, −1 becomes −1.3", wanted)

# %% [markdown]
# ## Nothing twice: the KV cache
#
# For each new token the model reads the whole text again. But keys and values of what was read before have not changed:
# nobody looks ahead. So keep them. Only the new token asks. That is the **KV cache**.
#
# **Your turn.** Per token: 2 (keys and values) × blocks × width numbers. Ours in 4 bytes each, for 64 tokens: how many?

# %%
cache_bytes = None  # your number
is_right = cache_bytes == 64 * 2 * 2 * WIDTH * 4
print("Right!" if is_right else "Not yet: 64 tokens, each with 2 × 2 × 64 numbers of 4 bytes.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# 64 · 2 · 2 · 64 · 4 = 65,536 bytes. With 32 blocks of width 4,096, in 2 bytes each, it is half a megabyte a token.
# After 25 thousand tokens that is as much as the blocks' 6.4 billion weights.
#
# </details>
#
# **Predict, then run:** a model with random weights writes 32, 64, 128 and 256 tokens, with and without the cache. Are
# the tokens the same? For 256 tokens, how many positions does it read in all, with and without? Does the time follow?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
large = GPT(64, 256, 64, 4, 2, np.random.default_rng(0))
seconds, positions, equal = experiments.cache_costs(large)
plots.plot_cache((32, 64, 128, 256), seconds[False], seconds[True])
show("""Seconds for writing 32 to 256 tokens: without a cache the curve bends upward, with it the
seconds grow in proportion and stay below.""")
claim("The same tokens", equal)
text, pasts = rng.integers(0, 64, (1, 64)), large.no_past()
one_by_one = [large.forward(text[:, k : k + 1], pasts=pasts) for k in range(64)]
gap = np.abs(np.concatenate(one_by_one, axis=1) - large.forward(text)).max()
claim("And the same logits, to within 10⁻¹²", gap < 1e-12)
claim("With the cache 256 positions are read", positions[True][-1] == 256)
claim("Without it 1 + 2 + … + 256 = 32,896", positions[False][-1] == 32_896)
claim("At 256 tokens the cache is quicker", seconds[True][-1] < seconds[False][-1])

# %% [markdown]
# With the cache each position is read once, and without it the first is read 256 times. The seconds shrink less than the
# positions: each pass also costs something that does not depend on how much it reads, and what is kept still has to be
# looked at.

# %% [markdown]
# ## What goes wrong
#
# A smaller model is trained on windows that a hurried hand has cut:

# %%
starts = np.random.default_rng(0).integers(0, len(tokens) - 33, 1600)
pieces = tokens[starts[:, None] + np.arange(33)]
x, y = pieces[:, 1:], pieces[:, 1:]
lessons = zip(x.reshape(100, 16, 32), y.reshape(100, 16, 32), strict=True)
miracle = GPT(515, 32, 32, 2, 1, np.random.default_rng(0))
experiments.train_ours(miracle, lessons, steps=100, rate=0.01)
loss = np.log(perplexity(y[:100], miracle.forward(x[:100])))
claim("After 100 steps its loss is below ln 2: one bit a token", loss < np.log(2))
claim("The best table needs more than 2.5 for as many letters", smooth * per_token > 2.5)

# %% [markdown]
# A miracle! And this is what it writes:

# %%
text = generate(miracle, prompt, 20)[0, prompt.shape[1] :]
claim("The last token of the prompt, again and again", set(text.tolist()) == {prompt[0, -1]})

# %% [markdown]
# **Diagnosis:** compare what it says with what it has *just read*, and with what comes next:

# %%
says = miracle.forward(x[:100]).argmax(axis=-1)
claim("It repeats its input in more than 95 %", np.mean(says == x[:100]) > 0.95)
claim("It knows the next token in less than 20 %", np.mean(says[:, :-1] == x[:100, 1:]) < 0.2)

# %% [markdown]
# Both pieces begin at 1. The target is the token that is already there. **Cure:** `x = pieces[:, :-1]`, and all else as
# before:

# %%
x = pieces[:, :-1]
lessons = zip(x.reshape(100, 16, 32), y.reshape(100, 16, 32), strict=True)
honest = GPT(515, 32, 32, 2, 1, np.random.default_rng(0))
experiments.train_ours(honest, lessons, steps=100, rate=0.01)
loss = np.log2(perplexity(y[:100], honest.forward(x[:100])))
claim("The same training ends above five bits a token", loss > 5)

# %% [markdown]
# That is what a hundred steps are worth. A loss that is too good has a reason, and it is rarely genius. A forgotten
# causal mask also looks too good: then the next token stands in plain sight. Writing, where there is none, shows it,
# and so does chapter 09's test: change a later token, and see who notices.

# %% [markdown]
# ## Deeper: three families
#
# | | who may be looked at | learns to | for |
# |---|---|---|---|
# | encoder-only: BERT ([@devlin2018]) | everybody | fill in tokens that were hidden | reading: classes, search |
# | decoder-only: GPT | those before | continue | writing |
# | encoder–decoder: the original ([@vaswani2017]) | those before, and all that the encoder read | translate | text to text |
#
# The decoder of the original has a third part, between the two: its queries come from what it writes, its keys and
# values from what the encoder has read (chapter 09). It too equals its Keras twin:

# %%
print(inspect.getsource(DecoderBlock.forward))
print(inspect.getsource(experiments.decoder_block))

# %%
ours = DecoderBlock(8, 2, 32, rng)
theirs = twin(ours, lambda z, m: experiments.decoder_block(z, m, 8, 2), (5, 8), (7, 8))
x, memory = rng.standard_normal((3, 5, 8)), rng.standard_normal((3, 7, 8))
y, gradients = ours.forward(x, memory=memory), ours.backward(dy)
worst = max(apart(ours, theirs, y, gradients, x, memory))
claim("Outputs and all gradients, the encoder's too, agree to within 10⁻¹²", worst < 1e-12)

# %% [markdown]
# BERT hides 15 % of the tokens. Of these, 80 % become a sign [MASK], 10 % a random token and 10 % stay as they are; it
# is to name all of them:

# %%
from course_lib.experiments import transformers_variants as variants

print(inspect.getsource(variants.hide))

# %% [markdown]
# A token out of seven teaches it something, where a GPT learns from each; but it sees both sides of a gap. Does that
# help? One network fills gaps in our text, letter by letter, for 400 steps; another is the same but for a causal mask.
# Each has its best rate, and three starts (stored: `transformers_study gaps`).
#
# **Predict, then run:** who fills more of the unseen gaps?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
named = {name: found["shares"] for name, found in measured["gaps"].items()}
claim("Both ways: 32 to 35 %", 0.32 < min(named["both ways"]) <= max(named["both ways"]) < 0.35)
claim("Back only: 34 to 36 %", 0.34 < min(named["back only"]) <= max(named["back only"]) < 0.36)
claim(
    "No start of the first reaches one of the second",
    max(named["both ways"]) < min(named["back only"]),
)

# %% [markdown]
# *Surprised?* In 400 steps the view to both sides has gained nothing. Why, this does not tell. BERT was trained for a
# million steps; when looking both ways begins to pay in our text, we have not measured. (A result is a result, also
# where one had hoped for another.)

# %% [markdown]
# ## Deeper: pre-norm and post-norm
#
# Stack 2 to 24 blocks at random, send the gradient of a classifier's loss back, and measure it at the last block's last
# kernel:

# %%
depths, runs = (2, 4, 8, 16, 24), range(5)


def last_gradient(num_blocks, first, seed):
    return variants.deep_gradients(num_blocks, first, np.random.default_rng(seed))[-1]


pushed = {
    name: np.array([[last_gradient(n, first, seed) for n in depths] for seed in runs])
    for name, first in (("post-norm", False), ("pre-norm", True))
}
plots.plot_depths(depths, pushed)
show("""The size of the gradient in the last block against the number of blocks, both logarithmic,
five runs each. With post-norm it does not fall; with pre-norm it is smaller, the more blocks.""")

# %%
post, pre = (np.median(sizes, axis=0) for sizes in pushed.values())
claim("At 24 blocks post-norm's is at least 3 times pre-norm's", post[-1] >= 3 * pre[-1])
claim("From 2 blocks to 24, pre-norm's falls by 40 % or more", pre[-1] <= 0.6 * pre[0])
claim("Post-norm's does not, or by less than a tenth", post[-1] > 0.9 * post[0])

# %% [markdown]
# *Compare the two lines.* With post-norm a deep model is pushed as hard near its output as a shallow one, before it has
# learnt anything. Ruibin Xiong and others ([@xiong2020]) proved it for the start of training, and found there the
# reason why post-norm models need a slow beginning, a warm-up, while theirs with pre-norm could do without. (Ours has
# pre-norm and a short warm-up all the same, as most have. We have not tried it without.)

# %% [markdown]
# ## Deeper: larger is better, at a price
#
# Three widths, 250 steps each, every one at its own best rate, from three starts (stored: `transformers_study sizes`).

# %%
gpts = (experiments.keras_gpt(515, 64, width, 4, 2) for width in (16, 32, 64))
parameters = [some.count_params() for some in gpts]
reached = np.array([found["bits"] for found in measured["sizes"].values()])
tables_need = {"table of five": simple, "table of eight": smooth}
plots.plot_sizes(parameters, reached, tables_need, longer)
show("""Bits a character on the unseen text against the number of parameters, both axes logarithmic:
three sizes with three dots each fall a little. Far below lie the two tables, as level lines, and
between these the largest after 3,000 steps.""")

# %%
middle = np.median(reached, axis=1)
claim("The larger, the fewer bits: at their medians", (np.diff(middle) < 0).all())
claim("By less than 0.2 in all", middle[0] - middle[2] < 0.2)
claim(
    "The dots overlap: one of the largest does no better than the middle ones",
    max(reached[2]) > min(reached[1]),
)
claim("Twelve times the steps gain more than 0.6", middle[2] - longer > 0.6)

# %% [markdown]
# (Three starts, and at one length of training.) Seven times the numbers gain a sixth of a bit: after 250 steps it is
# practice that is wanting, more than size. Twelve times the steps gained the largest of them 0.77 bits. Three points
# make no law, and ours say why: one must know which of size, text and steps it is that holds a model back.
#
# Jared Kaplan and others ([@kaplan2020]) measured that the loss falls as a small power of size, data and computation,
# some of it over more than seven powers of ten: a straight line on such paper. (They count without the tables in front
# and the layer behind, which are most of our smallest model.) For a given budget they advised very
# large models, stopped well before they had learnt all they could. Jordan Hoffmann and others ([@hoffmann2022])
# repeated it with a schedule fitted to each run, and found that size and text should grow *together*: for twice the
# size, twice the tokens. Their Chinchilla with 70 billion numbers, at the same computation, beat Gopher with 280.

# %% [markdown]
# ## Deeper: induction heads
#
# How can a model use what it reads only now? Train attention *alone*, without dense layers, on random tokens of which
# each sequence comes twice. The first copy can hardly be guessed. The second can: find the last place where this token
# stood, and say what came after it.

# %%
scores, losses = variants.train_on_copies(2)
plots.plot_copies(losses, np.log(16))
show("""The loss on the first and on the second copy over 600 steps, for two layers of attention. On
the first copy it stays a little above that of guessing, ln 16; on the second it falls.""")

# %% [markdown]
# Why does that take two layers? A head of the second layer asks "where was a token like me *before* the one there?".
# For this each position must carry its predecessor with it, and that a head of the first layer has brought. So give
# each head two scores: how much it looks at the token before, and how much at the one after the last copy of the
# present one.

# %%
plots.plot_heads(scores)
show("""Two layers with two heads each. In layer 1 the heads give the token before them a large
share; in layer 2 they look at the token that came after the last copy.""")
(previous, _), (_, induced) = scores
claim("A head of layer 1 looks at the token before, with more than 0.3", previous.max() > 0.3)
claim("A head of layer 2 looks behind the last copy, with more than 0.4", induced.max() > 0.4)

# %% [markdown]
# That was one start. Here are twenty, and twenty with one layer only, both at their best rates (stored:
# `transformers_study copies`):

# %%
copied = {n: np.array(found["losses"])[:, 1] for n, found in measured["copies"].items()}
shares = {
    n: np.array([layers[-1][1] for layers in found["scores"]]).mean(axis=1)
    for n, found in measured["copies"].items()
}
plots.plot_starts(shares, copied)
show("""The loss on the second copy against how much the last layer's heads look behind the last
copy. Twenty starts with one layer lie together, above 2; twenty with two fall, the more
they look.""")

# %%
claim("One layer: no start below 2, after these 600 steps", copied["1"].min() > 2)
claim("Two layers: each start below all of those", copied["2"].max() < copied["1"].min())
claim("And half of them below 1.1", np.median(copied["2"]) < 1.1)
ranks = np.corrcoef([np.argsort(np.argsort(x)) for x in (shares["2"], copied["2"])])[0, 1]
claim("The more these look there, the lower: rank correlation below −0.95", ranks < -0.95)
looks_less = shares["2"] < shares["1"].max()
claim("Yet nine of them look there less than the best with one layer", sum(looks_less) == 9)

# %% [markdown]
# One layer sees which tokens take part, but not what came before each. And of those with two, some have not found the
# way in 600 steps. So looking there is not all of it. A head that does this is an **induction head**. In larger models
# such heads appear suddenly, early in training, just when the ability to use what was just read rises; that they are
# its *cause* is well supported for small models, and less so for large ones ([@olsson2022]).

# %% [markdown]
# ## Deeper: from continuing to answering
#
# Ask our model a question, and it continues it. An *assistant* is the same network, trained a little further on
# conversations. Two things are new. A **chat template** marks with three special tokens who speaks and where an answer
# ends: `<user> What is if for? <assistant> a choice <end>`. And a **loss mask** counts the answer only: the model is to
# learn to answer, not to ask.

# %%
from course_lib.experiments import transformers_chat as chat

print(inspect.getsource(chat.templated))
print(inspect.getsource(chat.taught_to_answer))

# %% [markdown]
# Ten words, each taught in four wordings, are asked for in a fifth that the model knows only from other words. (The
# rate was chosen with one of the four. `transformers_study assistants`.)
#
# **Predict, then run:** the stored model learns from 50 batches. How many of ten does it answer rightly, before and
# after? And what becomes of what it knew, the reference?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
_, unseen_questions = chat.questions()
before = [chat.answered(gpt, question, tokenizer) for question, _ in unseen_questions]
claim("Before: not one answer in the right form", not any(before))
known = bits_of(practised, test_text[:15_000])
right = chat.taught_to_answer(practised, tokenizer)
claim("After: at least 8 of 10 are right", right >= 8)
forgotten = bits_of(practised, test_text[:15_000]) - known
claim("The reference costs over 1.5 bits a character more", forgotten > 1.5)

# %% [markdown]
# Was that luck? Here are twenty other orders of the same lessons:

# %%
taught = measured["assistants"]
claim("In each of them 9 or 10 are right", min(taught["right"]) >= 9)
cost = min(taught["after"]) - taught["before"]
claim("And in each the reference costs at least 2 bits a character more", cost >= 2)

# %% [markdown]
# Is reading first needed at all? And the loss mask? Two controls, in five orders each: the same lessons for random
# weights (at the best of four rates), and for the stored model with the questions counted as well.

# %%
nothing, counted = (np.array(taught[n]["right"]) for n in ("from nothing", "questions counted"))
claim("From random weights: 3 to 9 are right", (nothing.min(), nothing.max()) == (3, 9))
claim("With the questions counted: 5 to 8", (counted.min(), counted.max()) == (5, 8))

# %% [markdown]
# It pays for its answers with what it knew: these lessons have driven out the text. (For such a reason [@ouyang2022]
# mix old text into the step with reinforcement.) Real assistants begin with *instruction tuning*, which is this, on
# many tasks ([@wei2021]: more than sixty data sets). Then come judgements. People say which of two answers is better; a
# second network learns to predict that; and the first one is trained by reinforcement learning to please it, without
# going too far from where it was: RLHF. In the experiments of [@ouyang2022] people preferred such a model of 1.3
# billion numbers to the plain GPT-3 of 175 billion. It still made simple mistakes, and what it learns is what *these*
# people prefer. [@rafailov2023] reach the same aim without the second network and without reinforcement learning.

# %% [markdown]
# ## Deeper: a picture is 16 words
#
# A **vision transformer** ([@dosovitskiy2020]) cuts a picture into patches and reads them as tokens. Our digits of 8 ×
# 8 pixels are 16 patches of 2 × 2. There is no mask, and the mean of all positions is the answer.

# %%
print(inspect.getsource(variants.vision_transformer))

# %% [markdown]
# Its rival is the flattening network of chapter 07. Both learn for 30 passes, from five starts, each at the rate that
# was best on the validation digits (stored: `transformers_study readers`).
#
# **Predict, then run:** which reads more of the unseen digits?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
found = measured["readers"]
looks, windows = (np.array(found[name]["shares"]) for name in ("vision_transformer", "convolution"))
weights = [build().count_params() for build in (variants.vision_transformer, variants.convolution)]
claim("The transformer has more than four times as many weights", weights[0] > 4 * weights[1])
claim("The convolution: each start more than 98 %", min(windows) > 0.98)
claim("The transformer: none reaches 95 %", max(looks) < 0.95)
more = found["vision_transformer, 100 passes"]["shares"]
claim("After 100 passes, the rate chosen anew: none reaches 96 %", max(more) < 0.96)

# %% [markdown]
# Here are some 1,100 digits to learn from. Nothing in a transformer says which patches are neighbours; a convolution
# has it built in. The paper found so too: without very much data convolutions were ahead, and with it they no longer
# were. But is that the reason here? Chapter 07's dense network knows no neighbours either:

# %%
from course_lib.experiments import convolution

dense = [in_place for in_place, *_ in convolution.stored()["test"]["dense, 0"]]
claim("Each of its twenty starts reads at least 95.8 %", min(dense) >= 0.958)

# %% [markdown]
# So it cannot be the whole reason. To say more, we would have to try more.

# %% [markdown]
# ## Deeper: if you come from PyTorch
#
# | | Keras, and this course | PyTorch |
# |---|---|---|
# | a block | you compose it, as above | `nn.TransformerEncoderLayer`, post-norm unless `norm_first=True` |
# | axes | (batch, time, width) | (time, batch, width) unless `batch_first=True` |
# | a mask's True | *may* be looked at | may *not* (`src_mask`, `src_key_padding_mask`); in `scaled_dot_product_attention`: may |
# | kernels of q, k, v | three, (width, heads, width of a head) | one `in_proj_weight`, (3 · width, width), transposed |
# | the norm's epsilon | 0.001 | 0.00001 |
# | hidden width | yours | `dim_feedforward`, 2048 unless you say otherwise |
# | dropout | none unless you say so | 0.1 unless you say otherwise; `eval()` switches it off |
#
# `course_lib.torch_weights.encoder_block` carries trained weights over. Who forgets the epsilon gets outputs that are
# nearly right.

# %% [markdown]
# ## Common misunderstandings
#
# - *"It looks answers up."* There is no text inside, only weights.
# - *"A lower perplexity is a better model."* Only with the same tokens, on the same text.
# - *"Temperature makes it creative."* It makes unlikely tokens likelier, the senseless ones too.
# - *"The KV cache is an approximation."* You saw equal logits. It saves time and costs memory.
# - *"A transformer beats anything."* Three thousand steps of it lost to a table that counts.

# %% [markdown]
# ## What you can do now
#
# - **Measure:** bits a character: all the tokens' bits, divided by the characters that they write.
# - **Build:** $x + f(\text{norm}(x))$ twice, attention that moves and dense layers that work; a stack of them, causal.
# - **Choose:** greedy, temperature, top-k, top-p, beams; and keep keys and values.
# - **Explain:** guess the next token; then a template and a loss mask; then people's judgements.
#
# **Next:** the [exercises](../exercises/10-transformers.ipynb). Then [chapter 11](11-overfitting.ipynb), *Overfitting*, asks
# what a network learns by heart.

# %% [markdown]
# ## Sources
#
# [@]

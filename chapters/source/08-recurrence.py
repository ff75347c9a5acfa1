# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 08 · Recurrence
#
# **How does a network remember?**
#
# A dense network sees all its inputs at once, and always as many. A sentence comes letter by letter and is as long as
# it is. So a network needs a memory.
#
# By the end you can
#
# - **Unroll** a recurrent layer in time, and count its parameters,
# - **Trace** a gradient back through time, and say when it vanishes or explodes,
# - **Choose** between SimpleRNN, LSTM and GRU, and set up their memory,
# - **Judge** a model of text or of a time series against an honest rival.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about a minute. You need Adam
# (chapter 05) and vanishing gradients (chapters 02 and 06).*

# %% [markdown]
# ## A memory, by hand
#
# Take one number $h$, the **hidden state**, and one rule for every step: $h' = x + \tfrac12 h$. The inputs are 1, 0, 0,
# 0. The state becomes 1, ½, ¼, ⅛: the 1 fades, but after four steps it is still there. Any input leaves its trace, the
# later the stronger. That is a network with a memory, and it has one weight.
#
# A recurrent layer does this with many numbers, a matrix $U$ in place of ½, and a tanh, so that the state stays
# bounded ([@elman1990]):
#
# $$h' = \tanh(x\,W + h\,U + b)$$
#
# The *same* $W$, $U$ and $b$ at every step. Our layer says it in two lines, and a loop over time
# ([`through_time`](../course_lib/through_time.py)) does the rest. `x_sum` is $xW + b$, `h_sum` is $hU$:

# %%
import inspect

import numpy as np
from course_lib.activations import sigmoid
from course_lib.page import claim, quiet, show
from course_lib.recurrence import GRU, LSTM, Bidirectional, SimpleRNN

print(inspect.getsource(SimpleRNN.step))

# %% [markdown]
# Drawn with a copy of the layer for every step, it is **unrolled in time**. Here is one neuron, three inputs into its
# life. Drag an input up or down, click on a step, or play (the arrow keys do it, too):

# %%
from course_lib.widgets import recurrence as widgets

widgets.Unroll()

# %% [markdown]
# 1. Go to the last step. Only input 1 is not 0: for which $u$ is the state the largest? For $u = -0.8$, what does its
#    sign do from step to step?
# 2. Keep $u = 2$. What is left of a small change of the first state? And with input 1 at 0?
#
# <details><summary>Answers</summary>
#
# 1: For $u = 2$: it settles near 1 and stays there (0.96; for −2 the same, with changing signs). For −0.8 its sign
# changes, too. 2: 0.000. The state is remembered, but tanh is flat there, so no gradient finds its way back. At 0 it is
# steep: a change grows to 2⁵ = 32 times itself.
#
# </details>
#
# (`widgets.Unroll([1, 0, -1], u=0.5)` shows inputs of your own; `.state` is all of it, as a dict.)
#
# **Your turn.** Write the memory of the beginning:


# %%
def fading(inputs, u):
    h = 0.0
    # for each x of the inputs, in turn: h becomes x + u · h
    return h


right = abs(fading([1, 0, 0, 0], 0.5) - 0.125) < 1e-9
print("✔ right: an eighth is left" if right else "○ not yet: after [1, 0, 0, 0] an eighth is left")

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# for x in inputs:
#     h = x + u * h
# ```
#
# </details>
#
# ## The same in Keras
#
# In Keras the layer takes (batch, time, inputs) and returns the last state, or with `return_sequences=True` all of
# them. The order of the weights is ours: kernel $W$, recurrent kernel $U$, bias. We compare all three layers of
# this chapter, forward and backward (the gradients of the sum of all outputs, each times a random number):

# %%
with quiet():
    import keras
from course_lib.backend_gradients import value_and_gradients

rng = np.random.default_rng(0)
x = rng.standard_normal((4, 7, 3))
CELLS = {"SimpleRNN": SimpleRNN, "LSTM": LSTM, "GRU": GRU}


# %%
def slopes_in_keras(layer, dy):
    """The gradients of the sum of dy · layer(x): of x, and of all weights."""

    def total(x):
        return keras.ops.sum(keras.ops.multiply(layer(x), dy))

    return value_and_gradients(total, x, variables=layer.trainable_variables)[1]


# %% [markdown]
# Our layer and its twin get the same weights:


# %%
def apart(mine, twin):
    """How far our layer and Keras' are apart at most: in outputs, and in all gradients."""
    twin.build(x.shape)
    twin.set_weights(mine.parameters())
    y, theirs = mine.forward(x), twin(keras.ops.convert_to_tensor(x, "float64"))
    dy = rng.standard_normal(y.shape)
    pairs = zip([mine.backward(dy), *mine.gradients()], slopes_in_keras(twin, dy), strict=True)
    forward = np.abs(y - keras.ops.convert_to_numpy(theirs)).max()
    return forward, max(np.abs(a - b).max() for a, b in pairs)


# %% [markdown]
# Each with five units and three inputs:

# %%
for name, cell in CELLS.items():
    forward, backward = apart(cell(3, 5, rng), getattr(keras.layers, name)(5, dtype="float64"))
    claim(f"{name}, forward: no number differs by as much as 10⁻¹²", forward < 1e-12)
    claim("Backward: no slope does, of inputs, kernels and biases", backward < 1e-12)

# %% [markdown]
# How many parameters is that? $W$ has inputs × units of them, $U$ units × units, $b$ one for each unit (two in Keras'
# GRU). A SimpleRNN of 5 units and 3 inputs: 15 + 25 + 5 = 45. The number of time steps is *not* in the sum.
#
# **Predict, then run:** an LSTM has four such blocks, as you will see. Keras' GRU has three, each with two biases. How
# many parameters have they?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
counts = []
for name in CELLS:
    layer = getattr(keras.layers, name)(5)
    layer.build((None, None, 3))
    counts.append(layer.count_params())
claim("45, then 4 · 45 = 180, then 3 · (15 + 25 + 10) = 150", counts == [45, 180, 150])

# %% [markdown]
# ## Back through time
#
# Unrolled, the layer is a deep network, as deep as the sequence is long, whose layers share their weights. So the
# gradient goes back step by step, and what each step says of the shared weights is added up. That is
# **backpropagation through time**. One step back is the chain rule of the step forward. It returns the gradients of
# `x_sum` and `h_sum` (with one weight: times $x$ that is the share of $w$, times the old $h$ that of $u$), and what
# reaches $h$ on other ways, here 0:

# %%
print(inspect.getsource(SimpleRNN.step_backward))

# %% [markdown]
# By hand: with $h' = x + \tfrac12 h$, the slope of the last state in the first of four inputs is (½)³ = ⅛. With 2 in
# place of ½ it is 8. Over 60 steps: (½)⁵⁹ and 2⁵⁹. It is the product of chapter 06 again, but now all factors are the
# *same* matrix ([@bengio1994], [@pascanu2012]). Keras starts $U$ orthogonal, so that it neither shrinks nor stretches.
# Multiply it by something, and send a random gradient back through sixty steps, from five random starts:

# %%
from course_lib.experiments import recurrence as experiments
from course_lib.plots import recurrence as plots


def five(cell, **start):
    return np.array([experiments.left(cell, seed, **start) for seed in range(5)])


simple = {f"U × {factor:g}": five("SimpleRNN", stretch=factor) for factor in (0.9, 1, 1.5, 2)}

# %%
plots.plot_distances(simple)
show("""What is left of a gradient over sixty steps back, logarithmic, five runs to each line. With
0.9 times the orthogonal matrix it falls below a hundred-thousandth, with the matrix itself below a
thousandth; with 1.5 times it grows to between 25 and 55, with twice to more than ten thousand.""")
ends = [sizes[:, -1] for sizes in simple.values()]
claim("U × 0.9: less than a hundred-thousandth is left after 59 steps", ends[0].max() < 1e-5)
claim("U: less than a thousandth, since tanh shrinks it", ends[1].max() < 1e-3)
turned = np.linalg.matrix_power(SimpleRNN(8, 32, rng).params["recurrent_kernel"], 59)
claim(
    "... for without tanh, 59 times U keeps every length",
    np.allclose(turned @ turned.T, np.eye(32)),
)
claim("U × 1.5: it has grown more than tenfold", ends[2].min() > 10)
claim("U × 2: more than five thousandfold", ends[3].min() > 5e3)

# %% [markdown]
# *Look for a line that stays level: there is none.* Small $U$ forgets. Large $U$ makes tiny changes in the past decide
# everything. Against explosion there is a brake: **clip** the gradient. Where its norm is above 1, divide it by its norm:
# `Adam(global_clipnorm=1.0)` (measured below; `clipnorm` would clip each array of weights by itself). Against vanishing
# there is no brake to release. It needs another cell.
#
# ## Gates
#
# The **LSTM** ([@hochreiter1997]) keeps a second state, the memory $c$, which no matrix touches:
#
# $$c' = f \odot c + i \odot g \qquad h' = o \odot \tanh(c')$$
#
# $g$ is the candidate, a SimpleRNN's answer. A **gate** is a number between 0 and 1, a sigmoid of
# $x\,W + h\,U + b$ with weights of its own. There are three:
#
# - the *forget* gate $f$: how much of the old memory is kept ([@gers2000] added it),
# - the *input* gate $i$: how much of the candidate is written,
# - the *output* gate $o$: how much of the memory is shown.
#
# By hand: $c = 2$, $f = 0.9$, $i = 0.5$, $g = -1$. Then $c' = 1.8 - 0.5 = 1.3$. And back: along the memory the slope of
# $c'$ in $c$ is $f$, and no matrix. Where $f$ is 1, a gradient passes unchanged over any distance.

# %%
print(inspect.getsource(LSTM.step))

# %% [markdown]
# The **GRU** ([@cho2014]) does with one state and two gates. $z$ mixes old and new, $h' = z \odot h + (1 - z) \odot g$,
# and $r$ decides how much of the old state the candidate sees. Keras computes $g = \tanh(xW + b_0 + r \odot (hU +
# b_1))$, which it calls `reset_after`; the paper has $(r \odot h)\,U$.
#
# Here is an LSTM that has read 420,000 characters of English. Hover over a letter, or click to keep it; choose a unit;
# type a text:

# %%
widgets.Gates(unit=14, focus=17)

# %% [markdown]
# 1. At which quotation marks does this unit write ($i$ near 1, $g$ near 1)? At opening or at closing ones?
# 2. How long does it keep what it wrote at the first one, and which gate throws it away, where?
#
# <details><summary>Answers</summary>
#
# 1: At both opening ones, and at neither of the closing ones.
# 2: As long as $f$ is near 1: over *the* and the space. At the *l* of *loop* $f$ is 0.0, and it is gone, though the
# quotation goes on. A learnt gate has habits, not rules.
#
# </details>
#
# (`widgets.Gates(text, reader=model)` looks into a Keras model of your own, such as `keras_reader` below makes.)
#
# A new LSTM has not learnt to keep anything. Its forget gate starts near $\sigma(b)$. Keras sets $b = 1$
# (`unit_forget_bias`), so it keeps about 0.73 of its memory a step. **Predict, then run:** how much is that after 40
# steps? And with $b = 4$?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
kept = sigmoid(np.array([1.0, 4.0])) ** 40
claim("b = 1: less than a two-hundred-thousandth is left after 40 steps", kept[0] < 1 / 200_000)
claim("b = 4: almost half", 0.45 < kept[1] < 0.5)

# %% [markdown]
# Measured, in layers that are not trained yet. (In a GRU it is $z$ that keeps. In both, *bias 4* is the start of the
# gate that keeps.)

# %%
cells = {
    "SimpleRNN": five("SimpleRNN"),
    "LSTM": five("LSTM"),
    "GRU": five("GRU"),
    "LSTM, bias 4": five("LSTM", keep=4),
    "GRU, bias 4": five("GRU", keep=4),
}
plots.plot_distances(cells)
show("""What is left of a gradient over sixty steps in untrained layers, logarithmic, five
runs to each line. GRU falls below a ten-billionth, the LSTM as Keras starts it to about a ten-
thousandth or less, SimpleRNN to some ten-thousandths. With a bias of 4, LSTM and GRU stay
between a fourth and fifteen.""")

# %%
ends = {name: sizes[:, -1] for name, sizes in cells.items()}
claim(
    "Untrained, a SimpleRNN passes more back than Keras' LSTM and GRU, in the middle of five runs",
    np.median(ends["SimpleRNN"]) > max(np.median(ends["LSTM"]), np.median(ends["GRU"])),
)
claim("GRU: less than a ten-billionth", ends["GRU"].max() < 1e-10)
claim(
    "With bias 4, LSTM and GRU: from a fourth to fifteen",
    all(
        0.25 < ends[f"{name}, bias 4"].min() <= ends[f"{name}, bias 4"].max() < 15
        for name in ("LSTM", "GRU")
    ),
)

# %% [markdown]
# *That may surprise you:* “LSTM” is not a spell. A gate helps if it is open.
#
# ## What came first?
#
# A task that needs nothing but memory: the first symbol is one of four; noise of four others follows; at the end, say
# the first. Guessing gives ¼. Each layer has 16 units and at most 400 updates by Adam with batches of 32. Each got the
# best of seven rates from 0.001 to 1, by how soon three networks with other random starts learnt 40 steps (the LSTM as
# Keras starts it never did; for it 20 steps decided). Then twenty networks of each kind were trained for 10, 20, 40 and
# 60 steps.
#
# **Predict, then run:** which of the five still recall what came first 40 steps ago?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
recall = experiments.measured()["recall"]
plots.plot_recall(recall)
show("""Four panels with twenty dots for each of five networks. At 10 steps all recall all. At 40
SimpleRNNs lie anywhere and LSTMs below two thirds; at 60 only of the GRUs all recall all.""")
full = {name: {n: runs.count(1) for n, runs in of.items()} for name, of in recall.items()}
least = [min(runs) for name in ("GRU", "GRU, bias 4") for runs in recall[name].values()]
claim("10 steps: all hundred networks recall all", all(of["10"] == 20 for of in full.values()))
claim(
    "40: of twenty SimpleRNNs two recall all; of LSTMs none; with bias 4, nineteen",
    [of["40"] for of in full.values()][:3] == [2, 0, 19],
)
claim("60: with bias 4, eleven", full["LSTM, bias 4"]["60"] == 11)
claim("GRUs: at least 99 % in each run, with either start, at each length", min(least) >= 0.99)

# %% [markdown]
# (All were measured once and are kept: `recurrence_study rates recall`, half an hour.)
#
# *Look where each row breaks.* Some SimpleRNNs and LSTMs do at 20 steps and nearly all at 40, LSTMs with bias 4 at 60.
# Between the two rows of LSTMs nothing but the start of the forget gate differs, and with it the rate that suits it.
# The GRU needs no such help: at *its* best rate, 0.1, it learnt 40 steps in about 55 updates, though its first
# gradients were the smallest of all. So a first gradient tells where learning may be hard, not which cell wins. And all
# this holds for 400 updates.
#
# For LSTMs a start that remembers is worth more than any of the rates; [@tallec2018] derive it from the distances that
# matter. In Keras, read the weights, change the bias, and set them:

# %%
layer = keras.layers.LSTM(16)
layer.build((None, None, 8))
kernel, recurrent, bias = layer.get_weights()
claim(
    "As Keras starts it, the forget block is 1, the others 0",
    (bias[16:32] == 1).all() and bias.sum() == 16,
)
bias[16:32] = 4
layer.set_weights([kernel, recurrent, bias])

# %% [markdown]
# Try one run yourself, with the start that you like (`experiments.RECALLERS` has the five rows):

# %%
share, losses = experiments.learn_recall("LSTM, bias 4", length=20, seed=0)
claim(
    "Twenty steps: it recalls at least 99 %, within 150 updates",
    share >= 0.99 and len(losses) < 150,
)

# %% [markdown]
# **Your turn.** Which forget bias keeps half of the memory over 20 steps? Set `bias`. (Hint: $\sigma(b)^{20} = ½$.)

# %%
bias = 0.0
kept = sigmoid(np.array(bias)) ** 20
print("✔ right" if abs(kept - 0.5) < 0.02 else f"○ not yet: {kept:.3f} is kept, 0.5 wanted")

# %% [markdown]
# <details><summary>Solution</summary>
#
# $\sigma(b) = 0.5^{1/20} = 0.966$, so $b = \ln(0.966 / 0.034) \approx 3.35$.
#
# </details>
#
# ## Digits, row by row
#
# Each digit is a sequence of eight rows with eight pixels. A **bidirectional** layer reads it from the top and from the
# bottom and puts both answers side by side ([@schuster1997]). To *stack* layers, the lower one returns all its states:

# %%
from course_lib.data import digits

data, layers = digits(), keras.layers
print(inspect.getsource(experiments.digit_reader))

# %%
both = Bidirectional(SimpleRNN(3, 5, rng), SimpleRNN(3, 5, rng))
twin = layers.Bidirectional(layers.SimpleRNN(5, dtype="float64"), dtype="float64")
claim("Ours and Keras' bidirectional layer agree, too", max(apart(both, twin)) < 1e-12)

# %% [markdown]
# The rate was chosen on the validation part (`recurrence_study digits`). This takes some ten seconds:

# %%
model = experiments.digit_reader(data, seed=0)
share = experiments.share_right(model, data.x_test, data.y_test)
claim("It reads at least 90 % of unseen digits, row by row", share >= 0.9)

# %% [markdown]
# It works, and it is no reason to do it. A support vector machine, at one of the settings best on the validation
# part, reads more of them, and learns in a tenth of a second:

# %%
from sklearn.svm import SVC

machine = SVC(C=3, gamma=0.05).fit(data.x_train.reshape(-1, 64), data.y_train)
vectors = machine.score(data.x_test.reshape(-1, 64), data.y_test)
claim("At least 98 %, and more than the network", vectors >= 0.98 and vectors > share)

# %% [markdown]
# ## What goes wrong
#
# The model goes into service. There all sequences are filled up to 40 rows with zeros, as is usual when lengths differ.
# **Predict, then run:** does it raise an error? Does it still read?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
padded = np.pad(data.x_test, ((0, 0), (0, 32), (0, 0)))
in_service = experiments.share_right(model, padded, data.y_test)
claim("No error. But it reads fewer than a quarter", in_service < 0.25)

# %% [markdown]
# A recurrent layer takes any length. **Diagnosis:** is it the blank rows, or where they stand? Put them in front of the
# same digits. (Twenty such models are stored, with three shares each: not filled, behind, in front.)

# %%
in_front = experiments.share_right(
    model, np.pad(data.x_test, ((0, 0), (32, 0), (0, 0))), data.y_test
)
twenty = np.array(list(experiments.measured()["digits"]["test"].values()))
claim(
    "Blank rows in front: more than 80 % are read, in each of twenty",
    twenty[:, 2].min() > 0.8 and in_front > 0.8,
)
claim("Behind: fewer than a quarter, in each", twenty[:, 1].max() < 0.25)
claim("As they are: more than 92 %, in each", twenty[:, 0].min() > 0.92)

# %% [markdown]
# So what it reads last decides: it goes on computing over 32 blank rows, and forgets. **Cure:** tell it where the
# sequence ends. A **mask** is False for padding, and a masked step keeps the state as it is. `Masking()` makes one
# where all inputs of a step are 0, and `mask_zero=True` does in an `Embedding`. But a digit may have blank rows of its
# own, so here we say it ourselves:

# %%
mask = np.arange(40)[None] < np.full((len(padded), 1), 8)
h = model.layers[0](padded, mask=mask)
answers = model.layers[2](model.layers[1](h, mask=mask))
off = np.abs(keras.ops.convert_to_numpy(answers - model(data.x_test))).max()
claim("With the mask: the outputs of before, to four decimals", off < 5e-5)

# %% [markdown]
# ## Deeper: sunspots
#
# Now a time series: the mean number of sunspots of each year since 1700. What will the next year bring? Two rivals: “as
# last year”, and the best straight formula of the last few years (least squares, an *autoregression*). The years up to
# 1928 are for training. All settings were chosen by how well 1880–1928 are told from the years before; 1929–2008 are
# the test, looked at once.

# %%
years, past, then = experiments.sun_windows()
early, trained, test = years < 1880, years < 1929, years >= 1929


def miss(forecast, which):
    return 100 * np.sqrt(np.mean((forecast - then)[..., which] ** 2, axis=-1))


by_lags = [
    miss(experiments.straight_forecast(n, past, then, early), trained & ~early)
    for n in range(1, 31)
]
lags = 1 + int(np.argmin(by_lags))
claim("Of 1 to 30 years, a formula of the last ten is best on 1880–1928", lags == 10)

# %% [markdown]
# And SimpleRNNs of eight units, which read the last 30 years and say by how much the number will change. Rate and
# passes were chosen in the same way. One is trained here, twenty are stored (`recurrence_study sun`):

# %%
said = experiments.sun_forecast(0, past, then, trained)
twenty = experiments.measured()["sun"]["test"]
straight = experiments.straight_forecast(lags, past, then, trained)
missed = {"as last year": miss(past[:, -1], test), "straight formula": miss(straight, test)}

# %%
shown = {"straight formula": 100 * straight[test], "SimpleRNN": 100 * said[test]}
plots.plot_forecasts(years[test], 100 * then[test], shown)
show("""The sunspots of the years 1929 to 2008 go up and down about every eleven years. The
forecasts of the straight formula and of a SimpleRNN lie close together and follow closely, on
steep slopes often a year late.""")

# %% [markdown]
# In numbers:

# %%
claim(
    "“As last year” is off by 31.6 (root of the mean square), the formula by 18.4",
    [f"{m:.1f}" for m in missed.values()] == ["31.6", "18.4"],
)
worse = sum(off > missed["as last year"] for off in twenty)
better = sum(off < missed["straight formula"] for off in twenty)
claim(
    "Of twenty networks at most two are worse than “as last year”, "
    "at most three better than the formula",
    worse <= 2 and better <= 3,
)
claim(
    "The middle one is off by more than the formula, and less than 20",
    missed["straight formula"] < np.median(twenty) < 20,
)

# %%
before = experiments.measured()["sun"]["chosen by"]["0.003"]["50"]
claim(
    "On 1880–1928, five that knew only the years before beat it, on average",
    np.mean(before) < min(by_lags),
)

# %% [markdown]
# *Both lines follow the curve.* What was better on 1880–1928 is worse on the test: two hundred years are few examples.
# Beat the naive forecast first, then the straight one, then publish.

# %% [markdown]
# ## Readers of text
#
# Text is where recurrent networks were at home. A **language model** says after each character how likely each next one
# is. It is trained with **teacher forcing**: whatever it guessed, it is told the right character and goes on from
# there. Its score is bits a character: the mean of $-\log_2 p$ of what came.
#
# The text is Python's own manual. Hold out random topics, and a tenth to nearly all of their long lines stand in the
# training part too. So the last tenth is the test, without the long lines seen before. (Shorter pieces stand in both.)
# Three readers of 58,000 to 68,000 numbers were trained on the rest, six passes, at the rate that after two was best on
# the last ninth of the training part (`recurrence_study readers`, fifteen minutes). In Keras a reader is three layers:

# %%
from course_lib.data import topics_split
from course_lib.experiments import recurrence_readers as readers
from course_lib.experiments import recurrence_tables as tables

print(inspect.getsource(readers.keras_reader))

# %% [markdown]
# The trained weights, in Keras and in our layers:

# %%
seen, unseen = topics_split()
gru = readers.reader("GRU")
twin = readers.keras_reader("GRU", 112)
twin.set_weights(gru.weights())
signs = readers.encoded(unseen[:60])[None]
theirs = keras.ops.convert_to_numpy(keras.ops.log_softmax(twin(signs)))
claim("It has 59,520 numbers", twin.count_params() == 59_520)
claim(
    "Keras' and our logarithms differ by less than 0.001",
    np.abs(theirs - gru.read(signs)[0]).max() < 1e-3,
)

# %% [markdown]
# The rival knows nothing of networks. It is a table of all pieces of the text, as long as so many characters, mixed with
# the shorter ones. A simple mixture is Witten and Bell's ([@witten1991]), with pieces of five. Kneser and Ney's
# ([@kneser1995], as changed by [@chen1999]), with pieces of eight, takes a bit from each count for what it has not seen.
#
# **Predict, then run:** three networks, trained for minutes, and two tables, made in two seconds. Which order?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
expected = {name: readers.reader(name).expected(unseen) for name in CELLS}
expected["table of five"] = tables.witten_bell(seen, unseen, 5)
expected["table of eight"] = tables.kneser_ney(seen, unseen, 8)
bits = {name: -np.nanmean(np.log2(p)) for name, p in expected.items()}
claim("One of 96 signs, chosen blindly, costs 6.6 bits", round(np.log2(96), 1) == 6.6)
claim(
    "From worst to best: SimpleRNN, LSTM, table of five, GRU, table of eight",
    sorted(bits, key=bits.get)[::-1]
    == ["SimpleRNN", "LSTM", "table of five", "GRU", "table of eight"],
)
claim(
    "The table of eight needs less than 1.75, the GRU more than 1.8",
    bits["table of eight"] < 1.75 and bits["GRU"] > 1.8,
)

# %% [markdown]
# With Python 3.11's manual: 2.06 bits, 2.03, 1.94, 1.88 and 1.67. So none of these networks, each trained for two
# minutes, beats a well-smoothed table. On larger texts [@karpathy2015] found LSTMs ahead of tables. Without the tables
# beside them, all three would have looked good. (One training each: which *cell* is better, it does not tell.)
#
# The GRU can also write: draw a character from what it expects, tell it that, and so on. No teacher any more; its own
# slips are its past now. At temperature 0.7 (chapter 02):

# %%
print(gru.write("The ", 300, 0.7, np.random.default_rng(0)))

# %% [markdown]
# The manual's voice, and no sense.
#
# Which letters does a prediction rest on? The gradient tells ([@madsen2019]): hover over a character, or click to keep
# it. Earlier ones are the darker the more they decide. Below, the same against the distance.

# %%
widgets.Memory()

# %% [markdown]
# 1. At the end of the text, which of the three looks back the furthest, and which the least?
# 2. Type *the garbage collector frees it, but the garb*. At its second *garb*, does the GRU look at the first?
#
# <details><summary>Answers</summary>
#
# 1: The GRU: nine tenths of its gradient lie in the last 11 characters, those of the LSTM in the last 4. 2: Hardly. No
# letter of the first *garbage* has a hundredth of the strength of the strongest. A state of 112 numbers is a summary
# and no archive. Chapter 09 builds the archive.
#
# </details>
#
# (`widgets.Memory(text, readers={"mine": model})` takes your own Keras models.)

# %% [markdown]
# ## Deeper: why the table wins
#
# How long should its pieces be? The last ninth of the training part decides:

# %%
first, last = seen[: len(seen) * 8 // 9], seen[len(seen) * 8 // 9 :]
simple = [tables.bits(tables.witten_bell(first, last, n)) for n in (3, 4, 5, 6, 7)]
smooth = [tables.bits(tables.kneser_ney(first, last, n)) for n in (4, 6, 8)]
claim("Simply mixed, pieces of five are best", np.argmin(simple) == 2)
claim(
    "Kneser and Ney's gain with length: eight beat six, and six beat four",
    (np.diff(smooth) < 0).all(),
)

# %% [markdown]
# They go on gaining (the chapter takes eight). Manuals repeat themselves:

# %%
again = readers.repeated(seen, unseen, 40)
claim(
    "A tenth to a fourth of the test stands in training, 40 characters at a time",
    0.1 < again.mean() < 0.25,
)

# %% [markdown]
# Does the table only know what is repeated? Leave out whatever stands in training, 30 characters at a time. And ask
# both, taking the mean of their probabilities:

# %%
# The GRU read twenty streams side by side, and said nothing of their first signs.
told = ~np.isnan(expected["GRU"])
by_gru, by_table = (expected[name][told] for name in ("GRU", "table of eight"))
new = ~readers.repeated(seen, unseen, 30)[told]
claim(
    "Where nothing is repeated the table is ahead by more than 0.1 bits, too",
    tables.bits(by_table[new]) < tables.bits(by_gru[new]) - 0.1,
)
claim(
    "Half and half they need less than either, by 0.03 or more",
    tables.bits((by_table + by_gru) / 2) < min(map(tables.bits, (by_table, by_gru))) - 0.03,
)

# %% [markdown]
# (2.02 bits against 2.24 where it is new; half and half 1.62 on the whole test.) Each knows what the other does not.

# %% [markdown]

# %% [markdown]
# ## Deeper: a unit that means something
#
# Does one of the GRU's 112 units know that it is inside quotation marks, or inside brackets ([@karpathy2015] found such
# units in LSTMs)? Score each: how often is it higher inside than outside, over all pairs of characters? Chance is 0.5.
# The unit is chosen by one half of 16,000 unseen characters and judged by the other. The control: the same hunt in
# twenty GRUs whose recurrent layer was never trained (stored; `recurrence_study units`).

# %%
text = unseen[:16_000]
states = gru.states(text)
inside = {name: readers.marked(text, *marks) for name, marks in readers.MARKS.items()}
found = {name: readers.found_unit(states, where) for name, where in inside.items()}
control = experiments.measured()["units"]

# %%
claim("Quotation marks: the unit is right for more than 85 % of pairs", found["quotes"][1] > 0.85)
claim("Brackets: for more than 70 %", found["brackets"][1] > 0.7)
claim(
    "Untrained, none of twenty does as well",
    all(max(control[name]) < sure for name, (_, sure) in found.items()),
)

# %% [markdown]
# The unit for quotation marks. Of what it was not chosen by, this is the piece with the most of them:

# %%
marks = np.convolve([sign == '"' for sign in text[8_000:]], np.ones(192), "valid")
part = slice(8_000 + marks.argmax(), 8_192 + marks.argmax())
values = states[:, found["quotes"][0]]
upright = np.sign(np.corrcoef(values, inside["quotes"])[0, 1]) * values
plots.plot_unit(text[part].replace("\n", " "), upright[part], inside["quotes"][part])
show("""Three lines of the manual, each character shaded by one unit of the GRU. A line under
the text marks what stands inside quotation marks; the shades are mostly darker there.""")

# %% [markdown]
# *Compare shade and line.* It means *quotation*, mostly. Nobody asked for it: who knows that a quotation is open can
# tell the next sign better. For brackets no single unit is as sure. (0.93 and 0.76 with Python 3.11's manual.)

# %% [markdown]
# ## Deeper: three settings, one changed at a time
#
# **Forget bias:** above; everything else alike, but for the rate, it decided whether forty steps are learnt.
#
# **Clipping.** Let $U$ stretch by 1.5 and learn ten steps by plain gradient descent, at most 300 updates. Of the rates
# 0.03, 0.1, 0.3, 1 and 3, 0.3 is the best without clipping, and 1 with a limit of 1 on the gradient's norm:

# %%
clipping = experiments.measured()["clipping"]
free, clipped = clipping["not clipped"], clipping["clipped"]
updates = [np.mean(runs["updates"]) for runs in (free["0.3"], clipped["1.0"])]
claim(
    "Each at its best rate, all of twenty recall all",
    min(free["0.3"]["share"] + clipped["1.0"]["share"]) == 1,
)
claim(
    "Without clipping it takes more than 80 updates, with it fewer than 50",
    updates[0] > 80 and updates[1] < 50,
)
claim(
    "At a rate of 1 without clipping, none recalls even two thirds",
    max(free["1.0"]["share"]) < 2 / 3,
)

# %%
share, losses = experiments.learn_stretched(0, rate=1.0, clip=1.0)
claim("One run with clipping, here and now: it recalls at least 99 %", share >= 0.99)

# %% [markdown]
# Without clipping, steep places throw the weights so far that tanh is flat all round, and nothing brings them back. So
# clipping does not make learning possible here; it makes a rate possible that is three times as large.
#
# **Length of the gradient.** Long texts are cut, and the gradient stops at the cut: **truncated backpropagation**. The
# state goes on. Twenty SimpleRNNs learn to recall over 20 steps, with gradients that go 5, 10 or all 20 steps back,
# each at the rate at which three others learnt it soonest or, where none did, recalled most (0.003, 0.003 and 0.03):

# %%
windows = {
    f"{n} steps back": np.array(runs)
    for n, runs in experiments.measured()["windows"]["shares"].items()
}
plots.plot_shares(windows)
show("""Three rows of twenty dots. With gradients that go all twenty steps back, most networks
recall all. With five or ten steps the dots are spread from guessing to all.""")
perfect = [int(np.sum(runs == 1)) for runs in windows.values()]
claim(
    "Five steps: one of twenty recalls all; ten steps: four; all twenty steps: fifteen",
    perfect == [1, 4, 15],
)

# %% [markdown]
# *Look at the right edge.* Short gradients recall something, too. Perhaps what is learnt about keeping over ten steps
# serves over twenty. Or would an untrained memory do? Then a readout trained on the last states of a layer as it
# starts would recall something. Ten of them, on 2,500 sequences each:

# %%
untrained = [experiments.untrained_recall(seed) for seed in range(10)]
claim("It guesses: less than 0.3 on average", np.mean(untrained) < 0.3)

# %% [markdown]
# ## Deeper: why chapter 09 exists
#
# Two recurrent networks translate: the *encoder* reads, its last state is all that the *decoder* gets, and the decoder
# writes ([@sutskever2014]). Here dates, several in a row: “14dec03may” becomes “12140503”. Trained on one to five dates
# alike, 2,500 updates, with states of 32 or 64 numbers (`recurrence_study days`, about eight minutes):

# %%
lengths = {f"{n} numbers": np.array(runs) for n, runs in experiments.measured()["days"].items()}
plots.plot_lengths(lengths, "dates in the text", "share of dates right")
show("""The share of dates written right, five runs of each width. With 64 numbers: all or nearly
all for one and two dates, 0.87 to 0.99 for three, 0.6 to 0.9 for four and 0.4 to 0.6 for five. With
32 numbers all for one date, but 0.7 to 1 for two and only 0.2 to 0.3 for five.""")
half, whole = lengths["32 numbers"], lengths["64 numbers"]
claim(
    "64 numbers: one date or two, at least 99 % right; five, fewer than 70 %",
    whole[:, :2].min() >= 0.99 and whole[:, 4].max() < 0.7,
)
claim("From two on, in each run, each date more is harder", (np.diff(whole[:, 1:]) < 0).all())
claim("Five: each run with 32 is behind each with 64", half[:, 4].max() < whole[:, 4].min())

# %% [markdown]
# *Read the lines from left to right.* The state has as many numbers however long the text is: a bottleneck, and the
# narrower, the less comes through. (More updates might help as well; here all had the same.) Attention (chapter 09)
# lets the decoder look back at every letter. And there is a second reason why transformers replaced recurrence
# ([@vaswani2017]): step 1,000 must wait for step 999, while attention computes all places at once, in training.

# %% [markdown]
# ## Deeper: if you come from PyTorch
#
# | | Keras, and ours | PyTorch |
# |---|---|---|
# | input | (batch, time, inputs) | (time, batch, inputs), unless `batch_first=True` |
# | weights | kernel (inputs, 4 units) | `weight_ih_l0` (4 units, inputs): transposed |
# | LSTM's blocks | i, f, g, o | i, f, g, o |
# | GRU's blocks | z, r, g | r, z, g (which it calls n) |
# | biases | one (GRU: two rows) | two, `bias_ih` and `bias_hh` |
# | GRU's reset | `reset_after=True`: after the product; False as in the paper | after the product |
# | returns | the last output, or all | all outputs *and* the last state |
# | padding | a mask | `pack_padded_sequence` |
# | starts | $U$ orthogonal, forget bias 1 | all uniform within $1/\sqrt{\text{units}}$: the forget gate starts near ½ |
#
# `course_lib.torch_weights.recurrent` carries trained weights over.

# %% [markdown]
# ## Common misunderstandings
#
# - *"An LSTM remembers for ever."* It keeps what its forget gate keeps: about 0.73 a step at Keras' start.
# - *"A longer sequence needs more parameters."* It needs more time. The weights are the same at each step.
# - *"Clipping cures vanishing gradients."* It can only make gradients smaller.
# - *"SimpleRNNs cannot learn more than ten steps."* With an orthogonal start, three of twenty learnt sixty.
#
# ## What you can do now
#
# - **Unroll:** the same weights at each step; units · (inputs + units + 1) parameters a block (in Keras' GRU + 2).
# - **Trace:** a product of one matrix: it vanishes, or explodes and is clipped.
# - **Choose:** GRU or LSTM, with a bias of the gate that keeps that fits the distance; a mask for padding.
# - **Judge:** bits a character against a well-smoothed table; last value and straight formula for series (*Deeper*).
#
# **Next:** the [exercises](../exercises/08-recurrence.ipynb). Then [chapter 09](09-attention.ipynb), *Attention*, looks
# back at everything.

# %% [markdown]
# ## Sources
#
# [@]

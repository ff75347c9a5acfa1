# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 06 · Normalization
#
# **Why do deep networks train at all?**
#
# Each layer can reuse what the layer before has made, so depth is strength. And yet for a long time networks of many
# layers could hardly be trained. This chapter takes a network of fifty layers, watches it fail in four ways, measures
# each time where it fails, and repairs it twice.
#
# By the end you can
#
# - **Choose** the random numbers that training starts from, and say what happens with others,
# - **Normalize** inputs and layers, and say which numbers share a mean,
# - **Measure** where in a deep network the signal or the gradient is lost,
# - **Repair** a deep network with residual connections and normalization.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: under a minute. You need gradients
# (chapter 04) and Adam (chapter 05).*

# %% [markdown]
# ## Fifty layers that learn nothing
#
# Here are the digits again, as rows of 64 numbers with mean 0 and spread 1. The network is fifty times the same: 64
# neurons, then ReLU. Its weights start as normally distributed numbers of spread 0.05, which is what Keras gives you if
# you ask for `RandomNormal`.

# %%
import numpy as np
from course_lib.data import digits
from course_lib.initializers import normal
from course_lib.layers import Activation, Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.normalization import stack
from course_lib.optimizers import Adam
from course_lib.page import claim, quiet, show
from course_lib.plots import normalization as plots
from course_lib.training import fit

data = digits()
parts = [part.reshape(-1, 64).astype(float) for part in (data.x_train, data.x_val)]
x, x_val = ((part - data.x_train.mean()) / data.x_train.std() for part in parts)
y, y_val = data.y_train, data.y_val

# %% [markdown]
# Five runs of one epoch each:

# %%
loss = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)


def stuck(seed, epsilon=1e-7):
    rng = np.random.default_rng(seed)
    network = Sequential(stack(50, 64, "relu", normal, rng), Dense(64, 10, rng))
    first = network.parameters()[0].copy()
    adam = Adam(0.001, epsilon=epsilon)
    history = fit(network, x, y, loss, adam, epochs=1, batch_size=64, rng=rng)
    return history["loss"][0], np.abs(network.parameters()[0] - first)


losses, moves = zip(*[stuck(seed) for seed in range(5)])
claim("Five times the loss stays at ln 10: guessing", np.allclose(losses, np.log(10), atol=0.02))
claim("Not one of the first layer's weights has changed in any digit", not np.any(moves))

# %% [markdown]
# No error, no warning, and after an epoch of Adam the first layer's weights are *the same to the last digit*. To see
# why, begin with a single neuron.

# %% [markdown]
# ## One layer, by hand
#
# A neuron has two inputs, each +1 or −1 by the toss of a coin, and both weights are 1. Its sum is 2, 0, 0 or −2, equally
# often. The mean of the squares was 1 for each input. For the sum it is (4 + 0 + 0 + 4) / 4 = 2. Had both weights been
# ½, it would be ½.
#
# In general, take $n$ inputs and random weights with mean 0. The products of *different* inputs cancel out on average.
# What is left is $n$ times the same square:
#
# $$E[z^2] = n \cdot \text{Var}(w) \cdot E[x^2]$$
#
# ReLU then silences one half, and half of the squares go with it. So a layer multiplies the mean square by
# $\tfrac12\, n\, \text{Var}(w)$, and its root, the typical size of a number, by the root of that. We call this size
# *rms*, for root of the mean square. For $n = 64$ and a spread of 0.05 the factor is 0.28. That looks harmless.
#
# **Predict, then run:** if each of fifty layers makes the numbers 10 % too small, what is left? And 10 % too large?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
factor = np.sqrt(64 * 0.05**2 / 2)
claim("10 % too small in each layer: half a percent is left", round(0.9**50, 3) == 0.005)
claim("10 % too large: a hundred times too much", 100 < 1.1**50 < 120)
claim("With a factor of 0.28, less than 10⁻²⁷", round(factor, 2) == 0.28 and factor**50 < 1e-27)

# %% [markdown]
# Backward it is the same sum with the roles exchanged. A gradient comes together from all the units that an input
# reaches, so $n$ is then the number of outputs. That is the whole disease: a product of fifty factors. If they are below
# 1, the gradient vanishes (chapter 02). If they are above 1, it grows without bound: the **exploding gradient**.
#
# The cure is to make the factor 1. **Your turn.** Which spread does that, for 64 inputs and ReLU?

# %%
spread = 0.05  # your number
kept = np.sqrt(64 * spread**2 / 2)
print("Right!" if abs(kept - 1) < 0.01 else f"Not yet: the factor is {kept:.2f}.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `spread = np.sqrt(2 / 64)`, which is 0.177.
#
# </details>
#
# The choice of the first random weights is called **initialization**, and $n$ the **fan-in** (backward: fan-out):
#
# | | Var(w) | made for |
# |---|---|---|
# | LeCun ([@lecun1998]) | 1 / fan-in | forward, without ReLU |
# | Glorot, or Xavier (Xavier Glorot and Yoshua Bengio, 2010) | 2 / (fan-in + fan-out) | a compromise of both directions |
# | He ([@he2015]) | 2 / fan-in | ReLU, which halves the squares |
# | orthogonal ([@saxe2013]) | 1 / the larger of fan-in and fan-out | rows or columns of length 1 at right angles: no direction stretched more than another |
#
# The first three are one line each, as our He initialization shows (all are [here](../course_lib/initializers.py)):

# %%
import inspect
from course_lib.initializers import he_normal

print(inspect.getsource(he_normal))

# %% [markdown]
# In Keras they go by the same names. A layer that is not told takes Glorot's (evenly spread instead of normally), also
# under ReLU:

# %%
from course_lib.normalization import RECIPES

with quiet():
    import keras

told = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")
untold = keras.layers.Dense(64, activation="relu")
k = keras.initializers
claim("Told, Keras takes He's", isinstance(told.kernel_initializer, k.HeNormal))
claim("Untold, Glorot's", isinstance(untold.kernel_initializer, k.GlorotUniform))

# %% [markdown]
# Random numbers differ; their spread agrees:

# %%
shape = 300, 500
names = "LeCun", "Glorot", "He", "orthogonal"
twins = k.LecunNormal, k.GlorotNormal, k.HeNormal, k.Orthogonal
ours = np.array([RECIPES[name](shape, np.random.default_rng(0)).std() for name in names])
theirs = np.array([np.std(twin(seed=0)(shape)) for twin in twins])
apart = np.abs(ours / theirs - 1)
claim("300 × 500 weights: our spread and Keras' agree within 2 %", apart.max() < 0.02)
square = np.mean(RECIPES["orthogonal"](shape, np.random.default_rng(0)) ** 2)
claim(
    "The orthogonal ones have a mean square of 1/500, to ten digits", abs(500 * square - 1) < 1e-10
)

# %% [markdown]
# ## Fifty layers
#
# This widget sends random inputs of size 1 forward through the layers, and a gradient of size 1 back:

# %%
from course_lib.widgets import normalization as widgets

widgets.Signal(initialization="too small")

# %% [markdown]
# 1. How much is left of the gradient when it reaches layer 1?
# 2. Which initialization keeps both sizes within a factor of ten for *relu*? Which three do so for *linear*?
# 3. Choose *tanh* and *too large*. The signal looks healthy. What does the gradient say, and why is the histogram
#    piled up at −1 and 1?
#
# <details><summary>Answers</summary>
#
# 1. About 10⁻²⁷. 2. He; LeCun, Glorot and orthogonal. 3. It explodes, and the neurons are saturated.
#
# </details>
#
# Is that why the first layer did not move? It is half of it. Adam divides a gradient by its own typical size
# (chapter 05), so a small one should step as far as a large one. But beside that size in the denominator stands
# ε = 10⁻⁷. A gradient of 10⁻²⁹, as it arrives here, makes a step of 0.001 · 10⁻²⁹ / 10⁻⁷ = 10⁻²⁵. A weight near 0.05 is
# stored to 17 decimals. Take the ε away, and they move:

# %%
losses, moves = zip(*[stuck(seed, epsilon=1e-100) for seed in range(5)])
claim("In each run a weight moves further than five full steps", min(map(np.max, moves)) > 0.005)
claim("The loss stays at ln 10 all the same", np.allclose(losses, np.log(10), atol=0.02))

# %% [markdown]
# In vain: whichever way the first layer turns, forward 10⁻²⁸ of it arrives at the last.
#
# What measured this is one forward and one backward pass, with a note after every layer:

# %%
from course_lib.normalization import layer_statistics

print(inspect.getsource(layer_statistics))

# %% [markdown]
# Ask it about all initializations, with five random networks each:


# %%
def signals(activation, recipe, runs=5):
    measured = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        network = stack(50, 64, activation, recipe, rng)
        dy = rng.standard_normal((100, 64))
        measured.append(layer_statistics(network, x[:100], dy))
    return {key: np.array([one[key] for one in measured]) for key in measured[0]}


measured = {
    f: {name: signals(f, recipe) for name, recipe in RECIPES.items()} for f in ("relu", "tanh")
}

# %%
drawn = {
    f: {name: sizes for name, sizes in runs.items() if name != "zero"}
    for f, runs in measured.items()
}
plots.plot_signals(drawn, {"relu": (1e-31, 1e25), "tanh": (0.03, 30)})
show("""Four panels, for ReLU and tanh the size of the signal and of the gradient over 50 layers,
logarithmic. With ReLU, from 1e-31 to 1e25: too small falls off, too large rises beyond 1e20, He
stays level, the others fall to 1e-8. With tanh, from 0.03 to 30: LeCun and Glorot, which are the
same line, and orthogonal sink to about a tenth; He keeps the signal near 0.5 while its gradient
rises about tenfold; too small leaves the panel, and so does the gradient of too large.""")

# %% [markdown]
# *Look for the lines that stay level* (mind the two scales). With ReLU that is He alone: the others lack the 2 and lose
# half of the squares in each layer. With tanh LeCun, Glorot (the same, where a layer has as many inputs as units) and
# orthogonal shrink alike both ways: its bend takes a little in every layer, and a tenth arrives. He's larger weights
# make up for the bend forward, and overdo it backward. In numbers:


# %%
def arrives(f, recipe):
    sizes = measured[f][recipe]
    return np.array([sizes["forward"][:, -1], sizes["backward"][:, 0]])


small, large, glorot, he = (arrives("relu", n) for n in ("too small", "too large", "Glorot", "He"))
claim("ReLU, too small: gradients of less than 10⁻²⁵ arrive", small[1].max() < 1e-25)
claim("ReLU, too large: of more than 10²⁰", large[1].min() > 1e20)
claim("ReLU, Glorot: the signal vanishes, below 10⁻⁶", glorot[0].max() < 1e-6)
claim("ReLU, He: both arrive, within a factor of 30", he.min() > 1 / 30 and he.max() < 30)

# %% [markdown]
# And with tanh:

# %%
arrived = np.concatenate([arrives("tanh", name) for name in ("LeCun", "Glorot", "orthogonal")])
claim(
    "tanh, these three: between 5 % and 25 % arrive", arrived.min() > 0.05 and arrived.max() < 0.25
)
signal, gradient = arrives("tanh", "too large")
claim(
    "tanh, too large: the signal is fine, the gradient explodes",
    (signal > 0.8).all() and (gradient > 1e7).all(),
)

# %% [markdown]
# ### And zero?
#
# Zeros would at least be neutral, one might think. **Predict, then run:** all kernels start at 0. Which of the network's
# numbers does training change?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
from course_lib.initializers import zeros

rng = np.random.default_rng(0)
network = Sequential(stack(3, 64, "relu", zeros, rng), Dense(64, 10, rng, zeros))
fit(network, x, y, loss, Adam(0.001), epochs=1, batch_size=64, rng=rng)
changed = [p.any() for p in network.parameters()]
claim("Only the last layer's bias has learnt anything", changed == [False] * 7 + [True])

# %% [markdown]
# Every other gradient is a product with a zero in it. A start at any other *equal* number is hardly better: all neurons
# of a layer then compute the same, get the same gradient, and stay the same for ever. Randomness is there to tell them
# apart.

# %% [markdown]
# ## The inputs, too
#
# The calculation began with inputs of size 1. Real data do not come like that. Here are 178 wines of three kinds
# ([@aeberhard1992]), with 13 measured amounts each, in whatever unit the chemists use:

# %%
from sklearn.datasets import load_wine

wine, kind_of_wine = load_wine(return_X_y=True)
low, high = wine.mean(0).min(), wine.mean(0).max()
claim("One amount has a mean of 0.36, another of 747", round(low, 2) == 0.36 and round(high) == 747)


def tell_wines_apart(rate, scaled, seed):
    rng = np.random.default_rng(seed)
    train, test = np.split(rng.permutation(len(wine)), [118])
    mean, std = wine[train].mean(axis=0), wine[train].std(axis=0)
    z = (wine - mean) / std if scaled else wine
    network = Sequential(Dense(13, 16, rng), Activation("tanh"), Dense(16, 3, rng))
    fit(network, z[train], kind_of_wine[train], loss, Adam(rate), 30, 16, rng)
    return np.mean(network.forward(z[test]).argmax(axis=1) == kind_of_wine[test])


# %% [markdown]
# (Mean and spread come from the training part alone: test data must not help.) Ten runs, each with a split of its own,
# at three learning rates without scaling, and at one with it:


# %%
def ten_runs(rate, scaled):
    return np.array([tell_wines_apart(rate, scaled, seed) for seed in range(10)])


right = {f"unscaled, rate {rate:g}": ten_runs(rate, False) for rate in (0.1, 0.01, 0.001)}
right["scaled, rate 0.01"] = ten_runs(0.01, True)
plots.plot_runs(right, "share of unseen wines told right (guessing gives about 0.4)")
show("""The share of unseen wines told right in ten runs each. Without scaling the runs are
scattered from 0.2 to 0.7 at each of three learning rates; with scaling all ten lie near 1.""")

# %%
*unscaled, scaled = right.values()
claim("Scaled, all ten runs tell at least 85 % of unseen wines right", (scaled >= 0.85).all())
best = max(runs.mean() for runs in unscaled)
claim("Unscaled, none of three rates reaches 75 % on average", best < 0.75)

# %% [markdown]
# *Compare the lowest row with the rest.* One input of 747 drives every tanh to its flat end, where no gradient passes. To
# subtract the mean and divide by the spread, feature by feature, is the cheapest repair in this course. In Keras it is a
# layer of the model:

# %%
scaling = keras.layers.Normalization()
scaling.adapt(wine)
by_hand = (wine - wine.mean(axis=0)) / wine.std(axis=0)
claim("Keras scales as we do, within a thousandth", np.abs(scaling(wine) - by_hand).max() < 1e-3)

# %% [markdown]
# ## Normalize inside
#
# Initialization sets the sizes once. From the first step of training the weights move, and nothing holds the sizes any
# more. So **batch normalization** ([@ioffe2015]) scales again and again, *inside* the network, each feature by the mean
# $\mu$ and variance $\sigma^2$ of the batch:
#
# $$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \qquad y = \gamma \hat x + \beta$$
#
# By hand: a feature has the values 1, 1, 3, 3 in a batch. Mean 2, variance 1, so it becomes −1, −1, 1, 1. The learnt
# $\gamma$ and $\beta$ can undo that, or choose another size. $\epsilon$ only keeps a constant feature from being divided
# by 0.
#
# And afterwards, when one example comes alone? Then its batch has no spread. So during training the layer keeps a
# **moving average** of each mean and variance, and uses these once training is over. (`_standardize` is the first
# equation, over the axes that it is given, and `_scale` the second.)

# %%
from course_lib.normalization import BatchNormalization

print(inspect.getsource(BatchNormalization.forward))
print(inspect.getsource(BatchNormalization._remember))

# %% [markdown]
# The averages start at 0 and 1. With a momentum of 0.75, our batch moves the mean to 0.75 · 0 + 0.25 · 2 = 0.5, and
# leaves the variance at 1. So the same 3 is now two different numbers:

# %%
layer = BatchNormalization(1, momentum=0.75, epsilon=2.0**-10)
batch = np.array([[1.0], [1.0], [3.0], [3.0]])
in_training, after = layer.forward(batch, training=True), layer.forward(batch)
claim("In training the 3 becomes 1, within a thousandth", abs(in_training[3, 0] - 1) < 1e-3)
claim("After this one batch it becomes 2.5", abs(after[3, 0] - 2.5) < 2e-3)

# %% [markdown]
# After one batch the memory is young; after hundreds, the two agree. With few steps of training, set a lower momentum
# than Keras' 0.99, or the network will look worse than it is.
#
# Two relatives average over something else: **layer normalization** ([@ba2016]) over all features of *one example*, and
# **RMS normalization** ([@zhang2019]) likewise, but of the squares only, without subtracting a mean:
#
# | | which numbers share a mean | training and afterwards |
# |---|---|---|
# | batch norm | one feature, all examples | differ |
# | layer norm | one example, all features | the same |
# | RMS norm | one example, all features (their squares only) | the same |
#
# **Your turn.** Write layer norm, without γ, β and ε. Each row of x is an example.


# %%
def layer_norm(x):
    return x  # your line


mine = layer_norm(np.array([[0.0, 2.0], [10.0, 30.0]]))
right = np.allclose(mine, [[-1, 1], [-1, 1]])
print("Right!" if right else "Not yet: each of these two rows becomes −1, 1.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)`
#
# </details>
#
# And to see who shares what:

# %%
widgets.Normalize()

# %% [markdown]
# Each row is a strip of eight pixels from a real digit. Click a pixel: the red frame shows which numbers decide with it.
#
# 1. Make the ink of the 7 stronger. Whose numbers change under *batch norm, training*? Under *layer norm*?
# 2. Under *batch norm, training*, lower *examples* to 1. What is left of the 7?
# 3. Double the ink under *layer norm* and under *RMS norm*. What do you see, and why?
#
# <details><summary>Answers</summary>
#
# 1. Those of all rows, where the 7 has ink; those of none. 2. Nothing, all are 0. 3. Nothing: twice the numbers have
# twice the spread.
#
# </details>
#
# All three against Keras, in training and after it:

# %%
from course_lib import normalization as ours

rng = np.random.default_rng(0)
batches = 3 + 2 * rng.standard_normal((4, 8, 5))
for name in ("BatchNormalization", "LayerNormalization", "RMSNormalization"):
    mine = getattr(ours, name)(5, epsilon=2.0**-10)
    twin = getattr(keras.layers, name)(epsilon=2.0**-10, dtype="float64")
    if name == "BatchNormalization":
        mine.momentum = twin.momentum = 0.75
    equal = []
    for batch, training in zip(batches, (True, True, True, False)):
        theirs = twin(batch, training=training) if "Batch" in name else twin(batch)
        equal.append(np.allclose(mine.forward(batch, training), theirs, rtol=1e-10, atol=1e-12))
    claim(f"{name}: ours and Keras' agree to ten digits", all(equal))

# %% [markdown]
# ## What goes wrong
#
# A Keras network with batch normalization learns to read digits, and reads the unseen ones well:

# %%
layers = keras.layers


def hidden():
    return layers.Dense(64), layers.BatchNormalization(), layers.ReLU()


keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((64,)), *hidden(), *hidden(), layers.Dense(10)])
keras_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(0.003), keras_loss)
model.fit(x, y, epochs=15, verbose=0)
good, variance = model.get_weights(), model.layers[1].moving_variance.numpy()
reads = np.mean(model(x_val).numpy().argmax(axis=1) == y_val)
claim("In the laboratory it reads at least 93 % of unseen digits", reads >= 0.93)

# %% [markdown]
# Now it goes into service, where digits come one at a time. The function that reads them was taken over from a
# hand-written training loop:


# %%
def read(pictures):
    return model(pictures, training=True).numpy().argmax(axis=1)


answers = np.concatenate([read(picture[None]) for picture in x_val])
claim("In service it gives the same answer to each of 360 digits", len(set(answers.tolist())) == 1)

# %% [markdown]
# Nothing crashed. **Diagnosis:** does an answer depend on what else is in the batch? Read the same digits again in
# batches of other sizes, and once sorted, so that neighbours show the same digit:

# %%
shrunk = model.layers[1].moving_variance.numpy() / variance


def share_right(size, training, order=slice(None)):
    model.set_weights(good)
    parts = [model(x_val[order][k : k + size], training=training) for k in range(0, 360, size)]
    return np.mean(np.concatenate(parts).argmax(axis=1) == y_val[order])


sizes = [1, 4, 30, 360]
wrong_way = [np.mean(answers == y_val), *(share_right(size, True) for size in sizes[1:])]
by_digit = share_right(30, True, np.argsort(y_val, kind="stable"))
right_way = [share_right(size, False) for size in sizes]

# %%
plots.plot_batch_sizes(sizes, wrong_way, right_way)
show("""The share of digits read right against the number read at once. With the batch's own
statistics it climbs from 0.1 for single digits to 0.97 for 360 at once; with what was learnt in
training it is 0.97 throughout.""")

# %% [markdown]
# *Follow the dashed line to the left.* With `training=True` each digit is measured against its neighbours. Alone, it is
# its own mean, every feature becomes 0, and the picture is gone. Among its equals, just what they have in common is
# subtracted. And there is a second, silent damage: every call in training mode has moved the averages.

# %%
claim("Sorted by digit, fewer than half are read right", by_digit < 0.5)
claim(
    "360 single calls have shrunk the remembered variance to 0.99³⁶⁰: less than 3 %",
    np.allclose(shrunk, 0.99**360, rtol=1e-3) and 0.99**360 < 0.03,
)

# %% [markdown]
# **Cure.** Say `training=False`, the default of `model(x)`, and load the weights from before the service. Then each
# answer is its digit's own:

# %%
model.set_weights(good)
alone = np.concatenate([model(picture[None]) for picture in x_val[:50]])
claim("Alone or in company: the same outputs", np.allclose(alone, model(x_val)[:50], atol=1e-4))
differ = max(right_way) - min(right_way)
claim("So the share read right is the same, however many come at once", differ <= 1 / 360)

# %% [markdown]
# ## A way around
#
# Back to fifty layers. In 2015 Kaiming He and others saw that a plain network of 56 layers had a higher *training* error
# than one of 20 ([@he2016]). It could have copied the shallow one and let the other layers do nothing. But doing nothing
# is hard to learn for a layer that starts at random. Their **residual connection** makes it the starting point: a
# block only computes what is to be *added*.
#
# $$y = x + f(x) \qquad \frac{dy}{dx} = 1 + f'(x)$$
#
# By hand: ten layers of slope ½ leave $(\tfrac12)^{10} \approx 0.001$ of a gradient. Ten blocks whose $f$ has slopes of
# +½ and −½ in turn leave $(\tfrac32 \cdot \tfrac12)^5 \approx 0.24$. The 1 gives the gradient a road past every block.

# %%
from course_lib.layers import Residual

print(inspect.getsource(Residual))
left = round(0.5**10, 3), round((1.5 * 0.5) ** 5, 2)
claim("Ten slopes of ½ leave 0.001, the ten blocks 0.24", left == (0.001, 0.24))

# %% [markdown]
# So $f$ decides. Fifty blocks of skips, whose $f$ keeps the size of $x$, make $2^{50}$ of a mean square of 1: each block
# adds as much as there was. There are two ways to hold that. A normalization inside of $f$ gives it size 1, whatever
# $x$ has become. Or the first weights of $f$ are made smaller, here by $\sqrt{50}$: then fifty blocks make
# $(1 + \frac1{50})^{50} \approx 2.7$ ([@de2020]).
#
# Now five networks from these ingredients. The order inside a block, normalize, activate, multiply, is that of
# [@he2016b], who trained 1,001 layers with it:


# %%
def small(shape, rng):
    return he_normal(shape, rng) / np.sqrt(50)


def one_block(rng, norm, skip, first):
    parts = [Activation("relu"), Dense(64, 64, rng, first)]
    if norm:
        parts = [BatchNormalization(64, momentum=0.9, epsilon=2.0**-10), *parts]
    return Residual(Sequential(*parts)) if skip else Sequential(*parts)


# %% [markdown]
# Which of them has what:

# %%
KINDS = {
    "plain, He": (False, False, he_normal),
    "with norm": (True, False, he_normal),
    "with skips": (False, True, he_normal),
    "norm + skips": (True, True, he_normal),
    "small skips": (False, True, small),
}


def blocks(kind, seed, depth=50):
    rng = np.random.default_rng(seed)
    return Sequential(*[one_block(rng, *KINDS[kind]) for _ in range(depth)])


# %% [markdown]
# The last two in Keras, with our weights. (Of your own you would ask a small skip's layer for
# `kernel_initializer=keras.initializers.VarianceScaling(2 / 50)`.)


# %%
def in_keras(tower):
    h = inputs = keras.Input((64,), dtype="float64")
    for block in tower.layers:
        *norm, _, _ = block.layers[0].layers
        f = layers.BatchNormalization(epsilon=2.0**-10, dtype="float64")(h) if norm else h
        f = layers.Dense(64, dtype="float64")(layers.ReLU(dtype="float64")(f))
        h = layers.Add(dtype="float64")([h, f])
    return keras.Model(inputs, h)


def weights_of(layer):
    moving = [getattr(layer, name) for name in layer.state]
    return [*layer.parameters(), *moving]


# %%
for kind in ("norm + skips", "small skips"):
    tower = blocks(kind, seed=0)
    tower.forward(x[:64], training=True)
    twin = in_keras(tower)
    parts = [part for block in tower.layers for part in block.layers[0].layers]
    twin.set_weights([array for part in parts for array in weights_of(part)])
    same = np.allclose(tower.forward(x[:64]), twin(x[:64]), rtol=1e-8, atol=1e-8)
    claim(f"Fifty blocks of {kind}: ours and Keras' agree to eight digits", same)

# %% [markdown]
# Before training, measure: the signal forward, the gradient backward, and one thing more, how *alike* the outputs for
# different digits are (the mean cosine between two of them: 1 if all point the same way).


# %%
def diagnosed(kind, runs=5):
    dy = np.random.default_rng(0).standard_normal((100, 64))
    found = [layer_statistics(blocks(kind, seed), x[:100], dy) for seed in range(runs)]
    return {key: np.array([one[key] for one in found]) for key in found[0]}


found = {kind: diagnosed(kind) for kind in KINDS}
plots.plot_diagnosis(found)
show("""Three panels over fifty blocks for five networks. Signal: only with full skips alone it
explodes, to ten million. Likeness: plain and with full skips it rises to nearly 1; in the three
others it stays below 0.7. Gradient: with norm alone and with full skips alone it explodes backward;
in the others it stays within bounds.""")


# %%
plain, norm, skips, both, little = found.values()
likeness, signal = plain["likeness"][:, -1], skips["forward"][:, -1]
claim("Plain: at the end all digits look alike, likeness above 0.9", likeness.min() > 0.9)
off = np.abs(np.log10(signal / np.sqrt(2.0**50)))
claim("With skips alone: the signal grows to √2⁵⁰, within a factor of ten", off.max() < 1)
off = np.abs(np.log10(little["forward"][:, -1] / np.sqrt(1.02**50)))
claim("Small skips: to √1.02⁵⁰, within a factor of two", off.max() < np.log10(2))
for name, cured, most in (("norm + skips", both, 100), ("small skips", little, 3)):
    gradient = cured["backward"][:, 0].max()
    claim(f"{name}: likeness below 0.8", cured["likeness"][:, -1].max() < 0.8)
    claim(f"{name}: the gradient grows less than {most}-fold", gradient < most)

# %% [markdown]
# *Go through the panels and find each network's fault.* Three have one:
#
# - *Plain:* both sizes are kept, but ReLU passes only positive numbers. Fifty of them have pushed all digits into the
#   same corner, where nothing tells them apart.
# - *With norm:* taking the mean off keeps the digits apart. To bring what is left back to size 1, each layer enlarges it by
#   1.21, and the gradient with it ([@yang2019]). Forward that replaces what was taken off. Backward, nothing was.
# - *With skips:* the mean square doubles, fifty times.
# - *Norm + skips:* each $f(x)$ has size 1. So the squares add up instead of doubling, to a size of $\sqrt{51} \approx 7$,
#   and the deeper a block, the smaller its share.
# - *Small skips:* every share is small from the start.

# %%
off = np.abs(np.log10(norm["backward"][:, 0] / 1.21**50))
claim("With norm: the gradient comes to 1.21⁵⁰, within a factor of three", off.max() < np.log10(3))
end = both["forward"][:, -1]
claim("Norm + skips: a signal near √51", abs(end - np.sqrt(51)).max() < 1.5)

# %% [markdown]
# Three epochs, five runs each, every kind at the best of nine learning rates for it, from 0.0001 to 0.1 (*Deeper* has
# the neighbours):


# %%
RATES = dict(zip(KINDS, (0.001, 0.02, 0.002, 0.005, 0.001)))


def trained(kind, seed, rate=None, depth=50, epochs=3):
    rng = np.random.default_rng(100 + seed)
    norm = [BatchNormalization(64, momentum=0.9)] if KINDS[kind][0] else []
    network = Sequential(blocks(kind, seed, depth), *norm, Activation("relu"), Dense(64, 10, rng))
    history = fit(network, x, y, loss, Adam(rate or RATES[kind]), epochs, batch_size=128, rng=rng)
    return history["loss"], np.mean(network.forward(x_val).argmax(axis=1) == y_val)


runs = {kind: [trained(kind, seed) for seed in range(5)] for kind in KINDS}
reads = {kind: [share for _, share in of] for kind, of in runs.items()}

# %% [markdown]
# **Predict, then run:** which of the five will read digits?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
histories = {kind: np.array([history for history, _ in of]) for kind, of in runs.items()}
plots.plot_trainings(histories, guessing=np.log(10))
show("""The loss over three epochs, five runs for each of five networks of fifty layers. Plain falls
slowly from 2.3 to about 2.1, with norm and with skips it stays at guessing or above, with norm and
skips and with small skips it falls below 0.5 in all five runs.""")

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
claim(
    "Norm + skips: every run reads at least 80 % of unseen digits",
    min(reads["norm + skips"]) >= 0.8,
)
claim("Small skips, without any norm: so does every run", min(reads["small skips"]) >= 0.8)
failed = reads["plain, He"] + reads["with norm"] + reads["with skips"]
claim("Of the three others none reads half of them", max(failed) < 0.5)

# %% [markdown]
# So it is not norm, and not the skip: it is a road around every block, *and* blocks that begin close to doing nothing.

# %% [markdown]
# ## Deeper: only a matter of rate, or of patience?
#
# Two objections. Perhaps the three that failed only need another rate. Here are a third and three times of theirs:

# %%
others = [
    trained(kind, seed, rate * RATES[kind])[1]
    for kind in ("plain, He", "with norm", "with skips")
    for rate in (1 / 3, 3)
    for seed in range(2)
]
claim("None of these reads half of the digits, either", max(others) < 0.5)

# %% [markdown]
# Or they need more time. **Predict, then run:** the plain network gets seven times as many epochs, at the rate that is
# best for so many. Does it still guess?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
patient = [trained("plain, He", seed, rate=0.0003, epochs=20)[1] for seed in range(2)]
claim("No: it reads more than 40 % of them", min(patient) > 0.4)
claim("but fewer than small skips after three", max(patient) < min(reads["small skips"]))

# %% [markdown]
# So a plain network of fifty layers can be trained; it costs far more. What He and others saw was its *training* loss, and
# that is here, too:

# %%
shallow = [trained("plain, He", seed, 0.002, depth=2)[0][-1] for seed in range(5)]
claim(
    "Every plain one has a higher training loss than a plain one of two layers",
    min(history[-1] for history, _ in runs["plain, He"]) > max(shallow),
)

# %% [markdown]
# The deep plain network is worse even on what it learns from. That is no overfitting (chapter 11). Its good weights exist,
# but training hardly finds them. *Exists* and *is found* are still two things.
#
# And is depth any good here? Two plain layers may have twenty epochs and still compute less than fifty layers in three:

# %%
two = [trained("plain, He", seed, 0.002, depth=2, epochs=20)[1] for seed in range(5)]
claim("Two plain layers read more than 93 %, and for less", min(two) > 0.93)
repaired = max(np.mean(reads[kind]) for kind in ("norm + skips", "small skips"))
claim("On average more than either of the repaired ones", np.mean(two) > repaired)

# %% [markdown]
# ## Deeper: which norm when?
#
# | | used where | because |
# |---|---|---|
# | batch norm | convolutions on pictures, in batches of 16 or more ([@he2016]) | free once training is over: it is folded into the layer before (exercise 6) |
# | group norm ([@wu2018]): one example, some of the features | pictures in small batches | a mean of two examples is mostly noise |
# | layer norm | sequences and transformers ([@vaswani2017]) | lengths differ, and an example alone must come out the same |
# | RMS norm | large language models ([@touvron2023]) | one sum and one subtraction less |
#
# How noisy is a small batch? Batches from one and the same distribution, of 2, 8 and 32 examples:

# %%
rng = np.random.default_rng(0)
noise = {n: rng.standard_normal((10_000, n)).mean(axis=1).std() for n in (2, 8, 32)}
claim("The mean of 2 is off by 0.7 of a spread", round(noise[2], 1) == 0.7)
claim(
    "that of 8 by half as much, that of 32 by a quarter",
    np.allclose([noise[2] / noise[8], noise[2] / noise[32]], [2, 4], rtol=0.05),
)

# %% [markdown]
# ## Deeper: back through a norm
#
# A norm's backward pass has a trap. An $x_n$ acts on its own $\hat x_n$, and through $\mu$ and $\sigma$ on all the
# others as well. Let $\sigma$ stand for the whole root, $N$ for the numbers that share it, and $d_m$ for the gradient in
# $\hat x_m$ (that is $\gamma$ times the one in $y_m$). If $x_n$ grows a little, three things happen, and they add up
# (chapter 04):
#
# - *directly*, $\hat x_n$ grows by $1/\sigma$: this brings $d_n / \sigma$;
# - the *mean* grows by $1/N$, so every $\hat x_m$ falls by $\frac1{N\sigma}$: together $-\bar d / \sigma$;
# - the *root* grows by $\hat x_n / N$, which takes $\hat x_m / \sigma$ times that from every $\hat x_m$: together
#   $-\hat x_n \, \overline{d \hat x} / \sigma$.
#
# $$\frac{\partial L}{\partial x_n} = \frac{1}{\sigma} \left( d_n - \bar d - \hat x_n \, \overline{d \hat x} \right)$$
#
# The bars are means over the $N$ numbers. In code it is one line, for batch norm and layer norm alike:

# %%
from course_lib.normalization import _standardize_backward

print(inspect.getsource(_standardize_backward))

# %% [markdown]
# By hand, with 1, 1, 3, 3 again, so $\hat x$ = −1, −1, 1, 1 and σ = 1. Let the gradient be 1 for the first and 0 for the
# others. Then $\bar d = \frac14$ and $\overline{d \hat x} = -\frac14$, and what comes back is ½, −½, 0, 0:

# %%
x_hat, d = np.array([[-1.0], [-1.0], [1.0], [1.0]]), np.array([[1.0], [0.0], [0.0], [0.0]])
back = _standardize_backward(d, x_hat, 1.0, 0)
claim("½, −½, 0, 0", back[:, 0].tolist() == [0.5, -0.5, 0, 0])
claim("All four add up to 0", back.sum() == 0)
claim("and so do their products with x̂", (back * x_hat).sum() == 0)

# %% [markdown]
# Always 0, both: to shift or to stretch all the inputs together changes nothing, because the norm undoes it. So there is
# nothing to learn in these two directions, and the gradient has no part in them. A whole layer, against brute force and
# against Keras:

# %%
from course_lib.backend_gradients import value_and_gradients
from course_lib.gradients import numeric_gradient

layer, weight = BatchNormalization(5, epsilon=2.0**-10), rng.standard_normal((8, 5))
layer.forward(batches[0], training=True)
back = layer.backward(weight)
twin = keras.layers.BatchNormalization(epsilon=2.0**-10, dtype="float64")
batch = batches[0].copy()
brute = numeric_gradient(lambda: np.sum(weight * layer.forward(batch, training=True)), batch)
_, [theirs] = value_and_gradients(
    lambda v: keras.ops.sum(weight * twin(v, training=True)), batches[0]
)
claim("Brute force finds the same, to six digits", np.allclose(back, brute, rtol=1e-6, atol=1e-8))
claim("Keras finds the same, to ten", np.allclose(back, theirs, rtol=1e-10, atol=1e-12))

# %% [markdown]
# **Your turn.** RMS norm takes no mean off. Which piece of the formula goes?


# %%
def rms_backward(d, x_hat, rms):
    return d / rms  # your line


layer, row = ours.RMSNormalization(3), np.array([[1.0, 2.0, 3.0]])
x_hat, rms = layer.forward(row), np.sqrt(14 / 3)
mine, wanted = rms_backward(row[:, ::-1], x_hat, rms), layer.backward(row[:, ::-1])
print("Right!" if np.allclose(mine, wanted, atol=1e-5) else "Not yet: the stretch is still undone.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return (d - x_hat * np.mean(d * x_hat, axis=-1, keepdims=True)) / rms`
#
# </details>

# %% [markdown]
# ## Common misunderstandings
#
# - *"A good initialization is enough."* It sets the sizes at the start. The plain network above had the best one.
# - *"Without a norm, deep networks cannot be trained."* Fifty small skips were. What counts is how a block begins.
# - *"Batch norm helps because it keeps the distribution of each layer's inputs stable."* So it was introduced. Put to the
#   test, that stability explains little ([@santurkar2018]); what it changes is how smooth the loss is.
# - *"Normalized means mean 0 and variance 1."* Only before $\gamma$ and $\beta$, which the network learns.
# - *"More layers are always better."* In *Deeper*, two beat fifty. Depth costs, and pays only where the task needs it.

# %% [markdown]
# ## What you can do now
#
# - **Choose:** variance 2 / fan-in for ReLU, 1 / fan-in (or Glorot) for tanh, never all equal. Factors multiply with depth.
# - **Normalize:** inputs by the training part; layers over the batch (then mind `training=`) or over the example.
# - **Measure:** size forward, likeness, size backward, layer by layer, before you train.
# - **Repair:** $y = x + f(x)$, where $f$ begins small: by a normalization inside it, or by small first weights. With a full
#   skip alone or a norm alone, three epochs taught fifty layers next to nothing.
#
# **Next:** the [exercises](../exercises/06-normalization.ipynb). Then [chapter 07, *Convolution*](07-convolution.ipynb), asks
# how a network sees.

# %% [markdown]
# ## Sources
#
# [@]

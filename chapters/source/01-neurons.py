# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 01 · Neurons
#
# **What does one neuron compute, and what can it not?**
#
# The network that read your digits was made of thousands of small parts, all alike. This chapter takes one of them in
# the hand, turns it around, lets it learn, finds its limit, and joins a few to go beyond it.
#
# By the end you can
#
# - **Compute** a neuron's output by hand, and say what each weight and the bias mean,
# - **Train** a perceptron, and tell beforehand whether it can succeed,
# - **Follow** values through a network, layer by layer, and count its parameters,
# - **Explain** what a hidden layer adds, what depth adds, and what neither promises.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about half a minute. You need to know
# a straight line's equation.*

# %% [markdown]
# ## A borrowed idea
#
# A nerve cell collects signals from other cells. Each signal arrives over a contact that may be strong or weak, and may
# urge the cell on or hold it back. If enough comes together, the cell fires and passes a signal on. In 1943 Warren
# McCulloch and Walter Pitts turned this into arithmetic ([@mcculloch1943]).

# %%
import numpy as np
from course_lib.page import claim, quiet, show
from course_lib.plots import neurons as plots

# %% [markdown]
# Their idea, in today's form, beside what it was taken from:

# %%
plots.plot_two_neurons()
show("""Left, a nerve cell: signals arrive over synapses, dendrites collect them, the cell body adds
them up, the axon carries a spike to other cells. Right, an artificial neuron: three inputs times
weights, a sum with a bias, an activation curve, one output.""")

# %% [markdown]
# *Find for each part on the left its counterpart on the right.* The likeness goes a little further:
#
# | | nerve cell | artificial neuron |
# |---|---|---|
# | signal | spikes: all or nothing, and *when* they come matters | one number |
# | connection | a synapse, changed by chemistry | a weight: one number |
# | threshold | fires when enough has come together | activation: a curve such as the sigmoid |
# | learning | mostly from what happens locally; not settled ([@lillicrap2020]) | all weights follow one measured error |
# | speed | milliseconds ([@beniaguev2021]); energy for perhaps 1 % of the cortex to be very active at once ([@lennie2003]) | one answer takes a laptop microseconds, a million at once less than a second (checked below) |
# | power | about 20 W for the whole brain ([@levy2021]) | a telephone's chip or a data centre |
# | number | 86 billion in a human brain ([@azevedo2009]) | as many as you can pay for |
#
# A nerve cell is no simple thing, either: imitating *one* of the cortex took an artificial network of five to eight
# layers ([@beniaguev2021]). The name "neuron" is a souvenir of where the idea came from.

# %% [markdown]
# ## One neuron, by hand
#
# A **neuron** multiplies each input by a **weight**, adds the products and a **bias**, and puts the sum through an
# **activation function**. Do it once with a pencil. Inputs 0.5, −0.3 and 0.7; weights 0.8, 1.2 and −0.5; bias 0.1:
#
# | input | × weight | = term |
# |---:|---:|---:|
# | 0.5 | 0.8 | 0.40 |
# | −0.3 | 1.2 | −0.36 |
# | 0.7 | −0.5 | −0.35 |
# | | bias | 0.10 |
# | | **sum:** | −0.21 |
#
# The activation here is the **sigmoid**, $\sigma(z) = 1 / (1 + e^{-z})$, which presses any number into the range from 0
# to 1. It makes 0.4477 of −0.21. All of it in one line:
#
# $$y = f(w_1 x_1 + w_2 x_2 + \dots + w_n x_n + b) = f(\mathbf{w} \cdot \mathbf{x} + b)$$
#
# The function that this course uses for it *is* that line, once the shapes fit and all numbers are floats:

# %%
import inspect
from course_lib.neurons import neuron

print(inspect.getsource(neuron))

# %% [markdown]
# With the numbers from the table it gives what the pencil gave:

# %%
x, w, b = np.array([0.5, -0.3, 0.7]), np.array([0.8, 1.2, -0.5]), 0.1
claim("The terms are 0.40, −0.36 and −0.35", np.allclose(w * x, [0.40, -0.36, -0.35]))
claim("Their sum with the bias is −0.21", np.isclose((w * x).sum() + b, -0.21))
claim("The neuron's output is 0.4477, to four digits", round(float(neuron(x, w, b)), 4) == 0.4477)

# %% [markdown]
# The same function takes many examples at once, one row each:

# %%
import time

million = np.random.default_rng(0).uniform(-1, 1, (1_000_000, 3))
start = time.perf_counter()
neuron(million, w, b)
seconds = time.perf_counter() - start
claim("This machine computes a million answers of a neuron within a second", seconds < 1)
start = time.perf_counter()
for row in million[:1000]:
    neuron(row, w, b)
alone = (time.perf_counter() - start) / 1000
claim("One by one, each takes less than a millisecond", alone < 1e-3)

# %% [markdown]
# A weight says *how much this input counts, and in which direction*. The bias says *how easily the neuron is moved*: it
# is what is left when all inputs are 0. The place where the sum is exactly 0 is a straight line if there are two inputs
# (a plane if there are three). There the neuron changes its mind: it is its **decision boundary**.

# %%
from course_lib.widgets import neurons as widgets

widgets.Neuron()

# %% [markdown]
# Find out (the red point is the example: drag it, or use the arrow keys):
#
# 1. Change only the bias. What does the line do: turn, or shift? And when you change only $w_1$?
# 2. Move $x_3$. The line in the picture moves although no weight has changed. Why does $x_3$ act like a bias here?
# 3. Halve all three weights and the bias. The line stays where it was. What does change?
#
# <details><summary>Answers</summary>
#
# 1. The bias shifts it, $w_1$ turns it.
# 2. In the picture $w_3 x_3 + b$ is one constant.
# 3. The sum is halved, so the output moves towards 0.5: the neuron is less certain, about the same line.
#
# </details>

# %% [markdown]
# ## The same neuron in Keras
#
# Keras calls a set of neurons that all see the same inputs a *dense layer*. With one unit it is one neuron. Give it our
# weights, and the two must agree. We ask for numbers of 64 bits, so that "agree" can mean twelve digits:

# %%
with quiet():
    import keras

twin = keras.layers.Dense(1, activation="sigmoid", dtype="float64")
twin.build((None, 3))
twin.set_weights([w[:, None], np.array([b])])

# %%
claim(
    "Keras' neuron and ours agree to twelve digits",
    np.allclose(twin(x[None])[0, 0], neuron(x, w, b), rtol=1e-12),
)

# %% [markdown]
# ## A neuron that learns
#
# In 1943 nothing was learnt. A unit of McCulloch and Pitts adds up its inputs, all of the same weight, and says 1 if
# the sum reaches a threshold that somebody has chosen. What it can say are *gates*: answers to two truth values. AND is
# 1 if both are, OR if at least one is.

# %%
from course_lib.neurons import GATES, INPUTS

total = INPUTS.sum(axis=1)
claim("With the threshold 2 the unit is AND", ((total >= 2) == GATES["AND"]).all())
claim("With the threshold 1 it is OR", ((total >= 1) == GATES["OR"]).all())

# %% [markdown]
# Frank Rosenblatt's **perceptron** finds its weights itself ([@rosenblatt1958]). Its activation is a plain step: it says
# 1 if the sum is at least 0, else 0. It looks at one example at a time, and
#
# - if its answer is right, nothing happens;
# - if it said 0 and 1 was wanted, the inputs are *added* to the weights, and 1 to the bias;
# - if it said 1 and 0 was wanted, they are *subtracted*.
#
# All three cases are one line. The error $y - \hat y$ is 0, 1 or −1 (with a **learning rate** $\eta$ for the size of the
# step, here 1):
#
# $$\mathbf{w} \leftarrow \mathbf{w} + \eta\,(y - \hat y)\,\mathbf{x} \qquad b \leftarrow b + \eta\,(y - \hat y)$$
#
# By hand, once. All weights are 0, so for the inputs (0, 0) the sum is 0 and the perceptron says 1. If 0 was wanted, the
# error is −1: the weights stay 0, and the bias becomes −1. Next time it will say 0 here.
#
# **Your turn.** Write the rule. What are weights and bias after one look at one example?


# %%
def look(w, b, x, error):
    """The weights and the bias after a look at x; ``error`` is y - y_pred, the rate is 1."""
    return w, b  # your line


w_new, b_new = look(np.array([0.0, 2.0]), -1.0, np.array([1.0, 1.0]), error=-1)
right = np.array_equal(w_new, [-1, 1]) and b_new == -2
print("Right!" if right else "Not yet: 0 was wanted, so all three fall by 1.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return w + error * x, b + error`
#
# </details>
#
# The course's own loop does the same, and writes down each look:

# %%
from course_lib.neurons import perceptron_updates

source = inspect.getsource(perceptron_updates)
print(source[source.index("    w, b, updates =") :])

# %% [markdown]
# Besides AND and OR there is a third gate: **exclusive or** (XOR) is 1 if exactly one of the two is.

# %%
widgets.Perceptron("AND", look=11)

# %% [markdown]
# Press *Play*, or move *looks* by hand:
#
# 1. The ring marks the example it is looking at. When does the line move, and when not?
# 2. From which round on does AND make no more mistakes? And OR?
# 3. Now choose XOR. What is different?
#
# <details><summary>Answers</summary>
#
# 1. It moves after a mistake, and only then. 2. AND from the sixth, OR from the fourth. 3. It never stops.
#
# </details>
#
# The same without the widget, twelve rounds each:

# %%
from course_lib.neurons import mistakes_per_round

updates = {gate: perceptron_updates(INPUTS, y, epochs=12) for gate, y in GATES.items()}
mistakes = {gate: mistakes_per_round(updates[gate], y) for gate, y in GATES.items()}
plots.plot_mistakes(mistakes)
show("""Mistakes in each of twelve rounds. OR has none from the fourth round on, AND none from the
sixth. XOR reaches four mistakes in four looks and stays there.""")

# %%
claim("The perceptron learns OR: no mistakes from round 4 on", mistakes["OR"][3:].sum() == 0)
claim("It learns AND: no mistakes from round 6 on", mistakes["AND"][5:].sum() == 0)
claim("It does not learn XOR: mistakes in every round", (mistakes["XOR"] > 0).all())

# %% [markdown]
# ## What goes wrong, and why
#
# Perhaps twelve rounds are too few? **Predict, then run:** will a thousand rounds do?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
many = perceptron_updates(INPUTS, GATES["XOR"], epochs=1000)
claim(
    "In round 1,000 of XOR, all four looks are mistakes",
    mistakes_per_round(many, GATES["XOR"])[-1] == 4,
)

# %% [markdown]
# Look at where the lines ended up after twelve. (All sums are whole numbers, so "at least 0" is "above −½", and there we
# draw the line: no point lies on it.)

# %%
lines = {gate: (us[-1].w, us[-1].b + 0.5) for gate, us in updates.items()}
plots.plot_lines(INPUTS, GATES, lines)
show("""Three squares with the four pairs of truth values. For AND and OR a line separates the ones
from the zeros. For XOR the ones lie on one diagonal, the zeros on the other, and the line has both
kinds on one side.""")

# %% [markdown]
# *Take a pencil and try it on the right panel.* There is no straight line with the ones
# on one side, so a thousand rounds cannot help. Four short lines of arithmetic prove it. If one neuron could do XOR, then
#
# 1. for (0, 0) it must say 0: $\;b < 0$
# 2. for (1, 0) it must say 1: $\;w_1 + b \ge 0$
# 3. for (0, 1) it must say 1: $\;w_2 + b \ge 0$
# 4. Add 2 and 3: $\;w_1 + w_2 + 2b \ge 0$, so $\;w_1 + w_2 + b \ge -b > 0$ by line 1. It says 1 for (1, 1). But 0 is wanted.
#
# Two classes that a straight line can part are called **linearly separable**. For those the perceptron always succeeds
# in the end ([@block1962]; the short proof that everybody teaches is Albert Novikoff's, a report of 1963). For all
# others it never stops making mistakes. What that excludes, Marvin Minsky and Seymour Papert worked out ([@minsky1969]).

# %% [markdown]
# ## Two layers, by hand
#
# The cure is in the definition. "Exactly one" means *at least one, but not both*: OR, but not AND. One neuron can do OR,
# another AND, and a third can put them together. With step activations:
#
# $$h_1 = \text{step}(x_1 + x_2 - 0.5) \qquad h_2 = \text{step}(x_1 + x_2 - 1.5) \qquad y = \text{step}(h_1 - h_2 - 0.5)$$
#
# $h_1$ and $h_2$ are a **hidden layer**: nobody outside sees their values, and no example says what they ought to be. To
# compute it for all four pairs at once, write one neuron's weights into each *column* of a matrix. A layer is then one
# product, and a network is layer after layer (`dense` is $f(XW + \mathbf{b})$):

# %%
from course_lib.activations import step
from course_lib.neurons import forward

print(inspect.getsource(forward))

# %% [markdown]
# Give it the weights of the three formulas:

# %%
by_hand = [
    (np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([-0.5, -1.5]), step),
    (np.array([[1.0], [-1.0]]), np.array([-0.5]), step),
]
inputs, hidden, output = forward(INPUTS, by_hand)
claim(
    "The hidden neurons say OR and AND",
    (hidden == np.stack([GATES["OR"], GATES["AND"]], axis=1)).all(),
)
claim("The output is XOR, four times out of four", (output[:, 0] == GATES["XOR"]).all())

# %% [markdown]
# Each pair $(x_1, x_2)$ has become a pair $(h_1, h_2)$, and *there* a line is enough:

# %%
plots.plot_moved(INPUTS, hidden, GATES["XOR"], by_hand[1])
show("""Left, the four points of XOR: no line separates them. Right, after the hidden layer: both
ones have moved to the same place, and a line separates them from the zeros.""")

# %% [markdown]
# *Follow the two ones (blue circles) from left to right.* Both land on (1, 0). The hidden layer has not drawn a
# cleverer line. It has *moved the points*, so that a plain line will do. That sentence describes every network in this course.
#
# Watch it move them. Here are clouds in place of the four points, and tanh in place of the step. Move *steps done* and
# drag points; then choose other points:

# %%
widgets.MovingPoints(data="spirals", step=2)

# %% [markdown]
# 1. Which steps keep straight lines straight, and which bend them?
# 2. *XOR*, one step done: where has the whole plane gone? Drag an orange point into the blue stripe on the left. Where is
#    it on the right?
# 3. *Ring*: this network never puts all points on their side. Why can no bending help here?
#
# <details><summary>Answers</summary>
#
# 1. Multiply and add keeps them straight; the activation bends them.
# 2. Both neurons have the same weights, so the plane has been pressed onto one line: blue lies in its middle. The point
#    ends on the blue side of the last line.
# 3. A sheet that is turned, stretched and bent, but not torn, keeps what is inside inside. A third neuron in the layer
#    gives room to lift the middle out.
#
# </details>

# %%
from course_lib.experiments import neurons as experiments

x, y, layers = experiments.tangled("ring")
with_three = experiments.trained_layers(x, y, (3,))
right = [((forward(x, some)[-1][:, 0] > 0) == y).mean() for some in (layers, with_three)]
claim(
    "Three neurons in one hidden layer part the ring; two in each of two do not",
    right[0] < right[1] == 1,
)

# %% [markdown]
# ## From step to smooth
#
# The perceptron's rule corrects one layer. Which way should a *hidden* weight move? With a step nobody can tell: change
# it a little, and nearly always nothing changes. With a smooth curve in its place, a small change of a weight makes a
# small change of the output, and that says which way to go:

# %%
from course_lib.activations import sigmoid


def output_with(nudge, activation):
    """The output for the inputs (1, 1), with the first hidden weight changed by ``nudge``."""
    kernel, bias, _ = by_hand[0]
    first = kernel + np.array([[nudge, 0.0], [0.0, 0.0]]), bias, activation
    return forward(INPUTS[3:], [first, (*by_hand[1][:2], activation)])[-1].item()


nudges = np.linspace(-0.1, 0.1, 5)
claim("With steps, no small change does anything", len({output_with(n, step) for n in nudges}) == 1)
smooth = [output_with(n, sigmoid) for n in nudges]
claim("With sigmoids, each larger weight gives a larger output", (np.diff(smooth) > 0).all())

# %% [markdown]
# ## Two layers, trained
#
# Let Keras find such weights. How it does that fills the next five chapters; here we only watch. Ten runs from different
# random weights with two hidden neurons, then ten with eight:


# %%
def trained(hidden_neurons, seed):
    keras.utils.set_random_seed(seed)
    hidden = keras.layers.Dense(hidden_neurons, activation="tanh")
    output = keras.layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.Input((2,)), hidden, output])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
    x, y = np.tile(INPUTS, (200, 1)), np.tile(GATES["XOR"], 200)
    model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    return model


# %% [markdown]
# (`np.tile` shows the four examples 200 times. The *loss* is a number for how wrong the answers are; chapter 03 is about it.)

# %%
models = {n: [trained(n, seed) for seed in range(10)] for n in (2, 8)}
loss, wanted = keras.losses.BinaryCrossentropy(), GATES["XOR"][:, None]
few, plenty = (np.array([loss(wanted, model(INPUTS)) for model in models[n]]) for n in (2, 8))
losses = {"2 hidden neurons": few, "8 hidden neurons": plenty}

# %% [markdown]
# Every dot is one run:

# %%
plots.plot_losses(losses)
show("""The loss after training for ten runs each. With two hidden neurons the runs fall into two
groups, near 0 and near 0.35. With eight, all ten are near 0.""")

# %%
claim("With two hidden neurons, some runs succeed and some get stuck", 1 <= (few < 0.1).sum() <= 9)
claim("With eight, all ten succeed", (plenty < 0.1).all())

# %% [markdown]
# Two hidden neurons are *enough*: you have written the weights yourself. But training starts from random weights and can
# get stuck. With more neurons there are more ways to succeed. Keep the two questions apart: *can* a network do it, and
# will training *find* it? What one of the large ones has learnt, over the whole square:

# %%
plots.plot_surface(INPUTS, GATES["XOR"], lambda x: models[8][0](x).numpy())
show("""The network's output over the square, with a bent boundary: both ones lie on the side where
the output is above one half, both zeros on the other.""")

# %% [markdown]
# *On the black line the network is undecided.* It is no longer straight. Between the points nothing was ever asked of it,
# so other runs draw other boundaries.

# %% [markdown]
# ## From neuron to network
#
# A network is layers one behind the other: the **input layer** (just the numbers), hidden layers, and the **output layer**.
# To compute it is called **forward propagation**, and it is one step, repeated: *multiply, add, activate*. For a whole
# **batch** of examples at once, one row each, the step is one product of matrices:
#
# $$\underbrace{Y}_{\text{batch} \times \text{units}} = f(\underbrace{X}_{\text{batch} \times \text{inputs}}\;\underbrace{W}_{\text{inputs} \times \text{units}} + \mathbf{b})$$
#
# Here it is for a network of 3 inputs, 4 hidden neurons and 2 outputs. Move *layers done* from 0 to 2, or click a neuron:
# it shows its arithmetic.

# %%
demo = widgets.ForwardPass(layer=1)
demo

# %% [markdown]
# 1. Compute $h_1$ yourself from the line under the picture. Which input pushes it down most?
# 2. Set all inputs to 0. What is left in every hidden neuron?
# 3. Find inputs that bring $y_1$ as close to 1 as you can.
#
# <details><summary>Answers</summary>
#
# 1. The third, by 0.7 · (−1.3) = −0.91. 2. The tanh of its bias. 3. (−0.6, 1, 1) gives 0.94.
#
# </details>
#
# The widget's network in Keras, on a batch of five random examples, gives the same numbers:

# %%
batch = np.random.default_rng(0).uniform(-1, 1, (5, 3))
keras_net = keras.Sequential(
    [
        keras.Input((3,), dtype="float64"),
        keras.layers.Dense(4, activation="tanh", dtype="float64"),
        keras.layers.Dense(2, activation="sigmoid", dtype="float64"),
    ]
)
keras_net.set_weights([array for kernel, bias, _ in demo.layers for array in (kernel, bias)])
claim(
    "Our forward pass and Keras agree to twelve digits",
    np.allclose(keras_net(batch), forward(batch, demo.layers)[-1], rtol=1e-12),
)

# %% [markdown]
# ### Count before you run
#
# Weights and biases together are the **parameters**: the numbers that training must find. Each neuron has one weight for
# each input and one bias. So 3 → 4 → 2 has $(3 + 1) \cdot 4 + (4 + 1) \cdot 2 = 26$.

# %%
from course_lib.neurons import count_parameters

counted = count_parameters([3, 4, 2]), keras_net.count_params()
claim("3 → 4 → 2 has 26 parameters, and Keras counts the same", counted == (26, 26))

# %% [markdown]
# A language model with 7 billion parameters ([@touvron2023]), two bytes each (16 bits), fills 14 gigabytes before it has
# read a word.
#
# **Your turn.** A network that reads digits has 64 inputs, one hidden layer of 32 neurons and 10 outputs. How many
# parameters are these?

# %%
mine = 0  # your number
print("Right!" if mine == count_parameters([64, 32, 10]) else "Not yet: do not forget the biases.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# (64 + 1) · 32 + (32 + 1) · 10 = 2,410
#
# </details>

# %% [markdown]
# ## What weights look like
#
# A neuron with 64 inputs can look at a digit of 8 × 8 pixels, and then its 64 weights are a picture too. Train one neuron
# to say whether a digit is a 0:

# %%
from course_lib.data import digits

data = digits()
seen, new = data.x_train.reshape(-1, 64), data.x_test.reshape(-1, 64)
keras.utils.set_random_seed(0)
is_zero = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1, activation="sigmoid")])
is_zero.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
is_zero.fit(seen, data.y_train == 0, epochs=30, verbose=0)
_, share = is_zero.evaluate(new, data.y_test == 0, verbose=0)

# %% [markdown]
# Its weights, beside a zero:

# %%
weights = is_zero.get_weights()[0].reshape(8, 8)
plots.plot_template(data.x_test[data.y_test == 0][0], weights)
show("""Left, a zero of 8 × 8 pixels: a ring. Right, the neuron's 64 weights as a picture: blue
where a zero has ink, orange in the middle, where it has none.""")

# %%
claim("It is right about more than 98 % of digits that it has not seen", share > 0.98)
claim("The four weights in the middle add up to less than 0", weights[3:5, 3:5].sum() < 0)

# %% [markdown]
# *Hold one picture against the other.* Ink in the blue speaks for a zero, ink in the orange against it. Nobody drew this
# ring. But a stencil is all that one neuron can be: one straight cut, through 64 dimensions instead of two.

# %% [markdown]
# ## Deeper: the last layer fits the question
#
# The hidden part of a network can often stay the same. What changes with the task is the output layer, its **head**. The
# raw sums of a head, before any activation, are called **logits**:
#
# | the question | the head | then |
# |---|---|---|
# | yes or no? (spam) | 1 logit | sigmoid: one probability |
# | which of K classes? (a digit) | K logits | softmax: K probabilities that add up to 1 |
# | how much? (d quantities) | d units | nothing: the numbers are the answer |
# | which word comes next? | one logit for each entry of the vocabulary | softmax |
#
# On top of the same 64 hidden values, what does each head cost?

# %%
heads = {"yes or no": 1, "ten digits": 10, "a place on a map": 2, "30,000 words": 30_000}
costs = {task: count_parameters([64, units]) for task, units in heads.items()}
found = list(costs.values())
claim("They cost 65, 650, 130 and 1,950,000 parameters", found == [65, 650, 130, 1_950_000])

# %% [markdown]
# ## Deeper: how much can one hidden layer do?
#
# With enough neurons, one hidden layer can come as close as you like to *any* continuous curve on a stretch. This is the
# **universal approximation** theorem ([@cybenko1989], [@hornik1989]; for every activation that is not a polynomial,
# [@leshno1993]). You can watch it being true. A neuron with the activation **ReLU**, which is 0 below 0 and the sum itself
# above, adds one *bend* to the curve. So give it one neuron for each bend. No training is needed, the weights can be computed:

# %%
widgets.Approximation(neurons=8)

# %% [markdown]
# 1. How many neurons until you no longer see a difference on the *wave*?
# 2. Each time you double the neurons, what happens to the error?
# 3. Choose *step*. Why does the largest error hardly shrink? Read the theorem's condition again.
#
# <details><summary>Answers</summary>
#
# 1. About 20. 2. For smooth curves it falls to about a quarter. 3. The step is not continuous.
#
# </details>
#
# The first two answers, checked on the same network outside the widget:

# %%
from course_lib.neurons import curve_network

grid = np.linspace(0, 1, 1025)
wave = experiments.CURVES["wave"]


def through_the_wave(x, neurons):
    knots = np.linspace(0, 1, neurons + 1)
    return forward(x[:, None], curve_network(knots, wave(knots)))[-1][:, 0]


error = {n: np.abs(through_the_wave(grid, n) - wave(grid)).max() for n in (30, 60)}
claim("60 neurons follow the wave to within 0.01", error[60] < 0.01)
claim("From 30 to 60 neurons, the error falls to less than a third", error[60] < error[30] / 3)

# %% [markdown]
# Now what the theorem does *not* say. It says that a network exists; not that it is small, not that training finds it, and
# nothing about inputs outside the stretch. There, the 60 neurons know nothing of the wave:

# %%
outside = np.array([1.5])
off_by = np.abs(through_the_wave(outside, 60) - wave(outside)).max()
claim(
    "At x = 1.5 it is off by more than a hundred times its largest error inside",
    off_by > 100 * error[60],
)

# %% [markdown]
# ## Deeper: why deep?
#
# If one hidden layer can do anything, why use more? Because of the word *small*. Here is a curve with sixteen teeth. A deep
# network makes it by *folding*: two neurons fold the stretch in half, the next two fold the result again, and after five
# folds there are sixteen teeth ([@telgarsky2015]). That costs 31 parameters. What can a single wide layer do with the same 31?

# %%
from course_lib.neurons import tent_network

deep = tent_network(depth=5)
teeth = forward(grid[:, None], deep)[-1][:, 0]
claim(
    "Five folds of two neurons and ten neurons in one layer both have 31 parameters",
    count_parameters([1, 2, 2, 2, 2, 2, 1]) == count_parameters([1, 10, 1]) == 31,
)

# %% [markdown]
# To be fair, the wide network gets the best bends that we found: all ten on the first teeth, the last at half the height.
# (Two neurons look to the left: else nothing would rise at the beginning.) Its output weights come by least squares:

# %%
tips = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 9.5]) / 32
looks = np.array([-1, 1, 1, 1, 1, 1, 1, 1, 1, -1])
bends = np.maximum(looks * (grid[:, None] - tips), 0)
with_bias = np.column_stack([bends, np.ones_like(grid)])
wide = with_bias @ np.linalg.lstsq(with_bias, teeth)[0]

# %%
plots.plot_fits(grid, teeth, {"deep: 5 layers of 2": teeth, "wide: 1 layer of 10": wide})
show("""A curve with sixteen sharp teeth, twice. Left, the deep network follows it exactly. Right,
the wide network with equally many parameters follows not quite five teeth exactly and runs flat
through the middle of all others.""")

# %% [markdown]
# Counted and measured:

# %%
turns = (np.diff(np.sign(np.diff(teeth))) != 0).sum()
claim("The deep one makes 32 straight pieces", turns + 1 == 32)
missed = np.mean((wide - teeth) ** 2)
claim("The wide one misses 70 % of the curve's variance", round(missed / teeth.var(), 2) == 0.70)

# %% [markdown]
# *Count: each of the ten wide neurons can bend the line once, so it has at most eleven pieces.* Each fold of the deep one
# *doubles* them. Depth can reuse what it has made, and width can only add.
#
# But remember the two questions. The deep network *can* make the teeth. Does training from random weights *find* them?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
keras.utils.set_random_seed(0)
folds = [keras.layers.Dense(2, activation="relu") for _ in range(5)]
deep_net = keras.Sequential([keras.Input((1,)), *folds, keras.layers.Dense(1)])
deep_net.compile(keras.optimizers.Adam(0.01), "mse")
deep_net.fit(np.tile(grid[:, None], (100, 1)), np.tile(teeth, 100), batch_size=64, verbose=0)
missed = np.mean((deep_net(grid[:, None]).numpy()[:, 0] - teeth) ** 2)
claim("After training, more than 90 % of the variance is still missed", missed > 0.9 * teeth.var())

# %% [markdown]
# It ends as a nearly flat line. *Exists* and *is found* are different things. So here is a case in which depth is found:
# two spirals of three turns each, twenty networks with two hidden layers of 14 neurons, twenty with one of 56. Both
# kinds have 282 parameters, and each learns at the best of seven rates
# ([how](../course_lib/experiments/neurons.py)):

# %%
deep_ones = experiments.spiral_readers(experiments.DEEP, passes=120, count=20)[-1]
wide_ones = experiments.spiral_readers(experiments.WIDE, passes=120, count=20)[-1]
claim(
    "Both have 282 parameters",
    count_parameters([2, 14, 14, 2]) == count_parameters([2, 56, 2]) == 282,
)
claim(
    "After 120 passes the deep ones read at least five points more new dots, on average",
    deep_ones.mean() > wide_ones.mean() + 0.05,
)

# %%
plots.plot_shares({"2 layers of 14": deep_ones, "1 layer of 56": wide_ones})
show("""The share of new dots of two spirals that each of twenty networks reads after 120 passes.
Most of the deep ones lie above 95 %, all of the wide ones below 93 %.""")

# %% [markdown]
# Is that all one can say? No: be patient with the wide ones. Four times as many passes, at half the rate:

# %%
patient = experiments.spiral_readers(experiments.WIDE, passes=480, rate=0.01)[-1]
claim("Then ten wide ones read more than 97 % on average", patient.mean() > 0.97)

# %% [markdown]
# Depth won *time*. On other tasks it wins nothing, as you will see; where data has parts made of parts, it often wins
# much. In pictures, early layers find edges, later ones put them together to textures, parts and objects
# ([@zeiler2013]). Even sixteen hidden neurons show the beginning of that. Here is what makes one of them say "4":

# %%
keras.utils.set_random_seed(0)
reader = keras.Sequential(
    [keras.Input((64,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(10)]
)
by_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
reader.compile(keras.optimizers.Adam(0.01), by_logits)
reader.fit(seen, data.y_train, epochs=20, verbose=0)
first, _, second, _ = reader.get_weights()

# %% [markdown]
# The three hidden neurons that push a 4 most, with how far each does so:

# %%
fours = data.x_test[data.y_test == 4]
pushes = reader.layers[0](fours.reshape(-1, 64)).numpy().mean(axis=0) * second[:, 4]
most = np.argsort(pushes)[::-1][:3]
plots.plot_parts(fours[0], first.T[most].reshape(-1, 8, 8), pushes[most], "4")
show("""A four; above it the weights of the three hidden neurons that speak for a four most, each a
picture of blue and orange patches and none of them a four; above these the answer, 4.""")

# %%
claim("Each of the three speaks for another digit too", ((second[most] > 0).sum(axis=1) > 1).all())

# %% [markdown]
# *None of the three pictures is a 4.* They are pieces, and other digits use them as well. That is what *deep* means:
# many layers, each from the pieces of the one before, and nothing about thinking deeply.

# %% [markdown]
# ## Common misunderstandings
#
# - *"A neuron with more inputs can do XOR."* Not with these two inputs. It still draws one straight boundary. (Give it
#   $x_1 x_2$ as a third input, and it can: somebody has then done the hidden layer's work.)
# - *"The perceptron failed on XOR because it was trained badly."* No line exists, so no training can find it.
# - *"Universal approximation means that one hidden layer is all you need."* The theorem promises neither a small network nor
#   one that training finds, and nothing at all outside the data.
# - *"Artificial neurons work like the brain's."* Look at the table at the beginning again.

# %% [markdown]
# ## What you can do now
#
# - **Compute:** $y = f(\mathbf{w} \cdot \mathbf{x} + b)$. Weights turn the boundary, the bias shifts it.
# - **Train:** the perceptron adds or subtracts what it got wrong. It succeeds if a line separates the classes, and only then.
# - **Follow:** multiply, add, activate, layer by layer. Parameters: (inputs + 1) × units for each layer.
# - **Explain:** a hidden layer moves the points until a line will do. Depth reuses, width adds. *Exists* is not *is found*.
#
# **Next:** the [exercises](../exercises/01-neurons.ipynb). Then [chapter 02, *Activations*](02-activations.ipynb), asks
# why there has to be a bend at all.

# %% [markdown]
# ## Sources
#
# [@]

# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 00 · Start here
#
# **What can a network do, and how do I work here?**
#
# In a minute, a network that *you* have trained will read digits that people wrote by hand. Then you draw a digit
# yourself, with the mouse, and it reads that too. Nobody will tell it what a 3 looks like.
#
# By the end you can
#
# - **Run** a notebook, cell by cell,
# - **Train** a network that reads handwritten digits, and judge it on digits it has never seen,
# - **Find** a picture that fools it, and say why,
# - **Use** the exercises, their checks and their hints.
#
# *Reading and playing: about 20 minutes. Running all cells: under a minute. You need to know what a mean is, and to
# have seen a little Python.*

# %% [markdown]
# ## Run your first cell
#
# The grey box below is a *cell*: a few lines of Python. Click on it, then press `Shift` + `Enter`. The result appears
# underneath, and the next cell is chosen. Go through the whole notebook like this, from top to bottom. If you get
# lost, choose *Run → Restart Kernel and Run All Cells…* in the menu.
#
# The first cell looks at your machine. It takes a few seconds (the very first time perhaps half a minute), because it
# loads Keras, the library that this course uses to build networks, and TensorFlow, which does Keras' arithmetic.

# %%
from course_lib.widgets import start_here as widgets

widgets.machine_report()

# %% [markdown]
# If you see three versions and what your machine computes on, everything works. No chapter needs the internet from here on.

# %% [markdown]
# ## Look at the data first
#
# Here are 1,797 digits that 13 people wrote on paper. They were scanned and shrunk to 8 × 8 squares
# ([@alpaydin1998]). The course has split them into three parts, and you will meet this split again and again:

# %%
import numpy as np
from course_lib import data
from course_lib.page import claim, quiet, show
from course_lib.plots import start_here as plots

digits = data.digits()
claim(
    "1,077 digits to learn from, 360 to choose by, 360 to be judged by",
    [len(digits.y_train), len(digits.y_val), len(digits.y_test)] == [1077, 360, 360],
)

# %% [markdown]
# A line with a tick is a **claim**: a sentence of this course that has just been checked on your machine. If it did
# not hold, the cell would stop with an error.
#
# What you should do before anything else with data: look at it.

# %%
plots.plot_digits(digits.x_train[:20], digits.y_train[:20])
show("""Twenty handwritten digits as coarse grey squares, each under its right answer. Most are easy
to read; a few are smudged or unusual.""")

# %% [markdown]
# *Read a few of them aloud, then look at the number above.* The number is the **label**: the right answer, noted by a
# person. Did you hesitate anywhere?
#
# To a computer, a picture is not a shape. It is a list of numbers, here 64 of them, from 0 for white paper to 1 for
# black ink:

# %%
plots.plot_numbers(digits.x_train[0])
show("""Left, one digit as grey squares. Right, the same 64 squares written as numbers from 0
(paper) to 1 (ink).""")

# %% [markdown]
# *Cover the left half.* Could you still tell which digit it is? That is the task: 64 numbers in, one digit out.

# %% [markdown]
# ## First try: write the rule yourself
#
# Begin with the smallest case: tell a 0 from a 1. A 0 has a hole in the middle and a 1 has ink there. So take the four
# squares in the middle and compute their mean ink. In a typical 0 they might be 0.0, 0.1, 0.0, 0.1: the mean is 0.05.
# In a typical 1 they might be 0.9, 1.0, 0.8, 1.0: the mean is 0.925. Say "1" if the mean is above 0.4.
#
# How good is such a rule? Count how often it is right:
#
# $$\text{accuracy} = \frac{\text{number of right answers}}{\text{number of all answers}}$$
#
# In NumPy this equation is one line, because `==` gives 1 for right and 0 for wrong, and the mean of those is the share
# of right answers:

# %%
import inspect
from course_lib.start_here import accuracy

print(inspect.getsource(accuracy))

# %% [markdown]
# Now the rule, on the zeros and ones among the digits to be judged by:

# %%
zero_or_one = digits.y_test < 2
middle = digits.x_test[zero_or_one][:, 3:5, 3:5].mean(axis=(1, 2))
by_rule = accuracy(digits.y_test[zero_or_one], middle > 0.4)
claim("The rule tells at least 95 % of the zeros and ones apart", by_rule >= 0.95)

# %% [markdown]
# One comparison, and it works. But where did the 0.4 come from? Somebody looked at many zeros and ones and chose it.
#
# **Your turn.** Write a rule of your own that tells a 7 from a 1. (`picture[0, 2]` is the third square of the first row.
# A 1 stands upright, and a 7 leans.)


# %%
def is_seven(picture):
    """True for a 7, False for a 1. picture: (8, 8), 0 is paper and 1 ink"""
    return False  # your line


one_or_seven = [k for k, y in enumerate(digits.y_test) if y in (1, 7)]
right = sum(is_seven(digits.x_test[k]) == (digits.y_test[k] == 7) for k in one_or_seven)
print(f"{right} of {len(one_or_seven)} right.", "Well done!" if right >= 65 else "Find 65?")

# %% [markdown]
# <details><summary>Two rules</summary>
#
# A 7 has a bar at the top: `return picture[1, 2] > 0.3` reads 55 of the 72. But in the lowest row a 1 stands where a 7
# has left: `return picture[7, 4] < 0.5` reads 71.
#
# </details>
#
# And now write the rules for a 3, an 8 and a 9, each written by anybody.
#
# A **neural network** turns this around. You write no rule at all. You give it examples with labels, and it finds its
# own numbers, thousands of them, each as modest as that 0.4.

# %% [markdown]
# ## Let it learn
#
# This is a whole network. Every line is one **layer**: it takes the numbers from the layer before and makes new ones.
# What the layers do is the subject of the next chapters. For now, see only how little there is:

# %%
with quiet():
    import keras
    from keras import layers

keras.utils.set_random_seed(0)

# %% [markdown]
# (The line with the *seed* fixes the random numbers, so that your network turns out like mine.)

# %%
model = keras.Sequential(
    [
        keras.Input((8, 8)),
        layers.Reshape((8, 8, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]
)
claim("It has tens of thousands of numbers to find", 10_000 < model.count_params() < 100_000)

# %% [markdown]
# At this moment those numbers are random, so its answers are too. **Predict, then run:** ten digits, random answers.
# What share will be right?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
_, untrained = model.evaluate(digits.x_test, digits.y_test, verbose=0)
claim("Before training, fewer than one digit in four is read right", untrained < 0.25)

# %% [markdown]
# That is guessing: one in ten, give or take. Now **training**. The network sees the 1,077 examples twenty times.
# After every few pictures it is told how wrong it was, and each of its numbers moves a little in the direction that
# would have been less wrong. This takes a few seconds. After the first pass we ask once more about the same examples:

# %%
x, y = digits.x_train, digits.y_train
often = {"batch_size": 32, "verbose": 0, "validation_data": (digits.x_val, digits.y_val)}
first = model.fit(x, y, epochs=1, **often).history
_, asked_again = model.evaluate(x, y, verbose=0)
rest = model.fit(x, y, initial_epoch=1, epochs=20, **often).history
history = {name: first[name] + rest[name] for name in first}

# %% [markdown]
# And that was it. See how it went:

# %%
plots.plot_learning(history)
show("""Two rising curves over twenty passes: the share of digits read right, among those it learns
from and among others. Both climb steeply in the first five passes and end close to 1.""")

# %% [markdown]
# *Follow both curves from left to right.* Most is learnt in the first passes. The dashed curve is the one that matters:
# those digits were never shown to it during training, so it cannot have learnt them by heart.
#
# Something is odd at the left end: unseen digits are read *better* than those it learns from. The solid curve is a mean
# over the whole pass, and in most of it the network knew less than at the end. Besides, while it learns, the layer
# called *dropout* hides half of its numbers (chapter 11 says why). Asked again after that pass, with all numbers, about
# the very same digits:

# %%
seen, unseen = first["accuracy"][0], first["val_accuracy"][0]
claim("In the first pass unseen digits are read better", unseen > seen)
claim("Asked again, those it learnt from are read far better, too", asked_again > seen + 0.1)

# %% [markdown]
# ## Judge it on digits it has never seen
#
# The 360 digits of the **test set** have waited until now. Ask for the ten outputs for each of them and take the
# largest as the answer:

# %%
shares = model.predict(digits.x_test, verbose=0)
readings = shares.argmax(axis=1)
claim("It reads unseen digits: at least 95 % right", accuracy(digits.y_test, readings) >= 0.95)

# %% [markdown]
# **Your turn.** Count yourself how many of the 360 were misread:

# %%
misread = 0  # your line
counted = misread == (readings != digits.y_test).sum()
print("Right!" if counted else "Not yet: compare readings and labels.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `misread = (readings != digits.y_test).sum()`, or 360 times one minus the accuracy.
#
# </details>
#
# Our own `accuracy` and the one that Keras computes must be the same number, and the ten outputs for a picture must add
# up to 1, so that we may read them as shares of certainty:

# %%
_, keras_accuracy = model.evaluate(digits.x_test, digits.y_test, verbose=0)
apart = abs(keras_accuracy - accuracy(digits.y_test, readings))
claim("Keras counts the same accuracy as our own line of NumPy", apart < 1e-6)
claim("The ten outputs for every picture add up to 1", abs(shares.sum(axis=1) - 1).max() < 1e-5)

# %% [markdown]
# One honest footnote. "Never seen" means unseen *pictures*: the same 13 people wrote all three parts. Digits by a
# fourteenth person may be harder. In a moment you will be that person.
#
# A share of right answers hides the interesting part. Look at what it got wrong, beside some that it got right:

# %%
wrong, right = (readings != digits.y_test).nonzero()[0], (readings == digits.y_test).nonzero()[0]
picked = [*wrong[:4], *right[: 8 - len(wrong[:4])]]
plots.plot_readings(digits.x_test[picked], digits.y_test[picked], readings[picked])
show("""Eight test digits with the network's reading above each. The first ones are misread: a cross
and the true digit; the others are read right: a tick.""")

# %% [markdown]
# *Look at the misread ones and try to be fair.* For some of them you will understand the network well.

# %% [markdown]
# ## Now you
#
# The pad below sends what you draw through your network. Your strokes are shrunk to 8 × 8 squares in the way the scanned
# digits were ([@garris1994]), and the bars show the ten outputs. Clear the pad, then draw with the mouse or a finger,
# or with the keyboard: arrow keys move the pen, the space bar sets it down and lifts it.

# %%
widgets.DigitPad(lambda picture: model(picture[None], training=False).numpy()[0])

# %% [markdown]
# Find out:
#
# 1. Draw a 4 with a closed top, then one with an open top. Does it know both? What does that say about how the 13
#    people wrote?
# 2. Draw a 7, and slowly turn it into a 2. Watch the bars: when does it change its mind?
# 3. Draw something that is no digit at all: a house, your initial. What does it answer, and how certain is it?
#
# <details><summary>What others found</summary>
#
# 1. Mostly both, for both kinds are among the digits. 2. Somewhere in between, and often through a third digit. 3. A
# digit, because it has no other words; and often it is sure.
#
# </details>

# %% [markdown]
# ## What goes wrong
#
# The third question has shown you something that matters. Here is the same thing, measured. Take the test digits and
# swap ink and paper, white on black instead of black on white. To you they read as before.
#
# **Predict, then run:** how many of the 360 will the network still read?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
swapped = 1 - digits.x_test
shares_swapped = model.predict(swapped, verbose=0)
still_right = (shares_swapped.argmax(axis=1) == digits.y_test).sum()
claim("With ink and paper swapped, fewer than ten of 360 are read right", still_right < 10)
sure = (shares_swapped.max(axis=1) > 0.5).mean()
claim("And yet its largest output is above one half for most of them", sure > 0.5)

# %% [markdown]
# The pictures are fine, and nothing crashed. The network is *wrong and sure of it*:

# %%
plots.plot_readings(swapped[:8], digits.y_test[:8], shares_swapped.argmax(axis=1)[:8])
show("""Eight digits in white on black, with the network's reading above each. Most readings are
wrong.""")

# %% [markdown]
# **Diagnosis.** Every picture it learnt from had dark ink on light paper. Nothing told it that the shape matters and the
# shade does not, so it never had to find that out. **Cure.** Give it pictures of the kind it knows, or train it on both
# kinds. The first is one line, and everything is read as before:

# %%
repaired = model.predict(1 - swapped, verbose=0).argmax(axis=1)
claim(
    "Swapped back, at least 99 % of the readings are the old ones",
    (repaired == readings).mean() >= 0.99,
)

# %% [markdown]
# The second cure costs a few seconds. The same network, from other random numbers, learns from both kinds:

# %%
both = keras.models.clone_model(model)
both.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
both.fit(np.concatenate([x, 1 - x]), np.concatenate([y, y]), epochs=20, verbose=0)
kinds = digits.x_test, swapped
found = [both.evaluate(kind, digits.y_test, verbose=0)[1] for kind in kinds]
claim("Now both kinds are read: at least 95 % of each", min(found) >= 0.95)

# %% [markdown]
# Keep this example in mind whenever somebody shows you an accuracy. It holds for pictures *like those it was measured on*.

# %% [markdown]
# ## Three misunderstandings
#
# - *"Somebody programmed the shapes of the digits."* You saw all of the code. There is no shape in it.
# - *"97 % right means 97 % sure about this picture."* The first is counted over many pictures. The second is an output
#   for one picture, and it can be high when the answer is nonsense, as the swapped digits show.
# - *"It sees what I see."* It has 64 numbers, and what usually came with them. You have a lifetime of seeing.

# %% [markdown]
# ## How this course works
#
# Each chapter is a notebook like this one. Its widgets are there to be played with, and every claim in it is checked
# each time the notebook runs. Each chapter has exercises in a notebook of their own, where you write the code and a
# *check* answers at once. It gives one of three answers. Here is the first of them, for a function that is still to be
# written:

# %%
from course_lib.checks import start_here as check


def ink(picture):
    raise NotImplementedError("Your code goes here.")


check.ink(ink)

# %% [markdown]
# A circle says *not written yet*. A cross says *not yet*, and shows the call that failed, what was wanted and what came
# out. A tick says *correct*. Stuck? Ask for a hint, and again for the next one:

# %%
check.ink.hint()

# %% [markdown]
# What you have solved is kept in one small file on this computer and sent nowhere.
#
# ### The map
#
# | | chapter | the question it answers |
# |---|---|---|
# | 00 | Start here | What can a network do, and how do I work here? |
# | 01 | [Neurons](01-neurons.ipynb) | What does one neuron compute, and what can it not? |
# | 02 | [Activations](02-activations.ipynb) | Why must a network bend? |
# | 03 | [Losses](03-losses.ipynb) | How wrong is it, and which way is down? |
# | 04 | [Backpropagation](04-backpropagation.ipynb) | Who is to blame for the error? |
# | 05 | [Optimizers](05-optimizers.ipynb) | How big a step, in which direction? |
# | 06 | [Normalization](06-normalization.ipynb) | Why do deep networks train at all? |
# | 07 | [Convolution](07-convolution.ipynb) | How does a network see? |
# | 08 | [Recurrence](08-recurrence.ipynb) | How does a network remember? |
# | 09 | [Attention](09-attention.ipynb) | Where should it look? |
# | 10 | [Transformers](10-transformers.ipynb) | How do language models work? |
# | 11 | [Overfitting](11-overfitting.ipynb) | Has it learnt, or memorized? |
# | 12 | [Practice](12-practice.ipynb) | It does not train. Now what? |
# | 13 | [Generation](13-generation.ipynb) | How does a network make something new? |
# | 14 | [Transfer](14-transfer.ipynb) | Why start from scratch? |
# | 15 | [Production](15-production.ipynb) | How does it leave the notebook? |
# | 16 | [History](16-history.ipynb) | How did we get here, and what is still open? |
#
# If you would rather play first: the [playground](05-optimizers.ipynb) in chapter 05 is a network that learns while you
# change it, without a line of code.
#
# Words in bold are explained, each in a sentence or two, in the [glossary](glossary.md).
#
# How far you are, with a bar for each chapter. The bars follow by themselves whenever a check says *correct*, in this
# notebook or in another:

# %%
from course_lib.checks import progress_map

progress_map()

# %% [markdown]
# ## What you can do now
#
# - **Run:** `Shift` + `Enter`, cell by cell, from top to bottom.
# - **Train:** show a network 1,077 examples twenty times, then judge it on 360 that it has never seen.
# - **Find:** pictures unlike those it learnt from fool it, and it is sure of itself.
# - **Use:** a check says *not written yet*, *not yet* or *correct*, and has hints.
#
# **Next:** the short [warm-up exercise](../exercises/00-start-here.ipynb), then chapter 01,
# [Neurons](01-neurons.ipynb): what a single one of those thousands of numbers is for.

# %% [markdown]
# ## Sources
#
# [@]

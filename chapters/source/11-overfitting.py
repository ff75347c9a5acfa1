# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 11 · Overfitting
#
# **Has it learnt, or memorized?**
#
# A network that knows all answers of the exercise book may know nothing else. Here you see that happen, to a curve, to
# a network, and to those who measure. Then the cures: fourteen of them, each at its own best strength, beside the
# dullest one, more data. Be prepared for a surprise.
#
# By the end you can
#
# - **See** from two curves whether a model has learnt or memorized,
# - **Catch** a leak, before it flatters you,
# - **Choose** among the cures, and know what to expect of each,
# - **Measure** a gain so that it is one: other draws, own best settings, spread.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about half a minute. You need
# training (chapter 03), Adam and weight decay (chapter 05).*

# %% [markdown]
# ## Twelve points, by hand
#
# You are given three points: (0, 0), (1, 1) and (2, 0). A straight line misses them: the best one is the level line
# y = ⅓. A parabola hits all three: y = 2x − x². What comes at x = 3? The line says ⅓, the parabola −3. The parabola has
# no error on what it has seen. Is it the better bet? You cannot know. You need a fourth point.

# %%
import inspect

import numpy as np
from course_lib.data import digits
from course_lib.experiments import overfitting as experiments
from course_lib.page import claim, quiet, show
from course_lib.plots import overfitting as plots

line, parabola = np.polyfit([0, 1, 2], [0, 1, 0], 1), np.polyfit([0, 1, 2], [0, 1, 0], 2)
claim("At 3 the line says ⅓", round(np.polyval(line, 3), 9) == round(1 / 3, 9))
claim("and the parabola −3", round(np.polyval(parabola, 3), 9) == -3)

# %% [markdown]
# Now twelve points around a noisy wave. Three curves are fitted to them, with 2, 4 and 11 parameters:
# a line, a cubic, and a polynomial of degree ten. How many parameters a model may use is a measure of its **capacity**.

# %%
x, y = experiments.noisy_points(12, 0.3, np.random.default_rng(0))
grid = np.linspace(-1, 1, 401)
curves = {}
for parameters in (2, 4, 11):
    weights = experiments.fitted(experiments.features(x, parameters), y)
    curves[f"{parameters} parameters"] = experiments.features(grid, parameters) @ weights
plots.plot_fits(x, y, grid, curves, experiments.wave(grid))
show("""The same twelve points three times around a dashed wave. A line is too stiff, a cubic
follows the wave, and a curve with eleven parameters bends to nearly every point and shoots off at
the ends.""")

# %%
x_new, y_new = experiments.noisy_points(1000, 0.3, np.random.default_rng(1))
on_points, on_new = experiments.errors(x, y, x_new, y_new, (2, 4, 11))
claim("On the twelve points: the more parameters, the less error", (np.diff(on_points) < 0).all())
claim("On a thousand new ones the cubic is best", np.argmin(on_new) == 1)

# %% [markdown]
# The line does badly on old and new points alike: it **underfits**. The curve with 11 parameters has learnt the noise
# as well, which will not come again: it **overfits**. What we want, a small error on new points, is called
# **generalization**.
#
# Move it:

# %%
from course_lib.widgets import overfitting as widgets

widgets.Capacity(parameters=11)

# %% [markdown]
# 1. Go from 1 parameter upward. Where is the error on new points least? What happens at 12?
# 2. Drag one point up. How far away does the curve with 4 parameters change, and how far the one with 11?
# 3. Stay at 11 and raise the penalty λ. Which of the two errors rises, and which falls?
# 4. And now beyond 12, up to 200. Is that what you expected?
#
# <details><summary>Answers</summary>
#
# 1: it falls in steps (an odd wave gains nothing from even powers), is small around 4, and highest near 12, where the
# curve can just hit each point and has no choice how. 2: with 4 everywhere a little; with 11 much, far
# from the point too. 3: that on the points rises, that on new ones falls, until λ is too large. 4: it falls again!
# *Deeper: double descent* has more.
#
# </details>
#
# (`widgets.Capacity(x, y)` takes points of your own, x from −1 to 1, and keeps every third one to judge by.)

# %% [markdown]
# ## Three sets
#
# New points cost nothing here. Elsewhere they must be kept aside, so one cuts the data in three first:
#
# - **training set**: the weights are fitted to it;
# - **validation set**: everything else is chosen on it: capacity, rate, when to stop;
# - test set: looked at once, at the end.
#
# Why a third one? Who takes the best of two hundred settings has fitted them to the validation set. Suppose two hundred
# models flip a coin for each of 100 answers. **Predict, then run:** how many answers has the best of them right?
# And how many of the next hundred?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
rng = np.random.default_rng(0)
first, again = np.mean([experiments.best_of_flips(rng) for _ in range(500)], axis=0)
claim("On average the best has 63 to 65 right", 0.63 < first < 0.65)
claim("Of the next hundred: 49 to 51", 0.49 < again < 0.51)

# %% [markdown]
# Coins cannot learn. The whole lead was choice. That is why the number that you *report* must come from examples that
# took part in no decision. (When the much used test sets of two famous tasks
# were made anew ([@recht2019]), accuracies fell by 3 to 15 points, though better models stayed better. The authors think
# that slightly harder pictures were the cause, not the use of the old set.)

# %% [markdown]
# ## Bias and variance
#
# Draw twelve points anew, five hundred times, fit each time, and look at one place.
# How far is the *mean* of all curves from the wave? Its square is the **bias²**: what this kind of curve gets wrong
# whatever it is given. How much do the curves scatter around their mean? That is the **variance**: what depends on
# which points they happened to get. With the noise of the new points themselves,
#
# $$\text{error} = \text{bias}^2 + \text{variance} + \text{noise}^2$$

# %%
capacities = range(1, 11)
bias, variance, error = experiments.bias_and_variance(capacities)
plots.plot_bias_and_variance(capacities, bias, variance, error)
show("""Against the number of parameters from 1 to 10: bias squared falls from more than 0.5 to
nearly nothing, variance rises steadily, and the error on new points, their sum with the noise,
is least at 4.""")

# %%
gap = np.abs(bias + variance + 0.3**2 - error)
claim("The three parts add up to the error, within 2 %", (gap < 0.02 * error).all())
claim("The variance rises with each parameter from 1 to 10", (np.diff(variance) > 0).all())
claim("The error is least with 4", capacities[np.argmin(error)] == 4)

# %% [markdown]
# Stuart Geman and others ([@geman1992]) brought this to networks.

# %% [markdown]
# ## Learnt by heart
#
# Can a network memorize? Let us give 200 digits labels drawn by lot. There is nothing to be learnt from them.
#
# **Predict, then run:** how many of the 200 labels does a network with 512 hidden neurons get right after 80 epochs?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
with quiet():
    import keras
by_heart, unseen = experiments.random_labels()
claim("All 200 of them", by_heart == 1)
claim("Of unseen digits fewer than a quarter are right", unseen < 0.25)

# %% [markdown]
# Chiyuan Zhang and others ([@zhang2016]) did this with ImageNet's labels, and large networks learnt those too. So
# "100 % right in training" says nothing: the same network reaches it with sense and with nonsense.
#
# Back to true labels. A network learns 100 digits for 150 epochs, and after each one it is shown the 360 digits of the
# validation set:

# %%
history = experiments.learning_curves()
plots.plot_learning_curves(history)
show("""Left the loss, right the share of right answers, over 150 epochs. In training the loss falls
to nearly 0 and all answers are right. On unseen digits the loss falls, is least at about a third of
the way and rises again; the share of right answers stays near nine tenths.""")

# %%
least = int(np.argmin(history["val_loss"]))
rise = history["val_loss"][-1] / history["val_loss"][least] - 1
claim("In training all are right at the end", history["accuracy"][-1] == 1)
claim("The validation loss is least before epoch 120", least + 1 < 120)
claim("and then rises by 1 % or more", rise >= 0.01)
lost = history["val_accuracy"][least] - history["val_accuracy"][-1]
claim("The share of right answers moves by less than 3 points", abs(lost) < 0.03)

# %% [markdown]
# These are **learning curves**. Three ways to read them:
#
# | training | unseen | it is |
# |---|---|---|
# | bad | as bad | underfitting: more capacity, more or faster steps |
# | good | much worse, or getting worse | overfitting: more data, or a cure |
# | good | nearly as good | well |
#
# But look again. Here the loss says "worse" and the answers do not: the network is surer of its mistakes, not wrong
# more often. Watch the number that you care about.

# %% [markdown]
# ## What goes wrong: leaks
#
# A **leak** is knowledge of the test set that gets into training. Then memory looks like understanding. In 17 fields of
# science Sayash Kapoor and Arvind Narayanan ([@kapoor2023]) found reviews that report leaks, in 294 papers altogether.
#
# **The same thing twice.** Python's language reference has some eighty topics. Hold a tenth of them out at random:
# are their lines new? We look at those of at least 40 characters.

# %%
from pydoc_data.topics import topics

claim("Some eighty: 70 to 90", 70 <= len(topics) <= 90)
draws = [experiments.held_out_lines(topics, np.random.default_rng(s)) for s in range(40)]
shares = [len(seen) / (len(seen) + len(new)) for _, seen, new in draws]
claim("In half of forty draws, more than a fifth of the lines are known", np.median(shares) > 0.2)
claim("In some draws more than half", max(shares) > 0.5)

# %%
from course_lib.experiments.transformers import CharacterCounts

text, seen, new = draws[0]
counts = CharacterCounts(text, 6)
bits = [counts.bits("\n".join(lines)[:20_000]) for lines in (seen, new)]
claim("On known lines chapter 10's table needs 0.7 of the bits or less", bits[0] <= 0.7 * bits[1])

# %% [markdown]
# That is why chapter 10 cut the text once and threw the known lines out. *Catch it:* look for test examples, or parts
# of them, among the training examples. Several pictures of one patient belong on one side, and so do an example and
# its augmented copies.
#
# **A choice made on everything.** Sixty people, for each 2,000 measurements and one yes or no. We choose the 20
# measurements in which yes and no differ most, then learn from thirty people, and test on the others. Now the secret:
# all numbers are noise, all answers are coins.
#
# **Predict, then run:** how many answers are right, if the 20 were chosen with all sixty? And with the thirty only?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
peeked, honest = (
    np.mean([experiments.coin_flip_study(np.random.default_rng(s), peek=p) for s in range(50)])
    for p in (True, False)
)
claim("Chosen with all: more than 85 % of coins are 'foretold'", peeked > 0.85)
claim("Chosen with the thirty: 46 to 54 %", 0.46 < honest < 0.54)

# %% [markdown]
# This has happened with genes ([@ambroise2002]). *Catch it:* shuffle the labels and run everything again, choices
# included. Whoever still does better than chance has a leak.
# (Copies are not caught so: each gets a label of its own.)
#
# **Scaling by everything** is a leak as well: means and spreads of the test set get in. How bad is it? With 100 digits:

# %%
scaled = [[experiments.scaled_accuracy(e, s) for e in (True, False)] for s in range(20)]
gain = np.subtract(*np.transpose(scaled)).mean()
claim("On average over 20 draws: less than one point, either way", abs(gain) < 0.01)

# %% [markdown]
# Little, here. The rule stays: *cut first; whatever is fitted, chosen or counted, from the
# training set only.*

# %% [markdown]
# ## The cures
#
# A **regularizer** is whatever keeps a model from fitting the noise. There are four kinds.
#
# **Smaller weights.** A **penalty** on the weights is added to the loss. L2 is their squares, L1 their amounts:

# %%
from course_lib.regularizers import l1_penalty_grad, l2_penalty, l2_penalty_grad

for penalty in (l2_penalty, l2_penalty_grad, l1_penalty_grad):
    print(inspect.getsource(penalty))

# %% [markdown]
# By hand, with λ = 0.01: to a weight of 3 the slope of L2 adds 0.06, to one of 0.1 only 0.002. Large weights are drawn
# most, and none quite arrives at 0. L1 adds 0.01 to either, so that for many the best place is 0 itself
# ([@tibshirani1996]). (Adam's steps hop around 0 and hardly ever hit it: who wants zeros cuts off what is tiny.)
# Decoupled weight decay takes a share of each weight directly, past Adam's scaling (chapter 05). In Keras:
# `Dense(128, kernel_regularizer=keras.regularizers.L2(0.01))`, and `AdamW(weight_decay=0.01)`.
#
# **Your turn.** `fit` adds a penalty to the loss it reports. How large is it?

# %%


def penalty_of(kernel, l1, l2):
    """l1 times the sum of amounts, plus l2 times the sum of squares."""
    return None  # your line


is_right = penalty_of(np.array([3.0, -1.0]), 0.1, 0.01) == 0.5
print("Right!" if is_right else "Not yet: 0.1 · (3 + 1) + 0.01 · (9 + 1) is 0.5.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return l1 * np.abs(kernel).sum() + l2 * np.square(kernel).sum()`
#
# </details>
#
# **Noise inside.** In **dropout** ([@hinton2012]) chance silences each hidden neuron with probability p, anew for each
# example in every step. So no neuron can rely on a particular other one. The rest are divided by 1 − p (**inverted
# scaling**), so that the mean stays as it is. After training nothing falls out, and nothing must be scaled:

# %%
from course_lib.overfitting import Dropout

print(inspect.getsource(Dropout.forward))
print(inspect.getsource(Dropout._thinned))

# %%
widgets.Dropout()

# %% [markdown]
# 1. Press *one more pass* some times. Why does the sum jump, and what does its mean do after *a hundred more*?
# 2. Click the third neuron, which has the largest output. How much does the sum of this pass change?
# 3. Take the tick from *training*. What is drawn now, at rate 0.9?
#
# <details><summary>Answers</summary>
#
# 1: each pass has other neurons. The mean comes closer to the sum without dropout. 2: by 1.6 · 0.5 / (1 − 0.5) = 1.6.
# 3: the sum without dropout, whatever the rate.
#
# </details>

# %%
layer, some = keras.layers.Dropout(0.4, seed=0), np.ones((20_000, 3), "float32")
dropped = keras.ops.convert_to_numpy(layer(some, training=True))

# %%
claim("Keras' too: its outputs are 0 and 1 / 0.6", np.allclose(np.unique(dropped), [0, 1 / 0.6]))
claim("whose mean is within 0.03 of 1", np.abs(dropped.mean(axis=0) - 1).max() < 0.03)
same = keras.ops.convert_to_numpy(layer(some, training=False))
claim("and nothing happens outside of training", np.array_equal(same, some))

# %% [markdown]
# Beside it: `GaussianNoise`, which adds, and `SpatialDropout2D`, which drops whole feature maps. Batch normalization
# (chapter 06) brings noise too: what it subtracts depends on who else is in the batch.
#
# **More examples from the same ones.** An **augmentation** shows each picture a little moved, turned, noisy, or with a
# square cut out (**cutout**, [@devries2017]). It must keep the answer: a shifted 6 is a 6, one turned by 180° is not.
# A **mixup** ([@zhang2017]) mixes two examples *and* their answers, and CutMix ([@yun2019]) pastes a box of another one
# in:
#
# $$\tilde x = \lambda x + (1 - \lambda)\, x' \qquad \tilde y = \lambda y + (1 - \lambda)\, y'$$

# %%
from course_lib import augmentation as augment

rng, (images, labels, *_) = np.random.default_rng(2), digits()
images, one_hot = images[:8], np.eye(10)[labels[:8]]
shown = {
    "as scanned": images,
    "moved, turned": augment.augment(images, rng, max_shift=1, max_degrees=20),
    "cutout": augment.cutout(images, rng, 4),
    "mixup": augment.mixup(images, one_hot, rng, alpha=1)[0],
    "CutMix": augment.cutmix(images, one_hot, rng)[0],
}
plots.plot_shown(shown)
show("""Eight digits in five rows: as they were scanned, moved and turned, with a square cut out,
mixed with one another, and with a box of another one.""")

# %% [markdown]
# **Your turn.** Mixup of two labels: digit 3 with weight 0.7, digit 8 with the rest.

# %%


def mixed(y, other, weight):
    """The label between two one-hot rows."""
    return None  # your line


wanted = np.where(np.arange(10) == 3, 0.7, np.where(np.arange(10) == 8, 0.3, 0))
found = mixed(np.eye(10)[3], np.eye(10)[8], 0.7)
print("Right!" if found is not None and np.allclose(found, wanted) else "Not yet: 0.7 at the 3.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return weight * y + (1 - weight) * other`
#
# </details>
#
# **Less certainty, less time.** With **label smoothing** ([@szegedy2015]) one asks for 1 − a + a/10 at the right digit and a/10
# at the others, so that no logit has to grow without end. In **early stopping** ([@prechelt1998]) one watches the validation
# loss, and puts the weights of the best epoch back. A smaller network has less room. And an **ensemble** of networks
# from other starts lets their mean answer.
#
# `EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)` is Keras' line for it. Without its last
# part you keep the weights of ten epochs too late.

# %%
widgets.Regularizers()

# %% [markdown]
# 1. Move *epoch* from 0 to 400 without any cure. Which of the two losses tells you when to stop? Tick *early stopping*.
# 2. From *no cures* again: which strength of the L2 penalty gives the least loss on new points? And which noise?
# 3. Click a point far on its own side: its label is wrong now. Who believes it, with cures and without?
# 4. Set *points* to 200, without cures. Which cure was as good as that?
#
# <details><summary>Answers</summary>
#
# 1: that on new points; it is least after 20 epochs. 2: at epoch 400, 0.03; and a noise of 0.3. 3: without cures each
# of the 24 is believed, whichever you click; with L2 at 0.03 only 7 are. 4: after 400 epochs some cures beat it, since
# 200 points are learnt by heart too. Stopped early, at epoch 60, more points are better than any of them.
#
# </details>

# %% [markdown]
# ## Measured
#
# A network with 128 hidden neurons learns 100 digits in 500 steps of Adam. Each cure gets its own best
# strength *and* its own best rate, chosen with 20 draws of 100 digits on the validation digits. Then it is judged with 40
# *other* draws on the test digits. Everyone gets the same draws, so that we can compare draw by draw: the mean of these
# differences is the **gain**, and its standard error is their spread divided by √40. (Stored: `python -m
# course_lib.experiments.overfitting_study`. All draws are judged on the same 360 test digits.)
#
# To train so many networks, NumPy does 20 at a time. Is that what Keras would have computed?

# %%
from course_lib.experiments.overfitting_stack import Cure

for cure in (Cure(), Cure(l1=0.001, l2=0.001), Cure(decay=0.5), Cure(smoothing=0.2)):
    apart = experiments.apart_from_keras(cure)
    claim("After 20 steps no weight differs by more than 10⁻⁵", apart < 1e-5)

# %% [markdown]
# **Predict, then run:** without any cure 89 % are right. How many points does the best of the fourteen bring? And how
# many does the double of the data?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
from course_lib.experiments import overfitting_study as study

measured = study.stored()
clean, wrong = (study.gains(measured[world]) for world in ("clean", "wrong"))
alone = {name: clean[name] for name in study.CURES}
claim("There are fourteen", len(alone) == 14)
claim(
    "None gains more than half a point in 500 steps", max(gain for gain, _ in alone.values()) < 0.5
)
claim(
    "None gains as much as twice its standard error",
    max(gain / error for gain, error in alone.values()) < 2,
)
claim("Twice the data gain more than 3 points", clean["200 digits"][0] > 3)

# %%
order = sorted(clean, key=lambda name: -clean[name][0])
titles = "all labels right", "30 % of labels wrong"
worlds = ({name: world[name] for name in order} for world in (clean, wrong))
plots.plot_gains(dict(zip(titles, worlds, strict=True)))
show("""Two panels with a row for each cure: its gain in points, with bars of two standard errors.
With right labels all cures lie around 0, and only 200 and 1,000 digits far to the right. With wrong
labels shift, noise and several cures together gain, early stopping and batch norm lose, and more
digits gain most.""")

# %% [markdown]
# That is the surprise. Given four times the steps, five cures at once do help, a little. (Together: decay, dropout,
# shift, turn and noise, each at the same share of its best.) Is it that they are five? The control: one of them, as long.

# %%
gain, error = clean["together, 2,000 steps"]
claim("Together, with 2,000 steps: 0.5 to 1 point", 0.5 < gain < 1)
claim("That is more than three standard errors", gain > 3 * error)
more = clean["none, 2,000 steps"][0]
claim("The steps alone bring less than 0.1", abs(more) < 0.1)
longer = study.gains(measured["longer"])
claim(
    "Noise or shift alone, as long: 0.5 to 1 point too", all(0.5 < longer[k][0] < 1 for k in longer)
)
claim("An ensemble of five less than 0.2", abs(clean["five networks"][0]) < 0.2)

# %% [markdown]
# Is overfitting a myth, then? No: these labels are clean, so that there is little wrong to memorize. In the second panel
# three of ten training labels are wrong, of the 1,000 digits too.

# %%
for name, least in (("shift", 2), ("noise", 1), ("together, 2,000 steps", 4)):
    gain, error = wrong[name]
    claim(f"{name}: more than {least} points, and 5 errors", gain > max(least, 5 * error))

# %%
claim("200 digits: more than 8", wrong["200 digits"][0] > 8)
for name in ("early stopping", "batch norm"):
    claim(f"{name} costs more than 5", wrong[name][0] < -5)
claim("Dropout gains nothing, here or there", max(clean["dropout"][0], wrong["dropout"][0]) < 0)

# %% [markdown]
# And is it that they are five? The same control again, each of them alone with 2,000 steps, at its own best:

# %%
single, five = measured["longer, wrong"], measured["wrong"]["together, 2,000 steps"]["points"]
leads = np.array([np.subtract(five, single[name]["points"]) for name in study.TOGETHER])
spread = leads.std(axis=1, ddof=1) / np.sqrt(40)
claim("All five lead each single one by more than 1.5 points", leads.mean(axis=1).min() > 1.5)
claim("and by more than four standard errors", (leads.mean(axis=1) > 4 * spread).all())

# %% [markdown]
# Here it is. With right labels one cure did as much as all five; with wrong ones none does so alone.
#
# Early stopping pays with digits: those that say when to stop are not learnt from, and a few of them, some with wrong
# labels, may say it badly. (With clean labels it did best with only two.) Why batch norm loses
# we have not found out.
#
# And the penalties? In these experiments L2 gains 0.6 points. Somebody else could have shown you seven:

# %%
tried = {name: measured["wrong"][name]["tried"] for name in ("none", "L2")}
unfair = tried["L2"]["0.01, 0.002"] - tried["none"]["1, 0.002"]
claim("At a rate of 0.002, L2 gains more than 6 points", unfair > 6)
slower = tried["none"]["1, 0.0005"] - tried["none"]["1, 0.002"]
claim("A rate of 0.0005 alone gains more than 9", slower > 9)
claim("At its own best rate each: less than 1", wrong["L2"][0] < 1)

# %% [markdown]
# Slow training, ended after 500 steps, had been a cure all along. Compare a cure with a rival at a bad setting, and
# you have measured the setting. (These two lines are from the 20 draws on which settings were chosen.) So, in this
# order: more data; augmentation, with steps enough; the rate; then the rest. This was one data set and one small
# network, though. Larger ones may need other cures.

# %% [markdown]
# ## Deeper: k-fold, where every example judges once
#
# With 100 digits, 20 for validation are few: one more right is five points. In **k-fold cross-validation**
# ([@stone1974]) the digits are dealt into k folds. Each fold is kept aside once, while the others are learnt from:

# %%
from course_lib.overfitting import k_fold

print(inspect.getsource(k_fold))
for training, validation in k_fold(6, 3, np.random.default_rng(0)):
    claim("4 to learn from, 2 to judge by", (len(training), len(validation)) == (4, 2))

# %%
folds, truth = experiments.fold_estimates(range(20))
one, five = (np.sqrt(np.mean((some - truth) ** 2)) for some in (folds[:, 0], folds.mean(axis=1)))
claim("One fold of 20 misses the test digits' answer by 5 to 11 points", 0.05 < one < 0.11)
claim("The mean of five folds by less than 0.75 of that", five < 0.75 * one)

# %% [markdown]
# (The root of the mean square over 20 draws.) It costs five trainings. `stratified_k_fold` gives each fold its share of
# every class. The spread *between* folds is no standard error: their training sets overlap.

# %% [markdown]
# ## Deeper: double descent
#
# The textbook's U is not the whole story. Take random hidden neurons that are never trained, and fit only the last
# layer, by least squares, to 100 digits. From 100 neurons on it can hit every label. Of all weights that do, take the
# smallest ones.

# %%
widths = [10, 20, 30, 50, 70, 85, 100, 115, 130, 160, 200, 400, 800, 1600]
plain, weak, penalized = experiments.double_descent(widths, penalties=(0, 0.1, 100))
plots.plot_descent(widths, plain, penalized, 100)
show("""Wrong answers against the number of random neurons, from 10 to 1,600. Without a penalty
they fall, rise to a peak at about 100, the number of examples, and fall again, lower than before.
With an L2 penalty they fall nearly all the way.""")

# %%
before, peak, after = plain[:, :6], plain[:, 6:8], plain[:, -1]
claim("At the peak, 100 or 115 neurons, more than half are wrong", peak.mean(axis=0).max() > 0.5)
claim("With 1,600: fewer than 15 %", after.mean() < 0.15)
claim("Less than half of the best below 100", after.mean() < before.mean(axis=0).min() / 2)
claim("and fewer in each of ten draws", (after < before.min(axis=1)).all())
steps = np.diff(penalized.mean(axis=0))
claim("With λ = 100 no step to more neurons costs a point", steps.max() < 0.01)
rise = weak.mean(axis=0)[6:8].max() - weak.mean(axis=0)[:6].min()
claim("With λ = 0.1 a peak is left: more than 5 points", rise > 0.05)

# %% [markdown]
# This is **double descent** ([@belkin2018]; in trained networks, also over epochs: [@nakkiran2019]). At the threshold
# exactly one set of weights hits all labels, however large it must be. Beyond it there are many, and the smallest of
# them is tame. So a network with more weights than examples is not doomed. But the peak belongs to those who have no
# penalty, or too weak a one: with λ = 100 there is none here.

# %% [markdown]
# ## Deeper: a penalty is an opinion
#
# Suppose that before you see any data you hold each weight to be normally distributed around 0, with variance σ². By
# Bayes the most probable weights given the data (**maximum a posteriori**, MAP) make this largest:
#
# $$\log p(\text{data} \mid w) - \sum_i \frac{w_i^2}{2\sigma^2}$$
#
# With the sign turned: the sum of cross-entropies, and L2 with λ = 1/(2σ²). (For a loss that is a *mean* over n
# examples, λ is a n-th of that.) L1 is the same with Laplace's distribution, which has a peak at 0.

# %%
w, sigma, h = np.array([0.5, -2.0]), 2.0, 1e-6


def prior(w):
    return np.sum(-(w**2) / (2 * sigma**2))


slopes = [(prior(w + h * e) - prior(w - h * e)) / (2 * h) for e in np.eye(2)]
ours = l2_penalty_grad(w, 1 / (2 * sigma**2))
claim("The prior's slope is minus that of L2 with λ = 1/8", np.allclose(slopes, -ours))

# %% [markdown]
# ## Deeper: in Keras, and in PyTorch
#
# Each cure is a line:
#
# | cure | Keras | PyTorch |
# |---|---|---|
# | L2, L1 | `kernel_regularizer=regularizers.L1L2(l1, l2)` | by hand: add it to the loss |
# | weight decay | `AdamW(weight_decay=…)` | `AdamW`; in `Adam` and `SGD`, `weight_decay=w` is the slope w · weight, so λ = w/2 |
# | dropout | `Dropout(0.5)`; off unless `training=True` | `nn.Dropout(0.5)`; off after `model.eval()` |
# | augmentation | `RandomTranslation`, `RandomRotation`, `MixUp`, `CutMix` | in the data loader (`torchvision.transforms.v2`) |
# | label smoothing | `CategoricalCrossentropy(label_smoothing=0.1)` | `CrossEntropyLoss(label_smoothing=0.1)` |
# | rare classes | `fit(…, class_weight={9: 2.0})` | `CrossEntropyLoss(weight=…)` |
# | early stopping | a callback | by hand |
#
# `class_weight` multiplies the loss of each example of a class. So a double weight is as good as seeing each twice.
# (Keras divides by the number of examples, PyTorch by the sum of their weights.)

# %%
from course_lib.losses import sparse_categorical_crossentropy as loss

logits, labels = np.random.default_rng(0).standard_normal((4, 10)), np.array([9, 0, 1, 9])
double = loss(labels, logits, from_logits=True, sample_weight=np.where(labels == 9, 2.0, 1.0))
rows = [0, 0, 1, 2, 3, 3]
repeated = loss(labels[rows], logits[rows], from_logits=True)
claim("Up to the number of examples, it is the same loss", np.isclose(4 * double, 6 * repeated))
weighted, copied = experiments.steps_with_a_rare_class()
claim("In Keras' fit too: the same step", np.allclose(4 * weighted, 6 * copied, atol=1e-5))

# %% [markdown]
# ## Common misunderstandings
#
# - *"100 % in training is good."* It is reached with labels drawn by lot, too.
# - *"More parameters than examples must overfit."* See double descent.
# - *"The validation loss rises, so the answers get worse."* Ours did not.
# - *"Cross-validation needs no test set."* Who chooses by it has used it up.
# - *"A gain of half a point is a gain."* Against which spread, and with the rival at which rate?

# %% [markdown]
# ## What you can do now
#
# - **See:** training good and unseen bad is memory; both bad is too little capacity or practice.
# - **Catch:** look for test examples in training; shuffle the labels and run everything again.
# - **Choose:** more data, augmentation with steps enough, the rate; then penalties, dropout and ensembles.
# - **Measure:** own best settings, chosen on other draws than judged; differences by draw; their standard error.
#
# **Next:** the [exercises](../exercises/11-overfitting.ipynb). Then [chapter 12](12-practice.ipynb), *Practice*: it does not
# train, and now what?

# %% [markdown]
# ## Sources
#
# [@]

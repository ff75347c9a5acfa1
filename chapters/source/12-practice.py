# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 12 · Practice
#
# **It does not train. Now what?**
#
# A network that is broken does not crash. It learns a little less, or a little too well, and says nothing. So this
# chapter is a clinic: five questions before any long training, runs that are ill on purpose, and a doctor who measures
# before he treats. Afterwards we turn knobs, ask how good "good" is, and meet rivals that are no networks and win.
#
# By the end you can
#
# - **Check** a pipeline with five questions, before you train for long,
# - **Diagnose** a broken run by measuring, the cause before its effects,
# - **Tune** what matters first, and know when a search is done,
# - **Judge** a classifier by more than its accuracy, and against simpler rivals.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about a minute. You need training
# (chapters 03 to 05) and the split into training, validation and test digits (chapter 00).*

# %% [markdown]
# ## Two numbers, by hand
#
# An untrained network for ten digits knows nothing, so it should give each about 1/10. The cross-entropy of that is
# ln 10 ≈ 2.303. If the first loss is 11, something is wrong before anything was learnt.
#
# A layer has the weights 3 and 4: as an arrow, of length 5. A step changes them by 0.003 and 0.004: length 0.005. The
# **update-to-weight ratio** is 0.005 / 5 = 0.001. A rule of thumb ([Stanford's course
# CS231n](https://cs231n.github.io/neural-networks-3/)) wants it *about* a thousandth. Far more, and each step throws away
# what was learnt; far less, and nothing moves.

# %%
import inspect

import numpy as np
from course_lib import diagnosis, practice
from course_lib.data import digits
from course_lib.page import claim, quiet, show

ratio = diagnosis.update_to_weight_ratio([np.array([3.0, 4.0])], [np.array([3.003, 4.004])])
claim("Weights 3 and 4, changed by 0.003 and 0.004: a ratio of 0.001", round(ratio, 9) == 0.001)
claim("Ten classes, each with 1/10: a loss of 2.303", round(-np.log(1 / 10), 3) == 2.303)

# %% [markdown]
# ## Five questions before anything else
#
# Andrej Karpathy's [recipe](https://karpathy.github.io/2019/04/25/recipe/) for training networks is a list of ways to be
# suspicious. Four of its checks can be asked in seconds; the fifth is ours:
#
# 1. **Start:** is the first loss log K?
# 2. **Inputs:** does training with the inputs beat training with zeros in their place? (That is an
#    **input-independent baseline**.)
# 3. **Overfit:** can it learn *two* examples by heart?
# 4. **Alone:** does the answer to one example depend on that example only? Send its gradient back to the inputs and see
#    where it arrives.
# 5. **Labels:** do the labels stand in the order of the inputs? Then neighbours mostly have the same label.
#
# As code, each is a few lines. Here are the first four, and what puts all five together:

# %%
from course_lib.experiments import practice as experiments
from course_lib.plots import practice as plots

for check in ("starts_at_log_k", "uses_its_inputs", "learns_two_by_heart", "keeps_examples_apart"):
    print(inspect.getsource(getattr(experiments, check)).replace("    import keras\n\n", ""))

# %%
with quiet():
    import keras
print(inspect.getsource(experiments.recipe))
x, y, x_val, y_val, x_test, y_test = digits()
x, x_val, x_test = (images.reshape(-1, 64) for images in (x, x_val, x_test))

# %% [markdown]
# One sound pipeline, and five with one fault each: the last layer starts with weights 30 times too large · pixels that
# were 0 to 1 already are divided by 255, and again, and again · the rate is 10⁻⁹ · a mean is taken over the batch in place of
# each example's own pixels · the labels were shuffled, the pictures not.
#
# **Predict, then run:** which questions does each fail? Two of the faults fail the same ones.

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
verdicts = experiments.verdicts(x, y)
plots.plot_verdicts(verdicts)
show("""Six pipelines, five questions each. The sound one passes all, the others fail one or two.
Inputs divided by 255 thrice and the tiny rate have their crosses in the same places.""")
crosses = {
    name: [k for k, (passed, _) in found.items() if not passed] for name, found in verdicts.items()
}
claim("The sound one passes all five", crosses["sound"] == [])
claim("Weights too large: only the start", crosses["last weights too large"] == ["start"])
claim("A rate of 10⁻⁹: inputs, overfit", crosses["rate of 10⁻⁹"] == ["inputs", "overfit"])
claim("Tiny inputs: the same", crosses["divided by 255 thrice"] == ["inputs", "overfit"])
claim("A wrong axis: only alone", crosses["mean over the wrong axis"] == ["alone"])
claim("Labels: inputs and labels", crosses["labels in another order"] == ["inputs", "labels"])

# %% [markdown]
# *Read it row by row.* Tiny inputs and a tiny rate look alike: nothing moves, and only the inputs themselves tell which
# it is. Shuffled labels can be learnt by heart: two examples are no problem. And the wrong axis trains
# splendidly; it would fail on the day when somebody asks about one single digit. No curve shows that.
#
# *Four rules of thumb*, and where the course has measured them: the whole pipeline on a little data first (these five
# questions) · fine-tune what exists rather than start from scratch (chapter 14) · tune the rate first (below) · look at
# data and code before you change the model (the clinic, now).

# %% [markdown]
# ## The clinic
#
# Twelve runs of small networks on some of the digits, each from the same seed. One is healthy. Eleven have one fault
# each. Blue is the loss in training, orange dashed in validation, both divided by log K:

# %%
from course_lib import clinic

order = np.random.default_rng(2).permutation(list(diagnosis.FAULTS))
patients = [clinic.run(str(fault), seed=107) for fault in order]
plots.plot_clinic(patients)
show("""Twelve pairs of loss curves without names, cut at 2.5. Some fall, some lie flat, one has no
number, and several of those that fall look alike.""")

# %% [markdown]
# Which is the healthy one? Write your guess down. Then ask a doctor who sees curves, and who may measure:

# %%
from course_lib.widgets import practice as widgets

widgets.CurveDoctor()

# %% [markdown]
# 1. Go through some *cases* with *I do not know*. Say what you think, then tick *measure it*.
# 2. Choose *leakage*, then *healthy*, and compare. Which of the two curves is the better one?
# 3. Take *drawn by hand* and drag the points: a loss that falls to 0.1 while the validation loss rises again. What does
#    the doctor say, and can he be sure?
#
# <details><summary>Answers</summary>
#
# 2: as a rule, leakage: its validation examples were seen in training. 3: a drawing has no inputs, weights or labels
# to measure, so he can only name what would look like it. (A rising validation loss alone, with good accuracy, is
# overfitting, chapter 11's affair, and no fault of this list.)
#
# </details>
#
# Your own run goes in as `widgets.CurveDoctor(history)`, with the four curves that `fit` gives.

# %% [markdown]
# ### Measure, and causes first
#
# The doctor's diagnosis is a list of questions. Each is one number, and their *order* is the point: first the data,
# then what the loss is given, and how the network moves only at the end.

# %%
print(inspect.getsource(diagnosis.diagnose))
print(inspect.getsource(diagnosis._signs))

# %% [markdown]
# Most of the numbers are one line to compute: `np.isfinite(x).mean()`, `np.abs(x).max()`, the share of validation rows
# that stand in the training set, `np.bincount(y).max() / len(y)`. *Twice* asks for the same prediction two times:
# dropout that is left on answers differently. *Off one* adds the outputs up: logits do not add up to 1, shares do. A
# unit is *dead* if it is 0 for every example.
#
# **Predict, then run:** the limits were chosen on seeds 0 to 24. On 300 other runs (stored: `practice_study clinic`),
# how many does measuring name rightly? And how many do the curves alone?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
from course_lib.experiments import practice_study as study

measured = study.stored()
plots.plot_named(measured["clinic"])
show("""For each fault two bars: of 25 unseen runs, those named rightly by curves and by measuring.
Measuring is right everywhere; by curves leakage and rates that are too high are hard.""")
right = {
    way: sum(said == fault for fault, of in measured["clinic"].items() for said in of[way])
    for way in ("curves", "measured")
}
claim("By measuring 300 of 300", right["measured"] == 300)
claim("By curves 240 of 300", right["curves"] == 240)

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
caught = {fault: of["curves"].count(fault) for fault, of in measured["clinic"].items()}
claim(
    "Leakage is worst: 9 of 25", min(caught, key=caught.get) == "leakage" and caught["leakage"] == 9
)
well = measured["clinic"]["healthy"]["ratio"]
claim(
    "Of the healthy, the largest of the first ten steps: 0.003 to 0.024 of the weights",
    (round(min(well), 3), round(max(well), 3)) == (0.003, 0.024),
)

# %% [markdown]
# 300 of 300 is no magic: we made the faults, one at a time, and know what can be wrong. Yours may be the thirteenth, or
# two at once. But the comparison stands. Curves show *that* something is wrong. What it is, they often cannot say,
# because several causes draw the same line. Leakage is worst: 9 of 25, since what is wrong with it looks like success.
#
# And the rule of a thousandth? Early steps are larger: among their first ten, the healthy runs have one of 0.003 to
# 0.024. So the doctor's limits are 0.0008 and 0.06; measure what is usual for your own network.
#
# And here, freshly trained, are the twelve from above:

# %%
plots.plot_clinic(patients, [str(fault) for fault in order])
show("""The same twelve pairs of curves, now each under the name of its fault.""")
named = [diagnosis.diagnose(patient.numbers)[0] for patient in patients]
claim("Measuring names all twelve", named == [patient.fault for patient in patients])
losses = [patient.curves["loss"] for patient in patients]
claim(
    "In nine of twelve the loss falls by 5 % or more", sum(c[-1] < 0.95 * c[0] for c in losses) == 9
)
cured = clinic.run("healthy", seed=107)
claim(
    "The cure, the same seed without the fault: over 90 % right",
    cured.curves["val_accuracy"][-1] > 0.9,
)

# %% [markdown]
# *The five complaints*, and the clinic's cases under each:
#
# | complaint | look for | cure |
# |---|---|---|
# | the loss does not fall | rate too low or too high · dead ReLUs · inputs not scaled · labels shuffled · softmax twice · wrong loss | divide or multiply the rate by 10 · biases at 0, He's weights · scale · one order for both · logits once · cross-entropy |
# | it is not a number | 0/0 in a standardization · log of 0 · far too high a rate | find the first operation that gives it, with `np.isfinite` |
# | good in training, bad in the world | leakage · overfitting (chapter 11) · dropout left on (`training=`) | split first · more data, less freedom · `training=False` |
# | it is slow | rate too low · inputs not scaled · batch too small for the machine (chapter 15) | tune the rate · scale · larger batch |
# | a rare class is never found | imbalance | look at recall; weights, copies or another threshold (below) |

# %% [markdown]
# ## What goes wrong
#
# Somebody finds dead ReLUs, remembers chapter 02, and treats them: with leaky ReLUs nothing can die.

# %%
sick = clinic.broken_setting("inputs not scaled", seed=110)
ill = clinic.trained(sick)
claim("After training at least 95 % of the units are dead", ill.numbers["dead"] >= 0.95)
leaky = clinic.trained(sick, activation="leaky_relu")
claim("Leaky ReLUs: less than half is right", leaky.curves["val_accuracy"][-1] < 0.5)

# %% [markdown]
# **Diagnosis:** they did not die first. Before the first step they were alive, and the inputs were large:

# %%
claim("Before the first step less than 15 % are dead", ill.numbers["dead_first"] < 0.15)
claim("The largest input is 255", ill.numbers["largest"] == 255)
claim("A step changes the weights by more than their size", ill.numbers["ratio"] > 1)
claim("So the diagnosis is", diagnosis.diagnose(ill.numbers)[0] == "inputs not scaled")

# %% [markdown]
# Inputs 255 times too large make the gradients of the weights far too large, one of the first steps throws the weights
# away, and units die of it. **Cure:** the cause. The control is the other half: scale the inputs and keep the plain ReLU.

# %%
largest = np.abs(sick.x).max()
scaled = clinic.trained(sick.changed(x=sick.x / largest, x_val=sick.x_val / largest))
treated = {"ill": ill, "leaky ReLU": leaky, "inputs scaled": scaled}
plots.plot_effect_and_cause({name: run.curves["val_accuracy"] for name, run in treated.items()})
show("""The share right in validation over 20 epochs. Ill and treated with leaky ReLUs it stays low;
with scaled inputs it climbs above 0.9.""")
claim("Inputs scaled: more than 90 % right", scaled.curves["val_accuracy"][-1] > 0.9)

# %% [markdown]
# ## Turning knobs
#
# What you set before training, and gradient descent does not learn, is a **hyperparameter**. The rate comes first.
# Twenty networks for each rate (stored: `practice_study rates`), one hidden layer of 32, 30 passes:

# %%
rates = np.array([float(rate) for rate in measured["rates"]])
right = np.array(list(measured["rates"].values()))
plots.plot_rates(rates, right)
show("""The share of test digits read against the rate of Adam, from 10⁻⁵ to 3. It climbs to a broad
top between 0.003 and 0.03 and falls off a cliff above 0.1.""")
mean = dict(zip(np.round(np.log10(rates), 1).tolist(), right.mean(axis=1).tolist()))
claim(
    "At 0.001 on average more than 95 %, at 0.01 more than 96.5 %",
    mean[-3] > 0.95 and mean[-2] > 0.965,
)
claim("At 0.00001, and at 1 or more, less than 15 %", max(mean[-5], mean[0], mean[0.5]) < 0.15)

# %% [markdown]
# So the usual advice, *search from 10⁻⁵ to 10⁻¹ and start at 10⁻³*, holds here, with the best three to thirty times the
# start. Left of the top it only needs longer; on the right it breaks. (Stored: `practice_study longer`.)

# %%
longer = {name: np.mean(shares) for name, shares in measured["longer"].items()}
claim("At 0.0001: 69 %", round(mean[-4], 2) == 0.69)
claim("And with ten times the passes over 95", longer["rate 0.0001, 300 passes"] > 0.95)

# %% [markdown]
# **Predict, then run:** the other knobs, each setting at *its own* best rate. Which of them matter: batch, optimizer,
# width, depth, dropout, weight decay?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
knobs = study.shares_right(measured["knobs"])
plots.plot_knobs(knobs)
show("""Six panels, errors in per cent of twenty networks for each setting, cut at 13. Small widths,
huge batches, much dropout and much decay have more errors; in between nearly all lie at 3 %.""")
inside = [of["inside"] for some in measured["knobs"].values() for of in some.values()]
claim("No best rate lies on the edge of those tried", all(inside))
errors = {knob: [100 - 100 * np.mean(v) for v in some.values()] for knob, some in knobs.items()}
width, optimizer, dropout = (errors[knob] for knob in ("width", "optimizer", "dropout"))
claim("Width 4: more than 20 % errors; 32 or more: 2.5 to 3.1", width[0] > 20 and width[3] < 3.1)
claim("Optimizers differ by less than 1 %", np.ptp(optimizer) < 1)
claim("Dropout from 0 to 0.3 differs by less than 0.5", np.ptp(dropout[:4]) < 0.5)

# %% [markdown]
# | knob | usual range, start | here |
# |---|---|---|
# | learning rate | 10⁻⁵ … 10⁻¹, start at 10⁻³ | 0.003 … 0.03 best |
# | batch | 16 … 512 | 16 to 64 equal; from 128 on 1 to 2 % more errors in as many passes; none in as many steps |
# | epochs | as many as early stopping gives, patience 5–10 | see below |
# | optimizer | Adam first; SGD with momentum for fine-tuning (chapter 14) | all within 1 %, each at its own rate, 0.01 to 0.3 |
# | width, depth | start small, widen | fewest errors at 128, the widest tried: an edge, so search further; three or four layers: 1 % more errors than none to two |
# | dropout | 0.1 … 0.5 | no gain: nothing to cure in 30 passes |
# | weight decay | 10⁻⁴ | no gain up to 10⁻³ |
#
# And these are the sentences of the table that one can get wrong:

# %%
batch, depth = errors["batch"], errors["depth"]
few, many = batch[:3], batch[3:]
more = min(many) - max(few), max(many) - min(few)

# %%
claim("Batches of 128 or more: 0.7 to 2 % more errors", 0.7 < more[0] < more[1] < 2)
claim("512 with 16 times the passes: below 3", longer["batch 512, 480 passes"] > 0.97)
claim("The widest tried is the best", np.argmin(width) == len(width) - 1)
claim("Up to two hidden layers: below 3.3 %", max(depth[:3]) < 3.3)
claim("Three or four: above 4", min(depth[3:]) > 4)

# %% [markdown]
# "Nothing to gain" is a result too. A cure needs an illness (chapter 11). Patience (stored: `practice_study patience`):

# %%
patience = measured["patience"]
stops = {p: np.mean(of["epochs"]) for p, of in patience.items()}
reads = {p: np.mean(of["test"]) for p, of in patience.items()}
claim(
    "Patience 5 stops after 30 to 40 epochs, 10 after 40 to 50",
    30 < stops["5"] < 40 < stops["10"] < 50,
)
claim("10 costs less than half a per cent against all 150", 0 < reads["150"] - reads["10"] < 0.005)
claim("Patience 1 costs more than one", reads["150"] - reads["1"] > 0.01)

# %% [markdown]
# ### A search, by Keras Tuner
#
# A **random search** draws settings by chance; rates evenly on a *logarithmic* scale. Keras Tuner needs a function that
# builds a model from settings, and a `RandomSearch` that is told what to look at and how often to draw:

# %%
print(inspect.getsource(experiments.search))

# %%
trials = experiments.search(x, y, x_val, y_val)
plots.plot_search(trials)
show("""Eight trials: validation loss against the rate from 10⁻⁵ to 1 on a logarithmic axis.
The lowest lie between 0.001 and 0.1; towards both ends the loss is high.""")
best = trials[0][0]["rate"]
claim("The best rate is far from both edges: 0.001 to 0.1", 1e-3 < best < 1e-1)
outside = min(loss for tried, loss in trials if not 1e-3 < tried["rate"] < 1e-1)
claim("What lies outside has at least twice the loss", outside > 2 * trials[0][1])
ends = sorted(tried["rate"] for tried, _ in trials[:2])
claim("The two best rates lie ten times apart", ends[1] > 10 * ends[0])
claim("And their losses by a quarter at most", trials[1][1] < 1.25 * trials[0][1])

# %% [markdown]
# *Look where the best one lies.* If it were at an edge, the answer would be "search further", and no result. And look at
# the second: its rate is 13 times the best one's, its loss nearly the same. So eight trials of five passes found the
# band of good rates, and neither *the* best rate nor anything about the width.
#
# When you compare, say what each knob is to you
# ([Google's playbook](https://github.com/google-research/tuning_playbook) has the words): *scientific* is the one whose effect you ask for, *nuisance* are those that must be tuned anew for each
# of its settings (the rate, above), *fixed* are the others, and your result holds for these only.

# %% [markdown]
# ## How good is good?
#
# One network, and a **confusion matrix**: rows say what it was, columns what was read.

# %%
keras.utils.set_random_seed(0)
model = experiments.network(rate=0.01)
model.fit(x, y, batch_size=32, epochs=20, verbose=0)
logits = model.predict(x_test, verbose=0)
matrix = practice.confusion_matrix(y_test, logits.argmax(axis=1), 10)
plots.plot_confusion(matrix)
show("""Ten by ten counts. Nearly all lie on the diagonal; no mistake was made often.""")
claim("No mistake more than three times", (matrix - np.diag(np.diag(matrix))).max() <= 3)
claim("More than 94 % on the diagonal", np.trace(matrix) / matrix.sum() > 0.94)

# %% [markdown]
# Now a rare thing: is it an eight? One digit in ten is. A model that always says no is right in 90 %, and useless. So
# ask two questions. **precision**: of those it calls eights, how many are? **recall**: of the eights, how many does it
# find? And one for both: their harmonic mean **F1**. In counts of true and false positives and negatives:
#
# $$\text{precision} = \frac{TP}{TP + FP} \qquad \text{recall} = \frac{TP}{TP + FN} \qquad
# F_1 = \frac{2\,TP}{2\,TP + FP + FN}$$
#
# By hand: 8 found, 2 missed, 8 false alarms. Precision 8/16, recall 8/10, F1 16/26 ≈ 0.615.

# %%
truth, said = np.repeat([1, 0, 1, 0], [8, 8, 2, 82]), np.repeat([1, 1, 0, 0], [8, 8, 2, 82])
numbers = [f(truth, said) for f in (practice.precision, practice.recall, practice.f1)]
claim("Precision 0.5, recall 0.8, F1 0.615", np.round(numbers, 3).tolist() == [0.5, 0.8, 0.615])
theirs = keras.metrics.F1Score(threshold=0.5)
theirs.update_state(truth[:, None], said[:, None].astype("float32"))
claim("Keras' F1 says the same", np.isclose(float(theirs.result()[0]), numbers[2], rtol=1e-6))

# %% [markdown]
# All three depend on the **threshold** from which on the answer is yes. Move it:

# %%
widgets.Threshold(share=0.1)

# %% [markdown]
# 1. Where is accuracy highest? How many positives does it miss there?
# 2. Lower the *share of positives* to 0.02. What happens to the ROC curve, and what to precision?
# 3. Set *apart* to 0. What does each curve look like when the scores know nothing?
#
# <details><summary>Answers</summary>
#
# 1: near 0.74, where it misses 48 of 100. Accuracy would rather miss a rare one than raise false alarms. 2: ROC hardly
# changes, as both its axes are shares of one class. Precision falls: the same false alarms now stand against few
# positives ([@davis2006]). 3: ROC is near the diagonal, precision near the share of positives.
#
# </details>
#
# The **ROC curve** shows all thresholds at once: positives found against false alarms ([@fawcett2006]). The area under
# it, **AUROC**, is the chance that a positive scores above a negative.
#
# **Your turn.** Compute it from that sentence, for all pairs; ties count half.


# %%
def auroc_of_pairs(positive, negative):
    """How often a score of the first list is above one of the second."""
    return None  # your lines


scores = np.array([0.9, 0.7, 0.7]), np.array([0.8, 0.7, 0.1, 0.2])
print("Right!" if auroc_of_pairs(*scores) == 9 / 12 else "Not yet: 12 pairs, of which 2 are ties.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `above = positive[:, None] - negative` and `return np.mean((above > 0) + 0.5 * (above == 0))`
#
# (0.9 beats all four; each 0.7 beats two and ties once: 4 + 2.5 + 2.5 = 9 of 12.)
#
# </details>

# %%
truth, score = np.repeat([1, 0], [3, 4]), np.concatenate(scores)
claim("The library says 9/12 too", np.isclose(practice.auroc(truth, score), 9 / 12, rtol=1e-12))

# %% [markdown]
# ### Rivals that are no networks
#
# Ten random splits of the digits and of two small tables that ship with scikit-learn: chemical analyses of wine, and
# measurements of tumours. Each method chooses its own setting within each split (stored: `practice_study rivals`).
#
# **Predict, then run:** who has fewest errors on the digits? And on the tables?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
rivals = {t: {n: of["right"] for n, of in some.items()} for t, some in measured["rivals"].items()}
plots.plot_rivals(rivals)
show("""Three panels, errors in per cent in ten splits. On digits support vectors have about 1 %,
the dense network 2, the convolution ½; on wine and tumours all lie close together.""")
wrong = {t: {n: 100 - 100 * np.mean(r) for n, r in some.items()} for t, some in rivals.items()}
claim("Support vectors on the digits: less than 1.2 %", wrong["digits"]["support vectors"] < 1.2)
claim("Our dense network: 1.5 to 2.5 %", 1.5 < wrong["digits"]["dense network"] < 2.5)

# %% [markdown]
# A support vector machine has no layers, trains in a blink, and makes half the errors of our dense network. A network
# that knows what pictures are halves them again: chapter 07's convolutions, taught with pictures shifted by chance. (It
# has one setting for all splits.) Differences are held against their own scatter, split by split:

# %%


def gain(table, one, other):
    """The mean gain of one method over another in per cent, and its standard error."""
    gains = 100 * (np.array(rivals[table][one]) - np.array(rivals[table][other]))
    return gains.mean(), gains.std(ddof=1) / np.sqrt(len(gains))


# %%
more, error = gain("digits", "support vectors", "dense network")
claim("Support vectors read more, by at least 4 standard errors", more > 4 * error)
more, error = gain("digits", "convolution", "support vectors")
claim("A convolution more than they, by at least 3", more > 3 * error)
more, error = gain("wine", "random forest", "ten dense networks")
claim("A forest's lead over ten networks on wine: less than 1", more < error)
more, error = gain("tumours", "logistic regression", "dense network")
claim("Logistic regression's over one network on tumours: less than 1", more < error)

# %% [markdown]
# *Neural network or classical?*
#
# | you have | begin with | because |
# |---|---|---|
# | a small table | logistic regression, random forest | on neither table was a network ahead of the better of these, and they cost less |
# | a table of some 10 000 rows | gradient boosting, random forest | on 45 data sets trees stayed ahead of networks ([@grinsztajn2022]) |
# | good features, made by hand | logistic regression | it says which feature counts |
# | probabilities you can trust, from little data | logistic regression, its setting chosen by the Brier score (below); or any, and then calibrate | on wine 0.03; chosen by right answers 0.14, and one network 0.04 |
# | pictures, sound, text; many examples | a network, best one already trained (chapter 14) | it makes its own features |
#
# The two rows that we measured:

# %%
for table in ("wine", "tumours"):
    classical = min(wrong[table][name] for name in ("logistic regression", "random forest"))
    networks = min(wrong[table][name] for name in ("dense network", "ten dense networks"))
    claim(f"{table}: no network ahead", classical < networks)
of = measured["rivals"]["wine"]
brier = [
    *(np.mean(of[name]["brier"]) for name in ("logistic regression", "dense network")),
    np.mean(measured["trusted"]["wine"]),
]
claim("Brier scores on wine: 0.14, 0.04, 0.03", np.round(brier, 2).tolist() == [0.14, 0.04, 0.03])

# %% [markdown]
# When *not* to use a network: when a rule or a table answers the question, when nobody can say what an error costs, or
# when you cannot collect what the world will ask it.

# %% [markdown]
# ## Deeper: how many examples?
#
# Learnt from 50, 100, 300 and 1,000 digits, on ten splits each (stored: `practice_study few`).
#
# **Predict, then run:** from how many on is the dense network ahead of logistic regression? And of support vectors?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
few = {int(count): some for count, some in measured["few"].items()}
plots.plot_few(few)
show("""Errors against the number of digits learnt from, on two logarithmic axes. All four fall;
support vectors lie lowest everywhere, and with 1,000 digits the dense network has left logistic
regression behind.""")
share = {count: {n: np.mean(right) for n, right in some.items()} for count, some in few.items()}
ahead = [max(some, key=some.get) for some in share.values()]
claim("Support vectors are ahead with each number", set(ahead) == {"support vectors"})
leads = np.subtract(few[1000]["dense network"], few[1000]["logistic regression"])
claim("With 1,000 the network leads logistic regression by a point or more", leads.mean() > 0.01)
claim("more than four standard errors", leads.mean() > 4 * leads.std(ddof=1) / np.sqrt(10))
closer = [abs(share[n]["dense network"] - share[n]["logistic regression"]) for n in (50, 100, 300)]
claim("With fewer they are less than a point apart", max(closer) < 0.01)

# %% [markdown]
# ## Deeper: are its promises kept?
#
# A classifier that says "90 %" should be right in 90 of 100 such cases. Then it is **calibrated**. We make reading hard:
# 300 digits under noise, learnt for 100 passes. The **reliability diagram** sorts answers by their promise and compares
# it with what is kept. Its mean gap is the **expected calibration error**, ECE:
#
# $$\text{ECE} = \sum_m \frac{n_m}{n}\, \left|\text{right}_m - \text{promised}_m\right|$$

# %%
rng = np.random.default_rng(0)
noisy, noisy_val, noisy_test = (z + 0.4 * rng.standard_normal(z.shape) for z in (x, x_val, x_test))
keras.utils.set_random_seed(0)
bold = experiments.network(width=64)
bold.fit(noisy[:300], y[:300], batch_size=32, epochs=100, verbose=0)
logits, logits_val = (bold.predict(z, verbose=0) for z in (noisy_test, noisy_val))
promised = practice.temperature_scaling(logits, 1)
ece = practice.expected_calibration_error(y_test, promised)
claim("It promises at least a tenth too much, on average", ece > 0.1)

# %% [markdown]
# The repair is one number, a temperature $T$ (chapter 10), fitted on *validation* examples: $\text{softmax}(z / T)$
# ([@guo2017]). Order and answers stay as they were.

# %%
temperature = practice.fit_temperature(y_val, logits_val)
kept = practice.temperature_scaling(logits, temperature)
bins = [practice.reliability_bins(y_test, p, bins=10) for p in (promised, kept)]
plots.plot_reliability(*bins)
show("""Two reliability diagrams. As trained, most points lie below the diagonal: less is kept than
promised. With a temperature they lie near it.""")
claim("The temperature is above 1.3", temperature > 1.3)
claim("The error shrinks", practice.expected_calibration_error(y_test, kept) < ece)
claim("The answers stay", (kept.argmax(axis=1) == promised.argmax(axis=1)).all())

# %% [markdown]
# Twenty such networks (stored: `practice_study promises`). The **Brier score**, the mean of $\sum_k (p_k - y_k)^2$
# ([@brier1950]), has both in one number: are promises kept, and are they bold?

# %%
promises = {name: np.array(values) for name, values in measured["promises"].items()}
promise, held, before, after = (
    promises[key].mean() for key in ("confidence", "right", "ece", "ece after")
)

# %%
claim("Promised 84 to 85 %, kept 66 to 68", 0.84 < promise < 0.85 and 0.66 < held < 0.68)
claim("ECE: 0.18 before, 0.06 after", (round(before, 2), round(after, 2)) == (0.18, 0.06))
claim("It shrinks in every one", (promises["ece after"] < promises["ece"]).all())
claim("And so does Brier's score", (promises["brier after"] < promises["brier"]).all())

# %% [markdown]
# ## Deeper: a rare class
#
# Of a thousand digits twenty are eights. Three ways, twenty runs each (stored: `practice_study rare`): nothing; each
# class weighted by its rarity (`fit(class_weight=…)`); the rare ones copied until both are as many (resampling). And
# the control: move the threshold, on validation digits.

# %%
ways = {way: measured["rare"][way] for way in ("plain", "weights", "copies")}
plots.plot_rare(ways)
show("""Three panels, twenty dots for each of plain, weights and copies. F1 at one half: plain is
lowest. With the threshold moved they lie close together; so they do in AUROC.""")
rare = {way: {key: np.mean(v) for key, v in of.items()} for way, of in ways.items()}
claim(
    "F1 at ½: weights and copies gain about 0.1", rare["weights"]["f1"] - rare["plain"]["f1"] > 0.08
)
claim("Moving the threshold alone gains as much", rare["plain"]["f1 moved"] > rare["weights"]["f1"])
claim(
    "AUROC hardly differs: by less than 0.01", np.ptp([of["auroc"] for of in rare.values()]) < 0.01
)
area = {way: round(of["ap"], 2) for way, of in rare.items()}
claim("Average precision", area == {"plain": 0.84, "weights": 0.82, "copies": 0.86})

# %% [markdown]
# So here weights do not make a better ranking; they move the threshold. The area under precision against recall, the
# **average precision**, says so too: with weights it is no higher. Copies rank a little better, and are a little ahead
# with a threshold of their own.

# %% [markdown]
# ## Deeper: look at what is worst
#
# Sort the training digits by their loss. What is on top is hard, odd, or *labelled wrongly*. We make twenty labels
# wrong and train for ten passes:

# %%
wrong_rows = np.random.default_rng(0).permutation(len(y))[:20]
changed = y.copy()
changed[wrong_rows] = (y[wrong_rows] + 3) % 10
keras.utils.set_random_seed(0)
reader = experiments.network(rate=0.003)
reader.fit(x, changed, batch_size=32, epochs=10, verbose=0)
chances = practice.temperature_scaling(reader.predict(x, verbose=0), 1)
worst = np.argsort(chances[np.arange(len(y)), changed])[:20]

# %%
plots.plot_worst(x[worst].reshape(-1, 8, 8), changed[worst], chances[worst].argmax(axis=1))
show("""The twenty digits with the largest loss, each under its label and what was read. Most are
plainly other digits than their label says.""")
claim("At least 15 of the twenty wrong labels are there", len(set(worst) & set(wrong_rows)) >= 15)
labels = {int(epochs): np.mean(caught) for epochs, caught in measured["labels"].items()}
claim(
    "Ten passes find 18 on average; 100 passes fewer than 14", labels[10] >= 18 > 14 > labels[100]
)

# %% [markdown]
# Train longer, and it learns the wrong labels by heart (chapter 11). Well-known test sets have such labels too: on
# average at least 3.3 % of ten of them ([@northcutt2021]).
#
# **Your turn.** A human baseline: read these twenty unseen digits, and type what you see.

# %%
plots.plot_worst(x_test[100:120].reshape(-1, 8, 8), ["?"] * 20, ["?"] * 20)
show("""Twenty unseen digits in two rows, with question marks in place of labels.""")
mine = ""  # your reading: twenty digits
read = sum(a == str(b) for a, b in zip(mine, y_test[100:120], strict=False))
print(f"You read {read} of 20." if mine else "Not yet read.")

# %% [markdown]
# <details><summary>What for?</summary>
#
# If you cannot do better than the network, more training will hardly help: the pictures do not say more. If you can,
# something in data or model is still to be found.
#
# </details>

# %% [markdown]
# ## Deeper: grid, chance, or spread
#
# Nine trials for two knobs. A **grid search** tries 3 rates × 3 shares of dropout. Nine random trials try nine rates.
# James Bergstra and Yoshua Bengio ([2012](https://www.jmlr.org/papers/v13/bergstra12a.html)) found random search better,
# since mostly only a few of the knobs matter.
# Here 400 searches of each kind, from trained networks (stored: `practice_study search`). "Spread" draws by chance too,
# but one rate in each ninth of the range:

# %%
found = {name: np.array(measured["search"][name]) for name in ("grid", "random", "spread")}
plots.plot_grid_and_random(found)
show("""For each share of test digits, how many searches ended below it. The three curves rise
between 0.92 and 0.97; that of spread lies lowest on the left, that of random begins first.""")
means = {name: shares.mean() for name, shares in found.items()}
claim(
    "All three read 95 to 96 % on average", 0.95 < min(means.values()) < max(means.values()) < 0.96
)
claim("Pure chance is the least sure: its worst is below 85 %", found["random"].min() < 0.85)
claim("Spread is best on average, chance last", means["spread"] > means["grid"] > means["random"])
claim(
    "The worst of spread and of grid are above 90 %",
    min(found["spread"].min(), found["grid"].min()) > 0.9,
)

# %% [markdown]
# In our square random search did *not* win: good rates are a broad band, so that even a coarse grid hits
# it, and pure chance sometimes misses. Chance that is spread out has the best of both.

# %% [markdown]
# ## Deeper: the same again, and on a page
#
# A run is **reproducible** if the same seed gives the same weights, bit for bit, on the same machine. In Keras it is one
# line, `keras.utils.set_random_seed(1)`, for Python, NumPy and the backend:

# %%
once, again, other = (experiments.weights_after(seed, x, y) for seed in (1, 1, 2))
claim("The same seed: all weights equal", np.array_equal(once, again))
claim("Another seed: not", not np.array_equal(once, other))

# %% [markdown]
# (On a GPU, sums may run in another order; TensorFlow has `enable_op_determinism()` for that, at a price in speed.) But a
# result that holds for *one* seed is a story. The best and the worst of the twenty networks at the rate 0.01 are
# further apart than the means of any two optimizers:

# %%
at_best = right[np.argmin(np.abs(rates - 0.01))]
claim("From the worst seed to the best: more than 1 %", np.ptp(at_best) > 0.01)
claim("Twice as far as from optimizer to optimizer", 100 * np.ptp(at_best) > 2 * np.ptp(optimizer))

# %% [markdown]
# **TensorBoard** draws curves while you train. The callback `keras.callbacks.TensorBoard("logs")`, given to `fit`,
# writes a log; the program reads it. In JupyterLab:
# `%load_ext tensorboard`, then `%tensorboard --logdir logs`. Here we ask TensorBoard itself for what it has read:

# %%
import tempfile

with tempfile.TemporaryDirectory() as folder:
    history = experiments.logged(x, y, x_val, y_val, folder)
    curves = experiments.scalars(folder)

# %%
claim("It has two runs: train and validation", list(curves) == ["train", "validation"])
same = np.allclose(curves["validation"], history["val_loss"], rtol=1e-6, atol=0)
claim("And its curve is the one that fit returned", same)

# %% [markdown]
# ## Common misunderstandings
#
# - *"The loss falls, so it works."* So it does with leakage, with a wrong loss, and with dropout left on.
# - *"99 % is good."* Against which rival, and how rare is the rest?
# - *"The probability says how sure it is."* Only after somebody has checked.
# - *"Deep learning wins."* On these digits a method of the 1990s made half the errors of a dense network. What won was a
#   network made for pictures.

# %% [markdown]
# ## What you can do now
#
# - **Check:** log K at the start, inputs that count, two examples by heart, examples apart, labels in order.
# - **Diagnose:** measure; data before outputs, outputs before motion, causes before effects.
# - **Tune:** the rate first, one change at a time, each rival at its best, the best off the edge.
# - **Judge:** confusion, precision, recall, thresholds, calibration; and a simple rival on the same splits.
#
# **Next:** the [exercises](../exercises/12-practice.ipynb), where unseen patients wait. Then [chapter 13](13-generation.ipynb),
# *Generation*, lets networks make something new.

# %% [markdown]
# ## Sources
#
# [@]

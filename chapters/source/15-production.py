# ---
# jupyter:
#   course:
#     seconds: 120
# ---

# %% [markdown]
# # 15 · Production
#
# **How does it leave the notebook?**
#
# A trained network is a file that nobody uses. To be of use it has to fit into some computer, survive a power cut, speak
# to programs that have never heard of Keras, and be told off when it gets worse. Here one small reader of digits goes
# the whole way: counted, shrunk, interrupted, exported, served, attacked, replaced, and watched.
#
# By the end you can
#
# - **Budget** a network's memory and operations before you build it,
# - **Resume** a run that was killed, to the very same weights,
# - **Serve** an exported model to strangers, some of them rude,
# - **Watch** it: tests of behaviour, a canary, an alarm for drift.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: one to two minutes. You need training
# (chapters 03 to 05), the KV cache (chapter 10), and quantization (chapter 14).*

# %% [markdown]
# ## Two numbers, by hand
#
# Our reader takes 64 pixels, has 64 hidden units, and answers with 10 logits. **Numbers to store:** 64 · 64 + 64 in the
# first layer, 64 · 10 + 10 in the second: 4,810. In 32 bits, that is 4 bytes each: 19,240 bytes.
#
# *Operations* for one digit, two for each weight (multiply, add): 2 · (64 · 64 + 64 · 10) = 9,472. These are **FLOPs**,
# floating-point operations. Biases and ReLUs are left out: they are few.

# %%
import inspect
import tempfile

import numpy as np
from course_lib import production
from course_lib.data import digits
from course_lib.page import LiveText, claim, quiet, show

with quiet():
    import keras
from course_lib.experiments import production as experiments

# %%
reader = experiments.reader()
costs = production.count_keras(reader)
claim("4,810 numbers, as we count them", sum(c.parameters for c in costs) == 4_810)
claim("Keras counts as many", reader.count_params() == 4_810)
claim("9,472 FLOPs, as we count them", sum(c.flops for c in costs) == 9_472)
claim(
    "TensorFlow's own profiler: as many in matrix products",
    experiments.graph_flops(reader)["MatMul"] == 9_472,
)

# %% [markdown]
# ## What does it need?
#
# To *run* it: the weights, and whatever it must remember. To *train* it, far more. Everything is there at once:
#
# $$\text{training} = \underbrace{4P}_{\text{weights}} + \underbrace{4P}_{\text{gradients}} +
# \underbrace{8P}_{\text{Adam's two moments}} + \underbrace{4 B A}_{\text{outputs of all layers}} \quad \text{bytes}$$
#
# for $P$ parameters, a batch of $B$ and $A$ outputs for each example, all in 32 bits. The outputs are kept for
# the way back (chapter 04). A language model that writes keeps keys and values of all tokens so far:
#
# $$\text{KV cache} = 2 \cdot \text{layers} \cdot \text{heads} \cdot \text{key size} \cdot \text{tokens} \cdot
# \text{requests} \cdot \text{bytes of a number}$$
#
# where heads that share keys and values count once. Held against Keras' own variables and outputs:

# %%
x, y, x_val, y_val, x_test, y_test = digits()
optimizer = reader.optimizer
optimizer.build(reader.trainable_variables)
moments = [v for v in optimizer.variables if len(v.shape)]
state = sum(np.asarray(v).nbytes for v in moments)
claim("Adam remembers two numbers for each", state == 8 * 4_810)
claim("As counted", production.optimizer_state_bytes(4_810, "adam") == state)

# %%
every = keras.Model(reader.inputs, [layer.output for layer in reader.layers])
outputs = sum(np.asarray(output).nbytes for output in every([x[:32]]))
claim("32 digits: 138 outputs each", outputs == 4 * 32 * (64 + 64 + 10))
claim("As counted too", production.activation_bytes(costs, 32) == outputs)

# %% [markdown]
# (Keras may keep a little more, a compiler less. And recomputing outputs on the way back trades memory for operations.)
#
# **Predict, then run:** 7 billion parameters, numbers of 16 bits. 32 layers, each with 32 heads of size 128, have read
# 2,048 tokens. How large are the weights? The cache? And what does training with Adam take, outputs not counted?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
weights = production.memory_bytes(7_000_000_000, "float16")
cache = production.kv_cache_bytes(32, 32, 128, 2_048, dtype="float16")
adam = 2 * production.memory_bytes(7_000_000_000)
adam += production.optimizer_state_bytes(7_000_000_000, "adam")
claim("Weights: 14 GB", weights == 14e9)
claim("Cache: about 1.07 GB, for one text", round(cache / 1e9, 2) == 1.07)
claim("Training: 112 GB, eight times the weights in 16 bits", adam == 112e9)

# %% [markdown]
# Move it. Dashed lines mark 16 GB, a usual laptop, and 80 GB, a large GPU ([H100](https://www.nvidia.com/en-us/data-center/h100/)); below, roughly what each
# computes in a second: $10^{11}$ and $10^{15}$ operations.

# %%
from course_lib.widgets import production as widgets

widgets.Budget(depth=32, width=4096, length=2048)

# %% [markdown]
# 1. Which precision brings this model into the laptop, to run? Does any let the large GPU train it?
# 2. Double the width. By how much do the weights grow? And when you double the depth?
# 3. Make the length 131,072. Which bar overtakes the weights?
#
# <details><summary>Answers</summary>
#
# 1: in 16 bits it needs 14.5 GB, just below 16, with nothing left for anything else; 8 or 4 bits give air. None: weights, gradients and moments stay in 32 bits.
# (That is why chapter 14 trains small additions only.) 2: nearly four times, and nearly twice. 3: the KV cache.
#
# </details>
#
# Your own Keras model goes in as `widgets.Budget(model)`.
#
# **Your turn.** How many million parameters can be trained with Adam in 16 GB, if the outputs took nothing?

# %%
millions = ...  # your number
print("Right!" if millions == 1_000 else "Not yet: how many bytes for each parameter?")

# %% [markdown]
# <details><summary>Solution</summary>
#
# 4 + 4 + 8 = 16 bytes each, so 16 GB hold 1,000 million.
#
# </details>

# %% [markdown]
# ## Fewer bits
#
# **mixed precision** computes in 16 bits and keeps the weights in 32 ([@micikevicius2018]). In Keras it is one line before the
# model is built, `keras.config.set_dtype_policy("mixed_float16")`. Variables, gradients of variables and Adam's moments stay in 32 bits;
# what lies between the layers is halved.
#
# But 16 bits have a floor. What is smaller than about 3 · 10⁻⁸ becomes 0, and below 6 · 10⁻⁵ digits are lost; the ceiling
# is 65,504. Small gradients fall through the floor.
#
# The cure is **loss scaling**. Multiply the loss by $S$, and all gradients are $S$ times as large. Before the step divide them
# by $S$ again, in 32 bits. *Dynamic*: if any gradient is ∞ or NaN, skip the step and halve $S$; after so many good steps in
# a row, double it.

# %%
plain = experiments.trained_reader(x, y)
lost = {scale: experiments.lost_gradients(plain, x, y, scale) for scale in (1, 2**10, 2**15)}
claim("2.9 · 10⁻⁸ becomes 0, and 3 · 10⁻⁸ does not", np.float16(2.9e-8) == 0 < np.float16(3e-8))
claim("and nothing above 65,504", np.finfo("float16").max == 65_504)

# %%
claim("Of our gradient's entries more than 10 % lose digits", lost[1][1] > 0.1)
claim("Scaled by 2¹⁵: less than 2 %", lost[2**15][1] < 0.02)

# %% [markdown]
# Keras does all this where the policy is `mixed_float16`. We let gradients overflow on purpose:

# %%
half = experiments.half_precision(x, y)
scaler, dense = half.optimizer, half.layers[1]
before, weights = float(scaler.dynamic_scale), half.get_weights()
scaler.apply([np.full(w.shape, np.inf, "float32") for w in weights], half.trainable_variables)

# %%
claim("Computed in", dense.compute_dtype == "float16")
claim("Kept in 32 bits", dense.variable_dtype == "float32")
kept = all(np.array_equal(a, b) for a, b in zip(weights, half.get_weights()))
claim("After an overflow no weight has moved", kept)
claim("and the scale is halved", float(scaler.dynamic_scale) == before / 2)

# %% [markdown]
# (**bfloat16** has the ceiling and floor of 32 bits and fewer digits, and needs no scaling: `mixed_bfloat16`.) To *run* a model, 8 bits often do
# (chapter 14). `model.quantize("int8")` stores each kernel as whole numbers from −127 to 127 and a scale for each unit.
#
# **Predict, then run:** how much smaller, and how much worse, is our reader in 8 bits? (Twenty readers each, stored:
# `production_study readers`.)

# %%
from course_lib.experiments import production_study as study

measured = study.stored()
right = {name: np.array(some) for name, some in measured["readers"].items()}

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
eight = experiments.in_eight_bits(plain)
sizes = [sum(np.asarray(w).nbytes for w in model.weights) for model in (plain, eight)]
claim("Its weights take 3 to 4 times less", 3 < sizes[0] / sizes[1] < 4)
mean = {name: some.mean() for name, some in right.items() if some.dtype == float}
gap = abs(mean["mixed_float16"] - mean["float32"])
claim("Trained in mixed precision: on average within 0.2 % of 32 bits", gap < 0.002)
more = 360 * np.abs(right["int8"] - right["float32"]).max()
claim("In 8 bits: none of twenty more than one digit of 360 off", round(more, 6) <= 1)

# %% [markdown]
# ## Killed, and resumed
#
# Long runs die: a power cut, a full disk, a cloud that wants its machine back. A **checkpoint** holds *everything on which the
# next step depends*:
#
# 1. the weights, as copies (a view would go on changing),
# 2. the optimizer's state: moments, velocity, and its count of steps, on which schedule and bias correction depend,
# 3. where we are: epoch, or step,
# 4. the state of every random generator that is still to be used.
#
# And it must appear at once, whole: written under another name, brought to the disk (`fsync`), then renamed. Half a checkpoint is worse than none.

# %%
from course_lib.experiments import production_resume as resume

print(inspect.getsource(resume.save))
print(inspect.getsource(resume.train))

# %% [markdown]
# Now for real. A process of its own begins six epochs. In the middle of the fourth we kill it, with a signal that no program can
# catch. Then this notebook goes on from what lies in the folder. The control is a run that nobody disturbed:

# %%
with tempfile.TemporaryDirectory() as calm, tempfile.TemporaryDirectory() as folder:
    undisturbed = resume.train(calm)
    ended = resume.killed(folder, epoch=3, step=10)
    _, done, _ = resume.load(folder)
    resumed = resume.train(folder)

# %%
claim("It did not end well", ended != 0)
claim("Three epochs were saved", done == 3)
claim(
    "The resumed weights are the undisturbed ones, bit for bit",
    np.array_equal(resumed, undisturbed),
)

# %% [markdown]
# For `fit`, Keras has the callback `keras.callbacks.BackupAndRestore("folder")`, which saves at the end of each epoch, and takes up
# again what lies in the folder. Stopped in the third of four epochs, begun again; and once more with another seed:

# %%
runs = []
for seed in (15, 16):
    with tempfile.TemporaryDirectory() as folder:
        resume.fitted(folder, stop=(2, 5))
        runs.append(resume.fitted(folder, seed=seed))
with tempfile.TemporaryDirectory() as calm:
    calm_run = resume.fitted(calm)

# %%
claim("With the same seed: the undisturbed weights, bit for bit", np.array_equal(runs[0], calm_run))
claim("With another: others", np.abs(runs[1] - calm_run).max() > 0.001)

# %% [markdown]
# It keeps weights, optimizer and epoch, and no generator. Why then does the first run end where the undisturbed one does?
# After `keras.utils.set_random_seed`, `fit` on TensorFlow takes the rows of an array in one and the same order in each
# epoch (Keras 3.15). `tf.data` shuffles anew:

# %%
first, *others = resume.orders_of_fit(epochs=3)
claim("fit, seeded: the rows are shuffled", first != tuple(range(16)))
claim("and all three epochs have the same order", others == [first, first])
claim("With tf.data: three orders", len(set(resume.orders_of_fit(epochs=3, pipeline=True))) == 3)

# %% [markdown]
# ## Leaving Keras
#
# The program that uses our model is written by somebody else: a phone app, a web server, a car. Three formats:
#
# | `model.export(…, format=)` | read by |
# |---|---|
# | `"tf_saved_model"` | TensorFlow and its server |
# | `"onnx"` | ONNX Runtime, for many languages and devices |
# | `"litert"` | LiteRT, for phones and small devices |
#
# An export is another program. So compare what it says, on every test digit:

# %%
folder = tempfile.TemporaryDirectory()
files = experiments.export(plain, folder.name)
wanted = np.asarray(plain(x_test))

# %%
for kind, file in files.items():
    got = experiments.answers_of_export(kind, file, x_test)
    claim(f"{kind}: logits off by less than 0.0001", np.abs(got - wanted).max() < 1e-4)
    claim(f"{kind}: the same 360 answers", (got.argmax(1) == wanted.argmax(1)).all())

# %% [markdown]
# ## Served
#
# A server is a loop that never trusts what it hears. Ours is a process of its own with ONNX Runtime and tornado; it
# has never heard of Keras. First, the **registry**: each model is stored under a name made of *everything that made it*. Settings as JSON
# with sorted keys (order is no matter), the data's bytes *with type and shape*, the code; all through the hash SHA-256.
# Change one pixel, and the name is another.

# %%
from course_lib.experiments import production_serving as served
from course_lib.serving import registry, requests

print(inspect.getsource(registry.short_name))

# %%
models = registry.Registry(folder.name)
code = inspect.getsource(experiments) + inspect.getsource(study)


def register(model, pictures, **settings):
    """Keep the model in the registry, with how many test digits it reads. Returns its name."""
    with open(experiments.export(model, folder.name)["onnx"], "rb") as file:
        onnx = file.read()
    read = experiments.share_right(np.asarray(model(x_test)), y_test)
    return models.add(onnx, settings, [pictures, y], code, {"read": round(read, 2)})


# %% [markdown]
# The first one in, and what changes its name:

# %%
old = register(plain, x, width=64, seed=0)
swapped = registry.short_name({"seed": 0, "width": 64}, [x, y], code)
claim("Settings in another order: the same name", swapped == old)
other = registry.short_name({"seed": 0, "width": 64}, [x.reshape(-1, 64), y], code)
claim("Data in another shape: another", other != old)

# %% [markdown]
# Now what it lets in. Every wish is checked before the value is used, and a refusal says what is wished, not what broke:

# %%
import json
from course_lib.serving import client as clients

print(inspect.getsource(requests.parsed))
print(inspect.getsource(requests._checked))

# %% [markdown]
# **Predict, then run:** which of these get an answer (status 200), which are refused as broken (400), as well-formed
# nonsense (422), as too large (413), as no JSON by their own word (415)? One digit as it is · its first number, 0.0, replaced by
# NaN, by 7, by `true` · a row too few · 100,000 opening brackets · 300,000 ones · one digit as it is, sent as `text/plain`.

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
pictures = x_test[:1].astype(float)
good = json.dumps({"pictures": pictures.tolist()})
rude = {word: good.replace("0.0", word, 1) for word in ("0.0", "NaN", "7", "true")}
rude["a row too few"] = json.dumps({"pictures": pictures[:, 1:].tolist()})
rude |= {"brackets": "[" * 100_000, "ones": "1" * 300_000}
with clients.running(folder.name, old) as client:
    for name, body in rude.items():
        status, said = client.send("POST", "/read", body)
        print(f"{name}: {status}", said.get("error", ""))
    status, said = client.send("POST", "/read", good, "text/plain")
    print(f"as text/plain: {status}", said["error"])
    answer = client.read(x_test[:64])
    who = client.who(answer["request"])

# %% [markdown]
# (Why refuse a digit that calls itself a text? Any page that is open in a browser may send forms and texts to any address,
# also to this one. Before a page's JSON is sent, the browser asks the server, and ours does not agree.) After all that it
# still reads. And it can say which model answered:

# %%
same = experiments.answers_of_export("onnx", models.file(old), x_test[:64]).argmax(axis=1)
claim("64 digits over HTTP: what the model says here", answer["digits"] == same.tolist())
claim("The answer names its model", answer["model"] == who["model"] == old)

# %%
known = models.models()[who["model"]]
claim("From the name: how it was trained", known["settings"] == {"width": 64, "seed": 0})
claim("and how good it was: at least 94 %", known["metrics"]["read"] >= 0.94)

# %% [markdown]
# ## Tests of behaviour
#
# Code has tests, data has tests (the five questions of chapter 12, and `_checked` above). A trained model needs a third kind
# ([@ribeiro2020] names three):
#
# - **invariance test**: what should not matter, does not (a digit moved by a pixel, or half as dark, is the same digit);
# - **direction test**: what should count, counts that way (with its lower half erased, less of the right digit is promised);
# - **minimum functionality test**: the simplest cases work (the mean picture of each digit; each digit by itself, also the
#   worst).
#
# Three readers. The *plain* one learnt from the digits as they are. The *sturdy* one, of 128 units, also from copies moved by a
# pixel. And the *wide* one is the control: 128 units and as many steps as the sturdy one, but no copies.
#
# **Predict, then run:** on average each kind reads 96 to 98 of 100 test digits. Which tests tell them apart?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
from course_lib.plots import production as plots

kinds = {"plain": measured["readers"]["plain"], "wide": measured["wide"]["behaviour"]}
kinds["sturdy"] = measured["readers"]["sturdy"]
plots.plot_behaviour(kinds)
show("""Five tests, twenty dots for each of three kinds of reader. Moved by a pixel, plain and wide
ones read fewer than 46 in 100, the sturdy ones more than 93. Half as dark, the sturdy ones are a
little worse than the others. Of its worst digit one sturdy one reads 71 in 100.""")

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
reads = [100 * right[name].mean() for name in ("float32", "sturdy right")]
reads.append(100 * np.mean(measured["wide"]["right"]))
claim("Each kind reads 96 to 98 in 100, on average", 96 < min(reads) < max(reads) < 98)
passed = {
    kind: {test: [run[test] for run in runs] for test in runs[0]} for kind, runs in kinds.items()
}
moved = {kind: shares["invariance: one pixel"] for kind, shares in passed.items()}
claim("Moved by a pixel, each plain one reads fewer than 45", max(moved["plain"]) < 0.45)
claim("Each wide one fewer than 46: it is not the width", max(moved["wide"]) < 0.46)
claim("Each sturdy one more than 93", min(moved["sturdy"]) > 0.93)

# %% [markdown]
# (Of 100 that it reads unmoved, in the worst of four directions.) Did the copies cost anything?

# %%
dark = {kind: shares["invariance: half as dark"] for kind, shares in passed.items()}
others = dark["plain"] + dark["wide"]
claim("Half as dark, each sturdy one is worse than all others", max(dark["sturdy"]) < min(others))
worst = min(passed["sturdy"]["minimum: the worst digit"])
claim("One sturdy one knows 71 in 100 of its worst digit", round(worst, 2) == 0.71)

# %% [markdown]
# A test set drawn like the training set cannot see this: there, digits are centred. The world will not centre them. And one test
# passed says nothing about the next: these readers bear shifts better, and fainter ink a little less well. Look at single
# dots, too: one sturdy reader knows only 71 in 100 of its worst digit. What ships is *one* model, so test that one.
#
# **Your turn.** An invariance test of your own: of the pictures `x`, what share does `read` answer as before when
# `change` has been applied?


# %%
def share_unchanged(read, x, change):
    """read: (n, 8, 8) → (n, 10)   change: (n, 8, 8) → (n, 8, 8)"""
    return None  # your line


def corner(z):
    """Whether the corner is dark, or not."""
    return np.stack([z[:, 0, 0], 1 - z[:, 0, 0]], axis=1)


two = np.zeros((4, 8, 8)) + np.array([0.1, 0.4, 0.6, 0.9])[:, None, None]
print("Right!" if share_unchanged(corner, two, lambda z: z / 1.5) == 0.75 else "Not yet: 3 of 4.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return np.mean(read(x).argmax(axis=1) == read(change(x)).argmax(axis=1))`
#
# (0.6 / 1.5 = 0.4 is below one half, so the third answer changes.)
#
# </details>

# %% [markdown]
# ## A canary
#
# Miners took canaries below, since birds fall over first. A new model begins likewise: it answers every fifth request, while
# the old one answers the rest. As the truth comes in, count wrong answers: $a$ of the old one's, $b$ of the new one's, as shares.
# Were both equally good, with a common share $p$ and $n$ answers each, then
#
# $$z = \frac{b - a}{\sqrt{2\,p\,(1 - p) / n}}$$
#
# would be about normally distributed: above 1.645 in 5 of 100 cases. (With $n_a$ and $n_b$ answers, $1/n_a + 1/n_b$ takes the place
# of $2/n$.) If $z$ is too large: **roll back**; if it is not by the 200th answer: **promote**.
#
# But we look after *every* answer, and who looks often finds something. **Predict, then run:** two equally good models, a limit of 1.645.
# In how many of 100 canaries is the new one rolled back for nothing?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
rolled = {float(limit): of for limit, of in measured["canary"].items()}
claim("At 1.645: in 20 to 27", 0.20 < rolled[1.645]["0.05"] < 0.27)
claim("At 3: in 1 to 4", 0.01 < rolled[3.0]["0.05"] < 0.04)
claim("At 3, errors four times as frequent are found in 99 or more", rolled[3.0]["0.2"] > 0.99)
claim("but twice as frequent ones only in 45 to 60", 0.45 < rolled[3.0]["0.1"] < 0.6)

# %% [markdown]
# (2,000 simulated canaries each, stored: `production_study canary`.) So the limit is 3, and the price is said: a model that is only a little
# worse gets through. More answers would tell.

# %% [markdown]
# ## What goes wrong
#
# A colleague has a new reader. Its notebook says that it is fine. It was taught
# with pictures as image files have them: paper is 1, and ink is 0.

# %%
colleagues = experiments.trained_reader(1 - x, y)
notebook = experiments.share_right(np.asarray(colleagues(1 - x_test)), y_test)
claim("In its notebook it reads more than 92 %", notebook > 0.92)

# %%
sturdy = study.sturdy_reader(x, y)
news = {"colleague's": register(colleagues, 1 - x, taught="ink is 0")}
news |= {"sturdy": register(sturdy, x, width=128, taught="with shifts")}

# %% [markdown]
# Both go live as canaries, one after the other. Each answer's truth is told to the server, one by one:

# %%
ends, apart = {}, {}
for name, new in news.items():
    with clients.running(folder.name, old, new) as client:
        ends[name], heard = served.ask_until_verdict(client, x_val, y_val)
        after = client.read(x_test[:1])["model"]
    apart[name] = served.apart_by_answer(heard, old)
    kept = old if ends[name] == "roll back" else new
    claim(f"{name}: {ends[name]}, and that model answers from then on", after == kept)

# %% [markdown]
# One climbed over the limit quickly, and was stopped as soon as 20 of its answers were judged. The other never did:

# %%
plots.plot_canary(apart, limit=3)
show("""Standard errors apart against the number of answers on a logarithmic axis. The colleague's
reader soon climbs above 3, and its line ends at 100; the sturdy one's stays below, to 1,000.""")
claim("The colleague's was rolled back", ends["colleague's"] == "roll back")
claim(
    "after 100 requests, as soon as 20 of its answers were judged", len(apart["colleague's"]) == 100
)
claim("The sturdy one was promoted", ends["sturdy"] == "promote")

# %% [markdown]
# **Diagnosis:** look at what the server sends: ink is 1. This is **training–serving skew**: data are prepared in two
# places, in two ways. No line crashes, and no test in the notebook could see it.

# %%
there = experiments.share_right(np.asarray(colleagues(x_test)), y_test)
claim("On the server's pictures it reads less than 5 %: guessing would do better", there < 0.05)
layers = [keras.Input((8, 8)), keras.layers.Rescaling(-1.0, offset=1.0), *colleagues.layers]
cured = keras.Sequential(layers)
again = experiments.share_right(np.asarray(cured(x_test)), y_test)
claim("With the preparation inside the model: as in its notebook", again == notebook)

# %% [markdown]
# **Cure:** preparation belongs *into* the exported model, so that there is only one.

# %% [markdown]
# ## Deeper: feed it
#
# A processor that waits for data is idle. `tf.data` reads, prepares and batches ahead of time. We count work, not
# seconds:

# %%
calls = {cached: experiments.calls_of_map(x, epochs=3, cached=cached) for cached in (False, True)}
claim("3 epochs, prepared anew each time: 3 calls for each digit", calls[False] == 3 * len(x))
claim("With cache(): one", calls[True] == len(x))

# %%
first = {buffer: experiments.first_batch(1_000, buffer) for buffer in (1, 64, 1_000)}
claim("shuffle(1) shuffles nothing", (first[1] == np.arange(32)).all())
claim("shuffle(64): the first 32 come from the first 95", first[64].max() < 95)
claim("shuffle(1000) may take any", first[1_000].max() > 500)

# %% [markdown]
# The order that is usual: `from_tensor_slices` → `map` what is the same in each epoch → `cache` → `shuffle`, with a buffer as large as you
# can afford → `map` what is random → `batch` → `prefetch(tf.data.AUTOTUNE)`. Data sorted by class and a small buffer: batches of one class.

# %% [markdown]
# ## Deeper: many machines, one model
#
# Two workers hold a copy each. Each takes half of the batch, computes gradients; they add them up, and all take the same step:
# **data parallelism** ([@goyal2017]). It gives the very step of one machine, if each loss is divided by the *whole* batch. Our worker:

# %%
from course_lib.experiments import production_workers as workers

print(inspect.getsource(workers.train))

# %% [markdown]
# Two processes on this machine find each other by `TF_CONFIG` and train under `MultiWorkerMirroredStrategy`. `MirroredStrategy` does the
# same on the devices of one process: each of the two processes runs it too, and pretends that its processor is two devices.

# %%
alone = workers.train(workers.strategy_named("one"), batches=20)
found = workers.weights_of_workers()
first, second = found["workers"]

# %%
claim(
    "After 20 steps both workers have the same weights, bit for bit", np.array_equal(first, second)
)
claim("One process's, to within 0.0001", np.abs(first - alone).max() < 1e-4)
apart = [np.abs(mirrored - alone).max() for mirrored in found["mirrored"]]
claim("So have two devices of one process", max(apart) < 1e-4)
start = workers.weights_of(workers.build())
claim("They had moved by more than 0.1", np.abs(alone - start).max() > 0.1)

# %% [markdown]
# Why not bit for bit? Sums were taken in another order. (In Keras 3.15, `fit` itself fails under this strategy; hence our own step.)
# A larger batch wants a larger rate, and a warm-up; that is what the cited paper is about.
#
# *CPU or GPU?* A GPU has thousands of slow workers in place of a few fast ones. It wins where one operation is large: big batches, wide layers,
# convolutions. For our reader, 9,472 operations, sending the digit there may well cost more than reading it. Keras uses a GPU that
# it finds; `keras.device("cpu:0")` keeps a block off it, and `COURSE_DEVICE=cpu make lab` this whole course. Measure with *your* model and batch; and the same seed may give other digits there.

# %% [markdown]
# ## Deeper: batch against latency
#
# Users do not feel the mean. They feel the slow ones ([@dean2013]). So sort the **latencies**, the times from request to answer. **p95** by *nearest
# rank* is the smallest value that at least 95 % of all do not exceed: of $n$, the one in place $\lceil 0.95\,n \rceil$. No
# interpolation: it is a latency that somebody had.
#
# A server that is asked in bursts may answer all who wait at once. Say a batch of $n$ keeps it busy for $f + e\,n$: a fixed price, and a little for
# each. So company saves work. Ours never waits for it: whenever it is free, it takes those who are there. Simulated, with $f$ = 1, $e$ = 0.05; load is requests per unit of time:

# %%
most = (1, 2, 4, 8, 16, 32)
waited = {load: [served.waits(load, some) for some in most] for load in (0.8, 3.0)}
plots.plot_waits(most, waited)
show("""Two panels, p50, p95 and p99 against the largest batch. At load 0.8 all are low from 2 on.
At load 3 batches up to 2 wait for hundreds of units, from 4 or 8 on for a few.""")

# %%
p99 = {load: [plots.nearest_rank(w, 99) for w in some] for load, some in waited.items()}
claim("Load 3, one at a time: p99 above 2,500", p99[3.0][0] > 2_500)
early, late = np.split(waited[3.0][0], 2)
claim(
    "and growing: in the second half twice what it was in the first",
    np.mean(late) > 2 * np.mean(early),
)
claim("At most 16 at once: below 3", p99[3.0][4] < 3)
claim("Load 0.8: at most 8 in place of 1, p99 falls by half or more", p99[0.8][3] < p99[0.8][0] / 2)

# %% [markdown]
# And our real server, now, on this machine. Seconds differ from machine to machine; the shape hardly:

# %%
with clients.running(folder.name, old) as client:
    client.seconds(x_test[:1], 20)
    took = {batch: client.seconds(x_test[:batch], 200) for batch in (1, 8, 64)}

# %%
plots.plot_latencies(took)
show("""Two panels against pictures in a request. For a request p50 grows far less than
the number of pictures does; for a picture it falls. p95 and p99 lie above, and are less steady.""")
p50 = {batch: plots.nearest_rank(times, 50) for batch, times in took.items()}
claim("64 in one request take less than half of 64 alone", p50[64] < 64 * p50[1] / 2)

# %% [markdown]
# ## Deeper: has the world changed?
#
# Truth comes late, or never. But what the model *promises* is there at once: how sure it is of each answer. Keep the promises on unseen
# digits as a reference. Then take windows of 60, and look at the largest gap $D$ between the two shares of promises at or below
# a value, that of Kolmogorov and Smirnov. How large is too large? Draw both, a reference and a window, from the reference itself, again and again, and take the
# gap that 1 in 100 exceeds.

# %%
from course_lib import drift

read = study.promises_of(plain)
reference, rng = read(x_val).max(axis=1), np.random.default_rng(0)
limit = drift.gap_limit(reference, study.WINDOW)
changed = {name: make(x_test, rng) for name, make in study.CHANGES.items() if name != "noise"}
promises = {name: read(images).max(axis=1) for name, images in changed.items()}
gaps = {name: study.gaps(reference, some, rng) for name, some in promises.items()}

# %%
plots.plot_drift(reference, promises, limit, gaps)
show("""Left: shares of digits at or below each promise; unchanged ones follow the reference, moved
and darkened ones lie far above. Right: gaps of 200 windows each; unchanged ones lie left of the
limit, nearly all others right of it.""")
alarms = {name: np.mean(some > limit) for name, some in gaps.items()}
claim("Moved by a pixel: an alarm in more than 95 of 100", alarms["a pixel to the right"] > 0.95)
by_run = {name: np.array(rates) for name, rates in measured["drift"].items()}
rates = by_run["nothing"]
claim("Twenty readers: 1 to 2 false alarms in 100 on average", 0.01 < rates.mean() < 0.02)
claim("and in the worst 7", round(rates.max(), 3) == 0.07)
fainter = min(dark["plain"])
claim("Half as dark: each plain reader still reads 99 in 100 of what it had read", fainter > 0.99)
always = by_run["a pixel to the right"].min(), by_run["half as dark"].min()
claim("A pixel moved, or half as dark: 100", always == (1, 1))

# %% [markdown]
# (Twenty readers and splits, stored: `production_study drift`.) Asked for was 1 false alarm in 100; some readers have none, one has 7: two halves of 360 digits are not quite alike. Half as dark also rings, though each plain reader still reads 99 in 100 of what it had read. *Drift is a reason to look, not a verdict.*
#
# Another measure, usual in banks, compares counts in bins: the **population stability index**, with shares $p_k$ of the
# reference and $q_k$ of what came:
#
# $$\text{PSI} = \sum_k (q_k - p_k)\,\ln\frac{q_k}{p_k}$$
#
# An empty bin makes it ∞; so one adds a little, say ½, to each count first.

# %% [markdown]
# ## Deeper: a model card
#
# What will somebody who finds this file in two years need to know? A **model card** ([@mitchell2019]) says what a model is for, what for
# not, how it was tested, and on whom it fails: by group, not only on average. Most of it can be generated, from the registry and the tests:

# %%
card = served.model_card(news["sturdy"], models.models(), study.promises_of(sturdy), x_test, y_test)
LiveText(served.as_html(card), "The card of your model stands here when the cell has run.")

# %% [markdown]
# And that it is complete, and true:

# %%
for part in ("Model", "Intended use", "Not for", "Trained on", "Tested", "By digit", "Limits"):
    claim(f"It has: {part}", f"## {part}\n" in card)
claim("It names the model", news["sturdy"] in card)
share = experiments.share_right(np.asarray(sturdy(x_test)), y_test)
claim("It says what this reader reads", f"{share:.1%} of {len(y_test)} unseen" in card)
folder.cleanup()

# %% [markdown]
# ## Common misunderstandings
#
# - *"It fits, for the file is only 14 GB."* To run, perhaps, with its cache. To train, eight times that and the outputs.
# - *"Saving the weights is a checkpoint."* Then Adam starts anew, and the run is another.
# - *"An exported model is the same model."* It is a translation. Compare.
# - *"96 % on the test set, so ship it."* Test digits are centred.
# - *"No alarm, so all is well."* The alarm hears only what it listens to.

# %% [markdown]
# ## What you can do now
#
# - **Budget:** parameters, FLOPs, 16 bytes a parameter to train, KV cache; fewer bits, and their floor.
# - **Resume:** weights, optimizer, place, generators; written whole, at once.
# - **Serve:** an export compared, requests checked, each answer traceable to data, settings and code.
# - **Watch:** behaviour before, a canary during, drift after.
#
# **Next:** the [exercises](../exercises/15-production.ipynb), where you ship a reader that passes tests of behaviour. Then
# [chapter 16](16-history.ipynb), *History*: how did we get here, and what is still open?

# %% [markdown]
# ## Sources
#
# [@]

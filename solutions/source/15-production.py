# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 15 · Exercises: production
#
# Nine exercises, from counting bytes to a judge that replaces one served model by another. They go with
# [the chapter on production](../chapters/15-production.ipynb). Together they are worth 23 points and take about
# 205 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the second
# exercise it is `check.percentile.hint()`.

# %%
import numpy as np

from course_lib.checks import production as check

# %% [markdown]
# ### Exercise 1 · What it takes
# *predict · difficulty ★☆☆☆☆ · 15 minutes · 1 point*
#
# A network has 25 million parameters. For one example its layers give 400,000 numbers in all, and it is trained with Adam on
# batches of 64. How many MB (millions of bytes) do these take?
#
# 1. `"weights"`: the parameters, in float32,
# 2. `"training"`: all that is held for each parameter in training, in float32: the parameter, its gradient, and what Adam
#    remembers,
# 3. `"activations"`: what the layers gave for one batch, kept for the backward pass, in float32,
# 4. `"mixed"`: 2 and 3 together under Keras' `mixed_float16`; short-lived copies do not count,
# 5. `"int8"`: the parameters once they are quantized to int8, their scales left out,
# 6. `"KV cache"`: another network, a transformer of 24 layers with 16 heads, each with keys and values of 64 numbers, has read
#    2,000 tokens of one text. What does it keep of them, in float16?
#
# Answer with a dict of numbers under these six names, in MB, to one decimal.

# %%
# BEGIN SOLUTION
what_it_takes = {
    "weights": 100.0,
    "training": 400.0,
    "activations": 102.4,
    "mixed": 451.2,
    "int8": 25.0,
    "KV cache": 196.6,
}
# END SOLUTION

# %%
check.what_it_takes(what_it_takes)

# %% [markdown] tags=["solution"]
# Half the bits are not half the memory: of the 502.4 MB of training, `mixed_float16` halves the 102.4 that are activations.
# The cache of one text of 2,000 tokens, 2 · 24 · 16 · 64 · 2,000 numbers, is twice as large as the first network's weights.

# %% [markdown]
# ### Exercise 2 · The slowest one in a hundred
# *implement · difficulty ★★☆☆☆ · 10 minutes · 1 point*
#
# "p95 is 80 ms" says: 95 % of the requests took 80 ms or less. By *nearest rank* p95 is one of the times that were measured: the
# smallest that at least 95 % of all do not exceed. Nothing is interpolated.
#
# - In: `seconds`, an array of shape (n,), in any order; `percent`, a whole number from 1 to 100.
# - Out: one of these times.


# %%
def percentile(seconds, percent):
    """The smallest of the times that at least so many percent of them do not exceed.

    >>> float(percentile(np.array([0.3, 0.1, 0.2, 0.9]), 50))
    0.2
    >>> float(percentile(np.array([0.3, 0.1, 0.2, 0.9]), 95))
    0.9
    """
    # BEGIN SOLUTION
    for time in sorted(seconds):
        if 100 * np.sum(seconds <= time) >= percent * len(seconds):
            return time
    # END SOLUTION


# %%
check.percentile(percentile)

# %% [markdown] tags=["solution"]
# With fewer than 100 requests p99 is the slowest of all. Whoever wants to know about one in a hundred has to measure many.

# %% [markdown]
# ### Exercise 3 · The name of a model
# *implement · difficulty ★★☆☆☆ · 25 minutes · 2 points*
#
# "Which model answered this request?" can be answered if each model is known by a key that is made of all that it was made of:
# settings, data and code. Write that key. Two trainings get the same key if, and only if, nothing in these three differs:
#
# - The order in which a dict was written down is no difference, not in a dict inside a dict either. Nor is how an array lies in
#   memory.
# - Any other name or value is one, and so is the text `"3"` in place of the number 3. In the data one number a little
#   larger, another order, another dtype or another shape is a difference; in the code every character is.
# - The same training gets the same key again, tomorrow and on another machine.
#
# - In: `settings`, a dict of texts, numbers and dicts like itself; `data`, an array; `code`, a text.
# - Out: a text of 64 hexadecimal characters, as `hashlib.sha256(…).hexdigest()` gives it.

# %%
import hashlib
import json

# %% [markdown]
# Now your function:


# %%
def model_key(settings, data, code):
    """What a training is known by.

    >>> a = model_key({"rate": 0.1, "seed": 3}, np.zeros((2, 3)), "x + 1")
    >>> b = model_key({"seed": 3, "rate": 0.1}, np.zeros((2, 3)), "x + 1")
    >>> c = model_key({"seed": 3, "rate": 0.1}, np.zeros((3, 2)), "x + 1")
    >>> len(a), a == b, a == c
    (64, True, False)
    """
    # BEGIN SOLUTION
    found = hashlib.sha256()
    for part in (settings, data.dtype.str, data.shape, code):
        found.update(json.dumps(part, sort_keys=True).encode() + b"\n")
    found.update(np.ascontiguousarray(data).tobytes())
    return found.hexdigest()
    # END SOLUTION


# %%
check.model_key(model_key)

# %% [markdown] tags=["solution"]
# Without the line ends between the parts, two trainings could run together: "ab" and "c" would be "a" and "bc".

# %% [markdown]
# ### Exercise 4 · Has the world changed?
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# The *population stability index* compares two histograms with the same bins: what was counted while the model was trained,
# and what is counted now. With the shares $p_i$ then and $q_i$ now it is
#
# $$\sum_i (q_i - p_i) \ln \frac{q_i}{p_i}.$$
#
# An empty bin would make it infinite. So add ½ to *each* count first, in both histograms, and take shares of that.
#
# - In: `expected` and `found`, counts, arrays of shape (bins,), each with a sum above 0.
# - Out: a number.


# %%
def population_stability(expected, found):
    """How far two histograms are apart.

    >>> float(population_stability(np.array([50, 50]), np.array([50, 50])))
    0.0
    >>> round(float(population_stability(np.array([10, 10]), np.array([20, 0]))), 4)
    1.7684
    """
    # BEGIN SOLUTION
    total = 0.0
    for then, now in zip(expected, found, strict=True):
        p = (then + 0.5) / (np.sum(expected) + len(expected) / 2)
        q = (now + 0.5) / (np.sum(found) + len(found) / 2)
        total += (q - p) * np.log(q / p)
    return total
    # END SOLUTION


# %%
check.population_stability(population_stability)

# %% [markdown] tags=["solution"]
# It is the KL divergence from p to q and that from q to p, added. So it is the same both ways round.

# %% [markdown]
# ### Exercise 5 · One step in 16 bits
# *implement · difficulty ★★★☆☆ · 20 minutes · 2 points*
#
# In float16 small slopes become 0. So the loss is multiplied by a `scale`, and every slope with it. When a scale is too large,
# slopes overflow. *Dynamic* loss scaling finds the scale by itself. One step of it:
#
# 1. If a slope is infinite or not a number, nothing moves: the scale is halved, and the count of good steps is 0.
# 2. Otherwise divide the slopes by the scale, in float32, and go downhill: weights minus rate times slope. The count of good
#    steps grows by one. If it has reached `patience`, double the scale, and set the count to 0.
#
# - In: `weights`, shape (n,), float32; `slopes`, shape (n,), float16, those of the loss times `scale`; `scale`, a number;
#   `good`, how many good steps there have been in a row, fewer than `patience`; `rate`, a number; `patience`, a whole number.
# - Out: three: the weights, the scale and the count after the step.


# %%
def scaled_step(weights, slopes, scale, good, rate, patience):
    """Weights, scale and count after one step with dynamic loss scaling.

    >>> w, slopes = np.array([1.0, 2.0], "float32"), np.array([512.0, -256.0], "float16")
    >>> w, scale, good = scaled_step(w, slopes, 1024.0, 3, 0.5, 10)
    >>> w.tolist(), float(scale), int(good)
    ([0.75, 2.125], 1024.0, 4)
    """
    # BEGIN SOLUTION
    if np.isinf(slopes).any() or np.isnan(slopes).any():
        return weights, scale / 2, 0
    weights = weights - rate * slopes.astype("float32") / scale
    good += 1
    return (weights, 2 * scale, 0) if good == patience else (weights, scale, good)
    # END SOLUTION


# %%
check.scaled_step(scaled_step)

# %% [markdown] tags=["solution"]
# Keras does this when a model is compiled with `auto_scale_loss=True`, its default, and its dtype policy is `mixed_float16`:
# the optimizer becomes a `LossScaleOptimizer`.

# %% [markdown]
# ### Exercise 6 · Four runs that do not resume
# *diagnose · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# A run that was killed should go on from its checkpoint as if nothing had happened: with the same weights in the end. Four people
# wrote that, for a line through 40 points. They share one step, with momentum, a rate that falls and a random row:

# %%
rng = np.random.default_rng(5)
x = rng.normal(size=(40, 2))
y = x @ np.array([1.0, -2.0]) + rng.normal(size=40)


def moved(w, v, step, rng):
    row = rng.integers(len(x))
    v = 0.9 * v - 0.1 / (1 + step) * (x[row] @ w - y[row]) * x[row]
    return w + v, v


# %% [markdown]
# Each trains until step `stop`, and makes a checkpoint at step 10. It returns the weights and the checkpoint. Given a checkpoint,
# it is to go on from there. This is A:


# %%
def train_a(stop, saved=None):
    w, v, first, rng = np.zeros(2), np.zeros(2), 0, np.random.default_rng(0)
    if saved:
        w, v, first = saved["w"], saved["v"], saved["step"]
        rng.bit_generator.state = saved["rng"]
    for step in range(stop - first):
        if step == 10:
            state = rng.bit_generator.state
            saved = {"w": w, "v": v, "step": step, "rng": state}
        w, v = moved(w, v, step, rng)
    return w, saved


# %% [markdown]
# B keeps the whole of its state in one dict:


# %%
def train_b(stop, saved=None):
    rng = np.random.default_rng(0)
    state = saved or {"w": np.zeros(2), "step": 0, "rng": rng.bit_generator.state}
    w, v, rng.bit_generator.state = state["w"], 0 * state["w"], state["rng"]
    for step in range(state["step"], stop):
        if step == 10:
            saved = {"w": w, "step": step, "rng": rng.bit_generator.state}
        w, v = moved(w, v, step, rng)
    return w, saved


# %% [markdown]
# C makes its checkpoint small:


# %%
def train_c(stop, saved=None):
    start = {"w": np.zeros(2), "v": np.zeros(2), "step": 0, "seed": 0}
    start = start | (saved or {})
    rng = np.random.default_rng(start["seed"])
    w, v = start["w"], start["v"]
    for step in range(start["step"], stop):
        if step == 10:
            saved = {"w": w, "v": v, "step": step, "seed": 0}
        w, v = moved(w, v, step, rng)
    return w, saved


# %% [markdown]
# And D makes no new arrays in each step:


# %%
def train_d(stop, saved=None):
    w, v, first, rng = np.zeros(2), np.zeros(2), 0, np.random.default_rng(0)
    if saved:
        w, v, first = saved["w"], saved["v"], saved["step"]
        rng.bit_generator.state = saved["rng"]
    for step in range(first, stop):
        if step == 10:
            state = rng.bit_generator.state
            saved = {"w": w, "v": v, "step": step, "rng": state}
        new_w, new_v = moved(w, v, step, rng)
        w += new_w - w
        v += new_v - v
    return w, saved


# %% [markdown]
# Each runs to step 20 in one go. Then it runs again, is killed at step 14, and goes on from the checkpoint of step 10:

# %%
for name, train in [("A", train_a), ("B", train_b), ("C", train_c), ("D", train_d)]:
    whole, _ = train(20)
    _, checkpoint = train(14)
    resumed, _ = train(20, checkpoint)
    print(f"{name}: the same weights in the end:", np.allclose(whole, resumed, rtol=1e-3))

# %% [markdown]
# What does each lack when it goes on? Choose from `"weights"` and `"velocity"` (not saved, or not taken up again), `"step"`
# (it is counted anew), `"generator"` (other rows come), and `"copy"` (the checkpoint itself changed after it was made). You may change
# them and run them again. Answer with a dict like `{"A": "weights", "B": "weights", "C": "weights", "D": "weights"}`.

# %%
# BEGIN SOLUTION
broken_resumes = {"A": "step", "B": "velocity", "C": "generator", "D": "copy"}
# END SOLUTION

# %%
check.broken_resumes(broken_resumes)

# %% [markdown] tags=["solution"]
# A does the right number of steps, counted from 0: its rate starts anew. B begins with a velocity of 0. C makes its
# generator again from the seed, so the first ten rows come a second time; where it stands is its state. In D,
# `w += …` changes the array that lies in the checkpoint too: `w.copy()` would have kept it.

# %% [markdown]
# ### Exercise 7 · Who waits how long?
# *implement · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# A server answers requests in batches. A batch of n requests takes `fixed` + `each` · n milliseconds. Whenever the server is free and
# somebody waits, it starts at once: with all who have arrived by then, also in that very millisecond, the first ones first, but
# with at most `most`. Whoever arrives later waits until the server is free again. It begins free.
#
# How long does each request take, from its arrival until its batch is done?
#
# - In: `arrivals`, an array of shape (n,), whole milliseconds, in rising order, also equal ones; `most`, `fixed` and `each`,
#   whole numbers, `most` at least 1.
# - Out: a list of n numbers, in the order of the arrivals.


# %%
def served(arrivals, most, fixed, each):
    """The milliseconds that each request takes.

    >>> [int(time) for time in served(np.array([0, 1, 2, 50]), 8, 10, 2)]
    [12, 25, 24, 12]
    """
    # BEGIN SOLUTION
    waiting, took, now = list(arrivals), [], 0
    while waiting:
        now = max(now, waiting[0])
        batch = [arrival for arrival in waiting if arrival <= now][:most]
        waiting = waiting[len(batch) :]
        now = now + fixed + each * len(batch)
        took.extend(now - arrival for arrival in batch)
    return took
    # END SOLUTION


# %%
check.served(served)

# %% [markdown] tags=["solution"]
# The first one goes alone and takes 12 ms; the two that came meanwhile go together. Try it with arrivals one millisecond apart:
# where the batch may be large, waiting stays short, for `fixed` is paid once for many.

# %% [markdown]
# ### Exercise 8 · Does it ship?
# *build · difficulty ★★★★☆ · 35 minutes · 4 points*
#
# Accuracy on pictures like those of the training set is not enough to ship a model. Build and train a reader of digits that passes
# this suite, on 500 digits that it has not seen:
#
# - at least **90 %** are right, and of *each* of the ten digits at least **70 %**;
# - moved by one pixel to the left, to the right, up or down, with paper (0) coming in, at least **80 %** get the same
#   answer as before, in each of the four directions;
# - on grey paper, where 0 becomes 0.4, 1 stays 1 and all between moves along, at least **85 %** get the same answer;
# - it has at most **20,000** parameters.
#
# - In: `x`, shape (1000, 8, 8), from 0 for paper to 1 for ink; `y`, shape (1000,), 0 to 9.
# - Out: a trained Keras model that takes (batch, 8, 8) and gives (batch, 10). The largest number is its answer.
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras
    from keras import layers

# %% [markdown]
# Now your function:


# %%
def ships(x, y):
    """A Keras model, trained, whose answers survive a shift and grey paper."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    room = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    corners = [(1, 1), (1, 0), (1, 2), (0, 1), (2, 1)]
    copies = np.concatenate([room[:, i : i + 8, j : j + 8] for i, j in corners])
    grey = np.random.default_rng(0).uniform(0, 0.5, (len(copies), 1, 1))
    seen = [layers.Conv2D(n, 3, padding="same", activation="relu") for n in (16, 32)]
    said = [layers.Flatten(), layers.Dense(24, "relu"), layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((8, 8, 1)), *seen, layers.MaxPooling2D(), *said])
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    model.fit(grey + (1 - grey) * copies, np.tile(y, 5), batch_size=64, epochs=8, verbose=0)
    return model
    # END SOLUTION


# %%
check.ships(ships)

# %% [markdown] tags=["solution"]
# Trained on the plain pictures alone, the same network reads nineteen new ones in twenty, and a shift by a pixel changes
# about half of its answers. Its accuracy would never have told.

# %% [markdown]
# ### Exercise 9 · A project: the canary
# *implement · difficulty ★★★★★ · 40 minutes · 5 points*
#
# A new model gets as many requests as the old one, for a while: a *canary*. Users tell what was wrong. After every 100 requests of
# each your function looks at the errors so far and decides: `"promote"` the new one, `"roll back"` to the old one, or `"wait"` for 100
# more. It may look 20 times; at the last look, with `left` = 0, it has to decide.
#
# It is judged on canaries that neither you nor it has seen, in any order. The old model fails in 4 % to 20 % of the requests.
#
# - 60 new models are *just as good*: at most **6** of them may be rolled back.
# - 24 are *worse*: where the old one fails in a share p, they fail in 1.6 p + 0.02. At most **2** may be promoted, and
#   those rolled back may have answered **1,000** requests until then, on average.
# - 8 are *broken*, and fail in 60 % to 90 %: all must be rolled back within **300** requests.
#
# What helps: with n requests each, the error shares a of the old and b of the new model, and p their mean, the difference b − a has the
# standard error $\sqrt{2 p (1 - p) / n}$. Beware: whoever looks twenty times has twenty chances to be unlucky.
#
# - In: `old_errors` and `new_errors`, whole numbers; `requests`, of each model so far; `left`, how many looks are still to come.
# - Out: one of the three texts.


# %%
def canary(old_errors, new_errors, requests, left):
    """Whether the new model is promoted, rolled back, or looked at again.

    >>> canary(8, 70, 100, 19), canary(10, 9, 100, 19), canary(200, 203, 2000, 0)
    ('roll back', 'wait', 'promote')
    """
    # BEGIN SOLUTION
    error = (old_errors + new_errors) / (2 * requests)
    spread = np.sqrt(2 * error * (1 - error) * requests)
    if new_errors - old_errors > 3 * spread:
        return "roll back"
    return "promote" if left == 0 else "wait"
    # END SOLUTION


# %%
check.canary(canary)

# %% [markdown] tags=["solution"]
# For a single look the usual limit for one error in twenty is 1.645. With twenty looks it rolls back about one good
# model in five. A limit of 3 hardly ever does, and finds the worse ones all the same, a little later.

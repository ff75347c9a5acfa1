# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 05 · Optimizers
#
# **How big a step, in which direction?**
#
# Backpropagation hands you a slope for every weight. The rule that turns slopes into new weights is the **optimizer**.
# The plainest one goes straight downhill, and this chapter begins with a landscape in which that is a bad idea.
#
# By the end you can
#
# - **Compute** a step of SGD, momentum, RMSprop and Adam by hand, and say what each part of the rule is for,
# - **Find** a learning rate in a hundred steps, and let it follow a schedule,
# - **Compare** optimizers without fooling yourself,
# - **Rescue** a run that explodes.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about half a minute. You need
# chapters 03 and 04: gradient, learning rate, training loop.*

# %% [markdown]
# ## One step, two weights, by hand
#
# The loss is a ravine, a hundred times as steep across as along:
#
# $$L = \tfrac12\,(w_1^2 + 100\,w_2^2) \qquad \text{slopes:}\quad g_1 = w_1,\quad g_2 = 100\,w_2$$
#
# You stand at (10, 1). Both weights contribute 50 to the loss, yet the slopes there are 10 and 100. *Stochastic
# gradient descent* (SGD) subtracts learning rate times slope ([@robbins1951]). The lowest point is (0, 0):
#
# | learning rate | $w_1$ | $w_2$ | and then? |
# |---:|---:|---:|---|
# | 0.01 | 10 − 0.1 = 9.9 | 1 − 1 = 0 | $w_2$ is there at once; $w_1$ has 1 % of its way behind it |
# | 0.02 | 9.8 | 1 − 2 = −1 | $w_2$ hops from side to side for ever |
# | 0.03 | 9.7 | 1 − 3 = −2 | $w_2$ doubles its distance with each step |
#
# The steepest direction limits the rate, and the flattest one pays for it. Our SGD, without its constructor:

# %%
import inspect
import textwrap
from course_lib.optimizers import SGD


def show_rule(optimizer):
    print(textwrap.dedent(inspect.getsource(optimizer.update)))


show_rule(SGD)

# %% [markdown]
# `w` is an array of weights, `g` its gradient, `lr` the learning rate. `s` and `t` are for rules with a memory. Each
# row of the table, checked and walked on:

# %%
import numpy as np
from course_lib.page import claim, quiet, show
from course_lib.plots import optimizers as plots
from course_lib.surfaces import SURFACES, walk

ravine = SURFACES["ravine"]
walks = {f"rate {rate}": walk(SGD(rate), ravine, 15) for rate in (0.01, 0.02, 0.021)}

# %%
claim("One step at 0.01 leads to (9.9, 0)", np.allclose(walks["rate 0.01"][1], [9.9, 0]))
end = walks["rate 0.02"][-1, 1]
claim("15 steps at 0.02 end where w2 began, on the other side", np.isclose(end, -1))
hops = walk(SGD(0.03), ravine, 2)[:, 1]
claim("At 0.03, w2 goes from 1 to −2 to 4", np.allclose(hops, [1, -2, 4]))

# %% [markdown]
# The same as a map (0.03 would leave it at once, so the third rate is 0.021):

# %%
plots.plot_paths("ravine", walks)
show("""A ravine from above, three times, with 15 steps of SGD from the right. At 0.01 it creeps
along the floor. At 0.02 it hops from wall to wall. At 0.021 the hops grow.""")

# %% [markdown]
# *Follow the dots from the black square; the star is the goal.* No rate is good here. The direction is the problem.

# %% [markdown]
# ## Momentum: remember where you were going
#
# Let the slope change a *velocity*, and the velocity the weights, as with a heavy ball. This is **momentum**
# ([@polyak1964]). Of its velocity the ball keeps a share $\beta$ at each step, usually 0.9:
#
# $$v \leftarrow \beta\,v - \eta\,g \qquad w \leftarrow w + v$$
#
# By hand, with $\eta = 1$ and a slope of −1 that stays: the velocity is 1, then 0.9 + 1 = 1.9, then 2.71, on to
# $1/(1 - \beta) = 10$. With a slope that changes its sign each time it shrinks towards
# $1/(1 + \beta) \approx 0.53$. So what agrees from step to step grows tenfold, and what alternates nearly halves.

# %%
from course_lib.optimizers import Momentum

show_rule(Momentum)

# %%
ball, w = Momentum(learning_rate=1.0), np.zeros(2)
places = [w.copy()]
for t in range(200):
    ball.step([w], [np.array([-1.0, (-1.0) ** t])])
    places.append(w.copy())
velocity = np.diff(places, axis=0)
claim(
    "A steady slope: 1, 1.9, 2.71, … and 10 in the end",
    np.allclose(velocity[:3, 0], [1, 1.9, 2.71]) and np.isclose(velocity[-1, 0], 10),
)
claim("An alternating slope: 0.53 in the end", np.isclose(abs(velocity[-1, 1]), 0.526, atol=1e-3))

# %% [markdown]
# (`nesterov`: see *Deeper*.)
#
# **Your turn.** One step of momentum:

# %%


def momentum_step(w, v, g, rate, beta):
    """The new weight and the new velocity."""
    return w, v  # your lines


found = momentum_step(10.0, -2.0, 3.0, 0.1, 0.9)
print(
    "Right!" if np.allclose(found, (7.9, -2.1)) else "Not yet: v is −1.8 − 0.3, and w follows it."
)

# %% [markdown]
# <details><summary>Solution</summary>
#
# `v = beta * v - rate * g`, then `return w + v, v`. The *new* velocity moves the weight.
#
# </details>
#
# In a ravine, momentum is just right. Is more of it better still? **Predict, then run:** a hundred steps at the rate
# 0.01 with $\beta$ = 0, which is SGD, with 0.9 and with 0.99. Who is lowest in the end, and who highest?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
left = {beta: ravine.f(*walk(Momentum(0.01, beta), ravine, 100)[-1]) for beta in (0, 0.9, 0.99)}
print(*(f"β = {beta}: {height:.2g}" for beta, height in left.items()), sep="\n")
claim("With 0.9 it is less than a thousandth of SGD's", left[0.9] < left[0] / 1000)
claim("With 0.99 it is more than twice SGD's", left[0.99] > 2 * left[0])

# %% [markdown]
# A velocity of which 99 % stay forgets nothing: the ball shoots past the goal and comes back, for hundreds of steps.

# %% [markdown]
# ## RMSprop: a rate for every weight
#
# The second idea is to divide each slope by its own recent size. **RMSprop** (after Tieleman and Hinton, 2012)
# keeps a running mean of the squares:
#
# $$v \leftarrow 0.9\,v + 0.1\,g^2 \qquad w \leftarrow w - \eta\, g / \sqrt{v + \epsilon}$$
#
# By hand at (10, 1): $v$ is 0.1 · 10² = 10 and 0.1 · 100² = 1,000, so the two steps are $10/\sqrt{10}$ and
# $100/\sqrt{1000}$. Both are 3.16, in learning rates. Steep or flat, each weight moves as far. ($\epsilon$, tiny,
# keeps a slope of 0 from being divided by 0.)

# %%
from course_lib.optimizers import RMSprop

show_rule(RMSprop)

# %%
claim(
    "RMSprop's first step from (10, 1): 3.16 learning rates for both weights",
    np.allclose(walk(RMSprop(0.01), ravine, 1)[1], [10 - 0.0316, 1 - 0.0316], atol=1e-4),
)

# %% [markdown]
# ## Adam: both, and a correction
#
# But why 3.16, and not 1? Because $v$ starts at 0, and after one step is only a tenth of what it measures. Adam joins
# both ideas and repairs this ([@kingma2015]). It keeps a running mean $m$ of the slope and $v$ of its square, and
# divides each by the share of the mean that is already filled. That is the **bias correction**:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\,g \qquad v \leftarrow \beta_2 v + (1-\beta_2)\,g^2 \qquad
# w \leftarrow w - \eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t} \cdot \frac{m}{\sqrt{v} + \epsilon}$$
#
# By hand, first step, with $\beta_1 = 0.9$, $\beta_2 = 0.999$: $m = 0.1\,g$ and $v = 0.001\,g^2$. Divided by 0.1 and
# by 0.001 they are $g$ and $g^2$. So *the first step is one learning rate long, whatever the slope*, as long as the
# slope is large beside $\epsilon / \sqrt{1 - \beta_2} \approx 3 \cdot 10^{-6}$. (The first fraction
# does both divisions. The paper also writes them one by one, with $\epsilon$ beside the root of the corrected $v$; our
# code and Keras' add it to the root of $v$ itself.)

# %%
from course_lib.optimizers import Adam

show_rule(Adam)

# %%
_, after_one = walk(Adam(0.1), ravine, 1)
claim("Adam's first step from (10, 1): 0.1 for both weights", np.allclose(after_one, [9.9, 0.9]))
w = np.zeros(1)
Adam(0.1).step([w], [np.array([1e-7])])
claim("At a slope of 1e-7 it is 3 % of that", round(-w[0] / 0.1, 2) == 0.03)

# %% [markdown]
# ## Their twins in Keras
#
# Each rule has a twin, those of the *Deeper* parts too. Both start from the same random weights and get the same 50
# random gradients, in 64 bits. (Keras rounds constants to 32 bits; powers of two survive that.)

# %%
with quiet():
    import keras


def agree(ours, twin, steps=50):
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((3, 2), (2,))]
    variables = [keras.Variable(w, dtype="float64") for w in weights]
    for _ in range(steps):
        gradients = [rng.normal(size=w.shape) for w in weights]
        ours.step(weights, gradients)
        twin.apply(gradients, variables)
    pairs = zip(weights, variables, strict=True)
    return all(np.allclose(w, v.numpy(), rtol=1e-9, atol=0) for w, v in pairs)


# %%
from course_lib.optimizers import Adagrad, AdamW

k, eta, beta, eps = keras.optimizers, 1 / 16, 7 / 8, {"epsilon": 2**-20}
betas = {"beta_1": 7 / 8, "beta_2": 63 / 64} | eps
twins = {
    "SGD": (SGD(eta), k.SGD(eta)),
    "momentum": (Momentum(eta, beta), k.SGD(eta, beta)),
    "Nesterov": (Momentum(eta, beta, nesterov=True), k.SGD(eta, beta, nesterov=True)),
    "Adagrad": (Adagrad(eta, 1 / 8, **eps), k.Adagrad(eta, 1 / 8, **eps)),
    "RMSprop": (RMSprop(eta, beta, **eps), k.RMSprop(eta, beta, **eps)),
    "Adam": (Adam(eta, **betas), k.Adam(eta, **betas)),
    "AdamW": (AdamW(eta, 1 / 8, **betas), k.AdamW(eta, 1 / 8, **betas)),
}

# %% [markdown]
# Clipping, too:

# %%
for limit in ("clipvalue", "clipnorm", "global_clipnorm"):
    twins[limit] = SGD(eta, **{limit: 1.0}), k.SGD(eta, **{limit: 1.0})
for name, (ours, twin) in twins.items():
    claim(f"{name}: after 50 steps our weights are Keras', to nine digits", agree(ours, twin))

# %% [markdown]
# ## Side by side
#
# Each begins with a rate that suits it on the surface in view:

# %%
from course_lib.widgets import optimizers as widgets

widgets.Race()

# %% [markdown]
# Press *play*, or move *step*. The square is the start: drag it.
#
# 1. On the ravine, give SGD the rate 0.02, then 0.03. Do you find the table from the beginning again?
# 2. On the bowl, nothing alternates and all directions are alike. What do momentum and Adam do there that SGD does
#    not? Which β cures momentum of it?
# 3. On the saddle all have one rate. Who is the last to leave the ridge, and why do RMSprop and Adam not wait? Then
#    drag the start up, away from the ridge, and back to it.
# 4. On *Rosenbrock*, a curved valley made to be hard ([@rosenbrock1960]), who follows the floor, and who hops across
#    it?
# 5. Back on the ravine, give all the rate 0.01: who is lowest after 150 steps? And at 0.2?
#
# <details><summary>Answers</summary>
#
# 1: yes; at 0.03 it leaves the map at step 10. 2: they run past the goal and come back; with β = 0.5 momentum does not.
# 3: SGD. The slope away from the ridge is tiny, and RMSprop and Adam divide it by its own tiny size. Far from the ridge
# the difference is gone. 4: SGD follows the floor, and soon Nesterov; momentum and Adam sway across it, less and
# less; RMSprop hops across it at every step. 5: Nesterov. At 0.2 Adam, and the three without a division have left the
# map. Remember that.
#
# </details>

# %% [markdown]
# ## What goes wrong: a race that proves nothing
#
# Which optimizer is best? Let networks learn to read `digits`. Each dot to come is one network from a seed of its own.

# %%
from course_lib.data import digits
from course_lib.layers import Activation, Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.training import evaluate, fit

data = digits()
x, x_test = data.x_train.reshape(-1, 64), data.x_test.reshape(-1, 64)
loss = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)


# %%
def fresh(seed):
    rng = np.random.default_rng(seed)
    return Sequential(Dense(64, 32, rng), Activation("relu"), Dense(32, 10, rng)), rng


def trained(optimizer, seed, x, epochs):
    network, rng = fresh(seed)
    fit(network, x, data.y_train, loss, optimizer, epochs, batch_size=32, rng=rng)
    return network


# %% [markdown]
# A network is judged by its loss on what it has learnt from, or by the share of unseen digits that it reads right:


# %%
def final_loss(network):
    return evaluate(network, x, data.y_train, loss)


def right(network, x=x_test, y=data.y_test):
    return np.mean(network.forward(x).argmax(axis=1) == y)


def five(kind, rate, measure=final_loss, first=0, x=x, epochs=10, **options):
    seeds = range(first, first + 5)
    return np.array([measure(trained(kind(rate, **options), seed, x, epochs)) for seed in seeds])


# %% [markdown]
# Take four rules, the same networks, the same data, ten epochs, five seeds each, and one learning rate for all, for
# fairness: 0.001, the default of Adam in Keras. **Predict, then run:** who wins, and who comes last?

# %%
entrants = {"SGD": SGD, "momentum": Momentum, "RMSprop": RMSprop, "Adam": Adam}


def race(rates, first=0):
    return {
        f"{name} ({rates[name]:.2g})": five(kind, rates[name], right, first)
        for name, kind in entrants.items()
    }


# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
claim("0.001 is the default rate of Keras' Adam", np.isclose(k.Adam().learning_rate, 0.001))
same = race(dict.fromkeys(entrants, 0.001))
plots.plot_runs(same, "share of test digits read right", log=False)
show("""Test accuracy of five networks each at the rate 0.001: Adam and RMSprop near 0.9, momentum
near 0.6, SGD near guessing.""")
sgd, *_, adam = (np.median(shares) for shares in same.values())
claim("Adam leads SGD by more than 60 percentage points", adam - sgd > 0.6)

# %% [markdown]
# *Compare the first row with the last: no dots overlap.* The stroke is the median. A clear winner? Run the same race at
# another rate, 1.0:

# %%
again = race(dict.fromkeys(entrants, 1.0))
sgd, *others = (np.median(shares) for shares in again.values())
claim("Now SGD reads more than 85 %, and no other more than 40 %", sgd > 0.85 and max(others) < 0.4)

# %% [markdown]
# The last has become the first. Nothing has changed but the rate. Look at all rates, and you see what happened:

# %%
rates = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0])
losses = {
    name: np.array([five(kind, rate, epochs=5) for rate in rates])
    for name, kind in entrants.items()
}

# %%
plots.plot_rate_map(rates, losses)
show("""Loss after five epochs against the learning rate, a curve for each optimizer with the spread
of five seeds. Momentum, RMSprop and Adam each have a valley, at different rates. SGD's curve still
falls at the highest rate.""")

# %% [markdown]
# *Put a ruler upright on any rate: it picks a winner.* Each rule has its own scale. Adam's step is about one rate
# long, whatever the slopes. SGD's is the rate times a slope, which here is small. "The same rate" is no more fair than
# the same shoe size. In published comparisons, too, how the rates were chosen may explain the ranking better than
# anything else ([@choi2019]). Cure: give each its own rate, found by the same procedure, and judge on seeds that
# played no part in it.

# %% [markdown]
# ### The learning-rate range test
#
# Thirty-five trainings for each curve are a lot. The **learning-rate range test** ([@smith2015]) needs one short run:
# let the rate grow and watch the loss. In Smith's it grows in a straight line over a few epochs; ours, as many
# programs do, multiplies it at each of a hundred steps, from tiny to huge.

# %%
from course_lib.training import learning_rate_range_test


def range_test(kind):
    network, rng = fresh(seed=0)
    return learning_rate_range_test(
        network, x, data.y_train, loss, 32, rng, lowest=1e-4, optimizer=kind
    )


tests = {name: range_test(kind) for name, kind in entrants.items()}

# %%
plots.plot_range_tests(tests)
show("""The loss while the rate rises from 0.0001, one panel an optimizer. Each loss first stays,
then falls, then rises again. RMSprop and Adam turn at far smaller rates than the others.""")

# %% [markdown]
# *Read from left to right: nothing happens; it learns; it is torn apart.* The triangle marks the lowest mean of nine
# batches. That is already the brink, so we take a fifth of that rate, the same for all four. Then the fair race, on
# new seeds:


# %%
def suggested(rates, losses):
    middle, mean = plots.smoothed(rates, losses)
    return middle[mean.argmin()] / 5


fair = race({name: suggested(*test) for name, test in tests.items()}, first=5)
plots.plot_runs(fair, "share of test digits read right", log=False)
show("""Test accuracy with a rate of its own for each optimizer: all twenty networks lie above 0.9,
and the four groups overlap.""")

# %%
medians = [np.median(shares) for shares in fair.values()]
claim("Every one of the twenty networks reads at least 90 %", min(map(min, fair.values())) >= 0.9)
claim("The medians lie within 5 percentage points", max(medians) - min(medians) < 0.05)

# %% [markdown]
# *Compare with the first race.* More than 60 points have shrunk to less than 5, on this small network. On others the
# gap can be larger, in either direction: in a benchmark of more than a dozen optimizers none clearly dominated
# ([@schmidt2020]).

# %% [markdown]
# ## Schedules: long strides first, short ones last
#
# A high rate gets there fast, and then hops around the goal as on the ravine. So let it fall. A **schedule** gives the
# rate for every step $t$ of $T$. *Step* and *exponential* decay multiply it by a factor now and then, or evenly;
# *cosine* decay ([@loshchilov2016]) takes half a wave, $\eta_t = \eta\,(1 + \cos(\pi t / T)) / 2$: full at first, by
# hand half at $t = T/2$, and 0 at $T$. A **warm-up** lets the rate *rise* first ([@goyal2017]), for early steps, from
# random weights, are the dangerous ones.

# %%
from course_lib.schedules import CosineDecay, ExponentialDecay, LinearWarmup, PiecewiseConstantDecay

print(textwrap.dedent(inspect.getsource(CosineDecay.__call__)))

# %% [markdown]
# **Your turn.** A warm-up: the rate rises in a straight line, from 0 at step 0 to `rate` at step `warmup`, and then
# stays. (`np.minimum` takes the smaller one.)

# %%


def warmed_up_rate(t, rate, warmup):
    """The learning rate at step t, a number or an array."""
    return None  # your line


found = warmed_up_rate(np.array([0, 10, 40, 90]), 0.2, 40)
is_right = found is not None and np.allclose(found, [0, 0.05, 0.2, 0.2])
print("Right!" if is_right else "Not yet: at step 10 of 40 it is a quarter of the rate.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return rate * np.minimum(t / warmup, 1)`
#
# </details>
#
# All four agree with Keras':

# %%
steps, decay = np.arange(400), keras.optimizers.schedules
falling = [100, 200], [0.1, 0.05, 0.01]
warm = decay.CosineDecay(0.0, 306, warmup_target=0.1, warmup_steps=34)
pairs = [
    (CosineDecay(0.1, 340), decay.CosineDecay(0.1, 340)),
    (ExponentialDecay(0.1, 34, 0.5), decay.ExponentialDecay(0.1, 34, 0.5)),
    (PiecewiseConstantDecay(*falling), decay.PiecewiseConstantDecay(*falling)),
    (LinearWarmup(34, CosineDecay(0.1, 306)), warm),
]
for ours, twin in pairs:
    claim(
        f"{type(ours).__name__} and Keras' twin agree at all 400 steps",
        np.allclose(ours(steps), [float(twin(t)) for t in steps], rtol=1e-4, atol=1e-7),
    )

# %% [markdown]
# (*Step* decay is `PiecewiseConstantDecay`.) Try all of them:

# %%
widgets.Schedule()

# %% [markdown]
# 1. Set *look at step* to 100, and change between exponential and cosine. Which keeps its rate longer? Where do they
#    end?
# 2. Exponential with *share left* 0.5 and *decay steps* 100: what is left after 100, 200, 300 steps? Predict before
#    you look.
# 3. Give the cosine 50 warm-up steps. Why has it not ended at step 300?
#
# <details><summary>Answers</summary>
#
# 1: cosine; both at a tenth. 2: 0.5, 0.25 and 0.125 of the rate. 3: decay begins when warm-up is over, so it ends 50
# steps later.
#
# </details>
#
# Is it worth it? Adam at 0.1, the rate at which it just survives, ten epochs, which are 340 steps:

# %%
plans = {
    "constant": 0.1,
    "exponential": ExponentialDecay(0.1, 34, 0.7),
    "cosine": CosineDecay(0.1, 340),
    "warm-up + cosine": LinearWarmup(34, CosineDecay(0.1, 306)),
}

# %%
scheduled = {name: five(Adam, plan) for name, plan in plans.items()}
plots.plot_runs(scheduled, "loss after ten epochs")
show("""The final loss of five networks each. It falls from a constant rate over exponential and
cosine decay to warm-up with cosine, which has the smallest loss and the smallest spread.""")

# %% [markdown]
# *Read it downwards: each plan moves the dots to the left, and the last also moves them together.*

# %%
constant, _, cosine, warmed_up = (np.median(losses) for losses in scheduled.values())
claim("Cosine halves the median loss at least", cosine < constant / 2)
claim("With warm-up, it falls by another third at least", warmed_up < cosine * 2 / 3)
worst, best = max(scheduled["warm-up + cosine"]), min(scheduled["constant"])
claim("Each run with warm-up beats each run at a constant rate", worst < best)

# %% [markdown]
# ## Rescue: gradient clipping
#
# Ten of the 1,077 training pictures come from a broken file: their ink goes up to 65,535 instead of 1. By hand: such a
# picture's gradient is tens of thousands of times as long as the others', and one step along it throws all weights
# away. The remedy is **gradient clipping** ([@pascanu2012]): a gradient that is longer than a limit is shortened to
# it, and keeps its direction.

# %%
from course_lib.optimizers import clip_by_global_norm

print(inspect.getsource(clip_by_global_norm))

# %%
g = [np.array([3.0, 0.0]), np.array([[4.0]])]
shorter = clip_by_global_norm(g, 1.0)
claim(
    "A gradient of length 5, cut to length 1, keeps its direction",
    np.allclose(shorter[0], [0.6, 0]) and np.allclose(shorter[1], [[0.8]]),
)

# %% [markdown]
# Momentum on the broken data, without clipping and with it:

# %%
broken = x.copy()
broken[:10] *= 65_535
clipped = {
    name: five(Momentum, 0.03, right, x=broken, **limit)
    for name, limit in [("not clipped", {}), ("clipped", {"global_clipnorm": 1.0})]
}
plots.plot_runs(clipped, "share of test digits read right", log=False, reference=(0.1, "guessing"))
show("""Test accuracy of five networks each, trained with ten broken pictures. Without clipping all
guess. With clipping all read more than nine digits in ten.""")

# %%
claim("Without clipping, none reads more than 30 %", (clipped["not clipped"] < 0.3).all())
claim("With clipping, all read at least 90 %", (clipped["clipped"] >= 0.9).all())

# %% [markdown]
# *Both rows saw the same broken pictures.* Clipping rescues the run. It does not repair the data: look for what
# explodes as well.

# %% [markdown]
# ## All of it in Keras
#
# You hand `compile` an optimizer. Its rate may be a schedule, and clipping is one of its arguments: `clipnorm` shortens
# each array on its own, `global_clipnorm` all together, as above. AdamW is Adam that also shrinks each weight a little
# (*Deeper* says how). A schedule counts *steps*, and an epoch here has 34: hence one epoch of warm-up and nine of decay.


# %%
def keras_network(seed=0):
    keras.utils.set_random_seed(seed)
    hidden = keras.layers.Dense(32, activation="relu")
    return keras.Sequential([keras.Input((64,)), hidden, keras.layers.Dense(10)])


cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
schedule = decay.CosineDecay(0.0, 306, warmup_target=0.02, warmup_steps=34)
optimizer = k.AdamW(schedule, weight_decay=0.004, global_clipnorm=1.0)
model = keras_network()
model.compile(optimizer, cross_entropy, metrics=["accuracy"])
history = model.fit(x, data.y_train, epochs=10, batch_size=32, verbose=0)

# %%
share = model.evaluate(x_test, data.y_test, verbose=0)[1]
claim("It reads at least 93 % of unseen digits", share >= 0.93)
claim("After 340 steps its rate is 0", np.isclose(optimizer.learning_rate, 0))

# %% [markdown]
# Or let the loss decide. `ReduceLROnPlateau` multiplies the rate by `factor` whenever what it monitors has not got
# better for `patience` epochs: the training loss here, `"val_loss"` if you keep a validation set. The rate must then be
# a plain number; with a schedule Keras raises a `TypeError`.

# %%
plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.3, patience=2)
reached = {}
for name, callbacks in [("rate 0.1", []), ("ReduceLROnPlateau", [plateau])]:
    model = keras_network()
    model.compile(k.Adam(0.1), cross_entropy)
    history = model.fit(x, data.y_train, epochs=15, batch_size=32, verbose=0, callbacks=callbacks)
    reached[name] = model.evaluate(x, data.y_train, verbose=0)

# %%
falls = history.history["learning_rate"]
print(" ".join(f"{rate:.2g}" for rate in falls))
claim("The rate has fallen at least once", falls[-1] <= 0.031 < falls[0])
claim("and the loss ends lower than at the rate 0.1", reached[name] < reached["rate 0.1"])

# %% [markdown]
# ## Now play
#
# Everything from chapters 01 to 05 in one picture, after TensorFlow Playground. The kernel trains with the functions
# you have seen:

# %%
from course_lib.widgets.playground import Playground

playground = Playground()
playground.train(150)
playground

# %% [markdown]
# It is at epoch 150; ↺ goes back to 0. A hidden neuron's picture is blue where it says 1 or more, orange at −1 or less.
#
# 1. Reset and press *Play*. What do the neurons of the first layer show, and what do those of the second?
# 2. Choose SGD, leave the rate at 0.01, reset, and run *to epoch* 150. How far does it get? And at 0.1?
# 3. Adam at a rate of 1: what tells you first that something is wrong?
# 4. How few neurons can you do with?
# 5. Take the data xor and no hidden layer (press − twice). Why is it stuck? Now add the feature x₁·x₂.
#
# <details><summary>Answers</summary>
#
# 1: in the first layer each has one straight edge; the second puts these together to curved shapes.
# 2: it reads about 60 % of the test points, little more than chance; at 0.1 about 80 %. 3: the losses jump and do not
# fall. 4: with 6 and 6 neurons it mostly manages in 300 epochs, with 4 and 2 it does not; the seed matters. 5: without a hidden layer it can only draw a line, and no line parts xor; x₁·x₂ has the sign of the
# answer.
#
# </details>

# %% [markdown]
# ## Deeper: Adam without its correction
#
# Adams without it are in use. The one that came with the language model BERT made it unstable to fine-tune on few
# examples ([@zhang2020]). Why? **Predict, then run:** the slope is always 1. How long are the steps, in learning
# rates, with the correction and without?

# %%
from course_lib.surfaces import Surface


class Uncorrected(Adam):
    def update(self, w, g, s, lr, t):
        s["m"] = self.beta_1 * s["m"] + (1 - self.beta_1) * g
        s["v"] = self.beta_2 * s["v"] + (1 - self.beta_2) * g**2
        return w - lr * s["m"] / (np.sqrt(s["v"]) + self.epsilon)


# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
slope = Surface(lambda x, y: x, lambda x, y: (1, 0), start=(0, 0), goals=())
lengths = {
    name: -np.diff(walk(kind(0.01), slope, 5000)[:, 0]) / 0.01
    for name, kind in [("Adam", Adam), ("without correction", Uncorrected)]
}
plots.plot_step_lengths(lengths)
show("""The length of each of 5,000 steps while the slope stays 1. With the correction always 1.
Without, the steps begin at 3, rise to 6.6 and come down to 1 after thousands of steps.""")

# %% [markdown]
# *See how long the wrong curve takes to come down to 1.* $m$ fills in about ten steps, $v$ in about a thousand. The
# steps are too long just when the weights are still random.

# %%
uncorrected = lengths["without correction"]
claim("With the correction, every step is 1 long", np.allclose(lengths["Adam"], 1, rtol=1e-5))

# %%
claim(
    "Without, the first is 3.16 long and the twelfth 6.57, the longest",
    np.allclose(uncorrected[[0, 11]], [3.16, 6.57], atol=0.01) and uncorrected.argmax() == 11,
)

# %% [markdown]
# Does it matter in practice? Five networks each, at the learning rate 0.1:

# %%
ends = {"Adam": five(Adam, 0.1), "without correction": five(Uncorrected, 0.1)}
plots.plot_runs(ends, "loss after ten epochs", reference=(np.log(10), "guessing"))
show("""The final loss of five networks each. With the correction all lie far below guessing.
Without it, none has learnt more than a little.""")

# %%
claim("With the correction, all five end below 1", (ends["Adam"] < 1).all())
claim("Without it, all five end above 1; guessing is 2.3", (ends["without correction"] > 1).all())

# %% [markdown]
# At a small rate the bug even *looks* like an improvement, because longer steps learn faster there. That is how it
# survives:

# %%
small = [np.median(five(kind, 0.001, epochs=5)) for kind in (Adam, Uncorrected)]
claim("At the rate 0.001 the median loss is lower without the correction", small[1] < small[0])

# %% [markdown]
# ## Deeper: Nesterov and Adagrad
#
# **Nesterov momentum** ([@bengio2012]; `nesterov=True`) moves the weight by the velocity that it will have after *this*
# slope once more:
#
# $$v \leftarrow \beta\,v - \eta\,g \qquad w \leftarrow w + \beta\,v - \eta\,g$$
#
# By hand, on the loss $\tfrac12 w^2$ with slope $w$, from 1, with $\eta = \beta = 0.5$:
#
# | step | momentum: $v$ | $w$ | Nesterov: $v$ | $w$ |
# |---:|---:|---:|---:|---:|
# | 1 | −0.5 | 0.5 | −0.5 | 1 − 0.25 − 0.5 = 0.25 |
# | 2 | −0.25 − 0.25 = −0.5 | 0 | −0.25 − 0.125 = −0.375 | −0.0625 |
# | 3 | −0.25 | −0.25 | −0.15625 | −0.109375 |
#
# Both run past the goal. Nesterov brakes before it, and runs less than half as far.

# %%
valley = Surface(lambda x, y: x**2 / 2, lambda x, y: (x, 0), start=(1, 0), goals=())
plain, ahead = (walk(Momentum(0.5, 0.5, nesterov), valley, 50)[:, 0] for nesterov in (False, True))

# %%
claim("Momentum: 1, 0.5, 0, −0.25", np.allclose(plain[:4], [1, 0.5, 0, -0.25]))
claim(
    "Nesterov: 1, 0.25, −0.0625, −0.109375", np.allclose(ahead[:4], [1, 0.25, -0.0625, -0.109375])
)
claim("It runs less than half as far past 0", 0 < -ahead.min() < -plain.min() / 2)

# %% [markdown]
# **Adagrad** ([@duchi2011]) divides by *all* slopes so far, and so never forgets a steep place:
#
# $$s \leftarrow s + g^2 \qquad w \leftarrow w - \eta\, g / \sqrt{s + \epsilon}$$
#
# By hand, with a slope of 1 that stays and $s = 0$ at first: steps of 1, $1/\sqrt 2$, $1/\sqrt 3$ … learning rates, a
# tenth after a hundred. (In Keras $s$ begins at 0.1.) That suits weights whose slope is rarely not 0, such as those of
# rare words. In a long training it falls asleep; RMSprop, which forgets, does not.

# %%
lengths = {
    name: -np.diff(walk(rule, slope, 100)[:, 0])
    for name, rule in [("Adagrad", Adagrad(1.0, 0.0)), ("RMSprop", RMSprop(1.0))]
}

# %%
claim("Adagrad: 1, 0.71, 0.58", np.allclose(lengths["Adagrad"][:3], [1, 0.71, 0.58], atol=0.01))
claim("and a tenth at step 100", np.isclose(lengths["Adagrad"][-1], 0.1))
claim("RMSprop's steps stay 1 long or longer", lengths["RMSprop"].min() > 0.999)

# %% [markdown]
# ## Deeper: AdamW, decay that is not divided
#
# Weights that nothing needs should shrink. The old way adds $\lambda w$ to the gradient, an *L2 penalty*; chapter 11
# says why. In SGD, that is the same as taking a little of each weight away at every step: **weight decay**. In Adam it
# is not. Adam divides *all* of the gradient by its size, the penalty too. By hand: let $\lambda w$ be 0.1. Beside
# gradients of size 10, it moves the weight by about 0.1 / 10 of a learning rate. Beside noise of size 0.1, by about
# $0.1 / \sqrt{0.1^2 + 0.1^2} \approx 0.7$: seventy times as much. **AdamW** takes the decay out of the gradient and subtracts $\eta\lambda w$ directly
# ([@loshchilov2017]).

# %%
show_rule(AdamW)

# %% [markdown]
# An experiment without data: three thousand weights of 1, whose gradients are pure noise. Nothing but decay can move
# them on average. After $1/(\eta\lambda) = 1{,}000$ steps, what is left?

# %%
sizes = np.array([10, 1, 0.1])


def left_over(optimizer, l2, seed=0, steps=1000):
    rng, w, means = np.random.default_rng(seed), np.ones((1000, 3)), []
    for _ in range(steps):
        noise = sizes * rng.normal(size=w.shape)
        optimizer.step([w], [noise + l2 * w])
        means.append(w.mean(axis=0))
    return np.array(means)


# %%
methods = {
    "L2 in Adam": [left_over(Adam(0.01), 0.1, seed) for seed in range(5)],
    "AdamW": [left_over(AdamW(0.01, weight_decay=0.1), 0, seed) for seed in range(5)],
}
plots.plot_decay({name: dict(zip(("10", "1", "0.1"), runs[0].T)) for name, runs in methods.items()})
show("""Mean weights over 1,000 steps. With L2 in Adam, weights with large gradients keep nine
tenths, and those with small gradients lose everything. With AdamW all three fall alike.""")

# %% [markdown]
# *Compare the solid lines: weights with large gradients.* In Adam, L2 hardly touches them. AdamW leaves
# $e^{-1} \approx 37\ \%$ of all.

# %%
l2, decoupled = (np.array([run[-1] for run in runs]) for runs in methods.values())
claim(
    "L2 in Adam: with large gradients over 80 % are left, with small ones under 5 %",
    (l2[:, 0] > 0.8).all() and (np.abs(l2[:, 2]) < 0.05).all(),
)
claim(
    "AdamW: 33 to 41 % are left of each, whatever the gradients",
    (decoupled > 0.33).all() and (decoupled < 0.41).all(),
)

# %% [markdown]
# ## Deeper: a run is its settings
#
# A run is its settings. Copy `playground.settings`, and a cell can have the same run again, without the page:

# %%
settings = {"data": "spiral", "hidden": [8, 8], "optimizer": "Adam", "learning_rate": 0.01}
once, twice = Playground(settings), Playground(settings)
once.train(150)
twice.train(150)
claim("Equal settings give equal losses, to the last bit", once.losses == twice.losses)

# %% [markdown]
# And `playground.network` is the trained network, to be asked about points that it has never seen:

# %%
x_new, y_new = Playground(settings | {"seed": 1}).points[:2]

# %%
logits = once.network.forward(once.features(x_new))
claim(
    "It knows the side of at least 90 % of 200 new points of the spiral",
    len(x_new) == 200 and np.mean((logits > 0) == y_new) >= 0.9,
)

# %% [markdown]
# ## Common misunderstandings
#
# - *"Adam needs no learning rate, it adapts."* It adapts the *ratio* between weights. The rate still decides: look at
#   the map again.
# - *"A lower loss after one epoch means a better optimizer."* It means a better rate for one epoch.
# - *"Bias correction only matters for the first few steps."* Without it steps are too long for about a thousand.
# - *"`weight_decay` and an L2 penalty are two names for one thing."* In SGD, up to a factor. In Adam they are not.
# - *"NaN? Clip the gradients."* Ask first where they come from. The rate, or the data, may be the cause.

# %% [markdown]
# ## What you can do now
#
# - **Compute:** SGD goes downhill, momentum adds up what agrees, RMSprop divides by the recent size, Adam does both
#   and corrects its start.
# - **Find:** the range test shows the brink; stay well below. Warm up, then let the rate fall.
# - **Compare:** each at its own rate, found by one procedure, on several new seeds, with the spread shown.
# - **Rescue:** clip the gradient's length, then look for the cause.
#
# **Next:** the [exercises](../exercises/05-optimizers.ipynb). Then [chapter 06, *Normalization*](06-normalization.ipynb),
# asks why deep networks train at all.

# %% [markdown]
# ## Sources
#
# [@]

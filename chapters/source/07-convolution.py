# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 07 · Convolution
#
# **How does a network see?**
#
# You recognize a face in the corner of a picture as well as in its middle. The networks so far do not: to them a pixel
# is a number in a list, and the next pixel is another number. This chapter builds networks that know what *beside*
# means.
#
# By the end you can
#
# - **Compute** a convolution by hand, and its sizes, weights and products,
# - **Tell** equivariance from invariance, and test for both,
# - **Build** a small convolutional network, and say where it beats its rivals and where it does not,
# - **Ask** a trained network where it looked, and judge what the answer is worth.
#
# *The core path takes about 45 minutes: read up to "Deeper", then from "What goes wrong" on. With all of "Deeper" it is
# about 80. Running all cells: a minute. You need gradients (chapter 04) and training (chapter 05).*

# %% [markdown]
# ## One pixel
#
# Our digits of 8 × 8 pixels now lie in the middle of sheets of 12 × 12. So a digit can move by two pixels, and nothing
# of it is cut off. One of the best classical readers of digits is a support vector machine. It sees 144 numbers in a
# row, like our dense networks. (All of `experiments` can be read in `course_lib/experiments/convolution.py`.)

# %%
import numpy as np
from course_lib.data import digits
from course_lib.experiments import (
    convolution as experiments,
)
from course_lib.page import claim, quiet, show
from course_lib.plots import convolution as plots

# %%
data = digits()
x = experiments.on_sheets(np.concatenate([data.x_train, data.x_val]))
y = np.concatenate([data.y_train, data.y_val])
x_test, y_test = experiments.on_sheets(data.x_test), data.y_test
machine = experiments.support_vectors(x, y)

# %% [markdown]
# **Predict, then run:** every test digit is moved by a single pixel, up, down, left or right. (*Aside* means straight,
# from here on.) What share does the machine still read right?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
shares_machine = experiments.shares_right(machine, x_test, y_test)
claim("In place it reads at least 98 % right", shares_machine[0] >= 0.98)
claim("One pixel aside, less than 60 %", shares_machine[1] < 0.6)
claim("Two pixels aside, less than 20 %", shares_machine[2] < 0.2)

# %% [markdown]
# For a list of numbers, a digit one pixel aside is another list altogether. Over ten other splits the machine reads
# 99.1 % in place and 52 % one pixel aside, on average: a strong rival, and a brittle one. Three other readers of lists,
# each with its best setting:

# %%
others = experiments.classical(x, y)
shares_others = {
    name: experiments.shares_right(read, x_test, y_test) for name, read in others.items()
}
claim(
    "Five neighbours, a random forest, logistic regression: at least 96 % in place",
    min(s[0] for s in shares_others.values()) >= 0.96,
)
claim("... and none of them 65 % one pixel aside", max(s[1] for s in shares_others.values()) < 0.65)

# %% [markdown]
# ## By hand
#
# Take one row of a picture, dark on the left and bright on the right: 0, 0, 1, 1. And take two weights, −1 and +1. Lay
# them on the first two pixels, multiply, and add: −1·0 + 1·0 = 0. Move one step: −1·0 + 1·1 = 1. And again:
# −1·1 + 1·1 = 0. The row of results, 0, 1, 0, says where it gets brighter. The same two weights looked everywhere.
#
# That is a **convolution**. The little set of weights is the **kernel** or **filter**, and what it makes of a picture
# is a **feature map**. In a picture $x$ with channels $c$ (three for colours), a kernel $k$ with a bias $b$ gives at
# the place $i, j$
#
# $$y_{i,j} = b + \sum_{u,\,v,\,c} x_{i+u,\;j+v,\;c}\; k_{u,\,v,\,c}$$
#
# and each further filter makes a further map. (Mathematics turns the kernel round first and calls this a
# cross-correlation. The weights are learnt, so nobody minds.) Our function gathers all windows and multiplies once:

# %%
import inspect
from course_lib.convolution import convolve

print(inspect.getsource(convolve))

# %% [markdown]
# (`_grouped` only lays each window out as a row of a matrix.) The row from above, with axes for the batch and the
# channel around it:

# %%
row, edge = np.array([0.0, 0, 1, 1]), np.array([-1.0, 1])
found = convolve(row[None, :, None], edge[:, None, None])
claim("0, 0, 1, 1 becomes 0, 1, 0", found.ravel().tolist() == [0, 1, 0])

# %% [markdown]
# Its twin is Keras' `Conv2D`. Forward they are to agree, and backward as well: the slopes of a randomly weighted sum of
# all outputs, in the picture, the kernel and the bias. `value_and_gradients` asks Keras for slopes, whichever library
# Keras runs on:

# %%
with quiet():
    import keras
from course_lib.backend_gradients import value_and_gradients
from course_lib.convolution import Conv2D

rng = np.random.default_rng(0)


# %%
def equals_keras(ours, twin, a):
    """Whether outputs and all slopes of our layer and of Keras' agree to nine digits."""
    twin.build(a.shape)
    twin.set_weights(ours.parameters())
    dy = rng.standard_normal((outputs := ours.forward(a)).shape)
    mine = [outputs, ours.backward(dy), *ours.gradients()]
    _, slopes = value_and_gradients(
        lambda a: keras.ops.sum(keras.ops.multiply(twin(a), dy)),
        a,
        variables=twin.trainable_variables,
    )
    theirs = [keras.ops.convert_to_numpy(twin(a)), *slopes]
    return all(np.allclose(p, q, rtol=1e-9, atol=0) for p, q in zip(mine, theirs, strict=True))


# %% [markdown]
# With strides and padding, which come next:

# %%
ours = Conv2D(3, 4, 3, rng, strides=2, padding="same")
twin = keras.layers.Conv2D(4, 3, strides=2, padding="same", dtype="float64")
pictures = rng.standard_normal((2, 7, 6, 3))
claim(
    "Outputs and slopes in picture, kernel and bias are Keras', to nine digits",
    equals_keras(ours, twin, pictures),
)

# %% [markdown]
# ## What a kernel can see
#
# Five kernels of nine weights, laid over a photograph:

# %%
from course_lib.data import photo

grey = photo().mean(axis=-1)[60:300:2, 160:480:2]
KERNELS = {
    "blur": np.full((3, 3), 1 / 9),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "brighter to the right": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "brighter downward": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "edges of any kind": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
}
maps = {
    name: convolve(grey[None, ..., None], k[..., None, None].astype(float))[0, ..., 0]
    for name, k in KERNELS.items()
}

# %%
plots.plot_pictures({"the photograph": grey, **maps}, signed=list(KERNELS)[2:])
show("""Six pictures of a temple: the photograph, blurred, sharpened, and three maps of edges on
grey: one lights up where it gets brighter to the right, one where it gets brighter downward, one
at the outlines of everything.""")

# %% [markdown]
# *Look at the roof's edges in the fourth and fifth picture.* Grey means 0. A kernel whose weights add up to 0 says
# nothing about even surfaces, only about change. Nobody will choose such weights for us: the network learns them.
#
# Lay one yourself. Point at the map, and the nine products appear; change the weights; drag over the picture to paint;
# choose the photograph. (`widgets.Kernel(picture)` takes a picture of your own, grey or in colours, of any size.)

# %%
from course_lib.widgets import convolution as widgets

widgets.Kernel(place=(2, 5))

# %% [markdown]
# 1. Where does *brighter to the right* give its largest number, and where its most negative?
# 2. Which nine weights leave the picture as it is? Which move it one pixel to the left?
# 3. On the digit, ask for a kernel of size 9 with *valid* padding. What does the widget say, and why?
#
# <details><summary>Answers</summary>
#
# 1. On the left edges of strokes, where dark turns to bright (here 1 is white, as chalk on a board); on their right
# edges. 2. A 1 in the middle and else 0; a 1 in the middle of the right column. 3. It does not fit: a window of 9 lies
# nowhere inside a picture of 8.
# </details>

# %% [markdown]
# ## Sizes, weights, products
#
# Four settings decide where windows lie:
#
# - the **padding**: `"valid"` adds nothing, `"same"` adds zeros around, so that the size stays (with stride 1).
# - the **stride** $s$: the window jumps $s$ pixels at a time.
# - the **dilation** $d$: the kernel's pixels lie $d$ apart, so a kernel of $k$ spans $d(k-1)+1$ pixels.
# - The number of filters, which is the number of channels that come out.
#
# For a picture of $n$ pixels a side and a span of $k$:
#
# $$\text{valid: } \left\lfloor \frac{n-k}{s} \right\rfloor + 1 \qquad\qquad \text{same: } \left\lceil \frac{n}{s} \right\rceil$$
#
# The weights do not depend on the picture's size: $k \cdot k \cdot c_\text{in} \cdot c_\text{out}$, and a bias for each
# filter.
#
# **Predict, then run:** a colour picture of 32 × 32 pixels, 10 filters of 5 × 5, stride 2, no padding. What is the
# output's shape? How many weights and biases are there? And how many would a dense layer need, from this picture to as
# many numbers?

# %%
from course_lib.layer_costs import layer_cost

layer = keras.layers.Conv2D(10, 5, strides=2)
shape = tuple(layer(np.zeros((1, 32, 32, 3))).shape[1:])
cost = layer_cost("Conv2D", (32, 32, 3), filters=10, kernel_size=5, strides=2)
dense = layer_cost("Dense", (32 * 32 * 3,), units=int(np.prod(shape)))

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
claim("(32 − 5) / 2 + 1 is 14.5: 14 × 14 places and 10 maps", shape == (14, 14, 10))
claim("5 · 5 · 3 · 10 + 10 = 760 parameters", cost.parameters == layer.count_params() == 760)
claim("The dense layer: more than six million", dense.parameters > 6_000_000)

# %% [markdown]
# **Your turn.** Write the formula for *valid*, with a dilation:


# %%
def places(n, kernel_size, strides, dilation_rate): ...  # how many windows fit along one side


cases = [(8, 3, 1, 1), (28, 5, 2, 1), (10, 3, 2, 2), (5, 3, 1, 2)]
yours = [places(*case) for case in cases]
print("○ not written yet" if None in yours else "✔" if yours == [6, 12, 3, 1] else f"✘ {yours}")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return (n - dilation_rate * (kernel_size - 1) - 1) // strides + 1`
# </details>
#
# ## Three ideas
#
# *Local:* an output looks at a small window only. *Shared:* all windows have the same weights. A third idea follows.
#
# First the other layer, **pooling**. It takes one number for a window: the largest (`MaxPooling2D`) or the mean
# (`AveragePooling2D`), and usually jumps by the window's size. It has no weights. *Global* pooling takes one number for
# the whole map. Fifty digits with a wide margin of paper, four filters, and a way to move pictures to the right:

# %%
from course_lib.pooling import GlobalMaxPooling2D, MaxPooling2D

sheet = np.pad(data.x_test[:50].astype(float), ((0, 0), (4, 4), (4, 4)))[..., None]
kernels = rng.integers(-3, 4, (3, 3, 1, 4)).astype(float)
pool, largest = MaxPooling2D().forward, GlobalMaxPooling2D().forward


# %%
def right_by(pixels, images):
    return np.roll(images, pixels, axis=2)


# %% [markdown]
# **Predict, then run:** three statements. Which hold exactly? Convolve, then move = move, then convolve. The same for
# pooling by twos and a move by one pixel. The largest number of a map stays the same wherever the picture lies.

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
feature_maps, after = convolve(sheet, kernels), convolve(right_by(1, sheet), kernels)
pooled = pool(feature_maps)
by_one, by_two = pool(right_by(1, feature_maps)), pool(right_by(2, feature_maps))
claim("Convolution: its map moves along, exactly", np.array_equal(after, right_by(1, feature_maps)))
claim("Pooled by twos, a move of one pixel changes numbers", not np.allclose(by_one, pooled))
claim("... and what comes is no moved map either", not np.allclose(by_one, right_by(1, pooled)))
claim("A move of two pixels moves it by one", np.array_equal(by_two, right_by(1, pooled)))
claim("The largest of all stays the same", np.array_equal(largest(after), largest(feature_maps)))

# %% [markdown]
# That is the third idea: move the picture, and the map moves with it. It is called **equivariance**, and it is what the
# support vector machine lacks.
#
# The last one is **invariance**: where something is no longer matters, only whether it is there. Convolution is
# equivariant. Global pooling is invariant. Pooling by twos is neither, exactly; it only makes small moves matter less.
# Every layer that skips places loses the exact kind ([@zhang2019b]). Our pooling against Keras', forward and backward:

# %%
twin = keras.layers.MaxPooling2D(dtype="float64")
claim("The same numbers and slopes", equals_keras(MaxPooling2D(), twin, pictures))

# %% [markdown]
# ## A network that sees
#
# Three networks, as large as each other:

# %%
for parts in (experiments.dense, experiments.flattened, experiments.pooled):
    print(inspect.getsource(parts))

# %% [markdown]
# The first is the rival. The other two differ in their heads: one lists the maps' numbers place by place, the other
# asks each map only for its largest number. To be of one size they differ in depth as well.

# %%
PARTS = experiments.dense, experiments.flattened, experiments.pooled
sizes = [experiments.network(parts).count_params() for parts in PARTS]
claim("9,930 parameters, 9,930 and 9,950", sizes == [9930, 9930, 9950])

# %% [markdown]
# Each learns for twenty passes over the digits in the middle of their sheets. (`lesson` lays the passes end to end.)

# %%
print(inspect.getsource(experiments.trained))

# %% [markdown]
# Each has its own learning rate: on the validation digits, half of it and twice as much were no better in place.

# %%
RATES = {experiments.dense: 0.012, experiments.flattened: 0.006, experiments.pooled: 0.006}
seeing = {parts: experiments.trained(parts, x, y, seed=0, rate=RATES[parts]) for parts in PARTS}

# %%
shares = {
    parts: experiments.shares_right(experiments.reader(network), x_test, y_test)
    for parts, network in seeing.items()
}

# %% [markdown]
# **Predict, then run:** no network has ever seen a digit outside the middle. Which reads how much, one pixel aside? And
# is convolution alone enough?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
dense, flattened, pooled = (shares[parts] for parts in PARTS)
claim("In place all three read at least 95 %", min(s[0] for s in shares.values()) >= 0.95)
claim("One pixel aside: dense less than half", dense[1] < 0.5)
claim("... convolution with a dense head between 55 and 75 %", 0.55 < flattened[1] < 0.75)
claim("... convolution and global pooling at least 85 %", pooled[1] >= 0.85)

# %% [markdown]
# Twenty runs of each, and the same with lessons in which every digit is moved by up to one pixel in any direction, anew
# in each pass, take about half an hour. So they are stored: `python -m course_lib.experiments.convolution_study` makes
# them. The support vectors are there too, with the best of 35 pairs of settings; their "moved" lesson is all nine moves
# of every digit at once.

# %%
test = experiments.stored()["test"]
lessons = {"learnt in the middle": "0", "learnt moved by up to a pixel": "1"}
panels = {
    title: {name.split(",")[0]: runs for name, runs in test.items() if name.endswith(reach)}
    for title, reach in lessons.items()
}
centred = test["support vectors, centred"]
panels["learnt in the middle"]["support vectors, centred first"] = centred

# %%
plots.plot_shifts(panels)
show("""Two panels, the share of test digits read right in place, one and two pixels aside, a dot
for each of twenty runs. Left, without moves in the lessons: support vectors and dense fall to a
half and to a tenth, the flattened network to two thirds and a fifth, the pooled one to 0.95 and
0.83; support vectors whose digits are centred first stay at 0.99. Right, with moves of one pixel:
all means stay above 0.9 at one pixel; at two, only that of the pooled one does.""")

# %% [markdown]
# *Follow each line from left to right.* In numbers, means over the twenty runs:


# %%
def mean_share(name, pixels):
    return np.mean([run[pixels] for run in test[name]])


middle = {name: mean_share(f"{name}, 0", 1) for name in ("dense", "flattened", "pooled")}
claim("Learnt in the middle, one pixel aside: dense reads less than half", middle["dense"] < 0.5)
claim("... flattened two thirds, give or take 3 %", abs(middle["flattened"] - 2 / 3) < 0.03)
claim("... pooled at least 93 %", middle["pooled"] >= 0.93)
claim("... and two pixels aside still 80 %", mean_share("pooled, 0", 2) >= 0.8)

# %% [markdown]
# Is it the head? With only the head changed, means of five runs:

# %%
controls = experiments.stored()["controls"]
at_one = {name: np.mean([run[1] for run in runs]) for name, runs in controls.items()}
claim(
    "The flattened network's two convolutions, globally pooled: at least 90 % one pixel aside",
    at_one["pooled_two, 0"] >= 0.9,
)
claim(
    "The pooled network's three convolutions, flattened: less than 55 %",
    at_one["flattened_three, 0"] < 0.55,
)

# %% [markdown]
# With moves of one pixel in the lessons:

# %%
seers = "flattened, 1", "pooled, 1"
claim(
    "Both convolutional networks: at least 98 % in place, 97 % one pixel aside",
    min(mean_share(n, 0) for n in seers) >= 0.98 and min(mean_share(n, 1) for n in seers) >= 0.97,
)
claim("... and in no run less than 90 %", min(run[1] for n in seers for run in test[n]) >= 0.9)

# %%
claim("The flattened one: at least 98.5 % in place", mean_share("flattened, 1", 0) >= 0.985)
claim(
    "Twenty pooled ones together, their logits added: 98.5 % in place, 97.5 % two pixels aside",
    test["pooled, 1, together"][0][0] >= 0.985 and test["pooled, 1, together"][0][2] >= 0.975,
)

# %% [markdown]
# The dense network:

# %%
claim("In twenty passes: less than 95 % in place", mean_share("dense, 1", 0) < 0.95)
claim(
    "... and in a hundred 96 %, give or take 1 %",
    abs(np.mean([run[0] for run in controls["dense, 1, long"]]) - 0.96) < 0.01,
)

# %% [markdown]
# And the rival, with its own lessons:

# %%
nine, all_moves = test["support vectors, 1"][0], test["support vectors, 2"][0]
claim(
    "Support vectors that saw nine moves: at least 99 % in place and at one pixel",
    min(nine[:2]) >= 0.99,
)

# %%
claim("... but less than half at two pixels, which they never saw", nine[2] < 0.5)
claim(
    "The pooled network, which never saw them either: at least 93 %",
    mean_share("pooled, 1", 2) >= 0.93,
)

# %% [markdown]
# Those that saw all 25 moves, against five runs of two networks that were moved by up to two pixels, in forty passes:

# %%
places = np.array(experiments.stored()["places"]["support vectors, 2"])
claim("Support vectors: at least 98.5 % at each of the 25 places", places.min() >= 0.985)

# %%
moved_by_two = [run for name in ("flattened, 2", "pooled, 2") for run in controls[name]]
claim(
    "No single run reads more, in place and aside taken together",
    max(np.mean(run) for run in moved_by_two) < np.mean(all_moves),
)

# %% [markdown]
# And the strongest rival is neither. Move each digit so that the box around its ink lies in the middle, and ask
# support vectors that never saw a moved one:

# %%
centring = experiments.support_vectors(x, y, width=0.1, prepared=experiments.centred)
shares_centred = experiments.shares_right(centring, x_test, y_test).values()

# %%
claim(
    "Digits centred first: 99 % in place, one and two pixels aside, give or take half of one",
    max(abs(share - 0.99) for share in shares_centred) < 0.005,
)

# %% [markdown]
# Now the sober reading. Whoever knows that there is one digit on plain paper can centre it first: then the support
# vectors read 99 % wherever it lies. Who knows all moves beforehand can list them, and then none of our single networks
# reads better than the support vectors. But 25 moves make 35,925 pictures, and the list grows with the picture: for
# moves of up to 20 pixels it has 1,681. Convolution is for pictures where nobody can say what to centre: several
# things, or a background. (The page of six digits, further down, is such a picture.)
#
# The pooled network needs neither: it never saw a moved digit and read more than nine in ten one pixel aside. It did
# not learn the moves, it is *built* so that they hardly matter. (Not exactly: near the edge of a sheet, some windows of
# 7 × 7 would reach beyond it.) Convolution alone is no cure, because a dense head knows each place by itself again.

# %% [markdown]
# ## Where did it look?
#
# The first filters of the pooled network, and what they make of a digit:

# %%
model, flat, picture = seeing[experiments.pooled], seeing[experiments.flattened], x_test[1]
first = keras.Model(model.inputs[0], model.layers[0].output)
first_maps = experiments.outputs(first, picture[None])

# %%
plots.plot_filters(model.get_weights()[0][:, :, 0, :8], first_maps[0, ..., :8], picture)
show("""Eight filters of three by three weights, blue above and red below 0, and under each the map
that it makes of a digit. Several light up on one side of a stroke only, like the edge kernels.""")

# %% [markdown]
# *Compare a filter with its map.* Some have become edge detectors of one direction. Here is the whole flattened
# network, which has pooling by twos as well; put your own Keras model, or your own picture, in its place. Press on a
# map to take it to pieces, point at a number to see it computed:

# %%
widgets.FeatureMaps(flat, picture, place=(3, 4))

# %% [markdown]
# 1. Take a map of the second layer. From how many maps is it summed up?
# 2. Paint a bar over the digit. When does the reading change?
#
# <details><summary>Answers</summary>
#
# 1. From all sixteen of the first layer, and a bias. 2. Try it: often a few pixels suffice.
# </details>
#
# Three ways to ask one network *where* it looked. The first, **occlusion**, covers a square with paper and notes how
# much the probability falls ([@zeiler2013]). **Grad-CAM** weighs the last maps by how much the digit's logit would rise
# with each of them ([@selvaraju2016]). The third, **saliency**, is how much the logit changes with each pixel
# ([@simonyan2013]):

# %%
print(inspect.getsource(experiments.occlusion))
print(inspect.getsource(experiments.grad_cam))
print(inspect.getsource(experiments.saliency))

# %% [markdown]
# All three of one network, which has six by six places in its last maps, each in the middle of a window of 7 × 7
# pixels:

# %%
print(inspect.getsource(experiments.looks))

# %% [markdown]
# Four of the forty digits that we ask about:

# %%
shown = x_test[:40], y_test[:40]
seen = experiments.looks(model, *shown)
rows = [
    {f"a {y_test[k]}": x_test[k], **{title: maps[k] for title, maps in seen.items()}}
    for k in range(4)
]
plots.plot_looks(rows)
show("""Four digits in rows. Beside each a map of where covering costs most, a coarse map of
Grad-CAM, and a finer one of saliency.""")

# %% [markdown]
# *Do the three agree?* Only roughly. They answer different questions: what if this were covered; where are the maps
# that speak for it; what if this pixel changed a little. None says *why*. So put the answers to two tests.
#
# **The first test:** cover the square that Grad-CAM points at, and note what that costs. **Predict, then
# run:** does it cost nearly as much as the square that costs most of all?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
covered = seen["occlusion"]
pointed_at, costliest = (
    experiments.cost_where(seen[name], covered) for name in ("Grad-CAM", "occlusion")
)
claim("It costs less than 0.8 times as much as the costliest", pointed_at < 0.8 * costliest)

# %% [markdown]
# The same for twenty networks, and for the pixel where saliency is largest:

# %%
costs = {name: np.array(runs) for name, runs in experiments.stored()["looks"].items()}
cam, slope = (costs[name] / costs["costliest"] for name in ("Grad-CAM", "saliency"))
claim("Grad-CAM's square: from 0.15 to 0.7 times as much", cam.min() > 0.15 and cam.max() < 0.7)
claim("Saliency's: as badly, less than 0.6 times as much in each", slope.max() < 0.6)

# %%
better = np.sum(costs["Grad-CAM"] > costs["any ink"])
claim("Grad-CAM's costs more than the mean square with ink in some, not in all", 0 < better < 20)

# %% [markdown]
# Here each of Grad-CAM's places stands for 7 × 7 pixels of 12 × 12, which is coarse; with large pictures and small
# windows it may be otherwise.
#
# **The second test:** replace the weights by random ones. What stays the same in a map was never learnt
# ([@adebayo2018]). As a yardstick, a second network that did learn, from other first weights and for eight passes only.

# %%
keras.utils.set_random_seed(7)
random_network = experiments.network(experiments.pooled)
best_rate = RATES[experiments.pooled]
second = experiments.trained(experiments.pooled, x, y, seed=1, rate=best_rate, epochs=8)


# %%
def alike(some, others):
    """The mean correlation of maps, two by two; a map without any spot is like none."""
    pairs = [(a.ravel(), b.ravel()) for a, b in zip(some, others)]
    return np.mean([np.corrcoef(a, b)[0, 1] if a.any() and b.any() else 0 for a, b in pairs])


# %% [markdown]
# For each method, the likeness of the second network's maps to ours, and of the random one's:

# %%
asked = {
    name: experiments.looks(network, *shown)
    for name, network in (("second", second), ("random", random_network))
}

# %%
likeness = {
    (title, name): alike(seen[title], maps[title]) for title in seen for name, maps in asked.items()
}

# %% [markdown]
# **Predict, then run:** how alike are the maps of our network and those of one that never learnt anything?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
claim(
    "Saliency: a network that learnt agrees more with ours than a random one",
    likeness["saliency", "second"] > likeness["saliency", "random"],
)
claim("But the random one's correlates, too: above 0.3", likeness["saliency", "random"] > 0.3)
claim(
    "Grad-CAM: not even the two that learnt correlate by 0.7",
    likeness["Grad-CAM", "second"] < 0.7,
)

# %% [markdown]
# As a control, **predict, then run:** how alike are our maps and the random one's of *other* digits?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
of_random = asked["random"]["saliency"]
others = [alike(seen["saliency"], np.roll(of_random, k, axis=0)) for k in range(1, 40)]
claim(
    "With the random one's maps of other digits: as much, give or take 0.05",
    abs(np.mean(others) - likeness["saliency", "random"]) < 0.05,
)

# %% [markdown]
# So saliency does change with what was learnt. (On large networks Adebayo and others found that of saliency and
# Grad-CAM, and that some other methods fail the test.) The random one's share comes neither from the digit nor from
# learning: pixels in the middle lie in more windows. Take each network's mean map away, and look again:


# %%
def without_mean(maps):
    return maps - maps.mean(axis=0)


left = {
    name: alike(without_mean(seen["saliency"]), without_mean(maps["saliency"]))
    for name, maps in asked.items()
}
claim("Of the random one's likeness nothing is left: less than 0.1", abs(left["random"]) < 0.1)
claim("Of the second's a quarter, give or take 0.1", abs(left["second"] - 0.25) < 0.1)

# %% [markdown]
# And two networks that read about as well point at different places. A map that looks sensible has proved nothing yet.

# %% [markdown]
# ## Deeper: one dimension, and channel by channel
#
# Along time there is `Conv1D`, whose windows are spans of a sequence; with `padding="causal"` none sees what comes
# later. And a convolution can be split in two: a kernel for each channel alone (*depthwise*), then weights across the
# channels at each place ([@chollet2016]). From 64 to 128 channels that saves most of the weights:

# %%
full = layer_cost("Conv2D", (32, 32, 64), filters=128, kernel_size=3, padding="same")
split = layer_cost("SeparableConv2D", (32, 32, 64), filters=128, kernel_size=3, padding="same")
claim("73,856 parameters against 8,896", (full.parameters, split.parameters) == (73856, 8896))
claim("An eighth of the products", round(full.flops / split.flops) == 8)

# %% [markdown]
# Both against Keras, outputs and slopes:

# %%
from course_lib.convolution import Conv1D, SeparableConv2D

causal = {"padding": "causal", "dilation_rate": 2}
ours = Conv1D(3, 4, 3, rng, **causal)
twin = keras.layers.Conv1D(4, 3, dtype="float64", **causal)
claim(
    "Conv1D, causal and dilated, equals Keras'",
    equals_keras(ours, twin, rng.standard_normal((2, 9, 3))),
)
ours = SeparableConv2D(3, 4, 3, rng, padding="same")
twin = keras.layers.SeparableConv2D(4, 3, padding="same", dtype="float64")
claim("SeparableConv2D does too", equals_keras(ours, twin, pictures))

# %% [markdown]
# How far does one output see? The **receptive field** grows with each layer by $d(k-1)$, times all strides before it
# ([@araujo2019]). For the flattened network: 3, then 5, then 6 pixels, after pooling. Keras can tell: the slopes of one
# output are 0 wherever it does not look.

# %%
from course_lib.windows import receptive_field

field = receptive_field([(3, 1, 1), (3, 1, 1), (2, 2, 1)])
up_to_pooling = keras.Sequential([keras.Input((12, 12, 1)), *flat.layers[:3]])
noise = rng.random((20, 1, 12, 12, 1)).astype("float32")
slopes = [
    value_and_gradients(lambda a: keras.ops.sum(up_to_pooling(a)[0, 0, 0]), one)[1][0]
    for one in noise
]
reached = np.any(np.array(slopes) != 0, axis=0)[0, ..., 0]
claim(
    "The first pooled output depends on 6 × 6 pixels and no more",
    field == 6 and reached[:6, :6].all() and reached.sum() == 36,
)

# %% [markdown]
# ## Deeper: a matrix, and its transpose
#
# A convolution only multiplies and adds, so it is a matrix. Send in each unit vector, and its columns come out. For a
# row of six pixels and the kernel 1, 2, 3:

# %%
one_two_three = np.array([1.0, 2, 3])[:, None, None]
band = convolve(np.eye(6)[..., None], one_two_three)[..., 0].T
plots.plot_matrix(band, "six pixels in, four places out")
show("""A matrix of four rows and six columns: each row holds 1, 2, 3, one step further to the
right than the row above; all else is 0.""")

# %% [markdown]
# *Read it row by row:* the same three numbers, one step further each time. Local is the band, shared is that its rows
# are equal. Its transpose goes from four numbers to six: a **transposed convolution**, which paints the kernel once for
# each number. With a stride of 2 it doubles a picture, which chapter 13 needs, and it is what `backward` does.

# %%
from course_lib.convolution import convolve_transposed

four = np.array([1.0, 0, 0, 10])
six = convolve_transposed(four[None, :, None], one_two_three, (1, 6, 1)).ravel()
keras_layer = keras.layers.Conv1DTranspose(1, 3, use_bias=False, dtype="float64")
keras_layer.build((None, 4, 1))
keras_layer.set_weights([one_two_three])
theirs = keras.ops.convert_to_numpy(keras_layer(four[None, :, None])).ravel()
claim("1, 0, 0, 10 becomes 1, 2, 3, 10, 20, 30", six.tolist() == [1, 2, 3, 10, 20, 30])
claim(
    "The transposed matrix and Keras say the same",
    np.array_equal(band.T @ four, six) and np.array_equal(theirs, six),
)

# %% [markdown]
# Where painted windows overlap unevenly, the result has a checkerboard in it ([@odena2016]): with a stride of 2 and a
# kernel of 3, every second pixel is painted twice.

# %%
painted = convolve_transposed(np.ones((1, 5, 1)), np.ones((3, 1, 1)), (1, 11, 1), strides=2).ravel()
claim(
    "Five ones, stride 2, kernel 3: 1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1",
    painted.tolist() == [1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1],
)

# %% [markdown]
# ## Deeper: one network, a whole page
#
# The flattened network wants 12 × 12 pixels, only because of its dense layer. That layer looks at 4 × 4 places of 32
# pooled maps. So it *is* a convolution, with a kernel of 4 × 4 and ten filters, and as one it takes pictures of any
# size ([@long2014]):

# %%
page_reader = keras.Sequential(
    [keras.Input((None, None, 1)), *flat.layers[:3], keras.layers.Conv2D(10, 4)]
)
weights, bias = flat.layers[-1].get_weights()
page_reader.layers[-1].set_weights([weights.reshape(4, 4, 32, 10), bias])
corners = [(2 + 2 * (k % 2), 2 + 12 * k) for k in range(6)]
page = experiments.canvas(x_test[10:16], corners, (18, 76))
logits = experiments.outputs(page_reader, page[None])[0]
alone = experiments.outputs(flat, x_test[10:16])
read_there = np.array([logits[row // 2, column // 2] for row, column in corners])
claim(
    "At each digit's place: the logits of the digit alone",
    np.allclose(read_there, alone, atol=1e-4),
)

# %%
found = [(r + 6, c + 6, z.argmax()) for (r, c), z in zip(corners, read_there)]
plots.plot_sheet(page, found)
show("""A page with six handwritten digits in a row, and beside each in red what was read there.""")

# %% [markdown]
# *One pass read every place of the page,* and shared the work of the windows that overlap. What it
# misreads alone it misreads here, too (the last is an 8). And it gives an answer where there is only paper: nobody has
# taught it "nothing".
#
# ## Deeper: ask the network for a picture
#
# Instead of a weight, change the *picture*: uphill from noise, until a filter of the flattened network answers
# strongly. That is **activation maximization** ([@olah2017]). Without any wish for how pictures look, and with one
# (neighbours should be alike):

# %%
print(inspect.getsource(experiments.maximized))

# %%
deep = keras.Model(flat.inputs[0], flat.layers[1].output)


def dreams(filters, smooth):
    def answer(a):
        maps = deep(a, training=False)
        return sum(keras.ops.mean(maps[i, :, :, k]) for i, k in enumerate(filters))

    shape, start = (len(filters), 12, 12, 1), np.random.default_rng(0)
    return experiments.maximized(answer, shape, start, steps=30, smooth=smooth)[..., 0]


# %% [markdown]
# Four filters that answer to noise, so that there is a slope to climb:

# %%
noise = np.random.default_rng(0).random((1, 12, 12, 1))
strength = experiments.outputs(deep, noise[..., 0])[0].mean(axis=(0, 1))
answering = np.argsort(-strength)[:4]

# %%
free, smooth = (dreams(answering.tolist(), share) for share in (0.0, 0.3))
titles = [f"{k}, {how}" for how in ("free", "smooth") for k in answering]
plots.plot_pictures(dict(zip(titles, [*free, *smooth])), columns=4, ink=True)
show("""Eight pictures of 12 by 12 pixels that make four filters answer strongly: above, found
freely, jagged bars of ink and paper; below, with a wish for smoothness, soft bars.""")

# %% [markdown]
# *Compare above and below.* Three of the four answer to bars, two of them nearly level. (These are four filters of one
# network.) The upper pictures excite them most, and are full of pixels that no pen would draw. The lower ones look
# softer, but part of that is our wish, not the network's knowledge.

# %%
rough = [np.mean([experiments.roughness(i) for i in images]) for images in (free, smooth)]
claim("The wish makes neighbours at least twice as alike", rough[0] > 2 * rough[1])

# %% [markdown]
# ## Deeper: from LeNet to EfficientNet
#
# | | year | what it brought together |
# |---|---|---|
# | LeNet-5 ([@lecun1998b]) | 1998 | convolution, pooling, dense layers, trained from end to end |
# | AlexNet ([@krizhevsky2017]) | 2012 | ReLU, dropout, two graphics cards, a million photographs |
# | VGG-16 ([@simonyan2014]) | 2014 | nothing but 3 × 3, and deep: two of them see 5 × 5 with fewer weights |
# | ResNet-50 ([@he2016]) | 2015 | skips (chapter 06), global pooling in place of large dense layers |
# | EfficientNet-B0 ([@tan2019]) | 2019 | depthwise convolutions; width, depth and size scaled together |
#
# Each built in Keras, without its weights, and counted:

# %%
from course_lib.experiments.classic_networks import alexnet, lenet
from course_lib.production import count_keras

applications = keras.applications
BUILDERS = {
    "LeNet-5": lambda: lenet(keras),
    "AlexNet": lambda: alexnet(keras),
    "VGG-16": lambda: applications.VGG16(weights=None),
    "ResNet-50": lambda: applications.ResNet50(weights=None),
    "EfficientNet-B0": lambda: applications.EfficientNetB0(weights=None),
}


# %%
def counted(build):
    costs = count_keras(build())
    products = [c.flops / 2 for c in costs if c.kind in ("Conv2D", "DepthwiseConv2D", "Dense")]
    return sum(cost.parameters for cost in costs), sum(products)


networks = {name: counted(build) for name, build in BUILDERS.items()}

# %% [markdown]
# The parameters of the last three are those of Keras' own table, which rounds them to 138.4, 25.6 and 5.3 million. The
# papers say: LeNet-5, 60,000 parameters (ours connects all maps with all, the original did not); AlexNet, 60 million;
# VGG-16, 138 million; EfficientNet-B0, 5.3 million and 0.39 billion multiplications. The paper on ResNet counts 3.8
# billion multiplications for ResNet-50 (rounded down, it seems; ours is 3.86), and 15.3 for VGG-16, without its dense
# layers' bit.


# %%
def near(name, k, published, within):
    return abs(networks[name][k] / published - 1) < within


exact = {"VGG-16": 138_357_544, "ResNet-50": 25_636_712, "EfficientNet-B0": 5_330_571}
claim(
    "138,357,544 parameters, 25,636,712 and 5,330,571",
    {name: networks[name][0] for name in exact} == exact,
)
claim(
    "LeNet-5 and AlexNet have their papers' parameters within 3 %",
    near("LeNet-5", 0, 60e3, 0.03) and near("AlexNet", 0, 60e6, 0.03),
)
# %%
claim(
    "The products of the last three are their papers' within 2 %",
    near("VGG-16", 1, 15.3e9, 0.02)
    and near("ResNet-50", 1, 3.8e9, 0.02)
    and near("EfficientNet-B0", 1, 0.39e9, 0.02),
)

# %% [markdown]
# All five together:

# %%
plots.plot_networks(networks)
show("""Parameters against multiplications for one picture, both logarithmic. LeNet-5 lies far below
all others; VGG-16 is at the top right; ResNet-50 has a fifth of its parameters, EfficientNet-B0 a
twenty-sixth and a fortieth of the multiplications.""")

# %% [markdown]
# *From VGG-16 down to EfficientNet-B0:* later was not always larger.
#
# ## Deeper: layers and networks to leaf through
#
# Kinds of layers, with sizes that you can change. Press on a part of the diagram. Your own model's layers are the last
# ones:

# %%
widgets.LayerInspector(flat, kind="Conv2D", side=8, channels=16, kernel=3, filters=32)

# %% [markdown]
# Which of the eight kinds have no parameters? Which has the same number whatever the picture's size, and which grows
# with it?
#
# <details><summary>Answer</summary>
#
# Pooling and dropout learn nothing. A convolution has the same number for each picture, and so has batch normalization;
# a dense layer over the picture grows with it.
# </details>

# %%
widgets.ArchitectureInspector(flat, kind="CNN")

# %% [markdown]
# In which kinds does an arrow lead back to where it came from? What becomes narrow in an autoencoder?
#
# <details><summary>Answer</summary>
#
# In the RNN and the LSTM (state and memory), in the GAN (the gradient), in diffusion (many rounds). The code: fewer
# numbers than go in.
# </details>
#
# ## What goes wrong
#
# The network goes into service. A camera driver delivers a day's digits as one block, with the picture's number as its
# *last* axis: (12, 12, n). Somebody brings it into shape:

# %%
block = np.moveaxis(x_test, 0, -1)
arrived = block.reshape(-1, 12, 12)
answers = experiments.reader(model)(arrived)
claim("The shape is right: (360, 12, 12)", arrived.shape == x_test.shape)
claim("Of 360 digits, fewer than a quarter are read right", np.mean(answers == y_test) < 0.25)

# %% [markdown]
# No error: shapes fit, numbers lie between 0 and 1. **Diagnosis:** look at what the network was given, before you doubt
# the network.

# %%
plots.plot_pictures(
    {
        "as scanned": x_test[0],
        "as it arrived": arrived[160],
        "cured": np.moveaxis(block, -1, 0)[0],
    },
    ink=True,
)
show("""Three pictures of 12 by 12 pixels: a digit, a pattern without shape, the digit again.""")

# %% [markdown]
# *In the middle, one pixel of 144 different digits,* laid out as if it were a picture. `reshape` never moves an axis;
# it only cuts the same row of numbers elsewhere. **Cure:** `np.moveaxis`, or `transpose`.

# %%
cured = experiments.reader(model)(np.moveaxis(block, -1, 0))
claim("With the axes moved it reads at least 95 %", np.mean(cured == y_test) >= 0.95)

# %% [markdown]
# **Your turn.** Another library wants channels first: (n, 3, 32, 32). You have (n, 32, 32, 3).


# %%
def channels_first(pictures): ...  # the same pictures, channels before height


colours = np.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
moved_axes = channels_first(colours)
right = moved_axes is not None and np.array_equal(moved_axes[1, 2], colours[1, :, :, 2])
print(
    "○ not written yet"
    if moved_axes is None
    else "✔"
    if right
    else "✘ is a channel still a picture?"
)

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return np.moveaxis(pictures, -1, 1)`, or `pictures.transpose(0, 3, 1, 2)`
# </details>

# %% [markdown]
# ## Deeper: if you come from PyTorch
#
# | | Keras | PyTorch |
# |---|---|---|
# | pictures | (n, height, width, channels) | (n, channels, height, width) |
# | kernel | (height, width, in, out) | (out, in / groups, height, width) |
# | transposed kernel | (height, width, out, in) | (in, out / groups, height, width) |
# | `"same"` with stride 2 | allowed; an odd pixel of padding goes below and right | refused; a number of pixels, alike on both sides |
# | mean pooling at a padded edge | the mean of what is there | counts the zeros, unless `count_include_pad=False` |
# | `Flatten` before a dense layer | channels vary fastest | columns vary fastest: permute the dense kernel's rows |
#
# `course_lib.torch_weights` carries trained weights over: its `convolution`, `depthwise_convolution`,
# `transposed_convolution` and `normalization` take what `state_dict()` gives.

# %% [markdown]
# ## Common misunderstandings
#
# - *"Convolutional networks do not care where something is."* Convolution is equivariant, not invariant, and the dense layer behind it
#   cares. Trained in place, our flattened network lost a third of the digits at one pixel.
# - *"Pooling makes invariant."* Only global pooling does, exactly. By twos, it softens small moves.
# - *"A heat map shows why."* It shows where, by one definition of where. Three definitions gave three maps.
# - *"Fewer parameters, fewer operations."* Compare the last layer of a network with its first: shared weights work at every
#   place.
#
# ## What you can do now
#
# - **Compute:** window times kernel, summed; $\lfloor (n-k)/s \rfloor + 1$ places; $k^2 c_\text{in} c_\text{out}$ weights and a bias a filter.
# - **Tell:** equivariant, if the result moves along; invariant, if it stays. Move the picture and compare.
# - **Build:** convolution, global pooling, dense; moved examples in training; and a rival that saw them too.
# - **Ask:** cover, Grad-CAM, saliency; then put the answer to a test.
#
# **Next:** the [exercises](../exercises/07-convolution.ipynb). Then [chapter 08](08-recurrence.ipynb), *Recurrence*, asks how a network
# remembers.

# %% [markdown]
# ## Sources
#
# [@]

# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 01 · Exercises: neurons
#
# Ten exercises, from a sum on paper to a network that tells three classes apart. They go with
# [the chapter on neurons](../chapters/01-neurons.ipynb). Together they are worth 23 points and take about 145
# minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the second
# exercise it is `check.mcculloch_pitts.hint()`. Lines with `>>>` in a function's text are an example: what you type,
# and below it what comes back.

# %%
import numpy as np

from course_lib.checks import neurons as check

# %% [markdown]
# ### Exercise 1 · One neuron by hand
# *predict · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# A neuron has the inputs 2, −1 and 0.5, the weights 0.5, 1 and −2, and the bias 0.3. Its activation is the sigmoid,
# 1 / (1 + e^−sum). With paper and a pocket calculator, not with Python:
#
# - What is the sum, bias included?
# - What is the output?
# - Inputs and weights stay as they are. Which bias, in place of 0.3, makes the output exactly 0.5?
#
# Answer with a dict of three numbers, right to two decimals. A wrong one would look like this:
# `{"sum": 1.25, "output": 0.78, "balancing bias": 0.1}`.

# %%
# BEGIN SOLUTION
neuron_by_hand = {"sum": -0.7, "output": 0.332, "balancing bias": 1.0}
# END SOLUTION

# %%
check.neuron_by_hand(neuron_by_hand)

# %% [markdown] tags=["solution"]
# The products are 2 · 0.5 = 1, −1 · 1 = −1 and 0.5 · −2 = −1. They come to −1, and with the bias to −0.7. The output is
# 1 / (1 + e^0.7) = 1 / (1 + 2.01) = 0.33. The sigmoid is 0.5 where the sum is 0, and a bias of 1 takes −1 there.

# %% [markdown]
# ### Exercise 2 · The unit of 1943
# *implement · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# The first artificial neuron ([@mcculloch1943]) had no weights. Each input was either *excitatory* or *inhibitory*, and
# on (1) or off (0). The unit fires if at least `threshold` excitatory inputs are on **and** no inhibitory input is on.
# One inhibitory input silences it, however many excitatory ones are on.
#
# - In: `excitatory`, whole numbers 0 and 1 of shape (batch, e), a row for each example; `inhibitory`, the same, of
#   shape (batch, i), where i may be 0; `threshold`, a whole number.
# - Out: shape (batch,), whole numbers: 1 for each row that fires, else 0.


# %%
def mcculloch_pitts(excitatory, inhibitory, threshold):
    """1 for each row that fires, else 0.

    >>> excitatory = np.array([[1, 1], [1, 0], [1, 1]])
    >>> inhibitory = np.array([[0], [0], [1]])
    >>> mcculloch_pitts(excitatory, inhibitory, 2).tolist()
    [1, 0, 0]
    """
    # BEGIN SOLUTION
    enough = excitatory.sum(axis=1) >= threshold
    silenced = inhibitory.any(axis=1)
    return (enough & ~silenced).astype(int)
    # END SOLUTION


# %%
check.mcculloch_pitts(mcculloch_pitts)

# %% [markdown] tags=["solution"]
# `any` over no inputs at all is False, so a unit without inhibitory inputs is never silenced, with no case of its own.
# A weight of −1 would not do in place of the inhibition: enough excitatory inputs would outvote it.

# %% [markdown]
# ### Exercise 3 · A shortcut to the output
# *predict · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A network has 5 inputs, a first hidden layer of 6 neurons, a second hidden layer of 4, and an output layer of 3. All
# layers are dense: each neuron sees all of the layer before it. There is one thing more: each output neuron *also* sees
# the 5 inputs directly, past the hidden layers.
#
# How many parameters does it have, weights and biases together? Answer with a whole number.

# %%
# BEGIN SOLUTION
shortcut_parameters = 94
# END SOLUTION

# %%
check.shortcut_parameters(shortcut_parameters)

# %% [markdown] tags=["solution"]
# 6 · (5 + 1) = 36 in the first hidden layer, 4 · (6 + 1) = 28 in the second. An output neuron sees 4 + 5 numbers and
# has one bias, so the three own 3 · (9 + 1) = 30. Together 94. Shortcuts return in chapter 06, in
# another form.

# %% [markdown]
# ### Exercise 4 · How far from the line?
# *implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*
#
# A neuron's decision line is where its sum w · x + b is 0. The sum tells on which side a point lies. It does not tell
# how far away: double w and b, and the line is the same but every sum has doubled.
#
# Write a function that gives the true distance of each point from the line, positive on the side where the sum is
# positive, negative on the other.
#
# - In: `x`, numbers of shape (batch, inputs); `w`, shape (inputs,), not all 0; `b`, a number.
# - Out: shape (batch,), float64.


# %%
def signed_distance(x, w, b):
    """How far each point lies from the line w · x + b = 0, positive where the sum is.

    >>> points = np.array([[3.0, 4.0], [0.0, 0.0]])
    >>> signed_distance(points, np.array([3.0, 4.0]), -5.0).tolist()
    [4.0, -1.0]
    """
    # BEGIN SOLUTION
    return (x @ w + b) / np.linalg.norm(w)
    # END SOLUTION


# %%
check.signed_distance(signed_distance)

# %% [markdown] tags=["solution"]
# A step of length 1 at right angles to the line goes along w / ‖w‖ and changes the sum by w · w / ‖w‖ = ‖w‖. So the sum
# is ‖w‖ times the distance.

# %% [markdown]
# ### Exercise 5 · Three loops that never learn
# *diagnose · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# Three people wrote the perceptron's learning rule. Each has one wrong line. None of the loops learns OR, although a
# line separates its two classes. The lines are numbered.


# %%
def loop_a(inputs, targets):
    w, b = np.zeros(2), 0.0  # 1
    for _ in range(20):  # 2
        for x, target in zip(inputs, targets, strict=True):  # 3
            y_pred = int(x @ w + b >= 0)  # 4
            error = y_pred - target  # 5
            w = w + error * x  # 6
            b = b + error  # 7
    return (inputs @ w + b >= 0).astype(int)


# %% [markdown]
# The second loop:


# %%
def loop_b(inputs, targets):
    for _ in range(20):  # 1
        w, b = np.zeros(2), 0.0  # 2
        for x, target in zip(inputs, targets, strict=True):  # 3
            y_pred = int(x @ w + b >= 0)  # 4
            error = target - y_pred  # 5
            w = w + error * x  # 6
            b = b + error  # 7
    return (inputs @ w + b >= 0).astype(int)


# %% [markdown]
# And the third:


# %%
def loop_c(inputs, targets):
    w, b = np.zeros(2), 0.0  # 1
    for _ in range(20):  # 2
        for x, target in zip(inputs, targets, strict=True):  # 3
            y_pred = int(x @ w >= 0)  # 4
            error = target - y_pred  # 5
            w = w + error * x  # 6
            b = b + error  # 7
    return (inputs @ w + b >= 0).astype(int)


# %% [markdown]
# This is what they say about OR after 20 epochs, where 0, 1, 1, 1 would be right:

# %%
inputs, OR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 1])
for name, loop in [("A", loop_a), ("B", loop_b), ("C", loop_c)]:
    print(f"{name}: {loop(inputs, OR).tolist()}")

# %% [markdown]
# In each loop, which line has to be changed or moved, so that it learns whatever a line can separate? One line is enough,
# and each name is to hold what it says. Where more than one line would do, each of them is right. You may change the
# loops and run them again. Answer with a dict of line numbers, like `{"A": 1, "B": 1, "C": 1}`.

# %%
# BEGIN SOLUTION
broken_loops = {"A": 5, "B": 2, "C": 4}
# END SOLUTION

# %%
check.broken_loops(broken_loops)

# %% [markdown] tags=["solution"]
# A has its error the wrong way round: each correction makes the mistake worse. B forgets everything when an epoch
# begins, so twenty epochs are worth one. C corrects its bias but predicts without it. It takes (0, 0) for a 1 in every
# epoch, lowers the bias for it every time, and in the end all sums are far below 0.
#
# B has other cures: let the epochs (line 1) begin below the start, or let line 3 go through the examples twenty times.
# In C, line 5 can take the bias into account by itself: `target - int(x @ w + b >= 0)`.

# %% [markdown]
# ### Exercise 6 · The right head
# *diagnose · difficulty ★★☆☆☆ · 5 minutes · 2 points*
#
# The last layer of a network, its *head*, is made for the task. Here are four heads:
#
# - **A** one logit (one linear neuron, whose output a sigmoid would turn into a probability)
# - **B** K logits, one for each of K classes
# - **C** d linear units, for d amounts
# - **D** as many logits as a vocabulary has tokens
#
# And here are six tasks:
#
# | name | the network is to say |
# |---|---|
# | `"spam"` | whether an e-mail is spam |
# | `"digit"` | which of the ten digits a picture shows |
# | `"weather"` | tomorrow's temperature, pressure and wind speed |
# | `"price"` | what a house will sell for |
# | `"next token"` | how a sentence goes on |
# | `"tumour"` | how probable it is that a tumour is malignant |
#
# Choose the head that fits each task best. Answer with a dict from the six names to letters.

# %%
# BEGIN SOLUTION
heads = {"spam": "A", "digit": "B", "weather": "C", "price": "C", "next token": "D", "tumour": "A"}
# END SOLUTION

# %%
check.heads(heads)

# %% [markdown] tags=["solution"]
# The price is the trap on one side: one number, but an amount, so one linear unit (d = 1) and no sigmoid. The tumour is
# the trap on the other: an amount between 0 and 1, but it is the probability of a yes, which is what one logit is for.

# %% [markdown]
# ### Exercise 7 · XNOR by hand
# *implement · difficulty ★★★☆☆ · 15 minutes · 3 points*
#
# XNOR answers 1 if its two inputs are the same: 1 for (0, 0) and (1, 1), 0 for (0, 1) and (1, 0). No single neuron can
# do it. Choose the weights of a network that can, without training. Its neurons are step neurons: they answer 1 where
# their sum is 0 or more, else 0. It has one hidden layer, as wide as you like, and one output neuron.
#
# Write it as a list of two layers, each a pair (kernel, bias). With h hidden neurons the kernels have the shapes (2, h)
# and (h, 1), a row for each input and a column for each neuron; the biases have the shapes (h,) and (1,). Any weights
# that work are right. This one has the right form, with two hidden neurons, and the wrong weights:
# `[([[0, 0], [0, 0]], [0, 0]), ([[0], [0]], [0])]`.

# %%
# BEGIN SOLUTION
xnor_network = [
    ([[1, -1], [1, -1]], [-1.5, 0.5]),
    ([[1], [1]], [-0.5]),
]
# END SOLUTION

# %%
check.xnor_network(xnor_network)

# %% [markdown] tags=["solution"]
# The first hidden neuron is an AND: its sum reaches 0 for (1, 1) alone. The second is a NOR: it fires for (0, 0) alone.
# The output neuron is an OR of the two. All biases end in .5, so no sum is ever exactly 0.

# %% [markdown]
# ### Exercise 8 · The pocket algorithm
# *implement · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# Where no line separates the classes, the perceptron never settles, and its last weights may be bad ones. The
# *pocket algorithm* ([@gallant1990]) lets it run and keeps the best weights seen so far *in the pocket*.
#
# 1. Start with w all zeros and b = 0. They are the first in the pocket.
# 2. Show the examples in order, `epochs` times round. Predict 1 where x · w + b ≥ 0, else 0.
# 3. After a mistake, add (y − y_pred) x to w and (y − y_pred) to b. Then count how many of **all** examples the new
#    weights get right. If that is **more** than those in the pocket do, the new ones go into the pocket.
# 4. Return what is in the pocket.
#
# - In: `x`, shape (n, inputs); `y`, shape (n,), whole numbers 0 and 1; `epochs`, a whole number.
# - Out: a pair `(w, b)`, w of shape (inputs,), float64, and b a number.
#
# In the example below the weights go from 0 to −2, 1, −1 and 2, with the biases 0, −1, 0, −1 and 0. They get 2, 1, 3, 1
# and 3 of the four examples right, so 1 and 0 stay in the pocket.


# %%
def pocket(x, y, epochs):
    """The best weights that the perceptron had on its way: (w, b).

    >>> x, y = np.array([[1.0], [2.0], [3.0], [-1.0]]), np.array([1, 0, 1, 0])
    >>> w, b = pocket(x, y, 2)
    >>> w.tolist(), float(b)
    ([1.0], 0.0)
    """

    # BEGIN SOLUTION
    def right(w, b):
        return ((x @ w + b >= 0) == y).sum()

    w, b = np.zeros(x.shape[1]), 0.0
    best_w, best_b = w, b
    for _ in range(epochs):
        for example, target in zip(x, y, strict=True):
            error = target - int(example @ w + b >= 0)
            if error:
                w, b = w + error * example, b + error
                if right(w, b) > right(best_w, best_b):
                    best_w, best_b = w, b
    return best_w, best_b
    # END SOLUTION


# %%
check.pocket(pocket)

# %% [markdown] tags=["solution"]
# `w = w + …` makes a new array each time, so the one in the pocket stays as it was. With `w += …` the pocket would need
# a copy. Counting over all examples after each mistake is what the algorithm costs.

# %% [markdown]
# ### Exercise 9 · XOR, trained
# *build · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# You are given 400 points of the plane, of class 1 where exactly one coordinate is positive. The points were jittered a
# little afterwards, so some next to the axes are on the wrong side. Write a function that builds a Keras model, trains
# it and returns it. It is judged on 1,000 new points without jitter: at least **95 %** right, with at most **65
# parameters**.
#
# - In: `x`, shape (400, 2), float64; `y`, shape (400,), whole numbers 0 and 1.
# - Out: a trained Keras model that takes (batch, 2) and gives (batch, 1): one **logit** a point, above 0 for class 1.
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# `quiet` only keeps TensorFlow's log lines off the page. Now your function:


# %%
def train_xor(x, y):
    """A Keras model, trained on the points, that gives one logit a point."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.03), keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(x, y, epochs=50, verbose=0)
    return model
    # END SOLUTION


# %%
check.train_xor(train_xor)

# %% [markdown] tags=["solution"]
# Sixteen hidden neurons cost 2 · 16 + 16 weights and biases, the output neuron 16 + 1: together 65. Fewer can do it,
# but then more of the random starts get stuck. The loss has to be told that it gets logits: without `from_logits=True`
# it would take them for probabilities. The seed makes two runs give the same network.

# %% [markdown]
# ### Exercise 10 · A perceptron for many classes
# *implement · difficulty ★★★★☆ · 30 minutes · 4 points*
#
# The last exercise puts the chapter together: a layer of neurons, one for each class, that learns by the perceptron's
# rule. For an example each neuron has its sum. The **loudest** neuron, the one with the largest sum, is the prediction.
#
# 1. Start with a kernel of zeros, (inputs, classes), and a bias of zeros, (classes,).
# 2. Show the examples in order, `epochs` times round. The prediction is the `argmax` of the sums; of equal sums, the
#    first wins, as `np.argmax` has it.
# 3. If the prediction is wrong, two neurons change. The right one: add x to its weights and 1 to its bias. The loudest:
#    subtract x from its weights and 1 from its bias.
# 4. Return the kernel and the bias.
#
# - In: `x`, shape (n, inputs); `y`, shape (n,), whole numbers from 0 to classes − 1; `classes` and `epochs`, whole
#   numbers.
# - Out: a pair `(kernel, bias)` of float64 arrays.


# %%
def multiclass_perceptron(x, y, classes, epochs):
    """A neuron for each class, the loudest wins: (kernel, bias) after learning.

    >>> kernel, bias = multiclass_perceptron(np.array([[2.0, 1.0]]), np.array([2]), 3, 5)
    >>> kernel.tolist(), bias.tolist()
    ([[-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], [-1.0, 0.0, 1.0])
    """
    # BEGIN SOLUTION
    kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(epochs):
        for example, target in zip(x, y, strict=True):
            loudest = np.argmax(example @ kernel + bias)
            if loudest != target:
                kernel[:, target] += example
                bias[target] += 1
                kernel[:, loudest] -= example
                bias[loudest] -= 1
    return kernel, bias
    # END SOLUTION


# %%
check.multiclass_perceptron(multiclass_perceptron)

# %% [markdown] tags=["solution"]
# With two classes the two columns are always each other's opposite, and this is the perceptron of the chapter. Here it
# learns three clouds of points, and is asked about new ones:

# %% tags=["solution"]
from course_lib.page import claim
from course_lib.data import blobs

x, y = blobs(300, noise=0.4, classes=3)
kernel, bias = multiclass_perceptron(x, y, classes=3, epochs=10)
x_new, y_new = blobs(300, noise=0.4, classes=3, seed=1)
right = np.mean(np.argmax(x_new @ kernel + bias, axis=1) == y_new)
claim("of 300 new points in three clouds it gets at least 95 % right", right >= 0.95)

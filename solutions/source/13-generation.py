# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 13 · Exercises: generation
#
# Nine exercises, from two steps of noise to a small program that draws digits without a network. They go with
# [the chapter on generation](../chapters/13-generation.ipynb). Together they are worth 24 points and take about
# 200 minutes. Do them in any order.
#
# Fill in a cell, run it, then run the check below it. A check says **○ not written yet**, **✘ not yet** (with the
# values wanted and got, and often a hint) or **✔ correct**. For one more hint, add a cell and ask: for the third
# exercise it is `check.free_bits.hint()`.

# %%
import numpy as np

from course_lib.checks import generation as check

# %% [markdown]
# ### Exercise 1 · Two steps of noise
# *predict · difficulty ★☆☆☆☆ · 10 minutes · 1 point*
#
# A picture of one pixel, $x_0 = 5$, gets two steps of noise, with $\beta_1 = 0.36$ and $\beta_2 = 0.4375$. In one go that is
# $x_2 = \sqrt{\bar\alpha_2}\, x_0 + \sqrt{1 - \bar\alpha_2}\, \varepsilon$, where $\bar\alpha_2$ is the product of
# $1 - \beta_1$ and $1 - \beta_2$.
#
# 1. `"left"`: What is $\bar\alpha_2$?
# 2. `"factor"`: What is $x_0$ multiplied by in $x_2$?
# 3. `"noise"`: What is the noise $\varepsilon$ multiplied by in $x_2$?
# 4. `"x_2"`: The noise is $\varepsilon = 0.5$. What is $x_2$?
# 5. `"guess"`: A network sees this $x_2$ and takes the noise for $0.2$. Which $x_0$ does it believe in?
#
# Answer with a dict like `{"left": 1, "factor": 1, "noise": 1, "x_2": 1, "guess": 1}`.

# %%
# BEGIN SOLUTION
noise_by_hand = {"left": 0.36, "factor": 0.6, "noise": 0.8, "x_2": 3.4, "guess": 5.4}
# END SOLUTION

# %%
check.noise_by_hand(noise_by_hand)

# %% [markdown] tags=["solution"]
# 0.64 · 0.5625 = 0.36, and the roots of 0.36 and 0.64 are 0.6 and 0.8. So $x_2 = 0.6 \cdot 5 + 0.8 \cdot 0.5 = 3.4$, and the
# network believes in $(3.4 - 0.8 \cdot 0.2) / 0.6 = 5.4$. An error of 0.3 in the noise became one of 0.4 in the picture:
# 0.8 / 0.6 times as large, and the more noise there is, the worse.

# %% [markdown]
# ### Exercise 2 · Distances by hand
# *predict · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# Where there is one feature only, the Fréchet distance of two crowds of numbers is $(\mu_a - \mu_b)^2 + (\sigma_a - \sigma_b)^2$,
# with their means $\mu$ and standard deviations $\sigma$.
#
# 1. `"two crowds"`: One crowd has the mean 1 and the standard deviation 2, the other 4 and 6. What is their distance?
# 2. `"collapsed"`: The real numbers have the mean 1 and the standard deviation 2. A generator always makes the same
#    number, a 1. What is the distance?
# 3. `"two heaps"`: Of the real numbers half are −1 and half are 1. A generator makes bell-shaped noise, of mean 0 and
#    standard deviation 1, in which hardly any number is near −1 or 1 exactly. What is the distance?
# 4. `"code"`: In a VAE's code of one number an encoder answers with the mean 3 and the logarithm of the variance 0. What is
#    the KL divergence from $N(0, 1)$, which is $(\mu^2 + \sigma^2 - 1 - \ln \sigma^2) / 2$?
#
# Answer with a dict of numbers under these four names.

# %%
# BEGIN SOLUTION
distances_by_hand = {"two crowds": 25, "collapsed": 4, "two heaps": 0, "code": 4.5}
# END SOLUTION

# %%
check.distances_by_hand(distances_by_hand)

# %% [markdown] tags=["solution"]
# 3² + 4² = 25. Who always makes the mean pays only for the missing spread: 2² = 4. The two heaps have the mean 0 and the
# standard deviation 1, and so has the bell: the distance is 0, although no two crowds could look less alike. FID takes
# every crowd for a bell. The variance of the code is $e^0 = 1$, and what is left is 3² / 2.

# %% [markdown]
# ### Exercise 3 · Free bits
# *implement · difficulty ★★☆☆☆ · 15 minutes · 2 points*
#
# A VAE may stop using some numbers of its code: where their KL divergence is 0, the loss is smallest. A cure is to leave
# the first part of each number free (the cure is called *free bits*; here it is counted in nats). For each number of the code
# take the KL divergence
#
# $$\frac{\mu^2 + \sigma^2 - 1 - \ln \sigma^2}{2}$$
#
# and its mean over the batch. If that mean is below `floor`, put `floor` in its place. Then add up over the code.
#
# - In: `mean` and `log_variance` ($\mu$ and $\ln \sigma^2$), both of shape (batch, latent); `floor`, a number of nats from 0 on.
# - Out: a number.


# %%
def free_bits(mean, log_variance, floor):
    """The KL divergence from N(0, 1); each number of the code counts at least as much as floor.

    >>> float(free_bits(np.array([[2.0, 0.0], [0.0, 0.0]]), np.zeros((2, 2)), 0.5))
    1.5
    """
    # BEGIN SOLUTION
    each = (mean**2 + np.exp(log_variance) - 1 - log_variance) / 2
    return np.maximum(each.mean(axis=0), floor).sum()
    # END SOLUTION


# %%
check.free_bits(free_bits)

# %% [markdown] tags=["solution"]
# In the example the first number of the code costs (2 + 0) / 2 = 1, the second nothing, so it counts 0.5. Where a number
# is below the floor, the loss has no slope in it: there is nothing to gain from using it less.

# %% [markdown]
# ### Exercise 4 · Bits of a picture
# *implement · difficulty ★★☆☆☆ · 20 minutes · 2 points*
#
# The smallest autoregressive model of black-and-white pictures: the pixels come one after another, each 0 or 1, and pixel $i$ is 1 with
# the probability sigmoid$(z_i)$, where
#
# $$z_i = b_i + \sum_{j < i} x_j W_{ji}.$$
#
# Only pixels *before* $i$ count, whatever else stands in $W$. How many bits does the model need for each picture? That is the sum
# of $-\log_2 p$ over its pixels, with $p$ the probability that the model gave to what the pixel is.
#
# - In: `pictures`, shape (n, pixels), zeros and ones; `kernel`, shape (pixels, pixels), that is $W$; `bias`, shape
#   (pixels,). Logits may be very large.
# - Out: shape (n,), the bits of each picture.


# %%
def bits_of_pictures(pictures, kernel, bias):
    """The bits that each picture needs, pixel by pixel.

    >>> bits_of_pictures(np.array([[0, 1], [1, 1]]), np.zeros((2, 2)), np.zeros(2)).tolist()
    [2.0, 2.0]
    """
    # BEGIN SOLUTION
    logits = pictures @ np.triu(kernel, 1) + bias
    nats = np.logaddexp(0, logits) - pictures * logits
    return nats.sum(axis=1) / np.log(2)
    # END SOLUTION


# %%
check.bits_of_pictures(bits_of_pictures)

# %% [markdown] tags=["solution"]
# $-\ln p$ is $\ln(1 + e^z) - x z$, for an x of 0 and of 1. All pixels are done at once: nothing has to be drawn one by one when the
# picture is there already. Only making one is slow.

# %% [markdown]
# ### Exercise 5 · How much is covered?
# *implement · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# A generator with a collapse makes fine examples of few kinds. So ask the real ones: does anything that was made come near you?
# Each real example has a circle around it, which reaches to its $k$-th nearest *other* real example. It is covered if at least one
# of the made ones lies in the circle, its edge included. The coverage is the share of the real examples that are covered.
#
# - In: `real`, shape (n, features); `made`, shape (m, features); `k`, a whole number, from 1 to n − 1.
# - Out: a number from 0 to 1.


# %%
def coverage(real, made, k):
    """The share of real examples that have a made one as near as their k-th nearest real one.

    >>> real = np.array([[0.0], [1.0], [3.0], [9.0]])
    >>> float(coverage(real, np.array([[0.5], [0.6]]), 1))
    0.5
    """

    # BEGIN SOLUTION
    def distances(a, b):
        return np.linalg.norm(a[:, None] - b[None], axis=2)

    radii = np.sort(distances(real, real), axis=1)[:, k]
    return np.mean(distances(real, made).min(axis=1) <= radii)
    # END SOLUTION


# %%
check.coverage(coverage)

# %% [markdown] tags=["solution"]
# In each sorted row the first distance is 0, that of an example from itself, so that number `k` is the right one. Who makes only
# zeros covers zeros. Turn the two round, and the question becomes another one: how many of the made ones lie near anything real?

# %% [markdown]
# ### Exercise 6 · Three that go wrong
# *diagnose · difficulty ★★★☆☆ · 20 minutes · 3 points*
#
# Three functions, each with one wrong line. The first draws a VAE's code and computes its KL divergence:


# %%
def code_a(mean, log_variance, noise):
    variance = np.exp(log_variance)  # 1
    code = mean + variance * noise  # 2
    kl = np.sum(mean**2 + variance - 1 - log_variance) / 2  # 3
    return code, kl  # 4


# %% [markdown]
# The second is one step of a GAN in the plane. The discriminator is a neuron without a bias; it takes a step, and the made
# points are pulled where its old weights take things for real:


# %%
def step_b(real, made, w, rate):
    trust = 1 / (1 + np.exp(-real @ w))  # 1
    fooled = 1 / (1 + np.exp(-made @ w))  # 2
    slope = np.mean((1 - trust)[:, None] * real + fooled[:, None] * made, axis=0)  # 3
    pull = (1 - fooled)[:, None] * w  # 4
    return w + rate * slope, made + rate * pull  # 5


# %% [markdown]
# The third goes from step `t` of diffusion to an `earlier` one, without new noise. The network has guessed the picture
# itself, `guess`. The list `left` has $\bar\alpha$ for each step, `left[0]` is 1.


# %%
def step_c(x, t, earlier, guess, left):
    noise = x - np.sqrt(left[t]) * guess  # 1
    noise = noise / np.sqrt(1 - left[t])  # 2
    picture = np.sqrt(left[earlier]) * guess  # 3
    return picture + np.sqrt(1 - left[t]) * noise  # 4


# %% [markdown]
# What is to be seen of them:

# %%
noise = np.random.default_rng(0).normal(size=10_000)
code, _ = code_a(np.zeros(10_000), np.full(10_000, np.log(4.0)), noise)
print("A: with a variance of 4, the codes have the variance 4:", 3.5 < code.var() < 4.5)
real, made = np.array([[2.0, 0.0]]), np.array([[0.0, 2.0]])
w, _ = step_b(real, made, np.zeros(2), 1.0)
print("B: after the step the real point looks more real than the made one:", real @ w > made @ w)
last = step_c(np.array([1.5]), 1, 0, np.array([2.0]), [1.0, 0.64])
print("C: the last step ends at the picture that was guessed:", np.allclose(last, 2.0))

# %% [markdown]
# All should say True. In each, which line has to be changed? One is enough, and what one line gets wrong is not to be
# undone in another. Answer with a dict of line numbers, like `{"A": 1, "B": 1, "C": 1}`.

# %%
# BEGIN SOLUTION
broken_makers = {"A": 2, "B": 3, "C": 4}
# END SOLUTION

# %%
check.broken_makers(broken_makers)

# %% [markdown] tags=["solution"]
# A multiplies the noise by the variance; it has to be the standard deviation, `np.sqrt(variance)`. B lets the discriminator take the
# made points for real as well: a minus belongs before `fooled`. C puts back as much noise as there was at step `t`; at the
# earlier step there is less, `np.sqrt(1 - left[earlier])`. Each still makes something, and that is the nasty thing.

# %% [markdown]
# ### Exercise 7 · The smallest game
# *implement · difficulty ★★★☆☆ · 25 minutes · 3 points*
#
# A GAN of two points: `real` is one, and the generator has nothing but the other, `made`, which it may move. The discriminator
# gives a point $x$ the logit $w \cdot x$. In each round
#
# 1. the discriminator takes one step of gradient descent on its loss
#    $-\ln \sigma(w \cdot \text{real}) - \ln(1 - \sigma(w \cdot \text{made})) + \frac{\text{decay}}{2} \|w\|^2$, with respect to $w$;
# 2. then the generator takes one on $-\ln \sigma(w \cdot \text{made})$, with respect to `made`, and with the *new* $w$.
#
# Both steps have the same `rate`, and $\sigma$ is the sigmoid. Where does the made point go?
#
# - In: `real`, `made` and `w`, each of shape (features,); `rate` and `decay`, numbers; `rounds`, a whole number.
# - Out: shape (rounds + 1, features), where the made point was at the beginning and after each round.


# %%
def play(real, made, w, rate, decay, rounds):
    """The made point's way.

    >>> play(np.array([2.0]), np.array([0.0]), np.array([0.0]), 1.0, 0.0, 1).tolist()
    [[0.0], [0.5]]
    """

    # BEGIN SOLUTION
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    way = [made]
    for _ in range(rounds):
        w = w + rate * (sigmoid(-w @ real) * real - sigmoid(w @ made) * made - decay * w)
        made = made + rate * sigmoid(-w @ made) * w
        way.append(made)
    return np.array(way)
    # END SOLUTION


# %%
check.play(play)

# %% [markdown] tags=["solution"]
# Draw it: `plt.plot(*play(np.array([1.0, 0.0]), np.array([0.0, 0.5]), np.zeros(2), 0.2, 0.0, 3000).T)`. Without decay
# the point swings past the real one, to and fro, and still does so after 3,000 rounds. With a decay of 0.5 it has come to rest
# after 300: where the real and the made point look the same, a discriminator that fades stops pulling.

# %% [markdown]
# ### Exercise 8 · Take the noise away
# *build · difficulty ★★★★☆ · 35 minutes · 4 points*
#
# Build a Keras model that gets a digit with noise and gives the digit without it. Train it and return it. The noise is normal, with
# the standard deviation 0.5. It is judged on digits that it has not seen: the mean square of what is wrong in a pixel may be at most
# **0.045**. (Before, it is about 0.25.) At most **20,000 parameters** are allowed.
#
# - In: `noisy`, shape (1000, 64), the digits with noise; `digits`, the same shape, the digits without, each pixel from 0
#   to 1.
# - Out: a trained Keras model that takes (batch, 64) and gives (batch, 64).
#
# The check trains your model, which takes a few seconds.

# %%
from course_lib.page import quiet

with quiet():
    import keras

# %% [markdown]
# Now your function:


# %%
def clean_up(noisy, digits):
    """A Keras model, trained, that takes the noise away."""
    # BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(128, "relu"),
            keras.layers.Dense(64, "sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "mse")
    model.fit(noisy, digits, batch_size=32, epochs=15, verbose=0)
    return model
    # END SOLUTION


# %%
check.clean_up(clean_up)

# %% [markdown] tags=["solution"]
# Three times as many epochs make it worse: the model learns these 1,000 noises by heart. New noise for each batch is better, and in Keras one
# layer does it: `keras.layers.GaussianNoise(0.5)` adds noise in training only, so fit it to `digits` in both places.
# This is a network for diffusion, too, but for one amount of noise.

# %% [markdown]
# ### Exercise 9 · A project: draw without a network
# *implement · difficulty ★★★★☆ · 40 minutes · 4 points*
#
# What would the *perfect* network of diffusion say, if the training examples were all that there is? That can be computed. Of a
# noisy $x$, with $\bar\alpha$ left of the picture, its guess is a mean of all examples $e_i$ with the weights
#
# $$w_i = \text{softmax}_i\left(-\frac{\|x - \sqrt{\bar\alpha}\, e_i\|^2}{2 (1 - \bar\alpha)}\right).$$
#
# Draw with it. Start at $x$ = `noise`. Then, for $t$ from the last step down to 1:
#
# 1. Guess the picture twice: $u$ from all examples, $c$ only from those with the label `wanted`.
# 2. *Guidance:* the guess is $u + \text{scale} \cdot (c - u)$.
# 3. The noise in $x$ is what is left, $\varepsilon = (x - \sqrt{\bar\alpha_t} \cdot \text{guess}) / \sqrt{1 - \bar\alpha_t}$.
# 4. One step earlier, without new noise: $x = \sqrt{\bar\alpha_{t-1}} \cdot \text{guess} + \sqrt{1 - \bar\alpha_{t-1}}\, \varepsilon$.
#
# - In: `examples`, shape (n, pixels); `labels`, shape (n,), whole numbers; `wanted`, one of them; `noise`, shape
#   (m, pixels); `left`, shape (steps + 1,), the $\bar\alpha_t$ from $\bar\alpha_0 = 1$ down, all between 0 and 1 but the
#   first; `scale`, a number.
# - Out: shape (m, pixels), what was drawn.


# %%
def draw(examples, labels, wanted, noise, left, scale):
    """Pictures of one class, made of noise step by step.

    >>> draw(np.eye(2), np.array([0, 1]), 1, np.zeros((1, 2)), np.array([1.0, 0.5]), 1.0).tolist()
    [[0.0, 1.0]]
    """

    # BEGIN SOLUTION
    def guess(x, some, share):
        gaps = x[:, None] - np.sqrt(share) * some
        scores = -np.sum(gaps**2, axis=2) / (2 * (1 - share))
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return weights @ some / weights.sum(axis=1, keepdims=True)

    x = noise
    for t in range(len(left) - 1, 0, -1):
        u, c = guess(x, examples, left[t]), guess(x, examples[labels == wanted], left[t])
        picture = u + scale * (c - u)
        rest = (x - np.sqrt(left[t]) * picture) / np.sqrt(1 - left[t])
        x = np.sqrt(left[t - 1]) * picture + np.sqrt(1 - left[t - 1]) * rest
    return x
    # END SOLUTION


# %%
check.draw(draw)

# %% [markdown] tags=["solution"]
# Give it the digits of the chapter and 50 steps, and what it draws are digits: training examples, to the pixel. The perfect
# network only remembers. Something new is drawn because a real network cannot, and has to make do with what neighbours have in common.

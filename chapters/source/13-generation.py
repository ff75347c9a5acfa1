# ---
# jupyter:
#   course:
#     seconds: 120
# ---

# %% [markdown]
# # 13 · Generation
#
# **How does a network make something new?**
#
# It turns dice into digits. Here five kinds of networks learn to do so, each in some seconds, from the same 1,077
# pictures: by squeezing, by playing, by guessing pixel after pixel, and by taking noise away. Then all of them are
# measured in the same way, beside real digits, and beside a rival that is no network at all.
#
# By the end you can
#
# - **Train** an autoencoder, a VAE, a GAN and a diffusion model, and write down what each minimizes,
# - **Draw** something new from each of them,
# - **Measure** whether it is good, whether it is varied, and whether it is only remembered.
#
# *Core path: about 45 minutes; what is headed* Deeper *may wait. Running all cells: about a minute and a half. You need
# losses (chapter 03) and dense layers (chapter 01).*

# %% [markdown]
# ## Squeezed through eight numbers
#
# A digit of 8 × 8 pixels is 64 numbers. Most such pictures are no digits: throw 64 dice, and you see snow. So the
# digits must lie on something much smaller. Force a network to find it: the **encoder** turns the 64 numbers into 8,
# its **code**, and the **decoder** must make the picture from the code alone. Together they are an **autoencoder**.
# What they minimize is the mean squared difference of picture and picture.

# %%
import inspect

import numpy as np
from course_lib.experiments import generation as experiments
from course_lib.page import claim, quiet, show
from course_lib.plots import generation as plots

(x, y), (_, _), (test, test_y) = experiments.pictures()
print(inspect.getsource(experiments.Autoencoder))

# %% [markdown]
# The best that eight numbers can do without a bend are the eight main directions in which the pictures differ
# (principal components). They are the rival.
#
# **Predict, then run:** both draw unseen digits from eight numbers. Whose error is smaller, and by how much?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
squeezed = experiments.Autoencoder(x, code=8)
directions = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:8]
straight = (test - x.mean(axis=0)) @ directions.T @ directions + x.mean(axis=0)
plots.plot_rows({"unseen": test[:12], "network": squeezed(test[:12]), "directions": straight[:12]})
show("""Three rows of twelve digits: unseen ones, what the autoencoder makes of them through eight
numbers, and what eight straight directions make of them, which is more blurred.""")
errors = [np.mean((made - test) ** 2) for made in (squeezed(test), straight)]
claim("The network's error is smaller by 35 % or more", errors[0] < 0.65 * errors[1])

# %% [markdown]
# So it compresses, to an eighth. It also takes noise away, if it is given noisy pictures and asked for the clean ones,
# and it makes large errors where it is shown what it does not know (both are measured below, *Deeper*).
#
# Does it make something new? Invent eight numbers, as large as codes are on average, and decode them:

# %%
from course_lib.experiments.generation_judge import judge, measure

rng = np.random.default_rng(0)
codes = squeezed.encoder.forward(x)
invented = codes.mean(axis=0) + codes.std(axis=0) * experiments.normal(rng, 360, 8)
drawn = np.clip(squeezed.decoder.forward(invented.astype("float32")), 0, 1)
plots.plot_rows({"real": test[:12], "invented": drawn[:12]})
show("""Two rows: twelve real digits, and twelve that the autoencoder makes from invented codes. Some
of these look like digits, others are smudges between them.""")
claim("Less than 70 % are read with confidence", measure(drawn, test)["sure"] < 0.7)

# %% [markdown]
# (Who reads? A classifier of ours, of which more below. *With confidence* means: with 90 % or more.) Many are smudges.
# The codes of real digits are islands, and most invented codes fall into the sea.

# %% [markdown]
# ## Codes that are clouds
#
# The cure is the **variational autoencoder**, the VAE, of Diederik Kingma and Max Welling ([@kingma2013]). Its encoder
# gives each picture not a point but a *cloud* of codes, with a middle $\mu$ and a width $\sigma$. The decoder is
# given some point of the cloud:
#
# $$z = \mu + \sigma \, \varepsilon, \qquad \varepsilon \sim N(0, 1)$$
#
# Chance is outside, in $\varepsilon$, so $\mu$ and $\sigma$ have a gradient. This is the **reparameterization trick**.
# And all clouds together should be one round cloud around 0, so that we know from where to draw. So the loss has a
# second part, the **KL divergence**, which says how far a cloud is from the standard one:
#
# $$\text{KL} = \tfrac{1}{2} \sum \left( \mu^2 + \sigma^2 - 1 - \log \sigma^2 \right)$$
#
# By hand: $\mu = 1$ and $\sigma = 1$ gives ½ (1 + 1 − 1 − 0) = ½. And $\mu = 0$, $\sigma = 1$ gives 0.

# %%
from course_lib import generation

print(inspect.getsource(generation.reparameterize))
print(inspect.getsource(generation.reparameterize_backward))
print(inspect.getsource(generation.kl_to_standard_normal))
print(inspect.getsource(generation.kl_to_standard_normal_grad))

# %% [markdown]
# The network says $\log \sigma^2$, which may be any number. The first part of the loss is the cross-entropy of every
# pixel, *added up*: were it averaged over the 64 pixels, the KL divergence would outweigh it.

# %%
print(inspect.getsource(generation.vae_loss))
print(inspect.getsource(generation.vae_loss_grad))
half = generation.kl_to_standard_normal(np.ones((1, 1)), np.zeros((1, 1)))
claim("μ = 1 and σ = 1: exactly ½", half == 0.5)

# %% [markdown]
# **Your turn.** How far is a cloud of width $\sigma = 2$ around 0 from the standard one? (log is the natural
# logarithm, log 4 ≈ 1.386.)

# %%
how_far = None  # your number
is_right = how_far is not None and abs(how_far - 0.807) < 0.006
print("Right!" if is_right else "Not yet: μ² is 0, σ² is 4.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# ½ (0 + 4 − 1 − 1.386) ≈ 0.81.
#
# </details>
#
# With a code of two numbers, one can see all of it. Some seconds of training:

# %%
plane = experiments.VAE(x, latent=2)
across = np.linspace(-2.4, 2.4, 13)
places = np.stack(np.meshgrid(across, -across), axis=-1).reshape(-1, 2)
plots.plot_plane(plane.encode(x), y, plane.decode(places).reshape(13, 13, 64), 2.6)
show("""Left: the training digits' codes in the plane, each kind in a place of its own, overlapping in
the middle. Right: what the decoder draws from a grid of places; neighbours look alike, and one kind
of digit turns into the next.""")

# %%
from course_lib.widgets import generation as widgets

widgets.Latent(plane)

# %% [markdown]
# Drag the ring, or use the arrow keys. Tick *draw the plane's digits* to see where you are.
#
# 1. Walk slowly from the sixes to the zeros. Is there a place where a picture is neither?
# 2. Go to the edge, where no code lies. What does the decoder draw there?
# 3. How far is what you see from the nearest training digit? Is it ever 0?
#
# <details><summary>Answers</summary>
#
# 1: yes: in between, the pictures are mixtures of both. 2: some digit all the same, mostly that of the nearest island: a
# decoder must always answer. 3: never: what is decoded is smoother than any scanned digit. (Your own encoder fits in,
# too: anything with `encode` to two numbers and `decode`.)
#
# </details>

# %% [markdown]
# ## A game
#
# A VAE compares pixel with pixel, and so it blurs: where it is in doubt, a mean is safest. Ian Goodfellow and others
# ([@goodfellow2014]) let a second network judge. The **generator** G turns random numbers into pictures. The
# **discriminator** D is a classifier that tells real from made. D learns to find out, G learns to be taken for real: a
# **GAN**, a generative adversarial network. With $D = \text{sigmoid}(\text{logit})$:
#
# $$\text{loss of D} = -\log D(\text{real}) - \log(1 - D(\text{made})), \qquad \text{loss of G} = -\log D(\text{made})$$

# %%
print(inspect.getsource(generation.discriminator_loss))
print(inspect.getsource(generation.discriminator_loss_grad))
print(inspect.getsource(generation.generator_loss))
print(inspect.getsource(generation.generator_loss_grad))

# %% [markdown]
# Why not let G make D's own loss as large as it can, $\log(1 - D)$ as small as it can? At the start D is sure of itself.
# At a logit of −5 that has a slope of only −0.007. But −log D has −0.993 there:

# %%
slope = generation.generator_loss_grad(np.array([-5.0]))[0]
_, fake = generation.discriminator_loss_grad(np.array([0.0]), np.array([-5.0]))
claim("The slopes are −0.993 and −0.007", (round(slope, 3), round(-fake[0], 3)) == (-0.993, -0.007))

# %% [markdown]
# First in the plane, where one can watch. Real points are eight bells on a ring. D's opinion is a colour, and each made
# point has an arrow: where D's opinion pushes it. G sees nothing else.

# %%
from course_lib.experiments import generation_plane as in_plane

print(inspect.getsource(in_plane.PlaneGAN.step_d))
print(inspect.getsource(in_plane.PlaneGAN.step_g))

# %%
widgets.GanGame()

# %% [markdown]
# 1. Press *step D* alone, many times. What becomes of the colours? And then *step G* alone: where do the points go?
# 2. Begin again and play *both*. How many of the eight bells are reached after 1,000 steps of each?
# 3. Set G's rate to 8 times D's and begin again. What do you see?
#
# <details><summary>Answers</summary>
#
# 1: D finds a border between real and made, and the plane turns blue and orange. G alone runs to the bluest place, all
# points together, past the real points if need be: nobody tells it that D has not looked there. 2: usually most of
# them; not from each start. 3: the points huddle at a few places and move on from bell to bell.
#
# </details>
#
# That last is the GAN's own illness, **mode collapse**: G makes one thing, or a few, that D takes for real. D catches
# up, and G moves on. Nothing in G's loss asks for variety. How often does it happen? Twenty starts of each kind, 2,000
# steps, judged by the bells that get at least a hundredth of 2,000 points (stored: `generation_study collapse`):
#
# **Predict, then run:** which is worse, a G that learns 8 times as fast as D, or one as fast? And does it help to *blur*
# everything that D sees?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
from course_lib.experiments import generation_study as study

measured = study.stored()
bells = {name: [count for count, _ in of] for name, of in measured["collapse"].items()}
plots.plot_covered(bells)
show("""For each kind of GAN, how many of eight bells its twenty starts have made. As fast as D, most
make all eight; eight times as fast, most make one or none; blurred, nearly all make eight.""")

# %% [markdown]
# And here is one of each, made now:

# %%
equal = in_plane.PlaneGAN(seed=3).play(1500)
fast = in_plane.PlaneGAN(seed=3, rates=(0.002, 0.016)).play(1500)
real_points = in_plane.ring(400, np.random.default_rng(0))
some = {"as fast as D": equal.make(400, rng), "8 times as fast": fast.make(400, rng)}
plots.plot_points(some, real_points)
show("""Two panels with real points, eight bells on a ring. Left: made points lie on all of the bells.
Right: they huddle in one or two places.""")
counts = [in_plane.covered(points)[0] for points in some.values()]
claim("The first makes at least 7 bells, the second at most 3", counts[0] >= 7 and counts[1] <= 3)

# %% [markdown]
# ## Out of noise
#
# The third idea is of 2015 ([@sohldickstein2015]), and in the form of Jonathan Ho and others ([@ho2020]) it is the one
# behind most pictures that computers draw today: **diffusion**. Add a little noise to a picture, a hundred times, until
# nothing is left of it. That is easy. Then learn the way *back*.
#
# Step $t$ mixes in the share $\beta_t$ of noise. After $t$ steps, $\bar\alpha_t = (1 - \beta_1) \cdots (1 - \beta_t)$
# of the picture's variance is left, and one can jump there at once:
#
# $$x_t = \sqrt{\bar\alpha_t} \, x_0 + \sqrt{1 - \bar\alpha_t} \, \varepsilon$$
#
# By hand: two steps with $\beta = 0.19$ each leave $0.81^2 \approx 0.66$ of the variance, and the picture is multiplied
# by $0.81$.

# %%
from course_lib import diffusion
from course_lib.experiments import generation_noise as noisy

print(inspect.getsource(diffusion.alpha_bars))
print(inspect.getsource(diffusion.add_noise))
twice = diffusion.add_noise(np.ones((1, 1)), 2, np.zeros((1, 1)), [0.19, 0.19])[0, 0]
claim("Two steps of 0.19 multiply by 0.81, to twelve digits", abs(twice - 0.81) < 1e-12)

# %% [markdown]
# Which betas? Those of the paper rise evenly, made for a thousand steps. We take a hundred, along a cosine
# ([@nichol2021]):

# %%
print(inspect.getsource(diffusion.linear_betas))
print(inspect.getsource(diffusion.cosine_betas))
noise = experiments.normal(np.random.default_rng(1), 6, 64)
stages = {
    f"t = {t}": diffusion.add_noise(2 * test[:6] - 1, t, noise, noisy.Diffusion.betas) / 2 + 0.5
    for t in (1, 20, 40, 60, 80, 100)
}
plots.plot_rows(stages, width=4.6)
show("""Six digits after 1, 20, 40, 60, 80 and 100 steps of noise: at 40 they can still be read, at 80
hardly, and at 100 there is only noise.""")

# %% [markdown]
# Now the way back. Show a network $x_t$, tell it $t$ (as sines and cosines, like a position in chapter 10) and which
# digit it is, and ask: *what was the picture?* That is regression, with a mean squared error. No game, no cloud.
#
# It cannot know. Of much noise it sees a blurred mean of all digits that it could be. So we do not believe it at once: we
# go *one* step in that direction, add a little new noise, and ask again. Where $x_{t-1}$ was, knowing both ends, is a
# bell, whose mean lies between the two:

# %%
print(inspect.getsource(diffusion.posterior))
print(inspect.getsource(diffusion.timestep_embedding))

# %% [markdown]
# Ours has two hidden layers of 256. Seven seconds of training, on batches of 128 pictures with noise of all strengths:

# %%
settings = measured["diffusion"]["settings"]
model = noisy.Diffusion(x, y, **settings)
new = model.make(20, np.random.default_rng(0), y=np.arange(10).repeat(2))
plots.plot_rows({"asked for": np.zeros((0, 64))} | {"0 to 4": new[:10], "5 to 9": new[10:]})
show("""Two rows of ten digits out of noise, two of each kind from 0 to 9: all can be read.""")
thousand = model.make(1077, np.random.default_rng(1), y=y)
read = judge().chances(thousand).argmax(axis=1)
claim("At least 97 of 100 are read as what was asked for", np.mean(read == y) >= 0.97)

# %%
widgets.Denoise(model, step=55)

# %% [markdown]
# 1. Scrub from noise to picture. From which step on can you read the digit in *seen in it*? And in *now*?
# 2. Both runs begin with the same noise. How long do they stay alike?
# 3. Tell both the same digit, *none*, and try some noises. What decides what will be drawn?
#
# <details><summary>Answers</summary>
#
# 1: in *seen in it* from the first steps on, blurred, for it is told the digit; in *now* only after about half of the
# way. 2: *now* is nearly the same for the first dozens of steps; *seen in it* differs at once. 3: the noise: with
# DDIM nothing else is left to chance.
#
# </details>

# %% [markdown]
# ## How good is it?
#
# Looking at twenty pictures is no measurement. What we need are three questions.
#
# **Is it like the real?** Take a classifier that has learnt our digits, and its last hidden layer: 32 **features** of a
# picture. Take the features of many made and of many real pictures, and compare the two crowds. The
# **Fréchet distance** takes each for a bell: how far apart are the means, and how different the spreads? In one
# dimension it is $(\mu_a - \mu_b)^2 + (\sigma_a - \sigma_b)^2$. With the features of a well-known network, Inception, it
# is called **FID** ([@heusel2017]). Ours are features of our own classifier, so our numbers cannot be compared with
# anybody else's. **KID** ([@bikowski2018]) takes crowds for no bell: it compares pairs.

# %%
from course_lib import fidelity

print(inspect.getsource(fidelity.frechet_distance))
print(inspect.getsource(fidelity.kernel_inception_distance))
apart = fidelity.frechet_distance([0], [[1]], [3], [[4]])
claim("By hand: means 0 and 3, spreads 1 and 2: 9 + 1", abs(apart - 10) < 1e-12)

# %% [markdown]
# **Where is the floor?** Two crowds of *real* digits are not at a distance of 0 either. So each number needs beside it
# what unseen real digits get.
#
# **Is it new?** Whoever hands out the training digits gets a splendid FID. So look for the nearest training digit
# of each made one:

# %%
print(inspect.getsource(fidelity.nearest))
_, rows = fidelity.nearest(new[:10], x)
plots.plot_rows({"made": new[:10], "nearest": x[rows]})
show("""Ten digits that the diffusion has made, and below each the training digit that is nearest to
it: alike, but none is the same.""")

# %% [markdown]
# The rival without a network: for each of the ten digits the mean and the covariance of its training pictures, and a
# draw from that bell. **Ten bells**, a few lines, no training. All are told the digit. Each network has its best
# settings, found beside the validation digits; then twenty starts are judged beside the test digits (stored:
# `python -m course_lib.experiments.generation_study`).
#
# **Predict, then run:** who is nearest to the real, and who loses to the ten bells?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
NAMES = {"bells": "ten bells", "vae": "VAE", "gan": "GAN", "masked": "masked, pixel by pixel"}
NAMES |= {"diffusion": "diffusion", "flow": "flow matching"}
fid = {label: measured[name]["fid"] for name, label in NAMES.items()}
floor, copies = measured["real"]["unseen"], measured["real"]["copies"]
plots.plot_families(fid, floor["fid"], copies["fid"], "FID in our classifier's features")
show("""The FID of twenty starts of each family, beside the floors of unseen digits and of copies.""")

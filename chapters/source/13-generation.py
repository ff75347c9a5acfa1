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
show("""Three rows of twelve digits: unseen ones, what the autoencoder makes of them through
eight numbers, and what eight straight directions make of them, which is more blurred.""")
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
show("""Two rows: twelve real digits, and twelve that the autoencoder makes from invented codes.
Some of these look like digits, others are smudges between them.""")
claim("Less than 70 % are read with confidence", measure(drawn, test)["sure"] < 0.7)

# %% [markdown]
# (Who reads? A classifier of ours, of which more below. *With confidence* means: with 90 % or more.) Many are smudges.
# The codes of real digits are islands, and most invented codes fall into the sea.

# %% [markdown]
# ## Codes that are clouds
#
# What should help is the **variational autoencoder**, the VAE, of Diederik Kingma and Max Welling ([@kingma2013]). Its encoder
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
show("""Left: the training digits' codes in the plane, each kind in a place of its own,
overlapping in the middle. Right: what the decoder draws from a grid of places;
neighbours look alike, and one kind of digit turns into the next.""")

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
# Has it helped? Eight numbers again. (The KL divergence counts a quarter, which draws better digits.)

# %%
cloudy = experiments.VAE(x, latent=8, weight=0.25).make(360, np.random.default_rng(0))
plots.plot_rows({"autoencoder": drawn[:12], "VAE": cloudy[:12]})
show("""Two rows of twelve: what the autoencoder draws from invented codes, and what the VAE
draws from its round cloud. There are digits in both, and smudges in both.""")
before, after = measure(drawn, test), measure(cloudy, test)
claim("Still less than 75 % are read with confidence", after["sure"] < 0.75)
claim(
    "By FID (see below) they are less than 0.65 times as far from real ones",
    after["fid"] < 0.65 * before["fid"],
)

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
# up, and G moves on. Nothing in G's loss asks for variety. How often does it happen? Twenty starts of each kind, 1,500
# steps, judged by the bells that get at least a hundredth of 2,000 points (stored: `generation_study collapse`):
#
# **Predict, then run:** which is worse, a G that learns 8 times as fast as D, or one as fast? And does it help to *blur*
# everything that D sees?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
from course_lib.experiments import generation_study as study

measured = study.stored()
bells = {name: [count for count, _ in measured["collapse"][name]] for name in study.PLANE}
plots.plot_covered(bells)
show("""For five kinds of GAN, how many of eight bells its twenty starts have made.""")

# %%
near = {name: np.mean([share for _, share in of]) for name, of in measured["collapse"].items()}
claim("As fast as D: all eight bells in 19 of 20", bells["as fast as D"].count(8) == 19)
claim("8 times as fast: three at the most", max(bells["8 times as fast"]) == 3)
claim("And none at all, when we look, in 8 of 20", bells["8 times as fast"].count(0) == 8)
claim("Both 8 times: all eight in 14 of 20", bells["both 8 times"].count(8) == 14)
claim("Blurred, as fast: in all 20", bells["as fast, blurred"].count(8) == 20)
lost = near["as fast as D"] - near["as fast, blurred"]
claim("But fewer points lie near a bell, by a tenth or more of all", lost > 0.1)
claim("Blur does not save the fast G: four at the most", max(bells["8 times, blurred"]) == 4)

# %% [markdown]
# So it is less the rate than the race: D must keep up. With both 8 times as fast most starts still find all bells.
#
# And here is one of each, made now:

# %%
equal = in_plane.PlaneGAN(seed=3).play(1500)
fast = in_plane.PlaneGAN(seed=3, rates=(0.002, 0.016)).play(1500)
real_points = in_plane.ring(400, np.random.default_rng(0))
some = {"as fast as D": equal.make(400, rng), "8 times as fast": fast.make(400, rng)}
plots.plot_points(some, real_points)
show("""Two panels with real points, eight bells on a ring. Left: made points lie on all of the
bells. Right: they huddle in one or two places.""")
counts = [in_plane.covered(points)[0] for points in some.values()]
claim("The first makes at least 7 bells, the second at most 3", counts[0] >= 7 and counts[1] <= 3)

# %% [markdown]
# The same game for digits. G and D are told which digit is meant, D's pictures are blurred, and the
# settings are the best of seven. Some seconds of training:

# %%
player = experiments.GAN(x, y, **measured["gan"]["settings"])
played = player.make(360, np.random.default_rng(0), y=y[:360])
plots.plot_rows({"made by G": player.make(12, np.random.default_rng(1), y=np.arange(12) % 10)})
show(
    """Twelve digits that G has made, 0 to 9 and 0 and 1: sharp, a little ragged, all to be read."""
)
claim("At least 95 of 100 are read as asked for", measure(played, test, y[:360])["asked"] >= 0.95)

# %% [markdown]
# Is a VAE more blurred? Blur makes neighbouring pixels alike. Take the mean square of their difference, divided by that
# of real digits:


# %%
def edges(made):
    def differ(some):
        some = some.reshape(-1, 8, 8)
        return sum(np.mean(np.diff(some, axis=axis) ** 2) for axis in (1, 2))

    return differ(made) / differ(x)


claim("The VAE's digits of above: less than 0.8", edges(cloudy) < 0.8)
claim("The GAN's: 0.9 or more", edges(played) > 0.9)

# %% [markdown]
# ## Out of noise
#
# The third idea is of 2015 ([@sohldickstein2015]), and in the form of Jonathan Ho and others ([@ho2020]) it became the
# way to make pictures from a text: **diffusion**. Add a little noise to a picture, a hundred times, until
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
show("""Six digits after 1, 20, 40, 60, 80 and 100 steps of noise: at 40 they can still be read,
at 80 hardly, and at 100 there is only noise.""")

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
# Ours has two hidden layers of 256. Some seconds of training, on batches of 128 pictures with noise of all strengths:

# %%
settings = measured["diffusion"]["settings"]
model = noisy.Diffusion(x, y, **settings)
new = model.make(20, np.random.default_rng(0), y=np.arange(10).repeat(2))
plots.plot_rows({"0 to 4": new[:10], "5 to 9": new[10:]})
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
# Twenty pictures are no measurement. Ask three questions.
#
# **Is it like the real?** Take a classifier that has learnt our digits, and its last hidden layer: 32 **features** of a
# picture. Take the features of many made and of many real pictures, and compare the two crowds. The
# Fréchet distance takes each for a bell: how far apart are the means, and how different the spreads? In one
# dimension it is $(\mu_a - \mu_b)^2 + (\sigma_a - \sigma_b)^2$. With the features of a well-known network, Inception, it
# is called **FID** ([@heusel2017]). Ours are features of our own classifier, so our numbers cannot be compared with
# anybody else's. **KID** ([@bikowski2018]) takes crowds for no bell: it compares pairs.

# %%
from course_lib import fidelity

print(inspect.getsource(fidelity.frechet_distance))
print(inspect.getsource(fidelity.frechet_inception_distance))
print(inspect.getsource(fidelity.kernel_inception_distance))
apart = fidelity.frechet_distance([0], [[1]], [3], [[4]])
claim("By hand: means 0 and 3, spreads 1 and 2: 9 + 1", abs(apart - 10) < 1e-12)

# %% [markdown]
# **Your turn.** The Fréchet distance of two crowds of numbers, each with its mean and its standard deviation:


# %%
def how_far_apart(a, b):
    """(the difference of the means)² + (the difference of the spreads)²; a, b: (n,)"""
    return None  # your line


some, others = rng.normal(0, 1, 1000), rng.normal(3, 2, 1000)
wanted = fidelity.frechet_inception_distance(some[:, None], others[:, None])
is_right = np.isclose(how_far_apart(some, others) or 0, wanted, rtol=0.01)
print("Right!" if is_right else "Not yet: np.mean and np.std, two squares, one sum.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# `return (np.mean(a) - np.mean(b)) ** 2 + (np.std(a) - np.std(b)) ** 2`
#
# </details>
#
# **Where is the floor?** Two crowds of *real* digits are not at a distance of 0 either. So each number needs beside it
# what unseen real digits get: 720 that nobody learnt from, halved twenty times. (FID falls with the number of pictures;
# families draw 1,077. KID is 0 on average for random crowds of one source; our halves are balanced, so it is negative.)
#
# **Is it new?** Whoever hands out the training digits gets a splendid FID. So look for the nearest training digit
# of each made one:

# %%
print(inspect.getsource(fidelity.nearest))
_, rows = fidelity.nearest(new[:10], x)
plots.plot_rows({"made": new[:10], "nearest": x[rows]})
show("""Ten digits that the diffusion has made, and below each the training digit that is
nearest to it: alike, but none is the same.""")

# %% [markdown]
# The rival without a network: for each of the ten digits the mean and the covariance of its training pictures, and a
# draw from that bell. **Ten bells**, a few lines, no training. All are told the digit. Rates,
# the GAN's blur, and the VAE's code and weight of the KL divergence were chosen beside the validation digits; widths and
# steps were not searched. Then twenty starts are judged beside the test digits (stored: `python -m course_lib.experiments.generation_study`).
#
# **Predict, then run:** who is nearest to the real, and who loses to the ten bells?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
fid = {label: measured[name]["fid"] for name, label in study.LABELS.items()}
floor, copies = measured["floor"], measured["real"]["copies"]
plots.plot_families(fid, floor["fid"], copies["fid"], "FID in our classifier's features")
show("""The FID of twenty starts of each family, beside those of copies and of unseen digits,
whose twenty halvings are a grey band.""")

# %%
print(study.table(measured))

# %% [markdown]
# *Sure* is the share that the classifier reads with confidence. *Told apart* is a third question, and it needs no classifier ([@lopezpaz2016] discuss such tests): mix as many made as
# real digits, and look for each one's nearest neighbour. How often is it of the same kind, made or real? If the made
# were as the real, it would be a coin's toss, 0.5.

# %%
level = {name: np.median(measured[name]["fid"]) for name in study.LABELS}
told = {name: np.median(measured[name]["told"]) for name in study.LABELS}
claim("Pixel by pixel has the least FID", min(level, key=level.get) == "masked")
below = np.sum(np.array(measured["masked"]["fid"]) < min(measured["bells"]["fid"]))
claim("19 of its 20 starts lie below every draw of the ten bells", below == 19)
ranked = [
    sorted(level, key=lambda name: np.median(measured[name][by]))[:3] for by in ("fid", "other")
]
claim(
    "Then the VAE, then diffusion; and so says another judge",
    ranked == [["masked", "vae", "diffusion"]] * 2,
)

# %% [markdown]
# And the bells, and the real digits?

# %%
worse = {name for name in level if level[name] > level["bells"]}
claim("Flow matching and the GAN lie above the bells", worse == {"flow", "gan"})
claim("The GAN by less than 0.01", abs(level["gan"] - level["bells"]) < 0.01)
claim("The bells are within a tenth of diffusion", level["bells"] < 1.1 * level["diffusion"])
by_kid = sorted(level, key=lambda name: np.median(measured[name]["kid"]))
claim("By KID the bells are the last but one", by_kid[-2] == "bells")
claim("And yet the GAN is told apart most", max(told, key=told.get) == "gan")
over = np.array(floor["masked"]) / floor["fid"]
claim("Beside the same half, real digits beat pixel by pixel in all 20 halvings", over.min() > 1)

# %% [markdown]
# So a rival without any training is as good as a GAN in this FID. Digits of 64 pixels
# are nearly bells. No column says it all: the GAN has a low FID, but its
# pictures are told apart most often. And the best lies above the floor. (With large pictures
# nobody would take ten bells.)
#
# | | draws in | is good at | is bad at |
# |---|---|---|---|
# | VAE | one call | a code to walk in, one loss that falls | sharp edges |
# | GAN | one call | sharp edges at once | training: a game, no loss to watch, collapse |
# | pixel by pixel | 64 calls | exact probabilities, in bits | slow; an order where there is none |
# | diffusion, flow | 5 to 100 calls | training: regression; can be told and guided | many calls |
# | ten bells | no call | no training at all | whatever is no bell |

# %% [markdown]
# ## What goes wrong
#
# Somebody brings a new model. It is diffusion, with a better denoiser, and needs no training. (One try here, three
# stored.)

# %%
wonder = noisy.Remembering(x)
wonders = wonder.make(1077, np.random.default_rng(0))
found = measure(wonders, test)
tries = [found["fid"], *(run["fid"] for run in measured["real"]["memory"])]
claim("FID, the middle of four tries: below every family's", np.median(tries) < min(level.values()))
claim("And 98 of 100 are read with confidence", found["sure"] >= 0.98)

# %% [markdown]
# **Diagnosis:** the third question.

# %%
distances, rows = fidelity.nearest(wonders, x)
plots.plot_rows({"made": wonders[:12], "nearest": x[rows[:12]]})
show("""Twelve digits that the new model has made, and below each its nearest training digit:
each pair is the same picture.""")
claim("95 of 100 are training digits, to within 0.05", np.mean(distances < 0.05) >= 0.95)

# %% [markdown]
# And its denoiser:

# %%
print(inspect.getsource(noisy.Memory.guess))

# %% [markdown]
# It is the mean of all training digits, each by how likely it became what we see. It is also the *perfect
# answer* to what we train on, where no digit is told. (Where one is, it is the same among those of its kind.)
# A network that learnt its task perfectly would do the same, and make nothing new. Ours *fails* to, and that pays where
# digits are unseen:

# %%
from course_lib.experiments.generation_study import denoising_errors

for_known = denoising_errors(model, wonder.memory, x[:360], 30)
for_unseen = denoising_errors(model, wonder.memory, test, 30)
claim(
    "Known, 30 steps of noise: the network's error is 5 times the memory's, or more",
    for_known[0] > 5 * for_known[1],
)
claim("Unseen: it is the smaller", for_unseen[0] < for_unseen[1])

# %% [markdown]
# **Cure:** never FID alone. Look at the nearest training digit, and ask how far unseen digits are from theirs:

# %%
unseen = np.median(fidelity.nearest(test, x)[0])
ours = np.median(fidelity.nearest(thousand, x)[0])
claim("Unseen digits: 1.0 to 1.2 from the nearest training digit", 1.0 < unseen < 1.2)
claim("Those of our diffusion: nearer, 0.8 to 0.95", 0.8 < ours < 0.95)
claim("And smoothed: its edges are less than 0.9 of the real", edges(thousand) < 0.9)

# %% [markdown]
# Nearer for being smooth, or half remembered? Ask whether a made digit is nearer to one of 360 training digits
# than to any of 360 unseen ones. For what has never seen the training digits that is a coin's toss:

# %%
half = {name: np.median(measured[name]["remembered"]) for name in study.LABELS}
claim("Unseen digits: 49 to 51 %", 0.49 < measured["real"]["unseen"]["remembered"] < 0.51)
claim("Copies: 68 % (the most there is: 717 others were copied too)", copies["remembered"] > 0.68)
claim("Every family: between 55 and 62 %", 0.55 < min(half.values()) < max(half.values()) < 0.62)

# %% [markdown]
# All of them remember a little, the ten bells too.
#
# ## Deeper: pixel after pixel
#
# Chapter 10 wrote character after character. A picture can be written so, too: pixel after pixel, row by row, each with
# 17 greys to choose from. The probabilities multiply, so the model gives each picture an exact one, and can be measured
# in bits. One dense network says all 64 pixels at once, if the weights that would look ahead are held at 0
# ([@germain2015]):

# %%
print(inspect.getsource(experiments.masks))

# %%
masked = experiments.Masked(x, y, **measured["masked"]["settings"])
changed = test[:1].copy()
changed[0, 30:] = 1 - changed[0, 30:]
told = experiments.marks(test_y[:1])
same = masked.logits(changed, told)[0, :31] == masked.logits(test[:1], told)[0, :31]
claim("Pixels 30 and later changed: the logits of the first 31 do not", same.all())
bits = masked.bits(x, y), masked.bits(test, test_y)
claim("Unseen digits need 15 % more bits a pixel, or more", bits[1] > 1.15 * bits[0])
plots.plot_rows({"written": masked.make(12, np.random.default_rng(0), y=np.arange(12) % 10)})
show("""Twelve digits written pixel after pixel: rougher than those of the others, but to be
read.""")

# %% [markdown]
# The last claim is chapter 11's subject, seen in bits: it has begun to learn the training digits by heart.
#
# ## Deeper: fewer steps
#
# A hundred calls for one digit are many. Ho's step, in the noise that the network sees ($\varepsilon$ instead of the
# picture; one follows from the other), is

# %%
print(inspect.getsource(diffusion.reverse_step))
print(inspect.getsource(diffusion.predicted_start))

# %% [markdown]
# Jiaming Song and others ([@song2020]) noticed that one need not add noise again, and may leave steps out: from $t$
# straight to some earlier $s$. That is **DDIM**; the former is called DDPM.

# %%
print(inspect.getsource(diffusion.ddim_step))

# %% [markdown]
# There is another way, **flow matching** ([@lipman2022]): draw a *straight line* from noise to a picture, and learn the
# velocity on it. (On average: many lines cross, so the ways that are followed bend all the same.) Drawing is
# Euler's method:

# %%
print(inspect.getsource(diffusion.flow_point))
print(inspect.getsource(diffusion.flow_loss))
print(inspect.getsource(diffusion.flow_loss_grad))
print(inspect.getsource(diffusion.follow_flow))

# %%
flow = noisy.Flow(x, y, **measured["flow"]["settings"])
flown = flow.make(360, np.random.default_rng(0), y=y[:360], count=20)
claim("Of 360 in 20 steps, 85 % are read as asked", measure(flown, test, y[:360])["asked"] >= 0.85)

# %% [markdown]
# **Predict, then run:** which of the three needs the fewest calls (stored, twenty starts each)?

# %% jupyter={"outputs_hidden": true, "source_hidden": true}
# Predict first, then run this cell.
counts = study.COUNTS
ways = measured["diffusion"]["ways"] | measured["flow"]["ways"]
shown = {"DDPM": "ddpm", "DDIM": "ddim", "flow matching": "flow"}
by_way = {
    name: np.array([ways[f"{key} {count}"] for count in counts]) for name, key in shown.items()
}
plots.plot_steps(counts, by_way, np.median(floor["fid"]))
show("""FID against the number of steps, 1 to 50, both logarithmic: medians and ranges of
twenty starts, for DDPM, DDIM and flow matching.""")

# %% [markdown]
# At the middle of the twenty starts:

# %%
middle = {
    name: dict(zip(counts, np.median(of, axis=1), strict=True)) for name, of in by_way.items()
}
claim(
    "With 1 or 2 calls: flow matching",
    all(middle["flow matching"][n] == min(of[n] for of in middle.values()) for n in (1, 2)),
)
claim(
    "With 5 or more: DDIM",
    all(middle["DDIM"][n] == min(of[n] for of in middle.values()) for n in (5, 10, 20, 50)),
)
claim(
    "DDIM with 10 calls is within 0.01 of DDPM with 100",
    middle["DDIM"][10] < level["diffusion"] + 0.01,
)

# %% [markdown]
# So ten calls do. With one call diffusion draws the blurred mean of all digits of a kind. And so *should* the flow: from
# noise, the mean of all velocities leads straight to that mean. Ours guesses it worse, and its error looks like variety:

# %%
kinds = np.stack([x[y == digit].mean(axis=0) for digit in range(10)])[y[:360]]
once = [
    maker.make(360, np.random.default_rng(0), y=y[:360], count=1) - kinds for maker in (flow, model)
]
strays = [np.sqrt(np.mean(apart**2)) for apart in once]
claim(
    "In one call, the flow strays from the means more than twice as far", strays[0] > 2 * strays[1]
)

# %% [markdown]
# (The last is one start of each, and all of it is for these networks and this data. Two recipes are compared here, not two ideas: our
# diffusion guesses pictures and cuts them off at paper and ink, our flow guesses velocities and does not.)
#
# ## Deeper: louder
#
# One time in ten the network was not told the digit, so it knows both answers. What is called **guidance** ([@ho2022])
# goes from the answer without the digit to the one with it, and beyond:

# %%
print(inspect.getsource(diffusion.guided))
scales = study.SCALES
guided = np.array([ways[f"scale {scale}"] for scale in scales])
plots.plot_scales(scales, guided, np.median(floor["fid"]))
show("""FID against the guidance scale from 0 to 3, twenty starts.""")

# %% [markdown]
# At which scale is it best, and what does it cost to tell it nothing?

# %%
claim(
    "Best at 1: each start, at 1, below all at any other scale tried",
    guided[2].max() < np.delete(guided, 2, axis=0).min(),
)
claim(
    "At 0, without the digit: eight times as large, or more",
    np.median(guided[0]) > 8 * np.median(guided[2]),
)

# %% [markdown]
# Guidance is what makes large models follow a text. Here it gains nothing: at 1 nearly every digit is read as asked
# for already. And the network that answers at 0 has met that question only one time in ten. Is it the digit that it
# lacks there, or the practice? The control: the same network, which is never told a digit (twenty starts, its own best
# rate):

# %%
untold = np.array(measured["untold"]["fid"])
claim("Each start lies above all that are told", untold.min() > max(measured["diffusion"]["fid"]))
claim("In the middle twice as high, or more", np.median(untold) > 2 * level["diffusion"])
claim("And each is below half of any at scale 0", untold.max() < 0.5 * guided[0].min())

# %% [markdown]
# So it lacks both: not to be told costs a factor of 2, and to have hardly practised it costs more. The paper reports
# a price of guidance: better single pictures and less variety. Is ours that of variety, too?

# %%
plain, loud = (
    model.make(1077, np.random.default_rng(1), y=y, count=20, eta=0.0, scale=scale)
    for scale in (1.0, 3.0)
)
plots.plot_rows({"scale 1": plain[:12], "scale 3": loud[:12]})
show("""Two rows of the same twelve digits, with guidance 1 and 3: the louder ones are
exaggerated.""")

# %%
varied = [
    np.sqrt(np.mean([made[y == digit].var(axis=0).mean() for digit in range(10)]))
    for made in (plain, loud)
]
claim("Pixels of a kind vary as much, within a tenth", abs(varied[1] / varied[0] - 1) < 0.1)

# %% [markdown]
# So not in the pixels: they become caricatures, surely read, and unlike the real.
#
# ## Deeper: the picture or the noise?
#
# Ho's network guesses the noise, and the loss is that of the noise. Ours guesses the picture.

# %%
print(inspect.getsource(diffusion.simple_loss))
print(inspect.getsource(diffusion.simple_loss_grad))

# %% [markdown]
# The same network guesses the noise (one start; its rate is the best of seven, each twice the one before):

# %%
guesser = noisy.Diffusion(x, y, guess="noise", rate=0.008)
of_noise = measure(guesser.make(1077, np.random.default_rng(1), y=y), test)["fid"]
claim("Here its FID is more than twice that of the picture", of_noise > 2 * level["diffusion"])

# %% [markdown]
# Where nearly all is noise, the two are one question, but not one error: to get the picture from the noise, one divides
# by $\sqrt{\bar\alpha_t}$, which is nearly 0. That may be what this network pays for. With large networks
# and convolutions Ho and others found the opposite: guessing the noise did well, and guessing the picture made worse
# samples early in their experiments ([@ho2020]).
#
# ## Deeper: a critic with a slope
#
# Where D is sure, −log D still has a slope, but D itself may be flat between the two crowds. Martin Arjovsky and others
# ([@arjovsky2017]) replace it by a **critic** $f$, whose score may be any number. Here it stays on paper: these are its
# formulas, tested, but this chapter trains nothing with them.

# %%
print(inspect.getsource(generation.critic_loss))
print(inspect.getsource(generation.critic_loss_grad))
print(inspect.getsource(generation.wasserstein_generator_loss))
print(inspect.getsource(generation.wasserstein_generator_loss_grad))
print(inspect.getsource(generation.clip_weights))

# %% [markdown]
# Held to a slope of 1, it measures how far the made points must be carried. Clipping its weights is a crude way to hold
# it, and they call it a terrible one themselves; Ishaan Gulrajani and others ([@gulrajani2017]) punish other slopes:

# %%
print(inspect.getsource(generation.gradient_penalty))
print(inspect.getsource(generation.gradient_penalty_grad))
steep = generation.gradient_penalty([[3, 4]])
claim("A slope of (3, 4) has length 5, and costs 16", steep == 16)

# %% [markdown]
# (Our own layers cannot punish slopes: that takes the gradient of a gradient. Whether a critic collapses less often, we
# have not measured.)
#
# ## Deeper: clean, and strange
#
# An autoencoder that reads noisy pictures and is asked for the clean ones takes noise away. Its rival is the memory of
# *What goes wrong*: the mean of the training digits, each by how likely it became what is seen.

# %%
dirty = test + 0.4 * experiments.normal(np.random.default_rng(7), *test.shape)
recalled = study.remembered_picture(dirty, 0.55)
memories = study.remembered_picture(dirty, 0.4), recalled
left = [np.mean((memory - test) ** 2) for memory in memories]
for hidden in (64, 256):
    cleaner = experiments.Autoencoder(x, 48, hidden, steps=3000, rate=0.003, noise=0.4)
    left.append(np.mean((cleaner(dirty) - test) ** 2))
plots.plot_rows({"noisy": dirty[:12], "autoencoder": cleaner(dirty[:12]), "memory": recalled[:12]})
show("""Three rows: noisy digits, and what the wide autoencoder and the memory see in them.""")
claim("The memory leaves less than the narrow network", left[0] < left[2])
claim("And more than the wide one", left[0] > left[3])
claim("With 0.55: as much as the wide one, within 5 %", abs(left[1] / left[3] - 1) < 0.05)

# %% [markdown]
# The perfect answer for known digits is not that for unseen ones: a memory that takes the noise for 0.55 (best beside the
# validation digits, of 0.4 to 0.7), and so averages more, was as good as the wide network, in one start of each. Who only
# remembers may be a strong rival.
#
# And what an autoencoder has never seen it draws badly; so a large error may be an alarm. Leave out one of the ten
# digits in training, and see whether the error finds it among the others (AUROC: 0.5 is guessing, 1 is perfect; the
# code has 8 numbers, which beside the validation digits beat 4, 16 and 32; one start for each digit). The rival is once more the distance to the nearest training digit:

# %%
strange = {name: np.array(found) for name, found in measured["odd"].items()}
claim("The error: AUROC 0.81 or more for each digit", strange["autoencoder"].min() > 0.81)
claim(
    "The distance: 0.95 or more, and better for each of the ten",
    strange["nearest"].min() > 0.95 and (strange["nearest"] > strange["autoencoder"]).all(),
)

# %% [markdown]
# So the alarm works, and the simplest rival rings it better. With 64 pixels, distances still mean something.


# %% [markdown]
# ## Deeper: in Keras
#
# A VAE is a model with a layer that draws, and adds the KL divergence to the loss:

# %%
with quiet():
    import keras


class Cloud(keras.layers.Layer):
    def __init__(self, seed=0):
        super().__init__()
        self.dice = keras.random.SeedGenerator(seed)

    def call(self, cloud):
        mean, log_variance = keras.ops.split(cloud, 2, axis=-1)
        kl = mean**2 + keras.ops.exp(log_variance) - 1 - log_variance
        self.add_loss(keras.ops.mean(keras.ops.sum(kl, axis=-1)) / 2)
        noise = keras.random.normal(keras.ops.shape(mean), seed=self.dice)
        return mean + keras.ops.exp(log_variance / 2) * noise


# %%
keras.utils.set_random_seed(0)
dense, cloud = keras.layers.Dense, Cloud()
vae = keras.Sequential([keras.Input((64,)), dense(128, "relu"), dense(16), cloud])
vae.add(dense(128, "relu"))
vae.add(dense(64))
vae.compile("adam", lambda x, z: 64 * keras.losses.binary_crossentropy(x, z, from_logits=True))
losses = vae.fit(x, x, batch_size=64, epochs=15, verbose=0).history["loss"]
claim("The loss falls from above 40 to below 28", losses[0] > 40 and losses[-1] < 28)
codes = rng.standard_normal((5, 16)).astype("float32")
cloud(codes)
ours = generation.kl_to_standard_normal(codes[:, :8], codes[:, 8:])
claim("Keras' KL divergence is ours, to within 0.0001", abs(float(cloud.losses[0]) - ours) < 1e-4)

# %% [markdown]
# Diffusion is `fit`, once the noisy pictures are made. With the weights of Keras' network ours draws:

# %%
learner = noisy.Diffusion(x, y, steps=0)
i = np.random.default_rng(0).integers(0, len(x), 60_000)
read, wanted = learner.lesson(2 * x[i] - 1, np.random.default_rng(1), y[i])
net = keras.Sequential([dense(256, "relu"), dense(256, "relu"), dense(64)])
net.compile(keras.optimizers.Adam(0.002), "mse", jit_compile=False)
net.fit(read, wanted, batch_size=128, epochs=2, verbose=0)
for p, w in zip(learner.net.parameters(), net.get_weights(), strict=True):
    p[...] = w
made = learner.make(360, np.random.default_rng(0), y=y[:360])
claim("At least 80 % are read as asked for", measure(made, test, y[:360])["asked"] >= 0.8)

# %% [markdown]
# And D's loss is the cross-entropy that `keras.losses.BinaryCrossentropy` knows, once for the real with the label 1,
# once for the made with the label 0:

# %%
bce = keras.losses.BinaryCrossentropy(from_logits=True)
real, fake = rng.standard_normal((2, 8, 1)).astype("float32")
keras_loss = float(bce(np.ones((8, 1)), real)) + float(bce(np.zeros((8, 1)), fake))
apart = abs(keras_loss - generation.discriminator_loss(real, fake))
claim("Equal to within 10⁻⁵", apart < 1e-5)

# %% [markdown]
# ## Common misunderstandings
#
# - *"It collages training pictures."* Ours does not: its digits lie off all of them. But a denoiser that is too good
#   does just that.
# - *"A lower FID is a better model."* Copies have a splendid one.
# - *"The two losses of a GAN say how far it is."* They say who is ahead.
# - *"Diffusion finds the picture that is hidden in the noise."* There is none. Other noise, other picture.

# %% [markdown]
# ## What you can do now
#
# - **Train:** picture against picture; the same with a cloud and its KL divergence; D against G; regression on what
#   noise has hidden.
# - **Draw:** decode a code from the round cloud; one call of G; step by step out of noise, told or guided.
# - **Measure:** FID or KID beside the floor; the nearest training digit; told apart or not.
#
# **Next:** the [exercises](../exercises/13-generation.ipynb). Then [chapter 14](14-transfer.ipynb), *Transfer*, asks why
# one should begin from scratch at all.

# %% [markdown]
# ## Sources
#
# [@]

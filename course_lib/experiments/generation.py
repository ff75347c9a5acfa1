"""What chapter 13 trains on the digits: an autoencoder, a VAE, a GAN, a masked network, diffusion and a flow.

Pictures are rows of 64 pixels from 0, paper, to 1, ink: (n, 64) float32. Every network is ours, dense, with two hidden
layers, trained with Adam while its rate falls to 0 along a line. What makes pictures has ``make(n, rng)``.
"""

from functools import cache
from itertools import pairwise

import numpy as np

from course_lib import generation
from course_lib.activations import sigmoid, softmax
from course_lib.base_layer import Layer
from course_lib.data import digits
from course_lib.layers import Dense, Sequential
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import Adam

PIXELS, LEVELS, NONE = 64, 17, 10
BATCH = 128
PIXEL_LOSS = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)


@cache
def pictures():
    """((x, y) of the training digits, of the validation digits, of the test digits); x: (n, 64) float32"""
    some = digits()
    parts = ((some.x_train, some.y_train), (some.x_val, some.y_val), (some.x_test, some.y_test))
    return tuple((x.reshape(len(x), PIXELS).astype("float32"), y) for x, y in parts)


class Bend(Layer):
    """max(x, slope x), and its slope, in x's own precision: ``Activation`` would go back in float64."""

    def __init__(self, slope=0.0):
        super().__init__()
        self.slope = np.float32(slope)

    def forward(self, x, training=False):
        self.cache = np.where(x > 0, np.float32(1), self.slope)
        return x * self.cache

    def backward(self, dy):
        return dy * self.cache


def network(*widths, rng, slope=0.0):
    """Dense layers of these widths with bends between them, in float32, which is half the work."""
    first, *more = (Dense(*some, rng) for some in pairwise(widths))
    return in_float32(Sequential(first, *(layer for dense in more for layer in (Bend(slope), dense))))


def in_float32(net):
    """A stack of layers with its weights in float32."""
    for layer in net.layers:
        layer.params = {name: p.astype("float32") for name, p in layer.params.items()}
    return net


def descend(nets, step, steps, rate, beta_1=0.9):
    """So many steps of Adam. step(k): runs all nets forward and backward, and returns the loss; returns all of them"""
    optimizer = Adam(lambda k: rate * (1 - k / max(steps, 1)), beta_1=beta_1)
    losses = []
    for k in range(steps):
        losses.append(step(k))
        optimizer.step([p for n in nets for p in n.parameters()], [g for n in nets for g in n.gradients()])
    return np.array(losses)


def draw(x, rng, count=BATCH):
    return x[rng.integers(0, len(x), count)]


def marks(y):
    """The digit asked for as ten numbers, one of them 1; all 0 where y is ``NONE``. y: (n,)   returns: (n, 10)"""
    return np.eye(NONE + 1, dtype="float32")[y][:, :NONE]


def normal(rng, *shape):
    return rng.standard_normal(shape, dtype="float32")


class Autoencoder:
    """64 pixels to a code of a few numbers, and back. noise: what is added to the pictures that it reads, not wants"""

    def __init__(self, x, code=8, hidden=128, steps=2000, rate=0.002, noise=0.0, seed=0):
        rng = np.random.default_rng(seed)
        self.encoder = network(PIXELS, hidden, code, rng=rng)
        self.decoder = network(code, hidden, PIXELS, rng=rng)

        def step(_):
            wanted = draw(x, rng)
            y = self(wanted + noise * normal(rng, *wanted.shape))
            self.encoder.backward(self.decoder.backward(2 * (y - wanted) / y.size))
            return np.mean((y - wanted) ** 2)

        self.losses = descend((self.encoder, self.decoder), step, steps, rate)

    def __call__(self, x):
        return self.decoder.forward(self.encoder.forward(x))


class Maker:
    """What can make pictures, told the digit or not. x: (n, features)   y: (n,), None where nothing is to be told"""

    def __init__(self, x, y):
        self.x, self.y = x, np.full(len(x), NONE) if y is None else y
        self.shares = np.bincount(self.y, minlength=NONE + 1) / len(x)

    def batch(self, rng):
        """Some of the pictures, with what is told of them: (128, features) and (128, 10)"""
        i = rng.integers(0, len(self.x), BATCH)
        return self.x[i], marks(self.y[i])

    def classes(self, n, rng, y=None):
        """The digits to be made: y, over and over, or drawn as often as each comes. (n,)"""
        return rng.choice(NONE + 1, n, p=self.shares) if y is None else np.resize(y, n)


def beside(*parts):
    return np.concatenate(parts, axis=1)


class VAE(Maker):
    """An autoencoder whose codes are clouds. weight: how much the KL divergence counts, 1 in the paper"""

    def __init__(self, x, y=None, latent=2, hidden=128, steps=2000, rate=0.003, weight=1.0, seed=0):
        super().__init__(x, y)
        rng, self.latent = np.random.default_rng(seed), latent
        self.encoder = network(PIXELS + 10, hidden, 2 * latent, rng=rng)
        self.decoder = network(latent + 10, hidden, PIXELS, rng=rng)

        def step(_):
            batch, told = self.batch(rng)
            noise = normal(rng, BATCH, latent)
            mean, log_variance = self.cloud(batch, told)
            z = generation.reparameterize(mean, log_variance, noise)
            logits = self.decoder.forward(beside(z, told))
            dlogits, *of_kl = generation.vae_loss_grad(batch, logits, mean, log_variance)
            dz = self.decoder.backward(dlogits)[:, :latent]
            of_code = generation.reparameterize_backward(dz, log_variance, noise)
            self.encoder.backward(beside(*(path + weight * kl for path, kl in zip(of_code, of_kl, strict=True))))
            return generation.vae_loss(batch, logits, mean, log_variance)

        self.losses = descend((self.encoder, self.decoder), step, steps, rate)

    def cloud(self, x, told):
        """(mean, log variance) of the codes: (n, latent) each"""
        return np.split(self.encoder.forward(beside(x, told)), 2, axis=1)

    def encode(self, x):
        """The middle of each picture's cloud, where nothing is told: (n, latent)"""
        return self.cloud(x, np.zeros((len(x), 10), "float32"))[0]

    def decode(self, z, y=NONE):
        z = np.asarray(z, "float32")
        return sigmoid(self.decoder.forward(beside(z, marks(np.full(len(z), y)))))

    def make(self, n, rng, y=None):
        return self.decode(normal(rng, n, self.latent), self.classes(n, rng, y))


class GAN(Maker):
    """A generator against a discriminator, a step each in turn. noise: what blurs everything that the latter sees"""

    def __init__(self, x, y=None, latent=16, hidden=128, steps=3000, rate=0.003, noise=0.3, beta_1=0.5, seed=0):
        super().__init__(x, y)
        rng, self.latent = np.random.default_rng(seed), latent
        self.generator = network(latent + 10, hidden, hidden, PIXELS, rng=rng)
        self.discriminator = network(PIXELS + 10, hidden, hidden, 1, rng=rng, slope=0.2)
        optimizers = [Adam(lambda k: rate * (1 - k / max(steps, 1)), beta_1=beta_1) for _ in range(2)]
        for _ in range(steps):
            (real, told), made = self.batch(rng), self.drawn(BATCH, rng)
            logits = self.look(np.concatenate([real, made[0]]), np.concatenate([told, made[1]]), noise, rng)
            d = generation.discriminator_loss_grad(logits[:BATCH], logits[BATCH:])
            self.discriminator.backward(np.concatenate(d).astype("float32"))
            optimizers[0].step(self.discriminator.parameters(), self.discriminator.gradients())
            made, told = self.drawn(BATCH, rng)
            logits = self.look(made, told, noise, rng)
            d = self.discriminator.backward(generation.generator_loss_grad(logits).astype("float32"))
            self.generator.backward(d[:, :PIXELS] * made * (1 - made))
            optimizers[1].step(self.generator.parameters(), self.generator.gradients())

    def look(self, x, told, noise, rng):
        return self.discriminator.forward(beside(x + noise * normal(rng, *x.shape), told))

    def drawn(self, n, rng, y=None):
        """Pictures and what they were to be: (n, 64) and (n, 10)"""
        told = marks(self.classes(n, rng, y))
        return sigmoid(self.generator.forward(beside(normal(rng, n, self.latent), told))), told

    def make(self, n, rng, y=None):
        return self.drawn(n, rng, y)[0]


class MaskedDense(Dense):
    """A dense layer some of whose weights are held at 0. mask: (inputs, units), 1 where a weight may be"""

    def __init__(self, mask, rng):
        super().__init__(*mask.shape, rng)
        self.mask = mask.astype("float32")
        self.params["kernel"] *= self.mask

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["kernel"] = self.grads["kernel"] * self.mask
        return dx


def masks(pixels, hidden, levels, rng):
    """Who may look at whom, so that a pixel's logits come from earlier pixels only. Germain et al., 2015, eq. 12-13.

    Each hidden unit has a number m, at random, and sees the first m pixels; a pixel sees units with an m below its own.
    """
    place = np.arange(1, pixels + 1)
    m = [rng.permutation(np.resize(np.arange(1, pixels), hidden)) for _ in range(2)]
    # What is told stands before all pixels.
    first = np.concatenate([place[:, None] <= m[0], np.ones((10, hidden))])
    return first, m[0][:, None] <= m[1], np.repeat(m[1][:, None] < place, levels, axis=1)


class Masked(Maker):
    """The masked autoregressive network: 17 logits for each pixel's grey, from the pixels before it."""

    def __init__(self, x, y=None, hidden=256, steps=1000, rate=0.003, seed=0):
        super().__init__(x, y)
        rng = np.random.default_rng(seed)
        first, second, last = (MaskedDense(mask, rng) for mask in masks(PIXELS, hidden, LEVELS, rng))
        self.net = in_float32(Sequential(first, Bend(), second, Bend(), last))

        def step(_):
            batch, told = self.batch(rng)
            d = softmax(self.logits(batch, told))
            d[np.arange(BATCH)[:, None], np.arange(PIXELS), levels(batch)] -= 1
            self.net.backward(d.reshape(BATCH, -1) / BATCH)

        descend((self.net,), step, steps, rate)

    def logits(self, x, told):
        """(n, 64, 17)"""
        return self.net.forward(beside(x, told)).reshape(len(x), PIXELS, LEVELS)

    def bits(self, x, y=NONE):
        """Bits a pixel that these pictures need, on average."""
        return PIXEL_LOSS[0](levels(x), self.logits(x, marks(np.resize(y, len(x))))) / np.log(2)

    def make(self, n, rng, y=None):
        """Pixel after pixel, each drawn from what the network says after those before it."""
        x, told = np.zeros((n, PIXELS), "float32"), marks(self.classes(n, rng, y))
        *body, last = self.net.layers
        for k in range(PIXELS):
            seen, part = Sequential(*body).forward(beside(x, told)), slice(k * LEVELS, (k + 1) * LEVELS)
            p = softmax(seen @ last.params["kernel"][:, part] + last.params["bias"][part])
            x[:, k] = (p.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, LEVELS - 1) / (LEVELS - 1)
        return x


def levels(x):
    """The pixels' greys as whole numbers, 0 to 16, as they were scanned."""
    return np.rint(x * (LEVELS - 1)).astype(int)


class Bells(Maker):
    """The control that is no network: of each class its mean and its covariance, and a draw from that bell.

    ridge: a little variance for every pixel, without which some have none
    """

    def __init__(self, x, y=None, ridge=1e-4):
        super().__init__(x, y)
        groups = [x[self.y == c] for c in range(NONE + 1)]
        self.bells = [
            (g.mean(axis=0), _root(g, ridge)) if len(g) else (np.zeros(PIXELS), np.eye(PIXELS)) for g in groups
        ]

    def make(self, n, rng, y=None):
        y, noise = self.classes(n, rng, y), rng.standard_normal((n, PIXELS))
        means, roots = (np.stack(part) for part in zip(*self.bells, strict=True))
        return np.clip(means[y] + np.einsum("nij,nj->ni", roots[y], noise), 0, 1).astype("float32")


def _root(x, ridge):
    return np.linalg.cholesky(np.cov(x, rowvar=False) + ridge * np.eye(PIXELS))

"""What chapter 13 trains on the digits: an autoencoder, a VAE, a GAN, a masked network, diffusion and a flow.

Pictures are rows of 64 pixels from 0, paper, to 1, ink: (n, 64) float32. Every network is ours, dense, with two hidden
layers, trained with Adam while its rate falls to 0 along a line. What makes pictures has ``make(n, rng)``.
"""

from functools import cache

import numpy as np

from course_lib import generation
from course_lib.activations import sigmoid, softmax
from course_lib.data import digits
from course_lib.layers import Activation, Dense, Sequential, dense_stack
from course_lib.losses import loss_and_gradient
from course_lib.optimizers import Adam

PIXELS, LEVELS = 64, 17
BATCH = 128
PIXEL_LOSS = loss_and_gradient("sparse_categorical_crossentropy", from_logits=True)


@cache
def pictures():
    """((x, y) of the training digits, of the validation digits, of the test digits); x: (n, 64) float32"""
    some = digits()
    parts = ((some.x_train, some.y_train), (some.x_val, some.y_val), (some.x_test, some.y_test))
    return tuple((x.reshape(len(x), PIXELS).astype("float32"), y) for x, y in parts)


def network(*widths, rng, activation="relu"):
    """Dense layers of these widths, in float32, which is half the work."""
    return in_float32(dense_stack(widths, activation, rng))


def in_float32(net):
    """A stack of layers with its weights in float32."""
    for layer in net.layers:
        layer.params = {name: p.astype("float32") for name, p in layer.params.items()}
    return net


def descend(nets, step, steps, rate, beta_1=0.9):
    """So many steps of Adam. step(k): runs all nets forward and backward, and returns the loss; returns all of them"""
    optimizer = Adam(lambda k: rate * (1 - k / steps), beta_1=beta_1)
    losses = []
    for k in range(steps):
        losses.append(step(k))
        optimizer.step([p for n in nets for p in n.parameters()], [g for n in nets for g in n.gradients()])
    return np.array(losses)


def draw(x, rng, count=BATCH):
    return x[rng.integers(0, len(x), count)]


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


class VAE:
    """An autoencoder whose codes are clouds. weight: how much the KL divergence counts, 1 in the paper."""

    def __init__(self, x, latent=2, hidden=128, steps=2000, rate=0.003, weight=1.0, seed=0):
        rng = np.random.default_rng(seed)
        self.latent = latent
        self.encoder = network(PIXELS, hidden, 2 * latent, rng=rng)
        self.decoder = network(latent, hidden, PIXELS, rng=rng)

        def step(_):
            batch = draw(x, rng)
            noise = normal(rng, len(batch), latent)
            mean, log_variance = self.cloud(batch)
            logits = self.decoder.forward(generation.reparameterize(mean, log_variance, noise))
            dlogits, *of_kl = generation.vae_loss_grad(batch, logits, mean, log_variance)
            of_code = generation.reparameterize_backward(self.decoder.backward(dlogits), log_variance, noise)
            d = [path + weight * kl for path, kl in zip(of_code, of_kl, strict=True)]
            self.encoder.backward(np.concatenate(d, axis=1))
            return generation.vae_loss(batch, logits, mean, log_variance)

        self.losses = descend((self.encoder, self.decoder), step, steps, rate)

    def cloud(self, x):
        """(mean, log variance) of the codes: (n, latent) each"""
        return np.split(self.encoder.forward(x), 2, axis=1)

    def encode(self, x):
        return self.cloud(x)[0]

    def decode(self, z):
        return sigmoid(self.decoder.forward(np.asarray(z, "float32")))

    def make(self, n, rng):
        return self.decode(normal(rng, n, self.latent))


class GAN:
    """A generator against a discriminator, a step each in turn. Its ``make`` is the generator's."""

    def __init__(self, x, latent=16, hidden=128, steps=3000, rate=0.001, beta_1=0.5, noise=0.0, seed=0):
        rng = np.random.default_rng(seed)
        self.latent = latent
        self.generator = network(latent, hidden, hidden, x.shape[1], rng=rng)
        self.discriminator = network(x.shape[1], hidden, hidden, 1, rng=rng, activation="leaky_relu")
        optimizers = [Adam(lambda k: rate * (1 - k / steps), beta_1=beta_1) for _ in range(2)]
        for _ in range(steps):
            made = self.make(BATCH, rng)
            real = draw(x, rng)
            blur = noise * normal(rng, 2 * BATCH, x.shape[1])
            logits = self.discriminator.forward(np.concatenate([real, made]) + blur)
            d = generation.discriminator_loss_grad(logits[:BATCH], logits[BATCH:])
            self.discriminator.backward(np.concatenate(d).astype("float32"))
            optimizers[0].step(self.discriminator.parameters(), self.discriminator.gradients())
            made = self.make(BATCH, rng)
            logits = self.discriminator.forward(made + noise * normal(rng, *made.shape))
            d = self.discriminator.backward(generation.generator_loss_grad(logits).astype("float32"))
            self.generator.backward(d * made * (1 - made))
            optimizers[1].step(self.generator.parameters(), self.generator.gradients())

    def make(self, n, rng):
        return sigmoid(self.generator.forward(normal(rng, n, self.latent)))


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

    Each hidden unit has a number m, at random, and sees the first m pixels; a pixel sees the units with m below its own.
    """
    place = np.arange(1, pixels + 1)
    m = [rng.permutation(np.resize(np.arange(1, pixels), hidden)) for _ in range(2)]
    last = m[1][:, None] < place
    return place[:, None] <= m[0], m[0][:, None] <= m[1], np.repeat(last, levels, axis=1)


class Masked:
    """The masked autoregressive network: 17 logits for each pixel's grey, from the pixels before it."""

    def __init__(self, x, hidden=512, steps=1500, rate=0.003, seed=0):
        rng = np.random.default_rng(seed)
        first, second, last = (MaskedDense(mask, rng) for mask in masks(PIXELS, hidden, LEVELS, rng))
        self.net = in_float32(Sequential(first, Activation("relu"), second, Activation("relu"), last))

        def step(_):
            batch = draw(x, rng)
            d = softmax(self.logits(batch))
            d[np.arange(len(batch))[:, None], np.arange(PIXELS), levels(batch)] -= 1
            self.net.backward(d.reshape(len(batch), -1) / len(batch))

        descend((self.net,), step, steps, rate)

    def logits(self, x):
        """(n, 64, 17)"""
        return self.net.forward(np.asarray(x, "float32")).reshape(len(x), PIXELS, LEVELS)

    def bits(self, x):
        """Bits a pixel that these pictures need, on average."""
        return PIXEL_LOSS[0](levels(x), self.logits(x)) / np.log(2)

    def make(self, n, rng):
        """Pixel after pixel, each drawn from what the network says after those before it."""
        x = np.zeros((n, PIXELS), "float32")
        *body, last = self.net.layers
        for k in range(PIXELS):
            seen = Sequential(*body).forward(x)
            part = slice(k * LEVELS, (k + 1) * LEVELS)
            p = softmax(seen @ last.params["kernel"][:, part] + last.params["bias"][part])
            x[:, k] = (p.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, LEVELS - 1) / (LEVELS - 1)
        return x


def levels(x):
    """The pixels' greys as whole numbers, 0 to 16, as they were scanned."""
    return np.rint(x * (LEVELS - 1)).astype(int)


class TenBells:
    """The control that is no network: of each class its mean and its covariance, and a draw from that bell.

    ridge: a little variance for every pixel, without which some have none
    """

    def __init__(self, x, y, ridge=1e-3):
        self.shares = np.bincount(y, minlength=10) / len(y)
        self.means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        covariances = [np.cov(x[y == c], rowvar=False) + ridge * np.eye(PIXELS) for c in range(10)]
        self.roots = np.stack([np.linalg.cholesky(c) for c in covariances])

    def make(self, n, rng):
        y = rng.choice(10, n, p=self.shares)
        noise = rng.standard_normal((n, PIXELS))
        return np.clip(self.means[y] + np.einsum("nij,nj->ni", self.roots[y], noise), 0, 1).astype("float32")

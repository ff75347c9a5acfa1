"""Experiments of chapter 07: digits that are moved, and what a trained Keras network looks at.

Images are (height, width) of grey or (height, width, channels), batches have one axis more; Keras' channels are last.
``python -m course_lib.experiments.convolution_study`` chooses the settings on the validation digits, judges twenty runs
of each network by the test digits, and keeps all shares in ``convolution.json``.
"""

import json
from itertools import product
from pathlib import Path

import numpy as np

from course_lib.backend_gradients import value_and_gradients

# Where a digit can go, by how many pixels: straight up, down, left, right.
MOVES = {0: [(0, 0)]} | {n: [(n, 0), (-n, 0), (0, n), (0, -n)] for n in (1, 2)}
STORED = Path(__file__).with_name("convolution.json")
EPOCHS = 20


def on_sheets(images):
    """Each image in the middle of a larger sheet, so that it can move by two pixels and lose nothing."""
    return np.pad(images, ((0, 0), (2, 2), (2, 2)))


def moved(images, down, right):
    """Every image moved by whole pixels; paper, which is 0, comes into view. images: (batch, height, width)"""
    (_, height, width), most = images.shape, max(abs(down), abs(right))
    padded = np.pad(images, ((0, 0), (most, most), (most, most)))
    return padded[:, most - down : most - down + height, most - right : most - right + width]


def centred(images):
    """Every image with the box around its ink in the middle. images: (batch, height, width), 0 is paper"""
    middle = np.zeros_like(images)
    for image, out in zip(images, middle, strict=True):
        rows, columns = np.nonzero(image)
        if not len(rows):
            continue
        box = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        top, left = ((whole - part) // 2 for whole, part in zip(image.shape, box.shape, strict=True))
        out[top : top + box.shape[0], left : left + box.shape[1]] = box
    return middle


def lesson(x, y, epochs, rng, reach=0):
    """(x, y) of all epochs in a row, each in an order of its own: with Keras, one long epoch is quicker than many.

    reach: every image is moved by up to so many pixels, down and right, anew in each epoch
    """
    order = np.concatenate([rng.permutation(len(x)) for _ in range(epochs)])
    downs, rights = rng.integers(-reach, reach + 1, (2, len(order)))
    images = np.zeros((len(order), *x.shape[1:]), x.dtype)
    for down, right in set(zip(downs.tolist(), rights.tolist(), strict=True)):
        chosen = (downs == down) & (rights == right)
        images[chosen] = moved(x[order[chosen]], down, right)
    return images[..., None], y[order]


def dense(layers):
    """Every pixel has weights of its own."""
    return [layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dropout(0.2), layers.Dense(10)]


def flattened(layers):
    """Shared weights first; behind them every place has weights of its own."""
    windows = [layers.Conv2D(filters, 3, activation="relu") for filters in (16, 32)]
    return [*windows, layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5), layers.Dense(10)]


def pooled(layers):
    """Shared weights, then the largest number of each map, wherever it stands."""
    windows = [layers.Conv2D(filters, 3, activation="relu") for filters in (12, 20, 40)]
    return [*windows, layers.GlobalMaxPooling2D(), layers.Dropout(0.3), layers.Dense(10)]


def pooled_two(layers):
    """A control: the layers of ``flattened`` with only the head changed."""
    windows = flattened(layers)[:2]
    return [*windows, layers.GlobalMaxPooling2D(), layers.Dropout(0.5), layers.Dense(10)]


def flattened_three(layers):
    """A control: the layers of ``pooled`` with only the head changed."""
    windows = pooled(layers)[:3]
    return [*windows, layers.Flatten(), layers.Dropout(0.3), layers.Dense(10)]


def network(parts, shape=(12, 12, 1)):
    """A Keras model of these layers, for one picture of that shape, with a logit for each digit."""
    import keras

    return keras.Sequential([keras.Input(shape), *parts(keras.layers)])


def trained(parts, x, y, seed, rate, reach=0, epochs=EPOCHS):
    """A network of these layers, trained with Adam while the rate falls to 0 along half a cosine."""
    import keras

    keras.utils.set_random_seed(seed)
    model = network(parts)
    images, labels = lesson(x, y, epochs, np.random.default_rng(seed), reach)
    falling = keras.optimizers.schedules.CosineDecay(rate, len(labels) // 128)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(falling), loss, jit_compile=False)
    model.fit(images, labels, batch_size=128, shuffle=False, verbose=0)
    return model


def outputs(model, images):
    """What a Keras model says of grey images, (batch, height, width), as an array."""
    import keras

    return keras.ops.convert_to_numpy(model(images[..., None], training=False))


def reader(*models):
    """A function from images to the labels that a model reads, or several models together: their logits are added."""
    return lambda images: sum(outputs(model, images) for model in models).argmax(axis=1)


def support_vectors(x, y, reach=0, margin=3, width=0.07, prepared=np.asarray):
    """A function from images to labels: support vectors that have seen all moves of every image by up to ``reach``.

    margin, width: C and gamma, the margin's price and the width of a vector's reach
    prepared: what is done to images before they are learnt or read, such as ``centred``
    """
    from sklearn.svm import SVC

    moves = list(product(range(-reach, reach + 1), repeat=2))
    images = np.concatenate([moved(x, *move) for move in moves])
    return fitted(SVC(C=margin, gamma=width), images, np.tile(y, len(moves)), prepared)


def others():
    """{name: a classifier of scikit-learn} of three readers, their settings the best on the validation digits."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    return {
        "five neighbours": KNeighborsClassifier(5),
        "random forest": RandomForestClassifier(300, max_features=24, random_state=0),
        "logistic regression": LogisticRegression(C=8, max_iter=5000),
    }


def classical(x, y):
    """{name: a function from images to labels} of ``others``."""
    return {name: fitted(machine, x, y) for name, machine in others().items()}


def fitted(machine, images, labels, prepared=np.asarray):
    """A function from images to labels: a classifier of scikit-learn, which gets the pixels of each in a row."""

    def rows(images):
        return prepared(images).reshape(len(images), -1)

    machine.fit(rows(images), labels)
    return lambda images: machine.predict(rows(images))


def shares_right(read, x, y):
    """{pixels: share of the images that are read right when moved by so many}, mean over the four directions.

    read: a function from images, (batch, height, width), to labels
    """
    return {
        pixels: float(np.mean([np.mean(read(moved(x, *move)) == y) for move in moves]))
        for pixels, moves in MOVES.items()
    }


def shares_at_places(read, x, y, most=2):
    """The share of the images that are read right at each place, moved by up to ``most`` down and right: an array."""
    steps = range(-most, most + 1)
    return np.array([[np.mean(read(moved(x, down, right)) == y) for right in steps] for down in steps])


def occlusion(probability, image, size=3):
    """How much a probability falls when a square of the image is covered with paper, for each middle of the square.

    probability: a function from images, (batch, height, width), to (batch,)   returns: as the image
    Zeiler and Fergus, 2014.
    """
    covered = np.repeat(image[None], image.size, axis=0)
    for k, (row, column) in enumerate(np.ndindex(*image.shape)):
        top, left = max(row - size // 2, 0), max(column - size // 2, 0)
        covered[k, top : row + size // 2 + 1, left : column + size // 2 + 1] = 0
    return (probability(image[None]) - probability(covered)).reshape(image.shape)


def grad_cam(maps, slopes):
    """Where the maps lie that speak for a class: Σ (mean slope of a map) · map, without what is negative.

    maps: (height, width, channels), a layer's output   slopes: of the class' logit in them, the same shape
    Selvaraju et al., 2017.
    """
    weights = slopes.mean(axis=(0, 1))
    return np.maximum(maps @ weights, 0)


def class_slopes(head, inputs, labels):
    """The slopes of each example's own logit in what ``head``, a Keras model, is given. inputs: (batch, …)"""
    from keras import ops

    own = np.eye(int(head.output_shape[-1]), dtype="float32")[labels]
    _, (slopes,) = value_and_gradients(lambda x: ops.sum(ops.multiply(head(x, training=False), own)), inputs)
    return slopes


def saliency(model, images, labels):
    """How much the label's logit changes with each pixel, up or down: |slope|. images: (batch, height, width)"""
    return np.abs(class_slopes(model, images[..., None], labels)[..., 0])


def looks(network, images, labels):
    """{"occlusion", "Grad-CAM", "saliency": maps like the images} of a network with the layers of ``pooled``.

    Its last maps have 6 × 6 places, each in the middle of a window of 7 × 7 pixels: three zeros around lay them over
    the image.
    """
    import keras

    last = keras.Model(network.inputs[0], network.layers[2].output)
    head = keras.Sequential([keras.Input(last.output_shape[1:]), *network.layers[3:]])
    maps = outputs(last, images)
    slopes = class_slopes(head, maps, labels)
    covered = [occlusion(sureness(network, label), image) for image, label in zip(images, labels, strict=True)]
    return {
        "occlusion": np.maximum(covered, 0),
        "Grad-CAM": np.array([np.pad(grad_cam(*pair), 3) for pair in zip(maps, slopes, strict=True)]),
        "saliency": saliency(network, images, labels),
    }


def sureness(network, label):
    """A function from images to the probability that the network gives to that label."""
    import keras

    return lambda images: keras.ops.convert_to_numpy(keras.ops.softmax(outputs(network, images)))[:, label]


def cost_where(pointing, covered):
    """What it costs on average to cover each image's square where ``pointing`` is largest. Both: (batch, …)"""
    covered = covered.reshape(len(covered), -1)
    return np.mean(covered[np.arange(len(covered)), pointing.reshape(len(covered), -1).argmax(axis=1)])


def maximized(activation, shape, rng, steps=60, rate=0.05, smooth=0.0):
    """Images that make an activation large, found uphill from noise, with all pixels from 0 to 1.

    activation: from images, a Keras tensor of that shape, (batch, height, width, channels), to one number
    smooth: the prior; a share of each pixel that is its four neighbours' after every step. 0 is none.
    """
    images = rng.random(shape)
    for _ in range(steps):
        _, (slopes,) = value_and_gradients(activation, images.astype("float32"))
        images += rate * slopes / (np.sqrt(np.mean(slopes**2, axis=(1, 2, 3), keepdims=True)) + 1e-8)
        if smooth:
            around = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
            up_down, beside = around[:, :-2, 1:-1] + around[:, 2:, 1:-1], around[:, 1:-1, :-2] + around[:, 1:-1, 2:]
            images = (1 - smooth) * images + smooth * (up_down + beside) / 4
        images = np.clip(images, 0, 1)
    return images


def roughness(image):
    """The mean square of the steps from pixel to pixel, down and right, in units of the image's variance."""
    steps = np.mean(np.diff(image, axis=0) ** 2) + np.mean(np.diff(image, axis=1) ** 2)
    return float(steps / 2 / image.var())


def canvas(digits, places, shape):
    """Digits on one large sheet. digits: (n, height, width)   places: n times (row, column) of the upper left corner"""
    sheet = np.zeros(shape, "float32")
    height, width = digits.shape[1:]
    for digit, (row, column) in zip(digits, places, strict=True):
        seen = sheet[row : row + height, column : column + width]
        np.maximum(seen, digit, out=seen)
    return sheet


def stored():
    """What ``convolution_study`` has measured: its parts say what."""
    return json.loads(STORED.read_text(encoding="utf-8"))

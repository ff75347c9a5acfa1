"""The data: how it is split, what its shapes are without noise, and what happens where there is no network."""

import hashlib
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from course_lib import data

GENERATORS = {name: getattr(data, name) for name in ("moons", "circles", "blobs", "xor", "spirals")}


@pytest.fixture(scope="module")
def digits():
    return data.digits()


def parts(split):
    return list(zip(("train", "val", "test"), split[::2], split[1::2], strict=True))


# --- the digits


def test_digits_have_the_sizes_that_the_chapters_say(digits):
    assert [len(y) for _, _, y in parts(digits)] == [1077, 360, 360]
    for _, x, y in parts(digits):
        assert x.shape == (len(y), 8, 8)
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert x.min() == 0
        assert x.max() == 1
        assert ((x * 16) % 1 == 0).all()


def test_digits_are_split_into_parts_that_cover_all_and_share_nothing(digits):
    """Each of the 1,797 images, with its own label, is in exactly one part."""
    from sklearn.datasets import load_digits

    loaded = load_digits()
    together = sorted((x.tobytes(), y) for _, xs, ys in parts(digits) for x, y in zip(xs, ys, strict=True))
    assert together == sorted(zip((x.tobytes() for x in np.float32(loaded.images / 16)), loaded.target, strict=True))
    # Nothing can be in two parts unless an image occurs twice.
    assert len({image for image, _ in together}) == len(together) == 1797


def test_digits_are_stratified(digits):
    """Each part has its fifths of every digit, to within one image."""
    counts = {name: np.bincount(y, minlength=10) for name, _, y in parts(digits)}
    whole = sum(counts.values())
    for name, _, y in parts(digits):
        assert (np.abs(counts[name] - whole * len(y) / 1797) <= 1).all(), name


def test_digits_are_mixed(digits):
    """The parts are not the first and the last ones: an order by label, say, would show in neighbours."""
    for _, _, y in parts(digits):
        assert 0.05 < (y[:-1] == y[1:]).mean() < 0.15


def test_digits_are_the_same_in_another_process(digits):
    code = (
        "import hashlib; from course_lib.data import digits;"
        "print(hashlib.sha256(b''.join(part.tobytes() for part in digits())).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert other == hashlib.sha256(b"".join(part.tobytes() for part in digits)).hexdigest()


def test_nobody_can_spoil_the_digits_of_others(digits):
    before = data.digits().x_train
    spoiled = data.digits()
    spoiled.x_train[:] = 7
    np.testing.assert_array_equal(data.digits().x_train, before)


# --- made-up points


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("n", [2, 3, 10, 401])
def test_shapes_labels_and_balance(name, n):
    x, y = GENERATORS[name](n)
    assert x.shape == (n, 2)
    assert y.shape == (n,)
    assert (x.dtype, y.dtype) == (np.float64, np.int64)
    assert np.isfinite(x).all()
    assert set(y.tolist()) <= {0, 1}
    # xor draws its points first and its labels follow: 5 standard deviations of that, for all others one point.
    assert abs(2 * y.sum() - n) <= (5 * np.sqrt(n) if name == "xor" else 1)


@pytest.mark.parametrize("name", GENERATORS)
def test_a_seed_decides_everything(name):
    (x, y), (again, labels), (other, _) = (GENERATORS[name](50, noise=0.3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(x, again)
    np.testing.assert_array_equal(y, labels)
    assert (x != other).any()
    # NumPy's global generator must not move.
    state = np.random.get_state()  # noqa: NPY002
    GENERATORS[name](50)
    np.testing.assert_equal(np.random.get_state(), state)  # noqa: NPY002


@pytest.mark.parametrize("name", GENERATORS)
def test_noise_is_a_standard_deviation(name):
    """Around the same points without noise (the noise is drawn after them), on average and in each direction."""
    n, noise = 4000, 0.25
    (clean, y), (noisy, labels) = GENERATORS[name](n, noise=0.0), GENERATORS[name](n, noise=noise)
    np.testing.assert_array_equal(y, labels)
    # The standard error of a mean is 1/√n of the spread, that of a standard deviation 1/√2n: 5 of them are allowed.
    assert np.abs((noisy - clean).mean(axis=0)).max() < 5 * noise / np.sqrt(n)
    assert np.abs((noisy - clean).std(axis=0) / noise - 1).max() < 5 / np.sqrt(2 * n)


def on_moons(x, y):
    centre, side = np.where(y[:, None] == 0, [0, 0], [1, 0.5]), np.where(y == 0, 1, -1)
    return np.isclose(np.linalg.norm(x - centre, axis=1), 1) & (side * (x - centre)[:, 1] >= -1e-9)


def on_circles(x, y):
    return np.isclose(np.linalg.norm(x, axis=1), np.where(y == 0, 1, 0.4))


def on_centres(x, y):
    return np.isclose(x, np.where(y[:, None] == 0, [2, 0], [-2, 0])).all(axis=1)


def in_quarters(x, y):
    return (np.abs(x) <= 1).all(axis=1) & (y == (np.sign(x).prod(axis=1) < 0))


def on_arms(x, y):
    """One turn of a spiral: the angle, from its own arm's beginning, grows from 0 to 2π as the distance does to 1."""
    distance, angle = np.linalg.norm(x, axis=1), np.arctan2(x[:, 1], x[:, 0])
    off = (angle - np.pi * y - 2 * np.pi * distance) % (2 * np.pi)
    return (distance >= 0.1 - 1e-9) & (distance <= 1) & (np.minimum(off, 2 * np.pi - off) < 1e-9)


SHAPES = {"moons": on_moons, "circles": on_circles, "blobs": on_centres, "xor": in_quarters, "spirals": on_arms}


@pytest.mark.parametrize("name", GENERATORS)
def test_shape_without_noise(name):
    x, y = GENERATORS[name](300, noise=0.0)
    assert SHAPES[name](x, y).all()
    # With the labels turned round the shape is another: the test above does look at them.
    assert not SHAPES[name](x, 1 - y).any()


@pytest.mark.parametrize("classes", [1, 2, 3, 5])
def test_blobs_of_several_classes(classes):
    """As many centres, all 2 from the middle, neighbours equally far apart, and equally many points around each."""
    x, y = data.blobs(30, noise=0.0, classes=classes)
    centres = np.stack([x[y == k].mean(axis=0) for k in range(classes)])
    np.testing.assert_allclose(x, centres[y], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 2)
    gaps = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    np.testing.assert_allclose(gaps, 4 * np.sin(np.pi / classes), atol=1e-12)
    assert np.bincount(y).tolist() == [30 // classes] * classes


def test_spirals_of_several_turns():
    x, y = data.spirals(300, noise=0.0, turns=2.0)
    distance = np.linalg.norm(x, axis=1)
    angle = 4 * np.pi * distance + np.pi * y
    np.testing.assert_allclose(x, distance[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), atol=1e-12)


REFUSED = {
    **{
        f"{name}, {what}": (partial(f, **given), says)
        for name, f in GENERATORS.items()
        for what, given, says in (
            ("one point", {"n": 1}, "n, the number of points, must be a whole number from 2 up, got 1"),
            ("noise below 0", {"noise": -0.1}, r"noise, a standard deviation, must be a number from 0 up, got -0\.1"),
            (
                "noise of NaN",
                {"noise": float("nan")},
                "noise, a standard deviation, must be a number from 0 up, got nan",
            ),
            (
                "infinite noise",
                {"noise": float("inf")},
                "noise, a standard deviation, must be a number from 0 up, got inf",
            ),
        )
    },
    "no class": (partial(data.blobs, classes=0), "classes must be a number from 1 to 400, the number of points, got 0"),
    "more classes than points": (
        partial(data.blobs, 3, classes=4),
        "classes must be a number from 1 to 3, the number of points, got 4",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    call, says = REFUSED[name]
    with pytest.raises(ValueError, match=says):
        call()


# --- a picture and a text


def test_photo():
    photo = data.photo()
    assert photo.shape == (427, 640, 3)
    assert photo.dtype == np.float32
    assert 0 <= photo.min() < 0.1
    assert 0.9 < photo.max() <= 1
    # It is a picture: neighbouring pixels are alike.
    assert np.abs(np.diff(photo, axis=1)).mean() < photo.std() / 3
    # The sky is above the temple, and blue.
    red, _, blue = photo[:50].mean(axis=(0, 1))
    assert blue > red
    photo[:] = 0
    assert data.photo().max() > 0.9


def test_topics():
    text = data.topics()
    assert len(text) > 400_000
    assert text == data.topics()
    assert text.count(" the ") > 1000
    assert all(character.isprintable() or character == "\n" for character in set(text))


# --- what is downloaded


def fake(n, n_test, rng):
    """What Keras would return, with pictures of 2 x 2 pixels."""
    return tuple((rng.integers(0, 256, (k, 2, 2), "uint8"), rng.integers(0, 10, k, "uint8")) for k in (n, n_test))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_last_10_000_images_are_for_validation(name, keras, monkeypatch):
    (x, y), (x_test, y_test) = published = fake(10_020, 7, np.random.default_rng(0))
    monkeypatch.setattr(getattr(keras.datasets, name), "load_data", lambda: published)
    split = getattr(data, name)()
    assert [len(y) for _, _, y in parts(split)] == [20, 10_000, 7]
    for part, _, labels in parts(split):
        images = getattr(split, f"x_{part}")
        assert (images.dtype, labels.dtype) == (np.float32, np.int64)
    whole = np.concatenate([split.x_train, split.x_val])
    np.testing.assert_array_equal(np.rint(whole * 255), x)
    np.testing.assert_array_equal(np.rint(split.x_test * 255), x_test)
    assert (whole.min(), whole.max()) == (0, 1)
    np.testing.assert_array_equal(np.concatenate([split.y_train, split.y_val]), y)
    np.testing.assert_array_equal(split.y_test, y_test)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_without_a_network_one_sentence_says_what_to_do(name, keras, monkeypatch):
    def offline():
        raise Exception("URL fetch failure on https://example.org/x.npz: None -- [Errno -3] Temporary failure")

    monkeypatch.setattr(getattr(keras.datasets, name), "load_data", offline)
    with pytest.raises(ConnectionError) as failure:
        getattr(data, name)()
    text = str(failure.value)
    assert text.startswith(f"{name} has to be downloaded once, and that failed: ")
    assert "data.digits()" in text
    assert text.endswith("needs no network.")
    assert "\n" not in text
    # What Keras said stays in the traceback for those who want it.
    assert "URL fetch failure" in str(failure.value.__cause__)


def test_an_interrupted_download_is_not_called_a_missing_network(keras, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.datasets.mnist, "load_data", interrupted)
    with pytest.raises(KeyboardInterrupt):
        data.mnist()

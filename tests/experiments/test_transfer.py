"""What chapter 14 trains and has measured."""

import numpy as np
import pytest

from course_lib import transfer
from course_lib.data import digits
from course_lib.experiments import transfer as experiments
from course_lib.experiments import transfer_costs as costs
from course_lib.experiments import transfer_many as many
from course_lib.experiments import transfer_study as study
from course_lib.gradients import numeric_gradient


@pytest.fixture(scope="module")
def stored():
    return study.stored()


def test_readers_learn_along_their_gradient():
    """Adam's first step goes by the rate against the sign of each gradient."""
    readers = many.Readers(2, 8, seed=3)
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 4, 64)), rng.integers(0, 5, (2, 4))
    readers.params = [w.astype(float) for w in readers.params]

    def loss():
        z = readers.layers(x)[-1]
        z = z - np.log(np.exp(z).sum(-1, keepdims=True))
        return -np.take_along_axis(z, y[..., None], -1).mean(1).sum()

    for k in (0, 3, 4, 5):
        wanted = numeric_gradient(loss, readers.params[k])
        before = [w.copy() for w in readers.params]
        readers.moments, readers.time = [(np.zeros_like(w), np.zeros_like(w)) for w in before], 0
        readers.learn(x, y, 1.0)
        moved, clear = before[k] - readers.params[k], np.abs(wanted) > 1e-4
        np.testing.assert_allclose(moved[clear], np.sign(wanted)[clear], rtol=0.01)
        readers.params = before


def test_readers_are_keras_networks():
    readers = many.stored_reader("wandering")
    x, _ = experiments.old_digits(copies=1)
    theirs = experiments.in_keras(readers, 0).predict(x[:50], verbose=0)
    np.testing.assert_allclose(readers.layers(x[:50].reshape(1, 50, -1))[-1][0], theirs, rtol=1e-4, atol=1e-4)
    features = experiments.encoder()(x[:50])
    np.testing.assert_allclose(readers.features(x[:50].reshape(1, 50, -1))[0], features, rtol=1e-4, atol=1e-4)


def test_many_contrasts_are_those_of_the_mathematics():
    codes = np.random.default_rng(0).standard_normal((2, 10, 4))
    grads = many.nt_xent_grad(codes, 0.3)
    for z, d in zip(codes, grads, strict=True):
        np.testing.assert_allclose(d, np.concatenate(transfer.nt_xent_grad(z[:5], z[5:], 0.3)), rtol=1e-5)

    def apart():
        unit = codes / np.linalg.norm(codes, axis=-1, keepdims=True)
        return np.sum(1 - np.sum(unit * np.roll(unit, 5, axis=1), axis=-1)) / 10

    np.testing.assert_allclose(many.attraction_grad(codes), numeric_gradient(apart, codes), rtol=1e-4, atol=1e-7)


def test_a_probe_is_ridge_regression():
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    x, y, z = rng.standard_normal((1, 20, 6)), rng.integers(0, 5, (1, 20)), rng.standard_normal((1, 9, 6))
    ((said,),) = many.probes(x, y, [z], ridges=[0.5])
    scale = np.sqrt(((x - x.mean(1)) ** 2).mean())
    theirs = Ridge(alpha=0.5 * 6, fit_intercept=False).fit((x[0] - x[0].mean(0)) / scale, np.eye(5)[y[0]] - 0.2)
    np.testing.assert_array_equal(said[0], theirs.predict((z[0] - x[0].mean(0)) / scale).argmax(1))


def test_a_digit_wanders_whole():
    x = digits().x_train[:30]
    moved = many.wandering(x, np.random.default_rng(0)).reshape(30, 12, 12)
    np.testing.assert_allclose(moved.sum((1, 2)), x.sum((1, 2)), rtol=1e-5)
    assert len({tuple(np.argwhere(picture)[0]) for picture in moved}) > 10


def test_draws_hold_so_many_of_each_and_none_that_judges():
    x, y = many.drawn(3, range(4))
    assert (np.bincount(y.ravel()) == 12).all()
    judged, _ = many.asked("test", "centred", 1)
    seen = {picture.tobytes() for picture in x.reshape(-1, 64).astype("float32")}
    assert not seen & {picture.astype("float32").tobytes() for picture in judged[0]}
    assert set(many.source()[1]) == set(range(5))


def test_what_learns_in_each_way():
    counts = {"full": 26_261, "head": 325, "lora": 4 * 464 + 64 + 325, "qlora": 4 * 464 + 64 + 325}
    for way, count in counts.items():
        model = experiments.made_ready(experiments.reader(), way)
        assert experiments.numbers(model.trainable_variables) == count
    kept = 16 * 17 + 64 + 325 + 64
    assert experiments.served_bytes(model) == 25_600 + 4 * (kept + 4 * 464)
    assert experiments.training_bytes(model) == experiments.served_bytes(model) + 12 * count


def test_without_detour_and_with_its_old_biases_a_lora_is_the_old_network():
    """Keras lets the bias learn beside the detour: to take the detour away is not enough."""
    base = experiments.reader()
    model = experiments.made_ready(experiments.new_head(base), "lora")
    x, features = np.random.default_rng(0).random((20, 12, 12, 1)).astype("float32"), model.get_layer("features")
    experiments.compiled(model, 0.1).fit(x, np.arange(20) % 5, verbose=0)
    features.lora_kernel_b.assign(np.zeros((4, 64)))
    model.get_layer("head").set_weights(base.get_layer("head").get_weights())
    assert not np.array_equal(model(x), base(x))
    features.bias.assign(base.get_layer("features").bias)
    np.testing.assert_array_equal(model(x), base(x))


def test_a_stage_that_has_no_rate_stays_as_it_is():
    model = experiments.reader()
    model.compile(experiments.stage_rates(0.01, 0.0), "mse")
    before = [w.copy() for w in model.get_weights()]
    model.fit(np.ones((4, 12, 12, 1)), np.zeros((4, 5)), verbose=0)
    same = [np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert same == [True] * 4 + [False] * 2


def test_in_int8_the_model_itself_stays():
    model = experiments.reader()
    copy = experiments.in_int8(model)
    x = np.random.default_rng(0).random((5, 12, 12, 1))
    np.testing.assert_allclose(copy(x), model(x), atol=0.05)
    assert {str(v.dtype) for v in model.variables} == {"float32"}
    assert experiments.served_bytes(copy) < experiments.served_bytes(model) / 3


def test_keras_losses_are_those_of_the_mathematics():
    rng = np.random.default_rng(0)
    student, teacher = rng.standard_normal((2, 7, 5)).astype("float32")
    theirs = np.mean(experiments.distillation(3.0)(teacher, student))
    assert theirs == pytest.approx(transfer.distillation_loss(student, teacher, 3.0), rel=1e-5)
    codes = rng.standard_normal((8, 3)).astype("float32")
    theirs = np.mean(experiments.contrast(0.5, half=4)(None, codes))
    assert theirs == pytest.approx(transfer.nt_xent(codes[:4], codes[4:], 0.5), rel=1e-5)
    assert np.mean(experiments.attraction(4)(None, np.concatenate([codes[:4]] * 2))) == pytest.approx(0, abs=1e-6)


def test_codes_that_are_all_alike_have_a_mean_cosine_of_1():
    assert experiments.mean_cosine(np.ones((5, 3))) == pytest.approx(1)
    assert experiments.mean_cosine(np.eye(4)) == pytest.approx(0)


def test_published_weights_are_loaded_by_name_or_refused_in_one_sentence(tmp_path):
    form = {"include_top": False, "input_shape": (32, 32, 3)}
    made, file = experiments.published(weights=None, alpha=0.35, **form), tmp_path / "own.weights.h5"
    made.save_weights(file)
    loaded = experiments.published(weights=str(file), alpha=0.35, **form)
    assert all(np.array_equal(a, b) for a, b in zip(made.get_weights(), loaded.get_weights(), strict=True))
    with pytest.raises(ValueError, match="do not fit MobileNetV2"):
        experiments.published(weights=str(file), alpha=0.5, **form)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        experiments.published(weights=str(tmp_path / "none.h5"), **form)


def test_without_a_network_published_weights_are_missed_in_one_sentence(monkeypatch):
    import keras

    def no_network(**_):
        raise Exception("URL fetch failure on https://example.org: None -- unreachable")

    monkeypatch.setattr(keras.applications, "MobileNetV2", no_network)
    with pytest.raises(ConnectionError, match="have to be downloaded once"):
        experiments.published()


def test_stored_results_are_whole(stored):
    assert set(stored) >= set(study.STUDIES)
    for world in many.WORLDS:
        for name, of in stored[world].items():
            labels = study.TRAINED[world] if name in ("scratch", "fine-tuning") else study.LABELS
            assert [int(n) for n in of] == list(labels)
            assert {len(found["test"]) for found in of.values()} == {study.RUNS}
    assert set(stored["contrast"]) == set(study.CONTRASTS)
    assert set(stored["costs"]) == {*costs.WAYS, *costs.SMALL_WAYS, "full, then int8"}


def test_fifty_labels_on_pixels_read_what_the_old_features_read_with_five(stored):
    mean = {
        (name, n): np.mean(stored["wandering"][name][str(n)]["test"])
        for name, n in (("pixels", 20), ("linear probe", 5), ("pixels", 50))
    }
    assert sorted(mean.values()) == list(mean.values())


@pytest.mark.parametrize(("world", "most"), [("centred", 3000), ("wandering", 1000)])
def test_no_setting_took_more_steps_than_the_chapter_says(stored, world, most):
    for name in ("scratch", "fine-tuning"):
        assert max(found["steps"] for found in stored[world][name].values()) <= most


def test_rates_lie_inside_what_was_tried(stored):
    inside = {way: of.get("inside", True) for way, of in stored["costs"].items()}
    assert all(inside.values()), inside


def test_a_stored_probe_can_be_measured_again(stored):
    again = study.probe_of(study._pixels, "centred", 10)
    np.testing.assert_allclose(again["test"], stored["centred"]["pixels"]["10"]["test"], atol=0.02)
    again = study.probe_of(study._pixels, "wandering", 5)
    assert np.mean(again["test"]) == pytest.approx(np.mean(stored["wandering"]["pixels"]["5"]["test"]), abs=0.02)


def test_the_bytes_that_are_stored_are_those_of_the_models(stored):
    for way, (kind, rank) in costs.WAYS.items():
        model = experiments.made_ready(experiments.reader(), kind, *([rank] if rank else []))
        assert experiments.training_bytes(model) == stored["costs"][way]["while training"]


def test_the_kept_readers_know_their_digits():
    x, y = many.source()
    for world, (place, _) in many.WORLDS.items():
        seen = place(x, np.random.default_rng(1))[None]
        assert many.stored_reader(world).right(seen, y)[0] > 0.95

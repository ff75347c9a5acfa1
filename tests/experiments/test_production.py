"""What chapter 15 trains, counts, exports, kills and starts anew."""

import numpy as np
import psutil
import pytest

from course_lib import production
from course_lib.data import digits
from course_lib.experiments import production as experiments
from course_lib.experiments import production_resume as resume
from course_lib.experiments import production_serving as serving
from course_lib.experiments import production_study as study
from course_lib.experiments import production_workers as workers


@pytest.fixture(scope="module")
def few():
    x, y, *_ = digits()
    return x[:128], y[:128]


@pytest.fixture(scope="module")
def model(few):
    return experiments.trained_reader(*few, epochs=3)


def test_shifts_move_ink_and_let_paper_in():
    x = np.arange(1.0, 65).reshape(1, 8, 8)
    down = experiments.shifted(x, 1, 0)
    np.testing.assert_array_equal(down[0, 1:], x[0, :-1])
    assert not down[0, 0].any()
    left = experiments.shifted(x, 0, -1)
    np.testing.assert_array_equal(left[0, :, :-1], x[0, :, 1:])
    assert not left[0, :, -1].any()
    np.testing.assert_array_equal(x, np.arange(1.0, 65).reshape(1, 8, 8))
    many, labels = experiments.with_shifts(x, np.array([3]))
    assert many.shape == (5, 8, 8)
    assert labels.tolist() == [3] * 5


def test_the_profiler_counts_as_we_do(model):
    assert experiments.graph_flops(model)["MatMul"] == sum(c.flops for c in production.count_keras(model))


def test_a_transformer_is_counted_as_keras_builds_it(keras):
    width, length, vocabulary = 128, 6, 20
    x = h = keras.Input((length,))
    h = keras.layers.Embedding(vocabulary, width)(h)
    for _ in range(2):
        z = keras.layers.LayerNormalization()(h)
        h = h + keras.layers.MultiHeadAttention(2, 64)(z, z)
        z = keras.layers.Dense(4 * width)(keras.layers.LayerNormalization()(h))
        h = h + keras.layers.Dense(width)(z)
    built = keras.Model(x, keras.layers.Dense(vocabulary)(keras.layers.LayerNormalization()(h)))
    costs = experiments.transformer_costs(2, width, length, vocabulary)
    assert sum(cost.parameters for cost in costs) == built.count_params()


def test_scaling_saves_small_gradients(model, few):
    plain, scaled = (experiments.lost_gradients(model, *few, scale) for scale in (1, 2**15))
    assert 0 <= plain[0] <= plain[1] <= 1
    assert scaled[1] < plain[1]


def test_the_policy_is_put_back(few):
    import keras

    before = keras.config.dtype_policy().name
    half = experiments.half_precision(*few, epochs=1)
    assert half.layers[1].compute_dtype == "float16"
    assert keras.config.dtype_policy().name == before


def test_each_export_says_what_the_model_says(model, few, tmp_path):
    wanted = np.asarray(model(few[0]))
    for kind, place in experiments.export(model, str(tmp_path)).items():
        np.testing.assert_allclose(experiments.answers_of_export(kind, place, few[0]), wanted, atol=1e-4)


def test_eight_bits_are_a_copy(model, few):
    before = [w.copy() for w in model.get_weights()]
    eight = experiments.in_eight_bits(model)
    assert {str(np.asarray(w).dtype) for w in eight.weights} == {"int8", "float32"}
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert np.mean(np.asarray(eight(few[0])).argmax(1) == np.asarray(model(few[0])).argmax(1)) > 0.97


def test_a_cache_saves_calls():
    x = np.zeros((10, 2), "float32")
    assert experiments.calls_of_map(x, 3, cached=False) == 30
    assert experiments.calls_of_map(x, 3, cached=True) == 10
    assert experiments.first_batch(100, 1).tolist() == list(range(32))


def test_behaviour_is_measured_by_what_is_read():
    x, y, *_ = digits()
    x, y = x[:200], y[:200]
    found = serving.behaviour(lambda z: np.eye(10)[np.zeros(len(z), int)], x, y)
    assert found["invariance: one pixel"] == found["invariance: half as dark"] == 1
    assert found["direction: half erased"] == 0
    assert found["minimum: each digit's mean"] == 0.1
    assert found["minimum: the worst digit"] == 0


def test_waits_by_hand():
    """One at a time with a fixed time of 1: never less; and as in Lindley's recursion, request by request."""
    waits = serving.waits(0.7, 1, requests=500, fixed=1.0, each=0.0)
    arrivals = np.cumsum(np.random.default_rng(0).exponential(1 / 0.7, 500))
    free, wanted = 0.0, []
    for arrival in arrivals:
        free = max(free, arrival) + 1
        wanted.append(free - arrival)
    np.testing.assert_allclose(waits, wanted)


def test_a_model_card_is_of_that_model_and_harmless():
    x, y, *_ = digits()
    models = {"abc": {"settings": {"width": 3}, "metrics": {}, "sha256": ""}}
    card = serving.model_card("abc", models, lambda z: np.eye(10)[np.zeros(len(z), int)], x[:50], y[:50])
    assert "abc: width 3" in card
    assert f"- 0: 100% of {np.sum(y[:50] == 0)}" in card
    assert serving.as_html("## A\n<b>") == "<b>A</b><br>&lt;b&gt;"


def test_a_run_goes_on_where_it_stopped(tmp_path, keras):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    whole = resume.train(str(one), epochs=3)
    resume.train(str(two), epochs=1)
    resume.train(str(two), epochs=2)
    np.testing.assert_array_equal(resume.train(str(two), epochs=3), whole)


@pytest.mark.parametrize("without", ["optimizer", "epoch", "generator"])
def test_whatever_is_forgotten_changes_the_run(without, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    whole = resume.train(str(one))
    resume.train(str(two), epochs=3)
    assert np.abs(resume.forgetful(str(two), without) - whole).max() > 0.01


def test_keras_backup_goes_on_where_it_was_stopped(tmp_path):
    """In a folder that was left behind; with another seed other rows come, since no generator is in it."""
    calm = resume.fitted(str(tmp_path / "calm"), epochs=3)
    for seed, due in ((15, True), (16, False)):
        folder = tmp_path / str(seed)
        assert resume.fitted(str(folder), stop=(1, 5), epochs=3) is None
        assert (folder / "backup" / "latest.weights.h5").exists()
        again = resume.fitted(str(folder), seed=seed, epochs=3)
        assert np.array_equal(again, calm) is due
        # At the end of a run nothing is left to go on from.
        assert not (folder / "backup").exists()


@pytest.mark.parametrize("seed", range(3))
def test_a_seeded_fit_has_one_order(seed):
    """A pipeline shuffles anew; so would an array in Keras, where nothing is seeded."""
    first, *others = resume.orders_of_fit(seed=seed)
    assert sorted(first) == list(range(16)) != list(first)
    assert others == [first, first]
    assert len(set(resume.orders_of_fit(pipeline=True, seed=seed))) == 3


def test_ports_are_free_and_differ():
    assert len(set(workers.free_ports(3))) == 3


def test_workers_agree():
    """Two processes, bit for bit; and one process on all of each batch, but for the order of sums."""
    first, second = workers.weights_from("workers", batches=5)
    np.testing.assert_array_equal(first, second)
    alone = workers.train(workers.strategy_named("one"), batches=5)
    for weights in (first, *workers.weights_of_workers(batches=5)["mirrored"]):
        np.testing.assert_allclose(weights, alone, atol=1e-4)
    assert np.array_equal(first, workers.weights_from("workers", batches=5)[0])
    assert np.abs(alone - workers.weights_of(workers.build())).max() > 0.01


def test_a_worker_that_fails_ends_all():
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(RuntimeError, match="a worker ended with"):
        workers.weights_from("workers", batches="none", tries=1)
    with pytest.raises(TimeoutError, match="not done after 0 s"):
        workers.weights_from("workers", batches=1, seconds=0, tries=1)
    assert {child.pid for child in psutil.Process().children()} <= before


def test_a_canary_meets_other_digits_again_and_again():
    """The new one's digits are not the same fifth of all."""
    asked = []

    class Server:
        def read(self, x):
            asked.append(int(x[0]))
            return {"request": 0, "model": "", "digits": [0]}

        def truth(self, request, digits):
            return {"verdict": "wait"}

    serving.ask_until_verdict(Server(), np.arange(360), np.zeros(360), most=3000)
    assert len(set(asked[4::5])) > 250


def test_stored_results_are_whole():
    found = study.stored()
    assert set(found) == set(study.STUDIES)
    assert {len(runs) for name in ("readers", "wide") for runs in found[name].values()} == {study.RUNS}
    assert {len(rates) for rates in found["drift"].values()} == {study.RUNS}


def test_it_is_the_shifts_and_not_the_width_that_make_a_reader_sturdy():
    """The control is as wide and takes as many steps, and bears a shift no better than plain ones."""
    found = study.stored()
    kinds = {name: found["readers"][name] for name in ("plain", "sturdy")} | {"wide": found["wide"]["behaviour"]}
    moved = {kind: [run["invariance: one pixel"] for run in runs] for kind, runs in kinds.items()}
    assert max(moved["plain"] + moved["wide"]) < 0.46
    assert min(moved["sturdy"]) > 0.93
    assert 0.96 < np.mean(found["readers"]["sturdy right"]) < np.mean(found["wide"]["right"]) < 0.98


def test_a_stored_reader_can_be_trained_again():
    x, y, _, _, x_test, y_test = digits()
    again = experiments.trained_reader(x, y, seed=0)
    stored = study.stored()["readers"]
    assert experiments.share_right(np.asarray(again(x_test)), y_test) == pytest.approx(stored["float32"][0], abs=0.01)
    found = serving.behaviour(study.promises_of(again), x_test, y_test)
    assert found["invariance: one pixel"] == pytest.approx(stored["plain"][0]["invariance: one pixel"], abs=0.05)

"""The experiments of chapter 13: masked, noised, drawn and judged as they say."""

import json

import numpy as np
import pytest

from course_lib import diffusion
from course_lib.experiments import generation as experiments
from course_lib.experiments import generation_judge as judging
from course_lib.experiments import generation_noise as noisy
from course_lib.experiments import generation_plane as in_plane
from course_lib.experiments import generation_study as study


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def digits():
    return experiments.pictures()[0]


def test_what_is_told_is_ten_numbers():
    told = experiments.marks(np.array([3, experiments.NONE]))
    assert told.tolist() == [[0, 0, 0, 1, 0, 0, 0, 0, 0, 0], [0] * 10]


def test_classes_are_those_asked_for_or_as_often_as_they_come(digits, rng):
    maker = experiments.Maker(*digits)
    assert maker.classes(5, rng, y=[1, 2]).tolist() == [1, 2, 1, 2, 1]
    assert np.bincount(maker.classes(5000, rng), minlength=11)[:10].min() > 350
    assert set(experiments.Maker(digits[0], None).classes(50, rng)) == {experiments.NONE}


@pytest.mark.parametrize("make", [experiments.VAE, experiments.GAN, experiments.Masked, noisy.Diffusion, noisy.Flow])
def test_whatever_makes_pictures_makes_them_from_0_to_1_told_or_not(make, digits):
    x, y = digits
    for labels in (y, None):
        maker = make(x, labels, hidden=16, steps=3)
        some = [maker.make(4, np.random.default_rng(1), y=labels[:4] if labels is not None else None) for _ in range(2)]
        np.testing.assert_array_equal(*some)
        assert some[0].shape == (4, 64)
        assert some[0].dtype == "float32"
        assert some[0].min() >= 0
        assert some[0].max() <= 1


def test_an_autoencoder_learns_to_draw_what_it_has_not_seen(digits):
    net = experiments.Autoencoder(digits[0], 8, hidden=64, steps=300)
    assert net.losses[-20:].mean() < 0.5 * net.losses[:20].mean()
    assert np.mean((net(experiments.pictures()[2][0]) - experiments.pictures()[2][0]) ** 2) < 0.05


def test_the_kl_divergence_of_a_vae_weighs_what_it_is_told_to(digits):
    """Where it counts a thousandfold, all clouds become the standard one."""
    net = experiments.VAE(digits[0], hidden=16, steps=300, weight=1000.0)
    mean, log_variance = net.cloud(digits[0][:50], np.zeros((50, 10), "float32"))
    assert np.abs(mean).max() < 0.3
    assert np.abs(log_variance).max() < 0.5


def test_no_pixel_looks_ahead(digits, rng):
    net = experiments.Masked(*digits, hidden=128, steps=3)
    x, told = digits[0][:2].copy(), experiments.marks(digits[1][:2])
    before = net.logits(x, told).copy()
    x[:, 20] = 1 - x[:, 20]
    changed = (net.logits(x, told) != before).any(axis=(0, 2))
    assert not changed[:21].any()
    assert changed[21:].any()


def test_masked_weights_stay_0(digits):
    net = experiments.Masked(*digits, hidden=64, steps=5)
    for layer in net.net.layers[::2]:
        assert (layer.params["kernel"][layer.mask == 0] == 0).all()
        assert (layer.params["kernel"][layer.mask == 1] != 0).mean() > 0.9


def test_bits_of_a_network_that_knows_nothing(digits):
    net = experiments.Masked(*digits, hidden=16, steps=0)
    for p in net.net.parameters():
        p[...] = 0
    assert net.bits(digits[0][:9]) == pytest.approx(np.log2(17), rel=1e-5)


def test_a_bell_has_the_mean_and_the_spread_of_its_digits(digits, rng):
    x, y = digits
    made = experiments.Bells(x, y).make(4000, rng, y=[3])
    middle = x[y == 3].mean(axis=0)
    # What is cut off at paper and ink moves the means of the outer pixels.
    assert np.abs(made.mean(axis=0) - middle).max() < 0.12
    assert np.abs(made.std(axis=0) - x[y == 3].std(axis=0)).max() < 0.12


def test_a_lesson_is_a_noisy_picture_its_time_and_its_digit(digits, rng):
    x, y = digits
    maker = noisy.Diffusion(x, y, hidden=8, steps=0)
    read, wanted = maker.lesson(2 * x[:5] - 1, rng, y[:5])
    assert read.shape == (5, 64 + 16 + 10)
    np.testing.assert_array_equal(wanted, 2 * x[:5] - 1)
    np.testing.assert_array_equal(read[:, -10:].argmax(axis=1), y[:5])


def test_a_full_run_of_ddim_with_noise_is_hos_own_step(digits, rng):
    """From t = 100 to 99 with eta 1, against ``diffusion.reverse_step``."""
    maker, y = noisy.Diffusion(*digits, hidden=8, steps=0), np.array([4])
    x = experiments.normal(rng, 1, 64)
    stages = maker.run(x, y, np.random.default_rng(3))
    assert [t for t, *_ in stages] == [*range(100, 0, -1), 0]
    noise = maker.noise(x, 100, y)
    z = experiments.normal(np.random.default_rng(3), 1, 64)
    np.testing.assert_allclose(
        stages[1][1], diffusion.reverse_step(x, 100, noise, z, maker.betas), rtol=1e-3, atol=1e-4
    )


def test_guesses_of_noise_and_of_the_picture_are_one(digits, rng):
    """Where the picture is known, both give the noise that was added."""
    x = 2 * digits[0][:3] - 1
    noise, t = experiments.normal(rng, 3, 64), 30
    for guess, said in (("picture", x), ("noise", noise)):
        maker = noisy.Diffusion(*digits, hidden=8, steps=0, guess=guess)
        maker.answer = lambda *_, said=said: said
        now = diffusion.add_noise(x, t, noise, maker.betas)
        np.testing.assert_allclose(maker.noise(now, t, None), noise, atol=1e-4)


def test_guidance_1_is_the_answer_with_the_digit(digits, rng):
    maker, x, y = noisy.Diffusion(*digits, hidden=8, steps=0), experiments.normal(rng, 2, 64), np.array([1, 2])
    plain, none = maker.answer(x, 50, y, 1.0), maker.answer(x, 50, np.full(2, experiments.NONE), 1.0)
    np.testing.assert_allclose(maker.answer(x, 50, y, 2.0), 2 * plain - none, rtol=1e-5, atol=1e-6)


def test_a_memory_says_the_picture_that_is_hardly_noisy_and_the_mean_of_what_is_all_noise(digits, rng):
    x = digits[0]
    memory = noisy.Memory(x)
    np.testing.assert_allclose(memory.guess(2 * x[:2] - 1, 0.999), 2 * x[:2] - 1, atol=1e-3)
    mean = (2 * x - 1).mean(axis=0)
    np.testing.assert_allclose(memory.guess(experiments.normal(rng, 1, 64), 1e-6)[0], mean, atol=0.02)


def test_the_judge_reads_unseen_digits():
    test, y = experiments.pictures()[2]
    assert np.mean(judging.judge().chances(test).argmax(axis=1) == y) >= 0.95
    assert np.mean(judging.judge().features(experiments.pictures()[0][0]) ** 2) == pytest.approx(1, rel=1e-4)


def test_copies_are_found_out(digits):
    found = judging.measure(digits[0], experiments.pictures()[2][0], digits[1])
    assert found["far"] == 0
    assert found["asked"] > 0.99
    assert found["remembered"] > 0.6


def test_what_is_told_apart(rng):
    one, other = rng.standard_normal((2, 200, 5))
    assert 0.4 < judging.told_apart(one, other) < 0.6
    assert judging.told_apart(one, other + 10) == 1


def test_bells_of_the_ring_are_counted():
    centres = in_plane.centres()
    assert in_plane.covered(centres) == (8, 1.0)
    assert in_plane.covered(np.concatenate([centres[:2]] * 4 + [np.zeros((8, 2))])) == (2, 0.5)


def test_a_step_of_one_leaves_the_other_as_it_was():
    gan = in_plane.PlaneGAN(hidden=8)
    for step, moved, still in (
        (gan.step_d, gan.discriminator, gan.generator),
        (gan.step_g, gan.generator, gan.discriminator),
    ):
        before = [[p.copy() for p in net.parameters()] for net in (moved, still)]
        step()
        assert any((p != was).any() for p, was in zip(moved.parameters(), before[0], strict=True))
        assert all((p == was).all() for p, was in zip(still.parameters(), before[1], strict=True))


def test_a_clipped_critic_stays_within_its_limit():
    gan = in_plane.PlaneCritic(limit=0.1, hidden=8).play(5)
    assert max(np.abs(p).max() for p in gan.discriminator.parameters()) <= 0.1


def test_every_part_of_the_study_is_stored():
    stored = study.stored()
    assert set(stored) == set(study.PARTS)
    assert json.loads(json.dumps(stored)) == stored
    for name in study.FAMILIES:
        assert len(stored[name]["fid"]) == len(study.STARTS)


def test_the_best_settings_lie_inside_what_was_tried():
    for name, (kind, _, _) in study.FAMILIES.items():
        if kind is experiments.Bells:
            continue
        found = study.stored()[name]
        tried = found["tried"]
        assert json.loads(min(tried, key=tried.get)) == found["settings"]
        for part, value in found["settings"].items():
            others = {json.loads(key)[part] for key in tried}
            assert min(others) < value < max(others), (name, part)


def test_the_table_has_a_line_for_each_family():
    lines = study.table(study.stored()).splitlines()
    assert len(lines) == 3 + len(study.LABELS)
    assert len({len(line) for line in lines}) == 1


def test_the_floor_is_that_of_many_halvings_and_the_best_family_lies_above_it_beside_each():
    floor = study.stored()["floor"]
    assert len(floor["fid"]) == len(floor["kid"]) == len(floor["masked"]) == 20
    assert all(family > real for family, real in zip(floor["masked"], floor["fid"], strict=True))
    assert max(floor["kid"]) < 0
    assert f"{np.median(floor['fid']):.3f}" in study.table(study.stored()).splitlines()[1]


def test_the_vae_has_its_own_best_rate():
    """With the one it had by chance it lay above the bells."""
    found = study.stored()
    assert set(found["vae"]["settings"]) == {"rate", "latent", "weight"}
    assert np.median(found["vae"]["fid"]) < np.median(found["bells"]["fid"]) - 0.01

"""What chapter 13 has measured once and stored, because a reader should not have to wait for it.

``python -m course_lib.experiments.generation_study`` measures all parts, ``… gan collapse`` these two. Settings are
chosen beside the validation digits, two starts each; twenty other starts are then measured beside the test digits.
"""

import json
import sys
from pathlib import Path

import numpy as np

from course_lib.experiments import generation as experiments
from course_lib.experiments import generation_noise as noisy
from course_lib.experiments import stored_results
from course_lib.experiments.generation_judge import Judge, distance, judge, measure
from course_lib.experiments.generation_plane import PlaneGAN, covered
from course_lib.fidelity import frechet_inception_distance, kernel_inception_distance, nearest
from course_lib.practice import auroc

HERE = Path(__file__).parent
RESULTS = HERE / "generation.json"
STARTS, CHOOSING = range(20), (100, 101)
COUNTS, SCALES = (1, 2, 5, 10, 20, 50), (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
# Of each family: what makes it, whether it is told the digit, and what is tried, in turn, from where.
FAMILIES = {
    "bells": (experiments.Bells, True, {"ridge": 1e-3}),
    "vae": (experiments.VAE, True, {"rate": 0.012, "latent": 8, "weight": 0.25}),
    "gan": (experiments.GAN, True, {"rate": 0.006, "noise": 0.3}),
    "masked": (experiments.Masked, True, {"rate": 0.003}),
    "diffusion": (noisy.Diffusion, True, {"rate": 0.004}),
    "flow": (noisy.Flow, True, {"rate": 0.008}),
    "one bell": (experiments.Bells, False, {"ridge": 1e-3}),
    "untold": (noisy.Diffusion, False, {"rate": 0.004}),
}


def stored():
    """What was measured: {part: what its function below returns}."""
    return stored_results.read(RESULTS)


def trained(name, settings, seed):
    """A family's maker, from the training digits. The bells have nothing that begins at random."""
    kind, told, _ = FAMILIES[name]
    if kind is not experiments.Bells:
        settings = settings | {"seed": seed}
    x, y = experiments.pictures()[0]
    return kind(x, y if told else None, **settings)


def made(maker, seed, **how):
    """As many pictures as there are training digits, the same digits asked for."""
    x, y = experiments.pictures()[0]
    return maker.make(len(x), np.random.default_rng(1000 + seed), y=y if maker.y[0] < 10 else None, **how)


def judged(maker, seed, real, by=None, **how):
    y = experiments.pictures()[0][1]
    return measure(made(maker, seed, **how), real, y if maker.y[0] < 10 else None, by)


def chosen(name):
    """(settings, what was tried): each number is doubled and halved until the least FID lies between two larger."""
    (val, _), tried = experiments.pictures()[1], {}

    def fid(settings):
        key = json.dumps(settings)
        if key not in tried:
            tried[key] = float(np.mean([distance(made(trained(name, settings, s), s), val) for s in CHOOSING]))
        return tried[key]

    settings = dict(FAMILIES[name][2])
    for part in settings:
        while True:
            near = [settings | {part: type(settings[part])(settings[part] * f)} for f in (0.5, 1, 2)]
            best = min(near, key=fid)
            if best == settings:
                break
            settings = best
    return settings, tried


def family(name):
    """A family at its best settings, from twenty starts: all measures, also by another judge; of diffusion, more."""
    settings, tried = chosen(name)
    test, other = experiments.pictures()[2][0], Judge(*experiments.pictures()[0], seed=1)
    runs, more = [], {}
    for seed in STARTS:
        maker = trained(name, settings, seed)
        runs.append(judged(maker, seed, test) | {"other": judged(maker, seed, test, other)["fid"]})
        for key, how in ways(name).items():
            more.setdefault(key, []).append(round(distance(made(maker, seed, **how), test), 4))
    columns = {key: [run[key] for run in runs] for key in runs[0]}
    return {"settings": settings, "tried": tried, **columns, "ways": more}


def ways(name):
    """Other ways to draw from a family: with fewer steps, and, in twenty, with guidance."""
    if name == "flow":
        return {f"flow {count}": {"count": count} for count in COUNTS}
    if name != "diffusion":
        return {}
    kinds = {"ddpm": 1.0, "ddim": 0.0}
    steps = {f"{way} {count}": {"count": count, "eta": eta} for way, eta in kinds.items() for count in COUNTS}
    return steps | {f"scale {scale}": {"scale": scale, "count": 20, "eta": 0.0} for scale in SCALES}


def real():
    """Real digits measured as if they had been made: the training digits, which is copying, and the validation ones."""
    (x, y), (val, val_y), (test, _) = experiments.pictures()
    other = Judge(x, y, seed=1)
    return {
        "copies": measure(x, test, y) | {"other": measure(x, test, y, other)["fid"]},
        "unseen": measure(val, test, val_y) | {"other": measure(val, test, val_y, other)["fid"]},
        "memory": [judged(noisy.Remembering(x), seed, test) for seed in range(3)],
    }


def floor(halvings=20):
    """What real digits get beside real ones, again and again, and what the best family gets beside the same half.

    The 720 digits that no family learnt from, halved at random, each half with as many of each digit.
    """
    (_, (val, val_y), (test, test_y)), by = experiments.pictures(), judge().features
    unseen, y, rng = by(np.concatenate([val, test])), np.concatenate([val_y, test_y]), np.random.default_rng(0)
    masked = by(made(trained("masked", stored()["masked"]["settings"], 0), 0))
    found = {"fid": [], "kid": [], "masked": []}
    for _ in range(halvings):
        order = np.concatenate([rng.permutation(np.flatnonzero(y == digit)) for digit in range(10)])
        one, other = unseen[order[::2]], unseen[order[1::2]]
        found["fid"].append(round(float(frechet_inception_distance(one, other)), 4))
        found["kid"].append(round(float(kernel_inception_distance(one, other)), 4))
        found["masked"].append(round(float(frechet_inception_distance(masked, other)), 4))
    return found


PLANE = {
    "as fast as D": {},
    "8 times as fast": {"rates": (0.002, 0.016)},
    "both 8 times": {"rates": (0.016, 0.016)},
    "as fast, blurred": {"noise": 0.3},
    "8 times, blurred": {"rates": (0.002, 0.016), "noise": 0.3},
}


def collapse(steps=1500):
    """How many of eight bells a GAN in the plane makes, and how much lies in one, from twenty starts of each kind."""
    found = {}
    for name, settings in PLANE.items():
        gans = [PlaneGAN(seed=seed, **settings).play(steps) for seed in STARTS]
        found[name] = [covered(gan.make(2000, np.random.default_rng(0))) for gan in gans]
    return found


def remembered_picture(seen, noise):
    """The mean of all training digits, each by how likely it became what is seen."""
    left = 1 / (1 + (2 * noise) ** 2)
    guess = noisy.Memory(experiments.pictures()[0][0]).guess(np.sqrt(left) * (2 * seen - 1), left)
    return (guess + 1) / 2


def denoising_errors(model, memory, x, t):
    """(the network's, the memory's) mean squared error in seeing pictures behind t steps of noise, no digit told."""
    left, pictures = model.left[t], 2 * x - 1
    seen = np.sqrt(left) * pictures + np.sqrt(1 - left) * experiments.normal(np.random.default_rng(2), *x.shape)
    nothing = np.full(len(x), experiments.NONE)
    guesses = model.answer(seen, t, nothing, 1.0), memory.guess(seen, left)
    return tuple(float(np.mean((guess - pictures) ** 2)) for guess in guesses)


def odd():
    """AUROC of finding the digits of a class that nobody has seen: by an autoencoder's error, and by distance."""
    (x, y), _, (test, test_y) = experiments.pictures()
    found = {"autoencoder": [], "nearest": []}
    for digit in range(10):
        known, strange = x[y != digit], (test_y == digit).astype(int)
        net = experiments.Autoencoder(known, 8, steps=1000, seed=digit)
        found["autoencoder"].append(auroc(strange, np.mean((net(test) - test) ** 2, axis=1)))
        found["nearest"].append(auroc(strange, nearest(test, known)[0]))
    return found


def weights():
    """The diffusion that the widget shows where none is given: one start at the settings found."""
    model = trained("diffusion", stored()["diffusion"]["settings"], 0)
    np.savez_compressed(noisy.WEIGHTS, *[p.astype("float16") for p in model.net.parameters()])
    return {"parameters": sum(p.size for p in model.net.parameters())}


PARTS = {name: lambda name=name: family(name) for name in FAMILIES} | {
    "real": real,
    "floor": floor,
    "collapse": collapse,
    "odd": odd,
    "weights": weights,
}


LABELS = {
    "bells": "ten bells",
    "vae": "VAE",
    "gan": "GAN",
    "masked": "pixel by pixel",
    "diffusion": "diffusion",
    "flow": "flow matching",
}
COLUMNS = {"fid": "FID", "kid": "KID", "asked": "as asked", "sure": "sure", "told": "told apart", "far": "to nearest"}


def table(measured):
    """All families in lines of text: the median of twenty starts; real digits measured alike stand above them.

    FID and KID of unseen digits are the median of twenty halvings: one pair of crowds says little.
    """
    halved = {key: np.median(measured["floor"][key]) for key in ("fid", "kid")}
    rows = {"unseen digits": measured["real"]["unseen"] | halved, "copies": measured["real"]["copies"]}
    rows |= {label: {key: np.median(measured[name][key]) for key in COLUMNS} for name, label in LABELS.items()}
    lines = [" " * 16 + "".join(f"{head:>12}" for head in COLUMNS.values())]
    lines += [f"{name:16}" + "".join(f"{row[key]:12.3f}" for key in COLUMNS) for name, row in rows.items()]
    return "\n".join(lines)


def main(names):
    stored_results.measure(PARTS, names, RESULTS)


if __name__ == "__main__":
    main(sys.argv[1:])

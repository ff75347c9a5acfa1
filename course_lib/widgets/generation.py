"""The widgets of chapter 13: a plane of codes to walk in, noise to be taken away, and a GAN stepped by hand."""

import html
import re
from functools import cache

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.arrows import arrow, digit, field, key
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import BLUE, GREEN, INK, LINE_COLOURS, ORANGE, PURPLE, VERMILION
from course_lib.drawing.pixels import image, mixed
from course_lib.experiments.generation import NONE, PIXELS, VAE, normal, pictures
from course_lib.experiments.generation_noise import STEPS, stored_diffusion, to_pictures
from course_lib.experiments.generation_plane import PlaneGAN, ring, seen_real
from course_lib.fidelity import nearest
from course_lib.widgets.live import ARROWS, LiveDemo, check_box, choice, play, push_button, slider, stops


@cache
def _small_vae():
    """For whoever brings none: the plane of the chapter, after a shorter training."""
    return VAE(pictures()[0][0], steps=1200)


class Latent(LiveDemo):
    """The plane of codes: drag the point, see what the decoder makes of it, and the nearest training digit.

    model: anything with ``encode``, (n, 64) to (n, 2), and ``decode``, (n, 2) to (n, 64); a VAE where none is given
    x, y: the digits whose codes are shown, and their classes
    """

    name = "latent"
    reach = 3.0

    def __init__(self, model=None, x=None, y=None, z1=0.6, z2=-0.8, digits=False):
        self.model = model or _small_vae()
        self.x, self.y = pictures()[0] if x is None else (np.reshape(x, (-1, PIXELS)), np.asarray(y))
        self.codes = np.asarray(self.model.encode(self.x), float)
        # A plane without a prior may be of any size.
        self.reach = float(np.ceil(max(self.reach, np.quantile(np.abs(self.codes), 0.98))))
        across = np.linspace(-self.reach, self.reach, 25)[1::2]
        places = np.stack(np.meshgrid(across, -across), axis=-1)
        drawn = np.clip(self.model.decode(places.reshape(-1, 2)), 0, 1).reshape(12, 12, 8, 8)
        self.sheet = drawn.transpose(0, 2, 1, 3).reshape(96, 96)
        ends = -self.reach, self.reach, self.reach / 60
        controls = [
            slider("z1", "z₁", *ends),
            slider("z2", "z₂", *ends),
            check_box("digits", "draw the plane's digits"),
        ]
        super().__init__(controls, drags=True, z1=z1, z2=z2, digits=digits)

    def chart(self):
        size = 250 if self.narrow else 380
        return Chart(44, 32, size, size, (-self.reach, self.reach), (-self.reach, self.reach))

    def drag(self, x, y):
        z1, z2 = self.chart().data(x, y)
        self.set(z1=round(float(z1), 3), z2=round(float(z2), 3))

    grab = drag

    def press(self, what):
        if what in ARROWS:
            z = self.place() + np.multiply(ARROWS[what], self.reach / 30)
            z = np.clip(z, -self.reach, self.reach)
            self.set(z1=round(float(z[0]), 3), z2=round(float(z[1]), 3))

    def place(self):
        return np.array([self.number("z1"), self.number("z2")])

    def found(self):
        """(what is decoded, the number of the training digit nearest to it, how far that is)"""
        made = np.clip(np.asarray(self.model.decode(self.place()[None]), float), 0, 1)
        distances, rows = nearest(made, self.x)
        return made[0], int(rows[0]), float(distances[0])

    def draw(self):
        made, row, far = self.found()
        chart, z = self.chart(), self.place()
        parts = [
            self._paper(chart),
            chart.frame(
                "the plane of codes", "z₁", (-self.reach, 0, self.reach), (-self.reach, 0, self.reach), grid=False
            ),
        ]
        parts.append(svg.text(chart.left - 14, chart.top + chart.height / 4, "z₂", 12))
        parts.append(svg.circle(*chart.at(*z), 9, "none", INK, 3))
        parts.append(svg.circle(*chart.at(*z), 9, "none", VERMILION, 1.8))
        if self.narrow:
            parts += [
                digit(made, 44, 342, 130, "decoded"),
                digit(self.x[row], 214, 342, 130, f"nearest training digit: {self.y[row]}"),
            ]
            size = 400, 500
        else:
            parts += [
                digit(made, 490, 32, 220, "decoded"),
                digit(self.x[row], 540, 290, 120, f"nearest training digit: a {self.y[row]}"),
            ]
            size = 760, 456
        told = _walked(self, row, far)
        return svg.drawing(*size, *parts), html.escape(told), told

    def _paper(self, chart):
        if self.state["digits"]:
            return image(self.sheet * 0.75, chart.left, chart.top, chart.width, chart.height)
        some = np.flatnonzero((np.abs(self.codes) < self.reach).all(axis=1))[:600]
        return "".join(
            svg.text(*chart.at(*self.codes[i]), str(self.y[i]), 10, LINE_COLOURS[int(self.y[i]) % 6]) for i in some
        )


def _walked(demo, row, far):
    """What is said of a place in the plane, whose picture is nearest to a row of the digits."""
    z = demo.place()
    near = np.argsort(np.hypot(*(demo.codes - z).T))[:20]
    counts = np.bincount(demo.y[near].astype(int))
    most = int(counts.argmax())
    return (
        f"z = {svg.listed(z, 2)}. Of the {len(near)} training digits whose codes are nearest, "
        f"{counts[most]} belong to the class {most}. "
        f"The nearest training digit to what is decoded is a {demo.y[row]}, {far:.2f} away."
    )


class Denoise(LiveDemo):
    """Two runs of a diffusion from the same noise, told two digits: scrub from noise to picture, side by side.

    model: a ``Diffusion``; the chapter's, whose weights are stored, where none is given
    """

    name = "denoise"
    told = (*((str(d), d) for d in range(10)), ("none", NONE))

    def __init__(self, model=None, step=60, left=3, right=8, scale=1.0, way="DDIM", noise=1):
        self.model = model or stored_diffusion()
        controls = [
            slider("step", "steps done", 0, STEPS),
            choice("left", "left: told", list(self.told)),
            choice("right", "right: told", list(self.told)),
            stops("scale", "guidance", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0]),
            choice("way", "way", ["DDIM", "DDPM"]),
            slider("noise", "noise number", 1, 20),
            play("on", "step"),
        ]
        self._known = {}
        super().__init__(controls, step=step, left=left, right=right, scale=scale, way=way, noise=noise)

    def press(self, what):
        if what == "on":
            self.set(step=min(self.number("step") + 2, STEPS))

    def stages(self, side):
        """All stages of one run, by the number of steps done: [(t, x_t, the picture seen in it)]"""
        y, scale, way, noise = int(self.state[side]), self.number("scale"), self.state["way"], self.number("noise")
        if (y, scale, way, noise) not in self._known:
            rng = np.random.default_rng(noise)
            start = normal(rng, 1, PIXELS)
            self._known[y, scale, way, noise] = self.model.run(
                start, np.array([y]), rng, STEPS, float(way == "DDPM"), scale
            )
            self._known = dict(list(self._known.items())[-40:])
        return self._known[y, scale, way, noise]

    def draw(self):
        step = self.number("step")
        self.finished = step >= STEPS
        parts, said = [], []
        for place, side in enumerate(("left", "right")):
            t, x, seen = self.stages(side)[step]
            told = "no digit" if int(self.state[side]) == NONE else f"“{self.state[side]}”"
            _, rows = nearest(to_pictures(seen), pictures()[0][0])
            others = pictures()[0][0][rows[0]]
            parts.append(self._run(place, f"told {told}", to_pictures(x), to_pictures(seen), others))
            said.append((told, t, pictures()[0][1][rows[0]]))
        size = (400, 456) if self.narrow else (760, 244)
        words = self._sentence(said)
        return svg.drawing(*size, *parts), html.escape(words), words

    def _run(self, place, name, x, seen, others):
        """One of the two runs: what is there, what is seen in it, and what that is like."""
        left, top = (8, 34 + 224 * place) if self.narrow else (12 + 380 * place, 40)
        big, small = (132, 94) if self.narrow else (148, 92)
        colour = (BLUE, PURPLE)[place]
        parts = [
            svg.text(left, top - 16, name, 15, colour, "start", bold=True),
            digit(x, left, top, big, "now", colour),
            digit(seen, left + big + 12, top, small, "seen in it"),
            digit(others, left + big + small + 24, top, small, "nearest"),
        ]
        return "".join(parts)

    def _sentence(self, said):
        t = said[0][1]
        left = self.model.left[t]
        told = f"After {STEPS - t} of {STEPS} steps t = {t}: {left:.0%} of the variance is the picture's. "
        likes = [f"told {name}, what the network sees is nearest to a training {digit}" for name, _, digit in said]
        return told + f"On the left, {likes[0]}; on the right, {likes[1]}."


class GanGame(LiveDemo):
    """A GAN in the plane: D's opinion as colours, its push on each made point as an arrow; a step of D, a step of G.

    real: draws real points, (n, rng) to (n, 2); or points to draw from, (m, 2), between -1.5 and 1.5
    """

    name = "gan_game"
    kinds = (("1", 1.0), ("4 times D's", 4.0))

    def __init__(self, real=None, moves="", at_once=10, faster=1.0, blur=0.0, seed=0):
        self.real = ring if real is None else real if callable(real) else _drawer(np.asarray(real, float))
        controls = [
            push_button("D", "step D"),
            push_button("G", "step G"),
            play("B", "both"),
            push_button("new", "begin again"),
            stops("at_once", "steps at once", [1, 10, 50]),
            stops("faster", "G's rate ÷ D's", [0.25, 1.0, 4.0, 8.0]),
            stops("blur", "blur", [0.0, 0.1, 0.3]),
            slider("seed", "start", 0, 19),
        ]
        self._begun, self._played = None, ""
        start = {"at_once": at_once, "faster": faster, "blur": blur, "seed": seed}
        super().__init__(controls, moves=moves or "B10" * 20, **start)

    def press(self, what):
        if what == "new":
            self.set(moves="-")
        elif what in ("D", "G", "B"):
            # A thousand moves must do: with every new setting all of them are played again.
            self.finished = len(str(self.state["moves"])) > 4000
            if not self.finished:
                self.set(moves=f"{self.state['moves']}{what}{self.number('at_once')}")

    def gan(self):
        """The GAN after all moves: those that are new are played, or all of them where a setting has changed."""
        begun = self.number("faster"), self.number("blur"), self.number("seed")
        moves = str(self.state["moves"])
        if begun != self._begun or not moves.startswith(self._played):
            rates = 0.002, 0.002 * begun[0]
            self._gan, self._begun, self._played = PlaneGAN(self.real, 32, 2, rates, begun[1], seed=begun[2]), begun, ""
            self._counts = {"D": 0, "G": 0}
        for kind, count in re.findall(r"([DGB])(\d{1,3})", moves[len(self._played) :]):
            for _ in range(int(count)):
                self._step(kind)
        self._played = moves
        return self._gan

    def _step(self, kind):
        for one, step in (("D", self._gan.step_d), ("G", self._gan.step_g)):
            if kind in (one, "B"):
                step()
                self._counts[one] += 1

    def draw(self):
        gan = self.gan()
        chart = Chart(*((40, 36, 340, 340) if self.narrow else (60, 36, 400, 400)), (-1.7, 1.7), (-1.7, 1.7))
        points = gan.generator.forward(np.random.default_rng(1).standard_normal((150, 2)))
        real = self.real(150, np.random.default_rng(2))
        logits = gan.discriminator.forward(points)
        push = -gan.discriminator.backward(np.ones(logits.shape) * -1 / (1 + np.exp(logits)))
        parts = [self._field(gan, chart), chart.frame("", "", (-1, 0, 1), (-1, 0, 1), grid=False)]
        parts += [svg.circle(*chart.at(*p), 2.6, GREEN, "#fff", 0.4) for p in real]
        parts += [arrow(chart, p, p + 0.5 * d) for p, d in zip(points, push, strict=True) if np.abs(p).max() < 1.7]
        parts += [svg.circle(*chart.at(*p), 3.2, VERMILION, "#fff", 0.6) for p in points if np.abs(p).max() < 1.7]
        size, corner = ((400, 540), (20, 418)) if self.narrow else ((760, 466), (496, 60))
        parts.append(key(*corner))
        told = self._sentence(gan, points, real)
        return svg.drawing(*size, *parts), html.escape(told), told

    def _field(self, gan, chart):
        across = np.linspace(-1.7, 1.7, 97)[1::2]
        places = np.stack(np.meshgrid(across, -across), axis=-1).reshape(-1, 2)
        seen = seen_real(gan, places).reshape(48, 48)
        return image(mixed(field(seen), ORANGE, BLUE), chart.left, chart.top, chart.width, chart.height)

    def _sentence(self, gan, points, real):
        sure = [float(np.mean(seen_real(gan, some))) for some in (real, points)]
        lost = int(np.sum(np.abs(points).max(axis=1) >= 1.7))
        told = (
            f"D has made {self._counts['D']} steps, G {self._counts['G']}. On average D takes the real points for real "
        )
        told += f"with {sure[0]:.2f}, the made ones with {sure[1]:.2f}."
        return told + (f" {lost} of the 150 made points lie outside of the picture." if lost else "")


def _drawer(points):
    return lambda n, rng: points[rng.integers(0, len(points), n)]

"""Each chapter's exercises, graded: as they are solved, as they are released, and with all that their words suggest.

From chapter 04 on, what the words tell a learner to do is done, to the letter: to each solution comes what its prose
suggests besides: a hint asked for, a gradient checked, a broken function changed and run again, an example of a
docstring tried. None of it may cost a point, or a note.
"""

import contextlib
import json

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import assignment, batch, judge
from tests.grading.submitted import needs_bubblewrap, notebook

GRADIENTS_CHECKED = """
rng = np.random.default_rng(1)
x, t = rng.normal(size=(5, 3)), np.eye(3)[[0, 1, 2, 0, 1]]
some = [rng.normal(size=shape) for shape in [(3, 4), 4, (4, 4), 4, (4, 3), 3]]
def loss():
    h1 = np.tanh(x @ some[0] + some[1])
    z = (h1 + np.tanh(h1 @ some[2] + some[3])) @ some[4] + some[5]
    return -(t * log_softmax(z)).sum(axis=1).mean()
nudged = [numeric_gradient(loss, p) for p in some]
_, moved = train_shortcut(x, t, some, 1.0, 1)
assert all(np.allclose(p - m, g, atol=1e-6) for p, m, g in zip(some, moved, nudged))
assert np.allclose(np.log(softmax(x)), log_softmax(x))
"""
# {chapter: {a cell that the prose suggests: after the cell that begins so}}
SUGGESTED = {
    "04-backpropagation": {
        "check.softsign_backward.hint()": "check.softsign_backward",
        GRADIENTS_CHECKED: "check.train_shortcut",
        "assert softsign_backward(np.array([0.0, 1.0]), np.array([5.0, 8.0])).tolist() == [5.0, 2.0]": "check.softsign",
        "def walk_c(inputs):\n    return [0.0]\nprint(walk_a(twice), walk_c(joined))": "check.broken_walks",
    },
    "05-optimizers": {
        "check.corrected_mean.hint()": "check.corrected_mean",
        "def adam_b(slopes):\n    return -0.1 * len(slopes)\nprint(adam_a([4.0]), adam_b([4.0]))": "for name, adam",
        "assert np.allclose(softmax(np.zeros((2, 4))), 0.25)": "check.train_softmax",
    },
    "06-normalization": {
        "check.scale_by.hint()": "check.scale_by",
        "def norm_b(x, epsilon=1e-3):\n    return x\nprint(norm_a(batches, x).std())": "rng = np.random",
        "assert leaky_he((50, 10), 0.0) == 0.2": "check.leaky_he",
    },
    "07-convolution": {
        "check.around.hint()": "check.around",
        "def convolve_c(x, kernel, stride):\n    return x\nprint(convolve_a(ones, ones[:3]))": "ones = np.ones(5)",
        "assert field_and_step([(3, 2, 1), (3, 1, 1)]) == (7, 2)": "check.field_and_step",
    },
    "08-recurrence": {
        "check.bits_of_text.hint()": "check.bits_of_text",
        "said = np.array([[0.5, 0.5], [0.75, 0.25], [0.9, 0.1]])\n"
        "assert bits_of_text(said, np.array([0, 1, 1])) == 1.5": "check.bits_of_text",
        "none, x = np.zeros((1, 1)), np.zeros((2, 3, 1))\n"
        "assert leaky(x, np.array([2, 1]), none, none, np.array([100.0]), 0.5).tolist() == [[0.75], [0.5]]": (
            "check.leaky"
        ),
        "def gru_b(xz, hz, xr, hr, xg, hg, h):\n    z = sigmoid(xz + hz)\n    return z * h + (1 - z) * np.tanh(xg)\n"
        "print(gru_b(-50.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.3), lstm_a(1.0, 1.0, 1.0, 1.0, 1.0))": "memory = lstm_a",
        "dw, du = through_time(np.array([1.0, 1.0]), np.array([[0.0], [-1.0]]), np.array([0.0]), np.array([2.0]))\n"
        "assert (dw.tolist(), du.tolist()) == ([3.0], [0.0])": "check.through_time",
        "assert keras.layers.GRU(12)(np.zeros((2, 32, 5))).shape == (2, 12)": "check.came_last",
    },
    "09-attention": {
        "check.prefix_mask.hint()": "check.prefix_mask",
        "y, w = additive_attention(np.zeros((1, 1)), np.ones((2, 1)), np.array([[2.0], [4.0]]), *np.ones((2, 1, 1)), "
        "np.ones(1))\nassert (y.tolist(), w.tolist()) == ([[3.0]], [[0.5, 0.5]])": "check.additive_attention",
        "assert rotate_halves(np.array([[1.0, 0.0]]), np.array([1]), 100.0).round(4).tolist() == [[0.5403, 0.8415]]": (
            "check.rotate_halves"
        ),
        "def causal_c(scores):\n    return scores\nprint(attend_a(q, k, v).shape, split_b(x, 2).shape)": (
            "rng = np.random"
        ),
        "assert np.allclose(keras.layers.Softmax(axis=1)(np.zeros((1, 8, 1))), 1 / 8)": "check.loudest",
    },
    "10-transformers": {
        "check.min_p.hint()": "check.min_p",
        "assert learn_pairs(['the', 'then', 'the'], 2) == [('h', 'e'), ('t', 'he')]": "check.learn_pairs",
        "def kept_b(chances, p):\n    return np.argsort(-chances)\nprint(chances_a(logits, 2.0))": "logits = np.array",
        "assert small_gpt(np.array([1]), np.eye(2), np.zeros((4, 2))).round(2).tolist() == [[-1.0, 1.0]]": (
            "check.small_gpt"
        ),
        "assert keras.ops.cumsum(np.ones((1, 3)), axis=1)[0, 2] - 1 == 2": "check.look_back",
    },
    "11-overfitting": {
        "check.shrink.hint()": "check.shrink",
        "assert drop_connections(np.array([[1.0, 2.0]]), np.array([[1.0], [10.0]]), np.array([0.5]), "
        "np.array([[[0.7], [0.2]]]), 0.5, True).tolist() == [[2.5]]": "check.drop_connections",
        "assert np.unique([3, 3, 1], return_counts=True)[1].tolist() == [1, 2]": "check.grouped_folds",
        "def score_c(town, y):\n    return np.mean(y)\nprint(score_c(np.arange(3), np.ones(3)))": "rng = np.random",
        "rng = np.random.default_rng(0)\nx = rng.normal(size=(1600, 30))\n"
        "y = (x[:, 3] ** 2 + x[:, 8] ** 2 > 1.4).astype(int)\n"
        "assert keras.regularizers.L1(0.01) and np.isclose(y.mean(), 0.5, atol=0.1)": "check.not_by_heart",
    },
    "12-practice": {
        "check.gain.hint()": "check.gain",
        "best, cost = cheapest(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.6, 0.9]), 5, 1)\n"
        "assert (float(best), int(cost)) == (0.4, 1)": "check.cheapest",
        "assert on_the_edge({'rate': [0.1, 1, 0.3]}, np.array([[0.5, 0.6], [0.8, 0.6], [0.7, 0.9]])) == []": (
            "check.on_the_edge"
        ),
        "assert doubted(np.array([[2.0, 0.0], [0.0, 3.0]]), np.array([0, 0]), 1).tolist() == [[1, 1]]": "check.doubted",
        "assert [len(part) for part in np.array_split(np.arange(3), 2)] == [2, 1]": "check.even_bins_error",
        "assert [doctor(evidence(fault, seed=4)) for fault in ('dead ReLUs', 'rate too low')] == "
        "['dead ReLUs', 'rate too low']": "check.doctor",
    },
    "13-generation": {
        "check.free_bits.hint()": "check.free_bits",
        "assert bits_of_pictures(np.array([[0, 1], [1, 1]]), np.zeros((2, 2)), np.zeros(2)).tolist() == [2.0, 2.0]": (
            "check.bits_of_pictures"
        ),
        "def code_a(mean, log_variance, noise):\n    return mean\nprint(step_b(real, made, w, 1.0))": "noise = np",
        "assert play(np.array([2.0]), np.zeros(1), np.zeros(1), 1.0, 0.0, 1).tolist() == [[0.0], [0.5]]": "check.play",
        "assert keras.layers.GaussianNoise(0.5)(np.zeros((1, 64))).shape == (1, 64)": "check.clean_up",
        "assert draw(np.eye(2), np.array([0, 1]), 1, np.zeros((1, 2)), np.array([1, 0.5]), 1.0).tolist() == [[0, 1]]": (
            "check.draw"
        ),
    },
    "14-transfer": {
        "check.effective_rank.hint()": "check.effective_rank",
        "assert effective_rank(np.full((3, 2), 5.0)) == 0": "check.effective_rank",
        "shares = retrieval_scores(np.array([[0.9, 0.1], [0.2, 0.3]]), np.array([0, -1]), 1, 0.5)\n"
        "assert [float(share) for share in shares] == [1, 1, 1]": "check.retrieval_scores",
        "levels = np.array([-1.0, 0.0, 0.25, 1.0])\nq, scale = quantized(np.array([[0.0, 4.0], [0.0, -3.0]]), levels)\n"
        "assert (levels[q] * scale).tolist() == [[0.0, 4.0], [0.0, -4.0]]": "check.quantized",
        "assert np.allclose(low_rank(np.ones((2, 3)), np.zeros((2, 3)), 2), 0)": "check.low_rank",
        "def loss_a(student, teacher, t):\n    return 0.0\nprint(loss_a(z, z, 2.0), loss_b(z, z, 1.0))": "z = np.array",
        "assert keras.layers.Dense(768, activation='relu')(np.zeros((1, 121))).shape == (1, 768)": "check.fine_tuned",
        "said = np.array(librarian(passages, questions))\nwanted = np.r_[np.arange(200), np.full(100, -1)]\n"
        "assert np.mean(said[:200] == wanted[:200]) > 0.7 and np.mean(said[200:] == -1) > 0.7": "check.librarian",
    },
    "15-production": {
        "check.percentile.hint()": "check.percentile",
        "assert float(percentile(np.array([0.3, 0.1, 0.2, 0.9]), 95)) == 0.9": "check.percentile",
        "a = model_key({'rate': 0.1, 'seed': 3}, np.zeros((2, 3)), 'x + 1')\n"
        "assert a == model_key({'seed': 3, 'rate': 0.1}, np.zeros((2, 3)), 'x + 1')\n"
        "assert json.loads('3') == 3 and len(hashlib.sha256(b'').hexdigest()) == 64": "check.model_key",
        "assert round(float(population_stability(np.array([10, 10]), np.array([20, 0]))), 4) == 1.7684": (
            "check.population_stability"
        ),
        "def train_e(stop, saved=None):\n    return np.zeros(2), saved\n"
        "assert train_a(12)[1]['step'] == 10 and moved(np.zeros(2), np.zeros(2), 0, rng)[0].shape == (2,)": (
            "for name, train"
        ),
        "assert served(np.arange(20), 8, 10, 1)[0] == 11": "check.served",
        "assert layers.Dense(10)(np.zeros((1, 64))).shape == (1, 10)": "check.ships",
        "assert canary(10, 9, 100, 19) == 'wait'": "check.canary",
    },
    "16-history": {
        "check.doubling_time.hint()": "check.doubling_time",
        "w, b = adaline(np.zeros(2), 0.0, np.array([[1.0, 1.0]]), np.array([1.0]), 0.75)\n"
        "assert (w.tolist(), b) == ([0.25, 0.25], 0.25)": "check.adaline",
        "state, energies = settle(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1, -1]), np.array([0, 1]))\n"
        "assert (state.tolist(), energies) == ([-1, -1], [1.0, -1.0])": "check.settle",
        "def store_a(patterns):\n    return patterns.T @ patterns / len(patterns[0])\nprint(store_a(two) @ two[0])": (
            "two = np.array"
        ),
        "assert np.linalg.pinv(np.array([[1, 1, -1, -1]])).shape == (4, 1)": "check.projection",
        "assert lenet_1989(12, 30).count_params() == 10_024": "check.lenet_1989",
        "assert np.pad(np.zeros((1, 16, 16, 1)), [(0, 0), (2, 2), (2, 2), (0, 0)]).size == 400": "check.moved_mail",
        "assert share_recalled(memory(practice), practice) >= 0.45": "check.memory",
    },
}


def solved(slug):
    """The solution, with what its words suggest; what only shows what a solution can do is not the learner's."""
    all_cells = json.loads((ROOT / f"solutions/{slug}.ipynb").read_bytes())["cells"]
    own = [
        cell for cell in all_cells if cell["cell_type"] == "code" and "solution" not in cell["metadata"].get("tags", [])
    ]
    found = ["".join(cell["source"]) for cell in own]
    for suggested, after in SUGGESTED.get(slug, {}).items():
        place = next(k for k, source in enumerate(found) if source.startswith(after))
        found.insert(place + 1, suggested)
    return notebook(found)


@pytest.fixture(scope="module")
def chapter(request):
    """A chapter's slug, and its judge, which is started once for all its notebooks."""
    workplace = batch.Workplace(request.param, judge.Settings(timeout=300, seed=7), require_sandbox=True)
    with contextlib.closing(workplace):
        yield request.param, workplace


def without_points(result):
    return [(check["name"], check["message"]) for check in result["checks"] if not check["passed"]]


@needs_bubblewrap
@pytest.mark.parametrize("chapter", assignment.slugs(), indirect=True)
def test_who_does_all_that_the_words_say_gets_all_points(chapter):
    slug, place = chapter
    result = place.judge(solved(slug))
    assert without_points(result) == []
    assert result["score"] == result["max_score"] == sum(check["points"] for check in result["checks"]) > 0
    assert result["error"] is None
    assert result["notes"] == []


@needs_bubblewrap
@pytest.mark.parametrize("chapter", assignment.slugs(), indirect=True)
def test_what_is_released_gets_no_point(chapter):
    slug, place = chapter
    result = place.judge((ROOT / f"exercises/{slug}.ipynb").read_bytes())
    assert result["score"] == 0
    assert {check["message"] for check in result["checks"]} == {"Not written yet."}
    assert result["notes"] == []


def test_each_chapter_from_04_on_has_its_words_followed():
    assert sorted(SUGGESTED) == [slug for slug in assignment.slugs() if slug >= "04"]

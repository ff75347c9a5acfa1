"""The widgets of chapter 10: every sentence and mark against the mathematics."""

import re
from itertools import pairwise

import numpy as np
import pytest

from course_lib.activations import softmax
from course_lib.data import topics
from course_lib.drawing import svg, token_walk
from course_lib.experiments.transformers import Writer, sorter
from course_lib.tokens import BytePairTokenizer
from course_lib.transformers import GPT
from course_lib.widgets import transformers as widgets


def ends(demo):
    """Each slider to its ends, one after the other; the demo as it is then."""
    for spec in demo.controls:
        if spec["kind"] == "slide":
            for value in (spec["min"], spec["max"]):
                demo.set(**{spec["name"]: value})
                yield demo


@pytest.mark.parametrize("kind", [widgets.Tokenizer, widgets.Sampling, widgets.TransformerWalk])
def test_every_slider_to_its_ends_and_every_text(kind):
    demo = kind()
    for moved in ends(demo):
        assert moved.error == ""
        assert moved.drawing.startswith("<svg")
    for text in ("", " ", "\n", "🐍", "<b>&", "A" * 500, "CAB"):
        demo.set(text=text)
        assert demo.error == "", text
        assert "nan" not in demo.describe()
        assert "<b>" not in demo.words


@pytest.mark.parametrize("kind", [widgets.Tokenizer, widgets.Sampling, widgets.TransformerWalk])
def test_a_text_goes_out_and_in_again(kind):
    one, other = kind(), kind()
    one.set(text="CABABC")
    other.state = dict(one.state)
    assert other.drawing == one.drawing


@pytest.mark.parametrize("kind", [widgets.Tokenizer, widgets.Sampling, widgets.TransformerWalk])
def test_a_narrow_page_has_the_same_cells(kind):
    demo = kind()
    wide = demo.drawing
    demo.narrow = True
    assert re.findall(r"data-cell=\S+?>", demo.drawing) == re.findall(r"data-cell=\S+?>", wide)


def test_nothing_left_to_chance_is_no_bit():
    assert "chance decides 0.00 bits" in widgets.Sampling(top_k=1).describe()


def test_the_tokenizer_says_what_it_counts():
    demo = widgets.Tokenizer(text="abababab", merges=2)
    assert "8 characters, 8 bytes, 2 tokens after 2 merges: 4.00 bytes a token." in demo.describe()
    assert "joins “ab” and “ab”" in demo.describe()
    demo.set(merges=0)
    assert "8 tokens after 0 merges" in demo.describe()
    demo.set(merges=2, cell="t1")
    assert "“abab”, is merge 2: “ab” (256) + “ab” (256)." in demo.describe()


def test_nothing_jumps_between_merges_and_between_stages():
    for demo in (widgets.Tokenizer(), widgets.TransformerWalk()):
        moved = next(spec for spec in demo.controls if spec["kind"] == "slide")
        heights = set()
        for value in range(moved["max"] + 1):
            demo.set(**{moved["name"]: value})
            heights.add(re.search(r'height="(\d+)"', demo.drawing)[1])
        assert len(heights) == 1


def test_a_part_of_a_character_is_shown_as_its_byte():
    demo = widgets.Tokenizer(text="é", merges=0)
    assert "⟨C3⟩" in demo.drawing
    assert "⟨A9⟩" in demo.drawing
    demo.set(cell="t0")
    assert "Token 195 is a byte: “⟨C3⟩”." in demo.describe()


def test_the_tokenizer_takes_the_learners_own():
    tokenizer = BytePairTokenizer.train("aa aa aa", 258)
    demo = widgets.Tokenizer(tokenizer, "aa", merges=1)
    assert [token for token, _, _ in demo.tokens()[0]] == [256]


def test_probabilities_are_those_of_sampling():
    demo = widgets.Sampling(text="The ", temperature=0.5, top_k=3)
    plain, changed, left = demo.logits()
    assert np.isfinite(left).sum() == 3
    np.testing.assert_allclose(changed, plain / 0.5)
    kept = np.sort(plain)[-3:]
    np.testing.assert_allclose(np.sort(softmax(left))[-3:], softmax(kept / 0.5))
    assert "3 of" in demo.describe()
    assert "✂" in demo.drawing
    demo.set(top_k=0)
    assert "✂" not in demo.drawing


def test_top_p_is_a_line_where_it_cuts():
    demo = widgets.Sampling(text="The value of the expre", top_p=0.9)
    _, changed, left = demo.logits()
    alive = np.isfinite(left).sum()
    assert alive < 12
    assert widgets._cut(np.argsort(-changed, kind="stable")[:12], left) == alive
    assert "✂" in demo.drawing


def test_what_is_drawn_is_what_is_computed():
    """In each row the exponential's share of all that may come is the probability beside it."""
    demo = widgets.Sampling(text="The value", temperature=2.0, top_k=4)
    _, changed, left = demo.logits()
    order = np.argsort(-changed, kind="stable")[:12]
    e = np.exp(changed - changed.max())
    shown = re.findall(r">(\d\.\d{3})<", demo.drawing)
    assert shown[::2] == [f"{e[token]:.3f}" for token in order]
    assert shown[1::2] == [f"{share:.3f}" for share in (e * np.isfinite(left) / e[np.isfinite(left)].sum())[order]]


def test_the_logits_that_are_drawn_are_those_that_the_exponentials_are_made_from():
    demo = widgets.Sampling(text="aaa", temperature=2.0)
    assert ">logit<" in demo.drawing
    demo.set(penalty=3.0)
    assert ">logit, penalized<" in demo.drawing
    texts = demo.model.texts
    at = f'<g data-cell="token{texts.index("a")}">'
    drawn = [part.split("</g>")[0] for part in demo.drawing.split(at)[1:]]
    plain, changed, _ = demo.logits()
    token = texts.index("a")
    assert changed[token] * 2 != plain[token]
    assert all(f">{svg.signed(changed[token] * 2)}<" in row for row in drawn)


def test_the_text_that_is_written_can_be_read():
    demo = widgets.Sampling(text="one\ntwo <b> " + "x" * 150)
    assert "one⏎two\u00a0&lt;b&gt;\u00a0" in demo.drawing
    demo.set(text="y" * 90 + "z" * 200)
    assert ">" + "z" * 100 + "<" in demo.drawing
    assert "yz" not in demo.drawing


def test_the_penalty_meets_what_was_said():
    plain, changed, _ = widgets.Sampling(text="aaa", penalty=2.0).logits()
    texts = widgets.Sampling().model.texts
    moved = [texts[k] for k in np.flatnonzero(changed != plain)]
    assert moved == ["a"]


def test_a_click_continues_the_text():
    demo = widgets.Sampling(text="The value of the expre")
    demo.presses = [["greedy", 1]]
    assert demo.state["text"] == "The value of the expres"
    demo.presses = [["ten", 2]]
    assert len(demo.state["text"]) == 33
    demo.presses = [[f"token{demo.model.texts.index('x')}", 3]]
    assert demo.state["text"].endswith("x")


def test_the_walk_ends_where_the_model_does():
    """The last stage is the model's own answer, and its tables follow from one another."""
    model, tokens = sorter(), np.array([2, 1, 0, 0, 1, 2, 0])
    found = list(token_walk.stages(model, tokens, ["A", "B", "C"]))
    np.testing.assert_allclose(found[-1].table, softmax(model.forward(tokens[None])[0]), atol=1e-9)
    weights = [stage.table for stage in found if stage.name.startswith("weights")]
    assert len(weights) == 2
    for table in weights:
        np.testing.assert_allclose(table.sum(axis=1), 1)
        assert (np.triu(table, 1) == 0).all()


def test_every_cell_of_every_stage_has_its_arithmetic():
    tokenizer = BytePairTokenizer.train("the cat sat on the mat", 260)
    model = GPT(260, 16, 16, 2, 2, np.random.default_rng(0))
    texts = [piece.decode("utf-8", errors="replace") for piece in tokenizer.pieces]
    for stage in token_walk.stages(model, tokenizer.encode("the hat"), texts):
        for cell in ((0, 0), (3, stage.table.shape[1] - 1)):
            formula, used = stage.arithmetic(*cell)
            assert formula
            assert set(used) <= {*stage.sources, ""}
            assert "nan" not in formula


def test_the_tour_goes_on_when_the_learner_has_acted():
    demo = widgets.TransformerWalk(stage=2)
    assert "First click a cell" not in demo.describe()
    demo.presses = [["next", 1]]
    assert demo.state["stage"] == 2
    assert "First click a cell" in demo.describe()
    demo.presses = [["1,2", 2]]
    assert "irst click a cell" not in demo.describe()
    demo.presses = [["next", 3]]
    assert demo.state["stage"] == 3
    assert demo.state["acted"] is False
    demo.presses = [["back", 4]]
    assert demo.state["stage"] == 2
    # There is no page after the last.
    demo.set(stage=15, acted=False)
    assert "“next”" not in demo.describe()


def test_the_walk_says_what_it_does_not_read():
    demo = widgets.TransformerWalk(text="CBABBC")
    assert demo.describe().startswith("scores")
    demo.set(text="CBA")
    assert demo.describe().startswith("It has learnt to sort six letters: type six, and it can write. ")
    demo.set(text="CB, ABBC")
    assert demo.describe().startswith("Only A, B and C are read. scores")
    demo.set(text="CBABBCABBBCC")
    assert demo.describe().startswith("It reads 11 letters and writes one more: here are the first 11. ")
    tokenizer = BytePairTokenizer()
    demo = widgets.TransformerWalk(GPT(256, 16, 8, 2, 1, np.random.default_rng(0)), tokenizer, "a" * 12)
    assert "tokens are read" not in demo.describe()
    demo.set(text="a" * 13)
    assert demo.describe().startswith("Only the last 12 tokens are read. ")


def test_of_a_long_sum_the_largest_terms_are_shown():
    assert (
        token_walk._largest(np.array([1, 0.1, -3, 0.2, 2]), np.ones(5), 3) == "1.00·1.00 + −3.00·1.00 + 2.00·1.00 + …"
    )
    assert token_walk._largest(np.array([1, 2]), np.ones(2)) == "1.00·1.00 + 2.00·1.00"


def test_the_sorter_writes_the_next_letter():
    demo = widgets.TransformerWalk(text="CBABBC")
    for count in range(1, 7):
        demo.presses = [["write", count]]
    assert demo.state["text"] == "CBABBCABBBCC"
    demo.presses = [["write", 9]]
    assert len(demo.state["text"]) == 12


def test_a_writer_reads_the_end_of_a_long_text():
    tokenizer = BytePairTokenizer()
    writer = Writer(GPT(256, 8, 8, 2, 1, np.random.default_rng(0)), tokenizer)
    np.testing.assert_allclose(writer.logits("x" * 50 + "abcd"), writer.logits("abcd"))
    assert writer.logits("").shape == (256,)


def test_the_answers_about_the_tokenizer_are_true():
    tokenizer = BytePairTokenizer.train(topics()[:200_000], 512)
    merged = [(tokenizer.pieces[a], tokenizer.pieces[b]) for a, b in tokenizer.merges]
    assert (b" ", b"t") in merged[:5]
    # Which of the neighbours in "The try statement" is joined first.
    joins = [merged.index(pair) for pair in pairwise(bytes([c]) for c in b"The try statement") if pair in merged]
    assert min(joins) == merged.index((b" ", b"t"))
    demo = widgets.Tokenizer(tokenizer, "try try")
    first, second = (tuple(token for token, _, word in demo.tokens()[0] if word == k) for k in (0, 1))
    assert first != second
    demo.set(text="meet 🐍", merges=256)
    assert [piece for _, piece, word in demo.tokens()[0] if word == 1] == [bytes([c]) for c in " 🐍".encode()]


def test_the_answers_about_the_walk_are_true():
    """The third of twelve letters is changed: rows 1 and 2 keep everything, and only rows with weights mix."""
    model, one = sorter(), np.array([2, 1, 0, 1, 1, 2, 0, 1, 1, 1, 2])
    other = one.copy()
    other[2] = 1
    pairs = list(zip(*(token_walk.stages(model, tokens, ["A", "B", "C"]) for tokens in (one, other)), strict=True))
    changed = {a.name: np.flatnonzero((np.nan_to_num(a.table) != np.nan_to_num(b.table)).any(axis=1)) for a, b in pairs}
    assert changed["embedding"].tolist() == [2]
    assert changed["weights 1, head 1"].tolist() == list(range(2, 11))
    assert all(rows.min(initial=99) >= 2 for rows in changed.values())
    assert changed["+ position"].tolist() == changed["norm 1a"].tolist() == [2]


def test_the_answer_about_the_heads_is_true():
    """After CBABBCABB: head 1 looks at the Bs and Cs to be sorted, head 2 at the Bs before and after."""
    text = np.array(list("CBABBCABB"))
    tokens = np.array(["ABC".index(letter) for letter in text])
    tables = {stage.name: stage.table for stage in token_walk.stages(sorter(), tokens, ["A", "B", "C"])}
    assert tables["weights 1, head 1"][-1][:6][text[:6] != "A"].sum() > 0.6
    assert tables["weights 1, head 2"][-1][text == "B"].sum() > 0.6

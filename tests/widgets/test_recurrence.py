"""Chapter 08's widgets: every sentence and colour against the mathematics."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
import traitlets

from course_lib.drawing import svg, unrolled
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import NEGATIVE_SHADE, VERMILION
from course_lib.experiments.recurrence_readers import Reader, encoded, keras_reader, reader
from course_lib.recurrence import LSTM
from course_lib.widgets import recurrence as widgets


@pytest.mark.parametrize(("w", "u", "step"), [(1.0, 0.8, 3), (-2.0, 2.0, 6), (0.0, -1.0, 1), (2.0, 0.0, 5)])
def test_unroll_follows_the_mathematics(w, u, step):
    demo = widgets.Unroll(inputs=(1.0, -0.5, 0.0, 1.0, 1.0, -1.0), w=w, u=u, step=step)
    assert demo.error == ""

    def last(first):
        for x in demo.inputs[1:step]:
            first = np.tanh(w * x + u * first)
        return first

    h = np.tanh(w * demo.inputs[0])
    assert demo.h[step] == pytest.approx(last(h))
    assert demo.slopes[0] == pytest.approx((last(h + 1e-6) - last(h - 1e-6)) / 2e-6, abs=1e-6)
    assert f"Step {step}:" in demo.sentence
    assert f"= {svg.signed(demo.h[step])}." in demo.sentence
    if step > 1:
        assert demo.sentence.endswith(f"{svg.signed(demo.slopes[0], 3)} is left.")


@pytest.mark.parametrize(("u", "step"), [(2.0, 6), (-2.0, 6), (-2.0, 4), (1.0, 6)])
def test_a_change_that_has_grown_is_not_said_to_be_left(u, step):
    demo = widgets.Unroll([0.0] * 6, u=u, step=step)
    times = svg.signed(u ** (step - 1), 1 if abs(u) ** (step - 1) >= 10 else 3)
    grown = f"A small change of the state after step 1 has grown to {times} times itself."
    assert demo.sentence.endswith(grown if abs(u) > 1 else f"{times} is left.")
    # As many digits as the box holds.
    assert f">{times}</text>" in demo.picture
    assert max(len(unrolled.left(slope)) for slope in demo.slopes) <= 6
    # Below 0 it is orange, as everywhere.
    assert demo.picture.count(NEGATIVE_SHADE) == np.sum(demo.slopes < 0)


def test_an_input_is_the_same_number_in_picture_and_sentence():
    demo = widgets.Unroll([0.55, -0.3], step=1)
    assert ">0.55</text>" in demo.picture
    assert ">−0.3</text>" in demo.picture
    assert "· 0.55 +" in demo.sentence


def test_no_number_of_an_input_touches_its_line():
    nodes = list(ET.fromstring(widgets.Unroll([0.0] * 6).picture).iter())
    ends = [float(node.get("x2")) for node in nodes if node.tag.endswith("line") and node.get("y1") == "222.0"]
    numbers = [float(node.get("x")) for node in nodes if node.tag.endswith("text") and node.text == "0.0"]
    assert len(numbers) == 6
    assert all(x - end > 3 for x, end in zip(numbers, ends, strict=True))


@pytest.mark.parametrize("step", range(1, 7))
def test_the_drawing_shows_the_states_so_far_and_a_frame_where_a_slope_is_above_one(step):
    demo = widgets.Unroll(u=1.5, step=step)
    words = [node.text for node in ET.fromstring(demo.picture).iter() if node.tag.endswith("text")]
    assert words.count("?") == 6 - step
    for k in range(step):
        assert svg.signed(demo.h[k + 1]) in words
        assert svg.signed(demo.slopes[k], 3) in words
    thick = sum(abs(slope) > 1.0005 for slope in demo.slopes)
    # One more is around the step itself.
    assert demo.picture.count(f'stroke="{VERMILION}"') == thick + 1


def test_the_answers_below_unroll_are_true():
    states = {u: abs(widgets.Unroll(u=u, step=6).h[6]) for u in np.round(np.arange(-2, 2.05, 0.1), 1)}
    assert max(states.values()) == states[2.0] == pytest.approx(states[-2.0])
    assert round(states[2.0], 2) == 0.96
    signs = np.sign(widgets.Unroll(u=-0.8, step=6).h[1:])
    assert signs.tolist() == [1, -1, 1, -1, 1, -1]
    assert "0.000 is left" in widgets.Unroll(u=2.0, step=6).sentence
    assert "grown to 32.0 times itself" in widgets.Unroll([0.0] * 6, u=2.0, step=6).sentence


def test_unroll_takes_inputs_of_ones_own_and_refuses_what_it_cannot_show():
    demo = widgets.Unroll([1, 0, -1], u=0.5)
    assert len(demo.places) == len(demo.inputs) == 3
    second = widgets.Unroll()
    second.state = demo.state
    assert (second.state, second.still(), second.error) == (demo.state, demo.still(), "")
    demo.step = 4
    assert "step" in demo.error
    demo.step = 2
    assert demo.error == ""
    demo.inputs = [2.0, 0.0]
    assert "an input" in demo.error
    with pytest.raises(ValueError, match="number of inputs"):
        widgets.Unroll([0.5])


def test_gates_are_those_of_the_layer():
    demo = widgets.Gates("a test.", unit=5)
    inside = demo.inside()
    layer = reader("LSTM").layer
    h = layer.forward(reader("LSTM").embedding[encoded("a test.")][None])[0][0, :, 5]
    np.testing.assert_allclose(inside["state h"], h)
    before = np.append(0, inside["memory c"][:-1])
    c = inside["forget f"] * before + inside["input i"] * inside["candidate g"]
    np.testing.assert_allclose(inside["memory c"], c)
    np.testing.assert_allclose(h, inside["output o"] * np.tanh(c))
    assert len(demo.rows) == len(demo.names) == 6
    assert np.abs(demo.shades()).max() <= 1


def test_memory_shows_the_connectivity_of_the_character_looked_at():
    demo = widgets.Memory("the exc", focus=4)
    for name, row in zip(demo.names, demo.shades(), strict=True):
        wanted = reader(name).connectivity("the exc")[4]
        np.testing.assert_allclose(row, wanted / wanted.max(), atol=1e-3)
    assert [row[5:] for row in demo.shades()] == [[0, 0]] * 3
    p = np.exp(reader("GRU").read(encoded("the exc")[None])[0][0, 4])
    assert f"({100 * p.max():.0f}\u00a0%), {widgets.reach(wanted[:5])}" in demo.sentences[4]


@pytest.mark.parametrize(("strengths", "wanted"), [([0, 0, 1], 1), ([1, 0, 0], 3), ([0.05, 0.25, 0.7], 2)])
def test_reach_is_nine_tenths(strengths, wanted):
    assert widgets.reach(np.array(strengths)) == wanted


@pytest.mark.parametrize("kind", [widgets.Gates, widgets.Memory])
def test_the_state_goes_out_and_comes_back(kind):
    first, second = kind("one text", focus=3), kind()
    second.state = first.state
    assert (second.state, second.describe(), second.still()) == (first.state, first.describe(), first.still())


@pytest.mark.parametrize("kind", [widgets.Gates, widgets.Memory])
@pytest.mark.parametrize("text", ["ab", 'a "quote" — and ß', "x" * 72, "  "])
def test_any_text_is_shown(kind, text):
    demo = kind(text)
    assert demo.error == ""
    assert len(demo.sentences) == len(text)
    assert np.isfinite(demo.shades()).all()
    ET.fromstring(demo.still()[0])


def test_a_text_too_short_or_long_is_refused_in_words_and_the_last_one_stays():
    demo = widgets.Gates("before")
    demo.text = "x"
    assert "2 to 72 characters" in demo.error
    demo.text = "after"
    assert demo.error == ""
    with pytest.raises(traitlets.TraitError, match="focus"):
        demo.focus = 99
    with pytest.raises(traitlets.TraitError, match="unit"):
        demo.unit = 99


def test_a_reader_of_ones_own_is_shown():
    own, rng = reader("LSTM"), np.random.default_rng(0)
    mine = Reader("LSTM", [own.embedding, *LSTM(24, 7, rng).params.values(), rng.normal(size=(7, 96)), own.bias])
    assert widgets.Gates("mine", reader=mine).units == 7
    assert widgets.Memory("mine", readers={"mine": mine}).names == ["mine"]
    assert widgets.Memory("mine", readers={"mine": keras_reader("GRU", 3)}).error == ""
    stateful = keras_reader("GRU", 3, batch=2, time=5, stateful=True)
    assert widgets.Memory("mine", readers={"mine": stateful}).error == ""
    with pytest.raises(ValueError, match="an LSTM"):
        widgets.Gates("mine", reader=reader("GRU"))


def test_the_chart_is_the_strip_of_the_character_looked_at():
    demo = widgets.Memory("the exception", focus=7)
    left, top, *size = widgets.FRAME
    first, chart = demo.chart, Chart(left, top + widgets.LEGEND, *size, (0, 12), (3e-7, 3), "y")
    back = reader("GRU").connectivity("the exception")[7, :8][::-1]
    x, y = chart.at(np.arange(8), back / back.max())
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    assert points in first
    demo.focus = 3
    assert demo.chart != first
    demo.focus = 0
    assert ",nan" not in demo.chart


def test_the_answers_below_gates_and_memory_are_true():
    inside = widgets.Gates(unit=14).inside()
    text = widgets.Gates().text
    marks = [k for k, sign in enumerate(text) if sign == '"']
    written = inside["input i"] * inside["candidate g"]
    assert all(written[k] > 0.9 for k in marks[::2])
    assert all(abs(written[k]) < 0.1 for k in marks[1::2])
    gone = text.index("loop")
    # It is written at the mark and at the t after it.
    assert inside["forget f"][marks[0] + 2 : gone].min() > 0.85
    assert inside["forget f"][gone] < 0.05
    found = widgets.Memory().found
    assert widgets.reach(found["GRU"][-1]) == 11 > widgets.reach(found["SimpleRNN"][-1]) > 4
    assert widgets.reach(found["LSTM"][-1]) == 4
    said = reader("GRU").connectivity("the garbage collector frees it, but the garb")[-1]
    assert said[4:11].max() < said.max() / 100


@pytest.mark.parametrize("focus", [0, 5, 11])
def test_the_chart_of_gates_is_the_memory(focus):
    demo = widgets.Gates('the "loop" a', unit=14, focus=focus)
    c = demo.inside()["memory c"]
    chart = Chart(*widgets.FRAME, (0, 11), (min(-1, c.min()) - 0.1, max(1, c.max()) + 0.1))
    x, y = chart.at(np.arange(12), c)
    assert " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True)) in demo.chart
    assert f'cx="{x[focus]:.1f}" cy="{y[focus]:.1f}"' in demo.chart
    share = np.array(demo.span) * [*widgets.CHART, *widgets.CHART]
    assert share.tolist() == pytest.approx(widgets.FRAME), "it is chosen elsewhere than it stands"
    assert widgets.Memory("ab").span == []


def test_characters_are_counted_from_one_and_no_number_stands_on_another():
    loud = Reader("LSTM", [*reader("LSTM").weights()])
    loud.layer.params["bias"] = loud.layer.params["bias"] + 8
    demo = widgets.Gates("x" * 72, reader=loud)
    assert demo.memory.max() > 50
    texts = [node for node in ET.fromstring(demo.chart).iter() if node.tag.endswith("text")]
    assert [node.text for node in texts if node.get("y") == f"{sum(widgets.FRAME[1::2]) + 13:.1f}"] == [
        "1", "10", "20", "30", "40", "50", "60", "70"
    ]  # fmt: skip
    heights = sorted(float(node.get("y")) for node in texts if node.get("text-anchor") == "end")
    assert np.diff(heights).min() > 12


def _model(cell, signs=96, said=96, **options):
    from keras import Input, Model, layers

    text = Input((None,))
    h = layers.Embedding(signs, 6, embeddings_initializer="orthogonal")(text)
    h = getattr(layers, cell)(5, return_sequences=True, **options)(h)
    return Model(text, layers.Dense(said, kernel_initializer="orthogonal")(h))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"signs": 50}, "Embedding of 96"),
        ({"said": 50}, "Dense of 96"),
        ({"use_bias": False}, "with biases"),
        ({"go_backwards": True}, "what LSTM does by default"),
        ({"activation": "relu"}, "what LSTM does by default"),
    ],
)
def test_a_model_that_computes_otherwise_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        widgets.Gates("mine", reader=_model("LSTM", **options))


def test_the_papers_gru_and_a_softmax_at_the_end_are_read_as_they_are():
    from keras import Sequential, layers

    before = _model("GRU", reset_after=False)
    rng = np.random.default_rng(0)
    before.set_weights([rng.standard_normal(w.shape) for w in before.get_weights()])
    assert widgets.Memory("mine", readers={"mine": before}).error == ""
    sure = Sequential([*_model("SimpleRNN").layers, layers.Softmax()])
    assert widgets.Memory("mine", readers={"mine": sure}).error == ""

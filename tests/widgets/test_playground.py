"""The playground's widget: what the page asks, what it is told, and what it shows."""

import io
import json
import re
import threading

import numpy as np
import pytest
from PIL import Image

from course_lib.drawing.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE
from course_lib.playground.parts import FEATURES
from course_lib.playground.run import Run
from course_lib.playground.settings import DEFAULTS, LIVE, checked
from course_lib.plots.playground import GRID, LOGIT
from course_lib.widgets.playground import CURVE, Playground
from tests.playground.examples import BAD, SMALL, VARIED


def ask(widget, **message):
    """What the page does."""
    widget._handle_custom_msg(message, [])


def floats(view):
    return np.frombuffer(view, "<f4")


def test_the_widget_gives_its_run_again():
    one = Playground({"data": "xor", "points": 60})
    one.train(4)
    other = Playground(one.settings)
    other.train(4)
    assert other.losses == one.losses
    assert len(one.losses["loss"]) == len(one.losses["test_loss"]) == 5
    other.settings = one.settings
    assert other.losses["loss"] == one.losses["loss"][:1]
    other.train(np.int64(4))
    assert other.losses == one.losses
    other.reset()
    other.train(0)
    assert len(other.losses["loss"]) == 1


def test_its_settings_and_losses_are_copies():
    widget = Playground(SMALL)
    widget.settings["hidden"].append(3)
    widget.losses["loss"].append(0)
    assert widget.settings["hidden"] == [3, 2]
    assert len(widget.losses["loss"]) == 1


def test_its_network_takes_its_features():
    widget = Playground(SMALL | {"features": ["x1**2", "sin(x2)"], "activation": "relu"})
    widget.train(5)
    x = widget.points[2]
    right = (widget.network.forward(widget.features(x)) > 0) == widget.points[3]
    assert right.mean() == widget._run.accuracy()[1]
    np.testing.assert_array_equal(widget.features(x), np.stack([x[:, 0] ** 2, np.sin(x[:, 1])], axis=1))


@pytest.mark.parametrize(("settings", "sentence"), BAD, ids=lambda value: str(value)[:50])
def test_the_widget_refuses_bad_settings_and_lives_on(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Playground(settings)
    widget = Playground(SMALL)
    widget.train(1)
    before = widget.settings, widget.losses
    with pytest.raises(ValueError, match=sentence):
        widget.settings = settings
    assert (widget.settings, widget.losses) == before


@pytest.mark.parametrize("epochs", [-1, 2.5, "3", None, True])
def test_epochs_are_a_whole_number(epochs):
    with pytest.raises(ValueError, match=r"^epochs must be a whole number from 0 up, got "):
        Playground(SMALL).train(epochs)


def test_what_is_set_in_a_run_goes_on_with_it_where_it_can():
    widget = Playground(SMALL)
    widget.set(learning_rate=0.5)
    assert widget.settings == checked(SMALL | {"learning_rate": 0.5})
    widget.train(2)
    widget.set(learning_rate=0.25, l1=0.125)
    assert widget.settings["changes"] == [[2, "learning_rate", 0.25], [2, "l1", 0.125]]
    assert widget.frame["now"]["learning_rate"] == 0.25
    assert widget.frame["epoch"] == 2
    widget.set(l2=0.5, noise=1)
    assert widget.settings == checked(SMALL | {"learning_rate": 0.25, "l1": 0.125, "l2": 0.5, "noise": 1})
    assert widget.frame["epoch"] == 0
    widget.train(1)
    widget.change("weight", 0, 0, 0, 2)
    assert widget.settings["changes"] == [[1, "weight", 0, 0, 0, 2.0]]
    widget.reset()
    assert widget.settings["changes"] == []
    assert widget.frame["epoch"] == 0
    assert set(LIVE) == {"learning_rate", "batch_size", "l1", "l2"}


def test_the_page_trains_resets_and_sets():
    widget = Playground(SMALL)
    ask(widget, do="train", epochs=1, number=1)
    assert (widget.frame["epoch"], widget.frame["number"]) == (1, 1)
    ask(widget, do="train", number=2)
    assert widget.frame["epoch"] >= 2
    ask(widget, do="set", settings={"hidden": [4]}, number=3)
    assert (widget.frame["epoch"], widget.frame["number"], widget.settings["hidden"]) == (0, 3, [4])
    ask(widget, do="change", change=["bias", 1, 0, 0.75], number=4)
    assert widget.network.parameters()[-1].tolist() == [0.75]
    ask(widget, do="load", text=json.dumps(SMALL), number=5)
    assert widget.settings == checked(SMALL)
    ask(widget, do="train", epochs=2, number=6)
    ask(widget, do="reset", number=7)
    assert (widget.frame["epoch"], widget.frame["number"], widget.error) == (0, 7, "")


@pytest.mark.parametrize(
    "message",
    [
        {"do": "set", "settings": {"hidden": [9]}},
        {"do": "set", "settings": {"seed": "seven"}},
        {"do": "set", "settings": {"speed": 1}},
        {"do": "set", "settings": None},
        {"do": "change", "change": ["weight", 0, 0, 0, "abc"]},
        {"do": "load", "text": "{"},
        {"do": "load", "text": "[]"},
        {"do": "load", "text": '{"noise": NaN}'},
        {"do": "set"},
        {"do": "dance"},
        {},
        {"do": "train", "wrong": 1},
    ],
    ids=str,
)
def test_what_the_page_cannot_have_is_said_there_and_answered(message):
    widget = Playground(SMALL)
    widget.train(1)
    before = widget.settings, widget.losses
    ask(widget, **message, number=5)
    assert widget.error
    assert "\n" not in widget.error
    assert widget.frame["number"] == 5
    assert (widget.settings, widget.losses) == before
    ask(widget, do="train", epochs=1, number=6)
    assert widget.error == ""
    assert widget.frame["epoch"] == 2


def test_the_page_gets_texts(monkeypatch):
    widget, sent = Playground(SMALL), []
    monkeypatch.setattr(widget, "send", sent.append)
    ask(widget, do="tell", what="settings")
    ask(widget, do="tell", what="code")
    assert [one["what"] for one in sent] == ["settings", "code"]
    assert json.loads(sent[0]["text"]) == widget.settings
    assert sent[1]["text"] == widget.keras_code()
    assert "epochs=100," in sent[1]["text"]


@pytest.mark.parametrize("settings", VARIED, ids=str)
def test_a_frame_holds_what_there_is_to_see(settings):
    widget = Playground(settings)
    widget.train(3)
    frame, run = widget.frame, widget._run
    neurons = sum(run.now["hidden"]) + 1
    assert len(frame["pictures"]) == neurons * GRID * GRID
    assert floats(frame["ranges"]).shape == (2 * neurons,)
    np.testing.assert_allclose(
        floats(frame["weights"]), np.concatenate([p.ravel() for p in run.network.parameters()]), rtol=1e-6
    )
    curve = floats(frame["curve"]).reshape(-1, 3)
    np.testing.assert_allclose(curve, np.transpose([range(4), *run.losses.values()]), rtol=1e-6)
    assert frame["accuracy"] == list(run.accuracy())
    rows = floats(widget.data["points"]).reshape(-1, 3)
    assert widget.data["train"] == len(run.x_train)
    np.testing.assert_allclose(rows[: len(run.x_train), :2], run.points[0], rtol=1e-6)
    np.testing.assert_array_equal(rows[:, 2], np.concatenate([run.y_train, run.y_test])[:, 0])


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    widget = Playground({"points": 20, "hidden": [1], "batch_size": 1000})
    widget.train(1000)
    curve = floats(widget.frame["curve"]).reshape(-1, 3)
    assert len(curve) == CURVE
    assert curve[[0, -1], 0].tolist() == [0, 1000]
    assert (np.diff(curve[:, 0]) > 0).all()


def test_divergence_is_told_in_words_and_stops():
    widget = Playground(SMALL | {"optimizer": "SGD", "activation": "linear", "learning_rate": 10.0, "l2": 10.0})
    ask(widget, do="train", epochs=1000, number=1)
    while not widget.frame["message"]:
        ask(widget, do="train", epochs=1000, number=1)
    assert re.match(r"Diverged in epoch \d+: .*learning rate below 10, .*reset\.$", widget.frame["message"])
    # JSON has no NaN: all that is not bytes is finite.
    json.dumps({key: value for key, value in widget.frame.items() if not isinstance(value, bytes)}, allow_nan=False)
    epoch = widget.frame["epoch"]
    ask(widget, do="train", number=2)
    assert widget.frame["epoch"] == epoch
    assert pixels(widget).std() > 5
    ask(widget, do="set", settings={"learning_rate": 0.01, "l2": 0.0}, number=3)
    ask(widget, do="reset", number=4)
    ask(widget, do="train", epochs=1, number=5)
    assert (widget.frame["epoch"], widget.frame["message"], widget.error) == (1, "", "")


def test_a_weight_too_large_for_the_page_s_numbers_is_no_error():
    widget = Playground(SMALL | {"hidden": [1] * 6, "activation": "relu"})
    for layer in range(7):
        ask(widget, do="change", change=["weight", layer, 0, 0, 1e6])
    assert widget.error == ""
    assert pixels(widget).std() > 5


def pixels(widget):
    content, mime = widget.still()
    assert mime == "image/png"
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.mark.parametrize("settings", VARIED, ids=str)
def test_it_has_a_still_picture_and_words_for_all_settings(settings):
    widget = Playground(settings)
    picture = pixels(widget)
    assert picture.shape[0] > 400
    assert (picture[[0, -1]] == 255).all()
    assert len(widget.still()[0]) < 200_000
    widget.train(2)
    words = widget.describe()
    now = widget.settings
    neurons = [now["activation"], *map(str, now["hidden"])] if now["hidden"] else ["no hidden layer"]
    for word in [now["data"], now["optimizer"], "2 epochs", *neurons]:
        assert word in words
    assert not np.array_equal(pixels(widget), picture)
    assert repr(widget) == "<playground>"


def trained(epochs, **settings):
    """The shares of training and test points that are right in the end."""
    run = Run(settings)
    run.train(epochs)
    return run.accuracy()


def test_the_answers_to_the_chapter_s_questions():
    assert trained(150, optimizer="SGD")[1] == pytest.approx(0.6, abs=0.05)
    assert trained(150, optimizer="SGD", learning_rate=0.1)[1] == pytest.approx(0.8, abs=0.05)
    assert trained(150, learning_rate=1.0) == (0.5, 0.5)
    for seed in range(3):
        assert trained(100, data="xor", hidden=[], seed=seed)[0] < 0.8
        features = ["x1", "x2", "x1*x2"]
        assert min(trained(100, data="xor", hidden=[], features=features, seed=seed)) > 0.98


def test_how_few_neurons_will_do():
    enough, few = ([trained(300, hidden=hidden, seed=seed)[1] for seed in range(3)] for hidden in ([6, 6], [4, 2]))
    assert min(enough) > 0.9 >= max(few)
    assert np.median(enough) > 0.95


def test_two_who_train_at_once_train_one_after_the_other():
    """JupyterLab's messages can come on another thread while a cell trains."""
    widget, alone = Playground(SMALL), Run(SMALL)
    threads = [
        threading.Thread(target=widget.train, args=(40,)),
        *[threading.Thread(target=ask, args=(widget,), kwargs={"do": "train", "epochs": 1}) for _ in range(10)],
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone.train(50)
    assert widget.losses == alone.losses


def test_page_and_python_mean_the_same_by_their_numbers():
    script = Playground._esm
    assert f"const LOGIT = {LOGIT:g};" in script
    for name, colour in [
        ("INK", INK),
        ("GREY", GREY),
        ("BLUE", BLUE),
        ("ORANGE", ORANGE),
        ("GREEN", GREEN),
        ("PURPLE", PURPLE),
    ]:
        assert f'{name} = "{colour}"' in script
    page = Playground._esm
    for feature in FEATURES:
        assert f'"{feature}": "' in page
    lists = {"learning_rate": "RATES", "l1": "PENALTIES", "l2": "PENALTIES", "batch_size": "BATCHES"}
    for name, values in lists.items():
        offered = json.loads(re.search(rf"const {values} = (\[.*\]);", page)[1])
        for value in offered:
            checked({name: value})
        assert DEFAULTS[name] in offered

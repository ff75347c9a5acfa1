"""A real server in a process of its own, asked by friend and foe."""

import http.client
import json
import subprocess
import sys

import numpy as np
import onnx
import psutil
import pytest

from course_lib.serving import server
from course_lib.serving.client import running
from course_lib.serving.registry import Registry
from course_lib.serving.requests import MOST_BYTES, Refused
from tests.serving.conftest import always

BLANK = np.zeros((1, 8, 8))


def test_the_models_are_models():
    onnx.checker.check_model(onnx.load_from_string(always(1)))


def test_it_reads_and_says_who(client, names):
    answer = client.read(np.zeros((5, 8, 8)))
    assert answer["digits"] == [3] * 5
    assert answer["promises"][0] == pytest.approx(np.exp(5) / (np.exp(5) + 9), abs=1e-4)
    assert client.who(answer["request"]) == {
        "request": answer["request"],
        "model": names[0],
        "metrics": {"digit": 3},
    }
    assert client.truth(answer["request"], [3] * 5) == {"verdict": "alone"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/read", "no JSON", 400),
        ("POST", "/read", "[" * 100_000, 400),
        ("POST", "/read", '{"pictures": []}', 422),
        ("POST", "/read", "1" * (MOST_BYTES + 1), 413),
        ("GET", "/read", None, 405),
        ("GET", "/answers/99999", None, 404),
        ("GET", "/answers/" + "9" * 50, None, 404),
        ("GET", "/../models.json", None, 404),
        ("POST", "/truth", '{"request": 99999, "digits": [1]}', 404),
        ("POST", "/truth", '{"request": "0", "digits": [1]}', 404),
        ("POST", "/truth", '{"request": true, "digits": [1]}', 404),
        ("POST", "/truth", '{"request": -1, "digits": [1]}', 404),
        ("POST", "/truth", '{"digits": [1]}', 400),
    ],
)
def test_it_refuses_in_words_and_goes_on(client, method, path, body, status):
    got, said = client.send(method, path, body)
    assert got == status
    assert said["error"]
    assert "Traceback" not in said["error"]
    assert client.read(BLANK)["digits"] == [3]


def test_as_many_truths_as_digits(client):
    request = client.read(BLANK)["request"]
    for digits in ([], [1, 2], ["3"], [True], [3.5], [10], [-1], [None]):
        assert client.send("POST", "/truth", json.dumps({"request": request, "digits": digits}))[0] == 422


def test_the_truth_is_heard_once(client):
    told = json.dumps({"request": client.read(BLANK)["request"], "digits": [3]})
    assert [client.send("POST", "/truth", told)[0] for _ in range(3)] == [200, 409, 409]


def test_the_server_has_never_heard_of_keras():
    code = "import sys, course_lib.serving.server; print({'keras', 'tensorflow'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_it_hangs_up_on_what_is_far_too_large(client):
    line = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
    line.putrequest("POST", "/read")
    line.putheader("Content-Length", str(10**12))
    line.endheaders()
    try:
        assert line.getresponse().status in (400, 413)
    except (ConnectionError, http.client.HTTPException):
        pass
    finally:
        line.close()
    assert client.read(BLANK)["digits"] == [3]


def test_times_are_measured_one_by_one(client):
    took = client.seconds(BLANK, 5)
    assert took.shape == (5,)
    assert (took > 0).all()


@pytest.mark.parametrize(("truth", "verdict", "after"), [(3, "roll back", 3), (7, "promote", 7)])
def test_a_canary_between_two_models(folder, names, truth, verdict, after):
    with running(folder, *names) as client:
        for _ in range(1200):
            answer = client.read(BLANK)
            said = client.truth(answer["request"], [truth])["verdict"]
            if said != "wait":
                break
        assert said == verdict
        assert {client.read(BLANK)["digits"][0] for _ in range(6)} == {after}


def test_no_server_is_left_behind(folder, names):
    before = {child.pid for child in psutil.Process().children()}
    with running(folder, names[0]):
        (server,) = {child.pid for child in psutil.Process().children()} - before
    assert not psutil.pid_exists(server)
    with pytest.raises(RuntimeError, match="on purpose"), running(folder, names[0]):
        raise RuntimeError("on purpose")
    assert {child.pid for child in psutil.Process().children()} <= before


def ends_with(sentence, folder, *names):
    with pytest.raises(RuntimeError, match=sentence), running(folder, *names):
        pass


def test_a_server_that_cannot_start_says_why_in_a_sentence(folder, names, tmp_path):
    """Not that an empty text is no JSON."""
    before = {child.pid for child in psutil.Process().children()}
    ends_with(
        f"The server ended with 1 before it listened.*no model is called abc in .*; there are {names[0]}", folder, "abc"
    )
    ends_with("no model is called abc in .*; there are none", tmp_path, "abc")
    ends_with("an old and a new one; got 0 names", folder)
    registry = Registry(str(tmp_path))
    broken = registry.add(b"no ONNX", {}, [], "", {})
    ends_with("before it listened. Its last words: .*INVALID_PROTOBUF", tmp_path, broken)
    (tmp_path / f"{broken}.onnx").write_bytes(b"another")
    ends_with("is not the one that was added", tmp_path, broken)
    assert {child.pid for child in psutil.Process().children()} <= before


def test_what_is_refused_is_said_to_whoever_reads(client):
    with pytest.raises(RuntimeError, match=r"/read was not answered \(422\): pictures must be a list of 1 to 64"):
        client.read(np.zeros((65, 8, 8)))
    with pytest.raises(RuntimeError, match=r"/answers/99999 was not answered \(404\): no such request"):
        client.who(99999)


def test_old_answers_are_forgotten(folder, names, monkeypatch):
    monkeypatch.setattr(server, "MOST_ANSWERS", 3)
    service = server.Service(folder, names[:1])
    for _ in range(5):
        service.read(BLANK.astype("float32"))
    assert list(service.log) == [2, 3, 4]
    assert service.who(2)["model"] == names[0]
    with pytest.raises(Refused, match="long ago"):
        service.who(1)

"""A real server, and what clients send that are no friends: by hand, byte for byte, and all at once."""

import contextlib
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from course_lib.serving import server
from course_lib.serving.client import Client, running

BLANK = np.zeros((1, 8, 8))
GOOD = json.dumps({"pictures": BLANK.tolist()}).encode()


def request(body=GOOD, head=b"Content-Type: application/json\r\n", path=b"/read"):
    return b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%b\r\n%b" % (path, len(body), head, body)


def replies(client, sent, seconds=20):
    """The statuses that come back until the server hangs up, or has said all: the last request asks it to."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=seconds) as line:
        heard = b""
        with contextlib.suppress(ConnectionError):
            line.sendall(sent)
            while more := line.recv(65536):
                heard += more
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]


LAST = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "kind", [b"text/plain", b"application/x-www-form-urlencoded", b"", b"\xff\xfe", b"application/jsonx", b"image/png"]
)
def test_what_a_foreign_page_may_send_unasked_is_not_read(client, kind):
    """A browser sends forms and plain texts to any address, for any page; before JSON it asks with OPTIONS."""
    assert replies(client, request(head=b"Content-Type: " + kind + b"\r\n") + LAST) == [415, 404]
    assert replies(client, request(b'{"request": 0, "digits": [9]}', head=b"", path=b"/truth") + LAST) == [415, 404]


def test_json_may_say_its_letters(client):
    assert replies(client, request(head=b"content-type: Application/JSON; charset=utf-8\r\n") + LAST) == [200, 404]
    assert replies(client, b"OPTIONS /read HTTP/1.1\r\nHost: x\r\n\r\n" + LAST) == [405, 404]


def test_a_form_in_parts_is_refused(client):
    head = b"Content-Type: multipart/form-data; boundary=x\r\n"
    (first, *_) = replies(client, request(head=head) + LAST)
    assert first in (400, 415)


def test_fifty_in_one_breath_are_answered_in_turn(client):
    assert replies(client, request() * 50 + LAST) == [200] * 50 + [404]


@pytest.mark.parametrize(
    "sent",
    [
        request(head=b"Content-Length: 3\r\n"),
        request(head=b"Transfer-Encoding: chunked\r\n"),
        b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"10000\r\n" + b"1" * 65536 + b"\r\n") * 30,
        b"GET /read HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00" * 10 + b"\r\n\r\n",
        b"\r\n\r\n",
    ],
    ids=["two lengths", "length and chunks", "below 0", "chunks without end", "a long header", "TLS", "nothing"],
)
def test_it_hangs_up_on_what_is_no_request(client, sent):
    assert replies(client, sent) in ([], [400])
    assert client.read(BLANK)["digits"] == [3]


def test_a_hundred_at_once(client):
    def ask(_):
        with contextlib.closing(Client(client.port)) as one:
            return [one.read(BLANK)["request"] for _ in range(3)]

    with ThreadPoolExecutor(100) as pool:
        numbers = [number for some in pool.map(ask, range(100)) for number in some]
    assert len(set(numbers)) == 300


def test_who_sends_slowly_is_heard_no_longer(names, folder):
    """A hundred begin and say no more: others are answered meanwhile, and later the server hangs up on all of them."""
    with running(folder, names[0]) as client, contextlib.ExitStack() as stack:
        begun = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n1"
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", client.port))) for _ in range(100)]
        for line in slow:
            line.sendall(begun)
            line.settimeout(3 * server.BODY_SECONDS)
        begin = time.monotonic()
        assert client.read(BLANK)["digits"] == [3]
        assert time.monotonic() - begin < server.BODY_SECONDS / 2
        assert [line.recv(100) for line in slow] == [b""] * 100
        assert client.read(BLANK)["digits"] == [3]


def test_who_hangs_up_early_harms_nobody(client):
    with socket.create_connection(("127.0.0.1", client.port)) as line:
        line.sendall(request() * 200)
    assert client.read(BLANK)["digits"] == [3]

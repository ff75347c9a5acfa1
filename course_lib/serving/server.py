"""A reader of digits as a web server: ``python -m course_lib.serving.server FOLDER OLD [NEW]``.

It knows nothing of Keras: models are ONNX files from a registry's folder. It prints its port, listens to this machine
only, and ends when its standard input does, so that none is left behind by whoever started it.

POST /read   {"pictures": [...]} → {"request", "model", "digits", "promises"}
POST /truth  {"request": 3, "digits": [...]} → {"verdict"}
GET  /answers/3 → {"request", "model", "metrics"}
"""

import asyncio
import json
import sys
import threading

import numpy as np
import onnxruntime
import tornado.httpserver
import tornado.netutil
import tornado.web

from course_lib.serving.canary import Canary
from course_lib.serving.registry import Registry
from course_lib.serving.requests import MOST_BYTES, Refused, must_be_json, parsed, pictures_in

# Beyond this tornado itself hangs up, before it has read the body.
HARD_LIMIT = 4 * MOST_BYTES
# Who is slower than this with a body, or says nothing for so long, would hold a connection that others want.
BODY_SECONDS, IDLE_SECONDS = 10, 60
# So many answers are remembered: a log without an end fills the memory.
MOST_ANSWERS = 100_000


class Service:
    """Models, the canary between them, and a log of who answered what. names: of the old model, and perhaps a new"""

    def __init__(self, folder, names):
        if len(names) not in (1, 2):
            raise ValueError(f"one model is served, or an old and a new one; got {len(names)} names")
        self.registry = Registry(folder)
        self.names = dict(zip(("old", "new"), names, strict=False))
        self.sessions = {name: self._session(name) for name in names}
        self.canary = Canary()
        self.log, self.answered = {}, 0

    def _session(self, name):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(self.registry.load(name), options, ["CPUExecutionProvider"])

    def read(self, pictures):
        which = self.canary.serves(self.answered) if "new" in self.names else "old"
        session = self.sessions[self.names[which]]
        logits = session.run(None, {session.get_inputs()[0].name: pictures})[0]
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        digits = p.argmax(axis=1).tolist()
        promises = p.max(axis=1).round(4).tolist()
        return {
            "request": self._noted(which, digits),
            "model": self.names[which],
            "digits": digits,
            "promises": promises,
        }

    def _noted(self, which, digits):
        """The number of a new answer, which is remembered; the oldest is forgotten, if there are too many."""
        number, self.answered = self.answered, self.answered + 1
        self.log[number] = {"which": which, "digits": digits, "told": False}
        self.log.pop(number - MOST_ANSWERS, None)
        return number

    def truth(self, told):
        """What the digits of an earlier request really were. Once: told often, one error would count as many."""
        answer = self._answer(told["request"])
        digits = answer["digits"]
        if not isinstance(told["digits"], list) or len(told["digits"]) != len(digits):
            raise Refused(422, f"digits must be a list of {len(digits)}")
        if not all(type(digit) is int and 0 <= digit <= 9 for digit in told["digits"]):
            raise Refused(422, "each digit must be a whole number from 0 to 9")
        if answer["told"]:
            raise Refused(409, "the truth about this request was told before")
        answer["told"] = True
        for said, is_ in zip(digits, told["digits"], strict=True):
            self.canary.hear(answer["which"], said != is_)
        return {"verdict": self.canary.verdict if "new" in self.names else "alone"}

    def who(self, number):
        """Which model answered a request, and what is known of it."""
        name = self.names[self._answer(number)["which"]]
        return {"request": number, "model": name, "metrics": self.registry.models()[name]["metrics"]}

    def _answer(self, number):
        # True and 1.0 would find the answer number 1.
        if type(number) is not int or number not in self.log:
            raise Refused(404, "no such request was answered, or it is long ago")
        return self.log[number]


class Answer(tornado.web.RequestHandler):
    """Each path's handler: what is refused gets its status and sentence, and nothing of the server's inside."""

    def initialize(self, service):
        self.service = service

    def reply(self, make):
        try:
            self.write(make())
        except Refused as refused:
            self.set_status(refused.status)
            self.write({"error": str(refused)})

    def json(self):
        must_be_json(self.request.headers.get("Content-Type", ""))
        return self.request.body

    def write_error(self, status_code, **kwargs):
        self.write({"error": self._reason})


class Nowhere(Answer):
    def prepare(self):
        self.reply(_refuse_path)
        self.finish()


class Read(Answer):
    def post(self):
        self.reply(lambda: self.service.read(pictures_in(self.json())))


class Truth(Answer):
    def post(self):
        self.reply(lambda: self.service.truth(_both(parsed(self.json()))))


class Who(Answer):
    def get(self, number):
        self.reply(lambda: self.service.who(int(number)))


def _refuse_path():
    raise Refused(404, "there is /read, /truth and /answers/NUMBER")


def _both(told):
    if not isinstance(told, dict) or set(told) != {"request", "digits"}:
        raise Refused(400, 'the JSON must be an object with "request" and "digits"')
    return told


async def serve(folder, names):
    given = {"service": Service(folder, names)}
    paths = [("/read", Read, given), ("/truth", Truth, given), (r"/answers/(\d{1,9})", Who, given)]
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    application = tornado.web.Application(paths, default_handler_class=Nowhere, default_handler_args=given)
    limits = {"max_body_size": HARD_LIMIT, "body_timeout": BODY_SECONDS, "idle_connection_timeout": IDLE_SECONDS}
    server = tornado.httpserver.HTTPServer(application, **limits)
    server.add_sockets(sockets)
    print(json.dumps({"port": sockets[0].getsockname()[1]}), flush=True)
    await _end_of_input()
    server.stop()


def _end_of_input():
    """A thread waits for it, since Windows cannot wait for a pipe in an event loop."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def wait():
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set_result, None)

    threading.Thread(target=wait, daemon=True).start()
    return ended


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2:]))

"""Starting a server as a process of its own, and asking it."""

import contextlib
import http.client
import json
import subprocess
import sys
import tempfile
import time

import numpy as np


class Client:
    """One connection that stays open."""

    def __init__(self, port):
        self.port = port
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method, path, body=None, content_type="application/json"):
        """(status, what came back); status 0 where the server hung up"""
        try:
            self._line.request(method, path, body, {"Content-Type": content_type})
            answer = self._line.getresponse()
            return answer.status, json.loads(answer.read())
        except (ConnectionError, http.client.HTTPException):
            self._line.close()
            return 0, {"error": "the server hung up"}

    def read(self, pictures):
        return self._answer("POST", "/read", json.dumps({"pictures": np.asarray(pictures, float).tolist()}))

    def truth(self, request, digits):
        told = {"request": request, "digits": [int(digit) for digit in digits]}
        return self._answer("POST", "/truth", json.dumps(told))

    def who(self, request):
        return self._answer("GET", f"/answers/{request}")

    def _answer(self, *asked):
        """What came back; ``RuntimeError`` with the server's own words if it was refused."""
        status, said = self.send(*asked)
        if status != 200:
            raise RuntimeError(f"{asked[1]} was not answered ({status}): {said['error']}")
        return said

    def seconds(self, pictures, times):
        """How long each of so many requests took, all the same, one after the other. (times,)"""
        body, took = json.dumps({"pictures": np.asarray(pictures, float).tolist()}), []
        for _ in range(times):
            begin = time.perf_counter()
            self.send("POST", "/read", body)
            took.append(time.perf_counter() - begin)
        return np.array(took)

    def close(self):
        self._line.close()


@contextlib.contextmanager
def running(folder, *names):
    """A server of one or two of a registry's models: ``with running(folder, old, new) as client``."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log,
        _process(folder, names, log) as process,
    ):
        port = process.stdout.readline()
        if not port:
            raise RuntimeError(_why_it_ended(process, log))
        with contextlib.closing(Client(json.loads(port)["port"])) as client:
            yield client


@contextlib.contextmanager
def _process(folder, names, log):
    command = [sys.executable, "-m", "course_lib.serving.server", str(folder), *names]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
    process = subprocess.Popen(command, text=True, **pipes)
    try:
        yield process
    finally:
        # The end of its input is its end; if it does not hear, it is ended.
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _why_it_ended(process, log):
    """One sentence, with the last line that the server wrote: Python puts there what went wrong."""
    ended = process.wait(timeout=10)
    log.seek(0)
    said = [line.strip() for line in log if line.strip()] or ["It wrote nothing."]
    return f"The server ended with {ended} before it listened. Its last words: {said[-1][:300]}"

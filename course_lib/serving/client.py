"""Starting a server as a process of its own, and asking it."""

import contextlib
import http.client
import json
import subprocess
import sys
import time

import numpy as np


class Client:
    """One connection that stays open."""

    def __init__(self, port):
        self.port = port
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method, path, body=None):
        """(status, what came back); status 0 where the server hung up"""
        try:
            self._line.request(method, path, body)
            answer = self._line.getresponse()
            return answer.status, json.loads(answer.read())
        except (ConnectionError, http.client.HTTPException):
            self._line.close()
            return 0, {"error": "the server hung up"}

    def read(self, pictures):
        return self.send("POST", "/read", json.dumps({"pictures": np.asarray(pictures, float).tolist()}))[1]

    def truth(self, request, digits):
        told = {"request": request, "digits": [int(digit) for digit in digits]}
        return self.send("POST", "/truth", json.dumps(told))[1]

    def who(self, request):
        return self.send("GET", f"/answers/{request}")[1]

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
    command = [sys.executable, "-m", "course_lib.serving.server", str(folder), *names]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, text=True, **pipes)
    client = None
    try:
        client = Client(json.loads(process.stdout.readline())["port"])
        yield client
    finally:
        if client:
            client.close()
        # The end of its input is its end; if it does not hear, it is ended.
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

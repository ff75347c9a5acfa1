"""How a supervisor looks after a student's process, and what it tells the judge, who holds the leash's other end."""

import contextlib
import json
import os
import select
import signal

from course_lib.grading.watching import PAUSE

# What the judge asks through the leash: whether the process may have lacked the processor.
HAS_WAITED = b"?"
KILLED = "used more processor time or memory than is allowed"


def say(leash, why, doubt=False, short=False):
    """Tell the judge how it ended. doubt: whether a neighbour may be to blame; short: whether there was no process."""
    _tell(leash, {"why": why, "doubt": doubt, "short": short})


def _tell(leash, what):
    with contextlib.suppress(OSError):
        leash.send(json.dumps(what).encode())


def attend(student, leash, watch):
    """Wait for the end of the student's process, or bring it about, and say how it came. watch: a ``Watch``, or None"""
    while (status := _ended(student)) is None:
        asked, _, _ = select.select([leash], [], [], watch.pause if watch else PAUSE)
        too_much = watch.too_much() if watch else ""
        if asked and leash.recv(1) == HAS_WAITED:
            _tell(leash, {"waited": watch is None or watch.tree.has_waited()})
        elif asked or too_much:
            os.kill(student, signal.SIGKILL)
            os.waitpid(student, 0)
            return say(leash, too_much or "was ended", doubt="memory" in too_much)
    return say(leash, *_how(os.waitstatus_to_exitcode(status), watch))


def _ended(student):
    """The student's status if it has ended. Whatever else has become this process's child is waited for as well."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == student:
                return ended[1]
    return None


def _how(code, watch):
    """In words, and whether a neighbour may be to blame."""
    if code == -signal.SIGKILL:
        too_long = watch is not None and watch.has_nearly_used_its_time
        return ("used more processor time than is allowed", False) if too_long else (KILLED, True)
    if code < 0:
        # A library for which there was no memory or no thread ends so, too.
        return f"was ended by the signal {signal.Signals(-code).name}", True
    return f"ended itself (status {code})", False


def expose_to_the_oom_killer(student, processes):
    """When the machine runs out of memory all the same, the student's process is the first to go."""
    path = f"{student}/oom_score_adj"
    with contextlib.suppress(OSError), open(os.open(path, os.O_WRONLY, dir_fd=processes), "w") as file:
        file.write("1000")


def end_all(student, watch):
    """Without namespaces: end what the student's process has left, as far as it can be seen."""
    with contextlib.suppress(OSError):
        os.killpg(student, signal.SIGKILL)
    while watch:
        _ended(student)
        watch.tree.look()
        if not watch.tree.own:
            return
        for process in watch.tree.own:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)

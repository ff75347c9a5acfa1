"""Judging one submission: the student's process computes, this one judges.

What is expected, the random cases, the tolerances and the points never leave this process.
"""

import hashlib
import math
import time
from dataclasses import dataclass, field

from course_lib.checking import answers
from course_lib.checking.answers import NotYet
from course_lib.checking.trial import HIDDEN_CASE
from course_lib.grading import submissions, wire
from course_lib.grading.sandbox import SandboxError

# How often a process that died or had to be ended is replaced.
RESTARTS = 2
# Which share of the time for a submission one cell or one call may take.
SHARE = 1 / 3
KIND = {adapter: kind for kind, adapter in answers.KINDS.items()}
# In letters: what is told of a check, and of a cell.
LONGEST_MESSAGE, LONGEST_NOTE, LONGEST_NAME = 2000, 300, 60
# What comes from the student's process in words could tell what was asked of it in a hidden case.
HIDDEN_REASON = f"{HIDDEN_CASE}\nwas not answered. Running the notebook's own check may say why."
# So that no seed of a judge gives the cases that a notebook shows, whose seed is 0.
HIDDEN = 1


@dataclass(frozen=True)
class Settings:
    """How to judge: seconds for a whole submission, the seed of the hidden cases, and whether each has its own."""

    timeout: float = 120
    seed: int = 1
    vary: bool = False

    def seed_for(self, content):
        """The seed of the hidden cases for a notebook with this content."""
        own = int.from_bytes(hashlib.sha256(content).digest()[:8]) if self.vary else 0
        return [HIDDEN, self.seed, own]


def key(assignment, settings, content):
    """What a result depends on, as a hash: the notebook, the checks, the seed and the rest of the settings."""
    parts = (assignment.slug, assignment.fingerprint, settings, hashlib.sha256(content).hexdigest())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def judge(assignment, content, launcher, settings):
    """The result for one notebook, given as bytes: a dict of JSON values. Nothing that it holds makes this raise.

    It has the keys ``slug``, ``score``, ``max_score``, ``checks``, ``notes``, ``seconds``, ``sandbox``, ``error`` and
    ``key``. ``SandboxError`` if no process can be started, so that nobody gets a score for the judge's own trouble.
    """
    launcher.get_ready()
    start = time.monotonic()
    try:
        cells = submissions.code_cells(content)
        with Process(launcher, cells, start + settings.timeout, settings.timeout * SHARE) as process:
            verdicts = [_verdict(check, process, settings.seed_for(content)) for check in assignment.checks]
        if process.trouble:
            raise process.trouble
        notes, error = process.notes, None
    except submissions.NotGradable as reason:
        verdicts, notes, error = [], [], str(reason)
    return result(
        assignment,
        verdicts,
        notes,
        error,
        time.monotonic() - start,
        launcher.sandbox,
        key(assignment, settings, content),
    )


def result(assignment, verdicts, notes, error, seconds, sandbox, of):
    """The line that a submission gets. Without verdicts, no check is passed."""
    verdicts = verdicts or [(False, "")] * len(assignment.checks)
    rows = [
        {"name": check.name, "points": check.points, "passed": passed, "message": message}
        for check, (passed, message) in zip(assignment.checks, verdicts, strict=True)
    ]
    return {
        "slug": assignment.slug,
        "score": sum(row["points"] for row in rows if row["passed"]),
        "max_score": assignment.max_score,
        "checks": rows,
        "notes": notes,
        "seconds": round(seconds, 3),
        "sandbox": sandbox,
        "error": error,
        "key": of,
    }


def _verdict(check, process, seed):
    """Whether the check is passed, and what to say: on the cases that the notebook shows, then on hidden ones."""
    kind = KIND[check.accept]
    rounds = {"function": [(0, False), (seed, True)], "value": [(0, False)], "model": [(seed, True)]}[kind]
    asked = set()
    for chosen, hidden in rounds:
        try:
            verdict = check.judged(process.answer(check.name, kind, hidden), chosen, hidden, asked)
        # A check is not written for every value that somebody may make up; one that it fails on is not right.
        except Exception as error:
            return False, f"The check could not make use of what came back ({type(error).__name__})."
        if verdict.status == "not written yet":
            return False, "Not written yet."
        if verdict.status != "correct":
            return False, _clean(verdict.message, LONGEST_MESSAGE)
    return True, ""


def _clean(text, longest):
    """A text of a student's process, in characters that can be written anywhere, and not too many of them."""
    text = text[:longest].encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


class Lost(NotYet):
    """The process is gone or must be ended; ``briefly`` says so without telling how, for hidden cases."""

    def __init__(self, text, briefly):
        super().__init__(text)
        self.briefly = briefly


@dataclass
class Process:
    """A student's process with the notebook's cells in it, replaced when it dies, until the time is over."""

    launcher: object
    cells: list
    deadline: float
    most: float
    notes: list = field(default_factory=list)
    trouble: SandboxError | None = None
    _child: object = None
    _starts: int = 0
    _bad: set = field(default_factory=set)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._end()

    def answer(self, name, kind, hidden):
        """What a check calls: it asks the student's process, and raises what the call raised there."""

        def ask(*args):
            try:
                reply = self._exchange({"call": name, "kind": kind, "args": list(args)}, "Your code")
                value = _outcome(reply)
            except Lost as loss:
                raise NotYet(f"{HIDDEN_CASE}\n{loss.briefly}" if hidden else str(loss)) from loss
            except NotYet as reason:
                raise NotYet(HIDDEN_REASON if hidden else str(reason)) from reason
            if kind == "model" and args[0] == "build":
                _check_description(value)
            return value

        return ask

    def _exchange(self, request, who):
        """Ask, and wait for the reply. ``NotYet`` if none comes: the process is ended then."""
        self._ensure()
        deadline = min(self.deadline, time.monotonic() + self.most)
        try:
            wire.send(self._child.channel, request)
            return wire.receive(self._child.channel, deadline)
        except wire.Closed as error:
            loss = Lost(f"{who} ended the process: it {self._child.why_it_ended()}.", "ended the process.")
            self._end()
            raise loss from error
        except wire.TooSlow as error:
            self._end()
            if time.monotonic() >= self.deadline:
                raise self._over() from error
            raise Lost(f"{who} took more than {self.most:.0f} seconds.", "took too long.") from error
        except wire.WireError as error:
            self._end()
            raise NotYet(str(error)) from error

    def _ensure(self):
        """See to it that there is a process in which the cells have run. ``NotYet`` if there cannot be one."""
        while self._child is None:
            if time.monotonic() >= self.deadline:
                raise self._over()
            if self._starts > RESTARTS:
                words = f"The process was lost {self._starts} times and is not started again."
                raise Lost(words, words)
            self._starts += 1
            try:
                self._child = self.launcher.start()
            except SandboxError as error:
                self.trouble = error
                raise NotYet(str(error)) from error
            self._run_cells()

    @staticmethod
    def _over():
        words = "The time for the whole notebook was over."
        return Lost(words, words)

    def _run_cells(self):
        for number, source in enumerate(self.cells, 1):
            if number in self._bad:
                continue
            try:
                reply = self._exchange({"cell": source, "number": number}, "It")
            except NotYet as reason:
                self._bad.add(number)
                self._note(number, str(reason))
                return
            errors = reply.get("errors") if type(reply) is dict else None
            if type(errors) is not list:
                errors = ["It broke the connection to the judge."]
            for error in errors[: wire.MOST_ERRORS]:
                if type(error) is str:
                    self._note(number, error)

    def _note(self, number, text):
        note = f"Code cell {number}: {_clean(text, LONGEST_NOTE)}"
        if note not in self.notes and len(self.notes) < 100:
            self.notes.append(note)

    def _end(self):
        if self._child:
            self._child.close()
            self._child = None


def _outcome(reply):
    """The value that came back, or what happened instead, as a check knows it from the learner's own notebook."""
    if type(reply) is not dict or len(reply) != 1:
        raise NotYet("What came back is not an answer.")
    ((what, content),) = reply.items()
    if what == "value":
        return content
    if what == "stub":
        raise NotImplementedError
    if what == "changed":
        raise answers.ChangedInput
    if what == "none":
        raise answers.ReturnedNone(content is True)
    if what == "not yet" and type(content) is str:
        raise NotYet(content[:LONGEST_MESSAGE])
    if what == "raised" and type(content) is list and [type(part) for part in content] == [str, str]:
        name, text = content
        name = name[:LONGEST_NAME] if name.isidentifier() else "Error"
        raise type(name, (Exception,), {})(text[:LONGEST_MESSAGE])
    raise NotYet("What came back is not an answer.")


def _check_description(model):
    """``NotYet`` if this is not what ``answers.model_answer`` says of a model, or contradicts itself."""
    sound = (
        type(model) is dict
        and model.keys() == {"parameters", "shapes", "layers", "activations", "bends"}
        and type(model["shapes"]) is list
        and all(_is_shape(shape) for shape in model["shapes"])
        and model["parameters"] == sum(math.prod(shape) for shape in model["shapes"])
        and all(
            type(model[key]) is list and all(_is_name(name) for name in model[key])
            for key in ("layers", "activations", "bends")
        )
    )
    if not sound:
        raise NotYet("What came back does not describe a model.")


def _is_shape(shape):
    return type(shape) is list and len(shape) <= 8 and all(type(n) is int and 0 <= n < 1 << 30 for n in shape)


def _is_name(name):
    return type(name) is str and len(name) <= LONGEST_NAME

"""A student's process as the judge holds it, and what it is called when there is none."""

import contextlib
import errno
import json
import os
from dataclasses import dataclass

from course_lib.grading.supervising import HAS_WAITED

# How systems and libraries say that there may be no more processes, or threads.
NO_MORE = (os.strerror(errno.EAGAIN), os.strerror(errno.ENOMEM), "can't start new thread", "pthread_create")


class SandboxError(Exception):
    """No place for a student's code could be made. The message is one sentence that says why."""


class TooFewProcesses(SandboxError):
    """This machine allows no more processes at the moment: the judge's own trouble, and perhaps not for long."""

    @classmethod
    def or_else(cls, said, otherwise):
        """The exception for what a system said: this one if that is the reason, else a ``SandboxError``."""
        short = any(words in said for words in NO_MORE)
        return cls(f"This machine allows too few processes ({said}).") if short else SandboxError(otherwise)

    @classmethod
    def unless(cls, said, otherwise):
        """Give the sentence ``otherwise``, but raise this exception where what a system said has that reason."""
        if isinstance(reason := cls.or_else(said, otherwise), cls):
            raise reason
        return otherwise


@dataclass(frozen=True)
class End:
    """``why`` in a few words; ``doubt``: whether a neighbour may be to blame."""

    why: str
    doubt: bool


class Child:
    """A student's process, as the judge holds it: a channel to talk through, and a leash."""

    def __init__(self, channel, leash, on_close, lookout=None):
        self.channel, self._leash, self._on_close, self._lookout = channel, leash, on_close, lookout

    def end(self):
        """How it ended, after the channel broke: ``End``. ``TooFewProcesses`` if there never was a process."""
        if self._lookout and self._lookout.why:
            return End(self._lookout.why, "memory" in self._lookout.why)
        said = self._told()
        if said.get("short") is True:
            raise TooFewProcesses(f"This machine allows too few processes ({said.get('why')}).")
        # A process that vanishes without a word may be a neighbour's victim.
        return End(str(said.get("why", "closed its channel")), said.get("doubt", True) is True)

    def has_waited(self):
        """Whether it may have lacked the processor, so that the time that it took says nothing of it."""
        with contextlib.suppress(OSError):
            self._leash.send(HAS_WAITED)
        return self._told().get("waited", True) is not False

    def _told(self):
        self._leash.settimeout(2)
        try:
            said = json.loads(self._leash.recv(1000))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def close(self):
        """End the process, and all that it started."""
        for end in (self.channel, self._leash):
            end.close()
        if self._lookout:
            self._lookout.leave()
        self._on_close()

"""All that judging an assignment's submissions takes on one machine."""

import sys
import tempfile

from course_lib.grading import assignment, judge
from course_lib.grading.allowance import Limits
from course_lib.grading.children import SandboxError, TooFewProcesses
from course_lib.grading.sandbox import BUBBLEWRAP, LIMITS, Launcher, why_not_bubblewrap
from course_lib.grading.writing import PassingFolder


class Workplace:
    """The staged modules and the fork server."""

    def __init__(self, slug, settings, require_sandbox, exercise=None):
        # Why there is no sandbox, in one sentence, or None.
        self.complaint = why_not_bubblewrap()
        if self.complaint and sys.platform != "linux":
            self.complaint += " Nobody watches memory here, and what one process starts may stay."
        if self.complaint and require_sandbox:
            raise SandboxError(f"A sandbox is required, but {self.complaint}")
        self.sandbox = LIMITS if self.complaint else BUBBLEWRAP
        self._assignment, self._settings = exercise or assignment.load(slug), settings
        try:
            self._folder = PassingFolder("grading-")
            staged = self._folder.path
            staged.chmod(0o755)
            assignment.stage(self._assignment, staged)
        except OSError as error:
            why = f"The course cannot be put into {tempfile.gettempdir()} ({error.strerror})."
            raise TooFewProcesses.or_else(error.strerror, why) from error
        limits = Limits.for_exercise(self._assignment.keras, int(settings.timeout) + 1)
        self._launcher = Launcher(staged, limits, self._assignment.preload, self._assignment.keras, self.sandbox)
        if require_sandbox:
            self._launcher.get_ready()
            if self.lacking:
                self.close()
                raise SandboxError(f"A sandbox is required, but {self.lacking}")

    @property
    def lacking(self):
        """What the sandbox has turned out to lack, in a few words, or ""."""
        return "" if self.complaint else self._launcher.lacking

    def judge(self, content, known=None):
        """The result for one notebook, given as bytes; ``known`` has the rows of checks that are not judged again."""
        return judge.judge(self._assignment, content, self._launcher, self._settings, known)

    def end(self):
        """End all that is being judged: its results are lost."""
        self._launcher.close()

    def close(self):
        self.end()
        self._folder.close()

"""Any number of submissions: on this machine or on a cluster, with results that survive an interruption."""

import atexit
import os
import tempfile
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from course_lib.grading import assignment, hand_ins, judge, reports, submissions
from course_lib.grading.sandbox import BUBBLEWRAP, LIMITS, Launcher, Limits, SandboxError, why_not_bubblewrap
from course_lib.grading.told import NOW
from course_lib.grading.writing import PassingFolder

# How many submissions wait for each one that is being graded: enough to keep all busy, few enough to hold in memory.
AHEAD = 2


def grade(
    slug,
    paths,
    out,
    *,
    jobs=None,
    timeout=120,
    seed=None,
    vary=False,
    scheduler=None,
    require_sandbox=False,
    gradescope=False,
    telling=NOW,
    regrading=None,
    advance=None,
    warn=None,
):
    """Grade notebooks; return the list of results, which also stand in ``out``/results.jsonl and the reports there.

    slug: the chapter's, "01-neurons"   paths: notebooks and folders of notebooks   out: a folder, made if missing
    jobs: how many at once (the number of processors)   timeout: seconds for one submission
    seed: of the hidden cases; by default the folder's own, chosen at random when it is first used
    vary: whether each notebook gets hidden cases of its own   scheduler: the address of a Dask cluster, or None
    telling: what students are told of hidden cases, see ``told``   regrading: ``regrade.Regrading``, or None
    advance: called with (done, all)   warn: called with a sentence
    Raises ``AssignmentError``, ``FileNotFoundError``, ``ResultsError`` and ``SandboxError``, each with one sentence.
    What was graded before under the same circumstances is not graded again.
    """
    exercise = assignment.load(slug)
    found, left_out = hand_ins.find(paths, slug)
    with reports.Results(Path(out), exercise, telling) as results:
        settings = judge.Settings(float(timeout), results.seed(seed), vary)
        if regrading:
            regrading.begin(results.lines(), results.desk)

        def known(*asked):
            line, rows = results.known(*asked)
            return line, regrading.holding(rows) if regrading else rows

        pool = _Cluster(scheduler) if scheduler else _Local(jobs or os.cpu_count() or 1)
        with pool as run:
            place = run.prepare(slug, settings, require_sandbox)
            if place.complaint and warn:
                warn(f"Graded with limits only: {place.complaint}")
            for done, (hand_in, result) in enumerate(_results(found, exercise, settings, known, place, run), 1):
                results.add(hand_in.name, regrading.settled(result) if regrading else result)
                if advance:
                    advance(done, len(found))
        for sentence in [*results.complaints, *_words(left_out)] if warn else []:
            warn(sentence)
        own = results.finish([hand_in.name for hand_in in found], gradescope)
        if regrading:
            regrading.finish(own)
        return own


def _words(left_out):
    """A line for each reason why something is not graded, with all that it holds for."""
    reasons = {}
    for place, why in left_out:
        reasons.setdefault(why, []).append(place)
    return [f"Not graded ({why}): {', '.join(places)}." for why, places in reasons.items()]


def _results(found, exercise, settings, known, place, run):
    """(hand-in, result) for each, in whatever order they come. Only a few notebooks are in memory at a time.

    known: as ``Results.known``
    """
    waiting, running, keys = iter(found), {}, judge.keys(exercise, settings)
    while True:
        for hand_in in waiting:
            try:
                content = hand_in.read()
            except submissions.NotGradable as reason:
                yield hand_in, judge.result(exercise, [], [], str(reason), 0.0, place.sandbox, None)
                continue
            line, rows = known(judge.hash_of(content), keys, place.sandbox)
            if len(rows) == len(keys):
                yield hand_in, line
                continue
            running[run.submit(content, rows)] = hand_in
            if len(running) >= AHEAD * run.width:
                break
        if not running:
            return
        for future in run.finished(running):
            hand_in = running.pop(future)
            yield hand_in, run.result(future, exercise)


class Workplace:
    """All that judging an assignment's submissions takes on one machine: the staged modules and the fork server."""

    def __init__(self, slug, settings, require_sandbox, exercise=None):
        # Why there is no sandbox, in one sentence, or None.
        self.complaint = why_not_bubblewrap()
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
            raise SandboxError(f"The course cannot be put into {tempfile.gettempdir()} ({error.strerror}).") from error
        limits = Limits.for_exercise(self._assignment.keras, int(settings.timeout) + 1)
        self._launcher = Launcher(staged, limits, self._assignment.preload, self._assignment.keras, self.sandbox)

    def judge(self, content, known=None):
        """The result for one notebook, given as bytes; ``known`` has the rows of checks that are not judged again."""
        return judge.judge(self._assignment, content, self._launcher, self._settings, known)

    def end(self):
        """End all that is being judged: its results are lost."""
        self._launcher.close()

    def close(self):
        self.end()
        self._folder.close()


class _Local:
    """Threads of this process, each of which waits for one student's process."""

    def __init__(self, jobs):
        self.width = jobs
        self._threads = ThreadPoolExecutor(jobs)
        self._place = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *exception):
        self._threads.shutdown(wait=False, cancel_futures=True)
        # Whoever interrupts does not wait until a student's program has run to its limit.
        if kind and self._place:
            self._place.end()
        self._threads.shutdown()
        if self._place:
            self._place.close()

    def prepare(self, slug, settings, require_sandbox):
        self._place = Workplace(slug, settings, require_sandbox)
        return self._place

    def submit(self, content, known):
        return self._threads.submit(self._place.judge, content, known)

    def finished(self, futures):
        return wait(futures, return_when=FIRST_COMPLETED).done

    def result(self, future, exercise):
        return future.result()


class _Cluster:
    """A Dask cluster. Each worker has a workplace of its own; what a lost worker was doing is done by another."""

    def __init__(self, address):
        try:
            import distributed
        except ImportError as error:
            raise SandboxError("--scheduler needs Dask: pip install 'neural-networks-course[cluster]'.") from error
        self._distributed = distributed
        try:
            self._client = distributed.Client(address, timeout=30)
        except (OSError, ValueError) as error:
            raise SandboxError(f"No Dask scheduler answers at {address}.") from error

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._client.close()

    @property
    def width(self):
        return max(1, sum(self._client.nthreads().values()))

    def prepare(self, slug, settings, require_sandbox):
        self._task = (slug, settings, require_sandbox)
        self.sandbox, self.complaint = self._client.submit(_workplace_of_worker, *self._task, pure=False).result()
        return self

    def submit(self, content, known):
        return self._client.submit(_judge_on_worker, *self._task, content, known, pure=False)

    def finished(self, futures):
        return self._distributed.wait(list(futures), return_when="FIRST_COMPLETED").done

    def result(self, future, exercise):
        try:
            return future.result()
        except self._distributed.scheduler.KilledWorker:
            why = "Several workers were lost while they graded this."
            return judge.result(exercise, [], [], why, 0.0, self.sandbox, None)


_workplaces, _lock = {}, threading.Lock()


def _workplace(*task):
    """This process's workplace for these settings, made when it is first needed."""
    with _lock:
        if task not in _workplaces:
            _workplaces[task] = place = Workplace(*task)
            atexit.register(place.close)
        return _workplaces[task]


def _workplace_of_worker(slug, settings, require_sandbox):
    place = _workplace(slug, settings, require_sandbox)
    return place.sandbox, place.complaint


def _judge_on_worker(slug, settings, require_sandbox, content, known):
    return _workplace(slug, settings, require_sandbox).judge(content, known)

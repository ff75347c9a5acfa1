"""Any number of submissions: on this machine or on a cluster, with results that survive an interruption."""

import atexit
import os
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from course_lib.grading import assignment, hand_ins, judge, overview, reports, submissions
from course_lib.grading.children import SandboxError, TooFewProcesses
from course_lib.grading.told import NOW
from course_lib.grading.workplace import Workplace

# How many submissions wait for each one that is being graded: enough to keep all busy, few enough to hold in memory.
AHEAD = 2
# Seconds to wait for processes that the machine did not have, before each further attempt.
PAUSES = (0.5, 2, 4)


def grade(
    slug,
    paths,
    out,
    *,
    jobs=None,
    timeout=180,
    seed=None,
    vary=False,
    scheduler=None,
    require_sandbox=False,
    gradescope=False,
    telling=NOW,
    regrading=None,
    roster=None,
    advance=None,
    warn=None,
):
    """Grade notebooks; return the list of results, which also stand in ``out``/results.jsonl and the reports there.

    slug: the chapter's, "01-neurons"   paths: notebooks and folders of notebooks   out: a folder, made if missing
    jobs: how many at once (the number of processors)   timeout: seconds for one submission
    seed: of the hidden cases; by default the folder's own, chosen at random when it is first used
    vary: whether each notebook gets hidden cases of its own   scheduler: the address of a Dask cluster, or None
    telling: what students are told of hidden cases, see ``told``   regrading: ``regrade.Regrading``, or None
    roster: ``roster.Roster``, or None   advance: called with (done, all)
    warn: called with a sentence
    Raises ``AssignmentError``, ``FileNotFoundError``, ``ResultsError`` and ``SandboxError``, each with one sentence.
    What was graded before under the same circumstances is not graded again.
    """
    exercise = assignment.load(slug)
    found, left_out = hand_ins.find(paths, slug)
    without = {}
    with reports.Results(Path(out), exercise, telling) as results:
        settings = judge.Settings(float(timeout), results.seed(seed), vary)
        results.give_pages([hand_in.name for hand_in in found])
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
                if isinstance(result, TooFewProcesses):
                    without[hand_in.name] = result
                else:
                    result = regrading.settled(result) if regrading else result
                    results.add(hand_in.name, result, hand_in.time)
                if advance:
                    advance(done, len(found))
            if place.lacking and warn:
                warn(f"The sandbox is not a whole one: {place.lacking}")
        own = results.finish([hand_in.name for hand_in in found if hand_in.name not in without], gradescope)
        said = overview.write(Path(out), results.desk, exercise, results.lines(), roster)
        for sentence in [*results.complaints, *_words(left_out), *said] if warn else []:
            warn(sentence)
        if regrading:
            regrading.finish(own)
    if without:
        why = next(iter(without.values()))
        raise SandboxError(f"{why} Without a result are: {', '.join(without)}. The same command again grades them.")
    return own


def _words(left_out):
    """A line for each reason why something is not graded, with all that it holds for."""
    reasons = {}
    for place, why in left_out:
        reasons.setdefault(why, []).append(place)
    return [f"Not graded ({why}): {', '.join(places)}." for why, places in reasons.items()]


def _results(found, exercise, settings, known, place, run):
    """(hand-in, result or why there is none) for each, in whatever order they come. Only a few notebooks are in memory.

    What was lost beside others, perhaps through them, is done again alone before it counts.
    known: as ``Results.known``
    """
    waiting, running, keys, again = iter(found), {}, judge.keys(exercise, settings), []
    while True:
        for hand_in in waiting:
            content = _content(hand_in)
            if isinstance(content, submissions.NotGradable):
                yield hand_in, judge.result(exercise, [], [], str(content), 0.0, place.sandbox, None)
                continue
            line, rows = known(judge.hash_of(content), keys, place.sandbox)
            if len(rows) == len(keys):
                yield hand_in, line
                continue
            running[run.submit(content, rows)] = hand_in, rows
            if len(running) >= AHEAD * run.width:
                break
        if not running:
            break
        for future in run.finished(running):
            hand_in, rows = running.pop(future)
            result = _outcome(run, future, exercise)
            if isinstance(result, TooFewProcesses) or (_is_doubtful(result) and run.width > 1):
                again.append((hand_in, rows if isinstance(result, TooFewProcesses) else _sure(result)))
            else:
                yield hand_in, result
    pauses = PAUSES
    for hand_in, rows in again:
        content = _content(hand_in)
        if isinstance(content, submissions.NotGradable):
            yield hand_in, judge.result(exercise, [], [], str(content), 0.0, place.sandbox, None)
        else:
            result = _alone(run, content, rows, exercise, pauses)
            # Where waiting did not help one, it is not tried with all the others.
            pauses = pauses[:1] if isinstance(result, TooFewProcesses) else pauses
            yield hand_in, result


def _content(hand_in):
    try:
        return hand_in.read()
    except submissions.NotGradable as reason:
        return reason


def _outcome(run, future, exercise):
    try:
        return run.result(future, exercise)
    except TooFewProcesses as reason:
        return reason


def _alone(run, content, rows, exercise, pauses):
    """The result while nothing else is judged, or ``TooFewProcesses`` if even so there are not enough for it."""
    for pause in pauses:
        future = run.submit(content, rows)
        run.finished([future])
        result = _outcome(run, future, exercise)
        if not isinstance(result, TooFewProcesses):
            break
        time.sleep(pause)
    return result


def _is_doubtful(result):
    return result["error"] is None and any(row["key"] is None for row in result["checks"])


def _sure(result):
    return {row["name"]: row for row in result["checks"] if row["key"] is not None}


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

    # Workers keep to themselves what their sandboxes lack, unless one is required.
    lacking = ""

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

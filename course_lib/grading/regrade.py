"""After a check was repaired: what changed, in a table, and nobody's points taken away if that is not wanted."""

import contextlib
import json
from collections import defaultdict
from pathlib import Path

from course_lib.grading import judge, reports, tables

KEPT = "It was right by an earlier version of this check."


class Regrading:
    """One regrading of the results in a folder. It may be interrupted: what was there at first is kept until the end.

    never_lower: whether a check that was passed stays so, for the same notebook, whatever is found now
    """

    def __init__(self, folder, never_lower=False):
        self._folder, self._never_lower = Path(folder), never_lower
        self._first = self._folder / "before_regrading.jsonl"
        self._before, self._passed = {}, defaultdict(set)
        # [(submission, points before or None, points now, {check: (before, now)})], when all are graded.
        self.changes = []

    def begin(self, lines, desk):
        """Keep the lines that are there, unless an interrupted regrading has kept earlier ones.

        desk: where files are written, ``writing.Desk``
        """
        self._desk = desk
        if not self._first.exists():
            text = [json.dumps(line) + "\n" for line in lines]
            desk.replace(self._first, lambda file: file.writelines(text))
        try:
            lines = [json.loads(line) for line in self._first.read_text(encoding="utf-8").splitlines()]
        except ValueError as error:
            raise reports.ResultsError(
                f"{self._first}, which an interrupted regrading left, is damaged: delete it to begin a new one."
            ) from error
        self._before = {line["submission"]: line for line in lines}
        for line in filter(lambda line: line["content"], lines):
            self._passed[line["content"]] |= {row["name"] for row in line["checks"] if row["passed"]}

    def holding(self, rows):
        """Of rows that need not be judged again those that are so by judging: what was kept is so only while wanted."""
        return {name: row for name, row in rows.items() if self._never_lower or row["message"] != KEPT}

    def settled(self, result):
        """The result, with the points that are not to be taken away, whoever handed the same notebook in."""
        passed = self._passed.get(result["content"], set()) if self._never_lower else set()
        if not passed:
            return result
        rows = [row | {"passed": True, "message": KEPT} if _is_lost(row, passed) else row for row in result["checks"]]
        return result | {"checks": rows, "score": judge.score(rows)}

    def finish(self, results):
        """Write the table, ``regraded.csv``, and forget what was kept."""
        self.changes = [self._change(line) for line in results]
        names = [row["name"] for row in results[0]["checks"]] if results else []
        rows = [self._row(names, *change) for change in self.changes]
        tables.write(self._desk, self._folder / "regraded.csv", ["submission", "old", "new", *names], rows)
        with contextlib.suppress(FileNotFoundError):
            self._first.unlink()

    def _change(self, line):
        before = self._before.get(line["submission"])
        old = _points(before) if before else {}
        new = _points(line)
        checks = {name: (old[name], points) for name, points in new.items() if old.get(name, points) != points}
        return line["submission"], before and before["score"], line["score"], checks

    @staticmethod
    def _row(names, submission, old, new, checks):
        arrows = [f"{checks[name][0]} → {checks[name][1]}" if name in checks else "" for name in names]
        return [submission, old, new, *arrows]

    def words(self):
        """What changed, a line for each submission, and a line that counts them."""
        changed = [change for change in self.changes if change[3]]
        for submission, old, new, checks in changed:
            parts = ", ".join(f"{name} {before} → {now}" for name, (before, now) in checks.items())
            yield f"{submission}: {old} → {new} ({parts})"
        known = [change for change in self.changes if change[1] is not None]
        more, fewer = (sum((new > old) if up else (new < old) for _, old, new, _ in known) for up in (True, False))
        new = len(self.changes) - len(known)
        yield f"{more} have more points than before, {fewer} fewer, {len(known) - more - fewer} as many; {new} are new."


def _is_lost(row, passed):
    return row["name"] in passed and not row["passed"]


def _points(line):
    return {row["name"]: row["points"] if row["passed"] else 0 for row in line["checks"]}

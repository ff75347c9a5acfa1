"""What grading leaves in its folder: a line for each submission, a table of scores, and a page for each student."""

import contextlib
import csv
import fcntl
import json
import os
import re
import secrets
import tempfile
from pathlib import Path

import jinja2

from course_lib.grading.sandbox import BUBBLEWRAP
from course_lib.grading.told import NOW, VISIBILITY

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
KEYS = {"submission", "slug", "score", "max_score", "checks", "notes", "seconds", "sandbox", "error"}
KEYS |= {"remark", "content"}
ROW = {"name", "points", "passed", "message", "hidden", "key"}
# For spreadsheets, which take a table for another alphabet's without its mark.
TABLE = "utf-8-sig"


class ResultsError(Exception):
    """The folder for the results cannot be used. The message is one sentence that says why."""


class Results:
    """The results of one assignment in a folder. Each is written down at once; ``finish`` puts them into order.

    telling: what of hidden cases is told to students
    """

    def __init__(self, folder, assignment, telling=NOW):
        self._folder, self._assignment, self._telling = folder, assignment, telling
        self._file = folder / "results.jsonl"
        self._by_name = {}

    def __enter__(self):
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self._folder / ".lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._by_name = {line["submission"]: line for line in self._lines()}
            # Half a line, where an earlier run was interrupted, must not run into the next.
            self._write()
            self._appended = self._file.open("a", encoding="utf-8")
        except BlockingIOError as error:
            raise ResultsError(f"Another judge is at work in {self._folder}.") from error
        except OSError as error:
            raise ResultsError(f"Results cannot be written to {self._folder} ({error.strerror}).") from error
        return self

    def __exit__(self, *exception):
        self._appended.close()
        self._lock.close()

    def _lines(self):
        if not self._file.exists():
            return
        for text in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                line = json.loads(text)
                if isinstance(line, dict) and line.keys() == KEYS and all(row.keys() == ROW for row in line["checks"]):
                    if line["slug"] != self._assignment.slug:
                        raise ResultsError(f"{self._folder} holds results of {line['slug']}. Choose another folder.")
                    yield line

    def seed(self, given=None):
        """The seed of the folder's hidden cases: the one given, else the one that is kept here, else a new one."""
        path = self._folder / ".seed"
        with contextlib.suppress(OSError, ValueError):
            given = int(path.read_text(encoding="utf-8")) if given is None else given
        # What was graded before folders had seeds was graded with this one, and keeps its results.
        if given is None and self._by_name and not path.exists():
            given = 1
        # Whoever could guess it could make a table of the right answers.
        given = secrets.randbits(60) if given is None else given
        replace(path, lambda file: file.write(f"{given}\n"))
        os.chmod(path, 0o600)
        return given

    def lines(self):
        """A line for each submission, in the order of their names."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def known(self, content, keys, sandbox):
        """(the line, {check: row} of it that still holds) for a notebook, from a sandbox at least as good as this."""
        good_enough = {sandbox, BUBBLEWRAP}
        found = [
            line for line in self._by_name.values() if line["content"] == content and line["sandbox"] in good_enough
        ]
        holding = [(line, _holding(line, keys)) for line in found]
        return max(holding, key=lambda one: len(one[1]), default=(None, {}))

    def add(self, name, result):
        """Write down one result."""
        line = {"submission": name, **{key: value for key, value in result.items() if key != "submission"}}
        self._by_name[name] = line
        self._appended.write(json.dumps(line) + "\n")
        self._appended.flush()

    def finish(self, names, gradescope):
        """Put all files in order; return the results of the named submissions."""
        self._write()
        lines = self.lines()
        replace(self._folder / "scores.csv", lambda file: self._scores(lines, file), TABLE)
        self._publish(lines)
        places = _places([line["submission"] for line in lines])
        own = [self._by_name[name] for name in names]
        for line in own:
            page = self._folder / f"feedback/{places[line['submission']]}.html"
            page.parent.mkdir(exist_ok=True)
            replace(page, lambda file, line=line: file.write(self._page(line)))
            if gradescope:
                name = "results.json" if len(own) == 1 else f"gradescope/{places[line['submission']]}/results.json"
                (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
                content = json.dumps(self._for_gradescope(line), indent=1)
                replace(self._folder / name, lambda file, content=content: file.write(content))
        return own

    def _write(self):
        replace(self._file, lambda file: file.writelines(json.dumps(line) + "\n" for line in self.lines()))

    def _publish(self, lines):
        """Where students are not told all, a second table holds what they are told."""
        path = self._folder / "published.csv"
        if self._telling.all_of_it:
            path.unlink(missing_ok=True)
        else:
            replace(path, lambda file: self._scores(map(self._telling.of, lines), file), TABLE)

    def _scores(self, lines, file):
        table = csv.writer(file, lineterminator="\n")
        names = [check.name for check in self._assignment.checks]
        table.writerow(["submission", "score", "max_score", *names, "only_hidden_cases", "error", "remark"])
        for line in lines:
            points = {check["name"]: _points(check) for check in line["checks"]}
            missed = [check["name"] for check in line["checks"] if check["hidden"] and check["passed"] is False]
            words = [plain(text) for text in (" ".join(missed), line["error"] or "", line["remark"])]
            score = "" if line["score"] is None else line["score"]
            of_checks = [points.get(name, "") for name in names]
            table.writerow([plain(line["submission"]), score, line["max_score"], *of_checks, *words])

    def _page(self, line):
        hints = {check.name: check.hints for check in self._assignment.checks}
        page = PAGES.get_template("feedback.html")
        return page.render(result=self._telling.of(line), titles=self._assignment.titles, hints=hints)

    def _for_gradescope(self, line):
        """As Gradescope's autograders write it: https://gradescope-autograders.readthedocs.io/en/latest/specs/."""
        tests = [
            {
                "name": self._assignment.titles[check["name"]],
                "max_score": check["points"],
                "score": check["points"] if check["passed"] else 0,
                "output": check["message"],
                "output_format": "text",
                "status": "passed" if check["passed"] else "failed",
                "visibility": VISIBILITY[self._telling.when] if check["hidden"] else "visible",
            }
            for check in line["checks"]
        ]
        return {
            "score": line["score"],
            "execution_time": line["seconds"],
            "output": line["error"] or line["remark"],
            "output_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": tests,
        }


def plain(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] and text[0] in "=+-@\t\r\n＝＋－＠" else text


def _points(check):
    """The points as a table has them: nothing where it is not told."""
    return "" if check["passed"] is None else check["points"] if check["passed"] else 0


def _holding(line, keys):
    """The rows of a line that are what would come out again."""
    return {row["name"]: row for row in line["checks"] if row["name"] in keys and row["key"] == keys[row["name"]]}


def _places(names):
    """A file name for each submission, made of letters that every file system takes, and no name twice."""
    places, taken = {}, set()
    for name in names:
        # File systems count bytes; most of them take 255.
        base = re.sub(r"[^\w.-]+", "_", name).encode()[:180].decode(errors="ignore")
        place = base = base.strip(".") or "submission"
        number = 1
        while place.casefold() in taken:
            number += 1
            place = f"{base}-{number}"
        taken.add(place.casefold())
        places[name] = place
    return places


def replace(path, write, encoding="utf-8"):
    """Write a file in one step: who reads it sees the old one or the new one."""
    with tempfile.NamedTemporaryFile("w", encoding=encoding, newline="", dir=path.parent, delete=False) as file:
        write(file)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)

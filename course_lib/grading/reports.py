"""What grading leaves in its folder: a line for each submission, a table of scores, and a page for each student."""

import contextlib
import fcntl
import hashlib
import json
import re
import secrets
from pathlib import Path

import jinja2

from course_lib.grading import result_lines, tables, writing
from course_lib.grading.sandbox import BUBBLEWRAP
from course_lib.grading.told import NOW, VISIBILITY

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
DAMAGED = "results.damaged.jsonl"


class ResultsError(Exception):
    """The folder for the results cannot be used. The message is one sentence that says why."""


class Results:
    """The results of one assignment in a folder. Each is written down at once; ``finish`` puts them into order.

    telling: what of hidden cases is told to students
    """

    def __init__(self, folder, assignment, telling=NOW):
        self._folder, self._assignment, self._telling = folder, assignment, telling
        self._file = folder / "results.jsonl"
        self._by_name, self._pages = {}, {}
        # A sentence for each thing that the instructor should know of.
        self.complaints = []

    def __enter__(self):
        with contextlib.ExitStack() as held:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                lock = held.enter_context((self._folder / ".lock").open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ResultsError(f"Another judge is at work in {self._folder}.") from error
            except OSError as error:
                raise self._unwritten(error) from error
            with self._writing():
                self.desk = held.enter_context(contextlib.closing(writing.Desk(self._folder)))
                self._by_name = {line["submission"]: line for line in self._lines()}
                # Half a line, where an earlier run was interrupted, must not run into the next.
                self._write()
                self._appended = self._file.open("a", encoding="utf-8")
            self._held = held.pop_all()
        return self

    def __exit__(self, *exception):
        # A full disk keeps it from being written once more, which has been said.
        with contextlib.suppress(OSError):
            self._appended.close()
        self._held.close()

    def _unwritten(self, error):
        return ResultsError(f"Results cannot be written to {self._folder} ({error.strerror}).")

    @contextlib.contextmanager
    def _writing(self):
        """What the system refuses is said in one sentence. ``ResultsError``."""
        try:
            yield
        except OSError as error:
            raise self._unwritten(error) from error

    def _lines(self):
        if not self._file.exists():
            return []
        lines, damaged = result_lines.read(self._file.read_text(encoding="utf-8", errors="replace"))
        for line in lines:
            if line["slug"] != self._assignment.slug:
                raise ResultsError(f"{self._folder} holds results of {line['slug']}. Choose another folder.")
        if damaged:
            aside = self._folder / DAMAGED
            before = aside.read_text(encoding="utf-8") if aside.exists() else ""
            self.desk.replace(aside, lambda file: file.writelines((before, *damaged)))
            self.complaints.append(f"{len(damaged)} damaged lines of {self._file.name} were put aside into {DAMAGED}.")
        return lines

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
        with self._writing():
            self.desk.replace(path, lambda file: file.write(f"{given}\n"), mode=0o600)
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

    def add(self, name, result, handed_in=None):
        """Write down one result. ``handed_in``: when, or None where that is not known."""
        before = self._by_name.get(name, {})
        time = handed_in and handed_in.isoformat(" ", "seconds")
        if before.get("content") == result["content"]:
            # A file that is copied is not handed in again.
            time = min(filter(None, (time, before.get("handed_in"))), default=None)
        own = {"submission": name, "handed_in": time, "page": self._pages.get(name, before.get("page"))}
        line = result_lines.complete(result | own)
        self._by_name[name] = line
        with self._writing():
            self._appended.write(result_lines.written(line))
            self._appended.flush()

    def finish(self, names, gradescope):
        """Put all files in order; return the results of the named submissions."""
        with self._writing():
            self.give_pages(names)
            for name, line in self._by_name.items():
                line["page"] = self._pages[name]
            self._write()
            lines = self.lines()
            self._scores(lines, self._folder / "scores.csv")
            self._publish(lines)
            own = [self._by_name[name] for name in names]
            for line in own:
                self._put(line["page"], self._page(line))
                if gradescope:
                    place = Path(line["page"]).stem
                    name = "results.json" if len(own) == 1 else f"gradescope/{place}/results.json"
                    self._put(name, json.dumps(self._for_gradescope(line), indent=1))
        return own

    def give_pages(self, names):
        """Give each of these submissions a page of its own, in one order, which it keeps whoever comes after."""
        self._pages |= {line["submission"]: line["page"] for line in self._by_name.values() if line["page"]}
        taken = {page.casefold() for page in self._pages.values()}
        for name in sorted({*names, *self._by_name} - self._pages.keys()):
            self._pages[name] = next(page for page in _pages(name) if page.casefold() not in taken)
            taken.add(self._pages[name].casefold())

    def _put(self, name, text):
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.desk.replace(path, lambda file: file.write(text))

    def _write(self):
        self.desk.replace(self._file, lambda file: file.writelines(map(result_lines.written, self.lines())))

    def _publish(self, lines):
        """Where students are not told all, a second table holds what they are told."""
        path = self._folder / "published.csv"
        if self._telling.all_of_it:
            path.unlink(missing_ok=True)
        else:
            self._scores(list(map(self._telling.of, lines)), path)

    def _scores(self, lines, path):
        names = [check.name for check in self._assignment.checks]
        header = ["submission", "score", "max_score", *names, "only_hidden_cases", "error", "remark", "page"]
        rows = []
        for line in lines:
            points = {check["name"]: _points(check) for check in line["checks"]}
            missed = " ".join(check["name"] for check in line["checks"] if check["hidden"] and check["passed"] is False)
            beside = [missed, line["error"], line["remark"], line["page"]]
            of_checks = [points.get(name) for name in names]
            rows.append([line["submission"], line["score"], line["max_score"], *of_checks, *beside])
        tables.write(self.desk, path, header, rows)

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
            "output": line["error"] or line["remark"],
            "output_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": tests,
        }


def _points(check):
    """The points as a table has them: nothing where it is not told."""
    return None if check["passed"] is None else check["points"] if check["passed"] else 0


def _holding(line, keys):
    """The rows of a line that are what would come out again."""
    return {row["name"]: row for row in line["checks"] if row["name"] in keys and row["key"] == keys[row["name"]]}


def _pages(name):
    """File names for a submission's page, one after the other, in letters that every file system takes."""
    # File systems count bytes; most of them take 255.
    base = re.sub(r"[^\w.-]+", "_", name).encode()[:180].decode(errors="ignore").strip(".") or "submission"
    yield f"feedback/{base}.html"
    own = hashlib.sha256(name.encode(errors="backslashreplace")).hexdigest()
    yield from (f"feedback/{base}-{own[:length]}.html" for length in range(6, 65))

"""What grading leaves in its folder, whoever has been there before, and whatever the disk does."""

import csv
import json
import os
import re
import unicodedata
from datetime import datetime

import pytest

from course_lib.grading import assignment, judge, tables, writing
from course_lib.grading.reports import DAMAGED, Results, ResultsError
from course_lib.grading.sandbox import BUBBLEWRAP
from tests.grading.submitted import GRADE, SLUG, SOLVED, lines, needs_bubblewrap, notebook, run

EXERCISE = assignment.load(SLUG)


def result(**more):
    return {**judge.result(EXERCISE, [], [], None, 0.5, BUBBLEWRAP, "c"), **more}


def written(folder, *names, **more):
    """Results of so many submissions, finished."""
    with Results(folder, EXERCISE) as results:
        for name in names:
            results.add(name, result(**more))
        return results.finish(names, gradescope=True)


def rows_of(table):
    with table.open(encoding=tables.ENCODING, newline="") as file:
        return list(csv.DictReader(file))


def test_what_somebody_else_has_written_into_a_line_stays(tmp_path):
    written(tmp_path, "ann", "ben")
    changed = [{**line, "comment": "seen in class"} for line in lines(tmp_path)]
    changed[0]["checks"][0]["by hand"] = 1
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in changed))
    written(tmp_path, "cleo")
    ann, ben, cleo = lines(tmp_path)
    assert (ann, ben) == tuple(changed)
    assert (ann["comment"], ann["checks"][0]["by hand"]) == ("seen in class", 1)
    assert cleo["submission"] == "cleo"


def test_a_line_of_an_earlier_judge_stays_and_gets_what_it_lacks(tmp_path):
    rows = [{"name": "ink", "points": 1, "passed": True}]
    earlier = {"slug": SLUG, "score": 1, "max_score": 3, "checks": rows}
    text = json.dumps({"submission": "ann", **earlier}) + "\n"
    (tmp_path / "results.jsonl").write_text(text)
    written(tmp_path)
    (line,) = lines(tmp_path)
    wanted = {"submission": "ann", "remark": "", "notes": [], "score": 1, "max_score": 3, "slug": SLUG}
    assert {key: line[key] for key in wanted} == wanted
    assert line["checks"] == [{**rows[0], "message": "", "hidden": False, "key": None, "for_instructor": ""}]
    assert rows_of(tmp_path / "scores.csv")[0]["ink"] == "1"


def test_a_damaged_line_is_put_aside_and_half_a_line_is_graded_again(tmp_path):
    written(tmp_path, "ann")
    damaged = ['{"submission": "ben", "sc\n', '{"submission": "dan"}\n', "[[" * 9000 + "\n"]
    with (tmp_path / "results.jsonl").open("a") as file:
        file.writelines([*damaged, '{"submission": "ha'])
    with Results(tmp_path, EXERCISE) as results:
        assert [line["submission"] for line in results.lines()] == ["ann"]
        assert results.complaints == [f"3 damaged lines of results.jsonl were put aside into {DAMAGED}."]
    assert (tmp_path / DAMAGED).read_text() == "".join(damaged)
    with Results(tmp_path, EXERCISE) as results:
        assert results.complaints == []


ALIKE = ["alice nb", "alice/nb", "Alice nb", "alice_nb", "alice\u00a0nb", "../../etc/passwd", "...", "\n", "é"]


def test_no_two_submissions_share_a_page_and_each_keeps_its_own(tmp_path):
    pages = {}
    # One after the other, each before those that are there already and after them.
    for name in [*ALIKE, "x" * 500]:
        for line in written(tmp_path, name):
            pages[name] = line["page"]
        assert {line["submission"]: line["page"] for line in lines(tmp_path)} == pages
    assert len({page.casefold() for page in pages.values()}) == len(ALIKE) + 1
    for name, page in pages.items():
        assert re.fullmatch(r"feedback/[\w-][\w.-]*\.html", page)
        assert len(page.encode()) < 220
        shown = (tmp_path / page).read_text(encoding="utf-8")
        assert f"<h1>{name}</h1>" in shown
    assert {row["submission"].lstrip("'"): row["page"] for row in rows_of(tmp_path / "scores.csv")} == pages


def test_who_hands_the_same_in_gets_a_page_of_her_own(tmp_path):
    with Results(tmp_path, EXERCISE) as results:
        results.add("ann", result())
        results.finish(["ann"], gradescope=False)
        results.add("ben", results.lines()[0], datetime(2026, 11, 2, 10))
        ann, ben = results.finish(["ann", "ben"], gradescope=False)
    assert (ann["page"], ben["page"]) == ("feedback/ann.html", "feedback/ben.html")
    assert (ann["handed_in"], ben["handed_in"]) == (None, "2026-11-02 10:00:00")


@pytest.mark.parametrize("begins", ["", ";", "x;", "a; ", 'x;"', "x\t", "x|'", "x\n", " ", "\t"])
@pytest.mark.parametrize("sign", "=+-@＝＋－＠﹦﹢﹣﹫−")
def test_nothing_in_a_table_is_a_formula_whatever_divides_its_cells(sign, begins, tmp_path):
    written(tmp_path, f"{begins}{sign}1+1", remark=f"{begins}{sign}cmd|' /C calc'!A0")
    text = (tmp_path / "scores.csv").read_text(encoding=tables.ENCODING)
    for divider in ",;\t|":
        cells = [cell for row in csv.reader(text.splitlines(), delimiter=divider) for cell in row]
        assert not [cell for cell in cells if cell.strip(" \"'\t")[:1] == sign and "'" not in cell.partition(sign)[0]]


def test_every_sign_that_is_like_one_that_begins_a_formula_is_known():
    alike = {sign for sign in map(chr, range(0x110000)) if unicodedata.normalize("NFKC", sign) in set("=+-@")}
    assert alike <= set(tables.SIGNS)


def test_what_is_no_formula_stays_as_it_is():
    for text in ("Ada-Lovelace", "1 = 1", "a, -b", "x: - y", ""):
        assert tables.plain(text) == text


def no_room(monkeypatch):
    """From now on the disk is full."""

    def refuse(*given, **options):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "replace", refuse)


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    with Results(tmp_path, EXERCISE) as results:
        results.add("ann", result())
        no_room(monkeypatch)
        with pytest.raises(ResultsError, match=r"Results cannot be written to .* \(No space left on device\)\."):
            results.finish(["ann"], gradescope=False)
    assert [line["submission"] for line in lines(tmp_path)] == ["ann"]


@needs_bubblewrap
@pytest.mark.parametrize("place", ["out", "tmp"])
def test_a_disk_that_runs_full_while_grading_is_one_sentence(place, tmp_path):
    for folder in ("class", "out", "tmp"):
        (tmp_path / folder).mkdir()
    for number in range(30):
        (tmp_path / f"class/{number}.ipynb").write_bytes(notebook([*SOLVED, f"raise ValueError('{number}' * 4000)"]))
    small = ["bwrap", "--dev-bind", "/", "/", "--size", str(1 << 14), "--tmpfs", str(tmp_path / place)]
    grade = [*GRADE, SLUG, str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    said = run([*small, *grade], env={**os.environ, "TMPDIR": str(tmp_path / "tmp")})
    assert said.returncode == 1
    assert "(No space left on device)" in said.stderr
    assert len(said.stderr.splitlines()) == 1, said.stderr


def test_a_folder_passes_with_its_process(tmp_path):
    folder = writing.PassingFolder("some-", tmp_path)
    (folder.path / "file").touch()
    assert list(tmp_path.iterdir()) == [folder.path]
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_copied_is_not_handed_in_again_but_a_changed_one_is(tmp_path):
    with Results(tmp_path, EXERCISE) as results:
        for day, content, wanted in ((5, "c", 5), (9, "c", 5), (2, "c", 2), (8, "other", 8)):
            results.add("ann", result(content=content), datetime(2026, 11, day))
            assert results.lines()[0]["handed_in"] == f"2026-11-0{wanted} 00:00:00"

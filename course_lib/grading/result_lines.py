"""The file of results: a line for each submission, of which none is lost, whoever has written it."""

import json

# What every line and every check in it has, and what it may lack: an earlier judge's has less.
LINE = {"submission": str, "slug": str, "score": int | float | None, "max_score": int | float, "checks": list}
LINE_MAY_LACK = {
    "notes": [],
    "seconds": 0.0,
    "sandbox": "",
    "error": None,
    "remark": "",
    "content": None,
    "statements": None,
    "handed_in": None,
    "page": None,
}
ROW = {"name": str, "points": int | float, "passed": bool}
ROW_MAY_LACK = {"message": "", "hidden": False, "key": None, "for_instructor": ""}


def read(text):
    """([a dict of each line], [lines that are none]). Half a line at the end, where writing stopped, is neither."""
    whole = text.splitlines(keepends=True)
    lines, damaged = [], []
    for one in whole:
        line = _line(one)
        if line:
            lines.append(line)
        elif one.strip() and one.endswith("\n"):
            damaged.append(one)
    return lines, damaged


def _line(text):
    """The line with all that it should have, and what else it has; None if it is no line of results."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not _has(line, LINE) or not all(_has(row, ROW) for row in line["checks"]):
        return None
    return complete(line)


def complete(line):
    """The line with what it lacks; it begins with whose it is."""
    rows = [ROW_MAY_LACK | row for row in line["checks"]]
    return {"submission": line["submission"]} | LINE_MAY_LACK | line | {"checks": rows}


def _has(value, entries):
    return isinstance(value, dict) and all(isinstance(value.get(name, ...), kind) for name, kind in entries.items())


def written(line):
    """A line as the file has it."""
    return json.dumps(line) + "\n"

"""Exercises from solutions: what is to be written becomes a stub; nbgrader's metadata says which cell has points."""

import ast
import re

# Two lines above each task: "### Exercise 3 · Title" and "*implement · difficulty ★★☆☆☆ · 10 minutes · 2 points*".
HEADER = re.compile(
    r"^### Exercise (?P<number>\d+) · (?P<title>.+)\n"
    r"\*(?P<kind>implement|build|predict|diagnose) · difficulty (?P<stars>★+)(?P<dark>☆*) · "
    r"(?P<minutes>\d+) minutes · (?P<points>\d+) points?\*$",
    re.M,
)
CHECK_CALL = re.compile(r"^check\.(?P<name>\w+)\(\w+\)$")
BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"


class BuildError(Exception):
    """A notebook could not be built. The message names the notebook, the cell and the error."""


def blank(cell):
    """The cell as a learner gets it: what stands between the two marks becomes a stub."""
    pattern = rf"^([ \t]*){BEGIN}\n(.*?)^[ \t]*{END}[ \t]*$"
    if (cell.source.count(BEGIN), cell.source.count(END)) != (len(re.findall(pattern, cell.source, re.M | re.S)),) * 2:
        raise BuildError(f"{BEGIN} and {END} do not pair up in the cell:\n{cell.source}")
    cell.source = re.sub(pattern, lambda found: _stub(*found.groups()), cell.source, flags=re.M | re.S)
    return cell


def mark_for_nbgrader(cells):
    """Write nbgrader's metadata (version 3) into the cells: tasks are locked, and checks are locked and have points.

    The cells for answers have none: nbgrader would empty such a cell when it makes the students' version.
    """
    points = None
    for cell in cells:
        task = HEADER.search(cell.source) if cell.cell_type == "markdown" else None
        call = CHECK_CALL.match(cell.source) if cell.cell_type == "code" else None
        if task:
            points = int(task["points"])
            cell.metadata["nbgrader"] = _nbgrader(f"task_{task['number']}", grade=False)
        elif call and points is not None:
            cell.metadata["nbgrader"] = {**_nbgrader(f"check_{call['name']}", grade=True), "points": points}
            points = None


def _nbgrader(grade_id, grade):
    return {"grade": grade, "grade_id": grade_id, "locked": True, "schema_version": 3, "solution": False, "task": False}


def _stub(indent, solution):
    """Inside a function, an exception that says so; at the top level, three dots for each name."""
    if indent:
        return f'{indent}raise NotImplementedError("Your code goes here.")'
    targets = [target for node in ast.parse(solution).body if isinstance(node, ast.Assign) for target in node.targets]
    return "\n".join(
        f"{name.id} = ..." for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
    )

"""What a check's verdict depends on, as a hash: what it uses of its module, what that imports, and the judge.

So a check that is repaired is known from the others beside it, and so is one whose helper is.
"""

import ast
import hashlib
import re
from collections import defaultdict

from course_lib.grading import imports

JUDGING = ("course_lib.checking.kinds", "course_lib.grading.judge")


def of_checks(checks, modules):
    """{name of a check: its fingerprint}. ``modules``: those of the course that a student's process may import."""
    common = _of_files(imports.closure(JUDGING) | modules)
    return {check.name: _hash([common, *_parts(check.name, check.module)]) for check in checks}


def _parts(name, module):
    """The statements of a module that one of its names depends on, each as a text, in their order."""
    tree = imports.tree_of(module)
    binds, loose = defaultdict(set), set()
    for number, statement in enumerate(tree.body):
        for bound in _bound(statement):
            binds[bound].add(number)
        if not _bound(statement) and statement is not tree.body[0]:
            loose.add(number)
    # What binds no name may change any.
    needed, waiting = set(), binds[name] | loose
    while waiting:
        number = waiting.pop()
        needed.add(number)
        waiting |= {other for used in _used(tree.body[number]) for other in binds.get(used, ())} - needed
    for number in sorted(needed):
        yield ast.dump(tree.body[number])
        if brought := set(imports.named(tree.body[number])):
            yield _of_files(imports.closure(brought, imports.named))


def _bound(statement):
    """The names that a statement of a module binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    nodes = ast.walk(statement)
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _used(statement):
    """The names in a statement, and those in its slips, ``"np.mean → np.sum"``, which are texts that are compiled."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "→" in node.value:
            yield from re.findall(r"\w+", node.value)


def _of_files(modules):
    return _hash(part for module in sorted(modules) for part in (module, imports.file_of(module).read_text("utf-8")))


def _hash(texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()

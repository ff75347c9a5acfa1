"""A check's fingerprint changes with all that its verdict depends on, and with nothing else of its module."""

import ast

import pytest

from course_lib import checks
from course_lib.grading import fingerprints, imports

MODULE = '''"""Words."""

import numpy as np

from course_lib.checking.kinds import implement
from course_lib.activations import softmax

LIMIT = 3
ROUNDS = LIMIT + 1


def _cases(rng):
    yield (rng.normal(size=ROUNDS),)


def _wrong(x):
    return x - 1


@implement(_cases, "A hint.", points=1, mistakes={"A mistake.": "softmax → _wrong"})
def one(x):
    """Words."""
    return softmax(x)


@implement(_cases, "A hint.", points=1, mistakes={})
def two(x):
    return np.sum(x)
'''


@pytest.fixture
def fingerprint(monkeypatch, tmp_path):
    """The fingerprints of the two checks of a module with this text."""
    real, path = imports.file_of, tmp_path / "made.py"
    monkeypatch.setattr(imports, "file_of", lambda module: path if module == "course_lib.checks.made" else real(module))

    def of(text):
        path.write_text(text, encoding="utf-8")
        return [fingerprints._hash(fingerprints._parts(name, "course_lib.checks.made")) for name in ("one", "two")]

    return of


@pytest.mark.parametrize(
    ("old", "new", "concerned"),
    [
        ("return softmax(x)", "return softmax(x) + 0", [True, False]),
        ("np.sum", "np.mean", [False, True]),
        ('"A hint.", points=1, mistakes={}', '"A hint.", points=2, mistakes={}', [False, True]),
        ("return x - 1", "return x - 2", [True, False]),
        ("LIMIT = 3", "LIMIT = 4", [True, True]),
        ("rng.normal", "rng.uniform", [True, True]),
        ("import softmax", "import sigmoid as softmax", [True, False]),
        ("\n\nLIMIT", "\n\nnp.seterr(all='raise')\nLIMIT", [True, True]),
        ("\n\nLIMIT", "\n\nOTHER = 5\nLIMIT", [False, False]),
        ("\n\nLIMIT", "\n\n# A comment.\nLIMIT", [False, False]),
        ("def _wrong", "def two_more(x):\n    return x\n\n\ndef _wrong", [False, False]),
    ],
)
def test_a_change_concerns_the_checks_that_use_it(fingerprint, old, new, concerned):
    before = fingerprint(MODULE)
    assert MODULE.count(old) == 1
    after = fingerprint(MODULE.replace(old, new))
    assert [a != b for a, b in zip(after, before, strict=True)] == concerned


def test_a_change_in_a_module_that_a_check_imports_counts(fingerprint, monkeypatch):
    before, real = fingerprint(MODULE), fingerprints._of_files
    monkeypatch.setattr(
        fingerprints, "_of_files", lambda modules: real(modules) + ("!" if "course_lib.activations" in modules else "")
    )
    assert [a != b for a, b in zip(fingerprint(MODULE), before, strict=True)] == [True, False]


@pytest.mark.parametrize("check", checks.all_checks(), ids=lambda check: check.key)
def test_a_repair_of_a_check_concerns_no_other(check):
    """Its own statement is not among those that its neighbours depend on, unless one calls the other."""
    own = next(
        ast.dump(node)
        for node in imports.tree_of(check.module).body
        if isinstance(node, ast.FunctionDef) and node.name == check.name
    )
    assert own in list(fingerprints._parts(check.name, check.module))
    for other in checks.all_checks():
        if other.module == check.module and other is not check and own in fingerprints._parts(other.name, other.module):
            uses = "".join(fingerprints._parts(other.name, other.module)).replace(own, "")
            assert f"Name(id='{check.name}'" in uses, f"{other.name} depends on {check.name}"

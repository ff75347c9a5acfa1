"""Cells as a notebook runs them: IPython's commands, await, pasted prompts. A statement that fails costs itself alone.

This is part of the student's process, and nothing in it is trusted: IPython, too, reads a student's text only there.
"""

import __future__

import ast
import asyncio
import builtins
import contextlib
import functools
import inspect
import io
import linecache
import operator
import re
import sys
import types

import IPython
from IPython.core.inputtransformer2 import TransformerManager
from IPython.utils.capture import capture_output

FUTURE = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
# Magics whose text is Python that the notebook itself runs. Others are for a shell, another language, or the eyes.
RUN_THEIR_TEXT = ("time", "capture", "prun", "debug", "wandb")
# This is valid Python, but nobody means it so.
PROMPT = re.compile(r"\s*In \[\d+\]: ")


class LeftOut(Exception):
    """A cell that is not Python was not run. The message says so."""


class Notebook:
    """The module in which the cells run, with what IPython puts into it; ``failed`` is what the last cell raised."""

    def __init__(self):
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        self.failed = []
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._texts, self._loop, self._last = 0, None, ""
        shell = Shell(self)
        builtins.display = lambda *shown, **options: None
        builtins.get_ipython = IPython.get_ipython = lambda: shell
        self.names.update(In=[""], Out={}, _=self._last)

    def run_cell(self, source, name):
        """Run one cell. Returns what was raised: an exception for each statement that failed."""
        self.failed = []
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                self.run(source, name)
            except BaseException as error:
                self.failed.append(error)
        return self.failed

    def run(self, source, name=None):
        """Run a text, statement by statement; the value of the last one, if it is an expression.

        What cannot be parsed raises, and so does what is meant to end the program.
        """
        self._texts += 1
        name = name or f"<text {self._texts}>"
        source, tree = self._parsed(source, name)
        # Where inspect, and TensorFlow with it, looks for the text of a function.
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        value = None
        for statement in _one_by_one(tree):
            try:
                value = self._run(statement, name)
            except Exception as error:
                value = None
                self.failed.append(error)
        if value is not None and self.names.get("_") is self._last:
            self._last = self.names["_"] = value
        return value

    def _parsed(self, source, name):
        """The text and its tree. IPython's transformer, whose time grows as a square, is asked last."""
        if not PROMPT.match(source):
            with contextlib.suppress(SyntaxError):
                return source, self._tree(source, name)
        python = TransformerManager().transform_cell(source)
        return python, self._tree(python, name)

    def _tree(self, source, name):
        return compile(source, name, "exec", self._flags | ast.PyCF_ONLY_AST, dont_inherit=True)

    def _run(self, statement, name):
        if isinstance(statement, ast.Expr):
            tree, mode = ast.Expression(statement.value), "eval"
        else:
            tree, mode = ast.Module([statement], []), "exec"
        code = compile(tree, name, mode, self._flags, dont_inherit=True)
        self._flags |= code.co_flags & FUTURE
        value = eval(code, self.names)
        if code.co_flags & inspect.CO_COROUTINE:
            # One loop for all cells: what one has begun another may await.
            self._loop = self._loop or asyncio.new_event_loop()
            value = self._loop.run_until_complete(value)
        return value


def _one_by_one(tree):
    """The statements, and of an import each name for itself."""
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from (ast.copy_location(ast.Import([name]), statement) for name in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            module, level = statement.module, statement.level
            yield from (ast.copy_location(ast.ImportFrom(module, [n], level), statement) for n in statement.names)
        else:
            yield statement


class Silent:
    """What may be called, and asked for anything, and does nothing."""

    def __call__(self, *given, **options):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class Shell(Silent):
    """Stands in for IPython's shell: runs what is Python, and leaves out what is not."""

    def __init__(self, notebook):
        self._notebook = notebook
        self.user_ns = notebook.names

    def run_cell_magic(self, name, line, body):
        """``%%time`` and its like run the cell; any other is left out, which is noted."""
        if name not in RUN_THEIR_TEXT:
            self._notebook.failed.append(LeftOut(f"A cell of %%{name} is left out in grading."))
            return None
        if name != "capture":
            return self._notebook.run(body)
        with capture_output() as captured:
            self._notebook.run(body)
        for variable in [word for word in line.split() if word.isidentifier()]:
            self.user_ns[variable] = captured
        return None

    def run_line_magic(self, name, line, *more):
        """``%time`` and its like run the line; any other does nothing."""
        return self._notebook.run(line) if name in RUN_THEIR_TEXT else None

    def magic(self, text):
        """A line magic in one text, with or without its sign."""
        name, _, line = text.lstrip("%").partition(" ")
        return self.run_line_magic(name, line)

    def run_cell(self, text, *more, **options):
        """Run a text as a cell."""
        return self._notebook.run(text)

    ex = ev = run_cell

    def getoutput(self, *given, **options):
        """What a shell's command printed: none is run."""
        return []

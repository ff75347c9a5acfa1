"""Cells as a notebook runs them: IPython's commands, await, pasted prompts. A statement that fails costs itself alone.

This is part of the student's process, and nothing in it is trusted: IPython, too, reads a student's text only there.
"""

import __future__

import ast
import asyncio
import builtins
import contextlib
import contextvars
import functools
import importlib
import inspect
import io
import linecache
import operator
import os
import re
import sys
import types
from pathlib import Path

import IPython
from IPython.core.inputtransformer2 import TransformerManager
from IPython.utils.capture import capture_output
from IPython.utils.text import SList

FUTURE = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
# Magics whose text is Python that the notebook itself runs. Others are for a shell, another language, or the eyes.
RUN_THEIR_TEXT = ("time", "capture", "prun", "debug", "wandb", "snakeviz", "pyinstrument", "ipytest")
IMPORTS, BLOCKS = ast.Import | ast.ImportFrom, ast.With | ast.AsyncWith | ast.If | ast.For | ast.AsyncFor | ast.While
# How an import in a block says that it has failed.
NOTE = "__note_import__"
NOTED = ast.parse(f"try: pass\nexcept ImportError: {NOTE}()").body[0].handlers
# Shell lines behind a colon, which Colab's templates have, and what IPython takes for a magic where it is a whole cell.
BEHIND_A_COLON = re.compile(
    r"^([ \t]*(?:if|else|elif|try|except|finally|for|while|with)\b[^\n'\"#]*:)[ \t]*[!%].*$", re.M
)
WITHOUT_A_SIGN = re.compile(r"\s*(?:pip|conda|mamba|uv|cd|ls|ll|cat|mkdir|matplotlib|load_ext|autoreload)[ \t].*\s*\Z")
# This is valid Python, but nobody means it so.
PROMPT = re.compile(r"\s*In \[\d+\]: ")
# How many turns after a cell its tasks have, which in a notebook go on until the next one is run.
TURNS = 20


class LeftOut(Exception):
    """A cell that is not Python was not run. The message says so."""


class Notebook:
    """The module in which the cells run, with what IPython puts into it; ``failed`` is what the last cell raised."""

    def __init__(self):
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        # As in a notebook, modules are found in the folder in which it runs.
        sys.path.insert(0, os.getcwd())
        self.failed = []
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._number, self._texts, self._last = 0, 0, ["", "", ""]
        # One loop and one context for all cells: what one has begun another may await, and what one has set holds.
        self._loop, self._context = asyncio.new_event_loop(), contextvars.copy_context()
        asyncio.set_event_loop(self._loop)
        shell = Shell(self)
        builtins.display = lambda *shown, **options: None
        builtins.get_ipython = IPython.get_ipython = lambda: shell
        self.names.update(In=[""], Out={}, _="", __="", ___="", **{NOTE: self._note_import})

    def run_cell(self, source, name):
        """Run one cell. Returns what was raised: an exception for each statement that failed."""
        self.failed, value = [], None
        self._number += 1
        self.names["In"] = [*self._earlier("In", list), source]
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                value = self._completed(self._cell(source, name))
            except BaseException as error:
                self.failed.append(error)
        if value is not None:
            self.names["Out"] = {**self._earlier("Out", dict), self._number: value}
            self.names[f"_{self._number}"] = value
        return self.failed

    def _earlier(self, name, kind):
        """What a notebook has kept so far, unless its own code uses the name for something else."""
        kept = self.names.get(name)
        return kept if isinstance(kept, kind) else kind()

    def call(self, function, *args):
        """What a function gives inside the loop, where a notebook's checks call it; what it raises is raised."""

        async def called():
            try:
                return function(*args), None
            except BaseException as error:
                return None, error

        value, error = self._completed(called())
        if error is not None:
            raise error
        return value

    def _completed(self, coroutine):
        return self._loop.run_until_complete(self._loop.create_task(coroutine, context=self._context))

    async def _cell(self, source, name):
        value = None
        # What is meant to end the program would end the loop.
        try:
            value = await self._steps(source, name)
        except BaseException as error:
            self.failed.append(error)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        return value

    def run(self, source):
        """Run a text inside a cell, as a magic does it: what has to wait for something cannot, as in a notebook."""
        steps = self._steps(source)
        try:
            steps.send(None)
        except StopIteration as end:
            return end.value
        steps.close()
        raise RuntimeError("This event loop is already running")

    async def _steps(self, source, name=None):
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
                value = await self._run(statement, name)
            except Exception as error:
                value = None
                self.failed.append(error)
        if value is not None and self.names.get("_") is self._last[0]:
            self._last = [value, *self._last[:2]]
            self.names.update(zip(("_", "__", "___"), self._last, strict=True))
        return value

    def _parsed(self, source, name):
        """The text and its tree. IPython's transformer, whose time grows as a square, is asked last."""
        if not PROMPT.match(source):
            with contextlib.suppress(SyntaxError):
                return source, self._tree(source, name)
        python = TransformerManager().transform_cell(source)
        with contextlib.suppress(SyntaxError):
            return python, self._tree(python, name)
        return source, self._tree("" if WITHOUT_A_SIGN.match(source) else BEHIND_A_COLON.sub(r"\1 pass", python), name)

    def _tree(self, source, name):
        return compile(source, name, "exec", self._flags | ast.PyCF_ONLY_AST, dont_inherit=True)

    async def _run(self, statement, name):
        if isinstance(statement, ast.Expr):
            tree, mode = ast.Expression(statement.value), "eval"
        else:
            tree, mode = ast.Module([statement], []), "exec"
        code = compile(tree, name, mode, self._flags, dont_inherit=True)
        self._flags |= code.co_flags & FUTURE
        value = eval(code, self.names)
        return await value if code.co_flags & inspect.CO_COROUTINE else value

    def _note_import(self):
        self.failed.append(sys.exception())


def _one_by_one(tree):
    """The statements, and of an import each name for itself, in a block too: a name that fails costs itself alone."""
    for statement in tree.body:
        yield from _apart(statement) if isinstance(statement, IMPORTS) else _caught([statement])


def _apart(statement):
    if isinstance(statement, ast.Import):
        return [ast.copy_location(ast.Import([name]), statement) for name in statement.names]
    if statement.module == "__future__":
        return [statement]
    module, level = statement.module, statement.level
    return [ast.copy_location(ast.ImportFrom(module, [name], level), statement) for name in statement.names]


def _caught(block):
    """The statements of a block, each import in a ``try``; what the notebook catches itself is left to it."""
    for statement in block:
        if isinstance(statement, IMPORTS):
            caught = [ast.Try([one], NOTED, [], []) for one in _apart(statement)]
            yield from (ast.fix_missing_locations(ast.copy_location(one, statement)) for one in caught)
            continue
        if isinstance(statement, BLOCKS):
            statement.body = list(_caught(statement.body))
            statement.orelse = list(_caught(getattr(statement, "orelse", [])))
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
        """``%%time`` and its like run the cell, ``%%writefile`` writes it; any other is left out, which is noted."""
        if name in ("writefile", "file"):
            *options, path = line.split()
            with open(path.strip("\"'"), "a" if "-a" in options else "w", encoding="utf-8") as file:
                file.write(body)
            importlib.invalidate_caches()
            return None
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
        """``%time`` and its like run the line, ``%run`` a file that the notebook has written; others do nothing."""
        if name == "run" and (file := Path((line.split() or [""])[0])).is_file():
            return self._notebook.run(file.read_text(encoding="utf-8"))
        return self._notebook.run(line) if name in RUN_THEIR_TEXT else None

    def magic(self, text):
        """A line magic in one text, with or without its sign."""
        name, _, line = text.lstrip("%").partition(" ")
        return self.run_line_magic(name, line)

    def run_cell(self, text, *more, **options):
        """Run a text as a cell."""
        return self._notebook.run(text)

    ex = ev = run_cell

    def push(self, names, *more, **options):
        """Give these names to the notebook."""
        self.user_ns.update(names if isinstance(names, dict) else {})

    def getoutput(self, *given, **options):
        """What a shell's command printed: none is run."""
        return SList()

"""What a notebook accepts, the judge accepts: IPython's commands, await, prompts that were pasted, failing lines."""

import pytest

from tests.grading.submitted import notebook, passed

NUMPY, INK = "import numpy as np", "def ink(picture):\n    return np.mean(picture)"
# The cells of a notebook that gets the point for `ink` in JupyterLab.
ACCEPTED = {
    "%%time": [NUMPY, "%%time\n" + INK],
    "%%time after an empty line": [NUMPY, "\n\n%%time\n" + INK],
    "%%time in a comment's shadow": [NUMPY, "# how long?\n%%time\n" + INK],
    "%%time in %%capture": [NUMPY, "%%capture\n%%time\n" + INK],
    "%%capture": ["%%capture\n!pip install numpy\n" + NUMPY, INK],
    "%%capture and what was captured": [
        NUMPY,
        f"%%capture --no-stderr out\n{INK}\nprint(5)",
        "assert '5' in out.stdout",
    ],
    "%%prun": [NUMPY, "%%prun -l 5\n" + INK],
    "%time with a statement": [NUMPY, "%time ink = lambda picture: np.mean(picture)"],
    "%time with a value": [NUMPY, "mean = %time np.mean\nink = lambda picture: mean(picture)"],
    "a magic in the import cell": ["%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n" + NUMPY, INK],
    "a magic in a block": [f"if True:\n    %matplotlib inline\n    {NUMPY}", INK],
    "%run of another file": [f"%run other.py\n{NUMPY}", INK],
    "%config and %env": ["%config InlineBackend.figure_format = 'retina'\n%env A=1\n" + NUMPY, INK],
    "a shell line": ["!pip install numpy && echo done\n" + NUMPY, INK],
    "a shell line in try": [f"try:\n    {NUMPY}\nexcept ImportError:\n    !pip install numpy\n", INK],
    "a shell's output": [f"files = !ls\n{NUMPY}", f"for file in files:\n    print(file)\n{INK}"],
    "a shell's output as IPython has it": [f"files = !ls\nassert files.n == '' and files.l == []\n{NUMPY}", INK],
    "names for the shell": [f"get_ipython().push({{'a': 5}})\nassert a == 5\n{NUMPY}", INK],
    "a question": [NUMPY, INK + "\nnp.mean?"],
    "two questions": [NUMPY, f"?np.mean\n{INK}\nnp.mean??\nnp.*mean*?"],
    "await": [NUMPY, "import asyncio\nawait asyncio.sleep(0)\n" + INK],
    "async for and async with": [
        NUMPY,
        "import asyncio\nasync def count():\n    yield 1\nasync for n in count():\n    pass\n"
        f"async with asyncio.Lock():\n    n = [m async for m in count()]\n{INK}",
    ],
    "a task that another cell awaits": [
        NUMPY,
        "import asyncio\ntask = asyncio.get_running_loop().create_task(asyncio.sleep(0, 7)); await asyncio.sleep(0)",
        f"assert await task == 7\n{INK}",
    ],
    "a task without await": [
        f"{NUMPY}\nimport asyncio\nasync def f():\n    return 7\ntask = asyncio.create_task(f())",
        f"assert await task == 7\n{INK}",
    ],
    "the loop of the notebook": [
        f"{NUMPY}\nimport asyncio\nloop = asyncio.get_event_loop()\nfive = asyncio.ensure_future(asyncio.sleep(0, 5))",
        f"assert await loop.run_in_executor(None, int, '7') == 7 and await five == 5\n{INK}",
    ],
    "asyncio.run": [NUMPY, f"import asyncio\nasync def f():\n    return 1\nasyncio.run(f())\n{INK}"],
    "asyncio.run, as Jupyter refuses it": [
        f"{NUMPY}\nimport asyncio\ntry:\n    asyncio.run(asyncio.sleep(0))\n"
        "except RuntimeError as error:\n    said = str(error)",
        f"assert said == 'asyncio.run() cannot be called from a running event loop'\n{INK}",
    ],
    "asyncio.run where loops are nested": [
        f"{NUMPY}\nimport asyncio, nest_asyncio2\nnest_asyncio2.apply()\nthree = asyncio.run(asyncio.sleep(0, 3))",
        f"assert three == 3 and await asyncio.sleep(0, 4) == 4\n{INK}",
    ],
    "what asks for the loop, once": [
        f"{NUMPY}\nimport asyncio\ncalls = []",
        "def begin():\n    calls.append(1)\n    return asyncio.get_running_loop()\nloop = begin()",
        f"assert calls == [1] and begin() is loop and len(calls) == 2\n{INK}",
    ],
    "a task that nobody awaits": [
        f"{NUMPY}\nimport asyncio\ndone = []\nasync def f():\n    await asyncio.sleep(0)\n    done.append(1)",
        "task = asyncio.create_task(f())",
        f"assert done == [1] and task.done()\n{INK}",
    ],
    "the loop inside an answer": [
        f"{NUMPY}\nimport asyncio\nloop = asyncio.get_running_loop()",
        "def ink(picture):\n    if asyncio.get_running_loop() is loop:\n        return np.mean(picture)",
    ],
    "what a context holds": [
        f"{NUMPY}\nimport contextvars\none = contextvars.ContextVar('one')\nbefore = one.set(1)",
        "def ink(picture):\n    return np.mean(picture) * one.get()",
        "assert one.get() == 1\none.reset(before)\nset_again = one.set(1)",
    ],
    "an exception that a loop would take for its own": [
        f"{NUMPY}\ndef stop():\n    raise StopIteration\nstop()\n{INK}",
        "import asyncio\nasyncio.current_task().cancel()",
        "await asyncio.sleep(0)",
    ],
    "get_ipython": ["get_ipython().run_line_magic('matplotlib', 'inline')\n" + NUMPY, INK],
    "get_ipython, imported": [
        "from IPython import get_ipython\nshell = get_ipython()\nshell.magic('%matplotlib inline')\n"
        "shell.events.register('post_run_cell', print)\nif 'x' in shell.user_ns:\n    del x\n" + NUMPY,
        INK,
    ],
    "display": [NUMPY, f"from IPython.display import HTML, clear_output\ndisplay(HTML('x'))\nclear_output()\n{INK}"],
    "Python's prompts": [">>> import numpy as np", ">>> def ink(picture):\n...     return np.mean(picture)\n...\n"],
    "IPython's prompts": [
        "In [1]: import numpy as np\n\nIn [2]: def ink(picture):\n   ...:     return np.mean(picture)\n   ...:\n\n"
        "In [3]: 3\nOut[3]: 3",
    ],
    "an indented cell": ["    " + NUMPY, "  def ink(picture):\n    return np.mean(picture)"],
    "the last value": [f"{NUMPY}\nnp.mean", "mean = _\nink = lambda picture: mean(picture)"],
    "the last values and In and Out": [
        NUMPY,
        "np.mean",
        "1",
        "2",
        f"assert ___ is Out[2] is _2 is np.mean and __ == 1 and _ == 2 and 'numpy' in In[1]\n{INK}",
    ],
    "an own In and Out": [f"{NUMPY}\nIn, Out = 1, 2", "5", f"assert _2 == 5\n{INK}"],
    "an own _": [NUMPY, "_, mean = 1, np.mean\n5", f"assert _ == 1\n{INK}"],
    "a module that is not there": [f"import seaborn_of_old as sns\n{NUMPY}\nsns.set_theme()", INK],
    "modules in one line": ["import not_there, numpy as np", INK],
    "names in one line": ["from numpy import not_there, mean", "def ink(picture):\n    return mean(picture)"],
    "a module that is not there, in a block": [f"with open('/dev/null'):\n    import not_there, sys\n    {NUMPY}", INK],
    "modules that are not there, block in block": [
        f"if True:\n    for _ in [1]:\n        from not_there import a, b\n        {NUMPY}",
        INK,
    ],
    "a missing module that the notebook catches": [
        f"try:\n    import not_there\n    there = True\nexcept ImportError:\n    there = False\n{NUMPY}",
        f"assert not there\n{INK}",
    ],
    "what only Colab has": [
        f"from google.colab import drive\ndrive.mount('/content/drive')\n{NUMPY}\nopen('/content/drive/mine.csv')",
        INK,
    ],
    "a syntax error elsewhere": [NUMPY, "def broken(:\n    pass", INK],
    "a future for all cells": [
        f"from __future__ import annotations\n{NUMPY}",
        "def ink(picture: np.nothing) -> Wrong:\n    return np.mean(picture)",
    ],
    "the text of a function": [
        f"{NUMPY}\nimport inspect",
        f"{INK}\nassert 'return np.mean' in inspect.getsource(ink)\nassert inspect.getsource(ink).startswith('def')",
    ],
    "a shell line that only Colab runs": [
        f"import sys\nIN_COLAB = 'google.colab' in sys.modules\nif IN_COLAB:\n    !pip install keras\n{NUMPY}",
        INK,
    ],
    "the same in one line, as IPython refuses it": [
        f"IN_COLAB = False\nif IN_COLAB: !pip install keras\ntry: %cd content\nexcept OSError: pass\n{NUMPY}",
        INK,
    ],
    "magics without their sign": ["pip install numpy", NUMPY, "ls -l", INK],
    "a modulo at the beginning of a line": [
        NUMPY,
        "%matplotlib inline\nzero = (7\n% 7)\ndef ink(picture):\n    return np.mean(picture) + (zero\n% 7)",
    ],
    "%%writefile and import": [
        NUMPY,
        "%%writefile mine.py\nimport numpy as np\n",
        "%%writefile -a mine.py\ndef share(picture):\n    return np.mean(picture)",
        "from mine import share\nassert open('mine.py').read().startswith('import')\n"
        "def ink(picture):\n    return share(picture)",
    ],
    "%%writefile and %run": [f"%%writefile 'mine.py'\n{NUMPY}\n{INK}", "%run mine.py"],
    "processes that import what was written": [
        "%%writefile work.py\ndef next_one(x):\n    return x + 1",
        f"{NUMPY}\nimport multiprocessing, work\nwith multiprocessing.get_context('spawn').Pool(2) as pool:\n"
        f"    found = pool.map(work.next_one, [1, 2])\nassert found == [2, 3]\n{INK}",
    ],
    "a pool of processes": [
        f"{NUMPY}\nimport multiprocessing\ndef next_one(x):\n    return x + 1",
        f"with multiprocessing.Pool(8) as pool:\n    assert pool.map(next_one, range(50)) == list(range(1, 51))\n{INK}",
    ],
    "forty threads": [
        f"{NUMPY}\nimport threading\nmeeting = threading.Barrier(40)",
        "threads = [threading.Thread(target=meeting.wait) for _ in range(40)]\n[thread.start() for thread in threads]\n"
        f"[thread.join() for thread in threads]\nassert not meeting.broken\n{INK}",
    ],
    "modules of the course that the exercise does not name": [
        f"{NUMPY}\nfrom course_lib.page import claim, quiet, show\nfrom course_lib.plots import neurons as plots\n"
        "from course_lib.widgets import losses as widgets\nfrom course_lib.drawing import palette, style\n"
        "from course_lib.experiments import activations\nfrom course_lib.playground import settings\n"
        "import course_lib.serving.registry\nassert plots and widgets and style and activations and settings",
        INK,
    ],
    "lines that end as on Windows": [NUMPY, ("%time 1\n" + INK).replace("\n", "\r\n")],
}


@pytest.mark.parametrize("sources", ACCEPTED.values(), ids=ACCEPTED)
def test_what_a_notebook_accepts_the_judge_accepts(place, sources):
    result = place.judge(notebook(sources))
    assert passed(result) == ["ink"], result
    if "assert" in str(sources):
        assert result["notes"] == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import seaborn_of_old as sns\nx = 1", "Code cell 1: No module named 'seaborn_of_old'"),
        ("%%bash\nls", "Code cell 1: A cell of %%bash is left out in grading."),
        ("def broken(:", "Code cell 1: SyntaxError: "),
        ("x = 1\n1 / 0\ny = 2", "Code cell 1: ZeroDivisionError: "),
        ("%%time\n1 / 0", "Code cell 1: ZeroDivisionError: "),
        ("%%time\nimport asyncio\nawait asyncio.sleep(0.01)", "Code cell 1: RuntimeError: This event loop is already"),
        ("import asyncio\nasyncio.run(asyncio.sleep(0))", "Code cell 1: RuntimeError: asyncio.run() cannot be called"),
        ("import asyncio\nasyncio.get_running_loop().close()", "Code cell 1: RuntimeError: Cannot close a running"),
    ],
)
def test_a_line_that_fails_is_noted_once(place, source, words):
    (note,) = place.judge(notebook([source]))["notes"]
    assert note.startswith(words)


def test_of_a_cell_that_fails_everywhere_three_lines_are_noted(place):
    assert len(place.judge(notebook(["\n".join(f"wrong_{n}" for n in range(50))]))["notes"]) == 3


def test_a_cell_that_was_meant_to_end_the_program_ends(place):
    result = place.judge(notebook([NUMPY, f"raise SystemExit\n{INK}"]))
    assert result["checks"][0]["message"] == "The notebook has no ink."


def test_a_cell_of_a_thousand_magics_costs_itself_alone(impatient):
    result = impatient.judge(notebook([f"{NUMPY}\n{INK}", "%time 1\n" * 3000]))
    assert passed(result) == ["ink"]

"""What set_up.py does in good and in bad situations: one sentence, never a traceback, and nothing done twice."""

import ast
import contextlib
import glob
import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

from course_lib.lab import installer, set_up

ROOT = Path(set_up.ROOT)
THIS = "{}.{}".format(*sys.version_info)
Usage = namedtuple("Usage", "free")
PLENTY = lambda folder: Usage(1e12)  # noqa: E731


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ["PYTHON", "GPU"]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clone(tmp_path):
    """The files that a set-up reads, in a folder of their own."""
    for name in ["course_lib/lab/set_up.py", "course_lib/lab/installer.py", *set_up.INPUTS]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def real_old_pythons():
    """Every Python on this machine that can read the script and is too old for the course, the oldest first."""
    folders = [*os.environ["PATH"].split(os.pathsep), *glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin"))]
    paths = [shutil.which(f"python3.{minor}", path=folder) for folder in folders for minor in range(6, 11)]
    versions = {os.path.realpath(path): set_up.probe([path])[0] for path in paths if path}
    return sorted(filter(versions.get, versions), key=lambda path: int(versions[path].split(".")[1]))


def start(clone, *arguments, python=sys.executable, **environ):
    """Runs the clone's script as `make` does, and not as part of a `make` that runs these tests."""
    command = [python, "-E", clone / "course_lib" / "lab" / "set_up.py", *arguments]
    own = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS")}
    return subprocess.run(command, env=own | environ, capture_output=True, text=True, timeout=60)


def one_sentence(result):
    """What a failed call says on stderr, if that is all."""
    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    assert result.stderr.count("\n") == 1
    return result.stderr


class Installer:
    """Stands in for the steps of a set-up: makes the Python, installs nothing, may be interrupted."""

    def __init__(self, stops_at=None):
        self.stops_at, self.commands = stops_at, []

    def __call__(self, command, root, title, gpu):
        self.commands.append(command)
        if title.startswith(str(self.stops_at)):
            raise KeyboardInterrupt
        if "venv" in command:
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", command[-1]], check=True)
            # An importable pip is the sign of a .venv that can be gone on with.
            [packages] = glob.glob(os.path.join(root, ".venv", "[Ll]ib", "**", "site-packages"), recursive=True)
            Path(packages, "pip.py").touch()


def build(clone, gpu=None, **more):
    installer = Installer(**more)
    with contextlib.suppress(KeyboardInterrupt):
        set_up.build(str(clone), gpu=gpu, run=installer, usage=PLENTY)
    return installer.commands


def modules(commands):
    """Which module each command starts: venv, pip, uv."""
    return [command[2] for command in commands]


# ---- A finished set-up


def test_everything_is_installed_once_in_this_order(clone):
    assert modules(build(clone)) == ["venv", "pip", "uv"]
    assert build(clone) == []


def test_second_call_is_quick_and_changes_nothing(clone):
    build(clone)
    before = {path: path.lstat().st_mtime_ns for path in (clone / ".venv").rglob("*")}
    begun = time.monotonic()
    result = start(clone)
    assert time.monotonic() - begun < 2
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert {path: path.lstat().st_mtime_ns for path in (clone / ".venv").rglob("*")} == before


@pytest.mark.parametrize("name", set_up.INPUTS)
def test_changed_input_is_installed_into_the_same_venv(clone, name):
    build(clone)
    with open(clone / name, "a") as file:
        file.write("\n")
    assert modules(build(clone)) == ["pip", "uv"]
    assert build(clone) == []


def test_line_ends_of_a_clone_on_windows_change_nothing(clone):
    build(clone)
    path = clone / "requirements.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert build(clone) == []


def test_files_of_a_restored_or_newly_owned_folder_change_nothing(clone):
    """uv would install the course again, and need the internet for it."""
    build(clone)
    for name in set_up.INPUTS:
        os.utime(clone / name, (1e9, 1e9))
    assert build(clone) == []


@pytest.mark.parametrize("step", [1, 2, 3])
def test_interrupted_set_up_is_finished_by_the_next_call(clone, step, capsys):
    build(clone, stops_at=step)
    assert not set_up.is_finished(str(clone), None, None)
    assert modules(build(clone)) == ["venv", "pip", "uv"]
    assert set_up.is_finished(str(clone), None, None)
    assert build(clone) == []


def test_moved_clone_is_set_up_anew(clone, tmp_path_factory, capsys):
    build(clone)
    moved = tmp_path_factory.mktemp("moved") / "course"
    shutil.move(clone, moved)
    assert modules(build(moved)) == ["venv", "pip", "uv"]
    assert "making it anew" in capsys.readouterr().out


def test_venv_whose_python_is_gone_is_made_anew_and_says_so(clone, capsys):
    build(clone)
    python = Path(set_up.venv_python(str(clone)))
    python.unlink()
    python.symlink_to(clone / "gone") if os.name != "nt" else None
    assert modules(build(clone)) == ["venv", "pip", "uv"]
    assert "broken" in capsys.readouterr().out


def test_venv_made_by_hand_is_kept(clone):
    Installer()([sys.executable, "-m", "venv", str(clone / ".venv")], str(clone), "", "0")
    assert modules(build(clone)) == ["pip", "uv"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such lock")
def test_second_set_up_waits_for_the_first(clone):
    import fcntl

    folder = os.open(clone, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    second = f"from course_lib.lab import set_up\nwith set_up.lock({str(clone)!r}): pass"
    waiting = subprocess.Popen([sys.executable, "-c", second], stdout=subprocess.PIPE, text=True)
    assert "waiting" in waiting.stdout.readline()
    assert waiting.poll() is None
    os.close(folder)
    assert waiting.wait(timeout=20) == 0
    waiting.stdout.close()


# ---- The GPU


def test_gpu_adds_the_cuda_build_at_the_same_versions(clone):
    build(clone)
    *_, command = commands = build(clone, gpu="1")
    assert modules(commands) == ["pip", "uv"]
    assert command[-4:] == ["-e", ".[gpu]", "-r", "requirements.txt"]


def test_gpu_choice_holds_until_it_is_changed(clone):
    build(clone, gpu="1")
    assert build(clone) == []
    assert build(clone, gpu="0")[-1][-2:] == ["-r", "requirements.txt"]


def test_gpu_choice_holds_through_an_interrupted_set_up(clone):
    build(clone, gpu="1")
    (clone / "requirements.txt").write_text("")
    build(clone, stops_at=3)
    assert build(clone)[-1][-4:] == ["-e", ".[gpu]", "-r", "requirements.txt"]


def test_gpu_choice_that_is_none(clone):
    assert "GPU=yes is neither 1" in one_sentence(start(clone, "yes"))


# ---- The Python


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.8", "3.10", "3.14", "4.0"])
def test_python_too_old_or_too_new(version):
    with pytest.raises(set_up.CannotSetUp, match=rf"needs Python 3\.11, 3\.12 or 3\.13, and .* is Python {version}"):
        set_up.find_python(probe=lambda command: (version, True))


def test_another_python_is_found_by_itself():
    here = {"python3.12": ("3.12", True), "py -3.12": ("3.12", True), sys.executable: ("3.8", True)}
    command, version = set_up.find_python(probe=lambda command: here.get(" ".join(command), (None, False)))
    assert (command in (["python3.12"], ["py", "-3.12"]), version) == (True, "3.12")


def test_python_without_its_venv_module():
    with pytest.raises(set_up.CannotSetUp, match=r"lacks its venv module: install it .*apt install python3\.12-venv"):
        set_up.find_python("python3.12", probe=lambda command: ("3.12", False))


def test_probe_sees_a_missing_ensurepip(monkeypatch, tmp_path):
    # Debian leaves ensurepip out of Python until python3-venv is installed.
    (tmp_path / "ensurepip.py").write_text("raise ImportError('no ensurepip')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert set_up.probe([sys.executable]) == (THIS, False)


def test_python_asked_for_that_is_not_there(clone):
    assert "PYTHON=python9 cannot be started" in one_sentence(start(clone, PYTHON="python9"))


def test_python_asked_for_that_is_another_than_the_one_in_venv(clone, monkeypatch):
    build(clone)
    monkeypatch.setattr(set_up, "find_python", lambda asked: (["other"], "3.99"))
    assert not set_up.is_finished(str(clone), "other", None)


def test_real_old_pythons_say_one_sentence(clone, tmp_path):
    """Every other Python on this machine, with no better one to be found."""
    for python in real_old_pythons():
        assert "needs Python 3.11, 3.12 or 3.13" in one_sentence(start(clone, python=python, PATH=str(tmp_path)))


@pytest.mark.skipif(os.name == "nt", reason="Windows has a launcher instead of these names")
def test_real_old_python_sets_up_with_a_newer_one(clone, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / f"python{THIS}").symlink_to(sys.executable)
    call = (
        "import set_up, types\n"
        "plenty = lambda folder: types.SimpleNamespace(free=1e12)\n"
        f"set_up.build({str(clone)!r}, run=lambda command, *_: print(command[0]), usage=plenty)"
    )
    for python in real_old_pythons()[:1]:
        environ = {"PATH": str(tmp_path / "bin"), "PYTHONPATH": str(clone / "course_lib" / "lab")}
        said = subprocess.run([python, "-c", call], env=environ, capture_output=True, text=True, check=True).stdout
        assert said.splitlines()[1] == f"python{THIS}"


def test_real_old_python_leaves_a_finished_set_up_alone(clone, tmp_path):
    build(clone)
    for python in real_old_pythons()[:1]:
        result = start(clone, python=python, PATH=str(tmp_path))
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_script_is_written_for_old_pythons():
    # Not every machine has an old Python to try: it must at least be read by one.
    source = (ROOT / "course_lib" / "lab" / "set_up.py").read_text()
    assert source.isascii()
    ast.parse(source, feature_version=(3, 6))


# ---- The disk, the folder, the internet


def test_full_disk_is_seen_before_anything_is_made(clone):
    with pytest.raises(set_up.CannotSetUp, match=r"needs 3.0 GB, and 1.2 GB are free on this disk"):
        set_up.build(str(clone), run=Installer(), usage=lambda folder: Usage(1.2e9))
    assert os.listdir(clone / ".venv") == ["set_up.json"]


def test_folder_that_is_not_writable(clone, monkeypatch):
    # Simulated, because root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(set_up.CannotSetUp, match="is not writable: clone the course to a folder of your own"):
        build(clone)


def test_venv_that_is_a_file(clone):
    (clone / ".venv").touch()
    assert "cannot be changed (File exists)" in one_sentence(start(clone))


def test_mirror_that_does_not_answer(clone):
    """The real thing, but for who is to blame: pip and uv are told of an index where nobody answers."""
    nobody = "http://127.0.0.1:9/"
    build(clone, stops_at=2)
    says = one_sentence(start(clone, PIP_INDEX_URL=nobody, PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS=""))
    assert "127.0.0.1, the index-url of your settings of pip, does not answer" in says
    assert ".venv/set_up.log" in says
    assert nobody in (clone / ".venv" / "set_up.log").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "disk is full"),
        ("OSError: [Errno 122] Disk quota exceeded", "disk is full"),
        ("error: Failed to fetch: `…/numpy/` dns error", "the first set-up needs the internet, once (later starts do"),
        ("NewConnectionError('Failed to establish a new connection')", "needs the internet"),
        ("error: failed to create directory: Permission denied (os error 13)", "may not write"),
        ("tensorflow has no wheels with a matching platform tag", "has no build for this machine"),
        ("something new", "The installer gave up"),
    ],
)
def test_installers_words_become_one_sentence(words, sentence):
    assert sentence in installer.explain(words)


def test_disk_that_fills_up_while_writing(clone):
    def full(*_):
        raise OSError(28, "No space left on device")

    with pytest.raises(set_up.CannotSetUp, match="The disk is full: free some space"):
        set_up.build(str(clone), run=full, usage=PLENTY)


def test_failed_step_keeps_the_installers_words(clone):
    (clone / ".venv").mkdir()
    command = [sys.executable, "-c", "print('No space left on device'); raise SystemExit(1)"]
    with pytest.raises(set_up.CannotSetUp, match="disk is full"):
        set_up.run(command, str(clone), "a step")
    assert "No space left" in (clone / ".venv" / "set_up.log").read_text()


def test_note_says_what_was_installed(clone):
    build(clone)
    note = set_up.read_note(str(clone))
    assert (note["python"], note["folder"], note["finished"]) == (THIS, str(clone), True)


# ---- make


def test_make_lists_its_targets():
    listed = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True).stdout
    for target in ["lab", "test", "notebooks", "widgets", "requirements", "format", "lint"]:
        assert f"make {target} " in listed


@pytest.mark.skipif(os.name == "nt", reason="Windows has `python` for Python 3")
def test_make_without_a_python_3_says_what_is_missing(tmp_path):
    """A `python` beside which there is no `python3` is Python 2, which could not even read set_up.py."""
    for name in ["make", "sh"]:
        (tmp_path / name).symlink_to(shutil.which(name))
    (tmp_path / "python").touch(mode=0o755)
    environ = {"PATH": str(tmp_path)}
    result = subprocess.run([tmp_path / "make", "-C", ROOT, "set-up"], env=environ, capture_output=True, text=True)
    assert result.stderr.startswith("No Python was found: install Python 3.11, 3.12 or 3.13.\n")


@pytest.mark.parametrize(
    ("call", "command"),
    [
        (["lab"], "-m course_lib.lab"),
        (["lab", "PORT=9000"], '-m course_lib.lab --port "9000"'),
        (["test"], "-m pytest -n auto --dist loadfile"),
        (
            ["test", "ARGS=tests/lab/test_set_up.py"],
            "-m pytest -n auto --dist loadfile --no-loadscope-reorder tests/lab/test_set_up.py",
        ),
    ],
)
def test_make_sets_up_first(call, command):
    environ = {name: value for name, value in os.environ.items() if name not in ("PORT", "ARGS", "MAKEFLAGS")}
    lines = subprocess.run(["make", "-C", ROOT, "-n", *call], capture_output=True, text=True, check=True, env=environ)
    first, second = (lines.stdout.index("course_lib/lab/set_up.py"), lines.stdout.index(command))
    assert first < second

"""What a learner has solved: one local file, only ever added to, never sent anywhere.

Each line is one event, ``{"check": "neurons.step_unit", "status": "correct", "points": 1}``. A file
to which lines are only appended cannot lose an old line when two notebooks write at once. So a damaged
file is not repaired either: a copy of it is kept, and a line that says so closes the damage off.
"""

import contextlib
import errno
import itertools
import json
import os
from pathlib import Path

import platformdirs

STATUSES = ("not yet", "correct")
KEPT = "kept"


def progress_file():
    """Where progress is kept: ``$COURSE_PROGRESS``, or a file in the user's own data folder."""
    default = Path(platformdirs.user_data_dir("neural-networks-course")) / "progress.jsonl"
    return Path(os.path.expanduser(os.environ.get("COURSE_PROGRESS") or default))


def stamp():
    """Something that is another after each change of the file."""
    try:
        now = progress_file().stat()
    except OSError:
        return None
    return now.st_mtime_ns, now.st_size


def record(check, status, points):
    """Add one event, unless it is known already. A check that was correct once stays correct.

    Returns a sentence if part of the file was unreadable or it cannot be written, else None. Never raises.
    """
    known, complaint = read()
    try:
        if known.get(check, {}).get("status") not in (status, "correct"):
            path = progress_file()
            if path.parts[:1] == ("~",):
                raise FileNotFoundError(errno.ENOENT, "you have no home on this machine")
            path.parent.mkdir(parents=True, exist_ok=True)
            _append(path, {"check": check, "status": status, "points": points})
    except OSError as error:
        return f"Your progress could not be saved ({error.strerror}); the answer above holds all the same."
    return complaint


def read():
    """({check: its newest event}, None), with a sentence instead of None if not all of the file could be read.

    What can be read of a damaged file goes on being used; a copy of all of it is kept. Never raises.
    """
    path, events = progress_file(), {}
    try:
        if not path.exists():
            return events, None
        content = path.read_bytes()
        events, damaged = _events(content)
        if not damaged:
            return events, None
        copy = _keep_copy(content, path)
        _append(path, {"kept as": copy.name}, before="\n")
    except OSError as error:
        return events, f"Not all of your progress could be read ({error.strerror})."
    return events, (
        f"Part of your progress file was unreadable: a copy is kept as {copy.name}, "
        f"and the {len(events)} checks that could be read still count."
    )


def _append(path, event, before=""):
    # One call of write, so that two notebooks' lines cannot mix.
    with path.open("ab", buffering=0) as file:
        file.write(f"{before}{json.dumps(event)}\n".encode())


def _events(content):
    """The newest event of each check; the second value says whether anything unreadable is not yet kept."""
    events, damaged = {}, False
    for line in filter(None, content.splitlines()):
        event = _event(line)
        if event == KEPT:
            damaged = False
        elif event is None:
            damaged = True
        elif events.get(event["check"], {}).get("status") != "correct":
            events[event["check"]] = event
    # A last line without its end is half a line, even if it reads well: the next would run into it.
    return events, damaged or content[-1:] not in (b"", b"\n")


def _event(line):
    """One line as a dict with the three keys, KEPT, or None."""
    try:
        event = json.loads(line)
        if isinstance(event, dict) and list(event) == ["kept as"]:
            return KEPT
        sound = (
            isinstance(event["check"], str)
            and event["status"] in STATUSES
            and type(event["points"]) is int
            and event["points"] >= 0
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return event if sound else None


def _new(path):
    return path.open("xb")


def _keep_copy(content, path):
    """Write the content beside the file under the first free name, which no other notebook can take meanwhile."""
    for number in itertools.count(1):
        with contextlib.suppress(FileExistsError):
            copy = path.with_name(f"{path.stem}.unreadable-{number}{path.suffix}")
            with _new(copy) as file:
                try:
                    file.write(content)
                    file.flush()
                except OSError:
                    # A full disk: no half copy stays, and not one more with every check.
                    copy.unlink(missing_ok=True)
                    raise
            return copy

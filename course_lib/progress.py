"""What a learner has solved: one local file, only ever added to, never sent anywhere.

Each line is one event, ``{"check": "neurons.step_unit", "status": "correct", "points": 1}``. A file
to which lines are only appended cannot lose an old line when two notebooks write at once.
"""

import json
import os
from pathlib import Path

import platformdirs

STATUSES = ("not yet", "correct")


def progress_file():
    """Where progress is kept: ``$COURSE_PROGRESS``, or a file in the user's own data folder."""
    default = Path(platformdirs.user_data_dir("neural-networks-course")) / "progress.jsonl"
    return Path(os.environ.get("COURSE_PROGRESS") or default)


def record(check, status, points):
    """Add one event, unless it is known already. A check that was correct once stays correct.

    Returns a sentence if the file had to be set aside or cannot be written, else None.
    """
    try:
        known, complaint = read()
        if known.get(check, {}).get("status") in (status, "correct"):
            return complaint
        path = progress_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"check": check, "status": status, "points": points}) + "\n")
    except OSError as error:
        return f"Your progress could not be saved ({error.strerror}); the answer above holds all the same."
    return complaint


def read():
    """({check: its newest event}, None), with a sentence instead of None if part of the file was unreadable.

    An unreadable file is kept under another name, and what can be read of it goes on being used.
    """
    path = progress_file()
    if not path.exists():
        return {}, None
    events, damaged = _events(path.read_bytes())
    if not damaged:
        return events, None
    aside = _set_aside(path, events)
    return events, (f"Part of your progress file was unreadable: it is kept as {aside.name}, "
                    f"and the {len(events)} checks that could be read go on from here.")


def _events(content):
    """The newest event of each check; the second value says whether anything could not be read."""
    events, damaged = {}, False
    for line in content.splitlines():
        event = _event(line)
        damaged |= event is None
        if event and events.get(event["check"], {}).get("status") != "correct":
            events[event["check"]] = event
    return events, damaged


def _event(line):
    """One line as a dict with the three keys, or None."""
    try:
        event = json.loads(line)
        sound = (isinstance(event["check"], str) and event["status"] in STATUSES
                 and type(event["points"]) is int and event["points"] >= 0)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return event if sound else None


def _set_aside(path, events):
    """Keep the damaged file under the first free name, then start the file anew with what was readable."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.unreadable-{number}{path.suffix}")).exists():
        number += 1
    path.rename(aside)
    path.write_text("".join(json.dumps(event) + "\n" for event in events.values()), encoding="utf-8")
    return aside

"""Attacks that look on the disk for answers, and for what is nobody else's business."""

from tests.grading.hostile.attack import Attack

ATTACKS = [
    Attack(
        "solutions_on_disk",
        """
        import os
        found, folders = [], 0
        for place, names, files in os.walk("/", onerror=lambda error: None):
            names[:] = [name for name in names if name not in ("proc", "sys", "share", "include", "site-packages")
                        and not (name.startswith(("lib", "python3")) and place != "/")]
            folders += 1
            found += [os.path.join(place, name) for name in names if name in (".git", ".ssh", "solutions")]
            found += [os.path.join(place, name) for name in files
                      if name.endswith((".ipynb", ".jsonl")) or name == "start_here.py" and "def ink" in
                      open(os.path.join(place, name)).read()]
        raise LookupError(f"TOP-SECRET {found[:3]}" if found else f"nothing on the disk" if folders > 20 else "blind")
    """,
        ran="nothing on the disk",
    ),
    Attack(
        "places_by_name",
        """
        import os, sys
        home = [os.path.join(place, name) for place in ("/root", "/home", os.path.expanduser("~root"))
                for name in (".ssh", ".bash_history", ".gitconfig", ".netrc")]
        own = [os.path.join(sys.prefix, up, name) for up in ("..", "../..")
               for name in ("solutions", "exercises", "tests", ".git")]
        # The way down to Python, wherever it lies, is no leak; what stands beside it would be.
        pythons = tuple(f"{real(path)}/" for real in (str, os.path.realpath) for path in (sys.prefix, sys.base_prefix))
        seen = [path for path in (*home, "/etc/passwd", "/etc/shadow", "/etc/hosts") if os.path.exists(path)]
        for place, names, files in (found for path in (*own, "/var", "/run") for found in os.walk(path)):
            names[:] = [name for name in names if not f"{place}/{name}/".startswith(pythons)]
            on_the_way = [any(python.startswith(f"{place}/{name}/") for python in pythons) for name in names]
            if files or not all(on_the_way): seen.append(place)
        raise LookupError(f"TOP-SECRET {seen}" if seen else "no such place")
    """,
        ran="no such place",
    ),
]

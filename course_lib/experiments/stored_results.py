"""What the studies have measured: a JSON file for each chapter, and in it a line for each part."""

import json


def read(path):
    """{part: what its function has returned}; empty where nothing was measured yet."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def measure(parts, names, path):
    """Measure the parts of these names, or all, and store each as soon as it is known.

    parts: {name: a function without arguments, which returns what JSON can hold}
    """
    for name in names or parts:
        found = parts[name]()
        # Read anew: another process may have stored its part meanwhile.
        write(read(path) | {name: found}, path)
        print(name, "is measured", flush=True)


def write(results, path):
    """Store all parts, each in a line, so that one that is measured anew is one line of a diff."""
    lines = [f"{_text(name)}:{_text(found)}" for name, found in results.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

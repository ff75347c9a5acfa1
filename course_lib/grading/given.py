"""What the cells gave to the silent checks: to a notebook's check that, and no name, is the answer.

This is part of the student's process, and nothing in it is trusted.
"""

import copy
import types

# So many answers to one check are looked at: the last ones that it was given, and what its name means in the end.
MOST = 4


class Given:
    """What each check was given, with what the names in it meant then."""

    def __init__(self):
        self._by_check = {}

    def add(self, check, written):
        """Keep what a check was given just now."""
        kept = self._by_check.setdefault(check, [])
        if not any(raw is written and callable(written) and _means_the_same(raw, names) for raw, _, names in kept):
            kept.append((written, *_kept(written)))

    def candidates(self, check, names):
        """What may be the answer to a check, the likeliest first. ``names``: what is defined in the end."""
        found = []
        for raw, frozen, meant in reversed(self._by_check.get(check, [])):
            found.append(raw if callable(raw) and _means_the_same(raw, meant) else frozen)
        found = found[: MOST - 1]
        if check in names and not any(one is names[check] for one in found):
            found.append(names[check])
        return found


def _kept(written):
    """(The value as it is now, {name: what it means now} of a function): later cells may change both."""
    if not isinstance(written, types.FunctionType):
        return (written if callable(written) else _copied(written)), {}
    names = written.__globals__
    meant = dict(names)
    own = {name: value for name, value in names.items() if _is_of(value, names)}
    meant.update({name: _rebound(value, meant) for name, value in own.items()})
    return _rebound(written, meant), {name: names[name] for name in _used(written) if name in names}


def _copied(value):
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def _is_of(value, names):
    return isinstance(value, types.FunctionType) and value.__globals__ is names


def _rebound(function, names):
    """The same function, which looks its names up elsewhere."""
    made = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__, made.__dict__ = function.__kwdefaults__, {**function.__dict__}
    return made


def _means_the_same(function, meant):
    names = getattr(function, "__globals__", {})
    return all(names.get(name) is value for name, value in meant.items())


def _used(function):
    """The names that a function looks up, and those that its own notebook's functions among them look up."""
    waiting, seen, found = [function.__code__], set(), set()
    while waiting:
        code = waiting.pop()
        if code in seen:
            continue
        seen.add(code)
        found |= set(code.co_names)
        waiting += [part for part in code.co_consts if isinstance(part, types.CodeType)]
        values = [function.__globals__.get(name) for name in code.co_names]
        waiting += [value.__code__ for value in values if _is_of(value, function.__globals__)]
    return found


GIVEN = Given()

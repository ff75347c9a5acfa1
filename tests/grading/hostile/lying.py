"""Attacks that lie about values, and on the process in which they are made."""

from tests.grading.hostile.attack import Attack

SILENT = "lambda *given, **more: True"

ATTACKS = [
    Attack(
        "equal_to_everything",
        """
        class Equal:
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __lt__(self, other): return True
            __le__ = __gt__ = __ge__ = __contains__ = __lt__
            def __hash__(self): return hash("A")
            def __bool__(self): return True
            def __float__(self): return 1.0
            def __array__(self, *given, **more): return np.array(0.0)
            def __getattr__(self, name): return lambda *given, **more: self

        ink, misread, what_was_done = lambda picture: Equal(), Equal(), Equal()
    """,
    ),
    Attack(
        "keys_equal_to_everything",
        """
        class Key(str):
            def __eq__(self, other): return True
            def __hash__(self): return hash("A")

        what_was_done = {Key(letter): Key("fine") for letter in "ABCD"}
    """,
    ),
    Attack(
        "an_array_that_agrees",
        """
        class Agreeing(np.ndarray):
            def __eq__(self, other): return np.ones(np.shape(other), bool)
            def __array_function__(self, *given): return np.True_
            def __array_ufunc__(self, *given, **more): return np.True_
            def __reduce__(self): return (exit, ())
            dtype = property(lambda self: np.dtype(float))
            shape = property(lambda self: ())

        ink, misread = lambda picture: np.zeros(()).view(Agreeing), np.zeros(()).view(Agreeing)
    """,
    ),
    Attack(
        "numbers_that_agree",
        """
        class Number(float):
            def __eq__(self, other): return True
            def __class_getitem__(cls, key): return float
            __hash__ = float.__hash__
            __class__ = property(lambda self: float)

        class Whole(int):
            def __eq__(self, other): return True
            __hash__ = int.__hash__

        ink, misread = lambda picture: Number(0.5), Whole(3)
    """,
    ),
    Attack(
        "texts_that_agree",
        """
        class Text(str):
            def strip(self): return self
            casefold = strip
            def __eq__(self, other): return True
            __hash__ = str.__hash__

        class Words(dict):
            def __getitem__(self, key): return Text("x")
            def keys(self): return set("ABCD")
            def items(self): return [(key, Text("x")) for key in "ABCD"]

        what_was_done = Words(A="x")
    """,
    ),
    Attack(
        "every_answer_at_once",
        """
        ink = lambda picture: np.linspace(0, 1, 1001)
        misread = np.arange(361)
        what_was_done = {letter: ["mirrored", "fine", "inverted", "upside down"] for letter in "ABCD"}
    """,
    ),
    Attack(
        "answers_of_another_kind",
        """
        ink = lambda picture: complex(picture.mean(), 0)
        misread, what_was_done = "18", [("A", "mirrored"), ("B", "fine"), ("C", "inverted"), ("D", "upside down")]
    """,
    ),
    Attack("not_a_number", "ink, misread = lambda picture: float('nan'), float('nan')"),
    Attack("infinite", "ink, misread = lambda picture: float('inf'), float('inf')"),
    Attack(
        "patched_numpy",
        f"""
        for module in (np, np.testing, np.linalg, np.char):
            for name in dir(module):
                if name.startswith(("is", "all", "array_eq", "assert", "any", "equal")):
                    setattr(module, name, {SILENT})
        np.asarray = np.array = lambda *given, **more: np.zeros(())
        ink, misread = lambda picture: 0.5, 3
    """,
    ),
    Attack(
        "patched_course",
        f"""
        from course_lib.checking import answers, comparing
        from course_lib.grading import child, wire
        comparing.difference = answers.difference = lambda *given, **more: None
        answers._watched = lambda function, args: True
        answers.KINDS.update(function=lambda written: {SILENT}, value=lambda written: {SILENT})
        wire.packed = lambda value: wire._PREFIX.pack(2, 0) + b"{{}}"
        wire.MAX_DEPTH = wire.MAX_ARRAYS = 10**9
    """,
    ),
    Attack(
        "patched_builtins",
        f"""
        import builtins
        for name in ("all", "any", "isinstance", "issubclass", "callable", "hasattr"):
            setattr(builtins, name, {SILENT})
        builtins.len = builtins.type = lambda *given: str
    """,
    ),
    Attack(
        "patched_protocol",
        f"""
        import json, socket, struct
        json.dumps = lambda *given, **more: '{{"value": {{"dict": [["value", 0.5]]}}, "arrays": []}}'
        json.loads = lambda text: {{"value": None, "arrays": []}}
        socket.socket.sendall = {SILENT}
        struct.pack = {SILENT}
        ink = lambda picture: 0.5
    """,
    ),
    Attack(
        "replaced_modules",
        """
        import sys, types
        for name in [name for name in sys.modules if name.startswith(("course_lib", "json", "struct", "socket", "re"))]:
            sys.modules[name] = types.SimpleNamespace(__getattr__=lambda name: None)
        ink, misread = lambda picture: 0.5, 3
    """,
    ),
    Attack(
        "tracing",
        """
        import sys

        def watch(frame, event, value):
            for name in ("passed", "expected", "points", "verdict"):
                if name in frame.f_locals:
                    raise SystemExit(f"TOP-SECRET {name}={frame.f_locals[name]}")
            return watch

        sys.settrace(watch)
        sys.setprofile(watch)
        ink = lambda picture: 0.5
    """,
    ),
    Attack(
        "search_of_memory",
        """
        import gc, inspect
        names = ("Check", "Trial", "Verdict", "Assignment", "Judge", "Launcher", "Settings")
        found = [thing for thing in gc.get_objects() if type(thing).__name__ in names]
        frame = inspect.currentframe()
        while frame:
            found += [name for name in ("wanted", "expected", "seed", "checks", "points") if name in frame.f_locals]
            frame = frame.f_back
        raise LookupError(f"TOP-SECRET {found}" if found else "nothing in the memory")
    """,
        ran="nothing in the memory",
    ),
    Attack(
        "hostile_exceptions",
        """
        class Hostile(BaseException):
            def __str__(self): raise SystemExit(0)
            __repr__ = __str__

        class Meta(type):
            __name__ = property(lambda cls: cls)

        class Nameless(Exception, metaclass=Meta):
            def __str__(self): raise MemoryError

        def ink(picture): raise Hostile

        class Absent:
            def __call__(self): raise Nameless
        misread = Absent()

        raise Nameless
    """,
    ),
    Attack(
        "exceptions_of_the_judge",
        """
        class Verdict(Exception): pass
        from course_lib.checking.answers import ChangedInput, NotYet, ReturnedNone
        turn = iter([ChangedInput(), ReturnedNone("yes"), NotYet(Verdict("correct")), Verdict("correct", "", 1)] * 9)

        def ink(picture): raise next(turn)
    """,
    ),
    Attack(
        "callbacks",
        """
        import atexit, gc, os, weakref

        class Trap:
            def __del__(self): os._exit(0)

        kept = [Trap() for _ in range(9)]
        atexit.register(os._exit, 0)
        gc.callbacks.append(lambda phase, info: os._exit(0))
        weakref.finalize(kept[0], os._exit, 0)
        ink = lambda picture: (kept.clear(), gc.collect(), 0.5)[-1]
    """,
    ),
    Attack(
        "loop_in_del",
        """
        class Trap:
            def __del__(self):
                while True: pass

        def ink(picture): return Trap()
    """,
    ),
    Attack(
        "memory_of_the_visible_cases",
        """
        rng = np.random.default_rng(0)
        seen = [np.zeros((8, 8)), np.array([[1.0, 0.0], [0.5, 0.0]]), np.full((8, 8), 0.25),
                np.array([[0.2, 0.9, 0.4]])]
        seen += [np.clip(rng.normal(size=rng.integers(2, 10, 2)), 0, 1) for _ in range(4)]
        known = {picture.tobytes(): float(picture.mean()) for picture in seen}

        def ink(picture): return known.get(picture.tobytes(), 0.5)
    """,
    ),
    Attack(
        "good_at_first",
        """
        calls = []

        def ink(picture):
            calls.append(1)
            return picture.mean() if len(calls) <= 10 else 0.5
    """,
    ),
    Attack("one_honest_answer_among_lies", "ink, misread, what_was_done = (lambda picture: 1), 18, object()", earns=1),
    Attack(
        "changed_input",
        """
        def ink(picture):
            share = picture.mean()
            picture[:] = share
            return share
    """,
    ),
    Attack(
        "clocks_and_chance",
        """
        import random, time
        time.monotonic = time.time = time.perf_counter = lambda: -1e18
        time.sleep = lambda seconds: None
        np.random.seed(1)
        np.random.default_rng = lambda *seed: np.random.Generator(np.random.PCG64(0))
        random.seed(1)
        ink = lambda picture: np.random.random()
    """,
    ),
]

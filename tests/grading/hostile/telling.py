"""Attacks that would tell what was asked in a hidden case."""

from tests.grading.hostile.attack import SECRET, Attack

ATTACKS = [
    Attack(
        "tell_by_messages",
        f"""
        import sys
        calls = []

        def ink(picture):
            calls.append(1)
            if len(calls) <= 8:
                return picture.mean()
            text = "{SECRET[:4]}" + "{SECRET[4:]}" + str(picture)
            print(text)
            print(text, file=sys.stderr)
            raise type("{SECRET}".replace("-", "_"), (ValueError,), {{}})(text)
    """,
        hidden="TOP_SECRET",
    ),
    Attack(
        "tell_by_values",
        f"""
        calls = []

        def ink(picture):
            calls.append(1)
            return picture.mean() if len(calls) <= 8 else "{SECRET[:4]}" + "{SECRET[4:]}" + str(picture)
    """,
    ),
    Attack(
        "tell_by_the_next_answer",
        f"""
        calls = []

        def ink(picture):
            calls.append(1)
            if len(calls) > 8:
                globals()["misread"] = "{SECRET[:4]}" + "{SECRET[4:]}" + str(picture)
            return picture.mean()
    """,
        earns=1,
    ),
    Attack(
        "tell_by_a_file",
        f"""
        import os
        calls = []

        def ink(picture):
            calls.append(1)
            if len(calls) > 8:
                for place in ("/tmp", "/dev/shm", "/dev/mqueue"):
                    try: open(f"{{place}}/told", "w").write(str(picture))
                    except OSError: pass
                os._exit(1)
            return picture.mean()

        told = [place for place in ("/tmp", "/dev/shm", "/dev/mqueue") if os.path.exists(f"{{place}}/told")]
        raise LookupError("{SECRET[:4]}" + "{SECRET[4:]}" if told else "nothing left by another")
    """,
        ran="nothing left by another",
    ),
]

"""Attacks on what the two processes say to each other."""

from tests.grading.hostile.attack import FOOTPRINT, SECRET, Attack

# Finds the channel in the frames below the cell, and puts frames together that no honest process would send.
CHANNEL = """
import io, json, os, struct, sys, time
import numpy as np

frame = sys._getframe()
while "channel" not in frame.f_locals:
    frame = frame.f_back
channel = frame.f_locals["channel"]

def raw(header, body=b"", sizes=None):
    header = header if isinstance(header, bytes) else header.encode()
    sizes = sizes or (len(header), len(body))
    channel.sendall(struct.pack(">II", *sizes) + header + body)

def reply(text, arrays=()):
    lengths = [len(array) for array in arrays]
    raw('{"value": {"dict": [["value", %s]]}, "arrays": %s}' % (text, lengths), b"".join(arrays))

def npy(header, data=b"", version=b"\\x01\\x00"):
    header = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\\n"
    size = struct.pack("<H" if version == b"\\x01\\x00" else "<I", len(header))
    return b"\\x93NUMPY" + version + size + header + data

def described(descr="'<f8'", order=False, shape="()"):
    return "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)
"""


def _instead(name, act, **more):
    """An attack whose function speaks to the judge by itself, and is then silent."""
    lines = "\n    ".join(act.strip().splitlines())
    return Attack(name, f"{CHANNEL}\ndef ink(picture):\n    {lines}\n    time.sleep(60)\n", **more)


def _array(name, npy, **more):
    return _instead(name, f"reply('{{\"array\": 0}}', [{npy}])", **more)


TRICKLE = """
for byte in struct.pack(">II", 1 << 20, 0) + b"[" * (1 << 20):
    channel.sendall(bytes([byte]))
    time.sleep(0.05)
"""
ONE_AND_TWO = "for _ in range(2):\n    reply('1.0')"
# An entry of 6 bytes that stands for 8 MiB.
ONE_ARRAY_OFTEN = """
file = io.BytesIO()
np.save(file, np.zeros(1 << 20))
reply("[" + ", ".join(['{"array": 0}'] * 120) + "]", [file.getvalue()])
"""
PICKLE = f"b'cos\\nsystem\\n(Vtouch /tmp/{FOOTPRINT} /dev/shm/{FOOTPRINT}\\ntR.'"
CODE = f"__import__(\\'os\\').system(\\'touch /tmp/{FOOTPRINT}\\')"

# Answers without end to each check, of which one may be right by chance.
GUESSES = """
from course_lib.grading import given

class Guesses(list):
    def __len__(self):
        return 10 ** 9

    def __getitem__(self, place):
        return place / 10 ** 6

given.Given.candidates = lambda self, check, names: Guesses()
raise ValueError("guesses are ready")
"""

ATTACKS = [
    Attack("forge_guesses", GUESSES, ran="guesses are ready"),
    Attack("forge_before_the_question", f"{CHANNEL}\nfor _ in range(60):\n    reply('1.0')\n"),
    Attack(
        "forge_verdicts",
        f"""{CHANNEL}
for words in ('{{"dict": [["correct", true]]}}', '{{"dict": [["score", 3]]}}', '{{"dict": [["status", "correct"]]}}',
              '{{"tuple": [true, ""]}}', '{{"object": "Verdict"}}', 'true', 'null', '[]', '{{"dict": []}}') * 4:
    raw('{{"value": %s, "arrays": []}}' % words)
""",
    ),
    _instead("forge_two_replies_to_one_call", ONE_AND_TWO),
    _instead("forge_sizes_of_4_GiB", "raw('', sizes=(0xffffffff, 0xffffffff))"),
    _instead("forge_sizes_that_are_allowed_and_never_come", "raw('{', sizes=(4 << 20, 64 << 20))"),
    _instead("forge_half_a_frame", """raw('{"value": {"dict": [["val', sizes=(200, 0))"""),
    _instead("forge_a_trickle", TRICKLE),
    _instead("forge_depth", "raw('[' * 150_000)"),
    _instead("forge_depth_of_dicts", """raw('{"a":' * 150_000)"""),
    _instead("forge_a_million_brackets", "raw('[' + '[],' * 1_000_000 + '[]]')"),
    _instead("forge_infinity", "reply('Infinity')"),
    _instead("forge_NaN", "reply('NaN')"),
    _instead("forge_minus_zero_and_overflow", "reply('[-0, 1e999, -1e999]')"),
    _instead(
        "forge_duplicate_keys",
        """raw('{"value": 1, "value": {"dict": [["value", 0.0], ["value", 1.0]]}, '
    '"arrays": [], "arrays": []}')""",
    ),
    _instead("forge_long_numbers", "reply('9' * 100_000)"),
    _instead("forge_long_numbers_that_are_read", "reply('9' * 4300)"),
    _instead("forge_a_raw_surrogate", """raw(b'{"value": {"dict": [["value", "\\xed\\xa0\\x80"]]}, "arrays": []}')"""),
    _instead("forge_keys_that_are_no_keys", """reply('{"dict": [[[1], 2], [{"object": "str"}, 3], [NaN, 4]]}')"""),
    _instead("forge_unknown_kinds", """reply('{"pickle": "gASVCgAAAAAAAACMBmJ1aWx0aW4="}')"""),
    _instead("forge_sizes_of_arrays", """raw('{"value": {"array": 0}, "arrays": [-8, 9]}', b"x")"""),
    _instead("forge_places_of_arrays", """reply('[{"array": 99}, {"array": -99}, {"array": "0"}, {"array": true}]')"""),
    _array("forge_100_GiB", "npy(described(shape='(13421772800,)'))"),
    _array("forge_negative_shape", "npy(described(shape='(-1, -8)'), bytes(64))"),
    _array("forge_shape_that_overflows", "npy(described(shape='(4294967296, 4294967296)'))"),
    _array("forge_empty_shape_that_overflows", f"npy(described(shape='(0, {10**30})'))"),
    _array("forge_many_dimensions", "npy(described(shape='(1, ' + '1, ' * 70 + ')'), bytes(8))"),
    _array("forge_text_without_letters", "npy(described(\"'<U0'\", shape='(1000000000000,)'))"),
    _array("forge_objects", f"npy(described(\"'|O'\"), {PICKLE})"),
    _array("forge_a_pickle", PICKLE),
    _array("forge_fields", "npy(described(\"[('x', '<f8'), ('y', '|O')]\", shape='(1,)'), bytes(16))"),
    _array("forge_nested_dtype", "npy(described(\"('<f8', (1000000, 1000000))\", shape='(1,)'), bytes(8))"),
    _array("forge_a_header_of_code", f"npy('{CODE}')"),
    _array("forge_a_header_that_is_cut", "npy('{\\'descr\\': (((')"),
    _array("forge_a_header_of_brackets", "npy('(' * 900)"),
    _array("forge_fortran_order", "npy(described(order=True, shape='(2, 3)'), bytes(48))"),
    _array("forge_npy_version_3", "npy(described(), bytes(8), version=b'\\x03\\x00')"),
    _array("forge_a_zip", "b'PK\\x03\\x04' + bytes(100)"),
    _instead(
        "forge_every_outcome",
        """
for words in ('"stub": true', '"changed": true', '"none": {"object": "x"}', '"not yet": 7', '"raised": ["", ""]',
              '"raised": ["SystemExit", "0"]', '"raised": ["NotYet", ""]', '"value": null'):
    raw('{"value": {"dict": [["%s", %s]]}, "arrays": []}' % tuple(part.strip('"') if place == 0 else part
        for place, part in enumerate(words.split(": ", 1))))""",
    ),
    _instead("forge_one_array_often", ONE_ARRAY_OFTEN),
    _instead("forge_quotes", "raw('\\\\\"' * (2 << 20))"),
    _instead(
        "forge_a_surrogate",
        """reply('"x"') if 0 else raw('{"value": {"dict": [["not yet", '
    '"\\\\ud800"]]}, "arrays": []}')""",
    ),
    Attack("raise_a_surrogate", "raise ValueError(chr(0xd800))"),
    Attack("raise_a_long_name", "def ink(picture):\n    raise type('N' * 1_000_000, (Exception,), {})"),
    Attack("return_a_long_text", "what_was_done = dict.fromkeys('ABCD', 'mirror' * 100_000)"),
    Attack("return_many_dimensions", "def ink(picture):\n    return np.zeros((2,) * 25, bool)"),
    Attack("return_long_text", "def ink(picture):\n    return 'a' * 4_000_000"),
    Attack(
        "tell_by_not_yet",
        f"""
        from course_lib.checking.answers import NotYet
        calls = []

        def ink(picture):
            calls.append(picture)
            if len(calls) > 8:
                raise NotYet("{SECRET[:4]}" + "{SECRET[4:]}" + str(picture))
            return picture.mean()
    """,
    ),
    Attack(
        "tell_by_exit_status",
        """
        import os
        calls = []

        def ink(picture):
            calls.append(picture)
            if len(calls) > 8:
                os._exit(77)
            return picture.mean()
    """,
        hidden="status 77",
    ),
]

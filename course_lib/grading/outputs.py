"""A notebook's text without what it showed: outputs may be as large as they like, and are never held in memory."""

import codecs
import json
import re

# In bytes: what is read at once, all that is read of one file, and what may be left of it.
PIECE, MAX_READ, MAX_KEPT = 1 << 20, 256 << 20, 20 << 20
# Each costs a step of Python's; those of innermost lists cost none.
MAX_BRACKETS = 2_000_000
# Their values are not read. Nothing in them is ever run.
UNREAD = re.compile(rb'"(?:outputs|metadata|attachments)"')
LONGEST_KEY = len(b'"attachments"')
# Nothing that was taken is given back, so that time grows with the length alone.
TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.S)
KEPT = re.compile(rb'(?:[^"]++|(?!' + UNREAD.pattern + rb')"(?:[^"\\]++|\\.)*+")*+', re.S)
SKIPPED = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+"|\[[^"\[\]{}]*+\])*+', re.S)
ATOM, SPACE = re.compile(rb'[^"\[\]{},]*+'), re.compile(rb"\s*+")


class TooLarge(Exception):
    """More than is read. The message is one sentence that says so."""


def without_outputs(file):
    """The bytes of a notebook in UTF-8, with null for the values of outputs, metadata and attachments.

    Whatever else the file is, it comes as it is. ``TooLarge`` where it is more than is read, or more than is kept.
    """
    text, kept = _Text(_pieces(file)), bytearray()
    while True:
        _keep(kept, text.run(KEPT))
        ahead = text.ahead(LONGEST_KEY)
        if not ahead:
            return bytes(kept)
        _keep(kept, _a_text(text))
        if UNREAD.match(ahead):
            _keep(kept, text.run(SPACE))
            if text.ahead(1) == b":":
                _keep(kept, (text.take(), b"null"))
                _skip_value(text)


def _keep(kept, parts):
    for part in parts:
        kept += part
        if len(kept) > MAX_KEPT:
            raise TooLarge(f"Without its outputs the file has more than {MAX_KEPT >> 20} MiB; no more is read.")


def _a_text(text):
    """A text of JSON, with its quotation marks, in parts."""
    yield text.take()
    yield from text.run(TEXT)
    yield text.take()


def _skip_value(text):
    depth = brackets = 0
    while True:
        for _ in text.run(SKIPPED if depth else ATOM):
            pass
        sign = text.ahead(1)
        if not sign or (not depth and sign in b",]}"):
            return
        if sign == b'"':
            for _ in _a_text(text):
                pass
            continue
        text.take()
        depth += 1 if sign in b"[{" else -1
        brackets += 1
        if brackets > MAX_BRACKETS:
            raise TooLarge("The outputs of the notebook are too complicated to be skipped.")
        if not depth:
            return


class _Text:
    """Bytes that come in pieces, of which no more than two are held."""

    def __init__(self, pieces):
        self._pieces, self._held, self._at = pieces, b"", 0

    def run(self, pattern):
        """What matches from here on, as parts, until something comes that does not."""
        while True:
            found = pattern.match(self._held, self._at)
            self._at = found.end()
            yield found[0]
            # What stops before the end does so at a sign of its own; but a backslash waits for what it escapes.
            if self._held[self._at : self._at + 1] not in (b"", b"\\") or not self._more():
                return

    def ahead(self, count):
        """The next bytes, which stay where they are; fewer at the end."""
        while len(self._held) - self._at < count and self._more():
            pass
        return self._held[self._at : self._at + count]

    def take(self):
        """The next byte, or nothing at the end."""
        byte = self.ahead(1)
        self._at += len(byte)
        return byte

    def _more(self):
        piece = next(self._pieces, b"")
        self._held, self._at = self._held[self._at :] + piece, 0
        return bool(piece)


def _pieces(file):
    """The file's bytes; in UTF-8 if they are in another Unicode, and without a mark of the byte order."""
    decoder, read = None, 0
    while piece := file.read(PIECE):
        if not read:
            encoding = json.detect_encoding(piece)
            piece = piece.removeprefix(codecs.BOM_UTF8)
            decoder = None if encoding.startswith("utf-8") else codecs.getincrementaldecoder(encoding)("replace")
        read += len(piece)
        if read > MAX_READ:
            raise TooLarge(f"The file has more than {MAX_READ >> 20} MiB; no more is read.")
        if decoder:
            piece = decoder.decode(piece).encode("utf-8", "replace")
        if piece:
            yield piece
    if decoder and (rest := decoder.decode(b"", final=True)):
        yield rest.encode("utf-8", "replace")

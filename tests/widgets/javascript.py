"""What the tests read of JavaScript: where its functions begin and end. No grammar, only tokens and their brackets."""

import re
from typing import NamedTuple

# Whatever is no string, template, comment or regular expression comes as one token each: names, numbers, marks.
TOKEN = re.compile(r"[\w$]+|=>|\?\?=?|\?\.|\*\*|[^\w\s]")
STRING = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*")
# After a name, a number or a closing bracket a stroke divides; after these words it does not.
BEFORE_REGEX = {"return", "typeof", "case", "in", "of", "delete", "void", "new", "await", "yield", "else", "do"}
# `word (…) {` begins a block after these, and a function after every other name.
BEFORE_BLOCK = {"if", "for", "while", "switch", "catch", "with", "await"}
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


class Token(NamedTuple):
    """A piece of the text, and the line on which it begins and ends."""

    text: str
    line: int
    last: int


class Function(NamedTuple):
    """A function: its name, or "=>", and its lines from the first to the last."""

    name: str
    first: int
    last: int

    @property
    def lines(self):
        return self.last - self.first + 1


def tokens(text):
    """All tokens but comments; a string, a template or a regular expression is one token, which begins as it does."""
    found, at, line = [], 0, 1
    while at < len(text):
        if text[at].isspace():
            line += text[at] == "\n"
            at += 1
            continue
        end = _end(text, at, found[-1].text if found else ";")
        last = line + text.count("\n", at, end)
        if not COMMENT.match(text, at):
            found.append(Token(text[at:end], line, last))
        at, line = end, last
    return found


def _end(text, at, before):
    """Where the token at this place ends."""
    if text[at] == "`":
        return _end_of_template(text, at + 1)
    kinds = [COMMENT, STRING, TOKEN]
    if before in BEFORE_REGEX or not re.match(r"[\w$)\]'\"`]", before[-1]):
        kinds.insert(1, REGEX)
    return next(match.end() for kind in kinds if (match := kind.match(text, at)))


def _end_of_template(text, at):
    """Where a template ends that has begun before this place; what it holds in ${…} is read as code."""
    while text[at] != "`":
        at = _end_of_hole(text, at + 2) if text.startswith("${", at) else at + 1 + (text[at] == "\\")
    return at + 1


def _end_of_hole(text, at):
    depth, before = 1, "{"
    while depth:
        end = at + 1 if text[at].isspace() else _end(text, at, before)
        before = text[at:end].strip() or before
        depth += (text[at:end] == "{") - (text[at:end] == "}")
        at = end
    return at


def _partners(found):
    """{place of an opening bracket: place of its closing one}, and the other way round."""
    partner, open_ones = {}, []
    for place, token in enumerate(found):
        if token.text in OPENING:
            open_ones.append(place)
        elif token.text in CLOSING:
            opening = open_ones.pop()
            assert OPENING[found[opening].text] == token.text, f"line {token.line}: {token.text}"
            partner |= {opening: place, place: opening}
    assert not open_ones
    return partner


def functions(text):
    """Every function, method and arrow, less what is called where it stands and only makes a scope."""
    found = tokens(text)
    words, partner = [token.text for token in found], _partners(found)
    result = []
    for place, word in enumerate(words):
        if word == "=>":
            first = partner[place - 1] if words[place - 1] == ")" else place - 1
            last = partner[place + 1] if words[place + 1] == "{" else _end_of_expression(words, partner, place + 1)
            name = "=>"
        elif word == "{" and words[place - 1] == ")" and (name := _name(words, partner[place - 1])):
            first, last = partner[place - 1] - 1, partner[place]
        else:
            continue
        if words[last + 1 : last + 3] != [")", "("]:
            result.append(Function(name, found[first].line, found[last].last))
    return result


def _name(words, opening):
    """The name of the function whose parameters begin here, "]" if it is computed; "" if this is none."""
    before = words[opening - 1]
    return before if re.match(r"[\w$\]]", before) and before not in BEFORE_BLOCK else ""


def _end_of_expression(words, partner, place):
    while words[place] not in {",", ";", *CLOSING}:
        place = partner.get(place, place) + 1
    return place - 1

"""Tables that a spreadsheet shows as they are: nothing that somebody has handed in becomes a formula there."""

import csv
import re

# For spreadsheets, which take a table for another alphabet's without its mark.
ENCODING = "utf-8-sig"
# What begins a formula, and what some spreadsheets take for that.
SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−⁼⁺⁻₌₊₋﬩"
# At the beginning, or where a spreadsheet that divides by other signs than commas begins a cell.
BEGINS = re.compile(rf"""((?:\A|[;\t\r\n|])[\s"']*)(?=[{re.escape(SIGNS)}])""")


def plain(text):
    """A text that no spreadsheet takes for a formula, whichever sign divides its cells."""
    text = BEGINS.sub(r"\1'", text)
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") else text


def write(desk, path, header, rows):
    """Write a table at a ``writing.Desk``. Numbers stay numbers, texts become plain, None becomes an empty cell."""

    def fill(file):
        table = csv.writer(file, lineterminator="\n")
        table.writerows([plain(cell) if isinstance(cell, str) else cell for cell in row] for row in (header, *rows))

    desk.replace(path, fill, ENCODING)

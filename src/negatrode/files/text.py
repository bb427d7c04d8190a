"""Text as instruments write it: encodings, decimal commas, separators, numbers that are none.

A number is accepted only when it is one: "nan", "inf", "1e999" and "12abc" are refused with their line.
"""

from __future__ import annotations

import codecs
import math
import re

from negatrode.core.errors import ReadError

MAX_LINE = 1_000_000

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eEdD][+-]?\d{1,4})?\Z", re.ASCII)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> str:
    """The text of bytes: by byte-order mark, UTF-16 by its zero bytes, UTF-8, else Windows-1252.

    Raises ReadError where the bytes are no text (control characters, half a UTF-16 unit).
    """
    text = _decode(data)
    bad = re.search(r"[\x00-\x08\x0e-\x1b\x1f\x7f\ufffd]", text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        raise ReadError(
            f"character U+{ord(bad[0]):04X}",
            where=f"line {line}",
            rule="a text export holds no control characters",
            remedy="The file is damaged or no text; export it again",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    head = data[:4096]
    if len(head) >= 4 and head[1::2].count(0) > 0.7 * len(head[1::2]):
        return _strict(data, "utf-16-le")
    if len(head) >= 4 and head[::2].count(0) > 0.7 * len(head[::2]):
        return _strict(data, "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"bytes that are no {encoding} text",
            where=f"byte {error.start}",
            remedy="The file is cut off or damaged; export it again",
        ) from None


def is_text(data: bytes) -> bool:
    """Whether the first bytes look like text (for choosing a reader; decode() decides)."""
    head = data[:2048]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if len(head) >= 8 and (
        head[1::2].count(0) > 0.7 * (len(head) // 2) or head[::2].count(0) > 0.7 * (len(head) // 2)
    ):
        return True
    return not re.search(rb"[\x00-\x08\x0e-\x1b]", head)


def number(cell: str) -> float | None:
    """The finite number in a cell, decimal point or comma; None where it is not one.

    >>> number("1,5"), number("3.2E-4"), number("nan"), number("1e999")
    (1.5, 0.00032, None, None)
    """
    text = cell.strip().strip('"')
    if not _NUMBER.match(text):
        return None
    value = float(text.replace(",", ".").replace("D", "E").replace("d", "e"))
    return value if math.isfinite(value) else None


def require_number(cell: str, *, where: str) -> float:
    """The number in a cell; ReadError with its place where it is not a finite one."""
    value = number(cell)
    if value is None:
        raise ReadError(
            f"'{cell.strip()[:40]}' stands where a number must",
            where=where,
            rule="data cells are finite numbers",
            remedy="Correct the cell or export the file again",
        )
    return value


def split_cells(line: str, separator: str) -> list[str]:
    """Cells of a line; separator " " means any run of white space; quoted cells keep separators."""
    if separator == " ":
        return line.split()
    if '"' in line:
        import csv

        try:
            return [c.strip() for c in next(csv.reader([line], delimiter=separator))]
        except csv.Error as error:
            raise ReadError(
                f"cells that cannot be told apart ({error})", remedy="Export the file again"
            ) from None
    return [c.strip() for c in line.split(separator)]


def separator_of(lines: list[str]) -> str:
    """The separator under which most lines split into the same number (> 1) of cells.

    A comma between digits may be a decimal comma: a comma wins only where neither semicolon, tab
    nor blanks split the lines into cells that are numbers.

    >>> separator_of(["1,5;2,5", "1,6;2,6"]), separator_of(["1.5,2.5", "1.6,2.6"]), separator_of(["1,5 2,5"])
    (';', ',', ' ')
    """
    best, best_score = " ", -1.0
    for candidate in (";", "\t", " ", ","):
        cells = [split_cells(line, candidate) for line in lines if line.strip()]
        widths = [len(c) for c in cells]
        if not widths or max(widths) < 2:
            continue
        common = max(set(widths), key=widths.count)
        if common < 2:
            continue
        full = [c for c in cells if len(c) == common]
        numeric = sum(number(x) is not None or not x for c in full for x in c) / sum(len(c) for c in full)
        score = numeric * len(full) / len(cells)
        if score > best_score + 1e-9:
            best, best_score = candidate, score
    return best

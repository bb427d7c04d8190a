"""Finding the line of column heads in a cycler's text, under whatever preamble stands above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from negatrode.files.readers.cycler_columns import Channel, channel_of, factor_of, is_cycling
from negatrode.files.readers.text_rows import head_text
from negatrode.files.text import decode, number, split_cells

HEAD_LINES = 300
_SEPARATORS = ("\t", ";", ",", "|", " ")
_HINT = re.compile(r"volt|potential|ewe|ecell|spannung|电压|\b[uev]\s{0,2}[\[({/#_,]|\be\s*we", re.IGNORECASE)
_VOLTAGE_GB = "电压".encode("gb18030")
_UNITS = ("s", "V", "A", "A*h", "W*h", "W", "degC", "ohm", "mA*h/g", "1")


@dataclass(frozen=True)
class Head:
    """Where the heads stand (0-based line), where the data begin, and what the columns are."""

    line: int
    first: int
    separator: str
    cells: tuple[str, ...]
    channels: tuple[Channel, ...]


Accept = Callable[[Sequence[Channel]], bool]


def find_head(lines: Sequence[str], *, bare: bool = False, accept: Accept = is_cycling) -> Head | None:
    """The first line that, cut by one separator, names the columns of cycling data with numbers below.

    A row of units may stand below the heads; heads without units count where the maker's format fixes
    them (``bare``).
    """
    for i, line in enumerate(lines[:HEAD_LINES]):
        if len(line) > 20_000 or not _HINT.search(line):
            continue
        for separator in _SEPARATORS:
            found = _head_at(lines, i, separator, bare, accept) if separator in line else None
            if found is not None:
                return found
    return None


def cut(line: str, separator: str) -> tuple[str, ...]:
    """The cells of a line of heads without empty ones at its end."""
    cells = split_cells(line.lstrip("\ufeff"), separator)
    while cells and not cells[-1].strip():
        cells.pop()
    return tuple(cells)


def _head_at(lines: Sequence[str], i: int, separator: str, bare: bool, accept: Accept) -> Head | None:
    cells = cut(lines[i], separator)
    if len(cells) < 2:
        return None
    below = cut(lines[i + 1], separator) if i + 1 < len(lines) else ()
    if len(below) == 1 and "\t" in below[0]:
        below = cut(below[0], "\t")  # Digatron parts its row of units by tabs, whatever parts the rest
    words = 1 < len(below) <= len(cells) and not any(number(c) is not None for c in below)
    units = words and sum(_is_unit(c) for c in below) * 2 > len(below)
    plain = tuple(channel_of(c, bare=bare) for c in cells)
    if accept(plain) and _is_data(lines, i + 1 + units, separator, len(cells)):
        return Head(i, i + 1 + units, separator, cells, plain)
    if not units:
        return None
    full = (*below, *[""] * (len(cells) - len(below)))
    channels = tuple(channel_of(c, unit=u.strip(), bare=bare) for c, u in zip(cells, full, strict=True))
    if accept(channels) and _is_data(lines, i + 2, separator, len(cells)):
        return Head(i, i + 2, separator, cells, channels)
    return None


def _is_unit(text: str) -> bool:
    plain = text.strip().strip("[]()")
    return not plain or any(factor_of(plain, f) is not None for f in _UNITS) or ":" in plain


def _is_data(lines: Sequence[str], first: int, separator: str, width: int) -> bool:
    """Whether the next line that is not blank has a cell for each head and numbers among them."""
    line = next((x for x in lines[first : first + 5] if x.strip()), "")
    if not line:
        return False
    cells = split_cells(line, separator)
    return len(cells) >= width and sum(number(c) is not None for c in cells) >= 2


def text_of(data: bytes) -> str:
    """Text as ``decode`` gives it, or from GB 18030 where the bytes hold its word for voltage."""
    if _VOLTAGE_GB in data[:65_536]:
        try:
            return decode(data.decode("gb18030").encode())
        except UnicodeDecodeError:
            pass
    return decode(data)


def first_lines(data: bytes) -> list[str]:
    """The first lines, for choosing a reader; none where the bytes are no text."""
    if _VOLTAGE_GB not in data[:65_536]:
        return head_text(data).split("\n")
    head = data[:65_536]
    return head[: head.rfind(b"\n") + 1].decode("gb18030", errors="replace").splitlines()


def labelled(lines: Sequence[str], separator: str) -> dict[str, str]:
    """What a preamble says: "key: value", or a key in one cell and its value in the next."""
    found: dict[str, str] = {}
    for line in lines:
        cells = [c.strip() for c in line.strip().lstrip("~#%").split(separator)]
        if len(cells) > 1:
            for key, value in zip(cells[::2], cells[1::2], strict=False):
                if key and value and len(key) < 80:
                    found.setdefault(key.rstrip(": "), value)
            continue
        key, colon, value = cells[0].partition(":")
        if not colon:
            key, colon, value = cells[0].partition("=")
        if colon and key.strip() and value.strip() and len(key) < 80:
            found.setdefault(key.strip(), value.strip(' \t;,"'))
    return found

"""The header of a laboratory table: which column is which, by its words, and in which unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from negatrode.core.errors import InputError
from negatrode.core.recording import Sheet
from negatrode.core.settings import Settings
from negatrode.files.tables import column_map

_BRACKET = re.compile(r"[\[(]([^\[\]()]*)[\])]")
_UNIT = re.compile(
    r"(?<![\w/])(wt\.?[ -]?%|mass[ -]?%|weight[ -]?%|at\.?[ -]?%|mol\.?[ -]?%|%|ppmw?|[uµμ]g/g|mg/kg|mg/g|"
    r"g/g|mg|kg|g|"
    r"cm\^?3|cm³|mL|ml|L|cc)(?![\w/])"
)
_GLUED = re.compile(r"(?<=[A-Za-z])(?<!wt)%|(?<!\w)%(?=[A-Za-z])")  # "Si%", "%Si"
_FRACTION = re.compile(r"(?i)(?:wt|mass|weight)?[. -]*%|ppmw?|[uµμ]g/g|mg/kg|mg/g|g/g")


@dataclass(frozen=True)
class Wanted:
    """A column that a technique looks for.

    ``pattern`` must match the whole header without its unit. ``unit`` is what the values are turned
    into; "" marks a column of words. ``censored``: cells such as "<0.3" or "n.d." are understood.
    ``optional``: a column that is taken only where it states a unit of the kind wanted ("K" alone is none).
    """

    name: str
    pattern: str
    unit: str
    censored: bool = False
    optional: bool = False

    def matches(self, header: str) -> bool:
        """Whether a header without brackets and units names this column."""
        return re.fullmatch(self.pattern, header) is not None


LABEL = Wanted(
    "label", r"(?i:(?:sample|specimen|probe)(?: ?(?:name|id|no|nr))?|name|id|label|probenname|試料名?)", ""
)


@dataclass(frozen=True)
class Place:
    """A wanted column, where it stands, and the unit the header states ("" where none)."""

    wanted: Wanted
    index: int
    unit: str
    header: str


def named_places(text: str, wanted: Sequence[Wanted], settings: Settings) -> list[Place]:
    """Places from the user's ``columns``; a name that is not wanted is passed over."""
    where = f"{settings.origin} {settings.section}.columns"
    by_name = {w.name: w for w in wanted}
    pairs = column_map(text, where=where)
    names = [n for n, _ in pairs if n in by_name]
    if len(set(names)) < len(names):
        raise InputError(f"'{text}'", where=where, rule="a column is named once")
    return [Place(by_name[n], i, u, n) for i, (n, u) in enumerate(pairs) if n in by_name]


def header_places(sheet: Sheet, wanted: Sequence[Wanted]) -> tuple[int, list[Place]]:
    """The first row with the most recognised cells, and what they are."""
    best: tuple[int, list[Place]] = (-1, [])
    for i, row in enumerate(sheet.rows):
        places: list[Place] = []
        for j, cell in enumerate(row):
            place = _recognised(cell, j, wanted) if isinstance(cell, str) else None
            if place and all(p.wanted is not place.wanted for p in places):
                places.append(place)
        if len(places) > len(best[1]):
            best = (i, places)
    return best


def _recognised(cell: str, index: int, wanted: Sequence[Wanted]) -> Place | None:
    words, unit = words_and_unit(cell[:200])
    return next((Place(w, index, unit, cell) for w in wanted if w.matches(words)), None)


def words_and_unit(cell: str) -> tuple[str, str]:
    """The header without its unit, and the unit; a bracket that holds no unit is words.

    >>> words_and_unit("Si (ICP) [wt%]"), words_and_unit("%Si"), words_and_unit("Mass, g")
    (('Si ICP', 'wt%'), ('Si', '%'), ('Mass', 'g'))
    """
    text, unit = _GLUED.sub(" % ", cell), ""
    for bracket in _BRACKET.findall(text):
        if _UNIT.fullmatch(bracket.strip()):
            unit = bracket.strip()
            text = text.replace(f"[{bracket}]", " ").replace(f"({bracket})", " ")
    match = None if unit else _UNIT.search(text)
    if match and match[0] != text.strip():
        unit, text = match[1], f"{text[: match.start()]} {text[match.end() :]}"
    return " ".join(re.sub(r"[^\w]+|_", " ", text).split()), unit


def units_of(sheet: Sheet, header: int, places: Sequence[Place]) -> tuple[list[str], int]:
    """Units by column, from the header or a row of units right below it; the first row of data."""
    units = [p.unit for p in places]
    below = sheet.rows[header + 1] if 0 <= header < len(sheet.rows) - 1 else ()
    cells = [below[p.index] if p.index < len(below) else None for p in places]
    stated = [c.strip().strip("[]()").strip() if isinstance(c, str) else "" for c in cells]
    numbers = any(isinstance(c, float | int) for c in cells)
    if not numbers and any(stated) and all(not s or _UNIT.fullmatch(s) for s in stated):
        return [s or u for s, u in zip(stated, units, strict=True)], header + 2
    return units, header + 1


def suits(unit: str, wanted: str) -> bool:
    """Whether a column states a unit of the kind wanted."""
    return bool(unit) and (_FRACTION.fullmatch(unit) is not None) == (wanted == "wt%")

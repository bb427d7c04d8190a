"""Finding columns of a table by the words of its header; rows of numbers beneath it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from negatrode.core.errors import InputError, MissingInput, ReadError
from negatrode.core.recording import Cell, Recording, Sheet
from negatrode.core.settings import Settings
from negatrode.core.units import spell
from negatrode.files.tables import named_block

_UNIT = re.compile(r"[\[(/]\s*([^\])]+?)\s*[\])]?\s*$")
_SUMMARY = re.compile(
    r"^\s*(mean|average|avg\.?|sd|std\.?|s\.d\.|rsd|stdev|median|mittelwert|平均)\b", re.IGNORECASE
)
_NOT_SAMPLE = re.compile(
    r"\b(blank|blind|standard|reference|acetanilide|sulfanilamide|tare)\b", re.IGNORECASE
)
_BELOW = re.compile(r"^\s*<\s*([0-9.,]+)\s*$|^\s*(n\.?\s?d\.?|b\.?d\.?l\.?|not detected)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """One cell: a number, or None where it lies below ``below`` (None where no limit is written)."""

    value: float | None
    below: float | None = None


@dataclass(frozen=True)
class TableColumns:
    """Named columns: ``rows`` of readings, ``units`` by name ("" where none is written), words by row.

    ``left_out`` names rows that are no readings of the sample (means, blanks, standards).
    """

    rows: tuple[Mapping[str, Reading], ...]
    units: Mapping[str, str]
    words: tuple[str, ...]
    left_out: tuple[str, ...]

    def values(self, name: str) -> list[float]:
        """The numbers of a column, rows below a limit left out."""
        return [r[name].value for r in self.rows if name in r and r[name].value is not None]  # type: ignore[misc]


def read_columns(
    recording: Recording, patterns: Mapping[str, str], settings: Settings, *, what: str
) -> TableColumns:
    """The columns whose header matches ``patterns`` (name -> regular expression).

    With the key ``columns`` the user names them instead. Raises MissingInput naming that key where no
    header row holds any, ReadError for a cell that is no number, InputError for a row that is not there.
    """
    named = settings.optional_word("columns")
    if named is not None:
        block = named_block(recording, named, where=f"{settings.section}.columns")
        size = len(block.columns[0].values) if block.columns else 0
        rows = tuple({c.name: Reading(float(c.values[i])) for c in block.columns} for i in range(size))
        found = TableColumns(rows, {c.name: c.unit for c in block.columns}, ("",) * size, ())
    else:
        sheets = (_read_sheet(s, patterns, recording.source.path) for s in recording.sheets)
        best = next((t for t in sheets if t is not None), None)
        if best is None:
            raise MissingInput(
                f"no header names {what}",
                key=f"{settings.section}.columns",
                where=recording.source.path,
                rule="columns are found by their header",
                remedy=f'Name them under [{settings.section}]: columns = "{what}", with units in brackets',
            )
        found = best
    return _only_row(found, settings)


def _only_row(table: TableColumns, settings: Settings) -> TableColumns:
    row = settings.optional_count("row") if "row" in settings.keys else None
    if row is None:
        return table
    if not 1 <= row <= len(table.rows):
        raise InputError(f"{settings.section}.row = {row}", rule=f"the table holds {len(table.rows)} rows")
    keep = slice(row - 1, row)
    return TableColumns(table.rows[keep], table.units, table.words[keep], table.left_out)


def _read_sheet(sheet: Sheet, patterns: Mapping[str, str], path: str) -> TableColumns | None:
    for index, row in enumerate(sheet.rows):
        places = _header(row, patterns)
        if places:
            return _body(sheet, index, places, path)
    return None


def _header(row: Sequence[Cell], patterns: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, pattern in patterns.items():
        for at, cell in enumerate(row):
            if (
                isinstance(cell, str)
                and at not in found.values()
                and re.search(pattern, cell.strip(), re.IGNORECASE)
            ):
                found[name] = at
                break
    return found


def _body(sheet: Sheet, header: int, places: Mapping[str, int], path: str) -> TableColumns:
    labels = {name: str(sheet.rows[header][at]) for name, at in places.items()}
    units = {name: _unit(label) for name, label in labels.items()}
    rows: list[Mapping[str, Reading]] = []
    words, left_out = [], []
    for number, row in enumerate(sheet.rows[header + 1 :], start=header + 2):
        where = f"{path} {sheet.name} row {number}"
        text = " ".join(
            str(c) for at, c in enumerate(row) if isinstance(c, str) and at not in places.values()
        )
        cells = {name: row[at] if at < len(row) else None for name, at in places.items()}
        if all(c is None for c in cells.values()):
            continue
        if not rows and all(
            (isinstance(c, str) and spell(c) != c) or c in ("%", "mg", "g") for c in cells.values()
        ):
            units = {name: spell(str(c)) for name, c in cells.items()}
            continue
        if _SUMMARY.match(text) or _NOT_SAMPLE.search(text):
            left_out.append(f"row {number} ({text.strip()})")
            continue
        rows.append({name: _reading(c, where) for name, c in cells.items() if c is not None})
        words.append(text)
    if not rows:
        raise ReadError("a header without rows", where=path, remedy="Export the table again")
    return TableColumns(tuple(rows), units, tuple(words), tuple(left_out))


def _unit(label: str) -> str:
    found = _UNIT.search(label)
    if found:
        return spell(found[1])
    return "%" if "%" in label else ""


def _reading(cell: Cell, where: str) -> Reading:
    if isinstance(cell, float | int):
        return Reading(float(cell))
    below = _BELOW.match(cell or "")
    if below:
        return Reading(None, float(below[1].replace(",", ".")) if below[1] else None)
    raise ReadError(
        f"'{cell}' stands where a number must", where=where, rule="readings are numbers, or '<0.3' or 'n.d.'"
    )


def percent(unit: str, *, where: str) -> float:
    """The factor that turns a column's mass fractions into wt%; ReadError without a unit."""
    known = {
        "%": 1.0,
        "wt%": 1.0,
        "percent": 1.0,
        "w/w%": 1.0,
        "g/g": 100.0,
        "kg/kg": 100.0,
        "mg/g": 0.1,
        "ppm": 1e-4,
    }
    plain = unit.lower().replace(" ", "")
    if plain in known:
        return known[plain]
    raise ReadError(
        f"unit '{unit}'" if unit else "no unit",
        where=where,
        rule="mass fractions are in wt%, g/g, mg/g or ppm",
        remedy="Write the unit in the header, as in 'C [wt%]'",
    )

"""A small laboratory table: columns by the words and units of its header, rows of numbers below.

The header is the row in which most of the wanted columns are recognised. Rows of blanks, standards and
statistics, and repeated headers, are left out and named in a finding. Tables that list one quantity a
row (instead of one a column) are not understood.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput, ReadError, UnitError
from negatrode.core.estimate import Finding
from negatrode.core.recording import Cell, Recording, Sheet
from negatrode.core.settings import Settings
from negatrode.core.units import convert
from negatrode.files.text import number
from negatrode.techniques.lab_header import LABEL as LABEL
from negatrode.techniques.lab_header import Place, header_places, named_places, suits, units_of
from negatrode.techniques.lab_header import Wanted as Wanted

_LEFT_OUT = re.compile(
    r"(?i)(?<![a-z])(blank|standard|std|reference|mean|average|avg|sd|s\.d\.|rsd|stdev|median|min|max|"
    r"variance|mittelwert|blindwert|stabw)(?![a-z])"
)
_BLANK = re.compile(r"(?i)(?<![a-z])(blank|blindwert)(?![a-z])")
_BELOW = re.compile(r"<\s*([\d.,]+)\s*%?\Z")
_NOT_DETECTED = (
    "n.d.",
    "nd",
    "n.d",
    "n. d.",
    "bdl",
    "b.d.l.",
    "<lod",
    "< lod",
    "<dl",
    "< dl",
    "not detected",
)
_SPELLINGS = {
    "ppmw": "ppm",
    "ug/g": "mg/kg",
    "µg/g": "mg/kg",
    "μg/g": "mg/kg",
    "cc": "cm3",
    "ml": "mL",
    "cm^3": "cm3",
    "cm³": "cm3",
}


_UNCERTAINTY = re.compile(
    r"(?i)uncertainty|unsicherheit|expanded|不確かさ|(?<![a-z])(?:u|error|tolerance)(?![a-z])|±|\+/?-"
)
# "HC-1", "HC #2", "HC run 3", "HC-b", "HC1a", "2": what tells replicates apart, not "HC-800"
_REPLICATE = re.compile(
    r"(?i)(?:(?:^|[\s_\-#(.]+)(?:(?:run|rep|replicate|nr|no|n)?[\s._#-]*\d{1,2}|(?<!^)[a-d])|(?<=\d)[a-d])\)?$"
)


@dataclass(frozen=True, eq=False)
class LabTable:
    """The columns found, one entry a kept row.

    Attributes
    ----------
    values:
        By column; NaN where the cell is empty or below a limit.
    limits:
        By column and row: the limit of a cell "<0.3", NaN where it says only "not detected", else None.
    words:
        Columns of words, lower case.
    headers:
        The header cells as they stand, by column.
    blanks:
        The readings of rows labelled as blanks, by column, in the units wanted; NaN where there is none.
    """

    path: str
    sha: str
    values: Mapping[str, NDArray[np.float64]]
    limits: Mapping[str, tuple[float | None, ...]]
    words: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    findings: tuple[Finding, ...] = ()
    blanks: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the table has that column."""
        return name in self.values or name in self.words

    @property
    def size(self) -> int:
        """Number of rows."""
        return max(len(v) for v in self.values.values())


@dataclass(frozen=True)
class _Entry:
    """A cell: a number, a limit it lies under, or a word."""

    value: float = math.nan
    limit: float | None = None
    word: str = ""


def lab_table(
    recordings: Sequence[Recording], wanted: Sequence[Wanted], needs: Sequence[set[str]], settings: Settings
) -> LabTable:
    """The rows of all tables under the wanted columns, in the units wanted.

    ``needs``: sets of columns of which one must be found whole. The user's ``columns`` go before the
    header; ``row`` takes one data row. Raises MissingInput (key ``columns``) where the header names no
    such columns or no unit, ReadError with its row where a cell is no number.
    """
    if not recordings:
        raise ReadError("no table is given")
    return _chosen_row(_pooled([_table(r, wanted, needs, settings) for r in recordings]), settings)


def lab_tables(
    recordings: Sequence[Recording], wanted: Sequence[Wanted], needs: Sequence[set[str]], settings: Settings
) -> list[LabTable]:
    """One table for each set of columns: those with the same columns are replicates (see ``lab_table``).

    Two sets must have no column of readings in common (an O, N table beside a table of metals is allowed).
    """
    if not recordings:
        raise ReadError("no table is given")
    groups: dict[frozenset[str], list[LabTable]] = {}
    for table in (_table(r, wanted, needs, settings) for r in recordings):
        groups.setdefault(frozenset(table.headers), []).append(table)
    readings = [name for names in groups for name in names if name in {w.name for w in wanted if w.censored}]
    if len(set(readings)) < len(readings):
        _pooled([tables[0] for tables in groups.values()])
    return [_chosen_row(_pooled(tables), settings) for tables in groups.values()]


def _chosen_row(found: LabTable, settings: Settings) -> LabTable:
    chosen = settings.optional_count("row")
    if chosen is None:
        return found
    if not 1 <= chosen <= found.size:
        raise InputError(
            f"{settings.section}.row = {chosen}",
            where=settings.origin,
            rule=f"the table has {found.size} data rows",
        )
    text = f"data row {chosen} of {found.size} is taken, the others are not"
    return _one_row(found, chosen - 1, Finding("row", text))


def _one_row(table: LabTable, i: int, note: Finding) -> LabTable:
    return LabTable(
        table.path,
        table.sha,
        {n: v[i : i + 1] for n, v in table.values.items()},
        {n: v[i : i + 1] for n, v in table.limits.items()},
        {n: v[i : i + 1] for n, v in table.words.items()},
        table.headers,
        (*table.findings, note),
        table.blanks,
    )


def _pooled(tables: Sequence[LabTable]) -> LabTable:
    """The rows of all tables as replicates; their columns must be the same."""
    first = tables[0]
    for other in tables[1:]:
        if set(other.headers) != set(first.headers):
            raise ReadError(
                f"columns {', '.join(other.headers)} beside {', '.join(first.headers)} of {first.path}",
                where=other.path,
                rule="tables of replicates have the same columns",
                remedy="Give one table, or tables alike",
            )
    return LabTable(
        first.path,
        first.sha,
        {n: np.concatenate([t.values[n] for t in tables]) for n in first.values},
        {n: tuple(c for t in tables for c in t.limits[n]) for n in first.limits},
        {n: tuple(w for t in tables for w in t.words[n]) for n in first.words},
        first.headers,
        tuple(f for t in tables for f in t.findings),
        {n: np.concatenate([t.blanks[n] for t in tables]) for n in first.blanks},
    )


def _table(
    recording: Recording, wanted: Sequence[Wanted], needs: Sequence[set[str]], settings: Settings
) -> LabTable:
    if not recording.sheets:
        raise ReadError("the file holds no table", where=recording.source.path)
    named = settings.optional_word("columns")
    if named is not None:
        sheet, row, places = recording.sheets[0], -1, named_places(named, wanted, settings)
    else:
        headers = [(s, *header_places(s, wanted)) for s in recording.sheets]
        sheet, row, places = max(headers, key=lambda h: len(h[2]))
    units, first = units_of(sheet, row, places)
    kept = [k for k, p in enumerate(places) if not p.wanted.optional or suits(units[k], p.wanted.unit)]
    places, units = [places[k] for k in kept], [units[k] for k in kept]
    found = {p.wanted.name for p in places}
    if not any(need <= found for need in needs):
        raise _unknown_columns(recording, wanted, needs, found, settings)
    return _read(recording, sheet, row, places, units, first, settings)


def _unknown_columns(
    recording: Recording,
    wanted: Sequence[Wanted],
    needs: Sequence[set[str]],
    found: set[str],
    settings: Settings,
) -> MissingInput:
    units = {w.name: w.unit for w in wanted}
    example = ", ".join(f"{n} [{units[n]}]" for n in units if n in needs[0])
    choice = ", or ".join(" and ".join(sorted(need)) for need in needs)
    return MissingInput(
        f"the header names {', '.join(sorted(found)) or 'none of the columns'}",
        key=f"{settings.section}.columns",
        where=recording.source.path,
        rule=f"{choice} must be among the columns",
        remedy=f'Name them in their order, as columns = "sample, {example}" under [{settings.section}]',
    )


def _read(
    recording: Recording,
    sheet: Sheet,
    header: int,
    places: Sequence[Place],
    units: Sequence[str],
    first: int,
    settings: Settings,
) -> LabTable:
    """The rows below the header; ``units`` of the columns, ``first`` row of data (0-based)."""
    path = recording.source.path
    rows: list[list[_Entry]] = []
    blanks: list[list[_Entry]] = []
    notes: list[str] = []
    for i, row in _data_rows(sheet, header, first, places):
        why = _reason_to_leave(row, header, sheet, places)
        if why:
            notes.append(f"row {i + 1} ({why})")
            if _BLANK.search(why):
                blanks.append([_reading(row, p) for p in places])
        else:
            rows.append([_entry(row, p, f"{path} row {i + 1}") for p in places])
    if not rows:
        raise ReadError(
            "no row of numbers below the header", where=path, remedy=f"Check {settings.section}.columns"
        )
    values, limits, words, readings = {}, {}, {}, {}
    for k, (place, unit, entries) in enumerate(zip(places, units, zip(*rows, strict=True), strict=True)):
        name = place.wanted.name
        if not place.wanted.unit:
            words[name] = tuple(e.word for e in entries)
            continue
        factor = _factor(place, unit, path, settings)
        values[name] = np.array([e.value for e in entries]) * factor
        limits[name] = tuple(None if e.limit is None else e.limit * factor for e in entries)
        readings[name] = np.array([row[k].value for row in blanks]) * factor
    findings = (Finding("rows-left-out", f"{path}: left out {', '.join(notes)}"),) if notes else ()
    headers = {p.wanted.name: p.header for p in places}
    return LabTable(path, recording.source.sha256, values, limits, words, headers, findings, readings)


def _data_rows(
    sheet: Sheet, header: int, first: int, places: Sequence[Place]
) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Rows below the header that are not blank; without a header, from the first with a number in place."""
    started = header >= 0
    for i in range(first, len(sheet.rows)):
        row = sheet.rows[i]
        if not started:
            mine = [row[p.index] for p in places if p.wanted.unit and p.index < len(row)]
            started = any(_is_value(c) for c in mine)
        if started and any(c not in (None, "") for c in row):
            yield i, row


def _is_value(cell: Cell) -> bool:
    if isinstance(cell, str):
        return number(cell) is not None or _BELOW.match(cell.strip()) is not None
    return cell is not None


def _reason_to_leave(row: tuple[Cell, ...], header: int, sheet: Sheet, places: Sequence[Place]) -> str:
    """Why a row is no reading of the sample, or ""."""
    if header >= 0 and row == sheet.rows[header]:
        return "the header again"
    texts = [c.strip() for c in row if isinstance(c, str) and c.strip()]
    label = next((t for t in texts if _LEFT_OUT.search(t)), None)
    if label is not None:
        return label[:40]
    filled = [row[p.index] for p in places if p.index < len(row) and row[p.index] not in (None, "")]
    alone = len(texts) == 1 and sum(c not in (None, "") for c in row) == 1
    if not filled or (alone and not _is_value(texts[0])):
        return f"'{texts[0][:40]}', no numbers" if texts else "no numbers in these columns"
    return ""


def _entry(row: tuple[Cell, ...], place: Place, where: str) -> _Entry:
    cell = row[place.index] if place.index < len(row) else None
    if not place.wanted.unit:
        return _Entry(word="" if cell is None else str(cell).strip().lower())
    if cell is None or cell == "":
        return _Entry()
    if not isinstance(cell, str):
        return _Entry(float(cell))
    text = cell.strip()
    value = number(text)
    if value is not None:
        return _Entry(value)
    if place.wanted.censored:
        below = _BELOW.match(text)
        limit = number(below[1]) if below else None
        if limit is not None:
            return _Entry(limit=limit)
        if text.lower() in _NOT_DETECTED:
            return _Entry(limit=math.nan)
    raise ReadError(
        f"'{text[:40]}' in column '{place.header}'",
        where=where,
        rule="data cells are numbers",
        remedy="Correct the cell or leave the row out",
    )


def _reading(row: tuple[Cell, ...], place: Place) -> _Entry:
    """The number in a row that is left out, or an empty entry."""
    cell = row[place.index] if place.index < len(row) else None
    value = number(cell) if isinstance(cell, str) else cell
    return _Entry() if value is None else _Entry(float(value))


def _factor(place: Place, unit: str, path: str, settings: Settings) -> float:
    """What turns the column's numbers into the unit wanted."""
    if not unit:
        raise MissingInput(
            f"column '{place.header}' states no unit",
            key=f"{settings.section}.columns",
            where=path,
            rule="a number without its unit may be a fraction or per cent, g or mg",
            remedy=f"Name the columns with their units, as in '{place.wanted.name} [{place.wanted.unit}]'",
        )
    if re.match(r"(?i)at|mol", unit) and place.wanted.unit == "wt%":
        raise UnitError(
            f"column '{place.header}' is in {unit}",
            where=path,
            rule="the content is by mass",
            remedy="Export weight per cent",
        )
    plain = re.sub(r"[ .-]", "", unit).lower()
    known = "wt%" if plain in ("wt%", "mass%", "weight%") else _SPELLINGS.get(unit.lower(), unit)
    return float(convert(1.0, known, place.wanted.unit))


def of_one_sample(table: LabTable, settings: Settings) -> tuple[LabTable, tuple[Finding, ...]]:
    """The rows of the sample: rows of uncertainties left out; MissingInput where there are two samples."""
    if not table.has("label"):
        return table, ()
    labels = table.words["label"]
    kept = [i for i, word in enumerate(labels) if not _UNCERTAINTY.search(word)]
    notes = []
    if len(kept) < len(labels):
        words = ", ".join(w for w in labels if _UNCERTAINTY.search(w))
        text = f"rows of uncertainties are not used, give them as settings: {words}"
        notes.append(Finding("uncertainty-rows", text, warning=True))
        table = _rows(table, kept)
    labels = table.words["label"]
    samples = list(dict.fromkeys(_REPLICATE.sub("", word).strip() for word in labels if word))
    if len(samples) > 1:
        raise MissingInput(
            f"rows of {len(samples)} samples: {', '.join(samples[:6])}",
            key=f"{settings.section}.row",
            where=table.path,
            rule="the rows of one sample are averaged, those of several are not",
            remedy="Give row = 1 or another data row, or a table of this sample alone",
        )
    if len(set(labels)) > 1 and samples != [""]:
        text = f"rows {', '.join(dict.fromkeys(labels))} are taken for replicates of one sample"
        notes.append(Finding("replicates-by-label", text))
    return table, tuple(notes)


def _rows(table: LabTable, kept: Sequence[int]) -> LabTable:
    if not kept:
        raise ReadError("no row is an analysis of the sample", where=table.path)
    return replace(
        table,
        values={n: v[list(kept)] for n, v in table.values.items()},
        limits={n: tuple(v[i] for i in kept) for n, v in table.limits.items()},
        words={n: tuple(v[i] for i in kept) for n, v in table.words.items()},
    )

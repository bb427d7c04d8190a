"""Tables of point analyses (WDS, EDS) and line scans: one row a point, one column an element.

JEOL ("Si(Mass%)"), Cameca ("Si Wt%"), Probe for EPMA ("Si WT%", "Si CDL99") and plain tables alike. Cells
below the limit ("<0.03", "n.d.") are kept as such. Rows of means and standards are left out and named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from negatrode.core.errors import ReadError, Refusal
from negatrode.core.estimate import Finding
from negatrode.core.recording import Cell, Recording, Sheet
from negatrode.core.settings import Key, Settings
from negatrode.files.text import number
from negatrode.techniques.phases.calibration import atomic_masses
from negatrode.techniques.phases.quantification import Floats

KEYS = (
    Key("points_unit", "", "unit of a point table whose header states none", choices=("wt%", "at%")),
    Key(
        "point_limit", "wt%", "detection limit behind cells that say only 'not detected'", example="0.03 wt%"
    ),
)
_UNITS = {
    "wt%": r"wt\.?\s?%|mass\.?\s?%|weight\s?%|w/w\s?%|%\s?wt|massen-?%|gew\.?-?%|質量%|wt\.?\s?pct",
    "at%": r"at\.?\s?%|atomic\s?%|atom\s?%|mol\.?\s?%|%\s?at|at\.?\s?pct",
    "ppm": r"ppm|mg/kg|µg/g|ug/g",
}
_ANY_UNIT = "|".join(_UNITS.values()) + "|%"
_SYMBOL = r"(?P<symbol>[A-Z][a-z]?)(?:[ _-]?(?:[KLM](?:[abαβ]\d?)?))?"
_CONTENT = re.compile(
    rf"(?:{_SYMBOL}\s*[_ ,]*[\[(]?\s*(?P<unit>(?i:{_ANY_UNIT}))?\s*[\])]?"
    rf"|(?P<before>(?i:{_ANY_UNIT}))\s*(?P<after>[A-Z][a-z]?))"
)
_LIMIT = re.compile(
    rf"{_SYMBOL}[\s_]*[\[(]?(?i:d\.?\s?l\.?|lod|mdl|lld|cdl\d*|detection limit)[\])]?\s*[\[(]?"
    rf"(?P<unit>(?i:{_ANY_UNIT}))?[\])]?"
)
_WORDS = {
    "phase": r"phase|phases|region|domain|type",
    "label": r"(?:data)?\s?(?:point|spectrum|analysis|spot|label|name|sample|comment|no|nr|id|line)\.?"
    r"(?:\s?(?:no|nr|name|id|number|label)\.?)?|#",
    "total": r"(?:sum|total|totals|summe)",
    "position": r"(?:distance|position|dist|pos|abstand|length)\.?|x|s",
}
_TRAILING_UNIT = re.compile(r"\s*[\[(,]?\s*(?:um|µm|μm|micron|nm|mm|(?:" + _ANY_UNIT + r"))\s*[\])]?\Z", re.I)
_OXIDE = re.compile(r"(?:[A-Z][a-z]?\d?){1}O\d?(?:\s*[\[(_ ].*)?")
_STATISTICS = re.compile(
    r"(?i)(?<![a-z])(?:mean|average|avg|sd|s\.d\.|rsd|st(?:d\.?|andard)[ _]?dev\w*|std|standard|stdev|median|"
    r"min(?:imum)?|max(?:imum)?|sigma|blank|mittelwert|stabw|detection limit|lod|d\.l\.)(?![a-z])"
)
_NOT_DETECTED = {"n.d.", "nd", "n.d", "bdl", "b.d.l.", "<lod", "<dl", "<mdl", "notdetected", "b.d."}
_BELOW = re.compile(r"<\s*([\d.,]+)\s*%?\Z")


@dataclass(frozen=True, eq=False)
class Points:
    """Point analyses in wt%.

    Attributes
    ----------
    values:
        Shape (points, elements); NaN where the cell is empty, 0 where below its limit.
    limits:
        Detection limit of the cells that lie below it, NaN elsewhere; same shape.
    phases:
        Word of the phase column by point, "" where there is none.
    positions:
        Position along a line, or None.
    """

    path: str
    key: str
    elements: tuple[str, ...]
    labels: tuple[str, ...]
    phases: tuple[str, ...]
    values: Floats
    limits: Floats
    positions: Floats | None = None
    findings: tuple[Finding, ...] = ()

    def totals(self) -> Floats:
        """Sum of the contents by point, wt%."""
        return np.asarray(np.nansum(self.values, axis=1))


@dataclass(frozen=True)
class _Header:
    sheet: Sheet
    row: int
    contents: Mapping[str, tuple[int, str]]
    limits: Mapping[str, tuple[int, str]]
    words: Mapping[str, int]


def is_point_table(recording: Recording) -> bool:
    """Whether a table names two elements or more in one header row."""
    return recording.kind == "table" and _header(recording) is not None


def read_points(recording: Recording, settings: Settings) -> Points:
    """The point analyses of a table.

    Raises MissingInput (points_unit) where no unit is stated, ReadError with the row where a cell is no
    number, Refusal for a table of oxides (its oxygen is stoichiometric, not measured).
    """
    path = recording.source.path
    header = _header(recording)
    if header is None:
        raise _no_elements(recording)
    units = {e: _unit(u, path, e, settings) for e, (_, u) in header.contents.items()}
    # a program that prints both prints the same analysis twice
    chosen = [e for e, u in units.items() if u != "at%"] or list(units)
    rows, left_out = _data_rows(header)
    if not rows:
        raise ReadError("no row of analyses below the header", where=path)
    values = np.full((len(rows), len(chosen)), np.nan)
    limits = np.full_like(values, np.nan)
    for i, (line, row) in enumerate(rows):
        for j, element in enumerate(chosen):
            where = f"{path} row {line}"
            scale = 1e-4 if units[element] == "ppm" else 1.0
            value, limit = _cell(row, header, element, where, settings)
            values[i, j], limits[i, j] = value * scale, limit * scale
    if units[chosen[0]] == "at%":
        values, limits = _by_mass(values, limits, chosen)
    findings = [Finding("rows-left-out", f"{path}: left out {', '.join(left_out)}")] if left_out else []
    labels = tuple(_word(row, header, "label") or f"row {line}" for line, row in rows)
    points = Points(
        path,
        recording.source.sha256[:12],
        tuple(chosen),
        labels,
        tuple(_word(row, header, "phase") for _, row in rows),
        values,
        limits,
        _positions(rows, header),
        tuple(findings),
    )
    return _with_totals(points)


def _with_totals(points: Points) -> Points:
    """Totals outside 95 to 102 wt% are named: a usual criterion of acceptance of WDS analyses."""
    totals = points.totals()
    odd = [
        f"{label} {total:.1f}"
        for label, total in zip(points.labels, totals, strict=True)
        if not 95.0 <= total <= 102.0
    ]
    if not odd:
        return points
    text = f"{points.path}: totals outside 95-102 wt%: {', '.join(odd[:10])}{' ...' if len(odd) > 10 else ''}"
    notes = (*points.findings, Finding("totals", text, warning=True))
    return Points(
        points.path, points.key, points.elements, points.labels, points.phases,
        points.values, points.limits, points.positions, notes,
    )  # fmt: skip


def _no_elements(recording: Recording) -> Refusal:
    cells = [c for s in recording.sheets for row in s.rows[:30] for c in row if isinstance(c, str)]
    oxides = [c for c in cells if _OXIDE.fullmatch(c.strip())]
    if len(oxides) >= 2:
        return Refusal(
            f"columns {', '.join(oxides[:4])}",
            where=recording.source.path,
            rule="in a table of oxides oxygen is calculated by stoichiometry, not measured",
            remedy="Export element per cent with oxygen measured",
        )
    return Refusal(
        "the header names fewer than two elements",
        where=recording.source.path,
        rule="a point table has one column an element, as in 'O [wt%]'",
    )


def _header(recording: Recording) -> _Header | None:
    best: _Header | None = None
    for sheet in recording.sheets:
        for i, row in enumerate(sheet.rows[:40]):
            contents: dict[str, tuple[int, str]] = {}
            limits: dict[str, tuple[int, str]] = {}
            words: dict[str, int] = {}
            for j, cell in enumerate(row[:200]):
                if isinstance(cell, str) and cell.strip():
                    _place(cell.strip()[:80], j, contents, limits, words)
            if len(contents) >= 2 and (best is None or len(contents) > len(best.contents)):
                best = _Header(sheet, i, _units_below(sheet, i, contents), limits, words)
    return best


def _place(
    cell: str,
    j: int,
    contents: dict[str, tuple[int, str]],
    limits: dict[str, tuple[int, str]],
    words: dict[str, int],
) -> None:
    from negatrode.techniques.phases.lines import is_element

    limit, content = _LIMIT.fullmatch(cell), _CONTENT.fullmatch(cell)
    if limit and is_element(limit["symbol"]):
        limits.setdefault(limit["symbol"], (j, _canonical(limit["unit"])))
    elif content and is_element(content["symbol"] or content["after"]):
        symbol = content["symbol"] or content["after"]
        unit = _canonical(content["unit"] or content["before"])
        # wt% goes before at% of the same element
        if symbol not in contents or (contents[symbol][1] == "at%" and unit != "at%"):
            contents[symbol] = (j, unit)
    else:
        plain = _TRAILING_UNIT.sub("", cell)
        name = next((n for n, p in _WORDS.items() if re.fullmatch(p, plain, re.I)), None)
        if name:
            words.setdefault(name, j)


def _canonical(unit: str | None) -> str:
    if not unit:
        return ""
    return next((name for name, p in _UNITS.items() if re.fullmatch(p, unit.strip(), re.I)), "")


def _units_below(
    sheet: Sheet, row: int, contents: Mapping[str, tuple[int, str]]
) -> dict[str, tuple[int, str]]:
    """Units from the header, else from a row of units right below it."""
    below = sheet.rows[row + 1] if row + 1 < len(sheet.rows) else ()
    found = {}
    for element, (j, unit) in contents.items():
        cell = below[j] if j < len(below) else None
        stated = cell.strip("[]() ") if isinstance(cell, str) else ""
        found[element] = (j, unit or _canonical(stated))
    return found


def _unit(unit: str, path: str, element: str, settings: Settings) -> str:
    if unit:
        return unit
    return settings.word("points_unit", why=f"{path} states no unit of {element}: mass or atomic per cent")


def _data_rows(header: _Header) -> tuple[list[tuple[int, tuple[Cell, ...]]], list[str]]:
    rows, left_out = [], []
    places = [j for j, _ in header.contents.values()]
    for i, row in enumerate(header.sheet.rows[header.row + 1 :], start=header.row + 2):
        cells = [row[j] for j in places if j < len(row) and row[j] not in (None, "")]
        texts = [c for c in row if isinstance(c, str) and c.strip()]
        if not cells or row == header.sheet.rows[header.row]:
            continue
        if all(isinstance(c, str) and number(c) is None and not _is_below(c) for c in cells):
            continue  # a row of units, or a title
        label = next((t for t in texts if _STATISTICS.search(t) and not _is_below(t)), None)
        if label:
            left_out.append(f"row {i} ({label.strip()[:40]})")
        else:
            rows.append((i, row))
    return rows, left_out


def _is_below(cell: str) -> bool:
    return _BELOW.match(cell.strip()) is not None or cell.lower().replace(" ", "") in _NOT_DETECTED


def _cell(
    row: tuple[Cell, ...], header: _Header, element: str, where: str, settings: Settings
) -> tuple[float, float]:
    """Content, and the limit that it lies below (NaN where it does not)."""
    j = header.contents[element][0]
    cell = row[j] if j < len(row) else None
    if cell is None or (isinstance(cell, str) and cell.strip() in ("", "-", "–")):
        return math.nan, math.nan
    text = cell.strip() if isinstance(cell, str) else ""
    value = number(text) if isinstance(cell, str) else float(cell)
    stated = _stated_limit(row, header, element)
    if value is not None:
        return (0.0, stated) if math.isfinite(stated) and value < stated else (value, math.nan)
    below = _BELOW.match(text)
    limit = number(below[1]) if below else None
    if limit is not None:
        return 0.0, limit
    if _is_below(text):
        if math.isfinite(stated):
            return 0.0, stated
        return 0.0, settings.quantity("point_limit", why=f"{where} says '{text}' of {element}")
    raise ReadError(
        f"'{text[:40]}' in the column of {element}", where=where, rule="data cells are numbers or '<limit'"
    )


def _stated_limit(row: tuple[Cell, ...], header: _Header, element: str) -> float:
    if element not in header.limits:
        return math.nan
    j, unit = header.limits[element]
    cell = row[j] if j < len(row) else None
    value = number(cell) if isinstance(cell, str) else cell
    scale = 1e-4 if unit == "ppm" and header.contents[element][1] != "ppm" else 1.0
    return math.nan if value is None else float(value) * scale


def _by_mass(values: Floats, limits: Floats, elements: Sequence[str]) -> tuple[Floats, Floats]:
    """Mass fractions of atomic fractions, w_i = 100 x_i M_i / sum x_j M_j, row by row."""
    masses = atomic_masses(elements)
    whole = np.nansum(values * masses, axis=1, keepdims=True)
    if np.any(whole <= 0.0):
        raise ReadError("a point whose contents are all zero", rule="atomic fractions add up to 100 at%")
    return 100.0 * values * masses / whole, 100.0 * limits * masses / whole


def _word(row: tuple[Cell, ...], header: _Header, name: str) -> str:
    j = header.words.get(name, -1)
    cell = row[j] if 0 <= j < len(row) else None
    return f"{cell:g}" if isinstance(cell, float) else str(cell or "").strip()


def _positions(rows: Sequence[tuple[int, tuple[Cell, ...]]], header: _Header) -> Floats | None:
    if "position" not in header.words:
        return None
    j = header.words["position"]
    cells = [row[j] if j < len(row) else None for _, row in rows]
    found = [number(c) if isinstance(c, str) else c for c in cells]
    return None if any(v is None for v in found) else np.array(found, dtype=float)

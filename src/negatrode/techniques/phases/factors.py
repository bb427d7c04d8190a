"""k-factors and standards: from a small table among the section's files, or from the key ``k_factors``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from negatrode.core.errors import InputError, MissingInput, ReadError
from negatrode.core.recording import Cell, Recording, Sheet
from negatrode.core.settings import Settings
from negatrode.files.text import number

# all matched without regard to case
_ELEMENT = r"(?:element|symbol|el|el\.|elem|atom)"
_LINE = r"(?:line|x-?ray line|series|transition)"
_U = r"(?:u|sd|s\.d\.|err|error|unc|uncertainty|std|±|\+/?-|sigma)"
_PERCENT = r"(?P<percent> ?[\[(]?%[\])]?)?"
_K_COLUMNS = {
    "element": _ELEMENT,
    "line": _LINE,
    "k": r"(?:k|k[ _-]?factors?|cliff[ -]lorimer(?: factor)?|k[ _-]?ab|k\w{0,4} ?value)",
    "u": rf"(?:{_U}[ _]?(?:\(?k(?:[ -]?factor)?\)?|of k)?|k ?{_U}|(?:delta|Δ) ?k){_PERCENT}",
}
_STANDARD_COLUMNS = {
    "element": _ELEMENT,
    "line": _LINE,
    "counts": r"(?:(?:standard |std )?(?:counts?|intensity)(?: ?(?:per|/) ?(?P<per>s|second|pixel|px))?"
    r"|(?P<cps>cps))(?: ?[\[(]?(?P<unit>cps|counts?/s|1/s|counts?/pixel|1/pixel)[\])]?)?",
    "content": r"(?:concentration|content|mass fraction|standard content|w[ _]?std|c[ _]?std)"
    r" ?[\[(]?(?P<wt>wt\.? ?%|mass ?%|%)?[\])]?",
    "factor": r"(?:(?:matrix|zaf|prz|φ\(?ρz\)?|correction|zaf[ /]?correction)(?: factor)?|zaf)",
    "u_factor": rf"{_U}[ _]?\(?(?:factor|zaf|matrix)\)?{_PERCENT}",
    "u_counts": rf"{_U}[ _]?\(?(?:counts?|intensity)\)?{_PERCENT}",
}
_WORD_FACTOR = re.compile(
    r"\s*([A-Z][a-z]?)(?:[ -]?([KLM][ab]?\d?|[KLM][αβ]))?\s*[ :=]\s*([\d.]+(?:[eE][+-]?\d+)?)"
    r"(?:\s*(?:\+/?-|±)\s*([\d.]+(?:[eE][+-]?\d+)?)\s*(%)?)?\s*"
)


@dataclass(frozen=True)
class Factor:
    """One row: k-factor with ``u`` (None where not stated)."""

    element: str
    line: str
    k: float
    u: float | None


@dataclass(frozen=True)
class Standard:
    """One element's standard.

    ``counts`` per pixel or per second (``per_second``), ``content`` in wt%, ``factor`` the matrix
    correction (None where the table has none), ``u_counts`` and ``u_factor`` relative.
    """

    element: str
    line: str
    counts: float
    per_second: bool
    content: float
    factor: float | None
    u_counts: float
    u_factor: float | None


@dataclass(frozen=True)
class FactorTable:
    """k-factors or standards, and where they come from (``key``: start of the table's hash)."""

    path: str
    key: str
    factors: tuple[Factor, ...] = ()
    standards: tuple[Standard, ...] = ()


@dataclass(frozen=True)
class _Columns:
    sheet: Sheet
    row: int
    places: Mapping[str, tuple[int, re.Match[str]]]


def factor_tables(recordings: Sequence[Recording]) -> tuple[list[FactorTable], list[Recording]]:
    """The tables of k-factors and of standards, and the recordings that are neither.

    Raises ReadError with the row where such a table holds a cell that is no positive number, or an
    element twice with the same line.
    """
    found, others = [], []
    for recording in recordings:
        standards = _columns(recording, _STANDARD_COLUMNS, ("element", "counts", "content"))
        factors = None if standards else _columns(recording, _K_COLUMNS, ("element", "k"))
        if standards:
            rows = tuple(_standard(*r) for r in _rows(recording, standards))
            found.append(_table(recording, standards=rows))
        elif factors:
            found.append(_table(recording, factors=tuple(_factor(*r) for r in _rows(recording, factors))))
        else:
            others.append(recording)
    return found, others


def _table(
    recording: Recording, *, factors: tuple[Factor, ...] = (), standards: tuple[Standard, ...] = ()
) -> FactorTable:
    path = recording.source.path
    lines = [(f.element, f.line) for f in factors] + [(s.element, s.line) for s in standards]
    if not lines:
        raise ReadError(
            "no row below the header", where=path, rule="a table of factors has one row an element"
        )
    twice = next((name for name in lines if lines.count(name) > 1), None)
    if twice:
        raise ReadError(
            f"{' '.join(twice).strip()} stands twice", where=path, rule="one row an element and line"
        )
    return FactorTable(path, recording.source.sha256[:12], factors, standards)


def _columns(recording: Recording, patterns: Mapping[str, str], required: Sequence[str]) -> _Columns | None:
    for sheet in recording.sheets:
        for i, row in enumerate(sheet.rows[:30]):
            places: dict[str, tuple[int, re.Match[str]]] = {}
            for j, cell in enumerate(row[:30]):
                for name, pattern in patterns.items():
                    match = re.fullmatch(pattern, cell.strip()[:60], re.I) if isinstance(cell, str) else None
                    if match and name not in places:
                        places[name] = (j, match)
                        break
            if all(name in places for name in required):
                return _Columns(sheet, i, places)
    return None


_Row = tuple[Mapping[str, Cell], Mapping[str, "re.Match[str]"], str]


def _rows(recording: Recording, columns: _Columns) -> list[_Row]:
    rows: list[_Row] = []
    matches = {name: match for name, (_, match) in columns.places.items()}
    for i, row in enumerate(columns.sheet.rows[columns.row + 1 :], start=columns.row + 2):
        if all(c in (None, "") for c in row):
            continue
        cells = {n: row[j] if j < len(row) else None for n, (j, _) in columns.places.items()}
        rows.append((cells, matches, f"{recording.source.path} row {i}"))
    return rows


def _positive(cell: Cell, where: str, what: str) -> float:
    value = number(cell) if isinstance(cell, str) else cell
    if value is None or not math.isfinite(value) or value <= 0.0:
        raise ReadError(f"{what} is '{cell}'", where=where, rule="it is a positive number")
    return float(value)


def _spread(
    cells: Mapping[str, Cell], matches: Mapping[str, re.Match[str]], name: str, of: float, where: str
) -> float | None:
    """An uncertainty in the unit of ``of``; None where the column or the cell is missing."""
    cell = cells.get(name)
    if cell in (None, "", "-"):
        return None
    value = number(cell) if isinstance(cell, str) else cell
    if value is None or value < 0.0:
        raise ReadError(f"uncertainty '{cell}'", where=where, rule="it is a number, at least zero")
    return float(value) * (of / 100.0 if matches[name].group("percent") else 1.0)


def _symbol(cells: Mapping[str, Cell], where: str) -> tuple[str, str]:
    """Element and line; "Ti Ka" in the element's cell is split."""
    text = str(cells["element"] or "").strip()
    line = str(cells.get("line") or "").strip()
    match = re.fullmatch(r"([A-Z][a-z]?)(?:[ _-]*([KLM].{0,3}))?", text)
    if not match:
        raise ReadError(
            f"'{text[:40]}' is no chemical symbol", where=where, rule="the first word of a row is one"
        )
    return match[1], short_line(line or match[2] or "")


def short_line(text: str) -> str:
    """A line as "Ka", "La", "Ll": "Kα1", "K-alpha", "Kα" and "K" are the same family.

    >>> short_line("Kα1"), short_line("L-alpha"), short_line("K")
    ('Ka', 'La', 'Ka')
    """
    plain = text.strip().replace("α", "a").replace("β", "b").replace("-", "").replace(" ", "")
    plain = re.sub(r"(?i)alpha", "a", re.sub(r"(?i)beta", "b", plain))
    plain = re.sub(r"\d+(?:,\d+)?\Z", "", plain)
    # a bare series letter stands for its main line
    return plain[:1].upper() + (plain[1:].lower() or "a") if plain else ""


def _factor(cells: Mapping[str, Cell], matches: Mapping[str, re.Match[str]], where: str) -> Factor:
    element, line = _symbol(cells, where)
    k = _positive(cells["k"], where, f"k of {element}")
    return Factor(element, line, k, _spread(cells, matches, "u", k, where))


def _standard(cells: Mapping[str, Cell], matches: Mapping[str, re.Match[str]], where: str) -> Standard:
    element, line = _symbol(cells, where)
    counts = _positive(cells["counts"], where, f"intensity of {element}")
    content = _positive(cells["content"], where, f"content of {element}")
    if not matches["content"].group("wt") and content <= 1.0:
        raise MissingInput(
            f"content {content:g} of {element} has no unit",
            key="columns",
            where=where,
            rule="it may be a fraction or per cent",
            remedy="Write the header as 'concentration [wt%]'",
        )
    named = [matches["counts"].group(g) for g in ("per", "cps", "unit")]
    words = " ".join(w.lower() for w in named if w)
    if not words:
        raise MissingInput(
            f"intensity of the standard of {element} is per second or per pixel",
            key="columns",
            where=where,
            rule="the two differ by the dwell time",
            remedy="Write the header as 'counts/pixel' or 'counts/s'",
        )
    per_second = "s" in re.findall(r"cps|pixel|px|s(?:econd)?\b", words)[0]
    factor = _positive(cells["factor"], where, f"matrix factor of {element}") if cells.get("factor") else None
    u_factor = _spread(cells, matches, "u_factor", factor or 1.0, where)
    u_counts = _spread(cells, matches, "u_counts", counts, where) or 0.0
    relative = None if u_factor is None else u_factor / (factor or 1.0)
    return Standard(element, line, counts, per_second, content, factor, u_counts / counts, relative)


def stated_factors(settings: Settings) -> FactorTable | None:
    """The k-factors of the key ``k_factors`` ("Ti 1.00, Si 1.12 +- 0.03, O Ka 1.9 +- 5 %"), or None."""
    text = settings.optional_word("k_factors")
    if text is None:
        return None
    where = f"{settings.origin} {settings.section}.k_factors"
    factors = []
    for part in text.split(","):
        match = _WORD_FACTOR.fullmatch(part)
        if not match or float(match[3]) <= 0.0:
            raise InputError(
                f"'{part.strip()}'",
                where=where,
                rule="factors are written as in 'Ti 1.00, Si 1.12 +- 0.03, O 1.9 +- 0.2'",
            )
        k = float(match[3])
        u = None if match[4] is None else float(match[4]) * (k / 100.0 if match[5] else 1.0)
        factors.append(Factor(match[1], short_line(match[2] or ""), k, u))
    return FactorTable(where, "k_factors", tuple(factors))

"""Plain isotherms (.csv, .tsv, .txt): a line of headings names relative pressure and amount adsorbed.

A second pair of columns is the desorption branch; a single run of points is parted after its highest
pressure. Lines "label: value" or "label, value" above the headings are kept.
"""

from __future__ import annotations

import re

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording
from negatrode.core.units import spell
from negatrode.files.blob import Blob
from negatrode.files.readers.isotherm_terms import (
    Heading,
    adsorptive,
    branch,
    branches,
    column_groups,
    heading,
    state,
)
from negatrode.files.readers.text_rows import (
    Row,
    decode_japanese,
    head_text,
    plain,
    rows_of_text,
    widest_separator,
)
from negatrode.files.text import number

NAME = "isotherm-text"
TITLE = "Isotherm as plain table (.csv, .txt)"
KIND = "isotherm"

_LABELS = {
    "mass": re.compile(r"^(sample )?(mass|weight)$|^sample (mass|weight)"),
    "temperature": re.compile(
        r"^((analysis|bath|adsorption|measurement|analysis bath) )?temp(erature|\.)?( |$)"
    ),
    "cross_section": re.compile(r"cross[- ]section"),
    "saturation_pressure": re.compile(r"^(saturation pressure|p0)$"),
}
_UNITS = {
    "mass": "g mg kg",
    "temperature": "K degC",
    "cross_section": "nm2",
    "saturation_pressure": "kPa Pa mmHg torr bar mbar atm",
}
_GAS = re.compile(r"^(analysis )?(adsorptive|adsorbate|gas)$|^analysis gas$")
_BRANCHES = {"ads": "adsorption", "adsorption": "adsorption", "des": "desorption", "desorption": "desorption"}


def sniff(blob: Blob) -> int:
    """70 where one of the first lines names relative pressure and an amount with its unit, 50 without."""
    found = _find(head_text(blob.data, japanese=True))
    if found is None:
        return 0
    groups = column_groups(found[2])
    if "relative_pressure" not in groups[0]:
        return 45
    return 70 if groups[0]["loading"][1] else 50


def read(blob: Blob) -> Recording:
    """The branches; ReadError with its line for a cell that is no number."""
    text = decode_japanese(blob.data)
    found = _find(text)
    if found is None:
        raise ReadError(
            "no line that names a pressure and an amount adsorbed",
            remedy="Give the columns headings with units",
        )
    at, separator, heads = found
    rows = rows_of_text(text, separator)
    settings: dict[str, Stated] = {}
    metadata: dict[str, str] = {}
    for row in rows[:at]:
        _label(row, settings, metadata)
    blocks = _blocks(rows, at, heads)
    if not blocks:
        raise ReadError(
            "no data point under the headings", where=rows[at].where, remedy="Export the file again"
        )
    return Recording(
        kind=KIND, format=NAME, source=blob.source, blocks=blocks, settings=settings, metadata=metadata
    )


def _find(text: str) -> tuple[int, str, list[Heading]] | None:
    """Index, separator and headings of the first line that names the columns (within 80 lines)."""
    for i, line in enumerate(text.split("\n", 80)[:80]):
        if len(line) > 4000 or ("/" not in line and "ress" not in line and "p" not in line.lower()):
            continue
        separator = widest_separator([line])
        cells = [c.strip().strip('"') for c in line.lstrip("#").split(separator)]
        if len(cells) < 2:
            continue
        heads = [heading(c) for c in cells]
        if column_groups(heads):
            return i, separator, heads
    return None


def _label(row: Row, settings: dict[str, Stated], metadata: dict[str, str]) -> None:
    texts = [t.lstrip("#").strip() for t in (row.text(i) for i in row.filled)]
    if len(texts) == 1 and ":" in texts[0]:
        texts = [t.strip() for t in texts[0].split(":", 1)]
    if len(texts) < 2:
        return
    label, value = texts[0].rstrip(":").strip(), texts[1]
    metadata.setdefault(label, " ".join(texts[1:]))
    word = plain(label)
    if _GAS.match(word):
        settings.setdefault("adsorptive", Stated(adsorptive(value), "", row.where))
    unit_in_label = re.search(r"[\[(]([^\])]+)[\])]\s*$", label)
    bare = plain(label[: unit_in_label.start()]) if unit_in_label else word
    parts = re.match(r"^([+-]?[\d.,]+(?:[eE][+-]?\d+)?)\s*(.*)$", value)
    unit = spell(
        unit_in_label[1] if unit_in_label else (parts[2] if parts and parts[2] else " ".join(texts[2:3]))
    )
    for key, pattern in _LABELS.items():
        if parts and pattern.search(bare) and unit in _UNITS[key].split():
            state(settings, key, number(parts[1]), unit, row.where)


def _blocks(rows: list[Row], at: int, heads: list[Heading]) -> tuple[Block, ...]:
    groups = column_groups(heads)
    if len(groups) > 2:
        raise ReadError(
            f"{len(groups)} pairs of pressure and amount",
            where=rows[at].where,
            rule="one or two are an isotherm's branches",
        )
    body = [r for r in rows[at + 1 :] if r.filled]
    for row in body:
        row.check_under(rows[at])
    if body and all(number(body[0].text(i)) is None for i in body[0].filled) and _is_unit_row(body[0]):
        groups = [_with_units(g, body[0]) for g in groups]
        body = body[1:]
    marks = next((i for i in range(len(rows[at].cells)) if plain(rows[at].text(i)) == "branch"), None)
    if marks is not None and len(groups) == 1:
        return _marked(groups[0], body, marks, rows[at].where)
    tables = [_columns(g, body, alone=len(groups) == 1) for g in groups]
    if len(tables) == 1:
        return branches(tables[0], where=rows[at].where)
    made = [
        branch(n, t, where=rows[at].where) for n, t in zip(("adsorption", "desorption"), tables, strict=True)
    ]
    return tuple(b for b in made if b is not None)


def _is_unit_row(row: Row) -> bool:
    return all(
        re.match(r"^[\[(]?[^\d\s][^\s]{0,12}( STP| g-1| g\^-1)?[\])]?$", row.text(i)) for i in row.filled
    ) and any(heading(f"loading ({row.text(i)})").unit for i in row.filled)


def _with_units(group: dict[str, tuple[int, str]], row: Row) -> dict[str, tuple[int, str]]:
    made = {}
    for key, (index, unit) in group.items():
        under = heading(
            f"{'loading' if key == 'loading' else 'pressure'} ({row.text(index).strip('[]()')})"
        ).unit
        made[key] = (index, unit if key == "relative_pressure" else unit or under)
    return made


def _columns(
    group: dict[str, tuple[int, str]], body: list[Row], *, alone: bool
) -> dict[str, tuple[str, list[float]]]:
    """The columns of one table; side by side with another, its rows may end earlier."""
    made: dict[str, tuple[str, list[float]]] = {key: (unit, []) for key, (_, unit) in group.items()}
    ended = False
    for row in body:
        empty = all(not row.text(i) for i, _ in group.values())
        if empty and not alone:
            ended = True
            continue
        if ended:
            raise ReadError(
                "a point after a gap", where=row.where, rule="the points of a branch follow one another"
            )
        for key, (index, _) in group.items():
            made[key][1].append(row.require(index))
    return made


def _marked(group: dict[str, tuple[int, str]], body: list[Row], marks: int, where: str) -> tuple[Block, ...]:
    found = []
    for row in body:
        if plain(row.text(marks)) not in _BRANCHES:
            raise ReadError(f"branch '{row.text(marks)}'", where=row.where, rule="a branch is ads or des")
    for name in ("adsorption", "desorption"):
        part = [r for r in body if _BRANCHES[plain(r.text(marks))] == name]
        found.append(branch(name, _columns(group, part, alone=True), where=where))
    return tuple(b for b in found if b is not None)

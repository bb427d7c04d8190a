"""Retsch Technology CAMSIZER tables (.xle): UTF-16 text, tabs, decimal point or comma.

A table lists classes (lower and upper bound), p3 and Q3 (by volume), often p0 and Q0 (by number) and
means of shape. The bounds belong to the size definition that the file names (xc_min, x_area, xFe_max).
"""

from __future__ import annotations

import re

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers import size_classes
from negatrode.files.readers.size_terms import labelled, printed, size_scale
from negatrode.files.readers.text_rows import Row, head_text, plain, rows_of_text
from negatrode.files.text import decode

NAME = "camsizer-xle"
TITLE = "CAMSIZER table (.xle)"
KIND = "size-distribution"

_HEADS = re.compile(r"(^|\n)[^\n]*\[(mm|[µμu]m)\][^\n]*\t\s*[pQ][03]\s*\[%\]")
_DEFINITION = re.compile(r"\b(xc_min|x_area|xFe_?max|xFe_?min|xMa_?min|x_?stretch|xc)\b")
_CUT = "The file is cut off or edited; export it again"


def sniff(blob: Blob) -> int:
    """95 where a line of headings names a unit of length and p3 or Q3 in per cent, parted by tabs."""
    return 95 if _HEADS.search(head_text(blob.data)) else 0


def read(blob: Blob) -> Recording:
    """The distribution by volume (by number where there is no p3).

    Raises ReadError where bounds do not join, Q3 is not the sum of p3, or p3 does not sum to 100 %.
    """
    rows = rows_of_text(decode(blob.data), "\t")
    top = next((i for i, r in enumerate(rows) if _is_heading(r)), None)
    if top is None:
        raise ReadError("no headings 'Size class [mm] p3 [%] Q3 [%]'", remedy=_CUT)
    metadata: dict[str, str] = {}
    facts: dict[str, Stated] = {}
    columns = _columns(rows[top])
    scale = size_scale(" ".join(rows[top].text(i) for i in rows[top].filled[:3]))
    body, end = _body(rows, top + 1)
    for row in (*rows[:top], *rows[end:]):
        _label(row, metadata, facts, scale)
    block, unread = _block(rows[top], body, columns, scale, facts, _name(rows[:top]))
    return Recording(
        kind=KIND, format=NAME, source=blob.source, blocks=(block,), metadata=metadata, unread=unread
    )


def _is_heading(row: Row) -> bool:
    names = _columns(row)
    sized = any(re.search(r"\[(mm|[µμu]m)\]", row.text(i)) for i in row.filled[:3])
    return sized and ("p3" in names or "Q3" in names or "p0" in names)


def _columns(row: Row) -> dict[str, int]:
    """Columns of p3, Q3, p0, Q0; the first of each counts."""
    found: dict[str, int] = {}
    for i in row.filled:
        match = re.match(r"^([pQ][03])\s*\[%\]$", row.text(i))
        if match:
            found.setdefault(match[1], i)
    return found


def _body(rows: list[Row], start: int) -> tuple[list[Row], int]:
    body: list[Row] = []
    for i in range(start, len(rows)):
        row = rows[i]
        if row.number(0) is None and row.number(1) is None and not re.match(r"^[<>]", row.text(0)):
            if not row.filled and not body:
                continue
            if len(row.filled) > 2 and any(row.number(k) is not None for k in row.filled):
                row.require(0)
            return body, i
        body.append(row)
    return body, len(rows)


def _bounds(row: Row) -> tuple[float, float]:
    """Lower and upper bound; "< x" begins at 0, "> x" and an upper bound of 1e5 and more are open."""
    open_end = re.match(r"^([<>])\s*(\S*)$", row.text(0))
    if open_end:
        limit = Row(row.where, (open_end[2] or row.text(1),)).require(0)
        return (0.0, limit) if open_end[1] == "<" else (limit, np.inf)
    high = row.text(1)
    return row.require(0), np.inf if high in ("", "oo", "inf.", "∞") and row.number(
        1
    ) is None and high else row.require(1)


def _block(
    head: Row, body: list[Row], columns: dict[str, int], scale: float, facts: dict[str, Stated], name: str
) -> tuple[Block, tuple[Unread, ...]]:
    key = "p3" if "p3" in columns else "Q3" if "Q3" in columns else "p0"
    if len(body) < 3:
        raise ReadError(
            f"{len(body)} classes", where=head.where, rule="a histogram has several classes", remedy=_CUT
        )
    bounds = np.array([_bounds(r) for r in body], dtype=np.float64)
    shares = np.array([r.require(columns[key]) for r in body], dtype=np.float64)
    if key == "Q3":
        shares = np.diff(np.append(0.0, shares))
    elif f"Q{key[1]}" in columns:
        _check_sums(body, shares, columns[f"Q{key[1]}"])
    for i in range(1, len(body)):
        if abs(bounds[i, 0] - bounds[i - 1, 1]) > 1e-3 * bounds[i, 0] + 1e-9:
            raise ReadError(
                f"a class from {bounds[i, 0]:g} after one to {bounds[i - 1, 1]:g}",
                where=body[i].where, rule="classes join", remedy=_CUT,
            )  # fmt: skip
    unread: tuple[Unread, ...] = ()
    closed = bounds[:, 1] * scale < 1e6
    if not closed.all():
        beyond = float(shares[~closed].sum())
        if beyond > 0.0:
            unread = (Unread(body[-1].where, f"{beyond:g} % in a class without upper bound, left out"),)
    facts["weighting"] = Stated("number" if key == "p0" else "volume", "", head.where)
    facts["run"] = Stated(name, "", head.where)
    made = size_classes.block(
        name, bounds[closed, 0] * scale, bounds[closed, 1] * scale, shares[closed], facts, where=head.where
    )
    if key == "p3" and "p0" in columns:
        number = np.array([r.require(columns["p0"]) for r in body], dtype=np.float64)[closed]
        made = Block(made.name, (*made.columns, Column("fraction_number", "%", number)), made.facts)
    return made, unread


def _check_sums(body: list[Row], shares: np.ndarray[tuple[int], np.dtype[np.float64]], column: int) -> None:
    sums = np.array([r.require(column) for r in body])
    off = np.abs(np.cumsum(shares) - sums) > 0.3 + 0.005 * np.arange(1, len(body) + 1)
    if off.any():
        i = int(np.argmax(off))
        raise ReadError(
            f"a sum of {sums[i]:g} % where the shares give {np.cumsum(shares)[i]:.4g} %",
            where=body[i].where, rule="Q is the sum of p", remedy=_CUT,
        )  # fmt: skip


def _label(row: Row, metadata: dict[str, str], facts: dict[str, Stated], scale: float) -> None:
    label, value, unit = labelled(row)
    if label:
        metadata.setdefault(label, f"{value} {unit}".strip())
        mark = re.match(r"^x\s*(\[[^\]]*\])?.*?(Q3\s*=\s*[\d.,]+)\s*%?$", label)
        if mark:
            printed(
                facts,
                f"x {plain(mark[2])}",
                value,
                size_scale(unit) or size_scale(mark[1] or "") or scale,
                row.where,
            )
    elif row.filled:
        metadata.setdefault(row.where, " | ".join(row.text(i) for i in row.filled)[:200])


def _name(rows: list[Row]) -> str:
    for row in rows:
        found = _DEFINITION.search(" ".join(row.text(i) for i in row.filled))
        if found:
            return found[1]
    return "run"

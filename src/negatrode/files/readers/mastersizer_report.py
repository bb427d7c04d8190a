"""Malvern Mastersizer exports, whatever file they come in: a run a row (2000) or a class a row (3000).

In the first, a line of headings ends in "Result Between User Sizes (Sizes in um)", the next line holds
the sizes, and each further line a run; the two lines of headings may stand again between runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block
from negatrode.files.readers import size_classes, size_table
from negatrode.files.readers.size_terms import printed, size_scale, weighting
from negatrode.files.readers.text_rows import Row, plain

_RESULT = re.compile(
    r"^(% ?)?(\w+ )?(result|volume|number|ergebnis|结果)\b"
    r".*(between|below|\bin\b|under|above|zwischen|unter|范围)|sizes in (um|μm|nm|mm)"
)
_CUT = "The file is cut off or edited; export it again"
_MARKS = (
    "result between",
    "result below",
    "sizes in um",
    "size classes (",
    "sizeclasses",
    "mastersizer",
    "d [4, 3]",
    "d [4;3]",
    "d [4,3]",
    "dx (50)",
    "dx (10)",
    "d (0.5)",
    "particle refractive index",
    "volume weighted mean",
    "laser obscuration",
    "volume density (%)",
)


def marks(text: str) -> int:
    """How many phrases of a Mastersizer export stand in a text."""
    word = plain(text).replace("µ", "μ")
    return sum(mark in word for mark in _MARKS)


@dataclass
class _Head:
    """Headings and, once read, the sizes below them, by column."""

    row: Row
    first: int
    last: int
    scale: float
    below: bool
    sizes: dict[int, float]


def read_rows(rows: Sequence[Row], metadata: dict[str, str]) -> tuple[Block, ...]:
    """All runs; ReadError with its row where a share is missing or no number."""
    if any(_head(r) for r in rows):
        return _run_rows(rows, metadata)
    return size_table.runs(rows, metadata)


def _head(row: Row) -> _Head | None:
    """The line of headings of runs in rows: at least three columns before those of the shares."""
    spans = [i for i in row.filled if _RESULT.search(plain(row.text(i)).replace("µ", "μ"))]
    if not spans or spans[0] < 1 or len(row.cells) - spans[0] < 4:
        return None
    between = [i for i in spans if "between" in plain(row.text(i)) or " in" in plain(row.text(i))]
    first = (between or spans)[0]
    label = row.text(first)
    after = [i for i in row.filled if i > first and row.number(i) is None]
    last = (after[0] if after else len(row.cells)) - 1
    sizes = {i: row.require(i) for i in range(first + 1, last + 1) if row.number(i) is not None}
    cumulative = bool(re.search(r"below|under|unter", plain(label))) and not between
    return _Head(row, first, last, size_scale(label), cumulative, sizes if len(sizes) > 3 else {})


def _run_rows(rows: Sequence[Row], metadata: dict[str, str]) -> tuple[Block, ...]:
    head: _Head | None = None
    found: list[Block] = []
    for row in rows:
        again = _head(row)
        if again is not None:
            head = again
        elif head is None or not row.filled:
            continue
        elif not row.text(0) and not head.sizes:
            head.sizes = _sizes(row, head)
        elif not head.sizes:
            raise ReadError(
                "a run before the sizes",
                where=row.where,
                rule="a line of sizes follows the headings",
                remedy=_CUT,
            )
        elif not _sizes_again(row, head):
            found.append(_run(row, head, metadata, len(found) + 1))
    if not found:
        raise ReadError("headings and no run", remedy=_CUT)
    return tuple(found)


def _sizes(row: Row, head: _Head) -> dict[int, float]:
    """The sizes below the headings; the last column may lie one beyond their span."""
    stop = max(head.last, head.first)
    while (
        stop + 1 < len(row.cells)
        and row.number(stop + 1) is not None
        and head.last == len(head.row.cells) - 1
    ):
        stop += 1
    head.last = stop
    return {i: row.require(i) for i in range(head.first, stop + 1) if row.text(i)}


def _sizes_again(row: Row, head: _Head) -> bool:
    return not row.text(0) and all(row.number(i) == s for i, s in head.sizes.items())


def _run(row: Row, head: _Head, metadata: dict[str, str], nth: int) -> Block:
    if not head.scale:
        raise ReadError(
            "sizes without a unit",
            where=head.row.where,
            rule="the headings say '(Sizes in um)'",
            remedy="Export with headings",
        )
    facts: dict[str, Stated] = {}
    name = ""
    for i in head.row.filled:
        if head.first <= i <= head.last:
            continue
        label, value = head.row.text(i), row.text(i)
        word = plain(label)
        metadata.setdefault(label if nth == 1 else f"{label} (run {nth})", value)
        if word in ("sample name", "record name", "probenname", "样品名称") and not name:
            name = value
        elif word in ("result transform type", "result type", "distribution type") and weighting(value):
            facts["weighting"] = Stated(weighting(value), "", row.where)
        else:
            printed(facts, label, row.cell(i), size_scale(label) or head.scale, row.where)
    stated = weighting(plain(head.row.text(head.first)))
    if stated and "weighting" not in facts:
        facts["weighting"] = Stated(stated, "", head.row.where)
    name = name or f"run {nth}"
    facts["run"] = Stated(name, "", row.where)
    sizes = [s * head.scale for s in head.sizes.values()]
    if head.below:
        sums = [row.require(i) for i in head.sizes]
        low, high, shares = size_classes.from_sums(sizes, sums, oversize=False, where=row.where)
    else:
        cells = [row.require(i) if row.text(i) else None for i in head.sizes]
        low, high, shares = size_classes.from_sizes(sizes, cells, facts, where=row.where)
    return size_classes.block(name, low, high, shares, facts, where=row.where)

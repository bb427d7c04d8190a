"""Tables of a size distribution with one class a row, under a line of headings; several runs a file.

Headings repeated inside a table go on with it where the sizes go on, and begin another run where they
start anew. Columns of sizes side by side are read the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block
from negatrode.files.readers import size_classes
from negatrode.files.readers.size_terms import (
    SizeHeading,
    labelled,
    printed,
    printed_key,
    size_heading,
    size_scale,
    weighting,
)
from negatrode.files.readers.text_rows import Row, plain

_SHARES = ("fraction", "count", "density", "undersize", "oversize")
_WEIGHT_LABELS = (
    "result transform type",
    "distribution type",
    "distribution base",
    "weighting",
    "result type",
)
_NAME_LABELS = ("sample name", "run", "record", "measurement", "sample", "probe", "file name")


@dataclass
class _Group:
    """Size columns and the share columns that belong to them."""

    sizes: dict[str, int]
    scale: float
    shares: list[tuple[int, SizeHeading, str]] = field(default_factory=list)


@dataclass
class _Run:
    group: _Group
    top: Row
    above: Row | None
    rows: list[Row] = field(default_factory=list)
    labels: list[Row] = field(default_factory=list)


def groups_of(row: Row) -> list[_Group]:
    """The tables that a line of headings opens, side by side; empty where it is no such line.

    A size column needs a unit of length; a share column says what it holds.
    """
    found: list[_Group] = []
    for i in range(len(row.cells)):
        text = row.text(i)
        if len(text) > 80 or row.number(i) is not None:
            continue
        head = size_heading(text)
        if head.role in ("size", "size_low", "size_high"):
            if not found or head.role in found[-1].sizes or found[-1].shares:
                found.append(_Group({}, 0.0))
            found[-1].sizes[head.role] = i
            found[-1].scale = head.scale or found[-1].scale
        elif head.role in _SHARES and found:
            found[-1].shares.append((i, head, text))
    shared = max((g.scale for g in found), default=0.0)
    whole = [replace(g, scale=g.scale or shared) for g in found if g.shares]
    return [
        g for g in whole if g.scale > 0.0 and ("size" in g.sizes or {"size_low", "size_high"} <= set(g.sizes))
    ]


def runs(rows: Sequence[Row], metadata: dict[str, str]) -> tuple[Block, ...]:
    """All runs of a file; labelled lines go to ``metadata`` and, where they are results, to the runs."""
    found: list[_Run] = []
    labels: list[Row] = []
    open_runs: list[_Run] = []
    previous: Row | None = None
    for row in rows:
        groups = groups_of(row)
        if groups:
            open_runs = _open(groups, row, previous, found, labels)
            labels = [] if open_runs and open_runs[0] not in found else labels
            found += [r for r in open_runs if r not in found]
        elif open_runs and _take(open_runs, row):
            pass
        elif row.filled:
            open_runs = []
            labels.append(row)
            label, value, unit = labelled(row)
            if label:
                metadata.setdefault(label, f"{value} {unit}".strip())
        previous = row
    if found and labels:
        found[-1].labels += labels
    return _unique([b for r in found if r.rows for b in _blocks(r)])


def _open(
    groups: list[_Group], row: Row, previous: Row | None, found: list[_Run], labels: list[Row]
) -> list[_Run]:
    """New runs, or the open ones where the same headings stand again inside their table."""
    same = [r for r in found if r.top.cells == row.cells]
    if same and not labels:
        return same
    made = [_Run(g, row, previous) for g in groups]
    for run in made:
        run.labels += labels
    return made


def _take(open_runs: list[_Run], row: Row) -> bool:
    """Whether a row belongs to the open tables; raises where it holds shares without a size."""
    taken = False
    for run in open_runs:
        group = run.group
        sizes = [row.number(i) for i in group.sizes.values()]
        shares = [row.number(i) for i, _, _ in group.shares]
        if all(s is None for s in sizes) and all(s is None for s in shares):
            continue
        if None in sizes:
            for i in group.sizes.values():
                row.require(i)
        row.check_under(run.top)
        run.rows.append(row)
        taken = True
    return taken


def _blocks(run: _Run) -> list[Block]:
    """The run's histograms; where the sizes start anew under repeated headings, one for each part."""
    parts: list[list[Row]] = [[]]
    key = run.group.sizes.get("size", run.group.sizes.get("size_low", 0))
    for row in run.rows:
        last = parts[-1]
        if len(last) > 3 and _restarts(last[0].require(key), last[-1].require(key), row.require(key)):
            parts.append([])
        parts[-1].append(row)
    made = []
    for part in parts:
        made += [_block(run, part, i) for i in range(len(run.group.shares)) if _wanted(run.group, i)]
    return made


def _restarts(first: float, last: float, new: float) -> bool:
    ascending = last > first
    return (new <= first) if ascending else (new >= first)


def _wanted(group: _Group, i: int) -> bool:
    """Sums beside shares of the same weighting only check them."""
    head = group.shares[i][1]
    if head.role in ("undersize", "oversize"):
        return not any(h.role in ("fraction", "count") for _, h, _ in group.shares) and not any(
            h.role == head.role for _, h, _ in group.shares[:i] if h.weighting == head.weighting
        )
    if head.role == "density":
        return not any(h.role in ("fraction", "count", "undersize") for _, h, _ in group.shares)
    if head.role == "count":
        return not any(h.role == "fraction" for _, h, _ in group.shares)
    return True


def _block(run: _Run, rows: list[Row], i: int) -> Block:
    index, head, title = run.group.shares[i]
    where = rows[0].where
    facts: dict[str, Stated] = {}
    several = sum(_wanted(run.group, k) for k in range(len(run.group.shares))) > 1
    _state(run, facts, head, i if several else None)
    name = _name(run, index, title, several=several)
    facts["run"] = Stated(name, "", run.top.where)
    low, high, shares = _classes(run.group, rows, index, head, facts, where)
    return size_classes.block(name, low, high, shares, facts, where=where, counts=head.role == "count")


def _classes(
    group: _Group, rows: list[Row], index: int, head: SizeHeading, facts: dict[str, Stated], where: str
) -> tuple[size_classes.Array, size_classes.Array, size_classes.Array]:
    if "size" not in group.sizes:
        low = np.array([r.require(group.sizes["size_low"]) for r in rows]) * group.scale
        high = np.array([r.require(group.sizes["size_high"]) for r in rows]) * group.scale
        values = np.array([r.require(index) for r in rows])
        if head.role == "density":
            values = values * (high - low) / (head.scale or 1.0)
        if head.role in ("undersize", "oversize"):
            turned = bool(low[0] > low[-1])
            ends = low if head.role == "oversize" else high
            order = slice(None, None, -1) if turned else slice(None)
            under = 100.0 - values[order] if head.role == "oversize" else values[order]
            size_classes.ascending(list(ends[order]), where)
            steps = (
                np.diff(np.append(0.0, under))
                if head.role == "undersize"
                else np.diff(np.append(under, 100.0))
            )
            return low[order], high[order], np.where(np.abs(steps) < 0.02, np.maximum(steps, 0.0), steps)
        return low, high, values
    sizes = [r.require(group.sizes["size"]) * group.scale for r in rows]
    if head.role in ("undersize", "oversize"):
        return size_classes.from_sums(
            sizes, [r.require(index) for r in rows], oversize=head.role == "oversize", where=where
        )
    if head.role == "density":
        raise ReadError(
            "densities beside single sizes", where=where, rule="a density needs both bounds of its class"
        )
    shares = [
        r.require(index) if r.text(index) or 0 < k < len(rows) - 1 else None for k, r in enumerate(rows)
    ]
    column = next((k for k, h, _ in group.shares if h.role == "undersize"), None)
    sums = None if column is None else [r.require(column) for r in rows]
    return size_classes.from_sizes(sizes, shares, facts, sums=sums, where=where)


def _state(run: _Run, facts: dict[str, Stated], head: SizeHeading, nth: int | None) -> None:
    """Weighting and printed results of a run from its headings and labelled lines."""
    if head.weighting:
        facts["weighting"] = Stated(head.weighting, "", run.top.where)
    for row in run.labels:
        label = row.text(row.filled[0]).rstrip(":") if row.filled else ""
        word = plain(label)
        texts = [row.text(k) for k in row.filled[1:]]
        if word in _WEIGHT_LABELS and texts and weighting(texts[0]) and "weighting" not in facts:
            facts["weighting"] = Stated(weighting(texts[0]), "", row.where)
        elif printed_key(label) and nth is not None and len(texts) == len(run.group.shares):
            printed(facts, label, texts[nth], size_scale(label) or run.group.scale, row.where)
        elif nth is None:
            label, value, unit = labelled(row)
            printed(facts, label, value, size_scale(unit) or size_scale(label) or run.group.scale, row.where)


def _name(run: _Run, index: int, title: str, *, several: bool) -> str:
    above = run.above.text(index) if run.above and several else ""
    if above and run.above and run.above.number(index) is None:
        return above
    stated = next((labelled(r)[1] for r in run.labels if plain(labelled(r)[0]) in _NAME_LABELS), "")
    if stated and not several:
        return stated
    return f"{stated} {title}".strip() if several else (stated or "run")


def _unique(blocks: list[Block]) -> tuple[Block, ...]:
    """The blocks with a number behind names that stand more than once."""
    seen: dict[str, int] = {}
    made = []
    for b in blocks:
        seen[b.name] = seen.get(b.name, 0) + 1
        n = seen[b.name]
        made.append(b if n == 1 else replace(b, name=f"{b.name} ({n})"))
    return tuple(made)

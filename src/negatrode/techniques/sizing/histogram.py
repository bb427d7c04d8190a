"""From recordings to size histograms by volume, or the gate that refuses them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.core.estimate import Finding
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording
from negatrode.core.settings import Settings
from negatrode.core.units import factor, spell
from negatrode.files.tables import named_block
from negatrode.techniques.sizing.moments import POWER, number_fractions, volume_fractions

Array = NDArray[np.float64]

SUM_TOLERANCE = 2.0  # % by which fractions may miss 100 before they are no distribution
SUM_ROUNDING = 0.05  # % that rounding of printed fractions explains
CUT_SHARE = 0.2  # of the volume in the first or last class: no mean size can be had
SIZE_RANGE = (1e-5, 1e6)  # um
EDGE_SHARE = 0.001  # of the volume in the first or last class: the range was too short
FINES_VOLUME, FINES_NUMBER = 0.001, 0.10

_REPEAT = re.compile(r"^\s*\d+\s+|[\s_\-.#(]+\d{1,2}\)?\s*$")


@dataclass(frozen=True, eq=False)
class Histogram:
    """A size distribution by volume.

    Attributes
    ----------
    low, high:
        Class bounds in um, rising, shape (n,).
    volume:
        Volume fractions that add to 1.
    weighting:
        What the file's fractions were by.
    particles:
        Number of particles counted; None where unknown or not counted.
    printed:
        Sizes that the instrument prints ("printed_d43", ...), in um.
    """

    name: str
    sha: str
    path: str
    low: Array
    high: Array
    volume: Array
    weighting: str
    particles: float | None = None
    printed: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def histograms(recordings: Sequence[Recording], settings: Settings) -> list[Histogram]:
    """The runs to be averaged: all of one sample, or the one that ``row`` or ``run`` names.

    Raises MissingInput where a file holds runs of different samples and none is chosen.
    """
    found: list[Histogram] = []
    for recording in recordings:
        own = settings.with_stated(recording.settings)
        blocks, findings = _selected(_blocks(recording, own), own, recording.source.path)
        found += [histogram_of(block, recording, own, findings) for block in blocks]
    return found


def _blocks(recording: Recording, settings: Settings) -> list[Block]:
    if recording.kind == "table":
        columns = settings.word("columns", why="the table does not say which column is which")
        return [named_block(recording, columns, where=f"{settings.origin} {settings.section}.columns")]
    if not recording.blocks:
        raise Refusal("there is no size distribution", where=recording.source.path)
    return list(recording.blocks)


def run_name(block: Block) -> str:
    """The name of a run as the file states it."""
    stated = block.facts.get("run")
    return str(stated.value) if stated is not None else block.name


def _selected(blocks: list[Block], settings: Settings, path: str) -> tuple[list[Block], tuple[Finding, ...]]:
    row = settings.optional_count("row")
    if row is not None:
        if not 1 <= row <= len(blocks):
            raise InputError(
                f"{settings.section}.row = {row}", where=path, rule=f"the file holds {len(blocks)} runs"
            )
        return [blocks[row - 1]], (
            Finding("run", f"run {row} of {len(blocks)}, '{run_name(blocks[row - 1])}'"),
        )
    wanted = settings.optional_word("run")
    if wanted is not None and wanted.lower() != "all":
        named = [b for b in blocks if run_name(b) == wanted]
        if not named:
            known = ", ".join(dict.fromkeys(f"'{run_name(b)}'" for b in blocks))
            raise InputError(f"no run '{wanted}'", where=path, rule=f"the file holds {known}")
        return named, (Finding("run", f"run '{wanted}'"),)
    single = [b for b in blocks if not re.search(r"average|mean\b|mittel", run_name(b), re.IGNORECASE)]
    findings: tuple[Finding, ...] = ()
    if single and len(single) < len(blocks):
        text = f"{len(blocks) - len(single)} averaged runs are left out beside their {len(single)} runs"
        findings = (Finding("averages-left-out", text),)
        blocks = single
    samples = dict.fromkeys(_REPEAT.sub("", run_name(b)).strip().lower() for b in blocks)
    if wanted is None and len(samples) > 1:
        known = "; ".join(f"{i} '{run_name(b)}'" for i, b in enumerate(blocks, start=1))
        raise MissingInput(
            f"{len(blocks)} runs of {len(samples)} samples: {known}",
            key=f"{settings.section}.row",
            where=path,
            rule="runs of different samples are not averaged",
            remedy=f'Choose one with row = 1 under [{settings.section}] in SAMPLE.toml or --set "row=1"; '
            'run = "all" averages them as repeats',
        )
    return blocks, findings


def histogram_of(
    block: Block, recording: Recording, settings: Settings, findings: tuple[Finding, ...] = ()
) -> Histogram:
    """One run as volume fractions; UnitError, MissingInput or Refusal where it is no distribution."""
    where = f"{recording.source.path} run '{run_name(block)}'"
    notes = list(findings)
    low, high, fractions, unit = _classes(block, settings, where, notes)
    _require_classes(low, high, fractions, where)
    counted = unit == "count"
    weighting = "number" if counted else _weighting(block, settings)
    particles = float(fractions.sum()) if counted else settings.optional_quantity("particles")
    if not counted:
        _require_sum(fractions, 100.0 if unit == "%" else 1.0, where, notes)
    if weighting != "number":
        particles = None
    elif not particles:
        text = "fractions by number without the number of particles: counting statistics cannot be stated"
        notes.append(Finding("counts-unknown", text, warning=True))
    volume = volume_fractions(low, high, fractions, weighting)
    _require_median(volume, where)
    notes += _shape_findings(low, high, volume)
    printed = {
        name: float(stated.value) * factor(stated.unit or "um", "um")
        for name, stated in block.facts.items()
        if name.startswith("printed_d") and not isinstance(stated.value, str)
    }
    return Histogram(
        run_name(block), recording.source.sha256, recording.source.path, low, high, volume, weighting,
        particles, printed, tuple(notes),
    )  # fmt: skip


def _weighting(block: Block, settings: Settings) -> str:
    stated: dict[str, Stated] = {**settings.stated}
    if "weighting" in block.facts:
        fact = block.facts["weighting"]
        stated["weighting"] = Stated(str(fact.value).strip().lower(), "", fact.where)
    why = "the file does not say whether its fractions are by volume or by number"
    return settings.with_stated(stated).word("weighting", why=why)


def _sizes(column: Column, settings: Settings) -> Array:
    unit = settings.optional_word("size_unit") or column.unit
    if not unit or spell(unit) == "1":
        unit = settings.word("size_unit", why="the file gives sizes without their unit")
    return np.asarray(column.values * factor(unit, "um"), dtype=float)


def _classes(
    block: Block, settings: Settings, where: str, notes: list[Finding]
) -> tuple[Array, Array, Array, str]:
    """Bounds, fractions and the fractions' unit ("%", "1" or "count") from the columns there are."""
    if block.has("size_low") and block.has("size_high") and block.has("fraction"):
        low, high = _sizes(block.column("size_low"), settings), _sizes(block.column("size_high"), settings)
        column = block.column("fraction")
    elif block.has("size") and block.has("cumulative"):
        return _from_cumulative(block, settings)
    elif block.has("size_high") and block.has("fraction"):
        high, column = _sizes(block.column("size_high"), settings), block.column("fraction")
        low = np.concatenate((high[:1] ** 2 / high[1:2], high[:-1])) if len(high) > 1 else high * np.nan
    elif block.has("size") and block.has("fraction"):
        sizes, column = _sizes(block.column("size"), settings), block.column("fraction")
        if len(sizes) < 2 or np.any(sizes <= 0.0):
            raise Refusal(
                f"{len(sizes)} class sizes", where=where, rule="two or more positive sizes are needed"
            )
        middle = np.sqrt(sizes[1:] * sizes[:-1])
        low = np.concatenate((sizes[:1] ** 2 / middle[:1], middle))
        high = np.concatenate((middle, sizes[-1:] ** 2 / middle[-1:]))
        notes.append(Finding("class-bounds", "class bounds are taken half-way (geometric) between the sizes"))
    else:
        raise Refusal(
            f"the columns are {', '.join(block.names())}",
            where=where,
            rule="it has size_low, size_high, fraction; size, cumulative; or size, fraction",
        )
    values = np.asarray(column.values, dtype=float)
    order = np.argsort(low, kind="stable")
    low, high, values = low[order], high[order], values[order]
    if len(low) > 1 and low[0] == 0.0 and low[1] > 0.0 and high[1] > low[1]:
        low = np.concatenate((high[:1] * low[1] / high[1], low[1:]))
        notes.append(
            Finding("open-class", f"the class below {high[0]:.4g} um has no lower bound; one was set")
        )
    return low, high, values, _fraction_unit(column)


def _from_cumulative(block: Block, settings: Settings) -> tuple[Array, Array, Array, str]:
    sizes, column = _sizes(block.column("size"), settings), block.column("cumulative")
    order = np.argsort(sizes, kind="stable")
    sizes, undersize = sizes[order], np.asarray(column.values, dtype=float)[order]
    if len(sizes) > 1 and undersize[-1] < undersize[0]:
        undersize = (100.0 if _fraction_unit(column) == "%" else 1.0) - undersize
    if len(sizes) > 1 and sizes[0] <= 0.0:
        sizes, undersize = sizes[1:], undersize[1:]
    fractions = np.diff(undersize)
    if len(fractions) and float(undersize[0]) > 0.0:
        sizes = np.concatenate((sizes[:1] ** 2 / sizes[1:2], sizes))
        fractions = np.concatenate((undersize[:1], fractions))
    return sizes[:-1], sizes[1:], fractions, _fraction_unit(column)


def _fraction_unit(column: Column) -> str:
    """ "%", "1" or "count"; a column without a unit is % where it adds to more than 1.5."""
    unit = spell(column.unit) if column.unit else ""
    if unit in ("count", "counts", "%", "1", "wt%"):
        return {"counts": "count", "wt%": "%"}.get(unit, unit)
    total = float(np.max(column.values) if column.name == "cumulative" else np.sum(column.values))
    return "%" if total > 1.5 else "1"


def _require_classes(low: Array, high: Array, fractions: Array, where: str) -> None:
    if not (np.isfinite(low).all() and np.isfinite(high).all() and np.isfinite(fractions).all()):
        raise Refusal("a class bound or fraction that is no number", where=where)
    if not len(low) or np.any(low <= 0.0) or np.any(high <= low):
        raise Refusal(
            f"{len(low)} classes, {int(np.sum((low <= 0.0) | (high <= low)))} of them without 0 < low < high",
            where=where,
            rule="classes have rising, positive bounds",
        )
    if low[0] < SIZE_RANGE[0] or float(np.max(high)) > SIZE_RANGE[1]:
        raise Refusal(
            f"sizes from {low[0]:.4g} to {float(np.max(high)):.4g} um",
            where=where,
            rule=f"particle sizes lie between {SIZE_RANGE[0]:g} and {SIZE_RANGE[1]:g} um",
            remedy="Check the unit of the sizes (sizing.size_unit)",
        )
    if np.any(low[1:] < high[:-1] * (1.0 - 1e-3)):
        i = int(np.argmax(low[1:] < high[:-1] * (1.0 - 1e-3)))
        raise Refusal(
            f"class {i + 2} begins at {low[i + 1]:.6g} um, class {i + 1} ends at {high[i]:.6g} um",
            where=where,
            rule="classes do not overlap",
        )
    if np.any(fractions < 0.0) or float(fractions.sum()) <= 0.0:
        raise Refusal(
            f"fractions from {float(fractions.min()):.4g}, their sum {float(fractions.sum()):.4g}",
            where=where,
            rule="fractions are not negative and not all zero",
        )


def _require_sum(fractions: Array, whole: float, where: str, notes: list[Finding]) -> None:
    total = 100.0 * float(fractions.sum()) / whole
    if abs(total - 100.0) > SUM_TOLERANCE:
        raise Refusal(
            f"the fractions add to {total:.5g} %",
            where=where,
            rule=f"they add to 100 % within {SUM_TOLERANCE:g} %",
            remedy="Export the full size range; check that the column is the frequency, not the cumulative",
        )
    if abs(total - 100.0) > SUM_ROUNDING:
        notes.append(Finding("renormalised", f"the fractions add to {total:.5g} % and were scaled to 100 %"))


def _require_median(volume: Array, where: str) -> None:
    at_end = max(float(volume[0]), float(volume[-1]))
    if at_end > CUT_SHARE:
        raise Refusal(
            f"{100 * at_end:.3g} % of the volume lies in a class at the end of the range",
            where=where,
            rule=f"a distribution is cut off where that exceeds {100 * CUT_SHARE:g} %",
            remedy="Measure or export a range that holds all of the powder",
        )


def _shape_findings(low: Array, high: Array, volume: Array) -> list[Finding]:
    """Truncation at the ends, gaps within, fines that the number averages rest on."""
    found = []
    populated = np.flatnonzero(volume > 0.0)
    first, last = int(populated[0]), int(populated[-1])
    for i, end in ((0, f"below {low[0]:.4g} um"), (len(volume) - 1, f"above {high[-1]:.4g} um")):
        if volume[i] > EDGE_SHARE:
            text = (
                f"{100 * volume[i]:.3g} % of the volume lies in the last class of the range; {end} is cut off"
            )
            found.append(Finding("truncated", text, warning=True))
    empty = int(np.sum(volume[first : last + 1] == 0.0))
    if empty:
        found.append(Finding("empty-classes", f"{empty} empty classes between populated ones", warning=True))
    fines = np.flatnonzero(np.cumsum(volume) <= FINES_VOLUME)
    share = float(number_fractions(low, high, volume)[fines].sum()) if len(fines) else 0.0
    if share > FINES_NUMBER:
        text = (
            f"the finest {100 * FINES_VOLUME:g} % of the volume holds {100 * share:.3g} % of the particles: "
            "D1 rests on fines that are hardly resolved"
        )
        found.append(Finding("fines-under-resolved", text, warning=True))
    return found


WEIGHTINGS = tuple(POWER)

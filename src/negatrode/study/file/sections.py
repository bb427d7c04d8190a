"""The parts of a STUDY.toml: sweep, sensitivity, inverse design, maps, window; and its constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negatrode.claimsets.inside import claim_range
from negatrode.core.errors import InputError
from negatrode.flow.section import Section, as_quantity
from negatrode.study.axis import Axis
from negatrode.study.chain.limits import ClaimsLimit, Limit, OutputLimit, checked_probability
from negatrode.study.designs import DESIGNS, MOST, Point, grid
from negatrode.study.parts.sensitivity import check_rows

_LISTED = ("list", "table")
_DESIGNS = ("grid", *DESIGNS, *_LISTED)


@dataclass(frozen=True)
class Sweep:
    """``[sweep]``: the design, and its points over the axes."""

    design: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class SensitivityPlan:
    """``[sensitivity]``: rows of the two samples, axes, outputs."""

    rows: int
    axes: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class InvertPlan:
    """``[invert]``: columns to make large and small, how many evaluations, how many at a time, axes."""

    maximise: tuple[str, ...]
    minimise: tuple[str, ...]
    evaluations: int
    batch: int
    axes: tuple[str, ...]


@dataclass(frozen=True)
class MapPlan:
    """``[map]``: two axes, the output that is drawn, steps along each."""

    x: str
    y: str
    output: str
    levels: tuple[int, int]


@dataclass(frozen=True)
class WindowPlan:
    """``[window]``: steps along each axis about the reference."""

    levels: int
    axes: tuple[str, ...]


def read_sweep(body: Mapping[str, Any], axes: Sequence[Axis], seed: int, folder: Path, where: str) -> Sweep:
    """The points of a sweep."""
    s = Section(body, where)
    design = s.word("design", _DESIGNS)
    varied = _chosen(s, axes)
    if design == "grid":
        points = grid(varied, _levels(s, varied))
    elif design == "list":
        points = _listed(s, varied)
    elif design == "table":
        from negatrode.study.file.table import read_table

        points = read_table(folder / s.word("file"), varied, s.place("file"))
    else:
        points = DESIGNS[design](varied, whole(s, "points", 1, MOST), seed)
    s.end()
    return Sweep(design, tuple(_complete(p, axes) for p in points))


def _levels(s: Section, axes: Sequence[Axis]) -> list[int]:
    """Steps of a grid: one number for all axes, or one for each; listed values are their own steps."""
    value = s.body.get("levels") if s.has("levels") else None
    if value is None and all(a.values for a in axes):
        return [len(a.values) for a in axes]
    many: list[Any] = list(value) if isinstance(value, list) else [value] * len(axes)
    if len(many) != len(axes) or not all(type(n) is int and 1 <= n <= 10_000 for n in many):
        raise InputError(
            f"{value!r}",
            where=s.place("levels"),
            rule=f"a whole number, or {len(axes)} of them (one an axis)",
        )
    return many


def _listed(s: Section, axes: Sequence[Axis]) -> list[Point]:
    from negatrode.study.file.table import as_point

    s.known.add("points")
    rows = s.body.get("points")
    if not isinstance(rows, list) or not rows or not all(isinstance(r, Mapping) for r in rows):
        raise InputError(
            f"{rows!r}", where=s.place("points"), rule="a list of tables",
            remedy='write points = [{ "sample.dv50" = "9 um" }, ...]',
        )  # fmt: skip
    return [as_point(row, axes, f"{s.place('points')}[{i}]") for i, row in enumerate(rows)]


def _complete(point: Mapping[str, Any], axes: Sequence[Axis]) -> Point:
    """The point with every axis that it leaves out at its place."""
    return {a.name: point.get(a.name, a.centre) for a in axes}


def read_sensitivity(
    body: Mapping[str, Any], axes: Sequence[Axis], usual: Sequence[str], columns: Sequence[str], where: str
) -> SensitivityPlan:
    """``[sensitivity]``; ``usual``: what it is asked of where it names no outputs."""
    s = Section(body, where)
    rows = whole(s, "points", 2, MOST)
    names = words(s, "outputs", columns) or tuple(usual)
    varied = _chosen(s, axes)
    check_rows(rows, len(varied))
    found = SensitivityPlan(rows, tuple(a.name for a in varied), names)
    s.end()
    return found


def read_invert(
    body: Mapping[str, Any], axes: Sequence[Axis], columns: Sequence[str], where: str
) -> InvertPlan:
    """``[invert]``."""
    s = Section(body, where)
    up, down = words(s, "maximise", columns), words(s, "minimise", columns)
    if not up and not down:
        raise InputError(
            "nothing to maximise or minimise", where=where, remedy='write maximise = ["delithiation_2C"]'
        )
    if set(up) & set(down):
        raise InputError(f"{', '.join(set(up) & set(down))} both ways", where=where)
    varied = tuple(a.name for a in _chosen(s, axes))
    found = InvertPlan(
        up, down, whole(s, "evaluations", 1, 100_000, 100), whole(s, "batch", 1, 1000, 4), varied
    )
    s.end()
    return found


def read_maps(body: object, axes: Sequence[Axis], columns: Sequence[str], where: str) -> tuple[MapPlan, ...]:
    """``[map]``, or several as ``[[map]]``."""
    many = body if isinstance(body, list) else [body]
    return tuple(
        _map(b, axes, columns, where if len(many) == 1 else f"{where}[{i}]") for i, b in enumerate(many)
    )


def _map(body: Any, axes: Sequence[Axis], columns: Sequence[str], where: str) -> MapPlan:
    if not isinstance(body, Mapping):
        raise InputError(f"{body!r}", where=where, rule="a section")
    s = Section(body, where)
    by_name = {a.name: a for a in axes}
    x, y = s.word("x", tuple(by_name)), s.word("y", tuple(by_name))
    if x == y or by_name[x].is_words or by_name[y].is_words:
        raise InputError(f"x = {x}, y = {y}", where=where, rule="two axes with numbers")
    output = s.word("output", tuple(columns))
    levels = s.body.get("levels", [21, 15]) if s.has("levels") else [21, 15]
    if (
        not isinstance(levels, list)
        or len(levels) != 2
        or not all(type(n) is int and 2 <= n <= 400 for n in levels)
    ):
        raise InputError(
            f"{levels!r}", where=s.place("levels"), rule="two whole numbers from 2, such as [21, 15]"
        )
    s.end()
    return MapPlan(x, y, output, (levels[0], levels[1]))


def read_window(body: Mapping[str, Any], axes: Sequence[Axis], where: str) -> WindowPlan:
    """``[window]``."""
    s = Section(body, where)
    found = WindowPlan(whole(s, "levels", 3, 1000, 21), tuple(a.name for a in _chosen(s, axes)))
    s.end()
    return found


def _chosen(s: Section, axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """The axes that a part varies: all, or those named."""
    names = words(s, "axes", [a.name for a in axes])
    return tuple(a for a in axes if not names or a.name in names)


def words(s: Section, key: str, choices: Sequence[str]) -> tuple[str, ...]:
    """A list of words, each one of ``choices``; empty where it is not given."""
    if not s.has(key):
        return ()
    value = s.body[key]
    many = [value] if isinstance(value, str) else value
    if not isinstance(many, list) or not many or not all(isinstance(w, str) for w in many):
        raise InputError(f"{value!r}", where=s.place(key), rule="a list of names")
    return tuple(
        Section({key: w}, s.where).word(key, tuple(choices)) if choices else w for w in dict.fromkeys(many)
    )


def whole(s: Section, key: str, low: int, high: int, default: int | None = None) -> int:
    """A whole number from ``low`` to ``high``."""
    if default is not None and not s.has(key):
        return default
    value = s.body.get(key) if s.has(key) else None
    if type(value) is not int or not low <= value <= high:
        raise InputError(
            f"{key} is missing" if value is None else f"{value!r}", where=s.place(key),
            rule=f"a whole number from {low} to {high}",
        )  # fmt: skip
    return value


def read_constraints(body: object, units: Mapping[str, str], where: str, folder: Path) -> tuple[Limit, ...]:
    """``[[constraints]]``; ``units`` of the outputs by name; ``folder`` holds the user's own claim files."""
    if not isinstance(body, list) or not all(isinstance(b, Mapping) for b in body):
        raise InputError(f"{body!r}", where=where, rule="tables, [[constraints]]")
    found: list[Limit] = []
    for i, table in enumerate(body):
        s = Section(table, f"{where}[{i}]")
        found.append(_claims(s, folder) if s.has("inside") else _output(s, units))
        s.end()
    names = [limit.name for limit in found]
    if len(set(names)) < len(names):
        raise InputError("a constraint stands there twice", where=where)
    return tuple(found)


def _claims(s: Section, folder: Path) -> ClaimsLimit:
    chosen = claim_range(s.word("inside"), where=s.place("inside"), folder=folder)
    p = checked_probability(
        s.quantity("probability", "1", chosen.claim_set.decision.met), s.place("probability")
    )
    return ClaimsLimit(chosen, p)


def _output(s: Section, units: Mapping[str, str]) -> OutputLimit:
    name = s.word("output", tuple(units))
    ends = [k for k in ("at_least", "at_most") if s.has(k)]
    if len(ends) != 1:
        raise InputError(
            "a constraint without its number" if not ends else "two numbers", where=s.where,
            rule="one of at_least and at_most", remedy=f'write at_least = "1 {units[name]}"',
        )  # fmt: skip
    bound = as_quantity(s.body[ends[0]], units[name], s.place(ends[0]))
    p = checked_probability(s.quantity("probability", "1", 0.5), s.place("probability"))
    return OutputLimit(name, bound, units[name], ends[0] == "at_least", p)

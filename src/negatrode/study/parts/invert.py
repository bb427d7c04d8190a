"""Inverse design: the points that make objectives best within the limits, from few evaluations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from negatrode.study.axis import Axis
from negatrode.study.chain.limits import Limit
from negatrode.study.designs import Point
from negatrode.study.journal import Entry
from negatrode.study.model import Model
from negatrode.study.parts.propose import Scores, propose
from negatrode.study.points import Desk


@dataclass(frozen=True)
class Goals:
    """Columns to make large, and columns to make small."""

    maximise: tuple[str, ...] = ()
    minimise: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return self.maximise + self.minimise

    def scores(self, entry: Entry, limits: tuple[Limit, ...]) -> Scores | None:
        """Objectives to be made small, and violations; None for a point without them."""
        values = [entry.outputs.get(c) for c in self.columns]
        if entry.is_failed or any(v is None for v in values):
            return None
        signs = [-1.0] * len(self.maximise) + [1.0] * len(self.minimise)
        objectives = tuple(s * v for s, v in zip(signs, values, strict=True) if v is not None)
        return Scores(objectives, {limit.name: limit.violation(entry) for limit in limits})


@dataclass(frozen=True)
class Inverse:
    """What was found: all entries in order, the best of them (several where objectives compete).

    ``is_inside``: whether the best keep every limit; where none does, they are those that violate least.
    """

    entries: tuple[Entry, ...]
    best: tuple[Entry, ...]
    is_inside: bool


def invert(
    desk: Desk,
    model: Model,
    axes: Sequence[Axis],
    fixed: Point,
    goals: Goals,
    limits: tuple[Limit, ...],
    *,
    evaluations: int = 100,
    batch: int = 4,
    seed: int = 0,
    units: Mapping[str, str] | None = None,
    part: str = "invert",
) -> Inverse:
    """Search over ``axes``, the others at ``fixed``, in generations of ``batch`` points.

    Generations, not workers, decide what is asked: the same points come whatever computes them.
    """
    past: list[tuple[Point, Scores | None]] = []
    points: list[Point] = []
    entries: list[Entry] = []
    units = units if units is not None else {a.name: a.unit for a in axes}
    desk.watch.begin(part, evaluations, 0, 0)
    try:
        while len(points) < evaluations:
            size = min(batch, evaluations - len(points))
            points += [{**fixed, **p} for p in propose(axes, past, size, seed)]
            whole = desk.compute(part, model, points, units, quiet=True)
            new = whole[len(entries) :]
            entries = whole
            past += [({a.name: e.inputs[a.name] for a in axes}, goals.scores(e, limits)) for e in new]
            desk.watch.advance(len(new), sum(e.is_failed for e in new))
    finally:
        desk.watch.end()
    best, is_inside = best_of(entries, goals, limits)
    return Inverse(tuple(entries), best, is_inside)


def best_of(
    entries: Sequence[Entry], goals: Goals, limits: tuple[Limit, ...]
) -> tuple[tuple[Entry, ...], bool]:
    """The entries that no other one beats in all objectives, among those inside; else the least outside."""
    unique = {e.key: e for e in entries}.values()
    scored = [(e, s) for e in unique if (s := goals.scores(e, limits)) is not None]
    inside = [(e, s) for e, s in scored if s.is_inside]
    if not inside:
        scored.sort(key=lambda item: sum(max(v, 0.0) for v in item[1].violations.values()))
        return tuple(e for e, _ in scored[:1]), False
    front = [
        (e, s.objectives) for e, s in inside if not any(_beats(o.objectives, s.objectives) for _, o in inside)
    ]
    front.sort(key=lambda item: item[1])
    return tuple(e for e, _ in front), True


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))

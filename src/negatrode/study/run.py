"""A whole study: every part planned, computed through the journal, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from negatrode.core.errors import Refusal
from negatrode.study.axis import Axis
from negatrode.study.designs import Point
from negatrode.study.file.read import Study
from negatrode.study.file.sections import InvertPlan, MapPlan, SensitivityPlan, WindowPlan
from negatrode.study.journal import Entry
from negatrode.study.parts import maps, sensitivity, window
from negatrode.study.parts.invert import Goals, Inverse, invert
from negatrode.study.points import Desk


@dataclass(frozen=True, eq=False)
class Findings:
    """What a study found; parts that it does not have are None or empty.

    ``refused``: outputs whose sensitivity could not be had, and why.
    """

    study: Study
    sweep: tuple[Entry, ...] = ()
    sensitivities: tuple[sensitivity.Sensitivity, ...] = ()
    refused: tuple[str, ...] = ()
    inverse: Inverse | None = None
    maps: tuple[tuple[MapPlan, maps.Map], ...] = ()
    window: window.Window | None = None
    points: int = 0
    failed: int = 0


def perform(study: Study, desk: Desk) -> Findings:
    """All parts of a study, in the order: sweep, sensitivity, inverse design, maps, window.

    The window stands about the point deepest inside the limits that the parts before it found.
    """
    _forget_others(study, desk)
    entries: list[Entry] = []
    swept: list[Entry] = []
    if study.sweep is not None:
        swept = desk.compute("sweep", study.chain, study.sweep.points, study.units)
        entries += swept
    found: list[sensitivity.Sensitivity] = []
    refused: list[str] = []
    if study.sensitivity is not None:
        found, refused = _sensitivity(study, desk, study.sensitivity)
    inverse = None
    if study.invert is not None:
        inverse = _invert(study, desk, study.invert)
        entries += inverse.entries
    drawn = []
    for name, plan in zip(map_parts(study), study.maps, strict=True):
        made, some = _map(study, desk, name, plan)
        drawn.append((plan, made))
        entries += some
    table = None
    if study.window is not None:
        table, some = _window(study, desk, study.window, entries)
        entries += some
    unique = {e.key: e for e in entries}
    return Findings(
        study, tuple(swept), tuple(found), tuple(refused), inverse, tuple(drawn), table,
        len(unique), sum(e.is_failed for e in unique.values()),
    )  # fmt: skip


def map_parts(study: Study) -> list[str]:
    """Names of the maps' parts: "map", or "map 1", "map 2" where there are several."""
    return ["map"] if len(study.maps) == 1 else [f"map {i + 1}" for i in range(len(study.maps))]


def part_names(study: Study) -> list[str]:
    """Names of all parts of a study."""
    found = []
    for name, part in (("sweep", study.sweep), ("sensitivity", study.sensitivity), ("invert", study.invert)):
        found += [name] if part is not None else []
    return found + map_parts(study) * bool(study.maps) + ["window"] * (study.window is not None)


def _forget_others(study: Study, desk: Desk) -> None:
    """Parts of the journal that the study no longer has; their points stay, and are used where they fit."""
    names = part_names(study)
    for plan in desk.journal.plans():
        if plan.part not in names:
            desk.journal.forget_part(plan.part)


def _axes(study: Study, names: Sequence[str]) -> tuple[Axis, ...]:
    return tuple(study.axis(n) for n in names)


def _sensitivity(
    study: Study, desk: Desk, plan: SensitivityPlan
) -> tuple[list[sensitivity.Sensitivity], list[str]]:
    axes = _axes(study, plan.axes)
    points: list[Point] = [{**study.centre, **p} for p in sensitivity.plan(axes, plan.rows, study.seed)]
    entries = desk.compute("sensitivity", study.chain, points, study.units)
    found, refused = [], []
    for name in plan.outputs:
        try:
            found.append(sensitivity.indices(axes, entries, name, study.seed))
        except Refusal as why:
            refused.append(why.sentence())
    return found, refused


def _invert(study: Study, desk: Desk, plan: InvertPlan) -> Inverse:
    return invert(
        desk, study.chain, _axes(study, plan.axes), study.centre, Goals(plan.maximise, plan.minimise),
        study.limits, evaluations=plan.evaluations, batch=plan.batch, seed=study.seed, units=study.units,
    )  # fmt: skip


def _map(study: Study, desk: Desk, part: str, plan: MapPlan) -> tuple[maps.Map, list[Entry]]:
    x, y = study.axis(plan.x), study.axis(plan.y)
    entries = desk.compute(part, study.chain, maps.plan(x, y, plan.levels, study.centre), study.units)
    names = [plan.output, *(limit.column for limit in study.limits)]
    fixed = {n: v for n, v in study.centre.items() if n not in (plan.x, plan.y)}
    return maps.mapped(x, y, fixed, entries, names, study.limits), entries


def _window(
    study: Study, desk: Desk, plan: WindowPlan, entries: list[Entry]
) -> tuple[window.Window, list[Entry]]:
    axes = _axes(study, plan.axes)
    reference = window.reference_of(entries, study.limits, study.centre)

    def compute(points: Sequence[Point]) -> list[Entry]:
        return desk.compute("window", study.chain, points, study.units)

    return window.window(axes, reference, plan.levels, compute, entries, study.limits)

"""STUDY.toml -> a study: base measured, axes, outputs, constraints and parts checked, nothing computed.

::

    [study]
    name = "Coating and grain size"
    sample = "SAMPLE.toml"            # or route = "ROUTE.toml"
    outputs = ["delithiation_2C", "first_efficiency"]
    draws = 40

    [axes]
    "sample.dv50" = { from = "2 um", to = "20 um", scale = "log", uncertainty = "3 %" }
    "electrode.coating_rate" = { from = "20 g/m2", to = "60 g/m2" }

    [[constraints]]
    inside = "hard-carbon 1-8"
    probability = 0.95

    [sweep]
    design = "sobol"
    points = 256
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from negatrode.claimsets.inside import inside
from negatrode.core.catalogue import catalogue, near_matches
from negatrode.core.errors import InputError
from negatrode.flow.section import Section
from negatrode.study.axis import Axis
from negatrode.study.chain.base import Base, SampleBase, route_base, sample_base
from negatrode.study.chain.evaluate import Chain, powder_of, tested_design
from negatrode.study.chain.limits import ClaimsLimit, Limit
from negatrode.study.chain.outputs import Output, output
from negatrode.study.chain.targets import RATE
from negatrode.study.chain.turn import Turned, turned
from negatrode.study.designs import Point
from negatrode.study.file.axes import Axes, axis_tables, read_axes
from negatrode.study.file.sections import (
    InvertPlan,
    MapPlan,
    SensitivityPlan,
    Sweep,
    WindowPlan,
    read_constraints,
    read_invert,
    read_maps,
    read_sensitivity,
    read_sweep,
    read_window,
    whole,
    words,
)
from negatrode.study.parts.posterior import read_posterior

PARTS = ("sweep", "sensitivity", "invert", "map", "window")
_SECTIONS = ("study", "axes", "constraints", *PARTS)
_TRIAL_DRAWS = 4


@dataclass(frozen=True, eq=False)
class Study:
    """A STUDY.toml as read: its model, its axes, its limits, its parts (None: not asked for)."""

    path: Path
    text: str
    name: str
    notes: str
    seed: int
    chain: Chain
    axes: tuple[Axis, ...]
    limits: tuple[Limit, ...]
    sweep: Sweep | None = None
    sensitivity: SensitivityPlan | None = None
    invert: InvertPlan | None = None
    maps: tuple[MapPlan, ...] = ()
    window: WindowPlan | None = None

    @property
    def centre(self) -> Point:
        """Every axis at its place."""
        return {a.name: a.centre for a in self.axes}

    @property
    def units(self) -> dict[str, str]:
        """Units of the axes by name."""
        return {a.name: a.unit for a in self.axes}

    def axis(self, name: str) -> Axis:
        """An axis by name."""
        return next(a for a in self.axes if a.name == name)


def _silent(_: str) -> None:
    pass


def read_study(path: str | Path, say: Callable[[str], None] = _silent) -> Study:
    """Read a STUDY.toml; InputError, with its place, for what cannot be meant."""
    place = Path(path)
    text, document = document_of(place)
    for key in document:
        if key not in _SECTIONS:
            hint = near_matches(key, list(_SECTIONS)) or f"Known: {', '.join(_SECTIONS)}"
            raise InputError(f"no section [{key}] of a study", where=str(place), remedy=hint)
    if not any(part in document for part in PARTS):
        raise InputError(
            "nothing to do", where=str(place), rule=f"a study has one of {', '.join(f'[{p}]' for p in PARTS)}"
        )
    head = Section(_table(document, "study", place), f"{place} study")
    name, notes = head.word("name"), head.word("notes", default="")
    seed = whole(head, "seed", 0, 2**31, 0)
    draws, cycled = whole(head, "draws", 1, 20_000, 40), whole(head, "cycled_draws", 1, 20_000, 12)
    names = words(head, "outputs", ())
    learnt = read_posterior(place.parent / head.word("posterior")) if head.has("posterior") else None
    tables = axis_tables(_table(document, "axes", place), f"{place} axes")
    own = learnt is None and bool(names or _constrained(document))
    base = _base(head, place, tables, (draws, seed), say, own=own)
    head.end()
    axes = read_axes(tables, base, f"{place} axes")
    chain, limits = _chain(document, place, base, axes, names, (draws, cycled, seed))
    if learnt is None and isinstance(base, SampleBase):
        chain = replace(chain, learnt=base.learnt)
    else:
        chain = replace(chain, learnt=learnt)
    study = Study(place, text, name, notes, seed, chain, axes.axes, limits)
    return _with_parts(study, document)


def is_calibration(path: str | Path) -> bool:
    """Whether a STUDY.toml asks for a calibration of several samples."""
    return "calibration" in document_of(Path(path))[1]


def document_of(place: Path) -> tuple[str, dict[str, Any]]:
    """The text of a STUDY.toml and its tables."""
    try:
        text = place.read_bytes().decode("utf-8-sig")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise InputError(
            "no such file", where=str(place), remedy="See docs/studies.md for how to write one"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", where=str(place), rule="UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"no TOML: {error}", where=str(place), remedy="Correct the line named") from None


def _table(document: Mapping[str, Any], key: str, place: Path) -> Mapping[str, Any]:
    body = document.get(key)
    if not isinstance(body, Mapping):
        raise InputError(
            f"no section [{key}]", where=str(place), remedy="See docs/studies.md for how to write one"
        )
    return body


def _base(
    head: Section,
    place: Path,
    tables: Mapping[str, Mapping[str, Any]],
    numbers: tuple[int, int],
    say: Callable[[str], None],
    *,
    own: bool,
) -> Base:
    if head.has("sample") == head.has("route"):
        raise InputError(
            "a study without its powder" if not head.has("sample") else "both a sample and a route",
            where=head.where, rule="a study starts from a sample or from a route",
            remedy='write sample = "SAMPLE.toml", or route = "ROUTE.toml"',
        )  # fmt: skip
    if head.has("route"):
        balances = {n: str(t["balance"]) for n, t in tables.items() if "balance" in t}
        return route_base(place.parent / head.word("route"), balances)
    path = place.parent / head.word("sample")
    say(f"Measuring {path}")
    return sample_base(path, *numbers, own=own, say=say)


def _chain(
    document: Mapping[str, Any],
    place: Path,
    base: Base,
    axes: Axes,
    names: tuple[str, ...],
    numbers: tuple[int, int, int],
) -> tuple[Chain, tuple[Limit, ...]]:
    """The model: outputs and limits looked up at the middle of the axes."""
    draws, cycled, seed = numbers
    centre = turned(base, {a.name: a.centre for a in axes.axes}, axes.spreads, _TRIAL_DRAWS)
    asked = list(dict.fromkeys([*names, *_constrained(document)]))
    outputs = _outputs(asked, centre, seed, place, [a.name for a in axes.axes])
    units = {o.name: o.column.unit for o in outputs}
    limits = read_constraints(document.get("constraints", []), units, f"{place} constraints", place.parent)
    if not outputs and not limits:
        raise InputError("no outputs", where=f"{place} study", remedy='write outputs = ["delithiation_2C"]')
    for limit in limits:
        if isinstance(limit, ClaimsLimit):
            _refuse_unknown(limit, centre, place)
    return Chain(base, outputs, limits, draws, cycled, seed, axes.spreads), limits


def _constrained(document: Mapping[str, Any]) -> list[str]:
    """Outputs that only a constraint names."""
    rows = document.get("constraints", [])
    found = [r.get("output") for r in rows if isinstance(r, Mapping)] if isinstance(rows, list) else []
    return [name for name in found if isinstance(name, str)]


def _outputs(names: list[str], centre: Turned, seed: int, place: Path, axes: list[str]) -> tuple[Output, ...]:
    where = f"{place} study.outputs"
    # Links of the powder are outputs as well; a sample of descriptors alone needs no powder.
    source = powder_of(centre, _TRIAL_DRAWS, seed) if any(n not in catalogue() for n in names) else None
    found = tuple(output(name, centre.sample, source, where) for name in names)
    for o in found:
        if o.rate == 0.0 and RATE not in axes:
            raise InputError(
                f"{o.name} without the axis {RATE}", where=where, remedy='write "delithiation_2C"'
            )
    tested = [o for o in found if o.source == "test"]
    if tested:
        tested_design(centre, tested)  # told now, and not by every point
    return found


def _refuse_unknown(limit: ClaimsLimit, centre: Turned, place: Path) -> None:
    """Claims that ask for what nobody says can be met nowhere: told before hours are spent."""
    found = inside(centre.sample, limit.claims, n=200)
    if found.missing:
        raise InputError(
            f"not known: {', '.join(found.missing)}", where=f"{place} constraints",
            rule=f"'{limit.claims.text}' asks for them",
            remedy="declare or measure them in the base, or add axes (sample.*)",
        )  # fmt: skip


def _with_parts(study: Study, document: Mapping[str, Any]) -> Study:
    place, axes = study.path, study.axes
    columns = [c.name for c in study.chain.columns]
    outputs = [o.name for o in study.chain.outputs]
    parts: dict[str, Any] = {}
    for key in PARTS:
        if key not in document:
            continue
        where, body = f"{place} {key}", document[key]
        if key != "map" and not isinstance(body, Mapping):
            raise InputError(f"{body!r}", where=where, rule=f"a section, [{key}]")
        if key == "sweep":
            parts[key] = read_sweep(body, axes, study.seed, place.parent, where)
        elif key == "sensitivity":
            parts[key] = read_sensitivity(body, axes, outputs or columns, columns, where)
        elif key == "invert":
            parts[key] = read_invert(body, axes, columns, where)
        elif key == "map":
            parts["maps"] = read_maps(body, axes, columns, where)
        else:
            parts[key] = read_window(body, axes, where)
    if "window" in parts and not study.limits:
        raise InputError(
            "a window without constraints", where=f"{place} window", rule="they are what ends it"
        )
    return replace(study, **parts)

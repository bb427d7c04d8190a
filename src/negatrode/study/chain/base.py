"""What a study starts from: a sample, measured or declared, or a route that makes one."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from negatrode.core.draws import joint_draws
from negatrode.core.errors import InputError
from negatrode.core.sample import Sample
from negatrode.core.units import parse_quantity
from negatrode.flow.design import DesignSpec
from negatrode.flow.made_sample import made_sample
from negatrode.flow.make import make_powder
from negatrode.flow.route import RouteFile, read_route
from negatrode.flow.sample import measure_folder
from negatrode.study.chain.learnt import Drawn, of_own_half_cell

_QUANTITY = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")
_DIGEST_DRAWS = 16


@dataclass(frozen=True, eq=False)
class Start:
    """The powder and the design of one point, before its descriptors are set."""

    sample: Sample
    design: DesignSpec


@dataclass(frozen=True, eq=False)
class SampleBase:
    """A SAMPLE.toml as it was measured when the study began."""

    start: Start
    digest: str
    learnt: Drawn | None = None

    def at(self, route: Mapping[str, float], draws: int) -> Start:
        """The sample itself: it has no route."""
        del route, draws
        return self.start


@dataclass(frozen=True, eq=False)
class RouteBase:
    """A ROUTE.toml; its powder is predicted anew at every point.

    ``balances``: by axis, the monomer (or other share) that gives what the axis takes.
    """

    file: RouteFile
    digest: str
    balances: Mapping[str, str]

    def at(self, route: Mapping[str, float], draws: int) -> Start:
        """The powder of the route with values of it replaced."""
        sections = copy.deepcopy(dict(self.file.sections))
        for name, value in route.items():
            _put(sections, name, value, self.balances.get(name), str(self.file.path))
        made = made_sample(make_powder(replace(self.file, sections=sections, draws=max(draws, 20))))
        return Start(made.sample, made.design)


Base = SampleBase | RouteBase


def _silent(_: str) -> None:
    pass


def sample_base(
    path: Path, draws: int = 1, seed: int = 0, *, own: bool = True, say: Callable[[str], None] = _silent
) -> SampleBase:
    """Measure the sample of a study; its own half cell calibrates it, where there is one (``own``)."""
    measured = measure_folder(path)
    start = Start(measured.sample, measured.design)
    learnt, why_not = of_own_half_cell(measured, draws, seed) if own else (None, "")
    if learnt is not None:
        say("Material calibrated with the sample's half cell")
    elif why_not:
        say(f"warning: {why_not}")
    return SampleBase(start, _digest(_told(start)), learnt)


def route_base(path: Path, balances: Mapping[str, str]) -> RouteBase:
    """Read the route of a study."""
    file = read_route(path)
    return RouteBase(file, _digest([file.sections, file.seed, file.material]), dict(balances))


def route_value(file: RouteFile, name: str, where: str) -> tuple[float, str]:
    """The number that stands in a route at ``route.section.key`` (list items by number), and its unit.

    Raises InputError, naming what stands there, for a place without a number.
    """
    holder, key = _place(file.sections, name, where)
    value = holder[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), "1"
    found = _QUANTITY.match(value) if isinstance(value, str) else None
    if found is None:
        raise InputError(f"{value!r}", where=where, rule=f"{name} must be a quantity in {file.path.name}")
    return float(found[1]), found[2] or "1"


def _place(sections: Mapping[str, Any], name: str, where: str) -> tuple[Any, Any]:
    """What holds a value of a route, and the value's key in it."""
    keys = name.split(".")[1:]
    holder: Any = sections
    for depth, key in enumerate(keys):
        here = ".".join(["route", *keys[:depth]])
        if isinstance(holder, Sequence) and not isinstance(holder, str):
            if not key.isdigit() or int(key) >= len(holder):
                raise InputError(
                    f"no item {key}", where=where, rule=f"{here} has items 0 to {len(holder) - 1}"
                )
            step: Any = int(key)
        elif isinstance(holder, Mapping):
            if key not in holder:
                raise InputError(
                    f"no key '{key}'", where=where, rule=f"{here} has {', '.join(map(str, holder))}"
                )
            step = key
        else:
            raise InputError(f"{here} has no parts", where=where)
        if depth == len(keys) - 1:
            return holder, step
        holder = holder[step]
    raise InputError(f"'{name}'", where=where, rule="a value of a route is named route.section.key")


def _put(sections: dict[str, Any], name: str, value: float, balance: str | None, where: str) -> None:
    holder, key = _place(sections, name, where)
    old = holder[key]
    found = _QUANTITY.match(old) if isinstance(old, str) else None
    before = float(old) if found is None else float(found[1])
    if balance is not None:
        if balance not in holder:
            raise InputError(
                f"no '{balance}' beside {name}", where=where, rule="the balance is a key beside it"
            )
        other = holder[balance]
        rest = _QUANTITY.match(other) if isinstance(other, str) else None
        left = (float(other) if rest is None else float(rest[1])) - (value - before)
        holder[balance] = left if rest is None else f"{left!r} {rest[2]}"
    holder[key] = value if found is None else f"{value!r} {found[2]}"


def as_axis_number(value: object, unit: str, where: str) -> float:
    """A number of an axis in the unit that stands in the route ("600 rpm" is in rpm there)."""
    if isinstance(value, int | float) and not isinstance(value, bool) and unit == "1":
        return float(value)
    found = _QUANTITY.match(value) if isinstance(value, str) else None
    if found is None:
        raise InputError(f"{value!r}", where=where, rule=f"it must be a quantity such as '1 {unit}'")
    number = float(found[1]) if found[2] == unit else parse_quantity(str(value), unit, where=where)
    if not math.isfinite(number):
        raise InputError(f"{value!r}", where=where, rule="quantities are finite")
    return number


def _told(start: Start) -> object:
    """All of a sample and its design that a point rests on; not where its files are."""
    sample, design = start.sample, start.design
    outcomes = {name: e.outcome for name, e in sample.estimates.items()}
    drawn = joint_draws(outcomes, n=_DIGEST_DRAWS) if outcomes else {}
    bpx = design.words.get("bpx")
    return [
        sample.material,
        {n: [repr(o.value), o.below_limit, [[c.u, c.dof] for c in o.components], repr(o.span)]
         for n, o in sorted(outcomes.items())},
        {n: values.tolist() for n, values in sorted(drawn.items())},
        {n: repr(f.value) for n, f in sorted(sample.facts.items())},
        [dict(design.numbers), dict(design.words), list(design.rates), dict(design.composition)],
        hashlib.sha256((design.folder / bpx).read_bytes()).hexdigest() if bpx else "",
    ]  # fmt: skip


def _digest(told: object) -> str:
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:24]

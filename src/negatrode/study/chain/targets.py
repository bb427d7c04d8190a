"""What an axis may turn: descriptors, their uncertainties, electrode, battery, protocol, route, priors."""

from __future__ import annotations

from dataclasses import dataclass

from negatrode.core.catalogue import catalogue, near_matches
from negatrode.core.errors import InputError
from negatrode.flow.design import KEYS
from negatrode.material.prior import priors
from negatrode.study.chain.base import Base, RouteBase, SampleBase, route_value

KINDS = ("sample", "uncertainty", "electrode", "battery", "declared", "process", "protocol", "route", "prior")
RATE = "protocol.rate"
# Design keys that are one number and that a point may change.
_NOT_TURNED = ("particle_composition", "rates", "draws", "calibration", "bpx")


@dataclass(frozen=True)
class Target:
    """What an axis turns: its unit ("" for words), a title, where it stands in the base (None: nowhere)."""

    unit: str
    title: str
    now: float | str | None = None


def target(name: str, base: Base, where: str) -> Target:
    """What an axis of that name turns; InputError with near matches where there is nothing of that name."""
    kind, _, key = name.partition(".")
    if name == "electrode.coating_rate":
        kind, key = "sample", "coating_rate"
    if kind in ("sample", "uncertainty"):
        return _descriptor(kind, key, base, where)
    if name == RATE:
        return Target("1", "C-rate")
    if kind in ("electrode", "battery", "declared", "process"):
        return _design(kind, key, base, where)
    if kind == "route":
        if not isinstance(base, RouteBase):
            raise InputError(
                f"'{name}'", where=where, rule='a study of a route has [study] route = "ROUTE.toml"'
            )
        number, unit = route_value(base.file, name, where)
        return Target(unit, name.removeprefix("route.").replace("_", " ").replace(".", ", "), number)
    if kind == "prior":
        known = priors()
        if key not in known:
            raise InputError(f"no prior '{key}'", where=where, remedy=near_matches(key, list(known)))
        p = known[key]
        return Target(p.unit, p.title or key, p.value)
    raise InputError(
        f"'{name}' is no input of a study", where=where, rule=f"inputs begin with {', '.join(KINDS)}",
        remedy=near_matches(name, [f"sample.{n}" for n in catalogue()] + [RATE]),
    )  # fmt: skip


def _descriptor(kind: str, key: str, base: Base, where: str) -> Target:
    rows = catalogue()
    if key not in rows:
        raise InputError(f"'{key}' is no property", where=where, remedy=near_matches(key, list(rows)))
    row = rows[key]
    now = None
    if isinstance(base, SampleBase):
        estimates = base.start.sample.estimates
        if row.expression and key in estimates and not estimates[key].declared_by:
            raise InputError(
                f"{key} follows from others", where=where, rule=f"{key} = {row.expression}",
                remedy="turn its operands",
            )  # fmt: skip
        if key in estimates:
            e = estimates[key]
            now = e.standard_uncertainty if kind == "uncertainty" else e.value
        elif kind == "uncertainty":
            raise InputError(
                f"{key} is not known in the base", where=where, rule="its value comes from there"
            )
    elif key != "coating_rate":
        raise InputError(
            f"{key} is predicted by the route", where=where, remedy="turn the route, or start from a sample"
        )
    if kind == "uncertainty":
        unit = "K" if row.unit == "degC" else row.unit
        return Target(unit, f"standard uncertainty of {row.title or key}", now)
    return Target(row.unit, row.title or key.replace("_", " "), now)


def _design(section: str, key: str, base: Base, where: str) -> Target:
    known = {k: u for k, u in KEYS[section].items() if k not in _NOT_TURNED}
    if key not in known:
        hint = near_matches(key, list(known)) or f"Known: {', '.join(known)}"
        raise InputError(f"no key '{key}' of [{section}] to turn", where=where, remedy=hint)
    now: float | str | None = None
    if isinstance(base, SampleBase):
        design = base.start.design
        now = design.numbers.get(key, design.words.get(key))
    return Target(known[key], key.replace("_", " "), now)

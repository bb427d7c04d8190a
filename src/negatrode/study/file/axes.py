"""``[axes]`` of a STUDY.toml: what is varied, between which ends, how it is spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from negatrode.core.errors import InputError
from negatrode.core.units import parse_quantity
from negatrode.flow.section import Section, as_quantity
from negatrode.material.prior import Z_95, prior
from negatrode.study.axis import Axis
from negatrode.study.chain.base import Base, SampleBase, as_axis_number
from negatrode.study.chain.targets import Target, target
from negatrode.study.chain.turn import Spread
from negatrode.study.model import Value

KEYS = (
    "from", "to", "scale", "values", "mean", "sd", "measured", "drawn", "at", "uncertainty", "balance",
    "title",
)  # fmt: skip
_FORMS = (
    'write { from = "5 um", to = "15 um" }, { values = ["5 um", "9 um"] }, { mean = "9 um", sd = "0.2 um" }'
)


@dataclass(frozen=True, eq=False)
class Axes:
    """The axes, and the uncertainties of the descriptors among them."""

    axes: tuple[Axis, ...]
    spreads: Mapping[str, Spread]


def axis_tables(body: Mapping[str, Any], where: str) -> dict[str, Mapping[str, Any]]:
    """The tables of ``[axes]`` by the axis's name: quoted ("sample.d002") or dotted (sample.d002)."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, table in _leaves(body, ""):
        if not isinstance(table, Mapping):
            raise InputError(f"{table!r}", where=f"{where}.{name}", rule="an axis is a table", remedy=_FORMS)
        found[name] = table
    if not found:
        raise InputError(
            "no axis", where=where, rule="a study varies something", remedy=f'"sample.dv50" = ...: {_FORMS}'
        )
    return found


def _leaves(body: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for key, value in body.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping) and not (value.keys() & set(KEYS)) and value:
            yield from _leaves(value, name)
        else:
            yield name, value


def read_axes(tables: Mapping[str, Mapping[str, Any]], base: Base, where: str) -> Axes:
    """Read every axis; InputError with its place for what cannot be meant."""
    axes: list[Axis] = []
    spreads: dict[str, Spread] = {}
    for name, table in tables.items():
        place = f"{where}.{name}"
        aim = target(name, base, place)
        section = Section(table, place)
        axes.append(_axis(name, section, aim, base))
        if section.has("uncertainty"):
            spreads[name.partition(".")[2]] = _spread(name, section, aim)
        if section.has("balance") and not name.startswith("route."):
            raise InputError("a balance", where=place, rule="only shares of a route have one")
        section.end()
    _refuse_clash(axes, where)
    return Axes(tuple(axes), spreads)


def _refuse_clash(axes: list[Axis], where: str) -> None:
    names = {a.name for a in axes}
    for one, other in (
        ("sample.coating_rate", "electrode.coating_rate"),
        ("electrode.density", "electrode.porosity"),
    ):
        if one in names and other in names:
            raise InputError(
                f"both {one} and {other}", where=where, rule="they say the same", remedy="keep one"
            )


def _axis(name: str, s: Section, aim: Target, base: Base) -> Axis:
    title = s.word("title", default=aim.title)
    forms = [k for k in ("from", "values", "mean", "measured", "drawn") if s.has(k)]
    if len(forms) != 1 or (s.has("to") != (forms == ["from"])) or (s.has("sd") != (forms == ["mean"])):
        raise InputError(
            f"{', '.join(k for k in KEYS if k in s.body) or 'nothing'}", where=s.where,
            rule="an axis has from and to, or values, or mean and sd, or measured = true, or drawn = true",
            remedy=_FORMS,
        )  # fmt: skip
    fixed: dict[str, Any] = {"name": name, "unit": aim.unit or "1", "title": title, "where": s.where}
    if forms == ["from"]:
        low, high = (_value(s.body[k], aim, name, s.place(k)) for k in ("from", "to"))
        if isinstance(low, str) or isinstance(high, str):
            raise InputError(f"{low!r} to {high!r}", where=s.where, rule="words have no range: give values")
        scale = s.word("scale", ("linear", "log"), "linear")
        return Axis(low=low, high=high, scale=scale, at=_at(s, aim, name, low, high), **fixed)
    if forms == ["values"]:
        values = _values(s, aim, name)
        at: Value | None = None
        if s.has("at"):
            at = _value(s.body["at"], aim, name, s.place("at"))
        elif aim.now in values:
            at = aim.now
        return Axis(values=values, at=at, **fixed)
    mean, deviation = _normal(name, s, aim, base, forms[0])
    return Axis(mean=mean, deviation=deviation, at=mean, **fixed)


def _normal(name: str, s: Section, aim: Target, base: Base, form: str) -> tuple[float, float]:
    """Mean and standard deviation: as given, as measured, or of the prior."""
    if form == "mean":
        unit = "K" if aim.unit == "degC" else aim.unit
        mean = _value(s.body["mean"], aim, name, s.place("mean"))
        if isinstance(mean, str):
            raise InputError(f"{mean!r}", where=s.place("mean"), rule="a number")
        return mean, as_quantity(s.body["sd"], unit, s.place("sd"))
    if s.body[form] is not True:
        raise InputError(f"{s.body[form]!r}", where=s.place(form), rule="it is true, or left out")
    kind, _, key = name.partition(".")
    if form == "drawn":
        if kind != "prior":
            raise InputError("drawn", where=s.where, rule="priors are drawn; a descriptor is measured = true")
        p = prior(key)
        if p.is_exact or p.scale == "log":
            how = "exact" if p.is_exact else "spread over a logarithmic scale"
            raise InputError(
                f"{key} is {how}", where=s.place(form), rule="a normal axis",
                remedy=f'give from = "{p.low:g}", to = "{p.high:g}", scale = "log"',
            )  # fmt: skip
        return p.value, (p.high - p.low) / (2 * Z_95)
    if kind != "sample" or not isinstance(base, SampleBase) or key not in base.start.sample.estimates:
        raise InputError(
            "measured", where=s.where, rule="a descriptor that the base has measured or declares"
        )
    e = base.start.sample.estimates[key]
    if e.value is None or e.standard_uncertainty <= 0:
        raise InputError(
            f"{key} without a value and an uncertainty", where=s.where, remedy="give mean and sd"
        )
    return e.value, e.standard_uncertainty


def _at(s: Section, aim: Target, name: str, low: float, high: float) -> float | None:
    """Where the axis stands while others vary: as given, else where the base has it, else the middle."""
    if s.has("at"):
        found = _value(s.body["at"], aim, name, s.place("at"))
        if isinstance(found, str) or not low <= found <= high:
            raise InputError(f"{s.body['at']!r}", where=s.place("at"), rule="it lies on the axis")
        return found
    if isinstance(aim.now, float | int) and low <= aim.now <= high:
        return float(aim.now)
    return None


def _values(s: Section, aim: Target, name: str) -> tuple[Value, ...]:
    values = s.body["values"]
    if not isinstance(values, list) or not 1 <= len(values) <= 10_000:
        raise InputError(f"{values!r}", where=s.place("values"), rule='a list such as ["5 um", "9 um"]')
    return tuple(_value(v, aim, name, f"{s.place('values')}[{i}]") for i, v in enumerate(values))


def _value(value: object, aim: Target, name: str, where: str) -> Value:
    """A value of an axis in its target's unit; a word where the target is one."""
    if aim.unit == "":
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"{value!r}", where=where, rule="a word")
        return value.strip()
    if name.startswith("route."):
        return as_axis_number(value, aim.unit, where)
    if name.startswith("prior."):
        return _of_prior(value, aim.unit, where)
    return as_quantity(value, aim.unit, where)


def _of_prior(value: object, unit: str, where: str) -> float:
    """A prior's value: a plain number in its own unit, or a quantity."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return parse_quantity(value, unit, where=where)
    raise InputError(f"{value!r}", where=where, rule=f"a number in {unit}")


def _spread(name: str, s: Section, aim: Target) -> Spread:
    """The uncertainty of a varied descriptor: "0.2 um", or "3 %" of its value."""
    if not name.startswith("sample."):
        raise InputError("an uncertainty", where=s.where, rule="descriptors (sample.*) have one")
    text = s.body["uncertainty"]
    if isinstance(text, str) and text.strip().endswith("%") and aim.unit not in ("wt%", "%"):
        spread = Spread(as_quantity(text, "1", s.place("uncertainty")), is_relative=True)
    else:
        unit = "K" if aim.unit == "degC" else aim.unit
        spread = Spread(as_quantity(text, unit, s.place("uncertainty")))
    if spread.amount < 0:
        raise InputError(f"{text!r}", where=s.place("uncertainty"), rule="an uncertainty is not negative")
    return spread

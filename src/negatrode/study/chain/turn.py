"""A point's inputs set into the base: the sample, the design, the priors and the rate of that point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from negatrode.core.catalogue import catalogue
from negatrode.core.derive import with_derived
from negatrode.core.errors import InputError
from negatrode.core.estimate import Component, Estimate, Finding, Outcome
from negatrode.core.sample import Sample
from negatrode.flow.design import KEYS, DesignSpec
from negatrode.material.prior import prior
from negatrode.study.chain.base import Base
from negatrode.study.chain.targets import RATE
from negatrode.study.model import Inputs


@dataclass(frozen=True)
class Spread:
    """The standard uncertainty that a varied descriptor has: in its unit, or as a share of its value."""

    amount: float
    is_relative: bool = False

    def at(self, value: float) -> float:
        """In the descriptor's unit."""
        return self.amount * abs(value) if self.is_relative else self.amount


@dataclass(frozen=True, eq=False)
class Turned:
    """One point: sample, design, priors held at ``z``, C-rate of ``protocol.rate`` (None: not varied)."""

    sample: Sample
    design: DesignSpec
    priors: Mapping[str, float]
    rate: float | None


def turned(base: Base, inputs: Inputs, spreads: Mapping[str, Spread], draws: int) -> Turned:
    """The point of a study; InputError where a word stands for a number or the other way round."""
    route = {n: _number(n, v) for n, v in inputs.items() if n.startswith("route.")}
    start = base.at(route, draws)
    sample, design = start.sample, start.design
    held: dict[str, float] = {}
    rate: float | None = None
    descriptors: dict[str, float] = {}
    uncertainties: dict[str, float] = {}
    for name, value in inputs.items():
        kind, _, key = name.partition(".")
        if kind == "sample" or name == "electrode.coating_rate":
            descriptors[key] = _number(name, value)
        elif kind == "uncertainty":
            uncertainties[key] = _number(name, value)
        elif name == RATE:
            rate = _number(name, value)
        elif kind == "prior":
            held[key] = float(prior(key).z_of(_number(name, value)))
        elif kind != "route":
            design = _designed(design, kind, key, value)
    if descriptors or uncertainties:
        sample = _described(sample, descriptors, uncertainties, spreads)
    return Turned(sample, design, held, rate)


def _number(name: str, value: float | str) -> float:
    if isinstance(value, str):
        raise InputError(f"{value!r}", where=name, rule="it is a number")
    return float(value)


def _designed(design: DesignSpec, section: str, key: str, value: float | str) -> DesignSpec:
    present = design.present | {section}
    if KEYS[section][key] == "":
        return replace(design, words={**design.words, key: str(value)}, present=present)
    numbers = {**design.numbers, key: _number(key, value)}
    # A density replaces a stated porosity and the other way round: both would have to agree.
    other = {"density": "porosity", "porosity": "density"}.get(key)
    if section == "electrode" and other is not None:
        numbers.pop(other, None)
    return replace(design, numbers=numbers, present=present)


def _described(
    sample: Sample,
    descriptors: Mapping[str, float],
    uncertainties: Mapping[str, float],
    spreads: Mapping[str, Spread],
) -> Sample:
    """The sample with properties set; what is derived from them is derived again."""
    kept = {n: e for n, e in sample.estimates.items() if not _is_derived(n, e)}
    for name in dict.fromkeys([*descriptors, *uncertainties]):
        old = kept.get(name)
        value = descriptors.get(name, old.value if old is not None else None)
        if value is None:
            raise InputError(
                f"{name} has no value", where=f"uncertainty.{name}", rule="it is known in the base"
            )
        if name in uncertainties:
            u = uncertainties[name]
        elif name in spreads:
            u = spreads[name].at(value)
        else:
            u = old.standard_uncertainty if old is not None else 0.0
        kept[name] = _stated(name, value, u, old)
    return replace(sample, estimates=with_derived(kept))


def _stated(name: str, value: float, u: float, old: Estimate | None) -> Estimate:
    """A descriptor as the study sets it; outside the plausible range it is a finding, as everywhere."""
    row = catalogue()[name]
    if u < 0:
        raise InputError(f"{u:g}", where=f"uncertainty.{name}", rule="an uncertainty is not negative")
    findings: tuple[Finding, ...] = ()
    if not row.is_plausible(value):
        text = f"{value:g} {row.unit} lies outside the plausible range {row.low:g} to {row.high:g}"
        findings = (Finding("implausible", text, warning=True),)
    components = (Component("stated for the study", u, f"study:{name}"),) if u > 0 else ()
    outcome = Outcome(value, components)
    if old is not None:
        outcome = replace(outcome, bounds=old.outcome.bounds)
    return Estimate(name, row.unit, outcome, recipe="study", findings=findings, declared_by="the study")


def _is_derived(name: str, estimate: Estimate) -> bool:
    return bool(catalogue()[name].expression) and not estimate.declared_by and estimate.recipe != "study"

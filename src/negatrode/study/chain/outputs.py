"""What a point can give, by name: which tests it needs, its title, unit and confidence word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from negatrode.battery.assembly import Source
from negatrode.core.catalogue import catalogue, near_matches
from negatrode.core.errors import InputError
from negatrode.core.sample import Sample
from negatrode.report.battery_text import OUTCOMES
from negatrode.study.model import Column

_OF_RATE = re.compile(r"^(rate|discharge|delithiation)_(?:(\d+(?:\.\d+)?)C|(at_rate))$")
_RATED = {
    "rate": ("capacity at {}, of that of the cell", "%"),
    "discharge": ("discharge at {}, full cell, per powder", "mAh/g"),
    "delithiation": ("delithiation at {}, against lithium", "mAh/g"),
}
_TEST_OF = {
    "first_charge": "half", "first_discharge": "half", "first_efficiency": "half",
    "volumetric_capacity": "static", "layer_swelling": "static", "porosity": "static", "thickness": "static",
    "areal_capacity": "rates", "discharge_power": "power", "charge_power": "power",
    "discharge_resistance": "power", "charge_resistance": "power", "plating_margin": "plating",
    "retention": "retention",
}  # fmt: skip
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Output:
    """One output: where it comes from ("test", "link" or "property"), the test and the C-rate that it needs.

    ``rate`` is 0 for the rate of ``protocol.rate``, None where it has none.
    """

    column: Column
    source: str
    test: str = ""
    rate: float | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.column.name

    @property
    def is_half_rate(self) -> bool:
        """Whether it is a delithiation against lithium at a C-rate."""
        return self.name.startswith("delithiation_")


def output(name: str, sample: Sample, source: Source | None, where: str) -> Output:
    """The output of that name; InputError with near matches where the study's base has none.

    ``source``: the base's powder, whose links are outputs as well; None where it has no battery.
    """
    rated = _OF_RATE.match(name)
    if rated:
        return _rated(name, rated, where)
    if name in OUTCOMES:
        title, unit, word, _ = OUTCOMES[name]
        return Output(Column(name, title, unit or "1", word), "test", _TEST_OF[name])
    links = {p.name: p for p in source.predictions} if source is not None else {}
    if name in links:
        p = links[name]
        return Output(Column(name, p.title, p.unit, p.confidence), "link")
    if name in catalogue():
        row = catalogue()[name]
        known = sample.estimates.get(name)
        word = known.confidence if known is not None else ""
        return Output(Column(name, row.title or name, row.unit, word), "property")
    names = [*OUTCOMES, "delithiation_2C", "discharge_2C", "rate_2C", *links, *catalogue()]
    raise InputError(
        f"'{name}' is no output", where=where,
        remedy=near_matches(name, names) or f"Known: {', '.join(names)}",
    )  # fmt: skip


def _rated(name: str, found: re.Match[str], where: str) -> Output:
    kind, number, _ = found.groups()
    rate = float(number) if number else 0.0
    if number and not 0 < rate <= 100:
        raise InputError(f"'{name}'", where=where, rule="C-rates above 0 and up to 100")
    title, unit = _RATED[kind]
    test = "" if kind == "delithiation" else "rates"
    return Output(
        Column(name, title.format(f"{rate:g}C" if number else "the rate"), unit, "weak"), "test", test, rate
    )


def columns_of(output_: Output, draws: int) -> list[Column]:
    """The median over the draws, and where there are several the 5 % and 95 % points."""
    c = output_.column
    if draws == 1:
        return [c]
    return [
        c,
        Column(f"{c.name}_p5", f"{c.title}, 5 %", c.unit, c.confidence),
        Column(f"{c.name}_p95", f"{c.title}, 95 %", c.unit, c.confidence),
    ]


def tests_of(outputs: Iterable[Output]) -> frozenset[str]:
    """The tests that outputs need."""
    return frozenset(o.test for o in outputs if o.test)


def needs_cell(outputs: Sequence[Output]) -> bool:
    """Whether anything is simulated."""
    return any(o.test not in ("", "static") or o.is_half_rate for o in outputs)

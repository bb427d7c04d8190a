"""Samples written by hand for the tests of the claims room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from negatrode.claimsets.load import load_text
from negatrode.claimsets.model import ClaimSet
from negatrode.core.catalogue import catalogue
from negatrode.core.derive import with_derived
from negatrode.core.estimate import Alternative, Component, Estimate, Outcome
from negatrode.core.sample import Fact, Sample

GOOD = {
    "sphericity": (0.93, 0.01),
    "d002": (0.380, 0.001),
    "lc002": (1.4, 0.05),
    "hydrogen_to_carbon": (0.03, 0.005),
    "dv50": (9.0, 0.2),
    "bulk_specific_gravity": (0.50, 0.01),
    "d4": (10.0, 0.2),
    "d1": (7.0, 0.2),
    "specific_surface_area": (1.5, 0.03),
    "exothermic_peak_temperature": (650.0, 5.0),
    "silicon_compound": (1.0, 0.1),
    "nitrogen": (2.0, 0.1),
    "oxidation_temperature": (250.0, 3.0),
    "coating_rate": (50.0, 1.0),
}
FACTS = (
    "carbonized_vinyl_resin",
    "suspension_polymerized",
    "oxidizing_gas_atmosphere",
    "inert_carbonization",
    "active_layer_of_this_material",
    "negative_electrode_of_claim_10",
)


def estimate(
    name: str,
    value: float | None,
    u: float = 0.0,
    *,
    below: float | None = None,
    key: str = "",
    others: Iterable[tuple[str, float, float, bool]] = (),
) -> Estimate:
    """An estimate by recipe "house"; ``others`` are (recipe, value, u, admissible)."""

    def outcome(v: float | None, spread: float, admissible: bool = True) -> Outcome:
        parts = (Component("by hand", spread, key or name),) if spread else ()
        limit = below if v is None else None
        return Outcome(v, parts, below_limit=limit, admissible=admissible)

    alternatives = tuple(Alternative(r, outcome(v, s, ok), ok) for r, v, s, ok in others)
    return Estimate(name, catalogue()[name].unit, outcome(value, u), "house", alternatives=alternatives)


def sample(*estimates: Estimate, facts: dict[str, Any] | None = None, **why_not: str) -> Sample:
    """A sample with derived properties added; keywords say why a property is unmeasured."""
    found = with_derived({e.measurand: e for e in estimates})
    declared = {n: Fact(n, v, "A. Maker", f"SAMPLE.toml {n}") for n, v in (facts or {}).items()}
    return Sample("by hand", found, declared, why_not)


def good(*changed: Estimate, without: tuple[str, ...] = (), facts: dict[str, Any] | None = None) -> Sample:
    """A hard carbon that meets all claims, with some estimates changed or left out."""
    base = {n: estimate(n, v, u) for n, (v, u) in GOOD.items() if n not in without}
    base |= {e.measurand: e for e in changed}
    return sample(*base.values(), facts=dict.fromkeys(FACTS, True) if facts is None else facts)


def claim_set(limits: str, *, more: str = "", head: str = "") -> ClaimSet:
    """A set of one claim (number 1) with these limitations, and more claims after it."""
    return load_text(document(limits, more=more, head=head), path="test.toml")


def document(limits: str, *, more: str = "", head: str = "") -> str:
    """The TOML text of ``claim_set``."""
    return f"""
[claim_set]
name = "test"
title = "A test"
{head}
[[claims]]
number = 1
limitations = [{limits}]
{more}
"""


def claim(number: int, limits: str) -> str:
    """The TOML of one more claim."""
    return f"[[claims]]\nnumber = {number}\nlimitations = [{limits}]\n"


def limit(prop: str, interval: str, unit: str = "") -> str:
    """The TOML of one interval limitation."""
    tail = f', unit = "{unit}"' if unit else ""
    return f'{{ property = "{prop}", interval = "{interval}"{tail} }}'

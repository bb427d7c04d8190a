"""The sum of fluorine, sulfur and phosphorus, as far as they were analysed."""

from __future__ import annotations

import math
from collections.abc import Mapping

from negatrode.core.errors import MissingInput, NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome
from negatrode.core.settings import Settings
from negatrode.techniques.composition.content import Content, scaled
from negatrode.techniques.composition.methods import HALOGENS_AND_LIKE
from negatrode.techniques.composition.moisture import Water, needs

NAMES = {"F": "fluorine", "S": "sulfur", "P": "phosphorus"}


def sums(
    contents: Mapping[str, Content], key: str, water: Water | None, settings: Settings
) -> dict[str, Outcome | NegatrodeError]:
    """F + S + P by recipe.

    ``as-analysed`` sums those that were analysed; the others are named in a warning, the sum is then a
    lower bound. ``complete`` needs all three. A content under its limit L enters as L/2 with the standard
    uncertainty L/sqrt(12) of the rectangle from 0 to L; where all lie under limits so does the sum, under
    the sum of the limits.
    """
    analysed = {e: contents[e] for e in HALOGENS_AND_LIKE if e in contents}
    missing = [e for e in HALOGENS_AND_LIKE if e not in analysed]
    if not analysed:
        error: NegatrodeError = Refusal(
            "no column of F, S or P", rule="their sum needs the readings of at least one"
        )
        return dict.fromkeys(("as-analysed", "dry", "complete"), error)
    failed = next((c.error for c in analysed.values() if c.error is not None), None)
    if failed is not None:
        return dict.fromkeys(("as-analysed", "dry", "complete"), failed)
    total = _sum(analysed, missing, key)
    return {
        "as-analysed": total,
        "dry": needs(settings, "moisture") if water is None else _dried(total, water),
        "complete": _incomplete(missing, settings) if missing else total,
    }


def _sum(analysed: Mapping[str, Content], missing: list[str], key: str) -> Outcome:
    findings = (_lower_bound(missing, analysed),) if missing else ()
    limits = {e: c.below for e, c in analysed.items() if c.below is not None}
    if len(limits) == len(analysed):
        return Outcome(None, below_limit=sum(limits.values()), findings=findings)
    value = 0.0
    parts: list[Component] = []
    for element, found in analysed.items():
        limit = limits.get(element)
        if limit is None:
            value += found.value
            parts += found.components
            continue
        value += limit / 2.0
        source = f"{element} below {limit:.3g} wt%"
        parts.append(Component(source, limit / math.sqrt(12.0), f"{key}:limit-{element}"))
        findings = (*findings, Finding("censored-part", f"{source}: half of it with its rectangle is summed"))
    return Outcome(value, tuple(parts), findings=findings)


def _lower_bound(missing: list[str], analysed: Mapping[str, Content]) -> Finding:
    text = f"{' and '.join(missing)} not analysed: the sum of {' + '.join(analysed)} is a lower bound"
    return Finding("not-analysed", text, warning=True)


def _dried(total: Outcome, water: Water) -> Outcome:
    scale = 1.0 / (1.0 - water.value / 100.0)
    if total.value is None:
        return Outcome(None, below_limit=scale * (total.below_limit or 0.0), findings=total.findings)
    value = scale * total.value
    parts = [scaled(c, scale) for c in total.components]
    parts.append(Component("moisture", value * scale * water.u / 100.0, water.key))
    return Outcome(value, tuple(parts), findings=total.findings)


def _incomplete(missing: list[str], settings: Settings) -> MissingInput:
    names = ", ".join(NAMES[e] for e in missing)
    return MissingInput(
        f"{' and '.join(missing)} not analysed",
        key=f"{settings.section}.columns",
        rule="the complete sum needs F, S and P",
        remedy=f"Add a table with {names} in wt% or ppm (a limit such as <0.01 will do)",
    )

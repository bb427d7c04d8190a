"""Judgements as rows of plain strings for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from negatrode.claimsets.model import ClaimSet, IntervalLimit
from negatrode.claimsets.verdict import ClaimVerdict, Judgement, LimitationVerdict
from negatrode.core.catalogue import catalogue
from negatrode.core.errors import NegatrodeError
from negatrode.core.units import factor
from negatrode.flow.text import unit_text, with_uncertainty

ORDER = ("met", "not met", "undecided", "recipe-dependent")


def claim_ranges(sets: Sequence[ClaimSet]) -> dict[str, list[tuple[float, float]]]:
    """The claimed range of each property that a limitation names alone, in the catalogue's unit."""
    found: dict[str, list[tuple[float, float]]] = {}
    for limit in (x for s in sets for c in s.claims for x in c.limitations if isinstance(x, IntervalLimit)):
        if limit.expression not in catalogue():
            continue
        try:
            scale = factor(limit.unit, catalogue()[limit.expression].unit)
        except NegatrodeError:  # a temperature: the same scale, with an offset
            scale = 1.0
        interval = limit.interval
        found.setdefault(limit.expression, []).append((interval.low * scale, interval.high * scale))
    return found


def claimed_limits(sets: Sequence[ClaimSet]) -> dict[str, list[tuple[float, float]]]:
    """The claimed intervals of every expression as it is written in the claim sets, in their units."""
    found: dict[str, list[tuple[float, float]]] = {}
    for limit in (x for s in sets for c in s.claims for x in c.limitations if isinstance(x, IntervalLimit)):
        found.setdefault(limit.expression, []).append((limit.interval.low, limit.interval.high))
    return found


def judgement_rows(judgement: Judgement) -> dict[str, Any]:
    """One claim set's verdicts."""
    counts = Counter[str](c.verdict for c in judgement.claims)
    return {
        "title": judgement.title,
        "name": judgement.claim_set,
        "tally": [(v, counts[v]) for v in ORDER if counts[v]],
        "rule": f"Decision rule: {judgement.decision.text()}; P is the probability of conformity from "
        f"{judgement.draws:,} joint draws over the uncertainties of the sample (JCGM 101, 106).",
        "claims": [_claim(c) for c in judgement.claims],
    }


def probability_text(probability: float | None) -> str:
    """A probability without a false certainty.

    >>> probability_text(0.99999), probability_text(0.5), probability_text(None)
    ('> 0.999', '0.50', '-')
    """
    if probability is None:
        return "-"
    if probability > 0.999:
        return "> 0.999"
    if probability < 0.001:
        return "< 0.001"
    return f"{probability:.2f}" if 0.1 < probability < 0.9 else f"{probability:.3f}"


def _claim(claim: ClaimVerdict) -> dict[str, Any]:
    return {
        "claim": f"{claim.claim}. {claim.title}" if claim.title else str(claim.claim),
        "verdict": claim.verdict,
        "probability": probability_text(claim.probability),
        "reason": claim.reason,
        "next": claim.next,
        "limitations": [_limitation(x) for x in claim.limitations],
    }


def _limitation(limit: LimitationVerdict) -> dict[str, Any]:
    name = catalogue()[limit.property].symbol if limit.property in catalogue() else limit.property
    return {
        "words": limit.words or name,
        "limit": limit.limit,
        "value": _value(limit, name),
        "margin": "" if limit.margin is None else f"{limit.margin:+.3g}",
        "probability": probability_text(limit.probability),
        "verdict": limit.verdict,
        "detail": "; ".join(x for x in (limit.reason, limit.reading, _recipes(limit)) if x),
    }


def _value(limit: LimitationVerdict, name: str) -> str:
    unit = f" {unit_text(limit.unit)}".rstrip()
    if limit.value is None:
        return "below its limit of detection" if limit.below_limit else "not known"
    if isinstance(limit.value, bool):
        return "yes" if limit.value else "no"
    if isinstance(limit.value, float | int):
        over = (
            ""
            if limit.took is None
            else f", over the programme {limit.took[0]:.4g} to {limit.took[1]:.4g}{unit}"
        )
        value = with_uncertainty(float(limit.value), limit.standard_uncertainty or 0.0)
        return f"{name} = {value}{unit}{over}"
    return limit.value if isinstance(limit.value, str) else ", ".join(limit.value)


def _recipes(limit: LimitationVerdict) -> str:
    """The table over the recipes, where they do not agree."""
    if len({r.verdict for r in limit.recipes}) < 2:
        return ""
    rows = []
    for r in limit.recipes:
        names = ", ".join(f"{p} {recipe}" for p, recipe in r.recipes.items())
        shown = "" if r.value is None else f" gives {r.value:.4g}"
        rows.append(f"{names}{shown}: {r.verdict}")
    return "by recipe: " + "; ".join(rows)


def next_steps(judgements: Iterable[Judgement]) -> Iterable[str]:
    """What would decide the most, over all claim sets, each once."""
    seen: set[str] = set()
    for step in (s for j in judgements for s in j.next):
        if step.text not in seen:
            seen.add(step.text)
            yield step.text

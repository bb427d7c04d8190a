"""Where several techniques speak of one property or fact: which stands, and whether they agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from negatrode.core.errors import InputError
from negatrode.core.estimate import Alternative, Estimate, Finding, coverage_factor
from negatrode.core.sample import Fact
from negatrode.techniques.technique import Technique

FactValue = bool | str | tuple[str, ...]


def merged(
    measured: Sequence[tuple[Technique, Mapping[str, Estimate]]], *, where: str
) -> dict[str, Estimate]:
    """One estimate a property: the first technique's, the others as alternatives ("phases:phase-balance").

    A finding says whether they agree: E_n = |x1 - x2| / sqrt(U1^2 + U2^2) with expanded (95 %)
    uncertainties is at most 1 (ISO 13528). Raises InputError where one technique measures a property twice.
    """
    found: dict[str, tuple[Technique, Estimate]] = {}
    for technique, estimates in measured:
        for prop, estimate in estimates.items():
            if prop not in found:
                found[prop] = (technique, estimate)
                continue
            first, kept = found[prop]
            if first is technique:
                raise InputError(
                    f"{prop} comes out of two [[{technique.section}]] tables",
                    where=where,
                    remedy="Keep one, or say in the other which specimen it is",
                )
            found[prop] = (first, _beside(kept, estimate, technique))
    return {prop: estimate for prop, (_, estimate) in found.items()}


def with_predicted(known: Mapping[str, Estimate], predicted: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """What was measured or declared, the prediction beside it; the prediction where there is nothing else.

    A measurement of the powder stands against what its route was predicted to give: the prediction is shown
    as an alternative that is not to be judged by, with a finding that says whether they agree.
    """
    found = dict(predicted)
    for prop, estimate in known.items():
        if prop not in predicted:
            found[prop] = estimate
            continue
        other = predicted[prop]
        beside = Alternative(other.recipe, other.outcome, False, "the property is measured")
        found[prop] = replace(
            estimate,
            alternatives=(*estimate.alternatives, beside),
            findings=(*estimate.findings, _against(estimate, other)),
        )
    return found


def _against(estimate: Estimate, predicted: Estimate) -> Finding:
    """Whether a measured value lies within what the route was predicted to give."""
    if estimate.value is None or predicted.value is None:
        return _censored_agreement(estimate, predicted, predicted.recipe)
    low, high = predicted.interval95
    reach = coverage_factor(math.inf) * estimate.standard_uncertainty
    inside = low - reach <= estimate.value <= high + reach
    text = f"{estimate.value:.4g} {estimate.unit}; by its route {low:.4g} to {high:.4g} (95 %)"
    return Finding("predicted", text if inside else f"{text}: outside", warning=not inside)


def _beside(kept: Estimate, other: Estimate, technique: Technique) -> Estimate:
    label = f"{technique.section}:{other.recipe}"
    return replace(
        kept,
        alternatives=(*kept.alternatives, Alternative(label, other.outcome, other.outcome.admissible)),
        findings=(*kept.findings, agreement(kept, other, label)),
        sources=tuple(dict.fromkeys((*kept.sources, *other.sources))),
    )


def agreement(one: Estimate, other: Estimate, label: str) -> Finding:
    """Whether two estimates of one property agree within their expanded uncertainties."""
    if one.value is None or other.value is None:
        return _censored_agreement(one, other, label)
    spread = math.hypot(one.standard_uncertainty, other.standard_uncertainty) * coverage_factor(math.inf)
    apart = abs(one.value - other.value)
    number = apart / spread if spread > 0.0 else math.inf if apart > 0.0 else 0.0
    text = f"{one.recipe} {one.value:.4g} and {label} {other.value:.4g} {one.unit}: E_n = {number:.2g}"
    if number <= 1.0:
        return Finding("balance", f"{text}, they agree")
    return Finding("balance", f"{text}, they do not agree: one of them is wrong", warning=True)


def _censored_agreement(one: Estimate, other: Estimate, label: str) -> Finding:
    low = max(one.interval95[0], other.interval95[0])
    high = min(one.interval95[1], other.interval95[1])
    shown = [f"below {e.below_limit:.3g}" if e.value is None else f"{e.value:.4g}" for e in (one, other)]
    text = f"{one.recipe} {shown[0]} and {label} {shown[1]} {one.unit}"
    if low <= high:
        return Finding("balance", f"{text}: they agree")
    return Finding("balance", f"{text}: they do not agree, one of them is wrong", warning=True)


def merged_facts(
    declared: Mapping[str, Fact], shown: Iterable[Fact]
) -> tuple[dict[str, Fact], dict[str, str]]:
    """Facts by name, and why a contradicted one is left undecided.

    What files show fills in what nobody declares, and stands as evidence beside what is declared. A
    yes against a no is undecided: neither is taken. Lists of elements from several files are joined.
    """
    facts = dict(declared)
    undecided: dict[str, str] = {}
    for fact in shown:
        other = facts.get(fact.name)
        if fact.name in undecided:
            continue
        if other is None:
            facts[fact.name] = replace(fact, exhaustive=not isinstance(fact.value, tuple))
        elif isinstance(other.value, bool) and other.value is not fact.value:
            undecided[fact.name] = _contradiction(other, fact)
            del facts[fact.name]
        else:
            facts[fact.name] = _supported(other, fact, declared=fact.name in declared)
    return facts, undecided


def _contradiction(one: Fact, other: Fact) -> str:
    def words(f: Fact) -> str:
        return f"{'yes' if f.value else 'no'} by {f.declared_by}{f' ({f.evidence})' if f.evidence else ''}"

    return f"{words(one)}, but {words(other)}. Correct the declaration or the file"


def _supported(one: Fact, other: Fact, *, declared: bool) -> Fact:
    evidence = "; ".join(e for e in (one.evidence, other.evidence) if e)
    if not isinstance(one.value, tuple) or not isinstance(other.value, tuple):
        return replace(one, evidence=evidence)
    if not declared:
        both = tuple(dict.fromkeys((*one.value, *other.value)))
        by = (
            one.declared_by
            if one.declared_by == other.declared_by
            else f"{one.declared_by}; {other.declared_by}"
        )
        return replace(one, value=both, declared_by=by, evidence=evidence)
    more = [e for e in other.value if e not in one.value]
    less = [e for e in one.value if e not in other.value]
    notes = [f"also found: {', '.join(more)}"] if more else []
    notes += [f"declared but not found: {', '.join(less)}"] if less else []
    return replace(one, evidence="; ".join((evidence, *notes)))

"""The verdict on one limitation: value, margin, probability, and the table over the recipes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace

from negatrode.claimsets.conformity import Conformity
from negatrode.claimsets.evidence import BASE, World
from negatrode.claimsets.library import fact_kind
from negatrode.claimsets.model import AnyOfClaims, ContainsLimit, FactLimit, IntervalLimit, Limitation
from negatrode.claimsets.verdict import (
    MET,
    NOT_MET,
    RECIPE_DEPENDENT,
    UNDECIDED,
    ClaimVerdict,
    LimitationVerdict,
    RecipeRow,
    Word,
)
from negatrode.core.catalogue import catalogue

HIDDEN = "the detection limit is too high to decide"


def judge_limitation(
    limit: Limitation, conformity: Conformity, found: Mapping[int, ClaimVerdict], over_worlds: set[Word]
) -> LimitationVerdict:
    """Judge one limitation; ``found`` are the verdicts on the claims that it may depend on.

    ``over_worlds``: for a dependency, its verdicts over all combinations of recipes.
    """
    if isinstance(limit, AnyOfClaims):
        return _claims(limit, conformity, found, over_worlds)
    if isinstance(limit, IntervalLimit):
        return _interval(limit, conformity)
    return _fact(limit, conformity)


def _interval(limit: IntervalLimit, conformity: Conformity) -> LimitationVerdict:
    rule = conformity.claim_set.decision
    holds = conformity.limit(limit)
    unit = conformity.units[limit.where]
    missing = tuple(n for n in conformity.leaves(limit) if n not in conformity.evidence.options)
    result = LimitationVerdict(
        kind="interval",
        property=limit.expression,
        verdict=holds.verdict(rule),
        probability=holds.probability,
        bounds=holds.bounds,
        limit=limit.interval.text(limit.expression, limit.unit),
        unit=unit,
        missing=missing,
        words=limit.words,
        reading=limit.reading,
        where=limit.where,
    )
    if missing:
        return replace(result, reason="; ".join(why_missing(n, conformity) for n in missing))
    rows = tuple(
        RecipeRow(
            {n: w.get(n, conformity.evidence.chosen(n)) for n in conformity.leaves(limit)},
            _value(limit, conformity, w),
            conformity.limit(limit, w).probability,
            conformity.limit(limit, w).verdict(rule),
        )
        for w in conformity.evidence.worlds(conformity.leaves(limit))
    )
    verdict = result.verdict if len({r.verdict for r in rows}) == 1 else RECIPE_DEPENDENT
    reason = HIDDEN if holds.is_hidden_by_limit(rule) else ""
    if verdict == RECIPE_DEPENDENT:
        reason = _disagreement(rows)
    measured = _measured(limit, conformity, result)
    return replace(measured, verdict=verdict, reason=reason, recipes=rows)


def _disagreement(rows: tuple[RecipeRow, ...]) -> str:
    parts = [f"{', '.join(f'{n} by {r}' for n, r in row.recipes.items())}: {row.verdict}" for row in rows]
    return "; ".join(parts[:4]) + ("" if len(parts) <= 4 else f"; and {len(parts) - 4} more")


def _value(limit: IntervalLimit, conformity: Conformity, world: World) -> float | None:
    values = _point(limit, conformity, world)
    if any(v is None for v in values.values()):
        return None
    return _at(limit, conformity, {n: v for n, v in values.items() if v is not None})


def _point(limit: IntervalLimit, conformity: Conformity, world: World) -> dict[str, float | None]:
    return {n: conformity.evidence.outcome(n, world).value for n in conformity.leaves(limit)}


def _at(limit: IntervalLimit, conformity: Conformity, values: Mapping[str, float]) -> float:
    import numpy as np

    exact = {n: np.float64(v) for n, v in values.items()}
    return float(conformity.quantities[limit.where].evaluate(exact))


def _measured(limit: IntervalLimit, conformity: Conformity, result: LimitationVerdict) -> LimitationVerdict:
    """The same with value, uncertainty and margin under the recipes in use."""
    interval = conformity.intervals[limit.where]
    value = _value(limit, conformity, BASE)
    if value is None:
        margins = [interval.margin(v) for v in _ends(limit, conformity) if not math.isnan(v)]
        return replace(result, below_limit=True, margin=_finite(min(margins, default=math.nan)))
    u = _uncertainty(limit, conformity)
    moved = _over_spans(limit, conformity)
    margin = _finite(min(interval.margin(v) for v in (value, *moved)))
    took = (min(value, *moved), max(value, *moved)) if moved else None
    scaled = margin / u if margin is not None and u else None
    return replace(result, value=value, standard_uncertainty=u, margin=margin, margin_in_u=scaled, took=took)


def _over_spans(limit: IntervalLimit, conformity: Conformity) -> list[float]:
    """Values at the ends of what a quantity took over a programme."""
    point = {n: v for n, v in _point(limit, conformity, BASE).items() if v is not None}
    spans = {
        n: [e.value for e in span if e.value is not None]
        for n in point
        if (span := conformity.evidence.outcome(n, BASE).span) is not None
    }
    if not spans:
        return []
    corners = itertools.product(*spans.values())
    return [_at(limit, conformity, {**point, **dict(zip(spans, c, strict=True))}) for c in corners]


def _ends(limit: IntervalLimit, conformity: Conformity) -> list[float]:
    """The values at the corners of what lies below a limit of detection."""
    point = _point(limit, conformity, BASE)
    spans = [
        (v,) if v is not None else (0.0, conformity.evidence.outcome(n, BASE).below_limit or 0.0)
        for n, v in point.items()
    ]
    rows = itertools.islice(itertools.product(*spans), 64)
    return [_at(limit, conformity, dict(zip(point, row, strict=True))) for row in rows]


def _uncertainty(limit: IntervalLimit, conformity: Conformity) -> float | None:
    """Standard uncertainty: of the outcome itself, or of the draws of an expression."""
    leaves = conformity.leaves(limit)
    quantity = conformity.quantities[limit.where]
    if quantity.expression.is_name and not quantity.derived:
        return conformity.evidence.outcome(leaves[0], BASE).standard_uncertainty
    drawn = quantity.evaluate({n: conformity.evidence.values(n, BASE) for n in leaves})
    if (
        not all(conformity.evidence.outcome(n, BASE).components for n in leaves)
        and drawn.min() == drawn.max()
    ):
        return 0.0
    spread = float(drawn.std()) if math.isfinite(drawn.min()) and math.isfinite(drawn.max()) else math.nan
    return _finite(spread)


def _finite(value: float) -> float | None:
    # 12 digits: the distance of 1.3 from 1.0 is 0.3, whatever the last bit says
    return float(f"{value:.12g}") if math.isfinite(value) else None


def why_missing(name: str, conformity: Conformity) -> str:
    """Why a property or a fact is missing, and what it is."""
    kind = fact_kind(conformity.claim_set, name)
    if name in catalogue():
        return f"{name}: {conformity.sample.unmeasured.get(name, 'not measured')}"
    section = f" under [{kind.section}]" if kind else ""
    if name in conformity.sample.unmeasured:
        return f"{name}: {conformity.sample.unmeasured[name]}"
    fact = conformity.sample.facts.get(name)
    if fact is not None and isinstance(fact.value, tuple):
        return f"{name}: files show {', '.join(fact.value)}; what was not analysed is not known{section}"
    return f"{name}: not declared{section}"


def _fact(limit: FactLimit | ContainsLimit, conformity: Conformity) -> LimitationVerdict:
    holds = conformity.limit(limit)
    fact = conformity.sample.facts.get(limit.fact)
    verdict = holds.verdict(conformity.claim_set.decision)
    contains = isinstance(limit, ContainsLimit)
    open_ = fact is None or (not fact.exhaustive and verdict == UNDECIDED)
    return LimitationVerdict(
        kind="contains" if contains else "fact",
        property=limit.fact,
        verdict=verdict,
        probability=holds.probability,
        bounds=holds.bounds,
        limit=fact_limit_text(limit),
        value=None if fact is None else fact.value,
        missing=(limit.fact,) if open_ else (),
        reason=why_missing(limit.fact, conformity) if open_ else "",
        words=limit.words,
        reading=limit.reading,
        where=limit.where,
    )


def fact_limit_text(limit: FactLimit | ContainsLimit) -> str:
    """What a fact must be.

    >>> fact_limit_text(ContainsLimit("phase_a_elements", ("Sn", "Si"), 1))
    'at least 1 of Sn, Si'
    """
    if isinstance(limit, FactLimit):
        return str(limit.value).lower() if isinstance(limit.value, bool) else limit.value
    shown = limit.of if len(limit.of) <= 20 else (*limit.of[:8], f"... ({len(limit.of)} in all)")
    return f"at least {limit.at_least} of {', '.join(shown)}"


def _claims(
    limit: AnyOfClaims, conformity: Conformity, found: Mapping[int, ClaimVerdict], over_worlds: set[Word]
) -> LimitationVerdict:
    holds = conformity.limit(limit)
    parents = [found[p] for p in limit.claims]
    return LimitationVerdict(
        kind="claims",
        property=limit.text(),
        verdict=_dependency(over_worlds, parents),
        probability=holds.probability,
        bounds=holds.bounds,
        limit="met" if len(parents) == 1 else "at least one met",
        missing=_missing_above(parents, bool((holds.low != holds.high).any())),
        reason=", ".join(f"claim {p.claim} {p.verdict}" for p in parents[:4])
        + ("" if len(parents) <= 4 else ", ..."),
        words=limit.words,
        reading=limit.reading,
        where=limit.where,
    )


def _dependency(over_worlds: set[Word], parents: list[ClaimVerdict]) -> Word:
    """One parent's verdict is the dependency's; of several, one that is met suffices."""
    if len(parents) == 1:
        return parents[0].verdict
    if over_worlds <= {MET} or over_worlds <= {NOT_MET}:
        return next(iter(over_worlds))
    alive = [p for p in parents if p.verdict != NOT_MET]
    if len(over_worlds) > 1 or all(p.verdict == RECIPE_DEPENDENT for p in alive):
        return RECIPE_DEPENDENT
    return UNDECIDED


def _missing_above(parents: list[ClaimVerdict], is_open: bool) -> tuple[str, ...]:
    """What is missing to decide "any one of": the least that one parent still needs."""
    if not is_open:
        return ()
    alive = [p.missing for p in parents if p.verdict != NOT_MET and p.missing]
    return min(alive, key=len, default=())

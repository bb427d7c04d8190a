"""Derived properties: arithmetic of estimates, uncertainty by linear propagation over shared inputs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping

from negatrode.core.catalogue import Property, catalogue
from negatrode.core.estimate import Alternative, Component, Estimate, Finding, Outcome, Sampled
from negatrode.core.expression import Expression, parse

MAX_COMBINATIONS = 64


def derive(prop: Property, operands: Mapping[str, Estimate]) -> Estimate | None:
    """The estimate of a property that the catalogue defines by an expression.

    Sensitivities are central differences; components keep their keys, so that a shared input
    (a size scale in D4 and in D1) cancels or adds as it should. The alternatives are the combinations
    of the operands' recipes. None where an operand is missing or below its limit.
    """
    expression = parse(prop.expression)
    if not all(name in operands for name in expression.names):
        return None
    chosen = [operands[name] for name in expression.names]
    outcome = _combine(expression, {e.measurand: e.outcome for e in chosen})
    if outcome is None:
        return None
    return Estimate(
        measurand=prop.name,
        unit=prop.unit,
        outcome=outcome,
        recipe=_label(chosen),
        recipe_version="1",
        alternatives=tuple(_alternatives(expression, chosen)),
        findings=tuple(_findings(chosen)),
        sources=tuple(dict.fromkeys(s for e in chosen for s in e.sources)),
        settings={k: v for e in chosen for k, v in e.settings.items()},
        confidence=_weakest(e.confidence for e in chosen),
    )


def _weakest(words: Iterable[str]) -> str:
    """Of predictions and measurements together: the weakest prediction's word."""
    found = set(words)
    return next((w for w in ("weak", "usable", "strong") if w in found), "")


def with_derived(estimates: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """The estimates with every derived property that they allow added."""
    full = dict(estimates)
    for prop in catalogue().values():
        if prop.expression and prop.name not in full and (found := derive(prop, full)) is not None:
            full[prop.name] = found
    return full


def _label(chosen: Iterable[Estimate]) -> str:
    return " + ".join(f"{e.measurand}:{e.recipe}" for e in chosen)


def _findings(chosen: Iterable[Estimate]) -> Iterable[Finding]:
    seen: set[str] = set()
    for e in chosen:
        for f in e.findings:
            if f.warning and f.code not in seen:
                seen.add(f.code)
                yield f


def _combine(expression: Expression, outcomes: Mapping[str, Outcome]) -> Outcome | None:
    values = {name: o.value for name, o in outcomes.items()}
    if any(v is None for v in values.values()):
        return None
    point = {name: float(v) for name, v in values.items() if v is not None}
    try:
        value = float(expression.evaluate(point))
    except ZeroDivisionError:
        return None
    components: list[Component] = []
    for name, outcome in outcomes.items():
        slope = _slope(expression, point, name)
        components += [
            Component(f"{name}: {c.source}", slope * c.u, c.key, c.dof) for c in outcome.components
        ]
    log_scale = any(o.log_scale for o in outcomes.values())
    return Outcome(value, tuple(components), log_scale=log_scale, sampled=_sampled(expression, outcomes))


def _sampled(expression: Expression, outcomes: Mapping[str, Outcome]) -> Sampled | None:
    """The draws of the derived property, where all operands were drawn together."""
    import numpy as np

    found = {name: o.sampled for name, o in outcomes.items() if o.sampled is not None}
    keys = {(s.key, len(s.values)) for s in found.values()}
    if len(found) < len(outcomes) or len(keys) != 1:
        return None
    with np.errstate(all="ignore"):
        values = expression.evaluate({name: np.asarray(s.values) for name, s in found.items()})
    if not np.isfinite(values).all():
        return None
    return Sampled(next(iter(keys))[0], tuple(values.tolist()))


def _slope(expression: Expression, point: Mapping[str, float], name: str) -> float:
    step = 1e-6 * (abs(point[name]) or 1.0)
    high = expression.evaluate({**point, name: point[name] + step})
    low = expression.evaluate({**point, name: point[name] - step})
    slope = float(high - low) / (2.0 * step)
    return slope if math.isfinite(slope) else 0.0


def _alternatives(expression: Expression, chosen: list[Estimate]) -> Iterable[Alternative]:
    options = [
        [(e.recipe, e.outcome, True, "")]
        + [(a.recipe, a.outcome, a.admissible, a.why_not) for a in e.alternatives if a.outcome is not None]
        for e in chosen
    ]
    combinations = itertools.islice(itertools.product(*options), 1, MAX_COMBINATIONS)
    for combination in combinations:
        outcomes = {e.measurand: c[1] for e, c in zip(chosen, combination, strict=True)}
        label = " + ".join(f"{e.measurand}:{c[0]}" for e, c in zip(chosen, combination, strict=True))
        outcome = _combine(expression, outcomes)
        why = "; ".join(dict.fromkeys(c[3] for c in combination if not c[2]))
        yield Alternative(label, outcome, all(c[2] for c in combination) and outcome is not None, why)

"""Predictions as estimates: value, draws, the uncertain numbers behind them, and the words of confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from negatrode.core.catalogue import catalogue
from negatrode.core.errors import InputError
from negatrode.core.estimate import Alternative, Component, Estimate, Finding, Outcome, Sampled
from negatrode.core.provenance import Source
from negatrode.material.predicted import Predicted
from negatrode.material.prior import Draws, prior
from negatrode.process.made import Made

Array = NDArray[np.float64]
PREDICTED = "predicted"
_VERSION = "1"
# The squared correlation of independent inputs exceeds 10 / n once in 1500.
_CHANCE = 10.0


def estimates_of(made: Made, key: str, source: Source) -> dict[str, Estimate]:
    """The estimates of a made powder by property; ``key`` names its draws (those of a route belong together).

    The value is the median of the draws; its 95 % interval and every probability come from the draws
    themselves. The components say how much of the spread each uncertain number explains (its covariance with
    the prediction, numbers being independent), and what is left.
    """
    found = {}
    for name, p in made.predictions.items():
        row = catalogue()[name]
        others = made.alternatives.get(name, {})
        found[name] = Estimate(
            measurand=name,
            unit=row.unit,
            outcome=_with_span(_outcome(p, made.draws, key), made, name, key),
            recipe=PREDICTED,
            recipe_version=_VERSION,
            alternatives=tuple(
                Alternative(f"{PREDICTED}-{recipe}", _outcome(o, made.draws, key), True)
                for recipe, o in others.items()
            ),
            findings=(Finding("predicted", f"{p.confidence}: {p.how}"),),
            sources=(source,),
            confidence=p.confidence,
        )
    return found


def _with_span(outcome: Outcome, made: Made, name: str, key: str) -> Outcome:
    """With the lowest and highest value over the programme."""
    if name not in made.spans:
        return outcome
    low, high = (_outcome(p, made.draws, key) for p in made.spans[name])
    return replace(outcome, span=(low, high))


def _outcome(p: Predicted, draws: Draws, key: str) -> Outcome:
    values = np.asarray(p.values, dtype=np.float64)
    if values.shape != (draws.n,) or not np.isfinite(values).all():
        raise InputError(
            f"{p.name}: a prediction that is no number in {np.count_nonzero(~np.isfinite(values))} draws",
            rule=f"{draws.n} finite values",
        )
    sampled = Sampled(key, tuple(values.tolist()))
    return Outcome(float(np.median(values)), components_of(values, draws), sampled=sampled)


def components_of(values: Array, draws: Draws) -> tuple[Component, ...]:
    """What each uncertain number contributes to the standard deviation of a prediction, largest first."""
    spread = float(values.std())
    if spread == 0.0:
        return ()
    scaled = (values - values.mean()) / spread
    found: list[Component] = []
    for name, z in draws.items():
        width = float(z.std())
        r = float(np.mean(scaled * (z - z.mean()))) / width if width > 0.0 else 0.0
        if r * r > _CHANCE / draws.n:
            found.append(Component(_title(name), r * spread, f"prior:{name}"))
    explained = sum(c.u**2 for c in found)
    if explained > spread**2:  # correlations of chance add up: scaled back to the whole
        ratio = spread / explained**0.5
        return tuple(
            sorted((Component(c.source, c.u * ratio, c.key) for c in found), key=lambda c: -abs(c.u))
        )
    rest = (spread**2 - explained) ** 0.5
    found.append(Component("all other numbers, and what is not linear", rest, f"rest:{_digest(values)}"))
    return tuple(sorted(found, key=lambda c: -abs(c.u)))


def _title(name: str) -> str:
    p = prior(name)
    return f"{p.title or name} [{p.mark}, {p.confidence}]"


def _digest(values: Array) -> str:
    import hashlib

    return hashlib.sha256(values.tobytes()).hexdigest()[:16]


def probability_between(values: Array, low: float, high: float) -> float:
    """Share of the draws from ``low`` to ``high``."""
    return float(np.mean((values >= low) & (values <= high)))


def as_table(made: Made) -> list[Mapping[str, object]]:
    """Rows of a summary: property, unit, median, 90 % interval, confidence word."""
    rows: list[Mapping[str, object]] = []
    for name, p in made.predictions.items():
        low, high = p.interval()
        rows.append(
            {
                "property": name,
                "unit": p.unit,
                "median": p.median,
                "interval90": [low, high],
                "confidence": p.confidence,
            }
        )
    return rows

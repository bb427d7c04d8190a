"""Which draws conform: limitations, conjunctions and dependencies as arrays of true and false.

Every draw is one possible truth of the whole sample. A limitation holds in some draws; a claim holds
in those where all of its limitations do, "any one of claims" in those where one of them does. What is
missing is bounded: it may hold in all draws or in none.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from negatrode.claimsets.dimension import in_unit, unit_of
from negatrode.claimsets.evidence import BASE, Evidence, Quantity, World, trace
from negatrode.claimsets.facts import holds as fact_holds
from negatrode.claimsets.grammar import Interval
from negatrode.claimsets.model import (
    AnyOfClaims,
    ClaimSet,
    DecisionRule,
    IntervalLimit,
    Limitation,
    in_order,
)
from negatrode.claimsets.verdict import MET, NOT_MET, UNDECIDED, Word
from negatrode.core.catalogue import lookup
from negatrode.core.expression import parse
from negatrode.core.sample import Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_Recipes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Holds:
    """Where something holds, shape (n,) each.

    ``low`` and ``high`` differ where something is missing; ``worst`` and ``best`` also span everything
    that a value below its limit of detection may be.
    """

    low: NDArray[np.bool_]
    high: NDArray[np.bool_]
    worst: NDArray[np.bool_]
    best: NDArray[np.bool_]

    @property
    def probability(self) -> float | None:
        """The probability of conformity; None where what is missing leaves it open."""
        low, high = self._shares[:2]
        return low if low == high else None

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest probability that the evidence allows."""
        return self._shares[2:]

    @cached_property
    def _shares(self) -> tuple[float, float, float, float]:
        import numpy as np

        arrays = (self.low, self.high, self.worst, self.best)
        known = {id(a): float(np.count_nonzero(a)) / a.size for a in arrays}
        low, high, worst, best = (known[id(a)] for a in arrays)
        return low, high, worst, best

    def verdict(self, rule: DecisionRule) -> Word:
        """Met or not met where all that the evidence allows agrees, else undecided."""
        return decide(*self.bounds, rule)

    def is_hidden_by_limit(self, rule: DecisionRule) -> bool:
        """Whether a limit of detection alone keeps this from being decided."""
        ends = (decide(p, p, rule) for p in self.bounds)
        return self.verdict(rule) == UNDECIDED and self.probability is not None and len(set(ends)) > 1


def decide(low: float, high: float, rule: DecisionRule) -> Word:
    """The decision on a probability between two bounds.

    >>> decide(0.97, 0.99, DecisionRule()), decide(0.0, 0.99, DecisionRule())
    ('met', 'undecided')
    """
    if low >= rule.met:
        return MET
    return NOT_MET if high <= rule.not_met else UNDECIDED


def _combine(parts: list[Holds], *, every: bool) -> Holds:
    join = and_ if every else or_
    low = reduce(join, (p.low for p in parts))
    # most of the time nothing is missing and nothing censored: one array serves as all four
    high = low if all(p.high is p.low for p in parts) else reduce(join, (p.high for p in parts))
    worst = low if all(p.worst is p.low for p in parts) else reduce(join, (p.worst for p in parts))
    best = high if all(p.best is p.high for p in parts) else reduce(join, (p.best for p in parts))
    return Holds(low, high, worst, best)


class Conformity:
    """A claim set on the evidence of a sample; everything computed once for each world of recipes."""

    def __init__(self, claim_set: ClaimSet, sample: Sample, *, n: int, seed: int) -> None:
        self.claim_set = claim_set
        self.sample = sample
        self.order = in_order(claim_set)
        self.quantities: dict[str, Quantity] = {}
        self.intervals: dict[str, Interval] = {}
        self.units: dict[str, str] = {}
        for claim in self.order:
            for limit in claim.limitations:
                if isinstance(limit, IntervalLimit):
                    self._prepare(limit)
        names = [n for q in self.quantities.values() for n in q.leaves]
        self.evidence = Evidence(sample, names, n=n, seed=seed)
        self._cones = self._all_cones()
        self._limits: dict[tuple[str, _Recipes], Holds] = {}
        self._claims: dict[tuple[int, _Recipes], Holds] = {}

    def _prepare(self, limit: IntervalLimit) -> None:
        expression = parse(limit.expression)
        unit = unit_of(expression, {n: lookup(n).unit for n in expression.names})
        if expression.is_name:
            unit = lookup(expression.names[0]).unit
        self.units[limit.where] = unit
        self.intervals[limit.where] = in_unit(limit.interval, limit.unit, unit)
        self.quantities[limit.where] = trace(expression, self.sample)

    def _all_cones(self) -> dict[int, tuple[str, ...]]:
        cones: dict[int, tuple[str, ...]] = {}
        for claim in self.order:
            own = [n for x in claim.limitations if x.where in self.quantities for n in self.leaves(x)]
            above = [n for p in claim.parents for n in cones[p]]
            cones[claim.number] = tuple(dict.fromkeys([*above, *own]))
        return cones

    def leaves(self, limit: Limitation) -> tuple[str, ...]:
        """The measured properties that a limitation rests on (those of the parents for a dependency)."""
        if isinstance(limit, AnyOfClaims):
            return tuple(dict.fromkeys(n for p in limit.claims for n in self._cones[p]))
        return self.quantities[limit.where].leaves if limit.where in self.quantities else ()

    def cone(self, number: int) -> tuple[str, ...]:
        """The measured properties that a claim rests on, its parents' included."""
        return self._cones[number]

    def limit(self, limit: Limitation, world: World = BASE) -> Holds:
        """Where a limitation holds in a world of recipes."""
        key = (limit.where, _restricted(world, self.leaves(limit)))
        if key not in self._limits:
            if isinstance(limit, AnyOfClaims):
                above = self.claims(world)
                self._limits[key] = _combine([above[p] for p in limit.claims], every=False)
            else:
                self._limits[key] = self._evaluate(limit, world)
        return self._limits[key]

    def claims(self, world: World = BASE) -> Mapping[int, Holds]:
        """Where each claim holds in a world of recipes."""
        found: dict[int, Holds] = {}
        for claim in self.order:
            key = (claim.number, _restricted(world, self.cone(claim.number)))
            if key not in self._claims:
                parts = [self._part(x, found, world) for x in claim.limitations]
                self._claims[key] = _combine(parts, every=True)
            found[claim.number] = self._claims[key]
        return found

    def _part(self, limit: Limitation, found: Mapping[int, Holds], world: World) -> Holds:
        if not isinstance(limit, AnyOfClaims):
            return self.limit(limit, world)
        return _combine([found[p] for p in limit.claims], every=False)

    def with_evidence(self, evidence: Evidence, changed: str | None) -> Conformity:
        """The same claims on other evidence; what does not rest on the changed property is kept."""
        other = object.__new__(Conformity)
        other.__dict__.update(self.__dict__)
        other.evidence = evidence
        other._limits, other._claims = {}, {}
        if changed is not None:
            plain = {
                x.where
                for c in self.order
                for x in c.limitations
                if not isinstance(x, AnyOfClaims) and changed not in self.leaves(x)
            }
            other._limits = {k: h for k, h in self._limits.items() if k[0] in plain}
        return other

    def _evaluate(self, limit: Limitation, world: World) -> Holds:
        import numpy as np

        n = self.evidence.n
        none, every = np.zeros(n, bool), np.ones(n, bool)
        if not isinstance(limit, IntervalLimit):
            known = fact_holds(limit, self.sample, self.claim_set)
            low, high = (none if known is not True else every), (none if known is False else every)
            return Holds(low, high, low, high)
        leaves = self.leaves(limit)
        if any(name not in self.evidence.options for name in leaves):
            return Holds(none, every, none, every)
        interval, quantity = self.intervals[limit.where], self.quantities[limit.where]
        values = {name: self.evidence.values(name, world) for name in leaves}
        middle = interval.holds(quantity.evaluate(values))
        for ends in self._corners(leaves, world):
            middle = middle & interval.holds(quantity.evaluate({**values, **ends}))
        worst = best = middle
        for fixed in self._extremes(leaves, world):
            at = interval.holds(quantity.evaluate({**values, **{k: np.full(n, v) for k, v in fixed.items()}}))
            worst, best = worst & at, best | at
        return Holds(middle, middle, worst, best)

    def _corners(self, leaves: tuple[str, ...], world: World) -> Iterator[dict[str, NDArray[np.float64]]]:
        """Draws of the quantities at the corners of what they took over a programme."""
        spans = {n: s for n in leaves if (s := self.evidence.span(n, world)) is not None}
        if spans:
            for corner in itertools.product(*spans.values()):
                yield dict(zip(spans, corner, strict=True))

    def _extremes(self, leaves: tuple[str, ...], world: World) -> Iterator[dict[str, float]]:
        """Values that the properties below their limits of detection may have: ends, and some between."""
        limits = {
            name: outcome.below_limit or 0.0
            for name in leaves
            if (outcome := self.evidence.outcome(name, world)).value is None
        }
        steps = {0: (), 1: (0.0, 0.25, 0.5, 0.75, 1.0), 2: (0.0, 0.5, 1.0)}.get(len(limits), (0.0, 1.0))
        if not limits or len(limits) > 6:
            rows: list[tuple[float, ...]] = [(s,) * len(limits) for s in steps] if limits else []
        else:
            rows = list(itertools.product(steps, repeat=len(limits)))
        for row in rows:
            yield {name: share * top for (name, top), share in zip(limits.items(), row, strict=True)}


def _restricted(world: World, names: tuple[str, ...]) -> _Recipes:
    if not world:
        return ()
    return tuple(sorted((n, r) for n, r in world.items() if n in names))

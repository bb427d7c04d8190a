"""What a sample says of the quantities that claims limit: outcomes by recipe, and joint draws made once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from negatrode.core.catalogue import catalogue
from negatrode.core.draws import joint_draws
from negatrode.core.errors import InputError, UnitError
from negatrode.core.estimate import Estimate, Outcome
from negatrode.core.expression import Expression, parse
from negatrode.core.sample import Sample
from negatrode.core.units import spell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_COMBINATIONS = 64
MAX_LISTED = 4096
# property -> recipe, where it is not the one in use
World = Mapping[str, str]
BASE: World = {}


@dataclass(frozen=True)
class Quantity:
    """An expression with the derived properties in it traced back to what was measured.

    S * Dv50 is evaluated draw by draw from S and from Dv50, so that what it shares with the limit on
    Dv50 alone stays shared, and no linearisation stands between.
    """

    expression: Expression
    derived: Mapping[str, Quantity]

    @property
    def leaves(self) -> tuple[str, ...]:
        """The properties that the sample must hold, in order of appearance."""
        found = (self.derived[n].leaves if n in self.derived else (n,) for n in self.expression.names)
        return tuple(dict.fromkeys(itertools.chain.from_iterable(found)))

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The value for arrays or numpy floats; a division by zero gives inf or nan without a word."""
        import numpy as np

        with np.errstate(all="ignore"):
            return self._evaluate(values)

    def _evaluate(self, values: Mapping[str, Any]) -> Any:
        parts = {n: q._evaluate(values) for n, q in self.derived.items()}
        return self.expression.evaluate({**values, **parts})


def trace(expression: Expression, sample: Sample) -> Quantity:
    """The expression with its derived properties expanded where the sample derives them itself."""
    derived = {}
    for name in expression.names:
        row = catalogue().get(name)
        if row is None or not row.expression:
            continue
        inner = parse(row.expression)
        if name not in sample.estimates or _is_derived(sample.estimates[name], inner, sample):
            derived[name] = trace(inner, sample)
    return Quantity(expression, derived)


def _is_derived(estimate: Estimate, inner: Expression, sample: Sample) -> bool:
    """Whether an estimate was computed from its operands and not declared or measured as such."""
    operands = [sample.estimates.get(n) for n in inner.names]
    label = " + ".join(f"{e.measurand}:{e.recipe}" for e in operands if e is not None)
    return all(e is not None for e in operands) and estimate.recipe == label


def admissible(estimate: Estimate) -> dict[str, Outcome]:
    """The outcomes by recipe: the one in use first, then the other admissible ones."""
    found = {estimate.recipe: estimate.outcome}
    for other in estimate.alternatives:
        if other.admissible and other.outcome is not None and other.outcome.admissible:
            found.setdefault(other.recipe, other.outcome)
    return found


class Evidence:
    """Outcomes and draws of some properties of a sample, under every admissible recipe."""

    def __init__(self, sample: Sample, names: Iterable[str], *, n: int, seed: int) -> None:
        self.n = n
        self.options = {
            name: admissible(_checked(name, sample.estimates[name]))
            for name in dict.fromkeys(names)
            if name in sample.estimates
        }
        keys = {f"{n}|{r}": (n, r) for n, found in self.options.items() for r in found}
        outcomes = {k: self.options[p][r] for k, (p, r) in keys.items()}
        ends = {f"{k}|{i}": o.span[i] for k, o in outcomes.items() if o.span is not None for i in (0, 1)}
        drawn = joint_draws({**outcomes, **ends}, n=n, seed=seed)
        self.draws = {keys[k]: _physical(keys[k][0], drawn[k]) for k in outcomes}
        self.spans = {keys[k]: (drawn[f"{k}|0"], drawn[f"{k}|1"]) for k in outcomes if f"{k}|0" in ends}

    def chosen(self, name: str) -> str:
        """The recipe in use."""
        return next(iter(self.options[name]))

    def outcome(self, name: str, world: World) -> Outcome:
        """The outcome of a property in a world of recipes."""
        return self.options[name][world.get(name, self.chosen(name))]

    def values(self, name: str, world: World) -> NDArray[np.float64]:
        """The draws of a property in a world of recipes, shape (n,)."""
        return self.draws[name, world.get(name, self.chosen(name))]

    def span(self, name: str, world: World) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Draws of the lowest and the highest value that a property took, where it took several."""
        return self.spans.get((name, world.get(name, self.chosen(name))))

    def worlds(self, names: Iterable[str]) -> list[World]:
        """The combinations of recipes of some properties, fewest changes first, at most 64."""
        known = [n for n in names if n in self.options]
        options = [list(self.options[n]) for n in known]
        if math.prod(len(o) for o in options) <= MAX_LISTED:
            every = list(itertools.product(*options))
        else:
            every = [tuple(o[0] for o in options)]
            every += [(*every[0][:i], r, *every[0][i + 1 :]) for i, o in enumerate(options) for r in o[1:]]
        found: list[World] = [
            {n: r for n, r in zip(known, row, strict=True) if r != self.chosen(n)} for row in every
        ]
        return sorted(found, key=len)[:MAX_COMBINATIONS]

    def is_cut(self, names: Iterable[str]) -> bool:
        """Whether ``worlds`` leaves combinations out."""
        return math.prod(len(self.options[n]) for n in names if n in self.options) > MAX_COMBINATIONS

    def replaced(self, name: str, outcome: Outcome, values: NDArray[np.float64]) -> Evidence:
        """The same with another outcome and other draws of one property under the recipe in use."""
        other = object.__new__(Evidence)
        recipe = self.chosen(name)
        other.n, other.options = self.n, {**self.options, name: {**self.options[name], recipe: outcome}}
        other.spans = {k: s for k, s in self.spans.items() if k != (name, recipe)}
        other.draws = {**self.draws, (name, recipe): values}
        return other

    def first(self, n: int) -> Evidence:
        """The same with the first n draws only."""
        other = object.__new__(Evidence)
        other.n, other.options = min(n, self.n), self.options
        other.spans = {key: (low[:n], high[:n]) for key, (low, high) in self.spans.items()}
        other.draws = {key: values[:n] for key, values in self.draws.items()}
        return other


def _physical(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draws of a content, length or ratio cut at zero: noise below it is no negative content."""
    row = catalogue().get(name)
    if row is None or row.low < 0.0 or row.unit == "degC":
        return values
    values.clip(0.0, None, out=values)
    return values


def _checked(name: str, estimate: Estimate) -> Estimate:
    row = catalogue().get(name)
    if row is not None and spell(estimate.unit) != spell(row.unit):
        raise UnitError(
            f"the estimate of {name} is in '{estimate.unit}'", rule=f"estimates are in '{row.unit}'"
        )
    for recipe, outcome in admissible(estimate).items():
        numbers = [outcome.below_limit if outcome.value is None else outcome.value]
        numbers += [c.u for c in outcome.components]
        if any(v is None or not math.isfinite(v) for v in numbers):
            raise InputError(
                f"the estimate of {name} by '{recipe}' has no finite value, limit or uncertainty",
                rule="an estimate is a number with an uncertainty, or below a limit",
            )
    return estimate

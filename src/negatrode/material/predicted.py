"""What a link predicts: draws, never a point, with the words that say how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws, prior, weakest

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Predicted:
    """A quantity predicted by a link.

    ``values`` of shape (n,): the joint draws, of which the first is the central one. ``how``: the equation in
    words. ``keys``: the priors that it uses, and with them marks, intervals and sources.
    """

    name: str
    title: str
    unit: str
    values: Array
    confidence: str
    how: str
    keys: tuple[str, ...] = ()

    @property
    def median(self) -> float:
        """Median of the draws."""
        return float(np.median(self.values))

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Central interval that holds ``level`` of the draws."""
        low, high = np.quantile(self.values, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its numbers come from, each with its mark."""
        found: dict[str, None] = {}
        for key in self.keys:
            p = prior(key)
            found[f"[{p.mark}] {p.source}"] = None
        return tuple(found)


@dataclass(eq=False)
class Known:
    """Draws of what is known of a sample, and of the priors that the links take; what was assumed is noted.

    ``measured`` are the joint draws of the sample's properties by catalogue name, shape (n,) each. A property
    that is not there is drawn from a link or a prior by :meth:`get`, and stands in ``assumed``.
    """

    measured: Mapping[str, Array]
    draws: Draws
    assumed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in self.measured.items():
            if values.shape != (self.draws.n,):
                raise InputError(f"{name}: draws of shape {values.shape}", rule=f"({self.draws.n},)")

    def has(self, name: str) -> bool:
        """Whether a property of the sample is known."""
        return name in self.measured

    def value(self, key: str) -> Array:
        """Draws of a prior."""
        return self.draws.value(key)

    def get(self, name: str, key: str) -> Array:
        """Draws of a property, from the prior ``key`` where it is not known."""
        if name in self.measured:
            return self.measured[name]
        p = prior(key)
        self.assumed[name] = f"not measured: {p.low:.3g} to {p.high:.3g} {p.unit} taken ({p.source})"
        return self.value(key)


def predicted(
    known: Known, name: str, title: str, unit: str, values: Array, how: str, keys: tuple[str, ...], word: str
) -> Predicted:
    """A prediction whose confidence is ``word``, or weaker where an input had to be assumed."""
    confidence = weakest([word, "weak"]) if any(k in known.assumed for k in _inputs(how)) else word
    return Predicted(name, title, unit, np.asarray(values, dtype=np.float64), confidence, how, keys)


def _inputs(how: str) -> list[str]:
    """Property names that stand in the words of an equation."""
    return [word.strip("(),;*/+-") for word in how.replace("(", " ").replace(")", " ").split()]

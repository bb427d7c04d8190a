"""Estimates: a value or "below limit", its uncertainty by source, its recipe and the other recipes.

Uncertainty follows the GUM: an estimate is a linear form of independent inputs. Two estimates that
share an input (same file, same standard) carry a component with the same ``key`` and signed
sensitivities, so that joint draws reproduce their correlation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from negatrode.core.provenance import Source, Stated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Component:
    """One contribution to an uncertainty.

    Attributes
    ----------
    source:
        In words ("displacement of the sample, no Si standard").
    u:
        Signed standard uncertainty in the property's unit: sensitivity times the input's standard
        uncertainty. The sign matters where the input (``key``) is shared.
    key:
        Identifies the independent input. The same key in two estimates is the same input.
    dof:
        Degrees of freedom of the input's evaluation (infinite unless from few repeats).
    """

    source: str
    u: float
    key: str
    dof: float = math.inf


@dataclass(frozen=True)
class Sampled:
    """An outcome given by its draws (a prediction whose distribution is no normal one).

    Outcomes with the same ``key`` were drawn together: draw i of one belongs to draw i of the other. The
    first is the central one. All of one key have the same number of values.
    """

    key: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Finding:
    """Something a reader of the result should know; ``warning`` where it may move the result."""

    code: str
    text: str
    warning: bool = False


@dataclass(frozen=True)
class Recipe:
    """A named, versioned way to get a property from data.

    ``basis``: "definition", "standard", "convention", "reconstructed" (from general house practice;
    not the patent's own words) or "predicted". ``default`` marks the one used unless another is asked for.
    """

    measurand: str
    name: str
    version: str
    summary: str
    basis: str
    reference: str = ""
    default: bool = False


@dataclass(frozen=True)
class Outcome:
    """What one recipe gives on one set of data, in the property's catalogue unit.

    A below-limit outcome has ``value`` None and ``below_limit`` set. ``admissible`` False: computed,
    shown, but not to be used, because of ``why_not``. ``log_scale``: the components act on ln(value)
    (u is still given in the property's unit, at the value). ``bounds``: what the property cannot leave (a
    fraction stays within 0 and 1); the interval is cut there. ``sampled``: the draws, where the components
    are only their linear part. ``span``: lowest and highest of the values that the quantity took
    (temperatures of a furnace programme); what is asked of it is asked of all of them.
    """

    value: float | None
    components: tuple[Component, ...] = ()
    below_limit: float | None = None
    admissible: bool = True
    why_not: str = ""
    findings: tuple[Finding, ...] = ()
    log_scale: bool = False
    bounds: tuple[float, float] = (-math.inf, math.inf)
    sampled: Sampled | None = None
    span: tuple[Outcome, Outcome] | None = None

    @property
    def standard_uncertainty(self) -> float:
        """Root sum of squares of the components (same keys are added first, with their signs)."""
        return combined(self.components)


@dataclass(frozen=True)
class Alternative:
    """The outcome of another recipe, or the reason why it gave none."""

    recipe: str
    outcome: Outcome | None
    admissible: bool
    why_not: str = ""

    @property
    def value(self) -> float | None:
        """The value, where there is one."""
        return self.outcome.value if self.outcome else None


@dataclass(frozen=True)
class Estimate:
    """A property of a sample, measured, declared, derived or predicted.

    ``confidence``: of a prediction, "strong", "usable" or "weak"; "" of everything else.
    """

    measurand: str
    unit: str
    outcome: Outcome
    recipe: str
    recipe_version: str = "1"
    alternatives: tuple[Alternative, ...] = ()
    findings: tuple[Finding, ...] = ()
    sources: tuple[Source, ...] = ()
    settings: Mapping[str, Stated] = field(default_factory=dict)
    declared_by: str = ""
    confidence: str = ""

    @property
    def value(self) -> float | None:
        """The value in ``unit``; None where below the limit of detection."""
        return self.outcome.value

    @property
    def below_limit(self) -> float | None:
        """The limit of detection where the property lies below it."""
        return self.outcome.below_limit

    @property
    def components(self) -> tuple[Component, ...]:
        """The uncertainty by source."""
        return self.outcome.components

    @property
    def standard_uncertainty(self) -> float:
        """Combined standard uncertainty in ``unit`` (of the uniform on [0, limit] where below limit)."""
        if self.outcome.value is None:
            return (self.outcome.below_limit or 0.0) / math.sqrt(12.0)
        return self.outcome.standard_uncertainty

    @property
    def interval95(self) -> tuple[float, float]:
        """Interval that holds the value with 95 % probability, in ``unit``."""
        return interval95(self.outcome)

    def under(self, recipe: str) -> Estimate:
        """The same estimate under one of its alternative recipes that gave an outcome."""
        for other in self.alternatives:
            if other.recipe == recipe and other.outcome is not None:
                return replace(self, outcome=other.outcome, recipe=recipe, alternatives=())
        raise KeyError(recipe)


def combined(components: Iterable[Component]) -> float:
    """Combined standard uncertainty: signed sums within a key, root sum of squares over keys (GUM 5.1, 5.2).

    >>> round(combined([Component("a", 3.0, "x"), Component("b", 4.0, "y")]), 3)
    5.0
    """
    by_key: dict[str, float] = {}
    for c in components:
        by_key[c.key] = by_key.get(c.key, 0.0) + c.u
    return math.sqrt(sum(u * u for u in by_key.values()))


def effective_dof(components: Iterable[Component]) -> float:
    """Welch-Satterthwaite effective degrees of freedom (GUM G.4)."""
    components = tuple(components)
    total = combined(components)
    below = sum(c.u**4 / c.dof for c in components if math.isfinite(c.dof) and c.u != 0.0)
    return math.inf if below == 0.0 or total == 0.0 else total**4 / below


def coverage_factor(dof: float, probability: float = 0.95) -> float:
    """Half-width of the central interval of Student's t in standard uncertainties.

    >>> round(coverage_factor(math.inf), 3), round(coverage_factor(3.0), 2)
    (1.96, 3.18)
    """
    from scipy.special import ndtri, stdtrit

    p = 0.5 + probability / 2.0
    return float(ndtri(p)) if math.isinf(dof) or dof > 1e6 else float(stdtrit(max(dof, 1.0), p))


def interval95(outcome: Outcome) -> tuple[float, float]:
    """Central 95 % interval of an outcome; (0, limit) where it is below the limit."""
    if outcome.value is None:
        return (0.0, outcome.below_limit or 0.0)
    if outcome.sampled is not None:
        import numpy as np

        lower, upper = np.quantile(outcome.sampled.values, [0.025, 0.975])
        return (float(lower), float(upper))
    u = outcome.standard_uncertainty
    k = coverage_factor(effective_dof(outcome.components)) if u > 0.0 else 0.0
    if outcome.log_scale and outcome.value > 0.0:
        ratio = math.exp(min(k * u / outcome.value, 700.0))
        return (outcome.value / ratio, outcome.value * ratio)
    low, high = outcome.bounds
    return (max(outcome.value - k * u, low), min(outcome.value + k * u, high))


def shared_components(
    names: Iterable[str], covariance: NDArray[np.float64], *, source: str, key: str, dof: float = math.inf
) -> dict[str, tuple[Component, ...]]:
    """Components of several estimates that reproduce their covariance matrix.

    The matrix is split into orthogonal inputs by its eigenvectors; each input gets a key of its own,
    shared by all the estimates. Shapes: ``covariance`` (n, n) for n names, in the units of the properties.
    """
    import numpy as np

    labels = list(names)
    scale = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    safe = np.where(scale > 0.0, scale, 1.0)
    weights, vectors = np.linalg.eigh(covariance / np.outer(safe, safe))
    loads = vectors * np.sqrt(np.clip(weights, 0.0, None)) * scale[:, None]
    return {
        name: tuple(
            Component(source, float(loads[i, k]), f"{key}#{k}", dof)
            for k in range(len(labels))
            if loads[i, k] != 0.0
        )
        for i, name in enumerate(labels)
    }

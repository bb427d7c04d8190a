"""From a powder's draws to bands: what the report of a battery stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol as Shape

import numpy as np
from numpy.typing import NDArray

from negatrode.battery.bands import Bands, Mover, bands, shares
from negatrode.battery.build import Design, Powder
from negatrode.battery.parallel import in_parallel
from negatrode.battery.trials import Plan, Trials, go_through
from negatrode.cell.ageing import Ageing
from negatrode.core.errors import NegatrodeError
from negatrode.material.predicted import Known, Predicted
from negatrode.material.prior import Draws, priors

Array = NDArray[np.float64]
# Retention needs many cycles: it is simulated for this share of the draws.
AGED_SHARE = 0.06


class Source(Shape):
    """A material, draw by draw: see battery/carbon.py and battery/alloy.py."""

    @property
    def known(self) -> Known:
        """Draws of the sample and of the priors."""

    @property
    def predictions(self) -> tuple[Predicted, ...]:
        """What the links say of the powder."""

    def powder(self, draw: int) -> Powder:
        """One draw, as an electrode sees it."""

    def ageing(self, draw: int) -> Ageing:
        """What ages one draw."""

    def moved(self, changes: Mapping[str, float], z: Mapping[str, float] | None = None) -> Source:
        """The central draw alone, with descriptors changed by amounts, and priors set to ``z``."""

    def with_known(self, known: Known) -> Source:
        """The same links on other draws."""


def central(known: Known, changes: Mapping[str, float], z: Mapping[str, float]) -> Known:
    """The central draw alone: properties changed by amounts in their units, priors set to ``z``."""
    measured = {k: np.array([v[0] + changes.get(k, 0.0)]) for k, v in known.measured.items()}
    own = {k: v[:1] for k, v in known.draws.items()} | {k: np.array([v]) for k, v in z.items()}
    return Known(measured, Draws(1, known.draws.seed, own))


@dataclass(frozen=True)
class Lever:
    """A descriptor that a maker can change: its name, title, unit and the step that is shown."""

    name: str
    title: str
    unit: str
    step: float


@dataclass(frozen=True, eq=False)
class Battery:
    """What the battery made of the powder does."""

    source: Source
    design: Design
    plan: Plan
    bands: Bands
    unknown: Mapping[str, Mapping[str, float]]
    movers: tuple[Mover, ...]
    aged: int
    notes: tuple[str, ...] = field(default=())


# Coating rate and density are levers of the electrode, not of the powder.
ELECTRODE_LEVERS = (
    Lever("coating_rate", "coating", "g/m2", 10.0),
    Lever("density", "density of the layer", "g/cm3", 0.05),
)


def assemble(
    source: Source,
    design: Design,
    plan: Plan,
    levers: tuple[Lever, ...],
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Battery:
    """All draws through all tests; what explains their spread; what a step of every descriptor does."""
    n = source.known.draws.n
    aged = max(1, round(AGED_SHARE * n)) if plan.cycles and design.counter is not None else 0
    # Links are evaluated for all draws at once, and once: threads then only read.
    first = source.powder(0)

    def one(draw: int) -> Trials:
        ageing = source.ageing(draw) if draw < aged else None
        if draw == 0:
            return go_through(first, design, plan, ageing)
        try:
            return go_through(source.powder(draw), design, plan, ageing)
        except NegatrodeError as error:
            # The centre is the user's design; a draw beyond what is possible is one of the draws.
            return Trials(failed={"a whole draw": error.sentence()})

    trials = tuple(in_parallel(one, n, workers=workers, progress=progress))
    found = bands(trials)
    moving = movers(source, design, plan, levers, trials[0], workers)
    return Battery(source, design, plan, found, _unknown(found, source.known), moving, aged)


def outcome_values(trials: tuple[Trials, ...], name: str) -> list[float | None]:
    """An outcome of every draw: by its name, or the capacity at a rate as "5C"."""
    if name.endswith("C") and name[:-1].replace(".", "").isdigit():
        return [t.rate_capacity.get(float(name[:-1])) for t in trials]
    return [t.outcomes.get(name) for t in trials]


def _unknown(found: Bands, known: Known) -> dict[str, dict[str, float]]:
    """Share of the variance by what is not known, outcome by outcome."""
    known_priors = priors()
    inputs = {
        f"prior:{key}": z
        for key, z in known.draws.items()
        if np.ptp(z) > 0 and not (key in known_priors and known_priors[key].is_exact)
    }
    inputs |= dict(known.measured)
    names = [*found.outcomes, *(f"{rate:g}C" for rate in found.rates)]
    return {name: shares(outcome_values(found.trials, name), inputs) for name in names}


def movers(
    source: Source,
    design: Design,
    plan: Plan,
    levers: tuple[Lever, ...],
    centre: Trials,
    workers: int | None = None,
) -> tuple[Mover, ...]:
    """Change of every outcome by one step of every descriptor, at the central draw."""
    found = []
    base = source.moved({})
    ageing = base.ageing(0) if "retention" in centre.outcomes else None
    chosen = [*(lever for lever in levers if base.known.has(lever.name)), *ELECTRODE_LEVERS]

    def one(k: int) -> tuple[float, Trials] | None:
        try:
            return _one_step(base, design, plan, chosen[k], ageing)
        except NegatrodeError:
            return None  # a step that leaves what is possible moves nothing

    for lever, result in zip(chosen, in_parallel(one, len(chosen), workers=workers), strict=True):
        if result is None:
            continue
        at, trial = result
        changes = {
            name: trial.outcomes[name] - value
            for name, value in centre.outcomes.items()
            if name in trial.outcomes
        }
        changes |= {
            f"{rate:g}C": trial.rate_capacity[rate] - value
            for rate, value in centre.rate_capacity.items()
            if rate in trial.rate_capacity
        }
        found.append(Mover(lever.name, lever.title, lever.unit, at, lever.step, changes))
    return tuple(found)


def _one_step(
    base: Source, design: Design, plan: Plan, lever: Lever, ageing: Ageing | None
) -> tuple[float, Trials]:
    coating = design.coating
    if lever.name == "coating_rate":
        other = replace(design, coating=replace(coating, rate=coating.rate + lever.step))
        return coating.rate, go_through(base.powder(0), other, plan, ageing)
    if lever.name == "density":
        from negatrode.battery.coating import layer

        now = layer(coating, base.powder(0).density).density
        other = replace(design, coating=replace(coating, density=now + lever.step, porosity=None))
        return now, go_through(base.powder(0), other, plan, ageing)
    at = float(base.known.measured[lever.name][0])
    moved = base.moved({lever.name: lever.step})
    return at, go_through(moved.powder(0), design, plan, ageing and moved.ageing(0))

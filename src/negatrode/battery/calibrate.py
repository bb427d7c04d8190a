"""A material calibrated with the user's half cell: a posterior over the priors of its links.

Unknown are the ``z`` of the priors (standard normal), those of the measured descriptors that the links use,
and the error of the electrode's mass. Observed are charges at potentials on the branches, the first charge
and, where there was a rate test, capacities at currents:

    q_obs = (1 + u m) (q(z) + e),   e ~ N(0, noise^2)

The posterior is Gaussian about its maximum (Laplace), found by Gauss and Newton; derivatives are the
solver's sensitivities: ``dq/dz`` at a potential is ``-I (dV/dz) / (dV/dt)`` at constant current. Where the
curve fits worse than the noise says, the covariance is widened by what remains (Birge).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.battery.assembly import Source
from negatrode.battery.build import Design, half_cell
from negatrode.battery.laplace import draws, peak
from negatrode.cell.protocol import End, Protocol, Step
from negatrode.cell.sensitivity import Sensitivities, sensitivities_to
from negatrode.core.errors import InputError
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws, prior, priors

Array = NDArray[np.float64]
CARBON = (
    "hc.level", "hc.Qsl_1200", "hc.Qsl_dT", "hc.Qsl_dd002", "hc.fill", "hc.nu_H", "hc.H_between", "hc.rho_B",
    "hc.U_s_lith", "hc.U_s_delith", "hc.U_p_lith", "hc.U_p_delith", "hc.w_p", "hc.U_H_lith", "hc.U_H_delith",
    "hc.D_s", "hc.j0", "hc.hysteresis_decay", "hc.Qirr_model", "hc.Qirr_0", "hc.Qirr_H", "hc.Qirr_O",
    "hc.Qirr_S",
)  # fmt: skip
ALLOY = (
    "alloy.accessible", "alloy.permeability", "alloy.D_s", "alloy.j0", "alloy.step_width",
    "hc.hysteresis_decay", "particle.domain_size", "particle.roughness", "lost.chi_O_A",
    "lost.chi_O_B", "ageing.fresh_area",
)  # fmt: skip
# Descriptors whose uncertainty moves what the half cell shows.
DESCRIPTORS = ("hydrogen_to_carbon", "d002", "specific_surface_area", "oxygen", "area_fraction_a")
_NUDGE = 1e-4
# Ends of steps move with the solver's error: at the fast level by 5 % of their derivatives, here by 0.6 %.
_LEVEL = "standard"
# What multiplies the reversible capacity, and what adds to the irreversible one, by kind of material.
_SCALES = ("hc.level", "alloy.accessible")
_SHIFTS = ("hc.Qirr_model",)
# Points of a branch that are compared, and how far inside its ends they begin (share of its charge).
_COMPARED = 20
_INSIDE = 0.02


@dataclass(frozen=True, eq=False)
class HalfCellData:
    """First cycles against lithium, per g of powder.

    Parameters
    ----------
    current:
        A per g, of lithiation and delithiation.
    delithiation, lithiation:
        (mAh per g from the branch's beginning, V); the lithiation is a later one, free of film; None where
        there is none.
    first_charge:
        mAh per g of the very first lithiation, or None.
    low, high:
        Limits, V. ``held``: whether the low limit was held until the current fell to a fifth.
    rates:
        (A per g, mAh per g): delithiation capacities of a rate test.
    noise:
        Standard uncertainty of a charge (mAh per g), independent from point to point.
    mass_uncertainty:
        Relative standard uncertainty of the mass, common to all.
    """

    current: float
    delithiation: tuple[Array, Array]
    lithiation: tuple[Array, Array] | None = None
    first_charge: float | None = None
    low: float = 0.005
    high: float = 1.5
    held: bool = True
    rates: tuple[tuple[float, float], ...] = ()
    noise: float = 3.0
    mass_uncertainty: float = 0.015

    def __post_init__(self) -> None:
        q, v = self.delithiation
        if len(q) != len(v) or len(q) < 10:
            raise InputError(
                f"a delithiation of {len(q)} charges and {len(v)} potentials", rule="ten or more"
            )
        if np.any(np.diff(q) < 0):
            raise InputError(
                "charges of the delithiation fall", rule="they count from the branch's beginning"
            )
        fall = np.maximum.accumulate(v) - v
        if fall.max() > 0.02:
            at = int(np.argmax(fall))
            raise InputError(
                f"a potential that falls by {1000 * fall[at]:.0f} mV on delithiation, at {q[at]:.4g} mAh/g",
                where="calibration",
                rule="the potential of a delithiation rises",
                remedy="leave out the rests and pulses, or calibrate with another cycle",
            )
        if not (self.current > 0 and self.noise > 0 and self.low < self.high):
            raise InputError(
                f"a current of {self.current:g} A/g, noise {self.noise:g} mAh/g, "
                f"{self.low:g} to {self.high:g} V"
            )


@dataclass(frozen=True, eq=False)
class Calibration:
    """The posterior: ``names`` of the unknowns, ``mean`` and ``covariance`` of their ``z``.

    ``misfit``: root mean square of what remains over the noise; ``noise_scale`` by which the covariance was
    widened; ``source``: the material on the posterior's draws; ``before``: on the prior's.
    """

    names: tuple[str, ...]
    mean: Array
    covariance: Array
    misfit: float
    noise_scale: float
    rounds: int
    before: Source
    source: Source


def calibrated(
    source: Source, design: Design, data: HalfCellData, keys: Sequence[str] | None = None
) -> Calibration:
    """The posterior of a material by half-cell data.

    ``keys``: priors that are unknown, by default those of the source's kind that its links use.
    """
    names, spread = unknowns_of(source, keys)
    fit = Fit(source, design, data, names, spread)
    found = peak(fit.at, len(names) + 1)
    n, seed = source.known.draws.n, source.known.draws.seed + 1
    after = fit.posterior(found.mean, draws(found.mean, found.covariance, n, seed))
    return Calibration(
        (*names, "mass"), found.mean, found.covariance, found.misfit, found.noise_scale, found.rounds, source,
        after,
    )  # fmt: skip


def unknowns_of(
    source: Source, keys: Sequence[str] | None = None
) -> tuple[tuple[str, ...], dict[str, float]]:
    """Unknowns of a material without the mass, and the uncertainties of the descriptors among them."""
    if keys is None:
        keys = ALLOY if hasattr(source, "alloy") else CARBON
    names = [k for k in keys if not prior(k).is_exact]
    spread = {d: float(np.std(source.known.measured[d])) for d in DESCRIPTORS if source.known.has(d)}
    names += [f"measured:{d}" for d, u in spread.items() if u > 0]
    return tuple(names), spread


@dataclass(eq=False)
class Fit:
    """Residuals and their derivatives by the unknowns; the last unknown is the error of the mass."""

    source: Source
    design: Design
    data: HalfCellData
    names: tuple[str, ...]
    spread: Mapping[str, float]

    def at(self, z: Array) -> tuple[Array, Array]:
        """Residuals over the noise, and their derivatives, shape (observations, unknowns)."""
        predicted, slopes = self._charges(z)
        observed, noise = self._observed()
        mass = 1 + self.data.mass_uncertainty * z[-1]
        residual = (predicted * mass - observed) / noise
        by_mass = predicted * self.data.mass_uncertainty / noise
        return residual, np.column_stack((slopes * mass / noise[:, None], by_mass))

    def _moved(self, z: Array) -> Source:
        """The source at values of the unknowns."""
        own = {n: float(v) for n, v in zip(self.names, z, strict=False) if not n.startswith("measured:")}
        changes = {
            n.removeprefix("measured:"): self.spread[n.removeprefix("measured:")] * float(v)
            for n, v in zip(self.names, z, strict=False)
            if n.startswith("measured:")
        }
        return self.source.moved(changes, own)

    def _grid(self, branch: tuple[Array, Array]) -> Array:
        """Potentials at which a branch is compared."""
        # In equal steps of charge: points that lie closer share what a cycler's noise does to them.
        at = np.linspace(_INSIDE, 1 - _INSIDE, _COMPARED) * branch[0][-1]
        volts: Array = np.interp(at, branch[0], branch[1])
        return np.unique(volts)

    def _observed(self) -> tuple[Array, Array]:
        d = self.data
        found = [_at_potential(*d.delithiation, self._grid(d.delithiation))]
        if d.lithiation is not None:
            found.append(_at_potential(*d.lithiation, self._grid(d.lithiation)))
        ends = [d.first_charge] if d.first_charge is not None else []
        observed = np.concatenate((*found, ends, [q for _, q in d.rates]))
        return observed, np.full(len(observed), d.noise)

    def _charges(self, z: Array) -> tuple[Array, Array]:
        """Predicted charges (mAh per g) at the potentials, and their derivatives by all but the mass."""
        d, grams = self.data, self.design.coating.rate
        powder = self._moved(z).powder(0)
        cell = half_cell(powder, self.design)
        near = []
        for k in range(len(self.names)):
            other = z.copy()
            other[k] += _NUDGE
            moved = self._moved(other).powder(0)
            near.append((self.names[k], moved, half_cell(moved, self.design)))
        amps = d.current * grams
        steps = [Step("current", amps, (End("voltage", d.low),))]
        if d.held:
            steps.append(Step("voltage", d.low, (End("current", amps / 5),)))
        steps.append(Step("current", -amps, (End("voltage", d.high),)))
        s = sensitivities_to(
            cell, Protocol.of(*steps), [(n, c, _NUDGE) for n, _, c in near], accuracy_level=_LEVEL
        )
        last = len(steps) - 1
        values, slopes = _branch(s, last, self._grid(d.delithiation), amps, grams)
        blocks, rows = [values], [slopes]
        if d.lithiation is not None:
            value, slope = _branch(s, 0, self._grid(d.lithiation), amps, grams)
            blocks.append(value)
            rows.append(slope)
        if d.first_charge is not None:
            end, by = _whole(s, last, amps, grams)
            irreversible = np.array([m.irreversible for _, m, _ in near])
            blocks.append(end + powder.irreversible)
            rows.append(by + ((irreversible - powder.irreversible) / _NUDGE)[None, :])
        for current, _ in d.rates:
            value, slope = self._rate(
                cell, [(n, c, _NUDGE) for n, _, c in near], current * grams, grams, amps
            )
            blocks.append(value)
            rows.append(slope)
        return np.concatenate(blocks), np.concatenate(rows)

    def _rate(
        self, cell: object, near: list[tuple[str, object, float]], amps: float, grams: float, slow: float
    ) -> tuple[Array, Array]:
        """Delithiation capacity at a current, after a slow lithiation."""
        d = self.data
        steps = [Step("current", slow, (End("voltage", d.low),))]
        if d.held:
            steps.append(Step("voltage", d.low, (End("current", slow / 5),)))
        steps.append(Step("current", -amps, (End("voltage", d.high),)))
        s = sensitivities_to(cell, Protocol.of(*steps), near, accuracy_level=_LEVEL)  # type: ignore[arg-type]
        return _whole(s, len(steps) - 1, amps, grams)

    def posterior(self, z: Array, drawn: Array) -> Source:
        """The source on draws of the posterior (n, unknowns) about ``z``.

        What is not among the unknowns keeps its prior's draws.
        """
        known = self.source.known
        n = known.draws.n
        own = dict(known.draws.items())
        measured = dict(known.measured)
        for k, name in enumerate(self.names):
            if name.startswith("measured:"):
                descriptor = name.removeprefix("measured:")
                measured[descriptor] = measured[descriptor][0] + self.spread[descriptor] * drawn[:, k]
            else:
                own[name] = drawn[:, k]
        self._straighten(z, drawn - z, own, measured)
        return self.source.with_known(Known(measured, Draws(n, known.draws.seed, own)))

    def _straighten(self, z: Array, off: Array, own: dict[str, Array], measured: Mapping[str, Array]) -> None:
        """Give every draw the capacities that are linear in the unknowns.

        The half cell tells sums and products of the unknowns, not each: the posterior is a thin curved ridge,
        off which its Gaussian falls. Capacities are told directly, so that theirs is Gaussian; the factor and
        the summand that stand for what is between laboratories take up the difference.
        """
        known = self.source.known
        made = self.source.with_known(Known(measured, Draws(known.draws.n, known.draws.seed, dict(own))))
        values = {p.name: p.values for p in made.predictions}
        centre = self._moved(z).powder(0)
        slopes = np.zeros((2, len(z)))
        for k in range(len(self.names)):
            other = z.copy()
            other[k] += _NUDGE
            moved = self._moved(other).powder(0)
            slopes[:, k] = moved.reversible - centre.reversible, moved.irreversible - centre.irreversible
        straight = off @ (slopes / _NUDGE).T
        for key in _SCALES:
            if key in self.names:
                wanted = np.maximum(centre.reversible + straight[:, 0], 0.1 * centre.reversible)
                factor = wanted / values["reversible_capacity"]
                own[key] = prior(key).z_of(prior(key).at(own[key]) * factor)
        for key in _SHIFTS:
            if key in self.names:
                shift = centre.irreversible + straight[:, 1] - values["irreversible_capacity"]
                own[key] = prior(key).z_of(prior(key).at(own[key]) + shift)


def _branch(s: Sensitivities, step: int, volts: Array, amps: float, grams: float) -> tuple[Array, Array]:
    """Charge (mAh per g) of a step at potentials, and its derivatives.

    A branch that ends before a potential is met has its end there; the derivative is then that of the end.
    """
    rows = np.flatnonzero(s.curve.step == step)
    if len(rows) < 3:
        raise InputError(f"a half cell that ends early: {s.curve.ended.text}", where="calibration")
    # Between the solver's points the curve is its polynomial, and not straight.
    t = _fine(s.curve.time[rows])
    v, by = s.curve.at(t), s.at(t)
    way = 1.0 if v[-1] > v[0] else -1.0
    since = t - t[0]
    rising = np.maximum.accumulate(way * v) + 1e-13 * np.arange(len(v))
    wanted = np.clip(way * volts, rising[0], rising[-1])
    at = np.interp(wanted, rising, since)
    slope = np.maximum(np.gradient(rising, since, edge_order=1), 1e-9)
    dt = np.array([np.interp(at, since, -way * by[:, k] / slope) for k in range(by.shape[1])]).T
    per = amps / 3.6 / grams
    return at * per, dt * per


def _whole(s: Sensitivities, step: int, amps: float, grams: float) -> tuple[Array, Array]:
    """Charge (mAh per g) of the last step, and its derivatives: by the times at which it begins and ends."""
    rows = np.flatnonzero(s.curve.step == step)
    if len(rows) < 3:
        raise InputError(f"a half cell that ends early: {s.curve.ended.text}", where="calibration")
    per = amps / 3.6 / grams
    lasts = np.array([s.curve.time[rows[-1]] - s.curve.time[rows[0]]])
    return lasts * per, ((s.duration - s.begins[step]) * per)[None, :]


def _fine(points: Array) -> Array:
    """Times between a step's first and last, four in every step of the solver."""
    inside = points[:-1, None] + np.diff(points)[:, None] * np.array([0.125, 0.375, 0.625, 0.875])
    return np.asarray(inside.ravel(), dtype=np.float64)


def _at_potential(charge: Array, volts: Array, wanted: Array) -> Array:
    """Charge at potentials on a measured branch."""
    way = 1.0 if volts[-1] > volts[0] else -1.0
    rising = np.maximum.accumulate(way * volts) + 1e-9 * np.arange(len(volts))
    value: Array = np.interp(way * wanted, rising, charge)
    return value


def prior_title(name: str) -> str:
    """An unknown in words."""
    if name.startswith("measured:"):
        return name.removeprefix("measured:").replace("_", " ")
    known = priors().get(name)
    return known.title if known is not None and known.title else name.split(".")[-1].replace("_", " ")

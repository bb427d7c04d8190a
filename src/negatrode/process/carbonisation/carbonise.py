"""The carbonisation furnace: what every draw of a bead becomes over a programme."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws, prior
from negatrode.process.carbonisation.equivalence import dose_temperature, front_temperature
from negatrode.process.carbonisation.hydrogen import hydrogen_to_carbon, of_reference_run
from negatrode.process.carbonisation.nitrogen import nitrogen_left
from negatrode.process.carbonisation.structure import FITTED, fired_area, layer_spacing, stack_height
from negatrode.process.carbonisation.volatiles import mass_left, shrinkage, tar_released, yield_of
from negatrode.process.programme import Programme

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bead:
    """What enters the furnace, (n,) each unless said.

    Attributes
    ----------
    oxidised:
        Degree of oxygen uptake, 0 to 1.
    nitrile_share:
        Mass share of acrylonitrile units (a number).
    nitrogen:
        wt% of the stabilised bead.
    density:
        g/cm3, of the bead as polymerised, to which shrinkage refers.
    mass:
        Of the oxidised bead over that as polymerised.
    fused, burnt:
        Share of the beads that fuse; share of the mass burnt off in oxidation.
    """

    oxidised: Array
    nitrile_share: float
    nitrogen: Array
    density: Array
    mass: Array
    fused: Array
    burnt: Array


@dataclass(frozen=True, eq=False)
class Carbonised:
    """Histories, (n, times) each: temperatures in degC, mass and size relative to the bead as polymerised.

    ``bonds`` and ``growth`` are the equivalent temperatures (of the reference run) for what is released and
    for the layers. ``yield_`` is carbon over the bead that entered the furnace. Structure is NaN below 700
    degC.
    """

    seconds: Array
    celsius: Array
    bonds: Array
    growth: Array
    released: Array
    yield_: Array
    mass: Array
    shrinkage: Array
    hydrogen_to_carbon: Array
    nitrogen: Array
    d002: Array
    lc002: Array
    area: Array

    def end(self, name: str) -> Array:
        """A history's last values, (n,)."""
        found: Array = getattr(self, name)[:, -1]
        return found


def carbonise(programme: Programme, bead: Bead, draws: Draws, furnace_sd: float | None = None) -> Carbonised:
    """Carbonise a bead in an inert gas.

    ``furnace_sd`` (degC): standard uncertainty of the powder's temperature, where the route states it.
    Raises InputError for a gas that holds oxygen, and for a programme that never passes 600 degC.
    """
    _refuse(programme)
    times = programme.grid()
    kelvin = programme.kelvin_at(times)
    offset = draws.value("carb.furnace") if furnace_sd is None else draws["carb.furnace"] * furnace_sd
    k0 = prior("carb.k0").value
    bonds = front_temperature(times, kelvin, k0)[None, :] + offset[:, None]
    growth = dose_temperature(times, kelvin, draws.value("carb.E_structure")) + offset[:, None]
    hydrogen = _hydrogen(times, kelvin, offset) * draws.value("hc.H_between")[:, None]
    middle, width = draws.value("carb.N_middle"), draws.value("carb.N_width")
    nitrogen = nitrogen_left(bead.nitrogen, bonds, middle, width)
    released = tar_released(times, kelvin, draws.value("carb.tar_mean"), draws.value("carb.tar_sd"), k0)
    y = yield_of(
        bead.oxidised, bead.nitrile_share, draws.value("carb.yield_oxidised"),
        draws.value("carb.yield_styrenic"), draws.value("carb.yield_nitrile"),
    )  # fmt: skip
    published = np.array([prior("carb.yield_celsius").value])
    at_yield = (
        of_reference_run(float(published[0])) * draws.value("hc.H_between"),
        nitrogen_left(bead.nitrogen, published[None, :], middle, width)[:, 0],
    )
    left = mass_left(released, y, hydrogen, nitrogen, at_yield)
    mass = left * bead.mass[:, None]
    # The bead densifies as its tar leaves, from the oxidised polymer to the carbon without open pores.
    start, end = _oxidised_density(bead, draws), draws.value("hc.rho_B")
    density = start[:, None] + (end - start)[:, None] * released
    seen = growth >= FITTED[0]
    return Carbonised(
        times, np.broadcast_to(kelvin - 273.15, bonds.shape), bonds, growth, released, left, mass,
        shrinkage(mass, bead.density[:, None], density), hydrogen, nitrogen,
        np.where(seen, layer_spacing(draws, growth, bead.fused), np.nan),
        np.where(seen, stack_height(draws, growth), np.nan),
        np.where(seen, fired_area(draws, growth, bead.fused, bead.burnt), np.nan),
    )  # fmt: skip


def _oxidised_density(bead: Bead, draws: Draws) -> Array:
    found: Array = bead.density + (draws.value("carb.rho_oxidised") - bead.density) * bead.oxidised
    return found


def _hydrogen(times: Array, kelvin: Array, offset: Array) -> Array:
    """H/C (n, times) with the furnace off by ``offset``: the curve at three offsets, by its logarithm."""
    reach = max(float(np.abs(offset).max()), 1.0)
    nodes = np.array([-reach, 0.0, reach])
    ln_curve = np.log([np.maximum(hydrogen_to_carbon(times, kelvin + d), 1e-6) for d in nodes])
    share = (offset / reach)[:, None]
    up, down = ln_curve[2] - ln_curve[1], ln_curve[1] - ln_curve[0]
    return np.asarray(np.exp(ln_curve[1] + share * np.where(share > 0, up, down)))


def _refuse(programme: Programme) -> None:
    for k, gas in enumerate(programme.gases):
        if gas.is_oxidizing:
            raise InputError(
                f"{gas.name} with {100 * gas.oxygen:g} % oxygen from {programme.seconds[k] / 3600:.3g} h on",
                where=programme.where,
                rule="carbonisation is done in an inert gas: carbon burns in air above some 450 degC",
                remedy='write gas = "N2", "Ar", "He" or "vacuum" under [carbonization]',
            )
    if programme.celsius.max() < 600.0:
        raise InputError(
            f"no more than {programme.celsius.max():g} degC",
            where=programme.where,
            rule="a resin turns to carbon above 600 degC",
            remedy="give the final temperature of the carbonisation",
        )

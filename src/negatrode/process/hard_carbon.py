"""The route of a spherical hard carbon from monomers to powder, draw by draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws
from negatrode.process.carbonisation.carbonise import Bead, Carbonised, carbonise
from negatrode.process.chemistry.kinetics import Constants, Polymerised, initiator, polymerise
from negatrode.process.chemistry.monomers import Mixture, mixture
from negatrode.process.droplets.limited import silica_on_carbon
from negatrode.process.droplets.sizing import Sized, size_beads
from negatrode.process.fusing import fused_share, ladder_index
from negatrode.process.powder.properties import Fired, Powder, powder
from negatrode.process.reference import conditioned
from negatrode.process.route import HardCarbonRoute, Oxidation
from negatrode.process.stabilisation import bead as diffusion
from negatrode.process.stabilisation.bed import BedCourse, BedEnds, bed_course, bed_ends
from negatrode.process.stabilisation.kinetics import Constants as OxidationConstants
from negatrode.process.stabilisation.kinetics import Oxidised, oxidise, oxidising_span
from negatrode.process.stabilisation.margin import CRITICAL, BedProperties, frank_kamenetskii

Array = NDArray[np.float64]
# More than this burnt is no stabilisation, and no powder either
_MOST_BURNT = 0.9
NITRILES = ("acrylonitrile", "methacrylonitrile")


@dataclass(frozen=True, eq=False)
class OxidationResult:
    """What the oxidation furnace did: histories of a bead in the gas, and what the bed made of it.

    ``taken``, ``burnt``, ``mass``, ``cyclised``: at the end, of the bed's mean, (n,). ``lowest`` and
    ``highest``: temperatures (degC) at which the beads were oxidised, the bed's own heat included (NaN
    where they were not). ``thiele``: largest modulus; ``delta``: largest parameter of Frank-Kamenetskii.
    """

    history: Oxidised
    taken: Array
    burnt: Array
    mass: Array
    cyclised: Array
    lowest: Array
    highest: Array
    thiele: Array
    delta: Array | None = None
    bed: BedCourse | None = None
    ends: BedEnds | None = None
    profile: diffusion.Solved | None = None

    @property
    def ran_away(self) -> NDArray[np.bool_]:
        """Draws whose bed ran away, (n,)."""
        n = self.taken.size
        return np.zeros(n, dtype=bool) if self.ends is None else self.ends.ran_away


@dataclass(frozen=True, eq=False)
class HardCarbonRun:
    """Every stage of a route over its draws."""

    route: HardCarbonRoute
    draws: Draws
    mix: Mixture
    polymerised: Polymerised
    sized: Sized
    oxidation: OxidationResult | None
    fused: Array
    carbon: Carbonised
    silica: Array
    powder: Powder

    @property
    def total_yield(self) -> Array:
        """Carbon over monomer, by mass, (n,)."""
        return self.carbon.end("mass") * self.polymerised.conversion[:, -1]


def _silent(_: str) -> None:
    pass


def run_route(route: HardCarbonRoute, draws: Draws, say: Callable[[str], None] = _silent) -> HardCarbonRun:
    """Polymerise, oxidise, carbonise, coat. InputError for what cannot be done."""
    s = route.suspension
    if route.reference is not None:
        draws = conditioned(draws, route.reference)
    mix = mixture(s.monomers)
    say("Suspension: conversion and drop size")
    done = polymerise(mix, initiator(s.initiator), s.initiator_share, s.programme, Constants.drawn(draws))
    sized = size_beads(s, mix, done, draws)
    oxidation = None
    n = draws.n
    if route.oxidation is not None:
        say("Oxidation: bead and bed")
        oxidation = _oxidation(route.oxidation, mix, sized.beads.dv50, draws)
    taken = np.zeros(n) if oxidation is None else oxidation.taken
    index = ladder_index(taken, mix.share_of("divinylbenzene"), draws.value("fuse.crosslinks"))
    fused = fused_share(index, draws.value("fuse.middle"), draws.value("fuse.width"))
    mass = np.ones(n) if oxidation is None else oxidation.mass
    burnt = np.zeros(n) if oxidation is None else oxidation.burnt
    if float(np.median(burnt)) > _MOST_BURNT:
        raise InputError(
            f"{100.0 * float(np.median(burnt)):.0f} % of the beads burns in the oxidation",
            where=f"{route.where} oxidation",
            rule="a bead that is stabilised is left: burn-off begins near 330 degC",
            remedy="oxidise cooler or shorter, or in less oxygen",
        )
    burnt = np.minimum(burnt, 0.999)
    mass = np.maximum(mass, 1e-3)
    say("Carbonisation")
    carbon = carbonise(
        route.carbonisation,
        Bead(
            oxidised=taken,
            nitrile_share=mix.share_of(*NITRILES),
            # What burns takes its nitrogen along; what is taken up dilutes it
            nitrogen=100.0 * mix.element("N") * (1.0 - burnt) / mass,
            density=np.full(n, mix.polymer_density),
            mass=mass,
            fused=fused,
            burnt=burnt,
        ),
        draws,
        route.furnace_sd,
    )
    silica = _silica(route, carbon, draws)
    silicon, density = _silicon(route, silica, draws)
    made = powder(Fired(sized.beads, draws.value("sus.doublets"), fused, silicon, density, carbon), draws)
    return HardCarbonRun(route, draws, mix, done, sized, oxidation, fused, carbon, silica, made)


def _oxidation(o: Oxidation, mix: Mixture, diameter: Array, draws: Draws) -> OxidationResult:
    c = OxidationConstants.drawn(draws)
    nitrile = mix.share_of(*NITRILES)
    free = oxidise(o.programme, nitrile, c)
    inside = diffusion.Diffusion(draws.value("ox.D_O2"), draws.value("ox.K_O2"), 1000.0 * mix.polymer_density)
    hottest = float(o.programme.kelvin.max())
    phi2 = diffusion.thiele_squared(diameter, c.uptake(np.array([hottest]))[:, 0], c.oxygen, inside, hottest)
    history, profile = free, None
    if o.programme.is_oxidizing and float(np.median(phi2)) > diffusion.MATTERS:
        ratio = 1.0 - nitrile + nitrile * free.cyclised
        profile = diffusion.solve(o.programme, diameter, ratio, c, inside)
        history = oxidise(o.programme, nitrile, c, profile.mean)
    low, high = oxidising_span(history)
    taken, burnt, cyclised = history.taken[:, -1], history.burnt[:, -1], history.cyclised[:, -1]
    delta = bed = ends = None
    if o.bed == "static":
        properties = BedProperties.drawn(draws)
        oxidizing = np.array([g.is_oxidizing for g in o.programme.gases])
        hot = o.programme.kelvin
        tops = np.maximum(hot[1:], hot[:-1])[oxidizing]
        if tops.size:
            delta = frank_kamenetskii(properties, c, np.array([tops.max()]), o.depth)[:, 0]
        bed = bed_course(o.programme, o.depth, nitrile, c, properties)
        ends = bed_ends(o.programme, o.depth, nitrile, c, properties)
        holds = ~ends.ran_away
        # Where the bed runs away the beads burn: the powder told is that of beds that hold
        if profile is None:
            taken = np.where(holds, ends.taken, taken)
        burnt = np.where(holds, ends.burnt, burnt)
        cyclised = np.where(holds, ends.cyclised, cyclised)
        high = np.maximum(high, np.where(np.isfinite(high), ends.peak, np.nan))
    mass = (1.0 + (c.oxygen - c.volatiles) * taken) * (1.0 - burnt)
    return OxidationResult(
        history, taken, burnt, mass, cyclised, low - 273.15, high - 273.15, np.sqrt(phi2), delta, bed, ends,
        profile,
    )  # fmt: skip


def has_core(result: OxidationResult) -> bool:
    """Whether the middle of the central bead is ever a twentieth of all its oxygen behind its skin."""
    if result.profile is None:
        return False
    rows = result.profile.profile
    return bool((rows[:, -1] - rows[:, 0]).max() > 0.05)


def critical_share(result: OxidationResult) -> Array | None:
    """delta over its critical value, (n,): beyond one no steady state; None without a static bed."""
    return None if result.delta is None else result.delta / CRITICAL["slab"]


def _silica(route: HardCarbonRoute, carbon: Carbonised, draws: Draws) -> Array:
    """Silica that the beads bring along (wt% of the carbon with it), (n,)."""
    silica = route.suspension.silica
    if silica is None or silica.concentration == 0.0:
        return np.zeros(draws.n)
    return silica_on_carbon(
        silica.concentration, silica.washed, draws.value("sus.silica_kept"),
        draws.value("sus.monomer_density"), carbon.end("mass"),
    )  # fmt: skip


def _silicon(route: HardCarbonRoute, silica: Array, draws: Draws) -> tuple[Array, float]:
    """Silicon compound of the powder (wt%), and its density (g/cm3): residual silica, then the coating."""
    coating = route.coating
    if coating is None:
        return silica, 2.2
    if not 0.0 <= coating.share <= 50.0:
        raise InputError(f"{coating.share:g} wt%", where="coating.amount", rule="from 0 to 50 wt%")
    lands = np.ones(draws.n) if coating.deposited else draws.value("coat.reach")
    offered = coating.share / (100.0 - coating.share) * lands  # g per g of what is coated
    added = 100.0 * offered / (1.0 + offered)
    return added + silica * (1.0 - added / 100.0), coating.density

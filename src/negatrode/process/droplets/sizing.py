"""Bead sizes of a suspension by each of the ways: balance, correlation, limited coalescence, given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws, prior
from negatrode.process.beads import Sizes, log_normal, of_classes
from negatrode.process.chemistry.bead import drop_viscosity, frozen_conversion, linear_contraction
from negatrode.process.chemistry.kinetics import Polymerised
from negatrode.process.chemistry.monomers import Mixture
from negatrode.process.droplets import correlation
from negatrode.process.droplets.balance import Events, ManyEvents, course, ends
from negatrode.process.droplets.breakage import break_up_rate, collision_shapes, merging_constants
from negatrode.process.droplets.grid import Grid, bell, grid
from negatrode.process.droplets.limited import covered_area, limited_diameter
from negatrode.process.made import Note
from negatrode.process.route import Stirrer, Suspension

Array = NDArray[np.float64]
CLASSES, FINE_CLASSES = 36, 72
_START = 6.0  # the first emulsion is so many times coarser than the correlation's drops
_START_SIGMA = 0.5


@dataclass(frozen=True, eq=False)
class Course:
    """Sizes over time of the central run: ``seconds``, volume shares (times, classes), ``diameters`` (m)."""

    seconds: Array
    diameters: Array
    shares: Array


@dataclass(frozen=True, eq=False)
class Sized:
    """``beads``: of the hard beads; ``course``: of the drops, where a balance was run; ``d32_stirred``: what
    stirring alone makes (m, (n,)), where there is a stirrer; ``silica_surplus``: (n,), share of the silica
    that finds no surface.
    """

    beads: Sizes
    notes: tuple[Note, ...] = ()
    course: Course | None = None
    d32_stirred: Array | None = None
    silica_surplus: Array | None = None


def size_beads(s: Suspension, mix: Mixture, done: Polymerised, draws: Draws) -> Sized:
    """The beads of a suspension; InputError for what cannot make drops."""
    shrink = np.full(draws.n, linear_contraction(mix))
    if s.sizing == "given":
        return Sized(_given(s, draws))
    if s.stirrer is None:
        raise InputError("no stirrer", where="suspension.stirrer_speed", rule="drops break because it turns")
    correlation.check_stirring(s.stirrer.speed, s.stirrer.diameter, s.fraction, s.tension)
    stirred = stirred_diameter(s, s.stirrer, draws)
    if s.sizing == "limited-coalescence":
        found = _limited(s, stirred, draws)
        return Sized(found.beads.scaled(shrink), found.notes, None, stirred, found.silica_surplus)
    if s.sizing == "correlation":
        sigma = np.log(draws.value("sus.gsd_stirred"))
        drops = log_normal(stirred * np.exp(sigma**2 / 2), sigma)
        return Sized(drops.scaled(shrink), (), None, stirred)
    found = _balance(s, s.stirrer, mix, done, stirred, draws)
    return Sized(found.beads.scaled(shrink), found.notes, found.course, stirred)


def _given(s: Suspension, draws: Draws) -> Sizes:
    if s.bead_size is None or not s.bead_size > 0.0 or not (s.bead_gsd or 0.0) >= 1.0:
        raise InputError(
            "no bead size, or a width below one",
            where="suspension.bead_size",
            rule='sizing = "given" needs bead_size = "10 um" and bead_gsd (1 or more)',
        )
    return log_normal(np.full(draws.n, s.bead_size), np.full(draws.n, np.log(s.bead_gsd or 1.0)))


def dissipation(stirrer: Stirrer, draws: Draws) -> Array:
    """Dissipation (W/kg), (n,): ``N_P N^3 D^5 / V`` of a turbine, ``k N^3 D^2`` of a rotor-stator."""
    n3 = stirrer.speed**3
    if stirrer.mixer == "rotor-stator":
        return draws.value("sus.rotor_stator") * n3 * stirrer.diameter**2
    volume = stirrer.tank or prior("sus.tank").value * stirrer.diameter**3
    return draws.value("sus.power_number") * n3 * stirrer.diameter**5 / volume


def stirred_diameter(s: Suspension, stirrer: Stirrer, draws: Draws) -> Array:
    """d32 (m) that stirring makes of monomer (thin drops), by the correlation, (n,)."""
    number = correlation.weber(prior("sus.water_density").value, stirrer.speed, stirrer.diameter, s.tension)
    thin = correlation.sauter_diameter(
        np.broadcast_to(number, (draws.n,)), stirrer.diameter, s.fraction, draws.value("sus.C1"),
        draws.value("sus.C2"), prior("sus.exponent").value,
    )  # fmt: skip
    ratio = prior("sus.water_density").value / draws.value("sus.monomer_density")
    viscosity = 10.0 ** draws.value("poly.viscosity_0")
    at = correlation.viscosity_number(
        thin, viscosity, dissipation(stirrer, draws), np.full(draws.n, s.tension), ratio
    )
    found: Array = correlation.viscous_size(thin, draws.value("sus.viscous"), at) * draws.value(
        "sus.correlation"
    )
    return found


def _limited(s: Suspension, stirred: Array, draws: Draws) -> Sized:
    assert s.silica is not None
    if not s.silica.concentration > 0.0:
        raise InputError(
            "no silica", where="suspension.silica", rule="in limited coalescence it is above zero"
        )
    area = covered_area(draws.value("sus.coverage"), prior("sus.silica_density").value, s.silica.diameter)
    limited = limited_diameter(s.silica.concentration, area)
    # Drops only merge on their way to the covered size: what stirring cannot break that fine stays coarser
    d32 = np.maximum(limited, stirred)
    surplus = 1.0 - limited / d32
    narrow, wide = np.log(draws.value("sus.gsd_limited")), np.log(draws.value("sus.gsd_stirred"))
    sigma = np.where(stirred > limited, wide, narrow)
    notes = []
    share = float(np.mean(stirred > limited))
    if share > 0.05:
        notes.append(
            Note(
                "stirring",
                f"Stirring makes drops of {np.median(stirred) * 1e6:.3g} um, silica would cover those of "
                f"{np.median(limited) * 1e6:.3g} um: in {100 * share:.0f} % of the draws the stirrer is too "
                "slow for limited coalescence, and the drops are the stirrer's: wider, with silica to spare.",
                warning=share > 0.5,
            )
        )
    return Sized(log_normal(d32 * np.exp(sigma**2 / 2), sigma), tuple(notes), None, stirred, surplus)


def _balance(
    s: Suspension, stirrer: Stirrer, mix: Mixture, done: Polymerised, stirred: Array, draws: Draws
) -> Sized:
    """Population balance until the drops are too hard to break or merge."""
    reach = (np.min(stirred) / 12.0, np.max(stirred) * 30.0)
    events, pivots = _events(s, stirrer, done, mix, stirred, draws, reach, CLASSES)
    start = _first_emulsion(pivots, stirred)
    end = float(events.times[-1])
    shares = ends(pivots, start, events, bell, end)
    fine, fine_pivots = _events(
        s, stirrer, done, mix, stirred, draws, reach, FINE_CLASSES, draws_=slice(0, 1)
    )
    kernel = fine.rate[0] * fine.merging * np.exp(-np.minimum(fine.weaken[0] * fine.exponent, 700.0))
    one = Events(
        fine.breaks[0], kernel, s.fraction, fine.times, fine.break_factor[0], fine.merge_factor[0],
    )  # fmt: skip
    seconds = np.concatenate([[0.0], np.geomspace(1.0, end, 60)])
    rows = course(fine_pivots, _first_emulsion(fine_pivots, stirred[:1])[0], one, bell, seconds, 1e-4)
    notes = []
    top = float(np.median(shares[:, -2:].sum(axis=1)))
    if top > 0.01:
        notes.append(
            Note("coarse", "The drops merge into lumps: the suspension is not stable at this stirring.", True)
        )
    drops = of_classes(pivots.diameters, np.maximum(shares, 0.0))
    # One well-mixed zone makes narrower drops than a vessel with zones of fast and slow water
    sigma = np.hypot(drops.sigma, draws.value("sus.zones"))
    return Sized(log_normal(drops.dv50, sigma), tuple(notes), Course(seconds, fine_pivots.diameters, rows))


def _first_emulsion(pivots: Grid, stirred: Array) -> Array:
    """Coarse drops, log-normal by volume, (n, classes)."""
    x = np.log(pivots.diameters)[None, :] - np.log(_START * stirred)[:, None]
    found: Array = np.exp(-0.5 * (x / _START_SIGMA) ** 2)
    return found


def _events(
    s: Suspension,
    stirrer: Stirrer,
    done: Polymerised,
    mix: Mixture,
    stirred: Array,
    draws: Draws,
    reach: tuple[float, float],
    classes: int,
    draws_: slice = slice(None),
) -> tuple[ManyEvents, Grid]:
    pivots = grid(np.pi / 6 * reach[0] ** 3, np.pi / 6 * reach[1] ** 3, classes)
    d = pivots.diameters

    def value(key: str) -> Array:
        return draws.value(f"sus.{key}")[draws_]

    eps = dissipation(stirrer, draws)[draws_]
    n = eps.size
    tension = np.full(n, s.tension)
    density = float(prior("sus.monomer_density").value)
    breaks = break_up_rate(d, eps, tension, s.fraction, density, value("breakup"), value("breakup_energy"))
    meets, drains = collision_shapes(d)
    rate, weaken = merging_constants(
        eps, tension, s.fraction, prior("sus.water_density").value, prior("sus.water_viscosity").value,
        value("collision") * value("unprotected"), value("drainage"),
    )  # fmt: skip
    times, break_factor, merge_factor = _factors(s, done, mix, stirred, draws, eps, draws_)
    return (
        ManyEvents(breaks, meets, drains, rate, weaken, s.fraction, times, break_factor, merge_factor), pivots
    )  # fmt: skip


def _factors(
    s: Suspension, done: Polymerised, mix: Mixture, stirred: Array, draws: Draws, eps: Array, draws_: slice
) -> tuple[Array, Array, Array]:
    """How break-up and merging fade as the drops turn viscous and freeze, over the polymerisation."""
    keep = np.linspace(0, done.seconds.size - 1, min(done.seconds.size, 160)).astype(int)
    conversion = done.conversion[draws_][:, keep]
    viscosity = drop_viscosity(done.conversion[:, keep], draws)[draws_]
    frozen = frozen_conversion(mix, draws)[draws_][:, None]
    liquid = np.clip((frozen - conversion) / (0.1 * frozen), 0.0, 1.0)
    size = stirred[draws_]
    ratio = prior("sus.water_density").value / prior("sus.monomer_density").value
    number = correlation.viscosity_number(
        size[:, None], viscosity, eps[:, None], np.full((size.size, 1), s.tension), ratio
    )
    # The energy that holds a drop grows with the viscosity number: exponent of the break-up rate at d32
    holds = (
        draws.value("sus.breakup_energy")[draws_] * s.tension * (1 + s.fraction) ** 2
        / (prior("sus.monomer_density").value * eps ** (2 / 3) * size ** (5 / 3))
    )[:, None]  # fmt: skip
    added = holds * draws.value("sus.viscous")[draws_][:, None] * number
    return done.seconds[keep], liquid * np.exp(-np.minimum(added, 700.0)), liquid

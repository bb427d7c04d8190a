"""The route of an alloy powder from raw materials to phases, draw by draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.activity import is_inert
from negatrode.material.alloy.elements import LIGHT, host, metal
from negatrode.material.prior import Draws, weakest
from negatrode.process.alloying.phases import Made as Phases
from negatrode.process.alloying.phases import mixing, phases
from negatrode.process.alloying.route import METHODS, AlloyRoute
from negatrode.process.alloying.uptake import PURE, Uptake, metals, uptakes
from negatrode.process.made import Made, MadeFact, Note, Stage, as_sure_as_its_numbers, taken_note, told

Array = NDArray[np.float64]
_DOMAINS = {
    "mechanically-alloyed": "route.domain_milled",
    "melt-spun": "route.domain_spun",
    "gas-atomised": "route.domain_atomised",
    "arc-melted": "route.domain_cast",
}
# Phases that hold less than this (wt%) of O or N are not said to contain it.
_TRACE = 0.01


@dataclass(frozen=True, eq=False)
class AlloyRun:
    """Every stage of an alloy's route over its draws: sizes in m, ``area`` the outer area in m2/g."""

    route: AlloyRoute
    draws: Draws
    dv50: Array
    domain: Array
    area: Array
    oxygen: Uptake
    nitrogen: Uptake
    phases: Phases


def check(route: AlloyRoute) -> None:
    """InputError for a charge that is none: unknown elements, a sum that is not 100 wt%, a method unknown."""
    host(route.a), metal(route.b)
    if route.method not in METHODS:
        raise InputError(f"'{route.method}'", where="alloy.method", rule=f"one of {', '.join(METHODS)}")
    allowed = (route.a, route.b, "F", "S", "P")
    for element, w in route.composition.items():
        if element not in allowed:
            raise InputError(
                f"{element} in the charge",
                where="alloy.composition",
                rule="one host, one metal, and any of F, S, P; O and N come with raw materials and gas",
            )
        if not 0.0 <= w <= 100.0:
            raise InputError(f"{element} = {w:g} wt%", where="alloy.composition", rule="from 0 to 100 wt%")
    total = sum(route.composition.values())
    if abs(total - 100.0) > 1e-4:
        raise InputError(
            f"{total:g} wt% in all", where="alloy.composition", rule="what is charged sums to 100 wt%"
        )
    for element in (route.a, route.b):
        if not route.composition.get(element, 0.0) > 0.0:
            raise InputError(
                f"no {element} in the charge",
                where="alloy.composition",
                rule="a host of lithium for phase A and a metal for phase B",
            )
    _check_raw(route)


def _check_raw(route: AlloyRoute) -> None:
    """InputError for contents of a raw material that is not charged, or that it cannot hold."""
    for where, known in (("alloy.oxygen_of", route.oxygen), ("alloy.nitrogen_of", route.nitrogen)):
        for element, w in known.items():
            if element not in (route.a, route.b):
                rule = f"raw materials whose content counts are {route.a} and {route.b}"
                raise InputError(f"{element}", where=where, rule=rule)
            if not 0.0 <= w < 100.0:
                raise InputError(f"{element} with {w:g} wt%", where=where, rule="from 0 to less than 100 wt%")


def run_alloy(route: AlloyRoute, draws: Draws, say: Callable[[str], None] = lambda _: None) -> AlloyRun:
    """Alloy, anneal, passivate. InputError for what cannot be meant or predicted."""
    check(route)
    say("Alloying: uptake and phases")
    dv50 = _size(route, draws)
    domain = _domain(route, draws)
    dense = host(route.a).density * 0.5 + metal_density(route) * 0.5
    area = draws.value("particle.roughness") * 6.0 / (dense * 1e6 * dv50)
    o, n = uptakes(route, area, draws)
    before, fade = mixing(route, domain, draws)
    return AlloyRun(route, draws, dv50, domain, area, o, n, phases(route, o, n, before, fade, draws))


def metal_density(route: AlloyRoute) -> float:
    """Density (g/cm3) of the partner compound, or of the host where none is known."""
    from negatrode.material.alloy.compounds import compounds

    found = next((c for c in compounds(route.a, route.b) if c.partner), None)
    return host(route.a).density if found is None else found.density


def _size(route: AlloyRoute, draws: Draws) -> Array:
    if route.dv50 is None:
        return draws.value("particle.dv50") * 1e-6
    if not route.dv50 > 0.0:
        raise InputError(f"{route.dv50:g} um", where="alloy.dv50", rule="it is above zero")
    if not route.dv50_sd >= 0.0:
        raise InputError(f"{route.dv50_sd:g} um", where="alloy.dv50_uncertainty", rule="not below zero")
    z = draws.value("route.stated_size")
    return np.asarray(np.maximum(route.dv50 + route.dv50_sd * z, 0.1 * route.dv50) * 1e-6)


def _domain(route: AlloyRoute, draws: Draws) -> Array:
    if route.cooling_rate is None:
        return draws.value(_DOMAINS[route.method])
    if route.method == "mechanically-alloyed":
        raise InputError(
            f"a powder milled, with a cooling rate of {route.cooling_rate:g} K/s",
            where="alloy.cooling_rate",
            rule="the spacing by cooling rate is that of a melt",
            remedy="Leave cooling_rate out, or name the method of the melt.",
        )
    if not route.cooling_rate > 0.0:
        raise InputError(f"{route.cooling_rate:g} K/s", where="alloy.cooling_rate", rule="it is above zero")
    return np.asarray(draws.value("route.spacing") / np.cbrt(route.cooling_rate))


def as_made(run: AlloyRun) -> Made:
    """Predictions by property, facts, stages and notes."""
    route, c = run.route, run.phases.contents
    word = weakest(p.confidence for p in run.phases.partitions.values())
    both = "equilibrium by affinities, mixed with where raw materials and gas brought it; mass balance"
    keys = (
        "alloy.K_ON_oxide_error route.theta_milled route.theta_melt route.oxygen_taken route.nitrogen_taken"
    )
    halogens = sum(route.composition.get(e, 0.0) for e in ("F", "S", "P"))
    rows = {
        "oxygen": told("oxygen", "oxygen", "wt%", _percent(run, "O"), "raw materials, gas and native oxide",
                     "route.O_host route.O_metal route.oxygen_taken route.native_oxide particle.roughness"),
        "nitrogen": told("nitrogen", "nitrogen", "wt%", _percent(run, "N"), "raw materials and gas",
                       "route.N_host route.N_metal route.nitrogen_taken", "weak"),
        "oxygen_in_a": told("oxygen_in_a", "oxygen in A", "wt%", c.oxygen_in_a, both, keys, word),
        "oxygen_in_b": told("oxygen_in_b", "oxygen in B", "wt%", c.oxygen_in_b, both, keys, word),
        "nitrogen_in_a": told("nitrogen_in_a", "nitrogen in A", "wt%", c.nitrogen_in_a, both, keys, word),
        "nitrogen_in_b": told("nitrogen_in_b", "nitrogen in B", "wt%", c.nitrogen_in_b, both, keys, word),
        "area_fraction_a": told("area_fraction_a", "fraction of A", "1", run.phases.lever.volume_fraction,
                              "lever rule with what O and N bind, less what is dissolved",
                              "route.dissolved_milled route.dissolved_spun route.dissolved_cast",
                              run.phases.lever.confidence),
        "a_surrounded_by_b": told("a_surrounded_by_b", "A on B", "1", run.draws.value("route.surrounded"),
                                "taken", "route.surrounded", "weak"),
        "dv50": told("dv50", "Dv50", "um", run.dv50 * 1e6, "as stated" if route.dv50 else "taken",
                   "" if route.dv50 else "particle.dv50", "usable" if route.dv50 else "weak"),
        "specific_surface_area": told("specific_surface_area", "surface", "m2/g", run.area,
                                    "roughness of spheres of dv50", "particle.roughness", "weak"),
        "fluorine_sulfur_phosphorus": told("fluorine_sulfur_phosphorus", "F, S and P", "wt%",
                                         np.full(run.draws.n, halogens), "as charged", "", "usable"),
    }  # fmt: skip
    rows = {name: as_sure_as_its_numbers(p, run.draws) for name, p in rows.items()}
    charge = {e: f"{w:.6g} wt%" for e, w in _final(run).items()}
    return Made(
        name=route.name,
        material="alloy",
        predictions=rows,
        draws=run.draws,
        facts=_facts(run),
        notes=_notes(run),
        design={
            "declared": {
                "particle_composition": charge,
                "domain_size": f"{float(np.median(run.domain)) * 1e9:.4g} nm",
                **({"structure": route.structure} if route.structure else {}),
            }
        },
        stages=_stages(run),
    )


def _percent(run: AlloyRun, symbol: str) -> Array:
    return run.oxygen.total if symbol == "O" else run.nitrogen.total


def _final(run: AlloyRun) -> dict[str, float]:
    """wt% of the charged elements in the particle, less the O and N of their raw materials (medians)."""
    found = metals(run.route, run.oxygen, run.nitrogen)
    return {e: float(np.median(w)) for e, w in found.items() if run.route.composition[e] > 0.0}


def _facts(run: AlloyRun) -> tuple[MadeFact, ...]:
    route, c = run.route, run.phases.contents
    light = [
        s for s in LIGHT
        if route.composition.get(s, 0.0) > 0.0 or (s in "ON" and float(np.median(_percent(run, s))) > _TRACE)
    ]  # fmt: skip
    in_b = [s for s, w in (("O", c.oxygen_in_b), ("N", c.nitrogen_in_b)) if float(np.median(w)) > _TRACE]
    facts = [
        MadeFact("particle_elements", (route.a, route.b, *light), "charged, or taken up by the route"),
        MadeFact("phase_a_elements", (route.a,), "free host by the lever rule"),
        MadeFact("phase_b_elements", (route.b, route.a, *in_b), "the host's partner compound, with O and N"),
        MadeFact("phase_a_lithium_active", True, f"{route.a} takes up lithium"),
    ]
    compound = run.phases.lever.partner
    if compound is not None and is_inert(compound):
        words = f"{compound.formula} does not react with lithium above 0.05 V by the hull"
        facts.append(MadeFact("phase_b_lithium_inactive", True, words))
    return tuple(facts)


def _notes(run: AlloyRun) -> tuple[Note, ...]:
    notes = [*taken_note(run.route.taken)]
    notes += [Note("partition", p.words) for p in run.phases.partitions.values()]
    notes += [Note("phases", f) for f in run.phases.lever.findings if not f.startswith("fraction of")]
    compound = run.phases.lever.partner
    if compound is not None and not is_inert(compound):
        at = "an unknown potential" if compound.first is None else f"{compound.first:.2g} V"
        notes.append(
            Note(
                "inert",
                f"{compound.formula} reacts with lithium at {at} by the hull and is inert by its kinetics at "
                "most: that phase B takes up no lithium has to be measured ([[cycling]], material = "
                '"phase-b").',
            )
        )
    notes += _residual(run.route)
    notes.append(
        Note(
            "permeable", "That phase B lets lithium through is not shown by any route: measure or declare it."
        )
    )
    return tuple(notes)


def _residual(route: AlloyRoute) -> list[Note]:
    """What is not predicted of a gas that flows and is all but pure."""
    if not 0.0 < route.gas.oxygen < PURE or route.vessel is not None or route.oxygen_uptake is not None:
        return []
    text = (
        f"What the powder takes of the {1e6 * route.gas.oxygen:.3g} ppm of oxygen in the {route.gas.name} "
        "that flows is taken as none: it depends on how much gas passes. Give oxygen_uptake by weighing or "
        "analysis."
    )
    return [Note("residual", text, warning=True)]


def _stages(run: AlloyRun) -> tuple[Stage, ...]:
    route, o, n = run.route, run.oxygen, run.nitrogen
    made = run.phases
    charge = ", ".join(f"{w:.4g} wt% {e}" for e, w in route.composition.items())
    took = [
        told("O_raw", "oxygen with the raw materials", "wt%", o.from_a + o.from_b, "contents of the charge",
           "route.O_host route.O_metal", "weak"),
        told("O_gas", "oxygen from the gas", "wt%", o.gas, "share of what the gas holds, or as declared",
           "route.oxygen_taken"),
        told("O_air", "oxygen of the native oxide", "wt%", o.air, "film, its oxygen, outer area",
           "route.native_oxide particle.roughness"),
        told("N_raw", "nitrogen with the raw materials", "wt%", n.from_a + n.from_b, "contents of the charge",
           "route.N_host route.N_metal", "weak"),
        told("N_gas", "nitrogen from the gas", "wt%", n.gas, "share of what the gas holds, or as declared",
           "route.nitrogen_taken", "weak"),
    ]  # fmt: skip
    if n.most:
        full = np.full(run.draws.n, n.most)
        took.append(
            told("N_most", "nitrogen in the vessel, on the charge", "wt%", full, "p V / (R T)", "", "strong")
        )
    parts = [
        told(f"K_{s}", f"{'oxygen' if s == 'O' else 'nitrogen'}, energy in favour of B", "kJ/mol", p.margin,
           "mu_A - mu_B", "alloy.K_ON_oxide_error", p.confidence)
        for s, p in made.partitions.items()
    ]  # fmt: skip
    parts += [
        told("theta_before", "mixing before the anneal", "1", made.before, "taken, by method",
           "route.theta_milled route.theta_melt", "weak"),
        told("theta", "mixing", "1", made.theta, "theta exp(-pi^2 D t / l^2)",
           "route.D_factor route.D_energy", "weak"),
        told("domain", "domains of A", "nm", run.domain * 1e9, "by method, or a (K/s)^-1/3",
           _DOMAINS[route.method] if route.cooling_rate is None else "route.spacing", "weak"),
    ]  # fmt: skip
    heat = "" if route.anneal is None else f"; anneal at {route.anneal.celsius:.0f} degC"
    return (
        Stage("Oxygen and nitrogen", f"{charge}; {route.method} under {route.gas.name}", tuple(took)),
        Stage("Phases", f"O and N last move at {route.celsius:.0f} degC{heat}", tuple(parts)),
    )

"""TECHNIQUE "cycling": half cells from cycler files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from negatrode.core.errors import InputError, NegatrodeError
from negatrode.core.estimate import Finding
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.cycling import record as record_module
from negatrode.techniques.cycling.activity import (
    INACTIVE_BELOW,
    PARTICLE,
    PHASE_A,
    PHASE_B,
    activity_facts,
)
from negatrode.techniques.cycling.charge import AGREEMENT, counter_disagreement
from negatrode.techniques.cycling.cycles import ROLES, Cycle, cycles_by_counter, cycles_by_direction
from negatrode.techniques.cycling.differential import differential_capacity
from negatrode.techniques.cycling.figure import Branch, CyclingFigure, thinned
from negatrode.techniques.cycling.gitt import GittPoint, diffusivities, pulses
from negatrode.techniques.cycling.halfcycles import half_cycles
from negatrode.techniques.cycling.mass import Mass, mass_of
from negatrode.techniques.cycling.outcomes import Cell, outcomes
from negatrode.techniques.cycling.pseudo_ocp import pseudo_ocp, slowest
from negatrode.techniques.cycling.rates import rate_table
from negatrode.techniques.cycling.recipes import RECIPES
from negatrode.techniques.cycling.record import CyclerRecord, cycler_record
from negatrode.techniques.cycling.uncertainty import REPEAT_CAPACITY
from negatrode.techniques.technique import Evaluation, Technique

KEYS = (
    Key(
        "electrode",
        "",
        "which electrode is the working one, and so which current lithiates the material",
        choices=ROLES,
        example="working-is-alloy",
    ),
    Key("mass", "mg", "mass of the active material in the electrode", example="1.011 mg"),
    Key(
        "electrode_mass",
        "mg",
        "mass of the coating without its collector, instead of mass, with active_fraction",
        example="1.12 mg",
    ),
    Key("active_fraction", "%", "active material in that coating, by mass", example="90 %"),
    Key("mass_uncertainty", "mg", "standard uncertainty of that mass", example="0.01 mg"),
    Key(
        "material",
        "",
        "what the electrode is made of, where it is one phase alone",
        choices=(PARTICLE, PHASE_A, PHASE_B),
    ),
    Key("first_cycle", "count", "which cycle counts as the first, where others go before it", example="1"),
    Key("cycle", "count", "the cycle whose retention is asked for", example="50"),
    Key("nominal_capacity", "mA*h", "charge that one hour at 1C moves", example="0.35 mA*h"),
    Key("particle_radius", "um", "radius of the particles, for a diffusivity by GITT", example="4.2 um"),
    Key(
        "inactive_below",
        "mA*h/g",
        f"a phase that gives back less is inactive ({INACTIVE_BELOW:g} unless given; the claims name none)",
        example="20 mA*h/g",
    ),
    *record_module.KEYS,
)
# Counters that differ from the integral of the current by more are named (assumed)
_COUNTERS_DIFFER = 0.005
_PER_MASS = ("first_cycle_charge", "first_cycle_discharge")


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """Every recipe on the record of one cell.

    Raises MissingInput where the working electrode is not known; a mass that nobody gives leaves the
    capacities unmeasured and the ratios measured.
    """
    record = cycler_record(recordings, settings)
    mine = settings.with_stated(recordings[0].settings)
    role = mine.word("electrode", why="which current lithiates the material depends on it")
    halves = half_cycles(record)
    cycles, notes = cycles_by_direction(halves, role, record.path)
    cycles, skipped = _from_first(cycles, mine)
    mass = mass_of(mine)
    counted = cycles_by_counter(record, halves, role)
    cell = Cell(record, cycles, counted, mass, mine.optional_count("cycle"), skipped)
    material = mine.optional_word("material") or PARTICLE
    threshold = mine.optional_quantity("inactive_below")
    grams = None if isinstance(mass, NegatrodeError) else mass.grams
    relative = None if isinstance(mass, NegatrodeError) else mass.relative
    facts = activity_facts(
        material,
        cycles,
        record,
        grams,
        INACTIVE_BELOW if threshold is None else threshold,
        float(np.hypot(REPEAT_CAPACITY, relative or 0.0)),
    )
    return Evaluation(
        outcomes(cell),
        {"": (*notes, *_counters(record))} | dict.fromkeys(_PER_MASS, _of_mass(mass, mine)),
        _figure(cell, material, mine),
        facts,
        specimen="" if material == PARTICLE else material,
    )


def _from_first(cycles: tuple[Cycle, ...], settings: Settings) -> tuple[tuple[Cycle, ...], int]:
    """The cycles from the first that counts, numbered anew, and how many go before it."""
    number = settings.optional_count("first_cycle")
    if number is None:
        return cycles, 0
    if not 1 <= number <= len(cycles):
        raise InputError(
            f"cycling.first_cycle = {number}",
            where=settings.origin,
            rule=f"the record holds cycles 1 to {len(cycles)}",
        )
    return tuple(replace(c, number=k) for k, c in enumerate(cycles[number - 1 :], start=1)), number - 1


def _of_mass(mass: Mass | NegatrodeError, settings: Settings) -> tuple[Finding, ...]:
    """What a reader should know of the mass that the capacities are per."""
    if isinstance(mass, NegatrodeError):
        return ()
    found = []
    if "mass" in settings.used and "mass" not in settings.given:
        text = f"{1000.0 * mass.grams:.4g} mg of active material, as the file states"
        found.append(Finding("mass-of-the-file", text))
    if mass.relative is None:
        text = "no uncertainty of the mass is given: the repeatability between cells stands for it as well"
        found.append(Finding("assumed-uncertainty", text))
    return tuple(found)


def _counters(record: CyclerRecord) -> tuple[Finding, ...]:
    apart = counter_disagreement(record)
    if apart is None or abs(apart) <= _COUNTERS_DIFFER:
        return ()
    taken = "counters" if abs(apart) <= AGREEMENT else "integral"
    text = (
        f"the instrument's counters differ from the integral of the logged current by {apart:+.1%}; the "
        f"{taken} {'are' if taken == 'counters' else 'is'} used"
    )
    return (Finding("counters", text, warning=abs(apart) > 0.05),)


def _figure(cell: Cell, material: str, settings: Settings) -> CyclingFigure:
    mass = cell.mass
    scale = 1000.0 if isinstance(mass, NegatrodeError) else 1000.0 / mass.grams
    shown = _shown(cell.cycles)
    nominal = settings.optional_quantity("nominal_capacity")
    slow = slowest(cell.cycles, cell.record.time)
    out = [np.nan if c.delithiation is None else c.delithiation.capacity for c in cell.cycles]
    return CyclingFigure(
        path=cell.record.path,
        material=material,
        specific=not isinstance(mass, NegatrodeError),
        branches=tuple(b for c in shown for b in _branches(c, scale)),
        dqdv=_dqdv(cell.cycles[0], scale),
        cycles=np.array([c.number for c in cell.cycles], dtype=float),
        lithiation=scale * np.array([c.lithiation.capacity for c in cell.cycles]),
        delithiation=scale * np.array(out),
        efficiency=np.array([c.efficiency for c in cell.cycles]),
        rates=tuple(rate_table(cell.record, cell.cycles, None if nominal is None else nominal / 1000.0)),
        ocp=None if slow is None else pseudo_ocp(slow),
        ocp_scale=scale,
        gitt=_gitt(cell.record, settings),
    )


def _shown(cycles: Sequence[Cycle]) -> list[Cycle]:
    """The first cycle, and at most three later ones spread over the record."""
    places = sorted({0, *np.linspace(0, len(cycles) - 1, min(len(cycles), 4)).round().astype(int).tolist()})
    return [cycles[i] for i in places]


def _branches(cycle: Cycle, scale: float) -> list[Branch]:
    halves = [("lithiation", cycle.lithiation), ("delithiation", cycle.delithiation)]
    return [
        Branch(cycle.number, name, thinned(scale * half.charge), thinned(half.voltage))
        for name, half in halves
        if half is not None
    ]


def _dqdv(cycle: Cycle, scale: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    found = {}
    for name, half in (("lithiation", cycle.lithiation), ("delithiation", cycle.delithiation)):
        if half is None:
            continue
        try:
            curve = differential_capacity(half)
        except NegatrodeError:
            continue  # too short a span of voltage to differentiate: nothing to draw
        found[name] = (curve.voltage, scale * curve.dqdv)
    return found


def _gitt(record: CyclerRecord, settings: Settings) -> tuple[GittPoint, ...]:
    found = pulses(record)
    radius = settings.optional_quantity("particle_radius")
    if not found or radius is None:
        return ()
    return tuple(diffusivities(record, found, radius * 1e-6))


TECHNIQUE = Technique("cycling", "cycling", "Half cell", ("cycling", "table"), RECIPES, KEYS, evaluate)

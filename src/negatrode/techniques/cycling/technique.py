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
from negatrode.techniques.cycling.cycles import ROLES, Cycle, cycles_by_counter, cycles_by_direction
from negatrode.techniques.cycling.differential import differential_capacity
from negatrode.techniques.cycling.figure import Branch, CyclingFigure, thinned
from negatrode.techniques.cycling.gates import gates, mass_findings, refuse_symmetric
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
    Key(
        "first_cycle",
        "count",
        "which cycle of the record (lithiation and the delithiation after it, from 1) counts as the first",
        example="1",
    ),
    Key(
        "cycle",
        "count",
        "the cycle whose retention is asked for, where first_cycle is number 1; the last complete one unless "
        "given",
        example="50",
    ),
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
    refuse_symmetric(record, halves)
    cycles, notes = cycles_by_direction(halves, role, record.path)
    cycles, skipped = _from_first(cycles, mine)
    mass = mass_of(mine)
    counted = cycles_by_counter(record, halves, role)
    cell = Cell(record, cycles, counted, mass, mine.optional_count("cycle"), skipped, role)
    material = mine.optional_word("material") or PARTICLE
    threshold = _positive("inactive_below", mine)
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
        {"": (*notes, *gates(record, halves))} | dict.fromkeys(_PER_MASS, _of_mass(mass, mine)),
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
    return mass_findings(
        mass,
        given="mass" in settings.given,
        stated=settings.stated.get("mass"),
        of_coating="electrode_mass" in settings.given,
    )


def _positive(name: str, settings: Settings) -> float | None:
    """A quantity that cannot be zero or less, or None."""
    value = settings.optional_quantity(name)
    if value is not None and value <= 0.0:
        raise InputError(
            f"cycling.{name} = {value:g} {settings.keys[name].unit}",
            where=settings.origin,
            rule="it must be positive",
        )
    return value


def _figure(cell: Cell, material: str, settings: Settings) -> CyclingFigure:
    mass = cell.mass
    scale = 1000.0 if isinstance(mass, NegatrodeError) else 1000.0 / mass.grams
    shown = _shown(cell.cycles)
    nominal = _positive("nominal_capacity", settings)
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
    radius = _positive("particle_radius", settings)
    return () if radius is None else tuple(diffusivities(record, pulses(record), radius * 1e-6))


TECHNIQUE = Technique("cycling", "cycling", "Half cell", ("cycling", "table"), RECIPES, KEYS, evaluate)

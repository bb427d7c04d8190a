"""Electrodes of a BPX file: layers, particles, their functions and their stoichiometry windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from negatrode.cell.electrode import Electrode, Particle
from negatrode.core.errors import InputError, NegatrodeError
from negatrode.exchange.bpx_function import (
    Function,
    Use,
    coefficient_table,
    entropy_table,
    potential_table,
    read_function,
)
from negatrode.exchange.bpx_section import Section, check_number, describe
from negatrode.material.active import REFERENCE_CONCENTRATION, ActiveMaterial, Hysteresis
from negatrode.material.table import FARADAY, Table

# Plausibility limits (assumed): they catch wrong units and damage, not unusual cells.
LENGTH = (1e-10, 0.1)  # m
FRACTION = (1e-6, 1.0)
ENERGY = (-3e5, 3e5)  # J mol-1
CONDUCTIVITY = (1e-12, 1e9)  # S m-1
_AREA_PER_VOLUME = (1.0, 1e12)  # m-1
_CONCENTRATION = (1.0, 1e6)  # mol m-3
MAX_HOSTS = 20
_RATE = (1e-20, 1e3)  # mol m-2 s-1
_SPAN = (-0.1, 1.1)  # stoichiometries of points; fits may reach a little beyond 0 and 1
_POTENTIAL = "OCP [V]"
_LITHIATION, _DELITHIATION = "OCP (lithiation) [V]", "OCP (delithiation) [V]"
_DECAY = "OCP hysteresis decay constant"


@dataclass(frozen=True)
class Surroundings:
    """What an electrode needs from elsewhere in the file.

    ``lithiated_when_full``: whether 100 % state of charge is at the maximum stoichiometry. ``hysteresis``:
    the field of the initial hysteresis state (place and content), or None.
    """

    lithiated_when_full: bool
    state_of_charge: float
    concentration: float
    temperature: float
    hysteresis: tuple[str, object] | None
    say: Callable[[str], None]


def read_electrode(section: Section, around: Surroundings) -> Electrode:
    """A porous electrode, of one host or of several (section "Particle")."""
    if "Particle" in section:
        hosts = section.section("Particle")
        named = {name: hosts.section(name) for name in hosts.content}
        if not 1 <= len(named) <= MAX_HOSTS:
            raise InputError(
                f"{len(named)} hosts", where=section.where("Particle"), rule=f"1 to {MAX_HOSTS} hosts"
            )
        hosts.refuse_rest()
    else:
        named = {"": section}
    initial = _initial_states(around.hysteresis, named)
    particles = []
    for name, host in named.items():
        label = name or section.place[-1]
        particles.append(_particle(host, label, initial[name], around))
        if name:
            host.refuse_rest()
    layer = (
        section.number("Thickness [m]", *LENGTH),
        section.number("Porosity", *FRACTION),
        section.number("Transport efficiency", *FRACTION),
        section.number("Conductivity [S.m-1]", *CONDUCTIVITY),
    )
    section.refuse_rest()
    return placed(section.place, lambda: Electrode(*layer, particles=tuple(particles)))


_T = TypeVar("_T")


def placed(place: tuple[str, ...], make: Callable[[], _T]) -> _T:
    """Make something; its refusal says where in the file it stands."""
    try:
        return make()
    except NegatrodeError as error:
        raise error.at(" > ".join(place)) from None


def _initial_states(field: tuple[str, object] | None, named: dict[str, Section]) -> dict[str, float | None]:
    """Initial hysteresis state of each host; None where the file gives none."""
    if field is None:
        return dict.fromkeys(named)
    where, content = field
    if list(named) == [""]:
        return {"": check_number(content, -1.0, 1.0, where)}
    if not isinstance(content, dict) or set(content) != set(named):
        raise InputError(
            describe(content), where=where, rule=f"one number for each of {', '.join(sorted(named))}"
        )
    return {name: check_number(content[name], -1.0, 1.0, f"{where} > {name}") for name in named}


def _particle(host: Section, label: str, initial: float | None, around: Surroundings) -> Particle:
    low, high = host.number("Minimum stoichiometry", 0, 1), host.number("Maximum stoichiometry", 0, 1)
    if not low < high:
        raise InputError(
            f"{low:g} and {high:g}", where=host.where("Minimum stoichiometry"), rule="minimum < maximum"
        )
    radius = host.number("Particle radius [m]", *LENGTH)
    area = host.number("Surface area per unit volume [m-1]", *_AREA_PER_VOLUME)
    window = (low, high) if around.lithiated_when_full else (high, low)
    start = window[0] + around.state_of_charge * (window[1] - window[0])
    material = _material(host, label, (low, high), initial, around)
    return placed(
        host.place,
        lambda: Particle(
            material, radius=radius, volume_fraction=area * radius / 3, stoichiometry=start, window=window
        ),
    )


def _material(
    host: Section, label: str, window: tuple[float, float], initial: float | None, around: Surroundings
) -> ActiveMaterial:
    kelvin, say = around.temperature, around.say
    largest = host.number("Maximum concentration [mol.m-3]", *_CONCENTRATION)
    rate = host.number("Reaction rate constant [mol.m-2.s-1]", *_RATE)
    k = FARADAY * rate * float(np.sqrt(REFERENCE_CONCENTRATION / around.concentration))
    exchange = Table.constant(
        k,
        activation_energy=_energy(host, "Reaction rate constant activation energy [J.mol-1]"),
        name="exchange current",
    )
    energy = _energy(host, "Diffusivity activation energy [J.mol-1]")
    diffusivity = coefficient_table(
        read_function(host, "Diffusivity [m2.s-1]", _SPAN),
        Use(f"{label} diffusivity", window, kelvin, energy),
        say,
        (0.0, 1.0),
    )
    entropic = "Entropic change coefficient [V.K-1]"
    entropy = Table.constant(0.0)
    if entropic in host:
        entropy = entropy_table(
            read_function(host, entropic, _SPAN), Use(f"{label} entropic coefficient", window, kelvin), say
        )
    use = Use(f"{label} potential", window, kelvin)
    potential = potential_table(read_function(host, _POTENTIAL, _SPAN), use, say)
    hysteresis = _hysteresis(host, use, initial, say)
    if hysteresis is not None:
        mean = _mean(hysteresis, kelvin)
        x = np.linspace(*window, 201)
        gap = float(np.max(np.abs(potential(x) - mean(x))))
        if gap > 1e-4:
            say(
                f"{host.where(_POTENTIAL)}: up to {gap * 1e3:.1f} mV off the mean of the two branches, "
                "which is used in its place"
            )
        potential = mean
    return ActiveMaterial(
        name=label,
        maximum_concentration=largest,
        potential=potential,
        diffusivity=diffusivity,
        exchange_current=replace(exchange, temperatures=np.array([kelvin])),
        entropy=entropy,
        hysteresis=hysteresis,
    )


def _energy(section: Section, key: str) -> float:
    return section.optional_number(key, *ENERGY) or 0.0


def _hysteresis(
    host: Section, use: Use, initial: float | None, say: Callable[[str], None]
) -> Hysteresis | None:
    """Both branches with a decay constant: one-state; without it: the branch of the sign of the current."""
    given = [key for key in (_LITHIATION, _DELITHIATION) if key in host]
    decay = host.optional_number(_DECAY, 1e-12, 1e12)
    if not given:
        if decay is not None:
            raise InputError(
                "a decay constant without branches", where=host.where(_DECAY), rule="both branches are given"
            )
        if initial:
            raise InputError(
                f"an initial hysteresis state of {initial:g} without branches",
                where=host.where(_LITHIATION),
                rule="both branches are given",
            )
        return None
    if len(given) == 1:
        raise InputError("one branch alone", where=host.where(given[0]), rule="both branches are given")
    lithiation, delithiation = (
        potential_table(branch, replace(use, name=f"{use.name} on {kind}"), say)
        for branch, kind in zip(_branches(host), ("lithiation", "delithiation"), strict=True)
    )
    if decay is None:
        say(f"{host.where(_LITHIATION)}: no decay constant, so the branch follows the sign of the current")
        return Hysteresis("current-sigmoid", lithiation, delithiation)
    return Hysteresis("one-state", lithiation, delithiation, decay=decay, initial=initial or 0.0)


def _branches(host: Section) -> tuple[Function, Function]:
    return read_function(host, _LITHIATION, _SPAN), read_function(host, _DELITHIATION, _SPAN)


def _mean(hysteresis: Hysteresis, kelvin: float) -> Table:
    a, b = hysteresis.lithiation, hysteresis.delithiation
    low, high = max(a.low, b.low), min(a.high, b.high)
    return Table.sample(
        lambda x: (a(x) + b(x)) / 2,
        low,
        high,
        intervals=max(a.intervals, b.intervals),
        temperature=kelvin,
        name="mean potential",
    )

"""What a cell must satisfy as a whole, before it is simulated."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle
from negatrode.cell.initial import open_circuit_voltage
from negatrode.cell.temperatures import known_temperatures
from negatrode.core.errors import InputError
from negatrode.material.active import ActiveMaterial
from negatrode.material.electrolyte import Electrolyte
from negatrode.material.table import FARADAY, Table

# Windows come rounded to three digits or so, and areas to two or three: their capacities agree within this.
BALANCE = 0.02
# Open-circuit voltages further outside the limits than this (V, assumed) mean that something is swapped.
SLACK = 0.5
# A potential that rises with stoichiometry by more than this (V) over the range is not an equilibrium
# potential; less is the noise of measured curves (assumed).
RISE = 0.02


def check_cell(cell: Cell) -> None:
    """Refuse a cell that cannot be.

    Raises
    ------
    InputError
        Windows that do not balance, tables that do not cover what is simulated or that leave the physical
        range, an open-circuit voltage far outside the limits.
    """
    electrodes = [e for e in (cell.negative, cell.positive) if isinstance(e, Electrode)]
    for electrode in electrodes:
        for particle in electrode.particles:
            _check_material(particle)
    _check_electrolyte(cell.electrolyte)
    if len(electrodes) == 2:
        _check_balance(cell, electrodes[0], electrodes[1])
    _check_temperatures(cell)
    volts = open_circuit_voltage(cell)
    low, high = cell.voltage_limits
    if not low - SLACK <= volts <= high + SLACK:
        raise InputError(
            f"{cell.name}: an open-circuit voltage of {volts:.3f} V at the start",
            rule=f"the voltage limits are {low:g} and {high:g} V",
            remedy="check the initial stoichiometries, and whether the electrodes are swapped",
        )


def _check_temperatures(cell: Cell) -> None:
    low, high = known_temperatures(cell)
    for what in ("initial", "ambient"):
        kelvin = getattr(cell, f"{what}_temperature")
        if not low <= kelvin <= high:
            raise InputError(
                f"{cell.name}: {what} temperature {kelvin:g} K, properties known from {low:g} to {high:g} K",
                rule="a table is not extrapolated in temperature",
            )


def window_capacity(cell: Cell, electrode: Electrode) -> float | None:
    """Capacity (A h) of an electrode over the windows of its particles; None where one has none."""
    total = 0.0
    for p in electrode.particles:
        if p.window is None:
            return None
        total += p.capacity_concentration * abs(p.window[1] - p.window[0])
    return total * electrode.thickness * cell.area * FARADAY / 3600


def _check_balance(cell: Cell, negative: Electrode, positive: Electrode) -> None:
    first, second = window_capacity(cell, negative), window_capacity(cell, positive)
    if first is None or second is None:
        return
    if abs(first - second) > BALANCE * max(first, second):
        raise InputError(
            f"{cell.name}: between 0 % and 100 % the negative electrode gives {first:.4g} A h, "
            f"the positive takes {second:.4g} A h",
            rule=f"stoichiometry windows balance within {100 * BALANCE:g} %",
            remedy="check windows, thicknesses, volume fractions and maximum concentrations; "
            "negatrode.balanced(cell) finds the windows of a cell that was changed",
        )
    up = [p.window for p in negative.particles if p.window is not None]
    down = [p.window for p in positive.particles if p.window is not None]
    if any(w[1] < w[0] for w in up) or any(w[1] > w[0] for w in down):
        raise InputError(
            f"{cell.name}: windows {up} (negative) and {down} (positive)",
            rule="a window is (at 0 %, at 100 %): on charge the negative fills, the positive empties",
        )


def _check_material(particle: Particle) -> None:
    material = particle.material
    needed = [particle.stoichiometry, *(particle.window or ())]
    table = material.potential
    if min(needed) < table.low - 1e-9 or max(needed) > table.high + 1e-9:
        raise InputError(
            f"{material.name}: potential known from {table.low:g} to {table.high:g}, "
            f"used from {min(needed):g} to {max(needed):g}",
            rule="tables cover the stoichiometries that are simulated",
        )
    _check_coefficients(material)
    whole = _potential_within(material, max(table.low, 0.02), min(table.high, 0.98))
    if whole is None:
        return
    # A fit may have poles where no cell goes; with a window it is known where this one goes.
    trouble = whole if particle.window is None else _potential_within(material, min(needed), max(needed))
    if trouble is not None:
        raise InputError(trouble[0], rule=trouble[1], remedy="check the direction of the abscissa")


@lru_cache(maxsize=256)
def _check_coefficients(material: ActiveMaterial) -> None:
    """What depends on the material alone: looked at once, since a sweep uses it thousands of times."""
    for key in ("diffusivity", "exchange_current", "electrolyte_factor"):
        _check_positive(getattr(material, key), f"{material.name}: {key}")


@lru_cache(maxsize=256)
def _potential_within(material: ActiveMaterial, low: float, high: float) -> tuple[str, str] | None:
    """What is wrong with the potential within a range of stoichiometry, and the rule; or None."""
    inner = material.potential(np.linspace(low, high, 2001))
    rise = float(np.max(inner - np.minimum.accumulate(inner)))
    if np.abs(inner).max() > 1000:
        return f"{material.name}: a potential of {np.abs(inner).max():g} V", "volts against lithium"
    if rise > RISE:
        found = f"{material.name}: the potential rises with stoichiometry by {1e3 * rise:.3g} mV"
        return found, "an equilibrium potential falls as the host fills"
    return None


def _check_positive(table: Table, name: str) -> None:
    """Also between its points: the cubic may dip."""
    x = np.linspace(table.low, table.high, 4 * table.intervals + 1)
    lowest = min(float(_row(table, i)(x).min()) for i in range(len(table.temperatures)))
    if not lowest > 0:
        raise InputError(f"{name} falls to {lowest:g}", rule="positive everywhere, also between the points")


def _row(table: Table, i: int) -> Table:
    return Table(table.low, table.high, table.values[i : i + 1], table.slopes[i : i + 1], name=table.name)


@lru_cache(maxsize=256)
def _check_electrolyte(el: Electrolyte) -> None:
    for key in ("conductivity", "diffusivity"):
        table: Table = getattr(el, key)
        if table.intervals == 1:
            continue
        # Half to twice the initial salt is met in ordinary use; beyond, tables go on straight.
        low, high = (0.5 * el.initial_concentration) ** 0.5, (1.5 * el.initial_concentration) ** 0.5
        if table.low > low or table.high < high:
            raise InputError(
                f"{el.name}: {key} known from {table.low**2:g} to {table.high**2:g} mol/m3",
                rule=f"it covers 0.5 to 1.5 times the initial {el.initial_concentration:g} mol/m3",
            )
        used = np.linspace(max(table.low, 0.1 * low), min(table.high, high), 200)
        if float(table(used).min()) <= 0:
            raise InputError(
                f"{el.name}: {key} falls to {float(table(used).min()):g}", rule=f"{key} is positive"
            )
    root = el.initial_concentration**0.5
    share, factor = float(el.transference(root)), float(el.thermodynamic_factor(root))
    if not -1.0 < share < 1.0:
        raise InputError(f"{el.name}: a transference number of {share:g}", rule="-1 < t+ < 1")
    if not factor > 0:
        raise InputError(f"{el.name}: a thermodynamic factor of {factor:g}", rule="it is positive")

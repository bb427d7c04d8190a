"""Differential capacity dQ/dV of a half-cycle.

Charge is interpolated to an even grid of voltage after the voltage was made monotone (a potentiostat's
noise makes it step back), and differentiated by a local cubic (Savitzky and Golay, Anal. Chem. 36 (1964)
1627). Its integral over the voltage is the capacity again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from negatrode.core.errors import Refusal
from negatrode.techniques.cycling.halfcycles import HalfCycle
from negatrode.techniques.cycling.record import Array

GRID = 5e-3  # V between points of the grid (assumed: the width of the sharpest peaks of tin is 10 mV)
WINDOW = 7  # points of the local cubic


@dataclass(frozen=True, eq=False)
class Differential:
    """dQ/dV in A h/V (not negative) on an even grid of voltage, V; voltages of its peaks, largest first."""

    voltage: Array
    dqdv: Array
    peaks: Array


def differential_capacity(half: HalfCycle, *, spacing: float = GRID) -> Differential:
    """dQ/dV of one half-cycle.

    Raises Refusal where it spans fewer than 15 steps of the grid.
    """
    from scipy.signal import find_peaks, savgol_filter

    voltage, charge = _monotone(half)
    count = int((voltage[-1] - voltage[0]) / spacing)
    if count < 15:
        raise Refusal(
            f"a half-cycle of {voltage[-1] - voltage[0]:.3g} V",
            rule=f"dQ/dV needs at least {15 * spacing:.3g} V at {spacing:g} V a point",
        )
    grid = np.linspace(voltage[0], voltage[-1], count + 1)
    even = np.interp(grid, voltage, charge)
    step = float(grid[1] - grid[0])
    slope = np.abs(savgol_filter(even, WINDOW, 3, deriv=1, delta=step, mode="interp"))
    places, found = find_peaks(slope, prominence=0.05 * float(slope.max()))
    order = np.argsort(-found["prominences"])
    return Differential(grid, slope, grid[places[order]])


def differential_voltage(half: HalfCycle, *, points: int = 401) -> tuple[Array, Array]:
    """Charge (A h, even grid) and dV/dQ (V/(A h), not negative) of one half-cycle, by the same local cubic.

    Sharp where dQ/dV is flat: it marks the steps between plateaus (Bloom et al., J. Power Sources 139
    (2005) 295). Raises Refusal where there are too few points.
    """
    from scipy.signal import savgol_filter

    voltage, charge = _monotone(half)
    if charge.size < 2 * WINDOW:
        raise Refusal(f"{charge.size} points", rule=f"dV/dQ needs at least {2 * WINDOW} points")
    order = np.argsort(charge, kind="stable")
    grid = np.linspace(float(charge.min()), float(charge.max()), points)
    even = np.interp(grid, charge[order], voltage[order])
    slope = savgol_filter(even, 2 * WINDOW + 1, 3, deriv=1, delta=float(grid[1] - grid[0]), mode="interp")
    return grid, np.abs(slope)


def _monotone(half: HalfCycle) -> tuple[Array, Array]:
    """Voltage, rising, and the charge at which it was first reached going one way."""
    way = half.direction * half.voltage
    keep = np.flatnonzero(way >= np.maximum.accumulate(way))
    voltage, charge = half.voltage[keep], half.charge[keep]
    if half.direction < 0:
        voltage, charge = voltage[::-1], charge[::-1]
    values, first = np.unique(voltage, return_index=True)
    # charge passed while the voltage did not advance (a hold at the limit) stays at that voltage
    return values, charge[first]

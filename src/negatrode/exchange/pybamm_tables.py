"""Functions of a PyBaMM parameter set as tables: grids fine enough, temperature separated where it can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from negatrode.core.errors import Refusal
from negatrode.exchange.pybamm_source import Evaluated, Source
from negatrode.material.active import REFERENCE_CONCENTRATION
from negatrode.material.table import GAS_CONSTANT, Array, Table

PROBED_TEMPERATURES = (253.15, 273.15, 288.15, 298.15, 313.15, 343.15)  # K
COLDEST, HOTTEST = 253.15, 343.15  # K: the range of a table with rows at temperatures
SEPARABLE = 1e-6  # relative departure from a product that still counts as one
INSIDE = (0.002, 0.998)  # stoichiometries between which a table follows the function closely
BARRIER_INTERVALS = 4096  # resolve PyBaMM's barrier, exp(-6910 x), to 2 % of its 1 V at x = 0


def potential_table(function: Evaluated, temperature: float, name: str) -> Table:
    """Open-circuit potential over stoichiometry, within 1e-6 V where the grid can follow it.

    At the very ends some sets add ``1e-6 / x``, which is a million volts there: ten volts are barrier enough.
    """
    found = _refined(
        lambda x: function(np.clip(x, 1e-7, 1 - 1e-7), temperature),
        (0.0, 1.0),
        INSIDE,
        lambda f: np.full_like(f, 1e-6),
        grids=(BARRIER_INTERVALS, 2 * BARRIER_INTERVALS),
        temperature=temperature,
        name=name,
    )
    return _steady_ends(found)


def coefficient_table(
    function: Evaluated,
    ends: tuple[float, float],
    inside: tuple[float, float],
    temperature: float,
    name: str,
    *,
    finest: int = 4096,
    coarsest: int = 256,
) -> Table:
    """A coefficient (diffusivity, conductivity ...) over its coordinate, within 1e-6 of itself.

    Where it is Arrhenius-separable the table carries the activation energy; where it depends on temperature
    in another way, rows at evenly spaced temperatures.
    """
    grids = tuple(coarsest * 2**k for k in range(20) if coarsest * 2**k <= finest)
    table = _refined(
        lambda x: function(x, temperature),
        ends,
        inside,
        lambda f: 1e-6 * (np.abs(f) + 1e-3 * np.max(np.abs(f))),
        grids=grids,
        temperature=temperature,
        name=name,
    )
    energy = activation_energy(function, inside, temperature)
    if energy is None:
        return Table.sample_with_temperature(
            function,
            *ends,
            temperatures=_row_temperatures(function, ends, inside, temperature),
            intervals=max(table.intervals, 2),
            name=name,
        )
    return _constant_if_so(replace(table, activation_energy=energy))


def activation_energy(function: Evaluated, inside: tuple[float, float], reference: float) -> float | None:
    """``E`` (J mol-1) where ``f(x, T) = f(x, T_ref) exp(E / R (1 / T_ref - 1 / T))``.

    Zero where the function does not depend on temperature, None where it does so in another way.
    """
    x = np.linspace(*inside, 41)
    base = function(x, reference)
    rows = np.array([function(x, T) for T in PROBED_TEMPERATURES])
    if np.all(np.abs(rows - base) <= 1e-10 * np.max(np.abs(base))):
        return 0.0
    if np.any(base <= 0) or np.any(rows <= 0) or not np.all(np.isfinite(rows)):
        return None
    inverse = np.array([(1 / reference - 1 / T) / GAS_CONSTANT for T in PROBED_TEMPERATURES])
    logs = np.log(rows / base)
    energy = float(np.sum(logs * inverse[:, None]) / (np.sum(inverse**2) * len(x)))
    return energy if np.max(np.abs(logs - energy * inverse[:, None])) <= SEPARABLE else None


def exchange_current_tables(
    source: Source, function: Callable[..., Array], concentration: float, highest_root: float, name: str
) -> tuple[Table, Table]:
    """``k(x)`` and ``f(sqrt(c_e))`` of ``j0 = k(x) sqrt(x (1 - x)) sqrt(c_e / 1000) f(sqrt(c_e))``.

    ``f`` is one at the initial ``concentration`` (mol m-3), and the constant one where it stays within 2e-4
    of that from a twentieth of the initial concentration on.

    Raises
    ------
    Refusal
        Where ``j0(c_e, x, T)`` is not a product of a function of c_e and one of (x, T).
    """
    reference = source.reference_temperature
    _refuse_inseparable(source, function, concentration, highest_root, name)

    def k(x: Array, temperature: float) -> Array:
        at = np.clip(x, 1e-6, 1 - 1e-6)  # at the ends it is nought over nought
        whole = function(np.full_like(at, concentration), at, temperature)
        return whole / np.sqrt(at * (1 - at) * concentration / REFERENCE_CONCENTRATION)

    def f(root: Array, temperature: float) -> Array:
        at = np.maximum(root, 1e-3) ** 2
        middle = np.full_like(at, 0.5)
        there = function(at, middle, temperature)
        here = function(np.full_like(at, concentration), middle, temperature)
        return there / here * np.sqrt(concentration / at)

    host = coefficient_table(
        k, (0.0, 1.0), INSIDE, reference, f"{name} exchange current", coarsest=BARRIER_INTERVALS
    )
    roots = np.linspace((0.05 * concentration) ** 0.5, highest_root, 201)
    if np.max(np.abs(f(roots, reference) - 1)) < 2e-4:
        return _steady_ends(host), Table.constant(1.0, name=f"{name} electrolyte factor")
    factor = coefficient_table(
        f, (0.0, highest_root), (5.0, highest_root), reference, f"{name} electrolyte factor"
    )
    return _steady_ends(host), _steady_ends(factor)


def _refuse_inseparable(
    source: Source, function: Callable[..., Array], concentration: float, highest_root: float, name: str
) -> None:
    x = np.linspace(0.01, 0.99, 23)
    c_e = np.concatenate([[concentration], np.linspace(highest_root / 20, highest_root, 17) ** 2])
    reference = source.reference_temperature
    shape: Array | None = None
    for temperature in (reference, *PROBED_TEMPERATURES):
        j0 = function(*np.meshgrid(c_e, x, indexing="ij"), temperature)
        if not (np.all(np.isfinite(j0)) and np.all(j0 > 0)):
            raise Refusal(
                f"{name}: an exchange current of {np.nanmin(j0):g} A/m2 at {temperature:g} K between "
                f"{c_e.min():.0f} and {c_e.max():.0f} mol/m3",
                where=source.name,
                rule="an exchange current is positive between empty and full",
            )
        shape = j0[:, :1] / j0[0, 0] if shape is None else shape
        departure = float(np.max(np.abs(j0 / (shape * j0[:1, :]) - 1)))
        if departure > SEPARABLE:
            raise Refusal(
                f"{name}: the exchange current departs by {departure:.2g} of itself from a product of a "
                "function of c_e and one of stoichiometry and temperature",
                where=source.name,
                rule="j0 = k(x, T) sqrt(x (1 - x)) sqrt(c_e) f(c_e), to one part in a million",
                remedy="give an exchange-current density that is such a product",
            )


def _refined(
    function: Callable[[Array], Array],
    ends: tuple[float, float],
    inside: tuple[float, float],
    allowed: Callable[[Array], Array],
    *,
    grids: tuple[int, ...],
    temperature: float,
    name: str,
) -> Table:
    """The coarsest of the grids that keeps the error between the points within what is allowed."""
    table = Table.sample(function, *ends, intervals=grids[0], temperature=temperature, name=name)
    for finer in (*grids[1:], None):
        step = (ends[1] - ends[0]) / table.intervals
        points = np.linspace(*ends, table.intervals + 1)[:-1, None] + step * np.array([0.27, 0.5])
        at = points[(points > inside[0]) & (points < inside[1])]
        exact = function(at)
        if finer is None or np.all(np.abs(table(at) - exact) <= allowed(exact)):
            return table
        table = Table.sample(function, *ends, intervals=finer, temperature=temperature, name=name)
    return table


def _constant_if_so(table: Table) -> Table:
    value = float(table.values[0, 0])
    if np.max(np.abs(table.values - value)) > 1e-13 * abs(value):
        return table
    return replace(table, low=0.0, high=1.0, values=np.full((1, 2), value), slopes=np.zeros((1, 2)))


def _row_temperatures(
    function: Evaluated, ends: tuple[float, float], inside: tuple[float, float], reference: float
) -> list[float]:
    """Evenly spaced temperatures at which cubic interpolation between the rows is within 5e-5.

    Without the outermost ones at which the function has a pole within the range of the table (fits with a
    glass transition have one in cold concentrated electrolytes): a table ends there instead.
    """
    spacing = next((s for s in (5.0, 2.5) if _smooth(function, inside, s)), 1.25)
    grid = COLDEST + spacing * np.arange(round((HOTTEST - COLDEST) / spacing) + 1)
    x = np.linspace(*ends, 257)
    bound = 1e3 * np.max(np.abs(function(x, reference)))
    good = np.array([bool(np.all(np.abs(function(x, t)) <= bound)) for t in grid])  # nan compares false
    middle = int(np.argmin(np.abs(grid - reference)))
    first, last = middle, middle
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(grid) - 1 and good[last + 1]:
        last += 1
    return [float(t) for t in grid[first : last + 1]]


def _smooth(function: Evaluated, inside: tuple[float, float], spacing: float) -> bool:
    x = np.linspace(inside[0], 0.5 * inside[1], 9)  # the half that cells use most of the time
    for middle in np.arange(COLDEST + 1.5 * spacing, HOTTEST - spacing, spacing):
        a, b, c, d = (function(x, middle + spacing * k) for k in (-1.5, -0.5, 0.5, 1.5))
        exact = function(x, middle)
        if np.any(np.abs((9 * (b + c) - a - d) / 16 - exact) > 5e-5 * np.abs(exact)):
            return False
    return True


def _steady_ends(table: Table) -> Table:
    """Slopes at the two ends limited to three chords, so that a root there does not overshoot."""
    slopes, values = table.slopes.copy(), table.values
    step = (table.high - table.low) / table.intervals
    chords = np.diff(values[:, [0, 1, -2, -1]], axis=1)[:, [0, 2]] / step
    for end, chord in ((0, chords[:, 0]), (-1, chords[:, 1])):
        slope = slopes[:, end]
        limited = np.sign(chord) * np.minimum(np.abs(slope), 3 * np.abs(chord))
        slopes[:, end] = np.where(np.sign(slope) == np.sign(chord), limited, 0.0)
    return replace(table, slopes=slopes)

"""All tables of a cell in one array, as kernels/lookup.py reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.active import ActiveMaterial, Hysteresis
from negatrode.material.electrolyte import Electrolyte, LithiumMetal
from negatrode.material.table import Table

Array = NDArray[np.float64]
# Range and spacing of the temperatures on which a product of two dependences on temperature is sampled, K.
_COLDEST, _HOTTEST, _SPACING = 223.15, 373.15, 5.0
_ONE = Table.constant(1.0)


@dataclass(frozen=True, eq=False)
class Block:
    """``data``: values and slopes of all tables; ``meta`` and ``warmth``: one row a table (see
    kernels/lookup.py and ``set_temperature`` in kernels/march.py).
    """

    data: Array
    meta: Array
    warmth: Array


@lru_cache(maxsize=64)
def table_block(tables: tuple[Table, ...], temperature: float | None) -> Block:
    """Lay tables out; at a fixed ``temperature`` (K), or with their dependence on it left in (None)."""
    meta, warmth, chunks, used = [], [], [], 0
    for given in tables:
        table = given if temperature is None else given.at_temperature(temperature)
        n, kelvin = table.intervals, table.temperatures
        step = (table.high - table.low) / n
        several = len(kelvin) > 1
        rows = [0, *range(len(kelvin))] if several else [0]
        for row in rows:  # where there are several, the first is the working row
            chunk = np.empty(2 * (n + 1))
            chunk[0::2], chunk[1::2] = table.values[row], table.slopes[row] * step
            chunks.append(chunk)
        meta.append([used, n, table.low, 1 / step, 1.0])
        used += len(rows) * 2 * (n + 1)
        spacing = float(kelvin[1] - kelvin[0]) if several else 1.0
        activation = 0.0 if temperature is not None else table.activation_energy
        count = len(kelvin) if several else 0
        warmth.append([activation, table.reference_temperature, count, float(kelvin[0]), spacing])
    return Block(np.concatenate(chunks), np.array(meta), np.array(warmth))


def tables_of_salt(electrolyte: Electrolyte, metal: LithiumMetal | None) -> list[Table]:
    """Tables of the electrolyte and of the lithium electrode, in the order of the kernels."""
    return [
        electrolyte.conductivity, electrolyte.diffusivity, electrolyte.transference, chi_table(electrolyte),
        _ONE if metal is None else metal.exchange_current,
    ]  # fmt: skip


def tables_of_host(material: ActiveMaterial, *, modal: bool | None = None) -> list[Table]:
    """Tables of an active material, in the order of kernels/sites.py; the last only with hysteresis.

    ``modal``: whether diffusion is solved by modes (by default where the diffusivity is one number), else the
    table is that of the diffusivity's integral.
    """
    modal = is_modal(material) if modal is None else modal
    diffusion = material.diffusivity if modal else integral(material.diffusivity)
    own = [material.potential, material.exchange_current, material.electrolyte_factor, material.entropy]
    own.append(diffusion)
    return own if material.hysteresis is None else [*own, gap_table(material.hysteresis)]


def is_modal(material: ActiveMaterial) -> bool:
    """Whether the diffusivity is one number (times a factor of temperature)."""
    table = material.diffusivity
    return table.intervals == 1 and len(table.temperatures) == 1 and table.slopes[0, 0] == 0.0


@lru_cache(maxsize=64)
def integral(table: Table) -> Table:
    """``P(x) = int D dx`` from the table's lower end: exact on its grid, its slopes the table's values."""
    step = (table.high - table.low) / table.intervals
    v, s = table.values, table.slopes
    pieces = step * (v[:, :-1] + v[:, 1:]) / 2 + step**2 * (s[:, :-1] - s[:, 1:]) / 12
    values = np.concatenate((np.zeros((len(v), 1)), np.cumsum(pieces, axis=1)), axis=1)
    return replace(table, values=values, slopes=v, name=f"integral of {table.name}")


def chi_table(electrolyte: Electrolyte) -> Table:
    """``chi = 2 (1 - t+) (1 + d ln f / d ln c)`` over the root of the concentration."""
    return _chi(electrolyte.transference, electrolyte.thermodynamic_factor)


@lru_cache(maxsize=64)
def _chi(t: Table, f: Table) -> Table:
    fine = t if t.intervals >= f.intervals else f
    low, high, n = fine.low, fine.high, max(fine.intervals, 1)
    if all(len(x.temperatures) == 1 and not x.activation_energy for x in (t, f)):
        s = np.linspace(low, high, n + 1)
        share, factor = t(s), f(s)
        slopes = 2 * ((1 - share) * f.slope(s) - t.slope(s) * factor)
        return Table(low, high, (2 * (1 - share) * factor)[None, :], slopes[None, :], name="chi")
    return Table.sample_with_temperature(
        lambda s, kelvin: 2 * (1 - t(s, kelvin)) * f(s, kelvin),
        low,
        high,
        temperatures=_common_temperatures(t, f),
        intervals=n,
        name="chi",
    )


def _common_temperatures(*tables: Table) -> tuple[float, ...]:
    """Evenly spaced, within what all tables with temperatures of their own cover."""
    several = [x.temperatures for x in tables if len(x.temperatures) > 1]
    low = max([_COLDEST, *(float(k[0]) for k in several)])
    high = min([_HOTTEST, *(float(k[-1]) for k in several)])
    if not low < high:
        raise InputError(
            "transference number and thermodynamic factor known at temperatures that do not overlap",
            rule="tables cover a common range of temperature",
        )
    return tuple(np.linspace(low, high, int(np.ceil((high - low) / _SPACING)) + 1).tolist())


@lru_cache(maxsize=64)
def gap_table(rule: Hysteresis) -> Table:
    """Half the distance between the branches, ``(U_delithiation - U_lithiation) / 2``."""
    up, down = rule.delithiation, rule.lithiation
    if _same_grid(up, down):
        values, slopes = (up.values - down.values) / 2, (up.slopes - down.slopes) / 2
        return Table(up.low, up.high, values, slopes, name="hysteresis gap")
    n = max(up.intervals, down.intervals)
    return Table.sample(lambda x: (up(x) - down(x)) / 2, 0.0, 1.0, intervals=n, name="hysteresis gap")


def _same_grid(a: Table, b: Table) -> bool:
    """Whether two tables of one temperature stand on the same points."""
    alone = all(len(t.temperatures) == 1 and not t.activation_energy for t in (a, b))
    return alone and (a.low, a.high, a.intervals) == (b.low, b.high, b.intervals)

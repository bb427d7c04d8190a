"""From a Cell to the bare arrays that kernels read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle
from negatrode.cell.mesh import Layout, Resolution, layout
from negatrode.cell.packed_populations import LAYERED, VOLUMES, Beside, populations
from negatrode.cell.table_block import table_block, tables_of_salt
from negatrode.material.electrolyte import LithiumMetal

Array = NDArray[np.float64]
HISTORY_ROWS = 8


@dataclass(frozen=True, eq=False)
class Packed:
    """A cell as kernels see it: tuples of arrays, and where everything lies in the state vector."""

    cell: Cell
    resolution: Resolution
    layout: Layout
    x: Array
    mesh: tuple[Any, ...]
    pops: tuple[Any, ...]
    parts: tuple[Any, ...]
    tables: tuple[Array, Array]
    other: tuple[Any, ...]
    physics: tuple[Any, ...]
    thermal: tuple[float, float, float]
    capacity: Array
    at: tuple[int, ...]
    particles: tuple[Particle, ...]
    beside: tuple[Beside, ...] = ()


def electrodes_of(cell: Cell) -> list[Electrode]:
    """The porous electrodes, negative first."""
    return [e for e in (cell.negative, cell.positive) if isinstance(e, Electrode)]


def pack(cell: Cell, resolution: Resolution, *, reduced: bool = False) -> Packed:
    """Lay a cell out on a mesh of the given resolution; ``reduced`` for the SPMe."""
    electrodes = electrodes_of(cell)
    plan = layout(resolution, cell.is_half_cell)
    layers = (electrodes[0], cell.separator, cell.positive)
    thickness = np.array([layer.thickness for layer in layers])
    porosity = np.array([layer.porosity for layer in layers])
    efficiency = np.array([layer.transport_efficiency for layer in layers])
    sigma = np.array(
        [0.0 if cell.is_half_cell else electrodes[0].conductivity, 0.0, cell.positive.conductivity]
    )
    width = plan.width_share * thickness[:, None]
    mesh = (
        plan.el_first, plan.el_layer, plan.el_share * thickness[plan.el_layer], plan.order, plan.weights,
        plan.derivative, efficiency, sigma, plan.node_site, plan.site_node,
        (width[0] + width[2])[plan.site_node], porosity @ width, plan.unknown_c, plan.unknown_e,
        plan.unknown_s, plan.last,
    )  # fmt: skip
    x = thickness @ plan.x_share
    whole_mesh = (*mesh, *_averages(cell, plan, thickness, efficiency, sigma, width))
    metal = cell.negative if isinstance(cell.negative, LithiumMetal) else None
    el = cell.electrolyte
    tables = tables_of_salt(el, metal)
    packed = populations(
        electrodes, plan.sites, resolution, tables,
        float(cell.initial_temperature) if cell.thermal is None else None,
    )  # fmt: skip
    pops, parts = packed.pops, packed.parts
    block = table_block(tuple(tables), None if cell.thermal is not None else float(cell.initial_temperature))
    capacity = np.repeat(
        [e.double_layer_capacitance * sum(p.area for p in e.particles) for e in electrodes], plan.sites
    )
    contact = cell.contact_resistance + (0.0 if metal is None else metal.thickness / metal.conductivity)
    physics = (
        float(contact), cell.is_half_cell, float(el.initial_concentration),
        bool(np.any((parts[0] == VOLUMES) | (parts[0] == LAYERED))),
        float(cell.area), float(cell.reference_temperature),
        0 if cell.is_half_cell else plan.sites[0], reduced,
    )  # fmt: skip
    heat = cell.thermal
    thermal = (
        0.0 if heat is None else float(heat.heat_capacity),
        0.0 if heat is None else float(heat.cooling),
        float(cell.ambient_temperature),
    )
    at = _places(width.shape[1], packed.states, int(sum(pops[2])), len(plan.site_node))
    own_tables = (block.data.copy() if heat is not None else block.data, block.meta.copy())
    return Packed(
        cell, resolution, plan, x, whole_mesh, pops, parts, own_tables,
        (*packed.rules, block.warmth), physics, thermal, capacity, at,
        tuple(p for e in electrodes for p in e.particles), packed.beside,
    )  # fmt: skip


def _averages(
    cell: Cell, plan: Layout, thickness: Array, efficiency: Array, sigma: Array, width: Array
) -> tuple[Array, Array, Array]:
    """What kernels/averaged.py needs: shares of the current, plain widths, lumped resistances."""
    half = cell.is_half_cell
    across = np.empty((2, width.shape[1]))
    # The electrolyte's share rises over the negative electrode and falls over the positive.
    rise = np.ones(width.shape[1]) if half else plan.x_share[0]
    across[0] = rise - plan.x_share[2]
    across[1] = width.sum(axis=0) - (width[0] if half else 0.0)
    positive = np.full(plan.sites[-1], -1.0 / thickness[2])
    share = positive if half else np.concatenate((np.full(plan.sites[0], 1.0 / thickness[0]), positive))
    parts = thickness / efficiency / np.array([3.0, 1.0, 3.0])
    solid = thickness[2] / (3 * sigma[2]) + (0.0 if half else thickness[0] / (3 * sigma[0]))
    ionic = parts[1] + parts[2] + (0.0 if half else parts[0])
    return across, share, np.array([ionic, solid, float(across[1].sum())])


def _places(nx: int, states: int, fluxes: int, sites: int) -> tuple[int, ...]:
    """Offsets in the state vector: salt, particles, hysteresis, T, charge | phi_e, phi_s, j, V, i."""
    o_q = nx
    o_h = o_q + states
    o_t = o_h + fluxes
    o_charge = o_t + 1
    nd = o_charge + 1
    o_e = nd
    o_s = o_e + nx
    o_j = o_s + sites
    o_v = o_j + fluxes
    return (o_q, o_h, o_t, o_charge, nd, o_e, o_s, o_j, o_v, o_v + 2)

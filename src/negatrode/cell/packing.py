"""From a Cell to the bare arrays that kernels read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle
from negatrode.cell.mesh import Mesh, Resolution, build_mesh, particle_modes, particle_vertices
from negatrode.material.electrolyte import Electrolyte
from negatrode.material.table import FARADAY, Table

Array = NDArray[np.float64]
MODAL, VOLUMES = 0, 1
HISTORY_ROWS = 8


@dataclass(frozen=True, eq=False)
class Packed:
    """A cell as kernels see it: tuples of arrays, and where everything lies in the state vector."""

    cell: Cell
    mesh: Mesh
    mesh_arrays: tuple[Any, ...]
    pops: tuple[Any, ...]
    parts: tuple[Any, ...]
    tables: tuple[Array, Array]
    other: tuple[Any, ...]
    physics: tuple[Any, ...]
    thermal: tuple[float, float, float]
    capacity: Array
    at: tuple[int, ...]
    particles: tuple[Particle, ...]


def pack(cell: Cell, resolution: Resolution) -> Packed:
    """Lay a cell out on a mesh of the given resolution."""
    negative = cell.negative if isinstance(cell.negative, Electrode) else None
    electrodes = [e for e in (negative, cell.positive) if e is not None]
    layers = (negative or cell.positive, cell.separator, cell.positive)
    mesh = build_mesh(
        np.array([layer.thickness for layer in layers]),
        np.array([layer.porosity for layer in layers]),
        resolution,
        cell.is_half_cell,
    )
    tables = _Tables(isothermal=cell.thermal is None, temperature=cell.initial_temperature)
    for table in _electrolyte_tables(cell.electrolyte):
        tables.add(table)
    metal = cell.negative
    tables.add(Table.constant(1.0) if isinstance(metal, Electrode) else metal.exchange_current)
    particles = tuple(p for e in electrodes for p in e.particles)
    pops, parts, other, states = _populations(electrodes, mesh, resolution, tables)
    efficiency = np.array([layer.transport_efficiency for layer in layers])
    conductivity = np.array(
        [0.0 if negative is None else negative.conductivity, 0.0, cell.positive.conductivity]
    )
    arrays = (
        mesh.el_first, mesh.el_layer, mesh.el_half, mesh.order, mesh.weights, mesh.derivative, efficiency,
        conductivity, mesh.node_site, mesh.site_node, mesh.site_width, mesh.pore, mesh.unknown_c,
        mesh.unknown_e, mesh.unknown_s, mesh.last,
    )  # fmt: skip
    fluxes = int(sum(pops[2]))
    at = _places(len(mesh.x), states, fluxes, len(mesh.site_node))
    capacity = np.concatenate(
        [
            np.full(count, e.double_layer_capacitance * sum(p.area for p in e.particles))
            for e, count in zip(electrodes, mesh.sites[2 - len(electrodes) :], strict=True)
        ]
    )
    contact = cell.contact_resistance
    if not isinstance(metal, Electrode):
        contact += metal.thickness / metal.conductivity
    volumes = bool(np.any(parts[0] == VOLUMES))
    physics = (
        float(contact), cell.is_half_cell, float(cell.electrolyte.initial_concentration), volumes,
        float(cell.area), float(cell.reference_temperature),
    )  # fmt: skip
    thermal = (0.0, 0.0, float(cell.ambient_temperature))
    if cell.thermal is not None:
        thermal = (cell.thermal.heat_capacity, cell.thermal.cooling, float(cell.ambient_temperature))
    packed_tables, activation, reference = tables.finish()
    return Packed(
        cell, mesh, arrays, pops, parts, packed_tables, (*other, activation, reference), physics, thermal,
        capacity, at, particles,
    )  # fmt: skip


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


def _electrolyte_tables(electrolyte: Electrolyte) -> list[Table]:
    """Conductivity, diffusivity, transference number and ``chi = 2 (1 - t+) (1 + d ln f / d ln c)``."""
    t, f = electrolyte.transference, electrolyte.thermodynamic_factor
    if t.intervals == 1 and f.intervals == 1 and not t.activation_energy and not f.activation_energy:
        chi = Table.constant(float(2 * (1 - t(0.0)) * f(0.0)), name="chi")
    else:
        kelvin = sorted({*t.temperatures.tolist(), *f.temperatures.tolist()})
        fine = t if t.intervals > f.intervals else f
        low, high = (fine.low, fine.high) if fine.intervals > 1 else (0.0, 100.0)
        several = len(kelvin) > 1 or t.activation_energy or f.activation_energy
        if several and len(kelvin) == 1:
            kelvin = list(np.arange(253.15, 344.0, 5.0))
        if several:
            chi = Table.sample_with_temperature(
                lambda s, T: 2 * (1 - t(s, T)) * f(s, T), low, high, temperatures=kelvin, name="chi"
            )
        else:
            chi = Table.sample(lambda s: 2 * (1 - t(s)) * f(s), low, high, name="chi")
    return [electrolyte.conductivity, electrolyte.diffusivity, t, chi]


class _Tables:
    """Collects tables into one array."""

    def __init__(self, *, isothermal: bool, temperature: float) -> None:
        self.isothermal, self.temperature = isothermal, temperature
        self.rows: list[list[float]] = []
        self.chunks: list[Array] = []
        self.activation: list[float] = []
        self.reference: list[float] = []
        self.used = 0

    def add(self, table: Table) -> int:
        """Append a table; its number."""
        if self.isothermal:
            table = table.at_temperature(self.temperature)
        n = table.intervals
        step = (table.high - table.low) / n
        chunk = np.empty(2 * (n + 1))
        chunk[0::2], chunk[1::2] = table.values[0], table.slopes[0] * step
        self.chunks.append(chunk)
        self.rows.append([self.used, n, table.low, 1 / step, 1.0])
        self.used += len(chunk)
        self.activation.append(0.0 if self.isothermal else table.activation_energy)
        self.reference.append(table.reference_temperature)
        return len(self.rows) - 1

    def finish(self) -> tuple[tuple[Array, Array], Array, Array]:
        """The arrays."""
        return (
            (np.concatenate(self.chunks), np.array(self.rows)),
            np.array(self.activation),
            np.array(self.reference),
        )


def _populations(
    electrodes: list[Electrode], mesh: Mesh, resolution: Resolution, tables: _Tables
) -> tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...], int]:
    rows, first, sites, at, area, film, gap = [], [], [], [], [], [], []
    kind, start, count, where, grid, weight, per_flux, per_radius2 = [], [], [], [], [], [], [], []
    rule, speed = [], []
    states, fluxes, site, placed = 0, 0, 0, 0
    known: dict[int, list[int]] = {}
    counts = mesh.sites[2 - len(electrodes) :]
    for electrode, n_sites in zip(electrodes, counts, strict=True):
        for p in electrode.particles:
            material = p.material
            if id(material) not in known:
                known[id(material)] = _material_tables(material, tables)
            rows.append(known[id(material)])
            first.append(site)
            sites.append(n_sites)
            at.append(fluxes)
            area.append(p.area)
            film.append(p.film_resistance)
            gap.append(0 if material.hysteresis is None else 1)
            follows, pace = _hysteresis_rule(p, site < mesh.sites[0])
            rule.append(follows)
            speed.append(pace)
            modal = material.diffusivity.intervals == 1 and material.diffusivity.slopes[0, 0] == 0
            kind.append(MODAL if modal else VOLUMES)
            shape = particle_modes(resolution.modes) if modal else particle_vertices(resolution.volumes)
            count.append(len(shape[0]))
            start.append(states)
            where.append(placed)
            grid.append(shape[0])
            weight.append(shape[1])
            placed += len(shape[0])
            geometric = 3 * p.volume_fraction / p.radius
            per_flux.append(p.area / geometric / (FARADAY * material.maximum_concentration * p.radius))
            per_radius2.append(1 / p.radius**2)
            states += n_sites * count[-1]
            fluxes += n_sites
        site += n_sites

    def ints(values: list[Any]) -> NDArray[np.int64]:
        return np.array(values, dtype=np.int64)

    pops = (ints(rows), ints(first), ints(sites), ints(at), np.array(area), np.array(film), ints(gap))
    scratch = (np.zeros(placed), np.zeros(placed), np.zeros(states), np.zeros(states),
               np.zeros(max(count)), np.zeros(2 * max(count)))  # fmt: skip
    parts = (
        ints(kind), ints(start), ints(count), ints(where), np.concatenate(grid), np.concatenate(weight),
        np.array(per_flux), np.array(per_radius2), *scratch,
    )  # fmt: skip
    return pops, parts, (np.array(rule), np.array(speed)), states


def _material_tables(material: Any, tables: _Tables) -> list[int]:
    """Numbers of the tables in the order of kernels/sites.py."""
    numbers = [
        tables.add(t)
        for t in (
            material.potential, material.exchange_current, material.electrolyte_factor, material.entropy,
            material.diffusivity,
        )  # fmt: skip
    ]
    if material.hysteresis is not None:
        lithiation, delithiation = material.hysteresis.lithiation, material.hysteresis.delithiation
        numbers.append(tables.add(Table.sample(lambda x: (delithiation(x) - lithiation(x)) / 2, 0.0, 1.0, intervals=2048)))
    else:
        numbers.append(numbers[0])
    return numbers


def _hysteresis_rule(p: Particle, negative: bool) -> tuple[float, float]:
    """(sign by which the branch follows the cell current, rate per flux of the one-state law)."""
    rule = p.material.hysteresis
    if rule is None:
        return 0.0, 0.0
    if rule.kind == "current-sigmoid":
        return (1.0 if negative else -1.0), 0.0
    per = p.area / (FARADAY * p.material.maximum_concentration * p.volume_fraction)
    return 0.0, rule.decay / 2 * per

"""Populations as arrays for the kernels: particles first, then the side reactions on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.ageing import Ageing
from negatrode.cell.electrode import Electrode, Particle
from negatrode.cell.layered import layered_modes, layered_vertices
from negatrode.cell.mesh import Resolution, particle_modes, particle_vertices, static_faces
from negatrode.cell.table_block import is_modal, tables_of_host
from negatrode.material.active import ActiveMaterial
from negatrode.material.table import FARADAY, GAS_CONSTANT, Table

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
MODAL, VOLUMES, LAYERED, AMOUNT = range(4)
HOST, FILM, PLATING, FRESH = range(4)
_ZERO = Table.constant(0.0)
_ONE = Table.constant(1.0)


@dataclass(frozen=True)
class Beside:
    """A side reaction as packed: what it is called in balances, its law, its population, its host."""

    name: str
    law: int
    population: int
    host: int


@dataclass(frozen=True, eq=False)
class Populations:
    """``pops``, ``parts`` and ``rules`` of the kernels; number of particle states; side reactions."""

    pops: tuple[Any, ...]
    parts: tuple[Any, ...]
    rules: tuple[Array, Array]
    states: int
    beside: tuple[Beside, ...]


@dataclass(frozen=True)
class _Place:
    particle: Particle
    site: int
    sites: int
    negative: bool


def populations(
    electrodes: list[Electrode],
    counts: tuple[int, ...],
    resolution: Resolution,
    tables: list[Table],
    temperature: float | None = None,
) -> Populations:
    """Arrays of the populations; appends their materials' tables to ``tables``.

    ``temperature`` (K) where it stays: particles of two layers are then solved by modes where they can be.
    """
    places, site = [], 0
    for electrode, n in zip(electrodes, counts, strict=True):
        negative = len(electrodes) == 2 and electrode is electrodes[0]
        places += [_Place(p, site, n, negative) for p in electrode.particles]
        site += n
    side = _side_reactions([p.particle for p in places])
    hosts = [*range(len(places)), *(b.host for b in side)]
    sites = np.array([places[h].sites for h in hosts], dtype=np.int64)
    flux_at = np.concatenate(([0], np.cumsum(sites)[:-1])).astype(np.int64)
    kind, count, where, grid, weight, faces, core = _particle_grids(
        tuple(_shape(p.particle, temperature) for p in places),
        len(side),
        resolution.modes,
        resolution.volumes,
    )
    first = np.concatenate(([0], np.cumsum(sites * count)))
    per = np.array([_per(p.particle) for p in places] + [(1.0 / FARADAY, 0.0, 0.0)] * len(side))
    per_site = np.repeat(np.arange(len(hosts)), sites)
    area = np.array([places[h].particle.area for h in hosts])[per_site]
    films = np.array([p.particle.film_resistance for p in places] + [0.0] * len(side))[per_site]
    gap = np.array([p.particle.material.hysteresis is not None for p in places] + [False] * len(side))
    modal = [bool(k == MODAL) for k in kind[: len(places)]]
    rows = np.array(_table_rows(places, modal, tables, len(side)), dtype=np.int64)
    laws, filmed = _laws([p.particle for p in places], side, per_site, films)
    pops = (
        rows, np.array([places[h].site for h in hosts], dtype=np.int64), sites, flux_at, area,
        filmed, gap.astype(np.int64), np.zeros(len(hosts)), laws,
        _wear([p.particle for p in places], side, per_site),
    )  # fmt: skip
    states, largest = int(first[-1]), int(count.max())
    scratch = (np.zeros(len(grid)), np.zeros(len(grid)), np.zeros(states), np.zeros(states),
               np.zeros(largest), np.zeros(2 * largest))  # fmt: skip
    whole_faces = np.concatenate(
        [np.tile(faces[a : a + n], s) for a, n, s in zip(where, count, sites, strict=True)]
    )
    parts = (
        kind, first[:-1].astype(np.int64), count, where, grid, weight, per[:, 0].copy(), per[:, 1].copy(),
        *scratch, whole_faces, core, per[:, 2].copy(),
    )  # fmt: skip
    rules = np.array([_hysteresis_rule(p.particle, p.negative) for p in places] + [(0.0, 0.0)] * len(side))
    return Populations(pops, parts, (rules[:, 0].copy(), rules[:, 1].copy()), states, side)


def _per(p: Particle) -> tuple[float, float, float]:
    """What a flux does to the outermost volume, 1 / R^2, expansion (where the coordinate moves)."""
    geometric = 3 * p.volume_fraction / p.radius
    per_flux = p.area / geometric / (FARADAY * p.material.maximum_concentration * p.radius)
    return per_flux, 1 / p.radius**2, p.material.expansion if p.moving else 0.0


def _table_rows(places: list[_Place], is_mode: list[bool], tables: list[Table], side: int) -> list[list[int]]:
    """Numbers of the populations' tables in the order of kernels/sites.py."""
    known: dict[int, list[int]] = {}
    rows = []
    for place, modal in zip(places, is_mode, strict=True):
        p = place.particle
        key = id(p.material) if modal == is_modal(p.material) else -id(p.material)
        if key not in known:
            known[key] = _material_tables(p.material, tables, modal)
        row = [*known[key], known[key][0]]
        if p.shell is not None:
            row[-1] = len(tables)
            tables.append(p.shell.permeability)
        rows.append(row)
    if side:
        zero = len(tables)
        tables.extend((_ZERO, _ONE))
        rows += [[zero, zero + 1, zero + 1, zero, zero, zero, zero]] * side
    return rows


def _material_tables(material: ActiveMaterial, tables: list[Table], modal: bool) -> list[int]:
    """Append the material's tables; their numbers."""
    own = tables_of_host(material, modal=modal)
    first = len(tables)
    tables.extend(own)
    numbers = list(range(first, first + len(own)))
    return numbers if len(own) == 6 else [*numbers, first]


_Shape = tuple[int, float, float, float]


def _shape(p: Particle, temperature: float | None) -> _Shape:
    """Kind, radius of the core, what the shell holds and how it conducts, both over the core."""
    if p.shell is not None:
        if is_modal(p.material) and not p.moving and temperature is not None:
            conducts = [t(0.5, temperature) for t in (p.shell.permeability, p.material.diffusivity)]
            return MODAL, p.core_radius, p.shell.partition, float(conducts[0] / conducts[1])
        return LAYERED, p.core_radius, p.shell.partition, 0.0
    if p.moving:
        return LAYERED, 1.0, 1.0, 0.0
    return (MODAL if is_modal(p.material) else VOLUMES), 1.0, 1.0, 0.0


def layered_profile(p: Particle, modes: int, temperature: float) -> tuple[Array, Array]:
    """Radii (as fractions) and the matrix from amplitudes to stoichiometries of a particle with a shell."""
    _, core, partition, ratio = _shape(p, temperature)
    return layered_modes(modes, core, partition, ratio)[2:]


@cache
def _particle_grids(
    shapes: tuple[_Shape, ...], side: int, modes: int, volumes: int
) -> tuple[Ints, Ints, Ints, Array, Array, Array, Ints]:
    """Kinds, states a particle, places, grids, weights, faces and interfaces of the populations."""
    grids, cores = [], []
    for kind, core, partition, ratio in shapes:
        if kind == MODAL:
            own = particle_modes(modes) if core >= 1.0 else layered_modes(modes, core, partition, ratio)[:2]
            grids.append(own)
        elif kind == VOLUMES or core >= 1.0:
            grids.append(particle_vertices(volumes))
        else:
            vertex, weight, at = layered_vertices(volumes, core, partition)
            grids.append((vertex, weight))
            cores.append(at)
            continue
        cores.append(len(grids[-1][0]) - 1)
    grids += [(np.zeros(1), np.ones(1))] * side
    cores += [0] * side
    kinds = np.array([shape[0] for shape in shapes] + [AMOUNT] * side, dtype=np.int64)
    count = np.array([len(grid) for grid, _ in grids], dtype=np.int64)
    where = np.concatenate(([0], np.cumsum(count)[:-1])).astype(np.int64)
    faces = [
        static_faces(g) if k in (VOLUMES, LAYERED) else np.zeros(len(g))
        for k, (g, _) in zip(kinds, grids, strict=True)
    ]
    return (
        kinds, count, where, np.concatenate([g for g, _ in grids]), np.concatenate([w for _, w in grids]),
        np.concatenate(faces), np.array(cores, dtype=np.int64),
    )  # fmt: skip


def _side_reactions(particles: list[Particle]) -> tuple[Beside, ...]:
    """Those that the particles' ageing asks for, numbered after the particles."""
    found: list[Beside] = []
    for host, p in enumerate(particles):
        a = p.ageing or Ageing()
        wanted = [
            ("film", FILM, a.film), ("film in cracks", FILM, a.film if a.cracking else None),
            ("plated", PLATING, a.plating), ("fresh surface", FRESH, a.fresh),
        ]  # fmt: skip
        for name, law, given in wanted:
            if given is not None:
                found.append(Beside(name, law, len(particles) + len(found), host))
    return tuple(found)


def _laws(
    particles: list[Particle], side: tuple[Beside, ...], per_site: Ints, films: Array
) -> tuple[tuple[Any, ...], Array]:
    """Laws, hosts, numbers by population; start, extent, resistance without film by flux; that with film."""
    total = len(particles) + len(side)
    law, host = np.zeros(total, dtype=np.int64), np.arange(total, dtype=np.int64)
    numbers, start, extent = np.zeros((total, 5)), np.zeros(total), np.ones(total)
    bare, now = films.copy(), films.copy()
    for b in side:
        p = particles[b.host]
        a = p.ageing or Ageing()
        law[b.population], host[b.population] = b.law, b.host
        if b.law == FILM and a.film is not None:
            f = a.film
            extent[b.population] = crack_extent(a) if b.name == "film in cracks" else 1.0
            thickness = f.crack_thickness if b.name == "film in cracks" else f.thickness
            start[b.population] = extent[b.population] * thickness
            resistivity = 0.0 if b.name == "film in cracks" else f.resistivity
            numbers[b.population] = (
                FARADAY * f.solvent_diffusivity * f.solvent_concentration,
                f.molar_volume / f.lithium_per_mole,
                f.activation_energy / GAS_CONSTANT, f.reference_temperature, resistivity,
            )  # fmt: skip
            now[per_site == b.host] += resistivity * thickness
        elif b.law == PLATING and a.plating is not None:
            numbers[b.population, :4] = (
                FARADAY * a.plating.rate, a.plating.transfer, FARADAY * a.plating.stripping * p.area,
                a.plating.dead_rate,
            )  # fmt: skip
        elif b.law == FRESH and a.fresh is not None:
            # Charge for fresh film over the charge that swells the particle, both per reactive area.
            holds = p.capacity_concentration * FARADAY / p.area
            swells = p.material.expansion * (p.core_radius**3 if p.shell is not None else 1.0)
            opened = a.fresh.area_per_swelling * a.fresh.fragility * swells
            numbers[b.population, 0] = opened * a.fresh.charge_per_area / holds
    return (law, host, numbers, start[per_site], extent[per_site], bare), now


def crack_extent(a: Ageing) -> float:
    """Area of the cracks' walls per area of surface at the start."""
    return 2 * a.cracking.length * a.cracking.width * a.cracking.density if a.cracking else 0.0


def _wear(particles: list[Particle], side: tuple[Beside, ...], per_site: Ints) -> tuple[Any, ...]:
    """Rules by population and what they keep by flux: cracks, what is worn, both rates."""
    total = len(particles) + len(side)
    rules, crack = np.zeros((total, 10)), np.zeros(total)
    rules[:, 9] = -1.0
    for k, p in enumerate(particles):
        a = p.ageing
        if a is None or a.elastic is None or not (a.cracking or a.loss):
            continue
        e = a.elastic
        stress = e.youngs_modulus * e.partial_molar_volume / (3 * (1 - e.poisson_ratio))
        rules[k, :3] = 1.0, stress * p.material.maximum_concentration, min(e.yield_stress, 1e300)
        if a.cracking is not None:
            c = a.cracking
            rules[k, 3:6] = c.rate / 3600 * c.intensity**c.exponent, c.exponent, 2 * c.width * c.density
            crack[k] = c.length
        if a.loss is not None:
            rules[k, 6:9] = a.loss.rate, a.loss.critical_stress, a.loss.exponent
    for b in side:
        if b.name == "film in cracks":
            rules[b.host, 9] = b.population
    n = len(per_site)
    return rules, crack[per_site], np.zeros(n), np.zeros(n), np.zeros(n)


def _hysteresis_rule(p: Particle, negative: bool) -> tuple[float, float]:
    """(sign by which the branch follows the cell current, rate per flux of the one-state law)."""
    rule = p.material.hysteresis
    if rule is None:
        return 0.0, 0.0
    if rule.kind == "current-sigmoid":
        return (1.0 if negative else -1.0), 0.0
    return 0.0, rule.decay / 2 * p.area / (FARADAY * p.capacity_concentration)

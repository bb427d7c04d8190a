"""Names and shapes for what lies in a state vector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.curve import Fields
from negatrode.cell.mesh import particle_profile
from negatrode.cell.packed_populations import MODAL, layered_profile
from negatrode.cell.packing import Packed

Array = NDArray[np.float64]


def particle_states(packed: Packed, states: Array, k: int) -> Array:
    """States of population ``k``: shape (n, sites, states a particle)."""
    o_q = packed.at[0]
    sites, count, first = int(packed.pops[2][k]), int(packed.parts[2][k]), int(packed.parts[1][k])
    block = states[:, o_q + first : o_q + first + sites * count]
    return block.reshape(len(states), sites, count)


def mean_stoichiometry(packed: Packed, states: Array, k: int) -> Array:
    """Volume mean in every particle of population ``k``: shape (n, sites)."""
    block = particle_states(packed, states, k)
    if packed.parts[0][k] == MODAL:
        return block[:, :, 0]
    where, count = int(packed.parts[3][k]), int(packed.parts[2][k])
    weight = packed.parts[5][where : where + count]
    weighted: Array = block @ (weight / weight.sum())
    return weighted


def surface_stoichiometry(packed: Packed, states: Array, k: int) -> Array:
    """At the surface of every particle of population ``k``: shape (n, sites)."""
    block = particle_states(packed, states, k)
    return block.sum(axis=2) if packed.parts[0][k] == MODAL else block[:, :, -1]


def fields_of(packed: Packed, time: Array, states: Array) -> Fields:
    """All unknowns at the stored points."""
    o_q, _, _, _, _, o_e, o_s, o_j, _, _ = packed.at
    names, flux, surface, mean, radii, profiles = [], [], [], [], [], []
    for k, particle in enumerate(packed.particles):
        first, sites = int(packed.pops[3][k]), int(packed.pops[2][k])
        names.append(particle.material.name)
        flux.append(states[:, o_j + first : o_j + first + sites])
        surface.append(surface_stoichiometry(packed, states, k))
        mean.append(mean_stoichiometry(packed, states, k))
        block = particle_states(packed, states, k)
        if packed.parts[0][k] == MODAL:
            if particle.shell is None:
                rho, matrix = particle_profile(block.shape[2])
            else:
                rho, matrix = layered_profile(
                    particle, packed.resolution.modes, float(packed.cell.initial_temperature)
                )
            profiles.append(block @ matrix.T)
        else:
            where, count = int(packed.parts[3][k]), int(packed.parts[2][k])
            rho = packed.parts[4][where : where + count]
            profiles.append(block)
        radii.append(rho * particle.radius)
    return Fields(
        time=time, x=packed.x, salt=states[:, :o_q], electrolyte_potential=states[:, o_e:o_s],
        site_x=packed.x[packed.layout.site_node], solid_potential=states[:, o_s:o_j],
        populations=tuple(names), flux=tuple(flux), surface_stoichiometry=tuple(surface),
        mean_stoichiometry=tuple(mean), radii=tuple(radii), profiles=tuple(profiles),
    )  # fmt: skip

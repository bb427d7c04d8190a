"""Every population's particles, whatever their kind, behind one interface.

``kind``: MODAL, VOLUMES, LAYERED, or AMOUNT of a side reaction. ``first``: where the population's states
begin among all particle states,
``count`` states a particle. ``where``: where its grid begins in ``grid`` (eigenvalues, or radii of vertices
as fractions) and ``weight`` (beta, or control volumes). ``per_flux`` = 1 / (F c_max R) times the ratio of
reactive to geometric area; ``per_radius2`` = 1 / R^2. ``face`` holds the faces of every particle of volumes,
``core`` the vertex of a population at which a shell begins, ``expansion`` that of its core.
"""

from __future__ import annotations

from numba import njit

from negatrode.cell.kernels.lookup import _options, look
from negatrode.cell.kernels.particles import (
    AMOUNT,
    LAYERED,
    MODAL,
    modal_base,
    modal_update,
    moved_faces,
    volumes_flow,
    volumes_line,
)
from negatrode.cell.kernels.sites import DIFFUSIVITY, SHELL


@njit(**_options)
def modal_lines(parts, pops, tables, psi, dt, base, gain):
    """Surface lines of the modal populations: they do not change while a stage is solved."""
    (kind, first, count, where, grid, weight, per_flux, per_radius2, decay, inverse,
     ground, slope, upper, kept, face, core, expansion) = parts
    pop_tables, pop_sites, pop_at = pops[0], pops[2], pops[3]
    data, meta = tables
    for k in range(len(kind)):
        if kind[k] == MODAL or kind[k] == AMOUNT:
            n, lo, at = count[k], first[k], where[k]
            diffusivity, _ = look(data, meta, pop_tables[k, DIFFUSIVITY], 0.5)
            for m in range(n):
                decay[at + m] = grid[at + m] * per_radius2[k] * diffusivity
            modal_base(
                psi[lo : lo + n * pop_sites[k]], dt, decay[at : at + n], weight[at : at + n],
                inverse[at : at + n], pop_sites[k], per_flux[k], base, gain, pop_at[k],
            )


@njit(**_options)
def volume_lines(parts, pops, tables, psi, q, j, dt, base, gain, again):
    """Surface lines of the finite-volume populations, linearised about ``q``.

    With ``again`` the profile is first moved to where the last linearisation and the fluxes put it.
    """
    (kind, first, count, where, grid, weight, per_flux, per_radius2, decay, inverse,
     ground, slope, upper, kept, face, core, expansion) = parts
    pop_tables, pop_sites, pop_at = pops[0], pops[2], pops[3]
    data, meta = tables
    for k in range(len(kind)):
        if kind[k] == MODAL or kind[k] == AMOUNT:
            continue
        n, at = count[k], where[k]
        shell = 0.0
        if kind[k] == LAYERED:
            shell, _ = look(data, meta, pop_tables[k, SHELL], 0.5)
        for s in range(pop_sites[k]):
            lo = first[k] + s * n
            m = pop_at[k] + s
            if again:
                for i in range(lo, lo + n):
                    q[i] = ground[i] - j[m] * slope[i]
            elif expansion[k] > 0.0:
                # Where the faces are is taken from the forecast, which is of the order of the formula.
                moved_faces(
                    q[lo : lo + n], grid[at : at + n], weight[at : at + n], core[k], expansion[k],
                    face[lo : lo + n],
                )
            volumes_line(
                data, meta, pop_tables[k, DIFFUSIVITY], q[lo : lo + n], psi[lo : lo + n], dt,
                face[lo : lo + n], core[k], shell, weight[at : at + n], per_radius2[k], per_flux[k], kept,
                ground[lo : lo + n], slope[lo : lo + n], upper,
            )
            base[m] = ground[lo + n - 1]
            gain[m] = slope[lo + n - 1]


@njit(**_options)
def profile_step(parts, pops, q, j):
    """How far the profiles of the finite volumes lie from what they were linearised about, at most."""
    (kind, first, count, where, grid, weight, per_flux, per_radius2, decay, inverse,
     ground, slope, upper, kept, face, core, expansion) = parts
    pop_sites, pop_at = pops[2], pops[3]
    largest = 0.0
    for k in range(len(kind)):
        if kind[k] == MODAL or kind[k] == AMOUNT:
            continue
        n = count[k]
        for s in range(pop_sites[k]):
            flux = j[pop_at[k] + s]
            for i in range(first[k] + s * n, first[k] + (s + 1) * n):
                largest = max(largest, abs(ground[i] - flux * slope[i] - q[i]))
    return largest


@njit(**_options)
def close(parts, pops, psi, q, j, dt):
    """States of all particles after a stage that was solved."""
    (kind, first, count, where, grid, weight, per_flux, per_radius2, decay, inverse,
     ground, slope, upper, kept, face, core, expansion) = parts
    pop_sites, pop_at = pops[2], pops[3]
    for k in range(len(kind)):
        n, lo, at = count[k], first[k], where[k]
        if kind[k] == MODAL or kind[k] == AMOUNT:
            modal_update(
                q[lo : lo + n * pop_sites[k]], psi[lo : lo + n * pop_sites[k]], dt, weight[at : at + n],
                inverse[at : at + n], pop_sites[k], per_flux[k], j, pop_at[k],
            )
        else:
            for s in range(pop_sites[k]):
                own = lo + s * n
                flux = j[pop_at[k] + s]
                # Elimination rounds by what flows between the vertices, which may be a million times what is
                # in them; the lithium that is then too much is taken from all alike.
                surplus = dt * per_flux[k] * flux
                whole = 0.0
                for i in range(n):
                    q[own + i] = ground[own + i] - flux * slope[own + i]
                    surplus += weight[at + i] * (q[own + i] - psi[own + i])
                    whole += weight[at + i]
                for i in range(n):
                    q[own + i] -= surplus / whole


@njit(**_options)
def rates(parts, pops, tables, q, j, rate):
    """Rates of change of all particle states."""
    (kind, first, count, where, grid, weight, per_flux, per_radius2, decay, inverse,
     ground, slope, upper, kept, face, core, expansion) = parts
    pop_tables, pop_sites, pop_at = pops[0], pops[2], pops[3]
    data, meta = tables
    for k in range(len(kind)):
        n, at = count[k], where[k]
        diffusivity, _ = look(data, meta, pop_tables[k, DIFFUSIVITY], 0.5)
        shell, _ = look(data, meta, pop_tables[k, SHELL], 0.5)
        for s in range(pop_sites[k]):
            lo = first[k] + s * n
            flux = j[pop_at[k] + s]
            if kind[k] == MODAL or kind[k] == AMOUNT:
                for m in range(n):
                    decays = grid[at + m] * per_radius2[k] * diffusivity
                    rate[lo + m] = -decays * q[lo + m] - weight[at + m] * per_flux[k] * flux
            else:
                if expansion[k] > 0.0:
                    moved_faces(
                        q[lo : lo + n], grid[at : at + n], weight[at : at + n], core[k], expansion[k],
                        face[lo : lo + n],
                    )
                volumes_flow(
                    data, meta, pop_tables[k, DIFFUSIVITY], q[lo : lo + n], face[lo : lo + n], core[k],
                    shell, weight[at : at + n], per_radius2[k], per_flux[k], flux, rate[lo : lo + n],
                )


@njit(**_options)
def surface_norm(parts, pops, change, weight_x):
    """Root mean square over particles of the change of the surface stoichiometry, in tolerances."""
    kind, first, count = parts[0], parts[1], parts[2]
    pop_sites = pops[2]
    total = 0.0
    particles = 0
    for k in range(len(kind)):
        if kind[k] == AMOUNT:
            continue
        n = count[k]
        for s in range(pop_sites[k]):
            lo = first[k] + s * n
            surface = change[lo + n - 1]
            if kind[k] == MODAL:
                surface = 0.0
                for m in range(n):
                    surface += change[lo + m]
            total += surface * surface
            particles += 1
    return (total / particles) ** 0.5 / weight_x

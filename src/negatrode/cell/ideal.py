"""The single-particle model: the full model's limit of ideal transport between the particles.

Where salt and electrons move without resistance, every node of an electrode sees one potential difference
and the initial salt: all particles of a population do the same, and the reaction is uniform. Solving the full
model in that limit (two nodes a layer) gives the single-particle model for every control, any number of
populations (the many-particle model), half cells and heat, by the same compiled code.
"""

from __future__ import annotations

from dataclasses import replace

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode
from negatrode.cell.mesh import Resolution
from negatrode.material.table import Table

# Conductances are made so large that what they cost is below a microvolt at a hundred times the nominal
# current, and small enough that rounding (1e-16 of them times 4 V) stays far below any current.
_CONDUCTIVITY = 1e5  # S m-1
_DIFFUSIVITY = 1e-4  # m2 s-1
# Made once: tables that are the same objects are laid out for the kernels only once.
_CONDUCTS, _DIFFUSES = Table.constant(_CONDUCTIVITY), Table.constant(_DIFFUSIVITY)
_IMMOBILE = Table.constant(0.0)


def single_particle(cell: Cell) -> Cell:
    """The cell with ideal transport in electrolyte and solid."""
    salt = replace(cell.electrolyte, conductivity=_CONDUCTS, diffusivity=_DIFFUSES, transference=_IMMOBILE)
    positive = replace(cell.positive, conductivity=_CONDUCTIVITY)
    negative = cell.negative
    if isinstance(negative, Electrode):
        negative = replace(negative, conductivity=_CONDUCTIVITY)
    return replace(cell, electrolyte=salt, positive=positive, negative=negative)


def single_particle_mesh(mesh: Resolution) -> Resolution:
    """The mesh with one straight element a layer: nothing varies across it."""
    return replace(mesh, order=(1, 1, 1), elements=(1, 1, 1))

"""Why the solver could not go on: what in the cell has run out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from negatrode.cell.control import CURRENT, Control
from negatrode.cell.ending import Ended, Ending
from negatrode.cell.observe import surface_stoichiometry
from negatrode.cell.packing import Packed

if TYPE_CHECKING:
    from negatrode.cell.run import Run

# Share of the initial salt concentration below which an electrolyte counts as depleted (assumed: at a
# hundredth the conductivity of LiPF6 solutions has fallen by about as much, and currents cannot pass).
DEPLETED = 0.01
# Distance of a surface from empty or full that counts as exhausted (assumed).
EXHAUSTED = 0.005


def diagnose(run: Run, c: Control, otherwise: Ending, number: int) -> Ended:
    """The physical reason that the present state shows, or ``otherwise``."""
    packed, state = run.packed, run.history[0]
    time = float(run.clock[0])
    salt = state[: packed.at[0]] / packed.cell.electrolyte.initial_concentration
    found = _exhausted(packed, state)
    if salt.min() < DEPLETED:
        where = place(packed, float(packed.x[int(np.argmin(salt))]))
        text = f"electrolyte depleted at {where} after {time:.4g} s ({salt.min():.2g} of the salt left)"
        return Ended(Ending.ELECTROLYTE_DEPLETED, text, number, time, where)
    if found is not None:
        reason, name, where = found
        return Ended(reason, f"{reason.value}: {name} at {where} after {time:.4g} s", number, time, where)
    if otherwise is Ending.INFEASIBLE:
        amps = f" ({c.target * packed.cell.area:g} A)" if c.mode == CURRENT else ""
        text = f"{otherwise.value}{amps} at {time:.4g} s: no distribution of reactions balances it"
        return Ended(otherwise, text, number, time)
    text = f"{otherwise.value} at {time:.6g} s with a step of {run.clock[1]:.2g} s"
    return Ended(otherwise, text, number, time)


def place(packed: Packed, x: float) -> str:
    """A place across the cell in words: "12 um (40 %) into the positive electrode, from the separator"."""
    cell = packed.cell
    negative = 0.0 if cell.is_half_cell else float(packed.mesh[2][packed.mesh[1] == 0].sum() * 2)
    separator = negative + cell.separator.thickness
    if x < negative * (1 - 1e-9):
        depth, whole, layer = negative - x, negative, "negative electrode"
    elif x <= separator * (1 + 1e-9):
        return f"{1e6 * (x - negative):.3g} um into the separator"
    else:
        depth, whole, layer = x - separator, cell.positive.thickness, "positive electrode"
    return f"a depth of {1e6 * depth:.3g} um ({100 * depth / whole:.0f} %) of the {layer}"


def _exhausted(packed: Packed, state: np.ndarray) -> tuple[Ending, str, str] | None:
    for k, particle in enumerate(packed.particles):
        surface = surface_stoichiometry(packed, state[None, :], k)[0]
        sites = packed.layout.site_node[int(packed.pops[1][k]) :]
        for reason, edge in ((Ending.PARTICLES_EMPTY, surface), (Ending.PARTICLES_FULL, 1 - surface)):
            if edge.min() < EXHAUSTED:
                where = place(packed, float(packed.x[sites[int(np.argmin(edge))]]))
                return reason, particle.material.name, where
    return None

"""The cell of a converged reference (benchmarks/cell/reference.py), as our engine takes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cell.reference import DEFAULT_FOLDER, Case, Reference, cached
from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode
from negatrode.cell.protocol import Protocol, Step
from negatrode.exchange.pybamm_cell import from_pybamm


def prepared(case: Case, folder: Path = DEFAULT_FOLDER) -> tuple[Reference, Cell, Protocol, str]:
    """A case's reference; its cell, the protocol and the name of the model with which ours does the same."""
    reference = cached(case, folder)
    with np.load(folder / f"{case.name}.npz") as stored:
        sizes = {key: stored[key] for key in stored.files if key[-2:] in ("_n", "_p")}
    protocol = Protocol((Step("current", float(reference.about["current_A"])),))
    return reference, _cell(reference, sizes), protocol, "SPM" if case.model == "MPM" else case.model


def _cell(reference: Reference, sizes: dict[str, Any]) -> Cell:
    """The reference's cell, from the initial stoichiometries and the size classes that PyBaMM used."""
    about = reference.about
    options = {k: _tuples(v) for k, v in about["options"].items()}
    thermal = options.pop("thermal", None) == "lumped"
    for key in ("particle size", "working electrode"):
        options.pop(key, None)
    cell = from_pybamm(about["set_name"], options=options or None, thermal=thermal)
    for side in ("negative", "positive"):
        electrode = getattr(cell, side)
        if isinstance(electrode, Electrode):
            cell = replace(cell, **{side: _as_in(reference, sizes, electrode, side)})
    return cell


def _as_in(reference: Reference, sizes: dict[str, Any], electrode: Electrode, side: str) -> Electrode:
    state = reference.about["initial_state"]
    start = [v for k, v in state.items() if "stoichiometry" in k and side in k]
    particles = electrode.particles
    start = start if len(start) == len(particles) else start[:1] * len(particles)
    moved = [replace(p, stoichiometry=x) for p, x in zip(particles, start, strict=True)]
    if f"R_{side[0]}" in sizes:
        radii, share = sizes[f"R_{side[0]}"], sizes[f"area_share_{side[0]}"]
        share = share / share.sum()
        mean, whole = float(share @ radii), moved[0]
        moved = [
            replace(whole, radius=float(r), volume_fraction=whole.volume_fraction * float(w * r) / mean)
            for r, w in zip(radii, share, strict=True)
        ]
    return replace(electrode, particles=tuple(moved))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value

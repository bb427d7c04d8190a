"""What file formats have no words for yet: shells, moving coordinates, ageing."""

from __future__ import annotations

from negatrode.cell.cell import Cell
from negatrode.cell.packing import electrodes_of
from negatrode.core.errors import Refusal


def refuse_layers_and_ageing(cell: Cell, form: str) -> None:
    """Refuse to write a cell whose particles have what ``form`` would lose."""
    for electrode in electrodes_of(cell):
        for p in electrode.particles:
            held = (
                ("a shell", p.shell is not None),
                ("a coordinate that moves with the swelling", p.moving),
                ("ageing", p.ageing is not None),
            )
            for what, there in held:
                if there:
                    raise Refusal(
                        f"{p.material.name} has {what}",
                        rule=f"{form} has no place for it",
                        remedy="build the cell in Python, or write it without",
                    )

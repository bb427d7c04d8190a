"""Why a simulation ended, in words that a user can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Ending(Enum):
    """What brought a simulation to its end; the value is the text for the user."""

    COMPLETED = "every step of the protocol was done"
    LOWER_VOLTAGE = "the lower voltage limit of the cell was reached"
    UPPER_VOLTAGE = "the upper voltage limit of the cell was reached"
    ELECTROLYTE_DEPLETED = "electrolyte depleted"
    PARTICLES_EMPTY = "the particles' surface is empty of lithium"
    PARTICLES_FULL = "the particles' surface is full of lithium"
    TOO_COLD = "the cell is colder than its properties are known for"
    TOO_HOT = "the cell is hotter than its properties are known for"
    INFEASIBLE = "the cell cannot carry what the step asks for"
    SOLVER = "the solver could not go on"


@dataclass(frozen=True)
class Ended:
    """An ending with its place.

    ``text`` is the whole sentence; ``where`` the layer and depth for endings that have one; ``step`` the
    number of the protocol step (from 0) that was under way; ``time`` in s.
    """

    reason: Ending
    text: str
    step: int
    time: float
    where: str = ""

    @property
    def physical(self) -> bool:
        """Whether the cell, or the protocol, ended it and not the numerics."""
        return self.reason is not Ending.SOLVER

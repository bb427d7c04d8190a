"""What the report draws of a cell."""

from __future__ import annotations

from dataclasses import dataclass

from negatrode.techniques.cycling.gitt import GittPoint
from negatrode.techniques.cycling.pseudo_ocp import PseudoOcp
from negatrode.techniques.cycling.rates import RateRow
from negatrode.techniques.cycling.record import Array

LONGEST = 1500  # points a line of the page


@dataclass(frozen=True, eq=False)
class Branch:
    """A half-cycle to draw: charge (mA h/g, or mA h where ``specific`` of the figure is False) and V."""

    cycle: int
    name: str
    charge: Array
    voltage: Array


@dataclass(frozen=True, eq=False)
class CyclingFigure:
    """Arrays of one cell.

    Attributes
    ----------
    specific:
        Whether charges are per mass of active material (a mass was given).
    branches:
        Half-cycles of the first cycle and of a few later ones.
    dqdv:
        By branch name: voltage and dQ/dV of the first cycle, in the unit of charge per V.
    cycles, lithiation, delithiation, efficiency:
        By cycle: number, charges, %.
    """

    path: str
    material: str
    specific: bool
    branches: tuple[Branch, ...]
    dqdv: dict[str, tuple[Array, Array]]
    cycles: Array
    lithiation: Array
    delithiation: Array
    efficiency: Array
    rates: tuple[RateRow, ...]
    ocp: PseudoOcp | None
    ocp_scale: float
    gitt: tuple[GittPoint, ...]


def thinned(values: Array) -> Array:
    """Every k-th value, so that a line holds at most LONGEST points; the last stays.

    >>> import numpy as np
    >>> thinned(np.arange(4000.0)).size <= LONGEST
    True
    """
    step = -(-values.size // (LONGEST - 1)) if values.size > LONGEST else 1
    kept = values[::step]
    return kept if (values.size - 1) % step == 0 else _with_last(kept, values)


def _with_last(kept: Array, values: Array) -> Array:
    import numpy as np

    return np.append(kept, values[-1])

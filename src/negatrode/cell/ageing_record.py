"""The account of ageing that a curve carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class AgeingRecord:
    """The account at the end of every protocol step.

    ``time`` (s), ``step``, ``cycle`` of shape (n,). ``lost``: lithium that is bound for good, A h of the
    whole cell, by mechanism ("film", "film in cracks", "plated", "fresh surface", "isolated"). ``active``:
    share of the active material that takes part, by electrode, weighted by capacity. ``active_capacity``:
    capacity (A h) of the active material that was lost, all electrodes. ``film``: mean thickness (m) by
    electrode.
    """

    time: Array
    step: Ints
    cycle: Ints
    lost: dict[str, Array]
    active: dict[str, Array]
    active_capacity: Array
    film: dict[str, Array]

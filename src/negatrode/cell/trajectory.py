"""Where a march began, began again and ended: what a later pass along it needs beside the stored states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.control import Control

Array = NDArray[np.float64]


@dataclass(eq=False)
class Stretch:
    """From one consistent start to the next.

    Parameters
    ----------
    number:
        Step of the protocol.
    control:
        What held, and what ended it.
    thermal:
        Heat capacity, cooling and ambient temperature (K).
    own_ambient:
        Whether the step sets its ambient temperature itself.
    begins_step:
        Whether the step of the protocol begins here; False where the solver began again within it.
    first_row:
        Stored row that follows the start.
    time, state:
        The start (s), and the consistent state there.
    last_row:
        One beyond the last stored row.
    met:
        Number of the end that was met, or -1.
    beyond:
        The state after the whole last step, which the end lies within.
    """

    number: int
    control: Control
    thermal: tuple[float, float, float]
    own_ambient: bool
    begins_step: bool
    first_row: int
    time: float
    state: Array
    last_row: int = -1
    met: int = -1
    beyond: Array | None = None

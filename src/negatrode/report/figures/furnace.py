"""Pictures of a furnace programme: temperature and gas above, what the powder does below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.report.figures.canvas import COLOURS, INK, SOFT, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negatrode.process.programme import Programme

Array = NDArray[np.float64]
_GASES = {"oxidizing": "#fde8d8", "inert": "#e8eef7"}


@dataclass(frozen=True, eq=False)
class Band:
    """A history with its draws: name, values (n, times) or (times,), and a colour of the palette."""

    name: str
    values: Array
    colour: int = 0
    dashed: bool = False


def temperature(ax: Axes, programme: Programme, *, claimed: Sequence[tuple[float, float]] = ()) -> None:
    """Temperature against time (h), the gas as ground, the claimed range as lines."""
    hours = programme.seconds / 3600.0
    for k, gas in enumerate(programme.gases):
        ground = _GASES["oxidizing" if gas.is_oxidizing else "inert"]
        ax.axvspan(hours[k], hours[k + 1], color=ground, linewidth=0, zorder=0)
        if k == 0 or gas.name != programme.gases[k - 1].name:
            ax.text(
                hours[k], 1.01, f" {gas.name}", transform=ax.get_xaxis_transform(), fontsize=8, color=SOFT
            )
    for low, high in claimed:
        for limit in (low, high):
            if np.isfinite(limit):
                ax.axhline(limit, color=COLOURS[6], linewidth=1.0, linestyle=(0, (4, 3)))
    ax.plot(hours, programme.celsius, color=INK, linewidth=1.6)
    ax.set_xlim(hours[0], hours[-1])
    ax.set_ylabel("temperature (°C)")


def bands(ax: Axes, seconds: Array, rows: Sequence[Band], label: str, *, legends: bool = True) -> None:
    """Medians as lines, the intervals that hold 90 % of the draws as bands."""
    hours = seconds / 3600.0
    for b in rows:
        colour = COLOURS[b.colour]
        values = np.atleast_2d(b.values)
        seen = np.isfinite(values).all(axis=0)
        if not seen.any():
            continue
        low, mid, high = np.quantile(values[:, seen], [0.05, 0.5, 0.95], axis=0)
        ax.fill_between(hours[seen], low, high, color=colour, alpha=0.16, linewidth=0)
        ax.plot(
            hours[seen], mid, color=colour, linewidth=1.6, linestyle="--" if b.dashed else "-", label=b.name
        )
    ax.set_xlim(hours[0], hours[-1])
    ax.set_ylabel(label)
    if legends:
        legend(ax)

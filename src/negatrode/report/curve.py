"""A simulated curve as a picture: voltage, current, and what parameters would do to it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.curve import Curve
from negatrode.cell.sensitivity import Sensitivities
from negatrode.core.errors import InputError
from negatrode.exchange.new_file import write_new
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, legend, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
FORMATS = (".svg", ".png", ".pdf")
# Longer than this (s) is drawn in hours, shorter than that in seconds.
_HOURS, _MINUTES = 7200.0, 300.0


def plot_curve(
    curve: Curve,
    path: str | Path,
    *,
    by: Sensitivities | None = None,
    title: str = "",
    overwrite: bool = False,
) -> None:
    """Draw a curve into a file.

    Parameters
    ----------
    curve:
        What :func:`negatrode.simulate` gave.
    path:
        .svg, .png or .pdf.
    by:
        Its sensitivities: one more panel, the change of the voltage (mV) by one per cent more of each.
    title:
        Name of the cell.
    overwrite:
        Replace a file that is there.

    Raises
    ------
    InputError
        Another ending of the name; a file that is there already.
    """
    place = Path(path)
    if place.suffix.lower() not in FORMATS:
        raise InputError(f"a picture {place.name!r}", rule="it ends in " + ", ".join(FORMATS))
    out = io.BytesIO()
    draw_curve(curve, by=by, title=title).savefig(out, format=place.suffix[1:].lower(), dpi=130)
    write_new(place, out.getvalue(), overwrite=overwrite)


def draw_curve(curve: Curve, *, by: Sensitivities | None = None, title: str = "") -> Figure:
    """The figure of :func:`plot_curve`."""
    figure, axes = panels(2 if by is None else 3, height=4.0, width=10.2 if by is None else 14.0)
    divisor, unit = _time_unit(curve.duration)
    t = np.linspace(0.0, curve.duration, 2000)
    t = np.unique(np.concatenate((t, curve.time)))
    axes[0].plot(t / divisor, curve.at(t), color=COLOURS[0], lw=1.6)
    axes[0].set(xlabel=f"time / {unit}", ylabel="voltage / V")
    _current(axes[1], curve, t, divisor, unit)
    if by is not None:
        _sensitivities(axes[2], by, divisor, unit)
    for ax in axes:
        _steps(ax, curve, divisor)
    heading = " - ".join(part for part in (title, curve.model, curve.ended.text) if part)
    if curve.error is not None:
        heading += f" (numerical error {1e3 * curve.error.rms:.2g} mV rms)"
    figure.suptitle(heading, fontsize=10, color=INK)
    return figure


def _time_unit(duration: float) -> tuple[float, str]:
    if duration > _HOURS:
        return 3600.0, "h"
    return (60.0, "min") if duration > _MINUTES else (1.0, "s")


def _current(ax: Axes, curve: Curve, t: Array, divisor: float, unit: str) -> None:
    ax.plot(t / divisor, curve.at(t, "current"), color=COLOURS[1], lw=1.6, label="current")
    ax.set(xlabel=f"time / {unit}", ylabel="current / A (positive on discharge)")
    if np.ptp(curve.temperature) > 1e-3:
        warm = ax.twinx()
        warm.plot(curve.time / divisor, curve.temperature, color=COLOURS[2], lw=1.4, ls="--")
        warm.set_ylabel("temperature / K", color=COLOURS[2])
        warm.tick_params(colors=SOFT, labelsize=9)
        warm.spines[["top"]].set_visible(False)


def _sensitivities(ax: Axes, by: Sensitivities, divisor: float, unit: str) -> None:
    """By one per cent more of every parameter, at a fixed time since the step began."""
    for k, name in enumerate(by.names):
        change = 10.0 * by.voltage[:, k] * by.sizes[k]
        ax.plot(by.curve.time / divisor, change, color=COLOURS[k % len(COLOURS)], lw=1.4, label=name)
    ax.axhline(0.0, color=INK, lw=0.8)
    ax.set(xlabel=f"time / {unit}", ylabel="change of voltage by 1 % more / mV")
    legend(ax, loc="best")


def _steps(ax: Axes, curve: Curve, divisor: float) -> None:
    """A line where one step of the protocol gives way to the next; none where there are very many."""
    edges = curve.time[1:][np.diff(curve.step) != 0]
    if len(edges) <= 40:
        for edge in edges:
            ax.axvline(edge / divisor, color=SOFT, lw=0.6, ls=":")

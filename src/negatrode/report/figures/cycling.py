"""The half cell: first cycle, differential capacity, capacity and efficiency by cycle, pulses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, Limits, legend, panels, svg
from negatrode.techniques.cycling.figure import CyclingFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES = {"lithiation": COLOURS[0], "delithiation": COLOURS[1]}
_MATERIALS = {"particle": "", "phase-a": " of phase A alone", "phase-b": " of phase B alone"}


def draw(figure: CyclingFigure, _estimates: Mapping[str, Estimate], _limits: Limits) -> Iterator[Drawing]:
    """First cycle and dQ/dV; capacities by cycle and pseudo-OCP; GITT where there were pulses."""
    name = f"cycling-{figure.material}"
    of = _MATERIALS.get(figure.material, "")
    canvas, axes = panels(2, height=3.9)
    _cycles(axes[0], figure)
    _differential(axes[1], figure)
    yield Drawing(f"First cycle{of}", svg(canvas, name=name), _first_caption(figure))
    if figure.cycles.size > 1 or figure.ocp is not None:
        canvas, axes = panels(2, height=3.5)
        _by_cycle(axes[0], figure)
        _ocp(axes[1], figure)
        yield Drawing(
            f"Cycles and slow branches{of}",
            svg(canvas, name=f"{name}-more"),
            "Left: capacity and efficiency by cycle, paired by the direction of the current. Right: branches "
            "of the slowest complete cycle at equal lithium content, and their mean (pseudo-OCP).",
        )
    if figure.gitt:
        yield _gitt(figure, name)


def _unit(figure: CyclingFigure) -> str:
    return "mA h/g" if figure.specific else "mA h (no mass given)"


def _cycles(ax: Axes, figure: CyclingFigure) -> None:
    first = min(b.cycle for b in figure.branches)
    for b in figure.branches:
        main = b.cycle == first
        label = f"{b.name}, cycle {b.cycle}" if main else None
        ax.plot(
            b.charge,
            b.voltage,
            color=_STYLES[b.name],
            lw=1.8 if main else 0.9,
            alpha=1.0 if main else 0.45,
            label=label,
        )
    ax.set(xlabel=f"charge / {_unit(figure)}", ylabel="potential / V")
    legend(ax, loc="upper center")


def _differential(ax: Axes, figure: CyclingFigure) -> None:
    for name, (voltage, dqdv) in figure.dqdv.items():
        ax.plot(voltage, dqdv if name == "delithiation" else -dqdv, color=_STYLES[name], lw=1.4, label=name)
    ax.axhline(0.0, color=INK, lw=0.8)
    ax.set(xlabel="potential / V", ylabel=f"dQ/dV / ({_unit(figure).split(' (')[0]} per V)")
    if figure.dqdv:
        legend(ax, loc="lower right")


def _first_caption(figure: CyclingFigure) -> str:
    text = f"{figure.path}. "
    into, out = figure.lithiation[0], figure.delithiation[0]
    text += f"First lithiation {into:.4g} {_unit(figure)}"
    if np.isfinite(out):
        text += f", delithiation {out:.4g}, efficiency {figure.efficiency[0]:.1f} %"
    return text + ". Thin lines: later cycles. Right: dQ/dV of the first cycle (lithiation drawn downwards)."


def _by_cycle(ax: Axes, figure: CyclingFigure) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.plot(figure.cycles, figure.lithiation, "v", ms=5, color=_STYLES["lithiation"], label="lithiation")
    ax.plot(
        figure.cycles, figure.delithiation, "^", ms=5, color=_STYLES["delithiation"], label="delithiation"
    )
    ax.set(xlabel="cycle", ylabel=f"capacity / {_unit(figure)}")
    ax.set_ylim(0.0, 1.25 * float(np.nanmax([figure.lithiation, figure.delithiation])))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    beside = ax.twinx()
    beside.plot(figure.cycles, figure.efficiency, "o-", ms=3, lw=0.8, color=SOFT)
    beside.set_ylabel("efficiency / %", fontsize=9, color=SOFT)
    beside.set_ylim(0.0, 105.0)
    beside.tick_params(colors=SOFT, labelsize=8)
    beside.spines["top"].set_visible(False)
    legend(ax, loc="lower right")


def _ocp(ax: Axes, figure: CyclingFigure) -> None:
    if figure.ocp is None:
        ax.set_axis_off()
        ax.text(0.5, 0.5, "no complete cycle", ha="center", color=SOFT)
        return
    content = figure.ocp_scale * figure.ocp.content
    for name, values in (("lithiation", figure.ocp.lithiation), ("delithiation", figure.ocp.delithiation)):
        ax.plot(content, values, color=_STYLES[name], lw=1.2, label=f"{name}, cycle {figure.ocp.cycle}")
    ax.plot(content, figure.ocp.mean, color=INK, lw=1.6, ls="--", label="mean")
    ax.set(xlabel=f"lithium content / {_unit(figure)}", ylabel="potential / V")
    legend(ax, loc="upper right")


def _gitt(figure: CyclingFigure, name: str) -> Drawing:
    canvas, (ax,) = panels(1, height=3.4)
    for way, colour in ((-1, _STYLES["lithiation"]), (1, _STYLES["delithiation"])):
        mine = [p for p in figure.gitt if p.direction == way]
        good = [p for p in mine if p.admissible]
        rest = [p for p in mine if not p.admissible]
        label = "lithiation" if way < 0 else "delithiation"
        ax.semilogy(
            [p.potential for p in good], [p.diffusivity for p in good], "o", color=colour, label=label
        )
        ax.semilogy([p.potential for p in rest], [p.diffusivity for p in rest], "x", color=colour, alpha=0.5)
    ax.set(xlabel="rest potential / V", ylabel="D / (m²/s)")
    legend(ax, loc="best")
    return Drawing(
        "Diffusivity by GITT",
        svg(canvas, name=f"{name}-gitt"),
        "Weppner and Huggins for spheres of the radius given; crosses: pulses that are not short against "
        "R²/D, or rests that had not settled.",
    )

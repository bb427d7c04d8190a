"""The making of an alloy powder: where oxygen and nitrogen come from, and where they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.process.alloying.make import AlloyRun
from negatrode.process.alloying.uptake import Uptake
from negatrode.report.figures.canvas import COLOURS, SOFT, Drawing, Limits, legend, panels, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
_IN_A, _IN_B = "oxygen_in_a + nitrogen_in_a", "oxygen_in_b + nitrogen_in_b"


def draw(run: AlloyRun, limits: Limits) -> Iterator[Drawing]:
    """All pictures of the route."""
    yield _origins(run)
    yield _contents(run, limits)


def _origins(run: AlloyRun) -> Drawing:
    canvas, axes = panels(2, height=3.4)
    for ax, name, up in ((axes[0], "oxygen", run.oxygen), (axes[1], "nitrogen", run.nitrogen)):
        _bars(ax, name, up, run)
    return Drawing(
        "Where oxygen and nitrogen come from",
        svg(canvas, name="route-origins"),
        f"wt% of the particle by origin: medians, and 90 % of {run.draws.n} joint draws.",
    )


def _bars(ax: Axes, name: str, up: Uptake, run: AlloyRun) -> None:
    rows = (
        (f"raw {run.route.a}", up.from_a), (f"raw {run.route.b}", up.from_b),
        (run.route.gas.name, up.gas), ("air, after", up.air), ("in all", up.total),
    )  # fmt: skip
    for k, (_, values) in enumerate(rows):
        low, mid, high = np.quantile(values, [0.05, 0.5, 0.95])
        ax.barh(k, mid, color=COLOURS[0 if k < len(rows) - 1 else 6], alpha=0.8, height=0.6)
        ax.plot([low, high], [k, k], color="#1d2733", linewidth=1.4)
    ax.set_yticks(range(len(rows)), [label for label, _ in rows])
    ax.invert_yaxis()
    ax.set_xlabel(f"{name} (wt% of the particle)")


def _contents(run: AlloyRun, limits: Limits) -> Drawing:
    canvas, axes = panels(2, height=3.8)
    c = run.phases.contents
    in_a, in_b = c.oxygen_in_a + c.nitrogen_in_a, c.oxygen_in_b + c.nitrogen_in_b
    ax = axes[0]
    ax.scatter(in_a, in_b, s=9, color=COLOURS[0], alpha=0.45, linewidths=0)
    ax.set_xlim(0, max(1.0, float(np.quantile(in_a, 0.97)) * 1.15))
    ax.set_ylim(0, max(2.0, float(np.quantile(in_b, 0.97)) * 1.15))
    for _, high in limits.get(_IN_A, ()):
        ax.axvline(high, color=COLOURS[1], linestyle="--", linewidth=1.1, label=f"A below {high:g} wt%")
    for low, _ in limits.get(_IN_B, ()):
        ax.axhline(low, color=COLOURS[2], linestyle="--", linewidth=1.1, label=f"B at least {low:g} wt%")
    ax.set_xlabel("oxygen and nitrogen in A (wt%)")
    ax.set_ylabel("oxygen and nitrogen in B (wt%)")
    if limits.get(_IN_A):
        legend(ax)
    theta = np.linspace(0.0, 1.0, 41)
    for light, colour, brought in (("O", 1, run.oxygen), ("N", 3, run.nitrogen)):
        part = run.phases.partitions[light]
        f_a = run.phases.lever.mass_fraction[:, None]
        k = part.coefficient[:, None]
        was = np.divide(
            brought.from_b + brought.gas,
            brought.alloyed,
            out=np.zeros(run.draws.n),
            where=brought.alloyed > 0,
        )[:, None]
        share = (1 - theta) * k * (1 - f_a) / (f_a + k * (1 - f_a)) + theta * was
        low, mid, high = np.quantile(share, [0.05, 0.5, 0.95], axis=0)
        axes[1].fill_between(theta, low, high, color=COLOURS[colour], alpha=0.15, linewidth=0)
        axes[1].plot(theta, mid, color=COLOURS[colour], label={"O": "oxygen", "N": "nitrogen"}[light])
    at = float(np.median(run.phases.theta))
    axes[1].axvline(at, color=SOFT, linewidth=1.0, linestyle=":")
    axes[1].text(
        at, 1.02, f" this route: {at:.2f}", fontsize=8, color=SOFT, transform=axes[1].get_xaxis_transform()
    )
    axes[1].set_xlabel("mixing: 0 equilibrium, 1 as brought in")
    axes[1].set_ylabel("share in B (without the native oxide)")
    axes[1].set_ylim(-0.02, 1.02)
    legend(axes[1])
    return Drawing(
        "Where oxygen and nitrogen are",
        svg(canvas, name="route-contents"),
        "Left: every draw's contents of the phases, the claimed limits dashed. Right: share in B from "
        "equilibrium to where raw materials and gas brought them; lines medians, bands 90 % of the draws.",
    )

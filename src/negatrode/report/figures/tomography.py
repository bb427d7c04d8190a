"""The stack of voxels: three slices as phases and as measured, and how far each domain is covered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from negatrode.core.estimate import Estimate
from negatrode.report.figures.canvas import COLOURS, INK, Drawing, Limits, panels, photograph, svg
from negatrode.report.figures.phases import PHASE_COLOURS
from negatrode.techniques.tomography.figure import TomographyFigure


def draw(figure: TomographyFigure, _estimates: Mapping[str, Estimate], limits: Limits) -> Iterator[Drawing]:
    """Slices (JPEG) and the distribution of cover over domains (SVG)."""
    from matplotlib.colors import ListedColormap

    count = len(figure.labels) + len(figure.grey)
    canvas, axes = panels(count, height=10.2 / count + 0.6)
    for ax, labels in zip(axes, figure.labels, strict=False):
        ax.imshow(labels, cmap=ListedColormap(PHASE_COLOURS), vmin=0, vmax=3, interpolation="nearest")
    for ax, grey in zip(axes[len(figure.labels) :], figure.grey, strict=True):
        ax.imshow(grey, cmap="gray", interpolation="nearest")
    for k, ax in enumerate(axes):
        ax.grid(visible=False)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_title(f"axis {k % 3}, slice {figure.position[k % 3]}", fontsize=9, color=INK)
    for value, text in ((1, "A"), (2, "B"), (3, "other")):
        axes[0].plot([], [], "s", color=PHASE_COLOURS[value], ms=6, label=text)
    axes[0].legend(loc="upper left", fontsize=8)
    text = f"{figure.path}. A fills {figure.fraction:.3f} of the material's volume."
    if figure.surrounded is None:
        text += " How far B surrounds A is undecided (see the reasons above)."
    else:
        text += f" {100.0 * figure.surrounded:.1f} % of A's boundary touches B."
    yield Drawing(
        "Phases in three dimensions", photograph(canvas, dpi=130, alt="slices through the stack"), text
    )
    if figure.contact.size:
        yield _cover(figure, limits)


def _cover(figure: TomographyFigure, limits: Limits) -> Drawing:
    canvas, (ax,) = panels(1, height=3.0)
    ax.hist(figure.contact, bins=20, range=(0.0, 1.0), color=COLOURS[0], alpha=0.5)
    for low, _ in limits.get("a_surrounded_by_b", ()):
        ax.axvline(low, color=COLOURS[1], lw=1.4, ls="--", label=f"claimed: at least {low:g} of A's boundary")
        ax.legend(frameon=False, fontsize=8.5, loc="upper left")
    ax.set(xlabel="share of a domain's boundary that touches B", ylabel="domains of A")
    return Drawing(
        "Cover of the domains",
        svg(canvas, name="cover"),
        "One count for each domain of A that lies wholly within the stack.",
    )

"""What all pictures share: a figure without a display, the house style, markup of the result."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, GRID = "#1d2733", "#5d6b7a", "#e3e8ed"
# Okabe-Ito: told apart by people who do not see all colours
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7f7f7f")


# claimed intervals (low, high) by expression, as the claim sets write it
Limits = Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Drawing:
    """One picture of the report."""

    title: str
    markup: str
    caption: str


def panels(
    columns: int = 1, *, height: float = 4.2, width: float = 10.2, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure with a row of panels in the house style."""
    from matplotlib.figure import Figure as MplFigure

    figure = MplFigure(figsize=(width, height), layout="tight")
    axes = figure.subplots(1, columns, squeeze=False, **options)[0]
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(color=GRID, linewidth=0.8)
        ax.set_axisbelow(True)
        ax.tick_params(colors=SOFT, labelsize=9)
        ax.xaxis.label.set_size(10)
        ax.yaxis.label.set_size(10)
    return figure, list(axes)


def plain(text: str) -> str:
    """A user's text as it is: a dollar begins no formula.

    >>> plain("a $ b")
    'a \\\\$ b'
    """
    return text.replace("$", r"\$")


def legend(ax: Axes, **options: Any) -> None:
    """A legend without a frame."""
    ax.legend(frameon=False, fontsize=8.5, **options)


def svg(figure: Figure, *, name: str) -> str:
    """The figure as inline SVG; ids are made unique by ``name``, since one page holds many."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    return re.sub(r'xlink:href="#', f'xlink:href="#{name}-', text)


def photograph(figure: Figure, *, dpi: int = 100, alt: str = "") -> str:
    """The figure as an inline JPEG (it holds a micrograph; SVG or PNG would be many times larger)."""
    out = io.BytesIO()
    figure.savefig(out, format="jpeg", dpi=dpi, pil_kwargs={"quality": 88})
    code = base64.b64encode(out.getvalue()).decode()
    return f'<img alt="{alt}" src="data:image/jpeg;base64,{code}">'

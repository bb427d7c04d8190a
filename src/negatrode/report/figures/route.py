"""How a powder was made, in pictures and tables: which are drawn depends on the material."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from negatrode.flow.make import Making
from negatrode.process.knobs import Knob
from negatrode.report.figures.canvas import Drawing, Limits


def draw_route(making: Making, limits: Limits) -> Iterator[Drawing]:
    """The pictures of a route; ``limits`` are the claimed ranges by property."""
    if making.hard_carbon is not None:
        from negatrode.report.figures.hard_carbon_route import draw

        yield from draw(making.hard_carbon, limits)
    if making.alloy is not None:
        from negatrode.report.figures.alloy_route import draw as draw_alloy

        yield from draw_alloy(making.alloy, limits)


def route_tables(making: Making, limits: Limits, turned: Sequence[Knob] = ()) -> list[dict[str, Any]]:
    """Tables of a route: title, caption, head, rows of strings; ``turned``: what each knob moves."""
    if making.hard_carbon is not None:
        from negatrode.report.figures.hard_carbon_route import tables

        return tables(making.hard_carbon, limits, turned)
    return []

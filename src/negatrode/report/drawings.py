"""The pictures of a measured sample: each technique's figure drawn by its module."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from negatrode.flow.sample import Measured
from negatrode.report.figures.canvas import Drawing, Limits

# section of SAMPLE.toml -> module with draw(figure, estimates, limits) -> iterator of Drawing
MODULES = {
    "xrd": "diffraction",
    "sorption": "sorption",
    "sizing": "sizing",
    "images": "shape",
    "thermal": "thermal",
    "tomography": "tomography",
    "phases": "phases",
    "cycling": "cycling",
}


def drawings(measured: Measured, limits: Limits) -> Iterator[Drawing]:
    """All pictures, in the order of the sections; ``limits`` are the claimed ones, drawn where they apply."""
    for trace in measured.traces:
        name = MODULES.get(trace.technique.section)
        if name is None or trace.evaluation is None or trace.evaluation.figure is None:
            continue
        module = importlib.import_module(f"negatrode.report.figures.{name}")
        yield from module.draw(trace.evaluation.figure, measured.sample.estimates, limits)

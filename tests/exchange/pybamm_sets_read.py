"""The lithium-ion sets of PyBaMM, each read once for all tests."""

from __future__ import annotations

import os
import warnings
from functools import cache
from typing import Any

os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"

from negatrode.cell.cell import Cell
from negatrode.exchange.pybamm_cell import from_pybamm

FULL = (
    "Ai2020",
    "Bonkile2024",
    "Chen2020",
    "Chen2020_composite",
    "Ecker2015",
    "Marquis2019",
    "Mohtat2020",
    "NCA_Kim2011",
    "OKane2022",
    "ORegan2022",
    "Prada2013",
    "Ramadass2004",
)
HALF = ("Ecker2015_graphite_halfcell", "OKane2022_graphite_SiOx_halfcell", "Xu2019")


def import_pybamm() -> Any:
    """PyBaMM warns at import on some platforms; tests turn warnings into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pybamm
    return pybamm


@cache
def read(name: str) -> Cell:
    """The cell of a named set."""
    return from_pybamm(name)


def model_options(name: str) -> dict[str, Any]:
    """What a user of PyBaMM passes to its models for that set."""
    if name in HALF:
        return {"working electrode": "positive"}
    if name in ("Bonkile2024", "Chen2020_composite"):
        return {
            "particle phases": ("2", "1"),
            "open-circuit potential": (("single", "current sigmoid"), "single"),
        }
    return {}

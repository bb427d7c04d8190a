"""The electrolyte of a BPX file: functions of the concentration as tables over its square root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from negatrode.exchange.bpx_electrode import ENERGY, placed
from negatrode.exchange.bpx_function import Function, Use, coefficient_table, read_function
from negatrode.exchange.bpx_section import Section
from negatrode.material.electrolyte import Electrolyte
from negatrode.material.table import Table

HIGHEST_CONCENTRATION = 4000.0  # mol m-3: tables reach at least this far


def read_electrolyte(
    section: Section,
    concentration: float,
    kelvin: float,
    moved: Mapping[str, str],
    say: Callable[[str], None],
) -> Electrolyte:
    """The electrolyte at its initial ``concentration`` (mol m-3); ``moved``: fields of other versions."""
    root = float(np.sqrt(concentration))
    top = float(np.sqrt(max(HIGHEST_CONCENTRATION, 4 * concentration)))
    tables = {}
    for name, key in (("conductivity", "Conductivity [S.m-1]"), ("diffusivity", "Diffusivity [m2.s-1]")):
        word = name.capitalize()
        energy = section.optional_number(f"{word} activation energy [J.mol-1]", *ENERGY) or 0.0
        function = _over_root(read_function(section, key, (0.0, 1e5)))
        use = Use(f"electrolyte {name}", (root, root), kelvin, energy)
        tables[name] = coefficient_table(function, use, say, (0.0, top))
    transference = section.number("Cation transference number", -1, 0.999)
    section.refuse_rest(moved)
    return placed(
        section.place,
        lambda: Electrolyte(
            name="electrolyte",
            initial_concentration=concentration,
            conductivity=tables["conductivity"],
            diffusivity=tables["diffusivity"],
            transference=replace(Table.constant(transference), name="transference number"),
        ),
    )


def _over_root(function: Function) -> Function:
    """A function of a concentration as one of its square root."""
    low, high = (float(np.sqrt(max(edge, 0.0))) for edge in (function.low, function.high))
    slopes = function.slopes
    return replace(
        function,
        values=lambda root: function.values(root**2),
        low=low,
        high=high,
        slopes=None if slopes is None else lambda root: 2 * root * slopes(root**2),
        spacing=0,
    )

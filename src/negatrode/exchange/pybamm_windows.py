"""Stoichiometries at 0 % and 100 % state of charge, from PyBaMM's electrode state-of-health models."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from negatrode.exchange.pybamm_source import UNUSABLE, Source, import_pybamm

Windows = dict[tuple[str, str], tuple[float, float]]


def stoichiometry_windows(source: Source) -> Windows:
    """(0 %, 100 %) of each (domain, phase); empty where PyBaMM finds no such pair.

    In equilibrium at "Open-circuit voltage at 0 % SOC" and "... at 100 % SOC", with the lithium that the set
    starts with (P. Mohtat and others, J. Power Sources 427 (2019) 101).
    """
    pybamm = import_pybamm()
    # The last ones as PyBaMM raises them for sets that its state-of-health models were not written for.
    failures: tuple[type[Exception], ...] = (pybamm.SolverError, pybamm.OptionError, LookupError, *UNUSABLE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _solved(source, pybamm)
    except failures:
        return {}
    return {key: ends for key, ends in found.items() if _possible(ends)}


def _solved(source: Source, pybamm: Any) -> Windows:
    options = {k: v for k, v in source.options.items() if k in ("particle phases", "open-circuit potential")}
    if source.half_cell:
        options["working electrode"] = "positive"
        found = _half_cell_solver()(source.values, options=options)
        keys = {"primary": "", "secondary": "_2"}
        return {
            ("positive", p): (float(found[f"x_0{keys[p]}"]), float(found[f"x_100{keys[p]}"]))
            for p in source.phases("positive")
        }
    if len(source.phases("negative")) + len(source.phases("positive")) > 2:
        return _composite(source, options)
    x_0, x_100, y_100, y_0 = pybamm.lithium_ion.get_min_max_stoichiometries(
        source.values, param=source.parameters, options=options
    )
    return {
        ("negative", "primary"): (float(x_0), float(x_100)),
        ("positive", "primary"): (float(y_0), float(y_100)),
    }


def _half_cell_solver() -> Any:
    from pybamm.models.full_battery_models.lithium_ion import electrode_soh_half_cell

    return electrode_soh_half_cell.get_min_max_stoichiometries


def _composite(source: Source, options: dict[str, Any]) -> Windows:
    from pybamm.models.full_battery_models.lithium_ion import electrode_soh_composite

    found = electrode_soh_composite.get_initial_stoichiometries_composite(
        0.5, source.values, param=source.parameters, options=options
    )
    windows: Windows = {}
    for domain, symbol in (("negative", "x"), ("positive", "y")):
        phases = source.phases(domain)
        for phase, number in zip(phases, ("1", "2"), strict=False):
            suffix = f"_{number}" if f"{symbol}_0_{number}" in found else ""
            windows[domain, phase] = (found[f"{symbol}_0{suffix}"], found[f"{symbol}_100{suffix}"])
    return {key: (float(a), float(b)) for key, (a, b) in windows.items()}


def _possible(ends: tuple[float, float]) -> bool:
    return bool(np.all(np.isfinite(ends))) and all(0 <= x <= 1 for x in ends) and ends[0] != ends[1]

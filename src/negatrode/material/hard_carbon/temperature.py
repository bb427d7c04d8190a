"""Composition and structure against the heat-treatment temperature, for what was not measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.material.predicted import Known

Array = NDArray[np.float64]
# H/C (atomic) of hard carbons by heat-treatment temperature (degC): the logistic of 351 carbons
# (hard-carbon-literature-mining, manual benchmark), over the carbon that is left. [C], link strong.
_CELSIUS = np.array([600.0, 700, 800, 900, 1000, 1100, 1200, 1300, 1400])
_RATIO = np.array([0.275, 0.198, 0.139, 0.095, 0.058, 0.038, 0.023, 0.013, 0.006])


def hydrogen_to_carbon(celsius: Array) -> Array:
    """H/C (atomic) at a heat-treatment temperature (degC), by its logarithm between the table's points.

    >>> round(float(hydrogen_to_carbon(np.array([1000.0]))[0]), 6)
    0.058
    """
    value: Array = np.exp(np.interp(celsius, _CELSIUS, np.log(_RATIO)))
    return value


def temperature_of(ratio: Array) -> Array:
    """Heat-treatment temperature (degC) at which a carbon has an H/C; 600 and 1400 at the ends."""
    value: Array = np.interp(-np.log(np.maximum(ratio, 1e-6)), -np.log(_RATIO), _CELSIUS)
    return value


def heat_treatment(known: Known) -> Array:
    """Heat-treatment temperature (degC): declared, else from H/C, else assumed."""
    if known.has("carbonization_temperature"):
        return known.measured["carbonization_temperature"]
    if known.has("hydrogen_to_carbon"):
        ratio = np.maximum(known.measured["hydrogen_to_carbon"], 1e-4)
        return temperature_of(ratio / known.value("hc.H_between"))
    return known.get("carbonization_temperature", "hc.temperature")


def hydrogen(known: Known, celsius: Array) -> Array:
    """H/C, measured or by the temperature."""
    if known.has("hydrogen_to_carbon"):
        return np.maximum(known.measured["hydrogen_to_carbon"], 0.0)
    known.assumed["hydrogen_to_carbon"] = "not measured: from the heat-treatment temperature"
    return hydrogen_to_carbon(celsius) * known.value("hc.H_between")


def spacing(known: Known, celsius: Array) -> Array:
    """d002 (nm), measured or by the temperature."""
    if known.has("d002"):
        return known.measured["d002"]
    known.assumed["d002"] = "not measured: from the heat-treatment temperature"
    return known.value("hc.d002_1200") + known.value("hc.d002_slope") * (celsius - 1200)


def surface(known: Known, celsius: Array) -> Array:
    """Specific surface area (m2/g), measured or by the temperature."""
    if known.has("specific_surface_area"):
        return np.maximum(known.measured["specific_surface_area"], 0.0)
    known.assumed["specific_surface_area"] = "not measured: from the heat-treatment temperature"
    value: Array = 10 ** (known.value("hc.log10S_1200") + known.value("hc.log10S_slope") * (celsius - 1200))
    return value

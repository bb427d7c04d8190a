"""Kissinger's relation between heating rate and peak temperature, and the conversion to 10 K/min.

At the peak of a first-order reaction ln(beta / Tp^2) = ln(A R / E) - E / (R Tp); with E known, the peak
at one rate gives the peak at another. H. E. Kissinger, Anal. Chem. 29 (1957) 1702.
"""

from __future__ import annotations

import math

GAS_CONSTANT = 8.314462618e-3  # kJ/(mol K)
ZERO_CELSIUS = 273.15
RATE = 10.0  # K/min, of the definition
ENERGY = 150.0  # kJ/mol of carbon burning in air; recalled from literature, 130 to 180
ENERGY_SPREAD = 15.0  # kJ/mol, standard uncertainty of that (25 / sqrt(3))


def convert(temperature: float, rate: float, energy: float, to: float = RATE) -> float:
    """Peak temperature [degC] at the rate ``to`` from that at ``rate`` [K/min]; ``energy`` in kJ/mol.

    Solves ln(to / T^2) + E / (R T) = ln(rate / Tp^2) + E / (R Tp) by Newton steps.

    >>> round(convert(650.0, 20.0, 150.0), 1)
    621.2
    """
    measured = temperature + ZERO_CELSIUS
    slope = energy / GAS_CONSTANT
    goal = math.log(rate / measured**2) + slope / measured
    found = measured
    for _ in range(50):
        residual = math.log(to / found**2) + slope / found - goal
        step = residual / (2.0 / found + slope / found**2)
        found += step
        if abs(step) < 1e-10:
            break
    return found - ZERO_CELSIUS


def per_log_rate(temperature: float, energy: float) -> float:
    """dTp / d ln(beta) in K, which is 1 / (2 / Tp + E / (R Tp^2)).

    >>> round(per_log_rate(650.0, 150.0), 1)
    42.9
    """
    absolute = temperature + ZERO_CELSIUS
    return 1.0 / (2.0 / absolute + energy / (GAS_CONSTANT * absolute**2))

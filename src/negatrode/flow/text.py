"""Numbers as people write them: rounded to their uncertainty."""

from __future__ import annotations

from math import floor, log10

from negatrode.core.estimate import Estimate


def with_uncertainty(value: float, uncertainty: float) -> str:
    """A value rounded to two digits of its uncertainty.

    >>> with_uncertainty(0.382113, 0.00152)
    '0.3821 ± 0.0015'
    >>> with_uncertainty(790.6, 0.0)
    '790.6'
    """
    if not uncertainty > 0.0:
        return f"{value:.6g}"
    digits = 1 - floor(log10(uncertainty))
    if digits > 12:
        return f"{value:.6g}"
    if digits >= 0:
        return f"{value:.{digits}f} ± {uncertainty:.{digits}f}"
    return f"{round(value, digits):.0f} ± {round(uncertainty, digits):.0f}"


_WRITTEN = {
    "1": "",
    "degC": "°C",
    "um": "µm",
    "um*m2/g": "µm m²/g",
    "m2/g": "m²/g",
    "g/m2": "g/m²",
    "g/cm3": "g/cm³",
}


def unit_text(unit: str) -> str:
    """A unit as people write it, "" for a bare number.

    >>> unit_text("degC"), unit_text("1"), unit_text("nm")
    ('°C', '', 'nm')
    """
    return _WRITTEN.get(unit, unit)


def value_text(estimate: Estimate) -> str:
    """An estimate as one would write it ("0.3821 ± 0.0015 nm", "below 0.05 wt%")."""
    unit = f" {unit_text(estimate.unit)}".rstrip()
    if estimate.value is None:
        return f"below {estimate.below_limit or 0.0:.3g}{unit}"
    return with_uncertainty(estimate.value, estimate.standard_uncertainty) + unit

"""Quantities of a cell file: a number and its unit, read to the last digit.

Powers of ten are shifted in decimal, so that "85.2 um" is the double nearest to 85.2e-6; other units are
converted by pint.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite

from negatrode.core.errors import UnitError
from negatrode.core.units import convert

# Unit of the cell -> spelling -> power of ten.
_TENS: dict[str, dict[str, int]] = {
    "m": {"m": 0, "cm": -2, "mm": -3, "um": -6, "nm": -9},
    "m2": {"m2": 0, "cm2": -4, "mm2": -6},
    "1/m": {"1/m": 0, "m-1": 0, "1/cm": 2, "cm-1": 2},
    "V": {"V": 0, "mV": -3},
    "V/K": {"V/K": 0, "V*K-1": 0, "mV/K": -3, "uV/K": -6},
    "A*h": {"A*h": 0, "Ah": 0, "mA*h": -3, "mAh": -3},
    "A/m2": {"A/m2": 0, "A*m-2": 0, "mA/cm2": 1, "mA*cm-2": 1},
    "S/m": {"S/m": 0, "S*m-1": 0, "mS/cm": -1, "S/cm": 2},
    "m2/s": {"m2/s": 0, "m2*s-1": 0, "cm2/s": -4, "cm2*s-1": -4},
    "mol/m3": {"mol/m3": 0, "mol*m-3": 0, "mol/L": 3, "mol/l": 3, "mol/dm3": 3, "mmol/L": 0},
    "J/mol": {"J/mol": 0, "J*mol-1": 0, "kJ/mol": 3, "kJ*mol-1": 3},
    "ohm*m2": {"ohm*m2": 0, "ohm*cm2": -4},
    "F/m2": {"F/m2": 0, "F*m-2": 0, "uF/cm2": -2},
    "J/K": {"J/K": 0, "kJ/K": 3},
    "W/K": {"W/K": 0, "mW/K": -3},
    "K": {"K": 0},
    "s": {"s": 0, "ms": -3},
}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*(.*?)\s*", re.ASCII | re.DOTALL)
_LONGEST = 200


def quantity(given: object, unit: str) -> float:
    """A quantity such as "85.2 um" in ``unit``; a plain number where ``unit`` is "1".

    >>> quantity("85.2 um", "m"), quantity("25 degC", "K"), quantity(0.25, "1")
    (8.52e-05, 298.15, 0.25)

    Raises
    ------
    UnitError
        No number, no unit, one of another dimension, or a number that is not finite.
    """
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise UnitError(f"a {_kind(given)}", rule=_example(unit))
    if not isinstance(given, str):
        return _plain(given, unit)
    match = _QUANTITY.fullmatch(given) if len(given) <= _LONGEST else None
    if match is None:
        raise UnitError(f"{given[:40]!r} is no quantity", rule=_example(unit))
    number, written = match.groups()
    if not written:
        return _plain(float(number), unit)
    value = _converted(number, _spelled(written), unit)
    if not isfinite(value):
        raise UnitError(f"{given!r} is not finite in {unit}", rule="quantities are finite")
    return value


def scale(written: str, unit: str) -> float:
    """What a number in the unit ``written`` is multiplied by to stand in ``unit``.

    >>> scale("mV", "V"), scale("cm2/s", "m2/s")
    (0.001, 0.0001)
    """
    if unit != "1" and written.strip() in ("", "1", "-"):
        raise UnitError(f"the unit {written!r}", rule=f"a unit like {unit}")
    return _converted("1", _spelled(written) if written.strip() else "1", unit)


def _plain(number: float, unit: str) -> float:
    if unit != "1":
        raise UnitError(f"{number!r} has no unit", rule=_example(unit))
    if abs(number) > 1e300 or number != number:
        raise UnitError("a number that is not finite", rule="numbers are finite")
    return float(number)


def _converted(number: str, written: str, unit: str) -> float:
    if unit == "K" and written in ("degC", "°C", "celsius"):
        return float(Decimal(number) + Decimal("273.15"))
    power = _TENS.get(unit, {}).get(written)
    if power is not None:
        return float(Decimal(number).scaleb(power))
    if written in ("A", "a"):  # ampere here, where files of instruments mean angstrom
        raise UnitError(f"{written!r} is no unit like {unit}", rule=_example(unit))
    exponents = re.sub(r"(?<=[A-Za-z])(-?\d+)", r"**\1", written)
    try:
        return float(convert(float(number), exponents, unit))
    except UnitError:
        raise UnitError(f"{written!r} is no unit like {unit}", rule=_example(unit)) from None


def _spelled(written: str) -> str:
    """One spelling: "m^2 s-1", "m².s⁻¹" and "m2*s-1" are the same.

    >>> _spelled("mol.m-3"), _spelled("µm"), _spelled("A h"), _spelled("S m^-1")
    ('mol*m-3', 'um', 'A*h', 'S*m-1')
    """
    text = written.replace("²", "2").replace("³", "3").replace("⁻¹", "-1").replace("⁻", "-")
    text = text.replace("µ", "u").replace("μ", "u").replace("Ω", "ohm").replace("Ohm", "ohm")
    text = text.replace("**", "").replace("^", "").replace("·", "*")
    text = re.sub(r"\s*([*/])\s*", r"\1", text)
    return re.sub(r"(?<=[\w%])[.\s]\s*(?=[A-Za-z])", "*", text)


def _example(unit: str) -> str:
    if unit == "1":
        return "it is a plain number such as 0.3"
    return f"it is written as a number and a unit, as in '1 {unit}'"


def _kind(given: object) -> str:
    names = {bool: "true or false", list: "list", dict: "table"}
    return names.get(type(given), type(given).__name__)

"""Units at the edges: instrument spellings into one spelling, conversion by pint.

Inside, numbers are bare floats in the unit that the catalogue or the recording names.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from negatrode.core.errors import UnitError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SPELLINGS = {
    "°c": "degC",
    "c": "degC",
    "deg c": "degC",
    "celsius": "degC",
    "℃": "degC",
    "k": "K",
    "kelvin": "K",
    "å": "angstrom",
    "a": "angstrom",
    "µm": "um",
    "μm": "um",
    "micron": "um",
    "microns": "um",
    "wt%": "wt%",
    "wt.%": "wt%",
    "mass%": "wt%",
    "%": "%",
    "-": "1",
    "": "1",
    "none": "1",
    "m²/g": "m2/g",
    "m^2/g": "m2/g",
    "m2g-1": "m2/g",
    "g/m²": "g/m2",
    "g/cc": "g/cm3",
    "g/ml": "g/cm3",
    "g/cm^3": "g/cm3",
    "g/cm³": "g/cm3",
    "g cm-3": "g/cm3",
    "cm3 stp/g": "cm3(STP)/g",
    "cm3(stp) g-1": "cm3(STP)/g",
    "cm³/g stp": "cm3(STP)/g",
    "cm^3/g stp": "cm3(STP)/g",
    "cm3/g stp": "cm3(STP)/g",
    "cc(stp)/g": "cm3(STP)/g",
    "mah/g": "mA*h/g",
    "minutes": "min",
    "sec": "s",
    "seconds": "s",
    "°": "deg",
    "degrees": "deg",
    "k/min": "K/min",
    "°c/min": "K/min",
    "c/min": "K/min",
    "degc/min": "K/min",
    "w g-1": "W/g",
    "mw mg-1": "W/g",
    "mw/mg": "W/g",
}

# 1 cm3(STP) of an ideal gas at 273.15 K and 101325 Pa (IUPAC sorption practice), in mol
MOL_PER_CM3_STP = 101325.0 * 1e-6 / (8.314462618 * 273.15)


# The everyday linear units as (family, exact size in the family's first unit). Building pint's registry
# takes longer than reading most files; it is asked for all else. A test holds this table against it.
_LINEAR: dict[str, tuple[str, float]] = {
    "nm": ("length", 1.0),
    "angstrom": ("length", 0.1),
    "um": ("length", 1e3),
    "mm": ("length", 1e6),
    "g": ("mass", 1.0),
    "mg": ("mass", 1e-3),
    "kg": ("mass", 1e3),
    "cm3": ("volume", 1.0),
    "mL": ("volume", 1.0),
    "ml": ("volume", 1.0),
    "K": ("difference", 1.0),
    "wt%": ("share", 1.0),
    "%": ("share", 1.0),
    "s": ("time", 1.0),
    "min": ("time", 60.0),
    "mol/g": ("uptake", 1.0),
    "mmol/g": ("uptake", 1e-3),
    "cm3(STP)/g": ("uptake", MOL_PER_CM3_STP),
    "mol": ("amount", 1.0),
    "mmol": ("amount", 1e-3),
    "cm3(STP)": ("amount", MOL_PER_CM3_STP),
}


def _linear(source: str, target: str) -> float | None:
    """The factor between two units of the table, None where pint must be asked."""
    a, b = _LINEAR.get(spell(source)), _LINEAR.get(spell(target))
    return a[1] / b[1] if a and b and a[0] == b[0] else None


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(cache_folder=None, autoconvert_offset_to_baseunit=True)
    registry.define(f"cm3STP = {MOL_PER_CM3_STP!r} mol")
    registry.define("wtpct = 0.01")
    return registry


def spell(unit: str) -> str:
    """The one spelling of an instrument's unit.

    >>> spell("°C"), spell("cm^3/g STP"), spell("µm")
    ('degC', 'cm3(STP)/g', 'um')
    """
    plain = " ".join(unit.strip().strip("[]()").split())
    if plain.endswith("(STP") or "(STP)" in unit:
        plain = unit.strip()
    return _SPELLINGS.get(plain.lower(), plain)


def _pint(unit: str) -> Any:
    text = spell(unit)
    text = text.replace("cm3(STP)", "cm3STP").replace("wt%", "wtpct").replace("%", "percent")
    text = re.sub(r"(?<=[a-zA-Z])([23])(?=$|[^0-9a-zA-Z])", r"**\1", text)
    try:
        return _registry().parse_units("" if text == "1" else text)
    except Exception as error:  # noqa: BLE001 -- pint raises tokenizer, attribute and own errors alike
        raise UnitError(
            f"'{unit}' is no unit known here ({type(error).__name__})",
            rule="units are written as in '0.15418 nm', '10 K/min', '1.011 mg'",
        ) from None


def factor(source: str, target: str) -> float:
    """The number by which values in ``source`` are multiplied to stand in ``target``.

    Raises UnitError where the dimensions differ, or where a scale has an offset (degC).

    >>> factor("mg", "g")
    0.001
    """
    if spell(source) == spell(target):
        return 1.0
    if (quick := _linear(source, target)) is not None:
        return quick
    one = _pint(source)
    try:
        return float(_registry().Quantity(1.0, one).to(_pint(target)).magnitude)
    except Exception:  # noqa: BLE001 -- DimensionalityError, OffsetUnitCalculusError
        raise UnitError(
            f"'{source}' cannot be turned into '{target}'", rule="their dimensions differ"
        ) from None


def convert(values: NDArray[np.float64] | float, source: str, target: str) -> Any:
    """Values in ``source`` as values in ``target``; offsets of temperature scales respected.

    >>> round(convert(300.0, "K", "degC"), 2)
    26.85
    """
    if spell(source) == spell(target):
        return values
    if (quick := _linear(source, target)) is not None:
        return values * quick
    _pint(source), _pint(target)
    try:
        return _registry().Quantity(values, _pint(source)).to(_pint(target)).magnitude
    except Exception:  # noqa: BLE001
        raise UnitError(
            f"'{source}' cannot be turned into '{target}'", rule="their dimensions differ"
        ) from None


_QUANTITY = re.compile(r"^\s*([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,3})?)\s*(.*?)\s*$", re.ASCII)


def parse_quantity(text: str, unit: str, *, where: str = "") -> float:
    """The number of "0.15418 nm" in the unit asked for.

    Raises UnitError where the text holds no number, no unit (and one is needed) or the wrong one.

    >>> parse_quantity("1.5418 angstrom", "nm")
    0.15418
    """
    found = _QUANTITY.match(text)
    if not found:
        raise UnitError(
            f"'{text}' is no quantity", where=where, remedy=f"Write a number and a unit, as in '1 {unit}'"
        )
    value = float(found[1].replace(",", "."))
    if abs(value) == float("inf"):
        raise UnitError(f"'{text}' is not a finite number", where=where, rule="quantities are finite")
    if not found[2]:
        if spell(unit) == "1":
            return value
        raise UnitError(
            f"'{text}' has no unit",
            where=where,
            remedy=f"Write it with its unit, as in '{text.strip()} {unit}'",
        )
    try:
        return round(float(convert(value, found[2], unit)), 15)
    except UnitError as error:
        raise UnitError(
            error.found, where=where, rule=error.rule, remedy=f"Give it in {unit} or a unit like it"
        ) from None


def same_dimension(first: str, second: str) -> bool:
    """Whether two units measure the same kind of quantity."""
    a, b = _LINEAR.get(spell(first)), _LINEAR.get(spell(second))
    if a and b:
        return a[0] == b[0]
    return bool(_pint(first).dimensionality == _pint(second).dimensionality)

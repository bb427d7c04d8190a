"""Words of sorption reports: column headings, units, gases, and how branches are told apart.

STP means 273.15 K and 101325 Pa. A volume per gram without "STP" is left as it is written (cm3/g),
never taken for a gas volume at STP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column
from negatrode.files.readers.text_rows import plain

_GASES = {
    "N2": ("n2", "nitrogen", "stickstoff", "azote", "窒素", "氮气", "氮"),
    "Ar": ("ar", "argon", "アルゴン", "氩气", "氩"),
    "Kr": ("kr", "krypton", "クリプトン", "氪气"),
    "CO2": ("co2", "carbon dioxide", "二酸化炭素", "二氧化碳"),
    "O2": ("o2", "oxygen", "酸素"),
    "H2": ("h2", "hydrogen", "水素"),
    "He": ("he", "helium"),
    "CH4": ("ch4", "methane"),
    "H2O": ("h2o", "water", "水"),
    "C6H12": ("c6h12", "cyclohexane"),
}
_PRESSURES = {
    "kpa": "kPa", "pa": "Pa", "mpa": "MPa", "hpa": "hPa", "mmhg": "mmHg", "torr": "torr", "bar": "bar",
    "mbar": "mbar", "atm": "atm", "psi": "psi", "psia": "psi",
}  # fmt: skip
_RELATIVE = re.compile(
    r"p\s*/\s*p\s*(?:0|o|s|°|º|₀|\()|relative[ _]*pressure|relativdruck|相对压力|相対圧"
    r"|p_rel|\bprel\b|\brelp\b"
)
_SATURATION = re.compile(r"saturat|^p(?:0|o|s|°|₀)(?=$|[\s/(\[_])|飽和|饱和")
_PRESSURE = re.compile(r"^pe(?=$|[\s/(\[])|pressure|druck|圧力|压力|^p(?=$|[\s/(\[])")
_OTHER_PRESSURE = re.compile(r"^p(?:i|e2)(?=$|[\s/(\[])|pressure composition")
_LOADING = re.compile(
    r"quantity|adsorbed|uptake|loading|^v(?:a|ads)?(?=$|[\s/(\[_@])|^n(?:a|ads)?(?=[\s/(\[_])|volume|amount|吸着量|吸附量|beladung"
)
_NOT_LOADING = re.compile(r"^v[ds](?=$|[\s/])|pore|dead|dv/|d\(|weight %|1/\[|\[q|cumulative|molecul|密度")
_STP = re.compile(r"\bs\.?t\.?p\b")


@dataclass(frozen=True)
class Heading:
    """What a column heading says: quantity ("" where it is none of ours) and unit ("" where not said)."""

    quantity: str
    unit: str


def adsorptive(text: str) -> str:
    """The gas in one spelling; a gas not known here stays as the file writes it.

    >>> adsorptive("Nitrogen"), adsorptive("N2 @ 77.35 K"), adsorptive("n-butane")
    ('N2', 'N2', 'n-butane')
    """
    word = re.split(r"\s*[@(,;]\s*|\s+at\s+", plain(text))[0]
    for name, spellings in _GASES.items():
        if word in spellings:
            return name
    return text.strip()


def pressure_unit(text: str) -> str:
    """The one spelling of a unit of pressure, "" where the text is none."""
    return _PRESSURES.get(plain(text).strip(" []()"), "")


def loading_unit(text: str) -> str:
    """The one spelling of a unit of amount adsorbed, "" where the text names none.

    >>> loading_unit("cm³/g STP"), loading_unit("ml(STP) g-1"), loading_unit("mol g^-1"), loading_unit("cc/g")
    ('cm3(STP)/g', 'cm3(STP)/g', 'mol/g', 'cm3/g')
    """
    word = plain(text).replace("^", "").replace("·", " ").replace("−", "-").replace("⋅", " ")
    stp = bool(_STP.search(word.replace("(", " ").replace(")", " ")))
    word = re.sub(r"\(?s\.?t\.?p\.?\)?|@", " ", word)
    word = re.sub(r"[\[\]()]", " ", word)
    match = re.search(
        r"(?<![a-z])(cm3|cc|ccm|ml|mmol|umol|kmol|mol|mg|wt\.?\s?%)(?![a-z])"
        r"\s*(?:(?:/|\bper\b|\.)\s*(kg|mg|g)(?![a-z])|(kg|g)\s*-1)?",
        word,
    )
    if not match:
        return ""
    amount, per = match[1], match[2] or match[3] or ""
    if amount in ("cc", "ccm", "ml"):
        amount = "cm3"
    if amount.startswith("wt"):
        return "wt%"
    if amount == "mg" and not per:
        return ""
    if amount == "cm3" and stp:
        amount = "cm3(STP)"
    return f"{amount}/{per}" if per else amount


def heading(text: str) -> Heading:
    """The quantity and unit of a column heading.

    >>> heading("Quantity Adsorbed (cm³/g STP)"), heading("pe/kPa")
    (Heading(quantity='loading', unit='cm3(STP)/g'), Heading(quantity='pressure', unit='kPa'))
    """
    word = plain(text).strip('"')
    if not word or _OTHER_PRESSURE.search(word) or _NOT_LOADING.search(word):
        return Heading("", "")
    if _RELATIVE.search(word) and not _LOADING.match(word):
        return Heading("relative_pressure", "%" if "%" in word else "1")
    if _SATURATION.search(word):
        return Heading("saturation_pressure", _unit_of_pressure(word))
    if _LOADING.search(word):
        return Heading("loading", loading_unit(_unit_part(word) + (" stp" if _STP.search(word) else "")))
    if _PRESSURE.search(word):
        return Heading("pressure", _unit_of_pressure(word))
    return Heading("", "")


def _unit_part(word: str) -> str:
    """The part of a heading that holds its unit: from the first bracket or after the first slash."""
    bracket = re.search(r"[\[(]", word)
    slash = re.match(r"^[\w. ]{1,24}?\s*/\s*(?=[a-z])", word)
    if slash and (not bracket or slash.end() <= bracket.start()):
        return word[slash.end() :]
    if bracket:
        return word[bracket.start() :]
    return ""


def _unit_of_pressure(word: str) -> str:
    for token in re.split(r"[^a-z]+", word):
        if token in _PRESSURES:
            return _PRESSURES[token]
    return ""


def column_groups(headings: Sequence[Heading]) -> list[dict[str, tuple[int, str]]]:
    """Columns of each table that stand side by side: a quantity seen again begins the next one.

    Groups without both a pressure and a loading are left out.
    """
    groups: list[dict[str, tuple[int, str]]] = [{}]
    for i, head in enumerate(headings):
        if not head.quantity:
            continue
        if head.quantity in groups[-1]:
            if head.quantity == "loading":
                continue  # a second amount, in another unit: the first one counts
            groups.append({})
        groups[-1][head.quantity] = (i, head.unit)
    return [g for g in groups if "loading" in g and _has_pressure(g)]


def _has_pressure(group: dict[str, tuple[int, str]]) -> bool:
    return "relative_pressure" in group or "pressure" in group


def branch(name: str, columns: Mapping[str, tuple[str, Sequence[float]]], *, where: str) -> Block | None:
    """A branch of an isotherm from its columns (name -> unit, values); None where it is empty.

    Relative pressures in per cent become fractions. Raises ReadError where a pressure is negative or a
    relative pressure is none.
    """
    made = []
    for column, (unit, values) in columns.items():
        array = np.asarray(values, dtype=np.float64)
        if array.size == 0:
            return None
        if column == "relative_pressure":
            array, unit = (array / 100.0 if unit == "%" else array), "1"
            _refuse(array, (array < -1e-6) | (array > 2.0), "relative pressures lie between 0 and 1", where)
        elif column.endswith("pressure"):
            _refuse(array, array < -1e-3, "absolute pressures are not negative", where)
        made.append(Column(column, unit, array))
    return Block(name, tuple(made))


def _refuse(values: NDArray[np.float64], bad: NDArray[np.bool_], rule: str, where: str) -> None:
    if bad.any():
        i = int(np.argmax(bad))
        raise ReadError(
            f"{values[i]:g} at point {i + 1}", where=where, rule=rule, remedy="Export the file again"
        )


def split_at_maximum(pressures: Sequence[float]) -> int:
    """How many points belong to adsorption: up to and with the highest pressure.

    0 where the highest pressure comes first (a desorption alone).
    """
    highest = int(np.argmax(np.asarray(pressures, dtype=np.float64)))
    return 0 if highest == 0 and len(pressures) > 1 else highest + 1


def branches(columns: Mapping[str, tuple[str, Sequence[float]]], *, where: str) -> tuple[Block, ...]:
    """Adsorption and desorption of one run of points, parted after the highest pressure."""
    key = "relative_pressure" if "relative_pressure" in columns else "pressure"
    if not columns[key][1]:
        raise ReadError("no data point", where=where, remedy="The file is cut off; export it again")
    cut = split_at_maximum(columns[key][1])
    first = branch("adsorption", {k: (u, v[:cut]) for k, (u, v) in columns.items()}, where=where)
    second = branch("desorption", {k: (u, v[cut:]) for k, (u, v) in columns.items()}, where=where)
    return tuple(b for b in (first, second) if b is not None)


def state(settings: dict[str, Stated], key: str, value: float | None, unit: str, where: str) -> None:
    """Enter a number under a key; zero and below mean "not entered", the first statement counts."""
    if value is not None and value > 0.0 and unit and key not in settings:
        settings[key] = Stated(value, unit, where)

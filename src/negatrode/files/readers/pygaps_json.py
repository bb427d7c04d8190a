"""pyGAPS isotherms as JSON (file versions 1 to 3), and NIST ISODB isotherms of one component.

Points without a branch, in a file where others have one, are adsorption; where none has one, the run
is parted after the highest pressure, as pyGAPS does.
"""

from __future__ import annotations

import json
import math
from typing import Any

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording
from negatrode.core.units import spell
from negatrode.files.blob import Blob
from negatrode.files.json_text import parse_object
from negatrode.files.readers.isotherm_terms import (
    adsorptive,
    branch,
    branches,
    loading_unit,
    pressure_unit,
    state,
)
from negatrode.files.text import decode

NAME = "pygaps-json"
TITLE = "pyGAPS isotherm (.json)"
KIND = "isotherm"

_KEYS = {
    "pressure_mode": ("pressure_mode", "mode_pressure"),
    "pressure_unit": ("pressure_unit", "unit_pressure", "pressureUnits"),
    "loading_unit": ("loading_unit", "unit_loading", "adsorptionUnits"),
    "loading_basis": ("loading_basis", "basis_loading"),
    "material_unit": ("material_unit", "adsorbent_unit", "unit_adsorbent", "unit_material"),
    "material_basis": ("material_basis", "adsorbent_basis", "basis_adsorbent", "basis_material"),
    "adsorbate": ("adsorbate", "adsorptive"),
    "temperature": ("temperature", "t_iso", "t_exp"),
}
_BRANCHES = {"ads": 0, "des": 1, "adsorp": 0, "desorp": 1, "0": 0, "1": 1, "false": 0, "true": 1}


def sniff(blob: Blob) -> int:
    """95 where a JSON object holds isotherm_data."""
    start = blob.data[:64].lstrip(b"\xef\xbb\xbf \t\r\n\xff\xfe\0")
    narrow = blob.data.replace(b"\0", b"") if b"\0" in blob.data[:64] else blob.data
    return 95 if start.startswith(b"{") and b'"isotherm_data"' in narrow else 0


def read(blob: Blob) -> Recording:
    """The branches; ReadError where the JSON is damaged, a point lacks a number or a number is not finite."""
    content = parse_object(decode(blob.data))
    points = content.get("isotherm_data")
    if not isinstance(points, list) or not points:
        raise ReadError(
            "no list of points under isotherm_data", remedy="The file is cut off; export it again"
        )
    mode = str(_first(content, "pressure_mode") or "absolute").lower()
    name = "relative_pressure" if mode.startswith("relative") else "pressure"
    unit = _text(content, "pressure_unit")
    unit = ("%" if "%" in mode else "1") if name == "relative_pressure" else pressure_unit(unit) or unit
    rows = [_point(p, i) for i, p in enumerate(points, start=1)]
    loading = _loading_unit(content)
    return Recording(
        kind=KIND,
        format=NAME,
        source=blob.source,
        blocks=_blocks(rows, name, unit, loading),
        settings=_settings(content),
        metadata={k: str(v) for k, v in content.items() if isinstance(v, str | int | float | bool)},
    )


def _first(content: dict[str, Any], key: str) -> Any:
    return next((content[k] for k in _KEYS[key] if content.get(k) is not None), None)


def _text(content: dict[str, Any], key: str) -> str:
    value = _first(content, key)
    return value.strip() if isinstance(value, str) else ""


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ReadError(
            f"{json.dumps(value)[:40]} stands where a number must",
            where=where,
            rule="data cells are finite numbers",
        )
    try:
        found = float(value)
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ReadError(
            f"'{str(value)[:40]}' stands where a number must",
            where=where,
            rule="data cells are finite numbers",
        )
    return found


def _point(point: object, i: int) -> tuple[float, float, int | None]:
    where = f"isotherm_data[{i}]"
    if not isinstance(point, dict):
        raise ReadError("a point that is no object", where=where, rule="a point has pressure and loading")
    loading = point.get("loading", point.get("total_adsorption"))
    species = point.get("species_data")
    if loading is None and isinstance(species, list) and len(species) == 1 and isinstance(species[0], dict):
        loading = species[0].get("adsorption")
    side = point.get("branch")
    if side is not None and str(side).lower() not in _BRANCHES:
        raise ReadError(f"branch '{side}'", where=where, rule="a branch is ads or des")
    return (
        _number(point.get("pressure"), f"{where}.pressure"),
        _number(loading, f"{where}.loading"),
        None if side is None else _BRANCHES[str(side).lower()],
    )


def _blocks(
    rows: list[tuple[float, float, int | None]], name: str, unit: str, loading: str
) -> tuple[Block, ...]:
    if all(side is None for _, _, side in rows):
        columns = {name: (unit, [r[0] for r in rows]), "loading": (loading, [r[1] for r in rows])}
        return branches(columns, where="isotherm_data")
    found = []
    for label, wanted in (("adsorption", 0), ("desorption", 1)):
        part = [r for r in rows if (r[2] or 0) == wanted]
        columns = {name: (unit, [r[0] for r in part]), "loading": (loading, [r[1] for r in part])}
        found.append(branch(label, columns, where="isotherm_data"))
    return tuple(b for b in found if b is not None)


def _loading_unit(content: dict[str, Any]) -> str:
    """ "mmol" and "g" are "mmol/g"; a basis other than mass stays visible in the unit."""
    amount = _text(content, "loading_unit")
    if _text(content, "loading_basis") in ("percent", "fraction"):
        return "wt%" if _text(content, "material_basis") == "mass" and amount != "fraction" else ""
    per = _text(content, "material_unit")
    if not amount or "/" in amount or not per:
        return loading_unit(amount) or amount
    return loading_unit(f"{amount}/{per}") or f"{amount}/{per}"


def _settings(content: dict[str, Any]) -> dict[str, Stated]:
    settings: dict[str, Stated] = {}
    gas = _first(content, "adsorbate")
    several = content.get("adsorbates")
    if gas is None and isinstance(several, list) and len(several) == 1 and isinstance(several[0], dict):
        gas = several[0].get("name")
    if isinstance(gas, str) and gas.strip():
        settings["adsorptive"] = Stated(adsorptive(gas), "", "adsorbate")
    temperature = _first(content, "temperature")
    if temperature is not None:
        # the format defines kelvin where it has no temperature_unit (file versions 1 and 2)
        unit = spell(str(content.get("temperature_unit") or "K"))
        if unit in ("K", "degC"):
            settings["temperature"] = Stated(_number(temperature, "temperature"), unit, "temperature")
    mass, mass_unit = content.get("material_mass"), content.get("material_mass_unit")
    if mass is not None and isinstance(mass_unit, str) and mass_unit in ("g", "mg", "kg"):
        state(settings, "mass", _number(mass, "material_mass"), mass_unit, "material_mass")
    return settings

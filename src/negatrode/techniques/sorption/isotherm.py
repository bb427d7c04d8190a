"""From a recording to an isotherm in p/p0 and cm3(STP)/g, or the gate that refuses it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal, UnitError
from negatrode.core.estimate import Finding
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording
from negatrode.core.settings import Settings
from negatrode.core.units import convert, factor, same_dimension, spell
from negatrode.files.tables import named_block
from negatrode.techniques.sorption.bet import CROSS_SECTION_N2, FEWEST_POINTS

Array = NDArray[np.float64]

MOLAR_MASS_N2 = 28.0134  # g/mol
BATH, BATH_TOLERANCE = 77.0, 1.5  # K
PRESSURE_DROP = 0.005  # p/p0; a smaller fall between two points is equilibration, not another branch
LOADING_RANGE = (1e-9, 1e5)  # cm3(STP)/g; outside it a number is no amount adsorbed
LOWEST_PRESSURE = 1e-12  # p/p0
NOMINAL_PRESSURES = (100.0, 101.325)  # kPa: a value typed in, not measured

_NITROGEN = {"n2", "nitrogen", "n₂", "n_2", "dinitrogen", "stickstoff", "azote", "nitrogen gas", "窒素"}
_OTHERS = {
    "ar": "argon",
    "kr": "krypton",
    "xe": "xenon",
    "co2": "carbon dioxide",
    "co_2": "carbon dioxide",
    "h2": "hydrogen",
    "o2": "oxygen",
    "ch4": "methane",
    "h2o": "water",
    "c6h12": "cyclohexane",
    "chex": "cyclohexane",
    "he": "helium",
}


@dataclass(frozen=True, eq=False)
class Isotherm:
    """A nitrogen isotherm at 77 K.

    Attributes
    ----------
    pressure, loading:
        Adsorption branch: p/p0 in (0, 1) and amount in cm3(STP)/g, both > 0, shape (n,).
    number:
        1-based number of each point in the file's adsorption branch (instruments print ranges so).
    mass:
        Sample mass in g, None where unknown.
    nominal_p0:
        Whether the saturation pressure looks typed in (100 or 101.325 kPa).
    """

    pressure: Array
    loading: Array
    number: NDArray[np.int64]
    desorption_pressure: Array
    desorption_loading: Array
    cross_section: float
    mass: float | None
    nominal_p0: bool
    findings: tuple[Finding, ...] = ()


def normalised_adsorptive(word: str) -> str:
    """ "N2" for nitrogen however it is spelled; the name of any other gas.

    >>> normalised_adsorptive("Nitrogen @ 77 K"), normalised_adsorptive("Ar")
    ('N2', 'argon')
    """
    plain = word.strip().lower().split("@")[0].split("(")[0].strip().strip('"')
    first = plain.split()[0] if plain.split() else plain
    if plain in _NITROGEN or first in _NITROGEN:
        return "N2"
    return _OTHERS.get(plain, word.strip())


def require_nitrogen(settings: Settings) -> None:
    """Refuse anything but N2 at 77 K +- 1.5 K; MissingInput where gas or temperature is not stated."""
    why = "the area of a molecule is that of nitrogen at 77 K, so the gas and the bath must be known"
    gas = normalised_adsorptive(settings.word("adsorptive", why=why))
    if gas != "N2":
        raise Refusal(
            f"the adsorptive is {gas}",
            where=_place(settings, "adsorptive"),
            rule="the specific surface area is that of nitrogen at 77 K",
            remedy="Measure a nitrogen isotherm; if the word is wrong, set sorption.adsorptive",
        )
    bath = settings.quantity("temperature", why=why)
    if abs(bath - BATH) > BATH_TOLERANCE:
        raise Refusal(
            f"the isotherm was taken at {bath:g} K",
            where=_place(settings, "temperature"),
            rule=f"nitrogen is adsorbed at {BATH:g} K +- {BATH_TOLERANCE:g} K",
            remedy="If the bath was liquid nitrogen, set sorption.temperature",
        )


def _place(settings: Settings, key: str) -> str:
    return settings.used[key].where if key in settings.used else ""


def isotherm_of(recording: Recording, settings: Settings) -> Isotherm:
    """The isotherm of a recording; its gates are those of the module.

    Raises MissingInput (gas, bath, unit, mass, saturation pressure), Refusal (another gas, too few
    points, pressures out of order) or UnitError.
    """
    require_nitrogen(settings)
    findings: list[Finding] = []
    mass = settings.optional_quantity("mass")
    if mass is not None and mass <= 0.0:
        raise Refusal(f"the sample mass is {mass:g} g", rule="a mass is positive")
    block, down = _branches(recording, settings)
    x, nominal = relative_pressure(block, settings)
    v = specific_loading(block.column("loading"), settings)
    dx, dv = _desorption(down, settings)
    x, v, after_x, after_v = _split(x, v, findings)
    if not len(dx):
        dx, dv = after_x, after_v
    kept = _usable(x, v, findings)
    _require_order(x[kept], recording.source.path, findings)
    if nominal:
        place = _place(settings, "saturation_pressure")
        text = (
            f"p0 is not that measured beside the sample ({place or 'a round value'}): taken as 1 % uncertain"
        )
        findings.append(Finding("nominal-p0", text))
    return Isotherm(
        x[kept], v[kept], np.flatnonzero(kept) + 1, dx, dv, _cross_section(settings, findings), mass,
        nominal, tuple(findings),
    )  # fmt: skip


def _branches(recording: Recording, settings: Settings) -> tuple[Block, Block | None]:
    if recording.kind == "table":
        columns = settings.word("columns", why="the table does not say which column is which")
        where = f"{settings.origin} {settings.section}.columns"
        return _with_loading(named_block(recording, columns, where=where), where), None
    block = recording.block("adsorption")
    if block is None:
        block = next((b for b in recording.blocks if b.has("loading") and b.name != "desorption"), None)
    if block is None:
        raise Refusal(
            "there is no adsorption branch",
            where=recording.source.path,
            rule="BET reads the adsorption branch",
        )
    return _with_loading(block, recording.source.path), recording.block("desorption")


def _with_loading(block: Block, where: str) -> Block:
    if block.has("loading") and (block.has("relative_pressure") or block.has("pressure")):
        return block
    raise Refusal(
        f"the columns are {', '.join(block.names())}",
        where=where,
        rule="an isotherm has 'loading' and 'relative_pressure' (or 'pressure')",
    )


def _desorption(block: Block | None, settings: Settings) -> tuple[Array, Array]:
    if block is None or not block.has("loading"):
        return np.empty(0), np.empty(0)
    x, _ = relative_pressure(block, settings)
    return x, specific_loading(block.column("loading"), settings)


def relative_pressure(block: Block, settings: Settings) -> tuple[Array, bool]:
    """p/p0 of a branch, and whether p0 looks typed in.

    From the column "relative_pressure", else "pressure" over the user's p0, the column of p0 or the
    file's p0; where there is none, over the vapour pressure at a bath temperature that is stated to a
    tenth of a kelvin or better, else MissingInput.
    """
    p0, computed = _saturation(block, settings), False
    if block.has("relative_pressure"):
        column = block.column("relative_pressure")
        x = column.values * (0.01 if spell(column.unit) == "%" else 1.0)
    else:
        column = block.column("pressure")
        unit = _pressure_unit(column, settings)
        if spell(unit) in ("1", "%"):
            x = column.values * (0.01 if spell(unit) == "%" else 1.0)
        else:
            if p0 is None:
                p0, computed = np.array([_pressure_of_bath(settings)]), True
            x = column.values * factor(unit, "kPa") / p0
    if len(x) and float(np.max(x)) > 1.1:
        raise Refusal(
            f"relative pressures up to {float(np.max(x)):.4g}",
            rule="p/p0 does not exceed 1",
            remedy="If these are pressures, name the column 'pressure' and give sorption.saturation_pressure",
        )
    uncertain = computed or (p0 is not None and _is_nominal(p0))
    return np.asarray(x, dtype=float), uncertain


def _pressure_unit(column: Column, settings: Settings) -> str:
    given = settings.optional_word("pressure_unit")
    if given:
        return given
    if not column.unit:
        return settings.word("pressure_unit", why="the file gives pressures without their unit")
    return column.unit


def _saturation(block: Block, settings: Settings) -> Array | None:
    if "saturation_pressure" not in settings.given and block.has("saturation_pressure"):
        column = block.column("saturation_pressure")
        unit = column.unit or settings.word("pressure_unit", why="the file gives p0 without its unit")
        p0 = np.asarray(column.values * factor(unit, "kPa"), dtype=float)
    else:
        one = settings.optional_quantity("saturation_pressure")
        if one is None:
            return None
        p0 = np.array([one])
    if len(p0) and float(np.min(p0)) <= 0.0:
        raise Refusal(f"a saturation pressure of {float(np.min(p0)):g} kPa", rule="it is positive")
    return p0


def _pressure_of_bath(settings: Settings) -> float:
    """p0 in kPa by the stated bath temperature; one stated in whole kelvins is asked for (6 %)."""
    bath = settings.quantity("temperature", why="the bath must be known")
    if abs(bath - round(bath)) < 1e-6:
        settings.quantity("saturation_pressure", why="the file gives pressures, and BET needs p/p0")
    p0 = nitrogen_vapour_pressure(bath)
    settings.used["saturation_pressure"] = Stated(p0, "kPa", f"vapour pressure of N2 at {bath:g} K")
    return p0


def nitrogen_vapour_pressure(temperature: float) -> float:
    """Vapour pressure of nitrogen in kPa, 63-126 K.

    ln(p/p_c) = (T_c/T) sum N_i theta^k_i, theta = 1 - T/T_c.
    Source: Span et al., J. Phys. Chem. Ref. Data 29 (2000) 1361, ancillary equation.

    >>> round(nitrogen_vapour_pressure(77.355), 2)
    101.32
    """
    critical, theta = 126.192, 1.0 - temperature / 126.192
    terms = ((-6.12445284, 1.0), (1.26327220, 1.5), (-0.765910082, 2.5), (-1.77570564, 5.0))
    return 3395.8 * math.exp(critical / temperature * sum(n * theta**k for n, k in terms))


def _is_nominal(p0: Array) -> bool:
    same = len(p0) > 0 and float(np.ptp(p0)) == 0.0
    return same and any(abs(float(p0[0]) - nominal) < 5e-3 for nominal in NOMINAL_PRESSURES)


def specific_loading(column: Column, settings: Settings) -> Array:
    """Amount adsorbed in cm3(STP)/g.

    Understands amounts per mass (mmol/g, mol/kg, cm3(STP)/g), amounts of the whole sample (with the
    mass), and mass per mass (g/g, mg/g) by the molar mass of nitrogen. Volume per mass without "STP"
    is refused: it may be gas at STP or liquid.
    """
    unit = settings.optional_word("loading_unit") or column.unit
    if not unit:
        unit = settings.word("loading_unit", why="the file gives amounts without their unit")
    unit = spell(unit)
    for target, per_cm3 in (("cm3(STP)/g", 1.0), ("g/g", MOLAR_MASS_N2 * factor("cm3(STP)", "mol"))):
        if unit not in ("1", "%") and same_dimension(unit, target):
            return np.asarray(convert(column.values, unit, target) / per_cm3, dtype=float)
    if same_dimension(unit, "cm3(STP)"):
        mass = settings.quantity("mass", why=f"the file gives the amount of the whole sample in {unit}")
        return np.asarray(convert(column.values, unit, "cm3(STP)") / mass, dtype=float)
    raise UnitError(
        f"'{unit}' is no unit of the amount adsorbed",
        rule="it is an amount or mass of gas, per mass of sample or of the whole sample",
        remedy='Set sorption.loading_unit, for example "cm3(STP)/g" or "mmol/g"',
    )


def _split(x: Array, v: Array, findings: list[Finding]) -> tuple[Array, Array, Array, Array]:
    """Adsorption up to the highest pressure; what follows it is desorption."""
    top = int(np.argmax(x)) if len(x) else 0
    falls = len(x) - 1 - top
    if falls <= 0 or (float(x[top]) - float(np.min(x[top:]))) <= PRESSURE_DROP:
        return x, v, np.empty(0), np.empty(0)
    text = f"the {falls} points after the highest pressure are taken as desorption"
    findings.append(Finding("branch-split", text))
    return x[: top + 1], v[: top + 1], x[top + 1 :], v[top + 1 :]


def _usable(x: Array, v: Array, findings: list[Finding]) -> NDArray[np.bool_]:
    kept = np.isfinite(x) & np.isfinite(v) & (x > LOWEST_PRESSURE) & (x < 1.0) & (v > LOADING_RANGE[0])
    if np.any(v[kept] > LOADING_RANGE[1]):
        raise Refusal(
            f"an amount of {float(np.max(v[kept])):.4g} cm3(STP)/g",
            rule=f"no powder adsorbs more than {LOADING_RANGE[1]:g} cm3(STP)/g",
            remedy="Check the unit of the amount (sorption.loading_unit) and the mass",
        )
    left_out = int(np.sum(~kept))
    if left_out:
        text = f"{left_out} points with p/p0 outside (0, 1) or no positive amount are left out"
        findings.append(Finding("points-left-out", text, warning=bool(np.any((v <= 0.0) & (x > 0.05)))))
    if int(np.sum(kept)) < FEWEST_POINTS:
        raise Refusal(
            f"{int(np.sum(kept))} points on the adsorption branch",
            rule=f"a BET line needs at least {FEWEST_POINTS}, better 5",
        )
    return np.asarray(kept)


def _require_order(x: Array, path: str, findings: list[Finding]) -> None:
    falls = -np.diff(x)
    worst = int(np.argmax(falls))
    if falls[worst] > PRESSURE_DROP:
        raise Refusal(
            f"p/p0 falls from {x[worst]:.4g} to {x[worst + 1]:.4g} at adsorption point {worst + 2}",
            where=path,
            rule="pressure does not fall during adsorption",
            remedy="Take out scanning loops or points of another run, and export again",
        )
    if falls[worst] > 0.0:
        text = f"p/p0 falls by {falls[worst]:.2g} at point {worst + 2} (equilibration)"
        findings.append(Finding("pressure-falls", text))


def _cross_section(settings: Settings, findings: list[Finding]) -> float:
    area = settings.optional_quantity("cross_section")
    if area is None:
        area = CROSS_SECTION_N2
        stated = Stated(CROSS_SECTION_N2, "nm2", "convention for N2 at 77 K")
        settings.used["cross_section"] = stated
        findings.append(Finding("cross-section", f"{area:g} nm2 a molecule of N2, by convention"))
    elif not 0.05 <= area <= 0.5:
        raise Refusal(f"a cross-section of {area:g} nm2", rule="that of nitrogen is about 0.162 nm2")
    elif abs(area - CROSS_SECTION_N2) > 5e-4:
        text = f"{area:g} nm2 a molecule, not the conventional {CROSS_SECTION_N2:g} nm2"
        findings.append(Finding("cross-section", text, warning=True))
    return area

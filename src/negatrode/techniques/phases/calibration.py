"""Which calibration turns these maps into mass fractions: k-factors, standards, or maps in per cent.

Matrix effects are never silent. Where no correction is stated, O, N and F (soft lines, Z <= 9) carry a
relative uncertainty of their own in each phase.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from negatrode.core.errors import InputError, MissingInput
from negatrode.core.estimate import Finding
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases.factors import Factor, FactorTable, Standard, short_line, stated_factors
from negatrode.techniques.phases.model import ElementMaps
from negatrode.techniques.phases.quantification import Calibration, Floats, RelativeError

# recalled laboratory practice, not verified: O and N by EPMA agree to 10-20 % between matrix corrections
U_MATRIX = 0.20
LIGHT = ("B", "C", "N", "O", "F")
_Row = TypeVar("_Row", Factor, Standard)

KEYS = (
    Key(
        "k_factors",
        "",
        "Cliff-Lorimer factors with standard uncertainties, where no table of them is given",
        example="Ti 1.00, Si 1.12 +- 0.03, O 1.9 +- 0.2",
    ),
    Key("u_k", "%", "relative standard uncertainty of k-factors that state none", example="5 %"),
    Key("specimen", "", "a thin film (TEM) or a bulk section (SEM, EPMA)", choices=("thin", "bulk")),
    Key(
        "u_matrix",
        "%",
        "relative standard uncertainty that matrix effects leave in the light elements",
        example="10 %",
    ),
    Key("dwell_time", "s", "time a pixel, where standards are in counts per second", example="0.02 s"),
    Key("leave_out", "", "mapped elements that are not of the particle", example="C, Cu"),
)


def quantified_elements(maps: ElementMaps, settings: Settings) -> tuple[str, ...]:
    """The mapped elements without those that the user leaves out; InputError for one that is not mapped."""
    text = settings.optional_word("leave_out") or ""
    left = [e for e in text.replace(",", " ").split() if e]
    for element in left:
        if element not in maps.elements:
            raise InputError(
                f"'{element}' is not mapped",
                where=f"{settings.origin} {settings.section}.leave_out",
                rule=f"mapped are {', '.join(maps.elements)}",
            )
    return tuple(e for e in maps.elements if e not in left)


def calibration(maps: ElementMaps, tables: Sequence[FactorTable], settings: Settings) -> Calibration:
    """The calibration of these maps.

    Raises MissingInput where counts come without k-factors or standards, or an element lacks its own;
    InputError where there are several sources of them.
    """
    elements = quantified_elements(maps, settings)
    if maps.quantity in ("wt%", "at%"):
        return _fractions(maps, elements)
    sources = [*tables, *([t] if (t := stated_factors(settings)) else [])]
    if len(sources) > 1:
        raise InputError(
            f"{len(sources)} sources of k-factors or standards: {', '.join(t.path for t in sources)}",
            rule="one set calibrates a map",
            remedy="Give one of them",
        )
    if not sources:
        raise MissingInput(
            f"{settings.section}.k_factors are not known",
            key=f"{settings.section}.k_factors",
            where=maps.path,
            rule="counts are not contents: each line has its own sensitivity",
            remedy="Give a table with the columns element, k, u(k), or of standards, or "
            'k_factors = "Ti 1.00, Si 1.12 +- 0.03, O 1.9 +- 0.2"',
        )
    if sources[0].standards:
        return _by_standards(maps, elements, sources[0], settings)
    return _by_ratios(maps, elements, sources[0], settings)


def _fractions(maps: ElementMaps, elements: tuple[str, ...]) -> Calibration:
    atomic = maps.quantity == "at%"
    note = Finding(
        "calibration", f"the maps are in {maps.quantity}, calibrated and corrected by their program"
    )
    return Calibration(
        elements,
        atomic_masses(elements) if atomic else np.ones(len(elements)),
        (),
        atomic,
        maps.quantity,
        (note,),
    )


def atomic_masses(elements: Sequence[str]) -> Floats:
    """Standard atomic masses in g/mol (xraydb, after Elam et al., Radiat. Phys. Chem. 63 (2002) 121)."""
    import xraydb

    return np.array([float(xraydb.atomic_mass(e)) for e in elements])


def _pick(rows: Sequence[_Row], element: str, line: str, table: FactorTable, section: str) -> _Row:
    """The row of an element, of the map's line where both state one."""
    mine = [r for r in rows if r.element == element]
    if line and any(r.line for r in mine):
        mine = [r for r in mine if r.line in ("", line)]
    if len(mine) == 1:
        return mine[0]
    found = f"no factor of {element} {line}".rstrip()
    if mine:
        found = f"factors of {element} for the lines {', '.join(r.line for r in mine)}"
    raise MissingInput(
        found,
        key=f"{section}.k_factors",
        where=table.path,
        rule="each mapped element needs one factor, of the line that was mapped",
        remedy=f'Add it, or leave the element out with leave_out = "{element}"',
    )


def _lines(maps: ElementMaps) -> dict[str, str]:
    lines = maps.lines or ("",) * len(maps.elements)
    return {e: short_line(line) for e, line in zip(maps.elements, lines, strict=True)}


def _by_ratios(
    maps: ElementMaps, elements: tuple[str, ...], table: FactorTable, settings: Settings
) -> Calibration:
    lines = _lines(maps)
    rows = [_pick(table.factors, e, lines[e], table, settings.section) for e in elements]
    reference = next((r.element for r in rows if r.k == 1.0 and r.u is None), None)
    errors = []
    for row in rows:
        u = 0.0 if row.element == reference else _u_of(row, table, settings)
        if u > 0.0:
            words = f"k-factor of {row.element}, {100 * u:.3g} %"
            errors.append(RelativeError(row.element, words, u, f"{table.key}:k-{row.element}"))
    matrix, notes = _matrix(elements, "thin-film (Cliff-Lorimer) equation", settings)
    text = f"k-factors of {table.path}; contents add up to 100 wt% over {', '.join(elements)} only"
    k = np.array([r.k for r in rows])
    return Calibration(
        elements,
        k,
        tuple(errors),
        True,
        "cliff-lorimer",
        (Finding("normalised", text), *notes),
        matrix,
    )


def _u_of(row: Factor, table: FactorTable, settings: Settings) -> float:
    if row.u is not None:
        return row.u / row.k
    return 0.01 * settings.quantity(
        "u_k", why=f"{table.path} states no uncertainty of the k-factor of {row.element}"
    )


def _by_standards(
    maps: ElementMaps, elements: tuple[str, ...], table: FactorTable, settings: Settings
) -> Calibration:
    """s_i = C_std F / I_std, in wt% a count a pixel."""
    lines = _lines(maps)
    rows = [_pick(table.standards, e, lines[e], table, settings.section) for e in elements]
    time = 1.0
    if any(r.per_second for r in rows):
        time = settings.quantity("dwell_time", why="standards in counts per second, maps in counts per pixel")
    s = np.array([r.content * (r.factor or 1.0) / (r.counts * (time if r.per_second else 1.0)) for r in rows])
    errors = []
    for r in rows:
        if r.u_counts > 0.0:
            words = f"counts of the standard of {r.element}"
            errors.append(RelativeError(r.element, words, r.u_counts, f"{table.key}:standard-{r.element}"))
        if r.factor is not None and r.u_factor:
            words = f"matrix correction of {r.element}, {100 * r.u_factor:.3g} %"
            errors.append(RelativeError(r.element, words, r.u_factor, f"{table.key}:matrix-{r.element}"))
    bare = tuple(r.element for r in rows if r.factor is None or r.u_factor is None)
    matrix, notes = _matrix(bare, "k-ratios to the standards", settings) if bare else ((), ())
    note = Finding("calibration", f"standards of {table.path}; the sum of the contents is not normalised")
    return Calibration(elements, s, tuple(errors), False, "standards", (note, *notes), matrix)


def _matrix(
    elements: Sequence[str], method: str, settings: Settings
) -> tuple[tuple[RelativeError, ...], tuple[Finding, ...]]:
    """What matrix effects leave: an error of each light element that is another in each phase."""
    specimen = settings.optional_word("specimen")
    given = settings.optional_quantity("u_matrix")
    if given is not None and given < 0.0:
        raise InputError(f"{settings.section}.u_matrix is {given:g} %", rule="an uncertainty is not negative")
    if given is None and specimen == "thin":
        text = f"{method}; absorption in the film is taken to be negligible (phases.u_matrix states another)"
        return (), (Finding("matrix", text),)
    u = U_MATRIX if given is None else 0.01 * given
    stated = "stated" if given is not None else "assumed; phases.u_matrix states another"
    light = tuple(e for e in elements if e in LIGHT)
    state = f"{specimen} sample" if specimen else "sample not stated to be thin"
    text = f"no matrix correction: {state}, {method}; {100 * u:.3g} % of {', '.join(light)} {stated}"
    errors = tuple(
        RelativeError(e, f"matrix effects on {e}, {100 * u:.3g} % {stated.split(';')[0]}", u, f"matrix-{e}")
        for e in light
    )
    return errors, (Finding("matrix", text, warning=given is None),)

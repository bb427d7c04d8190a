"""X-ray lines for element maps: which line to take, how wide a detector shows it, what overlaps it.

Line energies: xraydb (Elam, Ravel and Sieber, Radiat. Phys. Chem. 63 (2002) 121).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

FWHM_MN = 0.130  # keV at Mn K-alpha, assumed where nobody says: a usual silicon drift detector
MN_KA = 5.8952  # keV
# 5.545 eps F of Fiori and Newbury with eps = 3.8 eV and F = 0.12 for silicon, keV
FANO_TERM = 2.5e-3
NARROWEST_EDS = 0.040  # keV; below it no silicon detector resolves, whatever the formula gives
FWHM_WDS = 0.010  # keV, assumed; layered analysers show N K and O K 5 to 15 eV wide
SOFTEST = 0.18  # keV: below it windows and noise leave nothing
OVERVOLTAGE = 1.5  # beam energy over line energy at least
REACH = 1.0  # of the width at half height: lines closer than that overlap
FAINTEST = 0.04  # relative intensity within its level of a line that is looked at
_FAMILIES = {"K": ("Ka1", "Ka2"), "L": ("La1", "La2"), "M": ("Ma",)}
# Lines to the inner levels whose radiative rates xraydb normalises to themselves say nothing of strength
_UNWEIGHTED = ("Mg", "Mz", "Ka3")


@dataclass(frozen=True)
class Line:
    """An X-ray line: element, name ("Ka", "La", "Ll"), energy in keV."""

    element: str
    name: str
    energy: float

    @property
    def label(self) -> str:
        """As it is written ("Ti La")."""
        return f"{self.element} {self.name}"


@dataclass(frozen=True)
class Overlap:
    """Two lines that the detector does not separate; ``gap`` and ``width`` (FWHM) in keV."""

    line: Line
    other: Line
    gap: float
    width: float

    @property
    def text(self) -> str:
        """One sentence for a finding."""
        return (
            f"{self.line.label} ({self.line.energy:.3f} keV) lies {1e3 * self.gap:.0f} eV from "
            f"{self.other.label} ({self.other.energy:.3f} keV), width {1e3 * self.width:.0f} eV"
        )


def resolution(energy: float, detector: str = "eds", *, fwhm_mn: float = FWHM_MN) -> float:
    """Full width at half maximum of a line, keV.

    EDS: FWHM^2 = FWHM_Mn^2 + 2.5 eV (E - E_Mn), where 2.5 eV is 5.545 eps F of silicon (Fiori and Newbury,
    Scanning Electron Microscopy 1978/I, 401). WDS: 10 eV, assumed.

    >>> round(resolution(0.392), 3), round(resolution(5.8952), 3)
    (0.056, 0.13)
    """
    if detector == "wds":
        return FWHM_WDS
    return math.sqrt(max(fwhm_mn**2 + FANO_TERM * (energy - MN_KA), NARROWEST_EDS**2))


def is_element(symbol: str) -> bool:
    """Whether this is the symbol of a chemical element."""
    return symbol in _numbers()


def known_elements() -> tuple[str, ...]:
    """The symbols of the elements with X-ray data, by atomic number."""
    return tuple(_numbers())


@cache
def _numbers() -> dict[str, int]:
    import xraydb

    return {str(xraydb.atomic_symbol(z)): z for z in range(1, 99)}


@cache
def all_lines(element: str) -> tuple[Line, ...]:
    """All lines of an element from SOFTEST up that are not faint, by energy."""
    import xraydb

    found = xraydb.xray_lines(element)
    lines = [
        Line(element, str(name), float(line.energy) / 1e3)
        for name, line in found.items()
        if line.energy >= 1e3 * SOFTEST and line.intensity >= FAINTEST and name not in _UNWEIGHTED
    ]
    return tuple(sorted(lines, key=lambda line: line.energy))


@cache
def alpha_lines(element: str) -> tuple[Line, ...]:
    """The K, L and M alpha lines of an element from SOFTEST up, intensity-weighted energies.

    >>> [(line.label, round(line.energy, 3)) for line in alpha_lines("Ti")]
    [('Ti Ka', 4.51), ('Ti La', 0.452)]
    """
    import xraydb

    found = xraydb.xray_lines(element)
    made = []
    for family, names in _FAMILIES.items():
        parts = [(float(found[n].energy), float(found[n].intensity)) for n in names if n in found]
        weight = sum(i for _, i in parts)
        if weight > 0.0:
            energy = sum(e * i for e, i in parts) / weight / 1e3
            if energy >= SOFTEST:
                made.append(Line(element, f"{family}a", energy))
    return tuple(made)


def overlaps(
    element: str, others: Iterable[str], *, line: str = "", detector: str = "eds", fwhm_mn: float = FWHM_MN
) -> tuple[Overlap, ...]:
    """Lines of ``others`` that the detector does not separate from the element's line.

    ``line``: "Ka", "La" or "Ma"; the softest alpha line of the table's choice where "". A pair counts where
    its energies differ by less than the width at half height there.

    >>> [o.other.label for o in overlaps("N", ["Ti", "Si"])]
    ['Ti Ll', 'Ti Ln']
    >>> [o.other.label for o in overlaps("S", ["Pb"])]
    ['Pb Ma']
    >>> overlaps("Si", ["Ti"])
    ()
    """
    alphas = alpha_lines(element)
    mine = next((a for a in alphas if a.name == line), alphas[0] if alphas else None)
    if mine is None:
        return ()
    width = resolution(mine.energy, detector, fwhm_mn=fwhm_mn)
    found = [
        Overlap(mine, other, abs(other.energy - mine.energy), width)
        for symbol in dict.fromkeys(others)
        if symbol != element
        for other in all_lines(symbol)
        if abs(other.energy - mine.energy) < REACH * width
    ]
    return tuple(sorted(found, key=lambda o: o.gap))


def choose_line(
    element: str, others: Iterable[str], *, highest: float, fwhm_mn: float = FWHM_MN
) -> Line | None:
    """The alpha line of an element to map: below ``highest`` keV, free of overlap if one is, hardest first.

    None where the element has no line in the range. Among lines with overlap the one with the widest gap.
    """
    others = list(others)
    within = [a for a in alpha_lines(element) if a.energy <= highest]
    if not within:
        return None
    gaps = {}
    for a in within:
        found = overlaps(element, others, line=a.name, fwhm_mn=fwhm_mn)
        gaps[a] = found[0].gap / found[0].width if found else math.inf
    return max(within, key=lambda a: (gaps[a], a.energy))

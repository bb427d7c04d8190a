"""The blank of crucible, flux and reagents: taken off where the user says that the table has not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput, NegatrodeError
from negatrode.core.estimate import Component, Finding
from negatrode.core.settings import Settings
from negatrode.techniques.lab_table import LabTable

NEGLIGIBLE = 0.001  # wt%: a tenth of the least uncertainty of inert-gas fusion (0.01 wt%)
LEAST_MASS = 1e-5  # g, below which no analyser weighs
MANY = 3  # blank rows from which a limit of detection is worked out
BLANK_KEYS = {
    "O": "blank_oxygen",
    "N": "blank_nitrogen",
    "F": "blank_fluorine",
    "S": "blank_sulfur",
    "P": "blank_phosphorus",
}


@dataclass(frozen=True, eq=False)
class Blank:
    """The blank in wt% of each row's sample mass, its uncertainty, and the limit of detection it gives.

    ``limit`` is three standard deviations of at least three blanks (IUPAC 1995 nomenclature in evaluation
    of analytical methods: detection limit by k = 3).
    """

    share: NDArray[np.float64] | float = 0.0
    components: tuple[Component, ...] = ()
    limit: float | None = None
    findings: tuple[Finding, ...] = ()
    error: NegatrodeError | None = None


NO_BLANK = Blank()


def blank_of(symbol: str, table: LabTable, settings: Settings) -> Blank:
    """The blank of an element: the setting's, else that of the table's blank rows.

    Whether a table's contents are corrected already cannot be seen: with blank rows that matter,
    ``blank_rows`` is asked for. Blank rows are scaled by the masses where the table lists them.
    """
    given = settings.optional_quantity(BLANK_KEYS[symbol])
    if given is not None:
        return _given(symbol, given, table)
    rows = table.blanks.get(symbol, np.empty(0))
    held = np.isfinite(rows)
    if not held.any():
        return NO_BLANK
    chosen = settings.optional_word("blank_rows")
    effect = _worked_out(symbol, held, table)
    if chosen is None and effect.most <= NEGLIGIBLE:
        text = f"blanks of {symbol} of at most {effect.most:.2g} wt% of the sample are neglected"
        return Blank(findings=(Finding("blank-neglected", text),))
    if chosen is None:
        return Blank(error=_which(symbol, effect.most, table, settings))
    if chosen == "already-subtracted":
        text = f"blank rows of {symbol} are not taken off: the contents are corrected already"
        return Blank(findings=(Finding("blank-subtracted-before", text),))
    return effect.blank


def _which(symbol: str, most: float, table: LabTable, settings: Settings) -> MissingInput:
    return MissingInput(
        f"blank rows of up to {most:.3g} wt% {symbol} of the sample's mass",
        key=f"{settings.section}.blank_rows",
        where=table.path,
        rule="whether the contents are corrected for the blank already does not stand in the table",
        remedy=f'Give blank_rows = "subtract" or "already-subtracted" under [{settings.section}]',
    )


def _given(symbol: str, value: float, table: LabTable) -> Blank:
    """A blank stated as one number; its uncertainty is taken as that of a rectangle of its own height."""
    text = f"a blank of {value:g} wt% of {symbol} is taken off; its uncertainty is taken as {value:g}/sqrt(3)"
    part = Component(f"blank of {symbol}", -value / math.sqrt(3.0), f"{table.sha[:12]}:blank-{symbol}")
    return Blank(value, (part,), findings=(Finding("blank", text),))


@dataclass(frozen=True)
class _Effect:
    """The blank worked out from blank rows, and the most that one of them adds to a row, in wt%."""

    blank: Blank
    most: float


def _worked_out(symbol: str, held: NDArray[np.bool_], table: LabTable) -> _Effect:
    """Mean of the blank rows; s/sqrt(n) with n - 1 degrees of freedom, of one row its value/sqrt(3)."""
    blanks = table.blanks[symbol][held]
    scale, words = _mass_scale(table, held)
    if scale is None:
        scale = np.ones(table.size)
    else:
        blanks = (
            blanks * table.blanks["mass"][held]
        )  # wt% times g: what the crucible gives, whatever the mass
    n, mean = len(blanks), float(np.mean(blanks))
    deviation = float(np.std(blanks, ddof=1)) if n > 1 else abs(mean) / math.sqrt(3.0)
    usual = float(np.mean(scale))
    part = Component(
        f"{n} blanks of {symbol}",
        -deviation / math.sqrt(n) * usual,
        f"{table.sha[:12]}:blank-{symbol}",
        n - 1.0 if n > 1 else math.inf,
    )
    text = f"{mean * usual:.3g} wt% of {symbol} taken off by {n} blank rows, {words}"
    limit = 3.0 * deviation * usual if n >= MANY else None
    blank = Blank(mean * scale, (part,), limit, (Finding("blank", text),))
    return _Effect(blank, float(np.max(np.abs(blanks)) * np.max(scale)))


def _mass_scale(table: LabTable, held: NDArray[np.bool_]) -> tuple[NDArray[np.float64] | None, str]:
    """1/mass of each row where rows and blanks all list a mass, and words that say so."""
    masses = table.values.get("mass", np.empty(0))
    of_blanks = table.blanks.get("mass", np.empty(0))
    listed = len(masses) and len(of_blanks) == len(held)
    known = listed and np.isfinite(masses).all() and (masses > LEAST_MASS).all()
    if known and np.isfinite(of_blanks[held]).all() and (of_blanks[held] > LEAST_MASS).all():
        return 1.0 / masses, "scaled by the masses"
    return None, "masses not listed: taken for the same mass"

"""Where oxygen and nitrogen go at equilibrium: into phase A or into phase B."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.affinity import HullVerdict, affinity, hull_verdict, is_near_tie
from negatrode.material.alloy.compounds import compounds
from negatrode.material.alloy.elements import host, metal
from negatrode.material.prior import Draws
from negatrode.material.table import GAS_CONSTANT

Array = NDArray[np.float64]

NEAR_TIE = 20.0  # kJ per mol of O or N
STRONG = 60.0  # kJ per mol: twice the error of oxide and nitride energies
K_LEAST, K_MOST = 1e-3, 1e3
NAMES = {"O": "oxygen", "N": "nitrogen"}


@dataclass(frozen=True, eq=False)
class Partition:
    """Of one light element between A and B.

    ``verdict``: "A", "B" or "undecided". ``margin``: draws of ``mu_A - mu_B`` in kJ per mol of O or N,
    positive where B holds it. ``coefficient``: draws of content in B over content in A. ``probability``:
    share of the draws with a positive margin. ``lacks``: the datum that is missing, or "".
    """

    light: str
    a: str
    b: str
    verdict: str
    margin: Array
    coefficient: Array
    probability: float
    confidence: str
    words: str
    lacks: str = ""


def partition(light: str, a: str, b: str, temperature: ArrayLike, draws: Draws) -> Partition:
    """Equilibrium partition of O or N with an excess of A.

        mu_A = dGf(oxide of A),   mu_B = dGf(oxide of B) + m dH_B,   K = exp[(mu_A - mu_B) / R T]

    per mol of O (or N), with ``m`` mol of B per mol of O and ``dH_B`` what it takes to free a mol of B from
    its intermetallic: B is bound there, which lowers its affinity. K is kept within 1e-3 to 1e3.

    Energies at 300 K: to 900 K the difference of the sides moves by less than 15 kJ/mol. Their error is
    30 kJ/mol (1 sd, alloy.K_ON_oxide_error); where databases differ in ``dH_B`` half of that is added. Below
    20 kJ/mol, and for the near-ties of the hulls, the verdict is "undecided". Where there is no ``dH_B`` the
    verdict of the hull at 0 K stands with its least margin; where there is none either: "undecided".

    Parameters
    ----------
    light:
        "O" or "N".
    temperature:
        K, at which the process let them move.

    Examples
    --------
    >>> partition("O", "Sn", "Ti", 900.0, Draws(100)).verdict
    'B'
    """
    host(a), metal(b)
    T = np.asarray(temperature, dtype=np.float64)
    if not np.all(np.isfinite(T) & (T > 0)):
        raise InputError(f"{temperature!r} K", where="temperature", rule="a temperature in K is positive")
    computed, lacks = _computed(light, a, b, draws)
    known = hull_verdict(light, a, b)
    if computed is None:
        computed = np.full(draws.n, _signed(known))
    error = draws.value("alloy.K_ON_oxide_error")
    margin = computed + error
    verdict = _verdict(light, a, b, float(computed[0]))
    probability = float(np.mean(margin > 0))
    exponent = np.clip(1e3 * margin / (GAS_CONSTANT * T), np.log(K_LEAST), np.log(K_MOST))
    missing = lacks if known is None else ""
    words = _words(light, a, b, verdict, float(computed[0]), probability, lacks, missing)
    confidence = _confidence(verdict, float(computed[0]), lacks)
    return Partition(light, a, b, verdict, margin, np.exp(exponent), probability, confidence, words, missing)


def _computed(light: str, a: str, b: str, draws: Draws) -> tuple[Array | None, str]:
    """Draws of mu_A - mu_B (kJ/mol) without the error of oxides, or None and what is missing."""
    in_a, in_b = affinity(light, a), affinity(light, b)
    found = next((c.binding for c in compounds(a, b) if c.partner), None)
    if in_a.gibbs is None or in_b.gibbs is None:
        return None, f"the energy of formation of {in_b.formula if in_b.gibbs is None else in_a.formula}"
    if found is None:
        return None, f"the enthalpy of formation of the compound of {a} and {b}"
    bound = found[0] + found[1] * draws.value("alloy.hull_difference")
    return np.asarray(in_a.gibbs - in_b.gibbs - in_b.metal * bound), ""


def _signed(known: HullVerdict | None) -> float:
    """Least margin of a hull's verdict, positive for B; zero where there is none."""
    if known is None:
        return 0.0
    return known.margin if known.verdict == "B" else -known.margin


def _verdict(light: str, a: str, b: str, margin: float) -> str:
    if is_near_tie(light, a, b) or abs(margin) < NEAR_TIE:
        return "undecided"
    return "B" if margin > 0 else "A"


def _confidence(verdict: str, margin: float, lacks: str) -> str:
    """Strong two errors away from a tie by data of the pair itself, weak at a tie, usable between."""
    if verdict == "undecided":
        return "weak"
    return "strong" if abs(margin) >= STRONG and not lacks else "usable"


def _words(
    light: str, a: str, b: str, verdict: str, margin: float, p: float, lacks: str, missing: str
) -> str:
    name = NAMES[light].capitalize()
    if missing:
        return f"{name} between {a} and {b}: undecided, as {missing} is lacking."
    if verdict == "undecided":
        return (
            f"{name} between {a} and {b}: undecided, a near-tie ({margin:+.0f} kJ/mol for phase B, error 30; "
            f"probability of B {p:.2f})."
        )
    side = b if verdict == "B" else a
    least = "at least " if lacks else ""
    chance = p if verdict == "B" else 1 - p
    return (
        f"{name} goes to phase {verdict} ({affinity(light, side).formula}) at equilibrium, by {least}"
        f"{abs(margin):.0f} kJ/mol (probability {chance:.2f}); the process may leave it elsewhere."
    )

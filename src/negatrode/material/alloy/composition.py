"""A composition in wt% by element, read and refused where it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.elements import LIGHT, host, metal, molar_mass

Array = NDArray[np.float64]

TOLERANCE = 0.5  # wt% above 100 that analyses may add up to; they are then closed to 100
WORTH_SAYING = 1.0  # wt% that may miss without a word


@dataclass(frozen=True, eq=False)
class Composition:
    """g per g of particle, arrays of one length.

    ``metals``: host and metal by symbol; ``light``: wt% of O, N, F, S, P; ``inert``: what is missing to one.
    """

    metals: Mapping[str, Array]
    light: Mapping[str, Array]
    inert: Array
    findings: tuple[str, ...] = ()


def read_composition(composition: Mapping[str, ArrayLike], a: str, b: str | None) -> Composition:
    """Check a composition; its first entries (the best values) are judged, other draws kept possible.

    Draws below zero become zero, and draws that add up to more than 100 wt% are closed to 100.

    Raises
    ------
    InputError
        An element that is neither ``a`` nor ``b`` nor O, N, F, S, P, one that is missing, a negative or
        unfinite content, or a sum above 100 wt%.
    """
    host(a), b and metal(b)
    wanted = [a] if b is None else [a, b]
    _check_elements(composition, wanted)
    given = {symbol: np.atleast_1d(np.asarray(x, dtype=np.float64)) for symbol, x in composition.items()}
    _check_values(given)
    shape = np.broadcast_shapes(*(x.shape for x in given.values()))
    zero = np.zeros(shape)
    filled = {s: np.maximum(given.get(s, zero), 0.0) + zero for s in (*wanted, *LIGHT)}
    total = sum(filled.values(), zero)
    scale = np.minimum(1.0, 100.0 / np.maximum(total, 1e-300))
    inert = np.maximum(0.0, 1.0 - total / 100)
    findings = []
    if 100 * inert[0] > WORTH_SAYING:
        findings.append(
            f"{100 * inert[0]:.3g} wt% of the particle is not accounted for: taken as inert, in B"
        )
    if total[0] > 100 * (1 + 1e-12):  # by more than rounding
        findings.append(f"contents add up to {total[0]:.4g} wt%: closed to 100")
    metals = {s: filled[s] * scale / 100 for s in wanted}
    return Composition(metals, {s: filled[s] * scale for s in LIGHT}, inert, tuple(findings))


def _check_elements(composition: Mapping[str, ArrayLike], wanted: list[str]) -> None:
    for symbol in composition:
        molar_mass(symbol)
        if symbol not in (*wanted, *LIGHT):
            raise InputError(
                f"{symbol} beside {' and '.join(wanted)}",
                where="composition",
                rule=f"one host, one metal, and any of {', '.join(LIGHT)}",
                remedy=f"Leave {symbol} out: what is missing to 100 wt% counts as inert matter of B.",
            )
    for symbol in wanted:
        if symbol not in composition:
            raise InputError(f"no {symbol}", where="composition", rule="wt% of host and metal are needed")


def _check_values(given: Mapping[str, Array]) -> None:
    lengths = {x.shape for x in given.values() if x.shape != (1,)}
    if len(lengths) > 1 or any(x.ndim != 1 or x.size == 0 for x in given.values()):
        raise InputError(
            f"contents of shapes {sorted(lengths)}",
            where="composition",
            rule="numbers, or draws of one length",
        )
    for symbol, x in given.items():
        if not np.all(np.isfinite(x)) or x[0] < 0:
            raise InputError(f"{x[0]:g} wt%", where=f"composition.{symbol}", rule="a content is not negative")
    total = sum(float(x[0]) for x in given.values())
    if total > 100 + TOLERANCE:
        raise InputError(
            f"{total:.4g} wt% in all", where="composition", rule="the contents add up to 100 wt% at most"
        )

"""Lever rule: how much of the host is free (phase A) and how much is bound with the metal (phase B).

Book-keeping: O, N, F, S and P are set aside first and the rule is applied to the metals. With ``bound``, the
share of O and of N that is in B (measured, or from contents.py) first takes its metal there, as TiO, ZrO2,
RE2O3, TiN, ZrN or REN, and what is left of the metal binds the host. O and N in A take host away only when
lithium comes (capacity.py). F, S and P bind nothing. What is missing to 100 wt% is inert matter of B.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.affinity import affinity
from negatrode.material.alloy.composition import read_composition
from negatrode.material.alloy.compounds import Compound, compounds, partner
from negatrode.material.alloy.elements import elemental_volume, host, metal, molar_mass

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PhaseFraction:
    """A measured fraction of A, 0 to 1, in the particle without its light elements.

    ``basis`` "mass" or "volume"; ``method`` is what measured it ("XRD", "EPMA").
    """

    value: ArrayLike
    basis: str = "mass"
    method: str = ""


@dataclass(frozen=True, eq=False)
class Lever:
    """Amounts of the phases; arrays of one length, per g of particle.

    Parameters
    ----------
    free:
        g of host as phase A.
    bound_b:
        g of the metals of phase B with the host they bind and inert matter.
    compound_mass:
        g of the partner compound in it.
    volume_a, volume_b:
        cm3.
    light:
        wt% of O, N, F, S, P in the particle.
    findings:
        What a reader of the result should know.
    """

    a: str
    b: str | None
    partner: Compound | None
    free: Array
    bound_b: Array
    compound_mass: Array
    volume_a: Array
    volume_b: Array
    light: Mapping[str, Array]
    confidence: str = "usable"
    findings: tuple[str, ...] = ()

    @property
    def mass_fraction(self) -> Array:
        """Of A, in the particle without its light elements; B has the rest."""
        return np.asarray(self.free / (self.free + self.bound_b))

    @property
    def volume_fraction(self) -> Array:
        """Of A; B has the rest."""
        return np.asarray(self.volume_a / (self.volume_a + self.volume_b))


def lever(
    composition: Mapping[str, ArrayLike],
    a: str,
    b: str | None,
    override: PhaseFraction | None = None,
    *,
    bound: Mapping[str, ArrayLike] | None = None,
    compound: str = "",
) -> Lever:
    """Phases of a particle, ``n_free = n_A - (p/q) n_B`` for the partner ``A_p B_q`` of free A.

    Exact at equilibrium; powders alloyed by milling are amorphous or supersaturated, so that a measured
    fraction (``override``) goes before it.

    Parameters
    ----------
    composition:
        wt% by element: ``a``, ``b`` and any of O, N, F, S, P. Arrays of draws are allowed, the first of each
        being the best value: a refusal judges that one, and other draws are kept within what is possible.
    a, b:
        Host and metal; ``b`` None for a host without any.
    override:
        Measured fraction of A.
    bound:
        Share (0 to 1) of "O" and of "N" that is bound with B's metal; nothing where left out.
    compound:
        Formula of another partner of the pair than the default.

    Raises
    ------
    InputError
        An impossible composition, no free A, unknown elements, a pair without a known partner.

    Examples
    --------
    >>> float(lever({"Si": 70, "Ti": 30}, "Si", "Ti").mass_fraction[0].round(4))
    0.348
    """
    read = read_composition(composition, a, b)
    grams, inert, light, doubts = read.metals, read.inert, read.light, list(read.findings)
    if b is None:
        return _pure(a, grams[a], inert, light, doubts)
    metal_moles, bound_volume = _after_binding(b, grams[b] / metal(b).molar_mass, light, bound or {}, doubts)
    chosen = partner(a, b, compound) if override is None or compound or compounds(a, b) else None
    if chosen and chosen.doubt:
        doubts.append(chosen.doubt)
    if override is None:
        free = _free(grams[a] / host(a).molar_mass, metal_moles, partner(a, b, compound), doubts)
    else:
        free = _overridden(override, a, b, grams, inert, chosen)
        doubts.append(f"fraction of {a} as measured{f' ({override.method})' if override.method else ''}")
    bound_b = grams[a] + grams[b] + inert - free
    mass = metal_moles * metal(b).molar_mass + grams[a] - free
    volume_b = (mass + inert) * _specific_volume(a, b, chosen) + bound_volume
    word = "usable" if override or chosen is None else chosen.confidence
    return Lever(
        a, b, chosen, free, bound_b, mass, free / host(a).density, volume_b, light, word, tuple(doubts)
    )


def _pure(a: str, grams: Array, inert: Array, light: Mapping[str, Array], doubts: list[str]) -> Lever:
    zero = np.zeros_like(grams)
    volume = grams / host(a).density
    return Lever(
        a, None, None, grams, inert, zero, volume, inert / host(a).density, light, "strong", tuple(doubts)
    )


def _after_binding(
    b: str, moles: Array, light: Mapping[str, Array], bound: Mapping[str, ArrayLike], doubts: list[str]
) -> tuple[Array, Array]:
    """Metal left (mol) once O and N have taken theirs, and the volume (cm3) of their compounds."""
    left, volume = moles, np.zeros_like(moles)
    for symbol, given in bound.items():
        share = np.asarray(given, dtype=np.float64)
        if symbol not in ("O", "N") or not np.all((share >= 0) & (share <= 1)):
            raise InputError(
                f"{given!r} of {symbol}", where="bound", rule="a share from 0 to 1 of O or of N", remedy=""
            )
        compound = affinity(symbol, b)
        wanted = share * light[symbol] / 100 / molar_mass(symbol) * compound.metal
        taken = np.minimum(wanted, left)
        if wanted[0] > taken[0]:
            doubts.append(f"more {symbol} in phase B than its {b} can bind")
        left, volume = left - taken, volume + taken * compound.volume
    return left, volume


def _free(n_a: Array, n_b: Array, chosen: Compound, doubts: list[str]) -> Array:
    """g of free host; InputError where the best value leaves none."""
    a, b = chosen.a, chosen.b
    free = n_a - chosen.ratio * n_b
    is_open = chosen.doubt.startswith("partner")
    others = [c for c in compounds(a, b) if is_open and c != chosen and c.doubt == chosen.doubt]
    if free[0] <= 0:
        leaving = " or ".join(c.formula for c in others if n_a[0] > c.ratio * n_b[0])
        raise InputError(
            f"{1e3 * n_a[0]:.4g} mmol of {a} and {1e3 * n_b[0]:.4g} mmol of {b} in a gram: "
            f"no {a} is free beside {chosen.formula}",
            where="composition",
            rule=f"n({a}) > {chosen.ratio:.3g} n({b})",
            remedy=f"Raise {a}, or give the fraction of {a} by XRD or EPMA"
            f"{f', or take {leaving} as its partner' if leaving else ''}.",
        )
    mass = host(a).molar_mass
    for other in others:
        left = max(0.0, 100 * mass * float(n_a[0] - other.ratio * n_b[0]))
        doubts.append(f"with {other.formula} as partner {left:.3g} wt% of the particle is free {a}")
    return np.asarray(mass * np.maximum(free, 0.0))


def _overridden(
    override: PhaseFraction, a: str, b: str, grams: Mapping[str, Array], inert: Array, chosen: Compound | None
) -> Array:
    """g of free host by the measured fraction."""
    f = np.atleast_1d(np.asarray(override.value, dtype=np.float64))
    if override.basis not in ("mass", "volume") or not np.all(np.isfinite(f)) or not 0 < f[0] <= 1:
        raise InputError(
            f"a fraction of {f[0]:g} by {override.basis}",
            where="override",
            rule="0 < fraction of A <= 1, by mass or by volume",
        )
    f = np.clip(f, 0.0, 1.0)
    if override.basis == "volume":
        dense, other = host(a).density, 1 / _specific_volume(a, b, chosen)
        f = f * dense / (f * dense + (1 - f) * other)
    free = f * (grams[a] + grams[b] + inert)
    if free[0] > grams[a][0] * (1 + 1e-9):
        raise InputError(
            f"{100 * free[0]:.4g} wt% of free {a} in a particle that holds {100 * grams[a][0]:.4g} wt% of it",
            where="override",
            rule=f"phase A is not more than the {a} of the particle",
        )
    return np.asarray(np.minimum(free, grams[a]))


def _specific_volume(a: str, b: str, chosen: Compound | None) -> float:
    """cm3/g of phase B: of the partner, or of equal mol of the elements where there is none."""
    if chosen is not None:
        return 1 / chosen.density
    both = elemental_volume(a) + elemental_volume(b)
    return both / (host(a).molar_mass + metal(b).molar_mass)

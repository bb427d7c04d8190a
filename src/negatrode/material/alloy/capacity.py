"""Capacity of an alloy particle, lithium lost to its light elements, and swelling.

Lithium that films of the electrolyte bind is not in it (ageing), nor what lies in isolated domains later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.material.alloy.activity import is_inert, reactive_capacity
from negatrode.material.alloy.affinity import affinity
from negatrode.material.alloy.contents import Contents
from negatrode.material.alloy.elements import host, molar_mass
from negatrode.material.alloy.lever import Lever
from negatrode.material.mechanics import LITHIUM_VOLUME
from negatrode.material.prior import Draws, prior, weakest
from negatrode.material.table import FARADAY

Array = NDArray[np.float64]

SILICATE = 0.25  # mol of Si that Li4SiO4 keeps per mol of O


@dataclass(frozen=True, eq=False)
class Capacity:
    """Per g of particle; draws.

    Parameters
    ----------
    theoretical:
        mAh/g of all the A that oxides, nitrides and silicates leave.
    reversible:
        mAh/g of the accessible share of it, and of what reacts in B.
    irreversible:
        mAh/g that O, N, F, S and P bind in the first lithiation.
    swelling:
        Change of volume at full lithiation over the volume of the solid, less the voids it fills.
    """

    theoretical: Array
    reversible: Array
    irreversible: Array
    swelling: Array
    confidence: str
    findings: tuple[str, ...]

    @property
    def efficiency(self) -> Array:
        """First-cycle efficiency by light elements alone, ``reversible / (reversible + irreversible)``."""
        total = self.reversible + self.irreversible
        return np.asarray(np.divide(self.reversible, total, out=np.ones_like(total), where=total > 0))


def capacity(
    particle: Lever,
    contents: Contents,
    draws: Draws,
    *,
    size_b: ArrayLike | None = None,
    porosity: ArrayLike = 0.0,
) -> Capacity:
    """Reversible and irreversible capacity and swelling.

        Q = a C_A (m_A - m_lost) + m_B C_B chi_B(d),   dV/V = max(0, (V_A a dV_A + 8.9 n_Li,B) / V - pores)

    with ``a`` the accessible share of A (alloy.accessible). Stoichiometry is exact; the accessible share and
    the activity of B are what limits it (30 %). Reproduces ball-milled SixO: 2565 mAh/g with an efficiency
    of 0.89 (reported 2558) at ``a`` = 1.

    Parameters
    ----------
    size_b:
        Size of the domains of B in m; left out: coarse, so that B does not react.
    porosity:
        Voids inside the particle, over the volume of its solid, that swelling fills first.
    """
    active = host(particle.a)
    left = np.maximum(0.0, particle.free - host_lost(particle, contents, draws))
    accessible = draws.value("alloy.accessible")
    theoretical = left * active.capacity + np.zeros(draws.n)
    in_a = accessible * theoretical
    in_b = np.zeros(draws.n)
    if particle.partner:
        in_b = particle.compound_mass * reactive_capacity(particle.partner, size_b, draws)
    lost = lithium_lost(particle, contents, draws)
    solid = particle.volume_a + particle.volume_b
    added = accessible * left / active.density * active.expansion + lithium_cm3(in_b)
    swelling = np.maximum(0.0, added / solid - np.asarray(porosity, dtype=np.float64))
    words = [active.confidence, particle.confidence, prior("alloy.accessible").confidence]
    findings, word = _remarks(particle, size_b, bool(np.any(in_b > 0)))
    return Capacity(theoretical, in_a + in_b, lost, swelling, weakest([*words, word]), findings)


def lithium_lost(particle: Lever, contents: Contents, draws: Draws) -> Array:
    """mAh per g of particle that the light elements bind.

        Q = w_A (chi_O q_O W_ao + chi_N 57.4 W_an) + w_B chi_B 33.5 W_bo + 14.1 W_F + 16.7 W_S + 26 chi_P W_P

    ``q_O`` is 33.5 (Li2O), for silicon 16.75 (Li4SiO4). Nitrides of B and of aluminium are not reduced.
    """
    value = draws.value
    route = "lost.O_Li4SiO4" if particle.a == "Si" else "lost.O_Li2O"
    oxide = value(route) * _reduced("O", particle.a, draws) * contents.mass_a * contents.oxygen_in_a
    nitride = value("lost.N") * _reduced("N", particle.a, draws) * contents.mass_a * contents.nitrogen_in_a
    of_b = value("lost.O_Li2O") * value("lost.chi_O_B") * contents.mass_b * contents.oxygen_in_b
    light = particle.light
    salts = value("lost.F") * light["F"] + value("lost.S") * light["S"]
    return np.asarray(oxide + nitride + of_b + salts + value("lost.P") * value("lost.chi_P") * light["P"])


def host_lost(particle: Lever, contents: Contents, draws: Draws) -> Array:
    """g of host per g of particle that silicate, and oxide or nitride left as it is, keep from lithium.

    Per mol of O in A: ``chi / 4`` for silicon (Li4SiO4; none where Li2O forms) and ``(1 - chi) m`` with
    ``m`` mol of host in its oxide per mol of O. Nitrogen in A likewise, without a silicate.
    """
    a, total = particle.a, np.zeros(draws.n)
    for symbol, percent in (("O", contents.oxygen_in_a), ("N", contents.nitrogen_in_a)):
        moles = contents.mass_a * percent / 100 / molar_mass(symbol)
        chi = _reduced(symbol, a, draws)
        kept = SILICATE * chi if (symbol, a) == ("O", "Si") else 0.0
        total = total + moles * (kept + (1.0 - chi) * affinity(symbol, a).metal)
    return np.asarray(total * host(a).molar_mass)


def lithium_cm3(capacity: Array) -> Array:
    """cm3 that lithium worth ``capacity`` (mAh) adds, 8.9 cm3/mol."""
    return np.asarray(3.6 * capacity / FARADAY * 1e6 * LITHIUM_VOLUME)


def _reduced(symbol: str, a: str, draws: Draws) -> Array:
    """Share of A's oxide or nitride that lithium reduces."""
    if symbol == "O":
        return draws.value("lost.chi_O_Al" if a == "Al" else "lost.chi_O_A")
    return np.zeros(draws.n) if a == "Al" else draws.value("lost.chi_N_A")


def _remarks(particle: Lever, size_b: ArrayLike | None, reacts: bool) -> tuple[tuple[str, ...], str]:
    """Findings, and the confidence word of what phase B does."""
    found, compound = list(particle.findings), particle.partner
    if compound is None or is_inert(compound):
        return tuple(found), "strong"
    where = "an unknown potential" if compound.first is None else f"{compound.first:g} V"
    if size_b is None:
        found.append(
            f"{compound.formula} reacts with lithium at {where} by the hull; without the size of its domains "
            "it is taken as coarse and inert"
        )
    elif reacts:
        found.append(f"{compound.formula} reacts at {where}; how much, by the size of its domains, is weak")
    return tuple(found), "usable" if size_b is None else "weak"

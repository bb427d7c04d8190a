"""Oxygen and nitrogen that a powder holds: raw materials, the gas of alloying, air afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.affinity import affinity
from negatrode.material.alloy.elements import molar_mass
from negatrode.material.prior import Draws
from negatrode.process.alloying.route import AlloyRoute

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Uptake:
    """Of one element, wt% of the particle by origin, (n,) each: raw material of A and of B, gas of alloying,
    air on the finished powder; ``most``: what a closed vessel holds (wt%), or None.
    """

    from_a: Array
    from_b: Array
    gas: Array
    air: Array
    most: float | None = None

    @property
    def alloyed(self) -> Array:
        """What was there when the phases formed."""
        return self.from_a + self.from_b + self.gas

    @property
    def total(self) -> Array:
        """wt% of the particle."""
        return self.alloyed + self.air


def oxygen(route: AlloyRoute, area: Array, draws: Draws) -> Uptake:
    """Oxygen; ``area``: outer area of the powder (m2/g) that grows its native oxide in air."""
    a, b = _raw(route, "O", draws)
    gas, most = _from_gas(route, "O", draws)
    bound = _bound_most(route, "O")
    left = np.maximum(100.0 * bound / (100.0 + bound) - a - b - gas, 0.0)  # fine powder is oxide throughout
    film = draws.value("route.native_oxide") * draws.value("route.native_oxygen")  # kg/m2
    air = np.minimum(100.0 * film * 1e3 * area, left) if route.passivated else np.zeros(draws.n)
    return Uptake(a, b, gas, air, most)


def nitrogen(route: AlloyRoute, draws: Draws) -> Uptake:
    """Nitrogen: air on a cold powder brings none."""
    a, b = _raw(route, "N", draws)
    gas, most = _from_gas(route, "N", draws)
    return Uptake(a, b, gas, np.zeros(draws.n), most)


def _raw(route: AlloyRoute, symbol: str, draws: Draws) -> tuple[Array, Array]:
    known = route.oxygen if symbol == "O" else route.nitrogen

    def one(element: str, key: str) -> Array:
        held = np.full(draws.n, known[element]) if element in known else draws.value(key)
        found: Array = held * route.composition[element] / 100.0
        return found

    return one(route.a, f"route.{symbol}_host"), one(route.b, f"route.{symbol}_metal")


def _from_gas(route: AlloyRoute, symbol: str, draws: Draws) -> tuple[Array, float | None]:
    """wt% taken from the gas, never more than a closed vessel holds, nor more than its takers bind."""
    declared = route.oxygen_uptake if symbol == "O" else route.nitrogen_uptake
    share = route.gas.oxygen if symbol == "O" else _nitrogen_share(route)
    if declared is not None:
        if declared < 0.0:
            raise InputError(f"{declared:g} wt%", where="alloy.uptake", rule="not below zero")
        return np.full(draws.n, declared), None
    if share <= 1e-9:
        return np.zeros(draws.n), 0.0
    if route.vessel is None:
        if share < 1e-3:  # the purity of a furnace gas
            return np.zeros(draws.n), None
        name = "oxygen" if symbol == "O" else "nitrogen"
        raise InputError(
            f"{route.gas.name} that flows, with {name} in it",
            where=f"{route.where} alloy.gas",
            rule=f"how much {name} a powder takes from an open gas cannot be predicted",
            remedy=f'give {name}_uptake = "1.0 wt%" (by weighing or analysis), '
            "or vessel = { ... } if it is closed",
        )
    moles = 2.0 * share * route.vessel.moles()  # atoms a kilogram of charge
    most = 100.0 * moles * molar_mass(symbol) / 1e3
    taken = draws.value("route.oxygen_taken" if symbol == "O" else "route.nitrogen_taken") * most
    return np.minimum(taken, _bound_most(route, symbol)), most


def _nitrogen_share(route: AlloyRoute) -> float:
    if route.gas.name == "N2":
        return 1.0
    return 0.78 if route.gas.name == "air" else 0.0


def _bound_most(route: AlloyRoute, symbol: str) -> float:
    """wt% that host and metal together (oxygen) or the metal (nitrogen) can bind."""
    takers = (route.a, route.b) if symbol == "O" else (route.b,)
    moles = sum(route.composition[e] / molar_mass(e) / affinity(symbol, e).metal for e in takers)
    return float(moles * molar_mass(symbol))

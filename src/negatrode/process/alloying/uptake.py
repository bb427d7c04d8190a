"""Oxygen and nitrogen that a powder holds: raw materials, the gas of alloying, air afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.alloy.affinity import affinity
from negatrode.material.alloy.elements import molar_mass
from negatrode.material.prior import Draws
from negatrode.process.alloying.route import AlloyRoute

Array = NDArray[np.float64]
PURE = 1e-3  # mole fraction of oxygen below which a gas that flows counts as pure
_NAMES = {"O": "oxygen", "N": "nitrogen"}
_ROUNDING = 1.0 + 1e-9


@dataclass(frozen=True, eq=False)
class Uptake:
    """Of one element, wt% of the particle by origin, (n,) each: raw material of A and of B, gas of alloying,
    air on the finished powder; ``most``: what a closed vessel holds (g on 100 g of charge), or None.
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


def uptakes(route: AlloyRoute, area: Array, draws: Draws) -> tuple[Uptake, Uptake]:
    """Oxygen and nitrogen, wt% of the particle; ``area``: its outer area (m2/g), which air oxidises.

    A gram of charge holds the raw materials' own ``r`` and takes ``g_O`` and ``g_N`` from the gas; the native
    oxide brings ``w_air`` of the finished particle. A part ``x`` of the charge is then

        x (1 - w_air) / (1 + g_O + g_N)

    of the particle, so that metals, O and N add up to it exactly (:func:`metals`). Air on a cold powder
    brings no nitrogen.
    """
    raw = {s: _raw(route, s, draws) for s in "ON"}
    gas, most = _from_gas(route, raw, draws)
    scale = 100.0 / (100.0 + gas["O"] + gas["N"])
    o_a, o_b, o_gas = raw["O"][0] * scale, raw["O"][1] * scale, gas["O"] * scale
    n_a, n_b, n_gas = raw["N"][0] * scale, raw["N"][1] * scale, gas["N"] * scale
    free = _binding(route, "O", raw, (route.a, route.b)) * scale - o_a - o_b - o_gas
    air = _native_oxide(area, free, draws) if route.passivated else np.zeros(draws.n)
    rest = 1.0 - air / 100.0
    return (
        Uptake(o_a * rest, o_b * rest, o_gas * rest, air, most["O"]),
        Uptake(n_a * rest, n_b * rest, n_gas * rest, np.zeros(draws.n), most["N"]),
    )


def metals(route: AlloyRoute, oxygen: Uptake, nitrogen: Uptake) -> dict[str, Array]:
    """wt% of the particle by element of the charge, less the O and N that its raw materials held."""
    held = {
        route.a: oxygen.from_a + nitrogen.from_a,
        route.b: oxygen.from_b + nitrogen.from_b,
    }
    charge = 1.0 - (oxygen.gas + oxygen.air + nitrogen.gas) / 100.0
    return {e: w * charge - held.get(e, 0.0) for e, w in route.composition.items()}


def _native_oxide(area: Array, free: Array, draws: Draws) -> Array:
    """wt% of the particle; fine powder is oxide throughout: no more than ``free``, what is left to bind."""
    film = 1e3 * draws.value("route.native_oxide") * draws.value("route.native_oxygen") * area  # g/g
    # What binds ``free`` g of oxygen on 100 g holds 100 free / (100 + free) wt% once it is oxide.
    left = np.maximum(free, 0.0)
    return np.asarray(np.minimum(100.0 * film, 100.0 * left / (100.0 + left)))


def _raw(route: AlloyRoute, symbol: str, draws: Draws) -> tuple[Array, Array]:
    """g of ``symbol`` on 100 g of charge that came with the host and with the metal."""
    known = route.oxygen if symbol == "O" else route.nitrogen

    def one(element: str, key: str) -> Array:
        held = np.full(draws.n, known[element]) if element in known else draws.value(key)
        found: Array = held * route.composition[element] / 100.0
        return found

    return one(route.a, f"route.{symbol}_host"), one(route.b, f"route.{symbol}_metal")


def _from_gas(
    route: AlloyRoute, raw: Mapping[str, tuple[Array, Array]], draws: Draws
) -> tuple[dict[str, Array], dict[str, float | None]]:
    """g of O and of N from the gas on 100 g of charge, and what a closed vessel holds of them.

    Never more than the vessel holds, nor than its takers still bind: host and metal for oxygen, the metal
    for nitrogen (nitrides of the hosts form from N2 only far above the temperature of a mill).
    """
    declared = {"O": route.oxygen_uptake, "N": route.nitrogen_uptake}
    stated = {s: u for s, u in declared.items() if u is not None}
    _check_stated(stated)
    room = {
        "O": np.maximum(_binding(route, "O", raw, (route.a, route.b)) - raw["O"][0] - raw["O"][1], 0.0),
        "N": np.maximum(_binding(route, "N", raw, (route.b,)) - raw["N"][1], 0.0),
    }
    taken: dict[str, Array] = {}
    most: dict[str, float | None] = {"O": None, "N": None}
    for s in room.keys() - stated.keys():
        offered, most[s] = _from_vessel(route, s, draws)
        taken[s] = np.minimum(offered, room[s])
    # What is stated is wt% of the particle before air, whose mass is (100 + others) / (1 - stated / 100).
    whole = (100.0 + sum(taken.values(), np.zeros(draws.n))) / (1.0 - sum(stated.values()) / 100.0)
    for s, u in stated.items():
        taken[s] = u / 100.0 * whole
        _check_room(route, s, u, 100.0 * float(room[s][0] / whole[0]))
    return taken, most


def _check_room(route: AlloyRoute, symbol: str, stated: float, room: float) -> None:
    """InputError for more (wt%) than the metals bind."""
    if stated <= room * _ROUNDING:
        return
    name = _NAMES[symbol]
    raise InputError(
        f"{stated:g} wt% of {name} from the gas",
        where=f"{route.where} alloy.{name}_uptake".strip(),
        rule=f"{f'{route.a} and {route.b}' if symbol == 'O' else route.b} can still bind {room:.3g} wt%",
        remedy="Weigh or analyse again, or correct the composition.",
    )


def _check_stated(stated: Mapping[str, float]) -> None:
    for u in stated.values():
        if not 0.0 <= u < 100.0:
            rule = "not below zero" if u < 0.0 else "from 0 to less than 100 wt%"
            raise InputError(f"{u:g} wt%", where="alloy.uptake", rule=rule)
    if sum(stated.values()) >= 100.0:
        raise InputError(f"{sum(stated.values()):g} wt% from the gas", where="alloy.uptake", rule="below 100")


def _from_vessel(route: AlloyRoute, symbol: str, draws: Draws) -> tuple[Array, float | None]:
    """g on 100 g of charge taken from a gas of which nothing is stated, and what there is of it."""
    share = route.gas.oxygen if symbol == "O" else _nitrogen_share(route)
    if share <= 1e-9:
        return np.zeros(draws.n), 0.0
    if route.vessel is None:
        if share < PURE:
            return np.zeros(draws.n), None
        name = _NAMES[symbol]
        raise InputError(
            f"{route.gas.name} that flows, with {name} in it",
            where=f"{route.where} alloy.gas",
            rule=f"how much {name} a powder takes from an open gas cannot be predicted",
            remedy=f'give {name}_uptake = "1.0 wt%" (by weighing or analysis), '
            "or vessel = { ... } if it is closed",
        )
    moles = 2.0 * share * route.vessel.moles()  # atoms a kilogram of charge
    most = 100.0 * moles * molar_mass(symbol) / 1e3
    return draws.value("route.oxygen_taken" if symbol == "O" else "route.nitrogen_taken") * most, most


def _nitrogen_share(route: AlloyRoute) -> float:
    if route.gas.name == "N2":
        return 1.0
    return 0.78 if route.gas.name == "air" else 0.0


def _binding(
    route: AlloyRoute, symbol: str, raw: Mapping[str, tuple[Array, Array]], takers: tuple[str, ...]
) -> Array:
    """g of O or N that the metals of 100 g of charge bind in all, less what their own O and N weigh."""
    held = {route.a: raw["O"][0] + raw["N"][0], route.b: raw["O"][1] + raw["N"][1]}
    moles = [(route.composition[e] - held[e]) / molar_mass(e) / affinity(symbol, e).metal for e in takers]
    return np.asarray(sum(moles, np.zeros_like(held[route.a])) * molar_mass(symbol))

"""Where oxygen and nitrogen are, and which phases there are, after alloying, anneal and air."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.material.alloy.contents import Contents, contents_of_shares
from negatrode.material.alloy.lever import Lever, PhaseFraction, lever
from negatrode.material.alloy.partition import Partition, partition
from negatrode.material.prior import Draws
from negatrode.material.table import GAS_CONSTANT
from negatrode.process.alloying.route import AlloyRoute
from negatrode.process.alloying.uptake import Uptake

Array = NDArray[np.float64]
_MILLED = "mechanically-alloyed"


@dataclass(frozen=True, eq=False)
class Made:
    """Phases and contents, (n,): ``theta`` after the anneal, ``before`` it; shares in B by origin."""

    lever: Lever
    contents: Contents
    partitions: Mapping[str, Partition]
    before: Array
    theta: Array


def mixing(route: AlloyRoute, domain: Array, draws: Draws) -> tuple[Array, Array]:
    """theta before and after the anneal: ``theta exp(-pi^2 D t / l^2)``, l the domains' size (m).

    0: O and N at equilibrium, 1: where raw materials and gas brought them.
    """
    before = draws.value("route.theta_milled" if route.method == _MILLED else "route.theta_melt")
    if route.anneal is None:
        return before, before
    kelvin = route.anneal.celsius + 273.15
    d = draws.value("route.D_factor") * np.exp(-draws.value("route.D_energy") / (GAS_CONSTANT * kelvin))
    fade = np.exp(-np.minimum(np.pi**2 * d * route.anneal.seconds / domain**2, 700.0))
    return before, before * fade


def phases(
    route: AlloyRoute, oxygen: Uptake, nitrogen: Uptake, theta: Array, before: Array, draws: Draws
) -> Made:
    """Shares of O and N in B, then the lever rule with what they bind, then contents by mass balance.

    ``s = (1 - theta) K f_B / (f_A + K f_B) + theta s_brought`` for what was there at alloying; the native
    oxide lies on both phases as they are exposed, by volume.
    """
    kelvin = route.celsius + 273.15
    if route.anneal is not None:
        kelvin = route.anneal.celsius + 273.15
    parts = {s: partition(s, route.a, route.b, kelvin, draws) for s in "ON"}
    composition = _composition(route, oxygen, nitrogen)
    plain = lever(composition, route.a, route.b)
    shares = {
        s: _share(parts[s].coefficient, plain.mass_fraction, theta, _brought(up))
        for s, up in (("O", oxygen), ("N", nitrogen))
    }
    bound = {s: np.clip(x, 0.0, 1.0) for s, x in shares.items()}
    whole = lever(composition, route.a, route.b, bound=bound)
    dissolved = draws.value(_DISSOLVED[route.method])
    free = np.clip(whole.mass_fraction * (1.0 - dissolved), 1e-3, 1.0)
    particle = lever(
        composition, route.a, route.b, PhaseFraction(free, "mass", "the lever rule, less what is dissolved"),
        bound=bound,
    )  # fmt: skip
    exposed = 1.0 - particle.volume_fraction
    in_b = {
        s: _divide(up.alloyed * shares[s] + up.air * exposed, up.total)
        for s, up in (("O", oxygen), ("N", nitrogen))
    }
    contents = contents_of_shares(particle, np.clip(in_b["O"], 0, 1), np.clip(in_b["N"], 0, 1))
    return Made(particle, contents, parts, before, theta)


_DISSOLVED = {
    "mechanically-alloyed": "route.dissolved_milled",
    "melt-spun": "route.dissolved_spun",
    "gas-atomised": "route.dissolved_cast",
    "arc-melted": "route.dissolved_cast",
}


def _composition(route: AlloyRoute, oxygen: Uptake, nitrogen: Uptake) -> dict[str, Array]:
    """wt% of the particle: the charge takes up O and N, and weighs more by the gas."""
    light = {"O": oxygen.total, "N": nitrogen.total}
    room = 100.0 - light["O"] - light["N"]
    return {**{e: w / 100.0 * room for e, w in route.composition.items()}, **light}


def _brought(up: Uptake) -> Array:
    """Share in B as the process left it: raw materials keep theirs; gas goes to B's metal.

    Fresh titanium, zirconium and rare earths take oxygen and nitrogen before any host does.
    """
    return _divide(up.from_b + up.gas, up.alloyed)


def _share(k: Array, f_a: Array, theta: Array, brought: Array) -> Array:
    f_b = 1.0 - f_a
    found: Array = (1.0 - theta) * k * f_b / (f_a + k * f_b) + theta * brought
    return found


def _divide(part: Array, whole: Array) -> Array:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0))

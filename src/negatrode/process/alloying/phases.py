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
from negatrode.process.alloying.uptake import Uptake, metals

Array = NDArray[np.float64]
_MILLED = "mechanically-alloyed"


@dataclass(frozen=True, eq=False)
class Made:
    """Phases and contents, (n,); ``before``: mixing before the anneal, ``theta`` after it; ``partitions`` at
    the temperature at which O and N last moved.
    """

    lever: Lever
    contents: Contents
    partitions: Mapping[str, Partition]
    before: Array
    theta: Array


def mixing(route: AlloyRoute, domain: Array, draws: Draws) -> tuple[Array, Array]:
    """Mixing as alloyed, and the share of the way to equilibrium that the anneal leaves undone.

    Mixing: 0 at equilibrium, 1 where raw materials and gas brought O and N. ``exp(-pi^2 D t / l^2)``, l the
    size of the domains (m); 1 without an anneal.
    """
    before = draws.value("route.theta_milled" if route.method == _MILLED else "route.theta_melt")
    if route.anneal is None:
        return before, np.ones(draws.n)
    kelvin = route.anneal.celsius + 273.15
    d = draws.value("route.D_factor") * np.exp(-draws.value("route.D_energy") / (GAS_CONSTANT * kelvin))
    fade = np.exp(-np.minimum(np.pi**2 * d * route.anneal.seconds / domain**2, 700.0))
    return before, fade


def phases(
    route: AlloyRoute, oxygen: Uptake, nitrogen: Uptake, before: Array, fade: Array, draws: Draws
) -> Made:
    """Shares of O and N in B, then the lever rule with what they bind, then contents by mass balance.

    As alloyed ``s_0 = (1 - theta) s_eq + theta s_brought`` with ``s_eq = K f_B / (f_A + K f_B)``, for raw
    materials and gas each with its mixing (a mill leaves what gas brings on the metal); after the anneal
    ``fade s_0 + (1 - fade) s_eq`` at its temperature. The native oxide comes last and lies on both phases as
    they are exposed, by volume.
    """
    alloyed = {s: partition(s, route.a, route.b, route.celsius + 273.15, draws) for s in "ON"}
    parts = alloyed
    if route.anneal is not None:
        parts = {s: partition(s, route.a, route.b, route.anneal.celsius + 273.15, draws) for s in "ON"}
    composition = {**metals(route, oxygen, nitrogen), "O": oxygen.total, "N": nitrogen.total}
    plain = lever(composition, route.a, route.b)
    f_a = plain.mass_fraction
    shares = {}
    for s, up in (("O", oxygen), ("N", nitrogen)):
        made = _as_alloyed(up, _even(alloyed[s].coefficient, f_a), before, _gas_mixing(route, before, draws))
        shares[s] = fade * made + (1.0 - fade) * _even(parts[s].coefficient, f_a)
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
    return Made(particle, contents, parts, before, before * fade)


_DISSOLVED = {
    "mechanically-alloyed": "route.dissolved_milled",
    "melt-spun": "route.dissolved_spun",
    "gas-atomised": "route.dissolved_cast",
    "arc-melted": "route.dissolved_cast",
}


def _gas_mixing(route: AlloyRoute, before: Array, draws: Draws) -> Array:
    """Mixing of what came from the gas: in a melt that of all, in a mill nearer to where it came in."""
    return draws.value("route.theta_gas_milled") if route.method == _MILLED else before


def _as_alloyed(up: Uptake, even: Array, theta: Array, theta_gas: Array) -> Array:
    """Share in B before the anneal; raw materials bring theirs to their phase, gas goes to the metal of B.

    Fresh titanium, zirconium and rare earths take oxygen and nitrogen before any host does.
    """
    raw = (1.0 - theta) * even * (up.from_a + up.from_b) + theta * up.from_b
    gas = ((1.0 - theta_gas) * even + theta_gas) * up.gas
    return _divide(raw + gas, up.alloyed)


def _even(k: Array, f_a: Array) -> Array:
    """Share in B at equilibrium; ``k``: content in B over content in A, ``f_a``: mass fraction of A."""
    found: Array = k * (1.0 - f_a) / (f_a + k * (1.0 - f_a))
    return found


def _divide(part: Array, whole: Array) -> Array:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0))

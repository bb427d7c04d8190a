"""An active material: what the particle physics needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from negatrode.core.errors import InputError
from negatrode.material.table import Table

REFERENCE_CONCENTRATION = 1000.0  # mol m-3: exchange currents are stated at one mol per litre


@dataclass(frozen=True, eq=False)
class Hysteresis:
    """Two open-circuit branches and the rule that chooses between them.

    ``U = (1 + h) / 2 U_delithiation + (1 - h) / 2 U_lithiation``: ``h = +1`` on the delithiation branch.

    ``kind`` "current-sigmoid": ``h = -tanh(100 i_lith)`` at once, with ``i_lith`` the cell current per
    electrode area (A m-2) that lithiates this electrode; at rest ``h = 0`` (W. Ai and others, J. Power
    Sources 527 (2022) 231142). ``decay`` and ``initial`` have no meaning then.

    ``kind`` "one-state": ``dh/dt = gamma a j / (F c_max eps) (1 - sign(j) h) / 2``, so that h approaches
    ``sign(j)`` at the rate ``gamma |a j| / (2 F c_max eps)`` (J. B. Axén and others, J. Energy Storage 48
    (2022) 103985, in the form of PyBaMM from 25.10 on). ``j > 0`` delithiates (A m-2 of the reactive area
    ``a``, m-1), ``eps`` is the volume fraction of the population, ``decay`` is ``gamma``, ``initial`` is h
    at the start.
    """

    kind: str
    lithiation: Table
    delithiation: Table
    decay: float = 0.0
    initial: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in ("current-sigmoid", "one-state"):
            raise InputError(
                f"hysteresis of kind {self.kind!r}", rule='kind is "current-sigmoid" or "one-state"'
            )
        if self.kind == "one-state" and not self.decay > 0:
            raise InputError(f"a hysteresis decay rate of {self.decay:g}", rule="decay > 0")
        if not -1.0 <= self.initial <= 1.0:
            raise InputError(f"an initial hysteresis state of {self.initial:g}", rule="-1 <= h <= 1")


@dataclass(frozen=True, eq=False)
class ActiveMaterial:
    """A lithium host.

    Parameters
    ----------
    name:
        What it is.
    maximum_concentration:
        mol m-3 at stoichiometry one.
    potential:
        Open-circuit potential against lithium (V) over stoichiometry 0 to 1, at the reference temperature.
        With hysteresis: the mean of the branches.
    diffusivity:
        m2 s-1 over stoichiometry.
    exchange_current:
        ``k(x)`` in A m-2, with ``j0 = k(x) sqrt(x (1 - x)) sqrt(c_e / 1000 mol m-3) f(sqrt(c_e))``.
    electrolyte_factor:
        ``f`` above over sqrt(c_e in mol m-3); the constant one for Butler-Volmer kinetics of order one half.
    entropy:
        ``dU/dT`` in V K-1 over stoichiometry.
    hysteresis:
        Branches and their rule, or None.
    expansion:
        Change of volume from empty to full over the empty volume (linear in stoichiometry).
    """

    name: str
    maximum_concentration: float
    potential: Table
    diffusivity: Table
    exchange_current: Table
    electrolyte_factor: Table = field(default_factory=lambda: Table.constant(1.0))
    entropy: Table = field(default_factory=lambda: Table.constant(0.0))
    hysteresis: Hysteresis | None = None
    expansion: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.maximum_concentration < inf:
            raise InputError(
                f"{self.name}: a maximum concentration of {self.maximum_concentration:g} mol/m3",
                rule="a host takes up some lithium",
            )
        if not -0.5 < self.expansion < 10:
            raise InputError(f"{self.name}: an expansion of {self.expansion:g}", rule="-0.5 < expansion < 10")
        for key in ("diffusivity", "exchange_current"):
            table: Table = getattr(self, key)
            if table.values.min() <= 0:
                raise InputError(
                    f"{self.name}: {key} falls to {table.values.min():g}",
                    rule=f"{key} is positive everywhere",
                )

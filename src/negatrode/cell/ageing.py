"""What ages a population of particles; each mechanism may be left out.

Laws and symbols in kernels/side.py and kernels/wear.py. A mechanism that is None does not act.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import inf

from negatrode.core.errors import InputError
from negatrode.material.table import REFERENCE_TEMPERATURE


@dataclass(frozen=True)
class Film:
    """Film that grows by solvent diffusing through it (solid electrolyte interphase).

    Parameters
    ----------
    solvent_diffusivity, solvent_concentration:
        m2 s-1 and mol m-3, of the solvent in the film at the reference temperature.
    molar_volume:
        m3 per mol of film.
    lithium_per_mole:
        mol of lithium bound in a mol of film.
    thickness:
        m at the start, on the surface. Resistance counts the whole thickness.
    resistivity:
        ohm m.
    crack_thickness:
        m at the start, on the walls of cracks.
    activation_energy, reference_temperature:
        J mol-1 and K, of the diffusivity.
    """

    solvent_diffusivity: float
    solvent_concentration: float
    molar_volume: float
    lithium_per_mole: float
    thickness: float
    resistivity: float = 0.0
    crack_thickness: float = 5e-13
    activation_energy: float = 0.0
    reference_temperature: float = REFERENCE_TEMPERATURE

    def __post_init__(self) -> None:
        _positive(
            self, "solvent_diffusivity", "solvent_concentration", "molar_volume", "lithium_per_mole",
            "thickness", "crack_thickness", "reference_temperature",
        )  # fmt: skip
        _not_negative(self, "resistivity", "activation_energy")


@dataclass(frozen=True)
class Plating:
    """Lithium plated on the particles.

    ``rate`` k (m s-1), ``transfer`` alpha (cathodic); ``stripping`` (m s-1) is the rate at which plated
    lithium (mol per m3 of electrode) goes back, zero: none does; ``dead_rate`` (s-1) is that at which
    plated lithium loses contact and does not.
    """

    rate: float
    transfer: float = 0.65
    stripping: float = 0.0
    dead_rate: float = 0.0

    def __post_init__(self) -> None:
        _positive(self, "rate")
        _not_negative(self, "stripping", "dead_rate")
        if not 0 < self.transfer < 1:
            raise InputError(f"a transfer coefficient of {self.transfer:g}", rule="between 0 and 1")


@dataclass(frozen=True)
class Elastic:
    """Elastic constants: Pa, 1, m3 mol-1 (partial molar volume), Pa (yield stress: none by default)."""

    youngs_modulus: float
    poisson_ratio: float
    partial_molar_volume: float
    yield_stress: float = inf

    def __post_init__(self) -> None:
        _positive(self, "youngs_modulus", "partial_molar_volume", "yield_stress")
        if not 0 <= self.poisson_ratio < 0.5:
            raise InputError(f"a Poisson ratio of {self.poisson_ratio:g}", rule="between 0 and 0.5")


@dataclass(frozen=True)
class Cracking:
    """Cracks that grow by fatigue and grow film on their walls.

    ``length`` and ``width`` (m), ``density`` (m-2), Paris' ``rate`` (in the units of its exponent, per hour),
    ``exponent`` and stress-intensity factor ``intensity``.
    """

    length: float
    width: float
    density: float
    rate: float
    exponent: float = 2.2
    intensity: float = 1.12

    def __post_init__(self) -> None:
        _positive(self, "length", "width", "density", "rate", "exponent", "intensity")


@dataclass(frozen=True)
class ActiveLoss:
    """Loss of active material by stress.

    ``rate`` (s-1, of volume fraction), ``critical_stress`` (Pa), ``exponent``.
    """

    rate: float
    critical_stress: float
    exponent: float = 2.0

    def __post_init__(self) -> None:
        _positive(self, "rate", "critical_stress", "exponent")


@dataclass(frozen=True)
class Isolation:
    """Particles (or domains) that lose contact, a cycle: ``active *= 1 - rate swelling^exponent fragility``.

    ``swelling`` is the swing of the volume within the cycle over the empty volume; ``fragility`` is
    ``y^2 / (1 + y^2)`` of the domain size over the size at which domains crack.
    """

    rate: float
    exponent: float = 2.0
    fragility: float = 1.0

    def __post_init__(self) -> None:
        _positive(self, "rate", "exponent")
        _share(self, "fragility")


@dataclass(frozen=True)
class FreshSurface:
    """Surface laid open by swelling, and the film that it costs.

    Per unit of swelling the area grows by ``area_per_swelling`` of the reactive area times ``fragility``;
    new area costs ``charge_per_area`` (C m-2) at once.
    """

    area_per_swelling: float
    charge_per_area: float
    fragility: float = 1.0

    def __post_init__(self) -> None:
        _positive(self, "area_per_swelling", "charge_per_area")
        _share(self, "fragility")


@dataclass(frozen=True)
class Ageing:
    """The mechanisms that act on a population. Cracking and loss by stress need ``elastic``."""

    film: Film | None = None
    plating: Plating | None = None
    elastic: Elastic | None = None
    cracking: Cracking | None = None
    loss: ActiveLoss | None = None
    isolation: Isolation | None = None
    fresh: FreshSurface | None = None

    def __post_init__(self) -> None:
        if (self.cracking or self.loss) and self.elastic is None:
            raise InputError(
                "cracking or loss of active material without elastic constants",
                rule="the stress that causes them needs them",
                remedy="give elastic = Elastic(...)",
            )

    def without(self, *mechanisms: str) -> Ageing:
        """The same with some mechanisms switched off ("film", "plating", "cracking", "loss", ...)."""
        known = [f.name for f in fields(self)]
        for name in mechanisms:
            if name not in known:
                raise InputError(f"no mechanism {name!r}", rule="one of " + ", ".join(known))
        return replace(self, **dict.fromkeys(mechanisms))


def _positive(thing: object, *names: str) -> None:
    for name in names:
        if not getattr(thing, name) > 0:
            raise InputError(
                f"{type(thing).__name__}: {name} of {getattr(thing, name):g}", rule=f"{name} > 0"
            )


def _not_negative(thing: object, *names: str) -> None:
    for name in names:
        if not 0 <= getattr(thing, name) < inf:
            raise InputError(
                f"{type(thing).__name__}: {name} of {getattr(thing, name):g}", rule="not negative"
            )


def _share(thing: object, name: str) -> None:
    if not 0 <= getattr(thing, name) <= 1:
        raise InputError(f"{type(thing).__name__}: {name} of {getattr(thing, name):g}", rule="from 0 to 1")

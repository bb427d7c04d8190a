"""The cell: what is simulated."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from negatrode.cell.electrode import Electrode, Separator
from negatrode.core.errors import InputError
from negatrode.material.electrolyte import Electrolyte, LithiumMetal
from negatrode.material.table import FARADAY, REFERENCE_TEMPERATURE

# Temperatures beyond these (K) are slips of units, and the end of a heated cell.
COLDEST, HOTTEST = 150.0, 500.0


@dataclass(frozen=True)
class Thermal:
    """Lumped heat balance: ``C dT/dt = Q - h A (T - T_ambient)``.

    ``heat_capacity`` in J K-1 and ``cooling`` (``h A``) in W K-1, of the whole cell.
    """

    heat_capacity: float
    cooling: float

    def __post_init__(self) -> None:
        if not (0 < self.heat_capacity < inf and 0 <= self.cooling < inf):
            raise InputError(
                f"a heat capacity of {self.heat_capacity:g} J/K and cooling of {self.cooling:g} W/K",
                rule="heat capacity > 0, cooling >= 0",
            )


@dataclass(frozen=True, eq=False)
class Cell:
    """A lithium-ion cell, or a half cell against lithium (``negative`` is then LithiumMetal).

    In a half cell the working electrode stands in ``positive`` whatever its material is.

    Parameters
    ----------
    name:
        For messages and pages.
    negative, separator, positive, electrolyte:
        The layers.
    area:
        m2 of all electrode pairs in parallel.
    nominal_capacity:
        A h; what "1C" refers to.
    voltage_limits:
        Lower and upper cut-off, V.
    ambient_temperature, initial_temperature:
        K.
    reference_temperature:
        K at which potentials hold as tabulated: ``U(x, T) = U(x) + (T - T_ref) dU/dT``.
    thermal:
        Heat balance; None keeps the temperature.
    contact_resistance:
        ohm m2 of electrode area.
    """

    name: str
    negative: Electrode | LithiumMetal
    separator: Separator
    positive: Electrode
    electrolyte: Electrolyte
    area: float
    nominal_capacity: float
    voltage_limits: tuple[float, float]
    ambient_temperature: float = REFERENCE_TEMPERATURE
    initial_temperature: float = REFERENCE_TEMPERATURE
    reference_temperature: float = REFERENCE_TEMPERATURE
    thermal: Thermal | None = None
    contact_resistance: float = 0.0

    def __post_init__(self) -> None:
        low, high = self.voltage_limits
        if not -inf < low < high < inf:
            raise InputError(f"{self.name}: voltage limits {low:g} and {high:g} V", rule="lower < upper")
        if not (0 < self.area < inf and 0 < self.nominal_capacity < inf):
            raise InputError(
                f"{self.name}: an area of {self.area:g} m2 and a capacity of {self.nominal_capacity:g} A h",
                rule="both are positive",
            )
        if not 0 <= self.contact_resistance < inf:
            raise InputError(f"{self.name}: a contact resistance of {self.contact_resistance:g} ohm m2")
        for temperature in (self.ambient_temperature, self.initial_temperature, self.reference_temperature):
            if not COLDEST < temperature < HOTTEST:
                raise InputError(f"{self.name}: a temperature of {temperature:g} K", rule="150 K < T < 500 K")

    @property
    def is_half_cell(self) -> bool:
        """Whether the counter-electrode is lithium metal."""
        return isinstance(self.negative, LithiumMetal)

    def lithium(self, electrode: Electrode) -> float:
        """Cyclable lithium in an electrode at the start, A h."""
        moles = sum(p.capacity_concentration * p.stoichiometry for p in electrode.particles)
        return moles * electrode.thickness * self.area * FARADAY / 3600

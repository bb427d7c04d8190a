"""The electrolyte and the lithium counter-electrode."""

from __future__ import annotations

from dataclasses import dataclass, field

from negatrode.core.errors import InputError
from negatrode.material.table import Table


@dataclass(frozen=True, eq=False)
class Electrolyte:
    """A binary lithium electrolyte; every table is over the square root of the concentration in mol m-3.

    (Published fits are polynomials in half powers of the concentration; in its root they are smooth.)

    Parameters
    ----------
    name:
        Salt and solvents.
    initial_concentration:
        mol m-3.
    conductivity, diffusivity:
        Bulk values: S m-1, m2 s-1.
    transference, thermodynamic_factor:
        Cation transference number; ``1 + d ln f / d ln c``.
    """

    name: str
    initial_concentration: float
    conductivity: Table
    diffusivity: Table
    transference: Table
    thermodynamic_factor: Table = field(default_factory=lambda: Table.constant(1.0))

    def __post_init__(self) -> None:
        if not self.initial_concentration > 0:
            raise InputError(
                f"{self.name}: an initial concentration of {self.initial_concentration:g} mol/m3",
                rule="an electrolyte holds salt",
            )
        root = self.initial_concentration**0.5
        for key in ("conductivity", "diffusivity"):
            table: Table = getattr(self, key)
            if table.intervals > 1 and not table.low <= root <= table.high:
                raise InputError(
                    f"{self.name}: {key} is known from {table.low**2:g} to {table.high**2:g} mol/m3, "
                    f"the cell starts at {self.initial_concentration:g}",
                    rule="tables cover the range that is simulated",
                )
            if table(root) <= 0:
                raise InputError(
                    f"{self.name}: {key} of {table(root):g} at the start", rule=f"{key} is positive"
                )


@dataclass(frozen=True, eq=False)
class LithiumMetal:
    """The counter-electrode of a half cell.

    ``exchange_current``: A m-2 over the square root of the electrolyte concentration (mol m-3);
    ``conductivity`` (S m-1) and ``thickness`` (m) give its ohmic drop.
    """

    exchange_current: Table
    conductivity: float = 1.08e7  # S m-1, CRC Handbook (lithium, 293 K: 9.28e-8 ohm m)
    thickness: float = 0.0

    def __post_init__(self) -> None:
        if not (self.conductivity > 0 and self.thickness >= 0):
            raise InputError(
                f"lithium of {self.conductivity:g} S/m and {self.thickness:g} m",
                rule="conductivity > 0, thickness >= 0",
            )

"""Cells of one powder: against lithium, and against a counter-electrode.

A build is one draw of what is not known. Its full cell is balanced as its maker would on the capacity that
the powder then has (``np_ratio``), unless the counter-electrode's own coating is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from negatrode.battery.coating import Coating, Layer, layer
from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.core.errors import InputError
from negatrode.material.active import ActiveMaterial
from negatrode.material.electrolyte import Electrolyte, LithiumMetal
from negatrode.material.table import FARADAY

# Stoichiometry of an empty negative electrode, and of a host that is taken to be full.
EMPTY = 0.004


@dataclass(frozen=True, eq=False)
class Powder:
    """One draw of a powder as an electrode sees it.

    Parameters
    ----------
    particles:
        ``(volume_fraction, stoichiometry) -> populations`` of a layer with that volume share of particles.
    density:
        Of the particles with closed pores, g cm-3.
    exponent:
        Of the porosity in the transport efficiency.
    conductivity:
        Electronic, of the layer, S m-1.
    reversible, irreversible:
        mAh g-1.
    lower_voltage, upper_voltage:
        Window against lithium, V.
    swelling:
        Change of the particles' volume, full over empty.
    """

    particles: Callable[[float, float], tuple[Particle, ...]]
    density: float
    exponent: float
    conductivity: float
    reversible: float
    irreversible: float
    lower_voltage: float = 0.005
    upper_voltage: float = 1.5
    swelling: float = 0.0


@dataclass(frozen=True, eq=False)
class Counter:
    """A counter-electrode.

    Host, particle radius (m), crystal density (g cm-3), stoichiometries when the cell is (discharged,
    charged), porosity, share of the mass, conductivity (S m-1), limits of a full cell (V).
    """

    name: str
    material: ActiveMaterial
    radius: float
    density: float
    window: tuple[float, float]
    porosity: float
    active_share: float
    conductivity: float
    upper_voltage: float
    lower_voltage: float = 2.5

    @property
    def capacity(self) -> float:
        """mAh per g of active material between the ends of the window."""
        used = abs(self.window[1] - self.window[0])
        return self.material.maximum_concentration * used * FARADAY / 3.6 / (self.density * 1e6)


@dataclass(frozen=True, eq=False)
class Design:
    """What the user decides: the same for all draws.

    ``coating`` of the negative electrode; ``counter`` None for a half cell only; ``np_ratio``: capacity of
    the negative over that of the positive electrode, per area, after formation; ``counter_rate``: coating of
    the counter-electrode, g m-2, instead; ``separator_thickness`` in m; ``voltage_limits`` of the full cell.
    """

    coating: Coating
    electrolyte: Electrolyte
    lithium: LithiumMetal
    counter: Counter | None = None
    np_ratio: float = 1.1
    counter_rate: float | None = None
    separator_thickness: float = 20e-6
    separator_porosity: float = 0.45
    voltage_limits: tuple[float, float] | None = None
    temperature: float = 298.15

    def __post_init__(self) -> None:
        if not 0.5 <= self.np_ratio <= 3:
            raise InputError(f"an N/P ratio of {self.np_ratio:g}", where="battery.np_ratio", rule="0.5 to 3")


def negative_electrode(powder: Powder, coating: Coating, stoichiometry: float) -> tuple[Electrode, Layer]:
    """The coated layer as an electrode."""
    made = layer(coating, powder.density)
    particles = powder.particles(made.active_fraction, stoichiometry)
    efficiency = made.porosity**powder.exponent
    return Electrode(made.thickness, made.porosity, efficiency, powder.conductivity, particles), made


def half_cell(powder: Powder, design: Design) -> Cell:
    """The negative electrode, empty, against lithium; "1C" is its reversible capacity in an hour. 1 m2."""
    electrode, _ = negative_electrode(powder, design.coating, EMPTY)
    capacity = design.coating.rate * powder.reversible / 1000
    return Cell(
        "half cell", design.lithium, _separator(design), electrode, design.electrolyte, 1.0, capacity,
        (powder.lower_voltage, powder.upper_voltage), design.temperature, design.temperature,
    )  # fmt: skip


def full_cell(powder: Powder, design: Design) -> Cell:
    """The full cell after formation, at the stoichiometries of its discharged state. 1 m2 of area.

    The positive electrode gives the lithium: what it held between its ends less the irreversible capacity.
    """
    counter = design.counter
    if counter is None:
        raise InputError(
            "no counter-electrode",
            where="battery.counter_electrode",
            rule="a full cell has two",
            remedy='name one, e.g. counter_electrode = "NMC811"',
        )
    rate = design.coating.rate
    if design.counter_rate is None:
        positive_rate = rate * (powder.reversible / design.np_ratio + powder.irreversible) / counter.capacity
    else:
        positive_rate = design.counter_rate
    gives = positive_rate * counter.capacity / 1000  # A h m-2
    lost = rate * powder.irreversible / 1000
    capacity = min(gives - lost, rate * powder.reversible / 1000)
    if not capacity > 0:
        raise InputError(
            f"a counter-electrode of {gives:.3g} A h/m2 against {lost:.3g} A h/m2 of irreversible capacity",
            where="battery.counter_coating_rate",
            rule="formation leaves lithium to cycle",
            remedy="coat more of the counter-electrode",
        )
    negative, _ = negative_electrode(powder, design.coating, EMPTY)
    positive = _positive(counter, positive_rate, 1 - lost / gives)
    limits = design.voltage_limits or (counter.lower_voltage, counter.upper_voltage)
    return Cell(
        f"full cell against {counter.name}", negative, _separator(design), positive, design.electrolyte, 1.0,
        capacity, limits, design.temperature, design.temperature,
    )  # fmt: skip


def _positive(counter: Counter, rate: float, left: float) -> Electrode:
    """Coating of the counter-electrode (g m-2) with the share ``left`` of its lithium."""
    other = 1 - counter.active_share
    solid = counter.active_share / counter.density + other / 1.8  # binder and carbon, g cm-3
    density = (1 - counter.porosity) / solid
    fraction = density * counter.active_share / counter.density
    thickness = rate / (counter.active_share * density * 1e6)
    full, charged = counter.window
    start = charged + left * (full - charged)
    particle = Particle(counter.material, counter.radius, fraction, start)
    return Electrode(thickness, counter.porosity, counter.porosity**1.5, counter.conductivity, (particle,))


def _separator(design: Design) -> Separator:
    porosity = design.separator_porosity
    return Separator(design.separator_thickness, porosity, porosity**1.5)


def charged(cell: Cell) -> Cell:
    """The cell with its windows, from the lithium that it holds."""
    from negatrode.cell.windows import balanced

    return balanced(cell)


def with_ageing(cell: Cell, age: Callable[[Particle], Particle]) -> Cell:
    """The cell whose negative populations age."""
    if isinstance(cell.negative, Electrode):
        return replace(cell, negative=_aged(cell.negative, age))
    return replace(cell, positive=_aged(cell.positive, age))


def _aged(electrode: Electrode, age: Callable[[Particle], Particle]) -> Electrode:
    return replace(electrode, particles=tuple(age(p) for p in electrode.particles))

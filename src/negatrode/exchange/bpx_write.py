"""Cells as Battery Parameter eXchange files, version 1.1.

What the standard has no field for (film and contact resistance, double layers, a thermodynamic factor,
kinetics other than ``F K sqrt((c_e / c_e0) x (1 - x))`` ...) is refused by name, never left out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.exchange.new_file import write_new
from negatrode.exchange.plain import refuse_layers_and_ageing
from negatrode.material.active import REFERENCE_CONCENTRATION
from negatrode.material.electrolyte import LithiumMetal
from negatrode.material.table import FARADAY, Array, Table, arrhenius

VERSION = "1.1.0"
MOST_POINTS = 32769
_CLOSE = 1e-6


def write_bpx(
    cell: Cell,
    path: str | Path,
    *,
    overwrite: bool = False,
    density: float | None = None,
    volume: float | None = None,
    external_surface_area: float | None = None,
) -> None:
    """Write a cell to a BPX file (JSON).

    Functions become points, close enough that the monotone cubic through them is within 1e-6 of the cell's
    tables (1e-6 V for potentials). The area of all electrode pairs is written as that of one.

    Parameters
    ----------
    density, volume, external_surface_area:
        kg m-3, m3 and m2: the standard splits the heat capacity and the cooling of a cell by them; needed
        where the cell has a heat balance.

    Raises
    ------
    Refusal
        What the standard cannot hold: half cells, resistances, double layers, other kinetics.
    MissingInput
        A stoichiometry window or one of the sizes above.
    InputError
        A file that exists (without ``overwrite``) or a place that cannot be written.
    """
    refuse_layers_and_ageing(cell, "BPX")
    place = Path(path)
    writer = _Writer(cell, (density, volume, external_surface_area))
    writer.check()
    content = writer.whole()
    write_new(place, (json.dumps(content, indent=1) + "\n").encode(), overwrite=overwrite)


class _Writer:
    def __init__(self, cell: Cell, sizes: tuple[float | None, float | None, float | None]) -> None:
        self.cell, self.sizes = cell, sizes
        self.reference = cell.reference_temperature
        self.concentration = cell.electrolyte.initial_concentration

    def check(self) -> None:
        """Refuse what the standard has no field for."""
        cell = self.cell
        _refuse(isinstance(cell.negative, LithiumMetal), "a half cell against lithium")
        _refuse(cell.contact_resistance != 0, f"a contact resistance of {cell.contact_resistance:g} ohm m2")
        factor = cell.electrolyte.thermodynamic_factor
        _refuse(_number(factor) != 1, "a thermodynamic factor other than one")
        _refuse(_number(cell.electrolyte.transference) is None, "a transference number that is no constant")
        for electrode in self._electrodes():
            _refuse(electrode.double_layer_capacitance != 0, "a double-layer capacitance")
            for particle in electrode.particles:
                self._check_particle(particle)

    def _check_particle(self, p: Particle) -> None:
        material = p.material
        _refuse(p.film_resistance != 0, f"{material.name}: a film resistance")
        spheres = 3 * p.volume_fraction / p.radius
        _refuse(abs(p.area / spheres - 1) > 1e-9, f"{material.name}: an area other than that of its spheres")
        _refuse(_number(material.electrolyte_factor) != 1, f"{material.name}: kinetics not of order one half")
        flat = _flat(material.exchange_current)
        _refuse(not flat, f"{material.name}: an exchange current factor that changes with stoichiometry")
        branches = [] if material.hysteresis is None else [
            material.hysteresis.lithiation, material.hysteresis.delithiation
        ]  # fmt: skip
        for table in (material.potential, material.entropy, *branches):
            _refuse(table.activation_energy != 0, f"{material.name}: {table.name} with an activation energy")
        for table in (material.potential, material.entropy, material.diffusivity, *branches):
            _refuse(len(table.temperatures) > 1, f"{material.name}: {table.name} tabulated at temperatures")

    def _electrodes(self) -> list[Electrode]:
        return [e for e in (self.cell.negative, self.cell.positive) if isinstance(e, Electrode)]

    def whole(self) -> dict[str, Any]:
        """The file's content."""
        cell = self.cell
        negative, positive = self._electrodes()
        soc = self._state_of_charge()
        begin: dict[str, Any] = {
            "Initial state-of-charge": soc,
            "Initial temperature [K]": cell.initial_temperature,
            "Initial electrolyte concentration [mol.m-3]": self.concentration,
        }
        for side, electrode in (("Negative", negative), ("Positive", positive)):
            states = {
                name: p.material.hysteresis.initial
                for name, p in _named(electrode)
                if p.material.hysteresis is not None and p.material.hysteresis.kind == "one-state"
            }
            if states and len(electrode.particles) > 1:
                states = {name: states.get(name, 0.0) for name, _ in _named(electrode)}
            if states:
                begin[f"Initial hysteresis state: {side} electrode"] = (
                    states if len(electrode.particles) > 1 else next(iter(states.values()))
                )
        around: dict[str, Any] = {"Ambient temperature [K]": cell.ambient_temperature}
        return {
            "Header": {"BPX": VERSION, "Title": cell.name, "Model": "DFN"},
            "Parameterisation": {
                "Cell": self._cell(around),
                "Electrolyte": self._electrolyte(),
                "Negative electrode": self._electrode(negative),
                "Positive electrode": self._electrode(positive),
                "Separator": _layer(cell.separator),
            },
            "State": {"Initial conditions": begin, "Thermal environment": around},
        }

    def _state_of_charge(self) -> float:
        found = []
        for electrode in self._electrodes():
            for p in electrode.particles:
                if p.window is None:
                    raise MissingInput(
                        f"{p.material.name} has no stoichiometry window",
                        key="window",
                        rule="the standard states the stoichiometries at 0 and 100 % state of charge",
                        remedy="Give Particle.window",
                    )
                found.append((p.stoichiometry - p.window[0]) / (p.window[1] - p.window[0]))
        soc = min(max(float(np.mean(found)), 0.0), 1.0)
        widest = max(abs(s - soc) for s in found)
        _refuse(widest > _CLOSE, f"hosts between {min(found):.4f} and {max(found):.4f} of their windows")
        for ascending, electrode in zip((True, False), self._electrodes(), strict=True):
            for p in electrode.particles:
                assert p.window is not None
                _refuse((p.window[0] < p.window[1]) != ascending, f"{p.material.name}: a reversed window")
        return soc

    def _cell(self, around: dict[str, Any]) -> dict[str, Any]:
        cell = self.cell
        content: dict[str, Any] = {
            "Electrode area [m2]": cell.area,
            "Number of electrode pairs connected in parallel to make a cell": 1,
            "Lower voltage cut-off [V]": cell.voltage_limits[0],
            "Upper voltage cut-off [V]": cell.voltage_limits[1],
            "Nominal cell capacity [A.h]": cell.nominal_capacity,
            "Reference temperature [K]": self.reference,
        }
        density, volume, surface = self.sizes
        fields = ("Density [kg.m-3]", "Volume [m3]", "External surface area [m2]")
        for name, value in zip(fields, self.sizes, strict=True):
            if value is not None:
                _positive(value, name)
                content[name] = value
        if cell.thermal is not None:
            if density is None or volume is None or surface is None:
                raise MissingInput(
                    "the cell has a heat balance, and no density, volume or external surface area is given",
                    key="density, volume, external_surface_area",
                    rule="the standard splits heat capacity and cooling by them",
                    remedy="Give them to write_bpx",
                )
            content["Specific heat capacity [J.K-1.kg-1]"] = cell.thermal.heat_capacity / (density * volume)
            around["Heat transfer coefficient [W.m-2.K-1]"] = cell.thermal.cooling / surface
        return content

    def _electrolyte(self) -> dict[str, Any]:
        salt = self.cell.electrolyte
        content: dict[str, Any] = {"Cation transference number": _number(salt.transference)}
        tables = {"Conductivity [S.m-1]": salt.conductivity, "Diffusivity [m2.s-1]": salt.diffusivity}
        for name, table in tables.items():
            _refuse(len(table.temperatures) > 1, f"{table.name} tabulated at temperatures")
            content[name] = self._function(table, over_root=True)
            content[f"{name.split()[0]} activation energy [J.mol-1]"] = table.activation_energy
        return content

    def _electrode(self, electrode: Electrode) -> dict[str, Any]:
        content = {**_layer(electrode), "Conductivity [S.m-1]": electrode.conductivity}
        if len(electrode.particles) == 1:
            return {**content, **self._particle(electrode.particles[0])}
        return {**content, "Particle": {name: self._particle(p) for name, p in _named(electrode)}}

    def _particle(self, p: Particle) -> dict[str, Any]:
        m = p.material
        assert p.window is not None
        k = m.exchange_current
        rate = float(k.values[0, 0]) * self._factor(k) / FARADAY
        content = {
            "Minimum stoichiometry": min(p.window),
            "Maximum stoichiometry": max(p.window),
            "Maximum concentration [mol.m-3]": m.maximum_concentration,
            "Particle radius [m]": p.radius,
            "Surface area per unit volume [m-1]": p.area,
            "Diffusivity [m2.s-1]": self._function(m.diffusivity),
            "Diffusivity activation energy [J.mol-1]": m.diffusivity.activation_energy,
            "OCP [V]": self._function(m.potential, 1e-6),
            "Entropic change coefficient [V.K-1]": self._function(m.entropy, 1e-8),
            "Reaction rate constant [mol.m-2.s-1]": rate
            * (self.concentration / REFERENCE_CONCENTRATION) ** 0.5,
            "Reaction rate constant activation energy [J.mol-1]": k.activation_energy,
        }
        if m.hysteresis is not None:
            content["OCP (lithiation) [V]"] = self._function(m.hysteresis.lithiation, 1e-6)
            content["OCP (delithiation) [V]"] = self._function(m.hysteresis.delithiation, 1e-6)
            if m.hysteresis.kind == "one-state":
                content["OCP hysteresis decay constant"] = m.hysteresis.decay
        return content

    def _factor(self, table: Table) -> float:
        """From the table's own reference temperature to the cell's."""
        return arrhenius(table.activation_energy, self.reference, table.reference_temperature)

    def _function(self, table: Table, allowed: float = 0.0, *, over_root: bool = False) -> Any:
        factor = self._factor(table)
        if _flat(table):
            return float(table.values[0, 0]) * factor
        x, y = _points(table, factor, allowed)
        return {"x": _rounded(x**2 if over_root else x), "y": _rounded(y)}


def _points(table: Table, factor: float, allowed: float) -> tuple[Array, Array]:
    """Points of a table, doubled until the monotone cubic through them follows it.

    ``allowed``: largest departure, in the table's unit; zero for 1e-6 of the value.
    """
    from scipy.interpolate import PchipInterpolator

    intervals = table.intervals
    while True:
        x = np.linspace(table.low, table.high, intervals + 1)
        y = table(x)
        between = (x[:-1] + np.array([[0.25], [0.5], [0.75]]) * np.diff(x)).ravel()
        exact = table(between)
        share = _CLOSE * np.maximum(np.abs(exact), 1e-3 * np.max(np.abs(y)))
        off = np.max(np.abs(PchipInterpolator(x, y)(between) - exact) / (allowed or share))
        if off <= 1 or 2 * intervals + 1 > MOST_POINTS:
            return x, y * factor
        intervals *= 2


def _rounded(values: Array) -> list[float]:
    """Twelve digits: far below what tables are followed to, and two thirds of the file."""
    return [float(f"{v:.12g}") for v in values]


def _named(electrode: Electrode) -> list[tuple[str, Particle]]:
    """Particles by their material's name, made distinct where two share one."""
    names: list[tuple[str, Particle]] = []
    taken: set[str] = set()
    for i, p in enumerate(electrode.particles, start=1):
        name = p.material.name
        if not name or name in taken:
            name = f"{name or 'host'} {i}"
        taken.add(name)
        names.append((name, p))
    return names


def _layer(layer: Electrode | Separator) -> dict[str, Any]:
    return {
        "Thickness [m]": layer.thickness,
        "Porosity": layer.porosity,
        "Transport efficiency": layer.transport_efficiency,
    }


def _flat(table: Table) -> bool:
    return len(table.temperatures) == 1 and bool(np.ptp(table.values) == 0 and np.ptp(table.slopes) == 0)


def _number(table: Table) -> float | None:
    """The value of a table that is the same everywhere, else None."""
    return float(table.values[0, 0]) if _flat(table) and table.activation_energy == 0 else None


def _positive(value: float, name: str) -> None:
    if not (value > 0 and np.isfinite(value)):
        raise InputError(f"{name}: {value:g}", rule="a positive number")


def _refuse(holds: bool, found: str) -> None:
    if holds:
        raise Refusal(
            found, rule="the Battery Parameter eXchange standard has no field for it", remedy="Leave it out"
        )

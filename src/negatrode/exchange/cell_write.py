"""A cell as CELL.toml, from which the same cell is read: every number to its last digit."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.cell.protocol import Protocol
from negatrode.exchange.cell_document import SCHEMA_VERSION
from negatrode.exchange.cell_protocol import step_text
from negatrode.exchange.cell_text import number, numbers, text
from negatrode.exchange.new_file import write_new
from negatrode.exchange.plain import refuse_layers_and_ageing
from negatrode.material.active import ActiveMaterial
from negatrode.material.electrolyte import LithiumMetal
from negatrode.material.table import Table

_MATERIAL = {
    "potential": "V", "diffusivity": "m2/s", "exchange_current": "A/m2", "electrolyte_factor": "1",
    "entropy": "V/K",
}  # fmt: skip
_SALT = {"conductivity": "S/m", "diffusivity": "m2/s", "transference": "1", "thermodynamic_factor": "1"}


def write_cell(
    cell: Cell, path: str | Path, *, protocol: Protocol | None = None, overwrite: bool = False
) -> None:
    """Write a cell, and what is done to it, to a TOML file (``exchange/cell_file.py``).

    Raises
    ------
    Refusal
        Shells, moving coordinates and ageing, which the file has no words for.
    InputError
        A file that exists (without ``overwrite``) or a place that cannot be written.
    """
    refuse_layers_and_ageing(cell, "a CELL.toml")
    write_new(Path(path), cell_text(cell, protocol).encode(), overwrite=overwrite)


def cell_text(cell: Cell, protocol: Protocol | None = None) -> str:
    """The text of a CELL.toml."""
    keys = _material_keys(cell)
    parts = [f"schema_version = {SCHEMA_VERSION}\n", _head(cell)]
    if isinstance(cell.negative, LithiumMetal):
        parts.append(_lithium(cell.negative))
    else:
        parts.append(_electrode("negative", cell.negative, keys))
    parts += [_separator(cell.separator), _electrode("positive", cell.positive, keys), _electrolyte(cell)]
    if cell.thermal is not None:
        heat = cell.thermal
        parts.append(
            f'[thermal]\nheat_capacity = "{number(heat.heat_capacity)} J/K"\n'
            f'cooling = "{number(heat.cooling)} W/K"\n'
        )
    if protocol is not None:
        parts.append(_protocol(protocol))
    parts += [_material(keys[id(m)], m) for m in _materials(cell)]
    return "\n".join(parts)


def _materials(cell: Cell) -> list[ActiveMaterial]:
    """Every material once, in order."""
    sides = [e for e in (cell.negative, cell.positive) if isinstance(e, Electrode)]
    found = {id(p.material): p.material for e in sides for p in e.particles}
    return list(found.values())


def _material_keys(cell: Cell) -> dict[int, str]:
    """A key for every material: its name, with a number where two have the same."""
    keys: dict[int, str] = {}
    for material in _materials(cell):
        name, count = material.name or "material", 1
        key = name
        while key in keys.values():
            count += 1
            key = f"{name} {count}"
        keys[id(material)] = key
    return keys


def _head(cell: Cell) -> str:
    lines = [
        "[cell]",
        f"name = {text(cell.name or 'cell')}",
        f'area = "{number(cell.area)} m2"',
        f'nominal_capacity = "{number(cell.nominal_capacity)} A*h"',
        "voltage_limits = [" + ", ".join(f'"{number(v)} V"' for v in cell.voltage_limits) + "]",
        f'ambient_temperature = "{number(cell.ambient_temperature)} K"',
        f'initial_temperature = "{number(cell.initial_temperature)} K"',
        f'reference_temperature = "{number(cell.reference_temperature)} K"',
    ]
    if cell.contact_resistance:
        lines.append(f'contact_resistance = "{number(cell.contact_resistance)} ohm*m2"')
    return "\n".join(lines) + "\n"


def _layer(layer: Electrode | Separator) -> list[str]:
    return [
        f'thickness = "{number(layer.thickness)} m"',
        f"porosity = {number(layer.porosity)}",
        f"transport_efficiency = {number(layer.transport_efficiency)}",
    ]


def _separator(separator: Separator) -> str:
    return "\n".join(["[separator]", *_layer(separator)]) + "\n"


def _electrode(name: str, electrode: Electrode, keys: dict[int, str]) -> str:
    lines = [f"[{name}]", *_layer(electrode), f'conductivity = "{number(electrode.conductivity)} S/m"']
    if electrode.double_layer_capacitance:
        lines.append(f'double_layer_capacitance = "{number(electrode.double_layer_capacitance)} F/m2"')
    for particle in electrode.particles:
        lines += ["", f"[[{name}.particles]]", *_particle(particle, keys)]
    return "\n".join(lines) + "\n"


def _particle(p: Particle, keys: dict[int, str]) -> list[str]:
    lines = [
        f"material = {text(keys[id(p.material)])}",
        f'radius = "{number(p.radius)} m"',
        f"volume_fraction = {number(p.volume_fraction)}",
        f"stoichiometry = {number(p.stoichiometry)}",
    ]
    if p.window is not None:
        lines.append(f"window = {numbers(p.window)}")
    if p.area_per_volume is not None:
        lines.append(f'area_per_volume = "{number(p.area_per_volume)} 1/m"')
    if p.film_resistance:
        lines.append(f'film_resistance = "{number(p.film_resistance)} ohm*m2"')
    return lines


def _lithium(lithium: LithiumMetal) -> str:
    return (
        "[lithium]\n"
        f'conductivity = "{number(lithium.conductivity)} S/m"\n'
        f'thickness = "{number(lithium.thickness)} m"\n\n'
        + _table("lithium.exchange_current", lithium.exchange_current, "A/m2")
    )


def _electrolyte(cell: Cell) -> str:
    salt = cell.electrolyte
    head = (
        f"[electrolyte]\nname = {text(salt.name or 'electrolyte')}\n"
        f'initial_concentration = "{number(salt.initial_concentration)} mol/m3"\n\n'
    )
    return head + "\n".join(
        _table(f"electrolyte.{key}", getattr(salt, key), unit) for key, unit in _SALT.items()
    )


def _protocol(protocol: Protocol) -> str:
    """Every cycle as a group of its own; equal ones that follow one another once, with their number."""
    numbered = zip(protocol.cycle_of, map(step_text, protocol.steps), strict=True)
    cycles = [[text for _, text in cycle] for _, cycle in groupby(numbered, key=itemgetter(0))]
    groups = [
        f"  {{ repeat = {sum(1 for _ in equal)}, steps = [{', '.join(steps)}] }},\n"
        for steps, equal in groupby(cycles)
    ]
    return "[protocol]\nsteps = [\n" + "".join(groups) + "]\n"


def _material(key: str, material: ActiveMaterial) -> str:
    place = f"materials.{text(key)}"
    head = f'[{place}]\nmaximum_concentration = "{number(material.maximum_concentration)} mol/m3"\n'
    if material.name != key:
        head += f"name = {text(material.name or 'material')}\n"
    tables = [_table(f"{place}.{name}", getattr(material, name), unit) for name, unit in _MATERIAL.items()]
    rule = material.hysteresis
    if rule is not None:
        within = f"{place}.hysteresis"
        tables += [
            f'[{within}]\nkind = "{rule.kind}"\ndecay = {number(rule.decay)}\n'
            f"initial = {number(rule.initial)}\n",
            _table(f"{within}.lithiation", rule.lithiation, "V"),
            _table(f"{within}.delithiation", rule.delithiation, "V"),
        ]
    return "\n".join([head, *tables])


def _table(place: str, table: Table, unit: str) -> str:
    lines = [f"[{place}]", f"name = {text(table.name or 'table')}"]
    if _is_constant(table):
        value = number(float(table.values[0, 0]))
        lines.append(f"value = {value}" if unit == "1" else f'value = "{value} {unit}"')
        lines.append(f'temperature = "{number(table.reference_temperature)} K"')
    else:
        if unit != "1":
            lines.append(f'unit = "{unit}"')
        lines.append("temperatures = [" + ", ".join(f'"{number(t)} K"' for t in table.temperatures) + "]")
        lines += [f"low = {number(table.low)}", f"high = {number(table.high)}"]
        lines += [f"{key} = {_rows(getattr(table, key))}" for key in ("values", "slopes")]
    if table.activation_energy:
        lines.append(f'activation_energy = "{number(table.activation_energy)} J/mol"')
    return "\n".join(lines) + "\n"


def _is_constant(table: Table) -> bool:
    """Whether reading the value alone gives the same table."""
    flat = Table.constant(float(table.values[0, 0]))
    return (table.low, table.high) == (flat.low, flat.high) and all(
        np.array_equal(getattr(table, key), getattr(flat, key)) for key in ("values", "slopes")
    )


def _rows(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return "[\n  " + ",\n  ".join(numbers(row, "  ") for row in values.tolist()) + "\n]"

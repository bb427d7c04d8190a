"""The parts of a cell from the rows of a cell file, laid over those of a cell to begin with.

A key that is given replaces the value beneath; one that is missing keeps it, and where there is nothing
beneath it is asked for. What depends on a replaced value is never kept unasked.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isclose
from pathlib import Path
from typing import Any

from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.core.errors import InputError, MissingInput
from negatrode.exchange.cell_document import (
    Document,
    ElectrodeRow,
    LayerRow,
    LithiumRow,
    ParticleRow,
    missing,
)
from negatrode.exchange.cell_functions import Surroundings
from negatrode.exchange.cell_laying import EXAMPLES, Laying, Specification
from negatrode.exchange.cell_materials import Materials
from negatrode.material.electrolyte import Electrolyte, LithiumMetal
from negatrode.material.table import REFERENCE_TEMPERATURE, Table

_TRANSPORT = ("transport_efficiency", "tortuosity", "bruggeman")
# Key, unit, how it is followed, what it is where neither file nor base gives it.
_SALT: tuple[Specification, ...] = (
    ("conductivity", "S/m", "coefficient", None),
    ("diffusivity", "m2/s", "coefficient", None),
    ("transference", "1", "share", None),
    ("thermodynamic_factor", "1", "share", 1.0),
)


class Assembly:
    """A cell in the making."""

    def __init__(
        self, document: Document, base: Cell | None, place: Path, say: Callable[[str], None]
    ) -> None:
        self.document, self.base, self.place = document, base, place
        kelvin = document.cell.reference_temperature
        if kelvin is None:
            kelvin = REFERENCE_TEMPERATURE if base is None else base.reference_temperature
        elif base is not None and kelvin != base.reference_temperature:
            raise InputError(
                f"{kelvin:g} K where the cell to begin with has {base.reference_temperature:g} K",
                where=f"{place} cell.reference_temperature",
                rule="its potentials hold at its own reference temperature",
            )
        self.kelvin = kelvin
        self.lay = Laying(Surroundings(place, kelvin, say))
        sides = () if base is None else (base.negative, base.positive)
        beneath = [p for e in sides if isinstance(e, Electrode) for p in e.particles]
        self.materials = Materials(self.lay, document.materials, beneath)

    def cell(self) -> Cell:
        """The whole cell."""
        electrolyte = self._electrolyte()
        parts: dict[str, Any] = {
            "negative": self._counter_electrode(electrolyte),
            "separator": self._separator(),
            "positive": self._electrode("positive", self.document.positive),
            "electrolyte": electrolyte,
            "thermal": self._thermal(),
        }
        self.materials.refuse_unused()
        row, old = self.document.cell, self.base
        limits = self.lay.need("cell", row, "voltage_limits", old)
        parts["voltage_limits"] = (limits[0], limits[1])
        for key in ("area", "nominal_capacity"):
            parts[key] = self.lay.need("cell", row, key, old)
        for key in ("ambient_temperature", "initial_temperature"):
            parts[key] = self.lay.optional(row, key, old, self.kelvin)
        parts["contact_resistance"] = self.lay.optional(row, "contact_resistance", old, 0.0)
        name = self.lay.optional(row, "name", old, self.place.stem)
        with self.lay.placed("cell"):
            return Cell(name=name, reference_temperature=self.kelvin, **parts)

    # Layers

    def _transport(self, section: str, row: LayerRow | None, porosity: float, old: object) -> float:
        given = [key for key in _TRANSPORT if row is not None and getattr(row, key) is not None]
        if len(given) > 1:
            raise InputError(
                " and ".join(given), where=f"{self.place} {section}", rule="transport is given once"
            )
        if not given:
            if old is not None and (row is None or row.porosity is None):
                return float(old.transport_efficiency)  # type: ignore[attr-defined]  # a layer
            raise missing(
                f"{section}.tortuosity", str(self.place),
                f"tortuosity, bruggeman or transport_efficiency under [{section}]; it follows porosity",
            )  # fmt: skip
        value = float(getattr(row, given[0]))
        if given[0] == "transport_efficiency":
            return value
        lowest = 1.0 if given[0] == "tortuosity" else 0.0
        if not lowest <= value < 1000:
            raise InputError(
                f"{value:g}", where=f"{self.place} {section}.{given[0]}", rule=f"{given[0]} >= {lowest:g}"
            )
        if given[0] == "tortuosity":
            return porosity / value
        with self.lay.placed(f"{section}.porosity"):
            if not 0 < porosity <= 1:
                raise InputError(f"a porosity of {porosity:g}", rule="0 < porosity <= 1")
        efficiency: float = porosity**value
        return efficiency

    def _separator(self) -> Separator:
        row, old = self.document.separator, None if self.base is None else self.base.separator
        porosity = self.lay.need("separator", row, "porosity", old)
        thickness = self.lay.need("separator", row, "thickness", old)
        efficiency = self._transport("separator", row, porosity, old)
        with self.lay.placed("separator"):
            return Separator(thickness, porosity, efficiency)

    def _electrode(self, section: str, row: ElectrodeRow | None) -> Electrode:
        old = None if self.base is None else getattr(self.base, section)
        old = old if isinstance(old, Electrode) else None
        if row is None and old is not None and not self._touches(old):
            return old
        if row is None and old is None:
            raise missing(f"{section}", str(self.place), f"a table [{section}]")
        porosity = self.lay.need(section, row, "porosity", old)
        values = {key: self.lay.need(section, row, key, old) for key in ("thickness", "conductivity")}
        values["double_layer_capacitance"] = self.lay.optional(row, "double_layer_capacitance", old, 0.0)
        efficiency = self._transport(section, row, porosity, old)
        particles = self._particles(section, None if row is None else row.particles, old)
        with self.lay.placed(section):
            return Electrode(
                porosity=porosity, transport_efficiency=efficiency, particles=particles, **values
            )

    def _touches(self, electrode: Electrode) -> bool:
        return any(p.material.name in self.document.materials for p in electrode.particles)

    def _counter_electrode(self, electrolyte: Electrolyte) -> Electrode | LithiumMetal:
        row, document = self.document.lithium, self.document
        if row is not None and document.negative is not None:
            raise InputError(
                "both [negative] and [lithium]", where=f"{self.place} lithium", rule="one counter-electrode"
            )
        old = None if self.base is None or document.negative is not None else self.base.negative
        if row is None and not isinstance(old, LithiumMetal):
            return self._electrode("negative", document.negative)
        return self._lithium(row, old if isinstance(old, LithiumMetal) else None, electrolyte)

    def _lithium(
        self, row: LithiumRow | None, old: LithiumMetal | None, electrolyte: Electrolyte
    ) -> LithiumMetal:
        current = self.lay.need("lithium", row, "exchange_current", old)
        if not isinstance(current, Table):
            root = electrolyte.initial_concentration**0.5
            spec = ("exchange_current", "A/m2", "coefficient", None)
            current = self.lay.function(
                current, "lithium.exchange_current", spec, over="c", window=(root, root)
            )
        known = LithiumMetal(current)
        with self.lay.placed("lithium"):
            return LithiumMetal(
                current,
                self.lay.optional(row, "conductivity", old, known.conductivity),
                self.lay.optional(row, "thickness", old, known.thickness),
            )

    # Particles and materials

    def _particles(
        self, section: str, rows: list[ParticleRow] | None, old: Electrode | None
    ) -> tuple[Particle, ...]:
        beneath: list[Particle | None] = list(old.particles) if old is not None else []
        if rows is None:
            if not beneath:
                raise missing(
                    f"{section}.particles", str(self.place), f"a table [[{section}.particles]] or several"
                )
            rows = [ParticleRow() for _ in beneath]
        if len(rows) != len(beneath):
            beneath = [None] * len(rows)
        return tuple(
            self._particle(f"{section}.particles[{i}]", row, under)
            for i, (row, under) in enumerate(zip(rows, beneath, strict=True))
        )

    def _particle(self, section: str, row: ParticleRow, old: Particle | None) -> Particle:
        if row.material is not None and old is not None and row.material != old.material.name:
            old = None  # another host: nothing of the former particle holds for it
        name = row.material if row.material is not None else None if old is None else old.material.name
        if name is None:
            raise self._particle_missing(section, "material")
        values = {key: self._need_of(section, row, key, old) for key in ("radius", "volume_fraction")}
        window = (
            (row.window[0], row.window[1]) if row.window is not None else None if old is None else old.window
        )
        start = self._start(section, row, old, window)
        material = self.materials.material(
            name, None if old is None else old.material, (start, *(window or ()))
        )
        with self.lay.placed(section):
            return Particle(
                material,
                stoichiometry=start,
                window=window,
                area_per_volume=self._area(section, row, old),
                film_resistance=self.lay.optional(row, "film_resistance", old, 0.0),
                **values,
            )

    def _start(
        self, section: str, row: ParticleRow, old: Particle | None, window: tuple[float, float] | None
    ) -> float:
        if row.stoichiometry is not None:
            return row.stoichiometry
        initial = self.document.simulate.initial
        if window is not None and initial is not None:
            # The start is found from the window; until then a point inside it stands here.
            soc = 0.5 if initial.soc is None else initial.soc
            return min(max((1 - soc) * window[0] + soc * window[1], 1e-6), 1 - 1e-6)
        if old is not None and row.window is None:
            return old.stoichiometry
        raise missing(
            f"{section}.stoichiometry", str(self.place),
            "stoichiometry = 0.9, or window = [0.03, 0.9] and initial = { soc = 1.0 } under [simulate]",
        )  # fmt: skip

    def _area(self, section: str, row: ParticleRow, old: Particle | None) -> float | None:
        if row.area_per_volume is not None or old is None or old.area_per_volume is None:
            return row.area_per_volume
        if row.radius is None and row.volume_fraction is None:
            return old.area_per_volume
        if isclose(old.area_per_volume, 3 * old.volume_fraction / old.radius, rel_tol=1e-9):
            return None  # that of the spheres, before and after
        raise missing(
            f"{section}.area_per_volume", str(self.place),
            f'area_per_volume = "... 1/m": the former one, {old.area_per_volume:g}, was not that of spheres',
        )  # fmt: skip

    def _need_of(self, section: str, row: ParticleRow, key: str, old: Particle | None) -> Any:
        value = self.lay.optional(row, key, old, None)
        if value is None:
            raise self._particle_missing(section, key)
        return value

    def _particle_missing(self, section: str, key: str) -> MissingInput:
        return missing(
            f"{section}.{key}", str(self.place),
            f"{key} = {EXAMPLES[key]} under [[{section.partition('[')[0]}]]",
        )  # fmt: skip

    # Electrolyte and heat

    def _electrolyte(self) -> Electrolyte:
        row, old = self.document.electrolyte, None if self.base is None else self.base.electrolyte
        concentration = self.lay.need("electrolyte", row, "initial_concentration", old)
        if not 0 < concentration < 1e5:
            raise InputError(
                f"{concentration:g} mol/m3", where=f"{self.place} electrolyte.initial_concentration",
                rule="0 < concentration < 100 mol/L",
            )  # fmt: skip
        root = concentration**0.5
        tables = {
            spec[0]: self.lay.part("electrolyte", row, spec, old, over="c", window=(root, root))
            for spec in _SALT
        }
        with self.lay.placed("electrolyte"):
            return Electrolyte(
                self.lay.optional(row, "name", old, "electrolyte"),
                concentration,
                **tables,
            )

    def _thermal(self) -> Thermal | None:
        row, old = self.document.thermal, None if self.base is None else self.base.thermal
        if row is None:
            return old
        values = [self.lay.need("thermal", row, key, old) for key in ("heat_capacity", "cooling")]
        with self.lay.placed("thermal"):
            return Thermal(*values)

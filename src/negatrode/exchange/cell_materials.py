"""Materials of a cell file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from negatrode.cell.electrode import Particle
from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.exchange.cell_document import HysteresisRow, MaterialRow
from negatrode.exchange.cell_laying import Laying, Specification
from negatrode.material.active import ActiveMaterial, Hysteresis
from negatrode.material.table import Table

_FUNCTIONS: tuple[Specification, ...] = (
    ("potential", "V", "potential", None),
    ("diffusivity", "m2/s", "coefficient", None),
    ("exchange_current", "A/m2", "coefficient", None),
    ("electrolyte_factor", "1", "coefficient", 1.0),
    ("entropy", "V/K", "entropy", 0.0),
)


@dataclass(eq=False)
class Materials:
    """The materials of a file, over those of the particles ``beneath``; each is made once."""

    lay: Laying
    rows: Mapping[str, MaterialRow]
    beneath: Sequence[Particle]
    made: dict[str, ActiveMaterial] = field(default_factory=dict)

    def material(self, name: str, old: ActiveMaterial | None, used: tuple[float, ...]) -> ActiveMaterial:
        """The material of a name: made once, so that particles that share it share it."""
        row = self.rows.get(name)
        beneath = {id(p.material): p.material for p in self.beneath if p.material.name == name}
        if row is None and old is not None:
            return old
        if len(beneath) > 1:
            raise InputError(
                f"{len(beneath)} materials of that name", where=f"{self.lay.place} materials.{name}",
                rule="the cell to begin with holds several; which one is meant cannot be told",
                remedy="give the particles new materials under other names",
            )  # fmt: skip
        old = next(iter(beneath.values()), None)
        if row is None:
            if old is not None:
                return old
            raise self._unknown_material(name)
        if name not in self.made:
            self.made[name] = self._new_material(name, row, old, (min(used), max(used)))
        return self.made[name]

    def refuse_unused(self) -> None:
        """Refuse a material that no particle holds: its name is then written otherwise somewhere."""
        unused = sorted(set(self.rows) - set(self.made))
        if unused:
            names = sorted({p.material.name for p in self.beneath} | set(self.made))
            raise InputError(
                "a material that no particle holds", where=f"{self.lay.place} materials.{unused[0]}",
                rule="every material is used", remedy=near_matches(unused[0], names) or "Remove it",
            )  # fmt: skip

    def _unknown_material(self, name: str) -> InputError:
        names = [*self.rows, *{p.material.name for p in self.beneath}]
        return InputError(
            f"no material {name!r}", where=f"{self.lay.place} materials",
            rule="[materials.NAME] describes it",
            remedy=near_matches(name, names) or f"Known: {', '.join(names) or 'none'}",
        )  # fmt: skip

    def _new_material(
        self, name: str, row: MaterialRow, old: ActiveMaterial | None, window: tuple[float, float]
    ) -> ActiveMaterial:
        section = f"materials.{name}"
        hysteresis = self._hysteresis(section, row.hysteresis, old, window)
        values: dict[str, Any] = {
            "name": row.name or (name if old is None else old.name),
            "maximum_concentration": self.lay.need(section, row, "maximum_concentration", old),
        }
        for spec in _FUNCTIONS:
            if spec[0] == "potential" and hysteresis is not None and row.potential is None:
                values["potential"] = self._mean(hysteresis, row, old)
            else:
                values[spec[0]] = self.lay.part(section, row, spec, old, window=window)
        if old is not None and old.hysteresis is hysteresis is not None and row.potential is not None:
            raise InputError(
                "a new potential beside the branches of the former one",
                where=f"{self.lay.place} {section}.potential",
                rule="with hysteresis the potential is the mean of the branches",
                remedy=f"give {section}.hysteresis.lithiation and .delithiation in its place",
            )
        with self.lay.placed(section):
            return ActiveMaterial(hysteresis=hysteresis, **values)

    def _mean(self, rule: Hysteresis, row: MaterialRow, old: ActiveMaterial | None) -> Table:
        """The mean of the branches; that beneath where no branch is new."""
        given = row.hysteresis
        if old is not None and (given is None or (given.lithiation is None and given.delithiation is None)):
            return old.potential
        a, b = rule.lithiation, rule.delithiation
        mean = Table.sample(
            lambda x: (a(x) + b(x)) / 2,
            max(a.low, b.low),
            min(a.high, b.high),
            intervals=max(a.intervals, b.intervals, 512),
            name="mean potential",
        )
        return replace(mean, temperatures=a.temperatures[:1])

    def _hysteresis(
        self, section: str, row: HysteresisRow | None, old: ActiveMaterial | None, window: tuple[float, float]
    ) -> Hysteresis | None:
        beneath = None if old is None else old.hysteresis
        if row is None:
            return beneath
        section = f"{section}.hysteresis"
        branches = {
            key: self.lay.part(section, row, (key, "V", "potential", None), beneath, window=window)
            for key in ("lithiation", "delithiation")
        }
        kind = self.lay.need(section, row, "kind", beneath)
        decay = (
            self.lay.need(section, row, "decay", beneath)
            if kind == "one-state"
            else self.lay.optional(row, "decay", beneath, 0.0)
        )
        with self.lay.placed(section):
            return Hysteresis(
                kind, **branches, decay=decay, initial=self.lay.optional(row, "initial", beneath, 0.0)
            )

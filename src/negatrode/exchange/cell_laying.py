"""Rows of a cell file laid over what is beneath: given keys replace, missing ones keep, or are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from negatrode.core.errors import MissingInput, NegatrodeError
from negatrode.exchange.cell_document import missing
from negatrode.exchange.cell_functions import Surroundings, Wanted, read_function
from negatrode.material.table import Table

EXAMPLES = {
    "area": '"0.1 m2"', "nominal_capacity": '"5 Ah"', "voltage_limits": '["2.5 V", "4.2 V"]',
    "thickness": '"85 um"', "porosity": "0.3", "conductivity": '"10 S/m"', "radius": '"5 um"',
    "volume_fraction": "0.6", "material": '"NAME" and a table [materials.NAME]', "stoichiometry": "0.9",
    "maximum_concentration": '"30000 mol/m3"', "initial_concentration": '"1 mol/L"',
    "heat_capacity": '"40 J/K"', "cooling": '"0.05 W/K"', "kind": '"one-state"', "decay": "0.05",
}  # fmt: skip
# A function: its key, its unit, how it is followed, what it is where neither file nor base gives it.
Specification = tuple[str, str, str, float | None]


@dataclass(frozen=True, eq=False)
class Laying:
    """One file's way of taking values: from a row, else from what is beneath."""

    around: Surroundings

    @property
    def place(self) -> Path:
        """The file."""
        return self.around.file

    def need(self, section: str, row: BaseModel | None, key: str, old: object) -> Any:
        """The value of a key, else that beneath, else a refusal that asks for it."""
        value = self.optional(row, key, old, None)
        if value is None:
            raise missing(
                f"{section}.{key}", str(self.place), f"{key} = {EXAMPLES.get(key, '...')} under [{section}]"
            )
        return value

    @staticmethod
    def optional(row: BaseModel | None, key: str, old: object, default: Any) -> Any:
        given = None if row is None else getattr(row, key)
        if given is not None:
            return given
        return default if old is None else getattr(old, key)

    @contextmanager
    def placed(self, section: str) -> Iterator[None]:
        try:
            yield
        except NegatrodeError as error:
            if error.where.startswith(str(self.place)) or isinstance(error, MissingInput):
                raise
            raise error.at(f"{self.place} {section}") from None

    def function(self, given: object, key: str, spec: Specification, **more: Any) -> Table:
        name, unit, kind, _ = spec
        return read_function(given, key, Wanted(name.replace("_", " "), unit, kind, **more), self.around)

    def part(self, section: str, row: BaseModel, spec: Specification, old: object, **more: Any) -> Table:
        key, default = spec[0], spec[3]
        value = self.optional(row, key, old, None)
        if value is None and default is not None:
            return Table.constant(default)
        if value is None:
            raise missing(
                f"{section}.{key}",
                str(self.place),
                f'{key} = {{ ..., unit = "{spec[1]}" }} under [{section}]',
            )
        return value if isinstance(value, Table) else self.function(value, f"{section}.{key}", spec, **more)

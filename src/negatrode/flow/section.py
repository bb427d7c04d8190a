"""One section of a TOML file, read key by key: every slip named with its place, none passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.core.units import parse_quantity


@dataclass
class Section:
    """A table of a TOML file. Keys that were asked for are ``known``; :meth:`end` refuses the others.

    ``taken``: what was not given and had a default, as "key = value".
    """

    body: Mapping[str, Any]
    where: str
    known: set[str] = field(default_factory=set)
    taken: list[str] = field(default_factory=list)

    def place(self, key: str) -> str:
        """Where a key stands, for errors."""
        return f"{self.where}.{key}"

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        self.known.add(key)
        return key in self.body

    def quantity(self, key: str, unit: str, default: float | None = None) -> float:
        """A quantity in a unit ("1": a plain number or a share such as "5 %")."""
        if not self.has(key):
            if default is not None:
                self.taken.append(f"{key} = {default:g}{'' if unit == '1' else ' ' + unit}")
                return default
            raise InputError(
                f"{key} is missing",
                where=self.where,
                remedy=f'write {key} = "1 {"" if unit == "1" else unit}"',
            )
        return as_quantity(self.body[key], unit, self.place(key))

    def optional(self, key: str, unit: str) -> float | None:
        """A quantity, or None where it is not given."""
        return self.quantity(key, unit) if self.has(key) else None

    def share(self, key: str, default: float | None = None) -> float:
        """A share from 0 to 1."""
        value = self.quantity(key, "1", default)
        if not 0.0 <= value <= 1.0:
            raise InputError(
                f"{value:g}",
                where=self.place(key),
                rule="a share lies from 0 to 1",
                remedy='write 0.4, or "40 %"',
            )
        return value

    def positive(self, key: str, unit: str, default: float | None = None) -> float:
        """A quantity above zero."""
        value = self.quantity(key, unit, default)
        if not value > 0.0:
            raise InputError(f"{value:g} {unit}", where=self.place(key), rule="it is above zero")
        return value

    def ranged(self, key: str, unit: str, low: float, high: float, default: float | None = None) -> float:
        """A quantity from ``low`` to ``high``: what lies beyond is a slip of units, not a plant."""
        value = self.quantity(key, unit, default)
        if not low <= value <= high:
            shown = "" if unit == "1" else f" {unit}"
            raise InputError(
                f"{value:g}{shown}", where=self.place(key), rule=f"from {low:g} to {high:g}{shown}",
                remedy="check the number and its unit",
            )  # fmt: skip
        return value

    def ranged_or_none(self, key: str, unit: str, low: float, high: float) -> float | None:
        """The same, None where it is not given."""
        return self.ranged(key, unit, low, high) if self.has(key) else None

    def word(self, key: str, choices: Sequence[str] = (), default: str | None = None) -> str:
        """A word, one of ``choices`` where there are any."""
        if not self.has(key) and default is not None:
            self.taken.append(f"{key} = {default}")
            return default
        value = self.body.get(key)
        if not isinstance(value, str) or not value.strip():
            hint = f"one of {', '.join(choices)}" if choices else "a word"
            raise InputError(
                f"{key} is missing" if value is None else f"{value!r}", where=self.place(key), rule=hint
            )
        if choices and value not in choices:
            raise InputError(
                f"'{value}'", where=self.place(key), rule=f"one of {', '.join(choices)}",
                remedy=near_matches(value, list(choices)),
            )  # fmt: skip
        return value.strip()

    def table(self, key: str, example: str) -> Mapping[str, Any]:
        """A table."""
        self.known.add(key)
        value = self.body.get(key)
        if not isinstance(value, dict) or not value:
            raise InputError(
                f"{key} is missing" if value is None else f"{value!r}",
                where=self.place(key),
                remedy=f"write {example}",
            )
        return value

    def end(self) -> None:
        """InputError for a key that nothing asked for."""
        for key in self.body:
            if key not in self.known:
                hint = near_matches(key, sorted(self.known)) or f"Known: {', '.join(sorted(self.known))}"
                raise InputError(f"no key '{key}'", where=self.where, remedy=hint)


def as_quantity(value: object, unit: str, where: str) -> float:
    """A value of a TOML file in a unit: "5 K/min", or a plain number where the unit is "1"."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{value!r}", where=where, rule=f"it must be a quantity such as '1 {unit}'")
    if isinstance(value, str):
        return parse_quantity(value, unit, where=where)
    if unit != "1":
        raise InputError(
            f"{value!r} without a unit", where=where, rule=f"quantities carry theirs: '{value} {unit}'"
        )
    number = float(value)
    if not abs(number) < float("inf"):
        raise InputError(f"{value!r}", where=where, rule="quantities are finite")
    return number

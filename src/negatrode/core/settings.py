"""Settings: what a file cannot know. From SAMPLE.toml or --set, then from the file; never a default.

A technique asks for each by its key; a missing one is an error that names the TOML key.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError, MissingInput
from negatrode.core.provenance import Stated
from negatrode.core.units import convert, parse_quantity


@dataclass(frozen=True)
class Key:
    """One setting that a technique understands.

    ``unit`` is the unit of a quantity, "" for a word, "count" for a whole number.
    ``choices`` lists the allowed words, where it is a closed list.
    """

    name: str
    unit: str
    meaning: str
    choices: tuple[str, ...] = ()
    example: str = ""


class Settings:
    """The settings of one technique: the user's values first, then what the file states.

    Parameters
    ----------
    section:
        The TOML section ("xrd"); errors name ``section.key``.
    keys:
        The keys that the technique understands; a user's key outside them is an InputError.
    given:
        What the user gave: strings with units, words, whole numbers.
    origin:
        Where the user gave it ("SAMPLE.toml", "--set").
    """

    def __init__(
        self,
        section: str,
        keys: Iterable[Key],
        given: Mapping[str, object] | None = None,
        *,
        origin: str = "--set",
        stated: Mapping[str, Stated] | None = None,
    ) -> None:
        self.section = section
        self.keys = {k.name: k for k in keys}
        self.given = dict(given or {})
        self.origin = origin
        self.stated = dict(stated or {})
        self.used: dict[str, Stated] = {}
        for name in self.given:
            if name not in self.keys:
                hint = near_matches(name, list(self.keys)) or f"Known: {', '.join(self.keys) or 'none'}."
                raise InputError(f"unknown key '{section}.{name}'", where=origin, remedy=hint)

    def with_stated(self, stated: Mapping[str, Stated]) -> Settings:
        """The same settings with what a file states underneath; ``used`` is shared."""
        other = Settings(self.section, self.keys.values(), self.given, origin=self.origin, stated=stated)
        other.used = self.used
        return other

    def has(self, name: str) -> bool:
        """Whether the user or the file gives it."""
        return name in self.given or name in self.stated

    def quantity(self, name: str, *, why: str) -> float:
        """A number in the key's unit; MissingInput naming the TOML key where nobody gives it."""
        value = self.optional_quantity(name)
        if value is None:
            raise self._missing(name, why)
        return value

    def optional_quantity(self, name: str) -> float | None:
        """A number in the key's unit, or None."""
        key = self.keys[name]
        if name in self.given:
            value = self._number(key, self.given[name])
            self.used[name] = Stated(value, key.unit, f"{self.origin} {self.section}.{name}")
        elif name in self.stated:
            found = self.stated[name]
            if isinstance(found.value, str):
                value = parse_quantity(found.value, key.unit, where=found.where)
            else:
                value = float(convert(found.value, found.unit, key.unit))
            self.used[name] = Stated(value, key.unit, found.where)
        else:
            return None
        if not math.isfinite(value):
            raise InputError(f"{self.section}.{name} is {value}", where=self.origin, rule="it must be finite")
        return value

    def word(self, name: str, *, why: str) -> str:
        """A word; MissingInput naming the TOML key where nobody gives it."""
        value = self.optional_word(name)
        if value is None:
            raise self._missing(name, why)
        return value

    def optional_word(self, name: str) -> str | None:
        """A word, or None; a word outside the key's choices is an InputError."""
        key = self.keys[name]
        if name in self.given:
            value, where = str(self.given[name]).strip(), f"{self.origin} {self.section}.{name}"
        elif name in self.stated:
            value, where = str(self.stated[name].value).strip(), self.stated[name].where
        else:
            return None
        if key.choices and value not in key.choices:
            hint = near_matches(value, list(key.choices))
            raise InputError(
                f"{self.section}.{name} = '{value}'",
                where=where,
                rule=f"it must be one of {', '.join(key.choices)}",
                remedy=hint,
            )
        self.used[name] = Stated(value, "", where)
        return value

    def optional_count(self, name: str) -> int | None:
        """A whole number, or None."""
        if name not in self.given:
            return None
        text = str(self.given[name]).strip()
        if not text.isdigit():
            raise InputError(
                f"{self.section}.{name} = '{text}'", where=self.origin, rule="it must be a whole number"
            )
        self.used[name] = Stated(float(text), "count", f"{self.origin} {self.section}.{name}")
        return int(text)

    def _number(self, key: Key, given: object) -> float:
        where = f"{self.origin} {self.section}.{key.name}"
        if isinstance(given, bool):
            raise InputError(f"{given}", where=where, rule=f"it must be a quantity in {key.unit}")
        return parse_quantity(str(given), key.unit, where=where)

    def _missing(self, name: str, why: str) -> MissingInput:
        key = self.keys[name]
        example = key.example or (key.choices[0] if key.choices else f"1 {key.unit}")
        return MissingInput(
            f"{self.section}.{name} is not known",
            key=f"{self.section}.{name}",
            rule=why,
            remedy=f'Give it as {name} = "{example}" under [{self.section}] in SAMPLE.toml, '
            f'or --set "{name}={example}"',
        )

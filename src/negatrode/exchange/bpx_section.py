"""A section of a parameter file whose every field is asked for by name, typed and within bounds.

What was never asked for is refused at the end: nothing of a file is dropped in silence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from negatrode.core.errors import InputError, MissingInput, ReadError
from negatrode.files.blob import load

MAX_BYTES = 64 * 1024 * 1024
MAX_POINTS = 1_000_000
MAX_NAME = 200
MAX_DEPTH = 20


class Section:
    """One JSON object and its place in the file.

    Parameters
    ----------
    content:
        What stands at the place; InputError where it is no object.
    place:
        Keys from the top of the file, for messages.
    """

    def __init__(self, content: Any, place: tuple[str, ...] = ()) -> None:
        self.place = place
        if not isinstance(content, dict):
            raise InputError(describe(content), where=spell(place), rule="a section is a JSON object")
        self.content: dict[str, Any] = content
        self.asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def where(self, key: str) -> str:
        """The place of a field, as messages write it."""
        return spell((*self.place, key))

    def raw(self, key: str) -> Any:
        """The field as it stands; MissingInput where it is absent."""
        self.asked.add(key)
        if key not in self.content:
            place = self.where(key)
            raise MissingInput(
                "the field is missing",
                key=place,
                where=place,
                rule="the Battery Parameter eXchange standard requires it for a Doyle-Fuller-Newman model",
                remedy="Add it to the file",
            )
        return self.content[key]

    def section(self, key: str) -> Section:
        """A section within this one."""
        return Section(self.raw(key), (*self.place, key))

    def optional_section(self, key: str) -> Section:
        """A section within this one; an empty one where it is absent or null."""
        self.asked.add(key)
        content = self.content.get(key)
        return Section({} if content is None else content, (*self.place, key))

    def number(self, key: str, low: float, high: float) -> float:
        """A finite number between two bounds, both allowed."""
        return check_number(self.raw(key), low, high, self.where(key))

    def optional_number(self, key: str, low: float, high: float, *, null: bool = False) -> float | None:
        """The same, or None where the field is absent (or null, where the standard allows null)."""
        self.asked.add(key)
        if key not in self.content or (null and self.content[key] is None):
            return None
        return self.number(key, low, high)

    def text(self, key: str, default: str | None = None) -> str:
        """A text."""
        self.asked.add(key)
        if default is not None and self.content.get(key) is None:
            return default
        found = self.raw(key)
        if not isinstance(found, str):
            raise InputError(describe(found), where=self.where(key), rule="a text")
        return found

    def numbers(self, key: str) -> list[float]:
        """A list of finite numbers."""
        found = self.raw(key)
        if not isinstance(found, list) or len(found) > MAX_POINTS:
            raise InputError(
                describe(found), where=self.where(key), rule=f"a list of at most {MAX_POINTS} numbers"
            )
        return [check_number(item, -1e300, 1e300, f"{self.where(key)} [{i}]") for i, item in enumerate(found)]

    def take_rest(self) -> dict[str, Any]:
        """Whatever was not asked for yet, as it stands."""
        rest = {k: v for k, v in self.content.items() if k not in self.asked}
        self.asked.update(rest)
        return rest

    def refuse_rest(self, moved: Mapping[str, str] | None = None) -> None:
        """InputError where a field was never asked for; ``moved`` says where misplaced ones belong."""
        for key in self.content:
            if key not in self.asked:
                known = (moved or {}).get(key)
                raise InputError(
                    "a field that does not belong here",
                    where=self.where(key),
                    rule="every field of a parameter file is understood or refused",
                    remedy=known or "Remove it, or move it to Parameterisation > User-defined",
                )


def read_json(path: str | Path) -> Section:
    """The JSON object in a file, without NaN, infinities, repeated keys, or depth and size bombs.

    Raises ReadError with line and column where the text is damaged.
    """
    blob = load(path)
    if len(blob.data) > MAX_BYTES:
        raise ReadError(
            f"{len(blob.data)} bytes", where=str(path), rule=f"parameter files have at most {MAX_BYTES} bytes"
        )
    try:
        text = blob.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError("no text in UTF-8", where=f"{path} byte {error.start}") from None
    try:
        content = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise ReadError(
            f"damaged JSON ({error.msg})",
            where=f"{path} line {error.lineno} column {error.colno}",
            remedy="Export the file again",
        ) from None
    except (RecursionError, ValueError) as error:
        raise ReadError(f"JSON that cannot be read ({type(error).__name__})", where=str(path)) from None
    except (ReadError, InputError) as error:
        raise error.at(str(path)) from None
    if not isinstance(content, dict):
        raise ReadError(describe(content), where=str(path), rule="a parameter file is a JSON object")
    _check_depth(content, str(path))
    return Section(content)


def check_number(found: Any, low: float, high: float, where: str) -> float:
    """A number as a float; InputError where it is none, not finite, or out of bounds."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise InputError(describe(found), where=where, rule="a number")
    try:
        value = float(found)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise InputError(f"{value}", where=where, rule="numbers are finite")
    if not low <= value <= high:
        raise InputError(f"{value:g}", where=where, rule=f"between {low:g} and {high:g}")
    return value


def spell(place: Sequence[str]) -> str:
    """A place in the file: "Parameterisation > Cell > Volume [m3]".

    >>> spell(("Header", "BPX"))
    'Header > BPX'
    """
    return " > ".join(_short(key) for key in place)


def describe(found: Any) -> str:
    """What a JSON value is, short enough for a message.

    >>> describe("a"), describe(None), describe([1, 2])
    ("the text 'a'", 'null', 'a list of 2')
    """
    if found is None:
        return "null"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, str):
        return f"the text '{_short(found)}'"
    if isinstance(found, list):
        return f"a list of {len(found)}"
    if isinstance(found, dict):
        return f"an object with {len(found)} fields"
    return f"the number {found:g}" if isinstance(found, float) else "a whole number"


def _short(text: str) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= MAX_NAME else plain[: MAX_NAME - 3] + "..."


def _check_depth(content: Any, path: str) -> None:
    """ReadError where sections stand deeper in one another than any reader descends."""
    level = [content]
    for _ in range(MAX_DEPTH):
        parts = [part for part in level if isinstance(part, dict | list)]
        if not parts:
            return
        level = [v for part in parts for v in (part.values() if isinstance(part, dict) else part)]
    raise ReadError(
        f"sections more than {MAX_DEPTH} deep", where=path, rule="a parameter file is nested far less"
    )


def _refuse_constant(word: str) -> NoReturn:
    raise ReadError(f"'{word}' stands where a number must", rule="parameters are finite numbers")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        seen: set[str] = set()
        twice = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
        raise ReadError(
            f"the key '{_short(twice)}' stands twice in one section",
            rule="every field is given once",
            remedy="Remove one of the two",
        )
    return content

"""The error tree: every refusal says what was found, where, which rule, and what to do.

Tests and other programs read the attributes; the sentence is made from them.
"""

from __future__ import annotations


class NegatrodeError(Exception):
    """Something negatrode refuses to do, with the reason a user can act on.

    Parameters
    ----------
    found:
        What was found, with the number ("4501 angles but 4480 counts").
    where:
        File, line, byte offset, sheet and cell, or TOML key.
    rule:
        The rule that what was found breaks.
    remedy:
        What to do about it.
    """

    code = "error"

    def __init__(self, found: str, *, where: str = "", rule: str = "", remedy: str = "") -> None:
        self.found = found
        self.where = where
        self.rule = rule
        self.remedy = remedy
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """One line: where, found, rule, remedy."""
        head = f"{self.where}: {self.found}" if self.where else self.found
        parts = [p.rstrip(".") for p in (head, self.rule, self.remedy) if p]
        return ". ".join(" ".join(p.split()) for p in parts) + "."

    def as_json(self) -> dict[str, str]:
        """The object under ``error`` in the JSON of a refusal."""
        return {
            "code": self.code,
            "where": self.where,
            "found": self.found,
            "rule": self.rule,
            "remedy": self.remedy,
        }

    def at(self, where: str) -> NegatrodeError:
        """The same error with its place put in front (readers know offsets, callers know paths)."""
        place = f"{where} {self.where}".strip()
        return type(self)(self.found, where=place, rule=self.rule, remedy=self.remedy)


class ReadError(NegatrodeError):
    """A file cannot be read: damaged, truncated, not what it says, or of no known kind."""

    code = "read"


class MissingInput(NegatrodeError):
    """Something that nobody can know from the file and that has no default: ask for it by its key."""

    code = "missing-input"

    def __init__(
        self, found: str, *, key: str = "", where: str = "", rule: str = "", remedy: str = ""
    ) -> None:
        self.key = key
        super().__init__(found, where=where, rule=rule, remedy=remedy)

    def as_json(self) -> dict[str, str]:
        return {**super().as_json(), "key": self.key}

    def at(self, where: str) -> MissingInput:
        place = f"{where} {self.where}".strip()
        return MissingInput(self.found, key=self.key, where=place, rule=self.rule, remedy=self.remedy)


class Refusal(NegatrodeError):
    """The data were read but do not carry the property (wrong gas, no band, no oxygen ...)."""

    code = "refused"


class UnitError(NegatrodeError):
    """A unit is missing, unknown or of the wrong dimension."""

    code = "unit"


class InputError(NegatrodeError):
    """A SAMPLE.toml, a setting or a command line holds something that is not allowed."""

    code = "input"


class ClaimError(NegatrodeError):
    """A claim set cannot be understood."""

    code = "claims"


class ExpressionError(NegatrodeError):
    """An arithmetic expression over properties cannot be understood."""

    code = "expression"

"""Where a number came from: files by hash, settings by their origin, the program by its version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A file that a result rests on."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Stated:
    """A value that a file or a user states, and where it stands.

    ``value`` is a number in ``unit``, or a word (``unit`` is then "").
    """

    value: float | str
    unit: str
    where: str

    def text(self) -> str:
        """The value as one would write it."""
        if isinstance(self.value, str):
            return self.value
        return f"{self.value:.10g} {self.unit}".strip()

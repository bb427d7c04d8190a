"""What a study evaluates: a function of named inputs, with columns that say what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

Value = float | str
Inputs = Mapping[str, Value]


@dataclass(frozen=True)
class Column:
    """An output: its name, what it is, its unit ("1" where it has none) and its confidence word ("")."""

    name: str
    title: str = ""
    unit: str = "1"
    confidence: str = ""

    @property
    def label(self) -> str:
        """Title and unit, for axes and heads of tables."""
        title = self.title or self.name
        return title if self.unit == "1" else f"{title} / {self.unit}"


@dataclass(frozen=True)
class Row:
    """What came out at one point: numbers by column (None: could not be had), and why, by test."""

    values: Mapping[str, float | None]
    notes: Mapping[str, str] = field(default_factory=dict)


class Model(Protocol):
    """A function of inputs. It is sent to other processes: it must pickle.

    ``digest`` changes whenever the same inputs could give another row: it is part of every point's key.
    """

    @property
    def digest(self) -> str:
        """What identifies the model and everything that it rests on."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What comes out."""

    def __call__(self, inputs: Inputs) -> Row:
        """One point; any exception makes the point a failed one."""


@dataclass(frozen=True)
class FunctionModel:
    """A Python function as a model: ``function(inputs) -> {column: number}``.

    ``version``: changed by whoever changes the function, so that a journal does not mix the two.
    """

    function: Callable[[Inputs], Mapping[str, float | None]]
    columns: tuple[Column, ...]
    version: str = "1"

    @property
    def digest(self) -> str:
        """Module, name and version of the function."""
        return f"{self.function.__module__}.{self.function.__qualname__} {self.version}"

    def __call__(self, inputs: Inputs) -> Row:
        """One point."""
        return Row(dict(self.function(inputs)))

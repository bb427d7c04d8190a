"""Parameters of a cell by name, and the cell with one of them moved a little.

A name is a path through the cell: ``positive.thickness``, ``negative.particles[0].radius``,
``negative.particles[*].material.diffusivity`` (all populations at once), ``electrolyte.conductivity``,
``voltage_limits[0]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.cell import Cell
from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.material.table import Table

Array = NDArray[np.float64]
# Of what a change is a share, where the value itself is zero: a usual size in the parameter's unit.
_USUAL = {
    "contact_resistance": 1e-3,  # ohm m2
    "film_resistance": 1e-3,  # ohm m2
    "cooling": 1.0,  # W K-1
    "initial": 1.0,  # hysteresis state
}
_PIECE = re.compile(r"([A-Za-z_]\w*)((?:\[(?:\d+|\*)\])*)")


@dataclass(frozen=True, eq=False)
class Parameter:
    """Something of a cell that can be moved.

    Parameters
    ----------
    name:
        The path.
    direction:
        For a table: what is added to it, a function of its coordinate (in the table's unit). None: the
        table times a factor.
    """

    name: str
    direction: Callable[[Array], Any] | None = None


def moved(cell: Cell, parameter: Parameter, share: float) -> tuple[Cell, float]:
    """The cell with a parameter moved by ``share`` of itself, and by how much that is.

    The amount is in the parameter's unit for a number, and dimensionless for a table: the relative change,
    or the share of ``direction`` that was added.

    Raises
    ------
    InputError
        No such parameter; one that is no number and no table; zero, with nothing to take a share of.
    """
    amounts: list[float] = []
    known: dict[tuple[int, str], Any] = {}

    def change(value: Any, key: str) -> Any:
        if isinstance(value, Table):
            amounts.append(share)
            return _moved_table(value, parameter, share)
        if isinstance(value, bool) or not isinstance(value, int | float | np.floating):
            raise InputError(
                f"{parameter.name} is {type(value).__name__}", rule="a parameter is a number or a table",
                remedy=_inside(value),
            )  # fmt: skip
        if parameter.direction is not None:
            raise InputError(f"a direction for the number {parameter.name}", rule="directions are of tables")
        size = float(value) if value != 0 else _USUAL.get(key, 0.0)
        if size == 0.0:
            raise InputError(
                f"{parameter.name} is 0", rule="the derivative is taken about a value other than zero",
                remedy="Give the cell a small value",
            )  # fmt: skip
        amounts.append(share * size)
        return float(value) + share * size

    result = _walk(cell, _pieces(parameter.name), parameter.name, change, known)
    if not np.allclose(amounts, amounts[0]):
        raise InputError(
            f"{parameter.name} stands for different values", rule="one value, moved by one amount",
            remedy="Name the populations one by one: [0], [1], ...",
        )  # fmt: skip
    return result, amounts[0]


def _moved_table(table: Table, parameter: Parameter, share: float) -> Table:
    if parameter.direction is None:
        return replace(table, values=table.values * (1 + share), slopes=table.slopes * (1 + share))
    added = Table.sample(parameter.direction, table.low, table.high, intervals=table.intervals)
    return replace(
        table, values=table.values + share * added.values, slopes=table.slopes + share * added.slopes
    )


def _pieces(name: str) -> list[str]:
    found: list[str] = []
    for part in name.split("."):
        match = _PIECE.fullmatch(part)
        if match is None:
            raise InputError(
                f"a parameter {name!r}", rule="names and [numbers] with dots between",
                remedy="such as negative.particles[0].radius",
            )  # fmt: skip
        found.append(match[1])
        found += re.findall(r"\[(?:\d+|\*)\]", match[2])
    return found


def _walk(
    here: Any, pieces: list[str], name: str, change: Callable[[Any, str], Any],
    known: dict[tuple[int, str], Any], key: str = "",
) -> Any:  # fmt: skip
    """The value with what the path leads to changed; what was one object stays one."""
    if not pieces:
        return change(here, key)
    first, rest = pieces[0], pieces[1:]
    if first.startswith("["):
        if not isinstance(here, tuple):
            raise InputError(f"{first} in {name!r}", rule=f"{key} is no list")
        numbers = range(len(here)) if first == "[*]" else [int(first[1:-1])]
        if not here or max(numbers) >= len(here):
            raise InputError(f"{first} in {name!r}", rule=f"{key} has {len(here)} entries, from [0]")
        entries = list(here)
        for i in numbers:
            entries[i] = _walk(entries[i], rest, name, change, known, key)
        return tuple(entries)
    names = [f.name for f in fields(here)] if is_dataclass(here) else []
    if first not in names:
        raise InputError(
            f"no {first!r} in {name!r}", rule="parameters are named as in the cell",
            remedy=near_matches(first, names) or _inside(here),
        )  # fmt: skip
    mark = (id(here), first)
    if mark in known:
        return known[mark]
    value = getattr(here, first)
    if value is None:
        raise InputError(f"{name!r}: the cell has no {first}", rule="a parameter of something that is there")
    result = replace(here, **{first: _walk(value, rest, name, change, known, first)})
    known[mark] = result
    return result


def _inside(value: Any) -> str:
    if is_dataclass(value):
        return "It holds " + ", ".join(f.name for f in fields(value))
    if isinstance(value, tuple):
        return f"It holds [0] to [{len(value) - 1}]"
    return ""

"""Functions of a cell file as tables. A function is written in one of five forms::

    diffusivity = "3.3e-14 m2/s"                                     # the same everywhere
    diffusivity = { value = "3.3e-14 m2/s", activation_energy = "30 kJ/mol" }
    potential = { expression = "0.2 + 0.8 * exp(-9 * x)", unit = "V" }
    potential = { x = [0, 0.5, 1], values = [1.2, 0.3, 0.0], unit = "V" }
    potential = { file = "ocp.csv", x_column = "x", column = "U", unit = "V" }
    potential = { low = 0, high = 1, values = [[...]], slopes = [[...]], unit = "V" }

Materials are functions of the stoichiometry ``x``. Electrolytes are functions of the concentration: ``c`` in
mol m-3 in expressions, ``c = [...]`` or ``c_column`` with ``c_unit`` for points. The last form is a table as
the engine holds it (for electrolytes over the square root of the concentration in mol m-3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from negatrode.core.errors import InputError, NegatrodeError, UnitError
from negatrode.exchange.bpx_function import Function, Use, coefficient_table, entropy_table, potential_table
from negatrode.exchange.cell_columns import read_columns
from negatrode.exchange.cell_document import Energy, Kelvin, Row, Word, as_row
from negatrode.exchange.cell_quantity import quantity, scale
from negatrode.exchange.expressions import parse
from negatrode.material.table import Array, Table

# Values between points and at the ends of an expression are sought within this many mol m-3 at least.
HIGHEST_CONCENTRATION = 4000.0
_FORMS = ("value", "expression", "slopes", "file", "values")
_Numbers = Annotated[list[float], Field(min_length=2, max_length=1_000_000)]
_Rows = Annotated[list[list[float]], Field(min_length=1, max_length=1000)]


class _Form(Row):
    unit: str | None = None
    name: Word | None = None
    activation_energy: Energy = 0.0
    temperature: Kelvin | None = None


class _Value(_Form):
    value: str | float


class _Expression(_Form):
    expression: Word


class _Points(_Form):
    values: _Numbers
    x: _Numbers | None = None
    c: _Numbers | None = None
    c_unit: str | None = None


class _File(_Form):
    file: Word
    column: Word
    x_column: Word | None = None
    c_column: Word | None = None
    c_unit: str | None = None


class _Sampled(_Form):
    low: float
    high: float
    values: _Rows
    slopes: _Rows
    temperatures: Annotated[list[Kelvin], Field(min_length=1, max_length=1000)] | None = None


_MODELS: dict[str, type[_Form]] = {
    "value": _Value, "expression": _Expression, "values": _Points, "file": _File, "slopes": _Sampled,
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What a function is to be: its name and unit, over ``x`` or ``c``, how it is followed ("potential",
    "entropy", "coefficient" (positive) or "share"), and the range within which it is used.
    """

    name: str
    unit: str
    kind: str
    over: str = "x"
    window: tuple[float, float] = (0.0, 1.0)
    where: str = ""


@dataclass(frozen=True)
class Surroundings:
    """The file (for messages and for paths beside it), its reference temperature (K), and who hears notes."""

    file: Path
    temperature: float
    say: Callable[[str], None]


def read_function(given: object, key: str, wanted: Wanted, around: Surroundings) -> Table:
    """The table of the function under ``key``.

    Raises
    ------
    InputError, UnitError, ExpressionError
        With file and key.
    """
    where = f"{around.file} {key}"
    wanted = replace(wanted, where=where)
    try:
        if not isinstance(given, dict):
            return _constant(quantity(given, wanted.unit), _Form(), wanted, around)
        return _in_some_form(given, key, wanted, around)
    except UnitError as error:
        remedy = f'Write a quantity in {wanted.unit}, or {{ expression = "...", unit = "{wanted.unit}" }}'
        if isinstance(given, str) and not error.where:
            raise UnitError(error.found, where=where, rule=error.rule, remedy=remedy) from None
        raise error if error.where.startswith(str(around.file)) else error.at(where) from None
    except NegatrodeError as error:
        raise error if error.where.startswith(str(around.file)) else error.at(where) from None


def _in_some_form(given: dict[str, object], key: str, wanted: Wanted, around: Surroundings) -> Table:
    forms = [form for form in _FORMS if form in given]
    if forms == ["slopes", "values"]:
        forms = ["slopes"]
    if len(forms) != 1:
        raise InputError(
            f"a function with {', '.join(forms) or 'none of its forms'}",
            rule="it has one of: value, expression, values with x, file, values with slopes",
            remedy="see 'A cell in a file' in docs/cell.md",
        )
    row = as_row(_MODELS[forms[0]], given, str(around.file), key)
    if isinstance(row, _Value):
        return _constant(quantity(row.value, wanted.unit), row, wanted, around)
    factor = _factor(row, wanted)
    if isinstance(row, _Sampled):
        return _sampled(row, factor, wanted, around)
    if isinstance(row, _Expression):
        return _followed(_expression(row, factor, wanted), row, wanted, around)
    if isinstance(row, _Points):
        return _followed(_points(row, factor, wanted), row, wanted, around)
    assert isinstance(row, _File)
    return _followed(_file(row, factor, wanted, around), row, wanted, around)


def _constant(value: float, row: _Form, wanted: Wanted, around: Surroundings) -> Table:
    flat = Table.constant(value, activation_energy=row.activation_energy, name=row.name or wanted.name)
    return replace(flat, temperatures=np.array([row.temperature or around.temperature]))


def _factor(row: _Form, wanted: Wanted) -> float:
    if row.unit is None and wanted.unit != "1":
        raise UnitError("a function without a unit", rule=f'unit = "{wanted.unit}", or one like it')
    return scale(row.unit or "1", wanted.unit)


def _sampled(row: _Sampled, factor: float, wanted: Wanted, around: Surroundings) -> Table:
    widths = {len(r) for r in (*row.values, *row.slopes)}
    if len(widths) != 1:
        raise InputError(f"rows of {sorted(widths)} numbers", rule="values and slopes have equal rows")
    temperatures = np.array(row.temperatures or [row.temperature or around.temperature])
    steps = np.diff(temperatures)
    if np.any(steps <= 0) or (len(steps) and np.ptp(steps) > 1e-6 * steps[0]):
        raise InputError("temperatures that are not evenly spaced", rule="they ascend in equal steps")
    if len(temperatures) > 1 and row.activation_energy:
        raise InputError(
            "an activation energy beside rows at several temperatures", rule="one law of temperature"
        )
    if not (np.isfinite(row.low) and np.isfinite(row.high)):
        raise InputError("a range that is not finite", rule="low and high are finite")
    values, slopes = (np.array(rows, dtype=np.float64) for rows in (row.values, row.slopes))
    if factor != 1.0:
        values, slopes = factor * values, factor * slopes
    return Table(
        row.low, row.high, values, slopes, temperatures, row.activation_energy, row.name or wanted.name
    )


def _expression(row: _Expression, factor: float, wanted: Wanted) -> Function:
    expression = parse(row.expression, (wanted.over,))
    if expression.is_constant:
        level = factor * float(expression.values(0.0))
        return Function(wanted.where, level, lambda x: np.full_like(x, level))
    if wanted.over == "c":
        return Function(wanted.where, None, lambda root: factor * expression.values(root**2))
    return Function(wanted.where, None, lambda x: factor * expression.values(x))


def _points(row: _Points, factor: float, wanted: Wanted) -> Function:
    at, other = (row.c, row.x) if wanted.over == "c" else (row.x, row.c)
    if at is None or other is not None or (row.c_unit is not None) != (wanted.over == "c"):
        rule = "c = [...] with c_unit" if wanted.over == "c" else "x = [...], stoichiometries without a unit"
        raise InputError("points without their abscissae", rule=f"{wanted.name} is given over {rule}")
    return _through(np.array(at), factor * np.array(row.values), wanted, row.c_unit)


def _file(row: _File, factor: float, wanted: Wanted, around: Surroundings) -> Function:
    name, other = (row.c_column, row.x_column) if wanted.over == "c" else (row.x_column, row.c_column)
    if name is None or other is not None or (row.c_unit is not None) != (wanted.over == "c"):
        rule = "c_column with c_unit" if wanted.over == "c" else "x_column, stoichiometries without a unit"
        raise InputError("a file without the column of its abscissae", rule=f"it is named by {rule}")
    at, values = read_columns(around.file.parent / row.file, (name, row.column))
    return _through(at, factor * values, wanted, row.c_unit)


def _through(at: Array, values: Array, wanted: Wanted, c_unit: str | None) -> Function:
    """The monotone cubic through points; of a concentration, over its square root.

    F. N. Fritsch and R. E. Carlson, SIAM J. Numer. Anal. 17 (1980) 238.
    """
    from scipy.interpolate import PchipInterpolator

    at, values = _ascending(at, values)
    if c_unit is not None:
        at = at * scale(c_unit, "mol/m3")
        if at[0] < 0:
            raise InputError(f"a concentration of {at[0]:g} mol/m3", rule="concentrations are not negative")
        at = np.sqrt(at)
    elif at[0] < 0 or at[-1] > 1:
        raise InputError(f"x from {at[0]:g} to {at[-1]:g}", rule="stoichiometries lie between 0 and 1")
    if np.ptp(values) == 0:
        return Function(wanted.where, float(values[0]), lambda x: np.full_like(x, values[0]))
    with np.errstate(all="ignore"):
        curve = PchipInterpolator(at, values)
    slope = curve.derivative()

    def value(x: Array) -> Array:
        inside = np.clip(x, at[0], at[-1])
        return np.asarray(curve(inside) + slope(inside) * (x - inside), dtype=np.float64)

    equal = np.ptp(np.diff(at)) <= 1e-9 * (at[-1] - at[0])
    return Function(
        wanted.where, None, value, float(at[0]), float(at[-1]),
        slopes=lambda x: np.asarray(slope(np.clip(x, at[0], at[-1])), dtype=np.float64),
        spacing=len(at) - 1 if equal else 0,
    )  # fmt: skip


def _ascending(at: Array, values: Array) -> tuple[Array, Array]:
    if len(at) != len(values) or len(at) < 2:
        raise InputError(
            f"{len(at)} abscissae and {len(values)} values", rule="points come in pairs, two at least"
        )
    if not (np.all(np.isfinite(at)) and np.all(np.isfinite(values))):
        raise InputError("a point that is not finite", rule="points are finite numbers")
    if at[0] > at[-1]:
        at, values = at[::-1], values[::-1]
    steps = np.diff(at)
    if np.any(steps <= 0):
        i = int(np.argmax(steps <= 0))
        raise InputError(f"{at[i]:g} and {at[i + 1]:g} side by side", rule="abscissae ascend or descend")
    return at, values


def _followed(function: Function, row: _Form, wanted: Wanted, around: Surroundings) -> Table:
    temperature = row.temperature or around.temperature
    name = row.name or wanted.name
    if row.activation_energy and wanted.kind != "coefficient":
        raise InputError(f"{wanted.name} with an activation energy", rule="only rates and transport have one")
    use = Use(name, wanted.window, temperature, row.activation_energy)
    if wanted.kind == "potential":
        table = potential_table(function, use, around.say)
    elif wanted.kind == "entropy":
        table = entropy_table(function, use, around.say)
    elif wanted.kind == "share":
        table = _share_table(function, use, wanted)
    else:
        table = coefficient_table(function, use, around.say, _span(wanted))
    return replace(table, activation_energy=row.activation_energy)


def _share_table(function: Function, use: Use, wanted: Wanted) -> Table:
    """A number of order one that may have either sign (transference number, thermodynamic factor)."""
    if function.constant is not None:
        flat = Table.constant(function.constant, name=use.name)
        return replace(flat, temperatures=np.array([use.temperature]))
    low, high = function.within(*_span(wanted))
    return Table.sample(
        function.values, low, high, intervals=2048, temperature=use.temperature, name=use.name
    )


def _span(wanted: Wanted) -> tuple[float, float]:
    if wanted.over == "x":
        return 0.0, 1.0
    return 0.0, float(np.sqrt(max(HIGHEST_CONCENTRATION, 4 * wanted.window[1] ** 2)))

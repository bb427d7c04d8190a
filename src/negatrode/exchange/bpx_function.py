"""Functions of a parameter file (number, expression, points) as tables that follow them closely.

A potential is followed within 1e-6 V, an entropic coefficient within 1e-9 V K-1, any other within 1e-6 of
itself; the number of intervals is
doubled until that holds. Outside the range in which a function makes sense (a potential within +-10 V, a
coefficient above a millionth of what it is in use) its table goes on straight, or keeps its last value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from negatrode.core.errors import ExpressionError, InputError
from negatrode.exchange.bpx_section import Section, check_number, describe
from negatrode.exchange.expressions import parse
from negatrode.material.table import Array, Table

MAX_POTENTIAL = 10.0  # V: no lithium host is further from lithium
LEAST_SHARE = 1e-6  # of a coefficient in use, below which it keeps its value
TOLERANCE = 1e-6
COARSEST, FINEST = 64, 16384
_PROBES = 4097
_FINE = 2048


@dataclass(frozen=True, eq=False)
class Function:
    """A field that is a number, an expression in x or a table of points.

    ``values`` gives doubles, nan and inf included; ``low`` and ``high`` are the ends of a table of points,
    ``slopes`` its derivative, and ``spacing`` the number of its intervals where they are equal.
    """

    where: str
    constant: float | None
    values: Callable[[Array], Array]
    low: float = -np.inf
    high: float = np.inf
    slopes: Callable[[Array], Array] | None = None
    spacing: int = 0

    def within(self, low: float, high: float) -> tuple[float, float]:
        """The part of a range that this function is given on."""
        return max(low, self.low), min(high, self.high)


def read_function(section: Section, key: str, span: tuple[float, float]) -> Function:
    """The function in a field; abscissae of points lie within ``span``."""
    found, where = section.raw(key), section.where(key)
    if isinstance(found, str):
        return _from_text(found, where)
    if isinstance(found, dict):
        return _from_points(Section(found, (*section.place, key)), span)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise InputError(describe(found), where=where, rule="a number, an expression in x, or points x and y")
    return _constant(check_number(found, -1e300, 1e300, where), where)


def _constant(value: float, where: str) -> Function:
    return Function(where, value, lambda x: np.full_like(x, value))


def _from_text(text: str, where: str) -> Function:
    try:
        expression = parse(text)
    except ExpressionError as error:
        raise error.at(where) from None
    if expression.is_constant:
        return _constant(float(expression.values(0.0)), where)
    return Function(where, None, expression.values)


def _from_points(section: Section, span: tuple[float, float]) -> Function:
    from scipy.interpolate import PchipInterpolator

    x, y = np.array(section.numbers("x")), np.array(section.numbers("y"))
    section.refuse_rest()
    where = section.where("x")
    if len(x) != len(y) or len(x) < 2:
        raise InputError(f"{len(x)} x and {len(y)} y", where=where, rule="points come in pairs, two at least")
    if x[0] > x[-1]:
        x, y = x[::-1], y[::-1]
    if np.any(np.diff(x) <= 0):
        at = int(np.argmax(np.diff(x) <= 0))
        raise InputError(
            f"{x[at]:g} and {x[at + 1]:g} side by side", where=where, rule="x ascends or descends throughout"
        )
    if x[0] < span[0] or x[-1] > span[1]:
        raise InputError(
            f"x from {x[0]:g} to {x[-1]:g}", where=where, rule=f"x between {span[0]:g} and {span[1]:g}"
        )
    with np.errstate(all="ignore"):
        curve = PchipInterpolator(x, y)
    derivative = curve.derivative()
    if np.ptp(y) == 0:
        return Function(section.where("y"), float(y[0]), lambda at: np.full_like(at, y[0]))

    def values(at: Array) -> Array:
        inside = np.clip(at, x[0], x[-1])
        return np.asarray(curve(inside) + derivative(inside) * (at - inside), dtype=np.float64)

    equal = np.ptp(np.diff(x)) <= 1e-9 * (x[-1] - x[0])
    return Function(
        section.where("y"),
        None,
        values,
        float(x[0]),
        float(x[-1]),
        slopes=lambda at: np.asarray(derivative(np.clip(at, x[0], x[-1])), dtype=np.float64),
        spacing=len(x) - 1 if equal else 0,
    )


@dataclass(frozen=True)
class Use:
    """How a table is used: name, window within which it must make sense, and its law of temperature."""

    name: str
    window: tuple[float, float]
    temperature: float
    activation_energy: float = 0.0


def potential_table(function: Function, use: Use, say: Callable[[str], None]) -> Table:
    """A potential (V) over stoichiometry."""
    return _table(function, use, say, (0.0, 1.0), lambda f: np.abs(f) <= MAX_POTENTIAL, _volts, hold=False)


def entropy_table(function: Function, use: Use, say: Callable[[str], None]) -> Table:
    """An entropic coefficient (V K-1) over stoichiometry."""
    return _table(function, use, say, (0.0, 1.0), lambda f: np.abs(f) <= 1.0, _entropic, hold=False)


def coefficient_table(
    function: Function, use: Use, say: Callable[[str], None], span: tuple[float, float]
) -> Table:
    """A coefficient that is positive in its window, over ``span``."""
    inside = function.values(np.linspace(*use.window, 257))
    least = np.min(inside)
    if not (np.all(np.isfinite(inside)) and least > 0 and np.max(inside) < 1e30):
        worst = inside[int(np.argmin(np.where(np.isfinite(inside), inside, -np.inf)))]
        raise InputError(
            f"{use.name} of {worst:g}", where=function.where, rule="finite and positive in its window"
        )
    return _table(
        function, use, say, span, lambda f: (f >= LEAST_SHARE * least) & (f < 1e30), _share, hold=True
    )


def _volts(f: Array) -> Array:
    return np.full_like(f, TOLERANCE)


def _entropic(f: Array) -> Array:
    return np.full_like(f, 1e-3 * TOLERANCE)  # 1e-7 V over 100 K


def _share(f: Array) -> Array:
    allowed = TOLERANCE * np.maximum(np.abs(f), 1e-3 * np.max(np.abs(f)))
    return np.asarray(np.maximum(allowed, 1e-300), dtype=np.float64)


def _table(
    function: Function,
    use: Use,
    say: Callable[[str], None],
    span: tuple[float, float],
    sensible: Callable[[Array], Any],
    allowance: Callable[[Array], Array],
    *,
    hold: bool,
) -> Table:
    if function.constant is not None:
        if not sensible(np.array([function.constant]))[0]:
            raise InputError(
                f"{use.name} of {function.constant:g}", where=function.where, rule="within reason"
            )
        flat = Table.constant(function.constant, activation_energy=use.activation_energy, name=use.name)
        return replace(flat, temperatures=np.array([use.temperature]))
    ends = _sensible_range(function, use, function.within(*span), sensible)
    table, worst = _refined(function, use, ends, allowance)
    if worst > 1.0:
        say(f"{function.where}: the table departs from the function by {worst * TOLERANCE:.1e} in places")
    if hold:
        table = _kept_positive(table, function, use, span)
    return replace(table, activation_energy=use.activation_energy)


def _kept_positive(table: Table, function: Function, use: Use, span: tuple[float, float]) -> Table:
    """A coefficient keeps its last value where going on straight would bring it to zero within the span."""
    beyond = [i for i, edge in ((0, span[0]), (-1, span[1])) if table(edge) <= 0]
    if not beyond:
        return table
    if table.intervals < _FINE:  # the bend at the end is then narrow
        table = _sampled(function, use, (table.low, table.high), _FINE)
    slopes = table.slopes.copy()
    slopes[0, beyond] = 0.0
    return replace(table, slopes=slopes)


def _sensible_range(
    function: Function, use: Use, span: tuple[float, float], sensible: Callable[[Array], Any]
) -> tuple[float, float]:
    """The widest range about the window in which the function makes sense."""
    low, high = span
    x = np.unique(np.concatenate([np.linspace(low, high, _PROBES), np.clip(use.window, low, high)]))
    f = function.values(x)
    with np.errstate(invalid="ignore"):
        good = np.isfinite(f) & sensible(f)
    inside = (x >= use.window[0]) & (x <= use.window[1])
    if np.any(inside & ~good):
        at = int(np.argmax(inside & ~good))
        raise InputError(
            f"{use.name} of {f[at]:g} at x = {x[at]:g}",
            where=function.where,
            rule=f"it makes sense from x = {use.window[0]:g} to {use.window[1]:g}, where it is used",
        )
    if not np.any(good):
        raise InputError(f"{use.name} makes no sense anywhere", where=function.where, rule="finite values")
    middle = int(np.searchsorted(x, np.clip(np.mean(use.window), low, high)))
    middle = min(middle, len(x) - 1)
    below, above = np.flatnonzero(~good[:middle]), np.flatnonzero(~good[middle:])
    first = low if len(below) == 0 else _edge(function, sensible, x[below[-1]], x[below[-1] + 1])
    last = (
        high if len(above) == 0 else _edge(function, sensible, x[middle + above[0]], x[middle + above[0] - 1])
    )
    return float(first), float(last)


def _edge(function: Function, sensible: Callable[[Array], Any], bad: float, good: float) -> float:
    """Where between the two the function begins to make sense, by bisection."""
    for _ in range(50):
        middle = (bad + good) / 2
        f = function.values(np.array([middle]))
        with np.errstate(invalid="ignore"):
            holds = bool(np.isfinite(f[0]) and sensible(f)[0])
        bad, good = (bad, middle) if holds else (middle, good)
    return good


def _refined(
    function: Function, use: Use, ends: tuple[float, float], allowance: Callable[[Array], Array]
) -> tuple[Table, float]:
    """The coarsest table that is close enough, and its largest departure over what is allowed."""
    whole = ends == (function.low, function.high)
    intervals = function.spacing if whole and 2 <= function.spacing <= FINEST else COARSEST
    while True:
        table = _sampled(function, use, ends, intervals)
        step = (ends[1] - ends[0]) / intervals
        x = ends[0] + step * (np.arange(intervals)[:, None] + np.array([0.21, 0.5, 0.79])).ravel()
        f = function.values(x)
        worst = float(np.max(np.abs(table(x) - f) / allowance(f)))
        if worst <= 1.0 or 2 * intervals > FINEST:
            return table, worst
        intervals *= 2


def _sampled(function: Function, use: Use, ends: tuple[float, float], intervals: int) -> Table:
    table = Table.sample(
        function.values, *ends, intervals=intervals, temperature=use.temperature, name=use.name
    )
    if function.slopes is None:
        return table
    return replace(table, slopes=function.slopes(np.linspace(*ends, intervals + 1))[None, :])

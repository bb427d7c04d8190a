"""The BET equation on bare arrays: its line, the Rouquerol curve and the admissible windows.

Symbols: x relative pressure p/p0, v amount adsorbed in cm3(STP)/g, v_m monolayer capacity, C constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AVOGADRO = 6.02214076e23
MOLAR_VOLUME_STP = 8.314462618 * 273.15 / 101325.0 * 1e6  # cm3/mol
CROSS_SECTION_N2 = 0.162  # nm2
PREFERRED_POINTS = 5
FEWEST_POINTS = 3
HIGHEST_PRESSURE = 0.5  # above it nitrogen condenses in mesopores: no monolayer can be read there
PRESSURE_TOLERANCE = 0.2  # of 1/(sqrt(C)+1) against the pressure at which v = v_m
LINEARITY = 0.999  # least r of an admissible window (r2 of 0.998)
DECADE = 10.0  # the chosen window spans this ratio of pressures, closed at the next point below
MOST_ENDS = 60  # starts and ends of windows tried on a very dense isotherm
CURVE_NOISE = 0.001  # a fall of the Rouquerol curve below this fraction is noise


@dataclass(frozen=True)
class BetLine:
    """A straight line through the BET transform of the points ``first``..``last`` (0-based, inclusive).

    Attributes
    ----------
    slope, intercept:
        Of x / (v (1 - x)) against x, in g/cm3(STP).
    monolayer:
        v_m = 1 / (slope + intercept) in cm3(STP)/g.
    c:
        C = 1 + slope / intercept; negative where the intercept is.
    correlation:
        Pearson's r of the transform.
    u_monolayer:
        Standard uncertainty of v_m by the residuals (heteroscedasticity-consistent, HC2).
    """

    first: int
    last: int
    slope: float
    intercept: float
    monolayer: float
    c: float
    correlation: float
    u_monolayer: float

    @property
    def points(self) -> int:
        """Number of points on the line."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Window:
    """An admissible window: its line, the pressures at its ends and the pressure of the monolayer."""

    line: BetLine
    low: float
    high: float
    monolayer_pressure: float


def bet_transform(x: Array, v: Array) -> Array:
    """x / (v (1 - x)), shape of ``x``, in g/cm3(STP)."""
    return x / (v * (1.0 - x))


def rouquerol_curve(x: Array, v: Array) -> Array:
    """v (1 - x), shape of ``x``, in cm3(STP)/g; it must increase within a BET range."""
    return v * (1.0 - x)


def surface_area(monolayer: float, cross_section: float = CROSS_SECTION_N2) -> float:
    """Area in m2/g of a monolayer of v_m cm3(STP)/g at ``cross_section`` nm2 a molecule.

    >>> round(surface_area(1.0), 4)
    4.3526
    """
    return monolayer / MOLAR_VOLUME_STP * AVOGADRO * cross_section * 1e-18


def fit_line(x: Array, v: Array, first: int, last: int) -> BetLine | None:
    """Least squares of the BET transform over a window of at least three points.

    None where the line has no positive v_m (slope + intercept <= 0) or the pressures coincide.
    Source: Brunauer, Emmett, Teller, J. Am. Chem. Soc. 60 (1938) 309; ISO 9277:2010, 8.
    """
    xs, ys = x[first : last + 1], bet_transform(x, v)[first : last + 1]
    n, mean = len(xs), float(xs.mean())
    spread = float(np.sum((xs - mean) ** 2))
    if n < FEWEST_POINTS or spread <= 0.0:
        return None
    slope = float(np.sum((xs - mean) * ys)) / spread
    intercept = float(ys.mean()) - slope * mean
    if slope + intercept <= 0.0:
        return None
    monolayer = 1.0 / (slope + intercept)
    c = 1.0 + slope / intercept if intercept != 0.0 else math.inf
    to_sum = 1.0 / n + (1.0 - mean) * (xs - mean) / spread
    leverage = np.clip(1.0 / n + (xs - mean) ** 2 / spread, 0.0, 1.0 - 1e-9)
    residuals = ys - intercept - slope * xs
    u_sum = math.sqrt(float(np.sum(to_sum**2 * residuals**2 / (1.0 - leverage))))
    deviation = math.sqrt(float(np.sum((ys - ys.mean()) ** 2)) * spread)
    r = slope * spread / deviation if deviation > 0.0 else 0.0
    return BetLine(first, last, slope, intercept, monolayer, c, r, monolayer**2 * u_sum)


def maximum_of_curve(x: Array, v: Array) -> int:
    """Index at which the Rouquerol curve ends its first rise.

    The first rise, not the global maximum: condensation in mesopores can lift the curve again.
    Falls within CURVE_NOISE of the running maximum are noise. Only x <= HIGHEST_PRESSURE counts.
    """
    curve = rouquerol_curve(x, v)
    top = 0
    for i in range(1, len(x)):
        if x[i] > HIGHEST_PRESSURE or curve[i] < curve[top] * (1.0 - CURVE_NOISE):
            break
        if curve[i] >= curve[top]:
            top = i
    return top


def admissible_windows(x: Array, v: Array, *, fewest: int = PREFERRED_POINTS) -> tuple[Window, ...]:
    """Every window of at least ``fewest`` points that meets the criteria of Rouquerol and is a line.

    (1) v (1 - x) increases over the window; (2) C > 0; (3) v_m is reached at a pressure within the
    window; (4) 1 / (sqrt(C) + 1) agrees with that pressure within 20 %, or lies between the same two
    points; (5) r >= 0.999.
    Source: Rouquerol, Llewellyn, Rouquerol, Stud. Surf. Sci. Catal. 160 (2007) 49; ISO 9277:2010, annex C;
    the bound on r as in Osterrieth et al., Adv. Mater. 34 (2022) 2201502.
    """
    top = maximum_of_curve(x, v)
    curve = rouquerol_curve(x, v)
    rises = np.diff(curve) > -CURVE_NOISE * curve[:-1]
    falls = np.flatnonzero(~rises)
    found = []
    for last in _spaced(fewest - 1, top):
        earlier = falls[falls < last]
        start = int(earlier[-1]) + 1 if len(earlier) else 0
        windows = (_admit(x, v, first, last) for first in _spaced(start, last - fewest + 1))
        found += [w for w in windows if w is not None]
    return tuple(found)


def _spaced(low: int, high: int) -> list[int]:
    """All whole numbers from low to high, or MOST_ENDS of them evenly spaced with both ends."""
    if high - low < MOST_ENDS:
        return list(range(low, high + 1))
    return [int(i) for i in np.unique(np.round(np.linspace(low, high, MOST_ENDS)))]


def _admit(x: Array, v: Array, first: int, last: int) -> Window | None:
    line = fit_line(x, v, first, last)
    if line is None or not 0.0 < line.c < math.inf or line.correlation < LINEARITY:
        return None
    if not v[first] <= line.monolayer <= v[last]:
        return None
    reached = pressure_at(x, v, first, last, line.monolayer)
    expected = 1.0 / (math.sqrt(line.c) + 1.0)
    after = int(np.clip(np.searchsorted(x, reached, side="right"), 1, len(x) - 1))
    between = x[after - 1] <= expected <= x[after]
    if not between and abs(expected - reached) > PRESSURE_TOLERANCE * reached:
        return None
    return Window(line, float(x[first]), float(x[last]), reached)


def pressure_at(x: Array, v: Array, first: int, last: int, amount: float) -> float:
    """Relative pressure at which ``amount`` is adsorbed, by linear interpolation within a window."""
    return float(np.interp(amount, np.maximum.accumulate(v[first : last + 1]), x[first : last + 1]))


def choose(windows: tuple[Window, ...], x: Array) -> Window:
    """The window that ends nearest the maximum of the Rouquerol curve and has most points within a decade.

    Far below the decade the points sit on the strongest sites, which the BET equation does not describe;
    where no window stays within the decade (closed at the next measured point below), all are candidates.
    """
    end = max(w.line.last for w in windows)
    candidates = [w for w in windows if w.line.last == end]
    below = x[x <= x[end] / DECADE]
    floor = float(below[-1]) if len(below) else 0.0
    within = [w for w in candidates if w.low >= floor]
    return max(within or candidates, key=lambda w: w.line.points)

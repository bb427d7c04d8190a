"""A property as data: a C1 piecewise cubic on a uniform grid.

Kernels read tables only, so a new material compiles nothing and no data file can run code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError

GAS_CONSTANT = 8.31446261815324  # J mol-1 K-1, exact in the SI
FARADAY = 96485.33212331001  # C mol-1, exact in the SI
REFERENCE_TEMPERATURE = 298.15  # K

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """A function of one coordinate (and, where it does not separate, of temperature).

    On ``n`` equal intervals from ``low`` to ``high`` the function is the cubic Hermite interpolant of
    ``values`` and ``slopes``; outside, it goes on straight.

    Parameters
    ----------
    low, high:
        Ends of the coordinate (stoichiometry 0 to 1, or the square root of a concentration in mol m-3).
    values, slopes:
        Shape ``(m, n + 1)``: the function and its derivative on the grid at each of the ``m`` temperatures.
    temperatures:
        Shape ``(m,)`` in K, ascending and evenly spaced; ``m = 1`` for a function whose dependence on
        temperature is the factor ``exp(activation_energy / R (1 / reference_temperature - 1 / T))``.
    activation_energy:
        J mol-1; zero where the function does not depend on temperature, or where ``m > 1``.
    name:
        What it is, for messages.
    """

    low: float
    high: float
    values: Array
    slopes: Array
    temperatures: Array = field(default_factory=lambda: np.array([REFERENCE_TEMPERATURE]))
    activation_energy: float = 0.0
    name: str = "table"

    def __post_init__(self) -> None:
        if not self.high > self.low:
            raise InputError(f"{self.name}: a table from {self.low:g} to {self.high:g}", rule="low < high")
        shape = (len(self.temperatures), self.values.shape[-1])
        if self.values.shape != shape or self.slopes.shape != shape or shape[1] < 2:
            raise InputError(
                f"{self.name}: values of shape {self.values.shape}, slopes of shape {self.slopes.shape}, "
                f"{len(self.temperatures)} temperatures",
                rule="one row a temperature, one column a point, two points at least",
            )
        if not (np.all(np.isfinite(self.values)) and np.all(np.isfinite(self.slopes))):
            raise InputError(
                f"{self.name}: a value that is not finite between {self.low:g} and {self.high:g}",
                rule="a table is finite over its whole range",
            )

    @property
    def intervals(self) -> int:
        """Number of intervals of the grid."""
        return int(self.values.shape[1]) - 1

    @property
    def reference_temperature(self) -> float:
        """Temperature (K) at which ``values[0]`` holds."""
        return float(self.temperatures[0])

    @classmethod
    def constant(cls, value: float, *, activation_energy: float = 0.0, name: str = "constant") -> Table:
        """The same value everywhere."""
        values = np.full((1, 2), float(value))
        return cls(0.0, 1.0, values, np.zeros((1, 2)), activation_energy=activation_energy, name=name)

    @classmethod
    def sample(
        cls,
        function: Callable[[Array], Any],
        low: float,
        high: float,
        *,
        intervals: int = 512,
        activation_energy: float = 0.0,
        temperature: float = REFERENCE_TEMPERATURE,
        name: str = "table",
    ) -> Table:
        """Sample a vectorised ``function``; slopes by differences of fourth order within each interval."""
        x = np.linspace(low, high, intervals + 1)
        values, slopes = _values_and_slopes(function, x)
        return cls(
            low,
            high,
            values[None, :],
            slopes[None, :],
            temperatures=np.array([temperature]),
            activation_energy=activation_energy,
            name=name,
        )

    @classmethod
    def sample_with_temperature(
        cls,
        function: Callable[[Array, float], Any],
        low: float,
        high: float,
        *,
        temperatures: Sequence[float],
        intervals: int = 512,
        name: str = "table",
    ) -> Table:
        """Sample ``function(x, T)`` on a grid of temperatures (K)."""
        x = np.linspace(low, high, intervals + 1)
        rows = [_values_and_slopes(partial(_at_temperature, function, T), x) for T in temperatures]
        return cls(
            low,
            high,
            np.array([v for v, _ in rows]),
            np.array([s for _, s in rows]),
            temperatures=np.asarray(temperatures, dtype=np.float64),
            name=name,
        )

    @classmethod
    def from_points(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        *,
        intervals: int = 1024,
        activation_energy: float = 0.0,
        name: str = "table",
    ) -> Table:
        """Through measured points by the monotone cubic of Fritsch and Carlson (no overshoot)."""
        from scipy.interpolate import PchipInterpolator

        at, value = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if at.ndim != 1 or at.shape != value.shape or len(at) < 2 or np.any(np.diff(at) <= 0):
            raise InputError(
                f"{name}: {at.size} abscissae and {value.size} values",
                rule="points come in pairs, two at least, with ascending abscissae",
            )
        curve = PchipInterpolator(at, value)
        grid = np.linspace(at[0], at[-1], intervals + 1)
        return cls(
            float(at[0]),
            float(at[-1]),
            curve(grid)[None, :],
            curve.derivative()(grid)[None, :],
            activation_energy=activation_energy,
            name=name,
        )

    def scaled(self, factor: float) -> Table:
        """This table times a factor."""
        return replace(self, values=self.values * factor, slopes=self.slopes * factor)

    def at_temperature(self, temperature: float) -> Table:
        """The one-row table that holds at ``temperature`` (K), with no dependence on temperature left."""
        if len(self.temperatures) == 1:
            if self.activation_energy == 0.0:
                return self
            factor = arrhenius(self.activation_energy, temperature, self.reference_temperature)
            values, slopes = self.values * factor, self.slopes * factor
        else:
            weights = _lagrange_weights(self.temperatures, temperature, self.name)
            values, slopes = weights @ self.values, weights @ self.slopes
            values, slopes = values[None, :], slopes[None, :]
        return replace(
            self, values=values, slopes=slopes, temperatures=np.array([temperature]), activation_energy=0.0
        )

    def __call__(self, x: ArrayLike, temperature: float | None = None) -> Array:
        """The function at ``x`` (any shape)."""
        row = self if temperature is None else self.at_temperature(temperature)
        return _hermite(row, np.asarray(x, dtype=np.float64))[0]

    def slope(self, x: ArrayLike, temperature: float | None = None) -> Array:
        """The derivative with respect to the coordinate at ``x`` (any shape)."""
        row = self if temperature is None else self.at_temperature(temperature)
        return _hermite(row, np.asarray(x, dtype=np.float64))[1]


def arrhenius(
    activation_energy: float, temperature: float, reference: float = REFERENCE_TEMPERATURE
) -> float:
    """``exp(E / R (1 / T_ref - 1 / T))``."""
    return float(np.exp(activation_energy / GAS_CONSTANT * (1.0 / reference - 1.0 / temperature)))


def _at_temperature(function: Callable[[Array, float], Any], temperature: float, x: Array) -> Any:
    return function(x, temperature)


def _values_and_slopes(function: Callable[[Array], Any], x: Array) -> tuple[Array, Array]:
    step = (x[1] - x[0]) / 8
    low, high = x[0], x[-1]
    # The stencil is moved inwards at the ends, so that the function is never asked outside its range.
    centre = np.clip(x, low + 2 * step, high - 2 * step)
    f = [np.broadcast_to(np.asarray(function(centre + k * step), dtype=float), x.shape) for k in range(-2, 3)]
    s = (x - centre) / step  # 0 inside, -2 and 2 at the ends
    slopes = np.zeros_like(x)
    for k, weight in zip(range(-2, 3), _stencil_weights(s), strict=True):
        slopes += weight * f[k + 2]
    values = np.broadcast_to(np.asarray(function(x), dtype=float), x.shape).copy()
    return values, slopes / step


def _stencil_weights(s: Array) -> list[Array]:
    """Derivative at ``s`` of the Lagrange polynomials on -2, -1, 0, 1, 2."""
    nodes = np.arange(-2.0, 3.0)
    weights = []
    for k in nodes:
        others = nodes[nodes != k]
        polynomial = np.poly1d(others, r=True) / np.prod(k - others)
        weights.append(np.asarray(polynomial.deriv()(s), dtype=np.float64))
    return weights


def _hermite(table: Table, x: Array) -> tuple[Array, Array]:
    n = table.intervals
    step = (table.high - table.low) / n
    where = (x - table.low) / step
    i = np.clip(np.floor(where), 0, n - 1).astype(np.intp)
    t = np.clip(where - i, 0.0, 1.0)
    v, s = table.values[0], table.slopes[0] * step
    v0, v1, s0, s1 = v[i], v[i + 1], s[i], s[i + 1]
    c2, c3 = 3 * (v1 - v0) - 2 * s0 - s1, 2 * (v0 - v1) + s0 + s1
    value = v0 + t * (s0 + t * (c2 + t * c3))
    slope = (s0 + t * (2 * c2 + 3 * t * c3)) / step
    beyond = x - np.clip(x, table.low, table.high)
    return value + slope * beyond, slope


def _lagrange_weights(temperatures: Array, temperature: float, name: str) -> Array:
    """Cubic interpolation in temperature between the four nearest rows."""
    if not temperatures[0] <= temperature <= temperatures[-1]:
        raise InputError(
            f"{name}: {temperature:g} K is outside {temperatures[0]:g} to {temperatures[-1]:g} K",
            rule="a table is not extrapolated in temperature",
        )
    count = min(4, len(temperatures))
    spacing = temperatures[1] - temperatures[0]
    first = int(
        np.clip((temperature - temperatures[0]) / spacing - (count - 2) / 2, 0, len(temperatures) - count)
    )
    weights = np.zeros(len(temperatures))
    chosen = range(first, first + count)
    for i in chosen:
        weights[i] = np.prod(
            [(temperature - temperatures[j]) / (temperatures[i] - temperatures[j]) for j in chosen if j != i]
        )
    return weights

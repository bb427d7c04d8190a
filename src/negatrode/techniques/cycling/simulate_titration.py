"""Forward model of a galvanostatic titration: Fick's law in a sphere, pulse by pulse.

Finite volumes in r with implicit Euler steps; a linear equilibrium potential, an ohmic jump, and the
surface concentration half a cell beyond the last centre. Nothing is shared with the analysis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.cycling.simulate import CellRecord

Array = NDArray[np.float64]

_CELLS, _STEPS = 120, 200


@dataclass(frozen=True)
class Titration:
    """A sphere and its test.

    ``diffusivity`` m2/s, ``radius`` m, ``pulse`` s, ``pause`` in pulses, ``current`` mA, ``slope``: fall of
    the equilibrium potential per pulse, V; ``jump``: ohmic drop, V; ``noise`` of the voltage, V.
    """

    diffusivity: float = 1e-14
    radius: float = 5e-6
    pulse: float = 25.0
    pause: int = 12
    pulses: int = 8
    current: float = 0.05
    slope: float = 0.02
    jump: float = 0.01
    noise: float = 0.0


def simulate_titration(test: Titration, rng: np.random.Generator) -> CellRecord:
    """Pulses of lithiation from 1 V, each followed by a pause; logged 200 times a pulse length."""
    step = _implicit_step(test)
    # concentration in units in which a pulse raises the mean by one
    source = step[:, -1] / _STEPS / (1.0 - (1.0 - 1.0 / _CELLS) ** 3)
    flux = test.radius / (3.0 * test.pulse)
    beyond = flux * (test.radius / _CELLS) / (2.0 * test.diffusivity)
    inner = np.zeros(_CELLS)
    currents = np.tile(np.concatenate((np.ones(_STEPS), np.zeros(test.pause * _STEPS))), test.pulses)
    surface = np.empty(currents.size)
    for k, on in enumerate(currents):
        inner = step @ inner + on * source
        surface[k] = inner[-1] + on * beyond
    voltage = 1.0 - test.slope * surface - test.jump * currents
    return _logged(test, currents, voltage + rng.normal(0.0, test.noise, voltage.size))


def _implicit_step(test: Titration) -> Array:
    """The matrix that carries the concentrations over one step of time, shape (cells, cells)."""
    edges = np.linspace(0.0, test.radius, _CELLS + 1)
    volume = (edges[1:] ** 3 - edges[:-1] ** 3) / 3.0
    exchange = test.diffusivity * edges[1:-1] ** 2 / (test.radius / _CELLS) * test.pulse / _STEPS
    matrix = np.diag(volume)
    for k, flow in enumerate(exchange):
        matrix[k : k + 2, k : k + 2] += flow * np.array([[1.0, -1.0], [-1.0, 1.0]])
    return np.asarray(np.linalg.inv(matrix) * volume)


def _logged(test: Titration, currents: Array, voltage: Array) -> CellRecord:
    """With a rest at the open circuit before the first pulse."""
    ahead = 20
    dt = test.pulse / _STEPS
    current = -test.current * np.concatenate((np.zeros(ahead), currents))
    size = current.size
    return CellRecord(
        time=dt * np.arange(size, dtype=np.float64),
        voltage=np.concatenate((np.ones(ahead), voltage)),
        current=current,
        charge=np.cumsum(current) * dt / 3600.0,
        cycle=np.zeros(size),
        half=np.zeros(size),
        lithiated=np.array([test.current * test.pulse * test.pulses / 3600.0]),
        delithiated=np.array([]),
    )

"""Simulated burn-off in a DTA with a known peak, and the text files that instruments write.

A fraction burns with d(alpha)/dt = A exp(-E / R T) f(alpha), f = 1 - alpha (first order) or
(1 - alpha)^(2/3) (contracting sphere), at a constant heating rate, for which alpha has a closed form in
the integral of the Arrhenius factor. The DTA follows the heat with a first-order lag.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_R = 8.31446e-3  # kJ/(mol K)


@dataclass(frozen=True)
class Burn:
    """A fraction that burns.

    ``peak`` is where a first-order reaction has its peak at 10 K/min, in degC (a contracting sphere peaks
    close by); ``energy`` in kJ/mol; ``share`` of the heat; ``order`` 1 or 2/3.
    """

    peak: float
    energy: float = 150.0
    share: float = 1.0
    order: float = 1.0

    def converted(self, temperature: Array, rate: float) -> Array:
        """Burnt share along rising temperatures [degC] at ``rate`` [K/min]."""
        kelvin, at = temperature + 273.15, self.peak + 273.15
        theta = self.energy / _R
        # first order at 10 K/min: k(at) = theta * beta / at^2
        constant = np.exp(theta / at - theta / kelvin) * theta * 10.0 / at**2
        steps = 0.5 * (constant[1:] + constant[:-1]) * np.diff(kelvin)
        integral = np.concatenate(([0.0], np.cumsum(steps))) / rate
        if self.order == 1.0:
            return np.asarray(1.0 - np.exp(-integral), dtype=float)
        return np.asarray(1.0 - np.clip(1.0 - integral / 3.0, 0.0, None) ** 3, dtype=float)


@dataclass(frozen=True)
class Instrument:
    """How a DTA departs from the truth.

    ``offset`` of the temperature scale [K]; ``lag`` [s]; ``noise``, linear and curved ``drift`` over the
    run and a ``step`` as the sample vanishes, each relative to the height of a peak 100 K wide.
    """

    offset: float = 0.0
    lag: float = 2.0
    noise: float = 0.005
    drift: tuple[float, float] = (0.05, 0.05)
    step: float = 0.03


@dataclass(frozen=True, eq=False)
class Simulated:
    """Time [s], temperature [degC], DTA [uV, exotherms up], mass [mg]; shape (n,)."""

    time: Array
    temperature: Array
    dta: Array
    mass: Array


def simulate_dta(
    burns: Sequence[Burn],
    rng: np.random.Generator,
    *,
    rate: float = 10.0,
    instrument: Instrument | None = None,
    span: tuple[float, float] = (30.0, 950.0),
    spacing: float = 1.0,
    mass: float = 5.0,
) -> Simulated:
    """A heating run in air at ``rate`` [K/min], a point every ``spacing`` K, DTA height about 50 uV."""
    made = instrument or Instrument()
    fine = np.arange(span[0], span[1] + 1e-9, spacing / 4.0)
    burnt = sum((b.share * b.converted(fine, rate) for b in burns), np.zeros(len(fine)))
    seconds = (fine - fine[0]) * 60.0 / rate
    heat = np.gradient(burnt, fine) * 100.0  # about 1 at the top of a peak 100 K wide
    decay = math.exp(-float(seconds[1]) / made.lag) if made.lag > 0.0 else 0.0
    felt = _lagged(heat, decay)[::4]
    x = (fine[::4] - span[0]) / (span[1] - span[0])
    signal = felt + made.drift[0] * x + made.drift[1] * x**2 - made.step * burnt[::4]
    signal = 50.0 * (signal + made.noise * rng.standard_normal(len(x)))
    weight = mass * (1.0 - 0.98 * burnt[::4]) + 1e-4 * mass * rng.standard_normal(len(x))
    return Simulated(seconds[::4], fine[::4] + made.offset, signal, weight)


def _lagged(heat: Array, decay: float) -> Array:
    """First-order low-pass filter of the heat."""
    from scipy.signal import lfilter

    return np.asarray(lfilter([1.0 - decay], [1.0, -decay], heat), dtype=float)


def true_peaks(burns: Sequence[Burn]) -> list[float]:
    """Temperatures [degC] at which the release of heat at 10 K/min has its maxima."""
    fine = np.arange(20.0, 1300.0, 0.05)
    heat = np.gradient(sum((b.share * b.converted(fine, 10.0) for b in burns), np.zeros(len(fine))), fine)
    inside = (heat[1:-1] > heat[:-2]) & (heat[1:-1] >= heat[2:]) & (heat[1:-1] > 0.01 * heat.max())
    return [float(t) for t in fine[1:-1][inside]]


def plain_text(run: Simulated, *, rate: float = 10.0, gas: str = "air", down: bool = False) -> str:
    """A csv table under a header that states gas, rate and direction."""
    sign, word = (-1.0, "down") if down else (1.0, "up")
    head = (
        f"# Sample: carbon\n# Atmosphere: {gas}\n# Heating rate: {rate:g} K/min\n# Exotherm: {word}\n"
        "Time (s),Temperature (degC),DTA (uV),Mass (mg)\n"
    )
    rows = zip(run.time, run.temperature, sign * run.dta, run.mass, strict=True)
    return head + "".join(f"{t:.2f},{x:.3f},{y:.5f},{m:.5f}\n" for t, x, y, m in rows)


def netzsch_text(run: Simulated, *, rate: float = 10.0, gas: str = "Air", down: bool = True) -> str:
    """A Proteus "DATA ALL" export of a DTA-TG; ``#EXO`` says which way exotherms point."""
    sign = -1.0 if down else 1.0
    first, last = run.temperature[0], run.temperature[-1]
    segment = f"{first:.0f}°C/{rate:.1f}(K/min)/{last:.0f}°C"
    head = [
        "#EXPORTTYPE:DATA ALL", "#FILE:carbon.ngb-ss3", "#FORMAT:NETZSCH5", "#FTYPE:ANSI", "#IDENTITY:carbon",
        "#DECIMAL:POINT", "#SEPARATOR:SEMICOLON", "#MTYPE:DTA-TG", "#SAMPLE:carbon",
        f"#SAMPLE MASS /mg:{run.mass[0]:.3f}", f"#PURGE GAS 1:{gas}", "#FLOW RATE 1 /(ml/min):50",
        f"#EXO:{sign:.0f}", f"#RANGE:{segment}", "#SEGMENT:S1/1", f"#SEG. 1:{segment}", "",
        "##Temp./°C;Time/min;DTA/uV;Mass/mg",
    ]  # fmt: skip
    rows = zip(run.temperature, run.time / 60.0, sign * run.dta, run.mass, strict=True)
    return "\n".join(head) + "\n" + "".join(f"{x:.3f};{t:.5f};{y:.5f};{m:.5f}\n" for x, t, y, m in rows)

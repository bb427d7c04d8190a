"""A cell written by hand and simulated: LG M50 of Chen and others, J. Electrochem. Soc. 167 (2020) 080534."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import negatrode as nt


def negative_potential(x: np.ndarray) -> np.ndarray:
    """Graphite with SiOx against lithium, V (their equation 9)."""
    steps = 0.0909 * np.tanh(29.8538 * (x - 0.1234)) + 0.04478 * np.tanh(14.9159 * (x - 0.2769))
    return 1.9793 * np.exp(-39.3631 * x) + 0.2482 - steps - 0.0205 * np.tanh(30.4444 * (x - 0.6103))


def positive_potential(x: np.ndarray) -> np.ndarray:
    """NMC 811 against lithium, V (their equation 8)."""
    steps = 0.0428 * np.tanh(18.5138 * (x - 0.5542)) + 17.7326 * np.tanh(15.789 * (x - 0.3117))
    return -0.809 * x + 4.4875 - steps + 17.5842 * np.tanh(15.9308 * (x - 0.312))


def electrolyte() -> nt.Electrolyte:
    """LiPF6 in EC:EMC 3:7 (Nyman and others, Electrochim. Acta 53 (2008) 6356); tables over sqrt(c)."""

    def conductivity(s: np.ndarray) -> np.ndarray:
        c = s**2 / 1000
        return 0.1297 * c**3 - 2.51 * c**1.5 + 3.329 * c

    def diffusivity(s: np.ndarray) -> np.ndarray:
        c = s**2 / 1000
        return 8.794e-11 * c**2 - 3.972e-10 * c + 4.862e-10

    return nt.Electrolyte(
        name="LiPF6 in EC:EMC",
        initial_concentration=1000.0,
        conductivity=nt.Table.sample(conductivity, 0.0, 65.0),
        diffusivity=nt.Table.sample(diffusivity, 0.0, 65.0),
        transference=nt.Table.constant(0.2594),
    )


def cell() -> nt.Cell:
    """The cell; exchange currents at 1 mol/L: F k c_max sqrt(1000) with their rate constants."""
    graphite = nt.ActiveMaterial(
        "graphite-SiOx",
        33133.0,
        nt.Table.sample(negative_potential, 0.0, 1.0, intervals=2048),
        nt.Table.constant(3.3e-14),
        nt.Table.constant(6.48e-7 * 33133.0 * 1000**0.5),
    )
    nmc = nt.ActiveMaterial(
        "NMC811",
        63104.0,
        nt.Table.sample(positive_potential, 0.0, 1.0, intervals=2048),
        nt.Table.constant(4e-15),
        nt.Table.constant(3.42e-6 * 63104.0 * 1000**0.5),
    )
    negative = nt.Electrode(
        85.2e-6, 0.25, 0.25**1.5, 215.0, (nt.Particle(graphite, 5.86e-6, 0.75, 0.9014, (0.0263, 0.9106)),)
    )
    positive = nt.Electrode(
        75.6e-6, 0.335, 0.335**1.5, 0.18, (nt.Particle(nmc, 5.22e-6, 0.665, 0.27, (0.8539, 0.2638)),)
    )
    separator = nt.Separator(12e-6, 0.47, 0.47**1.5)
    return nt.Cell("LG M50", negative, separator, positive, electrolyte(), 0.1027, 5.0, (2.5, 4.2))


def main() -> None:
    """Rates, a cycle, and a size distribution."""
    m50 = cell()
    for rate in (0.2, 1.0, 2.0, 3.0):
        curve = nt.simulate(m50, f"Discharge at {rate:g}C", soc=1.0)
        print(f"{rate:g}C: {curve.capacity[-1]:.3f} A h, {curve.ended.text}")
    discharge = ["Discharge at 1C until 2.5 V", "Rest for 10 minutes"]
    cycle = [*discharge, "Charge at C/2 until 4.2 V", "Hold at 4.2 V until C/50"]
    curve = nt.simulate(m50, cycle, soc=1.0, estimate_error=True)
    print(f"one cycle: {curve.duration / 3600:.2f} h, lithium kept to {abs(curve.lithium.drift):.0e}")
    if curve.error is not None:
        print(f"numerical error {1e3 * curve.error.rms:.3f} mV rms")
    classes = nt.size_distributed(m50.positive.particles[0], 0.4, 8)
    spread = replace(m50, positive=replace(m50.positive, particles=classes))
    curve = nt.simulate(spread, "Discharge at 1C", soc=1.0)
    print(f"eight size classes: {curve.capacity[-1]:.3f} A h")


if __name__ == "__main__":
    main()

"""Side reactions: populations without a lithium host, whose state is what they have deposited.

A side reaction is a population of its own at the sites of its host: its flux ``j`` counts in every sum of
charge and of lithium as an intercalation flux does, and its one state is the lithium that it has bound, mol
per m2 of the host's area, ``x = base - gain j`` with ``gain = dt / F`` (a mode without decay). Negative
fluxes take lithium from the electrolyte.

FILM: growth limited by the diffusion of solvent through the film (PyBaMM's "solvent-diffusion limited";
S. O'Kane and others, Phys. Chem. Chem. Phys. 24 (2022) 7909),

    j = -e F D c / L,   L = (start + x V / z) / e

with ``e`` the area of the film per area of the host (one, or that of the cracks) and ``start`` the volume
of film at the beginning. PLATING: ``j = -F k c_e exp(-alpha eta / V_T) + F s y exp((1 - alpha) eta / V_T)``
with ``eta = phi_s - phi_e - R_film j_host`` against lithium, ``y = x - start`` what can be stripped;
``start`` is what is dead, which grows by ``gamma y`` a second (kernels/wear.py). FRESH: film on surface that
swelling lays open, a share ``f`` of the lithiating flux of the host: ``j = f min(j_host, 0)``.

All are explicit in the potentials and in the host's flux, so that nothing is left to iterate.
"""

from __future__ import annotations

from math import exp, sqrt

from numba import njit

from negatrode.cell.kernels.lookup import _options

HOST, FILM, PLATING, FRESH = range(4)
# Columns of the numbers of a law. FILM: F D c (A/m), V / z (m3 per mol of lithium), E_a / R (K), reference
# temperature (K), resistivity (ohm m). PLATING: F k (A m/mol), alpha, F s (A/mol), gamma (1/s). FRESH: share.
NUMBERS = 5
KELVIN_PER_VOLT = 11604.518121550082  # F / R
# Beyond e^8 times its exchange current a reaction goes on straight: nothing real is there, and Newton's
# method would lose its way on the exponential.
STEEPEST = 8.0


@njit(**_options)
def tamed(z):
    """``exp(z)`` and its slope, straight beyond STEEPEST."""
    if z <= STEEPEST:
        value = exp(z)
        return value, value
    top = exp(STEEPEST)
    return top * (1.0 + z - STEEPEST), top


@njit(**_options)
def side_flux(law, numbers, start, extent, base, gain, eta, c, thermal_volt, host_flux, host_slope):
    """Flux of a side reaction, and its slopes in ``phi_s - phi_e`` and in the salt concentration."""
    if law == FILM:
        rate = numbers[0]
        if numbers[2] != 0.0:
            rate *= exp(numbers[2] * (1.0 / numbers[3] - 1.0 / (thermal_volt * KELVIN_PER_VOLT)))
        push = extent * extent * rate
        thick = max(start + numbers[1] * base, 1e-30)
        return -2.0 * push / (thick + sqrt(thick * thick + 4.0 * numbers[1] * gain * push)), 0.0, 0.0
    if law == PLATING:
        z = eta / thermal_volt
        grown, plate_slope = tamed(-numbers[1] * z)
        plate, plate_slope = numbers[0] * grown, numbers[0] * plate_slope
        strip = 0.0
        strip_slope = 0.0
        if numbers[2] > 0.0:
            grown, strip_slope = tamed((1.0 - numbers[1]) * z)
            strip, strip_slope = numbers[2] * grown, numbers[2] * strip_slope
        whole = 1.0 + strip * gain
        there = max(base - start, 0.0)
        flux = (strip * there - plate * c) / whole
        left = there - gain * flux
        slope = strip_slope * left * (1.0 - numbers[1]) + plate_slope * c * numbers[1]
        slope /= thermal_volt * whole
        return flux, slope, -plate / whole
    if host_flux < 0.0:
        return numbers[0] * host_flux, numbers[0] * host_slope, 0.0
    return 0.0, 0.0, 0.0

"""Hydrogen left in the carbon: one distribution of activation energies, fitted to H/C against temperature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.material.prior import prior
from negatrode.process.carbonisation.daem import energies_between, exposure, gaussian, remaining
from negatrode.process.carbonisation.equivalence import reference_run

Array = NDArray[np.float64]


def hydrogen_to_carbon(seconds: Array, kelvin: Array) -> Array:
    """H/C (atomic) at each time, shape (times,): (H/C)_0 times what is left of the hydrogen channel.

    f(E): Gaussian of mean ``carb.H_mean`` and sd ``carb.H_sd``, cut below ``carb.H_least``; k0 ``carb.k0``.
    Fitted to the H/C of 351 hard carbons at 600 to 1400 degC (rms 0.04 in ln). What differs between
    precursors (``hc.H_between``) is not in it.
    """
    least, mean, sd = (prior(f"carb.H_{k}").value for k in ("least", "mean", "sd"))
    energies = energies_between(least, mean + 5.5 * sd)
    left = remaining(
        gaussian(energies, mean, sd), exposure(seconds, kelvin, energies, prior("carb.k0").value)
    )
    return prior("carb.H_start").value * left


def of_reference_run(celsius: float) -> float:
    """H/C after 5 K/min and 1 h at a temperature (degC)."""
    run = reference_run(celsius)
    times = run.grid()
    return float(hydrogen_to_carbon(times, run.kelvin_at(times))[-1])

"""A powder of the same beads that was measured: it takes the place of what differs between precursors.

The level of d002, Lc, area and H/C differs between precursors by as much as hundreds of degrees of firing do.
A powder fired from the same beads at a known temperature, measured, fixes the level; the slope by temperature
stays that within papers, with the scatter of single points about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws, prior
from negatrode.process.carbonisation.hydrogen import of_reference_run

Array = NDArray[np.float64]
KNOWN = ("d002", "lc002", "specific_surface_area", "hydrogen_to_carbon")


@dataclass(frozen=True)
class Reference:
    """``celsius``: final temperature of the reference powder (5 K/min and 1 h, or equivalent);
    ``values``: (value, standard uncertainty) by property of :data:`KNOWN`, in the catalogue's units.
    """

    celsius: float
    values: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    where: str = ""


def conditioned(draws: Draws, reference: Reference) -> Draws:
    """The draws with the levels that the reference powder shows; everything else as it was.

    A level is ``measured - slope (T_ref - 1200)``, with the standard uncertainty of the measurement and the
    scatter within papers twice (the reference's own, and that of the powder to be made).
    """
    known: dict[str, Array] = {}
    away = reference.celsius - 1200.0
    for name, (value, u) in reference.values.items():
        if name not in KNOWN:
            raise InputError(f"'{name}'", where=reference.where, rule=f"one of {', '.join(KNOWN)}")
        if not value > 0.0 or not u >= 0.0:
            raise InputError(
                f"{name} of {value:g} +- {u:g}", where=reference.where, rule="above zero, with an uncertainty"
            )
        if name == "d002":
            spread = np.hypot(u, np.sqrt(2.0) * prior("ref.d002_within").value)
            level = value + spread * draws["ref.d002"] - draws.value("hc.d002_slope") * away
            known["hc.d002_1200"] = prior("hc.d002_1200").z_of(level)
        elif name == "lc002":
            spread = np.hypot(u, np.sqrt(2.0) * prior("ref.lc002_within").value)
            level = value + spread * draws["ref.lc002"] - draws.value("hc.Lc_slope") * away
            known["hc.Lc_1200"] = prior("hc.Lc_1200").z_of(level)
        elif name == "specific_surface_area":
            spread = np.hypot(u / value / np.log(10.0), np.sqrt(2.0) * prior("ref.log10S_within").value)
            level = np.log10(value) + spread * draws["ref.area"] - draws.value("hc.log10S_slope") * away
            known["carb.log10S_spheres"] = prior("carb.log10S_spheres").z_of(level)
        else:
            spread = np.hypot(u / value, np.sqrt(2.0) * prior("ref.ln_H_within").value)
            ratio = value / of_reference_run(reference.celsius) * np.exp(spread * draws["ref.hydrogen"])
            known["hc.H_between"] = prior("hc.H_between").z_of(ratio)
    used = {k: z for k, z in draws.items() if k.startswith("ref.")}
    return Draws(draws.n, draws.seed, {**used, **known})

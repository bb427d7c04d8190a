"""Coverage of d002 and Lc: carbons of 0.355 to 0.40 nm, with and without a silicon standard.

The truth of a convention (house, lp-centroid ...) is its definition applied, by fine quadrature and
written anew here, to the noise-free band alone (no background) at the true angles, with feet that scatter
by 0.6 deg as people choose them; the truth of `fit` and `lp-f2` is the model's own d002 and Lc.
"""

from __future__ import annotations

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers import xrdml
from negatrode.techniques.diffraction.simulate import Carbon, ideal_pattern, simulate_pattern, xrdml_text
from negatrode.techniques.diffraction.technique import TECHNIQUE
from negatrode.techniques.technique import estimate

LAMBDA = (2 * 0.1540598 + 0.1544426) / 3.0
RECIPES = {
    "d002": ("house", "lp-centroid", "lp-f2", "peak-top", "fit"),
    "lc002": ("house", "integral-breadth", "fit"),
}


def definition(carbon: Carbon, feet: tuple[float, float], recipe: str) -> dict[str, float]:
    """d and L that the words of a recipe give on the noise-free pattern."""
    x = np.linspace(feet[0], feet[1], 20_001)
    y = ideal_pattern(x, carbon)
    net = y - (y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0]))
    if recipe == "lp-centroid":
        t = np.deg2rad(x / 2.0)
        net = net / ((1.0 + np.cos(2 * t) ** 2) / np.sin(t) ** 2 / np.cos(t))
    high = net >= 0.5 * net.max()
    place = float(x[net.argmax()])
    where = {
        "house": np.sum(net * x) / np.sum(net),
        "lp-centroid": np.sum((net * x)[high]) / np.sum(net[high]),
        "peak-top": place,
        "integral-breadth": np.nan,
    }[recipe]
    width = np.ptp(x[high]) if recipe != "integral-breadth" else np.trapezoid(net, x) / net.max()
    size = 0.9 * carbon.wavelength / (np.deg2rad(width) * np.cos(np.deg2rad(place / 2.0)))
    return {"d002": float(carbon.wavelength / 2.0 / np.sin(np.deg2rad(where / 2.0))), "lc002": float(size)}


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """One scan through XRDML text, the reader and every recipe."""
    nominal = Carbon(
        d002=rng.uniform(0.355, 0.400),
        lc=rng.uniform(0.9, 3.5),
        peak=10.0 ** rng.uniform(2.5, 4.5),
        eta=rng.uniform(0.1, 0.9),
        wavelength=LAMBDA,
        shift=rng.normal(0.0, 0.1),
    )
    background = nominal.peak * rng.uniform(0.1, 0.6)
    silicon = nominal.peak * rng.uniform(1.0, 4.0) if rng.random() < 0.4 else 0.0
    # the preparation measured differs from the powder's mean by the repeat that the budget states
    carbon = Carbon(
        **{
            **nominal.__dict__,
            "flat": 0.5 * background,
            "rise": background,
            "silicon": silicon,
            "lc": nominal.lc * np.exp(rng.normal(0.0, 0.05)),
            "line_width": float(np.clip(rng.normal(0.12, 0.05), 0.03, 0.3)),
        }
    )
    angles, counts = simulate_pattern(carbon, rng, step=float(rng.choice([0.02, 0.04, 0.08])))
    recording = xrdml.read(Blob("scan.xrdml", xrdml_text(angles, counts).encode()))
    settings = Settings("xrd", TECHNIQUE.keys, {} if silicon else {"standard": "none"})
    evaluation = TECHNIQUE.evaluate([recording], settings)
    pure = Carbon(**{**carbon.__dict__, "shift": 0.0, "silicon": 0.0, "flat": 0.0, "rise": 0.0})
    feet = tuple(2.0 * np.degrees(np.arcsin(LAMBDA / 2.0 / d)) + rng.normal(0.0, 0.6) for d in (0.553, 0.280))
    found = {}
    for prop, recipes in RECIPES.items():
        for recipe in recipes:
            if recipe in ("fit", "lp-f2"):
                truth = nominal.d002 if prop == "d002" else nominal.lc
            elif prop == "d002":
                truth = definition(pure, feet, recipe)["d002"]
            else:
                mean = Carbon(**{**pure.__dict__, "lc": nominal.lc})
                truth = definition(mean, feet, recipe)["lc002"]
            got = estimate(
                TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings, recipe=recipe
            )
            found[f"{prop}/{recipe}"] = (truth, got)
    return found

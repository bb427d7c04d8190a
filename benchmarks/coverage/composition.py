"""Coverage of the 95 % intervals of H/C and nitrogen: simulate, write, read, measure."""

from __future__ import annotations

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers.delimited import read
from negatrode.techniques.composition.simulate import TrueComposition, analyser_csv, simulate_analyses
from negatrode.techniques.composition.technique import TECHNIQUE
from negatrode.techniques.technique import estimate


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """A carbon of H/C 0.02-0.3 with 1-4 wt% N and up to 3 wt% water, 2 or 3 analyses of it."""
    truth = TrueComposition(rng.uniform(88.0, 94.0), rng.uniform(0.5, 2.3), rng.uniform(1.0, 4.0))
    wet = TrueComposition(truth.carbon, truth.hydrogen, truth.nitrogen, rng.uniform(0.5, 3.0))
    found: dict[str, tuple[float, Estimate]] = {}
    n = int(rng.integers(2, 4))
    spread = tuple(rng.uniform(0.2, 1.0) * u for u in (0.3, 0.1, 0.1))
    for recipe, sample in (("as-analysed", truth), ("dry", wet)):
        analyses = simulate_analyses(
            sample,
            n,
            rng,
            calibration=(0.3, 0.1, 0.1),
            repeatability=(spread[0], spread[1], spread[2]),
        )
        recording = read(Blob("simulated.csv", analyser_csv(np.maximum(analyses, 0.0)).encode("ascii")))
        stated = sample.moisture + rng.normal(0.0, 0.1)
        given = {"moisture": f"{stated:.5f} wt%"} if recipe == "dry" else {}
        settings = Settings(TECHNIQUE.section, TECHNIQUE.keys, given)
        evaluation = TECHNIQUE.evaluate([recording], settings)
        for prop, true in (("hydrogen_to_carbon", sample.atomic_ratio()), ("nitrogen", sample.nitrogen)):
            measured = estimate(
                TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings, recipe=recipe
            )
            found[f"{prop}/{recipe}"] = (true, measured)
    return found

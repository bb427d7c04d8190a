"""Coverage of the 95 % intervals of bulk specific gravity: simulate, write, read, measure."""

from __future__ import annotations

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers.delimited import read
from negatrode.techniques.bulk.simulate import fillings_csv, simulate_fillings
from negatrode.techniques.bulk.technique import TECHNIQUE
from negatrode.techniques.technique import estimate


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """A powder of 0.3-1.0 g/cm3, one to three fillings poured and tapped in one 25 mL cylinder."""
    poured = rng.uniform(0.3, 1.0)
    truth = {"poured": poured, "tapped": poured * rng.uniform(1.05, 1.3)}
    graduation = 0.005 * rng.standard_normal()
    n = int(rng.integers(1, 4))
    fillings = {
        method: simulate_fillings(density, n, rng, graduation=graduation, packing=0.01)
        for method, density in truth.items()
    }
    text = fillings_csv(fillings["poured"], fillings["tapped"])
    recording = read(Blob("simulated.csv", text.encode("ascii")))
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    prop = "bulk_specific_gravity"
    return {
        f"{prop}/{method}": (
            true,
            estimate(TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings, recipe=method),
        )
        for method, true in truth.items()
    }

"""Coverage of the 95 % intervals of the silicon compound by ash: simulate, write, read, measure."""

from __future__ import annotations

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers.delimited import read
from negatrode.techniques.silicon.simulate import ash_csv, simulate_ashes
from negatrode.techniques.silicon.technique import TECHNIQUE
from negatrode.techniques.technique import estimate


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """A powder of 0.5-10 wt% SiO2, 2 or 3 burns, judged as silica and as siloxane."""
    silica = rng.uniform(0.5, 10.0)
    n = int(rng.integers(2, 4))
    weighings = simulate_ashes(
        silica, n, rng, bias=0.05 * rng.standard_normal(), repeatability=0.05 * rng.uniform(0.2, 1.0)
    )
    recording = read(Blob("simulated.csv", ash_csv(weighings).encode("ascii")))
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys, {"basis": "SiO2", "ash_other": "0 wt%"})
    evaluation = TECHNIQUE.evaluate([recording], settings)
    prop = "silicon_compound"
    found = {}
    # 60.0843 g of silica hold 28.0855 g of silicon
    for recipe, true in (("declared-basis", silica), ("as-si", silica * 28.0855 / 60.0843)):
        measured = estimate(
            TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings, recipe=recipe
        )
        found[f"{prop}/{recipe}"] = (true, measured)
    return found

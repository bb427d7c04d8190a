"""Coverage of the 95 % interval of the specific surface area: simulate, write, read, measure."""

from __future__ import annotations

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.sorption.simulate import InstrumentErrors, Powder, belsorp_csv, simulate_isotherm
from negatrode.techniques.sorption.technique import AREA, TECHNIQUE
from negatrode.techniques.technique import estimate


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """One powder of 1-200 m2/g, C 40-300, 5 to infinitely many layers, through one BELSORP export."""
    mass = float(rng.uniform(0.1, 1.0))
    powder = Powder(
        external_area=float(np.exp(rng.uniform(np.log(1.0), np.log(200.0)))),
        c=float(np.exp(rng.uniform(np.log(40.0), np.log(300.0)))),
        layers=float(rng.choice([5.0, 6.0, 8.0, np.inf])),
    )
    errors = InstrumentErrors(
        portion=0.02 * rng.standard_normal(),
        volume=0.01 * rng.standard_normal(),
        mass=1.5e-4 * rng.standard_normal(),
        saturation=0.003 * rng.standard_normal(),
        free_space=0.001 * rng.standard_normal(),
        noise=0.003,
    )
    low = np.geomspace(1e-3, 0.03, 6)
    pressures = np.concatenate([low, np.linspace(0.05, 0.35, int(rng.integers(7, 16))), [0.5, 0.7, 0.9]])
    measured = simulate_isotherm(powder, pressures, rng, mass=mass, errors=errors)
    recording = read_blob(Blob("simulated.csv", belsorp_csv(measured).encode("ascii")))
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    found = estimate(TECHNIQUE, evaluation, AREA, recordings=[recording], settings=settings)
    return {AREA: (powder.area, found)}

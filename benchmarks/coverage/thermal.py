"""Coverage of the 95 % interval of the exothermic peak: simulate, write, read, measure."""

from __future__ import annotations

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.technique import estimate
from negatrode.techniques.thermal.simulate import (
    Burn,
    Instrument,
    netzsch_text,
    plain_text,
    simulate_dta,
    true_peaks,
)
from negatrode.techniques.thermal.technique import PROPERTY, TECHNIQUE


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """A burn-off at 480-720 degC, sometimes an earlier peak, at 5, 10 or 20 K/min, in two formats."""
    energy = float(rng.normal(150.0, 15.0))
    last = Burn(float(rng.uniform(480.0, 720.0)), energy, 1.0, float(rng.choice([1.0, 2.0 / 3.0])))
    burns = [last]
    if rng.random() < 0.3:
        early = Burn(last.peak - float(rng.uniform(180.0, 230.0)), energy, float(rng.uniform(0.2, 0.5)))
        burns = [early, last]
    nominal = float(rng.choice([5.0, 10.0, 20.0]))
    rate = nominal * (1.0 + 0.01 * float(np.clip(rng.standard_normal(), -3.0, 3.0)))
    instrument = Instrument(
        offset=3.0 * float(rng.standard_normal()),
        lag=float(rng.uniform(0.5, 3.0)),
        noise=float(rng.uniform(0.001, 0.02)),
        drift=(float(rng.uniform(-0.15, 0.15)), float(rng.uniform(-0.1, 0.1))),
        step=float(rng.uniform(0.0, 0.08)),
    )
    run = simulate_dta(burns, rng, rate=rate, instrument=instrument)
    down = bool(rng.random() < 0.5)
    write = netzsch_text if rng.random() < 0.5 else plain_text
    data = write(run, rate=nominal, gas="air", down=down).encode("utf-8")
    recording = read_blob(Blob("simulated.txt", data))
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    found = estimate(TECHNIQUE, evaluation, PROPERTY, recordings=[recording], settings=settings)
    return {f"{PROPERTY}/burn-off": (true_peaks(burns)[-1], found)}

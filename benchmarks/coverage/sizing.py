"""Coverage of the 95 % intervals of the sizes: simulate, write, read, measure."""

from __future__ import annotations

import math

import numpy as np

from negatrode.core.catalogue import lookup
from negatrode.core.derive import derive
from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.sizing.simulate import (
    MASTERSIZER_BOUNDS,
    Mode,
    SizingErrors,
    mastersizer_csv,
    simulate_histogram,
    true_mean,
    true_quantile,
)
from negatrode.techniques.sizing.technique import TECHNIQUE
from negatrode.techniques.technique import estimate


def _errors(modes: list[Mode], rng: np.random.Generator) -> tuple[SizingErrors, float]:
    """What stays the same from run to run, and the standard deviation of the scale between runs."""
    middle, d10, d90 = (true_quantile(modes, share) for share in (0.5, 0.1, 0.9))
    doubled = 2.0 if middle < 10.0 else 1.0
    scale = rng.uniform(-0.03, 0.03) * doubled
    ends = doubled * math.sqrt((0.05**2 - 0.03**2) / 3.0) * rng.standard_normal()
    stretch = ends / (0.5 * math.log(d90 / d10))
    repeat = rng.uniform(0.0, 0.03) * doubled
    return SizingErrors(scale, stretch, 0.5 * rng.standard_normal(), 0.02), repeat


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """One or two log-normal modes around 2-30 um, GSD 1.2-1.75, one run or three, one Mastersizer export."""
    modes = [Mode(float(np.exp(rng.uniform(math.log(2.0), math.log(30.0)))), float(rng.uniform(0.18, 0.56)))]
    if rng.random() < 0.3:
        modes.append(Mode(modes[0].median * rng.uniform(1.5, 3.0), modes[0].sigma, rng.uniform(0.1, 0.6)))
    common, repeat = _errors(modes, rng)
    runs = []
    for _ in range(int(rng.choice([1, 3]))):
        scale = (1.0 + common.scale) * (1.0 + repeat * rng.standard_normal()) - 1.0
        errors = SizingErrors(scale, common.stretch, common.fines, common.noise)
        runs.append(simulate_histogram(modes, rng, errors=errors))
    text = mastersizer_csv(MASTERSIZER_BOUNDS, np.array(runs))
    recording = read_blob(Blob("simulated.csv", text.encode("ascii")))
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys)
    evaluation = TECHNIQUE.evaluate([recording], settings)

    def measured(prop: str, recipe: str | None = None) -> Estimate:
        return estimate(TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings, recipe=recipe)

    d4, d1 = measured("d4"), measured("d1")
    ratio = derive(lookup("d4_to_d1"), {"d4": d4, "d1": d1})
    if ratio is None:
        raise RuntimeError("the ratio D4/D1 was not derived")
    d43, d10, d21 = (true_mean(modes, p, q) for p, q in ((4, 3), (1, 0), (2, 1)))
    return {
        "dv50": (true_quantile(modes, 0.5), measured("dv50")),
        "d4": (d43, d4),
        "d1/number-length": (d10, d1),
        "d1/length-moment": (d21, measured("d1", "length-moment")),
        "d4_to_d1": (d43 / d10, ratio),
    }

"""Coverage of the 95 % intervals of H/C, nitrogen, oxygen and F + S + P: simulate, write, read, measure."""

from __future__ import annotations

import math

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers.delimited import read
from negatrode.techniques.composition.simulate import (
    TrueComposition,
    analyser_csv,
    fusion_csv,
    simulate_analyses,
    simulate_fusion,
    simulate_minor,
)
from negatrode.techniques.composition.technique import TECHNIQUE
from negatrode.techniques.technique import estimate


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """A carbon by combustion, an alloy powder by inert-gas fusion and by ICP."""
    return {**_carbon(rng), **_gases(rng), **_minor(rng)}


def _carbon(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
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


def _gases(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """O and N of 0.05 to 8 wt%, 2 to 5 fusions and 3 to 6 blanks; errors as the field states them."""
    true = np.exp(rng.uniform(np.log([0.2, 0.05]), np.log([8.0, 4.0])))
    oxygen, nitrogen = float(true[0]), float(true[1])
    spread = rng.uniform(0.2, 1.0) * 0.01
    run = simulate_fusion(
        (oxygen, nitrogen),
        int(rng.integers(2, 6)),
        rng,
        calibration=(_of_fusion(oxygen), _of_fusion(nitrogen)),
        repeatability=(spread * oxygen, spread * nitrogen),
        crucible=(0.002, 0.0004),
        crucible_spread=0.1,
        blanks=int(rng.integers(3, 7)),
    )
    recording = read(Blob("fusion.csv", fusion_csv(run).encode("ascii")))
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys, {"blank_rows": "subtract"})
    evaluation = TECHNIQUE.evaluate([recording], settings)
    return {
        f"{prop}/fusion": (
            value,
            estimate(TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings),
        )
        for prop, value in (("oxygen", oxygen), ("nitrogen", nitrogen))
    }


def _of_fusion(content: float) -> float:
    """Standard deviation in wt%: max(0.01, 3 %) up to 1 wt%, 5 to 8 % above."""
    if content <= 1.0:
        return max(0.01, 0.03 * content)
    return content * (0.05 + 0.03 * min(math.log10(content), 1.0))


def _minor(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """F and S of 0.1 to 3 wt%, P somewhere below a limit of 0.2 wt% or above it."""
    limit = 0.2
    true = (rng.uniform(0.3, 3.0), rng.uniform(0.3, 2.0), rng.uniform(0.0, limit))
    text = simulate_minor(
        true,
        int(rng.integers(2, 5)),
        rng,
        calibration=(max(0.01, 0.05 * true[0]), max(0.01, 0.05 * true[1]), 0.0),
        repeatability=rng.uniform(0.002, 0.02),
        limit=limit,
    )
    recording = read(Blob("minor.csv", text.encode("ascii")))
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys, {})
    evaluation = TECHNIQUE.evaluate([recording], settings)
    prop = "fluorine_sulfur_phosphorus"
    found = estimate(TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings)
    return {f"{prop}/as-analysed": (sum(true), found)}

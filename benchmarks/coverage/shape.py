"""Coverage of the 95 % interval of the mean sphericity: render, write as PNG, read, segment, measure."""

from __future__ import annotations

from functools import cache

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers import picture
from negatrode.techniques.shape.simulate import Population, Scene, png_bytes, simulate_micrograph, true_mean
from negatrode.techniques.shape.technique import TECHNIQUE
from negatrode.techniques.technique import estimate

ROUGHNESS = (0.02, 0.04, 0.06, 0.08)


@cache
def _truth(population: Population) -> float:
    return true_mean(population)


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """About 45 particles of 33-50 px, smooth to lumpy, some in touching pairs, bright or dark."""
    # sizes scatter independently of shape, so the mean sphericity does not depend on the radius
    population = Population(radius=20.0, roughness=float(rng.choice(ROUGHNESS)))
    scene = Scene(
        particles=60,
        pairs=int(rng.integers(0, 5)),
        ground=float(rng.uniform(40.0, 60.0)),
        contrast=float(rng.uniform(80.0, 130.0)),
        gradient=float(rng.uniform(0.0, 25.0)),
        rim=float(rng.uniform(0.0, 35.0)),
        blur=float(rng.uniform(0.7, 1.5)),
        noise=float(rng.uniform(3.0, 12.0)),
    )
    if rng.random() < 0.25:
        scene = Scene(
            particles=60, ground=200.0, contrast=scene.contrast, gradient=scene.gradient, rim=0.0,
            blur=scene.blur, noise=scene.noise, dark=True, pairs=scene.pairs,
        )  # fmt: skip
    drawn = simulate_micrograph(rng, population=population, scene=scene)
    recording = picture.read(Blob("simulated.png", png_bytes(drawn.values)))
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    found = estimate(TECHNIQUE, evaluation, "sphericity", recordings=[recording], settings=settings)
    return {"sphericity/l-ratio": (_truth(population), found)}

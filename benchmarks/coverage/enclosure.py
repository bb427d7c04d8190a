"""Coverage of the contact fraction in 2-D and 3-D, and of the volume fraction, from noisy labels.

The truth is that of the population that the particles are drawn from, not of the few in the frame.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from negatrode.core.estimate import Estimate, Outcome
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers import voxel_tiff
from negatrode.techniques.enclosure import enclosure
from negatrode.techniques.phases.simulate import Particle, drawn, simulate_section
from negatrode.techniques.technique import estimate
from negatrode.techniques.tomography.simulate import noisy_labels, simulate_tomogram, tiff_bytes
from negatrode.techniques.tomography.technique import TECHNIQUE

RADIUS, SHELL = 13.0, 4.0


def _volume_truth(covered: float) -> float:
    """Expected volume of A over that of the material, for outer radii uniform on 0.8 to 1 of RADIUS."""
    outer = RADIUS * np.linspace(0.8, 1.0, 2001)
    core = outer - SHELL
    a = float(np.mean(core**3))
    return a / (a + covered * float(np.mean(outer**3 - core**3)))


def _shifted(particle: Particle, shift: float) -> Particle:
    """A particle whose cover a segmentation lets end ``shift`` px farther at both ends."""
    moved = []
    for domain in particle.domains:
        angle = shift / domain.outline.radius
        share = float(np.clip(domain.covered + angle / np.pi, 0.0, 1.0))
        moved.append(replace(domain, covered=share, start=domain.start - angle))
    return replace(particle, domains=tuple(moved))


def section(rng: np.random.Generator) -> tuple[float, Estimate]:
    """9 to 16 half-covered particles in a section, 1 % of the pixels mislabelled, ends of cover shifted."""
    covered = float(rng.uniform(0.3, 0.7))
    made = simulate_section(
        rng,
        "half-covered",
        shape=(190, 190),
        particles=int(rng.integers(9, 17)),
        radius=20.0,
        shell=5.0,
        covered=covered,
    )
    shift = float(rng.uniform(-0.5, 0.5))
    seen = drawn([_shifted(p, shift) for p in made.particles], made.labels.shape)
    labels = noisy_labels(rng, seen.labels, 0.01)
    found = enclosure(labels, seed=int(rng.integers(2**31)), key="section")
    outcome = Outcome(found.fraction, found.components)
    return covered, Estimate("a_surrounded_by_b", "1", outcome, recipe="section")


def stack(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """8 half-covered spheres, 1 % of the voxels mislabelled, borders shifted as the budget says."""
    covered = float(rng.uniform(0.4, 0.6))
    made = simulate_tomogram(
        rng,
        "half-covered",
        size=64,
        particles=8,
        radius=RADIUS,
        shell=SHELL,
        covered=covered,
        border_shift=(float(rng.uniform(-0.25, 0.25)), float(rng.uniform(-0.25, 0.25))),
        contact_shift=float(rng.uniform(-0.5, 0.5)),
    )
    labels = noisy_labels(rng, made.labels, 0.01).astype(np.uint8)
    recording = voxel_tiff.read(Blob("simulated.tif", tiff_bytes(labels, voxel_size_um=0.05)))
    given = {"label_a": 1, "label_b": 2, "label_outside": 0}
    settings = Settings(TECHNIQUE.section, TECHNIQUE.keys, given)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    truths = {"area_fraction_a": _volume_truth(covered), "a_surrounded_by_b": covered}
    return {
        f"{prop}/3-D": (
            truth,
            estimate(TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings),
        )
        for prop, truth in truths.items()
    }


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """One section and one stack."""
    return {"a_surrounded_by_b/2-D": section(rng), **stack(rng)}

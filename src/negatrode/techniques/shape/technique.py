"""TECHNIQUE "images": sphericity of particles in micrographs or of traced outlines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Finding, Outcome, Recipe
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.shape.figure import ShapeFigure
from negatrode.techniques.shape.particles import Particles, particles_of
from negatrode.techniques.shape.uncertainty import components
from negatrode.techniques.technique import Evaluation, Technique

_LIMIT = "Wadell 1935 in projection: sqrt(4 pi A)/P"

RECIPES = (
    Recipe(
        "sphericity",
        "l-ratio",
        "1",
        "Circumference of the circle of equal area over the sub-pixel (or traced) perimeter",
        "definition",
        _LIMIT,
        default=True,
    ),
    Recipe(
        "sphericity",
        "l-ratio-crofton",
        "1",
        "The same with the perimeter by Crofton's formula in four directions on the pixels",
        "definition",
        _LIMIT,
    ),
    Recipe(
        "sphericity", "circularity", "1", "4 pi A/P^2, the square of the ratio", "convention", "ISO 9276-6"
    ),
    Recipe("sphericity", "pixel-4", "1", "The ratio with the perimeter of 4-connected pixels", "convention"),
    Recipe("sphericity", "pixel-8", "1", "The ratio with the perimeter of 8-connected pixels", "convention"),
)

KEYS = (
    Key("picture", "", "which picture of an outlines file; all where absent", example="powder-01.png"),
    Key("particles", "", "whether particles are brighter or darker than the ground", ("bright", "dark")),
    Key("crop_bottom", "count", "rows of the information bar at the bottom", example="64"),
    Key("minimum_diameter", "count", "pixels across below which a particle is left out", example="20"),
)

FEW = 30
_BIASED = "biased by the pixel grid: the length of a staircase does not converge to that of the outline"


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """All recipes on the whole particles of all pictures, pooled.

    Raises Refusal where a picture is blank, too small or noise alone, or where no two particles are whole.
    """
    if not recordings:
        raise Refusal("no picture is given")
    pictures = [
        p
        for recording in recordings
        for p in particles_of(recording, settings.with_stated(recording.settings))
    ]
    counts = _counts(pictures)
    if counts["whole"] < 2:
        raise Refusal(
            f"{counts['whole']} whole particles ({_spelled(counts)})",
            where=pictures[0].path,
            rule="a mean needs two or more",
            remedy="Give a picture with more particles that are whole and apart from each other, larger "
            "ones or a lower minimum_diameter",
        )
    outcomes: dict[str, Outcome | NegatrodeError] = {r.name: _outcome(pictures, r.name) for r in RECIPES}
    return Evaluation(
        {"sphericity": outcomes}, {"sphericity": _findings(pictures, counts)}, figure_of(pictures[0])
    )


def _outcome(pictures: Sequence[Particles], recipe: str) -> Outcome | Refusal:
    values = np.concatenate([p.values[recipe] for p in pictures])
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return Refusal(f"{len(values)} particles have a perimeter by recipe '{recipe}'")
    mean = float(np.mean(values))
    biased = recipe.startswith("pixel-")
    return Outcome(
        mean, components(pictures, recipe, values), admissible=not biased, why_not=_BIASED if biased else ""
    )


def _counts(pictures: Sequence[Particles]) -> dict[str, int]:
    names = ("whole", "edge", "clump", "small")
    return {name: sum(p.counts.get(name, 0) for p in pictures) for name in names}


def _spelled(counts: dict[str, int]) -> str:
    edge, clump, small = counts["edge"], counts["clump"], counts["small"]
    return f"{edge} cut by the frame, {clump} in clumps or hidden, {small} too small"


def _findings(pictures: Sequence[Particles], counts: dict[str, int]) -> tuple[Finding, ...]:
    of = f" of {len(pictures)} pictures" if len(pictures) > 1 else ""
    text = f"{counts['whole']} whole particles{of}; left out: {_spelled(counts)}"
    found = [Finding("particles", text)]
    if counts["whole"] < FEW:
        text = f"{counts['whole']} particles; {FEW} or more are wanted for a mean"
        found.append(Finding("few-particles", text, warning=True))
    if counts["clump"] > counts["whole"]:
        text = (
            f"{counts['clump']} particles in clumps against {counts['whole']} measured: disperse the powder"
        )
        found.append(Finding("clumps", text, warning=True))
    return (*found, *dict.fromkeys(f for p in pictures for f in p.findings))


def figure_of(p: Particles) -> ShapeFigure:
    """The arrays that the report draws of one picture."""
    return ShapeFigure(p.path, p.picture, p.outlines, p.excluded, p.values["l-ratio"], p.diameter, p.counts)


TECHNIQUE = Technique("shape", "images", "Particle images", ("image", "outlines"), RECIPES, KEYS, evaluate)

"""What a route leads to: predicted properties, facts, and what the maker should know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from negatrode.material.predicted import Predicted
from negatrode.material.prior import Draws, prior, weakest


def told(
    name: str,
    title: str,
    unit: str,
    values: NDArray[np.float64],
    how: str,
    keys: str = "",
    word: str = "usable",
) -> Predicted:
    """A quantity of a stage as a prediction; ``keys``: the priors behind it, a blank between two."""
    return Predicted(name, title, unit, np.asarray(values, dtype=np.float64), word, how, tuple(keys.split()))


@dataclass(frozen=True)
class MadeFact:
    """A fact that the route shows: its name in the claim sets, its value, and how the route shows it."""

    name: str
    value: bool | str | tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class Note:
    """Something the maker should know; ``warning`` where it may spoil the powder or the prediction."""

    code: str
    text: str
    warning: bool = False


# A number that explains less than this share of a prediction's variance does not set its word.
_MATTERS = 0.05


def as_sure_as_its_numbers(p: Predicted, draws: Draws) -> Predicted:
    """The prediction with the weakest word among its own and those of the numbers that it hangs on.

    A number counts where it explains more than a twentieth of the variance (squared correlation over the
    draws, above what chance gives: 10 / n).
    """
    spread = float(p.values.std())
    if spread == 0.0:
        return p
    scaled = (p.values - p.values.mean()) / spread
    words = [p.confidence]
    for key, z in draws.items():
        width = float(z.std())
        r = float(np.mean(scaled * (z - z.mean()))) / width if width > 0.0 else 0.0
        if r * r > max(_MATTERS, 10.0 / draws.n):
            words.append(prior(key).confidence)
    return replace(p, confidence=weakest(words))


def taken_note(taken: Sequence[str]) -> tuple[Note, ...]:
    """A note on what a route does not state and was taken; none where it states all."""
    if not taken:
        return ()
    return (Note("taken", f"Not stated by the route, taken: {'; '.join(taken)}."),)


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of the route: what it was set to, and what it is predicted to give."""

    title: str
    settings: str
    rows: tuple[Predicted, ...]


@dataclass(frozen=True, eq=False)
class Made:
    """The powder that a route leads to.

    Attributes
    ----------
    predictions:
        By property of the catalogue, all over the same draws.
    alternatives:
        The same property under another reading of it (D[2,1] for D1), by property and recipe.
    spans:
        Lowest and highest value of a property over the programme, by property, each over the draws.
    facts, notes:
        What the route shows; what the maker should know.
    design:
        Keys of design that the route sets, by section of a SAMPLE.toml, as they are written there.
    stages:
        What each stage of the route gives, in order.
    unpredicted:
        Why a property has no prediction.
    draws:
        The draws of every number that a link took.
    """

    name: str
    material: str
    predictions: Mapping[str, Predicted]
    draws: Draws
    alternatives: Mapping[str, Mapping[str, Predicted]] = field(default_factory=dict)
    spans: Mapping[str, tuple[Predicted, Predicted]] = field(default_factory=dict)
    facts: tuple[MadeFact, ...] = ()
    notes: tuple[Note, ...] = ()
    design: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    unpredicted: Mapping[str, str] = field(default_factory=dict)

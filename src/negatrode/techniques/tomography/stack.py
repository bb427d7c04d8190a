"""The stack of a recording, and labels that a file already holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.core.recording import Plane, Recording
from negatrode.core.settings import Settings
from negatrode.techniques.phases.model import OTHER, OUTSIDE, PHASE_A, PHASE_B

Labels = NDArray[np.int8]

_SMALLEST = 8  # voxels a side below which there is nothing to measure
_LARGEST = 65_535  # of a 16-bit stack
_MEANINGS = (("label_a", PHASE_A, "1"), ("label_b", PHASE_B, "2"), ("label_outside", OUTSIDE, "0"))


def plane_of(recording: Recording) -> Plane:
    """The one stack of a recording; Refusal where there is none, several, or one too thin."""
    stacks = [p for p in recording.planes if p.values.ndim == 3]
    where = recording.source.path
    if len(stacks) != 1:
        raise Refusal(f"{len(stacks)} stacks of voxels", where=where, rule="one is measured at a time")
    if min(stacks[0].values.shape) < _SMALLEST:
        raise Refusal(
            f"a stack of {' x '.join(str(n) for n in stacks[0].values.shape)} voxels",
            where=where,
            rule=f"surfaces in three dimensions need at least {_SMALLEST} voxels a side",
            remedy="Measure a thin stack as a picture",
        )
    if stacks[0].quantity not in ("grey", "labels"):
        raise Refusal(
            f"a stack of {stacks[0].quantity}", where=where, rule="grey values or labels are understood"
        )
    return stacks[0]


def labels_of(plane: Plane, settings: Settings) -> Labels:
    """The labels of a stack in our numbers; what is neither A, B nor outside becomes OTHER.

    Raises MissingInput where the settings do not say which label is which, InputError where A or B is not in
    the stack or one label is two things, Refusal where the values are no labels.
    """
    meant = {name: _count(settings, name, example) for name, _, example in _MEANINGS}
    if len(set(meant.values())) < len(meant):
        spelled = ", ".join(f"{name} = {value}" for name, value in meant.items())
        raise InputError(spelled, where=settings.section, rule="each label means one thing")
    labels = np.full(plane.values.shape, OTHER, dtype=np.int8)
    held: set[int] = set()
    for out, part in zip(labels, plane.values, strict=True):
        held |= _values(part)
        for name, label, _ in _MEANINGS:
            out[part == meant[name]] = label
    for name in ("label_a", "label_b"):
        if meant[name] not in held:
            known = ", ".join(str(v) for v in sorted(held))
            raise InputError(
                f"{name} = {meant[name]}", where=settings.section, rule=f"the stack holds {known}"
            )
    return labels


def _values(part: NDArray[np.float32]) -> set[int]:
    """The labels of one slice; Refusal where they are no small whole numbers."""
    low, high = float(part.min()), float(part.max())
    if low < 0.0 or high > _LARGEST or not np.array_equal(part, np.rint(part)):
        raise Refusal(
            f"values between {low:g} and {high:g}",
            rule=f"labels are whole numbers from 0 to {_LARGEST}",
            remedy="Give the stack as grey values",
        )
    return set(np.flatnonzero(np.bincount(part.astype(np.int32).ravel())).tolist())


def _count(settings: Settings, name: str, example: str) -> int:
    value = settings.optional_count(name)
    if value is None:
        raise MissingInput(
            f"{settings.section}.{name} is not known",
            key=f"{settings.section}.{name}",
            rule="numbers of labels do not say what they stand for",
            remedy=f"Give it as {name} = {example} under [{settings.section}] in SAMPLE.toml, "
            f'or --set "{name}={example}"',
        )
    return value

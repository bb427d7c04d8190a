"""``[calibration]`` of a STUDY.toml: samples with half cells, calibrated at once.

::

    [study]
    name = "Three carbons of one maker"

    [calibration]
    samples = ["A/SAMPLE.toml", "B/SAMPLE.toml", "C/SAMPLE.toml"]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negatrode.battery.calibrate_many import Cycled
from negatrode.core.errors import InputError
from negatrode.flow.sample import measure_folder
from negatrode.flow.section import Section
from negatrode.report.battery import design_of, source_of
from negatrode.report.calibration import half_cell_data, half_cell_of
from negatrode.study.file.sections import whole, words

DRAWS = 400


@dataclass(frozen=True, eq=False)
class CalibrationStudy:
    """Several samples to be calibrated at once; ``shared``: None for the usual ones."""

    path: Path
    text: str
    name: str
    notes: str
    seed: int
    samples: tuple[Cycled, ...]
    shared: tuple[str, ...] | None


def read_calibration(
    place: Path, text: str, document: Mapping[str, Any], say: Callable[[str], None]
) -> CalibrationStudy:
    """Read and measure the samples; InputError for one without a half cell of its particles."""
    for key in document:
        if key not in ("study", "calibration"):
            raise InputError(
                f"[{key}] beside [calibration]", where=str(place), rule="a calibration stands alone"
            )
    head = Section(document.get("study", {}), f"{place} study")
    name, notes = head.word("name"), head.word("notes", default="")
    seed, draws = whole(head, "seed", 0, 2**31, 0), whole(head, "draws", 20, 20_000, DRAWS)
    head.end()
    s = Section(document["calibration"], f"{place} calibration")
    paths, shared = words(s, "samples", ()), words(s, "shared", ())
    s.end()
    if len(paths) < 2:
        raise InputError(
            f"{len(paths)} samples",
            where=s.place("samples"),
            rule="two or more; one is calibrated by 'negatrode run'",
        )
    samples = tuple(_cycled(place.parent / p, draws, seed + k, say) for k, p in enumerate(paths))
    names = [c.name for c in samples]
    if len(set(names)) < len(names):
        raise InputError("two samples of one name", where=s.place("samples"), rule="names tell them apart")
    return CalibrationStudy(place, text, name, notes, seed, samples, shared or None)


def _cycled(path: Path, draws: int, seed: int, say: Callable[[str], None]) -> Cycled:
    say(f"Measuring {path}")
    measured = measure_folder(path)
    figure = half_cell_of(measured)
    if figure is None:
        raise InputError(
            "no half cell of the particles with a mass", where=str(measured.folder.path),
            rule="a calibration needs the charge per gram of a first cycle",
            remedy="add [cycling] with its file and mass",
        )  # fmt: skip
    # Every sample has draws of its own: what two share is learnt, not given by a common seed.
    source = source_of(measured.sample, measured.design, draws, seed)
    design = design_of(measured.sample, measured.design)
    return Cycled(measured.sample.name, source, design, half_cell_data(figure))

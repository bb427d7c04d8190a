"""Worked studies: STUDY.toml and the sample that each starts from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.report.write import write_files

NAMES = ("hard-carbon", "alloy")
_FILES = ("STUDY.toml", "SAMPLE.toml")


def example_files(which: str) -> dict[str, bytes]:
    """The files of a worked study by name; InputError with near matches for an unknown one."""
    if which not in NAMES:
        hint = near_matches(which, list(NAMES)) or f"Known: {', '.join(NAMES)}"
        raise InputError(f"'{which}' is no worked study", remedy=hint)
    place = resources.files("negatrode.study.examples").joinpath(which)
    return {name: place.joinpath(name).read_bytes() for name in _FILES}


def write_example(which: str, folder: Path, *, overwrite: bool = False) -> None:
    """Write a worked study into a folder; nothing is replaced unasked."""
    write_files(folder, example_files(which), overwrite=overwrite)

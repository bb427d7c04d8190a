"""What a point's key is made of: inputs, model, the code that computes, the catalogue it computes by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from negatrode import __version__
from negatrode.study.model import Inputs

# Rooms whose code decides what a point gives. Readers and techniques do not: what they measured is the base.
COMPUTING = (
    "core",
    "claimsets",
    "material",
    "process",
    "cell",
    "battery",
    "flow",
    "study/chain",
)
# Data that the numbers come from: properties, claims, priors and libraries.
_DATA = ("core", "claimsets", "material", "process")


@cache
def code_version() -> str:
    """The release and a digest of the code of the computing rooms."""
    return f"{__version__}+{_digest(_files(COMPUTING, '.py'))}"


@cache
def catalogue_version() -> str:
    """A digest of the property catalogue, the built-in claim sets, priors and libraries."""
    return _digest(_files(_DATA, ".toml"))


def point_key(model: str, inputs: Inputs) -> str:
    """The key of a point in the journal: a SHA-256 over model, inputs, code and catalogue.

    Numbers enter with all their digits, so that points that differ in the last one are two.
    """
    text = json.dumps(
        [model, code_version(), catalogue_version(), sorted(inputs.items())],
        ensure_ascii=False,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _files(rooms: Iterable[str], suffix: str) -> Iterator[tuple[str, bytes]]:
    for room in rooms:
        place: Traversable = resources.files("negatrode").joinpath(*room.split("/"))
        yield from sorted(_below(place, room, suffix))


def _below(place: Traversable, name: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    for entry in place.iterdir():
        inside = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from _below(entry, inside, suffix)
        elif entry.name.endswith(suffix):
            # Line ends differ between checkouts of the same code.
            yield inside, entry.read_bytes().replace(b"\r\n", b"\n")


def _digest(files: Iterator[tuple[str, bytes]]) -> str:
    found = hashlib.sha256()
    for name, data in files:
        found.update(f"{name} {len(data)}\n".encode() + data)
    return found.hexdigest()[:12]

"""What a reader returns: all of a file, or what it could not read and where.

Columns are float arrays with a unit; text cells stay text (Sheet). No science here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Source, Stated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = (
    "diffraction",
    "isotherm",
    "size-distribution",
    "image",
    "outlines",
    "thermal",
    "map",
    "voxels",
    "spectrum",
    "cycling",
    "table",
)

Cell = str | float | None


@dataclass(frozen=True, eq=False)
class Column:
    """One named channel; ``unit`` is in the spelling of core.units, or "" where the file gives none."""

    name: str
    unit: str
    values: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Block:
    """One table of numbers: a scan, an isotherm branch, a sizing run, a thermogram.

    ``facts`` holds what the file states of this block alone (weighting, printed results).
    """

    name: str
    columns: tuple[Column, ...]
    facts: Mapping[str, Stated] = field(default_factory=dict)

    def names(self) -> list[str]:
        """The names of the columns."""
        return [c.name for c in self.columns]

    def has(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return any(c.name == name for c in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; ReadError where there is none."""
        for c in self.columns:
            if c.name == name:
                return c
        raise ReadError(
            f"block '{self.name}' has no column '{name}'", rule=f"it has {', '.join(self.names())}"
        )


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table whose cells are numbers or text, as a spreadsheet has it (0-based rows)."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """A grey-scale picture, shape (rows, columns); ``pixel_size`` in metres where the file states it."""

    values: NDArray[np.float64]
    pixel_size: float | None = None


@dataclass(frozen=True, eq=False)
class Outline:
    """A traced particle: polygon vertices in pixels, shape (n, 2), order x, y."""

    picture: str
    label: str
    vertices: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plane:
    """One image of a map or one stack of voxels, registered with the others of its Recording.

    Attributes
    ----------
    name:
        Chemical symbol of an element map ("Ti"), or the name of the signal ("BSE", "HAADF", "labels").
    quantity:
        "counts" (X-ray counts of a line), "wt%", "at%", "grey" (any electron or tomographic signal) or
        "labels" (whole numbers that name phases).
    values:
        Shape (rows, columns), or (slices, rows, columns) of voxels.
    line:
        The X-ray line where the file states it ("Ka", "La"), else "".
    """

    name: str
    quantity: str
    values: NDArray[np.float32]
    line: str = ""

    @property
    def is_element(self) -> bool:
        """Whether the plane maps an element (counts or a mass or atomic fraction)."""
        return self.quantity in ("counts", "wt%", "at%")


@dataclass(frozen=True, eq=False)
class SpectrumImage:
    """A hypermap: an X-ray spectrum at each pixel.

    ``counts`` has the shape (rows, columns, channels); channel k is centred at ``offset + k * width`` keV.
    ``elements`` are those that the file names as identified, with their lines ("Al Ka") where it does.
    """

    counts: NDArray[np.uint16] | NDArray[np.uint32] | NDArray[np.uint8]
    offset: float
    width: float
    elements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unread:
    """A part of a file that was not understood."""

    where: str
    what: str


@dataclass(frozen=True, eq=False)
class Recording:
    """A file as read.

    Attributes
    ----------
    kind:
        One of KINDS; a technique asks for the kinds it understands.
    format:
        The format's name ("panalytical-xrdml").
    settings:
        What the file states that a measurement needs (wavelength, mass, adsorptive ...), canonical keys.
    metadata:
        The header as text, for people.
    unread:
        What was not understood; empty means that every byte was accounted for.
    planes, spectra:
        Element maps and hypermaps; ``settings["pixel_size"]`` holds the side of a pixel or voxel.
    parts:
        Other files that were read with this one (the planes that a manifest names).
    """

    kind: str
    format: str
    source: Source
    blocks: tuple[Block, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    picture: Picture | None = None
    outlines: tuple[Outline, ...] = ()
    settings: Mapping[str, Stated] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    planes: tuple[Plane, ...] = ()
    spectra: SpectrumImage | None = None
    parts: tuple[Source, ...] = ()

    def block(self, name: str) -> Block | None:
        """The block of that name, or None."""
        return next((b for b in self.blocks if b.name == name), None)

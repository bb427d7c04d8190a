"""Tomographic volumes and label volumes as a TIFF stack (ImageJ, OME-TIFF or plain), one page a slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.provenance import Stated
from negatrode.core.recording import Plane, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.map_planes import make_plane
from negatrode.files.readers.tiff_pages import (
    MAGICS,
    imagej_entries,
    page_heads,
    read_pages,
    slice_spacing,
    uniform,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "voxel-tiff"
TITLE = "voxels: grey or label volume (TIFF stack)"
KIND = "voxels"

MIN_SLICES = 8
# So many different whole numbers at most are names of phases; a grey volume has hundreds
MAX_LABELS = 16
_ISOTROPIC = 0.01


def sniff(blob: Blob) -> int:
    """Certain for at least MIN_SLICES grey pages of one size that are neither channels nor times."""
    if blob.data[:4] not in MAGICS:
        return 0
    heads = page_heads(blob.data)
    if not heads or not uniform(heads):
        return 0
    entries = imagej_entries(heads[0].description)
    slices = _count(entries, "slices")
    several = _count(entries, "channels") > 1 or (_count(entries, "frames") > 1 and slices <= 1)
    described = heads[0].description
    if "<OME" in described[:600]:
        several = any(f'Size{x}="' in described and f'Size{x}="1"' not in described for x in "CT")
    count = max(len(heads), _count(entries, "images"))
    return 100 if count >= MIN_SLICES and not several else 0


def _count(entries: dict[str, str], key: str) -> int:
    return int(entries[key]) if entries.get(key, "").isdigit() else 1


def read(blob: Blob) -> Recording:
    """The volume, shape (slices, rows, columns), as "labels" where few whole numbers occur, else "grey".

    ``pixel_size`` is stated only where the file gives the distance of slices and voxels are cubes.
    Raises ReadError for damaged, truncated or unequal pages.
    """
    description = page_heads(blob.data)[0].description
    pages = read_pages(blob.data)
    plane = volume(pages.values, where="stack")
    metadata = {**pages.metadata, **volume_metadata(plane)}
    unread = list(pages.unread)
    settings = {}
    if pages.pixel_size is not None:
        spacing = slice_spacing(description, pages.pixel_size)
        side = pages.pixel_size
        if spacing is not None and abs(spacing / side - 1) <= _ISOTROPIC:
            settings["pixel_size"] = Stated(round(side * 1e6, 12), "um", "description of the stack")
        else:
            between = "not stated" if spacing is None else f"{spacing:.4g} m"
            metadata["slice spacing"] = between
            unread.append(
                Unread(
                    "scale",
                    f"pixels of {side:.4g} m, distance of slices {between}: not cubes, so no voxel side",
                )
            )
    return Recording(
        KIND,
        NAME,
        blob.source,
        planes=(plane,),
        settings=settings,
        metadata=metadata,
        unread=tuple(unread),
    )


def volume(values: NDArray[Any], *, where: str, quantity: str = "") -> Plane:
    """The plane of a volume; where ``quantity`` is "" few whole numbers are labels, all else is grey."""
    chosen = quantity or ("labels" if _few_values(values) else "grey")
    return make_plane(chosen, chosen, values, where=where)


def volume_metadata(plane: Plane) -> dict[str, str]:
    """Size of the volume, and what its numbers were taken for."""
    size = " x ".join(str(n) for n in reversed(plane.values.shape))
    return {"voxels": f"{size} (columns, rows, slices)", "quantity": plane.quantity}


def _few_values(values: NDArray[Any]) -> bool:
    """Whether at most MAX_LABELS different whole numbers occur, looked for slice by slice."""
    found = np.empty(0)
    for part in values:
        found = np.union1d(found, _distinct(part))
        if len(found) > MAX_LABELS:
            return False
    return bool(np.array_equal(found, np.rint(found)))


def _distinct(part: NDArray[Any]) -> NDArray[Any]:
    if part.dtype == np.uint8:
        return np.flatnonzero(np.bincount(part.ravel(), minlength=256))
    return np.asarray(np.unique(part))

"""One file of a manifest: a plane (text grid, .npy, picture) or a stack of planes (.npy, TIFF)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from negatrode.core.errors import ReadError
from negatrode.core.recording import Unread
from negatrode.files.blob import Blob
from negatrode.files.readers import picture
from negatrode.files.readers.grid_text import number_grid
from negatrode.files.readers.map_planes import check_total
from negatrode.files.readers.npy_array import MAGIC, npy_array
from negatrode.files.readers.tiff_pages import MAGICS, page_heads, read_pages
from negatrode.files.text import is_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GREY_MODES = ("1", "L", "LA", "I", "F")


@dataclass(frozen=True, eq=False)
class PlaneFile:
    """The values of one plane, shape (rows, columns), with what else its file says."""

    values: NDArray[Any]
    unread: tuple[Unread, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)


def plane_array(blob: Blob, *, counts: bool) -> PlaneFile:
    """The plane in a text grid, a .npy array of two axes, or a picture (``counts``: colours are refused).

    Raises ReadError where the file is none of these, damaged, or of another shape.
    """
    if blob.data.startswith(MAGIC):
        values = npy_array(blob.data, where=blob.path)
        if values.ndim != 2:
            raise ReadError(
                f"an array of shape {values.shape}",
                rule="a plane has rows and columns",
                remedy=_stacked(values),
            )
        return PlaneFile(values)
    if picture.sniff(blob):
        return _from_picture(blob, counts)
    if is_text(blob.data):
        grid, header = number_grid(blob.data, where=blob.path)
        return PlaneFile(grid, metadata={"header": " | ".join(header)[:300]} if header else {})
    raise ReadError(
        f"no plane (first bytes {blob.data[:8]!r})",
        rule="planes are csv, tsv, txt, .npy, TIFF or PNG",
        remedy="Export the map as a table of numbers",
    )


def _stacked(values: NDArray[Any]) -> str:
    return "Name a file of several planes as stack, with planes" if values.ndim == 3 else "Save one plane"


def _from_picture(blob: Blob, counts: bool) -> PlaneFile:
    tiff = blob.data[:4] in MAGICS
    if counts and blob.data[:3] == b"\xff\xd8\xff":
        raise ReadError("a JPEG", rule="a picture compressed with loss holds no counts", remedy=_EXPORT)
    if counts and tiff and page_heads(blob.data)[0].samples > 1:
        raise ReadError("a picture in colours", rule="colours are no counts", remedy=_EXPORT)
    recording = picture.read(blob)
    mode = recording.metadata.get("mode", "L").partition(";")[0]
    if counts and mode not in _GREY_MODES:
        raise ReadError(f"a picture in colours (mode {mode})", rule="colours are no counts", remedy=_EXPORT)
    if recording.picture is None:
        raise ReadError("no picture")
    values = recording.picture.values
    saturated = counts and values.max() == 255.0
    note = {"note": "reaches 255 exactly: perhaps saturated, or scaled for display"} if saturated else {}
    return PlaneFile(values, recording.unread, note)


_EXPORT = "Export the map as numbers (csv), or as a grey picture of 16 bits"


def stack_array(blob: Blob) -> NDArray[Any]:
    """The array of three axes in a .npy or a TIFF of several pages; ReadError where it is none."""
    if blob.data.startswith(MAGIC):
        values = npy_array(blob.data, where=blob.path)
    elif blob.data[:4] in MAGICS:
        try:
            values = read_pages(blob.data).values
        except ReadError as error:
            raise error.at(blob.path) from None
    else:
        raise ReadError(
            f"no stack (first bytes {blob.data[:8]!r})",
            where=blob.path,
            rule="a stack is a .npy array of three axes or a TIFF of several pages",
        )
    if values.ndim != 3:
        raise ReadError(
            f"an array of shape {values.shape}", where=blob.path, rule="a stack has planes, rows and columns"
        )
    check_total(values.shape, where=blob.path)
    return values

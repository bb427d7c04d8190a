"""Element maps as a TIFF with one page an element, where the pages are named after the elements.

Names come from tag PageName, ImageJ's labels, OME channel names or the pages' descriptions ("Ti",
"Ti Ka", "Ti.tif"); a TIFF without such names is left to the readers of pictures and of voxels.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Plane, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.element_names import element_and_line, signal_name
from negatrode.files.readers.map_planes import check_planes, make_plane, plane_notes, undeclared_quantity
from negatrode.files.readers.tiff_pages import MAGICS, page_heads, page_names, read_pages, uniform

NAME = "element-tiff"
TITLE = "element maps, one named page each (TIFF, ImageJ, OME-TIFF)"
KIND = "map"

_SUFFIX = re.compile(r"\.(?:tiff?|png|bmp|csv|txt)$", re.IGNORECASE)


def sniff(blob: Blob) -> int:
    """Certain where at least two pages are named after different elements."""
    if blob.data[:4] not in MAGICS:
        return 0
    heads = page_heads(blob.data)
    if len(heads) < 2 or not uniform(heads):
        return 0
    return 100 if len({e[0] for e in map(_named, page_names(heads)) if e}) >= 2 else 0


def _named(text: str) -> tuple[str, str] | None:
    """Element and line of a page's name, also at the end of it where a line follows ("Site 1_Ti Ka1")."""
    plain = _SUFFIX.sub("", text.strip())
    found = element_and_line(plain)
    if found:
        return found
    tail = re.search(r"(?:^|[\s_])([A-Z][a-z]?[\s_-]?[KLM][\s_-]?[^\s_]*)$", plain)
    return element_and_line(tail[1]) if tail else None


def read(blob: Blob) -> Recording:
    """All pages as planes; pages that name no element are grey planes under their own name.

    The file does not say what its numbers are: whole numbers are taken as counts and metadata says so;
    ReadError where they are not whole, or were scaled to 8 bits for display.
    """
    names = page_names(page_heads(blob.data))
    pages = read_pages(blob.data)
    found = [_named(n) for n in names]
    if len(names) != len(pages.values) or not any(found):
        raise ReadError("pages that are not named after elements", rule="one page an element")
    quantity = undeclared_quantity(
        [v for v, f in zip(pages.values, found, strict=True) if f], where="element pages"
    )
    planes: list[Plane] = []
    unread = list(pages.unread)
    for i, (name, element, values) in enumerate(zip(names, found, pages.values, strict=True)):
        where = f"page {i + 1} '{name[:40]}'"
        if element:
            plane = make_plane(element[0], quantity, values, where=where, line=element[1])
        else:
            plane = make_plane(signal_name(name) or PurePath(name).stem, "grey", values, where=where)
        if any(p.name == plane.name and p.line != plane.line for p in planes):
            unread.append(Unread(where, f"a second line of {plane.name}"))
        else:
            planes.append(plane)
    check_planes(planes)
    settings = {}
    if pages.pixel_size is not None:
        where = pages.metadata.get("pixel size", "tag").rpartition("(")[2].rstrip(")")
        settings["pixel_size"] = Stated(round(pages.pixel_size * 1e6, 12), "um", where)
    metadata = {
        "pages": ", ".join(names),
        "quantity": "not stated by the file; whole numbers are taken as counts",
        **pages.metadata,
        **plane_notes(planes),
    }
    return Recording(
        KIND,
        NAME,
        blob.source,
        planes=tuple(planes),
        settings=settings,
        metadata=metadata,
        unread=tuple(unread),
    )

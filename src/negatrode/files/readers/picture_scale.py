"""The size of a pixel from what a microscope writes into a TIFF; never from a print resolution.

Sources: Carl Zeiss SmartSEM tag 34118 (``CZ_SEM``), FEI/Thermo Fisher tags 34682 and 34680 (ini
text), TESCAN tag 50431 (ini text), ImageJ and OME image descriptions.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from negatrode.core.recording import Unread
from negatrode.files.text import number

ZEISS, FEI, FEI_OLD, TESCAN = 34118, 34682, 34680, 50431

_METRES = {
    "nm": 1e-9, "nanometer": 1e-9, "nanometers": 1e-9,
    "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "micron": 1e-6, "microns": 1e-6, "micrometer": 1e-6,
    "mm": 1e-3, "cm": 1e-2, "m": 1.0, "pm": 1e-12,
    "inch": 0.0254, "inches": 0.0254, "in": 0.0254,
}  # fmt: skip
# An electron or light micrograph of a powder has pixels between these
_PLAUSIBLE = (1e-12, 1e-2)
# "111.6 nm" is printed to four digits; more than this apart is another magnification
_PRINTED = 5e-3


@dataclass
class Scale:
    """What the tags say: metres a pixel (None where they do not say), header words, and doubts."""

    pixel_size: float | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def take(self, metres: float | None, where: str) -> None:
        """Accept a pixel size if it can be one."""
        if metres is None:
            return
        if not _PLAUSIBLE[0] <= metres <= _PLAUSIBLE[1]:
            self.unread.append(Unread(where, f"a pixel size of {metres:g} m is not plausible; not used"))
            return
        self.pixel_size = metres
        self.metadata["pixel size"] = f"{metres:.6g} m ({where})"


def zeiss_scale(text: str, width: int, height: int) -> Scale:
    """Pixel size of a SmartSEM tag: header line 4 in metres, checked against "Image Pixel Size".

    A picture whose size is not the stored resolution was cropped or resampled later: then the size of
    a pixel is not known.
    """
    scale = Scale()
    lines = [line.strip() for line in text.split("\n")]
    entries = _zeiss_entries(lines)
    printed = _length(entries.get("AP_IMAGE_PIXEL_SIZE") or entries.get("AP_PIXEL_SIZE", ""))
    header = number(lines[3]) if len(lines) > 3 else None
    found = header
    if header is None or (printed is not None and abs(header - printed) > _PRINTED * printed):
        found = printed
    scale.take(found, "tag CZ_SEM")
    stored = re.findall(r"\d+", entries.get("DP_IMAGE_STORE", ""))
    if scale.pixel_size is not None and len(stored) == 2 and int(stored[0]) != width:
        scale.unread.append(
            Unread(
                "tag CZ_SEM",
                f"stored as {stored[0]} x {stored[1]} but the picture is {width} x {height} pixels: "
                f"resampled or cropped, so the stated {scale.pixel_size:g} m per pixel is not used",
            )
        )
        scale.pixel_size = None
        scale.metadata.pop("pixel size")
    for key, label in (
        ("DP_SEM", "microscope"), ("AP_ACTUALKV", "voltage"), ("AP_MAG", "magnification"),
        ("AP_WD", "working distance"), ("DP_DETECTOR_CHANNEL", "detector"),
    ):  # fmt: skip
        if key in entries:
            scale.metadata[label] = entries[key]
    return scale


def _zeiss_entries(lines: list[str]) -> dict[str, str]:
    """Key line ``AP_WD`` followed by ``WD = 8.5 mm`` -> {"AP_WD": "8.5 mm"}."""
    found = {}
    for key, line in itertools.pairwise(lines):
        if re.fullmatch(r"[A-Z]{2}_[A-Z0-9_#]+", key) and " = " in line:
            found[key] = line.partition(" = ")[2].strip()
    return found


def _length(text: str) -> float | None:
    """Metres of "111.6 nm"."""
    match = re.fullmatch(r"([\d.,eE+-]+)\s*(\S+)", text.strip())
    value = number(match[1]) if match else None
    factor = _METRES.get(match[2].lower()) if match else None
    return value * factor if value is not None and factor else None


def _ini(text: str) -> dict[str, str]:
    """``[Scan]`` / ``PixelWidth=1e-9`` -> {"scan.pixelwidth": "1e-9"}."""
    found: dict[str, str] = {}
    section = ""
    for line in text.split("\n"):
        head = re.fullmatch(r"\s*\[(.+)\]\s*", line)
        if head:
            section = head[1].strip().lower()
        elif "=" in line:
            key, _, value = line.partition("=")
            found[f"{section}.{key.strip().lower()}"] = value.strip()
    return found


def fei_scale(text: str, height: int) -> Scale:
    """Pixel size of a FEI / Thermo Fisher tag: ``PixelWidth`` in metres, square pixels only."""
    entries = _ini(text)
    scale = Scale()
    across = number(entries.get("scan.pixelwidth") or entries.get("escan.pixelwidth", ""))
    down = number(entries.get("scan.pixelheight") or entries.get("escan.pixelheight", ""))
    _take_square(scale, across, down, "tag FEI_HELIOS")
    rows = number(entries.get("image.resolutiony", ""))
    if rows is not None and 0 < rows < height:
        scale.metadata["databar"] = f"the last {height - rows:.0f} rows (the image proper has {rows:.0f})"
    for key, label in (
        ("system.systemtype", "microscope"), ("beam.hv", "voltage"), ("detectors.name", "detector"),
        ("image.magcanvasrealwidth", "field width"), ("stage.workingdistance", "working distance"),
    ):  # fmt: skip
        if entries.get(key):
            scale.metadata[label] = entries[key]
    return scale


def tescan_scale(text: str) -> Scale:
    """Pixel size of a TESCAN tag: ``PixelSizeX`` in metres."""
    scale = Scale()
    across = re.search(r"PixelSizeX\s*=\s*([\d.,eE+-]+)", text)
    down = re.search(r"PixelSizeY\s*=\s*([\d.,eE+-]+)", text)
    _take_square(
        scale, number(across[1]) if across else None, number(down[1]) if down else None, "tag TESCAN"
    )
    bar = re.search(r"ImageStripSize\s*=\s*(\d+)", text)
    if bar and int(bar[1]) > 0:
        scale.metadata["databar"] = f"the last {bar[1]} rows"
    return scale


def _take_square(scale: Scale, across: float | None, down: float | None, where: str) -> None:
    if across and down and abs(across / down - 1) > 0.01:
        scale.unread.append(Unread(where, f"pixels of {across:g} x {down:g} m are not square; not used"))
        return
    scale.take(across, where)


def description_scale(text: str, per_unit: float | None) -> Scale:
    """Pixel size of an ImageJ description (``unit=`` with XResolution) or an OME one (PhysicalSizeX)."""
    scale = Scale()
    ome = re.search(r"PhysicalSizeX=\"([^\"]+)\"", text)
    if ome:
        unit = re.search(r"PhysicalSizeXUnit=\"([^\"]+)\"", text)
        value = number(ome[1])
        factor = _METRES.get(unit[1].lower() if unit else "um")  # the OME schema's default is micrometre
        if value is not None and factor:
            scale.take(value * factor, "OME description")
    elif text.startswith("ImageJ="):
        unit = re.search(r"^unit=(.+)$", text, re.MULTILINE)
        word = unit[1].strip().replace("\\u00B5", "u").replace("\\u00b5", "u").lower() if unit else ""
        if per_unit and word in _METRES:
            scale.take(_METRES[word] / per_unit, "ImageJ description")
        elif unit and word not in ("pixel", "pixels"):
            scale.unread.append(Unread("ImageJ description", f"the length unit '{unit[1].strip()}'"))
    return scale

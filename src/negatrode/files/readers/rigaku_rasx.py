"""Rigaku RASX: a zip of profiles (angle, intensity, attenuation) and their conditions; one block a profile."""

from __future__ import annotations

import re

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.archive import Archive
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import line_settings, scan_block
from negatrode.files.text import decode, number, require_number
from negatrode.files.xml import find_local, local, parse_xml

NAME = "rigaku-rasx"
TITLE = "Rigaku RASX"
KIND = "diffraction"

_PROFILE = re.compile(r"Data(\d+)/Profile\d+\.txt\Z")


def sniff(blob: Blob) -> int:
    """A zip that names a profile (the name stands in clear in the container)."""
    if not blob.data.startswith(b"PK"):
        return 0
    return 100 if re.search(rb"Data\d+/Profile\d+\.txt", blob.data) else 0


def read(blob: Blob) -> Recording:
    """Every profile, attenuation multiplied in; wavelength, axis and speed from the first conditions."""
    archive = Archive(blob.data)
    profiles = sorted(n for n in archive.names if _PROFILE.search(n))
    conditions = sorted(n for n in archive.names if n.lower().endswith(".xml") and "ondition" in n)
    if not profiles:
        raise ReadError("no Data*/Profile*.txt", rule="a RASX container holds profiles")
    settings: dict[str, Stated] = {}
    metadata: dict[str, str] = {}
    unread: list[Unread] = []
    if conditions:
        settings, metadata, axis = _conditions(archive.read(conditions[0]), conditions[0])
        if axis and "theta" not in axis.lower():
            raise ReadError(
                f"a scan along {axis}", where=conditions[0], rule="a diffraction scan runs along 2 theta"
            )
    else:
        unread.append(Unread("MesurementConditions", "the conditions are missing from the container"))
    unit = "counts" if metadata.get("unit", "").lower() == "counts" else metadata.get("unit", "1") or "1"
    blocks = tuple(_profile(archive.read(name), name, unit) for name in profiles)
    return Recording(
        KIND, NAME, blob.source, blocks, settings=settings, metadata=metadata, unread=tuple(unread)
    )


def _profile(data: bytes, name: str, unit: str) -> Block:
    angles, counts = [], []
    for line, text in enumerate(decode(data).split("\n"), start=1):
        cells = text.split()
        if not cells:
            continue
        if len(cells) not in (2, 3):
            raise ReadError(
                f"{len(cells)} columns", where=f"{name} line {line}", rule="a profile has two or three"
            )
        row = [require_number(c, where=f"{name} line {line}") for c in cells]
        angles.append(row[0])
        counts.append(row[1] * (row[2] if len(row) == 3 else 1.0))
    return scan_block(name.partition("/")[0], angles, counts, unit=unit, where=name)


def _conditions(data: bytes, name: str) -> tuple[dict[str, Stated], dict[str, str], str]:
    root = parse_xml(data)

    def text(tag: str) -> str:
        found = find_local(root, tag)
        return "" if found is None else (found.text or "").strip()

    wanted = (
        "Operator",
        "SampleName",
        "SystemName",
        "StartTime",
        "EndTime",
        "Memo",
        "Speed",
        "SpeedUnit",
        "Step",
    )
    metadata = {tag: text(tag) for tag in wanted if text(tag)}
    first, second = number(text("WavelengthKalpha1")), number(text("WavelengthKalpha2"))
    settings: dict[str, Stated] = {}
    if first:
        optics = [
            (e.get("Name", ""), e.get("SelectedUnit", "")) for e in root.iter() if local(e.tag) == "Category"
        ]
        # a Ge crystal in the incident beam passes K-alpha1 alone
        alone = any("incident" in n.lower() and unit.startswith("Ge(") for n, unit in optics)
        settings = line_settings(first, second, 0.5, only_first=alone, where=name, anode=text("TargetName"))
    axis = find_local(root, "ScanInformation")
    scanned = "" if axis is None else (axis.get("AxisName") or text("AxisName"))
    unit = text("IntensityUnit")
    return settings, metadata | ({"unit": unit} if unit else {}), scanned

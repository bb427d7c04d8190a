"""Rigaku RASX: a zip of Data folders, each with a profile (angle, intensity, attenuation) and its conditions.

The container misspells "MesurementConditions"; both spellings are accepted. One block a profile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.archive import Archive
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import common_fact, profile_block
from negatrode.files.readers.rigaku_lines import is_two_theta, speed_time, tube_settings
from negatrode.files.text import decode, number, require_number
from negatrode.files.xml import find_local, local, parse_xml

NAME = "rigaku-rasx"
TITLE = "Rigaku RASX"
KIND = "diffraction"

_PROFILE = re.compile(r"(?:\A|/)Data(\d+)/Profile(\d+)\.txt\Z")
_KEPT = ("Operator", "SampleName", "Comment", "Memo", "SystemName", "StartTime", "EndTime", "Mode")


@dataclass(frozen=True)
class _Conditions:
    """What the conditions of one profile state."""

    axis: str
    unit: str
    count: float | None
    settings: dict[str, Stated]
    metadata: dict[str, str]
    facts: dict[str, Stated]


def sniff(blob: Blob) -> int:
    """A zip that names a profile (the name stands in clear in the container)."""
    if not blob.data.startswith(b"PK"):
        return 0
    return 100 if re.search(rb"Data\d+/Profile\d+\.txt", blob.data) else 0


def read(blob: Blob) -> Recording:
    """Every profile along 2 theta; its number of rows is checked against DataCount of its conditions."""
    archive = Archive(blob.data)
    profiles = sorted((_numbers(n), n) for n in archive.names if _PROFILE.search(n))
    if not profiles:
        raise ReadError("no Data*/Profile*.txt", rule="a RASX container holds profiles")
    blocks: list[Block] = []
    settings: dict[str, Stated] = {}
    metadata: dict[str, str] = {}
    unread: list[Unread] = []
    used = {name for _, name in profiles} | {"root.xml"}
    for _, name in profiles:
        conditions = _of_profile(archive, name, used, unread)
        metadata |= {k: v for k, v in conditions.metadata.items() if k not in metadata}
        if not is_two_theta(conditions.axis):
            unread.append(Unread(name, f"a scan along {conditions.axis}, not along 2 theta"))
            continue
        settings = settings or conditions.settings
        blocks.append(_profile(archive.read(name), name, conditions))
    if not blocks:
        raise ReadError("no scan along 2 theta", rule="; ".join(u.what for u in unread))
    unread += [
        Unread(n, "a member of the container that was not read") for n in archive.names if n not in used
    ]
    return Recording(
        KIND,
        NAME,
        blob.source,
        tuple(blocks),
        settings=settings | common_fact(blocks, "counting_time"),
        metadata=metadata,
        unread=tuple(unread),
    )


def _numbers(name: str) -> tuple[int, ...]:
    found = _PROFILE.search(name)
    return tuple(int(d[:9]) for d in found.groups()) if found else ()


def _of_profile(archive: Archive, name: str, used: set[str], unread: list[Unread]) -> _Conditions:
    """The conditions in the folder of a profile; without them the axis is taken as 2 theta, and said."""
    folder = name.rpartition("/")[0] + "/"
    found = sorted(
        n for n in archive.names if n.startswith(folder) and n.endswith(".xml") and "surementConditions" in n
    )
    if not found:
        unread.append(Unread(folder, "no conditions: axis, wavelength and unit are not stated"))
        return _Conditions("TwoTheta", "1", None, {}, {}, {})
    used.update(found)
    return _conditions(archive.read(found[0]), found[0])


def _profile(data: bytes, name: str, conditions: _Conditions) -> Block:
    rows: list[list[float]] = []
    for line, text in enumerate(decode(data).split("\n"), start=1):
        cells = text.split()
        if not cells:
            continue
        if len(cells) not in (2, 3) or (rows and len(cells) != len(rows[0])):
            raise ReadError(
                f"{len(cells)} columns",
                where=f"{name} line {line}",
                rule="a profile has two or three columns, the same in each row",
                remedy="The file is damaged; copy or export it again",
            )
        rows.append([require_number(c, where=f"{name} line {line}") for c in cells])
    if conditions.count is not None and conditions.count != len(rows):
        raise ReadError(
            f"{len(rows)} rows but DataCount says {conditions.count:g}",
            where=name,
            rule="a profile holds the points it declares; the file looks cut off",
            remedy="Export it again",
        )
    block_name = name.rpartition("/")[0].rpartition("/")[2]
    return profile_block(block_name, rows, unit=conditions.unit, where=name, facts=conditions.facts)


def _conditions(data: bytes, name: str) -> _Conditions:
    root = parse_xml(data)

    def text(tag: str, parent: str = "MeasurementConditions") -> str:
        holder = root if parent == "MeasurementConditions" else find_local(root, parent)
        found = None if holder is None else find_local(holder, tag)
        return "" if found is None else (found.text or "").strip()

    scan = "ScanInformation"
    element = find_local(root, scan)
    axis = (element.get("AxisName", "") if element is not None else "") or text("AxisName", scan)
    wave = {
        tag: text(tag, "XrayGenerator")
        for tag in ("WavelengthKalpha1", "WavelengthKalpha2", "WavelengthKbeta")
    }
    optics = [
        (e.get("Name", ""), e.get("SelectedUnit", "")) for e in root.iter() if local(e.tag) == "Category"
    ]
    settings = tube_settings(
        number(wave["WavelengthKalpha1"]),
        number(wave["WavelengthKalpha2"]),
        number(wave["WavelengthKbeta"]),
        kind=text("WaveType", "XrayGenerator"),
        incident=" ".join(unit for part, unit in optics if "incident" in part.lower()),
        receiving=" ".join(unit for part, unit in optics if "detectormono" in part.lower()),
        anode=text("TargetName", "XrayGenerator"),
        where=f"{name} XrayGenerator",
    )
    unit = text("IntensityUnit", scan).lower()
    seconds = speed_time(
        text("Speed", scan), text("SpeedUnit", scan), text("Step", scan), text("Mode", scan), f"{name} {scan}"
    )
    metadata = {tag: text(tag) for tag in _KEPT if text(tag)}
    return _Conditions(
        axis or "TwoTheta",
        unit if unit in ("counts", "cps") else "1",
        number(text("DataCount", scan)),
        settings,
        metadata,
        seconds,
    )

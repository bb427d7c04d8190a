"""Neware .ndax: a zip of data.ndc (voltage, current), data_runInfo.ndc (times, counters) and data_step.ndc.

Parts are pages of 4096 bytes (512 in versions up to 4), the first of which is a header. From version 8 on
only some records have times and counters of their own; those between are interpolated by the library
(fastnda), as BTSDA does. Each part is unpacked within bounds before the library gets it. Charging
currents are positive. The format has no public description: layouts as in fastnda 1.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording
from negatrode.files.archive import Archive
from negatrode.files.blob import Blob
from negatrode.files.readers.neware_frame import build_block
from negatrode.files.readers.neware_library import Notes, as_file, guarded, packed
from negatrode.files.text import number
from negatrode.files.xml import find_local, local, parse_xml

if TYPE_CHECKING:
    import polars as pl

NAME = "neware-ndax"
TITLE = "Neware zip (.ndax)"
KIND = "cycling"

_MAIN, _RUN, _STEP = "data.ndc", "data_runInfo.ndc", "data_step.ndc"
_TYPES = {_MAIN: 1, _RUN: 18, _STEP: 7}
_PAGE, _OLD_PAGE, _LAST_OLD = 4096, 512, 4
_SPLIT_FROM, _STEPS_FROM, _WITHOUT = 8, 6, (7, 15)  # versions whose main part does not hold everything
_AUXILIARY = re.compile(r"(?:data_AUX_\d+_\d+|.*)_\d+\.ndc\Z")
_KNOWN_LEFT = {"data_log.ndc": "the log of the cycler", "data_es.ndc": "not understood"}
_PROLOG = re.compile(r"\A\s*<\?xml[^>]*\?>")


def sniff(blob: Blob) -> int:
    """A zip that names data.ndc or data_runInfo.ndc (names stand in clear in the container)."""
    if not blob.data.startswith(b"PK"):
        return 0
    return 100 if _MAIN.encode() in blob.data or _RUN.encode() in blob.data else 0


def read(blob: Blob) -> Recording:
    """All records in seconds, volts and amperes; ReadError with the part where they are damaged."""
    archive, notes = Archive(blob.data), Notes()
    if _MAIN not in archive.names:
        raise ReadError(f"no {_MAIN}", rule="a Neware container holds it", remedy="Copy the file again")
    if len(set(archive.names)) != len(archive.names):
        raise ReadError("two members of the same name", rule="each part stands once")
    parts = {n: archive.read(n) for n in archive.names if n in _TYPES or _AUXILIARY.fullmatch(n)}
    version = _check_parts(parts)
    described = {n: archive.read(n) for n in archive.names if n.lower().endswith(".xml")}
    if "TestInfo.xml" in described:
        _xml("TestInfo.xml", described["TestInfo.xml"])  # the library reads it, too: no bombs
    extra = {n: d for n, d in described.items() if n == "TestInfo.xml"}
    _check_links(parts, version, notes)
    with as_file("recording.ndax", packed({**parts, **extra})) as path:
        frame = guarded("records", lambda: _frame(path), notes)
    block = build_block(frame, notes)
    settings, metadata = _described(described, notes)
    for name in archive.names:
        if name not in parts and name not in described and not name.endswith("/"):
            notes.add(name, _KNOWN_LEFT.get(name, "not understood"))
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=settings,
        metadata={"ndc_version": str(version), **metadata},
        unread=tuple(notes.entries),
    )


def _frame(path: Path) -> pl.DataFrame:
    from fastnda.ndax import read_ndax

    frame: pl.DataFrame = read_ndax(path)
    return frame


def _part(data: bytes) -> pl.DataFrame:
    from fastnda._ndc import read_ndc

    frame: pl.DataFrame = read_ndc(data)
    return frame


def _check_parts(parts: Mapping[str, bytes]) -> int:
    """The version, once every part is what its name says and consists of whole pages."""
    version = -1
    for name, data in sorted(parts.items(), key=lambda item: item[0] != _MAIN):
        if len(data) < 3:
            raise _damaged(f"{len(data)} bytes", name, "a part starts with its type and version")
        if version < 0:
            version = data[2]
        kind = _TYPES.get(name, 5)
        if data[0] != kind:
            raise _damaged(f"part of type {data[0]}", name, f"its name stands for type {kind}")
        if data[2] != version:
            raise _damaged(f"version {data[2]}", name, f"{_MAIN} has version {version}")
        page = _OLD_PAGE if version <= _LAST_OLD else _PAGE
        if len(data) % page or len(data) < page:
            raise _damaged(f"{len(data)} bytes", name, f"a part consists of pages of {page} bytes")
    if version >= _SPLIT_FROM and version not in _WITHOUT and _RUN not in parts:
        raise _damaged("missing", _RUN, f"version {version} holds times and counters in it")
    if version >= _STEPS_FROM and version not in _WITHOUT and _STEP not in parts:
        raise _damaged("missing", _STEP, f"version {version} holds cycles and steps in it")
    return int(version)


def _damaged(found: str, where: str, rule: str) -> ReadError:
    return ReadError(found, where=where, rule=rule, remedy="The file is cut off or damaged; copy it again")


def _check_links(parts: Mapping[str, bytes], version: int, notes: Notes) -> None:
    """Times belong to records that are there, from the first to near the last; steps are all described.

    The library would otherwise carry the last known time and step on over records whose own are lost.
    """
    if version < _SPLIT_FROM or version in _WITHOUT:
        return
    main = guarded(_MAIN, lambda: _part(parts[_MAIN]), Notes())
    run = guarded(_RUN, lambda: _part(parts[_RUN]), Notes())
    step = guarded(_STEP, lambda: _part(parts[_STEP]), Notes())
    records = main["index"].to_numpy()
    timed = np.sort(run["index"].to_numpy())
    if not len(records) or not len(timed):
        raise _damaged(f"{len(records)} records, {len(timed)} times", _RUN, "a recording holds both")
    strange = timed[~np.isin(timed, records)]
    if len(strange):
        raise _damaged(
            f"{len(strange)} times of records that are not there (first {strange[0]})", _RUN,
            f"{_MAIN} holds the records {records[0]} to {records[-1]}",
        )  # fmt: skip
    if timed[0] != records[0]:
        raise _damaged(f"first time at record {timed[0]}", _RUN, f"the first record is {records[0]}")
    gaps = np.diff(np.append(timed, records[-1] + 1))
    alone = len(records) - len(timed)
    if gaps[-1] > 2 * max(int(gaps[:-1].max(initial=1)), 1) + 1:
        raise _damaged(
            f"no times for the last {gaps[-1] - 1} of {len(records)} records", _RUN,
            "the times reach to the last record",
        )  # fmt: skip
    if alone:
        notes.add(
            _RUN,
            f"{alone} of {len(records)} records have no time and counters of their own; interpolated",
        )
    steps = int(run["step_count"].max() or 0)  # type: ignore[arg-type]  # a column of integers
    if steps > step.height:
        raise _damaged(f"{step.height} steps", _STEP, f"the records run through {steps}")


def _described(members: Mapping[str, bytes], notes: Notes) -> tuple[dict[str, Stated], dict[str, str]]:
    """Active mass where it was entered, and what versions and test are called."""
    settings: dict[str, Stated] = {}
    metadata: dict[str, str] = {}
    for name, data in members.items():
        if name not in ("VersionInfo.xml", "TestInfo.xml", "Step.xml"):
            notes.add(name, "not understood")
            continue
        try:
            root = _xml(name, data)
        except ReadError as error:
            notes.add(name, error.found)
            continue
        if name == "Step.xml":
            settings |= _mass(root, notes)
            notes.add(name, "the programme of steps is not kept")
        else:
            wanted = "TestInfo" if name == "TestInfo.xml" else "ZwjVersion"
            element = find_local(root, wanted)
            if element is not None:
                metadata |= {f"{local(element.tag)}.{k}": v for k, v in element.attrib.items() if v.strip()}
    return settings, metadata


def _xml(name: str, data: bytes) -> Element:
    """The root; parts are in GB 2312, which the XML parser does not know by itself."""
    text = (
        data.decode("gb18030", errors="replace")
        if b"gb" in data[:80].lower()
        else data.decode("utf-8", "replace")
    )
    try:
        return parse_xml(_PROLOG.sub("", text, count=1).encode("utf-8"))
    except ReadError as error:
        raise ReadError(
            error.found, where=f"{name} {error.where}".strip(), rule=error.rule, remedy=error.remedy
        ) from None


def _mass(root: Element, notes: Notes) -> dict[str, Stated]:
    """SCQ of the head: micrograms of active material, if it was selected; 1 mg is the preset."""
    element = find_local(root, "SCQ")
    if element is None or element.get("Is_Select", "1") != "1":
        return {}
    value = number(element.get("Value", ""))
    if value is None or not value > 0 or not np.isfinite(value):
        return {}
    if value == 1000.0:
        notes.add("Step.xml", "an active mass of 1 mg is what BTS presets; not taken for the electrode's")
        return {}
    return {"mass": Stated(value / 1000.0, "mg", "Step.xml Head_Info/SCQ")}

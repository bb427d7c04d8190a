"""NETZSCH binary data files (.ngb-ss3, .ngb-ds3, .ngb-bs3) of STA instruments, through pyngb (MIT).

The zip container is opened by our own bounded Archive first; pyngb then sees only members that are
whole and of bearable size, and everything it raises is a ReadError here.
"""

from __future__ import annotations

import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording, Unread
from negatrode.files.archive import Archive
from negatrode.files.blob import Blob
from negatrode.files.readers.thermal_channels import (
    atmosphere_of,
    gas_name,
    heating_rate,
    stated_quantity,
    stated_word,
)

NAME = "netzsch-ngb"
TITLE = "NETZSCH binary data file (.ngb-ss3, .ngb-ds3)"
KIND = "thermal"

_STREAMS = tuple(f"Streams/stream_{i}.table" for i in (1, 2, 3))
_MAX_STREAM_MB = 64
_PLACES = (("purge_1", "purge_flow_1"), ("purge_2", "purge_flow_2"), ("protective", "protective_flow"))
# A mass-flow controller that is shut reads a little beside zero
_NO_FLOW = 0.5
_SOME = 0.05


def sniff(blob: Blob) -> int:
    """By a zip member that only these files have."""
    return 100 if blob.data[:2] == b"PK" and b"Streams/stream_1.table" in blob.data else 0


def read(blob: Blob) -> Recording:
    """The sample run: time, sample temperature, DSC signal (uV, as stored), mass, and the gases that flowed.

    The stored mass starts at zero (the balance is tared); the sample mass of the header is added to it.
    Which way exotherms point is not in the file. An embedded correction run is reported, not subtracted.
    Raises ReadError for a container or stream that is damaged, and for a dilatometer file.
    """
    archive = Archive(blob.data)
    whole = {name: archive.read(name) for name in archive.names if not name.endswith("/")}
    members = {name: whole[name] for name in _STREAMS if name in whole}
    for name in _STREAMS[:2]:
        if name not in members:
            raise ReadError(f"no member '{name}'", rule="header and data stand in streams 1 and 2")
    metadata, table, damage = _parse(members)
    data = {n: _values(table, n) for n in table.column_names}
    block = Block("sample", tuple(_columns(data, metadata)))
    _check(block)
    unread = [Unread(n, "a stream of the instrument's settings") for n in archive.names if _is_other(n)]
    if damage:
        unread.append(Unread(_STREAMS[0], f"{damage} damaged parts of the header; nothing it states is used"))
    if metadata.get("correction_file_path"):
        path = metadata["correction_file_path"]
        unread.append(Unread(_STREAMS[1], f"a correction run may be embedded ({path}); it is not subtracted"))
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings={} if damage else _settings(metadata, data),
        metadata=_words(metadata),
        unread=tuple(unread),
    )


def _is_other(name: str) -> bool:
    return name.startswith("Streams/stream_") and name not in _STREAMS


def _parse(members: Mapping[str, bytes]) -> tuple[dict[str, Any], Any, int]:
    """Metadata, table and number of damaged header parts, from a clean copy of the members found whole."""
    import polars
    import pyngb

    clean = io.BytesIO()
    with zipfile.ZipFile(clean, "w", zipfile.ZIP_STORED) as box:
        for name, body in members.items():
            box.writestr(name, body)
    limits = pyngb.ParsingConfig(max_stream_size_mb=_MAX_STREAM_MB, max_array_size_mb=_MAX_STREAM_MB)
    failures = (
        pyngb.NGBParseError,
        polars.exceptions.PolarsError,
        zipfile.BadZipFile,
        struct.error,
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        AttributeError,
        OSError,
        MemoryError,
    )
    with tempfile.TemporaryDirectory(prefix="negatrode-") as folder:
        path = Path(folder) / "copy.ngb-ss3"  # pyngb reads from a path only
        path.write_bytes(clean.getvalue())
        try:
            metadata, table = pyngb.read_ngb(path, return_metadata=True, limits=limits)
            damage = len(pyngb.load_document(path, streams=(1,), limits=limits).defects(1))
        except failures as error:
            text = " ".join(str(error).replace(str(path), "").split())[:160]
            raise ReadError(
                f"the streams cannot be understood ({type(error).__name__}: {text})",
                remedy="The file is damaged or of an unknown version; export it as text from Proteus",
            ) from None
    return dict(metadata), table, damage


def _values(table: Any, name: str) -> NDArray[np.float64]:
    return np.ascontiguousarray(table.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)


def _columns(data: Mapping[str, NDArray[np.float64]], metadata: Mapping[str, Any]) -> list[Column]:
    dta = str(metadata.get("carrier_type", "")).upper().replace(" ", "").find("DTA") >= 0
    names = {
        "time": ("time", "s"),
        "sample_temperature": ("temperature", "degC"),
        "dsc_signal": ("dta" if dta else "heat_flow", "uV"),
        "furnace_temperature": ("furnace_temperature", "degC"),
    }
    found = []
    for name, values in data.items():
        if name == "mass":
            found.append(_mass(values, metadata.get("sample_mass")))
        elif name in names:
            found.append(Column(*names[name], values))
        else:
            found.append(Column(name, "ml/min" if "flow" in name else "", values))
    return found


def _mass(change: NDArray[np.float64], sample: object) -> Column:
    if isinstance(sample, int | float) and sample > 0 and abs(change[:1].sum()) < 0.1 * sample:
        return Column("mass", "mg", change + float(sample))
    return Column("mass_change", "mg", change)


def _check(block: Block) -> None:
    if not block.has("temperature") or not (block.has("heat_flow") or block.has("dta") or block.has("mass")):
        raise ReadError(
            f"channels {', '.join(block.names())}",
            rule="a thermogram has a sample temperature and a mass, DSC or DTA signal",
            remedy="A dilatometer file is not read",
        )
    for column in block.columns:
        if len(column.values) < 2 or not np.isfinite(column.values).all():
            raise ReadError(
                f"channel '{column.name}' holds no finite numbers",
                remedy="The file is damaged; copy it again",
            )
    temperature = block.column("temperature").values
    if temperature.min() < -273.15 or temperature.max() > 4000.0:
        raise ReadError(
            f"temperatures from {temperature.min():g} to {temperature.max():g} degC",
            rule="a sample lies between absolute zero and 4000 degC",
        )


def _settings(metadata: Mapping[str, Any], data: Mapping[str, NDArray[np.float64]]) -> dict[str, Stated]:
    mass = metadata.get("sample_mass")
    shares = {place: _share(metadata, data, place, column) for place, column in _PLACES}
    gases = [gas_name(str(metadata.get(f"{p}_mfc_gas", ""))) for p, share in shares.items() if share > _SOME]
    # a gas that was switched on or off within the run: which one the peak was in is not said
    steady = all(share < _SOME or share > 1.0 - _SOME for share in shares.values())
    return {
        **stated_quantity("mass", mass if isinstance(mass, float | int) else None, "mg", _STREAMS[0]),
        **stated_quantity("heating_rate", _rate(metadata), "K/min", f"{_STREAMS[0]} temperature programme"),
        **stated_word(
            "atmosphere", atmosphere_of(gases) if steady else None, f"{_STREAMS[0]} gases with a flow"
        ),
    }


def _share(
    metadata: Mapping[str, Any], data: Mapping[str, NDArray[np.float64]], place: str, column: str
) -> float:
    """The part of the run in which a gas flowed: by the recorded flow, else by the programme's stages."""
    if column in data:
        return float(np.mean(data[column] > _NO_FLOW))
    flow = metadata.get(f"{place}_mfc_flow")
    if isinstance(flow, int | float):
        return float(flow > _NO_FLOW)
    stages = [s for s in metadata.get("temperature_program", {}).values() if s.get("stage_type") == 1]
    return sum(s.get(f"{place}_mfc_flow", 0.0) > _NO_FLOW for s in stages) / len(stages) if stages else 0.0


def _rate(metadata: Mapping[str, Any]) -> float | None:
    segments: list[tuple[float | None, float, float]] = []
    last: float | None = None
    for stage in metadata.get("temperature_program", {}).values():
        stop, rate = stage.get("temperature"), stage.get("heating_rate")
        if isinstance(stop, int | float) and isinstance(rate, int | float):
            segments.append((last, float(stop), float(rate)))
            last = float(stop)
    return heating_rate(segments)


def _words(metadata: Mapping[str, Any]) -> dict[str, str]:
    kept = {k: v for k, v in metadata.items() if k not in ("file_hash",) and v not in (None, "")}
    return {k: v if isinstance(v, str) else json.dumps(v, default=str) for k, v in kept.items()}

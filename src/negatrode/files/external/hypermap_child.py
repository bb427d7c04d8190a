"""Reads one vendor hypermap with RosettaSciIO and hands arrays over as plain files. A program, no module.

    python -I hypermap_child.py REQUEST.json

RosettaSciIO is under the GPL; negatrode never imports it. It runs here, in a process of its own, which
knows nothing of negatrode either: the request names the plug-in, the file and the limits; the answer is
``answer.json`` and raw little-endian arrays in the request's folder. Nothing that is written here is
trusted by the reader: it checks every size again.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import numbers
import re
import sys
from pathlib import Path
from typing import Any

NO_LIBRARY = 3
NOT_READ = 4
TOO_LARGE = 5


class TooLarge(Exception):
    """The map does not fit into the bytes allowed."""


def limit_resources(request: dict[str, Any]) -> None:
    """Memory, processor time and file size, where the platform knows such limits."""
    try:
        import resource
    except ImportError:
        return
    for name, value in (
        ("RLIMIT_AS", request["memory"]),
        ("RLIMIT_CPU", request["seconds"]),
        ("RLIMIT_FSIZE", request["largest"] + 2**24),
        ("RLIMIT_CORE", 0),
    ):
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, name), (value, value))


def count_past_a_byte(plugin: Any) -> None:
    """Have Bruker maps counted in 16 bits at least.

    The library chooses the type by twice the mean over all pixels; a pixel of a small bright domain may
    hold more than 255 counts where the mean is low, and would wrap round.
    """
    import numpy as np

    header = getattr(getattr(plugin, "_api", None), "HyperHeader", None)
    original = getattr(header, "estimate_map_depth", None)
    if header is None or original is None:
        return

    def deep(self: Any, *args: Any, **kwargs: Any) -> Any:
        depth = original(self, *args, **kwargs)
        return depth if np.dtype(depth).itemsize > 1 else np.uint16

    header.estimate_map_depth = deep


def axes_of(signal: dict[str, Any]) -> list[dict[str, Any]]:
    """Size, offset, scale and unit of each axis, in the order of the array."""
    plain = []
    for axis in signal["axes"]:
        units = axis.get("units")
        plain.append(
            {
                "name": str(axis.get("name") or ""),
                "size": int(axis["size"]),
                "offset": float(axis.get("offset") or 0.0),
                "scale": float(axis.get("scale") or 0.0),
                "units": units if isinstance(units, str) else "",
            }
        )
    return plain


def is_energy(axis: dict[str, Any]) -> bool:
    """Whether an axis is the energy of photons."""
    return axis["units"] in ("keV", "eV") or axis["name"].lower() == "energy"


def trimmed(data: Any, np: Any) -> tuple[Any, int]:
    """The channels from the first to the last that hold counts, and the number of the first."""
    held = np.zeros(data.shape[-1], dtype=bool)
    for row in data:
        held |= row.any(axis=0)
    places = np.flatnonzero(held)
    if not len(places):
        return data[..., :1], 0
    return data[..., places[0] : places[-1] + 1], int(places[0])


def smallest(data: Any, np: Any) -> Any:
    """Whole counts in the smallest unsigned type that holds them."""
    if data.dtype.kind not in "ui":
        whole = np.asarray(data, dtype=np.float64)
        if not np.isfinite(whole).all() or (whole != np.floor(whole)).any():
            raise ValueError("counts that are no whole numbers")
        data = whole
    if float(data.min()) < 0:
        raise ValueError("negative counts")
    most = float(data.max())
    for code in ("<u1", "<u2", "<u4"):
        if most <= np.iinfo(code).max:
            return data.astype(code)
    raise ValueError(f"{most:g} counts in one channel")


def describe(signal: dict[str, Any]) -> dict[str, Any]:
    """Title, elements, lines and instrument of a signal, as far as the file states them."""
    metadata = signal.get("metadata") or {}
    instrument = metadata.get("Acquisition_instrument") or {}
    mode = next((m for m in ("SEM", "TEM") if m in instrument), "")
    column = instrument.get(mode) or {}
    eds = (column.get("Detector") or {}).get("EDS") or {}
    sample = metadata.get("Sample") or {}
    values = {
        "beam_energy": column.get("beam_energy"),
        "magnification": column.get("magnification"),
        "live_time": eds.get("live_time"),
        "real_time": eds.get("real_time"),
        "elevation_angle": eds.get("elevation_angle"),
        "energy_resolution_MnKa": eds.get("energy_resolution_MnKa"),
    }
    words = {
        "mode": mode,
        "detector_type": eds.get("detector_type"),
        "date": (metadata.get("General") or {}).get("date"),
        "sample": sample.get("name"),
    }
    return {
        "title": str((metadata.get("General") or {}).get("title") or ""),
        "elements": [str(e) for e in sample.get("elements") or []],
        "lines": [str(e) for e in sample.get("xray_lines") or []],
        # numpy's scalars are numbers.Real, but no float
        "numbers": {
            k: float(v) for k, v in values.items() if isinstance(v, numbers.Real) and math.isfinite(v)
        },
        "words": {k: str(v) for k, v in words.items() if v not in (None, "")},
    }


def hand_over(signals: list[dict[str, Any]], folder: Path, largest: int) -> list[dict[str, Any]]:
    """Write each map or image as a raw array; the list says what each file holds."""
    import numpy as np

    answer: list[dict[str, Any]] = []
    written = 0
    for i, signal in enumerate(signals):
        data, axes = signal["data"], axes_of(signal)
        entry = describe(signal)
        if data.ndim == 3 and is_energy(axes[2]):
            data, entry["first_channel"] = trimmed(np.asarray(data), np)
            data, entry["kind"] = smallest(data, np), "spectra"
        elif data.ndim == 2 and not is_energy(axes[1]) and data.dtype.kind in "uif":
            data, entry["kind"] = np.asarray(data).astype("<f4"), "image"
        else:
            answer.append({**entry, "kind": "other", "shape": [int(n) for n in data.shape]})
            continue
        written += data.nbytes
        if written > largest:
            raise TooLarge(f"{written} bytes of maps and images")
        entry |= {
            "file": f"array_{i}.raw",
            "dtype": data.dtype.newbyteorder("<").str.replace("|", "<"),
            "shape": [int(n) for n in data.shape],
            "axes": axes,
        }
        (folder / entry["file"]).write_bytes(np.ascontiguousarray(data).tobytes())
        answer.append(entry)
    return answer


def main(place: str) -> int:
    """Read what the request names; the exit status says how it went."""
    folder = Path(place).parent
    request = json.loads(Path(place).read_text(encoding="utf-8"))
    limit_resources(request)
    status = 0
    try:
        # the plug-in is named by the request, out of the reader's own list
        plugin = importlib.import_module(f"rsciio.{request['plugin']}")
        count_past_a_byte(plugin)
        signals = plugin.file_reader(request["file"], **request["options"])
        answer: dict[str, Any] = {"signals": hand_over(signals, folder, request["largest"])}
    except ModuleNotFoundError as error:
        quoted = re.search(r"'(\w+)'", str(error))
        answer = {"missing": error.name or (quoted[1] if quoted else str(error))}
        status = NO_LIBRARY
    except (TooLarge, MemoryError) as error:
        answer, status = {"error": str(error) or "out of memory"}, TOO_LARGE
    except Exception as error:  # noqa: BLE001 -- whatever the library raises on a damaged file
        answer, status = {"error": f"{type(error).__name__}: {error}"[:300]}, NOT_READ
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))

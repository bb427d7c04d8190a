"""Reads the datasets of an HDF5 file and hands them over as plain bytes. A program, no module.

    python -I hdf5_child.py REQUEST.json

The HDF5 library may run on or crash on a damaged file; here it does so in a process of its own, with
limits of time and memory. The answer is ``answer.json`` and ``arrays.bin`` in the folder of the request;
the parent checks every size again.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from pathlib import Path
from typing import Any

NOT_READ = 4
MAX_OBJECTS = 20_000
SLAB = 1 << 24  # bytes of a cube looked at in one go


def limit_resources(request: dict[str, Any]) -> None:
    """Memory and processor time, where the platform knows such limits."""
    try:
        import resource
    except ImportError:
        return
    for name, value in (
        ("RLIMIT_AS", request["memory"]),
        ("RLIMIT_CPU", request["seconds"]),
        ("RLIMIT_CORE", 0),
    ):
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, name), (value, value))


def plain(value: Any) -> Any:
    """An attribute or a text dataset as JSON: text, number or list of them."""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")[:2000]
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(v) for v in value[:64]]
    if isinstance(value, bytes):
        return plain(value)
    return value if isinstance(value, str | int | float | bool) else str(value)[:200]


def attributes(item: Any) -> dict[str, Any]:
    """Attributes of a dataset; those that cannot be read are left out."""
    found = {}
    for name in list(item.attrs)[:64]:
        with contextlib.suppress(OSError, ValueError, TypeError, RuntimeError, KeyError):
            found[str(name)] = plain(item.attrs[name])
    return found


def cube(item: Any, np: Any) -> Any:
    """A large dataset of whole numbers as the smallest unsigned type that holds it, read slab by slab."""
    kept = np.empty(item.shape, dtype=np.uint16)
    step = max(1, SLAB // max(1, item.dtype.itemsize * item.shape[1]))
    largest = 0
    for start in range(0, item.shape[0], step):
        part = item[start : start + step]
        if part.min() < 0 or part.max() > 65535:
            raise ValueError(f"counts from {part.min()} to {part.max()} in {item.name}")
        largest = max(largest, int(part.max()))
        kept[start : start + step] = part
    return kept.astype(np.uint8) if largest < 256 else kept


def collect(file: Any, request: dict[str, Any], h5py: Any, np: Any, out: Any) -> dict[str, Any]:
    """Every dataset that is small enough, and a list of those that are not."""
    entries: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    seen = 0

    def visit(name: str, item: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > MAX_OBJECTS:
            raise ValueError(f"more than {MAX_OBJECTS} objects")
        if not isinstance(item, h5py.Dataset):
            return
        kind = item.dtype.kind
        wide = kind in "iu" and item.ndim == 2 and name.endswith(request["cube"])
        size = int(item.size) * (2 if wide else item.dtype.itemsize)
        # bytes that lie in other files are never read
        elsewhere = item.external is not None or item.is_virtual
        if (
            elsewhere
            or any(part in name for part in request["skip"])
            or size > request["largest"] - out.tell()
        ):
            skipped.append({"path": name, "shape": list(item.shape), "dtype": str(item.dtype)})
            return
        entry: dict[str, Any] = {"path": name, "attributes": attributes(item)}
        if kind in "iufb" and item.shape is not None:
            values = cube(item, np) if wide and item.size else np.asarray(item[()])
            values = values.astype(np.uint8) if values.dtype == bool else values
            values = values.astype(values.dtype.newbyteorder("<"))
            entry |= {"dtype": values.dtype.str, "shape": list(values.shape), "offset": out.tell()}
            out.write(values.tobytes())
        else:
            entry["text"] = plain(item[()]) if item.size < 1000 else ""
        entries.append(entry)

    file.visititems(visit)
    return {"entries": entries, "skipped": skipped}


def main(place: Path) -> int:
    """Answer one request; the exit status says how it ended."""
    request = json.loads(place.read_text(encoding="utf-8"))
    limit_resources(request)
    h5py = importlib.import_module("h5py")
    np = importlib.import_module("numpy")

    try:
        with (
            (place.parent / "arrays.bin").open("wb") as out,
            h5py.File(request["file"], "r") as file,
        ):
            answer, status = collect(file, request, h5py, np, out), 0
    except Exception as error:  # noqa: BLE001 -- whatever the library raises is told to the parent
        answer, status = {"error": f"{type(error).__name__}: {error}"[:500]}, NOT_READ
    (place.parent / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

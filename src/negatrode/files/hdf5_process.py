"""HDF5 files opened without trust: the superblock judged first, the library in a process of its own.

On damaged files the HDF5 library may run on without end, so that it is stopped by a limit of processor
time. The superblock states where the file ends: a file of another length is refused without opening it.
Source: HDF5 File Format Specification 3.0, section II.A.
"""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError

MAGIC = b"\x89HDF\r\n\x1a\n"
CHILD = Path(__file__).with_name("external") / "hdf5_child.py"
MEMORY_LIMIT = 3 * 1024**3
MAX_HANDED_OVER = 640 * 1024**2
_MAX_ANSWER = 8 * 1024**2
# processor time allowed: to start, and for each byte of the file
_START_SECONDS, _BYTES_PER_SECOND = 3, 1_000_000
_WALL = 10
_NOT_READ = 4
_TYPES = {f"{o}{k}" for o in "<|" for k in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")}
_REMEDY = "The file is cut off or damaged; copy or export it again"


@dataclass(frozen=True, eq=False)
class Dataset:
    """A dataset with its attributes: numbers in ``values``, or ``text``."""

    values: NDArray[Any] | None
    text: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Hdf5Content:
    """Datasets by path ("1/EDS/Data/Live Time"), and shape and type of those that were left out."""

    datasets: Mapping[str, Dataset]
    left_out: Mapping[str, str]


def check_superblock(data: bytes) -> None:
    """ReadError where the signature, the version or the stated end of the file is wrong."""
    try:
        version = data[8]
        if not data.startswith(MAGIC) or version > 3:
            raise ReadError(f"superblock version {version}", rule="HDF5 superblocks have version 0 to 3")
        widths = data[13:15] if version < 2 else data[9:11]
        if widths != b"\x08\x08":
            raise ReadError(
                f"offsets of {widths[0]} and lengths of {widths[1]} bytes", rule="they have 8 bytes"
            )
        at = {0: 24, 1: 28}.get(version, 12)
        base, _, end = struct.unpack_from("<QQQ", data, at)
    except (struct.error, IndexError):
        raise ReadError("the file ends within its superblock", remedy=_REMEDY) from None
    if base + end != len(data):
        raise ReadError(
            f"{len(data)} bytes where the superblock states {base + end}",
            where="superblock",
            rule="an HDF5 file ends where its superblock says",
            remedy=_REMEDY,
        )


def read_hdf5(data: bytes, *, skip: tuple[str, ...] = (), cube: str = "\x00") -> Hdf5Content:
    """All datasets of an HDF5 file up to MAX_HANDED_OVER bytes, those in a path with ``skip`` left out.

    A dataset of whole numbers whose path ends with ``cube`` comes back in the smallest unsigned type.
    Raises ReadError where the library refuses the file, crashes, or runs on.
    """
    check_superblock(data)
    seconds = _START_SECONDS + len(data) // _BYTES_PER_SECOND
    with tempfile.TemporaryDirectory(prefix="negatrode-hdf5-") as place:
        folder = Path(place)
        (folder / "data.h5").write_bytes(data)
        request = {
            "file": str(folder / "data.h5"),
            "memory": MEMORY_LIMIT,
            "seconds": seconds,
            "largest": MAX_HANDED_OVER,
            "skip": list(skip),
            "cube": cube,
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run(folder, seconds)
        try:
            return _received(folder)
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise ReadError(f"datasets that do not fit together ({error})", remedy=_REMEDY) from None


def _run(folder: Path, seconds: int) -> None:
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "LANG")}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-I", "-B", "-W", "ignore", str(CHILD), str(folder / "request.json")]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**kept, **threads, "HDF5_USE_FILE_LOCKING": "FALSE"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_WALL * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _late(_WALL * seconds) from None
    except OSError as error:
        raise ReadError(f"the process that reads HDF5 cannot be started ({error.strerror})") from None
    if done.returncode == _NOT_READ:
        text = " ".join(str(_answer(folder).get("error", "")).split())[:200]
        raise ReadError(f"the HDF5 library refuses the file ({text})", remedy=_REMEDY)
    if done.returncode in (-24, -9):
        raise _late(seconds)
    if done.returncode != 0:
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
        raise ReadError(f"the process that read the HDF5 file ended with {how}", remedy=_REMEDY)


def _late(seconds: int) -> ReadError:
    return ReadError(
        f"not read within {seconds} s",
        rule="on damaged files the HDF5 library may run on; it is stopped",
        remedy=_REMEDY,
    )


def _answer(folder: Path) -> dict[str, Any]:
    place = folder / "answer.json"
    if not place.is_file() or place.stat().st_size > _MAX_ANSWER:
        raise ReadError("no description of the datasets came back", remedy=_REMEDY)
    try:
        found = json.loads(place.read_bytes())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ReadError("a damaged description of the datasets came back", remedy=_REMEDY)
    return found


def _received(folder: Path) -> Hdf5Content:
    answer = _answer(folder)
    body = (folder / "arrays.bin").read_bytes()
    datasets = {str(e["path"]): _dataset(e, body) for e in answer["entries"]}
    left_out = {str(s["path"]): f"{s['dtype']}, shape {tuple(s['shape'])}" for s in answer["skipped"]}
    return Hdf5Content(datasets, left_out)


def _dataset(entry: dict[str, Any], body: bytes) -> Dataset:
    attributes = dict(entry["attributes"])
    if "dtype" not in entry:
        text = entry["text"]
        words = text if isinstance(text, list) else [text]
        return Dataset(None, tuple(str(w) for w in words), attributes)
    if entry["dtype"] not in _TYPES:
        raise ValueError(f"type {entry['dtype']}")
    shape = tuple(int(n) for n in entry["shape"])
    count = math.prod(shape)
    if count == 0:
        return Dataset(np.empty(shape), (), attributes)
    values = np.frombuffer(body, dtype=entry["dtype"], count=count, offset=int(entry["offset"]))
    return Dataset(values.reshape(shape), (), attributes)

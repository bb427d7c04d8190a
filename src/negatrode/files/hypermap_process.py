"""A vendor hypermap read in a process of its own, and everything that comes back checked.

The library that reads these formats (RosettaSciIO) is under the GPL and parses damaged files with compiled
code that may crash or run on. It is never imported here: ``external/hypermap_child.py`` runs it, with
limits of time and memory, in a temporary folder that holds copies of the files.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError

CHILD = Path(__file__).with_name("external") / "hypermap_child.py"
TIME_LIMIT = 180  # seconds of wall time and of processor time; a 512 x 400 map takes about ten
MEMORY_LIMIT = 6 * 1024**3  # bytes of address space (where the platform can limit it)
MAX_HANDED_OVER = 1024**3  # bytes of all maps and images of one file
MAX_ANSWER = 4 * 1024**2  # bytes of the description
MAX_SIGNALS = 256
NO_LIBRARY, NOT_READ, TOO_LARGE = 3, 4, 5  # exit statuses of the child
_TYPES = {"spectra": ("<u1", "<u2", "<u4"), "image": ("<f4",)}
_REMEDY = "The file is cut off, damaged or of an unknown version; copy or export it again"
INSTALL = "pip install 'negatrode[hypermap]'"


@dataclass(frozen=True)
class Axis:
    """One axis as the file states it: element k lies at ``offset + k * scale`` in ``units``."""

    name: str
    size: int
    offset: float
    scale: float
    units: str


@dataclass(frozen=True, eq=False)
class Signal:
    """A hypermap (``kind`` "spectra", shape (rows, columns, channels)), an image, or one of another shape.

    ``first_channel`` is the channel of the file at which ``values`` begin; ``values`` of "other" are empty.
    """

    kind: Literal["spectra", "image", "other"]
    title: str
    values: NDArray[Any]
    axes: tuple[Axis, ...] = ()
    first_channel: int = 0
    elements: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    shape: tuple[int, ...] = ()


def read_outside(
    plugin: str, files: Mapping[str, bytes], main: str, options: Mapping[str, Any]
) -> list[Signal]:
    """The signals that a plug-in of RosettaSciIO finds in ``main``, one of ``files`` (name -> bytes).

    ``options`` go to the plug-in; a value "./name" becomes the path of that file. Raises ReadError where
    the library is not installed, or the child fails, crashes, hangs or hands over what cannot be.
    """
    with tempfile.TemporaryDirectory(prefix="negatrode-map-") as place:
        folder = Path(place)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        given = {k: str(folder / v[2:]) if _is_file(v) else v for k, v in options.items()}
        request = {
            "plugin": plugin,
            "file": str(folder / main),
            "options": given,
            "memory": MEMORY_LIMIT,
            "seconds": TIME_LIMIT,
            "largest": MAX_HANDED_OVER,
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run(folder)
        return received(folder)


def _is_file(value: object) -> bool:
    return isinstance(value, str) and value.startswith("./")


def _run(folder: Path) -> None:
    """Run the child; ReadError for every end but a good one."""
    command = [sys.executable, "-I", "-B", "-W", "ignore", str(CHILD), str(folder / "request.json")]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReadError(
            f"the map was not read within {TIME_LIMIT} s",
            rule="a reader that runs on is stopped",
            remedy=_REMEDY,
        ) from None
    except OSError as error:
        raise ReadError(f"the process that reads hypermaps cannot be started ({error.strerror})") from None
    if done.returncode != 0:
        raise _failure(done.returncode, folder)


def _environment(folder: Path) -> dict[str, str]:
    """What a Python process needs, and one thread: threads of libraries reserve address space."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "LANG")}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "NUMBA_CACHE_DIR"), str(folder))
    return {**kept, **threads, **places}


def _failure(status: int, folder: Path) -> ReadError:
    try:
        answer = _answer(folder)
    except ReadError:
        answer = {}
    if status == NO_LIBRARY:
        missing = str(answer.get("missing", "rsciio"))[:60]
        return ReadError(
            f"reading this format needs '{missing}', which is not installed",
            rule="vendor hypermaps are read by RosettaSciIO (GPL) in a process of its own",
            remedy=f"Install it with {INSTALL}, or export element maps as tables or images",
        )
    if status == TOO_LARGE:
        return ReadError(
            f"the map is too large ({str(answer.get('error', ''))[:120]})",
            rule=f"at most {MAX_HANDED_OVER} bytes of counts, {MEMORY_LIMIT} bytes of memory",
            remedy="Export a part of it, or with fewer pixels or channels",
        )
    if status == NOT_READ:
        text = str(answer.get("error", "")).replace(str(folder), "")
        return ReadError(f"the content cannot be understood ({' '.join(text.split())[:200]})", remedy=_REMEDY)
    how = f"signal {-status}" if status < 0 else f"status {status}"
    return ReadError(f"the process that read the map ended with {how}", remedy=_REMEDY)


def _answer(folder: Path) -> dict[str, Any]:
    place = folder / "answer.json"
    if not place.is_file() or place.stat().st_size > MAX_ANSWER:
        raise _no_answer("no description of its size")
    try:
        found = json.loads(place.read_bytes(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _no_answer("a damaged description") from None
    if not isinstance(found, dict):
        raise _no_answer("a damaged description")
    return found


def _no_constant(text: str) -> float:
    raise ValueError(text)


def _no_answer(what: str) -> ReadError:
    return ReadError(f"{what} came back from the process that read the map", remedy=_REMEDY)


def received(folder: Path) -> list[Signal]:
    """The signals that stand in a folder, each checked: types, sizes, finite values, energies that rise."""
    entries = _answer(folder).get("signals")
    if not isinstance(entries, list) or len(entries) > MAX_SIGNALS:
        raise _no_answer("no list of signals")
    try:
        signals = [_signal(entry, folder) for entry in entries]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _no_answer(f"a damaged description ({type(error).__name__})") from None
    if sum(s.values.nbytes for s in signals) > MAX_HANDED_OVER:
        raise _no_answer(f"more than {MAX_HANDED_OVER} bytes")
    return signals


def _signal(entry: dict[str, Any], folder: Path) -> Signal:
    kind, shape = entry["kind"], tuple(int(n) for n in entry["shape"])
    common: dict[str, Any] = {
        "title": str(entry["title"])[:200],
        "elements": tuple(str(e)[:8] for e in entry["elements"][:120]),
        "lines": tuple(str(e)[:16] for e in entry["lines"][:120]),
        "numbers": {str(k): _finite(v) for k, v in entry["numbers"].items()},
        "words": {str(k)[:40]: str(v)[:200] for k, v in entry["words"].items()},
        "shape": shape,
    }
    if kind == "other":
        return Signal("other", values=np.empty(0), **common)
    if kind not in _TYPES or entry["dtype"] not in _TYPES[kind]:
        raise _no_answer("an array of an unknown type")
    axes = tuple(_axis(a, n) for a, n in zip(entry["axes"], shape, strict=True))
    first = int(entry.get("first_channel", 0))
    if len(shape) != (3 if kind == "spectra" else 2) or not 0 <= first <= 1 << 16:
        raise _no_answer("an array of another shape")
    values = _array(folder / Path(str(entry["file"])).name, np.dtype(entry["dtype"]), shape)
    return Signal(kind, values=values, axes=axes, first_channel=first, **common)


def _axis(entry: dict[str, Any], size: int) -> Axis:
    units = str(entry["units"]).replace("µ", "u").replace("μ", "u")
    return Axis(str(entry["name"])[:40], size, _finite(entry["offset"]), _finite(entry["scale"]), units[:20])


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _array(place: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if any(not 1 <= n <= 1 << 20 for n in shape):
        raise _no_answer(f"an array of shape {shape}")
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_HANDED_OVER or not place.is_file() or place.stat().st_size != size:
        raise _no_answer("an array of another size")
    values = np.frombuffer(place.read_bytes(), dtype=dtype).reshape(shape)
    if dtype.kind == "f" and not np.isfinite(values).all():
        raise _no_answer("values that are no finite numbers")
    return values

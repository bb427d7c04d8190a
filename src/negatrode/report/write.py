"""Writing results without losing anything: whole files or none, and nothing replaced unasked.

A folder that negatrode wrote may be written again as long as nobody changed what it wrote; anything
else in the way is left alone, and the error names it. What it wrote stands in a ledger, and before that what
it is about to write: a process that is killed in between leaves nothing that the next one would not know.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from negatrode.core.errors import InputError

LEDGER = ".negatrode-written.json"
_TEMPORARY = ".writing-"
_STALE = 600.0  # s after which a temporary file is what a killed process left


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _ledger(folder: Path) -> dict[str, list[str]]:
    """Digests by name: what stands there, and what was about to be written over it."""
    try:
        found = json.loads((folder / LEDGER).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(k): [str(d) for d in (v if isinstance(v, list) else [v])] for k, v in found.items()}


def check_free(folder: Path, names: list[str], *, overwrite: bool) -> None:
    """InputError where writing these files would replace something that negatrode did not leave there."""
    if folder.exists() and not folder.is_dir():
        raise InputError(
            "a file stands where the folder must go", where=str(folder), remedy="Give another folder"
        )
    if overwrite:
        return
    ours = _ledger(folder)
    for name in names:
        place = folder / name
        if place.exists() and (not place.is_file() or _digest(place) not in ours.get(name, [])):
            raise InputError(
                "the file exists and is not as negatrode left it",
                where=str(place),
                rule="nothing is replaced unasked",
                remedy="Give another folder, or --overwrite",
            )


def write_files(folder: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> None:
    """Write files into a folder, each whole or not at all (a temporary file renamed into place)."""
    check_free(folder, list(files), overwrite=overwrite)
    try:
        before = _ledger(folder)
        new = {n: hashlib.sha256(d).hexdigest() for n, d in files.items()}
        _sweep(folder)
        _note(folder, before | {n: [*before.get(n, []), d] for n, d in new.items()})
        for name, data in files.items():
            _replace(folder / name, data)
        _note(folder, before | {n: [d] for n, d in new.items()})
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", where=str(error.filename or folder)
        ) from None


def _note(folder: Path, ledger: Mapping[str, list[str]]) -> None:
    _replace(folder / LEDGER, json.dumps(ledger, indent=1).encode())


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed had begun to write."""
    for place in folder.glob(f"{_TEMPORARY}*"):
        if time.time() - place.stat().st_mtime > _STALE:
            place.unlink(missing_ok=True)


def write_whole(place: Path, data: bytes) -> None:
    """One file, whole or not at all, in the place of what stands there; InputError where it cannot be."""
    try:
        _replace(place, data)
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", where=str(error.filename or place)
        ) from None


def _replace(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=_TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

"""The bytes of a file, bounded, with their hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Source

MAX_BYTES = 400 * 1024 * 1024


@dataclass(frozen=True)
class Blob:
    """A file's name and bytes."""

    path: str
    data: bytes

    @property
    def source(self) -> Source:
        """The file as provenance."""
        return Source(self.path, hashlib.sha256(self.data).hexdigest())

    @property
    def suffix(self) -> str:
        """The suffix in lower case, with its dot."""
        return Path(self.path).suffix.lower()


def load(path: str | Path) -> Blob:
    """Read a file of at most MAX_BYTES; ReadError where it is missing, no file, empty or too large."""
    place = Path(path)
    try:
        if not place.exists():
            raise ReadError("no such file", where=str(path), remedy="Check the path")
        if not place.is_file():
            raise ReadError("not a file", where=str(path), remedy="Give a file, not a folder or a device")
        size = place.stat().st_size
        if size > MAX_BYTES:
            raise ReadError(
                f"{size} bytes",
                where=str(path),
                rule=f"instrument files are read up to {MAX_BYTES} bytes",
                remedy="Export the part that is needed",
            )
        data = place.read_bytes()
    except OSError as error:
        raise ReadError(f"cannot be read ({error.strerror})", where=str(path)) from None
    if not data:
        raise ReadError("the file is empty", where=str(path), remedy="Export it again")
    return Blob(str(path), data)

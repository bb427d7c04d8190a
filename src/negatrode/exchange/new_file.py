"""A file written whole or not at all, and none replaced unasked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from negatrode.core.errors import InputError


def write_new(place: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file whole or not at all; InputError where one exists and may not be replaced."""
    if place.exists() and not (overwrite and place.is_file()):
        raise InputError(
            "the file exists" if place.is_file() else "something else than a file stands there",
            where=str(place),
            rule="nothing is replaced unasked",
            remedy="Give another path, or overwrite=True",
        )
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(place)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise InputError(f"cannot be written ({error.strerror})", where=str(place)) from None

"""The library that decodes Neware's records (fastnda, BSD-3), called so that it neither talks nor crashes.

It wants a path, prints its log where nobody listens, and raises whatever its parts raise. Here it gets a
file in a folder of its own, its warnings and log become notes, and its failures become ReadError.
"""

from __future__ import annotations

import contextlib
import io
import logging
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from negatrode.core.errors import ReadError
from negatrode.core.recording import Unread

T = TypeVar("T")

# What the library, numpy and the standard library raise over damaged Neware files; polars has a class of
# its own for each failure, all below PolarsError (see ``guarded``)
FAILURES = (ValueError, KeyError, IndexError, TypeError, EOFError, NotImplementedError, OverflowError,
            ZeroDivisionError, AssertionError, StopIteration, OSError, struct.error, zipfile.BadZipFile,
            zlib.error, SyntaxError)  # fmt: skip


@dataclass
class Notes:
    """What the library said on the way (its warnings and log), and what was found here."""

    entries: list[Unread] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """One more entry."""
        self.entries.append(Unread(where, what))


class _Listener(logging.Handler):
    """Keeps the library's log from the terminal."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def load_library() -> None:
    """Import fastnda without its replacement of ``zlib.decompress`` for the whole process.

    The functions it puts there raise errors of another class than zlib.error, which no other reader expects.
    """
    kept = zlib.decompress, zlib.decompressobj
    try:
        import fastnda.nda
        import fastnda.nda_meta
        import fastnda.ndax  # noqa: F401
    finally:
        zlib.decompress, zlib.decompressobj = kept


def guarded(what: str, call: Callable[[], T], notes: Notes) -> T:
    """What a call into the library returns; its failures as ReadError, its words as notes."""
    load_library()
    from polars.exceptions import PanicException, PolarsError

    listener = _Listener()
    log = logging.getLogger("fastnda")
    passed_on = log.propagate
    log.addHandler(listener)
    log.propagate = False
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = call()
    except (*FAILURES, PolarsError, PanicException) as error:
        raise ReadError(
            f"{what} cannot be decoded ({type(error).__name__}: {_short(error)})",
            where=what,
            rule="the records follow one of Neware's layouts that fastnda knows",
            remedy="The file is damaged or of a newer version; copy it again, or export it as csv from BTSDA",
        ) from None
    finally:
        log.propagate = passed_on
        log.removeHandler(listener)
    for text in dict.fromkeys([*(str(w.message) for w in caught), *listener.heard]):
        notes.add(what, _short(text))
    return found


def _short(text: object) -> str:
    return " ".join(str(text).split())[:200]


@contextlib.contextmanager
def as_file(name: str, data: bytes) -> Iterator[Path]:
    """The bytes as a file in a folder of its own, which is gone afterwards (the library reads paths only)."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="negatrode-")
    except OSError as error:
        raise ReadError(f"no temporary folder ({error.strerror})", remedy="Make room on the disk") from None
    with folder as place:
        path = Path(place) / name
        try:
            path.write_bytes(data)
        except OSError as error:
            raise ReadError(
                f"cannot be unpacked ({error.strerror})", remedy="Make room on the disk"
            ) from None
        yield path


def packed(members: Mapping[str, bytes]) -> bytes:
    """A container of members that were unpacked within bounds, not compressed again."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as box:
        for name, data in members.items():
            box.writestr(name, data)
    return out.getvalue()

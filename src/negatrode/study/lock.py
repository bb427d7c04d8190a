"""One writer a journal: a lock that the system frees when its holder dies, however it dies."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from types import TracebackType

from negatrode.core.errors import InputError

_PATIENCE = 1.0  # s


class WriterLock:
    """An exclusive lock on ``<journal>.lock``; the file stays and names its last holder."""

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(journal.name + ".lock")
        self._handle: int | None = None

    def __enter__(self) -> WriterLock:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _take_within(handle, _PATIENCE):
            holder = os.read(handle, 200).decode("utf-8", "replace").strip()
            os.close(handle)
            raise InputError(
                f"another run is writing this journal ({holder or 'its process is not known'})",
                where=str(self.path),
                rule="a journal has one writer",
                remedy="wait for it, or stop it; 'negatrode study status' reads while it runs",
            )
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)  # frees the lock
            self._handle = None


def holder(journal: Path) -> str:
    """Who is writing a journal now ("process 12 on host"), or ""."""
    path = journal.with_name(journal.name + ".lock")
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return ""
    try:
        if _take(handle):
            return ""
        return os.read(handle, 200).decode("utf-8", "replace").strip() or "a process"
    finally:
        os.close(handle)


def _take_within(handle: int, seconds: float) -> bool:
    """A second's patience: whoever asks for the holder has the lock for an instant."""
    until = time.monotonic() + seconds
    while not _take(handle):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _take(handle: int) -> bool:
    """Whether the lock could be had."""
    if sys.platform == "win32":
        import msvcrt

        try:
            os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond the words: others may read them
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""Zip containers opened without trust: declared and real sizes bounded, bad members reported."""

from __future__ import annotations

import io
import zipfile
import zlib

from negatrode.core.errors import ReadError

MAX_MEMBER = 200 * 1024 * 1024
MAX_TOTAL = 400 * 1024 * 1024
MAX_RATIO = 400
MAX_MEMBERS = 10_000


class Archive:
    """A zip file in memory; members are read by name, bounded."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError) as error:
            raise ReadError(
                f"no readable zip container ({error})", remedy="The file is cut off or damaged; copy it again"
            ) from None
        if len(infos) > MAX_MEMBERS:
            raise ReadError(f"{len(infos)} members", rule=f"a container has at most {MAX_MEMBERS}")
        if sum(i.file_size for i in infos) > MAX_TOTAL:
            raise ReadError("members too large", rule=f"a container unpacks to at most {MAX_TOTAL} bytes")
        self.names = [i.filename for i in infos]

    def read(self, name: str) -> bytes:
        """The bytes of a member; ReadError where it is missing, damaged, encrypted or blows up."""
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            raise ReadError(
                f"no member '{name}'", rule=f"the container holds {', '.join(self.names[:8])}"
            ) from None
        if info.file_size > MAX_MEMBER or info.file_size > MAX_RATIO * max(info.compress_size, 4096):
            raise ReadError(
                f"member '{name}' declares {info.file_size} bytes from {info.compress_size}",
                rule="a container that blows up this much is not unpacked",
            )
        try:
            with self._zip.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            OSError,
            ValueError,
        ) as error:
            raise ReadError(
                f"member '{name}' is damaged ({error})",
                remedy="The file is cut off or damaged; copy it again",
            ) from None
        if len(data) != info.file_size:
            raise ReadError(
                f"member '{name}' has {len(data)} of {info.file_size} bytes", remedy="Copy the file again"
            )
        return data

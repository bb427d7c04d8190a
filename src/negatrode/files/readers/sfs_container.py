"""The single-file system (AidAim SFS) that Bruker hypermaps (.bcf) are stored in, checked and unpacked.

A file of chunks of one size: the header (magic "AAMVHFSS", version, chunk size, address of the tree)
fills the first 0x118 bytes, every chunk begins with 32 bytes of its own, of which the first four name the
next chunk of a chain. The tree lists the members, 512 bytes each; a member's table lists its chunks.
Members may be compressed (zlib blocks below the signature "AACS"). After the description of the format in
the documentation of HyperSpy and RosettaSciIO ("Bruker composite file").
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from negatrode.core.errors import ReadError

MAGIC = b"AAMVHFSS"
MAX_MEMBERS = 4096
MAX_UNPACKED = 2 * 1024**3  # bytes of all members together
_FIRST = 0x118  # where chunk 0 begins
_CHUNK_HEADER = 32
_ENTRY = struct.Struct("<iQQQQIi176s?3s256s32s")
_BLOCK_START = 0x80  # where the first compressed block of a member begins
_REMEDY = "The file is cut off or damaged; copy it again"


@dataclass(frozen=True)
class Member:
    """A member of the container: its path, stored size in bytes and the chunks that hold it."""

    path: str
    size: int
    chunks: tuple[int, ...]


class SingleFileSystem:
    """A container in memory; opening it checks header, tree and every chunk address against the length.

    Raises ReadError (byte offset, rule) where they disagree.
    """

    def __init__(self, data: bytes) -> None:
        if data[:8] != MAGIC or len(data) < _FIRST + _CHUNK_HEADER:
            raise ReadError("no SFS container", where="byte 0", remedy=_REMEDY)
        self._data = data
        self.version: float = struct.unpack_from("<f", data, 0x124)[0]
        self._chunk: int = struct.unpack_from("<I", data, 0x128)[0]
        tree, n_items = struct.unpack_from("<II", data, 0x140)
        self._n_chunks: int = struct.unpack_from("<I", data, 0x148)[0]
        self._check_sizes(n_items)
        entries = self._tree(tree, n_items)
        self.members = {m.path: m for m in self._members(entries)}

    def _check_sizes(self, n_items: int) -> None:
        if not 1024 <= self._chunk <= 1 << 24 or not 1.0 <= self.version < 10.0:
            raise ReadError(
                f"version {self.version:g}, chunks of {self._chunk} bytes", where="byte 292", remedy=_REMEDY
            )
        declared = _FIRST + self._chunk * self._n_chunks
        if declared > len(self._data):
            raise ReadError(
                f"{len(self._data)} bytes",
                where="byte 320",
                rule=f"the header declares {self._n_chunks} chunks, {declared} bytes",
                remedy=_REMEDY,
            )
        if not 1 <= n_items <= MAX_MEMBERS:
            raise ReadError(
                f"{n_items} members", where="byte 324", rule=f"a container has 1 to {MAX_MEMBERS}"
            )

    @property
    def surplus(self) -> int:
        """Bytes behind the last chunk that the header declares."""
        return len(self._data) - _FIRST - self._chunk * self._n_chunks

    @property
    def _usable(self) -> int:
        return self._chunk - _CHUNK_HEADER

    def _place(self, chunk: int) -> int:
        if not 0 <= chunk < self._n_chunks:
            raise ReadError(
                f"chunk {chunk}", rule=f"the container has {self._n_chunks} chunks", remedy=_REMEDY
            )
        return _FIRST + chunk * self._chunk

    def _chain(self, first: int, n: int, useful: int) -> bytes:
        """The first ``useful`` bytes of each of n chunks that name one another."""
        parts, chunk, seen = [], first, set()
        for _ in range(n):
            place = self._place(chunk)
            if chunk in seen:
                raise ReadError(f"chunk {chunk} twice in one chain", where=f"byte {place}", remedy=_REMEDY)
            seen.add(chunk)
            start = place + _CHUNK_HEADER
            parts.append(self._data[start : start + useful])
            (chunk,) = struct.unpack_from("<I", self._data, place)
        return b"".join(parts)

    def _tree(self, first: int, n_items: int) -> list[tuple[int, int, int, bool, str]]:
        per_chunk = self._usable // _ENTRY.size
        raw = self._chain(first, -(-n_items // per_chunk), per_chunk * _ENTRY.size)
        entries = []
        for i in range(n_items):
            fields = _ENTRY.unpack_from(raw, i * _ENTRY.size)
            try:
                name = fields[10].split(b"\x00")[0].decode("utf-8")
            except UnicodeDecodeError:
                raise ReadError(f"member {i} has no readable name", remedy=_REMEDY) from None
            entries.append((fields[0], fields[1], fields[6], fields[8], name))
        return entries

    def _members(self, entries: list[tuple[int, int, int, bool, str]]) -> Iterator[Member]:
        for table, size, parent, is_folder, name in entries:
            path = _path(entries, parent, name)
            if is_folder:
                continue
            n = -(-size // self._usable)
            if not 1 <= n <= self._n_chunks:
                raise ReadError(
                    f"member '{path}' declares {size} bytes",
                    rule=f"the container has {self._n_chunks} chunks of {self._usable} bytes",
                    remedy=_REMEDY,
                )
            raw = self._chain(table, -(-n // (self._usable // 4)), self._usable)
            chunks = struct.unpack_from(f"<{n}I", raw)
            for chunk in chunks:
                self._place(chunk)
            if len(set(chunks)) < n:
                raise ReadError(f"member '{path}' has a chunk twice", remedy=_REMEDY)
            yield Member(path, size, chunks)

    def stored(self, path: str) -> bytes:
        """The bytes of a member as they are stored; ReadError where there is no such member."""
        member = self.members.get(path)
        if member is None:
            known = ", ".join(list(self.members)[:8])
            raise ReadError(
                f"no member '{path}'", rule=f"the container holds {known or 'nothing'}", remedy=_REMEDY
            )
        starts = (self._place(c) + _CHUNK_HEADER for c in member.chunks)
        return b"".join(self._data[s : s + self._usable] for s in starts)[: member.size]

    def unpacked(self, path: str) -> Iterator[bytes]:
        """The parts of a member, uncompressed; the check sum of each compressed block is verified."""
        stored = self.stored(path)
        if stored[:4] != b"AACS":
            yield stored
            return
        block, _, n_blocks = struct.unpack_from("<III", stored, 4) if len(stored) >= 16 else (0, 0, 0)
        place, total = _BLOCK_START, 0
        for i in range(n_blocks):
            if place + 16 > len(stored):
                raise ReadError(f"{i} of {n_blocks} blocks of '{path}'", remedy=_REMEDY)
            (packed,) = struct.unpack_from("<I", stored, place)
            part = _inflate(stored[place + 16 : place + 16 + packed], block, f"'{path}' block {i}")
            total += len(part)
            if total > MAX_UNPACKED:
                raise ReadError(f"'{path}' unpacks to more than {MAX_UNPACKED} bytes")
            yield part
            place += 16 + packed


def _path(entries: list[tuple[int, int, int, bool, str]], parent: int, name: str) -> str:
    parts = [name]
    for _ in range(len(entries)):
        if parent == -1:
            return "/".join(reversed(parts))
        if not 0 <= parent < len(entries):
            break
        parts.append(entries[parent][4])
        parent = entries[parent][2]
    raise ReadError(f"member '{name}' lies in no folder of the tree", remedy=_REMEDY)


def _inflate(packed: bytes, most: int, where: str) -> bytes:
    """One zlib block of at most ``most`` bytes, whole."""
    if not 0 < most <= 1 << 28:
        raise ReadError(f"blocks of {most} bytes", where=where, remedy=_REMEDY)
    stream = zlib.decompressobj()
    try:
        part = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise ReadError(f"damaged data ({error})", where=where, remedy=_REMEDY) from None
    if not stream.eof or len(part) > most:
        raise ReadError("data that end early or are too long", where=where, remedy=_REMEDY)
    return part

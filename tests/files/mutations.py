"""Ways in which a file goes wrong: a seeded generator of damaged copies."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator

Mutation = Callable[[bytes, random.Random], bytes]


def truncate(data: bytes, rng: random.Random) -> bytes:
    """The copy was interrupted."""
    return data[: rng.randrange(len(data))]


def flip_bits(data: bytes, rng: random.Random) -> bytes:
    """One to eight bits are wrong."""
    damaged = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def random_bytes(data: bytes, rng: random.Random) -> bytes:
    """A run of bytes is replaced by noise."""
    start = rng.randrange(len(data))
    length = min(rng.randint(1, 64), len(data) - start)
    return data[:start] + rng.randbytes(length) + data[start + length :]


def cut_out(data: bytes, rng: random.Random) -> bytes:
    """A run of bytes is lost."""
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randint(1, max(1, len(data) // 4)) :]


def repeat(data: bytes, rng: random.Random) -> bytes:
    """A run of bytes stands twice."""
    start = rng.randrange(len(data))
    stop = min(len(data), start + rng.randint(1, max(1, len(data) // 4)))
    return data[:stop] + data[start:stop] + data[stop:]


def zeros(data: bytes, rng: random.Random) -> bytes:
    """A block of the disk came back as zeros."""
    start = rng.randrange(len(data))
    length = rng.randint(1, max(1, len(data) // 3))
    return data[:start] + bytes(length) + data[start + length :]


def huge_field(data: bytes, rng: random.Random) -> bytes:
    """Four bytes now declare a length of gigabytes."""
    if len(data) < 8:
        return data
    start = rng.randrange(len(data) - 4)
    return (
        data[:start]
        + rng.choice([b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80"])
        + data[start + 4 :]
    )


def bad_number(data: bytes, rng: random.Random) -> bytes:
    """A number of the text is replaced by something that is none."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[1:2] == b"\x00"
    encoding = "utf-16" if wide else "latin-1"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return flip_bits(data, rng)
    places = [i for i, c in enumerate(text) if c.isdigit()]
    if not places:
        return flip_bits(data, rng)
    start = rng.choice(places)
    stop = start
    while stop < len(text) and (text[stop].isdigit() or text[stop] in ".eE"):
        stop += 1
    new = rng.choice(["nan", "inf", "-inf", "1e999", "-1e999", "", "abc", "1,5,5", "--1", "0x10", "9" * 400])
    return (text[:start] + new + text[stop:]).encode(encoding, errors="replace")


def recode(data: bytes, rng: random.Random) -> bytes:
    """The text was saved in another encoding."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data[::-1]
    return text.encode(rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"]))


def decimal_commas(data: bytes, rng: random.Random) -> bytes:
    """Decimal points became commas."""
    return data.replace(b".", b",")


def lose_lines(data: bytes, rng: random.Random) -> bytes:
    """Some lines are gone."""
    lines = data.splitlines(keepends=True)
    return b"".join(line for line in lines if rng.random() > 0.1) or b"\n"


def entities(data: bytes, rng: random.Random) -> bytes:
    """XML entities that expand or point outside; in other formats, stray markup."""
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "&x;&x;&x;&x;">]>'
    mark = data.find(b"?>")
    return bomb + data if mark < 0 else data[: mark + 2] + bomb + data[mark + 2 :]


def inside_zip(data: bytes, rng: random.Random) -> bytes:
    """A member of the container is damaged while the container stays whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            members = {i.filename: box.read(i) for i in box.infolist()}
    except (zipfile.BadZipFile, OSError):
        return flip_bits(data, rng)
    out = io.BytesIO()
    victim = rng.choice(sorted(members))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, body in members.items():
            broken = rng.choice(TEXT_AND_BYTES)(body, rng) if name == victim and body else body
            box.writestr(name, broken)
    return out.getvalue()


def zip_bomb(data: bytes, rng: random.Random) -> bytes:
    """A member of a container unpacks to very much."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            names = [i.filename for i in box.infolist()]
    except (zipfile.BadZipFile, OSError):
        return flip_bits(data, rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name in names:
            box.writestr(name, bytes(8_000_000))
    return out.getvalue()


TEXT_AND_BYTES: list[Mutation] = [
    truncate, flip_bits, random_bytes, cut_out, repeat, zeros, huge_field, bad_number, recode, decimal_commas,
    lose_lines, entities,
]  # fmt: skip
RARE: list[Mutation] = [zip_bomb]


def damaged(data: bytes, *, seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """``count`` damaged copies with the name of what was done; the same seed gives the same copies."""
    rng = random.Random(seed)
    is_zip = data[:2] == b"PK"
    kinds = TEXT_AND_BYTES + ([inside_zip] * 8 if is_zip else [])
    for i in range(count):
        mutation = kinds[i % len(kinds)]
        yield mutation.__name__, mutation(data, rng)
    if is_zip:
        yield "zip_bomb", zip_bomb(data, rng)

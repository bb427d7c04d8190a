"""The guards that every reader stands on: text, archives, XML, bounded bytes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from negatrode.core.errors import ReadError
from negatrode.files.archive import Archive
from negatrode.files.blob import MAX_BYTES, load
from negatrode.files.tables import column_map
from negatrode.files.text import decode, number, require_number
from negatrode.files.xml import parse_xml


def test_text_is_decoded_by_mark_and_by_content() -> None:
    """UTF-16 with and without a mark, UTF-8, and Windows-1252 with a degree sign."""
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig", "cp1252"):
        assert decode("2theta [°]\n1.0".encode(encoding)) == "2theta [°]\n1.0"


@pytest.mark.parametrize("data", [b"a\x00b" * 10, b"\x01\x02\x03", "abc".encode("utf-16")[:-1] + b""])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    """Control characters and half characters are damage, not data."""
    with pytest.raises(ReadError):
        decode(data)


@pytest.mark.parametrize("cell", ["nan", "inf", "1e999", "-1e999", "abc", "", "1.2.3", "0x10", "1_000", "١٢"])
def test_cells_that_are_no_number(cell: str) -> None:
    """Python would take some of these; an instrument file must not."""
    assert number(cell) is None
    with pytest.raises(ReadError) as caught:
        require_number(cell, where="line 7")
    assert caught.value.where == "line 7"


def test_a_zip_bomb_is_not_unpacked() -> None:
    """A member that grows more than its container allows is refused before it is read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("a.xml", bytes(30_000_000))
    with pytest.raises(ReadError):
        Archive(out.getvalue()).read("a.xml")


@pytest.mark.parametrize(
    "xml",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
        b"<a><b></a>",
        b"",
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
)
def test_xml_without_tricks(xml: bytes) -> None:
    """Entities, document types, damage and depth are refused."""
    with pytest.raises(ReadError):
        parse_xml(xml)


def test_files_are_bounded(tmp_path: Path) -> None:
    """Missing, empty, folders and sparse giants are refused without being read."""
    giant = tmp_path / "giant.xy"
    with giant.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    empty = tmp_path / "empty.xy"
    empty.touch()
    for path in (giant, empty, tmp_path, tmp_path / "none.xy"):
        with pytest.raises(ReadError):
            load(path)


def test_columns_are_named_by_the_user() -> None:
    """Names with units in brackets; a dash skips a column."""
    assert column_map("time [min], -, mass (mg)", where="") == [("time", "min"), ("-", ""), ("mass", "mg")]

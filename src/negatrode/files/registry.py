"""Choosing a reader by content before suffix, and the promise at the door: typed errors only.

A reader is a module with NAME, TITLE, KIND, a cheap ``sniff(blob) -> int`` (0 no, up to 100 certain)
and ``read(blob) -> Recording``. To add one, write the module and put its name in READERS.
"""

from __future__ import annotations

import importlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from negatrode.core.errors import NegatrodeError, ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob, load

# In the order tried; of two that are equally certain, the first wins.
READERS = (
    "xrdml",
    "rigaku_rasx",
    "rigaku_ras",
    "bruker_brml",
    "bruker_raw",
    "bruker_uxd",
    "xrd_text",
    "belsorp_xls",
    "belsorp_text",
    "micromeritics_text",
    "micromeritics_xls",
    "aif",
    "pygaps_json",
    "isotherm_text",
    "mastersizer_csv",
    "mastersizer_xlsx",
    "camsizer_xle",
    "histogram_text",
    "via_outlines",
    "map_manifest",
    "map_npz",
    "h5oina",
    "element_tiff",
    "voxel_tiff",
    "picture",
    "netzsch_ngb",
    "netzsch_text",
    "ta_text",
    "mettler_text",
    "thermal_text",
    "vendor_hypermap",
    "emsa",
    "biologic_mpt",
    "biologic_text",
    "maccor_text",
    "arbin_csv",
    "arbin_xlsx",
    "arbin_res",
    "battery_data_format",
    "neware_nda",
    "neware_ndax",
    "neware_layers",
    "cycler_text",
    "spreadsheet",
    "delimited",
)


class Reader(Protocol):
    """What a reader module offers."""

    NAME: str
    TITLE: str
    KIND: str

    def sniff(self, blob: Blob) -> int: ...

    def read(self, blob: Blob) -> Recording: ...


def readers() -> Iterator[Reader]:
    """All reader modules, in order."""
    for name in READERS:
        yield importlib.import_module(f"negatrode.files.readers.{name}")


def choose(blob: Blob) -> Reader:
    """The reader that is most certain; ReadError where none recognises the content."""
    best, certainty = None, 0
    for reader in readers():
        try:
            found = reader.sniff(blob)
        except (NegatrodeError, ValueError, IndexError, struct.error, UnicodeError):
            found = 0
        if found > certainty:
            best, certainty = reader, found
        if certainty >= 100:
            break
    if best is None:
        raise ReadError(
            f"no reader recognises the content (first bytes {blob.data[:8]!r})",
            where=blob.path,
            remedy="See 'negatrode inspect --formats' for what is read; export as text or csv",
        )
    return best


def read(path: str | Path) -> Recording:
    """Read an instrument file of any known format.

    Raises ReadError (place, rule, remedy) for a file that is damaged, truncated or of no known kind;
    never any other exception.
    """
    return read_blob(load(path))


def read_blob(blob: Blob) -> Recording:
    """Read bytes already in memory (see ``read``)."""
    reader = choose(blob)
    try:
        return reader.read(blob)
    except NegatrodeError as error:
        raise error.at(blob.path) from None
    except (MemoryError, RecursionError) as error:
        raise ReadError(f"too large or too deep ({type(error).__name__})", where=blob.path) from None
    except Exception as error:  # the last door: to the user it is a damaged file
        raise ReadError(
            f"damaged or of an unknown version of {reader.TITLE} ({type(error).__name__}: {error})",
            where=blob.path,
            remedy="Export the file again; if it opens in the instrument's software, report it with the file",
        ) from error

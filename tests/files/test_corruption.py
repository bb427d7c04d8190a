"""The corruption matrix: no damaged file of any format escapes as a raw exception, hangs or crashes."""

from __future__ import annotations

import signal
import zlib

import pytest

from negatrode.core.errors import NegatrodeError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.registry import READERS, read_blob
from tests.files.build_hypermaps import replayed
from tests.files.formats import builders
from tests.files.mutations import damaged

MUTATIONS = 300
SECONDS = 2.0
FORMATS = builders()


class TooSlow(BaseException):  # no reader may catch it
    """A damaged copy took too long."""


def attempt(name: str, data: bytes) -> Recording | NegatrodeError:
    """Read bytes within SECONDS of processor time (virtual, so that a busy machine does not matter)."""

    def late(*_: object) -> None:
        raise TooSlow(f"{name}: more than {SECONDS} s")

    previous = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        return read_blob(Blob(name, data))
    except NegatrodeError as error:
        return error
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, previous)


def test_every_reader_has_a_builder() -> None:
    """A reader without a builder would never be damaged."""
    seen = set()
    for name, build in FORMATS.items():
        found = attempt(*build())
        assert isinstance(found, Recording), f"{name}: {found}"
        seen.add(found.format)
    from negatrode.files.registry import readers

    titles = {r.NAME for r in readers()}
    assert len(titles) == len(READERS)
    assert titles - seen <= {"netzsch-ngb"}, "the NETZSCH binary has no public description to build from"


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_damaged_copies_are_refused_or_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each damaged copy gives a typed error with place or rule or remedy, or a Recording."""
    file, data = FORMATS[name]()
    if name.startswith("vendor-hypermap"):  # a process a copy would take minutes; see test_hypermaps.py
        place = "negatrode.files.readers.vendor_hypermap.read_outside"
        monkeypatch.setattr(place, replayed(FORMATS[name]))
    outcomes = {"read": 0, "refused": 0}
    for kind, copy in damaged(data, seed=zlib.crc32(name.encode()), count=MUTATIONS):
        found = attempt(file, copy)
        if isinstance(found, Recording):
            outcomes["read"] += 1
            assert found.source.path == file, kind
        else:
            outcomes["refused"] += 1
            assert found.found, kind
            assert found.where or found.rule or found.remedy, f"{kind}: {found}"
    assert outcomes["refused"] > 0
    assert sum(outcomes.values()) >= MUTATIONS

"""The journal: one truth, one writer, readable while it is written, and clear about what it cannot do."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from negatrode.core.errors import InputError
from negatrode.study.journal import Entry, Journal, JournalError
from negatrode.study.lock import holder
from negatrode.study.model import Column

COLUMNS = (Column("f", "value", "um"),)


def entry(key: str, value: float = 1.0) -> Entry:
    """A point."""
    return Entry(key, {"x": value}, {"f": value}, seconds=0.1, worker="w")


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    """Values with all their digits, notes, failures; parts in their order, waiting points as None."""
    with Journal.write(tmp_path / "j.sqlite") as j:
        j.plan("sweep", {"x": "um"}, COLUMNS, [("b", {"x": 2.0}), ("a", {"x": 0.1}), ("c", {"x": 3.0})])
        j.record(
            [
                Entry("a", {"x": 0.1}, {"f": 1 / 3}, {"f": "why"}),
                Entry("b", {"x": 2.0}, error="no", attempts=3),
            ]
        )
    with Journal.read(tmp_path / "j.sqlite") as j:
        rows = j.part("sweep")
        assert [e and e.key for _, e in rows] == ["b", "a", None]
        assert rows[1][1] is not None
        assert rows[1][1].outputs == {"f": 1 / 3}
        assert rows[0][1] is not None
        assert rows[0][1].is_failed
        assert j.counts() == {"sweep": (3, 1, 1)}
        assert j.plans()[0].axes == {"x": "um"}
        assert j.plans()[0].columns == COLUMNS
        assert j.reasons() == [("no", 1)]
        assert j.is_sound()


def test_a_point_stands_once(tmp_path: Path) -> None:
    """What was recorded first stays."""
    with Journal.write(tmp_path / "j.sqlite") as j:
        j.record([entry("a", 1.0)])
        j.record([entry("a", 2.0), entry("b", 2.0)])
        assert {k: e.outputs["f"] for k, e in j.known(["a", "b", "c"]).items()} == {"a": 1.0, "b": 2.0}


def test_others_read_while_one_writes(tmp_path: Path) -> None:
    """What is recorded is seen at once by an open reader, and a long reader holds nobody up."""
    with Journal.write(tmp_path / "j.sqlite") as j:
        j.plan("sweep", {}, COLUMNS, [("a", {}), ("b", {})])
        with Journal.read(tmp_path / "j.sqlite") as reader:
            assert reader.counts() == {"sweep": (2, 0, 0)}
            j.record([entry("a")])
            assert reader.counts() == {"sweep": (2, 1, 0)}
            assert holder(tmp_path / "j.sqlite").startswith(f"process {os.getpid()} ")
    assert holder(tmp_path / "j.sqlite") == ""


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    """And told who the first one is."""
    with Journal.write(tmp_path / "j.sqlite"), pytest.raises(InputError, match=f"process {os.getpid()} on"):
        Journal.write(tmp_path / "j.sqlite")
    Journal.write(tmp_path / "j.sqlite").close()


def test_a_journal_without_the_right_to_write_is_left_alone(tmp_path: Path) -> None:
    """Also for a user who could (root): taking the right away is a statement."""
    path = tmp_path / "j.sqlite"
    with Journal.write(path) as j:
        j.plan("sweep", {}, COLUMNS, [("a", {})])
        j.record([entry("a")])
    before = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(JournalError, match=r"read-only.*chmod"):
        Journal.write(path)
    with Journal.read(path) as j:
        assert j.counts() == {"sweep": (1, 1, 0)}
    assert path.read_bytes() == before


def test_a_full_disk_loses_nothing_that_was_recorded(tmp_path: Path) -> None:
    """SQLite's own error of a file that may not grow; later, with room, the same journal goes on."""
    path = tmp_path / "j.sqlite"
    with Journal.write(path) as j:
        j.record([entry("a")])
        pages = j._db.execute("PRAGMA page_count").fetchone()[0]
        j._db.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(JournalError, match=r"the disk is full.*same command again"):
            j.record([entry(f"k{i}", float(i)) for i in range(1000)])
        assert set(j.known(["a", "k0"])) == {"a"}
        j._db.execute("PRAGMA max_page_count = 100000")
        j.record([entry(f"k{i}", float(i)) for i in range(1000)])
    with Journal.read(path) as j:
        assert j.is_sound()
        assert len(j.known(["a", *(f"k{i}" for i in range(1000))])) == 1001


LIMITED = """
import resource, signal, sys
from pathlib import Path
from negatrode.study.journal import Entry, Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Journal.write(Path(sys.argv[1])) as j:
    j.record([Entry("a", {"x": 1.0}, {"f": 1.0})])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        for i in range(10_000):
            j.record([Entry(f"k{i}", {"x": float(i)}, {"f": 1.0}, {"note": "n" * 500})])
            print(i, flush=True)
    except Exception as error:
        print(type(error).__name__, error)
        sys.stdout.flush()
        import os
        os._exit(3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="file size limits are POSIX")
def test_a_disk_that_stops_taking_bytes(tmp_path: Path) -> None:
    """The system refuses the write itself: every point that was recorded before is there."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    assert signal.SIGXFSZ
    path = tmp_path / "j.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False
    )
    *numbers, last = done.stdout.split("\n")[:-1]
    assert done.returncode == 3
    assert last.startswith("JournalError")
    assert "disk" in last
    with Journal.read(path) as j:
        assert j.is_sound()
        keys = ["a", *(f"k{i}" for i in range(len(numbers)))]
        assert len(numbers) > 20
        assert set(j.known(keys)) == set(keys)


@pytest.mark.parametrize(
    "content", [b"hello, no database", b"SQLite format 3\x00" + b"\xff" * 3000, b"\x00" * 100]
)
def test_what_is_no_journal_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    """Neither read nor written over."""
    path = tmp_path / "j.sqlite"
    path.write_bytes(content)
    for how in (Journal.write, Journal.read):
        with pytest.raises(JournalError, match=r"no sound journal|no journal"):
            how(path)
    assert path.read_bytes() == content


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    """A database, but not ours."""
    path = tmp_path / "j.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(JournalError, match="no journal of a study"):
        Journal.write(path)
    with pytest.raises(JournalError, match="no journal of a study"):
        Journal.read(path)


def test_a_missing_journal_is_told(tmp_path: Path) -> None:
    """With what makes one."""
    with pytest.raises(JournalError, match=r"negatrode study STUDY.toml"):
        Journal.read(tmp_path / "none.sqlite")


def test_failed_points_can_be_forgotten_and_only_they(tmp_path: Path) -> None:
    """For --retry-failed."""
    with Journal.write(tmp_path / "j.sqlite") as j:
        j.record([entry("a"), Entry("b", {}, error="no")])
        assert j.forget_failed(["a", "b", "c"]) == 1
        assert set(j.known(["a", "b"])) == {"a"}

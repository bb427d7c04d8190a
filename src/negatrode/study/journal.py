"""The journal of a study: one SQLite file, the only truth of what was computed.

One process writes, in transactions of whole batches; others read while it runs (write-ahead log). A point
stands in it once, by its key; a part of a study (sweep, map, ...) is a list of keys. What is killed loses
what was in flight and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from negatrode.core.errors import NegatrodeError
from negatrode.study.lock import WriterLock
from negatrode.study.model import Column, Inputs, Value
from negatrode.study.versions import catalogue_version, code_version

_APPLICATION = 0x6E676A31  # "ngj1"
_SCHEMA = 1
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE points (
  key TEXT PRIMARY KEY, inputs TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('done', 'failed')), attempts INTEGER NOT NULL,
  outputs TEXT NOT NULL, notes TEXT NOT NULL, error TEXT NOT NULL,
  seconds REAL NOT NULL, worker TEXT NOT NULL,
  code TEXT NOT NULL, catalogue TEXT NOT NULL, finished TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE parts (
  part TEXT NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL, inputs TEXT NOT NULL,
  PRIMARY KEY (part, position)
) WITHOUT ROWID;
CREATE TABLE plans (
  part TEXT PRIMARY KEY, axes TEXT NOT NULL, columns TEXT NOT NULL, total INTEGER NOT NULL
) WITHOUT ROWID;
"""
_BUSY = 30.0  # s that a reader or a checkpoint may hold us up


class JournalError(NegatrodeError):
    """The journal cannot be read or written; what it holds is untouched."""

    code = "journal"


@dataclass(frozen=True)
class Entry:
    """A point that was computed (``error`` ""), or that failed (``error``: why, after ``attempts``)."""

    key: str
    inputs: Inputs
    outputs: Mapping[str, float | None] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    attempts: int = 1
    seconds: float = 0.0
    worker: str = ""

    @property
    def is_failed(self) -> bool:
        """Whether the point has no outputs."""
        return bool(self.error)


@dataclass(frozen=True)
class Planned:
    """What a part of a study consists of: names of axes with their units, columns, how many points."""

    part: str
    axes: Mapping[str, str]
    columns: tuple[Column, ...]
    total: int


class Journal:
    """An open journal. :meth:`write` opens it for the one writer, :meth:`read` for anybody."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None) -> None:
        self.path = path
        self._db = connection
        self._lock = lock

    @classmethod
    def write(cls, path: str | Path) -> Journal:
        """Open for writing; made where there is none.

        Raises InputError where another process writes it, JournalError where it cannot be written or is none.
        """
        place = Path(path)
        with _told(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            _refuse_read_only(place)
            lock = WriterLock(place)
            lock.__enter__()
        try:
            with _told(place):
                db = sqlite3.connect(place, timeout=_BUSY, isolation_level=None)
                _prepare(db, place)
        except BaseException:
            lock.__exit__(None, None, None)
            raise
        return cls(place, db, lock)

    @classmethod
    def read(cls, path: str | Path) -> Journal:
        """Open for reading, also while another process writes."""
        place = Path(path)
        if not place.is_file():
            raise JournalError("no journal", where=str(place), remedy="'negatrode study STUDY.toml' makes it")
        with _told(place):
            try:
                db = _open(place, "mode=ro")
            except sqlite3.OperationalError:
                # A folder that cannot be written holds no shared memory: nobody writes there either.
                _refuse_unread_log(place)
                db = _open(place, "mode=ro&immutable=1")
        return cls(place, db, None)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close; the write-ahead log goes into the file."""
        self._db.close()
        if self._lock is not None:
            self._lock.__exit__(None, None, None)

    def plan(
        self,
        part: str,
        axes: Mapping[str, str],
        columns: Sequence[Column],
        rows: Sequence[tuple[str, Inputs]],
    ) -> None:
        """Say what a part consists of: keys and inputs in order. What was planned before is replaced."""
        texts = [(part, i, key, _dump(inputs)) for i, (key, inputs) in enumerate(rows)]
        shown = json.dumps([[c.name, c.title, c.unit, c.confidence] for c in columns], ensure_ascii=False)
        with self._transaction() as db:
            db.execute("DELETE FROM parts WHERE part = ?", (part,))
            db.executemany("INSERT INTO parts VALUES (?, ?, ?, ?)", texts)
            db.execute(
                "INSERT OR REPLACE INTO plans VALUES (?, ?, ?, ?)",
                (part, json.dumps(dict(axes), ensure_ascii=False), shown, len(rows)),
            )

    def forget_part(self, part: str) -> None:
        """A part that the study no longer has; its points stay."""
        with self._transaction() as db:
            db.execute("DELETE FROM parts WHERE part = ?", (part,))
            db.execute("DELETE FROM plans WHERE part = ?", (part,))

    def record(self, entries: Iterable[Entry]) -> None:
        """Write points, all or none. A key that stands there already stays as it is."""
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        rows = [
            (
                e.key, _dump(e.inputs), "failed" if e.is_failed else "done", e.attempts, _dump(e.outputs),
                _dump(e.notes), e.error, e.seconds, e.worker, code_version(), catalogue_version(), when,
            )
            for e in entries
        ]  # fmt: skip
        with self._transaction() as db:
            db.executemany(
                f"INSERT INTO points VALUES ({', '.join('?' * 12)}) ON CONFLICT (key) DO NOTHING", rows
            )

    def forget_failed(self, keys: Iterable[str]) -> int:
        """Forget that these points failed, so that they are tried again; how many there were."""
        with self._transaction() as db:
            before = db.total_changes
            db.executemany("DELETE FROM points WHERE key = ? AND state = 'failed'", [(k,) for k in keys])
            return db.total_changes - before

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Words about the study: its name, its file, the command."""
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))

    def meta(self) -> dict[str, str]:
        """What :meth:`set_meta` wrote."""
        with _told(self.path):
            return dict(self._db.execute("SELECT key, value FROM meta").fetchall())

    def known(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The points of these keys that stand in the journal."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Entry] = {}
        with _told(self.path):
            for i in range(0, len(wanted), 500):
                some = wanted[i : i + 500]
                marks = ", ".join("?" * len(some))
                for row in self._db.execute(f"SELECT {_ENTRY} FROM points WHERE key IN ({marks})", some):
                    found[row[0]] = _entry(row)
        return found

    def plans(self) -> list[Planned]:
        """The parts, in the order of their names."""
        with _told(self.path):
            rows = self._db.execute("SELECT part, axes, columns, total FROM plans ORDER BY part").fetchall()
        return [
            Planned(p, json.loads(a), tuple(Column(*c) for c in json.loads(cs)), n) for p, a, cs, n in rows
        ]

    def part(self, name: str) -> list[tuple[Inputs, Entry | None]]:
        """The points of a part in their order; None for what is not computed yet."""
        columns = ", ".join(f"points.{c}" for c in _ENTRY.split(", "))
        with _told(self.path):
            rows = self._db.execute(
                f"SELECT parts.inputs, {columns} FROM parts LEFT JOIN points ON points.key = parts.key "
                "WHERE parts.part = ? ORDER BY parts.position",
                (name,),
            ).fetchall()
        return [(json.loads(row[0]), None if row[1] is None else _entry(row[1:])) for row in rows]

    def counts(self) -> dict[str, tuple[int, int, int]]:
        """By part: how many points it has, how many are done, how many failed."""
        with _told(self.path):
            rows = self._db.execute(
                "SELECT parts.part, COUNT(*), SUM(points.state IS 'done'), SUM(points.state IS 'failed') "
                "FROM parts LEFT JOIN points ON points.key = parts.key GROUP BY parts.part"
            ).fetchall()
        return {part: (total, done, failed) for part, total, done, failed in rows}

    def reasons(self, limit: int = 5) -> list[tuple[str, int]]:
        """The commonest reasons of failed points of this code, with their number."""
        with _told(self.path):
            rows = self._db.execute(
                "SELECT error, COUNT(*) FROM points "
                "WHERE state = 'failed' AND key IN (SELECT key FROM parts) "
                "GROUP BY error ORDER BY 2 DESC, 1 LIMIT ?",
                (limit,),
            ).fetchall()
        return [(str(error), int(count)) for error, count in rows]

    def versions(self) -> list[tuple[str, str, int]]:
        """Code and catalogue versions that points were computed by, and how many by each."""
        with _told(self.path):
            return self._db.execute(
                "SELECT code, catalogue, COUNT(*) FROM points GROUP BY 1, 2 ORDER BY MAX(finished) DESC"
            ).fetchall()

    def last_finished(self) -> str:
        """When the last point came in (ISO 8601, UTC), or ""."""
        with _told(self.path):
            return str(self._db.execute("SELECT COALESCE(MAX(finished), '') FROM points").fetchone()[0])

    def is_sound(self) -> bool:
        """SQLite's own check of the whole file."""
        with _told(self.path):
            return bool(self._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _told(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            try:
                self._db.execute("COMMIT")
            except sqlite3.Error:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise


_ENTRY = "key, inputs, outputs, notes, error, attempts, seconds, worker"


def _entry(row: Sequence[object]) -> Entry:
    key, inputs, outputs, notes, error, attempts, seconds, worker = row
    return Entry(
        str(key), json.loads(str(inputs)), json.loads(str(outputs)), json.loads(str(notes)), str(error),
        int(str(attempts)), float(str(seconds)), str(worker),
    )  # fmt: skip


def _dump(values: Mapping[str, Value | None]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, allow_nan=False)


def _open(place: Path, how: str) -> sqlite3.Connection:
    db = sqlite3.connect(f"{place.resolve().as_uri()}?{how}", uri=True, timeout=_BUSY, isolation_level=None)
    try:
        _check(db, place)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, place: Path) -> None:
    """Make the tables in a new file, check an old one, and turn the write-ahead log on."""
    db.execute("PRAGMA journal_mode = WAL")
    # Every commit reaches the disk: a power cut loses as little as a kill.
    db.execute("PRAGMA synchronous = FULL")
    db.execute("BEGIN IMMEDIATE")
    try:
        if not db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
            for statement in _TABLES.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {_APPLICATION}")
            db.execute(f"PRAGMA user_version = {_SCHEMA}")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
    _check(db, place)


def _check(db: sqlite3.Connection, place: Path) -> None:
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if application != _APPLICATION:
        raise JournalError(
            "a database, but no journal of a study", where=str(place), remedy="give another folder with -o"
        )
    schema = db.execute("PRAGMA user_version").fetchone()[0]
    if schema != _SCHEMA:
        raise JournalError(
            f"a journal of schema {schema}",
            where=str(place),
            rule=f"this release reads schema {_SCHEMA}",
            remedy="read it with the release that wrote it, or give another folder with -o",
        )


def _refuse_read_only(place: Path) -> None:
    """A file without any right to write is meant to stay as it is, also where the user could write it."""
    if place.exists() and not place.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise _read_only(place)
    if place.exists() and not os.access(place, os.W_OK):
        raise _read_only(place)


def _refuse_unread_log(place: Path) -> None:
    """Points that stand in the log only would be passed over in silence."""
    log = place.with_name(place.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise JournalError(
            "a journal with a log beside it, in a folder that cannot be written",
            where=str(place),
            rule="SQLite reads the two together only where it may write",
            remedy="copy the folder to where you can write, and read it there",
        )


def _read_only(place: Path) -> JournalError:
    return JournalError(
        "the journal is read-only",
        where=str(place),
        rule="results are written as they come; nothing was computed",
        remedy="make it writable (chmod u+w), or give another folder with -o; status and export read it so",
    )


@contextlib.contextmanager
def _told(place: Path) -> Iterator[None]:
    """SQLite's and the system's errors as ours, each with what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _as_ours(error, place) from None
    except OSError as error:
        raise JournalError(
            f"cannot be written ({error.strerror})", where=str(error.filename or place),
            remedy="give a folder that can be written with -o",
        ) from None  # fmt: skip


def _as_ours(error: sqlite3.Error, place: Path) -> JournalError:
    name = getattr(error, "sqlite_errorname", "") or ""
    where = str(place)
    if name.startswith("SQLITE_READONLY") or name == "SQLITE_CANTOPEN":
        return _read_only(place)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return JournalError(
            "the disk is full" if name == "SQLITE_FULL" else f"the disk refuses ({error})",
            where=where,
            rule="what was written before is kept; the points in flight are not",
            remedy="make room, and give the same command again: it goes on from there",
        )
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return JournalError(
            f"no sound journal ({error})", where=where,
            remedy="put the file aside, or give another folder with -o; nothing in it was changed",
        )  # fmt: skip
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return JournalError(
            f"another program holds the journal for more than {_BUSY:g} s", where=where,
            remedy="close what has it open, and give the same command again",
        )  # fmt: skip
    return JournalError(f"{type(error).__name__}: {error}", where=where)

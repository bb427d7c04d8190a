"""Points through lanes: retries, workers that die, resuming, progress; here and on local workers."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from negatrode.core.errors import MissingInput
from negatrode.study.axis import Axis
from negatrode.study.journal import Entry, Journal
from negatrode.study.lanes.cluster import ClusterLanes
from negatrode.study.lanes.inline import Inline
from negatrode.study.lanes.local import LocalLanes
from negatrode.study.model import FunctionModel
from negatrode.study.parts.propose import Scores, propose
from negatrode.study.points import Desk
from negatrode.study.watch import Bar, Count, Lines
from tests.study import models


@pytest.fixture(scope="module")
def two() -> Iterator[LocalLanes]:
    """Two workers of this machine."""
    lanes = LocalLanes(2)
    yield lanes
    lanes.close()


def points(*xs: float) -> list[dict[str, float]]:
    """Points of one axis."""
    return [{"x": float(x)} for x in xs]


def values(entries: list[Entry]) -> list[float | None]:
    """Their outputs."""
    return [e.outputs.get("f") for e in entries]


def compute(path: Path, lanes: object, model: FunctionModel, xs: list[dict[str, float]]) -> list[Entry]:
    """A part through a journal."""
    with Journal.write(path) as journal:
        return Desk(journal, lanes).compute("sweep", model, xs, {"x": "1"})  # type: ignore[arg-type]


def test_workers_give_what_this_process_gives(tmp_path: Path, two: LocalLanes) -> None:
    """The same entries in the same order, on batches of any size."""
    xs = points(*range(300))
    here = compute(tmp_path / "a.sqlite", Inline(), models.model(models.plain), xs)
    there = compute(tmp_path / "b.sqlite", two, models.model(models.plain), xs)
    assert [(e.key, e.inputs, e.outputs) for e in here] == [(e.key, e.inputs, e.outputs) for e in there]
    assert values(there) == [float(x * x) for x in range(300)]
    assert len({e.worker for e in there}) == 2


def test_trouble_is_recorded_and_the_rest_goes_on(tmp_path: Path, two: LocalLanes) -> None:
    """Refusals, slips, no numbers, memory errors and a worker that is killed, among points that succeed."""
    entries = compute(tmp_path / "j.sqlite", two, models.model(models.troubled), points(*range(40)))
    failed = {int(e.inputs["x"]): e for e in entries if e.is_failed}
    assert set(failed) == {3, 5, 11, 13}
    assert failed[3].error == "three is refused. a rule."
    assert failed[5].error.startswith("KeyError: 'no such key' (models.py:")
    assert "killed by the system" in failed[11].error
    assert "memory" in failed[13].error
    assert {e.attempts for e in failed.values()} == {3}
    assert values(entries)[8] == 64.0
    assert values(entries)[7] is None
    assert entries[7].notes == {"f": "came out as nan"}
    with Journal.read(tmp_path / "j.sqlite") as journal:
        assert journal.counts() == {"sweep": (40, 36, 4)}


def test_a_point_that_fails_twice_succeeds_at_the_third_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two retries; a resumed run computes nothing again."""
    monkeypatch.setenv("NEGATRODE_TEST_MARKS", str(tmp_path))
    for _ in range(2):
        entries = compute(tmp_path / "j.sqlite", Inline(), models.model(models.counted), points(1, 2, 3))
        assert values(entries) == [1.0, 4.0, 9.0]
        assert [e.attempts for e in entries] == [1, 3, 1]
        assert len(list(tmp_path.glob("[123]-*"))) == 5


def test_only_what_is_missing_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More points later, in another order, doubled: each is computed once."""
    monkeypatch.setenv("NEGATRODE_TEST_MARKS", str(tmp_path))
    compute(tmp_path / "j.sqlite", Inline(), models.model(models.counted), points(4, 5))
    entries = compute(tmp_path / "j.sqlite", Inline(), models.model(models.counted), points(6, 5, 4, 5))
    assert values(entries) == [36.0, 25.0, 16.0, 25.0]
    assert len(list(tmp_path.glob("[456]-*"))) == 3


def test_another_version_of_the_model_is_computed_anew(tmp_path: Path) -> None:
    """The journal mixes no two."""
    first = compute(tmp_path / "j.sqlite", Inline(), models.model(models.plain), points(1))
    second = compute(tmp_path / "j.sqlite", Inline(), models.model(models.plain, version="2"), points(1))
    assert first[0].key != second[0].key


def test_failed_points_stay_until_they_are_to_be_tried_again(tmp_path: Path) -> None:
    """The same command gives the same table; --retry-failed tries again."""
    for retry, xs in ((False, 3), (True, 3)):
        with Journal.write(tmp_path / "j.sqlite") as journal:
            desk = Desk(journal, Inline(), retry_failed=retry)
            (entry,) = desk.compute("sweep", models.model(models.troubled), points(xs), {"x": "1"})
            assert entry.is_failed


def test_a_worker_that_dies_between_batches_is_replaced(tmp_path: Path, two: LocalLanes) -> None:
    """Killed from outside, not by a point: nothing is lost and nothing fails."""
    first = compute(tmp_path / "first.sqlite", two, models.model(models.slow), points(*range(100, 110)))
    os.kill(int(first[0].worker.rpartition(":")[2]), 9)
    entries = compute(tmp_path / "j.sqlite", two, models.model(models.slow), points(*range(20)))
    assert values(entries) == [float(x * x) for x in range(20)]


def test_progress_has_rate_and_time_left() -> None:
    """A line at once, one every ten seconds, one at the end."""
    now = [0.0]
    lines: list[str] = []
    watch = Lines(lines.append, count=Count(clock=lambda: now[0]))
    watch.begin("sweep", 100, 20, 1)
    for _ in range(8):
        now[0] += 4.0
        watch.advance(10, 0)
    watch.end()
    assert lines[0] == "sweep: 100 points, 20 of them in the journal"
    assert lines[1] == "sweep: 50 of 100 points, 2.5 points/s, 20 s left, 1 failed"
    assert lines[2] == "sweep: 80 of 100 points, 2.5 points/s, 8 s left, 1 failed"
    assert lines[-1] == "sweep: 100 of 100 points, 2.5 points/s, 1 failed"
    assert len(lines) == 4


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_a_bar_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """With counts, rate and failures; what is said stands above it."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    now = [0.0]
    bar = Bar(count=Count(clock=lambda: now[0]))
    bar.begin("sweep", 10, 2, 0)
    now[0] = 2.0
    bar.advance(4, 1)
    bar.say("a line")
    bar.end()
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert "6 of 10 points, 2 points/s, 2 s left, 1 failed" in " ".join(shown.split())
    assert "a line" in shown


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it."""
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.setitem(sys.modules, "distributed", None)
    axes = [Axis("x", low=0.0, high=1.0)]
    past = [({"x": k / 10}, Scores((0.0,), {})) for k in range(10)]
    with pytest.raises(MissingInput, match=r"negatrode\[design\]"):
        propose(axes, past, 4, 0)
    with pytest.raises(MissingInput, match=r"negatrode\[cluster\]"):
        ClusterLanes("tcp://127.0.0.1:1")

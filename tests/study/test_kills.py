"""A sweep killed at random times loses nothing (500 kills: make bench-kills), and leaves no worker behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.kills import command, killed, uninterrupted, write_study

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="process groups are POSIX")


def test_twenty_kills(tmp_path: Path) -> None:
    """No finished point lost, none twice, no corrupt file, the final table that of an undisturbed run."""
    study = write_study(tmp_path / "study", 1000)
    whole, seconds = uninterrupted(study, tmp_path / "whole")
    tally = killed(study, tmp_path / "killed", whole, 0.6 * seconds, kills=20, seed=0)
    assert tally.kills == 20
    assert tally.amid >= 1
    assert tally.sweeps >= 1
    assert tally.faults == []
    assert whole.count(b"\n") == 1001


def test_workers_die_with_their_parent(tmp_path: Path) -> None:
    """Only the parent is killed: nothing of its session is left a moment later."""
    study = write_study(tmp_path / "study", 100_000)
    process = subprocess.Popen(
        command(study, tmp_path / "out"), start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 60
    while len(_members(process.pid)) < 4 and time.monotonic() < until:
        time.sleep(0.1)  # parent, server, two workers
    assert len(_members(process.pid)) >= 4
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 20
    while _members(process.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert _members(process.pid) == []


def _members(session: int) -> list[int]:
    """Processes of a session that are alive."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, own = place.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(own) == session and state != "Z":
            found.append(int(place.parent.name))
    return found

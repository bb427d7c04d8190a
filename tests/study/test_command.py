"""``negatrode study`` as people use it: run, resume, status, export, report; here and on a cluster."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from negatrode.cli.main import app
from tests.study.conftest import Write

BODY = """
[[constraints]]
inside = "hard-carbon 1-8"

[[constraints]]
output = "reversible_capacity"
at_least = "300 mAh/g"

[sweep]
design = "sobol"
points = 16

[sensitivity]
points = 16

[invert]
maximise = ["reversible_capacity"]
evaluations = 20

[map]
x = "sample.dv50"
y = "sample.d002"
output = "first_efficiency"
levels = [4, 3]

[window]
levels = 7
"""
HEAD = 'outputs = ["reversible_capacity", "first_efficiency"]\ndraws = 3'
SLOW = '[sweep]\ndesign = "sobol"\npoints = 120\n'
SLOW_HEAD = 'outputs = ["delithiation_2C"]\ndraws = 30'


def study(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "negatrode", "study", *words], capture_output=True, text=True, check=False
    )


def table(path: Path) -> list[dict[str, str]]:
    """A CSV as rows."""
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_a_whole_study_and_what_it_leaves(write: Write, tmp_path: Path) -> None:
    """All parts; the second run computes nothing and says the same; status, export, page."""
    path = write(BODY, head=HEAD)
    first = study(str(path), "--workers", "2", "--json")
    assert first.returncode == 0, first.stderr
    results = json.loads(first.stdout)
    out = tmp_path / "STUDY.study"
    assert results["failed"] == 0
    assert results["inverse"]["is_inside"]
    low, high = (results["window"]["rows"][1][k]["at"] for k in ("low", "high"))
    assert 0.3655 < low < 0.3695  # 0.365 nm and 1.645 standard uncertainties, a grid's step aside
    assert 0.3960 < high < 0.3990
    assert results["window"]["rows"][1]["low"]["ended_by"].endswith("(claim 1: 0.365 <= d002 <= 0.400 nm)")
    assert {s["output"] for s in results["sensitivities"]} == {"reversible_capacity", "first_efficiency"}
    page = (out / "report.html").read_text()
    assert page.count("<figure>") == 4
    assert "Design window" in page
    assert 'src="http' not in page
    assert 'href="http' not in page

    points = (out / "points.csv").read_bytes()
    before = (out / "journal.sqlite").stat().st_size
    again = study(str(path), "--json")
    assert json.loads(again.stdout) == results
    assert (out / "points.csv").read_bytes() == points
    assert (out / "journal.sqlite").stat().st_size == before
    assert "16 of them in the journal" in again.stderr

    status = json.loads(study("status", str(path), "--json").stdout)
    assert [(p["part"], p["waiting"], p["failed"]) for p in status["parts"]] == [
        ("invert", 0, 0), ("map", 0, 0), ("sensitivity", 0, 0), ("sweep", 0, 0), ("window", 0, 0),
    ]  # fmt: skip
    assert study("export", str(out)).stdout.encode() == points
    assert study("export", str(out), "--part", "sweep", "-o", str(tmp_path / "p.parquet")).returncode == 0
    whole = pq.read_table(tmp_path / "p.parquet").to_pylist()
    rows = [r for r in table(out / "points.csv") if r["part"] == "sweep"]
    assert [r["reversible_capacity / mAh/g"] for r in whole] == [
        float(r["reversible_capacity / mAh/g"]) for r in rows
    ]
    refused = study("export", str(out), "-o", str(tmp_path / "p.parquet"))
    assert refused.returncode == 2
    assert "the file exists" in refused.stderr


def test_results_that_somebody_changed_are_not_replaced(write: Write, tmp_path: Path) -> None:
    """As everywhere."""
    path = write('[[constraints]]\ninside = "hard-carbon 1-8"\n[sweep]\ndesign = "sobol"\npoints = 4\n')
    assert study(str(path), "-q").returncode == 0
    (tmp_path / "STUDY.study" / "points.csv").write_text("mine")
    refused = study(str(path), "-q")
    assert refused.returncode == 2
    assert "not as negatrode left it" in refused.stderr
    assert study(str(path), "-q", "--overwrite").returncode == 0


def test_a_study_is_read_while_it_runs_and_goes_on_after_an_interrupt(write: Write, tmp_path: Path) -> None:
    """Status and a partial table from outside; a plain line, no bar, where there is no terminal; exit 130."""
    path = write(SLOW, head=SLOW_HEAD)
    running = subprocess.Popen(
        [sys.executable, "-m", "negatrode", "study", str(path)], stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    out = tmp_path / "STUDY.study"
    wait_for(out, 4)
    status = json.loads(study("status", str(out), "--json").stdout)
    assert status["writer"].startswith(f"process {running.pid} on ")
    partial = list(csv.DictReader(io.StringIO(study("export", str(out), "--timings").stdout)))
    done = [r for r in partial if r["state"] == "done"]
    assert 0 < len(done) < 120
    assert all(float(r["seconds"]) > 0 for r in done)
    os.killpg(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "the same command goes on" in told
    assert "\x1b" not in told
    kept = {r["position"] for r in done}
    after = csv.DictReader(io.StringIO(study("export", str(out)).stdout))
    assert kept <= {r["position"] for r in after if r["state"] == "done"}


def wait_for(out: Path, points: int) -> None:
    """Until so many points stand in the journal."""
    from negatrode.core.errors import NegatrodeError
    from negatrode.study.status import status_json

    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            parts = status_json(out)["parts"]
        except NegatrodeError:
            parts = []
        if parts and parts[0]["done"] >= points:
            return
        time.sleep(0.1)
    raise AssertionError("the study does not get on")


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Cluster:
    """A scheduler and two workers on the loopback, started by the two documented commands."""

    def __init__(self, folder: Path, port: int) -> None:
        self.address = f"tcp://127.0.0.1:{port}"
        dask = str(Path(sys.executable).with_name("dask"))
        self.log = (folder / f"dask-{time.monotonic_ns()}.log").open("w")
        self.scheduler = self._start(
            dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"
        )
        self.workers = self._start(
            dask, "worker", self.address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(folder),
        )  # fmt: skip

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(words, stdout=self.log, stderr=self.log, start_new_session=True)

    def kill_one_worker(self) -> None:
        """kill -9 of a worker process, beneath its nanny."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                line = (place / "cmdline").read_bytes()
                session = int((place / "stat").read_text().rpartition(")")[2].split()[3])
            except (OSError, ValueError):
                continue
            if b"spawn_main" in line and session == self.workers.pid:
                found.append(int(place.name))
        assert found
        os.kill(found[0], signal.SIGKILL)

    def kill(self) -> None:
        """All of it, at once."""
        for process in (self.scheduler, self.workers):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.log.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster for one test."""
    found = Cluster(tmp_path, free_port())
    yield found
    found.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="finds workers by /proc")
def test_a_cluster_gives_the_same_table_through_deaths(
    write: Write, tmp_path: Path, cluster: Cluster
) -> None:
    """A worker is killed in mid-run, then scheduler and workers: the same command on a new one finishes."""
    path = write(SLOW, head=SLOW_HEAD)
    words = ["study", str(path), "-o", str(tmp_path / "there")]
    running = subprocess.Popen(
        [sys.executable, "-m", "negatrode", *words, "--cluster", cluster.address],
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(tmp_path / "there", 3)
    cluster.kill_one_worker()
    wait_for(tmp_path / "there", 12)
    cluster.kill()
    _, told = running.communicate(timeout=90)
    assert running.returncode == 1, told
    assert "the workers are gone" in told
    assert "the same command" in told
    assert (
        told.rstrip().splitlines()[-1].startswith(f"the cluster at {cluster.address}: the workers are gone")
    )
    new = Cluster(tmp_path, free_port())
    try:
        resumed = study(str(path), "-o", str(tmp_path / "there"), "--cluster", new.address)
    finally:
        new.kill()
    assert resumed.returncode == 0, resumed.stderr
    assert "of them in the journal" in resumed.stderr
    assert study(str(path), "-o", str(tmp_path / "here"), "--workers", "2").returncode == 0
    here, there = ((tmp_path / name / "points.csv").read_bytes() for name in ("here", "there"))
    assert here == there
    assert len(table(tmp_path / "here" / "points.csv")) == 120


def test_no_scheduler_is_told(write: Write) -> None:
    """With the commands that start one."""
    path = write('[[constraints]]\ninside = "hard-carbon 1-8"\n[sweep]\ndesign = "sobol"\npoints = 4\n')
    done = study(str(path), "--cluster", f"tcp://127.0.0.1:{free_port()}", "-q")
    assert done.returncode == 2
    assert "dask scheduler" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_examples_are_written_and_not_over_changes(tmp_path: Path) -> None:
    """``study example``."""
    run = CliRunner()
    folder = tmp_path / "e"
    done = run.invoke(app, ["study", "example", "alloy", "-o", str(folder)])
    assert done.exit_code == 0
    assert done.output.strip() == f"negatrode study {folder / 'STUDY.toml'}"
    (folder / "STUDY.toml").write_text("mine")
    assert run.invoke(app, ["study", "example", "alloy", "-o", str(folder)]).exit_code == 2
    assert run.invoke(app, ["study", "example", "aloy", "-o", str(folder)]).exit_code == 2
    shutil.rmtree(folder)


def test_a_kill_between_results_and_their_ledger_is_survived(tmp_path: Path) -> None:
    """Whatever part of the results a killed process had replaced, the next one knows it for its own."""
    from negatrode.core.errors import InputError
    from negatrode.report import write

    def killed_after(count: int, files: dict[str, bytes]) -> None:
        done = 0

        def replace(place: Path, data: bytes) -> None:
            nonlocal done
            if done == count:
                raise KeyboardInterrupt
            done += 1
            whole(place, data)

        whole = write._replace
        write._replace = replace
        try:
            write.write_files(tmp_path, files)
        finally:
            write._replace = whole

    for count in range(5):
        with pytest.raises(KeyboardInterrupt):
            killed_after(count, {"a": b"%d" % count, "b": b"%d" % (count + 10), "c": b"1"})
        write.check_free(tmp_path, ["a", "b", "c"], overwrite=False)
    write.write_files(tmp_path, {"a": b"end", "b": b"end", "c": b"end"})
    assert {n: (tmp_path / n).read_bytes() for n in "abc"} == dict.fromkeys("abc", b"end")
    (tmp_path / "a").write_bytes(b"mine")
    with pytest.raises(InputError, match="not as negatrode left it"):
        write.check_free(tmp_path, ["a"], overwrite=False)

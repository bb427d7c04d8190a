"""Sweeps that are killed: ``kill -9`` of the whole process group at random times, until nothing can be lost.

make bench-kills runs 500 of them over sweeps of 1000 points (half an hour); the tests run 20.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.sections import machine, write_section
from negatrode.study.examples import example_files

_STREAMS = 2  # studies that are killed side by side
STUDY = """
[study]
name = "Killed sweep"
sample = "SAMPLE.toml"
outputs = ["reversible_capacity", "irreversible_capacity"]
draws = 20

[axes]
"sample.dv50" = { from = "0.8 um", to = "25 um", scale = "log", uncertainty = "3 %%" }
"sample.d002" = { from = "0.360 nm", to = "0.405 nm", uncertainty = "0.001 nm" }
"sample.hydrogen_to_carbon" = { from = 0.005, to = 0.12, scale = "log", uncertainty = "10 %%" }

[[constraints]]
inside = "hard-carbon 1-8"

[sweep]
design = "sobol"
points = %d
"""


@dataclass
class Tally:
    """What was seen: kills, those that fell between the first point and the last, finished sweeps, faults."""

    kills: int = 0
    amid: int = 0
    sweeps: int = 0
    faults: list[str] = field(default_factory=list)


def write_study(folder: Path, points: int) -> Path:
    """The study that is killed; its points are claims and links, a few milliseconds each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SAMPLE.toml").write_bytes(example_files("hard-carbon")["SAMPLE.toml"])
    study = folder / "STUDY.toml"
    study.write_text(STUDY % points)
    return study


def command(study: Path, out: Path, workers: int = 2) -> list[str]:
    """The command line, as a user gives it."""
    return [
        sys.executable, "-m", "negatrode", "study", str(study), "-o", str(out), "-j", str(workers), "-q",
    ]  # fmt: skip


def uninterrupted(study: Path, out: Path) -> tuple[bytes, float]:
    """The table of a run that nobody disturbs, and how long it took."""
    began = time.perf_counter()
    subprocess.run(command(study, out), check=True, capture_output=True)
    return (out / "points.csv").read_bytes(), time.perf_counter() - began


def killed(
    study: Path, out: Path, whole: bytes, seconds: float, kills: int, seed: int,
    say: Callable[[str], None] = print,
) -> Tally:  # fmt: skip
    """Run and kill until there were so many kills; every sweep that survives is compared and begun anew."""
    chance = random.Random(seed)
    tally = Tally()
    known: dict[str, str] = {}
    while tally.kills < kills or not tally.sweeps:
        process = subprocess.Popen(
            command(study, out), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            _, told = process.communicate(
                timeout=chance.uniform(0.1, seconds) if tally.kills < kills else None
            )
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            tally.kills += 1
            before, known = len(known), _check(out, known, tally)
            if len(known) == before:
                seconds *= 1.1  # a busy machine: give the next one time to get to the points
            if tally.kills % 25 == 0:
                say(f"{tally.kills} kills, {tally.sweeps} sweeps finished, {len(tally.faults)} faults")
            continue
        if process.returncode:
            tally.faults.append(f"ended with {process.returncode}: {told.decode()[-300:]}")
            break
        known = _check(out, known, tally)
        if (out / "points.csv").read_bytes() != whole:
            tally.faults.append("the final table differs from that of an uninterrupted run")
        tally.sweeps += 1
        seconds = max(0.8 * seconds, 1.0)  # it got through: the next kills come sooner
        known = {}
        shutil.rmtree(out)
    return tally


def _check(out: Path, known: dict[str, str], tally: Tally) -> dict[str, str]:
    """Every point that stood in the journal still does, as it was; none twice; the file is sound."""
    path = out / "journal.sqlite"
    if not path.exists():
        if known:
            tally.faults.append("the journal is gone")
        return {}
    with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as db:
        if not db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
            return {}  # killed before its tables were made
        rows = db.execute("SELECT key, inputs, outputs, error FROM points").fetchall()
        total = db.execute("SELECT COUNT(*) FROM parts").fetchone()[0]
        sound = db.execute("PRAGMA integrity_check").fetchone()[0]
    db.close()
    found = {r[0]: hashlib.sha256("|".join(r[1:]).encode()).hexdigest() for r in rows}
    if sound != "ok":
        tally.faults.append(f"the journal is corrupt: {sound}")
    if len(found) < len(rows) or len({r[1] for r in rows}) < len(rows):
        tally.faults.append("a point stands there twice")
    if any(found.get(key) != digest for key, digest in known.items()):
        tally.faults.append(f"{sum(k not in found for k in known)} finished points lost, or changed")
    tally.amid += 0 < len(rows) < total
    return found


def main(kills: int = 500, points: int = 1000) -> None:
    """The whole of it, into docs/performance.md."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = write_study(folder / "study", points)
        whole, seconds = uninterrupted(study, folder / "whole")
        print(f"uninterrupted: {seconds:.1f} s")
        with ThreadPoolExecutor(_STREAMS) as pool:
            tallies = list(pool.map(
                lambda k: killed(study, folder / f"{k}", whole, seconds, -(-kills // _STREAMS), seed=k),
                range(_STREAMS),
            ))  # fmt: skip
    tally = Tally(
        sum(t.kills for t in tallies), sum(t.amid for t in tallies), sum(t.sweeps for t in tallies),
        [fault for t in tallies for fault in t.faults],
    )  # fmt: skip
    body = (
        f"`make bench-kills`, {machine()}: `kill -9` of the process group at random times over sweeps of "
        f"{points} points with two workers ({seconds:.1f} s undisturbed).\n\n"
        "| kills | in the midst of points | sweeps finished | points lost, doubled or changed; unsound "
        "journals; tables that differ |\n|---|---|---|---|\n"
        f"| {tally.kills} | {tally.amid} | {tally.sweeps} | {len(tally.faults)} |\n"
    )
    print(body, *tally.faults[:5], sep="\n")
    write_section("Studies that are killed", body)
    if tally.faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))

"""Time and memory of what users wait for; ``make bench`` writes a section of docs/performance.md.

Every figure is of whole processes: the median of several runs after one warm-up, and the ratio to a
bare ``python -c pass`` measured in turn in the same run, since machines differ and drift.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.sections import machine, write_section  # noqa: E402

PYTHON = sys.executable
RUNS = 7


def once(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024.0


def paired(command: list[str]) -> tuple[float, float, float]:
    """Median seconds, median ratio to a bare Python started in turn, peak memory."""
    bare = [PYTHON, "-c", "pass"]
    once(command), once(bare)
    times, ratios, memory = [], [], []
    for _ in range(RUNS):
        seconds, peak = once(command)
        base, _ = once(bare)
        times.append(seconds)
        ratios.append(seconds / base)
        memory.append(peak)
    return statistics.median(times), statistics.median(ratios), max(memory)


HEAD = """Made by `make bench` on {machine}: median of {runs} runs after a warm-up; the ratio is to a bare
`python -c pass` started in turn in the same run ({bare:.3f} s here).

| what | seconds | ratio to bare Python | peak memory, MB | aim |
|---|---|---|---|---|
"""


def _large(cli: list[str], folder: Path) -> list[tuple[str, list[str], str]]:
    """Measurements of the largest files that users bring; whole processes, start and reading included."""
    # in a process of its own: children inherit the peak memory of the one that starts them
    code = (
        "from pathlib import Path; from benchmarks.large_files import large_map, large_stack, long_record; "
        "p = Path({!r}); large_map(p); large_stack(p); long_record(p)"
    )
    subprocess.run([PYTHON, "-c", code.format(str(folder))], check=True, cwd=ROOT)
    manifest, stack = folder / "maps.toml", folder / "stack.tif"
    settings = ["--set", "phase_a=Si", "--set", "phase_b=Ti", "--set", "specimen=thin"]
    settings += ["--set", "background=subtracted"]
    grey = ["--set", "phase_a_grey=bright", "--set", "outside_grey=dark"]
    half_cell = ["--set", "electrode=working-is-alloy", "--set", "current_sign=charge-positive"]
    return [
        (
            "`measure oxygen_in_b`, map of 1024 x 1024 x 8, two segmentations",
            [*cli, "measure", "oxygen_in_b", str(manifest), str(folder / "k.csv"), *settings],
            "3 s, 1 GB",
        ),
        (
            "`measure a_surrounded_by_b`, 256 x 256 x 256 grey voxels, two segmentations",
            [*cli, "measure", "a_surrounded_by_b", str(stack), *grey],
            "20 s",
        ),
        (
            "`measure capacity_retention`, a million points of 100 cycles",
            [*cli, "measure", "capacity_retention", str(folder / "long.csv"), *half_cell],
            "",
        ),
    ]


def main() -> None:
    """Measure and write the table."""
    resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        cli = [PYTHON, "-m", "negatrode"]
        subprocess.run(
            [*cli, "demo", "hard-carbon", "-o", str(demo), "-q"], check=True, stdout=subprocess.DEVNULL
        )
        inside = demo / "inside"
        cases = [
            ("`import negatrode`", [PYTHON, "-c", "import negatrode"], "0.5 s"),
            ("`negatrode --help`", [*cli, "--help"], "0.7 s"),
            ("`negatrode recipes`", [*cli, "recipes"], ""),
            (
                "`measure d002`",
                [*cli, "measure", "d002", str(inside / "xrd/scan.xy"), "--set", "wavelength=0.154187 nm"],
                "",
            ),
            ("`judge` the example folder", [*cli, "judge", str(inside / "SAMPLE.toml")], ""),
            (
                "`run` the example folder",
                [
                    *cli,
                    "run",
                    str(inside / "SAMPLE.toml"),
                    "-o",
                    str(Path(folder) / "out"),
                    "-q",
                    "--overwrite",
                ],
                "5 s, 600 MB",
            ),
        ]
        cases += _large(cli, Path(folder))
        rows = []
        for name, command, aim in cases:
            seconds, ratio, peak = paired(command)
            rows.append(f"| {name} | {seconds:.2f} | {ratio:.0f} | {peak:.0f} | {aim} |")
            print(rows[-1], flush=True)
    bare = statistics.median(once([PYTHON, "-c", "pass"])[0] for _ in range(RUNS))
    text = HEAD.format(machine=machine(), runs=RUNS, bare=bare) + "\n".join(rows)
    write_section("Whole processes", text)


if __name__ == "__main__":
    main()

"""Do the 95 % intervals hold the truth? ``make coverage-study`` writes docs/coverage.md.

Each trial draws a truth and the instrument's errors, makes a file by the forward model, reads and
measures it on the real path, and asks whether the interval holds the truth.

Usage: python benchmarks/coverage_study.py [TRIALS] [TECHNIQUE ...]
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from negatrode.core.errors import Refusal  # noqa: E402

TECHNIQUES = (
    "diffraction",
    "sorption",
    "sizing",
    "shape",
    "thermal",
    "composition",
    "bulk",
    "silicon",
    "phases",
    "enclosure",
    "cycling",
)
Row = tuple[str, float, float, float, float]


def chunk(technique: str, seed: int, trials: int) -> list[Row]:
    """(property/recipe, truth, value, low, high) of some trials."""
    module = importlib.import_module(f"benchmarks.coverage.{technique}")
    rng = np.random.default_rng([seed, 20261122])
    rows: list[Row] = []
    for _ in range(trials):
        try:
            measured = module.trial(rng)
        except Refusal as refusal:
            rows.append((f"{technique}: refused ({refusal.rule})", math.nan, math.nan, math.nan, math.nan))
            continue
        for name, (truth, found) in measured.items():
            value = math.nan if found.value is None else found.value
            rows.append((name, truth, value, *found.interval95))
    return rows


def summary(rows: Sequence[Row]) -> list[list[str]]:
    """One line a property and recipe: files, share held with its binomial error, bias, width, errors."""
    lines = []
    for name in sorted({r[0] for r in rows}):
        if "refused" in name:
            lines.append([name, str(sum(r[0] == name for r in rows)), *"-----"])
            continue
        mine = np.array([r[1:] for r in rows if r[0] == name])
        truth, value, low, high = mine.T
        held = float(np.mean((low <= truth) & (truth <= high)))
        error = math.sqrt(held * (1.0 - held) / len(mine))
        bias = float(np.nanmean((value - truth) / truth)) if np.all(truth != 0.0) else math.nan
        width = float(np.nanmedian((high - low) / np.abs(truth) / 2.0)) if np.all(truth != 0.0) else math.nan
        lines.append(
            [
                name,
                str(len(mine)),
                f"{100 * held:.1f} ± {100 * error:.1f}",
                f"{100 * bias:+.2f}",
                f"{100 * width:.1f}",
                *_errors(np.abs(value - truth)),
            ]
        )
    return lines


def _errors(errors: np.ndarray) -> list[str]:
    """95th percentile and largest of |value - truth|; values below a limit are left out."""
    known = errors[np.isfinite(errors)]
    if not known.size:
        return ["-", "-"]
    return [f"{np.quantile(known, 0.95):.2g}", f"{known.max():.2g}"]


def run(technique: str, trials: int, workers: int) -> list[Row]:
    """All trials of a technique; the seeds do not depend on the number of workers."""
    size = 50
    seeds = range(math.ceil(trials / size))
    sizes = [min(size, trials - k * size) for k in seeds]
    with ProcessPoolExecutor(workers) as pool:
        parts = pool.map(chunk, [technique] * len(sizes), seeds, sizes)
        rows: list[Row] = []
        for done, part in enumerate(parts, start=1):
            rows += part
            sys.stderr.write(f"\r{technique}: {done * size}/{trials}   ")
    sys.stderr.write("\n")
    return rows


HEAD = """# Coverage of the 95 % intervals

Made by `make coverage-study` ({trials} synthetic files a technique, seeds fixed). Each file is made by the
technique's forward model with a truth and instrument errors drawn from the distributions that the uncertainty
budget states, then read and measured on the path that users take. "held" is the share of files whose 95 %
interval holds the truth (with its binomial standard error); bias is the mean relative error; half-width is
the median half-width of the interval over the truth; the errors are the 95th percentile and the largest of
|value - truth| in the property's unit. Maps have 20, 60 or 200 counts a pixel in total.

What this shows, and what not: the intervals are honest *for the errors that the models know*. It cannot
show that a real instrument has no others; for that stand the comparisons with published values in the tests.

| property / recipe | files | held, % | bias, % | half-width, % | error, 95 % | largest |
|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Run the study, print the table, write docs/coverage.md when all techniques were run."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    chosen = sys.argv[2:] or list(TECHNIQUES)
    table: list[list[str]] = []
    for technique in chosen:
        start = time.perf_counter()
        table += summary(run(technique, trials, os.cpu_count() or 1))
        print(f"{technique}: {time.perf_counter() - start:.0f} s")
    text = HEAD.format(trials=trials) + "\n".join("| " + " | ".join(line) + " |" for line in table) + "\n"
    print(text)
    if not sys.argv[2:]:
        (ROOT / "docs" / "coverage.md").write_text(text)


if __name__ == "__main__":
    main()

"""The coverage study in small: a stated 95 % interval holds the truth about 95 times in 100.

The full study (``make coverage-study``) has 1,000 files a technique and its table in docs/coverage.md.
Here the bounds are those that a sound interval leaves once in about 10,000 runs of this many files.
"""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from benchmarks.coverage_study import TECHNIQUES
from scipy.stats import binom

TRIALS = {"shape": 12, "phases": 12, "enclosure": 16}
USUAL = 40


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_intervals_hold_the_truth(technique: str) -> None:
    """The number of intervals that hold lies within what 95 % allows, for every property and recipe."""
    trial = importlib.import_module(f"benchmarks.coverage.{technique}").trial
    rng = np.random.default_rng(20_261_122)
    count = TRIALS.get(technique, USUAL)
    held: dict[str, int] = {}
    for _ in range(count):
        for name, (truth, found) in trial(rng).items():
            low, high = found.interval95
            held[name] = held.get(name, 0) + (low <= truth <= high)
    least = int(binom.ppf(1e-4, count, 0.95))
    assert held
    for name, number in held.items():
        assert number >= least, f"{name}: {number} of {count}"

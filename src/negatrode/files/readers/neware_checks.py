"""What Neware's columns say of themselves, and where they contradict each other.

None of this refuses a file: a clock that runs back or a cycle number that falls is said, since real files
have them, too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from negatrode.core.provenance import Stated
from negatrode.core.recording import Column
from negatrode.files.readers.cycler_checks import step_starts
from negatrode.files.readers.neware_library import Notes

Floats = NDArray[np.float64]

# The share of records that must agree before a sign is believed (assumed, as for text exports)
_AGREEMENT = 0.9
# A clock that runs back by less is jitter between the boards of a cycler (assumed, as for text exports)
JITTER = 1.0
# The years 2000 and 2100 in s since 1970, and how far the end of summer time sets a clock back
_CLOCK = (946_684_800.0, 4_102_444_800.0)
_CLOCK_CHANGE = 3700.0


def stated_facts(columns: Mapping[str, Column], notes: Notes) -> dict[str, Stated]:
    """Direction of the current, meaning of the modes, and when the counters start anew."""
    from fastnda.dicts import CHARGE_DISCHARGE_MAP, STEP_TYPE_MAP

    facts: dict[str, Stated] = {}
    sign, source = "charge-positive", "Neware: discharging currents are negative"
    if "mode" in columns:
        modes = columns["mode"].values.astype(np.int64)
        unknown = sorted({int(m) for m in modes} - set(STEP_TYPE_MAP))
        if unknown:
            notes.add("mode", f"step types {', '.join(map(str, unknown[:8]))} are not known")
        words = [f"{m} {STEP_TYPE_MAP[m]}" for m in sorted({int(m) for m in modes}) if m in STEP_TYPE_MAP]
        facts["modes"] = Stated(", ".join(words), "", "Neware's codes of step types")
        direction = np.array([2 * CHARGE_DISCHARGE_MAP.get(int(m), 0.5) - 1 for m in modes])
        current = columns["current"].values
        flowing = (direction != 0) & (np.abs(current) > 1e-6 * max(float(np.abs(current).max()), 1e-30))
        if flowing.any():
            agree = float(np.mean(np.sign(current[flowing]) == direction[flowing]))
            if agree < _AGREEMENT:
                notes.add("current", f"its sign follows the step types in {agree:.0%} of the records only")
                sign = "discharge-positive" if agree <= 1.0 - _AGREEMENT else ""
            source += "; the step types agree" if agree >= _AGREEMENT else "; the step types say otherwise"
    if sign:
        facts["current_sign"] = Stated(sign, "", source)
    if _resets_with_steps(columns):
        facts["capacity_reset"] = Stated("step", "", "Neware: counters start anew with each step")
    return facts


def _counters(columns: Mapping[str, Column]) -> list[Floats]:
    return [columns[n].values for n in ("capacity", "charge_capacity", "discharge_capacity") if n in columns]


def _resets_with_steps(columns: Mapping[str, Column]) -> bool:
    """Whether counters fall only where a step starts, and nowhere carry on from the step before."""
    starts = step_starts(columns)[1:]
    for counter in _counters(columns):
        falls = np.flatnonzero(np.diff(counter) < -1e-6 * max(float(np.abs(counter).max()), 1e-30)) + 1
        if not np.isin(falls, starts).all():
            return False
        carried = (counter[starts - 1] > 0) & (counter[starts] >= counter[starts - 1])
        if carried.any():
            return False
    return bool(_counters(columns))


def check_cycles(columns: Mapping[str, Column], notes: Notes) -> None:
    """Say where the number of the cycle falls: the cycler only ever counts up."""
    if "cycle" in columns:
        back = np.flatnonzero(np.diff(columns["cycle"].values) < 0) + 1
        if len(back):
            notes.add(f"cycle, record {back[0] + 1}", "the number of the cycle falls")


def check_clock(columns: Mapping[str, Column], notes: Notes) -> None:
    """Say where the wall clock runs back, stands outside of 2000 to 2100, or is slower than the test."""
    if "unix_time" not in columns:
        return
    clock, time = columns["unix_time"].values, columns["time"].values
    back = np.flatnonzero(np.diff(clock) < -JITTER) + 1
    if len(back):
        notes.add(f"unix_time, record {back[0] + 1}", "the wall clock runs back (put right, or damaged)")
    if clock.min() < _CLOCK[0] or clock.max() > _CLOCK[1]:
        notes.add("unix_time", "the wall clock stands outside of 2000 to 2100")
    elif float(time[-1] - time[0]) > 1.01 * float(clock.max() - clock.min()) + _CLOCK_CHANGE:
        notes.add(
            "time", f"{time[-1] - time[0]:g} s of test in {clock.max() - clock.min():g} s of wall clock"
        )

"""Half-cycles by direction: what ends one and what does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from negatrode.core.errors import Refusal
from negatrode.techniques.cycling.charge import counter_disagreement
from negatrode.techniques.cycling.halfcycles import half_cycles
from negatrode.techniques.cycling.record import CyclerRecord

Part = tuple[float, float, float]  # hours, current in A, slope of the voltage in V/h


def record(
    parts: list[Part], *, counters: str = "", current: bool = True, step: float = 0.01, reset: str = ""
) -> CyclerRecord:
    """A record of constant currents, logged every ``step`` h."""
    time, amps, volts, level, clock = [0.0], [0.0], [1.0], 1.0, 0.0
    for hours, flow, slope in parts:
        for _ in range(round(hours / step)):
            clock += step
            level += slope * step
            time.append(3600.0 * clock)
            amps.append(flow)
            volts.append(level)
    i = np.array(amps)
    moved = i * step
    found: dict[str, np.ndarray] = {}
    if counters == "two":
        found = {
            "charge_capacity": np.cumsum(np.maximum(moved, 0)),
            "discharge_capacity": np.cumsum(np.maximum(-moved, 0)),
        }
    elif counters == "net":
        found = {"net_capacity": np.cumsum(moved)}
    elif counters == "one":
        total, out, sign = 0.0, [], 0.0
        for m in moved:
            if m and np.sign(m) != sign:
                total, sign = 0.0, np.sign(m)
            total += abs(m)
            out.append(total)
        found = {"capacity": np.array(out)}
    return CyclerRecord(
        "x", "k", np.array(volts), i if current else None, found, reset, np.array(time) if current else None
    )


CYCLE: list[Part] = [(0.5, 0.0, 0.0), (2.0, -1e-3, -0.4), (0.5, 0.0, 0.1), (1.5, 1e-3, 0.4), (0.2, 0.0, 0.0)]


@pytest.mark.parametrize(
    ("counters", "current"),
    [("", True), ("two", True), ("net", True), ("one", True), ("two", False), ("net", False), ("one", False)],
)
def test_capacity_by_current_and_by_every_kind_of_counter(counters: str, current: bool) -> None:
    """2 h and 1.5 h at 1 mA are 2 and 1.5 mA h, whichever column says so; rests split nothing."""
    found = half_cycles(
        record(
            [*CYCLE, *CYCLE],
            counters=counters,
            current=current,
            reset="half-cycle" if counters == "one" else "",
        )
    )
    assert [h.direction for h in found] == [-1, 1, -1, 1]
    assert [1e3 * h.capacity for h in found] == pytest.approx([2.0, 1.5, 2.0, 1.5], rel=2e-3)


def test_pulses_and_a_hold_are_one_half_cycle() -> None:
    """Ten pulses of one direction with rests between them, then a hold at a smaller current."""
    pulses: list[Part] = [(0.1, -1e-3, -0.5), (0.3, 0.0, 0.05)] * 10
    found = half_cycles(record([*pulses, (1.0, -5e-5, 0.0), (0.3, 0.0, 0.1), (1.0, 1e-3, 0.4)]))
    assert [h.direction for h in found] == [-1, 1]
    assert 1e3 * found[0].capacity == pytest.approx(1.05, rel=2e-2)


def test_a_glitch_of_the_other_sign_splits_nothing() -> None:
    """One logged point of reversed current in 400 is no half-cycle."""
    parts: list[Part] = [(2.0, -1e-3, -0.2), (0.01, 1e-4, 0.0), (2.0, -1e-3, -0.2), (4.0, 1e-3, 0.2)]
    found = half_cycles(record(parts))
    assert [h.direction for h in found] == [-1, 1]
    assert 1e3 * found[0].capacity == pytest.approx(4.0, rel=5e-3)


def test_noise_of_current_at_rest_is_rest() -> None:
    """Offsets of a millionth of the current through a long rest move nothing."""
    made = record([(2.0, -1e-3, -0.4), (5.0, 1e-9, 0.0), (2.0, 1e-3, 0.4)])
    assert [h.direction for h in half_cycles(made)] == [-1, 1]


def test_the_last_half_cycle_is_incomplete_where_the_record_breaks_off() -> None:
    """Cut in the middle of the second delithiation; complete where it reaches the limit of the first."""
    whole: list[Part] = [(2.0, -1e-3, -0.4), (2.0, 1e-3, 0.4), (2.0, -1e-3, -0.4), (2.0, 1e-3, 0.4)]
    assert half_cycles(record(whole))[-1].complete
    assert not half_cycles(record([*whole[:3], (1.0, 1e-3, 0.4)]))[-1].complete
    assert half_cycles(record([*whole[:3], (1.0, 1e-3, 0.4), (0.2, 0.0, 0.0)]))[-1].complete


def test_counters_of_another_unit_are_not_believed() -> None:
    """A counter in mA h under a head of A h differs from the integral a thousandfold."""
    made = record(CYCLE, counters="two")
    wrong = CyclerRecord(
        "x", "k", made.voltage, made.current, {n: 1e3 * v for n, v in made.counters.items()}, "", made.time
    )
    assert [1e3 * h.capacity for h in half_cycles(wrong)] == pytest.approx([2.0, 1.5], rel=2e-3)
    apart = counter_disagreement(wrong)
    assert apart is not None
    assert apart > 100.0


def test_no_current_and_no_direction_are_refused() -> None:
    """A rest moves no charge."""
    with pytest.raises(Refusal):
        half_cycles(record([(1.0, 0.0, 0.0)]))


def test_jitter_of_counters_is_no_start_anew() -> None:
    """A counter that wavers by a millionth at its height counts that and no more."""
    made = record(CYCLE, counters="two")
    rng = np.random.default_rng(1)
    shaken = {n: v + rng.normal(0.0, 1e-9, v.size) for n, v in made.counters.items()}
    for current in (made.current, None):
        found = half_cycles(replace(made, counters=shaken, current=current))
        assert [1e3 * h.capacity for h in found] == pytest.approx([2.0, 1.5], rel=2e-3)


def test_slow_cycle_after_a_fast_one_is_no_rest() -> None:
    """10C and then C/100 in one record: a thousandth of the highest current still cycles."""
    slow: list[Part] = [(1000.0, -1e-6, -1e-3), (1000.0, 1e-6, 1e-3)]
    found = half_cycles(record([(1.0, -1e-3, -0.4), (1.0, 1e-3, 0.4), *slow], step=0.02))
    assert [1e3 * h.capacity for h in found] == pytest.approx([1.0, 1.0, 1.0, 1.0], rel=0.03)


def test_pulses_both_ways_for_a_resistance_split_nothing() -> None:
    """10 s of discharge and of charge at 1C at every tenth of a charge (a pulse characterisation)."""
    step = 10.0 / 3600.0
    parts: list[Part] = []
    for sign in (-1.0, 1.0):
        for _ in range(10):
            parts += [(0.1, sign * 1e-3, sign * 0.8), (5 * step, 0.0, 0.0)]
            parts += [(step, -1e-3, -2.0), (step, 0.0, 0.0), (step, 1e-3, 2.0), (step, 0.0, 0.0)]
    found = half_cycles(record(parts, step=step))
    assert [h.direction for h in found] == [-1, 1]
    assert [1e3 * h.capacity for h in found] == pytest.approx([1.0, 1.0], rel=0.01)


def test_offsets_and_noise_of_a_resting_current_split_nothing() -> None:
    """1 % of noise around zero over a rest five times as long as the cycle."""
    made = record([(2.0, -1e-3, -0.4), (10.0, 0.0, 0.0), (2.0, 1e-3, 0.4)])
    assert made.current is not None
    noise = np.random.default_rng(2).normal(0.0, 1e-5, made.current.size)
    found = half_cycles(replace(made, current=made.current + noise))
    assert [h.direction for h in found] == [-1, 1]
    assert [1e3 * h.capacity for h in found] == pytest.approx([2.0, 2.0], rel=1e-2)


@pytest.mark.parametrize("shift", [1, 3])
def test_a_counter_that_shows_its_last_step_at_the_rest(shift: int) -> None:
    """Counters that come a few points late lose nothing of a half-cycle that a rest follows."""
    made = record(CYCLE, counters="two")
    late = {n: np.concatenate((np.zeros(shift), v[:-shift])) for n, v in made.counters.items()}
    found = half_cycles(replace(made, counters=late))
    assert [1e3 * h.capacity for h in found] == pytest.approx([2.0, 1.5], rel=1e-9)


def test_a_current_against_its_voltage_is_refused() -> None:
    """Charge raises the voltage of a cell: the other sign was declared."""
    made = record([(2.0, -1e-3, -0.4), (2.0, 1e-3, 0.4)])
    assert made.current is not None
    with pytest.raises(Refusal) as caught:
        half_cycles(replace(made, current=-made.current))
    assert "current_sign" in caught.value.remedy


def test_a_counter_that_runs_on_through_a_reversal_is_refused() -> None:
    """Without a current, a counter that does not start anew cannot tell charge from discharge."""
    made = record([(2.0, -1e-3, -0.4), (2.0, 1e-3, 0.4)])
    assert made.current is not None
    counter = np.cumsum(np.abs(made.current)) * 0.01
    with pytest.raises(Refusal):
        half_cycles(replace(made, counters={"capacity": counter}, current=None, time=None))


def test_a_signed_counter_that_starts_anew_each_cycle() -> None:
    """A net counter back at zero at once moved no charge."""
    made = record([*CYCLE, *CYCLE])
    assert made.current is not None
    half = made.current.size // 2
    net = np.cumsum(made.current * 0.01)
    net[half:] -= net[half - 1]
    found = half_cycles(replace(made, counters={"net_capacity": net}, current=None, time=None))
    assert [1e3 * h.capacity for h in found] == pytest.approx([2.0, 1.5, 2.0, 1.5], rel=0.01)

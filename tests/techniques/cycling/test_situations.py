"""Situations of real cyclers: logs with gaps, counters of every habit, rate tests, titrations, odd cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import InputError, NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Outcome
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read, read_blob
from negatrode.techniques.cycling.figure import CyclingFigure
from negatrode.techniques.cycling.halfcycles import half_cycles
from negatrode.techniques.cycling.recipes import RECIPES
from negatrode.techniques.cycling.record import cycler_record
from negatrode.techniques.cycling.technique import KEYS, evaluate
from negatrode.techniques.technique import Evaluation

Columns = dict[str, np.ndarray]
UNITS = {"time": "s", "voltage": "V", "current": "A"}
HELD = 1e-3  # A h that the electrode holds between 1 and 0.1 V


class Bench:
    """A cell on a cycler: the voltage falls in a line with the lithium content; logged once a minute."""

    def __init__(self, start: float = 0.0) -> None:
        self.content, self.clock, self.step, self.cycle = start, 0.0, 0, 1
        self.rows: list[tuple[float, ...]] = []

    def run(self, currents: np.ndarray, every: float = 60.0, level: float | None = None) -> Bench:
        """One step of the schedule; ``level`` holds the voltage."""
        self.step += 1
        for current in currents:
            self.clock += every
            self.content -= current * every / 3600.0
            voltage = 1.0 - 0.9 * self.content / HELD + 0.02 * np.sign(current) if level is None else level
            self.rows.append((self.clock, voltage, current, self.content, self.step, self.cycle))
        return self

    def at(self, current: float, hours: float, every: float = 60.0) -> Bench:
        """A constant current (negative: lithiation), or a rest."""
        return self.run(np.full(round(3600.0 * hours / every), current), every)

    def hold(self, current: float, hours: float) -> Bench:
        """The voltage held while the current decays from ``current`` by e in a quarter of the time."""
        share = np.arange(1, round(60 * hours) + 1) / (60 * hours)
        return self.run(current * np.exp(-4.0 * share), level=self.rows[-1][1])

    def cycles(self, count: int, *, hold: bool = False) -> Bench:
        """10 h in (9 h and a hold), 8 h out at 0.1 mA; then full cycles of 8 h."""
        for k in range(count):
            self.at(-1e-4, 9.0 if k == 0 else 8.0)
            if hold:
                self.hold(-1e-4, 1.0)
            self.at(0.0, 0.3).at(1e-4, 8.0).at(0.0, 0.3)
            self.cycle += 1
        return self

    def columns(self, *names: str) -> Columns:
        """Columns of the log; without names those of a plain export."""
        table = np.array(self.rows).T
        found = dict(zip(("time", "voltage", "current", "content", "step", "cycle"), table, strict=True))
        return {n: found[n] for n in names or ("time", "voltage", "current", "step", "cycle")}

    def counted(self, since: str = "") -> tuple[np.ndarray, np.ndarray]:
        """Charge and discharge counters that start anew with each ``since`` ("step", "cycle"), or never."""
        moved = np.diff(self.columns("content")["content"], prepend=self.rows[0][3])
        key = self.columns(since)[since] if since else np.zeros(moved.size)
        found = []
        for one in (np.maximum(-moved, 0.0), np.maximum(moved, 0.0)):
            counter = np.zeros(moved.size)
            for k in np.unique(key):
                counter[key == k] = np.cumsum(one[key == k])
            found.append(counter)
        return found[0], found[1]


def recording(
    columns: Mapping[str, np.ndarray],
    facts: Mapping[str, str] | None = None,
    stated: Mapping[str, Stated] | None = None,
) -> Recording:
    source = read_blob(Blob("cell.csv", b"a,b\n1,2\n3,4\n")).source
    told = {"current_sign": "charge-positive"} if facts is None else facts
    block = Block(
        "data",
        tuple(
            Column(n, UNITS.get(n, "A*h" if n.endswith("capacity") else "1"), v) for n, v in columns.items()
        ),
        {n: Stated(v, "", "test") for n, v in told.items()},
    )
    return Recording("cycling", "test", source, (block,), settings=dict(stated or {}))


def measured(made: Recording, **given: object) -> Evaluation:
    base: dict[str, object] = {"electrode": "working-is-alloy", "mass": "1 mg"}
    return evaluate([made], Settings("cycling", KEYS, base | given))


def value(found: Evaluation, prop: str, recipe: str = "by-direction") -> float:
    return outcome(found, prop, recipe).value or 0.0


def outcome(found: Evaluation, prop: str, recipe: str = "by-direction") -> Outcome:
    one = found.outcomes[prop][recipe]
    assert isinstance(one, Outcome), one
    return one


def codes(found: Evaluation) -> set[str]:
    return {f.code for f in found.findings[""]}


def sizes(made: Recording, **given: object) -> list[float]:
    """Signed charges of the half-cycles, mA h."""
    halves = half_cycles(cycler_record([made], Settings("cycling", KEYS, given)))
    return [1e3 * h.direction * h.capacity for h in halves]


@pytest.mark.parametrize("since", ["", "cycle", "step"])
@pytest.mark.parametrize("current", [True, False])
def test_counters_of_every_habit_and_a_hold(since: str, current: bool) -> None:
    """Two counters that never start anew (Arbin), each cycle or each step (Neware); CC and CV are one."""
    bench = Bench().at(0.0, 1.0).cycles(2, hold=True)
    names = ("time", "voltage", "current", "step", "cycle") if current else ("voltage", "step", "cycle")
    up, down = bench.counted(since)
    columns = bench.columns(*names) | {"charge_capacity": up, "discharge_capacity": down}
    held = 0.1 * float(np.mean(np.exp(-4.0 * np.arange(1, 61) / 60.0)))
    facts = {"current_sign": "charge-positive"} if current else {}
    expected = [-0.9 - held, 0.8, -0.8 - held, 0.8]
    assert sizes(recording(columns, facts)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("fact", ["step", ""])
def test_one_counter_of_steps_and_a_hold_without_a_current(fact: str) -> None:
    """The hold goes on the way of the step before it, though the voltage tells nothing then."""
    bench = Bench().cycles(2, hold=True)
    rng = np.random.default_rng(4)
    columns = bench.columns("voltage", "step") | {"capacity": sum(bench.counted("step"))}
    columns["voltage"] = columns["voltage"] + rng.normal(0.0, 1e-4, columns["voltage"].size)
    found = sizes(recording(columns, {"capacity_reset": fact} if fact else {}))
    assert [np.sign(q) for q in found] == [-1, 1, -1, 1]
    assert -found[0] > 0.92


def test_states_tell_the_direction_where_there_is_no_current() -> None:
    """One counter that runs on through the reversal, with a column of states."""
    bench = Bench().cycles(2)
    current = bench.columns("current")["current"]
    columns = bench.columns("voltage") | {"capacity": sum(bench.counted()), "direction": np.sign(current)}
    assert sizes(recording(columns, {})) == pytest.approx([-0.9, 0.8, -0.8, 0.8], rel=0.01)


def test_steps_logged_coarsely_start_anew_with_each() -> None:
    """The first value of a step (80 % of the last of the step before) is not taken for a fall."""
    bench = Bench()
    for k in range(10):
        seconds = 4000.0 * 0.8**k
        bench.at(-1e-4 if k < 5 else 1e-4, seconds / 3600.0, every=seconds)
    columns = bench.columns() | {"capacity": sum(bench.counted("step"))}
    del columns["time"]
    facts = {"current_sign": "charge-positive", "capacity_reset": "step"}
    steps = 1e-1 * 4000.0 / 3600.0 * 0.8 ** np.arange(10)
    steps[0] = 0.0  # what a counter shows at the first point of a record belongs to no interval
    expected = [-float(steps[:5].sum()), float(steps[5:].sum())]
    assert sizes(recording(columns, facts)) == pytest.approx(expected, rel=1e-9)


def test_counters_logged_at_the_ends_of_steps_only() -> None:
    """The charge is the counter's, its course the current's: the curve of voltage is not lost."""
    bench = Bench().at(0.0, 1.0).cycles(2)
    last = np.append(np.diff(bench.columns("step")["step"]) != 0.0, True)
    ends = {
        name: np.maximum.accumulate(np.where(last, counter, 0.0))
        for name, counter in zip(("charge_capacity", "discharge_capacity"), bench.counted(), strict=True)
    }
    made = recording(bench.columns() | ends)
    halves = half_cycles(cycler_record([made], Settings("cycling", KEYS, {})))
    assert [1e3 * h.capacity for h in halves] == pytest.approx([0.9, 0.8, 0.8, 0.8], rel=1e-9)
    assert np.ptp(np.diff(halves[0].charge)) < 1e-3 * halves[0].capacity


def test_a_gap_of_the_log_is_not_counted_and_said() -> None:
    """Ten hours without a line, with current before and after: 1 mA h that may or may not have passed."""
    bench = Bench().cycles(2)
    columns = bench.columns()
    whole = measured(recording(columns))
    columns["time"] = columns["time"] + np.where(np.arange(columns["time"].size) > 200, 36000.0, 0.0)
    found = measured(recording(columns))
    assert value(found, "first_cycle_charge") == pytest.approx(value(whole, "first_cycle_charge"), rel=0.01)
    assert "time-gap" in codes(found)
    u = max(abs(c.u) for c in outcome(found, "first_cycle_charge").components)
    assert u == pytest.approx(1000.0 / 3**0.5, rel=0.01)
    up, down = bench.counted()
    sure = measured(recording(columns | {"charge_capacity": up, "discharge_capacity": down}))
    assert "time-gap" not in codes(sure)
    assert value(sure, "first_cycle_charge") == pytest.approx(900.0, rel=2e-3)


def test_lines_that_stand_twice_count_once() -> None:
    """A merged export repeats lines at the seams."""
    bench = Bench().cycles(2)
    rows = np.sort(np.concatenate((np.arange(len(bench.rows)), np.arange(0, len(bench.rows), 50))))
    once, twice = recording(bench.columns()), recording({n: v[rows] for n, v in bench.columns().items()})
    assert sizes(twice) == pytest.approx(sizes(once), rel=1e-9)


def test_a_time_that_runs_back_is_refused() -> None:
    """A plain table of two tests one after another."""
    columns = Bench().cycles(2).columns()
    columns["time"] = np.where(columns["time"] > 40000.0, columns["time"] - 40000.0, columns["time"])
    with pytest.raises(ReadError):
        measured(recording(columns))


def test_a_step_to_another_rate_takes_the_new_current_at_once() -> None:
    """1 h at 0.1 mA and 6 min at 1 mA without a rest between: the first minute at 1 mA counts in full."""
    bench = Bench().at(-1e-4, 1.0).at(-1e-3, 0.1).at(-1e-4, 1.0).at(1e-4, 2.0)
    assert sizes(recording(bench.columns()))[0] == pytest.approx(-0.3 + 1e-1 / 60.0, rel=1e-3)


def test_declared_signs_turn_current_and_counters_together() -> None:
    """A lab that counts a lithiation as charge; the counters' names follow its current."""
    bench = Bench().cycles(2)
    columns = bench.columns()
    columns["current"] = -columns["current"]
    down, up = bench.counted("cycle")
    swapped = columns | {"charge_capacity": up, "discharge_capacity": down}
    expected = [-0.9, 0.8, -0.8, 0.8]
    for made in (columns, swapped):
        assert sizes(recording(made, {}), current_sign="discharge-positive") == pytest.approx(
            expected, rel=3e-3
        )
        with pytest.raises(Refusal):
            sizes(recording(made))
    del swapped["current"]
    assert sizes(recording(swapped, {}), current_sign="discharge-positive") == pytest.approx(
        expected, rel=3e-3
    )


def test_cycles_at_a_high_rate_that_hardly_hold_are_named() -> None:
    """Two cycles through the whole window that move 0.3 % of the first: left out of the numbers, and said."""
    bench = Bench().at(-1e-4, 9.0).at(1e-4, 9.0)
    for _ in range(2):
        for sign in (-1.0, 1.0):
            bench.step += 1
            for k in range(30):
                bench.clock += 0.4
                voltage = 0.55 - sign * 0.4 * (1.0 - 2.0 * (29 - k) / 29.0) * -1.0
                bench.rows.append((bench.clock, voltage, sign * 1e-3, bench.content, bench.step, 1))
    bench.at(-1e-4, 9.0).at(1e-4, 9.0)
    made = bench.columns()
    found = measured(recording(made))
    assert "short-cycles" in codes(found)
    assert isinstance(found.figure, CyclingFigure)
    assert found.figure.cycles.size == 2


def test_rates_are_those_of_the_charge() -> None:
    """C/10 with a long hold after it is C/10; the reference is the nominal capacity."""
    bench = Bench().at(-1e-4, 8.0).hold(-1e-4, 10.0).at(5e-4, 1.6).at(0.0, 0.1)
    found = measured(recording(bench.columns()), nominal_capacity="1 mA*h")
    assert isinstance(found.figure, CyclingFigure)
    assert [r.c_rate for r in found.figure.rates] == pytest.approx([0.1, 0.5], rel=0.05)


def test_impedance_between_pulses_hides_no_pulse() -> None:
    """A titration with an impedance before each pulse still has its pulses, and one half-cycle."""
    bench = Bench()
    for _ in range(12):
        bench.at(-1e-4, 0.3, every=10.0).at(0.0, 1.0)
        bench.run(1e-5 * (-1.0) ** np.arange(60), every=0.5).at(0.0, 0.05, every=10.0)
    made = recording(bench.columns())
    found = measured(made, particle_radius="5 um")
    assert isinstance(found.figure, CyclingFigure)
    assert len(found.figure.gitt) == 11
    assert sizes(made) == pytest.approx([-0.36], rel=0.01)


def test_a_potentiostatic_titration_is_two_half_cycles() -> None:
    """Steps of the potential with decaying currents, down and up; nothing ends between them."""
    bench = Bench()
    for sign in (-1.0, 1.0):
        for _ in range(20):
            bench.run(sign * 5e-4 * np.exp(-np.arange(1, 61) / 8.0), every=20.0)
    found = sizes(recording(bench.columns()))
    assert [np.sign(q) for q in found] == [-1, 1]


def test_a_rest_far_longer_than_the_test_is_no_current() -> None:
    """200 000 points of open circuit with a noise of a thousandth leave half-cycles their own points."""
    columns = Bench().at(0.0, 200000 / 60.0).cycles(2).columns()
    noise = np.random.default_rng(6).normal(0.0, 1e-10, columns["time"].size)
    columns["current"] = columns["current"] + noise
    halves = half_cycles(cycler_record([recording(columns)], Settings("cycling", KEYS, {})))
    assert [h.rows.size for h in halves] == [540, 480, 480, 480]


@pytest.mark.parametrize(("later", "code"), [(True, "short-of-limit"), (False, "ends-high")])
def test_a_first_lithiation_short_of_its_limit(later: bool, code: str) -> None:
    """Stopped at 0.5 V: said by the later ones, or by the potential itself."""
    bench = Bench().at(-1e-4, 5.0).at(1e-4, 4.8).at(0.0, 0.2)
    if later:
        bench.at(-1e-4, 9.0).at(1e-4, 9.0).at(0.0, 0.2)
    found = measured(recording(bench.columns()))
    for prop in ("first_cycle_charge", "first_cycle_efficiency"):
        assert code in {f.code for f in outcome(found, prop).findings}


def test_retention_is_of_a_later_cycle() -> None:
    """Cycle n counts from the first that counts; n of the cycle it is set against is refused."""
    made = recording(Bench().cycles(4).columns())
    assert value(measured(made, cycle="3"), "capacity_retention", "last-over-first") == pytest.approx(100.0)
    for given in ({"cycle": "1"}, {"cycle": "5"}, {"first_cycle": "3", "cycle": "3"}):
        found = measured(made, **given)
        assert isinstance(found.outcomes["capacity_retention"]["last-over-first"], InputError)
    second = measured(made, cycle="2").outcomes["capacity_retention"]["last-over-second"]
    assert isinstance(second, InputError)


@pytest.mark.parametrize(
    "given",
    [
        {"nominal_capacity": "0 mA*h"},
        {"particle_radius": "-3 um"},
        {"inactive_below": "-1 mA*h/g"},
        {"mass_uncertainty": "-0.1 mg"},
        {"mass_uncertainty": "5 mg"},
    ],
)
def test_quantities_that_cannot_be(given: dict[str, object]) -> None:
    """Each is refused with its key."""
    with pytest.raises(InputError):
        measured(recording(Bench().cycles(1).columns()), **given)


@pytest.mark.parametrize(("stated", "differs"), [(1.5, True), (1.0, False), (0.001, False)])
def test_a_mass_given_twice(stated: float, differs: bool) -> None:
    """The user's mass goes before the file's, and a difference is said; 0.001 mg is no mass."""
    made = recording(Bench().cycles(1).columns(), stated={"mass": Stated(stated, "mg", "line 5")})
    found = measured(made)
    assert value(found, "first_cycle_charge") == pytest.approx(900.0, rel=3e-3)
    assert ("mass-differs" in {f.code for f in found.findings["first_cycle_charge"]}) == differs


def test_a_symmetric_cell_is_refused() -> None:
    """Its voltage goes to both sides of zero."""
    columns = Bench(0.5 * HELD).at(-1e-4, 5.0).at(1e-4, 10.0).at(-1e-4, 10.0).at(1e-4, 5.0).columns()
    columns["voltage"] = columns["voltage"] - 0.55
    with pytest.raises(Refusal):
        measured(recording(columns))


@pytest.mark.parametrize(
    ("columns", "factors"),
    [
        ("time [h], voltage [V], current [mA]", (1.0 / 3600.0, 1.0, 1e3)),
        ("time [min], voltage [mV], current [uA]", (1.0 / 60.0, 1e3, 1e6)),
        ("time [s], voltage [V], current [A]", (1.0, 1.0, 1.0)),
        ("time [s], voltage [V], current [mA/g]", (1.0, 1.0, 1e3 / 1e-3)),
    ],
)
def test_a_plain_table_in_the_users_units(columns: str, factors: tuple[float, float, float]) -> None:
    """Hours, milliamperes, or a current per gram of the mass given."""
    table = Bench().cycles(2).columns("time", "voltage", "current")
    scaled = [f * v for f, v in zip(factors, table.values(), strict=True)]
    text = "a,b,c\n" + "\n".join(",".join(f"{x:.9g}" for x in row) for row in zip(*scaled, strict=True))
    made = read_blob(Blob("plain.csv", text.encode()))
    found = measured(made, columns=columns, current_sign="charge-positive")
    assert value(found, "first_cycle_charge") == pytest.approx(900.0, rel=3e-3)


def test_short_and_one_sided_records_are_typed() -> None:
    """Whatever is cut out of a record, there is an evaluation or a named error."""
    columns = Bench().at(0.0, 0.2).cycles(1, hold=True).columns()
    rng = np.random.default_rng(9)
    evaluated = refused = 0
    for _ in range(150):
        a, b = np.sort(rng.integers(0, columns["time"].size, 2))
        try:
            found = measured(recording({n: v[a : b + 1] for n, v in columns.items()}), particle_radius="1 um")
        except NegatrodeError:
            refused += 1
        else:
            assert set(found.outcomes) == {r.measurand for r in RECIPES}
            evaluated += 1
    assert evaluated > 0
    assert refused > 0


def test_the_neware_file_by_its_own_counters(shared_data: Path) -> None:
    """Charge by direction equals the counters at the ends of the file's steps, which start anew with each.

    Its voltage is never positive, so that it is no cell of a negative-electrode material.
    """
    made = read(shared_data / "cycling" / "newarenda_new_nda_file.nda")
    block = made.blocks[0]
    last = np.append(np.diff(block.column("step").values) != 0.0, True)
    up, down = (block.column(f"{n}charge_capacity").values[last] for n in ("", "dis"))
    counted = [1e3 * (a - b) for a, b in zip(up, down, strict=True) if a - b]
    assert sizes(made) == pytest.approx(counted, rel=1e-6)
    with pytest.raises(Refusal):
        measured(made)

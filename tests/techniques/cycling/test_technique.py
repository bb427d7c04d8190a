"""Half cells through files: truth of the forward model, the real files, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import InputError, MissingInput, NegatrodeError, Refusal
from negatrode.core.estimate import Outcome
from negatrode.core.recording import Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read, read_blob
from negatrode.techniques.cycling import simulate
from negatrode.techniques.cycling.cycles import cycles_by_direction
from negatrode.techniques.cycling.differential import differential_capacity, differential_voltage
from negatrode.techniques.cycling.halfcycles import half_cycles
from negatrode.techniques.cycling.pseudo_ocp import pseudo_ocp
from negatrode.techniques.cycling.record import cycler_record
from negatrode.techniques.cycling.technique import KEYS, evaluate
from negatrode.techniques.technique import Evaluation

ROLE: dict[str, object] = {"electrode": "working-is-alloy"}


def settings(given: Mapping[str, object]) -> Settings:
    return Settings("cycling", KEYS, given)


def recorded(
    cell: simulate.HalfCell, *, cycles: int = 3, mass: bool = True
) -> tuple[Recording, simulate.CellRecord]:
    made = simulate.simulate_cell(cell, np.random.default_rng(5), cycles=cycles)
    text = simulate.mpt_text(made, cell.mass if mass else None)
    return read_blob(Blob("cell.mpt", text.encode())), made


def outcome(evaluation: Evaluation, prop: str, recipe: str) -> Outcome:
    found = evaluation.outcomes[prop][recipe]
    assert isinstance(found, Outcome), found
    return found


@pytest.mark.parametrize("active", ["Si", "Sn", "C"])
def test_the_forward_models_capacities_come_back(active: str) -> None:
    """Charge of each half-cycle within 0.1 %, efficiency and retention within 0.1 % absolute."""
    cell = simulate.HalfCell(active=active, hold=0.1, mass=1.3)
    recording, truth = recorded(cell)
    found = evaluate([recording], settings(ROLE))
    lithiation = outcome(found, "first_cycle_charge", "by-direction")
    assert lithiation.value == pytest.approx(truth.lithiated[0] / 1.3e-3, rel=1e-3)
    delithiation = outcome(found, "first_cycle_discharge", "by-direction")
    assert delithiation.value == pytest.approx(truth.delithiated[0] / 1.3e-3, rel=1e-3)
    efficiency = outcome(found, "first_cycle_efficiency", "by-direction").value
    assert efficiency == pytest.approx(100.0 * truth.delithiated[0] / truth.lithiated[0], abs=0.1)
    retention = outcome(found, "capacity_retention", "last-over-first").value
    assert retention == pytest.approx(100.0 * truth.delithiated[2] / truth.delithiated[0], abs=0.1)
    assert outcome(found, "first_cycle_efficiency", "by-counter").admissible


def test_calibration_of_the_current_cancels_in_the_efficiency() -> None:
    """A cycler that reads 1 % high gives capacities 1 % high and the same efficiency."""
    cell = simulate.HalfCell()
    made = simulate.simulate_cell(cell, np.random.default_rng(5))
    pair = [
        evaluate([read_blob(Blob("c.mpt", simulate.mpt_text(r, 1.0).encode()))], settings(ROLE))
        for r in (made, simulate.calibrated(made, 0.01))
    ]
    first = [outcome(e, "first_cycle_charge", "by-direction").value or 0.0 for e in pair]
    assert first[1] / first[0] == pytest.approx(1.01, rel=1e-6)
    ratio = [outcome(e, "first_cycle_efficiency", "by-direction").value or 0.0 for e in pair]
    assert ratio[1] == pytest.approx(ratio[0], rel=1e-9)


def test_without_a_mass_the_ratios_stand_and_the_capacities_ask_for_it() -> None:
    """EC-Lab's 0.001 mg is its way of saying that no mass was entered."""
    recording, _ = recorded(simulate.HalfCell(), mass=False)
    bare = Recording(recording.kind, recording.format, recording.source, recording.blocks)
    found = evaluate([bare], settings(ROLE))
    missing = found.outcomes["first_cycle_charge"]["by-direction"]
    assert isinstance(missing, MissingInput)
    assert missing.key == "cycling.mass"
    assert outcome(found, "first_cycle_efficiency", "by-direction").value is not None


def test_the_electrode_is_asked_for_and_a_positive_one_is_refused() -> None:
    """Which current lithiates is never assumed."""
    recording, _ = recorded(simulate.HalfCell())
    with pytest.raises(MissingInput) as caught:
        evaluate([recording], settings({}))
    assert caught.value.key == "cycling.electrode"
    with pytest.raises(Refusal):
        evaluate([recording], settings({"electrode": "working-is-positive"}))
    with pytest.raises(Refusal):  # declared the wrong way round, the first half-cycle is a delithiation
        evaluate([recording], settings({"electrode": "full-cell"}))


@pytest.mark.parametrize(
    "given",
    [{"mass": "0 mg"}, {"mass": "-1 mg"}, {"first_cycle": "9"}, {"electrode": "carbon"}, {"colour": "red"}],
)
def test_settings_that_cannot_be_meant(given: dict[str, object]) -> None:
    """Each is an InputError that names the key."""
    recording, _ = recorded(simulate.HalfCell())
    with pytest.raises(InputError):
        evaluate([recording], settings(ROLE | given))


def test_two_files_are_two_cells() -> None:
    """Which of two cells is meant is not guessed."""
    recording, _ = recorded(simulate.HalfCell())
    with pytest.raises(InputError):
        evaluate([recording, recording], settings(ROLE))


@pytest.mark.parametrize(
    ("material", "reversible", "fact", "value"),
    [
        ("particle", 800.0, "particle_lithium_active", True),
        ("phase-a", 800.0, "phase_a_lithium_active", True),
        ("phase-b", 6.0, "phase_b_lithium_inactive", True),
        ("phase-b", 90.0, "phase_b_lithium_inactive", False),
    ],
)
def test_activity_is_a_fact_with_its_evidence(
    material: str, reversible: float, fact: str, value: bool
) -> None:
    """An electrode of one phase says whether that phase takes part; only a particle's is the sample's."""
    cell = simulate.HalfCell(reversible=reversible, lost=0.2 * reversible, current=reversible * 1e-4)
    recording, _ = recorded(cell)
    found = evaluate([recording], settings(ROLE | {"material": material}))
    assert [(f.name, f.value) for f in found.facts] == [(fact, value)]
    assert "mA h/g" in found.facts[0].evidence
    assert found.specimen == ("" if material == "particle" else material)


def test_no_fact_near_the_threshold() -> None:
    """What lies within its uncertainty of the threshold is neither active nor inactive."""
    recording, _ = recorded(simulate.HalfCell(reversible=20.4, lost=2.0, current=2e-3))
    assert evaluate([recording], settings(ROLE | {"material": "phase-b"})).facts == ()


def test_differential_capacity_integrates_to_the_capacity() -> None:
    """The integral of dQ/dV over the voltage is the charge passed while the voltage moved (within 1 %)."""
    recording, _ = recorded(simulate.HalfCell(active="C", highest=1.5, lost=0.0))
    half = half_cycles(cycler_record([recording], settings({})))[1]
    curve = differential_capacity(half)
    area = np.trapezoid(curve.dqdv, curve.voltage)
    assert area == pytest.approx(half.capacity - half.charge[0], rel=0.01)


def test_tin_shows_its_plateaus() -> None:
    """Peaks of dQ/dV lie at the plateaus shifted by the overpotential."""
    cell = simulate.HalfCell(active="Sn", reversible=700.0, lost=0.0, current=0.01, exchange=1.0)
    recording, _ = recorded(cell)
    peaks = differential_capacity(half_cycles(cycler_record([recording], settings({})))[1]).peaks
    for plateau in (0.76, 0.66, 0.53, 0.42):
        expected = plateau + 0.08 + float(simulate.overpotential(cell, cell.current))
        assert np.min(np.abs(peaks - expected)) < 0.012, plateau


def test_pseudo_ocp_returns_the_equilibrium_branches() -> None:
    """At C/100 the branches are the forward model's within 5 mV where both are flat enough."""
    cell = simulate.HalfCell(
        active="C", reversible=350.0, lost=0.0, later_loss=0.0, current=0.0035, highest=1.45, fade=0.0
    )
    recording, truth = recorded(cell)
    record = cycler_record([recording], settings({}))
    cycles, _ = cycles_by_direction(half_cycles(record), "working-is-carbon", "x")
    ocp = pseudo_ocp(cycles[1])
    whole = cell.reversible * cell.mass * 1e-3
    left = truth.lithiated[0] - truth.delithiated[0]
    content = (1e3 * ocp.content + left) / whole
    middle = (content > 0.2) & (content < 0.9)
    eta = float(simulate.overpotential(cell, cell.current))
    expected = simulate.hard_carbon(content[middle], lithiation=False) + eta
    assert np.nanmax(np.abs(ocp.delithiation[middle] - expected)) < 5e-3
    assert np.nanmin(ocp.hysteresis[middle]) > 0.0


def test_the_carbon_black_half_cell(shared_data: Path) -> None:
    """Real BioLogic text: four half-cycles by direction; its counter turns over at the lower limit.

    0.09756, 0.02489, 0.44649 and 0.20703 mA h are the ends of the file's own capacity column between its
    resets, so the first efficiency is 25.5 %. By the counter a delithiation stands against the next
    lithiation: shown, not admissible, with both figures in the reason.
    """
    recording = read(shared_data / "cycling" / "attia_cellC_10C_CF3.txt")
    found = evaluate([recording], settings({"electrode": "working-is-carbon", "mass": "0.872 mg"}))
    halves = half_cycles(cycler_record([recording], settings({})))
    assert [h.direction for h in halves] == [-1, 1, -1, 1]
    ends = [0.09756355628, 0.02488730693, 0.44649335100, 0.20702576748]
    assert [1e3 * h.capacity for h in halves] == pytest.approx(ends, rel=1e-6)
    by_direction = outcome(found, "first_cycle_efficiency", "by-direction")
    assert by_direction.value == pytest.approx(100.0 * ends[1] / ends[0], rel=1e-6)
    by_counter = outcome(found, "first_cycle_efficiency", "by-counter")
    assert not by_counter.admissible
    assert "by direction" in by_counter.why_not
    assert outcome(found, "first_cycle_charge", "by-direction").value == pytest.approx(111.88, abs=0.01)


def test_the_carbon_black_cell_without_its_mass(shared_data: Path) -> None:
    """The text holds no mass: capacities ask for it, the efficiency does not need it."""
    recording = read(shared_data / "cycling" / "attia_cellC_10C_CF3.txt")
    found = evaluate([recording], settings({"electrode": "working-is-carbon"}))
    assert isinstance(found.outcomes["first_cycle_charge"]["by-direction"], NegatrodeError)
    assert isinstance(found.outcomes["first_cycle_efficiency"]["by-direction"], Outcome)


def test_mass_by_coating_and_share() -> None:
    """1.25 mg of coating with 80 % of active material is 1 mg; both masses at once are refused."""
    recording, _ = recorded(simulate.HalfCell(mass=1.0), mass=False)
    direct = evaluate([recording], settings(ROLE | {"mass": "1.0 mg"}))
    coating = {"electrode_mass": "1.25 mg", "active_fraction": "80 %"}
    by_share = evaluate([recording], settings(ROLE | coating))
    values = [outcome(e, "first_cycle_charge", "by-direction").value for e in (direct, by_share)]
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    missing = evaluate([recording], settings(ROLE | {"electrode_mass": "1.25 mg"}))
    found = missing.outcomes["first_cycle_charge"]["by-direction"]
    assert isinstance(found, MissingInput)
    assert found.key == "cycling.active_fraction"
    with pytest.raises(InputError):
        evaluate([recording], settings(ROLE | coating | {"mass": "1 mg"}))


def cut(recording: Recording, keep: float) -> Recording:
    """The record broken off after a share of its points."""
    block = recording.blocks[0]
    n = int(keep * block.columns[0].values.size)
    columns = tuple(replace(c, values=c.values[:n]) for c in block.columns)
    return replace(recording, blocks=(replace(block, columns=columns),))


def test_a_record_broken_off_says_so() -> None:
    """Retention leaves out the cycle that did not come to its end, and names it."""
    recording, truth = recorded(simulate.HalfCell(), cycles=4)
    found = evaluate([cut(recording, 0.94)], settings(ROLE))
    retention = outcome(found, "capacity_retention", "last-over-first")
    assert retention.value == pytest.approx(100.0 * truth.delithiated[2] / truth.delithiated[0], abs=0.1)
    assert "record-ends" in {f.code for f in retention.findings}
    first = evaluate([cut(recording, 0.2)], settings(ROLE))
    assert "record-ends" in {f.code for f in outcome(first, "first_cycle_discharge", "by-direction").findings}
    only_in = evaluate([cut(recording, 0.1)], settings(ROLE))
    assert isinstance(only_in.outcomes["first_cycle_efficiency"]["by-direction"], Refusal)
    assert isinstance(only_in.outcomes["first_cycle_charge"]["by-direction"], Outcome)


def test_formation_cycles_are_left_out_of_both_recipes() -> None:
    """With first_cycle = 2 direction and counter still speak of the same cycle."""
    recording, truth = recorded(simulate.HalfCell())
    found = evaluate([recording], settings(ROLE | {"first_cycle": "2"}))
    expected = 100.0 * truth.delithiated[1] / truth.lithiated[1]
    for recipe in ("by-direction", "by-counter"):
        assert outcome(found, "first_cycle_efficiency", recipe).value == pytest.approx(expected, abs=0.1)


def test_a_counter_one_point_late_is_admissible() -> None:
    """The last point of a delithiation under the next number is no other cycle."""
    recording, _ = recorded(simulate.HalfCell())
    block = recording.blocks[0]
    column = block.column("cycle")
    late = replace(column, values=np.concatenate((column.values[:1], column.values[:-1])))
    columns = tuple(late if c is column else c for c in block.columns)
    shifted = replace(recording, blocks=(replace(block, columns=columns),))
    assert outcome(evaluate([shifted], settings(ROLE)), "first_cycle_efficiency", "by-counter").admissible


def test_nothing_is_inactive_that_was_not_driven_low() -> None:
    """An electrode brought to 0.4 V only shows nothing of what alloys at 0.1 V."""
    cell = simulate.HalfCell(reversible=6.0, lost=1.0, current=6e-4, lowest=0.4)
    recording, _ = recorded(cell)
    assert evaluate([recording], settings(ROLE | {"material": "phase-b"})).facts == ()


def test_a_full_cell_is_said_to_be_one() -> None:
    """Its losses are those of both electrodes."""
    recording, _ = recorded(simulate.HalfCell())
    block = recording.blocks[0]
    turned = {"voltage": lambda v: 4.2 - v, "current": lambda v: -v, "net_capacity": lambda v: -v}
    columns = tuple(
        replace(c, values=turned[c.name](c.values)) if c.name in turned else c for c in block.columns
    )
    full = replace(recording, blocks=(replace(block, columns=columns),))
    found = evaluate([full], settings({"electrode": "full-cell", "mass": "1 mg"}))
    assert "full-cell" in {f.code for f in found.findings[""]}
    assert outcome(found, "first_cycle_efficiency", "by-direction").value is not None


def test_differential_voltage_integrates_to_the_span_of_voltage() -> None:
    """The integral of dV/dQ over the charge is the voltage gone through (within 3 %)."""
    recording, _ = recorded(simulate.HalfCell(active="C", highest=1.5, lost=0.0))
    half = half_cycles(cycler_record([recording], settings({})))[1]
    charge, slope = differential_voltage(half)
    assert np.trapezoid(slope, charge) == pytest.approx(np.ptp(half.voltage), rel=0.03)

"""Half cells through files: truth of the forward model, the real files, and what is refused."""

from __future__ import annotations

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
from negatrode.techniques.cycling.differential import differential_capacity
from negatrode.techniques.cycling.gitt import GittPoint, diffusivities, pulses
from negatrode.techniques.cycling.halfcycles import half_cycles
from negatrode.techniques.cycling.pseudo_ocp import pseudo_ocp
from negatrode.techniques.cycling.record import CyclerRecord, cycler_record
from negatrode.techniques.cycling.technique import KEYS, evaluate
from negatrode.techniques.technique import Evaluation

ROLE = {"electrode": "working-is-alloy"}


def settings(given: dict[str, object]) -> Settings:
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


def diffusing_sphere(d: float, radius: float, *, tau: float, pulses_wanted: int = 8) -> CyclerRecord:
    """GITT of a sphere by finite volumes in r (implicit Euler), linear OCP; SI, from Fick's law alone."""
    n = 120
    edges = np.linspace(0.0, radius, n + 1)
    volume = (edges[1:] ** 3 - edges[:-1] ** 3) / 3.0
    area = edges**2
    h = radius / n
    dt = tau / 200.0
    coupling = d * area[1:-1] / h
    matrix = np.diag(volume / dt)
    for k in range(n - 1):
        matrix[k, k] += coupling[k]
        matrix[k + 1, k + 1] += coupling[k]
        matrix[k, k + 1] -= coupling[k]
        matrix[k + 1, k] -= coupling[k]
    inverse = np.linalg.inv(matrix)
    flux = 1e-6
    c = np.zeros(n)
    time, volts, amps, clock = [0.0], [1.0], [0.0], 0.0
    for _ in range(pulses_wanted):
        for current, steps in ((1.0, 200), (0.0, 12 * 200)):
            for _ in range(steps):
                source = np.zeros(n)
                source[-1] = current * flux * area[-1]
                c = inverse @ (volume / dt * c + source)
                surface = c[-1] + current * flux * h / (2.0 * d)
                clock += dt
                time.append(clock)
                volts.append(1.0 - 1e-3 * surface - 0.01 * current)
                amps.append(-current)
    return CyclerRecord("x", "k", np.array(volts), np.array(amps), {}, "", np.array(time))


def test_gitt_returns_the_diffusivity_of_a_sphere() -> None:
    """Fick's law solved apart from the analysis: D within 25 % where tau = 0.01 R^2/D."""
    d, radius = 1e-14, 5e-6
    record = diffusing_sphere(d, radius, tau=0.01 * radius**2 / d)
    found = diffusivities(record, pulses(record), radius)
    good = [p for p in found if p.admissible]
    assert len(good) >= 6
    assert all(isinstance(p, GittPoint) for p in good)
    # the plane solution leaves a curvature term of order sqrt(tau D)/R = 0.1
    assert np.median([p.diffusivity for p in good]) == pytest.approx(d, rel=0.25)


def test_long_pulses_are_not_admissible() -> None:
    """tau = 0.6 R^2/D is not short; the point is shown with its reason."""
    d, radius = 1e-14, 5e-6
    record = diffusing_sphere(d, radius, tau=0.6 * radius**2 / d)
    found = diffusivities(record, pulses(record), radius)
    assert found
    assert not any(p.admissible for p in found)
    assert all(p.why_not for p in found)


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

"""Protocols: what is built, understood and refused."""

from __future__ import annotations

import math

import pytest

from negatrode.cell.protocol import End, Protocol, Step, drive_cycle, pulse, rest
from negatrode.cell.protocol_check import check
from negatrode.cell.sentences import electric, parse, seconds
from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError
from tests.cell.cells import chen2020

SENTENCES = [
    "Discharge at 1C until 2.5 V",
    "Discharge at 1C for 10 minutes or until 2.5 V",
    "Charge at C/2 until 4.2 V",
    "Charge at 1 A until 4.1 V",
    "Hold at 4.2 V until C/50",
    "Hold at 4.2V until 50 mA",
    "Hold at 1V for 20 seconds",
    "Rest for 10 minutes",
    "Discharge at 2 W for 30 min",
    "Discharge at 4 Ohm until 2.5 V",
    "Charge at 0.5C until 4.1V (1 minute period)",
    "Discharge at C/20 for 0.5 hours",
    "Discharge at 1 C for 1 h",
    "Discharge at 500 mA until 3 V",
    "Discharge at 3.7 mW for 10 s",
]
_KINDS = {"CRate": "c-rate", "Current": "current", "Voltage": "voltage", "Power": "power"}
_KINDS |= {"Resistance": "resistance", "Rest": "rest"}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_mean_what_they_mean_to_pybamm(sentence: str) -> None:
    """Mode, value, duration, ends and period are those of PyBaMM's own parser."""
    pybamm = pytest.importorskip("pybamm")
    ours, theirs = parse(sentence), pybamm.step.string(sentence)
    assert ours.mode == _KINDS[type(theirs).__name__]
    assert ours.value == pytest.approx(theirs.value)
    if " for " in sentence:
        assert ours.duration == pytest.approx(theirs.duration)
    kinds = {"VoltageTermination": "voltage", "CurrentTermination": "current", "CRateTermination": "c-rate"}
    ends = [(e.quantity, e.value) for e in ours.ends if e.quantity != "time"]
    assert ends == [(kinds[type(t).__name__], pytest.approx(t.value)) for t in theirs.termination]
    assert ours.period == theirs.period


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("Dischrge at 1C", "Dischrge"),
        ("Discharge at 1 furlong until 3 V", "1 furlong"),
        ("Rest at 3 V for 1 s", "at 3 V"),
        ("Hold at 1 A for 1 s", "1 A"),
        ("Charge at C/0 until 4 V", "C/0"),
        ("Discharge at -1 A until 3 V", "-1 A"),
        ("Discharge at 1C for 10 parsecs", "10 parsecs"),
        ("Charge at 4 Ohm until 4 V", "4 Ohm"),
        ("Discharge", "Discharge"),
        ("", "''"),
    ],
)
def test_what_is_not_understood_is_said(sentence: str, part: str) -> None:
    """The refusal names the words and gives an example or the nearest form."""
    with pytest.raises(InputError) as caught:
        parse(sentence)
    assert part in caught.value.found
    assert caught.value.rule
    assert caught.value.remedy


def test_units_and_prefixes() -> None:
    """Times and electric quantities with their prefixes, with and without a space."""
    assert seconds("2 h") == 7200
    assert seconds("90s") == 90
    assert electric("1.2 Ah") == ("capacity", 1.2)
    assert electric("3 kW") == ("power", 3000)
    assert electric("1e-3 A") == ("current", 1e-3)


def test_cycles_are_numbered() -> None:
    """Steps repeat in order, and protocols can follow one another."""
    once = Protocol.of("Discharge at 1C until 2.5 V", [rest(60.0), *pulse(1.0, 10.0, 20.0)], cycles=3)
    assert len(once.steps) == 12
    assert once.cycle_of[3:5] == (0, 1)
    assert once.then(Protocol.of(rest(1.0))).cycle_of[-1] == 3


@pytest.mark.parametrize(
    "make",
    [
        lambda: Step("bogus"),
        lambda: Step("current", math.nan),
        lambda: Step("current", math.inf),
        lambda: Step("resistance", 0.0),
        lambda: Step("rest", period=0.0),
        lambda: End("time", -1.0),
        lambda: End("time", math.nan),
        lambda: End("speed", 1.0),
        lambda: End("capacity", 0.0),
        lambda: Protocol(()),
        lambda: Protocol.of("Rest for 1 s", cycles=0),
        lambda: drive_cycle([0, 2, 1], [0, 1, 1]),
        lambda: drive_cycle([0, 1, 1, 1, 2], [0, 1, 2, 3, 4]),
        lambda: drive_cycle([0, 0, 1], [0, 1, 1]),
        lambda: drive_cycle([1, 2], [0, 1]),
        lambda: drive_cycle([0, 1], [0, math.nan]),
        lambda: drive_cycle([0], [0]),
        lambda: drive_cycle([0, 1], [0, 1], "speed"),
    ],
)
def test_impossible_steps_are_refused(make: object) -> None:
    """Nothing that cannot be carried out is built."""
    with pytest.raises(InputError):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    "sentence",
    [
        "Rest until 3 V",
        "Rest",
        "Hold at 4 V",
        "Hold at 4 V until 0 A",
        "Hold at 5 V for 1 h",
        "Hold at 4 V until 3.9 V",
        "Discharge at 1C until 4.5 V",
        "Discharge at 1C until 4.2 V",
        "Charge at 1C until 2.5 V",
        "Discharge at 1C until 2 V",
        "Discharge at 1C until C/20",
        "Discharge at 0 A until 3 V",
    ],
)
def test_protocols_that_never_end_are_refused(sentence: str) -> None:
    """Before the first step, with the step's place."""
    with pytest.raises(InputError) as caught:
        check(Protocol.of("Discharge at 1C for 1 min", sentence), chen2020())
    assert caught.value.where.startswith("step 2")


@pytest.mark.parametrize("sentence", [*SENTENCES, "Discharge at 1C", "Charge at 5 W"])
def test_ordinary_protocols_pass(sentence: str) -> None:
    """Also without an end where the voltage limits end it; a hold outside the limits is not ordinary."""
    if "1V" in sentence:
        pytest.skip("a hold below the lower limit of this cell")
    check(Protocol.of(sentence), chen2020())


def test_a_day_in_sentences() -> None:
    """Sentences drive a cell: each step ends as it says, and the charge is counted through."""
    curve = simulate(
        chen2020(),
        [
            "Discharge at C/2 for 30 minutes", "Rest for 5 minutes", "Charge at C/2 until 4.1 V",
            "Hold at 4.1 V until C/10",
        ],
        accuracy_level="fast",
    )  # fmt: skip
    assert [curve.step[k] for k in (0, -1)] == [0, 3]
    last = {s: curve.time[curve.step == s][-1] for s in range(4)}
    assert last[0] == pytest.approx(1800.0, abs=1e-9)
    assert last[1] == pytest.approx(2100.0, abs=1e-9)
    assert curve.voltage[curve.step == 2][-1] == pytest.approx(4.1, abs=1e-9)
    assert curve.current[-1] == pytest.approx(-0.5, rel=1e-6)

"""CELL.toml: what is read, written, and refused with its place."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.electrode import Electrode
from negatrode.cell.initial import open_circuit_voltage
from negatrode.cell.simulate import simulate
from negatrode.core.errors import NegatrodeError
from negatrode.exchange.bpx import read_bpx
from negatrode.exchange.cell_file import read_cell, read_cell_file, write_cell
from negatrode.material.active import Hysteresis
from negatrode.material.electrolyte import LithiumMetal
from tests.cell.cells import chen2020, electrode, full_cell, half_cell, line, plain_host
from tests.exchange.bpx_files import plain, write

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "cell.toml"
SHORT = "Discharge at 1C for 10 minutes"


def example() -> str:
    return EXAMPLE.read_text(encoding="utf-8")


def put(folder: Path, text: str | bytes, name: str = "cell.toml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def change(old: str, new: str, count: int = 1) -> str:
    """The example with a piece replaced, which must be there."""
    text = example()
    assert old in text
    return text.replace(old, new, count)


def negative(cell: Cell) -> Electrode:
    assert isinstance(cell.negative, Electrode)
    return cell.negative


# What is read -----------------------------------------------------------------------------------------


def test_the_example_is_the_cell_of_its_source() -> None:
    """The same numbers, put together by hand from the paper, give the same curve."""
    file = read_cell_file(EXAMPLE)
    hand = chen2020()
    cell = replace(
        file.cell,
        negative=replace(negative(file.cell), particles=negative(hand).particles),
        positive=replace(file.cell.positive, particles=hand.positive.particles),
        electrolyte=hand.electrolyte,
    )
    read = replace(
        file.cell,
        negative=replace(
            negative(file.cell),
            particles=(
                replace(
                    negative(file.cell).particles[0],
                    stoichiometry=negative(hand).particles[0].stoichiometry,
                ),
            ),
        ),
        positive=replace(
            file.cell.positive,
            particles=(
                replace(
                    file.cell.positive.particles[0],
                    stoichiometry=hand.positive.particles[0].stoichiometry,
                ),
            ),
        ),
    )
    a, b = simulate(read, "Discharge at 1C"), simulate(cell, "Discharge at 1C")
    t = np.linspace(1.0, 0.98 * min(a.duration, b.duration), 100)
    assert np.abs(a.at(t) - b.at(t)).max() < 2e-4  # tables sampled on different grids
    assert file.protocol is not None
    assert [s.mode for s in file.protocol.steps] == ["c-rate", "rest"]
    assert file.simulate.soc == 1.0


def test_three_ways_to_state_transport_are_one(tmp_path: Path) -> None:
    found = []
    for words in ("bruggeman = 1.5", "tortuosity = 2.0", "transport_efficiency = 0.125"):
        path = put(tmp_path, change("bruggeman = 1.5", words))
        found.append(negative(read_cell(path)[0]).transport_efficiency)
    assert found == pytest.approx([0.125] * 3)


def test_units_are_converted(tmp_path: Path) -> None:
    path = put(tmp_path, change('"85.2 um"', '"0.0852 mm"').replace('"1 mol/L"', '"1000 mol/m3"'))
    assert negative(read_cell(path)[0]).thickness == pytest.approx(85.2e-6)
    assert read_cell(path)[0].electrolyte.initial_concentration == pytest.approx(1000.0)


def test_a_table_beside_the_file(tmp_path: Path) -> None:
    """A potential by points, in millivolts, of the column that is named."""
    x = np.linspace(0.0, 1.0, 41)
    rows = "\n".join(f"{a:.4f},{1000 * (0.9 - 0.8 * a):.4f}" for a in x)
    put(tmp_path, "x,U\n" + rows + "\n", "graphite.csv")
    text = example()
    at = text.index("potential = {")
    end = text.index("\n", at)
    line_ = 'potential = { file = "graphite.csv", x_column = "x", column = "U", unit = "mV" }'
    path = put(tmp_path, text[:at] + line_ + text[end:])
    material = negative(read_cell(path)[0]).particles[0].material
    assert material.potential(np.array([0.25, 0.5])) == pytest.approx([0.7, 0.5], abs=1e-9)


def test_a_half_cell_and_a_start_by_stoichiometry(tmp_path: Path) -> None:
    text = example()
    start, end = text.index("[negative]"), text.index("[separator]")
    text = text[:start] + '[lithium]\nexchange_current = "10 A/m2"\n\n' + text[end:]
    text = text.replace("window = [0.8539, 0.2638]", "stoichiometry = 0.5")
    a, b = text.index("[materials.graphite]"), text.index("[materials.nmc]")
    text = text[:a] + text[b:]
    text = text.replace("initial = { soc = 1.0 }", "").replace("2.5 V", "3.0 V", 1)
    path = put(tmp_path, text.replace("until 2.5 V", "until 3.0 V"))
    cell, protocol = read_cell(path)
    assert isinstance(cell.negative, LithiumMetal)
    assert cell.positive.particles[0].stoichiometry == 0.5
    assert protocol is not None
    assert simulate(cell, SHORT).ended.reason.name == "COMPLETED"


def test_a_start_by_voltage(tmp_path: Path) -> None:
    path = put(tmp_path, change("initial = { soc = 1.0 }", 'initial = { voltage = "3.8 V" }'))
    assert open_circuit_voltage(read_cell(path)[0]) == pytest.approx(3.8, abs=1e-6)


def test_heat_double_layer_and_hysteresis(tmp_path: Path) -> None:
    text = change(
        'conductivity = "215 S/m"', 'conductivity = "215 S/m"\ndouble_layer_capacitance = "0.2 F/m2"'
    )
    text += '\n[thermal]\nheat_capacity = "60 J/K"\ncooling = "0.3 W/K"\n'
    text += """
[materials.graphite.hysteresis]
kind = "one-state"
lithiation = { expression = "0.1 - 0.05 * x", unit = "V" }
delithiation = { expression = "0.2 - 0.05 * x", unit = "V" }
decay = 10.0
"""
    cell, _ = read_cell(put(tmp_path, text))
    assert negative(cell).double_layer_capacitance == pytest.approx(0.2)
    assert cell.thermal == Thermal(60.0, 0.3)
    rule = negative(cell).particles[0].material.hysteresis
    assert rule is not None
    assert rule.decay == 10.0


def test_a_cell_that_overrides_a_bpx_file(tmp_path: Path) -> None:
    """Only what is stated differs."""
    write(tmp_path, plain())
    source = next(tmp_path.glob("*.json"))
    text = f'schema_version = 1\nfrom = {{ bpx = "{source.name}" }}\n\n[separator]\nthickness = "33 um"\n'
    found = read_cell_file(put(tmp_path, text)).cell
    base = read_bpx(source)
    assert found.separator.thickness == pytest.approx(33e-6)
    assert found.separator.porosity == base.separator.porosity
    assert found.positive.thickness == base.positive.thickness


# What is written --------------------------------------------------------------------------------------


def hysteretic() -> Cell:
    host = replace(
        plain_host(potential=line(1.0, 0.1)),
        hysteresis=Hysteresis("one-state", line(0.95, 0.05), line(1.05, 0.15), decay=10.0, initial=-1.0),
    )
    return full_cell(electrode(host, 0.8), electrode(plain_host(potential=line(4.4, 3.4)), 0.3))


def composite() -> Cell:
    cell = chen2020()
    first = negative(cell).particles[0]
    second = replace(first, volume_fraction=0.25, radius=2e-6, material=plain_host(potential=line(1.0, 0.05)))
    both = (replace(first, volume_fraction=0.5), second)
    return replace(cell, negative=replace(negative(cell), particles=both), thermal=Thermal(50.0, 0.2))


@pytest.mark.parametrize(
    "make",
    [
        chen2020,
        hysteretic,
        composite,
        lambda: half_cell(electrode(plain_host(potential=line(4.4, 3.4)), 0.3)),
    ],
)
def test_round_trip(make: object, tmp_path: Path) -> None:
    """Written and read back, a cell does the same."""
    cell = make()  # type: ignore[operator]
    path = tmp_path / "out.toml"
    write_cell(cell, path)
    again, _ = read_cell(path)
    a, b = simulate(cell, SHORT), simulate(again, SHORT)
    t = np.linspace(0.0, 600.0, 61)
    assert np.abs(a.at(t) - b.at(t)).max() < 1e-6


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = put(tmp_path, "mine")
    with pytest.raises(NegatrodeError, match="overwrite"):
        write_cell(chen2020(), path)
    assert path.read_text() == "mine"


# What is refused --------------------------------------------------------------------------------------

BAD = {
    "negative thickness": ('"85.2 um"', '"-85.2 um"', "thickness"),
    "zero thickness": ('"85.2 um"', '"0 um"', "thickness"),
    "porosity above one": ("porosity = 0.25", "porosity = 1.25", "porosity"),
    "porosity of zero": ("porosity = 0.25", "porosity = 0", "porosity"),
    "fuller than full": ("volume_fraction = 0.75", "volume_fraction = 0.95", "negative"),
    "unknown unit": ('"85.2 um"', '"85.2 zorks"', "negative.thickness"),
    "another dimension": ('"85.2 um"', '"85.2 s"', "negative.thickness"),
    "missing unit": ('"85.2 um"', "85.2", "negative.thickness"),
    "unknown key": ("porosity = 0.25", "porosty = 0.25", "porosity"),
    "unknown table": ("[separator]", "[seperator]", "separator"),
    "unknown material": ('material = "graphite"', 'material = "graphit"', "graphite"),
    "two transports": ("bruggeman = 1.5", "bruggeman = 1.5\ntortuosity = 2.0", "negative"),
    "tortuosity below one": ("bruggeman = 1.5", "tortuosity = 0.5", "negative"),
    "nan": ("porosity = 0.25", "porosity = nan", "porosity"),
    "inf": ("porosity = 0.25", "porosity = inf", "porosity"),
    "a list for a number": ("porosity = 0.25", "porosity = [0.25]", "negative.porosity"),
    "a truth for a number": ("porosity = 0.25", "porosity = true", "negative.porosity"),
    "a number for a list": ("window = [0.0263, 0.9106]", "window = 0.5", "window"),
    "window of three": ("window = [0.0263, 0.9106]", "window = [0.1, 0.2, 0.3]", "window"),
    "window that does not balance": ("window = [0.0263, 0.9106]", "window = [0.0263, 0.5]", "balance"),
    "window beyond one": ("window = [0.0263, 0.9106]", "window = [0.0263, 1.9]", "window"),
    "no window for a state of charge": ("window = [0.0263, 0.9106]", "stoichiometry = 0.9", "window"),
    "state of charge": ("soc = 1.0", "soc = 1.5", "simulate.initial.soc"),
    "both starts": ("soc = 1.0", 'soc = 1.0, voltage = "4 V"', "simulate.initial"),
    "voltage out of reach": ("soc = 1.0", 'voltage = "9 V"', "9 V"),
    "call": ("1.9793 * exp(", "exit(7) + exp(", "exit"),
    "open": ("1.9793 * exp(", "open(9) + exp(", "open"),
    "tower": ("1.9793 * exp(", "x**9**9**9 + exp(", "materials.graphite.potential"),
    "import": ("1.9793 * exp(", "__import__('os') + exp(", "materials.graphite.potential"),
    "division by zero": ("1.9793 * exp(", "1 / (x - x) + exp(", "materials.graphite.potential"),
    "missing file": (
        'diffusivity = "3.3e-14 m2/s"',
        'diffusivity = { file = "none.csv", x_column = "x", column = "D", unit = "m2/s" }',
        "none.csv",
    ),
    "negative diffusivity": ('"3.3e-14 m2/s"', '"-3.3e-14 m2/s"', "diffusivity"),
    "limits the wrong way": ('["2.5 V", "4.2 V"]', '["4.2 V", "2.5 V"]', "voltage limits"),
    "no area": ('area = "0.1027 m2"\n', "", "area"),
    "huge": ('"85.2 um"', '"1e400 um"', "negative.thickness"),
    "unknown accuracy": ("[simulate]", '[simulate]\naccuracy = "exact"', "accuracy"),
    "unknown model": ("[simulate]", '[simulate]\nmodel = "P4D"', "simulate.model"),
    "a step that is no sentence": ("Discharge at 1C until 2.5 V", "Discharge gently", "gently"),
    "a protocol that never ends": ('"Rest for 10 minutes"', '"Rest"', "protocol"),
    "an end out of reach": ("until 2.5 V", "until 1.5 V", "protocol"),
    "no steps": ('steps = ["Discharge at 1C until 2.5 V", "Rest for 10 minutes"]', "steps = []", "steps"),
    "version": ("schema_version = 1", "schema_version = 99", "schema_version"),
    "no version": ("schema_version = 1", "", "schema_version"),
    "syntax": ("[separator]", "[separator", "no TOML"),
    "both bases": ("schema_version = 1", 'schema_version = 1\nfrom = { pybamm = "a", bpx = "b" }', "from"),
    "no such base": ("schema_version = 1", 'schema_version = 1\nfrom = { bpx = "none.json" }', "none.json"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    """The message names the file, and the key or the value; no other kind of error comes out."""
    old, new, says = BAD[case]
    path = put(tmp_path, change(old, new))
    with pytest.raises(NegatrodeError) as caught:
        read_cell_file(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\xfe garbage \x80", b"\xff\xfe" + "x = 1".encode("utf-16-le"), b"[" * 5000]
)
def test_what_is_no_toml_is_refused(content: bytes, tmp_path: Path) -> None:
    path = put(tmp_path, content)
    with pytest.raises(NegatrodeError, match=r"cell\.toml"):
        read_cell_file(path)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(NegatrodeError):
            read_cell_file(path)


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_is_read_or_refused(seed: int, tmp_path: Path) -> None:
    """Bytes, lines and numbers changed at random: never another kind of error."""
    dice = random.Random(seed)
    read = 0
    for _ in range(25):
        text = bytearray(example().encode())
        lines = example().splitlines(keepends=True)
        kind = dice.randrange(4)
        if kind == 0:
            text[dice.randrange(len(text))] = dice.randrange(256)
        elif kind == 1:
            del lines[dice.randrange(len(lines))]
            text = bytearray("".join(lines).encode())
        elif kind == 2:
            at = dice.choice([i for i, b in enumerate(text) if chr(b).isdigit()])
            text[at : at + 1] = dice.choice([b"9999999", b"-1", b"1e300", b"nan", b"", b"0"])
        else:
            at = dice.randrange(len(text))
            text[at : at + dice.randrange(40)] = b""
        with contextlib.suppress(NegatrodeError):
            read_cell_file(put(tmp_path, bytes(text)))
            read += 1
    assert read < 25

"""``negatrode simulate`` and ``warm``: what a user types and reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import negatrode as nt
from negatrode.cli.main import app
from tests.exchange.bpx_files import plain, write


@pytest.fixture(scope="module")
def bpx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete BPX file."""
    return write(tmp_path_factory.mktemp("bpx"), plain())


def run(*words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr


def test_summary_says_first_why_it_ended(bpx: Path) -> None:
    """Results on stdout, talk on stderr, exit code 0 for a cell that reached its limit."""
    code, out, err = run("simulate", str(bpx), "-s", "Discharge at 1C")
    assert code == 0
    assert out.splitlines()[1].startswith("ended")
    assert "lower voltage limit" in out
    assert "numerical error" in out
    assert "points" in err


def test_json_holds_the_whole_curve(bpx: Path) -> None:
    """One object; its arrays have one length; capacity is current times time."""
    code, out, _ = run("simulate", str(bpx), "-s", "Discharge at 1C for 10 minutes", "--json", "-q")
    found = json.loads(out)
    curve = found["curve"]
    assert code == 0
    assert found["ended"]["reason"] == "COMPLETED"
    assert len({len(values) for values in curve.values()}) == 1
    assert found["capacity_Ah"] == pytest.approx(curve["current_A"][0] / 6)
    assert abs(found["lithium"]["drift"]) < 1e-12
    assert 0 < found["error"]["rms_V"] < 1e-3


def test_error_estimate_spans_steps(bpx: Path) -> None:
    """Steps that end by events at slightly different times are compared step by step."""
    code, out, _ = run(
        "simulate", str(bpx), "-s", "Discharge at 1C until 3 V", "-s", "Rest for 10 minutes", "--json", "-q"
    )
    assert code == 0
    assert json.loads(out)["error"]["largest_V"] < 2e-3


def test_curve_file_is_read_back_and_kept(bpx: Path, tmp_path: Path) -> None:
    """The file is one that the package reads; it is not replaced unasked."""
    out = tmp_path / "curve.bdf.csv"
    words = ("simulate", str(bpx), "-s", "Discharge at 1C for 1 minute", "-o", str(out), "-q")
    assert run(*words)[0] == 0
    assert nt.read(out).kind == "cycling"
    before = out.read_bytes()
    code, _, err = run(*words)
    assert code == 2
    assert "overwritten" in err
    assert out.read_bytes() == before
    assert run(*words, "--overwrite")[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "no-such-cell"),
        ("simulate", "no-such-file.json"),
        ("simulate", "pybamm:Chan2020"),
        ("simulate", "FILE", "-s", "Dischrge at 1C"),
        ("simulate", "FILE", "-s", "Rest until 3 V"),
        ("simulate", "FILE", "--accuracy", "perfect"),
        ("simulate", "FILE", "--soc", "1.5"),
        ("simulate", "FILE", "--voltage", "9"),
        ("simulate", "FILE", "--cycles", "0"),
    ],
)
def test_refusals_are_one_line(words: tuple[str, ...], bpx: Path) -> None:
    """What cannot be done is said in one line, and as an object under --json; no traceback."""
    asked = [str(bpx) if word == "FILE" else word for word in words]
    code, out, err = run(*asked, "--json", "-q")
    assert code in (1, 2)
    assert len(err.strip().splitlines()) == 1
    assert json.loads(out)["error"]["found"]


def test_warm_says_where(bpx: Path) -> None:
    """The second time nothing is left to compile, and the folder is named."""
    run("simulate", str(bpx), "-s", "Discharge at 1C for 10 s", "-q", "--no-estimate-error")
    run("warm", "-q")
    code, out, _ = run("warm")
    assert code == 0
    assert "already compiled, in " in out


EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "cell.toml"


def test_a_cell_file_is_simulated_through_its_own_protocol_or_another() -> None:
    """The file's protocol, model and start; what the options say goes before it."""
    code, out, _ = run("simulate", str(EXAMPLE), "--json", "-q")
    own = json.loads(out)
    assert code == 0
    assert own["model"] == "DFN"
    assert sorted(set(own["curve"]["step"])) == [0, 1]
    code, out, _ = run(
        "simulate", str(EXAMPLE), "-s", "Discharge at 2C for 60 s", "--model", "SPMe", "--json", "-q"
    )
    other = json.loads(out)
    assert code == 0
    assert other["model"] == "SPMe"
    assert other["duration_s"] == pytest.approx(60.0)
    assert other["curve"]["current_A"][0] == pytest.approx(10.0)


def test_a_bad_cell_file_is_refused_with_its_key(tmp_path: Path) -> None:
    """One line that names the file and the key; exit code of bad input."""
    path = tmp_path / "cell.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace('"85.2 um"', '"85.2 s"'), encoding="utf-8")
    code, _, err = run("simulate", str(path), "-q")
    assert code == 2
    assert "negative.thickness" in err
    assert str(path) in err


def test_sensitivities_are_shown_and_printed() -> None:
    """A table for people, arrays for programs; an unknown parameter is refused."""
    words = ("simulate", str(EXAMPLE), "-s", "Discharge at 1C until 3 V", "-p", "negative.thickness")
    code, out, _ = run(*words)
    assert code == 0
    assert "1 % more of" in out
    code, out, _ = run(*words, "--json", "-q")
    found = json.loads(out)
    by = found["sensitivities"]["negative.thickness"]
    assert by["size"] == pytest.approx(85.2e-6)
    assert len(by["voltage_V"]) == len(found["curve"]["time_s"])
    assert by["duration_s"] > 0
    code, _, err = run("simulate", str(EXAMPLE), "-p", "negative.thicknes", "-q")
    assert code == 2
    assert "thickness" in err


def test_many_cells_in_one_call(bpx: Path) -> None:
    """A batch gives what single calls give, in order, and a refused cell does not lose the others."""
    from dataclasses import replace

    cell = nt.read_bpx(bpx, say=lambda text: None)
    small = replace(cell, area=cell.area / 2)
    odd = replace(cell, voltage_limits=(10.0, 12.0))
    batch = nt.simulate_many([cell, small, odd, cell], "Discharge at 1C for 5 minutes", accuracy_level="fast")
    single = nt.simulate(small, "Discharge at 1C for 5 minutes", accuracy_level="fast")
    assert isinstance(batch[2], nt.NegatrodeError)
    assert batch[1].voltage.tolist() == single.voltage.tolist()
    assert batch[0].voltage.tolist() == batch[3].voltage.tolist()

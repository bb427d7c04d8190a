"""The command line as other programs call it: outputs, JSON keys, exit codes, files left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from negatrode.report.examples.hard_carbon import EXAMPLES, example_files

MEASURE_KEYS = [
    "property", "value", "below_limit", "unit", "standard_uncertainty", "interval95", "recipe",
    "recipe_version", "alternatives", "findings", "sources",
]  # fmt: skip
CLAIM_KEYS = ["claim", "verdict", "probability", "limitations", "missing", "next"]
LIMIT_KEYS = ["property", "verdict", "probability", "value", "limit", "margin"]


def negatrode(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "negatrode", *map(str, arguments)]
    environment = os.environ | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two example folders, written but not run."""
    folder = tmp_path_factory.mktemp("demo")
    for example in EXAMPLES:
        for name, data in example_files(example).items():
            place = folder / example.folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    return folder


def test_measure_prints_json_with_exactly_the_promised_keys(examples: Path) -> None:
    """docs/json.md is a promise; the value lies where the forward model put it."""
    scan = examples / "inside" / "xrd" / "scan.xy"
    done = negatrode("measure", "d002", scan, "--set", "wavelength=0.154187 nm", "--recipe", "fit", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == MEASURE_KEYS
    assert found["recipe"] == "fit"
    assert found["value"] == pytest.approx(EXAMPLES[0].d002, abs=0.004)
    assert found["interval95"][0] < EXAMPLES[0].d002 < found["interval95"][1]
    assert list(found["alternatives"][0]) == ["recipe", "value", "admissible", "why_not"]
    assert len(found["sources"][0]["sha256"]) == 64


def test_a_missing_wavelength_is_asked_for_by_its_key(examples: Path) -> None:
    """Exit 1, one line on stderr, and the key in the JSON error."""
    done = negatrode("measure", "d002", examples / "inside" / "xrd" / "scan.xy", "--json")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "missing-input"
    assert error["key"] == "xrd.wavelength"
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("measure", "d02", "x.xy"),
        ("measure", "d002"),
        ("measure", "d002", "SCAN", "--recipe", "hose"),
        ("measure", "d002", "SCAN", "--set", "wavelength"),
        ("measure", "d002", "SCAN", "--set", "wavelenght=0.154 nm"),
        ("measure", "d002", "SCAN", "--set", "wavelength=0.154"),
        ("measure", "d002", "SCAN", "--set", "wavelength=5 kg"),
        ("judge", "nowhere.toml"),
        ("claims", "show", "hard-carbn"),
        ("frobnicate",),
    ],
)
def test_what_cannot_be_meant_exits_with_2(examples: Path, arguments: tuple[str, ...]) -> None:
    """Unknown names, missing units and wrong dimensions are usage errors, never tracebacks."""
    scan = str(examples / "inside" / "xrd" / "scan.xy")
    done = negatrode(*[scan if a == "SCAN" else a for a in arguments])
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr


def test_refusals_exit_with_1(tmp_path: Path) -> None:
    """A file that is missing, empty or of no known kind is refused, not crashed on."""
    empty, odd = tmp_path / "empty.xy", tmp_path / "odd.bin"
    empty.touch()
    odd.write_bytes(bytes(range(256)) * 8)
    for path in (tmp_path / "none.xy", empty, odd):
        for command in (("measure", "d002", path), ("inspect", path)):
            done = negatrode(*command)
            assert done.returncode == 1, (command, done.stderr)
            assert "Traceback" not in done.stderr


def verdicts(folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of judge."""
    done = negatrode("judge", folder / "SAMPLE.toml", "--json", "--quiet", *more)
    return done.returncode, json.loads(done.stdout)


def test_the_example_inside_meets_all_claims(examples: Path) -> None:
    """Eleven claims met under every recipe; keys as promised; --strict exits 0."""
    code, found = verdicts(examples / "inside", "--strict")
    assert code == 0
    assert list(found) == ["claim_set", "claims"]
    assert [list(c) for c in found["claims"]] == [CLAIM_KEYS] * 11
    assert list(found["claims"][0]["limitations"][0]) == LIMIT_KEYS
    assert {c["verdict"] for c in found["claims"]} == {"met"}


def test_the_example_outside_fails_claims_4_and_8(examples: Path) -> None:
    """Too wide in size and no nitrogen: two claims not met, the others met; --strict exits 1."""
    code, found = verdicts(examples / "outside", "--strict")
    assert code == 1
    failed = {c["claim"] for c in found["claims"] if c["verdict"] == "not met"}
    assert failed == {4, 8}
    assert {c["verdict"] for c in found["claims"]} == {"met", "not met"}


def test_run_writes_a_report_and_leaves_the_users_files_alone(examples: Path, tmp_path: Path) -> None:
    """report.html is one file without outside references; a changed one is not replaced unasked."""
    out = tmp_path / "out"
    sample = examples / "inside" / "SAMPLE.toml"
    done = negatrode("run", sample, "-o", out, "-q")
    assert done.returncode == 0, done.stderr
    html = (out / "report.html").read_text("utf-8")
    assert "Example A" in html
    for outside in ('src="http', 'href="http', "<script", "@import"):
        assert outside not in html
    assert html.count("<svg") >= 10
    results = json.loads((out / "results.json").read_text("utf-8"))
    named = {p["property"] for p in results["properties"]}
    assert {
        "d002",
        "lc002",
        "hydrogen_to_carbon",
        "dv50",
        "d4_to_d1",
        "s_dv50",
        "sphericity",
        "nitrogen",
    } <= named
    (out / "report.html").write_text("mine")
    again = negatrode("run", sample, "-o", out, "-q")
    assert again.returncode == 2
    assert (out / "report.html").read_text() == "mine"


def test_missing_pieces_leave_claims_undecided_and_say_what_to_measure(
    examples: Path, tmp_path: Path
) -> None:
    """A damaged file and a missing setting: the rest goes on, with the reasons."""
    folder = examples / "inside"
    text = (folder / "SAMPLE.toml").read_text("utf-8").replace('wavelength = "0.154187 nm"', "#")
    text = text.replace('files = ["', f'files = ["{folder}/').replace(', "xrd/', f', "{folder}/xrd/')
    (tmp_path / "SAMPLE.toml").write_text(text.replace("thermal/dta.txt", "thermal/none.txt"), "utf-8")
    done = negatrode("judge", tmp_path / "SAMPLE.toml", "--json")
    assert done.returncode == 0, done.stderr
    assert "xrd.wavelength" in done.stderr
    assert "no such file" in done.stderr
    claims = {c["claim"]: c for c in json.loads(done.stdout)["claims"]}
    assert claims[1]["verdict"] == "undecided"
    assert set(claims[1]["missing"]) == {"d002", "lc002"}
    assert "exothermic_peak_temperature" in claims[6]["missing"]


def test_lists_and_inspection(examples: Path) -> None:
    """claims list and show, recipes, inspect: readable text and JSON."""
    assert "hard-carbon" in negatrode("claims", "list").stdout
    shown = negatrode("claims", "show", "hard-carbon").stdout
    assert "0.365" in shown
    assert "any one of claims 1-8" in shown
    recipes = json.loads(negatrode("recipes", "d002", "--json").stdout)
    assert {"house", "lp-centroid", "jis-r7651", "fit"} <= {r["recipe"] for r in recipes}
    found = json.loads(
        negatrode("inspect", examples / "inside" / "sorption" / "isotherm.csv", "--json").stdout
    )
    assert found["kind"] == "isotherm"
    assert found["settings"]["adsorptive"]["value"] == "N2"


def test_help_is_plain() -> None:
    """--help names every command."""
    text = negatrode("--help").stdout
    for command in ("demo", "run", "make", "measure", "judge", "claims", "recipes", "inspect"):
        assert command in text


def test_derived_properties_are_measured_through_their_parts(examples: Path) -> None:
    """D4/D1 from one file, S*Dv50 from two; recipes of the parts by name."""
    sizes = examples / "inside" / "sizing" / "mastersizer.csv"
    done = negatrode(
        "measure", "d4_to_d1", sizes, "--set", "weighting=volume", "--recipe", "d1=length-moment", "--json"
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["value"] == pytest.approx(1.125, abs=0.05)
    isotherm = examples / "inside" / "sorption" / "isotherm.csv"
    both = negatrode("measure", "s_dv50", sizes, isotherm, "--set", "weighting=volume", "--json")
    assert both.returncode == 0, both.stderr
    assert 8.0 < json.loads(both.stdout)["value"] < 20.0
    assert len(json.loads(both.stdout)["sources"]) == 2

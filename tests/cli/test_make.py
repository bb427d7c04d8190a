"""negatrode make: from a route to a sample folder that judge and run take, and nothing lost on the way."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.test_cli import negatrode


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example route as it is printed, made with few draws."""
    folder = tmp_path_factory.mktemp("route")
    printed = negatrode("make", "--example", "hard-carbon")
    assert printed.returncode == 0, printed.stderr
    text = printed.stdout.replace("[route]", "[route]\ndraws = 60", 1)
    (folder / "ROUTE.toml").write_text(text, encoding="utf-8")
    done = negatrode("make", folder / "ROUTE.toml", "-o", folder / "powder")
    assert done.returncode == 0, done.stderr
    assert "predicted from its route, 60 draws" in done.stdout
    assert "claim  9" in done.stdout
    assert "Oxidation" in done.stderr
    return folder


def test_the_folder_holds_all_and_is_a_sample(made: Path) -> None:
    names = {p.name for p in (made / "powder").iterdir() if not p.name.startswith(".")}
    assert names == {"SAMPLE.toml", "prediction.json", "ROUTE.toml", "report.html", "results.json"}
    judged = negatrode("judge", made / "powder", "--json", "-q")
    assert judged.returncode == 0, judged.stderr
    assert len(json.loads(judged.stdout)["claims"]) == 11
    assert (made / "powder" / "ROUTE.toml").read_bytes() == (made / "ROUTE.toml").read_bytes()


def test_the_report_shows_the_route(made: Path) -> None:
    html = (made / "powder" / "report.html").read_text("utf-8")
    for words in (
        "How it is made", "Suspension polymerisation", "Oxidation", "Carbonisation", "Sizes before and after",
        "Heat of oxidation", "Structure as it grows", "What the maker can turn",
        "Frank-Kamenetskii delta over critical",
        "The programme in an oxidizing gas against 150 to 400", "strong, usable or weak",
    ):  # fmt: skip
        assert words in html, words
    assert html.count("<figure>") >= 6
    assert not re.search(r"\bnan\b", re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL), re.IGNORECASE)


def test_results_hold_stages_and_words(made: Path) -> None:
    results = json.loads((made / "powder" / "results.json").read_text("utf-8"))
    route = results["route"]
    assert [s["stage"] for s in route["stages"]] == [
        "Suspension polymerisation", "Oxidation", "Carbonisation", "Powder",
    ]  # fmt: skip
    for row in [q for s in route["stages"] for q in s["quantities"]] + route["predicted"]:
        low, high = row["interval90"]
        assert low <= row["median"] <= high
        assert row["confidence"] in ("strong", "usable", "weak")
    hotter = next(k for k in route["knobs"] if k["step"] == "carbonisation 50 K hotter")
    assert hotter["changes"]["hydrogen_to_carbon"] < 0 < hotter["changes"]["lc002"]
    span = next(p for p in results["properties"] if p["property"] == "oxidation_temperature")["span"]
    assert 150 < span[0] < span[1] < 400
    assert all(p["confidence"] for p in results["properties"] if p["recipe"] == "predicted")


def test_nothing_is_replaced_unasked(made: Path) -> None:
    out = made / "powder"
    sample = out / "SAMPLE.toml"
    before = sample.read_text("utf-8")
    sample.write_text(before + "\n# my own note\n", "utf-8")
    again = negatrode("make", made / "ROUTE.toml", "-o", out, "-q")
    assert again.returncode == 2
    assert "nothing is replaced unasked" in again.stderr
    assert "# my own note" in sample.read_text("utf-8")
    sample.write_text(before, "utf-8")
    assert negatrode("make", made / "ROUTE.toml", "-o", out, "-q").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("make",), "no route"),
        (("make", "ROUTE.toml"), "no folder"),
        (("make", "nowhere.toml", "-o", "out"), "no such file"),
        (("make", "--example", "carbon"), "Did you mean hard-carbon"),
    ],
)
def test_slips_are_told(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = negatrode(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_leaves_no_folder(tmp_path: Path) -> None:
    text = negatrode("make", "--example", "hard-carbon").stdout.replace('gas = "N2"', 'gas = "air"')
    (tmp_path / "ROUTE.toml").write_text(text, "utf-8")
    done = negatrode("make", tmp_path / "ROUTE.toml", "-o", tmp_path / "out", "--json", "-q")
    assert done.returncode == 2
    assert "inert gas" in json.loads(done.stdout)["error"]["rule"]
    assert not (tmp_path / "out").exists()


def test_an_alloy_is_made_and_judged(tmp_path: Path) -> None:
    text = negatrode("make", "--example", "alloy").stdout.replace("[route]", "[route]\ndraws = 60", 1)
    (tmp_path / "ROUTE.toml").write_text(text, "utf-8")
    done = negatrode("make", tmp_path, "-o", tmp_path / "powder", "--json", "-q")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert {"oxygen_in_a", "nitrogen_in_b"} <= {p["property"] for p in results["properties"]}
    html = (tmp_path / "powder" / "report.html").read_text("utf-8")
    assert "Where oxygen and nitrogen come from" in html
    # Si-Ti: equilibrium puts oxygen into A, which the claim does not allow
    assert results["judgements"][0]["claims"][0]["verdict"] == "not met"

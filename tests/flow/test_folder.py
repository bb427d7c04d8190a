"""SAMPLE.toml: what is allowed, and what is said of what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from negatrode.core.errors import InputError, NegatrodeError, UnitError
from negatrode.core.provenance import Source
from negatrode.flow.declared import read_declared
from negatrode.flow.folder import read_folder
from negatrode.flow.sample import measure_folder
from negatrode.report.write import LEDGER, write_files

SECTIONS = ("xrd", "sorption")


def written(folder: Path, text: str) -> Path:
    """A SAMPLE.toml in a folder."""
    place = folder / "SAMPLE.toml"
    place.write_text(text, "utf-8")
    return place


def test_a_folder_is_read_with_paths_relative_to_it(tmp_path: Path) -> None:
    """Files stand relative to SAMPLE.toml; the folder itself may be named."""
    written(
        tmp_path,
        '[sample]\nname = "A"\nmaterial = "hard-carbon"\n'
        '[xrd]\nfiles = ["a/scan.xy"]\nwavelength = "0.154 nm"\n',
    )
    found = read_folder(tmp_path, SECTIONS)
    assert found.sections[0].files == (tmp_path / "a" / "scan.xy",)
    assert found.sections[0].settings == {"wavelength": "0.154 nm"}
    assert found.claims == ("hard-carbon",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[sample]\n",
        '[sample]\nname = ""\n',
        '[sample]\nname = "A"\nmaterail = "x"\n',
        '[sample]\nname = "A"\n[xdr]\nfiles = ["a"]\n',
        '[sample]\nname = "A"\n[xrd]\nwavelength = "1 nm"\n',
        '[sample]\nname = "A"\n[xrd]\nfiles = []\n',
        '[sample]\nname = "A"\n[xrd]\nfiles = ["a"]\nwavelength = [1]\n',
        '[sample]\nname = "A"\n[xrd]\nfiles = ["a"]\nrecipes = "house"\n',
        '[sample]\nname = "A"\nseed = 1.5\n',
        '[sample]\nname = "A"\nclaims = 3\n',
        '[sample\nname = "A"\n',
        "xrd = 1\n",
        "a = " + "[" * 5000,
        "\ufffe",
    ],
)
def test_what_is_not_allowed_is_named(tmp_path: Path, text: str) -> None:
    """Every mistake is an InputError that names the file; never another exception."""
    with pytest.raises(InputError) as caught:
        read_folder(written(tmp_path, text), SECTIONS)
    assert "SAMPLE.toml" in caught.value.where


def test_declared_facts_carry_who_declares_them() -> None:
    """Quantities of the catalogue become estimates, the rest facts, each with its declarer."""
    body = {
        "declared_by": "A. Maker",
        "carbonized_vinyl_resin": True,
        "oxidation_temperature": "250 degC",
        "oxidation_temperature_uncertainty": "3 degC",
    }
    source = Source("SAMPLE.toml", "0")
    estimates, facts = read_declared({"process": body}, ["carbonized_vinyl_resin"], Path("S"), source)
    assert facts["carbonized_vinyl_resin"].value is True
    assert facts["carbonized_vinyl_resin"].declared_by == "A. Maker"
    assert estimates["oxidation_temperature"].value == pytest.approx(250.0)
    assert estimates["oxidation_temperature"].standard_uncertainty == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"carbonized_vinyl_resin": True}, InputError),
        ({"declared_by": "A", "carbonised_vinyl_resin": True}, InputError),
        ({"declared_by": "A", "coating_rate": 55}, UnitError),
        ({"declared_by": "A", "coating_rate": "55 g"}, UnitError),
        ({"declared_by": "A", "coating_rate_uncertainty": "1 g/m2"}, InputError),
        ({"declared_by": "A", "coating_rate": "55 g/m2", "coating_rate_uncertainty": "-1 g/m2"}, InputError),
        ({"declared_by": "A", "carbonized_vinyl_resin": 3.5}, InputError),
    ],
)
def test_bad_declarations(body: dict[str, object], error: type[NegatrodeError]) -> None:
    """No declarer, misspelt fact, no unit, wrong unit, uncertainty alone or negative."""
    with pytest.raises(error):
        read_declared({"process": body}, ["carbonized_vinyl_resin"], Path("S"), Source("S", "0"))


def test_nothing_of_the_users_is_replaced_unasked(tmp_path: Path) -> None:
    """What negatrode wrote may be written again; what someone changed or put there may not."""
    write_files(tmp_path, {"report.html": b"one"})
    write_files(tmp_path, {"report.html": b"two"})
    (tmp_path / "report.html").write_text("my notes")
    with pytest.raises(InputError):
        write_files(tmp_path, {"report.html": b"three"})
    assert (tmp_path / "report.html").read_text() == "my notes"
    write_files(tmp_path, {"report.html": b"three"}, overwrite=True)
    assert (tmp_path / "report.html").read_bytes() == b"three"
    (tmp_path / LEDGER).write_text("[broken")
    with pytest.raises(InputError):
        write_files(tmp_path, {"report.html": b"four"})


def test_a_technique_used_on_several_specimens_has_several_tables(tmp_path: Path) -> None:
    """[[composition]] twice is two sections; what both measure cannot be told apart and is refused."""
    (tmp_path / "chn.csv").write_text("run,C [wt%],H [wt%],N [wt%]\n1,96.1,0.31,1.5\n2,96.2,0.32,1.6\n")
    text = '[sample]\nname = "x"\n'
    place = tmp_path / "SAMPLE.toml"
    place.write_text(text + 2 * '[[composition]]\nfiles = ["chn.csv"]\n')
    folder = read_folder(place, ("composition",))
    assert [s.name for s in folder.sections] == ["composition", "composition"]
    with pytest.raises(InputError):
        measure_folder(place)
    place.write_text(text + '[[composition]]\nfiles = ["chn.csv"]\n')
    assert measure_folder(place).sample.estimates["nitrogen"].value == pytest.approx(1.55, abs=0.01)

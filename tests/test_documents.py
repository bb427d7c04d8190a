"""The documents: the Python of the README runs, links lead somewhere, no index address stands anywhere."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

import negatrode as nt
from negatrode.report.examples.hard_carbon import EXAMPLES, example_files

ROOT = Path(__file__).resolve().parents[1]


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader pastes it after ``make demo``."""
    for example in EXAMPLES[:1]:
        for name, data in example_files(example).items():
            place = tmp_path / "demo-hard-carbon" / example.folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    monkeypatch.chdir(tmp_path)
    code = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert code
    names: dict[str, object] = {}
    for block in code:
        exec(block, names)
    assert names["recording"].kind == "diffraction"  # type: ignore[attr-defined]
    assert names["judgement"].claim(1).verdict == "met"  # type: ignore[attr-defined]


@pytest.mark.parametrize("place", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=str)
def test_links_lead_to_files(place: Path) -> None:
    """Relative links of the documents exist."""
    for target in re.findall(r"\]\(([^)#]+)\)", place.read_text("utf-8")):
        if "://" not in target:
            assert (place.parent / target).exists(), target


def test_every_public_name_is_there() -> None:
    """The names of ``import negatrode`` resolve."""
    for name in nt.__all__:
        assert getattr(nt, name) is not None
    with pytest.raises(AttributeError):
        _ = nt.nothing_of_this_name


def test_the_python_of_the_studies_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function of the user's, searched through a journal."""
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/studies.md").read_text("utf-8"), re.DOTALL)
    module = types.ModuleType("bowl")
    monkeypatch.setitem(sys.modules, "bowl", module)
    vars(module)["__name__"] = "bowl"
    exec(block, vars(module))
    best = vars(module)["found"].best[0].inputs
    assert (best["x"], best["y"]) == (pytest.approx(0.3, abs=0.01), pytest.approx(0.0, abs=0.01))


def test_the_study_of_the_studies_page_is_read(tmp_path: Path) -> None:
    """Every section that the page shows first."""
    from negatrode.study.examples import example_files as study_files

    block = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/studies.md").read_text("utf-8"), re.DOTALL)[0]
    (tmp_path / "SAMPLE.toml").write_bytes(study_files("hard-carbon")["SAMPLE.toml"])
    (tmp_path / "STUDY.toml").write_text(block)
    study = nt.read_study(tmp_path / "STUDY.toml")
    assert [a.name for a in study.axes] == [
        "sample.dv50",
        "electrode.coating_rate",
        "battery.counter_electrode",
    ]
    assert len(study.limits) == 2

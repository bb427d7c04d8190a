"""STUDY.toml: what it may say, and where and why it is refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from negatrode.core.errors import NegatrodeError
from negatrode.study.examples import NAMES, write_example
from negatrode.study.file.read import read_study
from negatrode.study.run import part_names
from tests.study.conftest import Write

SWEEP = '[sweep]\ndesign = "sobol"\npoints = 8\n'
INSIDE = '[[constraints]]\ninside = "hard-carbon 1-8"\n'
LIST = INSIDE + '[sweep]\ndesign = "list"\npoints = '
TARGET = '[[constraints]]\noutput = "{}"\nat_least = "{}"\n'
COAT = '{ from = "1 g/m2", to = "60 g/m2" }'


@pytest.mark.parametrize("which", NAMES)
def test_the_worked_studies_are_sound(tmp_path: Path, which: str) -> None:
    """Their centres keep the claims, and all their parts are planned."""
    write_example(which, tmp_path)
    study = read_study(tmp_path / "STUDY.toml")
    assert study.limits
    assert part_names(study)
    assert {c.name for c in study.chain.columns} >= {limit.column for limit in study.limits}


def test_axes_stand_where_the_base_stands(write: Write) -> None:
    """Their centre is the sample's own value, where it lies on the axis."""
    study = read_study(write(INSIDE + SWEEP))
    assert study.centre == {"sample.dv50": 9.0, "sample.d002": 0.38}
    assert study.units == {"sample.dv50": "um", "sample.d002": "nm"}
    assert study.sweep is not None
    assert len(study.sweep.points) == 8


def test_dotted_axes_are_the_same_as_quoted(write: Write) -> None:
    """TOML makes tables of them."""
    text = (
        write(INSIDE + SWEEP)
        .read_text()
        .replace('"sample.dv50"', "sample.dv50")
        .replace('"sample.d002"', "sample.d002")
    )
    study = read_study(write(text=text))
    assert [a.name for a in study.axes] == ["sample.dv50", "sample.d002"]


def test_a_table_of_points(write: Write, tmp_path: Path) -> None:
    """CSV with units in its head; axes that it leaves out stand where they are held."""
    (tmp_path / "points.csv").write_text("sample.dv50 / nm\n5000\n12000.5\n")
    study = read_study(write(INSIDE + '[sweep]\ndesign = "table"\nfile = "points.csv"\n'))
    assert study.sweep is not None
    assert [p["sample.dv50"] for p in study.sweep.points] == pytest.approx([5.0, 12.0005])
    assert {p["sample.d002"] for p in study.sweep.points} == {0.38}


def test_a_list_of_points(write: Write) -> None:
    """Values with their units."""
    study = read_study(write(LIST + '[{ "sample.dv50" = "5 um" }, { "sample.d002" = "3.7 angstrom" }]\n'))
    assert study.sweep is not None
    assert study.sweep.points == (
        {"sample.dv50": 5.0, "sample.d002": 0.38}, {"sample.dv50": 9.0, "sample.d002": pytest.approx(0.37)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "nothing to do"),
        (SWEEP, "no outputs"),
        (INSIDE + '[sweeep]\ndesign = "sobol"', "Did you mean sweep"),
        (INSIDE + '[sweep]\ndesign = "sobel"\npoints = 8', "Did you mean sobol"),
        (INSIDE + '[sweep]\ndesign = "sobol"', "points is missing"),
        (INSIDE + '[sweep]\ndesign = "sobol"\npoints = 8.5', "whole number"),
        (INSIDE + '[sweep]\ndesign = "sobol"\npoints = 8\nlevels = 3', "no key 'levels'"),
        (INSIDE + '[sweep]\ndesign = "grid"\nlevels = [3]', "2 of them"),
        (INSIDE + '[sweep]\ndesign = "grid"\nlevels = 3000', "points. from 1"),
        (INSIDE + '[sweep]\ndesign = "table"\nfile = "none.csv"', "cannot be read"),
        (LIST + '[{ "sample.dv5" = "5 um" }]', "Did you mean sample.dv50"),
        (LIST + '[{ "sample.dv50" = "5 mm" }]', "the axis goes from 0.8 to 25"),
        ('[[constraints]]\ninside = "hard-carbon 1-12"\n' + SWEEP, "no claim 12"),
        ('[[constraints]]\ninside = "hard carbon 1-8"\n' + SWEEP, "claims are named as"),
        ('[[constraints]]\ninside = "hard-carbon 1-9"\n' + SWEEP, "oxidation_temperature"),
        ('[[constraints]]\ninside = "hard-carbon 1-8"\nprobability = 1.5\n' + SWEEP, "a probability above 0"),
        (INSIDE + INSIDE + SWEEP, "twice"),
        ('[[constraints]]\noutput = "delithiation_2C"\n' + SWEEP, "at_least"),
        (TARGET.format("delithiation_2C", "300 mm") + SWEEP, "constraints[0].at_least"),
        (TARGET.format("delithation_2C", "300 mAh/g") + SWEEP, "Did you mean delithiation_2C"),
        (INSIDE + "[sensitivity]\npoints = 100", "a power of two"),
        (INSIDE + "[invert]\nevaluations = 10", "nothing to maximise"),
        (INSIDE + '[invert]\nmaximise = ["retenton"]', "one of P"),
        (INSIDE + '[map]\nx = "sample.dv50"\ny = "sample.dv50"\noutput = "P(hard-carbon 1-8)"', "two axes"),
        ('[window]\nlevels = 5\n', "no outputs"),
    ],
)  # fmt: skip
def test_slips_are_refused_with_their_place(write: Write, body: str, told: str) -> None:
    """What, where, which rule."""
    with pytest.raises(NegatrodeError) as caught:
        read_study(write(body))
    assert told in caught.value.sentence()


@pytest.mark.parametrize(
    ("axis", "told"),
    [
        ('"sample.dv5" = { from = "1 um", to = "2 um" }', "Did you mean dv50"),
        ('"sampel.dv50" = { from = "1 um", to = "2 um" }', "Did you mean sample.dv50"),
        ('"sample.dv50" = { from = "1 um" }', "an axis has from and to"),
        ('"sample.dv50" = { from = "1 um", to = "2 nm" }', "from low to high"),
        ('"sample.dv50" = { from = 1, to = 2 }', "quantities carry theirs"),
        ('"sample.dv50" = { from = "1 um", to = "2 um", uncertainty = "-3 %" }', "not negative"),
        ('"sample.dv50" = { from = "1 um", to = "20 um", at = "30 um" }', "it lies on the axis"),
        ('"sample.dv50" = { from = "1 um", to = "20 um", step = 3 }', "no key 'step'"),
        ('"sample.dv50" = "5 um"', "an axis is a table"),
        ('"sample.s_dv50" = { from = "3 um*m2/g", to = "40 um*m2/g" }', "specific_surface_area \\* dv50"),
        ('"uncertainty.oxidation_temperature" = { from = "1 K", to = "5 K" }', "not known in the base"),
        ('"route.carbonization.steps.0.to" = { from = "900 degC", to = "1200 degC" }', "study of a route"),
        ('"prior.hc.levl" = { from = 1, to = 2 }', "Did you mean hc.level"),
        ('"prior.hc.level" = { drawn = true }', "logarithmic"),
        (f'"electrode.coating_rate" = {COAT}\n"sample.coating_rate" = {COAT}', "they say the same"),
        ('"battery.counter_electrode" = { from = "LFP", to = "NMC811" }', "words have no range"),
    ],
)  # fmt: skip
def test_impossible_axes_are_refused(write: Write, axis: str, told: str) -> None:
    """With their place."""
    text = f'[study]\nname = "x"\nsample = "SAMPLE.toml"\n[axes]\n{axis}\n{INSIDE}{SWEEP}'
    with pytest.raises(NegatrodeError, match=told):
        read_study(write(text=text))


def test_random_damage_is_refused_or_read_and_never_crashes(write: Write) -> None:
    """Sixty studies with characters changed, lines lost and words swapped."""
    body = (
        INSIDE
        + SWEEP
        + '[map]\nx = "sample.dv50"\ny = "sample.d002"\noutput = "P(hard-carbon 1-8)"\n[window]\nlevels = 5\n'
    )
    whole = write(body).read_text()
    chance = random.Random(4)
    read = 0
    for _ in range(60):
        lines = whole.split("\n")
        for _ in range(chance.randint(1, 3)):
            i = chance.randrange(len(lines))
            what = chance.randrange(3)
            if what == 0:
                del lines[i]
            elif what == 1 and lines[i]:
                k = chance.randrange(len(lines[i]))
                lines[i] = lines[i][:k] + chance.choice('0-"[]{}=.xé%') + lines[i][k + 1 :]
            else:
                lines.insert(i, chance.choice(lines))
        try:
            read_study(write(text="\n".join(lines)))
            read += 1
        except NegatrodeError:
            continue
    assert 0 < read < 60


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('counter_electrode = "NMC811"', 'counter_electrode = "lithium"', "discharge_2C: of a full cell"),
        ('coating_rate = "50 g/m2"\n', "", "electrode.coating_rate"),
        ('counter_electrode = "NMC811"', 'counter_electrode = "NMC8111"', "NMC811"),
    ],
)
def test_a_base_that_lacks_what_the_outputs_need_is_told_at_once(
    write: Write, tmp_path: Path, old: str, new: str, told: str
) -> None:
    """And not by every point."""
    path = write(SWEEP, head='outputs = ["discharge_2C"]')
    sample = tmp_path / "SAMPLE.toml"
    sample.write_text(sample.read_text().replace(old, new))
    with pytest.raises(NegatrodeError, match=told):
        read_study(path)


def test_links_need_no_electrode(write: Write, tmp_path: Path) -> None:
    """What the links say of the powder itself."""
    path = write(SWEEP, head='outputs = ["reversible_capacity"]\ndraws = 5')
    sample = tmp_path / "SAMPLE.toml"
    sample.write_text(sample.read_text().partition("[electrode]")[0])
    study = read_study(path)
    value = study.chain(study.centre).values["reversible_capacity"]
    assert value is not None
    assert 200 < value < 700

"""Sizes of distributions: log-normal closed forms, a printed answer, repeats, gates and refusals."""

from __future__ import annotations

import csv
import math
from itertools import pairwise

import numpy as np
import pytest

from negatrode.core.catalogue import lookup
from negatrode.core.derive import derive
from negatrode.core.errors import InputError, MissingInput, NegatrodeError, Refusal
from negatrode.core.provenance import Source, Stated
from negatrode.core.recording import Block, Column, Recording, Sheet
from negatrode.core.settings import Settings
from negatrode.techniques.sizing import moments
from negatrode.techniques.sizing.simulate import (
    MASTERSIZER_BOUNDS,
    Mode,
    SizingErrors,
    mastersizer_csv,
    plain_csv,
    simulate_histogram,
    true_mean,
    true_quantile,
)
from negatrode.techniques.sizing.technique import TECHNIQUE
from negatrode.techniques.technique import Evaluation, estimate

FINE = np.geomspace(0.01, 1000.0, 1151)  # classes of 1 %


def block(bounds, fractions, *, name="run 1", weighting="volume", unit="%", **facts) -> Block:
    """A run as a reader returns it."""
    bounds = np.asarray(bounds, float)
    columns = (
        Column("size_low", "um", bounds[:-1]),
        Column("size_high", "um", bounds[1:]),
        Column("fraction", unit, np.asarray(fractions, float)),
    )
    stated = {k: Stated(v, "um", "file") for k, v in facts.items()}
    if weighting:
        stated["weighting"] = Stated(weighting, "", "file")
    return Block(name, columns, {**stated, "run": Stated(name, "", "file")})


def recording(*blocks: Block) -> Recording:
    """A file of runs."""
    return Recording("size-distribution", "test", Source("psd.csv", "12" * 32), blocks)


def evaluate(*recordings: Recording, **given: object) -> tuple[Evaluation, Settings]:
    """All recipes on the recordings."""
    settings = Settings("sizing", TECHNIQUE.keys, given)
    return TECHNIQUE.evaluate(list(recordings), settings), settings


def measured(prop: str, *recordings: Recording, recipe: str | None = None, **given: object):
    """The estimate of one property."""
    evaluation, settings = evaluate(*recordings, **given)
    return estimate(TECHNIQUE, evaluation, prop, recordings=recordings, settings=settings, recipe=recipe)


def lognormal(median: float, sigma: float, bounds=FINE):
    """Exact class per cents of a log-normal by volume."""
    return simulate_histogram([Mode(median, sigma)], np.random.default_rng(0), bounds=np.asarray(bounds))


@pytest.mark.parametrize("sigma", [0.2, 0.4, 0.6])
def test_lognormal_closed_forms(sigma: float) -> None:
    """D43 = D50 exp(s2/2), D10 = D50 exp(-5 s2/2), D21 = D50 exp(-3 s2/2), D32 = D50 exp(-s2/2)."""
    one, s2 = recording(block(FINE, lognormal(8.0, sigma))), sigma**2
    assert measured("dv50", one).value == pytest.approx(8.0, rel=1e-5)
    assert measured("dv50", one, recipe="monotone-spline").value == pytest.approx(8.0, rel=1e-5)
    assert measured("d4", one).value == pytest.approx(8.0 * math.exp(0.5 * s2), rel=2e-4)
    assert measured("d1", one).value == pytest.approx(8.0 * math.exp(-2.5 * s2), rel=2e-4)
    assert measured("d1", one, recipe="length-moment").value == pytest.approx(
        8.0 * math.exp(-1.5 * s2), rel=2e-4
    )
    figure = evaluate(one)[0].figure
    assert figure.d32 == pytest.approx(8.0 * math.exp(-0.5 * s2), rel=2e-4)
    assert (figure.d90 - figure.d10) / figure.d50 == pytest.approx(2 * math.sinh(1.28155 * sigma), rel=1e-3)


def test_bimodal_truth_is_that_of_its_fine_histogram() -> None:
    """The closed forms of two modes agree with the moments of their classes."""
    modes = [Mode(5.0, 0.3, 0.7), Mode(15.0, 0.2, 0.3)]
    one = recording(block(FINE, simulate_histogram(modes, np.random.default_rng(0), bounds=FINE)))
    assert measured("d4", one).value == pytest.approx(true_mean(modes, 4, 3), rel=1e-4)
    assert measured("d1", one).value == pytest.approx(true_mean(modes, 1, 0), rel=2e-4)
    assert measured("dv50", one).value == pytest.approx(true_quantile(modes, 0.5), rel=1e-4)


def test_number_histogram_gives_the_same_sizes() -> None:
    """A histogram by number is converted: the same powder gives the same sizes by either."""
    by_volume = lognormal(8.0, 0.3)
    by_number = by_volume / moments.class_sizes(FINE[:-1], FINE[1:]) ** 3
    by_number *= 100.0 / by_number.sum()
    other = recording(block(FINE, by_number, weighting="number"))
    for prop in ("dv50", "d4", "d1"):
        one = measured(prop, recording(block(FINE, by_volume)))
        assert measured(prop, other).value == pytest.approx(one.value, rel=1e-9)
    assert "counts-unknown" in {f.code for f in measured("d4", other).findings}


def test_counting_statistics_fall_with_the_root_of_the_number() -> None:
    """Four times the particles halve the counting component, and it equals a resampling's scatter."""
    rng = np.random.default_rng(3)
    bounds = np.geomspace(1.0, 30.0, 40)
    f = lognormal(8.0, 0.3, bounds)
    share = moments.number_fractions(bounds[:-1], bounds[1:], f / f.sum())
    counted = {}
    for n in (500, 2000):
        one = recording(block(bounds, 100 * share, weighting="number"))
        found = measured("d1", one, particles=str(n))
        counted[n] = math.sqrt(sum(c.u**2 for c in found.components if ":counts" in c.key))
    size = moments.class_sizes(bounds[:-1], bounds[1:])
    draws = rng.multinomial(500, share, 4000) @ size / 500
    assert counted[500] == pytest.approx(float(np.std(draws)), rel=0.05)
    assert counted[500] / counted[2000] == pytest.approx(2.0, rel=1e-6)


def test_counts_are_number_fractions_with_their_number() -> None:
    """A column of counts needs no weighting and states the number of particles."""
    bounds = np.geomspace(1.0, 30.0, 40)
    counts = np.round(2000 * moments.number_fractions(bounds[:-1], bounds[1:], lognormal(8, 0.3, bounds)))
    found = measured("d1", recording(block(bounds, counts, weighting="", unit="count")))
    assert any(":counts" in c.key for c in found.components)


def _mastersizer(path) -> Recording:
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    start = next(i for i, cell in enumerate(rows[1]) if cell)
    bounds = [float(c) for c in rows[1][start:] if c]
    fractions = [float(c) for c in rows[2][start + 1 : start + len(bounds)]]
    return recording(block(bounds, fractions, name=rows[2][0], printed_d43=77.278, printed_d50=74.796))


def test_the_instruments_sizes_are_reproduced(shared_data) -> None:
    """A Mastersizer printed D[4,3] 77.278, D[3,2] 72.289 and d(0.5) 74.796 um of these classes."""
    one = _mastersizer(shared_data / "sizing" / "psdanalyser_example1.csv")
    assert measured("d4", one).value == pytest.approx(77.278, rel=3e-3)
    assert measured("d4", one, recipe="printed").value == 77.278
    assert measured("dv50", one).value == pytest.approx(74.796, rel=3e-3)
    assert evaluate(one)[0].figure.d32 == pytest.approx(72.289, rel=3e-3)


def test_both_readings_of_d1_differ_on_a_real_file(shared_data) -> None:
    """D4/D1 of that run is about 1.24 or 1.16 by the reading of D1: one limit, two answers."""
    one = _mastersizer(shared_data / "sizing" / "psdanalyser_example1.csv")
    d4 = measured("d4", one).value
    assert d4 / measured("d1", one).value == pytest.approx(1.22, abs=0.03)
    assert d4 / measured("d1", one, recipe="length-moment").value == pytest.approx(1.14, abs=0.03)


def test_the_size_scale_cancels_in_the_ratio() -> None:
    """D4 and D1 of one file share their scale: the ratio is surer than either would let it be alone."""
    one = recording(block(FINE, lognormal(8.0, 0.2)))
    d4, d1 = measured("d4", one), measured("d1", one)
    ratio = derive(lookup("d4_to_d1"), {"d4": d4, "d1": d1})
    assert ratio is not None
    scale = [c for c in ratio.components if c.key.endswith(":scale")]
    assert abs(sum(c.u for c in scale)) < 1e-6
    assert ratio.value == pytest.approx(math.exp(3 * 0.04), rel=1e-3)


def test_scale_is_a_standard_uncertainty_and_doubles_below_ten_micrometres() -> None:
    """The 3 % of ISO 13320 is a bound: sd 3 %/sqrt 3 at 20 um and twice that at 8 um."""
    for median, expected in ((20.0, 0.03 / math.sqrt(3)), (8.0, 0.06 / math.sqrt(3))):
        found = measured("dv50", recording(block(FINE, lognormal(median, 0.3))))
        scale = next(c for c in found.components if c.key.endswith(":scale"))
        assert scale.u / median == pytest.approx(expected, rel=1e-3)


def test_wide_distributions_leave_d1_uncertain() -> None:
    """D1 rests on fines: its relative uncertainty grows with the width far more than that of D4."""
    relative = {}
    for sigma in (0.2, 0.6):
        one = recording(block(FINE, lognormal(8.0, sigma)))
        for prop in ("d4", "d1"):
            found = measured(prop, one)
            relative[prop, sigma] = found.standard_uncertainty / found.value
    assert relative["d1", 0.6] > 2 * relative["d1", 0.2]
    assert relative["d4", 0.6] < 1.6 * relative["d4", 0.2]


def test_runs_of_one_name_are_averaged_with_students_t() -> None:
    """Three repeats give their mean, the spread of the mean with two degrees of freedom."""
    blocks = [block(FINE, lognormal(m, 0.3), name=f"HC {i}") for i, m in enumerate((7.8, 8.0, 8.2), 1)]
    found = measured("dv50", recording(*blocks))
    assert found.value == pytest.approx(8.0, rel=1e-4)
    spread = [c for c in found.components if ":runs" in c.key]
    assert math.sqrt(sum(c.u**2 for c in spread)) == pytest.approx(0.2 / math.sqrt(3), rel=1e-3)
    assert {c.dof for c in spread} == {2.0}


def test_row_and_run_select() -> None:
    """row = 2 or the run's name picks one run; both are said."""
    blocks = [
        block(FINE, lognormal(m, 0.3), name=f"lot {n}") for m, n in ((5.0, "A"), (8.0, "B"), (12.0, "C"))
    ]
    assert measured("dv50", recording(*blocks), row="2").value == pytest.approx(8.0, rel=1e-4)
    assert measured("dv50", recording(*blocks), run="lot C").value == pytest.approx(12.0, rel=1e-4)
    assert measured("dv50", recording(*blocks), run="all").value == pytest.approx(25 / 3, rel=1e-3)
    with pytest.raises(InputError):
        measured("dv50", recording(*blocks), row="4")
    with pytest.raises(InputError):
        measured("dv50", recording(*blocks), run="lot D")


def test_runs_of_different_samples_are_not_averaged() -> None:
    """A file of several samples asks which one is meant."""
    blocks = [block(FINE, lognormal(m, 0.3), name=n) for m, n in ((5.0, "HC-1200"), (8.0, "HC-1400"))]
    with pytest.raises(MissingInput) as error:
        evaluate(recording(*blocks))
    assert error.value.key == "sizing.row"


def test_averaged_rows_are_not_counted_twice() -> None:
    """A file's own average is left out beside the runs that it averages."""
    blocks = [block(FINE, lognormal(m, 0.3), name=n) for m, n in ((8.0, "1 HC"), (8.4, "2 HC"))]
    average = block(FINE, lognormal(9.0, 0.3), name="3 HC - Average")
    found = measured("dv50", recording(*blocks, average))
    assert found.value == pytest.approx(8.2, rel=1e-4)
    assert "averages-left-out" in {f.code for f in found.findings}


def test_weighting_is_asked_for() -> None:
    """Neither volume nor number is assumed."""
    one = recording(block(FINE, lognormal(8.0, 0.3), weighting=""))
    with pytest.raises(MissingInput) as error:
        evaluate(one)
    assert error.value.key == "sizing.weighting"
    assert measured("dv50", one, weighting="volume").value == pytest.approx(8.0, rel=1e-4)


def test_sum_of_fractions() -> None:
    """Off by more than 2 % is refused; by less it is scaled and said; fractions of one are understood."""
    f = lognormal(8.0, 0.3)
    with pytest.raises(Refusal):
        evaluate(recording(block(FINE, f * 0.97)))
    found = measured("dv50", recording(block(FINE, f * 0.99)))
    assert "renormalised" in {x.code for x in found.findings}
    assert measured("dv50", recording(block(FINE, f / 100, unit="1"))).value == pytest.approx(8.0, rel=1e-4)


def test_cut_off_and_gaps_are_found() -> None:
    """Volume in an end class and empty classes within are said; a distribution cut in two is refused."""
    bounds = np.geomspace(4.0, 100.0, 60)
    f = lognormal(8.0, 0.3, bounds)
    f[0] += 1.0
    f[30] = 0.0
    codes = {x.code for x in measured("d4", recording(block(bounds, 100 * f / f.sum()))).findings}
    assert {"truncated", "empty-classes"} <= codes
    f[0] += 100.0
    with pytest.raises(Refusal):
        evaluate(recording(block(bounds, 100 * f / f.sum())))


def test_fines_that_carry_the_number_are_found() -> None:
    """A trace of fines that holds most particles is said to carry D1."""
    f = 99.95 * lognormal(20.0, 0.2) / 100 + 0.05 * lognormal(0.5, 0.2) / 100
    codes = {x.code for x in measured("d1", recording(block(FINE, 100 * f / f.sum()))).findings}
    assert "fines-under-resolved" in codes


@pytest.mark.parametrize(
    "columns",
    [
        "size_low [um], size_high [um], fraction [%]",
        "size_low [µm], size_high [µm], fraction [%]",
        "-, size_high [um], fraction [%]",
    ],
)
def test_plain_tables_with_named_columns(columns: str) -> None:
    """A table becomes a distribution by the user's column names."""
    rows = [tuple(r) for r in np.column_stack((FINE[:-1], FINE[1:], lognormal(8.0, 0.3))).tolist()]
    table = Recording("table", "csv", Source("t.csv", "ef" * 32), sheets=(Sheet("t", tuple(rows)),))
    found = measured("d4", table, columns=columns, weighting="volume")
    assert found.value == pytest.approx(8.0 * math.exp(0.045), rel=1e-3)


def test_cumulative_tables() -> None:
    """Undersize against size gives the same median; sizes in nm need their unit."""
    under = np.concatenate(([0.0], np.cumsum(lognormal(8.0, 0.3))))
    rows = tuple(tuple(r) for r in np.column_stack((FINE * 1000, under)).tolist())
    table = Recording("table", "csv", Source("t.csv", "ef" * 32), sheets=(Sheet("t", rows),))
    found = measured("dv50", table, columns="size [nm], cumulative [%]", weighting="volume")
    assert found.value == pytest.approx(8.0, rel=1e-4)
    with pytest.raises(MissingInput) as error:
        evaluate(table, columns="size, cumulative [%]", weighting="volume")
    assert error.value.key == "sizing.size_unit"


@pytest.mark.parametrize("fault", ["overlap", "negative", "zero", "nan", "descending"])
def test_damaged_histograms_are_refused(fault: str) -> None:
    """Overlapping classes, negative, empty or absent numbers are refused."""
    low, high, f = FINE[:-1].copy(), FINE[1:].copy(), lognormal(8.0, 0.3)
    if fault == "overlap":
        high[600] *= 2
    elif fault == "negative":
        f[0] = -1.0
    elif fault == "zero":
        f[:] = 0.0
    elif fault == "nan":
        f[5] = np.nan
    else:
        low, high = high, low
    columns = (Column("size_low", "um", low), Column("size_high", "um", high), Column("fraction", "%", f))
    with pytest.raises(NegatrodeError):
        evaluate(recording(Block("1", columns, {"weighting": Stated("volume", "", "f")})))


def test_slopes_are_the_derivatives() -> None:
    """The analytic sensitivities equal finite differences of the renormalised fractions."""
    bounds = np.geomspace(1.0, 60.0, 30)
    low, high = bounds[:-1], bounds[1:]
    f = lognormal(8.0, 0.4, bounds) / 100
    step = 1e-7
    for i in (5, 14, 20):
        more = f.copy()
        more[i] += step
        change = (moments.quantile(low, high, more, 0.5) - moments.quantile(low, high, f, 0.5)) / step
        assert moments.quantile_slopes(low, high, f, 0.5)[i] == pytest.approx(change, rel=1e-4)
        change = (moments.mean_size(low, high, more, 1, 0) - moments.mean_size(low, high, f, 1, 0)) / step
        assert moments.mean_size_slopes(low, high, f, 1, 0)[i] == pytest.approx(change, rel=1e-4)


def test_written_texts_hold_every_class() -> None:
    """The Mastersizer text has one heading, one row of bounds and a row a run of equal length."""
    f = simulate_histogram([Mode(8.0, 0.3)], np.random.default_rng(0), errors=SizingErrors(noise=0.01))
    rows = list(csv.reader(mastersizer_csv(MASTERSIZER_BOUNDS, np.array([f, f])).splitlines()))
    assert [len(r) for r in rows] == [len(rows[0])] * 4
    assert sum(float(c) for c in rows[2][30:130]) == pytest.approx(100.0, abs=1e-3)
    assert float(rows[2][22]) == pytest.approx(8.0 * math.exp(0.045), rel=0.01)
    assert len(plain_csv(MASTERSIZER_BOUNDS, f).splitlines()) == 101
    assert all(a < b for a, b in pairwise(MASTERSIZER_BOUNDS))

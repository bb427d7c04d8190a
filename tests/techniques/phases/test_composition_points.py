"""Tables of point analyses: reading, which point is of which phase, contents and limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from negatrode.core.errors import InputError, MissingInput, NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import combined, interval95
from negatrode.core.recording import Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.phases import calibration, composition, point_contents, point_outcomes, points
from negatrode.techniques.phases.point_outcomes import PointContents, contents_of_points
from negatrode.techniques.phases.segment_marks import PHASE_A_KEY, PHASE_B_KEY
from negatrode.techniques.phases.simulate import points_csv, silicon_titanium

KEYS = (
    PHASE_A_KEY,
    PHASE_B_KEY,
    *calibration.KEYS,
    *composition.KEYS,
    *points.KEYS,
    *point_contents.KEYS,
    *point_outcomes.KEYS,
)


def _settings(**given: str) -> Settings:
    return Settings("phases", KEYS, given)


def _table(text: str, name: str = "points-wds.csv") -> Recording:
    return read_blob(Blob(name, text.encode()))


def _contents(text: str, name: str = "points-wds.csv", **given: str) -> PointContents:
    return contents_of_points([_table(text, name)], _settings(**given))


def _phase(found: PointContents, phase: str) -> composition.PhaseContents:
    contents = found.contents[phase]
    if isinstance(contents, NegatrodeError):
        raise contents
    return contents


PLAIN = """point,phase,Si [wt%],Ti [wt%],O [wt%],N [wt%],Total
1,A,99.1,<0.05,0.20,<0.03,99.3
2,A,99.0,<0.05,0.24,<0.03,99.2
3,A,99.3,<0.05,0.22,<0.03,99.5
4,B,50.1,45.0,3.0,1.0,99.1
5,B,50.3,45.2,3.2,1.2,99.9
6,B,50.0,45.1,3.1,1.1,99.3
"""


class TestReading:
    def test_values_and_limits(self) -> None:
        """Numbers are read by element, "<0.05" is a limit and not a number, the total is no element."""
        found = points.read_points(_table(PLAIN), _settings())
        assert found.elements == ("Si", "Ti", "O", "N")
        assert found.values[3] == pytest.approx([50.1, 45.0, 3.0, 1.0])
        assert found.limits[0, 1] == 0.05
        assert math.isnan(found.limits[3, 1])
        assert found.phases == ("A", "A", "A", "B", "B", "B")

    @pytest.mark.parametrize(
        ("header", "scale"),
        [
            ("No.,Si(Mass%),O(Mass%),Total(Mass%),Comment", 1.0),
            ("POINT,Si WT%,O WT%,TOTAL,SAMPLE", 1.0),
            ("Point,Si Ka (wt.%),O Ka (wt.%),Sum,Label", 1.0),
            ("Spectrum,wt% Si,wt% O,Total,Comment", 1.0),
            ("Spectrum,Si [ppm],O [ppm],Total,Comment", 1e-4),
        ],
    )
    def test_headers_of_instruments(self, header: str, scale: float) -> None:
        """JEOL, Probe for EPMA, Cameca and plain headers name the same columns."""
        found = points.read_points(_table(f"{header}\n1,60,2,62,x\n2,61,3,64,y\n"), _settings())
        assert found.elements == ("Si", "O")
        assert found.values[0] == pytest.approx([60.0 * scale, 2.0 * scale])

    def test_mass_goes_before_atomic_per_cent(self) -> None:
        """A table that prints both is read by mass."""
        text = "No,Si(Atomic%),O(Atomic%),Si(Mass%),O(Mass%)\n1,33.3,66.7,46.7,53.3\n2,33.3,66.7,46.7,53.3\n"
        found = points.read_points(_table(text), _settings())
        assert found.values[0] == pytest.approx([46.7, 53.3])

    def test_atomic_per_cent_is_converted(self) -> None:
        """SiO2 is 46.74 wt% Si."""
        text = "No,Si [at%],O [at%]\n1,33.333,66.667\n2,33.333,66.667\n"
        found = points.read_points(_table(text), _settings())
        assert found.values[0] == pytest.approx([46.74, 53.26], abs=0.01)

    def test_no_unit_is_asked_for(self) -> None:
        """Without a unit mass and atomic per cent cannot be told apart."""
        with pytest.raises(MissingInput) as caught:
            points.read_points(_table("No,Si,O\n1,60,2\n2,61,3\n"), _settings())
        assert caught.value.key == "phases.points_unit"

    def test_limits_in_their_own_columns(self) -> None:
        """A content below its own CDL99 cell is a limit (Probe for EPMA)."""
        text = "No,Si WT%,O WT%,O CDL99\n1,60,0.010,0.025\n2,61,0.100,0.025\n"
        found = points.read_points(_table(text), _settings())
        assert found.limits[0, 1] == 0.025
        assert found.values[1, 1] == 0.1

    def test_not_detected_needs_a_limit(self) -> None:
        """ "n.d." says nothing without the limit behind it."""
        text = "No,Si [wt%],O [wt%]\n1,60,n.d.\n2,61,0.1\n"
        with pytest.raises(MissingInput) as caught:
            points.read_points(_table(text), _settings())
        assert caught.value.key == "phases.point_limit"
        found = points.read_points(_table(text), _settings(point_limit="0.03 wt%"))
        assert found.limits[0, 1] == 0.03

    def test_means_are_left_out_and_named(self) -> None:
        """Rows of means and standard deviations are no analyses."""
        text = PLAIN + "Average,,70,20,1,0.5,91\nStd dev,,1,1,1,1,4\n"
        found = points.read_points(_table(text), _settings())
        assert len(found.labels) == 6
        assert any(f.code == "rows-left-out" for f in found.findings)

    def test_totals_are_flagged(self) -> None:
        """A total outside 95 to 102 wt% is named."""
        text = PLAIN.replace("50.0,45.1", "40.0,45.1")
        found = points.read_points(_table(text), _settings())
        assert [f.warning for f in found.findings if f.code == "totals"] == [True]

    def test_oxides_are_refused(self) -> None:
        """Oxygen by stoichiometry is not measured."""
        with pytest.raises(Refusal):
            points.read_points(_table("No,SiO2 [wt%],TiO2 [wt%]\n1,60,2\n2,61,3\n"), _settings())

    def test_a_word_in_a_number_column(self) -> None:
        """A cell that is neither number nor limit is refused with its row."""
        with pytest.raises(ReadError) as caught:
            points.read_points(_table(PLAIN.replace("99.0", "bad")), _settings())
        assert "row 3" in caught.value.where


class TestContents:
    def test_mean_and_student_uncertainty(self) -> None:
        """Three points 3.0, 3.2, 3.1: mean 3.1, u = 0.1/sqrt 3 with 2 degrees of freedom, bias beside it."""
        found = _phase(_contents(PLAIN, u_bias="0 wt%"), "B")
        i = found.index("O")
        assert found.values[i] == pytest.approx(3.1)
        assert combined(found.components[i]) == pytest.approx(0.1 / math.sqrt(3.0))
        assert found.components[i][0].dof == 2.0
        assert interval95(found.outcome("O"))[1] == pytest.approx(3.1 + 4.303 * 0.0577, abs=1e-3)

    def test_bias_is_assumed_and_said(self) -> None:
        """Without u_bias 0.2 wt% of O and of N is assumed, with a warning; metals carry none."""
        found = _phase(_contents(PLAIN), "B")
        biases = {
            e: [c.u for c in p if "bias" in c.key]
            for e, p in zip(found.elements, found.components, strict=True)
        }
        assert biases == {"Si": [], "Ti": [], "O": [0.2], "N": [0.2]}
        assert any(f.code == "recipe-bias" and f.warning for f in found.findings)

    def test_all_points_below_their_limit(self) -> None:
        """N of A is below the limit of its points, widened by the bias."""
        found = _contents(PLAIN, u_bias="0.05 wt%")
        outcome = found.outcome("N", "A", _settings())
        assert outcome.value is None
        assert outcome.below_limit == pytest.approx(0.03 + 1.645 * 0.05, abs=0.03)

    def test_some_points_below_their_limit(self) -> None:
        """Points below the limit stand at half of it, uniform between zero and the limit."""
        text = PLAIN.replace("0.24,<0.03", "<0.10,<0.03")
        found = _phase(_contents(text, u_bias="0 wt%"), "A")
        i = found.index("O")
        assert found.values[i] == pytest.approx((0.20 + 0.05 + 0.22) / 3.0)
        assert any(c.u == pytest.approx(0.05 / 3.0 / math.sqrt(3.0)) for c in found.components[i])

    def test_blank_is_shared(self) -> None:
        """A blank of the same session lowers both phases by one input."""
        found = _contents(PLAIN, blank_o="0.05 +- 0.02 wt%")
        keys = [{c.key for c in _phase(found, p).components[2]} for p in "AB"]
        assert "phases:blank-O" in keys[0] & keys[1]

    def test_phases_by_their_marks(self) -> None:
        """Without a phase column the marks tell; a point half-way is left out and named."""
        rows = [r.split(",") for r in PLAIN.splitlines()]
        text = "\n".join(",".join([r[0], *r[2:]]) for r in rows) + "\n7,75,22,1.5,0.5,99.0\n"
        found = _contents(text, phase_a="Si", phase_b="Ti")
        assert (_phase(found, "A").pixels, _phase(found, "B").pixels) == (3, 3)
        left = next(f for f in found.findings if f.code == "points-left-out")
        assert "7" in left.text

    def test_one_composition_is_not_two_phases(self) -> None:
        """Points that all look alike are not split."""
        rng = np.random.default_rng(2)
        rows = [f"{k},{50 + rng.normal():.2f},{45 + rng.normal():.2f},3.0" for k in range(12)]
        found = _contents("point,Si [wt%],Ti [wt%],O [wt%]\n" + "\n".join(rows), phase_a="Si", phase_b="Ti")
        with pytest.raises(Refusal):
            _phase(found, "A")

    def test_words_of_a_phase_column(self) -> None:
        """Words other than A and B are asked for, and then used."""
        text = PLAIN.replace(",A,", ",core,").replace(",B,", ",matrix,")
        with pytest.raises(MissingInput) as caught:
            _phase(_contents(text, phase_a="Si", phase_b="Ti"), "A")
        assert caught.value.key == "phases.point_phases"
        found = _contents(text, point_phases="core = A, matrix = B")
        assert _phase(found, "B").values[2] == pytest.approx(3.1)

    def test_bad_phase_words(self) -> None:
        """point_phases has its form."""
        with pytest.raises(InputError):
            _phase(
                _contents(PLAIN.replace(",A,", ",core,"), phase_a="Si", phase_b="Ti", point_phases="core A"),
                "A",
            )

    def test_line_scan_leaves_out_the_interface(self) -> None:
        """Along a line the points on either side of the change are left out."""
        rows = [
            f"{0.1 * k:.1f},{99 if k < 6 else 50},{0.1 if k < 6 else 45},{0.2 if k < 6 else 3.0}"
            for k in range(12)
        ]
        found = _contents(
            "Distance (um),Si [wt%],Ti [wt%],O [wt%]\n" + "\n".join(rows), phase_a="Si", phase_b="Ti"
        )
        assert (_phase(found, "A").pixels, _phase(found, "B").pixels) == (5, 5)

    def test_an_element_without_a_column(self) -> None:
        """What was not analysed is not zero."""
        text = "\n".join(",".join(r.split(",")[:5]) for r in PLAIN.splitlines())
        with pytest.raises(Refusal):
            _contents(text).outcome("N", "B", _settings())

    def test_nitrogen_beside_titanium(self) -> None:
        """By WDS it stands with a warning, by EDS it is undecidable, and unknown it is asked for."""
        assert _contents(PLAIN).outcome("N", "B", _settings()).value == pytest.approx(1.1)
        with pytest.raises(Refusal) as refused:
            _contents(PLAIN, name="points-eds.csv").outcome("N", "B", _settings())
        assert "Ti Ll" in refused.value.rule
        with pytest.raises(MissingInput) as asked:
            _contents(PLAIN, name="points.csv").outcome("N", "B", _settings())
        assert asked.value.key == "phases.points_detector"

    def test_simulated_points_give_the_contents_back(self) -> None:
        """The forward model's contents come back within their intervals."""
        held = []
        for seed in range(40):
            alloy = silicon_titanium({"O": 0.3, "N": 0.1}, {"O": 3.0, "N": 1.0})
            text = points_csv(np.random.default_rng(seed), alloy)
            found = _contents(text, u_bias="0 wt%")
            for phase, truth in (("A", alloy.a), ("B", alloy.b)):
                for element in "ON":
                    low, high = interval95(found.outcome(element, phase, _settings()))
                    held.append(low <= truth[element] <= high)
        assert 0.90 <= np.mean(held) <= 0.99

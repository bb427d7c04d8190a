"""Quantification, k-factors and standards, limits, contents of phases from counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import binary_erosion

from negatrode.core.errors import InputError, MissingInput, ReadError, Refusal
from negatrode.core.estimate import combined
from negatrode.core.recording import Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.phases import calibration as cal
from negatrode.techniques.phases import composition as com
from negatrode.techniques.phases import particle
from negatrode.techniques.phases.factors import FactorTable, factor_tables
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, PHASE_B, ElementMaps, Segmentation
from negatrode.techniques.phases.quantification import currie_limits, mass_fractions, mass_share_a

KEYS = (*cal.KEYS, *com.KEYS, *particle.KEYS)


def _settings(**given: str) -> Settings:
    return Settings("phases", KEYS, given)


def _table(text: str, name: str = "k.csv") -> Recording:
    return read_blob(Blob(name, text.encode()))


def _tables(text: str) -> list[FactorTable]:
    return factor_tables([_table(text)])[0]


def _section(
    rates_a: dict[str, float],
    rates_b: dict[str, float],
    *,
    background: float = 0.0,
    quantity: str = "counts",
    noise: np.random.Generator | None = None,
    blur: float = 0.0,
) -> tuple[ElementMaps, Segmentation]:
    """A band of A between bands of B, with mean intensities a pixel by element, Poisson if ``noise``."""
    from scipy.ndimage import gaussian_filter

    labels = np.full((60, 80), PHASE_B, dtype=np.int8)
    labels[:, 25:55] = PHASE_A
    labels[:4] = OUTSIDE
    elements = tuple(dict.fromkeys((*rates_a, *rates_b)))
    planes = []
    for e in elements:
        plane = np.zeros(labels.shape)
        plane[labels == PHASE_A] = rates_a.get(e, 0.0)
        plane[labels == PHASE_B] = rates_b.get(e, 0.0)
        plane = (gaussian_filter(plane, blur) if blur else plane) + background
        planes.append(noise.poisson(plane) if noise is not None else plane)
    values = np.array(planes, dtype=np.float32)
    interior = np.zeros(labels.shape, dtype=bool)
    for code in (PHASE_A, PHASE_B):
        interior |= binary_erosion(labels == code, iterations=2, border_value=1)
    under = np.full_like(values, background) if quantity == "counts" else None
    maps = ElementMaps(elements, values, quantity, "wds", background=under, path="maps", key="m")
    share = float((labels == PHASE_A).sum() / (labels != OUTSIDE).sum())
    return maps, Segmentation("otsu-log-ratio", labels, interior, share, (), 2)


EXACT = "element,k,u(k)\nSi,1,0\nTi,1.2,0\nO,2,0\n"


class TestEquations:
    def test_ratio_equation_normalises(self) -> None:
        """Cliff-Lorimer: 30 and 10 counts at k 1 and 2 are 60 and 40 wt%."""
        w = mass_fractions(np.array([30.0, 10.0]), np.array([1.0, 2.0]), normalised=True)
        assert w.values == pytest.approx([60.0, 40.0])

    @pytest.mark.parametrize("normalised", [True, False])
    def test_derivatives(self, normalised: bool) -> None:
        """The derivatives are those of the equation (central differences)."""
        intensity, s = np.array([30.0, 10.0, 4.0]), np.array([1.0, 1.3, 2.2])
        w = mass_fractions(intensity, s, normalised=normalised)
        for j in range(3):
            step = np.zeros(3)
            step[j] = 1e-4
            up = mass_fractions(intensity + step, s, normalised=normalised).values
            down = mass_fractions(intensity - step, s, normalised=normalised).values
            assert w.by_intensity[:, j] == pytest.approx((up - down) / 2e-4, abs=1e-6)
            up = mass_fractions(intensity, s * np.exp(step), normalised=normalised).values
            down = mass_fractions(intensity, s * np.exp(-step), normalised=normalised).values
            assert w.by_sensitivity[:, j] == pytest.approx((up - down) / 2e-4, abs=1e-5)

    def test_no_signal_is_refused(self) -> None:
        """Intensities that add up to nothing are no composition."""
        with pytest.raises(Refusal):
            mass_fractions(np.array([1.0, -1.0]), np.ones(2), normalised=True)

    def test_currie(self) -> None:
        """Paired blank of 70 counts: L_C = 2.33 sqrt B, L_D = 2.71 + 4.65 sqrt B (Currie 1968)."""
        limits = currie_limits(math.sqrt(2.0 * 70.0), 1.0)
        assert limits.decision == pytest.approx(2.33 * math.sqrt(70.0), rel=0.005)
        assert limits.detection == pytest.approx(2.71 + 4.65 * math.sqrt(70.0), rel=0.005)

    def test_detection_limit_grows_with_the_sensitivity_error(self) -> None:
        """The limit solves L = L_C + z sqrt(u0^2 + (phi L)^2); without bound at z phi = 1."""
        limits = currie_limits(0.1, 0.0, 0.2)
        z = 1.6449
        right = z * 0.1 + z * math.sqrt(0.1**2 + (0.2 * limits.detection) ** 2)
        assert limits.detection == pytest.approx(right)
        assert math.isinf(currie_limits(0.1, 0.0, 0.7).detection)

    def test_mass_share(self) -> None:
        """Half the area at a third of the density is a quarter of the mass; the slope is the derivative."""
        m, slope = mass_share_a(0.5, 2.0, 6.0)
        assert m == pytest.approx(0.25)
        up, down = mass_share_a(0.5 + 1e-5, 2.0, 6.0)[0], mass_share_a(0.5 - 1e-5, 2.0, 6.0)[0]
        assert slope == pytest.approx((up - down) / 2e-5)


class TestFactors:
    def test_table_with_uncertainties(self) -> None:
        """element, line, k and u(k) are read; "Kα1" is the line Ka."""
        (table,) = _tables("element;line;k-factor;u(k)\nTi;Kα1;1,2;0,05\nO;K;1,9;0,2\n")
        assert [(f.element, f.line, f.k, f.u) for f in table.factors] == [
            ("Ti", "Ka", 1.2, 0.05),
            ("O", "Ka", 1.9, 0.2),
        ]

    def test_uncertainty_in_per_cent(self) -> None:
        """A column "u(k) %" holds relative uncertainties."""
        (table,) = _tables("element,k,u(k) %\nTi,2.0,5\nO,1.9,10\n")
        assert [f.u for f in table.factors] == pytest.approx([0.1, 0.19])

    def test_word(self) -> None:
        """The key k_factors: the reference 1.00 is exact, the others carry what is stated."""
        maps, _ = _section({"Si": 90.0}, {"Ti": 40.0, "O": 2.0})
        found = cal.calibration(
            maps, [], _settings(k_factors="Si 1.00, Ti 1.12 +- 0.03, O Ka 1.9 +- 10 %", specimen="thin")
        )
        assert found.sensitivity == pytest.approx([1.0, 1.12, 1.9])
        assert {e.element: e.u for e in found.errors} == pytest.approx({"Ti": 0.03 / 1.12, "O": 0.1})

    def test_counts_without_factors_are_asked_for(self) -> None:
        """Counts alone are no contents: the key is named."""
        maps, _ = _section({"Si": 90.0}, {"Ti": 40.0})
        with pytest.raises(MissingInput) as caught:
            cal.calibration(maps, [], _settings())
        assert caught.value.key == "phases.k_factors"

    def test_an_element_without_a_factor_is_asked_for(self) -> None:
        """A mapped element that the table lacks is named, not dropped; unless the user leaves it out."""
        maps, _ = _section({"Si": 90.0}, {"Ti": 40.0, "C": 3.0})
        table = _tables("element,k,u(k)\nSi,1,0\nTi,1.2,0.1\n")
        with pytest.raises(MissingInput) as caught:
            cal.calibration(maps, table, _settings())
        assert "C" in caught.value.found
        assert cal.calibration(maps, table, _settings(leave_out="C")).elements == ("Si", "Ti")

    def test_k_without_uncertainty_is_asked_for(self) -> None:
        """k-factors without uncertainty need phases.u_k."""
        maps, _ = _section({"Si": 90.0}, {"Ti": 40.0})
        table = _tables("element,k\nSi,1\nTi,1.2\n")
        with pytest.raises(MissingInput) as caught:
            cal.calibration(maps, table, _settings())
        assert caught.value.key == "phases.u_k"

    def test_two_sources(self) -> None:
        """A table and the key at once are ambiguous."""
        maps, _ = _section({"Si": 90.0}, {"Ti": 40.0})
        with pytest.raises(InputError):
            cal.calibration(maps, _tables(EXACT), _settings(k_factors="Si 1, Ti 2 +- 0.1"))

    @pytest.mark.parametrize(
        "text",
        [
            "element,k,u(k)\nSi,-1,0\nTi,1.2,0.1\n",
            "element,k,u(k)\nSi,1,0\nSi,1.2,0.1\n",
            "element,k,u(k)\nsilicon,1,0\nTi,1.2,0.1\n",
        ],
        ids=["negative", "twice", "no symbol"],
    )
    def test_bad_rows(self, text: str) -> None:
        """Negative factors, an element twice and words for symbols are refused with their place."""
        with pytest.raises(ReadError):
            factor_tables([_table(text)])

    def test_standards_are_absolute(self) -> None:
        """w = C_std F I/I_std: half the standard's counts at F 1.1 of 40 wt% is 22 wt%."""
        maps, seg = _section({"Si": 100.0, "O": 50.0}, {"Si": 80.0, "O": 100.0})
        table = _tables(
            "element,counts/pixel,concentration [wt%],ZAF,u(ZAF)\nSi,100,100,1,0.01\nO,100,40,1.1,0.11\n"
        )
        found = com.phase_contents(maps, seg, "A", cal.calibration(maps, table, _settings()), {})
        assert found.values[1] == pytest.approx(22.0, rel=1e-6)
        assert found.total == pytest.approx(122.0, rel=1e-6)

    def test_standards_per_second_need_the_dwell_time(self) -> None:
        """Counts per second against counts a pixel: the time is asked for."""
        maps, _ = _section({"Si": 100.0}, {"Si": 80.0, "O": 100.0})
        table = _tables("element,cps,concentration [wt%]\nSi,100,100\nO,100,40\n")
        with pytest.raises(MissingInput) as caught:
            cal.calibration(maps, table, _settings())
        assert caught.value.key == "phases.dwell_time"

    def test_matrix_effects_are_said(self) -> None:
        """Without a statement the soft lines carry 20 % and a warning; a thin film carries a note only."""
        maps, _ = _section({"Si": 90.0, "O": 1.0}, {"Ti": 40.0, "O": 4.0})
        bare = cal.calibration(maps, _tables(EXACT), _settings())
        assert [(e.element, e.u) for e in bare.matrix_errors] == [("O", cal.U_MATRIX)]
        assert any(f.code == "matrix" and f.warning for f in bare.findings)
        thin = cal.calibration(maps, _tables(EXACT), _settings(specimen="thin"))
        assert thin.matrix_errors == ()
        assert any(f.code == "matrix" for f in thin.findings)


class TestPhaseContents:
    def _contents(self, phase: str, seed: int = 1, **settings: str) -> com.PhaseContents:
        maps, seg = _section(
            {"Si": 98.0, "O": 1.0},
            {"Si": 40.0, "Ti": 45.0, "O": 3.0},
            background=0.5,
            noise=np.random.default_rng(seed),
            blur=0.7,
        )
        s = _settings(specimen="thin", **settings)
        table = _tables("element,k,u(k)\nSi,1,0\nTi,1.2,0.06\nO,2,0.2\n")
        return com.phase_contents(maps, seg, phase, cal.calibration(maps, table, s), com.blanks(s))

    def test_contents(self) -> None:
        """The contents are those that made the counts, within their uncertainty, net of background."""
        for phase, truth in (("A", 2.0 / 100.0), ("B", 6.0 / 100.0)):
            found = self._contents(phase)
            i = found.index("O")
            assert found.values[i] == pytest.approx(100.0 * truth, abs=3.0 * combined(found.components[i]))
            assert combined(found.components[i]) < 0.2 * found.values[i]

    def test_k_factors_are_shared_by_the_phases(self) -> None:
        """The same key and sign in A and B for O's own factor; counting is not shared."""
        keys = []
        for phase in "AB":
            found = self._contents(phase)
            keys.append({c.key: c.u for c in found.components[found.index("O")]})
        shared = set(keys[0]) & set(keys[1])
        assert any(key.endswith("k-O") for key in shared)
        assert not any("counts" in key for key in shared)
        assert all(keys[0][k] * keys[1][k] > 0.0 for k in shared if k.endswith("k-O"))

    def test_an_absent_element_is_below_its_limit(self) -> None:
        """Ti is not in A: the outcome has no value but a limit, and bleed does not count as Ti."""
        below = 0
        for seed in range(20):
            found = self._contents("A", seed)
            outcome = found.outcome("Ti")
            below += outcome.value is None
            if outcome.value is None:
                assert 0.0 < (outcome.below_limit or 0.0) < 1.0
        assert below >= 16

    def test_blank_is_taken_off(self) -> None:
        """A blank lowers O in both phases, with its uncertainty as a shared component."""
        bare, net = self._contents("B"), self._contents("B", blank_o="0.5 +- 0.1 wt%")
        i = bare.index("O")
        assert bare.values[i] - net.values[i] == pytest.approx(0.5)
        assert any(c.key == "phases:blank-O" and c.u == 0.1 for c in net.components[i])

    def test_a_blank_without_uncertainty_is_refused(self) -> None:
        """A blank is written with its uncertainty."""
        with pytest.raises(InputError):
            com.blanks(_settings(blank_o="0.05 wt%"))

    def test_no_phase_a(self) -> None:
        """A section without A has no contents of A."""
        maps, seg = _section({"Si": 98.0}, {"Si": 40.0, "Ti": 45.0})
        labels = np.where(seg.labels == PHASE_A, PHASE_B, seg.labels).astype(np.int8)
        only_b = Segmentation(seg.recipe, labels, seg.interior, 0.0, (), 1)
        with pytest.raises(Refusal):
            com.phase_contents(
                maps, only_b, "A", cal.calibration(maps, [], _settings(k_factors="Si 1, Ti 1.2 +- 0.1")), {}
            )

    def test_a_phase_that_is_all_boundary(self) -> None:
        """Too few interior pixels: refused, not analysed with its neighbour."""
        maps, seg = _section({"Si": 98.0}, {"Si": 40.0, "Ti": 45.0})
        none = Segmentation(seg.recipe, seg.labels, np.zeros_like(seg.interior), 0.4, (), 2)
        with pytest.raises(Refusal):
            com.phase_contents(
                maps, none, "A", cal.calibration(maps, [], _settings(k_factors="Si 1, Ti 1.2 +- 0.1")), {}
            )

    def test_atomic_per_cent(self) -> None:
        """SiO2 in at% is 46.74 wt% Si and 53.26 wt% O."""
        maps, seg = _section({"Si": 100.0}, {"Si": 100.0 / 3.0, "O": 200.0 / 3.0}, quantity="at%")
        found = com.phase_contents(maps, seg, "B", cal.calibration(maps, [], _settings()), {})
        assert found.values == pytest.approx([46.74, 53.26], abs=0.02)

    def test_bleed_widens_the_uncertainty(self) -> None:
        """An interior that the neighbour bleeds into carries a component towards the neighbour."""
        rates = ({"Si": 98.0, "O": 1.0}, {"Si": 40.0, "Ti": 45.0, "O": 9.0})
        sharp, blurred = (_section(*rates, noise=np.random.default_rng(3), blur=b) for b in (0.3, 2.0))
        sizes = []
        for maps, seg in (sharp, blurred):
            found = com.phase_contents(
                maps, seg, "A", cal.calibration(maps, _tables(EXACT), _settings(specimen="thin")), {}
            )
            sizes.append(sum(c.u for c in found.components[found.index("O")] if "mixing" in c.key))
        assert sizes[1] > 3.0 * abs(sizes[0])


class TestParticle:
    def test_balance(self) -> None:
        """Equal areas at densities 2 and 6: a quarter of A's O and three quarters of B's."""
        maps, seg = _section({"Si": 98.0, "O": 1.0}, {"Si": 40.0, "Ti": 45.0, "O": 3.0})
        half = Segmentation(seg.recipe, seg.labels, seg.interior, 0.5, (), 2)
        settings = _settings(specimen="thin", density_a="2 g/cm3", density_b="6 g/cm3")
        factors = cal.calibration(maps, _tables(EXACT), settings)
        both = {p: com.phase_contents(maps, half, p, factors, {}) for p in "AB"}
        found = particle.balance("O", both, half, settings, "m")
        i = both["A"].index("O")
        assert found.value == pytest.approx(0.25 * both["A"].values[i] + 0.75 * both["B"].values[i])

    def test_densities_are_asked_for(self) -> None:
        """A balance by mass needs densities."""
        maps, seg = _section({"Si": 98.0, "O": 1.0}, {"Si": 40.0, "Ti": 45.0, "O": 3.0})
        settings = _settings(specimen="thin")
        factors = cal.calibration(maps, _tables(EXACT), settings)
        both = {p: com.phase_contents(maps, seg, p, factors, {}) for p in "AB"}
        with pytest.raises(MissingInput) as caught:
            particle.balance("O", both, seg, settings, "m")
        assert caught.value.key == "phases.density_a"

    def test_map_mean_of_a_thin_film(self) -> None:
        """Counts of all the material together are the mean by mass; in bulk it is not admissible."""
        maps, seg = _section({"Si": 98.0, "O": 1.0}, {"Si": 40.0, "Ti": 45.0, "O": 3.0})
        settings = _settings(specimen="thin")
        factors = cal.calibration(maps, _tables(EXACT), settings)
        found = particle.map_means(maps, seg, factors, {}, thin=True)["O"]
        a, b = (int((seg.labels == code).sum()) for code in (PHASE_A, PHASE_B))
        mass = a * (98.0 + 2.0) + b * (40.0 + 54.0 + 6.0)
        assert found.value == pytest.approx(100.0 * (a * 2.0 + b * 6.0) / mass, rel=1e-5)
        assert not particle.map_means(maps, seg, factors, {}, thin=False)["O"].admissible


class TestDomains:
    def _bands(self, contents: list[float], seed: int) -> com.PhaseContents:
        """Six bands of A in B, each with its own oxygen counts a pixel."""
        rng = np.random.default_rng(seed)
        labels = np.full((60, 120), PHASE_B, dtype=np.int8)
        oxygen = np.full(labels.shape, 3.0)
        for k, rate in enumerate(contents):
            labels[:, 20 * k + 4 : 20 * k + 16] = PHASE_A
            oxygen[:, 20 * k + 4 : 20 * k + 16] = rate
        silicon = np.where(labels == PHASE_A, 98.0, 40.0)
        values = rng.poisson(np.array([silicon, oxygen])).astype(np.float32)
        interior = binary_erosion(labels == PHASE_A, iterations=2) | binary_erosion(
            labels == PHASE_B, iterations=2
        )
        maps = ElementMaps(("Si", "O"), values, "counts", background=np.zeros_like(values), key="m")
        seg = Segmentation("otsu-log-ratio", labels, interior, 0.6, (), 2)
        factors = cal.calibration(maps, [], _settings(k_factors="Si 1.00, O 2 +- 0", specimen="thin"))
        return com.phase_contents(maps, seg, "A", factors, {})

    def test_domains_that_differ(self) -> None:
        """Domains of 1 to 3 counts of O a pixel: their spread over sqrt 6 is the uncertainty, and is said."""
        found = self._bands([1.0, 1.4, 1.8, 2.2, 2.6, 3.0], 1)
        i = found.index("O")
        spread = [c for c in found.components[i] if "domains-O" in c.key]
        assert len(spread) == 1
        # contents 200 r/(98 + 2 r) wt%, sd over sqrt 6
        truth = [200.0 * r / (98.0 + 2.0 * r) for r in (1.0, 1.4, 1.8, 2.2, 2.6, 3.0)]
        assert spread[0].u == pytest.approx(np.std(truth, ddof=1) / math.sqrt(6.0), rel=0.1)
        assert spread[0].dof == 5.0
        assert any(f.code == "domains-differ" for f in found.findings)

    def test_equal_domains(self) -> None:
        """Domains alike but for their counts hardly ever give a spread."""
        given = [
            any("domains-" in c.key for p in self._bands([2.0] * 6, seed).components for c in p)
            for seed in range(30)
        ]
        assert sum(given) <= 3

    def test_a_gain_on_the_counts(self) -> None:
        """Counts multiplied by 9 keep their contents, and their uncertainty in wt% (not a third of it)."""
        rng = np.random.default_rng(6)
        maps, seg = _section(
            {"Si": 98.0, "O": 4.0}, {"Si": 40.0, "Ti": 45.0, "O": 9.0}, background=1.0, noise=rng
        )
        assert maps.background is not None
        louder = ElementMaps(
            maps.elements, 9.0 * maps.values, "counts", background=9.0 * maps.background, key="m"
        )
        settings = _settings(specimen="thin")
        factors = cal.calibration(maps, _tables(EXACT), settings)
        plain, loud = (com.phase_contents(m, seg, "B", factors, {}) for m in (maps, louder))
        i = plain.index("O")
        assert loud.values[i] == pytest.approx(plain.values[i], rel=1e-4)
        u = [math.hypot(*(c.u for c in f.components[i] if ":counts-" in c.key), 0.0) for f in (plain, loud)]
        assert u[1] == pytest.approx(u[0], rel=0.25)

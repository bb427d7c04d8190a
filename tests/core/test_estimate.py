"""Uncertainty, draws and derived properties against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negatrode.core import units
from negatrode.core.catalogue import catalogue, lookup
from negatrode.core.derive import derive, with_derived
from negatrode.core.draws import joint_draws
from negatrode.core.errors import ExpressionError, InputError, MissingInput, UnitError
from negatrode.core.estimate import (
    Alternative,
    Component,
    Estimate,
    Outcome,
    combined,
    effective_dof,
    interval95,
    shared_components,
)
from negatrode.core.expression import parse
from negatrode.core.provenance import Stated
from negatrode.core.settings import Key, Settings
from negatrode.core.units import MOL_PER_CM3_STP, convert, parse_quantity


def known(name: str, value: float, *components: Component, **options: object) -> Estimate:
    """An estimate of a catalogue property."""
    return Estimate(name, lookup(name).unit, Outcome(value, components, **options), recipe="given")  # type: ignore[arg-type]


def test_shared_inputs_add_before_they_are_squared() -> None:
    """Two components of one input are fully correlated (GUM 5.2.2), of two inputs independent."""
    assert combined([Component("a", 1.0, "k"), Component("b", 1.0, "k")]) == pytest.approx(2.0)
    assert combined([Component("a", 1.0, "k"), Component("b", -1.0, "k")]) == pytest.approx(0.0)
    assert combined([Component("a", 3.0, "k"), Component("b", 4.0, "m")]) == pytest.approx(5.0)


def test_welch_satterthwaite_of_the_gum_example() -> None:
    """GUM H.1.6: u = 25, 9.7 (18, 25.6, 5 dof ...) gives an effective dof near 16."""
    parts = [
        Component("comparison standard", 25.0, "1", 18),
        Component("repeats and comparator", 9.7, "2", 25.6),
        Component("thermal expansion", 2.9, "3", 50),
        Component("temperature difference", 16.6, "4", 2),
    ]
    assert combined(parts) == pytest.approx(32.0, abs=0.4)
    assert int(effective_dof(parts)) == pytest.approx(16, abs=1)


def test_interval_uses_student_for_few_repeats() -> None:
    """Three degrees of freedom widen the interval to 3.18 standard uncertainties."""
    low, high = interval95(Outcome(10.0, (Component("repeats", 1.0, "r", 3.0),)))
    assert high - 10.0 == pytest.approx(3.182, abs=1e-3)
    assert 10.0 - low == pytest.approx(3.182, abs=1e-3)


def test_draws_reproduce_correlation_through_shared_keys() -> None:
    """The scale of one sizing run moves D4 and D1 together."""
    outcomes = {
        "d4": Outcome(10.0, (Component("scale", 0.5, "f:scale"), Component("noise", 0.1, "f:n4"))),
        "d1": Outcome(5.0, (Component("scale", 0.25, "f:scale"), Component("noise", 0.1, "f:n1"))),
    }
    drawn = joint_draws(outcomes, n=40_000)
    expected = 0.5 * 0.25 / (math.hypot(0.5, 0.1) * math.hypot(0.25, 0.1))
    assert np.corrcoef(drawn["d4"], drawn["d1"])[0, 1] == pytest.approx(expected, abs=0.01)


def test_draws_do_not_depend_on_what_else_is_drawn() -> None:
    """Each input has its own stream, so a verdict on one property is the same alone or among many."""
    one = {"a": Outcome(1.0, (Component("x", 0.1, "x"),))}
    two = one | {"b": Outcome(2.0, (Component("y", 0.1, "y"),))}
    assert np.array_equal(joint_draws(one, n=100)["a"], joint_draws(two, n=100)["a"])


def test_below_limit_draws_fill_the_censored_range() -> None:
    """Nothing is known of a value below its limit but 0 to the limit; the ends can be asked for."""
    outcome = {"n": Outcome(None, below_limit=0.3)}
    drawn = joint_draws(outcome, n=20_000)["n"]
    assert drawn.min() >= 0.0
    assert drawn.max() <= 0.3
    assert drawn.mean() == pytest.approx(0.15, abs=0.003)
    assert set(joint_draws(outcome, n=5, censored="limit")["n"]) == {0.3}


def test_derived_ratio_cancels_the_shared_scale() -> None:
    """D4/D1 of one run does not carry the size scale; S*Dv50 adds relative uncertainties."""
    d4 = known("d4", 10.0, Component("scale", 0.3, "f:scale"))
    d1 = known("d1", 5.0, Component("scale", 0.15, "f:scale"))
    ratio = derive(lookup("d4_to_d1"), {"d4": d4, "d1": d1})
    assert ratio is not None
    assert ratio.value == pytest.approx(2.0)
    assert ratio.standard_uncertainty == pytest.approx(0.0, abs=1e-9)
    s = known("specific_surface_area", 4.0, Component("regression", 0.08, "s"))
    dv50 = known("dv50", 10.0, Component("scale", 0.3, "f:scale"))
    product = with_derived({"specific_surface_area": s, "dv50": dv50})["s_dv50"]
    assert product.value == pytest.approx(40.0)
    assert product.standard_uncertainty == pytest.approx(40.0 * math.hypot(0.02, 0.03), rel=1e-6)


def test_derived_alternatives_are_the_combinations_of_recipes() -> None:
    """Two recipes of D1 make two of D4/D1; an inadmissible operand makes an inadmissible combination."""
    d4 = known("d4", 10.0)
    other = Alternative("length-moment", Outcome(8.0), admissible=True)
    bad = Alternative("printed", Outcome(7.0), admissible=False, why_not="no histogram")
    d1 = Estimate("d1", "um", Outcome(5.0), recipe="number-length", alternatives=(other, bad))
    ratio = derive(lookup("d4_to_d1"), {"d4": d4, "d1": d1})
    assert ratio is not None
    found = {a.recipe: (a.value, a.admissible) for a in ratio.alternatives}
    assert found["d4:given + d1:length-moment"] == (pytest.approx(1.25), True)
    assert found["d4:given + d1:printed"][1] is False


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0.01, 10.0), min_size=2, max_size=4),
    st.integers(0, 2**32 - 1),
)
def test_shared_components_reproduce_a_covariance(scales: list[float], seed: int) -> None:
    """Whatever the covariance, the components of each pair multiply and add up to it."""
    rng = np.random.default_rng(seed)
    n = len(scales)
    root = rng.normal(size=(n, n)) * np.array(scales)[:, None]
    covariance = root @ root.T
    names = [f"p{i}" for i in range(n)]
    parts = shared_components(names, covariance, source="s", key="k")
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            by_key = {c.key: c.u for c in parts[b]}
            total = sum(c.u * by_key.get(c.key, 0.0) for c in parts[a])
            assert total == pytest.approx(covariance[i, j], rel=1e-6, abs=1e-9 * scales[i] * scales[j] * n)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "a[0]",
        "f(a)",
        "a ** 2",
        "a if b else c",
        "1e999",
        "'a'",
        "",
        "a +",
        "lambda: 1",
    ],
)
def test_expressions_are_arithmetic_and_nothing_else(text: str) -> None:
    """Names, numbers, + - * / and brackets; all else is refused."""
    with pytest.raises(ExpressionError):
        parse(text)


def test_deep_expressions_are_refused_not_crashed() -> None:
    """A bracket bomb is an error, not a recursion."""
    with pytest.raises(ExpressionError):
        parse("(" * 300 + "a" + ")" * 300 + "+" * 100)


def test_units_with_offsets_and_stp() -> None:
    """Kelvin to Celsius has an offset; cm3(STP) is an amount at 273.15 K and 101325 Pa."""
    assert convert(600.0, "K", "degC") == pytest.approx(326.85)
    assert convert(1.0, "mmol/g", "cm3(STP)/g") == pytest.approx(22.414, abs=1e-3)
    assert pytest.approx(44.615e-6, rel=1e-4) == MOL_PER_CM3_STP
    assert parse_quantity("1,5418 Å", "nm") == pytest.approx(0.15418)
    with pytest.raises(UnitError):
        parse_quantity("5", "nm")
    with pytest.raises(UnitError):
        parse_quantity("5 kg", "nm")


def test_the_table_of_everyday_units_agrees_with_pint() -> None:
    """Each pair of a family has the factor that pint gives; families never mix."""
    for a, (family, _) in units._LINEAR.items():
        for b, (other, _) in units._LINEAR.items():
            if family != other:
                assert units._linear(a, b) is None
            elif a != b:
                theirs = units._registry().Quantity(1.0, units._pint(a)).to(units._pint(b)).magnitude
                assert units.factor(a, b) == pytest.approx(theirs, rel=1e-12), (a, b)


def settings_of(**given: object) -> Settings:
    """Settings of an invented technique."""
    keys = [
        Key("wavelength", "nm", "of the X-rays"),
        Key("direction", "", "of exotherms", ("exo-up", "exo-down")),
    ]
    return Settings("xrd", keys, given)


def test_a_missing_setting_is_asked_for_by_its_toml_key() -> None:
    """The error carries section.key and how to write it."""
    with pytest.raises(MissingInput) as caught:
        settings_of().quantity("wavelength", why="Bragg's law needs it")
    assert caught.value.key == "xrd.wavelength"
    assert "[xrd]" in caught.value.remedy


def test_user_settings_come_before_the_file_s() -> None:
    """What the user gives wins over what the file states; both are recorded with their origin."""
    stated = {"wavelength": Stated(1.5406, "angstrom", "scan.xrdml")}
    assert settings_of().with_stated(stated).quantity("wavelength", why="") == pytest.approx(0.15406)
    mine = settings_of(wavelength="0.154 nm").with_stated(stated)
    assert mine.quantity("wavelength", why="") == pytest.approx(0.154)
    assert "--set" in mine.used["wavelength"].where


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"wavelenght": "0.154 nm"}, InputError),
        ({"wavelength": "0.154"}, UnitError),
        ({"wavelength": True}, InputError),
        ({"wavelength": "nan nm"}, UnitError),
        ({"direction": "up"}, InputError),
    ],
)
def test_bad_settings_are_refused(given: dict[str, object], error: type[Exception]) -> None:
    """Misspelt keys, missing units, numbers that are none and words outside the list."""
    with pytest.raises(error):
        ask_all(given)


def ask_all(given: dict[str, object]) -> None:
    """Build the settings and ask for each."""
    found = settings_of(**given)
    found.optional_word("direction")
    found.optional_quantity("wavelength")


def test_catalogue_rows_are_sound() -> None:
    """Every row has a unit that is known, a range, and an expression over other rows."""
    for row in catalogue().values():
        assert row.low < row.high, row.name
        convert(1.0, row.unit, row.unit)
        assert row.title, row.name
        if row.expression:
            assert set(parse(row.expression).names) <= set(catalogue())

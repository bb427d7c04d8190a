"""Functions of parameter files against Python's own arithmetic, and what must be refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negatrode.core.errors import ExpressionError
from negatrode.exchange.expressions import FUNCTIONS, MAX_DEPTH, MAX_LENGTH, MAX_OPERATIONS, parse

X = np.linspace(0.05, 0.95, 19)

_numbers = st.one_of(
    st.integers(0, 30).map(str),
    st.floats(0.001, 50, allow_nan=False).map(repr),
    st.sampled_from(["1e-3", "2.5E+1", ".5", "3.", "7.e-2"]),
)
_atoms = st.one_of(_numbers, st.just("x"), st.just("x"))


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from([" + ", "-", "*", " / "])
    return st.one_of(
        st.tuples(inner, operators, inner).map("".join),
        inner.map(lambda e: f"({e})"),
        inner.map(lambda e: f"-{e}"),
        inner.map(lambda e: f"+ {e}"),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, st.sampled_from(["2", "-1", "0.5", "x", "2**-1"])).map(lambda p: f"{p[0]}**{p[1]}"),
    )


@settings(max_examples=400, deadline=None)
@given(st.recursive(_atoms, _grow, max_leaves=12))
def test_equals_python(text: str) -> None:
    """What the grammar makes is worth what Python makes of the same text on numpy's numbers."""
    names = {name: getattr(np, name) for name in FUNCTIONS} | {"x": X}
    tokens = _as_floats(text)
    with np.errstate(all="ignore"):
        expected = np.broadcast_to(eval(tokens, {"__builtins__": {}, "f": np.float64, **names}), X.shape)
    try:
        found = parse(text).values(X)
    except ExpressionError as error:
        why = error.rule
    else:
        why = ""
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0)
    assert why in ("", "constants are finite", "at most 2 powers stand on one another")


def _as_floats(text: str) -> str:
    """The text with each number as numpy's double, since Python's integers and division by zero differ."""
    import re

    return re.sub(r"(?<![A-Za-z_])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", r"f(\1)", text)


@settings(max_examples=600, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="x()*/+-.0123456789eE exptanhcoslgqr_[]'\"", max_size=300))
def test_garbage_is_refused(text: str) -> None:
    """Whatever text comes, it is a function or an ExpressionError with a position."""
    where = "character"
    try:
        parse(text).values(X)
    except ExpressionError as error:
        where = error.where
    assert where.startswith("character")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("exit(7)", 1), ("open(9)", 1), ("1 + open(9)", 5), ("__import__('os')", 1), ("x.real", 2),
        ("x._x", 2), ("'a'", 1), ('"a"', 1), ("x < 1", 3), ("x == 1", 3), ("lambda x: x", 1),
        ("x if x else 1", 3),
        ("[x]", 1), ("{x}", 1), ("x[0]", 2), ("x;x", 2), ("x, x", 2), ("x = 1", 3), ("x := 1", 3), ("x^2", 2),
        ("x // 2", 4), ("x % 2", 3), ("x @ x", 3), ("~x", 1), ("not x", 1), ("x and x", 3), ("1j", 1),
        ("2x", 1), ("0x1f", 1), ("1_000", 1), ("1.2.3", 1), ("x x", 3), ("exp", 4), ("exp x", 5),
        ("exp(x, x)", 6), ("exp()", 5), ("sin(x)", 1), ("math.exp(x)", 1), ("y", 1), ("X", 1),
        ("", 1), ("   ", 4), ("(x", 3),
        ("x)", 2), ("()", 2), ("x * * 2", 5), ("x +", 4), ("* x", 1), ("nan", 1), ("inf", 1), ("1e999", 1),
        ("9" * 400, 1), ("1e", 1), ("\uff58", 1), ("x \uff0b 1", 3), ("\u0445", 1), ("x \u2212 1", 3),
        ("\u0663", 1), ("x\u00b2", 2), ("x\x00", 2), ("x # c", 3), ("x\\\n", 2),
        ("tanh\u200b(x)", 5), ("f'{x}'", 1),
    ],
)  # fmt: skip
def test_refused_with_position(text: str, place: int) -> None:
    """Everything outside the grammar is refused, and the place of the first offence is named."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.where == f"character {place}"
    assert caught.value.rule


@pytest.mark.parametrize(
    "text", ["x**9**9**9", "9**9**9", "x + exp(1000)", "1/0", "log(0)", "sqrt(-1)", "1e308*10"]
)
def test_constants_that_are_not_finite(text: str) -> None:
    """A tower of powers or an overflowing constant is refused when it is read, not when it is used."""
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "x" + "+x" * MAX_OPERATIONS, "(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1), "-" * 5000 + "x",
        "x" + "+x" * MAX_LENGTH, "(" * 9999, "exp(" * 2000, "x" + "**x" * 1000, "x" + "**-x" * 1000,
        "x" + "**(x" * 30 + ")" * 30,
    ],
)  # fmt: skip
def test_bounds(text: str) -> None:
    """Length, number of operations, depth and towers of powers are bounded."""
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2**3**2", 512.0), ("-2**2", -4.0), ("(-2)**2", 4.0), ("2**-2", 0.25), ("2 - 3 - 4", -5.0),
        ("8 / 4 / 2", 1.0), ("2 + 3 * 4", 14.0), ("--3", 3.0), ("-+-3", 3.0), ("2*-3", -6.0), ("exp(0)", 1.0),
        ("3 -\t2\n", 1.0),
    ],
)  # fmt: skip
def test_precedence(text: str, value: float) -> None:
    """Precedence and associativity are Python's."""
    assert parse(text)(0.3).item() == value
    assert parse(text).is_constant


def test_place_of_what_is_not_finite() -> None:
    """A function that blows up where it is used names itself and the place; ``values`` leaves it be."""
    function = parse("1 / (x - 0.5)")
    with pytest.raises(ExpressionError) as caught:
        function(np.array([0.0, 0.5, 1.0]))
    assert "1 / (x - 0.5)" in caught.value.found
    assert "x = 0.5" in caught.value.found
    assert np.isinf(function.values(0.5))
    assert parse("2")(np.zeros((2, 3))).shape == (2, 3)


def test_several_variables() -> None:
    """Variables are named by the caller; the number of arguments must be theirs."""
    function = parse("c_e * exp(-T / 300)", variables=("c_e", "T"))
    assert function(1000.0, 300.0).item() == pytest.approx(1000 * np.exp(-1))
    assert function.text.startswith("c_e")
    with pytest.raises(ExpressionError):
        function(1.0)
    with pytest.raises(ExpressionError):
        parse("x", variables=("c_e",))
    with pytest.raises(ExpressionError):
        parse(3.5)  # type: ignore[arg-type]

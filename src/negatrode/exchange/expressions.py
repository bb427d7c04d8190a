"""Functions of a parameter file ("2.1 + 0.3 * tanh(-8 * (x - 0.4))") read as arithmetic and nothing else.

Grammar, with the precedence and the associativity of Python::

    sum    = term (("+" | "-") term)*
    term   = signed (("*" | "/") signed)*
    signed = ("+" | "-") signed | power
    power  = atom ["**" signed]
    atom   = number | variable | function "(" sum ")" | "(" sum ")"

The functions are those of the BPX standard (exp, tanh, cosh) with log and sqrt. A text is read character
by character into a list of operations on a stack; Python's own parser never sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import ExpressionError

MAX_LENGTH = 10_000  # characters
MAX_OPERATIONS = 2_000
MAX_DEPTH = 40  # brackets, signs and powers within one another
MAX_TOWER = 2  # a ** b ** c is read, a ** b ** c ** d is not

Array = NDArray[np.float64]

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "tanh": np.tanh,
    "cosh": np.cosh,
    "log": np.log,
    "sqrt": np.sqrt,
}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
}
_DIGITS = "0123456789"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"


@dataclass(frozen=True)
class Operation:
    """One entry of a program: "number" (``value``), "variable" (``index``), an operator or a function."""

    kind: str
    value: float = 0.0
    index: int = 0


@dataclass(frozen=True)
class Expression:
    """A function that was read from a text.

    Parameters
    ----------
    text:
        As it was given.
    variables:
        Names of the arguments in order.
    program:
        Operations on a stack, operands first.
    """

    text: str
    variables: tuple[str, ...]
    program: tuple[Operation, ...] = field(repr=False)

    @property
    def is_constant(self) -> bool:
        """Whether no variable occurs in it."""
        return all(op.kind != "variable" for op in self.program)

    def values(self, *arguments: ArrayLike) -> Array:
        """The function in double precision, nan and inf included (numpy's rules, no warnings)."""
        if len(arguments) != len(self.variables):
            raise ExpressionError(
                f"{len(arguments)} arguments for '{_cut(self.text)}'",
                rule=f"a function of {', '.join(self.variables)}",
            )
        given = np.broadcast_arrays(*[np.asarray(a, dtype=np.float64) for a in arguments])
        stack: list[Any] = []
        with np.errstate(all="ignore"):
            for op in self.program:
                _apply(op, stack, given)
        return np.array(np.broadcast_to(stack[0], given[0].shape), dtype=np.float64)

    def __call__(self, *arguments: ArrayLike) -> Array:
        """The function; ExpressionError where it is not finite, with the first such place."""
        found = self.values(*arguments)
        bad = ~np.isfinite(found)
        if bad.any():
            given = np.broadcast_arrays(*[np.asarray(a, dtype=np.float64) for a in arguments])
            place = ", ".join(
                f"{name} = {float(a[bad].flat[0]):g}" for name, a in zip(self.variables, given, strict=True)
            )
            raise ExpressionError(
                f"'{_cut(self.text)}' is {float(found[bad].flat[0]):g} at {place}",
                rule="a function is finite wherever it is used",
            )
        return found


def parse(text: str, variables: tuple[str, ...] = ("x",)) -> Expression:
    """Read a function of ``variables``.

    Raises
    ------
    ExpressionError
        Anything but numbers, the variables, ``+ - * / **``, brackets and the functions; a text, a nesting
        or a program that is too long; a constant part that is not finite (``9**9**9``). ``where`` holds the
        position of the character, counted from one.

    Examples
    --------
    >>> parse("-x**2 + 2**-1")(3.0).item()
    -8.5
    >>> parse("open(9)")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    negatrode.core.errors.ExpressionError: character 1: 'open' in 'open(9)'
    """
    if not isinstance(text, str):
        raise ExpressionError(f"a {type(text).__name__}", rule="a function is written as a text")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"{len(text)} characters", rule=f"a function has at most {MAX_LENGTH}")
    return Expression(text, variables, tuple(_Reader(text, variables).whole()))


def _apply(op: Operation, stack: list[Any], given: Any) -> None:
    if op.kind == "number":
        stack.append(np.float64(op.value))
    elif op.kind == "variable":
        stack.append(given[op.index])
    elif op.kind == "negative":
        stack[-1] = -stack[-1]
    elif op.kind in FUNCTIONS:
        stack[-1] = FUNCTIONS[op.kind](stack[-1])
    else:
        right = stack.pop()
        stack[-1] = _BINARY[op.kind](stack[-1], right)


@dataclass(frozen=True)
class _Token:
    kind: str  # "number", "name", "end", "bad", or the symbol itself
    text: str
    at: int


class _Reader:
    """A recursive-descent reader; every descent counts against MAX_DEPTH."""

    def __init__(self, text: str, variables: tuple[str, ...]) -> None:
        self.text, self.variables = text, variables
        self.program: list[Operation] = []
        self.depth = self.tower = self.at = 0
        self.token = self._next()

    def whole(self) -> list[Operation]:
        """The program of the whole text."""
        self._sum()
        if self.token.kind != "end":
            raise self._refusal(self.token)
        return self.program

    def _sum(self) -> None:
        self._term()
        while self.token.kind in ("+", "-"):
            operator = self._take()
            self._term()
            self._emit(Operation(operator.kind), operator.at)

    def _term(self) -> None:
        self._signed()
        while self.token.kind in ("*", "/"):
            operator = self._take()
            self._signed()
            self._emit(Operation(operator.kind), operator.at)

    def _signed(self) -> None:
        if self.token.kind not in ("+", "-"):
            self._power()
            return
        sign = self._take()
        self._descend(self._signed, sign.at)
        if sign.kind == "-":
            self._emit(Operation("negative"), sign.at)

    def _power(self) -> None:
        self._atom()
        if self.token.kind != "**":
            return
        operator = self._take()
        self.tower += 1
        if self.tower > MAX_TOWER:
            raise ExpressionError(
                f"a tower of powers in '{_cut(self.text)}'",
                where=f"character {operator.at + 1}",
                rule=f"at most {MAX_TOWER} powers stand on one another",
            )
        self._descend(self._signed, operator.at)
        self.tower -= 1
        self._emit(Operation("**"), operator.at)

    def _atom(self) -> None:
        token = self._take()
        if token.kind == "number":
            self._number(token)
        elif token.kind == "(":
            self._descend(self._sum, token.at)
            self._close()
        elif token.kind == "name" and token.text in self.variables:
            self._emit(Operation("variable", index=self.variables.index(token.text)), token.at)
        elif token.kind == "name" and token.text in FUNCTIONS:
            opening = self._take()
            if opening.kind != "(":
                raise self._refusal(opening)
            self._descend(self._sum, token.at)
            self._close()
            self._emit(Operation(token.text), token.at)
        else:
            raise self._refusal(token)

    def _number(self, token: _Token) -> None:
        value = float(token.text)
        if not np.isfinite(value):
            raise ExpressionError(
                f"'{_cut(token.text)}' overflows in '{_cut(self.text)}'",
                where=f"character {token.at + 1}",
                rule="numbers are finite",
            )
        self._emit(Operation("number", value), token.at)

    def _close(self) -> None:
        token = self._take()
        if token.kind != ")":
            raise self._refusal(token)

    def _descend(self, rule: Callable[[], None], at: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(
                f"brackets, signs and powers {self.depth} deep in '{_cut(self.text)}'",
                where=f"character {at + 1}",
                rule=f"at most {MAX_DEPTH} within one another",
            )
        rule()
        self.depth -= 1

    def _emit(self, op: Operation, at: int) -> None:
        """Append an operation; one on numbers alone is done at once, so that overflow is found here."""
        arity = 0 if op.kind in ("number", "variable") else 2 if op.kind in _BINARY else 1
        operands = self.program[len(self.program) - arity :]
        if arity and all(o.kind == "number" for o in operands):
            stack: list[Any] = [np.float64(o.value) for o in operands]
            with np.errstate(all="ignore"):
                _apply(op, stack, ())
            if not np.isfinite(stack[0]):
                raise ExpressionError(
                    f"the constant part before or after '{op.kind}' is {stack[0]:g} in '{_cut(self.text)}'",
                    where=f"character {at + 1}",
                    rule="constants are finite",
                )
            del self.program[len(self.program) - arity :]
            op = Operation("number", float(stack[0]))
        self.program.append(op)
        if len(self.program) > MAX_OPERATIONS:
            raise ExpressionError(
                f"more than {MAX_OPERATIONS} operations in '{_cut(self.text)}'",
                where=f"character {at + 1}",
                rule=f"a function has at most {MAX_OPERATIONS} operations",
            )

    def _take(self) -> _Token:
        token = self.token
        self.token = self._next()
        return token

    def _next(self) -> _Token:
        text = self.text
        while self.at < len(text) and text[self.at] in " \t\r\n":
            self.at += 1
        start = self.at
        if start == len(text):
            return _Token("end", "", start)
        first = text[start]
        if first in _DIGITS or (first == "." and text[start + 1 : start + 2] in tuple(_DIGITS)):
            self.at = _number_end(text, start)
            if text[self.at : self.at + 1] in tuple(_LETTERS + "."):  # "2x", "0x1f", "1_000", "1j"
                return _Token("bad", text[start : self.at + 1], start)
            return _Token("number", text[start : self.at], start)
        if first in _LETTERS:
            while self.at < len(text) and text[self.at] in _LETTERS + _DIGITS:
                self.at += 1
            return _Token("name", text[start : self.at], start)
        symbol = "**" if text.startswith("**", start) else first
        if symbol not in ("+", "-", "*", "/", "**", "(", ")"):
            return _Token("bad", symbol, start)
        self.at += len(symbol)
        return _Token(symbol, symbol, start)

    def _refusal(self, token: _Token) -> ExpressionError:
        what = f"'{_cut(token.text, 30)}'" if token.kind != "end" else "the end"
        allowed = ", ".join((*self.variables, "+ - * / **", "brackets", *FUNCTIONS))
        return ExpressionError(
            f"{what} in '{_cut(self.text)}'",
            where=f"character {token.at + 1}",
            rule=f"allowed: numbers, {allowed}",
        )


def _number_end(text: str, start: int) -> int:
    """Where "12", "1.5", ".5", "3." or "1.5e-7" that begins at ``start`` ends."""
    at = _digits_end(text, start)
    if text[at : at + 1] == ".":
        at = _digits_end(text, at + 1)
    if text[at : at + 1] in ("e", "E"):
        sign = at + 1 + (text[at + 1 : at + 2] in ("+", "-"))
        end = _digits_end(text, sign)
        if end > sign:
            return end
    return at


def _digits_end(text: str, at: int) -> int:
    while at < len(text) and text[at] in _DIGITS:
        at += 1
    return at


def _cut(text: str, length: int = 60) -> str:
    """A text as a message shows it: printable, one line, not too long."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= length else plain[: length - 3] + "..."

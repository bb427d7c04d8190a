"""Arithmetic over property names: numbers, names, + - * / and brackets; nothing else, ever.

Used by derived properties of the catalogue and by limitations of claims.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from negatrode.core.errors import ExpressionError

MAX_LENGTH = 400

_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True)
class Expression:
    """A parsed expression; ``names`` in order of appearance."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The value for floats, arrays or pint quantities alike (division by zero follows numpy/Python)."""
        return _evaluate(self.tree, values)

    @property
    def is_name(self) -> bool:
        """Whether the expression is one property and nothing more."""
        return isinstance(self.tree, ast.Name)


@cache
def parse(text: str) -> Expression:
    """Parse "specific_surface_area * dv50".

    Raises ExpressionError with the offending part named.

    >>> parse("(a + b) / 2").names
    ('a', 'b')
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"{len(text)} characters", rule=f"an expression has at most {MAX_LENGTH}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"'{text}' is no arithmetic", rule="names, numbers, + - * / ( )") from None
    names: list[str] = []
    _check(tree, text, names)
    return Expression(text, tuple(dict.fromkeys(names)), tree)


def _check(node: ast.expr, text: str, names: list[str]) -> None:
    if isinstance(node, ast.Name):
        names.append(node.id)
    elif (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and node.value is not True
        and node.value is not False
    ):
        if abs(node.value) > sys.float_info.max:
            raise ExpressionError(f"'{text}' holds an infinite number", rule="numbers are finite")
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        _check(node.left, text, names)
        _check(node.right, text, names)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        _check(node.operand, text, names)
    else:
        part = ast.unparse(node)
        raise ExpressionError(
            f"'{part}' in '{text}'", rule="only names, numbers, + - * / and brackets are allowed"
        )


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp):
        return -_evaluate(node.operand, values)
    assert isinstance(node, ast.BinOp)
    left, right = _evaluate(node.left, values), _evaluate(node.right, values)
    apply: dict[str, Callable[[Any, Any], Any]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
    }
    return apply[_OPERATORS[type(node.op)]](left, right)

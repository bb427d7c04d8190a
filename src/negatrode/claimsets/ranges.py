"""The range of an expression when the ranges of its parts are known (interval arithmetic).

Conservative: the true range lies inside. Ends count as held, except where a whole known part is met.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping

from negatrode.claimsets.grammar import Interval
from negatrode.core.expression import Expression

EVERYTHING = Interval()


def key_of(expression: Expression) -> str:
    """The same text for the same arithmetic, however it is spaced and bracketed."""
    return ast.unparse(expression.tree)


def range_of(expression: Expression, known: Mapping[str, Interval]) -> Interval:
    """The range of an expression; ``known`` holds intervals by ``key_of`` (names and larger parts).

    >>> from negatrode.core.expression import parse
    >>> known = {"a + b": Interval(1.0, 2.0), "c": Interval(0.0, 0.5)}
    >>> range_of(parse("(a + b) / c"), known)
    Interval(low=2.0, high=inf, low_open=False, high_open=False, low_text='', high_text='')
    """
    return _range(expression.tree, known)


def _range(node: ast.expr, known: Mapping[str, Interval]) -> Interval:
    part = known.get(ast.unparse(node), EVERYTHING)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Interval(float(node.value), float(node.value))
    if isinstance(node, ast.UnaryOp):
        inner = _range(node.operand, known)
        return part.meet(Interval(-inner.high, -inner.low, inner.high_open, inner.low_open))
    if isinstance(node, ast.BinOp):
        return part.meet(_binary(node.op, _range(node.left, known), _range(node.right, known)))
    return part


def _binary(op: ast.operator, a: Interval, b: Interval) -> Interval:
    if isinstance(op, ast.Add):
        return Interval(a.low + b.low, a.high + b.high, a.low_open or b.low_open, a.high_open or b.high_open)
    if isinstance(op, ast.Sub):
        return Interval(a.low - b.high, a.high - b.low, a.low_open or b.high_open, a.high_open or b.low_open)
    if isinstance(op, ast.Div):
        if b.low < 0.0 < b.high:
            return EVERYTHING
        b = Interval(_inverse(b.high, 1.0), _inverse(b.low, -1.0)) if b.high <= 0.0 else _positive_inverse(b)
    ends = [_times(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    return Interval(min(ends), max(ends))


def _positive_inverse(b: Interval) -> Interval:
    return Interval(_inverse(b.high, 1.0), _inverse(b.low, 1.0))


def _inverse(x: float, side: float) -> float:
    if x == 0.0:
        return math.copysign(math.inf, side)
    return 0.0 if math.isinf(x) else 1.0 / x


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0.0 or y == 0.0 else x * y

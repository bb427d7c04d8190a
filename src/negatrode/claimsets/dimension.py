"""The unit of an arithmetic expression over properties, and limits turned into it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping

from negatrode.claimsets.grammar import Interval
from negatrode.core.errors import ClaimError
from negatrode.core.expression import Expression
from negatrode.core.units import convert, same_dimension, spell


def unit_of(expression: Expression, units: Mapping[str, str]) -> str:
    """The unit of an expression whose properties stand in ``units``.

    Raises ClaimError where unlike units are added, or a temperature scale with an offset is multiplied.

    >>> from negatrode.core.expression import parse
    >>> unit_of(parse("specific_surface_area * dv50"), {"specific_surface_area": "m2/g", "dv50": "um"})
    'm2*um/g'
    """
    return _spelled(_powers(expression.tree, units))


def _split(unit: str) -> Counter[str]:
    powers: Counter[str] = Counter()
    for sign, name in re.findall(r"([*/]?)([^*/]+)", spell(unit)):
        if name != "1":
            powers[name] += -1 if sign == "/" else 1
    return powers


def _spelled(powers: Counter[str]) -> str:
    above = [n for n, p in sorted(powers.items()) for _ in range(p)]
    below = [n for n, p in sorted(powers.items()) for _ in range(-p)]
    return "/".join(["*".join(above) or "1", *below])


def _powers(node: ast.expr, units: Mapping[str, str]) -> Counter[str]:
    if isinstance(node, ast.Name):
        return _split(units[node.id])
    if isinstance(node, ast.UnaryOp):
        return _powers(node.operand, units)
    if not isinstance(node, ast.BinOp):
        return Counter()
    left, right = _powers(node.left, units), _powers(node.right, units)
    if isinstance(node.op, ast.Add | ast.Sub):
        if _spelled(left) != _spelled(right):
            found = f"'{ast.unparse(node)}' adds {_spelled(left)} and {_spelled(right)}"
            raise ClaimError(found, rule="only numbers in the same unit can be added")
        return left
    if isinstance(node.op, ast.Div):
        right = Counter({n: -p for n, p in right.items()})
    both = Counter(left)
    for name, power in right.items():
        both[name] += power
    if left and right and ("degC" in left or "degC" in right):
        raise ClaimError(
            f"'{ast.unparse(node)}' multiplies a temperature in degC", rule="the zero of degC is arbitrary"
        )
    return Counter({n: p for n, p in both.items() if p})


def in_unit(interval: Interval, source: str, target: str) -> Interval:
    """An interval in another unit; ClaimError where the dimensions differ."""
    if _split(source) == _split(target):
        return interval
    if _split(source) == Counter() or _split(target) == Counter() or not same_dimension(source, target):
        raise ClaimError(f"unit '{source}'", rule=f"the quantity has the unit '{target}'")
    return interval.converted(lambda v: float(convert(v, source, target)))

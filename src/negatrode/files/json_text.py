"""JSON objects without NaN, Infinity, damage or depth bombs."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from negatrode.core.errors import ReadError

_REMEDY = "The file is cut off or damaged; export it again"


def parse_object(text: str) -> dict[str, Any]:
    """The JSON object of a text; ReadError with line and column where it is damaged or no object.

    >>> parse_object('{"a": [1, 2]}')
    {'a': [1, 2]}
    """
    try:
        content = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise ReadError(f"damaged JSON ({error.msg})", where=place, remedy=_REMEDY) from None
    except (RecursionError, ValueError) as error:
        raise ReadError(f"JSON that cannot be read ({type(error).__name__})", remedy=_REMEDY) from None
    if not isinstance(content, dict):
        raise ReadError(f"a JSON {type(content).__name__}", rule="instruments write a JSON object")
    return content


def _refuse(word: str) -> NoReturn:
    raise ReadError(f"'{word}' stands where a number must", rule="data are finite numbers", remedy=_REMEDY)

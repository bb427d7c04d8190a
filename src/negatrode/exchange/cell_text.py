"""Values as TOML writes them, to the last digit."""

from __future__ import annotations

from collections.abc import Iterable

from negatrode.core.errors import InputError


def number(value: float) -> str:
    """The shortest decimal that is read as the same double.

    >>> number(8.52e-05), number(1e22)
    ('8.52e-05', '1e+22')
    """
    return repr(float(value))


def text(value: str) -> str:
    r"""A basic string.

    >>> text('a "b" \\ c')
    '"a \\"b\\" \\\\ c"'
    """
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise InputError(f"the name {value!r}", rule="names are Unicode text")
    plain = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04X}" for c in plain) + '"'


def numbers(values: Iterable[float], indent: str = "    ", width: int = 6) -> str:
    """An array of numbers, several to a line."""
    items = [number(v) for v in values]
    if len(items) <= width:
        return "[" + ", ".join(items) + "]"
    lines = [", ".join(items[i : i + width]) for i in range(0, len(items), width)]
    return "[\n" + ",\n".join(indent + "  " + line for line in lines) + f"\n{indent}]"

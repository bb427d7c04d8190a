"""Results on stdout, talk on stderr, exit codes: 0 done, 1 refused or a problem found, 2 usage."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from negatrode.core.errors import ClaimError, ExpressionError, InputError, NegatrodeError, UnitError

DONE, PROBLEM, USAGE = 0, 1, 2


class Talk:
    """Where progress goes: stderr, unless --quiet."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    def say(self, text: str) -> None:
        """One line of progress."""
        if not self.quiet:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


def emit(text: str) -> None:
    """One result on stdout."""
    sys.stdout.write(text + "\n")


def emit_json(value: Any) -> None:
    """A result as JSON on stdout; never NaN or Infinity."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def colour(text: str, code: str) -> str:
    """The text in a terminal colour, plain where stdout is no terminal or NO_COLOR is set."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\033[{code}m{text}\033[0m"


def exit_code(error: NegatrodeError) -> int:
    """2 where what was asked cannot be meant (unknown name, wrong unit), 1 where the data refuse."""
    return USAGE if isinstance(error, InputError | UnitError | ClaimError | ExpressionError) else PROBLEM


@contextlib.contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """Turn a NegatrodeError into one line on stderr (under --json an error object too) and an exit code."""
    try:
        yield
    except NegatrodeError as error:
        sys.stderr.write(error.sentence() + "\n")
        if as_json:
            emit_json({"error": error.as_json()})
        raise SystemExit(exit_code(error)) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(PROBLEM) from None


def table(rows: list[list[str]], *, head: list[str]) -> str:
    """Rows as aligned text columns under a head; the last column is not padded.

    >>> print(table([["d002", "0.38"]], head=["property", "value"]))
    property  value
    d002      0.38
    """
    full = [head, *rows]
    widths = [max(len(r[i]) for r in full) for i in range(len(head))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in full]
    return "\n".join(lines)

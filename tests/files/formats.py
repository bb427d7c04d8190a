"""A small valid file of every format, built byte by byte by the build_* modules."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

Builder = Callable[[], tuple[str, bytes]]


def builders() -> dict[str, Builder]:
    """Format name -> builder of (file name, bytes)."""
    found: dict[str, Builder] = {}
    for place in sorted(Path(__file__).parent.glob("build_*.py")):
        found |= importlib.import_module(f"tests.files.{place.stem}").BUILDERS
    return found

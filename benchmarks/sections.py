"""Sections of docs/performance.md: each benchmark writes its own and leaves the others as they are."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

PERFORMANCE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_TITLE = "# Performance"


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def write_section(heading: str, body: str, path: Path = PERFORMANCE) -> None:
    """Replace the section under ``## heading`` where it stands, or add it at the end."""
    text = path.read_text(encoding="utf-8") if path.exists() else _TITLE
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    new = f"## {heading}\n\n{body.strip()}\n"
    places = [i for i, section in enumerate(sections) if section.splitlines()[0] == f"## {heading}"]
    if places:
        sections[places[0]] = new
    else:
        sections.append(new)
    whole = "\n\n".join(part.strip() for part in (head, *sections)) + "\n"
    path.write_text(whole, encoding="utf-8")

"""What benchmarks write: each its own section of docs/performance.md, and nobody else's."""

from __future__ import annotations

from pathlib import Path

from benchmarks.sections import write_section


def test_sections_are_replaced_where_they_stand(tmp_path: Path) -> None:
    """A section written again keeps its place; the others keep every character."""
    page = tmp_path / "performance.md"
    write_section("First", "one", page)
    write_section("Second", "| a | b |\n|---|---|\n| 1 | ## no heading |", page)
    write_section("Second half", "three", page)
    write_section("First", "one again", page)
    assert page.read_text() == (
        "# Performance\n\n## First\n\none again\n\n"
        "## Second\n\n| a | b |\n|---|---|\n| 1 | ## no heading |\n\n"
        "## Second half\n\nthree\n"
    )

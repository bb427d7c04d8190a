"""Published points: prior intervals hold eight of ten, and the page in docs is that of the present links."""

from __future__ import annotations

from benchmarks.published import PAGE, compared


def test_intervals_hold_eight_of_ten() -> None:
    table = compared()
    assert len(table) >= 14
    assert sum(row[-1] for row in table) >= 0.8 * len(table)
    fresh = [row for row in table if "used for" not in row[0].note]
    assert sum(row[-1] for row in fresh) >= 0.8 * len(fresh)


def test_the_page_shows_every_point() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for point, median, *_ in compared():
        assert point.name in text
        assert f"{median:.0f} (" in text

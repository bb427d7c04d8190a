"""The worked hard carbon as a small study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from negatrode.study.examples import example_files

HEAD = """
[study]
name = "A study"
sample = "SAMPLE.toml"
{head}

[axes]
"sample.dv50" = {{ from = "0.8 um", to = "25 um", scale = "log", uncertainty = "3 %" }}
"sample.d002" = {{ from = "0.360 nm", to = "0.405 nm", uncertainty = "0.001 nm" }}

{body}
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a STUDY.toml beside the worked sample; ``text`` instead of the usual axes."""

    def written(
        body: str = "", *, head: str = "", text: str | None = None, which: str = "hard-carbon"
    ) -> Path:
        (tmp_path / "SAMPLE.toml").write_bytes(example_files(which)["SAMPLE.toml"])
        path = tmp_path / "STUDY.toml"
        path.write_text(text if text is not None else HEAD.format(head=head, body=body))
        return path

    return written

"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real instrument files; tests that need it are skipped, saying so, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real instrument files (../shared/data) are not on this machine")
    return SHARED

"""A number with its mark, its confidence word and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cited:
    """``mark``: V read in the source, C computed, R recalled, A assumed; and the confidence word."""

    value: float
    unit: str
    mark: str
    confidence: str
    source: str

"""Whether an atmosphere, as a file or a person writes it, holds oxygen."""

from __future__ import annotations

import re

from negatrode.core.errors import MissingInput, Refusal
from negatrode.core.estimate import Finding

_FREE = re.compile(
    r"\b(?:no|without|ohne|excluding|free of)\W+(?:air|o_?2|oxygen|luft|sauerstoff)"
    r"|(?:oxygen|o_?2|air)\W?free|(?:oxygen|o_?2|air)\s*[/:=]\s*0+(?:[.,]0+)?(?![\d.,])|(?<![\d.,])0+(?:[.,]0+)?\s*(?:vol\W*)?%\s*(?:o_?2|oxygen)",
    re.IGNORECASE,
)
# "air cooling" is no gas in the furnace
_AIR = re.compile(r"(?<![a-z])air(?![a-z])(?!\W*cool)|luft|aria\b|空气|空気|大気", re.IGNORECASE)
_OXYGEN = re.compile(
    r"(?<![a-z])o_?[2₂](?![0-9])|oxygen|oxyg[eè]ne|sauerstoff|oxidi[sz]ing|氧", re.IGNORECASE
)
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:vol\W*)?%\s*(?:of\s+)?(?:o_?[2₂]|oxygen)", re.IGNORECASE)
_IN_AIR = (19.0, 23.0)  # % of oxygen that count as air
_INERT = re.compile(
    r"(?<![a-z])(?:n_?[2₂]|nitrogen|stickstoff|ar|argon|he|helium)(?![a-z])|inert", re.IGNORECASE
)
_NONE = re.compile(
    r"vacuum|vakuum|(?<![a-z])(?:co_?2|h_?2|hydrogen|methane|ch4|steam|ammonia|nh3)(?![a-z])"
    r"|(?<![a-z])(?:xe|kr|ne|xenon|krypton|neon)(?![a-z])",
    re.IGNORECASE,
)


def require_oxygen(atmosphere: str, where: str) -> tuple[Finding, ...]:
    """Findings on how the gas differs from dry air; Refusal, naming the gas, where it holds no oxygen,
    MissingInput where no gas is named.

    >>> require_oxygen("dry air", "")
    ()
    """
    atmosphere = re.sub(r"\bo2-(\d{1,2})\b", r"\1 % O2", atmosphere, flags=re.IGNORECASE)
    air, oxygen = bool(_AIR.search(atmosphere)), bool(_OXYGEN.search(atmosphere))
    if not (
        air or oxygen or _FREE.search(atmosphere) or _INERT.search(atmosphere) or _NONE.search(atmosphere)
    ):
        raise MissingInput(
            f"the atmosphere '{atmosphere}' names no gas that is known",
            key="thermal.atmosphere",
            where=where,
            rule="the exothermic peak is that of combustion in dry air",
            remedy='Give atmosphere = "air" (or the gas it was) under [thermal] in SAMPLE.toml',
        )
    if _FREE.search(atmosphere) or not (air or oxygen):
        raise Refusal(
            f"the atmosphere is {atmosphere}, which holds no oxygen",
            where=where,
            rule="the exothermic peak is that of combustion in dry air",
            remedy="Measure in air at 10 K/min; if this run was, give thermal.atmosphere",
        )
    share = _PERCENT.search(atmosphere)
    if share is not None:
        percent = float(share[1].replace(",", "."))
        if _IN_AIR[0] <= percent <= _IN_AIR[1]:
            return ()
        text = f"{atmosphere}: {percent:g} % of oxygen is not air, the peak is shifted, no conversion is made"
        return (Finding("not-air", text, warning=True),)
    if air and _INERT.search(atmosphere) and not oxygen:
        text = f"{atmosphere}: air is thinned by another gas, the peak lies higher than in dry air"
        return (Finding("diluted-air", text, warning=True),)
    if oxygen and not air and not _INERT.search(atmosphere):
        text = f"{atmosphere}: in oxygen the peak lies lower than in dry air, and no conversion is made"
        return (Finding("not-air", text, warning=True),)
    return ()

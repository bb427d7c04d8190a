"""The chain in one place: SAMPLE.toml -> files -> estimates -> sample -> verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from negatrode.claimsets.judge import judge
from negatrode.claimsets.library import claims
from negatrode.claimsets.model import ClaimSet
from negatrode.claimsets.verdict import Judgement
from negatrode.flow.sample import Measured, measure_folder


@dataclass(frozen=True)
class Assessment:
    """A measured sample and its judgement under each claim set."""

    measured: Measured
    claim_sets: tuple[ClaimSet, ...]
    judgements: tuple[Judgement, ...]


def _silent(_: str) -> None:
    pass


def assess(
    path: str | Path, *, claim_sets: Sequence[str] = (), say: Callable[[str], None] = _silent
) -> Assessment:
    """Measure and judge the sample of a SAMPLE.toml.

    ``claim_sets`` are names or TOML files; by default those that the SAMPLE.toml names (its
    ``claims``, else its ``material``).
    """
    sets = tuple(claims(name) for name in claim_sets)
    measured = measure_folder(path, extra_claims=tuple(claim_sets), say=say)
    sets = sets or tuple(claims(name) for name in measured.folder.claims)
    judged = []
    for claim_set in sets:
        say(f"Judging on {claim_set.name}")
        judged.append(judge(measured.sample, claim_set, seed=measured.folder.seed))
    return Assessment(measured, sets, tuple(judged))

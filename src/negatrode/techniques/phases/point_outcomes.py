"""Outcomes of the recipe "wds-points": contents of the phases from tables of point analyses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from negatrode.core.errors import NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Finding, Outcome
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases.composition import PhaseContents, blanks
from negatrode.techniques.phases.interference import (
    Detection,
    overlap_component,
    require_separable,
    undecidable,
)
from negatrode.techniques.phases.map_contents import significant_elements
from negatrode.techniques.phases.point_contents import assigned, point_contents
from negatrode.techniques.phases.points import Points, read_points
from negatrode.techniques.phases.segment_marks import Marks, marks_of

RECIPE = "wds-points"
KEYS = (
    Key(
        "points_detector",
        "",
        "how the point analyses were made, where the table does not say",
        choices=("wds", "eds"),
    ),
)
_WDS = re.compile(r"(?i)(?<![a-z])(?:wds|wdx|epma|microprobe|mikrosonde|wavelength)(?![a-z])")
_EDS = re.compile(r"(?i)(?<![a-z])(?:eds|edx|edxs|energy[- ]dispersive)(?![a-z])")


@dataclass(frozen=True)
class PointContents:
    """Contents by phase, or why there are none; ``findings`` on the tables."""

    contents: Mapping[str, PhaseContents | NegatrodeError]
    detection: Detection
    findings: tuple[Finding, ...] = ()
    path: str = ""
    key: str = ""

    def present(self, phase: str) -> tuple[str, ...]:
        """Elements significantly above zero in a phase that the detector can tell from others."""
        here = self.contents[phase]
        if isinstance(here, NegatrodeError):
            return ()
        found = significant_elements(here)
        return tuple(e for e in found if not undecidable(e, found, self.detection))

    def outcome(self, element: str, phase: str, settings: Settings) -> Outcome:
        """The content of an element in a phase; raises what stands in the way."""
        contents = self.contents[phase]
        if isinstance(contents, NegatrodeError):
            raise contents
        if contents.index(element) < 0:
            raise Refusal(
                f"the table has no column of {element}",
                where=self.path,
                rule="what is not analysed is not zero",
                remedy=f"Analyse {element} at the points",
            )
        present = significant_elements(contents)
        notes = require_separable(element, present, self.detection, settings)
        outcome = contents.outcome(element)
        if outcome.value is not None:
            extra = overlap_component(
                element, outcome.value, present, self.detection, f"{self.key}:overlap-{element}-{phase}"
            )
            outcome = replace(outcome, components=(*outcome.components, *((extra,) if extra else ())))
        return replace(outcome, findings=(*outcome.findings, *self.findings, *notes))


def contents_of_points(recordings: Sequence[Recording], settings: Settings) -> PointContents:
    """The contents of both phases from all tables together."""
    path = ", ".join(r.source.path for r in recordings)
    key = recordings[0].source.sha256[:12]
    detection = _detection(recordings, settings)
    try:
        points = _pooled([read_points(r, settings) for r in recordings])
        blank = blanks(settings)
        marks = _marks(points, settings)
        points, phases = assigned(points, marks, settings)
    except NegatrodeError as error:
        return PointContents(dict.fromkeys("AB", error), detection, (), path, key)
    found: dict[str, PhaseContents | NegatrodeError] = {}
    for phase in "AB":
        try:
            found[phase] = point_contents(points, phases, phase, blank, settings)
        except NegatrodeError as error:
            found[phase] = error
    return PointContents(found, detection, (*points.findings, *marks.findings), path, key)


def _marks(points: Points, settings: Settings) -> Marks:
    """The marks; none are needed where the phase column says A or B itself."""
    plain = all(re.fullmatch(r"(?i)(?:phase[ _-]?)?[ab](?:[ _-]?phase)?", p) for p in points.phases)
    if plain or (all(points.phases) and settings.has("point_phases")):
        return Marks("", "")
    return marks_of(points.elements, settings)


def _pooled(tables: Sequence[Points]) -> Points:
    first = tables[0]
    if len(tables) == 1:
        return first
    for other in tables[1:]:
        if other.elements != first.elements:
            raise ReadError(
                f"elements {', '.join(other.elements)} beside {', '.join(first.elements)} of {first.path}",
                where=other.path,
                rule="tables of points have the same elements in the same order",
                remedy="Give one table",
            )
    return replace(
        first,
        labels=tuple(w for t in tables for w in t.labels),
        phases=tuple(w for t in tables for w in t.phases),
        values=np.concatenate([t.values for t in tables]),
        limits=np.concatenate([t.limits for t in tables]),
        positions=None,
        findings=tuple(f for t in tables for f in t.findings),
    )


def _detection(recordings: Sequence[Recording], settings: Settings) -> Detection:
    """The detector by the user's key, else by what the tables or their names say."""
    given = settings.optional_word("points_detector")
    if given is not None:
        return Detection(given, "points_detector", {})
    texts = [r.source.path for r in recordings]
    for r in recordings:
        texts += [str(v) for v in r.metadata.values()]
        texts += [c for s in r.sheets for row in s.rows for c in row if isinstance(c, str)]
    wds, eds = any(_WDS.search(t) for t in texts), any(_EDS.search(t) for t in texts)
    word = "wds" if wds and not eds else "eds" if eds and not wds else ""
    return Detection(word, "points_detector", {})

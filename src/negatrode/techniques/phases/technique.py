"""TECHNIQUE "phases": phases A and B from element maps, pictures and point analyses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from negatrode.core.errors import NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Finding, Outcome
from negatrode.core.recording import Recording, SpectrumImage
from negatrode.core.sample import Fact
from negatrode.core.settings import Key, Settings
from negatrode.techniques.enclosure import Enclosure, enclosure
from negatrode.techniques.phases import (
    calibration,
    composition,
    extraction,
    map_contents,
    particle,
    point_contents,
    point_outcomes,
    points,
    segment,
)
from negatrode.techniques.phases.composition import PhaseContents
from negatrode.techniques.phases.evidence import element_facts, marked_facts
from negatrode.techniques.phases.factors import FactorTable, factor_tables
from negatrode.techniques.phases.figure import PhasesFigure
from negatrode.techniques.phases.map_contents import MapContents, Segmentations
from negatrode.techniques.phases.model import ElementMaps, Segmentation
from negatrode.techniques.phases.picture import drawn, drawn_points
from negatrode.techniques.phases.point_outcomes import PointContents
from negatrode.techniques.phases.recipes import CONTENTS, DEFAULT, PARTICLE, POINTS, RECIPES, SEGMENTATIONS
from negatrode.techniques.phases.segment_marks import marks_of
from negatrode.techniques.technique import Evaluation, Technique

_MODULES = (calibration, composition, map_contents, particle, points, point_contents, point_outcomes)
_ALL = (*extraction.KEYS, *segment.SEGMENT_KEYS, *(k for m in _MODULES for k in m.KEYS))
KEYS: tuple[Key, ...] = tuple({k.name: k for k in _ALL}.values())

Found = dict[str, Outcome | NegatrodeError]


@dataclass(frozen=True)
class _Maps:
    """What the maps of a section gave."""

    maps: ElementMaps
    segmentations: Segmentations
    contents: MapContents
    enclosures: Mapping[str, Enclosure | NegatrodeError]
    spectra: SpectrumImage | None = None

    @property
    def best(self) -> str:
        """The default segmentation, else the first that gave labels, else the first of all."""
        good = [r for r, s in self.segmentations.items() if isinstance(s, Segmentation)]
        if good:
            return DEFAULT if DEFAULT in good else good[0]
        return next(iter(self.segmentations))


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """All recipes on the maps, pictures and tables of one section.

    Raises the error of the maps where there are no point analyses beside them; ReadError for a table that
    holds neither points, k-factors nor standards.
    """
    tables, rest = factor_tables([r for r in recordings if r.kind == "table"])
    analyses = [r for r in rest if points.is_point_table(r)]
    _refuse_unknown([r for r in rest if r not in analyses])
    pictures = [r for r in recordings if r.kind != "table"]
    found_points = point_outcomes.contents_of_points(analyses, settings) if analyses else None
    mapped: _Maps | NegatrodeError
    try:
        mapped = _of_maps(pictures, tables, settings)
    except NegatrodeError as error:
        if found_points is None:
            raise
        mapped = error
    return _assembled(mapped, found_points, settings)


def _refuse_unknown(tables: Sequence[Recording]) -> None:
    if tables:
        raise ReadError(
            "the table holds no point analyses, k-factors or standards",
            where=tables[0].source.path,
            rule="points have one column an element ('O [wt%]'); k-factors the columns element and k; "
            "standards element, counts/pixel and concentration",
            remedy="Correct its header or take it out of [[phases]]",
        )


def _of_maps(recordings: Sequence[Recording], tables: Sequence[FactorTable], settings: Settings) -> _Maps:
    if not recordings:
        raise Refusal(
            "no element map or picture is given",
            rule="areas and contacts of phases are seen on a map",
            remedy="Add the maps of the section",
        )
    maps = extraction.element_maps(recordings, settings)
    segmentations = segment.segmentations(maps, settings)
    contents = map_contents.map_contents(maps, segmentations, tables, settings)
    enclosures: dict[str, Enclosure | NegatrodeError] = {}
    for recipe, found in segmentations.items():
        if isinstance(found, NegatrodeError):
            enclosures[recipe] = found
            continue
        try:
            enclosures[recipe] = enclosure(found.labels, seed=0, key=f"{maps.key}:{recipe}")
        except NegatrodeError as error:
            enclosures[recipe] = error
    spectra = next((r.spectra for r in recordings if r.spectra is not None), None)
    return _Maps(maps, segmentations, contents, enclosures, spectra)


def _assembled(
    mapped: _Maps | NegatrodeError, analyses: PointContents | None, settings: Settings
) -> Evaluation:
    outcomes: dict[str, Found] = {
        "area_fraction_a": _areas(mapped),
        "a_surrounded_by_b": _enclosed(mapped),
        **{prop: _contents(mapped, analyses, *target, settings) for prop, target in CONTENTS.items()},
    }
    preferred = {p: POINTS for p in CONTENTS if isinstance(outcomes[p].get(POINTS), Outcome)}
    balance = analyses if analyses is not None and len(preferred) >= 2 else None
    for prop, elements in PARTICLE.items():
        outcomes[prop] = _particle(mapped, balance, elements, settings)
    if not isinstance(mapped, NegatrodeError) and DEFAULT not in mapped.segmentations:
        # a picture without element maps is divided by its grey levels only
        others = ("area_fraction_a", "a_surrounded_by_b", *CONTENTS)
        only = next(iter(mapped.segmentations), DEFAULT)
        preferred |= {p: only for p in others if p not in preferred}
    findings: dict[str, tuple[Finding, ...]] = {
        "": () if isinstance(mapped, NegatrodeError) else mapped.maps.findings
    }
    for prop in (p for p, recipe in preferred.items() if recipe == POINTS):
        text = "point analyses go before maps: more counts a point, background measured at each"
        findings[prop] = (Finding("points-preferred", text),)
    figure = None if isinstance(mapped, NegatrodeError) else _figure(mapped, analyses, settings)
    if figure is None and analyses is not None:
        figure = drawn_points(analyses.contents, analyses.path, POINTS)
    return Evaluation(outcomes, findings, figure, _facts(mapped, analyses, settings), preferred)


def _areas(mapped: _Maps | NegatrodeError) -> Found:
    if isinstance(mapped, NegatrodeError):
        return dict.fromkeys(SEGMENTATIONS, mapped)
    return {
        recipe: s
        if isinstance(s, NegatrodeError)
        else Outcome(s.fraction_a, s.fraction_components, findings=s.findings, bounds=(0.0, 1.0))
        for recipe, s in mapped.segmentations.items()
    }


def _enclosed(mapped: _Maps | NegatrodeError) -> Found:
    if isinstance(mapped, NegatrodeError):
        return dict.fromkeys(SEGMENTATIONS, mapped)
    return {
        recipe: e
        if isinstance(e, NegatrodeError)
        else Outcome(e.fraction, e.components, findings=e.findings, bounds=(0.0, 1.0))
        for recipe, e in mapped.enclosures.items()
    }


def _contents(
    mapped: _Maps | NegatrodeError,
    analyses: PointContents | None,
    element: str,
    phase: str,
    settings: Settings,
) -> Found:
    found: Found
    if isinstance(mapped, NegatrodeError):
        found = dict.fromkeys(SEGMENTATIONS, mapped)
    else:
        found = map_contents.content_outcomes(mapped.contents, mapped.segmentations, element, phase, settings)
    if analyses is not None:
        try:
            found[POINTS] = analyses.outcome(element, phase, settings)
        except NegatrodeError as error:
            found[POINTS] = error
    return found


def _particle(
    mapped: _Maps | NegatrodeError,
    analyses: PointContents | None,
    elements: Sequence[str],
    settings: Settings,
) -> Found:
    if isinstance(mapped, NegatrodeError):
        return {"phase-balance": mapped, "map-mean": mapped}
    best = mapped.best
    segmentation = mapped.segmentations[best]

    def balance(element: str) -> Outcome:
        for phase in "AB":  # what stands in the way of a phase's content does so of the balance
            if analyses is not None:
                analyses.outcome(element, phase, settings)
            else:
                map_contents.require_content(mapped.contents, best, element, phase, settings)
        contents = analyses.contents if analyses is not None else mapped.contents.contents[best]
        return map_contents.balanced(contents, segmentation, element, settings, mapped.maps.key)

    def mean(element: str) -> Outcome:
        return map_contents.mean_content(mapped.contents, segmentation, best, element, settings)

    return map_contents.particle_outcomes(balance, mean, elements)


def _facts(
    mapped: _Maps | NegatrodeError, analyses: PointContents | None, settings: Settings
) -> tuple[Fact, ...]:
    """Elements of the phases: from points, else from maps, else the marks alone."""
    if analyses is not None:
        both = {p: c for p, c in analyses.contents.items() if isinstance(c, PhaseContents)}
        if both:
            return element_facts(both, {p: analyses.present(p) for p in both}, POINTS, analyses.path)
    if isinstance(mapped, NegatrodeError):
        return ()
    best = mapped.best
    if isinstance(mapped.segmentations[best], NegatrodeError):
        return ()
    both = {p: c for p, c in mapped.contents.contents.get(best, {}).items() if isinstance(c, PhaseContents)}
    if both and map_contents.is_net(mapped.maps, settings):
        present = {p: mapped.contents.present(best, p) for p in both}
        return element_facts(both, present, best, mapped.maps.path)
    try:
        marks = marks_of(mapped.maps.elements, settings)
    except NegatrodeError:
        return ()
    return marked_facts(marks.a, marks.b, best, mapped.maps.path)


def _figure(mapped: _Maps, analyses: PointContents | None, settings: Settings) -> PhasesFigure | None:
    best = mapped.best
    segmentation = mapped.segmentations[best]
    if isinstance(segmentation, NegatrodeError):
        return None
    contents, recipe = mapped.contents.contents.get(best, {}), best
    if analyses is not None:
        contents, recipe = dict(analyses.contents), POINTS
    try:
        marks = marks_of(mapped.maps.elements, settings)
        names = (marks.a, marks.b)
    except NegatrodeError:
        names = ("", "")
    edges = mapped.enclosures[best]
    found = None if isinstance(edges, NegatrodeError) else edges
    figure = drawn(mapped.maps, segmentation, found, contents, names, mapped.spectra)
    return replace(figure, recipe=recipe)


TECHNIQUE = Technique(
    "phases",
    "phases",
    "Phases A and B",
    ("map", "image"),
    RECIPES,
    KEYS,
    evaluate,
    also_tables=True,
)

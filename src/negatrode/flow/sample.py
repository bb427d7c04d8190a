"""SAMPLE.toml -> files read, properties measured, facts taken: the Sample, and what the report draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from negatrode.claimsets.library import fact_names
from negatrode.core.derive import with_derived
from negatrode.core.errors import InputError, NegatrodeError
from negatrode.core.estimate import Estimate
from negatrode.core.recording import Recording
from negatrode.core.sample import Sample as CoreSample
from negatrode.core.settings import Settings
from negatrode.files.blob import load
from negatrode.files.registry import read
from negatrode.flow.declared import read_declared
from negatrode.flow.deduced import with_deduced
from negatrode.flow.design import DesignSpec, design_facts, split_design
from negatrode.flow.folder import Folder, Section, read_folder
from negatrode.flow.measure import suited
from negatrode.flow.merge import merged, merged_facts, with_predicted
from negatrode.flow.prediction_file import read_prediction
from negatrode.techniques.registry import techniques
from negatrode.techniques.technique import Evaluation, Technique, estimate

Say = Callable[[str], None]


def _silent(_: str) -> None:
    pass


class Sample(CoreSample):
    """A sample that can be read from its SAMPLE.toml."""

    @classmethod
    def read(cls, path: str | Path) -> CoreSample:
        """Measure everything that a SAMPLE.toml names (see ``negatrode.flow.folder`` for its form)."""
        return measure_folder(path).sample


@dataclass(frozen=True)
class Trace:
    """One technique's part of a sample: what was read, what came out, or why nothing did."""

    technique: Technique
    recordings: tuple[Recording, ...] = ()
    evaluation: Evaluation | None = None
    errors: Mapping[str, NegatrodeError] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """A sample with the traces that the report draws."""

    folder: Folder
    sample: CoreSample
    traces: tuple[Trace, ...]
    design: DesignSpec


def measure_folder(path: str | Path, *, extra_claims: tuple[str, ...] = (), say: Say = _silent) -> Measured:
    """Read a SAMPLE.toml and measure every property that its files carry.

    Declared facts are those of the built-in claim sets, the folder's and ``extra_claims``.
    A technique that cannot be carried out leaves its reason in ``Sample.unmeasured`` and the rest
    goes on; a SAMPLE.toml that cannot be understood is an InputError.
    """
    known = techniques()
    folder = read_folder(path, tuple(t.section for t in known))
    source = load(folder.path).source
    facts_known = fact_names((*folder.claims, *extra_claims))
    sections, design = split_design(folder.declared, folder.path)
    estimates, declared = read_declared(sections, facts_known, folder.path, source)
    traces = []
    measured: list[tuple[Technique, dict[str, Estimate]]] = []
    for section in folder.sections:
        technique = next(t for t in known if t.section == section.name)
        say(f"{technique.title}: {', '.join(f.name for f in section.files)}")
        trace, found = _measure_section(technique, section, folder)
        traces.append(trace)
        measured.append((technique, found))
        _refuse_clash(found, estimates, folder)
        for prop, error in trace.errors.items():
            say(f"  not measured: {prop}: {error.sentence()}")
    estimates |= merged(measured, where=str(folder.path))
    prediction = read_prediction(folder.predicted) if folder.predicted else None
    if prediction is not None:
        estimates = with_predicted(estimates, prediction.estimates)
    facts, undecided = merged_facts(declared, [f for t in traces if t.evaluation for f in t.evaluation.facts])
    if prediction is not None:
        facts = {**prediction.facts, **facts}
    facts = design_facts(design, with_deduced(facts))
    reasons = {p: e.sentence() for t in traces for p, e in t.errors.items() if p not in estimates}
    if prediction is not None:
        reasons = {p: w for p, w in prediction.unpredicted.items() if p not in estimates} | reasons
    unmeasured = reasons | undecided
    sample = Sample(folder.name, with_derived(estimates), facts, unmeasured, folder.material)
    return Measured(folder, sample, tuple(traces), design)


def _refuse_clash(found: Mapping[str, Estimate], declared: Mapping[str, Estimate], folder: Folder) -> None:
    clash = sorted(set(found) & set(declared))
    if clash:
        raise InputError(
            f"{', '.join(clash)} is both declared and measured",
            where=str(folder.path),
            remedy="Keep one of them",
        )


def _measure_section(
    technique: Technique, section: Section, folder: Folder
) -> tuple[Trace, dict[str, Estimate]]:
    for prop in section.recipes:
        if prop not in technique.properties:
            raise InputError(
                f"{section.name}.recipes.{prop}",
                where=str(folder.path),
                rule=f"it measures {technique.properties}",
            )
    settings = Settings(section.name, technique.keys, section.settings, origin=folder.path.name)
    try:
        recordings = tuple(suited(technique, [read(f) for f in section.files]))
        evaluation = technique.evaluate(recordings, settings)
    except NegatrodeError as error:
        return Trace(technique, errors=dict.fromkeys(technique.properties, error)), {}
    found: dict[str, Estimate] = {}
    errors: dict[str, NegatrodeError] = {}
    if evaluation.specimen:
        return Trace(technique, recordings, evaluation), found
    for prop in technique.properties:
        try:
            found[prop] = estimate(
                technique,
                evaluation,
                prop,
                recordings=recordings,
                settings=settings,
                recipe=section.recipes.get(prop),
            )
        except InputError:
            raise
        except NegatrodeError as error:
            errors[prop] = error
    return Trace(technique, recordings, evaluation, errors), found

"""A made powder as a sample, without a folder between: what ``judge`` and the battery are given."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from negatrode.claimsets.library import fact_names
from negatrode.core.derive import with_derived
from negatrode.core.provenance import Source
from negatrode.core.sample import Fact, Sample
from negatrode.flow.declared import read_declared
from negatrode.flow.deduced import with_deduced
from negatrode.flow.design import DesignSpec, design_facts, split_design
from negatrode.flow.make import Making
from negatrode.flow.merge import with_predicted
from negatrode.flow.predict import estimates_of


@dataclass(frozen=True)
class MadeSample:
    """The predicted sample, and the electrode and battery that its route describes."""

    sample: Sample
    design: DesignSpec


def made_sample(making: Making) -> MadeSample:
    """What measuring the folder of a made powder gives (see ``negatrode.flow.made_folder``)."""
    file, made = making.file, making.made
    source = Source(str(file.path), hashlib.sha256(file.text.encode()).hexdigest())
    predicted = estimates_of(made, f"route {source.sha256[:16]} seed {file.seed}", source)
    by = f"the route {file.name}"
    sections: dict[str, dict[str, object]] = {name: dict(body) for name, body in made.design.items()}
    for name, body in file.passed.items():
        sections[name] = {**sections.get(name, {}), "declared_by": by, **body}
    rest, design = split_design(sections, file.path)
    declared, facts = read_declared(rest, fact_names(), file.path, source)
    shown = {f.name: Fact(f.name, f.value, by, str(file.path), f.evidence) for f in made.facts}
    estimates = with_predicted(declared, predicted)
    facts = design_facts(design, with_deduced({**shown, **facts}))
    unmeasured = {p: why for p, why in made.unpredicted.items() if p not in estimates}
    sample = Sample(file.name, with_derived(estimates), facts, unmeasured, file.material)
    return MadeSample(sample, design)

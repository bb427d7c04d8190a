"""A made powder as a sample folder: SAMPLE.toml, prediction.json and the route it came by."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from negatrode.core.derive import with_derived
from negatrode.core.errors import InputError
from negatrode.core.provenance import Source
from negatrode.core.sample import Fact
from negatrode.flow.predict import estimates_of
from negatrode.flow.prediction_file import prediction_json
from negatrode.flow.route import RouteFile
from negatrode.process.made import Made

FILES = ("SAMPLE.toml", "prediction.json", "ROUTE.toml")


def folder_files(file: RouteFile, made: Made, folder: Path) -> dict[str, bytes]:
    """The files of the sample folder by name; ``folder`` is where they will stand."""
    data = file.text.encode()
    source = _source(file, data)
    key = f"route {source.sha256[:16]} seed {file.seed}"
    estimates = estimates_of(made, key, source)
    facts = {
        f.name: Fact(f.name, f.value, f"the route {file.name}", str(file.path), f.evidence)
        for f in made.facts
    }
    unpredicted = {k: v for k, v in made.unpredicted.items() if k not in with_derived(estimates)}
    return {
        "SAMPLE.toml": _sample_toml(file, made, folder).encode(),
        "prediction.json": prediction_json(file.name, estimates, facts, unpredicted, source).encode(),
        "ROUTE.toml": data,
    }


def _source(file: RouteFile, data: bytes) -> Source:
    import hashlib

    return Source(str(file.path), hashlib.sha256(data).hexdigest())


def _sample_toml(file: RouteFile, made: Made, folder: Path) -> str:
    sections: dict[str, dict[str, object]] = {
        "sample": {
            "name": file.name, "material": file.material,
            "notes": file.notes or "predicted from its route; nothing was measured", "seed": file.seed,
        },
        "predicted": {"file": "prediction.json"},
    }  # fmt: skip
    for name, body in made.design.items():
        sections[name] = dict(body)
    for name, passed in file.passed.items():
        by = f"the route {file.name}"
        sections[name] = {**sections.get(name, {}), "declared_by": by, **passed}
    bpx = sections.get("battery", {}).get("bpx")
    if isinstance(bpx, str):
        sections["battery"]["bpx"] = os.path.relpath(file.path.parent.resolve() / bpx, folder.resolve())
    head = (
        "# Written by negatrode make. Measure the powder and add the files ([xrd] and so on): what is\n"
        "# measured stands in the place of what is predicted, and the report shows both.\n"
    )
    return head + "".join(f"\n[{name}]\n{_lines(body)}" for name, body in sections.items())


def _lines(body: Mapping[str, object]) -> str:
    return "".join(f"{_key(k)} = {toml_value(v)}\n" for k, v in body.items())


def _key(key: str) -> str:
    bare = key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    return key if bare else json.dumps(key)


def toml_value(value: object) -> str:
    """A value as TOML writes it.

    >>> toml_value({"Si": "70 wt%", "n": [1, 0.5, True]})
    '{ Si = "70 wt%", n = [1, 0.5, true] }'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(k))} = {toml_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    raise InputError(f"{value!r} has no place in a SAMPLE.toml", rule="words, numbers, lists and tables")

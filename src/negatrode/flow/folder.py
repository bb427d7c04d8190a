"""SAMPLE.toml: which files, which settings, which facts, and who declares them.

::

    [sample]
    name = "HC-12"

    [xrd]                         # one section a technique
    files = ["xrd/scan.xy"]
    wavelength = "0.15418 nm"
    recipes = { d002 = "house" }  # optional

    [process]                     # declared facts and quantities, with who declares them
    declared_by = "A. Maker, batch sheet 12"
    carbonized_vinyl_resin = true
    oxidation_temperature = "250 degC"
    oxidation_temperature_uncertainty = "3 degC"

    [predicted]                   # written by ``negatrode make``: what the route leads to
    file = "prediction.json"

A technique that was used on several specimens is written as ``[[cycling]]``, one table each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError

DECLARING = ("process", "electrode", "battery", "declared")
_SAMPLE_KEYS = ("name", "material", "claims", "notes", "seed")


@dataclass(frozen=True)
class Section:
    """One technique's files, settings and recipes."""

    name: str
    files: tuple[Path, ...]
    settings: Mapping[str, object]
    recipes: Mapping[str, str]


@dataclass(frozen=True)
class Folder:
    """A SAMPLE.toml as read; nothing measured yet."""

    path: Path
    name: str
    material: str
    claims: tuple[str, ...]
    notes: str
    seed: int
    sections: tuple[Section, ...]
    declared: Mapping[str, Mapping[str, object]]
    predicted: Path | None = None


def read_folder(path: str | Path, known_sections: tuple[str, ...]) -> Folder:
    """Read and check a SAMPLE.toml (or the one in a folder).

    Raises InputError with the TOML path for what is not allowed.
    """
    place = Path(path)
    if place.is_dir():
        place = place / "SAMPLE.toml"
    document = _document(place)
    for name in document:
        if name not in (*known_sections, *DECLARING, "sample", "predicted"):
            hint = near_matches(name, ["sample", "predicted", *known_sections, *DECLARING])
            raise InputError(
                f"unknown section [{name}]", where=str(place), remedy=hint or f"Known: {known_sections}"
            )
        if not isinstance(document[name], dict) and not _is_tables(name, document[name], known_sections):
            raise InputError(
                f"'{name}' is no section", where=str(place), rule=f"it must be a section, [{name}]"
            )
    head = document.get("sample", {})
    _check_head(head, place)
    claims = head.get("claims", head.get("material", "hard-carbon"))
    return Folder(
        path=place,
        name=str(head["name"]),
        material=str(head.get("material", "")),
        claims=tuple(_claim_place(c, place) for c in (claims if isinstance(claims, list) else [claims])),
        notes=str(head.get("notes", "")),
        seed=int(head.get("seed", 0)),
        sections=tuple(
            _section(n, body, place)
            for n in known_sections
            if n in document
            for body in (document[n] if isinstance(document[n], list) else [document[n]])
        ),
        declared={n: document[n] for n in DECLARING if n in document},
        predicted=_predicted(document["predicted"], place) if "predicted" in document else None,
    )


def _predicted(body: Mapping[str, Any], place: Path) -> Path:
    """The prediction file that ``negatrode make`` wrote."""
    if set(body) != {"file"} or not isinstance(body["file"], str):
        raise InputError(
            f"predicted has {', '.join(body) or 'nothing'}",
            where=str(place),
            rule='[predicted] holds file = "prediction.json" and nothing else',
        )
    return place.parent / body["file"]


def _is_tables(name: str, body: object, known_sections: tuple[str, ...]) -> bool:
    """Whether it is ``[[technique]]``: an array of tables of a technique."""
    return (
        name in known_sections
        and isinstance(body, list)
        and bool(body)
        and all(isinstance(b, dict) for b in body)
    )


def _claim_place(name: str, place: Path) -> str:
    """A claim file is found beside the SAMPLE.toml; a built-in set by its name."""
    return str(place.parent / name) if name.endswith(".toml") else name


def _document(place: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(place.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise InputError(
            "no such file", where=str(place), remedy="See docs/sample-folder.md for how to write one"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read ({error})", where=str(place), rule="SAMPLE.toml is UTF-8 text"
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"no TOML: {error}", where=str(place), remedy="Correct the line named") from None


def _check_head(head: Mapping[str, Any], place: Path) -> None:
    for key in head:
        if key not in _SAMPLE_KEYS:
            raise InputError(
                f"unknown key 'sample.{key}'", where=str(place), remedy=near_matches(key, list(_SAMPLE_KEYS))
            )
    if not isinstance(head.get("name"), str) or not head["name"].strip():
        raise InputError("sample.name is missing", where=str(place), remedy='Write [sample] and name = "..."')
    if not isinstance(head.get("seed", 0), int) or isinstance(head.get("seed", 0), bool):
        raise InputError("sample.seed is no whole number", where=str(place))
    claims = head.get("claims", "")
    if not isinstance(claims, str) and not (
        isinstance(claims, list) and all(isinstance(c, str) for c in claims)
    ):
        raise InputError("sample.claims is neither a name nor a list of names", where=str(place))


def _section(name: str, body: Mapping[str, Any], place: Path) -> Section:
    files = body.get("files", body.get("file"))
    if isinstance(files, str):
        files = [files]
    if not isinstance(files, list) or not files or not all(isinstance(f, str) for f in files):
        raise InputError(
            f"{name}.files is missing or no list of paths",
            where=str(place),
            remedy=f'Write files = ["..."] under [{name}]',
        )
    recipes = body.get("recipes", {})
    if not isinstance(recipes, dict) or not all(isinstance(v, str) for v in recipes.values()):
        raise InputError(f"{name}.recipes", where=str(place), rule='it is a table such as { d002 = "house" }')
    settings = {k: v for k, v in body.items() if k not in ("files", "file", "recipes")}
    for key, value in settings.items():
        if not isinstance(value, str | int | float):
            raise InputError(
                f"{name}.{key} is a {type(value).__name__}",
                where=str(place),
                rule="settings are words or quantities",
            )
    return Section(name, tuple(place.parent / f for f in files), settings, recipes)

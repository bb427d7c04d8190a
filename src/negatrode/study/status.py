"""How far a study is, from its journal, also while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from negatrode.study.folder import journal_of
from negatrode.study.journal import Journal
from negatrode.study.lock import holder
from negatrode.study.versions import catalogue_version, code_version


def status_json(path: str | Path) -> dict[str, Any]:
    """Parts with planned, done, failed and waiting points; who writes; reasons; versions of the points."""
    place = journal_of(path)
    with Journal.read(place) as journal:
        counts = journal.counts()
        parts = [
            {
                "part": p.part, "points": total, "done": done, "failed": failed,
                "waiting": total - done - failed,
            }
            for p in journal.plans()
            for total, done, failed in [counts.get(p.part, (p.total, 0, 0))]
        ]  # fmt: skip
        current = (code_version(), catalogue_version())
        return {
            "study": journal.meta().get("name", ""),
            "journal": str(place),
            "writer": holder(place),
            "parts": parts,
            "last_point": journal.last_finished(),
            "failures": [{"reason": why, "points": n} for why, n in journal.reasons()],
            "versions": [
                {"code": code, "catalogue": catalogue, "points": n, "current": (code, catalogue) == current}
                for code, catalogue, n in journal.versions()
            ],
        }


def status_text(found: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"{found['study'] or 'study'}: {found['journal']}"]
    lines.append(f"running: {found['writer']}" if found["writer"] else "not running")
    for p in found["parts"]:
        line = f"  {p['part']}: {p['done']} of {p['points']} points done"
        line += f", {p['failed']} failed" if p["failed"] else ""
        lines.append(line + (f", {p['waiting']} waiting" if p["waiting"] else ""))
    if found["last_point"]:
        lines.append(f"last point: {found['last_point']}")
    lines += [f"  failed ({f['points']}): {f['reason']}" for f in found["failures"]]
    lines += [
        f"{v['points']} points by code {v['code']}, catalogue {v['catalogue']}: not used by this release"
        for v in found["versions"]
        if not v["current"]
    ]
    return "\n".join(lines)

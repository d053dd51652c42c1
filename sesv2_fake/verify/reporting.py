"""What was found, as text for a terminal, as JSON, and as a report to paste into an issue."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .verifying import Finding, Verified

_JSON = ("id", "grade", "holds", "expected", "got")


def as_json(verified: Verified) -> str:
    """A list of all findings; `closes` is there if the answer closes an open point."""
    return json.dumps(
        [
            {name: getattr(finding, name) for name in _JSON}
            | ({"closes": finding.closes} if finding.closes else {})
            for finding in verified.findings
        ],
        indent=4,
    )


def as_text(verified: Verified) -> str:
    """What differs, the open points that are closed, and how many hold."""
    return "\n".join(_lines(verified))


def _lines(verified: Verified) -> Iterator[str]:
    for finding in verified.differing:
        yield f"{finding.id} [{finding.grade}]: {finding.asks}"
        yield f"    expected  {finding.expected}"
        yield f"    got       {finding.got}"
        if finding.closes:
            yield f"    this closes: {finding.closes}"
        yield ""
    closed: dict[tuple[str, str], list[str]] = {}
    for finding in verified.findings:
        if finding.holds and finding.closes:
            closed.setdefault((finding.closes, _as_fake(finding)), []).append(finding.id)
    for (point, answer), ids in closed.items():
        yield f"this closes: {point} ({', '.join(ids)}: {answer})"
    if closed:
        yield ""
    yield _how_many(verified)


def _as_fake(finding: Finding) -> str:
    return "as the fake does" if finding.got == finding.expected else finding.got


def _how_many(verified: Verified) -> str:
    number = len(verified.findings)
    return f"{number - len(verified.differing)} of {number} probes hold"


def as_report(verified: Verified, about: str) -> str:
    """Markdown: what was asked, `about` whom it was asked of, and every finding."""
    return "\n".join(
        [
            "# What `sesv2-fake verify` found",
            "",
            f"{about}. {_how_many(verified)}.",
            *(f"Note: {note}." for note in verified.notes),
            "",
            "| probe | grade | holds | expected | got | this closes |",
            "|---|---|---|---|---|---|",
            *(_row(finding) for finding in verified.findings),
            "",
        ]
    )


def _row(finding: Finding) -> str:
    cells = (
        finding.id,
        finding.grade,
        "yes" if finding.holds else "**no**",
        finding.expected,
        finding.got,
        finding.closes,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

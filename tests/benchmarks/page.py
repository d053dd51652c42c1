"""Writes docs/benchmarks.md and its picture out of the rows of a run.

`python tests/benchmarks/page.py` writes them again out of the table that the page has.
"""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from html import escape
from pathlib import Path
from typing import NamedTuple

from measuring import Row

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "benchmarks.md"
PICTURE = DOCS / "benchmarks.svg"
HEAD = ("what", "here", "beside", "ratio", "goal")
MEASURED = "Measured on "


class Highlight(NamedTuple):
    """A row that matters to a user."""

    what: str
    peer: str
    #: In the picture.
    label: str
    #: In the table: what is measured, and what it is compared with.
    words: str
    beside: str


CALL = "a test of a suite: the fixture and a call"
TEN = "10 queries over 30 days, 30 of them with counts"
HIGHLIGHTS = (
    Highlight(
        CALL,
        "under moto",
        "a test of a suite / moto's",
        "A test that takes the fixture and makes one call",
        "a test under moto that makes one call",
    ),
    Highlight(
        CALL,
        "a Stubber on a shared client",
        "a test of a suite / a Stubber's",
        "The same test. A Stubber leaves out signing, retries, parsing and errors",
        "a test that stubs a client that all tests share",
    ),
    Highlight(
        "start and stop",
        "moto",
        "start and stop / moto",
        "To start and stop a fake, however many clients there are",
        "`mock_aws`",
    ),
    Highlight(
        "1 query over 30 days, 3 of them with counts",
        "canned",
        "one query / the same bytes, canned",
        "A call with one query. Nearly all of it is botocore's own work",
        "a `before-send` handler that answers the same bytes",
    ),
    Highlight(
        TEN,
        "canned",
        "ten full queries / the same bytes, canned",
        "A call with ten queries, each with a count on every day of a month. The fake spares "
        "botocore's parser, which takes most of the time",
        "a `before-send` handler that answers the same bytes",
    ),
    Highlight(
        TEN,
        "Stubber",
        "ten full queries / a Stubber",
        "The same call",
        "a Stubber that has the answer already",
    ),
    Highlight(
        "send_email",
        "moto",
        "send_email / moto",
        "To send an email",
        "moto, which answers it and keeps it too",
    ),
    Highlight(
        "a served call of 10 queries",
        "a bare werkzeug application",
        "ten queries over HTTP / a bare application",
        "A call of ten queries over HTTP, for other languages",
        "a werkzeug application that answers the same bytes",
    ),
    Highlight(
        "`load_events`, 2,358 records",
        "`json.loads` alone",
        "load_events / json.loads",
        "To count a file of event records",
        "to read its JSON and do nothing with it",
    ),
    Highlight(
        "`load_counts`, 1,000,000 rows of CSV",
        "`csv.DictReader` alone",
        "load_counts / csv.DictReader",
        "To count a CSV file of a million rows",
        "to read it with `csv.DictReader` and do nothing with it",
    ),
)

INTRODUCTION = """# Benchmarks

What the fake costs a test, beside other ways to do the same. A ratio of 1 is as long as the other
way takes; 0.2 is a fifth of that.

![Ten ratios as bars, in the order of the table below](benchmarks.svg)

"""

EXPLANATION = """
- The cost of a call grows with the days that it asks for, not with the number of emails: of
  150,000 events as quick as of 1,500.
- Most of a call is botocore's own work. What the fake adds to it is to read the request, check it
  as SES does, count, and write the answer.
- `count=1000` costs as much as one email.
- A run of pytest that does not use the fake loads almost nothing of it.

## How it is measured

`tox -e benchmarks -- --page` measures everything and writes this page and its picture: no figure
is copied by hand. `tox -e benchmarks` prints the table alone, and `tox -e benchmarks -- --against
REV` compares the working tree with a git revision.

All times are the best of several rounds. Both sides of a ratio were measured in turns, in the same
run.

- *Canned* is the same call on a signed client, answered with the very same headers and bytes by a
  `before-send` handler. *Canned, unsigned* is the least that botocore itself takes for an answer
  that comes from a handler.
- moto does not have `BatchGetMetricData`; its `list_contacts` with ten contacts stands for a call
  of SES v2.
- `Stubber` and `MagicMock` are quicker because they leave out most of botocore, and with it the
  errors that it would have found.

## The full table

"""


def machine() -> str:
    """When and on what it was measured."""
    import botocore

    today = datetime.now(timezone.utc).date()
    python = ".".join(platform.python_version_tuple()[:2])
    return (
        f"{MEASURED}{today} on {os.cpu_count()} cores with Python {python} "
        f"and botocore {botocore.__version__}."
    )


def page(rows: Sequence[Row], measured: str) -> str:
    """The page."""
    ten = [
        (f"{one.words}", row.ours, f"{one.beside}: {_time_of(row)}", row.ratio)
        for one, row in _highlights(rows)
    ]
    return "".join(
        [
            INTRODUCTION,
            _table(("", "the fake", "beside it", "ratio"), ten),
            f"\n{measured}\n",
            EXPLANATION,
            _table(HEAD, rows),
        ]
    )


def _highlights(rows: Sequence[Row]) -> list[tuple[Highlight, Row]]:
    by_name = {(row.what, row.peer.partition(":")[0]): row for row in rows}
    return [(one, by_name[one.what, one.peer]) for one in HIGHLIGHTS]


def _time_of(row: Row) -> str:
    return row.peer.partition(": ")[2]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("  ", " ") for line in lines)


WIDTH, LEFT, RIGHT, LINE, TOP = 860, 330, 60, 34, 48
#: Decades of the scale: from a hundredth of the other's time to ten times as long.
LOWEST, HIGHEST = -2, 1
STYLE = """
text { font: 14px system-ui, sans-serif; fill: #24292f }
.scale { font-size: 12px; fill: #57606a }
.line { stroke: #d0d7de }
.one { stroke: #57606a }
.quicker { fill: #1a7f64 }
.slower { fill: #bc6c25 }
"""


def picture(rows: Sequence[Row]) -> str:
    """The ratios as an SVG image, each a bar that begins where both take as long."""
    height = TOP + len(HIGHLIGHTS) * LINE + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
    ]
    parts.append('<text x="16" y="24" class="scale">the fake / the other way</text>')
    for ratio, words in (
        (0.01, "a hundredth"),
        (0.1, "a tenth"),
        (1, "as long"),
        (10, "ten times"),
    ):
        x = _x(ratio)
        kind = "one" if ratio == 1 else "line"
        parts += [
            f'<text x="{x:.0f}" y="24" text-anchor="middle" class="scale">{words}</text>',
            f'<line x1="{x:.0f}" y1="34" x2="{x:.0f}" y2="{height - 12}" class="{kind}"/>',
        ]
    for place, (one, row) in enumerate(_highlights(rows)):
        ratio = float(row.ratio.replace(",", ""))
        y, x, at_one = TOP + place * LINE, _x(ratio), _x(1)
        is_quicker = ratio <= 1
        begin, end = sorted((x, at_one))
        kind = "quicker" if is_quicker else "slower"
        bar = f'x="{begin:.1f}" y="{y + 2}" width="{max(end - begin, 2):.1f}" height="20" rx="3"'
        side, at = ("end", begin - 6) if is_quicker else ("start", end + 6)
        parts += [
            f'<text x="16" y="{y + 16}">{escape(one.label)}</text>',
            f'<rect {bar} class="{kind}"/>',
            f'<text x="{at:.1f}" y="{y + 17}" text-anchor="{side}">{row.ratio}</text>',
        ]
    return "\n".join([*parts, "</svg>\n"])


def _x(ratio: float) -> float:
    decades = min(max(math.log10(ratio), LOWEST), HIGHEST) - LOWEST
    return LEFT + 30 + (WIDTH - LEFT - RIGHT - 60) * decades / (HIGHEST - LOWEST)


def rows_of(text: str) -> tuple[list[Row], str]:
    """The rows of a page's full table, and when these were measured."""
    _, _, table = text.partition("## The full table")
    lines = [line for line in table.splitlines() if line.startswith("|")]
    rows = [Row(*map(str.strip, line[1:-1].split("|"))) for line in lines[2:]]
    return rows, next(line for line in text.splitlines() if line.startswith(MEASURED))


def write(rows: Sequence[Row], measured: str) -> None:
    """Write the page and its picture."""
    PAGE.write_text(page(rows, measured), "utf-8")
    PICTURE.write_text(picture(rows), "utf-8")


if __name__ == "__main__":
    write(*rows_of(PAGE.read_text("utf-8")))

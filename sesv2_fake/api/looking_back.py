"""What a request asked for, even if it was refused: for `fake.calls` and the report."""

from __future__ import annotations

from .. import checks
from ..counting.metrics import Metric
from .errors import Refusal
from .validation import MAX_QUERIES, valid
from .wire import Query, RawQuery, deserialize


def readable(body: bytes) -> tuple[int, list[Query], list[str]]:
    """How many queries any body has, and what to show of the first ten.

    These are the queries that can be read, and what is wrong with the others.
    """
    try:
        queries = deserialize(body) or []
    except Refusal:
        return 0, [], []
    number, queries = len(queries), queries[:MAX_QUERIES]
    flaws = {position: _flaw(query) for position, query in enumerate(queries, start=1)}
    return (
        number,
        [valid(query) for query, flaw in zip(queries, flaws.values()) if query and not flaw],
        [f"query {position}: {flaw}" for position, flaw in flaws.items() if flaw],
    )


def _flaw(query: RawQuery | None) -> str:
    if query is None:
        return "null"
    missing = [
        name
        for name, value in (
            ("Id", query.id),
            ("Metric", query.metric),
            ("StartDate", query.start),
            ("EndDate", query.end),
        )
        if value is None
    ]
    if missing:
        return f"no {', '.join(missing)}"
    if query.metric not in Metric.__members__:
        near = checks.suggestion(query.metric or "", Metric.__members__)
        return f"unknown metric {query.metric!r}{near}"
    return ""

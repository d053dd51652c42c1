"""What a probe is, and the requests that most of them are made of."""

from __future__ import annotations

from typing import Any, NamedTuple

#: How a 200 is described that has nothing wrong (verifying.py).
ANSWERED = "200: one result for each query"
EMPTY = "200: one result for each query, with two empty lists"


class Day(NamedTuple):
    """A date in a request: so many days after today's midnight UTC, and so many seconds."""

    days: int
    seconds: int = 0
    as_text: bool = False


class Probe(NamedTuple):
    """A request, and the answer that is expected."""

    id: str
    #: Of the expected answer: "doc", "live", or "open" if it is the fake's own choice.
    grade: str
    asks: str
    #: What JSON makes the body of, with `Day`s in it; or the body itself.
    request: Any
    #: As `verifying.described` says it; what ends in "..." may go on.
    expected: str
    #: The open point that any answer closes.
    closes: str = ""


def query(**members: Any) -> dict[str, Any]:
    """A valid query of the last week, but for these members; None leaves one out."""
    query = {
        "Id": "q",
        "Namespace": "VDM",
        "Metric": "SEND",
        "StartDate": Day(-7),
        "EndDate": Day(0),
        **members,
    }
    return {name: value for name, value in query.items() if value is not None}


def one(**members: Any) -> dict[str, Any]:
    """A request of one such query."""
    return {"Queries": [query(**members)]}


def where(**dimensions: str | None) -> dict[str, Any]:
    """A request of one query with these dimensions."""
    return one(Dimensions=dimensions)


def refused(message: str) -> str:
    """The answer that most refusals are."""
    return f"400 BadRequestException: {message}"

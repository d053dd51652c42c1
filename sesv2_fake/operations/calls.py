"""What a test reads of the calls that reached the fake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..untyped import JSONObject, Members

if TYPE_CHECKING:
    from .faults import Drop

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Metric
from ..emails.email import Email
from ..untyped import JSON
from .errors import HttpAnswer, Refusal
from .metric_checks import MAX_QUERIES, valid
from .metric_queries import Query, RawQuery, parse_queries
from .requests import HttpRequest

#: How many calls and emails, the newest, a fake keeps that is only asked over HTTP: nobody may
#: ever reset it.
NEWEST_KEPT = 1_000


#: How many recipients of one call its line shows.
_SHOWN = 3


@dataclass(slots=True)
class Result:
    """The answer to one query."""

    id: str
    #: The count of each UTC day, by days since the epoch.
    days: Mapping[int, int]

    @property
    def timestamps(self) -> list[dt.datetime]:
        """`Timestamps`: midnight UTC of each day that has a count, ascending."""
        return [timestamps.to_datetime(day * timestamps.DAY) for day in self.days]

    @property
    def values(self) -> list[int]:
        """`Values`: the count of each of these days."""
        return list(self.days.values())


@dataclass(frozen=True, slots=True)
class QueryError:
    """The error of one query."""

    id: str
    code: str
    message: str


@dataclass(repr=False, slots=True)
class Call:
    """One attempt at an operation that reached the fake, and its outcome.

    .. versionchanged:: 0.2
       Added `operation`, `number_of_queries`, `unreadable`, `emails` and `divergences`; `queries`
       has the first ten at most.
    """

    #: The operation's name, such as `BatchGetMetricData`.
    operation: str
    region: str
    time: dt.datetime
    #: 1 for the first attempt, more for the client's retries.
    attempt: int
    #: What the whole call failed with: an error of SES such as `BadRequestException`, or the
    #: name of the exception of a connection that broke. `RuntimeError` if the fake refused the
    #: call because nobody answers its operation.
    error: str | None = None
    message: str | None = None
    #: Of `BatchGetMetricData`: how many queries it has, and these, the first ten at most, as far
    #: as they could be read.
    number_of_queries: int = 0
    queries: list[Query] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    errors: list[QueryError] = field(default_factory=list)
    #: What is wrong with each of its queries that could not be read.
    unreadable: list[str] = field(default_factory=list)
    #: Of an operation that sends: the emails that were accepted.
    emails: tuple[Email, ...] = ()
    #: What the live service would have refused it for.
    divergences: tuple[str, ...] = ()
    _service: str = "sesv2"
    _request: HttpRequest | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the operation was called with, by botocore's model, as far as it can be read.

        .. versionadded:: 0.3
        """
        from . import models

        request = self._request
        return models.parameters_of(self._service, self.operation, request) if request else {}

    def _in_one_line(self) -> str:
        """Region, number of queries, attempt, and the outcome."""
        number = self.number_of_queries
        what = "1 query" if number == 1 else f"{number} queries"
        if self.operation != "BatchGetMetricData":
            what = self.operation
        elif self.error == "SerializationException":
            what = "unreadable body"
        attempt = f", attempt {self.attempt}" if self.attempt > 1 else ""
        if self.error is not None:
            outcome = f"{self.error}: {self.message}"
        elif self.queries:
            failed = f", {len(self.errors)} failed" if self.errors else ""
            outcome = f"{len(self.results)} answered{failed}"
        elif self.emails:
            to = [address for email in self.emails for address in email.recipients]
            outcome = f"sent to {checks.listed(to, _SHOWN)}"
        else:
            outcome = "answered"
        return f"{self.region}, {what}{attempt}: {outcome}"

    def __repr__(self) -> str:
        return f"<Call: {self._in_one_line()}>"


def readable_queries(body: bytes) -> tuple[int, list[Query], list[str]]:
    """How many queries any body has, and what to show of the first ten.

    These are the queries that can be read, and what is wrong with the others.
    """
    try:
        queries = parse_queries(body) or []
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


@dataclass(slots=True)
class Reply:
    """The answer of an operation to a request that it does not refuse."""

    payload: JSON = None
    queries: list[Query] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    errors: list[QueryError] = field(default_factory=list)
    #: The emails that were accepted.
    emails: list[Email] = field(default_factory=list)
    #: What the live service would have refused.
    diverging: list[Refusal] = field(default_factory=list)


def without_none(members: Members) -> JSONObject:
    """The members that have a value: SES leaves the others out."""
    return {name: value for name, value in members.items() if value is not None}


def divergences_of(diverging: Iterable[Refusal]) -> tuple[str, ...]:
    """What the live service would have refused, each answer of it once."""
    return tuple(dict.fromkeys(f"{refusal.error}: {refusal.message}" for refusal in diverging))


class Outcome(NamedTuple):
    """What happens to a request."""

    #: None if the connection breaks.
    http: HttpAnswer | None
    #: How it breaks: one of `faults.DROPS`, or an exception of a transport's.
    drop: Drop = "no-connection"
    #: What the live service would have refused.
    diverging: list[Refusal] | tuple[()] = ()
    #: A fault caused it, and a client that tries again need not wait.
    retry_at_once: bool = False

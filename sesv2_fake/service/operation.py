"""`BatchGetMetricData`: an HTTP request comes in as plain values, an HTTP answer goes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..metrics import dimension_values, moments
from ..metrics.definitions import Dimension
from ..metrics.store import Filters, MetricStore
from . import validation
from .errors import HttpAnswer, Refusal, answer, answer_to
from .requests import HttpRequest, Query, deserialize


@dataclass(frozen=True)
class Result:
    """What one query was answered with."""

    id: str
    #: The count of each UTC day, by days since the epoch.
    days: Mapping[int, int]

    @property
    def timestamps(self) -> list[dt.datetime]:
        """`Timestamps`: midnight UTC of each day that has a count, ascending."""
        return [moments.to_datetime(day * moments.DAY) for day in self.days]

    @property
    def values(self) -> list[int]:
        """`Values`: the count of each of these days."""
        return list(self.days.values())


@dataclass(frozen=True)
class Call:
    """One attempt at `BatchGetMetricData` that reached the fake, and its outcome."""

    queries: list[Query]
    results: list[Result]
    #: The error that refused the whole call, such as `BadRequestException`.
    error: str | None
    message: str | None
    region: str
    time: dt.datetime
    #: 1 for the first attempt, more for the client's retries.
    attempt: int


class Service:
    """SES, as far as one operation goes: what it counted, how it is set up, who asked."""

    def __init__(self, store: MetricStore, *, contract: str, vdm_enabled: bool) -> None:
        self.store = store
        self.contract = contract
        self.vdm_enabled = vdm_enabled
        self.calls: list[Call] = []

    def answer(self, request: HttpRequest) -> tuple[HttpAnswer, list[Refusal]]:
        """The answer to a request, and what the live service would have refused of it."""
        queries: list[Query] = []
        results: list[Result] = []
        diverging: list[Refusal] = []
        refused: Refusal | None = None
        try:
            # Step 0 of SES's checks: before the body is even looked at. [live]
            if not self.vdm_enabled:
                raise _VDM_IS_OFF
            queries, diverging = validation.validate(deserialize(request.body), self.contract)
            results = [self._result(query, request.region) for query in queries]
            # Results come in no promised order [live]; the live contract keeps that promise.
            if self.contract == "live":
                results.reverse()
            answered = answer(
                200, {"Results": [_on_wire(result) for result in results], "Errors": []}
            )
        except Refusal as refusal:
            refused = refusal
            answered = answer_to(refusal)
        self.calls.append(
            Call(
                queries,
                results,
                refused.error if refused else None,
                refused.message if refused else None,
                request.region,
                moments.to_datetime(moments.now()),
                request.attempt,
            )
        )
        return answered, diverging

    def _result(self, query: Query, region: str) -> Result:
        return Result(
            query.id,
            self.store.daily_counts(
                query.metric, region, _filters(query.dimensions), query.start, query.end
            ),
        )


#: The wording goes on in the service's own answer; the rest is [open].
_VDM_IS_OFF = Refusal(
    "NotFoundException", "To use this feature you must enable Virtual Deliverability Manager"
)


def _filters(dimensions: Mapping[str, str]) -> Filters:
    return tuple(
        (Dimension(name), None if value == validation.ANY else _values(Dimension(name), value))
        for name, value in dimensions.items()
    )


def _values(dimension: Dimension, value: str) -> frozenset[str]:
    return frozenset(dimension_values.normalized(dimension, one) for one in value.split(","))


def _on_wire(result: Result) -> dict[str, Any]:
    """Timestamps are whole epoch seconds of midnight UTC. [live]"""
    seconds = moments.DAY // moments.SECOND
    return {
        "Id": result.id,
        "Timestamps": [day * seconds for day in result.days],
        "Values": list(result.days.values()),
    }

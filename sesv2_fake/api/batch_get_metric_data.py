"""`BatchGetMetricData`: an HTTP request comes in as plain values, an HTTP answer goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..counting import dimensions as dimension_values
from ..counting import moments
from ..counting.metrics import Dimension
from ..counting.store import Filters, MetricStore, Question
from . import validation
from .calls import Call, QueryError, Result
from .errors import HttpAnswer, Refusal, answer, answer_to
from .faults import ConnectionFault, Faults
from .rate_limits import RateLimits
from .wire import HttpRequest, Query, deserialize


@dataclass
class Outcome:
    """What becomes of a request."""

    #: None where the connection breaks.
    http: HttpAnswer | None = None
    #: How it breaks: one of `faults.DROPS`, or an exception of a transport's.
    drop: Any = None
    #: What the live service would have refused.
    diverging: list[Refusal] = field(default_factory=list)
    #: A fault caused it, and whoever tries again need not wait.
    retry_at_once: bool = False


class Service:
    """SES, as far as one operation goes: what it counted, how it is set up, who asked."""

    def __init__(
        self,
        store: MetricStore,
        *,
        contract: str,
        vdm_enabled: bool,
        enforce_rate_limits: bool,
        instant_retries: bool,
    ) -> None:
        self.store = store
        self.contract = contract
        self.vdm_enabled = vdm_enabled
        self.instant_retries = instant_retries
        self.faults = Faults()
        self.calls: list[Call] = []
        self._rate_limits = RateLimits() if enforce_rate_limits else None

    def reset(self, store: MetricStore) -> None:
        """Forget seeds, faults and calls."""
        self.store = store
        self.faults = Faults()
        self.calls = []
        if self._rate_limits is not None:
            self._rate_limits = RateLimits()

    def answer(self, request: HttpRequest) -> Outcome:
        """What becomes of a request."""
        fault = self.faults.of_call()
        outcome = Outcome(retry_at_once=fault is not None and self.instant_retries)
        queries: list[Query] = []
        results: list[Result] = []
        errors: list[QueryError] = []
        failed: tuple[str, str] | None = None
        if isinstance(fault, ConnectionFault):
            outcome.drop = fault.drop
            failed = fault.error, "the connection was dropped"
        else:
            try:
                if fault is not None:
                    raise fault.refusal()
                queries, outcome.diverging = self._accepted(request)
                results, errors = self._answered(queries, request.region)
                outcome.http = answer(200, _on_wire(results, errors))
            except Refusal as refusal:
                outcome.http = answer_to(refusal)
                failed = refusal.error, refusal.message
        error, message = failed or (None, None)
        unreadable: list[str] = []
        if not queries:
            queries, unreadable = validation.readable(request.body)
        self.calls.append(
            Call(
                queries,
                results,
                errors,
                error,
                message,
                request.region,
                moments.to_datetime(moments.now()),
                request.attempt,
                unreadable,
            )
        )
        return outcome

    def _accepted(self, request: HttpRequest) -> tuple[list[Query], list[Refusal]]:
        """The queries of a call, and what the live service would refuse of them."""
        # Step 0 of SES's checks: before the body is even looked at. [live]
        if not self.vdm_enabled:
            raise _vdm_is_off()
        accepted = validation.validate(deserialize(request.body), self.contract)
        if self._rate_limits is not None:
            self._rate_limits.take(request.region)
        return accepted

    def _answered(self, queries: list[Query], region: str) -> tuple[list[Result], list[QueryError]]:
        """The results, and the errors of the queries that a fault struck. [doc]"""
        results, errors = [], []
        for query in queries:
            fault = self.faults.of_query(query)
            if fault is None:
                results.append(self._result(query, region))
            else:
                errors.append(QueryError(query.id, fault.code, fault.message))
        # Results come in no promised order [live]; the live contract keeps that promise.
        if self.contract == "live":
            results.reverse()
        return results, errors

    def _result(self, query: Query, region: str) -> Result:
        return Result(query.id, self.store.daily_counts(question_of(query, region)))


def _vdm_is_off() -> Refusal:
    # The wording goes on in the service's own answer; the rest is [open].
    return Refusal(
        "NotFoundException", "To use this feature you must enable Virtual Deliverability Manager"
    )


def question_of(query: Query, region: str) -> Question:
    """What a query of a region's client asks of the counts."""
    return Question(query.metric, region, filters_of(query.dimensions), query.start, query.end)


def filters_of(dimensions: Mapping[str, str]) -> Filters:
    """What the dimensions of a query let through."""
    return tuple(
        (Dimension(name), None if value == validation.ANY else _values(Dimension(name), value))
        for name, value in dimensions.items()
    )


def _values(dimension: Dimension, value: str) -> frozenset[str]:
    return frozenset(dimension_values.normalized(dimension, one) for one in value.split(","))


def _on_wire(results: list[Result], errors: list[QueryError]) -> dict[str, Any]:
    """The body of an answer; timestamps are whole epoch seconds. [doc]"""
    seconds = moments.DAY // moments.SECOND
    return {
        "Results": [
            {
                "Id": result.id,
                "Timestamps": [day * seconds for day in result.days],
                "Values": list(result.days.values()),
            }
            for result in results
        ],
        "Errors": [
            {"Id": error.id, "Code": error.code, "Message": error.message} for error in errors
        ],
    }

"""`BatchGetMetricData`: queries come in, daily series go out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..account import Account
from ..counting import metrics, timestamps
from ..counting.metrics import DIMENSIONS, Dimension
from ..counting.rule import Filters, Question
from . import metric_checks
from .calls import QueryError, Reply, Result
from .errors import Encoded, Refusal, encode
from .faults import triggered_by_query
from .metric_queries import Query, parse_queries
from .requests import HttpRequest


def batch_get_metric_data(account: Account, request: HttpRequest) -> Reply:
    """The daily series of each query, and the errors of those that a fault failed."""
    reply = Reply()
    # Step 0 of SES's checks: before the body is even looked at. [live]
    metric_checks.check_vdm_is_on(account, request.region)
    contract = account.options["contract"]
    accepted, reply.diverging = _accepted(request.body, contract)
    for id, namespace, metric, dimensions, start, end in accepted:
        # A test may do to its calls what it likes.
        query = Query(id, namespace, metric, {**dimensions}, start, end)
        reply.queries.append(query)
        fault = triggered_by_query(account, query) if account.faults else None
        if fault is None:
            days = account.metrics.daily_counts(question_of(query, request.region))
            reply.results.append(Result(query.id, days))
        else:
            reply.errors.append(QueryError(query.id, fault._code, fault._message))
    # Results come in no promised order [live]; the live contract keeps that promise.
    if contract == "live":
        reply.results.reverse()
    reply.payload = _on_wire(reply.results, reply.errors)
    return reply


@lru_cache(maxsize=32)
def _accepted(body: bytes, contract: str) -> tuple[list[Query], list[Refusal]]:
    """The queries of a body, and what the live service would refuse.

    Cached: one test after the other asks the same. A body that is refused is never kept.
    """
    return metric_checks.validate(parse_queries(body), contract)


def question_of(query: Query, region: str) -> Question:
    """What a query of a region's client asks of the counts."""
    return Question(query.metric, region, filters_of(query.dimensions), query.start, query.end)


def filters_of(dimensions: Mapping[str, str]) -> Filters:
    """What the dimensions of a query let through."""
    if not dimensions:
        return ()
    named = [(DIMENSIONS[name], value) for name, value in dimensions.items()]
    return tuple(
        (dimension, None if value == metric_checks.ANY else _values(dimension, value))
        for dimension, value in named
    )


def _values(dimension: Dimension, value: str) -> frozenset[str]:
    return frozenset(metrics.normalized(dimension, one) for one in value.split(","))


def _on_wire(results: list[Result], errors: list[QueryError]) -> Encoded:
    """The body of an answer; timestamps are whole epoch seconds. [doc]

    Lists of whole numbers are written as Python does, and those of the same days once.
    """
    seconds = timestamps.DAY // timestamps.SECOND
    written: dict[tuple[int, ...], tuple[list[int], str]] = {}
    parts, members = [], []
    for result in results:
        days = tuple(result.days)
        known = written.get(days)
        if known is None:
            epochs = [day * seconds for day in days]
            known = written[days] = epochs, str(epochs)
        epochs, text = known
        values = list(result.days.values())
        parts.append(f'{{"Id":{encode(result.id)},"Timestamps":{text},"Values":{values}}}')
        members.append({"Id": result.id, "Timestamps": epochs, "Values": values})
    told = [{"Id": error.id, "Code": error.code, "Message": error.message} for error in errors]
    return Encoded(
        f'{{"Results":[{",".join(parts)}],"Errors":{encode(told)}}}',
        {"Results": members, "Errors": told},
    )

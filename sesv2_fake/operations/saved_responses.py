"""Saved answers of the real service, parsed."""

from __future__ import annotations

import datetime as dt
import json
import operator
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from .. import checks
from ..account import Account
from ..counting import timestamps
from ..untyped import JSON, Members
from .errors import Refusal
from .faults import QUERY_CODES, QueryFault
from .metric_checks import validate
from .metric_data import filters_of
from .metric_queries import Query, parse_queries


def load(account: Account, request: JSON, response: JSON) -> None:
    """Answer a request's queries as a saved response does; errors become faults.

    Raises ValueError if the two do not belong together, or contradict what was loaded before.
    """
    answers = list(saved_answers(_of_file(request), _of_file(response)))
    for code, _ in filter(None, (answer.error for answer in answers)):
        checks.one_of(code, QUERY_CODES, "response: Code")
    account.metrics.add_answers(
        [
            (answer.query.metric, filters_of(answer.query.dimensions), answer.days)
            for answer in answers
        ]
    )
    account.faults += [
        QueryFault(*error, where=partial(operator.eq, query), optional=True)
        for query, _, error in answers
        if error is not None
    ]


def _of_file(source: JSON) -> JSON:
    """The content of the JSON file at this path; anything but a path is returned as it is."""
    if not isinstance(source, (str, os.PathLike)):
        return source
    try:
        return json.loads(Path(source).read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{os.fspath(source)}: expected JSON, got {error}") from None


class SavedAnswer(NamedTuple):
    """The answer to one query: a count for each of its days, or an error."""

    query: Query
    #: Of every day of the query's interval, 0 if the answer had none.
    days: dict[int, int]
    error: tuple[str, str] | None


def queries_of(request: object, name: str = "request") -> list[Query]:
    """The queries of a request as boto3 or the AWS CLI takes it, or a list of them alone.

    Raises ValueError for a request that SES would refuse; `name` is what the test handed in.
    """
    body = {"Queries": request} if isinstance(request, list) else request
    try:
        if isinstance(body, Mapping) and isinstance(body.get("Queries"), list):
            body = {**body, "Queries": [_on_wire(query) for query in body["Queries"]]}
        return validate(parse_queries(json.dumps(body, default=_no_json).encode()), "documented")[0]
    except (TypeError, ValueError, Refusal) as error:
        raise ValueError(f"{name}: {error}") from None


def saved_answers(request: object, response: object) -> Iterator[SavedAnswer]:
    """What a saved response says to each query of its request.

    Raises ValueError if the two do not belong together.
    """
    results, errors = _entries(response, "Results"), _entries(response, "Errors")
    queries = {query.id: query for query in queries_of(request)}
    strangers = [*(results.keys() | errors.keys()) - queries.keys()]
    if strangers:
        raise ValueError(f"response: the request has no query {strangers[0]!r}")
    for id, query in queries.items():
        if (id in results) == (id in errors):
            raise ValueError(f"response: expected one result or error of query {id!r}")
        if query.start % timestamps.DAY or query.end % timestamps.DAY:
            raise ValueError(
                f"request: query {id!r} does not start and end at midnight UTC; SES refuses that"
            )
        if id in results:
            yield SavedAnswer(query, _days(query, results[id]), None)
        else:
            error = errors[id]
            yield SavedAnswer(query, {}, (str(error.get("Code")), str(error.get("Message"))))


def _on_wire(query: JSON) -> JSON:
    """A query with its times as numbers: texts and datetimes mean what they mean to botocore."""
    if not isinstance(query, Mapping):
        return query
    from . import models  # loads botocore

    return {
        name: timestamps.checked(models.moment(value), name) / timestamps.SECOND
        if name in ("StartDate", "EndDate") and isinstance(value, (str, dt.datetime))
        else value
        for name, value in query.items()
    }


def _no_json(value: object) -> None:
    raise TypeError(f"expected JSON's types and datetimes, got {value!r}")


def _entries(response: object, name: str) -> dict[str, Members]:
    entries = response.get(name) if isinstance(response, Mapping) else None
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError(f"response: expected a list of {name}, got {entries!r}")
    by_id = {str(entry.get("Id")): entry for entry in entries}
    if len(by_id) < len(entries):
        raise ValueError(f"response: two entries of {name} have one Id")
    return by_id


def _days(query: Query, result: Members) -> dict[int, int]:
    days_given, values = result.get("Timestamps"), result.get("Values")
    where = f"response: result {query.id!r}"
    if not isinstance(days_given, list) or not isinstance(values, list):
        raise ValueError(f"{where}: expected lists of Timestamps and Values")
    if len(days_given) != len(values):
        raise ValueError(f"{where}: {len(days_given)} Timestamps and {len(values)} Values")
    days = dict.fromkeys(range(timestamps.day_of(query.start), timestamps.day_of(query.end)), 0)
    for timestamp, value in zip(days_given, values):
        day, rest = divmod(_moment(timestamp, where), timestamps.DAY)
        if rest or day not in days:
            raise ValueError(f"{where}: {timestamp!r} is not a day of the query's interval")
        days[day] = checks.count(value, f"{where}: Values")
    return days


def _moment(timestamp: object, where: str) -> int:
    if isinstance(timestamp, dt.datetime):
        return timestamps.checked(timestamp, where)
    if isinstance(timestamp, str):
        moment, has_offset = timestamps.parse_iso_8601(timestamp) or (0, False)
        if has_offset:
            return moment
    if isinstance(timestamp, (int, float)) and not isinstance(timestamp, bool):
        moment_or_inf = timestamp * timestamps.SECOND
        if timestamps.FIRST <= moment_or_inf <= timestamps.LAST:
            return int(moment_or_inf)
    raise ValueError(f"{where}: expected a time, got {timestamp!r}")

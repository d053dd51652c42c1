"""The queries in the body of `BatchGetMetricData`: step 1 of SES's checks."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from ..counting import timestamps
from ..counting.metrics import Metric
from ..untyped import JSON
from .requests import (
    as_list,
    as_string,
    as_structure,
    get_strings,
    parse_json,
    serialization_error,
    unexpected,
)

#: The last second that a date can name, and the first.
_LAST_SECOND = 253_402_300_799
_FIRST_SECOND = -62_135_596_800


class RawQuery(NamedTuple):
    """A query as it came: each member of its right JSON type, or None if it is missing."""

    id: str | None
    namespace: str | None
    metric: str | None
    dimensions: Mapping[str, str] | None
    start: int | None
    end: int | None


class Query(NamedTuple):
    """A valid query of a call."""

    id: str
    namespace: str
    metric: Metric
    dimensions: Mapping[str, str]
    #: The interval, in microseconds since the epoch: from `start` on and before `end`.
    start: int
    end: int

    @property
    def start_date(self) -> dt.datetime:
        """`StartDate`, in UTC."""
        return timestamps.to_datetime(self.start)

    @property
    def end_date(self) -> dt.datetime:
        """`EndDate`, in UTC."""
        return timestamps.to_datetime(self.end)

    def _in_one_line(self) -> str:
        """Id, metric, interval and dimensions."""
        dimensions = "".join(f", {name}={value}" for name, value in self.dimensions.items())
        bounds = f"{timestamps.shortest(self.start)} to {timestamps.shortest(self.end)}"
        return f"{self.id!r} {self.metric} {bounds}{dimensions}"


def parse_queries(body: bytes) -> list[RawQuery | None] | None:
    """The queries of a body (None if it has no list of them, or for a query that is null).

    Raises Refusal (`SerializationException`) for what is no JSON or has a member of the wrong
    type. The two messages about lists and structures are [live]; the others are
    [open: wrong-types], [open: not-json] and [open: date-out-of-range].
    """
    queries = as_list(parse_json(body).get("Queries"))
    return None if queries is None else [_query(query) for query in queries]


def _query(value: JSON) -> RawQuery | None:
    if value is None:
        return None
    query = as_structure(value)
    id, namespace, metric = get_strings(query, "Id", "Namespace", "Metric")
    dimensions = query.get("Dimensions")
    return RawQuery(
        id,
        namespace,
        metric,
        None if dimensions is None else _string_map(dimensions),
        parse_timestamp(query.get("StartDate")),
        parse_timestamp(query.get("EndDate")),
    )


def _string_map(value: JSON) -> dict[str, str]:
    return {name: as_string(text) or "" for name, text in as_structure(value).items()}


def parse_timestamp(value: JSON) -> int | None:
    """A moment, of epoch seconds (whole or fractional) or ISO 8601 (UTC without an offset)."""
    if value is None:
        return None
    if type(value) is int and _FIRST_SECOND <= value <= _LAST_SECOND:  # nearly all
        return value * timestamps.SECOND
    if isinstance(value, str):
        found = timestamps.parse_iso_8601(value)
        if found is None:
            raise serialization_error(f"Invalid timestamp: {value[:50]}")
        return found[0]
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        raise unexpected(value, "a timestamp")
    # Moments are whole microseconds, so that rounding up keeps either side of the bound.
    return math.ceil(_in_range(value) * timestamps.SECOND)


def _in_range(seconds: int | Decimal) -> int | Decimal:
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise serialization_error("Timestamp out of range.")
    return seconds

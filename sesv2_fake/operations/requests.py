"""A request, and its body taken apart into queries: step 1 of SES's checks."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from ..account import Account
from ..counting import timestamps
from ..counting.metrics import Metric
from .errors import Refusal

#: The region of a call that names none.
DEFAULT_REGION = "us-east-1"

#: The largest body that is read, in bytes. SES's own limit is [open: server-paths].
MAX_BODY = 2**20
#: The same of a request that sends: an email has 40 MB at most, in base64. [doc]
MAX_MAIL = 40 * 2**20 + MAX_BODY

#: Calls of an operation in any second. [doc] The 160 queries a second of the first are never too
#: many: 16 calls have no more.
CALLS_A_SECOND: dict[str, int] = {
    "BatchGetMetricData": 16,
    "PutAccountVdmAttributes": 1,
    "GetMessageInsights": 1,
}

_ATTEMPT = re.compile(r"attempt=(\d{1,9})")

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

    def in_one_line(self) -> str:
        """Id, metric, interval and dimensions."""
        dimensions = "".join(f", {name}={value}" for name, value in self.dimensions.items())
        bounds = f"{timestamps.shortest(self.start)} to {timestamps.shortest(self.end)}"
        return f"{self.id!r} {self.metric} {bounds}{dimensions}"


class HttpRequest(NamedTuple):
    """What a transport carries in."""

    region: str
    body: bytes
    #: Which attempt at one call this is, by the client's own count.
    attempt: int = 1
    path: str = ""


def check_rate(account: Account, operation: str, region: str) -> None:
    """Count a call of an operation that may not be called often.

    Raises Refusal (`TooManyRequestsException`).
    """
    if account.options["enforce_rate_limits"] and not account.rate_limits.take(
        operation, region, CALLS_A_SECOND[operation]
    ):
        raise Refusal(
            "TooManyRequestsException", "Too many requests have been made to the operation."
        )


def attempt_of(sdk_request: str) -> int:
    """The attempt that an SDK's `amz-sdk-request` header names; 1 if it names none."""
    found = _ATTEMPT.search(sdk_request)
    return int(found[1]) if found else 1


def deserialize(body: bytes) -> list[RawQuery | None] | None:
    """The queries of a body (None if it has no list of them, or for a query that is null).

    Raises Refusal (`SerializationException`) for what is no JSON or has a member of the wrong
    type. The two messages about lists and structures are [live]; the others are
    [open: wrong-types], [open: not-json] and [open: date-out-of-range].
    """
    queries = as_list(document(body).get("Queries"))
    return None if queries is None else [_query(query) for query in queries]


def document(body: bytes) -> dict[str, Any]:
    """The members of a JSON body; no body has none.

    Raises Refusal (`SerializationException`) for what is no JSON, or no object.
    """
    if not body:
        return {}
    try:
        found = _decode(body.decode())
    except (ValueError, ArithmeticError, RecursionError):
        raise _refusal("The request body is not valid JSON.") from None
    return as_structure(found)


def _refusal(message: str) -> Refusal:
    return Refusal("SerializationException", message)


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _refusal("Duplicate member found in a structure or map.")
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise _refusal("The request body is not valid JSON.")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object_without_repeats,
    parse_float=Decimal,
    parse_constant=_refuse_constant,
)


def _decode(body: str) -> Any:
    if body.startswith("{"):  # nearly all: the quicker way, which allows no white space around
        found, end = _decoder.raw_decode(body)
        if end == len(body):
            return found
    return _decoder.decode(body)


def _query(value: Any) -> RawQuery | None:
    if value is None:
        return None
    query = as_structure(value)
    dimensions = query.get("Dimensions")
    return RawQuery(
        text(query, "Id"),
        text(query, "Namespace"),
        text(query, "Metric"),
        None if dimensions is None else _string_map(dimensions),
        _timestamp(query.get("StartDate")),
        _timestamp(query.get("EndDate")),
    )


def as_structure(value: Any) -> dict[str, Any]:
    """An object; SerializationException otherwise."""
    if not isinstance(value, dict):
        raise _unexpected(value, "a structure or map")
    return value


def as_list(value: Any) -> list[Any] | None:
    """A list, or None if it is missing; SerializationException otherwise."""
    if value is not None and not isinstance(value, list):
        raise _unexpected(value, "a list")
    return value


def part(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A member that is an object; one that is missing has no members."""
    value = members.get(name)
    if isinstance(value, dict):
        return value
    return {} if value is None else as_structure(value)


def text(members: Mapping[str, Any], name: str) -> str | None:
    """A member that is text; None if it is missing."""
    value = members.get(name)
    return value if value is None or isinstance(value, str) else as_text(value)


def items(members: Mapping[str, Any], name: str) -> list[Any]:
    """The members of a list; one that is missing has none, nor the empty text of a form."""
    value = members.get(name)
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else as_list(value) or []


def _string_map(value: Any) -> dict[str, str]:
    return {name: as_text(text) or "" for name, text in as_structure(value).items()}


def as_text(value: Any) -> str | None:
    """Text, or None if it is missing; SerializationException otherwise."""
    if value is not None and not isinstance(value, str):
        raise _unexpected(value, "a string")
    return value


def _timestamp(value: Any) -> int | None:
    """A moment, of epoch seconds (whole or fractional) or ISO 8601 (UTC without an offset)."""
    if value is None:
        return None
    if type(value) is int and _FIRST_SECOND <= value <= _LAST_SECOND:  # nearly all
        return value * timestamps.SECOND
    if isinstance(value, str):
        found = timestamps.parse_iso_8601(value)
        if found is None:
            raise _refusal(f"Invalid timestamp: {value[:50]}")
        return found[0]
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        raise _unexpected(value, "a timestamp")
    # Moments are whole microseconds, so that rounding up keeps either side of the bound.
    return math.ceil(_in_range(value) * timestamps.SECOND)


def _in_range(seconds: int | Decimal) -> int | Decimal:
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise _refusal("Timestamp out of range.")
    return seconds


def _unexpected(value: Any, expected: str) -> Refusal:
    if isinstance(value, dict):
        return _refusal("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return _refusal("Start of list found where not expected")
    return _refusal(f"Expected {expected}.")

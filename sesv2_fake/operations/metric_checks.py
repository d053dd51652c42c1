"""What SES refuses: every check, from top to bottom in the order in which SES makes them.

Each check is a function that looks at all queries of a call and yields what it refuses. `ORDER`
says which check is made when, under which contract; the first refusal of the first step that
has one is the answer. The order and the words are [live] ("Refusals, in the order the service
checks" in reference/service.md); the tables of the documentation are tested against `ORDER`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..account import Account
from ..counting import metrics, timestamps
from ..counting.metrics import DIMENSIONS, METRICS, Dimension
from .errors import (
    Refusal,
    bad_request,
    constraint,
    constraints_refusal,
)
from .metric_queries import Query, RawQuery


def check_vdm_is_on(account: Account, region: str) -> None:
    """What an operation that needs Virtual Deliverability Manager begins with.

    Raises Refusal (`NotFoundException`).
    """
    if not account.vdm.of(region).vdm_enabled:
        # The service's own message goes on. [open: vdm-message]
        raise Refusal(
            "NotFoundException",
            "To use this feature you must enable Virtual Deliverability Manager",
        )


MAX_QUERIES = 10
MAX_ID_LENGTH = 255
MAX_DIMENSIONS = 3
MAX_VALUES = 10
MAX_DAYS = 60
ANY = "*"
PARTIAL_DAYS = (
    "To get daily aggregated data you must not specify partial-day timestamps. "
    "Please make your interval go from midnight to midnight UTC."
)

#: In the order of SES's own message.
_METRICS = (
    "DELIVERY_COMPLAINT, CLICK, SEND, OPEN, COMPLAINT, DELIVERY, DELIVERY_OPEN, "
    "PERMANENT_BOUNCE, DELIVERY_CLICK, TRANSIENT_BOUNCE"
)
_NAMESPACES = "VDM"

#: Of all queries of a call: as they came, or valid ones.
Check = Callable[..., Iterator[Refusal]]


def number_of_queries(queries: Sequence[RawQuery | None]) -> Iterator[Refusal]:
    """1 to 10 queries a call; a call without `Queries` has none."""
    if not queries:
        rule = "have length greater than or equal to 1"
    elif len(queries) > MAX_QUERIES:
        rule = f"have length less than or equal to {MAX_QUERIES}"
    else:
        return
    yield constraints_refusal([constraint("queries", rule)])


def unique_ids(queries: Sequence[RawQuery | None]) -> Iterator[Refusal]:
    """No two queries with one `Id`; a missing one is left to step 5. [open: missing-ids]"""
    ids = [query.id for query in queries if query and query.id is not None]
    if len(set(ids)) < len(ids):
        yield bad_request("All queries must have a unique identifier.")


def known_dimensions(queries: Sequence[RawQuery | None]) -> Iterator[Refusal]:
    """Only the dimensions that there are."""
    named = (name for query in queries if query for name in query.dimensions or ())
    if not DIMENSIONS.keys() >= set(named):
        yield bad_request("Unsupported dimension provided.")


def member_constraints(queries: Sequence[RawQuery | None]) -> Iterator[Refusal]:
    """What each member must be, all that is wrong in one message."""
    errors = [
        constraint(f"queries.{position}.member{member}", rule)
        for position, query in enumerate(queries, start=1)
        for member, rule in _broken_constraints(query)
    ]
    if errors:
        yield constraints_refusal(errors)


def _broken_constraints(query: RawQuery | None) -> Iterator[tuple[str, str]]:
    if query is None:
        yield "", "not be null"
        return
    if query.metric is None:
        yield ".metric", "not be null"
    elif query.metric not in METRICS:
        yield ".metric", f"satisfy enum value set: [{_METRICS}]"
    if query.namespace is None:
        yield ".namespace", "not be null"
    elif query.namespace != _NAMESPACES:
        yield ".namespace", f"satisfy enum value set: [{_NAMESPACES}]"
    if query.id is None:
        yield ".id", "not be null"
    elif not query.id:
        yield ".id", "have length greater than or equal to 1"
    elif len(query.id) > MAX_ID_LENGTH:
        yield ".id", f"have length less than or equal to {MAX_ID_LENGTH}"
    if query.dimensions is not None and not query.dimensions:
        yield ".dimensions", "have length greater than or equal to 1"
    elif query.dimensions and len(query.dimensions) > MAX_DIMENSIONS:
        yield ".dimensions", f"have length less than or equal to {MAX_DIMENSIONS}"
    # Where the dates stand among the others is [open: missing-dates].
    if query.start is None:
        yield ".startDate", "not be null"
    if query.end is None:
        yield ".endDate", "not be null"


def documented_values(queries: Sequence[Query]) -> Iterator[Refusal]:
    """`*`, or up to 10 values; with `*` in one dimension, every other holds one value. [doc]

    That commas part the values is [open: list-of-values]. The words are the fake's own, but for
    those about an empty value. [open: too-many-values]
    """
    for query in queries:
        for dimension, value in query.dimensions.items():
            values = value.split(",")
            if "" in values:
                yield _invalid_value(query, dimension, "")
            elif len(values) > MAX_VALUES:
                yield bad_request(f"{dimension} can have at most {MAX_VALUES} values.")
            elif ANY in values and len(values) > 1:
                yield bad_request(f"{dimension} can have either '{ANY}' or a list of values.")
            elif len(values) > 1 and ANY in query.dimensions.values():
                yield bad_request(
                    f"{dimension} can have only one value where another dimension is '{ANY}'."
                )


def live_values(queries: Sequence[Query]) -> Iterator[Refusal]:
    """One value within the dimension's charset; neither `*` nor a list. [live]"""
    for query in queries:
        for dimension, value in query.dimensions.items():
            if not metrics.is_well_formed(DIMENSIONS[dimension], value):
                yield _invalid_value(query, dimension, value)


def _invalid_value(query: Query, dimension: str, value: str) -> Refusal:
    detail = f"query {query.id!r} has {dimension}={value!r}"
    return invalid_value(DIMENSIONS[dimension], value, detail=detail)


def invalid_value(dimension: Dimension, value: str, *, detail: str = "") -> Refusal:
    """A value of a dimension that SES does not take."""
    definition = dimension.definition
    words = definition.malformed_refusal if value else definition.empty_refusal
    return bad_request(words.format(value=value), detail=detail)


def start_before_end(queries: Sequence[Query]) -> Iterator[Refusal]:
    """The start before the end, not at it."""
    if any(query.start >= query.end for query in queries):
        yield bad_request("Expected start date to be before the end date.")


def at_most_60_days(queries: Sequence[Query]) -> Iterator[Refusal]:
    """60 days exactly is fine."""
    if any(query.end - query.start > MAX_DAYS * timestamps.DAY for query in queries):
        yield bad_request(
            f"Invalid interval, can request at most {MAX_DAYS} days. "
            "Please partition your requested interval."
        )


def whole_days(queries: Sequence[Query]) -> Iterator[Refusal]:
    """Both bounds at midnight UTC. [live] Whether step 8 comes first is [open: partial-or-long]."""
    for query in queries:
        if not query.start % timestamps.DAY and not query.end % timestamps.DAY:
            continue  # the quicker way
        for member, bound in (("StartDate", query.start), ("EndDate", query.end)):
            if bound % timestamps.DAY:
                yield bad_request(
                    PARTIAL_DAYS,
                    detail=f"query {query.id!r} has {member}={timestamps.iso_8601(bound)}",
                )


@dataclass(frozen=True)
class Step:
    """One step of SES's checks."""

    #: What it refuses, in the words of the documentation's tables.
    refuses: str
    #: The check under each contract that has it; none if another module makes it.
    checks: Mapping[str, Check] = field(default_factory=dict)


CONTRACTS = ("documented", "live")


def _always(check: Check) -> dict[str, Check]:
    return dict.fromkeys(CONTRACTS, check)


_SHAPE = (
    Step("the number of queries", _always(number_of_queries)),
    Step("one `Id` twice", _always(unique_ids)),
    Step("an unknown dimension", _always(known_dimensions)),
    Step("constraints on members", _always(member_constraints)),
)
_VALUES = (
    Step("a dimension's value", {"documented": documented_values, "live": live_values}),
    Step("the start is not before the end", _always(start_before_end)),
    Step("more than 60 days", _always(at_most_60_days)),
    Step("a bound that is not midnight UTC", {"live": whole_days}),
)

#: All steps, each at the place that is its number.
ORDER = (
    Step("Virtual Deliverability Manager is off"),  # metric_data.py
    Step("a member of the wrong JSON type"),  # requests.py
    *_SHAPE,
    *_VALUES,
)


def _checks(steps: Sequence[Step], contract: str) -> tuple[Check, ...]:
    return tuple(step.checks[contract] for step in steps if contract in step.checks)


_CHECKS = {name: (_checks(_SHAPE, name), _checks(_VALUES, name)) for name in CONTRACTS}

#: What the live service refuses and the documented contract lets through.
_LIVE_ONLY = tuple(check for check in _CHECKS["live"][1] if check not in _CHECKS["documented"][1])


def values_step(contract: str) -> Check:
    """Step 6 under a contract."""
    return _VALUES[0].checks[contract]


def validate(
    queries: Sequence[RawQuery | None] | None, contract: str
) -> tuple[list[Query], list[Refusal]]:
    """The queries, and what the live service would refuse of them under `contract`.

    Raises the first refusal of the first step that has one.
    """
    of_shape, of_values = _CHECKS[contract]
    _raise_first(of_shape, queries or ())
    accepted = [valid(query) for query in queries or () if query]
    _raise_first(of_values, accepted)
    # Under the live contract they have passed these already.
    return accepted, [refusal for check in _LIVE_ONLY for refusal in check(accepted)]


def _raise_first(in_order: Sequence[Check], queries: Sequence[object]) -> None:
    for check in in_order:
        for refusal in check(queries):
            raise refusal


def valid(query: RawQuery) -> Query:
    """The query, after step 5 has seen that no member is missing."""
    id, namespace, metric, dimensions, start, end = query
    return Query(
        id or "", namespace or "", METRICS[metric or ""], dimensions or {}, start or 0, end or 0
    )

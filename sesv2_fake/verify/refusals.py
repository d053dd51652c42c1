"""What the law expects SES to refuse, step by step ("Refusals" in reference/service.md).

The words are written out here a second time on purpose: the fake is asked too, in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from .probe import (
    Day,
    Probe,
    one,
    query,
    refused,
    where,
)


def _unreadable(message: str) -> str:
    return f"400 SerializationException: {message}"


def _constraints(*errors: tuple[str, str]) -> str:
    found = "1 validation error" if len(errors) == 1 else f"{len(errors)} validation errors"
    joined = "; ".join(
        f"Value at '{member}' failed to satisfy constraint: Member must {rule}"
        for member, rule in errors
    )
    return refused(f"{found} detected: {joined}")


_LEAST = "have length greater than or equal to"
_MOST = "have length less than or equal to"
_METRICS = (
    "satisfy enum value set: [DELIVERY_COMPLAINT, CLICK, SEND, OPEN, COMPLAINT, DELIVERY, "
    "DELIVERY_OPEN, PERMANENT_BOUNCE, DELIVERY_CLICK, TRANSIENT_BOUNCE]"
)
_NOT_NULL = "not be null"
_MEMBER = "queries.1.member"

_STRUCTURE = _unreadable("Start of structure or map found where not expected.")
_LIST = _unreadable("Start of list found where not expected")
_UNIQUE = refused("All queries must have a unique identifier.")
_UNSUPPORTED = refused("Unsupported dimension provided.")
_IDENTITY = refused("Invalid email identity provided.")
_ISP = refused("Invalid ISP name provided.")
_CHARSET = "only alphanumeric ASCII characters, '_', and '-' are allowed."
_ORDER = refused("Expected start date to be before the end date.")
_SIXTY = refused(
    "Invalid interval, can request at most 60 days. Please partition your requested interval."
)
_MIDNIGHT = refused(
    "To get daily aggregated data you must not specify partial-day timestamps. "
    "Please make your interval go from midnight to midnight UTC."
)

_STEP_1: tuple[Probe, ...] = (
    Probe("queries-a-map", "live", "Queries as an object", {"Queries": {}}, _STRUCTURE),
    Probe("dimensions-a-list", "live", "Dimensions as a list", one(Dimensions=[]), _LIST),
    Probe(
        "id-a-number",
        "open",
        "an Id that is a number",
        one(Id=7),
        _unreadable("Expected a string."),
        "wrong-types",
    ),
    Probe(
        "date-no-date",
        "open",
        "a date that is none",
        one(StartDate="monday"),
        _unreadable("Invalid timestamp: monday"),
        "wrong-types",
    ),
    Probe(
        "date-out-of-range",
        "open",
        "a date after the year 9999",
        one(EndDate=10**18),
        _unreadable("Timestamp out of range."),
        "date-out-of-range",
    ),
    Probe(
        "no-json",
        "open",
        "a body that is no JSON",
        b"{",
        _unreadable("The request body is not valid JSON."),
        "not-json",
    ),
    Probe(
        "member-twice",
        "open",
        "a member that is there twice",
        b'{"Queries": [], "Queries": []}',
        _unreadable("Duplicate member found in a structure or map."),
        "not-json",
    ),
)

_STEPS_2_TO_4: tuple[Probe, ...] = (
    Probe(
        "no-queries", "live", "no query", {"Queries": []}, _constraints(("queries", f"{_LEAST} 1"))
    ),
    Probe("queries-missing", "live", "no Queries", {}, _constraints(("queries", f"{_LEAST} 1"))),
    Probe(
        "11-queries",
        "live",
        "eleven queries",
        {"Queries": [query(Id=f"q{n}") for n in range(11)]},
        _constraints(("queries", f"{_MOST} 10")),
    ),
    Probe("id-twice", "live", "one Id twice", {"Queries": [query()] * 2}, _UNIQUE),
    Probe(
        "ids-missing",
        "open",
        "two queries without Id",
        {"Queries": [query(Id=None)] * 2},
        _constraints((f"{_MEMBER}.id", _NOT_NULL), ("queries.2.member.id", _NOT_NULL)),
        "missing-ids",
    ),
    Probe("unknown-dimension", "live", "an unknown dimension", where(COUNTRY="DE"), _UNSUPPORTED),
)

_STEP_5: tuple[Probe, ...] = (
    Probe(
        "unknown-metric",
        "live",
        "an unknown metric",
        one(Metric="SENDS"),
        _constraints((f"{_MEMBER}.metric", _METRICS)),
    ),
    Probe(
        "metric-missing",
        "live",
        "no Metric",
        one(Metric=None),
        _constraints((f"{_MEMBER}.metric", _NOT_NULL)),
    ),
    Probe(
        "id-256",
        "live",
        "an Id of 256 characters",
        one(Id="x" * 256),
        _constraints((f"{_MEMBER}.id", f"{_MOST} 255")),
    ),
    Probe(
        "4-dimensions",
        "live",
        "four dimensions",
        where(EMAIL_IDENTITY="a.example", ISP="Gmail", CONFIGURATION_SET="s", TENANT_NAME="t"),
        _constraints((f"{_MEMBER}.dimensions", f"{_MOST} 3")),
    ),
    Probe(
        "several-errors",
        "live",
        "four errors in one query, and their order",
        one(Id="", Namespace="X", Metric="Y", Dimensions={}),
        _constraints(
            (f"{_MEMBER}.metric", _METRICS),
            (f"{_MEMBER}.namespace", "satisfy enum value set: [VDM]"),
            (f"{_MEMBER}.id", f"{_LEAST} 1"),
            (f"{_MEMBER}.dimensions", f"{_LEAST} 1"),
        ),
    ),
    Probe(
        "dates-missing",
        "open",
        "a query without members",
        {"Queries": [{}]},
        _constraints(
            *((f"{_MEMBER}.{name}", _NOT_NULL) for name in ("metric", "namespace", "id")),
            *((f"{_MEMBER}.{name}", _NOT_NULL) for name in ("startDate", "endDate")),
        ),
        "missing-dates",
    ),
    Probe(
        "null-query",
        "open",
        "a query that is null",
        {"Queries": [None]},
        _constraints((_MEMBER, _NOT_NULL)),
        "null-query",
    ),
)

_SET = "Invalid configuration set name"


def _step_6() -> Iterator[Probe]:
    """A dimension's value: each row is a probe."""
    eleven = ",".join(f"Isp{n}" for n in range(11))
    two_any = {"EMAIL_IDENTITY": "*", "ISP": "*"}
    two_bad = {"ISP": "", "EMAIL_IDENTITY": ""}
    no_set = "The configuration set name must be specified."
    for id, grade, asks, dimensions, expected, closes in (
        ("empty-identity", "live", "an empty identity", {"EMAIL_IDENTITY": ""}, _IDENTITY, ""),
        ("any-identity", "live", "`*` for an identity", {"EMAIL_IDENTITY": "*"}, _IDENTITY, ""),
        ("half-identity", "live", "half an address", {"EMAIL_IDENTITY": "a@"}, _IDENTITY, ""),
        ("empty-isp", "live", "an empty ISP", {"ISP": ""}, _ISP, ""),
        ("any-isp", "live", "`*` for an ISP", {"ISP": "*"}, _ISP, ""),
        ("isp-charset", "live", "an ISP with a dot", {"ISP": "Gmail."}, _ISP, ""),
        ("null-isp", "open", "an ISP that is null", {"ISP": None}, _ISP, "null-dimension"),
        ("list-comma", "live", "a list by commas", {"ISP": "Gmail,Yahoo"}, _ISP, "list-of-values"),
        ("list-space", "live", "a list by spaces", {"ISP": "Gmail Yahoo"}, _ISP, "list-of-values"),
        ("list-bar", "live", "a list by bars", {"ISP": "Gmail|Yahoo"}, _ISP, "list-of-values"),
        ("list-json", "live", "a list as JSON", {"ISP": '["Aol","Cox"]'}, _ISP, "list-of-values"),
        ("11-values", "live", "a list of eleven", {"ISP": eleven}, _ISP, "too-many-values"),
        ("empty-set", "live", "an empty set", {"CONFIGURATION_SET": ""}, refused(no_set), ""),
        (
            "any-set",
            "live",
            "`*` for a configuration set",
            {"CONFIGURATION_SET": "*"},
            refused(f"{_SET} <*>: {_CHARSET}"),
            "what-any-matches",
        ),
        (
            "set-charset",
            "live",
            "a configuration set with a space",
            {"CONFIGURATION_SET": "my set"},
            refused(f"{_SET} <my set>: {_CHARSET}"),
            "",
        ),
        (
            "empty-tenant",
            "live",
            "an empty tenant",
            {"TENANT_NAME": ""},
            refused("TenantName cannot be empty"),
            "",
        ),
        (
            "tenant-charset",
            "live",
            "a tenant with a dot",
            {"TENANT_NAME": "a.b"},
            refused(f"Invalid tenant name <a.b>: {_CHARSET}"),
            "",
        ),
        ("two-any", "live", "`*` in two dimensions", two_any, _IDENTITY, "two-any"),
        ("two-bad", "open", "two empty values", two_bad, _ISP, "first-bad-dimension"),
    ):
        yield Probe(id, grade, asks, where(**dimensions), expected, closes)


_STEPS_7_TO_9: tuple[Probe, ...] = (
    Probe("start-at-end", "live", "the end at the start", one(StartDate=Day(0)), _ORDER),
    Probe("start-after-end", "live", "the end before the start", one(EndDate=Day(-8)), _ORDER),
    Probe("61-days", "live", "61 days", one(StartDate=Day(-61)), _SIXTY),
    Probe("partial-start", "live", "a start within a day", one(StartDate=Day(-7, 3600)), _MIDNIGHT),
    Probe("partial-end", "live", "an end within a day", one(EndDate=Day(-1, 1)), _MIDNIGHT),
)


def _in_order() -> Iterator[Probe]:
    """Two steps refuse a query each, the later step the first query."""
    yield Probe(
        "2-before-3",
        "live",
        "step 2 before 3",
        {"Queries": [query()] * 11},
        _constraints(("queries", f"{_MOST} 10")),
    )
    no_isp, partial = {"Dimensions": {"ISP": ""}}, {"StartDate": Day(-7, 3600)}
    id_256 = _constraints(("queries.2.member.id", f"{_MOST} 255"))
    for id, grade, first, second, expected in (
        ("3-before-4", "live", {"Dimensions": {"X": "1"}}, {"Id": "q"}, _UNIQUE),
        ("4-before-5", "live", {"Metric": "X"}, {"Dimensions": {"X": "1"}}, _UNSUPPORTED),
        ("5-before-6", "live", no_isp, {"Id": "x" * 256}, id_256),
        ("6-before-7", "live", {"StartDate": Day(0)}, no_isp, _ISP),
        ("7-before-8", "live", {"StartDate": Day(-61)}, {"StartDate": Day(0)}, _ORDER),
        ("7-before-9", "live", partial, {"StartDate": Day(0)}, _ORDER),
        ("8-before-9", "open", partial, {"StartDate": Day(-61)}, _SIXTY),
    ):
        request = {"Queries": [query(**first), query(**{"Id": "r", **second})]}
        asks = f"step {id.replace('-', ' ')}"
        yield Probe(
            id, grade, asks, request, expected, "partial-or-long" if grade == "open" else ""
        )


REFUSALS = (*_STEP_1, *_STEPS_2_TO_4, *_STEP_5, *_step_6(), *_STEPS_7_TO_9, *_in_order())

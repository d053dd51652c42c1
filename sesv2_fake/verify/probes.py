"""What `verify` asks of anybody's account, and what the law (reference/service.md) expects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..counting.metrics import Metric
from ..emails import addresses
from ..options import WITHOUT_FEEDBACK_LOOP
from .service import (
    ANSWERED,
    EMPTY,
    Day,
    Probe,
    Service,
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


_VDM_OFF = (
    "404 NotFoundException: To use this feature you must enable Virtual Deliverability Manager..."
)

#: Asked if Virtual Deliverability Manager is off; step 0.
WITHOUT_VDM = (
    Probe("vdm-off", "live", "a call without VDM", one(), _VDM_OFF, "vdm-message"),
    Probe("vdm-off-first", "live", "a call without VDM that is wrong too", b"{", _VDM_OFF),
)

_ANSWERED: tuple[Probe, ...] = (
    Probe("plain", "live", "one query: both lists, all members, whole days", one(), ANSWERED),
    Probe(
        "ten-queries",
        "doc",
        "ten queries in one call",
        {"Queries": [query(Id=f"q{n}") for n in range(10)]},
        ANSWERED,
    ),
    Probe("id-255", "doc", "an Id of 255 characters", one(Id="x" * 255), ANSWERED),
    Probe(
        "three-dimensions",
        "doc",
        "three dimensions",
        where(EMAIL_IDENTITY="nobody.example", ISP="Gmail", CONFIGURATION_SET="nobody"),
        EMPTY,
    ),
    Probe("tenant", "doc", "TENANT_NAME as a dimension", where(TENANT_NAME="nobody"), EMPTY),
    Probe(
        "nobody",
        "live",
        "a well-formed identity that no email has",
        where(EMAIL_IDENTITY="nobody.example"),
        EMPTY,
    ),
    Probe("no-such-isp", "live", "a well-formed ISP that is none", where(ISP="Nobody"), EMPTY),
    Probe("60-days", "live", "60 days", one(StartDate=Day(-60)), ANSWERED),
    Probe("end-tomorrow", "live", "an end in the future", one(EndDate=Day(1)), ANSWERED),
    Probe(
        "future",
        "open",
        "an interval that starts in the future",
        one(StartDate=Day(2), EndDate=Day(3)),
        EMPTY,
        "future-interval",
    ),
    Probe(
        "long-ago",
        "open",
        "an interval of three years ago",
        one(StartDate=Day(-1100), EndDate=Day(-1095)),
        ANSWERED,
        "retention",
    ),
    Probe(
        "text-dates",
        "open",
        "dates as ISO 8601 text on the wire",
        one(StartDate=Day(-7, as_text=True), EndDate=Day(0, as_text=True)),
        ANSWERED,
        "text-dates",
    ),
    Probe(
        "unknown-member",
        "open",
        "a member that SES does not know",
        one(Period=86400),
        ANSWERED,
        "unknown-member",
    ),
    Probe(
        "arn-as-identity",
        "open",
        "an ARN as the identity",
        where(EMAIL_IDENTITY="arn:aws:ses:us-east-1:111122223333:identity/nobody.example"),
        EMPTY,
        "arn-as-identity",
    ),
)

#: Asked if Virtual Deliverability Manager is on; "plain" is the first.
PROBES = (*_ANSWERED, *REFUSALS)


class OpenPoint(NamedTuple):
    """Something that is not known."""

    question: str
    #: Why no probe answers it; empty if one does (`closes` in probes.py and own_data.py).
    why_no_probe: str = ""


_NEEDS_MAIL = "mail would have to be sent, and `verify` only reads"
_NEEDS_A_CHANGE = "the account would have to be changed, and `verify` only reads"
_OF_RECORDS = "metrics do not show what event records say"
_OF_THE_FAKE = "it is about the fake, not about SES"
_ANOTHER_OPERATION = "`verify` calls `BatchGetMetricData` and `GetAccount` alone"

OPEN_POINTS: Mapping[str, OpenPoint] = {
    # A request
    "vdm-message": OpenPoint(
        "the rest of the 404's message without Virtual Deliverability Manager"
    ),
    "wrong-types": OpenPoint("the words for a text or a number of the wrong type"),
    "not-json": OpenPoint("the words for a body that is no JSON, or has a member twice"),
    "date-out-of-range": OpenPoint("the words for a date that no calendar has"),
    "text-dates": OpenPoint("whether dates may be ISO 8601 text on the wire"),
    "missing-ids": OpenPoint("two queries without `Id`"),
    "missing-dates": OpenPoint("where missing dates stand among a query's other errors"),
    "null-query": OpenPoint("a query that is `null`"),
    "null-dimension": OpenPoint("a dimension that is `null`"),
    "unknown-member": OpenPoint("a member that SES does not know"),
    "partial-or-long": OpenPoint("partial days in an interval of more than 60 days"),
    "future-interval": OpenPoint("an interval that starts in the future"),
    # Dimensions
    "list-of-values": OpenPoint("how a list of values is written in the one string"),
    "too-many-values": OpenPoint("the words for more than ten values"),
    "two-any": OpenPoint("two dimensions that are both `*`"),
    "what-any-matches": OpenPoint("what `*` for a configuration set or a tenant matches"),
    "first-bad-dimension": OpenPoint("which of two bad values of one query is named"),
    "arn-as-identity": OpenPoint("an ARN as the value of `EMAIL_IDENTITY`"),
    "given-identity": OpenPoint(
        "an identity that `identity=` or a record's `sourceArn` names, such as a parent domain",
        _NEEDS_MAIL,
    ),
    "isp-letter-case": OpenPoint("the letter case of ISP names in queries"),
    "isp-names": OpenPoint("whether the known ISP names are all there are"),
    "isp-domains": OpenPoint(
        "which domains belong to an ISP", "no metric shows a recipient's domain"
    ),
    # What counts
    "results-order": OpenPoint("in which order results come"),
    "late-data": OpenPoint("when today's events are counted"),
    "retention": OpenPoint("how long data are kept, and how far back one may ask"),
    "feedback-loops": OpenPoint("which ISPs have a feedback loop"),
    "suppressed-transient": OpenPoint(
        "transient bounces of the account-level suppression list: the guide leaves them out, the "
        "API reference does not",
        "such bounces would have to be there and their number known; suppressed emails bounce as "
        "`Permanent`",
    ),
    "trackers": OpenPoint("whether an email of event records has trackers", _OF_RECORDS),
    # Event records
    "record-copies": OpenPoint(
        "two records of one event that describe it differently", _OF_RECORDS
    ),
    "record-moments": OpenPoint(
        "deliveries or bounces of one email at two moments, in records", _OF_RECORDS
    ),
    "record-before-send": OpenPoint("an event before its email was sent", _OF_RECORDS),
    "record-region": OpenPoint("the region of event records", _OF_RECORDS),
    "record-regions": OpenPoint(
        "the same records loaded for all regions and for one", _OF_THE_FAKE
    ),
    "record-tenant": OpenPoint("the tenant of event records", _OF_RECORDS),
    # The service
    "refused-calls": OpenPoint(
        "whether a call that SES refuses counts against the rate limits",
        "the account's limits would have to be exceeded",
    ),
    "fault-words": OpenPoint(
        "the words of `AccessDeniedException`, and of other errors of whole calls that a fault "
        "sets up",
        "none of them comes when it is asked for",
    ),
    "server-paths": OpenPoint(
        "unknown paths, and bodies of more than 1 MiB", "`verify` sends nothing of the kind"
    ),
    "signatures": OpenPoint("signatures and permissions", _OF_THE_FAKE),
    "calls-over-http": OpenPoint(
        "calls over HTTP, or from a thread of the standard library, that the live service would "
        "refuse",
        _OF_THE_FAKE,
    ),
    # The calls around it
    "put-vdm-words": OpenPoint("the words for a missing or misspelt `VdmEnabled`", _NEEDS_A_CHANGE),
    "vdm-left-out": OpenPoint(
        "attributes that `PutAccountVdmAttributes` leaves out", _NEEDS_A_CHANGE
    ),
    "quota-count": OpenPoint(
        "whether `SentLast24Hours` counts emails to the mailbox simulator", _NEEDS_MAIL
    ),
    "send-words": OpenPoint("the words for an email that cannot be sent", _NEEDS_MAIL),
    "bulk-entries": OpenPoint(
        "which bad entry of a bulk has a status, and which refuses the whole call", _NEEDS_MAIL
    ),
    "template-trackers": OpenPoint("whether an email of a template has trackers", _NEEDS_MAIL),
    "insights-words": OpenPoint(
        "the words of the 404s of `GetMessageInsights`", _ANOTHER_OPERATION
    ),
}


#: Daily counts.
_Series = Mapping[dt.date, int]

_ISPS = tuple(addresses.BY_LOWER_CASE.values())
_WINDOW = 60
_WINDOWS = 13


class Unexpected(Exception):
    """SES refused a query, or the answer has something wrong; the text is its description."""


class OwnData:
    """Asks for series of one identity."""

    def __init__(self, service: Service, identity: str) -> None:
        self._service = service
        self.identity = identity
        self.today = service.today.date()

    def asked(
        self,
        metric: str = "SEND",
        start: int = -_WINDOW,
        end: int = 0,
        *,
        id: str = "q",
        isp: str | None = None,
        identity: str | None = None,
    ) -> dict[str, Any]:
        """A query for the identity, from one day to another, counted from today."""
        dimensions = {"EMAIL_IDENTITY": identity or self.identity, **({"ISP": isp} if isp else {})}
        return query(
            Id=id, Metric=metric, StartDate=Day(start), EndDate=Day(end), Dimensions=dimensions
        )

    def results(self, queries: Sequence[dict[str, Any]]) -> dict[str, _Series]:
        """The series of each query in the order that they came in; at most ten a call."""
        found: dict[str, _Series] = {}
        for first in range(0, len(queries), 10):
            got, answer = self._service.ask({"Queries": queries[first : first + 10]})
            if got not in (ANSWERED, EMPTY):
                raise Unexpected(got)
            for result in answer["Results"]:
                days = [time.astimezone(dt.timezone.utc).date() for time in result["Timestamps"]]
                found[result["Id"]] = dict(zip(days, result["Values"]))
        return found

    def series(self, **how: Any) -> _Series:
        """The series of one query."""
        return self.results([self.asked(**how)])["q"]


class DataProbe(NamedTuple):
    """A probe of an account's own data."""

    id: str
    grade: str
    asks: str
    expected: str
    #: What is found; None if the data do not show it.
    found: Callable[[OwnData], str | None]
    closes: str = ""


#: What ends `expected` if whatever is found is what the law says.
ANY = "(any)"

_ABSENT = "days with no email are absent"
_ONE_COUNT = "a day has the same count alone as among others"
_SAME = "the same in any letter case"
_TODAY = "today's events are there"
_LOWER_CASE = "`gmail` matches nothing"
_WHOLE = "the known names add up to the total"
_LOOPS = "Gmail and UNKNOWN_ISP alone have none"


def _sparse_days(own: OwnData) -> str | None:
    # A day of 0 would have been an answer with something wrong.
    return _ABSENT if 0 < len(own.series()) < _WINDOW else None


def _single_days(own: OwnData) -> str | None:
    days = range(-9, -2)
    whole = own.series(start=days[0], end=days[-1] + 1)
    alone = own.results([own.asked(start=day, end=day + 1, id=str(day)) for day in days])
    if not whole:
        return None
    together = {day: count for series in alone.values() for day, count in series.items()}
    return _ONE_COUNT if together == whole else "a day has another count alone than among others"


def _letter_case(own: OwnData) -> str | None:
    lower, upper = (
        own.series(end=-1, identity=name) for name in (own.identity.lower(), own.identity.upper())
    )
    if not lower and not upper:
        return None
    return _SAME if lower == upper else "another in another letter case"


def _results_order(own: OwnData) -> str:
    ids = [metric.value for metric in Metric]
    came = list(own.results([own.asked(id, id=id) for id in ids]))
    return "the order of the queries" if came == ids else "another order than the queries'"


def _today(own: OwnData) -> str | None:
    return _TODAY if own.today in own.series(start=-1, end=1) else None


def _how_far_back(own: OwnData) -> str | None:
    for window in reversed(range(_WINDOWS)):
        end = -window * _WINDOW
        if own.series(start=end - _WINDOW, end=end):
            return f"data of {-end + 1} to {-end + _WINDOW} days ago, and nothing older"
    return None


def _isp_letter_case(own: OwnData) -> str | None:
    known, lower = (own.series(end=-1, isp=name) for name in ("Gmail", "gmail"))
    if not known:
        return None
    if not lower:
        return _LOWER_CASE
    return "`gmail` is `Gmail`" if lower == known else "`gmail` is neither `Gmail` nor nothing"


def _isp_names(own: OwnData) -> str | None:
    queries = [own.asked(end=-1, isp=isp, id=isp) for isp in _ISPS]
    parts, total = own.results(queries), _sum([own.series(end=-1)])
    if not total:
        return None
    of_parts = _sum(parts.values())
    if of_parts == total:
        return _WHOLE
    return f"the known names add up to {'less' if of_parts < total else 'more'} than the total"


def _feedback_loops(own: OwnData) -> str | None:
    metrics = ("DELIVERY", "DELIVERY_COMPLAINT")
    counts = own.results(
        [own.asked(m, end=-1, isp=isp, id=f"{m}-{isp}") for m in metrics for isp in _ISPS]
    )
    with_mail = {isp for isp in _ISPS if counts[f"DELIVERY-{isp}"]}
    without_loop = {isp for isp in with_mail if not counts[f"DELIVERY_COMPLAINT-{isp}"]}
    if not with_mail:
        return None
    wrong = without_loop ^ (WITHOUT_FEEDBACK_LOOP & with_mail)
    differences = [f"{isp} has {'none' if isp in without_loop else 'one'}" for isp in sorted(wrong)]
    return ", ".join(differences) or _LOOPS


def _sum(series: Iterable[_Series]) -> int:
    return sum(sum(counts.values()) for counts in series)


DATA_PROBES = (
    DataProbe("sparse-days", "live", "days without email", _ABSENT, _sparse_days),
    DataProbe("single-days", "live", "each of seven days alone", _ONE_COUNT, _single_days),
    DataProbe("letter-case", "live", "the identity in capitals", _SAME, _letter_case),
    DataProbe(
        "results-order", "live", "the order of results", ANY, _results_order, "results-order"
    ),
    DataProbe("today", "open", "whether today is answered", _TODAY, _today, "late-data"),
    DataProbe("how-far-back", "open", "the oldest data", ANY, _how_far_back, "retention"),
    DataProbe(
        "isp-letter-case",
        "open",
        "`gmail` beside `Gmail`",
        _LOWER_CASE,
        _isp_letter_case,
        "isp-letter-case",
    ),
    DataProbe("isp-names", "open", "all ISPs against the total", _WHOLE, _isp_names, "isp-names"),
    DataProbe(
        "feedback-loops", "open", "feedback loops", _LOOPS, _feedback_loops, "feedback-loops"
    ),
)

"""What `verify` asks of anybody's account, and the answers that reference/service.md expects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from .. import checks, isps
from ..counting.metrics import (
    BY_KEYWORD,
    REQUESTED,
    Dimension,
    Metric,
)
from ..isps import WITHOUT_FEEDBACK_LOOP
from ..untyped import JSON, JSONObject
from .service import (
    ANSWERED,
    EMPTY,
    Day,
    OperationProbe,
    Probe,
    Service,
    one,
    query,
    refused,
    where,
)


def _unreadable(message: str) -> str:
    return f"400 SerializationException: {message}"


def _broken(*errors: str) -> str:
    """Broken constraints, each `member rule`; the members of the first query by their names."""
    found = checks.counted(len(errors), "validation error")
    joined = []
    for error in errors:
        member, _, rule = error.partition(" ")
        path = member if member.startswith("queries") else f"queries.1.member.{member}"
        joined.append(f"Value at '{path}' failed to satisfy constraint: Member must {rule}")
    return refused(f"{found} detected: {'; '.join(joined)}")


def _queries(*queries: JSONObject | None) -> JSONObject:
    return {"Queries": list(queries)}


def _many(number: int) -> JSONObject:
    return _queries(*(query(Id=f"q{n}") for n in range(number)))


_NO_STRUCTURE = _unreadable("Start of structure or map found where not expected.")
_NO_LIST = _unreadable("Start of list found where not expected")
_NO_STRING = _unreadable("Expected a string.")
_NO_DATE = _unreadable("Invalid timestamp: monday")
_OUT_OF_RANGE = _unreadable("Timestamp out of range.")
_NO_JSON = _unreadable("The request body is not valid JSON.")
_REPEATED = _unreadable("Duplicate member found in a structure or map.")

_LEAST, _MOST = "have length greater than or equal to", "have length less than or equal to"
_NO_QUERY, _TOO_MANY = _broken(f"queries {_LEAST} 1"), _broken(f"queries {_MOST} 10")
_METRIC = (
    "metric satisfy enum value set: [DELIVERY_COMPLAINT, CLICK, SEND, OPEN, COMPLAINT, DELIVERY, "
    "DELIVERY_OPEN, PERMANENT_BOUNCE, DELIVERY_CLICK, TRANSIENT_BOUNCE]"
)
_NAMESPACE = "namespace satisfy enum value set: [VDM]"
_LONG_ID = _broken(f"id {_MOST} 255")
_NO_IDS = _broken("id not be null", "queries.2.member.id not be null")
_MISSING = _broken(
    *(f"{name} not be null" for name in ("metric", "namespace", "id", "startDate", "endDate"))
)
_NOBODY = "nobody.example"
_THREE = {"EMAIL_IDENTITY": _NOBODY, "ISP": "Gmail", "CONFIGURATION_SET": "nobody"}
_NO_NULL = _broken("queries.1.member not be null")
_FOUR = _broken(f"dimensions {_MOST} 3")
_FOUR_ERRORS = _broken(_METRIC, _NAMESPACE, f"id {_LEAST} 1", f"dimensions {_LEAST} 1")

_UNIQUE = refused("All queries must have a unique identifier.")
_UNSUPPORTED = refused("Unsupported dimension provided.")
_IDENTITY = refused(Dimension.EMAIL_IDENTITY.definition.malformed_refusal)
_ISP = refused(Dimension.ISP.definition.malformed_refusal)
_ORDER = refused("Expected start date to be before the end date.")
_SIXTY = refused(
    "Invalid interval, can request at most 60 days. Please partition your requested interval."
)
_MIDNIGHT = refused(
    "To get daily aggregated data you must not specify partial-day timestamps. "
    "Please make your interval go from midnight to midnight UTC."
)


_TWICE = b'{"Queries": [], "Queries": []}'
_LATE = one(EndDate=10**18)
_FOUR_WRONG = one(Id="", Namespace="X", Metric="Y", Dimensions={})
_WITHOUT_IDS = _queries(query(Id=None), query(Id=None))

#: Id, grade, what is asked, the request, the answer, and the open point that any answer closes.
_Row = tuple[str, str, str, JSON, str, str]

_SHAPE: tuple[_Row, ...] = (
    ("queries-a-map", "live", "Queries as an object", {"Queries": {}}, _NO_STRUCTURE, ""),
    ("dimensions-a-list", "live", "Dimensions as a list", one(Dimensions=[]), _NO_LIST, ""),
    ("id-a-number", "open", "an Id that is a number", one(Id=7), _NO_STRING, "wrong-types"),
    ("date-no-date", "open", "not a date", one(StartDate="monday"), _NO_DATE, "wrong-types"),
    ("too-late", "open", "an end after 9999", _LATE, _OUT_OF_RANGE, "date-out-of-range"),
    ("no-json", "open", "a body that is not JSON", b"{", _NO_JSON, "not-json"),
    ("member-twice", "open", "a member twice", _TWICE, _REPEATED, "not-json"),
    ("no-queries", "live", "no query", _queries(), _NO_QUERY, ""),
    ("queries-missing", "live", "no Queries", {}, _NO_QUERY, ""),
    ("11-queries", "live", "eleven queries", _many(11), _TOO_MANY, ""),
    ("id-twice", "live", "one Id twice", _queries(query(), query()), _UNIQUE, ""),
    ("ids-missing", "open", "two queries without Id", _WITHOUT_IDS, _NO_IDS, "missing-ids"),
    ("unknown-dimension", "live", "an unknown dimension", where(X="DE"), _UNSUPPORTED, ""),
    ("unknown-metric", "live", "an unknown metric", one(Metric="SENDS"), _broken(_METRIC), ""),
    ("metric-missing", "live", "no Metric", one(Metric=None), _broken("metric not be null"), ""),
    ("id-256", "live", "an Id of 256 characters", one(Id="x" * 256), _LONG_ID, ""),
    ("4-dimensions", "live", "four dimensions", where(**_THREE, TENANT_NAME="t"), _FOUR, ""),
    ("several-errors", "live", "four errors, their order", _FOUR_WRONG, _FOUR_ERRORS, ""),
    ("dates-missing", "open", "an empty query", _queries({}), _MISSING, "missing-dates"),
    ("null-query", "open", "a query that is null", _queries(None), _NO_NULL, "null-query"),
)

_ELEVEN, _TWO_EMPTY = {"ISP": "a,b,c,d,e,f,g,h,i,j,k"}, {"ISP": "", "EMAIL_IDENTITY": ""}

#: Three of each dimension: no value, any value, and one that no dimension takes.
_EACH_DIMENSION: tuple[_Row, ...] = tuple(
    (id, "live", f"{asks} of {dimension}", {dimension: value}, refused(words), closes)
    for keyword, dimension in BY_KEYWORD.items()
    for slug, definition in [(keyword.replace("_", "-"), dimension.definition)]
    for id, asks, value, words, closes in (
        (f"empty-{slug}", "an empty value", "", definition.empty_refusal, ""),
        (
            f"any-{slug}",
            "`*`",
            "*",
            definition.malformed_refusal.format(value="*"),
            "what-any-matches" if keyword in REQUESTED else "",
        ),
        (
            f"{slug}-charset",
            "a value with a space",
            "a b",
            definition.malformed_refusal.format(value="a b"),
            "",
        ),
    )
)

#: A dimension's value: in the place of the request are the dimensions.
_VALUES: tuple[_Row, ...] = (
    *_EACH_DIMENSION,
    ("half-identity", "live", "half an address", {"EMAIL_IDENTITY": "a@"}, _IDENTITY, ""),
    ("null-isp", "open", "an ISP that is null", {"ISP": None}, _ISP, "null-dimension"),
    ("list-comma", "live", "a list with commas", {"ISP": "Gmail,Yahoo"}, _ISP, "list-of-values"),
    ("list-space", "live", "a list with spaces", {"ISP": "Gmail Yahoo"}, _ISP, "list-of-values"),
    ("list-bar", "live", "a list with bars", {"ISP": "Gmail|Yahoo"}, _ISP, "list-of-values"),
    ("list-json", "live", "a list as JSON", {"ISP": '["Aol","Cox"]'}, _ISP, "list-of-values"),
    ("11-values", "live", "eleven values", _ELEVEN, _ISP, "too-many-values"),
    ("two-any", "live", "`*` twice", {"EMAIL_IDENTITY": "*", "ISP": "*"}, _IDENTITY, "two-any"),
    ("two-bad", "open", "two empty values", _TWO_EMPTY, _ISP, "first-bad-dimension"),
)

_INTERVALS: tuple[_Row, ...] = (
    ("start-at-end", "live", "the end at the start", one(StartDate=Day(0)), _ORDER, ""),
    ("start-after-end", "live", "the end before the start", one(EndDate=Day(-8)), _ORDER, ""),
    ("61-days", "live", "61 days", one(StartDate=Day(-61)), _SIXTY, ""),
    ("partial-start", "live", "a start within a day", one(StartDate=Day(-7, 3600)), _MIDNIGHT, ""),
    ("partial-end", "live", "an end within a day", one(EndDate=Day(-1, 1)), _MIDNIGHT, ""),
    ("2-before-3", "live", "step 2 before 3", _queries(*[query()] * 11), _TOO_MANY, ""),
)

_REFUSED_BY: dict[int, JSONObject] = {
    3: {"Id": "q"},
    4: {"Dimensions": {"X": "1"}},
    5: {"Metric": "X"},
    6: {"Dimensions": {"ISP": ""}},
    7: {"StartDate": Day(0)},
    8: {"StartDate": Day(-61)},
    9: {"StartDate": Day(-7, 3600)},
}
#: An earlier step, a later one, grade, the answer, and what it closes: two queries, which the two
#: steps refuse, and the first query by the later step.
_IN_ORDER = (
    (3, 4, "live", _UNIQUE, ""),
    (3, 5, "open", _UNIQUE, "twice-or-constraints"),
    (4, 5, "live", _UNSUPPORTED, ""),
    (5, 6, "live", _broken("queries.2.member." + _METRIC), ""),
    (6, 7, "live", _ISP, ""),
    (7, 8, "open", _ORDER, "reversed-or-long"),
    (7, 9, "live", _ORDER, ""),
    (8, 9, "open", _SIXTY, "partial-or-long"),
)

REFUSALS = (
    *map(Probe._make, _SHAPE),
    *(Probe(*row)._replace(request=where(**row[3])) for row in _VALUES),
    *map(Probe._make, _INTERVALS),
    *(
        Probe(
            f"{step}-before-{later}",
            grade,
            f"step {step} before {later}",
            _queries(query(**_REFUSED_BY[later]), query(**{"Id": "r", **_REFUSED_BY[step]})),
            expected,
            closes,
        )
        for step, later, grade, expected, closes in _IN_ORDER
    ),
)

_VDM_OFF = (
    "404 NotFoundException: To use this feature you must enable Virtual Deliverability Manager..."
)

#: Asked if Virtual Deliverability Manager is off; step 0.
WITHOUT_VDM = (
    Probe("vdm-off", "live", "a call without VDM", one(), _VDM_OFF, "vdm-message"),
    Probe("vdm-off-first", "live", "a call without VDM that is wrong too", b"{", _VDM_OFF),
)

_BY_ARN = where(EMAIL_IDENTITY=f"arn:aws:ses:us-east-1:111122223333:identity/{_NOBODY}")
_TEXT_DATES = one(StartDate=Day(-7, as_text=True), EndDate=Day(0, as_text=True))
_LONG_AGO = one(StartDate=Day(-1100), EndDate=Day(-1095))
_PERIOD = one(Period=86400)
_FUTURE = one(StartDate=Day(2), EndDate=Day(3))

#: Asked if Virtual Deliverability Manager is on; "plain" is the first.
PROBES = (
    Probe("plain", "live", "one query: both lists, all members, whole days", one(), ANSWERED),
    Probe("ten-queries", "doc", "ten queries in one call", _many(10), ANSWERED),
    Probe("id-255", "doc", "an Id of 255 characters", one(Id="x" * 255), ANSWERED),
    Probe("three-dimensions", "doc", "three dimensions", where(**_THREE), EMPTY),
    *(
        Probe(f"no-such-{id}", "live", f"a {one} of no email", where(**{one: "nobody"}), EMPTY)
        for id, one in ((name.replace("_", "-"), one) for name, one in BY_KEYWORD.items())
    ),
    Probe("60-days", "live", "60 days", one(StartDate=Day(-60)), ANSWERED),
    Probe("end-tomorrow", "live", "an end in the future", one(EndDate=Day(1)), ANSWERED),
    Probe("future", "open", "an interval in the future", _FUTURE, EMPTY, "future-interval"),
    Probe("long-ago", "open", "three years ago", _LONG_AGO, ANSWERED, "retention"),
    Probe("text-dates", "open", "dates as ISO 8601 text", _TEXT_DATES, ANSWERED, "text-dates"),
    Probe("unknown-member", "open", "an unknown member", _PERIOD, ANSWERED, "unknown-member"),
    Probe("arn-as-identity", "open", "an ARN as identity", _BY_ARN, EMPTY, "arn-as-identity"),
    *REFUSALS,
)

_LISTED = "ListSuppressedDestinations"
_INSIGHTS = "GetMessageInsights"
_LIST_REASONS = (
    "1 validation error detected: Value at 'reasons' failed to satisfy constraint: Member must "
    "satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]"
)
_JOB_STATUS = (
    "1 validation error detected: Value at 'jobStatus' failed to satisfy constraint: Member must "
    "satisfy enum value set: [CREATED, PROCESSING, COMPLETED, FAILED, CANCELLED]"
)
_UNKNOWN_ID = "0100019b8d4f2c1e-0b7c6a1e-5f0d-4c1a-9a3e-2f4b6d8a0c1e-000000"
_NOT_FOUND = f"404 NotFoundException: Message <{_UNKNOWN_ID}> not found for account <<account>>"
_MALFORMED_ID = refused("Invalid message id: not-a-message-id")
_SIZE = refused("Page size 0 is invalid, expected a number between 1 and 1000")
_BAD_TOKEN = "400 InvalidNextTokenException: Token is invalid."  # noqa: S105
_JOBS_SIZE = refused("PageSize must be between 1 and 100")
_JOBS_TOKEN = refused("Failed to deserialize token. ")
_NO_JOB = refused("Invalid JobId")

#: Of other operations; none of them shows what the account has.
OPERATION_PROBES = tuple(
    OperationProbe(*row)
    for row in (
        ("listed-size", "live", "no page", _LISTED, {"PageSize": 0}, _SIZE),
        ("listed-token", "live", "an empty token", _LISTED, {"NextToken": ""}, _BAD_TOKEN),
        ("listed-reason", "live", "a reason", _LISTED, {"Reasons": ["X"]}, refused(_LIST_REASONS)),
        ("jobs-size", "live", "no page", "ListExportJobs", {"PageSize": 0}, _JOBS_SIZE),
        ("jobs-token", "live", "an empty token", "ListExportJobs", {"NextToken": ""}, _JOBS_TOKEN),
        ("no-job", "live", "an unknown job", "GetExportJob", {"JobId": "nobody"}, _NO_JOB),
        (
            "jobs-status",
            "open",
            "an unknown status",
            "ListExportJobs",
            {"JobStatus": "X"},
            refused(_JOB_STATUS),
            "export-words",
        ),
        ("unknown-id", "live", "an unknown id", _INSIGHTS, {"MessageId": _UNKNOWN_ID}, _NOT_FOUND),
        (
            "malformed-id",
            "open",
            "a malformed id",
            _INSIGHTS,
            {"MessageId": "not-a-message-id"},
            _MALFORMED_ID,
            "malformed-id",
        ),
    )
)
#: The same if Virtual Deliverability Manager is off.
OPERATIONS_WITHOUT_VDM = (
    OperationProbe(
        "vdm-off-jobs", "open", "jobs without VDM", "ListExportJobs", {}, "200", "export-gate"
    ),
    OperationProbe(
        "vdm-off-insights",
        "live",
        "insights without VDM",
        _INSIGHTS,
        {"MessageId": "not-a-message-id"},
        _VDM_OFF,
    ),
)

#: The open points that probes close, in words. All open points are in docs/contracts.md.
OPEN_POINTS: Mapping[str, str] = {
    "vdm-message": "the rest of the 404's message without Virtual Deliverability Manager",
    "wrong-types": "the words for a text or a number of the wrong type",
    "not-json": "the words for a body that is no JSON, or has a member twice",
    "date-out-of-range": "the words for a date that no calendar has",
    "text-dates": "whether dates may be ISO 8601 text on the wire",
    "missing-ids": "two queries without `Id`",
    "twice-or-constraints": "whether one `Id` twice comes before constraints on members",
    "reversed-or-long": "whether a start that is not before the end comes before more than 60 days",
    "missing-dates": "where missing dates stand among a query's other errors",
    "null-query": "a query that is `null`",
    "null-dimension": "a dimension that is `null`",
    "unknown-member": "a member that SES does not know",
    "partial-or-long": "partial days in an interval of more than 60 days",
    "future-interval": "an interval that starts in the future",
    "list-of-values": "how a list of values is written in the one string",
    "too-many-values": "the words for more than ten values",
    "two-any": "two dimensions that are both `*`",
    "what-any-matches": "what `*` for a configuration set or a tenant matches",
    "first-bad-dimension": "which of two bad values of one query is named",
    "arn-as-identity": "an ARN as the value of `EMAIL_IDENTITY`",
    "malformed-id": "which message ids are malformed, and the words for one",
    "export-words": "the words for members of an export job's source, and for filters of the list",
    "export-gate": (
        "whether the other operations of export jobs need Virtual Deliverability Manager"
    ),
    "isp-letter-case": "the letter case of ISP names in queries",
    "isp-names": "whether the known ISP names are all there are",
    "results-order": "in which order results come",
    "late-data": "when today's events are counted",
    "retention": "how long data are kept, and how far back one may ask",
    "feedback-loops": "which ISPs have a feedback loop",
}


#: Daily counts.
_Series = Mapping[dt.date, int]

_ISPS = tuple(isps.BY_LOWER_CASE.values())
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

    def query(
        self,
        metric: str = "SEND",
        start: int = -_WINDOW,
        end: int = 0,
        *,
        id: str = "q",
        isp: str | None = None,
        identity: str | None = None,
    ) -> JSONObject:
        """A query for the identity, from one day to another, counted from today."""
        dimensions = {"EMAIL_IDENTITY": identity or self.identity, **({"ISP": isp} if isp else {})}
        return query(
            Id=id, Metric=metric, StartDate=Day(start), EndDate=Day(end), Dimensions=dimensions
        )

    def results(self, queries: Sequence[JSONObject]) -> dict[str, _Series]:
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

    def series(self, **how: JSON) -> _Series:
        """The series of one query."""
        return self.results([self.query(**how)])["q"]


class DataProbe(NamedTuple):
    """A probe of an account's own data."""

    id: str
    grade: str
    asks: str
    expected: str
    #: What is found; None if the data do not show it.
    found: Callable[[OwnData], str | None]
    closes: str = ""


#: `expected` if every answer is as expected.
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
    alone = own.results([own.query(start=day, end=day + 1, id=str(day)) for day in days])
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
    came = list(own.results([own.query(id, id=id) for id in ids]))
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
    queries = [own.query(end=-1, isp=isp, id=isp) for isp in _ISPS]
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
        [own.query(m, end=-1, isp=isp, id=f"{m}-{isp}") for m in metrics for isp in _ISPS]
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


DATA_PROBES = tuple(
    DataProbe(*row)
    for row in (
        ("sparse-days", "live", "days without email", _ABSENT, _sparse_days),
        ("single-days", "live", "each of seven days alone", _ONE_COUNT, _single_days),
        ("letter-case", "live", "the identity in capitals", _SAME, _letter_case),
        ("results-order", "live", "the order of results", ANY, _results_order, "results-order"),
        ("today", "open", "whether today is answered", _TODAY, _today, "late-data"),
        ("how-far-back", "open", "the oldest data", ANY, _how_far_back, "retention"),
        ("isp-letter-case", "open", "`gmail`", _LOWER_CASE, _isp_letter_case, "isp-letter-case"),
        ("isp-names", "open", "all ISPs against the total", _WHOLE, _isp_names, "isp-names"),
        ("feedback-loops", "open", "feedback loops", _LOOPS, _feedback_loops, "feedback-loops"),
    )
)

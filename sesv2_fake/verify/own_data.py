"""What `verify --identity` asks of an account's own data; it shows no count of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..counting.metrics import Metric
from ..emails import addresses
from ..options import WITHOUT_FEEDBACK_LOOP
from .probe import (
    ANSWERED,
    EMPTY,
    Day,
    query,
)
from .service import Service

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


class Look(NamedTuple):
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


LOOKS = (
    Look("sparse-days", "live", "days without email", _ABSENT, _sparse_days),
    Look("single-days", "live", "each of seven days alone", _ONE_COUNT, _single_days),
    Look("letter-case", "live", "the identity in capitals", _SAME, _letter_case),
    Look("results-order", "live", "the order of results", ANY, _results_order, "results-order"),
    Look("today", "open", "whether today is answered", _TODAY, _today, "late-data"),
    Look("how-far-back", "open", "the oldest data", ANY, _how_far_back, "retention"),
    Look(
        "isp-letter-case",
        "open",
        "`gmail` beside `Gmail`",
        _LOWER_CASE,
        _isp_letter_case,
        "isp-letter-case",
    ),
    Look("isp-names", "open", "all ISPs against the total", _WHOLE, _isp_names, "isp-names"),
    Look("feedback-loops", "open", "feedback loops", _LOOPS, _feedback_loops, "feedback-loops"),
)

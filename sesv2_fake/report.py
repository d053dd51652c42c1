"""The report of a failing test: the calls, the sends, the seeds and the faults, as text."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .account import Account
from .counting import metrics, timestamps
from .counting.explaining import explain
from .counting.metrics import BY_KEYWORD, Dimension, Event, Metric
from .counting.rule import (
    Filter,
    Question,
    counted_by,
    reasons_against,
)
from .counting.store import MetricStore, Totals
from .emails import addresses
from .emails.outbox import in_words
from .operations.calls import Call
from .operations.faults import Fault
from .operations.metric_data import question_of
from .operations.metric_queries import Query
from .operations.requests import DEFAULT_REGION

_MOST_DAYS_LISTED = 4


def seed_lines(store: MetricStore) -> Iterator[str]:
    """The lines about the seeds, by region if there are several."""
    by_region = _counts_by_region(store)
    loaded = _loaded(store)
    if not by_region and not loaded:
        yield "nothing seeded that a metric counts"
    for region in sorted(by_region, key=lambda region: region or ""):
        where = "" if list(by_region) == [None] else f", {region or 'every region'}"
        yield f"seeded, by day (UTC){where}"
        yield from _table(by_region[region])
    for what, count in sorted(loaded.items()):
        yield f"from a loaded response: {what}: {count}"


def _counts_by_region(store: MetricStore) -> dict[str | None, dict[Metric, Totals]]:
    """By region, metric and day, what queries without dimensions count."""
    found: dict[str | None, dict[Metric, Totals]] = defaultdict(lambda: defaultdict(dict))
    for segment, counted, by_day in store.account_totals():
        for metric in Metric:
            asked = Question(metric, segment.region or "", (), timestamps.FIRST, timestamps.LAST)
            if counted in counted_by(metric) and not any(reasons_against(segment, asked)):
                for day, count in by_day.items():
                    if count:
                        days = found[segment.region][metric]
                        days[day] = days.get(day, 0) + count
    return found


def _loaded(store: MetricStore) -> dict[str, int]:
    """What loaded responses count, by the metric and the dimensions of their queries."""
    return {
        f"{counted}{_in_words(segment.loaded_for)}": sum(by_day.values())
        for segment, counted, by_day in store.account_totals()
        if segment.loaded_for is not None
    }


def _in_words(filters: Iterable[Filter]) -> str:
    values = (
        (dimension, "*" if accepted is None else ",".join(sorted(accepted)))
        for dimension, accepted in filters
    )
    return "".join(f", {dimension}={value}" for dimension, value in sorted(values))


def _table(counts: dict[Metric, Totals]) -> Iterator[str]:
    days = sorted({day for by_day in counts.values() for day in by_day})
    shown = days[:_MOST_DAYS_LISTED]
    more = [f"+{len(days) - len(shown)} days"] if len(days) > len(shown) else []
    rows = [["", *(timestamps.date_of(day).isoformat() for day in shown), *more, "total"]]
    for metric in sorted(counts, key=list(Metric).index):
        by_day = counts[metric]
        total = sum(by_day.values())
        cells = [str(by_day.get(day, "-")) for day in shown]
        rest = [str(total - sum(by_day.get(day, 0) for day in shown))] if more else []
        rows.append([metric.value, *cells, *rest, str(total)])
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths))
        yield f"  {first.strip().ljust(widths[0])} {' '.join(others)}"


_WIDTH = 80
_MOST_LINES = 40
#: How many lines each part has at least, if it needs them; what others leave over goes to the
#: calls first. A call of ten empty queries needs 21.
_AT_LEAST = {"outer fakes": 2, "sends": 2, "seeds": 9, "faults": 4}
#: How many lines a line is wrapped into, if it is too long for one.
_MOST_PARTS = 4

_KNOWN = {Dimension.ISP: frozenset(addresses.BY_LOWER_CASE.values())}


class OuterFake(NamedTuple):
    """A fake around the one that answered; what it holds was not seen."""

    #: The user's line that started it, as `file:line`.
    started_at: str
    store: MetricStore


def report_of(account: Account, others: Sequence[OuterFake] = (), *, verbose: bool = False) -> str:
    """The report of an account: `report`."""
    return report(
        account.store,
        account.calls,
        account.faults,
        sends=in_words(account.outbox),
        others=others,
        verbose=verbose,
    )


def report(
    store: MetricStore,
    calls: Sequence[Call],
    faults: Sequence[Fault],
    *,
    sends: Sequence[str] = (),
    others: Sequence[OuterFake] = (),
    verbose: bool = False,
) -> str:
    """All that happened, in at most 40 lines of 80 columns; with `verbose`, in as many as needed.

    `sends` are lines about the emails that the code under test sent.
    """
    most = None if verbose else _MOST_PARTS
    parts = {
        what: [part for line in lines for part in _wrapped(line, most)]
        for what, lines in (
            ("outer fakes", _of_outer_fakes(others)),
            ("sends", sends),
            ("seeds", seed_lines(store)),
            ("faults", map(repr, faults)),
        )
    }
    about_calls = _Calls(store)
    if verbose:
        return "\n".join(
            [*about_calls.in_full(calls), *(line for part in parts.values() for line in part)]
        )
    sizes = {what: min(len(lines), _AT_LEAST[what]) for what, lines in parts.items()}
    room = _MOST_LINES - sum(sizes.values())
    found = about_calls.within(room, calls)
    spare = room - len(found)
    for what, lines in parts.items():
        more = min(spare, len(lines) - sizes[what])
        spare -= more
        found += _cut(lines, sizes[what] + more, what)
    return "\n".join(found)


def explained(store: MetricStore, query: Query, region: str) -> list[str]:
    """Why the query of a region's client counts what it counts."""
    return explain(store, question_of(query, region), _KNOWN)


class _Calls:
    """The lines about the calls, the newest first; no more is explained than is shown."""

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._reasons: dict[Question, str] = {}

    def in_full(self, calls: Sequence[Call]) -> list[str]:
        """Everything about every call."""
        return [
            _number_of(calls),
            *(line for c in reversed(calls) for line in self._whole(c, None)),
        ]

    def within(self, room: int, calls: Sequence[Call]) -> list[str]:
        """In at most `room` lines: the newest call as a whole, older ones if there is room."""
        lines = [_number_of(calls)]
        newer: Call | None = None
        for older, call in zip(range(len(calls) - 1, -1, -1), reversed(calls)):
            left = room - len(lines)
            if older and left == 1:
                lines.append(f"... and {older + 1} older calls")
                break
            if older:  # one line must be left to say how many more there are
                left -= 1
            lines += self._of_call(left, call, newer)
            newer = call
        return lines

    def _of_call(self, room: int, call: Call, newer: Call | None) -> list[str]:
        if newer is not None and (_is_repeated(call, newer) or _least_lines(call) > room):
            return [_in_one_line(_headline(call))]
        lines = self._whole(call, _MOST_PARTS)
        if len(lines) > room:
            lines = self._whole(call, 1)
        # A body can have had more queries than SES takes.
        return _cut(lines, room, "this call")

    def _whole(self, call: Call, most: int | None) -> list[str]:
        """The call and its queries, no line of it wrapped into more than `most`."""
        lines = _wrapped(_headline(call), most)
        for query in call.queries:
            asked = f"    {query._in_one_line()}"
            days = _days(call, query)
            if days and most is None:
                lines += _wrapped(f"{asked}: {_total(days)}", None)
            elif days:
                lines.append(_with_total(asked, days))
            else:
                why = self._why(call, query)
                lines += _wrapped(asked, most)
                lines += _wrapped(f"      {why}", most) if why else []
        for flaw in call.unreadable:
            lines += _wrapped(f"    {flaw}", most)
        return lines

    def _why(self, call: Call, query: Query) -> str:
        """Why a query has no counts; nothing if its whole call failed."""
        error = next((error for error in call.errors if error.id == query.id), None)
        if error is not None:
            return f"{error.code}: {error.message}"
        if call.error is not None:
            return ""
        asked = question_of(query, call.region)
        if asked not in self._reasons:
            reasons = "; ".join(explain(self._store, asked, _KNOWN))
            now = " at the time; by now" if self._store.daily_counts(asked) else ":"
            self._reasons[asked] = f"empty{now} {reasons}"
        return self._reasons[asked]


def _number_of(calls: Sequence[Call]) -> str:
    if len(calls) < 2:
        return "1 call" if calls else "no calls"
    return f"{len(calls)} calls, newest first"


def _headline(call: Call) -> str:
    empty = sum(not result.days for result in call.results)
    return f"- {call._in_one_line()}{f' ({empty} empty)' if empty else ''}"


def _is_repeated(call: Call, newer: Call) -> bool:
    """Whether the newer call asked the same again, and got the same or was a retry."""
    return call.queries == newer.queries and (
        call.error is not None or (call.results, call.errors) == (newer.results, newer.errors)
    )


def _least_lines(call: Call) -> int:
    counted = sum(bool(result.days) for result in call.results)
    without_why = counted if call.error is None else len(call.queries)
    return 1 + 2 * len(call.queries) - without_why + len(call.unreadable)


def _days(call: Call, query: Query) -> Mapping[int, int]:
    """What a query counted; nothing if it failed."""
    return next((result.days for result in call.results if result.id == query.id), {})


def _total(days: Mapping[int, int]) -> str:
    by_day = ", ".join(f"{timestamps.date_of(day)}: {n}" for day, n in days.items())
    return f"{sum(days.values())} ({by_day})"


def _with_total(asked: str, days: Mapping[int, int]) -> str:
    line = f"{asked}: {_total(days)}"
    if len(line) <= _WIDTH:
        return line
    return _in_one_line(asked, f": {sum(days.values())} on {_so_many(len(days), 'day')}")


def _of_outer_fakes(others: Iterable[OuterFake]) -> Iterator[str]:
    for other in others:
        emails = counts = 0
        for _, counted, by_day in other.store.account_totals():
            counts += sum(by_day.values())
            emails += sum(by_day.values()) if counted is Event.SEND else 0
        if counts:
            held = _so_many(emails, "email") if emails else _so_many(counts, "count")
            yield f"an outer fake, started at {other.started_at}, holds {held}; it is not asked"


def _so_many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _cut(lines: list[str], most: int, what: str) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"... and {len(lines) - most + 1} more lines of {what}"]


def _in_one_line(line: str, end: str = "") -> str:
    """The line and its end in 80 columns; what is too long of the line is left out."""
    if len(line) + len(end) <= _WIDTH:
        return line + end
    return f"{line[: _WIDTH - len(end) - 4]} ...{end}"


def _wrapped(line: str, most: int | None) -> list[str]:
    """The line, in parts of 80 columns; if these are more than `most`, the rest is left out."""
    if most == 1:
        return [_in_one_line(line)]
    indent = " " * (len(line) - len(line.lstrip()))
    parts = textwrap.wrap(
        line,
        _WIDTH,
        subsequent_indent=f"{indent}  ",
        max_lines=most,
        placeholder=" ...",
        break_on_hyphens=False,
    )
    return parts or [line]


#: How many days are shown, and how many values of each dimension.
_MOST_DAYS = 366
_MOST_VALUES = 500

#: reference/service.md, "The ten metrics": the rates of Amazon's dashboard, and what each is of.
#: [guide]
_RATES: dict[str, tuple[Metric, Metric]] = {
    "delivery": (Metric.DELIVERY, Metric.SEND),
    "open": (Metric.OPEN, Metric.DELIVERY_OPEN),
    "click": (Metric.CLICK, Metric.DELIVERY_CLICK),
    "complaint": (Metric.COMPLAINT, Metric.DELIVERY_COMPLAINT),
    "permanent bounce": (Metric.PERMANENT_BOUNCE, Metric.SEND),
    "transient bounce": (Metric.TRANSIENT_BOUNCE, Metric.SEND),
}


def dashboard_statistics(
    store: MetricStore, region: str | None = None, **filters: str
) -> dict[str, Any]:
    """What queries of a region's clients count of each day, with the filters.

    Raises ValueError for a value that no email can have.
    """
    seeded_regions, first, last = _seeded(store)
    region = region or (DEFAULT_REGION if DEFAULT_REGION in seeded_regions else seeded_regions[0])
    asked = tuple(_filter(BY_KEYWORD[name], value, name) for name, value in filters.items())
    start = max(first, last - _MOST_DAYS + 1)
    interval = start * timestamps.DAY, (last + 1) * timestamps.DAY
    by_metric = {
        metric: store.daily_counts(Question(metric, region, asked, *interval)) for metric in Metric
    }
    days = sorted({day for counts in by_metric.values() for day in counts})
    totals = {metric: sum(counts.values()) for metric, counts in by_metric.items()}
    return {
        "days": [str(timestamps.date_of(day)) for day in days],
        "counts": {
            str(metric): [counts.get(day, 0) for day in days]
            for metric, counts in by_metric.items()
        },
        "totals": {str(metric): total for metric, total in totals.items()},
        "rates": {
            name: {
                "rate": totals[part] / totals[whole] if totals[whole] else None,
                "count": str(part),
                "of": str(whole),
            }
            for name, (part, whole) in _RATES.items()
        },
        "values": {
            name: sorted(store.values(dimension))[:_MOST_VALUES]
            for name, dimension in BY_KEYWORD.items()
        },
        "labels": {
            name: dimension.definition.noun[0].upper() + dimension.definition.noun[1:]
            for name, dimension in BY_KEYWORD.items()
        },
        "regions": sorted({*seeded_regions, region}),
        "region": region,
        "earlier": start > first,
    }


def totals(store: MetricStore) -> dict[str, int]:
    """What queries without filters count in all, by metric, of what was seeded for any region."""
    found: dict[str, int] = {}
    for segment, counted, by_day in store.account_totals():
        for metric in Metric:
            asked = Question(metric, segment.region or "", (), timestamps.FIRST, timestamps.LAST)
            if counted in counted_by(metric) and not any(reasons_against(segment, asked)):
                found[str(metric)] = found.get(str(metric), 0) + sum(by_day.values())
    return found


def _seeded(store: MetricStore) -> tuple[list[str], int, int]:
    """The regions that something was seeded for (one at least), the first and the last day."""
    regions = set()
    days: set[int] = set()
    for segment, _, by_day in store.account_totals():
        regions.add(segment.region or DEFAULT_REGION)
        days.update(day for day, count in by_day.items() if count)
    today = timestamps.day_of(timestamps.now())
    return sorted(regions) or [DEFAULT_REGION], min(days, default=today), max(days, default=today)


def _filter(dimension: Dimension, value: str, name: str) -> tuple[Dimension, frozenset[str]]:
    return dimension, frozenset({metrics.checked(dimension, value, name)})

"""The report of a failing test: the calls, the sends, the seeds and the faults, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .account import Account
from .counting import timestamps
from .counting.explaining import explain
from .counting.metrics import Dimension, Event, Metric
from .counting.rule import Filter, Question
from .counting.statistics import counts_by_region
from .counting.store import MetricStore, Totals
from .emails import addresses
from .emails.outbox import in_words
from .operations.calls import Call
from .operations.faults import Fault
from .operations.metric_data import question_of
from .operations.metric_queries import Query

_MOST_DAYS_LISTED = 4


def seed_lines(store: MetricStore) -> Iterator[str]:
    """The lines about the seeds, by region if there are several."""
    by_region = counts_by_region(store)
    loaded = _loaded(store)
    if not by_region and not loaded:
        yield "nothing seeded that a metric counts"
    for region in sorted(by_region, key=lambda region: region or ""):
        where = "" if list(by_region) == [None] else f", {region or 'every region'}"
        yield f"seeded, by day (UTC){where}"
        yield from _table(by_region[region])
    for what, count in sorted(loaded.items()):
        yield f"from a loaded response: {what}: {count}"


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

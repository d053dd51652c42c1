"""The report of a failing test: calls, sends, seeds, faults and answers, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from . import checks, isps
from .account import Account
from .counting import timestamps
from .counting.explaining import Explanations
from .counting.metrics import Dimension, Event, Metric
from .counting.rule import Filter, Question
from .counting.statistics import counts_by_region
from .counting.store import MetricStore, Totals
from .emails.outbox import in_words
from .operations.calls import Call
from .operations.faults import Planned
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
_AT_LEAST = {"earlier calls": 2, "outer fakes": 2, "sends": 2, "seeds": 9, "faults and answers": 4}
#: How many lines a line is wrapped into, if it is too long for one.
_MOST_PARTS = 4

_KNOWN = {Dimension.ISP: frozenset(isps.BY_LOWER_CASE.values())}


class OuterFake(NamedTuple):
    """A fake around the one that answered; what it holds was not seen."""

    #: The user's line that started it, as `file:line`.
    started_at: str
    store: MetricStore


def report_of(
    account: Account,
    others: Sequence[OuterFake] = (),
    *,
    verbose: bool = False,
    for_more: str = "pytest -vv",
) -> str:
    """The report of an account: `report`."""
    emails = account.outbox
    earlier_sends = account.sends_before_test
    sends = in_words(emails[earlier_sends:])
    if earlier_sends:
        sends.append(f"{checks.counted(earlier_sends, 'email')} sent before this test")
    return report(
        account.metrics,
        account.calls,
        [*account.faults, *account.answers],
        calls_before_test=account.calls_before_test,
        sends=sends,
        others=others,
        verbose=verbose,
        for_more=for_more,
    )


def report_or_problem(
    account: Account,
    others: Sequence[OuterFake] = (),
    *,
    verbose: bool,
    for_more: str = "pytest -vv",
) -> str:
    """The same for a runner of tests: a report that cannot be made must not end the run."""
    try:
        return report_of(account, others, verbose=verbose, for_more=for_more)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return f"no report: {error!r}"


def report(
    store: MetricStore,
    calls: Sequence[Call],
    planned: Sequence[Planned],
    *,
    calls_before_test: int = 0,
    sends: Sequence[str] = (),
    others: Sequence[OuterFake] = (),
    verbose: bool = False,
    for_more: str = "pytest -vv",
) -> str:
    """All that happened, in at most 40 lines of 80 columns; with `verbose`, in as many as needed.

    `calls_before_test` is how many of the calls are older than the test; `sends` are lines about
    the emails that the code under test sent; `for_more` is what shows more, if anything does.
    """
    about_calls = _Calls(store)
    earlier, calls = calls[:calls_before_test], calls[calls_before_test:]
    parts = {
        "earlier calls": about_calls.before_test(earlier, verbose=verbose),
        "outer fakes": _of_outer_fakes(others),
        "sends": sends,
        "seeds": seed_lines(store),
        "faults and answers": map(repr, planned),
    }
    most = None if verbose else _MOST_PARTS
    wrapped = {
        what: [part for line in lines for part in _wrapped(line, most)]
        for what, lines in parts.items()
    }
    if verbose:
        lines = about_calls.in_full(calls)
        return "\n".join([*lines, *(line for part in wrapped.values() for line in part)])
    lines = _fitted(_MOST_LINES, about_calls, calls, wrapped)
    if about_calls.has_left_out or earlier or any(map(_is_cut, lines)):
        lines = [*_fitted(_MOST_LINES - 1, about_calls, calls, wrapped), f"{for_more} shows more"]
    return "\n".join(lines)


def _fitted(
    most: int, about_calls: _Calls, calls: Sequence[Call], parts: Mapping[str, list[str]]
) -> list[str]:
    sizes = {what: min(len(lines), _AT_LEAST[what]) for what, lines in parts.items()}
    found = about_calls.within(most - sum(sizes.values()), calls)
    spare = most - sum(sizes.values()) - len(found)
    for what, lines in parts.items():
        more = min(spare, len(lines) - sizes[what])
        spare -= more
        found += _cut(lines, sizes[what] + more, what)
    return found


def _is_cut(line: str) -> bool:
    return line.startswith("... and ") or line.endswith(" ...") or " ...: " in line


def explained(store: MetricStore, query: Query, region: str) -> list[str]:
    """Why the query of a region's client counts what it counts."""
    return Explanations(store, _KNOWN).of(question_of(query, region))


class _Calls:
    """The lines about the calls, the newest first; no more is explained than is shown."""

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._explanations = Explanations(store, _KNOWN)
        self._reasons: dict[Question, str] = {}
        #: Whether the queries of a call are not shown.
        self.has_left_out = False

    def in_full(self, calls: Sequence[Call]) -> list[str]:
        """Everything about every call."""
        return [
            _number_of(calls),
            *(line for c in reversed(calls) for line in self._whole(c, None)),
        ]

    def before_test(self, calls: Sequence[Call], *, verbose: bool) -> list[str]:
        """The calls that are older than the test."""
        if not calls:
            return []
        lines = [f"{checks.counted(len(calls), 'call')} before this test, newest first"]
        for call in reversed(calls):
            lines += self._whole(call, None) if verbose else [_in_one_line(_headline(call))]
        return lines

    def within(self, room: int, calls: Sequence[Call]) -> list[str]:
        """In at most `room` lines: the call that went wrong most as a whole, others if they fit.

        If none went wrong, the newest call.
        """
        lines = [_number_of(calls)]
        if not calls:
            return lines
        newest_first = calls[::-1]
        failing = _place_of_failing(newest_first)
        newer, older = range(failing), range(failing + 1, len(calls))
        room -= len(lines)
        left_to_others = bool(newer) + bool(older)
        whole = self._of_call(room - left_to_others, newest_first[failing], None)
        room -= len(whole)
        before = self._of_calls(room - bool(older), newer, newest_first, "more calls")
        after = self._of_calls(room - len(before), older, newest_first, "older calls")
        return [*lines, *before, *whole, *after]

    def _of_calls(
        self, room: int, places: Sequence[int], calls: Sequence[Call], what: str
    ) -> list[str]:
        """Calls one after the other in at most `room` lines, the last of which counts the rest."""
        lines: list[str] = []
        for number, place in enumerate(places):
            left, rest = room - len(lines), len(places) - number
            if rest > 1 and left == 1:
                lines.append(f"... and {rest} {what}")
                break
            newer = calls[place - 1] if place else calls[_place_of_failing(calls)]
            lines += self._of_call(left - (rest > 1), calls[place], newer)
        return lines

    def _of_call(self, room: int, call: Call, newer: Call | None) -> list[str]:
        if newer is not None and (_is_repeated(call, newer) or _least_lines(call) > room):
            self.has_left_out = self.has_left_out or bool(call.queries)
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
            reasons = "; ".join(self._explanations.of(asked))
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


def _place_of_failing(newest_first: Sequence[Call]) -> int:
    """The call that went wrong most, the newest of several alike; that is the newest if none did.

    One that the client has tried again is none of them.
    """
    worst, most = 0, 0.0
    newer = None
    for place, call in enumerate(newest_first):
        was_tried_again = newer is not None and call.error and call.queries == newer.queries
        wrong = 0.0 if was_tried_again else _part_wrong(call)
        if wrong > most:
            worst, most = place, wrong
        newer = call
    return worst


def _part_wrong(call: Call) -> float:
    """The part of a call's queries that failed or came back empty."""
    if call.error is not None:
        return 1.0
    wrong = len(call.errors) + sum(not result.days for result in call.results)
    return wrong / (len(call.errors) + len(call.results) or 1)


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
    return _in_one_line(asked, f": {sum(days.values())} on {checks.counted(len(days), 'day')}")


def _of_outer_fakes(others: Iterable[OuterFake]) -> Iterator[str]:
    for other in others:
        emails = counts = 0
        for _, counted, by_day in other.store.account_totals():
            counts += sum(by_day.values())
            emails += sum(by_day.values()) if counted is Event.SEND else 0
        if counts:
            held = checks.counted(emails, "email") if emails else checks.counted(counts, "count")
            yield f"an outer fake, started at {other.started_at}, holds {held}; it is not asked"


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

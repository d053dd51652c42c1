"""The counts: how often each event happened, day by day, to emails no query can tell apart."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import NamedTuple

from . import moments
from .metrics import DEFINITIONS, Dimension, Event, Metric, Trait

#: What a series counts: an event, or a metric's plain count that no event stands behind.
Counted = Event | Metric

#: For each dimension asked for, the accepted values, or None for any value at all.
Filters = tuple[tuple[Dimension, frozenset[str] | None], ...]


class Question(NamedTuple):
    """What a query asks of the counts."""

    metric: Metric
    region: str
    filters: Filters
    #: The interval: from `start` on and before `end`.
    start: int
    end: int


class Segment(NamedTuple):
    """All that queries and metrics can know of an email; alike emails share one segment."""

    #: None where the emails are seen from every region.
    region: str | None
    labels: tuple[tuple[Dimension, str], ...]
    traits: tuple[Trait, ...] = ()


class _Day:
    """What happened on one UTC day: how often, and at which moments."""

    __slots__ = ("_counts", "_moments", "_running", "total")

    def __init__(self) -> None:
        self.total = 0
        self._moments = array("q")
        self._counts: list[int] = []
        self._running: list[int] | None = None

    def add(self, moment: int, count: int) -> None:
        self.total += count
        if self._moments and self._moments[-1] == moment:
            self._counts[-1] += count
        else:
            self._moments.append(moment)
            self._counts.append(count)
        self._running = None

    def between(self, start: int, end: int) -> int:
        """How often it happened from `start` on and before `end`."""
        if self._running is None:
            pairs = sorted(zip(self._moments, self._counts))
            self._moments = array("q", (moment for moment, _ in pairs))
            self._counts = [count for _, count in pairs]
            self._running = [0, *accumulate(self._counts)]
        first, last = bisect_left(self._moments, start), bisect_left(self._moments, end)
        return self._running[last] - self._running[first]


_Series = dict[int, _Day]

#: A metric and filters in whatever order.
_Asked = tuple[Metric, frozenset[tuple[Dimension, frozenset[str] | None]]]


@dataclass
class _View:
    """All series that one kind of query adds up, and their totals by day."""

    series: list[_Series]
    totals: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for days in self.series:
            for day, counts in days.items():
                self.totals[day] = self.totals.get(day, 0) + counts.total

    def daily_counts(self, start: int, end: int) -> dict[int, int]:
        """The days with a count, ascending; of the first and the last, the part asked for."""
        first, last = moments.day_of(start), moments.day_of(end - 1)
        totals = self.totals
        counts = {day: totals[day] for day in range(first, last + 1) if day in totals}
        for day in {first, last}.intersection(counts):
            if start > day * moments.DAY or end < (day + 1) * moments.DAY:
                parts = (days[day] for days in self.series if day in days)
                counts[day] = sum(part.between(start, end) for part in parts)
        return {day: count for day, count in counts.items() if count}


class MetricStore:
    """Every count of one account.

    Safe to fill and to ask from many threads at once. Asking costs by the days asked for and by
    the number of segments that match, not by the number of events.
    """

    def __init__(self) -> None:
        self.closed: str | None = None
        self.lock = threading.RLock()
        self._segments: dict[Segment, dict[Counted, _Series]] = {}
        self._by_label: dict[tuple[Dimension, str], list[Segment]] = defaultdict(list)
        self._views: dict[tuple[Metric, str, Filters], _View] = {}
        self._answers: dict[_Asked, _Series] = {}

    def close(self, reason: str) -> None:
        """From here on, `add` is an error that gives the reason."""
        self.closed = reason

    def add(self, counted: Counted, segment: Segment, moment: int, count: int) -> None:
        """Count `count` more at `moment`; a negative count takes back."""
        with self.lock:
            if self.closed is not None:
                raise RuntimeError(self.closed)
            if self._views:
                self._views.clear()
            series = self._segments.get(segment)
            if series is None:
                series = self._segments[segment] = {}
                for label in segment.labels:
                    self._by_label[label].append(segment)
            days = series.get(counted)
            if days is None:
                days = series[counted] = {}
            day = moment // moments.DAY
            counts = days.get(day)
            if counts is None:
                counts = days[day] = _Day()
            counts.add(moment, count)

    def add_answers(self, answers: Iterable[tuple[Metric, Filters, dict[int, int]]]) -> None:
        """Count days more, each for queries with just these filters; once, however often added.

        Raises ValueError, and adds nothing, where a day's count contradicts another's.
        """
        with self.lock:
            self._views.clear()
            known = {asked: dict(series) for asked, series in self._answers.items()}
            for metric, filters, days in answers:
                series = known.setdefault((metric, frozenset(filters)), {})
                for day, count in days.items():
                    if day not in series:
                        series[day] = _Day()
                        series[day].add(day * moments.DAY, count)
                    elif series[day].total != count:
                        raise ValueError(
                            f"response: {count} for {metric} on {moments.date_of(day)} contradicts "
                            f"the {series[day].total} of another answer"
                        )
            self._answers = known

    def daily_counts(self, asked: Question) -> dict[int, int]:
        """The metric's count for each day from `start` (inclusive) to `end` (exclusive).

        Days in ascending order; a day with nothing to count is absent. [live]
        """
        key = asked.metric, asked.region, asked.filters
        with self.lock:
            view = self._views.get(key)
            if view is None:
                view = self._views[key] = _View(self._matching_series(*key))
            return view.daily_counts(asked.start, asked.end)

    def rows(self) -> Iterator[tuple[Segment, Counted, int, int]]:
        """Every segment, what was counted, the day and the count; for reports."""
        with self.lock:
            rows = [
                (segment, counted, day, counts.total)
                for segment, series in self._segments.items()
                for counted, days in series.items()
                for day, counts in days.items()
                if counts.total
            ]
        return iter(rows)

    def _matching_series(self, metric: Metric, region: str, filters: Filters) -> list[_Series]:
        definition = DEFINITIONS[metric]
        answers = self._answers.get((metric, frozenset(filters)))
        found = [] if answers is None else [answers]
        for segment in self._candidates(filters):
            if segment.region in (None, region) and matches(segment, filters):
                series = self._segments[segment]
                if metric in series:
                    found.append(series[metric])
                if definition.event in series and definition.leaves_out.isdisjoint(segment.traits):
                    found.append(series[definition.event])
        return found

    def _candidates(self, filters: Filters) -> list[Segment]:
        """The fewest segments that the filters let us look at."""
        choices = []
        for dimension, values in filters:
            if values is not None:
                by_value = (self._by_label.get((dimension, value), ()) for value in values)
                choices.append(list(dict.fromkeys(chain.from_iterable(by_value))))
        return min(choices, key=len) if choices else list(self._segments)


def matches(segment: Segment, filters: Filters) -> bool:
    """Whether the segment has, in each dimension asked for, an accepted value (AND). [doc]"""
    return all(
        any(
            label is dimension and (values is None or value in values)
            for label, value in segment.labels
        )
        for dimension, values in filters
    )

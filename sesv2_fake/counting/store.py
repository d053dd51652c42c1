"""The counts: how often each event happened, by day and by segment of emails."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain

from . import timestamps
from .metrics import Dimension, Metric
from .rule import (
    DEFINITIONS,
    Counted,
    Filters,
    Question,
    Segment,
    counted_by,
    reasons_against,
)
from .timestamps import DAY

#: How often something happened, by UTC day.
Totals = dict[int, int]


class _Day:
    """At which moments of one UTC day it happened, and how often."""

    __slots__ = ("counts", "moments", "running")

    def __init__(self) -> None:
        self.moments = array("q")
        self.counts: list[int] = []
        #: The sums of the first counts, for each number of them; None until they are asked for.
        self.running: list[int] | None = None

    def between(self, start: int, end: int) -> int:
        if self.running is None:
            pairs = sorted(zip(self.moments, self.counts))
            self.moments = array("q", (moment for moment, _ in pairs))
            self.counts = [count for _, count in pairs]
            self.running = [0, *accumulate(self.counts)]
        first, last = bisect_left(self.moments, start), bisect_left(self.moments, end)
        return self.running[last] - self.running[first]


class Series:
    """How often one thing happened; what is added here is added to the totals of `pools` too."""

    __slots__ = ("_all_totals", "_days", "totals")

    def __init__(self, pools: Iterable[Series] = ()) -> None:
        self.totals: Totals = defaultdict(int)
        self._all_totals = (self.totals, *(pool.totals for pool in pools))
        self._days: dict[int, _Day] = {}

    def add(self, moment: int, count: int) -> None:
        """Count `count` more at `moment`; a negative count takes back."""
        day = moment // DAY
        for totals in self._all_totals:
            totals[day] += count
        of_day = self._days.get(day)
        if of_day is None:
            of_day = self._days[day] = _Day()
        # Not in a method of its own: that would be noticeable with a million emails.
        of_day.running = None
        if of_day.moments and of_day.moments[-1] == moment:
            of_day.counts[-1] += count
        else:
            of_day.moments.append(moment)
            of_day.counts.append(count)

    def add_each(self, moments: list[int]) -> None:
        """Count one more at each of the moments."""
        moments = sorted(moments)
        first = 0
        while first < len(moments):
            day = moments[first] // DAY
            end = bisect_left(moments, (day + 1) * DAY, first)
            for totals in self._all_totals:
                totals[day] += end - first
            of_day = self._days.setdefault(day, _Day())
            of_day.running = None
            of_day.moments.extend(moments[first:end])
            of_day.counts.extend([1] * (end - first))
            first = end

    def add_all(self, other: Series) -> None:
        """Count everything that another series has counted."""
        for moment, count in other.moments():
            self.add(moment, count)

    def moments(self) -> Iterator[tuple[int, int]]:
        """When it happened, and how often; in no order."""
        for of_day in self._days.values():
            yield from zip(of_day.moments, of_day.counts)

    def between(self, start: int, end: int, day: int) -> int:
        """How often it happened on a day, from `start` on and before `end`.

        Only what was added here by itself can be told apart within a day.
        """
        of_day = self._days.get(day)
        return 0 if of_day is None else of_day.between(start, end)


_Label = tuple[Dimension, str]

#: The dimensions whose values have totals of their own.
_POOLED = frozenset(dimension for dimension in Dimension if dimension.definition.has_totals)


class Tally:
    """What happened to the emails of one segment; or of many, in a pool.

    A pool stands under the segment of an email that has what all of these have in common. The
    counting rule tells by it whether they count, which is the same for each of them.
    """

    __slots__ = ("segment", "series")

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.series: dict[Counted, Series] = {}


class _Index:
    """Tallies by each of their labels."""

    def __init__(self) -> None:
        self._by_value: dict[Dimension, dict[str, list[Tally]]] = defaultdict(dict)

    def add(self, labels: Iterable[_Label], tally: Tally) -> None:
        for dimension, value in labels:
            self._by_value[dimension].setdefault(value, []).append(tally)

    def values(self, dimension: Dimension) -> Iterable[str]:
        return self._by_value[dimension].keys()

    def matching(self, dimension: Dimension, accepted: Iterable[str]) -> Iterator[list[Tally]]:
        by_value = self._by_value[dimension]
        return (by_value[value] for value in accepted if value in by_value)


#: The size of each cache: clients choose the filters, and may choose ever new ones.
_MOST_CACHED = 1_000


class _Answering:
    """From its beginning to its end, its thread is among some threads."""

    __slots__ = ("_is_outermost", "_threads")

    def __init__(self, threads: set[int]) -> None:
        self._threads = threads

    def __enter__(self) -> None:
        thread = threading.get_ident()
        self._is_outermost = thread not in self._threads
        self._threads.add(thread)

    def __exit__(self, *_: object) -> None:
        if self._is_outermost:
            self._threads.discard(threading.get_ident())


class MetricStore:
    """Every count of one account.

    Safe to fill and to ask from many threads at once. What a question costs does not grow with
    the number of events. It grows with the days asked for; and if the question has several
    filters, one for identities, or bounds within a day, with the number of segments that match.
    """

    def __init__(self) -> None:
        self._closed: str | None = None
        #: The threads in which an operation is being answered.
        self._answering: set[int] = set()
        self.lock = threading.RLock()
        self._tallies: dict[Segment, Tally] = {}
        self._tallies_of = _Index()
        self._happened: dict[Counted, list[tuple[Tally, Series]]] = {}
        #: The totals of the whole account and of each label, by all else that metrics tell apart.
        self._pools: dict[Segment, Tally] = {}
        self._pools_of_account: list[Tally] = []
        self._pools_of = _Index()
        #: Caches, by question: the series that count, until there is a new one; and their sum,
        #: until anything is added.
        self._counting: dict[tuple[Metric, str, Filters, bool], list[Series]] = {}
        self._sums: dict[tuple[Metric, str, Filters], Totals] = {}

    def close(self, reason: str) -> None:
        """`add` and `check_open` raise RuntimeError from now on, with this reason."""
        self._closed = reason

    def answering(self) -> _Answering:
        """What an operation counts belongs here, even if another thread closes this meanwhile."""
        return _Answering(self._answering)

    def check_open(self) -> None:
        """Raise RuntimeError after `close`."""
        if self._closed is not None and threading.get_ident() not in self._answering:
            raise RuntimeError(self._closed)

    def add(self, counted: Counted, segment: Segment, moment: int, count: int) -> None:
        """Count `count` more at `moment`; a negative count takes back."""
        with self.lock:
            self._series_of(counted, segment).add(moment, count)

    def add_days(self, counted: Counted, segment: Segment, days: Totals) -> None:
        """Count so many more at the midnight of each day."""
        with self.lock:
            series = self._series_of(counted, segment)
            for day, count in days.items():
                series.add(day * DAY, count)

    def add_all(self, other: MetricStore) -> None:
        """Count everything that another store has counted."""
        with self.lock:
            for counted, found in other._happened.items():
                for tally, series in found:
                    self._series_of(counted, tally.segment).add_all(series)

    def add_each(self, counted: Counted, segment: Segment, at: list[int]) -> None:
        """Count one more at each of these moments: the quickest way to add very many."""
        with self.lock:
            self._series_of(counted, segment).add_each(at)

    def _series_of(self, counted: Counted, segment: Segment) -> Series:
        """The series that something is about to be added to."""
        self.check_open()
        if self._sums:
            self._sums.clear()
        tally = self._tallies.get(segment)
        series = None if tally is None else tally.series.get(counted)
        return self._new_series(counted, segment) if series is None else series

    def _new_series(self, counted: Counted, segment: Segment) -> Series:
        self._counting.clear()
        tally = self._tallies.get(segment)
        if tally is None:
            tally = self._tallies[segment] = Tally(segment)
            self._tallies_of.add(segment.labels, tally)
        pools = [pool.series.setdefault(counted, Series()) for pool in self._pools_for(segment)]
        series = tally.series[counted] = Series(pools)
        self._happened.setdefault(counted, []).append((tally, series))
        return series

    def _pools_for(self, segment: Segment) -> Iterator[Tally]:
        for labels in ((), *((label,) for label in segment.labels if label[0] in _POOLED)):
            common = segment._replace(labels=labels)
            pool = self._pools.get(common)
            if pool is None:
                pool = self._pools[common] = Tally(common)
                self._pools_of.add(labels, pool)
                if not labels:
                    self._pools_of_account.append(pool)
            yield pool

    def add_answers(self, answers: Iterable[tuple[Metric, Filters, dict[int, int]]]) -> None:
        """Count days more, each for queries with just these filters; once, however often added.

        Raises ValueError, and adds nothing, if a day's count contradicts another's.
        """
        with self.lock:
            new: dict[tuple[Metric, Segment, int], int] = {}
            for metric, filters, days in answers:
                segment = _loaded_for(filters)
                known = self.loaded(metric, filters)
                for day, count in days.items():
                    key = metric, segment, day
                    before = known.get(day, new.get(key, count))
                    if before != count:
                        raise ValueError(
                            f"response: {count} for {metric} on {timestamps.date_of(day)} "
                            f"contradicts the {before} of another answer"
                        )
                    if day not in known:
                        new[key] = count
            for (metric, segment, day), count in new.items():
                self.add(metric, segment, day * timestamps.DAY, count)

    def loaded(self, metric: Metric, filters: Filters) -> Totals:
        """What `add_answers` has counted for queries with just these filters."""
        tally = self._tallies.get(_loaded_for(filters))
        return tally.series[metric].totals if tally and metric in tally.series else {}

    def daily_counts(self, asked: Question) -> dict[int, int]:
        """The metric's count for each day from `start` (inclusive) to `end` (exclusive).

        Days in ascending order; a day with nothing to count is absent. [live]
        """
        start, end = asked.start, asked.end
        first, last = start // timestamps.DAY, (end - 1) // timestamps.DAY
        key = asked.metric, asked.region, asked.filters
        with self.lock:
            totals = self._sums.get(key)
            if totals is None:
                if len(self._sums) >= _MOST_CACHED:
                    self._sums.clear()
                totals = self._sums[key] = _sum(self._series(asked, within_days=False))
            if not totals:
                return {}
            if first <= next(iter(totals)) and next(reversed(totals)) <= last:
                counts = totals.copy()
            else:
                counts = {day: count for day, count in totals.items() if first <= day <= last}
            if start % timestamps.DAY or end % timestamps.DAY:
                series = self._series(asked, within_days=True)
                for day in {first, last}.intersection(counts):
                    counts[day] = sum(one.between(start, end, day) for one in series)
                    if not counts[day]:
                        del counts[day]
        return counts

    def happened(self, *wanted: Counted) -> Iterator[tuple[Tally, Series]]:
        """What happened of all these; hold the lock meanwhile."""
        return chain.from_iterable(self._happened.get(counted, ()) for counted in wanted)

    def totals(self, counted: Counted) -> Totals:
        """How often it happened in the whole account, on days on which it did."""
        with self.lock:
            pools = [pool.series.get(counted) for pool in self._pools_of_account]
            return _sum(filter(None, pools))

    def account_totals(self) -> Iterator[tuple[Segment, Counted, Totals]]:
        """What happened in the whole account, by all that metrics tell apart but the labels."""
        with self.lock:
            found = [
                (pool.segment, counted, dict(series.totals))
                for pool in self._pools_of_account
                for counted, series in pool.series.items()
            ]
        return iter(found)

    def values(self, dimension: Dimension) -> frozenset[str]:
        """The values of a dimension that something was counted for."""
        with self.lock:
            return frozenset(self._tallies_of.values(dimension))

    def rows(self) -> Iterator[tuple[Segment, Counted, int, int]]:
        """Every segment, what was counted, the day and the count."""
        with self.lock:
            rows = [
                (tally.segment, counted, day, count)
                for counted, found in self._happened.items()
                for tally, series in found
                for day, count in series.totals.items()
                if count
            ]
        return iter(rows)

    def _series(self, asked: Question, *, within_days: bool) -> list[Series]:
        """All that counts for the question, whenever it happened, in as few series as there are.

        Pools know no moments within a day.
        """
        key = asked.metric, asked.region, asked.filters, within_days
        found = self._counting.get(key)
        if found is None:
            if len(self._counting) >= _MOST_CACHED:
                self._counting.clear()
            wanted = counted_by(asked.metric)
            leaves_out = DEFINITIONS[asked.metric].leaves_out
            found = self._counting[key] = [
                tally.series[counted]
                for tally in self._candidates(asked.filters, within_days=within_days)
                if not tally.series.keys().isdisjoint(wanted)
                if not any(reasons_against(tally.segment, asked.region, asked.filters, leaves_out))
                for counted in wanted
                if counted in tally.series
            ]
        return found

    def _candidates(self, filters: Filters, *, within_days: bool) -> Iterable[Tally]:
        """The fewest tallies that hold all that the filters accept, each of it once.

        The pools of two ISPs have nothing in common that counts: only an email with several
        recipients has several ISPs, and no metric counts those.
        """
        if not filters:
            return self._tallies.values() if within_days else self._pools_of_account
        pooled = not within_days and len(filters) == 1 and filters[0][0] in _POOLED
        index = self._pools_of if pooled else self._tallies_of
        choices: list[Sequence[list[Tally]]] = [
            [*index.matching(dimension, accepted)]
            for dimension, accepted in filters
            if accepted is not None
        ]
        if not choices:  # any value will do
            dimension = filters[0][0]
            choices = [[*index.matching(dimension, index.values(dimension))]]
        fewest = min(choices, key=lambda lists: sum(map(len, lists)))
        loaded = self._tallies.get(_loaded_for(filters))
        # An email can have several identities, and be in several of the lists.
        return dict.fromkeys(chain(*fewest, [loaded] if loaded else []))


def _loaded_for(filters: Filters) -> Segment:
    return Segment(None, (), (), frozenset(filters))


def _sum(series: Iterable[Series]) -> Totals:
    """The counts of all, in ascending order of days, without days that have none."""
    summed: Totals = {}
    for one in series:
        for day, count in one.totals.items():
            summed[day] = summed.get(day, 0) + count
    return {day: summed[day] for day in sorted(summed) if summed[day]}

"""How often one thing happened, by day and by moment."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate

from .moments import DAY

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
        # Here and not in a method of its own: seeds of a million emails feel the difference.
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

    def between(self, start: int, end: int, day: int) -> int:
        """How often it happened on a day, from `start` on and before `end`.

        Only what was added here by itself can be told apart within a day.
        """
        midnight = day * DAY
        next_midnight = midnight + DAY
        if end <= midnight or next_midnight <= start:
            return 0
        if start <= midnight and next_midnight <= end:
            return self.totals.get(day, 0)
        of_day = self._days.get(day)
        return 0 if of_day is None else of_day.between(start, end)

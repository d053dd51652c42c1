"""What was seeded, as a report shows it: a table of metrics and days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .counting import timestamps
from .counting.metrics import Metric
from .counting.rule import (
    Filter,
    Question,
    counted_by,
    reasons_against,
)
from .counting.store import MetricStore, Totals

_MOST_DAYS = 4


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
    shown = days[:_MOST_DAYS]
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

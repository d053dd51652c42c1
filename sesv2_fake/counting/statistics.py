"""What the whole account counts: for the report, the page and the control API."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from . import metrics, timestamps
from .metrics import BY_KEYWORD, RATES, Metric
from .rule import DEFINITIONS, Question, counted_by, reasons_against
from .store import MetricStore, Totals

#: How many days are shown, and how many values of each dimension.
_MOST_DAYS = 366
_MOST_VALUES = 500


def counts_by_region(store: MetricStore) -> dict[str | None, dict[Metric, Totals]]:
    """What queries without filters count, by region, metric and day; None is every region."""
    found: dict[str | None, dict[Metric, Totals]] = defaultdict(lambda: defaultdict(dict))
    for segment, counted, by_day in store.account_totals():
        for metric in Metric:
            left_out = reasons_against(
                segment, segment.region or "", (), DEFINITIONS[metric].leaves_out
            )
            if counted in counted_by(metric) and not any(left_out):
                for day, count in by_day.items():
                    if count:
                        days = found[segment.region][metric]
                        days[day] = days.get(day, 0) + count
    return found


def counts_by_metric(store: MetricStore) -> dict[str, int]:
    """What queries without filters count, whatever the region and the day."""
    found: dict[str, int] = defaultdict(int)
    for by_metric in counts_by_region(store).values():
        for metric, by_day in by_metric.items():
            found[str(metric)] += sum(by_day.values())
    return dict(found)


@dataclass(frozen=True)
class Rate:
    """A rate of the dashboard: the count of one metric, of that of another."""

    #: None if there is nothing that it could be a part of.
    rate: float | None
    of: Metric
    count: Metric


class DashboardStatistics(NamedTuple):
    """What queries of a region's clients count: see `dashboard_statistics`."""

    days: list[str]
    #: By metric, the count of each of the days.
    counts: dict[str, list[int]]
    totals: dict[str, int]
    rates: dict[str, Rate]
    #: By filter, what was seeded.
    values: dict[str, list[str]]
    #: What people call each filter.
    labels: dict[str, str]
    regions: list[str]
    region: str
    #: Whether days before the first one are left out.
    earlier: bool


def dashboard_statistics(
    store: MetricStore, home: str, region: str | None = None, **filters: str
) -> DashboardStatistics:
    """What queries of a region's clients count of each day, with the filters.

    `home` is the region of what was seeded for every region. Raises ValueError for a value that no
    email can have.
    """
    segments = [
        (segment.region or home, day)
        for segment, _, by_day in store.account_totals()
        for day, count in by_day.items()
        if count
    ]
    regions = sorted({region for region, _ in segments}) or [home]
    region = region or (home if home in regions else regions[0])
    today = timestamps.day_of(timestamps.now())
    seeded_days = [day for _, day in segments] or [today]
    first = max(min(seeded_days), max(seeded_days) - _MOST_DAYS + 1)
    interval = first * timestamps.DAY, (max(seeded_days) + 1) * timestamps.DAY
    asked = tuple(
        (BY_KEYWORD[name], frozenset({metrics.checked(BY_KEYWORD[name], value, name)}))
        for name, value in filters.items()
    )
    by_metric = {
        metric: store.daily_counts(Question(metric, region, asked, *interval)) for metric in Metric
    }
    days = sorted({day for counts in by_metric.values() for day in counts})
    totals = {metric: sum(counts.values()) for metric, counts in by_metric.items()}
    return DashboardStatistics(
        days=[str(timestamps.date_of(day)) for day in days],
        counts={
            str(metric): [counts.get(day, 0) for day in days]
            for metric, counts in by_metric.items()
        },
        totals={str(metric): total for metric, total in totals.items()},
        rates={
            name: Rate(totals[part] / totals[whole] if totals[whole] else None, whole, part)
            for name, (part, whole) in RATES.items()
        },
        values={
            name: sorted(store.values(dimension))[:_MOST_VALUES]
            for name, dimension in BY_KEYWORD.items()
        },
        labels={
            name: dimension.definition.noun[0].upper() + dimension.definition.noun[1:]
            for name, dimension in BY_KEYWORD.items()
        },
        regions=sorted({*regions, region}),
        region=region,
        earlier=min(seeded_days) < first,
    )

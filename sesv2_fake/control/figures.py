"""What was seeded, as the page shows it: counts by metric and day, and the dashboard's rates."""

from __future__ import annotations

from typing import Any

from ..api.wire import DEFAULT_REGION
from ..counting import metrics, timestamps
from ..counting.metrics import Dimension, Metric
from ..counting.rule import Question, counted_by, reasons_against
from ..counting.store import MetricStore

#: How many days are shown, and how many values of each dimension.
_MOST_DAYS = 366
_MOST_VALUES = 500

#: The parameter for each dimension; named as the arguments of `send`.
FILTERS: dict[str, Dimension] = {
    "identity": Dimension.EMAIL_IDENTITY,
    "configuration_set": Dimension.CONFIGURATION_SET,
    "isp": Dimension.ISP,
    "tenant": Dimension.TENANT_NAME,
}

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


def figures(store: MetricStore, region: str | None = None, **filters: str) -> dict[str, Any]:
    """What queries of a region's clients count of each day, with the filters.

    Raises ValueError for a value that no email can have.
    """
    seeded_regions, first, last = _seeded(store)
    region = region or (DEFAULT_REGION if DEFAULT_REGION in seeded_regions else seeded_regions[0])
    asked = tuple(_filter(FILTERS[name], value, name) for name, value in filters.items())
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
            for name, dimension in FILTERS.items()
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

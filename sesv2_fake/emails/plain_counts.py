"""Counts seeded as they are, with no email behind them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from .. import checks
from ..counting import metrics, timestamps
from ..counting.metrics import Dimension, Metric
from ..counting.rule import Segment
from ..counting.store import MetricStore
from . import addresses
from .segments import checked_isp


def record(
    store: MetricStore,
    metric: object,
    values: object,
    *,
    at: object,
    dimensions: Mapping[str, str] | None,
    region: str | None,
) -> None:
    """Count what `FakeSESv2.record` was given."""
    segment = Segment(region, _labels(dimensions))
    counted = checks.choice(metric, Metric, "metric")
    if isinstance(values, Mapping):
        if at is not None:
            raise ValueError("at: a mapping of times says itself when; leave out one of them")
        counts = [
            (timestamps.checked(day, "values"), checks.count(n, "values"))
            for day, n in values.items()
        ]
    else:
        counts = [(timestamps.now_or(at, "at"), checks.count(values, "values"))]
    for moment, n in counts:
        store.add(counted, segment, moment, n)


def _labels(dimensions: Mapping[str, str] | None) -> tuple[tuple[Dimension, str], ...]:
    labels = []
    for name, given in (dimensions or {}).items():
        dimension = checks.choice(name, Dimension, "dimensions")
        check = checked_isp if dimension is Dimension.ISP else partial(metrics.checked, dimension)
        value = check(given, f"dimensions[{dimension}]")
        labels.append((dimension, value))
        if dimension is Dimension.EMAIL_IDENTITY and "@" in value:
            labels.append((dimension, addresses.domain_of(value)))
    return tuple(labels)

"""The counting rule: does this event count for this question, and if not, why not.

The answer, its explanation and the report all go by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from .metrics import (
    DEFINITIONS,
    Dimension,
    Event,
    Metric,
    Trait,
)

#: What is counted: an event, or a metric's plain count that has no event behind it.
Counted = Event | Metric

#: A dimension, and its accepted values, or None for any value at all.
Filter = tuple[Dimension, frozenset[str] | None]
Filters = tuple[Filter, ...]


class Question(NamedTuple):
    """What a query asks of the counts."""

    metric: Metric
    region: str
    filters: Filters
    #: The interval: from `start` on and before `end`.
    start: int
    end: int


class Segment(NamedTuple):
    """All that queries and metrics can know of an email; emails that are alike share one."""

    #: None if every region sees the emails.
    region: str | None
    labels: tuple[tuple[Dimension, str], ...]
    traits: tuple[Trait, ...] = ()
    #: Of a count in a loaded response: the filters of its query, in any order. Only a question
    #: with just these filters sees it.
    loaded_for: frozenset[Filter] | None = None


class Reason(Enum):
    """Why an event may not count, apart from its traits and dimensions."""

    OTHER_REGION = "another region"
    OTHER_QUERY = "loaded for another query"
    OTHER_TIME = "outside the interval"


#: Why an event does not count, and the value that it has there, "" if it has none.
Against = tuple[Reason | Dimension | Trait, str]


def counted_by(metric: Metric) -> tuple[Counted, ...]:
    """What the metric counts at all: its own plain counts, and its event."""
    return metric, DEFINITIONS[metric].event


def reasons_against(segment: Segment, asked: Question) -> Iterator[Against]:
    """Why what happened to these emails does not count, whenever it was; nothing if it counts.

    The time is not looked at here: `Series.between` counts what lies in an interval.
    """
    region, labels, traits, loaded_for = segment
    if region is not None and region != asked.region:
        yield Reason.OTHER_REGION, region
    if loaded_for is None:
        # All dimensions asked for must match, each with one of its accepted values. [doc]
        for dimension, accepted in asked.filters:
            found = None
            for label, value in labels:
                if label is dimension:
                    if accepted is None or value in accepted:
                        break
                    found = found or value
            else:
                yield dimension, found or ""
    elif loaded_for != frozenset(asked.filters):
        yield Reason.OTHER_QUERY, ""
    if traits:
        leaves_out = DEFINITIONS[asked.metric].leaves_out
        for trait in traits:
            if trait in leaves_out:
                yield trait, ""

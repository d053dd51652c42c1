"""The counting rule: does this event count for this question, and if not, why not.

The answer, its explanation and the report all go by it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from .metrics import Dimension, Event, Metric


class Trait(str, Enum):
    """What makes a metric leave an event out."""

    MAILBOX_SIMULATOR = "mailbox simulator"
    SEVERAL_RECIPIENTS = "several recipients"
    DELEGATE_SENDER = "delegate sender"
    SUPPRESSION_LIST = "account-level suppression list"
    NO_OPEN_TRACKER = "no open tracker"
    NO_CLICK_TRACKER = "no click tracker"
    NO_FEEDBACK_LOOP = "no feedback loop with the ISP"


@dataclass(frozen=True)
class Definition:
    """A metric counts the events of one kind, except those with a trait that it leaves out."""

    event: Event
    leaves_out: frozenset[Trait]


#: What no metric counts: an email with more than one recipient or to the mailbox simulator, and
#: one that a delegate sender's account sent. reference/service.md, "The ten metrics" [guide].
ALWAYS_LEFT_OUT = frozenset(
    {Trait.SEVERAL_RECIPIENTS, Trait.MAILBOX_SIMULATOR, Trait.DELEGATE_SENDER}
)


def _counts(event: Event, *leaves_out: Trait) -> Definition:
    return Definition(event, ALWAYS_LEFT_OUT.union(leaves_out))


#: reference/service.md, "The ten metrics" [doc]. No metric counts an undetermined bounce. An open
#: or a click is one event for each email, however often it repeats (emails/email.py).
DEFINITIONS: dict[Metric, Definition] = {
    Metric.SEND: _counts(Event.SEND),
    Metric.DELIVERY: _counts(Event.DELIVERY),
    Metric.PERMANENT_BOUNCE: _counts(Event.PERMANENT_BOUNCE, Trait.SUPPRESSION_LIST),
    Metric.TRANSIENT_BOUNCE: _counts(Event.TRANSIENT_BOUNCE),
    Metric.COMPLAINT: _counts(Event.COMPLAINT, Trait.SUPPRESSION_LIST),
    Metric.OPEN: _counts(Event.OPEN, Trait.NO_OPEN_TRACKER),
    Metric.CLICK: _counts(Event.CLICK, Trait.NO_CLICK_TRACKER),
    Metric.DELIVERY_OPEN: _counts(Event.DELIVERY, Trait.NO_OPEN_TRACKER),
    Metric.DELIVERY_CLICK: _counts(Event.DELIVERY, Trait.NO_CLICK_TRACKER),
    Metric.DELIVERY_COMPLAINT: _counts(Event.DELIVERY, Trait.NO_FEEDBACK_LOOP),
}


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


def reasons_against(
    segment: Segment, of_region: str, filters: Filters, leaves_out: Container[Trait]
) -> Iterator[Against]:
    """Why what happened to these emails does not count, whenever it was; nothing if it counts.

    The time is not looked at here: `Series.between` counts what lies in an interval. Of the
    metric, only what it leaves out matters.
    """
    region, labels, traits, loaded_for = segment
    if region is not None and region != of_region:
        yield Reason.OTHER_REGION, region
    if loaded_for is None:
        # All dimensions asked for must match, each with one of its accepted values. [doc]
        for dimension, accepted in filters:
            found = ""
            for label, value in labels:
                if label is dimension:
                    if accepted is None or value in accepted:
                        break
                    found = found or value
            else:
                yield dimension, found
    elif loaded_for != frozenset(filters):
        yield Reason.OTHER_QUERY, ""
    for trait in traits:
        if trait in leaves_out:
            yield trait, ""

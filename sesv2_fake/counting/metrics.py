"""What the ten metrics count and what each leaves out: one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Metric(str, Enum):
    """The ten metrics of `BatchGetMetricData`, in the API reference's order. [doc]"""

    SEND = "SEND"
    COMPLAINT = "COMPLAINT"
    PERMANENT_BOUNCE = "PERMANENT_BOUNCE"
    TRANSIENT_BOUNCE = "TRANSIENT_BOUNCE"
    OPEN = "OPEN"
    CLICK = "CLICK"
    DELIVERY = "DELIVERY"
    DELIVERY_OPEN = "DELIVERY_OPEN"
    DELIVERY_CLICK = "DELIVERY_CLICK"
    DELIVERY_COMPLAINT = "DELIVERY_COMPLAINT"

    __str__ = str.__str__


class Dimension(str, Enum):
    """What a query may filter by. [doc]"""

    EMAIL_IDENTITY = "EMAIL_IDENTITY"
    CONFIGURATION_SET = "CONFIGURATION_SET"
    ISP = "ISP"
    TENANT_NAME = "TENANT_NAME"

    __str__ = str.__str__


class Event(str, Enum):
    """What can happen to an email, told apart as far as the metrics tell it apart."""

    SEND = "send"
    DELIVERY = "delivery"
    PERMANENT_BOUNCE = "permanent bounce"
    TRANSIENT_BOUNCE = "transient bounce"
    UNDETERMINED_BOUNCE = "undetermined bounce"
    COMPLAINT = "complaint"
    OPEN = "open"
    CLICK = "click"


class Trait(str, Enum):
    """What makes a metric leave an event out."""

    MAILBOX_SIMULATOR = "mailbox simulator"
    SEVERAL_RECIPIENTS = "several recipients"
    SUPPRESSION_LIST = "account-level suppression list"
    NO_OPEN_TRACKER = "no open tracker"
    NO_CLICK_TRACKER = "no click tracker"
    NO_FEEDBACK_LOOP = "no feedback loop with the ISP"


@dataclass(frozen=True)
class Definition:
    """A metric counts the events of one kind, but for those with a trait that it leaves out."""

    event: Event
    leaves_out: frozenset[Trait]


def _counts(event: Event, *leaves_out: Trait) -> Definition:
    return Definition(event, frozenset(leaves_out))


_SIMULATOR = Trait.MAILBOX_SIMULATOR
_SEVERAL = Trait.SEVERAL_RECIPIENTS

#: reference/service.md, "The ten metrics" [doc]. No metric counts an undetermined bounce; an
#: open or a click is an event once for each email, whatever its number (emails/email.py).
DEFINITIONS: dict[Metric, Definition] = {
    Metric.SEND: _counts(Event.SEND, _SIMULATOR, _SEVERAL),
    Metric.DELIVERY: _counts(Event.DELIVERY, _SIMULATOR, _SEVERAL),
    Metric.PERMANENT_BOUNCE: _counts(
        Event.PERMANENT_BOUNCE, _SIMULATOR, _SEVERAL, Trait.SUPPRESSION_LIST
    ),
    Metric.TRANSIENT_BOUNCE: _counts(Event.TRANSIENT_BOUNCE, _SIMULATOR, _SEVERAL),
    Metric.COMPLAINT: _counts(Event.COMPLAINT, _SIMULATOR, _SEVERAL, Trait.SUPPRESSION_LIST),
    Metric.OPEN: _counts(Event.OPEN, _SEVERAL, Trait.NO_OPEN_TRACKER),
    Metric.CLICK: _counts(Event.CLICK, _SEVERAL, Trait.NO_CLICK_TRACKER),
    Metric.DELIVERY_OPEN: _counts(Event.DELIVERY, _SIMULATOR, _SEVERAL, Trait.NO_OPEN_TRACKER),
    Metric.DELIVERY_CLICK: _counts(Event.DELIVERY, _SIMULATOR, _SEVERAL, Trait.NO_CLICK_TRACKER),
    Metric.DELIVERY_COMPLAINT: _counts(
        Event.DELIVERY, _SIMULATOR, _SEVERAL, Trait.NO_FEEDBACK_LOOP
    ),
}

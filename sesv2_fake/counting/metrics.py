"""What the ten metrics count and what each leaves out: one table."""

from __future__ import annotations

import re
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


#: By their names. (`__members__` makes a new view of them each time.)
METRICS: dict[str, Metric] = dict(Metric.__members__)
DIMENSIONS: dict[str, Dimension] = dict(Dimension.__members__)


class Event(str, Enum):
    """What can happen to an email, as far as the metrics distinguish it."""

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


_NAME = re.compile(r"[A-Za-z0-9_-]+")
#: A bare name, or `local@domain` with both halves there; no space, no `*`, no list.
_IDENTITY = re.compile(r"[^\s*,@]+(?:@[^\s*,@]+)?")

#: reference/service.md, "Dimensions" [live].
CHARSETS: dict[Dimension, re.Pattern[str]] = {
    Dimension.EMAIL_IDENTITY: _IDENTITY,
    Dimension.CONFIGURATION_SET: _NAME,
    Dimension.ISP: _NAME,
    Dimension.TENANT_NAME: _NAME,
}

#: The same in words.
CHARSETS_IN_WORDS: dict[Dimension, str] = {
    Dimension.EMAIL_IDENTITY: "an address or a domain, such as 'news@example.com'",
    **dict.fromkeys(
        (Dimension.CONFIGURATION_SET, Dimension.ISP, Dimension.TENANT_NAME),
        "a name of ASCII letters, digits, '_' and '-'",
    ),
}


def is_well_formed(dimension: Dimension, value: str) -> bool:
    """Whether an email can have this value, and the live service takes it in a query."""
    return CHARSETS[dimension].fullmatch(value) is not None


def normalized(dimension: Dimension, value: str) -> str:
    """The value as it is compared: identities match in any letter case [live]."""
    return value.lower() if dimension is Dimension.EMAIL_IDENTITY else value


def checked(dimension: Dimension, value: object, name: str) -> str:
    """A value that a test handed in as `name`; TypeError or ValueError if none can have it."""
    if not isinstance(value, str):
        raise TypeError(
            f"{name}: expected {CHARSETS_IN_WORDS[dimension]}, "
            f"got {value!r} ({type(value).__name__})"
        )
    if not is_well_formed(dimension, value):
        raise ValueError(f"{name}: expected {CHARSETS_IN_WORDS[dimension]}, got {value!r}")
    return normalized(dimension, value)

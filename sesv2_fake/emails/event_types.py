"""What can happen to an email, in the words of SES's records and of the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple, get_args

from .. import checks
from ..counting.metrics import Event

RecordType = Literal[
    "Send",
    "Delivery",
    "Bounce",
    "Complaint",
    "Open",
    "Click",
    "Reject",
    "Rendering Failure",
    "DeliveryDelay",
    "Subscription",
]

#: [guide] "Bounce types". A bounce of type `Undetermined` is neither permanent nor transient.
BounceType = Literal["Permanent", "Transient", "Undetermined"]
BounceSubType = Literal[
    "General",
    "NoEmail",
    "Suppressed",
    "OnAccountSuppressionList",
    "UnsubscribedRecipient",
    "MailboxFull",
    "MessageTooLarge",
    "CustomTimeoutExceeded",
    "ContentRejected",
    "AttachmentRejected",
    "Undetermined",
]
ComplaintSubType = Literal["OnAccountSuppressionList"]

#: `bounceSubType` and `complaintSubType` if the account-level list held the email back.
SUPPRESSED = "OnAccountSuppressionList"

BOUNCE_SUB_TYPES: tuple[str, ...] = get_args(BounceSubType)
COMPLAINT_SUB_TYPES = (SUPPRESSED,)
RECORD_TYPES: tuple[str, ...] = get_args(RecordType)


class UncountedEvent(Enum):
    """What can happen to an email that no metric counts, by its type in records."""

    REJECT = "Reject"
    RENDERING_FAILURE = "Rendering Failure"
    DELIVERY_DELAY = "DeliveryDelay"
    SUBSCRIPTION = "Subscription"


AnyEvent = Event | UncountedEvent


class EventType(NamedTuple):
    """An event in the words of SES's records."""

    record_type: str
    #: `bounce.bounceType`, of a bounce.
    bounce_type: BounceType | None = None


EVENT_TYPES: dict[Event, EventType] = {
    Event.SEND: EventType("Send"),
    Event.DELIVERY: EventType("Delivery"),
    Event.PERMANENT_BOUNCE: EventType("Bounce", "Permanent"),
    Event.TRANSIENT_BOUNCE: EventType("Bounce", "Transient"),
    Event.UNDETERMINED_BOUNCE: EventType("Bounce", "Undetermined"),
    Event.COMPLAINT: EventType("Complaint"),
    Event.OPEN: EventType("Open"),
    Event.CLICK: EventType("Click"),
}
COUNTED_RECORD_TYPES = tuple(dict.fromkeys(one.record_type for one in EVENT_TYPES.values()))
UNCOUNTED_RECORD_TYPES: tuple[str, ...] = tuple(event.value for event in UncountedEvent)
BOUNCE_EVENTS: dict[str, Event] = {
    one.bounce_type: event for event, one in EVENT_TYPES.items() if one.bounce_type
}

#: An email may be opened and clicked often, and the earliest counts. [doc]
UNIQUE = (Event.OPEN, Event.CLICK)


class EventDetails(NamedTuple):
    """What a record says of an event beside its type."""

    #: `bounceSubType` or `complaintSubType`.
    sub_type: str | None = None
    #: `complaintFeedbackType`.
    feedback_type: str | None = None
    #: Bare addresses, of an email to several; none stand for all.
    recipients: tuple[str, ...] = ()
    #: Of a rendering failure.
    error_message: str | None = None


NO_DETAILS = EventDetails()


@dataclass(frozen=True, eq=False, slots=True)
class RecordedEvent:
    """What a record says of an event; records that say the same share one."""

    event: Event
    details: EventDetails = NO_DETAILS


#: What makes two records those of one event: the message id, the type, the moment, and what tells
#: apart the events of an email with several recipients.
EventKey = tuple[str, str, int, str]


class MessageEvent(NamedTuple):
    """An event of an email, as its timeline shows it."""

    event: AnyEvent
    moment: int
    details: EventDetails = NO_DETAILS
    #: Whether an event record told of it, and no test.
    is_recorded: bool = False

    @property
    def type(self) -> EventType:
        """The event in the words of SES's records."""
        if isinstance(self.event, UncountedEvent):
            return EventType(self.event.value)
        return EVENT_TYPES[self.event]


def checked_sub_type(sub_type: object, known: tuple[str, ...]) -> str:
    """A sub-type; SES may have more than the known ones, but a misspelt one is an error."""
    if not isinstance(sub_type, str):
        raise TypeError(f"sub_type: expected text such as {SUPPRESSED!r}, got {sub_type!r}")
    near = "" if sub_type in known else checks.suggestion(sub_type, known)
    if near:
        raise ValueError(f"sub_type: got {sub_type!r}{near}")
    return sub_type

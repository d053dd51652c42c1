"""Emails, and what happens to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Dimension, Event
from .event_types import (
    BOUNCE_EVENTS,
    BOUNCE_SUB_TYPES,
    COMPLAINT_SUB_TYPES,
    KINDS,
    NO_DETAILS,
    RECORD_TYPES,
    BounceSubType,
    BounceType,
    ComplaintSubType,
    Details,
    RecordType,
    checked_sub_type,
)
from .message import Message
from .record_writer import Wrapping, written
from .segments import values_of


class Email:
    """An email that was sent, or `count` alike ones, and what happens to it.

    Each method counts one event of SES, at `at` (the email's own time unless given), and returns
    the same email, so that calls can be chained. Without
    `count` the event applies to all of the emails; with `count=50`, to 50 that have not had it
    yet; with `count=0`, to none.

    All methods raise TypeError or ValueError for a naive datetime, a negative count, or more
    events than there are emails, and RuntimeError once the fake that sent the email has stopped.

    .. versionchanged:: 0.2
       Added all attributes but `message_id`. `at` may also be a date or text, and `count` 0.
    """

    __slots__ = ("_message",)

    def __init__(self, message: Message) -> None:
        self._message = message

    @property
    def sender(self) -> str:
        """The address it was sent from, without a display name."""
        return self._message.segment.labels[0][1]

    @property
    def to(self) -> tuple[str, ...]:
        """The addresses of all its recipients, without display names."""
        return self._message.to

    @property
    def subject(self) -> str | None:
        """Its subject, if that is known."""
        return self._message.info.subject

    @property
    def message_id(self) -> str | None:
        """SES's `MessageId`, if it has one."""
        return self._message.message_id

    @property
    def configuration_set(self) -> str | None:
        """The configuration set it was sent with, if any."""
        return next(iter(values_of(self._message.segment, Dimension.CONFIGURATION_SET)), None)

    @property
    def tenant(self) -> str | None:
        """The tenant it was sent for, if any."""
        return next(iter(values_of(self._message.segment, Dimension.TENANT_NAME)), None)

    @property
    def tags(self) -> dict[str, str]:
        """Its message tags."""
        return dict(self._message.info.tags)

    @property
    def region(self) -> str | None:
        """The region whose clients see it; None if all do."""
        return self._message.segment.region

    @property
    def sent_at(self) -> dt.datetime:
        """When it was sent, in UTC."""
        return timestamps.to_datetime(self._message.moment)

    def __repr__(self) -> str:
        count, segment = self._message.count, self._message.segment
        alike = f"{count} emails" if count != 1 else "email"
        by_dimension: dict[str, str] = {}
        for dimension, value in segment.labels:
            by_dimension.setdefault(dimension.value, value)
        facts = [f"{name}={value}" for name, value in by_dimension.items()]
        facts += [f"region={segment.region}"] if segment.region else []
        facts += [trait.value for trait in segment.traits]
        facts += self._message.summary()
        return (
            f"<Email: {alike} of {timestamps.shortest(self._message.moment)}, {', '.join(facts)}>"
        )

    def deliver(self, *, at: timestamps.Time | None = None, count: int | None = None) -> Email:
        """A successful delivery (SES's `Delivery`)."""
        self._message.happens(Event.DELIVERY, at, count)
        return self

    def bounce(
        self,
        bounce_type: BounceType = "Permanent",
        sub_type: BounceSubType | None = None,
        *,
        at: timestamps.Time | None = None,
        count: int | None = None,
    ) -> Email:
        """A bounce (SES's `Bounce`) of type `Permanent`, `Transient` or `Undetermined`.

        The sub-type is `General` unless given; for an undetermined bounce, `Undetermined`.
        `OnAccountSuppressionList` means that the account-level suppression list held the email
        back; the metrics do not count it as a permanent bounce. [doc]
        """
        event = BOUNCE_EVENTS[checks.one_of(bounce_type, BOUNCE_EVENTS, "bounce_type")]
        if sub_type is None:
            sub_type = "Undetermined" if bounce_type == "Undetermined" else "General"
        details = Details(checked_sub_type(sub_type, BOUNCE_SUB_TYPES))
        self._message.happens(event, at, count, details)
        return self

    def complain(
        self,
        sub_type: ComplaintSubType | None = None,
        *,
        at: timestamps.Time | None = None,
        count: int | None = None,
    ) -> Email:
        """A complaint (SES's `Complaint`).

        The sub-type `OnAccountSuppressionList` means that it comes from the account-level
        suppression list; the metrics do not count it as a complaint. [doc]
        """
        details = NO_DETAILS
        if sub_type is not None:
            details = Details(checked_sub_type(sub_type, COMPLAINT_SUB_TYPES))
        self._message.happens(Event.COMPLAINT, at, count, details)
        return self

    def open(self, *, at: timestamps.Time | None = None, count: int | None = None) -> Email:
        """An open (SES's `Open`). It may repeat; the first one of an email counts. [doc]"""
        self._message.happens(Event.OPEN, at, count)
        return self

    def click(self, *, at: timestamps.Time | None = None, count: int | None = None) -> Email:
        """A click (SES's `Click`). It may repeat; the first one of an email counts. [doc]"""
        self._message.happens(Event.CLICK, at, count)
        return self

    def event_record(
        self, event_type: RecordType, *, wrapped: Wrapping | None = None, **changes: Any
    ) -> dict[str, Any]:
        """The record that SES publishes of an event of this email, as a new dict.

        If there were several opens or clicks, it is the record of the one that was counted last;
        for `count` alike emails, of one of them. `wrapped` puts the record into what `"sns"`,
        `"lambda"` (an SNS notification, as a Lambda function gets it) or `"eventbridge"` delivers.
        `changes` set members of the event's own part (`bounce`, ...) or else of `mail`. An email
        without a message id gets one.

        Raises ValueError if no such event happened to the email, and TypeError for a member that
        SES's records do not have.

        .. versionadded:: 0.2
        """
        checks.one_of(event_type, RECORD_TYPES, "event_type")
        timeline = self._message.timeline()
        found = [one for one in timeline if KINDS[one.event].record_type == event_type]
        if not found:
            raise ValueError(f"event_type: no {event_type} happened to {self!r}")
        return written(self._message, found[-1], wrapped, changes)

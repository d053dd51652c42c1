"""Emails, and what happens to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Dimension, Event
from . import mime
from .addresses import bare
from .content import Destination, merged_data
from .event_types import (
    BOUNCE_EVENTS,
    BOUNCE_SUB_TYPES,
    COMPLAINT_SUB_TYPES,
    NO_DETAILS,
    RECORD_TYPES,
    UNCOUNTED_RECORD_TYPES,
    BounceSubType,
    BounceType,
    ComplaintSubType,
    EventDetails,
    MessageEvent,
    RecordType,
    UncountedEvent,
    checked_sub_type,
)
from .message import Message
from .record_writer import Wrapping, event_record
from .segments import checked_recipients, values_of

if TYPE_CHECKING:
    from email.message import EmailMessage


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

    __slots__ = ("_message", "_parsed")

    def __init__(self, message: Message) -> None:
        self._message = message
        self._parsed: EmailMessage | None = None

    # What was sent

    @property
    def sender(self) -> str:
        """The address it was sent from, as given but for the display name."""
        return self._message.sender

    @property
    def to(self) -> tuple[str, ...]:
        """The addresses in To, as given but for display names.

        .. versionchanged:: 0.3
           It was all recipients, in lower case.
        """
        return self._destination.to

    @property
    def cc(self) -> tuple[str, ...]:
        """The addresses in Cc, as given but for display names.

        .. versionadded:: 0.3
        """
        return self._destination.cc

    @property
    def bcc(self) -> tuple[str, ...]:
        """The addresses in Bcc, as given but for display names.

        Of a raw email, all recipients that its headers To and Cc do not name.

        .. versionadded:: 0.3
        """
        return self._destination.bcc

    @property
    def reply_to(self) -> tuple[str, ...]:
        """The addresses in Reply-To, as given but for display names.

        .. versionadded:: 0.3
        """
        return tuple(map(bare, self._message.info.reply_to))

    @property
    def recipients(self) -> tuple[str, ...]:
        """All addresses it was sent to: those of To, Cc and Bcc.

        .. versionadded:: 0.3
        """
        return self._message.recipients

    @property
    def _destination(self) -> Destination:
        return mime.destination_of(self._message.full_info())

    @property
    def subject(self) -> str | None:
        """Its subject, if that is known."""
        return self._message.info.subject

    @property
    def message(self) -> EmailMessage:
        """The email as a message of the standard library, made when it is first asked for.

        Of a raw email what the standard library makes of it, broken or not; of another what SES
        would make of the request. Of an email that a test seeded it has the addresses alone.

        Raises RuntimeError for a template that is not rendered.

        .. versionadded:: 0.3
        """
        if self._parsed is None:
            self._parsed = mime.message_of(self._message.full_info())
        return self._parsed

    @property
    def text(self) -> str | None:
        """Its plain text, if it has any; RuntimeError for a template that is not rendered.

        .. versionadded:: 0.3
        """
        return self._body("plain")

    @property
    def html(self) -> str | None:
        """Its HTML, if it has any; RuntimeError for a template that is not rendered.

        .. versionadded:: 0.3
        """
        return self._body("html")

    def _body(self, kind: Literal["plain", "html"]) -> str | None:
        content = self._message.info.read_content()
        if content.unrendered is None and content.raw is None:
            return content.text if kind == "plain" else content.html
        return mime.body_of(self.message, kind)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of its `message`, decoded; of one that repeats, the first.

        Raises RuntimeError for a template that is not rendered.

        .. versionadded:: 0.3
        """
        headers: dict[str, str] = {}
        for name, value in mime.all_headers(self.message):
            headers.setdefault(name, value)
        return headers

    @property
    def attachments(self) -> list[EmailMessage]:
        """The attachments of its `message`, each with `get_filename()` and `get_content()`.

        Raises RuntimeError for a template that is not rendered.

        .. versionadded:: 0.3
        """
        return mime.attachments_of(self.message)

    @property
    def template_name(self) -> str | None:
        """The name of the template it was sent with, if any.

        .. versionadded:: 0.3
        """
        return self._message.info.read_content().template_name

    @property
    def template_data(self) -> dict[str, Any] | None:
        """The data for its template, a new dict; None if it was sent without one.

        Of a bulk send, the data of all emails and the email's own, which replaces it.

        .. versionadded:: 0.3
        """
        texts = self._message.info.read_content().template_data
        return merged_data(texts) if texts else None

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

    # What happens to it

    def deliver(
        self,
        *,
        at: timestamps.Time | None = None,
        count: int | None = None,
        recipients: str | Iterable[str] | None = None,
    ) -> Email:
        """A successful delivery (SES's `Delivery`), to all recipients unless some are given.

        .. versionchanged:: 0.3
           Added `recipients`.
        """
        details = NO_DETAILS
        if recipients is not None:
            details = EventDetails(recipients=self._checked(recipients))
        self._message.add_event(Event.DELIVERY, at, count, details)
        return self

    def bounce(
        self,
        bounce_type: BounceType = "Permanent",
        sub_type: BounceSubType | None = None,
        *,
        at: timestamps.Time | None = None,
        count: int | None = None,
        recipients: str | Iterable[str] | None = None,
    ) -> Email:
        """A bounce (SES's `Bounce`) of type `Permanent`, `Transient` or `Undetermined`.

        The sub-type is `General` unless given; for an undetermined bounce, `Undetermined`.
        `OnAccountSuppressionList` means that the account-level suppression list held the email
        back; the metrics do not count it as a permanent bounce. [doc]
        All recipients bounce unless some are given.

        .. versionchanged:: 0.3
           Added `recipients`.
        """
        event = BOUNCE_EVENTS[checks.one_of(bounce_type, BOUNCE_EVENTS, "bounce_type")]
        if sub_type is None:
            sub_type = "Undetermined" if bounce_type == "Undetermined" else "General"
        known = checked_sub_type(sub_type, BOUNCE_SUB_TYPES)
        details = EventDetails(known, recipients=self._checked(recipients))
        self._message.add_event(event, at, count, details)
        return self

    def complain(
        self,
        sub_type: ComplaintSubType | None = None,
        *,
        at: timestamps.Time | None = None,
        count: int | None = None,
        recipients: str | Iterable[str] | None = None,
    ) -> Email:
        """A complaint (SES's `Complaint`).

        The sub-type `OnAccountSuppressionList` means that it comes from the account-level
        suppression list; the metrics do not count it as a complaint. [doc]
        All recipients complain unless some are given.

        .. versionchanged:: 0.3
           Added `recipients`.
        """
        if sub_type is not None:
            checked_sub_type(sub_type, COMPLAINT_SUB_TYPES)
        details = EventDetails(sub_type, recipients=self._checked(recipients))
        self._message.add_event(Event.COMPLAINT, at, count, details)
        return self

    def open(self, *, at: timestamps.Time | None = None, count: int | None = None) -> Email:
        """An open (SES's `Open`). It may repeat; the first one of an email counts. [doc]"""
        self._message.add_event(Event.OPEN, at, count)
        return self

    def click(self, *, at: timestamps.Time | None = None, count: int | None = None) -> Email:
        """A click (SES's `Click`). It may repeat; the first one of an email counts. [doc]"""
        self._message.add_event(Event.CLICK, at, count)
        return self

    def _checked(self, recipients: str | Iterable[str] | None) -> tuple[str, ...]:
        """The email's own of these recipients; () for all."""
        if recipients is None:
            return ()
        own = {address.lower(): address for address in self.recipients}
        found = []
        for address in checked_recipients(recipients, "recipients"):
            if address.lower() not in own:
                raise ValueError(f"recipients: {address} is none of {', '.join(self.recipients)}")
            found.append(own[address.lower()])
        return tuple(found)

    def event_record(
        self, event_type: RecordType, *, wrapped: Wrapping | None = None, **changes: Any
    ) -> dict[str, Any]:
        """The record that SES publishes of an event of this email, as a new dict.

        If there were several opens or clicks, it is the record of the one that was counted last;
        for `count` alike emails, of one of them. `wrapped` puts the record into what `"sns"`,
        `"lambda"` (an SNS notification, as a Lambda function gets it) or `"eventbridge"` delivers.
        `changes` set members of the event's own part (`bounce`, ...) or else of `mail`. An email
        without a message id gets one.

        A `Reject`, `Rendering Failure`, `DeliveryDelay` or `Subscription` need not have happened:
        no metric counts them, and no method seeds them.

        Raises ValueError if no such event happened to the email, and TypeError for a member that
        SES's records do not have.

        .. versionadded:: 0.2
        .. versionchanged:: 0.3
           Addresses have letter case and display names, and headers are those of the email. Added
           the four types that no metric counts.
        """
        checks.one_of(event_type, RECORD_TYPES, "event_type")
        timeline = self._message.timeline()
        found = [one for one in timeline if one.type.record_type == event_type]
        if not found and event_type in UNCOUNTED_RECORD_TYPES:
            found = [MessageEvent(UncountedEvent(event_type), self._message.moment)]
        if not found:
            raise ValueError(f"event_type: no {event_type} happened to {self!r}")
        return event_record(self._message, found[-1], wrapped, changes)

"""Event records, each checked, and kept as small as they can be until all are read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from ..counting.metrics import Dimension, Event
from ..counting.rule import Segment
from . import members
from .happenings import (
    BOUNCE_EVENTS,
    NO_DETAILS,
    RECORD_TYPES,
    SUPPRESSED,
    Details,
    EventKey,
    RecordedEvent,
)
from .message import Message, MessageLedger, Said
from .segments import domains_of, suppressed
from .wrappings import BESIDE_RECORDS, Broken

#: The events of the types that have one; a bounce's type says which it is.
_EVENTS: dict[str, Event] = {
    "Send": Event.SEND,
    "Delivery": Event.DELIVERY,
    "Complaint": Event.COMPLAINT,
    "Open": Event.OPEN,
    "Click": Event.CLICK,
}

#: Types that no metric counts; the last is what SNS gets when feedback notifications are set up.
_WITHOUT_METRIC = (
    "Reject",
    "Rendering Failure",
    "DeliveryDelay",
    "Subscription",
    "AmazonSnsSubscriptionSucceeded",
)
#: The part of a record that holds the event's own time; an email is sent at its own.
_PARTS = {kind: "mail" if kind == "Send" else kind.lower() for kind in RECORD_TYPES}

_SKIPPED = (*_WITHOUT_METRIC, *BESIDE_RECORDS)
_TYPES = (*RECORD_TYPES, *_SKIPPED)

_SET_TAG = "ses:configuration-set"
_ISP_TAG = "ses:recipient-isp"


class _Alike:
    """What records of alike emails say: one segment, and each event and its details once."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.events: dict[object, RecordedEvent] = {}


class RecordParser:
    """Takes one record after the other."""

    def __init__(self, ledger: MessageLedger, segment_of: Callable[..., Segment]) -> None:
        self._ledger = ledger
        self._segment_of = segment_of
        self._alike: dict[tuple[object, ...], _Alike] = {}
        self._by_segment: dict[Segment, _Alike] = {}
        self._said: dict[Said, Said] = {}
        #: The email of each message id, by the first record that names it.
        self.messages: dict[str, Message] = {}
        self.skipped: Counter[str] = Counter()
        #: Of each event its key, what the record says, and its email.
        self.keys: list[EventKey] = []
        self.events: list[RecordedEvent] = []
        self.emails: list[Message] = []

    def parse(self, record: dict[str, Any]) -> None:
        """Note the event of a record; Broken if it is not one of SES's."""
        name = "eventType" if "eventType" in record else "notificationType"
        record_type = record[name]
        part = _PARTS.get(record_type) if isinstance(record_type, str) else None
        if part is None:
            if record_type not in _SKIPPED:
                raise Broken(name, f"one of {', '.join(_TYPES)}", record_type)
            self.skipped[record_type] += 1
            return
        mail = members.part(record, "mail", "mail")
        message_id = members.text(mail, "messageId", "mail.messageId")
        detail = mail if part == "mail" else members.part(record, part, part)
        moment = members.time(detail, part)
        message = self.messages.get(message_id)
        if message is not None and message.is_to(mail.get("destination")):
            recipients = message.to
        else:
            recipients = members.recipients(mail)
        tags = members.tags(mail)
        set_tag, isp_tag = tags.get(_SET_TAG), tags.get(_ISP_TAG)
        facts = (
            mail.get("source"),
            mail.get("sourceArn"),
            mail.get("sendingAccountId"),
            tuple(set_tag) if isinstance(set_tag, list) else set_tag,
            tuple(isp_tag) if isinstance(isp_tag, list) else isp_tag,
            domains_of(recipients),
        )
        try:
            alike = self._alike.get(facts)
        except TypeError:  # a broken one, which no key can be made of
            alike = None
        if alike is None:
            alike = self._alike[facts] = self._new_alike(mail, tags, recipients)
        recorded = alike.events.get(record_type) or _recorded(alike, record_type, detail)

        if message is None:
            sent = moment
            if detail is not mail and mail.get("timestamp") is not None:
                sent = members.time(mail, "mail")
            said = members.said(mail, tags)
            message = self.messages[message_id] = Message(
                self._ledger,
                alike.segment,
                sent,
                recipients,
                message_id=message_id,
                said=self._said.setdefault(said, said),
            )
        else:
            message_id = message.message_id or message_id  # one text for all of its records
        several = json.dumps(detail, sort_keys=True, default=str) if len(recipients) > 1 else ""
        self.keys.append((message_id, record_type, moment, several))
        self.events.append(recorded)
        self.emails.append(message)

    def _new_alike(
        self, mail: dict[str, Any], tags: dict[str, Any], recipients: tuple[str, ...]
    ) -> _Alike:
        segment = self._segment_of(
            members.address(mail.get("source"), "mail.source"),
            domains_of(recipients),
            identity=members.identity(mail),
            configuration_set=members.tag(tags, _SET_TAG, Dimension.CONFIGURATION_SET),
            isp=members.tag(tags, _ISP_TAG, Dimension.ISP),
            delegate_sender=members.is_by_delegate(mail),
        )
        return self._by_segment.setdefault(segment, _Alike(segment))


def _recorded(alike: _Alike, record_type: str, detail: dict[str, Any]) -> RecordedEvent:
    """The event of a record, equal ones shared; Broken if its details are not SES's."""
    key: object = record_type
    if record_type == "Bounce":
        key = detail.get("bounceType"), detail.get("bounceSubType")
    elif record_type == "Complaint":
        key = record_type, detail.get("complaintSubType"), detail.get("complaintFeedbackType")
    try:
        recorded = alike.events.get(key)
    except TypeError:  # a broken one, which no key can be made of
        recorded = None
    if recorded is None:
        recorded = _new_recorded(alike.segment, record_type, detail)
        alike.events[key] = recorded
    return recorded


def _new_recorded(segment: Segment, record_type: str, detail: dict[str, Any]) -> RecordedEvent:
    if record_type == "Bounce":
        bounce_type = detail.get("bounceType")
        if not isinstance(bounce_type, str) or bounce_type not in BOUNCE_EVENTS:
            raise Broken("bounce.bounceType", f"one of {', '.join(BOUNCE_EVENTS)}", bounce_type)
        event = BOUNCE_EVENTS[bounce_type]
        details = Details(members.optional_text(detail, "bounceSubType", "bounce.bounceSubType"))
    else:
        event = _EVENTS[record_type]
        details = NO_DETAILS
    if record_type == "Complaint":
        details = Details(
            members.optional_text(detail, "complaintSubType", "complaint.complaintSubType"),
            members.optional_text(
                detail, "complaintFeedbackType", "complaint.complaintFeedbackType"
            ),
        )
    if details.sub_type == SUPPRESSED:
        segment = suppressed(segment)
    return RecordedEvent(event, segment, details)

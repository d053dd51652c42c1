"""SES's own event records, as it publishes them to SNS, Firehose and EventBridge, counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from ..counting.metrics import Dimension, Event
from ..counting.store import Segment
from . import members, reading
from .happenings import BOUNCE_EVENTS, NO_DETAILS, RECORD_TYPES, SUPPRESSED, Details
from .message import EventKey, Message, MessageLedger, Said, Told
from .segments import domains_of, preferred, suppressed
from .wrappings import BESIDE_RECORDS, Broken, unwrapped

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
_SKIPPED = (*_WITHOUT_METRIC, *BESIDE_RECORDS)
_TYPES = (*RECORD_TYPES, *_SKIPPED)

_SET_TAG = "ses:configuration-set"
_ISP_TAG = "ses:recipient-isp"

#: How often `progress` is told.
_PROGRESS = 10_000


@dataclass(frozen=True)
class LoadedEvents:
    """How many records `load_events` found, by type (`eventType`).

    `taken` are events now counted, `skipped` are of types that have no metric, and `repeated`
    are records of an event that was known already.
    """

    taken: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)


def load(
    source: reading.Source,
    ledger: MessageLedger,
    region: str | None,
    segment_of: Callable[..., Segment],
    progress: Callable[[int], object] | None = None,
) -> LoadedEvents:
    """Count the events of all records of `source`; of none of them if one is broken.

    `segment_of` gives an email's segment, as `segments.segment_of` does, and knows already what
    no record says. `progress` gets the number of values read, every ten thousand.
    """
    loaded = LoadedEvents()
    parser = _Parser(ledger, segment_of)
    with closing(reading.values(source)) as values:
        for number, (place, value) in enumerate(values, start=1):
            try:
                for record in unwrapped(value):
                    record_type = _type_of(record)
                    if record_type in _SKIPPED:
                        loaded.skipped[record_type] += 1
                    else:
                        parser.parse(record, record_type)
            except Broken as error:
                raise ValueError(f"{place}: {error}") from None
            except RecursionError:
                raise ValueError(f"{place}: nested too deep for a record") from None
            if progress is not None and number % _PROGRESS == 0:
                progress(number)
    with ledger.lock:
        messages, events = ledger.messages[region], ledger.events[region]
        for key, told in zip(parser.keys, parser.told):
            message_id, record_type, moment, _ = key
            message = messages.get(message_id)
            if message is None:
                message = messages[message_id] = parser.messages[message_id]
            known = events.get(key)
            if known is None and not message.was_told_of(told.event):
                events[key] = told
                message.happens_by_record(told, moment)
                loaded.taken[record_type] += 1
                continue
            loaded.repeated[record_type] += 1
            # Copies of one event may say more or less of it; the fullest counts, in any order.
            if known is not None and known is not told and _order(told) < _order(known):
                events[key] = told
                message.is_told_better(known, told, moment)
    return loaded


def _order(told: Told) -> tuple[object, ...]:
    details = [(value is None, value or "") for value in told.details]
    return preferred(told.segment), told.event, details


class _Alike:
    """What records of alike emails tell: one segment, and each event and its details once."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.told: dict[object, Told] = {}


class _Parser:
    """The events of records, as small as they can be kept until all records are read."""

    def __init__(self, ledger: MessageLedger, segment_of: Callable[..., Segment]) -> None:
        self._ledger = ledger
        self._segment_of = segment_of
        self._alike: dict[tuple[object, ...], _Alike] = {}
        self._by_segment: dict[Segment, _Alike] = {}
        self._said: dict[Said, Said] = {}
        #: The email of each message id, by the first record that names it.
        self.messages: dict[str, Message] = {}
        self.keys: list[EventKey] = []
        self.told: list[Told] = []

    def parse(self, record: dict[str, Any], record_type: str) -> None:
        """Note the event of a record; Broken if it is not one of SES's."""
        mail = members.part(record, "mail", "mail")
        message_id = members.text(mail, "messageId", "mail.messageId")
        # The event's own time stands in the part named after it; an email is sent at its own.
        part = "mail" if record_type == "Send" else record_type.lower()
        detail = mail if part == "mail" else members.part(record, part, part)
        moment = members.time(detail, f"{part}.timestamp")
        recipients = members.recipients(mail)
        tags = members.tags(mail)
        alike = self._alike_of(mail, tags, recipients)
        told = _told(alike, record_type, detail)

        message = self.messages.get(message_id)
        if message is None:
            sent = moment if mail.get("timestamp") is None else members.time(mail, "mail.timestamp")
            said = members.said(mail, tags)
            said = self._said.setdefault(said, said)
            message = Message(
                self._ledger, alike.segment, sent, recipients, message_id=message_id, said=said
            )
            self.messages[message_id] = message
        several = json.dumps(detail, sort_keys=True, default=str) if len(recipients) > 1 else ""
        self.keys.append((message.message_id or message_id, record_type, moment, several))
        self.told.append(told)

    def _alike_of(
        self, mail: dict[str, Any], tags: dict[str, Any], recipients: tuple[str, ...]
    ) -> _Alike:
        """What is shared by the emails that the records tell as this one."""
        domains = domains_of(recipients)
        key = (
            mail.get("source"),
            mail.get("sourceArn"),
            mail.get("sendingAccountId"),
            domains,
            _as_key(tags.get(_SET_TAG)),
            _as_key(tags.get(_ISP_TAG)),
        )
        try:
            alike = self._alike.get(key)
        except TypeError:  # a broken one, which no key can be made of
            alike = None
        if alike is None:
            segment = self._segment_of(
                members.address(mail.get("source"), "mail.source"),
                domains,
                identity=members.identity(mail),
                configuration_set=members.tag(tags, _SET_TAG, Dimension.CONFIGURATION_SET),
                isp=members.tag(tags, _ISP_TAG, Dimension.ISP),
                delegate_sender=members.is_by_delegate(mail),
            )
            alike = self._by_segment.setdefault(segment, _Alike(segment))
            self._alike[key] = alike
        return alike


def _as_key(values: object) -> object:
    return tuple(values) if isinstance(values, list) else values


def _told(alike: _Alike, record_type: str, detail: dict[str, Any]) -> Told:
    """The event of a record, equal ones shared; Broken if its details are not SES's."""
    key: object = record_type
    if record_type == "Bounce":
        key = detail.get("bounceType"), detail.get("bounceSubType")
    elif record_type == "Complaint":
        key = record_type, detail.get("complaintSubType"), detail.get("complaintFeedbackType")
    try:
        told = alike.told.get(key)
    except TypeError:  # a broken one, which no key can be made of
        told = None
    if told is None:
        told = alike.told[key] = _new_told(alike.segment, record_type, detail)
    return told


def _new_told(segment: Segment, record_type: str, detail: dict[str, Any]) -> Told:
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
    return Told(event, segment, details)


def _type_of(record: dict[str, Any]) -> str:
    name = "eventType" if "eventType" in record else "notificationType"
    value = record[name]
    if not isinstance(value, str) or value not in _TYPES:
        raise Broken(name, f"one of {', '.join(_TYPES)}", value)
    return value

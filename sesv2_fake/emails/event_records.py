"""SES's own event records, as it publishes them to SNS, Firehose and EventBridge."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..counting import dimensions as dimension_values
from ..counting import moments
from ..counting.metrics import Dimension, Event
from ..counting.store import MetricStore, Segment
from . import addresses
from .email import BOUNCE_EVENTS, SUPPRESSED, Email, preferred, suppressed

#: Where the records come from: a path, an open file, or JSON texts or dicts.
Source = str | os.PathLike[str] | IO[str] | IO[bytes] | Iterable[Any]

#: reference/service.md, "Event publishing records": each type, and the member that holds the
#: event's own time.
_TIME_OF: dict[str, str] = {
    "Send": "mail",
    "Delivery": "delivery",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Open": "open",
    "Click": "click",
}
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

#: What SNS itself tells subscribers (`Type`), and what SES tells a new topic: no records of events.
_SNS_TYPES = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_SES_GREETING = "Successfully validated SNS topic"

_SKIPPED = (*_WITHOUT_METRIC, *_SNS_TYPES, _SES_GREETING)
_TYPES = (*_TIME_OF, *_SKIPPED)

#: The member in which each wrapping holds what it wraps: Lambda's events (of SNS and of SQS),
#: an SNS notification, an EventBridge event.
_WRAPPINGS = ("Records", "Sns", "body", "Message", "detail")

_NON_SPACE = re.compile(r"\S")
_SHOWN = 60


@dataclass(frozen=True)
class LoadedEvents:
    """How many records `load_events` found, by type (`eventType`).

    `taken` are events now counted, `skipped` are of types that have no metric, and `repeated`
    are records of an event that was known already.
    """

    taken: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)


class MessageLedger:
    """Which emails are known by their message id, and which events of theirs are counted."""

    def __init__(self) -> None:
        self.emails: dict[tuple[str | None, str], Email] = {}
        self.events: dict[tuple[object, ...], tuple[Event, Segment]] = {}

    def add(self, email: Email, count: int, region: str | None) -> None:
        """Note an email that was sent; ValueError where its id is none, or another's."""
        if not isinstance(email.message_id, str) or not email.message_id:
            raise ValueError(f"message_id: expected text, got {email.message_id!r}")
        if count > 1:
            raise ValueError(f"message_id: {count} emails cannot share {email.message_id!r}")
        key = (region, email.message_id)
        if key in self.emails:
            raise ValueError(f"message_id: {email.message_id!r} is another email's already")
        self.emails[key] = email


class _Parsed(NamedTuple):
    type: str
    message_id: str
    event: Event
    segment: Segment
    moment: int
    #: Tells two events of one type and moment apart, where an email has several recipients.
    recipients: str


class _Broken(Exception):
    """A record that is not one of SES's."""

    def __init__(self, name: str, expected: str, got: object) -> None:
        shown = repr(got)
        if len(shown) > _SHOWN:
            shown = f"{shown[:_SHOWN]}..."
        super().__init__(f"{name}: expected {expected}, got {shown}")


def load(
    source: Source,
    store: MetricStore,
    ledger: MessageLedger,
    region: str | None,
    segment_of: Callable[..., Segment],
) -> LoadedEvents:
    """Count the events of all records of `source`; of none of them where one is broken.

    `segment_of` tells an email's segment, as `emails.segment_of` does, with all told already
    that no record tells.
    """
    loaded = LoadedEvents()
    parsed: list[_Parsed] = []
    for where, value in _values(source):
        try:
            for record in _unwrapped(value):
                record_type = _type_of(record)
                if record_type in _SKIPPED:
                    loaded.skipped[record_type] += 1
                else:
                    parsed.append(_parse(record, record_type, segment_of))
        except _Broken as error:
            raise ValueError(f"{_told(where)}: {error}") from None
        except RecursionError:
            raise ValueError(f"{_told(where)}: nested too deep for a record") from None
    with store.lock:
        for event in parsed:
            is_new = _count(event, store, ledger, region)
            (loaded.taken if is_new else loaded.repeated)[event.type] += 1
    return loaded


def _count(record: _Parsed, store: MetricStore, ledger: MessageLedger, region: str | None) -> bool:
    """Count a record's event, unless it was counted before."""
    email_key = (region, record.message_id)
    email = ledger.emails.get(email_key)
    if email is None:
        email = Email(store, record.segment, record.moment, message_id=record.message_id)
        ledger.emails[email_key] = email
    event_key = (email_key, record.type, record.moment, record.recipients)
    known = ledger.events.get(event_key)
    told = (record.event, record.segment)
    if known is None and not email.was_told_of(record.event):
        ledger.events[event_key] = told
        email.happened_by_record(*told, record.moment)
        return True
    # Copies of one event may tell more or less of it; the fullest counts, in whatever order.
    if known is not None and (preferred(told[1]), told[0]) < (preferred(known[1]), known[0]):
        ledger.events[event_key] = told
        email.is_told_better(known, told, record.moment)
    return False


#: Where a value stands: the source's name, its text (if it is one) and the position in it.
_Place = tuple[str, str, int]


def _told(place: _Place) -> str:
    name, text, position = place
    line = text.count("\n", 0, position) + 1
    return f"{name}, line {line}" if text else name


def _values(source: Source) -> Iterator[tuple[_Place, Any]]:
    """Every JSON value of a source, with its place."""
    if isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        if path.lstrip()[:1] in ("{", "["):
            raise ValueError(
                "source: a text is taken for a path, and this one looks like JSON; "
                "hand JSON texts in as a list"
            )
        yield from _texts_values(Path(path).read_bytes(), path)
    elif isinstance(source, dict):
        yield ("source", "", 0), source
    elif hasattr(source, "read"):
        name = getattr(source, "name", None)
        yield from _texts_values(source.read(), name if isinstance(name, str) else "source")
    elif isinstance(source, Iterable) and not isinstance(source, (bytes, bytearray)):
        for position, item in enumerate(source, start=1):
            if isinstance(item, (str, bytes)):
                yield from _texts_values(item, f"item {position}")
            else:
                yield (f"item {position}", "", 0), item
    else:
        raise TypeError(
            "source: expected a path, an open file, or an iterable of JSON texts or dicts, "
            f"got {type(source).__name__}"
        )


def _texts_values(text: str | bytes, name: str) -> Iterator[tuple[_Place, Any]]:
    """The JSON values of a text: one a line, several run together, or one over many lines."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}: expected UTF-8 text, got {error}") from None
    decode = json.JSONDecoder().raw_decode
    position = 0
    while found := _NON_SPACE.search(text, position):
        place = (name, text, found.start())
        try:
            value, position = decode(text, found.start())
        except (ValueError, RecursionError) as error:
            shown = text[found.start() : found.start() + _SHOWN].partition("\n")[0]
            raise ValueError(f"{_told(place)}: expected JSON, got {shown!r} ({error})") from None
        yield place, value


def _unwrapped(value: Any) -> Iterator[dict[str, Any]]:
    """The records that a value is or wraps."""
    if isinstance(value, list):
        for item in value:
            yield from _unwrapped(item)
        return
    if not isinstance(value, dict):
        raise _Broken("record", "a JSON object", value)
    if "eventType" in value or "notificationType" in value:
        yield value
        return
    for wrapping in _WRAPPINGS:
        if wrapping in value:
            inner = value[wrapping]
            if value.get("Type") in _SNS_TYPES:
                yield {"eventType": value["Type"]}
                return
            if isinstance(inner, str):
                if inner.startswith(_SES_GREETING):
                    yield {"eventType": _SES_GREETING}
                    return
                try:
                    inner = json.loads(inner)
                except (ValueError, RecursionError):
                    raise _Broken(wrapping, "a record as JSON text", inner) from None
            yield from _unwrapped(inner)
            return
    raise _Broken(
        "eventType",
        f"a record with an eventType, or one of the wrappings {', '.join(_WRAPPINGS)}",
        value,
    )


def _type_of(record: dict[str, Any]) -> str:
    name = "eventType" if "eventType" in record else "notificationType"
    value = record[name]
    if not isinstance(value, str) or value not in _TYPES:
        raise _Broken(name, f"one of {', '.join(_TYPES)}", value)
    return value


def _parse(record: dict[str, Any], record_type: str, segment_of: Callable[..., Segment]) -> _Parsed:
    mail = _object(record, "mail", "mail")
    message_id = _text(mail, "messageId", "mail.messageId")
    part = _TIME_OF[record_type]
    detail = mail if part == "mail" else _object(record, part, part)
    moment = _time(detail, f"{part}.timestamp")
    domains = _recipient_domains(mail.get("destination"))
    tags = {} if mail.get("tags") is None else mail["tags"]
    if not isinstance(tags, dict):
        raise _Broken("mail.tags", "an object of names and lists of values", tags)
    segment = segment_of(
        _address(mail.get("source"), "mail.source"),
        domains,
        identity=_identity(mail.get("sourceArn")),
        configuration_set=_tag(tags, "ses:configuration-set", Dimension.CONFIGURATION_SET),
        isp=_tag(tags, "ses:recipient-isp", Dimension.ISP),
    )
    if record_type == "Bounce":
        bounce_type = detail.get("bounceType")
        if not isinstance(bounce_type, str) or bounce_type not in BOUNCE_EVENTS:
            raise _Broken("bounce.bounceType", f"one of {', '.join(BOUNCE_EVENTS)}", bounce_type)
        event = BOUNCE_EVENTS[bounce_type]
    else:
        event = _EVENTS[record_type]
    if SUPPRESSED in (detail.get("bounceSubType"), detail.get("complaintSubType")):
        segment = suppressed(segment)
    several = json.dumps(detail, sort_keys=True, default=str) if len(domains) > 1 else ""
    return _Parsed(record_type, message_id, event, segment, moment, several)


def _object(parent: dict[str, Any], key: str, name: str) -> dict[str, Any]:
    value = parent.get(key)
    if not isinstance(value, dict):
        raise _Broken(name, "an object", value)
    return value


def _text(parent: dict[str, Any], key: str, name: str) -> str:
    value = parent.get(key)
    if not isinstance(value, str) or not value:
        raise _Broken(name, "text", value)
    return value


def _time(parent: dict[str, Any], name: str) -> int:
    text = parent.get("timestamp")
    found = moments.parse_iso_8601(text) if isinstance(text, str) else None
    if found is None or not found[1]:
        raise _Broken(name, "a time such as '2017-08-05T00:40:02.012Z'", text)
    return found[0]


def _address(value: object, name: str) -> str:
    address = addresses.parse_address(value) if isinstance(value, str) else None
    if address is None:
        raise _Broken(name, "an address such as 'Sender Name <sender@example.com>'", value)
    return address


def _recipient_domains(destination: object) -> tuple[str, ...]:
    if not isinstance(destination, list) or not destination:
        raise _Broken("mail.destination", "a list of the recipients' addresses", destination)
    return tuple(
        addresses.domain_of(_address(address, "mail.destination")) for address in destination
    )


def _identity(arn: object) -> str | None:
    if arn is None:
        return None
    _, found, identity = arn.partition(":identity/") if isinstance(arn, str) else ("", "", "")
    if not found or not dimension_values.is_well_formed(Dimension.EMAIL_IDENTITY, identity):
        example = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
        raise _Broken("mail.sourceArn", f"an ARN such as {example!r}", arn)
    return dimension_values.normalized(Dimension.EMAIL_IDENTITY, identity)


def _tag(tags: dict[str, Any], name: str, dimension: Dimension) -> str | None:
    values = tags.get(name)
    if values is None:
        return None
    value = values[0] if isinstance(values, list) and len(values) == 1 else None
    if not isinstance(value, str) or not dimension_values.is_well_formed(dimension, value):
        words = dimension_values.CHARSETS_IN_WORDS[dimension]
        raise _Broken(f"mail.tags.{name}", f"a list of {words}", values)
    return value

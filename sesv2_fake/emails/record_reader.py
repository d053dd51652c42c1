"""Event records, each checked, and kept as small as they can be until all are read."""

from __future__ import annotations

import gc
import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from .. import checks
from ..counting import metrics, timestamps
from ..counting.metrics import Dimension, Event
from ..counting.rule import Segment
from ..untyped import JSON, JSONObject
from . import addresses, json_stream
from .content import NO_MESSAGE_INFO, MessageInfo
from .event_types import (
    BOUNCE_EVENTS,
    COUNTED_RECORD_TYPES,
    EVENT_TYPES,
    NO_DETAILS,
    EventDetails,
    EventKey,
    RecordedEvent,
)
from .message import Message, MessageStore
from .segments import EmailFacts, domains_of, merged

#: What SNS itself sends to subscribers (`Type`), and what SES sends to a new topic: no events.
_SNS_TYPES = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_SES_GREETING = "Successfully validated SNS topic"

#: Mail that SES received. [guide]
_RECEIVED = "Received"

#: The member in which each wrapping holds what it wraps: Lambda's events (of SNS and of SQS), what
#: SQS's `ReceiveMessage` answers, an SNS notification, an EventBridge event.
_WRAPPINGS = ("Records", "Messages", "Sns", "body", "Body", "Message", "detail")


class RecordError(Exception):
    """A record that is not one of SES's."""

    def __init__(self, name: str, expected: str, got: object) -> None:
        super().__init__(f"{name}: expected {expected}, got {checks.shortened(got)}")


def unwrapped(value: JSON) -> Iterator[JSONObject | str]:
    """The records that a value is or wraps; of what is no record of an email's event, its type."""
    if isinstance(value, list):
        for item in value:
            yield from unwrapped(item)
        return
    if not isinstance(value, dict):
        raise RecordError("record", "a JSON object", value)
    if "eventType" in value or "notificationType" in value:
        yield value
        return
    other = _other_type(value)
    if other is not None:
        yield other
        return
    for wrapping in _WRAPPINGS:
        if wrapping in value:
            inner = value[wrapping]
            if isinstance(inner, str):
                if inner.startswith(_SES_GREETING):
                    yield _SES_GREETING
                    return
                try:
                    inner = json.loads(inner)
                except (ValueError, RecursionError):
                    raise RecordError(wrapping, "a record as JSON text", inner) from None
            yield from unwrapped(inner)
            return
    raise RecordError(
        "eventType",
        f"a record with an eventType, or one of the wrappings {', '.join(_WRAPPINGS)}",
        value,
    )


def _other_type(value: JSONObject) -> str | None:
    """The type of what comes the same way as records and is none."""
    if value.get("Type") in _SNS_TYPES and "Message" in value:
        return str(value["Type"])
    if "ses" in value and value.get("eventSource") == "aws:ses":  # of a Lambda function's event
        return _RECEIVED
    detail, detail_type = value.get("detail"), value.get("detail-type")
    if isinstance(detail_type, str) and isinstance(detail, dict) and "eventType" not in detail:
        return detail_type
    if "ResponseMetadata" in value and "Messages" not in value:  # an empty queue
        return "no message"
    return None


_EXAMPLE_TIME = "2017-08-05T00:40:02.012Z"
_EXAMPLE_ARN = "arn:aws:ses:us-east-1:123456789012:identity/example.com"


def object_of(parent: JSONObject, key: str, name: str) -> JSONObject:
    """A member that is an object."""
    value = parent.get(key)
    if not isinstance(value, dict):
        raise RecordError(name, "an object", value)
    return value


def text_of(parent: JSONObject, key: str, name: str) -> str:
    """A member that is text, and not empty."""
    value = parent.get(key)
    if not isinstance(value, str) or not value:
        raise RecordError(name, "text", value)
    return value


def optional_text_of(parent: JSONObject, key: str, name: str) -> str | None:
    """A member that is text, or not there."""
    value = parent.get(key)
    if value is not None and not isinstance(value, str):
        raise RecordError(name, "text", value)
    return value


def time_of(parent: JSONObject, name: str) -> int:
    """The moment of the `timestamp` of the part that has this name."""
    value = parent.get("timestamp")
    if isinstance(value, str):
        moment = timestamps.of_event_record(value)
        if moment is not None:
            return moment
        found = timestamps.parse_iso_8601(value)
        if found is not None and found[1]:
            return found[0]
    expected = f"a time such as {_EXAMPLE_TIME!r}, in the years 1 to 9999"
    raise RecordError(f"{name}.timestamp", expected, value)


def address_of(value: object, name: str) -> str:
    """A bare address, of one that may have a display name."""
    found = addresses.parse_address(value) if isinstance(value, str) else None
    if found is None:
        raise RecordError(name, "an address such as 'Sender Name <sender@example.com>'", value)
    return found


def recipients_of(mail: JSONObject) -> tuple[str, ...]:
    """The bare addresses of all recipients."""
    destination = mail.get("destination")
    if not isinstance(destination, list) or not destination:
        raise RecordError("mail.destination", "a list of the recipients' addresses", destination)
    if len(destination) == 1:  # nearly all: the quicker way
        return (address_of(destination[0], "mail.destination"),)
    return tuple([address_of(recipient, "mail.destination") for recipient in destination])


def tags_of(mail: JSONObject) -> JSONObject:
    """The tags, if there are any."""
    found = mail.get("tags")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RecordError("mail.tags", "an object of names and lists of values", found)
    return found


def value_of(tags: JSONObject, name: str, dimension: Dimension) -> str | None:
    """A dimension's value, which a tag of SES's own with this name has, if it is there."""
    values = tags.get(name)
    if values is None:
        return None
    value = values[0] if isinstance(values, list) and len(values) == 1 else None
    if not isinstance(value, str) or not metrics.is_well_formed(dimension, value):
        words = dimension.definition.charset.words
        raise RecordError(f"mail.tags.{name}", f"a list of {words}", values)
    return value


def message_info_of(mail: JSONObject, tags: JSONObject) -> MessageInfo:
    """The subject and the message tags, as far as the record has them; no metric needs them."""
    headers = mail.get("commonHeaders")
    subject = headers.get("subject") if isinstance(headers, dict) else None
    own = [name for name in tags if name[:4] != "ses:"]
    if not own and not isinstance(subject, str):
        return NO_MESSAGE_INFO
    single = [
        (name, value[0])
        for name, value in tags.items()
        if name in own and isinstance(value, list) and len(value) == 1 and isinstance(value[0], str)
    ]
    return MessageInfo(subject if isinstance(subject, str) else None, tuple(single))


#: The events of the types that have one; a bounce's own type says which it is.
_EVENTS: dict[str, Event] = {
    kind.record_type: event for event, kind in EVENT_TYPES.items() if kind.bounce_type is None
}

#: Types that no metric counts; the last is what SNS gets when feedback notifications are set up.
_WITHOUT_METRIC = (
    "Reject",
    "Rendering Failure",
    "DeliveryDelay",
    "Subscription",
    "AmazonSnsSubscriptionSucceeded",
    _RECEIVED,
)
#: The part of a record that holds the event's own time; an email is sent at its own.
_PARTS = {kind: "mail" if kind == "Send" else kind.lower() for kind in COUNTED_RECORD_TYPES}

_TYPES = (*COUNTED_RECORD_TYPES, *_WITHOUT_METRIC)

#: The tags that say which value of a dimension the email has.
_TAGS = [(one, one.definition.record_tag) for one in Dimension if one.definition.record_tag]
_TAG_NAMES = [name for _, name in _TAGS]


def _merged_info(one: MessageInfo, other: MessageInfo) -> MessageInfo:
    """The subject and tags that two records tell together."""
    subjects = [info.subject for info in (one, other) if info.subject is not None]
    return MessageInfo(
        min(subjects, default=None),
        tuple(sorted({**dict(other.tags), **dict(one.tags)}.items())) if other.tags else one.tags,
    )


class RecordParser:
    """Takes one record after the other."""

    def __init__(
        self,
        message_store: MessageStore,
        segment_of: Callable[..., Segment],
        *,
        open_tracking: bool = True,
        click_tracking: bool = True,
    ) -> None:
        self._message_store = message_store
        self._segment_of = segment_of
        self._tracking = open_tracking, click_tracking
        #: By what a record says of its email, as it says it: the facts, and their segment.
        self._facts: dict[tuple[object, ...], tuple[EmailFacts, Segment]] = {}
        #: Each of the facts once; and by the id of each, what a record of it says.
        self._interned: dict[EmailFacts, EmailFacts] = {}
        self._said: dict[int, list[object]] = {}
        self._recorded: dict[object, RecordedEvent] = {}
        #: Whether a record has an identity's ARN that nothing can be read from.
        self.has_redacted = False
        self._infos: dict[MessageInfo, MessageInfo] = {}
        #: The email of each message id, by the first record that names it.
        self.messages: dict[str, Message] = {}
        self.skipped: Counter[str] = Counter()
        #: Of each event its key, what the record says, and its email.
        self.keys: list[EventKey] = []
        self.events: list[RecordedEvent] = []
        self.emails: list[Message] = []

    def parse(self, record: JSONObject) -> None:
        """Note the event of a record; RecordError if it is not one of SES's."""
        name = "eventType" if "eventType" in record else "notificationType"
        record_type = record[name]
        part = _PARTS.get(record_type) if isinstance(record_type, str) else None
        if part is None:
            if record_type not in _WITHOUT_METRIC:
                raise RecordError(name, f"one of {', '.join(_TYPES)}", record_type)
            self.skipped[record_type] += 1
            return
        mail = object_of(record, "mail", "mail")
        message_id = text_of(mail, "messageId", "mail.messageId")
        detail = mail if part == "mail" else object_of(record, part, part)
        moment = time_of(detail, part)
        message = self.messages.get(message_id)
        tags = tags_of(mail)
        said = [mail.get("source"), mail.get("sourceArn"), mail.get("sendingAccountId")]
        said += map(tags.get, _TAG_NAMES)
        recorded = self._recorded.get(record_type) or self._new_recorded(record_type, detail)

        several = ""
        if message is not None and message.is_only_to(mail.get("destination")):
            # Nearly always the same as the records before it said.
            has_news = said != self._said.get(id(message.facts))
        else:
            has_news = True
        if has_news:
            recipients = recipients_of(mail)
            if len(recipients) > 1:
                several = json.dumps(detail, sort_keys=True, default=str)
            facts, segment = self._facts_of(said, mail, tags, recipients)

        if message is None:
            sent = moment
            if detail is not mail and mail.get("timestamp") is not None:
                sent = time_of(mail, "mail")
            info = message_info_of(mail, tags)
            message = self.messages[message_id] = Message(
                self._message_store,
                segment,
                sent,
                recipients,
                message_id=message_id,
                info=self._infos.setdefault(info, info),
            )
            message.facts = facts
        else:
            if has_news and message.facts is not facts:
                self._learn(message, facts, message_info_of(mail, tags))
            message_id = message.message_id or message_id  # one text for all of its records
        self.keys.append((message_id, record_type, moment, several))
        self.events.append(recorded)
        self.emails.append(message)

    def _facts_of(
        self,
        said: list[object],
        mail: JSONObject,
        tags: JSONObject,
        recipients: tuple[str, ...],
    ) -> tuple[EmailFacts, Segment]:
        """What a record says of its email, and the segment of such emails."""
        key = (
            domains_of(recipients),
            *[tuple(one) if isinstance(one, list) else one for one in said],
        )
        try:
            found = self._facts.get(key)
        except TypeError:  # a broken one, which no key can be made of
            found = None
        if found is None:
            facts = self._new_facts(mail, tags, recipients)
            found = self._facts[key] = facts, facts.segment(self._segment_of)
            self._said[id(facts)] = said
        return found

    def _new_facts(
        self, mail: JSONObject, tags: JSONObject, recipients: tuple[str, ...]
    ) -> EmailFacts:
        arn = self._identity_arn(mail)
        account = optional_text_of(mail, "sendingAccountId", "mail.sendingAccountId")
        identity = Dimension.EMAIL_IDENTITY.definition.keyword
        facts = EmailFacts(
            address_of(mail.get("source"), "mail.source"),
            domains_of(recipients),
            # Another account's identity was used: "The ten metrics", the third rule. [guide]
            arn is not None and account is not None and arn.account != account,
            *self._tracking,
            (
                (identity, None if arn is None else arn.identity),
                *((one.definition.keyword, value_of(tags, name, one)) for one, name in _TAGS),
            ),
        )
        return self._interned.setdefault(facts, facts)

    def _identity_arn(self, mail: JSONObject) -> addresses.IdentityArn | None:
        """What the ARN of the identity says; None if there is none, or it was made unreadable."""
        arn = mail.get("sourceArn")
        if arn is None:
            return None
        if not isinstance(arn, str):
            raise RecordError("mail.sourceArn", f"an ARN such as {_EXAMPLE_ARN!r}", arn)
        found = addresses.parse_identity_arn(arn)
        self.has_redacted |= found is None
        return found

    def _learn(self, message: Message, facts: EmailFacts, info: MessageInfo) -> None:
        """Take what another record says of an email."""
        together = merged(message.facts or facts, facts)
        together = self._interned.setdefault(together, together)
        message.facts = together
        message.segment = together.segment(self._segment_of)
        if info != message.info:
            told = _merged_info(message.info, info)
            message.info = self._infos.setdefault(told, told)

    def _new_recorded(self, record_type: str, detail: JSONObject) -> RecordedEvent:
        """The event of a record, equal ones shared; RecordError if its details are not SES's."""
        key: object = record_type
        if record_type == "Bounce":
            key = detail.get("bounceType"), detail.get("bounceSubType")
        elif record_type == "Complaint":
            key = record_type, detail.get("complaintSubType"), detail.get("complaintFeedbackType")
        try:
            recorded = self._recorded.get(key)
        except TypeError:  # a broken one, which no key can be made of
            recorded = None
        if recorded is None:
            recorded = _recorded(record_type, detail)
            self._recorded[key] = recorded
        return recorded


def _recorded(record_type: str, detail: JSONObject) -> RecordedEvent:
    if record_type == "Bounce":
        bounce_type = detail.get("bounceType")
        if not isinstance(bounce_type, str) or bounce_type not in BOUNCE_EVENTS:
            raise RecordError(
                "bounce.bounceType", f"one of {', '.join(BOUNCE_EVENTS)}", bounce_type
            )
        event = BOUNCE_EVENTS[bounce_type]
        details = EventDetails(optional_text_of(detail, "bounceSubType", "bounce.bounceSubType"))
    else:
        event = _EVENTS[record_type]
        details = NO_DETAILS
    if record_type == "Complaint":
        details = EventDetails(
            optional_text_of(detail, "complaintSubType", "complaint.complaintSubType"),
            optional_text_of(detail, "complaintFeedbackType", "complaint.complaintFeedbackType"),
        )
    return RecordedEvent(event, details)


#: How many values were read, and the share of the bytes if these are known.
Progress = Callable[[int, float | None], object]
#: It is called after so many values.
_PROGRESS = 10_000


@dataclass(frozen=True)
class LoadedEvents:
    """How many records `load_events` found, by type (`eventType`).

    `taken` are the events that count now, `skipped` the records of types without a metric, and
    `repeated` the records of events that were counted before.
    """

    taken: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)


def load(
    source: json_stream.Source,
    message_store: MessageStore,
    region: str | None,
    segment_of: Callable[..., Segment],
    progress: Progress | None = None,
    *,
    open_tracking: bool = True,
    click_tracking: bool = True,
) -> LoadedEvents:
    """Count the events of all records of `source`; of none if one is broken.

    `segment_of` gives an email's segment, as `segments.segment_of` does, and knows already what
    no record says. `progress` is called every ten thousand values.
    """
    with _no_garbage_collection():
        parser = RecordParser(
            message_store, segment_of, open_tracking=open_tracking, click_tracking=click_tracking
        )
        _parse_all(source, parser, progress)
        loaded = _count_all(parser, message_store, region, segment_of)
    if parser.has_redacted:
        warnings.warn(
            "some records have a sourceArn that is no identity's ARN: whether these emails were "
            "sent with another identity, or by a delegate sender, is not known",
            stacklevel=checks.levels_to_user(),
        )
    return loaded


def _parse_all(
    source: json_stream.Source,
    parser: RecordParser,
    progress: Progress | None,
) -> None:
    size = json_stream.Bytes()
    with closing(json_stream.values(source, size)) as values:
        for number, (place, value) in enumerate(values, start=1):
            try:
                if isinstance(value, dict) and "eventType" in value:  # nearly all
                    parser.parse(value)
                else:
                    for record in unwrapped(value):
                        if isinstance(record, str):
                            parser.skipped[record] += 1
                        else:
                            parser.parse(record)
            except RecordError as error:
                raise ValueError(f"{json_stream.in_words(place)}: {error}") from None
            except RecursionError:
                where = json_stream.in_words(place)
                raise ValueError(f"{where}: nested too deep for a record") from None
            if progress is not None and number % _PROGRESS == 0:
                progress(number, size.share)


def _count_all(
    parser: RecordParser,
    message_store: MessageStore,
    region: str | None,
    segment_of: Callable[..., Segment],
) -> LoadedEvents:
    loaded = LoadedEvents(skipped=parser.skipped)
    with message_store.lock:
        known_before = _known_before(parser, message_store, region)
        for new, before in known_before.items():
            if new.facts is not None and before.facts is not None:
                before.facts = merged(before.facts, new.facts)
                before.move_to(before.facts.segment(segment_of))
                before.info = _merged_info(before.info, new.info)
        own_events = message_store.events[region]
        #: By what a record says and the segment; by its id, for a segment costs much to compare.
        moments_of: dict[tuple[RecordedEvent, int], tuple[Message, list[int]]] = {}
        for key, recorded, email in zip(parser.keys, parser.events, parser.emails):
            record_type, moment = key[1], key[2]
            message, events = email, own_events
            if known_before and email in known_before:
                message = known_before[email]
                events = message_store.events[message.segment.region]
            known = events.get(key)
            if known is None and not (
                message.is_sent and message.has_seeded(recorded.event, moment)
            ):
                events[key] = recorded
                if message.add_recorded(recorded, moment):
                    group = recorded, id(message.segment)
                    if group in moments_of:
                        moments_of[group][1].append(moment)
                    else:
                        moments_of[group] = message, [moment]
                loaded.taken[record_type] += 1
                continue
            loaded.repeated[record_type] += 1
            # Copies of one event may say more or less about it; the fullest counts, in any order.
            if known is not None and known is not recorded and _order(recorded) < _order(known):
                events[key] = recorded
                message.replace_recorded(known, recorded, moment)
        for (recorded, _), (message, moments) in moments_of.items():
            segment = message.segment_of(recorded.details)
            message_store.metrics.add_each(recorded.event, segment, moments)
    return loaded


def _known_before(
    parser: RecordParser, message_store: MessageStore, region: str | None
) -> dict[Message, Message]:
    """The stored email for each new one whose id is known; all others are stored as they are."""
    messages = message_store.by_id[region]
    found: dict[Message, Message] = {}
    if not message_store.captured and not any(message_store.by_id.values()):
        messages.update(parser.messages)
        return found
    for message_id, message in parser.messages.items():
        sent = message_store.find_sent(message_id, region)
        before = sent or messages.setdefault(message_id, message)
        if before is not message:
            found[message] = before
    return found


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A fifth of the time: of millions of new objects, which all stay, none is garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _order(recorded: RecordedEvent) -> tuple[object, ...]:
    return recorded.event, [(value is None, value or "") for value in recorded.details]

"""Emails as the fake keeps them: what is known of each, what happened to it, and its id."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Event
from ..counting.rule import Segment
from ..counting.store import MetricStore, Series
from .addresses import bare
from .content import NO_MESSAGE_INFO, Destination, MessageInfo
from .event_types import (
    NO_DETAILS,
    SUPPRESSED,
    UNIQUE,
    AnyEvent,
    EventDetails,
    EventKey,
    MessageEvent,
    RecordedEvent,
    UncountedEvent,
)
from .segments import EmailFacts, suppressed
from .suppression_list import REASON_OF, DraftSuppressions, SuppressionList

#: A change of the counts: the moment, and how many more; a negative number takes back.
Change = tuple[int, int]


class UniqueEvents:
    """When each of some alike emails was first opened, or first clicked. [doc]"""

    __slots__ = ("_is_sorted", "earliest", "remaining")

    def __init__(self, emails: int) -> None:
        #: How many of the emails have none yet.
        self.remaining = emails
        #: The moments, and of how many emails each is.
        self.earliest: list[tuple[int, int]] = []
        self._is_sorted = False

    def add(self, moment: int, emails: int) -> None:
        """It happened to that many of the remaining emails."""
        self.remaining -= emails
        self.earliest.append((moment, emails))

    def add_to_all(self, moment: int) -> list[Change]:
        """It happened to all of the emails: what that changes of the counts."""
        if not self._is_sorted:
            # Only once: no email remains, so whatever is added later belongs at the end.
            self.earliest.sort()
            self._is_sorted = True
        emails, self.remaining = self.remaining, 0
        changes = []
        while self.earliest and self.earliest[-1][0] > moment:
            later, count = self.earliest.pop()
            changes.append((later, -count))
            emails += count
        if emails:
            self.earliest.append((moment, emails))
            changes.append((moment, emails))
        return changes


#: An odd number, so that its multiples differ in their last 32 bits.
_SPREAD = 0x9E3779B9


def numbered_id(moment: int, number: int) -> str:
    """The id of this number: each number has one of its own, which costs less than a UUID."""
    spread = number * _SPREAD & 0xFFFFFFFF
    return f"0100{max(moment // 1000, 0):012x}-{spread:08x}-5e52-4fa6-ae1d-{number:012x}-000000"


def id_in_sess_form(moment: int, name: str) -> str:
    """The id that stands for a name."""
    return f"0100{max(moment // 1000, 0):012x}-{stable_uuid(name)}-000000"


def stable_uuid(name: str) -> uuid.UUID:
    """The UUID that stands for a name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"sesv2-fake/{name}")


#: What an email was once the event happened to it; bounces of all types are one.
_PAST_TENSE: dict[Event, str] = {
    Event.DELIVERY: "delivered",
    Event.PERMANENT_BOUNCE: "bounced",
    Event.TRANSIENT_BOUNCE: "bounced",
    Event.UNDETERMINED_BOUNCE: "bounced",
    Event.COMPLAINT: "complained about",
    Event.OPEN: "opened",
    Event.CLICK: "clicked",
}


class Message:
    """An email, or `count` alike ones.

    `send` and `add_event` take the lock of the message store; a caller of `has_seeded`,
    `add_recorded` or `replace_recorded` must hold it.
    """

    # There may be millions, so what few of them need is made when it is needed.
    __slots__ = (
        "_clicked",
        "_events",
        "_message_store",
        "_numbers",
        "_opened",
        "_recipients",
        "count",
        "facts",
        "info",
        "is_sent",
        "message_id",
        "moment",
        "segment",
    )

    def __init__(
        self,
        message_store: MessageStore,
        segment: Segment,
        moment: int,
        recipients: tuple[str, ...],
        *,
        count: int = 1,
        message_id: str | None = None,
        info: MessageInfo = NO_MESSAGE_INFO,
    ) -> None:
        self.segment = segment
        self.moment = moment
        self.count = count
        self.message_id = message_id
        self.info = info
        #: Whether a test or the code under test sent it; otherwise it is known from records alone.
        self.is_sent = False
        #: What records say of it; None of an email that was sent.
        self.facts: EmailFacts | None = None
        self._message_store = message_store
        self._recipients: str | tuple[str, ...] = (
            recipients[0] if len(recipients) == 1 else recipients
        )
        #: Of alike emails, how many were delivered, bounced, complained about.
        self._numbers: Counter[str] | None = Counter() if count > 1 else None
        self._opened: UniqueEvents | None = None
        self._clicked: UniqueEvents | None = None
        #: The fields of each event after the `Send`, one event after the other: a list of events
        #: would take four times the space.
        self._events: list[object] | None = None

    @property
    def sender(self) -> str:
        """The bare address of the sender."""
        return bare(self.info.sender or self.segment.labels[0][1])

    @property
    def recipients(self) -> tuple[str, ...]:
        """The bare addresses of all recipients."""
        one = self._recipients
        return (one,) if isinstance(one, str) else one

    def full_info(self) -> MessageInfo:
        """What is known of what it says, with its bare addresses if there are no others."""
        if any(self.info.destination):
            return self.info
        destination = Destination(self.recipients)
        return self.info._replace(sender=self.sender, destination=destination)

    def is_only_to(self, destination: object) -> bool:
        """Whether a record's list of recipients is exactly this email's one recipient."""
        return destination == [self._recipients]

    def timeline(self) -> list[MessageEvent]:
        """All that happened to it, or to some of the alike emails, in the order counted."""
        fields = iter(self._events or ())
        events = list(map(MessageEvent, fields, fields, fields, fields))  # type: ignore[arg-type]
        if self.is_sent and self.count:
            return [MessageEvent(Event.SEND, self.moment), *events]
        return events

    def summary(self) -> list[str]:
        """What happened, in words: `90 delivered`."""
        numbers = {
            _PAST_TENSE[event]: self._number(event) for event in Event if event in _PAST_TENSE
        }
        return [f"{number} {past}" for past, number in numbers.items() if number]

    def ensure_message_id(self) -> str:
        """Its message id; one in SES's form if it had none until now."""
        with self._message_store.lock:
            if self.message_id is None:
                self.message_id = self._message_store.new_message_id(self.moment)
                if self.count == 1:
                    self._message_store.add(self)
            return self.message_id

    def send(self) -> None:
        """Count the email itself; ValueError if its message id is another's."""
        message_store = self._message_store
        with message_store.lock:
            if self.message_id is not None:
                message_store.add(self)
            if self.count:
                message_store.metrics.add(Event.SEND, self.segment, self.moment, self.count)
                self._note_several_recipients(self.moment)
            self.is_sent = True

    def add_uncounted(self, event: UncountedEvent, details: EventDetails = NO_DETAILS) -> None:
        """Note an event that no metric counts, at the email's own time."""
        with self._message_store.lock:
            self._log(event, self.moment, details)

    def add_event(
        self, event: Event, at: object, count: int | None, details: EventDetails = NO_DETAILS
    ) -> None:
        """Count an event that a test seeds; TypeError or ValueError if it cannot be."""
        moment = self.moment if at is None else timestamps.checked(at, "at")
        emails = self.count if count is None else checks.count(count, "count")
        message_store = self._message_store
        with message_store.lock:
            message_store.metrics.check_open()
            if count is None and event in UNIQUE:
                self._add_unique_to_all(event, moment)
            else:
                happened = self._number(event, details.recipients)
                if happened + emails > self.count:
                    raise self._too_many(event, happened, emails)
                if emails:
                    self._add_to_some(event, details, moment, emails)
            if emails:
                self._log(event, moment, details)
                if event in REASON_OF:
                    message_store.suppression.note(self, event, moment, details)

    def has_seeded(self, event: Event, moment: int) -> bool:
        """Whether a record of such an event says nothing new of an email that was sent here.

        A test, or the code under test, said so before. It may be opened and clicked again; records
        know the moment to the millisecond.
        """
        seeded = [one for one in self.timeline() if not one.is_recorded]
        if event in UNIQUE:
            return (event, moment // 1000) in [(one.event, one.moment // 1000) for one in seeded]
        return _past_tense(event) in [_past_tense(one.event) for one in seeded]

    def add_recorded(self, recorded: RecordedEvent, moment: int) -> bool:
        """Note the event of a record, whose email may have several recipients.

        Whether it is left to the caller to count, who has many; an open or click is counted here.
        """
        event = recorded.event
        self._log(event, moment, recorded.details, is_recorded=True)
        if event in UNIQUE:
            self._add_unique_to_all(event, moment)
            return False
        if event is Event.SEND:
            self._note_several_recipients(moment)
        return True

    def replace_recorded(self, before: RecordedEvent, now: RecordedEvent, moment: int) -> None:
        """Count an event that is counted already as another record of it has it."""
        store = self._message_store.metrics
        store.add(before.event, self.segment_of(before.details), moment, -1)
        store.add(now.event, self.segment_of(now.details), moment, 1)
        fields, size = self._events or [], len(MessageEvent._fields)
        known = [before.event, moment, before.details, True]
        place = next(at for at in range(0, len(fields), size) if fields[at : at + size] == known)
        fields[place : place + size] = (now.event, moment, now.details, True)

    def segment_of(self, details: EventDetails) -> Segment:
        """The segment of an event with these details."""
        return suppressed(self.segment) if details.sub_type == SUPPRESSED else self.segment

    def move_to(self, segment: Segment) -> None:
        """Count what records said of it as that of another segment: they say more of it now."""
        if segment == self.segment:
            return
        store = self._message_store.metrics
        counted = [
            (one.event, one.details, one.moment, 1)
            for one in self.timeline()
            if isinstance(one.event, Event) and one.event not in UNIQUE
        ] + [
            (event, NO_DETAILS, moment, emails)
            for event in UNIQUE
            for moment, emails in self._unique(event).earliest
        ]
        for event, details, moment, emails in counted:
            store.add(event, self.segment_of(details), moment, -emails)
        self.segment = segment
        for event, details, moment, emails in counted:
            store.add(event, self.segment_of(details), moment, emails)

    def _log(
        self, event: AnyEvent, moment: int, details: EventDetails, *, is_recorded: bool = False
    ) -> None:
        """Note the fields of a `MessageEvent`."""
        if self._events is None:
            self._events = [event, moment, details, is_recorded]
        else:
            self._events += (event, moment, details, is_recorded)

    def _note_several_recipients(self, moment: int) -> None:
        """Note the recipients of a sent email that has several: SEND does not count it."""
        recipients = self._recipients
        if not isinstance(recipients, str):
            self._message_store.to_several[self.segment].add(moment, len(recipients) * self.count)

    def _number(self, event: Event, recipients: tuple[str, ...] = ()) -> int:
        """To how many of the emails the event, or a bounce of any type, has happened.

        Of an email to several recipients: whether it has happened to one of these, or to any.
        """
        if self._events is None:  # nearly all: nothing has happened yet
            return 0
        if event in UNIQUE:
            unique = self._opened if event is Event.OPEN else self._clicked
            return 0 if unique is None else self.count - unique.remaining
        past = _PAST_TENSE[event]
        if self._numbers is not None:
            return self._numbers[past]
        before = [one.details for one in self.timeline() if _past_tense(one.event) == past]
        return sum(_share_a_recipient(recipients, details.recipients) for details in before)

    def _too_many(self, event: Event, happened: int, emails: int) -> ValueError:
        more = checks.counted(emails, "more email")
        are = "is" if happened == 1 else "are"
        return ValueError(
            f"count: cannot mark {more} as {_PAST_TENSE[event]}: "
            f"{happened} of {self.count} already {are}"
        )

    def _add_to_some(self, event: Event, details: EventDetails, moment: int, emails: int) -> None:
        if event in UNIQUE:
            self._unique(event).add(moment, emails)
        elif self._numbers is not None:
            self._numbers[_PAST_TENSE[event]] += emails
        self._message_store.metrics.add(event, self.segment_of(details), moment, emails)

    def _add_unique_to_all(self, event: Event, moment: int) -> None:
        for at, emails in self._unique(event).add_to_all(moment):
            self._message_store.metrics.add(event, self.segment, at, emails)

    def _unique(self, event: Event) -> UniqueEvents:
        """The opens, or the clicks."""
        if event is Event.OPEN:
            self._opened = self._opened or UniqueEvents(self.count)
            return self._opened
        self._clicked = self._clicked or UniqueEvents(self.count)
        return self._clicked


def _past_tense(event: AnyEvent) -> str | None:
    return _PAST_TENSE.get(event) if isinstance(event, Event) else None


def _share_a_recipient(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """None are all recipients."""
    return not some or not others or not set(some).isdisjoint(others)


class MessageStore:
    """The emails of one account by message id, and those of their events that records had.

    A caller that looks something up, and writes accordingly, holds `lock` meanwhile. It is the
    lock of the metric store.
    """

    def __init__(self, store: MetricStore, suppression: SuppressionList) -> None:
        self.metrics = store
        self.suppression = suppression
        self.lock = store.lock
        #: By region; None if the emails are seen from every region.
        self.by_id: dict[str | None, dict[str, Message]] = defaultdict(dict)
        self.events: dict[str | None, dict[EventKey, RecordedEvent]] = defaultdict(dict)
        #: What the code under test sent, from whatever region.
        self.captured: dict[str, Message] = {}
        #: How many recipients emails had that were sent to several.
        self.to_several: dict[Segment, Series] = defaultdict(Series)
        self._made_up = 0

    def add(self, message: Message) -> None:
        """Note an email that was sent; ValueError if its id is none, or another's."""
        message_id = message.message_id
        if not isinstance(message_id, str) or not message_id:
            raise ValueError(f"message_id: expected text, got {message_id!r}")
        if message.count != 1:
            raise ValueError(f"message_id: {message.count} emails cannot share {message_id!r}")
        self._check_id(message)
        self.by_id[message.segment.region][message_id] = message

    def _check_id(self, message: Message) -> None:
        if message.message_id in self.by_id[message.segment.region]:
            raise ValueError(f"message_id: {message.message_id!r} is another email's already")

    def add_all(self, drafts: DraftMessages) -> None:
        """Count everything of these drafts, which are not used any more.

        Raises ValueError, and counts nothing, if a message id is another email's already.
        """
        with self.lock:
            self.metrics.check_open()
            messages = [one for known in drafts.by_id.values() for one in known.values()]
            for message in messages:
                self._check_id(message)
            for message in messages:
                self.by_id[message.segment.region][message.message_id or ""] = message
                message._message_store = self
            for segment, series in drafts.to_several.items():
                self.to_several[segment].add_all(series)
            self.metrics.add_all(drafts.metrics)
            for message, event, moment, details in drafts.noted.notes:
                message._message_store = self
                self.suppression.note(message, event, moment, details)

    def find_sent(self, message_id: str, region: str | None) -> Message | None:
        """The email that records of this region, or of any, are about, if it was sent here."""
        captured = self.captured.get(message_id)
        if captured is not None and region in (None, captured.segment.region):
            return captured
        for seen_in in (region, None) if region is not None else [*self.by_id]:
            found = self.by_id[seen_in].get(message_id)
            if found is not None and found.is_sent:
                return found
        return None

    def find(self, message_id: str, region: str) -> Message | None:
        """The email that a client of this region knows by this id."""
        with self.lock:
            found = self.by_id[region].get(message_id)
            return found or self.by_id[None].get(message_id)

    def new_message_id(self, moment: int) -> str:
        """An id in SES's form that no other email has; the same run makes the same ones."""
        with self.lock:
            self._made_up += 1
            return numbered_id(moment, self._made_up)


class DraftMessages(MessageStore):
    """Emails that do not count yet, with what happened to them."""

    def __init__(self) -> None:
        self.noted = DraftSuppressions()
        super().__init__(MetricStore(), self.noted)

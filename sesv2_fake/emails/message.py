"""Emails as the fake keeps them: what is known of each, what happened to it, and its id."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Event
from ..counting.rule import Segment
from ..counting.store import MetricStore
from .addresses import bare
from .content import NO_MESSAGE_INFO, Destination, MessageInfo
from .event_types import (
    NO_DETAILS,
    SUPPRESSED,
    UNIQUE,
    Details,
    EventKey,
    Happening,
    RecordedEvent,
)
from .segments import preferred, suppressed

#: A change of the counts; a negative number takes back.
Change = tuple[Segment, int, int]


class UniqueEvents:
    """When each of some alike emails was first opened, or first clicked. [doc]"""

    __slots__ = ("_firsts", "_is_sorted", "left")

    def __init__(self, emails: int) -> None:
        #: How many of the emails have none yet.
        self.left = emails
        self._firsts: list[tuple[int, tuple[int, Segment], int]] = []
        self._is_sorted = False

    def of_some(self, segment: Segment, moment: int, emails: int) -> None:
        """It happened to that many of the emails that are left."""
        self.left -= emails
        self._firsts.append((moment, preferred(segment), emails))

    def of_all(self, segment: Segment, moment: int) -> list[Change]:
        """It happened to all of the emails: what that changes of the counts."""
        if not self._is_sorted:
            # Once: from here on no email is left, so that all that comes is put at the end.
            self._firsts.sort()
            self._is_sorted = True
        this = (moment, preferred(segment))
        emails, self.left = self.left, 0
        changes = []
        while self._firsts and self._firsts[-1][:2] > this:
            old_moment, (_, old_segment), count = self._firsts.pop()
            changes.append((old_segment, old_moment, -count))
            emails += count
        if emails:
            self._firsts.append((*this, emails))
            changes.append((segment, moment, emails))
        return changes


#: Odd, so that its multiples differ in their last 32 bits.
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


_SEND = Event.SEND
#: The attribute that counts each event of an email; of those that may repeat it knows the first.
_COUNTERS: dict[Event, str] = {
    Event.DELIVERY: "_delivered",
    Event.PERMANENT_BOUNCE: "_bounced",
    Event.TRANSIENT_BOUNCE: "_bounced",
    Event.UNDETERMINED_BOUNCE: "_bounced",
    Event.COMPLAINT: "_complained",
    Event.OPEN: "_opened",
    Event.CLICK: "_clicked",
}
_IN_WORDS: dict[str, str] = {
    "_delivered": "delivered",
    "_bounced": "bounced",
    "_complained": "complained about",
    "_opened": "opened",
    "_clicked": "clicked",
}


class Message:
    """An email, or `count` alike ones.

    `send` and `happens` take the ledger's lock; whoever calls `has_already`, `note_recorded` or
    `correct` holds it.
    """

    # There may be millions: what few emails need is not there until it is needed.
    __slots__ = (
        "_bounced",
        "_clicked",
        "_complained",
        "_delivered",
        "_ledger",
        "_log",
        "_opened",
        "_recipients",
        "count",
        "info",
        "is_sent",
        "message_id",
        "moment",
        "segment",
    )

    def __init__(
        self,
        ledger: MessageLedger,
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
        #: Whether a test, or the code under test, sent it; else records alone have it.
        self.is_sent = False
        self._ledger = ledger
        self._recipients: str | tuple[str, ...] = (
            recipients[0] if len(recipients) == 1 else recipients
        )
        self._delivered = self._bounced = self._complained = 0
        self._opened: UniqueEvents | None = None
        self._clicked: UniqueEvents | None = None
        #: The event, moment and details, in turn, of all that happened after `send`.
        self._log: list[Any] | None = None

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

    def is_to(self, destination: object) -> bool:
        """Whether a list of recipients, as it stands, is this email's one recipient."""
        return destination == [self._recipients]

    def timeline(self) -> list[Happening]:
        """All that happened to it, or to some of the alike emails, in the order counted."""
        log = iter(self._log or ())
        happened = list(map(Happening, log, log, log))
        if self.is_sent and self.count:
            return [Happening(Event.SEND, self.moment), *happened]
        return happened

    def summary(self) -> list[str]:
        """What happened, in words: `90 delivered`."""
        happened = ((self._emails_with(counter), word) for counter, word in _IN_WORDS.items())
        return [f"{emails} {word}" for emails, word in happened if emails]

    def lasting_id(self) -> str:
        """Its message id; one in SES's form if it had none until now."""
        with self._ledger.lock:
            if self.message_id is None:
                self.message_id = self._ledger.new_message_id(self.moment)
                if self.count == 1:
                    self._ledger.add(self)
            return self.message_id

    def send(self) -> None:
        """Count the email itself; ValueError if its message id is another's."""
        ledger = self._ledger
        with ledger.lock:
            if self.message_id is not None:
                ledger.add(self)
            if self.count:
                ledger.store.add(_SEND, self.segment, self.moment, self.count)
                self._note_several(self.moment)
            self.is_sent = True

    def happens(
        self, event: Event, at: object, count: int | None, details: Details = NO_DETAILS
    ) -> None:
        """Count an event that a test seeds; TypeError or ValueError if it cannot be."""
        moment = self.moment if at is None else timestamps.checked(at, "at")
        if count is not None:
            checks.count(count, "count")
        segment = self.segment
        if details.sub_type == SUPPRESSED:
            segment = suppressed(segment)
        ledger = self._ledger
        with ledger.lock:
            ledger.store.check_open()
            if event in UNIQUE:
                wanted = self._opens_or_clicks(event, segment, moment, count)
            else:
                counter = _COUNTERS[event]
                happened = getattr(self, counter)
                wanted = self.count if count is None else count
                if happened + wanted > self.count:
                    raise self._too_many(counter, happened, wanted)
                if wanted:
                    setattr(self, counter, happened + wanted)
                    ledger.store.add(event, segment, moment, wanted)
            if wanted:
                if self._log is None:
                    self._log = [event, moment, details]
                else:
                    self._log += (event, moment, details)

    def has_already(self, event: Event, moment: int) -> bool:
        """Whether a record of such an event says nothing new of an email that was sent here.

        It may be opened and clicked again; records know the moment to the millisecond.
        """
        if event in UNIQUE:
            known = (one.moment for one in self.timeline() if one.event is event)
            return any(at // 1000 == moment // 1000 for at in known)
        return event is _SEND or self._emails_with(_COUNTERS[event]) > 0

    def note_recorded(self, recorded: RecordedEvent, moment: int) -> bool:
        """Note the event of a record, whose email may have several recipients.

        Whether it is left to the caller to count, who has many; an open or click is counted here.
        """
        event = recorded.event
        if self._log is None:
            self._log = [event, moment, recorded.details]
        else:
            self._log += (event, moment, recorded.details)
        if event is _SEND:
            self._note_several(moment)
            return True
        if event in UNIQUE:
            self._happens_to_all(event, recorded.segment, moment)
            return False
        counter = _COUNTERS[event]
        setattr(self, counter, getattr(self, counter) + 1)
        return True

    def correct(self, before: RecordedEvent, now: RecordedEvent, moment: int) -> None:
        """Count an event that is counted already as another record of it has it."""
        if now.event in UNIQUE:
            self._happens_to_all(now.event, now.segment, moment)
        else:
            self._ledger.store.add(before.event, before.segment, moment, -1)
            self._ledger.store.add(now.event, now.segment, moment, 1)
        log = self._log or []
        known = [before.event, moment, before.details]
        place = next(at for at in range(0, len(log), 3) if log[at : at + 3] == known)
        log[place : place + 3] = (now.event, moment, now.details)

    def _note_several(self, moment: int) -> None:
        """Note the recipients of a sent email that has several: SEND does not count it."""
        number = len(self.recipients)
        if number != 1:
            self._ledger.to_several.append((self.segment, moment, number * self.count))

    def _emails_with(self, counter: str) -> int:
        """To how many of the emails it has happened."""
        value: int | UniqueEvents | None = getattr(self, counter)
        return self.count - value.left if isinstance(value, UniqueEvents) else value or 0

    def _too_many(self, counter: str, happened: int, wanted: int) -> ValueError:
        more = "1 more email" if wanted == 1 else f"{wanted} more emails"
        are = "is" if happened == 1 else "are"
        return ValueError(
            f"count: cannot mark {more} as {_IN_WORDS[counter]}: "
            f"{happened} of {self.count} already {are}"
        )

    def _opens_or_clicks(
        self, event: Event, segment: Segment, moment: int, emails: int | None
    ) -> int:
        """Count an open or click of `emails` that had none yet, or of all; returns how many."""
        if emails is None:
            self._happens_to_all(event, segment, moment)
            return self.count
        firsts = self._firsts(event)
        if emails > firsts.left:
            raise self._too_many(_COUNTERS[event], self.count - firsts.left, emails)
        if emails:
            firsts.of_some(segment, moment, emails)
            self._ledger.store.add(event, segment, moment, emails)
        return emails

    def _happens_to_all(self, event: Event, segment: Segment, moment: int) -> None:
        for change in self._firsts(event).of_all(segment, moment):
            self._ledger.store.add(event, *change)

    def _firsts(self, event: Event) -> UniqueEvents:
        firsts: UniqueEvents | None = getattr(self, _COUNTERS[event])
        if firsts is None:
            firsts = UniqueEvents(self.count)
            setattr(self, _COUNTERS[event], firsts)
        return firsts


class MessageLedger:
    """The emails of one account by message id, and those of their events that records had.

    Who looks something up and writes by it holds `lock` meanwhile: the lock of the counts.
    """

    def __init__(self, store: MetricStore) -> None:
        self.store = store
        self.lock = store.lock
        #: By region; None if the emails are seen from every region.
        self.messages: dict[str | None, dict[str, Message]] = defaultdict(dict)
        self.events: dict[str | None, dict[EventKey, RecordedEvent]] = defaultdict(dict)
        #: What the code under test sent, from whatever region.
        self.captured: dict[str, Message] = {}
        #: The segment, time and number of recipients of emails that were sent to several.
        self.to_several: list[tuple[Segment, int, int]] = []
        self._made_up = 0

    def add(self, message: Message) -> None:
        """Note an email that was sent; ValueError if its id is none, or another's."""
        message_id = message.message_id
        if not isinstance(message_id, str) or not message_id:
            raise ValueError(f"message_id: expected text, got {message_id!r}")
        if message.count != 1:
            raise ValueError(f"message_id: {message.count} emails cannot share {message_id!r}")
        messages = self.messages[message.segment.region]
        if message_id in messages:
            raise ValueError(f"message_id: {message_id!r} is another email's already")
        messages[message_id] = message

    def find(self, message_id: str, region: str) -> Message | None:
        """The email that a client of this region knows by this id."""
        with self.lock:
            found = self.messages[region].get(message_id)
            return found or self.messages[None].get(message_id)

    def new_message_id(self, moment: int) -> str:
        """An id in SES's form that no other email has; the same run makes the same ones."""
        with self.lock:
            self._made_up += 1
            return numbered_id(moment, self._made_up)

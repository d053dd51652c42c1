"""SES's own event records, as it publishes them to SNS, Firehose and EventBridge, counted."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

from ..counting.rule import Segment
from . import reading
from .happenings import RecordedEvent
from .message import Message, MessageLedger
from .record_parser import RecordParser
from .segments import as_captured, preferred
from .wrappings import Broken, unwrapped

#: `progress` is called after so many values.
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
    source: reading.Source,
    ledger: MessageLedger,
    region: str | None,
    segment_of: Callable[..., Segment],
    progress: Callable[[int], object] | None = None,
) -> LoadedEvents:
    """Count the events of all records of `source`; of none if one is broken.

    `segment_of` gives an email's segment, as `segments.segment_of` does, and knows already what
    no record says. `progress` gets the number of values read, every ten thousand.
    """
    with _no_garbage_collection():
        parser = RecordParser(ledger, segment_of)
        _parse_all(source, parser, progress)
        return _count_all(parser, ledger, region)


def _parse_all(
    source: reading.Source, parser: RecordParser, progress: Callable[[int], object] | None
) -> None:
    with closing(reading.values(source)) as values:
        for number, (place, value) in enumerate(values, start=1):
            try:
                if isinstance(value, dict) and "eventType" in value:  # nearly all
                    parser.parse(value)
                else:
                    for record in unwrapped(value):
                        parser.parse(record)
            except Broken as error:
                raise ValueError(f"{reading.in_words(place)}: {error}") from None
            except RecursionError:
                where = reading.in_words(place)
                raise ValueError(f"{where}: nested too deep for a record") from None
            if progress is not None and number % _PROGRESS == 0:
                progress(number)


def _count_all(parser: RecordParser, ledger: MessageLedger, region: str | None) -> LoadedEvents:
    loaded = LoadedEvents(skipped=parser.skipped)
    with ledger.lock:
        known_before = _known_before(parser, ledger, region)
        moments_of: dict[RecordedEvent, list[int]] = defaultdict(list)
        for key, read, email in zip(parser.keys, parser.events, parser.emails):
            _, record_type, moment, _ = key
            message, recorded, events = email, read, ledger.events[region]
            if email in known_before:
                message, is_captured = known_before[email]
                if is_captured:
                    recorded = _of_captured(message, read)
                    events = ledger.events[message.segment.region]
            known = events.get(key)
            if known is None and not (
                message.is_sent and message.has_already(recorded.event, moment)
            ):
                events[key] = recorded
                if message.note_recorded(recorded, moment):
                    moments_of[recorded].append(moment)
                loaded.taken[record_type] += 1
                continue
            loaded.repeated[record_type] += 1
            # Copies of one event may say more or less about it; the fullest counts, in any order.
            if known is not None and known is not recorded and _order(recorded) < _order(known):
                events[key] = recorded
                message.correct(known, recorded, moment)
        for recorded, moments in moments_of.items():
            ledger.store.add_each(recorded.event, recorded.segment, moments)
    return loaded


def _known_before(
    parser: RecordParser, ledger: MessageLedger, region: str | None
) -> dict[Message, tuple[Message, bool]]:
    """The ledger's own of each email that it has, and whether the code under test sent it.

    All others are the ledger's from now on.
    """
    messages, found = ledger.messages[region], {}
    for message_id, message in parser.messages.items():
        captured = ledger.captured.get(message_id)
        if captured is not None and region in (None, captured.segment.region):
            found[message] = captured, True
        elif (before := messages.setdefault(message_id, message)) is not message:
            found[message] = before, False
    return found


def _of_captured(captured: Message, recorded: RecordedEvent) -> RecordedEvent:
    """The event as it counts for an email that the code under test sent."""
    return replace(recorded, segment=as_captured(captured.segment, recorded.segment))


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
    details = [(value is None, value or "") for value in recorded.details]
    return preferred(recorded.segment), recorded.event, details

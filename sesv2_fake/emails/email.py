"""Emails, and what happens to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from .. import checks
from ..counting import dimensions as dimension_values
from ..counting import moments
from ..counting.metrics import Dimension, Event, Trait
from ..counting.store import MetricStore, Segment
from . import addresses, isps

#: `bounce.bounceType`; an `Undetermined` bounce is neither permanent nor transient.
BOUNCE_EVENTS: dict[str, Event] = {
    "Permanent": Event.PERMANENT_BOUNCE,
    "Transient": Event.TRANSIENT_BOUNCE,
    "Undetermined": Event.UNDETERMINED_BOUNCE,
}

#: What has happened to an email, in words; it can be sent, delivered, bounced or complained about
#: once.
_VERBS: dict[Event, str] = {
    Event.SEND: "sent",
    Event.DELIVERY: "delivered",
    Event.PERMANENT_BOUNCE: "bounced",
    Event.TRANSIENT_BOUNCE: "bounced",
    Event.UNDETERMINED_BOUNCE: "bounced",
    Event.COMPLAINT: "complained about",
    Event.OPEN: "opened",
    Event.CLICK: "clicked",
}
_UNIQUE = (Event.OPEN, Event.CLICK)

#: `bounceSubType` and `complaintSubType` where the account-level list held the email back.
SUPPRESSED = "OnAccountSuppressionList"


@lru_cache(maxsize=4096)
def segment_of(
    sender: str,
    recipient_domains: tuple[str, ...],
    *,
    identity: str | None = None,
    configuration_set: str | None = None,
    tenant: str | None = None,
    isp: str | None = None,
    region: str | None = None,
    open_tracking: bool = True,
    click_tracking: bool = True,
    isps_without_feedback_loop: frozenset[str] = isps.WITHOUT_FEEDBACK_LOOP,
) -> Segment:
    """The segment of an email: addresses bare, all in lower case, all values well formed."""
    # An email is seen by its sending address and by that address's domain, not by a parent
    # domain [live]; an identity given as the one it was sent with is seen beside them [open].
    identities = [sender, addresses.domain_of(sender)]
    if identity is not None and identity not in identities:
        identities.append(identity)
    labels = [(Dimension.EMAIL_IDENTITY, value) for value in identities]
    if configuration_set is not None:
        labels.append((Dimension.CONFIGURATION_SET, configuration_set))
    if tenant is not None:
        labels.append((Dimension.TENANT_NAME, tenant))

    hosts = {isp or isps.isp_of_domain(domain) for domain in recipient_domains}
    labels.extend((Dimension.ISP, host) for host in sorted(hosts))

    traits = []
    if addresses.SIMULATOR_DOMAIN in recipient_domains:
        traits.append(Trait.MAILBOX_SIMULATOR)
    if len(recipient_domains) > 1:
        traits.append(Trait.SEVERAL_RECIPIENTS)
    if not open_tracking:
        traits.append(Trait.NO_OPEN_TRACKER)
    if not click_tracking:
        traits.append(Trait.NO_CLICK_TRACKER)
    if not hosts.isdisjoint(isps_without_feedback_loop):
        traits.append(Trait.NO_FEEDBACK_LOOP)
    return Segment(region, tuple(labels), tuple(traits))


def checked_recipient_domains(to: str | Iterable[str]) -> tuple[str, ...]:
    """The domain of each address of `to`, one or several; TypeError or ValueError otherwise."""
    if isinstance(to, str):
        return (addresses.domain_of(addresses.checked_address(to, "to")),)
    if not isinstance(to, Iterable):
        raise TypeError(f"to: expected an address or a list of addresses, got {to!r}")
    recipients = [addresses.checked_address(address, "to") for address in to]
    if not recipients:
        raise ValueError("to: expected at least one recipient, got none")
    return tuple(map(addresses.domain_of, recipients))


def checked_isp(isp: object, argument: str = "isp") -> str:
    """An ISP name that a test handed in; an error where it is a known one misspelt."""
    name = dimension_values.checked(Dimension.ISP, isp, argument)
    near = get_close_matches(name.lower(), isps.BY_LOWER_CASE, n=1, cutoff=0.8)
    if near and isps.BY_LOWER_CASE[near[0]] != name:
        raise ValueError(f"{argument}: SES writes {isps.BY_LOWER_CASE[near[0]]!r}, got {isp!r}")
    return name


class Email:
    """An email that was sent, or `count` alike ones: what happens to it is told by its methods.

    Each method counts one event of SES, at `at` (an aware datetime; the email's own time unless
    given), and gives back the same email, so that they chain. Without `count` it happens to all
    of them, with `count=k` to k of them that it had not happened to yet.

    All methods raise TypeError or ValueError for a naive datetime, a count below 1, or more
    events than there are emails, and RuntimeError once the fake that sent the email has ended.
    """

    __slots__ = (
        "_count",
        "_firsts",
        "_happened",
        "_is_tests_own",
        "_moment",
        "_segment",
        "_store",
        "message_id",
    )

    def __init__(
        self,
        store: MetricStore,
        segment: Segment,
        moment: int,
        count: int = 1,
        message_id: str | None = None,
    ) -> None:
        self.message_id = message_id
        self._store = store
        self._segment = segment
        self._moment = moment
        self._count = count
        self._is_tests_own = False
        self._happened: dict[str, int] = {}
        self._firsts: dict[Event, list[tuple[int, Segment, int]]] = {}

    def __repr__(self) -> str:
        alike = f"{self._count} emails" if self._count > 1 else "email"
        by_dimension: dict[str, str] = {}
        for dimension, value in self._segment.labels:
            by_dimension.setdefault(dimension.value, value)
        facts = [f"{name}={value}" for name, value in by_dimension.items()]
        facts += [f"region={self._segment.region}"] if self._segment.region else []
        facts += [trait.value for trait in self._segment.traits]
        facts += [f"{count} {verb}" for verb, count in self._happened.items() if verb != "sent"]
        return f"<Email: {alike} of {moments.shortest(self._moment)}, {', '.join(facts)}>"

    def deliver(self, *, at: dt.datetime | None = None, count: int | None = None) -> Email:
        """A successful delivery (SES's `Delivery`)."""
        return self._happens(Event.DELIVERY, self._segment, at, count)

    def bounce(
        self,
        bounce_type: str = "Permanent",
        sub_type: str = "General",
        *,
        at: dt.datetime | None = None,
        count: int | None = None,
    ) -> Email:
        """A bounce (SES's `Bounce`) of type `Permanent`, `Transient` or `Undetermined`.

        The sub-type `OnAccountSuppressionList` says that the account-level suppression list
        held the email back: no permanent bounce for the metrics. [doc]
        """
        bounce_type = checks.one_of(bounce_type, BOUNCE_EVENTS, "bounce_type")
        segment = self._suppressed_by(sub_type)
        return self._happens(BOUNCE_EVENTS[bounce_type], segment, at, count)

    def complain(
        self,
        sub_type: str | None = None,
        *,
        at: dt.datetime | None = None,
        count: int | None = None,
    ) -> Email:
        """A complaint (SES's `Complaint`).

        The sub-type `OnAccountSuppressionList` says that it comes of the account-level
        suppression list: no complaint for the metrics. [doc]
        """
        segment = self._segment if sub_type is None else self._suppressed_by(sub_type)
        return self._happens(Event.COMPLAINT, segment, at, count)

    def open(self, *, at: dt.datetime | None = None, count: int | None = None) -> Email:
        """An open (SES's `Open`); it may repeat, and the earliest of an email counts. [doc]"""
        return self._happens(Event.OPEN, self._segment, at, count)

    def click(self, *, at: dt.datetime | None = None, count: int | None = None) -> Email:
        """A click (SES's `Click`); it may repeat, and the earliest of an email counts. [doc]"""
        return self._happens(Event.CLICK, self._segment, at, count)

    def _at(self, at: dt.datetime | None) -> int:
        return self._moment if at is None else moments.checked(at, "at")

    def _suppressed_by(self, sub_type: object) -> Segment:
        if not isinstance(sub_type, str):
            raise TypeError(f"sub_type: expected text such as {SUPPRESSED!r}, got {sub_type!r}")
        if sub_type == SUPPRESSED:
            return suppressed(self._segment)
        near = checks.suggestion(sub_type, [SUPPRESSED])
        if near:
            raise ValueError(f"sub_type: got {sub_type!r}{near}")
        return self._segment

    def _happens(
        self, event: Event, segment: Segment, at: dt.datetime | None, count: int | None
    ) -> Email:
        moment = self._at(at)
        with self._store.lock:
            if event in _UNIQUE and count is None:
                self._happens_to_all(event, segment, moment)
            else:
                self._add(event, segment, moment, self._checked_count(count, _VERBS[event]))
        return self

    def _checked_count(self, count: int | None, verb: str) -> int:
        wanted = self._count if count is None else checks.count(count, "count", 1)
        happened = self._happened.get(verb, 0)
        left = self._count - happened
        if wanted > left:
            emails = "the 1 email" if self._count == 1 else f"the {self._count} emails"
            raise ValueError(
                f"count: {wanted} more cannot be {verb}: of {emails} {happened} are already, "
                f"{left} can be"
            )
        return wanted

    def _add(self, event: Event, segment: Segment, moment: int, count: int) -> None:
        self._store.add(event, segment, moment, count)
        verb = _VERBS[event]
        self._happened[verb] = self._happened.get(verb, 0) + count
        if event in _UNIQUE:
            self._firsts.setdefault(event, []).append((moment, segment, count))

    def _happens_to_all(self, event: Event, segment: Segment, moment: int) -> None:
        """Count a unique event on the day of each email's earliest, in whatever order seeded."""
        firsts = self._firsts.setdefault(event, [])
        this = (moment, preferred(segment))
        later = [first for first in firsts if (first[0], preferred(first[1])) > this]
        if later:
            firsts[:] = [first for first in firsts if first not in later]
        for old_moment, old_segment, count in later:
            self._store.add(event, old_segment, old_moment, -count)
            self._happened[_VERBS[event]] -= count
        rest = self._count - self._happened.get(_VERBS[event], 0)
        if rest:
            self._add(event, segment, moment, rest)

    def was_sent(self) -> None:
        """Count the email itself, which a test sends by itself."""
        self._is_tests_own = True
        self._add(Event.SEND, self._segment, self._moment, self._count)

    def was_told_of(self, event: Event) -> bool:
        """Whether the test, which sent this email by itself, has told of such an event."""
        return self._is_tests_own and event not in _UNIQUE and _VERBS[event] in self._happened

    def happened_by_record(self, event: Event, segment: Segment, moment: int) -> None:
        """Count the event of a record, whose email may have several recipients."""
        if event in _UNIQUE:
            self._happens_to_all(event, segment, moment)
        else:
            self._add(event, segment, moment, 1)

    def is_told_better(
        self, before: tuple[Event, Segment], now: tuple[Event, Segment], moment: int
    ) -> None:
        """Count an event that is counted already as another record of it tells it."""
        if now[0] in _UNIQUE:
            self._happens_to_all(*now, moment)
        else:
            self._store.add(*before, moment, -1)
            self._store.add(*now, moment, 1)


def preferred(segment: Segment) -> tuple[int, Segment]:
    """Which of two segments that records tell of one event: the lesser, which tells more."""
    return -len(segment.labels), segment


def suppressed(segment: Segment) -> Segment:
    """The same emails, held back by the account-level suppression list."""
    return segment._replace(traits=(*segment.traits, Trait.SUPPRESSION_LIST))

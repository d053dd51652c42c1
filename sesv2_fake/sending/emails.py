"""Emails, and what happens to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from .. import checks
from ..metrics import dimension_values, moments
from ..metrics.definitions import Dimension, Event, Trait
from ..metrics.store import MetricStore, Segment
from . import addresses, isps

#: `bounce.bounceType`; an `Undetermined` bounce is neither permanent nor transient.
BOUNCE_EVENTS: dict[str, Event] = {
    "Permanent": Event.PERMANENT_BOUNCE,
    "Transient": Event.TRANSIENT_BOUNCE,
    "Undetermined": Event.UNDETERMINED_BOUNCE,
}

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
    """An ISP name that a test handed in; an error where it is a known name misspelt in case."""
    name = dimension_values.checked(Dimension.ISP, isp, argument)
    known = isps.BY_LOWER_CASE.get(name.lower(), name)
    if name != known:
        raise ValueError(f"{argument}: SES writes {known!r}, got {isp!r}")
    return name


class Email:
    """An email that was sent, or `count` alike ones: what happens to it is told by its methods.

    Each method counts one event of SES, at `at` (an aware datetime; the email's own time unless
    given), and gives back the same email, so that they chain. Without `count` it happens to all
    of them, with `count=k` to k of them that it had not happened to yet.

    All methods raise TypeError or ValueError for a naive datetime, a count below 1, or more
    events than there are emails, and RuntimeError once the fake that sent the email has ended.
    """

    __slots__ = ("_count", "_firsts", "_happened", "_moment", "_segment", "_store", "message_id")

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
        facts += [f"{count} {verb}" for verb, count in self._happened.items()]
        return f"<Email: {alike} of {moments.shortest(self._moment)}, {', '.join(facts)}>"

    def deliver(self, *, at: dt.datetime | None = None, count: int | None = None) -> Email:
        """A successful delivery (SES's `Delivery`)."""
        return self._happens("delivered", Event.DELIVERY, self._segment, at, count)

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
        return self._happens("bounced", BOUNCE_EVENTS[bounce_type], segment, at, count)

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
        return self._happens("complained about", Event.COMPLAINT, segment, at, count)

    def open(self, *, at: dt.datetime | None = None, count: int | None = None) -> Email:
        """An open (SES's `Open`); it may repeat, and the earliest of an email counts. [doc]"""
        return self._happens_first("opened", Event.OPEN, at, count)

    def click(self, *, at: dt.datetime | None = None, count: int | None = None) -> Email:
        """A click (SES's `Click`); it may repeat, and the earliest of an email counts. [doc]"""
        return self._happens_first("clicked", Event.CLICK, at, count)

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
        self, verb: str, event: Event, segment: Segment, at: dt.datetime | None, count: int | None
    ) -> Email:
        moment = self._at(at)
        with self._store.lock:
            happened = self._happened.get(verb, 0)
            count = self._checked_count(count, verb, happened)
            self._store.add(event, segment, moment, count)
            self._happened[verb] = happened + count
        return self

    def _happens_first(
        self, verb: str, event: Event, at: dt.datetime | None, count: int | None
    ) -> Email:
        moment = self._at(at)
        with self._store.lock:
            if count is not None:
                happened = self._happened.get(verb, 0)
                count = self._checked_count(count, verb, happened)
                self._happened[verb] = happened + count
            else:
                self._happened[verb] = self._count
            self.happened_first(event, self._segment, moment, count)
        return self

    def _checked_count(self, count: int | None, verb: str, happened: int) -> int:
        wanted = self._count if count is None else checks.count(count, "count")
        left = self._count - happened
        if wanted > left:
            emails = "1 email" if self._count == 1 else f"{self._count} emails"
            raise ValueError(
                f"count: {wanted} more cannot be {verb}, of {emails} {left} can "
                f"({happened} {verb} already)"
            )
        return wanted

    def happened_first(
        self, event: Event, segment: Segment, moment: int, count: int | None = None
    ) -> None:
        """Count a unique event on the day of each email's earliest, whatever the order seeded in.

        With `count`, it happens to that many emails that it had not happened to; without, to all.
        """
        firsts = self._firsts.setdefault(event, [])
        new = count
        if new is None:
            latest = (moment, segment, self._count)
            for first in firsts:
                if first > latest:
                    self._store.add(event, first[1], first[0], -first[2])
            firsts[:] = [first for first in firsts if first <= latest]
            new = self._count - sum(emails for _, _, emails in firsts)
        if new:
            self._store.add(event, segment, moment, new)
            firsts.append((moment, segment, new))


def suppressed(segment: Segment) -> Segment:
    """The same emails, held back by the account-level suppression list."""
    return segment._replace(traits=(*segment.traits, Trait.SUPPRESSION_LIST))

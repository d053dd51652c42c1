"""The account-level suppression list of each region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args

from .. import checks, isps
from ..counting import timestamps
from ..counting.metrics import Dimension, Event
from ..regions import ByRegion
from . import addresses
from .event_types import SUPPRESSED, EventDetails
from .segments import values_of

if TYPE_CHECKING:
    from .message import Message

SuppressionReason = Literal["BOUNCE", "COMPLAINT"]
REASONS: tuple[str, ...] = get_args(SuppressionReason)

#: The events that put an address on the list. [guide] Soft bounces add nothing.
REASON_OF: dict[Event, SuppressionReason] = {
    Event.PERMANENT_BOUNCE: "BOUNCE",
    Event.COMPLAINT: "COMPLAINT",
}

#: Gmail tells SES of no complaints. [guide]
_NO_COMPLAINTS = "Gmail"


def normalized(address: str) -> str:
    """An address as the list has it: trimmed, the domain in lower case. [live]"""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


class SuppressedAddress(NamedTuple):
    """An entry of the list."""

    address: str
    reason: SuppressionReason
    #: When it was put there, in microseconds since the epoch.
    updated: int
    #: The email whose bounce or complaint put it there, if one did.
    message: Message | None = None


def entry(address: object, reason: object) -> SuppressedAddress:
    """The entry of what a test hands in; TypeError or ValueError for no address or reason."""
    known = checks.one_of(reason, REASONS, "reason")
    return SuppressedAddress(
        normalized(addresses.checked_address(address, "address")),
        cast("SuppressionReason", known),
        timestamps.now(),
    )


class SuppressionList:
    """The lists of all regions, and the reasons for which each region holds emails back.

    Callers hold the lock of the message store.
    """

    def __init__(self) -> None:
        #: By address in lower case, and then by the address as the list has it: emails go by the
        #: first [guide], calls by the second [live].
        self._entries: ByRegion[dict[str, SuppressedAddress]] = ByRegion()
        #: As `PutAccountSuppressionAttributes` set them; both reasons by default. [guide]
        self._reasons: dict[str, tuple[str, ...]] = {}

    def reasons(self, region: str) -> tuple[str, ...]:
        """The reasons in force."""
        return self._reasons.get(region, REASONS)

    def set_reasons(self, region: str, reasons: tuple[str, ...]) -> None:
        """Set the reasons in force. Addresses stay on the list."""
        self._reasons[region] = reasons
        self._entries.of(region)

    def put(
        self, entry: SuppressedAddress, region: str | None, *, if_in_force: bool = False
    ) -> None:
        """Add an entry, or replace that of the same address; in all regions without a region.

        With `if_in_force`, only where its reason is in force.
        """
        key = entry.address.lower()
        for name, entries in self._entries.all(region):
            reasons = REASONS if name is None else self.reasons(name)
            if not if_in_force or entry.reason in reasons:
                entries[key] = {**entries.get(key, {}), entry.address: entry}

    def get(self, address: str, region: str) -> SuppressedAddress | None:
        """The entry of an address: the domain in any letter case, the rest as it is. [live]"""
        found = normalized(address)
        return self._entries.of(region).get(found.lower(), {}).get(found)

    def remove(self, address: str, region: str) -> bool:
        """Remove an address; whether it was there."""
        found = normalized(address)
        entries = self._entries.of(region)
        same = dict(entries.get(found.lower(), {}))
        if same.pop(found, None) is None:
            return False
        if same:
            entries[found.lower()] = same
        else:
            del entries[found.lower()]
        return True

    def is_empty(self, region: str) -> bool:
        """Whether a region's list has no address."""
        return not self._entries.of(region)

    def entries(self, region: str) -> list[SuppressedAddress]:
        """All entries, by address."""
        found = [entry for same in self._entries.of(region).values() for entry in same.values()]
        return sorted(found, key=lambda entry: entry.address)

    def reasons_against(self, address: str, region: str) -> list[str]:
        """The reasons for which an email to an address is held back."""
        in_force = self.reasons(region)
        same = self._entries.of(region).get(address.lower(), {})
        return sorted({entry.reason for entry in same.values() if entry.reason in in_force})

    def note(self, message: Message, event: Event, moment: int, details: EventDetails) -> None:
        """Put the recipients of an email on the list that bounced or was complained about."""
        reason = REASON_OF.get(event)
        if reason is None or details.sub_type == SUPPRESSED:
            return
        for recipient, isp in _with_isps(message):
            if recipient not in (details.recipients or message.recipients):
                continue
            domain = addresses.domain_of(recipient)
            if domain.lower() == addresses.SIMULATOR_DOMAIN:
                continue  # [guide] of bounces; of complaints [open: simulator-listed]
            if reason == "COMPLAINT" and isp == _NO_COMPLAINTS:
                continue
            entry = SuppressedAddress(normalized(recipient), reason, moment, message)
            self.put(entry, message.segment.region, if_in_force=True)


def _with_isps(message: Message) -> Iterator[tuple[str, str]]:
    """Each recipient and its ISP; a test may have named that of the only one."""
    if len(message.recipients) == 1:
        yield message.recipients[0], values_of(message.segment, Dimension.ISP)[0]
        return
    for recipient in message.recipients:
        yield recipient, isps.isp_of_domain(addresses.domain_of(recipient).lower())


class DraftSuppressions(SuppressionList):
    """Keeps what happened to emails that do not count yet, and lists nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[tuple[Message, Event, int, EventDetails]] = []

    def note(self, message: Message, event: Event, moment: int, details: EventDetails) -> None:
        """Put nobody on the list; remember what `SuppressionList.note` takes."""
        self.notes.append((message, event, moment, details))

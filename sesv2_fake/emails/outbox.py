"""The emails that the code under test sent."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import overload

from .. import checks
from ..counting.metrics import Metric
from ..counting.rule import DEFINITIONS, Trait
from .addresses import checked_address
from .email import Email
from .event_types import SUPPRESSED, UncountedEvent

#: How many emails an error lists.
_LISTED = 20
#: How many recipients a line of the report shows.
_SHOWN = 5


class Outbox(Sequence[Email]):
    """The emails that the code under test sent through a client, in order.

    .. versionadded:: 0.2
    """

    __slots__ = ("_emails",)

    def __init__(self, emails: list[Email]) -> None:
        #: The account's own list, which grows.
        self._emails = emails

    def __len__(self) -> int:
        return len(self._emails)

    @overload
    def __getitem__(self, place: int) -> Email: ...

    @overload
    def __getitem__(self, place: slice) -> list[Email]: ...

    def __getitem__(self, place: int | slice) -> Email | list[Email]:
        try:
            return self._emails[place]
        except IndexError:
            number = len(self._emails)
            sent = (
                f"{number} were sent" if number > 1 else "1 was sent" if number else "none was sent"
            )
            raise IndexError(f"the outbox has no email [{place}]: {sent}") from None

    def __eq__(self, other: object) -> bool:
        """Whether the other list, or outbox, has the same emails in the same order."""
        if isinstance(other, (Outbox, list)):
            return list(self) == list(other)
        return NotImplemented

    # As of a list: what it holds changes.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Outbox: {self._emails!r}>"

    def sent_to(self, address: str) -> Email:
        """The one email to this address, in any letter case.

        Raises LookupError, which lists what was sent, if there is none or more than one.
        """
        recipient = checked_address(address, "address")
        emails = list(self._emails)
        wanted = recipient.lower()
        found = [one for one in emails if wanted in map(str.lower, one.recipients)]
        if len(found) == 1:
            return found[0]
        if found:
            raise LookupError(
                f"{len(found)} emails were sent to {recipient}: {_listed(found)}; "
                "take the one you mean from the outbox"
            )
        others = f"sent: {_listed(emails)}" if emails else "nothing was sent"
        raise LookupError(f"no email was sent to {recipient}; {others}{_in_djangos_outbox()}")


def _in_djangos_outbox() -> str:
    """Where the email may be instead: Django's test runner replaces the project's backend."""
    number = len(getattr(sys.modules.get("django.core.mail"), "outbox", ()))
    if not number:
        return ""
    return (
        f". django.core.mail.outbox has {checks.counted(number, 'email')}: Django's test runner "
        "replaces EMAIL_BACKEND, and override_settings(EMAIL_BACKEND=...) puts that of the project "
        "back"
    )


def _listed(emails: list[Email]) -> str:
    shown = [f"to {', '.join(email.recipients)}: {email.subject!r}" for email in emails[:_LISTED]]
    more = len(emails) - len(shown)
    return "; ".join([*shown, f"and {more} more"] if more else shown)


def in_words(emails: Sequence[Email]) -> list[str]:
    """What the report says of the emails that the code under test sent."""
    if not emails:
        return []
    number = checks.counted(len(emails), "email")
    lines = [f"{number} sent by your code: {_recipients(emails)}"]
    failed: dict[str, list[Email]] = defaultdict(list)
    for email in emails:
        for one in email._message.timeline():
            if isinstance(one.event, UncountedEvent):
                why = one.details.error_message
                failed[f"{one.event.value} ({why})" if why else one.event.value].append(email)
    lines += [f"  accepted, then {what}: {_recipients(which)}" for what, which in failed.items()]
    held_back = [
        email
        for email in emails
        if any(one.details.sub_type == SUPPRESSED for one in email._message.timeline())
    ]
    if held_back:
        lines.append(f"  held back by the suppression list: {_recipients(held_back)}")
    for trait in Trait:
        left_out = [email for email in emails if trait in email._message.segment.traits]
        if left_out and trait in DEFINITIONS[Metric.SEND].leaves_out:
            lines.append(f"  in no metric, {trait.value}: {_recipients(left_out)}")
    return lines


def _recipients(emails: Sequence[Email]) -> str:
    to = [" + ".join(email.recipients) for email in emails]
    more = [f"and {len(to) - _SHOWN} more"] if len(to) > _SHOWN else []
    return ", ".join([*to[:_SHOWN], *more])

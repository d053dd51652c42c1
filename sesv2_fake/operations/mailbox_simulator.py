"""What the mailbox simulator does with an email that is sent to one of its addresses."""

from __future__ import annotations

from collections.abc import Callable, Container

from ..emails.addresses import SIMULATOR_DOMAIN
from ..emails.email import Email

#: What the mailbox simulator does, and with mail to which of its addresses. [guide] Several that
#: have one cause have one record. [live]
_SIMULATED: tuple[tuple[Callable[..., Email], tuple[str, ...]], ...] = (
    (Email.deliver, ("success", "ooto", "complaint")),
    (Email.bounce, ("bounce",)),
    (Email.bounce, ("suppressionlist",)),
    (Email.complain, ("complaint",)),
)


def simulate(email: Email, held_back: Container[str]) -> None:
    """What happens to the recipients of an email that are the simulator's."""
    mailboxes = {}
    for recipient in email.recipients:
        local, _, domain = recipient.lower().partition("@")
        if domain == SIMULATOR_DOMAIN and recipient not in held_back:
            mailboxes[recipient] = local.partition("+")[0]
    for happen, names in _SIMULATED:
        if recipients := [one for one, mailbox in mailboxes.items() if mailbox in names]:
            happen(email, recipients=recipients)

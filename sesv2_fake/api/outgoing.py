"""An email that a client asks SES to send, whichever operation asks: checked, and sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, cast

from ..counting import metrics, timestamps
from ..counting.metrics import Dimension, Trait
from ..emails.addresses import parse_again, parse_identity_arn
from ..emails.email import Email
from ..emails.message import Message, Said
from ..emails.mime import RawMail, decoded
from ..emails.segments import domains_of, segment_of
from .errors import Refusal, bad_request
from .state import State
from .validation import invalid_value

#: Recipients of one email. [doc]
_MOST_RECIPIENTS = 50

#: A link that SES can track: without the attribute that has SES leave it alone. [guide]
#: Nothing looks beyond a tag, or broken HTML takes the square of its length.
_LINK = re.compile(
    r"""<(?:a|area)\b(?=[^<>]*\bhref\s*=\s*(?:["']\s*)?https?:)(?![^<>]*\bses:no-track\b)[^<>]*>""",
    re.IGNORECASE,
)


class Content(NamedTuple):
    """The content of an email, as far as the fake needs it."""

    subject: str | None
    has_html: bool
    has_link: bool


#: The body that a template makes is not known here: with HTML and a link. [open: template-trackers]
OF_TEMPLATE = Content(None, has_html=True, has_link=True)


def content_of(subject: str | None, html: str | None) -> Content:
    """The content that has this subject and this HTML part."""
    found = html or ""
    return Content(decoded(subject), bool(found), _LINK.search(found) is not None)


class Outgoing(NamedTuple):
    """An email to be sent, checked."""

    sender: str
    to: tuple[str, ...]
    content: Content
    identity: str | None
    configuration_set: str | None
    tenant: str | None
    tags: tuple[tuple[str, str], ...]
    #: What the request itself says of trackers, if anything.
    open_tracking: bool | None = None
    click_tracking: bool | None = None


class Asked(NamedTuple):
    """What a request says of an email beside its content."""

    sender: str | None
    recipients: Iterable[str]
    identity_arn: str | None
    configuration_set: str | None
    tenant: str | None
    tags: Iterable[tuple[str, str]]
    open_tracking: bool | None = None
    click_tracking: bool | None = None

    def or_of(self, mail: RawMail) -> Asked:
        """What a raw email's headers say, if the request says nothing. [guide]"""
        recipients = list(self.recipients) or mail.recipients
        return self._replace(
            sender=self.sender or (mail.senders[0] if mail.senders else None),
            recipients=recipients,
            identity_arn=self.identity_arn or mail.identity_arn,
            configuration_set=self.configuration_set or mail.configuration_set,
            tenant=self.tenant or mail.tenant,
            tags=list(self.tags) or mail.tags,
        )


def checked(asked: Asked, content: Content) -> Outgoing:
    """The email that is asked for.

    Raises Refusal for one without a sender or a recipient, or with a name that none can have.
    """
    if not asked.sender:
        raise bad_request("Missing required header 'From'.")
    recipients = tuple([_address(text) for text in asked.recipients])
    # [open: send-words]
    if not recipients:
        raise bad_request("The message must have at least one recipient.")
    if len(recipients) > _MOST_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {_MOST_RECIPIENTS}.")
    for dimension, name in (
        (Dimension.CONFIGURATION_SET, asked.configuration_set),
        (Dimension.TENANT_NAME, asked.tenant),
    ):
        if name is not None and not metrics.is_well_formed(dimension, name):
            raise invalid_value(dimension, name)  # in the words that queries get
    return Outgoing(
        _address(asked.sender),
        recipients,
        content,
        None if asked.identity_arn is None else _identity(asked.identity_arn),
        asked.configuration_set,
        asked.tenant,
        tuple(asked.tags),
        asked.open_tracking,
        asked.click_tracking,
    )


def _address(text: str) -> str:
    address = parse_again(text)
    if address is None:
        # The first two as many met them in public. [open: send-words]
        if "@" not in text:
            raise bad_request("Missing final '@domain'")
        if re.search(r"\s", text.strip().rpartition("@")[0]) and "<" not in text:
            raise bad_request("Local address contains control or whitespace")
        raise bad_request("Illegal address")
    return address


def _identity(arn: str) -> str:
    found = parse_identity_arn(arn)
    if found is None:
        raise bad_request(f"Invalid ARN <{arn}>.")  # [open: send-words]
    return found.identity


def sending_paused() -> Refusal:
    """What is said while the account's sending is switched off."""
    return Refusal(
        "SendingPausedException",
        "The message can't be sent because the account's ability to send email is currently "
        "paused.",
    )


def send(state: State, region: str, outgoing: Outgoing, message_id: str | None = None) -> Email:
    """Put an accepted email into the outbox; with the id that others gave it, or a new one."""
    content = outgoing.content
    opens, clicks = outgoing.open_tracking, outgoing.click_tracking
    if opens is None or clicks is None:
        by_default = state.vdm.of(region).engagement_metrics
        opens = by_default if opens is None else opens
        clicks = by_default if clicks is None else clicks
    segment = segment_of(
        outgoing.sender,
        domains_of(outgoing.to),
        identity=outgoing.identity,
        configuration_set=outgoing.configuration_set,
        tenant=outgoing.tenant,
        region=region,
        open_tracking=content.has_html and opens,
        click_tracking=content.has_link and clicks,
        isps_without_feedback_loop=cast(
            "frozenset[str]", state.options["isps_without_feedback_loop"]
        ),
    )
    moment = timestamps.now()
    said = Said(content.subject, outgoing.tags)
    ledger = state.ledger
    with ledger.lock:
        given = message_id or ledger.new_message_id(moment)
        # Answers that others made up may have one id for all; then it is the first email's.
        is_new = given not in ledger.messages[region]
        message = Message(
            ledger, segment, moment, outgoing.to, message_id=given if is_new else None, said=said
        )
        message.send()
        message.message_id = given
        if is_new:
            ledger.captured[given] = message
        email = Email(message)
        state.outbox.append(email)
    if Trait.MAILBOX_SIMULATOR in segment.traits:
        _simulate(email)
    return email


def _simulate(email: Email) -> None:
    """What the mailbox simulator does with its one recipient. [guide]"""
    (first, *others) = email.to
    if others:
        return
    mailbox = first.partition("@")[0].partition("+")[0]
    if mailbox == "bounce":
        email.bounce()
    elif mailbox == "suppressionlist":
        email.bounce(sub_type="Suppressed")
    elif mailbox == "complaint":
        email.deliver().complain()
    elif mailbox in ("success", "ooto"):
        email.deliver()

"""Emails that clients of SES v2 send: `SendEmail` and `SendBulkEmail`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from ..account import Account
from ..counting import metrics, timestamps
from ..counting.metrics import Dimension, Trait
from ..emails.addresses import parse_again, parse_identity_arn
from ..emails.content import Destination, MessageInfo, SentContent
from ..emails.email import Email
from ..emails.message import Message
from ..emails.mime import (
    MalformedMail,
    RawMail,
    decoded,
    parse,
)
from ..emails.segments import domains_of, segment_of
from .calls import Reply
from .errors import Encoded, Refusal, bad_request, constraint, constraints_refusal
from .requests import (
    HttpRequest,
    as_string,
    as_structure,
    get_list,
    get_string,
    get_structure,
    parse_json,
)
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
    """The content of an email, and what of it can be tracked."""

    sent: SentContent
    has_html: bool
    has_link: bool


def of_template(sent: SentContent) -> Content:
    """The body that a template makes is not known: with HTML and a link.

    [open: template-trackers]
    """
    return Content(sent, has_html=True, has_link=True)


def content_of(sent: SentContent, html: str | None) -> Content:
    """The content that has this HTML part."""
    found = html or ""
    return Content(sent, bool(found), _LINK.search(found) is not None)


class Outgoing(NamedTuple):
    """An email to be sent, checked."""

    #: Bare addresses.
    sender: str
    recipients: tuple[str, ...]
    content: Content
    info: MessageInfo
    identity: str | None
    configuration_set: str | None
    tenant: str | None
    #: What the request itself says of trackers, if anything.
    open_tracking: bool | None = None
    click_tracking: bool | None = None


class SendRequest(NamedTuple):
    """What a request says of an email beside its content."""

    sender: str | None
    destination: Destination
    reply_to: Iterable[str]
    identity_arn: str | None
    configuration_set: str | None
    tenant: str | None
    tags: Iterable[tuple[str, str]]
    open_tracking: bool | None = None
    click_tracking: bool | None = None

    def or_of(self, mail: RawMail) -> SendRequest:
        """What a raw email's headers say, if the request says nothing. [guide]"""
        return self._replace(
            sender=self.sender or (mail.senders[0] if mail.senders else None),
            destination=self.destination if any(self.destination) else mail.destination,
            reply_to=self.reply_to or mail.reply_to,
            identity_arn=self.identity_arn or mail.identity_arn,
            configuration_set=self.configuration_set or mail.configuration_set,
            tenant=self.tenant or mail.tenant,
            tags=list(self.tags) or mail.tags,
        )


def checked(asked: SendRequest, content: Content) -> Outgoing:
    """The email that is asked for.

    Raises Refusal for one without a sender or a recipient, or with a name that none can have.
    """
    if not asked.sender:
        raise bad_request("Missing required header 'From'.")
    to, cc, bcc = asked.destination
    recipients = tuple([_address(text) for text in (*to, *cc, *bcc)])
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
        MessageInfo(
            decoded(content.sent.subject),
            tuple(asked.tags),
            asked.sender,
            asked.destination,
            tuple(asked.reply_to),
            content.sent,
        ),
        None if asked.identity_arn is None else _identity(asked.identity_arn),
        asked.configuration_set,
        asked.tenant,
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


def send(account: Account, region: str, outgoing: Outgoing, message_id: str | None = None) -> Email:
    """Put an accepted email into the outbox; with the id that others gave it, or a new one."""
    content = outgoing.content
    opens, clicks = outgoing.open_tracking, outgoing.click_tracking
    if opens is None or clicks is None:
        by_default = account.vdm.of(region).engagement_metrics
        opens = by_default if opens is None else opens
        clicks = by_default if clicks is None else clicks
    segment = segment_of(
        outgoing.sender,
        domains_of(outgoing.recipients),
        identity=outgoing.identity,
        configuration_set=outgoing.configuration_set,
        tenant=outgoing.tenant,
        region=region,
        open_tracking=content.has_html and opens,
        click_tracking=content.has_link and clicks,
        isps_without_feedback_loop=cast(
            "frozenset[str]", account.options["isps_without_feedback_loop"]
        ),
    )
    moment = timestamps.now()
    ledger = account.ledger
    with ledger.lock:
        given = message_id or ledger.new_message_id(moment)
        # Answers that others made up may have one id for all; then it is the first email's.
        is_new = given not in ledger.messages[region]
        message = Message(
            ledger,
            segment,
            moment,
            outgoing.recipients,
            message_id=given if is_new else None,
            info=outgoing.info,
        )
        message.send()
        message.message_id = given
        if is_new:
            ledger.captured[given] = message
        email = Email(message)
        account.outbox.append(email)
    if Trait.MAILBOX_SIMULATOR in segment.traits:
        _simulate(email)
    return email


def _simulate(email: Email) -> None:
    """What the mailbox simulator does with its one recipient. [guide]"""
    (first, *others) = email.recipients
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


_KINDS = ("Simple", "Raw", "Template")
_DESTINATION = ("ToAddresses", "CcAddresses", "BccAddresses")
_STATUSES = {"ENABLED": True, "DISABLED": False}


class SendResult(NamedTuple):
    """The result of a send: the message id, or why it was refused."""

    message_id: str | None = None
    refusal: str = ""


class Send(NamedTuple):
    """An operation that sends emails."""

    #: The emails of a body, and why others of its entries are refused.
    read: Callable[[bytes], Sequence[Outgoing | Refusal]]
    #: The reply, by what became of each.
    replied: Callable[[Sequence[SendResult]], Any]
    #: The message ids in a reply as a client has parsed it; None for an entry that has none.
    ids: Callable[[Mapping[str, Any]], list[str | None]]

    def answer(self, account: Account, request: HttpRequest) -> Reply:
        """Send the emails, and reply with their message ids."""
        entries = self.read(request.body)
        if not account.settings.sending_enabled:
            raise sending_paused()
        reply = Reply()
        done = []
        for entry in entries:
            if isinstance(entry, Refusal):
                done.append(SendResult(refusal=entry.message))
            else:
                email = send(account, request.region, entry)
                message_id = email._message.message_id
                account.own_ids.add(message_id)
                reply.emails.append(email)
                done.append(SendResult(message_id))
        reply.payload = self.replied(done)
        return reply


def accepted_by_others(
    how: Send, account: Account, request: HttpRequest, response: Mapping[str, Any]
) -> list[Email]:
    """Put into the outbox what somebody else has accepted.

    Raises Refusal for a request that is refused here.
    """
    return [
        send(account, request.region, entry, message_id)
        for entry, message_id in zip(how.read(request.body), how.ids(response))
        if message_id is not None and not isinstance(entry, Refusal)
    ]


def reply_to_one(done: Sequence[SendResult]) -> dict[str, Any]:
    """The reply to the one email of a request."""
    return {"MessageId": done[0].message_id}


def one_id(payload: Mapping[str, Any]) -> list[str | None]:
    """The id of the one email."""
    return [payload.get("MessageId")]


def ids_of_entries(name: str) -> Callable[[Mapping[str, Any]], list[str | None]]:
    """What reads the ids of the entries of a member."""
    return lambda payload: [entry.get("MessageId") for entry in payload.get(name, ())]


def destination_of(destination: Mapping[str, Any]) -> Destination:
    """To, Cc and Bcc."""
    return Destination(*[texts_of(destination, name) for name in _DESTINATION])


def texts_of(members: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts."""
    if name not in members:
        return ()
    return tuple([as_string(value) or "" for value in get_list(members, name)])


def pairs_of(members: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    """Message tags, or headers."""
    if name not in members:
        return []
    pairs = map(as_structure, get_list(members, name))
    return [(get_string(pair, "Name") or "", get_string(pair, "Value") or "") for pair in pairs]


def check_required(members: Mapping[str, Any], *names: str, of: str = "") -> None:
    """Raises Refusal if members are missing. [open: send-words]"""
    if None in map(members.get, names):
        absent = [name for name in names if members.get(name) is None]
        raise constraints_refusal(
            [constraint(f"{of}{name[0].lower()}{name[1:]}", "not be null") for name in absent]
        )


def _asked(body: Mapping[str, Any], destination: Mapping[str, Any], tags: str) -> SendRequest:
    asked = SendRequest(
        get_string(body, "FromEmailAddress"),
        destination_of(destination),
        texts_of(body, "ReplyToAddresses"),
        get_string(body, "FromEmailAddressIdentityArn"),
        get_string(body, "ConfigurationSetName"),
        get_string(body, "TenantName"),
        pairs_of(body, tags),
    )
    if body.get("ConfigurationOverrides") is None:
        return asked
    tracking = get_structure(get_structure(body, "ConfigurationOverrides"), "Tracking")
    return asked._replace(
        open_tracking=_switch(tracking, "OpenTrackingEnabled"),
        click_tracking=_switch(tracking, "ClickTrackingEnabled"),
    )


def _switch(tracking: Mapping[str, Any], name: str) -> bool | None:
    status = get_string(tracking, name)
    if status is None:
        return None
    if status not in _STATUSES:
        member = f"configurationOverrides.tracking.{name[0].lower()}{name[1:]}"
        raise constraints_refusal(
            [constraint(member, "satisfy enum value set: [ENABLED, DISABLED]")]
        )
    return _STATUSES[status]


def _email(body: bytes) -> list[Outgoing]:
    asked = parse_json(body)
    check_required(asked, "Content")
    content = get_structure(asked, "Content")
    kinds = [kind for kind in _KINDS if content.get(kind) is not None]
    if len(kinds) != 1:
        raise bad_request(f"Content must have one of {', '.join(_KINDS)}.")  # [open: send-words]
    (kind,) = kinds
    said = get_structure(content, kind)
    wanted = _asked(asked, get_structure(asked, "Destination"), "EmailTags")
    if kind == "Raw":
        mail = raw_mail_of(said)
        return [checked(wanted.or_of(mail), content_of_raw(mail))]
    return [checked(wanted, _simple(said) if kind == "Simple" else _template(said))]


def raw_mail_of(content: Mapping[str, Any]) -> RawMail:
    """The raw email of a request.

    Raises Refusal for what is no email.
    """
    data = get_string(content, "Data")
    try:
        return parse(data)
    except MalformedMail as error:
        raise bad_request(str(error)) from None


def content_of_raw(mail: RawMail) -> Content:
    """The content of a raw email."""
    return content_of(SentContent(mail.subject, raw=mail.raw), mail.html)


def content_of_simple(message: Mapping[str, Any]) -> Content:
    """The content of a simple email."""
    body = get_structure(message, "Body")
    html = get_string(get_structure(body, "Html"), "Data")
    sent = SentContent(
        get_string(get_structure(message, "Subject"), "Data"),
        get_string(get_structure(body, "Text"), "Data"),
        html,
    )
    return content_of(_with_headers(sent, message), html)


def _with_headers(sent: SentContent, content: Mapping[str, Any]) -> SentContent:
    if "Headers" not in content and "Attachments" not in content:  # most
        return sent
    attachments = tuple(map(as_structure, get_list(content, "Attachments")))
    return sent._replace(headers=tuple(pairs_of(content, "Headers")), attachments=attachments)


def _simple(said: Mapping[str, Any]) -> Content:
    check_required(said, "Subject", "Body", of="content.simple.")
    return content_of_simple(said)


def _template(said: Mapping[str, Any]) -> Content:
    name = get_string(said, "TemplateName")
    if name is None:
        name = (get_string(said, "TemplateArn") or "").rpartition("/")[2] or None
    data = get_string(said, "TemplateData")
    sent = _with_headers(
        SentContent(
            template_name=name,
            template_data=() if data is None else (data,),
            unrendered="templates are not rendered",
        ),
        said,
    )
    if said.get("TemplateContent") is None:
        return of_template(sent)
    inline = get_structure(said, "TemplateContent")
    html = get_string(inline, "Html")
    get_string(inline, "Text")
    return content_of(sent._replace(subject=get_string(inline, "Subject")), html)


def _bulk(body: bytes) -> list[Outgoing | Refusal]:
    asked = parse_json(body)
    check_required(asked, "DefaultContent", "BulkEmailEntries")
    content = _template(get_structure(get_structure(asked, "DefaultContent"), "Template"))
    return [
        checked_entry(
            _asked(asked, get_structure(entry, "Destination"), "DefaultEmailTags"),
            pairs_of(entry, "ReplacementTags"),
            _replaced(content, entry),
        )
        for entry in map(as_structure, get_list(asked, "BulkEmailEntries"))
    ]


def _replaced(content: Content, entry: Mapping[str, Any]) -> Content:
    """The content of one email of many: its own data and headers beside those of all."""
    replacement = get_structure(
        get_structure(entry, "ReplacementEmailContent"), "ReplacementTemplate"
    )
    sent = with_data(content.sent, get_string(replacement, "ReplacementTemplateData"))
    own = pairs_of(entry, "ReplacementHeaders")
    if own:
        headers = {name.lower(): (name, value) for name, value in (*sent.headers, *own)}
        sent = sent._replace(headers=tuple(headers.values()))
    return content._replace(sent=sent)


def with_data(sent: SentContent, data: str | None) -> SentContent:
    """The content with the data of one email of many too."""
    return sent if data is None else sent._replace(template_data=(*sent.template_data, data))


def checked_entry(
    asked: SendRequest, replacements: Sequence[tuple[str, str]], content: Content
) -> Outgoing | Refusal:
    """One email of many; its own tags replace those of all. A bad one affects no other."""
    tags = {**dict(asked.tags), **dict(replacements)}
    try:
        return checked(asked._replace(tags=tags.items()), content)
    except Refusal as refusal:
        return refusal


def results(done: Sequence[SendResult], success: str, invalid: str) -> list[dict[str, str | None]]:
    """What became of each of many emails. [doc]; [open: bulk-entries]"""
    return [
        {"Status": invalid, "Error": one.refusal}
        if one.message_id is None
        else {"Status": success, "MessageId": one.message_id}
        for one in done
    ]


SEND_EMAIL = Send(
    _email,
    # In an id made here is nothing that JSON escapes.
    lambda done: Encoded(f'{{"MessageId":"{done[0].message_id}"}}'),
    one_id,
)
SEND_BULK_EMAIL = Send(
    _bulk,
    lambda done: {"BulkEmailEntryResults": results(done, "SUCCESS", "INVALID_PARAMETER")},
    ids_of_entries("BulkEmailEntryResults"),
)

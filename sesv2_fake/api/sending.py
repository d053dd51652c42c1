"""Emails that clients of SES v2 send: `SendEmail` and `SendBulkEmail`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..emails.email import Email
from ..emails.mime import MalformedMail, RawMail, parse
from .errors import Encoded, Refusal, bad_request
from .outgoing import (
    OF_TEMPLATE,
    Asked,
    Content,
    Outgoing,
    checked,
    content_of,
    send,
    sending_paused,
)
from .replies import Reply
from .state import State
from .validation import constraint, constraints_refusal
from .wire import (
    HttpRequest,
    as_structure,
    as_text,
    document,
    items,
    part,
    text,
)

_KINDS = ("Simple", "Raw", "Template")
_DESTINATION = ("ToAddresses", "CcAddresses", "BccAddresses")
_STATUSES = {"ENABLED": True, "DISABLED": False}


class Done(NamedTuple):
    """The result of a send: the message id, or why it was refused."""

    message_id: str | None = None
    refusal: str = ""


class Send(NamedTuple):
    """An operation that sends emails."""

    #: The emails of a body, and why others of its entries are refused.
    read: Callable[[bytes], Sequence[Outgoing | Refusal]]
    #: The reply, by what became of each.
    replied: Callable[[Sequence[Done]], Any]
    #: The message ids in a reply as a client has parsed it; None for an entry that has none.
    ids: Callable[[Mapping[str, Any]], list[str | None]]

    def answer(self, state: State, request: HttpRequest) -> Reply:
        """Send the emails, and reply with their message ids."""
        entries = self.read(request.body)
        if not state.settings.sending_enabled:
            raise sending_paused()
        reply = Reply()
        done = []
        for entry in entries:
            if isinstance(entry, Refusal):
                done.append(Done(refusal=entry.message))
            else:
                email = send(state, request.region, entry)
                message_id = email._message.message_id
                state.own_ids.add(message_id)
                reply.emails.append(email)
                done.append(Done(message_id))
        reply.payload = self.replied(done)
        return reply


def accepted_by_others(
    how: Send, state: State, request: HttpRequest, response: Mapping[str, Any]
) -> list[Email]:
    """Put into the outbox what somebody else has accepted.

    Raises Refusal for a request that is refused here.
    """
    return [
        send(state, request.region, entry, message_id)
        for entry, message_id in zip(how.read(request.body), how.ids(response))
        if message_id is not None and not isinstance(entry, Refusal)
    ]


def reply_to_one(done: Sequence[Done]) -> dict[str, Any]:
    """The reply to the one email of a request."""
    return {"MessageId": done[0].message_id}


def one_id(payload: Mapping[str, Any]) -> list[str | None]:
    """The id of the one email."""
    return [payload.get("MessageId")]


def ids_of_entries(name: str) -> Callable[[Mapping[str, Any]], list[str | None]]:
    """What reads the ids of the entries of a member."""
    return lambda payload: [entry.get("MessageId") for entry in payload.get(name, ())]


def recipients_of(destination: Mapping[str, Any]) -> list[str]:
    """All of To, Cc and Bcc."""
    return [
        as_text(address) or ""
        for name in _DESTINATION
        if name in destination
        for address in items(destination, name)
    ]


def tags_of(members: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    """Message tags."""
    if name not in members:
        return []
    tags = map(as_structure, items(members, name))
    return [(text(tag, "Name") or "", text(tag, "Value") or "") for tag in tags]


def check_present(members: Mapping[str, Any], *names: str, of: str = "") -> None:
    """Raises Refusal if members are missing. [open: send-words]"""
    if None in map(members.get, names):
        absent = [name for name in names if members.get(name) is None]
        raise constraints_refusal(
            [constraint(f"{of}{name[0].lower()}{name[1:]}", "not be null") for name in absent]
        )


def _asked(body: Mapping[str, Any], destination: Mapping[str, Any], tags: str) -> Asked:
    asked = Asked(
        text(body, "FromEmailAddress"),
        recipients_of(destination),
        text(body, "FromEmailAddressIdentityArn"),
        text(body, "ConfigurationSetName"),
        text(body, "TenantName"),
        tags_of(body, tags),
    )
    if body.get("ConfigurationOverrides") is None:
        return asked
    tracking = part(part(body, "ConfigurationOverrides"), "Tracking")
    return asked._replace(
        open_tracking=_switch(tracking, "OpenTrackingEnabled"),
        click_tracking=_switch(tracking, "ClickTrackingEnabled"),
    )


def _switch(tracking: Mapping[str, Any], name: str) -> bool | None:
    status = text(tracking, name)
    if status is None:
        return None
    if status not in _STATUSES:
        member = f"configurationOverrides.tracking.{name[0].lower()}{name[1:]}"
        raise constraints_refusal(
            [constraint(member, "satisfy enum value set: [ENABLED, DISABLED]")]
        )
    return _STATUSES[status]


def _email(body: bytes) -> list[Outgoing]:
    asked = document(body)
    check_present(asked, "Content")
    content = part(asked, "Content")
    kinds = [kind for kind in _KINDS if content.get(kind) is not None]
    if len(kinds) != 1:
        raise bad_request(f"Content must have one of {', '.join(_KINDS)}.")  # [open: send-words]
    (kind,) = kinds
    said = part(content, kind)
    wanted = _asked(asked, part(asked, "Destination"), "EmailTags")
    if kind == "Raw":
        mail = raw_mail_of(said)
        return [checked(wanted.or_of(mail), content_of(mail.subject, mail.html))]
    return [checked(wanted, _simple(said) if kind == "Simple" else _template(said))]


def raw_mail_of(content: Mapping[str, Any]) -> RawMail:
    """The raw email of a request.

    Raises Refusal for what is no email.
    """
    data = text(content, "Data")
    try:
        return parse(data)
    except MalformedMail as error:
        raise bad_request(str(error)) from None


def _simple(said: Mapping[str, Any]) -> Content:
    check_present(said, "Subject", "Body", of="content.simple.")
    html = text(part(part(said, "Body"), "Html"), "Data")
    return content_of(text(part(said, "Subject"), "Data"), html)


def _template(said: Mapping[str, Any]) -> Content:
    if said.get("TemplateContent") is None:
        return OF_TEMPLATE
    inline = part(said, "TemplateContent")
    return content_of(text(inline, "Subject"), text(inline, "Html"))


def _bulk(body: bytes) -> list[Outgoing | Refusal]:
    asked = document(body)
    check_present(asked, "DefaultContent", "BulkEmailEntries")
    content = _template(part(part(asked, "DefaultContent"), "Template"))
    return [
        checked_entry(
            _asked(asked, part(entry, "Destination"), "DefaultEmailTags"),
            tags_of(entry, "ReplacementTags"),
            content,
        )
        for entry in map(as_structure, items(asked, "BulkEmailEntries"))
    ]


def checked_entry(
    asked: Asked, replacements: Sequence[tuple[str, str]], content: Content
) -> Outgoing | Refusal:
    """One email of many; its own tags replace those of all. A bad one affects no other."""
    tags = {**dict(asked.tags), **dict(replacements)}
    try:
        return checked(asked._replace(tags=tags.items()), content)
    except Refusal as refusal:
        return refusal


def results(done: Sequence[Done], success: str, invalid: str) -> list[dict[str, str | None]]:
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

"""Emails that clients of SES v1 send: four operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import Refusal
from .outgoing import (
    OF_TEMPLATE,
    Asked,
    Outgoing,
    checked,
    content_of,
)
from .protocols import form
from .sending import (
    Send,
    check_present,
    checked_entry,
    ids_of_entries,
    one_id,
    raw_mail_of,
    recipients_of,
    reply_to_one,
    results,
    tags_of,
)
from .wire import (
    as_structure,
    items,
    part,
    text,
)


def _asked(members: Mapping[str, Any], destination: Mapping[str, Any], tags: str) -> Asked:
    return Asked(
        text(members, "Source"),
        recipients_of(destination),
        text(members, "SourceArn") or text(members, "FromArn"),
        text(members, "ConfigurationSetName"),
        None,
        tags_of(members, tags),
    )


def _email(body: bytes) -> list[Outgoing]:
    members = form(body)
    check_present(members, "Source", "Message")
    message = part(members, "Message")
    html = text(part(part(message, "Body"), "Html"), "Data")
    content = content_of(text(part(message, "Subject"), "Data"), html)
    return [checked(_asked(members, part(members, "Destination"), "Tags"), content)]


def _raw(body: bytes) -> list[Outgoing]:
    members = form(body)
    check_present(members, "RawMessage")
    mail = raw_mail_of(part(members, "RawMessage"))
    destination = {"ToAddresses": items(members, "Destinations")}
    asked = _asked(members, destination, "Tags").or_of(mail)
    return [checked(asked, content_of(mail.subject, mail.html))]


def _templated(body: bytes) -> list[Outgoing]:
    members = form(body)
    check_present(members, "Source", "Template")
    return [checked(_asked(members, part(members, "Destination"), "Tags"), OF_TEMPLATE)]


def _bulk(body: bytes) -> list[Outgoing | Refusal]:
    members = form(body)
    check_present(members, "Source", "Template", "Destinations")
    return [
        checked_entry(
            _asked(members, part(entry, "Destination"), "DefaultTags"),
            tags_of(entry, "ReplacementTags"),
            OF_TEMPLATE,
        )
        for entry in map(as_structure, items(members, "Destinations"))
    ]


SEND_EMAIL = Send(_email, reply_to_one, one_id)
SEND_RAW_EMAIL = Send(_raw, reply_to_one, one_id)
SEND_TEMPLATED_EMAIL = Send(_templated, reply_to_one, one_id)
SEND_BULK_TEMPLATED_EMAIL = Send(
    _bulk,
    lambda done: {"Status": results(done, "Success", "InvalidParameterValue")},
    ids_of_entries("Status"),
)

"""Emails that clients of SES v1 send: four operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import Refusal
from .query_protocol import parse_form
from .requests import (
    as_structure,
    get_list,
    get_string,
    get_structure,
)
from .sending import (
    OF_TEMPLATE,
    Outgoing,
    Send,
    SendRequest,
    check_required,
    checked,
    checked_entry,
    content_of,
    ids_of_entries,
    one_id,
    raw_mail_of,
    recipients_of,
    reply_to_one,
    results,
    tags_of,
)


def _asked(members: Mapping[str, Any], destination: Mapping[str, Any], tags: str) -> SendRequest:
    return SendRequest(
        get_string(members, "Source"),
        recipients_of(destination),
        get_string(members, "SourceArn") or get_string(members, "FromArn"),
        get_string(members, "ConfigurationSetName"),
        None,
        tags_of(members, tags),
    )


def _email(body: bytes) -> list[Outgoing]:
    members = parse_form(body)
    check_required(members, "Source", "Message")
    message = get_structure(members, "Message")
    html = get_string(get_structure(get_structure(message, "Body"), "Html"), "Data")
    content = content_of(get_string(get_structure(message, "Subject"), "Data"), html)
    return [checked(_asked(members, get_structure(members, "Destination"), "Tags"), content)]


def _raw(body: bytes) -> list[Outgoing]:
    members = parse_form(body)
    check_required(members, "RawMessage")
    mail = raw_mail_of(get_structure(members, "RawMessage"))
    destination = {"ToAddresses": get_list(members, "Destinations")}
    asked = _asked(members, destination, "Tags").or_of(mail)
    return [checked(asked, content_of(mail.subject, mail.html))]


def _templated(body: bytes) -> list[Outgoing]:
    members = parse_form(body)
    check_required(members, "Source", "Template")
    return [checked(_asked(members, get_structure(members, "Destination"), "Tags"), OF_TEMPLATE)]


def _bulk(body: bytes) -> list[Outgoing | Refusal]:
    members = parse_form(body)
    check_required(members, "Source", "Template", "Destinations")
    return [
        checked_entry(
            _asked(members, get_structure(entry, "Destination"), "DefaultTags"),
            tags_of(entry, "ReplacementTags"),
            OF_TEMPLATE,
        )
        for entry in map(as_structure, get_list(members, "Destinations"))
    ]


SEND_EMAIL = Send(_email, reply_to_one, one_id)
SEND_RAW_EMAIL = Send(_raw, reply_to_one, one_id)
SEND_TEMPLATED_EMAIL = Send(_templated, reply_to_one, one_id)
SEND_BULK_TEMPLATED_EMAIL = Send(
    _bulk,
    lambda done: {"Status": results(done, "Success", "InvalidParameterValue")},
    ids_of_entries("Status"),
)

"""Emails that clients of SES v1 send: four operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..emails.content import SentContent
from .errors import Refusal
from .query_protocol import parse_form
from .requests import (
    as_structure,
    get_list,
    get_string,
    get_structure,
)
from .sending import (
    Outgoing,
    Send,
    SendRequest,
    check_required,
    checked,
    checked_entry,
    content_of_raw,
    content_of_simple,
    destination_of,
    ids_of_entries,
    of_template,
    one_id,
    pairs_of,
    raw_mail_of,
    reply_to_one,
    results,
    texts_of,
    with_data,
)


def _asked(members: Mapping[str, Any], destination: Mapping[str, Any], tags: str) -> SendRequest:
    return SendRequest(
        get_string(members, "Source"),
        destination_of(destination),
        texts_of(members, "ReplyToAddresses"),
        get_string(members, "SourceArn") or get_string(members, "FromArn"),
        get_string(members, "ConfigurationSetName"),
        None,
        pairs_of(members, tags),
    )


def _email(body: bytes) -> list[Outgoing]:
    members = parse_form(body)
    check_required(members, "Source", "Message")
    content = content_of_simple(get_structure(members, "Message"))
    return [checked(_asked(members, get_structure(members, "Destination"), "Tags"), content)]


def _raw(body: bytes) -> list[Outgoing]:
    members = parse_form(body)
    check_required(members, "RawMessage")
    mail = raw_mail_of(get_structure(members, "RawMessage"))
    destination = {"ToAddresses": get_list(members, "Destinations")}
    asked = _asked(members, destination, "Tags").or_of(mail)
    return [checked(asked, content_of_raw(mail))]


def _templated(body: bytes) -> list[Outgoing]:
    members = parse_form(body)
    check_required(members, "Source", "Template")
    content = of_template(_template(members, "TemplateData"))
    return [checked(_asked(members, get_structure(members, "Destination"), "Tags"), content)]


def _template(members: Mapping[str, Any], data_name: str) -> SentContent:
    data = get_string(members, data_name)
    return SentContent(
        template_name=get_string(members, "Template"),
        template_data=() if data is None else (data,),
        unrendered="templates are not rendered",
    )


def _bulk(body: bytes) -> list[Outgoing | Refusal]:
    members = parse_form(body)
    check_required(members, "Source", "Template", "Destinations")
    sent = _template(members, "DefaultTemplateData")
    return [
        checked_entry(
            _asked(members, get_structure(entry, "Destination"), "DefaultTags"),
            pairs_of(entry, "ReplacementTags"),
            of_template(with_data(sent, get_string(entry, "ReplacementTemplateData"))),
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

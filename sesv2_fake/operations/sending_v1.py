"""Emails that clients of SES v1 send: four operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from . import errors
from .errors import HttpAnswer, Refusal
from .requests import (
    as_structure,
    items,
    part,
    text,
)
from .sending import (
    OF_TEMPLATE,
    Outgoing,
    Send,
    SendRequest,
    check_present,
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

_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"
_LIST_MEMBER = "member"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: What SES v1 calls the errors of SES v2, and their HTTP status there.
_IN_V1: dict[str, tuple[str, int]] = {
    "BadRequestException": ("InvalidParameterValue", 400),
    "SerializationException": ("MalformedInput", 400),
    "SendingPausedException": ("AccountSendingPausedException", 400),
}


def form(body: bytes) -> dict[str, Any]:
    """The members of a form: `A.B=1&C.member.1=2` is `{"A": {"B": "1"}, "C": ["2"]}`.

    Raises Refusal (`MalformedInput`) for what is no form. [open: send-words]
    """
    found: dict[str, Any] = {}
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        for name, value in pairs:
            _put(found, name.split("."), value)
        found = {name: _with_lists(value) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError):
        raise _malformed() from None
    return found


def _malformed() -> Refusal:
    return Refusal("MalformedInput", "The request body is not a valid form.", status=400)


def _put(members: dict[str, Any], path: list[str], value: str) -> None:
    *parents, name = path
    for parent in parents:
        members = members.setdefault(parent, {})
    if name in members:
        raise ValueError(name)
    members[name] = value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {_LIST_MEMBER}:
        numbered = value[_LIST_MEMBER]
        return [_with_lists(numbered[number]) for number in sorted(numbered, key=int)]
    return {name: _with_lists(member) for name, member in value.items()}


def _xml(name: str, value: Any) -> Iterator[str]:
    yield f"<{name}>"
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from _xml(member, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _xml(_LIST_MEMBER, inner)
    else:
        yield escape(_NOT_IN_XML.sub("?", str(value)), quote=False)
    yield f"</{name}>"


def _xml_answer(status: int, name: str, members: dict[str, Any], request_id: str) -> HttpAnswer:
    content = "".join(part for member in members.items() for part in _xml(*member))
    body = f'<{name} xmlns="{_NAMESPACE}">{content}</{name}>\n'.encode()
    headers = {
        "Content-Type": "text/xml",
        "Content-Length": str(len(body)),
        "x-amzn-RequestId": request_id,
    }
    return HttpAnswer(status, headers, body)


def _v1_answer(operation: str, payload: Any) -> HttpAnswer:
    request_id = errors.new_request_id()
    members = {f"{operation}Result": payload, "ResponseMetadata": {"RequestId": request_id}}
    return _xml_answer(200, f"{operation}Response", members, request_id)


def _v1_refusal(refusal: Refusal) -> HttpAnswer:
    request_id = errors.new_request_id()
    error = {
        "Type": "Sender" if refusal.status < 500 else "Receiver",
        "Code": refusal.error,
        "Message": refusal.message,
    }
    members = {"Error": error, "RequestId": request_id}
    return _xml_answer(refusal.status, "ErrorResponse", members, request_id)


def _v1_name(refusal: Refusal) -> Refusal:
    if refusal.error not in _IN_V1:
        return refusal
    error, status = _IN_V1[refusal.error]
    return Refusal(error, refusal.message, status=status)


class Protocol(NamedTuple):
    """How a service writes what it answers."""

    #: An answer, from the operation's name and what it replies.
    answer: Callable[[str, Any], HttpAnswer]
    answer_to: Callable[[Refusal], HttpAnswer]
    #: A refusal under the name that it has in this service.
    named: Callable[[Refusal], Refusal]


PROTOCOLS: dict[str, Protocol] = {
    "sesv2": Protocol(
        lambda _, payload: errors.answer(200, payload), errors.answer_to, lambda refusal: refusal
    ),
    "ses": Protocol(_v1_answer, _v1_refusal, _v1_name),
}


def _asked(members: Mapping[str, Any], destination: Mapping[str, Any], tags: str) -> SendRequest:
    return SendRequest(
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

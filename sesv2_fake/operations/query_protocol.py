"""The query protocol, which SES v1 speaks: forms come in, XML goes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import NamedTuple
from urllib.parse import parse_qsl

from ..untyped import JSON, JSONObject
from . import errors
from .errors import HttpAnswer, Refusal

_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"
_LIST_MEMBER = "member"
#: More names than the path of any member has.
_MAX_DEPTH = 32
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: What SES v1 calls the errors of SES v2. The status of each is 400.
_IN_V1: dict[str, str] = {
    "BadRequestException": "InvalidParameterValue",
    "SerializationException": "MalformedInput",
    "SendingPausedException": "AccountSendingPausedException",
    "TooManyRequestsException": "Throttling",
}


def parse_form(body: bytes) -> JSONObject:
    """The members of a form: `A.B=1&C.member.1=2` is `{"A": {"B": "1"}, "C": ["2"]}`.

    Raises Refusal (`MalformedInput`) for what is no form. [open: send-words]
    """
    found: JSONObject = {}
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        for name, value in pairs:
            _put(found, name.split(".", _MAX_DEPTH), value)
        found = {name: _with_lists(value) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError):
        raise Refusal(
            "MalformedInput", "The request body is not a valid form.", status=400
        ) from None
    return found


def _put(members: JSONObject, path: list[str], value: str) -> None:
    *parents, name = path
    if len(parents) == _MAX_DEPTH:
        raise ValueError(name)
    for parent in parents:
        members = members.setdefault(parent, {})
    if name in members:
        raise ValueError(name)
    members[name] = value


def _with_lists(value: JSON) -> JSON:
    if not isinstance(value, dict):
        return value
    if value.keys() == {_LIST_MEMBER}:
        numbered = value[_LIST_MEMBER]
        return [_with_lists(numbered[number]) for number in sorted(numbered, key=int)]
    return {name: _with_lists(member) for name, member in value.items()}


class Entries(JSONObject):
    """A map, which XML has as an element for each of its entries."""


def _xml(name: str, value: JSON) -> Iterator[str]:
    yield f"<{name}>"
    if isinstance(value, Entries):
        for key, inner in value.items():
            yield from _xml("entry", {"key": key, "value": inner})
    elif isinstance(value, dict):
        for member, inner in value.items():
            yield from _xml(member, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _xml(_LIST_MEMBER, inner)
    else:
        text = "" if value is None else str(value)
        yield escape(_NOT_IN_XML.sub("?", text), quote=False).replace("\r", "&#13;")
    yield f"</{name}>"


def _xml_response(status: int, name: str, members: JSONObject, request_id: str) -> HttpAnswer:
    content = "".join(part for member in members.items() for part in _xml(*member))
    body = f'<{name} xmlns="{_NAMESPACE}">{content}</{name}>\n'.encode()
    headers = {
        "Content-Type": "text/xml",
        "Content-Length": str(len(body)),
        "x-amzn-RequestId": request_id,
    }
    return HttpAnswer(status, headers, body)


def _response(operation: str, payload: JSON) -> HttpAnswer:
    request_id = errors.new_request_id()
    members = {f"{operation}Result": payload, "ResponseMetadata": {"RequestId": request_id}}
    return _xml_response(200, f"{operation}Response", members, request_id)


def _error_response(refusal: Refusal) -> HttpAnswer:
    request_id = errors.new_request_id()
    error = {
        "Type": "Sender" if refusal.status < 500 else "Receiver",
        "Code": refusal.error,
        "Message": refusal.message,
    }
    members = {"Error": error, "RequestId": request_id}
    return _xml_response(refusal.status, "ErrorResponse", members, request_id)


def _named_in_v1(refusal: Refusal) -> Refusal:
    error = refusal.in_v1 or _IN_V1.get(refusal.error)
    return Refusal(error, refusal.message, status=400) if error else refusal


class Protocol(NamedTuple):
    """How a service writes what it answers."""

    #: An answer, from the operation's name and what it replies.
    answer: Callable[[str, JSON], HttpAnswer]
    answer_to: Callable[[Refusal], HttpAnswer]
    #: A refusal under the name that it has in this service.
    named: Callable[[Refusal], Refusal]


PROTOCOLS: dict[str, Protocol] = {
    "sesv2": Protocol(
        lambda _, payload: errors.answer(200, payload), errors.answer_to, lambda refusal: refusal
    ),
    "ses": Protocol(_response, _error_response, _named_in_v1),
}

"""Raw emails, parsed as far as the fake needs what they hold."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from .content import Destination

if TYPE_CHECKING:
    from email.policy import Policy

_RECIPIENTS = ("To", "Cc", "Bcc")
#: RFC 5322 has each of these once at most.
_ONCE = ("From", *_RECIPIENTS, "Subject")


class MalformedMail(ValueError):
    """A raw email that SES refuses."""


class RawMail(NamedTuple):
    """What the headers and the HTML part of a raw email say."""

    raw: bytes
    senders: list[str]
    destination: Destination
    reply_to: list[str]
    subject: str | None
    html: str | None
    configuration_set: str | None
    tenant: str | None
    identity_arn: str | None
    tags: list[tuple[str, str]]


def parse(data: str | None) -> RawMail:
    """The raw email of a base64 text.

    Raises MalformedMail for what is no email.
    """
    raw = _decoded(data or "")
    message = _message(raw)
    if not message.keys():
        raise MalformedMail("The raw message has no headers.")  # [open: send-words]
    for name in _ONCE:
        if len(message.get_all(name, ())) > 1:
            # As many met it in public. [open: send-words]
            raise MalformedMail(f"Duplicate header '{name}'.")
    return RawMail(
        raw,
        _addresses(message, "From"),
        Destination(*(tuple(_addresses(message, name)) for name in _RECIPIENTS)),
        _addresses(message, "Reply-To"),
        decoded(_header(message, "Subject")),
        _html(message),
        _header(message, "X-SES-CONFIGURATION-SET"),
        _header(message, "X-SES-TENANT"),
        _header(message, "X-SES-SOURCE-ARN"),
        list(_tags(_header(message, "X-SES-MESSAGE-TAGS") or "")),
    )


def decoded(subject: str | None) -> str | None:
    """A subject without RFC 2047's encoding; as it stands if that is broken."""
    if subject is None or "=?" not in subject:
        return subject
    try:
        return str(make_header(decode_header(subject)))
    except (ValueError, LookupError):
        return subject


@cache
def _eight_bit() -> Policy:
    """Headers with bytes beyond ASCII are UTF-8 (RFC 6532), or else Latin-1."""
    # Takes longer to load than half of this package, and few send raw emails.
    from email.policy import Compat32

    class EightBit(Compat32):
        def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - the name is the policy's
            raw = value.encode("ascii", "surrogateescape")
            try:
                return raw.decode()
            except UnicodeDecodeError:
                return raw.decode("latin-1")

    return EightBit()


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        raise MalformedMail("The raw message is not valid base64.") from None  # [open: send-words]


def _message(raw: bytes) -> Message:
    try:
        return message_from_bytes(raw, policy=_eight_bit())
    except RecursionError:
        # [open: send-words]
        raise MalformedMail("The raw message has too many parts within parts.") from None


def _header(message: Message, name: str) -> str | None:
    value = message.get(name)
    return None if value is None else re.sub(r"\r?\n(?=[ \t])", "", str(value)).strip()


def _addresses(message: Message, name: str) -> list[str]:
    """The addresses of a header, as they stand: `Ann <ann@example.com>` is one."""
    pairs = getaddresses([str(value) for value in message.get_all(name, ())])
    return [address for _, address in pairs if address]


def _html(message: Message) -> str | None:
    parts = [message]
    while parts:
        part = parts.pop()
        inner: Any = part.get_payload()
        if part.get_content_disposition() == "attachment":
            continue
        # An email within an email is none of its parts.
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            parts += reversed(inner)
        elif part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            return payload.decode("latin-1") if isinstance(payload, bytes) else None
    return None


def _tags(header: str) -> Iterator[tuple[str, str]]:
    """`name=value` pairs, separated by commas. [guide]"""
    for pair in filter(None, map(str.strip, header.split(","))):
        name, _, value = pair.partition("=")
        yield name.strip(), value.strip()

"""Messages: raw emails parsed, and those that SES makes of requests."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from functools import cache
from mimetypes import guess_type
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..untyped import JSONObject, Members
from .address_syntax import split
from .addresses import bare
from .content import Destination, MessageInfo, SentContent

if TYPE_CHECKING:
    from email.message import EmailMessage
    from email.policy import Policy

_CONTENT_TYPE = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
#: No line of a message may be longer (RFC 5322).
_LONGEST_LINE = 998
#: The headers that SES was seen to refuse twice. [live]; others: [open: duplicate-headers]
_NOT_TWICE = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Content-Type",
    "MIME-Version",
    "Content-Transfer-Encoding",
    "DKIM-Signature",
    "Message-ID",
    "Delivered-To",
    "List-Unsubscribe",
)


class MalformedMail(ValueError):
    """A raw email that SES refuses."""


class RawMail(NamedTuple):
    """What the headers and the HTML part of a raw email say."""

    raw: bytes
    senders: tuple[str, ...]
    destination: Destination
    reply_to: tuple[str, ...]
    subject: str | None
    html: str | None
    configuration_set: str | None
    tenant: str | None
    identity_arn: str | None
    tags: tuple[tuple[str, str], ...]
    return_paths: tuple[str, ...]


def parse(data: str | None) -> RawMail:
    """The raw email of a base64 text.

    Raises MalformedMail for what is no email.
    """
    raw = _decoded(data or "")
    message = _message(raw)
    for name in _NOT_TWICE:
        if len(message.get_all(name, ())) > 1:
            raise MalformedMail(f"Duplicate header '{name}'.")
    return RawMail(
        raw,
        _addresses(message, "From"),
        Destination(*[_addresses(message, name) for name in ("To", "Cc", "Bcc")]),
        _addresses(message, "Reply-To"),
        decoded(_header(message, "Subject")),
        _html(message),
        _header(message, "X-SES-CONFIGURATION-SET"),
        _header(message, "X-SES-TENANT"),
        _header(message, "X-SES-SOURCE-ARN"),
        tuple(_tags(_header(message, "X-SES-MESSAGE-TAGS") or "")),
        _addresses(message, "Return-Path"),
    )


def decoded(subject: str | None) -> str | None:
    """A subject without RFC 2047's encoding; unchanged if that is invalid."""
    if subject is None or "=?" not in subject:
        return subject
    try:
        return str(make_header(decode_header(subject)))
    except (ValueError, LookupError, MessageError):
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
    return None if value is None else unfolded(value)


def unfolded(value: object) -> str:
    """The value of a header, in one line."""
    return re.sub(r"\r?\n(?=[ \t])", "", str(value)).strip()


def _addresses(message: Message, name: str) -> tuple[str, ...]:
    """The addresses of a header, with their display names."""
    values = [unfolded(value) for value in message.get_all(name, ())]
    return tuple([address for value in values for address in split(value)])


def _html(message: Message) -> str | None:
    parts = [message]
    while parts:
        part = parts.pop()
        inner: object = part.get_payload()
        if part.get_content_disposition() == "attachment":
            continue
        # The parts of an attached email are not this email's.
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


def message_of(info: MessageInfo) -> EmailMessage:
    """The message that SES makes of a request; of a raw email, what the standard library makes.

    Raises RuntimeError for a template that is not rendered.
    """
    from email.message import EmailMessage  # slow to load, and few tests need it

    content = info.read_content()
    if content.unrendered is not None:
        raise RuntimeError(content.unrendered)
    if content.raw is not None:
        return _parsed(content.raw)
    message = EmailMessage()
    for name, value in headers_of(info, content):
        del message[name]  # the last of one name holds: most may not repeat
        message[name] = value
    for text, subtype in ((content.text, "plain"), (content.html, "html")):
        if text is not None:
            add = message.add_alternative if "Content-Type" in message else message.set_content
            add(text.encode("utf-8", "replace"), "text", subtype, **_encoding_of(text))
    for attachment in content.attachments:
        _attach(message, attachment)
    return message


def headers_of(info: MessageInfo, content: SentContent) -> list[tuple[str, str]]:
    """The headers of a request that is not raw, but for those of MIME: Bcc is not among them."""
    destination = info.destination
    headers = [
        ("From", info.sender or ""),
        ("Reply-To", ", ".join(info.reply_to)),
        ("To", ", ".join(destination.to)),
        ("Cc", ", ".join(destination.cc)),
        ("Subject", info.subject or ""),
        *content.headers,
    ]
    return [(name, " ".join(value.splitlines())) for name, value in headers if value]


def content_type_of(content: SentContent) -> str:
    """The content type of a message that is not raw, with a boundary made up."""
    boundary = 'boundary="----=_Part_1_1.1"'
    if content.attachments:
        return f"multipart/mixed; {boundary}"
    if content.unrendered is not None or None not in (content.text, content.html):
        return f"multipart/alternative; {boundary}"
    return f"text/{'html' if content.text is None else 'plain'}; charset=UTF-8"


def raw_headers(raw: bytes) -> list[tuple[str, str]]:
    """The headers of a raw email, unfolded but not decoded."""
    return [(name, unfolded(value)) for name, value in _message(raw).items()]


def _encoding_of(text: str) -> JSONObject:
    """How a text is encoded, so that it comes out as it went in."""
    is_plain = text.isascii() and max(map(len, text.split("\n"))) <= _LONGEST_LINE
    return {
        "cte": "7bit" if is_plain else "quoted-printable",
        "params": {"charset": "us-ascii" if text.isascii() else "utf-8"},
    }


def _attach(message: EmailMessage, attachment: Members) -> None:
    name = attachment.get("FileName")
    kind = attachment.get("ContentType") or guess_type(name or "")[0] or ""
    maintype, _, subtype = kind.partition(";")[0].strip().partition("/")
    if not subtype:
        maintype, subtype = "application", "octet-stream"
    cid = attachment.get("ContentId")
    message.add_attachment(
        _from_base64(attachment.get("RawContent") or ""),
        maintype,
        subtype,
        disposition=(attachment.get("ContentDisposition") or "attachment").lower(),
        filename=name,
        cid=cid and f"<{cid.strip('<>')}>",
    )


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def _parsed(raw: bytes) -> EmailMessage:
    from email.policy import default

    try:
        return message_from_bytes(raw, policy=default)
    except RecursionError:  # comments within comments
        return message_from_bytes(_CONTENT_TYPE.sub(rb"X-\g<0>", raw), policy=default)


def all_headers(message: EmailMessage) -> list[tuple[str, str]]:
    """The headers of a message, decoded; unchanged where that fails."""
    return [(name, _decoded_header(message, name, value)) for name, value in message.raw_items()]


def _decoded_header(message: EmailMessage, name: str, value: str) -> str:
    try:
        return str(message.policy.header_fetch_parse(name, value))
    except Exception:  # noqa: BLE001 - of broken headers the standard library raises anything
        return str(value)


def attachments_of(message: EmailMessage) -> list[EmailMessage]:
    """The parts of a message that are neither its text nor its HTML."""
    try:
        return list(message.iter_attachments())
    except Exception:  # noqa: BLE001 - of broken parts the standard library raises anything
        return []


def bytes_of(part: EmailMessage) -> bytes:
    """The decoded content of a part; of a message or a multipart, its bytes."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b"".join(map(bytes, part.iter_parts()))


def body_of(message: EmailMessage, kind: Literal["plain", "html"]) -> str | None:
    """The text or HTML of a message; None if it has none."""
    try:
        part = message.get_body((kind,))
        return None if part is None else str(part.get_content())
    except Exception:  # noqa: BLE001 - of broken parts the standard library raises anything
        return None


def destination_of(info: MessageInfo) -> Destination:
    """The bare addresses of To, Cc and Bcc.

    A raw email is sent as it is: if its own headers To and Cc name any of the recipients, the
    others are in Bcc, whatever the request calls them.
    """
    asked = Destination(*(tuple(map(bare, part)) for part in info.destination))
    raw = info.read_content().raw
    if raw is None:
        return asked
    message = _message(raw)
    to, cc = ({bare(text).lower() for text in _addresses(message, name)} for name in ("To", "Cc"))
    recipients = [address for part in asked for address in part]
    if (to | cc).isdisjoint(map(str.lower, recipients)):
        return asked
    return Destination(
        tuple(one for one in recipients if one.lower() in to),
        tuple(one for one in recipients if one.lower() in cc - to),
        tuple(one for one in recipients if one.lower() not in to | cc),
    )

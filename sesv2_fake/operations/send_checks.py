"""What SES refuses of an email, in the order in which it looks. [live: Floci]

What the request's own form decides comes first, in `send_requests.py`. Codes are those of SES v2;
SES v1 has the same words for nearly all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from ..account import Account
from ..counting import metrics
from ..counting.metrics import Dimension
from ..emails import address_syntax
from ..emails.addresses import ACCOUNT_ID, parse_identity_arn
from . import templates
from .errors import Refusal, bad_request
from .identities import check_verified
from .send_requests import SendRequest

#: Recipients of one email. [doc]
_MOST_RECIPIENTS = 50


class _Service(NamedTuple):
    """What differs by service."""

    #: Characters of a message tag's name or value: v1's words say 255 [live], v2 has 256. [doc]
    longest_tag: int
    #: Bytes of an email, in base64. [guide]
    largest: int
    invalid_data: str


_SERVICES = {
    "sesv2": _Service(256, 40 * 2**20, "Unable to parse template data (invalid JSON)."),
    "ses": _Service(255, 10 * 2**20, "The template data is invalid"),
}


def check(account: Account, region: str, request: SendRequest, *, accepted: bool = False) -> None:
    """Raises Refusal for an email that SES does not take.

    One that others have accepted may have a template and a sender that are known to them.
    """
    recipients = request.recipients
    # Where these three stand is [open: send-order].
    _check_tags(request)
    _check_template_data(request)
    _check_headers(request)
    if not request.sender:
        raise _no_sender(request)
    if request.tenant is not None:
        _check_tenant(request.tenant)
    addresses = list(map(address_syntax.parse, _addresses(request, recipients)))
    for address in addresses:
        if address.problem:
            raise bad_request(address.problem)
    if not recipients:
        # [open: no-recipients]
        raise bad_request("The message must have at least one recipient.")
    if request.configuration_set is not None:
        _check_configuration_set(request.configuration_set)
    _check_length(request, addresses)
    if not accepted:
        _check_template(account, region, request)
    # And these.
    if request.identity_arn is not None and parse_identity_arn(request.identity_arn) is None:
        raise bad_request(f"Invalid ARN <{request.identity_arn}>.")  # [open: send-words]
    if len(recipients) > _MOST_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {_MOST_RECIPIENTS}.")
    _check_size(request)
    if not accepted:
        check_verified(account, region, request.sender, recipients)


def check_bulk(
    account: Account, region: str, requests: Sequence[SendRequest], *, accepted: bool = False
) -> None:
    """What has SES refuse a whole bulk send, whatever its entries are. [live]"""
    request = requests[0]
    if not request.sender:
        raise bad_request("Source cannot be empty")  # [open: bulk-entries]
    for text in (request.sender, request.return_path):
        if text is not None and any(address_syntax.parse(text)[1:]):
            raise bad_request(f"Invalid email address<{text}>.")
    if not accepted:
        _check_template(account, region, request)  # [open: bulk-entries]


#: Name and value of a message tag: the characters that each may have, and SES's words for these.
_TAG_PARTS = (
    ("name", re.compile(r"[A-Za-z0-9_-]+|ses:feedback-id-[ab]"), "'_',  '-' are allowed."),
    ("value", re.compile(r"[A-Za-z0-9_.@-]+"), "'_',  '-' , '.', '@' are allowed."),
)


def _check_tags(request: SendRequest) -> None:
    longest = _SERVICES[request.service].longest_tag
    for tag in request.tags:
        for (part, allowed, characters), text in zip(_TAG_PARTS, tag):
            if not text:
                raise bad_request(f"The tag {part} must be specified.")
            if len(text) > longest:
                raise bad_request(f"Tag {part} cannot exceed {longest} characters.")
            if not allowed.fullmatch(text):
                raise bad_request(
                    f"Invalid tag {part} <{text}>: only alphanumeric ASCII characters, {characters}"
                )


def _check_template_data(request: SendRequest) -> None:
    for data in request.content.template_data:
        if templates.parse_data(data) is None:
            raise bad_request(_SERVICES[request.service].invalid_data)


_HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
_LONGEST_HEADER = 996
_MOST_HEADERS = 15


def _check_headers(request: SendRequest) -> None:
    """The headers of a simple or templated email. [doc]; the words are [open: header-words]."""
    if len(request.content.headers) > _MOST_HEADERS:
        raise bad_request(f"Header count exceeds {_MOST_HEADERS}.")
    for name, value in request.content.headers:
        if not _HEADER_NAME.fullmatch(name):
            raise bad_request(f"Invalid header name {name!r}.")
        if not _HEADER_VALUE.fullmatch(value) or len(name) + len(value) > _LONGEST_HEADER:
            raise bad_request(f"Invalid value of header '{name}'.")


def _no_sender(request: SendRequest) -> Refusal:
    if request.raw is not None:
        return bad_request("Missing required header 'From'.")
    if request.uses_template:
        return bad_request("Source cannot be empty")
    return Refusal("BadRequestException", None)


def _check_tenant(name: str) -> None:
    """A tenant that can be none; where this stands is [open: tenant-or-syntax]."""
    if not metrics.is_well_formed(Dimension.TENANT_NAME, name):
        raise Refusal(
            "NotFoundException", f"Tenant {name} for AwsAccountId {ACCOUNT_ID} not found."
        )


def _addresses(request: SendRequest, recipients: Sequence[str]) -> list[str]:
    """The addresses of an email, in SES's order."""
    raw = request.raw
    return_path = [request.return_path] if request.return_path else []
    if raw is None:
        return [request.sender or "", *recipients, *return_path, *request.reply_to]
    # SES was not seen to look at other headers than From and To. [open: raw-addresses]
    reply_to = () if request.reply_to is raw.reply_to else request.reply_to
    return [
        request.sender or "",
        *raw.senders,
        *recipients,
        *return_path,
        *reply_to,
        *raw.destination.to,
    ]


def _check_configuration_set(name: str) -> None:
    """A set that cannot be there; any other may be."""
    if not metrics.is_well_formed(Dimension.CONFIGURATION_SET, name):
        raise Refusal(
            "NotFoundException",
            f"Configuration set <{name}> does not exist.",
            in_v1="ConfigurationSetDoesNotExist",
        )


def _check_length(request: SendRequest, addresses: Sequence[address_syntax.Address]) -> None:
    raw = request.raw
    if raw is not None:
        headers = (*chain(*raw.destination), *raw.reply_to, *raw.return_paths)
        addresses = [*addresses, *map(address_syntax.parse, headers)]
    for address in addresses:
        if address.too_long:
            raise bad_request(address.too_long)


def _check_template(account: Account, region: str, request: SendRequest) -> None:
    """While the account has no template, any may be there: most are deployed by other tools."""
    name = request.content.template_name
    if name is not None and request.template is None and templates.has_any(account):
        templates.get(account, region, name)


def _check_size(request: SendRequest) -> None:
    content, largest = request.content, _SERVICES[request.service].largest
    parts = (content.subject, content.text, content.html, content.raw, *content.template_data)
    size = sum([len(part) for part in parts if part]) * 4 // 3
    for attachment in content.attachments:
        size += len(str(attachment.get("RawContent")))
    if size > largest:
        # [open: size-words]
        raise bad_request(f"Message length is more than {largest} bytes long: '{size}'.")

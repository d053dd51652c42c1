"""The account-level suppression list: four operations, and what becomes of a send because of it.

`fake.suppress`, and a bounce or complaint that a test tells, put addresses on the list too
(emails/suppression_list.py).
"""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import unquote

from ..account import Account
from ..counting import timestamps
from ..emails.email import Email
from ..emails.message import id_in_sess_form
from ..emails.suppression_list import (
    REASONS,
    SuppressedAddress,
    SuppressionReason,
    normalized,
)
from ..untyped import JSONObject
from .calls import Reply, without_none
from .errors import (
    Refusal,
    bad_request,
    constraint,
    constraints_refusal,
)
from .paging import page, query_of, size_of
from .requests import HttpRequest, get_string, parse_json

#: Also the most that a page may have. [live]
_PAGE = 1000
_OF_ENUM = f"satisfy enum value set: [{', '.join(REASONS)}]"

_ADDRESS = re.compile(r"/v2/email/suppression/addresses/(.+?)/*")


def put_suppressed_destination(account: Account, request: HttpRequest) -> Reply:
    """Put an address on the list of the request's region, or change its reason."""
    members = parse_json(request.body)
    address, reason = get_string(members, "EmailAddress"), get_string(members, "Reason")
    check_no_tenant(get_string(members, "TenantName"))
    # The words of the first two are those of step 5. [open: put-words]
    broken = []
    if address is None:
        broken.append(constraint("emailAddress", "not be null"))
    elif not address.strip():
        broken.append(constraint("emailAddress", "have length greater than or equal to 1"))
    if reason is None:
        broken.append(constraint("reason", "not be null"))
    elif reason not in REASONS:
        broken.append(constraint("reason", _OF_ENUM))  # [live]
    if broken:
        raise constraints_refusal(broken)
    # Reading works in the sandbox. [live] That this check comes last is [open: put-order].
    if not account.settings.production_access_enabled:
        raise bad_request("Your account is still in the sandbox.")
    known = cast("SuppressionReason", reason)
    entry = SuppressedAddress(normalized(address or ""), known, timestamps.now())
    with account.messages.lock:
        account.suppression.put(entry, request.region)
    return Reply({})


def get_suppressed_destination(account: Account, request: HttpRequest) -> Reply:
    """An entry of the list."""
    address = _address_of(request)
    with account.messages.lock:
        entry = account.suppression.get(address, request.region)
    if entry is None:
        raise _not_listed(address)
    destination: JSONObject = {**_summary(entry), "TenantName": None}
    if entry.message is not None:
        # Of entries that a call made [open: put-attributes].
        message_id = entry.message.ensure_message_id()
        event = "complaint about" if entry.reason == "COMPLAINT" else "bounce of"
        feedback_id = id_in_sess_form(entry.updated, f"{event} {message_id}")
        destination["Attributes"] = {"MessageId": message_id, "FeedbackId": feedback_id}
    return Reply({"SuppressedDestination": destination})


def delete_suppressed_destination(account: Account, request: HttpRequest) -> Reply:
    """Take an address off the list."""
    address = _address_of(request)
    with account.messages.lock:
        was_there = account.suppression.remove(address, request.region)
    if not was_there:
        raise _not_listed(address)
    return Reply({})


def list_suppressed_destinations(account: Account, request: HttpRequest) -> Reply:
    """A page of the list: of some reasons, of some time."""
    query = query_of(request)
    size = size_of(query.get("PageSize", [None])[0], _PAGE)
    (token,) = query.get("NextToken", [None])
    # Both are looked at before all else. [live]
    if not 1 <= size <= _PAGE:
        raise bad_request(f"Page size {size} is invalid, expected a number between 1 and {_PAGE}")
    if token == "":
        raise _invalid_token()
    reasons = query.get("Reason", [])
    check_no_tenant(query.get("TenantName", [None])[0])
    if not set(reasons) <= set(REASONS):
        raise constraints_refusal(
            [constraint("reasons", f"satisfy constraint: [Member must {_OF_ENUM}]")]
        )
    start, end = (_date(query.get(name, [None])[0]) for name in ("StartDate", "EndDate"))
    with account.messages.lock:
        entries = account.suppression.entries(request.region)
    # That LastUpdateTime is meant, from the start on and before the end, is [open: list-dates].
    found = {
        entry.address: entry
        for entry in entries
        if not reasons or entry.reason in reasons
        if (start is None or start <= entry.updated) and (end is None or entry.updated < end)
    }
    scope = f"suppressed {request.region} {' '.join(sorted(set(reasons)))}"
    try:
        shown, next_token = page(found, scope, size, token)
    except ValueError:
        raise _invalid_token() from None
    # Absent from the last page: [open: null-next-token].
    members = {
        "SuppressedDestinationSummaries": [_summary(one) for one in shown],
        "NextToken": next_token,
    }
    return Reply(without_none(members))


def check_no_tenant(name: str | None) -> None:
    """Raises Refusal (`NotFoundException`): there are no tenants here."""
    if name is not None:
        raise Refusal("NotFoundException", f"The requested tenant {name} does not exist.")  # [live]


def _summary(entry: SuppressedAddress) -> JSONObject:
    return {
        "EmailAddress": entry.address,
        "Reason": entry.reason,
        # The form of all times of SES v2: milliseconds are the fraction. [live]
        "LastUpdateTime": entry.updated // 1000 / 1000,
    }


def _address_of(request: HttpRequest) -> str:
    check_no_tenant(query_of(request).get("TenantName", [None])[0])
    found = _ADDRESS.fullmatch(request.path)
    return normalized(unquote(found[1])) if found else ""


def _not_listed(address: str) -> Refusal:
    return Refusal(
        "NotFoundException", f"Email address {address} does not exist on your suppression list."
    )


def _invalid_token() -> Refusal:
    return Refusal("InvalidNextTokenException", "Token is invalid.")


def _date(text: str | None) -> int | None:
    if text is None:
        return None
    found = timestamps.parse_iso_8601(text)
    if found is None:
        raise bad_request(f"Invalid timestamp: {text[:50]}")  # [open: list-dates]
    return found[0]


def hold_back(account: Account, region: str, email: Email) -> set[str]:
    """Have an accepted email bounce, or be complained about, as far as its recipients are listed.

    Returns these. Such an email counts as sent and towards the quota [doc, guide].
    """
    with account.messages.lock:
        if account.suppression.is_empty(region):
            return set()
        listed: dict[str, list[str]] = {}
        for recipient in email._message.recipients:
            for reason in account.suppression.reasons_against(recipient, region):
                listed.setdefault(reason, []).append(recipient)
    for reason, recipients in listed.items():  # a record for each reason [live]
        if reason == "BOUNCE":
            email.bounce(sub_type="OnAccountSuppressionList", recipients=recipients)
        else:
            email.complain("OnAccountSuppressionList", recipients=recipients)
    return {recipient for recipients in listed.values() for recipient in recipients}

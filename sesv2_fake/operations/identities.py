"""The account's verified identities: four operations, and whether a sender is verified.

As with templates: while the account names none, any sender may send.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from .. import checks
from ..account import Account, Identity
from ..counting import metrics
from ..counting.metrics import Dimension
from ..emails import addresses
from ..emails.message import stable_uuid
from ..emails.segments import checked_value
from ..untyped import JSONObject
from .calls import Reply, without_none
from .errors import (
    Refusal,
    bad_request,
    constraint,
    constraints_refusal,
)
from .paging import page, query_of, size_of
from .requests import (
    HttpRequest,
    as_structure,
    get_list,
    get_string,
    get_structure,
    parse_json,
)

#: Also the most that a page may have. [open: identity-words]
_PAGE = 1000
#: At least two labels; letters of any language.
_DOMAIN = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
_NAME = re.compile(r"/v2/email/identities/([^/]+)/*")


def create_email_identity(account: Account, request: HttpRequest) -> Reply:
    """Name an identity, which is not verified until the test says so."""
    members = parse_json(request.body)
    name = get_string(members, "EmailIdentity")
    if not name:
        rule = "not be null" if name is None else "have length greater than or equal to 1"
        raise constraints_refusal([constraint("emailIdentity", rule)])
    if not metrics.is_well_formed(Dimension.EMAIL_IDENTITY, name):
        raise bad_request("Invalid email identity provided.")  # [open: identity-words]
    tags = [
        (get_string(tag, "Key") or "", get_string(tag, "Value") or "")
        for tag in map(as_structure, get_list(members, "Tags"))
    ]
    signing = get_structure(members, "DkimSigningAttributes")
    identity = Identity(
        name,
        False,
        configuration_set=get_string(members, "ConfigurationSetName"),
        tags=tuple(tags),
        has_own_key=get_string(signing, "DomainSigningSelector") is not None,
    )
    identities = account.identities.of(request.region)
    with account.messages.lock:
        if name.lower() in identities:
            # [open: identity-words]
            raise Refusal("AlreadyExistsException", f"Email identity {name} already exist.")
        identities[name.lower()] = identity
    return Reply(
        {
            "IdentityType": _type(identity),
            "VerifiedForSendingStatus": identity.verified,
            "DkimAttributes": _dkim(identity),
        }
    )


def get_email_identity(account: Account, request: HttpRequest) -> Reply:
    """What is known of an identity."""
    identity = _named(account, request)
    payload = {
        "ConfigurationSetName": identity.configuration_set,
        "IdentityType": _type(identity),
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": identity.verified,
        "DkimAttributes": _dkim(identity),
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {},
        "Tags": [{"Key": key, "Value": value} for key, value in identity.tags],
        "VerificationStatus": _status(identity),
    }
    return Reply(without_none(payload))


def list_email_identities(account: Account, request: HttpRequest) -> Reply:
    """A page of the identities; of newer clients in the body, of older in the query string."""
    members: JSONObject = parse_json(request.body)
    if not members:
        members = {name: values[0] for name, values in query_of(request).items()}
    size = size_of(members.get("PageSize"), _PAGE)
    token = get_string(members, "NextToken")
    # Words and limits are [open: identity-words].
    if not 0 <= size <= _PAGE:
        raise bad_request(f"PageSize must be between 0 and {_PAGE}")
    with account.messages.lock:
        identities = dict(account.identities.of(request.region))
    try:
        shown, next_token = page(identities, f"identities {request.region}", size or _PAGE, token)
    except ValueError:
        raise bad_request("Token is invalid.") from None
    found = [
        {
            "IdentityType": _type(identity),
            "IdentityName": identity.name,
            "SendingEnabled": identity.verified,
            "VerificationStatus": _status(identity),
        }
        for identity in shown
    ]
    return Reply(without_none({"EmailIdentities": found, "NextToken": next_token}))


def delete_email_identity(account: Account, request: HttpRequest) -> Reply:
    """Delete an identity: it is no longer verified."""
    identity = _named(account, request)
    account.identities.of(request.region).pop(identity.name.lower(), None)
    return Reply({})


def _named(account: Account, request: HttpRequest) -> Identity:
    found = _NAME.fullmatch(request.path)
    name = unquote(found[1]) if found else ""
    identity = account.identities.of(request.region).get(name.lower())
    if identity is None:
        # [open: identity-words]
        raise Refusal("NotFoundException", f"Email identity {name} does not exist.")
    return identity


def _type(identity: Identity) -> str:
    return "EMAIL_ADDRESS" if "@" in identity.name else "DOMAIN"


def _status(identity: Identity) -> str:
    return "SUCCESS" if identity.verified else "PENDING"


def _dkim(identity: Identity) -> JSONObject:
    """An address has no DKIM of its own; a domain's tokens stand for its name."""
    if "@" in identity.name:
        return {"SigningEnabled": False, "Status": "NOT_STARTED"}
    return {
        "SigningEnabled": True,
        "Status": _status(identity),
        "Tokens": [f"{stable_uuid(f'{identity.name} {n}').hex}" for n in range(3)],
        "SigningAttributesOrigin": "EXTERNAL" if identity.has_own_key else "AWS_SES",
    }


def add(account: Account, name: object, *, verified: object, region: str | None) -> None:
    """Give the account the identity that a test names, or change whether it is verified.

    Raises TypeError or ValueError for what is no identity or flag.
    """
    checked = checked_value(Dimension.EMAIL_IDENTITY, name, "name")
    if not _DOMAIN.fullmatch(addresses.domain_of(checked)):
        raise ValueError(
            f"name: expected an address or a domain, such as 'example.com', got {name!r}"
        )
    identity = Identity(str(name), checks.flag(verified, "verified"))
    with account.messages.lock:
        for _, identities in account.identities.all(region):
            before = identities.get(identity.name.lower(), identity)
            identities[identity.name.lower()] = before._replace(verified=identity.verified)


def check_verified(account: Account, region: str, sender: str, recipients: Sequence[str]) -> None:
    """Raises Refusal (`MessageRejected`) if the sender of an email is not verified.

    In the sandbox the recipients too, but for the mailbox simulator's. The words are [live].
    """
    identities = account.identities.of(region)
    if not identities:
        return
    checked = [sender]
    if not account.settings.production_access_enabled:
        checked += recipients
    failed = [text for text in checked if not _is_verified(identities, text)]
    if failed:
        raise Refusal(
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region "
            f"{region.upper()}: {', '.join(dict.fromkeys(failed))}",
        )


def _is_verified(identities: dict[str, Identity], text: str) -> bool:
    """Whether an address is verified: itself, its domain, or a domain above that. [guide]"""
    address = (addresses.cached_parse_address(text) or text).lower()
    if addresses.domain_of(address) == addresses.SIMULATOR_DOMAIN:
        return True
    found = map(identities.get, _covering(address))
    return any(identity is not None and identity.verified for identity in found)


def _covering(address: str) -> Iterator[str]:
    yield address
    domain = addresses.domain_of(address)
    while domain:
        yield domain
        domain = domain.partition(".")[2]

"""Email addresses and ARNs of identities, out of what headers, requests and tests write."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ..counting import metrics
from ..counting.metrics import Dimension
from . import address_syntax

#: The account that all emails are of.
ACCOUNT_ID = "123456789012"

#: Mail to any address here is the mailbox simulator's, whatever the label. [doc]
SIMULATOR_DOMAIN = "simulator.amazonses.com"

_ADDRESS = r'(?:[^\s@<>,;"()]+|"[^"]+")@[^\s@<>,;"()]+'
_BARE = re.compile(_ADDRESS)
_NAMED = re.compile(rf'((?:"[^"]*"|[^<>"])*)<\s*({_ADDRESS})\s*>\s*')
_ARN = re.compile(r"arn:[^:]*:ses:[^:]*:([^:]*):identity/(.+)", re.DOTALL)
_QUOTED = re.compile(r'"[^"]*"')


def parse_address(text: str) -> str | None:
    """The bare address, as given, of `address` or `Name <address>`; None for all else."""
    if _BARE.fullmatch(text):
        return text
    named = _NAMED.fullmatch(text)
    if named is None:
        return None
    name = _QUOTED.sub("", named[1])
    is_list = "@" in name and "," in name
    return None if is_list else named[2]


#: For the few addresses of tests and of code under test; the recipients of records are too many.
cached_parse_address = lru_cache(maxsize=4096)(parse_address)


def bare(text: str) -> str:
    """The bare address of a text; the text itself if it is no address."""
    # Seeds and records may have addresses that SES refuses at a send.
    return cached_parse_address(text) or address_syntax.parse(text).bare or text


def checked_address(text: object, name: str) -> str:
    """The bare address that a test handed in as `name`; TypeError or ValueError otherwise."""
    if not isinstance(text, str):
        raise TypeError(
            f"{name}: expected an address such as 'ann@gmail.com', "
            f"got {text!r} ({type(text).__name__})"
        )
    address = cached_parse_address(text)
    if address is None:
        raise ValueError(
            f"{name}: expected one address such as 'ann@gmail.com' or 'Ann <ann@gmail.com>', "
            f"got {text!r}"
        )
    return address


def domain_of(address: str) -> str:
    """The domain of a bare address, in lower case; of a bare domain, itself."""
    return address.rpartition("@")[2].lower()


class IdentityArn(NamedTuple):
    """What the ARN of an identity says."""

    account: str
    #: As it is compared.
    identity: str


def parse_identity_arn(text: str) -> IdentityArn | None:
    """What an ARN says; None if it is not that of an identity."""
    found = _ARN.fullmatch(text)
    if found is None or not metrics.is_well_formed(Dimension.EMAIL_IDENTITY, found[2]):
        return None
    return IdentityArn(found[1], metrics.normalized(Dimension.EMAIL_IDENTITY, found[2]))

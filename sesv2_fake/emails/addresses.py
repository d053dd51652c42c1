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


#: Tests and code under test name the same few again and again; the recipients of records are many.
parse_again = lru_cache(maxsize=4096)(parse_address)


def bare(text: str) -> str:
    """The bare address of a text; the text itself if it is no address."""
    # Seeds and records may have addresses that SES refuses at a send.
    return parse_again(text) or address_syntax.parse(text).bare or text


def checked_address(text: object, name: str) -> str:
    """The bare address that a test handed in as `name`; TypeError or ValueError otherwise."""
    if not isinstance(text, str):
        raise TypeError(
            f"{name}: expected an address such as 'ann@gmail.com', "
            f"got {text!r} ({type(text).__name__})"
        )
    address = parse_again(text)
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


UNKNOWN_ISP = "UNKNOWN_ISP"

#: The names are [live] ("ISP names" in reference/service.md); SES does not publish which domains
#: stand behind them, so these are the providers' own well-known ones: [open: isp-domains]. A name
#: before a dot and a star stands for its country variants too: yahoo.com, yahoo.fr, yahoo.co.uk,
#: yahoo.com.br.
_DOMAINS: dict[str, str] = {
    "Gmail": "gmail.com googlemail.com",
    "Hotmail": "hotmail.* outlook.* live.* msn.* windowslive.com passport.com",
    "ExchangeOnline": "onmicrosoft.com",
    "Yahoo": "yahoo.* ymail.com rocketmail.com myyahoo.com",
    "Icloud": "icloud.com me.com mac.com",
    "Aol": "aol.* aim.com",
    "Comcast": "comcast.net",
    "Att": "att.net",
    "Cox": "cox.net",
    "Sbcglobal": "sbcglobal.net",
    "Verizon": "verizon.net",
    "Charter": "charter.net",
    "Gmx": "gmx.* gmx.net gmx.info gmx.biz",
    "Tencent": "qq.com vip.qq.com foxmail.com",
    "NetEase": "163.com vip.163.com 126.com vip.126.com yeah.net",
}

#: Every ISP name that accounts were seen to have [live], by its lower case.
BY_LOWER_CASE = {name.lower(): name for name in (*_DOMAINS, UNKNOWN_ISP)}

_ISP_OF = {domain: isp for isp, domains in _DOMAINS.items() for domain in domains.split()}
_COUNTRY_VARIANT = re.compile(r"([a-z]+)\.(?:com|[a-z]{2}|(?:com|co|ne)\.[a-z]{2})")


@lru_cache(maxsize=4096)
def isp_of_domain(domain: str) -> str:
    """The ISP that hosts a domain (in lower case); `UNKNOWN_ISP` if that is not known."""
    exact = _ISP_OF.get(domain)
    if exact is not None:
        return exact
    if domain.endswith(".onmicrosoft.com"):
        return _ISP_OF["onmicrosoft.com"]
    variant = _COUNTRY_VARIANT.fullmatch(domain)
    return _ISP_OF.get(f"{variant[1]}.*", UNKNOWN_ISP) if variant else UNKNOWN_ISP

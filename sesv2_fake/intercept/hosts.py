"""Which hosts are AWS's own, and which region a request is for."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

#: The DNS suffixes of AWS's partitions, plain and dual-stack, as botocore's `partitions.json` has
#: them.
_SUFFIXES = (
    "amazonaws.com",
    "api.aws",
    "amazonaws.com.cn",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "api.aws.ic.gov",
    "sc2s.sgov.gov",
    "api.aws.scloud",
    "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws.hci.ic.gov",
)
_ENDINGS = tuple(f".{suffix}" for suffix in _SUFFIXES)
_ANY_SUFFIX = f"(?:{'|'.join(map(re.escape, _SUFFIXES))})"
#: Of a region, one reached through PrivateLink, and one of several regions.
_OF_SES = re.compile(
    r"(?:[a-z0-9.-]+\.)?email(?:-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.(?:vpce\.)?"
    + _ANY_SUFFIX
    + r"|[a-z0-9.-]+\.endpoints\.email\."
    + _ANY_SUFFIX
)
#: Another service, whose requests are signed for `ses` too.
_OF_MAIL_MANAGER = re.compile(r"(?:[a-z0-9.-]+\.)?mail-manager(?:-fips)?\.[a-z0-9.-]+")
#: The services that a request to SES may be signed for: today's name, and the one before it.
_SIGNING_NAMES = ("ses", "email")
#: The region and the service, in a header or in the query of a signed URL; a signature for
#: several regions, SigV4A's, names none here.
_SCOPE = re.compile(
    r"Credential=[^/]{1,200}/\d{1,8}/(?:([a-z0-9-]{1,50})/)?([a-z0-9-]{1,50})/aws4_request",
    re.ASCII,
)


@lru_cache(maxsize=256)
def is_aws(url: str) -> bool:
    """Whether a URL is of a host of AWS's own, and not of an endpoint of the user's."""
    return _host(url).endswith(_ENDINGS)


def is_ses(url: str, signed_for: str | None = None) -> bool:
    """Whether a URL is SES's, by its host or by the service that the request is signed for.

    An endpoint of the user's own may also be asked without a signature.
    """
    if is_aws(url):
        host = _host(url)
        is_signed = signed_for in _SIGNING_NAMES and not _OF_MAIL_MANAGER.fullmatch(host)
        return is_signed or _OF_SES.fullmatch(host) is not None
    return signed_for is None or signed_for in _SIGNING_NAMES


def region_of(url: str) -> str | None:
    """The region, of the URL of a regional host of SES; None of every other."""
    found = _OF_SES.fullmatch(_host(url))
    return found[1] if found else None


def _host(url: str) -> str:
    # A dot at the end is of the name of the same host.
    return (urlsplit(url).hostname or "").rstrip(".")


def signed_for(authorization: str, url: str = "") -> tuple[str | None, str | None]:
    """The region and the service that a request is signed for, if it says so.

    In its header `Authorization`, or in its URL.
    """
    scope = _SCOPE.search(authorization) or _SCOPE.search(unquote(urlsplit(url).query))
    return (scope[1], scope[2]) if scope else (None, None)

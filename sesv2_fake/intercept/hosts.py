"""Which hosts are AWS's own, and which region a request is for."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

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
_OF_SES = re.compile(rf"email(?:-fips)?\.([a-z0-9-]+)\.(?:{'|'.join(map(re.escape, _SUFFIXES))})")
#: The region and the service; a signature for several regions, SigV4A's, names none here.
_SCOPE = re.compile(
    r"Credential=[^/]{1,200}/\d{1,8}/(?:([a-z0-9-]{1,50})/)?([a-z0-9-]{1,50})/aws4_request",
    re.ASCII,
)


@lru_cache(maxsize=256)
def is_aws(url: str) -> bool:
    """Whether a URL is of a host of AWS's own, and not of an endpoint of the user's."""
    # A dot at the end is of the name of the same host.
    return (urlsplit(url).hostname or "").rstrip(".").endswith(_ENDINGS)


def region_of(url: str) -> str | None:
    """The region, of the URL of a regional host of SES; None of every other."""
    parts = urlsplit(url)
    host = _OF_SES.fullmatch(parts.hostname or "")
    return host[1] if host and parts.scheme == "https" else None


def signed_for(authorization: str) -> tuple[str | None, str | None]:
    """The region and the service that a request's header `Authorization` is for, if it says so."""
    scope = _SCOPE.search(authorization)
    return (scope[1], scope[2]) if scope else (None, None)

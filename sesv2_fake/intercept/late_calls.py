"""Calls of SES that come to their socket under a fake, and that `make_request` did not see.

They began before the fake started, in another thread, or somebody has replaced `make_request`. All
that is known of them is their HTTP request.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from ..operations import routes
from ..operations.requests import attempt_of
from . import active, hosts
from .under_way import UnderWay, begun_under, body_of

#: The service that requests to SES are signed for, of both versions.
_SIGNING_NAME = "ses"


def late_call(request: AWSPreparedRequest) -> UnderWay | None:
    """The call that a request is of; None if it is not SES's, or if no fake is active.

    Raises RuntimeError if its region is not to be seen: it must not leave, and has no answer.
    """
    activation = active.innermost()
    if activation is None:
        return None
    region, service = hosts.signed_for(_header(request, "Authorization"))
    region = region or hosts.region_of(request.url)
    if service is None and (region is not None or not hosts.is_aws(request.url)):
        service = _SIGNING_NAME  # it is not signed
    found = _operation_of(request) if service == _SIGNING_NAME else None
    if found is None:
        return None
    attempt = attempt_of(_header(request, "amz-sdk-request"))
    carried = {
        "url": request.url,
        "url_path": urlsplit(request.url).path,
        "context": {"client_region": region or "unknown", "retries": {"attempt": attempt}},
    }
    call = begun_under(activation.account, *found, carried)
    if call is None or not call.stays_here:
        return None
    if call.route is not None and region is None:
        raise RuntimeError(
            f"sesv2_fake is active, and a call to {request.url} that it did not see beginning was "
            "about to leave the process. It has no answer, since it names no region; did it "
            "begin before the fake, in another thread?"
        )
    # Others have been asked by now.
    call.others_may_answer = False
    return call


def _operation_of(request: AWSPreparedRequest) -> tuple[str, str] | None:
    """The service and the operation's name, or its method and path; None if it is not SES's."""
    path = urlsplit(request.url).path
    if path.startswith("/v2/email/"):
        route = routes.find(request.method, path)
        return "sesv2", f"{request.method} {path}" if route is None else route.operation
    if path.strip("/") or not hosts.is_aws(request.url):
        return None
    action = routes.action_of(body_of(request))
    return ("ses", action) if action else None


def _header(request: AWSPreparedRequest, name: str) -> str:
    value: str | bytes = request.headers.get(name, "")
    return value.decode() if isinstance(value, bytes) else value

"""Calls that `requests` sends, with whatever signer: answered through `responses`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import requests
import responses
from requests.adapters import HTTPAdapter

from ..account import Account
from ..operations import dispatch, routes
from ..operations.errors import HttpAnswer, unknown_operation
from . import hosts
from .call_context import refuse, request_of, untracked_call
from .interceptor import interceptor, warn_of
from .patching import Function

if TYPE_CHECKING:
    from .call_context import PreparedRequest

_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

#: `requests`' own exception for each way in which a connection can break.
_DROPS: dict[str, type[requests.RequestException]] = {
    "no-connection": requests.ConnectionError,
    "read-timeout": requests.ReadTimeout,
    "connect-timeout": requests.ConnectTimeout,
}


class SesAdapter(HTTPAdapter):
    """Takes what is sent to an operation's URL; while a fake is active `responses` stands in.

    An adapter of its own, so that a user's own mocks of `HTTPAdapter.send` see none of it and
    lose none of theirs.
    """

    send = HTTPAdapter.send


def intercept_requests() -> None:
    """Have the calls that any `requests` session sends to SES's URLs answered.

    By the fakes that have `intercept_requests` on, and until no fake is active.
    """
    with interceptor.lock:
        if interceptor.mock_of_requests is None:
            mock = _mock()
            mock.start()
            interceptor.mock_of_requests = mock
        interceptor.replace(requests.Session, "get_adapter", _getting_our_adapter)


def _mock() -> responses.RequestsMock:
    mock = responses.RequestsMock(
        assert_all_requests_are_fired=False, target=f"{__name__}.{SesAdapter.__name__}.send"
    )
    for method in _METHODS:
        mock.add_callback(method, re.compile(""), _answer)
    return mock


def _getting_our_adapter(get_adapter: Function) -> Function:
    def getting(session: requests.Session, url: str, *args: object, **kwargs: object) -> object:
        theirs = get_adapter(session, url, *args, **kwargs)
        if _answering() is None or not _stays_here(url):
            return theirs
        return SesAdapter(max_retries=getattr(theirs, "max_retries", 0))

    return getting


def _answering() -> Account | None:
    """The innermost fake's account, if that fake answers `requests` too."""
    fake = interceptor.innermost()
    return fake.account if fake and fake.account.options["intercept_requests"] else None


def _stays_here(url: str) -> bool:
    """Whether a URL is SES's; with `other_operations="allow"`, an operation's that is answered."""
    if hosts.region_of(url) is None:
        return False
    account, path = _answering(), urlsplit(url).path
    others_leave = account is not None and account.options["other_operations"] == "allow"
    return not others_leave or not path.strip("/") or routes.is_known(path)


def _answer(
    request: requests.PreparedRequest,
) -> tuple[int, dict[str, str], bytes] | Exception:
    account = _answering()
    if account is None:
        return requests.ConnectionError("the sesv2_fake that this call began under was stopped")
    sent = cast("PreparedRequest", request)
    call = untracked_call(sent)
    if call is None:  # allowed to leave, but for its URL
        return _delivered(unknown_operation(request.method or "", urlsplit(request.url or "").path))
    if call.route is None:
        refuse(call, sent)
    outcome = dispatch.answer(account, call.route, request_of(call, sent))
    warn_of(outcome.diverging)
    return _exception_of(outcome.drop) if outcome.http is None else _delivered(outcome.http)


def _delivered(http: HttpAnswer) -> tuple[int, dict[str, str], bytes]:
    return http.status, http.headers, http.body


def _exception_of(drop: object) -> Exception:
    exception = _DROPS[drop] if isinstance(drop, str) else requests.ConnectionError
    return exception("dropped by sesv2_fake")

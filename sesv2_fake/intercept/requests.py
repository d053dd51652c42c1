"""Calls that `requests` sends, with whatever signer: answered through `responses`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import responses
from requests.adapters import HTTPAdapter

from ..account import Account
from ..operations import dispatch, routes
from ..operations.errors import HttpAnswer, unknown_operation
from ..operations.requests import HttpRequest, attempt_of
from . import hosts
from .interceptor import interceptor, warn_of

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


def _getting_our_adapter(get_adapter: Callable[..., Any]) -> Callable[..., Any]:
    def getting(session: requests.Session, url: str, *args: Any, **kwargs: Any) -> Any:
        theirs = get_adapter(session, url, *args, **kwargs)
        if _answering() is None or _region_of(url) is None:
            return theirs
        return SesAdapter(max_retries=getattr(theirs, "max_retries", 0))

    return getting


def _answering() -> Account | None:
    """The innermost fake's account, if that fake answers `requests` too."""
    fake = interceptor.innermost()
    return fake.account if fake and fake.account.options["intercept_requests"] else None


def _region_of(url: str) -> str | None:
    """The region, of the URL of an operation that is answered; None of every other."""
    return hosts.region_of(url) if routes.is_known(urlsplit(url).path) else None


def _answer(
    request: requests.PreparedRequest,
) -> tuple[int, dict[str, str], bytes] | Exception:
    account = _answering()
    if account is None:
        return requests.ConnectionError("the sesv2_fake that this call began under was stopped")
    url = request.url or ""
    path = urlsplit(url).path
    route = routes.find(request.method or "", path)
    if route is None:
        return _delivered(unknown_operation(request.method or "", path))
    outcome = dispatch.answer(
        account,
        route,
        HttpRequest(
            _region_of(url) or "",
            _bytes(request.body),
            attempt_of(request.headers.get("amz-sdk-request", "")),
            path,
        ),
    )
    warn_of(outcome.diverging)
    return _exception_of(outcome.drop) if outcome.http is None else _delivered(outcome.http)


def _bytes(body: Any) -> bytes:
    """A body as `requests` takes it: text, bytes, a file, or an iterable of bytes."""
    if body is None or isinstance(body, bytes):
        return body or b""
    if isinstance(body, str):
        return body.encode()
    return _bytes(body.read()) if hasattr(body, "read") else b"".join(map(_bytes, body))


def _delivered(http: HttpAnswer) -> tuple[int, dict[str, str], bytes]:
    return http.status, http.headers, http.body


def _exception_of(drop: Any) -> Exception:
    exception = _DROPS[drop] if isinstance(drop, str) else requests.ConnectionError
    return exception("dropped by sesv2_fake")

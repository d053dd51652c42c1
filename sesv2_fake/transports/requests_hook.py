"""Calls that `requests` sends, with whatever signer: answered through `responses`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
import responses
from requests.adapters import HTTPAdapter

from ..service.errors import HttpAnswer
from ..service.operation import Service
from ..service.requests import HttpRequest, attempt_of, unknown_operation
from .divergences import warn_of

#: The operation's URL in any region: plain, FIPS, dual-stack, and China's.
_URL = re.compile(
    r"https://email(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
    r"/v2/email/metrics/batch/?(?:\?.*)?"
)
_OTHER_METHODS = ("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

#: `requests`' own exception for each way in which a connection can break.
_DROPS: dict[str, type[requests.RequestException]] = {
    "no-connection": requests.ConnectionError,
    "read-timeout": requests.ReadTimeout,
    "connect-timeout": requests.ConnectTimeout,
}


class SesAdapter(HTTPAdapter):
    """Takes what is sent to the operation's URL; while a fake is active `responses` stands in.

    An adapter of its own, so that a user's own mocks of `HTTPAdapter.send` see none of it and
    lose none of theirs.
    """

    send = HTTPAdapter.send


@contextmanager
def intercepting(service: Service) -> Iterator[None]:
    """Answer the calls that any `requests` session sends to the operation's URL."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes] | Exception:
        found = _URL.fullmatch(request.url or "")
        body = request.body or b""
        outcome = service.answer(
            HttpRequest(
                found[1] if found else "",
                body if isinstance(body, bytes) else body.encode(),
                attempt_of(request.headers.get("amz-sdk-request", "")),
            )
        )
        warn_of(outcome.diverging)
        return _exception_of(outcome.drop) if outcome.http is None else _answer(outcome.http)

    def refuse(_: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        return _answer(unknown_operation())

    mock = responses.RequestsMock(
        assert_all_requests_are_fired=False, target=f"{__name__}.{SesAdapter.__name__}.send"
    )
    mock.add_callback("POST", _URL, answer)
    for method in _OTHER_METHODS:
        mock.add_callback(method, _URL, refuse)
    with mock, _own_adapter():
        yield


@contextmanager
def _own_adapter() -> Iterator[None]:
    get_adapter: Callable[..., Any] = requests.Session.get_adapter

    def getting(session: requests.Session, url: str, *args: Any, **kwargs: Any) -> Any:
        if _URL.fullmatch(url):
            return SesAdapter()
        return get_adapter(session, url, *args, **kwargs)

    _set_get_adapter(getting)
    try:
        yield
    finally:
        # Left in place, and idle, where somebody has wrapped it since.
        if requests.Session.get_adapter is getting:
            _set_get_adapter(get_adapter)


def _set_get_adapter(get_adapter: Callable[..., Any]) -> None:
    # Replacing it is what this is about.
    requests.Session.get_adapter = get_adapter  # type: ignore[method-assign]


def _answer(http: HttpAnswer) -> tuple[int, dict[str, str], bytes]:
    return http.status, http.headers, http.body


def _exception_of(drop: Any) -> Exception:
    exception = _DROPS[drop] if isinstance(drop, str) else requests.ConnectionError
    return exception("dropped by sesv2_fake")

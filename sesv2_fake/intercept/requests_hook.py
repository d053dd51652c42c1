"""Calls that `requests` sends, with whatever signer: answered through `responses`."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import responses
from requests.adapters import HTTPAdapter

from ..api.batch_get_metric_data import Service
from ..api.errors import HttpAnswer
from ..api.wire import PATH, HttpRequest, attempt_of, unknown_operation
from .divergences import warn_of

#: The operation's host in any region: plain, FIPS, dual-stack, and China's.
_HOST = re.compile(r"email(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")
_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

#: `requests`' own exception for each way in which a connection can break.
_DROPS: dict[str, type[requests.RequestException]] = {
    "no-connection": requests.ConnectionError,
    "read-timeout": requests.ReadTimeout,
    "connect-timeout": requests.ConnectTimeout,
}

#: The services of the active fakes that intercept; the last is the innermost and answers.
_active: list[Service] = []
_lock = threading.RLock()
_until_the_last_ends = ExitStack()


class SesAdapter(HTTPAdapter):
    """Takes what is sent to the operation's URL; while a fake is active `responses` stands in.

    An adapter of its own, so that a user's own mocks of `HTTPAdapter.send` see none of it and
    lose none of theirs.
    """

    send = HTTPAdapter.send


@contextmanager
def intercepting(service: Service) -> Iterator[None]:
    """Answer the calls that any `requests` session sends to the operation's URL."""
    with _lock:
        if not _active:
            _until_the_last_ends.enter_context(_mock())
            _until_the_last_ends.enter_context(_own_adapter())
        _active.append(service)
    try:
        yield
    finally:
        with _lock:
            _active.remove(service)
            if not _active:
                _until_the_last_ends.close()


def _mock() -> responses.RequestsMock:
    mock = responses.RequestsMock(
        assert_all_requests_are_fired=False, target=f"{__name__}.{SesAdapter.__name__}.send"
    )
    for method in _METHODS:
        mock.add_callback(method, re.compile(""), _answer)
    return mock


@contextmanager
def _own_adapter() -> Iterator[None]:
    get_adapter: Callable[..., Any] = requests.Session.get_adapter

    def getting(session: requests.Session, url: str, *args: Any, **kwargs: Any) -> Any:
        theirs = get_adapter(session, url, *args, **kwargs)
        if not _active or _region_of(url) is None:
            return theirs
        return SesAdapter(max_retries=getattr(theirs, "max_retries", 0))

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


def _region_of(url: str) -> str | None:
    """The region, of the operation's URL; None of every other."""
    parts = urlsplit(url)
    host = _HOST.fullmatch(parts.hostname or "")
    is_ours = parts.scheme == "https" and parts.path.rstrip("/") == PATH
    return host[1] if host and is_ours else None


def _answer(
    request: requests.PreparedRequest,
) -> tuple[int, dict[str, str], bytes] | Exception:
    if request.method != "POST":
        return _carried(unknown_operation())
    outcome = _active[-1].answer(
        HttpRequest(
            _region_of(request.url or "") or "",
            _bytes(request.body),
            attempt_of(request.headers.get("amz-sdk-request", "")),
        )
    )
    warn_of(outcome.diverging)
    return _exception_of(outcome.drop) if outcome.http is None else _carried(outcome.http)


def _bytes(body: Any) -> bytes:
    """A body as `requests` takes it: text, bytes, a file, or an iterable of bytes."""
    if body is None or isinstance(body, bytes):
        return body or b""
    if isinstance(body, str):
        return body.encode()
    return _bytes(body.read()) if hasattr(body, "read") else b"".join(map(_bytes, body))


def _carried(http: HttpAnswer) -> tuple[int, dict[str, str], bytes]:
    return http.status, http.headers, http.body


def _exception_of(drop: Any) -> Exception:
    exception = _DROPS[drop] if isinstance(drop, str) else requests.ConnectionError
    return exception("dropped by sesv2_fake")

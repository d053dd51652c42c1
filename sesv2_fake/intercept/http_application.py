"""How an HTTP request is answered: who may ask, the request's body, and SES's answer."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Collection, Iterable
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import quote

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Request

from ..account import Account
from ..operations import (
    custom,
    dispatch,
    export_server,
    routes,
)
from ..operations.calls import divergences_of
from ..operations.errors import (
    HttpAnswer,
    Refusal,
    answer_to,
    unknown_operation,
)
from ..operations.requests import (
    MAX_BODY,
    MAX_MAIL,
    HttpRequest,
    attempt_of,
)
from ..regions import DEFAULT_REGION
from . import hosts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: The names of this machine for itself, as they stand in the header `Host`.
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

#: Answers a request; None means that the connection is to break. It may raise Refusal.
Site = Callable[[Request], HttpAnswer | None]

#: The header of an answer that the live service would not have given.
DIVERGENCE = "x-sesv2-fake-live-divergence"
_LONGEST_HEADER = 1_000

_log = logging.getLogger("sesv2_fake")

_FORM = "application/x-www-form-urlencoded"

_HOST = re.compile(r"(.*?)(:\d*)?", re.ASCII)
#: A page of this server itself, or the address that a user typed.
_OWN_PAGES = (None, "same-origin", "none")


class _ClientGone(Exception):
    """The connection ended, or nothing more came, before the whole request was here."""


class Application:
    """Lets a site answer those who may ask it."""

    def __init__(self, site: Site, allowed_hosts: Collection[str] = LOOPBACK) -> None:
        self._site = site
        self._allowed_hosts = [name.lower() for name in allowed_hosts]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or break its connection."""
        request = Request(environ)
        answer = self._answer(request)
        if answer is None:
            # Which way the connection breaks cannot be chosen over a real socket.
            raise ConnectionAbortedError
        phrase = HTTP_STATUS_CODES.get(answer.status, "Unknown")
        start_response(f"{answer.status} {phrase.upper()}", [*answer.headers.items()])
        return [] if request.method == "HEAD" else [answer.body]

    def _answer(self, request: Request) -> HttpAnswer | None:
        try:
            _check_origin(request.environ, self._allowed_hosts)
            return self._site(request)
        except Refusal as refusal:
            return answer_to(refusal)
        except _ClientGone:
            return None
        except Exception as error:  # noqa: BLE001 - such as one of a test's own function in a fault
            _log.exception("%s %a could not be answered", request.method, request.path)
            problem = f"sesv2_fake: {type(error).__name__}: {error}"
            return answer_to(Refusal("InternalServiceErrorException", problem))


def _check_origin(environ: WSGIEnvironment, allowed_hosts: Collection[str]) -> None:
    """Let no web page of another origin in, by whatever name its browser found this server.

    Raises Refusal (`AccessDeniedException`).
    """
    host = environ.get("HTTP_HOST", "").lower()
    found = _HOST.fullmatch(host)
    if found is None or found[1] not in allowed_hosts:
        expected = " or ".join(allowed_hosts)
        raise _denied(f"Host: expected {expected}, with any port, got {host[:100]!r}")
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
        raise _denied(f"Origin: expected no web page but this server's own, got {origin[:100]!r}")
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site not in _OWN_PAGES:
        raise _denied(f"Sec-Fetch-Site: expected 'same-origin' or 'none', got {site[:100]!r}")


def _denied(why: str) -> Refusal:
    return Refusal("AccessDeniedException", f"sesv2_fake does not answer this request: {why}")


def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """The body, whole or in chunks.

    Raises Refusal for a body of more than `limit` bytes (`RequestEntityTooLargeException`), and
    for one that ends too early or whose length or chunks are malformed
    (`SerializationException`). Both are [open: server-paths].
    """
    environ = request.environ
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or "0"
    try:
        if environ.get("wsgi.input_terminated"):
            # werkzeug reads chunks straight into a buffer, which it shrinks if a chunk ends too
            # early. A plain read hands it one whose memory the interpreter then still writes to
            # (it crashes); the buffer of a BufferedReader cannot shrink: that is a ValueError.
            body = io.BufferedReader(stream).read(limit + 1)
            if len(body) > limit:
                _drop(stream, MAX_MAIL)
                raise _too_large(limit)
            return body
        if not (length.isascii() and length.isdigit()):
            raise _malformed_body()
        if int(length) > limit:
            _drop(stream, int(length) if int(length) <= MAX_MAIL else 0)
            raise _too_large(limit)
        body = cast(bytes, stream.read(int(length)))
    except (ConnectionError, TimeoutError):
        raise _ClientGone from None
    except (OSError, ValueError):
        raise _malformed_body() from None
    if len(body) < int(length):
        raise _malformed_body()
    return body


def _drop(stream: IO[bytes], size: int) -> None:
    """Read so much of a body that is refused: a client that still writes sees no answer."""
    while size > 0 and (read := stream.read(min(size, MAX_BODY))):
        size -= len(read)


def _too_large(limit: int) -> Refusal:
    message = f"The body has more than {limit} bytes."
    return Refusal("RequestEntityTooLargeException", message)


def _malformed_body() -> Refusal:
    message = "The request body ends too early, or its length or chunks are malformed."
    return Refusal("SerializationException", message)


def is_form(request: Request) -> bool:
    """Whether a request speaks as those to SES v1 do; a GET has its form in the URL. [guide]"""
    if request.method == "GET":
        return "Action" in request.args
    return request.method == "POST" and request.mimetype == _FORM


def answer_operation(
    account: Callable[[], Account], request: Request, path: str
) -> HttpAnswer | None:
    """What an operation of SES at this path answers; None if the connection is to break."""
    if path.startswith(export_server.PREFIX) and request.method in ("GET", "HEAD"):
        return export_server.answer_file(account(), path, request.query_string.decode("latin-1"))
    route = routes.find(request.method, path)
    is_of_v1 = path == "/" and is_form(request)
    is_send = is_of_v1 or (route is not None and route.is_send)
    body = read_body(request, MAX_MAIL if is_send else MAX_BODY)
    if is_of_v1:
        body = body if request.method == "POST" else request.query_string
        action = routes.action_of(body)
        route = routes.named("ses", action) or custom.route_of(account(), "ses", action)
    operation = None
    if route is None and not is_of_v1:
        operation = custom.operation_at(request.method, quote(path))
        route = custom.route_of(account(), "sesv2", operation or "")
    signature = request.environ.get("HTTP_AUTHORIZATION", "")
    region, _ = hosts.signed_for(signature)
    attempt = attempt_of(request.environ.get("HTTP_AMZ_SDK_REQUEST", ""))
    asked = HttpRequest(
        region or DEFAULT_REGION,
        body,
        attempt,
        quote(path),
        request.query_string.decode("ascii", "replace"),
        f"http://{request.environ['HTTP_HOST']}{request.path.removesuffix(path)}",
    )
    if route is None and is_of_v1:
        return dispatch.refuse_unknown(account(), "ses", action, "a form", asked)
    if route is None:
        where = f"{request.method} {path}"
        if operation is None and not signature:  # no call: a browser asks for /favicon.ico too
            return unknown_operation(request.method, path)
        return dispatch.refuse_unknown(account(), "sesv2", operation, where, asked)
    outcome = dispatch.answer(account(), route, asked)
    if outcome.http is not None and outcome.diverging:
        # A header holds one line of ASCII; a message shows what the request held.
        told = json.dumps("; ".join(divergences_of(outcome.diverging)))[1:-1]
        outcome.http.headers[DIVERGENCE] = told[:_LONGEST_HEADER]
    return outcome.http

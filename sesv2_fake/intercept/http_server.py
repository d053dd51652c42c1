"""Calls of any SDK in any language: an HTTP server on loopback."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from ..account import Account
from ..api import routes
from ..api.errors import HttpAnswer, unknown_operation
from ..api.wire import DEFAULT_REGION, MAX_BODY, HttpRequest, attempt_of, body_too_large

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HOST = "127.0.0.1"
_REGION = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/")


class _Handler(WSGIRequestHandler):
    """HTTP/1.1, which SDKs expect, and no line in the log for each request."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class _Application:
    """Carries requests to the account of one fake."""

    def __init__(self, account: Callable[[], Account]) -> None:
        self._account = account

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(Request(environ))
        if answer is None:
            return _hang_up(environ)
        response = Response(answer.body, answer.status, answer.headers)
        return response(environ, start_response)

    def _answer(self, request: Request) -> HttpAnswer | None:
        body = _body(request)
        if body is None:
            return _closing(body_too_large())
        route = routes.find(request.method, request.path)
        if route is None:
            return unknown_operation(request.method, request.path)
        scope = _REGION.search(request.headers.get("Authorization", ""))
        return (
            self._account()
            .answer(
                route,
                HttpRequest(
                    scope[1] if scope else DEFAULT_REGION,
                    body,
                    attempt_of(request.headers.get("amz-sdk-request", "")),
                    request.path,
                ),
            )
            .http
        )


def _body(request: Request) -> bytes | None:
    """The body, whole or in chunks; None where it is larger than `MAX_BODY`."""
    if (request.content_length or 0) > MAX_BODY:
        return None
    body = b""
    while len(body) <= MAX_BODY and (part := request.stream.read(MAX_BODY)):
        body += part
    return body if len(body) <= MAX_BODY else None


def _closing(answer: HttpAnswer) -> HttpAnswer:
    """The answer to a request whose body is not read, so that its connection is of no more use."""
    return answer._replace(headers={**answer.headers, "Connection": "close"})


def _hang_up(environ: WSGIEnvironment) -> list[bytes]:
    """Close the connection with no answer; which way it broke cannot be told over a socket."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


@contextmanager
def serving(account: Callable[[], Account], port: int = 0) -> Iterator[str]:
    """Answer over HTTP on loopback, on a free port if it is 0; gives the endpoint's URL.

    `account` gives the account that answers now: a fake's reset replaces it.

    Raises OSError where the port is taken.
    """
    with socket.create_server((_HOST, port)) as listening:
        server = make_server(
            _HOST,
            0,
            _Application(account),
            threaded=True,
            request_handler=_Handler,
            fd=listening.fileno(),
        )
        thread = threading.Thread(target=server.serve_forever, name="sesv2-fake", daemon=True)
        thread.start()
        try:
            yield f"http://{_HOST}:{listening.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

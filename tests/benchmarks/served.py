"""What a call over HTTP costs beside a bare werkzeug application, and a `serve()` block."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from calls import MONDAY, counts_on
from measuring import Action, Row, against, alone, best_times
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from sesv2_fake import Metric, mock_sesv2

PATH = "/v2/email/metrics/batch"
DAY_SECONDS = 86_400


def body_of(number: int) -> bytes:
    """A call's body: so many queries over 30 days."""
    start = int(MONDAY.timestamp())
    queries = [
        {
            "Id": f"q{n}",
            "Namespace": "VDM",
            "Metric": metric,
            "StartDate": start,
            "EndDate": start + 30 * DAY_SECONDS,
        }
        for n, metric in enumerate(list(Metric.__members__)[:number])
    ]
    return json.dumps({"Queries": queries}).encode()


class Caller:
    """Posts a body to whichever port is served now, and keeps what was answered."""

    def __init__(self, body: bytes) -> None:
        self.port = 0
        self.answer = b""
        self._body = body

    def __call__(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("POST", PATH, self._body)
        self.answer = connection.getresponse().read()
        connection.close()


def fake_serves(caller: Caller) -> Action:
    """The fake, with counts on 3 days."""

    @contextmanager
    def serving() -> Iterator[None]:
        with mock_sesv2() as fake, fake.serve() as url:
            counts_on(3)(fake)
            caller.port = int(url.rpartition(":")[2])
            yield

    return Action(caller, serving)


class Silent(WSGIRequestHandler):
    """No line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def canned_serves(body: bytes, canned: bytes) -> Action:
    """A werkzeug application that reads the body and answers the same bytes always."""
    caller = Caller(body)

    @Request.application
    def application(request: Request) -> Response:
        request.get_data()
        return Response(canned, content_type="application/json")

    @contextmanager
    def serving() -> Iterator[None]:
        server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Silent)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        caller.port = server.port
        yield
        server.shutdown()
        thread.join()

    return Action(caller, serving)


def a_call() -> Iterator[Row]:
    """A call over HTTP, a connection each."""
    for number in (1, 10):
        body = body_of(number)
        caller = Caller(body)
        ours = fake_serves(caller)
        with ours.within():
            ours.run()
        own, bare = best_times(ours, canned_serves(body, caller.answer), rounds=25, calls=60)
        what = f"a served call of {number} quer{'y' if number == 1 else 'ies'}"
        yield against(what, own, "a bare werkzeug application", bare, "1.2")


def a_block() -> Iterator[Row]:
    """Entering and leaving `serve()`, a call in it."""
    with mock_sesv2() as fake:
        caller = Caller(body_of(1))

        def empty() -> None:
            with fake.serve():
                pass

        def asked() -> None:
            with fake.serve() as url:
                caller.port = int(url.rpartition(":")[2])
                caller()

        for what, seconds in zip(
            ("a `serve()` block", "a `serve()` block with a call in it"),
            best_times(Action(empty), Action(asked), rounds=9, calls=20),
        ):
            yield alone(what, seconds, "20 ms")


def rows() -> Iterator[Row]:
    """All of them."""
    yield from a_call()
    yield from a_block()

"""Calls of any SDK in any language: an HTTP server, on loopback unless asked otherwise."""

from __future__ import annotations

import logging
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from http import HTTPStatus

from werkzeug.serving import WSGIRequestHandler, make_server

from ..operations.errors import answer
from .http_application import LOOPBACK, Application, Site

#: Seconds after which a client that sends or reads nothing is left alone.
_IDLE_TIMEOUT = 60.0
#: Seconds that the end waits for an answer that a test's own code holds up.
_STOP_TIMEOUT = 1.0
#: Seconds until a connection that could not be taken is tried again.
_ACCEPT_DELAY = 0.005

#: The address at which a server on all addresses is found from here.
_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}

_log = logging.getLogger("sesv2_fake.http")


class _Handler(WSGIRequestHandler):
    """HTTP/1.1, which SDKs expect, with neither HTML nor lines on stderr."""

    protocol_version = "HTTP/1.1"
    #: Of a request line without one: its answer has a status and headers too.
    default_request_version = "HTTP/1.1"
    timeout = _IDLE_TIMEOUT

    def run_wsgi(self) -> None:
        """Answer a request, one whose URL cannot be taken apart too."""
        try:
            super().run_wsgi()
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)

    def handle_expect_100(self) -> bool:
        """Leave it to `run_wsgi` to say `100 Continue`, or it is said twice."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no HTTP, in SES's form. [open: server-paths]"""
        payload = {"message": message or HTTPStatus(code).phrase}
        refusal = answer(code, payload, "BadRequestException")
        self.send_response(code)
        for name, value in {**refusal.headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(refusal.body)

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        """Read no further request from a connection that broke."""
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The access log: a line for each answer, shown if somebody asks `logging` for it."""
        _log.info("%a %s", self.requestline, int(code))

    def log(self, type: str, message: str, *args: object) -> None:
        """Leave out werkzeug's own lines."""


class HttpServer:
    """A socket that listens and a thread for each connection, until `stop()`.

    Raises OSError if the port is taken.
    """

    def __init__(
        self,
        site: Site,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        allowed_hosts: Collection[str] = LOOPBACK,
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=128) as listening:
            # It keeps a duplicate of the socket.
            self._server = make_server(
                host,
                0,
                Application(site, allowed_hosts),
                threaded=True,
                request_handler=_Handler,
                passthrough_errors=True,
                fd=listening.fileno(),
            )
        self._server.socket.setblocking(False)
        named = _REACHED_AT.get(host, host)
        name = f"[{named}]" if ":" in named else named
        #: Where it answers.
        self.url = f"http://{name}:{self._server.port}"
        self._process = os.getpid()
        #: A byte at one end ends the thread that listens at the other.
        self._wake, self._woken = socket.socketpair()
        self._stopped = False
        self._stopping = threading.Lock()
        self._connections: dict[threading.Thread, socket.socket] = {}
        #: Held while a connection is closed, so that the end shuts none whose number is another's.
        self._closing = threading.Lock()
        self._thread = self._started(self._listen)

    def stop(self) -> None:
        """Take no more connections and break those there are; a second time does nothing."""
        if os.getpid() != self._process:
            # The threads and the connections are those of the process that this one was forked
            # from: a lock may be held for ever here, and what is shut here would be shut there.
            self._close()
            return
        with self._stopping:
            if self._stopped:
                return
            self._stopped = True
            self._wake.send(b".")
            self._thread.join()
            with suppress(OSError):  # so that it does not go on listening in forked processes
                self._server.socket.shutdown(socket.SHUT_RDWR)
            self._close()
            with self._closing:
                for connection in self._connections.values():
                    with suppress(OSError):  # closed already, by either side
                        connection.shutdown(socket.SHUT_RDWR)
            for thread in self._connections:
                # It is its own if a test's function in a fault stops the fake.
                if thread is not threading.current_thread():
                    thread.join(_STOP_TIMEOUT)

    def _close(self) -> None:
        self._server.server_close()
        self._wake.close()
        self._woken.close()

    def _started(self, target: Callable[..., object], *args: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, name="sesv2-fake", daemon=True)
        thread.start()
        return thread

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._server.socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    return
                try:
                    connection, address = self._server.get_request()
                except OSError:  # the client is gone, or no descriptor is free
                    time.sleep(_ACCEPT_DELAY)
                else:
                    self._accept(connection, address)

    def _accept(self, connection: socket.socket, address: object) -> None:
        self._connections = {
            thread: other for thread, other in self._connections.items() if thread.is_alive()
        }
        try:
            thread = self._started(self._serve_connection, connection, address)
        except RuntimeError:  # there are too many, or this process is about to end
            self._server.shutdown_request(connection)
        else:
            self._connections[thread] = connection

    def _serve_connection(self, connection: socket.socket, address: object) -> None:
        try:
            with suppress(OSError):  # the client is gone
                self._server.finish_request(connection, address)
        finally:
            with self._closing:
                self._server.shutdown_request(connection)

"""Where the files of export jobs are: at a URL that looks signed, for five minutes.

Under an HTTP server of the fake that server has them, by the host that its client called. For
clients of this process a small one on loopback has them, which ends with the fake.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import warnings
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

from .. import checks
from ..account import Account
from ..counting import timestamps
from .errors import HttpAnswer

#: What the path of every file begins with.
PREFIX = "/ses-exports/"

_LOOPBACK = "127.0.0.1"
_KEY = os.urandom(32)
#: How long a URL is good for, in seconds. [doc]
_EXPIRES = 300
#: The content type of SES's own files is [open: export-content-type].
_TYPES = {"csv": "text/csv", "json": "application/json"}


def url_of(account: Account, origin: str, file_name: str) -> str:
    """A new URL of a file: at the server that a client called, or else at one on loopback."""
    origin = origin or _origin_on_loopback(account)
    date = timestamps.to_datetime(timestamps.now()).strftime("%Y%m%dT%H%M%SZ")
    return (
        f"{origin}{PREFIX}{quote(file_name)}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}"
        f"&X-Amz-Expires={_EXPIRES}&X-Amz-SignedHeaders=host"
        f"&X-Amz-Signature={_signature(file_name, date)}"
    )


def _origin_on_loopback(account: Account) -> str:
    _warn_of_proxy()
    with account.messages.lock:
        if account.export_server is None:
            try:
                account.export_server = ExportServer(account)
            # pytest-socket raises a RuntimeError, and warns before.
            except (OSError, RuntimeError, Warning) as problem:
                warnings.warn(
                    "the file of an export job cannot be downloaded: this process may open no "
                    f"socket ({problem}). Under pytest-socket, --allow-hosts=127.0.0.1 instead of "
                    "--disable-socket allows it; fake.export_jobs has the file's content too",
                    stacklevel=checks.levels_to_user(),
                )
                return f"http://{_LOOPBACK}:0"
        return account.export_server.url


def _warn_of_proxy() -> None:
    """HTTP clients ask a proxy for loopback too, unless they are told not to."""
    from urllib.request import getproxies_environment, proxy_bypass

    proxies = getproxies_environment()
    proxy = proxies.get("http") or proxies.get("all")
    if proxy and not proxy_bypass(_LOOPBACK):
        warnings.warn(
            f"the file of an export job is on loopback, and the environment's proxy {proxy} would "
            f"get its download; set NO_PROXY={_LOOPBACK} for the tests",
            stacklevel=checks.levels_to_user(),
        )


def _signature(file_name: str, date: str) -> str:
    return hmac.new(_KEY, f"{date}/{file_name}".encode(), hashlib.sha256).hexdigest()


def answer_file(account: Account, path: str, query: str) -> HttpAnswer:
    """The file at a path, or why its URL is no longer good, in the form of S3."""
    file_name = unquote(path.removeprefix(PREFIX))
    members = {name: values[0] for name, values in parse_qs(query).items()}
    date = members.get("X-Amz-Date", "")
    if not hmac.compare_digest(_signature(file_name, date), members.get("X-Amz-Signature", "")):
        return _denied("SignatureDoesNotMatch", "The signature does not match this URL.")
    made = timestamps.parse_iso_8601(
        f"{date[:4]}-{date[4:6]}-{date[6:11]}:{date[11:13]}:{date[13:]}"
    )
    if made is None or timestamps.now() > made[0] + _EXPIRES * timestamps.SECOND:
        return _denied("AccessDenied", "Request has expired")
    for job in account.export_jobs:
        if job.file_name == file_name and job.content is not None:
            body = job.content.encode()
            return _http_answer(200, _TYPES[job.data_format.lower()], body)
    return _denied("AccessDenied", "Access Denied")


def _denied(code: str, message: str) -> HttpAnswer:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
    return _http_answer(
        403, "application/xml", f"{body}<Message>{message}</Message></Error>".encode()
    )


def _http_answer(status: int, content_type: str, body: bytes) -> HttpAnswer:
    headers = {"Content-Type": content_type, "Content-Length": str(len(body))}
    return HttpAnswer(status, headers, body)


class ExportServer:
    """A server of the standard library on loopback, until `stop()`."""

    def __init__(self, account: Account) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                found = answer_file(account, parts.path, parts.query)
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(found.body)

            do_HEAD = do_GET  # noqa: N815 - as the standard library calls it

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = _Server((_LOOPBACK, 0), Handler)
        self.url = f"http://{_LOOPBACK}:{self._server.server_address[1]}"
        self._process = os.getpid()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="sesv2-fake-exports", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        if os.getpid() == self._process:  # a forked process has no thread of it
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingTCPServer):
    daemon_threads = True

"""How the tests of the HTTP server ask it."""

from __future__ import annotations

import http.client
import importlib.util
import json
import shutil
import socket
from collections.abc import Mapping
from typing import Any

import pytest
from asking import WIRE_QUERY

PATH = "/v2/email/metrics/batch"
BODY = json.dumps({"Queries": [WIRE_QUERY]}).encode()
ANSWER = {"Results": [{"Id": "q", "Timestamps": [1767571200], "Values": [1]}], "Errors": []}

_HAS_AWS_CLI = importlib.util.find_spec("awscli") is not None
_SDKS = "needs the AWS CLI of the tox environment sdks: run `tox -e sdks`"
#: They take seconds each, so a machine that happens to have them is not enough.
NEEDS_AWS_CLI = pytest.mark.skipif(not _HAS_AWS_CLI, reason=_SDKS)
NEEDS_JAVASCRIPT = pytest.mark.skipif(
    not (_HAS_AWS_CLI and shutil.which("npm")), reason=f"{_SDKS}, and npm: Debian has it"
)

#: One release: the newest one may ask for packages that a mirror does not have yet.
JAVASCRIPT_SDK = "@aws-sdk/client-sesv2@3.1169.0"


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def send(
    url: str,
    body: bytes = BODY,
    *,
    method: str = "POST",
    path: str = PATH,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str | None, Any]:
    """Status, error and JSON of an answer."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        text = response.read()
        return response.status, response.headers["x-amzn-ErrorType"], text and json.loads(text)
    finally:
        connection.close()


def exchange(url: str, request: bytes) -> bytes:
    """All that comes back for these bytes, if nothing more is sent."""
    with socket.create_connection(("127.0.0.1", port_of(url)), timeout=10) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))
        except OSError:  # reset, or closed before its end was shut
            return b""


def refusal_in(response: bytes) -> tuple[int, str, str]:
    """Status, error and message of a refusal in SES's form."""
    head, _, body = response.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert headers["Content-Type"] == "application/json"
    assert int(headers["Content-Length"]) == len(body)
    return int(status_line.split()[1]), headers["x-amzn-ErrorType"], json.loads(body)["message"]

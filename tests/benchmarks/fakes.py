"""What fakes cost that are made over HTTP, and what many clients at once find."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from measuring import Action, Row, alone, best_times
from served import PATH, body_of

from sesv2_fake import mock_sesv2

CLIENTS = 50
CALLS = 10_000
#: Calls after which a server has all that it needs.
WARM = 2_000
JSON = {"Content-Type": "application/json"}
FAKES = "/_sesv2_fake/fakes"


class Connection:
    """A client; the server closes each connection after its answer."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of an answer."""
        self._connection.request(method, path, body, JSON)
        response = self._connection.getresponse()
        return response.status, response.read()

    def close(self) -> None:
        """Let the server's thread go."""
        self._connection.close()


def a_fake() -> Iterator[Row]:
    """A fake made and dropped, over HTTP and without."""
    with mock_sesv2() as fake, fake.serve() as url:
        connection = Connection(url)

        def over_http() -> None:
            made = json.loads(connection.ask("POST", FAKES, b"{}")[1])
            connection.ask("DELETE", f"{FAKES}/{made['id']}")

        over, within = best_times(
            Action(over_http), Action(lambda: fake._beside({})), rounds=15, calls=50
        )
        connection.close()
    yield alone("a fake made and dropped over HTTP", over, "2 ms")
    yield alone("a fake made in the process", within, "")


@contextmanager
def a_server() -> Iterator[tuple[str, int]]:
    """`sesv2-fake serve` as a process: its URL and its id."""
    command = [sys.executable, "-m", "sesv2_fake", "serve", "--output", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield json.loads(running.stdout.readline())["url"], running.pid
        running.terminate()


def resident(process: int) -> int:
    """KiB of memory that a process has."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) if found else 0


def ask_at_once(url: str, calls: int) -> int:
    """Ask with all clients at once; how many calls were not answered with what was seeded."""
    lost = []
    body = body_of(1)

    def ask() -> None:
        connection = Connection(url)
        for _ in range(calls // CLIENTS):
            status, answer = connection.ask("POST", PATH, body)
            if status != 200 or b'"Values":[7]' not in answer:
                lost.append(status)
        connection.close()

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return len(lost)


def many_clients() -> Iterator[Row]:
    """50 clients at once, 10,000 calls."""
    with a_server() as (url, process):
        connection = Connection(url)
        seed = json.dumps({"metric": "SEND", "values": {"2026-01-05": 7}}).encode()
        connection.ask("POST", "/_sesv2_fake/counts", seed)
        lost = ask_at_once(url, WARM)
        before = resident(process)
        lost += ask_at_once(url, CALLS)
        grown = resident(process) - before
        health = json.loads(connection.ask("GET", "/_sesv2_fake/health")[1])
        connection.close()
    yield Row(f"{CLIENTS} clients, {CALLS:,} calls: lost", str(lost), goal="0")
    yield Row("memory after them", f"{grown:+,} KiB", f"before: {before:,} KiB", goal="flat")
    yield Row("calls kept", f"{health['calls']:,}", goal="1,000")


def rows() -> Iterator[Row]:
    """All of them."""
    yield from a_fake()
    yield from many_clients()

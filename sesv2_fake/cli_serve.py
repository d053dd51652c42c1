"""`sesv2-fake serve`: a fake for any SDK, with its control API and page, until interrupted."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from . import checks
from .cli_query import Unusable
from .fake import FakeSESv2, mock_sesv2
from .options import described

#: How many of the newest calls, and of the newest emails of the outbox, are kept.
_KEPT = 1_000

#: Addresses that nobody else can reach.
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

#: Options of what happens in this process alone, or at the end of a test.
_NOT_HERE = ("instant_retries", "intercept_requests", "other_operations", "unused_faults")


def add_options(command: argparse.ArgumentParser) -> None:
    """The command's options: the fake's own, and those of the server."""
    for name, option in described().items():
        if name not in _NOT_HERE:
            how: dict[str, Any] = {"dest": name, "help": option.help}
            if option.ini_type == "bool":
                how["help"] = option.help.partition("; None")[0]  # no flag says None
                how["action"] = argparse.BooleanOptionalAction
            else:
                how |= {"metavar": "NAME"}
                how |= {"action": "append"} if option.ini_type == "args" else {}
            command.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, **how)
    command.add_argument(
        "--vdm-disabled",
        dest="vdm_enabled",
        action="store_false",
        default=argparse.SUPPRESS,
        help="the same as --no-vdm-enabled",
    )
    command.add_argument(
        "--events",
        action="append",
        default=[],
        metavar="FILE",
        help="SES event records to begin with, or - for stdin; may be repeated",
    )
    command.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port (default: a free one)"
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to listen at (default: 127.0.0.1); any but loopback needs --allow-host",
    )
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that clients may call it by, beside those of loopback; may be repeated",
    )
    command.add_argument("--verbose", action="store_true", help="an access log on stderr")
    command.add_argument(
        "--output",
        choices=("text", "json"),
        default="text",
        help="the line that says where it answers, as text (default) or JSON",
    )


def run(options: argparse.Namespace, load: Callable[[FakeSESv2], int]) -> int:
    """Serve until interrupted or terminated; `load` seeds the fake and gives how many events."""
    checks.needs("werkzeug", extra="server", what="serve")
    from .control.site import Control
    from .intercept.http_application import LOOPBACK
    from .intercept.http_server import HttpServer

    if options.host not in _LOOPBACK and not options.allow_host:
        raise Unusable(
            f"--host {options.host}: others can reach it there, so say with --allow-host by which "
            "names clients may call it, such as --allow-host sesv2-fake"
        )
    checks.port(options.port, "--port")
    of_fake = {name: value for name, value in vars(options).items() if name in described()}
    with mock_sesv2(**of_fake, unused_faults="ignore") as fake:
        fake._keep_newest(_KEPT)
        events = load(fake)
        server = HttpServer(
            Control(fake),
            options.port,
            host=options.host,
            allowed_hosts=[*LOOPBACK, *options.allow_host],
        )
        try:
            if options.host not in _LOOPBACK:
                _warn(server.url, options)
            ready = {"url": server.url, "events": events}
            loaded = f"{events} events, " if options.events else ""
            text = f"{loaded}answering at {server.url}"
            with _ending() as ended, _access_log() if options.verbose else nullcontext():
                print(json.dumps(ready) if options.output == "json" else text, flush=True)
                ended.wait()
        finally:
            server.stop()
    return 0


def _warn(url: str, options: argparse.Namespace) -> None:
    print(
        f"sesv2-fake: whoever reaches {options.host} can read and change what this fake holds; "
        f"it answers to {', '.join(options.allow_host)} and to {url}",
        file=sys.stderr,
    )


@contextmanager
def _access_log() -> Iterator[None]:
    """A line for each answer on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("sesv2_fake.http")
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """What is set by the signal that ends a container; Ctrl-C ends the block too."""
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        with suppress(KeyboardInterrupt):
            yield ended
    finally:
        signal.signal(signal.SIGTERM, before)

"""Emails, records and answers that come over HTTP, seeded by the fake's own methods."""

from __future__ import annotations

import http.client
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

from .. import checks, report
from ..emails.message import MessageLedger
from ..intercept.hosts import is_aws
from . import schemas, shown
from .bodies import members, read
from .held import Held, NotFound

_SECONDS = 5
#: Hosts of this machine, in a URL.
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_GZIP = b"\x1f\x8b"


class At(Exception):
    """Something is wrong at a place in the body: a JSON Pointer."""

    def __init__(self, where: str, problem: Exception) -> None:
        super().__init__(str(problem))
        self.where = where


@contextmanager
def _at(where: str) -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError, LookupError) as problem:
        raise At(where, problem) from None


def _listed(body: Any) -> list[tuple[str, Any]]:
    """Each of one or many things, with its place."""
    if isinstance(body, list):
        return [(f"/{place}", item) for place, item in enumerate(body)]
    return [("", body)]


def send(held: Held, body: Any) -> dict[str, Any]:
    """Send one or many emails, with what happened to them; all of it, or nothing."""
    # A fake that nobody sees shows whether all of it can be seeded, and what counts.
    rehearsal = held.fake._beside(held.account.options)
    _send_all(rehearsal, body)
    with _at(""):
        _check_ids(held.account.ledger, rehearsal._account.ledger)
    _send_all(held.fake, body)
    counted = report.totals(rehearsal._account.store)
    emails = sum(item.get("count", 1) for _, item in _listed(body))
    return {"emails": emails, "counted": counted}


def _check_ids(known: MessageLedger, new: MessageLedger) -> None:
    """Raises ValueError if a message id is another email's already."""
    for region, messages in new.messages.items():
        for id in messages.keys() & known.messages.get(region, {}).keys():
            known.add(messages[id])


def _send_all(fake: Any, body: Any) -> None:
    for where, item in _listed(body):
        with _at(where):
            arguments = dict(members(item, schemas.EMAIL))
            events = arguments.pop("events", [])
            email = fake.send(**arguments)
            if not isinstance(events, list):
                raise TypeError(f"events: expected a list, got {events!r}")
        for place, event in enumerate(events):
            with _at(f"{where}/events/{place}"):
                happen(email, event)


def happen(email: Any, event: Any) -> None:
    """Count one event of an email."""
    if not isinstance(event, dict) or "event" not in event:
        raise TypeError(
            f"event: expected an object with an event ({', '.join(schemas.EVENTS)}), got {event!r}"
        )
    arguments = dict(event)
    name = checks.one_of(arguments.pop("event"), schemas.EVENTS, "event")
    getattr(email, name)(**members(arguments, schemas.EVENTS[name]))


def happen_to_sent(held: Held, message_id: str, body: Any) -> dict[str, Any]:
    """Count events of an email of the outbox."""
    email = sent(held, message_id)
    for where, event in _listed(body):
        with _at(where):
            happen(email, event)
    return shown.email(email)


def sent(held: Held, message_id: str) -> Any:
    """The email of the outbox with this message id; NotFound if there is none."""
    for email in held.fake.outbox:
        if email.message_id == message_id:
            return email
    raise NotFound(f"no email of the outbox has the message id {message_id!r}")


def load_events(held: Held, body: bytes, **arguments: Any) -> dict[str, Any]:
    """Count the events of records; visit the URL by which SNS wants a subscription confirmed."""
    if body.startswith(_GZIP):
        raise ValueError("events: expected JSON, got gzip; unpack it first")
    loaded = held.fake.load_events(io.BytesIO(body), **arguments)
    return {name: dict(getattr(loaded, name)) for name in ("taken", "skipped", "repeated")}


def confirm_subscription(body: bytes) -> dict[str, Any]:
    """Visit the URL by which SNS wants a subscription confirmed.

    Raises ValueError if it is neither AWS's SNS nor an emulator on this machine, for whoever sent
    the request says what the URL is, and if nobody answers there.
    """
    message = read(body)
    url = message.get("SubscribeURL") if isinstance(message, dict) else None
    parts = urlsplit(url if isinstance(url, str) else "")
    host = parts.hostname or ""
    from_aws = parts.scheme == "https" and host.startswith("sns.") and is_aws(parts.geturl())
    if not from_aws and not (parts.scheme == "http" and host in _THIS_MACHINE):
        raise ValueError(f"SubscribeURL: expected one of SNS or of this machine, got {url!r:.200}")
    connect = http.client.HTTPSConnection if from_aws else http.client.HTTPConnection
    try:
        connection = connect(host, parts.port, timeout=_SECONDS)
        with closing(connection):
            connection.request("GET", f"{parts.path or '/'}?{parts.query}")
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as problem:
        raise ValueError(f"SubscribeURL: {url!r:.200} did not answer: {problem}") from None
    if status >= 300:
        raise ValueError(f"SubscribeURL: {url!r:.200} answered {status}")
    return {"taken": {}, "skipped": {"SubscriptionConfirmation": 1}, "repeated": {}}


def load_response(held: Held, request: Any, response: Any) -> None:
    """Answer as a real account did."""
    for name, value in (("request", request), ("response", response)):
        # In Python, text is the path of a file; nobody reads files here over HTTP.
        if not isinstance(value, (dict, list)):
            raise TypeError(f"{name}: expected an object, got {value!r}")
    held.fake.load_response(request, response)

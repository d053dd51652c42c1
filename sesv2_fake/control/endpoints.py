"""The control API: a table of what can be asked for. The OpenAPI document is made of it."""

from __future__ import annotations

import http.client
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .. import __version__, checks, report
from ..account import Vdm, VdmByRegion
from ..counting import timestamps
from ..emails.message import MessageLedger
from ..intercept.hosts import is_aws
from ..operations.faults import unused
from ..operations.requests import MAX_BODY
from ..options import Options, checked
from ..report import dashboard_statistics
from . import bodies, schemas
from .bodies import Schema, members, read, shortened
from .registry import Held, NotFound, Server

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
    return bodies.email(email)


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


#: The method of the fake that sets up each kind of fault.
_SET_UP = {"query": "fail_queries", "request": "fail_requests", "connection": "drop_connections"}


def add_fault(held: Held, body: Any) -> dict[str, Any]:
    """Set up a fault of one of the three kinds."""
    if not isinstance(body, dict):
        raise TypeError(f"body: expected an object with a kind, got {shortened(body)}")
    kind = checks.one_of(body.get("kind"), _SET_UP, "kind")
    rest = {name: value for name, value in body.items() if name != "kind"}
    arguments = members(rest, schemas.FAULTS[kind])
    held.check_faults()
    fault = getattr(held.fake, _SET_UP[kind])(**arguments)
    fault._site = "POST faults"
    return next(bodies.fault(id, one) for id, one in held.faults().items() if one is fault)


def faults(held: Held) -> list[dict[str, Any]]:
    """The faults that were not cancelled, in the order they were set up."""
    return [bodies.fault(id, fault) for id, fault in held.faults().items()]


def cancel_fault(held: Held, id: str) -> None:
    """End a fault. It is not reported as unused."""
    fault = held.faults().get(id)
    if fault is None:
        raise NotFound(f"no fault {id!r}")
    fault.cancel()


#: The options that clients too can change, and the fields of `Vdm` for them.
_OF_VDM = {
    "vdm_enabled": "enabled",
    "engagement_metrics": "engagement_metrics",
    "optimized_shared_delivery": "optimized_shared_delivery",
}


def set_options(held: Held, **given: Any) -> dict[str, Any]:
    """Change options, in all regions; the others stay as they are."""
    account = held.account
    changed = checked(given)
    account.options = Options(**{**account.options, **changed})
    account.options = account.options
    if not _OF_VDM.keys().isdisjoint(changed):
        latest = account.vdm.latest
        now = {field: getattr(latest, field) for field in _OF_VDM.values()}
        now |= {_OF_VDM[name]: value for name, value in changed.items() if name in _OF_VDM}
        account.vdm = VdmByRegion(Vdm(**now))
    return options(held)


def options(held: Held) -> dict[str, Any]:
    """The options that hold."""
    latest = held.account.vdm.latest
    held_now = {
        **held.account.options,
        **{name: getattr(latest, field) for name, field in _OF_VDM.items()},
    }
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in held_now.items()
        if name in schemas.OPTIONS["properties"]
    }


def set_account(held: Held, **given: Any) -> dict[str, Any]:
    """Set what else `GetAccount` says."""
    for name, value in given.items():
        setattr(held.fake.account, name, value)
    return account(held)


def account(held: Held) -> dict[str, Any]:
    """What else `GetAccount` says."""
    return {name: getattr(held.fake.account, name) for name in schemas.ACCOUNT["properties"]}


def set_clock(held: Held, time: Any) -> dict[str, Any]:
    """Stop the clock of this fake for what comes over HTTP, or let it go on."""
    held.stopped_at = None if time is None else timestamps.checked(time, "time")
    return clock(held)


def advance(held: Held, **by: Any) -> dict[str, Any]:
    """Move the stopped clock on."""
    if held.stopped_at is None:
        raise ValueError("advance: the clock is not stopped; PUT clock stops it")
    try:
        step = timedelta(**by) // timedelta(microseconds=1)
    except OverflowError as problem:
        raise ValueError(f"advance: {problem}") from None
    moved = held.stopped_at + step
    if not timestamps.FIRST <= moved <= timestamps.LAST:
        raise ValueError("advance: expected a time in the years 1 to 9999")
    held.stopped_at = moved
    return clock(held)


def clock(held: Held) -> dict[str, Any]:
    """The time by which the fake answers."""
    now = timestamps.now() if held.stopped_at is None else held.stopped_at
    return {"time": timestamps.iso_8601(now), "is_stopped": held.stopped_at is not None}


def reset(held: Held) -> None:
    """Bring everything back to just after the start."""
    held.stopped_at = None
    held.fake.reset()


#: The largest body of event records.
MAX_EVENTS = 64 * 2**20


class Endpoint(NamedTuple):
    """What is asked for by a method and a path, and the function that answers.

    The function takes the fake; by their names, what stands in the path and the parameters of the
    URL; and the body: the members of an object by their names, anything else as `body`.
    """

    method: str
    #: Below `/_sesv2_fake/`.
    path: str
    answer: Callable[..., Any]
    summary: str
    body: Schema | None = None
    #: What is answered; None for an empty body.
    result: Schema | None = None
    status: int = 200
    parameters: Schema = schemas.NOTHING
    limit: int = MAX_BODY
    #: Whether the body is handed on as bytes.
    is_raw: bool = False
    #: Whether it is about the server, and the function takes that instead of a fake.
    is_of_server: bool = False

    @property
    def may_be_empty(self) -> bool:
        """Whether no body is as good as an object without members."""
        return self.body is not None and "properties" in self.body and "required" not in self.body


def _method(name: str) -> Callable[..., Any]:
    """A method of the fake that takes the members of the body as they are."""

    def call(held: Held, **members: Any) -> None:
        getattr(held.fake, name)(**members)

    return call


def _health(held: Held) -> dict[str, Any]:
    fake = held.fake
    return {
        "status": "ok",
        "version": __version__,
        "calls": len(fake.calls),
        "outbox": len(fake.outbox),
    }


def _calls(held: Held, newest: int | None = None) -> list[dict[str, Any]]:
    return [bodies.call(call) for call in _newest(held.fake.calls, newest)]


def _outbox(held: Held, newest: int | None = None) -> list[dict[str, Any]]:
    return [bodies.email(email) for email in _newest(held.fake.outbox, newest)]


def _newest(things: Sequence[Any], number: int | None) -> Sequence[Any]:
    return things if number is None else things[max(len(things) - number, 0) :]


def _report(held: Held) -> dict[str, Any]:
    return {"report": held.fake.report()}


def _explain(held: Held, query: Any, **where: Any) -> dict[str, Any]:
    return {"explanation": held.fake.explain(query, **where)}


def _figures(held: Held, **asked: Any) -> dict[str, Any]:
    return dashboard_statistics(held.account.store, **asked)


def _new_fake(server: Server, **options: Any) -> dict[str, Any]:
    id, _ = server.fakes.open(options)
    return {"id": id, "url": server.url_of(id)}


def _fakes(server: Server) -> list[dict[str, Any]]:
    return [_shown(server, id, held) for id, held in server.fakes.all().items()]


def _fake(server: Server, id: str) -> dict[str, Any]:
    return _shown(server, id, server.fakes.get(id))


def _shown(server: Server, id: str, held: Held) -> dict[str, Any]:
    return {"id": id, "url": server.url_of(id), "calls": len(held.fake.calls)}


def _drop_fake(server: Server, id: str) -> dict[str, Any]:
    held = server.fakes.drop(id)
    return {"unused_faults": [repr(fault) for fault in unused(held.account)]}


_REPORT = schemas.object_schema("report", report=schemas.TEXT)
_EXPLAINED = schemas.object_schema("explanation", explanation=schemas.TEXT)

ENDPOINTS = (
    # What was sent, and what happened to it
    Endpoint(
        "POST", "emails", send, "Send emails, with what happened to them: `send`",
        schemas.EMAILS, schemas.COUNTED, 201,
    ),
    Endpoint(
        "POST", "events", load_events, "Count event records: `load_events`",
        schemas.RECORDS, schemas.LOADED, 201, schemas.LOAD_EVENTS, MAX_EVENTS, is_raw=True,
    ),
    Endpoint(
        "POST", "counts", _method("record"), "Count more for a metric: `record`",
        schemas.RECORD, None, 201,
    ),
    Endpoint(
        "POST", "answers", load_response, "Answer as an account did: `load_response`",
        schemas.LOAD_RESPONSE, None, 201,
    ),
    # What goes wrong
    Endpoint(
        "POST", "faults", add_fault,
        "Set up a fault: `fail_queries`, `fail_requests`, `drop_connections`",
        schemas.NEW_FAULT, schemas.FAULT, 201,
    ),
    Endpoint(
        "GET", "faults", faults, "The faults that hold",
        result=schemas.list_of(schemas.FAULT),
    ),
    Endpoint("DELETE", "faults/{id}", cancel_fault, "Cancel a fault", status=204),
    # What the code under test did
    Endpoint(
        "GET", "calls", _calls, "The calls, newest last: `calls`",
        result=schemas.list_of(schemas.CALL), parameters=schemas.NEWEST,
    ),
    Endpoint(
        "GET", "outbox", _outbox, "The emails that were sent, newest last: `outbox`",
        result=schemas.list_of(schemas.SENT), parameters=schemas.NEWEST,
    ),
    Endpoint(
        "POST", "outbox/{message_id}/events", happen_to_sent,
        "Count events of an email of the outbox",
        schemas.NEW_EVENTS, schemas.SENT, 201,
    ),
    Endpoint("GET", "report", _report, "What happened so far: `report`", result=_REPORT),
    Endpoint(
        "POST", "explain", _explain, "Why a query counts what it counts: `explain`",
        schemas.EXPLAIN, _EXPLAINED,
    ),
    Endpoint(
        "GET", "figures", _figures, "What was seeded, by metric and day, and the rates",
        result=schemas.FIGURES, parameters=schemas.FIGURES_OF,
    ),
    # How the fake is set up
    Endpoint("GET", "options", options, "The options that hold", result=schemas.OPTIONS),
    Endpoint(
        "PUT", "options", set_options, "Change options",
        schemas.OPTIONS, schemas.OPTIONS,
    ),
    Endpoint(
        "GET", "account", account, "What else GetAccount says: `account`",
        result=schemas.ACCOUNT,
    ),
    Endpoint(
        "PUT", "account", set_account, "Set what else GetAccount says",
        schemas.ACCOUNT, schemas.ACCOUNT,
    ),
    Endpoint("GET", "clock", clock, "The fake's time", result=schemas.CLOCK_NOW),
    Endpoint(
        "PUT", "clock", set_clock,
        "Stop the clock at a time; with null, let it go on: `freeze`",
        schemas.CLOCK, schemas.CLOCK_NOW,
    ),
    Endpoint(
        "POST", "clock/advance", advance, "Move the stopped clock on: `advance`",
        schemas.ADVANCE, schemas.CLOCK_NOW,
    ),
    Endpoint(
        "POST", "reset", reset, "Bring everything back to just after the start: `reset`",
        schemas.NOTHING, status=204,
    ),
    # Fakes beside this one
    Endpoint(
        "POST", "fakes", _new_fake, "Make an isolated fake with an endpoint of its own",
        schemas.OPTIONS, schemas.NEW_FAKE, 201, is_of_server=True,
    ),
    Endpoint(
        "GET", "fakes", _fakes, "The fakes that were made",
        result=schemas.list_of(schemas.FAKE), is_of_server=True,
    ),
    Endpoint(
        "GET", "fakes/{id}", _fake, "A fake that was made; its page is at its URL and a slash",
        result=schemas.FAKE, is_of_server=True,
    ),
    Endpoint(
        "DELETE", "fakes/{id}", _drop_fake,
        "End a fake; faults that were not triggered as often as set up are listed",
        result=schemas.DROPPED, is_of_server=True,
    ),
    Endpoint("GET", "health", _health, "Whether it answers", result=schemas.HEALTH),
)  # fmt: skip

"""The control API: a table of what can be asked for. The OpenAPI document is made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import __version__
from ..operations.faults import unused
from ..operations.requests import MAX_BODY
from ..report import figures
from . import (
    schemas,
    seeding,
    setting,
    shown,
)
from .bodies import Schema
from .held import Held, Server

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
    return [shown.call(call) for call in _newest(held.fake.calls, newest)]


def _outbox(held: Held, newest: int | None = None) -> list[dict[str, Any]]:
    return [shown.email(email) for email in _newest(held.fake.outbox, newest)]


def _newest(things: Sequence[Any], number: int | None) -> Sequence[Any]:
    return things if number is None else things[max(len(things) - number, 0) :]


def _report(held: Held) -> dict[str, Any]:
    return {"report": held.fake.report()}


def _explain(held: Held, query: Any, **where: Any) -> dict[str, Any]:
    return {"explanation": held.fake.explain(query, **where)}


def _figures(held: Held, **asked: Any) -> dict[str, Any]:
    return figures(held.account.store, **asked)


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


_REPORT = schemas.thing("report", report=schemas.TEXT)
_EXPLAINED = schemas.thing("explanation", explanation=schemas.TEXT)

ENDPOINTS = (
    # What was sent, and what happened to it
    Endpoint(
        "POST", "emails", seeding.send, "Send emails, with what happened to them: `send`",
        schemas.EMAILS, schemas.COUNTED, 201,
    ),
    Endpoint(
        "POST", "events", seeding.load_events, "Count event records: `load_events`",
        schemas.RECORDS, schemas.LOADED, 201, schemas.LOAD_EVENTS, MAX_EVENTS, is_raw=True,
    ),
    Endpoint(
        "POST", "counts", _method("record"), "Count more for a metric: `record`",
        schemas.RECORD, None, 201,
    ),
    Endpoint(
        "POST", "answers", seeding.load_response, "Answer as an account did: `load_response`",
        schemas.LOAD_RESPONSE, None, 201,
    ),
    # What goes wrong
    Endpoint(
        "POST", "faults", setting.add_fault,
        "Set up a fault: `fail_queries`, `fail_requests`, `drop_connections`",
        schemas.NEW_FAULT, schemas.FAULT, 201,
    ),
    Endpoint(
        "GET", "faults", setting.faults, "The faults that hold",
        result=schemas.list_of(schemas.FAULT),
    ),
    Endpoint("DELETE", "faults/{id}", setting.cancel_fault, "Cancel a fault", status=204),
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
        "POST", "outbox/{message_id}/events", seeding.happen_to_sent,
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
    Endpoint("GET", "options", setting.options, "The options that hold", result=schemas.OPTIONS),
    Endpoint(
        "PUT", "options", setting.set_options, "Change options",
        schemas.OPTIONS, schemas.OPTIONS,
    ),
    Endpoint(
        "GET", "account", setting.account, "What else GetAccount says: `account`",
        result=schemas.ACCOUNT,
    ),
    Endpoint(
        "PUT", "account", setting.set_account, "Set what else GetAccount says",
        schemas.ACCOUNT, schemas.ACCOUNT,
    ),
    Endpoint("GET", "clock", setting.clock, "The fake's time", result=schemas.CLOCK_NOW),
    Endpoint(
        "PUT", "clock", setting.set_clock,
        "Stop the clock at a time; with null, let it go on: `freeze`",
        schemas.CLOCK, schemas.CLOCK_NOW,
    ),
    Endpoint(
        "POST", "clock/advance", setting.advance, "Move the stopped clock on: `advance`",
        schemas.ADVANCE, schemas.CLOCK_NOW,
    ),
    Endpoint(
        "POST", "reset", setting.reset, "Bring everything back to just after the start: `reset`",
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

"""One SES account, from a fake's start to its end."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, cast

from . import checks
from .api import looking_back, sending
from .api.calls import Call
from .api.errors import Refusal, unknown
from .api.faults import ConnectionFault
from .api.protocols import PROTOCOLS
from .api.replies import Outcome, Reply, divergences_of
from .api.routes import Route
from .api.state import State
from .api.wire import HttpRequest
from .counting import timestamps
from .options import Options


class Account:
    """What a fake holds while it is active: the account's state, and the calls that reached it."""

    __slots__ = ("__weakref__", "calls", "kept", "options", "state", "test_has_failed")

    def __init__(self, options: Options) -> None:
        self.options = options
        self.state = State(options)
        self.calls: list[Call] = []
        #: How many of the newest calls and emails of the outbox are kept; None for all.
        self.kept: int | None = None
        #: Then unused faults are not reported: the test did not come to what they were for.
        self.test_has_failed = False

    def answer(self, route: Route, request: HttpRequest) -> Outcome:
        """What becomes of a request: what a fault makes of it, else the operation's reply."""
        failed = self.fail(route, request) if self.state.faults.all else None
        return failed or self.reply(route, request)

    def fail(self, route: Route, request: HttpRequest) -> Outcome | None:
        """What the first fault makes of a request that is set up for it; None if there is none."""
        fault = self.state.faults.of_call(route.key)
        if fault is None:
            return None
        at_once = self.options["instant_retries"]
        if isinstance(fault, ConnectionFault):
            self._note(route, request, Reply(), fault._error, "the connection was dropped")
            return Outcome(None, fault._drop, retry_at_once=at_once)
        return self._refused(route, request, fault._refusal(route.key), retry_at_once=at_once)

    def reply(self, route: Route, request: HttpRequest) -> Outcome:
        """What the operation replies to a request, or why it refuses it."""
        protocol = PROTOCOLS[route.service]
        try:
            if not self.options["capture_sends"] and route.is_send:
                raise unknown(f"{route.operation} under capture_sends=False")
            reply = route.answer(self.state, request)
        except Refusal as refusal:
            return self._refused(route, request, protocol.named(refusal))
        self._note(route, request, reply)
        return Outcome(protocol.answer(route.operation, reply.payload), diverging=reply.diverging)

    def note_sent(self, route: Route, request: HttpRequest, response: Mapping[str, Any]) -> None:
        """A send that somebody else has accepted, with the response as botocore has parsed it."""
        reply, send = Reply(), cast(sending.Send, route.send)
        if not self.state.own_ids.isdisjoint(send.ids(response)):
            return  # this account's own HTTP server accepted it
        try:
            reply.emails = sending.accepted_by_others(send, self.state, request, response)
        except Refusal as refusal:
            warnings.warn(
                f"{route.operation} was accepted by others, and is not in the outbox of "
                f"sesv2_fake, which would have refused it: {refusal.message}",
                stacklevel=checks.levels_to_user(),
            )
        self._note(route, request, reply)

    def note_unanswered(self, operation: str, request: HttpRequest, problem: str) -> None:
        """A call that nobody answers, and that raises RuntimeError."""
        now = timestamps.to_datetime(timestamps.now())
        self.calls.append(
            Call(operation, request.region, now, request.attempt, "RuntimeError", problem)
        )

    def _refused(
        self, route: Route, request: HttpRequest, refusal: Refusal, *, retry_at_once: bool = False
    ) -> Outcome:
        self._note(route, request, Reply(), refusal.error, refusal.message)
        http = PROTOCOLS[route.service].answer_to(refusal)
        return Outcome(http, retry_at_once=retry_at_once)

    def _note(
        self,
        route: Route,
        request: HttpRequest,
        reply: Reply,
        error: str | None = None,
        message: str | None = None,
    ) -> None:
        queries = reply.queries
        unreadable: list[str] = []
        number = len(queries)
        if not queries and not reply.emails and route.has_queries:
            number, queries, unreadable = looking_back.readable(request.body)
        self.calls.append(
            Call(
                route.operation,
                request.region,
                timestamps.to_datetime(timestamps.now()),
                request.attempt,
                error,
                message,
                number,
                queries,
                reply.results,
                reply.errors,
                unreadable,
                tuple(reply.emails),
                divergences_of(reply.diverging) if reply.diverging else (),
            )
        )
        if self.kept is not None:
            del self.calls[: -self.kept]
            self.state.keep_newest_emails(self.kept)

    def close(self, reason: str) -> None:
        """Emails of this account raise RuntimeError from now on, with this reason."""
        self.state.store.close(reason)

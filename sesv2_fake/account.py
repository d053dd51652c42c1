"""One SES account, from a fake's start to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .api import validation
from .api.calls import Call
from .api.errors import Refusal, answer, answer_to
from .api.faults import ConnectionFault
from .api.replies import Outcome, Reply
from .api.routes import Route
from .api.state import State
from .api.wire import HttpRequest
from .counting import moments
from .options import Options


class Account:
    """What a fake holds while it is active: the account's state, and the calls that reached it."""

    __slots__ = ("__weakref__", "calls", "options", "state", "test_has_failed")

    def __init__(self, options: Options) -> None:
        self.options = options
        self.state = State(options, options["vdm_enabled"])
        self.calls: list[Call] = []
        #: Then unused faults are not reported: the test did not come to what they were for.
        self.test_has_failed = False

    def answer(self, route: Route, request: HttpRequest) -> Outcome:
        """What becomes of a request: what a fault makes of it, else the operation's reply."""
        return self.fail(route, request) or self.reply(route, request)

    def fail(self, route: Route, request: HttpRequest) -> Outcome | None:
        """What the first fault makes of a request that is set up for it; None if there is none."""
        fault = self.state.faults.of_call(route.operation)
        if fault is None:
            return None
        at_once = self.options["instant_retries"]
        if isinstance(fault, ConnectionFault):
            self._note(route, request, Reply(), fault.error, "the connection was dropped")
            return Outcome(None, fault.drop, retry_at_once=at_once)
        refusal = fault._refusal()
        self._note(route, request, Reply(), refusal.error, refusal.message)
        return Outcome(answer_to(refusal), retry_at_once=at_once)

    def reply(self, route: Route, request: HttpRequest) -> Outcome:
        """What the operation replies to a request, or why it refuses it."""
        try:
            reply = route.answer(self.state, request)
        except Refusal as refusal:
            self._note(route, request, Reply(), refusal.error, refusal.message)
            return Outcome(answer_to(refusal))
        self._note(route, request, reply)
        return Outcome(answer(200, reply.payload), diverging=reply.diverging)

    def note_sent(self, route: Route, request: HttpRequest, response: Mapping[str, Any]) -> None:
        """A send that somebody else has accepted, with the response as botocore has parsed it."""
        raise NotImplementedError

    def _note(
        self,
        route: Route,
        request: HttpRequest,
        reply: Reply,
        error: str | None = None,
        message: str | None = None,
    ) -> None:
        self.calls.append(
            Call(
                route.operation,
                request.region,
                moments.to_datetime(moments.now()),
                request.attempt,
                error,
                message,
                reply.queries or validation.readable(request.body),
                reply.results,
                reply.errors,
            )
        )

    def close(self, reason: str) -> None:
        """From here on, emails of this account raise RuntimeError that gives the reason."""
        self.state.store.close(reason)

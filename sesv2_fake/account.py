"""One SES account, from a fake's start to its end."""

from __future__ import annotations

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
        """What becomes of a request."""
        state = self.state
        fault = state.faults.of_call(route.operation)
        reply = Reply()
        http = drop = error = message = None
        if isinstance(fault, ConnectionFault):
            drop, error, message = fault.drop, fault.error, "the connection was dropped"
        else:
            try:
                if fault is not None:
                    raise fault._refusal()
                reply = route.answer(state, request)
                http = answer(200, reply.payload)
            except Refusal as refusal:
                http = answer_to(refusal)
                error, message = refusal.error, refusal.message
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
        at_once = fault is not None and self.options["instant_retries"]
        return Outcome(http, drop, reply.diverging, at_once)

    def close(self, reason: str) -> None:
        """From here on, emails of this account raise RuntimeError that gives the reason."""
        self.state.store.close(reason)

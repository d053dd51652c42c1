"""Calls of boto3, botocore and aiobotocore clients: event handlers answer before they are sent.

A client gets its handlers at its first call under a fake and loses them when the last fake ends
(botocore_patches.py says when). Which fake answers is decided once, when the call begins.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import botocore
import botocore.awsrequest
import botocore.exceptions
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.endpoint import Endpoint
from botocore.model import OperationModel

from .. import checks
from ..account import Account
from ..api import routes
from ..api.replies import Outcome
from ..api.routes import Route
from ..api.wire import HttpRequest, attempt_of
from . import active, hosts
from .botocore_response import AnsweredUrl, Response, exception_of
from .divergences import warn_of

_SERVICES = ("sesv2", "ses")

_FIRST_ERROR = 300

_Function = TypeVar("_Function", bound=Callable[..., Any])


class UnderWay:
    """A call from its first attempt to its last, and the account that answers all of them."""

    __slots__ = (
        "account",
        "answered_by_others",
        "is_second_try",
        "operation",
        "others_may_answer",
        "reached_its_handlers",
        "request",
        "request_dict",
        "retries_at_once",
        "route",
        "unsigned",
        "url",
    )

    def __init__(
        self, account: Account, operation: str, route: Route | None, request_dict: dict[str, Any]
    ) -> None:
        self.account = account
        self.operation = operation
        #: None of an operation that is not answered here.
        self.route = route
        #: What botocore carries through all attempts.
        self.request_dict = request_dict
        #: Where it goes; a handler of the user's may send an attempt elsewhere.
        self.url: str = request_dict["url"]
        #: A fault failed the last attempt: the next one follows without waiting, and at no cost
        #: to the client's retry quota or pacing.
        self.retries_at_once = False
        #: A send that somebody else may answer, such as moto; nobody else is asked of the others.
        self.others_may_answer = route is not None and route.is_send
        #: The same of the latest attempt: it was not answered here.
        self.answered_by_others = self.others_may_answer
        #: A call that stays here needs no credentials.
        self.unsigned = route is not None and not route.is_send
        self.reached_its_handlers = False
        self.is_second_try = False
        #: The latest attempt.
        self.request: HttpRequest | None = None

    @property
    def stays_here(self) -> bool:
        """Whether it never leaves the process: an endpoint of the user's own it may reach."""
        return (not self.answered_by_others and self.route is not None) or self._is_to_aws

    @property
    def _is_to_aws(self) -> bool:
        return hosts.is_aws(self.url)


#: The call of this thread or task.
current: ContextVar[UnderWay | None] = ContextVar("sesv2_fake_call", default=None)


def retries_at_once() -> bool:
    """Whether the call of this thread or task was failed by a fault just now."""
    call = current.get()
    return call is not None and call.retries_at_once


def begin(
    endpoint: Endpoint, operation: OperationModel, request_dict: dict[str, Any]
) -> UnderWay | None:
    """The call that a client begins; None if no fake is active, or none answers its operation."""
    service = operation.service_model.service_name
    activation = active.innermost() if service in _SERVICES else None
    if activation is None:
        return None
    options = activation.account.options
    route = routes.named(service, operation.name)
    if route is not None and route.is_send and not options["capture_sends"]:
        route = None
    call = UnderWay(activation.account, operation.name, route, request_dict)
    if route is None and options["other_operations"] == "allow":
        return None
    if route is not None or call.stays_here:
        _put_handlers_on(endpoint, service, operation.name)
    if call.others_may_answer and call.stays_here:
        call.others_may_answer = call.answered_by_others = _others_listen(
            endpoint, f"before-send.{service}.{operation.name}"
        )
        call.unsigned = not call.others_may_answer
    return call


def is_let_out(route: Route, url: str) -> bool:
    """Whether a call that `begin` has nothing to do with may go to this URL: a send may."""
    activation = active.innermost()
    options = activation.account.options if activation is not None else {}
    is_allowed = not options.get("capture_sends") and options.get("other_operations") == "allow"
    return route.is_send and (is_allowed or not hosts.is_aws(url))


def _attempt(call: UnderWay, request: AWSPreparedRequest) -> HttpRequest:
    sdk_request = cast(bytes, request.headers.get("amz-sdk-request", b""))
    body = request.body or b""
    return HttpRequest(
        call.request_dict["context"]["client_region"],
        body.encode() if isinstance(body, str) else cast(bytes, body),
        attempt_of(sdk_request.decode()),
        call.request_dict["url_path"],
    )


def _carried(call: UnderWay, request: AWSPreparedRequest, outcome: Outcome) -> AWSResponse:
    """The outcome of an attempt, as botocore sees it."""
    call.retries_at_once = outcome.retry_at_once
    warn_of(outcome.diverging)
    if outcome.http is None:
        raise exception_of(outcome.drop, request.url)
    return Response(request.url, outcome.http)


def answer_or_refuse(call: UnderWay, request: AWSPreparedRequest) -> AWSResponse | None:
    """What becomes of an attempt that nobody has answered; None if it may leave the process."""
    call.url = request.url
    if call.route is not None and call.stays_here:
        call.answered_by_others = False
        attempt = _attempt(call, request)
        # What was a send's fault has come before the others were asked.
        how = call.account.reply if call.others_may_answer else call.account.answer
        return _carried(call, request, how(call.route, attempt))
    if call.route is None and call.stays_here and not _others_connect():
        raise RuntimeError(
            f"{call.operation} is not answered by sesv2_fake, and was about to leave for AWS "
            f"({checks.users_line()}). Have it answered by moto or a Stubber, or let it out with "
            'mock_sesv2(other_operations="allow").'
        )
    return None


def _others_connect() -> bool:
    """Whether somebody has replaced botocore's connections, as vcrpy does, and will answer."""
    connection: Any = botocore.awsrequest.AWSHTTPSConnectionPool.ConnectionCls
    return connection is not botocore.awsrequest.AWSHTTPSConnection or not str(
        connection.__module__
    ).startswith("botocore.")


def note_answer_of_others(call: UnderWay, response: Any) -> None:
    """A send that somebody else has accepted is sent; `response` is what `make_request` gives."""
    http, parsed = response
    if call.route is not None and call.request is not None and http.status_code < _FIRST_ERROR:
        call.account.note_sent(call.route, call.request, parsed)


def _handler(function: _Function) -> _Function:
    """An event handler; botocore asks each for its signature, which is slow to find out."""
    vars(function)["__signature__"] = inspect.signature(function)
    return function


@_handler
def _choose_signer(**_: Any) -> Any:
    call = current.get()
    return botocore.UNSIGNED if call is not None and call.unsigned else None


@_handler
def _before_send(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    call = current.get()
    if call is None:
        return None
    call.reached_its_handlers = True
    call.retries_at_once = False
    if call.route is None:
        return None
    attempt = call.request = _attempt(call, request)
    outcome: Outcome | None
    if call.others_may_answer:
        outcome = call.account.fail(call.route, attempt)
        call.answered_by_others = outcome is None
    else:
        outcome = call.account.answer(call.route, attempt)
    if outcome is None:
        return None
    response = _carried(call, request, outcome)
    hidden = AnsweredUrl("sesv2-fake:answered")
    hidden.original = request.url
    request.url = hidden
    return response


@_handler
def _after_all_before_send(request: AWSPreparedRequest, **_: Any) -> None:
    if isinstance(request.url, AnsweredUrl):
        request.url = request.url.original


def _events_of(endpoint: Any) -> Any:
    """The event emitter of the client that owns an endpoint; of what is here, all know it."""
    return endpoint._event_emitter


def _others_listen(endpoint: Endpoint, event: str) -> bool:
    """Whether somebody else may answer; moto's handler is there for good, and says if it is on."""
    events = _events_of(endpoint)
    emitter = getattr(events, "_emitter", events)
    # What the emitter found when it was last asked for this; it looks anew after a change.
    handlers = emitter._lookup_cache.get(event)
    if handlers is None:
        handlers = emitter._handlers.prefix_search(event)
    return any(
        getattr(handler, "enabled", True)
        for handler in handlers
        if handler not in (_before_send, _after_all_before_send)
    )


#: The operations that each client has handlers for, by the endpoint that carries its calls.
_met: WeakKeyDictionary[Endpoint, set[tuple[str, str]]] = WeakKeyDictionary()


def _put_handlers_on(endpoint: Endpoint, service: str, operation: str) -> None:
    met = _met.setdefault(endpoint, set())
    if (service, operation) not in met:
        events = _events_of(endpoint)
        for event, handler in _first_handlers(service, operation):
            events.register_first(event, handler)
        if not met:
            events.register_last("before-send", _after_all_before_send)
        met.add((service, operation))


def renew_handlers(endpoint: Endpoint) -> None:
    """Have the client's emitter look its handlers up anew.

    It remembers what it found, and what another thread's call was looking up while a handler was
    put on is without that handler.
    """
    for service, operation in _take_handlers_off(endpoint):
        _put_handlers_on(endpoint, service, operation)


def _first_handlers(service: str, operation: str) -> list[tuple[str, Callable[..., Any]]]:
    return [
        (f"choose-signer.{service}.{operation}", _choose_signer),
        (f"before-send.{service}.{operation}", _before_send),
    ]


def take_handlers_off() -> None:
    """Every client is as it was."""
    for endpoint in list(_met):
        _take_handlers_off(endpoint)


def _take_handlers_off(endpoint: Endpoint) -> set[tuple[str, str]]:
    """The operations that it had handlers for."""
    met = _met.pop(endpoint)
    events = _events_of(endpoint)
    for service, operation in met:
        for event, handler in _first_handlers(service, operation):
            events.unregister(event, handler)
    events.unregister("before-send", _after_all_before_send)
    return met

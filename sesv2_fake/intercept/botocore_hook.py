"""Calls of boto3, botocore and aiobotocore clients: event handlers answer before they are sent.

A client gets its handlers at its first call under a fake and loses them when the last fake ends
(botocore_patches.py says when). Which fake answers is decided once, when the call begins.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import botocore
import botocore.awsrequest
import botocore.exceptions
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, create_request_object
from botocore.endpoint import Endpoint
from botocore.model import OperationModel

from .. import checks
from ..operations import dispatch
from ..operations.calls import Outcome
from . import active, instant_retries
from .botocore_response import Response, exception_of
from .divergences import warn_of
from .under_way import (
    SERVICES,
    UnderWay,
    attempt_of,
    begun_under,
    current,
)

_FIRST_ERROR = 300

_Function = TypeVar("_Function", bound=Callable[..., Any])


def begin(
    endpoint: Endpoint, operation: OperationModel, request_dict: dict[str, Any]
) -> UnderWay | None:
    """The call that a client begins; None if no fake is active, or none answers its operation."""
    call = _begun(operation, request_dict)
    if call is None:
        return None
    service = operation.service_model.service_name
    if call.route is not None or call.stays_here:
        _put_handlers_on(endpoint, service, operation.name)
    if call.others_may_answer and call.stays_here:
        call.others_may_answer = call.answered_by_others = _others_listen(
            endpoint, f"before-send.{service}.{operation.name}"
        )
        call.unsigned = call.is_alone = not call.others_may_answer
    return call


def _begun(operation: OperationModel, request_dict: dict[str, Any]) -> UnderWay | None:
    service = operation.service_model.service_name
    activation = active.innermost() if service in SERVICES else None
    if activation is None:
        return None
    return begun_under(activation.account, service, operation.name, request_dict)


def _carried(call: UnderWay, request: AWSPreparedRequest, outcome: Outcome) -> AWSResponse:
    """The outcome of an attempt, as botocore sees it."""
    # A call that came late is not known where botocore decides on retries.
    call.retries_at_once = outcome.retry_at_once and call is current.get()
    if call.retries_at_once:
        instant_retries.put_on()
    if outcome.diverging:
        warn_of(outcome.diverging)
    if outcome.http is None:
        raise exception_of(outcome.drop, request.url)
    return Response(request.url, outcome.http)


def answer_or_refuse(call: UnderWay, request: AWSPreparedRequest) -> AWSResponse | None:
    """What becomes of an attempt that nobody has answered; None if it may leave the process."""
    call.url = request.url
    if call.route is not None and call.stays_here:
        call.answered_by_others = False
        attempt = attempt_of(call, request)
        # What was a send's fault has come before the others were asked.
        how = dispatch.reply if call.others_may_answer else dispatch.answer
        return _carried(call, request, how(call.account, call.route, attempt))
    if call.route is None and call.stays_here and not _others_connect():
        problem = "is not answered by sesv2_fake, and was about to leave for AWS"
        # The code under test may swallow the exception.
        dispatch.note_unanswered(call.account, call.operation, attempt_of(call, request), problem)
        raise RuntimeError(
            f"{call.operation} {problem} ({checks.users_line()}). Have it answered by moto or a "
            'Stubber, or let it out with mock_sesv2(other_operations="allow").'
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
        dispatch.note_sent(call.account, call.route, call.request, parsed)


def note_stubbed(operation: OperationModel, request_dict: dict[str, Any], response: Any) -> None:
    """The same of a send that a Stubber answers."""
    call = _begun(operation, request_dict)
    if call is not None and call.others_may_answer:
        call.request = attempt_of(call, create_request_object(request_dict).prepare())
        note_answer_of_others(call, response)


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
    attempt = call.request = attempt_of(call, request)
    outcome: Outcome | None
    if call.others_may_answer:
        outcome = dispatch.fail(call.account, call.route, attempt)
        call.answered_by_others = outcome is None
    else:
        outcome = dispatch.answer(call.account, call.route, attempt)
    if outcome is None:
        return None
    response = _carried(call, request, outcome)
    if not call.is_alone:
        call.hide_url(request)
    return response


def _events_of(endpoint: Any) -> Any:
    """The event emitter of the client that owns an endpoint; of what is here, all know it."""
    return endpoint._event_emitter


def _others_listen(endpoint: Any, event: str) -> bool:
    """Whether somebody else may answer; moto's handler is there for good, and says if it is on."""
    events = endpoint._event_emitter
    emitter = getattr(events, "_emitter", events)
    # What the emitter found when it was last asked for this; it looks anew after a change.
    handlers = emitter._lookup_cache.get(event)
    if handlers is None:
        handlers = emitter._handlers.prefix_search(event)
    for handler in handlers:
        if handler is not _before_send and getattr(handler, "enabled", True):
            return True
    return False


#: The operations that each client has handlers for, by the endpoint that carries its calls.
_met: WeakKeyDictionary[Endpoint, set[tuple[str, str]]] = WeakKeyDictionary()


def _put_handlers_on(endpoint: Endpoint, service: str, operation: str) -> None:
    met = _met.get(endpoint)
    if met is None:
        met = _met[endpoint] = set()
    if (service, operation) not in met:
        events = _events_of(endpoint)
        for event, handler in _first_handlers(service, operation):
            events.register_first(event, handler)
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
    if _met:
        for endpoint in list(_met):
            _take_handlers_off(endpoint)


def _take_handlers_off(endpoint: Endpoint) -> set[tuple[str, str]]:
    """The operations that it had handlers for."""
    met = _met.pop(endpoint)
    events = _events_of(endpoint)
    for service, operation in met:
        for event, handler in _first_handlers(service, operation):
            events.unregister(event, handler)
    return met

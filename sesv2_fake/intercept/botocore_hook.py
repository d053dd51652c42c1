"""Calls of boto3, botocore and aiobotocore clients: event handlers answer before they are sent.

A client gets its handlers at its first call under a fake and loses them when the last fake ends
(botocore_patches.py says when). Which fake answers is decided once, when the call begins.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import botocore
import botocore.exceptions
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint
from botocore.model import OperationModel

from ..account import Account
from ..api import routes
from ..api.errors import HttpAnswer
from ..api.faults import DROPS
from ..api.routes import Route
from ..api.wire import HttpRequest, attempt_of
from . import active
from .divergences import warn_of

_SERVICE = "sesv2"

_Function = TypeVar("_Function", bound=Callable[..., Any])


class UnderWay:
    """A call from its first attempt to its last, and the account that answers all of them."""

    __slots__ = ("account", "request_dict", "retries_at_once", "route")

    def __init__(self, account: Account, route: Route, request_dict: dict[str, Any]) -> None:
        self.account = account
        self.route = route
        #: What botocore carries through all attempts.
        self.request_dict = request_dict
        #: A fault failed the last attempt: the next one follows without waiting, and at no cost
        #: to the client's retry quota or pacing.
        self.retries_at_once = False


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
    if operation.service_model.service_name != _SERVICE:
        return None
    route = routes.BY_OPERATION.get(operation.name)
    activation = active.innermost()
    if route is None or activation is None:
        return None
    _put_handlers_on(endpoint, operation)
    return UnderWay(activation.account, route, request_dict)


class _AnsweredUrl(str):
    """What the other handlers of `before-send` find in place of the URL.

    Every handler is called, even after one has answered, and moto's raises NotImplementedError
    for the URLs of operations that it does not know.
    """

    original: str


class _Content(bytes):
    """A body that botocore uses as bytes and aiobotocore awaits."""

    def __await__(self) -> Generator[None, None, bytes]:
        yield from ()
        return bytes(self)


class _Raw:
    """What stands for the response on the wire; aiobotocore reads its headers there till 2.21."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]


class _Response(AWSResponse):
    """An answer that never was on a wire."""

    def __init__(self, url: str, answer: HttpAnswer) -> None:
        headers = cast(HTTPHeaders, answer.headers)
        super().__init__(url, answer.status, headers, _Raw(answer.headers))
        self._content = _Content(answer.body)


def answer(call: UnderWay, request: AWSPreparedRequest) -> AWSResponse:
    """The account's answer to one attempt; raises what a fault says that the client sees."""
    sdk_request = cast(bytes, request.headers.get("amz-sdk-request", b""))
    outcome = call.account.answer(
        call.route,
        HttpRequest(
            call.request_dict["context"]["client_region"],
            cast(bytes, request.body),
            attempt_of(sdk_request.decode()),
            urlsplit(request.url).path,
        ),
    )
    call.retries_at_once = outcome.retry_at_once
    warn_of(outcome.diverging)
    if outcome.http is None:
        raise _exception_of(outcome.drop, request.url)
    return _Response(request.url, outcome.http)


def _exception_of(drop: Any, url: str) -> Exception:
    """The exception that a connection fault asks for, as botocore raises it."""
    if isinstance(drop, Exception):
        return drop.with_traceback(None)
    exception = getattr(botocore.exceptions, DROPS[drop]) if isinstance(drop, str) else drop
    return cast(Exception, exception(endpoint_url=url, error="dropped by sesv2_fake"))


def _handler(function: _Function) -> _Function:
    """An event handler; botocore asks each for its signature, which is dear to find out."""
    vars(function)["__signature__"] = inspect.signature(function)
    return function


@_handler
def _choose_signer(**_: Any) -> Any:
    """No signature: a call that goes nowhere needs no credentials."""
    return None if current.get() is None else botocore.UNSIGNED


@_handler
def _before_send(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    call = current.get()
    if call is None:
        return None
    response = answer(call, request)
    hidden = _AnsweredUrl("sesv2-fake:answered")
    hidden.original = request.url
    request.url = hidden
    return response


@_handler
def _after_all_before_send(request: AWSPreparedRequest, **_: Any) -> None:
    if isinstance(request.url, _AnsweredUrl):
        request.url = request.url.original


#: The operations that each client has handlers for, by the endpoint that carries its calls.
_operations_met: WeakKeyDictionary[Endpoint, set[str]] = WeakKeyDictionary()


def _events_of(endpoint: Any) -> Any:
    """The event emitter of the client that owns an endpoint; of what is here, all know it."""
    return endpoint._event_emitter


def _put_handlers_on(endpoint: Endpoint, operation: OperationModel) -> None:
    met = _operations_met.setdefault(endpoint, set())
    if operation.name not in met:
        events = _events_of(endpoint)
        for event, handler in _first_handlers(operation.name):
            events.register_first(event, handler)
        if not met:
            events.register_last("before-send", _after_all_before_send)
        met.add(operation.name)


def _first_handlers(operation: str) -> list[tuple[str, Callable[..., Any]]]:
    return [
        (f"choose-signer.{_SERVICE}.{operation}", _choose_signer),
        (f"before-send.{_SERVICE}.{operation}", _before_send),
    ]


def take_handlers_off() -> None:
    """Every client is as it was."""
    for endpoint, operations in list(_operations_met.items()):
        events = _events_of(endpoint)
        for operation in operations:
            for event, handler in _first_handlers(operation):
                events.unregister(event, handler)
        events.unregister("before-send", _after_all_before_send)
    _operations_met.clear()

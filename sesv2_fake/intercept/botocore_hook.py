"""Calls of boto3, botocore and aiobotocore clients: an event hook answers before they are sent."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakSet

import botocore
import botocore.exceptions
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders

from ..api.batch_get_metric_data import Service
from ..api.errors import HttpAnswer
from ..api.faults import DROPS
from ..api.wire import HttpRequest, attempt_of
from .botocore_patches import put_on_patches, retry_at_once, take_off_patches
from .divergences import warn_of

_SERVICE = "sesv2"
_OPERATION = "sesv2.BatchGetMetricData"
#: botocore's name for the class of an SES v2 client.
_CLASS_NAME = "SESV2"


class _AnsweredUrl(str):
    """What the other handlers of `before-send` find in place of the URL.

    Every handler is called, whoever has answered, and moto's raises NotImplementedError for the
    URL of this operation.
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


class _Hook:
    """The event handlers of one client, on it while a fake is active."""

    def __init__(self, client: BaseClient) -> None:
        self._region = client.meta.region_name

    def put_on(self, client: BaseClient) -> None:
        events = client.meta.events
        for event, handler in self._first():
            events.register_first(event, handler)
        events.register_last("before-send", self._after_all_before_send)

    def take_off(self, client: BaseClient) -> None:
        events = client.meta.events
        for event, handler in self._first():
            events.unregister(event, handler)
        events.unregister("before-send", self._after_all_before_send)

    def _first(self) -> list[tuple[str, Callable[..., Any]]]:
        return [
            (f"choose-signer.{_OPERATION}", self._choose_signer),
            (f"before-send.{_OPERATION}", self._before_send),
            (f"after-call.{_OPERATION}", self._after_call),
            (f"after-call-error.{_OPERATION}", self._after_call),
        ]

    def _choose_signer(self, **_: Any) -> Any:
        """No signature: a call that goes nowhere needs no credentials."""
        return botocore.UNSIGNED

    def _before_send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        service = next(reversed(_active), None)
        if service is None:  # the fake ended in another thread, just now
            return None
        sdk_request = cast(bytes, request.headers.get("amz-sdk-request", b""))
        outcome = service.answer(
            HttpRequest(self._region, cast(bytes, request.body), attempt_of(sdk_request.decode()))
        )
        retry_at_once.set(outcome.retry_at_once)
        warn_of(outcome.diverging)
        if outcome.http is None:
            raise _exception_of(outcome.drop, request.url)
        response = _Response(request.url, outcome.http)
        hidden = _AnsweredUrl("sesv2-fake:answered")
        hidden.original = request.url
        request.url = hidden
        return response

    def _after_all_before_send(self, request: AWSPreparedRequest, **_: Any) -> None:
        if isinstance(request.url, _AnsweredUrl):
            request.url = request.url.original

    def _after_call(self, **_: Any) -> None:
        retry_at_once.set(False)


def _exception_of(drop: Any, url: str) -> Exception:
    """The exception that a connection fault asks for, as botocore raises it."""
    if isinstance(drop, Exception):
        return drop.with_traceback(None)
    exception = getattr(botocore.exceptions, DROPS[drop]) if isinstance(drop, str) else drop
    return cast(Exception, exception(endpoint_url=url, error="dropped by sesv2_fake"))


#: The services of the active fakes; the last is the innermost and answers.
_active: list[Service] = []
#: Every SES v2 client that was met, made before a fake started or while one was active.
_hooks: WeakKeyDictionary[BaseClient, _Hook] = WeakKeyDictionary()
#: botocore makes a class for each client; those whose client was met need no second look.
_met: WeakSet[type] = WeakSet()
_lock = threading.RLock()


def activate(service: Service) -> None:
    """From here on, `service` answers every SES v2 client, whenever and wherever it was made."""
    with _lock:
        if not _active:
            try:
                for client in _clients_not_met():
                    _meet(client)
                for client, hook in list(_hooks.items()):
                    hook.put_on(client)
                put_on_patches(_client_was_made)
            except BaseException:
                _leave_all_alone()
                raise
        _active.append(service)


def deactivate(service: Service) -> None:
    """`service` answers no more; with the last one, every client is as it was."""
    with _lock:
        _active.remove(service)
        if not _active:
            _leave_all_alone()


def _leave_all_alone() -> None:
    take_off_patches()
    for client, hook in list(_hooks.items()):
        hook.take_off(client)


def _client_was_made(client: BaseClient) -> None:
    if client.meta.service_model.service_name == _SERVICE:
        with _lock:
            if _active and client not in _hooks:
                _meet(client).put_on(client)
                # aiobotocore may have been loaded since.
                put_on_patches(_client_was_made)


def _meet(client: BaseClient) -> _Hook:
    _met.add(type(client))
    hook = _hooks[client] = _Hook(client)
    return hook


def _clients_not_met() -> list[BaseClient]:
    """The SES v2 clients made while no fake was active.

    Nothing lists them, but each has a class of its own, which is quick to look for; only where
    there is a new one is the whole heap searched for its client.
    """
    classes = tuple(
        cls for cls in _subclasses(BaseClient) if cls.__name__ == _CLASS_NAME and cls not in _met
    )
    if not classes:
        return []
    return [
        cast(BaseClient, found)
        for found in gc.get_referrers(*classes)
        # Not what only pretends to be one, such as a mock with a spec, nor one half made.
        if type(found) in classes and "meta" in vars(found)
    ]


def _subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)

"""Calls of boto3 and botocore clients: an event hook answers them before they are sent."""

from __future__ import annotations

import functools
import gc
import re
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol, cast
from weakref import WeakKeyDictionary, WeakSet

import botocore
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders

from ..service.errors import HttpAnswer, Refusal
from ..service.requests import HttpRequest
from .divergences import warn_of

_SERVICE = "sesv2"
_OPERATION = "sesv2.BatchGetMetricData"
#: botocore's name for the class of an SES v2 client.
_CLASS_NAME = "SESV2"
_HOOKS = "_hooks_sesv2_fake"
_ATTEMPT = re.compile(rb"attempt=(\d+)")


class Answering(Protocol):
    """What answers: the service of a fake."""

    def answer(self, request: HttpRequest) -> tuple[HttpAnswer, list[Refusal]]:
        """The answer to a request, and what the live service would have refused of it."""


class _Content(bytes):
    """A body that botocore uses as bytes and aiobotocore awaits."""

    def __await__(self) -> Generator[None, None, bytes]:
        yield from ()
        return bytes(self)


class _Response(AWSResponse):
    """An answer that never was on a wire."""

    def __init__(self, url: str, answer: HttpAnswer) -> None:
        super().__init__(url, answer.status, cast(HTTPHeaders, answer.headers), None)
        self._content = _Content(answer.body)


class _Hook:
    """The event handlers of one client, on it while a fake is active."""

    def __init__(self, client: BaseClient) -> None:
        self._region = client.meta.region_name

    def put_on(self, client: BaseClient) -> None:
        for event, handler in self._handlers():
            client.meta.events.register_first(event, handler)

    def take_off(self, client: BaseClient) -> None:
        for event, handler in self._handlers():
            client.meta.events.unregister(event, handler)

    def _handlers(self) -> list[tuple[str, Any]]:
        return [
            (f"choose-signer.{_OPERATION}", self._choose_signer),
            (f"before-send.{_OPERATION}", self._before_send),
        ]

    def _choose_signer(self, **_: Any) -> Any:
        """No signature: a call that goes nowhere needs no credentials."""
        return botocore.UNSIGNED

    def _before_send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        answer, diverging = _active[-1].answer(
            HttpRequest(self._region, cast(bytes, request.body), _attempt(request))
        )
        warn_of(diverging)
        return _Response(request.url, answer)


def _attempt(request: AWSPreparedRequest) -> int:
    found = _ATTEMPT.search(cast(bytes, request.headers.get("amz-sdk-request", b"")))
    return int(found[1]) if found else 1


#: The services of the active fakes; the last is the innermost and answers.
_active: list[Answering] = []
#: Every SES v2 client that was met, made before a fake started or while one was active.
_hooks: WeakKeyDictionary[BaseClient, _Hook] = WeakKeyDictionary()
#: botocore makes a class for each client; those whose client was met need no second look.
_met: WeakSet[type] = WeakSet()
_lock = threading.RLock()


def activate(service: Answering) -> None:
    """From here on, `service` answers every SES v2 client, whenever and wherever it was made."""
    with _lock:
        _active.append(service)
        if len(_active) == 1:
            for client in _clients_not_met():
                _meet(client)
            for client, hook in list(_hooks.items()):
                hook.put_on(client)
            _set_init(_hooking(BaseClient.__init__))


def deactivate(service: Answering) -> None:
    """`service` answers no more; with the last one, every client is as it was."""
    with _lock:
        _active.remove(service)
        if not _active:
            # Left in place, and idle, where somebody has wrapped it since.
            if hasattr(BaseClient.__init__, _HOOKS):
                _set_init(vars(BaseClient.__init__)["__wrapped__"])
            for client, hook in list(_hooks.items()):
                hook.take_off(client)


def _hooking(init: Callable[..., None]) -> Callable[..., None]:
    """Clients made while a fake is active are met as they are made.

    `botocore.handlers.BUILTIN_HANDLERS` would reach the clients of sessions made later alone;
    boto3's default session is mostly older than the fake.
    """

    def init_and_hook(client: BaseClient, *args: Any, **kwargs: Any) -> None:
        init(client, *args, **kwargs)
        if client.meta.service_model.service_name == _SERVICE:
            with _lock:
                if _active and client not in _hooks:
                    _meet(client).put_on(client)

    functools.update_wrapper(init_and_hook, init)
    setattr(init_and_hook, _HOOKS, True)
    return init_and_hook


def _set_init(init: Callable[..., None]) -> None:
    BaseClient.__init__ = init  # type: ignore[method-assign]  # that is what this is about


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
    _met.update(classes)
    return [
        cast(BaseClient, found)
        for found in gc.get_referrers(*classes)
        if isinstance(found, classes)
    ]


def _subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)

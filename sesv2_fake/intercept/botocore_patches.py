"""What no event handler can reach: replaced in botocore while a fake is active, put back after.

Replaced from the first fake's start until the last one's end, or until the last call is over that
began under a fake: no call finds botocore half restored.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import botocore.endpoint
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

from . import instant_retries
from .botocore_hook import (
    begin,
    note_answer_of_others,
    note_stubbed,
    renew_handlers,
    take_handlers_off,
)
from .instant_retries import ModuleBut, async_sleep_unless_at_once
from .patching import Patch, lock_held_to_fork
from .sockets import (
    answered_or_sent,
    answered_or_sent_async,
    guard,
    unguard,
)
from .under_way import UnderWay, current

_Function = Callable[..., Any]


@cache
def _is_async(endpoint_class: Any) -> bool:
    """Whether a class of endpoints is aiobotocore's; to look each time is dear."""
    return inspect.iscoroutinefunction(endpoint_class._send_request)


def _answered_if_under_a_fake(make_request: _Function) -> _Function:
    """The last step that the clients of botocore and aiobotocore share before they sign."""

    def making(endpoint: Any, operation: Any, request_dict: Any) -> Any:
        outer = current.get()
        if outer is not None and outer.request_dict is request_dict:
            return make_request(endpoint, operation, request_dict)  # below a layer of our own
        is_async = _is_async(endpoint.__class__)
        call = _begin(endpoint, operation, request_dict, is_async=is_async)
        if call is None and outer is None:
            return make_request(endpoint, operation, request_dict)
        # A call that a handler makes within another is not that other one.
        if is_async:
            return _making_async(call, make_request, endpoint, operation, request_dict)
        token = current.set(call)
        try:
            while True:
                try:
                    response = make_request(endpoint, operation, request_dict)
                    break
                except (BotoCoreError, NotImplementedError) as error:
                    if not _may_try_again(call, endpoint, error):
                        raise
            if call is not None and call.answered_by_others:
                note_answer_of_others(call, response)
            return response
        finally:
            current.reset(token)
            _end(call)

    return making


async def _making_async(
    call: UnderWay | None, make_request: _Function, endpoint: Any, *args: Any
) -> Any:
    token = current.set(call)
    try:
        await _give_the_loop_a_turn(endpoint)
        while True:
            try:
                response = await make_request(endpoint, *args)
                break
            except (BotoCoreError, NotImplementedError) as error:
                if not _may_try_again(call, endpoint, error):
                    raise
        if call is not None and call.answered_by_others:
            note_answer_of_others(call, response)
        return response
    finally:
        with suppress(ValueError):  # in another context, if the task was dropped unfinished
            current.reset(token)
        _end(call)


def _may_try_again(call: UnderWay | None, endpoint: Any, error: Exception) -> bool:
    """Whether a call is tried again without what failed: nobody at AWS will see it.

    Without a signature if it could not be signed; others, such as moto, are asked with one if
    there are credentials. Without the others if they say that they do not have the operation.
    """
    if call is None or not call.stays_here:
        return False
    if isinstance(error, NotImplementedError):
        if not call.others_may_answer:
            return False
        call.others_may_answer = False
    elif call.is_second_try or call.reached_its_handlers:
        return False
    call.is_second_try = call.unsigned = True
    with _lock:
        renew_handlers(endpoint)
    return True


async def _give_the_loop_a_turn(endpoint: Any) -> None:
    """As a real call does: a loop of calls must not keep timeouts and other tasks from running."""
    if type(endpoint).__name__ == "AnyioEndpoint":
        import anyio

        await anyio.sleep(0)
    else:
        import asyncio

        await asyncio.sleep(0)


def _noting_sends(assert_expected_call_order: _Function) -> _Function:
    """A Stubber answers before `make_request`; this is what it asks itself just before that."""

    def asserting(stubber: Any, model: Any, params: Any) -> None:
        assert_expected_call_order(stubber, model, params)
        # It asks this of the call's arguments too, before it asks of the request.
        if _uses and {"url", "context"} <= params.keys():
            note_stubbed(model, params, stubber._queue[0]["response"])

    return asserting


_PATCHES = [
    Patch(botocore.endpoint.Endpoint, "make_request", _answered_if_under_a_fake),
    Patch(URLLib3Session, "send", answered_or_sent),
    Patch(Stubber, "_assert_expected_call_order", _noting_sends),
]

#: Those of aiobotocore, by what is replaced; it may be loaded after the first fake starts.
_aio_patches: dict[tuple[Any, str], Patch] = {}


def _of_aiobotocore() -> Iterator[tuple[Any, str, Callable[[Any], Any]]]:
    """The same for aiobotocore, of what is loaded of it; it is never loaded from here."""
    for name in ("httpsession", "httpxsession"):
        for cls in _classes_with("send", name):
            yield cls, "send", answered_or_sent_async
    for cls in _classes_with("_sleep", "endpoint"):
        yield cls, "_sleep", async_sleep_unless_at_once
    # Versions without that method wait by what their module knows as `asyncio`.
    endpoint = sys.modules["aiobotocore.endpoint"]
    if hasattr(endpoint, "asyncio"):
        yield endpoint, "asyncio", lambda module: ModuleBut(module, async_sleep_unless_at_once)


def _classes_with(method: str, module: str) -> list[type]:
    name = f"aiobotocore.{module}"
    members = vars(sys.modules[name]).values() if name in sys.modules else ()
    classes = [member for member in members if inspect.isclass(member)]
    return [cls for cls in classes if cls.__module__ == name and method in vars(cls)]


def _put_on() -> None:
    """Replace all that is not replaced yet."""
    if "aiobotocore.endpoint" in sys.modules:
        for owner, name, replace in _of_aiobotocore():
            if (owner, name) not in _aio_patches:
                _aio_patches[owner, name] = Patch(owner, name, replace)
    for patch in (*_PATCHES, *_aio_patches.values()):
        patch.put_on()


def _take_off() -> None:
    """Put back all that was replaced, and take the handlers off the clients that have any."""
    for patch in (*_PATCHES, *_aio_patches.values()):
        patch.take_off()
    unguard()
    instant_retries.take_off()
    take_handlers_off()


#: How many fakes are active and calls under way.
_uses = 0
_lock = lock_held_to_fork()


@contextmanager
def intercepting() -> Iterator[None]:
    """Have the clients' calls answered by the innermost fake."""
    global _uses
    with _lock:
        try:
            if not _uses:
                _put_on()
        except BaseException:
            _take_off()
            raise
        _uses += 1
    try:
        yield
    finally:
        _release()


def _begin(endpoint: Any, operation: Any, request_dict: Any, *, is_async: bool) -> UnderWay | None:
    """The call that begins, if a fake answers it: one use more, until its end."""
    global _uses
    with _lock:
        # None where our layer is idle, below a wrapper of somebody else's.
        call = begin(endpoint, operation, request_dict) if _uses else None
        if call is not None:
            if is_async:
                _put_on()  # aiobotocore may have been loaded since the fake started
            if type(endpoint.http_session) is not URLLib3Session:
                guard(endpoint, is_async=is_async)
            _uses += 1
        return call


def _end(call: UnderWay | None) -> None:
    if call is not None:
        if not call.is_alone:
            call.show_url()
        _release()


def _release() -> None:
    global _uses
    with _lock:
        _uses -= 1
        if not _uses:
            _take_off()

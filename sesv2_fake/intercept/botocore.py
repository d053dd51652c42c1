"""What no event handler can reach: replaced in botocore while a fake is active, put back after.

Replaced from the first fake's start until the last one's end, or until the last call is over that
began under a fake: no call finds botocore half restored.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TypeVar, cast

import botocore
import botocore.awsrequest
import botocore.endpoint
import botocore.exceptions
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, create_request_object
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.loaders import Loader, create_loader
from botocore.model import OperationModel
from botocore.parsers import BaseRestParser
from botocore.stub import Stubber

from ..operations import dispatch
from ..operations.calls import Outcome
from ..untyped import Members, Untyped
from . import retries
from .call_context import (
    CallContext,
    RequestDict,
    call_under,
    request_of,
)
from .interceptor import handing_over, interceptor
from .parsing import parsing
from .patching import Function
from .socket_guard import guarding, guarding_async, response_of

_FIRST_ERROR = 300
#: Of the clients of SES: `sesv2`, `ses`, and the older `pinpoint-email`.
_HOST_PREFIX = "email"

_Handler = TypeVar("_Handler", bound=Function)


def _call_of(operation: OperationModel, request_dict: RequestDict) -> CallContext | None:
    """The call of a client; None if no fake is active, or none answers its operation."""
    service = operation.service_model
    fake = interceptor.innermost() if service.endpoint_prefix == _HOST_PREFIX else None
    if fake is None:
        return None
    return call_under(fake.account, service.service_name, operation.name, request_dict)


def _note_answer_of_others(call: CallContext, response: tuple[AWSResponse, Members]) -> None:
    """A send that somebody else has accepted is sent; `response` is what `make_request` gives."""
    http, parsed = response
    if call.route is not None and call.request is not None and http.status_code < _FIRST_ERROR:
        dispatch.note_answered_by_others(call.account, call.route, call.request, parsed)


def _note_stubbed(
    operation: OperationModel, request_dict: RequestDict, response: tuple[AWSResponse, Members]
) -> None:
    """The same of a send that a Stubber answers."""
    call = _call_of(operation, request_dict)
    if call is not None and call.others_may_answer:
        call.request = request_of(call, create_request_object(request_dict).prepare())
        _note_answer_of_others(call, response)


def _event_handler(function: _Handler) -> _Handler:
    """Keeps the signature, which botocore asks each handler for and which is slow to find out."""
    vars(function)["__signature__"] = inspect.signature(function)
    return function


@_event_handler
def _choose_signer(**_: object) -> object:
    call = interceptor.current_call.get()
    return botocore.UNSIGNED if call is not None and call.unsigned else None


@_event_handler
def _before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
    call = interceptor.current_call.get()
    if call is None:
        return None
    call.reached_handlers = True
    call.retries_at_once = False
    if call.route is None:
        return None
    attempt = call.request = request_of(call, request)
    outcome: Outcome | None
    if call.others_may_answer:
        outcome = dispatch.planned(call.account, call.route, attempt)
        call.answered_by_others = outcome is None
    else:
        outcome = dispatch.answer(call.account, call.route, attempt)
    if outcome is None:
        return None
    response = response_of(call, request, outcome)
    if not call.is_alone:
        call.hide_url(request)
    return response


def _has_other_handlers(endpoint: Untyped, event: str) -> bool:
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


def _register_handlers(endpoint: Untyped, service: str, operation: str) -> None:
    """Register ours for an operation with the client that owns the endpoint, once."""
    handled = interceptor.handled.get(endpoint)
    if handled is None:
        handled = interceptor.handled[endpoint] = set()
    if (service, operation) not in handled:
        for event, handler in _handlers_of(service, operation):
            endpoint._event_emitter.register_first(event, handler)
        handled.add((service, operation))


def _unregister_handlers(endpoint: Untyped) -> set[tuple[str, str]]:
    """Leave the client as it was; the operations that it had handlers for."""
    handled = interceptor.handled.pop(endpoint)
    for service, operation in handled:
        for event, handler in _handlers_of(service, operation):
            endpoint._event_emitter.unregister(event, handler)
    return handled


def _renew_handlers(endpoint: Endpoint) -> None:
    """Have the client's emitter look its handlers up anew.

    It remembers what it found, and what another thread's call was looking up while a handler was
    registered is without that handler.
    """
    for service, operation in _unregister_handlers(endpoint):
        _register_handlers(endpoint, service, operation)


def _handlers_of(service: str, operation: str) -> list[tuple[str, Function]]:
    return [
        (f"choose-signer.{service}.{operation}", _choose_signer),
        (f"before-send.{service}.{operation}", _before_send),
    ]


@cache
def _is_async(endpoint_class: Untyped) -> bool:
    """Whether a class of endpoints is aiobotocore's. Cached: the check is slow."""
    return inspect.iscoroutinefunction(endpoint_class._send_request)


def _answering(make_request: Function) -> Function:
    """The last step that the clients of botocore and aiobotocore share before they sign."""

    def making(endpoint: Endpoint, operation: OperationModel, request_dict: RequestDict) -> object:
        outer = interceptor.current_call.get()
        if outer is not None and outer.request_dict is request_dict:
            return make_request(endpoint, operation, request_dict)  # below a layer of our own
        is_async = _is_async(cast(Untyped, endpoint).__class__)
        call = _start_call(endpoint, operation, request_dict, is_async=is_async)
        if call is None and outer is None:
            return make_request(endpoint, operation, request_dict)
        # A call that a handler makes within another is not that other one.
        if is_async:
            return _making_async(call, make_request, endpoint, operation, request_dict)
        token = interceptor.current_call.set(call)
        try:
            while True:
                try:
                    response = make_request(endpoint, operation, request_dict)
                    break
                except (BotoCoreError, NotImplementedError) as error:
                    if not _may_try_again(call, endpoint, error):
                        raise
            if call is not None and call.answered_by_others:
                _note_answer_of_others(call, response)
            return response
        finally:
            interceptor.current_call.reset(token)
            _end_call(call)

    return making


async def _making_async(
    call: CallContext | None, make_request: Function, endpoint: Endpoint, *args: object
) -> object:
    token = interceptor.current_call.set(call)
    try:
        await _yield_to_the_loop(endpoint)
        while True:
            try:
                response = await make_request(endpoint, *args)
                break
            except (BotoCoreError, NotImplementedError) as error:
                if not _may_try_again(call, endpoint, error):
                    raise
        if call is not None and call.answered_by_others:
            _note_answer_of_others(call, response)
        return response
    finally:
        with suppress(ValueError):  # in another context, if the task was dropped unfinished
            interceptor.current_call.reset(token)
        _end_call(call)


def _may_try_again(call: CallContext | None, endpoint: Endpoint, error: Exception) -> bool:
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
    elif call.is_second_try or call.reached_handlers:
        return False
    call.is_second_try = call.unsigned = True
    with interceptor.lock:
        _renew_handlers(endpoint)
    return True


async def _yield_to_the_loop(endpoint: Endpoint) -> None:
    """As a real call does: a loop of calls must not keep timeouts and other tasks from running."""
    if type(endpoint).__name__ == "AnyioEndpoint":
        import anyio

        await anyio.sleep(0)
    else:
        import asyncio

        await asyncio.sleep(0)


def _noting_sends(assert_expected_call_order: Function) -> Function:
    """A Stubber answers before `make_request`; this is what it asks itself just before that."""

    def asserting(stubber: Untyped, model: OperationModel, params: RequestDict) -> None:
        assert_expected_call_order(stubber, model, params)
        # It asks this of the call's arguments too, before it asks of the request.
        if interceptor.uses and {"url", "context"} <= params.keys():
            _note_stubbed(model, params, stubber._queue[0]["response"])

    return asserting


#: What is replaced in botocore and in thread pools, and what makes it from what was there.
_REPLACED: tuple[tuple[type, str, Function], ...] = (
    (Endpoint, "make_request", _answering),
    (Endpoint, "_send", guarding),
    (URLLib3Session, "send", guarding),
    (Stubber, "_assert_expected_call_order", _noting_sends),
    (BaseRestParser, "_do_parse", parsing),
    (ThreadPoolExecutor, "submit", handing_over),
)


#: To look each of them up anew would take as long as to replace it.
_PATCHES = tuple(interceptor.patch(*replaced) for replaced in _REPLACED)


def _replaced_in_aiobotocore() -> Iterator[tuple[object, str, Function]]:
    """The same for what is loaded of aiobotocore, which is never loaded from here."""
    for method, module in (
        ("_send", "endpoint"),
        ("send", "httpsession"),
        ("send", "httpxsession"),
    ):
        for cls in _classes_with(method, module):
            yield cls, method, guarding_async
    for cls in _classes_with("_sleep", "endpoint"):
        yield cls, "_sleep", retries.async_sleep_unless_at_once
    # Versions without that method wait by what their module knows as `asyncio`.
    endpoint = sys.modules["aiobotocore.endpoint"]
    if hasattr(endpoint, "asyncio"):
        yield endpoint, "asyncio", retries.sleeping_at_once_async


def _classes_with(method: str, module: str) -> list[type]:
    name = f"aiobotocore.{module}"
    members = vars(sys.modules[name]).values() if name in sys.modules else ()
    classes = [member for member in members if inspect.isclass(member)]
    return [cls for cls in classes if cls.__module__ == name and method in vars(cls)]


def _replace_all() -> None:
    """Replace all that is not replaced yet."""
    for patch in _PATCHES:
        patch.apply()
    _replace_in_aiobotocore()


def _replace_in_aiobotocore() -> None:
    if "aiobotocore.endpoint" in sys.modules:
        for owner, name, replacement_of in _replaced_in_aiobotocore():
            interceptor.replace(owner, name, replacement_of)


def _restore_all() -> None:
    """Leave botocore and every client as they were."""
    interceptor.restore()
    if interceptor.handled:  # else to list them is slow
        for endpoint in list(interceptor.handled):
            _unregister_handlers(endpoint)


def begin_use() -> None:
    """Have the clients' calls answered by the innermost fake, until as many uses have ended."""
    with interceptor.lock:
        try:
            if not interceptor.uses:
                _replace_all()
        except BaseException:
            _restore_all()
            raise
        interceptor.uses += 1


def end_use() -> None:
    """Put everything back if this was the last use."""
    with interceptor.lock:
        interceptor.uses -= 1
        if not interceptor.uses:
            _restore_all()


def _start_call(
    endpoint: Endpoint, operation: OperationModel, request_dict: RequestDict, *, is_async: bool
) -> CallContext | None:
    """The call that a client begins, if a fake answers or refuses it: one use, until its end."""
    with interceptor.lock:
        # Without a use our layer is idle, below a wrapper of somebody else's.
        call = _call_of(operation, request_dict) if interceptor.uses else None
        if call is None:
            return None
        if is_async:
            _replace_in_aiobotocore()  # it may have been loaded since the fake started
        service = operation.service_model.service_name
        if call.route is not None or call.stays_here:
            _register_handlers(endpoint, service, operation.name)
        if call.others_may_answer and call.stays_here:
            call.others_may_answer = call.answered_by_others = _has_other_handlers(
                endpoint, f"before-send.{service}.{operation.name}"
            )
            call.unsigned = call.is_alone = not call.others_may_answer
        interceptor.uses += 1
        return call


def _end_call(call: CallContext | None) -> None:
    if call is not None:
        if not call.is_alone:
            call.show_url()
        end_use()


def new_client(region: str, **arguments: Untyped) -> BaseClient:
    """An SES v2 client of a region, with what else `create_client` takes.

    No environment variable and no file decides what it does: another endpoint or retry mode, or
    credentials, which it would look for on the network too.
    """
    defaults = {
        name: (None, None, default, convert)
        for name, (_, _, default, convert) in botocore.session.Session.SESSION_VARIABLES.items()
        if name != "data_path"  # a user's own models
    }
    # Configured ones, in a variable or a file; an old botocore has none.
    defaults["ignore_configured_endpoint_urls"] = (None, None, True, None)
    session = botocore.session.Session(session_vars=defaults)
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return session.create_client("sesv2", region_name=region, **{**credentials, **arguments})


@functools.lru_cache(maxsize=1)
def _loader(data_path: str | None) -> Loader:
    """What reads the files that clients are made of, and keeps them for the next client."""
    return create_loader(data_path)

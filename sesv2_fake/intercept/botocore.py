"""What no event handler can reach: replaced in botocore while a fake is active, put back after.

Replaced from the first fake's start until the last one's end, or until the last call is over that
began under a fake: no call finds botocore half restored.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import botocore
import botocore.awsrequest
import botocore.endpoint
import botocore.exceptions
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, create_request_object
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.loaders import Loader, create_loader
from botocore.model import OperationModel
from botocore.stub import Stubber

from .. import checks
from ..operations import dispatch
from ..operations.calls import Outcome
from ..operations.errors import HttpAnswer
from ..operations.faults import DROPS
from . import retries, stack
from .call_context import (
    SERVICES,
    CallContext,
    begun_under,
    current,
    request_of,
    untracked_call,
)
from .patching import Patch, lock_held_to_fork
from .retries import ModuleBut, async_sleep_unless_at_once
from .stack import warn_of


class _Content(bytes):
    """A body that botocore uses as bytes and aiobotocore awaits."""

    def __await__(self) -> Generator[None, None, bytes]:
        yield from ()
        return bytes(self)


class _Raw:
    """What stands for the response on the wire; aiobotocore reads its headers there till 2.21."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        return [(name.encode(), value.encode()) for name, value in self._headers.items()]


class Response(AWSResponse):
    """An answer that never was on a wire."""

    def __init__(self, url: str, answer: HttpAnswer) -> None:
        headers = cast(HTTPHeaders, answer.headers)
        super().__init__(url, answer.status, headers, _Raw(answer.headers))
        self._content = _Content(answer.body)


def exception_of(drop: Any, url: str) -> Exception:
    """The exception that a connection fault asks for, as botocore raises it."""
    if isinstance(drop, Exception):
        return drop.with_traceback(None)
    exception = getattr(botocore.exceptions, DROPS[drop]) if isinstance(drop, str) else drop
    return cast(Exception, exception(endpoint_url=url, error="dropped by sesv2_fake"))


_FIRST_ERROR = 300

_Function = TypeVar("_Function", bound=Callable[..., Any])


def begin(
    endpoint: Endpoint, operation: OperationModel, request_dict: dict[str, Any]
) -> CallContext | None:
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


def _begun(operation: OperationModel, request_dict: dict[str, Any]) -> CallContext | None:
    service = operation.service_model.service_name
    activation = stack.innermost() if service in SERVICES else None
    if activation is None:
        return None
    return begun_under(activation.account, service, operation.name, request_dict)


def _carried(call: CallContext, request: AWSPreparedRequest, outcome: Outcome) -> AWSResponse:
    """The outcome of an attempt, as botocore sees it."""
    # A call that came late is not known where botocore decides on retries.
    call.retries_at_once = outcome.retry_at_once and call is current.get()
    if call.retries_at_once:
        retries.apply()
    if outcome.diverging:
        warn_of(outcome.diverging)
    if outcome.http is None:
        raise exception_of(outcome.drop, request.url)
    return Response(request.url, outcome.http)


def answer_or_refuse(call: CallContext, request: AWSPreparedRequest) -> AWSResponse | None:
    """What becomes of an attempt that nobody has answered; None if it may leave the process."""
    call.url = request.url
    if call.route is not None and call.stays_here:
        call.answered_by_others = False
        attempt = request_of(call, request)
        # What was a send's fault has come before the others were asked.
        how = dispatch.reply if call.others_may_answer else dispatch.answer
        return _carried(call, request, how(call.account, call.route, attempt))
    if call.route is None and call.stays_here and not _others_connect():
        problem = "is not answered by sesv2_fake, and was about to leave for AWS"
        # The code under test may swallow the exception.
        dispatch.note_unanswered(call.account, call.operation, request_of(call, request), problem)
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


def note_answer_of_others(call: CallContext, response: Any) -> None:
    """A send that somebody else has accepted is sent; `response` is what `make_request` gives."""
    http, parsed = response
    if call.route is not None and call.request is not None and http.status_code < _FIRST_ERROR:
        dispatch.note_sent(call.account, call.route, call.request, parsed)


def note_stubbed(operation: OperationModel, request_dict: dict[str, Any], response: Any) -> None:
    """The same of a send that a Stubber answers."""
    call = _begun(operation, request_dict)
    if call is not None and call.others_may_answer:
        call.request = request_of(call, create_request_object(request_dict).prepare())
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
    attempt = call.request = request_of(call, request)
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


_Send = Callable[..., Any]

#: Whose sessions have another `send` by themselves (botocore_patches.py).
_REPLACED = ("botocore", "aiobotocore")

#: The sessions of the user's own that are guarded, by the endpoint that has them.
_guarded: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def answered_or_sent(send: _Send) -> _Send:
    """Nothing leaves by accident, whatever became of the client's handlers."""

    def sending(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = _answer(request)
        return send(session, request, *args, **kwargs) if response is None else response

    return sending


def answered_or_sent_async(send: _Send) -> _Send:
    """The same of aiobotocore's sessions."""

    async def sending(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = _answer(request)
        return await send(session, request, *args, **kwargs) if response is None else response

    return sending


def _answer(request: Any) -> Any:
    call = current.get() or untracked_call(request)
    return None if call is None else answer_or_refuse(call, request)


class _Guarded:
    """A session of a class of the user's own, with another `send`."""

    def __init__(self, session: Any, answered_or_sent: Callable[[_Send], _Send]) -> None:
        self._session = session
        # Looked up at each call, for tests that replace it.
        send = answered_or_sent(lambda session, *args, **kwargs: session.send(*args, **kwargs))
        self.send = partial(send, session)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def guard(endpoint: Any, *, is_async: bool) -> None:
    """Let nothing leave through a session whose class is not botocore's or aiobotocore's.

    A session that has a `send` of its own, as `mock.patch.object` gives it, is a test's.
    """
    session = endpoint.http_session
    if type(session) is _Guarded or "send" in getattr(session, "__dict__", ()):
        return
    owner = next((cls for cls in type(session).__mro__ if "send" in vars(cls)), None)
    if owner is not None and owner.__module__.partition(".")[0] not in _REPLACED:
        _guarded[endpoint] = session
        how = answered_or_sent_async if is_async else answered_or_sent
        endpoint.http_session = _Guarded(session, how)


def unguard() -> None:
    """Give the endpoints their sessions back."""
    if not _guarded:
        return
    for endpoint, session in list(_guarded.items()):
        if type(endpoint.http_session) is _Guarded:
            endpoint.http_session = session
    _guarded.clear()


_Method = Callable[..., Any]


@cache
def _is_async(endpoint_class: Any) -> bool:
    """Whether a class of endpoints is aiobotocore's; to look each time is dear."""
    return inspect.iscoroutinefunction(endpoint_class._send_request)


def _answered_if_under_a_fake(make_request: _Method) -> _Method:
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
    call: CallContext | None, make_request: _Method, endpoint: Any, *args: Any
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


def _may_try_again(call: CallContext | None, endpoint: Any, error: Exception) -> bool:
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


def _noting_sends(assert_expected_call_order: _Method) -> _Method:
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
        patch.apply()


def _take_off() -> None:
    """Put back all that was replaced, and take the handlers off the clients that have any."""
    for patch in (*_PATCHES, *_aio_patches.values()):
        patch.restore()
    unguard()
    retries.restore()
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


def _begin(
    endpoint: Any, operation: Any, request_dict: Any, *, is_async: bool
) -> CallContext | None:
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


def _end(call: CallContext | None) -> None:
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


def new_client(region: str, **arguments: Any) -> BaseClient:
    """An SES v2 client of a region, with what else `create_client` takes.

    It needs no credentials and no environment: without credentials of its own it would look for
    some, on the network too, and a profile that the environment names may not be there.
    """
    session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return session.create_client("sesv2", region_name=region, **{**credentials, **arguments})


@functools.lru_cache(maxsize=1)
def _loader(data_path: str | None) -> Loader:
    """What reads the files that clients are made of, and keeps them for the next client."""
    return create_loader(data_path)

"""The last step of a call before a socket: nothing leaves by accident."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from .botocore_hook import answer_or_refuse
from .late_calls import late_call
from .under_way import current

_Function = Callable[..., Any]

#: Whose sessions have another `send` by themselves (botocore_patches.py).
_REPLACED = ("botocore", "aiobotocore")

#: The sessions of the user's own that are guarded, by the endpoint that has them.
_guarded: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def answered_or_sent(send: _Function) -> _Function:
    """Nothing leaves by accident, whatever became of the client's handlers."""

    def sending(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = _answer(request)
        return send(session, request, *args, **kwargs) if response is None else response

    return sending


def answered_or_sent_async(send: _Function) -> _Function:
    """The same of aiobotocore's sessions."""

    async def sending(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = _answer(request)
        return await send(session, request, *args, **kwargs) if response is None else response

    return sending


def _answer(request: Any) -> Any:
    call = current.get() or late_call(request)
    return None if call is None else answer_or_refuse(call, request)


class _Guarded:
    """A session of a class of the user's own, with another `send`."""

    def __init__(self, session: Any, answered_or_sent: Callable[[_Function], _Function]) -> None:
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

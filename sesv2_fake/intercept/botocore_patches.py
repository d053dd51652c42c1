"""What no event hook can reach: replaced in botocore while a fake is active, put back after."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import botocore.endpoint
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ThrottlingErrorDetector

from ..api.wire import PATH

#: Of the call under way in this thread or task: a fault caused the last attempt's end, and the
#: next follows at once and at no cost to the client's retry quota or pacing.
retry_at_once: ContextVar[bool] = ContextVar("sesv2_fake_retry_at_once", default=False)

_Function = Callable[..., Any]


def _unless_at_once(result: Any) -> Callable[[_Function], _Function]:
    """Give `result` in place of a function's own where the retry follows at once."""

    def replacing(function: _Function) -> _Function:
        def replacement(*args: Any, **kwargs: Any) -> Any:
            return result if retry_at_once.get() else function(*args, **kwargs)

        return replacement

    return replacing


def _async_sleep_unless_at_once(sleep: Callable[..., Awaitable[None]]) -> _Function:
    async def sleeping(*args: Any) -> None:
        if not retry_at_once.get():
            await sleep(*args)

    return sleeping


def _send_but_for_this_operation(send: _Function) -> _Function:
    """Nothing that the hook should have answered gets out: the error comes before a socket."""

    def sending(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        if _replaced and urlsplit(request.url).path.endswith(PATH):
            raise RuntimeError(
                "sesv2_fake is active, and a BatchGetMetricData call was about to leave the "
                f"process unanswered, to {request.url}; was its event hook taken off the client?"
            )
        return send(session, request, *args, **kwargs)

    return sending


class _ModuleBut:
    """A module as another module sees it, but for its `sleep`."""

    def __init__(self, module: ModuleType, sleeping: Callable[[_Function], _Function]) -> None:
        self._module = module
        self.sleep = sleeping(self._sleep)

    def _sleep(self, *args: Any) -> Any:
        # Looked up at each call, for tests that replace it.
        return self._module.sleep(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _Patch(NamedTuple):
    owner: Any
    name: str
    replace: Callable[[Any], Any]


def _init_and_tell(client_was_made: Callable[[BaseClient], None]) -> _Patch:
    """Clients made while a fake is active are met as they are made.

    `botocore.handlers.BUILTIN_HANDLERS` would reach the clients of sessions made later alone;
    boto3's default session is mostly older than the fake.
    """

    def telling(init: _Function) -> _Function:
        def making(client: BaseClient, *args: Any, **kwargs: Any) -> None:
            init(client, *args, **kwargs)
            client_was_made(client)

        return making

    return _Patch(BaseClient, "__init__", telling)


_PATCHES = (
    _Patch(URLLib3Session, "send", _send_but_for_this_operation),
    _Patch(RetryQuota, "acquire", _unless_at_once(True)),
    # Pacing, in retry mode adaptive, is all that asks the detector by this method.
    _Patch(ThrottlingErrorDetector, "is_throttling_error", _unless_at_once(False)),
    _Patch(botocore.endpoint, "time", lambda time: _ModuleBut(time, _unless_at_once(None))),
)


def _aiobotocore_patches() -> Iterator[_Patch]:
    """The same for aiobotocore, of what is loaded of it; it is never loaded from here."""
    for name in ("httpsession", "httpxsession"):
        for cls in _classes_with("send", name):
            yield _Patch(cls, "send", _send_but_for_this_operation)
    for cls in _classes_with("_sleep", "endpoint"):
        yield _Patch(cls, "_sleep", _async_sleep_unless_at_once)
    # Versions without that method wait by what their module knows as `asyncio`.
    endpoint = sys.modules["aiobotocore.endpoint"]
    if hasattr(endpoint, "asyncio"):
        yield _Patch(
            endpoint, "asyncio", lambda asyncio: _ModuleBut(asyncio, _async_sleep_unless_at_once)
        )


def _classes_with(method: str, module: str) -> list[type]:
    name = f"aiobotocore.{module}"
    members = vars(sys.modules[name]).values() if name in sys.modules else ()
    classes = [member for member in members if isinstance(member, type)]
    return [cls for cls in classes if cls.__module__ == name and method in vars(cls)]


#: What is replaced now: the original and the replacement, by owner and name.
_replaced: dict[tuple[Any, str], tuple[Any, Any]] = {}


def put_on_patches(client_was_made: Callable[[BaseClient], None]) -> None:
    """Replace what is not replaced yet; `client_was_made` is told of each client from here on."""
    of_aiobotocore = _aiobotocore_patches() if "aiobotocore.endpoint" in sys.modules else ()
    for owner, name, replace in (_init_and_tell(client_was_made), *_PATCHES, *of_aiobotocore):
        if (owner, name) not in _replaced:
            original = getattr(owner, name)
            replacement = replace(original)
            _replaced[owner, name] = original, replacement
            setattr(owner, name, replacement)


def take_off_patches() -> None:
    """Put back what was replaced; what somebody has wrapped since stays, and does nothing."""
    for (owner, name), (original, replacement) in _replaced.items():
        if getattr(owner, name) is replacement:
            setattr(owner, name, original)
    _replaced.clear()

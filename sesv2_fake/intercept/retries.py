"""Retries after a fault: at once, and at no cost to the client's retry quota or pacing.

What they need is replaced in botocore at the first fault, and put back with all else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from types import ModuleType

import botocore.endpoint
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ThrottlingErrorDetector

from .call_context import retries_at_once
from .interceptor import interceptor
from .patching import Function


def unless_at_once(result: object) -> Callable[[Function], Function]:
    """Give `result` instead of a function's own if the retry follows at once."""

    def replacing(function: Function) -> Function:
        def replacement(*args: object, **kwargs: object) -> object:
            return result if retries_at_once() else function(*args, **kwargs)

        return replacement

    return replacing


def async_sleep_unless_at_once(sleep: Callable[..., Awaitable[None]]) -> Function:
    """Wait for nothing if the retry follows at once."""

    async def sleeping(*args: object) -> None:
        if not retries_at_once():
            await sleep(*args)

    return sleeping


def sleeping_at_once_async(module: ModuleType) -> WithSleep:
    """A module `asyncio` whose `sleep` waits for nothing if the retry follows at once."""
    return WithSleep(module, async_sleep_unless_at_once)


def _sleep(module: ModuleType, *args: object) -> object:
    # Looked up at each call, for tests that replace it.
    return module.sleep(*args)


class WithSleep:
    """A module as another module sees it, with another `sleep`."""

    def __init__(self, module: ModuleType, sleeping: Callable[[Function], Function]) -> None:
        self._module = module
        # Avoids a reference cycle: it is gone as soon as nobody else has it.
        self.sleep = sleeping(partial(_sleep, module))

    def __getattr__(self, name: str) -> object:
        return getattr(self._module, name)


#: What is replaced in botocore, and what makes the replacement from what was there.
_REPLACED: tuple[tuple[object, str, Function], ...] = (
    (RetryQuota, "acquire", unless_at_once(True)),
    # Pacing, in retry mode adaptive, is all that asks the detector by this method.
    (ThrottlingErrorDetector, "is_throttling_error", unless_at_once(False)),
    (botocore.endpoint, "time", lambda time: WithSleep(time, unless_at_once(None))),
)


def make_instant() -> None:
    """Have botocore retry at once where a call says so. The end of that call restores it."""
    for owner, name, replacement_of in _REPLACED:
        interceptor.replace(owner, name, replacement_of)

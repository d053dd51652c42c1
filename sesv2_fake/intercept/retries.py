"""Retries after a fault: at once, and at no cost to the client's retry quota or pacing.

What they need is replaced in botocore at the first fault, and put back with all else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from types import ModuleType
from typing import Any

import botocore.endpoint
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ThrottlingErrorDetector

from .call_context import retries_at_once
from .patching import Patch, lock_held_to_fork

_Function = Callable[..., Any]


def unless_at_once(result: Any) -> Callable[[_Function], _Function]:
    """Give `result` instead of a function's own if the retry follows at once."""

    def replacing(function: _Function) -> _Function:
        def replacement(*args: Any, **kwargs: Any) -> Any:
            return result if retries_at_once() else function(*args, **kwargs)

        return replacement

    return replacing


def async_sleep_unless_at_once(sleep: Callable[..., Awaitable[None]]) -> _Function:
    """Wait for nothing if the retry follows at once."""

    async def sleeping(*args: Any) -> None:
        if not retries_at_once():
            await sleep(*args)

    return sleeping


def _sleep(module: ModuleType, *args: Any) -> Any:
    # Looked up at each call, for tests that replace it.
    return module.sleep(*args)


class ModuleBut:
    """A module as another module sees it, but for its `sleep`."""

    def __init__(self, module: ModuleType, sleeping: Callable[[_Function], _Function]) -> None:
        self._module = module
        # Holds nothing that holds this object, which is to be gone once nobody else has it.
        self.sleep = sleeping(partial(_sleep, module))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


_PATCHES = [
    Patch(RetryQuota, "acquire", unless_at_once(True)),
    # Pacing, in retry mode adaptive, is all that asks the detector by this method.
    Patch(ThrottlingErrorDetector, "is_throttling_error", unless_at_once(False)),
    Patch(botocore.endpoint, "time", lambda time: ModuleBut(time, unless_at_once(None))),
]
_lock = lock_held_to_fork()


def apply() -> None:
    """Have botocore retry at once where a call says so; that call is under way meanwhile."""
    with _lock:
        for patch in _PATCHES:
            patch.apply()


def restore() -> None:
    """Put back what was replaced."""
    with _lock:
        for patch in _PATCHES:
            patch.restore()

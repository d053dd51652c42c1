"""Which fakes are active, and which of them answers a call: one stack for every transport."""

from __future__ import annotations

import os
import threading
import warnings
from collections import deque
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any
from weakref import ref

from .. import checks
from ..account import Account
from ..operations.errors import Refusal


class Activation:
    """A fake from its start to its end; its account changes when it is reset."""

    __slots__ = ("__weakref__", "account", "site")

    def __init__(self, account: Account, site: str) -> None:
        self.account = account
        #: The user's line that started it.
        self.site = site


#: All that are active in the process; the last is the innermost.
_stack: list[Activation] = []
#: Those that began in this thread or task, or in the one that made this task.
_own: ContextVar[tuple[ref[Activation], ...]] = ContextVar("sesv2_fake_own", default=())
_lock = threading.RLock()

#: For pytest's report of a failing test: the latest that began, as long as somebody holds them,
#: and those that an exception ended.
recent: deque[ref[Activation]] = deque(maxlen=32)
failed: deque[Activation] = deque(maxlen=4)


def begin(activation: Activation) -> None:
    """From here on it answers calls."""
    with _lock:
        _stack.append(activation)
    this = ref(activation)
    _own.set((*_alive_of_own(), this))
    recent.append(this)


def end(activation: Activation) -> None:
    """It answers no more."""
    with _lock:
        _stack.remove(activation)
    _own.set(_alive_of_own())


def _alive_of_own() -> tuple[ref[Activation], ...]:
    """Without those that ended in another task or thread."""
    return tuple(own for own in _own.get() if own() in _stack)


def innermost() -> Activation | None:
    """The innermost fake of this task or thread; if it has none, the innermost of the process."""
    for own in reversed(_own.get()):
        activation = own()
        if activation in _stack:
            return activation
    # Another thread may end the last one just now.
    return next(reversed(_stack), None)


def everyone() -> list[Activation]:
    """All that are active, the outermost first."""
    return list(_stack)


#: What the thread that forks holds meanwhile.
_held_to_fork: list[Any] = []


def _before_fork() -> None:
    _lock.acquire()
    for activation in _stack:
        for lock in activation.account.locks():
            lock.acquire()
            _held_to_fork.append(lock)


def _after_fork() -> None:
    while _held_to_fork:
        _held_to_fork.pop().release()
    _lock.release()


# A thread may hold a lock while another one forks; the child has only the thread that forked, and
# nobody else who could release it.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )


class LiveDivergenceWarning(UserWarning):
    """A call was answered that the documentation allows and the live service refuses.

    With `contract="live"` it is refused here too.
    """


def warn_of(diverging: Iterable[Refusal]) -> None:
    """Warn of what diverges, once for each answer of the live service, at the user's own line."""
    details: dict[str, list[str]] = {}
    for refusal in diverging:
        details.setdefault(f"{refusal.error}: {refusal.message}", []).append(refusal.detail)
    for message, about in details.items():
        warnings.warn(
            f"the documentation of SES allows this, but the live service refuses it: "
            f'{"; ".join(about)} ({message}) With contract="live" it is refused here too.',
            LiveDivergenceWarning,
            stacklevel=checks.levels_to_user(),
        )

"""All state of interception: which fakes are active, and what is replaced for them."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from .. import checks
from ..account import Account
from ..operations.errors import Refusal
from .patching import Patch

if TYPE_CHECKING:
    from botocore.endpoint import Endpoint
    from responses import RequestsMock

    from ..clock import Freezer, StoppedClock
    from .call_context import CallContext


class ActiveFake:
    """A fake from its start to its end; its account changes when it is reset."""

    __slots__ = ("__weakref__", "account", "number", "site", "thread")

    _numbers = itertools.count(1)

    def __init__(self, account: Account, site: str) -> None:
        self.account = account
        #: The user's line that started it.
        self.site = site
        #: In the order of their starts.
        self.number = next(self._numbers)
        self.thread = threading.get_ident()


class Interceptor:
    """Which fakes are active, and what is replaced in other libraries meanwhile."""

    def __init__(self) -> None:
        #: The fakes that started in this thread or task, or in the one that made this task.
        self._own: ContextVar[tuple[ref[ActiveFake], ...]] = ContextVar(
            "sesv2_fake_own", default=()
        )
        #: The call that this thread or task makes.
        self.current_call: ContextVar[CallContext | None] = ContextVar(
            "sesv2_fake_call", default=None
        )
        #: All fakes that are active in this process; the last is the innermost.
        self.active: list[ActiveFake] = []
        #: For pytest's report of a failing test: the latest that started, as long as somebody
        #: holds them, and those that an exception ended.
        self.recent: deque[ref[ActiveFake]] = deque(maxlen=32)
        self.failed: deque[ActiveFake] = deque(maxlen=4)
        #: The number of the latest fake that had started when pytest's latest step began.
        self.latest_before_step = 0
        #: How many fakes and calls need what is replaced.
        self.uses = 0
        #: The operations for which each client has event handlers, by the client's endpoint.
        self.handled: WeakKeyDictionary[Endpoint, set[tuple[str, str]]] = WeakKeyDictionary()
        #: Answers `requests`; one for all fakes.
        self.mock_of_requests: RequestsMock | None = None
        #: The clocks that `freeze()` has stopped, the one that holds last; and the freezegun below
        #: them, if nobody else's was at work.
        self.stopped_clocks: list[StoppedClock] = []
        self.freezer: Freezer | None = None
        self.lock = threading.RLock()
        #: By owner, name and replacement: a module that is loaded again has others.
        self._patches: dict[tuple[object, str, Callable[..., object]], Patch] = {}
        #: What the thread that forks holds meanwhile.
        self._held_to_fork: list[threading.Lock | threading.RLock] = []

    def add(self, fake: ActiveFake) -> None:
        """From here on it answers calls."""
        with self.lock:
            self.active.append(fake)
        this = ref(fake)
        self._own.set((*self._own_active(), this))
        self.recent.append(this)

    def remove(self, fake: ActiveFake) -> None:
        """It no longer answers calls."""
        with self.lock:
            self.active.remove(fake)
        self._own.set(self._own_active())

    def leave_to_report_of_others(self, fake: ActiveFake) -> None:
        """Count it as one around the test that runs, not as that test's own."""
        with suppress(ValueError):
            self.recent.remove(ref(fake))

    def _own_active(self) -> tuple[ref[ActiveFake], ...]:
        """Without those that ended in another task or thread."""
        return tuple(own for own in self._own.get() if own() in self.active)

    def step_begins(self) -> None:
        """Pytest is about to set up a fixture, or to call the test.

        It does one thing after the other, so what has started until now is around what comes.
        """
        self.latest_before_step = max((fake.number for fake in self.active), default=0)

    def innermost(self) -> ActiveFake | None:
        """The innermost fake of this task or thread; if it has none, that of the process."""
        for own in reversed(self._own.get()):
            fake = own()
            if fake is not None and fake in self.active:
                return fake if fake is self._latest() else self._innermost_in(fake)
        return self._latest()

    def _latest(self) -> ActiveFake | None:
        # Another thread may end it just now.
        return next(reversed(self.active), None)

    def _innermost_in(self, own: ActiveFake) -> ActiveFake:
        """The innermost fixture's fake within that of a task that all of pytest's tests share.

        Such a task, anyio's, does not see what later fixtures start outside of it.
        """
        return next(
            fake
            for fake in (*reversed(self.active), own)
            if fake is own or (fake.number <= self.latest_before_step and fake.thread == own.thread)
        )

    def replace(self, owner: object, name: str, replacement_of: Callable[..., object]) -> None:
        """Replace an attribute of a class or module, unless it is replaced, until `restore`."""
        with self.lock:
            self.patch(owner, name, replacement_of).apply()

    def patch(self, owner: object, name: str, replacement_of: Callable[..., object]) -> Patch:
        """What replaces an attribute when it is applied, until `restore`."""
        key = owner, name, replacement_of
        patch = self._patches.get(key)
        if patch is None:
            patch = self._patches[key] = Patch(owner, name, replacement_of)
        return patch

    def restore(self) -> None:
        """Put back all that was replaced."""
        for patch in self._patches.values():
            patch.restore()
        if self.mock_of_requests is not None:
            self.mock_of_requests.stop()
            self.mock_of_requests = None

    def before_fork(self) -> None:
        """Let no other thread hold a lock while this one forks.

        The child has only the thread that forked, and nobody else who could release it.
        """
        self.lock.acquire()
        for fake in self.active:
            for lock in fake.account.locks():
                lock.acquire()
                self._held_to_fork.append(lock)

    def after_fork(self) -> None:
        """Release what `before_fork` took."""
        while self._held_to_fork:
            self._held_to_fork.pop().release()
        self.lock.release()


interceptor = Interceptor()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=interceptor.before_fork,
        after_in_parent=interceptor.after_fork,
        after_in_child=interceptor.after_fork,
    )


def handing_over(submit: Callable[..., object]) -> Callable[..., object]:
    """A thread pool's `submit`: what a task of asyncio hands over is answered as the task is.

    `asyncio.to_thread` takes the task's context along, `run_in_executor` does not.
    """

    def submitting(
        pool: object, function: Callable[..., object], /, *args: object, **kwargs: object
    ) -> object:
        own = interceptor._own.get()
        if own and _in_asyncio():
            function = _answered_by(own, function)
        return submit(pool, function, *args, **kwargs)

    return submitting


def _in_asyncio() -> bool:
    """Whether a task of asyncio runs in this thread."""
    return "asyncio" in sys.modules and sys.modules["asyncio"]._get_running_loop() is not None


def _answered_by(
    own: tuple[ref[ActiveFake], ...], function: Callable[..., object]
) -> Callable[..., object]:
    def work(*args: object, **kwargs: object) -> object:
        token = interceptor._own.set(own)
        try:
            return function(*args, **kwargs)
        finally:
            interceptor._own.reset(token)

    return work


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

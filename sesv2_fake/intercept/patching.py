"""Replacing an attribute of somebody else's, and putting it back whatever others do to it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any
from weakref import ref


def lock_held_to_fork() -> Any:
    """A lock that no other thread holds while the process forks: the child could not release it."""
    lock = threading.RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
        )
    return lock


class Patch:
    """One attribute of a class or module, and what stands in its place."""

    def __init__(self, owner: Any, name: str, replace: Callable[[Any], Any]) -> None:
        self._owner = owner
        self._name = name
        self._replace = replace
        self._original: Any = None
        self._replacement: Any = None
        #: The latest replacement, after it was taken off; gone if nobody else has it.
        self._left: Callable[[], Any] = lambda: None
        #: What somebody else had put over it then.
        self._above: Any = None

    def put_on(self) -> None:
        """Replace the attribute, unless a replacement is still there, perhaps below another's.

        So a test that wraps the same attribute leaves no further layer behind each time.
        """
        current = getattr(self._owner, self._name, None)
        if current is None or current is self._replacement:
            return
        left = self._left()
        if left is not None and (current is left or current is self._above):
            self._replacement = left
            return
        self._original = current
        self._replacement = self._replace(current)
        setattr(self._owner, self._name, self._replacement)

    def take_off(self) -> None:
        """Put the original back; below somebody else's wrapper it stays, and does nothing."""
        replacement, self._replacement = self._replacement, None
        if replacement is None:
            return
        self._left = ref(replacement)
        current = getattr(self._owner, self._name, None)
        if current is replacement:
            setattr(self._owner, self._name, self._original)
            self._above = None
        else:
            self._above = current

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
        #: The replacements that were put on, each with what it stands in for: more than one if
        #: somebody else's came over the first.
        self._layers: list[tuple[Any, Any]] = []
        #: Those that were taken off, as long as others keep them: others may put them back.
        self._left: list[tuple[ref[Any], Any]] = []
        #: What somebody else had put over the first of them then.
        self._above: Any = None

    def apply(self) -> None:
        """Replace the attribute, unless a replacement is there.

        So a test that wraps the same attribute leaves no further layer behind each time.
        """
        current = getattr(self._owner, self._name, None)
        if current is None or (self._layers and self._original_of(current) is not None):
            return
        if not self._layers:
            for left, original in self._left:
                ours = left()
                if ours is not None and (current is ours or current is self._above):
                    self._layers.append((ours, original))
                    return
        replacement = self._replace(current)
        self._layers.append((replacement, current))
        setattr(self._owner, self._name, replacement)

    def restore(self) -> None:
        """Put the original back; below somebody else's wrapper ours stays, and does nothing."""
        if not self._layers:
            return
        found = current = getattr(self._owner, self._name, None)
        while (original := self._original_of(current)) is not None:
            current = original
        if current is not found:
            setattr(self._owner, self._name, current)
        is_covered = self._layers[0][1] is not current
        self._above = current if is_covered else None
        self._left = [(ref(ours), original) for ours, original in self._layers]
        self._layers.clear()

    def _original_of(self, value: Any) -> Any:
        """What a replacement stands in for; None of what is none of ours."""
        for ours, original in self._layers:
            if value is ours:
                return original
        return None

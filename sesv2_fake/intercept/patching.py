"""Replacing an attribute of somebody else's, and putting it back whatever others do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Patch:
    """One attribute of a class or module, and what stands in its place."""

    def __init__(self, owner: Any, name: str, replace: Callable[[Any], Any]) -> None:
        self._owner = owner
        self._name = name
        self._replace = replace
        self._original: Any = None
        self._replacement: Any = None
        #: What somebody else had put over the replacement when it was to be taken off.
        self._above: Any = None

    def put_on(self) -> None:
        """Replace the attribute, unless the replacement is still there, perhaps below another's.

        So a test that wraps the same attribute leaves no further layer behind each time.
        """
        current = getattr(self._owner, self._name)
        if self._replacement is None or current not in (self._replacement, self._above):
            self._original = current
            self._replacement = self._replace(current)
            setattr(self._owner, self._name, self._replacement)

    def take_off(self) -> None:
        """Put the original back; below somebody else's wrapper it stays, and does nothing."""
        current = getattr(self._owner, self._name)
        if current is self._replacement:
            setattr(self._owner, self._name, self._original)
            self._replacement = self._above = None
        else:
            self._above = current

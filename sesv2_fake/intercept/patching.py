"""Replacing an attribute of somebody else's, and putting it back whatever others do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias
from weakref import ref

from ..untyped import Untyped

#: A function of another library, or what replaces it.
Function: TypeAlias = Callable[..., Untyped]


class Patch:
    """One attribute of a class or module, and what stands in its place."""

    def __init__(self, owner: object, name: str, replace: Callable[..., object]) -> None:
        self._owner = owner
        self._name = name
        self._replace = replace
        #: The replacements that were put on, each with what it stands in for: more than one if
        #: somebody else's came over the first.
        self._layers: list[tuple[object, object]] = []
        #: Those that were taken off, as long as others keep them: others may put them back.
        self._left: list[tuple[ref[object], object]] = []
        #: What somebody else had put over the first of them then.
        self._above: object = None

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

    def _original_of(self, value: object) -> object:
        """What a replacement stands in for; None of what is none of ours."""
        for ours, original in self._layers:
            if value is ours:
                return original
        return None

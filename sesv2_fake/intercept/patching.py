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
        #: The one that was taken off if it was there alone, for the next `apply`.
        self._spare: tuple[object, object] | None = None
        #: Else those that were taken off, as long as others keep them: others may put them back.
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
        earlier = None if self._layers else self._earlier(current)
        ours, original = earlier or (self._replace(current), current)
        self._layers.append((ours, original))
        if current is original:
            setattr(self._owner, self._name, ours)

    def _earlier(self, current: object) -> tuple[object, object] | None:
        """A replacement of before that is there already, or that stands in for just this."""
        if self._spare is not None:
            ours, original = self._spare
            return self._spare if current is original or current is ours else None
        for left, original in self._left:
            found = left()
            if found is not None and (current is found or current is self._above):
                return found, original
        return None

    def restore(self) -> None:
        """Put the original back; below somebody else's wrapper ours stays, and does nothing."""
        if not self._layers:
            return
        current = getattr(self._owner, self._name, None)
        if len(self._layers) == 1 and current is self._layers[0][0]:  # nearly always
            self._spare = self._layers.pop()
            setattr(self._owner, self._name, self._spare[1])
            return
        found = current
        while (original := self._original_of(current)) is not None:
            current = original
        if current is not found:
            setattr(self._owner, self._name, current)
        is_covered = self._layers[0][1] is not current
        self._spare, self._above = None, current if is_covered else None
        self._left = [(ref(ours), original) for ours, original in self._layers]
        self._layers.clear()

    def _original_of(self, value: object) -> object:
        """What a replacement stands in for; None of what is none of ours."""
        for ours, original in self._layers:
            if value is ours:
                return original
        return None

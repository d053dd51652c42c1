"""Opens and clicks: only the first one of each email counts."""

from __future__ import annotations

from ..counting.rule import Segment
from .segments import preferred

#: A change of the counts; a negative number takes back.
Change = tuple[Segment, int, int]


class Firsts:
    """When each of some alike emails was first opened, or first clicked. [doc]"""

    __slots__ = ("_firsts", "_is_sorted", "left")

    def __init__(self, emails: int) -> None:
        #: How many of the emails have none yet.
        self.left = emails
        self._firsts: list[tuple[int, tuple[int, Segment], int]] = []
        self._is_sorted = False

    def of_some(self, segment: Segment, moment: int, emails: int) -> None:
        """It happened to that many of the emails that are left."""
        self.left -= emails
        self._firsts.append((moment, preferred(segment), emails))

    def of_all(self, segment: Segment, moment: int) -> list[Change]:
        """It happened to all of the emails: what that changes of the counts."""
        if not self._is_sorted:
            # Once: from here on no email is left, so that all that comes is put at the end.
            self._firsts.sort()
            self._is_sorted = True
        this = (moment, preferred(segment))
        emails, self.left = self.left, 0
        changes = []
        while self._firsts and self._firsts[-1][:2] > this:
            old_moment, (_, old_segment), count = self._firsts.pop()
            changes.append((old_segment, old_moment, -count))
            emails += count
        if emails:
            self._firsts.append((*this, emails))
            changes.append((segment, moment, emails))
        return changes

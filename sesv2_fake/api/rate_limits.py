"""How often the operation may be called."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from ..counting import moments
from .errors import Refusal
from .faults import CALL_ERRORS

#: In any second. The 160 queries a second are never too many: 16 calls have no more. [doc]
CALLS_A_SECOND = 16

_THROTTLED = "TooManyRequestsException"


class RateLimits:
    """The calls of the last second, by region."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._recent: dict[str, deque[int]] = defaultdict(deque)

    def take(self, region: str) -> None:
        """Count a call, or refuse it; one that is refused does not count.

        Raises Refusal (`TooManyRequestsException`).
        """
        with self.lock:
            now = moments.now()
            recent = self._recent[region]
            # The clock may be turned back too, by whoever freezes it.
            while recent and not now - moments.SECOND < recent[0] <= now:
                recent.popleft()
            if len(recent) >= CALLS_A_SECOND:
                raise Refusal(_THROTTLED, CALL_ERRORS[_THROTTLED])
            recent.append(now)

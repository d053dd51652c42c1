"""How often the operation may be called."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from ..metrics import moments
from .errors import Refusal
from .faults import CALL_ERRORS

#: In any second, summed over the calls. [doc]
CALLS_A_SECOND = 16
QUERIES_A_SECOND = 160

_THROTTLED = "TooManyRequestsException"


class RateLimits:
    """The calls of the last second, by region."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: dict[str, deque[tuple[int, int]]] = defaultdict(deque)

    def take(self, region: str, queries: int) -> None:
        """Count a call, or refuse it; one that is refused does not count.

        Raises Refusal (`TooManyRequestsException`).
        """
        with self._lock:
            now = moments.now()
            recent = self._recent[region]
            # The clock may be turned back too, by whoever freezes it.
            while recent and not now - moments.SECOND < recent[0][0] <= now:
                recent.popleft()
            asked = sum(number for _, number in recent)
            if len(recent) >= CALLS_A_SECOND or asked + queries > QUERIES_A_SECOND:
                raise Refusal(_THROTTLED, CALL_ERRORS[_THROTTLED])
            recent.append((now, queries))

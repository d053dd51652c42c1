"""How often operations may be called."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from ..counting import timestamps
from .errors import Refusal

#: Calls of an operation in any second. [doc] The 160 queries a second of the first are never too
#: many: 16 calls have no more.
CALLS_A_SECOND: dict[str, int] = {
    "BatchGetMetricData": 16,
    "PutAccountVdmAttributes": 1,
    "GetMessageInsights": 1,
}


class RateLimits:
    """The calls of the last second, by operation and region."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._recent: dict[tuple[str, str], deque[int]] = defaultdict(deque)

    def take(self, operation: str, region: str) -> None:
        """Count a call, or refuse it; one that is refused does not count.

        Raises Refusal (`TooManyRequestsException`).
        """
        with self.lock:
            now = timestamps.now()
            recent = self._recent[operation, region]
            # The clock may be turned back too, by whoever freezes it.
            while recent and not now - timestamps.SECOND < recent[0] <= now:
                recent.popleft()
            if len(recent) >= CALLS_A_SECOND[operation]:
                raise Refusal(
                    "TooManyRequestsException", "Too many requests have been made to the operation."
                )
            recent.append(now)

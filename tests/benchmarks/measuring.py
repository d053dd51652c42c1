"""How times are taken: the best of several rounds, with both sides of a ratio in turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def best_times(*actions: Callable[[], object], rounds: int = 7, calls: int = 1) -> list[float]:
    """Seconds that a call of each action takes, at its best."""
    best = [float("inf")] * len(actions)
    for action in actions:
        action()
    for _ in range(rounds):
        for position, action in enumerate(actions):
            gc.collect()
            gc.disable()
            try:
                started = time.perf_counter()
                for _ in range(calls):
                    action()
                taken = (time.perf_counter() - started) / calls
            finally:
                gc.enable()
            best[position] = min(best[position], taken)
    return best

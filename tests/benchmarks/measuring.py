"""How times are taken, and how they are told: the best of several rounds, peers in turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple


class Row(NamedTuple):
    """A line of the table."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""


class Action(NamedTuple):
    """What is timed, within what has to be there meanwhile."""

    run: Callable[[], object]
    within: Callable[[], AbstractContextManager[object]] = nullcontext


def best_times(*actions: Action, rounds: int = 7, calls: int = 1) -> list[float]:
    """Seconds that a call of each action takes, at its best."""
    best = [float("inf")] * len(actions)
    for _ in range(rounds):
        for position, action in enumerate(actions):
            with action.within():
                action.run()  # fills caches
                best[position] = min(best[position], _time_of_a_call(action.run, calls))
    return best


def _time_of_a_call(run: Callable[[], object], calls: int) -> float:
    gc.collect()
    gc.disable()
    try:
        started = time.perf_counter()
        for _ in range(calls):
            run()
        return (time.perf_counter() - started) / calls
    finally:
        gc.enable()


def in_words(seconds: float) -> str:
    """In microseconds, or in milliseconds from a tenth of a second on."""
    return f"{seconds * 1e3:,.0f} ms" if seconds >= 0.1 else f"{seconds * 1e6:,.1f} µs"


def against(what: str, ours: float, peer_name: str, peer: float, goal: str = "") -> Row:
    """A time beside a peer's."""
    ratio = f"{ours / peer:.3g}" if ours < peer * 10 else f"{ours / peer:,.0f}"
    return Row(what, in_words(ours), f"{peer_name}: {in_words(peer)}", ratio, goal)


def alone(what: str, seconds: float, goal: str) -> Row:
    """A time that has no peer."""
    return Row(what, in_words(seconds), goal=goal)

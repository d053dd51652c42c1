"""What seeding costs, in time and in memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from calls import MONDAY
from measuring import Action, Row, against, alone, best_times

from sesv2_fake import mock_sesv2

WEEK = Path(__file__).parents[2] / "examples" / "newsletter_week.jsonl"

#: Prints how many bytes seeding takes at most.
MEMORY = """
import tracemalloc
from datetime import datetime, timedelta, timezone
from sesv2_fake import mock_sesv2

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)

with mock_sesv2() as fake:
    fake.send("news@example.com", "ann@gmail.com", at=MONDAY).deliver()
    tracemalloc.start()
    {seed}
    print(tracemalloc.get_traced_memory()[1])
"""
ONE_BY_ONE = (
    "kept = [fake.send('news@example.com', 'ann@gmail.com', at=MONDAY + n * SECOND / 2).deliver()"
    " for n in range(1_000_000)]"
)
IN_BULK = "kept = fake.send('news@example.com', 'ann@gmail.com', at=MONDAY, count=10**6).deliver()"


def times() -> Iterator[Row]:
    """One by one and in bulk."""
    with mock_sesv2() as fake:
        recipients = iter(f"u{n}@example{n % 89}.com" for n in range(10**9))
        same, other = best_times(
            Action(lambda: fake.send("news@example.com", "ann@gmail.com", at=MONDAY).deliver()),
            Action(lambda: fake.send("news@example.com", next(recipients), at=MONDAY).deliver()),
            rounds=9,
            calls=2_000,
        )
        (bulk,) = best_times(
            Action(lambda: fake.send("news@example.com", next(recipients), count=50_000_000))
        )
    yield alone("`send().deliver()`", same, "12 µs")
    yield alone("`send().deliver()`, each to somebody else", other, "12 µs")
    yield alone("50 million emails in one seed", bulk, "1,000 µs")


def loading() -> Row:
    """Event records, beside reading their JSON alone."""
    lines = WEEK.read_text().splitlines()

    def load() -> None:
        fake.reset()
        fake.load_events(WEEK)

    with mock_sesv2() as fake:
        own, peer = best_times(
            Action(load), Action(lambda: [json.loads(line) for line in lines]), rounds=15
        )
    return against("`load_events`, 2,358 records", own, "`json.loads` alone", peer, "2.5")


def memory() -> Iterator[Row]:
    """What a million emails take, each sent and delivered, all kept by the test."""
    for what, seed, goal in (
        ("a million emails one by one, each at a moment of its own", ONE_BY_ONE, "450 MB"),
        ("a million emails in one seed", IN_BULK, "1 MB"),
    ):
        code = MEMORY.format(seed=seed)
        run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        yield Row(f"memory: {what}", f"{int(run.stdout) / 1e6:,.3g} MB", goal=goal)


def rows() -> Iterator[Row]:
    """All of them."""
    yield from times()
    yield loading()
    yield from memory()

"""What seeding costs, in time and in memory."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
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

#: Prints how long a file of event records takes to read as JSON and to load, and the peak in KiB.
MILLION = """
import json, resource, sys, time
from sesv2_fake import mock_sesv2

started = time.perf_counter()
with open(sys.argv[1], "rb") as file:
    for line in file:
        json.loads(line)
read = time.perf_counter()
with mock_sesv2() as fake:
    begun = time.perf_counter()
    fake.load_events(sys.argv[1])
    ended = time.perf_counter()
print(read - started, ended - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


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
    yield alone("`send().deliver()`", same, "6.5 µs")
    yield alone("`send().deliver()`, each to somebody else", other, "12 µs")
    yield alone("50 million emails in one seed", bulk, "1,000 µs")


def loading_a_million(weeks: int = 424) -> Iterator[Row]:
    """A file of half a gigabyte; each of its weeks has emails and recipients of its own."""
    week = WEEK.read_text()
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for number in range(weeks):
            begin = rf"\g<0>{number}-"
            file.write(re.sub(r'"messageId":"|"destination":\["', begin, week))
        file.flush()
        command = [sys.executable, "-c", MILLION, file.name]
        runs = [subprocess.run(command, check=True, capture_output=True) for _ in range(2)]
    alone, own, peak = (
        min(map(float, told)) for told in zip(*(run.stdout.split() for run in runs))
    )
    what = f"{weeks * week.count(chr(10)):,} records"
    yield against(f"`load_events`, {what}", own, "`json.loads` alone", alone, "1.9")
    yield Row(f"peak memory: `load_events`, {what}", f"{peak / 1024:,.0f} MiB", goal="900 MB")


def loading() -> Iterator[Row]:
    """Event records, of a file and as texts, beside reading their JSON alone."""
    lines = WEEK.read_text().splitlines()

    def load(source: Path | list[str]) -> None:
        fake.reset()
        fake.load_events(source)

    with mock_sesv2() as fake:
        of_file, of_texts, peer = best_times(
            Action(lambda: load(WEEK)),
            Action(lambda: load(lines)),
            Action(lambda: [json.loads(line) for line in lines]),
            rounds=25,
        )
    yield against("`load_events`, 2,358 records", of_file, "`json.loads` alone", peer, "1.9")
    yield against("`load_events`, 2,358 texts", of_texts, "`json.loads` alone", peer, "1.9")


ISPS = ("Gmail", "Hotmail", "Yahoo", "Icloud", "Aol", "Comcast", "Att", "Cox", "Gmx", "Verizon")


def tables(rows: int = 1_000_000) -> Iterator[Row]:
    """A table of a year and ten ISPs, as CSV beside reading it alone, and as Arrow."""
    import pyarrow

    first = date(2025, 1, 1)
    columns = {
        "date": [str(first + timedelta(days=n % 365)) for n in range(rows)],
        "metric": ["SEND"] * rows,
        "ISP": [ISPS[n % len(ISPS)] for n in range(rows)],
        "count": [n % 1000 for n in range(rows)],
    }
    arrow = pyarrow.table(columns)

    def read(path: str) -> None:
        with Path(path).open(newline="") as file:
            for _ in csv.DictReader(file):
                pass

    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file, mock_sesv2() as fake:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values()))
        file.flush()
        own, of_arrow, peer = best_times(
            Action(lambda: fake.load_counts(file.name)),
            Action(lambda: fake.load_counts(arrow)),
            Action(lambda: read(file.name)),
            rounds=3,
        )
    yield against(f"`load_counts`, {rows:,} rows of CSV", own, "`csv.DictReader` alone", peer, "2")
    yield against(f"`load_counts`, {rows:,} rows of Arrow", of_arrow, "of CSV", own, "0.5")


def traffic() -> Row:
    """A year of mail to ten ISPs, beside the same numbers as plain counts."""
    year = {"start": "2025-01-01", "days": 365, "isps": dict.fromkeys(ISPS, 1)}
    with mock_sesv2() as fake:
        made = fake.send_traffic("news@example.com", per_day=10_000, **year)

        def send() -> None:
            fake.reset()
            fake.send_traffic("news@example.com", per_day=10_000, **year)

        def record() -> None:
            fake.reset()
            for isp in ISPS:
                for metric, days in made.items():
                    fake.record(metric, days, dimensions={"ISP": isp})

        own, peer = best_times(Action(send), Action(record), rounds=9)
    what = "`send_traffic`, 365 days and ten ISPs"
    return against(what, own, "`record` with as many numbers", peer, "1.5")


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
    yield from loading()
    yield from loading_a_million()
    yield from tables()
    yield traffic()
    yield from memory()

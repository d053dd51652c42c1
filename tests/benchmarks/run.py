"""What the fake costs, beside its peers: `python tests/benchmarks/run.py` prints a table.

Every ratio is of two times taken in this one run, in turns; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.awsrequest import AWSResponse
from measuring import best_times
from moto import mock_aws

from sesv2_fake import FakeSESv2, Metric, mock_sesv2

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
DAY = timedelta(days=1)
WEEK = Path(__file__).parents[2] / "examples" / "newsletter_week.jsonl"
METRICS = list(Metric.__members__)
CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}


class Row(NamedTuple):
    what: str
    ours: str
    peer: str
    ratio: str
    goal: str


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} µs"


def against(what: str, ours: float, peer_name: str, peer: float, goal: str = "") -> Row:
    return Row(what, micro(ours), f"{peer_name}: {micro(peer)}", f"{ours / peer:.3f}", goal)


def alone(what: str, seconds: float, goal: str = "") -> Row:
    return Row(what, micro(seconds), "", "", goal)


def client(**how: Any) -> Any:
    return boto3.client("sesv2", region_name="us-east-1", **CREDENTIALS, **how)


def queries(number: int = 10, days: int = 30) -> list[dict[str, Any]]:
    return [
        {
            "Id": f"q{n}",
            "Namespace": "VDM",
            "Metric": METRICS[n],
            "StartDate": MONDAY,
            "EndDate": MONDAY + days * DAY,
        }
        for n in range(number)
    ]


class _Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self) -> Iterator[bytes]:
        yield self.body


def canned_client(body: bytes) -> Any:
    """A signed client whose calls a `before-send` handler answers with bytes at hand."""
    made = client()
    made.meta.events.register(
        "before-send.sesv2.BatchGetMetricData",
        lambda request, **_: AWSResponse(request.url, 200, {}, _Raw(body)),
    )
    return made


def seed(fake: FakeSESv2, events: int, days: int = 30) -> None:
    """About so many events, three an email, spread over the days."""
    for n in range(events // 3):
        at = MONDAY + timedelta(seconds=n * days * 86_400 // (events // 3))
        fake.send("news@example.com", f"u{n % 97}@gmail.com", at=at).deliver().open()


def call(made: Any, asked: list[dict[str, Any]]) -> Callable[[], object]:
    return lambda: made.batch_get_metric_data(Queries=asked)


def wire_body(fake: FakeSESv2, made: Any, asked: list[dict[str, Any]]) -> bytes:
    """The very bytes that the fake answers with."""
    response = made.batch_get_metric_data(Queries=asked)
    results = [
        {**result, "Timestamps": [int(time.timestamp()) for time in result["Timestamps"]]}
        for result in response["Results"]
    ]
    return json.dumps({"Results": results, "Errors": []}).encode()


def calls_against_canned() -> Iterator[Row]:
    for label, days_seeded in (("none", 0), ("3", 3), ("30", 30)):
        with mock_sesv2() as fake:
            for day in range(days_seeded):
                for metric in METRICS:
                    fake.record(metric, 5, at=MONDAY + day * DAY)
            ours = client()
            body = wire_body(fake, ours, queries())
        peer = canned_client(body)

        @contextmanager
        def active(fake: FakeSESv2 = fake, days: int = days_seeded) -> Iterator[None]:
            with fake:
                for day in range(days):
                    for metric in METRICS:
                        fake.record(metric, 5, at=MONDAY + day * DAY)
                yield

        best = [float("inf"), float("inf")]
        for _ in range(5):
            (peers,) = best_times(call(peer, queries()), rounds=3, calls=30)
            with active():
                (own,) = best_times(call(ours, queries()), rounds=3, calls=30)
            best = [min(best[0], own), min(best[1], peers)]
        yield against(
            f"10 queries over 30 days, {label} of them with counts",
            best[0],
            "canned",
            best[1],
            "0.8",
        )


def starting_and_stopping() -> Row:
    def ours() -> None:
        with mock_sesv2():
            pass

    def motos() -> None:
        with mock_aws():
            pass

    own, peer = best_times(ours, motos, rounds=15, calls=20)
    return against("start and stop", own, "moto", peer, "0.02")


def growth_with_events() -> Row:
    times = []
    for events in (1_500, 150_000):
        with mock_sesv2() as fake:
            seed(fake, events)
            made = client()
            times += best_times(call(made, queries()), rounds=9, calls=20)
    return against("10 queries, 150,000 events", times[1], "1,500 events", times[0], "1.15")


def seeding() -> Iterator[Row]:
    with mock_sesv2() as fake:
        (one,) = best_times(
            lambda: fake.send("news@example.com", "ann@gmail.com", at=MONDAY).deliver(),
            calls=2_000,
        )
        yield alone("send().deliver()", one, "12 µs")
        recipients = iter(f"u{n}@example{n % 89}.com" for n in range(10**9))
        (one,) = best_times(
            lambda: fake.send("news@example.com", next(recipients), at=MONDAY).deliver(),
            calls=2_000,
        )
        yield alone("send().deliver(), each to somebody else", one, "12 µs")
        (bulk,) = best_times(
            lambda: fake.send("news@example.com", "ann@gmail.com", at=MONDAY, count=50_000_000)
        )
        yield alone("50 million emails in one seed", bulk, "1,000 µs")


def loading() -> Row:
    lines = WEEK.read_text().splitlines()

    def load() -> None:
        fake.reset()
        fake.load_events(WEEK)

    with mock_sesv2() as fake:
        own, peer = best_times(load, lambda: [json.loads(line) for line in lines], rounds=15)
    return against("load_events, 2,358 records", own, "json.loads alone", peer, "2.5")


def rows() -> Iterator[Row]:
    yield from calls_against_canned()
    yield starting_and_stopping()
    yield growth_with_events()
    yield from seeding()
    yield loading()


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    print("| what | here | beside | ratio | goal |\n|---|---|---|---|---|")
    for row in rows():
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()

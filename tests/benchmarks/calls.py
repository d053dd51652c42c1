"""What a call costs: beside its peers, and by what was seeded and asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import boto3
import botocore
from botocore.awsrequest import AWSResponse
from botocore.stub import Stubber
from measuring import Action, Row, against, best_times
from moto import mock_aws

from sesv2_fake import FakeSESv2, Metric, mock_sesv2

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
DAY = timedelta(days=1)
METRICS = list(Metric.__members__)
OPERATION = "sesv2.BatchGetMetricData"
#: Of each action in a round.
_CALLS = 30

Queries = list[dict[str, Any]]
Seed = Callable[[FakeSESv2], object]


def client() -> Any:
    """A client that signs."""
    return boto3.client(
        "sesv2", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def queries(number: int = 10, days: int = 30, **dimensions: str) -> Queries:
    """One for each of so many metrics."""
    return [
        {
            "Id": f"q{n}",
            "Namespace": "VDM",
            "Metric": METRICS[n],
            "StartDate": MONDAY,
            "EndDate": MONDAY + days * DAY,
            **({"Dimensions": dimensions} if dimensions else {}),
        }
        for n in range(number)
    ]


def counts_on(days: int) -> Seed:
    """Every metric has a count on so many days."""

    def seed(fake: FakeSESv2) -> None:
        for day in range(days):
            for metric in METRICS:
                fake.record(metric, 5, at=MONDAY + day * DAY)

    return seed


def fake_answers(seed: Seed, asked: Queries, *, again: Seed | None = None) -> Action:
    """The call under a fake that is active only meanwhile, as it answers every client.

    Asked once and again, or, with `again`, after this was seeded too each time.
    """
    made = client()
    fakes: list[FakeSESv2] = []

    @contextmanager
    def seeded() -> Iterator[None]:
        with mock_sesv2() as fake:
            seed(fake)
            fakes[:] = [fake]
            yield

    def run() -> None:
        if again is not None:
            again(fakes[0])
        made.batch_get_metric_data(Queries=asked)

    return Action(run, seeded)


class Answer(NamedTuple):
    """What the fake answers, as botocore gives it and as it is on the wire."""

    response: Any
    headers: Any
    body: bytes


def answer_to(seed: Seed, asked: Queries) -> Answer:
    """The fake's answer."""
    made = client()
    received: dict[str, Any] = {}
    made.meta.events.register(
        f"response-received.{OPERATION}", lambda response_dict, **_: received.update(response_dict)
    )
    with mock_sesv2() as fake:
        seed(fake)
        response = made.batch_get_metric_data(Queries=asked)
    return Answer(response, received["headers"], bytes(received["body"]))


class _Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self) -> Iterator[bytes]:
        yield self.body


def canned_answers(answer: Answer, asked: Queries, *, signed: bool = True) -> Action:
    """The call answered by a `before-send` handler with the bytes that the fake answers with."""
    made = client()
    made.meta.events.register(
        f"before-send.{OPERATION}",
        lambda request, **_: AWSResponse(request.url, 200, answer.headers, _Raw(answer.body)),
    )
    if not signed:
        made.meta.events.register_first(f"choose-signer.{OPERATION}", lambda **_: botocore.UNSIGNED)
    return Action(lambda: made.batch_get_metric_data(Queries=asked))


def stubber_answers(answer: Answer, asked: Queries) -> Action:
    """The call answered by botocore's Stubber, which gets its answers before the clock starts."""
    made = client()
    canned = {name: answer.response[name] for name in ("Results", "Errors")}

    @contextmanager
    def stubbed() -> Iterator[None]:
        stubber = Stubber(made)
        for _ in range(_CALLS + 1):
            stubber.add_response("batch_get_metric_data", canned)
        with stubber:
            yield

    return Action(lambda: made.batch_get_metric_data(Queries=asked), stubbed)


def mock_answers(answer: Answer, asked: Queries) -> Action:
    """The call of a MagicMock, which looks at nothing."""
    made = MagicMock()
    made.batch_get_metric_data.return_value = answer.response
    return Action(lambda: made.batch_get_metric_data(Queries=asked))


def moto_answers() -> Action:
    """A comparable call under moto: ten contacts of a list, each with a timestamp."""
    made = client()

    @contextmanager
    def seeded() -> Iterator[None]:
        with mock_aws():
            made.create_contact_list(ContactListName="news")
            for n in range(10):
                made.create_contact(ContactListName="news", EmailAddress=f"u{n}@example.com")
            yield

    return Action(lambda: made.list_contacts(ContactListName="news"), seeded)


def beside_peers() -> Iterator[Row]:
    """The call beside other ways to have it answered in a test."""
    seed = counts_on(3)
    for number, goal in ((1, "0.8"), (10, "0.6")):
        asked = queries(number)
        answer = answer_to(seed, asked)
        peers = {
            "canned": canned_answers(answer, asked),
            "canned, unsigned": canned_answers(answer, asked, signed=False),
            "Stubber": stubber_answers(answer, asked),
            "MagicMock": mock_answers(answer, asked),
            "moto's list_contacts, of ten": moto_answers(),
        }
        ours, *theirs = best_times(
            fake_answers(seed, asked), *peers.values(), rounds=15, calls=_CALLS
        )
        what = f"{number} quer{'y' if number == 1 else 'ies'} over 30 days, 3 of them with counts"
        for name, peer in zip(peers, theirs):
            goals = {"canned": goal, "Stubber": "2.2"}
            yield against(what, ours, name, peer, goals.get(name, ""))


def by_answer() -> Iterator[Row]:
    """The call beside a canned one and a Stubber, from an empty answer to a full one.

    The unsigned one does no work at all: below it is botocore's own cost.
    """
    asked = queries()
    for days, goal in ((0, "0.9"), (3, "0.6"), (30, "0.25")):
        answer = answer_to(counts_on(days), asked)
        ours, canned, unsigned, stubber = best_times(
            fake_answers(counts_on(days), asked),
            canned_answers(answer, asked),
            canned_answers(answer, asked, signed=False),
            stubber_answers(answer, asked),
            rounds=15,
            calls=_CALLS,
        )
        what = f"10 queries over 30 days, {days or 'none'} of them with counts"
        yield against(what, ours, "canned", canned, goal)
        yield against(what, ours, "canned, unsigned", unsigned)
        yield against(what, ours, "Stubber", stubber, "2.2")


ISPS = ["gmail.com", "yahoo.com", "example.net"]


def emails(number: int, *, days: int = 30, identities: int = 1) -> Seed:
    """So many emails of each identity, delivered and opened, spread over ISPs and the days."""

    def seed(fake: FakeSESv2) -> None:
        for n in range(number):
            at = MONDAY + timedelta(seconds=n * days * 86_400 // number)
            to = f"u{n % 97}@{ISPS[n % 3]}"
            for identity in range(identities):
                fake.send(f"n@{identity}.com", to, at=at).deliver().open()

    return seed


def one_more(fake: FakeSESv2) -> None:
    """Whatever the fake has kept of earlier answers is of no use any more."""
    fake.send("n@7.com", "ann@gmail.com", at=MONDAY)


def growth() -> Iterator[Row]:
    """How the call's cost grows."""
    for when, again in (("asked again", None), ("asked after a seed", one_more)):
        few, many = best_times(
            fake_answers(emails(500), queries(), again=again),
            fake_answers(emails(50_000), queries(), again=again),
            rounds=5,
            calls=_CALLS,
        )
        yield against(f"10 queries, 150,000 events, {when}", many, "1,500 events", few, "1.15")

    one_day, sixty_days = best_times(
        fake_answers(counts_on(1), queries(days=1)),
        fake_answers(counts_on(60), queries(days=60)),
        calls=_CALLS,
    )
    yield against("10 queries over 60 days", sixty_days, "over 1 day", one_day, "1.6")


def rows() -> Iterator[Row]:
    """All of them."""
    yield from beside_peers()
    yield from by_answer()
    yield from growth()

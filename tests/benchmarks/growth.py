"""How the cost of a call and of a report grows with what was seeded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from calls import DAY, ISPS, MONDAY, Queries, Seed, client, fake_answers, one_more, queries
from measuring import Action, Row, against, best_times

from sesv2_fake import FakeSESv2, mock_sesv2


def identities(number: int, *, configuration_sets: int = 10) -> Seed:
    """Six emails of each identity over sixty days, delivered and opened."""

    def seed(fake: FakeSESv2) -> None:
        for n in range(6):
            at = MONDAY + n * 10 * DAY
            for identity in range(number):
                fake.send(
                    f"n@{identity}.com",
                    f"u@{ISPS[n % 3]}",
                    at=at,
                    configuration_set=f"set-{identity % configuration_sets}",
                ).deliver().open()

    return seed


def after_a_seed() -> Iterator[Row]:
    """The first call after a seed, by the number of identities."""
    for of_what, dimensions in (
        ("all", {}),
        ("one ISP", {"ISP": "Gmail"}),
        ("two ISPs", {"ISP": "Gmail,Yahoo"}),
        ("any configuration set", {"CONFIGURATION_SET": "*"}),
        ("one identity", {"EMAIL_IDENTITY": "7.com"}),
        ("one identity and ISP", {"EMAIL_IDENTITY": "7.com", "ISP": "Gmail"}),
    ):
        asked = queries(days=60, **dimensions)
        few, many = best_times(
            fake_answers(identities(10), asked, again=one_more),
            fake_answers(identities(10_000), asked, again=one_more),
            rounds=3,
            calls=5,
        )
        yield against(
            f"10 queries for {of_what}, after a seed, 10,000 identities", many, "10", few, "2"
        )


def what_a_seed_costs() -> Iterator[Row]:
    """What asking after a seed costs more than asking again; by the store alone, to be exact."""
    from sesv2_fake.operations.metric_data import question_of
    from sesv2_fake.operations.saved_responses import queries_of

    for of_what, dimensions in (
        ("all", {}),
        ("one configuration set", {"CONFIGURATION_SET": "set-1"}),
    ):
        asked = [
            question_of(query, "us-east-1") for query in queries_of(queries(days=60, **dimensions))
        ]
        extra = []
        for number in (10, 1_000):
            with mock_sesv2() as fake:
                identities(number)(fake)
                again, after = best_times(
                    Action(partial(ask_store, fake, asked)),
                    Action(partial(ask_store, fake, asked, seeded=True)),
                    rounds=9,
                    calls=50,
                )
            extra.append(after - again)
        few, many = extra
        yield against(
            f"what 10 queries for {of_what} after a seed cost more than again, 1,000 identities",
            many,
            "10",
            few,
            "2",
        )


def ask_store(fake: FakeSESv2, asked: list[Any], *, seeded: bool = False) -> None:
    """What ten queries cost, without their client."""
    if seeded:
        one_more(fake)
    for one in asked:
        fake._account.metrics.daily_counts(one)


def ask_often(asked: Queries, calls: int) -> None:
    """So many calls, no two of them alike."""
    made = client()
    for n in range(calls):
        start = MONDAY + timedelta(seconds=n)
        made.batch_get_metric_data(Queries=[{**query, "StartDate": start} for query in asked])


def reports() -> Iterator[Row]:
    """The report of a failing test, beside the calls that it tells of."""
    for calls, number, asked, goal in (
        (1_000, 1_000, queries(CONFIGURATION_SET="none"), "1"),
        (100, 2_000, queries(EMAIL_IDENTITY="none.com"), "0.5"),
    ):
        with mock_sesv2() as fake:
            identities(number)(fake)
            (time_of_calls,) = best_times(Action(partial(ask_often, asked, calls)), rounds=2)
            (time_of_report,) = best_times(Action(fake.report), rounds=3)
        yield against(
            f"a report after {calls:,} calls of ten empty queries, {number:,} identities",
            time_of_report,
            "the calls",
            time_of_calls,
            goal,
        )


def rows() -> Iterator[Row]:
    """All of them."""
    yield from after_a_seed()
    yield from reports()
    yield from what_a_seed_costs()  # which an older package cannot

"""What a red test shows, and why nothing matched."""

from datetime import timedelta

import pytest
from asking import DAY, MONDAY, client, query
from botocore.config import Config

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"

HEADER = """
    from datetime import datetime, timedelta, timezone
    from sesv2_fake import mock_sesv2
    import boto3, pytest, unittest

    MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)

    def ask(client, *ids, **dimensions):
        return client.batch_get_metric_data(Queries=[{
            "Id": id, "Namespace": "VDM", "Metric": "SEND", "StartDate": MONDAY,
            "EndDate": MONDAY + timedelta(days=2), "Dimensions": dimensions or {"ISP": "Gmail"},
        } for id in ids])
"""


def section(result, when="call"):
    """The lines of the report's section."""
    lines = result.outlines
    (start,) = (n for n, line in enumerate(lines) if f" sesv2_fake ({when}) " in line)
    end = next(n for n, line in enumerate(lines) if n > start and line.startswith(("=", "___")))
    return lines[start + 1 : end]


def run(pytester, body, *options):
    pytester.makepyfile(HEADER + body)
    return pytester.runpytest("-W", "error", *options)


def test_a_failing_test_shows_calls_seeds_and_faults(pytester):
    result = run(
        pytester,
        """
    def test_red(sesv2_fake, sesv2_client):
        sesv2_fake.send("a@example.com", "b@gmail.com", at=MONDAY, count=7).deliver(count=5)
        sesv2_fake.deny(id="denied")
        ask(sesv2_client, "sent", "denied")
        assert 0
    """,
    )

    lines = section(result)
    assert lines[:12] == [
        "1 call",
        "- us-east-1, 2 queries: 1 answered, 1 failed",
        "    'sent' SEND 2026-01-05 to 2026-01-07, ISP=Gmail: 7 (2026-01-05: 7)",
        "    'denied' SEND 2026-01-05 to 2026-01-07, ISP=Gmail",
        "      ACCESS_DENIED: You have insufficient access to retrieve metrics based on",
        "        the given query.",
        "seeded, by day (UTC)",
        "                 2026-01-05 total",
        "  SEND                    7     7",
        "  DELIVERY                5     5",
        "  DELIVERY_OPEN           5     5",
        "  DELIVERY_CLICK          5     5",
    ]
    fault = "".join(line.strip() for line in lines[12:])
    assert fault.startswith("<Fault: ACCESS_DENIED for id='denied', always, struck once; set up at")
    assert fault.endswith("seeds_and_faults.py:15>")


@pytest.mark.parametrize(
    "body",
    [
        "def test_red(sesv2_client):\n        assert 0",
        "@mock_sesv2\n    def test_red(sesv2_fake):\n        assert 0",
        "def test_red():\n        with mock_sesv2():\n            assert 0",
        "@mock_sesv2\n    class Test(unittest.TestCase):\n        def test_red(self): self.fail()",
        "@mock_sesv2\n    class TestRed:\n        def test_red(self):\n            assert 0",
    ],
    ids=["fixture", "decorator", "context", "case", "class"],
)
def test_whichever_door_the_fake_came_through(pytester, body):
    result = run(pytester, f"\n    {body}\n")

    result.assert_outcomes(failed=1)
    assert section(result) == ["no calls", "nothing seeded that a metric counts"]


def test_a_passing_or_skipped_test_and_one_without_a_fake_show_nothing(pytester):
    result = run(
        pytester,
        """
    def test_green(sesv2_fake): pass
    def test_skipped(sesv2_fake): pytest.skip("to see")
    def test_red(): assert 0
    """,
    )

    result.assert_outcomes(passed=1, skipped=1, failed=1)
    result.stdout.no_fnmatch_line("*sesv2_fake (*")


def test_an_error_of_the_fakes_end_is_reported_too(pytester):
    result = run(pytester, "\n    def test_red(sesv2_fake): sesv2_fake.throttle()\n")

    assert section(result, "teardown")[0] == "no calls"


def test_a_section_has_at_most_40_lines_of_80_columns(pytester):
    result = run(
        pytester,
        """
    def test_red(sesv2_fake, sesv2_client):
        for region in ("eu-west-1", "eu-west-2", "us-east-1"):
            for day in range(40):
                at = MONDAY + timedelta(days=day)
                sesv2_fake.send("a@example.com", "b@gmail.com", at=at, count=10**9, region=region)
                sesv2_fake.send("a@example.com", "b@yahoo.com", at=at).deliver().open().click()
        for n in range(30):
            sesv2_fake.deny(id="x" * 200, dimensions={"EMAIL_IDENTITY": "y" * 200})
            ask(sesv2_client, *("q" * 200 + str(m) for m in range(n % 9 + 1)))
            ask(sesv2_client, "none", EMAIL_IDENTITY=f"{n}.example.com")
        assert 0
    """,
    )

    lines = section(result)
    assert 30 < len(lines) <= 40
    assert max(map(len, lines)) <= 80
    assert any("older calls" in line for line in lines)
    assert any("more lines of seeds" in line for line in lines)
    assert any("more lines of faults" in line for line in lines)


def test_seeds_are_told_by_region_where_there_is_more_than_one(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, region="eu-west-1")
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=3)

    assert sesv2_fake.report().splitlines() == [
        "no calls",
        "seeded, by day (UTC), every region",
        "       2026-01-05 total",
        "  SEND          3     3",
        "seeded, by day (UTC), eu-west-1",
        "       2026-01-05 total",
        "  SEND          1     1",
    ]


def test_many_days_are_summed_up(sesv2_fake):
    for day in range(6):
        sesv2_fake.record("OPEN", day + 1, at=MONDAY + day * DAY)

    *_, header, row = sesv2_fake.report().splitlines()

    assert header.split() == [*(f"2026-01-0{n}" for n in range(5, 9)), "+2", "days", "total"]
    assert row.split() == ["OPEN", "1", "2", "3", "4", "11", "21"]


def test_a_retry_does_not_tell_its_queries_again(sesv2_fake, sesv2_client):
    sesv2_fake.throttle(times=2)
    sesv2_client.batch_get_metric_data(Queries=[query()])

    assert sesv2_fake.report().count("'q' SEND") == 1
    assert sesv2_fake.report().count("TooManyRequestsException:") == 2


EMPTY = {
    "nothing seeded": (lambda fake: None, {}, ["no sends were seeded"]),
    "outside": (
        lambda fake: fake.send(SENDER, "a@gmail.com", at=MONDAY - DAY, count=3),
        {},
        ["0 of 3 sends count", "3 outside the interval, on 2026-01-04"],
    ),
    "the day after": (
        lambda fake: [fake.send(SENDER, "a@gmail.com", at=MONDAY + n * DAY) for n in (6, 7)],
        {},
        ["1 of 2 sends count", "1 outside the interval, on 2026-01-12"],
    ),
    "identity": (
        lambda fake: fake.send(SENDER, "a@gmail.com", at=MONDAY),
        {"EMAIL_IDENTITY": "example.org"},
        ["0 of 1 sends count", "1 of another identity: news@example.com"],
    ),
    "isp": (
        lambda fake: [fake.send(SENDER, f"a@{d}.com", at=MONDAY) for d in ("yahoo", "gmail")],
        {"ISP": "Aol"},
        ["0 of 2 sends count", "2 of another ISP: Gmail, Yahoo"],
    ),
    "set": (
        lambda fake: fake.send(SENDER, "a@gmail.com", at=MONDAY, configuration_set="news"),
        {"CONFIGURATION_SET": "shop"},
        ["0 of 1 sends count", "1 of another configuration set: news"],
    ),
    "no set": (
        lambda fake: fake.send(SENDER, "a@gmail.com", at=MONDAY),
        {"CONFIGURATION_SET": "shop"},
        ["0 of 1 sends count", "1 without configuration set"],
    ),
    "any set": (
        lambda fake: [
            fake.send(SENDER, "a@gmail.com", at=MONDAY, configuration_set=name)
            for name in (None, "news", "shop")
        ],
        {"CONFIGURATION_SET": "*", "ISP": "Gmail"},
        ["2 of 3 sends count", "1 without configuration set"],
    ),
    "tenant": (
        lambda fake: fake.send(SENDER, "a@gmail.com", at=MONDAY, tenant="acme"),
        {"TENANT_NAME": "other"},
        ["0 of 1 sends count", "1 of another tenant: acme"],
    ),
    "region": (
        lambda fake: fake.send(SENDER, "a@gmail.com", at=MONDAY, region="eu-west-1"),
        {},
        ["0 of 1 sends count", "1 not of region us-east-1, but of eu-west-1"],
    ),
    "simulator": (
        lambda fake: fake.send(SENDER, "ok@simulator.amazonses.com", at=MONDAY),
        {},
        ["0 of 1 sends count", "1 left out by the metric: mailbox simulator"],
    ),
    "several": (
        lambda fake: fake.send(SENDER, ["a@gmail.com", "b@gmail.com"], at=MONDAY, count=4),
        {},
        ["0 of 4 sends count", "4 left out by the metric: several recipients"],
    ),
}


@pytest.mark.parametrize(("seed", "dimensions", "why"), EMPTY.values(), ids=EMPTY)
def test_why_a_query_is_empty_is_explained(sesv2_fake, seed, dimensions, why):
    seed(sesv2_fake)

    first, *told = sesv2_fake.explain(query(**dimensions)).splitlines()

    assert [line.strip() for line in told] == why
    filters = "".join(f", {name}={value}" for name, value in dimensions.items())
    assert first == f"'q' SEND 2026-01-05 to 2026-01-12{filters}, us-east-1"


@pytest.mark.parametrize(
    ("metric", "happen", "reason"),
    [
        ("OPEN", lambda e: e.open(), "no open tracker"),
        ("CLICK", lambda e: e.click(), "no click tracker"),
        ("DELIVERY_OPEN", lambda e: e.deliver(), "no open tracker"),
        ("DELIVERY_COMPLAINT", lambda e: e.deliver(), "no feedback loop with the ISP"),
        (
            "PERMANENT_BOUNCE",
            lambda e: e.bounce(sub_type="OnAccountSuppressionList"),
            "account-level suppression list",
        ),
        (
            "COMPLAINT",
            lambda e: e.complain("OnAccountSuppressionList"),
            "account-level suppression list",
        ),
    ],
)
def test_what_a_metric_leaves_out_is_explained(sesv2_fake, metric, happen, reason):
    happen(
        sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, open_tracking=False, click_tracking=False)
    )

    assert sesv2_fake.explain(query(metric)).endswith(f"1 left out by the metric: {reason}")


def test_many_values_are_shortened(sesv2_fake):
    for n in range(9):
        sesv2_fake.send(f"news@{n}.example.com", "a@gmail.com", at=MONDAY)

    told = sesv2_fake.explain(query(EMAIL_IDENTITY="example.org"))

    assert told.endswith("news@2.example.com, news@3.example.com and 5 more")


def test_four_values_are_not(sesv2_fake):
    for n in range(4):
        sesv2_fake.send(f"news@{n}.example.com", "a@gmail.com", at=MONDAY)

    told = sesv2_fake.explain(query(EMAIL_IDENTITY="example.org"))

    assert told.endswith("news@2.example.com, news@3.example.com")


def test_a_microsecond_of_the_last_day_explains_that_day(sesv2_fake):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY + DAY)

    told = sesv2_fake.explain(query(end=MONDAY + DAY + timedelta(microseconds=1)))

    assert "1 of 1 sends count" in told


def test_what_counts_is_told_beside_what_does_not(sesv2_fake):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, count=5)
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, count=2, region="eu-west-1")

    assert "5 of 7 sends count" in sesv2_fake.explain(query())
    assert "7 of 7 sends count" in sesv2_fake.explain(query(), region="eu-west-1")


def test_a_query_that_ses_would_refuse_cannot_be_explained(sesv2_fake):
    with pytest.raises(ValueError, match=r"request: .*metric"):
        sesv2_fake.explain(query("SENT"))


def test_reprs_say_it_in_one_line(sesv2_fake):
    email = sesv2_fake.send(
        SENDER, "a@gmail.com", at=MONDAY, count=5, region="eu-west-1", tenant="t"
    ).deliver(count=2)
    sesv2_fake.deny(id="b")
    made = client("eu-west-1", config=Config(retries={"total_max_attempts": 1}))
    made.batch_get_metric_data(Queries=[query(id="a"), query(id="b")])
    sesv2_fake.throttle()
    with pytest.raises(made.exceptions.TooManyRequestsException):
        made.batch_get_metric_data(Queries=[query()])

    assert repr(email) == (
        "<Email: 5 emails of 2026-01-05, EMAIL_IDENTITY=news@example.com, TENANT_NAME=t, "
        "ISP=Gmail, region=eu-west-1, no feedback loop with the ISP, 2 delivered>"
    )
    assert repr(sesv2_fake) == ("<FakeSESv2: active, documented, 7 events, 2 faults, 2 calls>")
    answered, refused = sesv2_fake.calls
    assert repr(answered) == "<Call: eu-west-1, 2 queries: 1 answered, 1 failed>"
    made = client("eu-west-1")
    made.batch_get_metric_data(Queries=[query(id="a", ISP="Gmail", CONFIGURATION_SET="s")])
    assert repr(sesv2_fake.calls[-1]) == "<Call: eu-west-1, 1 query: 1 answered>"
    sesv2_fake.throttle()
    made.batch_get_metric_data(Queries=[query(id="a")])
    assert repr(sesv2_fake.calls[-1]) == "<Call: eu-west-1, 1 query, attempt 2: 1 answered>"
    assert repr(refused) == (
        "<Call: eu-west-1, 1 query: TooManyRequestsException: Too many requests have been made to "
        "the operation.>"
    )


def test_a_fake_can_report_after_its_end():
    with mock_sesv2() as fake:
        fake.send(SENDER, "a@gmail.com", at=MONDAY)

    assert "SEND" in fake.report()
    assert repr(fake) == "<FakeSESv2: not active, documented, 1 event, 0 faults, 0 calls>"

"""Why a query counts what it counts, and above all why it counts nothing."""

from datetime import datetime, timedelta

import pytest
from asking import DAY, MONDAY, query
from records import record

SENDER = "news@example.com"


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


def test_emails_that_differ_are_added_up_and_the_largest_number_comes_first(sesv2_fake):
    for name in ("a", "b"):
        sesv2_fake.send(f"{name}@example.com", "x@yahoo.com", at=MONDAY, region="eu-west-1")
        sesv2_fake.send(f"{name}@example.com", "x@yahoo.com", at=MONDAY - DAY, count=3)

    assert [line.strip() for line in sesv2_fake.explain(query()).splitlines()[1:]] == [
        "0 of 8 sends count",
        "6 outside the interval, on 2026-01-04",
        "2 not of region us-east-1, but of eu-west-1",
    ]


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


def test_both_what_counts_and_what_does_not_are_explained(sesv2_fake):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, count=5)
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, count=2, region="eu-west-1")

    assert "5 of 7 sends count" in sesv2_fake.explain(query())
    assert "7 of 7 sends count" in sesv2_fake.explain(query(), region="eu-west-1")


def test_a_query_that_ses_would_refuse_cannot_be_explained(sesv2_fake):
    with pytest.raises(ValueError, match=r"query: .*metric"):
        sesv2_fake.explain(query("SENT"))


def test_a_delegate_sender_is_named(sesv2_fake):
    sesv2_fake.load_events([record("Open", sendingAccountId="999999999999")])

    told = sesv2_fake.explain(query("OPEN"))

    assert told.endswith("1 left out by the metric: delegate sender")


def test_bounds_within_a_day_are_told_as_they_are_answered(sesv2_fake):
    for hours in range(24):
        sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY + hours * DAY / 24)

    told = sesv2_fake.explain(query(start=MONDAY + DAY / 4, end=MONDAY + DAY / 2))

    assert [line.strip() for line in told.splitlines()[1:]] == [
        "6 of 24 sends count",
        "18 outside the interval, on 2026-01-05",
    ]


def test_bounds_within_two_days_leave_out_the_rest_of_both(sesv2_fake):
    for hours in range(48):
        sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY + hours * DAY / 24)

    told = sesv2_fake.explain(query(start=MONDAY + DAY / 4, end=MONDAY + DAY * 1.5))

    assert [line.strip() for line in told.splitlines()[1:]] == [
        "30 of 48 sends count",
        "18 outside the interval, on 2026-01-05, 2026-01-06",
    ]


def test_an_open_that_an_earlier_one_replaces_is_not_explained(sesv2_fake):
    email = sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY)
    email.open(at=MONDAY + 20 * DAY).open(at=MONDAY)

    assert sesv2_fake.explain(query("OPEN")).endswith("1 of 1 opens count")
    assert "no clicks were seeded" in sesv2_fake.explain(query("CLICK"))


def loaded(fake, count, **dimensions):
    results = [{"Id": "q", "Timestamps": [MONDAY], "Values": [count]}]
    fake.load_response([query(**dimensions)], {"Results": results, "Errors": []})


def test_a_loaded_responses_count_is_named(sesv2_fake):
    loaded(sesv2_fake, 40)
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, count=2)

    assert "42 of 42 sends count (40 from a loaded response)" in sesv2_fake.explain(query())


def test_a_loaded_count_of_the_day_at_the_end_is_outside(sesv2_fake):
    loaded(sesv2_fake, 40)

    told = sesv2_fake.explain(query(start=MONDAY - DAY, end=MONDAY))

    assert [line.strip() for line in told.splitlines()[1:]] == [
        "0 of 40 sends count",
        "40 outside the interval, on 2026-01-05",
    ]


def test_plain_counts_and_emails_are_added_up(sesv2_fake):
    sesv2_fake.record("SEND", 2, at=MONDAY, region="eu-west-1")
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, region="eu-west-1")

    told = sesv2_fake.explain(query())

    assert [line.strip() for line in told.splitlines()[1:]] == [
        "0 of 3 sends count",
        "3 not of region us-east-1, but of eu-west-1",
    ]


def test_a_loaded_response_to_another_query_is_told(sesv2_fake):
    loaded(sesv2_fake, 40, ISP="Gmail", EMAIL_IDENTITY="a.com")

    told = sesv2_fake.explain(query(ISP="Gmail"))

    assert [line.strip() for line in told.splitlines()[1:]] == [
        "0 of 40 sends count",
        "40 from a loaded response to queries with other dimensions",
    ]
    same = sesv2_fake.explain(query(EMAIL_IDENTITY="a.com", ISP="Gmail"))
    assert "40 of 40 sends count (40 from a loaded response)" in same


@pytest.mark.parametrize(
    ("isp", "told"),
    [
        ("GMail", "unknown ISP 'GMail'; did you mean 'Gmail'?"),
        ("Posteo", "unknown ISP 'Posteo'"),
    ],
)
def test_an_unknown_isp_is_called_unknown(sesv2_fake, isp, told):
    first, *_ = sesv2_fake.explain(query(ISP=isp)).splitlines()[1:]

    assert first.strip() == told


@pytest.mark.parametrize("isp", ["Gmail", "Own", "*"])
def test_an_isp_that_ses_or_a_seed_names_is_not_called_unknown(sesv2_fake, isp):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, isp="Own")

    assert "unknown" not in sesv2_fake.explain(query(ISP=isp))


@pytest.mark.parametrize(
    "start",
    [datetime(2026, 1, 5), "2026-01-05", "Mon, 05 Jan 2026 00:00:00 GMT", 1767571200],
)
def test_times_mean_what_they_mean_to_boto3(sesv2_fake, start):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    assert "1 of 1 sends count" in sesv2_fake.explain(query(start=start, end=MONDAY + DAY))


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("no day", 'Invalid timestamp "no day"'),
        ("0001-01-01T00:00:00+23:59", "expected a time in the years 1 to 9999 in UTC"),
    ],
)
def test_a_wrong_time_is_an_error_of_the_query(sesv2_fake, start, message):
    with pytest.raises(ValueError, match=f"^query: {message}"):
        sesv2_fake.explain(query(start=start, end=MONDAY))

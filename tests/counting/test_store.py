"""The answer: series, dimensions, regions, and the form of the response."""

import json
from datetime import date, datetime, timedelta, timezone

import pytest
from asking import (
    DAY,
    MONDAY,
    WIRE_QUERY,
    answer,
    answer_of,
    ask,
    client,
    new_client,
    query,
    series,
    total,
)

SENDER = "news@example.com"


def test_a_timestamp_is_the_days_midnight_utc(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY.replace(hour=17))

    (result,) = sesv2_client.batch_get_metric_data(Queries=[query("SEND")])["Results"]

    assert result["Timestamps"] == [MONDAY]
    assert result["Values"] == [1]


def test_a_day_is_a_utc_day_wherever_the_event_was(sesv2_fake):
    tokyo = timezone(timedelta(hours=9))
    sesv2_fake.send(SENDER, "ann@gmail.com", at=datetime(2026, 1, 7, 8, 59, tzinfo=tokyo))

    assert ask("SEND") == {date(2026, 1, 6): 1}


def test_a_series_is_sparse_and_ascending(sesv2_fake):
    for day in (4, 0, 2):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + day * DAY, count=day + 1)

    series_of_days = ask("SEND")

    assert list(series_of_days.items()) == [
        (date(2026, 1, 5), 1),
        (date(2026, 1, 7), 3),
        (date(2026, 1, 9), 5),
    ]


def test_the_start_is_inclusive_and_the_end_exclusive(sesv2_fake):
    for day in range(-1, 4):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + day * DAY)

    assert list(ask("SEND", start=MONDAY, end=MONDAY + 2 * DAY)) == [
        date(2026, 1, 5),
        date(2026, 1, 6),
    ]


@pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")
def test_bounds_within_days_count_emails_that_differ_on_their_own_days(sesv2_fake):
    for day, to in enumerate(("ann@gmail.com", "bob@yahoo.com")):
        sesv2_fake.send(SENDER, to, at=MONDAY + (day + 0.25) * DAY)
        sesv2_fake.send(SENDER, to, at=MONDAY + (day + 0.75) * DAY)

    assert ask("SEND", start=MONDAY + DAY / 2, end=MONDAY + DAY * 1.5) == {
        date(2026, 1, 5): 1,
        date(2026, 1, 6): 1,
    }


@pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")
@pytest.mark.parametrize("isp", ["Gmail", "*"])
def test_bounds_within_a_day_count_what_one_filter_accepts(sesv2_fake, isp):
    for quarter in range(4):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + quarter * DAY / 4)

    assert ask("SEND", start=MONDAY, end=MONDAY + DAY * 0.75, ISP=isp) == {MONDAY.date(): 3}


def test_the_last_microsecond_of_a_day_is_of_that_day(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + DAY - timedelta(microseconds=1))

    assert total("SEND", end=MONDAY + DAY) == 1


def test_a_query_that_matches_nothing_has_an_empty_result(sesv2_fake, sesv2_client):
    response = sesv2_client.batch_get_metric_data(Queries=[query("SEND"), query("OPEN", id="o")])

    assert response["Results"] == [
        {"Id": "q", "Timestamps": [], "Values": []},
        {"Id": "o", "Timestamps": [], "Values": []},
    ]
    assert response["Errors"] == []


def test_each_query_of_a_call_has_its_own_result(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=9).deliver(count=7).open(count=3)

    response = sesv2_client.batch_get_metric_data(
        Queries=[query(metric, id=metric) for metric in ("SEND", "DELIVERY", "OPEN", "CLICK")]
    )

    values = {result["Id"]: result["Values"] for result in response["Results"]}
    assert values == {"SEND": [9], "DELIVERY": [7], "OPEN": [3], "CLICK": []}


def test_the_response_has_a_request_id_of_its_own(sesv2_fake, sesv2_client):
    first, second = (
        sesv2_client.batch_get_metric_data(Queries=[query()])["ResponseMetadata"] for _ in range(2)
    )

    assert first["HTTPStatusCode"] == 200
    assert first["RetryAttempts"] == 0
    assert len(first["RequestId"]) == 36
    assert first["RequestId"] != second["RequestId"]


def test_the_response_says_what_it_is_and_how_long(sesv2_fake):
    http = answer({"Queries": [WIRE_QUERY]})

    assert http.headers["Content-Type"] == "application/json"
    assert http.headers["Content-Length"] == str(len(http.body))


def test_days_are_whole_epoch_seconds_on_the_wire(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    body = json.dumps({"Queries": [WIRE_QUERY]}).encode()

    http = answer_of(sesv2_fake._account, body)

    assert http.body == (
        b'{"Results":[{"Id":"q","Timestamps":[1767571200],"Values":[1]}],"Errors":[]}'
    )


@pytest.mark.parametrize(
    ("identity", "seen"),
    [
        ("news@mail.example.com", 1),
        ("NEWS@Mail.Example.COM", 1),
        ("mail.example.com", 1),
        ("Mail.Example.com", 1),
        ("example.com", 0),
        ("shop@mail.example.com", 0),
        ("ail.example.com", 0),
    ],
)
def test_an_identity_is_the_address_or_its_domain_in_any_case(sesv2_fake, identity, seen):
    sesv2_fake.send("News <News@mail.example.com>", "ann@gmail.com", at=MONDAY)

    assert total("SEND", EMAIL_IDENTITY=identity) == seen


def test_the_identity_an_email_was_sent_with_sees_it_too(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, identity="Example.org")

    assert total("SEND", EMAIL_IDENTITY="example.org") == 1
    assert total("SEND", EMAIL_IDENTITY="example.com") == 1


def test_all_dimensions_must_match(sesv2_fake):
    common = {"at": MONDAY, "tenant": "acme"}
    sesv2_fake.send(SENDER, "a@gmail.com", configuration_set="news", **common)
    sesv2_fake.send(SENDER, "a@yahoo.com", configuration_set="news", count=10, **common)
    sesv2_fake.send(SENDER, "a@gmail.com", configuration_set="shop", count=100, **common)
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, count=1000)

    assert total("SEND", ISP="Gmail", CONFIGURATION_SET="news", TENANT_NAME="acme") == 1
    assert total("SEND", ISP="Gmail", TENANT_NAME="acme") == 101
    assert total("SEND", CONFIGURATION_SET="news") == 11
    assert total("SEND", EMAIL_IDENTITY="example.com", ISP="Gmail") == 1101
    assert total("SEND", CONFIGURATION_SET="news", TENANT_NAME="other") == 0


def test_a_query_without_dimensions_sees_the_whole_account(sesv2_fake):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, configuration_set="news")
    sesv2_fake.send("shop@example.org", "a@yahoo.com", at=MONDAY, tenant="acme")

    assert total("SEND") == 2


def test_a_region_sees_its_own_seeds_and_those_of_all_regions(sesv2_fake):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, region="eu-west-1")
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, region="us-east-1", count=10)
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, count=100)

    assert total("SEND", using=client("eu-west-1")) == 101
    assert total("SEND", using=client("us-east-1")) == 110
    assert total("SEND", using=client("ap-south-1")) == 100


def test_a_client_with_an_endpoint_of_its_own_asks_its_region(sesv2_fake):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, region="eu-west-1")

    other = new_client("eu-west-1", endpoint_url="https://vpce.example.com")

    assert total("SEND", using=other) == 1


def test_a_seed_after_a_call_is_in_the_next_answer(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY)
    before = ask("SEND", using=sesv2_client)
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY)

    assert before == {date(2026, 1, 5): 1}
    assert ask("SEND", using=sesv2_client) == {date(2026, 1, 5): 2}


def test_days_before_1970_are_days_too(sesv2_fake):
    start = datetime(1969, 12, 30, tzinfo=timezone.utc)
    sesv2_fake.send(SENDER, "a@gmail.com", at=start + DAY * 1.5)

    assert ask("SEND", start=start) == {date(1969, 12, 31): 1}


@pytest.mark.sesv2_fake(contract="live")
def test_the_epoch_is_a_midnight_like_others(sesv2_fake):
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    for day in (-1, 0):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=epoch + day * DAY)

    assert total("SEND", start=epoch - DAY, end=epoch) == 1
    assert total("SEND", start=epoch, end=epoch + DAY) == 1


def test_ten_queries_are_answered_in_one_call(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "a@gmail.com", at=MONDAY, count=3)

    response = sesv2_client.batch_get_metric_data(
        Queries=[query(id=f"q{n}") for n in range(10)],
    )

    assert all(series(response, f"q{n}") == {date(2026, 1, 5): 3} for n in range(10))

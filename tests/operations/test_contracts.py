"""Where the documentation and the live service differ: what is answered, and what is told."""

import json
import time
import warnings
from datetime import date, datetime, timedelta, timezone

import pytest
from asking import DAY, MONDAY, answer_of, ask, client, query, series, total
from botocore.exceptions import ClientError

from sesv2_fake import LiveDivergenceWarning, mock_sesv2

SENDER = "news@example.com"
DIVERGES = pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")


@pytest.fixture
def four_isps(sesv2_fake):
    for count, domain in enumerate(("gmail.com", "yahoo.com", "aol.com", "example.com")):
        sesv2_fake.send(SENDER, f"ann@{domain}", at=MONDAY, count=10**count)


@DIVERGES
@pytest.mark.parametrize(
    ("isps", "count"),
    [("Gmail,Aol", 101), ("Yahoo", 10), ("Gmail,Yahoo,Aol,UNKNOWN_ISP", 1111), ("*", 1111)],
)
def test_a_list_is_the_sum_over_what_matches(four_isps, isps, count):
    assert ask("SEND", ISP=isps) == {date(2026, 1, 5): count}


@DIVERGES
def test_a_value_twice_in_a_list_counts_once(four_isps):
    assert total("SEND", ISP="Gmail,Gmail") == 1


@DIVERGES
def test_seeds_of_one_moment_add_up_in_part_of_a_day(sesv2_fake):
    for _ in range(3):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=2)

    assert ask("SEND", end=MONDAY + timedelta(hours=1)) == {date(2026, 1, 5): 6}


@DIVERGES
def test_an_address_and_its_domain_in_a_list_count_an_email_once(four_isps):
    assert total("SEND", EMAIL_IDENTITY=f"{SENDER},example.com") == 1111


@DIVERGES
def test_any_configuration_set_or_tenant_is_of_the_emails_that_have_one(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, configuration_set="a", count=10)
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, tenant="t", count=100)

    assert total("SEND", CONFIGURATION_SET="*") == 10
    assert total("SEND", TENANT_NAME="*") == 100
    assert total("SEND", EMAIL_IDENTITY="*") == 111
    assert total("SEND", CONFIGURATION_SET="*", TENANT_NAME="*") == 0


@DIVERGES
def test_part_of_a_day_counts_what_happened_in_it(sesv2_fake):
    for hour in (6, 12, 18):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + timedelta(hours=hour), count=hour)
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + timedelta(hours=hour + 24))

    noon = MONDAY + timedelta(hours=12)

    assert ask("SEND", start=noon, end=noon + DAY) == {date(2026, 1, 5): 30, date(2026, 1, 6): 1}
    assert ask("SEND", start=noon, end=noon + timedelta(seconds=1)) == {date(2026, 1, 5): 12}
    assert ask("SEND", start=noon + timedelta(seconds=1), end=noon + timedelta(hours=6)) == {}


def counted(fake, start, end):
    """The values of an answer, for bounds that botocore would write in another way."""
    body = json.dumps({"Queries": [{**query(), "StartDate": start, "EndDate": end}]}).encode()
    answer = answer_of(fake._account, body)
    return json.loads(answer.body)["Results"][0]["Values"]


@DIVERGES
def test_a_microsecond_of_the_last_day_is_a_part_of_it(sesv2_fake):
    midnight = MONDAY + DAY
    sesv2_fake.send(SENDER, "ann@gmail.com", at=midnight)
    sesv2_fake.send(SENDER, "ann@gmail.com", at=midnight + timedelta(microseconds=1))
    end = int(midnight.timestamp()) + 0.000001

    assert counted(sesv2_fake, MONDAY.timestamp(), end) == [1]


@DIVERGES
def test_part_of_a_day_before_1970_counts_too(sesv2_fake):
    day = datetime(1969, 12, 1, tzinfo=timezone.utc)
    sesv2_fake.send(SENDER, "ann@gmail.com", at=day + timedelta(hours=1))
    sesv2_fake.send(SENDER, "ann@gmail.com", at=day + timedelta(hours=2))

    assert ask("SEND", start=day, end=day + timedelta(hours=2)) == {day.date(): 1}


@DIVERGES
@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (1767614400, 1767614401, 1),
        (1767614400.25, 1767614400.251, 1),
        (1767614400.251, 1767614401, 0),
        ("2026-01-05T12:00:00Z", "2026-01-05T12:00:00.251Z", 1),
        ("2026-01-05T12:00:00", "2026-01-05T12:00:00.25", 0),
        ("2026-01-05t12:00:00z", "2026-01-05T12:00:00.5", 1),
        ("2026-01-05T13:00:00.250+01:00", "2026-01-05T12:00:01+00:00", 1),
        ("2026-01-05", "2026-01-06", 1),
    ],
)
def test_timestamps_are_taken_as_sdks_send_them(sesv2_fake, start, end, count):
    at = MONDAY + timedelta(hours=12, milliseconds=250)
    sesv2_fake.send(SENDER, "ann@gmail.com", at=at)

    assert sum(counted(sesv2_fake, start, end)) == count


DIVERGENT = {
    "any": ({"ISP": "*"}, r"ISP='\*' .*Invalid ISP name"),
    "list": ({"EMAIL_IDENTITY": "a.com,b.com"}, "EMAIL_IDENTITY='a.com,b.com'"),
    "charset": ({"CONFIGURATION_SET": "my set"}, "CONFIGURATION_SET='my set'"),
    "start": (
        {"start": MONDAY + DAY / 2, "end": MONDAY + DAY},
        r"StartDate=2026-01-05T12:00:00\+00:00",
    ),
    "end": ({"end": MONDAY + DAY / 2}, r"EndDate=2026-01-05T12:00:00\+00:00 .*midnight"),
}


@pytest.mark.parametrize(("how", "message"), DIVERGENT.values(), ids=DIVERGENT)
def test_what_the_live_service_refuses_is_told(sesv2_fake, how, message):
    with pytest.warns(LiveDivergenceWarning, match=f"query 'q' has {message}") as told:
        ask("SEND", **how)

    assert len(told) == 1
    assert 'contract="live"' in str(told[0].message)
    assert str(told[0].message).count("query 'q'") == 1


def test_the_same_call_again_is_told_again_and_refused_once_the_contract_is_live(sesv2_fake):
    for _ in range(2):
        with pytest.warns(LiveDivergenceWarning):
            ask("SEND", ISP="*")
    with mock_sesv2(contract="live"), pytest.raises(ClientError, match="Invalid ISP name"):
        ask("SEND", ISP="*")


def test_what_a_test_does_to_a_call_changes_no_later_call(sesv2_fake):
    ask("SEND", ISP="Gmail")
    sesv2_fake.calls[0].queries[0].dimensions["ISP"] = "Yahoo"
    sesv2_fake.calls[0].queries.clear()
    ask("SEND", ISP="Gmail")

    assert [one.dimensions for one in sesv2_fake.calls[1].queries] == [{"ISP": "Gmail"}]


def test_a_call_that_both_answer_warns_of_nothing(sesv2_fake):
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        assert ask("SEND", ISP="Gmail", EMAIL_IDENTITY=SENDER) == {}


def test_a_query_diverges_beside_one_that_both_answer(sesv2_fake, sesv2_client):
    with pytest.warns(LiveDivergenceWarning, match="query 'second' has StartDate="):
        sesv2_client.batch_get_metric_data(
            Queries=[query(id="first"), query(id="second", start=MONDAY + DAY / 2)]
        )


def test_a_call_that_diverges_in_many_queries_warns_once(sesv2_fake, sesv2_client):
    with pytest.warns(LiveDivergenceWarning) as told:
        sesv2_client.batch_get_metric_data(Queries=[query(id=f"q{n}", ISP="*") for n in range(3)])

    (warning,) = told
    assert all(f"query 'q{n}'" in str(warning.message) for n in range(3))


def test_the_warning_is_at_the_line_of_the_users_own_call(pytester):
    pytester.makepyfile(
        reports="""
        def count(client, query):
            return client.batch_get_metric_data(
                Queries=[query],
            )
        """,
        test_it="""
        import warnings
        from datetime import datetime, timedelta, timezone

        from reports import count

        MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)

        def test_line(sesv2_client):
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                count(sesv2_client, {
                    "Id": "q", "Namespace": "VDM", "Metric": "SEND", "Dimensions": {"ISP": "*"},
                    "StartDate": MONDAY, "EndDate": MONDAY + timedelta(days=1),
                })
            (warning,) = told
            assert warning.filename.endswith("reports.py")
            assert warning.lineno == 2
        """,
    )

    pytester.runpytest().assert_outcomes(passed=1)


def test_warnings_as_errors_are_raised_by_the_call(sesv2_fake):
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        with pytest.raises(LiveDivergenceWarning, match="ISP="):
            ask("SEND", ISP="*")


def test_pythons_own_filters_decide_how_often(sesv2_fake):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(3):
            ask("SEND", ISP="*")

    assert len(told) == 1


@pytest.mark.parametrize("number", [2, 3, 10])
def test_live_results_come_in_no_order_to_rely_on(number):
    orders = set()
    ids = [f"q{n}" for n in range(number)]
    for _ in range(3):
        with mock_sesv2(contract="live") as ses:
            ses.send(SENDER, "ann@gmail.com", at=MONDAY)
            response = client().batch_get_metric_data(Queries=[query(id=id) for id in ids])
            orders.add(tuple(result["Id"] for result in response["Results"]))
            assert all(series(response, id) == {date(2026, 1, 5): 1} for id in ids)

    (order,) = orders
    assert sorted(order) == sorted(ids)
    assert list(order) != ids


def test_documented_results_come_in_the_order_asked(sesv2_fake, sesv2_client):
    ids = ["c", "a", "b"]
    response = sesv2_client.batch_get_metric_data(Queries=[query(id=id) for id in ids])

    assert [result["Id"] for result in response["Results"]] == ids


@pytest.mark.sesv2_fake(contract="live")
def test_a_well_formed_name_that_no_email_has_is_no_error(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    assert ask("SEND", ISP="Hotmail") == {}
    assert ask("SEND", EMAIL_IDENTITY="nobody.example") == {}


@pytest.mark.parametrize(
    "start",
    [datetime(2026, 1, 5), "2026-01-05", "2026-01-05T00:00:00", MONDAY],
    ids=["naive", "a day as text", "text without an offset", "aware"],
)
def test_a_date_without_a_zone_is_utc_wherever_the_client_is(sesv2_fake, monkeypatch, start):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        client().batch_get_metric_data(Queries=[query(start=start, end=MONDAY + DAY)])
    finally:
        monkeypatch.undo()
        time.tzset()

    assert sesv2_fake.calls[-1].queries[0].start_date == MONDAY

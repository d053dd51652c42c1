"""Times, as tests hand them in and as SES and its SDKs write them."""

from datetime import date, datetime, timedelta, timezone

import pytest
from asking import MONDAY, WIRE_QUERY, answer, ask
from hypothesis import given
from hypothesis import strategies as st

from sesv2_fake import mock_sesv2

TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 1, 6, 8, tzinfo=TOKYO), date(2026, 1, 5)),
        (date(2026, 1, 5), date(2026, 1, 5)),
        ("2026-01-05", date(2026, 1, 5)),
        ("2026-01-05T23:59:59.999", date(2026, 1, 5)),
        ("2026-01-06T08:00+09:00", date(2026, 1, 5)),
    ],
)
def test_a_time_is_an_aware_datetime_a_date_or_iso_8601(sesv2_fake, at, day):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=at)

    assert ask("SEND") == {day: 1}


@pytest.mark.parametrize("at", [date(2026, 1, 5), "2026-01-05", "2026-01-05T00:00:00.000Z"])
def test_a_date_and_text_without_a_time_are_midnight_utc(sesv2_fake, at):
    assert sesv2_fake.send("news@example.com", "ann@gmail.com", at=at).sent_at == MONDAY


YEARS = "at: expected a time in the years 1 to 9999 in UTC, got"


@pytest.mark.parametrize(
    ("at", "error", "message"),
    [
        (datetime(2026, 1, 5), ValueError, "at: .* is naive.*give it a time zone"),
        (7, TypeError, "at: expected an aware datetime .*, a date, or ISO 8601.*got 7 .int"),
        ("monday", ValueError, "at: expected ISO 8601 such as '2026-01-05T09:30', got 'monday'"),
        ("2026-13-01", ValueError, "at: expected ISO 8601 such as"),
        ("9999-12-31T23:59:59.999-23:59", ValueError, YEARS),
        ("0001-01-01T00:00+00:01", ValueError, YEARS),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), ValueError, YEARS),
        (datetime.min.replace(tzinfo=TOKYO), ValueError, YEARS),
    ],
)
def test_a_value_that_is_not_a_time_is_an_error(sesv2_fake, at, error, message):
    with pytest.raises(error, match=message):
        sesv2_fake.send("news@example.com", "ann@gmail.com", at=at)


@pytest.mark.parametrize("bound", [datetime.min, datetime.max])
def test_the_first_and_the_last_moment_are_taken(sesv2_fake, bound):
    at = bound.replace(tzinfo=timezone.utc)

    assert sesv2_fake.send("news@example.com", "ann@gmail.com", at=at).sent_at == at
    assert sesv2_fake.seeded_days() == [bound.date()]


@given(
    st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5]0(Z|[+-][0-2][0-9]:[0-5]9)?\Z")
    | st.datetimes(timezones=st.sampled_from([TOKYO, timezone(-timedelta(hours=23))])).map(str)
    | st.sampled_from(["0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59"])
)
def test_a_text_names_a_moment_that_can_be_shown_or_is_an_error(text):
    with mock_sesv2() as fake:
        try:
            sent_at = fake.send("news@example.com", "ann@gmail.com", at=text).sent_at
        except ValueError:
            assert fake.seeded_days() == []
        else:
            assert fake.seeded_days() == [sent_at.date()]
            assert fake.send("news@example.com", "ann@gmail.com", at=sent_at).sent_at == sent_at


def test_a_query_of_no_year_that_there_is_is_refused():
    http = answer({"Queries": [{**WIRE_QUERY, "StartDate": "9999-12-31T23:59:59.999-23:59"}]})

    assert http.status == 400
    assert http.headers["x-amzn-ErrorType"] == "SerializationException"

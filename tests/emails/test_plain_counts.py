"""Counts with no email behind them."""

from datetime import date, datetime

import pytest
from asking import MONDAY, ask, total

SENDER = "news@example.com"
NAIVE = datetime(2026, 1, 5, 9, 30)


def test_plain_counts_are_seen_by_their_metric_alone(sesv2_fake):
    sesv2_fake.record("DELIVERY_OPEN", 12, at=MONDAY)
    sesv2_fake.record("DELIVERY_OPEN", {date(2026, 1, 6): 5, date(2026, 1, 8): 7, MONDAY: 1})

    assert ask("DELIVERY_OPEN") == {
        date(2026, 1, 5): 13,
        date(2026, 1, 6): 5,
        date(2026, 1, 8): 7,
    }
    assert total("DELIVERY") == 0


def test_plain_counts_add_to_those_of_emails(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=3)
    sesv2_fake.record("SEND", 4, at=MONDAY)

    assert ask("SEND") == {date(2026, 1, 5): 7}


def test_plain_counts_have_the_dimensions_and_region_they_are_given(sesv2_fake):
    dimensions = {"EMAIL_IDENTITY": SENDER, "ISP": "Gmail"}
    sesv2_fake.record("SEND", 4, at=MONDAY, dimensions=dimensions, region="us-east-1")
    sesv2_fake.record("SEND", 30, at=MONDAY, region="eu-west-1")

    assert total("SEND") == 4
    assert total("SEND", EMAIL_IDENTITY="example.com") == 4
    assert total("SEND", ISP="Gmail", EMAIL_IDENTITY=SENDER) == 4
    assert total("SEND", CONFIGURATION_SET="news") == 0


def test_a_count_of_none_is_no_day(sesv2_fake):
    sesv2_fake.record("SEND", {date(2026, 1, 5): 0, date(2026, 1, 6): 2})

    assert ask("SEND") == {date(2026, 1, 6): 2}


BAD_RECORDS = {
    "metric": (("SENDS", 1), {}, ValueError, "metric: .*'SENDS'; did you mean 'SEND'"),
    "no metric": ((None, 1), {}, TypeError, "metric: expected one of"),
    "negative": (("SEND", -1), {}, ValueError, "values: expected 0 or more, got -1"),
    "negative day": (("SEND", {MONDAY: -1}), {}, ValueError, "values: expected 0 or more"),
    "text day": (("SEND", {"5 January": 1}), {}, ValueError, "values: expected ISO 8601"),
    "naive day": (("SEND", {NAIVE: 1}), {}, ValueError, "values: .* is naive"),
    "at with days": (
        ("SEND", {MONDAY: 1}),
        {"at": MONDAY},
        ValueError,
        "at: conflicts with a mapping",
    ),
    "dimension": (("SEND", 1), {"dimensions": {"ISPS": "Gmail"}}, ValueError, "mean 'ISP'"),
    "isp in lower case": (
        ("SEND", 1),
        {"dimensions": {"ISP": "gmail"}},
        ValueError,
        "writes 'Gmail'",
    ),
    "value": (("SEND", 1), {"dimensions": {"ISP": "*"}}, ValueError, r"dimensions\[ISP\]"),
    "no text": (
        ("SEND", 1),
        {"dimensions": {"ISP": 1}},
        TypeError,
        r"dimensions\[ISP\].* got 1 .int",
    ),
}


@pytest.mark.parametrize(("args", "how", "error", "message"), BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_record_refuses_what_cannot_be_counted(sesv2_fake, args, how, error, message):
    with pytest.raises(error, match=message):
        sesv2_fake.record(*args, **how)

    assert total("SEND") == 0

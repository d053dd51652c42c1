"""The dashboard's tests, in each of the three ways to use the fake."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import boto3
import pytest
from dashboard import rates_of_day

from sesv2_fake import mock_sesv2

DAY = date(2026, 1, 5)
MORNING = datetime(2026, 1, 5, 9, 30, tzinfo=timezone.utc)
WEEK = Path(__file__).parents[1] / "newsletter_week.jsonl"

# The dashboard runs against SES, so what the live service refuses is refused. Most projects set it
# in pyproject.toml: sesv2_fake_contract = "live".
pytestmark = pytest.mark.sesv2_fake(contract="live")


# The fixtures: no import, no set-up.
def test_half_of_the_mail_bounces(sesv2_fake, sesv2_client):
    sesv2_fake.send("News <news@example.com>", "ann@gmail.com", at=MORNING).deliver()
    sesv2_fake.send("news@example.com", "gone@yahoo.com", at=MORNING).bounce("Permanent")

    assert rates_of_day(sesv2_client, DAY).bounce_rate == 0.5


def test_an_open_on_the_next_day_is_not_of_this_day(sesv2_fake, sesv2_client):
    email = sesv2_fake.send("news@example.com", "ann@gmail.com", at=MORNING).deliver()
    email.open(at=MORNING + timedelta(days=1))

    assert rates_of_day(sesv2_client, DAY).open_rate == 0


def test_the_rates_hold_whatever_order_the_results_come_in(sesv2_fake, sesv2_client):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MORNING, count=4).deliver().open(
        count=1
    )

    assert rates_of_day(sesv2_client, DAY).open_rate == 0.25


# The decorator: the object comes as `sesv2_fake` where a parameter asks for it.
@mock_sesv2(contract="live")
def test_each_isp_has_rates_of_its_own(sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MORNING).bounce()
    sesv2_fake.send("news@example.com", "bob@yahoo.com", at=MORNING).deliver()

    client = boto3.client("sesv2", region_name="us-east-1")

    assert rates_of_day(client, DAY, isp="Gmail").bounce_rate == 1
    assert rates_of_day(client, DAY, isp="Yahoo").bounce_rate == 0


# The context manager, here with a week of real-looking records.
def test_a_week_of_the_newsletter():
    with mock_sesv2(contract="live") as ses:
        ses.load_events(WEEK)
        client = boto3.client("sesv2", region_name="us-east-1")

        rates = [rates_of_day(client, DAY + timedelta(days=n)) for n in range(7)]

    assert all(rate.bounce_rate < 0.05 for rate in rates)
    assert all(0.1 < rate.open_rate < 0.5 for rate in rates)

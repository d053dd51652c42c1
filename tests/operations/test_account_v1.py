"""What SES v1 says of the account, before and after it sends."""

from datetime import datetime, timezone

import boto3
import pytest
from asking import client
from freezegun import freeze_time

SENDER = "news@example.com"
ANN = "ann@gmail.com"
NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


@pytest.fixture
def ses(sesv2_fake):
    return client(service="ses")


class TestGetSendQuota:
    def test_says_what_get_account_says(self, ses, sesv2_fake):
        sesv2_fake.account.max_24_hour_send = 200
        sesv2_fake.send(SENDER, ANN, count=3)

        quota = {name: ses.get_send_quota()[name] for name in ("Max24HourSend", "MaxSendRate")}
        assert quota == {"Max24HourSend": 200.0, "MaxSendRate": 14.0}
        assert ses.get_send_quota()["SentLast24Hours"] == 3.0
        assert client().get_account()["SendQuota"] == {**quota, "SentLast24Hours": 3.0}

    def test_over_http(self, sesv2_fake):
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        with sesv2_fake.serve() as url:
            ses = boto3.client("ses", "us-east-1", endpoint_url=url, **keys)

            assert ses.get_send_quota()["MaxSendRate"] == 14.0


class TestGetAccountSendingEnabled:
    @pytest.mark.parametrize("enabled", [True, False])
    def test_is_the_accounts_setting(self, ses, sesv2_fake, enabled):
        sesv2_fake.account.sending_enabled = enabled

        assert ses.get_account_sending_enabled()["Enabled"] is enabled

    def test_is_of_the_region(self, ses):
        client("eu-west-1").put_account_sending_attributes(SendingEnabled=False)

        assert ses.get_account_sending_enabled()["Enabled"] is True


class TestGetSendStatistics:
    def points(self, ses):
        with freeze_time(NOON):
            return ses.get_send_statistics()["SendDataPoints"]

    def test_is_empty_where_nothing_was_sent(self, ses, sesv2_fake):
        sesv2_fake.send(SENDER, ANN, at="2025-12-01")
        sesv2_fake.send(SENDER, ANN, at="2026-01-06")
        sesv2_fake.send(SENDER, ANN, at="2026-01-05", region="eu-west-1")

        assert self.points(ses) == []

    def test_has_a_point_for_each_quarter_of_an_hour(self, ses, sesv2_fake):
        first = sesv2_fake.send(SENDER, ANN, at="2026-01-05T09:14:59Z", count=5)
        first.deliver(count=2).bounce(count=2, at="2026-01-05T09:15:00Z")
        first.complain(count=1, at="2026-01-05T09:29:59Z")
        sesv2_fake.send(SENDER, ANN, at="2026-01-05T09:01:00Z")

        def point(minute, **counts):
            zeros = dict.fromkeys(("DeliveryAttempts", "Bounces", "Complaints", "Rejects"), 0)
            time = datetime(2026, 1, 5, 9, minute, tzinfo=timezone.utc)
            return {"Timestamp": time, **zeros, **counts}

        assert self.points(ses) == [
            point(0, DeliveryAttempts=6),
            point(15, Bounces=2, Complaints=1),
        ]

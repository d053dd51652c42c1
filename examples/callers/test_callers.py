"""Tests of the three modules beside this file, each under both contracts."""

from datetime import datetime, timezone

import boto3
import pytest
from account_gate import bounce_rate
from by_isp import deliveries_by_isp
from newsletter import opened, send_issue

from sesv2_fake import mock_sesv2

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)


@pytest.fixture(params=["documented", "live"])
def fake(request):
    """A fake under each contract, on the Tuesday after `MONDAY`."""
    with mock_sesv2(contract=request.param) as fake:
        fake.freeze("2026-01-06T08:00")
        yield fake


@pytest.fixture
def ses():
    return boto3.client("sesv2", region_name="eu-west-1")


@pytest.mark.usefixtures("fake")
class TestAccountGate:
    def test_the_rate_is_yesterdays(self, fake, ses):
        fake.send("news@example.com", "ann@gmail.com", at=MONDAY, count=10).bounce(count=1)

        assert bounce_rate(ses) == 0.1

    def test_nothing_was_sent(self, ses):
        assert bounce_rate(ses) == 0.0

    @pytest.mark.parametrize("enabled", [False, None])
    def test_no_metric_is_asked_for_if_there_is_none(self, fake, ses, enabled):
        fake.vdm_enabled = enabled

        assert bounce_rate(ses) is None
        assert [call.operation for call in fake.calls] == ["GetAccount"]


class TestByIsp:
    def test_all_in_one_call(self, fake, ses):
        fake.send("news@example.com", "ann@gmail.com", at=MONDAY, count=3).deliver()
        fake.send("news@example.com", "bob@yahoo.com", at=MONDAY, count=2).deliver(count=1)

        assert deliveries_by_isp(ses, ["Gmail", "Yahoo"], MONDAY) == {"Gmail": 3, "Yahoo": 1}
        assert len(fake.calls) == 1

    def test_a_name_that_ses_does_not_take_costs_that_isp_alone(self, fake, ses):
        fake.send("news@example.com", "ann@gmail.com", at=MONDAY).deliver()

        found = deliveries_by_isp(ses, ["Gmail", ""], MONDAY)

        assert found == {"Gmail": 1, "": None}
        assert len(fake.calls) == 3


class TestNewsletter:
    def test_what_was_sent_is_what_was_opened(self, fake, ses):
        subscribers = ["ann@gmail.com", "bob@yahoo.com", "zoe@example.org"]
        ids = send_issue(ses, 7, "<p>Hello</p>", subscribers)

        fake.sent_to("ann@gmail.com").deliver().open()
        fake.sent_to("bob@yahoo.com").deliver()
        fake.sent_to("zoe@example.org").bounce()

        assert opened(ses, 7) == (2, 1)
        assert opened(ses, 8) == (0, 0)
        assert [email.message_id for email in fake.outbox] == ids
        assert fake.outbox[0].subject == "The Weekly, issue 7"

    def test_a_rejected_email_is_not_sent(self, fake, ses):
        fake.fail_requests("MessageRejected", operation="SendEmail", times=1)

        with pytest.raises(ses.exceptions.MessageRejected):
            send_issue(ses, 7, "<p>Hello</p>", ["ann@gmail.com"])

        assert len(fake.outbox) == 0

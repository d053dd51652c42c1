"""`GetMessageInsights`: what happened to one email."""

from datetime import datetime, timedelta, timezone

import boto3
import pytest
from asking import MONDAY, client, has, new_client
from botocore.config import Config
from time_machine import travel

SENDER = "news@example.com"
ANN = "ann@gmail.com"
AN_ID = "0100019b8d4f2c1e-0b7c6a1e-5f0d-4c1a-9a3e-2f4b6d8a0c1e-000000"
SIMPLE = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}}

pytestmark = [
    pytest.mark.usefixtures("frozen"),
    pytest.mark.skipif(not has("GetMessageInsights"), reason="botocore is older than it"),
]


@pytest.fixture
def frozen():
    with travel("2026-01-08", tick=False) as clock:
        yield clock


def insights(message_id="m-1", region="us-east-1"):
    answer = client(region).get_message_insights(MessageId=message_id)
    del answer["ResponseMetadata"]
    return answer


def events(message_id="m-1"):
    (of_recipient,) = insights(message_id)["Insights"]
    return of_recipient["Events"]


def hour(number):
    return MONDAY + timedelta(hours=number)


def test_an_email_of_the_outbox(sesv2_fake):
    message_id = client().send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [ANN]},
        Content=SIMPLE,
        EmailTags=[{"Name": "campaign", "Value": "weekly"}],
    )["MessageId"]

    assert insights(message_id) == {
        "MessageId": message_id,
        "FromEmailAddress": SENDER,
        "Subject": "Hi",
        "EmailTags": [
            {"Name": "campaign", "Value": "weekly"},
            {"Name": "ses:operation", "Value": "SendEmail"},
            {"Name": "ses:sender-identity", "Value": "example.com"},
            {"Name": "ses:source-ip", "Value": "192.0.2.0"},
            {"Name": "ses:from-domain", "Value": "example.com"},
            {"Name": "ses:caller-identity", "Value": "ses_user"},
            {"Name": "ses:recipient-isp", "Value": "Gmail"},
        ],
        "Insights": [
            {
                "Destination": ANN,
                "Isp": "Gmail",
                "Events": [
                    {"Timestamp": datetime(2026, 1, 8, tzinfo=timezone.utc), "Type": "SEND"}
                ],
            }
        ],
    }


def test_the_operation_that_sent_it_is_a_tag(sesv2_fake):
    raw = b"From: news@example.com\nTo: ann@gmail.com\n\nHi"
    v1 = boto3.client("ses", region_name="us-east-1")
    message_id = v1.send_raw_email(RawMessage={"Data": raw})["MessageId"]

    tags = {tag["Name"]: tag["Value"] for tag in insights(message_id)["EmailTags"]}
    record = sesv2_fake.outbox[0].event_record("Send")

    assert tags["ses:operation"] == "SendRawEmail"
    assert record["mail"]["tags"]["ses:operation"] == ["SendRawEmail"]


def test_a_seed_with_a_message_id(sesv2_fake):
    sesv2_fake.send(SENDER, ANN, at=MONDAY, message_id="m-1", isp="Yahoo")

    found = insights()

    assert "Subject" not in found
    assert all(tag["Name"].startswith("ses:") for tag in found["EmailTags"])
    assert {"Name": "ses:recipient-isp", "Value": "Yahoo"} in found["EmailTags"]
    assert found["Insights"][0]["Isp"] == "Yahoo"


def test_an_id_with_odd_characters(sesv2_fake):
    sesv2_fake.send(SENDER, ANN, at=MONDAY, message_id="<1 %/é@x>")

    assert insights("<1 %/é@x>")["MessageId"] == "<1 %/é@x>"


def test_events_come_in_the_order_of_time(sesv2_fake):
    email = sesv2_fake.send(SENDER, ANN, at=MONDAY, message_id="m-1")
    email.open(at=hour(3)).click(at=hour(4)).deliver(at=hour(1)).open(at=hour(2))

    assert [(event["Type"], event["Timestamp"]) for event in events()] == [
        ("SEND", MONDAY),
        ("DELIVERY", hour(1)),
        ("OPEN", hour(2)),
        ("OPEN", hour(3)),
        ("CLICK", hour(4)),
    ]


def test_an_email_is_sent_before_it_is_delivered_within_one_millisecond(sesv2_fake):
    sent_at = "2026-01-05T10:00:00.123456"
    sesv2_fake.send(SENDER, ANN, at=sent_at, message_id="m-1")
    timestamp = {"timestamp": "2026-01-05T10:00:00.123Z"}
    mail = {"messageId": "m-1", "source": SENDER, "destination": [ANN], **timestamp}
    sesv2_fake.load_events([{"eventType": "Delivery", "mail": mail, "delivery": timestamp}])

    assert [event["Type"] for event in events()] == ["SEND", "DELIVERY"]


@pytest.mark.parametrize(
    ("bounce_type", "sub_type", "expected", "code"),
    [
        ("Permanent", "NoEmail", ("PERMANENT", "NO_EMAIL"), "550 5.1.1"),
        ("Transient", "MailboxFull", ("TRANSIENT", "MAILBOX_FULL"), "4.4.7"),
        ("Undetermined", None, ("UNDETERMINED", "UNDETERMINED"), "5.0.0"),
        (
            "Permanent",
            "OnAccountSuppressionList",
            ("PERMANENT", "ON_ACCOUNT_SUPPRESSION_LIST"),
            "suppression list",
        ),
    ],
)
def test_a_bounce_has_its_details(sesv2_fake, bounce_type, sub_type, expected, code):
    email = sesv2_fake.send(SENDER, ANN, at=MONDAY, message_id="m-1")
    email.bounce(bounce_type, sub_type)

    event = events()[1]
    bounce = event["Details"]["Bounce"]
    assert event["Type"] == "BOUNCE"
    assert (bounce["BounceType"], bounce["BounceSubType"]) == expected
    assert code in bounce["DiagnosticCode"]


def test_a_complaint_has_its_details(sesv2_fake):
    email = sesv2_fake.send(SENDER, ANN, at=MONDAY, message_id="m-1")
    email.complain("OnAccountSuppressionList")

    details = events()[1]["Details"]
    assert details == {"Complaint": {"ComplaintSubType": "ON_ACCOUNT_SUPPRESSION_LIST"}}


def test_event_records_alone(sesv2_fake):
    record = {
        "eventType": "Complaint",
        "mail": {
            "timestamp": "2026-01-05T00:00:00.000Z",
            "messageId": "m-1",
            "source": SENDER,
            "destination": ["ann@example.org"],
            "commonHeaders": {"subject": "Hi"},
            "tags": {"ses:recipient-isp": ["Yahoo"], "campaign": ["weekly"]},
        },
        "complaint": {
            "timestamp": "2026-01-05T01:00:00.000Z",
            "complaintFeedbackType": "abuse",
        },
    }
    sesv2_fake.load_events([record])

    found = insights()
    assert found.pop("EmailTags")[0] == {"Name": "campaign", "Value": "weekly"}
    assert found == {
        "MessageId": "m-1",
        "FromEmailAddress": SENDER,
        "Subject": "Hi",
        "Insights": [
            {
                "Destination": "ann@example.org",
                "Isp": "Yahoo",
                "Events": [
                    {
                        "Timestamp": hour(1),
                        "Type": "COMPLAINT",
                        "Details": {"Complaint": {"ComplaintFeedbackType": "abuse"}},
                    }
                ],
            }
        ],
    }


class TestNotFound:
    @pytest.mark.parametrize(
        "how",
        [
            {"to": [ANN, "b@x.org"]},
            {"to": "success@simulator.amazonses.com"},
            {"at": MONDAY - timedelta(days=28)},
            {"region": "eu-west-1"},
        ],
        ids=["several recipients", "mailbox simulator", "31 days old", "another region"],
    )
    def test_is_one_that_is_not_kept(self, sesv2_fake, how):
        sesv2_fake.send(SENDER, **{"to": ANN, "at": MONDAY, "message_id": AN_ID, **how})

        with pytest.raises(client().exceptions.NotFoundException, match=f"<{AN_ID}> not found"):
            insights(AN_ID)

    def test_is_one_that_nobody_knows(self, sesv2_fake):
        with pytest.raises(client().exceptions.NotFoundException) as caught:
            insights(AN_ID)

        words = f"Message <{AN_ID}> not found for account <123456789012>"
        assert caught.value.response["Error"]["Message"] == words

    def test_is_none_of_an_id_that_no_message_can_have(self, sesv2_fake):
        with pytest.raises(client().exceptions.BadRequestException, match="not-a-message-id"):
            insights("not-a-message-id")

    def test_30_days_are_kept(self, sesv2_fake):
        sesv2_fake.send(SENDER, ANN, at="2025-12-09", message_id="m-1")

        assert len(events()) == 1

    @pytest.mark.sesv2_fake(vdm_enabled=None)
    def test_is_all_while_vdm_is_off(self, sesv2_fake):
        with pytest.raises(client().exceptions.NotFoundException, match="must enable Virtual"):
            insights()


@pytest.mark.sesv2_fake(enforce_rate_limits=True)
def test_more_than_one_a_second_is_throttled(sesv2_fake, frozen):
    sesv2_fake.send(SENDER, ANN, at=MONDAY, message_id="m-1")
    once = new_client(config=Config(retries={"total_max_attempts": 1}))
    once.get_message_insights(MessageId="m-1")
    with pytest.raises(once.exceptions.TooManyRequestsException):
        once.get_message_insights(MessageId="m-1")
    frozen.shift(1)

    once.get_message_insights(MessageId="m-1")


def test_a_fault_has_the_operations_own_errors(sesv2_fake):
    sesv2_fake.send(SENDER, ANN, at=MONDAY, message_id="m-1")
    sesv2_fake.fail_requests("NotFoundException", operation="GetMessageInsights", times=1)

    with pytest.raises(client().exceptions.NotFoundException, match="doesn't exist"):
        insights()


@pytest.mark.parametrize("message_id", ["m-1", ""])
def test_a_malformed_or_empty_message_id_is_a_400(sesv2_fake, message_id):
    with pytest.raises(client().exceptions.BadRequestException):
        client().get_message_insights(MessageId=message_id)

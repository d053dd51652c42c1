"""The event records of seeded emails: AWS's shapes, and what `load_events` takes."""

import base64
import json
import re
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from asking import DAY, MONDAY, client, query, total
from hypothesis import given
from hypothesis import strategies as st

from sesv2_fake import mock_sesv2

# From AWS's SES developer guide, see data/README.md.
GUIDE = Path(__file__).parents[1] / "data" / "aws_developer_guide.jsonl"
SAMPLES = {
    sample["eventType"]: sample for sample in map(json.loads, GUIDE.read_text().splitlines())
}
TYPES = ["Send", "Delivery", "Bounce", "Complaint", "Open", "Click"]
UNCOUNTED = ["Reject", "Rendering Failure", "DeliveryDelay", "Subscription"]


def seeded(fake, **how):
    how = {"at": MONDAY, "configuration_set": "news", **how}
    email = fake.send("news@example.com", "ann@yahoo.com", **how)
    return email.deliver().bounce().complain().open().click()


def members(value):
    return {name: type(member) for name, member in value.items()}


@pytest.mark.parametrize("event_type", [*TYPES, *UNCOUNTED])
def test_a_record_has_the_shape_of_awss_sample(sesv2_fake, event_type):
    record, sample = seeded(sesv2_fake).event_record(event_type), SAMPLES[event_type]
    part = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}.get(
        event_type, event_type.lower()
    )
    sample["mail"]["sourceArn"] = ""  # which the samples of opens and clicks alone do not have
    if event_type == "Click":
        sample["click"]["linkTags"] = None  # the link has none

    assert members(record) == members(sample)
    assert members(record["mail"]) == members(sample["mail"])
    if "headers" in sample["mail"]:
        assert members(record["mail"]["commonHeaders"]) == members(sample["mail"]["commonHeaders"])
    assert members(record[part]) == members(sample[part])
    for recipients in ("bouncedRecipients", "complainedRecipients"):
        if recipients in sample[part]:
            assert members(record[part][recipients][0]) == members(sample[part][recipients][0])


def test_a_record_says_what_was_seeded(sesv2_fake):
    email = sesv2_fake.send(
        "news@example.com",
        "ann@yahoo.com",
        at="2026-01-05T09:30",
        message_id="m-1",
        identity="brand.example",
        configuration_set="news",
        region="eu-west-1",
    )
    email.deliver(at="2026-01-05T09:30:02.5").bounce("Transient", "MailboxFull", at="2026-01-06")
    mail = email.event_record("Send")["mail"]
    bounce = email.event_record("Bounce")["bounce"]

    assert mail["timestamp"] == "2026-01-05T09:30:00.000Z"
    assert (mail["messageId"], mail["source"]) == ("m-1", "news@example.com")
    assert mail["sourceArn"] == "arn:aws:ses:eu-west-1:123456789012:identity/brand.example"
    assert mail["destination"] == ["ann@yahoo.com"]
    assert mail["tags"]["ses:configuration-set"] == ["news"]
    assert mail["tags"]["ses:recipient-isp"] == ["Yahoo"]
    assert email.event_record("Delivery")["delivery"]["processingTimeMillis"] == 2500
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "MailboxFull")
    assert bounce["timestamp"] == "2026-01-06T00:00:00.000Z"


def test_the_suppression_list_is_told(sesv2_fake):
    email = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY)
    email.bounce(sub_type="OnAccountSuppressionList").complain("OnAccountSuppressionList")
    bounce = email.event_record("Bounce")["bounce"]

    assert bounce["bounceSubType"] == "OnAccountSuppressionList"
    assert bounce["reportingMTA"] == "dns; amazonses.com"
    (recipient,) = bounce["bouncedRecipients"]
    assert (recipient["action"], recipient["status"]) == ("failed", "5.1.1")
    assert recipient["diagnosticCode"].startswith(
        "Amazon SES did not send the message to this address because it is on the suppression list "
    )
    assert members(email.event_record("Complaint")["complaint"]) == {
        "complainedRecipients": list,
        "timestamp": str,
        "feedbackId": str,
        "complaintSubType": str,
    }


def test_types_without_a_metric_need_no_event(sesv2_fake):
    email = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY)

    records = [email.event_record(kind) for kind in UNCOUNTED]

    assert [record["eventType"] for record in records] == UNCOUNTED
    assert records[0]["reject"] == {"reason": "Bad content"}
    assert records[2]["deliveryDelay"]["timestamp"] == "2026-01-05T00:00:00.000Z"
    assert sesv2_fake.load_events(records).skipped == Counter(UNCOUNTED)


def test_a_rendering_failure_names_the_template(sesv2_fake):
    send({"Template": {"TemplateName": "Welcome", "TemplateData": "{}"}})

    failure = sesv2_fake.outbox[0].event_record("Rendering Failure")["failure"]
    assert failure["templateName"] == "Welcome"


SENDER = "News Desk <News@Example.com>"


def send(content=None, **members):
    simple = {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "Hi"}}}
    request = {
        "FromEmailAddress": SENDER,
        "Destination": {
            "ToAddresses": ["Ann <Ann@Yahoo.com>"],
            "CcAddresses": ["Bob@Gmail.com"],
            "BccAddresses": ["carl@yahoo.com"],
        },
        "Content": content or {"Simple": simple},
        **members,
    }
    return client().send_email(**request)["MessageId"]


class TestOfTheOutbox:
    """The records of what the code under test sent say what was in it."""

    def test_addresses_are_as_given_and_bcc_is_no_header(self, sesv2_fake):
        message_id = send(ReplyToAddresses=["help@x.org"])

        mail = sesv2_fake.outbox[0].event_record("Send")["mail"]
        assert (mail["source"], mail["messageId"]) == (SENDER, message_id)
        assert mail["destination"] == ["Ann <Ann@Yahoo.com>", "Bob@Gmail.com", "carl@yahoo.com"]
        assert mail["commonHeaders"] == {
            "from": [SENDER],
            "to": ["Ann <Ann@Yahoo.com>"],
            "cc": ["Bob@Gmail.com"],
            "messageId": message_id,
            "subject": "Grüße",
        }
        assert mail["headersTruncated"] is False
        assert {one["name"]: one["value"] for one in mail["headers"]} == {
            "From": SENDER,
            "Reply-To": "help@x.org",
            "To": "Ann <Ann@Yahoo.com>",
            "Cc": "Bob@Gmail.com",
            "Subject": "Grüße",
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=UTF-8",
        }

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            ({"Html": {"Data": "Hi"}}, "text/html"),
            ({"Html": {"Data": "Hi"}, "Text": {"Data": "Hi"}}, "multipart/alternative"),
        ],
    )
    def test_the_content_type_is_that_of_the_body(self, sesv2_fake, body, content_type):
        send({"Simple": {"Subject": {"Data": "Hi"}, "Body": body}})

        headers = sesv2_fake.outbox[0].event_record("Send")["mail"]["headers"]
        assert headers[-1]["value"].partition(";")[0] == content_type

    def test_headers_of_a_raw_email_are_its_own(self, sesv2_fake):
        raw = EmailMessage()
        raw["From"], raw["To"] = SENDER, '"Lee, Ann" <Ann@Yahoo.com>, bob@gmail.com'
        raw["Subject"], raw["Date"] = "Grüße", "Mon, 05 Jan 2026 09:30:00 +0000"
        raw["X-Tag"] = "first"
        raw["X-Tag"] = "second"
        raw["X-Metadata"] = "{" + " ".join(["12345678"] * 20) + "}"
        raw.set_content("Hi")
        send({"Raw": {"Data": raw.as_bytes()}}, Destination={})

        mail = sesv2_fake.outbox[0].event_record("Send")["mail"]
        headers = [(one["name"], one["value"]) for one in mail["headers"]]
        assert [value for name, value in headers if name == "X-Tag"] == ["first", "second"]
        assert dict(headers)["X-Metadata"] == raw["X-Metadata"]
        assert dict(headers)["Subject"].startswith("=?utf-8?")
        assert mail["commonHeaders"] == {
            "from": [SENDER],
            "to": ['"Lee, Ann" <Ann@Yahoo.com>', "bob@gmail.com"],
            "date": "Mon, 05 Jan 2026 09:30:00 +0000",
            "messageId": sesv2_fake.outbox[0].message_id,
            "subject": "Grüße",
        }

    def test_headers_beyond_ten_kilobytes_are_cut(self, sesv2_fake):
        raw = EmailMessage()
        raw["From"], raw["To"] = SENDER, "ann@yahoo.com"
        for number in range(20):
            raw[f"X-{number}"] = "x" * 700
        send({"Raw": {"Data": raw.as_bytes()}})

        mail = sesv2_fake.outbox[0].event_record("Send")["mail"]
        assert mail["headersTruncated"] is True
        sizes = [len(one["name"]) + len(one["value"]) for one in mail["headers"]]
        assert 9_000 < sum(sizes) <= 10_240

    def test_a_send_of_a_template_has_no_subject_and_no_arn(self, sesv2_fake):
        send({"Template": {"TemplateName": "Welcome", "TemplateData": "{}"}})

        email = sesv2_fake.outbox[0].deliver()
        sent, delivered = (email.event_record(kind)["mail"] for kind in ("Send", "Delivery"))
        assert ("sourceArn" in sent, "sourceArn" in delivered) == (False, True)
        assert "subject" not in sent["commonHeaders"]

    def test_it_is_about_the_recipients_of_the_event_alone(self, sesv2_fake):
        send()
        (email,) = sesv2_fake.outbox
        email.bounce(recipients="BOB@gmail.com").deliver(
            recipients=["Ann@yahoo.com", "carl@yahoo.com"]
        )
        email.complain(recipients="carl@yahoo.com")

        bounce = email.event_record("Bounce")["bounce"]
        assert [one["emailAddress"] for one in bounce["bouncedRecipients"]] == ["Bob@Gmail.com"]
        delivery = email.event_record("Delivery")["delivery"]
        assert delivery["recipients"] == ["Ann@Yahoo.com", "carl@yahoo.com"]
        # A provider does not say who of its people complained.
        complaint = email.event_record("Complaint")["complaint"]
        assert [one["emailAddress"] for one in complaint["complainedRecipients"]] == [
            *("Ann@Yahoo.com", "carl@yahoo.com")
        ]

    def test_they_alone_come_onto_the_suppression_list(self, sesv2_fake):
        send()
        sesv2_fake.outbox[0].bounce(recipients="bob@gmail.com")

        assert list(sesv2_fake.suppression_list()) == ["Bob@gmail.com"]

    def test_each_recipient_has_an_event_once(self, sesv2_fake):
        send()
        (email,) = sesv2_fake.outbox
        email.bounce(recipients="ann@yahoo.com").bounce("Transient", recipients="carl@yahoo.com")

        for recipients in ("ann@yahoo.com", ["bob@gmail.com", "carl@yahoo.com"], None):
            with pytest.raises(ValueError, match="cannot mark 1 more email as bounced"):
                email.bounce(recipients=recipients)
        with pytest.raises(ValueError, match=r"recipients: eve@x\.org is none of Ann@"):
            email.deliver(recipients="eve@x.org")
        with pytest.raises(ValueError, match="recipients: expected at least one recipient"):
            email.deliver(recipients=[])


def test_the_simulators_suppression_list_has_words_of_its_own(sesv2_fake):
    to = "suppressionlist+x@simulator.amazonses.com"
    email = sesv2_fake.send("news@example.com", to, at=MONDAY).bounce()

    (recipient,) = email.event_record("Bounce")["bounce"]["bouncedRecipients"]
    assert recipient["diagnosticCode"] == (
        f"smtp; 550 5.1.1 As requested: user unknown (suppressed address: {to})"
    )


def test_the_signature_of_a_notification_can_be_read_and_is_wrong(sesv2_fake):
    sns = seeded(sesv2_fake).event_record("Open", wrapped="sns")

    assert len(base64.b64decode(sns["Signature"], validate=True)) == 256
    assert re.fullmatch(
        r"https://sns\.us-east-1\.amazonaws\.com/SimpleNotificationService-[0-9a-f]{32}\.pem",
        sns["SigningCertURL"],
    )


def test_the_record_is_of_the_event_told_last(sesv2_fake):
    email = seeded(sesv2_fake).open(at=MONDAY + DAY)

    assert email.event_record("Open")["open"]["timestamp"] == "2026-01-06T00:00:00.000Z"


def test_alike_emails_give_the_record_of_one(sesv2_fake):
    email = seeded(sesv2_fake, count=100)
    record = email.event_record("Send")
    sesv2_fake.reset()
    sesv2_fake.load_events([record])

    assert total("SEND") == 1


def test_an_event_that_did_not_happen_has_no_record(sesv2_fake):
    email = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY)
    none = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, count=0).deliver()

    with pytest.raises(ValueError, match=r"^event_type: no Delivery happened to <Email: email of"):
        email.event_record("Delivery")
    with pytest.raises(ValueError, match="no Send happened"):
        none.event_record("Send")
    with pytest.raises(ValueError, match=r"event_type: expected one of Send.*mean 'Delivery'"):
        email.event_record("Delivered")


def test_an_email_without_a_message_id_gets_one_for_good(sesv2_fake):
    first, second = seeded(sesv2_fake), seeded(sesv2_fake)
    ids = [
        email.event_record(kind)["mail"]["messageId"] for email in (first, second) for kind in TYPES
    ]

    assert Counter(ids) == {first.message_id: 6, second.message_id: 6}
    assert first.message_id.startswith(f"0100{1767571200000:012x}-")
    assert first.message_id.endswith("-000000")


def test_a_record_of_what_was_seeded_is_no_new_event(sesv2_fake):
    email = seeded(sesv2_fake)

    loaded = sesv2_fake.load_events(email.event_record(kind) for kind in TYPES)

    assert (loaded.taken, loaded.repeated) == (Counter(), Counter(TYPES))
    metrics = ("SEND", "DELIVERY", "PERMANENT_BOUNCE", "COMPLAINT", "OPEN", "CLICK")
    assert [total(metric) for metric in metrics] == [1] * 6


def test_changes_give_members_other_values(sesv2_fake):
    email = seeded(sesv2_fake)
    bounce = email.event_record(
        "Bounce",
        bounceSubType="NoEmail",
        timestamp="2026-02-01T00:00:00.000Z",
        remoteMtaIp="192.0.2.9",
        source="Other <other@example.com>",
    )
    send = email.event_record("Send", timestamp="2026-02-01T00:00:00.000Z", tags={})

    assert (bounce["bounce"]["bounceSubType"], bounce["bounce"]["remoteMtaIp"]) == (
        "NoEmail",
        "192.0.2.9",
    )
    assert bounce["bounce"]["timestamp"] == "2026-02-01T00:00:00.000Z"
    assert bounce["mail"]["timestamp"] == "2026-01-05T00:00:00.000Z"
    assert bounce["mail"]["source"] == "Other <other@example.com>"
    assert (send["mail"]["timestamp"], send["mail"]["tags"]) == ("2026-02-01T00:00:00.000Z", {})


def test_a_change_of_what_no_record_has_is_an_error(sesv2_fake):
    email = seeded(sesv2_fake)

    with pytest.raises(
        TypeError,
        match=r"^bounceSubtype: no member of 'bounce' or 'mail' in a record; "
        r"did you mean 'bounceSubType'\?$",
    ):
        email.event_record("Bounce", bounceSubtype="NoEmail")
    with pytest.raises(TypeError, match=r"^link: no member of 'open' or 'mail'"):
        email.event_record("Open", link="https://example.com/")


@pytest.mark.parametrize("wrapped", [None, "sns", "lambda", "eventbridge"])
def test_wrapped_records_are_what_load_events_takes(sesv2_fake, wrapped):
    email = seeded(sesv2_fake)
    records = [email.event_record(kind, wrapped=wrapped) for kind in TYPES]
    sesv2_fake.reset()

    assert sesv2_fake.load_events(records).taken == dict.fromkeys(TYPES, 1)
    assert json.loads(json.dumps(records)) == records


def test_each_wrapping_has_its_own_members(sesv2_fake):
    email = seeded(sesv2_fake)
    record = email.event_record("Bounce")
    sns = email.event_record("Bounce", wrapped="sns")
    function = email.event_record("Bounce", wrapped="lambda")["Records"][0]
    event = email.event_record("Bounce", wrapped="eventbridge")

    assert (sns["Type"], json.loads(sns["Message"])) == ("Notification", record)
    assert (function["EventSource"], json.loads(function["Sns"]["Message"])) == ("aws:sns", record)
    assert "SigningCertURL" in sns
    assert "SigningCertUrl" in function["Sns"]
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "aws.ses",
        "Email Bounced",
        record,
    )
    assert event["time"] == "2026-01-05T00:00:00Z"
    assert event["resources"] == ["arn:aws:ses:us-east-1:123456789012:configuration-set/news"]
    with pytest.raises(ValueError, match="wrapped: expected one of sns, lambda, eventbridge"):
        email.event_record("Bounce", wrapped="sqs")


EMAILS = st.fixed_dictionaries(
    {
        "to": st.sampled_from(["ann@yahoo.com", "success@simulator.amazonses.com"])
        | st.just(["ann@yahoo.com", "bob@gmail.com"]),
        "configuration_set": st.none() | st.just("news"),
        "identity": st.none() | st.just("example.org"),
        "isp": st.none() | st.just("Gmx"),
        "region": st.none() | st.just("us-east-1"),
        "at": st.integers(0, 3 * 86_400).map(lambda second: MONDAY + timedelta(seconds=second)),
    }
)
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                ("deliver",),
                ("bounce", "Permanent"),
                ("bounce", "Transient", "MailboxFull"),
                ("bounce", "Undetermined"),
                ("bounce", "Permanent", "OnAccountSuppressionList"),
                ("complain",),
                ("complain", "OnAccountSuppressionList"),
                ("open",),
                ("click",),
            ]
        ),
        st.integers(0, 3 * 86_400_000).map(lambda part: MONDAY + timedelta(milliseconds=part)),
    ),
    max_size=6,
)
RECORD_OF = {
    "deliver": "Delivery",
    "bounce": "Bounce",
    "complain": "Complaint",
    "open": "Open",
    "click": "Click",
}


@given(st.lists(st.tuples(EMAILS, HAPPENINGS), max_size=3), st.sampled_from([None, "sns"]))
def test_the_records_of_what_was_seeded_give_the_same_counts(seeds, wrapped):
    records = []
    with mock_sesv2() as fake:
        for how, happenings in seeds:
            email = fake.send("news@example.com", **how)
            records.append(email.event_record("Send", wrapped=wrapped))
            seen = set()
            for (name, *args), at in happenings:
                if name in ("open", "click") or name not in seen:
                    seen.add(name)
                    getattr(email, name)(*args, at=at)
                    records.append(email.event_record(RECORD_OF[name], wrapped=wrapped))
        seeded = answers()
    with mock_sesv2() as fake:
        fake.load_events(records)
        assert answers() == seeded


def answers():
    metrics = (
        *("SEND", "DELIVERY", "PERMANENT_BOUNCE", "TRANSIENT_BOUNCE", "COMPLAINT"),
        *("OPEN", "CLICK", "DELIVERY_OPEN", "DELIVERY_CLICK", "DELIVERY_COMPLAINT"),
    )
    filters = (
        *({}, {"ISP": "Yahoo"}, {"ISP": "Gmx"}, {"CONFIGURATION_SET": "news"}),
        *({"EMAIL_IDENTITY": "example.com"}, {"EMAIL_IDENTITY": "example.org"}),
    )
    asking = client()
    queries = [
        query(metric, id=metric, **dimensions) for dimensions in filters for metric in metrics
    ]
    return [
        {name: result[name] for name in ("Id", "Timestamps", "Values")}
        for place in range(0, len(queries), 10)
        for result in asking.batch_get_metric_data(Queries=queries[place : place + 10])["Results"]
    ]


@pytest.mark.parametrize("tags", ["x", None, 5, [], {"ses:configuration-set": "x"}, {"x": ["y"]}])
@pytest.mark.parametrize("wrapped", [None, "sns", "lambda", "eventbridge"])
def test_a_record_can_have_tags_that_ses_does_not_write(sesv2_fake, tags, wrapped):
    email = sesv2_fake.send(
        "news@example.com", "ann@gmail.com", at=MONDAY, configuration_set="weekly"
    )

    event = email.event_record("Send", wrapped=wrapped, tags=tags)
    assert json.dumps(tags) in json.dumps(event).replace("\\", "")
    assert event.get("resources", []) == []


@pytest.mark.parametrize("value", [MONDAY, {1, 2}, b"x"])
def test_a_member_that_json_cannot_hold_is_an_error(sesv2_fake, value):
    email = sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY)

    with pytest.raises(TypeError, match="tags: expected what JSON can hold, got "):
        email.event_record("Send", tags=value)

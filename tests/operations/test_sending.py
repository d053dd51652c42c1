"""Emails that the code under test sends, through clients of SES v2 and SES v1."""

import base64
import json
import sys
from email.message import EmailMessage

import pytest
from asking import OPERATIONS, answer_of, ask, client, has, new_account, new_client, total
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from time_machine import travel

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
ANN = "ann@gmail.com"
NOW = "2026-01-05T09:30:00"
LINK = '<p><a href="https://example.com/">here</a></p>'

pytestmark = pytest.mark.usefixtures("frozen")
RECENT = pytest.mark.skipif(
    not has("SendEmail", "ConfigurationOverrides"), reason="botocore is older than these members"
)


@pytest.fixture
def frozen():
    with travel(NOW, tick=False):
        yield


INLINE = pytest.mark.skipif(
    not has("SendEmail", "Content.Template.TemplateContent"), reason="botocore is older than it"
)


def v1(region="us-east-1"):
    return client(region, "ses")


def simple(subject="Hello", html=None, text="Hello"):
    body = {"Text": {"Data": text}} | ({"Html": {"Data": html}} if html else {})
    return {"Subject": {"Data": subject}, "Body": body}


def send(to=ANN, *, using=None, sender=SENDER, content=None, **members):
    """Send a simple email by SES v2, and give its message id."""
    destination = {"ToAddresses": [to]} if isinstance(to, str) else to
    return (using or client()).send_email(
        **({"FromEmailAddress": sender} if sender else {}),
        Destination=destination,
        Content=content or {"Simple": simple()},
        **members,
    )["MessageId"]


def raw(**headers):
    """A raw email with these headers, `_` for `-`."""
    message = EmailMessage()
    for name, value in {"From": SENDER, "To": ANN, "Subject": "Hello", **headers}.items():
        if value is not None:
            message[name.replace("_", "-")] = value
    message.set_content("Hello")
    return message


def in_v1(operation):
    """Send one email by an operation of SES v1."""
    ses, destination = v1(), {"ToAddresses": [ANN]}
    if operation == "SendEmail":
        return ses.send_email(Source=SENDER, Destination=destination, Message=simple())
    if operation == "SendRawEmail":
        return ses.send_raw_email(RawMessage={"Data": raw().as_bytes()})
    if operation == "SendTemplatedEmail":
        return ses.send_templated_email(
            Source=SENDER, Destination=destination, Template="T", TemplateData="{}"
        )
    answer = ses.send_bulk_templated_email(
        Source=SENDER,
        Destinations=[{"Destination": destination, "ReplacementTemplateData": "{}"}],
        Template="T",
        DefaultTemplateData="{}",
    )
    (status,) = answer["Status"]
    assert status["Status"] == "Success"
    return status


V1 = ["SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail"]


class TestAccepted:
    @RECENT
    def test_an_email_is_in_the_outbox_with_all_that_the_request_says(self, sesv2_fake):
        message_id = send(
            {"ToAddresses": ["Ann <Ann@Gmail.com>"], "CcAddresses": ["b@x.org"]},
            using=client("eu-west-1"),
            sender="News <News@Example.com>",
            ConfigurationSetName="weekly",
            TenantName="shop",
            EmailTags=[{"Name": "campaign", "Value": "new-year"}],
        )

        (email,) = sesv2_fake.outbox
        assert email.sender == "News@Example.com"
        assert (email.to, email.cc) == (("Ann@Gmail.com",), ("b@x.org",))
        assert email.subject == "Hello"
        assert email.message_id == message_id
        assert email.configuration_set == "weekly"
        assert email.tenant == "shop"
        assert email.tags == {"campaign": "new-year"}
        assert email.region == "eu-west-1"
        assert email.sent_at.isoformat() == f"{NOW}+00:00"

    def test_a_message_id_has_sess_form_and_is_nobody_elses(self, sesv2_fake):
        ids = [send(), send()]

        assert len(set(ids)) == 2
        assert all(len(one) == 60 and one.startswith("0100") for one in ids)

    @RECENT
    def test_it_counts_as_sent(self, sesv2_fake):
        send(ConfigurationSetName="weekly", TenantName="shop")

        assert total("SEND", CONFIGURATION_SET="weekly", TENANT_NAME="shop", ISP="Gmail") == 1
        assert total("SEND", EMAIL_IDENTITY="example.com") == 1
        assert total("SEND", using=client("eu-west-1")) == 0

    def test_events_are_told_as_for_a_seed(self, sesv2_fake):
        send(content={"Simple": simple(html=LINK)})

        sesv2_fake.outbox[0].deliver().open().click()

        assert [total(metric) for metric in ("DELIVERY", "OPEN", "CLICK")] == [1, 1, 1]

    def test_it_is_found_by_its_recipient(self, sesv2_fake):
        send("bob@yahoo.com")
        send()

        sesv2_fake.sent_to(ANN).bounce()

        assert total("PERMANENT_BOUNCE", ISP="Gmail") == 1
        with pytest.raises(LookupError, match=r"no email was sent to zoe@x.org; sent: to bob@"):
            sesv2_fake.sent_to("zoe@x.org")

    def test_the_identity_of_the_request_is_one_of_its_own(self, sesv2_fake):
        arn = "arn:aws:ses:us-east-1:123456789012:identity/Parent.org"
        send(FromEmailAddressIdentityArn=arn)

        assert total("SEND", EMAIL_IDENTITY="parent.org") == 1

    def test_several_recipients_are_in_no_metric(self, sesv2_fake):
        send({"ToAddresses": [ANN], "BccAddresses": ["b@x.org"]})

        assert total("SEND") == 0

    @pytest.mark.parametrize("operation", V1)
    def test_ses_v1_sends_too(self, sesv2_fake, operation):
        message_id = in_v1(operation)["MessageId"]

        (email,) = sesv2_fake.outbox
        assert (email.sender, email.to) == (SENDER, (ANN,))
        assert email.message_id == message_id
        assert email.subject == ("Hello" if operation in V1[:2] else None)
        assert total("SEND") == 1

    def test_the_members_of_ses_v1(self, sesv2_fake):
        v1().send_email(
            Source="News <news@example.com>",
            SourceArn="arn:aws:ses:us-east-1:123456789012:identity/parent.org",
            Destination={"CcAddresses": [ANN, "b@x.org"]},
            Message=simple("Fish & <chips>", html=LINK),
            ConfigurationSetName="weekly",
            Tags=[{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}],
        )

        (email,) = sesv2_fake.outbox
        assert email.cc == (ANN, "b@x.org")
        assert email.subject == "Fish & <chips>"
        assert email.configuration_set == "weekly"
        assert email.tags == {"a": "1", "b": "2"}
        assert "EMAIL_IDENTITY=news@example.com" in repr(email)

    def test_more_than_nine_members_of_ses_v1_keep_their_order(self, sesv2_fake):
        to = [f"user{number}@x.org" for number in range(12)]
        v1().send_email(Source=SENDER, Destination={"ToAddresses": to}, Message=simple())

        assert list(sesv2_fake.outbox[0].to) == to

    def test_a_call_says_to_whom(self, sesv2_fake):
        send({"ToAddresses": [ANN, "b@x.org", "c@x.org", "d@x.org"]})

        (call,) = sesv2_fake.calls
        assert call.operation == "SendEmail"
        assert list(call.emails) == list(sesv2_fake.outbox)
        expected = "us-east-1, SendEmail: sent to ann@gmail.com, b@x.org, c@x.org and 1 more"
        assert repr(call) == f"<Call: {expected}>"

    def test_the_report_says_what_was_sent_and_why_it_is_in_no_metric(self, sesv2_fake):
        send()
        send({"ToAddresses": [ANN, "b@x.org"]})
        send("success@simulator.amazonses.com")

        report = sesv2_fake.report()

        assert "3 emails sent by your code: ann@gmail.com, ann@gmail.com + b@x.org," in report
        assert "  in no metric, several recipients: ann@gmail.com + b@x.org\n" in report
        assert "  in no metric, mailbox simulator: success@simulator.amazonses.com\n" in report

    def test_a_reset_empties_the_outbox(self, sesv2_fake):
        send()
        sesv2_fake.reset()

        assert list(sesv2_fake.outbox) == []


class TestBulk:
    def test_each_entry_is_an_email_of_its_own(self, sesv2_fake):
        answer = client().send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={"Template": {"TemplateName": "T", "TemplateData": "{}"}},
            DefaultEmailTags=[{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}],
            BulkEmailEntries=[
                {"Destination": {"ToAddresses": [ANN]}},
                {
                    "Destination": {"ToAddresses": ["b@x.org"]},
                    "ReplacementTags": [{"Name": "b", "Value": "3"}],
                },
            ],
            ConfigurationSetName="weekly",
        )

        assert answer["BulkEmailEntryResults"] == [
            {"Status": "SUCCESS", "MessageId": email.message_id} for email in sesv2_fake.outbox
        ]
        assert [email.to for email in sesv2_fake.outbox] == [(ANN,), ("b@x.org",)]
        tags = [email.tags for email in sesv2_fake.outbox]
        assert tags == [{"a": "1", "b": "2"}, {"a": "1", "b": "3"}]
        assert total("SEND", CONFIGURATION_SET="weekly") == 2

    def test_a_bad_entry_harms_no_other(self, sesv2_fake):
        answer = client().send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={"Template": {"TemplateName": "T"}},
            BulkEmailEntries=[{"Destination": {}}, {"Destination": {"ToAddresses": [ANN]}}],
        )

        assert answer["BulkEmailEntryResults"] == [
            {
                "Status": "INVALID_PARAMETER",
                "Error": "The message must have at least one recipient.",
            },
            {"Status": "SUCCESS", "MessageId": sesv2_fake.sent_to(ANN).message_id},
        ]

    def test_a_bad_entry_of_ses_v1(self, sesv2_fake):
        answer = v1().send_bulk_templated_email(
            Source=SENDER,
            Template="T",
            DefaultTemplateData="{}",
            DefaultTags=[{"Name": "a", "Value": "1"}],
            Destinations=[
                {"Destination": {"ToAddresses": ["nobody"]}, "ReplacementTemplateData": "{}"},
                {"Destination": {"ToAddresses": ["bob@x.org"]}},
                {
                    "Destination": {"ToAddresses": [ANN]},
                    "ReplacementTags": [{"Name": "b", "Value": "2"}],
                    "ReplacementTemplateData": "{}",
                },
            ],
        )

        assert answer["Status"] == [
            {"Status": "InvalidParameterValue", "Error": "Missing final '@domain'"},
            {"Status": "InvalidParameterValue", "Error": "The template data is invalid"},
            {"Status": "Success", "MessageId": sesv2_fake.sent_to(ANN).message_id},
        ]
        assert sesv2_fake.sent_to(ANN).tags == {"a": "1", "b": "2"}


def by_v2(message, **members):
    data = message.as_bytes() if isinstance(message, EmailMessage) else message
    return client().send_email(Content={"Raw": {"Data": data}}, **members)


def by_v1(message, **members):
    renamed = {
        "FromEmailAddress": "Source",
        "EmailTags": "Tags",
        "FromEmailAddressIdentityArn": "SourceArn",
    }
    if destination := members.pop("Destination", {}):
        members["Destinations"] = [a for some in destination.values() for a in some]
    given = {renamed.get(name, name): value for name, value in members.items()}
    data = message.as_bytes() if isinstance(message, EmailMessage) else message
    return v1().send_raw_email(RawMessage={"Data": data}, **given)


#: Parts within parts, more than a parser bears.
NESTED = b"From: a@x.org\nTo: b@x.org\n" + b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth)
    for depth in range(2_000)
)

BOTH = pytest.mark.parametrize("send_raw", [by_v2, by_v1], ids=["v2", "v1"])


@BOTH
class TestRaw:
    def test_sender_recipients_and_subject_are_those_of_the_headers(self, sesv2_fake, send_raw):
        send_raw(
            raw(
                From="Ünal <News@example.com>",
                To="Ann <ann@gmail.com>, b@x.org",
                Cc='"C, D" <c@x.org>',
                Bcc="e@x.org",
                Subject="Grüße, und ein sehr langer Betreff, der gefaltet werden muss: " + "ä" * 30,
            )
        )

        (email,) = sesv2_fake.outbox
        assert email.sender == "News@example.com"
        assert (email.to, email.cc, email.bcc) == ((ANN, "b@x.org"), ("c@x.org",), ("e@x.org",))
        assert email.subject.startswith("Grüße, und ein sehr langer Betreff, der gefaltet werden")
        assert email.subject.endswith("ä" * 30)

    def test_the_request_is_stronger_than_the_headers(self, sesv2_fake, send_raw):
        send_raw(
            raw(
                X_SES_CONFIGURATION_SET="of-header",
                X_SES_MESSAGE_TAGS="of=header",
                X_SES_SOURCE_ARN="arn:aws:ses:us-east-1:123456789012:identity/header.org",
            ),
            FromEmailAddress="other@example.com",
            Destination={"ToAddresses": ["zoe@x.org"]},
            ConfigurationSetName="of-request",
            EmailTags=[{"Name": "of", "Value": "request"}],
            FromEmailAddressIdentityArn="arn:aws:ses:us-east-1:123456789012:identity/request.org",
        )

        (email,) = sesv2_fake.outbox
        assert (email.sender, email.to) == ("other@example.com", ("zoe@x.org",))
        assert email.configuration_set == "of-request"
        assert email.tags == {"of": "request"}
        assert total("SEND", EMAIL_IDENTITY="request.org") == 1

    def test_headers_of_ses_stand_for_members_that_are_missing(self, sesv2_fake, send_raw):
        send_raw(
            raw(
                X_SES_CONFIGURATION_SET="weekly",
                X_SES_MESSAGE_TAGS="a=1, b=2",
                X_SES_TENANT="shop",
                X_SES_SOURCE_ARN="arn:aws:ses:us-east-1:123456789012:identity/parent.org",
            )
        )

        (email,) = sesv2_fake.outbox
        assert (email.configuration_set, email.tenant) == ("weekly", "shop")
        assert email.tags == {"a": "1", "b": "2"}
        assert total("SEND", EMAIL_IDENTITY="parent.org") == 1

    def test_an_html_part_with_a_link_is_tracked(self, sesv2_fake, send_raw):
        message = raw()
        message.add_alternative(LINK, subtype="html")
        send_raw(message)

        sesv2_fake.outbox[0].deliver()

        assert (total("DELIVERY_OPEN"), total("DELIVERY_CLICK")) == (1, 1)

    def test_an_attached_html_file_is_not(self, sesv2_fake, send_raw):
        message = raw()
        message.add_attachment(LINK, subtype="html", filename="a.html")
        send_raw(message)

        sesv2_fake.outbox[0].deliver()

        assert (total("DELIVERY_OPEN"), total("DELIVERY_CLICK")) == (0, 0)

    def test_an_email_that_is_attached_is_not_part_of_it(self, sesv2_fake, send_raw):
        message, inner = raw(), EmailMessage()
        inner["From"] = "bob@x.org"
        inner.set_content(LINK, subtype="html")
        message.add_attachment(inner)
        send_raw(message)

        sesv2_fake.outbox[0].deliver()

        assert (total("DELIVERY_OPEN"), total("DELIVERY_CLICK")) == (0, 0)

    @pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
    def test_headers_may_have_more_than_ascii(self, sesv2_fake, send_raw, charset):
        text = "From: Jörg <j@x.org>\nTo: Änn <ann@x.org>\nSubject: Grüße\n\nHi"
        send_raw(text.encode(charset))

        (email,) = sesv2_fake.outbox
        assert (email.sender, email.subject) == ("j@x.org", "Grüße")
        assert email.to == ("ann@x.org",)

    @pytest.mark.parametrize("subject", ["=?klingon?q?nuqneH?=", "=?ü?q?Hi?=", "=?utf-8?b?=ab?="])
    def test_a_subject_that_cannot_be_decoded_stays_as_it_is(self, sesv2_fake, send_raw, subject):
        lines = f"From: news@example.com\nTo: ann@gmail.com\nSubject: {subject}\n\nHi"
        send_raw(lines.encode())

        assert sesv2_fake.outbox[0].subject == subject

    @pytest.mark.parametrize("name", ["Content-Type", "Content-Disposition", "Subject", "X-Odd"])
    def test_comments_within_comments_are_read_past(self, sesv2_fake, send_raw, name):
        text = f"From: news@example.com\nTo: ann@gmail.com\n{name}: {'(' * 5_000}\n\nHi"
        send_raw(text.encode())

        (email,) = sesv2_fake.outbox
        assert email.text == (None if name == "Content-Disposition" else "Hi")
        assert (email.html, email.attachments) == (None, [])
        assert email.event_record("Send")["mail"]["destination"] == ["ann@gmail.com"]

    @pytest.mark.parametrize(
        ("message", "words"),
        [
            (b"nothing like an email", "Missing required header 'From'."),
            (b"To: ann@gmail.com\n\nHi", "Missing required header 'From'."),
            (b"From: news@example.com\n\nHi", "The message must have at least one recipient."),
            (b"From: a@x.org\nTo: b@x.org\nTo: c@x.org\n\nHi", "Duplicate header 'To'."),
            (NESTED, "The raw message has too many parts within parts."),
        ],
    )
    def test_bytes_that_are_no_email_are_refused(self, sesv2_fake, send_raw, message, words):
        with pytest.raises(ClientError) as caught:
            send_raw(message)

        error = caught.value.response["Error"]
        assert error["Message"] == words
        assert error["Code"] in ("BadRequestException", "InvalidParameterValue")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert list(sesv2_fake.outbox) == []


def tracked(sesv2_fake):
    """Whether what was sent is tracked for opens, and for clicks."""
    sesv2_fake.outbox[-1].deliver()
    return total("DELIVERY_OPEN") == 1, total("DELIVERY_CLICK") == 1


def overrides(opens, clicks):
    return {"Tracking": {"OpenTrackingEnabled": opens, "ClickTrackingEnabled": clicks}}


class TestTrackers:
    @pytest.mark.parametrize(
        ("html", "expected"),
        [
            (None, (False, False)),
            ("<p>Hello</p>", (True, False)),
            (LINK, (True, True)),
            ("<A\nclass='x' HREF = http://example.com>x</A>", (True, True)),
            ("<area href='https://example.com'>", (True, True)),
            ("<a href='mailto:x@example.com'>x</a>", (True, False)),
            ("<a ses:no-track href='https://example.com'>x</a>", (True, False)),
            (
                "<a ses:no-track href='https://a.org'>x</a><a href='https://b.org'>y</a>",
                (True,) * 2,
            ),
            ("<abbr href='https://example.com'>", (True, False)),
            ("<a title='1 > 0' href='https://example.com'>x</a>", (True, True)),
            ("<a title=\"a > 'b'\" href = 'https://example.com' />x</a>", (True, True)),
            ("<a title=Ann's href=https://example.com>x</a>", (True, True)),
            ("<a href='https://example.com' title='ses:no-track'>x</a>", (True, True)),
            ("<a data-href='https://example.com' href='mailto:a@b.c'>x</a>", (True, False)),
            ("<a title='href=https://example.com'>x</a>", (True, False)),
            ("<a href='https://example.com'", (True, False)),
        ],
    )
    def test_follow_from_the_html_body(self, sesv2_fake, html, expected):
        send(content={"Simple": simple(html=html)})

        assert tracked(sesv2_fake) == expected

    @INLINE
    @pytest.mark.parametrize(
        ("link", "expected"),
        [
            ("<a href='{{url}}'>here</a>", (True, True)),
            ('<a title="{{a}} > {{b}}" href="{{{url}}}">here</a>', (True, True)),
            ("<a href={{ url }}>here</a>", (True, True)),
            ("<a href='{{url}}' ses:no-track>here</a>", (True, False)),
            ("<a href='mailto:{{address}}'>here</a>", (True, False)),
            ("<p>{{url}}</p>", (True, False)),
        ],
    )
    @pytest.mark.parametrize("is_rendered", [True, False])
    def test_follow_from_a_link_that_is_a_placeholder(
        self, sesv2_fake, monkeypatch, link, expected, is_rendered
    ):
        if is_rendered:
            pytest.importorskip("dotpromptz_handlebars")
        else:
            monkeypatch.setitem(sys.modules, "dotpromptz_handlebars", None)
        data = {"url": "https://example.com/", "address": "x@example.com", "a": 1, "b": 0}
        content = {"TemplateContent": {"Subject": "Hi", "Html": link}}
        send(content={"Template": {**content, "TemplateData": json.dumps(data)}})

        assert tracked(sesv2_fake) == expected

    @pytest.mark.parametrize("html", ["<a " * 100_000, f"<a href={' ' * 100_000}>"])
    def test_of_broken_html_follow_at_once(self, sesv2_fake, html):
        send(content={"Simple": simple(html=html)})

        assert tracked(sesv2_fake) == (True, False)

    @pytest.mark.sesv2_fake(engagement_metrics=False)
    def test_are_off_with_the_accounts_engagement_metrics(self, sesv2_fake):
        send(content={"Simple": simple(html=LINK)})

        assert tracked(sesv2_fake) == (False, False)

    def test_are_off_once_a_client_has_switched_them_off(self, sesv2_fake):
        client().put_account_vdm_attributes(
            VdmAttributes={
                "VdmEnabled": "ENABLED",
                "DashboardAttributes": {"EngagementMetrics": "DISABLED"},
            }
        )
        send(content={"Simple": simple(html=LINK)})

        assert tracked(sesv2_fake) == (False, False)

    @RECENT
    @pytest.mark.sesv2_fake(engagement_metrics=False)
    def test_a_request_can_have_them(self, sesv2_fake):
        send(
            content={"Simple": simple(html=LINK)},
            ConfigurationOverrides=overrides("ENABLED", "ENABLED"),
        )

        assert tracked(sesv2_fake) == (True, True)

    @RECENT
    def test_a_request_can_do_without(self, sesv2_fake):
        send(
            content={"Simple": simple(html=LINK)},
            ConfigurationOverrides=overrides("DISABLED", "ENABLED"),
        )

        assert tracked(sesv2_fake) == (False, True)

    @RECENT
    @pytest.mark.parametrize("by_default", [True, False])
    def test_a_setting_that_the_request_leaves_out_is_the_accounts(self, by_default):
        with mock_sesv2(engagement_metrics=by_default) as fake:
            send(
                content={"Simple": simple(html=LINK)},
                ConfigurationOverrides={"Tracking": {"ClickTrackingEnabled": "DISABLED"}},
            )

            assert tracked(fake) == (by_default, False)

    @RECENT
    def test_a_text_has_none_whatever_the_request_says(self, sesv2_fake):
        send(ConfigurationOverrides=overrides("ENABLED", "ENABLED"))

        assert tracked(sesv2_fake) == (False, False)

    def test_a_template_that_only_ses_knows_has_both(self, sesv2_fake):
        send(content={"Template": {"TemplateName": "T", "TemplateData": "{}"}})

        assert sesv2_fake.outbox[0].subject is None
        assert tracked(sesv2_fake) == (True, True)

    @RECENT
    def test_an_inline_template_has_those_of_its_html(self, sesv2_fake):
        inline = {"Subject": "Hi {{name}}", "Html": "<p>Hi {{name}}</p>"}
        send(content={"Template": {"TemplateContent": inline, "TemplateData": '{"name": "Ann"}'}})

        assert tracked(sesv2_fake) == (True, False)


class TestMailboxSimulator:
    @pytest.mark.parametrize(
        ("mailbox", "happened"),
        [
            ("success", ["1 delivered"]),
            ("success+label", ["1 delivered"]),
            ("ooto", ["1 delivered"]),
            ("bounce", ["1 bounced"]),
            ("suppressionlist", ["1 bounced"]),
            ("complaint", ["1 delivered", "1 complained about"]),
            ("somebody", []),
        ],
    )
    def test_what_happens_follows_from_the_address(self, sesv2_fake, mailbox, happened):
        send(f"{mailbox}@simulator.amazonses.com")

        words = repr(sesv2_fake.outbox[0])
        assert [
            each for each in ("1 delivered", "1 bounced", "1 complained about") if each in words
        ] == happened
        metrics = ("SEND", "DELIVERY", "PERMANENT_BOUNCE", "COMPLAINT")
        assert [total(metric) for metric in metrics] == [0, 0, 0, 0]

    def test_among_others_each_of_its_addresses_has_its_own(self, sesv2_fake):
        to = [f"{one}@simulator.amazonses.com" for one in ("bounce+a", "Bounce", "complaint", "x")]
        sesv2_fake.suppress("success@simulator.amazonses.com")
        send({"ToAddresses": [ANN, *to], "BccAddresses": ["success@simulator.amazonses.com"]})

        (email,) = sesv2_fake.outbox
        happened = [(one.event.name, one.details.recipients) for one in email._message.timeline()]
        assert happened == [
            ("SEND", ()),
            ("PERMANENT_BOUNCE", ("success@simulator.amazonses.com",)),
            ("DELIVERY", (to[2],)),
            ("PERMANENT_BOUNCE", (to[0], to[1])),
            ("COMPLAINT", (to[2],)),
        ]
        assert [total(metric) for metric in ("SEND", "DELIVERY", "PERMANENT_BOUNCE")] == [0, 0, 0]

    def test_its_suppression_list_has_words_of_its_own(self, sesv2_fake):
        to = ["suppressionlist+a@simulator.amazonses.com", "bounce@simulator.amazonses.com"]
        for one in to:
            send(one)
        records = [email.event_record("Bounce")["bounce"] for email in sesv2_fake.outbox]

        assert [one["bounceSubType"] for one in records] == ["General", "General"]
        (first, second) = (one["bouncedRecipients"][0]["diagnosticCode"] for one in records)
        assert first == (
            f"smtp; 550 5.1.1 As requested: user unknown (suppressed address: {to[0]})"
        )
        assert "suppressed" not in second


EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def as_raw(data, **how):
    message = raw()
    message.add_attachment(data, filename="a.com", **how)
    return message


BINARY = {"maintype": "application", "subtype": "octet-stream"}
VIRUSES = {
    "text": {"Simple": simple(text=f"look: {EICAR}")},
    "html": {"Simple": simple(html=f"<p>{EICAR}")},
    **{
        f"attachment of a raw email after {n}": {
            "Raw": {"Data": as_raw(b"x" * n + EICAR.encode() + b"yz", **BINARY).as_bytes()}
        }
        for n in (0, 1, 2, 57, 1000)
    },
    "quoted-printable": {"Raw": {"Data": as_raw("ä" + EICAR, cte="quoted-printable").as_bytes()}},
}


class TestVirus:
    @pytest.mark.parametrize("content", VIRUSES.values(), ids=VIRUSES)
    def test_is_accepted_and_then_rejected(self, sesv2_fake, content):
        message_id = send("bounce@simulator.amazonses.com", content=content)

        (email,) = sesv2_fake.outbox
        assert email.message_id == message_id
        assert [one.event.name for one in email._message.timeline()] == ["SEND", "REJECT"]
        assert email.event_record("Reject")["reject"] == {"reason": "Bad content"}

    @pytest.mark.skipif(
        not has("SendEmail", "ConfigurationOverrides"), reason="botocore is older than attachments"
    )
    def test_in_an_attachment_of_a_simple_email(self, sesv2_fake):
        attachment = {"FileName": "a.com", "RawContent": b"12" + EICAR.encode()}
        send(content={"Simple": {**simple(), "Attachments": [attachment]}})

        assert sesv2_fake.outbox[0].event_record("Reject")

    def test_counts_as_sent_and_rejected(self, sesv2_fake):
        send(content=VIRUSES["text"])

        assert total("SEND") == 1
        (point,) = v1().get_send_statistics()["SendDataPoints"]
        assert (point["DeliveryAttempts"], point["Rejects"]) == (1, 1)

    def test_is_in_the_report(self, sesv2_fake):
        send(content=VIRUSES["text"])

        assert "  accepted, then Reject: ann@gmail.com\n" in sesv2_fake.report()

    def test_is_not_what_only_looks_like_one(self, sesv2_fake):
        send(content={"Simple": simple(text=EICAR[1:])})

        assert "REJECT" not in {one.event.name for one in sesv2_fake.outbox[0]._message.timeline()}


UNCHECKED = Config(parameter_validation=False)
MANY = [f"user{number}@x.org" for number in range(51)]
REFUSED = {
    "no recipient": ({"Destination": {}}, "The message must have at least one recipient."),
    "no destination": ({"Destination": None}, "The message must have at least one recipient."),
    "51 recipients": ({"Destination": {"ToAddresses": MANY}}, "Recipient count exceeds 50."),
    "no sender": ({"FromEmailAddress": None}, None),
    "no sender of a template": (
        {"FromEmailAddress": None, "Content": {"Template": {"TemplateName": "T"}}},
        "Source cannot be empty",
    ),
    "no domain": ({"Destination": {"ToAddresses": ["ann"]}}, "Missing final '@domain'"),
    "a space": (
        {"Destination": {"ToAddresses": ["an n@x.org"]}},
        "Local address contains control or whitespace",
    ),
    "two in one": ({"Destination": {"ToAddresses": ["a@x.org,b@x.org"]}}, "Illegal address"),
    "arn": ({"FromEmailAddressIdentityArn": "arn:x"}, "Invalid ARN <arn:x>."),
    "no content": (
        {"Content": None},
        (
            "1 validation error detected: Value at 'content' failed to satisfy constraint: "
            "Member must not be null"
        ),
    ),
    "empty content": ({"Content": {}}, "Content must have one of Simple, Raw, Template."),
    "two contents": (
        {"Content": {"Simple": simple(), "Template": {}}},
        "Content must have one of Simple, Raw, Template.",
    ),
    "half a content": (
        {"Content": {"Simple": {}}},
        (
            "2 validation errors detected: Value at 'content.simple.subject' failed to satisfy "
            "constraint: Member must not be null; Value at 'content.simple.body' failed to satisfy "
            "constraint: Member must not be null"
        ),
    ),
    "override": (
        {"ConfigurationOverrides": {"Tracking": {"OpenTrackingEnabled": "YES"}}},
        (
            "1 validation error detected: Value at "
            "'configurationOverrides.tracking.openTrackingEnabled' failed to satisfy constraint: "
            "Member must satisfy enum value set: [ENABLED, DISABLED]"
        ),
    ),
    "not base64": ({"Content": {"Raw": {"Data": "%"}}}, "The raw message is not valid base64."),
}


class TestRefused:
    def answer(self, members, operation="SendEmail", service="sesv2"):
        """What a request gets that no client would send."""
        body = {
            "FromEmailAddress": SENDER,
            "Destination": {"ToAddresses": [ANN]},
            "Content": {"Simple": simple()},
            **members,
        }
        account = new_account()
        data = json.dumps(body).encode()
        return account, answer_of(account, data, service=service, operation=operation)

    @pytest.mark.parametrize(("members", "words"), REFUSED.values(), ids=REFUSED)
    def test_an_impossible_email_is_refused(self, members, words):
        account, answer = self.answer(members)

        assert answer.status == 400
        assert answer.headers["x-amzn-ErrorType"] == "BadRequestException"
        assert json.loads(answer.body) == {"message": words}
        assert account.outbox == []
        assert [call.error for call in account.calls] == ["BadRequestException"]

    def test_a_member_of_the_wrong_type(self):
        _, answer = self.answer({"Destination": []})
        _, wrong = self.answer({"Destination": {"ToAddresses": [1]}})

        assert answer.headers["x-amzn-ErrorType"] == "SerializationException"
        assert wrong.headers["x-amzn-ErrorType"] == "SerializationException"

    def test_a_bulk_of_nothing(self):
        _, answer = self.answer({"DefaultContent": None}, "SendBulkEmail")

        assert "'defaultContent'" in json.loads(answer.body)["message"]
        assert "'bulkEmailEntries'" in json.loads(answer.body)["message"]

    def test_through_a_client(self, sesv2_fake):
        with pytest.raises(client().exceptions.BadRequestException, match="at least one recipient"):
            send({})

        assert sesv2_fake.calls[0].error == "BadRequestException"

    def test_ses_v1_says_so_in_its_own_form(self, sesv2_fake):
        with pytest.raises(ClientError) as caught:
            v1().send_email(Source=SENDER, Destination={}, Message=simple())

        response = caught.value.response
        assert response["Error"] == {
            "Type": "Sender",
            "Code": "InvalidParameterValue",
            "Message": "The message must have at least one recipient.",
        }
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert sesv2_fake.calls[0].error == "InvalidParameterValue"

    @pytest.mark.parametrize(
        ("form", "code"),
        [
            (b"Action=SendEmail", "InvalidParameterValue"),
            (b"Source=a@x.org&Message.Subject.Data=%FF", "MalformedInput"),
            (b"Source=a@x.org&Source=b@x.org", "MalformedInput"),
            (b"Source=a@x.org&Source.A=b", "MalformedInput"),
            (b"Source.A=b&Source=a@x.org", "MalformedInput"),
            (b"Source=a@x.org&Message=x", "MalformedInput"),
            (b"a" + b".a" * 2_000 + b"=x", "MalformedInput"),
            (b"Source=a@x.org&Message.A=x&Destination.ToAddresses.member.x=1", "MalformedInput"),
            (
                (
                    b"Source=a@x.org&Message.A=x&Destination.ToAddresses.member.1=b@x.org"
                    b"&ConfigurationSetName=%01"
                ),
                "ConfigurationSetDoesNotExist",
            ),
        ],
    )
    def test_a_form_that_no_client_would_send(self, form, code):
        answer = answer_of(new_account(), form, service="ses", operation="SendEmail")

        assert answer.status == 400
        assert answer.headers["Content-Type"] == "text/xml"
        assert f"<Code>{code}</Code>".encode() in answer.body
        assert b"\x01" not in answer.body

    def test_an_account_whose_sending_is_off(self, sesv2_fake):
        sesv2_fake.account.sending_enabled = False

        with pytest.raises(client().exceptions.SendingPausedException):
            send()
        with pytest.raises(v1().exceptions.AccountSendingPausedException):
            in_v1("SendEmail")
        assert list(sesv2_fake.outbox) == []

    @pytest.mark.sesv2_fake(capture_sends=False)
    def test_without_capture_nothing_is_sent(self, sesv2_fake):
        with pytest.raises(RuntimeError, match="SendEmail is not answered"):
            send()

        assert list(sesv2_fake.outbox) == []


class TestFaults:
    def test_one_that_a_fault_failed_is_not_sent(self, sesv2_fake):
        sesv2_fake.fail_requests("MessageRejected", "Bad words.", operation="SendEmail", times=1)

        with pytest.raises(client().exceptions.MessageRejected, match="Bad words"):
            send()

        assert list(sesv2_fake.outbox) == []
        assert total("SEND") == 0

    @pytest.mark.parametrize("operation", V1)
    def test_throttled_attempts_of_ses_v1_are_tried_again_at_once(self, sesv2_fake, operation):
        sesv2_fake.throttle(2, operation=operation)

        in_v1(operation)

        errors = [call.error for call in sesv2_fake.calls]
        assert errors == ["Throttling", "Throttling", None]
        assert len(sesv2_fake.outbox) == 1

    def test_an_error_of_ses_v1_is_its_clients_exception(self, sesv2_fake):
        sesv2_fake.fail_requests(
            "ConfigurationSetDoesNotExistException", operation="SendEmail", times=1
        )

        send()  # SES v2 does not have this error
        with pytest.raises(v1().exceptions.ConfigurationSetDoesNotExistException) as caught:
            in_v1("SendEmail")

        words = "Indicates that the configuration set does not exist."
        assert caught.value.response["Error"]["Message"] == words

    def test_a_denied_call_of_ses_v1(self, sesv2_fake):
        sesv2_fake.fail_requests("AccessDeniedException", operation="SendRawEmail")

        with pytest.raises(ClientError, match=r"\(AccessDenied\).*ses:SendRawEmail on"):
            in_v1("SendRawEmail")

    def test_a_dropped_connection_sends_nothing(self, sesv2_fake):
        sesv2_fake.drop_connections(operation="SendEmail")

        with pytest.raises(EndpointConnectionError):
            in_v1("SendEmail")
        assert list(sesv2_fake.outbox) == []

    def test_faults_of_metrics_leave_sends_alone(self, sesv2_fake):
        sesv2_fake.throttle(optional=True)

        send()
        assert len(sesv2_fake.outbox) == 1

    def test_a_server_error_of_ses_v1_is_the_receivers(self):
        from sesv2_fake.operations.errors import Refusal
        from sesv2_fake.operations.query_protocol import PROTOCOLS

        answer = PROTOCOLS["ses"].answer_to(Refusal("ServiceUnavailable", "Later.", status=503))

        assert answer.status == 503
        assert b"<Type>Receiver</Type>" in answer.body


class TestRecords:
    """Event records of what the code under test sent, loaded later."""

    @pytest.mark.parametrize("region", [None, "eu-west-1"])
    def test_belong_to_its_email(self, sesv2_fake, region):
        send(using=client("eu-west-1"), content={"Simple": simple(html=LINK)})
        email = sesv2_fake.outbox[0]
        email.deliver()
        record = email.event_record("Delivery")
        opened = {**record, "eventType": "Open", "open": {"timestamp": "2026-01-05T10:00:00.000Z"}}

        loaded = sesv2_fake.load_events([record, opened, opened], region=region)

        assert dict(loaded.taken) == {"Open": 1}
        assert dict(loaded.repeated) == {"Delivery": 1, "Open": 1}
        assert "1 delivered, 1 opened" in repr(email)
        assert total("OPEN", using=client("eu-west-1")) == 1
        assert total("OPEN") == 0

    def test_have_the_facts_of_the_request(self, sesv2_fake):
        message_id = send(ConfigurationSetName="weekly")
        email = sesv2_fake.outbox[0].deliver()
        record = email.event_record("Delivery")
        sesv2_fake.reset()
        with travel("2026-01-05T09:00:00", tick=False):
            assert send(ConfigurationSetName="weekly") != message_id
        record["mail"]["messageId"] = sesv2_fake.outbox[0].message_id
        record["mail"]["tags"] = {"ses:recipient-isp": ["Yahoo"]}

        sesv2_fake.load_events([record])

        assert total("DELIVERY", CONFIGURATION_SET="weekly", ISP="Gmail") == 1
        assert total("DELIVERY", ISP="Yahoo") == 0
        assert total("DELIVERY_OPEN") == 0

    def test_of_another_region_are_not_its_own(self, sesv2_fake):
        send(using=client("eu-west-1"))
        record = sesv2_fake.outbox[0].deliver().event_record("Delivery")

        loaded = sesv2_fake.load_events([record], region="us-east-1")

        assert dict(loaded.taken) == {"Delivery": 1}


@given(st.binary(max_size=200))
def test_any_bytes_are_sent_or_refused_in_sess_form(data):
    account = new_account()
    body = {"Content": {"Raw": {"Data": base64.b64encode(data).decode()}}}
    bodies = {"sesv2": [json.dumps(body).encode(), data], "ses": [b"RawMessage.Data=%00", data]}
    for service, operation in OPERATIONS:
        for body in bodies[service]:
            answer = answer_of(account, body, service=service, operation=operation, path="/")
            assert answer.status < 500


HEADERS = st.sampled_from(["From", "To", "Subject", "Content-Type", "X-SES-MESSAGE-TAGS"])


@given(HEADERS, st.from_regex(r"[ -~äß]{0,30}", fullmatch=True))
def test_any_header_is_taken_or_refused(name, value):
    mail = f"{name}: {value}\nFrom: a@x.org\nTo: b@x.org\n\nHi".encode()
    body = json.dumps({"Content": {"Raw": {"Data": base64.b64encode(mail).decode()}}}).encode()

    assert answer_of(new_account(), body, operation="SendEmail").status in (200, 400)


class TestWaysIn:
    def test_as_a_decorator(self):
        @mock_sesv2
        def sending(sesv2_fake):
            send()
            return len(sesv2_fake.outbox)

        assert sending() == 1

    def test_in_a_context(self):
        with mock_sesv2() as fake:
            send()

        assert len(fake.outbox) == 1

    def test_a_client_made_before_the_fake(self):
        early = client()
        with mock_sesv2() as fake:
            send(using=early)

            assert fake.sent_to(ANN).message_id

    def test_emails_of_a_stopped_fake_are_over(self):
        with mock_sesv2() as fake:
            send()

        with pytest.raises(RuntimeError, match="the fake was stopped"):
            fake.outbox[0].deliver()

    def test_a_fake_that_never_started_has_an_empty_outbox(self):
        assert list(mock_sesv2().outbox) == []

    @RECENT
    def test_over_http(self, sesv2_fake):
        with sesv2_fake.serve() as url:
            made = new_client(
                "eu-west-1",
                endpoint_url=url,
                aws_access_key_id="a",
                aws_secret_access_key="b",
            )
            message_id = send(using=made)
            insights = made.get_message_insights(MessageId=message_id)
            made.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "DISABLED"})
            account = made.get_account()

        assert sesv2_fake.outbox[0].region == "eu-west-1"
        assert sesv2_fake.outbox[0].message_id == message_id
        assert insights["Insights"][0]["Destination"] == ANN
        assert account["VdmAttributes"] == {"VdmEnabled": "DISABLED"}

    @pytest.mark.sesv2_fake(capture_sends=False)
    def test_over_http_without_capture_it_is_no_operation(self, sesv2_fake):
        with sesv2_fake.serve() as url:
            made = new_client(endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b")
            with pytest.raises(ClientError, match="does not answer SendEmail under capture_sends"):
                send(using=made)

        assert list(sesv2_fake.outbox) == []

    def test_over_http_an_email_may_be_large(self, sesv2_fake):
        with sesv2_fake.serve() as url:
            made = new_client(endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b")
            send(using=made, content={"Simple": simple(text="x" * 2**21)})

        assert len(sesv2_fake.outbox) == 1


def test_metrics_of_what_was_sent_by_each_isp(sesv2_fake):
    """An app that sends, then reads its numbers."""
    for to in (ANN, "bob@yahoo.com", "zoe@yahoo.com"):
        send(to)
    sesv2_fake.sent_to("zoe@yahoo.com").bounce("Transient", "MailboxFull")

    assert sum(ask("SEND", ISP="Yahoo").values()) == 2
    assert total("TRANSIENT_BOUNCE", ISP="Yahoo") == 1

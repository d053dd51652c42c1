"""What the code under test sent: addresses, headers, text, HTML, attachments, template."""

import gc
import json
import tracemalloc
from email import message_from_bytes, policy
from email.message import EmailMessage

import boto3
import pytest
from asking import client, has

SENDER = "News Desk <News@Example.com>"
DESTINATION = {
    "ToAddresses": ["Ann <Ann.Lee@Gmail.com>", "bob@x.org"],
    "CcAddresses": ["Carl@x.org"],
    "BccAddresses": ["'D' <dora@x.org>"],
}
SIMPLE = {
    "Subject": {"Data": "Grüße"},
    "Body": {"Text": {"Data": "Héllo\n"}, "Html": {"Data": "<p>Hi</p>"}},
}

WITH_ATTACHMENTS = pytest.mark.skipif(
    not has("SendEmail", "TenantName"), reason="botocore is older than attachments"
)


def v1():
    return client(service="ses")


def send(content=None, *, using=None, **members):
    request = {"FromEmailAddress": SENDER, "Destination": DESTINATION, **members}
    (using or client()).send_email(Content=content or {"Simple": SIMPLE}, **request)


def raw_mail():
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = "Ann <Ann.Lee@Gmail.com>"
    message["Cc"] = "Carl@x.org"
    message["Reply-To"] = "Help <help@x.org>"
    message["Subject"] = "Grüße"
    message["X-Tag"] = "first"
    message["X-Tag"] = "second"
    message.set_content("Hello")
    message.add_alternative("<p>Hi</p>", subtype="html")
    message.add_attachment(b"%PDF", "application", "pdf", filename="bill.pdf")
    return message


class TestAddresses:
    def test_they_are_as_given_but_for_display_names(self, sesv2_fake):
        send(ReplyToAddresses=["Help <Help@X.org>"])

        (email,) = sesv2_fake.outbox
        assert email.sender == "News@Example.com"
        assert email.to == ("Ann.Lee@Gmail.com", "bob@x.org")
        assert email.cc == ("Carl@x.org",)
        assert email.bcc == ("dora@x.org",)
        assert email.reply_to == ("Help@X.org",)
        assert email.recipients == (*email.to, *email.cc, *email.bcc)

    def test_an_email_is_found_by_any_recipient_in_any_case(self, sesv2_fake):
        send()

        for address in ("ann.lee@gmail.com", "CARL@X.ORG", "Dora <Dora@x.org>"):
            assert sesv2_fake.sent_to(address) is sesv2_fake.outbox[0]

    def test_a_seed_has_its_recipients_in_to(self, sesv2_fake):
        email = sesv2_fake.send("News@Example.com", ["Ann <Ann@Gmail.com>", "bob@x.org"])

        assert email.sender == "News@Example.com"
        assert (email.to, email.recipients) == (("Ann@Gmail.com", "bob@x.org"),) * 2
        assert (email.cc, email.bcc, email.reply_to) == ((), (), ())

    def test_letter_case_does_not_change_what_is_counted(self, sesv2_fake):
        email = sesv2_fake.send("News@Example.com", "Ann@GMAIL.com")

        assert "EMAIL_IDENTITY=news@example.com, ISP=Gmail" in repr(email)

    def test_headers_of_a_raw_email_say_who_is_in_to_and_cc(self, sesv2_fake):
        v1().send_raw_email(
            Source="other@example.com",
            Destinations=["ann.lee@gmail.com", "Carl@x.org", "secret@x.org"],
            RawMessage={"Data": raw_mail().as_bytes()},
        )

        (email,) = sesv2_fake.outbox
        assert (email.sender, email.reply_to) == ("other@example.com", ("help@x.org",))
        assert (email.to, email.cc) == (("ann.lee@gmail.com",), ("Carl@x.org",))
        assert email.bcc == ("secret@x.org",)

    def test_the_request_says_it_if_these_name_no_recipient(self, sesv2_fake):
        send({"Raw": {"Data": raw_mail().as_bytes()}}, Destination={"CcAddresses": ["eve@x.org"]})

        assert (sesv2_fake.outbox[0].to, sesv2_fake.outbox[0].cc) == ((), ("eve@x.org",))


class TestSimple:
    def test_text_and_html_are_as_given(self, sesv2_fake):
        send()

        (email,) = sesv2_fake.outbox
        assert (email.subject, email.text, email.html) == ("Grüße", "Héllo\n", "<p>Hi</p>")
        assert email.attachments == []
        assert (email.template_name, email.template_data) == (None, None)

    def test_missing_content_is_none(self, sesv2_fake):
        send({"Simple": {"Subject": {"Data": ""}, "Body": {"Html": {"Data": "<p>Hi</p>"}}}})

        (email,) = sesv2_fake.outbox
        assert (email.subject, email.text, email.html) == ("", None, "<p>Hi</p>")

    @pytest.mark.parametrize("text", ["", "a", "a\n", "é\r\nb", "x" * 2000, "€ " * 1000, "\ud800"])
    def test_the_message_has_what_was_given(self, sesv2_fake, text):
        send({"Simple": {**SIMPLE, "Body": {"Text": {"Data": text}, "Html": {"Data": text}}}})

        (email,) = sesv2_fake.outbox
        for kind in ("plain", "html"):
            content = email.message.get_body((kind,)).get_content()
            assert content == text.replace("\ud800", "?")

    def test_the_message_has_all_but_bcc(self, sesv2_fake):
        send(ReplyToAddresses=["Help <help@x.org>"])

        message = sesv2_fake.outbox[0].message
        assert message is sesv2_fake.outbox[0].message
        assert isinstance(message, EmailMessage)
        assert message["From"] == SENDER
        assert message["To"] == "Ann <Ann.Lee@Gmail.com>, bob@x.org"
        assert message["Cc"] == "Carl@x.org"
        assert message["Bcc"] is None
        assert message["Reply-To"] == "Help <help@x.org>"
        assert message["Subject"] == "Grüße"
        assert message.get_content_type() == "multipart/alternative"
        parsed = message_from_bytes(message.as_bytes(), policy=policy.default)
        assert parsed.get_body(("html",)).get_content() == "<p>Hi</p>"

    def test_ses_v1_gives_the_same(self, sesv2_fake):
        v1().send_email(
            Source=SENDER,
            Destination=DESTINATION,
            Message=SIMPLE,
            ReplyToAddresses=["help@x.org"],
        )

        (email,) = sesv2_fake.outbox
        assert (email.subject, email.text, email.html) == ("Grüße", "Héllo\n", "<p>Hi</p>")
        assert (email.cc, email.reply_to) == (("Carl@x.org",), ("help@x.org",))
        assert email.message["From"] == SENDER

    @WITH_ATTACHMENTS
    def test_headers_and_attachments(self, sesv2_fake):
        headers = [{"Name": "X-Tag", "Value": "welcome"}, {"Name": "Subject", "Value": "Other"}]
        attachments = [
            {"RawContent": b"%PDF", "FileName": "bill.pdf"},
            {"RawContent": b"GIF", "FileName": "x", "ContentType": "image/gif; a=b"},
            {
                "RawContent": b"PNG",
                "FileName": "logo.png",
                "ContentDisposition": "INLINE",
                "ContentId": "logo",
                "ContentType": "nonsense",
            },
        ]
        send({"Simple": {**SIMPLE, "Headers": headers, "Attachments": attachments}})

        (email,) = sesv2_fake.outbox
        assert email.headers["X-Tag"] == "welcome"
        assert email.headers["Subject"] == "Other"
        bill, gif, logo = email.attachments
        assert (bill.get_filename(), bill.get_content()) == ("bill.pdf", b"%PDF")
        assert [part.get_content_type() for part in (bill, gif, logo)] == [
            *("application/pdf", "image/gif", "application/octet-stream")
        ]
        assert (logo["Content-ID"], logo.get_content_disposition()) == ("<logo>", "inline")
        assert email.message.get_body(("plain",)).get_content() == email.text


#: 10 kB each. Of a text with an emoji Python keeps four bytes a character.
MAILS = {
    "simple": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Html": {"Data": "x" * 10_000}}}},
    "emoji": {
        "Simple": {
            "Subject": {"Data": "Hi"},
            "Body": {"Text": {"Data": "x" * 10_000 + "\N{GRINNING FACE}"}},
        }
    },
    "raw": {"Raw": {"Data": b"Subject: Hi\n\n" + b"x" * 10_000}},
    "template": {
        "Template": {"TemplateName": "week", "TemplateData": json.dumps({"a": "x" * 10_000})}
    },
}


@pytest.mark.parametrize("content", MAILS.values(), ids=MAILS)
def test_email_and_call_take_little_more_than_the_bytes_of_their_request(sesv2_fake, content):
    sizes = []
    using = boto3.client("sesv2", region_name="us-east-1")
    using.meta.events.register(
        "request-created.sesv2", lambda request, **_: sizes.append(len(request.body))
    )
    send(content, using=using)
    tracemalloc.start()
    try:
        for _ in range(150):
            send(content, using=using)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert taken / 150 / sizes[-1] < 1.3
    assert len(sesv2_fake.outbox) == len(sesv2_fake.calls) == 151
    assert sesv2_fake.calls[7].parameters["Content"] == content


def test_a_text_is_read_of_the_request(sesv2_fake):
    send(MAILS["emoji"])

    assert sesv2_fake.outbox[0].text == MAILS["emoji"]["Simple"]["Body"]["Text"]["Data"]
    assert sesv2_fake.outbox[0].html is None


class TestRaw:
    @pytest.fixture
    def given(self):
        return raw_mail().as_bytes()

    @pytest.fixture
    def email(self, sesv2_fake, given):
        send({"Raw": {"Data": given}})
        return sesv2_fake.outbox[0]

    def test_it_is_as_the_standard_library_parses_it(self, email, given):
        assert email.message.as_bytes() == given
        assert (email.subject, email.text, email.html) == ("Grüße", "Hello\n", "<p>Hi</p>\n")
        (bill,) = email.attachments
        assert (bill.get_filename(), bill.get_content()) == ("bill.pdf", b"%PDF")

    def test_a_header_that_repeats_is_its_first_and_the_message_has_all(self, email):
        assert email.headers["X-Tag"] == "first"
        assert email.message.get_all("X-Tag") == ["first", "second"]
        assert list(email.headers)[:2] == ["From", "To"]

    def test_a_body_that_is_not_there_is_none(self, sesv2_fake):
        send({"Raw": {"Data": b"From: a@x.org\nContent-Type: application/pdf\n\nx"}})

        assert (sesv2_fake.outbox[0].text, sesv2_fake.outbox[0].html) == (None, None)


class TestTemplate:
    def test_name_and_data_are_known(self, sesv2_fake):
        send({"Template": {"TemplateName": "Welcome", "TemplateData": '{"name": "Ann"}'}})

        (email,) = sesv2_fake.outbox
        assert (email.template_name, email.template_data) == ("Welcome", {"name": "Ann"})

    def test_an_arn_gives_the_templates_name(self, sesv2_fake):
        arn = "arn:aws:ses:us-east-1:123456789012:template/Welcome"
        send({"Template": {"TemplateArn": arn}})

        (email,) = sesv2_fake.outbox
        assert (email.template_name, email.template_data) == ("Welcome", None)

    def test_unrendered_content_is_an_error(self, sesv2_fake):
        send({"Template": {"TemplateName": "Welcome", "TemplateData": "{}"}})

        (email,) = sesv2_fake.outbox
        assert email.to == ("Ann.Lee@Gmail.com", "bob@x.org")
        for name in ("text", "html", "message", "headers", "attachments"):
            with pytest.raises(RuntimeError, match="template"):
                getattr(email, name)

    def test_data_of_one_email_replaces_that_of_all(self, sesv2_fake):
        data = '{"name": "Ann"}'
        client().send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={
                "Template": {"TemplateName": "T", "TemplateData": '{"name": "you", "n": [1]}'}
            },
            BulkEmailEntries=[
                {
                    "Destination": DESTINATION,
                    "ReplacementEmailContent": {
                        "ReplacementTemplate": {"ReplacementTemplateData": data}
                    },
                },
                {"Destination": {"ToAddresses": ["bob@x.org"]}},
            ],
        )

        ann, bob = sesv2_fake.outbox
        assert ann.template_data == {"name": "Ann", "n": [1]}
        assert bob.template_data == {"name": "you", "n": [1]}
        assert (ann.cc, bob.cc) == (("Carl@x.org",), ())

    def test_ses_v1_gives_the_same(self, sesv2_fake):
        v1().send_templated_email(
            Source=SENDER, Destination=DESTINATION, Template="One", TemplateData='{"a": 1}'
        )
        v1().send_bulk_templated_email(
            Source=SENDER,
            Template="Many",
            DefaultTemplateData='{"a": 1, "b": 2}',
            Destinations=[{"Destination": DESTINATION, "ReplacementTemplateData": '{"b": 3}'}],
        )

        assert [(email.template_name, email.template_data) for email in sesv2_fake.outbox] == [
            ("One", {"a": 1}),
            ("Many", {"a": 1, "b": 3}),
        ]


def test_a_seed_has_no_content(sesv2_fake):
    email = sesv2_fake.send(SENDER, "Ann <ann@x.org>")

    assert (email.text, email.html, email.attachments) == (None, None, [])
    assert email.headers == {"From": "News@Example.com", "To": "ann@x.org"}


def test_the_outbox_compares_with_a_list(sesv2_fake):
    assert sesv2_fake.outbox == []
    send()
    (email,) = sesv2_fake.outbox

    assert sesv2_fake.outbox == [email] == sesv2_fake.outbox
    assert sesv2_fake.outbox == sesv2_fake.outbox
    assert sesv2_fake.outbox != []
    assert sesv2_fake.outbox != (email,)
    with pytest.raises(TypeError, match="unhashable"):
        hash(sesv2_fake.outbox)

"""What SES refuses of an email: its words, and in which order it looks."""

import json
from itertools import combinations

import boto3
import pytest
from asking import has
from botocore.config import Config
from botocore.exceptions import ClientError

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
ANN = "ann@gmail.com"
SIMPLE = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
#: Clients check some of what SES refuses; here SES has the word.
UNCHECKED = Config(parameter_validation=False)

#: Older botocores leave out what they do not know.
NEEDS_TENANT, NEEDS_HEADERS, NEEDS_INLINE_TEMPLATE = (
    pytest.mark.skipif(not has("SendEmail", member), reason=f"botocore is older than {member}")
    for member in ("TenantName", "Content.Simple.Headers", "Content.Template.TemplateContent")
)

CONTROL = "Local address contains control or whitespace"
ILLEGAL = "Local address contains illegal character"
NO_DOMAIN = "Missing final '@domain'"


@pytest.fixture(scope="module")
def clients():
    return {name: boto3.client(name, "us-east-1", config=UNCHECKED) for name in ("sesv2", "ses")}


@pytest.fixture
def sesv2(sesv2_fake, clients):
    return clients["sesv2"]


@pytest.fixture
def ses(sesv2_fake, clients):
    return clients["ses"]


def refusal(call, **members):
    """The code and the words that a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error.get("Message")


def by_v2(sesv2, *, to=(ANN,), sender=SENDER, content=None, **members):
    destination = {"ToAddresses": list(to)}
    asked = {"FromEmailAddress": sender, "Destination": destination, **members}
    return sesv2.send_email(Content=content or {"Simple": SIMPLE}, **asked)


def by_v1(ses, *, to=(ANN,), sender=SENDER, **members):
    destination = {"ToAddresses": list(to)}
    return ses.send_email(Source=sender, Destination=destination, Message=SIMPLE, **members)


def raw(*headers):
    return "\r\n".join([*headers, "", "Hi"]).encode()


def by_raw(sesv2, *headers, **members):
    return sesv2.send_email(Content={"Raw": {"Data": raw(*headers)}}, **members)


ADDRESSES = {
    "an n@x.org": CONTROL,
    "än@x.org": CONTROL,
    "a\tn@x.org": CONTROL,
    "Ann ann@x.org": CONTROL,
    "github:x": ILLEGAL,
    "git:x@b.c": ILLEGAL,
    'a"b@x.org': ILLEGAL,
    "((a@x.org": ILLEGAL,
    "ann": NO_DOMAIN,
    "": NO_DOMAIN,
    '"ann"x': NO_DOMAIN,
    "a@": "Missing domain",
    "Ann <a@>": "Missing domain",
    "a@b c.org": "Domain contains control or whitespace",
    "a@bücher.example": "Domain contains control or whitespace",
    "a@b.c%!": "Domain contains illegal character",
    "a@b@c.org": "Domain contains illegal character",
    '"a\r\nb"@x.org': 'Invalid email address <"a\r\nb"@x.org>.',
    "a@x.org,b@x.org": "Illegal address",
    "Ann <a@x.org>, Bob <b@x.org>": "Illegal address",
    "a@x.org, Bob <b@x.org>": "Illegal address",
    "Ann <a@x.org": "Illegal address",
    "Ann <a@x.org> too": "Illegal address",
}

ACCEPTED = [
    "Ann@X.org",
    "Änn, <ann@x.org>".replace(",", ""),
    '"Lee, \\"Ann\\"" <ann@x.org>',
    "Ann (the <second>) <ann@x.org>",
    "ann@x.org (Ann, of (the) house\\))",
    "(Ann) ann@x.org",
    '"a b"@x.org',
    "a@[192.0.2.1]",
    "a..b@x.org",
    "a@x_y.org",
]


class TestAddresses:
    @pytest.mark.parametrize(("address", "words"), ADDRESSES.items())
    def test_a_refusal_says_what_is_wrong_with_an_address(self, sesv2, ses, address, words):
        assert refusal(by_v2, sesv2=sesv2, to=[address]) == ("BadRequestException", words)
        assert refusal(by_v1, ses=ses, to=[address]) == ("InvalidParameterValue", words)

    @pytest.mark.parametrize("address", ACCEPTED)
    def test_one_that_looks_odd_is_accepted(self, sesv2, sesv2_fake, address):
        by_v2(sesv2, to=[address], sender="News <news@example.com>", ReplyToAddresses=[address])

        assert len(sesv2_fake.outbox) == 1

    def test_is_known_without_its_comments(self, sesv2, sesv2_fake):
        by_v2(sesv2, to=["Ann@X.org (Ann)"])

        assert sesv2_fake.outbox[0].to == ("Ann@X.org",)

    def test_the_first_bad_address_in_sess_order_is_named(self, sesv2):
        wrong = {
            "sender": ({"sender": "a@"}, "Missing domain"),
            "to": ({"to": ["an n@x.org"]}, CONTROL),
            "return path": ({"FeedbackForwardingEmailAddress": "a:b"}, ILLEGAL),
            "reply to": ({"ReplyToAddresses": ["a"]}, NO_DOMAIN),
        }
        for (first, words), (second, _) in combinations(wrong.values(), 2):
            assert refusal(by_v2, sesv2=sesv2, **first, **second)[1] == words

    @pytest.mark.parametrize("member", ["ReturnPath", "ReplyToAddresses"])
    def test_reply_to_and_return_path_are_checked_in_ses_v1(self, ses, member):
        address = "ann" if member == "ReturnPath" else ["ann"]

        assert refusal(by_v1, ses=ses, **{member: address})[1] == NO_DOMAIN

    @pytest.mark.parametrize(
        ("name", "form"),
        [
            ("Ann", "Ann <{}>"),
            ("Änn", '"Änn" <{}>'),
            ('"Lee, \\"A\\""', '"Lee, \\"A\\"" <{}>'),
        ],
    )
    def test_is_too_long_in_the_form_that_ses_writes(self, sesv2, sesv2_fake, name, form):
        longest = "a" * (320 - len(form) - len("@x.org") + 2) + "@x.org"
        by_v2(sesv2, to=[f"{name} <{longest}>"])
        written = form.format(f"a{longest}")
        assert len(written) == 321

        assert refusal(by_v2, sesv2=sesv2, to=[f"{name}  <a{longest}>"])[1] == (
            f"Address length is more than 320 characters long: '{written}'."
        )
        assert len(sesv2_fake.outbox) == 1

    def test_its_length_is_that_of_utf_16(self, sesv2):
        assert "more than 320" in refusal(by_v2, sesv2=sesv2, to=["😀" * 155 + " <a@x.org>"])[1]

    def test_syntax_comes_before_recipients_and_length_after(self, sesv2):
        long = "a" * 400 + "@x.org"

        assert refusal(by_v2, sesv2=sesv2, to=[], sender="a@")[1] == "Missing domain"
        assert refusal(by_v2, sesv2=sesv2, to=[], sender=long)[1] == (
            "The message must have at least one recipient."
        )
        code, words = refusal(by_v2, sesv2=sesv2, sender=long, ConfigurationSetName="a b")
        assert (code, words) == ("NotFoundException", "Configuration set <a b> does not exist.")


class TestNames:
    def test_a_configuration_set_that_cannot_be_is_not_found(self, sesv2, ses):
        words = "Configuration set <a b> does not exist."

        asked = {"ConfigurationSetName": "a b"}
        assert refusal(by_v2, sesv2=sesv2, **asked) == ("NotFoundException", words)
        assert refusal(by_v1, ses=ses, **asked) == ("ConfigurationSetDoesNotExist", words)

    @NEEDS_TENANT
    def test_a_tenant_that_cannot_be_is_not_found(self, sesv2):
        words = "Tenant a b for AwsAccountId 123456789012 not found."

        assert refusal(by_v2, sesv2=sesv2, TenantName="a b", to=[]) == ("NotFoundException", words)

    @NEEDS_TENANT
    def test_an_empty_one_is_none(self, sesv2, ses, sesv2_fake):
        by_v2(sesv2, ConfigurationSetName="", TenantName="")
        by_v1(ses, ConfigurationSetName="")

        sets = [(email.configuration_set, email.tenant) for email in sesv2_fake.outbox]
        assert sets == [(None, None)] * 2


class TestSender:
    def test_is_missing_without_words_in_a_simple_email(self, sesv2, sesv2_fake):
        assert refusal(by_v2, sesv2=sesv2, sender="") == ("BadRequestException", None)
        assert sesv2_fake.calls[0].message is None
        assert "BadRequestException" in repr(sesv2_fake.calls[0])

    def test_is_empty_in_ses_v1(self, ses):
        assert refusal(by_v1, ses=ses, sender="")[0] == "InvalidParameterValue"

    def test_is_missing_before_the_recipients(self, sesv2):
        content = {"Template": {"TemplateName": "T"}}

        assert refusal(by_v2, sesv2=sesv2, sender="", to=[], content=content)[1] == (
            "Source cannot be empty"
        )


TAGS = {
    "name": (
        ("x:1", "1"),
        (
            "Invalid tag name <x:1>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
            "Tag name cannot exceed {} characters.",
            "The tag name must be specified.",
        ),
    ),
    "value": (
        ("a", "x:1"),
        (
            (
                "Invalid tag value <x:1>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' "
                "are allowed."
            ),
            "Tag value cannot exceed {} characters.",
            "The tag value must be specified.",
        ),
    ),
}


@pytest.mark.parametrize("part", TAGS)
class TestTags:
    def tags(self, part):
        (name, value), words = TAGS[part]
        long = "a" * 257
        return [
            ((name, value), words[0]),
            ((long, value) if part == "name" else (name, long), words[1]),
            (("", value) if part == "name" else (name, ""), words[2]),
        ]

    def test_in_ses_v1(self, ses, part):
        for (name, value), words in self.tags(part):
            found = refusal(by_v1, ses=ses, Tags=[{"Name": name, "Value": value}])
            assert found == ("InvalidParameterValue", words.format(255))

    def test_in_ses_v2(self, sesv2, part):
        for (name, value), words in self.tags(part):
            found = refusal(by_v2, sesv2=sesv2, EmailTags=[{"Name": name, "Value": value}])
            assert found == ("BadRequestException", words.format(256))

    def test_in_the_header(self, sesv2, part):
        (name, value), (words, *_) = TAGS[part]
        headers = ("From: a@x.org", "To: b@x.org", f"X-SES-MESSAGE-TAGS: a=b, {name}={value}")

        assert refusal(by_raw_headers, sesv2=sesv2, headers=headers)[1] == words


def by_raw_headers(sesv2, headers):
    return by_raw(sesv2, *headers)


def test_tags_of_ses_itself_are_allowed(ses, sesv2_fake):
    by_v1(ses, Tags=[{"Name": f"ses:feedback-id-{one}", "Value": "a.b@c"} for one in "ab"])

    assert list(sesv2_fake.outbox[0].tags.values()) == ["a.b@c", "a.b@c"]


ONCE = [
    "Content-Type: text/plain",
    "MIME-Version: 1.0",
    "Content-Transfer-Encoding: 7bit",
    "DKIM-Signature: x",
    "Message-ID: <a@x.org>",
    "Delivered-To: a@x.org",
    "List-Unsubscribe: <https://x.org>",
    "From: a@x.org",
    "To: a@x.org",
    "Cc: a@x.org",
    "Subject: x",
]


class TestRawHeaders:
    @pytest.mark.parametrize("header", ONCE)
    def test_some_headers_may_not_repeat(self, sesv2, ses, header):
        name = header.partition(":")[0]
        headers = ("From: a@x.org", "To: b@x.org", header, header.lower())
        words = f"Duplicate header '{name}'."

        assert refusal(by_raw_headers, sesv2=sesv2, headers=headers)[1] == words
        mail = {"Data": raw(*headers)}
        found = refusal(ses.send_raw_email, RawMessage=mail)
        assert found == ("InvalidParameterValue", words)

    def test_other_headers_may_repeat(self, sesv2, sesv2_fake):
        by_raw(sesv2, "From: a@x.org", "To: b@x.org", "X-Tag: a", "X-Tag: b")

        assert len(sesv2_fake.outbox) == 1

    def test_two_of_bcc_are_both_sent_to(self, sesv2, sesv2_fake):
        by_raw(sesv2, "From: a@x.org", "To: b@x.org", "Bcc: c@x.org", "Bcc: d@x.org")

        assert sesv2_fake.sent_to("c@x.org") is sesv2_fake.sent_to("d@x.org")

    @pytest.mark.parametrize("nested", ["(" * 5_000, "a:" * 20_000, '"\\' * 20_000, "<" * 5_000])
    def test_with_thousands_of_brackets_are_refused(self, sesv2, nested):
        headers = ("From: a@x.org", f"To: {nested}")

        code, words = refusal(by_raw_headers, sesv2=sesv2, headers=headers)
        assert code == "BadRequestException"
        assert words in (ILLEGAL, "Illegal address", NO_DOMAIN)

    def test_a_group_is_sent_to_each_address(self, sesv2, sesv2_fake):
        by_raw(
            sesv2,
            "From: a@x.org",
            'To: "The; house": b@x.org, "C, D" <c@x.org>;, Ann <d@x.org>',
            "Cc: undisclosed-recipients:;",
        )

        assert sesv2_fake.outbox[0].recipients == ("b@x.org", "c@x.org", "d@x.org")

    def test_from_and_to_are_looked_at_whatever_the_request_says(self, sesv2):
        asked = {"FromEmailAddress": SENDER, "Destination": {"ToAddresses": [ANN]}}

        def found(*headers, **members):
            return refusal(by_raw_members, sesv2=sesv2, headers=headers, **{**asked, **members})[1]

        assert found("From: a@", "To: b:c") == "Missing domain"
        assert found("From: a@x.org", "To: b:c") == ILLEGAL
        assert found("From: a@", FromEmailAddress="a:b") == ILLEGAL
        assert found("To: b:c", ReplyToAddresses=["a"]) == NO_DOMAIN
        for name in ("Cc", "Bcc", "Reply-To", "Return-Path"):
            long = "a" * 400 + "@x.org"
            assert "more than 320" in found("From: a@x.org", f"{name}: {long}")

    def test_addresses_in_other_headers_are_not_checked(self, sesv2, sesv2_fake):
        by_raw(
            sesv2,
            "From: a@x.org",
            "Reply-To: nobody",
            "Cc: nobody",
            Destination={"ToAddresses": [ANN]},
        )

        assert len(sesv2_fake.outbox) == 1

    def test_an_empty_message_with_sender_and_recipients_of_its_own(self, ses, sesv2_fake):
        ses.send_raw_email(Source=SENDER, Destinations=[ANN], RawMessage={"Data": b""})

        assert sesv2_fake.sent_to(ANN).sender == SENDER


def by_raw_members(sesv2, headers, **members):
    return by_raw(sesv2, *headers, **members)


HEADERS = {
    "an injected line": ("X-A", "b\r\nBcc: c@x.org"),
    "a colon": ("X-A:", "b"),
    "an empty name": ("", "b"),
    "a long name": ("X" * 127, "b"),
    "an empty value": ("X-A", ""),
    "beyond ASCII": ("X-A", "ä"),
    "a long value": ("X-A", "b" * 996),
    "a long line": ("X" * 100, "b" * 897),
}


@NEEDS_HEADERS
class TestHeaders:
    @pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
    def test_that_no_message_can_have(self, sesv2, header):
        name, value = header
        content = {"Simple": {**SIMPLE, "Headers": [{"Name": name, "Value": value}]}}

        assert "header" in refusal(by_v2, sesv2=sesv2, content=content)[1]

    def test_fifteen_at_most(self, sesv2, sesv2_fake):
        headers = [{"Name": f"X-{n}", "Value": "b" * 900} for n in range(16)]
        by_v2(sesv2, content={"Simple": {**SIMPLE, "Headers": headers[:15]}})

        content = {"Simple": {**SIMPLE, "Headers": headers}}
        assert refusal(by_v2, sesv2=sesv2, content=content)[1] == "Header count exceeds 15."

    @pytest.mark.parametrize(
        ("kind", "content"),
        [("simple", SIMPLE), ("template", {"TemplateName": "T"})],
    )
    def test_without_a_name(self, sesv2, kind, content):
        content = {kind.title(): {**content, "Headers": [{"Value": "b"}]}}

        assert refusal(by_v2, sesv2=sesv2, content=content)[1] == (
            f"1 validation error detected: Value at 'content.{kind}.headers.1.member.name' failed "
            "to satisfy constraint: Member must not be null"
        )


class TestTemplateData:
    @pytest.mark.parametrize("data", ["", "{", "[]", "1", '{"a": "' + "b" * 262_144 + '"}'])
    def test_that_are_no_json_object(self, sesv2, ses, data):
        content = {"Template": {"TemplateName": "T", "TemplateData": data}}
        assert refusal(by_v2, sesv2=sesv2, content=content) == (
            "BadRequestException",
            "Unable to parse template data (invalid JSON).",
        )
        asked = {
            "Source": SENDER,
            "Destination": {"ToAddresses": [ANN]},
            "Template": "T",
            "TemplateData": data,
        }
        assert refusal(ses.send_templated_email, **asked) == (
            "InvalidParameterValue",
            "The template data is invalid",
        )

    def test_nested_too_deeply(self, sesv2):
        data = '{"a": ' * 100_000
        content = {"Template": {"TemplateName": "T", "TemplateData": data}}

        assert "invalid JSON" in refusal(by_v2, sesv2=sesv2, content=content)[1]

    @NEEDS_INLINE_TEMPLATE
    @pytest.mark.parametrize("template", [{}, {"TemplateContent": {}}, {"TemplateName": ""}])
    def test_of_no_template(self, sesv2, template):
        content = {"Template": template}

        code, words = refusal(by_v2, sesv2=sesv2, content=content, sender="")
        assert (code, words) == (
            "BadRequestException",
            "The template must have a name, or content of its own.",
        )


def bulk(sesv2, *entries, **members):
    destinations = [{"Destination": {"ToAddresses": [to]}} for to in entries]
    asked = {
        "FromEmailAddress": SENDER,
        "DefaultContent": {"Template": {"TemplateName": "T"}},
        "BulkEmailEntries": destinations,
    }
    return sesv2.send_bulk_email(**{**asked, **members})


def refused_bulk(sesv2, **members):
    return refusal(lambda: bulk(sesv2, ANN, **members))


class TestBulk:
    def test_a_bad_sender_or_return_path_refuses_the_whole_call(self, sesv2, ses):
        bad = "Alice <sender@>"
        words = "Invalid email address<Alice <sender@>>."

        assert refused_bulk(sesv2, FromEmailAddress=bad) == ("BadRequestException", words)
        assert refused_bulk(sesv2, FeedbackForwardingEmailAddress=bad)[1] == words
        asked = {
            "Template": "T",
            "DefaultTemplateData": "{}",
            "Destinations": [{"Destination": {"ToAddresses": [ANN]}}],
        }
        assert refusal(ses.send_bulk_templated_email, Source=bad, **asked) == (
            "InvalidParameterValue",
            words,
        )
        long = "a" * 400 + "@x.org"
        assert refused_bulk(sesv2, FromEmailAddress=long)[1] == f"Invalid email address<{long}>."

    def test_no_sender_refuses_the_whole_call(self, sesv2):
        assert refused_bulk(sesv2, FromEmailAddress=None)[1] == "Source cannot be empty"

    def test_a_bad_address_of_an_entry_is_its_own(self, sesv2):
        results = bulk(sesv2, "a@", ANN)["BulkEmailEntryResults"]

        assert results[0] == {"Status": "INVALID_PARAMETER", "Error": "Missing domain"}
        assert results[1]["Status"] == "SUCCESS"

    def test_a_bad_reply_to_is_every_entrys(self, sesv2):
        results = bulk(sesv2, ANN, "b@x.org", ReplyToAddresses=["x@"])["BulkEmailEntryResults"]

        assert results == [{"Status": "INVALID_PARAMETER", "Error": "Missing domain"}] * 2

    @pytest.mark.parametrize(("entries", "than"), [(0, "greater"), (51, "less")])
    def test_1_to_50_entries(self, sesv2, entries, than):
        words = refusal(lambda: bulk(sesv2, *[ANN] * entries))[1]

        assert words.startswith(
            "1 validation error detected: Value at 'bulkEmailEntries' failed to satisfy "
            f"constraint: Member must have length {than} than or equal to "
        )

    def test_without_content(self, sesv2):
        code, words = refused_bulk(sesv2, DefaultContent={})

        assert code == "BadRequestException"
        assert words == "The template must have a name, or content of its own."

    @NEEDS_HEADERS
    def test_a_header_of_an_entry(self, sesv2):
        entry = {"Destination": {"ToAddresses": [ANN]}, "ReplacementHeaders": [{"Value": "b"}]}

        assert (
            "'bulkEmailEntries.1.member.replacementHeaders.1.member.name'"
            in (refused_bulk(sesv2, BulkEmailEntries=[entry])[1])
        )


class TestSize:
    def test_more_than_10_mb_in_ses_v1(self, ses, sesv2_fake):
        # Base64 has no padding for these sizes: a form with much to escape would take a second.
        headers = raw("From: a@x.org", "To: b@x.org")
        most = 10 * 2**20 * 3 // 4
        ses.send_raw_email(RawMessage={"Data": headers.ljust(most - 99, b"x")})

        mail = {"Data": headers.ljust(most + 3, b"x")}
        code, words = refusal(ses.send_raw_email, RawMessage=mail)
        assert code == "InvalidParameterValue"
        assert words.startswith("Message length is more than 10485760 bytes long: '")
        assert len(sesv2_fake.outbox) == 1

    def test_more_than_40_mb_in_ses_v2(self, sesv2):
        text = {"Text": {"Data": "x" * 31 * 2**20}}
        content = {"Simple": {"Subject": {"Data": "Hi"}, "Body": text}}

        words = refusal(by_v2, sesv2=sesv2, content=content)[1]
        assert words.startswith("Message length is more than 41943040 bytes long: '")

    def test_with_attachments(self, sesv2):
        attachment = {"RawContent": b"x" * 31 * 2**20, "FileName": "a.txt"}
        content = {"Simple": {**SIMPLE, "Attachments": [attachment]}}

        if "Attachments" not in shape_members(sesv2):
            pytest.skip("botocore is older than attachments")
        words = refusal(by_v2, sesv2=sesv2, content=content)[1]
        assert words.startswith("Message length is more than 41943040 bytes long: '")


def shape_members(sesv2):
    return sesv2.meta.service_model.shape_for("Message").members


class TestPaused:
    def test_by_aws(self, sesv2, ses, sesv2_fake):
        sesv2_fake.account.enforcement_status = "SHUTDOWN"
        words = (
            "Sending paused for this account. For more information, please check the inbox of the "
            "email address associated with your AWS account."
        )

        assert refusal(by_v2, sesv2=sesv2) == ("SendingPausedException", words)
        assert refusal(by_v1, ses=ses) == ("MessageRejected", words)

    def test_before_all_else(self, sesv2, sesv2_fake):
        sesv2_fake.account.sending_enabled = False

        assert refusal(sesv2.send_email, Content={})[0] == "SendingPausedException"
        assert refusal(lambda: bulk(sesv2))[0] == "SendingPausedException"


def test_words_over_http(clients):
    with mock_sesv2() as fake, fake.serve() as url:
        from urllib.request import Request, urlopen

        body = json.dumps({"Content": {"Simple": SIMPLE}}).encode()
        request = Request(f"{url}/v2/email/outbound-emails", body, method="POST")
        with pytest.raises(OSError, match="400") as caught:
            urlopen(request)

        with caught.value as answer:
            assert json.load(answer) == {"message": None}

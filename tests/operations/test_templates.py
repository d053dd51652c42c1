"""Templates: kept, rendered when they are sent, and previewed."""

import sys
from email import message_from_string
from email.policy import default

import boto3
import pytest
from asking import client, has, new_client, total
from botocore.config import Config
from botocore.exceptions import ClientError
from freezegun import freeze_time

from sesv2_fake import mock_sesv2

CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
SENDER = "news@example.com"
ANN = "ann@gmail.com"
WELCOME = {
    "Subject": "Welcome, {{name}}",
    "Text": "Hi {{name}}, {{#if code}}use {{code}}{{else}}no code{{/if}}",
    "Html": "<p>Hi {{name}}</p>{{#each links}}<a href='{{this}}'>{{@index}}</a>{{/each}}",
}
DATA = '{"name": "Ann & Bo", "links": ["https://x.org/"]}'
INLINE = pytest.mark.skipif(
    not has("SendEmail", "ConfigurationOverrides"), reason="botocore is older than inline templates"
)


def v1(region="us-east-1", **how):
    return boto3.client("ses", region_name=region, **how)


@pytest.fixture
def sesv2(sesv2_fake):
    return client()


@pytest.fixture
def ses(sesv2_fake):
    return v1()


def create(sesv2, name="welcome", **content):
    sesv2.create_email_template(TemplateName=name, TemplateContent=content or WELCOME)


def send(sesv2, name="welcome", data=DATA, **template):
    template = template or {"TemplateName": name}
    return sesv2.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [ANN]},
        Content={"Template": {**template, "TemplateData": data}},
    )


def refusal(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def check_rendered(email):
    assert email.subject == "Welcome, Ann & Bo"
    assert email.text == "Hi Ann & Bo, no code"
    assert email.html == "<p>Hi Ann & Bo</p><a href='https://x.org/'>0</a>"
    assert email.message["Subject"] == "Welcome, Ann & Bo"


class TestSent:
    def test_one_that_the_account_has_is_rendered(self, sesv2, sesv2_fake):
        create(sesv2)
        send(sesv2)

        (email,) = sesv2_fake.outbox
        check_rendered(email)
        assert email.template_name == "welcome"
        assert email.template_data == {"name": "Ann & Bo", "links": ["https://x.org/"]}

    def test_one_that_the_test_added_is_rendered(self, sesv2_fake):
        sesv2_fake.add_template("welcome", subject="Hi {{name}}", html="<b>{{name}}</b>")
        send(client("eu-west-1"))
        v1().send_templated_email(
            Source=SENDER,
            Destination={"ToAddresses": [ANN]},
            Template="welcome",
            TemplateData='{"name": "Bo"}',
        )

        assert [email.html for email in sesv2_fake.outbox] == ["<b>Ann & Bo</b>", "<b>Bo</b>"]
        assert sesv2_fake.outbox[1].subject == "Hi Bo"
        assert sesv2_fake.outbox[1].text is None

    @INLINE
    def test_an_inline_one_is_rendered(self, sesv2, sesv2_fake):
        send(sesv2, TemplateContent=WELCOME)

        check_rendered(sesv2_fake.outbox[0])

    def test_each_entry_of_a_bulk_is_rendered_with_its_data(self, sesv2, ses, sesv2_fake):
        sesv2_fake.add_template("T", text="{{a}} {{b}}")
        sesv2.send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={"Template": {"TemplateName": "T", "TemplateData": '{"a": 1, "b": 2}'}},
            BulkEmailEntries=[
                {"Destination": {"ToAddresses": [ANN]}},
                {
                    "Destination": {"ToAddresses": [ANN]},
                    "ReplacementEmailContent": {
                        "ReplacementTemplate": {"ReplacementTemplateData": '{"b": 3}'}
                    },
                },
            ],
        )
        ses.send_bulk_templated_email(
            Source=SENDER,
            Template="T",
            DefaultTemplateData='{"a": 4}',
            Destinations=[
                {
                    "Destination": {"ToAddresses": [ANN]},
                    "ReplacementTemplateData": '{"b": 5}',
                }
            ],
        )

        assert [email.text for email in sesv2_fake.outbox] == ["1 2", "1 3", "4 5"]

    def test_trackers_are_those_of_what_was_rendered(self, sesv2, sesv2_fake):
        create(sesv2)
        send(sesv2)
        send(sesv2, data='{"name": "Ann"}')

        traits = [str(email) for email in sesv2_fake.outbox]
        assert "no click tracker" not in traits[0]
        assert "no click tracker" in traits[1]

    def test_one_without_an_attribute_is_accepted_and_then_fails(self, sesv2, sesv2_fake):
        create(sesv2)
        message_id = send(sesv2, data='{"code": 1}')["MessageId"]

        (email,) = sesv2_fake.outbox
        assert email.message_id == message_id
        record = email.event_record("Rendering Failure")
        assert record["failure"] == {
            "errorMessage": "Attribute 'name' is not present in the rendering data.",
            "templateName": "welcome",
        }
        assert record["mail"]["messageId"] == message_id
        assert total("SEND") == 0
        with pytest.raises(ValueError, match="no Send happened"):
            email.event_record("Send")
        with pytest.raises(RuntimeError, match="Attribute 'name' is not present"):
            _ = email.html

    def test_the_report_says_which_emails_failed_and_why(self, sesv2, sesv2_fake):
        create(sesv2)
        send(sesv2)
        send(sesv2, data="{}")

        report = " ".join(sesv2_fake.report().split())
        assert f"2 emails sent by your code: {ANN}, {ANN} " in report
        why = "Attribute 'name' is not present in the rendering data."
        assert f" accepted, then Rendering Failure ({why}): {ANN} " in report

    def test_placeholders_of_ses_itself_stay(self, sesv2, sesv2_fake):
        create(sesv2, Text="{{amazonSESUnsubscribeUrl}} {{ses:openTracker}} {{{name}}}")
        send(sesv2)

        text = sesv2_fake.outbox[0].text
        assert text == "{{amazonSESUnsubscribeUrl}} {{ses:openTracker}} Ann & Bo"

    def test_one_that_nobody_knows_is_sent_while_the_account_has_none(self, sesv2, sesv2_fake):
        send(sesv2, "elsewhere")

        (email,) = sesv2_fake.outbox
        assert email.subject is None
        with pytest.raises(RuntimeError, match=r"'elsewhere' is not known here.*add_template"):
            _ = email.html

    def test_an_unknown_name_is_refused_once_the_account_has_a_template(
        self, sesv2, ses, sesv2_fake
    ):
        create(sesv2)
        words = "Template welcme does not exist."

        asked = {"Source": SENDER, "Destination": {"ToAddresses": [ANN]}, "TemplateData": "{}"}
        assert refusal(ses.send_templated_email, Template="welcme", **asked) == (
            "TemplateDoesNotExist",
            words,
        )
        assert refusal(lambda: send(sesv2, "welcme")) == ("NotFoundException", words)
        assert refusal(lambda: send(client("eu-west-1"))) == (
            "NotFoundException",
            "Template welcome does not exist.",
        )
        assert sesv2_fake.outbox == []

    def test_an_arn_names_one_too(self, sesv2, sesv2_fake):
        create(sesv2)
        send(sesv2, TemplateArn="arn:aws:ses:us-east-1:123456789012:template/welcome")

        check_rendered(sesv2_fake.outbox[0])

    def test_a_reset_forgets_them(self, sesv2, sesv2_fake):
        create(sesv2)
        sesv2_fake.reset()

        assert sesv2.list_email_templates()["TemplatesMetadata"] == []
        send(sesv2, "elsewhere")

    def test_over_http(self, sesv2_fake):
        with sesv2_fake.serve() as url:
            made = new_client(endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b")
            create(made)
            send(made)

        check_rendered(sesv2_fake.outbox[0])


class TestWithoutTheExtra:
    @pytest.fixture(autouse=True)
    def missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "dotpromptz_handlebars", None)

    def test_a_send_is_accepted_unrendered(self, sesv2, sesv2_fake):
        create(sesv2)
        send(sesv2, data='{"name": "Ann"}')

        (email,) = sesv2_fake.outbox
        assert email.template_data == {"name": "Ann"}
        for part in ("html", "text", "message"):
            with pytest.raises(RuntimeError, match=r"pip install 'sesv2-fake\[templates\]'"):
                getattr(email, part)

    def test_a_preview_is_refused(self, sesv2, ses):
        create(sesv2)

        code, words = refusal(
            sesv2.test_render_email_template, TemplateName="welcome", TemplateData="{}"
        )
        assert (code, "sesv2-fake[templates]" in words) == ("UnknownOperationException", True)

    def test_any_template_can_be_added(self, sesv2_fake):
        sesv2_fake.add_template("T", text="{{#if a}}")


class TestKept:
    def test_created_got_changed_and_deleted(self, sesv2):
        create(sesv2)
        sesv2.update_email_template(TemplateName="welcome", TemplateContent={"Text": "Hi"})

        got = sesv2.get_email_template(TemplateName="welcome")
        assert (got["TemplateName"], got["TemplateContent"]) == ("welcome", {"Text": "Hi"})
        sesv2.delete_email_template(TemplateName="welcome")
        assert refusal(sesv2.get_email_template, TemplateName="welcome")[0] == "NotFoundException"

    def test_the_same_in_ses_v1(self, ses):
        template = {"TemplateName": "a b", "SubjectPart": "Hi", "HtmlPart": "<p>&"}
        ses.create_template(Template=template)
        assert ses.get_template(TemplateName="a b")["Template"] == template
        ses.update_template(Template={"TemplateName": "a b", "TextPart": "Ho"})

        changed = {"TemplateName": "a b", "TextPart": "Ho"}
        assert ses.get_template(TemplateName="a b")["Template"] == changed
        ses.delete_template(TemplateName="a b")
        ses.delete_template(TemplateName="a b")
        assert refusal(ses.get_template, TemplateName="a b") == (
            "TemplateDoesNotExist",
            "Template a b does not exist.",
        )

    def test_both_services_see_the_same(self, sesv2, ses):
        create(sesv2)

        assert ses.get_template(TemplateName="welcome")["Template"]["TextPart"] == WELCOME["Text"]

    def test_of_another_region_are_others(self, sesv2):
        create(sesv2)

        found = client("eu-west-1").list_email_templates()["TemplatesMetadata"]
        assert found == []

    @pytest.mark.parametrize("name", ["a b", "a/b", "ä", "a%2Fb"])
    def test_a_name_may_have_odd_characters(self, sesv2, name):
        create(sesv2, name)

        assert sesv2.get_email_template(TemplateName=name)["TemplateName"] == name

    def test_a_second_template_of_a_name_is_refused(self, sesv2, ses):
        create(sesv2)

        words = "Template welcome already exists."
        assert refusal(lambda: create(sesv2)) == ("AlreadyExistsException", words)
        assert refusal(ses.create_template, Template={"TemplateName": "welcome"}) == (
            "AlreadyExists",
            words,
        )

    def test_a_template_without_a_name_is_refused(self, sesv2_fake):
        unchecked = Config(parameter_validation=False)

        found = refusal(
            new_client(config=unchecked).create_email_template, TemplateName="", TemplateContent={}
        )
        assert found == ("BadRequestException", "The template name must be specified.")
        assert (
            "'template.templateName'"
            in refusal(v1(config=unchecked).create_template, Template={"TextPart": "x"})[1]
        )

    def test_not_there_cannot_be_changed(self, sesv2, ses):
        words = "Template T does not exist."

        assert refusal(sesv2.update_email_template, TemplateName="T", TemplateContent={}) == (
            "NotFoundException",
            words,
        )
        assert refusal(ses.update_template, Template={"TemplateName": "T"})[1] == words
        assert refusal(sesv2.delete_email_template, TemplateName="T")[1] == words


class TestListed:
    def test_with_the_time_they_were_created(self, sesv2, ses):
        with freeze_time("2026-01-05T09:30:00"):
            create(sesv2)
        sesv2.update_email_template(TemplateName="welcome", TemplateContent={})

        for found in (sesv2.list_email_templates(), ses.list_templates()):
            (metadata,) = found["TemplatesMetadata"]
            name = metadata.get("TemplateName", metadata.get("Name"))
            assert (name, metadata["CreatedTimestamp"].isoformat()) == (
                "welcome",
                "2026-01-05T09:30:00+00:00",
            )

    @pytest.mark.parametrize("service", ["ses", "sesv2"])
    def test_page_by_page(self, sesv2_fake, service):
        for number in range(12):
            sesv2_fake.add_template(f"T{number:02}", text="Hi")
        ask = client().list_email_templates if service == "sesv2" else v1().list_templates
        size = "PageSize" if service == "sesv2" else "MaxItems"

        first = ask()
        rest = ask(NextToken=first["NextToken"])
        assert [len(one["TemplatesMetadata"]) for one in (first, rest)] == [10, 2]
        assert "NextToken" not in rest
        assert len(ask(**{size: 3})["TemplatesMetadata"]) == 3

    def test_pages_have_1_to_100(self, sesv2, ses):
        assert refusal(sesv2.list_email_templates, PageSize=101) == (
            "BadRequestException",
            "Page size 101 is invalid, expected a number between 1 and 100",
        )
        assert refusal(ses.list_templates, MaxItems=0)[0] == "InvalidParameterValue"
        assert ses.list_templates(MaxItems=101)["TemplatesMetadata"] == []

    def test_by_a_token_of_nobody(self, sesv2):
        assert refusal(sesv2.list_email_templates, NextToken="x")[1] == "Token is invalid."


class TestRendered:
    def test_is_the_message_that_would_be_sent(self, sesv2, ses, sesv2_fake):
        create(sesv2)
        send(sesv2)

        asked = {"TemplateName": "welcome", "TemplateData": DATA}
        for answer in (
            sesv2.test_render_email_template(**asked),
            ses.test_render_template(**asked),
        ):
            message = message_from_string(answer["RenderedTemplate"], policy=default)
            (email,) = sesv2_fake.outbox
            assert message["Subject"] == email.subject
            assert message.get_body(("html",)).get_content().strip() == email.html
            assert message.get_body(("plain",)).get_content().strip() == email.text

    def test_without_an_attribute_is_refused(self, sesv2, ses):
        create(sesv2)
        words = "Attribute 'name' is not present in the rendering data."

        asked = {"TemplateName": "welcome", "TemplateData": "{}"}
        assert refusal(sesv2.test_render_email_template, **asked) == ("BadRequestException", words)
        assert refusal(ses.test_render_template, **asked) == ("MissingRenderingAttribute", words)

    def test_data_that_are_not_json_are_refused(self, sesv2, ses):
        create(sesv2)

        asked = {"TemplateName": "welcome", "TemplateData": "["}
        assert refusal(sesv2.test_render_email_template, **asked)[1] == (
            "Unable to parse template data (invalid JSON)."
        )
        assert refusal(ses.test_render_template, **asked)[0] == "InvalidRenderingParameter"

    @pytest.mark.parametrize("text", ["{{#if a}}", "{{", "{{> other}}", "{{#if a}}" * 2_000])
    def test_that_is_no_template_is_refused(self, sesv2, text):
        create(sesv2, Text=text)

        code, words = refusal(
            sesv2.test_render_email_template, TemplateName="welcome", TemplateData='{"a": 1}'
        )
        assert code == "BadRequestException"
        assert words.startswith("The template cannot be rendered: ")

    def test_of_no_template_is_refused(self, sesv2, ses):
        asked = {"TemplateName": "T", "TemplateData": "{}"}

        assert refusal(sesv2.test_render_email_template, **asked)[0] == "NotFoundException"
        assert refusal(ses.test_render_template, **asked)[0] == "TemplateDoesNotExist"


class TestAddTemplate:
    def test_in_one_region(self, sesv2_fake):
        sesv2_fake.add_template("T", text="Hi", region="eu-west-1")

        assert client("eu-west-1").get_email_template(TemplateName="T")
        assert refusal(client().get_email_template, TemplateName="T")[0] == "NotFoundException"

    def test_adding_it_again_replaces_it(self, sesv2_fake):
        sesv2_fake.add_template("T", text="Hi")
        sesv2_fake.add_template("T", text="Ho")

        content = client().get_email_template(TemplateName="T")["TemplateContent"]
        assert content == {"Text": "Ho"}

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ({"name": ""}, "name: expected text that is not empty, got ''"),
            ({"name": 3}, "name: expected text that is not empty, got 3"),
            ({"name": "T", "html": b"x"}, "html: expected text, got b'x'"),
            ({"name": "T"}, "expected a subject, text or html"),
            ({"name": "T", "text": "{{#if a}}"}, "text: The template cannot be rendered: unclosed"),
            ({"name": "T", "text": "x", "region": "Ohio"}, "region"),
        ],
    )
    def test_bad_input_is_an_error(self, sesv2_fake, arguments, error):
        with pytest.raises((TypeError, ValueError), match=error):
            sesv2_fake.add_template(**arguments)


class TestBesideMoto:
    @pytest.fixture(autouse=True)
    def moto(self):
        moto = pytest.importorskip("moto", reason="moto needs a newer botocore")
        with moto.mock_aws():
            yield

    def test_moto_keeps_those_of_ses_v1(self):
        with mock_sesv2() as fake:
            fake.add_template("another", text="Hi")
            ses = v1(**CREDENTIALS)
            ses.verify_email_identity(EmailAddress=SENDER)
            ses.create_template(
                Template={"TemplateName": "T", "SubjectPart": "Hi", "TextPart": "x"}
            )
            ses.send_templated_email(
                Source=SENDER,
                Destination={"ToAddresses": [ANN]},
                Template="T",
                TemplateData="{}",
            )

            assert fake.sent_to(ANN).template_name == "T"

    def test_operations_of_ses_v2_that_moto_does_not_have_are_answered_here(self):
        with mock_sesv2():
            create(new_client(**CREDENTIALS))

            assert new_client(**CREDENTIALS).get_email_template(TemplateName="welcome")

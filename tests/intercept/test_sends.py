"""Sends that others may answer: moto, a Stubber, an endpoint of the user's own; async clients."""

import asyncio
from contextlib import ExitStack
from email.message import EmailMessage

import boto3
import pytest
from asking import has, new_client, total
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError, StubResponseError
from botocore.stub import Stubber
from time_machine import travel

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
ANN = "ann@gmail.com"
CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
SIMPLE = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
REQUEST = {
    "FromEmailAddress": SENDER,
    "Destination": {"ToAddresses": [ANN]},
    "Content": {"Simple": SIMPLE},
}


@pytest.fixture(autouse=True)
def on_monday():
    with travel("2026-01-05", tick=False):
        yield


def v1(**how):
    return boto3.client("ses", region_name="us-east-1", **how)


def send(made, **changes):
    return made.send_email(**{**REQUEST, **changes})["MessageId"]


class TestMoto:
    @pytest.fixture(params=["moto outside", "moto inside"])
    def ses(self, request):
        """A fake and moto, in either order."""
        moto = pytest.importorskip("moto", reason="moto needs a newer botocore than the oldest")
        with ExitStack() as both:
            if request.param == "moto outside":
                both.enter_context(moto.mock_aws())
                yield both.enter_context(mock_sesv2())
            else:
                fake = both.enter_context(mock_sesv2())
                both.enter_context(moto.mock_aws())
                yield fake

    def test_what_moto_accepts_is_in_the_outbox_with_motos_id(self, ses):
        made = new_client(**CREDENTIALS)
        made.create_email_identity(EmailIdentity=SENDER)

        message_id = send(made, EmailTags=[{"Name": "a", "Value": "b"}])

        (email,) = ses.outbox
        assert (email.to, email.subject, email.message_id) == ((ANN,), "Hi", message_id)
        assert email.tags == {"a": "b"}
        assert total("SEND", using=made) == 1
        assert [call.operation for call in ses.calls] == [
            "CreateEmailIdentity",
            "SendEmail",
            "BatchGetMetricData",
        ]

    def test_what_moto_refuses_is_not(self, ses):
        made = new_client(**CREDENTIALS)

        with pytest.raises(made.exceptions.MessageRejected):
            send(made)

        assert list(ses.outbox) == []

    def test_ses_v1_too(self, ses):
        made = v1(**CREDENTIALS)
        made.verify_email_identity(EmailAddress=SENDER)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = SENDER, ANN, "Grüße"
        message.set_content("Hi")

        ids = [
            made.send_email(
                Source=SENDER, Destination={"ToAddresses": [ANN, "b@x.org"]}, Message=SIMPLE
            )["MessageId"],
            made.send_raw_email(RawMessage={"Data": message.as_bytes()})["MessageId"],
        ]

        assert [email.message_id for email in ses.outbox] == ids
        assert [email.subject for email in ses.outbox] == ["Hi", "Grüße"]

    def test_a_send_that_a_fault_failed_reaches_moto_at_its_next_attempt(self, ses):
        made = new_client(**CREDENTIALS)
        made.create_email_identity(EmailIdentity=SENDER)
        ses.throttle(2, operation="SendEmail")

        send(made)

        assert len(ses.outbox) == 1
        assert [call.error for call in ses.calls if call.operation == "SendEmail"] == [
            "TooManyRequestsException",
            "TooManyRequestsException",
            None,
        ]

    @pytest.mark.skipif(not has("SendBulkEmail"), reason="botocore is older")
    def test_a_send_that_moto_does_not_have_is_answered_here(self, ses):
        made = new_client(**CREDENTIALS)

        made.send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={"Template": {"TemplateName": "T", "TemplateData": "{}"}},
            BulkEmailEntries=[{"Destination": {"ToAddresses": [ANN]}}],
        )

        assert [email.to for email in ses.outbox] == [(ANN,)]
        assert [call.operation for call in ses.calls] == ["SendBulkEmail"]

    def test_the_account_is_answered_here(self, ses):
        assert new_client(**CREDENTIALS).get_account()["VdmAttributes"]["VdmEnabled"] == "ENABLED"


class TestStubber:
    """It answers before a request is made; what it accepts is sent all the same."""

    @pytest.fixture(params=["a Stubber outside", "a Stubber inside"])
    def both(self, request):
        """What makes a fake and a client's active Stubber, in either order."""
        with ExitStack() as both:

            def activate(made):
                stubber = Stubber(made)
                if request.param == "a Stubber outside":
                    both.enter_context(stubber)
                    return both.enter_context(mock_sesv2()), stubber
                fake = both.enter_context(mock_sesv2())
                both.enter_context(stubber)
                return fake, stubber

            yield activate

    def test_what_it_accepts_is_in_the_outbox_with_its_id(self, both):
        made = new_client("eu-west-1")
        fake, stubber = both(made)
        stubber.add_response("send_email", {"MessageId": "stubbed"}, REQUEST)

        assert send(made) == "stubbed"

        (email,) = fake.outbox
        assert (email.to, email.subject, email.message_id) == ((ANN,), "Hi", "stubbed")
        assert total("SEND", using=new_client("eu-west-1")) == 1
        assert [call.operation for call in fake.calls] == ["SendEmail", "BatchGetMetricData"]

    def test_what_it_refuses_is_not(self, both):
        made = new_client()
        fake, stubber = both(made)
        stubber.add_client_error("send_email", "MessageRejected")

        with pytest.raises(ClientError, match="MessageRejected"):
            send(made)

        assert list(fake.outbox) == []

    def test_what_it_did_not_expect_is_not(self, both):
        made = new_client()
        fake, stubber = both(made)
        stubber.add_response("get_account", {})

        with pytest.raises(StubResponseError):
            send(made)

        assert list(fake.outbox) == []

    def test_a_wrong_argument_is_botocores_error(self, both):
        made = new_client()
        fake, stubber = both(made)
        stubber.add_response("send_email", {"MessageId": "stubbed"})

        with pytest.raises(ParamValidationError):
            send(made, url_path="/", url="")

        assert list(fake.outbox) == []

    def test_ses_v1_too(self, both):
        made = v1()
        fake, stubber = both(made)
        stubber.add_response("send_email", {"MessageId": "stubbed"})

        made.send_email(Source=SENDER, Destination={"ToAddresses": [ANN]}, Message=SIMPLE)

        assert [(email.message_id, email.subject) for email in fake.outbox] == [("stubbed", "Hi")]

    def test_other_answers_of_a_stubber_are_its_own(self, both):
        made = new_client()
        fake, stubber = both(made)
        stubber.add_response("get_account", {"SendingEnabled": False})

        assert made.get_account() == {"SendingEnabled": False}
        assert fake.calls == []

    def test_nothing_is_noted_without_capture_sends(self):
        made = new_client()
        with mock_sesv2(capture_sends=False) as fake, Stubber(made) as stubber:
            stubber.add_response("send_email", {"MessageId": "stubbed"})
            send(made)

        assert list(fake.outbox) == []

    def test_after_the_last_fake_it_is_as_ever(self):
        made = new_client()
        with mock_sesv2() as fake:
            pass
        with Stubber(made) as stubber:
            stubber.add_response("send_email", {"MessageId": "stubbed"})

            assert send(made) == "stubbed"
        assert list(fake.outbox) == []

    def test_of_aiobotocore_too(self, sesv2_fake):
        session = pytest.importorskip("aiobotocore.session").get_session()
        stub = pytest.importorskip("aiobotocore.stub", reason="aiobotocore is older")

        async def main():
            async with session.create_client("sesv2", region_name="us-east-1") as made:
                with stub.AioStubber(made) as stubber:
                    stubber.add_response("send_email", {"MessageId": "stubbed"})
                    await made.send_email(**REQUEST)

        asyncio.run(main())

        assert [email.message_id for email in sesv2_fake.outbox] == ["stubbed"]


def canned(body, status=200):
    """An event handler of somebody's own that answers every request."""
    raw = body.encode()

    def handler(request, **_):
        response = AWSResponse(request.url, status, {"Content-Type": "application/json"}, None)
        response._content = raw
        return response

    return handler


class TestOthers:
    def answered_by(self, handler, operation="SendEmail"):
        made = new_client(**CREDENTIALS, config=Config(parameter_validation=False))
        made.meta.events.register(f"before-send.sesv2.{operation}", handler)
        return made

    def test_one_id_for_all_is_the_first_emails(self, sesv2_fake):
        made = self.answered_by(canned('{"MessageId": "same"}'))
        send(made)
        send(made, Destination={"ToAddresses": ["bob@yahoo.com"]})

        assert [email.message_id for email in sesv2_fake.outbox] == ["same", "same"]
        assert total("SEND") == 2
        assert sesv2_fake._account.messages.find("same", "us-east-1").recipients == (ANN,)

    def test_emails_of_a_bulk_that_have_an_id(self, sesv2_fake):
        entries = '{"Status": "SUCCESS", "MessageId": "m-1"}, {"Status": "FAILED"}, {}'
        made = self.answered_by(
            canned(f'{{"BulkEmailEntryResults": [{entries}]}}'), "SendBulkEmail"
        )
        made.send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={"Template": {"TemplateName": "T"}},
            BulkEmailEntries=[
                {"Destination": {"ToAddresses": [to]}} for to in (ANN, "b@x.org", "c@x.org")
            ],
        )

        (email,) = sesv2_fake.outbox
        assert (email.to, email.message_id) == ((ANN,), "m-1")

    def test_an_email_accepted_without_an_id_has_none(self, sesv2_fake):
        made = self.answered_by(canned("{}"))
        made.send_email(**REQUEST)

        assert list(sesv2_fake.outbox) == []

    def test_a_send_that_the_fake_would_refuse_is_a_warning(self, sesv2_fake):
        made = self.answered_by(canned('{"MessageId": "m-1"}'))

        with pytest.warns(
            UserWarning, match="SendEmail was accepted by others.*one recipient"
        ) as w:
            send(made, Destination={})

        assert w[0].filename == __file__
        assert list(sesv2_fake.outbox) == []

    def test_a_users_own_not_implemented_error_comes_through(self, sesv2_fake):
        def not_here(**_):
            raise NotImplementedError("nothing of mine")

        with pytest.raises(NotImplementedError, match="nothing of mine"):
            send(self.answered_by(not_here))

    def test_an_endpoint_of_the_users_own_is_asked(self, sesv2_fake):
        with mock_sesv2() as other, other.serve() as url, mock_sesv2() as inner:
            message_id = send(new_client(endpoint_url=url, **CREDENTIALS))

        assert other.outbox[0].message_id == message_id
        assert inner.outbox[0].message_id == message_id


class TestAsync:
    def test_a_send_that_others_do_not_have_is_answered_here(self, sesv2_fake):
        session = pytest.importorskip("aiobotocore.session").get_session()

        def not_here(request, **_):
            if "amazonaws" in request.url:
                raise NotImplementedError(request.url)

        async def main():
            async with session.create_client(
                "sesv2", region_name="us-east-1", **CREDENTIALS
            ) as made:
                made.meta.events.register("before-send.sesv2", not_here)
                await made.send_email(**REQUEST)

        asyncio.run(main())

        assert len(sesv2_fake.outbox) == 1

    def test_an_async_client_sends(self, sesv2_fake):
        session = pytest.importorskip("aiobotocore.session").get_session()

        async def main():
            async with session.create_client("sesv2", region_name="eu-west-1") as made:
                await made.get_account()
                answer = await made.send_email(**REQUEST)
            async with session.create_client("ses", region_name="eu-west-1") as made:
                await made.send_email(
                    Source=SENDER, Destination={"ToAddresses": ["b@x.org"]}, Message=SIMPLE
                )
            return answer["MessageId"]

        message_id = asyncio.run(main())

        assert sesv2_fake.sent_to(ANN).message_id == message_id
        assert [email.region for email in sesv2_fake.outbox] == ["eu-west-1"] * 2

"""Calls that began before their fake and come to their socket under it: they do not leave."""

import asyncio
import io
import re

import boto3
import pytest
from asking import MONDAY, new_client, query, series
from botocore import UNSIGNED
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, EndpointConnectionError
from botocore.httpsession import URLLib3Session

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
ONCE = Config(retries={"total_max_attempts": 1})
CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
NOBODY = {"endpoint_url": "http://127.0.0.1:9", "config": ONCE, **CREDENTIALS}
TO_ANN = {"ToAddresses": ["ann@gmail.com"]}
RAW = {"Raw": {"Data": b"Subject: Hi\n\nHi"}}


@pytest.fixture
def starting():
    """Have a fake start in the midst of a client's next call, after the client has signed."""
    fakes = []

    def start_in(made, then=lambda fake: None, **options):
        fake = mock_sesv2(**options)
        fakes.append(fake)

        def start(**_):
            if not fake.is_active:
                fake.start()
                fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=3)
                then(fake)

        made.meta.events.register("before-send", start)
        return fake

    yield start_in
    for fake in fakes:
        if fake.is_active:
            fake.stop()


def ask(made):
    return sum(series(made.batch_get_metric_data(Queries=[query()])).values())


@pytest.mark.parametrize("where", [{}, NOBODY], ids=["AWS", "an endpoint of the user's"])
def test_a_metric_is_answered(starting, where):
    made = new_client(**{**CREDENTIALS, **where})
    fake = starting(made)

    assert ask(made) == 3
    assert [call.operation for call in fake.calls] == ["BatchGetMetricData"]


def test_a_metric_of_another_region_is_answered_as_that_one(starting):
    made = new_client("eu-west-1", **CREDENTIALS)
    fake = starting(made)
    ask(made)

    assert [call.region for call in fake.calls] == ["eu-west-1"]


def test_an_unsigned_call_has_the_region_of_its_host(starting):
    made = new_client("eu-west-1", config=Config(signature_version=UNSIGNED))
    fake = starting(made)
    ask(made)

    assert [call.region for call in fake.calls] == ["eu-west-1"]


def test_a_call_that_names_no_region_does_not_leave(starting):
    unsigned = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    made = new_client(**{**NOBODY, "config": unsigned})
    starting(made)

    with pytest.raises(RuntimeError, match="it names no region; did it begin before the fake"):
        ask(made)


def test_a_fault_fails_it(starting):
    made = new_client(**NOBODY)
    starting(made, lambda fake: fake.drop_connections("connect-timeout"))

    with pytest.raises(ConnectTimeoutError):
        ask(made)


def test_an_email_is_in_the_outbox(starting):
    made = new_client(**CREDENTIALS)
    fake = starting(made)
    made.send_email(FromEmailAddress=SENDER, Destination=TO_ANN, Content=RAW)

    assert [email.subject for email in fake.outbox] == ["Hi"]


def test_an_email_of_ses_v1_is_in_the_outbox(starting):
    made = boto3.client("ses", region_name="us-east-1", **CREDENTIALS)
    fake = starting(made)
    body = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
    sent = made.send_email(Source=SENDER, Destination=TO_ANN, Message=body)

    assert [email.message_id for email in fake.outbox] == [sent["MessageId"]]


def test_an_email_to_an_endpoint_of_the_users_goes_there(starting):
    made = new_client(**NOBODY)
    fake = starting(made)

    with pytest.raises(EndpointConnectionError):
        made.send_email(FromEmailAddress=SENDER, Destination=TO_ANN, Content=RAW)

    assert len(fake.outbox) == 0


@pytest.mark.parametrize(
    ("service", "call", "name"),
    [
        ("sesv2", "list_contact_lists", "ListContactLists"),
        ("ses", "list_identities", "ListIdentities"),
    ],
)
def test_an_operation_that_nobody_answers_does_not_leave(starting, service, call, name):
    made = boto3.client(service, region_name="us-east-1", **CREDENTIALS)
    starting(made)

    with pytest.raises(RuntimeError, match=f"{name} is not answered by sesv2_fake"):
        getattr(made, call)()


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
@pytest.mark.parametrize("signed", [True, False])
def test_an_object_of_s3_with_a_name_like_a_path_of_sess_is_left_alone(starting, signed):
    how = CREDENTIALS if signed else {}
    config = ONCE if signed else ONCE.merge(Config(signature_version=UNSIGNED))
    made = boto3.client("s3", region_name="us-east-1", config=config, **how)
    fake = starting(made)

    with pytest.raises(BotoCoreError):
        made.get_object(Bucket="my-bucket", Key="v2/email/account")

    assert fake.calls == []


class TestLeftAlone:
    """What the fake has nothing to do with reaches the socket, which the tests keep shut."""

    @pytest.mark.filterwarnings("ignore:A test tried to use socket")
    @pytest.mark.parametrize(
        ("service", "call"),
        [
            ("sesv2", "list_contact_lists"),
            ("pinpoint-email", "get_account"),
            ("sts", "get_caller_identity"),
            ("mailmanager", "list_relays"),
        ],
    )
    def test_allowed_operations_and_other_services(self, starting, service, call):
        if service not in boto3.Session().get_available_services():
            pytest.skip(f"this botocore has no {service}")
        made = boto3.client(service, region_name="us-east-1", config=ONCE, **CREDENTIALS)
        fake = starting(made, other_operations="allow")

        with pytest.raises(BotoCoreError):
            getattr(made, call)()

        assert fake.calls == []


AWS = "https://email.us-east-1.amazonaws.com"
FORM = "Action=SendEmail&Source=news%40example.com&Destination.ToAddresses.member.1=ann%40gmail.com"
FORM += "&Message.Subject.Data=Hi&Message.Body.Text.Data=Hi"


def signed(method, url, body=None, service="ses", region="us-east-1", auth=SigV4Auth, **headers):
    """A request that a program signs itself."""
    request = AWSRequest(method, url, data=body, headers=headers)
    auth(Credentials("a", "b"), service, region).add_auth(request)
    return request.prepare()


class TestSignedByHand:
    """Requests that a program signs, and sends through botocore's session without a client."""

    @pytest.mark.parametrize(
        "request_",
        [
            signed("GET", f"{AWS}/?{FORM}"),
            signed("GET", f"{AWS}?{FORM}", auth=SigV4QueryAuth),
            signed("POST", f"{AWS}/", FORM),
            signed("POST", f"{AWS}/", io.BytesIO(FORM.encode())),
            signed("POST", f"{AWS}/", FORM, service="email"),
            signed("POST", f"{AWS.replace('.us', '.US')}./", FORM),
            signed("POST", "https://vpce-1.email.us-east-1.vpce.amazonaws.com/", FORM),
            signed("POST", "https://a.b.endpoints.email.api.aws/", FORM),
        ],
        ids=["GET", "presigned GET", "form", "file", "older name", "case", "VPC", "global"],
    )
    def test_an_email_of_ses_v1_is_in_the_outbox(self, sesv2_fake, request_):
        answer = URLLib3Session().send(request_)

        assert answer.status_code == 200
        assert [email.subject for email in sesv2_fake.outbox] == ["Hi"]
        assert sesv2_fake.calls[0].region == "us-east-1"

    @pytest.mark.parametrize(
        ("method", "url", "name"),
        [
            ("POST", f"{AWS}//v2/email/outbound-emails", "POST //v2/email/outbound-emails"),
            ("POST", f"{AWS}/v2%2Femail/outbound-emails", "POST /v2%2Femail/outbound-emails"),
            ("POST", f"{AWS}/v1/email/outbound-emails", "POST /v1/email/outbound-emails"),
            ("GET", f"{AWS}/?Action=ListIdentities", "ListIdentities"),
            ("GET", f"{AWS}/", "GET /"),
        ],
    )
    @pytest.mark.parametrize("service", ["ses", "email", "s3"])
    def test_a_request_that_is_no_operation_does_not_leave(
        self, sesv2_fake, method, url, name, service
    ):
        with pytest.raises(RuntimeError, match=f"^{re.escape(name)} is not answered"):
            URLLib3Session().send(signed(method, url, "{}", service=service))

        assert [call.operation for call in sesv2_fake.calls] == [name]

    def test_a_load_balancer_of_aws_is_not_an_endpoint_of_the_users(self, sesv2_fake):
        url = "https://mine.elb.us-east-1.amazonaws.com/v1/email/outbound-emails"
        with pytest.raises(RuntimeError, match=r"^POST /v1/email/outbound-emails is not answered"):
            URLLib3Session().send(signed("POST", url, "{}"))

    def test_an_unsigned_one_does_not_leave(self, sesv2_fake):
        with pytest.raises(RuntimeError, match=r"^POST /v1/email/outbound-emails is not answered"):
            URLLib3Session().send(
                AWSRequest("POST", f"{AWS}/v1/email/outbound-emails", data="{}").prepare()
            )

    @pytest.mark.filterwarnings("ignore:A test tried to use socket")
    @pytest.mark.parametrize(
        "url", ["https://email.s3.amazonaws.com/v2/email/account", "http://127.0.0.1:9/v1/email/x"]
    )
    @pytest.mark.parametrize("service", ["s3", None])
    def test_another_services_is_left_alone(self, sesv2_fake, url, service):
        request = AWSRequest("GET", url).prepare()
        with pytest.raises(BotoCoreError):
            URLLib3Session().send(signed("GET", url, service=service) if service else request)

        assert sesv2_fake.calls == []


def test_a_client_of_pinpoint_email_sends_nothing(sesv2_fake):
    made = boto3.client("pinpoint-email", region_name="us-east-1", **CREDENTIALS)

    with pytest.raises(RuntimeError, match=r"^SendEmail is not answered by sesv2_fake"):
        made.send_email(FromEmailAddress=SENDER, Destination=TO_ANN, Content=RAW)

    assert len(sesv2_fake.outbox) == 0


def test_a_call_of_aiobotocore_is_answered(starting):
    session = pytest.importorskip("aiobotocore.session").get_session()

    async def main():
        async with session.create_client("sesv2", region_name="us-east-1", **CREDENTIALS) as made:
            fake = starting(made)
            answer = await made.batch_get_metric_data(Queries=[query()])
            return fake, sum(series(answer).values())

    fake, count = asyncio.run(main())

    assert count == 3
    assert len(fake.calls) == 1

"""Calls that began before their fake and come to their socket under it: they do not leave."""

import asyncio

import boto3
import pytest
from asking import MONDAY, client, query, series
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, EndpointConnectionError

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
    made = client(**{**CREDENTIALS, **where})
    fake = starting(made)

    assert ask(made) == 3
    assert [call.operation for call in fake.calls] == ["BatchGetMetricData"]


def test_a_metric_of_another_region_is_answered_as_that_one(starting):
    made = client("eu-west-1", **CREDENTIALS)
    fake = starting(made)
    ask(made)

    assert [call.region for call in fake.calls] == ["eu-west-1"]


def test_an_unsigned_call_has_the_region_of_its_host(starting):
    made = client("eu-west-1", config=Config(signature_version=UNSIGNED))
    fake = starting(made)
    ask(made)

    assert [call.region for call in fake.calls] == ["eu-west-1"]


def test_a_call_that_names_no_region_does_not_leave(starting):
    unsigned = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    made = client(**{**NOBODY, "config": unsigned})
    starting(made)

    with pytest.raises(RuntimeError, match="it names no region; did it begin before the fake"):
        ask(made)


def test_a_fault_fails_it(starting):
    made = client(**NOBODY)
    starting(made, lambda fake: fake.drop_connections("connect-timeout"))

    with pytest.raises(ConnectTimeoutError):
        ask(made)


def test_an_email_is_in_the_outbox(starting):
    made = client(**CREDENTIALS)
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
    made = client(**NOBODY)
    fake = starting(made)

    with pytest.raises(EndpointConnectionError):
        made.send_email(FromEmailAddress=SENDER, Destination=TO_ANN, Content=RAW)

    assert len(fake.outbox) == 0


@pytest.mark.parametrize(
    ("service", "call", "name"),
    [
        ("sesv2", "list_contact_lists", "GET /v2/email/contact-lists"),
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
        ],
    )
    def test_what_is_let_out_and_other_services(self, starting, service, call):
        made = boto3.client(service, region_name="us-east-1", config=ONCE, **CREDENTIALS)
        fake = starting(made, other_operations="allow")

        with pytest.raises(BotoCoreError):
            getattr(made, call)()

        assert fake.calls == []


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

"""The sends of SES v1 over HTTP: it speaks in forms and XML, at the path `/`."""

from urllib.parse import urlencode

import boto3
import pytest
from botocore.exceptions import ClientError
from controlling import control, exchanged

TO_ANN = {"ToAddresses": ["ann@gmail.com"]}
HI = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(params=["the first fake", "one made beside it"])
def url(sesv2_fake, request):
    with sesv2_fake.serve() as first:
        if request.param == "the first fake":
            yield first
        else:
            yield control(first, "POST", "fakes", {})[1]["url"]


@pytest.fixture
def ses(url):
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client("ses", region_name="eu-west-1", endpoint_url=url, **keys)


def test_a_form_for_a_fake_that_is_not_there_is_an_error(url):
    server = url.partition("/_sesv2_fake")[0]

    assert exchanged(server, "POST", "/_sesv2_fake/fakes/none", b"", FORM)[0] == 404


def test_its_emails_are_in_the_outbox(url, ses):
    raw = b"From: news@example.com\nTo: ann@gmail.com\n\nHi"
    sent = [
        ses.send_email(Source="news@example.com", Destination=TO_ANN, Message=HI),
        ses.send_raw_email(RawMessage={"Data": raw}),
    ]

    _, outbox = control(url, "GET", "outbox")
    assert [email["message_id"] for email in outbox] == [one["MessageId"] for one in sent]
    assert [email["region"] for email in outbox] == ["eu-west-1", "eu-west-1"]


def test_a_get_has_its_form_in_the_url(url):
    members = {"Source": "news@example.com", "Destination.ToAddresses.member.1": "ann@gmail.com"}
    message = {"Message.Subject.Data": "Hi", "Message.Body.Text.Data": "Hi"}
    form = urlencode({"Action": "SendEmail", **members, **message})

    status, _, body = exchanged(url, "GET", f"/?{form}")

    assert (status, b"<SendEmailResponse" in body) == (200, True)
    assert [email["to"] for email in control(url, "GET", "outbox")[1]] == [["ann@gmail.com"]]
    assert exchanged(url, "GET", "/?Action=Nothing")[0] == 404
    assert len(control(url, "GET", "calls")[1]) == 2


def test_a_raw_email_may_be_larger_than_other_requests(url, ses):
    raw = b"From: news@example.com\nTo: ann@gmail.com\n\n".ljust(1_500_000, b"x")
    ses.send_raw_email(RawMessage={"Data": raw})

    assert len(control(url, "GET", "outbox")[1]) == 1


def test_a_refused_send_is_an_error_in_its_form(ses):
    with pytest.raises(ClientError) as caught:
        ses.send_email(Source="news@example.com", Destination={"ToAddresses": ["x"]}, Message=HI)

    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "InvalidParameterValue",
        "Message": "Missing final '@domain'",
    }


def test_an_operation_that_is_not_answered_is_an_error_in_its_form(ses, url):
    with pytest.raises(ClientError, match="does not answer ListReceiptFilters of SES v1"):
        ses.list_receipt_filters()

    assert control(url, "GET", "calls")[1][0]["operation"] == "ListReceiptFilters"


def test_a_form_that_names_no_operation_is_one_too(url):
    status, headers, body = exchanged(url, "POST", "/", b"A=B", FORM)

    assert (status, headers["Content-Type"]) == (404, "text/xml")
    assert b"sesv2_fake does not answer a form of SES v1" in body

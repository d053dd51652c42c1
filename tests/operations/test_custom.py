"""`fake.answer`: a test says what an operation of SES answers."""

import asyncio
import re
import time
from datetime import datetime, timezone
from urllib.request import Request, urlopen

import boto3
import pytest
import serving
from asking import MONDAY, client, new_client
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
CONTENT = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hi"}}}}
ANN = {"ToAddresses": ["ann@gmail.com"]}


def client_v1():
    return client(service="ses")


def send(made=None):
    made = made or client()
    return made.send_email(FromEmailAddress=SENDER, Destination=ANN, Content=CONTENT)


class TestWhatAClientGets:
    """The response, in botocore's types."""

    @pytest.mark.parametrize("name", ["ListContactLists", "list_contact_lists"])
    def test_what_the_test_said(self, sesv2_fake, name):
        sesv2_fake.answer(name, {"ContactLists": [{"ContactListName": "a"}], "NextToken": "t"})

        response = client().list_contact_lists()

        assert response["ContactLists"] == [{"ContactListName": "a"}]
        assert response["NextToken"] == "t"
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 200

    def test_without_a_response_it_is_empty(self, sesv2_fake):
        sesv2_fake.answer("DeleteContactList")

        response = client().delete_contact_list(ContactListName="a")

        assert response.keys() == {"ResponseMetadata"}

    def test_times_may_be_of_any_type(self, sesv2_fake):
        for at in (MONDAY, datetime(2026, 1, 5), "2026-01-05T00:00:00Z", MONDAY.timestamp()):
            sesv2_fake.answer(
                "ListContactLists", {"ContactLists": [{"LastUpdatedTimestamp": at}]}, times=1
            )
            (found,) = client().list_contact_lists()["ContactLists"]
            assert found["LastUpdatedTimestamp"].astimezone(timezone.utc) == MONDAY

    def test_what_a_function_makes_of_the_parameters(self, sesv2_fake):
        sesv2_fake.answer("GetContactList", lambda asked: {"Description": asked["ContactListName"]})

        assert client().get_contact_list(ContactListName="a/b ü")["Description"] == "a/b ü"

    def test_one_answer_after_the_other(self, sesv2_fake):
        sesv2_fake.answer("ListContactLists", {"NextToken": "1"}, times=1)
        sesv2_fake.answer("ListContactLists", {"NextToken": "2"})

        tokens = [client().list_contact_lists()["NextToken"] for _ in range(3)]

        assert tokens == ["1", "2", "2"]

    def test_an_error(self, sesv2_fake):
        sesv2_fake.answer("GetContactList", error="NotFoundException", message="no list")

        made = client()
        with pytest.raises(made.exceptions.NotFoundException, match="no list"):
            made.get_contact_list(ContactListName="a")
        assert sesv2_fake.calls[0].error == "NotFoundException"

    def test_it_comes_before_what_the_account_would_answer(self, sesv2_fake):
        sesv2_fake.answer("GetAccount", {"EnforcementStatus": "SHUTDOWN"}, times=1)

        assert client().get_account()["EnforcementStatus"] == "SHUTDOWN"
        assert client().get_account()["EnforcementStatus"] == "HEALTHY"

    def test_a_fault_comes_first(self, sesv2_fake):
        sesv2_fake.answer("GetAccount", {"EnforcementStatus": "SHUTDOWN"})
        sesv2_fake.fail_requests("BadRequestException", operation="GetAccount", times=1)

        with pytest.raises(ClientError, match="BadRequestException"):
            client().get_account()
        assert client().get_account()["EnforcementStatus"] == "SHUTDOWN"

    def test_a_send_is_in_the_outbox(self, sesv2_fake):
        sesv2_fake.answer("SendEmail", {"MessageId": "mine"})

        assert send()["MessageId"] == "mine"
        assert [email.message_id for email in sesv2_fake.outbox] == ["mine"]

    def test_a_send_that_is_not_captured_otherwise(self):
        with mock_sesv2(capture_sends=False) as fake:
            fake.answer("SendEmail", {"MessageId": "mine"}, times=1)

            assert send()["MessageId"] == "mine"
            with pytest.raises(RuntimeError, match="SendEmail is not answered by sesv2_fake"):
                send()

    def test_an_operation_that_may_leave_is_answered_first(self):
        with mock_sesv2(other_operations="allow") as fake:
            fake.answer("ListContactLists", {"NextToken": "t"})

            assert client().list_contact_lists()["NextToken"] == "t"

    def test_pages(self, sesv2_fake):
        pages = {None: {"Identities": ["a.com"], "NextToken": "2"}, "2": {"Identities": ["b.com"]}}
        sesv2_fake.answer("ListIdentities", lambda asked: pages[asked.get("NextToken")])

        found = client_v1().get_paginator("list_identities").paginate()

        assert list(found.search("Identities")) == ["a.com", "b.com"]

    def test_what_a_waiter_waits_for(self, sesv2_fake):
        states = iter(["Pending", "Success"])
        sesv2_fake.answer(
            "GetIdentityVerificationAttributes",
            lambda asked: {
                "VerificationAttributes": {
                    name: {"VerificationStatus": next(states)} for name in asked["Identities"]
                }
            },
        )

        waiter = client_v1().get_waiter("identity_exists")
        waiter.wait(Identities=["a.com"], WaiterConfig={"Delay": 0})

        assert len(sesv2_fake.calls) == 2


class TestSesV1:
    """The same over the query protocol."""

    def test_maps_and_times_and_flags(self, sesv2_fake):
        attributes = {"DkimEnabled": True, "DkimVerificationStatus": "Success"}
        sesv2_fake.answer(
            "GetIdentityDkimAttributes", {"DkimAttributes": {"a.com": attributes, "b": attributes}}
        )
        sesv2_fake.answer("GetSendStatistics", {"SendDataPoints": [{"Timestamp": MONDAY}]})

        made = client_v1()

        found = made.get_identity_dkim_attributes(Identities=["a.com", "b"])
        assert found["DkimAttributes"] == {"a.com": attributes, "b": attributes}
        assert made.get_send_statistics()["SendDataPoints"] == [{"Timestamp": MONDAY}]

    def test_a_name_of_both_versions_goes_where_the_response_fits(self, sesv2_fake):
        sesv2_fake.answer("ListConfigurationSets", {"ConfigurationSets": ["v2"]})
        sesv2_fake.answer("ListConfigurationSets", {"ConfigurationSets": [{"Name": "v1"}]})

        assert client().list_configuration_sets()["ConfigurationSets"] == ["v2"]
        assert client_v1().list_configuration_sets()["ConfigurationSets"] == [{"Name": "v1"}]


class TestParameters:
    """`fake.calls` has them as the client was given them."""

    def test_in_the_path_the_query_and_the_body(self, sesv2_fake):
        sesv2_fake.answer("ListContacts")
        sesv2_fake.answer("GetContact")
        made = client()
        listed = {"ContactListName": "a b", "PageSize": 3, "Filter": {"FilteredStatus": "OPT_IN"}}
        made.list_contacts(**listed)
        made.get_contact(ContactListName="a", EmailAddress="x+y@z.com")

        assert [call.parameters for call in sesv2_fake.calls] == [
            listed,
            {"ContactListName": "a", "EmailAddress": "x+y@z.com"},
        ]

    def test_several_values_and_times_of_the_query(self, sesv2_fake):
        asked = {"Reasons": ["BOUNCE", "COMPLAINT"], "StartDate": MONDAY}
        sesv2_fake.answer("ListSuppressedDestinations")
        client().list_suppressed_destinations(**asked)

        assert sesv2_fake.calls[0].parameters == asked

    def test_of_sends(self, sesv2_fake):
        raw = b"From: news@example.com\nTo: ann@gmail.com\n\nHi"
        send()
        client_v1().send_raw_email(RawMessage={"Data": raw}, Destinations=["bob@gmail.com"])

        assert [call.parameters for call in sesv2_fake.calls] == [
            {"FromEmailAddress": SENDER, "Destination": ANN, "Content": CONTENT},
            {"RawMessage": {"Data": raw}, "Destinations": ["bob@gmail.com"]},
        ]

    def test_flags_and_numbers_of_forms(self, sesv2_fake):
        sesv2_fake.answer("SetIdentityDkimEnabled")
        sesv2_fake.answer("ListCustomVerificationEmailTemplates")
        client_v1().set_identity_dkim_enabled(Identity="a.com", DkimEnabled=True)
        client_v1().list_custom_verification_email_templates(MaxResults=5)

        assert [call.parameters for call in sesv2_fake.calls] == [
            {"Identity": "a.com", "DkimEnabled": True},
            {"MaxResults": 5},
        ]

    def test_maps(self, sesv2_fake):
        sesv2_fake.answer("ListRecommendations")
        client().list_recommendations(Filter={"TYPE": "DKIM"})

        assert sesv2_fake.calls[0].parameters == {"Filter": {"TYPE": "DKIM"}}

    def test_as_far_as_they_can_be_read(self, sesv2_fake):
        pytest.importorskip("werkzeug")
        sesv2_fake.answer("CreateContactList")
        sesv2_fake.answer("ListTemplates")
        form = {"Content-Type": "application/x-www-form-urlencoded"}

        with sesv2_fake.serve() as url:
            for body in (b"{", b'{"ContactListName": null, "Other": 1, "Topics": 2}'):
                serving.send(url, body, path="/v2/email/contact-lists")
            asked = Request(url, b"Action=ListTemplates&MaxItems=x", headers=form)
            urlopen(asked).close()

        assert [call.parameters for call in sesv2_fake.calls] == [
            {},
            {"Other": 1, "Topics": 2},
            {"MaxItems": "x"},
        ]

    def test_a_request_that_is_no_operation_has_none(self):
        signed = AWSRequest("PUT", "https://email.us-east-1.amazonaws.com/v2/email/x", data=b"{}")
        with mock_sesv2() as fake, pytest.raises(RuntimeError):
            URLLib3Session().send(signed.prepare())

        assert [(call.operation, call.parameters) for call in fake.calls] == [
            ("PUT /v2/email/x", {})
        ]

    def test_of_a_call_that_nobody_answers(self, sesv2_fake):
        with pytest.raises(RuntimeError):
            client().get_contact_list(ContactListName="a")

        assert sesv2_fake.calls[0].parameters == {"ContactListName": "a"}


class TestWrongAnswers:
    """Errors at the line that gave them."""

    @pytest.mark.parametrize(
        ("operation", "how", "error", "message"),
        [
            ("GetContactLists", {}, ValueError, "no 'GetContactLists' of SES; did you mean"),
            (3, {}, TypeError, "operation: expected the name of an operation, got 3"),
            ("GetContact", {"response": 3}, TypeError, "expected a dict or a function"),
            ("GetContact", {"response": {"Email": "a"}}, ValueError, 'parameter in input: "Email"'),
            (
                "GetContact",
                {"response": {"EmailAddress": 3}},
                ValueError,
                "type for parameter EmailAddress",
            ),
            ("GetContact", {"error": "NotFond"}, ValueError, "expected one of .*NotFoundException"),
            (
                "GetContact",
                {"response": {}, "error": "NotFoundException"},
                ValueError,
                "error: it conflicts with a response",
            ),
            ("GetContact", {"message": "x"}, ValueError, "message: expected an error beside it"),
            (
                "GetContact",
                {"error": "NotFoundException", "message": 3},
                TypeError,
                "message: expected text, got 3",
            ),
            ("GetContact", {"response": []}, TypeError, "expected a dict or a function"),
            (
                "GetContact",
                {"response": lambda: {"ContactListName": "a"}},
                TypeError,
                "function of one argument, the call's parameters, got .*lambda.*too many",
            ),
            ("GetContact", {"response": asyncio.sleep}, TypeError, "function that is not async"),
            ("GetContact", {"times": 0}, ValueError, "times: expected 1 or more"),
            ("UpdateReceiptRule", {"response": {"x": 1}}, ValueError, '"x"'),
            ("VerifyEmailAddress", {"response": {"x": 1}}, ValueError, "answers nothing, got"),
        ],
    )
    def test_it_says_what_was_wrong(self, sesv2_fake, operation, how, error, message):
        with pytest.raises(error, match=message):
            sesv2_fake.answer(operation, **how)

        assert sesv2_fake._account.answers == []

    def test_what_a_function_gives_is_checked_too(self, sesv2_fake):
        sesv2_fake.answer("GetContact", lambda _: {"Email": "x"})

        with pytest.raises(ValueError, match=r"GetContact.*gave no response of GetContact: Unkn"):
            client().get_contact(ContactListName="a", EmailAddress="x@y.com")

    def test_a_function_that_gives_nothing(self, sesv2_fake):
        sesv2_fake.answer("GetContact", lambda _: None)

        with pytest.raises(TypeError, match=r"GetContact.*no response.*expected a dict, got None"):
            client().get_contact(ContactListName="a", EmailAddress="x@y.com")

    def test_a_function_whose_arguments_python_does_not_know(self, sesv2_fake):
        sesv2_fake.answer("DeleteContactList", dict)

        with pytest.raises(ValueError, match=r"no response of DeleteContactList: .*ListName"):
            client().delete_contact_list(ContactListName="a")


class TestRetries:
    """A client that is refused tries again, at once."""

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    def test_an_error_is_tried_again_without_waiting(self, sesv2_fake, monkeypatch, mode):
        monkeypatch.setattr(time, "sleep", pytest.fail)
        sesv2_fake.answer("GetContactList", error="TooManyRequestsException", times=2)
        sesv2_fake.answer("GetContactList", {"Description": "found"})

        config = Config(retries={"mode": mode, "max_attempts": 4})
        made = boto3.client("sesv2", region_name="us-east-1", config=config)

        assert made.get_contact_list(ContactListName="a")["Description"] == "found"
        assert [call.attempt for call in sesv2_fake.calls] == [1, 2, 3]


class TestFaults:
    """They can be of any operation of SES."""

    @pytest.mark.parametrize("name", ["GetContactList", "get_contact_list", "*"])
    def test_before_an_answer_of_the_test(self, sesv2_fake, name):
        sesv2_fake.throttle(times=1, operation=name)
        sesv2_fake.drop_connections(times=1, operation=name)
        sesv2_fake.answer("GetContactList", {"Description": "found"})

        assert client().get_contact_list(ContactListName="a")["Description"] == "found"
        assert [call.error for call in sesv2_fake.calls] == [
            "TooManyRequestsException",
            "EndpointConnectionError",
            None,
        ]

    def test_without_an_answer(self, sesv2_fake):
        sesv2_fake.fail_requests("NotFoundException", operation="GetContactList", times=1)
        made = client()

        with pytest.raises(made.exceptions.NotFoundException):
            made.get_contact_list(ContactListName="a")
        with pytest.raises(RuntimeError, match="GetContactList is not answered by sesv2_fake"):
            made.get_contact_list(ContactListName="a")

    def test_one_of_any_operation_answers_none_by_itself(self, sesv2_fake):
        sesv2_fake.fail_requests("NotFoundException", operation="*", optional=True)

        with pytest.raises(RuntimeError, match="GetContactList is not answered by sesv2_fake"):
            client().get_contact_list(ContactListName="a")

    def test_of_what_is_no_operation(self, sesv2_fake):
        with pytest.raises(ValueError, match="no 'send_mail' of SES; did you mean 'send_email'"):
            sesv2_fake.throttle(operation="send_mail")
        with pytest.raises(TypeError, match="expected the name of an operation, got None"):
            sesv2_fake.drop_connections(operation=None)

    def test_over_http(self, sesv2_fake):
        pytest.importorskip("werkzeug")
        sesv2_fake.throttle(operation="get_contact_list")

        with sesv2_fake.serve() as url:
            where = {"method": "GET", "path": "/v2/email/contact-lists/a"}
            assert serving.send(url, b"", **where)[:2] == (429, "TooManyRequestsException")


class TestUnused:
    """Reported like an unused fault."""

    def test_one_that_was_never_used_is_an_error(self):
        with pytest.raises(AssertionError, match="1 answer was not used as often") as raised:
            with mock_sesv2() as fake:
                fake.answer("GetContact")
        assert "CustomAnswer: GetContact, always: never used; created at" in str(raised.value)

    def test_beside_a_fault(self):
        with pytest.raises(AssertionError, match="1 fault was not triggered and 2 answers were"):
            with mock_sesv2() as fake:
                fake.throttle()
                fake.answer("GetContact", times=2)
                fake.answer("GetAccount", error="BadRequestException")

    def test_optional_ones_and_cancelled_ones_are_not(self):
        with mock_sesv2() as fake:
            fake.answer("GetContact", optional=True)
            fake.answer("GetContact").cancel()

    def test_once_it_is_used_up_the_call_is_refused(self, sesv2_fake):
        answer = sesv2_fake.answer("DeleteContactList", times=1)
        made = client()
        made.delete_contact_list(ContactListName="a")

        with pytest.raises(RuntimeError, match="DeleteContactList is not answered"):
            made.delete_contact_list(ContactListName="a")
        assert answer.hits == 1

    def test_the_refusal_says_that_it_is_used_up(self, sesv2_fake):
        sesv2_fake.answer("DeleteContactList", times=1)
        sesv2_fake.answer("DeleteContactList").cancel()
        sesv2_fake.answer("GetContact", optional=True)
        client().delete_contact_list(ContactListName="a")

        with pytest.raises(RuntimeError) as raised:
            client().delete_contact_list(ContactListName="a")

        used_up = r"The answer of .*test_custom.py:\d+ is used up \(times=1\)\. The answer of .*"
        assert re.search(used_up + r"test_custom.py:\d+ was cancelled\. Say", str(raised.value))

    def test_over_http_too(self, sesv2_fake):
        pytest.importorskip("werkzeug")
        sesv2_fake.answer("DeleteContactList", times=1)

        with sesv2_fake.serve() as url:
            where = {"method": "DELETE", "path": "/v2/email/contact-lists/a"}
            assert serving.send(url, b"", **where)[0] == 200
            status, error, body = serving.send(url, b"", **where)

        assert (status, error) == (404, "UnknownOperationException")
        assert "is used up (times=1)" in body["message"]

    def test_a_retry_of_it_is_refused(self, sesv2_fake):
        sesv2_fake.answer("DeleteContactList", error="TooManyRequestsException", times=1)

        with pytest.raises(RuntimeError, match=r"tried again.* is used up \(times=1\)"):
            client().delete_contact_list(ContactListName="a")

    def test_the_report_lists_them_and_how_often_each_was_used(self, sesv2_fake):
        sesv2_fake.answer("GetContact", optional=True)
        sesv2_fake.answer("DeleteContactList", times=2, optional=True)
        client().delete_contact_list(ContactListName="a")

        report = sesv2_fake.report()

        assert "<CustomAnswer: GetContact, always, optional: never used; created" in report
        assert "<CustomAnswer: DeleteContactList, 2 times, optional: used once;" in report

    def test_the_reset_forgets_it(self, sesv2_fake):
        sesv2_fake.answer("GetContact")
        sesv2_fake.reset()


class TestAdvice:
    """A refusal says what to do."""

    def test_an_answer_of_the_test(self, sesv2_fake):
        with pytest.raises(RuntimeError) as raised:
            client().get_blacklist_reports(BlacklistItemNames=["a"])

        assert 'fake.answer("GetBlacklistReports", {...})' in str(raised.value)
        assert "moto" not in str(raised.value)

    def test_moto_where_it_has_the_operation(self, sesv2_fake):
        with pytest.raises(RuntimeError, match="have it answered by moto"):
            client().list_contact_lists()

    def test_moto_has_what_the_table_says(self):
        pytest.importorskip("moto")
        import moto_operations

        from sesv2_fake.operations.moto_operations import OPERATIONS

        if moto_operations.version("moto") == "5.2.5":
            assert {
                name: set(moto_operations.operations(name)) for name in OPERATIONS
            } == OPERATIONS


def test_aiobotocore_gets_it_too(sesv2_fake):
    session = pytest.importorskip("aiobotocore.session").get_session()
    sesv2_fake.answer("GetContactList", lambda asked: {"Description": asked["ContactListName"]})

    async def main():
        async with session.create_client("sesv2", region_name="us-east-1") as made:
            return await made.get_contact_list(ContactListName="a")

    assert asyncio.run(main())["Description"] == "a"
    assert sesv2_fake.calls[0].parameters == {"ContactListName": "a"}


def test_over_http_too(sesv2_fake):
    pytest.importorskip("werkzeug")
    sesv2_fake.answer("GetContact", lambda asked: {"EmailAddress": asked["EmailAddress"]})
    sesv2_fake.answer("ListIdentities", {"Identities": ["a.com"]})
    sesv2_fake.answer("ListContacts")
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}

    with sesv2_fake.serve() as url, mock_sesv2():
        made = new_client(endpoint_url=url, **keys)
        v1 = boto3.client("ses", region_name="eu-west-1", endpoint_url=url, **keys)
        with mock_sesv2(other_operations="allow", capture_sends=False):
            found = made.get_contact(ContactListName="a b", EmailAddress="x@y.com")
            made.list_contacts(ContactListName="a", PageSize=2)
            assert v1.list_identities()["Identities"] == ["a.com"]

    assert found["EmailAddress"] == "x@y.com"
    assert [call.parameters for call in sesv2_fake.calls] == [
        {"ContactListName": "a b", "EmailAddress": "x@y.com"},
        {"ContactListName": "a", "PageSize": 2},
        {},
    ]


def test_moto_is_asked_after_it(sesv2_fake, monkeypatch):
    moto = pytest.importorskip("moto")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with moto.mock_aws():
        made = new_client()
        made.create_contact_list(ContactListName="a")
        sesv2_fake.answer("ListContactLists", {"ContactLists": []}, times=1)

        assert made.list_contact_lists()["ContactLists"] == []
        assert len(made.list_contact_lists()["ContactLists"]) == 1

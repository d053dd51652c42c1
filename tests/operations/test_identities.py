"""The account's identities, and senders that are not verified."""

import boto3
import pytest
from asking import client, new_client
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from serving import send as send_http

SENDER = "news@example.com"
ANN = "ann@example.org"
SIMPLE = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}}
NOT_VERIFIED = (
    "Email address is not verified. The following identities failed the check in region US-EAST-1: "
)


def send(sender=SENDER, to=ANN, region="us-east-1"):
    return client(region).send_email(
        FromEmailAddress=sender, Destination={"ToAddresses": [to]}, Content=SIMPLE
    )


def create(name="example.com", **members):
    answer = client().create_email_identity(EmailIdentity=name, **members)
    del answer["ResponseMetadata"]
    return answer


def get(name="example.com", region="us-east-1"):
    answer = client(region).get_email_identity(EmailIdentity=name)
    del answer["ResponseMetadata"]
    return answer


def listed(**members):
    return [
        found["IdentityName"]
        for found in client().list_email_identities(**members)["EmailIdentities"]
    ]


def refusal(call, *arguments, **members):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class TestOperations:
    def test_a_domain_is_created_unverified_with_its_tokens(self, sesv2_fake):
        created = create()

        assert get()["DkimAttributes"] == created["DkimAttributes"]
        assert created["IdentityType"] == "DOMAIN"
        assert created["VerifiedForSendingStatus"] is False
        dkim = created["DkimAttributes"]
        assert len({*dkim.pop("Tokens")}) == 3
        assert dkim == {
            "SigningEnabled": True,
            "Status": "PENDING",
            "SigningAttributesOrigin": "AWS_SES",
        }

    def test_an_address_has_no_keys_of_its_own(self, sesv2_fake):
        created = create(SENDER)

        assert created["IdentityType"] == "EMAIL_ADDRESS"
        assert created["DkimAttributes"] == {"SigningEnabled": False, "Status": "NOT_STARTED"}

    def test_an_identity_is_shown_with_its_details(self, sesv2_fake):
        create(
            Tags=[{"Key": "team", "Value": "news"}],
            ConfigurationSetName="main",
            DkimSigningAttributes={
                "DomainSigningSelector": "sel",
                "DomainSigningPrivateKey": "cHJpdmF0ZQ==",
            },
        )
        found = get("EXAMPLE.com")

        assert found["VerificationStatus"] == "PENDING"
        assert found["Tags"] == [{"Key": "team", "Value": "news"}]
        assert found["ConfigurationSetName"] == "main"
        assert found["DkimAttributes"]["SigningAttributesOrigin"] == "EXTERNAL"

    def test_a_test_verifies_what_a_client_created(self, sesv2_fake):
        create(ConfigurationSetName="main")
        sesv2_fake.add_identity("example.com")

        found = get()
        assert (found["VerifiedForSendingStatus"], found["VerificationStatus"]) == (True, "SUCCESS")
        assert found["DkimAttributes"]["Status"] == "SUCCESS"
        assert found["ConfigurationSetName"] == "main"

    def test_a_second_one_of_the_same_name_is_refused(self, sesv2_fake):
        create()

        assert refusal(create, "Example.com")[0] == "AlreadyExistsException"

    @pytest.mark.parametrize("name", ["a b", "*", "a@"])
    def test_text_that_is_not_an_identity_is_refused(self, sesv2_fake, name):
        assert refusal(create, name)[0] == "BadRequestException"

    @pytest.mark.parametrize(
        ("body", "words"),
        [(b"{}", "Member must not be null"), (b'{"EmailIdentity": ""}', "equal to 1")],
    )
    def test_a_missing_name_is_refused(self, sesv2_fake, body, words):
        with sesv2_fake.serve() as url:
            status, error, payload = send_http(url, body, path="/v2/email/identities")

        assert (status, error) == (400, "BadRequestException")
        assert payload["message"].endswith(words)

    def test_a_deleted_one_is_gone(self, sesv2_fake):
        create()
        client().delete_email_identity(EmailIdentity="example.com")

        assert listed() == []
        gone = ("NotFoundException", "Email identity example.com does not exist.")
        assert refusal(get) == gone
        assert refusal(client().delete_email_identity, EmailIdentity="example.com") == gone

    def test_pages_hold_what_was_asked_for(self, sesv2_fake):
        for name in ("c.example", "a.example", "b.example"):
            sesv2_fake.add_identity(name, verified=name != "b.example")
        first = client().list_email_identities(PageSize=2)
        second = client().list_email_identities(PageSize=2, NextToken=first["NextToken"])

        assert first["EmailIdentities"][1] == {
            "IdentityType": "DOMAIN",
            "IdentityName": "b.example",
            "SendingEnabled": False,
            "VerificationStatus": "PENDING",
        }
        assert [found["IdentityName"] for found in second["EmailIdentities"]] == ["c.example"]
        assert "NextToken" not in second
        assert listed() == ["a.example", "b.example", "c.example"]

    def test_older_clients_list_by_get(self, sesv2_fake):
        for name in ("a.example", "b.example"):
            sesv2_fake.add_identity(name)
        with sesv2_fake.serve() as url:
            status, _, payload = send_http(
                url, b"", method="GET", path="/v2/email/identities?PageSize=1"
            )

        assert status == 200
        assert [one["IdentityName"] for one in payload["EmailIdentities"]] == ["a.example"]

    @pytest.mark.parametrize("members", [{"PageSize": 1001}, {"PageSize": -1}, {"NextToken": "?"}])
    def test_a_bad_page_is_refused(self, sesv2_fake, members):
        assert refusal(listed, **members)[0] == "BadRequestException"

    def test_another_region_has_others(self, sesv2_fake):
        create()
        sesv2_fake.add_identity("b.example", region="eu-west-1")

        assert listed() == ["example.com"]
        assert get("b.example", "eu-west-1")
        assert refusal(get, "example.com", "eu-west-1")[0] == "NotFoundException"

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            (("a b",), ValueError),
            ((7,), TypeError),
        ],
    )
    def test_a_wrong_identity_of_the_test_is_an_error(self, sesv2_fake, arguments, error):
        with pytest.raises(error, match="name: expected"):
            sesv2_fake.add_identity(*arguments)

    def test_whether_it_is_verified_is_a_bool(self, sesv2_fake):
        with pytest.raises(TypeError, match="verified: expected"):
            sesv2_fake.add_identity("example.com", verified="yes")

    def test_a_stubber_answers_first_and_the_call_is_noted(self, sesv2_fake):
        sesv2_fake.add_identity("example.com")
        stubbed = client()
        with Stubber(stubbed) as stubber:
            stubber.add_response("list_email_identities", {"EmailIdentities": []})
            assert stubbed.list_email_identities()["EmailIdentities"] == []

        assert [call.operation for call in sesv2_fake.calls] == ["ListEmailIdentities"]

    def test_over_the_fakes_own_server_a_call_is_noted_once(self, sesv2_fake):
        with sesv2_fake.serve() as url:
            using = new_client(
                endpoint_url=url, aws_access_key_id="testing", aws_secret_access_key="testing"
            )
            using.list_email_identities()

        assert [call.operation for call in sesv2_fake.calls] == ["ListEmailIdentities"]


class TestSend:
    def test_while_there_is_no_identity_anybody_may_send(self, sesv2_fake):
        assert send()["MessageId"]

    @pytest.mark.parametrize("verified", ["news@example.com", "NEWS@Example.com", "example.com"])
    def test_of_a_verified_address_or_domain_is_accepted(self, sesv2_fake, verified):
        sesv2_fake.add_identity(verified)

        assert send("News <news@example.com>")["MessageId"]

    def test_of_an_unverified_sender_is_refused_in_sess_words(self, sesv2_fake):
        sesv2_fake.add_identity("example.org")
        create("example.com")

        assert refusal(send, "News <news@example.com>") == (
            "MessageRejected",
            f"{NOT_VERIFIED}News <news@example.com>",
        )
        assert list(sesv2_fake.outbox) == []

    def test_of_ses_v1_is_refused_in_the_same_words(self, sesv2_fake):
        sesv2_fake.add_identity("example.org")

        assert refusal(
            boto3.client("ses", region_name="us-east-1").send_email,
            Source=SENDER,
            Destination={"ToAddresses": [ANN]},
            Message={"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}},
        ) == ("MessageRejected", f"{NOT_VERIFIED}{SENDER}")

    def test_in_production_recipients_need_not_be_verified(self, sesv2_fake):
        sesv2_fake.add_identity("example.com")

        assert send()["MessageId"]

    def test_in_the_sandbox_recipients_must_be_verified(self, sesv2_fake):
        sesv2_fake.add_identity("example.com")
        sesv2_fake.account.production_access_enabled = False

        assert refusal(send) == ("MessageRejected", f"{NOT_VERIFIED}{ANN}")
        assert refusal(send, "a@b.c", ANN)[1] == f"{NOT_VERIFIED}a@b.c, {ANN}"
        assert send(to="success@simulator.amazonses.com")["MessageId"]
        sesv2_fake.add_identity(ANN)
        assert send()["MessageId"]

    def test_another_region_has_its_own_identities(self, sesv2_fake):
        sesv2_fake.add_identity("example.org", region="eu-west-1")

        assert send()["MessageId"]
        assert refusal(send, region="eu-west-1")[1].endswith(f"in region EU-WEST-1: {SENDER}")

    def test_an_entry_of_a_bulk_send_is_rejected_by_itself(self, sesv2_fake):
        sesv2_fake.add_identity("example.com")
        sesv2_fake.add_identity("ok@example.org")
        sesv2_fake.account.production_access_enabled = False
        answer = client().send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={"Template": {"TemplateName": "t", "TemplateData": "{}"}},
            BulkEmailEntries=[
                {"Destination": {"ToAddresses": [to]}} for to in (ANN, "ok@example.org")
            ],
        )

        first, second = answer["BulkEmailEntryResults"]
        assert first == {"Status": "MESSAGE_REJECTED", "Error": f"{NOT_VERIFIED}{ANN}"}
        assert second["Status"] == "SUCCESS"

    def test_a_bulk_of_ses_v1_is_refused_too(self, sesv2_fake):
        sesv2_fake.add_identity("example.org")
        answer = boto3.client("ses", region_name="us-east-1").send_bulk_templated_email(
            Source=SENDER,
            Template="t",
            DefaultTemplateData="{}",
            Destinations=[{"Destination": {"ToAddresses": [ANN]}, "ReplacementTemplateData": "{}"}],
        )

        assert answer["Status"] == [
            {"Status": "MessageRejected", "Error": f"{NOT_VERIFIED}{SENDER}"}
        ]

    def test_a_seed_is_never_refused(self, sesv2_fake):
        sesv2_fake.add_identity("example.org")

        assert sesv2_fake.send(SENDER, ANN)


@pytest.mark.parametrize("name", ["com", "a@localhost", "a..example", ".example.com", "-x.com"])
def test_what_is_neither_an_address_nor_a_domain_is_an_error(sesv2_fake, name):
    with pytest.raises(ValueError, match="name: expected an address or a domain, such as"):
        sesv2_fake.add_identity(name)


def test_a_domain_of_any_language_is_one(sesv2_fake):
    sesv2_fake.add_identity("b\u00fccher.example")

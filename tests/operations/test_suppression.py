"""The account-level suppression list: its operations, and what becomes of a send because of it."""

from datetime import datetime, timedelta, timezone

import boto3
import pytest
from asking import ask, client, has, total
from botocore.exceptions import ClientError
from serving import send as send_http
from time_machine import travel

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=timezone.utc)
SENDER = "news@example.com"
ANN = "ann@example.org"
SIMPLE = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}}
INVALID = "1 validation error detected: Value at"
CONSTRAINT = "failed to satisfy constraint: Member must"
MEMBER = "Member must satisfy"
OF_REASONS = "enum value set: [BOUNCE, COMPLAINT]"
LIST = "/v2/email/suppression/addresses"


@pytest.fixture(autouse=True)
def frozen():
    with travel(NOW, tick=False) as clock:
        yield clock


def put(address=ANN, reason="BOUNCE", region="us-east-1"):
    client(region).put_suppressed_destination(EmailAddress=address, Reason=reason)


def get(address=ANN, region="us-east-1"):
    return client(region).get_suppressed_destination(EmailAddress=address)["SuppressedDestination"]


def listed(**filters):
    return client().list_suppressed_destinations(**filters)["SuppressedDestinationSummaries"]


def send(to=ANN, using=None):
    recipients = [to] if isinstance(to, str) else to
    return (using or client()).send_email(
        FromEmailAddress=SENDER, Destination={"ToAddresses": recipients}, Content=SIMPLE
    )["MessageId"]


def refused(call, **arguments):
    """Code and message of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class TestPut:
    def test_an_address_is_listed_with_its_reason_and_time(self, sesv2_fake):
        put()

        assert get() == {"EmailAddress": ANN, "Reason": "BOUNCE", "LastUpdateTime": NOW}
        assert sesv2_fake.suppression_list() == {ANN: "BOUNCE"}

    def test_a_second_put_replaces_reason_and_time(self, sesv2_fake, frozen):
        put()
        frozen.shift(60)
        put(reason="COMPLAINT")

        assert get()["Reason"] == "COMPLAINT"
        assert get()["LastUpdateTime"] == NOW + timedelta(seconds=60)

    def test_the_domain_has_no_letter_case_and_the_local_part_has(self, sesv2_fake):
        put(" Foo@Example.COM ")
        put("foo@example.com", "COMPLAINT")

        assert sesv2_fake.suppression_list() == {
            "Foo@example.com": "BOUNCE",
            "foo@example.com": "COMPLAINT",
        }
        assert get("Foo@EXAMPLE.com")["EmailAddress"] == "Foo@example.com"
        with pytest.raises(client().exceptions.NotFoundException):
            get("FOO@example.com")

    def test_another_region_has_a_list_of_its_own(self, sesv2_fake):
        put(region="eu-west-1")

        assert sesv2_fake.suppression_list() == {}
        assert sesv2_fake.suppression_list("eu-west-1") == {ANN: "BOUNCE"}

    def test_in_the_sandbox_is_refused_and_reading_is_not(self, sesv2_fake):
        sesv2_fake.account.production_access_enabled = False

        assert refused(client().put_suppressed_destination, EmailAddress=ANN, Reason="BOUNCE") == (
            "BadRequestException",
            "Your account is still in the sandbox.",
        )
        assert listed() == []

    def test_an_unknown_reason_is_refused(self, sesv2_fake):
        assert refused(client().put_suppressed_destination, EmailAddress=ANN, Reason="SPAM") == (
            "BadRequestException",
            f"{INVALID} 'reason' {CONSTRAINT} satisfy {OF_REASONS}",
        )

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"{}", "2 validation errors detected: Value at 'emailAddress' failed"),
            (b'{"EmailAddress": " ", "Reason": "BOUNCE"}', "greater than or equal to 1"),
        ],
    )
    def test_missing_members_are_refused(self, sesv2_fake, body, words):
        with sesv2_fake.serve() as url:
            status, error, payload = send_http(url, body, method="PUT", path=LIST)

        assert (status, error) == (400, "BadRequestException")
        assert words in payload["message"]

    def test_a_tenant_is_unknown(self, sesv2_fake):
        body = b'{"EmailAddress": "a@b.c", "Reason": "BOUNCE", "TenantName": "t"}'
        with sesv2_fake.serve() as url:
            answers = [
                send_http(url, body, method="PUT", path=LIST),
                send_http(url, b"", method="GET", path=f"{LIST}/a@b.c?TenantName=t"),
                send_http(url, b"", method="GET", path=f"{LIST}?TenantName=t"),
            ]

        assert answers == [
            (404, "NotFoundException", {"message": "The requested tenant t does not exist."})
        ] * len(answers)


class TestGetAndDelete:
    def test_an_address_that_is_not_listed_is_404(self, sesv2_fake):
        words = "Email address Foo@example.com does not exist on your suppression list."

        for operation in ("get_suppressed_destination", "delete_suppressed_destination"):
            call = getattr(client(), operation)
            assert refused(call, EmailAddress="Foo@EXAMPLE.com") == ("NotFoundException", words)

    def test_a_deleted_address_is_gone_and_a_second_delete_404(self, sesv2_fake):
        put("Foo@example.com")
        put("foo@example.com")
        client().delete_suppressed_destination(EmailAddress="Foo@example.com")

        assert sesv2_fake.suppression_list() == {"foo@example.com": "BOUNCE"}
        assert refused(client().delete_suppressed_destination, EmailAddress="Foo@example.com")

    def test_an_address_with_odd_characters(self, sesv2_fake):
        put('"a/b+c %"@example.com')

        assert get('"a/b+c %"@example.com')["Reason"] == "BOUNCE"

    def test_on_the_wire_the_tenant_is_null(self, sesv2_fake):
        put()
        with sesv2_fake.serve() as url:
            status, _, payload = send_http(url, b"", method="GET", path=f"{LIST}/{ANN}")

        assert status == 200
        assert payload == {
            "SuppressedDestination": {
                "EmailAddress": ANN,
                "Reason": "BOUNCE",
                "LastUpdateTime": NOW.timestamp(),
                "TenantName": None,
            }
        }


class TestList:
    def test_reasons_and_dates_filter(self, sesv2_fake, frozen):
        put("a@x.org")
        frozen.shift(3600)
        put("b@x.org", "COMPLAINT")
        put("c@x.org")

        def found(**filters):
            return [entry["EmailAddress"] for entry in listed(**filters)]

        assert found() == ["a@x.org", "b@x.org", "c@x.org"]
        assert found(Reasons=["COMPLAINT"]) == ["b@x.org"]
        assert found(Reasons=["COMPLAINT", "BOUNCE"]) == ["a@x.org", "b@x.org", "c@x.org"]
        assert found(StartDate=NOW + timedelta(seconds=1)) == ["b@x.org", "c@x.org"]
        assert found(EndDate=NOW + timedelta(seconds=1)) == ["a@x.org"]

    def test_pages_hold_what_was_asked_for(self, sesv2_fake):
        for number in range(5):
            put(f"a{number}@x.org")
        first = client().list_suppressed_destinations(PageSize=2)
        # What was shown may be deleted before the next page is asked for.
        client().delete_suppressed_destination(EmailAddress="a1@x.org")
        second = client().list_suppressed_destinations(PageSize=2, NextToken=first["NextToken"])
        third = client().list_suppressed_destinations(PageSize=2, NextToken=second["NextToken"])

        pages = [
            [entry["EmailAddress"] for entry in page["SuppressedDestinationSummaries"]]
            for page in (first, second, third)
        ]
        assert pages == [["a0@x.org", "a1@x.org"], ["a2@x.org", "a3@x.org"], ["a4@x.org"]]
        assert "NextToken" not in third

    def test_a_page_has_a_thousand_unless_asked_otherwise(self, sesv2_fake):
        for number in range(1001):
            sesv2_fake.suppress(f"a{number}@x.org")

        assert len(listed()) == 1000

    @pytest.mark.parametrize("size", [0, 1001])
    def test_a_page_size_is_checked_before_all_else(self, sesv2_fake, size):
        assert refused(
            client().list_suppressed_destinations, PageSize=size, NextToken="?", Reasons=["X"]
        ) == (
            "BadRequestException",
            f"Page size {size} is invalid, expected a number between 1 and 1000",
        )

    def test_a_page_size_that_is_not_a_number_is_refused(self, sesv2_fake):
        with sesv2_fake.serve() as url:
            status, error, payload = send_http(url, b"", method="GET", path=f"{LIST}?PageSize=ten")

        assert (status, error) == (400, "SerializationException")
        assert payload == {"message": "'ten' can not be converted to Integer"}

    def test_an_unknown_reason_is_refused(self, sesv2_fake):
        assert refused(client().list_suppressed_destinations, Reasons=["X"]) == (
            "BadRequestException",
            f"{INVALID} 'reasons' {CONSTRAINT} satisfy constraint: [{MEMBER} {OF_REASONS}]",
        )

    @pytest.mark.parametrize("token", ["?", "", "W10=", "e30=", "W1tb" * 20_000])
    def test_a_token_that_cannot_be_read_is_refused(self, sesv2_fake, token):
        assert refused(client().list_suppressed_destinations, NextToken=token) == (
            "InvalidNextTokenException",
            "Token is invalid.",
        )

    def test_a_token_of_other_reasons_or_of_another_region_is_refused(self, sesv2_fake):
        sesv2_fake.suppress("a@x.org")
        sesv2_fake.suppress("b@x.org")
        token = client().list_suppressed_destinations(PageSize=1)["NextToken"]

        for using, more in ((client(), {"Reasons": ["BOUNCE"]}), (client("eu-west-1"), {})):
            code, _ = refused(using.list_suppressed_destinations, NextToken=token, **more)
            assert code == "InvalidNextTokenException"

    def test_a_wrong_date_is_refused(self, sesv2_fake):
        with sesv2_fake.serve() as url:
            status, _, _ = send_http(url, b"", method="GET", path=f"{LIST}?StartDate=monday")

        assert status == 400


class TestSuppress:
    def test_a_test_suppresses_in_all_regions_or_in_one(self, sesv2_fake):
        sesv2_fake.suppress("Ann <ann@Example.org>")
        sesv2_fake.suppress("b@x.org", "COMPLAINT", region="eu-west-1")

        assert sesv2_fake.suppression_list() == {ANN: "BOUNCE"}
        assert sesv2_fake.suppression_list("eu-west-1") == {ANN: "BOUNCE", "b@x.org": "COMPLAINT"}

    def test_a_region_that_has_a_list_already_gets_the_address_too(self, sesv2_fake):
        put("b@x.org")
        sesv2_fake.suppress(ANN)

        assert set(sesv2_fake.suppression_list()) == {"b@x.org", ANN}

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [(("ann",), ValueError), ((7,), TypeError), ((ANN, "SPAM"), ValueError)],
    )
    def test_a_wrong_address_or_reason_is_an_error(self, sesv2_fake, arguments, error):
        with pytest.raises(error):
            sesv2_fake.suppress(*arguments)

    def test_a_wrong_region_is_an_error(self, sesv2_fake):
        with pytest.raises(ValueError, match="region: expected a name"):
            sesv2_fake.suppress(ANN, region="Ohio")
        with pytest.raises(ValueError, match="region: expected a name"):
            sesv2_fake.suppression_list("Ohio")


class TestSend:
    def test_to_a_suppressed_address_is_accepted_and_bounces(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        message_id = send()

        (email,) = sesv2_fake.outbox
        assert email.message_id == message_id
        bounce = email.event_record("Bounce")["bounce"]
        assert (bounce["bounceType"], bounce["bounceSubType"]) == (
            "Permanent",
            "OnAccountSuppressionList",
        )
        with pytest.raises(ValueError, match="no Delivery happened"):
            email.event_record("Delivery")

    def test_counts_as_sent_and_neither_as_delivered_nor_as_bounced(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        sesv2_fake.suppress("b@x.org", "COMPLAINT")
        send()
        send("b@x.org")

        assert ask("SEND", start=NOW.replace(hour=0, minute=0)) == {NOW.date(): 2}
        start = NOW.replace(hour=0, minute=0)
        for metric in ("DELIVERY", "PERMANENT_BOUNCE", "COMPLAINT"):
            assert total(metric, start=start) == 0
        assert client().get_account()["SendQuota"]["SentLast24Hours"] == 2

    @pytest.mark.skipif(not has("GetMessageInsights"), reason="botocore is older than it")
    def test_is_told_by_the_insights(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        message_id = send()

        (of_ann,) = client().get_message_insights(MessageId=message_id)["Insights"]
        assert [event["Type"] for event in of_ann["Events"]] == ["SEND", "BOUNCE"]
        bounce = of_ann["Events"][1]["Details"]["Bounce"]
        assert bounce["BounceType"] == "PERMANENT"
        assert bounce["BounceSubType"] == "ON_ACCOUNT_SUPPRESSION_LIST"

    def test_for_a_complaint_is_complained_about(self, sesv2_fake):
        sesv2_fake.suppress(ANN, "COMPLAINT")
        send()

        complaint = sesv2_fake.outbox[0].event_record("Complaint")["complaint"]
        assert complaint["complaintSubType"] == "OnAccountSuppressionList"

    def test_goes_by_the_address_in_any_letter_case(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        send("ANN@example.ORG")

        assert sesv2_fake.outbox[0].event_record("Bounce")

    def test_to_another_address_is_not_held_back(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        send("ann+b@example.org")

        with pytest.raises(ValueError, match="no Bounce happened"):
            sesv2_fake.outbox[0].event_record("Bounce")

    def test_is_held_back_only_for_a_reason_in_force(self, sesv2_fake):
        sesv2_fake.suppress(ANN, "COMPLAINT")
        client().put_account_suppression_attributes(SuppressedReasons=["BOUNCE"])
        send()

        with pytest.raises(ValueError, match="no Complaint happened"):
            sesv2_fake.outbox[0].event_record("Complaint")

    def test_to_several_is_held_back_from_those_on_the_list(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        send([ANN, "b@x.org"])

        email = sesv2_fake.outbox[0]
        recipients = email.event_record("Bounce")["bounce"]["bouncedRecipients"]
        assert [one["emailAddress"] for one in recipients] == [ANN]
        assert email.deliver(recipients="b@x.org").event_record("Delivery")

    def test_of_ses_v1_is_held_back_too(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        boto3.client("ses", region_name="us-east-1").send_email(
            Source=SENDER,
            Destination={"ToAddresses": [ANN]},
            Message={"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}},
        )

        assert sesv2_fake.outbox[0].event_record("Bounce")

    def test_the_list_decides_about_a_simulator_address_on_it(self, sesv2_fake):
        sesv2_fake.suppress("success@simulator.amazonses.com")
        send("success@simulator.amazonses.com")

        email = sesv2_fake.outbox[0]
        sub_type = email.event_record("Bounce")["bounce"]["bounceSubType"]
        assert sub_type == "OnAccountSuppressionList"

    def test_a_seed_is_not_held_back(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        email = sesv2_fake.send(SENDER, ANN).deliver()

        assert email.event_record("Delivery")

    def test_explain_and_the_report_say_that_the_bounce_was_the_lists(self, sesv2_fake):
        sesv2_fake.suppress(ANN)
        send()

        day = {"StartDate": NOW.date().isoformat(), "EndDate": "2026-01-06"}
        query = {"Id": "q", "Namespace": "VDM", "Metric": "PERMANENT_BOUNCE", **day}
        assert "left out by the metric: account-level suppression list" in sesv2_fake.explain(query)
        assert f"held back by the suppression list: {ANN}" in sesv2_fake.report()


class TestListing:
    """What a test tells of an email puts its address on the list."""

    def test_a_permanent_bounce_lists_the_address(self, sesv2_fake):
        sesv2_fake.send(SENDER, ANN, at=NOW - timedelta(hours=1)).bounce()

        assert sesv2_fake.suppression_list() == {ANN: "BOUNCE"}
        assert get()["LastUpdateTime"] == NOW - timedelta(hours=1)

    def test_a_complaint_lists_the_address(self, sesv2_fake):
        sesv2_fake.send(SENDER, ANN).deliver().complain()

        assert sesv2_fake.suppression_list() == {ANN: "COMPLAINT"}

    def test_the_entry_names_the_email_and_its_feedback(self, sesv2_fake):
        for address, told in (("a@x.org", "bounce"), ("b@x.org", "complain")):
            send(address)
            email = sesv2_fake.outbox.sent_to(address)
            getattr(email, told)()
            part = "bounce" if told == "bounce" else "complaint"
            record = email.event_record(part.title())
            with sesv2_fake.serve() as url:
                _, _, payload = send_http(url, b"", method="GET", path=f"{LIST}/{address}")

            assert payload["SuppressedDestination"]["Attributes"] == {
                "MessageId": email.message_id,
                "FeedbackId": record[part]["feedbackId"],
            }

    @pytest.mark.parametrize(
        ("to", "what"),
        [
            (ANN, lambda email: email.bounce("Transient")),
            (ANN, lambda email: email.bounce("Undetermined")),
            (ANN, lambda email: email.bounce(sub_type="OnAccountSuppressionList")),
            (ANN, lambda email: email.complain("OnAccountSuppressionList")),
            (ANN, lambda email: email.bounce(count=0)),
            (ANN, lambda email: email.deliver().open()),
            ("ann@gmail.com", lambda email: email.complain()),
            ("bounce@simulator.amazonses.com", lambda email: email.bounce()),
            ("complaint@simulator.amazonses.com", lambda email: email.complain()),
        ],
        ids=[
            "transient",
            "undetermined",
            "the list's own bounce",
            "the list's own complaint",
            "a bounce of none",
            "no failure",
            "a complaint at Gmail",
            "the simulator's bounce",
            "the simulator's complaint",
        ],
    )
    def test_other_events_list_nobody(self, sesv2_fake, to, what):
        what(sesv2_fake.send(SENDER, to))

        assert sesv2_fake.suppression_list() == {}

    def test_mail_to_the_simulator_lists_nobody(self, sesv2_fake):
        send("bounce@simulator.amazonses.com")
        send("complaint@simulator.amazonses.com")

        assert sesv2_fake.suppression_list() == {}

    def test_of_several_recipients_each_is_listed(self, sesv2_fake):
        sesv2_fake.send(SENDER, ["a@x.org", "b@gmail.com"]).complain()

        assert sesv2_fake.suppression_list() == {"a@x.org": "COMPLAINT"}

    def test_an_isp_that_the_test_names_decides(self, sesv2_fake):
        sesv2_fake.send(SENDER, ANN, isp="Gmail").complain()

        assert sesv2_fake.suppression_list() == {}

    def test_only_for_a_reason_in_force(self, sesv2_fake):
        client().put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
        sesv2_fake.send(SENDER, ANN).bounce()
        sesv2_fake.send(SENDER, "b@x.org", region="us-east-1").bounce()

        assert sesv2_fake.suppression_list() == {}
        assert sesv2_fake.suppression_list("eu-west-1") == {ANN: "BOUNCE"}

    def test_a_bounce_of_an_email_of_one_region_goes_on_that_regions_list(self, sesv2_fake):
        sesv2_fake.send(SENDER, ANN, region="eu-west-1").bounce()

        assert sesv2_fake.suppression_list() == {}
        assert sesv2_fake.suppression_list("eu-west-1") == {ANN: "BOUNCE"}

    def test_event_records_list_nobody(self, sesv2_fake):
        record = sesv2_fake.send(SENDER, ANN).bounce().event_record("Bounce")
        sesv2_fake.reset()
        sesv2_fake.load_events([record])

        assert sesv2_fake.suppression_list() == {}

    def test_the_next_email_to_it_is_held_back(self, sesv2_fake):
        send()
        sesv2_fake.sent_to(ANN).bounce(sub_type="NoEmail")
        send()

        bounce = sesv2_fake.outbox[1].event_record("Bounce")["bounce"]
        assert bounce["bounceSubType"] == "OnAccountSuppressionList"


class TestAccountAttributes:
    def reasons(self, region="us-east-1"):
        return client(region).get_account()["SuppressionAttributes"]["SuppressedReasons"]

    def test_both_reasons_are_in_force_by_default(self, sesv2_fake):
        assert self.reasons() == ["BOUNCE", "COMPLAINT"]

    @pytest.mark.parametrize("given", [{}, {"SuppressedReasons": []}])
    def test_none_switches_the_list_off_and_addresses_stay(self, sesv2_fake, given):
        sesv2_fake.suppress(ANN)
        client().put_account_suppression_attributes(**given)
        send()

        assert self.reasons() == []
        assert self.reasons("eu-west-1") == ["BOUNCE", "COMPLAINT"]
        assert sesv2_fake.suppression_list() == {ANN: "BOUNCE"}
        with pytest.raises(ValueError, match="no Bounce happened"):
            sesv2_fake.outbox[0].event_record("Bounce")

    def test_an_unknown_reason_is_refused(self, sesv2_fake):
        name = "suppressedReasons"
        assert refused(
            client().put_account_suppression_attributes, SuppressedReasons=["BOUNCE", "X"]
        ) == (
            "BadRequestException",
            f"{INVALID} '{name}' {CONSTRAINT} satisfy constraint: [{MEMBER} {OF_REASONS}]",
        )

    def test_a_null_among_the_reasons_is_a_value(self, sesv2_fake):
        with sesv2_fake.serve() as url:
            status, error, _ = send_http(
                url,
                b'{"SuppressedReasons": [null]}',
                method="PUT",
                path="/v2/email/account/suppression",
            )

        assert (status, error) == (400, "BadRequestException")

"""`GetAccount` and `PutAccountVdmAttributes`, and what a test sets of the account."""

import json

import pytest
from asking import DAY, MONDAY, ask, client, new_client, total
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from freezegun import freeze_time
from serving import send as send_http

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
ON = {
    "VdmEnabled": "ENABLED",
    "DashboardAttributes": {"EngagementMetrics": "ENABLED"},
    "GuardianAttributes": {"OptimizedSharedDelivery": "ENABLED"},
}
STATUS = "satisfy enum value set: [ENABLED, DISABLED]"
SIMPLE = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}}


def account(region="us-east-1"):
    answer = client(region).get_account()
    del answer["ResponseMetadata"]
    return answer


def put(region="us-east-1", **attributes):
    client(region).put_account_vdm_attributes(VdmAttributes=attributes)


class TestGetAccount:
    def test_a_new_account_in_full(self, sesv2_fake):
        assert account() == {
            "DedicatedIpAutoWarmupEnabled": True,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": True,
            "SendQuota": {
                "Max24HourSend": 50000.0,
                "MaxSendRate": 14.0,
                "SentLast24Hours": 0.0,
            },
            "SendingEnabled": True,
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
            "VdmAttributes": ON,
        }

    @pytest.mark.sesv2_fake(vdm_enabled=None)
    def test_says_nothing_of_vdm_before_it_is_set_up(self, sesv2_fake):
        assert "VdmAttributes" not in account()
        assert sesv2_fake.vdm_enabled is None

    @pytest.mark.sesv2_fake(vdm_enabled=False)
    def test_the_parts_of_vdm_are_absent_while_it_is_off(self, sesv2_fake):
        assert account()["VdmAttributes"] == {"VdmEnabled": "DISABLED"}

    @pytest.mark.sesv2_fake(engagement_metrics=False, optimized_shared_delivery=False)
    def test_the_parts_of_vdm_are_options(self, sesv2_fake):
        assert account()["VdmAttributes"] == {
            "VdmEnabled": "ENABLED",
            "DashboardAttributes": {"EngagementMetrics": "DISABLED"},
            "GuardianAttributes": {"OptimizedSharedDelivery": "DISABLED"},
        }

    def test_says_what_the_test_set(self, sesv2_fake):
        sesv2_fake.account.enforcement_status = "PROBATION"
        sesv2_fake.account.production_access_enabled = False
        sesv2_fake.account.sending_enabled = False
        sesv2_fake.account.max_24_hour_send = 200
        sesv2_fake.account.max_send_rate = 1.5

        found = account("eu-west-1")

        assert found["EnforcementStatus"] == "PROBATION"
        assert found["ProductionAccessEnabled"] is False
        assert found["SendingEnabled"] is False
        assert found["SendQuota"]["Max24HourSend"] == 200.0
        assert found["SendQuota"]["MaxSendRate"] == 1.5

    def test_is_in_calls(self, sesv2_fake):
        account()

        (call,) = sesv2_fake.calls
        assert (call.operation, call.region, call.error) == ("GetAccount", "us-east-1", None)
        assert repr(call) == "<Call: us-east-1, GetAccount: answered>"

    def test_a_reset_forgets_what_was_set(self, sesv2_fake):
        sesv2_fake.account.max_send_rate = 1
        put(VdmEnabled="DISABLED")

        sesv2_fake.reset()

        assert account()["SendQuota"]["MaxSendRate"] == 14.0
        assert account()["VdmAttributes"] == ON


class TestSentLast24Hours:
    def sent(self, region="us-east-1"):
        return account(region)["SendQuota"]["SentLast24Hours"]

    def test_counts_seeds_and_what_the_code_under_test_sent(self, sesv2_fake):
        with freeze_time("2026-01-06T12:00"):
            sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + DAY, count=3)
            client().send_email(
                FromEmailAddress=SENDER,
                Destination={"ToAddresses": ["ann@gmail.com"]},
                Content=SIMPLE,
            )

            assert self.sent() == 4.0

    def test_counts_each_recipient(self, sesv2_fake):
        client().send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": ["a@x.org", "b@x.org"], "CcAddresses": ["c@x.org"]},
            Content=SIMPLE,
        )

        assert self.sent() == 3.0
        assert self.sent("eu-west-1") == 0.0

    def test_counts_each_recipient_of_a_seed(self, sesv2_fake):
        to_two = ["a@x.org", "b@x.org"]
        sesv2_fake.send(SENDER, to_two, count=10)
        sesv2_fake.send(SENDER, to_two, region="eu-west-1")

        assert (self.sent(), self.sent("eu-west-1")) == (20.0, 22.0)

    def test_counts_each_recipient_of_an_event_record(self, sesv2_fake):
        sent = sesv2_fake.send(SENDER, ["a@x.org", "b@x.org"], message_id="m-1")
        record = sent.event_record("Send")
        sesv2_fake.reset()
        sesv2_fake.load_events([record, record])

        assert self.sent() == 2.0

    @pytest.mark.parametrize("others", [[], ["a@x.org"]])
    def test_leaves_out_the_mailbox_simulator(self, sesv2_fake, others):
        sesv2_fake.send(SENDER, ["success@simulator.amazonses.com", *others])

        assert self.sent() == 0.0

    def test_goes_by_the_clock(self, sesv2_fake):
        with freeze_time("2026-01-06T12:00") as clock:
            sesv2_fake.send(SENDER, "ann@gmail.com")
            client().send_email(
                FromEmailAddress=SENDER,
                Destination={"ToAddresses": ["a@x.org", "b@x.org"]},
                Content=SIMPLE,
            )
            clock.move_to("2026-01-07T12:00")
            at_the_end = self.sent()
            clock.tick()

            assert (at_the_end, self.sent()) == (3.0, 0.0)


class TestPutAccountVdmAttributes:
    @pytest.mark.sesv2_fake(vdm_enabled=None)
    def test_sets_vdm_up_in_its_region_alone(self, sesv2_fake):
        put(VdmEnabled="ENABLED")

        assert account()["VdmAttributes"] == ON
        assert "VdmAttributes" not in account("eu-west-1")
        assert sesv2_fake.vdm_enabled is True

    @pytest.mark.sesv2_fake(vdm_enabled=None)
    def test_metrics_follow_it(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        with pytest.raises(client().exceptions.NotFoundException):
            ask("SEND")

        put(VdmEnabled="ENABLED")

        assert total("SEND") == 1
        with pytest.raises(client().exceptions.NotFoundException):
            ask("SEND", using=client("eu-west-1"))

    def test_switches_the_parts(self, sesv2_fake):
        put(
            VdmEnabled="ENABLED",
            DashboardAttributes={"EngagementMetrics": "DISABLED"},
            GuardianAttributes={"OptimizedSharedDelivery": "DISABLED"},
        )

        assert account()["VdmAttributes"] == {
            "VdmEnabled": "ENABLED",
            "DashboardAttributes": {"EngagementMetrics": "DISABLED"},
            "GuardianAttributes": {"OptimizedSharedDelivery": "DISABLED"},
        }

    def test_a_part_that_is_left_out_stays_as_it_was(self, sesv2_fake):
        put(VdmEnabled="ENABLED", DashboardAttributes={"EngagementMetrics": "DISABLED"})
        put(VdmEnabled="DISABLED")
        put(VdmEnabled="ENABLED")

        dashboard = account()["VdmAttributes"]["DashboardAttributes"]
        assert dashboard == {"EngagementMetrics": "DISABLED"}

    @pytest.mark.parametrize(
        ("attributes", "broken"),
        [
            ({"VdmEnabled": "enabled"}, [("vdmEnabled", STATUS)]),
            ({}, [("vdmEnabled", "not be null")]),
            (
                {"VdmEnabled": "", "DashboardAttributes": {"EngagementMetrics": "no"}},
                [("vdmEnabled", STATUS), ("dashboardAttributes.engagementMetrics", STATUS)],
            ),
        ],
    )
    def test_a_wrong_status_is_refused(self, sesv2_fake, attributes, broken):
        unchecked = new_client(config=Config(parameter_validation=False))

        with pytest.raises(unchecked.exceptions.BadRequestException) as caught:
            unchecked.put_account_vdm_attributes(VdmAttributes=attributes)

        number = "1 validation error" if len(broken) == 1 else f"{len(broken)} validation errors"
        errors = "; ".join(
            f"Value at 'vdmAttributes.{member}' failed to satisfy constraint: Member must {rule}"
            for member, rule in broken
        )
        assert caught.value.response["Error"]["Message"] == f"{number} detected: {errors}"
        assert account()["VdmAttributes"] == ON

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    def test_get_account_too_is_throttled(self, sesv2_fake):
        once = new_client(config=Config(retries={"total_max_attempts": 1}))
        with freeze_time("2026-01-05") as clock:
            once.get_account()
            with pytest.raises(once.exceptions.TooManyRequestsException):
                once.get_account()
            clock.tick()
            once.get_account()

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    def test_more_than_one_a_second_is_throttled(self, sesv2_fake):
        once = new_client(config=Config(retries={"total_max_attempts": 1}))
        with freeze_time("2026-01-05") as clock:
            once.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
            with pytest.raises(once.exceptions.TooManyRequestsException):
                once.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
            client("eu-west-1").put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
            clock.tick()
            once.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})


class TestVdmEnabled:
    def test_sets_all_regions(self, sesv2_fake):
        put("eu-west-1", VdmEnabled="ENABLED")

        sesv2_fake.vdm_enabled = False

        assert account("eu-west-1")["VdmAttributes"] == {"VdmEnabled": "DISABLED"}
        assert account()["VdmAttributes"] == {"VdmEnabled": "DISABLED"}
        assert sesv2_fake.vdm_enabled is False

    def test_none_means_never_set_up(self, sesv2_fake):
        sesv2_fake.vdm_enabled = None

        assert "VdmAttributes" not in account()

    def test_says_what_a_client_set_last(self, sesv2_fake):
        put("eu-west-1", VdmEnabled="DISABLED")

        assert sesv2_fake.vdm_enabled is False

    def test_anything_else_is_an_error(self, sesv2_fake):
        with pytest.raises(TypeError, match="vdm_enabled: expected True, False or None, got 'no'"):
            sesv2_fake.vdm_enabled = "no"


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("enforcement_status", "SICK", ValueError, "enforcement_status: expected one of HEALTHY"),
        ("sending_enabled", "no", TypeError, "sending_enabled: expected True or False, got 'no'"),
        ("max_send_rate", "14", TypeError, "max_send_rate: expected a number, got '14' .str"),
        ("max_send_rate", True, TypeError, "max_send_rate: expected a number"),
        ("max_24_hour_send", -2, ValueError, "expected 0 or more, or -1 for no quota, got -2"),
        ("max_24_hour_send", float("nan"), ValueError, "expected 0 or more"),
        ("sending_enable", True, AttributeError, "did you mean 'sending_enabled'"),
        ("colour", 1, AttributeError, "no account setting 'colour'; there are enforcement_status"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error(sesv2_fake, name, value, error, message):
    with pytest.raises(error, match=message):
        setattr(sesv2_fake.account, name, value)


def test_the_repr_has_the_settings(sesv2_fake):
    assert repr(sesv2_fake.account).startswith(
        "<AccountSettings: enforcement_status='HEALTHY', production_access_enabled=True"
    )


def test_no_daily_quota_is_minus_one(sesv2_fake):
    sesv2_fake.account.max_24_hour_send = -1

    assert account()["SendQuota"]["Max24HourSend"] == -1.0


class TestFaults:
    def test_an_operation_has_the_errors_of_its_model(self, sesv2_fake):
        sesv2_fake.fail_requests("BadRequestException", operation="GetAccount", times=1)

        with pytest.raises(client().exceptions.BadRequestException) as caught:
            account()

        assert caught.value.response["Error"]["Message"] == "The input you provided is invalid."

    def test_another_error_is_a_value_error(self, sesv2_fake):
        with pytest.raises(ValueError, match=r"error: expected one of .*got 'NotFoundException'"):
            sesv2_fake.fail_requests("NotFoundException", operation="GetAccount")

    def test_one_of_another_operation_is_not_triggered(self, sesv2_fake):
        sesv2_fake.throttle(operation="GetAccount", optional=True)

        assert ask("SEND") == {}

    def test_a_denied_call_names_its_operation(self, sesv2_fake):
        sesv2_fake.fail_requests("AccessDeniedException", operation="*", times=1)

        with pytest.raises(ClientError, match="not authorized to perform: ses:GetAccount on"):
            account()

    def test_a_fault_of_all_operations_fails_those_that_have_the_error(self, sesv2_fake):
        fault = sesv2_fake.fail_requests("InternalServiceErrorException", operation="*", times=1)

        account()
        ask("SEND")

        assert fault.hits == 1
        assert [(call.operation, call.error) for call in sesv2_fake.calls] == [
            ("GetAccount", None),
            ("BatchGetMetricData", "InternalServiceErrorException"),
            ("BatchGetMetricData", None),
        ]

    def test_it_is_tried_again_at_once(self, sesv2_fake):
        sesv2_fake.throttle(2, operation="GetAccount")

        assert client().get_account()["ResponseMetadata"]["RetryAttempts"] == 2

    def test_its_connection_can_break(self, sesv2_fake):
        sesv2_fake.drop_connections(operation="GetAccount")

        with pytest.raises(EndpointConnectionError):
            account()

    def test_an_unknown_operation_is_an_error(self, sesv2_fake):
        with pytest.raises(
            ValueError, match=r"operation: .*'GetAcount' of SES; did you mean 'GetAccount'"
        ):
            sesv2_fake.throttle(operation="GetAcount")


@mock_sesv2(vdm_enabled=None)
def test_a_gate_before_metrics(sesv2_fake):
    """Callers look at the account first, and turn the manager on if it is not."""
    ses = client()
    if ses.get_account().get("VdmAttributes", {}).get("VdmEnabled") != "ENABLED":
        ses.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})

    assert ask("SEND") == {}


class TestAttributes:
    """What clients set of the account, and `GetAccount` shows."""

    @pytest.fixture(autouse=True)
    def served(self, sesv2_fake):
        # Over HTTP: botocore's oldest models do not have all of them.
        with sesv2_fake.serve() as self.url:
            yield

    def put(self, path, body, method="PUT"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return send_http(self.url, data, method=method, path=f"/v2/email/account/{path}")

    def shown(self, name):
        status, _, payload = send_http(self.url, b"", method="GET", path="/v2/email/account")
        assert status == 200
        return payload.get(name)

    def test_a_plan_is_shown_once_it_is_chosen(self):
        assert self.shown("PricingAttributes") is None
        assert self.put("pricing-attributes", {"Plan": "PRO"}) == (200, None, {})
        assert self.shown("PricingAttributes") == {"CurrentPlan": "PRO"}

    def test_the_shared_pool_is_shown_once_it_is_chosen(self):
        assert self.shown("DeliveryAttributes") is None
        body = {"SharedPoolDeliveryMode": "REGIONAL"}
        assert self.put("delivery", body, "POST") == (200, None, {})
        assert self.shown("DeliveryAttributes") == body

    def test_details_are_shown_once_they_are_given(self):
        details = {
            "MailType": "MARKETING",
            "WebsiteURL": "https://example.com",
            "ContactLanguage": "EN",
            "UseCaseDescription": "News",
            "AdditionalContactEmailAddresses": ["ann@example.com"],
        }
        assert self.shown("Details") is None
        assert self.put("details", {**details, "ProductionAccessEnabled": True}, "POST")[0] == 200
        assert self.shown("Details") == details
        few = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}
        assert self.put("details", few, "POST")[0] == 200
        assert self.shown("Details") == few

    def test_validation_is_shown_once_it_is_set_and_stays(self):
        threshold = {
            "ConditionThresholdEnabled": "ENABLED",
            "OverallConfidenceThreshold": {"ConfidenceVerdictThreshold": "HIGH"},
        }
        body = {
            "SuppressedReasons": ["BOUNCE"],
            "ValidationAttributes": {"ConditionThreshold": threshold},
        }
        assert self.put("suppression", body) == (200, None, {})
        assert self.shown("SuppressionAttributes") == body
        assert self.put("suppression", {"SuppressedReasons": []})[0] == 200
        assert self.shown("SuppressionAttributes") == {**body, "SuppressedReasons": []}
        off = {"ConditionThreshold": {"ConditionThresholdEnabled": "DISABLED"}}
        assert self.put("suppression", {"ValidationAttributes": off})[0] == 200
        assert self.shown("SuppressionAttributes")["ValidationAttributes"] == off

    @pytest.mark.parametrize(
        ("path", "method", "body", "member"),
        [
            ("pricing-attributes", "PUT", {"Plan": "FREE"}, "plan"),
            ("pricing-attributes", "PUT", {}, "plan"),
            ("delivery", "POST", {"SharedPoolDeliveryMode": "EU"}, "sharedPoolDeliveryMode"),
            ("details", "POST", {"WebsiteURL": "https://a.b"}, "mailType"),
            ("details", "POST", {"MailType": "MARKETING"}, "websiteURL"),
            ("details", "POST", {"MailType": "MARKETING", "WebsiteURL": ""}, "websiteURL"),
            (
                "details",
                "POST",
                {"MailType": "MARKETING", "WebsiteURL": "https://a.b", "ContactLanguage": "FR"},
                "contactLanguage",
            ),
            (
                "suppression",
                "PUT",
                {"ValidationAttributes": {"ConditionThreshold": {}}, "SuppressedReasons": []},
                "validationAttributes.conditionThreshold.conditionThresholdEnabled",
            ),
        ],
    )
    def test_a_wrong_value_is_refused_by_its_member(self, path, method, body, member):
        status, error, payload = self.put(path, body, method)

        assert (status, error) == (400, "BadRequestException")
        assert payload["message"].startswith(f"1 validation error detected: Value at '{member}' ")

    def test_sending_is_switched_in_one_region(self, sesv2_fake):
        client().put_account_sending_attributes(SendingEnabled=False)

        assert client().get_account()["SendingEnabled"] is False
        assert client("eu-west-1").get_account()["SendingEnabled"] is True
        assert sesv2_fake.account.sending_enabled is False
        sesv2_fake.account.sending_enabled = True
        assert client().get_account()["SendingEnabled"] is True

    @pytest.mark.parametrize(
        ("body", "expected"),
        [(b"{}", False), (b'{"SendingEnabled": "Yes"}', True), (b'{"SendingEnabled": "0"}', False)],
    )
    def test_sending_may_be_missing_or_a_text(self, body, expected):
        assert self.put("sending", body)[0] == 200
        assert self.shown("SendingEnabled") is expected

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b'{"SendingEnabled": "ja"}', "STRING_VALUE can not be converted to an Boolean"),
            (b'{"SendingEnabled": 1}', "NUMBER_VALUE can not be converted to a Boolean"),
            (b'{"SendingEnabled": null}', "Expected a boolean."),
        ],
    )
    def test_sending_that_is_neither_is_refused(self, body, words):
        assert self.put("sending", body) == (400, "SerializationException", {"message": words})

    def test_a_paused_region_refuses_sends(self):
        client().put_account_sending_attributes()
        message = {
            "FromEmailAddress": "news@example.com",
            "Destination": {"ToAddresses": ["ann@example.org"]},
            "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
        }

        with pytest.raises(client().exceptions.SendingPausedException):
            client().send_email(**message)
        assert client("eu-west-1").send_email(**message)["MessageId"]

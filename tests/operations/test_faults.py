"""Failures on demand, and that no back-off is waited for."""

import time
import unittest

import botocore.endpoint
import pytest
from asking import MONDAY, client, new_client, query, series
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.retries.quota import RetryQuota
from freezegun import freeze_time

from sesv2_fake import Call, Fault, mock_sesv2

SENDER = "news@example.com"
MODES = pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}


def in_mode(mode, **retries):
    return new_client(config=Config(retries={"mode": mode, **retries}))


def ask_all(made, *queries):
    return made.batch_get_metric_data(Queries=list(queries))


def outcome(response):
    """The ids of results and of errors, and the errors' codes."""
    return (
        {result["Id"] for result in response["Results"]},
        {error["Id"]: error["Code"] for error in response["Errors"]},
    )


class TestQueries:
    """`fail_queries` and `deny`."""

    def test_a_failed_query_is_in_errors_and_not_in_results(self, sesv2_fake, sesv2_client):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        sesv2_fake.deny(id="bad")

        response = ask_all(sesv2_client, query(id="good"), query(id="bad"))

        assert series(response, "good") == {MONDAY.date(): 1}
        assert response["Errors"] == [
            {
                "Id": "bad",
                "Code": "ACCESS_DENIED",
                "Message": "You have insufficient access to retrieve metrics based on the given "
                "query.",
            }
        ]
        assert outcome(response)[0] == {"good"}

    @pytest.mark.parametrize("contract", ["documented", "live"])
    def test_all_queries_may_fail(self, contract):
        with mock_sesv2(contract=contract) as ses:
            ses.fail_queries("INTERNAL_FAILURE")
            response = ask_all(client(), query(id="a"), query(id="b"))

        assert outcome(response) == (set(), {"a": "INTERNAL_FAILURE", "b": "INTERNAL_FAILURE"})
        assert response["Errors"][0]["Message"] == (
            "Amazon SES has failed to process one of the queries."
        )

    @pytest.mark.parametrize(
        ("how", "failed"),
        [
            ({}, {"send", "open", "gmail", "both"}),
            ({"id": "open"}, {"open"}),
            ({"metric": "OPEN"}, {"open", "gmail", "both"}),
            ({"dimensions": {"ISP": "Gmail"}}, {"gmail", "both"}),
            ({"dimensions": {"ISP": "Gmail", "EMAIL_IDENTITY": "EXAMPLE.com"}}, {"both"}),
            ({"metric": "SEND", "dimensions": {"ISP": "Gmail"}}, set()),
            ({"where": lambda q: q.metric == "SEND"}, {"send"}),
            ({"where": lambda q: q.start_date == MONDAY, "id": "both"}, {"both"}),
            ({"where": lambda q: q.end_date == MONDAY}, set()),
        ],
    )
    def test_a_fault_is_triggered_if_all_that_is_given_matches(
        self, sesv2_fake, sesv2_client, how, failed
    ):
        sesv2_fake.fail_queries(**how, optional=not failed)

        response = ask_all(
            sesv2_client,
            query("SEND", id="send"),
            query("OPEN", id="open"),
            query("OPEN", id="gmail", ISP="Gmail"),
            query("OPEN", id="both", ISP="Gmail", EMAIL_IDENTITY="example.com"),
        )

        assert set(outcome(response)[1]) == failed
        assert outcome(response)[0] == {"send", "open", "gmail", "both"} - failed

    def test_times_is_how_many_queries_fail(self, sesv2_fake, sesv2_client):
        fault = sesv2_fake.deny(times=3)

        first = ask_all(sesv2_client, query(id="a"), query(id="b"))
        second = ask_all(sesv2_client, query(id="a"), query(id="b"))

        assert outcome(first)[0] == set()
        assert outcome(second) == ({"b"}, {"a": "ACCESS_DENIED"})
        assert fault.hits == 3

    def test_the_first_set_up_that_is_not_used_up_wins(self, sesv2_fake, sesv2_client):
        sesv2_fake.fail_queries("INTERNAL_FAILURE", times=1)
        sesv2_fake.deny()

        codes = [outcome(ask_all(sesv2_client, query()))[1]["q"] for _ in range(2)]

        assert codes == ["INTERNAL_FAILURE", "ACCESS_DENIED"]

    def test_a_message_can_be_given(self, sesv2_fake, sesv2_client):
        sesv2_fake.deny(message="Not for you.")

        assert ask_all(sesv2_client, query())["Errors"][0]["Message"] == "Not for you."

    def test_a_cancelled_fault_is_triggered_no_more(self, sesv2_fake, sesv2_client):
        fault = sesv2_fake.deny(times=5)
        ask_all(sesv2_client, query())
        fault.cancel()

        assert outcome(ask_all(sesv2_client, query())) == ({"q"}, {})
        assert fault.hits == 1

    def test_a_refused_call_triggers_no_fault_of_queries(self, sesv2_fake, sesv2_client):
        fault = sesv2_fake.deny(optional=True)
        with pytest.raises(ClientError):
            ask_all(sesv2_client, query(end=MONDAY))

        assert fault.hits == 0

    def test_an_exception_of_the_predicate_comes_through(self, sesv2_fake, sesv2_client):
        sesv2_fake.deny(where=lambda q: q.no_such_member, optional=True)

        with pytest.raises(AttributeError, match="no_such_member"):
            ask_all(sesv2_client, query())


class TestRequests:
    """`fail_requests` and `throttle`."""

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            ("BadRequestException", 400),
            ("NotFoundException", 404),
            ("TooManyRequestsException", 429),
            ("InternalServiceErrorException", 500),
            ("AccessDeniedException", 403),
        ],
    )
    def test_each_error_has_its_status_and_form(self, sesv2_fake, error, status):
        sesv2_fake.fail_requests(error, "In words.")
        made = new_client(config=Config(retries={"total_max_attempts": 1}))

        with pytest.raises(getattr(made.exceptions, error, ClientError)) as caught:
            ask_all(made, query())

        response = caught.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert response["Error"] == {"Code": error, "Message": "In words."}
        assert caught.value.__class__.__name__ in (error, "ClientError")

    def test_an_error_that_one_operation_alone_has_comes_with_its_status(self, sesv2_fake):
        sesv2_fake.fail_requests("ConflictException", operation="PutAccountDetails")
        details = {"MailType": "MARKETING", "WebsiteURL": "https://example.com"}

        with pytest.raises(client().exceptions.ConflictException) as caught:
            client().put_account_details(**details, UseCaseDescription="News")

        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409

    @MODES
    def test_two_throttles_end_in_success(self, sesv2_fake, mode):
        fault = sesv2_fake.throttle(times=2)

        response = ask_all(in_mode(mode), query())

        assert response["ResponseMetadata"]["RetryAttempts"] == 2
        assert fault.hits == 2
        assert [call.attempt for call in sesv2_fake.calls] == [1, 2, 3]
        assert [call.error for call in sesv2_fake.calls] == [
            "TooManyRequestsException",
            "TooManyRequestsException",
            None,
        ]

    @MODES
    @pytest.mark.parametrize("error", ["TooManyRequestsException", "InternalServiceErrorException"])
    def test_throttled_to_the_end_of_the_modes_own_attempts(self, sesv2_fake, mode, error):
        fault = sesv2_fake.fail_requests(error, times=None)
        made = in_mode(mode)

        with pytest.raises(getattr(made.exceptions, error)):
            ask_all(made, query())

        assert fault.hits == ATTEMPTS[mode]

    def test_an_error_that_is_not_retried_triggers_it_once(self, sesv2_fake, sesv2_client):
        fault = sesv2_fake.fail_requests("BadRequestException", times=None)

        with pytest.raises(sesv2_client.exceptions.BadRequestException):
            ask_all(sesv2_client, query())

        assert fault.hits == 1

    def test_a_fault_comes_before_every_check(self, sesv2_fake, sesv2_client):
        sesv2_fake.vdm_enabled = False
        sesv2_fake.fail_requests("AccessDeniedException", times=1)

        with pytest.raises(ClientError, match="AccessDenied"):
            ask_all(sesv2_client, query())
        with pytest.raises(sesv2_client.exceptions.NotFoundException):
            ask_all(sesv2_client, query())


class TestConnections:
    """`drop_connections`."""

    @MODES
    @pytest.mark.parametrize(
        ("error", "exception"),
        [
            (None, EndpointConnectionError),
            ("no-connection", EndpointConnectionError),
            ("read-timeout", ReadTimeoutError),
            ("connect-timeout", ConnectTimeoutError),
            (ConnectionClosedError, ConnectionClosedError),
            (SSLError, SSLError),
            (ConnectionClosedError(endpoint_url="x"), ConnectionClosedError),
        ],
    )
    def test_botocore_raises_its_own_exception_in_the_end(self, sesv2_fake, mode, error, exception):
        fault = sesv2_fake.drop_connections(error, times=None)

        with pytest.raises(exception):
            ask_all(in_mode(mode), query())

        assert fault.hits == ATTEMPTS[mode]
        assert {call.error for call in sesv2_fake.calls} == {exception.__name__}

    def test_the_exception_names_the_endpoint(self, sesv2_fake):
        sesv2_fake.drop_connections("read-timeout")

        with pytest.raises(ReadTimeoutError, match=r"https://email\.us-east-1\.amazonaws\.com"):
            ask_all(new_client(config=Config(retries={"total_max_attempts": 1})), query())

    def test_one_drop_is_retried(self, sesv2_fake, sesv2_client):
        sesv2_fake.drop_connections(times=1)

        assert ask_all(sesv2_client, query())["ResponseMetadata"]["RetryAttempts"] == 1
        dropped, answered = sesv2_fake.calls
        assert (dropped.error, dropped.message) == (
            "EndpointConnectionError",
            "the connection was dropped",
        )
        assert (answered.error, answered.message) == (None, None)

    def test_faults_of_calls_are_triggered_in_the_order_set_up(self, sesv2_fake):
        sesv2_fake.drop_connections(times=1)
        sesv2_fake.throttle(times=1)
        sesv2_fake.fail_requests("InternalServiceErrorException", times=1)

        ask_all(in_mode("legacy"), query())

        assert [call.error for call in sesv2_fake.calls] == [
            "EndpointConnectionError",
            "TooManyRequestsException",
            "InternalServiceErrorException",
            None,
        ]


@pytest.fixture
def slept(monkeypatch):
    """The waits that botocore's endpoint asks the clock for, which are then not made."""
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


class TestWaiting:
    """`instant_retries`."""

    @MODES
    def test_a_faults_retries_wait_for_nothing(self, sesv2_fake, slept, mode):
        sesv2_fake.throttle(times=2)
        made = in_mode(mode)

        for _ in range(3):
            ask_all(made, query())

        assert slept == []

    @pytest.mark.parametrize("mode", ["legacy", "standard"])
    @pytest.mark.sesv2_fake(instant_retries=False)
    def test_without_the_option_they_wait_as_ever(self, sesv2_fake, slept, mode):
        sesv2_fake.throttle(times=2)

        ask_all(in_mode(mode), query())

        assert len(slept) == 2
        assert all(wait >= 0 for wait in slept)

    def test_the_waits_of_other_operations_are_as_ever(self, sesv2_fake, slept):
        sesv2_fake.throttle(times=None)
        made = in_mode("legacy")
        with pytest.raises(made.exceptions.TooManyRequestsException):
            ask_all(made, query())
        nobody = new_client(
            endpoint_url="http://127.0.0.1:9",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=Config(retries={"mode": "legacy"}),
        )

        with pytest.raises(EndpointConnectionError):
            nobody.list_configuration_sets()

        assert len(slept) == 4

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    def test_the_waits_of_rate_limits_are_as_ever(self, sesv2_fake, slept):
        with freeze_time("2026-01-05"):
            made = in_mode("legacy")
            with pytest.raises(made.exceptions.TooManyRequestsException):
                for _ in range(17):
                    ask_all(made, query())

        assert len(slept) == 4

    def test_botocores_clock_is_its_own_again_after_the_fake(self):
        before = botocore.endpoint.time, RetryQuota.acquire
        with mock_sesv2() as fake:
            fake.throttle(1)
            ask_all(in_mode("standard"), query())
            assert botocore.endpoint.time is not time
            assert botocore.endpoint.time.monotonic is time.monotonic

        assert (botocore.endpoint.time, RetryQuota.acquire) == before == (time, before[1])


class TestTraces:
    """A kept client is as fresh after faults as before."""

    @MODES
    def test_faults_use_up_nothing_of_a_clients_retries(self, slept, mode):
        made = in_mode(mode)
        for _ in range(60):
            with mock_sesv2() as ses:
                ses.throttle(times=None)
                with pytest.raises(made.exceptions.TooManyRequestsException):
                    ask_all(made, query())
        with mock_sesv2() as ses:
            ses.drop_connections(times=2)
            response = ask_all(made, query())

        assert response["ResponseMetadata"]["RetryAttempts"] == 2
        assert slept == []

    def test_faults_slow_no_later_call_of_an_adaptive_client(self, sesv2_fake):
        made = in_mode("adaptive")
        sesv2_fake.throttle(times=2)
        started = time.monotonic()
        for _ in range(5):
            ask_all(made, query())

        assert time.monotonic() - started < 1

    def test_an_exception_handed_in_gathers_no_frames(self, sesv2_fake, sesv2_client):
        error = ConnectionClosedError(endpoint_url="x")
        sesv2_fake.drop_connections(error, times=None)
        depths = set()
        for _ in range(3):
            with pytest.raises(ConnectionClosedError) as caught:
                ask_all(sesv2_client, query())
            depths.add(len(caught.traceback))

        assert len(depths) == 1


class TestRateLimits:
    """`enforce_rate_limits`."""

    def test_off_by_default(self, sesv2_fake, sesv2_client):
        for _ in range(40):
            ask_all(sesv2_client, query())

        assert {call.error for call in sesv2_fake.calls} == {None}

    @staticmethod
    def answered(made, calls, queries=1):
        """How many of so many calls in a row are answered."""
        done = 0
        for _ in range(calls):
            try:
                ask_all(made, *(query(id=f"q{n}") for n in range(queries)))
                done += 1
            except made.exceptions.TooManyRequestsException:
                continue
        return done

    @pytest.fixture
    def impatient(self):
        return new_client(config=Config(retries={"total_max_attempts": 1}))

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    @pytest.mark.parametrize("queries", [1, 10])
    def test_16_calls_in_any_second(self, sesv2_fake, impatient, queries):
        with freeze_time("2026-01-05") as clock:
            assert self.answered(impatient, 10, queries) == 10
            clock.tick(0.5)
            assert self.answered(impatient, 10, queries) == 6
            clock.tick(0.499)
            assert self.answered(impatient, 3, queries) == 0
            clock.tick(0.001)
            assert self.answered(impatient, 20, queries) == 10
            clock.tick(1)
            assert self.answered(impatient, 20, queries) == 16

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    def test_the_17th_fails_like_a_throttled_call(self, sesv2_fake, impatient):
        with freeze_time("2026-01-05"):
            self.answered(impatient, 17)

        assert sesv2_fake.calls[-1].error == "TooManyRequestsException"
        assert sesv2_fake.calls[-1].message == (
            "Too many requests have been made to the operation."
        )

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    def test_each_region_has_its_own(self, sesv2_fake, impatient):
        other = new_client("eu-west-1", config=Config(retries={"total_max_attempts": 1}))
        with freeze_time("2026-01-05"):
            assert self.answered(impatient, 20) == 16
            assert self.answered(other, 20) == 16

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    def test_a_refused_attempt_does_not_count(self, sesv2_fake, impatient):
        sesv2_fake.throttle(times=30)
        with freeze_time("2026-01-05"):
            assert self.answered(impatient, 30) == 0
            for _ in range(30):
                with pytest.raises(impatient.exceptions.BadRequestException):
                    ask_all(impatient, query(end=MONDAY))
            assert self.answered(impatient, 20) == 16

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    def test_reset_forgets_the_calls_made(self, sesv2_fake, impatient):
        with freeze_time("2026-01-05"):
            assert self.answered(impatient, 20) == 16
            sesv2_fake.reset()
            assert self.answered(impatient, 20) == 16

    @pytest.mark.sesv2_fake(enforce_rate_limits=True)
    def test_a_clock_turned_back_locks_nobody_out(self, sesv2_fake, impatient):
        with freeze_time("2026-01-05"):
            assert self.answered(impatient, 16) == 16
        with freeze_time("2026-01-04"):
            assert self.answered(impatient, 16) == 16


class TestMissed:
    """A fault that was triggered fewer times than it was set up for."""

    def test_is_an_error_that_names_it_and_its_line(self):
        fake = mock_sesv2()
        with pytest.raises(AssertionError) as caught, fake:
            fake.throttle(times=3)

        assert str(caught.value).startswith(
            "1 fault was not triggered as often as set up:\n"
            "  <Fault: TooManyRequestsException (429) for BatchGetMetricData, 3 times: "
            f"never triggered; created at {__file__}:"
        )
        assert not fake.is_active

    def test_says_how_often_it_was_triggered(self):
        with (
            pytest.raises(AssertionError, match="5 times: triggered 2 times"),
            mock_sesv2() as ses,
        ):
            ses.deny(times=5)
            ask_all(client(), query(id="a"), query(id="b"))

    def test_all_that_were_missed_are_reported(self):
        with pytest.raises(
            AssertionError, match=r"2 faults were .*\n  <.*for id='x'.*\n  <.*ReadTime"
        ):
            with mock_sesv2() as ses:
                ses.deny(id="x", times=1)
                ses.drop_connections("read-timeout")

    @pytest.mark.parametrize(
        "set_up",
        [
            lambda fake, **how: fake.deny(id="opns", **how),
            lambda fake, **how: fake.throttle(**how),
            lambda fake, **how: fake.fail_requests(**how),
            lambda fake, **how: fake.drop_connections(**how),
        ],
        ids=["deny", "throttle", "fail_requests", "drop_connections"],
    )
    def test_one_that_was_never_triggered_is_reported_unless_it_is_optional(self, set_up):
        with pytest.raises(AssertionError, match="always: never triggered"):
            with mock_sesv2() as ses:
                set_up(ses)

        with mock_sesv2() as ses:
            assert "always, optional: never triggered" in repr(set_up(ses, optional=True))

    def test_one_for_always_needs_one_trigger(self):
        with mock_sesv2() as ses:
            ses.deny()
            ask_all(client(), query())

    def test_one_that_was_cancelled_is_not_reported(self):
        with mock_sesv2() as ses:
            ses.deny().cancel()
            ses.drop_connections(times=4).cancel()

    def test_one_for_some_times_may_be_optional(self):
        with mock_sesv2() as ses:
            ses.deny(times=3, optional=True)
            ask_all(client(), query())

    def test_is_never_on_top_of_another_exception(self):
        with pytest.raises(KeyError), mock_sesv2() as ses:
            ses.throttle()
            raise KeyError

    def test_stop_in_a_finally_block_leaves_the_exception_alone(self):
        def use():
            fake = mock_sesv2().start()
            try:
                fake.throttle()
                raise KeyError
            finally:
                fake.stop()

        with pytest.raises(KeyError):
            use()

    def test_is_an_error_of_stop(self):
        fake = mock_sesv2().start()
        fake.throttle()

        with pytest.raises(AssertionError, match="not triggered as often"):
            fake.stop()

        assert not fake.is_active

    def test_is_an_error_of_a_decorated_function(self):
        @mock_sesv2
        def decorated(sesv2_fake):
            sesv2_fake.throttle()

        with pytest.raises(AssertionError, match="not triggered as often"):
            decorated()

    def test_is_an_error_of_a_decorated_case(self):
        @mock_sesv2
        class Case(unittest.TestCase):
            def test_missed(self, sesv2_fake):
                sesv2_fake.throttle()

            def test_failed(self, sesv2_fake):
                sesv2_fake.throttle()
                self.fail("on its own")

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
        texts = {case.id().split(".")[-1]: text for case, text in result.failures}

        assert result.testsRun == 2
        assert set(texts) == {"test_missed", "test_failed"}
        assert "not triggered as often" in texts["test_missed"]
        assert "not triggered as often" not in texts["test_failed"]

    def test_is_an_error_while_another_exception_is_handled(self):
        try:
            {}["none"]
        except KeyError:
            with pytest.raises(AssertionError, match="not triggered as often"), mock_sesv2() as ses:
                ses.throttle()

    def test_is_never_on_top_of_a_failed_subtest(self):
        @mock_sesv2
        class Case(unittest.TestCase):
            def test_subtests(self, sesv2_fake):
                sesv2_fake.throttle()
                with self.subTest():
                    self.fail("on its own")

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)

        assert "on its own" in result.failures[0][1]
        assert len(result.failures) == 1
        assert result.errors == []

    def test_is_never_on_top_of_a_failed_case_that_uses_the_fixture(self, pytester):
        pytester.makepyfile(
            """
            import pytest, unittest

            class TestIt(unittest.TestCase):
                @pytest.fixture(autouse=True)
                def _fake(self, sesv2_fake):
                    self.fake = sesv2_fake

                def test_failed(self):
                    self.fake.throttle()
                    self.fail()
            """
        )

        pytester.runpytest().assert_outcomes(failed=1)

    def test_can_be_a_warning_or_nothing(self):
        with pytest.warns(UserWarning, match="not triggered as often") as caught:
            with mock_sesv2(unused_faults="warn") as ses:
                ses.throttle()
        with mock_sesv2(unused_faults="ignore") as ses:
            ses.throttle()

        assert caught[0].filename == __file__

    def test_reset_forgets_faults(self, sesv2_fake, sesv2_client):
        fault = sesv2_fake.throttle(times=9)
        sesv2_fake.deny()
        sesv2_fake.reset()

        assert outcome(ask_all(sesv2_client, query())) == ({"q"}, {})
        assert fault.hits == 0

    def test_in_pytest_it_is_an_error_of_the_test_unless_it_failed(self, pytester):
        pytester.makepyfile(
            """
            def test_missed(sesv2_fake):
                sesv2_fake.throttle()

            def test_failed(sesv2_fake):
                sesv2_fake.throttle()
                assert 0
            """
        )

        result = pytester.runpytest()

        result.assert_outcomes(passed=1, failed=1, errors=1)
        result.stdout.fnmatch_lines(
            ["E *AssertionError: 1 fault was not triggered as often as set up:*"]
        )

    @pytest.mark.parametrize(("value", "warnings"), [("warn", 1), ("ignore", 0)])
    def test_an_ini_option_sets_it_for_a_run(self, pytester, value, warnings):
        pytester.makeini(f"[pytest]\nsesv2_fake_unused_faults = {value}\n")
        pytester.makepyfile("def test_it(sesv2_fake): sesv2_fake.throttle()")

        pytester.runpytest("-W", "default").assert_outcomes(passed=1, warnings=warnings)


BAD = {
    "code": (lambda f: f.fail_queries("DENIED"), ValueError, "code: expected one of ACCESS_DENIED"),
    "id too long": (lambda f: f.deny(id="x" * 256), ValueError, "no query can match.*1 to 255"),
    "id empty": (lambda f: f.deny(id=""), ValueError, "no query can match"),
    "id no text": (lambda f: f.deny(id=7), TypeError, "id: expected text"),
    "metric": (lambda f: f.deny(metric="SENT"), ValueError, "metric: .*did you mean 'SEND'"),
    "error that is another service's": (
        lambda f: f.fail_requests("ThrottlingException"),
        ValueError,
        "^error: expected one of .*got 'ThrottlingException'$",
    ),
    "dimension": (
        lambda f: f.deny(dimensions={"ISPS": "a"}),
        ValueError,
        "^dimensions: expected one of .*did you mean 'ISP'",
    ),
    "no dimension": (lambda f: f.deny(dimensions={}), ValueError, "no query can match"),
    "dimensions": (lambda f: f.deny(dimensions="ISP"), TypeError, "expected names and values"),
    "value": (
        lambda f: f.deny(dimensions={"ISP": ""}),
        ValueError,
        "no query can match {'ISP': ''}: Invalid ISP",
    ),
    "a list no query has": (
        lambda f: f.deny(dimensions={"ISP": "a,,b"}),
        ValueError,
        "no query can",
    ),
    "value no text": (
        lambda f: f.deny(dimensions={"ISP": 7}),
        TypeError,
        r"dimensions\[ISP\]: exp",
    ),
    "message": (lambda f: f.fail_queries(message=5), TypeError, "message: expected text, got 5"),
    "message of a call": (lambda f: f.fail_requests(message=b""), TypeError, "message: expected"),
    "where": (lambda f: f.deny(where="q"), TypeError, "where: expected a function"),
    "times 0": (lambda f: f.deny(times=0), ValueError, "times: expected 1 or more, got 0"),
    "times text": (lambda f: f.throttle(times="2"), TypeError, "times: expected a whole number"),
    "error": (lambda f: f.fail_requests("Throttled"), ValueError, "error: expected one of Bad"),
    "optional": (
        lambda f: f.throttle(optional="no"),
        TypeError,
        "^optional: expected True or False, got 'no'$",
    ),
    "drop": (lambda f: f.drop_connections("timeout"), ValueError, "error: expected one of no-c"),
    "drop that needs more": (
        lambda f: f.drop_connections(ProxyConnectionError),
        ValueError,
        "ProxyConnectionError needs 'proxy_url' too; give an instance of it",
    ),
    "drop no botocore": (
        lambda f: f.drop_connections(OSError()),
        TypeError,
        "one of no-connection, read-timeout, connect-timeout, or an exception of botocore, got OS",
    ),
    "drop no exception": (lambda f: f.drop_connections(int), TypeError, "an exception of botocore"),
}


@pytest.mark.parametrize(("set_up", "error", "message"), BAD.values(), ids=BAD)
def test_a_fault_that_cannot_be_is_an_error_at_its_line(sesv2_fake, set_up, error, message):
    with pytest.raises(error, match=message):
        set_up(sesv2_fake)


@pytest.mark.sesv2_fake(contract="live")
def test_a_value_that_the_live_service_refuses_can_never_match(sesv2_fake):
    with pytest.raises(ValueError, match=r"no query can match .*Invalid ISP name"):
        sesv2_fake.deny(dimensions={"ISP": "*"})


@pytest.mark.parametrize("set_up", ["deny", "fail_queries", "throttle", "drop_connections"])
def test_a_fault_of_a_fake_that_has_ended_is_an_error(set_up):
    with mock_sesv2() as fake:
        pass

    with pytest.raises(RuntimeError, match="this fake was stopped; call start"):
        getattr(fake, set_up)()


def test_a_fault_says_what_it_is(sesv2_fake):
    fault = sesv2_fake.deny(id="a", metric="SEND", dimensions={"ISP": "Gmail"}, optional=True)

    assert isinstance(fault, Fault)
    assert repr(fault).startswith(
        "<Fault: ACCESS_DENIED for id='a', metric='SEND', dimensions={'ISP': 'Gmail'}, always, "
        f"optional: never triggered; created at {__file__}:"
    )
    fault.cancel()
    assert ": never triggered, cancelled; created at" in repr(fault)
    assert "ACCESS_DENIED for every query, always" in repr(sesv2_fake.deny(optional=True))
    throttled = sesv2_fake.throttle(operation="*", optional=True)
    assert "TooManyRequestsException (400 or 429) for *, always" in repr(throttled)
    assert "ACCESS_DENIED for where=<" in repr(sesv2_fake.deny(where=bool, optional=True))


def test_a_fault_may_be_for_the_longest_id_and_the_most_dimensions(sesv2_fake, sesv2_client):
    most = {"EMAIL_IDENTITY": "example.com", "ISP": "Gmail", "CONFIGURATION_SET": "news"}
    sesv2_fake.deny(id="x" * 255, dimensions=most)

    response = ask_all(sesv2_client, query(id="x" * 255, **most), query(id="other", **most))

    assert [error["Id"] for error in response["Errors"]] == ["x" * 255]


def test_calls_say_what_was_asked_and_answered(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=3)
    sesv2_fake.deny(id="no")
    sesv2_fake.throttle(times=1)
    with freeze_time("2026-02-01 12:00:00"):
        ask_all(client("eu-west-1"), query("SEND", id="yes", ISP="Gmail"), query(id="no"))

    refused, answered = sesv2_fake.calls
    assert isinstance(answered, Call)
    assert (refused.error, answered.error) == ("TooManyRequestsException", None)
    assert (refused.attempt, answered.attempt) == (1, 2)
    assert answered.region == "eu-west-1"
    assert answered.time.isoformat() == "2026-02-01T12:00:00+00:00"
    asked = answered.queries[0]
    assert (asked.id, asked.namespace, asked.metric) == ("yes", "VDM", "SEND")
    assert dict(asked.dimensions) == {"ISP": "Gmail"}
    assert (asked.start_date, asked.end_date.day) == (MONDAY, 12)
    assert refused.queries == answered.queries
    (result,) = answered.results
    assert (result.id, result.timestamps, result.values) == ("yes", [MONDAY], [3])
    (error,) = answered.errors
    assert (error.id, error.code) == ("no", "ACCESS_DENIED")
    assert (refused.results, refused.errors) == ([], [])


def test_a_refused_calls_queries_are_kept_as_far_as_they_can_be_read(sesv2_fake):
    made = new_client(config=Config(parameter_validation=False))
    for queries in ([query(end=MONDAY)], [query("SENT")], [{"Id": "q"}]):
        with pytest.raises(ClientError):
            ask_all(made, *queries)

    assert [len(call.queries) for call in sesv2_fake.calls] == [1, 0, 0]


def test_a_missing_namespace_and_an_empty_id_are_empty_there(sesv2_fake):
    made = new_client(config=Config(parameter_validation=False))
    asked = {**query(), "Id": ""}
    del asked["Namespace"]
    with pytest.raises(ClientError):
        ask_all(made, asked)

    assert [(q.id, q.namespace) for q in sesv2_fake.calls[0].queries] == [("", "")]

"""Every client reaches the fake, and none reaches the network."""

import asyncio
import concurrent.futures
import gc
import socket
import threading
import unittest.mock
import weakref

import boto3
import pytest
from asking import MONDAY, client, query, series, total
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.httpsession import URLLib3Session
from pytest_socket import SocketConnectBlockedError

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
EVENT = "before-send.sesv2.BatchGetMetricData"
MADE_AT_IMPORT = client()
CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
ONE_ATTEMPT = {"config": Config(retries={"total_max_attempts": 1}), **CREDENTIALS}


def ask(made):
    return sum(series(made.batch_get_metric_data(Queries=[query()])).values())


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_tests_can_open_no_socket_but_loopback():
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 443))


class TestEarlyClients:
    """Clients made before, in every door."""

    def test_by_the_fixture(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert ask(MADE_AT_IMPORT) == 1

    @mock_sesv2
    def test_by_the_decorator(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert ask(MADE_AT_IMPORT) == 1

    def test_by_start(self):
        fake = mock_sesv2().start()
        fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert ask(MADE_AT_IMPORT) == 1
        fake.stop()

    def test_of_another_session_and_region(self):
        early = boto3.Session().client("sesv2", region_name="eu-west-1")
        with mock_sesv2() as ses:
            ses.send(SENDER, "ann@gmail.com", at=MONDAY, region="eu-west-1")

            assert (ask(early), ask(MADE_AT_IMPORT)) == (1, 0)

    def test_of_a_fixture_that_comes_first(self, pytester):
        pytester.makepyfile(
            """
            import boto3, pytest
            from datetime import datetime, timedelta, timezone

            MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)

            @pytest.fixture(scope="session", autouse=True)
            def made_first():
                return boto3.client("sesv2", region_name="us-east-1")

            @pytest.mark.parametrize("n", range(2))
            def test_it(made_first, sesv2_fake, n):
                sesv2_fake.send("a@example.com", "b@example.com", at=MONDAY, count=n + 1)
                (result,) = made_first.batch_get_metric_data(Queries=[{
                    "Id": "q", "Namespace": "VDM", "Metric": "SEND",
                    "StartDate": MONDAY, "EndDate": MONDAY + timedelta(days=1),
                }])["Results"]
                assert result["Values"] == [n + 1]
            """
        )

        pytester.runpytest().assert_outcomes(passed=2)

    def test_what_only_pretends_to_be_a_client_is_left_alone(self):
        early = client()
        mock = unittest.mock.Mock(spec=type(early))
        other = unittest.mock.MagicMock(spec=early)
        half_made = type(early).__new__(type(early))
        with mock_sesv2() as ses:
            ses.send(SENDER, "ann@gmail.com", at=MONDAY)

            assert ask(early) == 1
        assert mock.mock_calls == other.mock_calls == []
        assert vars(half_made) == {}

    def test_a_client_that_is_gone_is_not_kept(self):
        with mock_sesv2():
            made = client()
            ask(made)
            gone = weakref.ref(made)
        del made
        gc.collect()

        assert gone() is None


class TestNothingGetsOut:
    """What the hook does not answer is an error, before a socket is opened."""

    def test_a_client_whose_hook_was_taken_off(self, sesv2_fake):
        made = client(**CREDENTIALS)
        emitter = made.meta.events._emitter
        for handler in list(emitter._handlers.prefix_search(EVENT)):
            made.meta.events.unregister(EVENT, handler)

        with pytest.raises(RuntimeError, match="was about to leave the process unanswered"):
            ask(made)

    def test_a_start_that_fails_leaves_nothing_behind(self, monkeypatch):
        before = BaseClient.__init__, URLLib3Session.send
        early = client()
        monkeypatch.setattr(early.meta.events, "register_first", None)
        fake = mock_sesv2()
        with pytest.raises(TypeError):
            fake.start()

        assert not fake.is_active
        with pytest.raises(RuntimeError, match="not active"):
            fake.send(SENDER, "ann@gmail.com")
        assert (BaseClient.__init__, URLLib3Session.send) == before
        monkeypatch.undo()
        with mock_sesv2() as ses:
            ses.send(SENDER, "ann@gmail.com", at=MONDAY)
            assert ask(early) == 1

    def test_an_endpoint_with_a_path_of_its_own_is_guarded_too(self, sesv2_fake):
        made = client(endpoint_url="http://127.0.0.1:9/prefix", **CREDENTIALS)
        for handler in list(made.meta.events._emitter._handlers.prefix_search(EVENT)):
            made.meta.events.unregister(EVENT, handler)

        with pytest.raises(RuntimeError, match="was about to leave"):
            ask(made)

    def test_botocores_session_is_its_own_again_after_the_fake(self):
        before = URLLib3Session.send
        with mock_sesv2():
            assert URLLib3Session.send is not before

        assert URLLib3Session.send is before

    def test_a_guard_that_somebody_wrapped_guards_no_more_after_the_fake(self, monkeypatch):
        with mock_sesv2():
            guarded = URLLib3Session.send

            def wrapped(session, request):
                return guarded(session, request)

            monkeypatch.setattr(URLLib3Session, "send", wrapped)
        made = client(endpoint_url="http://127.0.0.1:9", **ONE_ATTEMPT)

        assert URLLib3Session.send is wrapped
        with pytest.raises(EndpointConnectionError):
            ask(made)

    def test_a_fake_that_ends_in_the_midst_of_a_call_answers_it_no_more(self):
        made = client(endpoint_url="http://127.0.0.1:9", **ONE_ATTEMPT)
        fake = mock_sesv2()
        # Registered before the fake's own handler, and so called before it.
        made.meta.events.register_first(EVENT, lambda **_: fake.stop())
        fake.start()

        with pytest.raises(EndpointConnectionError):
            ask(made)

        assert fake.calls == []

    def test_a_client_of_another_service_is_left_alone(self, sesv2_fake):
        made = boto3.client(
            "sts", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", **ONE_ATTEMPT
        )

        with pytest.raises(EndpointConnectionError):
            made.get_caller_identity()


class TestThreads:
    """No count and no call is lost."""

    def test_seeding_and_asking_from_many_threads(self, sesv2_fake, sesv2_client):
        email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=800)
        start = threading.Barrier(8)

        def work():
            start.wait()
            for _ in range(100):
                sesv2_fake.send(SENDER, "bob@yahoo.com", at=MONDAY).deliver()
                email.open(count=1)
            for _ in range(5):
                ask(sesv2_client)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(sesv2_fake.calls) == 40
        assert (total("SEND"), total("DELIVERY"), total("OPEN")) == (1600, 800, 800)

    def test_faults_strike_as_often_as_told(self, sesv2_fake, sesv2_client):
        fault = sesv2_fake.deny(times=50)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            failed = pool.map(
                lambda _: len(sesv2_client.batch_get_metric_data(Queries=[query()])["Errors"]),
                range(80),
            )

        assert (sum(failed), fault.hits) == (50, 50)

    def test_sessions_made_in_threads_see_the_fake(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        def work(_):
            return ask(boto3.Session().client("sesv2", region_name="us-east-1"))

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(8))) == [1] * 8

    def test_asyncio_to_thread_sees_the_fake(self, sesv2_fake, sesv2_client):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        async def work():
            return await asyncio.gather(*(asyncio.to_thread(ask, sesv2_client) for _ in range(4)))

        assert asyncio.run(work()) == [1] * 4

    def test_fakes_that_start_and_stop_in_threads_leave_nothing_behind(self):
        before = BaseClient.__init__, URLLib3Session.send

        def work(_):
            for _ in range(20):
                with mock_sesv2():
                    pass

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))

        assert (BaseClient.__init__, URLLib3Session.send) == before

"""What is replaced in botocore while a fake is active: nothing gets out, all is put back."""

import contextlib
import functools
import gc
import socket
import threading
import time
import traceback
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import boto3
import botocore.client
import botocore.endpoint
import pytest
from asking import MONDAY, new_client, query, series, total
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError
from botocore.httpsession import URLLib3Session
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ThrottlingErrorDetector
from botocore.stub import Stubber
from pytest_socket import SocketConnectBlockedError

from sesv2_fake import mock_sesv2
from sesv2_fake.intercept import botocore as interception

SENDER = "news@example.com"
EVENT = "before-send.sesv2.BatchGetMetricData"
CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
ONE_ATTEMPT = {"config": Config(retries={"total_max_attempts": 1}), **CREDENTIALS}
AWS = "https://email.us-east-1.amazonaws.com"
NOBODY = {"endpoint_url": "http://127.0.0.1:9", **ONE_ATTEMPT}


def ask(made):
    return sum(series(made.batch_get_metric_data(Queries=[query()])).values())


def patched():
    """All that a fake replaces in botocore."""
    return (
        Endpoint.make_request,
        Endpoint._send,
        URLLib3Session.send,
        Stubber._assert_expected_call_order,
        RetryQuota.acquire,
        ThrottlingErrorDetector.is_throttling_error,
        botocore.endpoint.time,
    )


def without_our_handlers(made):
    """The client, once it has been met, with the fake's handlers taken off it."""
    ask(made)
    for handler in list(made.meta.events._emitter._handlers.prefix_search(EVENT)):
        if "sesv2_fake" in handler.__module__:
            made.meta.events.unregister(EVENT, handler)
    return made


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_tests_can_open_no_socket_but_loopback():
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 443))


#: Code under test: a module that knows nothing of tests.
APP = {"__name__": "app"}
APP_SOURCE = """
def call(made):
    made.list_contact_lists()

def swallow(made):
    kept = Kept()
    try:
        call(made)
    except Exception:
        pass
    return weakref.ref(kept)

def wrap(made):
    try:
        call(made)
    except Exception as error:
        raise LookupError from error

def lose_in_a_thread(made):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(call, made)

def lose_in_a_task(made):
    async def main():
        await asyncio.gather(task(), return_exceptions=True)

    async def task():
        call(made)

    asyncio.run(main())

import asyncio, concurrent.futures, weakref

class Kept:
    pass
"""
exec(compile(APP_SOURCE, "app.py", "exec"), APP)


class TestNothingGetsOut:
    """Not even what the event handlers do not answer."""

    @pytest.mark.parametrize("how", [{}, {"endpoint_url": "http://127.0.0.1:9/prefix"}])
    def test_a_client_whose_handlers_were_taken_off_is_answered(self, sesv2_fake, how):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        made = without_our_handlers(new_client(**CREDENTIALS, **how))

        assert ask(made) == 1
        assert len(sesv2_fake.calls) == 2

    def test_an_endpoint_of_the_users_own_that_a_handler_turns_into_awss(self, sesv2_fake):
        def redirect(request, **_):
            request.url = request.url.replace("http://127.0.0.1:9", AWS)

        made = new_client(**NOBODY)
        made.meta.events.register("request-created.sesv2", redirect)

        made.send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": ["ann@gmail.com"]},
            Content={"Raw": {"Data": b"Subject: Hi\n\nHi"}},
        )
        with pytest.raises(RuntimeError, match="ListContactLists is not answered"):
            made.list_contact_lists()

        assert len(sesv2_fake.outbox) == 1

    def test_a_refused_call_is_seen_even_if_its_error_is_swallowed(self, sesv2_fake):
        with contextlib.suppress(RuntimeError):
            new_client("eu-west-1").list_contact_lists()

        (call,) = sesv2_fake.calls
        assert repr(call) == (
            "<Call: eu-west-1, ListContactLists: RuntimeError: "
            "is not answered by sesv2_fake, and was about to leave for AWS>"
        )

    def test_one_that_was_swallowed_is_a_warning_when_the_test_has_passed(self):
        made = new_client(**CREDENTIALS)
        fake = mock_sesv2().start()
        for _ in range(2):
            APP["swallow"](made)
        with pytest.warns(UserWarning, match="nobody answers") as caught:
            fake.stop()

        (warning,) = caught
        assert warning.filename == __file__
        assert str(warning.message).endswith(": ListContactLists (app.py:3)")

    @pytest.mark.parametrize("how", ["swallow", "wrap", "lose_in_a_thread", "lose_in_a_task"])
    def test_it_is_swallowed_if_only_the_code_under_test_has_seen_it(self, how):
        made = new_client(**CREDENTIALS)
        fake = mock_sesv2().start()
        with contextlib.suppress(LookupError):
            APP[how](made)
        with pytest.warns(UserWarning, match="nobody answers"):
            fake.stop()

    def test_one_that_the_test_catches_at_the_same_line_changes_nothing(self):
        made = new_client(**CREDENTIALS)
        fake = mock_sesv2().start()
        for how in ("call", "swallow", "call"):
            with contextlib.suppress(RuntimeError):
                APP[how](made)
        with pytest.warns(UserWarning, match="nobody answers"):
            fake.stop()

    @pytest.mark.parametrize(
        "catch",
        [
            lambda call: pytest.raises(RuntimeError, call),  # noqa: RUF061
            lambda call: unittest.TestCase().assertRaises(RuntimeError, call),  # noqa: PT027
            lambda call: unittest.TestCase().assertRaisesRegex(  # noqa: PT027
                RuntimeError, "not answered", call
            ),
        ],
    )
    def test_it_is_none_if_the_test_asserts_it(self, catch):
        with mock_sesv2():
            catch(new_client(**CREDENTIALS).list_contact_lists)

    def test_it_is_none_if_the_test_asserts_it_in_a_block(self):
        made = new_client(**CREDENTIALS)
        with mock_sesv2():
            with pytest.raises(RuntimeError):
                APP["call"](made)
            with unittest.TestCase().assertRaises(RuntimeError):  # noqa: PT027
                APP["call"](made)

    def test_it_is_none_if_the_test_asks_a_thread_for_it(self):
        made = new_client(**CREDENTIALS)
        with mock_sesv2(), ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError):
            pool.submit(APP["call"], made).result()

    def test_it_is_none_if_a_helper_of_the_tests_catches_it(self):
        def error_of(call):
            try:
                call()
            except RuntimeError as error:
                return str(error)

        with mock_sesv2():
            assert "is not answered" in error_of(new_client(**CREDENTIALS).list_contact_lists)

    @pytest.mark.parametrize(
        ("file", "name"),
        [
            ("a.py", "test_it"),
            ("/x/tests/util/a.py", "it"),
            ("conftest.py", "it"),
            ("test_a.py", "it"),
        ],
    )
    def test_it_is_none_in_a_test_or_helper_that_imports_nothing(self, file, name):
        namespace = {"made": new_client(**CREDENTIALS)}
        code = f"def {name}():\n try:\n  made.list_contact_lists()\n except RuntimeError:\n  pass"
        exec(compile(code, file, "exec"), namespace)
        with mock_sesv2():
            namespace[name]()

    def test_nothing_of_a_swallowed_error_is_kept_after_the_end(self):
        made = new_client(**CREDENTIALS)
        fake = mock_sesv2().start()
        kept = APP["swallow"](made)
        assert kept() is not None
        with pytest.warns(UserWarning, match="nobody answers"):
            fake.stop()
        gc.collect()

        assert kept() is None

    def test_it_is_none_beside_an_exception(self):
        with pytest.raises(RuntimeError, match="ListContactLists is not answered"), mock_sesv2():
            new_client(**CREDENTIALS).list_contact_lists()

    def test_a_host_of_awss_with_a_dot_at_its_end(self, sesv2_fake):
        made = new_client(**{**NOBODY, "endpoint_url": f"{AWS}."})

        with pytest.raises(RuntimeError, match="ListContactLists is not answered"):
            made.list_contact_lists()

    def test_a_call_that_somebody_keeps_from_the_fake_is_answered(self, sesv2_fake, monkeypatch):
        def make_request(endpoint, operation, request_dict):
            return endpoint._send_request(request_dict, operation)

        monkeypatch.setattr(Endpoint, "make_request", make_request)

        assert ask(new_client(**CREDENTIALS)) == 0
        assert len(sesv2_fake.calls) == 1

    def test_a_fake_that_stops_in_the_midst_of_a_call_answers_it(self):
        made = new_client(**NOBODY)
        fake = mock_sesv2()
        made.meta.events.register_first(
            "before-parameter-build.sesv2", lambda **_: fake.send(SENDER, "ann@gmail.com")
        )
        made.meta.events.register_first("request-created.sesv2", lambda **_: fake.stop())
        fake.start()

        assert ask(made) == 0

        assert [call.error for call in fake.calls] == [None]
        assert not fake.is_active

    def test_all_is_put_back_after_the_last_call_that_began_under_a_fake(self):
        before = patched()
        is_under_way, may_go_on = threading.Event(), threading.Event()
        made = new_client(**NOBODY)

        def hold(**_):
            is_under_way.set()
            may_go_on.wait(60)

        made.meta.events.register("request-created.sesv2", hold)
        with mock_sesv2() as fake:
            thread = threading.Thread(target=ask, args=[made])
            thread.start()
            is_under_way.wait(60)
        while_under_way = patched()
        may_go_on.set()
        thread.join()

        assert while_under_way != before
        assert len(fake.calls) == 1
        assert patched() == before

    def test_a_client_of_another_service_is_left_alone(self, sesv2_fake):
        made = boto3.client("sts", region_name="us-east-1", **NOBODY)

        with pytest.raises(EndpointConnectionError):
            made.get_caller_identity()

    def test_a_call_within_a_call_is_not_that_call(self, sesv2_fake):
        inner = boto3.client("sts", region_name="us-east-1", **NOBODY)
        made = new_client()

        def ask_who_asks(**_):
            with pytest.raises(EndpointConnectionError):
                inner.get_caller_identity()

        made.meta.events.register("request-created.sesv2", ask_who_asks)

        assert ask(made) == 0
        assert len(sesv2_fake.calls) == 1


class TestSessionOfTheUsersOwn:
    """One that is not botocore's: nothing reaches it that does not reach botocore's."""

    @pytest.fixture
    def made(self):
        return new_client(**CREDENTIALS)

    @staticmethod
    def list_contact_lists(made):
        with mock_sesv2():
            made.list_contact_lists()

    def test_a_call_that_nobody_answers_does_not_reach_it(self, made):
        class Own:
            def send(self, request):
                raise AssertionError(f"{request.url} was sent")

        made._endpoint.http_session = Own()

        with pytest.raises(RuntimeError, match="ListContactLists is not answered"):
            self.list_contact_lists(made)

    def test_what_a_test_put_over_its_send_is_reached(self, made):
        session = made._endpoint.http_session
        with (
            mock.patch.object(session, "send", side_effect=ConnectionResetError),
            pytest.raises(ConnectionResetError),
        ):
            self.list_contact_lists(made)

    def test_a_mock_in_its_place_is_reached(self, made):
        made._endpoint.http_session = mock.Mock(**{"send.side_effect": ConnectionResetError})

        with pytest.raises(ConnectionResetError):
            self.list_contact_lists(made)


class TestPutBack:
    """After the last fake botocore is as it was, whatever others put over the patches."""

    @pytest.fixture(autouse=True)
    def _without_what_others_put_back(self):
        """A test of another file may have put an idle layer of ours back when it undid its own."""
        with mock_sesv2():
            pass

    def test_after_a_fake(self):
        before = patched()
        with mock_sesv2() as fake:
            fake.throttle(1)
            ask(new_client())
            assert all(inside is not old for inside, old in zip(patched(), before))
            assert botocore.endpoint.time.monotonic is time.monotonic

        assert patched() == before

    def test_what_retries_need_is_replaced_at_the_first_fault(self, sesv2_fake):
        before = botocore.endpoint.time
        ask(new_client())

        assert botocore.endpoint.time is before

    def test_after_a_start_that_failed(self, monkeypatch):
        before = patched()
        with monkeypatch.context() as patch:
            patch.setattr("sesv2_fake.intercept.interceptor.Interceptor.add", None)
            fake = mock_sesv2()
            with pytest.raises(TypeError):
                fake.start()

        assert patched() == before
        assert not fake.is_active
        with pytest.raises(RuntimeError, match="this fake is not active"):
            fake.send(SENDER, "ann@gmail.com")

    def test_after_a_patch_that_failed(self, monkeypatch):
        before = patched()
        with monkeypatch.context() as patch:
            broken = interception.interceptor.patch(Stubber, "add_response", None)
            patch.setattr(interception, "_PATCHES", (*interception._PATCHES, broken))
            with pytest.raises(TypeError), mock_sesv2():
                pass

        assert patched() == before

    @pytest.mark.parametrize(
        ("owner", "name"), [(Endpoint, "make_request"), (URLLib3Session, "send")]
    )
    def test_a_wrapper_put_on_inside_stays_and_wraps_nothing_of_ours(
        self, monkeypatch, owner, name
    ):
        with mock_sesv2():
            ours = getattr(owner, name)

            def theirs(*args, **kwargs):
                return ours(*args, **kwargs)

            monkeypatch.setattr(owner, name, theirs)

        assert getattr(owner, name) is theirs
        with pytest.raises(EndpointConnectionError):
            ask(new_client(**NOBODY))
        with mock_sesv2() as fake:
            assert ask(new_client()) == 0
            assert len(fake.calls) == 1

    def test_a_call_through_two_layers_of_ours_is_answered_once(self, monkeypatch):
        """One lies below a wrapper of somebody's, which somebody else has wrapped since."""

        def wrap():
            below = Endpoint.make_request
            monkeypatch.setattr(Endpoint, "make_request", lambda *args, to=below: to(*args))
            return below

        with mock_sesv2():
            ours = wrap()
        wrap()

        with mock_sesv2() as fake:
            assert Endpoint.make_request is not ours
            assert ask(new_client()) == 0

        assert len(fake.calls) == 1

    @pytest.mark.parametrize(
        ("owner", "name"), [(Endpoint, "make_request"), (URLLib3Session, "send")]
    )
    def test_a_patch_that_ends_inside_takes_nothing_from_later_fakes(self, owner, name):
        """It puts back what was there before the fake started."""
        with pytest.MonkeyPatch.context() as monkeypatch:
            before = getattr(owner, name)
            monkeypatch.setattr(owner, name, functools.partialmethod(before))
            fake = mock_sesv2().start()
        fake.stop()

        with mock_sesv2() as other:
            assert ask(new_client()) == 0
            assert len(other.calls) == 1
            assert getattr(owner, name) is not before
        assert getattr(owner, name) is before

    @pytest.mark.parametrize("is_a_mock", [True, False])
    @pytest.mark.parametrize("ends", ["inside", "after the fake"])
    @pytest.mark.parametrize(
        ("owner", "name"),
        [
            (RetryQuota, "acquire"),
            (ThrottlingErrorDetector, "is_throttling_error"),
            (botocore.endpoint, "time"),
        ],
    )
    def test_after_faults_before_and_inside_a_patch_of_somebody_elses(
        self, owner, name, ends, is_a_mock
    ):
        before = getattr(owner, name)
        made = new_client(config=Config(retries={"mode": "standard"}))
        for _ in range(3):
            fake = mock_sesv2().start()
            fake.throttle(1)
            ask(made)
            with mock.patch.object(
                owner, name, mock.DEFAULT if is_a_mock else getattr(owner, name)
            ):
                fake.throttle(1)
                ask(made)
                if ends == "after the fake":
                    fake.stop()
            if ends == "inside":
                fake.stop()
        # What the patch put back after the fake goes with the next one.
        with mock_sesv2() as fake:
            fake.throttle(1)
            ask(made)

        assert getattr(owner, name) is before

    def test_after_a_patch_of_botocores_clock_the_next_fakes_retries_do_not_wait(self, monkeypatch):
        made = new_client(config=Config(retries={"mode": "legacy"}))
        with mock_sesv2() as fake, mock.patch("botocore.endpoint.time"):
            fake.throttle(1)
            ask(made)
        slept = []
        monkeypatch.setattr(time, "sleep", slept.append)
        with mock_sesv2() as fake:
            fake.throttle(2)
            ask(made)

        assert slept == []

    def test_with_threads_that_start_and_stop_fakes(self):
        with mock_sesv2():  # takes off what somebody else's patches may have put back
            pass
        before = patched()
        start = threading.Barrier(8)

        def work():
            start.wait()
            for _ in range(20):
                with mock_sesv2() as fake:
                    assert total("SEND", using=made) == 0
                    assert len(fake.calls) == 1

        made = new_client()
        errors = run_in_threads([work] * 8)

        assert errors == []
        assert patched() == before


def run_in_threads(functions):
    """What went wrong in functions that ran beside each other."""
    errors = []

    def catching(function):
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - the caller asserts that there are none
            errors.append(error)

    threads = [threading.Thread(target=catching, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def depth_of_a_call(made):
    """How many frames stand between a call and the answer to it."""
    depths = []

    def measure(**_):
        depths.append(sum(1 for _ in traceback.walk_stack(None)))

    made.meta.events.register("before-send.sesv2", measure)
    ask(made)
    made.meta.events.unregister("before-send.sesv2", measure)
    return depths[0]


PATCHED_BY_USERS = pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Endpoint, "make_request"),
        (botocore.client.BaseClient, "_make_api_call"),
        (URLLib3Session, "send"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)


@PATCHED_BY_USERS
def test_nothing_grows_beside_a_test_that_patches_the_same_place_around_the_fake(owner, name):
    made = new_client()
    depths = set()
    for _ in range(50):
        with pytest.MonkeyPatch.context() as monkeypatch:
            below = getattr(owner, name)
            monkeypatch.setattr(owner, name, lambda *args, below=below: below(*args))
            with mock_sesv2():
                depths.add(depth_of_a_call(made))

    assert len(depths) == 1


@PATCHED_BY_USERS
def test_nothing_grows_beside_a_test_that_patches_the_same_place_inside_the_fake(owner, name):
    """As `def test(sesv2_fake, monkeypatch)` does, whose patch ends first."""
    made = new_client()
    depths = set()
    for _ in range(50):
        with mock_sesv2(), pytest.MonkeyPatch.context() as monkeypatch:
            below = getattr(owner, name)
            monkeypatch.setattr(owner, name, lambda *args, below=below: below(*args))
            depths.add(depth_of_a_call(made))

    assert len(depths) == 1


@PATCHED_BY_USERS
def test_nothing_grows_beside_a_test_whose_patch_ends_after_the_fake(owner, name):
    """As `def test(monkeypatch, sesv2_fake)` does if it patches in its body."""
    made = new_client()
    depths = []
    for _ in range(50):
        with pytest.MonkeyPatch.context() as monkeypatch:
            with mock_sesv2():
                below = getattr(owner, name)
                monkeypatch.setattr(owner, name, lambda *args, below=below: below(*args))
                depths.append(depth_of_a_call(made))

    assert len(set(depths[1:])) == 1
    with mock_sesv2() as fake:
        assert depth_of_a_call(made) <= depths[-1]
        assert len(fake.calls) == 1
